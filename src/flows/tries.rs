//! What is counted and remembered of an account's sign-ins: passwords tried, addresses used, codes open.
//!
//! # Why addresses
//! Five wrong passwords in a row close the sign-in by password for a while. If they closed it for everybody, anybody
//! could keep doctors out of their own accounts. So they close it for the addresses that the account has not used, all of
//! them together; each address that it has used has five of its own, and so has each session.

use std::net::IpAddr;

use crate::domain::auth::model::{Subject, UsedAddress};
use crate::domain::auth::rules::LOCK;
use crate::domain::auth::subjects::{
    ADDRESS_LIFE, Place, subject_of_address, subject_of_contact, subject_of_identifier,
    subject_of_second_factor, subject_of_tries, subject_of_user,
};
use crate::domain::auth::tables::{
    ATTEMPTS, OPEN_SESSIONS, USED_ADDRESSES, USED_BY, WRONG_CODES, void_codes,
};
use crate::domain::connections::codes as connection_codes;
use crate::domain::users::contacts::ContactKind;
use crate::domain::users::model::User;
use crate::platform::clock::Timestamp;
use crate::platform::crypto::Keys;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Reader, WriteTx};

/// From what kind of place an account is to be used.
pub(super) fn place_of(
    tx: &dyn Reader,
    keys: &Keys,
    user: Option<UserId>,
    ip: Option<IpAddr>,
) -> Result<Place> {
    let Some((user, ip)) = user.zip(ip) else { return Ok(Place::Strange) };
    let address = subject_of_address(keys, user, ip)?;
    let used = USED_ADDRESSES.get(tx, &address)?;
    let is_known = used.is_some_and(|used| tx.now() < used.at.plus(ADDRESS_LIFE));
    Ok(if is_known { Place::Used(address) } else { Place::Strange })
}

/// Remembers that the account was used from there.
pub(super) fn note_address(
    tx: &mut WriteTx<'_>,
    keys: &Keys,
    user: UserId,
    ip: Option<IpAddr>,
) -> Result<()> {
    let Some(ip) = ip else { return Ok(()) };
    let at = tx.now();
    USED_ADDRESSES.put(tx, &subject_of_address(keys, user, ip)?, &UsedAddress { user, at })
}

/// The refusal of whoever tried too often: `code`, and when they may try again.
pub(super) fn locked(code: &'static str, until: Timestamp, now: Timestamp) -> Error {
    let seconds = until.since(now).as_seconds_rounded_up().max(1);
    let minutes = seconds.saturating_add(59).div_euclid(60);
    Error::too_many(code, u64::try_from(seconds).unwrap_or(1)).with("minutes", minutes)
}

/// The account's contacts, those that wait included.
fn contacts(user: &User) -> impl Iterator<Item = &str> {
    let all = ContactKind::ALL.into_iter().flat_map(|kind| [user.contact(kind), user.waiting(kind)]);
    all.flatten().map(|contact| contact.reveal().as_str())
}

/// Opens the sign-in by password again wherever wrong ones closed it, and says whether they had.
pub(super) fn forget_tries(tx: &mut WriteTx<'_>, keys: &Keys, user: &User) -> Result<bool> {
    let mut places: Vec<Place> = USED_BY.keys(tx, &user.id)?.into_iter().map(Place::Used).collect();
    places.push(Place::Strange);
    let mut subjects: Vec<Subject> = Vec::new();
    for contact in contacts(user) {
        let claimed = subject_of_identifier(keys, contact)?;
        for place in &places {
            subjects.push(subject_of_tries(keys, &claimed, *place)?);
        }
    }
    let (own, factor) = (subject_of_user(keys, user.id)?, subject_of_second_factor(keys, user.id)?);
    for place in &places {
        subjects.push(subject_of_tries(keys, &factor, *place)?);
    }
    for session in OPEN_SESSIONS.keys(tx, &user.id)? {
        subjects.push(subject_of_tries(keys, &own, Place::Session(session))?);
        subjects.push(subject_of_tries(keys, &factor, Place::Session(session))?);
    }
    let mut was_closed = false;
    for subject in subjects {
        let attempts = ATTEMPTS.delete(tx, &subject)?;
        let until = attempts.and_then(|attempts| attempts.locked_until);
        was_closed |= until.is_some_and(|until| until.is_ahead(tx.now(), LOCK));
    }
    Ok(was_closed)
}

/// Voids all codes of an account.
pub(super) fn void_all_codes(tx: &mut WriteTx<'_>, keys: &Keys, user: &User) -> Result<()> {
    for contact in contacts(user) {
        void_codes(tx, subject_of_contact(keys, user.id, contact)?)?;
    }
    Ok(())
}

/// Ends what somebody who was in the account may have prepared: its codes and those that let others see its record are
/// void, and no contact waits any longer to replace another. Says whether one did: then the person is to be written.
pub(super) fn end_waiting(tx: &mut WriteTx<'_>, keys: &Keys, user: &mut User) -> Result<bool> {
    void_all_codes(tx, keys, user)?;
    connection_codes::void(tx, user.id)?;
    Ok(user.drop_waiting())
}

/// Forgets all of it, when the account is erased.
pub(super) fn forget_all(tx: &mut WriteTx<'_>, keys: &Keys, user: &User) -> Result<()> {
    forget_tries(tx, keys, user)?;
    void_all_codes(tx, keys, user)?;
    WRONG_CODES.delete(tx, &user.id)?;
    for address in USED_BY.keys(tx, &user.id)? {
        USED_ADDRESSES.delete(tx, &address)?;
    }
    Ok(())
}
