//! Text as it is compared: one spelling for what people type differently.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::khmer;

pub use super::khmer::clusters;

/// Lower case without accents and punctuation, Khmer in one spelling with Latin digits, words separated by single
/// spaces: `Énalapril® 5mg` becomes `enalapril 5mg`.
pub fn folded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.nfd() {
        match letter {
            // Zero-width characters that editors put between Khmer words.
            '\u{200B}'..='\u{200D}' | '\u{FEFF}' | '\u{AD}' => {}
            '\u{17E0}'..='\u{17E9}' => plain.extend(char::from_digit(letter as u32 - 0x17E0, 10)),
            letter if khmer::is_khmer(letter) => plain.push(letter),
            letter if is_combining_mark(letter) => {}
            'œ' | 'Œ' => plain.push_str("oe"),
            'æ' | 'Æ' => plain.push_str("ae"),
            'ß' => plain.push_str("ss"),
            // A decimal point or comma inside a number belongs to it.
            '.' | ',' if plain.ends_with(|last: char| last.is_ascii_digit()) => plain.push('.'),
            '%' => plain.push('%'),
            letter if letter.is_alphanumeric() => plain.extend(letter.to_lowercase()),
            // An apostrophe inside a word separates nothing in a name: "St John's".
            '\'' | '’' => {}
            _ => plain.push(' '),
        }
    }
    let mut out = String::with_capacity(plain.len());
    for word in khmer::reordered(&plain).split_whitespace() {
        let word = word.trim_matches('.');
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The same without the hyphens inside words, when there are any: `Co-amoxiclav` is `coamoxiclav` to some.
pub(super) fn unhyphenated(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let is_letter = |place: Option<usize>| {
        place.and_then(|place| letters.get(place)).is_some_and(|letter| letter.is_alphabetic())
    };
    let is_inside = |place: usize| is_letter(place.checked_sub(1)) && is_letter(place.checked_add(1));
    let kept =
        letters.iter().enumerate().filter(|(place, letter)| !(is_hyphen(**letter) && is_inside(*place)));
    let joined: String = kept.map(|(_, letter)| *letter).collect();
    (joined.len() < text.len()).then(|| folded(&joined))
}

const fn is_hyphen(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}' | '\u{2011}' | '\u{2012}' | '\u{2013}')
}

/// Whether a folded word is in Khmer script.
pub(super) fn is_khmer_word(word: &str) -> bool {
    word.chars().any(khmer::is_khmer)
}

/// The part of a folded text that is searched for: at most `max` characters, cut at a character.
pub(super) fn shortened(text: &str, max: usize) -> &str {
    match text.char_indices().nth(max) {
        Some((end, _)) => text.get(..end).unwrap_or(text).trim_end(),
        None => text,
    }
}

/// Units that are written behind a number with or without a space, by the name under which they are kept.
const UNITS: [(&str, &str); 29] = [
    ("mg", "mg"),
    ("mcg", "mcg"),
    ("g", "g"),
    ("ml", "ml"),
    ("iu", "iu"),
    ("ui", "ui"),
    ("mmol", "mmol"),
    ("%", "%"),
    ("ug", "mcg"),
    ("\u{b5}g", "mcg"),
    ("\u{3bc}g", "mcg"),
    ("microgram", "mcg"),
    ("micrograms", "mcg"),
    ("microgramme", "mcg"),
    ("microgrammes", "mcg"),
    ("milligram", "mg"),
    ("milligrams", "mg"),
    ("milligramme", "mg"),
    ("milligrammes", "mg"),
    ("gram", "g"),
    ("grams", "g"),
    ("gramme", "g"),
    ("grammes", "g"),
    ("gm", "g"),
    ("milliliter", "ml"),
    ("milliliters", "ml"),
    ("millilitre", "ml"),
    ("millilitres", "ml"),
    ("cc", "ml"),
];

/// The name under which a unit is kept.
fn unit_of(word: &str) -> Option<&'static str> {
    UNITS.iter().find(|(written, _)| *written == word).map(|(_, unit)| *unit)
}

/// A number and the unit that is written on to it, by the name under which it is kept.
fn measure_of(word: &str) -> Option<(&str, &'static str)> {
    let end = word.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
    let (number, unit) = word.split_at_checked(end)?;
    Some((number, unit_of(unit)?)).filter(|(number, _)| is_number(number))
}

/// Whether a word is the beginning of a unit's long name, which somebody is about to write behind a number.
fn begins_unit(word: &str) -> bool {
    const LEAST: usize = 2;
    word.len() >= LEAST
        && UNITS.iter().any(|(written, _)| written.len() > word.len() && written.starts_with(word))
}

