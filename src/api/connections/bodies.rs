//! Connections as clients send and see them.

use poem_openapi::Object;
use poem_openapi::types::MaybeUndefined;

use crate::api::types::{Instant, Moment};
use crate::domain::connections::model::{
    AccessRequestState, ConnectionKind, ConnectionState, Nudge, PermissionLevel, Scope,
};
use crate::domain::connections::rules::Setting;
use crate::domain::users::model::{Role, Specialty};
use crate::platform::ids::{AccessRequestId, ConnectionId, DoseId, NudgeId, PrescriptionId, UserId};
use crate::views::connections::{AccessRequestView, ConnectionView};

/// The other one of a connection.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ConnectedPerson {
    /// Their id.
    pub(in crate::api) id: UserId,
    /// What they are.
    pub(in crate::api) role: Role,
    /// Their name. A carer sees it once the patient asked them or accepted.
    pub(in crate::api) full_name: Option<String>,
    /// Doctors only.
    pub(in crate::api) specialty: Option<Specialty>,
    /// Doctors only.
    pub(in crate::api) hospital_clinic: Option<String>,
}

/// Whether the carer hears of missed doses.
#[derive(Debug, Object)]
#[oai(rename = "ConnectionAlerts", rename_all = "camelCase")]
pub struct Alerts {
    /// Whether at all.
    pub(in crate::api) enabled: bool,
    /// Minutes after the dose was missed.
    pub(in crate::api) delay_minutes: u32,
}

/// A connection between a patient and a doctor or family member.
#[derive(Debug, Object)]
#[oai(rename = "Connection", rename_all = "camelCase")]
pub struct ConnectionAnswer {
    /// Its id.
    pub(in crate::api) id: ConnectionId,
    /// What the carer is to the patient.
    pub(in crate::api) kind: ConnectionKind,
    /// Where it stands.
    pub(in crate::api) status: ConnectionState,
    /// Whose record.
    pub(in crate::api) patient_id: UserId,
    /// The doctor or family member.
    pub(in crate::api) carer_id: UserId,
    /// Who asked. The other one answers.
    pub(in crate::api) requested_by: UserId,
    /// The other one, as the caller may see them.
    pub(in crate::api) other: Option<ConnectedPerson>,
    /// How much the patient shares.
    pub(in crate::api) permission_level: PermissionLevel,
    /// Which parts, at SELECTED.
    pub(in crate::api) scopes: Vec<Scope>,
    /// Which prescriptions, at SELECTED; all when missing.
    pub(in crate::api) prescription_ids: Option<Vec<PrescriptionId>>,
    /// From then on nothing is shared.
    pub(in crate::api) expires_at: Option<Instant>,
    /// Whether a family member may mark doses for the patient.
    pub(in crate::api) may_record_doses: bool,
    /// Whether a family member who sees prescriptions sees the whole clinical record, and not allergies alone.
    pub(in crate::api) may_see_clinical_record: bool,
    /// Whether the carer hears of missed doses.
    pub(in crate::api) alerts: Alerts,
    /// When it was asked for.
    pub(in crate::api) created_at: Instant,
    /// When it was accepted or declined.
    pub(in crate::api) answered_at: Option<Instant>,
    /// When it was revoked, or ended without an answer.
    pub(in crate::api) ended_at: Option<Instant>,
    /// Who revoked it.
    pub(in crate::api) ended_by: Option<UserId>,
    /// Why, in their words.
    pub(in crate::api) end_reason: Option<String>,
    /// Last change.
    pub(in crate::api) updated_at: Instant,
}

impl From<ConnectionView> for ConnectionAnswer {
    fn from(view: ConnectionView) -> Self {
        let connection = view.connection;
        let permission = connection.permission;
        Self {
            id: connection.id,
            kind: connection.kind,
            status: connection.state,
            patient_id: connection.patient,
            carer_id: connection.carer,
            requested_by: connection.requested_by,
            other: view.other.map(|other| ConnectedPerson {
                id: other.id,
                role: other.role,
                full_name: other.full_name.map(|name| name.into_inner()),
                specialty: other.specialty,
                hospital_clinic: other.hospital_clinic,
            }),
            permission_level: permission.level,
            scopes: permission.scopes,
            prescription_ids: permission.prescriptions,
            expires_at: permission.expires_at.map(Instant),
            may_record_doses: permission.may_record_doses,
            may_see_clinical_record: permission.may_see_clinical_record,
            alerts: Alerts {
                enabled: connection.alerts.enabled,
                delay_minutes: connection.alerts.delay_minutes,
            },
            created_at: Instant(connection.created_at),
            answered_at: connection.answered_at.map(Instant),
            ended_at: connection.ended_at.map(Instant),
            ended_by: connection.ended_by,
            end_reason: connection.end_reason.map(|reason| reason.into_inner()),
            updated_at: Instant(connection.updated_at),
        }
    }
}

