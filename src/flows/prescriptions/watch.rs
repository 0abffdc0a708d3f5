//! Facts change while prescriptions run: an allergy is found, a kidney fails, somebody becomes pregnant. What was safe when
//! it was signed may not be safe any more, and whoever can answer for it is told.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::signing::{Signing, unanswered};
use crate::domain::care::carers_of;
use crate::domain::connections::access::Access;
use crate::domain::connections::model::{ConnectionKind, Scope};
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::prescriptions::finding::{Finding, FoundMedicine, SafetyReport};
use crate::domain::prescriptions::model::{Line, Tier};
use crate::domain::prescriptions::record::{Content, Prescription};
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables;
use crate::domain::users;
use crate::platform::error::Result;
use crate::platform::ids::{MedicationId, PrescriptionId, UserId};
use crate::platform::store::{Reader, WriteTx};

/// A prescription with what stops it or warns of it and has no answer. A warning may be as grave as what stops: many rules stop
/// only once a reviewer stands for them.
pub(in crate::flows) struct Unanswered {
    row: Prescription,
    findings: Vec<Finding>,
}

impl Signing {
    /// What stops a patient's prescriptions that run, are paused or wait for the patient, or warns of them, and has no answer.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(in crate::flows) fn unanswered(&self, tx: &dyn Reader, access: &Access) -> Result<Vec<Unanswered>> {
        let server = access.of_server();
        let today = tx.now().day_in(self.zone());
        let all = tables::list(tx, &server)?;
        let mut open = Vec::new();
        for row in &all {
            if !holds_on(row, today) {
                continue;
            }
            let report = self.look_as_written(tx, (&server, &all), (row.id, &row.content))?;
            let findings = unanswered(&all, (row.id, &row.content), (&report, Tier::Warn), today);
            if !findings.is_empty() {
                open.push(Unanswered { row: row.clone(), findings });
            }
        }
        Ok(open)
    }

    /// What stops a content and has no answer, beside what `said` holds: it has arisen since the content was signed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn arisen(
        &self,
        tx: &dyn Reader,
        (access, all): (&Access, &[Prescription]),
        (id, content): (PrescriptionId, &Content),
        said: &SafetyReport,
    ) -> Result<Vec<Finding>> {
        let today = tx.now().day_in(self.zone());
        let report = self.look_as_written(tx, (access, all), (id, content))?;
        let open = unanswered(all, (id, content), (&report, Tier::Stop), today);
        let is_new = |finding: &Finding| !said.findings.iter().any(|known| known.id == finding.id);
        Ok(open.into_iter().filter(is_new).map(|finding| of_written(finding, &content.lines)).collect())
    }

    /// What has arisen of a patient's other prescriptions that the prescriber may see: it is shown, and whoever signs this one
    /// need not answer for it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn arisen_elsewhere(
        &self,
        tx: &dyn Reader,
        access: &Access,
        (id, said): (PrescriptionId, &SafetyReport),
    ) -> Result<Vec<Finding>> {
        let today = tx.now().day_in(self.zone());
        let all = tables::list(tx, &access.of_server())?;
        let mut found = Vec::new();
        for row in all.iter().filter(|row| row.id != id && access.covers(row.id)) {
            if holds_on(row, today) {
                found.extend(self.arisen(tx, (access, &all), (row.id, &row.content), said)?);
            }
        }
        Ok(found)
    }

    /// Tells of what stops or warns now, has no answer, and was not so `before`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(in crate::flows) fn tell_what_arose(
        &self,
        tx: &mut WriteTx<'_>,
        access: &Access,
        before: &[Unanswered],
    ) -> Result<()> {
        for arisen in beyond(self.unanswered(tx, access)?, before) {
            tell(tx, &arisen.row, Because::Fact)?;
        }
        Ok(())
    }

    /// What these rules find in a patient's prescriptions that has no answer, and of which nobody was told when they last
    /// began to speak again.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn arisen_by_rules(
        &self,
        tx: &dyn Reader,
        access: &Access,
        rules: &BTreeSet<String>,
    ) -> Result<Vec<Unanswered>> {
        let before = self.without(rules).unanswered(tx, access)?;
        let mut arisen = beyond(self.unanswered(tx, access)?, &before);
        for one in &mut arisen {
            one.findings.retain(|finding| !one.row.told_of.contains(&finding.rule));
        }
        arisen.retain(|one| !one.findings.is_empty());
        Ok(arisen)
    }

    /// Tells of what these rules find, and notes it with the prescription.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn tell_of_rules(
        &self,
        tx: &mut WriteTx<'_>,
        access: &Access,
        rules: &BTreeSet<String>,
    ) -> Result<()> {
        for Unanswered { mut row, findings } in self.arisen_by_rules(tx, access, rules)? {
            tell(tx, &row, Because::Rule)?;
            row.told_of.extend(findings.into_iter().map(|finding| finding.rule));
            tables::save(tx, access, &row)?;
        }
        Ok(())
    }
}

