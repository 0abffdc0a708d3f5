//! What a doctor sets for a patient's monitoring.

use serde_json::json;

use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::gate;
use crate::domain::users::model::Role;
use crate::domain::vitals::model::{Breathing, VitalType};
use crate::domain::vitals::monitoring::{Monitoring, OwnBounds, PartBounds, Spo2Scale};
use crate::domain::vitals::severity::{check_bounds, judge};
use crate::domain::vitals::tables;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldErrors, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Reader, WriteTx};

/// A doctor's bounds for one type.
#[derive(Debug, Clone, Copy)]
pub struct BoundsInput {
    /// Which type.
    pub vital_type: VitalType,
    /// For the value; systolic for a blood pressure.
    pub value: PartBounds,
    /// For the second value.
    pub secondary: PartBounds,
}

/// Everything a doctor sets; what they leave out is back to its default.
#[derive(Debug, Clone)]
pub struct MonitoringInput {
    /// Own bounds; types that are not named have the defaults.
    pub bounds: Vec<BoundsInput>,
    /// Pregnant: no early warning score.
    pub pregnant: bool,
    /// The scale for the oxygen saturation.
    pub spo2_scale: Spo2Scale,
    /// What the patient breathes when a reading does not say.
    pub breathing: Option<Breathing>,
    /// The revision that the doctor has seen.
    pub if_match: Option<u64>,
}

/// Sets a patient's bounds. Their newest measurements are judged anew; one that is abnormal by the new bounds is
/// alerted after their next dose or reading.
///
/// # Errors
/// The refusals of the access check; `role_not_allowed` for others than doctors; `revision_changed` when somebody else
/// changed them meanwhile; each bad field.
pub async fn set_monitoring(
    context: &Context,
    caller: &Caller,
    patient: UserId,
    input: MonitoringInput,
) -> Result<Monitoring> {
    let by = caller.clone();
    gate::write(context, caller, "vital.set_thresholds", move |tx| {
        let access = access::check(tx, &by, patient, Scope::Vitals, Mode::Write)?;
        let doctor = by.with_role(Role::Doctor)?;
        let old = tables::monitoring(tx, &access)?;
        if input.if_match.is_some_and(|seen| seen != old.revision) {
            return Err(Error::precondition_failed("revision_changed"));
        }
        let new = changed(&old, &input, doctor, tx.now())?;
        tables::save_monitoring(tx, &access, &new)?;
        judge_anew(tx, &access, &new)?;
        let mut trail = tx.trail();
        trail.patient = Some(patient.into());
        trail.resource = Some(("thresholds", patient.to_string()));
        trail.change = Some(json!({ "old": shown(&old), "new": shown(&new) }));
        drop(trail);
        Ok(new)
    })
    .await
}

fn changed(old: &Monitoring, input: &MonitoringInput, doctor: UserId, now: Timestamp) -> Result<Monitoring> {
    let mut errors = FieldErrors::new();
    let mut new = Monitoring {
        bounds: std::collections::BTreeMap::new(),
        pregnant: input.pregnant,
        spo2_scale: input.spo2_scale,
        breathing: input.breathing,
        set_by: Some(doctor),
        set_at: Some(now),
        revision: old.revision.saturating_add(1),
    };
    for (place, wanted) in input.bounds.iter().enumerate() {
        let field = format!("thresholds[{place}]");
        let own = OwnBounds { value: wanted.value, secondary: wanted.secondary, set_by: doctor, set_at: now };
        check_bounds(&mut errors, &field, wanted.vital_type, &own);
        // Who set bounds that stay as they were stays with them.
        let same = |known: &&OwnBounds| known.value == own.value && known.secondary == own.secondary;
        let kept = old.bounds.get(&wanted.vital_type).filter(same).copied().unwrap_or(own);
        if new.bounds.insert(wanted.vital_type, kept).is_some() {
            errors.add(format!("{field}.vitalType"), "threshold_twice");
        }
    }
    errors.finish()?;
    Ok(new)
}

fn judge_anew(tx: &mut WriteTx<'_>, access: &Access, monitoring: &Monitoring) -> Result<()> {
    for reading in tables::latest(tx, access)?.readings {
        let mut vital = tables::require(tx, access, reading.vital)?;
        let severity = judge(&vital.reading, vital.context, monitoring);
        if severity != vital.severity {
            vital.severity = severity;
            tables::save(tx, access, &vital)?;
        }
    }
    Ok(())
}

/// Bounds as the audit keeps them, in thousandths of the type's unit.
fn shown(monitoring: &Monitoring) -> serde_json::Value {
    let bounds: serde_json::Map<String, serde_json::Value> = monitoring
        .bounds
        .iter()
        .map(|(kind, own)| {
            (kind.name().to_owned(), json!({ "value": own.value, "secondary": own.secondary }))
        })
        .collect();
    json!({
        "bounds": bounds,
        "pregnant": monitoring.pregnant,
        "spo2Scale": monitoring.spo2_scale,
        "breathing": monitoring.breathing,
    })
}