/// Whom to connect with. A patient may say at once what they share.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ConnectionRequest {
    /// Who is to care when a patient asks, the patient when a doctor or family asks.
    pub(in crate::api) target_user_id: UserId,
    /// What the carer is to be to the patient. Left out, a doctor treats and anybody else is family; a doctor of the
    /// family says FAMILY.
    pub(in crate::api) kind: Option<ConnectionKind>,
    /// Whose record it is. Needed only when both are patients and one cares for the other.
    pub(in crate::api) patient_id: Option<UserId>,
    /// How much to share; for a patient who asks.
    pub(in crate::api) permission_level: Option<PermissionLevel>,
    /// Which parts, at SELECTED.
    pub(in crate::api) scopes: Option<Vec<Scope>>,
    /// From then on nothing is shared.
    pub(in crate::api) expires_at: Option<Moment>,
    /// Whether a family member may mark doses for the patient.
    pub(in crate::api) may_record_doses: Option<bool>,
    /// Whether a family member who sees prescriptions sees the whole clinical record: conditions, pregnancy, kidneys and
    /// the rest. Without it allergies alone.
    pub(in crate::api) may_see_clinical_record: Option<bool>,
}

/// What the patient shares with the one whose request they accept. What is left out is ALLOWED for a doctor, and
/// SELECTED with DOSES for a family member.
#[derive(Debug, Default, Object)]
#[oai(rename_all = "camelCase")]
pub struct ConnectionAcceptance {
    /// How much to share; for patients.
    pub(in crate::api) permission_level: Option<PermissionLevel>,
    /// Which parts, at SELECTED.
    pub(in crate::api) scopes: Option<Vec<Scope>>,
    /// Which prescriptions, at SELECTED; all when missing.
    pub(in crate::api) prescription_ids: Option<Vec<PrescriptionId>>,
    /// From then on nothing is shared.
    pub(in crate::api) expires_at: Option<Moment>,
    /// Whether a family member may mark doses for the patient.
    pub(in crate::api) may_record_doses: Option<bool>,
    /// Whether a family member who sees prescriptions sees the whole clinical record: conditions, pregnancy, kidneys and
    /// the rest. Without it allergies alone.
    pub(in crate::api) may_see_clinical_record: Option<bool>,
}

/// What the patient shares from now on. What is left out stays as it is.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PermissionUpdate {
    /// How much to share.
    pub(in crate::api) permission_level: PermissionLevel,
    /// Which parts, at SELECTED.
    pub(in crate::api) scopes: Option<Vec<Scope>>,
    /// Which prescriptions, at SELECTED; null for all.
    pub(in crate::api) prescription_ids: MaybeUndefined<Vec<PrescriptionId>>,
    /// From then on nothing is shared; null for no end.
    pub(in crate::api) expires_at: MaybeUndefined<Moment>,
    /// Whether a family member may mark doses for the patient.
    pub(in crate::api) may_record_doses: Option<bool>,
    /// Whether a family member who sees prescriptions sees the whole clinical record: conditions, pregnancy, kidneys and
    /// the rest. Without it allergies alone.
    pub(in crate::api) may_see_clinical_record: Option<bool>,
}

/// Why a connection ends.
#[derive(Debug, Default, Object)]
#[oai(rename_all = "camelCase")]
pub struct Revocation {
    /// In the person's words; the other one can read it.
    pub(in crate::api) reason: Option<String>,
}

/// Whether and when a carer hears of missed doses.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct AlertsUpdate {
    /// Whether at all.
    pub(in crate::api) enabled: bool,
    /// Minutes after the dose was missed, 0 to 1440.
    pub(in crate::api) delay_minutes: Option<u32>,
}

/// What a code shall give.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ConnectionCodeRequest {
    /// How much to share with whoever redeems it.
    pub(in crate::api) permission_level: PermissionLevel,
    /// Which parts, at SELECTED.
    pub(in crate::api) scopes: Option<Vec<Scope>>,
}

/// A one-time code.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NewConnectionCode {
    /// Eight characters without look-alikes.
    pub(in crate::api) code: String,
    /// The code as a picture: `data:image/svg+xml;base64,...`
    pub(in crate::api) qr_code: String,
    /// From then on it is void.
    pub(in crate::api) expires_at: Instant,
}

