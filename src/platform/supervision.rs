//! Nothing dies silently: every task that lives as long as the server is a [`Part`](PartReport) here.
//!
//! # What a part does
//! It gives a sign of life when it begins something ([`Pulse::beat`]) and says when it waits for work
//! ([`Pulse::rest`]). Who began something and gives no sign within its patience is late: it hangs, like a writer whose
//! disk does not answer. Who waits for work owes nothing. One that can do only a part of its work says why
//! ([`Pulse::hindered`]).
//!
//! # What happens when it falls
//! A panic or an error is logged and the part starts again, after a second and then twice as long each time, a minute
//! at the most ([`keep_task`], [`keep_thread`]). Until then it is down.
//!
//! # Who asks
//! `/readyz`, the watchdog of systemd and the status page ask [`Supervision::report`]. Time is that of a steady clock
//! which is handed in.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clock::Span;
use super::clock::steady::SteadyClock;
use super::error::{Error, Result};
use super::jobs::Waiter;
use super::stopping::Stopping;

/// Pause before a fallen part starts again the first time.
const FIRST_PAUSE: Span = Span::seconds(1);
/// The longest such pause; a part that ran for longer begins with the first one again.
const LONGEST_PAUSE: Span = Span::seconds(60);

/// How a part is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PartState {
    /// It works or waits for work.
    Alive,
    /// It can do only a part of its work.
    Hindered,
    /// It began something and gave no sign since, for longer than that can take.
    Late,
    /// It fell and is about to start again.
    Down,
    /// It has done all there was to do.
    Ended,
}

impl PartState {
    /// Whether the server cannot do everything because of it.
    pub const fn is_trouble(self) -> bool {
        matches!(self, Self::Hindered | Self::Late | Self::Down)
    }

    /// Whether starting the server anew may help: a part hangs or fell. Damage stays where it is.
    pub const fn is_lifeless(self) -> bool {
        matches!(self, Self::Late | Self::Down)
    }
}

/// What there is to say about a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartReport {
    /// Its name.
    pub name: String,
    /// How it is doing.
    pub state: PartState,
    /// Whether it has begun something and owes a sign of life.
    pub is_busy: bool,
    /// Time since its last sign of life.
    pub silent_for: Span,
    /// How often it fell and started again.
    pub restarts: u32,
    /// Why it fell last, or what hinders it.
    pub why: Option<String>,
    /// Whom it cannot see to.
    pub passed_over: BTreeSet<Uuid>,
}

/// What keeps a part from doing all of its work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hindrance {
    /// Why.
    pub why: String,
    /// Whom it cannot see to meanwhile; nobody when that cannot be told.
    pub passed_over: BTreeSet<Uuid>,
}

impl From<String> for Hindrance {
    fn from(why: String) -> Self {
        Self { why, passed_over: BTreeSet::new() }
    }
}

/// All parts of one server.
pub struct Supervision {
    clock: Arc<dyn SteadyClock>,
    parts: Mutex<Vec<Arc<Part>>>,
}

impl Supervision {
    /// Watches over nothing yet.
    pub fn new(clock: Arc<dyn SteadyClock>) -> Self {
        Self { clock, parts: Mutex::default() }
    }

