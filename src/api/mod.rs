//! HTTP: the only floor that names poem. One file for each area, each with its request and answer types and its
//! handlers.
//!
//! # How a handler is written
//! Extract, call one flow or view, wrap. Three to ten lines, no decision in it:
//!
//! ```text
//! /// Nudges.
//! pub struct NudgesApi(pub Arc<Context>);
//!
//! /// What a caregiver sends.
//! #[derive(Debug, Object)]
//! #[oai(rename_all = "camelCase")]
//! pub struct NudgeRequest {
//!     /// Whom to remind.
//!     patient_id: UserId,
//!     /// A word of encouragement.
//!     #[oai(validator(max_length = 200))]
//!     text: Option<String>,
//! }
//!
//! #[OpenApi(prefix_path = "/nudges", tag = "Area::Connections")]
//! impl NudgesApi {
//!     /// Send a nudge
//!     ///
//!     /// Reminds a patient of a dose. At most two for each dose and caregiver.
//!     #[oai(path = "/", method = "post", operation_id = "send_nudge")]
//!     async fn send(&self, SignedIn(caller): SignedIn, Body(nudge): Body<NudgeRequest>) -> Result<Created<NudgeView>, Problem> {
//!         let sent = flows::nudges::send(&self.0, &caller, nudge.patient_id, nudge.text).await?;
//!         Ok(Created(NudgeView::of(sent)))
//!     }
//!
//!     /// A nudge
//!     #[oai(path = "/:id", method = "get", operation_id = "get_nudge")]
//!     async fn get(&self, SignedIn(caller): SignedIn, id: Path<NudgeId>) -> Result<Json<NudgeView>, Problem> {
//!         Ok(Json(NudgeView::of(views::nudges::get(&self.0, &caller, id.0).await?)))
//!     }
//! }
//! ```
//!
//! - [`caller::SignedIn`] demands a token, [`caller::Anyone`] does not; roles are the flow's business.
//! - [`input::Body`] for every body: it names all bad fields at once. `form::Checked` where the domain shall
//!   have its say on the other fields even when the schema does not fit. Schema validators (`min_length`, `maximum`,
//!   `pattern`) are checked here; rules of the domain in the flow with `FieldErrors`.
//! - Ids, [`types::Instant`], [`types::Moment`], [`types::Day`], [`types::TimeOfDay`] and the domain's closed
//!   lists (declared with `named_lists!` in the area's file or in `types.rs`) stand directly in types.
//!   No anonymous inline lists.
//! - Answers: `Json<T>` 200, [`output::Created`] 201, [`output::NoContent`] 204, lists `Json<Listed<T>>` with
//!   `limit: Query<Option<u32>>, cursor: Query<Option<String>>` and `PageRequest::parse`.
//! - Failures: `?` on the product's error. Only `problem.rs` knows status codes.
//! - The first line of the doc comment is the summary, the rest the description; every operation has both an
//!   `operation_id` and a tag from [`Area`].
//!
//! To add an area: a file here, a line in `api`, its tag in [`Area`].

mod adherence;
pub mod audit;
mod auth;
mod batch_medications;
pub mod caller;
pub mod client_address;
mod clinical_record;
pub mod connections;
mod credential;
mod devices;
mod doctor;
mod doctors;
mod doses;
mod form;
pub mod frame;
mod health_monitoring;
mod if_match;
mod incoming;
pub mod input;
mod jobs;
pub mod limits;
pub mod medications;
pub mod medicines;
pub mod metrics;
mod notes;
mod notification_settings;
pub mod notifications;
mod openapi;
mod origins;
pub mod output;
mod pages;
pub mod patients;
mod payments;
mod photos;
pub mod prescriptions;
pub mod problem;
mod put_right;
mod query;
mod reach;
mod realtime;
mod record;
pub mod request;
mod reviewers;
pub mod routes;
mod safety;
mod server;
mod staff;
mod status;
mod subscriptions;
pub mod types;
mod ui;
mod users;
mod users_in_person;

use std::sync::Arc;

use poem::{Endpoint, Response, Route};
use poem_openapi::{OpenApi, Tags};

