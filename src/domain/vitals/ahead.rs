//! What was recorded by a time that lies ahead, once the clock has been put right.

use std::collections::BTreeSet;

use super::alert_tables::ALERTS;
use super::model::Vital;
use super::news2::Score;
use super::tables::{SCORES, VITALS, save_score};
use crate::domain::connections::access::Access;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::Result;
use crate::platform::ids::{UserId, VitalId};
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// The first id of its kind that can have been given after `now`: ids begin with the time.
fn first_id_after(now: Timestamp) -> uuid::Uuid {
    let milliseconds = u64::try_from(now.as_milliseconds()).unwrap_or(0).saturating_add(1);
    uuid::Uuid::from_u128(u128::from(milliseconds) << 80)
}

/// Patients of whom something was recorded, or about whom people were told, by a time that lies ahead of `now`.
///
/// # Errors
/// When the store cannot be read.
pub fn patients_ahead(tx: &dyn Reader, now: Timestamp) -> Result<BTreeSet<UserId>> {
    let mut patients = BTreeSet::new();
    let (from, to) = (VitalId(first_id_after(now)), VitalId(uuid::Uuid::max()));
    VITALS.visit_range(tx, &from, &to, Direction::Forward, |_, vital| {
        if vital.recorded_at > now {
            patients.insert(vital.patient);
        }
        Ok(Step::Continue)
    })?;
    ALERTS.visit_prefix(tx, &(), Direction::Forward, |_, alert| {
        let hands = [&alert.acknowledged, &alert.resolved];
        if alert.alerted_at > now || hands.into_iter().flatten().any(|hand| hand.at > now) {
            patients.insert(alert.patient);
        }
        Ok(Step::Continue)
    })?;
    Ok(patients)
}

/// The patient's measurements that were recorded by a time that lies ahead of `now`, in the order in which they were.
///
/// # Errors
/// When the store cannot be read.
pub fn vitals_ahead(tx: &dyn Reader, access: &Access, now: Timestamp) -> Result<Vec<Vital>> {
    let mut found = Vec::new();
    let (from, to) = (VitalId(first_id_after(now)), VitalId(uuid::Uuid::max()));
    VITALS.visit_range(tx, &from, &to, Direction::Forward, |_, vital| {
        found.extend(Some(vital).filter(|vital| vital.patient == access.patient()));
        Ok(Step::Continue)
    })?;
    Ok(found)
}

/// Moves the patient's scores that lie ahead of `now` to their right times.
///
/// # Errors
/// When the store cannot be read.
pub fn move_scores_ahead(
    tx: &mut WriteTx<'_>,
    access: &Access,
    now: Timestamp,
    right: impl Fn(Timestamp) -> Timestamp,
) -> Result<()> {
    let from = (access.patient(), now.plus(Span::milliseconds(1)));
    for (key, score) in SCORES.list_range(tx, &from, &(access.patient(), Timestamp::MAX))? {
        SCORES.delete(tx, &key)?;
        save_score(tx, access, key.2, &Score { at: right(score.at), ..score })?;
    }
    Ok(())
}
