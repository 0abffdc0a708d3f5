//! Actions that were recorded without a connection and are sent later, in one transaction.
//!
//! Each is judged by its own time. A replay is known by the client's id of the action and changes nothing. Of
//! several intakes of one dose the earliest wins; an intake wins over a skip.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::desk::{Desk, Hand, Opened};
use super::missed::tell_taken_after_all;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::Access;
use crate::domain::doses::model::{Dose, DoseParts, DoseStatus, Outcome, SkipReason, Source};
use crate::domain::doses::rules::{self, Early};
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::domain::users::model::User;
use crate::domain::users::tables::{self as users, BY_PATIENT_NUMBER};
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, FieldErrors, Kind, Result};
use crate::platform::store::{Reader, WriteTx};

/// Most actions in one call.
pub const ACTIONS_MAX: usize = 100;
/// Longest client id, in bytes.
pub const CLIENT_ID_LENGTH_MAX: usize = 64;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActionKind {
    /// The dose was taken.
    Taken,
    /// The dose was left out.
    Skipped,
}

/// One action recorded without a connection.
#[derive(Debug, Clone)]
pub struct Action {
    /// The client's id for it, by which a replay is known.
    pub client_id: String,
    /// Which dose.
    pub dose_id: String,
    /// What was done.
    pub kind: ActionKind,
    /// When.
    pub at: Timestamp,
    /// Why it was left out; OTHER when the client does not say.
    pub reason: Option<SkipReason>,
}

/// An action that was applied, or that changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The client's id of the action.
    pub client_id: String,
    /// Which dose.
    pub dose_id: String,
    /// Where the dose stands now.
    pub status: DoseStatus,
}

/// An action that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The client's id of the action.
    pub client_id: String,
    /// Which dose.
    pub dose_id: String,
    /// The code of the reason, as in errors.
    pub reason: String,
}

/// What became of the actions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Synced {
    /// Those that changed a record.
    pub applied: Vec<Settled>,
    /// Those that were known already, or that an earlier intake outweighs.
    pub unchanged: Vec<Settled>,
    /// Those that could not be applied, with the reason.
    pub conflicts: Vec<Conflict>,
}

/// Applies actions recorded without a connection, all in one transaction.
///
/// # Errors
/// Each bad field of the request, more than 100 actions among them. What is wrong with a single action is a
/// conflict in the answer.
pub async fn sync(context: &Context, caller: &Caller, actions: Vec<Action>) -> Result<Synced> {
    caller.active()?;
    check(&actions)?;
    let desk = Desk::of(context, caller);
    gate::write(context, caller, "dose.sync", move |tx| {
        let mut shift = Shift { desk: &desk, patients: BTreeMap::new(), after_all: BTreeMap::new() };
        let mut synced = Synced::default();
        for action in &actions {
            shift.settle(tx, action, &mut synced)?;
        }
        shift.tell(tx)?;
        tx.trail().change = Some(serde_json::json!({
            "applied": synced.applied,
            "unchanged": synced.unchanged.len(),
            "conflicts": synced.conflicts,
        }));
        shift.follow_up(tx)?;
        Ok(synced)
    })
    .await
}

fn check(actions: &[Action]) -> Result<()> {
    let mut errors = FieldErrors::new();
    if actions.len() > ACTIONS_MAX {
        errors.push(FieldError::new("actions", "too_many_items").with("max", ACTIONS_MAX));
    }
    for (place, action) in actions.iter().enumerate().take(ACTIONS_MAX) {
        if action.client_id.is_empty() || action.client_id.len() > CLIENT_ID_LENGTH_MAX {
            let field = format!("actions[{place}].clientId");
            errors.push(FieldError::new(field, "client_id_length").with("max", CLIENT_ID_LENGTH_MAX));
        }
    }
    errors.finish()
}

/// The actions of one call on their way through one transaction.
struct Shift<'a> {
    desk: &'a Desk,
    /// The patients of the call by their number, or the code with which the caller was refused: the access check
    /// is asked once for each.
    patients: BTreeMap<u32, Result<(Access, User), &'static str>>,
    /// Doses that had counted as missed and were taken after all.
    after_all: BTreeMap<u32, Vec<Dose>>,
}

