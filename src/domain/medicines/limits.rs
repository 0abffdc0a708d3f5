//! What an entry says about amounts, read as numbers: its maximum doses and its ordinary number of pieces.

use super::model::{Content, DoseUnit};
use super::strength::{number, unit};

/// In what a maximum dose is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// mg; grams and micrograms are converted.
    Milligram,
    /// mL.
    Milliliter,
    /// International units.
    InternationalUnit,
    /// Tablets, capsules, sachets, puffs and the like.
    Piece,
}

/// One maximum dose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The part of a combination that it limits, as the list writes it; nothing where it limits the whole.
    pub ingredient: Option<String>,
    /// In ten-thousandths of the measure: 4000 mg are 40,000,000.
    pub ten_thousandths: u64,
    /// In what it is counted.
    pub measure: Measure,
}

/// How many pieces of one intake are ordinary, in ten-thousandths of a piece, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PieceRange {
    /// Fewest.
    pub least: u64,
    /// Most.
    pub most: u64,
    /// Whether one intake is a week's: the medicine is taken once a week and no more often.
    pub weekly: bool,
}

impl Content {
    /// The most at once; empty where the entry names none or it is not understood whole.
    pub fn single_limits(&self) -> Vec<Limit> {
        limits(self.max_single_dose.as_deref())
    }

    /// The most in a day; empty where the entry names none or it is not understood whole.
    pub fn daily_limits(&self) -> Vec<Limit> {
        limits(self.max_daily_dose.as_deref())
    }

    /// The ordinary number of pieces, where the entry has its own.
    pub fn piece_range(&self) -> Option<PieceRange> {
        self.usual_pieces.as_deref().and_then(pieces)
    }
}

/// `4000 mg`, `8 tablets`, `20 mg glibenclamide + 2000 mg metformin`.
fn limits(text: Option<&str>) -> Vec<Limit> {
    let parts: Option<Vec<Limit>> = text.map(|text| text.split('+').map(limit).collect()).unwrap_or_default();
    parts.unwrap_or_default()
}

fn limit(part: &str) -> Option<Limit> {
    let mut words = part.split_whitespace().peekable();
    let mut number = number(words.next()?)?;
    if words.next_if(|word| word.eq_ignore_ascii_case("million")).is_some() {
        number = number.checked_mul(1_000_000)?;
    }
    let name = words.next()?;
    let (measure, times, divided_by) = match unit(name) {
        Some("mg") => (Measure::Milligram, 1, 1),
        Some("g") => (Measure::Milligram, 1_000, 1),
        Some("mcg") => (Measure::Milligram, 1, 1_000),
        Some("mL") => (Measure::Milliliter, 1, 1),
        Some("IU") => (Measure::InternationalUnit, 1, 1),
        _ if is_piece(name) => (Measure::Piece, 1, 1),
        _ => return None,
    };
    let ingredient = words.collect::<Vec<_>>().join(" ");
    let number = number.checked_mul(times)?;
    let ten_thousandths = number.is_multiple_of(divided_by).then_some(number / divided_by)?;
    Some(Limit {
        ingredient: Some(ingredient).filter(|name| !name.is_empty()),
        ten_thousandths: Some(ten_thousandths).filter(|amount| *amount > 0)?,
        measure,
    })
}

