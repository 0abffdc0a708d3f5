//! The tables of sign-in.

use super::model::{
    Attempts, Credentials, EndReason, LastSend, OneTimeCode, Purpose, RevokedToken, Session, Subject,
    UsedAddress, WrongCodes,
};
use super::second_factor::SecondFactor;
use crate::platform::cache::Region;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::ids::{SessionId, UserId};
use crate::platform::secret::Secret;
use crate::platform::settings::AuthSettings;
use crate::platform::store::{Entries, Index, Reader, Table, WriteTx};

/// What accounts are proved with.
pub const CREDENTIALS: Table<UserId, Credentials> = Table::new(10, "credentials");
/// Signed-in devices; ended ones stay until their purge.
pub const SESSIONS: Table<SessionId, Session> = Table::new(11, "sessions").indexed(index_session);
/// Sessions that have not ended, by person and age.
pub const OPEN_SESSIONS: Index<UserId, SessionId> = Index::many(11, 1);
/// Sessions by the time when they can be of no use to anybody.
const SESSIONS_BY_END: Index<Timestamp, SessionId> = Index::many(11, 2);
/// One-time codes by contact and purpose.
pub const CODES: Table<(Subject, u8), OneTimeCode> = Table::new(12, "one_time_codes").indexed(index_code);
const CODES_BY_END: Index<Timestamp, (Subject, u8)> = Index::many(12, 1);
/// When codes were last sent, also to identifiers without an account.
pub const SENDS: Table<Subject, LastSend> = Table::new(13, "code_sends").indexed(index_send);
const SENDS_BY_AGE: Index<Timestamp, Subject> = Index::many(13, 1);
/// Passwords tried in a row for an identifier from a place, also for identifiers without an account.
pub const ATTEMPTS: Table<Subject, Attempts> = Table::new(14, "sign_in_attempts").indexed(index_attempts);
const ATTEMPTS_BY_AGE: Index<Timestamp, Subject> = Index::many(14, 1);
/// Access tokens that were taken back, by session and `jti`.
pub const REVOKED: Table<(SessionId, u128), RevokedToken> =
    Table::new(15, "revoked_tokens").indexed(index_revoked);
const REVOKED_BY_END: Index<Timestamp, (SessionId, u128)> = Index::many(15, 1);
/// Wrong codes by account.
pub const WRONG_CODES: Table<UserId, WrongCodes> = Table::new(16, "wrong_codes").indexed(index_wrong_codes);
const WRONG_CODES_BY_AGE: Index<Timestamp, UserId> = Index::many(16, 1);
/// From where accounts were used.
pub const USED_ADDRESSES: Table<Subject, UsedAddress> = Table::new(17, "used_addresses").indexed(index_used);
const USED_BY_AGE: Index<Timestamp, Subject> = Index::many(17, 1);
/// The addresses of one account.
pub const USED_BY: Index<UserId, Subject> = Index::many(17, 2);
/// Second factors by person.
pub const SECOND_FACTORS: Table<UserId, SecondFactor> = Table::new(18, "second_factors");

fn index_wrong_codes(_: &UserId, wrong: &WrongCodes, entries: &mut Entries) {
    entries.add(&WRONG_CODES_BY_AGE, &wrong.at.last().copied().unwrap_or_default());
}

fn index_used(_: &Subject, used: &UsedAddress, entries: &mut Entries) {
    entries.add(&USED_BY_AGE, &used.at);
    entries.add(&USED_BY, &used.user);
}

fn index_session(_: &SessionId, session: &Session, entries: &mut Entries) {
    match session.ended {
        None => {
            entries.add(&OPEN_SESSIONS, &session.user);
            entries.add(&SESSIONS_BY_END, &session.expires_at);
        }
        Some((ended_at, _)) => entries.add(&SESSIONS_BY_END, &ended_at),
    }
}

fn index_code(_: &(Subject, u8), code: &OneTimeCode, entries: &mut Entries) {
    entries.add(&CODES_BY_END, &code.expires_at);
}

fn index_send(_: &Subject, send: &LastSend, entries: &mut Entries) {
    entries.add(&SENDS_BY_AGE, &send.at);
}

