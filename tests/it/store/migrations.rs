//! Schema versions: one step at a time, in one transaction, after a copy.

use std::sync::Arc;

use das_tern::platform::clock::ManualClock;
use das_tern::platform::error::{Error, Result};
use das_tern::platform::random::Random;
use das_tern::platform::store::{
    Changes, Engine, EngineError, MemoryEngine, Migration, Pause, Prepared, Snapshot, WriteTx, prepare,
    schema_of,
};

use super::kit::{BY_LABEL, ITEMS, START, item, open_file, options, store_over};

const LABELS: Migration = Migration { to: 2, name: "give every item a label", apply: give_labels };
const GROUPS: Migration = Migration { to: 3, name: "move group 1 to group 2", apply: move_groups };
const BROKEN: Migration = Migration { to: 3, name: "fail", apply: fail };

fn give_labels(tx: &mut WriteTx<'_>) -> Result<()> {
    for (id, mut row) in ITEMS.list_prefix(tx, &())? {
        row.label.get_or_insert_with(|| format!("item {id}"));
        ITEMS.put(tx, &id, &row)?;
    }
    Ok(())
}

fn move_groups(tx: &mut WriteTx<'_>) -> Result<()> {
    for (id, mut row) in ITEMS.list_prefix(tx, &())? {
        assert!(row.label.is_some(), "a step sees the result of the one before");
        row.group = 2;
        ITEMS.put(tx, &id, &row)?;
    }
    Ok(())
}

fn fail(tx: &mut WriteTx<'_>) -> Result<()> {
    ITEMS.put(tx, &99, &item(9, None))?;
    Err(Error::internal("planned"))
}

fn run(engine: &dyn Engine, steps: &[Migration], snapshots: Option<&std::path::Path>) -> Result<Prepared> {
    prepare(engine, steps, snapshots, &ManualClock::at(START), &Random::seeded(1))
}

fn fill(engine: Arc<dyn Engine>, count: u64) {
    let store = store_over(engine, &ManualClock::at(START), options(&[], Pause::default()));
    for id in 0..count {
        store.write_blocking(move |tx| ITEMS.put(tx, &id, &item(1, None))).unwrap();
    }
}

fn rows(engine: Arc<dyn Engine>) -> Vec<(u64, super::kit::Item)> {
    let store = store_over(engine, &ManualClock::at(START), options(&[], Pause::default()));
    store.read(|tx| ITEMS.list_prefix(tx, &())).unwrap()
}

#[test]
fn a_new_store_has_the_newest_schema_and_needs_nothing() {
    let engine = MemoryEngine::new();
    assert_eq!(schema_of(&engine).unwrap(), None);
    assert_eq!(run(&engine, &[LABELS, GROUPS], None).unwrap(), Prepared::New);
    assert_eq!(schema_of(&engine).unwrap(), Some(3));
    assert_eq!(run(&engine, &[LABELS, GROUPS], None).unwrap(), Prepared::Current);
}

#[test]
fn steps_run_in_order_after_a_copy_from_which_one_can_go_back() {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = folder.path().join("snapshots");
    let engine: Arc<dyn Engine> = Arc::new(open_file(folder.path().join("store.redb")));
    assert_eq!(run(engine.as_ref(), &[], Some(&snapshots)).unwrap(), Prepared::New);
    fill(Arc::clone(&engine), 50);
    let before = rows(Arc::clone(&engine));
    let Prepared::Migrated { from: 1, snapshot: Some(copy) } =
        run(engine.as_ref(), &[LABELS, GROUPS], Some(&snapshots)).unwrap()
    else {
        panic!("not migrated");
    };
    assert_eq!(copy, snapshots.join("schema-1-20261102T000000.000Z.redb"));
    assert_eq!(schema_of(engine.as_ref()).unwrap(), Some(3));
    let after = rows(Arc::clone(&engine));
    assert!(after.iter().all(|(id, row)| row.group == 2 && row.label == Some(format!("item {id}"))));
    assert_eq!(run(engine.as_ref(), &[LABELS, GROUPS], Some(&snapshots)).unwrap(), Prepared::Current);
    // The copy is a store as it was.
    let copy: Arc<dyn Engine> = Arc::new(open_file(copy));
    assert_eq!(schema_of(copy.as_ref()).unwrap(), Some(1));
    assert_eq!(rows(copy), before);
    assert_eq!(std::fs::read_dir(&snapshots).unwrap().count(), 1, "nothing unfinished is left");
}

