//! What is done with prescriptions: written, changed, confirmed, paused, stopped. Each function here is one
//! transaction: access, rules, versions, doses, audit, notification and cache together or not at all.

mod anew;
mod batch;
mod change;
mod decide;
mod editing;
mod first_doses;
mod ground;
mod lines;
mod partners;
mod restored;
mod scribe;
mod signing;
mod standing;
mod telling;
mod watch;

use std::sync::Arc;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub(in crate::flows) use anew::{Anew, Replayed, replayed};
pub use batch::{
    BatchDone, BatchMode, BatchRequest, BatchResult, PATIENTS_MAX, PatientOverrides, Refusal, find_batch,
    undo_batch, write_batch,
};
pub use change::{ChangeRequest, IssueRequest, Pace, change, change_medication, issue};
pub use decide::{Turned, confirm, discard, pause, reject, resume, retake, stop};
pub use editing::Edit;
pub(in crate::flows) use restored::tell_of_rules;
pub use scribe::Start;

use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::gate;
use crate::domain::prescribable::find_medicine;
use crate::domain::prescriptions::draft::{
    ContentInput, MedicineChoice, Remark, parse_content, parse_reason,
};
use crate::domain::prescriptions::finding::SafetyReport;
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::state::{Event, Step, step};
use crate::domain::prescriptions::tables;
use crate::domain::users::model::Role;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, FieldErrors, Result};
use crate::platform::ids::UserId;
use crate::platform::jobs::{Every, Job, Jobs};
use crate::platform::store::Reader;
use scribe::Order;
pub(in crate::flows) use signing::Signing;
pub use signing::read_rules;

/// Running prescriptions whose end was reached, completed in one run of the job.
const COMPLETED_AT_ONCE: usize = 500;

/// A prescription to be written.
#[derive(Debug, Clone)]
pub struct NewPrescription {
    /// For whom.
    pub patient: UserId,
    /// What.
    pub content: ContentInput,
    /// How it begins.
    pub start: Start,
    /// Whether it is urgent.
    pub urgent: Urgency,
}

/// Whether a new prescription is urgent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Urgency {
    /// It is not.
    Ordinary,
    /// It is, for this reason, which must be there.
    Urgent(Option<String>),
    /// It is not said to be, and yet there is a reason.
    ReasonAlone,
}

/// A prescription that was written, with what its author is told about it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Written {
    /// As it stands.
    pub prescription: Prescription,
    /// How words were understood, and first doses that come unusually soon or late.
    pub remarks: Vec<Remark>,
    /// What the safety check said.
    #[serde(default)]
    pub safety: SafetyReport,
}

impl NewPrescription {
    /// Checks all fields, for an author of this role.
    fn order(&self, tx: &dyn Reader, author: Role, zone: Tz, prefix: &str) -> Result<Order> {
        let mut errors = FieldErrors::new();
        let mut wanted = self.content.clone();
        // Nothing exists yet that a line could stand for.
        wanted.lines.iter_mut().flatten().for_each(|line| line.id = None);
        let find = |id, choice: &MedicineChoice| find_medicine(tx, author, &[], id, choice);
        let content = errors.take(parse_content(&wanted, prefix, tx.now().day_in(zone), &find))?;
        if content.as_ref().is_some_and(|content| content.lines.is_none()) {
            errors.add(format!("{prefix}medications"), "required");
        }
        let urgent_reason = match &self.urgent {
            Urgency::Ordinary => None,
            Urgency::Urgent(reason) => {
                errors.take(parse_reason(&format!("{prefix}urgentReason"), reason.as_deref()))?
            }
            Urgency::ReasonAlone => {
                let error = FieldError::new(format!("{prefix}urgentReason"), "contradicts");
                errors.push(error.with("other", "isUrgent"));
                None
            }
        };
        errors.finish()?;
        let content = content.ok_or_else(|| Error::internal("a checked prescription without content"))?;
        let prefix = prefix.to_owned();
        Ok(Order { patient: self.patient, content, start: self.start, urgent_reason, batch: None, prefix })
    }
}

