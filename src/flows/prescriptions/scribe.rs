//! The steps that writing, changing and deciding have in common. They run inside a flow's transaction.

use chrono_tz::Tz;

use super::ground::Ground;
use super::lines::{Earlier, removed_lines, take_effect, write_lines};
use super::signing::{NONE, Signed, Signing};
use super::telling::{tell_of_change, tell_of_schedule, tell_patient};
use super::watch::tell_of_own;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::connections::tables as connections;
use crate::domain::doses;
use crate::domain::notifications::model::NotificationType;
use crate::domain::pill_grouping;
use crate::domain::prescriptions::draft::ContentDraft;
use crate::domain::prescriptions::finding::{SafetyReport, Terms};
use crate::domain::prescriptions::model::Pause;
use crate::domain::prescriptions::record::{Author, Content, Prescription, Version, VersionState};
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables;
use crate::domain::safety_lines::NewLine;
use crate::domain::subscriptions::tables::plan_of;
use crate::domain::users;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::{BatchId, PrescriptionId, UserId};
use crate::platform::secret::Phi;
use crate::platform::settings::Plans;
use crate::platform::store::{Reader, WriteTx};

/// How a prescription begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It takes effect at once.
    AtOnce,
    /// The patient confirms it first.
    AskPatient,
    /// The author goes on writing.
    AsDraft,
}

/// A checked prescription to be written.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) patient: UserId,
    pub(super) content: ContentDraft,
    pub(super) start: Start,
    pub(super) urgent_reason: Option<Phi<String>>,
    pub(super) batch: Option<BatchId>,
    /// What the names of its fields begin with in errors.
    pub(super) prefix: String,
}

impl Order {
    /// What is signed on these terms, unless it is a draft.
    pub(super) fn signed<'a>(
        &'a self,
        (access, all): (&'a Access, &'a [Prescription]),
        new: &'a [NewLine<'a>],
        terms: Terms,
    ) -> Signed<'a> {
        Signed {
            access,
            all,
            plan: None,
            beside: &[],
            new,
            overrides: (&[], &self.content.head.overrides),
            terms: if self.start == Start::AsDraft { Terms::Draft } else { terms },
            prefix: &self.prefix,
            standing: &NONE,
        }
    }
}

/// Writes a prescription with its first version, its doses and its notification. `all` are the patient's prescriptions
/// before it.
pub(super) fn create(
    tx: &mut WriteTx<'_>,
    by: &Caller,
    (access, all): (&Access, &[Prescription]),
    order: &Order,
    signing: &Signing,
) -> Result<(Prescription, SafetyReport)> {
    let (now, zone) = (tx.now(), signing.zone());
    let author = author(tx, by)?;
    let id: PrescriptionId = tx.new_id()?;
    let ground = Ground::of(tx, access, zone, None)?;
    let drafts = order.content.lines.as_deref().unwrap_or_default();
    let mut lines = write_lines(tx, access, Earlier::default(), drafts, &ground)?;
    if order.start == Start::AtOnce {
        lines = take_effect(tx, access, Earlier::default(), lines, &ground)?;
    }
    let terms = if order.batch.is_some() { Terms::SignedForSeveral } else { Terms::Signed };
    let new = NewLine::of_drafts(&lines, drafts);
    let (overrides, safety) = signing.sign(tx, order.signed((access, all), &new, terms))?;
    if order.start != Start::AsDraft {
        signing.count(tx, &author, (&overrides, &safety))?;
    }
    let content = Content { lines, overrides, ..order.content.head.clone() };
    let status = match order.start {
        Start::AtOnce => Status::Active,
        Start::AskPatient => Status::PendingConfirmation,
        Start::AsDraft => Status::Draft,
    };
    let version = Version {
        number: 1,
        author: author.clone(),
        at: now,
        confirmed_at: None,
        paused_at: None,
        reason: None,
        urgent: order.urgent_reason.is_some(),
        state: VersionState::Applied,
        content: content.clone(),
        changes: Vec::new(),
    };
    let mut row = Prescription {
        id,
        patient: access.patient(),
        author,
        status: Status::Draft,
        version: 1,
        content,
        pending_version: None,
        urgent: order.urgent_reason.is_some(),
        urgent_reason: order.urgent_reason.clone(),
        reason: None,
        confirmed_at: None,
        activated_at: None,
        paused_at: None,
        pauses: Vec::new(),
        ended_at: None,
        batch: order.batch,
        created_at: now,
        updated_at: now,
        revision: 0,
        told_of: std::collections::BTreeSet::new(),
    };
    tables::add_version(tx, access, id, &version)?;
    if status == Status::Active {
        activate(tx, access, &mut row, &ground)?;
    } else {
        lead_to(tx, access, &mut row, status, zone)?;
    }
    if !access.covers(id) {
        // A doctor to whom only chosen prescriptions are open sees what they have just written.
        connections::share_prescription(tx, access.patient(), row.author.id, id)?;
    }
    match status {
        Status::Active => tell_patient(tx, by, &row, NotificationType::PrescriptionShared, "default", None)?,
        Status::PendingConfirmation => {
            tell_patient(tx, by, &row, NotificationType::PrescriptionShared, "confirm", None)?;
        }
        _ => {}
    }
    tell_of_own(tx, access, (&row, &safety))?;
    note(tx, &row, None);
    Ok((row, safety))
}

