//! A prescription held against everything that is known of its patient: what is taken beside it, whoever prescribed it,
//! the clinical record, and the bounds of its doses.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::connections::access::Access;
use super::doses::model::{Dose, DoseStatus};
use super::doses::tables as doses;
use super::medicines::model::Content as MedicineContent;
use super::medicines::tables as medicines;
use super::patient_facts::patient_facts;
use super::prescribable::product_of;
use super::prescriptions::finding::{NotChecked, SafetyReport, SilentFinding};
use super::prescriptions::model::Line;
use super::prescriptions::notice::Wording;
use super::prescriptions::record::{Override, Prescription, VersionState};
use super::prescriptions::state::Status;
use super::prescriptions::tables;
use super::safety::{self, PatientFacts, Quietly, Rules, check};
use super::safety_lines::{Around, NewLine, field_of, key_of, place_of, weighed_line};
use super::safety_told::{add_told, is_said, not_shared, of_dose, rules_missing, told};
use super::safety_unshared::{Bounded, Tries, asked_of};
use crate::platform::error::{Kind, Result};
use crate::platform::ids::PrescriptionId;
use crate::platform::store::{MedicineAsked, Reader, Step, WhatIsLeft};

/// For how many days what ended is still looked at: longer than any medicine acts on (`persistence.csv`).
const ENDED_COUNTS_DAYS: i64 = 400;
/// On so many days a medicine is used before somebody who asks for it tries nothing (chosen): nobody signs one for that long to
/// learn what it does not go with.
const USED_DAYS: u32 = 3;
/// So many days are looked at for it: what is used once a week has its days in them.
const USED_LATELY_DAYS: u64 = 28;

/// What is to be checked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The rules in force.
    pub rules: &'a Rules,
    /// The right of whoever prescribes; nothing when no patient is named.
    pub access: Option<&'a Access>,
    /// The clinic's zone.
    pub zone: Tz,
    /// All prescriptions of the patient, those that the prescriber may not see too; none when no patient is named.
    pub all: &'a [Prescription],
    /// The prescription that is changed.
    pub plan: Option<PrescriptionId>,
    /// Its lines that stay as they are.
    pub beside: &'a [Line],
    /// The lines that are written.
    pub new: &'a [NewLine<'a>],
    /// Rules that are taken to be silent, beside those that are.
    pub silent: &'a BTreeSet<String>,
    /// Of how many medicines a doctor is told that they do not go with what is not shared; see `safety_unshared`.
    pub unshared_most: usize,
}

impl Question<'_> {
    /// Whether a line stays, is changed, or was taken out and is put back.
    fn writes(&self, line: &Line) -> bool {
        let written = self.new.iter().map(|new| new.line).chain(self.beside);
        written.into_iter().any(|other| {
            other.has_id(line.id)
                || line.has_id(other.id)
                || other.is_of(line.medicine_id, &line.medicine_name)
        })
    }
}

/// Checks lines before they are signed.
///
/// # Errors
/// When the store cannot be read.
pub fn check_lines(tx: &dyn Reader, question: Question<'_>) -> Result<SafetyReport> {
    let mut report = SafetyReport::default();
    if question.rules.is_empty() {
        report.findings.push(rules_missing());
    } else if !question.new.is_empty() {
        weigh(tx, question, &mut report)?;
    }
    let own = question
        .new
        .iter()
        .enumerate()
        .flat_map(|(place, new)| new.dose_findings.iter().map(move |finding| (place, new, finding)));
    for (place, new, finding) in own {
        if !is_said(&report.findings, place, finding) {
            report.findings.push(of_dose(place, new, finding));
        }
    }
    report.findings.sort_by(|one, other| (other.tier, &one.id).cmp(&(one.tier, &other.id)));
    Ok(report)
}

