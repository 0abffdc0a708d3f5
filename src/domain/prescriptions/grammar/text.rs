//! Text made plain before it is read: one case, one kind of digit, dash and accent, each letter with its place in
//! the original.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest text that is looked at, in characters.
pub(super) const MAX_CHARACTERS: usize = 300;

/// A plain text that knows where each of its letters stood.
#[derive(Debug, Clone, Default)]
pub(super) struct Plain {
    /// Lower case, digits 0-9, no Latin accents and zero-width marks, one kind of dash and of multiplication sign, no
    /// dots of abbreviations, single spaces; a space between digits that must not break stays U+00A0.
    pub text: String,
    original: String,
    /// For each byte of `text` the byte of `original` that it comes from.
    origins: Vec<usize>,
}

impl Plain {
    /// What stood in the original between two places of the plain text.
    pub(super) fn part(&self, from: usize, to: usize) -> String {
        let start = self.origins.get(from).copied().unwrap_or(self.original.len());
        let end = self.origins.get(to).copied().unwrap_or(self.original.len());
        self.original.get(start..end).unwrap_or_default().trim().to_owned()
    }

    fn push(&mut self, letter: char, origin: usize) {
        self.text.push(letter);
        self.origins.resize(self.text.len(), origin);
    }
}

/// Makes a text plain.
pub(super) fn plain(text: &str) -> Plain {
    let letters = khmer_order(letters(text));
    let mut out = Plain { original: text.to_owned(), ..Plain::default() };
    let at = |index: usize| letters.get(index).map(|&(letter, _)| letter);
    for (index, &(letter, origin)) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(at);
        let after = at(index + 1);
        let letter = match letter {
            '.' => match dot(&letters, index) {
                Some(kept) => kept,
                None => continue,
            },
            // Between digits it is a clock, elsewhere it introduces.
            ':' if !(is_digit(before) && is_digit(after)) => ' ',
            // Binds the digits of one number.
            '\u{a0}' if !(is_digit(before) && is_digit(after)) => ' ',
            other => other,
        };
        if letter == ' ' && (out.text.is_empty() || out.text.ends_with(' ')) {
            continue;
        }
        out.push(letter, origin);
    }
    let end = out.text.trim_end().len();
    out.text.truncate(end);
    out.origins.truncate(end);
    out
}

fn is_digit(letter: Option<char>) -> bool {
    letter.is_some_and(|letter| letter.is_ascii_digit())
}

/// What becomes of a dot: it stays in numbers, ends a word, or goes without trace inside `b.i.d.`.
fn dot(letters: &[(char, usize)], index: usize) -> Option<char> {
    let at = |index: usize| letters.get(index).map(|&(letter, _)| letter);
    let before = index.checked_sub(1).and_then(at);
    if is_digit(at(index + 1)) {
        return Some('.');
    }
    match before {
        Some(letter) if letter.is_alphabetic() => {
            let single = index.checked_sub(2).and_then(at).is_none_or(|letter| !letter.is_alphanumeric());
            if single { None } else { Some(' ') }
        }
        // The end of the sentence behind a number.
        Some(letter) if letter.is_ascii_digit() => {
            let ends =
                letters.get(index + 1..).is_none_or(|rest| rest.iter().all(|(letter, _)| *letter == ' '));
            Some(if ends { ' ' } else { '.' })
        }
        // A point and a space before digits is a number without its zero.
        _ => Some('.'),
    }
}

/// Every letter in its plain form with the byte where it stood.
fn letters(text: &str) -> Vec<(char, usize)> {
    let mut out = Vec::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        for letter in letter.to_lowercase().nfd() {
            let plain = match letter {
                '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '°' => continue,
                // Khmer signs are letters of their own; only Latin accents may go.
                accent if is_combining_mark(accent) && ('\u{0300}'..='\u{036f}').contains(&accent) => {
                    continue;
                }
                digit @ '០'..='៩' => from_block(digit, '០', '0'),
                wide @ '\u{ff01}'..='\u{ff5e}' => from_block(wide, '\u{ff01}', '!').to_ascii_lowercase(),
                '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
                '×' | '✕' | '✖' | '*' => {
                    out.extend([(' ', at), ('x', at), (' ', at)]);
                    continue;
                }
                '⁄' | '÷' | '∕' => '/',
                '’' | '‘' | '`' => '\'',
                '។' | ';' => ',',
                '៖' => ':',
                'µ' => 'μ',
                'ſ' => 's',
                '(' | ')' => ' ',
                '\u{a0}' | '\u{202f}' => '\u{a0}',
                space if space.is_whitespace() => ' ',
                other => other,
            };
            out.push((plain, at));
        }
    }
    out
}

