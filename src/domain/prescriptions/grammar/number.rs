//! Numbers in plain text, and why some of them are not read.

use super::Refusal;

/// How a number was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `2`, `1 000`.
    Whole,
    /// `0.5`, `2,5`.
    Decimal,
    /// `3.125`: thousands or decimals, unless the medicine tells.
    ThreeDecimals,
    /// `½`, `1/2`, `1 1/2`.
    Fraction,
    /// `2 500`: one number, or two of 500.
    Spaced,
}

/// A number in ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    /// The value.
    pub value: u64,
    /// How it was written.
    pub form: Form,
    /// Whether zeros stand at the end of its decimals.
    pub trailing_zero: bool,
}

/// One.
pub(super) const ONE: u64 = 10_000;

impl Number {
    pub(super) const fn of(value: u64) -> Self {
        let form = if value.is_multiple_of(ONE) { Form::Whole } else { Form::Fraction };
        Self { value, form, trailing_zero: false }
    }

    /// The whole number it is, written as one.
    pub(super) fn whole(self) -> Option<u32> {
        (self.form == Form::Whole).then(|| u32::try_from(self.value / ONE).ok()).flatten()
    }
}

type Read<'a> = Option<Result<(Number, &'a str), Refusal>>;

/// The number at the start of plain text, with the rest; nothing where there is none.
pub(super) fn number(text: &str) -> Read<'_> {
    if let Some(digits) = text.strip_prefix('.').map(str::trim_start)
        && digits.starts_with(|next: char| next.is_ascii_digit())
    {
        let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
        let part = digits.get(..end).unwrap_or_default();
        return Some(Err(
            Refusal::new("words_leading_zero", format!(".{part}")).with("write", format!("0.{part}"))
        ));
    }
    if let Some((part, rest)) = sign(text) {
        return Some(Ok((Number::of(part), rest)));
    }
    let (digits, rest) = digits(text)?;
    if digits.len() > 8 {
        return Some(Err(Refusal::new("words_number_too_large", digits)));
    }
    let whole: u64 = digits.parse().ok()?;
    if let Some(read) = fraction(whole, digits, rest) {
        return Some(Ok(read));
    }
    if let Some((groups, spaced, rest)) = groups(digits, rest) {
        let form = if spaced { Form::Spaced } else { Form::Whole };
        return Some(Ok((Number { value: groups * ONE, form, trailing_zero: false }, rest)));
    }
    Some(decimals(text, whole, rest))
}

fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at_checked(end)).flatten()
}

/// A fraction that is one sign.
fn sign(text: &str) -> Option<(u64, &str)> {
    let mut letters = text.chars();
    let part = match letters.next()? {
        '½' => 5_000,
        '¼' => 2_500,
        '¾' => 7_500,
        '⅛' => 1_250,
        _ => return None,
    };
    Some((part, letters.as_str()))
}

/// `/2` or a second number with it: `1/2`, `1 1/2`, `1½`, `1 ½`.
fn fraction<'a>(whole: u64, digits: &str, rest: &'a str) -> Option<(Number, &'a str)> {
    let mixed = |part: u64| Number::of(whole * ONE + part);
    let short = digits.len() <= 2;
    if let Some((part, rest)) = sign(rest) {
        return Some((mixed(part), rest));
    }
    if let Some((part, rest)) = rest.strip_prefix(' ').and_then(sign) {
        return short.then(|| (mixed(part), rest));
    }
    if let Some((part, rest)) = proper(digits, rest) {
        return Some((Number::of(part), rest));
    }
    let (numerator, after) = self::digits(rest.strip_prefix(' ')?)?;
    let (part, rest) = proper(numerator, after)?;
    (short && whole > 0).then(|| (mixed(part), rest))
}