/// A code as it was typed or scanned.
#[derive(Debug, Object)]
pub struct TypedConnectionCode {
    /// The code; case, blanks and hyphens do not matter.
    #[oai(validator(min_length = 1, max_length = 64))]
    pub(in crate::api) code: String,
}

/// A code to redeem.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RedeemedConnectionCode {
    /// The code; case, blanks and hyphens do not matter.
    #[oai(validator(min_length = 1, max_length = 64))]
    pub(in crate::api) code: String,
    /// What the caller is to be to the patient. Left out, a doctor treats and anybody else is family.
    pub(in crate::api) kind: Option<ConnectionKind>,
}

/// What a code would give.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ConnectionCodePreview {
    /// Whose code.
    pub(in crate::api) patient_id: UserId,
    /// Their name.
    pub(in crate::api) patient_name: String,
    /// How much they share.
    pub(in crate::api) permission_level: PermissionLevel,
    /// Which parts, at SELECTED.
    pub(in crate::api) scopes: Vec<Scope>,
    /// From then on the code is void.
    pub(in crate::api) expires_at: Instant,
}

/// A carer at level REQUEST wants to see part of the record.
#[derive(Debug, Object)]
#[oai(rename = "AccessRequest", rename_all = "camelCase")]
pub struct AccessRequestAnswer {
    /// Its id.
    pub(in crate::api) id: AccessRequestId,
    /// Under which connection.
    pub(in crate::api) connection_id: ConnectionId,
    /// Who asks.
    pub(in crate::api) requester_id: UserId,
    /// Their name.
    pub(in crate::api) requester_name: Option<String>,
    /// What they are.
    pub(in crate::api) requester_role: Option<Role>,
    /// For which part.
    pub(in crate::api) scope: Scope,
    /// Where it stands.
    pub(in crate::api) status: AccessRequestState,
    /// When it was made.
    pub(in crate::api) created_at: Instant,
    /// When the patient answered.
    pub(in crate::api) answered_at: Option<Instant>,
    /// Until when the approval holds; after a denial, until when they cannot ask again.
    pub(in crate::api) expires_at: Option<Instant>,
}

impl From<AccessRequestView> for AccessRequestAnswer {
    fn from(view: AccessRequestView) -> Self {
        let request = view.request;
        Self {
            id: request.id,
            connection_id: request.connection,
            requester_id: request.carer,
            requester_name: view.carer_name.map(|name| name.into_inner()),
            requester_role: view.carer_role,
            scope: request.scope,
            status: request.state,
            created_at: Instant(request.created_at),
            answered_at: request.answered_at.map(Instant),
            expires_at: request.holds_until().map(Instant),
        }
    }
}

/// Which dose to remind of.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NudgeRequest {
    /// Whom to remind.
    pub(in crate::api) patient_id: UserId,
    /// Of which dose.
    pub(in crate::api) dose_id: DoseId,
}

/// The patient's answer to a reminder.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NudgeReply {
    /// Which reminder.
    pub(in crate::api) nudge_id: NudgeId,
    /// TAKEN, WILL_TAKE, SKIPPED, NEED_HELP, or words of their own.
    pub(in crate::api) response: String,
}

/// A caregiver's reminder of one dose.
#[derive(Debug, Object)]
#[oai(rename = "Nudge", rename_all = "camelCase")]
pub struct NudgeAnswer {
    /// Its id.
    pub(in crate::api) id: NudgeId,
    /// Whom they remind.
    pub(in crate::api) patient_id: UserId,
    /// Who reminds.
    pub(in crate::api) carer_id: UserId,
    /// Of which dose.
    pub(in crate::api) dose_id: DoseId,
    /// When.
    pub(in crate::api) created_at: Instant,
    /// What the patient answered.
    pub(in crate::api) response: Option<String>,
    /// When they answered.
    pub(in crate::api) answered_at: Option<Instant>,
}

impl From<Nudge> for NudgeAnswer {
    fn from(nudge: Nudge) -> Self {
        Self {
            id: nudge.id,
            patient_id: nudge.patient,
            carer_id: nudge.carer,
            dose_id: nudge.dose,
            created_at: Instant(nudge.at),
            response: nudge.response.map(|response| response.into_inner()),
            answered_at: nudge.answered_at.map(Instant),
        }
    }
}

pub(in crate::api) fn set<T>(value: Option<T>) -> Setting<T> {
    value.map_or(Setting::Keep, Setting::Set)
}

pub(in crate::api) fn setting<T>(value: MaybeUndefined<T>) -> Setting<T> {
    match value {
        MaybeUndefined::Undefined => Setting::Keep,
        MaybeUndefined::Null => Setting::Clear,
        MaybeUndefined::Value(value) => Setting::Set(value),
    }
}