fn is_piece(name: &str) -> bool {
    const PIECES: [&str; 14] = [
        "tablet",
        "tablets",
        "capsule",
        "capsules",
        "sachet",
        "sachets",
        "suppository",
        "suppositories",
        "patch",
        "patches",
        "puff",
        "puffs",
        "piece",
        "pieces",
    ];
    PIECES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a maximum of this entry is one that doses can be held against: one amount for the whole, or for each named
/// part of a combination one amount. Behind the unit stands nothing but the name of such a part; pieces are those in
/// which the entry is counted.
pub(super) fn is_maximum_of(content: &Content, text: &str) -> bool {
    let found = limits(Some(text));
    let counted = content.unit.name().to_lowercase();
    let pieces_fit = text.split_whitespace().map(str::to_lowercase).filter(|word| is_piece(word)).all(
        |word| match content.unit {
            DoseUnit::Milliliter | DoseUnit::Drop => false,
            _ => word.starts_with("piece") || word.starts_with(counted.trim_end_matches('y')),
        },
    );
    let parts: Vec<&str> = content.generic.split(" + ").collect();
    let named: Vec<String> =
        found.iter().filter_map(|limit| limit.ingredient.as_deref().map(str::to_lowercase)).collect();
    let named_once = named.iter().all(|name| named.iter().filter(|other| *other == name).count() == 1);
    let names_fit = match found.len() {
        0 => false,
        1 if named.is_empty() => true,
        count => {
            parts.len() > 1
                && count == named.len()
                && named_once
                && named.iter().all(|name| parts.contains(&name.as_str()))
        }
    };
    pieces_fit && names_fit
}

/// A maximum with its units as they are written here.
pub(super) fn tidied(text: &str) -> String {
    text.split_whitespace().map(|word| unit(word).unwrap_or(word)).collect::<Vec<_>>().join(" ")
}

/// `1-12`, `1-10 weekly`: the fewest and the most, both above 0, with at most four decimals.
pub(super) fn pieces(text: &str) -> Option<PieceRange> {
    let (range, weekly) = match text.split_once(' ') {
        Some((range, "weekly")) => (range, true),
        Some(_) => return None,
        None => (text, false),
    };
    let (least, most) = range.split_once('-')?;
    let (least, most) = (number(least)?, number(most)?);
    (least <= most).then_some(PieceRange { least, most, weekly })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Option<(u64, Measure)> {
        let found = limits(Some(text));
        found.first().map(|limit| (limit.ten_thousandths, limit.measure)).filter(|_| found.len() == 1)
    }

    #[test]
    fn a_maximum_is_read_in_its_measure() {
        assert_eq!(one("4000 mg"), Some((40_000_000, Measure::Milligram)));
        assert_eq!(one("4 g"), Some((40_000_000, Measure::Milligram)));
        assert_eq!(one("0.0625 mg"), Some((625, Measure::Milligram)));
        assert_eq!(one("62.5 mcg"), Some((625, Measure::Milligram)));
        assert_eq!(one("8 tablets"), Some((80_000, Measure::Piece)));
        assert_eq!(one("2.4 million IU"), Some((24_000_000_000, Measure::InternationalUnit)));
        assert_eq!(one("30 mL"), Some((300_000, Measure::Milliliter)));
    }

    #[test]
    fn the_parts_of_a_combination_have_their_own() {
        let found = limits(Some("20 mg glibenclamide + 2000 mg metformin"));
        let named: Vec<_> =
            found.iter().map(|limit| (limit.ingredient.as_deref(), limit.ten_thousandths)).collect();
        assert_eq!(named, [(Some("glibenclamide"), 200_000), (Some("metformin"), 20_000_000)]);
    }

    #[test]
    fn what_is_not_understood_whole_limits_nothing() {
        for text in [
            "",
            "4000",
            "lots",
            "4,000 mg",
            "4.000 mg",
            "4.00000 mg",
            "0 mg",
            "-4 mg",
            "1e9 mg",
            "4 spoons",
            "4 mg/day",
            "20 mg a + much b",
        ] {
            assert_eq!(limits(Some(text)), [], "{text}");
        }
        assert_eq!(limits(None), []);
    }

    #[test]
    fn a_range_of_pieces_has_two_ends() {
        assert_eq!(pieces("1-12"), Some(PieceRange { least: 10_000, most: 120_000, weekly: false }));
        assert_eq!(pieces("0.25-2"), Some(PieceRange { least: 2_500, most: 20_000, weekly: false }));
        assert_eq!(pieces("1-10 weekly"), Some(PieceRange { least: 10_000, most: 100_000, weekly: true }));
        for text in [
            "",
            "3",
            "0-2",
            "5-1",
            "1-",
            "a-b",
            "1-2-3",
            "1-2 daily",
            "1-2 weekly weekly",
            "weekly",
            "1-2weekly",
        ] {
            assert_eq!(pieces(text), None, "{text}");
        }
    }
}