use frame::Frame;
use metrics::{Metrics, OperationCounts};
pub use openapi::document;
pub use server::{Listeners, serve};

use crate::platform::context::Context;

/// Groups of operations in the documentation.
#[derive(Tags)]
pub enum Area {
    /// Registration, sign-in, sessions.
    Auth,
    /// People and doctors.
    Users,
    /// Who may see whose record.
    Connections,
    /// Allergies, conditions, pregnancy, kidneys and what else decides whether a medicine is safe.
    ClinicalRecord,
    /// The catalogue of medicines.
    Medicines,
    /// Prescriptions and their versions.
    Prescriptions,
    /// The rules that prescriptions are held against.
    Safety,
    /// Planned and recorded intakes.
    Doses,
    /// How regularly medicine is taken.
    Adherence,
    /// Measurements and health alerts.
    HealthMonitoring,
    /// Messages to a person.
    Notifications,
    /// Events as they happen.
    RealTime,
    /// Plans and what is paid for.
    Payments,
    /// The doctor's overview.
    Doctor,
    /// Who did what.
    Audit,
    /// For clinic staff.
    Admin,
}

/// Every area of the API.
fn api(context: &Arc<Context>) -> impl OpenApi + use<> {
    // Tuples hold at most sixteen: nest them.
    let people = (
        auth::AuthApi(Arc::clone(context)),
        auth::browser::BrowserApi(Arc::clone(context)),
        auth::second_factor::SecondFactorApi(Arc::clone(context)),
        doctors::DoctorsApi(Arc::clone(context)),
        photos::PhotosApi(Arc::clone(context)),
        record::RecordApi(Arc::clone(context)),
        reviewers::ReviewersApi(Arc::clone(context)),
        users::UsersApi(Arc::clone(context)),
    );
    let money = (
        payments::PaymentsApi(Arc::clone(context)),
        payments::WebhookApi(Arc::clone(context)),
        subscriptions::SubscriptionsApi(Arc::clone(context)),
    );
    let admin = (jobs::JobsApi(Arc::clone(context)), status::StatusApi(Arc::clone(context)));
    let circle = (
        audit::AuditApi(Arc::clone(context)),
        connections::ConnectionsApi(Arc::clone(context)),
        devices::DevicesApi(Arc::clone(context)),
        notification_settings::NotificationSettingsApi(Arc::clone(context)),
        notifications::NotificationsApi(Arc::clone(context)),
        patients::PatientsApi(Arc::clone(context)),
        realtime::RealTimeApi(Arc::clone(context)),
    );
    let doses = (
        adherence::AdherenceApi(Arc::clone(context)),
        batch_medications::BatchMedicationsApi(Arc::clone(context)),
        doses::DosesApi(Arc::clone(context)),
    );
    let health = (
        clinical_record::ClinicalRecordApi(Arc::clone(context)),
        clinical_record::ClinicalEntriesApi(Arc::clone(context)),
        health_monitoring::HealthMonitoringApi(Arc::clone(context)),
        health_monitoring::HealthAlertsApi(Arc::clone(context)),
    );
    let treatment = (
        medications::MedicationsApi(Arc::clone(context)),
        prescriptions::PrescriptionsApi(Arc::clone(context)),
        safety::SafetyApi(Arc::clone(context)),
        safety::SafetyImportApi(Arc::clone(context)),
    );
    let care = (doctor::DoctorApi(Arc::clone(context)), notes::NotesApi(Arc::clone(context)));
    let catalogue = medicines::MedicinesApi(Arc::clone(context));
    (people, catalogue, circle, care, treatment, doses, health, money, admin)
}

/// The whole HTTP application, and what it counts.
pub(crate) fn application(
    context: &Arc<Context>,
) -> (impl Endpoint<Output = Response> + 'static + use<>, Arc<Metrics>) {
    let (route, routes) = routes::mount(Route::new(), || api(context));
    let metrics = Arc::new(Metrics { routes, elsewhere: OperationCounts::default() });
    let frame = Frame::new(
        ui::mount(pages::mount(status::mount(route, context), context)),
        Arc::clone(context),
        Arc::clone(&metrics),
    );
    (frame, metrics)
}
