//! Rounds: what is done for every patient whose time has come.
//!
//! A round asks one index and reads nothing of all other patients; one that finds nobody writes nothing. Patients
//! are done in batches of a transaction each, so that a long catch-up after downtime lets other writes through.
//! Somebody whose rows cannot be read must not keep the others from being seen to: he is passed over, the log says
//! so, and the next round tries again.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::auth::model::Caller;
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Index, Reader, WriteTx};

/// A round.
#[derive(Clone, Copy)]
pub(super) struct Round {
    /// Who acts, for the audit.
    pub(super) by: &'static str,
    /// What is done, for the audit.
    pub(super) action: &'static str,
    /// Whose time has come.
    pub(super) index: &'static Index<Timestamp, UserId>,
    /// Patients done in one transaction.
    pub(super) batch: usize,
    /// What `one` returns, for the audit.
    pub(super) found: &'static str,
}

/// Does `one` for every patient whose time has come, and returns what it found. It must move the patient's time
/// on, and may run for a patient whose time has moved meanwhile.
///
/// # Errors
/// When the store cannot be reached.
pub(super) async fn go<T>(
    context: &Context,
    round: Round,
    one: impl Fn(&mut WriteTx<'_>, &Caller, UserId) -> Result<Vec<T>> + Clone + Send + 'static,
) -> Result<Vec<T>>
where
    T: Serialize + DeserializeOwned + Send + 'static,
{
    let caller = Caller::system(round.by);
    let mut found = Vec::new();
    let mut broken = BTreeSet::new();
    let mut most = round.batch;
    loop {
        let patients = gate::read(context, &caller, round.action, |tx| {
            doses::patients_due(tx, round.index, most, &broken)
        })
        .await?;
        let Some(first) = patients.first().copied() else { return Ok(found) };
        let is_alone = patients.len() == 1;
        let (by, one) = (caller.clone(), one.clone());
        let done = gate::write(context, &caller, round.action, move |tx| {
            do_batch(tx, round.found, &patients, |tx, patient| one(tx, &by, patient))
        })
        .await;
        match done {
            Ok(more) => found.extend(more),
            Err(error) if error.kind() == Kind::Unavailable => return Err(error),
            // One of them cannot be done: each alone, until it is known who.
            Err(_) if !is_alone => most = 1,
            Err(error) => {
                tracing::error!(patient.id = %first, action = round.action, %error, "a patient was passed over");
                broken.insert(first);
                most = round.batch;
            }
        }
    }
}

fn do_batch<T>(
    tx: &mut WriteTx<'_>,
    name: &'static str,
    patients: &[UserId],
    one: impl Fn(&mut WriteTx<'_>, UserId) -> Result<Vec<T>>,
) -> Result<Vec<T>> {
    let mut found = Vec::new();
    for patient in patients {
        found.extend(one(tx, *patient)?);
    }
    let mut trail = tx.trail();
    if found.is_empty() {
        trail.found_done();
    }
    trail.change = Some(serde_json::json!({ "patients": patients.len(), name: found.len() }));
    Ok(found)
}
