//! The one door through which flows and views reach the store for a caller.
//!
//! What passes it is audited without the flow having to remember: every change, every look at another person's
//! data, and every refusal of either. `Idempotency-Key` is honoured here too, in the same transaction as the
//! change, so a replay finds exactly the first answer.
//!
//! Absence: flows and views never call `store.read` or `store.write` themselves (`tests/it/tidy.rs`).

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::audit::model::Outcome;
use super::audit::tables::{NewRecord, append};
use super::auth::model::{Actor, Caller};
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Entries, Index, ReadTx, Reader, Step, Table, Trail, WriteTx};

/// Answers kept for replays, by hash of caller and key.
pub const ANSWERS: Table<[u8; 32], KeptAnswer> = Table::new(100, "idempotency").indexed(index_answers);
/// By age, for the purge.
pub const ANSWERS_BY_AGE: Index<Timestamp, [u8; 32]> = Index::many(100, 1);

/// The first answer to an `Idempotency-Key`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// Tells a replay from another request under the same key.
    pub fingerprint: [u8; 32],
    /// The flow's result.
    pub answer: serde_json::Value,
    /// When it was given.
    pub at: Timestamp,
}

fn index_answers(_: &[u8; 32], answer: &KeptAnswer, entries: &mut Entries) {
    entries.add(&ANSWERS_BY_AGE, &answer.at);
}

