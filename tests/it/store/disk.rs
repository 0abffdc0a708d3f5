//! A simulated disk with an operating system's page cache before it.
//!
//! Writes are held back in sectors of 512 bytes until a sync. A power cut keeps of each unsynced sector any one of
//! the versions it had since the last sync, or the synced one, and any one of the lengths. A sync that fails loses
//! some of the held-back sectors for good although the cache goes on showing them, as Linux does, until the file is
//! opened again.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

const SECTOR: usize = 512;

/// A reproducible stream of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    /// From 0 up to, not including, `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound.max(1) as u64) as usize
    }
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// What goes wrong.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Power goes at this operation (write, length or sync), counted from 1.
    pub cut_at: Option<u64>,
    /// These operations fail, counted from 1.
    pub failing: BTreeSet<u64>,
    /// Nothing can be written or synced.
    pub refuses_writes: bool,
    /// Nothing can be read.
    pub refuses_reads: bool,
    /// No sector that was not written before can be written, and the file cannot grow.
    pub full: bool,
    /// Syncs are answered without being done.
    pub ignores_sync: bool,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    /// What is on the medium.
    medium: Vec<u8>,
    /// What the operating system shows.
    cache: Vec<u8>,
    /// Versions of sectors since the last sync.
    pending: BTreeMap<usize, Vec<[u8; SECTOR]>>,
    /// Lengths since the last sync.
    lengths: Vec<usize>,
    /// Sectors that a failed sync lost while the cache shows them.
    lost: BTreeSet<usize>,
    /// Sectors that were ever written.
    allocated: BTreeSet<usize>,
    plan: Plan,
    operations: u64,
    powered: bool,
    lives: u64,
}

/// The disk; clones are the same disk.
#[derive(Debug, Clone)]
pub struct Disk(Arc<Mutex<State>>);

impl Disk {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            dice: Dice::new(seed),
            medium: Vec::new(),
            cache: Vec::new(),
            pending: BTreeMap::new(),
            lengths: Vec::new(),
            lost: BTreeSet::new(),
            allocated: BTreeSet::new(),
            plan: Plan::default(),
            operations: 0,
            powered: true,
            lives: 0,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Sets what goes wrong from now on, counting operations from here.
    pub fn plan(&self, plan: Plan) {
        let mut state = self.state();
        state.plan = plan;
        state.operations = 0;
    }

    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    pub fn is_powered(&self) -> bool {
        self.state().powered
    }

    /// Ends a power cut: what survived is the file now.
    pub fn restore_power(&self) {
        let mut guard = self.state();
        let state = &mut *guard;
        let mut lengths = std::mem::take(&mut state.lengths);
        lengths.push(state.medium.len());
        let length = lengths[state.dice.below(lengths.len())];
        let longest = state.cache.len().max(state.medium.len()).max(length);
        state.medium.resize(longest.next_multiple_of(SECTOR), 0);
        for (sector, mut versions) in std::mem::take(&mut state.pending) {
            // Each version is as likely as the one on the medium.
            let kept = state.dice.below(versions.len() + 1);
            if kept < versions.len() {
                let at = sector * SECTOR;
                state.medium[at..at + SECTOR].copy_from_slice(&versions.swap_remove(kept));
            }
        }
        state.medium.truncate(length);
        state.lost.clear();
        state.cache = state.medium.clone();
        state.powered = true;
        state.plan = Plan::default();
        state.operations = 0;
    }

    /// Opens the file, as a process does: what a failed sync lost is seen to be lost.
    pub fn open(&self) -> Handle {
        let mut guard = self.state();
        let state = &mut *guard;
        state.lives += 1;
        for sector in std::mem::take(&mut state.lost) {
            if state.pending.contains_key(&sector) {
                continue;
            }
            let at = sector * SECTOR;
            for place in at..(at + SECTOR).min(state.cache.len()) {
                state.cache[place] = state.medium.get(place).copied().unwrap_or(0);
            }
        }
        Handle { disk: self.clone(), life: state.lives }
    }
}

/// An open file on the disk.
#[derive(Debug)]
pub struct Handle {
    disk: Disk,
    life: u64,
}

