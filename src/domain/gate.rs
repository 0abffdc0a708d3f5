//! The one door through which flows and views reach the store for a caller.
//!
//! What passes it is audited without the flow having to remember:
//! - every change, in the same transaction, one record;
//! - every look at another person's data, before the answer leaves, one record for each person;
//! - every refusal of either, the 404 that hides a record as well as the 403.
//!
//! `Idempotency-Key` is honoured here too, in the transaction of the change: closures run one after another, so
//! of two requests with one key the second finds the first one's answer, however close they are. Only answers
//! are kept: a request that failed changed nothing and may be tried again under its key. A key used for another
//! request is refused. An answer is given again only to whoever still has the right by which it was given, and stands in
//! the audit each time. Keys are remembered for [`ANSWER_LIFE`].
//!
//! A refusal at level REQUEST also asks the patient here, because the refused read itself can write nothing.
//!
//! Absence: flows and views reach the store only in the functions that `tests/it/tidy/past_the_gate.txt` lists, each with its reason.

mod right;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use right::Right;

use super::audit::model::Outcome;
use super::audit::tables::{NewRecord, append};
use super::auth::model::{Actor, Caller};
use super::connections::access::REQUEST_PENDING;
use super::connections::model::{Connection, PermissionLevel, Scope};
use super::notifications::model::{Notice, NotificationType, Urgency};
use super::notifications::params::{Params, Word};
use super::users::model::Role;
use super::{connections, notifications, safety_unshared, users};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Entries, ForeignAccess, Index, ReadTx, Reader, Table, Trail, WriteTx};

/// Answers kept for replays, by hash of caller and key.
pub const ANSWERS: Table<[u8; 32], KeptAnswer> = Table::new(100, "idempotency").indexed(index_answers);
/// By age, for the purge.
pub const ANSWERS_BY_AGE: Index<Timestamp, [u8; 32]> = Index::many(100, 1);
/// For how long a key is remembered.
pub const ANSWER_LIFE: Span = Span::hours(24);

/// The first answer to an `Idempotency-Key`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// Tells a replay from another request under the same key.
    pub fingerprint: [u8; 32],
    /// The right by which it was given; nothing in answers of earlier programs, which are not given again.
    #[serde(default)]
    pub right: Option<Right>,
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
    let noted: Arc<Mutex<Trail>> = Arc::default();
    let (note, by) = (Arc::clone(&noted), caller.clone());
    let outcome = context
        .store
        .write(move |tx| {
            let done = match replay(tx, &by, action) {
                Ok(None) => change(tx).map(|answer| (answer, Answer::First)),
                Ok(Some(answer)) => Ok((answer, Answer::Again)),
                Err(refusal) => Err(refusal),
            };
            let trail = tx.take_trail();
            match done {
                Ok((answer, given)) => {
                    record(tx, &by, action, &trail, trail.refused)?;
                    if given == Answer::First {
                        keep(tx, &by, action, &answer, Right::of(&by, &trail))?;
                    }
                    Ok(answer)
                }
                Err(error) => {
                    *note.lock().unwrap_or_else(PoisonError::into_inner) = trail;
                    Err(error)
                }
            }
        })
        .await;
    if let Err(error) = &outcome {
        let trail = std::mem::take(&mut *noted.lock().unwrap_or_else(PoisonError::into_inner));
        record_refusal(context, caller, action, trail, error).await?;
    }
    outcome
}

/// Whether an answer is given for the first time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    First,
    Again,
}

/// The end of a change that stands although the caller may be refused.
#[derive(Debug)]
pub struct Judgement<T> {
    /// What the caller gets.
    pub outcome: Result<T>,
    /// Who the caller turned out to be.
    pub actor: Option<Actor>,
}

impl<T> Judgement<T> {
    /// The caller gets what they asked for.
    pub fn granted(value: T) -> Self {
        Self { outcome: Ok(value), actor: None }
    }

    /// The caller is refused, and what was written down stands.
    pub fn refused(error: Error) -> Self {
        Self { outcome: Err(error), actor: None }
    }

    /// Names the caller for the audit: they have just proved who they are.
    #[must_use]
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = Some(actor);
        self
    }
}

/// As [`write()`], for changes that stand even when the caller is refused, such as counting a wrong password. The
/// refusal is part of the same transaction. Answers are never kept for replays: they may hold tokens.
///
/// # Errors
/// That of the judgement; those of `change`, in which case nothing changed.
pub async fn judge<T: Send + 'static>(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    mut change: impl FnMut(&mut WriteTx<'_>) -> Result<Judgement<T>> + Send + 'static,
) -> Result<T> {
    let by = caller.clone();
    context
        .store
        .write(move |tx| {
            let judgement = change(tx)?;
            let trail = tx.take_trail();
            let by = Caller { actor: judgement.actor.unwrap_or(by.actor), ..by.clone() };
            record(tx, &by, action, &trail, judgement.outcome.as_ref().err().map(Error::code))?;
            Ok(judgement.outcome)
        })
        .await?
}

