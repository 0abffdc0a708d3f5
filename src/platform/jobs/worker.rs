//! The worker: claims what is due, runs the handlers, writes down how they ended.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use tokio::task::JoinSet;

use super::claim::{self, Claim, Ending, Held, InHand, LEASE};
use super::glance::{Glance, glance};
use super::registry::{Jobs, MINUTE, Running};
use super::unqueued::Unqueued;
use super::waiter::{JobSignal, Waiter};
use crate::platform::clock::{Clock, Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::JobId;
use crate::platform::supervision::Pulse;

/// Longest sleep of an idle worker: bounds what a clock that jumps can cost.
const LONGEST_SLEEP: Span = Span::seconds(60);
/// Pause after the store could not be reached.
const STORE_PAUSE: Span = Span::seconds(5);
/// Looking for work and claiming it that takes longer hangs.
const STEP_PATIENCE: Span = Span::seconds(30);
/// How long a stop waits for what is in hand before it gives it back.
const STOP_GRACE: Span = Span::seconds(10);

/// Runs the jobs of one process. Dropping it abandons what is in hand, as a crash would; [`Worker::stop`] does not.
pub struct Worker {
    pulse: Pulse,
    context: Arc<Context>,
    jobs: Arc<Jobs>,
    signal: JobSignal,
    waiter: Arc<dyn Waiter>,
    tasks: JoinSet<JobId>,
    in_hand: InHand,
    /// When the jobs of the queues that have a limit started, for the last minute.
    starts: BTreeMap<String, VecDeque<Timestamp>>,
    renew_at: Timestamp,
    finished: u64,
    /// What runs although its queue is broken.
    unqueued: Unqueued,
}

/// The queues that cannot be worked on, with the reason.
type Broken = BTreeMap<&'static str, String>;

impl Worker {
    /// A worker that has not started. The store's commit hook rings `signal` when jobs were added.
    pub fn new(context: Arc<Context>, jobs: Jobs, signal: JobSignal, waiter: Arc<dyn Waiter>) -> Self {
        let pulse = context.supervision.part("jobs", STEP_PATIENCE);
        Self {
            pulse,
            context,
            jobs: Arc::new(jobs),
            signal,
            waiter,
            tasks: JoinSet::new(),
            in_hand: InHand::new(),
            starts: BTreeMap::new(),
            renew_at: Timestamp::MAX,
            finished: 0,
            unqueued: Unqueued::default(),
        }
    }

    /// Its sign of life.
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Writes down the registered queues and recurring jobs. Called once at each start, before anything runs.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn install(&self) -> Result<()> {
        let jobs = Arc::clone(&self.jobs);
        self.context.store.write(move |tx| claim::install(tx, &jobs)).await
    }

    /// Works until `stop` ends, then stops in order.
    pub async fn run(mut self, stop: impl Future<Output = ()> + Send) {
        self.attend(stop).await;
    }

    /// [`Worker::run`] for whoever keeps the worker: what it has in hand stays with it when it falls, and it can be
    /// run again.
    pub async fn attend(&mut self, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        loop {
            self.pulse.beat();
            let pause = match self.step().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::warn!(%error, "jobs wait for the store");
                    self.pulse.hindered(Some(error.to_string().into()));
                    STORE_PAUSE
                }
            };
            self.pulse.rest();
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(ended) = self.tasks.join_next() => self.put_down(ended),
                () = self.signal.heard() => {}
                () = self.waiter.wait(pause) => {}
            }
            // Everything else that has ended meanwhile, so that one claim refills all of it.
            while let Some(ended) = self.tasks.try_join_next() {
                self.put_down(ended);
            }
        }
        self.wind_up().await;
    }

    /// Runs everything that is due at the clock's present time, and returns how many attempts that took. For
    /// tests, which move the clock and then call this.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn run_until_idle(&mut self) -> Result<u64> {
        let before = self.finished;
        loop {
            self.step().await?;
            self.finished += self.unqueued.settled().await;
            match self.tasks.join_next().await {
                Some(ended) => self.put_down(ended),
                None => return Ok(self.finished - before),
            }
        }
    }

    /// Ends in order: starts nothing more, waits 10 s for what is in hand, gives the rest back.
    pub async fn stop(mut self) {
        self.wind_up().await;
    }

    async fn wind_up(&mut self) {
        let grace = self.waiter.wait(STOP_GRACE);
        let mut grace = std::pin::pin!(grace);
        while !self.tasks.is_empty() {
            tokio::select! {
                Some(ended) = self.tasks.join_next() => {
                    if let Ok(id) = ended {
                        self.in_hand.remove(&id);
                    }
                }
                () = &mut grace => break,
            }
        }
        self.unqueued.stop().await;
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
        if self.in_hand.is_empty() {
            return;
        }
        let (count, in_hand) = (self.in_hand.len(), std::mem::take(&mut self.in_hand));
        match self.context.store.write(move |tx| claim::release(tx, &in_hand)).await {
            Ok(()) => tracing::info!(jobs.count = count, "unfinished jobs were given back"),
            Err(error) => tracing::warn!(jobs.count = count, %error, "jobs come back when their lease ends"),
        }
    }

    /// Renews leases, claims and starts what is due; returns how long there is nothing to do but wait.
    async fn step(&mut self) -> Result<Span> {
        let now = self.context.now();
        let is_set_back = self.renew_at > now.plus(LEASE);
        if (now >= self.renew_at || is_set_back) && !self.in_hand.is_empty() {
            let in_hand = self.in_hand.clone();
            self.context.store.write(move |tx| claim::renew(tx, &in_hand)).await?;
            self.renew_at = now.plus(third_of(LEASE));
        }
        let mut broken = Broken::new();
        let pause = loop {
            let mut free = self.free();
            free.retain(|(queue, _)| !broken.contains_key(queue));
            let sight = match self.context.store.read(|tx| glance(tx, &self.jobs, &free, &self.in_hand)) {
                Err(error) if error.kind() != Kind::Unavailable => {
                    broken.extend(free.iter().map(|(queue, _)| (*queue, error.to_string())));
                    break STORE_PAUSE;
                }
                sight => sight?,
            };
            broken.extend(sight.unreadable.into_iter().map(|(queue, error)| (queue, error.to_string())));
            if let Some(error) = sight.schedules {
                // Without its schedules a queue does nothing of what comes back by itself.
                broken.extend(self.jobs.regular().iter().map(|regular| (regular.queue, error.to_string())));
            }
            free.retain(|(queue, _)| !broken.contains_key(queue));
            match sight.glance {
                Glance::Due if free.is_empty() => break STORE_PAUSE,
                Glance::Due => self.claim(free, &mut broken).await?,
                Glance::Next(at) => break self.until(at),
                Glance::Nothing => break self.until(Timestamp::MAX),
            }
        };
        Ok(self.go_on_without(&broken, pause))
    }

    /// Claims and starts what is due, queue by queue when it cannot be done for all of them at once.
    async fn claim(&mut self, free: Vec<(&'static str, usize)>, broken: &mut Broken) -> Result<()> {
        let claim = |free: Vec<(&'static str, usize)>, in_hand: InHand| {
            let (store, jobs) = (self.context.store.clone(), Arc::clone(&self.jobs));
            async move { store.write(move |tx| claim::claim(tx, &jobs, &free, &in_hand)).await }
        };
        let claims = match claim(free.clone(), self.in_hand.clone()).await {
            Ok(claims) => claims,
            Err(error) if error.kind() == Kind::Unavailable => return Err(error),
            Err(_) => {
                let mut claims = Vec::new();
                for queue in free {
                    match claim(vec![queue], self.in_hand.clone()).await {
                        Ok(more) => claims.extend(more),
                        Err(error) => drop(broken.insert(queue.0, error.to_string())),
                    }
                }
                claims
            }
        };
        for claim in claims {
            self.start(claim);
        }
        Ok(())
    }

    /// Says which queues are broken and runs what comes back by itself in them. Returns the pause until the next look.
    fn go_on_without(&mut self, broken: &Broken, pause: Span) -> Span {
        if broken.is_empty() {
            self.pulse.hindered(None);
            return pause;
        }
        let named: Vec<String> = broken.iter().map(|(queue, why)| format!("queue {queue}: {why}")).collect();
        let named = named.join("; ");
        tracing::error!(queues = named, "queues of jobs cannot be worked on");
        self.pulse.hindered(Some(named.into()));
        let queues: Vec<&'static str> = broken.keys().copied().collect();
        let moment = self.context.clock.moment();
        let next = self.unqueued.start_due(&self.context, &self.jobs, &self.waiter, &queues, moment);
        pause.min(next.unwrap_or(LONGEST_SLEEP)).max(STORE_PAUSE)
    }

    fn until(&self, at: Timestamp) -> Span {
        let renewal = if self.in_hand.is_empty() { Timestamp::MAX } else { self.renew_at };
        // A queue that has reached its limit is not looked at: the next start leaves the window by itself.
        let reopening =
            self.starts.values().filter_map(VecDeque::front).map(|start| start.plus(MINUTE)).min();
        at.min(renewal)
            .min(reopening.unwrap_or(Timestamp::MAX))
            .since(self.context.now())
            .clamp(Span::ZERO, LONGEST_SLEEP)
    }

    /// How many more jobs of each queue may start.
    fn free(&mut self) -> Vec<(&'static str, usize)> {
        let now = self.context.now();
        for starts in self.starts.values_mut() {
            // Those that seem to lie ahead were noted by a clock that has been set back since.
            starts.retain(|start| *start <= now && now.since(*start) < MINUTE);
        }
        let busy = |queue: &str| self.in_hand.values().filter(|held| held.queue == queue).count();
        let left = |queue: &str| {
            let started = self.starts.get(queue).map_or(0, VecDeque::len);
            self.jobs.limit_of(queue).map_or(usize::MAX, |limit| limit.saturating_sub(started))
        };
        let free = |(queue, most): (_, usize)| (queue, most.saturating_sub(busy(queue)).min(left(queue)));
        self.jobs.queues().map(free).collect()
    }

    fn start(&mut self, claim: Claim) {
        if self.in_hand.is_empty() {
            self.renew_at = self.context.now().plus(third_of(LEASE));
        }
        if self.jobs.limit_of(&claim.row.queue).is_some() {
            self.starts.entry(claim.row.queue.clone()).or_default().push_back(self.context.now());
        }
        let held = Held { lease: claim.lease, queue: claim.row.queue.clone(), priority: claim.row.priority };
        self.in_hand.insert(claim.id, held);
        let (context, jobs, waiter) =
            (Arc::clone(&self.context), Arc::clone(&self.jobs), Arc::clone(&self.waiter));
        let id = claim.id;
        self.tasks.spawn(async move {
            let work = async move {
                let outcome = attempt(&context, &jobs, waiter.as_ref(), &claim).await;
                write_down(&context, &claim, outcome).await;
                Ok(())
            };
            if let Err(error) = CatchPanic(Box::pin(work)).await {
                tracing::error!(job.id = %id, %error, "a job's end could not be written down");
            }
            id
        });
    }

    fn put_down(&mut self, ended: Result<JobId, tokio::task::JoinError>) {
        self.finished += 1;
        match ended {
            Ok(id) => drop(self.in_hand.remove(&id)),
            // Panics are caught inside the task and nobody cancels it while the worker lives.
            Err(error) => tracing::error!(%error, "the task of a job ended early"),
        }
    }
}

