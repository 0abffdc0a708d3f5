//! Which patients need a doctor's attention, and why: pure rules over what is counted of each anyway.
//!
//! Every reason rests on what is shared with the doctor who reads it; what is not shared is no reason. A figure that rests
//! on too few doses is none either: a single dose would decide it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::adherence::model::{Permille, Tally};
use super::adherence::rules::taking;
use super::doses::review::{LOW_ADHERENCE_DAYS, LOW_ADHERENCE_DOSES_MIN};
use super::vitals::alert::{Alert, AlertState, Topic};
use super::vitals::model::Severity;
use crate::platform::clock::Timestamp;
use crate::platform::ids::{AlertId, MedicationId, PrescriptionId};
use crate::platform::settings::AdherenceSettings;

/// Days over which adherence is judged, the last of them yesterday; the same number before them is what it fell from.
pub const WINDOW_DAYS: u32 = LOW_ADHERENCE_DAYS;
/// A figure that fell by so many tenths of a percent is falling.
pub const FALL_PERMILLE: u32 = 200;
/// A visit that is overdue for longer than so many days is graver.
pub const LONG_OVERDUE_DAYS: i64 = 30;

/// What a reason is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReasonKind {
    /// A health alert that nobody has taken over.
    AlertUnanswered,
    /// A health alert that somebody has taken over and nobody has resolved.
    BadVitals,
    /// A visit that has passed, and the doctor has prescribed nothing since.
    VisitOverdue,
    /// Few doses were taken in the last days.
    LowAdherence,
    /// Far fewer doses were taken in the last days than in those before.
    FallingAdherence,
    /// A medicine runs out before its treatment ends.
    SupplyEnds,
    /// Part of the record is lost with a damaged page, and may hold other reasons.
    RecordLost,
}

impl ReasonKind {
    /// The key of its sentence.
    pub const fn key(self) -> &'static str {
        match self {
            Self::AlertUnanswered => "attention.alert_unanswered",
            Self::BadVitals => "attention.bad_vitals",
            Self::VisitOverdue => "attention.visit_overdue",
            Self::LowAdherence => "attention.low_adherence",
            Self::FallingAdherence => "attention.falling_adherence",
            Self::SupplyEnds => "attention.supply_ends",
            Self::RecordLost => "attention.record_lost",
        }
    }
}

/// Why a patient needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A health alert that is not resolved.
    Alert {
        /// Which.
        alert: AlertId,
        /// What about.
        topic: Topic,
        /// How grave.
        severity: Severity,
        /// Since when it is open.
        since: Timestamp,
        /// Whether somebody has taken it over.
        is_taken_over: bool,
    },
    /// A visit has passed, and the doctor has prescribed nothing since.
    VisitOverdue {
        /// The prescription that named the visit.
        prescription: PrescriptionId,
        /// The day of the visit.
        date: NaiveDate,
        /// Whole days since then.
        days: i64,
    },
    /// The figure of the last days is RED.
    LowAdherence {
        /// How the doses of the last days ended.
        week: Tally,
    },
    /// The figure of the last days is far lower than that of the days before.
    FallingAdherence {
        /// How the doses of the last days ended.
        week: Tally,
        /// How those of the days before ended.
        before: Tally,
    },
    /// What was prescribed of a medicine does not last to the end of its treatment.
    SupplyEnds {
        /// The medicine line.
        medication: MedicationId,
        /// Its prescription.
        prescription: PrescriptionId,
        /// The medicine as prescribed.
        medicine_name: String,
        /// The same in Khmer.
        medicine_name_khmer: Option<String>,
        /// The day of the first planned dose that is not covered, as the last look at the treatment found it; nothing
        /// when an earlier program looked.
        on: Option<NaiveDate>,
    },
    /// Part of what the doctor may see is lost with a damaged page. Nobody knows whether there were other reasons on it.
    RecordLost,
}

impl Reason {
    /// What it is about.
    pub const fn kind(&self) -> ReasonKind {
        match self {
            Self::Alert { is_taken_over: false, .. } => ReasonKind::AlertUnanswered,
            Self::Alert { is_taken_over: true, .. } => ReasonKind::BadVitals,
            Self::VisitOverdue { .. } => ReasonKind::VisitOverdue,
            Self::LowAdherence { .. } => ReasonKind::LowAdherence,
            Self::FallingAdherence { .. } => ReasonKind::FallingAdherence,
            Self::SupplyEnds { .. } => ReasonKind::SupplyEnds,
            Self::RecordLost => ReasonKind::RecordLost,
        }
    }

    /// How grave it is. An alert is as grave as it says; of the rest nothing is CRITICAL.
    pub const fn severity(&self) -> Severity {
        match self {
            Self::Alert { severity, .. } => *severity,
            Self::LowAdherence { .. } | Self::RecordLost => Severity::High,
            Self::VisitOverdue { days, .. } if *days > LONG_OVERDUE_DAYS => Severity::High,
            Self::VisitOverdue { .. } | Self::FallingAdherence { .. } | Self::SupplyEnds { .. } => {
                Severity::Medium
            }
        }
    }

