//! Emergencies: a doctor opens a record that is not shared with them.

use crate::domain::auth::model::Caller;
use crate::domain::connections::model::{BREAK_GLASS_LIFE, BreakGlass};
use crate::domain::connections::rules::{EMERGENCY_REASON_CHARS, typed_reason};
use crate::domain::connections::tables::{BREAK_GLASS, open_glass, openings_since};
use crate::domain::gate;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::users::model::{Role, Status};
use crate::domain::users::tables::{USERS, active_admins, require};
use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::secret::Phi;
use crate::platform::store::{ForeignAccess, Reader, WriteTx};

/// Opens a patient's record to a verified doctor for an hour, to look at. The patient and all admins are told at once,
/// with the doctor's reason and how many records they opened in the last hour; too many alarm the admins. While the
/// record is open, asking again changes nothing, so nobody is told twice in an hour.
///
/// # Errors
/// `role_not_allowed` for others than doctors, `account_not_active` for doctors not verified,
/// `patient_not_found`; a bad `reason` when it is too short to say anything, or too long.
pub async fn break_glass(
    context: &Context,
    caller: &Caller,
    patient: UserId,
    reason: String,
) -> Result<BreakGlass> {
    let by = caller.clone();
    let most = usize::try_from(context.settings.limits.emergency_records_per_hour).unwrap_or(usize::MAX);
    gate::write(context, caller, "record.break_glass", move |tx| {
        let looked = |refused| ForeignAccess {
            patient: patient.into(),
            scope: "RECORD",
            writes: false,
            only: None,
            basis: "BREAK_GLASS",
            refused,
        };
        tx.trail().foreign.push(looked(true));
        let doctor = by.with_role(Role::Doctor)?;
        let doctor = require(tx, doctor)?;
        if doctor.status != Status::Verified {
            return Err(Error::forbidden("account_not_active"));
        }
        let reason = typed_reason("reason", &reason, EMERGENCY_REASON_CHARS)?;
        let record = USERS.get(tx, &patient)?.filter(|user| user.role == Role::Patient);
        let record = record.ok_or_else(|| Error::not_found("patient_not_found"))?;
        {
            let mut trail = tx.trail();
            trail.foreign = vec![looked(false)];
            trail.reason = Some(reason.clone());
            trail.resource = Some(("record", patient.to_string()));
        }
        let now = tx.now();
        if let Some(open) = open_glass(tx, patient, doctor.id)? {
            return Ok(open);
        }
        let glass = BreakGlass {
            reason: Phi::new(reason.clone()),
            opened_at: now,
            until: now.plus(BREAK_GLASS_LIFE),
        };
        BREAK_GLASS.put(tx, &(patient, doctor.id), &glass)?;
        let told = Told {
            doctor_name: doctor.full_name.into_inner(),
            patient_name: record.full_name.into_inner(),
            patient,
            reason,
            records: openings_since(tx, doctor.id, now.minus(Span::hours(1)))?,
        };
        let is_alarming = told.records > most;
        tx.trail().change = Some(serde_json::json!({ "recordsInLastHour": told.records }));
        told.tell(tx, patient, "default")?;
        for admin in active_admins(tx)? {
            told.tell(tx, admin, if is_alarming { "admin_alarm" } else { "admin" })?;
        }
        Ok(glass)
    })
    .await
}

/// What patient and admins are told.
struct Told {
    doctor_name: String,
    patient_name: String,
    patient: UserId,
    reason: String,
    /// How many the doctor opened in the last hour, this one among them.
    records: usize,
}

impl Told {
    fn tell(&self, tx: &mut WriteTx<'_>, to: UserId, variant: &'static str) -> Result<()> {
        let params = Params::new()
            .text("name", &self.doctor_name)
            .text("patient", &self.patient_name)
            .text("reason", &self.reason)
            .text("records", self.records.to_string());
        let notice = Notice {
            to,
            kind: NotificationType::RecordOpened,
            variant,
            urgency: Urgency::Critical,
            params,
            patient: Some(self.patient),
            resource: Some(("record", self.patient.to_string())),
        };
        notify(tx, notice).map(drop)
    }
}
