//! Power cuts at any write or sync, many in a row on one disk.
//!
//! Replay with `DAS_TERN_CRASH_SEED=<seed>`; run longer with `DAS_TERN_CRASH_CUTS=<number>`.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use das_tern::domain::audit::model::Outcome;
use das_tern::domain::audit::tables::{NewRecord, append};
use das_tern::domain::auth::model::Caller;
use das_tern::domain::integrity;
use das_tern::platform::clock::ManualClock;
use das_tern::platform::error::Result as Done;
use das_tern::platform::jobs::{self, JOBS};
use das_tern::platform::store::{AnyTable, Engine, Pause, Store, StoreOptions, WriteTx};

use super::disk::{Dice, Disk, Plan};
use super::kit::{
    ITEMS, Item, START, number_from, open_disk, options, store_over, write_group, write_stream,
};
use crate::jobs::kit::say;

/// Cuts on one disk before a new one is taken.
const CUTS_PER_DISK: usize = 25;

/// One transaction: several rows, a record of the audit and a job, which must all be there or all be missing.
#[derive(Debug, Clone)]
struct Planned {
    number: u64,
    rows: BTreeMap<u64, Option<Item>>,
}

impl Planned {
    fn draw(dice: &mut Dice, number: u64) -> Self {
        let rows = (0..2 + dice.below(6))
            .map(|_| {
                let id = dice.below(40) as u64;
                let row = (!dice.chance(25)).then(|| Item {
                    group: dice.below(5) as u8,
                    label: dice.chance(30).then(|| format!("label of {id}")),
                    filler: format!("{number} {}", "filler ".repeat(dice.below(120))),
                });
                (id, row)
            })
            .collect();
        Self { number, rows }
    }

    fn write(&self, tx: &mut WriteTx<'_>) -> Done<()> {
        for (id, row) in &self.rows {
            match row {
                Some(row) => ITEMS.put(tx, id, row)?,
                None => drop(ITEMS.delete(tx, id)?),
            }
        }
        let change = Some(serde_json::json!({ "number": self.number }));
        append(
            tx,
            &Caller::system("crash-test"),
            "test.write",
            Outcome::Done,
            NewRecord { change, ..NewRecord::default() },
        )?;
        jobs::enqueue(tx, &say(&self.number.to_string())).map(drop)
    }

    fn apply(&self, model: &mut Model) {
        for (id, row) in &self.rows {
            match row {
                Some(row) => model.rows.insert(*id, row.clone()),
                None => model.rows.remove(id),
            };
        }
        model.numbers.push(self.number);
    }
}

/// What must be in the store.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    rows: BTreeMap<u64, Item>,
    /// The transactions, in order; each has a job of its own.
    numbers: Vec<u64>,
}

fn found_in(store: &Store) -> Done<Model> {
    store.read(|tx| {
        let mut numbers: Vec<u64> = Vec::new();
        for (_, job) in JOBS.list_prefix(tx, &())? {
            numbers.push(job.payload["word"].as_str().unwrap().parse().unwrap());
        }
        numbers.sort_unstable();
        Ok(Model { rows: ITEMS.list_prefix(tx, &())?.into_iter().collect(), numbers })
    })
}

/// A disk and what has been promised about it.
struct Ordeal {
    dice: Dice,
    disk: Disk,
    acknowledged: Model,
    /// Written before the last cut, not acknowledged, in order.
    in_flight: Vec<Planned>,
    next: u64,
    cuts: usize,
    ignores_sync: bool,
}

impl Ordeal {
    fn new(seed: u64) -> Self {
        let disk = Disk::new(seed ^ 0xD15C);
        // A file gets its name only when it is complete, so no cut ever meets a half-made one.
        drop(open_disk(&disk).unwrap());
        disk.restore_power();
        Self {
            dice: Dice::new(seed),
            disk,
            acknowledged: Model::default(),
            in_flight: Vec::new(),
            next: 1,
            cuts: 0,
            ignores_sync: false,
        }
    }

    /// One life between two cuts.
    fn live(&mut self) -> Result<(), String> {
        // Sometimes while the file is being opened, mostly later.
        let reach = if self.dice.chance(25) { 12 } else { 160 };
        let cut_at = Some(1 + self.dice.below(reach) as u64);
        self.disk.plan(Plan { cut_at, ignores_sync: self.ignores_sync, ..Plan::default() });
        let opened = open_disk(&self.disk);
        if self.disk.is_powered() {
            let engine: Arc<dyn Engine> =
                Arc::new(opened.map_err(|error| format!("the file does not open: {error}"))?);
            // A store that gives up at once, and one that tries again on the dead disk.
            let pauses: &[u64] = if self.dice.chance(20) { &[0, 100] } else { &[] };
            let options = StoreOptions { overlap_from: 1, ..options(pauses, Pause::new(|_| {})) };
            let store = store_over(engine, &ManualClock::at(START), options);
            let outcome = self.check(&store).and_then(|()| self.work(&store));
            store.close();
            outcome?;
        }
        self.disk.restore_power();
        self.cuts += 1;
        Ok(())
    }