    /// An alert as a reason; nothing once it is resolved.
    pub fn of_alert(alert: &Alert) -> Option<Self> {
        let is_taken_over = match alert.state {
            AlertState::Open => false,
            AlertState::Acknowledged => true,
            AlertState::Resolved => return None,
        };
        Some(Self::Alert {
            alert: alert.id,
            topic: alert.topic,
            severity: alert.severity,
            since: alert.opened_at,
            is_taken_over,
        })
    }
}

/// What the adherence of the last [`WINDOW_DAYS`] days up to yesterday says, `before` being that of as many days before them.
pub fn of_adherence(week: Tally, before: Tally, settings: &AdherenceSettings) -> Option<Reason> {
    let figure = judged(week)?;
    if figure.0 < settings.yellow_from_permille {
        return Some(Reason::LowAdherence { week });
    }
    let fell = judged(before)?.0.saturating_sub(figure.0);
    (fell >= FALL_PERMILLE).then_some(Reason::FallingAdherence { week, before })
}

/// A figure that rests on enough doses.
fn judged(tally: Tally) -> Option<Permille> {
    taking(&tally).filter(|_| tally.counted() >= LOW_ADHERENCE_DOSES_MIN)
}

/// The gravest first; among equals in the order of [`ReasonKind`].
pub fn put_in_order(reasons: &mut [Reason]) {
    reasons.sort_by_key(|reason| (std::cmp::Reverse(reason.severity()), reason.kind()));
}

/// The place of a patient with these reasons, which stand in order, among those who need attention: the gravest reason
/// decides, then what it is about, then how many there are; smaller comes first. Nothing for whoever needs none.
pub fn rank(reasons: &[Reason]) -> Option<u32> {
    let gravest = reasons.first()?;
    let step = match gravest.severity() {
        Severity::Critical => 0,
        Severity::High => 1,
        Severity::Medium => 2,
        Severity::Low => 3,
    };
    let kind = match gravest.kind() {
        ReasonKind::AlertUnanswered => 0,
        ReasonKind::BadVitals => 1,
        ReasonKind::VisitOverdue => 2,
        ReasonKind::LowAdherence => 3,
        ReasonKind::FallingAdherence => 4,
        ReasonKind::SupplyEnds => 5,
        ReasonKind::RecordLost => 6,
    };
    let few = 99_u32.saturating_sub(u32::try_from(reasons.len()).unwrap_or(99));
    Some(step * 1_000 + kind * 100 + few)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(taken: u32, missed: u32) -> Tally {
        Tally { on_time: taken, missed, ..Tally::default() }
    }

    fn judged_as(week: Tally, before: Tally) -> Option<ReasonKind> {
        of_adherence(week, before, &AdherenceSettings::default()).map(|reason| reason.kind())
    }

    #[test]
    fn adherence_is_low_below_yellow_and_falling_by_a_fifth() {
        let good = tally(14, 0);
        assert_eq!(judged_as(tally(6, 8), good), Some(ReasonKind::LowAdherence));
        assert_eq!(judged_as(tally(7, 7), good), Some(ReasonKind::FallingAdherence));
        assert_eq!(judged_as(tally(8, 2), tally(10, 0)), Some(ReasonKind::FallingAdherence));
        assert_eq!(judged_as(tally(81, 19), tally(100, 0)), None);
        assert_eq!(judged_as(good, tally(0, 14)), None, "it rose");
        assert_eq!(judged_as(tally(7, 7), tally(7, 7)), None, "it stands");
    }

    #[test]
    fn few_doses_decide_nothing() {
        assert_eq!(judged_as(tally(0, 6), tally(14, 0)), None);
        assert_eq!(judged_as(tally(0, 7), Tally::default()), Some(ReasonKind::LowAdherence));
        assert_eq!(judged_as(tally(4, 3), tally(6, 0)), None, "what it fell from is not known");
        assert_eq!(judged_as(Tally::default(), tally(14, 0)), None, "nothing counted is no figure");
    }

    #[test]
    fn the_gravest_reason_comes_first_and_then_the_number() {
        let overdue = |days| Reason::VisitOverdue {
            prescription: PrescriptionId(uuid::Uuid::nil()),
            date: NaiveDate::default(),
            days,
        };
        let low = Reason::LowAdherence { week: tally(0, 7) };
        assert_eq!((overdue(30).severity(), overdue(31).severity()), (Severity::Medium, Severity::High));
        let mut reasons = vec![overdue(3), low.clone()];
        put_in_order(&mut reasons);
        assert_eq!(reasons, [low.clone(), overdue(3)]);
        let (one, two, late) =
            (rank(std::slice::from_ref(&low)), rank(&reasons), rank(&[overdue(3), overdue(4)]));
        assert!(two < one && one < late, "{two:?} {one:?} {late:?}");
        assert_eq!(rank(&[]), None);
    }
}
