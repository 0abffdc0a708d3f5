//! One-time codes, as pure functions: how they are made and compared, and when they are longer.

use subtle::ConstantTimeEq;

use super::model::{CodeForm, OneTimeCode, Purpose, Subject, WrongCodes};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::crypto::Keys;
use crate::platform::error::Result;
use crate::platform::secret::Secret;

/// How long a one-time code is good.
pub const CODE_LIFE: Span = Span::minutes(5);
/// Pause between two codes to one account.
pub const CODE_PAUSE: Span = Span::seconds(60);
/// Wrong tries after which an address may not try a code any more. If they voided the code, anybody could keep its owner
/// from using it.
pub const CODE_TRIES_MAX: u32 = 5;
/// Wrong tries from all addresses together that void a code of six digits: one in 50,000 is guessed by then, and the
/// account's next codes are longer.
pub const DIGITS_TRIES_MAX: u32 = 20;
/// Wrong tries from all addresses together that void a longer code: one in 10^8 is guessed by then.
pub const LETTERS_TRIES_MAX: u32 = 1_000;
/// Wrong codes within [`WRONG_CODES_WINDOW`] after which an account's next codes are longer.
pub const WRONG_CODES_MAX: usize = 20;
/// The time in which they are counted, and how long there must be none before codes are short again.
pub const WRONG_CODES_WINDOW: Span = Span::days(1);
/// Letters and digits that nobody mistakes for one another: no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
const CODE_LETTERS: &[u8; 24] = b"ACDEFGHJKMNPQRTVWXY34679";
/// Characters of a longer code: 24 to the power of 8, or 10^11, are possible.
const CODE_LETTERS_COUNT: usize = 8;

/// The characters of a one-time code.
///
/// # Why derived
/// A code must be sent after the commit, by a job whose content an admin may see, yet be stored only hashed. It
/// is a keyed hash of the row's random nonce: the job names the row, and neither row nor job yields the code
/// without the server's key. A plain hash of six digits is undone by trying them all.
///
/// # Errors
/// When the key cannot be derived.
pub fn code(keys: &Keys, purpose: Purpose, row: &OneTimeCode) -> Result<Secret<String>> {
    const MILLION: u64 = 1_000_000;
    let hash = keys.mac("one-time codes", &[&[purpose.number()], row.nonce.reveal()])?;
    if row.form == CodeForm::Letters {
        return Ok(Secret::new(letters(&hash, CODE_LETTERS_COUNT)));
    }
    // 64 bits over a million values: no digit is favoured by more than 1 in 10^13.
    let [a, b, c, d, e, f, g, h, ..] = hash;
    let number = u64::from_be_bytes([a, b, c, d, e, f, g, h]) % MILLION;
    Ok(Secret::new(format!("{number:06}")))
}

/// So many characters of the alphabet, at most ten, from 128 bits: none is favoured by more than 1 in 10^24.
pub(super) fn letters(hash: &[u8; 32], count: usize) -> String {
    let (high, _) = hash.split_at(16);
    let mut number = high.iter().fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    let mut letters = String::with_capacity(count);
    for _ in 0..count {
        let place = usize::try_from(number % 24).unwrap_or(0);
        letters.push(CODE_LETTERS.get(place).map_or('A', |letter| char::from(*letter)));
        number /= 24;
    }
    letters
}

/// Whether the code typed is the one of this row, without regard to case, blanks and hyphens. Does not judge its age
/// and tries.
///
/// # Errors
/// When the key cannot be derived.
pub fn code_matches(keys: &Keys, purpose: Purpose, row: &OneTimeCode, typed: &str) -> Result<bool> {
    let code = code(keys, purpose, row)?;
    Ok(code.reveal().as_bytes().ct_eq(plain(typed).as_bytes()).into())
}

/// A code as typed, without regard to case, blanks and hyphens.
pub(super) fn plain(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase()).collect()
}

/// Whether an address has tried this code too often.
pub fn is_shut(row: &OneTimeCode, from: &Subject) -> bool {
    row.wrong_from.iter().any(|(address, wrong)| address == from && *wrong >= CODE_TRIES_MAX)
}

/// Counts a wrong try with this code. Says whether the code is void now.
pub fn count_try(row: &mut OneTimeCode, from: &Subject) -> bool {
    row.wrong_tries = row.wrong_tries.saturating_add(1);
    match row.wrong_from.iter_mut().find(|(address, _)| address == from) {
        Some((_, wrong)) => *wrong = wrong.saturating_add(1),
        None => row.wrong_from.push((*from, 1)),
    }
    row.wrong_tries
        >= match row.form {
            CodeForm::Digits => DIGITS_TRIES_MAX,
            CodeForm::Letters => LETTERS_TRIES_MAX,
        }
}

