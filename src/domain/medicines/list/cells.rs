//! How the file of a list is laid out: by what its cells are separated, and in which line a byte stands.

use super::{COLUMNS, Findings};

/// What spreadsheet programs write, by the country they are set to.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Where the table stands in the text, and by what its cells are separated.
pub(super) struct Layout<'a> {
    /// The text from the header on.
    pub(super) table: &'a str,
    /// Where that is, in bytes.
    pub(super) start: u64,
    /// Between two cells.
    pub(super) separator: u8,
}

/// A first line `sep=;` names the separator, as some spreadsheet programs write and read it. Without it, the separator
/// is the one by which most column names of the header are known. Nothing, and a fault, for another one.
pub(super) fn layout<'a>(text: &'a str, findings: &mut Findings) -> Option<Layout<'a>> {
    let first = text.split(['\n', '\r']).next().unwrap_or_default();
    let named = first.trim_matches(|letter| letter == ' ' || letter == '"');
    if let Some(separator) = named.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")) {
        let separator = named.get(separator.len()..).unwrap_or_default();
        let Some(known) = SEPARATORS.into_iter().find(|&known| separator.as_bytes() == [known]) else {
            findings.note(1, "", "catalogue_separator_unknown", &[("found", separator)]);
            return None;
        };
        let table = text.get(first.len()..).unwrap_or_default();
        return Some(Layout { table, start: first.len() as u64, separator: known });
    }
    let header = text.trim_start_matches(['\n', '\r']).split(['\n', '\r']).next().unwrap_or_default();
    let known_names = |separator: u8| {
        let cells = header.split(char::from(separator)).map(|cell| cell.trim_matches([' ', '"']));
        cells.filter(|cell| COLUMNS.iter().any(|known| known.eq_ignore_ascii_case(cell))).count()
    };
    // The first of equals is the comma.
    let separator = SEPARATORS.into_iter().rev().max_by_key(|&separator| known_names(separator))?;
    if !header.contains(char::from(separator))
        && let Some(other) = ['|', ':', '^'].into_iter().find(|&other| header.contains(other))
    {
        findings.note(1, "", "catalogue_separator_unknown", &[("found", &other.to_string())]);
        return None;
    }
    Some(Layout { table: text, start: 0, separator })
}

/// Counts the lines of a text as editors do: a line ends with LF, CRLF or CR, blank lines and line breaks inside
/// quotation marks count.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line, from 1, in which the record begins that the CSV reader found at this byte. The reader stands
    /// before what is left of the last line's end and before blank lines; they are skipped. Asked in rising order.
    pub(super) fn line_at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(&letter) = self.text.get(self.at) {
            let ends_line = matches!(letter, b'\n' | b'\r');
            if self.at >= byte && !ends_line {
                break;
            }
            let half_of_pair = letter == b'\r' && self.text.get(self.at + 1) == Some(&b'\n');
            if ends_line && !half_of_pair {
                self.line += 1;
            }
            self.at += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_editors_do() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a", "b", "", "", "c"].join(end);
            let at = |letter: char| text.find(letter).unwrap_or_default() as u64;
            let mut lines = Lines::new(&text);
            // The reader may stand anywhere between the end of the last record and the start of this one.
            assert_eq!(
                [lines.line_at(0), lines.line_at(at('b')), lines.line_at(at('b') + 1)],
                [1, 2, 5],
                "{end:?}"
            );
            assert_eq!(lines.line_at(at('c')), 5, "{end:?}");
        }
    }
}
