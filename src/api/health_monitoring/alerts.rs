//! Health alerts and the emergency button.

use std::sync::Arc;

use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use super::bodies::{EmergencyRequest, ResolveAlertRequest};
use super::shown::number;
use super::standards::News2Score;
use crate::api::Area;
use crate::api::caller::SignedIn;
use crate::api::input::Body;
use crate::api::output::Listed;
use crate::api::problem::Problem;
use crate::api::types::Instant;
use crate::domain::auth::model::Caller;
use crate::domain::vitals::alert::{Alert, AlertReading, AlertState, Topic};
use crate::domain::vitals::model::{Severity, VitalType};
use crate::domain::vitals::trends::Gain;
use crate::domain::vitals::units::unit_of;
use crate::flows::vitals as flows;
use crate::platform::context::Context;
use crate::platform::error::Error;
use crate::platform::ids::{AlertId, UserId, VitalId};
use crate::views::alerts::{self as views, AlertQuery, AlertView, Detail};
use crate::views::vitals::IdPage;

/// Health alerts and the emergency button.
pub struct HealthAlertsApi(pub Arc<Context>);

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AlertKind {
    /// A value outside its range.
    Reading,
    /// Three blood pressures in a row, each higher than the one before.
    RisingBloodPressure,
    /// Two kilograms in three days.
    WeightGain,
    /// The early warning score.
    EarlyWarningScore,
    /// The patient pressed the emergency button.
    Emergency,
}

impl AlertKind {
    const fn of(topic: Topic) -> Self {
        match topic {
            Topic::Reading(_) => Self::Reading,
            Topic::RisingBloodPressure => Self::RisingBloodPressure,
            Topic::WeightGain => Self::WeightGain,
            Topic::News2 => Self::EarlyWarningScore,
            Topic::Emergency => Self::Emergency,
        }
    }
}

/// A measurement that an alert shows.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "AlertReading")]
pub struct AlertReadingView {
    /// Which measurement.
    vital_id: VitalId,
    /// Its value in `unit`; systolic for a blood pressure.
    value: f64,
    /// Diastolic.
    value_secondary: Option<f64>,
    /// The unit that values of its type are kept in.
    unit: String,
    /// The value as typed.
    typed_value: f64,
    /// Diastolic as typed.
    typed_value_secondary: Option<f64>,
    /// The unit as typed.
    typed_unit: String,
    /// When it was measured.
    measured_at: Instant,
    /// How grave it is; null when it is in the range.
    severity: Option<Severity>,
}

impl AlertReadingView {
    fn of(shown: AlertReading) -> Self {
        let reading = shown.reading;
        Self {
            vital_id: shown.vital,
            value: reading.value.as_number(),
            value_secondary: number(reading.secondary),
            unit: unit_of(reading.vital_type).code().to_owned(),
            typed_value: reading.typed_value.as_number(),
            typed_value_secondary: number(reading.typed_secondary),
            typed_unit: reading.typed_unit.code().to_owned(),
            measured_at: shown.measured_at.into(),
            severity: shown.severity,
        }
    }
}

/// A gain of weight.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "WeightGain")]
pub struct WeightGainView {
    /// The least weight of the three days before, kg.
    from: f64,
    /// The weight then, kg.
    to: f64,
    /// In how many days, each that was begun counted; 1 to 3.
    days: i64,
}

impl WeightGainView {
    fn of(gain: Gain) -> Self {
        Self { from: gain.from.as_number(), to: gain.to.as_number(), days: gain.days() }
    }
}

/// A health alert.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct HealthAlert {
    /// Its id.
    id: AlertId,
    /// Whose record it concerns.
    patient_id: UserId,
    /// The patient's name.
    patient_name: String,
    /// What it is about.
    kind: AlertKind,
    /// The type of measurement it rests on.
    vital_type: Option<VitalType>,
    /// How grave.
    severity: Severity,
    /// Where it stands.
    state: AlertState,
    /// The gravest measurement since it opened; for EARLY_WARNING_SCORE one that the gravest score rests on. Like all
    /// values null for clinic staff.
    reading: Option<AlertReadingView>,
    /// Whether that measurement was marked as wrong since.
    reading_withdrawn: bool,
    /// The newest measurement of the type until the alert ended, whether or not it is in the range; the same as
    /// `reading` when nothing was measured since. Null for EARLY_WARNING_SCORE and EMERGENCY.
    latest: Option<AlertReadingView>,
    /// The gravest early warning score since it opened, for EARLY_WARNING_SCORE.
    early_warning_score: Option<News2Score>,
    /// The newest complete score until the alert ended, for EARLY_WARNING_SCORE.
    latest_early_warning_score: Option<News2Score>,
    /// The greatest gain since it opened, for WEIGHT_GAIN.
    weight_gain: Option<WeightGainView>,
    /// The patient's words, for EMERGENCY.
    message: Option<String>,
    /// Where the patient is, for EMERGENCY.
    location: Option<String>,
    /// How many readings, scores or presses belong to it.
    occasions: u32,
    /// When it opened first.
    opened_at: Instant,
    /// When people were last told because of a new occasion.
    alerted_at: Instant,
    /// How often it was escalated since.
    escalations: u32,
    /// Who took it over.
    acknowledged_by: Option<UserId>,
    /// When.
    acknowledged_at: Option<Instant>,
    /// Who ended it.
    resolved_by: Option<UserId>,
    /// When.
    resolved_at: Option<Instant>,
    /// How it ended; null for clinic staff.
    note: Option<String>,
}

