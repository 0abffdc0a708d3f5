//! Planned failures: commits that fail, workers that die, handlers that panic or hang.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use das_tern::platform::clock::{ManualClock, Span};
use das_tern::platform::jobs::{JobState, Jobs};
use das_tern::platform::store::{
    Changes, Engine, EngineError, Entries, Index, MemoryEngine, Snapshot, Table,
};
use tokio::sync::Semaphore;

use super::kit::{AtOnce, Heard, Room, START, Say};

/// An engine whose commits fail when told.
#[derive(Default)]
struct Unreliable {
    inner: MemoryEngine,
    commits: AtomicU64,
    /// Commits with these numbers fail, as a bit mask.
    failing: AtomicU64,
}

impl Engine for Unreliable {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, EngineError> {
        self.inner.snapshot()
    }
    fn commit(&self, changes: &Changes) -> Result<(), EngineError> {
        let n = self.commits.fetch_add(1, Ordering::SeqCst);
        if n < 64 && self.failing.load(Ordering::SeqCst) & (1 << n) != 0 {
            return Err(EngineError::Io("planned".to_owned()));
        }
        self.inner.commit(changes)
    }
    fn recover(&self) -> Result<(), EngineError> {
        self.inner.recover()
    }
}

/// The effect of a job that may run twice: one row for each word, however often it is said.
const SAID: Table<String, u64> = Table::new(900, "said").indexed(no_entries);
#[expect(dead_code, reason = "declares the table's index space")]
const NO_INDEX: Index<u64, String> = Index::many(900, 1);

fn no_entries(_: &String, _: &u64, _: &mut Entries) {}

fn idempotent(heard: &Heard) -> Jobs {
    let heard = heard.clone();
    let mut jobs = Jobs::new();
    jobs.register::<Say, _, _>(move |context, job| {
        heard.note(&job.word);
        async move {
            context
                .store
                .write(move |tx| match SAID.get(tx, &job.word)? {
                    Some(_) => Ok(()),
                    None => SAID.put(tx, &job.word, &1),
                })
                .await
        }
    });
    jobs
}