    /// Adds a part. Once it has begun something, its next sign of life comes within `patience`.
    pub fn part(&self, name: impl Into<String>, patience: Span) -> Pulse {
        let part = Arc::new(Part {
            name: name.into(),
            patience,
            last_sign: AtomicI64::new(self.clock.elapsed().as_milliseconds()),
            owed_by: AtomicI64::new(i64::MAX),
            polled_by: AtomicI64::new(i64::MAX),
            restarts: AtomicU32::new(0),
            standing: Mutex::default(),
        });
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&part));
        Pulse { part, clock: Arc::clone(&self.clock) }
    }

    /// Says what keeps the work of this name from being done, or that nothing does. It is a part from then on.
    pub fn hinder(&self, name: &str, by: Option<Hindrance>) {
        let known = {
            let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
            parts.iter().find(|part| part.name == name).cloned()
        };
        match (known, by) {
            (None, None) => {}
            (None, by) => self.part(name, Span::ZERO).hindered(by),
            (Some(part), by) => Pulse { part, clock: Arc::clone(&self.clock) }.hindered(by),
        }
    }

    /// Everybody whom some part cannot see to, by the names of the parts.
    pub fn passed_over(&self) -> BTreeMap<String, BTreeSet<Uuid>> {
        let parts = self.report().into_iter().filter(|part| !part.passed_over.is_empty());
        parts.map(|part| (part.name, part.passed_over)).collect()
    }

    /// How every part is doing, in the order in which they were added.
    pub fn report(&self) -> Vec<PartReport> {
        let now = self.clock.elapsed();
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.iter().map(|part| part.report(now)).collect()
    }

    /// Whether every part lives: what keeps the watchdog quiet.
    pub fn is_alive(&self) -> bool {
        self.report().iter().all(|part| !part.state.is_lifeless())
    }
}

struct Part {
    name: String,
    patience: Span,
    last_sign: AtomicI64,
    /// When the next sign of life is owed; never while it waits for work.
    owed_by: AtomicI64,
    /// When it must have let go of the thread that polls it; never while it is not polled.
    polled_by: AtomicI64,
    restarts: AtomicU32,
    standing: Mutex<Standing>,
}

#[derive(Default)]
struct Standing {
    is_down: bool,
    has_ended: bool,
    fell_because: Option<String>,
    hindered_by: Option<Hindrance>,
}

impl Part {
    fn report(&self, now: Span) -> PartReport {
        let standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        let state = if standing.has_ended {
            PartState::Ended
        } else if standing.is_down {
            PartState::Down
        } else if [&self.owed_by, &self.polled_by]
            .iter()
            .any(|by| now.as_milliseconds() > by.load(Ordering::Acquire))
        {
            PartState::Late
        } else if standing.hindered_by.is_some() {
            PartState::Hindered
        } else {
            PartState::Alive
        };
        let last_sign = Span::milliseconds(self.last_sign.load(Ordering::Acquire));
        PartReport {
            name: self.name.clone(),
            state,
            is_busy: self.owed_by.load(Ordering::Acquire) < i64::MAX,
            silent_for: now.minus(last_sign).max(Span::ZERO),
            restarts: self.restarts.load(Ordering::Relaxed),
            why: standing
                .hindered_by
                .as_ref()
                .map(|by| by.why.clone())
                .or_else(|| standing.fell_because.clone()),
            passed_over: standing.hindered_by.as_ref().map(|by| by.passed_over.clone()).unwrap_or_default(),
        }
    }
}

/// A part's own hand on its sign of life; clones are the same part.
#[derive(Clone)]
pub struct Pulse {
    part: Arc<Part>,
    clock: Arc<dyn SteadyClock>,
}

impl std::fmt::Debug for Pulse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Pulse").field(&self.part.name).finish()
    }
}

impl Pulse {
    /// Of a part that nobody watches over: for commands that run no server.
    pub fn unwatched() -> Self {
        Supervision::new(Arc::new(super::clock::steady::AwakeClock)).part("unwatched", Span::ZERO)
    }

    /// Begins something: the next sign comes within the part's patience.
    pub fn beat(&self) {
        let now = self.clock.elapsed();
        self.part.last_sign.store(now.as_milliseconds(), Ordering::Release);
        self.part.owed_by.store(now.plus(self.part.patience).as_milliseconds(), Ordering::Release);
    }

    /// Waits for work.
    pub fn rest(&self) {
        self.part.last_sign.store(self.clock.elapsed().as_milliseconds(), Ordering::Release);
        self.part.owed_by.store(i64::MAX, Ordering::Release);
    }

    fn polled(&self) {
        let now = self.clock.elapsed();
        self.part.last_sign.store(now.as_milliseconds(), Ordering::Release);
        self.part.polled_by.store(now.plus(self.part.patience).as_milliseconds(), Ordering::Release);
    }

