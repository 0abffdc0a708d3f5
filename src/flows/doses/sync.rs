//! Actions that were recorded without a connection and are sent later, in one transaction.
//!
//! Each is judged alone and by its own time: one that cannot be read or applied is a conflict with its reason and keeps
//! no other back. A replay is known by the client's id of the action and changes nothing. Of several intakes of one
//! dose the earliest wins; an intake wins over a skip.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::as_it_stood::{Meant, meant, used_at};
use super::desk::{Desk, Hand, Opened};
use super::follows::told;
use super::missed::tell_taken_after_all;
use super::recording::judge;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::Access;
use crate::domain::doses::model::{Dose, DoseParts, DoseStatus, Outcome, SkipReason, Source};
use crate::domain::doses::rules::{self, Early, OwnTime};
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::domain::prescriptions::draft::Remark;
use crate::domain::users::model::User;
use crate::domain::users::tables::{self as users, BY_PATIENT_NUMBER};
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Kind, Result};
use crate::platform::i18n::{self, Language};
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
    /// When, by the device's clock.
    pub at: Timestamp,
    /// Why it was left out; OTHER when the client does not say.
    pub reason: Option<SkipReason>,
}

/// An action as it came in.
#[derive(Debug, Clone)]
pub enum Sent {
    /// One that could be read.
    Action(Action),
    /// One that could not.
    Unreadable {
        /// The client's id for it, as far as it could be read.
        client_id: String,
        /// Which dose, as far as it could be read.
        dose_id: String,
        /// What is wrong with it.
        error: Error,
    },
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
    /// When it took place by the device's clock, when that clock was wrong.
    pub device_time: Option<Timestamp>,
    /// By how many seconds the device's clock was behind ours, negative when it was ahead.
    pub clock_shift_seconds: Option<i64>,
    /// What whoever recorded it should hear of the doses that follow, after all actions of the call; mostly nothing.
    #[serde(default)]
    pub notices: Vec<Remark>,
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
    /// The field of the action that is wrong, if it is one.
    pub field: Option<String>,
    /// The reason in the caller's language.
    pub message: String,
    /// The action's place in the call, from 0.
    pub place: usize,
    /// Whether the same action may be applied when it is sent again later.
    pub may_send_again: bool,
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

/// Applies actions recorded without a connection, all in one transaction. `sent_at` is what the device's clock showed
/// when it sent them.
///
/// # Errors
/// More than 100 actions. What is wrong with a single action is a conflict in the answer.
pub async fn sync(
    context: &Context,
    caller: &Caller,
    sent_at: Option<Timestamp>,
    actions: Vec<Sent>,
) -> Result<Synced> {
    caller.active()?;
    if actions.len() > ACTIONS_MAX {
        let fault = FieldError::new("actions", "too_many_items").with("max", ACTIONS_MAX);
        return Err(Error::invalid_fields(vec![fault]));
    }
    let desk = Desk::of(context, caller);
    gate::write(context, caller, "dose.sync", move |tx| {
        let (patients, after_all) = (BTreeMap::new(), BTreeMap::new());
        let mut shift = Shift { desk: &desk, sent_at, patients, after_all, recorded: Vec::new() };
        let mut synced = Synced::default();
        for (place, action) in actions.iter().enumerate() {
            shift.settle(tx, place, action, &mut synced)?;
        }
        shift.tell(tx)?;
        tx.trail().change = Some(serde_json::json!({
            "applied": synced.applied,
            "unchanged": synced.unchanged.len(),
            "conflicts": synced.conflicts,
        }));
        shift.follow_up(tx)?;
        for (settled, opened) in synced.applied.iter_mut().zip(&shift.recorded) {
            settled.notices = told(tx, opened.record(), desk.zone)?;
        }
        Ok(synced)
    })
    .await
}

/// The dose's day is lost with a damaged page.
const DOSE_LOST: &str = "dose_lost";

fn check(action: &Action) -> Result<()> {
    if (1..=CLIENT_ID_LENGTH_MAX).contains(&action.client_id.len()) {
        return Ok(());
    }
    let fault = FieldError::new("clientId", "client_id_length").with("max", CLIENT_ID_LENGTH_MAX);
    Err(Error::invalid_fields(vec![fault]))
}

/// What a client reads of an action that could not be applied.
fn conflict(language: Language, place: usize, (client_id, dose_id): (&str, &str), error: &Error) -> Conflict {
    let fault = error.fields().first();
    let (reason, arguments) =
        fault.map_or_else(|| (error.code(), error.args()), |fault| (fault.code, fault.args.as_slice()));
    Conflict {
        client_id: client_id.to_owned(),
        dose_id: dose_id.to_owned(),
        reason: reason.to_owned(),
        // A dose's rules speak of `takenAt`; in an action that is `at`.
        field: fault.map(|fault| if fault.field == "takenAt" { "at" } else { &fault.field }.to_owned()),
        message: i18n::text(language, reason, arguments),
        place,
        // Only the device's clock was ahead: its time comes. A backup may bring a lost day back.
        may_send_again: matches!(reason, "taken_at_in_future" | DOSE_LOST),
    }
}

/// The actions of one call on their way through one transaction.
struct Shift<'a> {
    desk: &'a Desk,
    /// What the device's clock showed when it sent them.
    sent_at: Option<Timestamp>,
    /// The patients of the call by their number, or the code with which the caller was refused: the access check
    /// is asked once for each.
    patients: BTreeMap<u32, Result<(Access, User), &'static str>>,
    /// Doses that had counted as missed and were taken after all.
    after_all: BTreeMap<u32, Vec<Dose>>,
    /// The doses of the actions that changed a record, in their order.
    recorded: Vec<Opened>,
}

