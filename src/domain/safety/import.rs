//! What would become of the rules if files were put in the place of others.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::foreign::{Converted, Lookup, UnknownNames, class_rules, maximum_doses};
use super::names::CatalogueName;
use super::narrowed::may_speak_less;
use super::rules::{Files, MORE_CLASSES, MORE_DOSES, MORE_INTERACTIONS, Rules};
use super::table::{PlainRow, plain_rows};

/// Most rows of one file.
pub const FILE_ROWS_MAX: usize = 40_000;
/// Changes that are named one by one; the rest is only counted.
pub const CHANGES_MAX: usize = 100;

/// Files of which rules are made. One without a row would silence all of its kind at a slip.
const OF_RULES: [&str; 8] = [
    "interactions.csv",
    "duplicates.csv",
    "allergies.csv",
    "doses.csv",
    "renal.csv",
    "pregnancy.csv",
    "age.csv",
    "hard_stops.csv",
];

/// In which shape a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Format {
    /// That of the shipped file of its name.
    Rules,
    /// Rules between classes, as in the French thesaurus of interactions: it becomes `more_interactions.csv`.
    ClassRules,
    /// Maximum doses by product, as in the product file of the Veterans Affairs: it becomes `more_doses.csv`.
    MaximumDoses,
}

impl Format {
    /// Whether a file of this name may have this shape.
    pub fn fits(self, name: &str) -> bool {
        match self {
            Self::Rules => true,
            Self::ClassRules => name == MORE_INTERACTIONS,
            Self::MaximumDoses => name == MORE_DOSES,
        }
    }
}

/// A file that shall take the place of another one.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Which it is.
    pub name: &'static str,
    /// How it is written.
    pub format: Format,
    /// What it says; nothing to take the shipped one back.
    pub text: Option<String>,
    /// What is done with names that nobody knows here, where it is a list of another house.
    pub unknown: UnknownNames,
}