fn index_attempts(_: &Subject, attempts: &Attempts, entries: &mut Entries) {
    entries.add(&ATTEMPTS_BY_AGE, &attempts.last_at);
}

fn index_revoked(_: &(SessionId, u128), token: &RevokedToken, entries: &mut Entries) {
    entries.add(&REVOKED_BY_END, &token.until);
}

/// Opens a session; the oldest ones end when the person has too many.
///
/// # Errors
/// When the store cannot be read.
pub fn open_session(
    tx: &mut WriteTx<'_>,
    user: UserId,
    device: Option<String>,
    ip: Option<String>,
    settings: &AuthSettings,
) -> Result<Session> {
    let most = usize::try_from(settings.sessions_per_user_max).unwrap_or(usize::MAX).max(1);
    let open = OPEN_SESSIONS.keys(tx, &user)?;
    // Ids sort by time: the first are the oldest.
    for id in open.iter().take((open.len() + 1).saturating_sub(most)) {
        end_session(tx, *id, EndReason::TooMany)?;
    }
    let now = tx.now();
    let session = Session {
        id: tx.new_id()?,
        user,
        created_at: now,
        last_used_at: now,
        expires_at: now.plus(settings.refresh_absolute_life()),
        generation: 1,
        seed: Secret::new(tx.random().bytes()?),
        device,
        ip,
        access_token: None,
        ended: None,
        second_factor_at: None,
        second_factor_owed_since: None,
    };
    save_session(tx, &session)?;
    Ok(session)
}

/// Writes a session and drops what is cached of it.
///
/// # Errors
/// When the store cannot be read.
pub fn save_session(tx: &mut WriteTx<'_>, session: &Session) -> Result<()> {
    SESSIONS.put(tx, &session.id, session)?;
    tx.touch(Region::Sessions, session.id);
    Ok(())
}

/// Ends a session that is open, and takes its access token back: both are refused from the next request on.
///
/// # Errors
/// When the store cannot be read.
pub fn end_session(tx: &mut WriteTx<'_>, id: SessionId, reason: EndReason) -> Result<()> {
    let Some(mut session) = SESSIONS.get(tx, &id)? else { return Ok(()) };
    if session.ended.is_none() {
        session.ended = Some((tx.now(), reason));
        save_session(tx, &session)?;
        if let Some((token, until)) = session.access_token {
            revoke_token(tx, id, token, until)?;
        }
    }
    Ok(())
}

/// Ends all sessions of a person but `except`, and says how many these were.
///
/// # Errors
/// When the store cannot be read.
pub fn end_sessions(
    tx: &mut WriteTx<'_>,
    user: UserId,
    except: Option<SessionId>,
    reason: EndReason,
) -> Result<usize> {
    let mut ended = 0;
    for id in OPEN_SESSIONS.keys(tx, &user)? {
        if Some(id) != except {
            end_session(tx, id, reason)?;
            ended += 1;
        }
    }
    Ok(ended)
}

/// The sessions of a person that are open at this moment, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub fn open_sessions(tx: &dyn Reader, user: UserId) -> Result<Vec<Session>> {
    let mut sessions = Vec::new();
    for id in OPEN_SESSIONS.keys(tx, &user)? {
        sessions.extend(SESSIONS.get(tx, &id)?.filter(|session| tx.now() < session.expires_at));
    }
    Ok(sessions)
}

/// Whether a session is open at this moment.
///
/// # Errors
/// When the store cannot be read.
pub fn is_open(tx: &dyn Reader, id: SessionId) -> Result<bool> {
    let session = SESSIONS.get(tx, &id)?;
    Ok(session.is_some_and(|session| session.ended.is_none() && tx.now() < session.expires_at))
}

/// What every request needs to know of its session. Does not depend on the time of day.
#[derive(Debug, Clone)]
pub struct SessionState {
    /// Whose.
    pub user: UserId,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Whether it was ended.
    pub ended: bool,
    /// Tokens of it that were taken back, by `jti`.
    pub revoked: Vec<u128>,
    /// Whether a second factor was shown in it.
    pub has_second_factor: bool,
    /// Since when the person has been signing in without the second factor that they must have.
    pub second_factor_owed_since: Option<Timestamp>,
}