/// The signed-in person as an author.
pub(super) fn author(tx: &dyn Reader, by: &Caller) -> Result<Author> {
    let user = users::tables::require(tx, by.user_id()?)?;
    Ok(Author { id: user.id, role: user.role, name: user.full_name })
}

/// Access to whoever's prescription it is. That there is one stays private.
pub(super) fn reach(
    tx: &dyn Reader,
    by: &Caller,
    id: PrescriptionId,
    mode: Mode,
) -> Result<(Access, Prescription)> {
    let patient = tables::patient_of(tx, id)?;
    let access = access::check(tx, by, patient, Scope::Prescriptions, mode).map_err(hidden)?;
    let row = tables::get(tx, &access, id)?;
    if !row.is_visible_to(by.user_id().ok()) {
        return Err(Error::not_found("prescription_not_found"));
    }
    Ok((access, row))
}

/// No such patient means no such prescription.
pub(super) fn hidden(error: Error) -> Error {
    if error.kind() == Kind::NotFound { Error::not_found("prescription_not_found") } else { error }
}

/// Only the author goes on.
pub(super) fn only_author(by: &Caller, row: &Prescription) -> Result<()> {
    if by.user_id()? == row.author.id { Ok(()) } else { Err(Error::forbidden("not_author")) }
}

/// The error for an event that may not happen in this state.
pub(super) fn wrong_state(status: Status) -> Error {
    Error::conflict("prescription_state_conflict").with("status", status.name())
}

/// Brings a prescription into a state with everything that belongs to it, and writes it: doses planned or
/// cancelled, times noted, a version that still waits withdrawn when there is nothing left to decide.
pub(super) fn lead_to(
    tx: &mut WriteTx<'_>,
    access: &Access,
    row: &mut Prescription,
    status: Status,
    zone: Tz,
) -> Result<()> {
    if status == Status::Active && row.status != Status::Active {
        let pause = row.paused_at.take().map(|from| Pause { from, to: tx.now() });
        row.pauses.extend(pause);
        let ground = Ground::of(tx, access, zone, Some(row))?;
        return activate(tx, access, row, &ground);
    }
    let now = tx.now();
    let before = std::mem::replace(&mut row.status, status);
    row.paused_at = (status == Status::Paused).then(|| row.paused_at.unwrap_or(now));
    // What is paused has nothing due, but may have messages that ask about what was missed before.
    let ends = before == Status::Paused && status.is_final();
    if ends || (before == Status::Active && status != Status::Active) {
        let count = match status {
            // Nothing lies ahead, and the last dose may still be reminded of.
            Status::Completed => doses::plans::cancel_future(tx, access, row.id, None)?,
            Status::Paused => crate::flows::doses::cancel_for_pause(tx, access, row.id)?,
            _ => crate::flows::doses::cancel_future(tx, access, row.id, None)?,
        };
        tell_of_schedule(tx, row, count)?;
    }
    if status.is_final() {
        row.ended_at = Some(now);
        pill_grouping::leave(tx, access, row.id, None)?;
        withdraw_pending(tx, access, row)?;
    }
    store(tx, access, row)
}

