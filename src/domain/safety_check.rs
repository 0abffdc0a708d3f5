//! A prescription held against everything that is known of its patient: what is taken beside it, whoever prescribed it,
//! the clinical record, and the bounds of its doses.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::connections::access::Access;
use super::medicines::model::Content as MedicineContent;
use super::medicines::tables as medicines;
use super::patient_facts::patient_facts;
use super::prescribable::product_of;
use super::prescriptions::draft::{DoseFinding, LineDraft};
use super::prescriptions::finding::{NotChecked, SafetyReport, SilentFinding};
use super::prescriptions::model::Line;
use super::prescriptions::notice::Wording;
use super::prescriptions::record::{Override, Prescription, VersionState};
use super::prescriptions::state::Status;
use super::prescriptions::tables;
use super::safety::{self, PatientFacts, Quietly, Rules, check};
use super::safety_lines::{Around, weighed_line};
use super::safety_told::{add_told, is_said, of_dose, rules_missing, told};
use crate::platform::error::Result;
use crate::platform::ids::PrescriptionId;
use crate::platform::store::Reader;

/// For how many days what ended is still looked at: longer than any medicine acts on (`persistence.csv`).
const ENDED_COUNTS_DAYS: i64 = 400;

/// A line that is being written.
#[derive(Debug, Clone)]
pub struct NewLine<'a> {
    /// As it would be written.
    pub line: &'a Line,
    /// What the names of its fields begin with in errors.
    pub prefix: &'a str,
    /// What is unusual about its doses.
    pub dose_findings: &'a [DoseFinding],
}

impl<'a> NewLine<'a> {
    /// Lines with what was found of their doses while they were read.
    pub fn of_drafts(lines: impl IntoIterator<Item = &'a Line>, drafts: &'a [LineDraft]) -> Vec<Self> {
        let both = lines.into_iter().zip(drafts);
        both.map(|(line, draft)| Self { line, prefix: &draft.prefix, dose_findings: &draft.findings })
            .collect()
    }
}

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
}

impl Question<'_> {
    /// Whether a line that was taken out is put back.
    fn writes(&self, line: &Line) -> bool {
        let written = self.new.iter().map(|new| new.line).chain(self.beside);
        written.into_iter().any(|other| other.is_of(line.medicine_id, &line.medicine_name))
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
    let mut entries = Entries { tx, known: BTreeMap::new() };
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
    let mut new = Vec::with_capacity(question.new.len());
    for (place, written) in question.new.iter().enumerate() {
        let weighed = entries.weighed(written.line, around())?;
        new.push(safety::Line { key: key_of(place), ..weighed });
    }
    let adjustments = safety::tables::adjustments(tx)?;
    let checked = check(question.rules, &adjustments, &patient, &current, &new, today);
    let told = |finding: safety::Finding| told(finding.for_prescriber(), question.new);
    for finding in checked.findings.into_iter().map(told) {
        add_told(&mut report.findings, finding);
    }
    report.silent.extend(checked.suppressed.into_iter().map(|silent| SilentFinding {
        finding: told(silent.finding),
        why: why_silent(silent.why).to_owned(),
    }));
    report.not_checked.extend(checked.not_checked.iter().map(|one| {
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

/// Names a line that is being written.
fn key_of(place: usize) -> String {
    format!("new {place:03}")
}

pub(super) fn place_of<'a>(key: &str, new: &'a [NewLine<'a>]) -> Option<(usize, &'a NewLine<'a>)> {
    new.iter().enumerate().find(|(place, _)| key_of(*place) == key)
}

pub(super) fn field_of(prefix: &str) -> String {
    match prefix.trim_end_matches('.') {
        "" => "medicineId".to_owned(),
        field => field.to_owned(),
    }
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
    known: BTreeMap<crate::platform::ids::MedicineId, Option<MedicineContent>>,
}

impl Entries<'_> {
    fn weighed(&mut self, line: &Line, around: Around) -> Result<safety::Line> {
        let Some(id) = line.medicine_id else { return Ok(weighed_line(line, None, around)) };
        if !self.known.contains_key(&id) {
            let content = medicines::get(self.tx, id)?.map(|medicine| medicine.content);
            self.known.insert(id, content);
        }
        let content = self.known.get(&id).and_then(Option::as_ref);
        let product = content.map(product_of);
        Ok(weighed_line(line, content.zip(product.as_ref()), around))
    }
}

/// Everything that the patient takes beside the lines of the question's own prescription, and what ended lately and may
/// still act: also what the prescriber may not see. What somebody stopped or took out ended the day before: what
/// replaces it begins today, and what began today was not taken.
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
            if question.plan == Some(row.id) && (ended.is_none() || question.writes(&line)) {
                continue;
            }
            let weighed = entries.weighed(&line, around())?;
            let ends = weighed.ends.into_iter().chain(ended).min();
            let never_began = ends.is_some_and(|ends| ends < weighed.begins);
            if !never_began {
                current.push(safety::Line { ends, ..weighed });
            }
        }
    }
    Ok(current)
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
