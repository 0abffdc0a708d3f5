//! What is said before a prescription is signed: the safety check, the reasons that its findings ask for, and the count of
//! how often rules spoke.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::editing::Edit;
use crate::domain::connections::access::Access;
use crate::domain::prescribable::findings_of;
use crate::domain::prescriptions::diff::same_doses;
use crate::domain::prescriptions::draft::LineDraft;
use crate::domain::prescriptions::finding::{Finding, SafetyReport, Terms, settle_overrides};
use crate::domain::prescriptions::model::{Line, Tier};
use crate::domain::prescriptions::record::{Author, Content, Override, Prescription};
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables;
use crate::domain::safety;
use crate::domain::safety_check::{Question, check_lines, overrides_beside};
use crate::domain::safety_lines::NewLine;
use crate::domain::safety_rules::RulesInForce;
use crate::domain::users::model::Role;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::PrescriptionId;
use crate::platform::store::{Reader, WriteTx};

/// Reads the rules, so that they are at hand.
///
/// # Errors
/// When the store cannot be read.
pub async fn read_rules(context: &Context) -> Result<()> {
    let (rules, store) = (context.extensions.get::<RulesInForce>(), context.store.clone());
    let reading = tokio::task::spawn_blocking(move || store.read(|tx| rules.rules(tx)).map(drop));
    reading.await.map_err(|error| Error::internal(format!("the safety rules were not read: {error}")))?
}

/// By which rules, and in whose right, lines are signed.
#[derive(Clone)]
pub(in crate::flows) struct Signing {
    rules: Arc<RulesInForce>,
    zone: Tz,
    /// Rules that are taken to be silent.
    silent: Arc<BTreeSet<String>>,
    /// See [`Question::unshared_most`].
    unshared_most: usize,
}

/// No reason stands.
pub(super) static NONE: BTreeSet<String> = BTreeSet::new();

/// What is signed.
#[derive(Clone, Copy)]
pub(super) struct Signed<'a> {
    pub(super) access: &'a Access,
    /// All prescriptions of the patient; see [`Question::all`].
    pub(super) all: &'a [Prescription],
    /// The prescription that is changed; nothing for a new one.
    pub(super) plan: Option<PrescriptionId>,
    /// The lines that stay as they are.
    pub(super) beside: &'a [Line],
    /// The lines that are written.
    pub(super) new: &'a [NewLine<'a>],
    /// Reasons that were given before, and those that are given now.
    pub(super) overrides: (&'a [Override], &'a [Override]),
    pub(super) terms: Terms,
    pub(super) prefix: &'a str,
    /// The findings for which a reason stands already.
    pub(super) standing: &'a BTreeSet<String>,
}

/// A change of a prescription that is in force.
#[derive(Clone, Copy)]
pub(super) struct Changed<'a> {
    pub(super) row: &'a Prescription,
    /// What is in force.
    pub(super) base: &'a Content,
    /// The lines that are written.
    pub(super) new: &'a [NewLine<'a>],
}

impl Signing {
    pub(in crate::flows) fn of(context: &Context) -> Self {
        Self {
            rules: context.extensions.get(),
            zone: context.zone(),
            silent: Arc::default(),
            unshared_most: context.settings.limits.unshared_most(),
        }
    }

    /// As if these rules were silent.
    pub(super) fn without(&self, rules: &BTreeSet<String>) -> Self {
        Self { silent: Arc::new(rules.clone()), ..self.clone() }
    }

    /// The clinic's zone.
    pub(in crate::flows) const fn zone(&self) -> Tz {
        self.zone
    }

    /// Checks lines and settles the reasons for what is found.
    ///
    /// # Errors
    /// A finding that needs a reason and has none, where it is signed now.
    pub(super) fn sign(&self, tx: &dyn Reader, signed: Signed<'_>) -> Result<(Vec<Override>, SafetyReport)> {
        let report = self.look(tx, signed)?;
        let overrides = settled(signed, &report)?;
        Ok((overrides, report))
    }

