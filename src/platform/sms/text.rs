//! How long a text message may be: segments of 160 characters of GSM 7-bit (3GPP TS 23.038), 153 each when there are
//! several, or of 70 and 67 UTF-16 units for every other script, Khmer among them (3GPP TS 23.040, 9.2.3.24.1).

use unicode_segmentation::UnicodeSegmentation;

/// The GSM 7-bit default alphabet without its escape; 3GPP TS 23.038, 6.2.1.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                   ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension, of which each character takes two places; 3GPP TS 23.038, 6.2.1.1.
const GSM_EXTENSION: &str = "\u{c}^{}\\[~]|€";
/// Joins a Khmer consonant to the next, which stands below it: nothing is cut behind it.
const COENG: char = '\u{17D2}';

/// How a text is written on the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    Gsm,
    Ucs2,
}

impl Alphabet {
    fn of(text: &str) -> Self {
        let fits = |c| GSM.contains(c) || GSM_EXTENSION.contains(c);
        if text.chars().all(fits) { Self::Gsm } else { Self::Ucs2 }
    }

    fn length(self, text: &str) -> usize {
        match self {
            Self::Gsm => text.chars().map(|c| if GSM_EXTENSION.contains(c) { 2 } else { 1 }).sum(),
            Self::Ucs2 => text.encode_utf16().count(),
        }
    }

    fn room(self, segments: usize) -> usize {
        match (self, segments) {
            (Self::Gsm, 0 | 1) => 160,
            (Self::Gsm, many) => many.saturating_mul(153),
            (Self::Ucs2, 0 | 1) => 70,
            (Self::Ucs2, many) => many.saturating_mul(67),
        }
    }

    const fn ellipsis(self) -> &'static str {
        match self {
            Self::Gsm => "...",
            Self::Ucs2 => "…",
        }
    }
}

/// The text in at most so many segments. What is cut off is shown by an ellipsis, and no character of any script is
/// cut in two.
pub(super) fn fit(text: &str, segments: u8) -> String {
    let alphabet = Alphabet::of(text);
    let room = alphabet.room(usize::from(segments));
    if alphabet.length(text) <= room {
        return text.to_owned();
    }
    let mut left = room.saturating_sub(alphabet.length(alphabet.ellipsis()));
    let mut end = 0;
    for cluster in clusters(text) {
        let length = alphabet.length(cluster);
        if length > left {
            break;
        }
        left -= length;
        end += cluster.len();
    }
    // A coeng before a space joins nothing; left alone at the end it would join the ellipsis.
    let kept =
        text.get(..end).unwrap_or_default().trim_end_matches(|c: char| c.is_whitespace() || c == COENG);
    format!("{kept}{}", alphabet.ellipsis())
}

/// What a reader takes for one character: grapheme clusters, in Khmer with the consonants below.
fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut length = 0;
        for grapheme in rest.graphemes(true) {
            length += grapheme.len();
            if !grapheme.ends_with(COENG) {
                break;
            }
        }
        let (cluster, after) = rest.split_at_checked(length).filter(|(cluster, _)| !cluster.is_empty())?;
        rest = after;
        Some(cluster)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_texts_stay_as_they_are() {
        for text in
            ["", "Take your medicine.", "ដល់ពេលលេបថ្នាំហើយ", &"a".repeat(160), &"ក".repeat(70), &"€".repeat(80)]
        {
            assert_eq!(fit(text, 1), text);
        }
        assert_eq!(fit(&"a".repeat(306), 2), "a".repeat(306));
        assert_eq!(fit(&"ក".repeat(134), 2), "ក".repeat(134));
    }

    #[test]
    fn long_texts_end_with_an_ellipsis() {
        assert_eq!(fit(&"a".repeat(161), 1), format!("{}...", "a".repeat(157)));
        assert_eq!(fit(&"ក".repeat(71), 1), format!("{}…", "ក".repeat(69)));
        assert_eq!(fit(&"€".repeat(81), 1), format!("{}...", "€".repeat(78)));
        assert_eq!(fit(&format!("{}  b", "a".repeat(158)), 1), format!("{}...", "a".repeat(157)));
    }

    #[test]
    fn a_khmer_cluster_is_not_cut() {
        assert_eq!(clusters("ស្ត្រី").collect::<Vec<_>>(), ["ស្ត្រី"]);
        assert_eq!(clusters("ខ្មែរ").collect::<Vec<_>>(), ["ខ្មែ", "រ"]);
        let text = format!("{}ស្ត្រី", "ក".repeat(66));
        assert_eq!(fit(&text, 1), format!("{}…", "ក".repeat(66)));
        // A family of four in one emoji: eleven units that stay together.
        let text = format!("{}👨‍👩‍👧‍👦{}", "ក".repeat(60), "ក".repeat(9));
        assert_eq!(fit(&text, 1), format!("{}…", "ក".repeat(60)));
    }

    proptest! {
        #[test]
        fn a_fitted_text_fits_and_begins_as_the_whole(text in "[a-z €{ក-អ្ាេី👩🏽‍⚕️]{0,300}", segments in 1_u8..4) {
            let fitted = fit(&text, segments);
            let alphabet = Alphabet::of(&text);
            prop_assert!(alphabet.length(&fitted) <= alphabet.room(usize::from(segments)));
            prop_assert_eq!(Alphabet::of(&fitted) == Alphabet::Ucs2 && alphabet == Alphabet::Gsm, false);
            if fitted != text {
                let kept = fitted.strip_suffix(alphabet.ellipsis()).unwrap();
                prop_assert!(text.starts_with(kept));
                prop_assert!(!kept.ends_with(COENG));
            }
        }
    }
}
