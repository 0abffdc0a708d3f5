//! The check: new lines held against the patient and against everything that is taken.

mod allergies;
mod amounts;
mod days;
mod doses;
mod duplicates;
mod fold;
mod hours;
mod interactions;
mod overlap;
mod patient;
mod relations;
mod taken;
mod truth;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::facts::PatientFacts;
use super::finding::{Checked, Finding, Kind, NotChecked, Subject, Tier, Weighed, What};
use super::line::Line;
use super::names::Ingredient;
use super::rules::{Adjustments, Head, Rules};
use crate::domain::prescriptions::model::Notice;
use doses::Passed;
use taken::{Held, Taken, taken};

/// Holds `new` lines against the patient and what is `current`. Lines that ended lately belong to the current ones:
/// some medicines act on for months. Only what touches a new line is found; to weigh a whole record again, hand over
/// its running lines as new.
///
/// The same facts give the same answer in whatever order the lines stand.
pub fn check(
    rules: &Rules,
    adjustments: &Adjustments,
    patient: &PatientFacts,
    current: &[Line],
    new: &[Line],
    today: NaiveDate,
) -> Checked {
    let mut weighing = Weighing {
        rules,
        adjustments,
        patient,
        today,
        taken: taken(rules, current, new, today),
        before: taken::before(rules, current, new, today),
        found: BTreeMap::new(),
        missing: BTreeMap::new(),
    };
    weighing.name_the_unknown();
    for words in &patient.conditions_in_words {
        weighing.miss_for_all(&What::ConditionInWords(words.clone()));
    }
    weighing.interactions();
    weighing.duplicates();
    weighing.allergies();
    weighing.doses();
    weighing.patient();
    weighing.answer()
}

/// A finding on its way.
struct Found {
    finding: Finding,
    /// The limits that a dose passes, each with what is said of it.
    passed: Passed,
    /// The two ingredients of an interaction or a duplicate, in order.
    pair: Option<(Ingredient, Ingredient)>,
    /// The one ingredient of a rule about how a medicine is used.
    use_of: Option<Ingredient>,
}

impl Found {
    /// Whether the prescriber may not see one of its medicines.
    fn is_of_hidden(&self) -> bool {
        self.finding.medicines.iter().any(|subject| subject.hidden)
    }

    /// Of each limit that is passed the gravest case is kept, whichever line passes it.
    fn join_passed(&mut self, passed: Passed) {
        for (bound, case) in passed {
            let known = self.passed.entry(bound).or_insert_with(|| case.clone());
            if case > *known {
                *known = case;
            }
        }
    }

    /// Every limit that is passed is told, the gravest first.
    fn tell_passed(&mut self) {
        let mut cases: Vec<_> = std::mem::take(&mut self.passed).into_values().collect();
        cases.sort_by(|one, other| other.cmp(one));
        let mut details = cases.into_iter().map(|(.., detail)| detail);
        if let Some(gravest) = details.next() {
            self.finding.detail = Some(gravest);
            self.finding.beside = details.collect();
        }
    }
}

/// What a finding is made of beside its rule.
struct Fired<'a> {
    kind: Kind,
    hazard: &'a str,
    tier: Tier,
    /// What is behind the rule in the finding's id.
    on: String,
    subjects: Vec<(usize, Ingredient)>,
    detail: Option<Notice>,
    advice: Option<&'static str>,
    weighed: Vec<Weighed>,
    pair: Option<(Ingredient, Ingredient)>,
    use_of: Option<Ingredient>,
}

impl<'a> Fired<'a> {
    const fn new(
        kind: Kind,
        hazard: &'a str,
        tier: Tier,
        on: String,
        subjects: Vec<(usize, Ingredient)>,
    ) -> Self {
        Self {
            kind,
            hazard,
            tier,
            on,
            subjects,
            detail: None,
            advice: None,
            weighed: Vec::new(),
            pair: None,
            use_of: None,
        }
    }
}

/// One check under way.
struct Weighing<'a> {
    rules: &'a Rules,
    adjustments: &'a Adjustments,
    patient: &'a PatientFacts,
    today: NaiveDate,
    taken: Vec<Taken<'a>>,
    /// The current lines as they are without the new ones.
    before: Vec<Taken<'a>>,
    /// By id; what concerns something hidden stands for itself, so that nothing of what the prescriber sees is hidden with it.
    found: BTreeMap<(String, bool), Found>,
    missing: BTreeMap<What, BTreeSet<String>>,
}

impl<'a> Weighing<'a> {
    /// Says what of the new lines no rule speaks of.
    fn name_the_unknown(&mut self) {
        let mut unknown = Vec::new();
        // What is taken beside the new lines and cannot be weighed keeps the check from being whole, too.
        for (at, taken) in self.taken.iter().enumerate() {
            if taken.held.is_empty() && taken.line.parts.is_empty() {
                unknown.push((What::UnknownMedicine(taken.line.name.clone()), at));
            }
        }
        for (at, taken) in self.new_lines() {
            for held in taken.held.iter().filter(|held| taken.part(held).is_none()) {
                unknown.push((What::Dose(self.rules.names.text(held.own).to_owned()), at));
            }
            for part in &taken.line.parts {
                if !self.rules.knows(&part.ingredient) {
                    unknown.push((What::NoRule(part.ingredient.clone()), at));
                }
            }
        }
        for (what, at) in unknown {
            self.miss(what, at);
        }
    }

    fn new_lines(&self) -> impl Iterator<Item = (usize, &Taken<'_>)> {
        self.taken.iter().enumerate().filter(|(_, taken)| taken.is_new)
    }

