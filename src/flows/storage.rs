//! Looks after the data file while it is in use.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::delivery::tell_each_admin;
use crate::domain::auth::model::Caller;
use crate::domain::damage;
use crate::domain::gate;
use crate::domain::losses::{Acknowledged, LOSSES, Losses};
use crate::domain::notifications::model::Urgency;
use crate::domain::notifications::params::Params;
use crate::domain::users::model::Role;
use crate::platform::aside::aside;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::jobs::{Every, Job, Jobs, Waiter};
use crate::platform::settings::StoreSettings;
use crate::platform::store::{EngineError, Reader};

/// Damaged pages that are written into the log one by one.
const LOGGED_MAX: usize = 20;
/// Bytes that a look which nobody waits for reads in a second.
const GENTLE_BYTES: u64 = 32 * 1024 * 1024;
/// Longest reason an admin may give.
const REASON_LENGTH_MAX: usize = 500;
/// The recurring look.
const LOOK: &str = "look-over-data";

/// Reads every page of the data file from time to time: the engine believes what it reads, so a page that the disk
/// changed or put in a wrong place is known only by this.
#[derive(Debug, Serialize, Deserialize)]
pub struct LookOverData {}

impl Job for LookOverData {
    const NAME: &'static str = LOOK;
    const QUEUE: &'static str = "storage";
    const MAX_ATTEMPTS: u32 = 3;
    const TIME_LIMIT_SECONDS: u32 = 3600;
}

/// How fast a look goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As fast as it can: somebody waits for it.
    AtOnce,
    /// With pauses, so that it takes the disk from nobody.
    Gentle,
}

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.queue("storage", 1);
    jobs.register::<LookOverData, _, _>(|context, _| async move { look_over(&context, Pace::Gentle).await });
    jobs.recurring(LOOK, Every::hours(1), LookOverData {});
}

/// Looks as often as the settings say.
pub fn schedule(jobs: &mut Jobs, settings: &StoreSettings) {
    jobs.reschedule(LOOK, Every::minutes(settings.look_minutes));
}

/// How soon a page that a request or the recurring look found damaged leads to a look at all others.
const LOOK_EVERY: Span = Span::seconds(1);

/// Reads every page at the start, unless that was done before the file was opened, and again as soon as somebody meets a
/// damaged one. A file with damage is made whole before it is opened, so the server is asked to begin again.
///
/// # Errors
/// Never; what keeps others alive may end with one.
pub async fn watch(context: Arc<Context>, waiter: Arc<dyn Waiter>) -> Result<()> {
    if context.store.surveyed().is_none() {
        look_over_once(&context, Pace::Gentle).await;
    }
    let mut is_unmet = context.store.damage().is_none();
    loop {
        if context.store.damage().is_some() && is_unmet {
            look_over_once(&context, Pace::AtOnce).await;
            is_unmet = false;
        }
        if context.store.surveyed().is_some_and(|survey| !survey.faults.is_empty()) {
            context.mending.begin();
        }
        tokio::select! {
            () = waiter.wait(LOOK_EVERY) => {}
            () = context.stopping.begun() => return Ok(()),
        }
    }
}

/// When the newest loss was that refuses anybody anything; nothing when nothing is lost.
fn newest_loss(context: &Context) -> Option<Timestamp> {
    context.store.lost().iter().map(|rows| rows.at).max()
}

/// Tells the admins, once, of rows that were lost while the file was made whole before this start.
///
/// # Errors
/// When the store cannot be written.
pub async fn tell_of_losses(context: &Context) -> Result<()> {
    let Some(newest) = newest_loss(context) else { return Ok(()) };
    let lost = context.store.lost();
    let tables: BTreeSet<String> = lost.iter().map(|rows| damage::name_of(&rows.up_to)).collect();
    let params = Params::new().text("tables", tables.into_iter().collect::<Vec<_>>().join(", "));
    gate::write(context, &Caller::system("storage"), "damage.tell", move |tx| {
        let losses = LOSSES.get(tx, &())?.unwrap_or_default();
        if losses.told_of.is_some_and(|told_of| told_of >= newest) {
            tx.trail().found_done();
            return Ok(());
        }
        LOSSES.put(tx, &(), &Losses { told_of: Some(newest), ..losses })?;
        tell_each_admin(tx, None, ("rows_lost", Urgency::Warning), &params, None)
    })
    .await
}

/// An admin has taken note of what is lost and considered a backup: monitoring need not call any more. What is lost stays
/// refused.
///
/// # Errors
/// `role_not_allowed`; a bad field when the reason is missing or too long; `nothing_lost`.
pub async fn acknowledge(context: &Context, caller: &Caller, reason: String) -> Result<()> {
    let (by, newest) = (caller.clone(), newest_loss(context));
    let passed_over = context.supervision.passed_over();
    gate::write(context, caller, "damage.acknowledge", move |tx| {
        let admin = by.with_role(Role::Admin)?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_LENGTH_MAX {
            let fault = FieldError::new("reason", "job_reason_length").with("max", REASON_LENGTH_MAX);
            return Err(Error::invalid_fields(vec![fault]));
        }
        // In a salvaged file nothing counts as lost, and somebody may still not be seen to.
        let newest = newest.or_else(|| (!passed_over.is_empty()).then(|| tx.now()));
        let Some(up_to) = newest else { return Err(Error::conflict("nothing_lost")) };
        let losses = LOSSES.get(tx, &())?.unwrap_or_default();
        let mut trail = tx.trail();
        trail.reason = Some(reason.to_owned());
        trail.change = Some(serde_json::json!({ "lossesUpTo": up_to, "passedOver": passed_over }));
        drop(trail);
        let acknowledged =
            Some(Acknowledged { by: admin, at: tx.now(), up_to, passed_over: passed_over.clone() });
        LOSSES.put(tx, &(), &Losses { acknowledged, ..losses })?;
        Ok(())
    })
    .await
}

/// Reads every page now; that it could not be done is only logged, because the recurring look tries again.
pub async fn look_over_once(context: &Context, pace: Pace) {
    match look_over(context, pace).await {
        Err(error) if !context.stopping.has_begun() => {
            tracing::warn!(%error, "the pages of the data file could not be looked over");
        }
        _ => {}
    }
}

/// Reads every page and says which are damaged.
///
/// # Errors
/// When the file cannot be read, or the server stops meanwhile.
async fn look_over(context: &Context, pace: Pace) -> Result<()> {
    let (store, stopping) = (context.store.clone(), context.stopping.clone());
    let mut rest = move |bytes: u64| {
        if pace == Pace::Gentle {
            std::thread::park_timeout(Duration::from_micros(bytes.saturating_mul(1_000_000) / GENTLE_BYTES));
        }
        if stopping.has_begun() { Err(EngineError::Io("the server stops".to_owned())) } else { Ok(()) }
    };
    let look = move || store.survey(&mut rest);
    let found = match pace {
        Pace::Gentle => aside("look-over", look).await?,
        Pace::AtOnce => tokio::task::spawn_blocking(look)
            .await
            .map_err(|error| Error::internal(format!("looking over the data file ended: {error}")))?,
    }?;
    let Some(survey) = found else { return Ok(()) };
    for fault in survey.faults.iter().take(LOGGED_MAX) {
        tracing::error!(fault = damage::in_words(fault), "the data file is damaged");
    }
    if survey.is_mostly_free() {
        let (bytes, used) = (survey.file_bytes, survey.used_bytes);
        tracing::info!(
            bytes,
            used,
            "more than half of the data file is free: `das-tern compact` makes it smaller"
        );
    }
    Ok(())
}
