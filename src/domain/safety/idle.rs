//! Rows that say nothing which is not said already, or speak of nothing that the clinic has.

use std::collections::BTreeSet;

use super::fault::Fault;
use super::names::Ingredient;
use super::rules::{MORE_DOSES, MORE_INTERACTIONS, Rules};
use super::table::PlainRow;

impl Rules {
    /// The rows among `written` of a file that have no effect: they repeat another one, or no entry of the catalogue, whose
    /// ingredients are `stocked`, is of a medicine that they name.
    pub(super) fn idle<'r>(
        &self,
        file: &str,
        written: impl Iterator<Item = &'r PlainRow>,
        stocked: &BTreeSet<String>,
    ) -> Vec<Fault> {
        let numbers = stocked.iter().filter_map(|name| self.names.number(name));
        let stocked: BTreeSet<Ingredient> =
            numbers.flat_map(|number| [number, self.names.counted_as(number)]).collect();
        let of_row = |row: &PlainRow| {
            let repeated = self.repeated.iter().find(|fault| fault.file == file && fault.line == row.line);
            repeated.cloned().or_else(|| self.unstocked(file, row, &stocked))
        };
        written.filter_map(of_row).collect()
    }

    fn unstocked(&self, file: &str, row: &PlainRow, stocked: &BTreeSet<Ingredient>) -> Option<Fault> {
        let columns: &[&str] = match file {
            "interactions.csv" | MORE_INTERACTIONS => &["a", "b"],
            "duplicates.csv" => &["class"],
            "allergies.csv" => &["checked_against"],
            "doses.csv" | MORE_DOSES => &["generic"],
            "renal.csv" | "pregnancy.csv" | "age.csv" | "hard_stops.csv" | "persistence.csv" => &["medicine"],
            _ => &[],
        };
        let sides =
            columns.iter().flat_map(|column| row.cell(column).split(" + ").map(move |side| (column, side)));
        let mut unstocked = sides.filter(|(_, side)| self.is_unstocked(side, stocked));
        unstocked.next().map(|(column, side)| Fault {
            file: file.to_owned(),
            line: row.line,
            column: (*column).to_owned(),
            sentence: format!(
                "no medicine of the catalogue is of '{side}': until one is, this speaks only of what patients write down by name"
            ),
        })
    }

    /// Whether a side names medicines of which the catalogue has none. Words that name none are not meant.
    fn is_unstocked(&self, side: &str, stocked: &BTreeSet<Ingredient>) -> bool {
        let own = self.names.number(side);
        let named: Vec<Ingredient> = match self.names.side(side) {
            Ok(side) => side.ingredients().chain(own).collect(),
            Err(_) => own.into_iter().collect(),
        };
        !named.is_empty() && !named.iter().any(|ingredient| stocked.contains(ingredient))
    }
}
