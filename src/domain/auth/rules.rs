//! Passwords, refresh tokens and the count of tries, as pure functions.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;

use super::model::{Attempts, Session};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::crypto::Keys;
use crate::platform::error::{FieldError, Result};
use crate::platform::ids::SessionId;
use crate::platform::secret::Secret;

/// Shortest password, in characters.
pub const PASSWORD_MIN: usize = 8;
/// Longest password, in characters.
pub const PASSWORD_MAX: usize = 128;
/// Wrong passwords in a row that close the sign-in by password from where they came.
pub const TRIES_MAX: u32 = 5;
/// How long they close it.
pub const LOCK: Span = Span::minutes(15);
/// How often, at the most, an owner is told of wrong passwords.
const TOLD_EVERY: Span = Span::days(1);
/// Clocks of two servers may differ by so much.
pub const TOKEN_LEEWAY: Span = Span::seconds(5);

/// Sorted, lower case, one a line; see `data/common-passwords.README.md`.
static COMMON_PASSWORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut all: Vec<_> = include_str!("../../../data/common-passwords.txt").lines().collect();
    all.sort_unstable();
    all
});

/// Checks a new password.
///
/// # Errors
/// Says what is wrong with `field`.
pub fn check_password(field: &'static str, password: &str) -> Result<Secret<String>, FieldError> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        Err(FieldError::new(field, "password_too_short").with("min", PASSWORD_MIN))
    } else if length > PASSWORD_MAX {
        Err(FieldError::new(field, "password_too_long").with("max", PASSWORD_MAX))
    } else if COMMON_PASSWORDS.binary_search(&password.to_lowercase().as_str()).is_ok() {
        Err(FieldError::new(field, "password_common"))
    } else {
        Ok(composed(&Secret::new(password.to_owned())))
    }
}

/// A password as it is hashed: one form for what looks the same, however a keyboard composes it.
pub fn composed(password: &Secret<String>) -> Secret<String> {
    Secret::new(password.reveal().nfc().collect())
}

/// What a presented refresh token says, once its secret was found to be ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// The session.
    pub session: SessionId,
    /// The token's number in it.
    pub generation: u32,
}

/// A session's refresh token: session, generation, and 256 bits that only the server can make.
///
/// # Why derived
/// When an answer is lost, the retry must bring the same successor again, and only hashes may be stored. A secret
/// derived from the session's random seed and the server's key needs not be stored at all.
///
/// # Errors
/// When the key cannot be derived.
pub fn refresh_token(keys: &Keys, session: &Session, generation: u32) -> Result<Secret<String>> {
    let secret = refresh_secret(keys, session, generation)?;
    let mut bytes = Vec::with_capacity(52);
    bytes.extend_from_slice(session.id.0.as_bytes());
    bytes.extend_from_slice(&generation.to_be_bytes());
    bytes.extend_from_slice(&secret);
    Ok(Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

fn refresh_secret(keys: &Keys, session: &Session, generation: u32) -> Result<[u8; 32]> {
    keys.mac("refresh tokens", &[session.id.0.as_bytes(), &generation.to_be_bytes(), session.seed.reveal()])
}

/// Takes a refresh token apart; says nothing yet about whether it is genuine.
pub fn parse_refresh_token(token: &str) -> Option<(RefreshToken, Secret<[u8; 32]>)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.trim()).ok()?;
    let (session, rest) = bytes.split_first_chunk::<16>()?;
    let (generation, rest) = rest.split_first_chunk::<4>()?;
    let secret = <[u8; 32]>::try_from(rest).ok()?;
    let token = RefreshToken {
        session: uuid::Uuid::from_bytes(*session).into(),
        generation: u32::from_be_bytes(*generation),
    };
    Some((token, Secret::new(secret)))
}

/// What to do with a presented refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshVerdict {
    /// The current one: give out its successor.
    Rotate,
    /// The one before, whose successor was never used: its answer may have been lost. Give out that successor again.
    Repeat,
    /// A genuine one that was used before: thief and owner cannot be told apart, end the session.
    Reused,
    /// Not ours.
    Forged,
    /// The session has ended or was not used for too long.
    Ended,
}

/// Judges a refresh token against its session.
///
/// # Errors
/// When the key cannot be derived.
pub fn judge_refresh(
    keys: &Keys,
    session: &Session,
    (token, secret): &(RefreshToken, Secret<[u8; 32]>),
    now: Timestamp,
    idle: Span,
) -> Result<RefreshVerdict> {
    let expected = refresh_secret(keys, session, token.generation)?;
    if token.generation > session.generation || !bool::from(expected.ct_eq(secret.reveal())) {
        return Ok(RefreshVerdict::Forged);
    }
    if session.ended.is_some() || now >= session.expires_at || now >= session.last_used_at.plus(idle) {
        return Ok(RefreshVerdict::Ended);
    }
    let age = session.generation - token.generation;
    Ok(match age {
        0 => RefreshVerdict::Rotate,
        1 => RefreshVerdict::Repeat,
        _ => RefreshVerdict::Reused,
    })
}

/// Whether a password may be tried now, and what the count is if so.
#[derive(Debug, Clone, Copy)]
pub enum Turn {
    /// It may; this is the count to write down before it is tried.
    Try(Attempts),
    /// Not before this instant.
    Locked(Timestamp),
}