/// What of `now` was not so before, or rests on other numbers.
fn beyond(now: Vec<Unanswered>, before: &[Unanswered]) -> Vec<Unanswered> {
    let is_known = |row: &Prescription, finding: &Finding| {
        let of_row = before.iter().filter(|known| known.row.id == row.id);
        let mut known = of_row.flat_map(|known| &known.findings);
        known.any(|one| one.id == finding.id && one.tier >= finding.tier && one.weighed == finding.weighed)
    };
    let open = now.into_iter().map(|Unanswered { row, mut findings }| {
        findings.retain(|finding| !is_known(&row, finding));
        Unanswered { row, findings }
    });
    open.filter(|one| !one.findings.is_empty()).collect()
}

/// Whether a prescription runs, is paused or waits for the patient.
fn holds_on(row: &Prescription, today: NaiveDate) -> bool {
    matches!(row.status_on(today), Status::Active | Status::Paused | Status::PendingConfirmation)
}

/// A finding of lines that are in no request: it names them by their ids.
fn of_written(finding: Finding, lines: &[Line]) -> Finding {
    let medicines = finding.medicines.into_iter().map(|medicine| {
        let line = medicine.place.and_then(|place| lines.get(place)).map(|line| line.id);
        FoundMedicine { line: line.or(medicine.line), place: None, ..medicine }
    });
    Finding { medicines: medicines.collect(), ..finding }
}

/// Tells whoever can help of what a patient wrote down themselves and should not take: it is not forbidden, because they
/// take it already.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn tell_of_own(
    tx: &mut WriteTx<'_>,
    access: &Access,
    (row, report): (&Prescription, &SafetyReport),
) -> Result<()> {
    let is_own = row.author.id == row.patient && row.status != Status::Draft;
    let grave: Vec<&Finding> = report.findings.iter().filter(|found| found.is_for_prescriber()).collect();
    if !is_own || grave.is_empty() {
        return Ok(());
    }
    if !doctors_of(tx, row)?.is_empty() {
        return tell(tx, row, Because::Fact);
    }
    // A doctor who may see what it does not go with is asked to look at that, and is told nothing of this one.
    let mut is_told = false;
    for other in concerned(tx, access, (row, &grave))? {
        if !doctors_of(tx, &other)?.is_empty() {
            tell(tx, &other, Because::Fact)?;
            is_told = true;
        }
    }
    if is_told { Ok(()) } else { send(tx, row, row.patient, "safety_nobody_told", Params::new()) }
}

/// The other prescriptions of the patient whose lines findings name.
fn concerned(
    tx: &dyn Reader,
    access: &Access,
    (row, findings): (&Prescription, &[&Finding]),
) -> Result<Vec<Prescription>> {
    let named: BTreeSet<MedicationId> =
        findings.iter().flat_map(|found| &found.medicines).filter_map(|medicine| medicine.line).collect();
    let mut ids = BTreeSet::new();
    for line in named {
        let (patient, id) = tables::prescription_of(tx, line)?;
        if patient == row.patient && id != row.id {
            ids.insert(id);
        }
    }
    let server = access.of_server();
    ids.into_iter().map(|id| tables::get(tx, &server, id)).collect()
}

/// What has changed since a prescription was signed.
#[derive(Clone, Copy)]
enum Because {
    /// The record, or what is used beside it.
    Fact,
    /// A rule that was silent speaks again.
    Rule,
}

/// The author if they may still see it, else every doctor who may, else the patient.
fn tell(tx: &mut WriteTx<'_>, row: &Prescription, because: Because) -> Result<()> {
    let (for_doctor, for_patient) = match because {
        Because::Fact => ("safety", "safety_patient"),
        Because::Rule => ("safety_rule", "safety_rule_patient"),
    };
    let doctors = doctors_of(tx, row)?;
    let name = users::tables::require(tx, row.patient)?.full_name.into_inner();
    let told: Vec<UserId> = match doctors.iter().find(|doctor| **doctor == row.author.id) {
        Some(author) => vec![*author],
        None => doctors,
    };
    for doctor in &told {
        send(tx, row, *doctor, for_doctor, Params::new().text("name", name.clone()))?;
    }
    if told.is_empty() {
        send(tx, row, row.patient, for_patient, Params::new())?;
    }
    Ok(())
}

fn doctors_of(tx: &dyn Reader, row: &Prescription) -> Result<Vec<UserId>> {
    let now = tx.rights_now();
    let carers = carers_of(tx, row.patient)?.into_iter().filter(|one| {
        one.kind == ConnectionKind::Doctor && one.shares_prescription(row.id, Scope::Prescriptions, now)
    });
    Ok(carers.map(|connection| connection.carer).collect())
}

fn send(
    tx: &mut WriteTx<'_>,
    row: &Prescription,
    to: UserId,
    variant: &'static str,
    params: Params,
) -> Result<()> {
    let (kind, urgency) = (NotificationType::PrescriptionUpdate, Urgency::Warning);
    let resource = Some(("prescription", row.id.to_string()));
    notify(tx, Notice { to, kind, variant, urgency, params, patient: Some(row.patient), resource }).map(drop)
}