impl HealthAlert {
    pub(in crate::api) fn of(view: AlertView) -> Self {
        let AlertView { alert, patient_name, detail } = view;
        let full = detail == Detail::Full;
        let words = |words: &Option<crate::platform::secret::Phi<String>>| {
            words.as_ref().map(|words| words.reveal().clone())
        };
        Self {
            id: alert.id,
            patient_id: alert.patient,
            patient_name,
            kind: AlertKind::of(alert.topic),
            vital_type: alert.topic.vital_type(),
            severity: alert.severity,
            state: alert.state,
            reading: alert.gravest().filter(|_| full).map(AlertReadingView::of),
            reading_withdrawn: alert.reading_withdrawn,
            latest: alert.latest.filter(|_| full).map(AlertReadingView::of),
            early_warning_score: alert.score.as_ref().filter(|_| full).map(News2Score::of),
            latest_early_warning_score: alert.latest_score.as_ref().filter(|_| full).map(News2Score::of),
            weight_gain: alert.gain.filter(|_| full).map(WeightGainView::of),
            message: words(&alert.message),
            location: words(&alert.location),
            occasions: alert.occasions,
            opened_at: alert.opened_at.into(),
            alerted_at: alert.alerted_at.into(),
            escalations: alert.rung,
            acknowledged_by: alert.acknowledged.map(|hand| hand.by),
            acknowledged_at: alert.acknowledged.map(|hand| hand.at.into()),
            resolved_by: alert.resolved.map(|hand| hand.by),
            resolved_at: alert.resolved.map(|hand| hand.at.into()),
            note: words(&alert.note).filter(|_| full),
        }
    }
}

impl HealthAlertsApi {
    fn shown(&self, caller: &Caller, alert: Alert) -> Result<Json<HealthAlert>, Error> {
        Ok(Json(HealthAlert::of(AlertView::of(&self.0, caller, alert)?)))
    }
}

#[OpenApi(prefix_path = "/health-monitoring", tag = "Area::HealthMonitoring")]
impl HealthAlertsApi {
    /// Health alerts
    ///
    /// Newest first: a patient's own; for doctors and family those of everybody whose vital signs are shared with them;
    /// for admins those that were escalated to them, without values.
    #[oai(path = "/alerts", method = "get", operation_id = "list_health_alerts")]
    async fn list(
        &self,
        SignedIn(caller): SignedIn,
        /// Only in this state.
        state: Query<Option<AlertState>>,
        /// Only of this patient.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<HealthAlert>>, Problem> {
        let page = IdPage::parse(limit.0, cursor.0.as_deref())?;
        let query = AlertQuery { patient: patient_id.0, state: state.0 };
        let found = views::list(&self.0, &caller, query, page).await?;
        Ok(Json(Listed::from_page(found, HealthAlert::of)))
    }

    /// A health alert
    ///
    /// With the gravest reading since it opened, the latest one, and who took it over.
    #[oai(path = "/alerts/:id", method = "get", operation_id = "get_health_alert")]
    async fn get(&self, SignedIn(caller): SignedIn, id: Path<AlertId>) -> Result<Json<HealthAlert>, Problem> {
        Ok(Json(HealthAlert::of(views::get(&self.0, &caller, id.0).await?)))
    }

    /// Take an alert over
    ///
    /// For doctors with write access, and for admins to whom it was escalated. Escalation ends. The first one wins;
    /// whoever comes later gets the alert as it stands.
    #[oai(path = "/alerts/:id/acknowledge", method = "post", operation_id = "acknowledge_health_alert")]
    async fn acknowledge(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<AlertId>,
    ) -> Result<Json<HealthAlert>, Problem> {
        let alert = flows::acknowledge(&self.0, &caller, id.0).await?;
        Ok(self.shown(&caller, alert)?)
    }

    /// End an alert
    ///
    /// With a word on how. For those who may take it over.
    #[oai(path = "/alerts/:id/resolve", method = "post", operation_id = "resolve_health_alert")]
    async fn resolve(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<AlertId>,
        Body(body): Body<ResolveAlertRequest>,
    ) -> Result<Json<HealthAlert>, Problem> {
        let alert = flows::resolve(&self.0, &caller, id.0, body.request()).await?;
        Ok(self.shown(&caller, alert)?)
    }

    /// Call for help
    ///
    /// For patients. Tells everybody connected with the patient, whatever is shared with them, and the clinic's staff.
    /// Pressed again within a minute it answers with the same alert and tells nobody again.
    #[oai(path = "/emergency", method = "post", operation_id = "call_for_help")]
    async fn emergency(
        &self,
        SignedIn(caller): SignedIn,
        Body(body): Body<EmergencyRequest>,
    ) -> Result<Json<HealthAlert>, Problem> {
        let alert = flows::press(&self.0, &caller, body.request()).await?;
        Ok(self.shown(&caller, alert)?)
    }
}
