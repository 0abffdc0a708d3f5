//! Whether a row that was changed may keep a rule from being said. What cannot be told from the words is taken for a yes.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Tier;
use super::table::{PlainRow, ten_thousandths};

/// Whether a rule may speak less once `after` stands in the place of `before`; nothing is there where the row is lost.
pub(super) fn may_speak_less(file: &str, before: &PlainRow, after: Option<&PlainRow>) -> bool {
    let Some(after) = after else {
        // What was kept silent is so no more.
        return file != "suppressed.csv";
    };
    let cells = |row: &PlainRow| -> BTreeMap<String, String> {
        row.decides().into_iter().map(|(column, cell)| (column.to_owned(), cell.to_owned())).collect()
    };
    let (old, new) = (cells(before), cells(after));
    let columns: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    columns.into_iter().any(|column| {
        let cell = |cells: &BTreeMap<String, String>| cells.get(column).cloned().unwrap_or_default();
        let (old, new) = (cell(&old), cell(&new));
        old != new && !says_no_less(file, column, (&old, &new), after)
    })
}

/// Whether a cell lets its rule speak as often and as gravely as before, whatever else stands in the file.
fn says_no_less(file: &str, column: &str, (old, new): (&str, &str), after: &PlainRow) -> bool {
    let tier = |text: &str| [Tier::Note, Tier::Warn, Tier::Stop].into_iter().find(|tier| tier.name() == text);
    let speaks_in = tier(after.cell("tier"));
    match (file, column) {
        (_, "tier") => tier(new) >= tier(old),
        (_, "tier_when_confirmed") => tier(new).max(speaks_in) >= tier(old),
        // Of several rules about one harm of two medicines one speaks: more often heard may mean that a graver one is not.
        ("interactions.csv" | "more_interactions.csv", "condition") => {
            speaks_in == Some(Tier::Stop) && holds_wherever(old, new)
        }
        // Words for whoever reads the file.
        ("hard_stops.csv", "trigger") => true,
        ("hard_stops.csv", "when") => holds_wherever(old, new),
        // Exceptions: fewer of them.
        ("duplicates.csv", "none_when" | "note_when") => new.is_empty() || holds_wherever(new, old),
        ("duplicates.csv", "warn_when") => {
            speaks_in > Some(Tier::Note) && (new.is_empty() || holds_wherever(new, old))
        }
        ("duplicates.csv", "same_ingredient") => new == "yes",
        ("persistence.csv", "days_after_last_dose") => {
            ten_thousandths(new).zip(ten_thousandths(old)).is_some_and(|(new, old)| new >= old)
        }
        _ => false,
    }
}

/// Whether a condition holds wherever another one does: it has all of its alternatives.
fn holds_wherever(other: &str, condition: &str) -> bool {
    let alternatives = |text: &str| -> BTreeSet<String> {
        text.split(" or ").map(|one| one.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    !other.is_empty() && alternatives(other).is_subset(&alternatives(condition))
}
