//! How much: `500 mg`, `1 tablet`, `½ cp`, `២ គ្រាប់`.

use super::text::{MAX_CHARACTERS, number, phrase, plain};
use crate::domain::prescriptions::model::Amount;
use crate::domain::prescriptions::units::DoseUnit;

/// An amount with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dosage {
    /// How much of the unit; never zero.
    pub amount: Amount,
    /// The unit.
    pub unit: DoseUnit,
}

/// Forms of a dosage that are shown to whoever wrote one that cannot be read, each with what it means. A test
/// reads every one of them.
pub const ACCEPTED_DOSAGES: &[(&str, u32, DoseUnit)] = &[
    ("500 mg", 500_000, DoseUnit::Mg),
    ("1 tablet", 1_000, DoseUnit::Tablet),
    ("½ tablet", 500, DoseUnit::Tablet),
    ("1/2 cp", 500, DoseUnit::Tablet),
    ("1 1/2 cp", 1_500, DoseUnit::Tablet),
    ("5 ml", 5_000, DoseUnit::Ml),
    ("0,25 mg", 250, DoseUnit::Mg),
    ("2 គ្រាប់", 2_000, DoseUnit::Tablet),
    ("១ គ្រាប់", 1_000, DoseUnit::Tablet),
    ("2 gél", 2_000, DoseUnit::Capsule),
    ("1 sachet", 1_000, DoseUnit::Sachet),
    ("3 drops", 3_000, DoseUnit::Drop),
    ("2 puffs", 2_000, DoseUnit::Puff),
    ("1 càc", 1_000, DoseUnit::Teaspoon),
    ("10 IU", 10_000, DoseUnit::Iu),
];

/// Words of numbers, in thousandths.
const NUMBERS: &[(&str, u32)] = &[
    ("a half", 500),
    ("half a", 500),
    ("half", 500),
    ("demi", 500),
    ("demie", 500),
    ("un demi", 500),
    ("une demi", 500),
    ("កន្លះ", 500),
    ("quarter", 250),
    ("a quarter", 250),
    ("un quart de", 250),
    ("un quart", 250),
    ("quart", 250),
    ("one", 1_000),
    ("un", 1_000),
    ("une", 1_000),
    ("មួយ", 1_000),
    ("two", 2_000),
    ("deux", 2_000),
    ("ពីរ", 2_000),
    ("three", 3_000),
    ("trois", 3_000),
    ("បី", 3_000),
    ("four", 4_000),
    ("quatre", 4_000),
    ("បួន", 4_000),
];

const UNITS: &[(&str, DoseUnit)] = &[
    ("tablet", DoseUnit::Tablet),
    ("tablets", DoseUnit::Tablet),
    ("tab", DoseUnit::Tablet),
    ("tabs", DoseUnit::Tablet),
    ("cp", DoseUnit::Tablet),
    ("cps", DoseUnit::Tablet),
    ("cpr", DoseUnit::Tablet),
    ("comp", DoseUnit::Tablet),
    ("comprime", DoseUnit::Tablet),
    ("comprimes", DoseUnit::Tablet),
    ("pill", DoseUnit::Tablet),
    ("pills", DoseUnit::Tablet),
    ("គ្រាប់", DoseUnit::Tablet),
    ("គ្រាប់ស្រោប", DoseUnit::Tablet),
    ("capsule", DoseUnit::Capsule),
    ("capsules", DoseUnit::Capsule),
    ("cap", DoseUnit::Capsule),
    ("caps", DoseUnit::Capsule),
    ("gel", DoseUnit::Capsule),
    ("gelule", DoseUnit::Capsule),
    ("gelules", DoseUnit::Capsule),
    ("កាប់ស៊ុល", DoseUnit::Capsule),
    ("គ្រាប់សំប៉ែត", DoseUnit::Capsule),
    ("sachet", DoseUnit::Sachet),
    ("sachets", DoseUnit::Sachet),
    ("sach", DoseUnit::Sachet),
    ("កញ្ចប់", DoseUnit::Sachet),
    ("suppository", DoseUnit::Suppository),
    ("suppositories", DoseUnit::Suppository),
    ("suppositoire", DoseUnit::Suppository),
    ("suppositoires", DoseUnit::Suppository),
    ("supp", DoseUnit::Suppository),
    ("ampoule", DoseUnit::Ampoule),
    ("ampoules", DoseUnit::Ampoule),
    ("amp", DoseUnit::Ampoule),
    ("អំពូល", DoseUnit::Ampoule),
    ("vial", DoseUnit::Vial),
    ("vials", DoseUnit::Vial),
    ("fl", DoseUnit::Vial),
    ("flacon", DoseUnit::Vial),
    ("flacons", DoseUnit::Vial),
    ("ដប", DoseUnit::Vial),
    ("patch", DoseUnit::Patch),
    ("patches", DoseUnit::Patch),
    ("drop", DoseUnit::Drop),
    ("drops", DoseUnit::Drop),
    ("gtt", DoseUnit::Drop),
    ("goutte", DoseUnit::Drop),
    ("gouttes", DoseUnit::Drop),
    ("ដំណក់", DoseUnit::Drop),
    ("puff", DoseUnit::Puff),
    ("puffs", DoseUnit::Puff),
    ("bouffee", DoseUnit::Puff),
    ("bouffees", DoseUnit::Puff),
    ("spray", DoseUnit::Spray),
    ("sprays", DoseUnit::Spray),
    ("application", DoseUnit::Application),
    ("applications", DoseUnit::Application),
    ("teaspoon", DoseUnit::Teaspoon),
    ("teaspoons", DoseUnit::Teaspoon),
    ("tsp", DoseUnit::Teaspoon),
    ("cac", DoseUnit::Teaspoon),
    ("c a c", DoseUnit::Teaspoon),
    ("ស្លាបព្រាកាហ្វេ", DoseUnit::Teaspoon),
    ("tablespoon", DoseUnit::Tablespoon),
    ("tablespoons", DoseUnit::Tablespoon),
    ("tbsp", DoseUnit::Tablespoon),
    ("cas", DoseUnit::Tablespoon),
    ("c a s", DoseUnit::Tablespoon),
    ("ស្លាបព្រាបាយ", DoseUnit::Tablespoon),
    ("ml", DoseUnit::Ml),
    ("cc", DoseUnit::Ml),
    ("មីលីលីត្រ", DoseUnit::Ml),
    ("mg", DoseUnit::Mg),
    ("មីលីក្រាម", DoseUnit::Mg),
    ("g", DoseUnit::G),
    ("gram", DoseUnit::G),
    ("grams", DoseUnit::G),
    ("gramme", DoseUnit::G),
    ("grammes", DoseUnit::G),
    ("ក្រាម", DoseUnit::G),
    ("mcg", DoseUnit::Mcg),
    ("ug", DoseUnit::Mcg),
    ("µg", DoseUnit::Mcg),
    ("μg", DoseUnit::Mcg),
    ("iu", DoseUnit::Iu),
    ("ui", DoseUnit::Iu),
    ("unit", DoseUnit::Iu),
    ("units", DoseUnit::Iu),
    ("unite", DoseUnit::Iu),
    ("unites", DoseUnit::Iu),
    ("miu", DoseUnit::Miu),
    ("mui", DoseUnit::Miu),
];