/// Counts a wrong code. Says whether the account's codes are longer from this one on.
pub fn count_wrong_code(wrong: &mut WrongCodes, now: Timestamp) -> bool {
    if code_form(wrong, now) == CodeForm::Digits {
        wrong.since = None;
    }
    wrong.at.retain(|at| at.plus(WRONG_CODES_WINDOW).is_ahead(now, WRONG_CODES_WINDOW));
    wrong.at.push(now);
    let surplus = wrong.at.len().saturating_sub(WRONG_CODES_MAX);
    wrong.at.drain(..surplus);
    let is_new = wrong.since.is_none() && wrong.at.len() >= WRONG_CODES_MAX;
    if is_new {
        wrong.since = Some(now);
    }
    is_new
}

/// How an account's next code is written: longer after many wrong ones, until a day passes without any.
pub fn code_form(wrong: &WrongCodes, now: Timestamp) -> CodeForm {
    let is_recent =
        wrong.at.last().is_some_and(|last| last.plus(WRONG_CODES_WINDOW).is_ahead(now, WRONG_CODES_WINDOW));
    if wrong.since.is_some() && is_recent { CodeForm::Letters } else { CodeForm::Digits }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::ids::UserId;

    fn keys() -> Keys {
        Keys::new(Secret::new([9; 32])).unwrap()
    }

    #[test]
    fn codes_have_six_digits_and_one_purpose() {
        let row = OneTimeCode {
            user: UserId(uuid::Uuid::from_u128(6)),
            nonce: Secret::new([1; 32]),
            expires_at: Timestamp::default(),
            wrong_tries: 0,
            wrong_from: Vec::new(),
            form: CodeForm::Digits,
            made_at: None,
        };
        let sign_in = code(&keys(), Purpose::SignIn, &row).unwrap();
        assert_eq!(sign_in.reveal().len(), 6);
        assert!(code_matches(&keys(), Purpose::SignIn, &row, sign_in.reveal()).unwrap());
        assert!(!code_matches(&keys(), Purpose::ResetPassword, &row, sign_in.reveal()).unwrap());
        assert!(!code_matches(&keys(), Purpose::SignIn, &row, "").unwrap());
        let long = OneTimeCode { form: CodeForm::Letters, ..row };
        let slip = code(&keys(), Purpose::SignIn, &long).unwrap();
        let shown = slip.reveal();
        assert!(shown.len() == 8 && shown.bytes().all(|letter| CODE_LETTERS.contains(&letter)), "{shown}");
        let typed = format!(" {}-{} ", shown[..4].to_lowercase(), &shown[4..]);
        assert!(code_matches(&keys(), Purpose::SignIn, &long, &typed).unwrap());
    }

    #[test]
    fn a_code_of_a_clock_that_was_set_back_is_over() {
        let made_at = Timestamp::from_milliseconds(1_000_000_000_000);
        let row = |made_at: Option<Timestamp>, expires_at| OneTimeCode {
            user: UserId(uuid::Uuid::from_u128(6)),
            nonce: Secret::new([1; 32]),
            expires_at,
            wrong_tries: 0,
            wrong_from: Vec::new(),
            form: CodeForm::Digits,
            made_at,
        };
        let code = row(Some(made_at), made_at.plus(CODE_LIFE));
        assert!(code.is_alive(made_at) && code.is_alive(made_at.plus(Span::minutes(4))));
        assert!(!code.is_alive(made_at.plus(CODE_LIFE)));
        assert!(!code.is_alive(made_at.minus(Span::minutes(10))), "the clock was set back by ten minutes");
        let old = row(None, made_at.plus(crate::domain::auth::model::SLIP_LIFE));
        assert!(old.is_alive(made_at) && !old.is_alive(made_at.minus(Span::days(1))));
    }

    #[test]
    fn twenty_wrong_codes_within_a_day_make_the_next_ones_longer() {
        let mut wrong = WrongCodes::default();
        let at = |minutes: i64| Timestamp::default().plus(Span::minutes(minutes));
        for number in 0..19 {
            assert!(!count_wrong_code(&mut wrong, at(number)));
            assert_eq!(code_form(&wrong, at(number)), CodeForm::Digits);
        }
        // The first has left the day: still nineteen.
        assert!(!count_wrong_code(&mut wrong, at(24 * 60)));
        assert!(count_wrong_code(&mut wrong, at(24 * 60)), "the twentieth");
        assert!(!count_wrong_code(&mut wrong, at(25 * 60)), "told once");
        assert_eq!(code_form(&wrong, at(49 * 60 - 1)), CodeForm::Letters);
        assert_eq!(code_form(&wrong, at(49 * 60)), CodeForm::Digits);
        assert!(!count_wrong_code(&mut wrong, at(49 * 60)), "counted afresh");
        assert_eq!(code_form(&wrong, at(49 * 60)), CodeForm::Digits);
    }
}
