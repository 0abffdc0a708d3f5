//! Transactions as the rest of the product sees them.

use std::cell::{RefCell, RefMut};
use std::collections::BTreeSet;

use uuid::Uuid;

use super::Direction;
use super::engine::{Changes, KeyRange, Snapshot, Step};
use super::health::Health;
use super::overlay::Overlay;
use crate::platform::cache::Region;
use crate::platform::clock::{Moment, Timestamp};
use crate::platform::error::{Kind, Result};
use crate::platform::ids::new_uuid;
use crate::platform::random::Random;

/// One look at another person's data, noted by the access check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignAccess {
    /// Whose record.
    pub patient: Uuid,
    /// Which part of it.
    pub scope: &'static str,
    /// Whether it was to be changed.
    pub writes: bool,
    /// When the right is limited to some prescriptions, which these are.
    pub only: Option<Vec<Uuid>>,
    /// By what right, or why refused.
    pub basis: &'static str,
    /// Whether it was refused.
    pub refused: bool,
}

/// What a transaction wants the audit to know besides who, what and when.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Trail {
    /// Whose record it concerns.
    pub patient: Option<Uuid>,
    /// The thing: its kind and id.
    pub resource: Option<(&'static str, String)>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// What changed, old and new.
    pub change: Option<serde_json::Value>,
    /// Every look at another person's data.
    pub foreign: Vec<ForeignAccess>,
    /// Whether nothing had to be changed: see [`Trail::found_done`].
    pub already_done: bool,
    /// Whether a read is recorded though it named no patient: see [`Trail::must_record`].
    pub recorded: bool,
    /// The code of a refusal whose traces stay: see [`Trail::refused`].
    pub refused: Option<&'static str>,
    /// Medicines that were held against what a patient does not share.
    pub unshared: Option<UnsharedTried>,
}

/// A medicine and a way in which it was asked for: how much of it, when and for how long.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MedicineAsked {
    /// Its ingredients.
    pub name: String,
    /// How it would be used.
    pub way: String,
}

/// Medicines that a doctor held against what a patient does not share with them.
#[derive(Debug, Clone, PartialEq)]
pub struct UnsharedTried {
    /// Whose record it concerns.
    pub patient: Uuid,
    /// Who was told.
    pub doctor: Uuid,
    /// Those of which they were told for the first time.
    pub medicines: BTreeSet<MedicineAsked>,
    /// Names of those that the patient really uses, as far as the doctor sees it.
    pub used: BTreeSet<String>,
    /// How many had been told when this was looked at.
    pub before: usize,
    /// Of how many they may be told.
    pub most: usize,
    /// Whether the answer names none that was not told of before.
    pub is_withheld: bool,
}

impl Trail {
    /// Says that everything was found as it was asked for, so that a repetition adds no audit record of its own
    /// for the actor's own data.
    pub fn found_done(&mut self) {
        self.already_done = true;
    }

    /// Says that this read is recorded although it concerns no single patient: an admin went through everything.
    pub fn must_record(&mut self) {
        self.recorded = true;
    }

    /// Says that the caller is going to be refused although the transaction is kept: a wrong code was counted.
    pub fn refused(&mut self, code: &'static str) {
        self.refused = Some(code);
    }
}

/// Both kinds of transaction, for code that only reads.
pub trait Reader {
    /// The raw value of a raw key.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn get_raw(&self, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// Shows the raw entries of a range until the visitor stops.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn scan_raw(
        &self,
        range: &KeyRange,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> Step,
    ) -> Result<()>;

    /// [`Reader::scan_raw`], but passing over rows that were lost with a damaged page: for who sees to everybody who can
    /// be seen to, and never for who must know whether something is there.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn scan_what_is_left(
        &self,
        range: &KeyRange,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> Step,
    ) -> Result<()>;

    /// Whether no row was lost in this range with a damaged page.
    fn is_whole(&self, range: &KeyRange) -> bool;

    /// Whether rows were lost in this range of which nobody is refused any more.
    fn is_given_up(&self, range: &KeyRange) -> bool;

    /// The instant of this transaction; it does not move while the transaction runs.
    fn now(&self) -> Timestamp {
        self.moment().now
    }

    /// The instant by which rights end: not a time that may lie far ahead.
    fn rights_now(&self) -> Timestamp {
        self.moment().rights_end_by
    }

    /// The instant of this transaction, and whether the wall clock is in doubt: then nothing that cannot be taken back
    /// is done by it.
    fn moment(&self) -> Moment;

    /// What the audit shall know.
    fn trail(&self) -> RefMut<'_, Trail>;
}