fn third_of(span: Span) -> Span {
    Span::milliseconds(span.as_milliseconds() / 3)
}

/// Runs the handler once, within its time limit.
async fn attempt(context: &Arc<Context>, jobs: &Jobs, waiter: &dyn Waiter, claim: &Claim) -> Result<()> {
    run_once(context, jobs, waiter, &claim.row.name, &claim.row.payload).await
}

/// Runs the handler of the job of this name.
pub(super) async fn run_once(
    context: &Arc<Context>,
    jobs: &Jobs,
    waiter: &dyn Waiter,
    name: &str,
    payload: &serde_json::Value,
) -> Result<()> {
    let handler =
        jobs.handler(name).ok_or_else(|| Error::internal("no handler is registered for this job"))?;
    let limit = handler.time_limit;
    let start = || (handler.start)(Arc::clone(context), payload);
    // A handler may also panic before its first await.
    let running = catch_unwind(AssertUnwindSafe(start)).unwrap_or_else(|_| Err(panicked()))?;
    let outcome = tokio::select! {
        biased;
        outcome = CatchPanic(running) => outcome,
        () = waiter.wait(limit) => {
            Err(Error::internal(format!("not done within {} s", limit.as_seconds_rounded_up())))
        }
    };
    // What comes back by itself, such as the reminders of everybody, must not fail unseen, nor must an alarm.
    let damage = outcome.as_ref().err().filter(|error| error.kind() == Kind::Damaged);
    if damage.is_some() || jobs.regular().iter().any(|regular| regular.job == name) {
        context.supervision.hinder(name, damage.map(|error| error.to_string().into()));
    }
    outcome
}

