//! A patient under watch: opening, raising and joining alerts for what happens to him.

use chrono_tz::Tz;
use serde_json::json;

use super::{escalation, telling};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::events::model::{Audience, NewEvent};
use crate::domain::events::tables::publish;
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::domain::vitals::alert::{Alert, AlertState, Topic, Verdict, judge, reopen};
use crate::domain::vitals::model::{Severity, Vital};
use crate::domain::vitals::news2::Score;
use crate::domain::vitals::tables;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::secret::Phi;
use crate::platform::store::{Reader, WriteTx};

/// A patient with the right to write down what happens to him.
pub(super) struct Ward {
    pub(super) access: Access,
    pub(super) patient: User,
    pub(super) zone: Tz,
}

/// Something that calls for an alert.
pub(super) struct Occasion<'a> {
    pub(super) topic: Topic,
    pub(super) severity: Severity,
    pub(super) vital: Option<&'a Vital>,
    pub(super) score: Option<Score>,
    pub(super) message: Option<Phi<String>>,
    pub(super) location: Option<Phi<String>>,
}

impl<'a> Occasion<'a> {
    /// One that rests on a measurement.
    pub(super) const fn of(topic: Topic, severity: Severity, vital: &'a Vital) -> Self {
        Self { topic, severity, vital: Some(vital), score: None, message: None, location: None }
    }
}

impl Ward {
    /// The ward of a patient to whose measurements `caller` may add.
    pub(super) fn enter(tx: &dyn Reader, caller: &Caller, patient: UserId, zone: Tz) -> Result<Self> {
        let access = access::check(tx, caller, patient, Scope::Vitals, Mode::Write)?;
        Ok(Self { access, patient: users::require(tx, patient)?, zone })
    }

    /// Opens an alert, opens the last one anew, or lets it join in silence. Returns the alert that covers the
    /// occasion, if any does.
    pub(super) fn raise(&self, tx: &mut WriteTx<'_>, occasion: Occasion<'_>) -> Result<Option<Alert>> {
        let last = tables::last_alert(tx, &self.access, occasion.topic)?;
        let severity = occasion.severity;
        let now = tx.now();
        let alert = match (judge(last.as_ref(), severity, now), last) {
            (Verdict::Silence, _) => return Ok(None),
            (Verdict::Join, Some(mut alert)) => {
                note(&mut alert, occasion);
                tables::save_alert(tx, &alert)?;
                return Ok(Some(alert));
            }
            (Verdict::Again, Some(mut alert)) => {
                reopen(&mut alert, severity, now);
                note(&mut alert, occasion);
                self.sound(tx, alert, severity, "alert.updated")?
            }
            (Verdict::Open | Verdict::Join | Verdict::Again, _) => self.open(tx, occasion)?,
        };
        Ok(Some(alert))
    }

    /// Opens a new alert.
    pub(super) fn open(&self, tx: &mut WriteTx<'_>, occasion: Occasion<'_>) -> Result<Alert> {
        let severity = occasion.severity;
        let mut alert = self.fresh(tx, &occasion)?;
        note(&mut alert, occasion);
        self.sound(tx, alert, severity, "alert.opened")
    }

    /// Tells people of an alert, sets its ladder up when it is critical, and writes it.
    pub(super) fn sound(
        &self,
        tx: &mut WriteTx<'_>,
        mut alert: Alert,
        severity: Severity,
        event: &'static str,
    ) -> Result<Alert> {
        telling::tell(tx, self, &mut alert, severity)?;
        if alert.is_pressing() {
            escalation::plan(tx, &alert)?;
        }
        tables::save_alert(tx, &alert)?;
        publish_alert(tx, &alert, event)?;
        Ok(alert)
    }

    fn fresh(&self, tx: &mut WriteTx<'_>, occasion: &Occasion<'_>) -> Result<Alert> {
        let now = tx.now();
        Ok(Alert {
            id: tx.new_id()?,
            number: tables::next_number(tx, &self.access)?,
            patient: self.patient.id,
            topic: occasion.topic,
            severity: occasion.severity,
            state: AlertState::Open,
            vital: None,
            reading: None,
            score: None,
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
            round: u32::from(occasion.severity == Severity::Critical),
            rung: 0,
        })
    }
}

/// Lets an occasion join an alert: it shows the newest.
pub(super) fn note(alert: &mut Alert, occasion: Occasion<'_>) {
    alert.occasions = alert.occasions.saturating_add(1);
    if let Some(vital) = occasion.vital {
        alert.vital = Some(vital.id);
        alert.reading = Some(vital.reading);
        alert.reading_withdrawn = false;
    }
    alert.score = occasion.score.or(alert.score.take());
    alert.message = occasion.message.or(alert.message.take());
    alert.location = occasion.location.or(alert.location.take());
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