fn weigh(tx: &dyn Reader, question: Question<'_>, report: &mut SafetyReport) -> Result<()> {
    let today = tx.now().day_in(question.zone);
    let mut entries = Entries { tx, zone: question.zone, known: BTreeMap::new() };
    let (patient, mut current) = match question.access {
        None => (PatientFacts::default(), Vec::new()),
        Some(access) => {
            let server = access.of_server();
            let facts = patient_facts(tx, &server, today, question.zone)?;
            (facts, current_lines(&mut entries, access, question, today)?)
        }
    };
    let plan = question.plan.map_or_else(|| "new".to_owned(), |plan| plan.to_string());
    let around = || Around { plan: Some(plan.clone()), ..Around::default() };
    for line in question.beside {
        current.push(entries.weighed(line, around())?);
    }
    let before = question.all.iter().find(|row| question.plan == Some(row.id) && row.activated_at.is_some());
    let mut new = Vec::with_capacity(question.new.len());
    for (place, written) in question.new.iter().enumerate() {
        let weighed = entries.weighed(written.line, around())?;
        // A line that takes the place of another one has its first day, and is not taken before today.
        let is_before =
            |row: &Prescription| row.content.lines.iter().any(|line| line.has_id(written.line.id));
        let begins = if before.is_none_or(is_before) { weighed.begins } else { weighed.begins.max(today) };
        let waits_days = if begins == weighed.begins { weighed.waits_days } else { 0 };
        new.push(safety::Line { key: key_of(place), begins, waits_days, ..weighed });
    }
    let mut adjustments = safety::tables::adjustments(tx)?;
    adjustments.suppressed.extend(question.silent.iter().cloned());
    let weighed =
        |current: &[safety::Line]| check(question.rules, &adjustments, &patient, current, &new, today);
    let checked = weighed(&current);
    let is_hiding = current.iter().any(|line| line.hidden);
    let bounded = match question.access.filter(|_| is_hiding) {
        None => Bounded { checked, withheld: None },
        Some(access) => {
            let used = used_medicines(&mut entries, access, question, today)?;
            let shared: Vec<safety::Line> = current.iter().filter(|line| !line.hidden).cloned().collect();
            let (most, without) = (question.unshared_most, weighed(&shared));
            Tries { access, most, new: &new, used: &used, checked, without }.bounded(tx)?
        }
    };
    let Bounded { checked, withheld } = bounded;
    let told = |finding: safety::Finding| told(finding.for_prescriber(), question.new);
    if let Some(withheld) = withheld {
        report.findings.push(not_shared(withheld.into_iter().map(told), tx.now()));
    }
    for finding in checked.findings.into_iter().map(told) {
        add_told(&mut report.findings, finding);
    }
    report.silent.extend(checked.suppressed.into_iter().map(|silent| SilentFinding {
        finding: told(silent.finding),
        why: why_silent(silent.why).to_owned(),
    }));
    let of_files = question.rules.lost_files().iter().map(|file| safety::NotChecked {
        what: safety::What::RuleFile((*file).to_owned()),
        lines: Vec::new(),
    });
    let of_files: Vec<safety::NotChecked> = of_files.collect();
    report.not_checked.extend(of_files.iter().chain(&checked.not_checked).map(|one| {
        let why = one.why();
        let places = one.lines.iter().filter_map(|key| place_of(key, question.new));
        NotChecked {
            what: why.code.to_owned(),
            why: Wording::of(&why),
            fields: places.map(|(_, new)| field_of(new.prefix)).collect(),
        }
    }));
    Ok(())
}

const fn why_silent(why: Quietly) -> &'static str {
    match why {
        Quietly::Graver => "GRAVER",
        Quietly::NotInterruptive => "NOT_INTERRUPTIVE",
        Quietly::ByClinic => "SUPPRESSED",
    }
}

/// The catalogue's entries of lines, each read once.
struct Entries<'a> {
    tx: &'a dyn Reader,
    zone: Tz,
    known: BTreeMap<crate::platform::ids::MedicineId, Option<MedicineContent>>,
}

impl Entries<'_> {
    fn weighed(&mut self, line: &Line, around: Around) -> Result<safety::Line> {
        let Some(id) = line.medicine_id else { return Ok(weighed_line(line, None, around, self.zone)) };
        if !self.known.contains_key(&id) {
            // One that was lost with a damaged page is as unknown as one that is known by name only.
            let content = medicines::get(&WhatIsLeft(self.tx), id)?.map(|medicine| medicine.content);
            self.known.insert(id, content);
        }
        let content = self.known.get(&id).and_then(Option::as_ref);
        let product = content.map(product_of);
        Ok(weighed_line(line, content.zip(product.as_ref()), around, self.zone))
    }
}

/// Everything that the patient takes beside the lines of the question's own prescription, and what ended lately and may
/// still act: also what the prescriber may not see. What somebody stopped, took out or writes over now ended the day
/// before: what replaces it begins today. What began today was taken only if an intake is recorded, and then it still acts.
fn current_lines(
    entries: &mut Entries<'_>,
    access: &Access,
    question: Question<'_>,
    today: NaiveDate,
) -> Result<Vec<safety::Line>> {
    let server = access.of_server();
    let mut current = Vec::new();
    for row in question.all {
        let around =
            || Around { plan: Some(row.id.to_string()), hidden: !access.covers(row.id), ..Around::default() };
        let ended = match row.status_on(today) {
            Status::Active | Status::Paused | Status::PendingConfirmation => None,
            Status::Completed | Status::Stopped if row.activated_at.is_some() => {
                row.ended_at.map_or(today, |ended| ended.day_in(question.zone)).pred_opt()
            }
            _ => continue,
        };
        // What was taken out of it ended even earlier.
        if is_long_over(ended, today) {
            continue;
        }
        for (line, ended) in lines_of(entries.tx, &server, row, ended, question.zone)? {
            let is_own = question.plan == Some(row.id);
            if is_own && question.writes(&line) {
                continue;
            }
            // What is not written again is written over. Of a prescription that was never in force nothing was taken.
            let written_over = today.pred_opt().filter(|_| is_own && row.activated_at.is_some());
            let ended = ended.or(written_over);
            if is_own && ended.is_none() {
                continue;
            }
            let weighed = entries.weighed(&line, around())?;
            let ends = weighed.ends.into_iter().chain(ended).min();
            let ended_unbegun = ends.is_some_and(|ends| ends < weighed.begins);
            if !ended_unbegun {
                current.push(safety::Line { ends, stopped: ended.is_some(), ..weighed });
            } else if let Some(last) = last_taken(entries.tx, &server, &line, today)? {
                // It hands over to what begins on that day: it acts beside that, and is no duplicate of it.
                let begins = last.pred_opt().unwrap_or(last);
                current.push(safety::Line { begins, ends: Some(last), stopped: true, ..weighed });
            }
        }
    }
    Ok(current)
}

