//! Jobs that come back.

use das_tern::platform::clock::Span;
use das_tern::platform::jobs::{Every, Jobs, RECURRING};

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
