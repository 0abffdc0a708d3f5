//! One-time codes: a patient hands one over, whoever redeems it is connected at the level in the code.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::model::{CODE_LIFE, ConnectionCode, Permission};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::qr_code;
use crate::platform::store::{Entries, Index, Reader, Table, WriteTx};

/// Letters and digits that nobody mistakes for one another: no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
pub const ALPHABET: &[u8; 24] = b"ACDEFGHJKMNPQRTVWXY34679";
/// Characters of a code: 24 to the power of 8, or 10^11, are possible.
pub const CODE_LENGTH: usize = 8;
/// Codes of one patient that can be open at a time.
pub const OPEN_CODES_MAX: usize = 10;
/// Wrong codes a person may try in [`GUESS_WINDOW`].
pub const GUESSES_MAX: u32 = 10;
/// The time in which wrong codes are counted.
pub const GUESS_WINDOW: Span = Span::hours(1);
/// What stands before the code in the QR picture, so that a phone knows what to do with it.
const QR_PREFIX: &str = "DASTERN:CONNECT:";

/// Codes by the SHA-256 of their characters.
pub const CODES: Table<[u8; 32], ConnectionCode> = Table::new(33, "connection_codes").indexed(index);
/// By the patient who made them.
pub const CODES_BY_PATIENT: Index<UserId, [u8; 32]> = Index::many(33, 1);
/// By the time they become void, for the purge.
pub const CODES_BY_EXPIRY: Index<Timestamp, [u8; 32]> = Index::many(33, 2);
/// Wrong codes by the one who tried them.
pub const GUESSES: Table<UserId, Guesses> = Table::new(34, "connection_code_guesses");

fn index(_: &[u8; 32], code: &ConnectionCode, entries: &mut Entries) {
    entries.add(&CODES_BY_PATIENT, &code.patient);
    entries.add(&CODES_BY_EXPIRY, &code.expires_at);
}

/// How often somebody was wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guesses {
    /// Wrong codes since then.
    pub wrong: u32,
    /// When counting began.
    pub since: Timestamp,
}

fn key_of(code: &str) -> [u8; 32] {
    Sha256::digest(code.as_bytes()).into()
}

/// The code as it was made from how it was typed or scanned: without case, blanks, hyphens or the QR prefix.
pub fn normalized(typed: &str) -> String {
    let typed = typed.trim().to_ascii_uppercase();
    let typed = typed.strip_prefix(QR_PREFIX).unwrap_or(&typed);
    typed.chars().filter(|c| !c.is_whitespace() && *c != '-').take(64).collect()
}

/// Makes a code for `permission`.
///
/// # Errors
/// `too_many_codes` when the patient has as many open ones as they may.
pub fn create(
    tx: &mut WriteTx<'_>,
    patient: UserId,
    permission: &Permission,
) -> Result<(String, ConnectionCode)> {
    let now = tx.now();
    let mut open = 0;
    for key in CODES_BY_PATIENT.keys(tx, &patient)? {
        open += usize::from(CODES.get(tx, &key)?.is_some_and(|code| code.is_open(now)));
    }
    if open >= OPEN_CODES_MAX {
        return Err(Error::conflict("too_many_codes").with("max", OPEN_CODES_MAX));
    }
    let mut text = String::with_capacity(CODE_LENGTH);
    for _ in 0..CODE_LENGTH {
        let place = tx.random().below(ALPHABET.len() as u64)?;
        let letter = usize::try_from(place).ok().and_then(|place| ALPHABET.get(place));
        text.push(char::from(*letter.ok_or_else(|| Error::internal("no such letter"))?));
    }
    let code = ConnectionCode {
        patient,
        level: permission.level,
        scopes: permission.scopes.clone(),
        expires_at: now.plus(CODE_LIFE),
        used_by: None,
    };
    CODES.put(tx, &key_of(&text), &code)?;
    Ok((text, code))
}

/// The open code that was typed.
///
/// # Errors
/// When the store cannot be read.
pub fn find_open(tx: &dyn Reader, typed: &str) -> Result<Option<ConnectionCode>> {
    let now = tx.now();
    Ok(CODES.get(tx, &key_of(&normalized(typed)))?.filter(|code| code.is_open(now)))
}

/// Voids the code: it is used.
///
/// # Errors
/// When the store cannot be read.
pub fn use_up(tx: &mut WriteTx<'_>, typed: &str, code: &ConnectionCode, by: UserId) -> Result<()> {
    let used = ConnectionCode { used_by: Some(by), ..code.clone() };
    CODES.put(tx, &key_of(&normalized(typed)), &used)
}

/// Refuses somebody who has tried too many wrong codes.
///
/// # Errors
/// `too_many_wrong_codes`.
pub fn check_guesses(tx: &dyn Reader, by: UserId) -> Result<()> {
    let Some(guesses) = GUESSES.get(tx, &by)? else { return Ok(()) };
    let again = guesses.since.plus(GUESS_WINDOW);
    if guesses.wrong < GUESSES_MAX || tx.now() >= again {
        return Ok(());
    }
    let seconds = again.since(tx.now()).as_seconds_rounded_up();
    let seconds = u64::try_from(seconds).unwrap_or(1).max(1);
    Err(Error::too_many("too_many_wrong_codes", seconds).with("seconds", seconds))
}

/// Counts a wrong code.
///
/// # Errors
/// When the store cannot be read.
pub fn count_wrong(tx: &mut WriteTx<'_>, by: UserId) -> Result<()> {
    let now = tx.now();
    let counted = GUESSES.get(tx, &by)?.filter(|guesses| now < guesses.since.plus(GUESS_WINDOW));
    let before = counted.unwrap_or(Guesses { wrong: 0, since: now });
    GUESSES.put(tx, &by, &Guesses { wrong: before.wrong.saturating_add(1), ..before })
}

/// Voids all codes of a patient.
///
/// # Errors
/// When the store cannot be read or written.
pub fn void(tx: &mut WriteTx<'_>, patient: UserId) -> Result<()> {
    for key in CODES_BY_PATIENT.keys(tx, &patient)? {
        CODES.delete(tx, &key)?;
    }
    Ok(())
}

/// Removes codes that became void before `before`, `limit` at the most. Returns how many.
///
/// # Errors
/// When the store cannot be read.
pub fn purge(tx: &mut WriteTx<'_>, before: Timestamp, limit: usize) -> Result<usize> {
    CODES.delete_until(tx, &CODES_BY_EXPIRY, &before, limit)
}

/// The code as a picture: an SVG in a `data:` URI, base64.
///
/// # Errors
/// When the code cannot be drawn, which cannot happen for codes of ours.
pub fn picture(code: &str) -> Result<String> {
    qr_code::picture(&format!("{QR_PREFIX}{code}"))
}
