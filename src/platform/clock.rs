//! Time, as a value that is handed in. Nothing in `src/` asks the operating system for the time but
//! [`SystemClock`] and the clocks of [`steady`], so a test can live through a month in a second. Whether the system's
//! wall clock is believed says [`belief`].

pub mod belief;
pub mod lead;
pub mod steady;
pub mod sync;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// An instant in UTC: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A length of time in milliseconds; may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Span(i64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// So many milliseconds.
    pub const fn milliseconds(n: i64) -> Self {
        Self(n)
    }
    /// So many seconds.
    pub const fn seconds(n: i64) -> Self {
        Self(n.saturating_mul(1_000))
    }
    /// So many minutes.
    pub const fn minutes(n: i64) -> Self {
        Self(n.saturating_mul(60_000))
    }
    /// So many hours.
    pub const fn hours(n: i64) -> Self {
        Self(n.saturating_mul(3_600_000))
    }
    /// So many days of 24 hours.
    pub const fn days(n: i64) -> Self {
        Self(n.saturating_mul(86_400_000))
    }
    /// The length of a duration, in whole milliseconds.
    pub fn of(duration: std::time::Duration) -> Self {
        Self(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
    }
    /// Together with `other`.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
    /// Without `other`; negative when that is longer.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
    /// The length in milliseconds.
    pub const fn as_milliseconds(self) -> i64 {
        self.0
    }
    /// The length in whole seconds, rounded up: an honest `Retry-After`.
    pub const fn as_seconds_rounded_up(self) -> i64 {
        self.0.saturating_add(999).div_euclid(1_000)
    }
    /// The length in whole minutes, rounded down.
    pub const fn as_minutes(self) -> i64 {
        self.0.div_euclid(60_000)
    }
}

impl Timestamp {
    /// The earliest instant that can be written.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest instant that can be written.
    pub const MAX: Self = Self(i64::MAX);

    /// From milliseconds since 1970.
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since 1970.
    pub const fn as_milliseconds(self) -> i64 {
        self.0
    }

    /// Later by `span`, stopping at the ends of what can be written.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// Earlier by `span`, stopping at the ends of what can be written.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// How long after `earlier` this is; negative when it is before.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// Whether this instant, the end of something that lasts `life` at the most, still lies ahead at `now`. An end that
    /// lies further ahead was reckoned by a clock that has been set back since: then it is over. So a lock of a quarter
    /// of an hour never lasts a day.
    pub fn is_ahead(self, now: Self, life: Span) -> bool {
        /// A believed clock may go back by so much.
        const SLACK: Span = Span::seconds(2);
        now < self && self <= now.plus(life).plus(SLACK)
    }

    /// The whole minute that this instant lies in, or is.
    #[must_use]
    pub const fn start_of_minute(self) -> Self {
        const MINUTE: i64 = 60_000;
        Self(self.0.div_euclid(MINUTE).saturating_mul(MINUTE))
    }

    /// As a chrono value; instants beyond its range stop at its ends.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(if self.0 < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        })
    }

    /// The calendar day of this instant in `zone`.
    pub fn day_in(self, zone: Tz) -> NaiveDate {
        self.local(zone).date()
    }

    /// The wall clock in `zone` at this instant.
    pub fn local(self, zone: Tz) -> NaiveDateTime {
        self.to_utc().with_timezone(&zone).naive_local()
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_millis())
    }
}

/// The instant at which the wall clock of `zone` shows `local`. A time that a change of summer time
/// skips counts as the first instant after the gap; one that it repeats counts as the first of the two.
pub fn instant_of(local: NaiveDateTime, zone: Tz) -> Timestamp {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.to_utc().into(),
        LocalResult::None => {
            let later = local + chrono::TimeDelta::hours(1);
            match zone.from_local_datetime(&later) {
                LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.to_utc().into(),
                LocalResult::None => local.and_utc().into(),
            }
        }
    }
}

/// Midnight at the start of `day` in `zone`.
pub fn start_of_day(day: NaiveDate, zone: Tz) -> Timestamp {
    instant_of(day.and_time(chrono::NaiveTime::MIN), zone)
}

/// What a clock says: the time, and how far it is to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The current instant.
    pub now: Timestamp,
    /// Whether the wall clock is in doubt: nothing that cannot be taken back is done by such a time.
    pub in_doubt: bool,
    /// The time by which rights end. The same, unless the clock may be far ahead: no right ends by such a time.
    pub rights_end_by: Timestamp,
}

impl Moment {
    /// Of a clock that is believed.
    pub const fn certain(now: Timestamp) -> Self {
        Self { now, in_doubt: false, rights_end_by: now }
    }
}

/// Where the product gets the time from.
pub trait Clock: Send + Sync + 'static {
    /// The current instant.
    fn now(&self) -> Timestamp;

    /// The current instant and whether it is in doubt; most clocks are never.
    fn moment(&self) -> Moment {
        Moment::certain(self.now())
    }
}

/// The operating system's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
        let now = Utc::now();
        now.into()
    }
}

/// A clock that moves only when told; shared by its clones. It is a wall clock and a steady clock at once: time that
/// passes moves both, somebody who sets the clock moves the wall clock alone.
#[derive(Debug, Clone)]
pub struct ManualClock {
    passed: Arc<AtomicI64>,
    set_by: Arc<AtomicI64>,
}

impl ManualClock {
    /// Stands still at `start`.
    pub fn at(start: Timestamp) -> Self {
        Self { passed: Arc::new(AtomicI64::new(start.as_milliseconds())), set_by: Arc::default() }
    }

    /// Lets time pass until it is `time`; also backwards, as in a story that is told anew.
    pub fn set(&self, time: Timestamp) {
        self.advance(time.since(self.now()));
    }

    /// Lets `span` pass.
    pub fn advance(&self, span: Span) {
        self.passed.fetch_add(span.as_milliseconds(), Ordering::SeqCst);
    }

    /// Sets the wall clock forward or back while no time passes.
    pub fn jump(&self, span: Span) {
        self.set_by.fetch_add(span.as_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let set_by = Span::milliseconds(self.set_by.load(Ordering::SeqCst));
        Timestamp::from_milliseconds(self.passed.load(Ordering::SeqCst)).plus(set_by)
    }
}

impl steady::SteadyClock for ManualClock {
    fn elapsed(&self) -> Span {
        Span::milliseconds(self.passed.load(Ordering::SeqCst))
    }
}
