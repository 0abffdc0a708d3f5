//! Which rules say something else to people. Words of a STOP that are turned round are as bad as a STOP that is lost.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{Files, Head, Rules};
use super::table::{PlainRow, plain_rows};

/// The files with rules that have words, and the column of what may happen.
const EFFECTS: [(&str, &str); 7] = [
    ("interactions.csv", "effect_en"),
    ("duplicates.csv", "text_en"),
    ("allergies.csv", "text_en"),
    ("renal.csv", "reason_en"),
    ("pregnancy.csv", "reason_en"),
    ("age.csv", "reason_en"),
    ("hard_stops.csv", "text_en"),
];

/// What may happen and what to do, in English and Khmer.
#[derive(PartialEq, Eq)]
struct Words<'a> {
    english: [&'a str; 2],
    khmer: [Option<&'a str>; 2],
}

fn words(head: &Head) -> Words<'_> {
    Words {
        english: [&head.effect, &head.action],
        khmer: [head.effect_khmer.as_deref(), head.action_khmer.as_deref()],
    }
}

impl Head {
    /// Whether something that it says stands in English alone.
    pub(super) fn lacks_khmer(&self) -> bool {
        self.effect_khmer.is_none() || (!self.action.is_empty() && self.action_khmer.is_none())
    }
}

impl Rules {
    /// The rules that say something else in `other`, in either language, and not what is shipped.
    pub(super) fn reworded_in(&self, other: &Self) -> BTreeSet<String> {
        let after: BTreeMap<&str, &Head> = other.heads().map(|head| (&*head.id, head)).collect();
        let is_other = |head: &Head| after.get(&*head.id).is_some_and(|after| words(after) != words(head));
        let mut reworded: BTreeSet<String> =
            self.heads().filter(|head| is_other(head)).map(|head| head.id.to_string()).collect();
        if !reworded.is_empty() {
            let says_what_is_shipped = shipped_among(&reworded, &after);
            reworded.retain(|id| !says_what_is_shipped.contains(id));
        }
        reworded
    }

    /// The rules among these of which something stands in English alone.
    pub fn without_khmer(&self, among: &BTreeSet<String>) -> Vec<String> {
        let meant = self.heads().filter(|head| among.contains(&*head.id) && head.lacks_khmer());
        meant.map(|head| head.id.to_string()).collect()
    }
}

/// The rules among `reworded` that say word for word what they were shipped with.
fn shipped_among(reworded: &BTreeSet<String>, after: &BTreeMap<&str, &Head>) -> BTreeSet<String> {
    let files = Files::shipped();
    let khmer: BTreeMap<String, PlainRow> =
        plain_rows(files.text("khmer.csv")).map(|row| (row.cell("english").to_owned(), row)).collect();
    let in_khmer = |english: &str| khmer.get(english).map(|row| row.cell("khmer"));
    let mut same = BTreeSet::new();
    for (file, effect) in EFFECTS {
        for row in plain_rows(files.text(file)).filter(|row| reworded.contains(&row.key)) {
            let english = [row.cell(effect), row.cell("action_en")];
            let shipped = Words { english, khmer: english.map(in_khmer) };
            if after.get(row.key.as_str()).is_some_and(|head| words(head) == shipped) {
                same.insert(row.key.clone());
            }
        }
    }
    same
}
