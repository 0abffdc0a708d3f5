//! Which job goes first, how many in a minute, and what is brought forward.

use das_tern::domain::migrations::MIGRATIONS;
use das_tern::platform::clock::{ManualClock, Span, Timestamp};
use das_tern::platform::error::{Error, Result};
use das_tern::platform::ids::JobId;
use das_tern::platform::jobs::{self, Every, JOBS, Job, JobRow, JobState, Jobs, Priority, RECURRING};
use das_tern::platform::random::Random;
use das_tern::platform::store::{
    Entries, Index, MemoryEngine, Prepared, Store, StoreOptions, Table, prepare,
};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex};

use super::kit::{Heard, Room, START, say};

/// A word that matters so much.
#[derive(Serialize, Deserialize)]
struct Call {
    word: String,
    priority: Priority,
}

impl Job for Call {
    const NAME: &'static str = "call";
    const QUEUE: &'static str = "calls";

    fn priority(&self) -> Priority {
        self.priority
    }
}

/// A registry that notes the words it hears and ends each attempt as `end` says.
fn calls(heard: &Heard, end: impl Fn() -> Result<()> + Send + Sync + 'static) -> Jobs {
    let (noting, mut jobs) = (heard.clone(), heard.jobs());
    jobs.queue("calls", 1);
    jobs.register::<Call, _, _>(move |_, job: Call| {
        noting.note(&job.word);
        std::future::ready(end())
    });
    jobs
}

async fn call(room: &Room, priority: Priority, word: &str) -> JobId {
    let job = Call { word: word.to_owned(), priority };
    // Ids made in one millisecond are in no order.
    room.clock.advance(Span::milliseconds(1));
    room.context.store.write(move |tx| jobs::enqueue(tx, &job)).await.unwrap()
}

#[tokio::test]
async fn the_most_important_goes_first_and_the_oldest_of_equals() {
    let room = Room::new();
    let heard = Heard::default();
    let mut worker = room.worker(calls(&heard, || Ok(()))).await;
    for (priority, word) in [
        (Priority::Normal, "refill"),
        (Priority::Warning, "missed"),
        (Priority::Normal, "follow-up"),
        (Priority::Critical, "oxygen"),
        (Priority::Critical, "pressure"),
    ] {
        call(&room, priority, word).await;
        room.clock.advance(Span::seconds(1));
    }
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.words(), ["oxygen", "pressure", "missed", "refill", "follow-up"]);
    room.verify();
}

#[tokio::test]
async fn what_matters_and_is_not_yet_due_holds_nobody_up() {
    let room = Room::new();
    let heard = Heard::default();
    let mut worker = room.worker(calls(&heard, || Ok(()))).await;
    let later = room.clock_now().plus(Span::minutes(10));
    let job = Call { word: "later".to_owned(), priority: Priority::Critical };
    room.context.store.write(move |tx| jobs::enqueue_at(tx, &job, later)).await.unwrap();
    call(&room, Priority::Normal, "now").await;
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.words(), ["now"]);
    room.clock.set(later);
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.words(), ["now", "later"]);
}

#[tokio::test]
async fn in_a_queue_in_order_the_less_important_waits_for_the_more_important_to_end() {
    let room = Room::new();
    let heard = Heard::default();
    let (noting, mut jobs) = (heard.clone(), heard.jobs());
    jobs.queue("calls", 4).in_order("calls");
    jobs.register::<Call, _, _>(move |_, job: Call| {
        let noting = noting.clone();
        async move {
            noting.note(&format!("{} begins", job.word));
            // Lets whatever else was started begin first.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            noting.note(&format!("{} ends", job.word));
            Ok(())
        }
    });
    let mut worker = room.worker(jobs).await;
    for (priority, word) in
        [(Priority::Normal, "refill"), (Priority::Warning, "missed"), (Priority::Critical, "oxygen")]
    {
        call(&room, priority, word).await;
    }
    worker.run_until_idle().await.unwrap();
    let expected =
        ["oxygen begins", "oxygen ends", "missed begins", "missed ends", "refill begins", "refill ends"];
    assert_eq!(heard.words(), expected);
    room.verify();
}

#[tokio::test]
async fn a_limit_lets_so_many_start_in_any_minute() {
    let room = Room::new();
    let heard = Heard::default();
    let mut jobs = calls(&heard, || Ok(()));
    jobs.limit("calls", 3);
    let mut worker = room.worker(jobs).await;
    for word in ["1", "2", "3", "4", "5"] {
        call(&room, Priority::Normal, word).await;
    }
    room.enqueue("another queue").await;
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.count(), 4, "three calls, and the other queue has no limit");
    room.clock.advance(Span::seconds(59));
    call(&room, Priority::Critical, "critical").await;
    assert_eq!(worker.run_until_idle().await.unwrap(), 0);
    room.clock.advance(Span::seconds(1));
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.words()[4..], ["critical", "4", "5"]);
    room.clock.advance(Span::days(-1));
    call(&room, Priority::Normal, "yesterday").await;
    room.clock.advance(Span::seconds(1));
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.count(), 8, "a clock that is set back locks nobody out");
}

