//! Confirming what a patient stated, and withdrawing what does not hold.

use super::{Desk, same_revision};
use crate::domain::auth::model::Caller;
use crate::domain::clinical_record::model::{Action, Entry, Part, Statement, WithdrawalReason};
use crate::domain::gate;
use crate::domain::users::model::Role;
use crate::flows::prescriptions::Signing;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{RecordEntryId, UserId};
use crate::platform::store::WriteTx;

/// A doctor confirms an allergy or a condition that the patient stated. Only the mark changes.
///
/// # Errors
/// `allergy_not_found` or `condition_not_found` for whoever may not know of it; the refusals of the access check;
/// `role_not_allowed` for the patient; `clinical_entry_withdrawn`, `revision_changed`.
pub async fn confirm_entry(
    context: &Context,
    caller: &Caller,
    (part, id): (Part, RecordEntryId),
    if_match: Option<u64>,
) -> Result<Entry> {
    let (by, signing) = (caller.clone(), Signing::of(context));
    gate::write(context, caller, "clinical_record.confirm", move |tx| {
        let (desk, entry) = Desk::enter_for(tx, &signing, &by, (part, id))?;
        by.with_role(Role::Doctor)?;
        confirm(tx, &desk, entry, if_match)
    })
    .await
}

/// A doctor confirms what the patient stated of a part of which there is one.
///
/// # Errors
/// The refusals of the access check; `role_not_allowed` for the patient; `clinical_nothing_stated`, `revision_changed`.
pub async fn confirm_part(
    context: &Context,
    caller: &Caller,
    (patient, part): (UserId, Part),
    if_match: Option<u64>,
) -> Result<Entry> {
    let (by, signing) = (caller.clone(), Signing::of(context));
    gate::write(context, caller, "clinical_record.confirm", move |tx| {
        let desk = Desk::enter(tx, &signing, &by, patient)?;
        by.with_role(Role::Doctor)?;
        confirm(tx, &desk, single(tx, &desk, part)?, if_match)
    })
    .await
}

fn single(tx: &WriteTx<'_>, desk: &Desk, part: Part) -> Result<Entry> {
    if !part.is_single() {
        return Err(Error::invalid("part", "clinical_part_of_many"));
    }
    desk.single(tx, part)?.ok_or_else(|| Error::conflict("clinical_nothing_stated"))
}

fn confirm(tx: &mut WriteTx<'_>, desk: &Desk, mut entry: Entry, if_match: Option<u64>) -> Result<Entry> {
    if entry.ended.is_some() {
        return Err(Error::conflict("clinical_entry_withdrawn"));
    }
    let Some(stated) = entry.stated.take() else { return desk.found_done(tx, entry) };
    same_revision(if_match, entry.revision)?;
    let content = stated.content.clone();
    entry.confirmed = Some(Statement { confirmed: Some(desk.signature), ..stated });
    desk.keep(tx, entry, Action::Confirmed, content, None)
}

/// Withdraws an allergy or a condition: it counts no more and stays in the history. A patient takes back what they stated
/// themselves; what a doctor confirmed only a doctor withdraws, and says why.
///
/// # Errors
/// `allergy_not_found` or `condition_not_found` for whoever may not know of it; the refusals of the access check;
/// `revision_changed`, `clinical_confirmed_needs_doctor`; a missing `reason`.
pub async fn withdraw_entry(
    context: &Context,
    caller: &Caller,
    (part, id): (Part, RecordEntryId),
    why: Option<WithdrawalReason>,
    if_match: Option<u64>,
) -> Result<()> {
    let (by, signing) = (caller.clone(), Signing::of(context));
    gate::write(context, caller, "clinical_record.withdraw", move |tx| {
        let (desk, entry) = Desk::enter_for(tx, &signing, &by, (part, id))?;
        if entry.ended.is_some() {
            return desk.found_done(tx, entry).map(drop);
        }
        withdraw(tx, &desk, entry, why, if_match)
    })
    .await
}

/// Withdraws what is known of a part of which there is one: a patient what they stated, a doctor everything, so that it is
/// unknown again.
///
/// # Errors
/// The refusals of the access check; `clinical_nothing_stated`, `revision_changed`, `clinical_confirmed_needs_doctor`; a
/// missing `reason`.
pub async fn withdraw_part(
    context: &Context,
    caller: &Caller,
    (patient, part): (UserId, Part),
    why: Option<WithdrawalReason>,
    if_match: Option<u64>,
) -> Result<()> {
    let (by, signing) = (caller.clone(), Signing::of(context));
    gate::write(context, caller, "clinical_record.withdraw", move |tx| {
        let desk = Desk::enter(tx, &signing, &by, patient)?;
        let entry = single(tx, &desk, part)?;
        withdraw(tx, &desk, entry, why, if_match)
    })
    .await
}

fn withdraw(
    tx: &mut WriteTx<'_>,
    desk: &Desk,
    mut entry: Entry,
    why: Option<WithdrawalReason>,
    if_match: Option<u64>,
) -> Result<()> {
    same_revision(if_match, entry.revision)?;
    if !desk.is_patient && why.is_none() {
        return Err(Error::invalid("reason", "clinical_reason_required"));
    }
    let Some(current) = entry.current() else {
        return Err(Error::internal("an entry in force that says nothing"));
    };
    let content = current.content.clone();
    if desk.is_patient && entry.confirmed.is_some() {
        if entry.stated.take().is_none() {
            return Err(Error::forbidden("clinical_confirmed_needs_doctor"));
        }
        return desk.keep(tx, entry, Action::StatementWithdrawn, content, why).map(drop);
    }
    desk.end(tx, entry, content, why).map(drop)
}