/// The letter that stands as far behind `to` as `letter` behind `from`.
fn from_block(letter: char, from: char, to: char) -> char {
    let distance = u32::from(letter).saturating_sub(u32::from(from));
    char::from_u32(u32::from(to) + distance).unwrap_or(letter)
}

/// Khmer as it ought to be typed: the sign that shifts the register before the vowel, ដ for ត below another letter,
/// one vowel for its two halves. Each pair looks the same on paper.
fn khmer_order(letters: Vec<(char, usize)>) -> Vec<(char, usize)> {
    let mut out: Vec<(char, usize)> = Vec::with_capacity(letters.len());
    for (letter, at) in letters {
        match (out.last().map(|&(last, _)| last), letter) {
            (Some('\u{17d2}'), 'ដ') => out.push(('ត', at)),
            (Some('\u{17c1}'), '\u{17b6}') => replace_last(&mut out, '\u{17c4}'),
            (Some('\u{17c1}'), '\u{17b8}') => replace_last(&mut out, '\u{17be}'),
            (Some('\u{17b6}'..='\u{17c5}'), '\u{17c9}' | '\u{17ca}') => {
                let vowel = out.pop();
                out.push((letter, at));
                out.extend(vowel);
            }
            _ => out.push((letter, at)),
        }
    }
    out
}

fn replace_last(letters: &mut [(char, usize)], letter: char) {
    if let Some(last) = letters.last_mut() {
        last.0 = letter;
    }
}

/// The longest phrase of the tables at the start of plain text, and what follows. A phrase that ends in a Latin
/// letter may take the s of the plural and must not be followed by another letter, so that `od` is not found in
/// `odd`; Khmer is written without spaces and needs no gap.
pub(super) fn phrase<'a, T: Copy>(text: &'a str, tables: &[&[(&str, T)]]) -> Option<(T, &'a str)> {
    let mut best: Option<(T, &str)> = None;
    let first = text.as_bytes().first();
    for &(phrase, meaning) in tables.iter().flat_map(|table| table.iter()) {
        // Spares most comparisons.
        if phrase.as_bytes().first() != first {
            continue;
        }
        let Some(mut rest) = text.strip_prefix(phrase) else { continue };
        let is_latin = phrase.ends_with(|last: char| last.is_ascii_lowercase() || last == 'μ');
        if is_latin && phrase.len() > 2 {
            rest = rest.strip_prefix('s').filter(|rest| ends_word(rest)).unwrap_or(rest);
        }
        let joined = is_latin && !ends_word(rest);
        // A Khmer sign that follows makes it another syllable.
        let cut = rest.starts_with(|next: char| ('\u{17b4}'..='\u{17d3}').contains(&next));
        if !joined && !cut && best.is_none_or(|(_, longest)| rest.len() < longest.len()) {
            best = Some((meaning, rest));
        }
    }
    best
}

fn ends_word(rest: &str) -> bool {
    // "1cpx2/j"
    let sign =
        rest.strip_prefix('x').is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
    sign || !rest.starts_with(|next: char| next.is_ascii_lowercase() || next == '\'' || next == 'μ')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_parts_as_they_were_written() {
        let read = plain("1 Gél.  à  8H");
        assert_eq!(read.text, "1 gel a 8h");
        assert_eq!(read.part(2, 5), "Gél");
        assert_eq!(read.part(6, 10), "à  8H");
    }

    #[test]
    fn dots_belong_to_numbers_words_or_nothing() {
        for (text, expected) in [
            ("b.i.d.", "bid"),
            ("P.R.N.", "prn"),
            ("c. à c.", "c a c"),
            (".5 mg", ".5 mg"),
            ("p.o. .5", "po .5"),
            ("1.5 mg.", "1.5 mg"),
            ("1 cp. matin", "1 cp matin"),
            ("BD x 5.", "bd x 5"),
            ("9 p.m.", "9 pm"),
            ("matin: 1, 08:00", "matin 1, 08:00"),
        ] {
            assert_eq!(plain(text).text, expected);
        }
    }

    #[test]
    fn khmer_that_looks_the_same_is_the_same() {
        assert_eq!(plain("ម្ដង").text, plain("ម្តង").text);
        assert_eq!(plain("មោ៉ង").text, plain("ម៉ោង").text);
        assert_eq!(plain("ព្រឹក\u{200b}ល្ងាច ៣").text, "ព្រឹកល្ងាច 3");
        assert_eq!(plain("１０ ｍｇ").text, "10 mg");
    }

    proptest! {
        #[test]
        fn never_panics_and_keeps_places(text in ".{0,60}") {
            let once = plain(&text);
            prop_assert_eq!(once.origins.len(), once.text.len());
            let _ = once.part(0, once.text.len());
        }
    }
}
