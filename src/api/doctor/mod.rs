//! The doctor's overview of everybody they treat.

mod reasons;
mod shown;

use std::sync::Arc;

use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;

use shown::{DoctorDashboard, PatientChart, PatientOverview};

use super::Area;
use super::caller::SignedIn;
use super::output::Listed;
use super::problem::Problem;
use super::types::named_lists;
use crate::domain::adherence::model::Colour;
use crate::domain::attention::ReasonKind;
use crate::platform::context::Context;
use crate::platform::ids::UserId;
use crate::views::doctor::{self as views, HappeningKind, PatientSort, PatientsQuery};
use crate::views::vitals::IdPage;

named_lists! {
    /// Why a patient needs attention. ALERT_UNANSWERED: a health alert that nobody has taken over. BAD_VITALS: one that
    /// somebody has taken over and nobody has resolved. VISIT_OVERDUE: the day of a visit has passed and the doctor has
    /// prescribed nothing since the day before it. LOW_ADHERENCE: fewer doses were taken in the 7 days up to yesterday than
    /// YELLOW asks for. FALLING_ADHERENCE: 20 percentage points fewer than in the 7 days before. Both need 7 counted doses.
    /// SUPPLY_ENDS: what was prescribed of a medicine does not last to the end of its treatment. RECORD_LOST: part of the
    /// record is lost with a damaged page, and may hold other reasons.
    ReasonKind as "AttentionReasonKind": AlertUnanswered, BadVitals, VisitOverdue, LowAdherence, FallingAdherence,
        SupplyEnds, RecordLost;
    /// In which order patients are listed. ADHERENCE: the lowest first, at the end those of whom nothing counted and those
    /// who do not share it. ATTENTION: who needs attention first, the gravest first.
    PatientSort as "PatientSort": Adherence, Name, Attention;
    /// What happened to a patient.
    HappeningKind as "ChartEventKind": PrescriptionBegan, PrescriptionEnded, AlertOpened, AlertResolved, NoteWritten;
}

/// The doctor's overview.
pub struct DoctorApi(pub Arc<Context>);

#[OpenApi(prefix_path = "/doctor", tag = "Area::Doctor")]
impl DoctorApi {
    /// The doctor's board
    ///
    /// For verified doctors: how many patients they treat and how these do, health alerts that are not resolved, who needs
    /// attention most and why, and what waits for an answer; ten of each in full, of all the number. Only what each patient
    /// shares with the doctor now is counted. The look stands in each patient's audit once an hour.
    #[oai(path = "/dashboard", method = "get", operation_id = "get_doctor_dashboard")]
    async fn dashboard(&self, SignedIn(caller): SignedIn) -> Result<Json<DoctorDashboard>, Problem> {
        Ok(Json(DoctorDashboard::of(views::dashboard(&self.0, &caller).await?)))
    }

    /// The doctor's patients
    ///
    /// For verified doctors: everybody who is connected with them as a patient and shares at least who they are, with
    /// adherence, health alerts and reasons for attention as far as these are shared. The look at those who are shown
    /// stands in their audit once an hour.
    #[oai(path = "/patients", method = "get", operation_id = "list_doctor_patients")]
    #[expect(clippy::too_many_arguments, reason = "query parameters")]
    async fn patients(
        &self,
        SignedIn(caller): SignedIn,
        /// Part of a name in Khmer or Latin letters, whichever it is written in; the beginning of an e-mail address; at
        /// least four digits of a phone number.
        #[oai(validator(max_length = 100))]
        search: Query<Option<String>>,
        /// Only those whose adherence of the last 30 days has this colour.
        adherence: Query<Option<Colour>>,
        /// Only those who need attention, or only those who do not.
        #[oai(name = "needsAttention")]
        needs_attention: Query<Option<bool>>,
        /// ADHERENCE when left out.
        sort: Query<Option<PatientSort>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<PatientOverview>>, Problem> {
        let page = IdPage::parse(limit.0, cursor.0.as_deref())?;
        let query = PatientsQuery {
            search: search.0,
            colour: adherence.0,
            needs_attention: needs_attention.0,
            sort: sort.0.unwrap_or_default(),
        };
        let found = views::patients(&self.0, &caller, &query, page).await?;
        Ok(Json(Listed::from_page(found, PatientOverview::of)))
    }

    /// A patient's chart
    ///
    /// For verified doctors who may know the patient: consent, medicines in force with the adherence of each, allergies and
    /// conditions, adherence, newest measurements, health alerts, the doctor's own notes and what happened last, each as far
    /// as it is shared; `notShared` names what is not, and nobody is asked for it. Each look stands in the patient's audit.
    #[oai(path = "/patients/:id", method = "get", operation_id = "get_doctor_patient")]
    async fn chart(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
    ) -> Result<Json<PatientChart>, Problem> {
        Ok(Json(PatientChart::of(views::chart(&self.0, &caller, id.0).await?)))
    }

    /// Whom to call today
    ///
    /// For verified doctors: every patient with a reason for attention, with phone number and the reasons in words, the
    /// gravest first. The look stands in each patient's audit once an hour.
    #[oai(path = "/worklist", method = "get", operation_id = "list_doctor_worklist")]
    async fn worklist(
        &self,
        SignedIn(caller): SignedIn,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<PatientOverview>>, Problem> {
        let page = IdPage::parse(limit.0, cursor.0.as_deref())?;
        let found = views::worklist(&self.0, &caller, page).await?;
        Ok(Json(Listed::from_page(found, PatientOverview::of)))
    }
}
