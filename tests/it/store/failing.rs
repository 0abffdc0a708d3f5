//! Disks that fail, fill up and come back.

use std::sync::{Arc, Mutex};

use das_tern::platform::clock::{ManualClock, Span};
use das_tern::platform::error::{Error, Kind, Result};
use das_tern::platform::store::{AnyTable, Engine, Pause, Store, StoreOptions, StoreStatus};

use super::disk::{Disk, Plan};
use super::kit::{ITEMS, Item, START, item, open_disk, options, store_over};

struct Bench {
    disk: Disk,
    clock: ManualClock,
    store: Store,
    pauses: Arc<Mutex<Vec<u128>>>,
}

impl Bench {
    fn new(disk: Disk, pauses: &[u64]) -> Self {
        let engine: Arc<dyn Engine> = Arc::new(open_disk(&disk).unwrap());
        let clock = ManualClock::at(START);
        let noted: Arc<Mutex<Vec<u128>>> = Arc::default();
        let noting = Arc::clone(&noted);
        let pause = Pause::new(move |pause| noting.lock().unwrap().push(pause.as_millis()));
        let store = store_over(engine, &clock, options(pauses, pause));
        Self { disk, clock, store, pauses: noted }
    }

    fn put(&self, id: u64, group: u8) -> Result<()> {
        self.store.write_blocking(move |tx| {
            // Two rows, which must stand or fall together.
            ITEMS.put(tx, &id, &item(group, None))?;
            ITEMS.put(tx, &(id + 1_000_000), &item(group, None))
        })
    }

    fn get(&self, id: u64) -> Result<Option<Item>> {
        self.store.read(|tx| ITEMS.get(tx, &id))
    }

    /// Both rows of a write, or none.
    fn is_there(&self, id: u64) -> bool {
        let (one, other) = (self.get(id).unwrap(), self.get(id + 1_000_000).unwrap());
        assert_eq!(one.is_some(), other.is_some(), "write {id} is half there");
        one.is_some()
    }

    fn verify(&self) {
        let mut faults = Vec::new();
        self.store.read(|tx| ITEMS.verify(tx, &mut faults)).unwrap();
        assert!(faults.is_empty(), "{faults:?}");
    }

    /// The same disk after a power cut.
    fn reborn(self) -> Self {
        self.store.close();
        let disk = self.disk.clone();
        drop(self);
        disk.restore_power();
        Self::new(disk, &[])
    }
}

fn is_unavailable(outcome: Result<()>) -> bool {
    outcome.is_err_and(|error: Error| {
        error.kind() == Kind::Unavailable && error.retry_after_seconds() == Some(1)
    })
}

#[test]
fn a_failing_commit_is_tried_at_once_after_100_ms_after_200_ms_then_refused_while_reads_go_on() {
    let defaults = StoreOptions::default();
    assert_eq!(defaults.retry_pauses.iter().map(|p| p.as_millis()).collect::<Vec<_>>(), [0, 100, 200]);
    let bench = Bench::new(Disk::new(1), &[0, 100, 200]);
    bench.put(1, 1).unwrap();
    bench.disk.plan(Plan { refuses_writes: true, ..Plan::default() });
    assert!(is_unavailable(bench.put(2, 2)));
    assert_eq!(*bench.pauses.lock().unwrap(), [100, 200]);
    assert_eq!(bench.store.status(), StoreStatus::ReadOnly);
    for _ in 0..100 {
        assert!(bench.is_there(1) && !bench.is_there(2), "reads go on with the last durable commit");
    }
    bench.verify();

    // For a second the disk is left alone, then each write tries it once.
    let before = bench.disk.operations();
    assert!(is_unavailable(bench.put(3, 3)));
    assert_eq!(bench.disk.operations(), before);
    bench.clock.advance(Span::seconds(1));
    assert!(is_unavailable(bench.put(4, 4)));
    assert!(bench.disk.operations() > before);
    assert_eq!(bench.pauses.lock().unwrap().len(), 2, "no more pauses while it keeps failing");

    bench.disk.plan(Plan::default());
    bench.clock.advance(Span::seconds(1));
    bench.put(5, 5).unwrap();
    assert_eq!(bench.store.status(), StoreStatus::Ready);
    let bench = bench.reborn();
    assert!(bench.is_there(1) && bench.is_there(5));
    assert!(!bench.is_there(2) && !bench.is_there(3) && !bench.is_there(4));
    bench.verify();
}

