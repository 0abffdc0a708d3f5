//! Measurements, what they show over time, and health alerts.

mod alerts;
mod bodies;
mod shown;
mod standards;

use std::sync::Arc;

use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, OpenApi};

pub use alerts::{HealthAlert, HealthAlertsApi};
use bodies::{RecordVitalRequest, SetThresholdsRequest};
use shown::VitalTrend;
pub use shown::VitalView;
use standards::News2View;
pub use standards::{MonitoringView, News2Score};

use super::Area;
use super::caller::SignedIn;
use super::if_match::revision;
use super::input::Body;
use super::output::{Created, Listed, NoContent};
use super::prescriptions::payloads::Tagged;
use super::problem::Problem;
use super::types::{Day, Moment, named_lists};
use crate::domain::vitals::alert::AlertState;
use crate::domain::vitals::model::{
    Breathing, Consciousness, Severity, VitalContext, VitalSource, VitalType,
};
use crate::domain::vitals::monitoring::Spo2Scale;
use crate::domain::vitals::news2::Risk;
use crate::domain::vitals::observations::Exclusion;
use crate::domain::vitals::trends::Period;
use crate::flows::vitals as flows;
use crate::platform::context::Context;
use crate::platform::ids::{UserId, VitalId};
use crate::views::vitals::{self as views, IdPage, TrendQuery, VitalQuery};

/// Measurements and what holds for a patient's monitoring.
pub struct HealthMonitoringApi(pub Arc<Context>);

named_lists! {
    /// What is measured.
    VitalType as "VitalType": BloodPressure, Glucose, HeartRate, Temperature, Spo2, Weight, RespiratoryRate;
    /// In which circumstances it was measured. FASTING, RANDOM and AFTER_MEAL belong to GLUCOSE, RESTING and
    /// AFTER_EXERCISE to the others, SYMPTOMS to all.
    VitalContext as "VitalContext": Fasting, Random, AfterMeal, Resting, AfterExercise, Symptoms;
    /// Where a value comes from.
    VitalSource as "VitalSource": Manual, Device, Clinic;
    /// What the patient breathes: room air, or supplemental oxygen.
    Breathing as "Breathing": Air, Oxygen;
    /// How awake the patient is, by ACVPU; CONFUSION means new confusion.
    Consciousness as "Consciousness": Alert, Confusion, Voice, Pain, Unresponsive;
    /// How grave a value or an alert is.
    Severity as "Severity": Low, Medium, High, Critical;
    /// Where an alert stands.
    AlertState as "AlertState": Open, Acknowledged, Resolved;
    /// Which scale of NEWS2 judges the oxygen saturation. SCALE2 only by a clinician's decision.
    Spo2Scale as "Spo2Scale": Scale1, Scale2;
    /// Why there is no early warning score.
    Exclusion as "News2Exclusion": UnderSixteen, Pregnant, AgeUnknown;
    /// The clinical risk of an early warning score.
    Risk as "News2Risk": Low, LowMedium, Medium, High;
}

/// Steps of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub enum TrendPeriod {
    /// Days.
    Day,
    /// Weeks from Monday to Sunday.
    Week,
    /// Calendar months.
    Month,
}

impl From<TrendPeriod> for Period {
    fn from(period: TrendPeriod) -> Self {
        match period {
            TrendPeriod::Day => Self::Day,
            TrendPeriod::Week => Self::Week,
            TrendPeriod::Month => Self::Month,
        }
    }
}

impl From<Period> for TrendPeriod {
    fn from(period: Period) -> Self {
        match period {
            Period::Day => Self::Day,
            Period::Week => Self::Week,
            Period::Month => Self::Month,
        }
    }
}

#[OpenApi(prefix_path = "/health-monitoring", tag = "Area::HealthMonitoring")]
impl HealthMonitoringApi {
    /// Record a measurement
    ///
    /// For the patient and doctors with write access. What is abnormal opens an alert, at once and for everybody who
    /// must know; the answer says how grave it is and what to do. Values are kept in the unit of their type: mmHg,
    /// mg/dL, bpm, Cel, %, kg, /min; `mmol/L`, `[degF]` and `[lb_av]` are converted, and kept as typed beside it.
    #[oai(path = "/vitals", method = "post", operation_id = "record_vital")]
    async fn record(
        &self,
        SignedIn(caller): SignedIn,
        Body(vital): Body<RecordVitalRequest>,
    ) -> Result<Created<VitalView>, Problem> {
        let new = vital.request(self.0.zone());
        Ok(Created(VitalView::recorded(flows::record(&self.0, &caller, new).await?)))
    }

    /// Measurements
    ///
    /// Newest first, those marked as wrong too. A patient sees their own; others name the patient.
    #[oai(path = "/vitals", method = "get", operation_id = "list_vitals")]
    #[expect(clippy::too_many_arguments, reason = "query parameters")]
    async fn list(
        &self,
        SignedIn(caller): SignedIn,
        /// Only of this type.
        #[oai(name = "vitalType")]
        vital_type: Query<Option<VitalType>>,
        /// Measured then or later. A time without a zone is meant in the clinic's.
        from: Query<Option<Moment>>,
        /// Measured before.
        to: Query<Option<Moment>>,
        /// Whose; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<VitalView>>, Problem> {
        let page = IdPage::parse(limit.0, cursor.0.as_deref())?;
        let zone = self.0.zone();
        let query = VitalQuery {
            patient: patient_id.0,
            vital_type: vital_type.0,
            from: from.0.map(|moment| moment.resolve(zone)),
            to: to.0.map(|moment| moment.resolve(zone)),
        };
        let found = views::list(&self.0, &caller, query, page).await?;
        Ok(Json(Listed::from_page(found, |vital| VitalView::of(&vital))))
    }

