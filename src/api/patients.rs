//! Emergencies: opening a patient's record.

use std::sync::Arc;

use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::problem::Problem;
use super::types::Instant;
use crate::flows;
use crate::platform::context::Context;
use crate::platform::ids::UserId;

/// Patients' records in an emergency.
pub struct PatientsApi(pub Arc<Context>);

/// Why a record must be opened.
#[derive(Debug, Object)]
pub struct Emergency {
    /// In the doctor's words, 10 to 500 characters. The patient reads it.
    reason: String,
}

/// A record that is open to a doctor.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct OpenedRecord {
    /// Whose record.
    patient_id: UserId,
    /// Why.
    reason: String,
    /// Since when.
    opened_at: Instant,
    /// Until when the doctor may look.
    expires_at: Instant,
}

#[OpenApi(prefix_path = "/patients", tag = "Area::Connections")]
impl PatientsApi {
    /// Open a record in an emergency
    ///
    /// A verified doctor may look at the whole record for one hour. The patient and the clinic's admins are told at
    /// once, with the reason.
    #[oai(path = "/:id/break-glass", method = "post", operation_id = "break_glass")]
    async fn break_glass(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        Body(emergency): Body<Emergency>,
    ) -> Result<Json<OpenedRecord>, Problem> {
        let glass = flows::break_glass::break_glass(&self.0, &caller, id.0, emergency.reason).await?;
        Ok(Json(OpenedRecord {
            patient_id: id.0,
            reason: glass.reason.into_inner(),
            opened_at: Instant(glass.opened_at),
            expires_at: Instant(glass.until),
        }))
    }
}
