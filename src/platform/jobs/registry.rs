//! Which handler does which job, how many at once, and what comes back regularly.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::{Job, Priority};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};

/// Jobs of a queue that run at once, unless [`Jobs::queue`] says otherwise.
const DEFAULT_CONCURRENCY: usize = 4;

/// What recurring jobs are aligned to, and the window of [`Jobs::limit`].
pub(super) const MINUTE: Span = Span::minutes(1);

/// A running handler.
pub(super) type Running = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

type Start = Box<dyn Fn(Arc<Context>, &serde_json::Value) -> Result<Running> + Send + Sync>;

/// What is known about one kind of job.
pub(super) struct Handler {
    pub(super) start: Start,
    pub(super) time_limit: Span,
    pub(super) waits_for_clock: bool,
}

/// A job that comes back.
pub(super) struct Recurring {
    pub(super) name: &'static str,
    pub(super) every: Every,
    pub(super) job: &'static str,
    pub(super) queue: &'static str,
    pub(super) max_attempts: u32,
    pub(super) priority: Priority,
    pub(super) waits_for_clock: bool,
    pub(super) payload: Result<serde_json::Value>,
}

/// How often a recurring job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Every(Span);

impl Every {
    /// Every `n` minutes, at least 1.
    pub fn minutes(n: u16) -> Self {
        Self(Span::minutes(i64::from(n.max(1))))
    }

    /// Every `n` hours, at least 1.
    pub fn hours(n: u16) -> Self {
        Self(Span::hours(i64::from(n.max(1))))
    }

    /// Every `n` days, at least 1.
    pub fn days(n: u16) -> Self {
        Self(Span::days(i64::from(n.max(1))))
    }

    /// From one run to the next.
    pub(super) fn span(self) -> Span {
        self.0
    }

    /// Whether a run planned for `next` is to be made up `now`. One that lies further ahead than an interval was
    /// planned by a clock that has been set back since.
    pub(super) fn is_due(self, next: Timestamp, now: Timestamp) -> bool {
        next <= now || next > now.plus(self.0)
    }

    /// The first run after `now` in the rhythm that `previous` belongs to, on a whole minute of the clock: what is
    /// planned for 07:00 is done at 07:00:00, whenever the server was started. What was missed is not made up for.
    pub(super) fn next_after(self, previous: Timestamp, now: Timestamp) -> Timestamp {
        let interval = self.0.as_milliseconds().max(1);
        let late = now.since(previous).as_milliseconds();
        let next = if late < 0 {
            now.plus(self.0)
        } else {
            let missed = (late / interval).saturating_add(1);
            previous.plus(Span::milliseconds(interval.saturating_mul(missed)))
        };
        let minute =
            next.minus(Span::milliseconds(next.as_milliseconds().rem_euclid(MINUTE.as_milliseconds())));
        if minute > now { minute } else { minute.plus(MINUTE) }
    }
}

/// The registry, filled once at start.
#[derive(Default)]
pub struct Jobs {
    handlers: BTreeMap<&'static str, Handler>,
    queues: BTreeMap<&'static str, usize>,
    limits: BTreeMap<&'static str, u32>,
    in_order: BTreeSet<&'static str>,
    recurring: Vec<Recurring>,
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs").field("names", &self.handlers.keys()).field("queues", &self.queues).finish()
    }
}

impl Jobs {
    /// Knows no job.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a queue strictly in order: a less important job waits as long as a more important one runs.
    pub fn in_order(&mut self, name: &'static str) -> &mut Self {
        self.in_order.insert(name);
        self
    }

    pub(super) fn is_in_order(&self, name: &str) -> bool {
        self.in_order.contains(name)
    }

    /// Sets how many jobs of a queue run at once, at least 1.
    pub fn queue(&mut self, name: &'static str, concurrency: usize) -> &mut Self {
        self.queues.insert(name, concurrency.max(1));
        self
    }

    /// Sets how many jobs of a queue start in any minute, at least 1; without it there is no such limit. Counted since
    /// the start of the process.
    pub fn limit(&mut self, name: &'static str, per_minute: u32) -> &mut Self {
        self.limits.insert(name, per_minute.max(1));
        self
    }

    /// Names the handler of a kind of job. It may run more than once for one job and so is idempotent.
    pub fn register<J, H, F>(&mut self, handler: H) -> &mut Self
    where
        J: Job,
        H: Fn(Arc<Context>, J) -> F + Send + Sync + 'static,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let start = move |context: Arc<Context>, payload: &serde_json::Value| -> Result<Running> {
            let job = serde_json::from_value(payload.clone())
                .map_err(|error| Error::internal(format!("job {} unreadable: {error}", J::NAME)))?;
            Ok(Box::pin(handler(context, job)))
        };
        let time_limit = Span::seconds(i64::from(J::TIME_LIMIT_SECONDS));
        let waits_for_clock = J::WAITS_FOR_CLOCK;
        self.handlers.insert(J::NAME, Handler { start: Box::new(start), time_limit, waits_for_clock });
        self.queues.entry(J::QUEUE).or_insert(DEFAULT_CONCURRENCY);
        self
    }

    /// Enqueues `job` regularly, the first time at once. A run that is still to be done is not doubled, and what
    /// was missed while the server was down is caught up for by one run.
    pub fn recurring<J: Job>(&mut self, name: &'static str, every: Every, job: J) -> &mut Self {
        let priority = job.priority();
        let payload = serde_json::to_value(job)
            .map_err(|error| Error::internal(format!("job {} cannot be written down: {error}", J::NAME)));
        self.recurring.push(Recurring {
            name,
            every,
            job: J::NAME,
            queue: J::QUEUE,
            max_attempts: J::MAX_ATTEMPTS,
            priority,
            waits_for_clock: J::WAITS_FOR_CLOCK,
            payload,
        });
        self.queues.entry(J::QUEUE).or_insert(DEFAULT_CONCURRENCY);
        self
    }

    /// Changes how often the recurring job of this name runs.
    pub fn reschedule(&mut self, name: &str, every: Every) -> &mut Self {
        for recurring in self.recurring.iter_mut().filter(|recurring| recurring.name == name) {
            recurring.every = every;
        }
        self
    }

    pub(super) fn handler(&self, name: &str) -> Option<&Handler> {
        self.handlers.get(name)
    }

    pub(super) fn queues(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.queues.iter().map(|(name, concurrency)| (*name, *concurrency))
    }

    pub(super) fn limit_of(&self, queue: &str) -> Option<usize> {
        self.limits.get(queue).map(|limit| usize::try_from(*limit).unwrap_or(usize::MAX))
    }

    pub(super) fn regular(&self) -> &[Recurring] {
        &self.recurring
    }
}
