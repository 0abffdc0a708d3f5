//! Prescriptions and their versions.

mod bodies;
pub(super) mod lines;
pub(super) mod payloads;
mod safety;
pub(super) mod shown;

use std::sync::Arc;

use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;

use super::Area;
use super::caller::SignedIn;
use super::if_match;
use super::input::Body;
use super::output::Listed;
use super::problem::Problem;
use crate::domain::prescriptions::state::Status;
use crate::flows::prescriptions::{self as flows, ChangeRequest, Edit, Pace};
use crate::platform::context::Context;
use crate::platform::ids::{BatchId, PrescriptionId, UserId};
use crate::platform::store::PageRequest;
use crate::views::prescriptions::{self as views, PreviewFor, Wanted};
use bodies::{
    BatchBody, ChangeBody, IssueBody, PauseBody, PrescriptionBody, PreviewBody, ReasonBody, UrgentChangeBody,
};
use lines::LineBody;
use payloads::{RenderedList, Tagged};
use safety::SafetyAnswer;
use shown::{BatchAnswer, PrescriptionAnswer, PreviewAnswer, VersionAnswer};

/// Prescriptions.
pub struct PrescriptionsApi(pub Arc<Context>);

#[OpenApi(prefix_path = "/prescriptions", tag = "Area::Prescriptions")]
impl PrescriptionsApi {
    /// Prescribe
    ///
    /// For a verified doctor with write access to the patient. The short form is one line: `medicineId`, `dosage`
    /// ("500 mg", "½ tablet", "២ គ្រាប់") and `frequency` ("BID", "1-0-1", "2 fois par jour", "3ដង/១ថ្ងៃ"); the
    /// full form has `medications`. Words are understood whole or refused with the part that was not; what was
    /// understood comes back in `understood`, with `notices` and `findings`. Two fields that say different things are
    /// refused. Without a duration, end or quantity the treatment is ongoing. The answer comes when everything is durable: the prescription, its first version, its doses, the audit record and the
    /// patient's notification. With `requiresConfirmation` there are no doses until the patient confirms.
    #[oai(path = "/", method = "post", operation_id = "create_prescription")]
    async fn create(
        &self,
        SignedIn(caller): SignedIn,
        Body(body): Body<PrescriptionBody>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        let written = flows::create(&self.0, &caller, body.for_patient(self.0.zone())).await?;
        Ok(PrescriptionAnswer::written(written))
    }

    /// Write down an own prescription
    ///
    /// What a patient takes beside what doctors prescribe. The medicine may be given by name. The plan limits how
    /// many there may be at a time.
    #[oai(path = "/patient", method = "post", operation_id = "create_own_prescription")]
    async fn create_own(
        &self,
        SignedIn(caller): SignedIn,
        Body(body): Body<PreviewBody>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        let written = flows::create_own(&self.0, &caller, body.own(self.0.zone())).await?;
        Ok(PrescriptionAnswer::written(written))
    }

    /// Preview doses
    ///
    /// The doses that a prescription would make in the next 14 days, moved by the patient's meal times. Writes
    /// nothing. With `changes` the lines are held against everything but the prescription whose place they take.
    #[oai(path = "/preview", method = "post", operation_id = "preview_prescription")]
    async fn preview(
        &self,
        SignedIn(caller): SignedIn,
        /// A prescription of the caller's that is to be changed to these lines.
        changes: Query<Option<PrescriptionId>>,
        Body(body): Body<PreviewBody>,
    ) -> Result<Json<PreviewAnswer>, Problem> {
        let wanted = PreviewFor { patient: body.patient_id, changes: changes.0 };
        let preview = views::preview(&self.0, &caller, wanted, &body.content(self.0.zone())).await?;
        Ok(Json(PreviewAnswer::of(preview)))
    }

    /// Check safety
    ///
    /// What a good pharmacist would say before it is signed: interactions with everything that the patient takes,
    /// whoever prescribed it, allergies, duplicates, doses, kidneys, pregnancy, age and conditions, each with its
    /// source. What a patient states counts at once. What is unknown is said in `notChecked`. Without `patientId` a
    /// doctor gets what holds for anybody. Writes no prescription; what was told of medicines that are not shared stands
    /// in the patient's audit, and after `limits.unshared_medicines_per_day` different ones in 24 h, signed or not
    /// (each way beyond the third in which one is asked for counts as one; one that the patient has used on three days in a
    /// prescription that the caller sees does not count)
    /// every further one gets the same STOP `hidden-medicines`, whether it goes with them or not.
    #[oai(path = "/check", method = "post", operation_id = "check_prescription")]
    async fn check(
        &self,
        SignedIn(caller): SignedIn,
        Body(body): Body<PreviewBody>,
    ) -> Result<Json<SafetyAnswer>, Problem> {
        let wanted = PreviewFor { patient: body.patient_id, changes: None };
        let preview = views::preview(&self.0, &caller, wanted, &body.content(self.0.zone())).await?;
        Ok(Json(SafetyAnswer::of(preview.safety)))
    }