/// A transaction to which lost rows are not there: for who sees to everybody who can be seen to, as
/// [`Reader::scan_what_is_left`] is, and for alarms, which are better told from what is known than not at all.
pub struct WhatIsLeft<'a>(pub &'a dyn Reader);

impl Reader for WhatIsLeft<'_> {
    fn get_raw(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.0.get_raw(key) {
            Err(error) if error.kind() == Kind::Damaged => Ok(None),
            found => found,
        }
    }

    fn scan_raw(
        &self,
        range: &KeyRange,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> Step,
    ) -> Result<()> {
        self.0.scan_what_is_left(range, direction, visit)
    }

    fn scan_what_is_left(
        &self,
        range: &KeyRange,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> Step,
    ) -> Result<()> {
        self.0.scan_what_is_left(range, direction, visit)
    }

    fn is_whole(&self, range: &KeyRange) -> bool {
        self.0.is_whole(range)
    }
    fn is_given_up(&self, range: &KeyRange) -> bool {
        self.0.is_given_up(range)
    }

    fn moment(&self) -> Moment {
        self.0.moment()
    }

    fn trail(&self) -> RefMut<'_, Trail> {
        self.0.trail()
    }
}

/// A consistent view of the last durable commit.
pub struct ReadTx {
    health: Health,
    snapshot: Box<dyn Snapshot>,
    moment: Moment,
    trail: RefCell<Trail>,
}

impl ReadTx {
    pub(super) fn new(snapshot: Box<dyn Snapshot>, moment: Moment, health: Health) -> Self {
        Self { health, snapshot, moment, trail: RefCell::default() }
    }

    /// What was noted for the audit.
    pub fn into_trail(self) -> Trail {
        self.trail.into_inner()
    }
}

impl Reader for ReadTx {
    fn get_raw(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let found = self.snapshot.get(key).map_err(|error| self.health.unreadable(error))?;
        if found.is_none() {
            self.health.lost().check(key)?;
        }
        Ok(found)
    }
    fn scan_raw(
        &self,
        range: &KeyRange,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> Step,
    ) -> Result<()> {
        let lost = self.health.lost();
        lost.guard(range, direction, visit, |range, visit| self.scan_what_is_left(range, direction, visit))
    }
    fn scan_what_is_left(
        &self,
        range: &KeyRange,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> Step,
    ) -> Result<()> {
        self.snapshot.scan(range, direction, visit).map_err(|error| self.health.unreadable(error))
    }
    fn is_whole(&self, range: &KeyRange) -> bool {
        self.health.lost().clear_part(range, Direction::Forward).is_none()
    }
    fn is_given_up(&self, range: &KeyRange) -> bool {
        self.health.lost().is_given_up(range)
    }

    fn moment(&self) -> Moment {
        self.moment
    }
    fn trail(&self) -> RefMut<'_, Trail> {
        self.trail.borrow_mut()
    }
}

/// What happens after a commit, before the caller is answered.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Effects {
    /// Cache entries that no longer hold.
    pub touched: Vec<(Region, u128)>,
    /// Whether jobs were added that a worker should look at.
    pub jobs_added: bool,
    /// Events written, each with its room and its id, ids rising one by one. Empty after a failed commit.
    pub announced: Vec<(u128, u64)>,
}

impl Effects {
    pub(super) fn append(&mut self, mut other: Self) {
        self.touched.append(&mut other.touched);
        self.jobs_added |= other.jobs_added;
        self.announced.append(&mut other.announced);
    }
}

/// A change in the making. Reads see the group's earlier closures, the group before it that is on its way to the disk,
/// and its own writes; nothing is kept unless the closure succeeds and the commits of both groups are durable.
pub struct WriteTx<'a> {
    base: &'a dyn Snapshot,
    /// What lies over `base`: the group's changes, then those on their way.
    layers: [&'a Changes; 2],
    own: Changes,
    moment: Moment,
    random: &'a Random,
    health: &'a Health,
    trail: RefCell<Trail>,
    effects: Effects,
}

