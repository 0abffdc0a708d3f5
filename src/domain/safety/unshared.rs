//! Medicines that a doctor has held against what a patient does not share with them, and that were found not to go with it.
//! A warning must not be withheld, and each one says a little of what is hidden: so they are counted.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::secret::Phi;
use crate::platform::store::{Entries, Index, MedicineAsked, Reader, Table, WhatIsLeft, WriteTx};

/// What was tried, by `(patient, doctor)`.
pub const TRIED: Table<(UserId, UserId), Tried> = Table::new(137, "unshared_tried").indexed(index_tried);
const TRIED_BY_AGE: Index<Timestamp, (UserId, UserId)> = Index::many(137, 1);
/// For how long it counts.
pub const LIFE: Span = Span::hours(24);
/// Ways of one medicine that count as one: a dose is corrected once or twice.
const FREE_WAYS: usize = 3;

/// What one doctor has tried on one patient.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The medicines that were found not to go with something that is not shared.
    pub medicines: Vec<TriedMedicine>,
    /// Since when warnings name none of them any more.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
}

/// One medicine that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedMedicine {
    /// Its ingredients.
    pub name: Phi<String>,
    /// How it would have been used.
    #[serde(default)]
    pub way: Phi<String>,
    /// When it was first told.
    pub at: Timestamp,
}

impl Tried {
    /// What of it counts still.
    #[must_use]
    pub fn lately(mut self, now: Timestamp) -> Self {
        self.medicines.retain(|one| now < one.at.plus(LIFE));
        self.closed_at = self.closed_at.filter(|at| now < at.plus(LIFE));
        self
    }

    /// Whether a medicine is among them, in this way.
    pub fn has(&self, asked: &MedicineAsked) -> bool {
        self.medicines.iter().any(|one| one.asked() == *asked)
    }
}

impl TriedMedicine {
    /// What was told just now.
    pub fn new(asked: MedicineAsked, at: Timestamp) -> Self {
        Self { name: Phi::new(asked.name), way: Phi::new(asked.way), at }
    }

    fn asked(&self) -> MedicineAsked {
        MedicineAsked { name: self.name.reveal().clone(), way: self.way.reveal().clone() }
    }
}

/// How many of the bound these use up: each medicine one, unless the patient really uses it and the doctor sees that, and each
/// way beyond the first few in which one is asked for. How much somebody takes of what is hidden could be learned by asking
/// for one medicine in many amounts.
pub fn used_up(asked: &BTreeSet<MedicineAsked>, used: &BTreeSet<String>) -> usize {
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    for one in asked {
        *ways.entry(&one.name).or_default() += 1;
    }
    ways.into_iter()
        .map(|(name, ways)| usize::from(!used.contains(name)) + ways.saturating_sub(FREE_WAYS))
        .sum()
}

fn index_tried(_: &(UserId, UserId), tried: &Tried, entries: &mut Entries) {
    let last = tried.medicines.iter().map(|one| one.at).chain(tried.closed_at).max();
    entries.add(&TRIED_BY_AGE, &last.unwrap_or_default());
}

/// What a doctor has tried on a patient lately. What was lost with a damaged page is as if it had not been.
///
/// # Errors
/// When the store cannot be read.
pub fn tried(tx: &dyn Reader, patient: UserId, doctor: UserId) -> Result<Tried> {
    Ok(TRIED.get(&WhatIsLeft(tx), &(patient, doctor))?.unwrap_or_default().lately(tx.now()))
}

/// Of which medicines doctors were told lately that they do not go with what a patient does not share: all doctors together,
/// who may talk to each other. That one of them was signed changes nothing: whoever signs a medicine for a single day, for next
/// year or for a patient who has to agree first was told of it all the same.
///
/// # Errors
/// When the store cannot be read.
pub fn told_of(tx: &dyn Reader, patient: UserId) -> Result<BTreeSet<MedicineAsked>> {
    let now = tx.now();
    let rows = TRIED.list_prefix(&WhatIsLeft(tx), &patient)?.into_iter();
    Ok(rows.flat_map(|(_, tried)| tried.lately(now).medicines).map(|one| one.asked()).collect())
}

/// Forgets up to `most` rows of which nothing counts any more, and returns how many.
///
/// # Errors
/// When the store cannot be read.
pub fn forget(tx: &mut WriteTx<'_>, most: usize) -> Result<usize> {
    TRIED.delete_until(tx, &TRIED_BY_AGE, &tx.now().minus(LIFE), most)
}
