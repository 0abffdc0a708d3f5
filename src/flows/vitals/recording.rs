//! Writing measurements down, and marking them as wrong.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ward::{Occasion, Ward, publish_alert};
use crate::domain::auth::model::{Actor, Caller};
use crate::domain::connections::access::{self, Access, Basis};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::rules::CLOCK_SKEW;
use crate::domain::events::model::{Audience, NewEvent};
use crate::domain::events::tables::publish;
use crate::domain::gate;
use crate::domain::users::model::Role;
use crate::domain::vitals::alert::{AlertState, Topic};
use crate::domain::vitals::model::{
    ALERTING_AGE, Breathing, CORRECTION_WINDOW, Consciousness, Severity, Vital, VitalContext, VitalSource,
    VitalType, Withdrawal,
};
use crate::domain::vitals::monitoring::Monitoring;
use crate::domain::vitals::observations::{TYPES, exclusion, gather};
use crate::domain::vitals::severity::{self, Part, target};
use crate::domain::vitals::tables::{self, ALERTS};
use crate::domain::vitals::trends::{RISING_READINGS, has_gained, is_rising};
use crate::domain::vitals::units::{Typed, reading};
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldErrors, Kind, Result};
use crate::platform::i18n;
use crate::platform::ids::{UserId, VitalId};
use crate::platform::secret::Phi;
use crate::platform::store::{Reader, WriteTx};

/// Weights looked back at for a gain: more than anybody takes in three days by hand.
const WEIGHTS_MAX: usize = 50;

/// A measurement to be written down.
#[derive(Debug, Clone)]
pub struct NewVital {
    /// Whose; the caller's own when left out.
    pub patient: Option<UserId>,
    /// What was typed.
    pub typed: Typed,
    /// In which circumstances.
    pub context: Option<VitalContext>,
    /// What the patient breathed.
    pub breathing: Option<Breathing>,
    /// How awake he was.
    pub consciousness: Option<Consciousness>,
    /// When it was measured; now when left out.
    pub measured_at: Option<Timestamp>,
    /// Where it comes from.
    pub source: VitalSource,
    /// The words of who records it.
    pub notes: Option<Phi<String>>,
}

/// A measurement that was written down.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recorded {
    /// The measurement.
    pub vital: Vital,
    /// What it means and what to do, in the caller's language.
    pub message: String,
}

/// Writes a measurement down, judges it, and opens the alerts that follow.
///
/// # Errors
/// The refusals of the access check; each bad field: an unknown unit, an implausible value, a circumstance that does
/// not fit, `measuredAt` in the future.
pub async fn record(context: &Context, caller: &Caller, new: NewVital) -> Result<Recorded> {
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "vital.record", move |tx| {
        let patient = new.patient.map_or_else(|| by.active(), Ok)?;
        let ward = Ward::enter(tx, &by, patient, zone)?;
        let monitoring = tables::monitoring(tx, &ward.access)?;
        let mut vital = accepted(tx, &by, &ward.access, &new)?;
        vital.severity = severity::judge(&vital.reading, vital.context, &monitoring);
        tables::save(tx, &ward.access, &vital)?;
        watch(tx, &ward, &monitoring, &mut vital)?;
        let data = json!({
            "vitalId": vital.id,
            "vitalType": vital.vital_type(),
            "severity": vital.severity,
            "alertId": vital.alert,
        });
        let audience = Audience::Record(Scope::Vitals);
        publish(tx, NewEvent { room: patient, audience, kind: "vital.recorded", data })?;
        let mut trail = tx.trail();
        trail.patient = Some(patient.into());
        trail.resource = Some(("vital", vital.id.to_string()));
        trail.change = Some(json!({ "vitalType": vital.vital_type(), "severity": vital.severity }));
        drop(trail);
        let message = advice(&by, vital.severity);
        Ok(Recorded { vital, message })
    })
    .await
}

/// The measurement that a request stands for.
fn accepted(tx: &mut WriteTx<'_>, by: &Caller, access: &Access, new: &NewVital) -> Result<Vital> {
    let now = tx.now();
    let measured_at = new.measured_at.unwrap_or(now);
    let mut errors = FieldErrors::new();
    let reading = errors.take(reading(&new.typed))?;
    if new.context.is_some_and(|context| !context.fits(new.typed.vital_type)) {
        errors.add("context", "vital_context_unfit");
    }
    if measured_at > now.plus(CLOCK_SKEW) {
        errors.add("measuredAt", "vital_measured_in_future");
    }
    errors.finish()?;
    let reading = reading.ok_or_else(|| Error::internal("a reading was refused without a reason"))?;
    Ok(Vital {
        id: tx.new_id()?,
        number: tables::next_number(tx, access)?,
        patient: access.patient(),
        reading,
        context: new.context,
        breathing: new.breathing,
        consciousness: new.consciousness,
        measured_at,
        recorded_at: now,
        recorded_by: person(by),
        source: new.source,
        notes: new.notes.clone(),
        severity: None,
        alert: None,
        withdrawn: None,
    })
}

fn person(caller: &Caller) -> Option<UserId> {
    match caller.actor {
        Actor::Person { id, .. } => Some(id),
        Actor::Anonymous | Actor::System(_) => None,
    }
}