fn broken(what: &str) -> io::Error {
    io::Error::other(format!("simulated: {what}"))
}

impl State {
    /// Counts an operation that changes something; tells whether the power goes in the middle of it.
    fn count(&mut self, life: u64) -> io::Result<bool> {
        self.check(life)?;
        self.operations += 1;
        if self.plan.cut_at == Some(self.operations) {
            self.powered = false;
            return Ok(true);
        }
        if self.plan.refuses_writes || self.plan.failing.contains(&self.operations) {
            return Err(broken("write error"));
        }
        Ok(false)
    }

    fn check(&self, life: u64) -> io::Result<()> {
        if !self.powered {
            return Err(broken("no power"));
        }
        // A handle that was closed must not be used any more.
        assert_eq!(life, self.lives, "an old handle was used");
        Ok(())
    }

    fn hold_back(&mut self, sector: usize) {
        let mut content = [0; SECTOR];
        let at = sector * SECTOR;
        let end = (at + SECTOR).min(self.cache.len());
        content[..end - at].copy_from_slice(&self.cache[at..end]);
        self.pending.entry(sector).or_default().push(content);
        self.allocated.insert(sector);
    }
}

impl StorageBackend for Handle {
    fn len(&self) -> io::Result<u64> {
        let state = self.disk.state();
        state.check(self.life)?;
        Ok(state.cache.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.disk.state();
        state.check(self.life)?;
        if state.plan.refuses_reads {
            return Err(broken("read error"));
        }
        let at = offset as usize;
        let from = state.cache.get(at..at + out.len()).ok_or_else(|| broken("read beyond the end"))?;
        out.copy_from_slice(from);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut guard = self.disk.state();
        let state = &mut *guard;
        let length = length as usize;
        let cut = state.count(self.life)?;
        if state.plan.full && length > state.cache.len() {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        state.cache.resize(length, 0);
        // What lies behind the end of the file is gone, whether it was synced or not.
        let first_gone = length.div_ceil(SECTOR);
        state.pending.retain(|sector, _| *sector < first_gone);
        state.allocated.retain(|sector| *sector < first_gone);
        state.lengths.push(length);
        if cut { Err(broken("power cut")) } else { Ok(()) }
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut guard = self.disk.state();
        let state = &mut *guard;
        let outcome = state.count(self.life);
        match outcome {
            Ok(false) if state.plan.ignores_sync => return Ok(()),
            Ok(false) => {}
            // Cut while syncing: any part of it is done, which is what `restore_power` draws.
            Ok(true) => return Err(broken("power cut")),
            Err(error) => {
                if state.powered {
                    let sectors: Vec<usize> = state.pending.keys().copied().collect();
                    for sector in sectors {
                        if state.dice.chance(50) {
                            state.pending.remove(&sector);
                            state.lost.insert(sector);
                        }
                    }
                }
                return Err(error);
            }
        }
        state.medium.resize(state.cache.len(), 0);
        for sector in std::mem::take(&mut state.pending).into_keys() {
            let at = sector * SECTOR;
            let end = (at + SECTOR).min(state.cache.len());
            state.medium[at..end].copy_from_slice(&state.cache[at..end]);
            state.lost.remove(&sector);
        }
        state.lengths.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut guard = self.disk.state();
        let state = &mut *guard;
        let cut = state.count(self.life)?;
        let at = offset as usize;
        if at + data.len() > state.cache.len() {
            return Err(broken("write beyond the end"));
        }
        let (first, last) = (at / SECTOR, (at + data.len()).div_ceil(SECTOR));
        if state.plan.full && (first..last).any(|sector| !state.allocated.contains(&sector)) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        for sector in first..last {
            // A cut in the middle of a write: some of its sectors were handed to the disk.
            if cut && state.dice.chance(50) {
                continue;
            }
            let (from, to) = ((sector * SECTOR).max(at), ((sector + 1) * SECTOR).min(at + data.len()));
            state.cache[from..to].copy_from_slice(&data[from - at..to - at]);
            state.hold_back(sector);
        }
        if cut { Err(broken("power cut")) } else { Ok(()) }
    }
}
