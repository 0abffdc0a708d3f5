//! The second factor: what is kept of it, and what it accepts.
//!
//! # Why derived
//! An authenticator shares its secret with the server, which must be able to make every code, so it cannot be hashed. It
//! is a keyed hash of the row's random seed: neither the store nor a copy of it yields a code without the server's key.
//! Without that key every second factor is lost; `das-tern admin reset-second-factor` lets its owner set up another.
//! Recovery codes need only be compared, so of them keyed hashes are kept.

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::codes::{letters, plain};
use crate::domain::users::model::Role;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::crypto::{CODE_SECONDS, Keys, TimeCodes};
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::random::Random;
use crate::platform::secret::Secret;
use crate::platform::settings::{AuthSettings, StaffRole};

/// How long a second factor that was begun waits for its first code.
pub const SETTING_UP_LIFE: Span = Span::hours(1);
/// Recovery codes made at one time.
pub const RECOVERY_CODES: usize = 10;
/// Characters of one, without the hyphen: 24 to the power of 10, or 6 x 10^13, are possible.
const RECOVERY_CODE_LETTERS: usize = 10;
/// Steps by which the clock of an authenticator may differ, either way.
const SKEW_STEPS: i64 = 1;
/// For how long somebody who must have a second factor and has none may still take note of alerts.
pub const ALERTS_GRACE: Span = Span::days(14);

/// What is kept of a person's second factor.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SecondFactor {
    /// The one in use.
    #[serde(default)]
    pub authenticator: Option<Authenticator>,
    /// One that was begun and waits for its first code.
    #[serde(default)]
    pub waiting: Option<Waiting>,
    /// Keyed hashes of the recovery codes that were not used.
    #[serde(default)]
    pub recovery_codes: Vec<[u8; 32]>,
    /// When they first signed in without one although they must have one.
    #[serde(default)]
    pub owed_since: Option<Timestamp>,
}

/// An authenticator in use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Authenticator {
    /// Makes its secret, together with the server's key.
    pub seed: Secret<[u8; 32]>,
    /// Since when it counts.
    pub on_since: Timestamp,
    /// The step of the last code that was accepted: neither it nor an earlier one is accepted again.
    pub last_step: i64,
}

/// An authenticator that shows codes and does not count yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiting {
    /// Makes its secret, together with the server's key.
    pub seed: Secret<[u8; 32]>,
    /// When it was made.
    pub made_at: Timestamp,
}

impl Waiting {
    /// Until when it waits.
    pub const fn until(&self) -> Timestamp {
        self.made_at.plus(SETTING_UP_LIFE)
    }

    /// Whether it may be confirmed: not when it was made by a clock that has been set back since.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.until().is_ahead(now, SETTING_UP_LIFE)
    }
}

/// The codes of a person's authenticator.
///
/// # Errors
/// When the key cannot be derived.
pub fn time_codes(keys: &Keys, user: UserId, seed: &Secret<[u8; 32]>) -> Result<TimeCodes> {
    let hash = keys.mac("second factors", &[user.0.as_bytes(), seed.reveal()])?;
    let (secret, _) = hash.split_first_chunk::<20>().ok_or_else(|| Error::internal("a short hash"))?;
    Ok(TimeCodes::new(Secret::new(*secret)))
}

/// The step whose code was typed, among those that an authenticator may show now and that come after `last`.
///
/// A last step that no clock of now can have reached was made by one that has been set back since: it bars nothing, or
/// its owner would be shut out until that time comes.
pub fn accepted_step(codes: &TimeCodes, typed: &str, now: Timestamp, last: Option<i64>) -> Option<i64> {
    let current = now.as_milliseconds().div_euclid(CODE_SECONDS * 1_000);
    let typed = plain(typed);
    let steps = current - SKEW_STEPS..=current + SKEW_STEPS;
    let barred = last.filter(|last| *last <= *steps.end());
    let right =
        steps.filter(|step| bool::from(codes.code(*step).reveal().as_bytes().ct_eq(typed.as_bytes())));
    right.filter(|step| barred.is_none_or(|last| *step > last)).max()
}

/// Recovery codes that were just made.
pub struct NewRecoveryCodes {
    /// As they are shown, once.
    pub shown: Vec<Secret<String>>,
    /// As they are kept.
    pub kept: Vec<[u8; 32]>,
}