/// What happens to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Happens {
    /// It was not there.
    Added,
    /// It says something else.
    Changed,
    /// It is there no more.
    Lost,
}

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Which.
    pub name: String,
    /// Whether the shipped one is in force afterwards.
    pub shipped: bool,
    /// Rows afterwards.
    pub rows: u64,
    /// Rows that were not there.
    pub added: u64,
    /// Rows that say something else.
    pub changed: u64,
    /// Rows that are there no more.
    pub lost: u64,
    /// The first of them: id or name, and what happens.
    pub examples: Vec<(String, Happens)>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Examined {
    /// The files as they would be kept: nothing in the place of a text where it is the shipped one.
    pub texts: Vec<(&'static str, Option<String>)>,
    /// What becomes of them.
    pub changes: Vec<FileChange>,
    /// Rules that say something else afterwards or are there no more: what was decided about them ends.
    pub touched: BTreeSet<String>,
    /// Rules that may speak less afterwards although they keep their tier, by id, and rows of files on which rules rest, by
    /// file and key: whether another condition or class is narrower can rarely be told from its words.
    pub narrowed: BTreeSet<String>,
    /// The rules afterwards; nothing when something is wrong.
    pub rules: Option<Rules>,
    /// Rows of lists of other houses that are left out, and rows that have no effect.
    pub skipped: Vec<Fault>,
    /// What is wrong. With any of it nothing is taken.
    pub faults: Vec<Fault>,
}

/// Holds files against each other, those that stay, and the catalogue. `stocked` are the ingredients of the clinic's own
/// entries: `catalogue` holds what the product knows beside them.
pub fn examine(
    present: &Files<'_>,
    sent: &[Sent],
    catalogue: &[CatalogueName<'_>],
    stocked: &BTreeSet<String>,
) -> Examined {
    let mut examined = Examined::default();
    let mut candidate = present.clone();
    let shipped = Files::shipped();
    for file in sent.iter().filter(|file| file.format == Format::Rules || file.text.is_none()) {
        let text = file.text.as_deref().unwrap_or_else(|| shipped.text(file.name));
        candidate = candidate.clone().with(file.name, text).unwrap_or(candidate);
    }
    let lists = match converted(&candidate, sent, catalogue) {
        Ok(lists) => lists,
        Err(faults) => return Examined { faults, ..examined },
    };
    for (name, list) in &lists {
        examined.faults.extend(list.faults.iter().cloned());
        examined.skipped.extend(list.skipped.iter().cloned());
        candidate = candidate.clone().with(name, &list.text).unwrap_or(candidate);
    }
    for file in sent {
        let rows = plain_rows(candidate.text(file.name)).take(FILE_ROWS_MAX + 1).count();
        let is_list = lists.contains_key(file.name);
        if rows > FILE_ROWS_MAX {
            examined.faults.push(whole(file, format!("the file has more than {FILE_ROWS_MAX} rows")));
        } else if rows == 0 && file.text.is_some() && (is_list || OF_RULES.contains(&file.name)) {
            let sentence = "no row is left: to silence rules for a while, suppress them one by one";
            examined.faults.push(whole(file, sentence.to_owned()));
        }
    }
    if !examined.faults.is_empty() {
        return examined;
    }
    match Rules::load(&candidate, catalogue.iter().cloned()) {
        Ok(rules) => {
            let idle = examined.weigh((present, &candidate), sent, (&rules, stocked));
            let traced = |fault: Fault| match lists.get(fault.file.as_str()) {
                Some(list) => list.traced(fault),
                None => fault,
            };
            examined.skipped.extend(idle.into_iter().map(traced));
            examined.rules = Some(rules);
        }
        Err(faults) => {
            let traced = |fault: Fault| match lists.get(fault.file.as_str()) {
                Some(list) => list.traced(fault),
                None => fault,
            };
            examined.faults = faults.into_iter().map(traced).collect();
        }
    }
    examined
}

fn whole(file: &Sent, sentence: String) -> Fault {
    Fault { file: file.name.to_owned(), line: 1, column: String::new(), sentence }
}

/// The lists of other houses as files of ours.
fn converted(
    files: &Files<'_>,
    sent: &[Sent],
    catalogue: &[CatalogueName<'_>],
) -> Result<BTreeMap<&'static str, Converted>, Vec<Fault>> {
    let mut lists = BTreeMap::new();
    let foreign: Vec<(&Sent, &str)> =
        sent.iter().filter_map(|file| Some((file, file.text.as_deref()?))).collect();
    let foreign = foreign.into_iter().filter(|(file, _)| file.format != Format::Rules);
    let mut lookup = None;
    for (file, text) in foreign {
        let lookup = match &lookup {
            Some(lookup) => lookup,
            None => lookup.insert(Lookup::read(files, catalogue.iter().cloned())?),
        };
        let list = match file.format {
            Format::MaximumDoses => maximum_doses(text, lookup, file.unknown),
            Format::Rules | Format::ClassRules => class_rules(text, lookup, file.unknown),
        };
        lists.insert(file.name, list);
    }
    Ok(lists)
}

impl Examined {
    /// Notes what becomes of files, and returns the rows that were written and have no effect.
    fn weigh(
        &mut self,
        (present, candidate): (&Files<'_>, &Files<'_>),
        sent: &[Sent],
        (rules, stocked): (&Rules, &BTreeSet<String>),
    ) -> Vec<Fault> {
        let shipped = Files::shipped();
        let mut idle = Vec::new();
        for file in sent {
            let text = candidate.text(file.name);
            let is_shipped = text == shipped.text(file.name);
            let (change, touched) = compared(file.name, present.text(file.name), text);
            // What was shipped so is nobody's slip.
            let written = touched.iter().filter(|row| row.line > 0 && !is_shipped);
            idle.extend(rules.idle(file.name, written, stocked));
            self.note_narrowed(file.name, present.text(file.name), text, rules);
            for row in touched {
                // What a clinic says about a dose may stand in another rule's place.
                if file.name == MORE_DOSES {
                    self.touched.extend(rules.dose_rules_of(row.cell("generic")));
                } else if file.name != MORE_CLASSES {
                    self.touched.insert(row.key.clone());
                }
            }
            self.changes.push(FileChange { shipped: is_shipped, ..change });
            let kept = (!is_shipped).then(|| text.to_owned());
            self.texts.push((file.name, kept));
        }
        idle
    }
}

impl Examined {
    /// Notes which rows may make rules speak less.
    fn note_narrowed(&mut self, name: &str, old: &str, new: &str, rules: &Rules) {
        if name == "khmer.csv" {
            return;
        }
        let rows = |text: &str| -> BTreeMap<String, PlainRow> {
            plain_rows(text).map(|row| (row.key.clone(), row)).collect()
        };
        let (before, after) = (rows(old), rows(new));
        let is_other = |(key, row): &(&String, &PlainRow)| {
            let after = after.get(*key);
            // Limits of doses are held against each other as numbers; how gravely they are said hangs on whether the row
            // was read in its source, which one with other words was not.
            if [MORE_DOSES, "doses.csv"].contains(&name) {
                return after.is_none_or(|after| after.said != row.said);
            }
            let is_other = after.is_none_or(|after| after.decides() != row.decides());
            is_other && may_speak_less(name, row, after)
        };
        let is_of_rules = OF_RULES.contains(&name) || name == MORE_INTERACTIONS;
        for (key, row) in before.iter().filter(is_other) {
            match name {
                MORE_DOSES => self.narrowed.extend(rules.dose_rules_of(row.cell("generic"))),
                _ if is_of_rules => drop(self.narrowed.insert(key.clone())),
                _ => drop(self.narrowed.insert(format!("{name} {key}"))),
            }
        }
        // Each of these keeps something from being said.
        if ["suppressed.csv", "names.csv"].contains(&name) {
            let added = after.keys().filter(|key| !before.contains_key(*key));
            self.narrowed.extend(added.map(|key| format!("{name} {key}")));
        }
    }
}

/// What becomes of the rows of a file, and the rows that were changed, lost, or in the case of additions came anew; those
/// that are lost stand in no line any more.
fn compared(name: &str, old: &str, new: &str) -> (FileChange, Vec<PlainRow>) {
    let mut before: BTreeMap<String, PlainRow> = plain_rows(old).map(|row| (row.key.clone(), row)).collect();
    let mut change = FileChange {
        name: name.to_owned(),
        shipped: false,
        rows: 0,
        added: 0,
        changed: 0,
        lost: 0,
        examples: Vec::new(),
    };
    let mut touched = Vec::new();
    for row in plain_rows(new) {
        change.rows += 1;
        let happens = match before.remove(&row.key) {
            Some(old) if old.said == row.said => continue,
            Some(_) => Happens::Changed,
            None => Happens::Added,
        };
        change.note(&row.key, happens);
        touched.push(row);
    }
    for (key, mut row) in before {
        change.note(&key, Happens::Lost);
        row.line = 0;
        touched.push(row);
    }
    (change, touched)
}

impl FileChange {
    fn note(&mut self, key: &str, happens: Happens) {
        *match happens {
            Happens::Added => &mut self.added,
            Happens::Changed => &mut self.changed,
            Happens::Lost => &mut self.lost,
        } += 1;
        if self.examples.len() < CHANGES_MAX {
            self.examples.push((shown(key).into_owned(), happens));
        }
    }
}

/// A key as it is shown: sentences are long.
fn shown(key: &str) -> Cow<'_, str> {
    const SHOWN_CHARS: usize = 80;
    match key.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}\u{2026}", key.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(key),
    }
}