/// A doctor prescribes. Without an end the treatment is ongoing. The answer comes after everything is durable:
/// the prescription with its first version, its doses, the audit record and the patient's notification.
///
/// # Errors
/// `role_not_allowed`, `account_not_active`; as `access::check`; every bad field, an unknown medicine and a finding
/// that needs a reason included.
pub async fn create(context: &Context, caller: &Caller, new: NewPrescription) -> Result<Written> {
    let (by, zone, signing) = (caller.clone(), context.zone(), Signing::of(context));
    gate::write(context, caller, "prescription.create", move |tx| {
        by.with_role(Role::Doctor)?;
        let order = new.order(tx, Role::Doctor, zone, "")?;
        let access = access::check(tx, &by, order.patient, Scope::Prescriptions, Mode::Write)?;
        let all = tables::list(tx, &access.of_server())?;
        let (prescription, safety) = scribe::create(tx, &by, (&access, &all), &order, &signing)?;
        Ok(Written {
            remarks: told(tx, (&by, &access, &all), &prescription, &order, zone)?,
            prescription,
            safety,
        })
    })
    .await
}

/// A patient writes down what they take. The medicine may be given by name. Their plan limits how much.
///
/// # Errors
/// `role_not_allowed`; every bad field; `plan_limit_reached`.
pub async fn create_own(context: &Context, caller: &Caller, mut new: NewPrescription) -> Result<Written> {
    let (by, zone, signing) = (caller.clone(), context.zone(), Signing::of(context));
    let limits = context.settings.plans;
    if let Ok(own) = caller.user_id() {
        if !new.patient.0.is_nil() && new.patient != own {
            return Err(Error::invalid("patientId", "own_prescription_of_another"));
        }
        new.patient = own;
    }
    gate::write(context, caller, "prescription.create_own", move |tx| {
        by.with_role(Role::Patient)?;
        let order = new.order(tx, Role::Patient, zone, "")?;
        let access = access::check(tx, &by, order.patient, Scope::Prescriptions, Mode::Write)?;
        let all = tables::list(tx, &access.of_server())?;
        let (prescription, safety) = scribe::create(tx, &by, (&access, &all), &order, &signing)?;
        scribe::check_limits(tx, &access, &limits, zone)?;
        let safety = safety.for_patient();
        Ok(Written {
            remarks: told(tx, (&by, &access, &all), &prescription, &order, zone)?,
            prescription,
            safety,
        })
    })
    .await
}

/// What the author is told beside findings: how words were understood, and first doses that come unusually soon or late.
fn told(
    tx: &dyn Reader,
    (by, access, all): (&Caller, &Access, &[Prescription]),
    written: &Prescription,
    order: &Order,
    zone: Tz,
) -> Result<Vec<Remark>> {
    // The short form is one line whose fields stand by themselves.
    let mut remarks = order.content.remarks();
    let is_one = order.content.lines.iter().flatten().any(|line| line.prefix.is_empty());
    let later = first_doses::after_others(tx, (by, access, all), written, zone)?;
    remarks.extend(later.into_iter().map(|told| told.remark(is_one)));
    Ok(remarks)
}

/// Completes prescriptions whose last day is over.
#[derive(Debug, Serialize, Deserialize)]
pub struct CompleteEnded {}

impl Job for CompleteEnded {
    const NAME: &'static str = "complete-prescriptions";
    const QUEUE: &'static str = "upkeep";
    const WAITS_FOR_CLOCK: bool = true;
}

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.register::<CompleteEnded, _, _>(complete_ended);
    jobs.recurring("complete-prescriptions", Every::hours(1), CompleteEnded {});
    restored::register(jobs);
}

async fn complete_ended(context: Arc<Context>, _: CompleteEnded) -> Result<()> {
    let caller = Caller::system("complete-prescriptions");
    let zone = context.zone();
    let ended = gate::read(&context, &caller, "prescription.complete", |tx| {
        tables::ended_before(tx, tx.now().day_in(zone), COMPLETED_AT_ONCE)
    })
    .await?;
    for (patient, id) in ended {
        let by = caller.clone();
        gate::write(&context, &caller, "prescription.complete", move |tx| {
            let access = access::check(tx, &by, patient, Scope::Prescriptions, Mode::Write)?;
            let mut row = tables::get(tx, &access, id)?;
            let over = row.content.end().is_some_and(|end| end < tx.now().day_in(zone));
            match step(row.status, Event::Complete) {
                Some(Step::To(status)) if over => {
                    scribe::lead_to(tx, &access, &mut row, status, zone)?;
                    scribe::note(tx, &row, None);
                }
                _ => tx.trail().found_done(),
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}
