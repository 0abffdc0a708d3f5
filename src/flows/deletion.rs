//! Deleting an account: asked for, thought over for thirty days, then the person's fields are erased.
//!
//! # What stays
//! Prescriptions, doses and the audit stay as medical record, without a name: the audit chain holds ids, never
//! names, and stays verifiable. E-mail and phone are free again. The clinical record (allergies, conditions, pregnancy,
//! kidneys and the rest) is erased with its history, and so are doctors' notes on the person, and photographs with their files.
//!
//! Passes the gate by: the purge, which concerns rows that are of no use to anybody.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::photos;
use super::sessions::{note_account, security_notice};
use super::tries::forget_all;
use crate::domain::auth::model::{Caller, EndReason};
use crate::domain::auth::tables::{CREDENTIALS, SECOND_FACTORS, end_sessions, purge};
use crate::domain::clinical_record::tables as clinical_record;
use crate::domain::gate;
use crate::domain::notes::tables as notes;
use crate::domain::notifications::model::Urgency;
use crate::domain::notifications::tables::{NOTIFICATIONS, UNREAD};
use crate::domain::notifications::{devices, health};
use crate::domain::pill_groups::tables as pill_groups;
use crate::domain::safety::unshared;
use crate::domain::users::model::{Status, User};
use crate::domain::users::tables as users;
use crate::domain::vitals::alert_tables;
use crate::platform::cache::Region;
use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::crypto::Keys;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::jobs::{self, Every, Job, Jobs};
use crate::platform::secret::Phi;
use crate::platform::store::{Reader, WriteTx};

/// Time to think it over.
pub const GRACE: Span = Span::days(30);
/// Rows of one table that one run of the purge removes in one transaction.
const PURGE_BATCH: usize = 500;

/// Erases a person's fields, if they still want it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ErasePerson {
    /// Who.
    pub user: UserId,
}

impl Job for ErasePerson {
    const NAME: &'static str = "erase-person";
    const QUEUE: &'static str = "upkeep";
    const WAITS_FOR_CLOCK: bool = true;
}

/// Forgets codes, ended sessions, old counts and what was tried against medicines that are not shared.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PurgeSignIns {}

impl Job for PurgeSignIns {
    const NAME: &'static str = "purge-sign-ins";
    const QUEUE: &'static str = "upkeep";
    const WAITS_FOR_CLOCK: bool = true;
}

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.register::<ErasePerson, _, _>(erase_job);
    jobs.register::<PurgeSignIns, _, _>(purge_job);
    jobs.recurring("purge-sign-ins", Every::hours(1), PurgeSignIns {});
}

/// Asks for the caller's account to be deleted in thirty days.
///
/// # Errors
/// `sign_in_required`.
pub async fn request(context: &Context, caller: &Caller) -> Result<User> {
    let id = caller.user_id()?;
    gate::write(context, caller, "user.request_deletion", move |tx| {
        let mut user = users::require(tx, id)?;
        note_account(tx, &user);
        if user.deletion_requested_at.is_some() {
            tx.trail().found_done();
            return Ok(user);
        }
        let now = tx.now();
        user.deletion_requested_at = Some(now);
        users::update(tx, &mut user)?;
        jobs::enqueue_once(tx, &ErasePerson { user: id }, format!("erase-person {id}"), now.plus(GRACE))?;
        security_notice(tx, id, "deletion_requested", Urgency::Warning)?;
        Ok(user)
    })
    .await
}

/// Takes the request back.
///
/// # Errors
/// `deletion_not_requested`.
pub async fn cancel(context: &Context, caller: &Caller) -> Result<User> {
    let id = caller.user_id()?;
    gate::write(context, caller, "user.cancel_deletion", move |tx| {
        let mut user = users::require(tx, id)?;
        note_account(tx, &user);
        if user.deletion_requested_at.take().is_none() {
            return Err(Error::conflict("deletion_not_requested"));
        }
        users::update(tx, &mut user)?;
        security_notice(tx, id, "deletion_cancelled", Urgency::Normal)?;
        Ok(user)
    })
    .await
}

