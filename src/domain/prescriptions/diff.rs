//! What differs between two versions, in words that doctor and patient read.

use super::describe::{amount_text, dates_text, first_day, medicine_text, schedule_text};
use super::model::Line;
use super::record::{Change, Content};
use crate::platform::i18n::{Language, text};
use crate::platform::ids::MedicationId;
use crate::platform::secret::Phi;

/// What happens to the doses of the lines of `old` when `new` takes their place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineChanges {
    /// Lines that are there no more: their future doses are cancelled.
    pub ended: Vec<Line>,
    /// Lines whose doses are others now: future ones are cancelled and planned anew.
    pub changed: Vec<Line>,
    /// New lines, whose doses are to be planned.
    pub begun: Vec<Line>,
}

/// Compares lines by their id, which they keep through all versions.
pub fn line_changes(old: &[Line], new: &[Line]) -> LineChanges {
    let mut out = LineChanges::default();
    for line in new {
        match old.iter().find(|before| before.id == line.id) {
            None => out.begun.push(line.clone()),
            Some(before) if !same_doses(before, line) || before.course != line.course => {
                out.changed.push(line.clone());
            }
            Some(_) => {}
        }
    }
    out.ended = old.iter().filter(|line| !new.iter().any(|now| now.id == line.id)).cloned().collect();
    out
}

/// Whether two versions of a line mean the same doses of the same medicine. Instructions and quantity may differ.
pub fn same_doses(old: &Line, new: &Line) -> bool {
    old.medicine_id == new.medicine_id
        && old.medicine_name == new.medicine_name
        && old.unit == new.unit
        && old.schedule == new.schedule
        && old.meal_relation == new.meal_relation
        && old.start == new.start
        && old.first_at == new.first_at
        && old.length == new.length
        && old.doses == new.doses
}

/// For new lines, the old line of the same medicine that they stand for.
pub fn stand_ins(old: &[Line], new: &[Line]) -> Vec<(MedicationId, MedicationId)> {
    let mut pairs: Vec<(MedicationId, MedicationId)> = Vec::new();
    for line in new.iter().filter(|line| !old.iter().any(|before| before.id == line.id)) {
        let free = |before: &&Line| {
            !new.iter().any(|now| now.id == before.id) && !pairs.iter().any(|(_, taken)| *taken == before.id)
        };
        let same_medicine = |before: &&Line| match (before.medicine_id, line.medicine_id) {
            (Some(before), Some(now)) => before == now,
            _ => before.medicine_name == line.medicine_name,
        };
        if let Some(before) = old.iter().filter(free).find(same_medicine) {
            pairs.push((line.id, before.id));
        }
    }
    pairs
}

/// Every difference in both languages.
pub fn changes(old: &Content, new: &Content) -> Vec<Change> {
    let replaced = stand_ins(&old.lines, &new.lines);
    let mut out = Vec::new();
    for line in &new.lines {
        let before =
            old.lines.iter().find(|before| before.id == line.id || replaced.contains(&(line.id, before.id)));
        match before {
            None => out.push(both(|language| {
                let args = [
                    ("medicine", medicine_text(language, line)),
                    ("schedule", schedule_text(language, line)),
                    ("dates", dates_text(language, first_day(line), line.end)),
                ];
                text(language, "change.line_added", &args)
            })),
            Some(before) => line_differences(before, line, &mut out),
        }
    }
    for line in &old.lines {
        let stands = new.lines.iter().any(|now| now.id == line.id || replaced.contains(&(now.id, line.id)));
        if !stands {
            out.push(both(|language| {
                text(language, "change.line_removed", &[("medicine", medicine_text(language, line))])
            }));
        }
    }
    head_differences(old, new, &mut out);
    out
}

fn line_differences(old: &Line, new: &Line, out: &mut Vec<Change>) {
    let mut note = |key: &str, from: &dyn Fn(Language) -> String, to: &dyn Fn(Language) -> String| {
        if Language::ALL.iter().any(|&language| from(language) != to(language)) {
            out.push(both(|language| {
                let args = [
                    ("medicine", medicine_text(language, old)),
                    ("from", from(language)),
                    ("to", to(language)),
                ];
                text(language, key, &args)
            }));
        }
    };
    note("change.medicine", &|language| medicine_text(language, old), &|language| {
        medicine_text(language, new)
    });
    note("change.schedule", &|language| schedule_text(language, old), &|language| {
        schedule_text(language, new)
    });
    note("change.dates", &|language| dates_text(language, first_day(old), old.end), &|language| {
        dates_text(language, first_day(new), new.end)
    });
    let told = |line: &Line| {
        [line.instructions_khmer.clone(), line.instructions.clone()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" / ")
    };
    note("change.instructions", &|_| told(old), &|_| told(new));
    let total = |line: &Line| {
        line.quantity.map_or_else(|| "-".to_owned(), |quantity| amount_text(quantity, &line.unit))
    };
    note("change.quantity", &|_| total(old), &|_| total(new));
}

fn head_differences(old: &Content, new: &Content, out: &mut Vec<Change>) {
    let mut note = |key: &str, from: Option<&String>, to: Option<&String>| {
        if from != to {
            out.push(both(|language| {
                let args = [
                    ("from", from.cloned().unwrap_or_else(|| "-".to_owned())),
                    ("to", to.cloned().unwrap_or_else(|| "-".to_owned())),
                ];
                text(language, key, &args)
            }));
        }
    };
    note(
        "change.diagnosis",
        old.diagnosis.as_ref().map(Phi::reveal),
        new.diagnosis.as_ref().map(Phi::reveal),
    );
    note("change.symptoms", old.symptoms.as_ref().map(Phi::reveal), new.symptoms.as_ref().map(Phi::reveal));
    let day = |content: &Content| content.follow_up.map(|day| day.to_string());
    note("change.follow_up", day(old).as_ref(), day(new).as_ref());
    if old.clinical_note != new.clinical_note {
        out.push(both(|language| text(language, "change.clinical_note", &[])));
    }
}

fn both(say: impl Fn(Language) -> String) -> Change {
    Change { en: Phi::new(say(Language::English)), km: Phi::new(say(Language::Khmer)) }
}