/// Runs a change for `caller`, audited under `action`, and returns after it is durable.
///
/// # Errors
/// Those of `change`, in which case nothing changed but, for a refusal, the audit;
/// `idempotency_key_reused` when the key was used for another request.
pub async fn write<T>(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    mut change: impl FnMut(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
) -> Result<T>
where
    T: Serialize + DeserializeOwned + Send + 'static,
{
    let refused: Arc<std::sync::Mutex<Trail>> = Arc::default();
    let (noted, by) = (Arc::clone(&refused), caller.clone());
    let outcome = context
        .store
        .write(move |tx| {
            if let Some(answer) = replay(tx, &by)? {
                return Ok(answer);
            }
            let done = change(tx);
            let trail = tx.take_trail();
            match done {
                Ok(answer) => {
                    record(tx, &by, action, Outcome::Done, &trail, None)?;
                    keep(tx, &by, &answer)?;
                    Ok(answer)
                }
                Err(error) => {
                    *noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = trail;
                    Err(error)
                }
            }
        })
        .await;
    if let Err(error) = &outcome {
        let trail = std::mem::take(&mut *refused.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        record_refusal(context, caller, action, trail, error).await;
    }
    outcome
}

/// Runs a read for `caller`. When it looked at another person's data, the audit record is durable before the
/// answer leaves.
///
/// # Errors
/// Those of `look`.
pub async fn read<T>(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    look: impl FnOnce(&ReadTx) -> Result<T>,
) -> Result<T> {
    // The transaction ends here, before anything is awaited.
    let (outcome, trail) = {
        let tx = context.store.begin_read()?;
        let outcome = look(&tx);
        (outcome, tx.into_trail())
    };
    match &outcome {
        Ok(_) if trail.foreign.is_empty() => {}
        Ok(_) => {
            let by = caller.clone();
            context.store.write(move |tx| record(tx, &by, action, Outcome::Done, &trail, None)).await?;
        }
        Err(error) => record_refusal(context, caller, action, trail, error).await,
    }
    outcome
}

/// Writes down that a caller was refused. The refusal stands even when that fails; the log says so then.
async fn record_refusal(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    trail: Trail,
    error: &Error,
) {
    let looked = trail.foreign.iter().any(|access| access.refused);
    if !looked && error.kind() != Kind::Forbidden {
        return;
    }
    let (by, code) = (caller.clone(), error.code());
    let recorded =
        context.store.write(move |tx| record(tx, &by, action, Outcome::Refused, &trail, Some(code))).await;
    if let Err(error) = recorded {
        tracing::error!(request.id = %caller.request_id, %error, "a refusal could not be audited");
    }
}

fn record(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    action: &'static str,
    outcome: Outcome,
    trail: &Trail,
    code: Option<&'static str>,
) -> Result<()> {
    // One record for each patient looked at; a request that concerns nobody else's data has one record.
    let mut patients: Vec<Option<UserId>> =
        trail.foreign.iter().map(|look| Some(look.patient.into())).collect();
    patients.sort();
    patients.dedup();
    if patients.is_empty() {
        patients.push(trail.patient.map(UserId::from).or_else(|| own_record(caller)));
    }
    for patient in patients {
        let basis = trail.foreign.iter().find(|look| Some(UserId::from(look.patient)) == patient);
        let reason = match (code, &trail.reason, basis) {
            (Some(code), _, _) => Some(code.to_owned()),
            (None, Some(reason), _) => Some(reason.clone()),
            (None, None, Some(look)) => Some(format!("{} {}", look.basis, look.scope)),
            (None, None, None) => None,
        };
        let new =
            NewRecord { resource: trail.resource.clone(), patient, reason, change: trail.change.clone() };
        append(tx, caller, action, outcome, new)?;
    }
    Ok(())
}

/// A patient's own actions concern his own record.
fn own_record(caller: &Caller) -> Option<UserId> {
    match caller.actor {
        Actor::Person { id, role: super::users::model::Role::Patient, .. } => Some(id),
        _ => None,
    }
}

/// Forgets up to `most` answers given before `before`, oldest first, and returns how many. Concerns nobody's
/// record, so it leaves no trace in the audit.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn forget_answers(context: &Context, before: Timestamp, most: usize) -> Result<usize> {
    let is_needed = context.store.read(|tx| Ok(!old_answers(tx, before, 1)?.is_empty()))?;
    if !is_needed {
        return Ok(0);
    }
    context
        .store
        .write(move |tx| {
            let old = old_answers(tx, before, most)?;
            for key in &old {
                ANSWERS.delete(tx, key)?;
            }
            Ok(old.len())
        })
        .await
}

fn old_answers(tx: &dyn Reader, before: Timestamp, most: usize) -> Result<Vec<[u8; 32]>> {
    let mut keys = Vec::new();
    ANSWERS_BY_AGE.visit_until(tx, &before, |_, key| {
        keys.push(key);
        Ok(if keys.len() < most { Step::Continue } else { Step::Stop })
    })?;
    Ok(keys)
}

fn answer_key(caller: &Caller) -> Option<([u8; 32], [u8; 32])> {
    let idempotency = caller.idempotency.as_ref()?;
    let mut hash = Sha256::new();
    if let Actor::Person { id, .. } = caller.actor {
        hash.update(id.0.as_bytes());
    }
    hash.update(idempotency.key.as_bytes());
    Some((hash.finalize().into(), idempotency.fingerprint))
}

fn replay<T: DeserializeOwned>(tx: &WriteTx<'_>, caller: &Caller) -> Result<Option<T>> {
    let Some((key, fingerprint)) = answer_key(caller) else { return Ok(None) };
    let Some(kept) = ANSWERS.get(tx, &key)? else { return Ok(None) };
    if kept.fingerprint != fingerprint {
        return Err(Error::unprocessable("idempotency_key_reused"));
    }
    serde_json::from_value(kept.answer)
        .map(Some)
        .map_err(|error| Error::internal(format!("kept answer unreadable: {error}")))
}

fn keep<T: Serialize>(tx: &mut WriteTx<'_>, caller: &Caller, answer: &T) -> Result<()> {
    let Some((key, fingerprint)) = answer_key(caller) else { return Ok(()) };
    let answer = serde_json::to_value(answer)
        .map_err(|error| Error::internal(format!("answer cannot be kept: {error}")))?;
    ANSWERS.put(tx, &key, &KeptAnswer { fingerprint, answer, at: tx.now() })
}