#[test]
fn one_failed_operation_goes_unnoticed_by_the_caller() {
    for n in 1..40 {
        let bench = Bench::new(Disk::new(n), &[0, 100, 200]);
        bench.put(1, 1).unwrap();
        bench.disk.plan(Plan { failing: [n].into(), ..Plan::default() });
        for id in 2..8 {
            bench.put(id, 2).unwrap_or_else(|error| panic!("operation {n} failed: {error}"));
        }
        assert!(bench.disk.operations() > n, "the failure was never reached");
        bench.verify();
        let bench = bench.reborn();
        assert!((1..8).all(|id| bench.is_there(id)), "operation {n} failed");
        bench.verify();
    }
}

#[test]
fn a_burst_of_failures_and_a_power_cut_lose_nothing_acknowledged() {
    for n in 1..60 {
        let bench = Bench::new(Disk::new(1_000 + n), &[0]);
        let mut acknowledged = Vec::new();
        bench.disk.plan(Plan { failing: (n..n + 1 + n % 13).collect(), ..Plan::default() });
        for id in 1..12 {
            if bench.put(id, 1).is_ok() {
                acknowledged.push(id);
            }
            bench.clock.advance(Span::seconds(1));
        }
        assert!(!acknowledged.is_empty(), "burst at {n}");
        let bench = bench.reborn();
        for id in acknowledged {
            assert!(bench.is_there(id), "burst at {n}: write {id} is lost");
        }
        assert!((1..12).filter(|id| bench.is_there(*id)).count() > 0);
        bench.verify();
    }
}

#[test]
fn a_full_disk_refuses_writes_keeps_reads_and_recovers_when_space_returns() {
    let bench = Bench::new(Disk::new(3), &[0, 100, 200]);
    bench.put(0, 1).unwrap();
    bench.disk.plan(Plan { full: true, ..Plan::default() });
    let mut id = 0;
    let refused = loop {
        id += 1;
        if let Err(error) = bench.put(id, 250) {
            break error;
        }
        assert!(id < 20_000, "the disk never filled up");
    };
    assert_eq!((refused.kind(), refused.code()), (Kind::Unavailable, "store_unavailable"));
    assert!(refused.to_string().contains("the disk is full"), "{refused}");
    assert_eq!(bench.store.status(), StoreStatus::ReadOnly);
    assert!((0..id).all(|id| bench.is_there(id)), "what was acknowledged can be read");
    bench.verify();
    bench.clock.advance(Span::seconds(1));
    assert!(is_unavailable(bench.put(id, 250)));
    bench.disk.plan(Plan::default());
    bench.clock.advance(Span::seconds(1));
    bench.put(id, 250).unwrap();
    assert_eq!(bench.store.status(), StoreStatus::Ready);
    let bench = bench.reborn();
    assert!((0..=id).all(|id| bench.is_there(id)));
    bench.verify();
}

#[test]
fn reads_recover_by_themselves_when_the_disk_can_be_read_again() {
    let disk = Disk::new(4);
    let bench = Bench::new(disk.clone(), &[]);
    for id in 0..3_000 {
        bench.store.write_blocking(move |tx| ITEMS.put(tx, &id, &item(255, None))).unwrap();
    }
    let all = || bench.store.read(|tx| Ok(ITEMS.list_prefix(tx, &())?.len()));
    disk.plan(Plan { refuses_reads: true, ..Plan::default() });
    // The page cache is too small for all of it.
    assert_eq!(all().unwrap_err().kind(), Kind::Unavailable);
    disk.plan(Plan::default());
    let tries = (0..1_000)
        .take_while(|_| {
            all().is_err() || {
                std::thread::yield_now();
                false
            }
        })
        .count();
    assert!(tries < 1_000);
    assert_eq!(all().unwrap(), 3_000);
    bench.put(5_000, 1).unwrap();
}