async fn write_down(context: &Context, claim: &Claim, outcome: Result<()>) {
    let (id, lease) = (claim.id, claim.lease);
    let (name, attempt) = (&claim.row.name, claim.row.attempts);
    let failure = outcome.as_ref().err().cloned();
    let error = failure.as_ref().map(tracing::field::display);
    match context.store.write(move |tx| claim::finish(tx, id, lease, &outcome)).await {
        Ok(Ending::Done) => tracing::debug!(job.id = %id, job.name = name, attempt, "job done"),
        Ok(Ending::Again) => {
            tracing::warn!(job.id = %id, job.name = name, attempt, error, "job failed, it will be tried again");
        }
        Ok(Ending::Dead) => {
            tracing::error!(job.id = %id, job.name = name, attempt, error, "job failed for good: dead letter");
        }
        Ok(Ending::Lost) => {
            tracing::warn!(job.id = %id, job.name = name, attempt, "job was taken over meanwhile")
        }
        Err(error) => {
            tracing::warn!(job.id = %id, job.name = name, attempt, %error, "job's end not saved, it runs again");
        }
    }
}

fn panicked() -> Error {
    Error::internal("the handler panicked")
}

/// Turns a panic of the future into an error.
pub(super) struct CatchPanic(Running);

impl CatchPanic {
    pub(super) fn of(work: impl Future<Output = Result<()>> + Send + 'static) -> Self {
        Self(Box::pin(work))
    }
}

impl Future for CatchPanic {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let running = self.0.as_mut();
        catch_unwind(AssertUnwindSafe(|| running.poll(task))).unwrap_or_else(|_| Poll::Ready(Err(panicked())))
    }
}