    /// Prescriptions
    ///
    /// Newest first. A patient sees their own; with `patientId` those of a patient who allows it; a doctor without
    /// `patientId` those that they wrote for patients whom they still may see.
    #[oai(path = "/", method = "get", operation_id = "list_prescriptions")]
    async fn list(
        &self,
        SignedIn(caller): SignedIn,
        /// Only in this state.
        status: Query<Option<Status>>,
        /// Of this patient.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
        /// Most items, 1 to 100; 50 when left out.
        limit: Query<Option<u32>>,
        /// Where the page starts.
        cursor: Query<Option<String>>,
    ) -> Result<RenderedList, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let wanted = Wanted { patient: patient_id.0, status: status.0, page };
        Ok(RenderedList::of(views::list(&self.0, &caller, wanted).await?))
    }

    /// A prescription
    ///
    /// The `ETag` of the answer is what `If-Match` of a change expects.
    #[oai(path = "/:id", method = "get", operation_id = "get_prescription")]
    async fn get(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        Ok(PrescriptionAnswer::tagged(views::get(&self.0, &caller, id.0).await?))
    }

    /// Check a prescription as it stands
    ///
    /// What the safety check says of it today: an allergy, a pregnancy or another medicine may have come since it was
    /// signed. Findings that were overridden are among them.
    #[oai(path = "/:id/safety", method = "get", operation_id = "get_prescription_safety")]
    async fn safety(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
    ) -> Result<Json<SafetyAnswer>, Problem> {
        Ok(Json(SafetyAnswer::of(views::safety(&self.0, &caller, id.0).await?)))
    }

    /// Versions of a prescription
    ///
    /// Newest first, each with its author, reason, full content and what it changed, in Khmer and English.
    #[oai(path = "/:id/versions", method = "get", operation_id = "list_prescription_versions")]
    async fn versions(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
        /// Most items, 1 to 100; 50 when left out.
        limit: Query<Option<u32>>,
        /// Where the page starts.
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<VersionAnswer>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let versions = views::versions(&self.0, &caller, id.0, page).await?;
        Ok(Json(Listed::from_page(versions, |version| VersionAnswer::of(id.0, version))))
    }

    /// One version of a prescription
    ///
    /// As it was written; versions never change.
    #[oai(path = "/:id/versions/:number", method = "get", operation_id = "get_prescription_version")]
    async fn version(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
        number: Path<u32>,
    ) -> Result<Json<VersionAnswer>, Problem> {
        let version = views::version(&self.0, &caller, id.0, number.0).await?;
        Ok(Json(VersionAnswer::of(id.0, version)))
    }

    /// Change a prescription
    ///
    /// For its author. Makes a new version; fields left out stay. A line keeps its id through every change, and
    /// what was taken of it stays taken: it is not planned again. When the patient has confirmed the prescription, the
    /// version waits for them (`pendingVersion`).
    #[oai(path = "/:id", method = "patch", operation_id = "change_prescription")]
    async fn change(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
        /// The `ETag` that the author saw; 412 when somebody changed it meanwhile.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<ChangeBody>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        let request = body.request(if_match::revision(if_match.0.as_deref())?, self.0.zone());
        let written = flows::change(&self.0, &caller, id.0, request).await?;
        Ok(PrescriptionAnswer::written(written))
    }

    /// Change a prescription urgently
    ///
    /// As a change, but it holds at once and needs a reason that the patient reads. A version that still waits
    /// for the patient is withdrawn.
    #[oai(path = "/:id/urgent-update", method = "post", operation_id = "change_prescription_urgently")]
    async fn urgent_update(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
        /// The `ETag` that the author saw; 412 when somebody changed it meanwhile.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<UrgentChangeBody>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        let request = body.request(if_match::revision(if_match.0.as_deref())?, self.0.zone())?;
        let written = flows::change(&self.0, &caller, id.0, request).await?;
        Ok(PrescriptionAnswer::written(written))
    }

    /// Add a medicine
    ///
    /// For the author; a change like any other.
    #[oai(path = "/:id/medicines", method = "post", operation_id = "add_medication")]
    async fn add_medicine(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
        Body(body): Body<LineBody>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        let edit = Edit::AddLine(Box::new(body.input(self.0.zone())));
        let request = ChangeRequest { edit, reason: None, pace: Pace::Ordinary, if_match: None };
        let written = flows::change(&self.0, &caller, id.0, request).await?;
        Ok(PrescriptionAnswer::written(written))
    }

    /// Issue a draft
    ///
    /// It takes effect at once, or asks the patient with `requiresConfirmation`.
    #[oai(path = "/:id/issue", method = "post", operation_id = "issue_prescription")]
    async fn issue(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
        Body(body): Body<Option<IssueBody>>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        let written = flows::issue(&self.0, &caller, id.0, IssueBody::request(body)).await?;
        Ok(PrescriptionAnswer::written(written))
    }

    /// Discard a draft
    ///
    /// For the author, also of what the patient has not confirmed yet. It stays readable for them.
    #[oai(path = "/:id/discard", method = "post", operation_id = "discard_prescription")]
    async fn discard(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        Ok(PrescriptionAnswer::tagged(flows::discard(&self.0, &caller, id.0).await?))
    }

    /// Confirm
    ///
    /// For the patient: a prescription that asks for it, whose doses are planned then, or the version that waits.
    #[oai(path = "/:id/confirm", method = "post", operation_id = "confirm_prescription")]
    async fn confirm(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        Ok(PrescriptionAnswer::written(flows::confirm(&self.0, &caller, id.0).await?))
    }

    /// Reject
    ///
    /// For the patient, with a reason that the author reads. Of a version that waits, the one in force stays.
    #[oai(path = "/:id/reject", method = "post", operation_id = "reject_prescription")]
    async fn reject(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
        Body(body): Body<ReasonBody>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        let row = flows::reject(&self.0, &caller, id.0, body.reason).await?;
        Ok(PrescriptionAnswer::tagged(row))
    }

    /// Ask for a revision
    ///
    /// For the patient, with a reason. Only a revised version leads on.
    #[oai(path = "/:id/retake", method = "post", operation_id = "retake_prescription")]
    async fn retake(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
        Body(body): Body<ReasonBody>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        let row = flows::retake(&self.0, &caller, id.0, body.reason).await?;
        Ok(PrescriptionAnswer::tagged(row))
    }

    /// Pause
    ///
    /// For the patient or the author. Future doses are cancelled and do not count.
    #[oai(path = "/:id/pause", method = "post", operation_id = "pause_prescription")]
    async fn pause(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
        Body(body): Body<Option<PauseBody>>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        let reason = body.and_then(|body| body.reason);
        Ok(PrescriptionAnswer::turned(flows::pause(&self.0, &caller, id.0, reason).await?))
    }

    /// Resume
    ///
    /// For the patient or the author. Doses are planned from now.
    #[oai(path = "/:id/resume", method = "post", operation_id = "resume_prescription")]
    async fn resume(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        Ok(PrescriptionAnswer::turned(flows::resume(&self.0, &caller, id.0).await?))
    }

    /// Stop
    ///
    /// For the patient or the author, with a reason. Doses recorded stay.
    #[oai(path = "/:id/stop", method = "post", operation_id = "stop_prescription")]
    async fn stop(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
        Body(body): Body<ReasonBody>,
    ) -> Result<Tagged<PrescriptionAnswer>, Problem> {
        Ok(PrescriptionAnswer::tagged(flows::stop(&self.0, &caller, id.0, body.reason).await?))
    }

    /// Prescribe to several patients
    ///
    /// For a verified doctor, at most 200 patients. Each gets a result of their own, with what the safety check says of
    /// them; with `dryRun` nothing is written. A finding of one patient that asks for a reason takes it in
    /// `patientOverrides`. Repeated under the same `Idempotency-Key`, also after the server was interrupted, it writes
    /// nothing twice and goes on with who has none.
    #[oai(path = "/batch", method = "post", operation_id = "create_prescription_batch")]
    async fn batch(
        &self,
        SignedIn(caller): SignedIn,
        Body(body): Body<BatchBody>,
    ) -> Result<Json<BatchAnswer>, Problem> {
        let done = flows::write_batch(&self.0, &caller, body.request(self.0.zone())?).await?;
        Ok(Json(BatchAnswer::of(done)))
    }

    /// A batch
    ///
    /// For its author: the prescription of each patient, and who has none.
    #[oai(path = "/batch/:id", method = "get", operation_id = "get_prescription_batch")]
    async fn find_batch(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<BatchId>,
    ) -> Result<Json<BatchAnswer>, Problem> {
        Ok(Json(BatchAnswer::of(flows::find_batch(&self.0, &caller, id.0).await?)))
    }

    /// Take a batch back
    ///
    /// Within an hour: discards or stops each of its prescriptions that was not changed since and of which no dose was
    /// recorded.
    #[oai(path = "/batch/:id/undo", method = "post", operation_id = "undo_prescription_batch")]
    async fn undo_batch(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<BatchId>,
    ) -> Result<Json<BatchAnswer>, Problem> {
        Ok(Json(BatchAnswer::of(flows::undo_batch(&self.0, &caller, id.0).await?)))
    }
}
