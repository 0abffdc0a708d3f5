//! Who hears of an alert, and in which words.
//!
//! - Doctors connected with the patient who may read his vital signs, and whose licence stands: every alert.
//! - Family who may read them: from HIGH.
//! - The patient: from HIGH, what to do.
//! - Admins: when a CRITICAL alert finds no doctor, and on the ladder.
//! - An emergency: everybody connected with the patient, whatever he shares with them, and the admins.

use std::collections::BTreeMap;

use super::ward::Ward;
use crate::domain::connections::model::{Connection, ConnectionKind, Scope};
use crate::domain::connections::tables as connections;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::tables::notify;
use crate::domain::users::model::{Role, Status};
use crate::domain::users::tables::{self as users, BY_ROLE, role_key};
use crate::domain::vitals::alert::{Alert, Topic};
use crate::domain::vitals::model::Severity;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{Reader, WriteTx};

/// Tells those who must know that an alert opened or worsened, by an occasion of this severity.
pub(super) fn tell(tx: &mut WriteTx<'_>, ward: &Ward, alert: &mut Alert, severity: Severity) -> Result<()> {
    if alert.topic == Topic::Emergency {
        return tell_everybody(tx, ward, alert);
    }
    let doctors = doctors_of(tx, ward)?;
    for doctor in &doctors {
        send(tx, ward, alert, *doctor, variant_of(alert, severity), urgency_of(severity))?;
    }
    remember(alert, &doctors);
    if severity >= Severity::High {
        for family in family_of(tx, ward)? {
            send(tx, ward, alert, family, variant_of(alert, severity), urgency_of(severity))?;
        }
        let advice = if severity == Severity::Critical { "patient_critical" } else { "patient" };
        send(tx, ward, alert, ward.patient.id, advice, urgency_of(severity))?;
    }
    if severity == Severity::Critical && doctors.is_empty() {
        tell_admins(tx, ward, alert)?;
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
    for doctor in doctors {
        send(tx, ward, alert, *doctor, "escalated", Urgency::Critical)?;
    }
    remember(alert, doctors);
    tell_admins(tx, ward, alert)
}

fn tell_everybody(tx: &mut WriteTx<'_>, ward: &Ward, alert: &mut Alert) -> Result<()> {
    let circle = connections::active_of(tx, ward.patient.id)?;
    for connection in &circle {
        send(tx, ward, alert, connection.carer, "default", Urgency::Critical)?;
    }
    let doctors: Vec<UserId> =
        circle.iter().filter(|one| one.kind == ConnectionKind::Doctor).map(|one| one.carer).collect();
    remember(alert, &doctors);
    tell_admins(tx, ward, alert)
}

fn tell_admins(tx: &mut WriteTx<'_>, ward: &Ward, alert: &mut Alert) -> Result<()> {
    for admin in BY_ROLE.keys(tx, &role_key(Role::Admin, Status::Active))? {
        send(tx, ward, alert, admin, "escalated", Urgency::Critical)?;
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
    let now = tx.now();
    let mut circle = connections::active_of(tx, ward.patient.id)?;
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

const fn variant_of(alert: &Alert, severity: Severity) -> &'static str {
    match (alert.topic, severity) {
        (Topic::RisingBloodPressure | Topic::WeightGain, _) => "trend",
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
    urgency: Urgency,
) -> Result<()> {
    let emergency = alert.topic == Topic::Emergency;
    let notice = Notice {
        to,
        kind: if emergency { NotificationType::EmergencyAlert } else { NotificationType::VitalAnomaly },
        variant: if emergency { "default" } else { variant },
        urgency,
        params: params_of(ward, alert),
        patient: Some(ward.patient.id),
        resource: Some(("alert", alert.id.to_string())),
    };
    notify(tx, notice).map(drop)
}

fn params_of(ward: &Ward, alert: &Alert) -> BTreeMap<String, String> {
    let said = |words: &Option<crate::platform::secret::Phi<String>>, nothing: &str| {
        words.as_ref().map_or_else(|| nothing.to_owned(), |words| words.reveal().clone())
    };
    let at = alert.alerted_at.local(ward.zone).format("%Y-%m-%d %H:%M").to_string();
    let mut params = vec![("name", ward.patient.full_name.reveal().clone()), ("time", at)];
    if alert.topic == Topic::Emergency {
        params.push(("message", said(&alert.message, "@emergency.no_message")));
        params.push(("location", said(&alert.location, "@emergency.no_location")));
    } else {
        let measured = match (&alert.score, alert.topic, &alert.reading) {
            (Some(score), Topic::News2, _) => {
                let total = score.parts.total().map(|total| total.to_string());
                ("NEWS2", total.unwrap_or_default(), "")
            }
            (_, topic, Some(reading)) => (
                topic.vital_type().unwrap_or(reading.vital_type).name(),
                reading.to_string(),
                reading.typed_unit.label(),
            ),
            (_, topic, None) => (topic.vital_type().map_or("NEWS2", |kind| kind.name()), String::new(), ""),
        };
        params.push(("vital", format!("@vital.{}", measured.0)));
        params.push(("value", measured.1));
        params.push(("unit", measured.2.to_owned()));
    }
    params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
