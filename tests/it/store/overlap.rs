//! Two groups at a time: the closures of one run while the other is on its way to the disk.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use das_tern::platform::clock::ManualClock;
use das_tern::platform::error::{Error, Kind, Result};
use das_tern::platform::store::{
    Changes, Engine, EngineError, MemoryEngine, Pause, Snapshot, Store, StoreOptions,
};

use super::kit::{BY_GROUP, BY_LABEL, ITEMS, START, item, options, store_over};

/// An engine whose commits each wait for a word of the test: whether they succeed.
struct Gate {
    inner: MemoryEngine,
    arrived: Sender<()>,
    words: Mutex<Receiver<std::result::Result<(), EngineError>>>,
    recoveries: AtomicUsize,
}

impl Engine for Gate {
    fn snapshot(&self) -> std::result::Result<Box<dyn Snapshot>, EngineError> {
        self.inner.snapshot()
    }
    fn commit(&self, changes: &Changes) -> std::result::Result<(), EngineError> {
        self.arrived.send(()).unwrap();
        self.words.lock().unwrap().recv().unwrap()?;
        self.inner.commit(changes)
    }
    fn recover(&self) -> std::result::Result<(), EngineError> {
        self.recoveries.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

struct Scene {
    store: Store,
    engine: Arc<Gate>,
    arrivals: Receiver<()>,
    disk: Sender<std::result::Result<(), EngineError>>,
}

impl Scene {
    fn new(pauses: &[u64]) -> Self {
        let (arrived, arrivals) = channel();
        let (disk, words) = channel();
        let engine = Arc::new(Gate {
            inner: MemoryEngine::new(),
            arrived,
            words: Mutex::new(words),
            recoveries: AtomicUsize::new(0),
        });
        let options = StoreOptions { overlap_from: 1, ..options(pauses, Pause::new(|_| {})) };
        let store = store_over(Arc::clone(&engine) as Arc<dyn Engine>, &ManualClock::at(START), options);
        Self { store, engine, arrivals, disk }
    }

    fn is_there(&self, id: u64) -> bool {
        self.store.read(|tx| Ok(ITEMS.get(tx, &id)?.is_some())).unwrap()
    }
}

fn codes(outcomes: [Result<()>; 2]) -> [Option<&'static str>; 2] {
    outcomes.map(|outcome| outcome.err().map(|error| error.code()))
}

/// Says at its end that a closure has run.
struct Told(Sender<()>);

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// Writes one item, and while it is on its way to the disk runs `second`; then the disk says `words`, one to each commit.
fn both(
    scene: &Scene,
    second: impl FnMut(&mut das_tern::platform::store::WriteTx<'_>) -> Result<()> + Send + 'static,
    words: Vec<std::result::Result<(), EngineError>>,
) -> [Result<()>; 2] {
    let (ran, has_run) = channel();
    let (mut second, store) = (second, &scene.store);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| store.write_blocking(|tx| ITEMS.put(tx, &1, &item(1, Some("a")))));
        scene.arrivals.recv().unwrap();
        let second = scope.spawn(move || {
            store.write_blocking(move |tx| {
                // Also when an assertion of the closure fails.
                let _told = Told(ran.clone());
                second(tx)
            })
        });
        has_run.recv().unwrap();
        assert!(!scene.is_there(1), "nobody reads what is not yet durable");
        for word in words {
            scene.disk.send(word).unwrap();
        }
        [first.join().unwrap(), second.join().unwrap()]
    })
}

#[test]
fn the_next_closures_run_over_what_is_on_its_way() {
    let scene = Scene::new(&[]);
    let outcomes = both(
        &scene,
        |tx| {
            assert!(ITEMS.get(tx, &1)?.is_some());
            assert_eq!(BY_GROUP.keys(tx, &1_u8)?, [1], "ranges show it too");
            assert_eq!(BY_LABEL.find(tx, &"a".to_owned())?, Some(1));
            ITEMS.delete(tx, &1)?;
            assert!(BY_GROUP.keys(tx, &1_u8)?.is_empty());
            ITEMS.put(tx, &3, &item(1, Some("a")))
        },
        vec![Ok(()), Ok(())],
    );
    assert_eq!(codes(outcomes), [None, None]);
    assert!(!scene.is_there(1) && scene.is_there(3));
    assert_eq!(scene.store.read(|tx| Store::sequence(tx)).unwrap(), 2);
    assert_eq!(scene.store.counts(), (2, 2));
}

#[test]
fn when_the_first_fails_both_fail_and_leave_nothing() {
    let scene = Scene::new(&[]);
    let outcomes = both(&scene, |tx| ITEMS.put(tx, &2, &item(1, None)), vec![Err(EngineError::DiskFull)]);
    assert!(
        outcomes.into_iter().all(|outcome| outcome.is_err_and(|error| error.kind() == Kind::Unavailable))
    );
    assert!(!scene.is_there(1) && !scene.is_there(2));
    assert_eq!(scene.store.counts(), (0, 0));
}

#[test]
fn who_is_refused_over_what_never_became_durable_hears_of_the_disk() {
    let scene = Scene::new(&[]);
    let outcomes = both(
        &scene,
        |tx| match ITEMS.get(tx, &1)? {
            Some(_) => Err(Error::conflict("is_there_already")),
            None => Ok(()),
        },
        vec![Err(EngineError::DiskFull)],
    );
    assert!(
        outcomes.into_iter().all(|outcome| outcome.is_err_and(|error| error.kind() == Kind::Unavailable))
    );
}

#[test]
fn after_a_recovery_the_next_closures_run_again() {
    let scene = Scene::new(&[0]);
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let outcomes = both(
        &scene,
        move |tx| {
            counted.fetch_add(1, Ordering::SeqCst);
            assert!(ITEMS.get(tx, &1)?.is_some());
            ITEMS.put(tx, &2, &item(1, None))
        },
        vec![Err(EngineError::Io("once".to_owned())), Ok(()), Ok(())],
    );
    assert_eq!(codes(outcomes), [None, None]);
    assert!(scene.is_there(1) && scene.is_there(2));
    assert_eq!((runs.load(Ordering::SeqCst), scene.engine.recoveries.load(Ordering::SeqCst)), (2, 1));
    assert_eq!(scene.store.read(|tx| Store::sequence(tx)).unwrap(), 2);
}

#[test]
fn the_last_handle_may_go_while_a_commit_is_on_its_way() {
    let Scene { store, engine, arrivals, disk } = Scene::new(&[]);
    std::thread::scope(|scope| {
        let handle = store.clone();
        scope.spawn(move || handle.write_blocking(|tx| ITEMS.put(tx, &1, &item(1, None))).unwrap());
        arrivals.recv().unwrap();
        scope.spawn(move || drop(store));
        disk.send(Ok(())).unwrap();
    });
    let engine: Arc<dyn Engine> = engine;
    let again = store_over(engine, &ManualClock::at(START), options(&[], Pause::default()));
    assert!(again.read(|tx| Ok(ITEMS.get(tx, &1)?.is_some())).unwrap());
}