    /// Everything acknowledged is there, and of the rest a beginning, each transaction whole or not at all.
    fn check(&mut self, store: &Store) -> Result<(), String> {
        let found = match found_in(store) {
            Ok(found) => found,
            Err(_) if !self.disk.is_powered() => return Ok(()),
            Err(error) => return Err(format!("unreadable: {error}")),
        };
        let mut expected = self.acknowledged.clone();
        let mut possible = vec![expected.clone()];
        for planned in self.in_flight.drain(..) {
            planned.apply(&mut expected);
            possible.push(expected.clone());
        }
        if !possible.contains(&found) {
            let expected = &self.acknowledged;
            let lost: Vec<_> = expected.numbers.iter().filter(|n| !found.numbers.contains(n)).collect();
            let rows: Vec<_> =
                expected.rows.iter().filter(|(id, row)| found.rows.get(id) != Some(row)).collect();
            return Err(format!(
                "transactions {lost:?} are lost; {} possible states, {} rows differ from the acknowledged one; up \
                 to {:?}, found {:?}",
                possible.len(),
                rows.len(),
                expected.numbers.last(),
                found.numbers.last()
            ));
        }
        self.acknowledged = found;
        // Everything is compared each time; the audit's chain and the indexes are walked through every now and then.
        if !self.dice.chance(20) {
            return Ok(());
        }
        let mut faults = Vec::new();
        let verified = store.read(|tx| {
            ITEMS.verify(tx, &mut faults)?;
            faults.extend(integrity::verify(tx)?);
            Ok(())
        });
        match verified {
            Err(error) if self.disk.is_powered() => Err(format!("unreadable: {error}")),
            _ if faults.is_empty() => Ok(()),
            _ => Err(format!("{faults:?}")),
        }
    }

    /// Writes until the power goes.
    fn work(&mut self, store: &Store) -> Result<(), String> {
        while self.disk.is_powered() {
            // One group at a time, or as many as are drawn, which overlap.
            let overlaps = self.dice.chance(50);
            let group: Vec<Planned> = (0..1 + self.dice.below(if overlaps { 24 } else { 4 }))
                .map(|_| {
                    self.next += 1;
                    Planned::draw(&mut self.dice, self.next)
                })
                .collect();
            let changes = group
                .iter()
                .cloned()
                .map(|planned| Box::new(move |tx: &mut WriteTx<'_>| planned.write(tx)) as Box<_>)
                .collect();
            let outcomes = if overlaps { write_stream(store, changes) } else { write_group(store, changes) };
            for (planned, outcome) in group.into_iter().zip(outcomes) {
                match outcome {
                    Ok(()) if self.in_flight.is_empty() => planned.apply(&mut self.acknowledged),
                    Ok(()) => return Err("acknowledged after a failure before it".to_owned()),
                    Err(error) if self.disk.is_powered() => return Err(format!("refused: {error}")),
                    Err(_) => self.in_flight.push(planned),
                }
            }
        }
        Ok(())
    }
}

fn suffer(seed: u64, cuts: usize, ignores_sync: bool) -> Result<usize, String> {
    let mut ordeal = Ordeal::new(seed);
    ordeal.ignores_sync = ignores_sync;
    while ordeal.cuts < cuts {
        catch_unwind(AssertUnwindSafe(|| ordeal.live()))
            .unwrap_or_else(|_| Err("panicked".to_owned()))
            .map_err(|what| format!("seed {seed}, after {} cuts: {what}", ordeal.cuts))?;
    }
    Ok(ordeal.acknowledged.numbers.len())
}

#[test]
fn no_acknowledged_write_is_lost_whenever_the_power_goes() {
    let first_seed = number_from("DAS_TERN_CRASH_SEED");
    let wanted = number_from("DAS_TERN_CRASH_CUTS").unwrap_or(2_000) as usize;
    let start = first_seed.unwrap_or_else(|| u64::from(std::process::id()) << 20);
    println!("power cuts: first seed {start}");
    let (mut cuts, mut written) = (0, 0);
    for seed in start.. {
        if cuts >= wanted {
            break;
        }
        written += suffer(seed, CUTS_PER_DISK, false).unwrap_or_else(|what| panic!("{what}"));
        cuts += CUTS_PER_DISK;
    }
    println!("{cuts} power cuts, {written} acknowledged transactions, none lost");
    assert!(written > cuts, "the workload hardly wrote anything");
}

#[test]
fn a_disk_that_ignores_sync_is_found_out() {
    let caught = (0..8).filter(|seed| suffer(*seed, CUTS_PER_DISK, true).is_err()).count();
    assert!(caught >= 7, "only {caught} of 8 lying disks were found out");
}
