//! After the time went back: what people recorded by a time that turned out to lie ahead stays, at the time that it was by
//! the right clock. A measurement of three weeks ahead would be the newest one for three weeks, and an alert of then
//! would keep everybody silent.

use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::gate;
use crate::domain::vitals::alert::Alert;
use crate::domain::vitals::alert_tables;
use crate::domain::vitals::{ahead, tables};
use crate::platform::clock::Timestamp;
use crate::platform::clock::lead::{Lead, PutRight};
use crate::platform::context::Context;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Reader, WriteTx};

/// What is done, for the audit.
const ACTION: &str = "vital.put_right_time";

/// Puts measurements, scores and alerts right whose time lies ahead. Doing it again changes nothing.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn put_right_ahead(context: &Context, lead: Lead) -> Result<()> {
    let by = Caller::system("wrong-time");
    let patients = gate::read(context, &by, ACTION, |tx| ahead::patients_ahead(tx, tx.now())).await?;
    for patient in patients {
        let caller = by.clone();
        let done = gate::write(context, &by, ACTION, move |tx| of_patient(tx, &caller, patient, lead)).await;
        match done {
            Err(error) if error.kind() == Kind::Unavailable => return Err(error),
            Err(error) => {
                tracing::error!(patient.id = %patient, %error, "a wrong time could not be put right")
            }
            Ok(()) => {}
        }
    }
    Ok(())
}

fn of_patient(tx: &mut WriteTx<'_>, caller: &Caller, patient: UserId, lead: Lead) -> Result<()> {
    let access = access::check(tx, caller, patient, Scope::Vitals, Mode::Write)?;
    let now = tx.now();
    let mut told = Vec::new();
    for mut vital in ahead::vitals_ahead(tx, &access, now)? {
        let was = vital.measured_at;
        let times = (&mut vital.measured_at, &mut vital.recorded_at);
        if PutRight::put(&mut vital.put_right, times, lead, now) {
            told.push(serde_json::json!({ "vitalId": vital.id, "was": was, "is": vital.measured_at }));
            tables::save(tx, &access, &vital)?;
        }
    }
    ahead::move_scores_ahead(tx, &access, now, |at| lead.right(at, now))?;
    let alerts = alerts(tx, &access, lead, now)?;
    let mut trail = tx.trail();
    trail.patient = Some(patient.into());
    if told.is_empty() && alerts == 0 {
        trail.found_done();
    }
    trail.change = Some(serde_json::json!({
        "aheadByMilliseconds": lead.back.as_milliseconds(), "measured": lead.is_measured,
        "vitals": told, "alerts": alerts,
    }));
    Ok(())
}

/// Puts the patient's alerts right, and says how many were ahead.
fn alerts(tx: &mut WriteTx<'_>, access: &Access, lead: Lead, now: Timestamp) -> Result<usize> {
    let mut count = 0;
    for alert in alert_tables::alerts_of(tx, access.patient(), None, None, usize::MAX)? {
        let mut changed = alert.clone();
        put_right(&mut changed, lead, now);
        if changed != alert {
            alert_tables::save_alert(tx, &changed)?;
            count += 1;
        }
    }
    Ok(count)
}

fn put_right(alert: &mut Alert, lead: Lead, now: Timestamp) {
    let readings =
        alert.measured_at.iter_mut().chain(alert.latest.iter_mut().map(|seen| &mut seen.measured_at));
    let scores = [&mut alert.score, &mut alert.latest_score];
    let scores = scores.into_iter().flatten().map(|score| &mut score.at);
    let hands = [&mut alert.acknowledged, &mut alert.resolved];
    let hands = hands.into_iter().flatten().map(|hand| &mut hand.at);
    let own = [&mut alert.opened_at, &mut alert.alerted_at];
    for time in own.into_iter().chain(readings).chain(scores).chain(hands).filter(|time| **time > now) {
        *time = lead.right(*time, now);
    }
}
