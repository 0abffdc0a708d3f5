//! The people's tables.

use std::sync::Arc;

use super::contacts::ContactKind;
use super::model::{Role, Status, User};
use super::names::license_key;
use super::rules::{Identifier, parse_email};
use crate::platform::cache::Region;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::secret::Phi;
use crate::platform::store::{Direction, Entries, Index, Reader, Step, Table, WriteTx};

/// All people.
pub const USERS: Table<UserId, User> = Table::new(20, "users").indexed(index);
/// By e-mail, lower case.
pub const BY_EMAIL: Index<String, UserId> = Index::unique(20, 1, "email_taken");
/// By phone, E.164.
pub const BY_PHONE: Index<String, UserId> = Index::unique(20, 2, "phone_taken");
/// Doctors whose licence was approved, by the letters and digits of its number. Applicants may give the same one.
pub const BY_LICENSE: Index<String, UserId> = Index::unique(20, 3, "license_taken");
/// By `(role, status)`.
pub const BY_ROLE: Index<(u8, u8), UserId> = Index::many(20, 4);
/// Patients by their short number.
pub const BY_PATIENT_NUMBER: Index<u32, UserId> = Index::unique(20, 5, "patient_number_taken");
/// By e-mail or phone that waits to be confirmed. Several people may claim one: whoever confirms it first has it.
pub const BY_WAITING_CONTACT: Index<String, UserId> = Index::many(20, 6);

fn index(id: &UserId, user: &User, entries: &mut Entries) {
    debug_assert_eq!(*id, user.id);
    for kind in ContactKind::ALL {
        // A carer's contact names the carer's account, if there is one.
        if let Some(contact) = user.contact(kind).filter(|_| !user.shares_contacts()) {
            match kind {
                _ if !user.leads_here(kind) => entries.add(&BY_WAITING_CONTACT, contact.reveal()),
                ContactKind::Email => entries.add(&BY_EMAIL, contact.reveal()),
                ContactKind::Phone => entries.add(&BY_PHONE, contact.reveal()),
            }
        }
        if let Some(waiting) = user.waiting(kind) {
            entries.add(&BY_WAITING_CONTACT, waiting.reveal());
        }
    }
    if let Some(doctor) = user.doctor.as_ref().filter(|_| holds_license(user)) {
        entries.add(&BY_LICENSE, &license_key(&doctor.license_number));
    }
    entries.add(&BY_ROLE, &role_key(user.role, user.status));
    if let Some(number) = user.patient_number {
        entries.add(&BY_PATIENT_NUMBER, &number);
    }
}

/// Whether the number of their licence is theirs alone: from its approval on, also while staff lock the account.
fn holds_license(user: &User) -> bool {
    let locked_while_verified = user.status_before_lock == Some(Status::Verified);
    let is_approved =
        user.status == Status::Verified || (user.status == Status::Locked && locked_while_verified);
    user.role == Role::Doctor && is_approved
}

/// Writes every entry of the indexes anew, by the rules of today: whose a licence number is, and to whom a contact leads.
///
/// # Errors
/// When the store cannot be read or written.
pub fn index_anew(tx: &mut WriteTx<'_>) -> Result<()> {
    USERS.rebuild_indexes(tx)
}

/// The clinic's staff who can act, in the order of their ids.
///
/// # Errors
/// When the store cannot be read.
pub fn active_admins(tx: &dyn Reader) -> Result<Vec<UserId>> {
    BY_ROLE.keys(tx, &role_key(Role::Admin, Status::Active))
}

/// The entry of [`BY_ROLE`].
pub const fn role_key(role: Role, status: Status) -> (u8, u8) {
    let role = match role {
        Role::Patient => 0,
        Role::Doctor => 1,
        Role::FamilyMember => 2,
        Role::Admin => 3,
    };
    let status = match status {
        Status::PendingVerification => 0,
        Status::Active => 1,
        Status::Verified => 2,
        Status::Rejected => 3,
        Status::Locked => 4,
    };
    (role, status)
}

