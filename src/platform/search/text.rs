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

/// Units that are written behind a number with or without a space.
const UNITS: [&str; 8] = ["mg", "mcg", "g", "ml", "iu", "ui", "mmol", "%"];

/// Each number joined with the unit behind it: `500mg`.
pub(super) fn measures_joined(words: &[&str]) -> Vec<String> {
    words
        .iter()
        .zip(words.iter().skip(1))
        .filter(|(number, unit)| is_number(number) && UNITS.contains(unit))
        .map(|(number, unit)| format!("{number}{unit}"))
        .collect()
}

/// The words of a query, at most `max`; a number and its unit are one word.
pub(super) fn query_words(query: &str, max: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in query.split(' ') {
        match words.last_mut() {
            Some(last) if UNITS.contains(&word) && is_number(last) => last.push_str(word),
            _ => words.push(word.to_owned()),
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
