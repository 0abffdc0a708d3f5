//! In which line of a text a byte stands.

/// Counts the lines of a text as editors do: a line ends with LF, CRLF or CR, blank lines and line breaks inside
/// quotation marks count.
#[derive(Debug)]
pub struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    /// Begins in the first line.
    pub const fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line, from 1, in which the record begins that the CSV reader found at this byte. The reader stands
    /// before what is left of the last line's end and before blank lines; they are skipped. Asked in rising order.
    pub fn line_at(&mut self, byte: u64) -> u64 {
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