    /// Checks lines.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn look(&self, tx: &dyn Reader, signed: Signed<'_>) -> Result<SafetyReport> {
        let rules = self.rules.rules(tx)?;
        let question = Question {
            rules: &rules,
            access: Some(signed.access),
            zone: self.zone,
            all: signed.all,
            plan: signed.plan,
            beside: signed.beside,
            new: signed.new,
            silent: &self.silent,
            unshared_most: self.unshared_most,
        };
        check_lines(tx, question)
    }

    /// Checks a prescription that was written before, as a draft or for the patient to confirm, as a whole.
    ///
    /// # Errors
    /// A finding that needs a reason and has none.
    pub(super) fn sign_whole(
        &self,
        tx: &dyn Reader,
        whole: Whole<'_>,
    ) -> Result<(Vec<Override>, SafetyReport)> {
        let dose_findings = findings_of(tx, whole.row.author.role, whole.lines)?;
        let prefixes: Vec<String> =
            (0..whole.lines.len()).map(|place| format!("medications[{place}].")).collect();
        let both = whole.lines.iter().zip(&prefixes).zip(&dose_findings);
        let new: Vec<NewLine<'_>> =
            both.map(|((line, prefix), dose_findings)| NewLine { line, prefix, dose_findings }).collect();
        let signed = Signed {
            access: whole.access,
            all: &tables::list(tx, &whole.access.of_server())?,
            plan: Some(whole.row.id),
            beside: &[],
            new: &new,
            overrides: (&whole.row.content.overrides, whole.given),
            terms: Terms::Signed,
            prefix: "",
            standing: &NONE,
        };
        self.sign(tx, signed)
    }

    /// Checks the lines that the edit writes or changes, and asks for what has arisen since of those that it leaves as they
    /// are. The reasons that hold are put into the new content.
    ///
    /// # Errors
    /// A finding that needs a reason and has none.
    pub(super) fn sign_change(
        &self,
        tx: &dyn Reader,
        (access, row): (&Access, &Prescription),
        (edit, drafts): (&Edit, &[LineDraft]),
        (base, content): (&Content, &mut Content),
    ) -> Result<SafetyReport> {
        // Where the lines begin that were read: one that is changed may have become another medicine with another id.
        let first = match edit {
            Edit::Content(_) | Edit::RemoveLine(_) => 0,
            Edit::AddLine(_) => content.lines.len().saturating_sub(1),
            Edit::ChangeLine(id, _) => {
                base.lines.iter().position(|line| line.has_id(*id)).unwrap_or_default()
            }
        };
        let of_lines = drafts.iter().flat_map(|draft| draft.overrides.iter().cloned());
        let given: Vec<Override> = of_lines.chain(content.overrides.iter().cloned()).collect();
        // What is not in force is signed as a whole, and so is what somebody answers for anew.
        let says_more = given.iter().any(|given| !base.overrides.iter().any(|old| old.says_the_same(given)));
        let is_in_force = !matches!(row.status, Status::Draft | Status::PendingConfirmation | Status::Paused);
        let is_new = |line: &Line| says_more || !is_in_force || !is_as_before(&base.lines, line);
        let new: Vec<NewLine<'_>> = content
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| is_new(line))
            .map(|(place, line)| match place.checked_sub(first).and_then(|place| drafts.get(place)) {
                Some(draft) => NewLine { line, prefix: &draft.prefix, dose_findings: &draft.findings },
                None => NewLine { line, prefix: "medications.", dose_findings: &[] },
            })
            .collect();
        let is_written = |line: &&Line| new.iter().any(|new| new.line.id == line.id);
        let beside: Vec<Line> = content.lines.iter().filter(|line| !is_written(line)).cloned().collect();
        let all = tables::list(tx, &access.of_server())?;
        let kept = self.still_meant(tx, (access, &all), row.id, (base, content))?;
        let signed = Signed {
            access,
            all: &all,
            plan: Some(row.id),
            beside: &beside,
            new: &new,
            overrides: (&kept, &given),
            terms: if row.status == Status::Draft { Terms::Draft } else { Terms::Signed },
            prefix: "",
            standing: &NONE,
        };
        let mut report = self.look(tx, signed)?;
        let (kept, standing) = if is_in_force {
            let changed = Changed { row, base, new: &new };
            let kept = changed.still_holding(kept.clone(), &report);
            let standing = self.standing(tx, (access, &all), changed, (&report, (&kept, &given)))?;
            (kept, standing)
        } else {
            (kept.clone(), BTreeSet::new())
        };
        let signed = Signed { overrides: (&kept, &given), standing: &standing, ..signed };
        let arisen = if access.is_own() || beside.is_empty() {
            Vec::new()
        } else {
            let whole = Content { overrides: kept.clone(), ..content.clone() };
            self.arisen(tx, (access, &all), (row.id, &whole), &report)?
        };
        content.overrides = if writes_anew(base, content) {
            // What is sent back as it was read was said before it arose.
            let given: &[Override] = if arisen.is_empty() { &given } else { &[] };
            report.add(arisen);
            settled(Signed { overrides: (&kept, given), ..signed }, &report)?
        } else {
            // What is left of a paused one may need a reason that nobody has given: it is asked for when it is resumed.
            let waits = row.status == Status::Paused && given.is_empty();
            let overrides = if waits { kept.clone() } else { settled(signed, &report)? };
            report.add(arisen);
            overrides
        };
        Ok(report)
    }

    /// The reasons of `base` that `content` still needs: one that was given for a line that is there no more ends with it, and
    /// is asked for anew when the line comes back.
    fn still_meant(
        &self,
        tx: &dyn Reader,
        (access, all): (&Access, &[Prescription]),
        id: PrescriptionId,
        (base, content): (&Content, &Content),
    ) -> Result<Vec<Override>> {
        let is_there = |line: &Line| content.lines.iter().any(|other| other.has_id(line.id));
        if base.overrides.is_empty() || base.lines.iter().all(is_there) {
            return Ok(base.overrides.clone());
        }
        let report = self.look_as_written(tx, (access, all), (id, content))?;
        let is_found = |given: &&Override| report.findings.iter().any(|found| found.id == given.finding);
        Ok(base.overrides.iter().filter(is_found).cloned().collect())
    }

    /// Checks a content that was written before.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn look_as_written(
        &self,
        tx: &dyn Reader,
        (access, all): (&Access, &[Prescription]),
        (id, content): (PrescriptionId, &Content),
    ) -> Result<SafetyReport> {
        let (rules, new) = (self.rules.rules(tx)?, NewLine::of_written(&content.lines));
        let question = Question {
            rules: &rules,
            access: Some(access),
            zone: self.zone,
            all,
            plan: Some(id),
            beside: &[],
            new: &new,
            silent: &self.silent,
            unshared_most: self.unshared_most,
        };
        check_lines(tx, question)
    }

    /// Checks what a patient confirms, in the eyes of whoever signed it: facts may have changed since.
    ///
    /// # Errors
    /// The conflict `safety_changed_since_signed`, for whoever is no patient `safety_changed_since_paused`, when something grave
    /// has no answer.
    pub(super) fn look_again(
        &self,
        tx: &dyn Reader,
        (access, row): (&Access, &Prescription),
        content: &Content,
    ) -> Result<SafetyReport> {
        let all = tables::list(tx, &access.of_server())?;
        let report = self.look_as_written(tx, (access, &all), (row.id, content))?;
        let today = tx.now().day_in(self.zone);
        let open = unanswered(&all, (row.id, content), (&report, Tier::Stop), today);
        if open.is_empty() {
            return Ok(report);
        }
        if access.is_own() {
            return Err(Error::conflict("safety_changed_since_signed"));
        }
        let found: Vec<&str> = open.iter().map(|finding| finding.id.as_str()).collect();
        Err(Error::conflict("safety_changed_since_paused").with("findings", found.join(", ")))
    }

    /// Counts what was said to a doctor who signed. What patients write down themselves is not counted: a rule and a
    /// name beside it would tell of their health.
    pub(super) fn count(
        &self,
        tx: &mut WriteTx<'_>,
        author: &Author,
        (overrides, report): (&[Override], &SafetyReport),
    ) -> Result<()> {
        if author.role != Role::Doctor {
            return Ok(());
        }
        let by = author.id;
        let month = safety::tables::month_of(tx.now().day_in(self.zone));
        for finding in report.findings.iter().filter(|finding| finding.tier > Tier::Note) {
            let given = overrides.iter().find(|given| finding.is_covered_by(given));
            let reason = given.filter(|_| finding.tier == Tier::Stop).map(|given| given.code);
            safety::tables::count(tx, (&finding.rule, by, month), reason)?;
        }
        Ok(())
    }
}