/// Opens what alerts a new measurement calls for. One that is old, or that a newer one of its type has overtaken,
/// calls for none.
fn watch(tx: &mut WriteTx<'_>, ward: &Ward, monitoring: &Monitoring, vital: &mut Vital) -> Result<()> {
    let newest = tables::latest(tx, &ward.access)?.of(vital.vital_type()).map(|latest| latest.vital);
    if newest != Some(vital.id) || vital.measured_at < tx.now().minus(ALERTING_AGE) {
        return Ok(());
    }
    if let Some(severity) = vital.severity {
        let topic = Topic::Reading(vital.vital_type());
        if let Some(alert) = ward.raise(tx, Occasion::of(topic, severity, vital))? {
            vital.alert = Some(alert.id);
            tables::save(tx, &ward.access, vital)?;
        }
    }
    if let Some(topic) = trend(tx, ward, monitoring, vital.vital_type())? {
        ward.raise(tx, Occasion::of(topic, Severity::Medium, vital))?;
    }
    score(tx, ward, monitoring, vital)
}

/// What the newest measurements of a type show together.
fn trend(
    tx: &dyn Reader,
    ward: &Ward,
    monitoring: &Monitoring,
    vital_type: VitalType,
) -> Result<Option<Topic>> {
    match vital_type {
        VitalType::BloodPressure => {
            let Some(max) = target(vital_type, Part::Value, monitoring).max else { return Ok(None) };
            let newest = tables::newest(tx, &ward.access, vital_type, RISING_READINGS)?;
            Ok(is_rising(&newest, max).then_some(Topic::RisingBloodPressure))
        }
        VitalType::Weight => {
            let newest = tables::newest(tx, &ward.access, vital_type, WEIGHTS_MAX)?;
            Ok(has_gained(&newest).then_some(Topic::WeightGain))
        }
        _ => Ok(None),
    }
}

/// Keeps the early warning score that a measurement completes, and opens its alert.
fn score(tx: &mut WriteTx<'_>, ward: &Ward, monitoring: &Monitoring, vital: &Vital) -> Result<()> {
    let today = tx.now().day_in(ward.zone);
    if !TYPES.contains(&vital.vital_type())
        || exclusion(ward.patient.date_of_birth, today, monitoring).is_some()
    {
        return Ok(());
    }
    let Some(observations) = gather(tx, &ward.access, monitoring)? else { return Ok(()) };
    // A backdated value may complete nothing: it must be among those that count together.
    if !observations.vitals.iter().any(|counted| counted.id == vital.id) {
        return Ok(());
    }
    let Some(score) = observations.complete() else { return Ok(()) };
    tables::save_score(tx, &ward.access, vital.id, &score)?;
    if let Some(severity) = score.parts.risk().and_then(|risk| risk.severity()) {
        let occasion = Occasion { score: Some(score), ..Occasion::of(Topic::News2, severity, vital) };
        ward.raise(tx, occasion)?;
    }
    Ok(())
}

fn advice(caller: &Caller, severity: Option<Severity>) -> String {
    let key = match severity {
        None => "vital_recorded.normal",
        Some(Severity::Low) => "vital_recorded.low",
        Some(Severity::Medium) => "vital_recorded.medium",
        Some(Severity::High) => "vital_recorded.high",
        Some(Severity::Critical) => "vital_recorded.critical",
    };
    i18n::text(caller.language, key, &[])
}

/// Marks a measurement as wrong. It is kept, but counts for nothing; an alert that rests on it stays for a doctor to
/// end.
///
/// # Errors
/// `vital_not_found` for whoever may not know of it; the refusals of the access check; `vital_not_yours` and
/// `vital_correction_closed` for others than its author within 24 hours or a doctor.
pub async fn withdraw(context: &Context, caller: &Caller, id: VitalId) -> Result<()> {
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "vital.withdraw", move |tx| {
        by.active()?;
        let patient = tables::patient_of(tx, id)?;
        let access = access::check(tx, &by, patient, Scope::Vitals, Mode::Write).map_err(|error| {
            if error.kind() == Kind::NotFound { Error::not_found("vital_not_found") } else { error }
        })?;
        let mut vital = tables::require(tx, &access, id)?;
        {
            let mut trail = tx.trail();
            trail.patient = Some(patient.into());
            trail.resource = Some(("vital", id.to_string()));
        }
        if vital.withdrawn.is_some() {
            tx.trail().found_done();
            return Ok(());
        }
        let now = tx.now();
        let is_doctor = by.role() == Some(Role::Doctor) && access.basis() != Basis::Own;
        if !is_doctor && vital.recorded_by != person(&by) {
            return Err(Error::forbidden("vital_not_yours"));
        }
        if !is_doctor && now > vital.recorded_at.plus(CORRECTION_WINDOW) {
            return Err(Error::conflict("vital_correction_closed"));
        }
        vital.withdrawn = Some(Withdrawal { by: person(&by), at: now });
        tables::save(tx, &access, &vital)?;
        tables::drop_scores(tx, &access, &vital)?;
        tx.trail().change = Some(json!({ "vitalType": vital.vital_type(), "enteredInError": true }));
        let ward = Ward { access, patient: crate::domain::users::tables::require(tx, patient)?, zone };
        mark_alert(tx, &ward, &vital)
    })
    .await
}

/// Shows on an alert that its newest measurement was wrong.
fn mark_alert(tx: &mut WriteTx<'_>, ward: &Ward, vital: &Vital) -> Result<()> {
    let Some(alert) = vital.alert else { return Ok(()) };
    let mine = |alert: &crate::domain::vitals::alert::Alert| {
        alert.vital == Some(vital.id)
            && alert.state != AlertState::Resolved
            && alert.patient == ward.patient.id
    };
    let Some(mut alert) = ALERTS.get(tx, &alert)?.filter(mine) else { return Ok(()) };
    alert.reading_withdrawn = true;
    tables::save_alert(tx, &alert)?;
    publish_alert(tx, &alert, "alert.updated")
}
