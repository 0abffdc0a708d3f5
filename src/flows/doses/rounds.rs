//! Rounds: what is done for every patient whose time has come, or for every patient at all.
//!
//! A round of the first kind asks one index and reads nothing of all other patients. One that finds nothing to do writes
//! nothing. Patients are done in batches of a transaction each, so that a long catch-up after downtime lets other writes
//! through. Somebody whose rows cannot be read must not keep the others from being seen to: they are passed over, the log and
//! `/readyz` say so, and the next round tries again.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::auth::model::Caller;
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Index, Reader, WriteTx};
use crate::platform::supervision::Hindrance;

/// A round.
#[derive(Clone, Copy)]
pub(super) struct Round {
    /// Who acts, for the audit.
    pub(super) by: &'static str,
    /// What is done, for the audit.
    pub(super) action: &'static str,
    /// For whom it is done.
    pub(super) whom: Whom,
    /// Patients done in one transaction.
    pub(super) batch: usize,
    /// What `one` returns, for the audit.
    pub(super) found: &'static str,
}

/// For whom a round is.
#[derive(Clone, Copy)]
pub(super) enum Whom {
    /// Everybody whose time has come by this index. What is done must move the patient's time on, and may be done for a
    /// patient whose time has moved meanwhile.
    Due(&'static Index<Timestamp, UserId>),
    /// Every patient who has or had doses, in the order of their ids.
    Everybody,
}

/// Whom a round has been to.
#[derive(Default)]
struct Progress {
    /// Patients who were passed over.
    broken: BTreeSet<UserId>,
    /// Why the last of them was.
    why: Option<String>,
    /// The last patient, in a round for everybody.
    last: Option<UserId>,
}

impl Progress {
    /// Somebody is not seen to, or not in all.
    fn pass_over(&mut self, round: Round, patient: UserId, why: String) {
        tracing::error!(patient.id = %patient, action = round.action, error = why, "a patient was passed over");
        self.broken.insert(patient);
        self.why = Some(why);
    }
}

impl Whom {
    fn next(self, tx: &dyn Reader, most: usize, progress: &Progress) -> Result<Vec<UserId>> {
        match self {
            Self::Due(index) => doses::patients_due(tx, index, most, &progress.broken),
            Self::Everybody => doses::patients_after(tx, progress.last, most),
        }
    }
}

/// What was done for one patient.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Done<T> {
    /// What was found.
    pub(super) found: Vec<T>,
    /// Why something was left: rows of it are lost. The patient counts as passed over.
    pub(super) lost: Option<String>,
}

impl<T> From<Vec<T>> for Done<T> {
    fn from(found: Vec<T>) -> Self {
        Self { found, lost: None }
    }
}

/// What was done for some patients.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct DoneBatch<T> {
    found: Vec<T>,
    lost: Vec<(UserId, String)>,
}

/// Does `one` for every patient of the round, and returns what it found.
///
/// # Errors
/// When the store cannot be reached.
pub(super) async fn go<T>(
    context: &Context,
    round: Round,
    one: impl Fn(&mut WriteTx<'_>, &Caller, UserId) -> Result<Done<T>> + Clone + Send + 'static,
) -> Result<Vec<T>>
where
    T: Serialize + DeserializeOwned + Send + 'static,
{
    let caller = Caller::system(round.by);
    let mut found = Vec::new();
    let mut progress = Progress::default();
    let mut most = round.batch;
    loop {
        let patients =
            gate::read(context, &caller, round.action, |tx| round.whom.next(tx, most, &progress)).await?;
        let (Some(first), Some(last)) = (patients.first().copied(), patients.last().copied()) else {
            // Whoever watches the server hears that somebody is not seen to.
            let hindrance = progress.why.map(|why| Hindrance {
                why,
                passed_over: progress.broken.iter().map(|patient| patient.0).collect(),
            });
            context.supervision.hinder(round.by, hindrance);
            return Ok(found);
        };
        let is_alone = patients.len() == 1;
        let (by, one) = (caller.clone(), one.clone());
        let done = gate::write(context, &caller, round.action, move |tx| {
            do_batch(tx, round.found, &patients, |tx, patient| one(tx, &by, patient))
        })
        .await;
        match done {
            Ok(DoneBatch { found: more, lost }) => {
                found.extend(more);
                progress.last = Some(last);
                for (patient, why) in lost {
                    progress.pass_over(round, patient, why);
                }
            }
            Err(error) if error.kind() == Kind::Unavailable => return Err(error),
            // One of them cannot be done: each alone, until it is known who.
            Err(_) if !is_alone => most = 1,
            Err(error) => {
                progress.pass_over(round, first, error.to_string());
                progress.last = Some(first);
                most = round.batch;
            }
        }
    }
}

fn do_batch<T>(
    tx: &mut WriteTx<'_>,
    name: &'static str,
    patients: &[UserId],
    one: impl Fn(&mut WriteTx<'_>, UserId) -> Result<Done<T>>,
) -> Result<DoneBatch<T>> {
    let mut done = DoneBatch { found: Vec::new(), lost: Vec::new() };
    for patient in patients {
        let Done { found, lost } = one(tx, *patient)?;
        done.found.extend(found);
        done.lost.extend(lost.map(|why| (*patient, why)));
    }
    let mut trail = tx.trail();
    if done.found.is_empty() {
        trail.found_done();
    }
    trail.change = Some(serde_json::json!({ "patients": patients.len(), name: done.found.len() }));
    Ok(done)
}
