//! Who hears of an alert, and in which words.
//!
//! - Doctors connected with the patient who may read their vital signs, and whose licence stands: every alert.
//! - Family who may read them: from HIGH.
//! - The patient: from HIGH, what to do.
//! - Admins: when a CRITICAL alert finds no doctor, and on the ladder; from HIGH where carers were lost with a damaged page.
//! - An emergency: everybody connected with the patient, whatever they share with them, and the admins.
//!
//! Whoever is told of an occasion reads its value and time, the gravest value of the alert when that was graver, and
//! the latest when there is a later one. Whoever is told because nobody answers reads the gravest. Admins may not look
//! into records: they read whom it is about, how to reach them, since when, and who has not answered.

use super::occasion::Occasion;
use super::ward::Ward;
use crate::domain::care::known_carers_of;
use crate::domain::connections::model::{Connection, ConnectionKind, Scope};
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::{Params, Word};
use crate::domain::notifications::tables::notify;
use crate::domain::users::model::Status;
use crate::domain::users::tables::{self as users, USERS, active_admins};
use crate::domain::vitals::alert::{Alert, AlertReading, Topic};
use crate::domain::vitals::model::{Milli, Severity};
use crate::domain::vitals::news2::Score;
use crate::domain::vitals::trends::Gain;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::i18n::moment_text;
use crate::platform::ids::UserId;
use crate::platform::store::{Reader, WhatIsLeft, WriteTx};

/// What a message is about: an occasion, or the gravest of an alert.
pub(super) struct Told {
    severity: Severity,
    reading: Option<AlertReading>,
    score: Option<Score>,
    gain: Option<Gain>,
}

impl Told {
    /// What has just happened.
    pub(super) fn of(occasion: &Occasion) -> Self {
        Self {
            severity: occasion.severity(),
            reading: occasion.vital.as_ref().map(AlertReading::of),
            score: occasion.score.clone(),
            gain: occasion.gain,
        }
    }

    /// The gravest of an alert.
    fn gravest(alert: &Alert) -> Self {
        Self {
            severity: alert.severity,
            reading: alert.gravest(),
            score: alert.score.clone(),
            gain: alert.gain,
        }
    }

    /// What happened, in words, and when.
    fn value(&self, topic: Topic) -> Option<Value> {
        match (topic, &self.score, &self.reading) {
            (Topic::News2, Some(score), _) => Some(Value::of_score(score)),
            (_, _, Some(reading)) => Some(Value::of_reading(reading)),
            _ => None,
        }
    }
}

/// A value with its unit as people read it, and when it was measured.
#[derive(PartialEq)]
struct Value {
    number: String,
    unit: &'static str,
    at: Timestamp,
}

impl Value {
    fn of_reading(reading: &AlertReading) -> Self {
        Self {
            number: reading.reading.to_string(),
            unit: reading.reading.typed_unit.label(),
            at: reading.measured_at,
        }
    }

    fn of_score(score: &Score) -> Self {
        let total = score.parts.total().map(|total| total.to_string());
        Self { number: total.unwrap_or_default(), unit: "", at: score.at }
    }

    fn with_unit(&self) -> String {
        format!("{} {}", self.number, self.unit).trim_end().to_owned()
    }
}

/// Tells those who must know that an alert opened or worsened.
pub(super) fn tell(tx: &mut WriteTx<'_>, ward: &Ward, alert: &mut Alert, told: &Told) -> Result<()> {
    if alert.topic == Topic::Emergency {
        return tell_everybody(tx, ward, alert);
    }
    let severity = told.severity;
    let params = params_of(ward, alert, told);
    let variant = variant_of(alert.topic, severity);
    let doctors = doctors_of(tx, ward)?;
    for doctor in &doctors {
        send(tx, ward, alert, *doctor, variant, params.clone(), urgency_of(severity))?;
    }
    remember(alert, &doctors);
    // Who was lost with a damaged page cannot be told; the admins can find out who it was.
    let misses_some = severity >= Severity::High && known_carers_of(tx, ward.patient.id)?.1;
    if (severity == Severity::Critical && doctors.is_empty()) || misses_some {
        tell_admins(tx, ward, alert)?;
    }
    if severity >= Severity::High {
        for family in family_of(tx, ward)? {
            send(tx, ward, alert, family, variant, params.clone(), urgency_of(severity))?;
        }
        let advice = match severity {
            // Nobody waits for a clinic that has not heard of it.
            Severity::Critical if doctors.is_empty() && !alert.admins_told => "patient_critical_unheard",
            Severity::Critical if params.has("latest") => "patient_critical_followed",
            Severity::Critical => "patient_critical",
            _ => "patient",
        };
        send(tx, ward, alert, ward.patient.id, advice, params, urgency_of(severity))?;
    }
    Ok(())
}

