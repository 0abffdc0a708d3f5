//! What comes back by itself goes on although its queue cannot be read: reminders must not end with a page of the
//! data file. The runs are in no queue then, so nobody tries again before the next one.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::registry::{Jobs, Recurring};
use super::waiter::Waiter;
use super::worker::{CatchPanic, run_once};
use crate::platform::clock::{Moment, Span, Timestamp};
use crate::platform::context::Context;

/// The runs of recurring jobs whose queues cannot be read.
#[derive(Default)]
pub(super) struct Unqueued {
    running: JoinSet<&'static str>,
    /// When each was started last, and whether it has not ended since.
    started: BTreeMap<&'static str, (Timestamp, bool)>,
}

impl Unqueued {
    /// Starts what is due of these queues. Returns the time until the next is, if there is any.
    pub(super) fn start_due(
        &mut self,
        context: &Arc<Context>,
        jobs: &Arc<Jobs>,
        waiter: &Arc<dyn Waiter>,
        queues: &[&'static str],
        moment: Moment,
    ) -> Option<Span> {
        while let Some(ended) = self.running.try_join_next() {
            if let Ok(name) = ended
                && let Some((_, is_running)) = self.started.get_mut(name)
            {
                *is_running = false;
            }
        }
        let mut next: Option<Span> = None;
        for recurring in jobs.regular().iter().filter(|recurring| queues.contains(&recurring.queue)) {
            if recurring.waits_for_clock && moment.in_doubt {
                continue;
            }
            let last = self.started.get(recurring.name).copied();
            let since = last.map(|(at, _)| moment.now.since(at));
            let is_due = since.is_none_or(|since| since >= recurring.every.span() || since < Span::ZERO);
            if is_due && !last.is_some_and(|(_, is_running)| is_running) {
                self.start(context, jobs, waiter, recurring, moment.now);
            }
            next = next.into_iter().chain([recurring.every.span()]).min();
        }
        next
    }

    fn start(
        &mut self,
        context: &Arc<Context>,
        jobs: &Arc<Jobs>,
        waiter: &Arc<dyn Waiter>,
        recurring: &Recurring,
        now: Timestamp,
    ) {
        let (name, job) = (recurring.name, recurring.job);
        tracing::warn!(job.name = job, queue = recurring.queue, "a regular job runs outside of its queue");
        self.started.insert(name, (now, true));
        let payload = recurring.payload.clone();
        let (context, jobs, waiter) = (Arc::clone(context), Arc::clone(jobs), Arc::clone(waiter));
        self.running.spawn(async move {
            let work = async move { run_once(&context, &jobs, waiter.as_ref(), job, &payload?).await };
            if let Err(error) = CatchPanic::of(work).await {
                tracing::error!(job.name = job, %error, "a regular job failed outside of its queue");
            }
            name
        });
    }

    /// Ends when everything that runs has ended: for tests, which move the clock.
    pub(super) async fn settled(&mut self) -> u64 {
        let mut ended = 0;
        while let Some(run) = self.running.join_next().await {
            if let Ok(name) = run
                && let Some((_, is_running)) = self.started.get_mut(name)
            {
                *is_running = false;
            }
            ended += 1;
        }
        ended
    }

    /// Ends what runs: each run can be repeated.
    pub(super) async fn stop(&mut self) {
        self.running.shutdown().await;
    }
}
