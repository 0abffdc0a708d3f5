//! Nothing dies silently: what hangs, fell or is damaged is said by the pages that are asked.

use std::sync::{Arc, Condvar, Mutex};

use das_tern::platform::clock::Span;
use das_tern::platform::jobs;
use das_tern::platform::store::{
    Changes, Direction, Engine, EngineError, KeyRange, MemoryEngine, Snapshot, Visit,
};
use serde_json::{Value, json};

use crate::doses::kit::{daily, prescribe};
use crate::jobs::kit::say;
use crate::kit::TestServer;

/// A disk that keeps commits waiting when told.
#[derive(Default)]
struct Hanging {
    inner: MemoryEngine,
    hangs: Mutex<bool>,
    changed: Condvar,
}

impl Hanging {
    fn set(&self, hangs: bool) {
        *self.hangs.lock().unwrap() = hangs;
        self.changed.notify_all();
    }
}

impl Engine for Hanging {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, EngineError> {
        self.inner.snapshot()
    }
    fn commit(&self, changes: &Changes) -> Result<(), EngineError> {
        let hangs = self.hangs.lock().unwrap();
        drop(self.changed.wait_while(hangs, |hangs| *hangs).unwrap());
        self.inner.commit(changes)
    }
    fn recover(&self) -> Result<(), EngineError> {
        self.inner.recover()
    }
}

/// A data file in which the pages that hold these bytes in their keys are damaged: reading them panics, as the storage
/// library does.
#[derive(Default)]
struct Damaged {
    inner: MemoryEngine,
    at: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Damaged {
    fn damage(&self, at: Option<&[u8]>) {
        *self.at.lock().unwrap() = at.map(<[u8]>::to_vec);
    }
}

struct DamagedSnapshot(Box<dyn Snapshot>, Option<Vec<u8>>);

impl DamagedSnapshot {
    fn meet(&self, key: &[u8]) {
        // Not where it is the end of a longer name.
        let is_named =
            |at: &Vec<u8>| key.windows(at.len() + 1).any(|bytes| bytes[0] != b'-' && bytes[1..] == at[..]);
        let is_hit = self.1.as_ref().is_some_and(is_named);
        assert!(!is_hit, "entered unreachable code: a page of zeros");
    }
}

impl Snapshot for DamagedSnapshot {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        self.meet(key);
        self.0.get(key)
    }
    fn scan(&self, range: &KeyRange, direction: Direction, visit: Visit<'_>) -> Result<(), EngineError> {
        self.0.scan(range, direction, &mut |key, value| {
            self.meet(key);
            visit(key, value)
        })
    }
}

impl Engine for Damaged {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, EngineError> {
        let at = self.at.lock().unwrap().clone();
        Ok(Box::new(DamagedSnapshot(self.inner.snapshot()?, at)))
    }
    fn commit(&self, changes: &Changes) -> Result<(), EngineError> {
        self.inner.commit(changes)
    }
    fn recover(&self) -> Result<(), EngineError> {
        self.inner.recover()
    }
}

fn part<'a>(status: &'a Value, name: &str) -> &'a Value {
    status["parts"].as_array().unwrap().iter().find(|part| part["name"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_does_not_come_back_is_no_readiness() {
    let disk = Arc::new(Hanging::default());
    let server = TestServer::start_over(Arc::clone(&disk) as Arc<dyn Engine>).await;
    let admin = server.admin().await;
    let stranger = server.stranger();
    stranger.get("!/readyz").await.expect(200);
    disk.set(true);
    let store = server.context().store.clone();
    let writing = tokio::spawn(async move { store.write(|tx| jobs::enqueue(tx, &say("slow"))).await });
    // Until the commit has begun: then its sign of life is owed.
    while server
        .context()
        .supervision
        .report()
        .iter()
        .all(|part| part.name != "store-committer" || !part.is_busy)
    {
        tokio::task::yield_now().await;
    }
    server.clock().advance(Span::seconds(9));
    stranger.get("!/readyz").await.expect(200);
    server.clock().advance(Span::seconds(2));
    let late = stranger.get("!/readyz").await.expect(503);
    assert_eq!(late.text, "store-committer: no sign of life for 11 s\n");
    assert!(!server.context().supervision.is_alive(), "the watchdog hears nothing");
    stranger.get("!/livez").await.expect(200);
    disk.set(false);
    writing.await.unwrap().unwrap();
    while server.context().supervision.report().iter().any(|part| part.is_busy) {
        tokio::task::yield_now().await;
    }
    stranger.get("!/readyz").await.expect(200);
    assert_eq!(part(&admin.get("/admin/status").await.ok(), "store-committer")["state"], "ALIVE");
    server.finish().await;
}

#[tokio::test]
async fn a_damaged_queue_is_named_and_what_comes_back_by_itself_goes_on() {
    let file = Arc::new(Damaged::default());
    let server = TestServer::start_over(Arc::clone(&file) as Arc<dyn Engine>).await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    prescribe(&server, &dara, daily("n")).await;
    server.run_jobs().await;
    // The order in which the jobs of the queue are due is keyed by its name.
    file.damage(Some(b"reminders"));
    let stranger = server.stranger();
    server.run_jobs().await;
    assert!(server.messages(&dara).is_empty());
    server.clock().advance(Span::minutes(4 * 60 + 30));
    server.run_jobs().await;
    assert_eq!(server.messages(&dara).len(), 1, "the reminder of 11:30 came all the same");
    let unready = stranger.get("!/readyz").await.expect(503);
    assert_eq!(unready.text, "jobs: cannot do all of its work\n");
    let status = admin.get("/admin/status").await.expect(200).ok();
    let jobs = part(&status, "jobs");
    assert_eq!(jobs["state"], "HINDERED");
    assert!(jobs["why"].as_str().unwrap().contains("queue reminders"), "{jobs}");
    let damaged: Vec<&str> =
        status["damaged"].as_array().unwrap().iter().map(|one| one["what"].as_str().unwrap()).collect();
    assert_eq!(damaged, ["queues"]);
    assert!(server.context().supervision.is_alive(), "starting anew would not mend it");
    file.damage(None);
    server.clock().advance(Span::minutes(1));
    server.run_jobs().await;
    stranger.get("!/readyz").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn the_queues_say_how_much_is_in_them_and_for_how_long() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    server.run_jobs().await;
    let queue = async |name: &str| {
        let queues = admin.get("/admin/queues").await.ok();
        queues["items"].as_array().unwrap().iter().find(|queue| queue["name"] == name).unwrap().clone()
    };
    let store = server.context().store.clone();
    let later = server.context().now().plus(Span::hours(1));
    store.write(|tx| jobs::enqueue(tx, &say("now"))).await.unwrap();
    store.write(move |tx| jobs::enqueue_at(tx, &say("later"), later)).await.unwrap();
    server.clock().advance(Span::seconds(90));
    let found = queue("speech").await;
    assert_eq!((&found["waiting"], &found["due"], &found["running"]), (&json!(2), &json!(1), &json!(0)));
    assert_eq!((&found["oldestSeconds"], &found["dead"]), (&json!(90), &json!(0)));
    // Nobody handles it: it dies.
    server.run_jobs().await;
    let upkeep = queue("upkeep").await;
    assert_eq!((&upkeep["due"], &upkeep["oldestSeconds"]), (&json!(0), &json!(null)));
    server.finish().await;
}