/// A session with its revoked tokens; nothing when there never was one, or it was purged.
///
/// # Errors
/// When the store cannot be read.
pub fn session_state(tx: &dyn Reader, id: SessionId) -> Result<Option<SessionState>> {
    let Some(session) = SESSIONS.get(tx, &id)? else { return Ok(None) };
    let revoked = REVOKED.list_prefix(tx, &id)?.into_iter().map(|((_, token), _)| token).collect();
    Ok(Some(SessionState {
        user: session.user,
        expires_at: session.expires_at,
        ended: session.ended.is_some(),
        revoked,
        has_second_factor: session.second_factor_at.is_some(),
        second_factor_owed_since: session.second_factor_owed_since,
    }))
}

/// Takes back one access token that would be good until `until`.
///
/// # Errors
/// When the store cannot be read.
pub fn revoke_token(tx: &mut WriteTx<'_>, session: SessionId, token: u128, until: Timestamp) -> Result<()> {
    REVOKED.put(tx, &(session, token), &RevokedToken { until })?;
    tx.touch(Region::Sessions, session);
    Ok(())
}

/// Voids all codes of a contact.
///
/// # Errors
/// When the store cannot be read.
pub fn void_codes(tx: &mut WriteTx<'_>, subject: Subject) -> Result<()> {
    for purpose in Purpose::ALL {
        CODES.delete(tx, &(subject, purpose.number()))?;
    }
    Ok(())
}

/// Removes up to `limit` rows of each table that nobody can need after `now`, and says how many these were.
///
/// # Errors
/// When the store cannot be read.
pub fn purge(tx: &mut WriteTx<'_>, now: Timestamp, limit: usize) -> Result<usize> {
    use crate::platform::clock::Span;
    // Access tokens of an ended session may be shown for as long as they would have lived, and the session must
    // still be known as ended then; a day more than the longest allowed life of a token.
    let ended_before = now.minus(Span::days(8));
    let mut removed = SESSIONS.delete_until(tx, &SESSIONS_BY_END, &ended_before, limit)?;
    removed += CODES.delete_until(tx, &CODES_BY_END, &now, limit)?;
    removed += SENDS.delete_until(tx, &SENDS_BY_AGE, &now.minus(super::codes::CODE_PAUSE), limit)?;
    removed += ATTEMPTS.delete_until(tx, &ATTEMPTS_BY_AGE, &now.minus(Span::days(1)), limit)?;
    let uncounted = now.minus(super::codes::WRONG_CODES_WINDOW);
    removed += WRONG_CODES.delete_until(tx, &WRONG_CODES_BY_AGE, &uncounted, limit)?;
    let unused = now.minus(super::subjects::ADDRESS_LIFE);
    removed += USED_ADDRESSES.delete_until(tx, &USED_BY_AGE, &unused, limit)?;
    removed += REVOKED.delete_until(tx, &REVOKED_BY_END, &now, limit)?;
    Ok(removed)
}

/// Every open session and every password belongs to somebody; `knows` says whether a person exists.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, knows: impl Fn(UserId) -> Result<bool>) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (user, _) in CREDENTIALS.list_prefix(tx, &())? {
        if !knows(user)? {
            faults.push(format!("credentials: nobody has the id {user}"));
        }
    }
    for (id, session) in SESSIONS.list_prefix(tx, &())? {
        if session.ended.is_none() && !knows(session.user)? {
            faults.push(format!("sessions: {id} belongs to nobody"));
        }
    }
    for (user, row) in SECOND_FACTORS.list_prefix(tx, &())? {
        if !knows(user)? {
            faults.push(format!("second factors: nobody has the id {user}"));
        }
        // Whoever set up a second factor is signed in nowhere without having shown it.
        let sessions = if row.authenticator.is_some() { open_sessions(tx, user)? } else { Vec::new() };
        let passed_by = sessions.iter().filter(|session| session.second_factor_at.is_none());
        faults.extend(passed_by.map(|session| format!("sessions: {} passed by a second factor", session.id)));
    }
    Ok(faults)
}