    fn let_go(&self) {
        self.part.polled_by.store(i64::MAX, Ordering::Release);
    }

    /// Says what it cannot do, or that it can do everything again.
    pub fn hindered(&self, by: Option<Hindrance>) {
        self.standing(|standing| standing.hindered_by = by);
    }

    fn started(&self) {
        self.standing(|standing| standing.is_down = false);
    }

    fn ended(&self) {
        self.rest();
        self.standing(|standing| standing.has_ended = true);
    }

    /// Notes a fall. Returns the pause before it starts again.
    fn fell(&self, why: &str, ran: Span, before: Span) -> Span {
        tracing::error!(part = %self.part.name, error = why, "a part of the server fell, it starts again");
        self.rest();
        self.part.restarts.fetch_add(1, Ordering::Relaxed);
        self.standing(|standing| {
            standing.is_down = true;
            standing.fell_because = Some(why.to_owned());
        });
        if ran > LONGEST_PAUSE || before == Span::ZERO {
            FIRST_PAUSE
        } else {
            before.plus(before).min(LONGEST_PAUSE)
        }
    }

    fn standing(&self, change: impl FnOnce(&mut Standing)) {
        change(&mut self.part.standing.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Runs a task until it ends by itself or the server stops, and starts it again whenever it falls.
pub async fn keep_task<F>(
    pulse: Pulse,
    waiter: Arc<dyn Waiter>,
    stopping: Stopping,
    mut start: impl FnMut() -> F + Send,
) where
    F: Future<Output = Result<()>> + Send,
{
    let mut pause = Span::ZERO;
    loop {
        let begun = pulse.clock.elapsed();
        pulse.started();
        let fallen = match Attended::of(start(), &pulse).await {
            Ok(Ok(())) => return pulse.ended(),
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic,
        };
        if stopping.has_begun() {
            tracing::error!(part = %pulse.part.name, error = fallen, "a part of the server fell while it stopped");
            return pulse.ended();
        }
        pause = pulse.fell(&fallen, pulse.clock.elapsed().minus(begun), pause);
        tokio::select! {
            () = waiter.wait(pause) => {}
            () = stopping.begun() => return pulse.ended(),
        }
    }
}

/// Runs `work` on a thread of its own until it returns, and starts it again whenever it panics.
///
/// # Errors
/// When the thread cannot be started.
pub fn keep_thread(
    name: &str,
    pulse: Pulse,
    mut work: impl FnMut(&Pulse) + Send + 'static,
) -> Result<std::thread::JoinHandle<()>> {
    let run = move || {
        let mut pause = Span::ZERO;
        loop {
            let begun = pulse.clock.elapsed();
            pulse.started();
            let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(&pulse))) else { return pulse.ended() };
            pause = pulse.fell(&what_panicked(panic.as_ref()), pulse.clock.elapsed().minus(begun), pause);
            let milliseconds = u64::try_from(pause.as_milliseconds()).unwrap_or(0);
            std::thread::park_timeout(Duration::from_millis(milliseconds));
        }
    };
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(|error| Error::internal(format!("thread {name} cannot start: {error}")))
}

/// What a panic said.
pub fn what_panicked(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}

/// A future whose panics are caught, and which owes a sign of life while it is worked on: a task that blocks its thread
/// is late, one that waits is not.
struct Attended<'a, F> {
    inner: Pin<Box<F>>,
    pulse: &'a Pulse,
}

impl<'a, F: Future> Attended<'a, F> {
    fn of(inner: F, pulse: &'a Pulse) -> Self {
        Self { inner: Box::pin(inner), pulse }
    }
}

impl<F: Future> Future for Attended<'_, F> {
    type Output = Result<F::Output, String>;

    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let pulse = self.pulse;
        let inner = self.inner.as_mut();
        pulse.polled();
        let polled = catch_unwind(AssertUnwindSafe(|| inner.poll(task)));
        pulse.let_go();
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
            Err(panic) => Poll::Ready(Err(what_panicked(panic.as_ref()))),
        }
    }
}

#[cfg(test)]
mod tests;
