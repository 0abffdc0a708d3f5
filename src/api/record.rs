//! A person's whole record, to take away: what the single answers say, in one.

use std::sync::Arc;

use poem::{Body, IntoResponse, Response};
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Area;
use super::audit::AuditAnswer;
use super::auth::bodies::SessionView;
use super::batch_medications::PillGroupView;
use super::caller::SignedIn;
use super::clinical_record::ClinicalRecordView;
use super::connections::bodies::{AccessRequestAnswer, ConnectionAnswer};
use super::devices::DeviceAnswer;
use super::doses::shown::DoseView;
use super::health_monitoring::{HealthAlert, MonitoringView, News2Score, VitalView};
use super::notes::NoteView;
use super::notification_settings::NotificationSettings;
use super::notifications::NotificationAnswer;
use super::output::json_answer;
use super::payments::PaymentAnswer;
use super::photos::PhotoView;
use super::prescriptions::shown::{PrescriptionAnswer, VersionAnswer};
use super::problem::Problem;
use super::subscriptions::SubscriptionView;
use super::types::{Day, Instant};
use super::users::Profile;
use crate::flows::sessions::own_session;
use crate::platform::context::Context;
use crate::platform::i18n::Language;
use crate::platform::ids::{SessionId, UserId};
use crate::views::record::{self as views, DoseDay, HealthRecord, PrescriptionRecord, Record};

/// Whole records.
pub struct RecordApi(pub Arc<Context>);

/// The whole record of a person, oldest first throughout. Each part is what the call for it answers.
#[derive(Debug, Object)]
#[oai(rename = "PersonRecord", rename_all = "camelCase")]
pub struct RecordAnswer {
    /// The moment at which it was so.
    exported_at: Instant,
    /// The clinic.
    clinic: String,
    /// The clinic's time zone, in which days and times of day are meant: `Asia/Phnom_Penh`.
    time_zone: String,
    /// Who it is, with contacts and whether they are confirmed.
    profile: Profile,
    /// How messages reach the person.
    notification_settings: NotificationSettings,
    /// Since when the person has a second factor; null without one.
    second_factor_on_since: Option<Instant>,
    /// Where the person is signed in.
    sessions: Vec<SessionView>,
    /// The devices that get push messages.
    devices: Vec<DeviceAnswer>,
    /// With whom the person is or was connected.
    connections: Vec<ConnectionAnswer>,
    /// Who asked to see part of the person's record.
    access_requests: Vec<AccessRequestAnswer>,
    /// Messages to the person. Of one about somebody's record that is shared no more only that it came.
    notifications: Vec<NotificationAnswer>,
    /// What the person did. What others did with the record is `GET /audit/record`.
    actions: Vec<AuditAnswer>,
    /// What is paid for.
    subscription: SubscriptionView,
    /// The payments that the person asked for, without pictures.
    payments: Vec<PaymentAnswer>,
    /// Photographs, those of the person's medicines too, each with the path of its file.
    photos: Vec<PhotoView>,
    /// Treatment and measurements; null for who is no patient, and while the account is not in use.
    health: Option<HealthAnswer>,
}

/// A patient's treatment and measurements, oldest first throughout.
#[derive(Debug, Object)]
#[oai(rename = "HealthRecord", rename_all = "camelCase")]
pub struct HealthAnswer {
    /// The prescriptions that were issued, and the patient's own.
    prescriptions: Vec<PrescriptionHistory>,
    /// The days that have doses, those planned ahead too.
    dose_days: Vec<DoseDayAnswer>,
    /// Medicines that the patient uses together.
    pill_groups: Vec<PillGroupView>,
    /// Measurements, those marked as wrong too.
    vitals: Vec<VitalView>,
    /// Health alerts.
    health_alerts: Vec<HealthAlert>,
    /// Complete early warning scores.
    early_warning_scores: Vec<News2Score>,
    /// The limits in force for measurements.
    monitoring: MonitoringView,
    /// What doctors share of their notes.
    doctor_notes: Vec<NoteView>,
    /// Allergies, conditions, pregnancy and the rest, with all of their history.
    clinical_record: ClinicalRecordView,
}

/// A prescription with everything that was ever written of it.
#[derive(Debug, Object)]
pub struct PrescriptionHistory {
    /// As it stands.
    prescription: PrescriptionAnswer,
    /// All versions, from the first.
    versions: Vec<VersionAnswer>,
}

impl PrescriptionHistory {
    fn of(record: PrescriptionRecord) -> Self {
        let id = record.prescription.id;
        Self {
            prescription: PrescriptionAnswer::of(record.prescription),
            versions: record.versions.into_iter().map(|version| VersionAnswer::of(id, version)).collect(),
        }
    }
}

/// The doses of one day: planned, recorded, cancelled, and taken as needed.
#[derive(Debug, Object)]
#[oai(rename = "DoseDay")]
pub struct DoseDayAnswer {
    /// The day of the clinic's calendar.
    date: Day,
    /// The doses by time.
    doses: Vec<DoseView>,
}

