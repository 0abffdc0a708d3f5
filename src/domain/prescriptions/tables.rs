//! The prescriptions' tables. A patient's rows are reached only with an [`Access`] to their record.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::record::{Batch, Content, Prescription, Version, VersionState};
use super::state::Status;
use crate::domain::connections::access::Access;
use crate::platform::cache::Region;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{BatchId, MedicationId, PrescriptionId, UserId};
use crate::platform::store::{Direction, Entries, Index, Page, PageRequest, Reader, Step, Table, WriteTx};

/// A prescription's place: its patient and its id.
pub type PrescriptionKey = (UserId, PrescriptionId);

/// Prescriptions by patient, oldest first.
pub const PRESCRIPTIONS: Table<PrescriptionKey, Prescription> =
    Table::new(50, "prescriptions").indexed(index_prescriptions);
/// By their id alone.
pub const BY_ID: Index<PrescriptionId, PrescriptionKey> = Index::unique(50, 1, "prescription_exists");
/// Those of doctors, by author, oldest first.
pub const BY_AUTHOR: Index<(UserId, PrescriptionId), PrescriptionKey> = Index::many(50, 2);
/// By the ids of their current lines, those of earlier editions included.
pub const BY_MEDICATION: Index<MedicationId, PrescriptionKey> = Index::unique(50, 3, "medication_exists");
/// Running ones that have an end, by its day.
pub const BY_END: Index<NaiveDate, PrescriptionKey> = Index::many(50, 4);
/// By the batch they were written in.
pub const BY_BATCH: Index<BatchId, PrescriptionKey> = Index::many(50, 5);
/// All versions of a prescription, oldest first.
pub const VERSIONS: Table<(UserId, PrescriptionId, u32), Version> = Table::new(51, "prescription_versions");
/// Batches.
pub const BATCHES: Table<BatchId, Batch> = Table::new(52, "prescription_batches");

fn index_prescriptions(_: &PrescriptionKey, row: &Prescription, entries: &mut Entries) {
    entries.add(&BY_ID, &row.id);
    if row.author.id != row.patient {
        entries.add(&BY_AUTHOR, &(row.author.id, row.id));
    }
    for line in &row.content.lines {
        entries.add(&BY_MEDICATION, &line.id);
        for former in &line.formerly {
            entries.add(&BY_MEDICATION, &former.id);
        }
    }
    if let (Status::Active | Status::Paused, Some(end)) = (row.status, row.content.end()) {
        entries.add(&BY_END, &end);
    }
    if let Some(batch) = row.batch {
        entries.add(&BY_BATCH, &batch);
    }
}

/// Whose prescription it is. Says nothing of what it holds: the access check comes next.
///
/// # Errors
/// `prescription_not_found`.
pub fn patient_of(tx: &dyn Reader, id: PrescriptionId) -> Result<UserId> {
    match BY_ID.find(tx, &id)? {
        Some((patient, _)) => Ok(patient),
        None => Err(Error::not_found("prescription_not_found")),
    }
}

/// Which prescription a medication line belongs to now.
///
/// # Errors
/// `medication_not_found`, also for lines that a newer version has left out.
pub fn prescription_of(tx: &dyn Reader, medication: MedicationId) -> Result<PrescriptionKey> {
    BY_MEDICATION.find(tx, &medication)?.ok_or_else(|| Error::not_found("medication_not_found"))
}

/// A prescription of the patient whom `access` names.
///
/// # Errors
/// `prescription_not_found` when it is not theirs or not among those they share.
pub fn get(tx: &dyn Reader, access: &Access, id: PrescriptionId) -> Result<Prescription> {
    if !access.covers(id) {
        return Err(Error::not_found("prescription_not_found"));
    }
    PRESCRIPTIONS.require(tx, &(access.patient(), id), "prescription_not_found")
}

