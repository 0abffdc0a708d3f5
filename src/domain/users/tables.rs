//! The people's tables.

use std::sync::Arc;

use super::model::{Role, Status, User};
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
/// Doctors by licence number, upper case.
pub const BY_LICENSE: Index<String, UserId> = Index::unique(20, 3, "license_taken");
/// By `(role, status)`.
pub const BY_ROLE: Index<(u8, u8), UserId> = Index::many(20, 4);
/// Patients by their short number.
pub const BY_PATIENT_NUMBER: Index<u32, UserId> = Index::unique(20, 5, "patient_number_taken");

fn index(id: &UserId, user: &User, entries: &mut Entries) {
    debug_assert_eq!(*id, user.id);
    if let Some(email) = &user.email {
        entries.add(&BY_EMAIL, email.reveal());
    }
    if let Some(phone) = &user.phone {
        entries.add(&BY_PHONE, phone.reveal());
    }
    if let Some(doctor) = &user.doctor {
        entries.add(&BY_LICENSE, &doctor.license_number.to_uppercase());
    }
    entries.add(&BY_ROLE, &role_key(user.role, user.status));
    if let Some(number) = user.patient_number {
        entries.add(&BY_PATIENT_NUMBER, &number);
    }
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