impl DoseDayAnswer {
    fn of(day: DoseDay) -> Self {
        Self { date: Day(day.date), doses: day.doses.iter().map(|card| DoseView::of(card)).collect() }
    }
}

/// An object that is written member by member and item by item: as one tree of JSON values a record of years would take
/// ten times the memory.
struct Members(String);

impl Members {
    fn open() -> Self {
        Self("{".to_owned())
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    fn value(&mut self, name: &str, value: &impl ToJSON) {
        self.name(name);
        self.0.push_str(&value.to_json_string());
    }

    fn list<T: ToJSON>(&mut self, name: &str, items: impl Iterator<Item = T>) {
        self.name(name);
        let mut before = '[';
        for item in items {
            self.0.push(before);
            self.0.push_str(&item.to_json_string());
            before = ',';
        }
        self.0.push_str(if before == '[' { "[]" } else { "]" });
    }

    fn object(&mut self, name: &str, members: Option<Self>) {
        self.name(name);
        self.0.push_str(&members.map_or_else(|| "null".to_owned(), Self::close));
    }

    fn close(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A [`RecordAnswer`], written.
pub struct WrittenRecord(String);

impl WrittenRecord {
    fn of(record: Record, current: SessionId, language: Language) -> Self {
        // Named one by one, so that nothing that is gathered can be forgotten here.
        let Record {
            at,
            clinic,
            time_zone,
            person,
            second_factor_on_since,
            sessions,
            devices,
            connections,
            access_requests,
            notifications,
            actions,
            subscription,
            payments,
            photos,
            health,
        } = record;
        let mut whole = Members::open();
        whole.value("exportedAt", &Instant(at));
        whole.value("clinic", &clinic);
        whole.value("timeZone", &time_zone.name().to_owned());
        whole.value("profile", &Profile::of(&person, at));
        whole.value("notificationSettings", &NotificationSettings::of(&person.preferences));
        whole.value("secondFactorOnSince", &second_factor_on_since.map(Instant));
        whole.list("sessions", sessions.into_iter().map(|session| SessionView::of(session, current)));
        whole.list("devices", devices.into_iter().map(DeviceAnswer::of));
        whole.list("connections", connections.into_iter().map(ConnectionAnswer::from));
        whole.list("accessRequests", access_requests.into_iter().map(AccessRequestAnswer::from));
        let messages = notifications.into_iter();
        whole.list("notifications", messages.map(|message| NotificationAnswer::of(message, language)));
        whole.list("actions", actions.into_iter().map(AuditAnswer::of));
        whole.value("subscription", &SubscriptionView::of(&subscription));
        whole.list("payments", payments.into_iter().map(PaymentAnswer::of));
        whole.list("photos", photos.into_iter().map(PhotoView::of));
        whole.object("health", health.map(|health| written_health(person.id, health)));
        Self(whole.close())
    }
}

fn written_health(patient: UserId, health: HealthRecord) -> Members {
    let HealthRecord {
        prescriptions,
        dose_days,
        pill_groups,
        vitals,
        alerts,
        scores,
        monitoring,
        notes,
        clinical,
    } = health;
    let mut whole = Members::open();
    whole.list("prescriptions", prescriptions.into_iter().map(PrescriptionHistory::of));
    whole.list("doseDays", dose_days.into_iter().map(DoseDayAnswer::of));
    whole.list("pillGroups", pill_groups.into_iter().map(PillGroupView::of));
    whole.list("vitals", vitals.iter().map(VitalView::of));
    whole.list("healthAlerts", alerts.into_iter().map(HealthAlert::of));
    whole.list("earlyWarningScores", scores.iter().map(News2Score::of));
    whole.value("monitoring", &MonitoringView::tagged(patient, &monitoring).body);
    whole.list("doctorNotes", notes.into_iter().map(NoteView::of));
    whole.value("clinicalRecord", &ClinicalRecordView::whole(clinical));
    whole
}

impl IntoResponse for WrittenRecord {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type(<Json<String> as Payload>::CONTENT_TYPE)
            .body(Body::from_string(self.0))
    }
}

impl ApiResponse for WrittenRecord {
    fn meta() -> MetaResponses {
        json_answer(RecordAnswer::schema_ref())
    }

    fn register(registry: &mut Registry) {
        RecordAnswer::register(registry);
    }
}

#[OpenApi(prefix_path = "/users", tag = "Area::Users")]
impl RecordApi {
    /// All data kept about oneself
    ///
    /// One record to take away: profile and settings, sessions and devices, connections, messages, actions, payments, and of a
    /// patient prescriptions with all versions, doses day by day, measurements, alerts, scores and the clinical record with its
    /// history. Each part reads as the
    /// call for it answers, and hides what that hides. Two are gathered at a time; a third waits.
    #[oai(path = "/me/export", method = "get", operation_id = "export_own_data")]
    async fn export(&self, SignedIn(caller): SignedIn) -> Result<WrittenRecord, Problem> {
        let (current, language) = (own_session(&caller)?, caller.language);
        let show = move |record| Ok(WrittenRecord::of(record, current, language));
        Ok(views::own(&self.0, &caller, show).await?)
    }
}
