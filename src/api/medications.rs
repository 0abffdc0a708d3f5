//! Single medication lines of prescriptions.

use std::sync::Arc;

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::prescriptions::lines::LineBody;
use super::prescriptions::payloads::Tagged;
use super::prescriptions::shown::PrescriptionAnswer;
use super::problem::Problem;
use crate::flows::prescriptions::{self as flows, ChangeRequest, Edit, Pace};
use crate::platform::context::Context;
use crate::platform::ids::MedicationId;

/// Medication lines.
pub struct MedicationsApi(pub Arc<Context>);

#[OpenApi(prefix_path = "/medications", tag = "Area::Prescriptions")]
impl MedicationsApi {
    /// Change a medication line
    ///
    /// For the author; what is left out stays. The line keeps its id, and what was recorded for it stands: a dose
    /// that was taken is not asked for again. Only a medicine with another ingredient makes a new line. `endDate: null`
    /// makes it ongoing again. The change is a new version of the prescription, which is the answer.
    #[oai(path = "/:id", method = "patch", operation_id = "change_medication")]
    async fn change(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<MedicationId>,
        Body(body): Body<LineBody>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        let edit = Edit::ChangeLine(id.0, Box::new(body.input(self.0.zone())));
        let request = ChangeRequest { edit, reason: None, pace: Pace::Ordinary, if_match: None };
        let written = flows::change_medication(&self.0, &caller, id.0, request).await?;
        Ok(PrescriptionAnswer::written(written))
    }

    /// Remove a medication line
    ///
    /// For the author; the change is a new version of the prescription, which is the answer. The last line
    /// cannot be removed: stop the prescription instead.
    #[oai(path = "/:id", method = "delete", operation_id = "remove_medication")]
    async fn remove(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<MedicationId>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        let edit = Edit::RemoveLine(id.0);
        let request = ChangeRequest { edit, reason: None, pace: Pace::Ordinary, if_match: None };
        let written = flows::change_medication(&self.0, &caller, id.0, request).await?;
        Ok(PrescriptionAnswer::written(written))
    }
}
