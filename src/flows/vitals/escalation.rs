//! The ladder of a critical alert that nobody takes over.
//!
//! Each rung is a durable job, keyed by alert, round and rung and enqueued in the transaction of the one before, so
//! that a restart neither loses nor repeats it. Told and rung are written in one transaction: a job that runs twice
//! finds its rung done.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::telling;
use super::ward::{Ward, publish_alert};
use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::vitals::alert::{Alert, RUNG, RUNGS_MAX};
use crate::domain::vitals::alert_tables::{self, ALERTS};
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::{AlertId, UserId};
use crate::platform::jobs::{self, Job};
use crate::platform::store::{Reader, WriteTx};

/// Tells more people of a critical alert unless somebody took it over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EscalateAlert {
    /// Which alert.
    pub alert: AlertId,
    /// Which of its ladders.
    pub round: u32,
    /// Which rung, from 1.
    pub rung: u32,
}

impl Job for EscalateAlert {
    const NAME: &'static str = "escalate-alert";
    const QUEUE: &'static str = "alerts";
    // Nobody may be left alone because a store was full for an hour.
    const MAX_ATTEMPTS: u32 = 50;
}

/// Plans the next rung of an alert's ladder.
pub(super) fn plan(tx: &mut WriteTx<'_>, alert: &Alert) -> Result<()> {
    let rung = alert.rung.saturating_add(1);
    if rung > RUNGS_MAX + 1 {
        return Ok(());
    }
    let job = EscalateAlert { alert: alert.id, round: alert.round, rung };
    let key = format!("escalate-alert:{}:{}:{}", job.alert, job.round, job.rung);
    let due_at = tx.now().plus(RUNG);
    jobs::enqueue_once(tx, &job, key, due_at).map(drop)
}

/// Handler of [`EscalateAlert`].
///
/// # Errors
/// When the store cannot be read or written.
pub async fn escalate(context: Arc<Context>, job: EscalateAlert) -> Result<()> {
    let caller = Caller::system("escalate-alert");
    let (zone, by) = (context.zone(), caller.clone());
    gate::write(&context, &caller, "alert.escalate", move |tx| {
        let pressing = ALERTS.get(tx, &job.alert)?.filter(|alert| {
            alert.is_pressing() && alert.round == job.round && alert.rung.saturating_add(1) == job.rung
        });
        let Some(mut alert) = pressing else {
            tx.trail().found_done();
            return Ok(());
        };
        let ward = Ward::enter(tx, &by, alert.patient, zone)?;
        {
            let mut trail = tx.trail();
            trail.patient = Some(alert.patient.into());
            trail.resource = Some(("alert", alert.id.to_string()));
            trail.change = Some(serde_json::json!({ "rung": job.rung }));
        }
        alert.rung = job.rung;
        let doctors = if job.rung > RUNGS_MAX {
            Vec::new()
        } else {
            not_told_first(&alert, telling::doctors_of(tx, &ward)?)
        };
        telling::tell_again(tx, &ward, &mut alert, &doctors)?;
        plan(tx, &alert)?;
        alert_tables::save_alert(tx, &alert)?;
        publish_alert(tx, &alert, "alert.updated")
    })
    .await
}

/// The doctors who have not heard of the alert; when all have, all of them.
fn not_told_first(alert: &Alert, doctors: Vec<UserId>) -> Vec<UserId> {
    let fresh: Vec<UserId> = doctors.iter().copied().filter(|doctor| !alert.told.contains(doctor)).collect();
    if fresh.is_empty() { doctors } else { fresh }
}
