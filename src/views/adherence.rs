//! How regularly a patient takes their medicine: one formula, each figure with how many doses it rests on, over
//! which days, and what was left out of it.

use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::schedule::enter;
use crate::domain::adherence::model::{Colour, DayTally, Permille, Tally, Trend};
use crate::domain::adherence::rules::{self, Runs};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::Access;
use crate::domain::doses::model::{Dose, DoseStatus};
use crate::domain::doses::tables as doses;
use crate::domain::figures;
use crate::domain::gate;
use crate::domain::prescriptions::tables as prescriptions;
use crate::platform::cache::Region;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Kind, Result};
use crate::platform::ids::{PrescriptionId, UserId};
use crate::platform::settings::AdherenceSettings;
use crate::platform::store::Reader;

/// Most days of one report.
pub const DAYS_MAX: u32 = 366;
/// Days kept in the cache: the longest usual window with the one before it.
const KEPT_DAYS: u32 = 180;

/// A percentage with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// The percentage; nothing when no dose counted.
    pub percent: Option<Permille>,
    /// Its colour.
    pub colour: Option<Colour>,
    /// Doses that count for it.
    pub part: u32,
    /// Doses counted.
    pub n: u32,
}

impl Figure {
    pub(super) fn of(part: u32, n: u32, settings: &AdherenceSettings) -> Self {
        let percent = rules::share(part, n);
        Self { percent, colour: percent.map(|percent| rules::colour(percent, settings)), part, n }
    }
}

/// Adherence of one day, or of several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How the counted doses ended.
    pub tally: Tally,
    /// Taken of counted.
    pub taking: Figure,
}

/// Adherence over a window of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whose.
    pub patient: UserId,
    /// Of one prescription only.
    pub prescription: Option<PrescriptionId>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How the counted doses ended.
    pub tally: Tally,
    /// Taken of counted.
    pub taking: Figure,
    /// Taken within the grace period, of counted.
    pub timing: Figure,
    /// Streaks and gaps.
    pub runs: Runs,
    /// Days on which everything that counted was taken, of days on which something counted.
    pub correct_days: Figure,
    /// The window of the same length before this one.
    pub previous: Figure,
    /// Which way it went since then; nothing when one of the windows has no counted dose.
    pub trend: Option<Trend>,
    /// Day by day.
    pub daily: Vec<Point>,
    /// Week by week, the last week ending on the last day.
    pub weekly: Vec<Point>,
}

/// Adherence of today with what is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Today {
    /// What has counted so far.
    pub report: Report,
    /// Planned doses.
    pub planned: u32,
    /// Planned doses not recorded yet.
    pub due: u32,
    /// Percent of the planned doses that are taken.
    pub daily_progress: Option<Permille>,
}

/// Which report.
#[derive(Debug, Clone, Copy)]
pub enum Window {
    /// So many days up to today.
    Days(u32),
    /// From one day to another, both included; 30 days up to today where they are left out.
    Range(Option<NaiveDate>, Option<NaiveDate>),
}

/// Adherence of today.
///
/// # Errors
/// The refusals of the access check.
pub async fn today(context: &Context, caller: &Caller, patient: Option<UserId>) -> Result<Today> {
    gate::read(context, caller, "adherence.today", |tx| {
        let access = enter(tx, caller, patient)?;
        let report = report_of(context, tx, &access, Window::Days(1), None)?;
        let day = doses::day(tx, &access, report.to)?;
        let shown = || day.doses.iter().filter(|dose| access.covers(dose.prescription));
        let planned = shown().filter(|dose| !dose.as_needed && dose.status != DoseStatus::Cancelled).count();
        let due = shown().filter(|dose| dose.status == DoseStatus::Due).count();
        Ok(Today {
            report,
            planned: u32::try_from(planned).unwrap_or(u32::MAX),
            due: u32::try_from(due).unwrap_or(u32::MAX),
            daily_progress: rules::progress_of(shown()),
        })
    })
    .await
}

/// Adherence over a window.
///
/// # Errors
/// `days` or `from` out of range; the refusals of the access check.
pub async fn report(
    context: &Context,
    caller: &Caller,
    patient: Option<UserId>,
    window: Window,
) -> Result<Report> {
    gate::read(context, caller, "adherence.report", |tx| {
        let access = enter(tx, caller, patient)?;
        report_of(context, tx, &access, window, None)
    })
    .await
}

/// Adherence with one prescription over a window.
///
/// # Errors
/// `prescription_not_found` for whoever may not know of it; as [`report`].
pub async fn prescription(
    context: &Context,
    caller: &Caller,
    prescription: PrescriptionId,
    window: Window,
) -> Result<Report> {
    gate::read(context, caller, "adherence.prescription", |tx| {
        let hidden = || Error::not_found("prescription_not_found");
        caller.active()?;
        let patient = prescriptions::patient_of(tx, prescription)?;
        let access = enter(tx, caller, Some(patient)).map_err(|error| match error.kind() {
            Kind::NotFound => hidden(),
            _ => error,
        })?;
        if !access.covers(prescription) {
            return Err(hidden());
        }
        report_of(context, tx, &access, window, Some(prescription))
    })
    .await
}