/// Lets a prescription take effect, for the first time or again: what has not begun yet begins now, and doses are
/// planned.
///
/// What has begun keeps its course, so that the days of a pause are not made up and its last day stays, whether its length
/// was said in days, by a last day, as a quantity or in steps. How many doses fell into the pause, who resumes is told.
fn activate(tx: &mut WriteTx<'_>, access: &Access, row: &mut Prescription, ground: &Ground) -> Result<()> {
    row.status = Status::Active;
    row.activated_at.get_or_insert(tx.now());
    if row.content.lines.iter().any(|line| line.course.is_none()) {
        let before = row.content.lines.clone();
        let removed = removed_lines(tx, access, row.id, &before)?;
        let earlier = Earlier { old: &before, removed: &removed };
        row.content.lines = take_effect(tx, access, earlier, before.clone(), ground)?;
        tables::settle_content(tx, access, row.id, row.version, &row.content)?;
    }
    let lines = &row.content.lines;
    let planned = doses::plans::Planned { prescription: row.id, version: row.version, lines };
    let now = tx.now();
    // First, for what stands of a day decides what it still holds.
    let back = crate::flows::doses::bring_back_paused(tx, access, &ground.patient, planned, ground.zone)?;
    let count = doses::plans::plan_from(tx, access, &ground.patient, planned, ground.zone, now)?;
    let today = now.day_in(ground.zone);
    crate::flows::doses::count_missed_once(tx, access, &ground.patient, planned, ground.zone, today)?;
    tell_of_schedule(tx, row, back.saturating_add(count))?;
    store(tx, access, row)
}

/// Writes a changed prescription.
pub(super) fn store(tx: &mut WriteTx<'_>, access: &Access, row: &mut Prescription) -> Result<()> {
    row.updated_at = tx.now();
    row.revision = row.revision.saturating_add(1);
    tables::save(tx, access, row)?;
    // What is not issued is its author's alone.
    if row.is_visible_to(Some(row.patient)) { tell_of_change(tx, row) } else { Ok(()) }
}

/// Notes that a waiting version is not decided any more.
pub(super) fn withdraw_pending(tx: &mut WriteTx<'_>, access: &Access, row: &mut Prescription) -> Result<()> {
    if let Some(number) = row.pending_version.take() {
        tables::settle_version(tx, access, row.id, number, VersionState::Withdrawn)?;
    }
    Ok(())
}

/// What the audit shall know.
pub(super) fn note(tx: &WriteTx<'_>, row: &Prescription, reason: Option<&Phi<String>>) {
    let medicines: Vec<String> = row
        .content
        .lines
        .iter()
        .map(|line| line.medicine_id.map_or_else(|| "by name".to_owned(), |id| id.to_string()))
        .collect();
    let mut trail = tx.trail();
    trail.patient = Some(row.patient.into());
    trail.resource = Some(("prescription", row.id.to_string()));
    trail.reason = reason.map(|reason| reason.reveal().clone());
    trail.change = Some(serde_json::json!({
        "status": row.status,
        "version": row.version,
        "pendingVersion": row.pending_version,
        "medicines": medicines,
    }));
}

/// Refuses more of a patient's own than their plan includes.
pub(super) fn check_limits(tx: &dyn Reader, access: &Access, plans: &Plans, zone: Tz) -> Result<()> {
    let includes = plans.get(plan_of(tx, access.patient(), plans)?).includes;
    let own = tables::own_open(tx, access, tx.now().day_in(zone))?;
    let medicines: usize = own.iter().map(|row| row.content.lines.len()).sum();
    let is_over = |count: usize, max: Option<u32>| {
        max.is_some_and(|max| u32::try_from(count).map_or(true, |count| count > max))
    };
    if is_over(own.len(), includes.own_prescriptions) || is_over(medicines, includes.own_medicines) {
        let shown = |max: Option<u32>| max.map_or_else(|| "\u{221e}".to_owned(), |max| max.to_string());
        return Err(Error::payment_required("plan_limit_reached")
            .with("prescriptions", shown(includes.own_prescriptions))
            .with("medicines", shown(includes.own_medicines)));
    }
    Ok(())
}