/// A proper fraction in lowest terms with halves, quarters or eighths. Before hours, days and weeks a stroke means
/// "per": `1/8h` is once in 8 hours.
fn proper<'a>(numerator: &str, text: &'a str) -> Option<(u64, &'a str)> {
    let (denominator, rest) = digits(text.strip_prefix('/')?)?;
    let part = match (numerator, denominator) {
        ("1", "2") => 5_000,
        ("1", "4") => 2_500,
        ("3", "4") => 7_500,
        ("1", "8") => 1_250,
        ("3", "8") => 3_750,
        ("5", "8") => 6_250,
        ("7", "8") => 8_750,
        _ => return None,
    };
    let next = rest.trim_start();
    let time = ["h", "j", "d", "sem", "w", "mo", "ម៉ោង", "ថ្ងៃ", "សប្តាហ៍", "/"];
    let is_rate = time.iter().any(|word| next.starts_with(word)) && !next.starts_with("demi");
    (!is_rate).then_some((part, rest))
}

/// Thousands apart: `1 000`, `100 000`. A space that may break is sure only before zeros.
fn groups<'a>(first: &str, rest: &'a str) -> Option<(u64, bool, &'a str)> {
    if first.len() > 3 || first.starts_with('0') {
        return None;
    }
    let mut value: u64 = first.parse().ok()?;
    let (mut left, mut found, mut spaced) = (rest, false, false);
    while let Some(space @ (' ' | '\u{a0}')) = left.chars().next()
        && let Some((group, after)) = digits(left.get(space.len_utf8()..).unwrap_or_default())
        && group.len() == 3
        && value < 1_000_000
    {
        if after.starts_with([',', '.', '/'])
            && after.get(1..).is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()))
        {
            break;
        }
        spaced |= space == ' ' && group != "000";
        value = value * 1_000 + group.parse::<u64>().ok()?;
        (left, found) = (after, true);
    }
    found.then_some((value, spaced, left))
}

/// A point or comma and what follows it.
fn decimals<'a>(text: &str, whole: u64, rest: &'a str) -> Result<(Number, &'a str), Refusal> {
    let plain = Number { value: whole * ONE, form: Form::Whole, trailing_zero: false };
    let Some(after) = rest.strip_prefix([',', '.']) else { return Ok((plain, rest)) };
    // A comma that ends the number belongs to the sentence.
    let Some((part, rest_of_all)) = digits(after) else { return Ok((plain, rest)) };
    let written = || text.get(..text.len() - rest_of_all.len()).unwrap_or_default().to_owned();
    if rest_of_all.starts_with([',', '.']) && digits(rest_of_all.get(1..).unwrap_or_default()).is_some() {
        return Err(Refusal::new("words_number_unreadable", written()));
    }
    let value = whole * ONE
        + format!("{part:0<4}").get(..4).and_then(|part| part.parse::<u64>().ok()).unwrap_or_default();
    if part.len() == 3 && whole > 0 {
        if part.ends_with('0') {
            return Err(thousands(whole, part, &written()));
        }
        return Ok((Number { value, form: Form::ThreeDecimals, trailing_zero: false }, rest_of_all));
    }
    if part.len() > 4 {
        return Err(Refusal::new("words_number_unreadable", written()));
    }
    let form = if value.is_multiple_of(ONE) { Form::Whole } else { Form::Decimal };
    Ok((Number { value, form, trailing_zero: part.ends_with('0') }, rest_of_all))
}

/// `1.500`: one reader takes it for a thousand, the next for one.
pub(super) fn thousands(whole: u64, part: &str, written: &str) -> Refusal {
    let decimal = part.trim_end_matches('0');
    let decimal = if decimal.is_empty() { whole.to_string() } else { format!("{whole}.{decimal}") };
    Refusal::new("words_thousands", written).with("large", format!("{whole}{part}")).with("small", decimal)
}

/// The number as it is best written: `0.5`, `1500`.
pub(super) fn written(ten_thousandths: u64) -> String {
    let (whole, part) = (ten_thousandths / ONE, ten_thousandths % ONE);
    if part == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{}", format!("{part:04}").trim_end_matches('0'))
    }
}