#[tokio::test]
async fn whichever_commit_fails_every_job_has_its_effect_once() {
    for n in 0..12 {
        let engine = Arc::new(Unreliable::default());
        let room = Room::over(Arc::clone(&engine) as Arc<dyn Engine>, ManualClock::at(START));
        let heard = Heard::default();
        let mut worker = room.worker(idempotent(&heard)).await;
        for word in ["one", "two", "three"] {
            room.enqueue(word).await;
        }
        let done = engine.commits.load(Ordering::SeqCst);
        engine.failing.store(1 << (done + n), Ordering::SeqCst);
        for _ in 0..20 {
            // Errors are the store's 503: a worker waits and goes on.
            let _ = worker.run_until_idle().await;
            room.clock.advance(Span::minutes(1));
        }
        assert!(room.all().is_empty(), "commit {n} fails: {:?}", room.all());
        let said = room.context.store.read(|tx| SAID.list_prefix(tx, &())).unwrap();
        assert_eq!(said.len(), 3);
        room.verify();
    }
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt_and_harms_nobody_else() {
    let room = Room::new();
    let heard = Heard::default();
    let noting = heard.clone();
    let mut jobs = Jobs::new();
    jobs.register::<Say, _, _>(move |_, job| {
        assert!(job.word != "panic at once");
        let noting = noting.clone();
        async move {
            tokio::task::yield_now().await;
            assert!(job.word != "panic later");
            noting.note(&job.word);
            Ok(())
        }
    });
    let mut worker = room.worker(jobs).await;
    let early = room.enqueue("panic at once").await;
    let late = room.enqueue("panic later").await;
    room.enqueue("fine").await;
    assert_eq!(worker.run_until_idle().await.unwrap(), 3);
    assert_eq!(heard.words(), ["fine"]);
    for id in [early, late] {
        let row = room.job(id).unwrap();
        assert_eq!((row.state, row.attempts), (JobState::Waiting, 1));
        assert!(row.last_error.unwrap().contains("panicked"));
    }
    room.verify();
}

/// A registry whose handler does its work, says so and then hangs before it can be acknowledged.
fn hanging(heard: &Heard, gate: &Arc<Semaphore>) -> Jobs {
    let (heard, gate) = (heard.clone(), Arc::clone(gate));
    let mut jobs = Jobs::new();
    jobs.register::<Say, _, _>(move |context, job| {
        let (heard, gate) = (heard.clone(), Arc::clone(&gate));
        async move {
            let word = job.word.clone();
            context.store.write(move |tx| SAID.put(tx, &word, &1)).await?;
            heard.note(&job.word);
            gate.acquire().await.unwrap().forget();
            Ok(())
        }
    });
    jobs
}

async fn until_heard(heard: &Heard, count: usize) {
    while heard.count() < count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn killed_between_work_and_acknowledgement_the_job_runs_again_after_its_lease() {
    let room = Room::new();
    let heard = Heard::default();
    let mut worker = room.worker(hanging(&heard, &Arc::new(Semaphore::new(0)))).await;
    let id = room.enqueue("twice").await;
    let work = tokio::spawn(async move { worker.run_until_idle().await });
    until_heard(&heard, 1).await;
    work.abort();
    assert!(work.await.is_err());

    let room = room.reborn();
    let again = Heard::default();
    let mut worker = room.worker(idempotent(&again)).await;
    room.clock.advance(Span::seconds(59));
    assert_eq!(worker.run_until_idle().await.unwrap(), 0, "the lease still holds");
    room.clock.advance(Span::seconds(2));
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
    assert_eq!(again.words(), ["twice"]);
    assert!(room.job(id).is_none());
    assert_eq!(room.context.store.read(|tx| SAID.list_prefix(tx, &())).unwrap().len(), 1);
    room.verify();
}

#[tokio::test]
async fn who_lost_the_lease_does_not_finish_the_job() {
    let room = Room::new();
    let (slow, gate) = (Heard::default(), Arc::new(Semaphore::new(0)));
    let mut sleeper = room.worker(hanging(&slow, &gate)).await;
    let id = room.enqueue("contested").await;
    let sleeping = tokio::spawn(async move { sleeper.run_until_idle().await });
    until_heard(&slow, 1).await;
    // The first worker's machine stands still for two minutes; the job goes to another, which fails it.
    room.clock.advance(Span::minutes(2));
    let mut failing = Jobs::new();
    failing.register::<Say, _, _>(|_, _| async { super::kit::failure() });
    room.worker(failing).await.run_until_idle().await.unwrap();
    gate.add_permits(1);
    sleeping.await.unwrap().unwrap();
    let row = room.job(id).expect("the late worker must not have removed it");
    assert_eq!((row.state, row.attempts), (JobState::Waiting, 2));
    room.verify();
}

#[tokio::test]
async fn a_worker_that_dies_each_time_does_not_try_for_ever() {
    let mut room = Room::new();
    let id = room.enqueue("killer").await;
    for attempt in 1..=4 {
        let heard = Heard::default();
        let mut worker = room.worker(hanging(&heard, &Arc::new(Semaphore::new(0)))).await;
        let work = tokio::spawn(async move { worker.run_until_idle().await });
        until_heard(&heard, 1).await;
        work.abort();
        let _ = work.await;
        assert_eq!(room.job(id).unwrap().attempts, attempt);
        room.clock.advance(Span::minutes(2));
        room = room.reborn();
    }
    let mut worker = room.worker(idempotent(&Heard::default())).await;
    assert_eq!(worker.run_until_idle().await.unwrap(), 0);
    assert_eq!(room.job(id).unwrap().state, JobState::Dead);
    room.verify();
}

#[tokio::test]
async fn a_handler_that_hangs_is_cut_off() {
    let room = Room::new();
    let heard = Heard::default();
    let jobs = hanging(&heard, &Arc::new(Semaphore::new(0)));
    let mut worker = room.worker_with(jobs, Arc::new(AtOnce)).await;
    let id = room.enqueue("forever").await;
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
    let row = room.job(id).unwrap();
    assert_eq!(row.state, JobState::Waiting);
    assert!(row.last_error.unwrap().contains("not done within 300 s"));
}

#[tokio::test]
async fn a_graceful_stop_finishes_what_is_in_hand() {
    let room = Room::new();
    let (heard, gate) = (Heard::default(), Arc::new(Semaphore::new(0)));
    let worker = room.worker(hanging(&heard, &gate)).await;
    let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(worker.run(async move { drop(stopping.await) }));
    let id = room.enqueue("in hand").await;
    until_heard(&heard, 1).await;
    stop.send(()).unwrap();
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    let late = room.enqueue("too late").await;
    gate.add_permits(1);
    running.await.unwrap();
    assert!(room.job(id).is_none(), "finished");
    assert_eq!(room.job(late).unwrap().attempts, 0, "not started");
    room.verify();
}

#[tokio::test]
async fn a_graceful_stop_returns_what_does_not_end() {
    /// Time stands still for handlers and passes at once for the stop.
    struct StopsAtOnce;
    impl das_tern::platform::jobs::Waiter for StopsAtOnce {
        fn wait(&self, span: Span) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
            if span == Span::seconds(10) {
                Box::pin(std::future::ready(()))
            } else {
                Box::pin(std::future::pending())
            }
        }
    }
    let room = Room::new();
    let heard = Heard::default();
    let jobs = hanging(&heard, &Arc::new(Semaphore::new(0)));
    let worker = room.worker_with(jobs, Arc::new(StopsAtOnce)).await;
    let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(worker.run(async move { drop(stopping.await) }));
    let id = room.enqueue("endless").await;
    until_heard(&heard, 1).await;
    stop.send(()).unwrap();
    running.await.unwrap();
    let row = room.job(id).unwrap();
    assert_eq!((row.state, row.attempts, row.due_at), (JobState::Waiting, 0, START));
    room.verify();
}

#[tokio::test]
async fn a_running_worker_hears_of_new_jobs_without_a_timer() {
    let room = Room::new();
    let heard = Heard::default();
    let worker = room.worker(heard.jobs()).await;
    let (stop, stopping) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(worker.run(async move { drop(stopping.await) }));
    for n in 0..50 {
        room.enqueue(&n.to_string()).await;
    }
    until_heard(&heard, 50).await;
    stop.send(()).unwrap();
    running.await.unwrap();
    assert!(room.all().is_empty());
}
