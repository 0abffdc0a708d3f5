//! What an entry says about amounts, read as numbers: its maximum doses and its ordinary number of pieces.

use super::model::Content;

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
    let mut number = ten_thousandths(words.next()?)?;
    if words.next_if(|word| word.eq_ignore_ascii_case("million")).is_some() {
        number = number.checked_mul(1_000_000)?;
    }
    let (measure, times, divided_by) = match words.next()?.to_lowercase().as_str() {
        "mg" => (Measure::Milligram, 1, 1),
        "g" => (Measure::Milligram, 1_000, 1),
        "mcg" | "microgram" | "micrograms" => (Measure::Milligram, 1, 1_000),
        "ml" => (Measure::Milliliter, 1, 1),
        "iu" => (Measure::InternationalUnit, 1, 1),
        "tablet" | "tablets" | "capsule" | "capsules" | "sachet" | "sachets" | "suppository"
        | "suppositories" | "patch" | "patches" | "puff" | "puffs" | "piece" | "pieces" => {
            (Measure::Piece, 1, 1)
        }
        _ => return None,
    };
    let ingredient = words.collect::<Vec<_>>().join(" ");
    let ten_thousandths = number.checked_mul(times)? / divided_by;
    Some(Limit {
        ingredient: Some(ingredient).filter(|name| !name.is_empty()),
        ten_thousandths: Some(ten_thousandths).filter(|amount| *amount > 0)?,
        measure,
    })
}

/// `1-12`: the fewest and the most, both above 0, with at most four decimals.
pub(super) fn pieces(text: &str) -> Option<PieceRange> {
    let (least, most) = text.split_once('-')?;
    let (least, most) = (ten_thousandths(least.trim())?, ten_thousandths(most.trim())?);
    (least > 0 && least <= most).then_some(PieceRange { least, most })
}

/// A decimal number with a point and at most four decimals, in ten-thousandths.
fn ten_thousandths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 4 {
        return None;
    }
    whole.parse::<u64>().ok()?.checked_mul(10_000)?.checked_add(format!("{part:0<4}").parse().ok()?)
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
        for text in
            ["", "4000", "lots", "4,000 mg", "4.00000 mg", "0 mg", "-4 mg", "4 spoons", "20 mg a + much b"]
        {
            assert_eq!(limits(Some(text)), [], "{text}");
        }
        assert_eq!(limits(None), []);
    }

    #[test]
    fn a_range_of_pieces_has_two_ends() {
        assert_eq!(pieces("1-12"), Some(PieceRange { least: 10_000, most: 120_000 }));
        assert_eq!(pieces("0.25-2"), Some(PieceRange { least: 2_500, most: 20_000 }));
        for text in ["", "3", "0-2", "5-1", "1-", "a-b", "1-2-3"] {
            assert_eq!(pieces(text), None, "{text}");
        }
    }
}
