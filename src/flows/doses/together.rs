//! All medicines of a pill group marked as taken, in one transaction, with an answer for each.
//!
//! Each is judged as if it had been marked alone. One that cannot be recorded keeps no other back. What is recorded already
//! stays as it is: one that was left out on purpose is not turned into an intake by a mark for all, and a mark for all corrects
//! no time. Which dose is meant is never guessed: it is the one of the named day, or of the day of the intake.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::desk::{Desk, Hand, Opened, Recorded};
use super::recording::{MarkTaken, taken};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::Access;
use crate::domain::doses::model::{Dose, DoseStatus};
use crate::domain::doses::rules::OwnTime;
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::domain::pill_groups::model::{Member, PillGroup};
use crate::domain::pill_groups::tables as groups;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::tables as users;
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::i18n;
use crate::platform::ids::{DoseId, MedicationId, PillGroupId};
use crate::platform::store::{Reader as _, WriteTx};

/// All medicines of a group were taken.
#[derive(Debug, Clone)]
pub struct GroupTaken {
    /// As for a single dose.
    pub taken: MarkTaken,
    /// Of which day of the clinic's calendar; that of the intake when left out.
    pub date: Option<NaiveDate>,
}

/// What became of one medicine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// The intake is recorded.
    Recorded,
    /// It was recorded as taken before; that stays.
    Unchanged,
    /// It cannot be recorded with the others.
    Refused,
    /// The day has no dose of it.
    NoDose,
}

/// The answer for one medicine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarkedMedicine {
    /// The medicine line.
    pub medication: MedicationId,
    /// What became of it.
    pub outcome: Outcome,
    /// The code of why nothing was recorded.
    pub reason: Option<String>,
    /// The same in the caller's language.
    pub message: Option<String>,
    /// The dose as it is now with what a single mark answers.
    pub recorded: Option<Recorded>,
}

/// What became of all of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarkedTogether {
    /// The group.
    pub group: PillGroupId,
    /// The day whose doses were marked.
    pub date: NaiveDate,
    /// One answer for each medicine that is shared with who asks, in the group's order.
    pub medicines: Vec<MarkedMedicine>,
}

/// Marks every medicine of a group as taken: for the patient, and family they let.
///
/// # Errors
/// `pill_group_not_found` for whoever may not know of it; `pill_group_inactive`; `pill_group_empty`; those of the access check.
/// What hinders a single medicine is its answer.
pub async fn mark_group_taken(
    context: &Context,
    caller: &Caller,
    id: PillGroupId,
    request: GroupTaken,
) -> Result<MarkedTogether> {
    let desk = Desk::of(context, caller);
    gate::write(context, caller, "pill_group.mark_taken", move |tx| {
        desk.caller.active()?;
        let patient = groups::patient_of(tx, id)?;
        let access = desk.enter(tx, patient, Hand::PatientOrFamily).map_err(hidden)?;
        let group = groups::get(tx, &access, id)?;
        name(tx, &group);
        if !group.is_active {
            return Err(Error::conflict("pill_group_inactive"));
        }
        let members: Vec<Member> =
            group.members.iter().filter(|member| access.covers(member.prescription)).copied().collect();
        if members.is_empty() {
            return Err(Error::conflict("pill_group_empty"));
        }
        let at = OwnTime::of(request.taken.taken_at, request.taken.sent_at, tx.now()).at;
        let date = request.date.unwrap_or_else(|| at.day_in(desk.zone));
        let settled = members
            .iter()
            .map(|member| settle(&desk, tx, &access, member, date, &request.taken))
            .collect::<Result<Vec<_>>>()?;
        finish(&desk, tx, &access, &settled)?;
        let medicines =
            settled.into_iter().map(|one| answer(&desk, tx, &access, one)).collect::<Result<_>>()?;
        Ok(MarkedTogether { group: id, date, medicines })
    })
    .await
}

fn hidden(error: Error) -> Error {
    if error.kind() == Kind::NotFound { Error::not_found("pill_group_not_found") } else { error }
}

fn name(tx: &WriteTx<'_>, group: &PillGroup) {
    let mut trail = tx.trail();
    trail.resource = Some(("pill_group", group.id.to_string()));
    trail.patient = Some(group.patient.into());
}

/// What became of one medicine, before the figures of all are counted.
struct Settled {
    medication: MedicationId,
    outcome: Outcome,
    refusal: Option<Error>,
    dose: Option<DoseId>,
}