/// A prescription that is signed as a whole.
#[derive(Clone, Copy)]
pub(super) struct Whole<'a> {
    pub(super) access: &'a Access,
    pub(super) row: &'a Prescription,
    pub(super) lines: &'a [Line],
    pub(super) given: &'a [Override],
}

/// The reasons that hold for what is found.
///
/// # Errors
/// A finding that needs a reason and has none, where it is signed now.
pub(super) fn settled(signed: Signed<'_>, report: &SafetyReport) -> Result<Vec<Override>> {
    // What a patient writes down they take already: that is told to whoever can help, and not forbidden.
    let is_told = |finding: &Finding| signed.access.is_own() && finding.is_for_prescriber();
    let is_asked = |finding: &&Finding| !(is_told(finding) || signed.standing.contains(&finding.id));
    let asked: Vec<Finding> = report.findings.iter().filter(is_asked).cloned().collect();
    let (before, given) = signed.overrides;
    settle_overrides(before, given, &asked, signed.terms, signed.prefix)
}

/// What a report says from `least` on and has no answer, neither in the prescription nor beside it.
pub(super) fn unanswered(
    all: &[Prescription],
    (id, content): (PrescriptionId, &Content),
    (report, least): (&SafetyReport, Tier),
    today: NaiveDate,
) -> Vec<Finding> {
    let given = content.overrides.iter().chain(overrides_beside(all, id, today));
    let is_answered = |finding: &Finding| {
        given.clone().any(|given| finding.is_covered_by(given) || finding.is_covered_unseen_by(given))
    };
    report.findings.iter().filter(|found| found.tier >= least && !is_answered(found)).cloned().collect()
}

/// Whether a content says anything that `base` does not. What takes lines out and nothing else is never held up.
fn writes_anew(base: &Content, content: &Content) -> bool {
    let (overrides, lines) = (base.overrides.clone(), base.lines.clone());
    let is_head_same = Content { overrides, lines, ..content.clone() } == *base;
    !is_head_same || content.lines.iter().any(|line| !base.lines.contains(line))
}

/// Whether a line is in `old` with the same medicine and the same doses for as long, so that signing it says nothing new.
pub(super) fn is_as_before(old: &[Line], line: &Line) -> bool {
    old.iter().any(|before| {
        before.id == line.id
            && before.is_of(line.medicine_id, &line.medicine_name)
            && before.unit == line.unit
            && same_doses(before, line)
            && before.length == line.length
    })
}
