//! The ordinary life of a job.

use std::sync::Arc;

use das_tern::platform::clock::Span;
use das_tern::platform::error::{Error, Kind};
use das_tern::platform::jobs::{self, JobState, Jobs, backoff};
use tokio::sync::Semaphore;

use super::kit::{Heard, Room, Say, failure, say};

#[tokio::test]
async fn a_job_exists_exactly_when_the_change_does() {
    let room = Room::new();
    let heard = Heard::default();
    let mut worker = room.worker(heard.jobs()).await;
    let refused = room.context.store.write(|tx| {
        jobs::enqueue(tx, &say("never"))?;
        Err::<(), _>(Error::conflict("changed_my_mind"))
    });
    assert_eq!(refused.await.unwrap_err().kind(), Kind::Conflict);
    room.enqueue("hello").await;
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
    assert_eq!(heard.words(), ["hello"]);
    assert!(room.all().is_empty(), "a finished job leaves no row");
    assert_eq!(worker.run_until_idle().await.unwrap(), 0);
    room.verify();
}

#[tokio::test]
async fn a_job_waits_for_its_time() {
    let room = Room::new();
    let heard = Heard::default();
    let mut worker = room.worker(heard.jobs()).await;
    let later = room.clock_now().plus(Span::minutes(10));
    room.context.store.write(move |tx| jobs::enqueue_at(tx, &say("later"), later)).await.unwrap();
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.count(), 0);
    room.clock.advance(Span::minutes(10));
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.words(), ["later"]);
}

#[tokio::test]
async fn failures_back_off_and_end_among_the_dead_letters_from_which_an_admin_brings_them_back() {
    let room = Room::new();
    let heard = Heard::default();
    let mut failing = Jobs::new();
    let noting = heard.clone();
    failing.register::<Say, _, _>(move |_, job| {
        noting.note(&job.word);
        async { failure() }
    });
    let mut worker = room.worker(failing).await;
    let id = room.enqueue("hopeless").await;
    for attempt in 1..=3 {
        worker.run_until_idle().await.unwrap();
        let row = room.job(id).unwrap();
        assert_eq!((row.state, row.attempts), (JobState::Waiting, attempt));
        assert!(row.last_error.as_deref().unwrap().contains("the mail server said no"));
        let wait = row.due_at.since(room.clock_now());
        let plain = 10_000 * 3_i64.pow(attempt - 1);
        assert!((plain * 8 / 10..=plain * 12 / 10).contains(&wait.as_milliseconds()), "{wait:?}");
        // Not a moment earlier.
        room.clock.advance(Span::milliseconds(wait.as_milliseconds() - 1));
        assert_eq!(worker.run_until_idle().await.unwrap(), 0);
        room.clock.advance(Span::milliseconds(1));
    }
    worker.run_until_idle().await.unwrap();
    assert_eq!(room.job(id).unwrap().state, JobState::Dead);
    room.clock.advance(Span::days(3));
    assert_eq!(worker.run_until_idle().await.unwrap(), 0, "the dead do not run");
    assert_eq!(heard.count(), 4);
    room.verify();

    let mut worker = room.worker(heard.jobs()).await;
    room.context.store.write(move |tx| jobs::retry(tx, id)).await.unwrap();
    worker.run_until_idle().await.unwrap();
    assert_eq!((heard.count(), room.job(id).is_none()), (5, true));
    let gone = room.context.store.write(move |tx| jobs::retry(tx, id)).await.unwrap_err();
    assert_eq!(gone.code(), "job_not_found");
}

#[test]
fn back_off_grows_threefold_up_to_an_hour_and_spreads_by_a_fifth() {
    assert_eq!(backoff(1, 200), Span::seconds(10));
    assert_eq!(backoff(2, 200), Span::seconds(30));
    assert_eq!(backoff(4, 200), Span::seconds(270));
    assert_eq!(backoff(7, 200), Span::hours(1));
    assert_eq!(backoff(u32::MAX, 200), Span::hours(1));
    assert_eq!(backoff(1, 0), Span::seconds(8));
    assert_eq!(backoff(1, 400), Span::seconds(12));
}

