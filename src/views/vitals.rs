//! Measurements, what they show over time, and the bounds they are held against.

use std::sync::Arc;

use chrono::{Days, Months, NaiveDate};

use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::gate;
use crate::domain::users::tables as users;
use crate::domain::vitals::model::{Vital, VitalType};
use crate::domain::vitals::monitoring::Monitoring;
use crate::domain::vitals::news2::{Score, SubScores};
use crate::domain::vitals::observations::{Exclusion, Observations, exclusion, gather};
use crate::domain::vitals::severity::{Band, Part, target};
use crate::domain::vitals::tables::{self, VITALS};
use crate::domain::vitals::trends::{Bucket, Period};
use crate::platform::cache::Region;
use crate::platform::clock::{Timestamp, start_of_day};
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, FieldErrors, Kind, Result};
use crate::platform::ids::{UserId, VitalId};
use crate::platform::store::{Direction, Page, Reader, Step};

/// Items shown when the client names no limit.
const LIMIT: usize = 50;
/// Most items on one page.
const LIMIT_MAX: usize = 100;
/// Most days of one series.
pub const TREND_DAYS_MAX: u32 = 366;
/// Most measurements that one series is made of: a device that measures every quarter of an hour for three months.
pub const TREND_READINGS_MAX: usize = 10_000;
/// Complete early warning scores shown with the newest.
const SCORES_SHOWN: usize = 10;

/// How many items, and after which one.
#[derive(Debug, Clone, Copy)]
pub struct IdPage<Id> {
    pub(super) limit: usize,
    pub(super) after: Option<Id>,
}

