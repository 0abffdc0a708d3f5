//! Keeps doses planned at least 30 days ahead for long and ongoing treatment, and by the clinic's time zone: when it
//! has changed, the doses from tomorrow on are planned anew, and their reminders follow them.

use std::sync::Arc;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::rounds::{self, Round, Whom};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access;
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::planning::HORIZON;
use crate::domain::doses::plans::{self, Planned};
use crate::domain::doses::review::next_review;
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::tables as users;
use crate::platform::clock::{Span, start_of_day};
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::jobs::{self, Job};
use crate::platform::store::{Reader, WriteTx};

/// Patients done in one transaction.
const BATCH: usize = 50;

/// Plans the days that have come within the horizon since yesterday, each day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExtendHorizon {}

impl Job for ExtendHorizon {
    const NAME: &'static str = "extend-dose-horizon";
    const QUEUE: &'static str = "doses";
}

/// Has the doses planned anew at once when the server starts in another time zone than they were planned by.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn start(context: &Context) -> Result<()> {
    let caller = Caller::system("dose-horizon");
    let zone = context.zone().name();
    let has_moved = gate::read(context, &caller, "dose.extend_horizon", |tx| {
        // The job moves all patients, so the first one tells for all.
        let Some(first) = doses::patients_after(tx, None, 1)?.into_iter().next() else { return Ok(false) };
        let access = access::check(tx, &caller, first, Scope::Doses, Mode::Read)?;
        Ok(doses::care(tx, &access)?.zone.is_some_and(|planned_by| planned_by != zone))
    })
    .await?;
    if !has_moved {
        return Ok(());
    }
    gate::write(context, &caller, "dose.extend_horizon", move |tx| {
        let (key, now) = (format!("{}:{zone}", ExtendHorizon::NAME), tx.now());
        jobs::enqueue_once(tx, &ExtendHorizon {}, key, now).map(drop)
    })
    .await
}

/// Handler of [`ExtendHorizon`].
///
/// # Errors
/// When the store cannot be read or written.
pub async fn extend_horizon(context: Arc<Context>, _: ExtendHorizon) -> Result<()> {
    let zone = context.zone();
    let round = Round {
        by: "dose-horizon",
        action: "dose.extend_horizon",
        whom: Whom::Everybody,
        batch: BATCH,
        found: "planned",
    };
    let one =
        move |tx: &mut WriteTx<'_>, by: &Caller, patient| Ok(extend_patient(tx, by, patient, zone)?.into());
    rounds::go(&context, round, one).await.map(drop)
}

/// Plans for one patient, and says how many doses each prescription got.
fn extend_patient(tx: &mut WriteTx<'_>, caller: &Caller, patient: UserId, zone: Tz) -> Result<Vec<u32>> {
    let access = access::check(tx, caller, patient, Scope::Doses, Mode::Write)?;
    let patient = users::require(tx, patient)?;
    let (now, today) = (tx.now(), tx.now().day_in(zone));
    let care = doses::care(tx, &access)?;
    // Up to there everything active then was planned; what became active since was planned further.
    let from = care.extended_at.map_or(now, |extended_at| extended_at.plus(HORIZON).minus(Span::days(1)));
    let has_moved = care.zone.is_some_and(|planned_by| planned_by != zone.name());
    let tomorrow = start_of_day(today.succ_opt().unwrap_or(today), zone);
    let mut planned = Vec::new();
    for prescription in prescriptions::list(tx, &access)? {
        if prescription.status_on(today) != Status::Active {
            continue;
        }
        let plan = Planned {
            prescription: prescription.id,
            version: prescription.version,
            lines: &prescription.content.lines,
        };
        let more = if has_moved {
            plans::replan(tx, &access, &patient, plan, zone, tomorrow)?
        } else {
            plans::plan_from(tx, &access, &patient, plan, zone, from)?
        };
        if more > 0 {
            planned.push(more);
        }
    }
    let mut care = doses::care(tx, &access)?;
    care.extended_at = Some(now);
    if has_moved {
        care.zone = Some(zone.name().to_owned());
        care.review_at = care.review_at.map(|_| next_review(now, zone));
    }
    doses::save_care(tx, &access, &care)?;
    Ok(planned)
}
