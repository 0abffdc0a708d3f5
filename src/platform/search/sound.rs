//! How a name sounds, for spellings that are further apart than typing errors: `glucofage`, `azitromycine`, and Khmer
//! spellings of names that are known in Latin letters only.

/// A folded Latin word as it sounds in French and English alike: `ph` as `f`, `y` as `i`, hard `c`, `k` and `qu`
/// as `k`, soft `c`, `z` and `s` as `s`, no silent `h`, no doubled letters, no final `e`.
pub fn sound(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let mut out = String::with_capacity(word.len());
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let next = letters.get(at + 1).copied().unwrap_or(' ');
        let (heard, used) = match (letter, next) {
            ('p', 'h') => ("f", 2),
            ('q', 'u') => ("k", 2),
            ('c', 'k') => ("k", 2),
            ('c', 'e' | 'i' | 'y') => ("s", 1),
            ('c' | 'k' | 'q', _) => ("k", 1),
            ('a' | 'o', 'e') => ("e", 2),
            ('z' | 's', _) => ("s", 1),
            ('y' | 'j', _) => ("i", 1),
            ('x', _) => ("ks", 1),
            ('h', _) => ("", 1),
            ('w', _) => ("v", 1),
            _ => ("", 0),
        };
        if used == 0 {
            push_unless_doubled(&mut out, letter);
        } else {
            heard.chars().for_each(|heard| push_unless_doubled(&mut out, heard));
        }
        at += used.max(1);
    }
    if out.chars().count() > 3 && out.ends_with('e') {
        out.pop();
    }
    out
}

fn push_unless_doubled(out: &mut String, letter: char) {
    if !out.ends_with(letter) {
        out.push(letter);
    }
}

/// The consonants of a folded word in either script, pairs that Khmer does not tell apart merged (`b` and `p`, `d` and
/// `t`, `g` and `k`, `v` and `f`). Two scripts of one name have the same skeleton: `ដូលីប្រាន` and `doliprane`.
pub fn skeleton(word: &str) -> String {
    let latin = if super::text::is_khmer_word(word) {
        word.chars().filter_map(latin_consonant).collect::<String>()
    } else {
        sound(word)
    };
    let mut out = String::with_capacity(latin.len());
    for letter in latin.chars() {
        let merged = match letter {
            'a' | 'e' | 'i' | 'o' | 'u' | ' ' => continue,
            'b' => 'p',
            'd' => 't',
            'g' => 'k',
            'v' => 'f',
            letter => letter,
        };
        push_unless_doubled(&mut out, merged);
    }
    out
}

/// The Latin consonant a Khmer one stands for in names of medicines.
const fn latin_consonant(letter: char) -> Option<char> {
    Some(match letter {
        'ក' | 'ខ' | 'គ' | 'ឃ' => 'k',
        'ង' => 'n',
        'ច' | 'ឆ' | 'ជ' | 'ឈ' => 's',
        'ញ' | 'ណ' | 'ន' => 'n',
        'ដ' | 'ឋ' | 'ឌ' | 'ឍ' | 'ត' | 'ថ' | 'ទ' | 'ធ' => 't',
        'ប' | 'ផ' | 'ព' | 'ភ' => 'p',
        'ម' => 'm',
        'រ' => 'r',
        'ល' | 'ឡ' => 'l',
        'វ' => 'f',
        'ស' | 'ឝ' | 'ឞ' => 's',
        _ => return None,
    })
}
