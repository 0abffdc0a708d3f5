//! Other people's profiles, and lists of people.

use crate::domain::auth::model::Caller;
use crate::domain::connections::access;
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::gate;
use crate::domain::users::model::{Role, Status, User};
use crate::domain::users::rules::parse_phone;
use crate::domain::users::tables::{self, BY_ROLE, USERS, role_key};
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Direction, ForeignAccess, Page, PageRequest, Reader};

/// How much of a person somebody may see.
#[derive(Debug, Clone)]
pub enum Seen {
    /// Everything: their own, or an admin's look.
    Whole(Box<User>),
    /// Name and contact, as connected people see each other.
    Card(Box<User>),
}

/// A person, as far as the caller may see them.
///
/// # Errors
/// `user_not_found` when the caller may not know that they exist; those of the access check.
pub async fn get(context: &Context, caller: &Caller, id: UserId) -> Result<Seen> {
    let own = caller.user_id()? == id;
    gate::read(context, caller, "user.get", |tx| {
        if own {
            return Ok(Seen::Whole(Box::new(tables::require(tx, id)?)));
        }
        access::check(tx, caller, id, Scope::Profile, Mode::Read).map_err(|error| match error.code() {
            "patient_not_found" => Error::not_found("user_not_found"),
            _ => error,
        })?;
        let user = Box::new(tables::require(tx, id)?);
        Ok(if caller.role() == Some(Role::Admin) { Seen::Whole(user) } else { Seen::Card(user) })
    })
    .await
}

/// Which people an admin wants. All that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct PeopleFilter {
    /// Of this role.
    pub role: Option<Role>,
    /// In this status; LOCKED means locked by an admin.
    pub status: Option<Status>,
    /// Whose name, e-mail, phone or licence holds this.
    pub search: Option<String>,
}

impl PeopleFilter {
    fn fits(&self, user: &User, wanted: Option<&Wanted>) -> bool {
        self.role.is_none_or(|role| user.role == role)
            && self.status.is_none_or(|status| user.status == status)
            && wanted.is_none_or(|wanted| wanted.fits(user))
    }
}

/// A search text, made ready once.
struct Wanted {
    text: String,
    phone: Option<String>,
}

impl Wanted {
    fn of(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        (!text.is_empty()).then(|| Self { phone: parse_phone(&text), text })
    }

    fn fits(&self, user: &User) -> bool {
        let holds = |text: &str| text.to_lowercase().contains(&self.text);
        holds(user.full_name.reveal())
            || user.email.as_ref().is_some_and(|email| email.reveal().contains(&self.text))
            || user.phone.as_ref().is_some_and(|phone| {
                self.phone.as_ref() == Some(phone.reveal()) || phone.reveal().contains(&self.text)
            })
            || user
                .doctor
                .as_ref()
                .is_some_and(|doctor| holds(&doctor.license_number) || holds(&doctor.hospital_clinic))
    }
}

/// People, for admins, newest first. Every patient shown is noted in the audit.
///
/// # Errors
/// `role_not_allowed`; when the cursor is not one of ours.
pub async fn list(
    context: &Context,
    caller: &Caller,
    filter: &PeopleFilter,
    page: &PageRequest,
) -> Result<Page<User>> {
    gate::read(context, caller, "user.list", |tx| {
        caller.with_role(Role::Admin)?;
        let wanted = filter.search.as_deref().and_then(Wanted::of);
        let page = match (filter.role, filter.status) {
            (Some(role), Some(status)) => {
                BY_ROLE.page(tx, &role_key(role, status), Direction::Backward, page, |id| {
                    Ok(Some(tables::require(tx, id)?).filter(|user| filter.fits(user, wanted.as_ref())))
                })?
            }
            _ => USERS
                .page(tx, &(), Direction::Backward, page, |_, user| filter.fits(user, wanted.as_ref()))?
                .map(|(_, user)| user),
        };
        let patients = page.items.iter().filter(|user| user.role == Role::Patient);
        tx.trail().foreign.extend(patients.map(|user| ForeignAccess {
            patient: user.id.into(),
            scope: Scope::Profile.name(),
            writes: false,
            only: None,
            basis: "STAFF",
            refused: false,
        }));
        Ok(page)
    })
    .await
}

/// Doctors whose licence was approved, for anybody who looks for one.
///
/// # Errors
/// `account_not_active`; when the cursor is not one of ours.
pub async fn search_doctors(
    context: &Context,
    caller: &Caller,
    query: &str,
    page: &PageRequest,
) -> Result<Page<User>> {
    caller.active()?;
    gate::read(context, caller, "doctor.search", |tx| {
        let wanted = Wanted::of(query);
        BY_ROLE.page(tx, &role_key(Role::Doctor, Status::Verified), Direction::Backward, page, |id| {
            let doctor = tables::require(tx, id)?;
            // What identifies a doctor to the public: name and clinic, not their contact.
            let fits = wanted
                .as_ref()
                .is_none_or(|wanted| wanted.fits(&User { email: None, phone: None, ..doctor.clone() }));
            Ok(fits.then_some(doctor))
        })
    })
    .await
}
