//! How a strength is written. What cannot be read is refused, because doses would be held against nothing.
//!
//! Accepted are, as on the packs of the shipped list:
//! - a number and a unit: `500 mg`, `1 g`, `62.5 mcg`, `100 000 IU`, `2.4 million IU`, `5 mL`, `5 TU`, `380 mm2`,
//!   `1 tablet`, `1 piece`, `2 drops`;
//! - a share: `0.9%`, or a dilution `1:100 000`;
//! - several of them, one for each part of a combination, joined by ` + `: `500 mg + 125 mg`;
//! - of a volume, weight, time or piece behind a stroke: `250 mg/5 mL`, `50 mcg/g`, `25 mcg/h`, `100 mcg/puff`.
//!
//! Numbers have a decimal point and at most four decimals; thousands may stand apart with a space. A whole part other
//! than 0 with exactly three decimals is refused: `4.000` is four to one reader and four thousand to another.

/// A unit as it is written here, of one in other letters that can mean nothing else.
pub(super) fn unit(text: &str) -> Option<&'static str> {
    Some(match text.to_lowercase().as_str() {
        "mg" => "mg",
        "g" => "g",
        // The micro sign and the Greek letter.
        "mcg" | "ug" | "\u{b5}g" | "\u{3bc}g" => "mcg",
        "ml" => "mL",
        "iu" | "ui" => "IU",
        _ => return None,
    })
}

/// A decimal number above 0 in ten-thousandths, with a point and at most four decimals.
pub(super) fn number(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let leads_with_zero = whole.len() > 1 && whole.starts_with('0');
    let looks_like_thousands = part.len() == 3 && whole != "0";
    if !digits(whole) || !digits(part) || part.len() > 4 || leads_with_zero || looks_like_thousands {
        return None;
    }
    let number =
        whole.parse::<u64>().ok()?.checked_mul(10_000)?.checked_add(format!("{part:0<4}").parse().ok()?)?;
    (number > 0).then_some(number)
}

/// The strength as it is written here; nothing for one that is not understood whole. What it returns stays the same
/// when it is read again.
pub fn canonical(text: &str) -> Option<String> {
    let (parts, per) = match text.split_once('/') {
        Some((parts, per)) => (parts, Some(per)),
        None => (text, None),
    };
    let parts: Option<Vec<String>> = parts.split('+').map(|part| amount(part.trim())).collect();
    let parts = parts?.join(" + ");
    match per {
        Some(per) => Some(format!("{parts}/{}", per_of(per.trim())?)),
        None => Some(parts),
    }
}

/// One number with its unit, a share or a dilution.
fn amount(text: &str) -> Option<String> {
    if let Some(dilution) = text.strip_prefix("1:") {
        grouped(dilution)?;
        return Some(format!("1:{dilution}"));
    }
    let end = text.find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, '.' | ' '))?;
    let (digits, name) = text.split_at_checked(end)?;
    let digits = digits.trim_end();
    grouped(digits)?;
    if name == "%" {
        return Some(format!("{digits}%"));
    }
    if let Some((million, rest)) = name.split_once(' ') {
        let is_million = million.eq_ignore_ascii_case("million") && unit(rest) == Some("IU");
        return is_million.then(|| format!("{digits} million IU"));
    }
    Some(format!("{digits} {}", unit(name).or_else(|| counted(name))?))
}

/// Units of a strength that are no measure of a substance.
fn counted(name: &str) -> Option<&'static str> {
    ["TU", "mm2", "tablet", "piece", "drop", "drops"].into_iter().find(|known| *known == name)
}

/// What the strength is the strength of, behind the stroke.
fn per_of(text: &str) -> Option<String> {
    const OF_ONE: [&str; 8] = ["mL", "g", "h", "puff", "spray", "dose", "tablet", "drop"];
    let known = |text: &str| unit(text).or_else(|| OF_ONE.into_iter().find(|known| *known == text));
    if let Some(one) = known(text) {
        return OF_ONE.contains(&one).then(|| one.to_owned());
    }
    let end = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (digits, name) = text.split_at_checked(end)?;
    number(digits.trim_end())?;
    let name = known(name).filter(|name| matches!(*name, "mL" | "h"))?;
    Some(format!("{} {name}", digits.trim_end()))
}

/// A number whose thousands may stand apart with single spaces.
fn grouped(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let mut groups = whole.split(' ');
    let first = groups.next()?;
    let mut joined = first.to_owned();
    for group in groups {
        if group.len() != 3 || !(1..=3).contains(&first.len()) {
            return None;
        }
        joined.push_str(group);
    }
    if let Some(part) = part {
        joined = format!("{joined}.{part}");
    }
    number(&joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_mean_one_thing_only_is_written_in_one_way() {
        for (text, expected) in [
            ("500 mg", "500 mg"),
            ("500 MG", "500 mg"),
            ("500 Mg", "500 mg"),
            ("500mg", "500 mg"),
            ("500 \u{b5}g", "500 mcg"),
            ("500 \u{3bc}g", "500 mcg"),
            ("500 ug", "500 mcg"),
            ("0.125 mg", "0.125 mg"),
            ("0.9 %", "0.9%"),
            ("250MG/5ML", "250 mg/5 mL"),
            ("10 IU/ml", "10 IU/mL"),
            ("500 mg+125 mg", "500 mg + 125 mg"),
            ("2.4 million iu", "2.4 million IU"),
            ("2% + 1:100 000", "2% + 1:100 000"),
            ("5 TU/0.1 mL", "5 TU/0.1 mL"),
            ("0.1% + 3500 IU + 6000 IU/mL", "0.1% + 3500 IU + 6000 IU/mL"),
            ("21 mg/24 h", "21 mg/24 h"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
            assert_eq!(canonical(expected).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_whole_is_no_strength() {
        for text in [
            "",
            "500",
            "mg",
            "-500 mg",
            "+500 mg",
            "NaN",
            "NaN mg",
            "1e3 mg",
            "0,5 g",
            "1,000 mg",
            "1.000 mg",
            "4.000 mg",
            "0 mg",
            "0.00001 g",
            "007 mg",
            "500 mg500 mg",
            "500 mg 500 mg",
            "500 mg +",
            "500 mg/",
            "500 mg/5",
            "500 mg/5 mg",
            "500 mg/mg",
            "500 mg/5 mL/2",
            "\u{ff15}\u{ff10}\u{ff10} mg",
            "1 00 mg",
            "1000 000 IU",
            "100  000 IU",
            "500 spoons",
            "500 m g",
            "5 mg\u{202e}",
            "5 million mg",
            "1:x",
            "inf mg",
            "1. mg",
            ".5 mg",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
