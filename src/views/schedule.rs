//! A patient's doses: today, a range of days, what comes next, and what was.
//!
//! # What is cached
//! The days around today with their medicines' names, for callers who may see all of the record. They change
//! only with what is recorded or planned, both of which drop them, and never with the time of day. Who may see
//! them is decided anew on each request.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use crate::domain::adherence::model::Permille;
use crate::domain::adherence::rules::share;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::card::{DoseCard, TimePeriod};
use crate::domain::doses::model::{Day, Dose, DoseParts, DoseStatus};
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::domain::prescriptions::model::Line;
use crate::domain::prescriptions::tables as prescriptions;
use crate::platform::cache::Region;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, FieldErrors, Kind, Result};
use crate::platform::ids::{DoseId, PrescriptionId, UserId};
use crate::platform::store::{Direction, Page, Reader, Step};

/// Most days of one schedule.
pub const DAYS_MAX: u32 = 31;
/// Most days of one history.
pub const HISTORY_DAYS_MAX: i64 = 366;
/// Days of history when the client names none.
const HISTORY_DAYS: u64 = 30;
/// Days ahead that "upcoming" looks.
const UPCOMING_DAYS: u64 = 7;
/// Days before and after today that are kept in the cache.
const KEPT_DAYS: (u64, u64) = (1, 8);

/// Whether the doses are also shown by daytime and night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// One list.
    None,
    /// Also by [`TimePeriod`].
    TimePeriod,
}

/// Which days of whose doses.
#[derive(Debug, Clone, Copy)]
pub struct ScheduleQuery {
    /// Whose; the caller's own when left out.
    pub patient: Option<UserId>,
    /// The first day; today when left out.
    pub date: Option<NaiveDate>,
    /// How many days.
    pub days: u32,
    /// How they are shown.
    pub grouping: Grouping,
}

/// The planned and recorded doses of some days.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Percent of the planned doses of these days that are taken; nothing when none is planned.
    pub daily_progress: Option<Permille>,
    /// How many doses stand where.
    pub counts: Counts,
    /// The doses by time, without cancelled ones.
    pub doses: Vec<Arc<DoseCard>>,
    /// The same by daytime and night, when asked for.
    pub groups: Option<Vec<Group>>,
}

/// Doses of one part of the day.
#[derive(Debug, Clone)]
pub struct Group {
    /// Which part.
    pub period: TimePeriod,
    /// The doses by time.
    pub doses: Vec<Arc<DoseCard>>,
}

/// How many planned doses stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All of them; those taken as needed are not planned.
    pub planned: u32,
    /// Taken, on time or late.
    pub taken: u32,
    /// Left out.
    pub skipped: u32,
    /// Missed.
    pub missed: u32,
    /// Not yet recorded.
    pub due: u32,
}

/// Which part of the history.
#[derive(Debug, Clone, Copy)]
pub struct HistoryQuery {
    /// Whose; the caller's own when left out.
    pub patient: Option<UserId>,
    /// The first day; 30 days back when left out.
    pub from: Option<NaiveDate>,
    /// The last day; today when left out.
    pub to: Option<NaiveDate>,
    /// Only doses that stand there.
    pub status: Option<DoseStatus>,
}

/// How many doses, and after which one.
#[derive(Debug, Clone, Copy)]
pub struct DosePage {
    limit: usize,
    after: Option<DoseId>,
}

