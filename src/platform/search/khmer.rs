//! Khmer script: one spelling for what looks the same, and clusters as the unit of comparison.
//!
//! # Why clusters and not words
//! Khmer is written without spaces, and word segmenters cut the same word differently depending on what stands around
//! it, so words alone lose matches. A cluster (a base letter with its subscripts, vowels and signs) is always
//! cut the same way.

/// U+17D2, which makes the next consonant a subscript.
const COENG: char = '\u{17D2}';
/// U+179A, whose subscript is stored last.
const RO: char = '\u{179A}';

/// Consonants and independent vowels.
const fn is_base(letter: char) -> bool {
    matches!(letter, '\u{1780}'..='\u{17B3}')
}

const fn is_vowel(letter: char) -> bool {
    matches!(letter, '\u{17B6}'..='\u{17C5}')
}

/// Signs that stay: nikahit, reahmuk, yuukaleapintu.
const fn is_sign(letter: char) -> bool {
    matches!(letter, '\u{17C6}'..='\u{17C8}')
}

/// Invisible inherent vowels, register shifters and the small signs above: people leave them out, double them or
/// confuse them, and no two medicines differ by them alone.
const fn is_dropped(letter: char) -> bool {
    matches!(letter, '\u{17B4}' | '\u{17B5}' | '\u{17C9}'..='\u{17D1}' | '\u{17DD}')
}

/// Whether a character is Khmer: base, mark or sign.
pub const fn is_khmer(letter: char) -> bool {
    matches!(letter, '\u{1780}'..='\u{17DD}')
}

/// The parts of one cluster while it is being read.
#[derive(Default)]
struct Cluster {
    base: Option<char>,
    subscripts: Vec<char>,
    vowels: Vec<char>,
    signs: Vec<char>,
}

impl Cluster {
    /// Writes the cluster in the order of the encoding: base, subscripts with RO last, vowel, signs.
    fn flush(&mut self, out: &mut String) {
        out.extend(self.base.take());
        self.subscripts.sort_by_key(|&letter| letter == RO);
        for letter in self.subscripts.drain(..) {
            out.push(COENG);
            out.push(letter);
        }
        self.vowels.sort_unstable();
        self.vowels.dedup();
        // Vowels typed in two parts are the same as their composed forms.
        match self.vowels.as_slice() {
            ['\u{17B6}', '\u{17C1}'] => out.push('\u{17C4}'),
            ['\u{17B8}', '\u{17C1}'] => out.push('\u{17BE}'),
            vowels => out.extend(vowels),
        }
        self.vowels.clear();
        self.signs.dedup();
        out.extend(self.signs.drain(..));
    }
}

/// Khmer in one spelling: parts of each cluster in one order, small signs dropped. Everything else is left as it is.
pub fn reordered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut cluster = Cluster::default();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if is_dropped(letter) {
            continue;
        }
        if letter == COENG {
            if let Some(subscript) = letters.next_if(|&next| is_base(next)) {
                cluster.subscripts.push(subscript);
            }
        } else if is_vowel(letter) {
            cluster.vowels.push(letter);
        } else if is_sign(letter) {
            cluster.signs.push(letter);
        } else {
            cluster.flush(&mut out);
            if is_base(letter) {
                cluster.base = Some(letter);
            } else {
                out.push(letter);
            }
        }
    }
    cluster.flush(&mut out);
    out
}

/// Cuts Khmer text into clusters, other text into characters.
pub fn clusters(text: &str) -> Vec<&str> {
    let mut cuts = Vec::new();
    let mut after_coeng = false;
    for (at, letter) in text.char_indices() {
        let joins = is_khmer(letter) && (after_coeng || !is_base(letter)) && at > 0;
        if !joins {
            cuts.push(at);
        }
        after_coeng = letter == COENG;
    }
    let ends = cuts.iter().skip(1).copied().chain([text.len()]);
    cuts.iter().zip(ends).filter_map(|(&from, to)| text.get(from..to)).collect()
}
