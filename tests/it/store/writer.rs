//! The single writer: groups, order of answers, panics, limits.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use das_tern::platform::clock::ManualClock;
use das_tern::platform::error::{Error, Kind};
use das_tern::platform::random::Random;
use das_tern::platform::store::{
    Changes, Engine, EngineError, MemoryEngine, Pause, Reader, Snapshot, Store, StoreOptions, WriteTx,
};

use super::kit::{BY_LABEL, ITEMS, START, item, options, store_over, write_group};

/// What happens to the engine just before a commit.
type Before = Box<dyn FnMut(&MemoryEngine) -> Result<(), EngineError> + Send>;
/// A closure for the writer.
type Change = Box<dyn FnMut(&mut WriteTx<'_>) -> Result<(), Error> + Send>;

/// An engine that lets a test look at the moment of the commit.
struct Watched {
    inner: MemoryEngine,
    commits: AtomicU64,
    before: Mutex<Option<Before>>,
}

impl Watched {
    fn new(before: impl FnMut(&MemoryEngine) -> Result<(), EngineError> + Send + 'static) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryEngine::new(),
            commits: AtomicU64::new(0),
            before: Mutex::new(Some(Box::new(before))),
        })
    }
}

impl Engine for Watched {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, EngineError> {
        self.inner.snapshot()
    }
    fn commit(&self, changes: &Changes) -> Result<(), EngineError> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        if let Some(before) = self.before.lock().unwrap().as_mut() {
            before(&self.inner)?;
        }
        self.inner.commit(changes)
    }
    fn recover(&self) -> Result<(), EngineError> {
        Ok(())
    }
}

fn store(engine: Arc<dyn Engine>) -> Store {
    store_over(engine, &ManualClock::at(START), options(&[], Pause::default()))
}

fn put(id: u64, label: Option<&'static str>) -> Change {
    Box::new(move |tx| ITEMS.put(tx, &id, &item(1, label)))
}

#[test]
fn one_that_fails_or_panics_leaves_nothing_and_disturbs_nobody() {
    let engine = Watched::new(|_| Ok(()));
    let store = store(Arc::clone(&engine) as Arc<dyn Engine>);
    let outcomes = write_group(
        &store,
        vec![
            put(1, Some("a")),
            Box::new(|tx| {
                ITEMS.put(tx, &2, &item(1, Some("b")))?;
                Err(Error::conflict("changed_my_mind"))
            }),
            Box::new(|tx| {
                ITEMS.put(tx, &3, &item(1, Some("c")))?;
                panic!("planned");
            }),
            put(4, Some("a")),
            put(5, Some("b")),
        ],
    );
    let codes: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().err().map(Error::code)).collect();
    assert_eq!(codes, [None, Some("changed_my_mind"), Some("internal"), Some("label_taken"), None]);
    assert_eq!(engine.commits.load(Ordering::SeqCst), 1, "five closures, one commit");
    let ids =
        store.read(|tx| Ok(ITEMS.list_prefix(tx, &())?.into_iter().map(|(id, _)| id).collect::<Vec<_>>()));
    assert_eq!(ids.unwrap(), [1, 5]);
    assert_eq!(store.read(|tx| BY_LABEL.find(tx, &"b".to_owned())).unwrap(), Some(5));
    store.write_blocking(|tx| ITEMS.put(tx, &6, &item(1, None))).unwrap();
}

#[test]
fn closures_see_the_group_and_readers_only_what_is_durable() {
    let seen_early = Arc::new(AtomicUsize::new(0));
    let seeing = Arc::clone(&seen_early);
    let engine = Watched::new(move |inner| {
        let mut keys = 0;
        let all = das_tern::platform::store::KeyRange::all();
        inner.snapshot()?.scan(&all, das_tern::platform::store::Direction::Forward, &mut |_, _| {
            keys += 1;
            das_tern::platform::store::Step::Continue
        })?;
        seeing.fetch_add(keys, Ordering::SeqCst);
        Ok(())
    });
    let store = store(engine);
    let outcomes = write_group(
        &store,
        vec![
            put(1, None),
            Box::new(|tx| {
                assert!(ITEMS.get(tx, &1)?.is_some(), "the group's earlier writes are seen");
                ITEMS.delete(tx, &1)?;
                ITEMS.put(tx, &2, &item(1, None))
            }),
            Box::new(|tx| {
                assert!(ITEMS.get(tx, &1)?.is_none());
                assert!(ITEMS.get(tx, &2)?.is_some());
                Ok(())
            }),
        ],
    );
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(seen_early.load(Ordering::SeqCst), 0);
}

