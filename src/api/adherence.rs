//! How regularly medicine is taken.

use std::sync::Arc;

use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::problem::Problem;
use super::types::{Day, named_lists};
use crate::domain::adherence::model::{Colour, Tally, Trend};
use crate::platform::context::Context;
use crate::platform::ids::{PrescriptionId, UserId};
use crate::views::adherence::{self, Figure, Point, Report, Window};

/// How regularly medicine is taken.
pub struct AdherenceApi(pub Arc<Context>);

named_lists! {
    /// The colour of an adherence figure.
    Colour as "AdherenceColor": Red, Yellow, Green;
    /// Which way adherence went.
    Trend as "AdherenceTrend": Improved, Steady, Lower;
}

/// A percentage with what it rests on.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct AdherenceFigure {
    /// The percentage with one decimal; null when nothing counted.
    percent: Option<f64>,
    /// GREEN from 80, YELLOW from 50, unless the clinic set other bounds; null when nothing counted.
    color: Option<Colour>,
    /// How many of `n` it is.
    part: u32,
    /// Of how many.
    n: u32,
}

impl AdherenceFigure {
    pub(super) fn of(figure: Figure) -> Self {
        Self {
            percent: figure.percent.map(|percent| percent.as_percent()),
            color: figure.colour,
            part: figure.part,
            n: figure.n,
        }
    }
}

/// How the counted doses ended.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct AdherenceCounts {
    /// All that counted.
    counted: u32,
    /// Taken.
    taken: u32,
    /// Taken within the grace period.
    on_time: u32,
    /// Taken after it.
    late: u32,
    /// Left out with a reason.
    skipped: u32,
    /// Missed.
    missed: u32,
}

impl AdherenceCounts {
    fn of(tally: Tally) -> Self {
        Self {
            counted: tally.counted(),
            taken: tally.taken(),
            on_time: tally.on_time,
            late: tally.late,
            skipped: tally.skipped,
            missed: tally.missed,
        }
    }
}

/// One step of a series.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct AdherencePoint {
    /// The first day.
    from: Day,
    /// The last day.
    to: Day,
    /// Taken of counted.
    taking: AdherenceFigure,
    /// How the counted doses ended.
    counts: AdherenceCounts,
}

impl AdherencePoint {
    fn of(point: &Point) -> Self {
        Self {
            from: Day(point.from),
            to: Day(point.to),
            taking: AdherenceFigure::of(point.taking),
            counts: AdherenceCounts::of(point.tally),
        }
    }
}

/// Adherence over a window of days.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct AdherenceReport {
    /// Whose.
    patient_id: UserId,
    /// Of one prescription only.
    #[oai(skip_serializing_if_is_none)]
    prescription_id: Option<PrescriptionId>,
    /// The first day.
    from: Day,
    /// The last day.
    to: Day,
    /// Taken of taken, missed and skipped, in percent with one decimal; null when nothing counted.
    adherence_rate: Option<f64>,
    /// The same with colour and numbers.
    taking: AdherenceFigure,
    /// Taken within the grace period, of all that counted.
    timing: AdherenceFigure,
    /// How the counted doses ended.
    counts: AdherenceCounts,
    /// What is left out of every figure.
    excluded: Vec<String>,
    /// Days on which all that counted was taken, of days on which something counted.
    correct_days: AdherenceFigure,
    /// Correct days in a row up to the last counted day.
    current_streak_days: u32,
    /// Most correct days in a row.
    longest_streak_days: u32,
    /// Most counted days in a row without any dose taken.
    longest_gap_days: u32,
    /// The window of the same length before this one.
    previous: AdherenceFigure,
    /// Which way it went since then; null when one of the windows has nothing that counted.
    trend: Option<Trend>,
    /// Day by day.
    daily: Vec<AdherencePoint>,
    /// Week by week; the last week ends on the last day.
    weekly: Vec<AdherencePoint>,
}

impl AdherenceReport {
    pub(super) fn of(report: &Report) -> Self {
        let excluded = ["DUE", "CANCELLED", "PAUSED", "PRN"];
        Self {
            patient_id: report.patient,
            prescription_id: report.prescription,
            from: Day(report.from),
            to: Day(report.to),
            adherence_rate: report.taking.percent.map(|percent| percent.as_percent()),
            taking: AdherenceFigure::of(report.taking),
            timing: AdherenceFigure::of(report.timing),
            counts: AdherenceCounts::of(report.tally),
            excluded: excluded.map(str::to_owned).to_vec(),
            correct_days: AdherenceFigure::of(report.correct_days),
            current_streak_days: report.runs.current_streak,
            longest_streak_days: report.runs.longest_streak,
            longest_gap_days: report.runs.longest_gap,
            previous: AdherenceFigure::of(report.previous),
            trend: report.trend,
            daily: report.daily.iter().map(AdherencePoint::of).collect(),
            weekly: report.weekly.iter().map(AdherencePoint::of).collect(),
        }
    }
}

