//! Health alerts as those see them who look after a patient.

use std::collections::BTreeMap;

use super::vitals::IdPage;
use crate::domain::auth::model::{Actor, Caller};
use crate::domain::connections::access;
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::gate;
use crate::domain::users::model::Role;
use crate::domain::users::tables as users;
use crate::domain::vitals::alert::{Alert, AlertState};
use crate::domain::vitals::alert_tables::{self, ALERTS};
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::{AlertId, UserId};
use crate::platform::store::{Page, ReadTx, Reader};

/// How much of an alert is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Everything.
    Full,
    /// That there is one, how grave it is and where it stands, without a value: for clinic staff.
    Envelope,
}

/// An alert with the patient's name.
#[derive(Debug, Clone)]
pub struct AlertView {
    /// The alert.
    pub alert: Alert,
    /// The patient's name.
    pub patient_name: String,
    /// How much of it is shown.
    pub detail: Detail,
}

impl AlertView {
    /// An alert as its flow returns it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(context: &Context, caller: &Caller, alert: Alert) -> Result<Self> {
        let patient_name = users::cached(context, alert.patient)?.full_name.reveal().clone();
        let detail = if caller.role() == Some(Role::Admin) { Detail::Envelope } else { Detail::Full };
        Ok(Self { alert, patient_name, detail })
    }
}

/// Which alerts.
#[derive(Debug, Clone, Copy)]
pub struct AlertQuery {
    /// Of this patient; else the caller's own, or of all whom they look after.
    pub patient: Option<UserId>,
    /// Only in this state.
    pub state: Option<AlertState>,
}

/// Alerts, newest first: a patient's own; for doctors and family those of everybody whose vital signs are shared with
/// them; for admins those of which they were told.
///
/// # Errors
/// The refusals of the access check; a bad cursor.
pub async fn list(
    context: &Context,
    caller: &Caller,
    query: AlertQuery,
    page: IdPage<AlertId>,
) -> Result<Page<AlertView>> {
    gate::read(context, caller, "alert.list", |tx| {
        let me = caller.active()?;
        let most = page.limit.saturating_add(1);
        let found = match (caller.actor, query.patient) {
            (Actor::Person { role: Role::Admin, .. }, None) => {
                alert_tables::alerts_at_admins(tx, query.state, page.after, most)?
            }
            (Actor::Person { role: Role::Patient, .. }, None) => of_patient(tx, caller, me, query, page)?,
            (_, Some(patient)) => of_patient(tx, caller, patient, query, page)?,
            (_, None) => of_all(tx, caller, query, page)?,
        };
        let shown = page.cut(found, |alert| alert.id);
        check_each(tx, caller, &shown.items)?;
        let items = shown.items.into_iter().map(|alert| AlertView::of(context, caller, alert));
        Ok(Page { items: items.collect::<Result<_>>()?, next_cursor: shown.next_cursor })
    })
    .await
}

fn of_patient(
    tx: &ReadTx,
    caller: &Caller,
    patient: UserId,
    query: AlertQuery,
    page: IdPage<AlertId>,
) -> Result<Vec<Alert>> {
    let access = access::check(tx, caller, patient, Scope::Vitals, Mode::Read)?;
    alert_tables::alerts_of(tx, access.patient(), query.state, page.after, page.limit.saturating_add(1))
}

/// The newest alerts of everybody whose vital signs are shared with the carer now.
fn of_all(tx: &ReadTx, caller: &Caller, query: AlertQuery, page: IdPage<AlertId>) -> Result<Vec<Alert>> {
    let most = page.limit.saturating_add(1);
    let now = tx.rights_now();
    // Ids rise with time; the newest of all patients are kept, never more than a page and one.
    let mut newest: BTreeMap<AlertId, Alert> = BTreeMap::new();
    for connection in access::patients_of(tx, caller)? {
        if !connection.shares(Scope::Vitals, now) {
            continue;
        }
        for alert in alert_tables::alerts_of(tx, connection.patient, query.state, page.after, most)? {
            newest.insert(alert.id, alert);
        }
        while newest.len() > most {
            newest.pop_first();
        }
    }
    Ok(newest.into_values().rev().collect())
}

/// Each patient whose alerts are shown passes the access check, which also notes the look.
fn check_each(tx: &ReadTx, caller: &Caller, alerts: &[Alert]) -> Result<()> {
    let scope = match caller.role() {
        Some(Role::Admin) => Scope::Profile,
        _ => Scope::Vitals,
    };
    let mut checked = std::collections::BTreeSet::new();
    for alert in alerts {
        if checked.insert(alert.patient) {
            access::check(tx, caller, alert.patient, scope, Mode::Read)?;
        }
    }
    Ok(())
}

/// One alert.
///
/// # Errors
/// `alert_not_found` for whoever may not know of it; the refusals of the access check.
pub async fn get(context: &Context, caller: &Caller, id: AlertId) -> Result<AlertView> {
    gate::read(context, caller, "alert.get", |tx| {
        let hidden = || Error::not_found("alert_not_found");
        caller.active()?;
        let alert = ALERTS.get(tx, &id)?.ok_or_else(hidden)?;
        check_each(tx, caller, std::slice::from_ref(&alert))
            .map_err(|error| if error.kind() == Kind::NotFound { hidden() } else { error })?;
        if caller.role() == Some(Role::Admin) && !alert.admins_told {
            return Err(hidden());
        }
        AlertView::of(context, caller, alert)
    })
    .await
}