/// All prescriptions of a patient that `access` covers, oldest first, whatever their state.
///
/// # Errors
/// When the store cannot be read.
pub fn list(tx: &dyn Reader, access: &Access) -> Result<Vec<Prescription>> {
    let rows = PRESCRIPTIONS.list_prefix(tx, &access.patient())?;
    Ok(rows.into_iter().map(|(_, row)| row).filter(|row| access.covers(row.id)).collect())
}

/// What a patient has written down for themselves and is not over on `day`.
///
/// # Errors
/// When the store cannot be read.
pub fn own_open(tx: &dyn Reader, access: &Access, day: NaiveDate) -> Result<Vec<Prescription>> {
    let mut own = list(tx, access)?;
    own.retain(|row| row.author.id == row.patient && row.status_on(day).is_open());
    Ok(own)
}

/// One page of a patient's prescriptions that `access` covers, newest first.
///
/// # Errors
/// When the cursor is not one of ours, or the store cannot be read.
pub fn page(
    tx: &dyn Reader,
    access: &Access,
    request: &PageRequest,
    keep: impl Fn(&Prescription) -> bool,
) -> Result<Page<Prescription>> {
    let page = PRESCRIPTIONS.page(tx, &access.patient(), Direction::Backward, request, |_, row| {
        access.covers(row.id) && keep(row)
    })?;
    Ok(page.map(|(_, row)| row))
}

/// Writes a prescription and drops the patient's cached list.
///
/// # Errors
/// When the store cannot be read.
pub fn save(tx: &mut WriteTx<'_>, access: &Access, row: &Prescription) -> Result<()> {
    debug_assert_eq!(access.patient(), row.patient, "a row is written with access to its patient");
    PRESCRIPTIONS.put(tx, &(access.patient(), row.id), row)?;
    tx.touch(Region::Prescriptions, access.patient());
    Ok(())
}

/// One version of a prescription.
///
/// # Errors
/// `prescription_not_found` when it is not shared, `version_not_found` when there is no such number; the error for damage when
/// there was one, which a salvaged file has no more.
pub fn version(tx: &dyn Reader, access: &Access, id: PrescriptionId, number: u32) -> Result<Version> {
    if !access.covers(id) {
        return Err(Error::not_found("prescription_not_found"));
    }
    if let Some(version) = VERSIONS.get(tx, &(access.patient(), id, number))? {
        return Ok(version);
    }
    let written = PRESCRIPTIONS.get(tx, &(access.patient(), id))?.map_or(0, |row| row.version);
    Err(if (1..=written).contains(&number) {
        Error::damaged(format!("version {number} of prescription {id} is lost"))
    } else {
        Error::not_found("version_not_found")
    })
}

/// One page of a prescription's versions, newest first.
///
/// # Errors
/// `prescription_not_found` when it is not shared.
pub fn versions(
    tx: &dyn Reader,
    access: &Access,
    id: PrescriptionId,
    request: &PageRequest,
) -> Result<Page<Version>> {
    if !access.covers(id) {
        return Err(Error::not_found("prescription_not_found"));
    }
    let page = VERSIONS.page(tx, &(access.patient(), id), Direction::Backward, request, |_, _| true)?;
    Ok(page.map(|(_, version)| version))
}

/// The number of the newest version, pending and refused ones included; 0 when there is none.
///
/// # Errors
/// When the store cannot be read.
pub fn last_version(tx: &dyn Reader, access: &Access, id: PrescriptionId) -> Result<u32> {
    Ok(VERSIONS.last(tx, &(access.patient(), id))?.map_or(0, |((_, _, number), _)| number))
}

/// Writes a new version.
///
/// # Errors
/// When one of that number exists: versions are never written twice.
pub fn add_version(
    tx: &mut WriteTx<'_>,
    access: &Access,
    id: PrescriptionId,
    version: &Version,
) -> Result<()> {
    let key = (access.patient(), id, version.number);
    if VERSIONS.get(tx, &key)?.is_some() {
        return Err(Error::internal("a version would be written twice"));
    }
    VERSIONS.put(tx, &key, version)
}

