//! What calls for an alert, and what an alert then shows: the gravest occasion and the latest reading.

use super::ward::Ward;
use crate::domain::connections::access::Access;
use crate::domain::vitals::alert::{Alert, AlertReading, AlertState, Gravity, Topic};
use crate::domain::vitals::alert_tables;
use crate::domain::vitals::model::{ALERTING_AGE, Severity, Vital};
use crate::domain::vitals::monitoring::Monitoring;
use crate::domain::vitals::news2::Score;
use crate::domain::vitals::severity::distance;
use crate::domain::vitals::tables::{self, VITALS};
use crate::domain::vitals::trends::Gain;
use crate::platform::error::Result;
use crate::platform::ids::VitalId;
use crate::platform::secret::Phi;
use crate::platform::store::{Direction, Reader, Step, WhatIsLeft};

/// Something that calls for an alert.
#[derive(Clone)]
pub(super) struct Occasion {
    pub(super) topic: Topic,
    pub(super) gravity: Gravity,
    pub(super) vital: Option<Vital>,
    pub(super) score: Option<Score>,
    pub(super) gain: Option<Gain>,
    pub(super) message: Option<Phi<String>>,
    pub(super) location: Option<Phi<String>>,
}

impl Occasion {
    const fn new(topic: Topic, severity: Severity, extent: i64, vital: Option<Vital>) -> Self {
        let gravity = Gravity { severity, extent };
        Self { topic, gravity, vital, score: None, gain: None, message: None, location: None }
    }

    /// An abnormal measurement.
    pub(super) fn reading(vital: &Vital, severity: Severity, monitoring: &Monitoring) -> Self {
        let topic = Topic::Reading(vital.vital_type());
        Self::new(topic, severity, distance(&vital.reading, monitoring), Some(vital.clone()))
    }

    /// Rising blood pressures, by the last of them.
    pub(super) fn rising(vital: &Vital) -> Self {
        let systolic = i64::from(vital.reading.value.0);
        Self::new(Topic::RisingBloodPressure, Severity::Medium, systolic, Some(vital.clone()))
    }

    /// A gain of weight, by the last measurement.
    pub(super) fn gain(vital: &Vital, gain: Gain) -> Self {
        let extent = i64::from(gain.amount().0);
        let occasion = Self::new(Topic::WeightGain, Severity::Medium, extent, Some(vital.clone()));
        Self { gain: Some(gain), ..occasion }
    }

    /// An early warning score that calls for somebody, by a measurement that it rests on.
    pub(super) fn score(vital: &Vital, severity: Severity, score: Score) -> Self {
        let extent = score.parts.total().map_or(0, i64::from);
        Self { score: Some(score), ..Self::new(Topic::News2, severity, extent, Some(vital.clone())) }
    }

    /// A call for help.
    pub(super) fn call(message: Option<Phi<String>>, location: Option<Phi<String>>) -> Self {
        let occasion = Self::new(Topic::Emergency, Severity::Critical, 0, None);
        Self { message, location, ..occasion }
    }

    pub(super) const fn severity(&self) -> Severity {
        self.gravity.severity
    }
}

/// Lets an occasion join an alert, which shows it when it is the gravest.
pub(super) fn join(tx: &dyn Reader, ward: &Ward, alert: &mut Alert, occasion: &Occasion) -> Result<()> {
    let is_first = alert.occasions == 0;
    alert.occasions = alert.occasions.saturating_add(1);
    if is_first || (!alert.reading_withdrawn && occasion.gravity >= alert.gravity()) {
        show(alert, occasion);
    } else if alert.reading_withdrawn {
        let graver = gravest_left(tx, ward, alert)?.filter(|left| left.gravity > occasion.gravity);
        let gravest = graver.as_ref().unwrap_or(occasion);
        if gravest.severity() >= alert.severity {
            show(alert, gravest);
        }
    }
    if occasion.message.is_some() {
        alert.message.clone_from(&occasion.message);
    }
    if occasion.location.is_some() {
        alert.location.clone_from(&occasion.location);
    }
    follow(tx, &ward.access, alert)
}