/// The counters of the last `days` days up to today, in order, days on which nothing counted perhaps left out: for pages
/// that show several windows of them.
pub(super) fn recent(
    context: &Context,
    tx: &dyn Reader,
    access: &Access,
    days: u32,
) -> Result<Vec<DayTally>> {
    let today = tx.now().day_in(context.zone());
    tallies(context, tx, access, (rules::window_start(today, days), today), today, None)
}

pub(super) fn report_of(
    context: &Context,
    tx: &dyn Reader,
    access: &Access,
    window: Window,
    prescription: Option<PrescriptionId>,
) -> Result<Report> {
    let settings = &context.settings.adherence;
    let today = tx.now().day_in(context.zone());
    let (from, to) = bounds(window, today)?;
    let days = u32::try_from((to - from).num_days() + 1).unwrap_or(1);
    let before = rules::window_start(from.pred_opt().unwrap_or(from), days);
    let (earlier, inside) = match tallies(context, tx, access, (before, to), today, prescription) {
        // What it is compared with is lost: nothing is said of a trend.
        Err(error) if error.kind() == Kind::Damaged => {
            (Vec::new(), tallies(context, tx, access, (from, to), today, prescription)?)
        }
        all => all?.into_iter().partition(|day| day.date < from),
    };
    let (tally, earlier) = (rules::sum(&inside), rules::sum(&earlier));
    let runs = rules::runs(&inside);
    let known = !tally.is_empty() && !earlier.is_empty();
    Ok(Report {
        patient: access.patient(),
        prescription,
        from,
        to,
        tally,
        taking: Figure::of(tally.taken(), tally.counted(), settings),
        timing: Figure::of(tally.on_time, tally.counted(), settings),
        runs,
        correct_days: Figure::of(runs.correct_days, runs.counted_days, settings),
        previous: Figure::of(earlier.taken(), earlier.counted(), settings),
        trend: known.then(|| rules::trend(&earlier, &tally)),
        daily: points(&inside, from, to, 1, settings),
        weekly: points(&inside, from, to, 7, settings),
    })
}

fn bounds(window: Window, today: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
    let wrong =
        |field| Error::invalid_fields(vec![FieldError::new(field, "range_invalid").with("max", DAYS_MAX)]);
    match window {
        Window::Days(days) if (1..=DAYS_MAX).contains(&days) => Ok((rules::window_start(today, days), today)),
        Window::Days(_) => Err(wrong("days")),
        Window::Range(from, to) => {
            let to = to.unwrap_or(today);
            let from = from.unwrap_or_else(|| rules::window_start(to, 30));
            if from > to || (to - from).num_days() >= i64::from(DAYS_MAX) {
                return Err(wrong("from"));
            }
            Ok((from, to))
        }
    }
}

/// Steps of so many days that end on `to`, each with its figure; days on which nothing counted have none.
fn points(
    days: &[DayTally],
    from: NaiveDate,
    to: NaiveDate,
    step: u32,
    settings: &AdherenceSettings,
) -> Vec<Point> {
    let mut points = Vec::new();
    let mut last = to;
    while last >= from {
        let first = rules::window_start(last, step).max(from);
        let start = days.partition_point(|day| day.date < first);
        let end = days.partition_point(|day| day.date <= last);
        let tally = rules::sum(days.get(start..end).unwrap_or_default());
        let taking = Figure::of(tally.taken(), tally.counted(), settings);
        points.push(Point { from: first, to: last, tally, taking });
        match first.pred_opt() {
            Some(day) => last = day,
            None => break,
        }
    }
    points.reverse();
    points
}

/// The counters that are kept of a patient.
struct Kept {
    from: NaiveDate,
    to: NaiveDate,
    days: Vec<DayTally>,
}

/// The counters of the days. Those of a part of the record are counted from its doses.
fn tallies(
    context: &Context,
    tx: &dyn Reader,
    access: &Access,
    (from, to): (NaiveDate, NaiveDate),
    today: NaiveDate,
    prescription: Option<PrescriptionId>,
) -> Result<Vec<DayTally>> {
    if let Some(only) = prescription {
        let counts = |dose: &Dose| access.covers(dose.prescription) && dose.prescription == only;
        return figures::counted(tx, access, (from, to), counts);
    }
    if access.is_limited() {
        return figures::tallies(tx, access, from, to);
    }
    let kept: Result<Arc<Kept>> =
        context.cache.get_or_load(Region::Adherence, access.patient().as_u128(), || {
            // A snapshot of its own: the request's may be older than the cache expects.
            let from = rules::window_start(today, KEPT_DAYS);
            let to = today.checked_add_days(Days::new(2)).unwrap_or(today);
            context.store.read(|tx| Ok(Kept { from, to, days: figures::tallies(tx, access, from, to)? }))
        });
    match kept {
        Ok(kept) if kept.from <= from && to <= kept.to => {
            let wanted = |day: &&DayTally| from <= day.date && day.date <= to;
            Ok(kept.days.iter().filter(wanted).copied().collect())
        }
        Err(error) if error.kind() != Kind::Damaged => Err(error),
        // More is kept than was asked for: what was lost of it need not be among that.
        Ok(_) | Err(_) => figures::tallies(tx, access, from, to),
    }
}
