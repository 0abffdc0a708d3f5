//! Codes of second factors as they are tried: whether somebody who signs in needs one, and how often it may be wrong.

use std::net::IpAddr;

use super::sessions::security_notice;
use super::tries::{locked, place_of};
use crate::domain::auth::model::{Attempts, Subject};
use crate::domain::auth::rules::{self, Turn};
use crate::domain::auth::second_factor::accept;
use crate::domain::auth::subjects::{Place, subject_of_second_factor, subject_of_tries};
use crate::domain::auth::tables::{ATTEMPTS, SECOND_FACTORS};
use crate::domain::notifications::model::Urgency;
use crate::platform::clock::Timestamp;
use crate::platform::crypto::Keys;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::secret::Secret;
use crate::platform::store::{Reader, WriteTx};

/// What became of the question for a second factor.
#[derive(Debug)]
pub(super) enum Passage {
    /// The person has none.
    Needless,
    /// It was shown, at this time.
    Shown(Timestamp),
    /// It was not, and the try is counted.
    Refused(Error),
}

impl Passage {
    /// When it was shown, if it was.
    pub(super) const fn shown_at(&self) -> Option<Timestamp> {
        match self {
            Self::Shown(at) => Some(*at),
            Self::Needless | Self::Refused(_) => None,
        }
    }
}

/// Asks for the second factor of somebody who signs in.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn pass(
    tx: &mut WriteTx<'_>,
    keys: &Keys,
    user: UserId,
    typed: Option<&Secret<String>>,
    ip: Option<IpAddr>,
) -> Result<Passage> {
    let mut row = match SECOND_FACTORS.get(tx, &user)? {
        Some(row) if row.authenticator.is_some() => row,
        _ => return Ok(Passage::Needless),
    };
    let Some(typed) = typed else {
        return Ok(Passage::Refused(Error::unauthenticated("mfa_required")));
    };
    let place = place_of(tx, keys, Some(user), ip)?;
    let passage = try_code(tx, keys, user, place, |now| accept(keys, user, &mut row, typed.reveal(), now))?;
    if passage.shown_at().is_some() {
        SECOND_FACTORS.put(tx, &user, &row)?;
    }
    Ok(passage)
}

/// Counts a try before it is made, by the same locks as passwords, and forgets the count when it was right. Closures of
/// the store run one after another, so that however many come at once, no sixth wrong code in a row is compared.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn try_code(
    tx: &mut WriteTx<'_>,
    keys: &Keys,
    user: UserId,
    place: Place,
    is_right: impl FnOnce(Timestamp) -> Result<bool>,
) -> Result<Passage> {
    let subject = subject_of_tries(keys, &subject_of_second_factor(keys, user)?, place)?;
    let now = tx.now();
    let attempts = match rules::reserve(ATTEMPTS.get(tx, &subject)?, now) {
        Turn::Locked(until) => return Ok(Passage::Refused(locked("second_factor_locked", until, now))),
        Turn::Try(attempts) => attempts,
    };
    if is_right(now)? {
        ATTEMPTS.delete(tx, &subject)?;
        return Ok(Passage::Shown(now));
    }
    count(tx, user, subject, attempts)?;
    Ok(Passage::Refused(Error::unauthenticated("second_factor_wrong")))
}

/// Writes a wrong code down. Who gets so far knows the password, so the owner hears of five in a row.
fn count(tx: &mut WriteTx<'_>, user: UserId, subject: Subject, attempts: Attempts) -> Result<()> {
    let now = tx.now();
    let tells = attempts.locked_until.is_some() && rules::is_worth_telling(&attempts, now);
    let told_at = if tells { Some(now) } else { attempts.told_at };
    ATTEMPTS.put(tx, &subject, &Attempts { told_at, ..attempts })?;
    if tells { security_notice(tx, user, "second_factor_locked", Urgency::Critical) } else { Ok(()) }
}