/// The amount and unit that a text means; `None` when it means none or could mean two.
pub fn parse_dosage(text: &str) -> Option<Dosage> {
    if text.chars().count() > MAX_CHARACTERS {
        return None;
    }
    let text = plain(text);
    let (thousandths, unit) = match amount(&text) {
        Some((first, rest)) => {
            let (unit, rest) = phrase(rest.trim_start(), UNITS)?;
            let rest = rest.trim();
            // "one tablet and a half", as Khmer says it.
            let more = match rest {
                "" => 0,
                rest => match amount(rest.strip_prefix("and ").unwrap_or(rest)) {
                    Some((part @ (250 | 500), "")) => part,
                    _ => return None,
                },
            };
            (first.checked_add(more)?, unit)
        }
        None => {
            let (unit, rest) = phrase(text.trim_start(), UNITS)?;
            let (first, "") = amount(rest.trim_start())? else { return None };
            (first, unit)
        }
    };
    let amount = Amount::from_thousandths(thousandths);
    (!amount.is_zero() && amount <= Amount::MAX).then_some(Dosage { amount, unit })
}

/// The unit that a word means: `cp`, `TABLET`, `គ្រាប់`.
pub fn parse_unit(text: &str) -> Option<DoseUnit> {
    let text = plain(text);
    match phrase(text.trim(), UNITS)? {
        (unit, "") => Some(unit),
        _ => None,
    }
}

fn amount(text: &str) -> Option<(u32, &str)> {
    let text = text.trim_start();
    number(text).or_else(|| phrase(text, NUMBERS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_share_of_nothing_is_no_amount() {
        for text in ["1/0 tablet", "1/9 tablet", "0/2 tablet"] {
            assert_eq!(parse_dosage(text), None, "{text}");
        }
    }

    #[test]
    fn reads_every_accepted_form() {
        for &(text, thousandths, unit) in ACCEPTED_DOSAGES {
            let expected = Dosage { amount: Amount::from_thousandths(thousandths), unit };
            assert_eq!(parse_dosage(text), Some(expected), "{text}");
            assert_eq!(parse_dosage(&text.to_uppercase()), Some(expected), "{text} in capitals");
        }
        for (text, thousandths) in [
            ("half a tablet", 500),
            ("មួយគ្រាប់កន្លះ", 1_500),
            ("1½ cp", 1_500),
            ("500MG", 500_000),
            ("គ្រាប់ ២", 2_000),
        ] {
            assert_eq!(
                parse_dosage(text).map(|dosage| dosage.amount.as_thousandths()),
                Some(thousandths),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_could_mean_two_things() {
        let wrong = [
            "",
            "500",
            "mg",
            "1,000 mg",
            "1.000 mg",
            "1-2 tablets",
            "0 mg",
            "-1 mg",
            "a lot",
            "1 banana",
            "500 mg/5 ml",
            "1 tablet or so",
            "99999999 mg",
            "1/3 tablet",
        ];
        for text in wrong {
            assert_eq!(parse_dosage(text), None, "{text}");
        }
    }

    #[test]
    fn words_of_the_tables_are_plain_already() {
        for (word, _) in UNITS {
            assert_eq!(&plain(word), word);
        }
        for unit in DoseUnit::ALL {
            assert_eq!(parse_unit(unit.code()), Some(unit));
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,60}") {
            let _ = parse_dosage(&text);
        }

        #[test]
        fn reads_what_it_writes(thousandths in 1_u32..100_000_000, unit in 0_usize..DoseUnit::ALL.len()) {
            let unit = DoseUnit::ALL[unit];
            let (whole, part) = (thousandths / 1_000, thousandths % 1_000);
            let number = if part == 0 { whole.to_string() } else { format!("{whole}.{part:03}") };
            let read = parse_dosage(&format!("{number} {}", unit.code()));
            prop_assert_eq!(read, Some(Dosage { amount: Amount::from_thousandths(thousandths), unit }));
        }
    }
}
