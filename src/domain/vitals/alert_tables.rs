//! The tables of alerts.

use std::collections::BTreeSet;

use super::alert::{Alert, AlertState, Topic};
use crate::domain::connections::access::Access;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::{AlertId, UserId};
use crate::platform::store::{Direction, Entries, Index, Reader, Step, Table, WhatIsLeft, WriteTx};

/// All alerts.
pub const ALERTS: Table<AlertId, Alert> = Table::new(123, "alerts").indexed(index_alerts);
/// By `(patient, state)`, oldest first; each also stands under [`ANY`] in the place of its state.
pub const ALERTS_BY_PATIENT: Index<(UserId, u8), AlertId> = Index::many(123, 1);
/// By `(patient, topic, number)`, oldest first.
pub const ALERTS_BY_TOPIC: Index<(UserId, u8, u64), AlertId> = Index::many(123, 2);
/// Those of which the admins were told, by state, oldest first; each also stands under [`ANY`].
pub const ALERTS_AT_ADMINS: Index<u8, AlertId> = Index::many(123, 3);

/// In the place of a type or a state: all of them.
pub const ANY: u8 = 0;

fn index_alerts(_: &AlertId, alert: &Alert, entries: &mut Entries) {
    entries.add(&ALERTS_BY_PATIENT, &(alert.patient, ANY));
    entries.add(&ALERTS_BY_PATIENT, &(alert.patient, alert.state.key()));
    entries.add(&ALERTS_BY_TOPIC, &(alert.patient, alert.topic.key(), alert.number));
    if alert.admins_told {
        entries.add(&ALERTS_AT_ADMINS, &ANY);
        entries.add(&ALERTS_AT_ADMINS, &alert.state.key());
    }
}

/// The patient's last alert on a topic. One that was lost with a damaged page keeps no new one from opening: an alarm that
/// sounds twice is better than none.
///
/// # Errors
/// When the store cannot be read.
pub fn last_alert(tx: &dyn Reader, access: &Access, topic: Topic) -> Result<Option<Alert>> {
    let mut last = None;
    let prefix = (access.patient(), topic.key());
    ALERTS_BY_TOPIC.visit_prefix(&WhatIsLeft(tx), &prefix, Direction::Backward, |_, id| {
        last = match ALERTS.get(tx, &id) {
            Err(error) if error.kind() == Kind::Damaged => return Ok(Step::Continue),
            found => found?,
        };
        Ok(Step::Stop)
    })?;
    Ok(last)
}

/// Writes an alert.
///
/// # Errors
/// When the store cannot be read.
pub fn save_alert(tx: &mut WriteTx<'_>, alert: &Alert) -> Result<()> {
    ALERTS.put(tx, &alert.id, alert)
}

/// A patient's alerts, newest first: those in `state`, or all, that are older than `before`, at most `most`.
///
/// # Errors
/// When the store cannot be read.
pub fn alerts_of(
    tx: &dyn Reader,
    patient: UserId,
    state: Option<AlertState>,
    before: Option<AlertId>,
    most: usize,
) -> Result<Vec<Alert>> {
    let code = state.map_or(ANY, AlertState::key);
    let mut ids = Vec::new();
    let mut note = |_, id| {
        ids.push(id);
        Ok(if ids.len() < most { Step::Continue } else { Step::Stop })
    };
    let start = (patient, code);
    match before {
        Some(before) => {
            let end = (patient, code, before);
            ALERTS_BY_PATIENT.visit_range(tx, &start, &end, Direction::Backward, &mut note)?;
        }
        None => ALERTS_BY_PATIENT.visit_prefix(tx, &start, Direction::Backward, &mut note)?,
    }
    load(tx, &ids)
}

/// The alerts of which the admins were told, as [`alerts_of`].
///
/// # Errors
/// When the store cannot be read.
pub fn alerts_at_admins(
    tx: &dyn Reader,
    state: Option<AlertState>,
    before: Option<AlertId>,
    most: usize,
) -> Result<Vec<Alert>> {
    // A lost one may be one of which they were going to be told.
    ALERTS.require_whole(tx)?;
    let code = state.map_or(ANY, AlertState::key);
    let mut ids = Vec::new();
    let mut note = |_, id| {
        ids.push(id);
        Ok(if ids.len() < most { Step::Continue } else { Step::Stop })
    };
    match before {
        Some(before) => {
            ALERTS_AT_ADMINS.visit_range(tx, &(code,), &(code, before), Direction::Backward, &mut note)?;
        }
        None => ALERTS_AT_ADMINS.visit_prefix(tx, &code, Direction::Backward, &mut note)?,
    }
    load(tx, &ids)
}

fn load(tx: &dyn Reader, ids: &[AlertId]) -> Result<Vec<Alert>> {
    let mut alerts = Vec::new();
    for id in ids {
        alerts.extend(ALERTS.get(tx, id)?);
    }
    Ok(alerts)
}

/// Erases the words with which a patient called for help: they may say who and where they are.
///
/// # Errors
/// When the store cannot be read.
pub fn forget_calls(tx: &mut WriteTx<'_>, patient: UserId) -> Result<()> {
    for mut alert in alerts_of(tx, patient, None, None, usize::MAX)? {
        if alert.message.take().is_some() | alert.location.take().is_some() {
            save_alert(tx, &alert)?;
        }
    }
    Ok(())
}

/// Describes each topic with two alerts that are not resolved, and each alert whose state and record contradict each other.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    let mut unresolved = BTreeSet::new();
    ALERTS.visit_prefix(tx, &(), Direction::Forward, |id, alert| {
        if alert.state != AlertState::Resolved && !unresolved.insert((alert.patient, alert.topic)) {
            faults.push(format!("alert {id} is the second of its topic that is not resolved"));
        }
        if (alert.state == AlertState::Resolved) != alert.resolved.is_some() {
            faults.push(format!("alert {id} is {} but its record says otherwise", alert.state.name()));
        }
        Ok(Step::Continue)
    })
}
