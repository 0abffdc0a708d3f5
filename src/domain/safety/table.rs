//! Rule files as rows whose cells know where they stand.

use std::str::FromStr;

use super::fault::Fault;

/// The columns of one kind of file.
pub(super) struct Columns {
    /// Those that it must have.
    pub required: &'static [&'static str],
    /// Those that it may have.
    pub optional: &'static [&'static str],
}

/// One row.
pub(super) struct Row<'a> {
    file: &'static str,
    line: u64,
    head: &'a [&'static str],
    cells: &'a csv::StringRecord,
}

impl<'a> Row<'a> {
    /// What stands in a column; empty for one that the file does not have.
    pub(super) fn cell(&self, column: &str) -> &'a str {
        let place = self.head.iter().position(|known| *known == column);
        place.and_then(|place| self.cells.get(place)).unwrap_or_default().trim()
    }

    /// The same, as an owned text; nothing when empty.
    pub(super) fn text(&self, column: &str) -> Option<Box<str>> {
        Some(self.cell(column)).filter(|text| !text.is_empty()).map(Into::into)
    }

    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// A fault in this row.
    pub(super) fn fault(&self, column: &str, sentence: impl Into<String>) -> Fault {
        Fault {
            file: self.file.to_owned(),
            line: self.line,
            column: column.to_owned(),
            sentence: sentence.into(),
        }
    }

    /// A whole number; nothing when empty.
    pub(super) fn whole<N: FromStr>(&self, column: &str) -> Result<Option<N>, Fault> {
        let text = self.cell(column);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| self.fault(column, format!("'{text}' is not a whole number")))
    }

    /// A decimal number above 0 in ten-thousandths; nothing when empty.
    pub(super) fn decimal(&self, column: &str) -> Result<Option<u64>, Fault> {
        let text = self.cell(column);
        if text.is_empty() {
            return Ok(None);
        }
        let number = ten_thousandths(text).filter(|number| *number > 0);
        number
            .map(Some)
            .ok_or_else(|| self.fault(column, format!("'{text}' is not a number above 0 such as 2.5")))
    }
}

/// A number with at most four decimals, in ten-thousandths.
pub(super) fn ten_thousandths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 4 {
        return None;
    }
    whole.parse::<u64>().ok()?.checked_mul(10_000)?.checked_add(format!("{part:0<4}").parse().ok()?)
}

/// Reads a file and hands its rows over one by one. Faults are gathered, so that all are told at once.
pub(super) fn each_row(
    file: &'static str,
    text: &str,
    columns: &Columns,
    faults: &mut Vec<Fault>,
    mut take: impl FnMut(&Row<'_>) -> Result<(), Fault>,
) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut head: Option<Vec<&'static str>> = None;
    let mut record = csv::StringRecord::new();
    let known = || columns.required.iter().chain(columns.optional);
    loop {
        let line = reader.position().line();
        let fault = |column: &str, sentence: String| Fault {
            file: file.to_owned(),
            line,
            column: column.to_owned(),
            sentence,
        };
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                faults.push(fault("", format!("the row cannot be read: {error}")));
                break;
            }
        }
        let Some(head) = &head else {
            let found: Result<Vec<_>, _> =
                record.iter().map(|name| known().copied().find(|known| *known == name).ok_or(name)).collect();
            match found {
                Ok(found) => {
                    if let Some(lost) = columns.required.iter().find(|name| !found.contains(name)) {
                        faults.push(fault(lost, format!("the column '{lost}' is missing")));
                        return;
                    }
                    head = Some(found);
                }
                Err(name) => {
                    faults.push(fault(name, format!("there is no column '{name}' in this file")));
                    return;
                }
            }
            continue;
        };
        let line = record.position().map_or(line, csv::Position::line);
        if record.len() != head.len() {
            let sentence = format!("the row has {} cells, the head has {}", record.len(), head.len());
            faults.push(Fault { file: file.to_owned(), line, column: String::new(), sentence });
            continue;
        }
        if let Err(fault) = take(&Row { file, line, head, cells: &record }) {
            faults.push(fault);
        }
    }
}
