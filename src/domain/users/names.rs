//! Names of people and of the places where they work: cleaned where that changes nothing that is read, refused where
//! they could deceive.
//!
//! Names stand in messages that the clinic sends. Invisible characters would let two names look alike, characters that
//! turn the direction of writing would let a name say something else than is stored, and an address in a name would
//! be sent in the clinic's own letters.

use unicode_normalization::UnicodeNormalization as _;

use std::sync::LazyLock;

use super::rules::check_text;
use crate::platform::error::FieldError;
use crate::platform::text::turns_or_breaks;

/// Sorted; see `data/top-level-domains.README.md`.
static TOP_LEVEL_DOMAINS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut all: Vec<_> = include_str!("../../../data/top-level-domains.txt").lines().collect();
    all.sort_unstable();
    all
});

/// What may stand before a name without a space after its point: `Dr.Sok`.
const TITLES: [&str; 22] = [
    "dr", "drs", "mr", "mrs", "ms", "miss", "mx", "prof", "assoc", "asst", "pharm", "ph", "med", "rn", "sr",
    "jr", "st", "ste", "mme", "mlle", "hon", "rev",
];

/// A name of 1 to 100 characters, trimmed, inner spaces single. U+200B goes, U+200C and U+200D stay between Khmer
/// letters only, other characters that nobody sees go.
///
/// # Errors
/// Says what is wrong with `field`: control characters and those that turn the direction of writing, an address of the
/// internet, and what [`check_text`] refuses.
pub fn check_name(field: &'static str, typed: &str) -> Result<String, FieldError> {
    let typed = typed.trim();
    if typed.chars().any(|c| c.is_control() || turns_or_breaks(c)) {
        return Err(FieldError::new(field, "text_unreadable"));
    }
    let name = check_text(field, &without_unseen(typed))?;
    if holds_address(&name) { Err(FieldError::new(field, "name_holds_address")) } else { Ok(name) }
}

/// Longest identity card or licence number in characters.
const NUMBER_MAX: usize = 40;

/// The number of a document.
///
/// # Errors
/// Says what is wrong with `field`.
pub fn check_number(field: &'static str, typed: &str) -> Result<String, FieldError> {
    let number = check_text(field, typed)?;
    let fits = number.chars().count() <= NUMBER_MAX
        && number.chars().all(|c| c.is_alphanumeric() || " -/.()".contains(c));
    if fits { Ok(number) } else { Err(FieldError::new(field, "number_unreadable")) }
}

/// The number of a licence: as other numbers, in letters of one script, so that it cannot be taken for another one.
///
/// # Errors
/// Says what is wrong with `field`.
pub fn check_license(field: &'static str, typed: &str) -> Result<String, FieldError> {
    let number = check_number(field, typed)?;
    let key = license_key(&number);
    let is_latin = key.chars().all(|c| c.is_ascii_alphanumeric());
    let is_local = key.chars().all(|c| c.is_ascii_digit() || is_khmer(c));
    if !key.is_empty() && (is_latin || is_local) {
        Ok(number)
    } else {
        Err(FieldError::new(field, "license_letters"))
    }
}

/// What tells one licence number from another: letters and digits, however they are written and set apart.
pub fn license_key(number: &str) -> String {
    let digit = |c: char| match c {
        '\u{17E0}'..='\u{17E9}' => char::from_digit(u32::from(c) - 0x17E0, 10).unwrap_or(c),
        c => c,
    };
    let is_sign = |c: &char| c.is_alphanumeric() || (is_khmer(*c) && !c.is_whitespace());
    number.nfkc().map(digit).filter(is_sign).flat_map(char::to_uppercase).collect()
}

/// Format characters, and others that are never drawn.
const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{600}'..='\u{605}' | '\u{6DD}' | '\u{70F}' | '\u{890}' | '\u{891}' | '\u{8E2}'
        | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200D}'
        | '\u{2060}'..='\u{2065}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{110BD}' | '\u{110CD}' | '\u{13430}'..='\u{1343F}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Letters and signs of the Khmer script.
const fn is_khmer(c: char) -> bool {
    matches!(c, '\u{1780}'..='\u{17FF}' | '\u{19E0}'..='\u{19FF}')
}

