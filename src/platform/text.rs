//! Names that people type, and bytes as text.

use std::fmt::Write as _;

/// The known name that a mistyped one most likely means: few letters differ, case does not matter.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&typed, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The name of a domain as A-labels in small letters (RFC 5891, mapped by UTS 46): one spelling for each
/// domain, however it was typed. None when it is not a name.
pub fn ascii_domain(name: &str) -> Option<String> {
    use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
    let (deny, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    let domain = Uts46::new().to_ascii(name.as_bytes(), deny, hyphens, DnsLength::Verify).ok()?;
    Some(domain.into_owned())
}

/// Changes the direction of writing, or breaks the line.
pub const fn turns_or_breaks(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{206F}')
}

/// Whether a text of several lines holds what cannot be shown, or makes it look like another one: control characters but
/// tabs and ends of lines, and what turns the direction of writing.
pub fn is_unreadable(text: &str) -> bool {
    text.chars().any(|c| turns_or_breaks(c) || (c.is_control() && !matches!(c, '\n' | '\r' | '\t')))
}

/// A text as part of a URL: everything but unreserved characters (RFC 3986, 2.3) percent-encoded.
pub fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
        encoded
    })
}

/// Bytes as two small hexadecimal digits each.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{ascii_domain, hex, is_unreadable, nearest};

    #[test]
    fn what_cannot_be_shown_is_told_from_what_can() {
        for shown in ["a\nb\tc\r\n", "\u{1780}\u{17D2}\u{200B}\u{200C}\u{200D}", "", "\u{FEFF}é"] {
            assert!(!is_unreadable(shown), "{shown:?}");
        }
        for unseen in ["a\0", "\u{1B}[2J", "gro\u{202E}gepyt", "\u{7F}", "\u{85}", "\u{2066}x\u{2069}"] {
            assert!(is_unreadable(unseen), "{unseen:?}");
        }
    }

    #[test]
    fn each_byte_has_two_digits() {
        assert_eq!(hex(&[0, 9, 0xab, 0xff]), "0009abff");
    }

    #[test]
    fn finds_the_name_that_was_meant() {
        let known = ["maxPer24h", "durationDays", "dosage"];
        assert_eq!(nearest("maxPer24H", known), Some("maxPer24h"));
        assert_eq!(nearest("duration", known), Some("durationDays"));
        assert_eq!(nearest("doseage", known), Some("dosage"));
        assert_eq!(nearest("weather", known), None);
    }

    #[test]
    fn a_domain_has_one_spelling() {
        for typed in ["bücher.example", "BÜCHER.Example", "xn--bcher-kva.example", "bu\u{308}cher。example"]
        {
            assert_eq!(ascii_domain(typed).as_deref(), Some("xn--bcher-kva.example"), "{typed}");
        }
        for khmer in ["ខ្មែរ.example", "ខេត្ត.example", "example.ដប"] {
            let ascii = ascii_domain(khmer).unwrap();
            assert!(ascii.is_ascii() && ascii.contains("xn--"), "{khmer}: {ascii}");
            assert_eq!(ascii_domain(&ascii), Some(ascii));
        }
        for wrong in
            ["", "a..b", "-a.example", "a_b.example", "a b.example", "xn--a-.example", "\u{301}a.example"]
        {
            assert_eq!(ascii_domain(wrong), None, "{wrong}");
        }
    }
}
