//! Rule files as rows whose cells know where they stand.

use std::str::FromStr;

use super::fault::Fault;
use crate::platform::lines::Lines;
use crate::platform::text::is_unreadable;

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

    pub(super) const fn file(&self) -> &'static str {
        self.file
    }

    /// All that it says, in one text: the same for the same cells in whatever order the columns stand.
    pub(super) fn said(&self) -> String {
        said(self.head.iter().map(|column| (*column, self.cell(column))).collect())
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

fn said(mut cells: Vec<(&str, &str)>) -> String {
    cells.retain(|(_, cell)| !cell.is_empty());
    cells.sort_unstable();
    cells.into_iter().fold(String::new(), |said, (column, cell)| said + column + "\u{1F}" + cell + "\u{1E}")
}

/// A row of a file that holds together, apart from what it means.
pub(super) struct PlainRow {
    /// By what it is told from the others: its id, where the file has ids.
    pub key: String,
    /// All that it says.
    pub said: String,
    /// Its line, counted from 1.
    pub line: u64,
    /// Its cells, in the order of the columns.
    cells: Vec<(String, String)>,
}

impl PlainRow {
    /// What stands in a column; empty for one that the file does not have.
    pub(super) fn cell(&self, column: &str) -> &str {
        self.cells.iter().find(|(known, _)| known == column).map_or("", |(_, cell)| cell)
    }

    /// What of it decides when it speaks: all but its words and where they are from.
    pub(super) fn decides(&self) -> Vec<(&str, &str)> {
        const SOURCES: [&str; 8] =
            ["source", "second_source", "year", "locator", "basis", "tier_note", "what_persists", "name_fr"];
        let is_of_words = |column: &str| column.ends_with("_en") || SOURCES.contains(&column);
        let cells = self.cells.iter().map(|(column, cell)| (column.as_str(), cell.as_str()));
        cells.filter(|(column, cell)| !is_of_words(column) && !cell.is_empty()).collect()
    }
}

/// The rows of a file that holds together.
pub(super) fn plain_rows(text: &str) -> impl Iterator<Item = PlainRow> + '_ {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let head = reader.headers().cloned().unwrap_or_default();
    reader.into_records().map_while(Result::ok).map(move |record| {
        let line = record.position().map_or(0, csv::Position::line);
        let cells: Vec<(&str, &str)> =
            head.iter().zip(&record).map(|(column, cell)| (column.trim(), cell.trim())).collect();
        let cell = |column: &str| cells.iter().find(|(known, _)| *known == column).map(|(_, cell)| *cell);
        let key = cell("id").or_else(|| cell("english")).or_else(|| cell("name")).map(str::to_owned);
        let owned = cells.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect();
        let shown = cells.iter().map(|(_, cell)| *cell).filter(|cell| !cell.is_empty());
        PlainRow {
            key: key.unwrap_or_else(|| shown.collect::<Vec<_>>().join(", ")),
            said: said(cells.clone()),
            line,
            cells: owned,
        }
    })
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
    let mut lines = Lines::new(text);
    let mut head: Option<Vec<&'static str>> = None;
    let mut record = csv::StringRecord::new();
    let fault = |line: u64, column: &str, sentence: String| Fault {
        file: file.to_owned(),
        line,
        column: column.to_owned(),
        sentence,
    };
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let line = lines.line_at(error.position().map_or(0, csv::Position::byte));
                faults.push(fault(line, "", format!("the row cannot be read: {error}")));
                return;
            }
        }
        let line = lines.line_at(record.position().map_or(0, csv::Position::byte));
        let Some(head) = &head else {
            match columns.of_head(&record) {
                Ok(found) => head = Some(found),
                Err((column, sentence)) => {
                    faults.push(fault(line, &column, sentence));
                    return;
                }
            }
            continue;
        };
        if record.len() != head.len() {
            let sentence = format!("the row has {} cells, the head has {}", record.len(), head.len());
            faults.push(fault(line, "", sentence));
            continue;
        }
        let unreadable = head.iter().zip(&record).find(|(_, cell)| is_unreadable(cell));
        if let Some((column, _)) = unreadable {
            faults.push(fault(line, column, "the cell holds characters that cannot be shown".to_owned()));
            continue;
        }
        if let Err(fault) = take(&Row { file, line, head, cells: &record }) {
            faults.push(fault);
        }
    }
    if head.is_none() {
        faults.push(fault(1, "", "the file is empty: its first line names the columns".to_owned()));
    }
}

impl Columns {
    /// The columns in the order in which a file has them, or which one is wrong and why.
    fn of_head(&self, record: &csv::StringRecord) -> Result<Vec<&'static str>, (String, String)> {
        let mut found: Vec<&'static str> = Vec::with_capacity(record.len());
        for name in record {
            let name = name.trim();
            let known = self.required.iter().chain(self.optional).copied().find(|known| *known == name);
            let Some(known) = known else {
                return Err((name.to_owned(), format!("there is no column '{name}' in this file")));
            };
            if found.contains(&known) {
                return Err((name.to_owned(), format!("the column '{name}' is there twice")));
            }
            found.push(known);
        }
        match self.required.iter().find(|name| !found.contains(name)) {
            Some(lost) => Err(((*lost).to_owned(), format!("the column '{lost}' is missing"))),
            None => Ok(found),
        }
    }
}