/// The medicines of prescriptions that the prescriber sees and that the patient really uses, as they are used: on a few days
/// doses were asked for and not called off, or an intake was recorded. That a prescription was signed says nothing: it may be
/// for one day, from next year on, as needed, paused, or wait for the patient.
fn used_medicines(
    entries: &mut Entries<'_>,
    access: &Access,
    question: Question<'_>,
    today: NaiveDate,
) -> Result<BTreeSet<MedicineAsked>> {
    let is_shown = |row: &&Prescription| {
        access.covers(row.id) && matches!(row.status_on(today), Status::Active | Status::Paused)
    };
    let lines: Vec<&Line> =
        question.all.iter().filter(is_shown).flat_map(|row| row.content.lines.iter()).collect();
    let mut days = vec![0_u32; lines.len()];
    let first = today.checked_sub_days(Days::new(USED_LATELY_DAYS)).unwrap_or(today);
    let now = entries.tx.now();
    doses::visit_days_until(&WhatIsLeft(entries.tx), &access.of_server(), first, today, |_, day| {
        let is_use = |dose: &&Dose| dose.status != DoseStatus::Cancelled && dose.scheduled() <= now;
        for (line, days) in lines.iter().zip(&mut days) {
            let is_used = day.doses.iter().filter(is_use).any(|dose| line.has_number(dose.line()));
            *days = days.saturating_add(u32::from(is_used));
        }
        Ok(Step::Continue)
    })?;
    let mut used = BTreeSet::new();
    for (line, _) in lines.iter().zip(days).filter(|(_, days)| *days >= USED_DAYS) {
        used.insert(asked_of(&entries.weighed(line, Around::default())?));
    }
    Ok(used)
}

/// The last day, in the two before `today` and on it, on which an intake of a line is recorded. Where one of them is lost the
/// line may have been used on it: it counts as used today.
fn last_taken(tx: &dyn Reader, server: &Access, line: &Line, today: NaiveDate) -> Result<Option<NaiveDate>> {
    let first = today.checked_sub_days(Days::new(2)).unwrap_or(today);
    let mut last = None;
    let walked = doses::visit_days_until(tx, server, first, today, |date, day| {
        if day.doses.iter().any(|dose| line.has_number(dose.line()) && dose.status.is_taken()) {
            last = Some(date);
        }
        Ok(Step::Continue)
    });
    match walked {
        Err(error) if error.kind() == Kind::Damaged => Ok(Some(today)),
        walked => walked.map(|()| last),
    }
}

/// Whether what ended on a day acts no more.
fn is_long_over(ended: Option<NaiveDate>, today: NaiveDate) -> bool {
    ended.is_some_and(|ended| (today - ended).num_days() > ENDED_COUNTS_DAYS)
}

/// The lines of a prescription, with the day on which one that no longer stands in it was taken out, unless that is so
/// long ago that it acts no more.
fn lines_of(
    tx: &dyn Reader,
    server: &Access,
    row: &Prescription,
    ended: Option<NaiveDate>,
    zone: Tz,
) -> Result<Vec<(Line, Option<NaiveDate>)>> {
    let mut lines: Vec<(Line, Option<NaiveDate>)> =
        row.content.lines.iter().map(|line| (line.clone(), ended)).collect();
    if row.version == 1 {
        return Ok(lines);
    }
    let today = tx.now().day_in(zone);
    let mut until = None;
    for number in (1..row.version.saturating_add(1)).rev() {
        // What earlier versions left out was taken out even earlier.
        if is_long_over(until, today) {
            break;
        }
        let version = tables::version(tx, server, row.id, number)?;
        if version.state != VersionState::Applied {
            continue;
        }
        let since = version.in_force_since().day_in(zone);
        for line in version.content.lines {
            let is_known = lines.iter().any(|(known, _)| known.has_id(line.id) || line.has_id(known.id));
            if !is_known {
                lines.push((line, until));
            }
        }
        until = since.pred_opt();
    }
    Ok(lines)
}

/// The overrides of everything else that is running, for lines that a patient confirms: another prescriber may have
/// answered for them meanwhile.
pub fn overrides_beside(
    all: &[Prescription],
    plan: PrescriptionId,
    today: NaiveDate,
) -> impl Iterator<Item = &Override> + Clone {
    let runs = move |row: &&Prescription| {
        row.id != plan && matches!(row.status_on(today), Status::Active | Status::Paused)
    };
    all.iter().filter(runs).flat_map(|row| &row.content.overrides)
}