impl DosePage {
    /// From the query parameters `limit` and `cursor`.
    ///
    /// # Errors
    /// Names each parameter that is wrong.
    pub fn parse(limit: Option<u32>, cursor: Option<&str>) -> Result<Self> {
        const MAX: usize = 100;
        let mut errors = FieldErrors::new();
        let limit = limit.map_or(50, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        if !(1..=MAX).contains(&limit) {
            errors.push(FieldError::new("limit", "limit_out_of_range").with("max", MAX));
        }
        let after = cursor.map(|cursor| DoseParts::parse(cursor).map(|(id, _)| id));
        let after = match after {
            Some(Err(_)) => {
                errors.add("cursor", "cursor_invalid");
                None
            }
            Some(Ok(id)) => Some(id),
            None => None,
        };
        errors.finish()?;
        Ok(Self { limit, after })
    }

    /// One page of `items`, of which there may be one more than asked for.
    fn cut(self, mut items: Vec<Arc<DoseCard>>) -> Page<Arc<DoseCard>> {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let next_cursor = items.last().filter(|_| more).map(|last| last.id.to_string());
        Page { items, next_cursor }
    }
}

/// The doses of some days.
///
/// # Errors
/// `days` out of range; the refusals of the access check.
pub async fn schedule(context: &Context, caller: &Caller, query: ScheduleQuery) -> Result<Schedule> {
    if !(1..=DAYS_MAX).contains(&query.days) {
        return Err(Error::invalid_fields(vec![
            FieldError::new("days", "days_out_of_range").with("max", DAYS_MAX),
        ]));
    }
    gate::read(context, caller, "dose.schedule", |tx| {
        let access = enter(tx, caller, query.patient)?;
        let zone = context.zone();
        let from = query.date.unwrap_or_else(|| tx.now().day_in(zone));
        let to = from.checked_add_days(Days::new(u64::from(query.days - 1))).unwrap_or(from);
        let today = tx.now().day_in(zone);
        let doses: Vec<Arc<DoseCard>> = shown_days(context, tx, &access, (from, to), today)?
            .into_iter()
            .filter(|card| card.status != DoseStatus::Cancelled)
            .collect();
        let counts = count(&doses);
        let groups = match query.grouping {
            Grouping::None => None,
            Grouping::TimePeriod => Some(group(&doses)),
        };
        Ok(Schedule { from, to, daily_progress: share(counts.taken, counts.planned), counts, doses, groups })
    })
    .await
}

/// The doses that are due from now on within a week, the next one first.
///
/// # Errors
/// The refusals of the access check.
pub async fn upcoming(
    context: &Context,
    caller: &Caller,
    patient: Option<UserId>,
    page: DosePage,
) -> Result<Page<Arc<DoseCard>>> {
    gate::read(context, caller, "dose.upcoming", |tx| {
        let access = enter(tx, caller, patient)?;
        let now = tx.now();
        let today = now.day_in(context.zone());
        let to = today.checked_add_days(Days::new(UPCOMING_DAYS)).unwrap_or(today);
        let doses = shown_days(context, tx, &access, (today, to), today)?
            .into_iter()
            .filter(|card| card.status == DoseStatus::Due && card.scheduled_time >= now)
            .filter(|card| page.after.is_none_or(|after| card.id > after))
            .take(page.limit.saturating_add(1))
            .collect();
        Ok(page.cut(doses))
    })
    .await
}

/// The doses of past days, the newest first. Cancelled ones are shown only when asked for.
///
/// # Errors
/// Each bad field of the query; the refusals of the access check.
pub async fn history(
    context: &Context,
    caller: &Caller,
    query: HistoryQuery,
    page: DosePage,
) -> Result<Page<Arc<DoseCard>>> {
    gate::read(context, caller, "dose.history", |tx| {
        let zone = context.zone();
        let today = tx.now().day_in(zone);
        let to = query.to.unwrap_or(today);
        let from = query.from.or_else(|| to.checked_sub_days(Days::new(HISTORY_DAYS - 1))).unwrap_or(to);
        if from > to || (to - from).num_days() >= HISTORY_DAYS_MAX {
            return Err(Error::invalid_fields(vec![
                FieldError::new("from", "range_invalid").with("max", HISTORY_DAYS_MAX),
            ]));
        }
        let access = enter(tx, caller, query.patient)?;
        let start = match page.after.and_then(DoseParts::of) {
            Some(last) => to.min(last.scheduled.day_in(zone).succ_opt().unwrap_or(to)),
            None => to,
        };
        let wanted = |dose: &Dose| {
            page.after.is_none_or(|after| dose.id < after)
                && query.status.map_or(dose.status != DoseStatus::Cancelled, |status| dose.status == status)
                && access.covers(dose.prescription)
        };
        let mut lines = Lines::default();
        let mut found = Vec::new();
        doses::visit_days(tx, &access, start, Direction::Backward, |date, day| {
            if date < from {
                return Ok(Step::Stop);
            }
            for dose in day.doses.iter().rev().filter(|dose| wanted(dose)) {
                lines.learn(tx, &access, dose)?;
                found.push(lines.card(&access, dose, zone));
            }
            Ok(if found.len() > page.limit { Step::Stop } else { Step::Continue })
        })?;
        found.truncate(page.limit.saturating_add(1));
        Ok(page.cut(found))
    })
    .await
}

/// The right to see the doses of `patient`, or the caller's own.
pub(super) fn enter(tx: &dyn Reader, caller: &Caller, patient: Option<UserId>) -> Result<Access> {
    let patient = patient.map_or_else(|| caller.user_id(), Ok)?;
    access::check(tx, caller, patient, Scope::Doses, Mode::Read)
}

/// The days that are kept of a patient: the doses as they are stored and each line once, because cards of all of
/// them would take five times the memory.
struct Kept {
    from: NaiveDate,
    to: NaiveDate,
    days: Vec<(NaiveDate, Day)>,
    lines: Lines,
}

impl Kept {
    fn load(tx: &dyn Reader, access: &Access, from: NaiveDate, to: NaiveDate) -> Result<Self> {
        let days = doses::days(tx, access, from, to)?;
        let mut lines = Lines::default();
        for dose in days.iter().flat_map(|(_, day)| &day.doses) {
            lines.learn(tx, access, dose)?;
        }
        Ok(Self { from, to, days, lines })
    }