impl<Id: std::str::FromStr + Copy + std::fmt::Display> IdPage<Id> {
    /// From the query parameters `limit` and `cursor`.
    ///
    /// # Errors
    /// Names each parameter that is wrong.
    pub fn parse(limit: Option<u32>, cursor: Option<&str>) -> Result<Self> {
        let mut errors = FieldErrors::new();
        let limit = limit.map_or(LIMIT, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        if !(1..=LIMIT_MAX).contains(&limit) {
            errors.push(FieldError::new("limit", "limit_out_of_range").with("max", LIMIT_MAX));
        }
        let after = cursor.map(str::parse::<Id>).transpose().unwrap_or_else(|_| {
            errors.add("cursor", "cursor_invalid");
            None
        });
        errors.finish()?;
        Ok(Self { limit, after })
    }

    /// The page of items of which at least one more than its limit were read, if there are so many.
    pub(super) fn cut<T>(self, mut items: Vec<T>, id_of: impl Fn(&T) -> Id) -> Page<T> {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let next_cursor = items.last().filter(|_| more).map(|last| id_of(last).to_string());
        Page { items, next_cursor }
    }
}

/// Which measurements.
#[derive(Debug, Clone, Copy)]
pub struct VitalQuery {
    /// Whose; the caller's own when left out.
    pub patient: Option<UserId>,
    /// Only of this type.
    pub vital_type: Option<VitalType>,
    /// Measured then or later.
    pub from: Option<Timestamp>,
    /// Measured before.
    pub to: Option<Timestamp>,
}

/// The right to read the measurements of a patient, or the caller's own.
fn enter(tx: &dyn Reader, caller: &Caller, patient: Option<UserId>) -> Result<Access> {
    let patient = patient.map_or_else(|| caller.active(), Ok)?;
    access::check(tx, caller, patient, Scope::Vitals, Mode::Read)
}

/// Measurements, newest first, those marked as wrong too.
///
/// # Errors
/// The refusals of the access check; `from` after `to`; a bad cursor.
pub async fn list(
    context: &Context,
    caller: &Caller,
    query: VitalQuery,
    page: IdPage<VitalId>,
) -> Result<Page<Vital>> {
    gate::read(context, caller, "vital.list", |tx| {
        let access = enter(tx, caller, query.patient)?;
        let from = query.from.unwrap_or(Timestamp::MIN);
        if query.to.is_some_and(|to| to < from) {
            return Err(Error::invalid("from", "vital_range_reversed"));
        }
        let end = match page.after {
            None => query.to.map(|to| (to, None)),
            Some(after) => {
                let last = tables::require(tx, &access, after)
                    .map_err(|_| Error::invalid("cursor", "cursor_invalid"))?;
                Some((last.measured_at, Some(last.number)))
            }
        };
        let mut found = Vec::new();
        tables::visit(tx, &access, query.vital_type, (from, end), Direction::Backward, |vital| {
            found.push(vital);
            Ok(if found.len() <= page.limit { Step::Continue } else { Step::Stop })
        })?;
        Ok(page.cut(found, |vital| vital.id))
    })
    .await
}

/// The newest measurement of each type, from the cache.
///
/// # Errors
/// The refusals of the access check.
pub async fn latest(context: &Context, caller: &Caller, patient: Option<UserId>) -> Result<Arc<Vec<Vital>>> {
    gate::read(context, caller, "vital.latest", |tx| {
        let access = enter(tx, caller, patient)?;
        context.cache.get_or_load(Region::Vitals, access.patient().as_u128(), || {
            // A snapshot of its own: the request's may be older than the cache expects.
            context.store.read(|tx| {
                let mut vitals = Vec::new();
                for reading in tables::latest(tx, &access)?.readings {
                    vitals.extend(VITALS.get(tx, &reading.vital)?);
                }
                Ok(vitals)
            })
        })
    })
    .await
}

/// One measurement.
///
/// # Errors
/// `vital_not_found` for whoever may not know of it; the refusals of the access check.
pub async fn get(context: &Context, caller: &Caller, id: VitalId) -> Result<Vital> {
    gate::read(context, caller, "vital.get", |tx| {
        caller.active()?;
        let patient = tables::patient_of(tx, id)?;
        let access = enter(tx, caller, Some(patient)).map_err(|error| match error.kind() {
            Kind::NotFound => Error::not_found("vital_not_found"),
            _ => error,
        })?;
        tables::require(tx, &access, id)
    })
    .await
}

/// Which series.
#[derive(Debug, Clone, Copy)]
pub struct TrendQuery {
    /// Whose; the caller's own when left out.
    pub patient: Option<UserId>,
    /// Of which type.
    pub vital_type: VitalType,
    /// In which steps.
    pub period: Period,
    /// The first day; as far back as the period usually looks when left out.
    pub from: Option<NaiveDate>,
    /// The last day; today when left out.
    pub to: Option<NaiveDate>,
}

/// A series of measurements in steps of the clinic's calendar.
#[derive(Debug, Clone)]
pub struct Trend {
    /// Whose.
    pub patient: UserId,
    /// Of which type.
    pub vital_type: VitalType,
    /// In which steps.
    pub period: Period,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Where the value should be.
    pub target: Band,
    /// Where the second value should be.
    pub target_secondary: Option<Band>,
    /// The steps that have values, oldest first.
    pub buckets: Vec<Bucket>,
}

/// Least, greatest, mean and number of the measurements of each day, week or month. Those marked as wrong do not
/// count.
///
/// # Errors
/// The refusals of the access check; a range that is reversed, longer than [`TREND_DAYS_MAX`] days, or that holds more
/// than [`TREND_READINGS_MAX`] measurements.
pub async fn trends(context: &Context, caller: &Caller, query: TrendQuery) -> Result<Trend> {
    gate::read(context, caller, "vital.trends", |tx| {
        let access = enter(tx, caller, query.patient)?;
        let zone = context.zone();
        let (from, to) = bounds(&query, tx.now().day_in(zone))?;
        let after = to.succ_opt().unwrap_or(to);
        let span = (start_of_day(from, zone), Some((start_of_day(after, zone), None)));
        let mut buckets: Vec<Bucket> = Vec::new();
        let mut count = 0_usize;
        tables::visit(tx, &access, Some(query.vital_type), span, Direction::Forward, |vital| {
            if vital.withdrawn.is_some() {
                return Ok(Step::Continue);
            }
            count += 1;
            if count > TREND_READINGS_MAX {
                let error = FieldError::new("from", "trend_too_many_readings");
                return Err(Error::invalid_fields(vec![error.with("max", TREND_READINGS_MAX)]));
            }
            let day = vital.measured_at.day_in(zone);
            let (value, secondary) = (vital.reading.value, vital.reading.secondary);
            match buckets.last_mut() {
                Some(last) if day <= last.to => last.add(value, secondary),
                _ => buckets.push(Bucket::open(query.period, day, value, secondary)),
            }
            Ok(Step::Continue)
        })?;
        let monitoring = tables::monitoring(tx, &access)?;
        let band = |part| target(query.vital_type, part, &monitoring);
        Ok(Trend {
            patient: access.patient(),
            vital_type: query.vital_type,
            period: query.period,
            from,
            to,
            target: band(Part::Value),
            target_secondary: query.vital_type.has_secondary().then(|| band(Part::Secondary)),
            buckets,
        })
    })
    .await
}

/// From the start of a step to a day: 30 days, 12 weeks or 12 months when the client does not say.
fn bounds(query: &TrendQuery, today: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
    let to = query.to.unwrap_or(today);
    let usual = match query.period {
        Period::Day => to.checked_sub_days(Days::new(29)),
        Period::Week => to.checked_sub_days(Days::new(7 * 11)),
        Period::Month => to.checked_sub_months(Months::new(11)),
    };
    let from = query.from.unwrap_or_else(|| query.period.start_of(usual.unwrap_or(to)));
    if from > to || (to - from).num_days() >= i64::from(TREND_DAYS_MAX) {
        let error = FieldError::new("from", "range_invalid").with("max", TREND_DAYS_MAX);
        return Err(Error::invalid_fields(vec![error]));
    }
    Ok((from, to))
}

/// What holds for a patient's monitoring.
///
/// # Errors
/// The refusals of the access check.
pub async fn monitoring(
    context: &Context,
    caller: &Caller,
    patient: Option<UserId>,
) -> Result<(UserId, Monitoring)> {
    gate::read(context, caller, "vital.thresholds", |tx| {
        let access = enter(tx, caller, patient)?;
        Ok((access.patient(), tables::monitoring(tx, &access)?))
    })
    .await
}

/// A patient's early warning score.
#[derive(Debug, Clone)]
pub struct WarningScore {
    /// Whose.
    pub patient: UserId,
    /// Why there is none.
    pub exclusion: Option<Exclusion>,
    /// The sub-scores of the newest values within an hour.
    pub parts: SubScores,
    /// Those values; nothing when nothing was measured.
    pub observations: Option<Observations>,
    /// What holds for the patient.
    pub monitoring: Monitoring,
    /// The last complete scores, newest first.
    pub earlier: Vec<Score>,
}

/// The early warning score of a patient's newest values within an hour.
///
/// # Errors
/// The refusals of the access check.
pub async fn warning_score(
    context: &Context,
    caller: &Caller,
    patient: Option<UserId>,
) -> Result<WarningScore> {
    gate::read(context, caller, "vital.news2", |tx| {
        let access = enter(tx, caller, patient)?;
        let monitoring = tables::monitoring(tx, &access)?;
        let born = users::require(tx, access.patient())?.date_of_birth;
        let exclusion = exclusion(born, tx.now().day_in(context.zone()), &monitoring);
        let observations = match exclusion {
            None => gather(tx, &access, &monitoring)?,
            Some(_) => None,
        };
        Ok(WarningScore {
            patient: access.patient(),
            exclusion,
            parts: observations.as_ref().map(Observations::score).unwrap_or_default(),
            observations,
            monitoring,
            earlier: tables::last_scores(tx, &access, SCORES_SHOWN)?,
        })
    })
    .await
}