fn show(alert: &mut Alert, occasion: &Occasion) {
    alert.gravity = Some(occasion.gravity);
    alert.vital = occasion.vital.as_ref().map(|vital| vital.id);
    alert.reading = occasion.vital.as_ref().map(|vital| vital.reading);
    alert.measured_at = occasion.vital.as_ref().map(|vital| vital.measured_at);
    alert.score.clone_from(&occasion.score);
    alert.gain = occasion.gain;
    alert.reading_withdrawn = false;
}

/// Puts the newest reading of its type, and the newest score, beside the gravest.
fn follow(tx: &dyn Reader, access: &Access, alert: &mut Alert) -> Result<()> {
    if let Some(vital_type) = alert.topic.vital_type() {
        let newest = tables::newest(&WhatIsLeft(tx), access, vital_type, 1)?;
        alert.latest = newest.first().map(AlertReading::of);
    }
    if alert.topic == Topic::News2 {
        alert.latest_score = tables::last_scores(&WhatIsLeft(tx), access, 1)?.pop();
    }
    Ok(())
}

/// The patient's alert on a topic with the newest reading beside it, when one is not resolved and shows another yet.
pub(super) fn followed(tx: &dyn Reader, access: &Access, topic: Topic) -> Result<Option<Alert>> {
    let last = alert_tables::last_alert(tx, access, topic)?;
    let Some(mut alert) = last.filter(|alert| alert.state != AlertState::Resolved) else { return Ok(None) };
    let before = (alert.latest, alert.latest_score.clone());
    follow(tx, access, &mut alert)?;
    Ok((before != (alert.latest, alert.latest_score.clone())).then_some(alert))
}

/// Takes a measurement that was wrong out of an alert. Says whether the alert shows something else now.
pub(super) fn leave(tx: &dyn Reader, ward: &Ward, alert: &mut Alert, wrong: VitalId) -> Result<bool> {
    let before = alert.clone();
    let rests_on_it = alert.score.as_ref().is_some_and(|score| score.vitals.contains(&wrong));
    if alert.vital == Some(wrong) || rests_on_it {
        match gravest_left(tx, ward, alert)?.filter(|left| left.severity() >= alert.severity) {
            Some(left) => show(alert, &left),
            None => alert.reading_withdrawn = true,
        }
    }
    follow(tx, &ward.access, alert)?;
    Ok(*alert != before)
}

/// The gravest occasion of an alert that is not marked as wrong, as far as they are known. Occasions of a trend are not kept.
fn gravest_left(tx: &dyn Reader, ward: &Ward, alert: &Alert) -> Result<Option<Occasion>> {
    let tx = &WhatIsLeft(tx);
    let since = alert.opened_at.minus(ALERTING_AGE);
    let mut left = Vec::new();
    match alert.topic {
        Topic::Reading(vital_type) => {
            let monitoring = tables::monitoring(tx, &ward.access)?;
            let times = (since, None);
            tables::visit(tx, &ward.access, Some(vital_type), times, Direction::Forward, |vital| {
                if let (true, None, Some(severity)) =
                    (vital.alert == Some(alert.id), &vital.withdrawn, vital.severity)
                {
                    left.push(Occasion::reading(&vital, severity, &monitoring));
                }
                Ok(Step::Continue)
            })?;
        }
        Topic::News2 => {
            for score in tables::last_scores(tx, &ward.access, usize::MAX)? {
                let severity = score.parts.risk().and_then(|risk| risk.severity());
                let newest = score.vitals.first().map(|id| VITALS.get(tx, id)).transpose()?.flatten();
                if let (true, Some(severity), Some(vital)) = (score.at >= since, severity, newest) {
                    left.push(Occasion::score(&vital, severity, score));
                }
            }
        }
        Topic::RisingBloodPressure | Topic::WeightGain | Topic::Emergency => {}
    }
    Ok(left.into_iter().max_by_key(|occasion| occasion.gravity))
}
