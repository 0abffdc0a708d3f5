//! Other people's profiles, lists of people, and a person's data as a whole.

use serde_json::{Value, json};

use crate::domain::audit::tables::{BY_ACTOR, RECORDS};
use crate::domain::auth::model::Caller;
use crate::domain::auth::tables::open_sessions;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::connections::tables::accepted_of;
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::domain::notifications::tables::NOTIFICATIONS;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::{Role, Status, User};
use crate::domain::users::rules::parse_phone;
use crate::domain::users::tables::{self, BY_ROLE, USERS, role_key};
use crate::domain::vitals::tables as vitals;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Direction, ForeignAccess, Page, PageRequest, Reader, Step};

/// How much of a person somebody may see.
#[derive(Debug, Clone)]
pub enum Seen {
    /// Everything: his own, or an admin's look.
    Whole(Box<User>),
    /// Name and contact, as connected people see each other.
    Card(Box<User>),
}

/// A person, as far as the caller may see him.
///
/// # Errors
/// `user_not_found` when the caller may not know that he exists; those of the access check.
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
            // What identifies a doctor to the public: name and clinic, not his contact.
            let fits = wanted
                .as_ref()
                .is_none_or(|wanted| wanted.fits(&User { email: None, phone: None, ..doctor.clone() }));
            Ok(fits.then_some(doctor))
        })
    })
    .await
}

/// Everything kept about the caller, for him to take away. Rows stand as the store has them.
///
/// # Errors
/// `account_not_active`; when the store cannot be read.
pub async fn export(context: &Context, caller: &Caller) -> Result<Value> {
    let id = caller.user_id()?;
    gate::read(context, caller, "user.export", |tx| {
        let user = tables::require(tx, id)?;
        let mut whole = json!({
            "exportedAt": tx.now().to_utc().to_rfc3339(),
            "clinic": context.settings.clinic.name,
            "profile": shown(&user)?,
            "sessions": sessions(tx, id)?,
            "connections": shown(&accepted_of(tx, id)?)?,
            "notifications": rows(NOTIFICATIONS.list_prefix(tx, &id)?)?,
            "actions": actions(tx, id)?,
        });
        if user.role == Role::Patient
            && caller.active().is_ok()
            && let Some(whole) = whole.as_object_mut()
        {
            let access = access::check(tx, caller, id, Scope::Prescriptions, Mode::Read)?;
            let written = prescriptions::list(tx, &access)?;
            let mut visible = Vec::new();
            for prescription in written.iter().filter(|row| row.is_visible_to(Some(id))) {
                let versions: Vec<_> = (1..=prescriptions::last_version(tx, &access, prescription.id)?)
                    .map(|number| prescriptions::version(tx, &access, prescription.id, number))
                    .collect::<Result<_>>()?;
                visible.push(json!({ "prescription": shown(prescription)?, "versions": shown(&versions)? }));
            }
            whole.insert("prescriptions".to_owned(), Value::Array(visible));
            let access = access::check(tx, caller, id, Scope::Doses, Mode::Read)?;
            whole.insert("doseDays".to_owned(), dose_days(tx, &access)?);
            let access = access::check(tx, caller, id, Scope::Vitals, Mode::Read)?;
            whole.insert("monitoring".to_owned(), health(tx, &access)?);
        }
        Ok(whole)
    })
    .await
}

/// Measurements, alerts, scores, and the bounds that doctors set.
fn health(tx: &dyn Reader, access: &Access) -> Result<Value> {
    let mut measured = Vec::new();
    let always = (Timestamp::MIN, None);
    vitals::visit(tx, access, None, always, Direction::Forward, |vital| {
        measured.push(shown(&vital)?);
        Ok(Step::Continue)
    })?;
    Ok(json!({
        "vitals": measured,
        "alerts": shown(&vitals::alerts_of(tx, access.patient(), None, None, usize::MAX)?)?,
        "earlyWarningScores": shown(&vitals::last_scores(tx, access, usize::MAX)?)?,
        "thresholds": shown(&vitals::monitoring(tx, access)?)?,
    }))
}

fn shown(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::internal(format!("export: {error}")))
}

fn rows<K, V: serde::Serialize>(rows: Vec<(K, V)>) -> Result<Value> {
    rows.iter().map(|(_, row)| shown(row)).collect::<Result<Vec<_>>>().map(Value::Array)
}

/// Devices, without what makes their tokens.
fn sessions(tx: &dyn Reader, id: UserId) -> Result<Value> {
    let sessions = open_sessions(tx, id)?.into_iter().map(|session| {
        json!({
            "id": session.id, "device": session.device, "ip": session.ip,
            "createdAt": session.created_at, "lastUsedAt": session.last_used_at,
        })
    });
    Ok(Value::Array(sessions.collect()))
}

/// What he did, as far as the audit knows.
fn actions(tx: &dyn Reader, id: UserId) -> Result<Value> {
    let mut actions = Vec::new();
    BY_ACTOR.visit_prefix(tx, &id, Direction::Forward, |_, sequence| {
        if let Some(record) = RECORDS.get(tx, &sequence)? {
            actions.push(json!({
                "at": record.at, "action": record.action, "outcome": record.outcome,
                "resourceKind": record.resource_kind, "resourceId": record.resource_id, "ip": record.ip,
            }));
        }
        Ok(Step::Continue)
    })?;
    Ok(Value::Array(actions))
}

fn dose_days(tx: &dyn Reader, access: &access::Access) -> Result<Value> {
    let mut days = Vec::new();
    for (date, day) in
        doses::DAYS.list_prefix(tx, &access.patient())?.into_iter().map(|((_, date), day)| (date, day))
    {
        days.push(json!({ "date": date, "day": shown(&day)? }));
    }
    Ok(Value::Array(days))
}
