//! Text made plain before it is read: one case, one kind of digit, dash and accent.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest text that is looked at, in characters. What is longer is not understood.
pub(super) const MAX_CHARACTERS: usize = 120;

/// Lower case, Khmer digits as 0-9, accents of Latin letters and zero-width marks dropped, all dashes as `-`,
/// all multiplication signs as `x`, dots of abbreviations (`b.i.d.`) dropped, white space single.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    for letter in text.nfd().take(MAX_CHARACTERS * 3).flat_map(char::to_lowercase) {
        let letter = match letter {
            '\u{200b}'..='\u{200d}' | '\u{feff}' => continue,
            // Khmer signs are letters of their own; only Latin accents may go.
            accent if is_combining_mark(accent) && ('\u{0300}'..='\u{036f}').contains(&accent) => continue,
            digit @ '០'..='៩' => latin_digit(digit),
            '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
            '×' | '✕' | '✖' | '*' => 'x',
            '⁄' | '÷' => '/',
            '’' | '‘' => '\'',
            '។' | ';' => ',',
            space if space.is_whitespace() => ' ',
            other => other,
        };
        let dot_of_abbreviation = letter == '.' && !last.is_ascii_digit();
        if dot_of_abbreviation || (letter == ' ' && last == ' ') {
            continue;
        }
        out.push(letter);
        last = letter;
    }
    out.truncate(out.trim_end().len());
    out
}

fn latin_digit(khmer: char) -> char {
    u32::from(khmer)
        .checked_sub(u32::from('០'))
        .and_then(|digit| char::from_digit(digit, 10))
        .unwrap_or(khmer)
}

/// What was read at the start of a text, and the rest of it.
pub(super) type Read<'a, T> = Option<(T, &'a str)>;

/// A number in thousandths at the start of plain text: `2`, `0.5`, `0,125`, `1/2`, `1 1/2`, `½`, `1½`.
///
/// `1,000` and `1.000` are not numbers here: one reader takes them for a thousand, the next for one.
pub(super) fn number(text: &str) -> Read<'_, u32> {
    if let Some((part, rest)) = vulgar_fraction(text) {
        return Some((part, rest));
    }
    let (whole, rest) = digits(text)?;
    if let Some((part, rest)) = vulgar_fraction(rest) {
        return Some((whole.checked_mul(1_000)?.checked_add(part)?, rest));
    }
    if let Some((part, after)) = fraction_after(whole, rest) {
        return Some((part, after));
    }
    if let Some((numerator, after)) = rest.strip_prefix(' ').and_then(digits)
        && let Some((part, after)) = fraction_after(numerator, after)
        && part < 1_000
    {
        return Some((whole.checked_mul(1_000)?.checked_add(part)?, after));
    }
    decimals(whole, rest)
}

fn digits(text: &str) -> Read<'_, u32> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    (digits.len() <= 6).then(|| digits.parse().ok()).flatten().map(|number| (number, rest))
}

fn vulgar_fraction(text: &str) -> Read<'_, u32> {
    let mut letters = text.chars();
    let part = match letters.next()? {
        '½' => 500,
        '¼' => 250,
        '¾' => 750,
        _ => return None,
    };
    Some((part, letters.as_str()))
}

/// `/2` after a numerator, when it comes out even in thousandths and is no larger than 8.
fn fraction_after(numerator: u32, text: &str) -> Read<'_, u32> {
    let (denominator, rest) = digits(text.strip_prefix('/')?)?;
    let thousandths = numerator.checked_mul(1_000)?;
    let whole = (2..=8).contains(&denominator) && thousandths.is_multiple_of(denominator);
    (whole && numerator > 0).then(|| (thousandths / denominator, rest))
}

fn decimals(whole: u32, text: &str) -> Read<'_, u32> {
    let thousandths = whole.checked_mul(1_000)?;
    let Some(separator @ (',' | '.')) = text.chars().next() else { return Some((thousandths, text)) };
    let after = text.get(1..).unwrap_or_default();
    let end = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
    let (part, rest) = after.split_at_checked(end)?;
    let looks_like_thousands = part.len() == 3 && whole > 0 && (separator == ',' || part == "000");
    match part.len() {
        // A comma that ends the number belongs to the sentence.
        0 if separator == ',' => Some((thousandths, text)),
        1..=3 if !looks_like_thousands => {
            let scale = [100, 10, 1].get(part.len() - 1)?;
            Some((thousandths.checked_add(part.parse::<u32>().ok()? * scale)?, rest))
        }
        _ => None,
    }
}

/// The longest phrase of `table` at the start of plain text. A phrase that ends in a Latin letter must not be
/// followed by another, so that `od` is not found in `odd`; Khmer is written without spaces and needs no gap.
pub(super) fn phrase<'a, T: Copy>(text: &'a str, table: &[(&str, T)]) -> Read<'a, T> {
    table
        .iter()
        .filter_map(|&(phrase, meaning)| {
            let rest = text.strip_prefix(phrase)?;
            let joined = phrase.ends_with(|last: char| last.is_ascii_lowercase())
                && rest.starts_with(|next: char| next.is_ascii_lowercase());
            // A Khmer sign that follows makes it another syllable.
            let cut = rest.starts_with(|next: char| ('\u{17b4}'..='\u{17d3}').contains(&next));
            (!joined && !cut).then_some((phrase.len(), meaning, rest))
        })
        .max_by_key(|&(length, ..)| length)
        .map(|(_, meaning, rest)| (meaning, rest))
}