    /// The newest measurements
    ///
    /// One of each type that was ever measured.
    #[oai(path = "/vitals/latest", method = "get", operation_id = "list_latest_vitals")]
    async fn latest(
        &self,
        SignedIn(caller): SignedIn,
        /// Whose; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
    ) -> Result<Json<Listed<VitalView>>, Problem> {
        let vitals = views::latest(&self.0, &caller, patient_id.0).await?;
        Ok(Json(Listed::whole(vitals.iter().map(VitalView::of).collect())))
    }

    /// A measurement
    ///
    /// Also one that was entered in error, which says so.
    #[oai(path = "/vitals/:id", method = "get", operation_id = "get_vital")]
    async fn get(&self, SignedIn(caller): SignedIn, id: Path<VitalId>) -> Result<Json<VitalView>, Problem> {
        Ok(Json(VitalView::of(&views::get(&self.0, &caller, id.0).await?)))
    }

    /// Mark a measurement as wrong
    ///
    /// For its author within 24 hours, and for doctors. It is kept and shown as entered in error, but counts for
    /// nothing. An alert that rests on it stays until a doctor ends it.
    #[oai(path = "/vitals/:id", method = "delete", operation_id = "withdraw_vital")]
    async fn withdraw(&self, SignedIn(caller): SignedIn, id: Path<VitalId>) -> Result<NoContent, Problem> {
        flows::withdraw(&self.0, &caller, id.0).await?;
        Ok(NoContent)
    }

    /// A series of measurements
    ///
    /// Least, greatest, mean and number for each day, week or month of the clinic's calendar that has any, with the
    /// band in which the value should be. At most 366 days and 10,000 measurements.
    #[oai(path = "/trends", method = "get", operation_id = "get_vital_trends")]
    async fn trends(
        &self,
        SignedIn(caller): SignedIn,
        /// Of which type.
        #[oai(name = "vitalType")]
        vital_type: Query<VitalType>,
        /// In which steps; days when left out.
        period: Query<Option<TrendPeriod>>,
        /// The first day; 30 days, 12 weeks or 12 months back when left out.
        from: Query<Option<Day>>,
        /// The last day; today when left out.
        to: Query<Option<Day>>,
        /// Whose; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
    ) -> Result<Json<VitalTrend>, Problem> {
        let query = TrendQuery {
            patient: patient_id.0,
            vital_type: vital_type.0,
            period: period.0.unwrap_or(TrendPeriod::Day).into(),
            from: from.0.map(|day| day.0),
            to: to.0.map(|day| day.0),
        };
        Ok(Json(VitalTrend::of(&views::trends(&self.0, &caller, query).await?)))
    }

    /// What holds for a patient's monitoring
    ///
    /// For each type the limits in force, where they come from, and which doctor set them.
    #[oai(path = "/thresholds", method = "get", operation_id = "get_thresholds")]
    async fn thresholds(
        &self,
        SignedIn(caller): SignedIn,
        /// Whose; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
    ) -> Result<Tagged<MonitoringView>, Problem> {
        let (patient, monitoring) = views::monitoring(&self.0, &caller, patient_id.0).await?;
        Ok(MonitoringView::tagged(patient, &monitoring))
    }

    /// Set a patient's bounds
    ///
    /// For doctors with write access. Takes the place of everything set before: types that are not named have the
    /// defaults again. Own bounds take the place of the default range; HIGH and CRITICAL stay as they are unless they
    /// are set too.
    #[oai(path = "/thresholds", method = "put", operation_id = "set_thresholds")]
    async fn set_thresholds(
        &self,
        SignedIn(caller): SignedIn,
        /// Whose.
        #[oai(name = "patientId")]
        patient_id: Query<UserId>,
        /// The `ETag` that the doctor saw; 412 when somebody changed the bounds meanwhile.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<SetThresholdsRequest>,
    ) -> Result<Tagged<MonitoringView>, Problem> {
        let input = body.request(revision(if_match.0.as_deref())?)?;
        let monitoring = flows::set_monitoring(&self.0, &caller, patient_id.0, input).await?;
        Ok(MonitoringView::tagged(patient_id.0, &monitoring))
    }

    /// The early warning score
    ///
    /// NEWS2 (© Royal College of Physicians 2017) of the newest values measured within an hour. A value that is missing
    /// makes it incomplete; it is never taken for normal. Not for people under 16 or of unknown age, and not in
    /// pregnancy.
    #[oai(path = "/news2", method = "get", operation_id = "get_news2")]
    async fn news2(
        &self,
        SignedIn(caller): SignedIn,
        /// Whose; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
    ) -> Result<Json<News2View>, Problem> {
        Ok(Json(News2View::of(&views::warning_score(&self.0, &caller, patient_id.0).await?)))
    }
}