/// Runs a read for `caller`. When it looked at another person's data, the audit record is durable before the
/// answer leaves.
///
/// # Errors
/// Those of `look`; 503 when the look cannot be recorded.
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
        Ok(_) if trail.foreign.is_empty() && !trail.recorded => {}
        Ok(_) => {
            let by = caller.clone();
            context.store.write(move |tx| record(tx, &by, action, &trail, None)).await?.may_leave()?;
        }
        Err(error) => record_refusal(context, caller, action, trail, error).await?,
    }
    outcome
}

/// Writes down that a caller was refused before they reached a flow, for example by their role.
pub async fn note_refusal(context: &Context, caller: &Caller, action: &'static str, error: &Error) {
    // Nobody waits for a patient's consent here, so there is nothing that must succeed.
    drop(record_refusal(context, caller, action, Trail::default(), error).await);
}

/// Writes down that a caller was refused, and asks the patient when their consent is what lacks. A refusal stands
/// even when that fails, and the log says so; only a question to the patient must not get lost.
async fn record_refusal(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    trail: Trail,
    error: &Error,
) -> Result<()> {
    // Faults of ours are no refusals.
    let judged = !error.kind().is_of_server() && error.kind() != Kind::Unauthenticated;
    if !judged || (trail.foreign.is_empty() && error.kind() != Kind::Forbidden) {
        return Ok(());
    }
    let tells_of_unshared = trail.unshared.is_some();
    let (by, code) = (caller.clone(), error.code());
    let recorded = context
        .store
        .write(move |tx| {
            let recorded = record(tx, &by, action, &trail, Some(code))?;
            if code == REQUEST_PENDING {
                for look in trail.foreign.iter().filter(|look| look.basis == REQUEST_PENDING) {
                    ask_patient(tx, &by, look)?;
                }
            }
            Ok(recorded)
        })
        .await;
    match recorded {
        // What is not counted must not be told.
        Err(failure) if code == REQUEST_PENDING || tells_of_unshared => Err(failure),
        Err(failure) => {
            tracing::error!(request.id = %caller.request_id, error = %failure, "a refusal could not be audited");
            Ok(())
        }
        Ok(recorded) => recorded.may_leave(),
    }
}

/// Opens the access request that a refused look at level REQUEST stands for, once, and tells the patient.
fn ask_patient(tx: &mut WriteTx<'_>, caller: &Caller, look: &ForeignAccess) -> Result<()> {
    let (carer, patient) = (caller.user_id()?, UserId::from(look.patient));
    let Some(scope) = Scope::from_name(look.scope) else { return Ok(()) };
    let asking = connections::tables::live_of_pair(tx, patient, carer)?;
    let is_asking = |one: &Connection| one.permission.level == PermissionLevel::Request;
    let Some(connection) = asking.into_iter().find(is_asking) else { return Ok(()) };
    let Some(request) = connections::tables::open_request(tx, &connection, scope)? else { return Ok(()) };
    let name = users::tables::require(tx, carer)?.full_name.into_inner();
    let notice = Notice {
        to: patient,
        kind: NotificationType::ConnectionRequest,
        variant: "access",
        urgency: Urgency::Normal,
        params: Params::new().text("name", name).word("scope", Word::new("scope", scope.name())),
        patient: Some(patient),
        resource: Some(("access_request", request.id.to_string())),
    };
    notifications::tables::notify(tx, notice).map(drop)
}

/// What was looked at of one person.
#[derive(Default)]
struct Looks {
    bases: Vec<&'static str>,
    scopes: Vec<&'static str>,
    granted: bool,
}

impl Looks {
    fn add(&mut self, look: &ForeignAccess) {
        if !self.bases.contains(&look.basis) {
            self.bases.push(look.basis);
        }
        if !self.scopes.contains(&look.scope) {
            self.scopes.push(look.scope);
        }
        self.granted |= !look.refused;
    }
}

