//! The words of all names, for mending what was mistyped.
//!
//! # Why a scan
//! All words lie in memory with two bit masks each: which letters and which pairs of letters they hold. A typing
//! error changes few bits, so comparing masks leaves few words whose true distance has to be computed. A pass over
//! 100,000 words takes tens of microseconds; an automaton over the term dictionary takes a millisecond for two
//! errors, and an index of all misspellings would be many times as large as the names themselves.

use super::khmer;
use super::sound::{skeleton, sound};
use super::text::is_khmer_word;

/// Longest word that is compared, in symbols.
const SYMBOLS_MAX: usize = 40;
/// Most words kept; a catalogue has far fewer.
const WORDS_MAX: usize = 400_000;
/// Longer words with a similar start that are looked at.
const STARTS_MAX: usize = 64;
/// Corrections offered for one word.
pub(super) const CORRECTIONS_MAX: usize = 4;

/// A letter, or a Khmer cluster as a number.
type Symbol = u16;

/// Where a word lies.
#[derive(Debug, Clone, Copy)]
struct Word {
    text: u32,
    symbols: u32,
    bytes: u16,
    length: u16,
}

/// All words, sorted by length in symbols. What every word is asked for lies side by side.
#[derive(Debug, Default)]
pub struct Vocabulary {
    letters: Vec<u32>,
    pairs: Vec<u64>,
    words: Vec<Word>,
    text: String,
    symbols: Vec<Symbol>,
    /// Where the words of each length begin in `words`; one more entry ends the last.
    lengths: Vec<usize>,
    /// First symbol of each word, with its place.
    firsts: Vec<(Symbol, u32)>,
    /// Hash of sound and of skeleton, with the word's place.
    sounds: Vec<(u64, u32)>,
    skeletons: Vec<(u64, u32)>,
}

/// A word that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Correction {
    /// How far it is from what was typed; smaller is nearer.
    pub cost: u8,
    /// The word.
    pub word: String,
}

impl Vocabulary {
    /// From folded words, each once.
    pub fn new(words: impl IntoIterator<Item = String>) -> Self {
        let mut sorted: Vec<(usize, String)> = words
            .into_iter()
            .filter(|word| !word.chars().all(|letter| letter.is_ascii_digit() || letter == '.'))
            .map(|word| (symbols(&word).len(), word))
            .filter(|(length, word)| (3..=SYMBOLS_MAX).contains(length) && word.len() < 512)
            .take(WORDS_MAX)
            .collect();
        sorted.sort();
        sorted.dedup();
        let mut vocabulary = Self::default();
        for (length, word) in sorted {
            while vocabulary.lengths.len() <= length {
                vocabulary.lengths.push(vocabulary.words.len());
            }
            vocabulary.add(&word);
        }
        vocabulary.lengths.push(vocabulary.words.len());
        vocabulary.firsts.sort_unstable();
        vocabulary.sounds.sort_unstable();
        vocabulary.skeletons.sort_unstable();
        vocabulary
    }

    fn add(&mut self, word: &str) {
        let place = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        let symbols = symbols(word);
        let (letters, pairs) = masks(&symbols);
        self.letters.push(letters);
        self.pairs.push(pairs);
        self.words.push(Word {
            text: u32::try_from(self.text.len()).unwrap_or(u32::MAX),
            symbols: u32::try_from(self.symbols.len()).unwrap_or(u32::MAX),
            bytes: u16::try_from(word.len()).unwrap_or(0),
            length: u16::try_from(symbols.len()).unwrap_or(0),
        });
        self.text.push_str(word);
        self.symbols.extend_from_slice(&symbols);
        self.firsts.push((symbols.first().copied().unwrap_or_default(), place));
        let (heard, bones) = (sound(word), skeleton(word));
        if !is_khmer_word(word) && heard.len() >= 4 {
            self.sounds.push((hash(&heard), place));
        }
        if bones.len() >= 3 {
            self.skeletons.push((hash(&bones), place));
        }
    }

    fn text_of(&self, place: usize) -> &str {
        let Some(word) = self.words.get(place) else { return "" };
        let start = word.text as usize;
        self.text.get(start..start + usize::from(word.bytes)).unwrap_or_default()
    }

    fn symbols_of(&self, place: usize) -> &[Symbol] {
        let Some(word) = self.words.get(place) else { return &[] };
        let start = word.symbols as usize;
        self.symbols.get(start..start + usize::from(word.length)).unwrap_or_default()
    }