impl<'a> WriteTx<'a> {
    pub(super) fn new(
        base: &'a dyn Snapshot,
        layers: [&'a Changes; 2],
        moment: Moment,
        random: &'a Random,
        health: &'a Health,
    ) -> Self {
        Self {
            base,
            layers,
            own: Changes::new(),
            moment,
            random,
            health,
            trail: RefCell::default(),
            effects: Effects::default(),
        }
    }

    pub(super) fn finish(self) -> (Changes, Effects) {
        (self.own, self.effects)
    }

    /// Writes a raw value under a raw key. For migrations; everything else writes through its table.
    pub fn put_raw(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.own.insert(key, Some(value));
    }

    /// Removes a raw key. For migrations; everything else writes through its table.
    pub fn delete_raw(&mut self, key: Vec<u8>) {
        self.own.insert(key, None);
    }

    /// Drops the cached value of `key` after the commit, before the caller is answered.
    pub fn touch(&mut self, region: Region, key: impl Into<Uuid>) {
        self.effects.touched.push((region, key.into().as_u128()));
    }

    /// Tells the job workers, after the commit, that there is work.
    pub fn wake_jobs(&mut self) {
        self.effects.jobs_added = true;
    }

    /// Tells whoever follows `room`, after the commit, that the event `id` was written to it.
    pub fn announce(&mut self, room: impl Into<Uuid>, id: u64) {
        self.effects.announced.push((room.into().as_u128(), id));
    }

    /// A fresh identifier.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn new_id<T: From<Uuid>>(&self) -> Result<T> {
        Ok(new_uuid(self.moment.now, self.random)?.into())
    }

    /// The source of randomness.
    pub fn random(&self) -> &Random {
        self.random
    }

    /// Takes what was noted for the audit.
    pub fn take_trail(&self) -> Trail {
        self.trail.take()
    }

    fn overlay(&self, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        std::iter::once(&self.own).chain(self.layers).find_map(|layer| layer.get(key))
    }
}

impl WriteTx<'_> {
    /// What is written under a raw key. Where rows are lost there may have been another: only for who has read it before,
    /// or writes what is new.
    pub(super) fn get_written(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.overlay(key) {
            Some(value) => Ok(value.clone()),
            None => self.base.get(key).map_err(|error| self.health.unreadable(error)),
        }
    }
}

impl Reader for WriteTx<'_> {
    fn get_raw(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let found = self.get_written(key)?;
        if found.is_none() {
            self.health.lost().check(key)?;
        }
        Ok(found)
    }

    fn scan_raw(
        &self,
        range: &KeyRange,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> Step,
    ) -> Result<()> {
        let lost = self.health.lost();
        lost.guard(range, direction, visit, |range, visit| self.scan_what_is_left(range, direction, visit))
    }

    fn scan_what_is_left(
        &self,
        range: &KeyRange,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> Step,
    ) -> Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        let mut overlay = Overlay::new([&self.own, self.layers[0], self.layers[1]], range, direction);
        let mut stopped = false;
        self.base
            .scan(range, direction, &mut |key, value| {
                // Everything the overlays have before this key, then the key itself unless they replace it.
                while let Some((own_key, own_value)) = overlay.next_until(key) {
                    let replaces = own_key == key;
                    if let Some(own_value) = own_value
                        && visit(own_key, own_value) == Step::Stop
                    {
                        stopped = true;
                        return Step::Stop;
                    }
                    if replaces {
                        return Step::Continue;
                    }
                }
                let step = visit(key, value);
                stopped = step == Step::Stop;
                step
            })
            .map_err(|error| self.health.unreadable(error))?;
        while !stopped && let Some((key, value)) = overlay.next() {
            if let Some(value) = value {
                stopped = visit(key, value) == Step::Stop;
            }
        }
        Ok(())
    }

    fn is_whole(&self, range: &KeyRange) -> bool {
        self.health.lost().clear_part(range, Direction::Forward).is_none()
    }
    fn is_given_up(&self, range: &KeyRange) -> bool {
        self.health.lost().is_given_up(range)
    }

    fn moment(&self) -> Moment {
        self.moment
    }

    fn trail(&self) -> RefMut<'_, Trail> {
        self.trail.borrow_mut()
    }
}