async fn erase_job(context: Arc<Context>, job: ErasePerson) -> Result<()> {
    erase(&context, job).await
}

/// Erases a person whose thirty days are over. One who took their request back, or asked again later, stays.
///
/// # Errors
/// When the store fails.
pub async fn erase(context: &Context, job: ErasePerson) -> Result<()> {
    let keys = Arc::clone(&context.keys);
    gate::write(context, &Caller::system("erase-person"), "user.erase", move |tx| {
        let user = users::require(tx, job.user)?;
        note_account(tx, &user);
        match user.deletion_requested_at {
            Some(asked) if user.erased_at.is_none() && asked.plus(GRACE) <= tx.now() => {
                erase_rows(tx, &keys, user)
            }
            // They took it back and asked once more: the job comes again at the new time.
            Some(asked) if user.erased_at.is_none() => {
                tx.trail().found_done();
                jobs::enqueue_at(tx, &ErasePerson { user: job.user }, asked.plus(GRACE)).map(drop)
            }
            _ => {
                tx.trail().found_done();
                Ok(())
            }
        }
    })
    .await
}

fn erase_rows(tx: &mut WriteTx<'_>, keys: &Keys, user: User) -> Result<()> {
    let id = user.id;
    end_sessions(tx, id, None, EndReason::AccountChanged)?;
    devices::forget_all(tx, id)?;
    health::forget_person(tx, id)?;
    CREDENTIALS.delete(tx, &id)?;
    SECOND_FACTORS.delete(tx, &id)?;
    forget_all(tx, keys, &user)?;
    for (key, _) in NOTIFICATIONS.list_prefix(tx, &id)? {
        NOTIFICATIONS.delete(tx, &key)?;
    }
    UNREAD.delete(tx, &id)?;
    tx.touch(Region::Notifications, id);
    alert_tables::forget_calls(tx, id)?;
    clinical_record::forget_person(tx, id)?;
    pill_groups::forget_person(tx, id)?;
    notes::forget_person(tx, id)?;
    photos::forget_person(tx, id)?;
    if user.doctor.is_some() {
        notes::forget_author(tx, id)?;
    }
    // Connections end by the account's status; what remains is a number without a name.
    let mut blank = User {
        id,
        status: Status::Locked,
        full_name: Phi::new("\u{2014}".to_owned()),
        patient_number: user.patient_number,
        created_at: user.created_at,
        revision: user.revision,
        deletion_requested_at: user.deletion_requested_at,
        erased_at: Some(tx.now()),
        ..User::blank(user.role)
    };
    // Grace periods and meal times say nothing about who they were, and their doses are judged by them.
    blank.preferences.grace = user.preferences.grace;
    blank.preferences.meal_times = user.preferences.meal_times;
    blank.doctor = user.doctor.map(|doctor| crate::domain::users::model::DoctorProfile {
        hospital_clinic: String::new(),
        license_number: format!("ERASED-{id}"),
        license_photo: None,
        rejection_reason: None,
        ..doctor
    });
    users::update(tx, &mut blank)
}

async fn purge_job(context: Arc<Context>, _: PurgeSignIns) -> Result<()> {
    purge_sign_ins(&context).await
}

/// Removes what sign-ins and checks leave behind, in small transactions.
///
/// # Errors
/// When the store fails.
pub async fn purge_sign_ins(context: &Context) -> Result<()> {
    loop {
        let removed = context
            .store
            .write(move |tx| {
                let now = tx.now();
                Ok(purge(tx, now, PURGE_BATCH)? + unshared::forget(tx, PURGE_BATCH)?)
            })
            .await?;
        if removed < PURGE_BATCH {
            return Ok(());
        }
    }
}
