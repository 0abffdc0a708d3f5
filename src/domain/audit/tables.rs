//! The audit's tables.

use sha2::{Digest, Sha256};

use super::model::{AuditRecord, Outcome};
use crate::domain::auth::model::{Actor, Caller};
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Direction, Entries, Index, Reader, Step, Table, WriteTx};

/// The chain, in order.
pub const RECORDS: Table<u64, AuditRecord> = Table::new(90, "audit").indexed(index);
/// The last record's number and hash, so that appending reads one small row.
pub const HEAD: Table<(), ChainHead> = Table::new(91, "audit_head");
/// By the patient concerned and by the actor: one entry where they are the same person, as for most of what patients
/// record.
pub const BY_PERSON: Index<(UserId, u64), u64> = Index::many(90, 1);

/// The end of the chain.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub struct ChainHead {
    /// Number of the last record; 0 when there is none.
    pub sequence: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

fn index(sequence: &u64, record: &AuditRecord, entries: &mut Entries) {
    for person in
        record.patient.into_iter().chain(record.actor.filter(|actor| record.patient != Some(*actor)))
    {
        entries.add(&BY_PERSON, &(person, *sequence));
    }
}

/// Writes the entries of the indexes anew: the first releases had one of patients and one of actors.
///
/// # Errors
/// When the store cannot be read or written.
pub fn one_index_of_persons(tx: &mut WriteTx<'_>) -> Result<()> {
    RECORDS.rebuild_indexes(tx)
}

/// What is to be recorded.
#[derive(Debug, Default)]
pub struct NewRecord {
    /// Kind and id of the thing.
    pub resource: Option<(&'static str, String)>,
    /// Whose record it concerns.
    pub patient: Option<UserId>,
    /// Why.
    pub reason: Option<String>,
    /// By what right another person's data was reached.
    pub basis: Option<String>,
    /// Which parts of it.
    pub scope: Option<String>,
    /// What changed.
    pub change: Option<serde_json::Value>,
}

/// Appends a record to the chain.
///
/// # Errors
/// When the store cannot be read.
pub fn append(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    action: &str,
    outcome: Outcome,
    new: NewRecord,
) -> Result<()> {
    let head = HEAD.get(tx, &())?.unwrap_or_default();
    let (actor, actor_role) = match caller.actor {
        Actor::Person { id, role, .. } => (Some(id), role.name().to_owned()),
        Actor::Anonymous => (None, "ANONYMOUS".to_owned()),
        Actor::System(name) => (None, format!("SYSTEM:{name}")),
    };
    let (resource_kind, resource_id) = match new.resource {
        Some((kind, id)) => (Some(kind.to_owned()), Some(id)),
        None => (None, None),
    };
    let mut record = AuditRecord {
        sequence: head.sequence + 1,
        at: tx.now(),
        actor,
        actor_role,
        action: action.to_owned(),
        resource_kind,
        resource_id,
        patient: new.patient,
        outcome,
        reason: new.reason,
        basis: new.basis,
        scope: new.scope,
        request_id: caller.request_id.clone(),
        ip: caller.ip.map(|ip| ip.to_string()),
        change: new.change.map(|change| change.to_string()),
        previous_hash: head.hash,
        hash: [0; 32],
    };
    record.hash = hash_of(&record)?;
    HEAD.put(tx, &(), &ChainHead { sequence: record.sequence, hash: record.hash })?;
    RECORDS.put(tx, &record.sequence, &record)
}

/// Sets the end of a chain whose own word for it is lost to the last record that is there, so that the next one does
/// not take the place of the first.
///
/// # Errors
/// When the store cannot be read.
pub fn mend_head(tx: &mut WriteTx<'_>) -> Result<()> {
    let head = HEAD.get(tx, &())?.unwrap_or_default();
    match RECORDS.last(tx, &())? {
        Some((sequence, record)) if sequence > head.sequence => {
            HEAD.put(tx, &(), &ChainHead { sequence, hash: record.hash })
        }
        _ => Ok(()),
    }
}

/// The hash a record must carry: SHA-256 over its content with `hash` zeroed, `previous_hash` included.
///
/// # Errors
/// When the record cannot be encoded.
pub fn hash_of(record: &AuditRecord) -> Result<[u8; 32]> {
    let content = AuditRecord { hash: [0; 32], ..record.clone() };
    let bytes = rmp_serde::to_vec(&content)
        .map_err(|error| Error::internal(format!("audit record cannot be encoded: {error}")))?;
    Ok(Sha256::digest(bytes).into())
}

/// Walks the chain and describes the first broken record, if any.
///
/// # Errors
/// When the store cannot be read.
pub fn verify_chain(tx: &dyn Reader) -> Result<Option<String>> {
    let mut expected = ChainHead::default();
    let mut broken = None;
    let walked = RECORDS.visit_prefix(tx, &(), Direction::Forward, |sequence, record| {
        let fault = if sequence != expected.sequence + 1 || record.sequence != sequence {
            Some(format!("audit record {} is missing", expected.sequence + 1))
        } else if record.previous_hash != expected.hash {
            Some(format!("audit record {sequence} does not follow the one before"))
        } else if hash_of(&record)? != record.hash {
            Some(format!("audit record {sequence} was changed"))
        } else {
            None
        };
        expected = ChainHead { sequence, hash: record.hash };
        broken = fault;
        Ok(if broken.is_some() { Step::Stop } else { Step::Continue })
    });
    match walked {
        // The row is there but is no record any more: that is a broken record, not a store that cannot be read.
        Err(error) if error.kind() == crate::platform::error::Kind::Internal => {
            return Ok(Some(format!("audit record {} was changed: {error}", expected.sequence + 1)));
        }
        other => other?,
    }
    let head = HEAD.get(tx, &())?.unwrap_or_default();
    if broken.is_none() && (head.sequence != expected.sequence || head.hash != expected.hash) {
        broken = Some(format!("audit record {} is missing at the end", head.sequence));
    }
    Ok(broken)
}
