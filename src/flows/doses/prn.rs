//! Medicine taken as needed: recorded when taken, with a warning before the prescribed limits are exceeded.

use chrono_tz::Tz;

use super::desk::{Desk, Hand, Opened, Recorded};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::Access;
use crate::domain::doses::model::{Dose, DoseParts, DoseStatus, Outcome, Source};
use crate::domain::doses::rules::{CLOCK_SKEW, LATE};
use crate::domain::doses::tables::{self as doses, Found};
use crate::domain::gate;
use crate::domain::prescriptions::model::{Amount, Line, Schedule};
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::tables as users;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::MedicationId;
use crate::platform::secret::Phi;
use crate::platform::store::{Reader, WriteTx};

/// Whether the person was warned that the intake exceeds what was prescribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrnGuard {
    /// Not warned yet: an intake beyond the limits is refused.
    Warn,
    /// Warned, and took it all the same.
    Confirmed,
}

/// An intake as needed.
#[derive(Debug, Clone)]
pub struct AsNeeded {
    /// The medication line.
    pub medication: MedicationId,
    /// When; now when left out.
    pub taken_at: Option<Timestamp>,
    /// How much; as prescribed when left out.
    pub amount: Option<Amount>,
    /// The actor's words.
    pub notes: Option<Phi<String>>,
    /// Whether the warning was heard.
    pub guard: PrnGuard,
}

/// Records a medicine that was taken as needed.
///
/// # Errors
/// `medication_not_found` for whoever may not know of it; `not_as_needed`, `prescription_not_active`,
/// `prn_limit` when it exceeds the most in 24 hours or comes too soon, unless confirmed; `takenAt` in the future
/// or more than 24 hours ago.
pub async fn record_as_needed(context: &Context, caller: &Caller, intake: AsNeeded) -> Result<Recorded> {
    let desk = Desk::of(context, caller);
    gate::write(context, caller, "dose.record_as_needed", move |tx| {
        desk.caller.active()?;
        let (patient, prescription) = prescriptions::prescription_of(tx, intake.medication)?;
        let hidden = |error: Error| match error.kind() {
            Kind::NotFound => Error::not_found("medication_not_found"),
            _ => error,
        };
        let access = desk.enter(tx, patient, Hand::PatientOrFamily).map_err(hidden)?;
        let prescription = prescriptions::get(tx, &access, prescription).map_err(hidden)?;
        let line = prescription.content.lines.iter().find(|line| line.id == intake.medication);
        let line = line.ok_or_else(|| Error::not_found("medication_not_found"))?;
        if prescription.status != Status::Active {
            return Err(Error::conflict("prescription_not_active"));
        }
        let patient = users::require(tx, patient)?;
        let number = patient.patient_number.ok_or_else(|| Error::internal("a patient without number"))?;
        let taken_at = intake.taken_at.unwrap_or_else(|| tx.now());
        check_time(taken_at, tx.now())?;
        let Schedule::AsNeeded { amount, .. } = line.schedule else {
            return Err(Error::conflict("not_as_needed"));
        };
        let id = DoseParts { scheduled: taken_at, line: line.number, patient: number }.id()?;
        let date = taken_at.day_in(desk.zone);
        let day = doses::day(tx, &access, date)?;
        let dose = Dose {
            id,
            prescription: prescription.id,
            version: prescription.version,
            amount: intake.amount.unwrap_or(amount),
            slot: None,
            as_needed: true,
            status: DoseStatus::TakenOnTime,
            outcomes: vec![outcome(&desk, &intake, taken_at, tx.now())],
            snoozes: 0,
            snoozed_until: None,
            reminders: Vec::new(),
            reminder_message: None,
            reminders_ended: false,
        };
        if let Some(known) = day.find(id).cloned() {
            // The same intake sent twice.
            tx.trail().found_done();
            let opened = Opened { access, patient, found: Found { date, day, dose: known } };
            return desk.answer(tx, &opened);
        }
        if intake.guard == PrnGuard::Warn {
            guard(tx, &access, line, taken_at, desk.zone)?;
        }
        let mut opened = Opened { access, patient, found: Found { date, day, dose: dose.clone() } };
        note(tx, &opened, &intake);
        Desk::replace(tx, &opened.access, &mut opened.found, dose)?;
        desk.follow_up(tx, &opened.access, &opened.patient)?;
        desk.answer(tx, &opened)
    })
    .await
}

fn check_time(taken_at: Timestamp, now: Timestamp) -> Result<()> {
    if taken_at > now.plus(CLOCK_SKEW) {
        return Err(Error::invalid("takenAt", "taken_at_in_future"));
    }
    if taken_at < now.minus(LATE) {
        return Err(Error::conflict("dose_window_closed"));
    }
    Ok(())
}

fn outcome(desk: &Desk, intake: &AsNeeded, taken_at: Timestamp, now: Timestamp) -> Outcome {
    Outcome {
        status: DoseStatus::TakenOnTime,
        at: taken_at,
        recorded_at: now,
        by: desk.actor(),
        source: Source::Direct,
        skip_reason: None,
        notes: intake.notes.clone(),
        client_id: None,
    }
}

fn note(tx: &WriteTx<'_>, opened: &Opened, intake: &AsNeeded) {
    Desk::name(tx, opened);
    tx.trail().change = Some(serde_json::json!({
        "takenAt": opened.found.dose.taken_at(),
        "confirmed": intake.guard == PrnGuard::Confirmed,
    }));
}

/// Refuses an intake that exceeds the most in any 24 hours around it, or that lies too near to another.
fn guard(tx: &dyn Reader, access: &Access, line: &Line, taken_at: Timestamp, zone: Tz) -> Result<()> {
    let Schedule::AsNeeded { max_per_24h, min_interval_hours, .. } = line.schedule else { return Ok(()) };
    let mut near: Vec<Timestamp> = Vec::new();
    let (from, to) = (taken_at.minus(Span::days(4)), taken_at.plus(Span::days(1)));
    for (_, day) in doses::days(tx, access, from.day_in(zone), to.day_in(zone))? {
        let of_line = |dose: &&Dose| dose.line() == line.number && dose.status.is_taken();
        near.extend(day.doses.iter().filter(of_line).filter_map(Dose::taken_at));
    }
    if let Some(hours) = min_interval_hours {
        let interval = Span::hours(i64::from(hours)).as_milliseconds();
        let too_near = near.iter().find(|other| taken_at.since(**other).as_milliseconds().abs() < interval);
        if let Some(other) = too_near {
            return Err(Error::conflict("prn_limit")
                .with("limit", format!("{hours} h"))
                .with("last", other.local(zone).format("%H:%M")));
        }
    }
    if let Some(most) = max_per_24h {
        near.push(taken_at);
        near.sort();
        let day = Span::hours(24).as_milliseconds();
        let most_allowed = usize::try_from(most).unwrap_or(usize::MAX);
        let is_crowded = |(place, start): (usize, &Timestamp)| {
            near.iter().skip(place).take_while(|at| at.since(*start).as_milliseconds() < day).count()
                > most_allowed
        };
        if near.iter().enumerate().any(is_crowded) {
            let last = near.iter().filter(|at| **at != taken_at).max().copied().unwrap_or(taken_at);
            return Err(Error::conflict("prn_limit")
                .with("limit", format!("{most} / 24 h"))
                .with("last", last.local(zone).format("%H:%M")));
        }
    }
    Ok(())
}