/// Appends the audit records of one request: one for each person whose data it looked at, or a single one when
/// it concerns nobody else. `refusal` is the code with which the whole request was refused.
fn record(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    action: &'static str,
    trail: &Trail,
    refusal: Option<&'static str>,
) -> Result<Recorded> {
    if trail.already_done && trail.foreign.is_empty() && refusal.is_none() {
        return Ok(Recorded { is_told_too_much: false });
    }
    let mut persons: BTreeMap<Option<UserId>, Looks> = BTreeMap::new();
    for look in &trail.foreign {
        persons.entry(Some(look.patient.into())).or_default().add(look);
    }
    if let Some(patient) = trail.patient {
        persons.entry(Some(patient.into())).or_insert_with(|| Looks { granted: true, ..Looks::default() });
    }
    if persons.is_empty() {
        persons.insert(own_record(caller), Looks { granted: true, ..Looks::default() });
    }
    for (patient, looks) in persons {
        let refused = refusal.or_else(|| looks.bases.first().copied().filter(|_| !looks.granted));
        let (outcome, basis) = match refused {
            Some(_) => (Outcome::Refused, None),
            None => (Outcome::Done, joined(&looks.bases)),
        };
        let new = NewRecord {
            resource: trail.resource.clone(),
            patient,
            reason: refused.map(str::to_owned).or_else(|| trail.reason.clone()),
            basis,
            scope: joined(&looks.scopes),
            change: trail.change.clone(),
        };
        append(tx, caller, action, outcome, new)?;
    }
    let is_told_too_much = match &trail.unshared {
        None => false,
        Some(tried) => safety_unshared::note(tx, caller, tried)?,
    };
    Ok(Recorded { is_told_too_much })
}

/// A request that stands in the audit.
#[derive(Debug, Clone, Copy)]
struct Recorded {
    /// Whether its answer names what the caller may not be told any more: see `safety_unshared`.
    is_told_too_much: bool,
}

impl Recorded {
    fn may_leave(self) -> Result<()> {
        if self.is_told_too_much { Err(Error::too_many("checked_too_often_at_once", 1)) } else { Ok(()) }
    }
}

fn joined(names: &[&str]) -> Option<String> {
    if names.is_empty() { None } else { Some(names.join(",")) }
}

/// A patient's own actions concern their own record.
fn own_record(caller: &Caller) -> Option<UserId> {
    match caller.actor {
        Actor::Person { id, role: Role::Patient, .. } => Some(id),
        _ => None,
    }
}

/// Forgets up to `most` answers given before `before`, oldest first, and returns how many. Concerns nobody's
/// record, so it leaves no trace in the audit.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn forget_answers(context: &Context, before: Timestamp, most: usize) -> Result<usize> {
    if context.store.read(|tx| ANSWERS_BY_AGE.keys_until(tx, &before, 1))?.is_empty() {
        return Ok(0);
    }
    context.store.write(move |tx| ANSWERS.delete_until(tx, &ANSWERS_BY_AGE, &before, most)).await
}

fn answer_key(caller: &Caller, action: &str) -> Option<([u8; 32], [u8; 32])> {
    let idempotency = caller.idempotency.as_ref()?;
    let mut hash = Sha256::new();
    // A person's keys are their own. Strangers choose the same keys without knowing of one another: theirs count at
    // their address and for one operation only.
    match caller.actor {
        Actor::Person { id, .. } => {
            hash.update([1]);
            hash.update(id.0.as_bytes());
        }
        Actor::Anonymous => {
            hash.update([2]);
            hash.update(caller.ip.map(|ip| ip.to_string()).unwrap_or_default());
            hash.update([0]);
            hash.update(action);
            hash.update([0]);
        }
        Actor::System(name) => {
            hash.update([3]);
            hash.update(name.as_bytes());
            hash.update([0]);
        }
    }
    hash.update(idempotency.key.as_bytes());
    Some((hash.finalize().into(), idempotency.fingerprint))
}

/// The answer that was given under the caller's key, if the right by which it was given is still there.
fn replay<T: DeserializeOwned>(tx: &WriteTx<'_>, caller: &Caller, action: &str) -> Result<Option<T>> {
    let Some((key, fingerprint)) = answer_key(caller, action) else { return Ok(None) };
    let now = tx.now();
    let Some(kept) = ANSWERS.get(tx, &key)?.filter(|kept| now < kept.at.plus(ANSWER_LIFE)) else {
        return Ok(None);
    };
    if kept.fingerprint != fingerprint {
        return Err(Error::unprocessable("idempotency_key_reused"));
    }
    let right = kept.right.ok_or_else(|| Error::conflict("idempotency_answer_gone"))?;
    right.check(tx, caller)?;
    tx.trail().change = Some(serde_json::json!({ "replayed": right.resource() }));
    serde_json::from_value(kept.answer)
        .map(Some)
        .map_err(|error| Error::internal(format!("kept answer unreadable: {error}")))
}

fn keep<T: Serialize>(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    action: &str,
    answer: &T,
    right: Right,
) -> Result<()> {
    let Some((key, fingerprint)) = answer_key(caller, action) else { return Ok(()) };
    let answer = serde_json::to_value(answer)
        .map_err(|error| Error::internal(format!("answer cannot be kept: {error}")))?;
    ANSWERS.put(tx, &key, &KeptAnswer { fingerprint, right: Some(right), answer, at: tx.now() })
}