/// Tells that a critical alert was not taken over: the doctors given, and the admins.
pub(super) fn tell_again(
    tx: &mut WriteTx<'_>,
    ward: &Ward,
    alert: &mut Alert,
    doctors: &[UserId],
) -> Result<()> {
    let params = params_of(ward, alert, &Told::gravest(alert));
    for doctor in doctors {
        send(tx, ward, alert, *doctor, "escalated", params.clone(), Urgency::Critical)?;
    }
    // Whom nobody had told before has had no time to answer.
    tell_admins(tx, ward, alert)?;
    remember(alert, doctors);
    Ok(())
}

fn tell_everybody(tx: &mut WriteTx<'_>, ward: &Ward, alert: &mut Alert) -> Result<()> {
    let (circle, _) = known_carers_of(tx, ward.patient.id)?;
    let params = params_of(ward, alert, &Told::gravest(alert));
    for connection in &circle {
        send(tx, ward, alert, connection.carer, "default", params.clone(), Urgency::Critical)?;
    }
    let doctors: Vec<UserId> =
        circle.iter().filter(|one| one.kind == ConnectionKind::Doctor).map(|one| one.carer).collect();
    remember(alert, &doctors);
    tell_admins(tx, ward, alert)
}

fn tell_admins(tx: &mut WriteTx<'_>, ward: &Ward, alert: &mut Alert) -> Result<()> {
    let params = match alert.topic {
        Topic::Emergency => params_of(ward, alert, &Told::gravest(alert)),
        _ => staff_params(tx, ward, alert)?,
    };
    for admin in active_admins(&WhatIsLeft(tx))? {
        // One who was lost with a damaged page reads nothing.
        if USERS.get(&WhatIsLeft(tx), &admin)?.is_none() {
            continue;
        }
        send(tx, ward, alert, admin, "escalated_staff", params.clone(), Urgency::Critical)?;
        alert.admins_told = true;
    }
    Ok(())
}

fn remember(alert: &mut Alert, doctors: &[UserId]) {
    for doctor in doctors {
        if !alert.told.contains(doctor) {
            alert.told.push(*doctor);
        }
    }
}

/// The doctors who look after the patient's vital signs, longest connected first.
pub(super) fn doctors_of(tx: &dyn Reader, ward: &Ward) -> Result<Vec<UserId>> {
    let mut doctors = Vec::new();
    for connection in sharing(tx, ward, ConnectionKind::Doctor)? {
        // One whose account is locked meanwhile would not hear it.
        if users::require(tx, connection.carer)?.status == Status::Verified {
            doctors.push(connection.carer);
        }
    }
    Ok(doctors)
}

fn family_of(tx: &dyn Reader, ward: &Ward) -> Result<Vec<UserId>> {
    let family = sharing(tx, ward, ConnectionKind::Family)?;
    Ok(family.into_iter().map(|connection| connection.carer).collect())
}

fn sharing(tx: &dyn Reader, ward: &Ward, kind: ConnectionKind) -> Result<Vec<Connection>> {
    let now = tx.rights_now();
    let (mut circle, _) = known_carers_of(tx, ward.patient.id)?;
    circle.retain(|one| one.patient == ward.patient.id && one.kind == kind && one.shares(Scope::Vitals, now));
    Ok(circle)
}

const fn urgency_of(severity: Severity) -> Urgency {
    match severity {
        Severity::Low | Severity::Medium => Urgency::Normal,
        Severity::High => Urgency::Warning,
        Severity::Critical => Urgency::Critical,
    }
}