fn without_unseen(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let joins = matches!(c, '\u{200C}' | '\u{200D}')
            && cleaned.chars().next_back().is_some_and(is_khmer)
            && rest.clone().next().is_some_and(is_khmer);
        if joins || !is_unseen(c) {
            cleaned.push(c);
        }
    }
    cleaned
}

/// Whether readers, or their mail programs, would take part of it for an address.
fn holds_address(name: &str) -> bool {
    // The points that browsers take for one.
    let name = name.to_lowercase().replace(['\u{3002}', '\u{FF0E}', '\u{FF61}', '\u{2024}'], ".");
    if name.contains("://") || name.contains("www.") || name.contains(['@', '\u{FF20}', '\u{FE6B}']) {
        return true;
    }
    let is_of_label = |c: char| c.is_alphanumeric() || c == '-' || is_khmer(c);
    name.split(|c: char| !is_of_label(c) && c != '.').any(|run| {
        let labels: Vec<&str> = run.split('.').collect();
        labels.windows(2).any(|pair| match pair {
            [before, after] => {
                let is_title = TITLES.contains(before);
                // "8.am" is an hour.
                let is_hour = before.bytes().all(|b| b.is_ascii_digit()) && matches!(*after, "am" | "pm");
                !before.is_empty() && !is_title && !is_hour && TOP_LEVEL_DOMAINS.binary_search(after).is_ok()
            }
            _ => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_pass_as_they_are_or_cleaned() {
        for (typed, kept) in [
            (" Sok   Dara ", "Sok Dara"),
            ("សុខ ដារ៉ា", "សុខ ដារ៉ា"),
            ("សុខ\u{200B}ដារ៉ា", "សុខដារ៉ា"),
            ("សុខ\u{200B} \u{200B}ដារ៉ា\u{200B}", "សុខ ដារ៉ា"),
            ("ន្ត\u{200D}ា", "ន្ត\u{200D}ា"),
            ("ន\u{200C}៊ា", "ន\u{200C}៊ា"),
            ("\u{200D}សុខ\u{200C} Sok\u{200D}a", "សុខ Soka"),
            ("So\u{AD}k\u{FEFF}", "Sok"),
            ("Dr.Sok", "Dr.Sok"),
            ("Prof.Dr.Kim Sok", "Prof.Dr.Kim Sok"),
            ("H.E. Sok", "H.E. Sok"),
            ("T.K. Chan", "T.K. Chan"),
            ("Sok. Com", "Sok. Com"),
            ("Chan .Org", "Chan .Org"),
            ("Sok-Anne O'Brien", "Sok-Anne O'Brien"),
            ("{rate} {name}", "{rate} {name}"),
            ("<b>Sok</b> & Co", "<b>Sok</b> & Co"),
            (
                "notification.ACCOUNT_SECURITY.password_changed.body",
                "notification.ACCOUNT_SECURITY.password_changed.body",
            ),
            ("Calmette (Block 2.5)", "Calmette (Block 2.5)"),
            ("Pills of 8.am", "Pills of 8.am"),
        ] {
            assert_eq!(check_name("fullName", typed).as_deref(), Ok(kept), "{typed:?}");
        }
    }

    #[test]
    fn what_deceives_is_refused() {
        let code = |typed: &str| check_name("fullName", typed).map_err(|error| error.code);
        for typed in [
            "Sok\u{202E}Dara",
            "Sok\u{2066}Dara",
            "Sok\u{200F}",
            "Sok\u{2028}Dara",
            "Sok\r\nBcc: x",
            "Sok\tDara",
            "Sok\u{0}",
            "\u{85}Sok\u{9B}x",
        ] {
            assert_eq!(code(typed), Err("text_unreadable"), "{typed:?}");
        }
        for typed in [
            "http://evil.example/prize Click",
            "Sok evil.com",
            "www.evil",
            "evil\u{200B}.com",
            "sok@evil",
            "x.co",
            "Go evil.Com/now",
            "evil。com",
            "evil．net",
            "Sok (evil.info)",
            "@notification.body",
        ] {
            assert_eq!(code(typed), Err("name_holds_address"), "{typed:?}");
        }
        for typed in ["", "  ", "\u{200B}", "\u{FEFF}\u{AD}"] {
            assert_eq!(code(typed), Err("required"), "{typed:?}");
        }
        assert_eq!(code(&"x".repeat(101)), Err("text_too_long"));
    }
}
