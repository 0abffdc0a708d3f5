//! What a second factor means for the rows of its owner: their sessions, and since when they owe one.

use super::model::{Caller, Session};
use super::second_factor::SecondFactor;
use super::tables::{OPEN_SESSIONS, SECOND_FACTORS, SESSIONS, save_session};
use crate::platform::clock::Timestamp;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::settings::AuthSettings;
use crate::platform::store::{Reader, WriteTx};

/// Since when a person who must have a second factor has been signing in without one: from now on, if never before.
///
/// # Errors
/// When the store cannot be read.
pub fn owed_since(tx: &mut WriteTx<'_>, user: UserId) -> Result<Timestamp> {
    let mut row = SECOND_FACTORS.get(tx, &user)?.unwrap_or_default();
    if let Some(since) = row.owed_since {
        return Ok(since);
    }
    let now = tx.now();
    row.owed_since = Some(now);
    SECOND_FACTORS.put(tx, &user, &row)?;
    Ok(now)
}

/// Takes a person's second factor away, and from their sessions that they have passed it. Since when they owe one stays.
///
/// # Errors
/// When the store cannot be read.
pub fn take_away(tx: &mut WriteTx<'_>, user: UserId) -> Result<()> {
    let owed_since = SECOND_FACTORS.get(tx, &user)?.and_then(|row| row.owed_since);
    SECOND_FACTORS.put(tx, &user, &SecondFactor { owed_since, ..SecondFactor::default() })?;
    for id in OPEN_SESSIONS.keys(tx, &user)? {
        let Some(session) = SESSIONS.get(tx, &id)? else { continue };
        // Whoever owed one before owes it since then: doing without it brings no new days.
        let now_owing = Session { second_factor_at: None, second_factor_owed_since: owed_since, ..session };
        save_session(tx, &now_owing)?;
    }
    Ok(())
}

/// Refuses a caller who has a second factor and has not shown it for a while: what follows is not to be done by whoever
/// finds a device signed in. Who has none is not asked for it; who must have one comes no further than setting it up.
///
/// # Errors
/// `second_factor_stale`; when the store cannot be read.
pub fn demand_fresh(tx: &dyn Reader, caller: &Caller, settings: &AuthSettings) -> Result<()> {
    let Some(id) = caller.session() else { return Ok(()) };
    let shown_at = SESSIONS.get(tx, &id)?.and_then(|session| session.second_factor_at);
    let life = settings.second_factor_fresh_life();
    match shown_at {
        Some(at) if !at.plus(life).is_ahead(tx.now(), life) => Err(Error::forbidden("second_factor_stale")),
        _ => Ok(()),
    }
}
