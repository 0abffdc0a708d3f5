//! Jobs that come back.

use das_tern::platform::clock::Span;
use das_tern::platform::jobs::{self, Every, JOBS, JobState, Jobs, RECURRING};
use das_tern::platform::store::{Changes, Reader, WriteTx};

use super::kit::{Heard, Room, Say, failure, say};

fn registry(heard: &Heard) -> Jobs {
    let mut jobs = heard.jobs();
    jobs.recurring("sweep", Every::minutes(1), say("sweep"));
    jobs.recurring("extend", Every::days(1), say("extend"));
    jobs
}

fn count(heard: &Heard, word: &str) -> usize {
    heard.words().iter().filter(|heard| *heard == word).count()
}

#[tokio::test]
async fn each_runs_at_once_and_then_in_its_rhythm() {
    let room = Room::new();
    let heard = Heard::default();
    let mut worker = room.worker(registry(&heard)).await;
    for _ in 0..120 {
        worker.run_until_idle().await.unwrap();
        room.clock.advance(Span::seconds(30));
    }
    assert_eq!((count(&heard, "sweep"), count(&heard, "extend")), (60, 1));
    room.verify();
}

#[tokio::test]
async fn after_a_week_of_downtime_each_catches_up_once_and_keeps_its_rhythm() {
    let room = Room::new();
    let heard = Heard::default();
    room.worker(registry(&heard)).await.run_until_idle().await.unwrap();
    assert_eq!(heard.count(), 2);
    let first = room.clock_now();
    let room = room.reborn();
    room.clock.advance(Span::milliseconds(7 * 86_400_000 + 12_345));
    let mut worker = room.worker(registry(&heard)).await;
    worker.run_until_idle().await.unwrap();
    assert_eq!((count(&heard, "sweep"), count(&heard, "extend")), (2, 2));
    let next = room.context.store.read(|tx| RECURRING.get(tx, &"sweep".to_owned())).unwrap().unwrap();
    assert_eq!(next.next_run_at, first.plus(Span::milliseconds(7 * 86_400_000 + 60_000)));
}

#[tokio::test]
async fn one_that_failed_for_good_comes_back_all_the_same() {
    let room = Room::new();
    let heard = Heard::default();
    let noting = heard.clone();
    let mut jobs = Jobs::new();
    jobs.register::<Say, _, _>(move |_, job| {
        noting.note(&job.word);
        async { failure() }
    });
    jobs.recurring("sweep", Every::hours(2), say("sweep"));
    let mut worker = room.worker(jobs).await;
    for _ in 0..12 * 24 {
        worker.run_until_idle().await.unwrap();
        room.clock.advance(Span::minutes(5));
    }
    assert_eq!(heard.count(), 4 * 12, "four attempts in each of the twelve periods");
    assert_eq!(room.all().len(), 1, "dead letters of one recurring job do not pile up");
}

#[tokio::test]
async fn what_is_no_longer_registered_is_forgotten() {
    let room = Room::new();
    let heard = Heard::default();
    room.worker(registry(&heard)).await.run_until_idle().await.unwrap();
    let mut fewer = heard.jobs();
    fewer.recurring("sweep", Every::minutes(1), say("sweep"));
    room.worker(fewer).await;
    let rows = room.context.store.read(|tx| RECURRING.list_prefix(tx, &())).unwrap();
    assert_eq!(rows.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["sweep"]);
}

#[tokio::test]
async fn a_clock_set_back_does_not_silence_it() {
    let room = Room::new();
    let heard = Heard::default();
    let mut worker = room.worker(registry(&heard)).await;
    worker.run_until_idle().await.unwrap();
    room.clock.advance(Span::days(365));
    worker.run_until_idle().await.unwrap();
    room.clock.advance(Span::days(-365));
    let before = count(&heard, "sweep");
    for _ in 0..10 {
        worker.run_until_idle().await.unwrap();
        room.clock.advance(Span::minutes(1));
    }
    assert!(count(&heard, "sweep") >= before + 8, "{} runs in 10 minutes", count(&heard, "sweep") - before);
}

#[tokio::test]
async fn a_lease_from_before_the_clock_was_set_back_is_void_after_a_crash() {
    let room = Room::new();
    let heard = Heard::default();
    room.worker(registry(&heard)).await.run_until_idle().await.unwrap();
    room.clock.advance(Span::minutes(1));
    let mark = |tx: &mut WriteTx<'_>| {
        // Claimed by a worker that died at once.
        let job = jobs::enqueue_once(tx, &say("sweep"), "recurring:sweep".to_owned(), tx.now())?;
        let mut row = JOBS.require(tx, &job, "job_not_found")?;
        row.state = JobState::Running;
        row.attempts = 1;
        row.lease = Some(tx.new_id()?);
        row.due_at = tx.now().plus(Span::seconds(60));
        JOBS.put(tx, &job, &row)
    };
    room.context.store.write(mark).await.unwrap();
    // An older program knew no time of the last commit, so the clock is believed an hour back.
    room.clock.jump(Span::hours(-1));
    let mut changes = Changes::new();
    changes.insert(vec![0, 0, 0, b's', b'e', b'q'], Some(7_u64.to_be_bytes().to_vec()));
    room.context.store.close();
    room.engine.commit(&changes).unwrap();
    let room = room.reborn();
    let before = count(&heard, "sweep");
    let mut worker = room.worker(registry(&heard)).await;
    worker.run_until_idle().await.unwrap();
    assert_eq!(count(&heard, "sweep"), before + 1, "nobody waits for the hour to pass");
    room.verify();
}

#[tokio::test]
async fn a_schedule_does_not_claim_a_run_that_did_not_happen() {
    let room = Room::new();
    let heard = Heard::default();
    let mut jobs = heard.jobs();
    jobs.recurring("sweep", Every::minutes(1), say("sweep"));
    let mut worker = room.worker(jobs).await;
    worker.run_until_idle().await.unwrap();
    let first = room.clock_now();
    let last_run = |room: &Room| {
        let row = room.context.store.read(|tx| RECURRING.get(tx, &"sweep".to_owned())).unwrap().unwrap();
        row.last_run_at
    };
    assert_eq!(last_run(&room), Some(first));
    // The run of the next minute is still in somebody's hands when the one after it is due.
    room.clock.advance(Span::minutes(1));
    let pause = |tx: &mut WriteTx<'_>| {
        let now = tx.now();
        jobs::set_paused(tx, "speech", Some(now)).map(drop)
    };
    room.context.store.write(pause).await.unwrap();
    worker.run_until_idle().await.unwrap();
    let second = room.clock_now();
    assert_eq!(last_run(&room), Some(second), "it was handed out");
    for _ in 0..5 {
        room.clock.advance(Span::minutes(1));
        worker.run_until_idle().await.unwrap();
    }
    assert_eq!(last_run(&room), Some(second), "the same run waits still");
    assert_eq!(heard.count(), 1);
}