/// Makes recovery codes.
///
/// # Errors
/// When there is no randomness, or the key cannot be derived.
pub fn new_recovery_codes(keys: &Keys, user: UserId, random: &Random) -> Result<NewRecoveryCodes> {
    let (mut shown, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..RECOVERY_CODES {
        let code = letters(&random.bytes()?, RECOVERY_CODE_LETTERS);
        kept.push(kept_form(keys, user, &code)?);
        let (first, second) = code.split_at(RECOVERY_CODE_LETTERS / 2);
        shown.push(Secret::new(format!("{first}-{second}")));
    }
    Ok(NewRecoveryCodes { shown, kept })
}

fn kept_form(keys: &Keys, user: UserId, code: &str) -> Result<[u8; 32]> {
    keys.mac("recovery codes", &[user.0.as_bytes(), code.as_bytes()])
}

/// Takes what was typed, as a code of the authenticator or a recovery code: each is accepted once. Says whether it was.
///
/// # Errors
/// When the key cannot be derived.
pub fn accept(
    keys: &Keys,
    user: UserId,
    row: &mut SecondFactor,
    typed: &str,
    now: Timestamp,
) -> Result<bool> {
    let Some(authenticator) = &mut row.authenticator else { return Ok(false) };
    let codes = time_codes(keys, user, &authenticator.seed)?;
    if let Some(step) = accepted_step(&codes, typed, now, Some(authenticator.last_step)) {
        authenticator.last_step = step;
        return Ok(true);
    }
    let typed = kept_form(keys, user, &plain(typed))?;
    let before = row.recovery_codes.len();
    row.recovery_codes.retain(|kept| !bool::from(kept.ct_eq(&typed)));
    Ok(row.recovery_codes.len() < before)
}

/// Whether people of this role must have a second factor.
pub fn is_required(settings: &AuthSettings, role: Role) -> bool {
    let named = match role {
        Role::Doctor => StaffRole::Doctor,
        Role::Admin => StaffRole::Admin,
        Role::Patient | Role::FamilyMember => return false,
    };
    settings.second_factor_required_for.contains(&named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new(Secret::new([9; 32])).unwrap()
    }

    const USER: UserId = UserId(uuid::Uuid::from_u128(6));

    fn at(step: i64) -> Timestamp {
        Timestamp::from_milliseconds(step * CODE_SECONDS * 1_000 + 29_999)
    }

    #[test]
    fn a_code_is_good_one_step_around_its_own_and_never_twice() {
        let codes = TimeCodes::new(Secret::new([3; 20]));
        let code = codes.code(1_000).into_inner();
        for (step, accepted) in [(998, false), (999, true), (1_000, true), (1_001, true), (1_002, false)] {
            assert_eq!(accepted_step(&codes, &code, at(step), None).is_some(), accepted, "{step}");
        }
        let spaced = format!(" {} {}", &code[..3], &code[3..]);
        assert_eq!(accepted_step(&codes, &spaced, at(1_000), Some(999)), Some(1_000));
        assert_eq!(accepted_step(&codes, &code, at(1_000), Some(1_000)), None, "used");
        assert_eq!(accepted_step(&codes, &code, at(1_000), Some(1_001)), None, "a later one was used");
        assert_eq!(
            accepted_step(&codes, &code, at(1_000), Some(9_000)),
            Some(1_000),
            "the clock was set back"
        );
        for wrong in ["", "1", "0000000", "\u{17e0}\u{17e1}"] {
            assert_eq!(accepted_step(&codes, wrong, at(1_000), None), None, "{wrong}");
        }
    }

    #[test]
    fn a_recovery_code_counts_once_and_for_one_person() {
        let NewRecoveryCodes { shown, kept } = new_recovery_codes(&keys(), USER, &Random::seeded(4)).unwrap();
        assert_eq!((shown.len(), kept.len()), (RECOVERY_CODES, RECOVERY_CODES));
        let authenticator = Authenticator { seed: Secret::new([1; 32]), on_since: at(1), last_step: 1 };
        let mut row = SecondFactor {
            authenticator: Some(authenticator),
            recovery_codes: kept,
            ..SecondFactor::default()
        };
        let typed = shown[3].reveal().to_lowercase().replace('-', " ");
        let other = UserId(uuid::Uuid::from_u128(7));
        assert!(!accept(&keys(), other, &mut row, &typed, at(5)).unwrap());
        assert!(accept(&keys(), USER, &mut row, &typed, at(5)).unwrap());
        assert_eq!(row.recovery_codes.len(), RECOVERY_CODES - 1);
        assert!(!accept(&keys(), USER, &mut row, &typed, at(5)).unwrap());
        row.authenticator = None;
        assert!(!accept(&keys(), USER, &mut row, shown[0].reveal(), at(5)).unwrap());
    }
}