/// Writes down how a version took effect: where the doses of its lines begin was not settled before. Nothing else of
/// its content ever changes.
///
/// # Errors
/// When there is no such version.
pub fn settle_content(
    tx: &mut WriteTx<'_>,
    access: &Access,
    id: PrescriptionId,
    number: u32,
    content: &Content,
) -> Result<()> {
    let key = (access.patient(), id, number);
    let version = VERSIONS.require(tx, &key, "version_not_found")?;
    if version.content == *content {
        return Ok(());
    }
    VERSIONS.put(tx, &key, &Version { content: content.clone(), ..version })
}

/// Notes what became of a version.
///
/// # Errors
/// When there is no such version.
pub fn settle_version(
    tx: &mut WriteTx<'_>,
    access: &Access,
    id: PrescriptionId,
    number: u32,
    state: VersionState,
) -> Result<Version> {
    let key = (access.patient(), id, number);
    let mut version = VERSIONS.require(tx, &key, "version_not_found")?;
    version.state = state;
    if state == VersionState::Applied {
        version.confirmed_at = Some(tx.now());
        version.paused_at = get(tx, access, id)?.paused_at;
    }
    VERSIONS.put(tx, &key, &version)?;
    Ok(version)
}

/// Running prescriptions whose last day lies before `today`, at most `limit`.
///
/// # Errors
/// When the store cannot be read.
pub fn ended_before(tx: &dyn Reader, today: NaiveDate, limit: usize) -> Result<Vec<PrescriptionKey>> {
    BY_END.keys_until(tx, &today, limit)
}

/// The keys of prescriptions behind `after`, at most `limit`, those that were lost with a damaged page passed over.
///
/// # Errors
/// When the store cannot be read.
pub fn keys_after(
    tx: &dyn Reader,
    after: Option<PrescriptionKey>,
    limit: usize,
) -> Result<Vec<PrescriptionKey>> {
    PRESCRIPTIONS.keys_left_after(tx, after.as_ref(), limit)
}

/// Checks the prescriptions against their versions, and that no two lines of a patient share a number.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut numbers: BTreeMap<(UserId, u32), MedicationId> = BTreeMap::new();
    let mut known = BTreeSet::new();
    let mut rows = Vec::new();
    PRESCRIPTIONS.visit_prefix(tx, &(), Direction::Forward, |key, row| {
        known.insert(key);
        rows.push((key, row.version, row.pending_version, row.content, row.status));
        Ok(Step::Continue)
    })?;
    for (key, number, pending, content, status) in rows {
        match VERSIONS.get(tx, &(key.0, key.1, number))? {
            None => faults.push(format!("prescription {}: version {number} is missing", key.1)),
            Some(version) if version.content != content => {
                faults.push(format!("prescription {}: differs from version {number}", key.1));
            }
            Some(_) => {}
        }
        if content.lines.is_empty() {
            faults.push(format!("prescription {}: has no lines", key.1));
        }
        let waiting = match pending {
            Some(number) => VERSIONS.get(tx, &(key.0, key.1, number))?.map(|version| version.state),
            None => None,
        };
        if pending.is_some() && (waiting != Some(VersionState::Pending) || status.is_final()) {
            faults.push(format!("prescription {}: its pending version does not wait", key.1));
        }
    }
    let mut next = BTreeMap::new();
    VERSIONS.visit_prefix(tx, &(), Direction::Forward, |(patient, id, number), version| {
        let expected = next.entry((patient, id)).or_insert(1_u32);
        if !known.contains(&(patient, id)) || number != *expected || version.number != number {
            faults.push(format!("prescription {id}: version {number} is out of place"));
        }
        *expected = number + 1;
        for line in &version.content.lines {
            let holder = *numbers.entry((patient, line.number)).or_insert(line.id);
            if holder != line.id {
                faults.push(format!("prescription {id}: line number {} is used twice", line.number));
            }
        }
        Ok(Step::Continue)
    })?;
    Ok(faults)
}
