//! What may stand in a profile, as pure functions.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::model::NotificationPreferences;
use crate::platform::clock::{Timestamp, instant_of};
use crate::platform::error::{FieldError, FieldErrors};
use crate::platform::settings::NameOrder;
use crate::platform::text::ascii_domain;

/// The youngest age at which a person may have an account.
pub const MINIMUM_AGE_YEARS: u32 = 13;
/// Nobody is older; a date of birth before that is a slip of the keyboard.
const MAXIMUM_AGE_YEARS: u32 = 130;
/// Grace periods a person may choose, in minutes.
pub const GRACE_MINUTES: [u32; 4] = [10, 20, 30, 60];
/// Longest name, clinic or licence number, in characters.
pub const TEXT_MAX: usize = 100;

/// How a person names an account: by e-mail or by phone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identifier {
    /// Lower case.
    Email(String),
    /// E.164.
    Phone(String),
}

impl Identifier {
    /// Understands what was typed, or nothing.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.contains('@') {
            parse_email(typed).map(Self::Email)
        } else {
            parse_phone(typed).map(Self::Phone)
        }
    }

    /// The text that is compared and stored.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(text) | Self::Phone(text) => text,
        }
    }
}

/// An e-mail address as it is compared and stored, or nothing when it is not one: in small letters, the local part in
/// NFC (RFC 6532) with at most 64 bytes, the domain as A-labels (RFC 5891), so that each mailbox has one spelling;
/// at most 254 bytes, no spaces, no signs that cannot be seen.
pub fn parse_email(typed: &str) -> Option<String> {
    let (local, domain) = typed.trim().split_once('@')?;
    let local: String = local.to_lowercase().nfc().collect();
    let is_letter = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let local_fits = (1..=64).contains(&local.len())
        && local.split('.').all(|part| part.chars().next().is_some_and(|first| !is_combining_mark(first)))
        && local.chars().all(|c| is_letter(c) || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let domain = ascii_domain(domain)?;
    let (_, top) = domain.rsplit_once('.')?;
    let domain_fits = top.len() >= 2 && !top.chars().all(|c| c.is_ascii_digit());
    let email = format!("{local}@{domain}");
    (email.len() <= 254 && local_fits && domain_fits).then_some(email)
}

/// A telephone number as E.164, or nothing when it is not one. Spaces, dots, dashes and brackets are dropped,
/// Khmer digits are read, and a number that starts with one 0 is Cambodian.
pub fn parse_phone(typed: &str) -> Option<String> {
    let mut plus = false;
    let mut digits = String::new();
    for (position, character) in typed.trim().chars().enumerate() {
        match character {
            '+' if position == 0 => plus = true,
            ' ' | '.' | '-' | '(' | ')' | '\u{200B}' => {}
            _ => digits.push(char::from_digit(digit(character)?, 10)?),
        }
    }
    let number = if plus {
        digits
    } else if let Some(rest) = digits.strip_prefix("00") {
        rest.to_owned()
    } else if let Some(rest) = digits.strip_prefix('0') {
        // Cambodian numbers have 8 or 9 digits after the 0.
        if !(8..=9).contains(&rest.len()) {
            return None;
        }
        format!("855{rest}")
    } else if digits.starts_with("855") {
        digits
    } else {
        return None;
    };
    let fits = (8..=15).contains(&number.len()) && !number.starts_with('0');
    // +855 012 ... repeats the 0 that the country code replaces.
    let number = match number.strip_prefix("8550") {
        Some(rest) => format!("855{rest}"),
        None => number,
    };
    fits.then(|| format!("+{number}"))
}

fn digit(character: char) -> Option<u32> {
    match character {
        '\u{17E0}'..='\u{17E9}' => Some(u32::from(character) - 0x17E0),
        _ => character.to_digit(10),
    }
}

/// A text of 1 to [`TEXT_MAX`] characters, trimmed, inner spaces single, without control characters.
///
/// # Errors
/// Says what is wrong with `field`.
pub fn check_text(field: &'static str, typed: &str) -> Result<String, FieldError> {
    let text = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        Err(FieldError::new(field, "required"))
    } else if text.chars().count() > TEXT_MAX {
        Err(FieldError::new(field, "text_too_long").with("max", TEXT_MAX))
    } else if text.chars().any(char::is_control) {
        Err(FieldError::new(field, "text_unreadable"))
    } else {
        Ok(text)
    }
}

/// Keeps the value of a check or notes what it complains about.
pub fn keep<T>(errors: &mut FieldErrors, checked: Result<T, FieldError>) -> Option<T> {
    checked.map_err(|error| errors.push(error)).ok()
}