#[test]
fn running_a_step_twice_changes_nothing_more() {
    let engine: Arc<dyn Engine> = Arc::new(MemoryEngine::new());
    fill(Arc::clone(&engine), 10);
    let twice = Migration { to: 3, ..LABELS };
    run(engine.as_ref(), &[LABELS], None).unwrap();
    let once = rows(Arc::clone(&engine));
    run(engine.as_ref(), &[LABELS, twice], None).unwrap();
    assert_eq!(rows(engine), once);
}

#[test]
fn a_failed_step_undoes_the_ones_before_it() {
    let engine: Arc<dyn Engine> = Arc::new(MemoryEngine::new());
    fill(Arc::clone(&engine), 10);
    let before = rows(Arc::clone(&engine));
    let error = run(engine.as_ref(), &[LABELS, BROKEN], None).unwrap_err();
    assert!(error.to_string().contains("migration 3: fail"), "{error}");
    assert_eq!(schema_of(engine.as_ref()).unwrap(), Some(1));
    assert_eq!(rows(Arc::clone(&engine)), before);
    run(engine.as_ref(), &[LABELS, GROUPS], None).unwrap();
    let store = store_over(engine, &ManualClock::at(START), options(&[], Pause::default()));
    assert_eq!(store.read(|tx| BY_LABEL.find(tx, &"item 3".to_owned())).unwrap(), Some(3));
}

#[test]
fn a_commit_that_fails_leaves_the_old_schema() {
    struct Stubborn(MemoryEngine);
    impl Engine for Stubborn {
        fn snapshot(&self) -> Result<Box<dyn Snapshot>, EngineError> {
            self.0.snapshot()
        }
        fn commit(&self, _: &Changes) -> Result<(), EngineError> {
            Err(EngineError::DiskFull)
        }
        fn recover(&self) -> Result<(), EngineError> {
            Ok(())
        }
    }
    let engine = Stubborn(MemoryEngine::new());
    engine.0.commit(&Changes::from([(vec![1], Some(vec![1]))])).unwrap();
    assert!(run(&engine, &[LABELS], None).unwrap_err().to_string().contains("the disk is full"));
    assert_eq!(schema_of(&engine).unwrap(), Some(1));
}

#[test]
fn a_file_of_a_newer_program_is_refused_with_a_clear_message() {
    let engine = MemoryEngine::new();
    run(&engine, &[LABELS, GROUPS], None).unwrap();
    let error = run(&engine, &[LABELS], None).unwrap_err().to_string();
    assert!(error.contains("schema 3") && error.contains("up to 2") && error.contains("newer"), "{error}");
    assert_eq!(schema_of(&engine).unwrap(), Some(3));
}

#[test]
fn a_missing_step_is_refused() {
    let engine: Arc<dyn Engine> = Arc::new(MemoryEngine::new());
    fill(Arc::clone(&engine), 1);
    assert!(
        run(engine.as_ref(), &[GROUPS], None)
            .unwrap_err()
            .to_string()
            .contains("no migration from schema 1 to 3")
    );
}

#[test]
fn a_copy_is_consistent_while_the_store_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let engine: Arc<dyn Engine> = Arc::new(open_file(folder.path().join("store.redb")));
    let store = store_over(engine, &ManualClock::at(START), options(&[], Pause::default()));
    let stop = std::sync::atomic::AtomicBool::new(false);
    let copies: Vec<_> = (0..5).map(|n| folder.path().join(format!("copy-{n}.redb"))).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0_u64;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                n += 1;
                // Ten rows always carry one number.
                store
                    .write_blocking(move |tx| {
                        (0..10).try_for_each(|id| ITEMS.put(tx, &id, &item((n % 200) as u8, None)))
                    })
                    .unwrap();
            }
        });
        for copy in &copies {
            store.snapshot_to(copy).unwrap();
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(store.snapshot_to(&copies[0]).is_err(), "an existing file is never replaced");
    for copy in copies {
        let found = rows(Arc::new(open_file(copy)));
        assert!(found.windows(2).all(|pair| pair[0].1 == pair[1].1), "a torn copy");
    }
}