/// Each number joined with the unit behind it, also in the units of weight beside its own: `400mcg` and `0.4mg`.
pub(super) fn measures_joined(words: &[&str]) -> Vec<String> {
    words
        .iter()
        .zip(words.iter().skip(1))
        .filter_map(|(number, unit)| Some((number, unit_of(unit).filter(|_| is_number(number))?)))
        .flat_map(|(number, unit)| {
            let same = weights_like(number, unit);
            std::iter::once(format!("{number}{unit}")).chain(same)
        })
        .collect()
}

/// Units of weight, each a thousand times the one before.
const WEIGHTS: [&str; 3] = ["mcg", "mg", "g"];

/// The same weight in the other units, as far as four decimals say it.
fn weights_like(number: &str, unit: &str) -> Vec<String> {
    const DECIMALS: usize = 4;
    let Some(own) = WEIGHTS.iter().position(|known| *known == unit) else { return Vec::new() };
    let Some(ten_thousandths) = ten_thousandths(number) else { return Vec::new() };
    let of_unit = |place: usize| {
        let (up, down) = (own.saturating_sub(place), place.saturating_sub(own));
        let raised = ten_thousandths.checked_mul(1_000_u64.checked_pow(u32::try_from(up).ok()?)?)?;
        let divisor = 1_000_u64.checked_pow(u32::try_from(down).ok()?)?;
        let amount = raised.checked_div(divisor).filter(|_| raised.is_multiple_of(divisor))?;
        let text = format!("{}.{:0DECIMALS$}", amount / 10_000, amount % 10_000);
        Some(format!("{}{}", without_idle_zeros(&text), WEIGHTS.get(place)?))
    };
    (0..WEIGHTS.len()).filter(|place| *place != own).filter_map(of_unit).collect()
}

/// A word for so much of a substance in a millilitre, one for `250 mg/5 mL` and `50 mg/mL`; nothing where the first word is no
/// amount or the second no volume.
fn concentration(amount: &str, volume: &str) -> Option<String> {
    let (number, unit) = measure_of(amount)?;
    let (unit, factor) = match unit {
        "g" => ("mcg", 1_000_000),
        "mg" => ("mcg", 1_000),
        "mcg" | "iu" | "mmol" => (unit, 1),
        _ => return None,
    };
    let millilitres = match volume {
        "ml" => ten_thousandths("1")?,
        _ => measure_of(volume)
            .filter(|(_, unit)| *unit == "ml")
            .and_then(|(number, _)| ten_thousandths(number))?,
    };
    let parts = ten_thousandths(number)?.checked_mul(factor)?;
    let shared = common_divisor(parts, millilitres);
    Some(format!("{}{unit}in{}ml", parts.checked_div(shared)?, millilitres.checked_div(shared)?))
}

/// A number in ten-thousandths, where four decimals say it.
fn ten_thousandths(number: &str) -> Option<u64> {
    const DECIMALS: usize = 4;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    (part.len() <= DECIMALS).then(|| format!("{whole}{part:0<DECIMALS$}").parse().ok()).flatten()
}

fn common_divisor(one: u64, other: u64) -> u64 {
    let (mut divisor, mut rest) = (one, other);
    while rest != 0 {
        (divisor, rest) = (rest, divisor.checked_rem(rest).unwrap_or_default());
    }
    divisor
}

/// The concentrations of a strength: each of its amounts in the volume behind it.
pub(super) fn concentrations(words: &[&str]) -> Vec<String> {
    let words = query_words(&words.join(" "), words.len());
    let measured: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some((volume, amounts)) = measured.split_last() else { return Vec::new() };
    amounts.iter().filter_map(|amount| concentration(amount, volume)).collect()
}

/// The words of a query with each amount in a volume as one word: `250mg 5ml`.
pub(super) fn with_concentrations(words: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        match joined.last().and_then(|amount| concentration(amount, &word)) {
            Some(both) => {
                joined.pop();
                joined.push(both);
            }
            None => joined.push(word),
        }
    }
    joined
}

/// A number without zeros at the end that say nothing: `5` for `5.0`.
fn without_idle_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// The words of a query, at most `max`; a number and its unit are one word.
pub(super) fn query_words(query: &str, max: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut left = query.split(' ').peekable();
    while let Some(word) = left.next() {
        let is_last = left.peek().is_none();
        match (words.last_mut().filter(|last| is_number(last)), unit_of(word)) {
            (Some(number), Some(unit)) => *number = format!("{}{unit}", without_idle_zeros(number)),
            (Some(_), None) if is_last && begins_unit(word) => {}
            _ => words.push(match measure_of(word) {
                Some((number, unit)) => format!("{}{unit}", without_idle_zeros(number)),
                None => word.to_owned(),
            }),
        }
    }
    words.truncate(max);
    words
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
}

/// Pairs of neighbouring clusters of the Khmer words of a folded text.
pub(super) fn cluster_pairs(text: &str) -> Vec<String> {
    let mut pairs = Vec::new();
    for word in text.split(' ').filter(|word| is_khmer_word(word)) {
        let parts = clusters(word);
        for pair in parts.windows(2) {
            pairs.push(pair.concat());
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}
