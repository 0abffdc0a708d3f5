//! A patient under watch: opening, raising and joining alerts for what happens to them.

use chrono_tz::Tz;
use serde_json::json;

use super::occasion::{Occasion, join};
use super::telling::Told;
use super::{escalation, telling};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::events::model::{Audience, NewEvent};
use crate::domain::events::tables::publish;
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::domain::vitals::alert::{Alert, AlertState, Verdict, judge, reopen};
use crate::domain::vitals::alert_tables;
use crate::domain::vitals::model::Severity;
use crate::domain::vitals::tables;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{Reader, WriteTx};

/// A patient with the right to write down what happens to them.
pub(super) struct Ward {
    pub(super) access: Access,
    pub(super) patient: User,
    pub(super) zone: Tz,
}

impl Ward {
    /// The ward of a patient to whose measurements `caller` may add.
    pub(super) fn enter(tx: &dyn Reader, caller: &Caller, patient: UserId, zone: Tz) -> Result<Self> {
        let access = access::check(tx, caller, patient, Scope::Vitals, Mode::Write)?;
        Ok(Self { access, patient: users::require(tx, patient)?, zone })
    }

    /// Opens an alert, opens the last one anew, or lets it join in silence. Returns the alert that covers the
    /// occasion, if any does.
    pub(super) fn raise(&self, tx: &mut WriteTx<'_>, occasion: &Occasion) -> Result<Option<Alert>> {
        let last = alert_tables::last_alert(tx, &self.access, occasion.topic)?;
        let severity = occasion.severity();
        let now = tx.now();
        let alert = match (judge(last.as_ref(), severity, now), last) {
            (Verdict::Silence, _) => return Ok(None),
            (Verdict::Join, Some(mut alert)) => {
                join(tx, self, &mut alert, occasion)?;
                alert_tables::save_alert(tx, &alert)?;
                return Ok(Some(alert));
            }
            (Verdict::Again, Some(mut alert)) => {
                reopen(&mut alert, severity, now);
                self.sound(tx, alert, occasion, "alert.updated")?
            }
            (Verdict::Open | Verdict::Join | Verdict::Again, _) => self.open(tx, occasion)?,
        };
        Ok(Some(alert))
    }

    /// Opens a new alert.
    pub(super) fn open(&self, tx: &mut WriteTx<'_>, occasion: &Occasion) -> Result<Alert> {
        let alert = self.fresh(tx, occasion)?;
        self.sound(tx, alert, occasion, "alert.opened")
    }

    /// Lets an occasion join an alert, tells people of it, sets the ladder up when it is critical, and writes it.
    pub(super) fn sound(
        &self,
        tx: &mut WriteTx<'_>,
        mut alert: Alert,
        occasion: &Occasion,
        event: &'static str,
    ) -> Result<Alert> {
        join(tx, self, &mut alert, occasion)?;
        telling::tell(tx, self, &mut alert, &Told::of(occasion))?;
        if alert.is_pressing() {
            escalation::plan(tx, &alert)?;
        }
        alert_tables::save_alert(tx, &alert)?;
        publish_alert(tx, &alert, event)?;
        Ok(alert)
    }

    fn fresh(&self, tx: &mut WriteTx<'_>, occasion: &Occasion) -> Result<Alert> {
        let now = tx.now();
        Ok(Alert {
            id: tx.new_id()?,
            number: tables::next_number(tx, &self.access)?,
            patient: self.patient.id,
            topic: occasion.topic,
            severity: occasion.severity(),
            state: AlertState::Open,
            vital: None,
            reading: None,
            measured_at: None,
            gravity: None,
            latest: None,
            score: None,
            latest_score: None,
            gain: None,
            occasions: 0,
            message: None,
            location: None,
            reading_withdrawn: false,
            opened_at: now,
            alerted_at: now,
            acknowledged: None,
            resolved: None,
            note: None,
            told: Vec::new(),
            admins_told: false,
            round: u32::from(occasion.severity() == Severity::Critical),
            rung: 0,
        })
    }
}

/// Lets open screens hear of an alert.
pub(super) fn publish_alert(tx: &mut WriteTx<'_>, alert: &Alert, kind: &'static str) -> Result<()> {
    let data = json!({
        "alertId": alert.id,
        "severity": alert.severity,
        "state": alert.state,
        "vitalType": alert.topic.vital_type(),
        "vitalId": alert.vital,
    });
    let audience = Audience::Record(Scope::Vitals);
    publish(tx, NewEvent { room: alert.patient, audience, kind, data }).map(drop)
}
