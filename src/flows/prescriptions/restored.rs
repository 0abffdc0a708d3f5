//! Rules that were silent and speak again: whoever can answer for what they find in prescriptions that run is told, as when
//! a fact of the record changes. It is done beside everybody, some patients at a time, and once for a prescription and a rule.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::signing::{Signing, read_rules};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access;
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::gate;
use crate::domain::prescriptions::tables::{PrescriptionKey, keys_after};
use crate::domain::safety::tables::{NOTED, SPEAKING, silence_ended};
use crate::platform::context::Context;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::UserId;
use crate::platform::jobs::{self, Every, Job, Jobs};
use crate::platform::store::{Reader as _, WriteTx};

/// Prescriptions whose patients are looked at in one run of the job.
const AT_ONCE: usize = 200;

/// Looks at the prescriptions of all patients for what rules find that were silent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellOfRules {
    /// The rules that speak again.
    rules: BTreeSet<String>,
    /// The last prescription that was looked at; nothing at the beginning.
    after: Option<PrescriptionKey>,
}

impl Job for TellOfRules {
    const NAME: &'static str = "tell-of-rules";
    const QUEUE: &'static str = "upkeep";
}

/// Looks for rules whose silence has run out.
#[derive(Debug, Serialize, Deserialize)]
pub struct NoteSpeakingRules {}

impl Job for NoteSpeakingRules {
    const NAME: &'static str = "note-speaking-rules";
    const QUEUE: &'static str = "upkeep";
    const WAITS_FOR_CLOCK: bool = true;
}

/// Registers what this file does as a job.
pub(super) fn register(jobs: &mut Jobs) {
    jobs.register::<TellOfRules, _, _>(tell);
    jobs.register::<NoteSpeakingRules, _, _>(|context, _| note(context));
    jobs.recurring("note-speaking-rules", Every::minutes(5), NoteSpeakingRules {});
}

/// Has running prescriptions looked at for what these rules find.
///
/// # Errors
/// When the store cannot be read.
pub(in crate::flows) fn tell_of_rules(tx: &mut WriteTx<'_>, rules: BTreeSet<String>) -> Result<()> {
    if rules.is_empty() { Ok(()) } else { jobs::enqueue(tx, &TellOfRules { rules, after: None }).map(drop) }
}

async fn note(context: Arc<Context>) -> Result<()> {
    let caller = Caller::system("note-speaking-rules");
    let ended = gate::read(&context, &caller, "safety.note_speaking", |tx| silence_ended(tx)).await?;
    if ended.rules.is_empty() {
        return Ok(());
    }
    gate::write(&context, &caller, "safety.note_speaking", |tx| {
        let ended = silence_ended(tx)?;
        NOTED.put(tx, &SPEAKING, &ended.until_minute)?;
        tx.trail().change = Some(serde_json::json!({ "rules": ended.rules }));
        tell_of_rules(tx, ended.rules)
    })
    .await
}

async fn tell(context: Arc<Context>, job: TellOfRules) -> Result<()> {
    const ACTION: &str = "safety.tell_of_rules";
    let caller = Caller::system("tell-of-rules");
    read_rules(&context).await?;
    let signing = Signing::of(&context);
    let keys = gate::read(&context, &caller, ACTION, |tx| keys_after(tx, job.after, AT_ONCE)).await?;
    // Of the last patient there may be more: they are looked at as a whole next time.
    let patients: BTreeSet<UserId> = keys.iter().map(|(patient, _)| *patient).collect();
    for patient in patients {
        let told = tell_for(&context, &caller, ACTION, (&signing, patient, &job.rules)).await;
        match told {
            // What is lost of one patient keeps nobody else from being told.
            Err(error) if error.kind() == Kind::Damaged => {
                tracing::error!(%error, "a patient's prescriptions cannot be read: nobody was told of rules that speak again");
            }
            told => told?,
        }
    }
    let Some(last) = keys.last().filter(|_| keys.len() == AT_ONCE).copied() else { return Ok(()) };
    let next = TellOfRules { after: Some(last), ..job };
    gate::write(&context, &caller, ACTION, move |tx| {
        tx.trail().found_done();
        jobs::enqueue(tx, &next).map(drop)
    })
    .await
}

/// Tells of one patient's prescriptions. Most have nothing to be told of, and are only read.
async fn tell_for(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    (signing, patient, rules): (&Signing, UserId, &BTreeSet<String>),
) -> Result<()> {
    let by = caller.clone();
    let is_found = gate::read(context, caller, action, |tx| {
        let access = access::check(tx, &by, patient, Scope::Prescriptions, Mode::Read)?;
        Ok(!signing.arisen_by_rules(tx, &access, rules)?.is_empty())
    })
    .await?;
    if !is_found {
        return Ok(());
    }
    let (by, signing, rules) = (caller.clone(), signing.clone(), rules.clone());
    gate::write(context, caller, action, move |tx| {
        let access = access::check(tx, &by, patient, Scope::Prescriptions, Mode::Write)?;
        tx.trail().patient = Some(patient.into());
        signing.tell_of_rules(tx, &access, &rules)
    })
    .await
}