    /// Words that may have been meant, the likeliest first: one typing error in words from 4 letters, two from 8;
    /// the same sound; the start of a longer word with such errors; the same consonants in the other script.
    pub fn corrections(&self, typed: &str) -> Vec<Correction> {
        let symbols = symbols(typed);
        let allowed = allowed_errors(typed, symbols.len());
        if allowed == 0 || symbols.len() > SYMBOLS_MAX {
            return Vec::new();
        }
        let mut found = Vec::new();
        self.scan_whole(&symbols, 1, &mut found);
        self.look_up(&self.sounds, &sound(typed), 3, typed, &mut found);
        if found.is_empty() {
            if allowed > 1 {
                self.scan_whole(&symbols, allowed, &mut found);
            }
            self.scan_starts(&symbols, 1, &mut found);
        }
        if found.is_empty() && allowed > 1 {
            self.scan_starts(&symbols, allowed, &mut found);
        }
        if found.is_empty() {
            let bones = skeleton(typed);
            if bones.len() >= 4 || (bones.len() >= 3 && is_khmer_word(typed)) {
                self.look_up(&self.skeletons, &bones, 12, typed, &mut found);
            }
        }
        found.sort();
        found.dedup_by(|a, b| a.word == b.word);
        found.truncate(CORRECTIONS_MAX);
        found
    }

    fn look_up(&self, table: &[(u64, u32)], key: &str, cost: u8, typed: &str, found: &mut Vec<Correction>) {
        if key.len() < 3 {
            return;
        }
        let key = hash(key);
        let from = table.partition_point(|&(known, _)| known < key);
        for &(_, place) in table.iter().skip(from).take_while(|&&(known, _)| known == key).take(16) {
            let text = self.text_of(place as usize);
            let further = u8::try_from(text.len().abs_diff(typed.len()).min(8)).unwrap_or(8) / 2;
            found.push(Correction { cost: cost + further, word: text.to_owned() });
        }
    }

    /// Words of about the same length within `allowed` errors.
    fn scan_whole(&self, typed: &[Symbol], allowed: usize, found: &mut Vec<Correction>) {
        let from = self.place_of_length(typed.len().saturating_sub(allowed));
        let to = self.place_of_length(typed.len() + allowed + 1);
        let (letters, pairs) = masks(typed);
        let known_letters = self.letters.get(from..to).unwrap_or_default();
        let known_pairs = self.pairs.get(from..to).unwrap_or_default();
        for (place, (&known, &known_pairs)) in known_letters.iter().zip(known_pairs).enumerate() {
            // A letter exchanged for another changes one bit on each side; one error touches at most three pairs.
            if !few_bits(letters & !known, allowed)
                || !few_bits(known & !letters, allowed)
                || (pairs & !known_pairs).count_ones() > to_bits(3 * allowed)
                || (known_pairs & !pairs).count_ones() > to_bits(3 * allowed)
            {
                continue;
            }
            let known = self.symbols_of(from + place);
            if let Some(errors) = distance(typed, known, allowed, Compare::Whole) {
                let cost = cost(errors, known.first() == typed.first(), 0);
                found.push(Correction { cost, word: self.text_of(from + place).to_owned() });
            }
        }
    }

    /// Longer words that start with something within `allowed` errors, the first letter being right.
    fn scan_starts(&self, typed: &[Symbol], allowed: usize, found: &mut Vec<Correction>) {
        let Some(&first) = typed.first() else { return };
        let (letters, pairs) = masks(typed);
        let from = self.firsts.partition_point(|&(known, _)| known < first);
        let same_start = self.firsts.iter().skip(from).take_while(|&&(known, _)| known == first);
        for &(_, place) in same_start {
            let place = place as usize;
            let known_letters = self.letters.get(place).copied().unwrap_or_default();
            let known_pairs = self.pairs.get(place).copied().unwrap_or_default();
            if !few_bits(letters & !known_letters, allowed)
                || (pairs & !known_pairs).count_ones() > to_bits(3 * allowed)
            {
                continue;
            }
            let known = self.symbols_of(place);
            if known.len() < typed.len() {
                continue;
            }
            if let Some(errors) = distance(typed, known, allowed, Compare::Start) {
                found.push(Correction { cost: cost(errors, true, 4), word: self.text_of(place).to_owned() });
                if found.len() >= STARTS_MAX {
                    return;
                }
            }
        }
    }

    fn place_of_length(&self, length: usize) -> usize {
        self.lengths.get(length).copied().unwrap_or(self.words.len())
    }
}