impl Shift<'_> {
    fn settle(&mut self, tx: &mut WriteTx<'_>, place: usize, sent: &Sent, synced: &mut Synced) -> Result<()> {
        let (named, outcome) = match sent {
            Sent::Action(action) => {
                ((action.client_id.as_str(), action.dose_id.as_str()), self.apply(tx, action))
            }
            Sent::Unreadable { client_id, dose_id, error } => {
                ((client_id.as_str(), dose_id.as_str()), Err(error.clone()))
            }
        };
        match outcome {
            Ok((settled, true)) => synced.applied.push(settled),
            Ok((settled, false)) => synced.unchanged.push(settled),
            // Faults of ours must not look like a conflict that the client drops its action for.
            Err(error) if error.kind().is_of_server() => {
                return Err(error);
            }
            Err(error) => {
                synced.conflicts.push(conflict(self.desk.caller.language, place, named, &error));
            }
        }
        Ok(())
    }

    /// Where the dose stands after the action, and whether the action changed it.
    fn apply(&mut self, tx: &mut WriteTx<'_>, action: &Action) -> Result<(Settled, bool)> {
        check(action)?;
        let (id, parts) = DoseParts::parse(&action.dose_id)?;
        let (access, patient) = self.enter(tx, parts.patient)?;
        let found = match doses::require(tx, &access, id, self.desk.zone) {
            // A lost day keeps none of the other actions from being recorded.
            Err(error) if error.kind() == Kind::Damaged => return Err(Error::conflict(DOSE_LOST)),
            found => found?,
        };
        let mut opened = Opened { access, patient, found, has_moved: false };
        let known = |dose: &Dose| {
            let is_known = |outcome: &&Outcome| outcome.client_id.as_deref() == Some(&action.client_id);
            dose.outcomes.iter().find(is_known).map(|known| settled(action, dose, Some(known)))
        };
        if let Some(known) = known(&opened.found.dose) {
            return Ok((known, false));
        }
        let OwnTime { at, .. } = OwnTime::of(Some(action.at), self.sent_at, tx.now());
        let meant = meant(tx, &opened, at)?;
        let is_left_out = action.kind == ActionKind::Taken && matches!(meant, Meant::LeftOut);
        if let Meant::Moved(moved) = meant {
            opened.found.dose = *moved;
        }
        let old = opened.found.dose.clone();
        if let Some(known) = known(&old) {
            return Ok((known, false));
        }
        let Some(changed) = self.judge(tx, action, &opened, is_left_out)? else {
            return Ok((settled(action, &old, None), false));
        };
        Desk::replace(tx, &mut opened, changed.clone())?;
        self.desk.praise(tx, &opened)?;
        let answer = settled(action, &changed, changed.outcome());
        if old.status == DoseStatus::Missed && changed.status.is_taken() {
            self.after_all.entry(parts.patient).or_default().push(changed);
        }
        self.recorded.push(opened);
        Ok((answer, true))
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
    fn judge(
        &self,
        tx: &WriteTx<'_>,
        action: &Action,
        opened: &Opened,
        is_left_out: bool,
    ) -> Result<Option<Dose>> {
        let old = &opened.found.dose;
        let now = tx.now();
        let OwnTime { at, device_at } = OwnTime::of(Some(action.at), self.sent_at, now);
        let status = match action.kind {
            ActionKind::Taken => judge(opened, at, now, Early::Unconfirmed)?,
            ActionKind::Skipped => {
                rules::judge_skip(old.scheduled(), at, now)?;
                DoseStatus::Skipped
            }
        };
        let skip_reason =
            (status == DoseStatus::Skipped).then_some(action.reason.unwrap_or(SkipReason::Other));
        // Of a dose that was left out, the amount that it had is what their device showed.
        let amount = if is_left_out { None } else { used_at(tx, opened, self.desk.zone, at)? };
        let outcome = Outcome {
            by: self.desk.actor(),
            skip_reason,
            client_id: Some(action.client_id.clone()),
            device_at,
            amount,
            ..Outcome::new(status, at, now, Source::Sync)
        };
        match (old.taken_at(), action.kind) {
            (Some(_), ActionKind::Skipped) => Err(Error::conflict("dose_already_taken")),
            (Some(taken_at), ActionKind::Taken) if taken_at <= at => Ok(None),
            (Some(_), ActionKind::Taken) => rules::append(old, outcome).map(Some),
            (None, ActionKind::Skipped) if old.status == DoseStatus::Skipped => Ok(None),
            (None, _) if is_left_out => rules::append_left_out(old, outcome).map(Some),
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

fn settled(action: &Action, dose: &Dose, outcome: Option<&Outcome>) -> Settled {
    Settled {
        client_id: action.client_id.clone(),
        dose_id: action.dose_id.clone(),
        status: dose.status,
        device_time: outcome.and_then(|outcome| outcome.device_at),
        clock_shift_seconds: outcome.and_then(Outcome::clock_shift_seconds),
        notices: Vec::new(),
    }
}