const fn variant_of(topic: Topic, severity: Severity) -> &'static str {
    match (topic, severity) {
        (Topic::RisingBloodPressure, _) => "trend",
        (Topic::WeightGain, _) => "weight_gain",
        // The risk LOW_MEDIUM: one value alone scores 3.
        (Topic::News2, Severity::Low | Severity::Medium) => "news2_low_medium",
        (Topic::News2, _) => "news2",
        (_, Severity::Low) => "low",
        (_, Severity::Medium) => "medium",
        (_, Severity::High) => "high",
        (_, Severity::Critical) => "critical",
    }
}

fn send(
    tx: &mut WriteTx<'_>,
    ward: &Ward,
    alert: &Alert,
    to: UserId,
    variant: &'static str,
    params: Params,
    urgency: Urgency,
) -> Result<()> {
    let emergency = alert.topic == Topic::Emergency;
    let notice = Notice {
        to,
        kind: if emergency { NotificationType::EmergencyAlert } else { NotificationType::VitalAnomaly },
        variant: if emergency { "default" } else { variant },
        urgency,
        params,
        patient: Some(ward.patient.id),
        resource: Some(("alert", alert.id.to_string())),
    };
    notify(tx, notice).map(drop)
}

fn params_of(ward: &Ward, alert: &Alert, told: &Told) -> Params {
    let params = Params::new().text("name", ward.patient.full_name.reveal());
    if alert.topic == Topic::Emergency {
        let params = params.text("time", shown_time(alert.alerted_at, ward));
        let params = match &alert.message {
            Some(message) => params.text("message", message.reveal()),
            None => params.word("message", Word::new("emergency", "no_message")),
        };
        return match &alert.location {
            Some(location) => params.text("location", location.reveal()),
            None => params.word("location", Word::new("emergency", "no_location")),
        };
    }
    let vital = alert.topic.vital_type().map_or("NEWS2", |kind| kind.name());
    let mut params = params.word("vital", Word::new("vital", vital));
    let mut put = |name: &str, value: String| params.set_text(name, value);
    let Some(value) = told.value(alert.topic) else {
        put("time", shown_time(alert.alerted_at, ward));
        return params;
    };
    put("value", value.number.clone());
    put("unit", value.unit.to_owned());
    put("time", shown_time(value.at, ward));
    if let Some(gravest) = Told::gravest(alert).value(alert.topic).filter(|gravest| *gravest != value) {
        put("gravest", gravest.with_unit());
        put("gravest_time", shown_time(gravest.at, ward));
    }
    let latest = match alert.topic {
        Topic::News2 => alert.latest_score.as_ref().map(Value::of_score),
        _ => alert.latest.as_ref().map(Value::of_reading),
    };
    if let Some(latest) = latest.filter(|latest| latest.at > value.at) {
        put("latest", latest.with_unit());
        put("latest_time", shown_time(latest.at, ward));
    }
    if let Some(gain) = told.gain {
        let (from, to) = (tenths(gain.from), tenths(gain.to));
        put("gain", shown_tenths(to - from));
        put("from", shown_tenths(from));
        put("to", shown_tenths(to));
        put("days", gain.days().to_string());
    }
    params
}

/// What admins may know: whom it is about, how to reach them, since when, and who was told and has not answered.
fn staff_params(tx: &dyn Reader, ward: &Ward, alert: &Alert) -> Result<Params> {
    let mut params = Params::new();
    let mut put = |name: &str, value: String| params.set_text(name, value);
    let patient = &ward.patient;
    let mut told = Vec::new();
    for doctor in &alert.told {
        // Who was lost with a damaged page has no name any more.
        told.extend(USERS.get(&WhatIsLeft(tx), doctor)?.map(|doctor| doctor.full_name.into_inner()));
    }
    let since = Told::gravest(alert).value(alert.topic).map_or(alert.alerted_at, |value| value.at);
    put("name", patient.full_name.reveal().clone());
    put("contact", patient.contacts_text());
    put("time", shown_time(since, ward));
    put("told", told.join("; "));
    Ok(params)
}

fn shown_time(at: Timestamp, ward: &Ward) -> String {
    moment_text(at.local(ward.zone))
}

/// Tenths of a unit, to the nearest.
const fn tenths(value: Milli) -> i32 {
    (value.0 + 50).div_euclid(100)
}

fn shown_tenths(tenths: i32) -> String {
    format!("{}.{}", tenths.div_euclid(10), tenths.rem_euclid(10))
}
