//! Writing measurements down, and marking them as wrong.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::occasion::{Occasion, followed, leave};
use super::ward::{Ward, publish_alert};
use crate::domain::auth::model::{Actor, Caller};
use crate::domain::connections::access::{self, Access, Basis};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::rules::CLOCK_SKEW;
use crate::domain::events::model::{Audience, NewEvent};
use crate::domain::events::tables::publish;
use crate::domain::gate;
use crate::domain::users::model::Role;
use crate::domain::vitals::alert::{AlertState, Topic};
use crate::domain::vitals::alert_tables;
use crate::domain::vitals::model::{
    ALERTING_AGE, Breathing, CORRECTION_WINDOW, Consciousness, Severity, Vital, VitalContext, VitalSource,
    VitalType, Withdrawal, YEARS_MAX,
};
use crate::domain::vitals::monitoring::Monitoring;
use crate::domain::vitals::observations::{TYPES, exclusion, gather};
use crate::domain::vitals::severity::{self, Part, target};
use crate::domain::vitals::tables;
use crate::domain::vitals::trends::{RISING_READINGS, gain, is_rising};
use crate::domain::vitals::units::{Typed, reading};
use crate::flows::prescriptions::Signing;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, FieldErrors, Kind, Result};
use crate::platform::i18n;
use crate::platform::ids::{UserId, VitalId};
use crate::platform::secret::Phi;
use crate::platform::store::{Reader, WhatIsLeft, WriteTx};

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
    /// How awake they were.
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
/// not fit, `measuredAt` in the future or more than ten years ago.
pub async fn record(context: &Context, caller: &Caller, new: NewVital) -> Result<Recorded> {
    let (by, zone, signing) = (caller.clone(), context.zone(), Signing::of(context));
    gate::write(context, caller, "vital.record", move |tx| {
        let patient = new.patient.map_or_else(|| by.active(), Ok)?;
        let ward = Ward::enter(tx, &by, patient, zone)?;
        // Danger is told by the bounds that hold for everybody where the doctor's own were lost with a damaged page.
        let monitoring = tables::known_monitoring(tx, &ward.access)?;
        let mut vital = accepted(tx, &by, &ward.access, &new)?;
        let bounds = monitoring.clone().unwrap_or_default();
        vital.severity = severity::judge(&vital.reading, vital.context, &bounds);
        weighed_anew(tx, &signing, &ward.access, &vital)?;
        watch(tx, &ward, &bounds, &mut vital)?;
        if let Some(monitoring) = &monitoring {
            score(tx, &ward, monitoring, &vital)?;
        }
        follow_up(tx, &ward, vital.vital_type())?;
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
    let oldest = now.to_utc().checked_sub_months(chrono::Months::new(YEARS_MAX * 12));
    if oldest.is_some_and(|oldest| measured_at < oldest.into()) {
        errors.push(FieldError::new("measuredAt", "vital_measured_too_long_ago").with("years", YEARS_MAX));
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
        put_right: None,
    })
}

fn person(caller: &Caller) -> Option<UserId> {
    match caller.actor {
        Actor::Person { id, .. } => Some(id),
        Actor::Anonymous | Actor::System(_) => None,
    }
}

/// Writes a measurement down. Doses hang on a weight: running prescriptions are held against it as against all that is known
/// of a patient, also when it turns out to be wrong.
fn weighed_anew(tx: &mut WriteTx<'_>, signing: &Signing, access: &Access, vital: &Vital) -> Result<()> {
    if vital.vital_type() != VitalType::Weight {
        return tables::save(tx, access, vital);
    }
    let before = match signing.unanswered(tx, access) {
        // What it would be held against was lost with a damaged page; the weight is true all the same.
        Err(error) if error.kind() == Kind::Damaged => return tables::save(tx, access, vital),
        before => before?,
    };
    tables::save(tx, access, vital)?;
    signing.tell_what_arose(tx, access, &before)
}

/// Opens what alerts a new measurement calls for. One that is old calls for none; one that a newer one of its type has
/// overtaken does when it is CRITICAL, or was taken since an alert opened that is not resolved.
fn watch(tx: &mut WriteTx<'_>, ward: &Ward, monitoring: &Monitoring, vital: &mut Vital) -> Result<()> {
    if vital.measured_at < tx.now().minus(ALERTING_AGE) {
        return Ok(());
    }
    let newest = tables::latest(tx, &ward.access)?.of(vital.vital_type()).map(|latest| latest.vital);
    let is_newest = newest == Some(vital.id);
    if let Some(severity) = vital.severity
        && (is_newest || severity == Severity::Critical || is_within_alert(tx, ward, vital)?)
    {
        let occasion = Occasion::reading(vital, severity, monitoring);
        if let Some(alert) = ward.raise(tx, &occasion)? {
            vital.alert = Some(alert.id);
            tables::save(tx, &ward.access, vital)?;
        }
    }
    if !is_newest {
        return Ok(());
    }
    if let Some(occasion) = trend(tx, ward, monitoring, vital)? {
        ward.raise(tx, &occasion)?;
    }
    Ok(())
}

/// Puts a measurement that is the newest of its type beside what the alerts of the type show.
fn follow_up(tx: &mut WriteTx<'_>, ward: &Ward, vital_type: VitalType) -> Result<()> {
    for topic in topics_of(vital_type) {
        if let Some(alert) = followed(tx, &ward.access, topic)? {
            alert_tables::save_alert(tx, &alert)?;
        }
    }
    Ok(())
}

/// Whether a measurement was taken since an alert opened that is not resolved.
fn is_within_alert(tx: &dyn Reader, ward: &Ward, vital: &Vital) -> Result<bool> {
    let last = alert_tables::last_alert(tx, &ward.access, Topic::Reading(vital.vital_type()))?;
    Ok(last.is_some_and(|alert| alert.state != AlertState::Resolved && alert.opened_at <= vital.measured_at))
}

/// What a measurement of a type can be alerted for.
fn topics_of(vital_type: VitalType) -> Vec<Topic> {
    let mut topics = vec![Topic::Reading(vital_type)];
    match vital_type {
        VitalType::BloodPressure => topics.push(Topic::RisingBloodPressure),
        VitalType::Weight => topics.push(Topic::WeightGain),
        _ => {}
    }
    if TYPES.contains(&vital_type) {
        topics.push(Topic::News2);
    }
    topics
}

/// What the newest measurements of a type show together.
fn trend(tx: &dyn Reader, ward: &Ward, monitoring: &Monitoring, vital: &Vital) -> Result<Option<Occasion>> {
    let (tx, vital_type) = (&WhatIsLeft(tx), vital.vital_type());
    match vital_type {
        VitalType::BloodPressure => {
            let Some(max) = target(vital_type, Part::Value, monitoring).max else { return Ok(None) };
            let newest = tables::newest(tx, &ward.access, vital_type, RISING_READINGS)?;
            Ok(is_rising(&newest, max).then(|| Occasion::rising(vital)))
        }
        VitalType::Weight => {
            let newest = tables::newest(tx, &ward.access, vital_type, WEIGHTS_MAX)?;
            Ok(gain(&newest).map(|gain| Occasion::gain(vital, gain)))
        }
        _ => Ok(None),
    }
}

/// Keeps the early warning score that a measurement completes, and opens its alert.
fn score(tx: &mut WriteTx<'_>, ward: &Ward, monitoring: &Monitoring, vital: &Vital) -> Result<()> {
    let today = tx.now().day_in(ward.zone);
    let is_old = vital.measured_at < tx.now().minus(ALERTING_AGE);
    if is_old
        || !TYPES.contains(&vital.vital_type())
        || exclusion(ward.patient.date_of_birth, today, monitoring).is_some()
    {
        return Ok(());
    }
    let Some(observations) = gather(&WhatIsLeft(tx), &ward.access, monitoring)? else { return Ok(()) };
    // A backdated value may complete nothing: it must be among those that count together.
    if !observations.vitals.iter().any(|counted| counted.id == vital.id) {
        return Ok(());
    }
    let Some(score) = observations.complete() else { return Ok(()) };
    tables::save_score(tx, &ward.access, vital.id, &score)?;
    if let Some(severity) = score.parts.risk().and_then(|risk| risk.severity()) {
        ward.raise(tx, &Occasion::score(vital, severity, score))?;
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
    let (by, zone, signing) = (caller.clone(), context.zone(), Signing::of(context));
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
        weighed_anew(tx, &signing, &access, &vital)?;
        tables::drop_scores(tx, &access, &vital)?;
        tx.trail().change = Some(json!({ "vitalType": vital.vital_type(), "enteredInError": true }));
        let ward = Ward { access, patient: crate::domain::users::tables::require(tx, patient)?, zone };
        mark_alerts(tx, &ward, &vital)
    })
    .await
}

/// Takes a measurement that was wrong out of the alerts that show it.
fn mark_alerts(tx: &mut WriteTx<'_>, ward: &Ward, vital: &Vital) -> Result<()> {
    for topic in topics_of(vital.vital_type()) {
        let last = alert_tables::last_alert(tx, &ward.access, topic)?;
        let Some(mut alert) = last.filter(|alert| alert.state != AlertState::Resolved) else { continue };
        if leave(tx, ward, &mut alert, vital.id)? {
            alert_tables::save_alert(tx, &alert)?;
            publish_alert(tx, &alert, "alert.updated")?;
        }
    }
    Ok(())
}