impl Shift<'_> {
    fn settle(&mut self, tx: &mut WriteTx<'_>, action: &Action, synced: &mut Synced) -> Result<()> {
        match self.apply(tx, action) {
            Ok((status, true)) => synced.applied.push(settled(action, status)),
            Ok((status, false)) => synced.unchanged.push(settled(action, status)),
            Err(error) => {
                // Faults of ours must not look like a conflict that the client drops its action for.
                if matches!(error.kind(), Kind::Internal | Kind::Unavailable) {
                    return Err(error);
                }
                let reason = error.fields().first().map_or(error.code(), |field| field.code);
                synced.conflicts.push(Conflict {
                    client_id: action.client_id.clone(),
                    dose_id: action.dose_id.clone(),
                    reason: reason.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Where the dose stands after the action, and whether the action changed it.
    fn apply(&mut self, tx: &mut WriteTx<'_>, action: &Action) -> Result<(DoseStatus, bool)> {
        let (id, parts) = DoseParts::parse(&action.dose_id)?;
        let (access, patient) = self.enter(tx, parts.patient)?;
        let found = doses::require(tx, &access, id, self.desk.zone)?;
        let mut opened = Opened { access, patient, found };
        let old = opened.found.dose.clone();
        let known = |outcome: &Outcome| outcome.client_id.as_deref() == Some(action.client_id.as_str());
        if old.outcomes.iter().any(known) {
            return Ok((old.status, false));
        }
        let Some(changed) = self.judge(tx, action, &opened)? else { return Ok((old.status, false)) };
        let status = changed.status;
        Desk::replace(tx, &opened.access, &mut opened.found, changed.clone())?;
        let change = self.desk.before_and_after(tx, &opened.access, &opened.found)?;
        self.desk.praise(tx, &opened, change)?;
        if old.status == DoseStatus::Missed && status.is_taken() {
            self.after_all.entry(parts.patient).or_default().push(changed);
        }
        Ok((status, true))
    }

    fn enter(&mut self, tx: &dyn Reader, number: u32) -> Result<(Access, User)> {
        if let Some(known) = self.patients.get(&number) {
            return known.clone().map_err(refusal);
        }
        let entered = self.enter_first(tx, number);
        let kept = match &entered {
            Ok(entered) => Ok(entered.clone()),
            Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Forbidden) => Err(error.code()),
            Err(error) => return Err(error.clone()),
        };
        self.patients.insert(number, kept);
        entered
    }

    fn enter_first(&self, tx: &dyn Reader, number: u32) -> Result<(Access, User)> {
        let patient =
            BY_PATIENT_NUMBER.find(tx, &number)?.ok_or_else(|| Error::not_found("dose_not_found"))?;
        let access = self.desk.enter(tx, patient, Hand::PatientOrFamily)?;
        Ok((access, users::require(tx, patient)?))
    }

    /// The dose after the action, or nothing when what is recorded outweighs it.
    fn judge(&self, tx: &WriteTx<'_>, action: &Action, opened: &Opened) -> Result<Option<Dose>> {
        let old = &opened.found.dose;
        let now = tx.now();
        let scheduled = old.scheduled();
        let status = match action.kind {
            ActionKind::Taken => {
                let grace_minutes = opened.patient.preferences.grace_minutes_at(scheduled);
                rules::judge_intake(scheduled, grace_minutes, action.at, now, Early::Unconfirmed)?
            }
            ActionKind::Skipped => {
                rules::judge_skip(scheduled, action.at, now)?;
                DoseStatus::Skipped
            }
        };
        let skip_reason =
            (status == DoseStatus::Skipped).then_some(action.reason.unwrap_or(SkipReason::Other));
        let outcome = Outcome {
            status,
            at: action.at,
            recorded_at: now,
            by: self.desk.actor(),
            source: Source::Sync,
            skip_reason,
            notes: None,
            client_id: Some(action.client_id.clone()),
        };
        match (old.taken_at(), action.kind) {
            (Some(_), ActionKind::Skipped) => Err(Error::conflict("dose_already_taken")),
            (Some(taken_at), ActionKind::Taken) if taken_at <= action.at => Ok(None),
            (Some(_), ActionKind::Taken) => rules::append(old, outcome).map(Some),
            (None, _) => rules::record(old, outcome),
        }
    }

    /// After all actions, for one of them may record what is overdue.
    fn follow_up(&self, tx: &mut WriteTx<'_>) -> Result<()> {
        for (access, patient) in self.patients.values().flatten() {
            self.desk.follow_up(tx, access, patient)?;
        }
        Ok(())
    }

    fn tell(&self, tx: &mut WriteTx<'_>) -> Result<()> {
        for (number, taken) in &self.after_all {
            if let Some(Ok((access, patient))) = self.patients.get(number) {
                tell_taken_after_all(tx, access, patient, taken, self.desk.zone)?;
            }
        }
        Ok(())
    }
}

fn refusal(code: &'static str) -> Error {
    if code == "dose_not_found" { Error::not_found(code) } else { Error::forbidden(code) }
}

fn settled(action: &Action, status: DoseStatus) -> Settled {
    Settled { client_id: action.client_id.clone(), dose_id: action.dose_id.clone(), status }
}