/// Errors forgiven: none under 4 letters, one from 4, two from 8; counted in clusters for Khmer, of which a name has
/// about half as many.
fn allowed_errors(typed: &str, symbols: usize) -> usize {
    let (one, two) = if is_khmer_word(typed) { (3, 6) } else { (4, 8) };
    usize::from(symbols >= one) + usize::from(symbols >= two)
}

fn cost(errors: usize, same_start: bool, extra: u8) -> u8 {
    let errors = u8::try_from(errors).unwrap_or(u8::MAX / 4);
    errors * 4 + u8::from(!same_start) * 2 + extra
}

/// Whether at most `allowed` bits are set; cheaper than counting them where few are asked for.
fn few_bits(bits: u32, allowed: usize) -> bool {
    let without_last = |bits: u32| bits & bits.wrapping_sub(1);
    match allowed {
        1 => without_last(bits) == 0,
        2 => without_last(without_last(bits)) == 0,
        _ => bits.count_ones() <= to_bits(allowed),
    }
}

fn to_bits(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn symbols(word: &str) -> Vec<Symbol> {
    let narrow = |number: u32| Symbol::try_from(number & 0x7FFF).unwrap_or_default();
    if is_khmer_word(word) {
        khmer::clusters(word).into_iter().map(|cluster| narrow(folded_hash(cluster)) | 0x8000).collect()
    } else {
        word.chars().map(|letter| narrow(u32::from(letter))).collect()
    }
}

/// All bits of a hash in its low half.
fn folded_hash(text: &str) -> u32 {
    let hash = hash(text);
    u32::try_from((hash ^ (hash >> 32)) & 0xFFFF_FFFF).unwrap_or_default()
}

fn masks(symbols: &[Symbol]) -> (u32, u64) {
    let letters = symbols.iter().fold(0, |mask, &symbol| mask | 1_u32 << (symbol % 32));
    let pairs = symbols.iter().zip(symbols.iter().skip(1)).fold(0, |mask, (&a, &b)| {
        let mixed = (u32::from(a).wrapping_mul(31).wrapping_add(u32::from(b))).wrapping_mul(0x9E37_79B1);
        mask | 1_u64 << (mixed >> 26)
    });
    (letters, pairs)
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Compare {
    Whole,
    Start,
}

/// Typing errors between two words (insertion, deletion, exchange, neighbours swapped), if at most `allowed`;
/// with [`Compare::Start`] between `typed` and the nearest start of `word`. Only the band of cells that can stay
/// within `allowed` is computed.
fn distance(typed: &[Symbol], word: &[Symbol], allowed: usize, compare: Compare) -> Option<usize> {
    const FAR: u8 = u8::MAX / 2;
    let word = match compare {
        Compare::Whole => word,
        Compare::Start => word.get(..(typed.len() + allowed).min(word.len())).unwrap_or(word),
    };
    if word.len() > SYMBOLS_MAX + 2 || typed.len() > word.len() + allowed {
        return None;
    }
    let mut rows = [[FAR; SYMBOLS_MAX + 4]; 3];
    let [previous, above, current] = &mut rows;
    let (mut previous, mut above, mut current) = (previous, above, current);
    for (column, cell) in above.iter_mut().enumerate().take(allowed + 1) {
        *cell = u8::try_from(column).unwrap_or(FAR);
    }
    for (row, &letter) in typed.iter().enumerate() {
        let (from, to) = (row.saturating_sub(allowed), (row + allowed + 1).min(word.len()));
        current.fill(FAR);
        if row < allowed {
            set(current, 0, u8::try_from(row + 1).unwrap_or(FAR));
        }
        for column in from..to {
            let other = word.get(column).copied();
            let mut cell = at(above, column) + u8::from(other != Some(letter));
            cell = cell.min(at(above, column + 1) + 1).min(at(current, column) + 1);
            let swapped = row > 0
                && column > 0
                && typed.get(row - 1).copied() == other
                && word.get(column - 1).copied() == Some(letter);
            if swapped {
                cell = cell.min(at(previous, column - 1) + 1);
            }
            set(current, column + 1, cell.min(FAR));
        }
        std::mem::swap(&mut previous, &mut above);
        std::mem::swap(&mut above, &mut current);
    }
    let errors = usize::from(match compare {
        Compare::Whole => at(above, word.len()),
        Compare::Start => above.iter().copied().min().unwrap_or(FAR),
    });
    (errors <= allowed).then_some(errors)
}

fn at(row: &[u8], place: usize) -> u8 {
    row.get(place).copied().unwrap_or(u8::MAX / 2)
}

fn set(row: &mut [u8], place: usize, value: u8) {
    if let Some(cell) = row.get_mut(place) {
        *cell = value;
    }
}
