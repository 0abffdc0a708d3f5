//! How the file of a list is laid out: by what its cells are separated.

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