#[tokio::test]
async fn two_jobs_with_one_key_are_one_job_and_a_dead_one_makes_way() {
    let room = Room::new();
    let heard = Heard::default();
    let mut worker = room.worker(heard.jobs()).await;
    let once = || {
        let now = room.clock_now();
        room.context.store.write(move |tx| jobs::enqueue_once(tx, &say("once"), "k".to_owned(), now))
    };
    let (first, second) = (once().await.unwrap(), once().await.unwrap());
    assert_eq!(first, second);
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.count(), 1);
    // Its key is free again, and a dead letter under it does not block the next one.
    let mut failing = Jobs::new();
    failing.register::<Say, _, _>(|_, _| async { failure() });
    let mut grave = room.worker(failing).await;
    let doomed = once().await.unwrap();
    for _ in 0..4 {
        grave.run_until_idle().await.unwrap();
        room.clock.advance(Span::hours(2));
    }
    assert_eq!(room.job(doomed).unwrap().state, JobState::Dead);
    let next = once().await.unwrap();
    assert_ne!(next, doomed);
    assert!(room.job(doomed).is_none());
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.count(), 2);
    room.verify();
}

#[tokio::test]
async fn a_queue_runs_so_many_at_once_and_no_more() {
    let room = Room::new();
    let gate = Arc::new(Semaphore::new(0));
    let heard = Heard::default();
    let (noting, waiting) = (heard.clone(), Arc::clone(&gate));
    let mut jobs = Jobs::new();
    jobs.queue("speech", 3);
    jobs.register::<Say, _, _>(move |_, job| {
        let (noting, waiting) = (noting.clone(), Arc::clone(&waiting));
        async move {
            noting.note(&job.word);
            waiting.acquire().await.unwrap().forget();
            Ok(())
        }
    });
    let mut worker = room.worker(jobs).await;
    for n in 0..10 {
        room.enqueue(&n.to_string()).await;
    }
    let running = tokio::spawn(async move { worker.run_until_idle().await });
    while heard.count() < 3 {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let states = room.all();
    let busy = states.iter().filter(|(_, row)| row.state == JobState::Running).count();
    assert_eq!((busy, heard.count()), (3, 3));
    gate.add_permits(10);
    assert_eq!(running.await.unwrap().unwrap(), 10);
    room.verify();
}

#[tokio::test]
async fn a_paused_queue_starts_nothing_also_after_a_restart() {
    let room = Room::new();
    let heard = Heard::default();
    let mut worker = room.worker(heard.jobs()).await;
    let now = room.clock_now();
    room.context.store.write(move |tx| jobs::set_paused(tx, "speech", Some(now))).await.unwrap();
    room.enqueue("patience").await;
    assert_eq!(worker.run_until_idle().await.unwrap(), 0);
    drop(worker);
    let room = room.reborn();
    let mut worker = room.worker(heard.jobs()).await;
    assert_eq!(worker.run_until_idle().await.unwrap(), 0);
    room.context.store.write(|tx| jobs::set_paused(tx, "speech", None)).await.unwrap();
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
    let unknown = room.context.store.write(|tx| jobs::set_paused(tx, "nonsense", None)).await;
    assert_eq!(unknown.unwrap_err().code(), "queue_not_found");
}

#[tokio::test]
async fn a_job_that_nobody_handles_is_a_dead_letter() {
    let room = Room::new();
    let mut nobody = Jobs::new();
    nobody.queue("speech", 1);
    let mut worker = room.worker(nobody).await;
    let id = room.enqueue("hello?").await;
    worker.run_until_idle().await.unwrap();
    let row = room.job(id).unwrap();
    assert_eq!(row.state, JobState::Dead);
    assert!(row.last_error.unwrap().contains("no handler"));
}

impl Room {
    pub fn clock_now(&self) -> das_tern::platform::clock::Timestamp {
        self.context.now()
    }
}