/// Counts a try before it is made. The last one allowed closes in advance: a success opens again, and whatever else
/// happens, no sixth password is ever compared.
pub fn reserve(attempts: Option<Attempts>, now: Timestamp) -> Turn {
    let before = attempts.unwrap_or_default();
    let tries = match before.locked_until {
        Some(until) if until.is_ahead(now, LOCK) => return Turn::Locked(until.min(now.plus(LOCK))),
        // The lock is over: a fresh count.
        Some(_) => 1,
        None => before.tries + 1,
    };
    let locked_until = (tries >= TRIES_MAX).then(|| now.plus(LOCK));
    Turn::Try(Attempts { tries, locked_until, last_at: now, told_at: before.told_at })
}

/// Whether the owner is to be told of five wrong passwords.
pub fn is_worth_telling(attempts: &Attempts, now: Timestamp) -> bool {
    attempts.told_at.is_none_or(|told_at| !told_at.plus(TOLD_EVERY).is_ahead(now, TOLD_EVERY))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::ids::UserId;

    fn keys() -> Keys {
        Keys::new(Secret::new([9; 32])).unwrap()
    }

    fn session(generation: u32, last_used_at: Timestamp) -> Session {
        Session {
            id: SessionId(uuid::Uuid::from_u128(5)),
            user: UserId(uuid::Uuid::from_u128(6)),
            created_at: Timestamp::default(),
            last_used_at,
            expires_at: Timestamp::default().plus(Span::days(90)),
            generation,
            seed: Secret::new([3; 32]),
            device: None,
            ip: None,
            access_token: None,
            ended: None,
            second_factor_at: None,
            second_factor_owed_since: None,
        }
    }

    #[test]
    fn common_short_and_endless_passwords_are_refused() {
        let code = |password: &str| check_password("password", password).unwrap_err().code;
        assert_eq!(code("123"), "password_too_short");
        assert_eq!(code("Password1"), "password_common");
        assert_eq!(code(&"x".repeat(129)), "password_too_long");
        assert!(check_password("password", &"ស".repeat(128)).is_ok());
        assert!(check_password("password", "rice-field-91-kampot").is_ok());
    }

    #[test]
    fn five_tries_lock_for_fifteen_minutes_and_then_count_afresh() {
        let start = Timestamp::from_milliseconds(1_000_000);
        let mut attempts = None;
        for number in 1..=5 {
            let Turn::Try(counted) = reserve(attempts, start) else { panic!("locked at {number}") };
            assert_eq!(counted.tries, number);
            attempts = Some(counted);
        }
        let Turn::Locked(until) = reserve(attempts, start.plus(Span::minutes(14))) else { panic!("open") };
        assert_eq!(until, start.plus(LOCK));
        let Turn::Try(fresh) = reserve(attempts, until) else { panic!("still locked") };
        assert_eq!((fresh.tries, fresh.locked_until), (1, None));
    }

    #[test]
    fn a_lock_of_a_clock_that_was_set_back_is_over() {
        let start = Timestamp::from_milliseconds(1_000_000_000_000);
        let locked = |until| Attempts { tries: 5, locked_until: Some(until), ..Attempts::default() };
        let of_tomorrow = locked(start.plus(Span::days(1)).plus(LOCK));
        assert!(matches!(reserve(Some(of_tomorrow), start), Turn::Try(Attempts { tries: 1, .. })));
        let a_second_back = reserve(Some(locked(start.plus(Span::seconds(1)).plus(LOCK))), start);
        assert!(matches!(a_second_back, Turn::Locked(until) if until == start.plus(LOCK)));
    }

    #[test]
    fn passwords_that_look_the_same_are_the_same() {
        let typed = |text: &str| composed(&Secret::new(text.to_owned()));
        assert_eq!(typed("pa\u{308}sswo\u{308}rd"), typed("p\u{e4}ssw\u{f6}rd"));
        assert_eq!(typed("ដាស់តឿន").reveal(), "ដាស់តឿន");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// Only the current token rotates, only its predecessor repeats, whatever else is genuine ends the family, and
        /// nothing forged does anything.
        #[test]
        fn refresh_tokens_are_judged_by_age(
            current in 1_u32..50,
            presented in 1_u32..60,
            seconds in 0_i64..200,
            forge in any::<bool>(),
        ) {
            let keys = keys();
            let used = Timestamp::default().plus(Span::hours(1));
            let session = session(current, used);
            let token = refresh_token(&keys, &session, presented).unwrap();
            let mut parsed = parse_refresh_token(token.reveal()).unwrap();
            if forge {
                parsed.1 = Secret::new([0; 32]);
            }
            let now = used.plus(Span::seconds(seconds));
            let verdict = judge_refresh(&keys, &session, &parsed, now, Span::days(30)).unwrap();
            let expected = if forge || presented > current {
                RefreshVerdict::Forged
            } else if presented == current {
                RefreshVerdict::Rotate
            } else if presented + 1 == current {
                RefreshVerdict::Repeat
            } else {
                RefreshVerdict::Reused
            };
            prop_assert_eq!(verdict, expected);
        }

        #[test]
        fn garbage_is_no_refresh_token(text in "\\PC{0,90}") {
            prop_assert!(parse_refresh_token(&text).is_none_or(|_| text.trim().len() == 70));
        }
    }
}