/// The person, or `user_not_found`.
///
/// # Errors
/// When there is no such person.
pub fn require(tx: &dyn Reader, id: UserId) -> Result<User> {
    USERS.require(tx, &id, "user_not_found")
}

/// Writes a person and drops the cached profile and sessions.
///
/// # Errors
/// A conflict when e-mail, phone or licence number belong to another person.
pub fn save(tx: &mut WriteTx<'_>, user: &User) -> Result<()> {
    USERS.put(tx, &user.id, user)?;
    tx.touch(Region::Users, user.id);
    Ok(())
}

/// The person from the cache, else from the store.
///
/// # Errors
/// `user_not_found` when there is no such person.
pub fn cached(context: &Context, id: UserId) -> Result<Arc<User>> {
    context.cache.get_or_load(Region::Users, id.as_u128(), || context.store.read(|tx| require(tx, id)))
}

/// The person whom an e-mail or phone belongs to.
///
/// # Errors
/// When the store cannot be read.
pub fn find(tx: &dyn Reader, identifier: &Identifier) -> Result<Option<User>> {
    let id = match identifier {
        Identifier::Email(email) => BY_EMAIL.find(tx, email)?,
        Identifier::Phone(phone) => BY_PHONE.find(tx, phone)?,
    };
    id.map(|id| require(tx, id)).transpose()
}

/// Most people of whom one contact that waits is looked at.
const CLAIMANTS_MAX: usize = 5;

/// The people who may confirm this contact: the one whose it is, else those with whom it waits, whoever asks first.
///
/// # Errors
/// When the store cannot be read.
pub fn claimants(tx: &dyn Reader, identifier: &Identifier, asking: Option<UserId>) -> Result<Vec<User>> {
    let mut waiting = BY_WAITING_CONTACT.keys(tx, &identifier.as_str().to_owned())?;
    if let Some(owner) = find(tx, identifier)? {
        let own = waiting.into_iter().find(|id| Some(*id) == asking && *id != owner.id);
        let own = own.map(|id| require(tx, id)).transpose()?;
        return Ok(own.into_iter().chain([owner]).collect());
    }
    // Ids sort by time: the latest accounts first. However many strangers let it wait with theirs, whoever is signed in
    // and asks is among them.
    waiting.reverse();
    waiting.sort_by_key(|id| Some(*id) != asking);
    waiting.into_iter().take(CLAIMANTS_MAX).map(|id| require(tx, id)).collect()
}

/// The next patient's short number; numbers are given out in order, from 1, and never again.
///
/// # Errors
/// When the store cannot be read.
pub fn next_patient_number(tx: &dyn Reader) -> Result<u32> {
    let mut last = 0;
    BY_PATIENT_NUMBER.visit_prefix(tx, &(), Direction::Backward, |number, _| {
        last = number;
        Ok(Step::Stop)
    })?;
    last.checked_add(1).ok_or_else(|| crate::platform::error::Error::internal("patient numbers are used up"))
}

/// Changes a person's row: counts the revision and notes the time.
///
/// # Errors
/// A conflict when e-mail, phone or licence number belong to another person.
pub fn update(tx: &mut WriteTx<'_>, user: &mut User) -> Result<()> {
    user.revision += 1;
    user.updated_at = tx.now();
    save(tx, user)
}

/// Writes e-mail addresses from before domains had one spelling in that spelling. One whose mailbox another account has
/// by now stays as it is.
///
/// # Errors
/// When the store cannot be read.
pub fn one_spelling_of_emails(tx: &mut WriteTx<'_>) -> Result<()> {
    for (_, mut user) in USERS.list_prefix(tx, &())? {
        let Some(written) = user.email.clone() else { continue };
        let Some(spelt) = parse_email(written.reveal()).filter(|spelt| spelt != written.reveal()) else {
            continue;
        };
        if BY_EMAIL.find(tx, &spelt)?.is_some() {
            continue;
        }
        let spelt = Some(Phi::new(spelt));
        if user.refused_email == user.email {
            user.refused_email.clone_from(&spelt);
        }
        user.email = spelt;
        USERS.put(tx, &user.id, &user)?;
    }
    Ok(())
}