/// Adherence of today with what is still to come.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct AdherenceOfToday {
    /// Whose.
    patient_id: UserId,
    /// Today in the clinic's calendar.
    date: Day,
    /// Taken of taken, missed and skipped so far, in percent with one decimal; null when nothing counted.
    adherence_rate: Option<f64>,
    /// The same with colour and numbers.
    taking: AdherenceFigure,
    /// Taken within the grace period, of all that counted.
    timing: AdherenceFigure,
    /// How the counted doses ended.
    counts: AdherenceCounts,
    /// Doses planned for today.
    planned: u32,
    /// Planned doses not recorded yet.
    due: u32,
    /// Percent of the planned doses that are taken, with one decimal; null when none is planned.
    daily_progress: Option<f64>,
}

#[OpenApi(prefix_path = "/adherence", tag = "Area::Adherence")]
impl AdherenceApi {
    /// Adherence of today
    ///
    /// What has counted so far, and what is still to come.
    #[oai(path = "/today", method = "get", operation_id = "get_adherence_of_today")]
    async fn today(
        &self,
        SignedIn(caller): SignedIn,
        /// Whose; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
    ) -> Result<Json<AdherenceOfToday>, Problem> {
        let today = adherence::today(&self.0, &caller, patient_id.0).await?;
        let report = today.report;
        Ok(Json(AdherenceOfToday {
            patient_id: report.patient,
            date: Day(report.to),
            adherence_rate: report.taking.percent.map(|percent| percent.as_percent()),
            taking: AdherenceFigure::of(report.taking),
            timing: AdherenceFigure::of(report.timing),
            counts: AdherenceCounts::of(report.tally),
            planned: today.planned,
            due: today.due,
            daily_progress: today.daily_progress.map(|progress| progress.as_percent()),
        }))
    }

    /// Adherence of the last 7 days
    ///
    /// Today included.
    #[oai(path = "/weekly", method = "get", operation_id = "get_weekly_adherence")]
    async fn weekly(
        &self,
        SignedIn(caller): SignedIn,
        /// Whose; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
    ) -> Result<Json<AdherenceReport>, Problem> {
        let report = adherence::report(&self.0, &caller, patient_id.0, Window::Days(7)).await?;
        Ok(Json(AdherenceReport::of(&report)))
    }

    /// Adherence of the last 30 days
    ///
    /// Today included.
    #[oai(path = "/monthly", method = "get", operation_id = "get_monthly_adherence")]
    async fn monthly(
        &self,
        SignedIn(caller): SignedIn,
        /// Whose; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
    ) -> Result<Json<AdherenceReport>, Problem> {
        let report = adherence::report(&self.0, &caller, patient_id.0, Window::Days(30)).await?;
        Ok(Json(AdherenceReport::of(&report)))
    }

    /// Adherence of the last days
    ///
    /// Day by day and week by week, with the window before for comparison.
    #[oai(path = "/trends", method = "get", operation_id = "get_adherence_trends")]
    async fn trends(
        &self,
        SignedIn(caller): SignedIn,
        /// How many days up to today, 1 to 366; 90 when left out.
        days: Query<Option<u32>>,
        /// Whose; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
    ) -> Result<Json<AdherenceReport>, Problem> {
        let window = Window::Days(days.0.unwrap_or(90));
        let report = adherence::report(&self.0, &caller, patient_id.0, window).await?;
        Ok(Json(AdherenceReport::of(&report)))
    }

    /// Adherence over any days
    ///
    /// From one day to another, both included, at most 366.
    #[oai(path = "/summary", method = "get", operation_id = "get_adherence_summary")]
    async fn summary(
        &self,
        SignedIn(caller): SignedIn,
        /// The first day; 30 days back when left out.
        from: Query<Option<Day>>,
        /// The last day; today when left out.
        to: Query<Option<Day>>,
        /// Whose; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
    ) -> Result<Json<AdherenceReport>, Problem> {
        let window = Window::Range(from.0.map(|day| day.0), to.0.map(|day| day.0));
        let report = adherence::report(&self.0, &caller, patient_id.0, window).await?;
        Ok(Json(AdherenceReport::of(&report)))
    }

    /// Adherence with one prescription
    ///
    /// For whoever may see the prescription's doses.
    #[oai(path = "/prescriptions/:id", method = "get", operation_id = "get_prescription_adherence")]
    async fn prescription(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PrescriptionId>,
        /// How many days up to today, 1 to 366; 30 when left out.
        days: Query<Option<u32>>,
    ) -> Result<Json<AdherenceReport>, Problem> {
        let window = Window::Days(days.0.unwrap_or(30));
        let report = adherence::prescription(&self.0, &caller, id.0, window).await?;
        Ok(Json(AdherenceReport::of(&report)))
    }
}