    /// The parts of new lines that rules know, with the numbers of their lines.
    fn new_parts(&self) -> Vec<(usize, Held)> {
        self.new_lines().flat_map(|(at, taken)| taken.held.iter().map(move |held| (at, *held))).collect()
    }

    /// The tier in which a rule speaks.
    fn standing(&self, head: &Head) -> Tier {
        self.standing_of(head).0
    }

    /// The tier in which a rule speaks, and whether it counts as verified.
    fn standing_of(&self, head: &Head) -> (Tier, bool) {
        self.adjustments.standing(head)
    }

    fn line(&self, at: usize) -> Option<&Taken<'_>> {
        self.taken.get(at)
    }

    /// Notes what could not be weighed for a line.
    fn miss(&mut self, what: What, at: usize) {
        let Some(line) = self.taken.get(at).map(|taken| taken.line) else { return };
        if !line.hidden {
            self.missing.entry(what).or_default().insert(line.key.clone());
        }
    }

    /// Notes what could not be weighed for any new line.
    fn miss_for_all(&mut self, what: &What) {
        let new: Vec<usize> = self.new_lines().map(|(at, _)| at).collect();
        for at in new {
            self.miss(what.clone(), at);
        }
    }

    fn miss_all(&mut self, whats: impl IntoIterator<Item = What>, at: usize) {
        for what in whats {
            self.miss(what, at);
        }
    }

    /// Notes a finding; the same once more joins its medicines to the first.
    fn fire(&mut self, head: &Head, fired: Fired<'_>) {
        let id = format!("{}:{}", head.id, fired.on);
        let (_, verified) = self.standing_of(head);
        let subjects = self.subjects(&fired.subjects);
        let finding = Finding {
            id: id.clone(),
            rule: head.id.to_string(),
            kind: fired.kind,
            tier: fired.tier,
            hazard: fired.hazard.to_owned(),
            medicines: subjects,
            effect: head.effect.to_string(),
            effect_khmer: head.effect_khmer.as_deref().map(ToOwned::to_owned),
            action: head.action.to_string(),
            action_khmer: head.action_khmer.as_deref().map(ToOwned::to_owned),
            khmer_reviewed: head.khmer_reviewed,
            detail: fired.detail,
            beside: Vec::new(),
            advice: fired.advice,
            source: head.source.to_string(),
            year: head.year.to_string(),
            verified,
            weighed: fired.weighed,
            also: BTreeSet::new(),
        };
        let passed = Passed::new();
        self.join(id, Found { finding, passed, pair: fired.pair, use_of: fired.use_of });
    }

    fn join(&mut self, id: String, new: Found) {
        let key = (id, new.is_of_hidden());
        let Some(known) = self.found.get_mut(&key) else {
            self.found.insert(key, new);
            return;
        };
        known.join_passed(new.passed);
        let finding = &mut known.finding;
        finding.medicines.extend(new.finding.medicines);
        finding.medicines.sort();
        finding.medicines.dedup();
        // The graver case tells its detail; of equals the one that comes first in the alphabet.
        let graver = new.finding.tier > finding.tier;
        let tells_more = new.finding.tier == finding.tier && new.finding.detail > finding.detail;
        if graver || tells_more {
            finding.detail = new.finding.detail;
            finding.advice = new.finding.advice;
        }
        finding.tier = finding.tier.max(new.finding.tier);
        for weighed in new.finding.weighed {
            match finding.weighed.iter_mut().find(|known| known.what == weighed.what) {
                Some(known) => known.amount = known.amount.max(weighed.amount),
                None => finding.weighed.push(weighed),
            }
        }
        finding.weighed.sort();
    }

    fn subjects(&self, of: &[(usize, Ingredient)]) -> Vec<Subject> {
        let subject = |&(at, ingredient): &(usize, Ingredient)| {
            let line = self.taken.get(at)?.line;
            Some(Subject {
                line: line.key.clone(),
                medicine: line.name.clone(),
                ingredient: self.rules.names.text(ingredient).to_owned(),
                hidden: line.hidden,
            })
        };
        let mut subjects: Vec<Subject> = of.iter().filter_map(subject).collect();
        subjects.sort();
        subjects.dedup();
        subjects
    }

    /// The daily amounts of ingredients in lines, of one ingredient those of all: when one rises, a reason given before no
    /// longer stands for the finding. What is hidden from the prescriber is not added up with what they see.
    fn weighed(&self, of: &[(usize, Held)]) -> Vec<Weighed> {
        let weighed = |(at, held): &(usize, Held)| {
            let part = self.taken.get(*at).filter(|taken| !taken.line.hidden)?.part(held)?;
            let amount = part.daily.or(part.single)?.parts;
            Some(Weighed { what: format!("{} a day", part.ingredient), amount })
        };
        let mut all: BTreeMap<String, u64> = BTreeMap::new();
        for Weighed { what, amount } in of.iter().filter_map(weighed) {
            let sum = all.entry(what).or_default();
            *sum = sum.saturating_add(amount);
        }
        all.into_iter().map(|(what, amount)| Weighed { what, amount }).collect()
    }

    fn answer(mut self) -> Checked {
        self.found.values_mut().for_each(Found::tell_passed);
        let (findings, suppressed) =
            fold::fold(std::mem::take(&mut self.found), self.adjustments, &self.quiet_pairs());
        let not_checked = self
            .missing
            .into_iter()
            .map(|(what, lines)| NotChecked { what, lines: lines.into_iter().collect() });
        Checked { findings, not_checked: not_checked.collect(), suppressed }
    }
}