#[tokio::test]
async fn what_failed_before_is_brought_forward_the_most_important_first() {
    let room = Room::new();
    let heard = Heard::default();
    let works = Arc::new(Mutex::new(false));
    let asked = Arc::clone(&works);
    let mut worker = room
        .worker(calls(&heard, move || {
            if *asked.lock().unwrap() { Ok(()) } else { Err(Error::unavailable("mail_failed", 3_600)) }
        }))
        .await;
    for (priority, word) in [(Priority::Normal, "a"), (Priority::Normal, "b"), (Priority::Critical, "c")] {
        call(&room, priority, word).await;
    }
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.words(), ["c", "a", "b"]);
    let fresh = Call { word: "tomorrow".to_owned(), priority: Priority::Normal };
    let tomorrow = room.clock_now().plus(Span::days(1));
    room.context.store.write(move |tx| jobs::enqueue_at(tx, &fresh, tomorrow)).await.unwrap();

    *works.lock().unwrap() = true;
    assert_eq!(worker.run_until_idle().await.unwrap(), 0, "the other side asked to wait for an hour");
    let hasten = |most| room.context.store.write(move |tx| jobs::hasten(tx, "calls", most));
    assert_eq!(hasten(2).await.unwrap(), 2);
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.words()[3..4], ["c"], "the critical one is among the first two");
    assert_eq!(heard.count(), 5);
    assert_eq!(hasten(10).await.unwrap(), 1, "what never failed keeps its time");
    worker.run_until_idle().await.unwrap();
    assert_eq!((heard.count(), room.all().len()), (6, 1));
    assert_eq!(hasten(10).await.unwrap(), 0);
    room.verify();
}

#[tokio::test]
async fn what_recurs_comes_on_the_whole_minute_whenever_the_server_was_started() {
    let room = Room::new();
    room.clock.set(START.plus(Span::milliseconds(17_345)));
    let heard = Heard::default();
    let mut jobs = heard.jobs();
    jobs.recurring("sweep", Every::minutes(1), say("sweep"));
    jobs.recurring("extend", Every::days(1), say("extend"));
    let mut worker = room.worker(jobs).await;
    worker.run_until_idle().await.unwrap();
    let next = |name: &str| {
        let name = name.to_owned();
        room.context.store.read(|tx| RECURRING.get(tx, &name)).unwrap().unwrap().next_run_at
    };
    assert_eq!(next("sweep"), START.plus(Span::minutes(1)));
    assert_eq!(next("extend"), START.plus(Span::days(1)));
    for (seconds, runs) in [(42, 1), (1, 2), (59, 2), (1, 3), (59, 3), (1, 4)] {
        room.clock.advance(Span::seconds(seconds));
        worker.run_until_idle().await.unwrap();
        let heard = heard.words().iter().filter(|word| *word == "sweep").count();
        assert_eq!(heard, runs, "{:?}", room.clock_now().since(START));
    }
}

/// The index of the jobs before there were priorities, under the same number.
const OLD_BY_DUE: Index<(String, Timestamp), JobId> = Index::many(1, 1);
const OLD_JOBS: Table<JobId, JobRow> = Table::new(1, "jobs").indexed(old_index);

fn old_index(_: &JobId, job: &JobRow, entries: &mut Entries) {
    entries.add(&OLD_BY_DUE, &(job.queue.clone(), job.due_at));
}

#[tokio::test]
async fn jobs_of_a_store_without_priorities_are_found_after_the_upgrade() {
    let engine = Arc::new(MemoryEngine::new());
    let clock = ManualClock::at(START);
    let old = Store::new(
        Arc::clone(&engine) as _,
        Arc::new(clock.clone()),
        Arc::new(Random::seeded(1)),
        StoreOptions::default(),
        Box::new(|_| {}),
    )
    .unwrap();
    for minute in 0..20 {
        let row = JobRow {
            name: "say".to_owned(),
            queue: "speech".to_owned(),
            payload: serde_json::json!({"word": minute.to_string()}),
            state: JobState::Waiting,
            priority: Priority::Normal,
            attempts: 0,
            max_attempts: 4,
            created_at: START,
            due_at: START.plus(Span::minutes(minute)),
            key: None,
            last_error: None,
            lease: None,
        };
        old.write(move |tx| OLD_JOBS.put(tx, &tx.new_id()?, &row)).await.unwrap();
    }
    old.close();
    let upgraded = prepare(engine.as_ref(), MIGRATIONS, None, &clock, &Random::seeded(1)).unwrap();
    assert_eq!(upgraded, Prepared::Migrated { from: 1, snapshot: None });

    let room = Room::over(engine, clock);
    room.verify();
    let heard = Heard::default();
    let mut worker = room.worker(heard.jobs()).await;
    room.clock.advance(Span::minutes(9));
    worker.run_until_idle().await.unwrap();
    assert_eq!(heard.count(), 10);
    assert_eq!(room.context.store.read(|tx| JOBS.list_prefix(tx, &())).unwrap().len(), 10);
    room.verify();
}