#[test]
fn when_the_commit_fails_the_whole_group_is_refused_also_who_was_refused_before() {
    let store = store(Watched::new(|_| Err(EngineError::DiskFull)));
    // The second is refused because of the first, which never becomes durable.
    let outcomes = write_group(&store, vec![put(1, Some("a")), put(2, Some("a"))]);
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().kind(), Kind::Unavailable);
    }
}

#[test]
fn a_panic_of_the_engine_or_the_hook_does_not_stop_the_writer() {
    let commits = AtomicUsize::new(0);
    let hook = move |_: &_| assert!(commits.fetch_add(1, Ordering::SeqCst) != 0, "planned");
    let store = Store::new(
        Arc::new(MemoryEngine::new()),
        Arc::new(ManualClock::at(START)),
        Arc::new(Random::seeded(1)),
        StoreOptions::default(),
        Box::new(hook),
    )
    .unwrap();
    store.write_blocking(|tx| ITEMS.put(tx, &1, &item(1, None))).unwrap();
    store.write_blocking(|tx| ITEMS.put(tx, &2, &item(1, None))).unwrap();
    assert_eq!(store.counts(), (2, 2));
}

#[test]
fn commits_are_numbered_without_gaps_also_over_restarts() {
    let engine: Arc<dyn Engine> = Arc::new(MemoryEngine::new());
    let first = store(Arc::clone(&engine));
    for id in 0..5 {
        first.write_blocking(move |tx| ITEMS.put(tx, &id, &item(1, None))).unwrap();
    }
    first.write_blocking(|tx| ITEMS.get(tx, &1)).unwrap();
    assert_eq!(
        first.read(|tx| Store::sequence(tx)).unwrap(),
        5,
        "a commit that changes nothing has no number"
    );
    first.close();
    assert_eq!(first.write_blocking(|_| Ok(())).unwrap_err().kind(), Kind::Unavailable);
    let second = store(engine);
    second.write_blocking(|tx| ITEMS.put(tx, &9, &item(1, None))).unwrap();
    assert_eq!(second.read(|tx| Store::sequence(tx)).unwrap(), 6);
}

#[test]
fn a_full_queue_answers_busy_at_once() {
    let options = StoreOptions { queue_depth: 3, ..StoreOptions::default() };
    let store = store_over(Arc::new(MemoryEngine::new()), &ManualClock::at(START), options);
    let outcomes = write_group(&store, (0..5).map(|id| put(id, None)).collect());
    let codes: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().err().map(Error::code)).collect();
    assert_eq!(codes, [None, None, None, Some("store_busy"), Some("store_busy")]);
}

#[test]
fn the_last_handle_may_end_inside_a_closure() {
    let store = store(Arc::new(MemoryEngine::new()));
    let (done, is_done) = std::sync::mpsc::channel();
    let mut inner = Some(store.clone());
    let write = store.write(move |tx| {
        drop(inner.take());
        done.send(tx.now()).unwrap();
        Ok(())
    });
    // Dropped without being answered: the closure still runs.
    drop(tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(write));
    drop(store);
    assert_eq!(is_done.recv().unwrap(), START);
}

#[test]
fn writers_on_many_threads_share_commits_and_all_are_counted_once() {
    const COUNTER: das_tern::platform::store::Table<(), u64> =
        das_tern::platform::store::Table::new(902, "counter");
    let engine = Watched::new(|_| {
        // About what a disk takes.
        std::thread::park_timeout(std::time::Duration::from_micros(300));
        Ok(())
    });
    let store = store(Arc::clone(&engine) as Arc<dyn Engine>);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..50 {
                    store
                        .write_blocking(|tx| {
                            let count = COUNTER.get(tx, &())?.unwrap_or(0);
                            COUNTER.put(tx, &(), &(count + 1))
                        })
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(store.read(|tx| COUNTER.get(tx, &())).unwrap(), Some(800));
    let commits = engine.commits.load(Ordering::SeqCst);
    assert!(commits < 400, "{commits} commits for 800 writes");
}