    /// The doses from one day to another that `access` covers.
    fn cards(&self, access: &Access, from: NaiveDate, to: NaiveDate, zone: Tz) -> Vec<Arc<DoseCard>> {
        self.days
            .iter()
            .filter(|(date, _)| from <= *date && *date <= to)
            .flat_map(|(_, day)| &day.doses)
            .filter(|dose| access.covers(dose.prescription))
            .map(|dose| self.lines.card(access, dose, zone))
            .collect()
    }
}

/// The doses of the days, from the cache when they lie around today and the caller may see all of them.
fn shown_days(
    context: &Context,
    tx: &dyn Reader,
    access: &Access,
    (from, to): (NaiveDate, NaiveDate),
    today: NaiveDate,
) -> Result<Vec<Arc<DoseCard>>> {
    let zone = context.zone();
    if !access.is_limited() {
        let kept = context.cache.get_or_load(Region::Doses, access.patient().as_u128(), || {
            // A snapshot of its own: the request's may be older than the cache expects.
            let from = today.checked_sub_days(Days::new(KEPT_DAYS.0)).unwrap_or(today);
            let to = today.checked_add_days(Days::new(KEPT_DAYS.1)).unwrap_or(today);
            context.store.read(|tx| Kept::load(tx, access, from, to))
        });
        match kept {
            Ok(kept) if kept.from <= from && to <= kept.to => return Ok(kept.cards(access, from, to, zone)),
            // A lost day keeps nobody from seeing the others.
            Err(error) if error.kind() != Kind::Damaged => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(Kept::load(tx, access, from, to)?.cards(access, from, to, zone))
}

/// The lines met so far, by the version that has them, so that each version is read once.
#[derive(Default)]
pub(super) struct Lines(HashMap<(PrescriptionId, u32), Vec<Line>>);

impl Lines {
    /// Reads the lines of the version that planned a dose; none when it cannot be found.
    pub(super) fn learn(&mut self, tx: &dyn Reader, access: &Access, dose: &Dose) -> Result<()> {
        if let Entry::Vacant(unknown) = self.0.entry((dose.prescription, dose.version)) {
            let lines = match prescriptions::version(tx, access, dose.prescription, dose.version) {
                Ok(version) => version.content.lines,
                Err(error) if error.kind() == Kind::NotFound => Vec::new(),
                Err(error) => return Err(error),
            };
            unknown.insert(lines);
        }
        Ok(())
    }

    pub(super) fn card(&self, access: &Access, dose: &Dose, zone: Tz) -> Arc<DoseCard> {
        let lines = self.0.get(&(dose.prescription, dose.version));
        let line = lines.and_then(|lines| lines.iter().find(|line| line.number == dose.line()));
        Arc::new(DoseCard::new(dose, line, access.patient(), zone))
    }
}

fn count(cards: &[Arc<DoseCard>]) -> Counts {
    let mut counts = Counts::default();
    for card in cards.iter().filter(|card| !card.as_needed) {
        let place = match card.status {
            DoseStatus::TakenOnTime | DoseStatus::TakenLate => &mut counts.taken,
            DoseStatus::Skipped => &mut counts.skipped,
            DoseStatus::Missed => &mut counts.missed,
            DoseStatus::Due => &mut counts.due,
            DoseStatus::Cancelled => continue,
        };
        *place += 1;
        counts.planned += 1;
    }
    counts
}

fn group(cards: &[Arc<DoseCard>]) -> Vec<Group> {
    TimePeriod::ALL
        .into_iter()
        .map(|period| Group {
            period,
            doses: cards.iter().filter(|card| card.time_period == period).cloned().collect(),
        })
        .collect()
}