/// Records the intake of one medicine, if it can be.
fn settle(
    desk: &Desk,
    tx: &mut WriteTx<'_>,
    access: &Access,
    member: &Member,
    date: NaiveDate,
    request: &MarkTaken,
) -> Result<Settled> {
    let settled = |outcome, refusal, dose| Settled { medication: member.medication, outcome, refusal, dose };
    let Some(dose) = dose_of(tx, access, member, date)? else {
        let row = prescriptions::get(tx, access, member.prescription)?;
        let is_paused = row.status_on(tx.now().day_in(desk.zone)) == Status::Paused;
        let code = if is_paused { "group_medicine_paused" } else { "group_medicine_without_dose" };
        return Ok(settled(Outcome::NoDose, Some(Error::conflict(code)), None));
    };
    match dose.status {
        DoseStatus::TakenOnTime | DoseStatus::TakenLate => {
            return Ok(settled(Outcome::Unchanged, None, Some(dose.id)));
        }
        DoseStatus::Skipped => {
            let refusal = Error::conflict("dose_left_out_on_purpose");
            return Ok(settled(Outcome::Refused, Some(refusal), Some(dose.id)));
        }
        DoseStatus::Due | DoseStatus::Missed | DoseStatus::Cancelled => {}
    }
    let mut opened = open(desk, tx, access, dose.id)?;
    match taken(desk, tx, &opened, request) {
        Ok(Some(changed)) => {
            Desk::replace(tx, &mut opened, changed)?;
            Ok(settled(Outcome::Recorded, None, Some(dose.id)))
        }
        Ok(None) => Ok(settled(Outcome::Unchanged, None, Some(dose.id))),
        // Faults of ours must not look like a refusal: all is tried again.
        Err(error) if error.kind().is_of_server() => Err(error),
        Err(error) => Ok(settled(Outcome::Refused, Some(error), Some(dose.id))),
    }
}

/// The dose of a member on a day: one that is open before one that is recorded, and none that was cancelled.
fn dose_of(tx: &WriteTx<'_>, access: &Access, member: &Member, date: NaiveDate) -> Result<Option<Dose>> {
    let is_of_member = |dose: &&Dose| {
        dose.line() == member.line
            && dose.slot == Some(member.slot)
            && !dose.as_needed
            && dose.status != DoseStatus::Cancelled
    };
    let day = doses::day(tx, access, date)?;
    let is_open = |dose: &Dose| matches!(dose.status, DoseStatus::Due | DoseStatus::Missed);
    let mut of_member = day.doses.iter().filter(is_of_member);
    let open = of_member.clone().find(|dose| is_open(dose));
    Ok(open.or_else(|| of_member.next()).cloned())
}

fn open(desk: &Desk, tx: &WriteTx<'_>, access: &Access, dose: DoseId) -> Result<Opened> {
    let found = doses::require(tx, access, dose, desk.zone)?;
    let patient = users::require(tx, access.patient())?;
    Ok(Opened { access: access.clone(), patient, found, has_moved: false })
}

/// What follows from all of them together: the audit, what is overdue meanwhile, and praise.
fn finish(desk: &Desk, tx: &mut WriteTx<'_>, access: &Access, settled: &[Settled]) -> Result<()> {
    let recorded: Vec<DoseId> =
        settled.iter().filter(|one| one.outcome == Outcome::Recorded).filter_map(|one| one.dose).collect();
    let marked = |one: &Settled| {
        let reason = one.refusal.as_ref().map(Error::code);
        serde_json::json!({
            "medication": one.medication,
            "dose": one.dose,
            "outcome": one.outcome,
            "reason": reason,
        })
    };
    let marked: Vec<serde_json::Value> = settled.iter().map(marked).collect();
    if recorded.is_empty() {
        tx.trail().found_done();
        return Ok(());
    }
    tx.trail().change = Some(serde_json::json!({ "marked": marked }));
    let patient = users::require(tx, access.patient())?;
    desk.follow_up(tx, access, &patient)?;
    for dose in recorded {
        let opened = open(desk, tx, access, dose)?;
        desk.praise(tx, &opened)?;
    }
    Ok(())
}

/// The answer for one medicine, with figures that count all of them.
fn answer(desk: &Desk, tx: &WriteTx<'_>, access: &Access, settled: Settled) -> Result<MarkedMedicine> {
    let recorded = match settled.dose {
        Some(dose) => Some(desk.answer(tx, &open(desk, tx, access, dose)?)?),
        None => None,
    };
    let (code, message) = match &settled.refusal {
        None => (None, None),
        Some(error) => {
            let fault = error.fields().first();
            let (code, arguments) = fault
                .map_or_else(|| (error.code(), error.args()), |fault| (fault.code, fault.args.as_slice()));
            (Some(code.to_owned()), Some(i18n::text(desk.caller.language, code, arguments)))
        }
    };
    Ok(MarkedMedicine {
        medication: settled.medication,
        outcome: settled.outcome,
        reason: code,
        message,
        recorded,
    })
}