/// A date of birth on `today`.
///
/// # Errors
/// Says what is wrong with `field`.
pub fn check_date_of_birth(
    field: &'static str,
    date: NaiveDate,
    today: NaiveDate,
) -> Result<NaiveDate, FieldError> {
    match today.years_since(date) {
        None => Err(FieldError::new(field, "date_in_future")),
        Some(age) if age < MINIMUM_AGE_YEARS => {
            Err(FieldError::new(field, "too_young").with("years", MINIMUM_AGE_YEARS))
        }
        Some(age) if age > MAXIMUM_AGE_YEARS || date.year() < 1880 => {
            Err(FieldError::new(field, "date_of_birth_implausible"))
        }
        Some(_) => Ok(date),
    }
}

/// A patient's name from its two parts, of which one may be missing.
pub fn full_name(order: NameOrder, given: &str, family: &str) -> String {
    let (first, second) = match order {
        NameOrder::FamilyFirst => (family, given),
        NameOrder::GivenFirst => (given, family),
    };
    format!("{first} {second}").trim().to_owned()
}

/// A time of day as typed: `07:00`, `7AM`, `6:30 pm`, or a range such as `6-7AM`, which counts by its midpoint.
pub fn parse_meal_time(typed: &str) -> Option<NaiveTime> {
    let text = typed.trim().to_ascii_uppercase().replace(['\u{2013}', '\u{2014}'], "-");
    let Some((from, to)) = text.split_once('-') else {
        let (minutes, half) = clock_minutes(&text)?;
        return at_minute(in_half(minutes, half)?);
    };
    let (from, from_half) = clock_minutes(from)?;
    let (to, to_half) = clock_minutes(to)?;
    let end = in_half(to, to_half)?;
    let mut start = in_half(from, from_half.or(to_half))?;
    // In "11-1PM" the start is in the other half of the day than the end.
    if start > end && from_half.is_none() && to_half.is_some() {
        start = in_half(from, Some(Half::Morning))?;
    }
    (start <= end).then(|| at_minute(u32::midpoint(start, end))).flatten()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

/// Minutes on the clock face and the half of the day, if it is named.
fn clock_minutes(text: &str) -> Option<(u32, Option<Half>)> {
    let text = text.trim();
    let (digits, half) = if let Some(digits) = text.strip_suffix("AM") {
        (digits, Some(Half::Morning))
    } else if let Some(digits) = text.strip_suffix("PM") {
        (digits, Some(Half::Afternoon))
    } else {
        (text, None)
    };
    let (hours, minutes) = digits.trim().split_once(':').unwrap_or((digits.trim(), "0"));
    let number = |text: &str| {
        let plain = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (minutes < 60).then_some((hours * 60 + minutes, half))
}

/// The minute of the day.
fn in_half(minutes: u32, half: Option<Half>) -> Option<u32> {
    const NOON: u32 = 12 * 60;
    match half {
        None => (minutes < 24 * 60).then_some(minutes),
        Some(_) if !(60..13 * 60).contains(&minutes) => None,
        Some(Half::Morning) => Some(minutes % NOON),
        Some(Half::Afternoon) => Some(minutes % NOON + NOON),
    }
}

fn at_minute(minute: u32) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(minute / 60, minute % 60, 0)
}

/// The end of the quiet hours that `now` falls into, if it does.
pub fn quiet_until(preferences: &NotificationPreferences, now: Timestamp, zone: Tz) -> Option<Timestamp> {
    let (from, to) = preferences.quiet_hours?;
    let local = now.local(zone);
    let (date, time) = (local.date(), local.time());
    let passes_midnight = to <= from;
    let is_quiet = if passes_midnight { from <= time || time < to } else { from <= time && time < to };
    let end = if passes_midnight && from <= time { date.succ_opt()? } else { date };
    is_quiet.then(|| instant_of(end.and_time(to), zone))
}

/// A time of day as the API writes it, `07:00`.
pub fn show_time(time: NaiveTime) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn phones_become_e164() {
        for (typed, stored) in [
            ("012 345 678", "+85512345678"),
            ("012-345-6789", "+855123456789"),
            ("+855 12 345 678", "+85512345678"),
            ("+855 012 345 678", "+85512345678"),
            ("85512345678", "+85512345678"),
            ("0085512345678", "+85512345678"),
            ("០១២ ៣៤៥ ៦៧៨", "+85512345678"),
            ("+1 (415) 555-2671", "+14155552671"),
        ] {
            assert_eq!(parse_phone(typed).as_deref(), Some(stored), "{typed}");
        }
        for typed in ["", "12", "012345", "abc", "0123456789012", "+0123456789", "1+855123", "012 34x 678"] {
            assert_eq!(parse_phone(typed), None, "{typed}");
        }
    }

    #[test]
    fn each_mailbox_has_one_spelling() {
        for (typed, stored) in [
            ("dara@BÜCHER.example", "dara@xn--bcher-kva.example"),
            ("dara@xn--bcher-kva.example", "dara@xn--bcher-kva.example"),
            ("ដារា@example.org", "ដារា@example.org"),
            ("ស្រីមុំ@Example.org", "ស្រីមុំ@example.org"),
            ("re\u{301}ne@example.org", "réne@example.org"),
        ] {
            assert_eq!(parse_email(typed).as_deref(), Some(stored), "{typed}");
        }
        for khmer in ["sokha@ខេត្ត.example", "dara@ខ្មែរ.example", "x@example.ដប"] {
            assert!(parse_email(khmer).is_some_and(|email| email.is_ascii()), "{khmer}");
        }
        for hidden in ["da\u{200B}ra@example.org", "dara@exa\u{202E}mple.org", "\u{17D2}a@example.org"] {
            assert_eq!(parse_email(hidden), None, "{hidden:?}");
        }
    }

    #[test]
    fn emails_are_told_from_what_is_not_one() {
        assert_eq!(parse_email(" Sok.Dara@Example.COM ").as_deref(), Some("sok.dara@example.com"));
        for (typed, stored) in [
            ("dara@bücher.example", "dara@xn--bcher-kva.example"),
            ("dara@XN--BCHER-KVA.example", "dara@xn--bcher-kva.example"),
        ] {
            assert_eq!(parse_email(typed).as_deref(), Some(stored), "{typed}");
        }
        for typed in ["sokha@ខេត្ត.example", "dara@ខ្មែរ.example", "x@example.ដប"] {
            let stored = parse_email(typed).unwrap();
            assert!(stored.is_ascii() && stored.contains("xn--"), "{stored}");
        }
        for typed in [
            "not-an-email",
            "a@b",
            "@example.com",
            "a@@example.com",
            "a b@example.com",
            "a@-x.com",
            "a..b@x.com",
            "a@1.2",
        ] {
            assert_eq!(parse_email(typed), None, "{typed}");
        }
    }

    #[test]
    fn meal_times_and_their_midpoints() {
        for (typed, shown) in [
            ("07:00", "07:00"),
            ("7:05", "07:05"),
            ("6-7AM", "06:30"),
            ("6 - 7 am", "06:30"),
            ("11-1PM", "12:00"),
            ("11AM-1PM", "12:00"),
            ("12-1PM", "12:30"),
            ("5:30-6:30PM", "18:00"),
            ("18:00–19:00", "18:30"),
            ("12AM", "00:00"),
            ("12PM", "12:00"),
        ] {
            assert_eq!(parse_meal_time(typed).map(show_time).as_deref(), Some(shown), "{typed}");
        }
        for typed in ["", "25:00", "7:60", "13PM", "0AM", "8-7AM", "breakfast", "7:", "-", "123"] {
            assert_eq!(parse_meal_time(typed), None, "{typed}");
        }
    }

    #[test]
    fn quiet_hours_may_pass_midnight() {
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
        let at = |text: &str| instant_of(text.parse().unwrap(), Tz::Asia__Phnom_Penh);
        let until = |from: &str, to: &str, now: &str| {
            let quiet_hours = Some((time(from), time(to)));
            let preferences = NotificationPreferences { quiet_hours, ..NotificationPreferences::default() };
            quiet_until(&preferences, at(now), Tz::Asia__Phnom_Penh)
        };
        assert_eq!(until("22:00", "06:00", "2026-11-22T23:00:00"), Some(at("2026-11-23T06:00:00")));
        assert_eq!(until("22:00", "06:00", "2026-11-22T05:59:00"), Some(at("2026-11-22T06:00:00")));
        assert_eq!(until("22:00", "06:00", "2026-11-22T06:00:00"), None);
        assert_eq!(until("12:00", "14:00", "2026-11-22T12:00:00"), Some(at("2026-11-22T14:00:00")));
        assert_eq!(until("12:00", "14:00", "2026-11-22T14:00:00"), None);
    }

    #[test]
    fn names_are_put_together_in_the_order_of_the_clinic() {
        assert_eq!(full_name(NameOrder::FamilyFirst, "វីរៈ", "គង់"), "គង់ វីរៈ");
        assert_eq!(full_name(NameOrder::GivenFirst, "Vireak", "Kong"), "Vireak Kong");
        assert_eq!(full_name(NameOrder::FamilyFirst, "Vireak", ""), "Vireak");
        assert_eq!(full_name(NameOrder::FamilyFirst, "", "Kong"), "Kong");
    }

    #[test]
    fn the_thirteenth_birthday_counts() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert!(check_date_of_birth("dateOfBirth", day("2013-11-22"), day("2026-11-22")).is_ok());
        assert_eq!(
            check_date_of_birth("dateOfBirth", day("2013-11-23"), day("2026-11-22")).unwrap_err().code,
            "too_young"
        );
        assert_eq!(
            check_date_of_birth("dateOfBirth", day("2027-01-01"), day("2026-11-22")).unwrap_err().code,
            "date_in_future"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn parsing_is_stable_and_never_panics(typed in "\\PC{0,40}") {
            if let Some(phone) = parse_phone(&typed) {
                prop_assert_eq!(parse_phone(&phone), Some(phone.clone()));
            }
            if let Some(email) = parse_email(&typed) {
                prop_assert_eq!(parse_email(&email), Some(email.clone()));
            }
            let _ = parse_meal_time(&typed);
            let _ = check_text("name", &typed);
        }
    }
}
