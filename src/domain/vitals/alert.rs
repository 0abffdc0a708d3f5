//! Health alerts: how they open, worsen, are taken over and end.
//!
//! ```text
//! OPEN -> ACKNOWLEDGED -> RESOLVED      OPEN -> RESOLVED
//!   ^         |
//!   +---------+  it worsened, or went on for an hour
//! ```
//!
//! # When the same thing is alerted again
//! While an alert is not resolved, further readings of its topic join it in silence, unless one is graver, or an hour
//! has passed since people were last told: then it is OPEN again and they are told again. For an hour after the last
//! telling a resolved alert also silences readings that are no graver, but never a CRITICAL one.
//!
//! # What it shows
//! The gravest of its occasions since it opened, and beside it the latest reading of the type, normal or not: a later
//! mild value never hides a grave one, and nobody is called for a value that has long been followed by a better one
//! without being told so. An occasion that turns out to be wrong makes room for the gravest that is left, unless all
//! that are left are milder than the alert: then it stays, marked as wrong, for a doctor to judge.
//!
//! # The ladder
//! While a CRITICAL alert is OPEN, nobody is let off: every [`RUNG`] the doctors who were not told yet, else all of
//! them, and the admins are told anew, [`RUNGS_MAX`] times; then the admins a last time.

use serde::{Deserialize, Serialize};

use super::model::{Reading, Severity, Vital, VitalType};
use super::news2::Score;
use super::trends::Gain;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::{AlertId, UserId, VitalId};
use crate::platform::secret::Phi;

/// How long a topic stays silent unless it worsens.
pub const SILENCE: Span = Span::minutes(60);
/// How long a CRITICAL alert may stay without somebody taking it over.
pub const RUNG: Span = Span::minutes(10);
/// How often doctors and admins are told anew: for an hour.
pub const RUNGS_MAX: u32 = 6;
/// Pressing the emergency button again within this time answers with the same alert.
pub const EMERGENCY_PAUSE: Span = Span::minutes(1);

/// What an alert is about. At most one alert of a patient's topic is not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Topic {
    /// A value outside its range.
    Reading(VitalType),
    /// Three rising blood pressures.
    RisingBloodPressure,
    /// Two kilograms in three days.
    WeightGain,
    /// The early warning score.
    News2,
    /// The patient pressed the emergency button.
    Emergency,
}

impl Topic {
    /// Its place in keys; never reused.
    pub(super) const fn key(self) -> u8 {
        match self {
            Self::Reading(vital_type) => vital_type.key(),
            Self::RisingBloodPressure => 20,
            Self::WeightGain => 21,
            Self::News2 => 22,
            Self::Emergency => 23,
        }
    }

    /// The type of measurement it rests on; nothing for the score and the emergency button.
    pub const fn vital_type(self) -> Option<VitalType> {
        match self {
            Self::Reading(vital_type) => Some(vital_type),
            Self::RisingBloodPressure => Some(VitalType::BloodPressure),
            Self::WeightGain => Some(VitalType::Weight),
            Self::News2 | Self::Emergency => None,
        }
    }
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AlertState {
    /// Nobody has taken it over.
    Open,
    /// Somebody looks after it.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl AlertState {
    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Acknowledged => "ACKNOWLEDGED",
            Self::Resolved => "RESOLVED",
        }
    }

    /// Its place in keys, from 1; 0 stands for any state.
    pub(super) const fn key(self) -> u8 {
        match self {
            Self::Open => 1,
            Self::Acknowledged => 2,
            Self::Resolved => 3,
        }
    }
}

/// Who did it, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Hand {
    pub by: UserId,
    pub at: Timestamp,
}

/// How grave an occasion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gravity {
    /// First of all.
    pub severity: Severity,
    /// Among those of one severity and topic: distance from the target, systolic pressure, gain or score.
    pub extent: i64,
}

/// A measurement as an alert shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertReading {
    /// Which measurement.
    pub vital: VitalId,
    /// What was measured.
    pub reading: Reading,
    /// When.
    pub measured_at: Timestamp,
    /// How grave it is; nothing when it is in the range.
    pub severity: Option<Severity>,
}

impl AlertReading {
    /// That of a measurement.
    pub const fn of(vital: &Vital) -> Self {
        Self {
            vital: vital.id,
            reading: vital.reading,
            measured_at: vital.measured_at,
            severity: vital.severity,
        }
    }
}

/// An alert as stored. Fields with a default are missing in rows of the first releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// Its running number among the patient's measurements and alerts.
    pub number: u64,
    /// Whose record.
    pub patient: UserId,
    /// What about.
    pub topic: Topic,
    /// How grave.
    pub severity: Severity,
    /// Where it stands.
    pub state: AlertState,
    /// The measurement of its gravest occasion.
    pub vital: Option<VitalId>,
    /// That measurement.
    pub reading: Option<Reading>,
    /// When it was taken.
    #[serde(default)]
    pub measured_at: Option<Timestamp>,
    /// How grave that occasion is.
    #[serde(default)]
    pub gravity: Option<Gravity>,
    /// The newest measurement of the type until the alert ended, normal or not.
    #[serde(default)]
    pub latest: Option<AlertReading>,
    /// The gravest score, for [`Topic::News2`].
    pub score: Option<Score>,
    /// The newest score until the alert ended, for [`Topic::News2`].
    #[serde(default)]
    pub latest_score: Option<Score>,
    /// The greatest gain, for [`Topic::WeightGain`].
    #[serde(default)]
    pub gain: Option<Gain>,
    /// How many readings, scores or presses belong to it.
    pub occasions: u32,
    /// The patient's words, for [`Topic::Emergency`].
    pub message: Option<Phi<String>>,
    /// Where the patient is, in their words, for [`Topic::Emergency`].
    pub location: Option<Phi<String>>,
    /// Whether the measurement of its gravest occasion was marked as wrong since.
    pub reading_withdrawn: bool,
    /// When it opened first.
    pub opened_at: Timestamp,
    /// When people were last told because of a new occasion.
    pub alerted_at: Timestamp,
    /// Who took it over.
    pub acknowledged: Option<Hand>,
    /// Who ended it.
    pub resolved: Option<Hand>,
    /// How it ended, in their words.
    pub note: Option<Phi<String>>,
    /// Doctors who were told.
    pub told: Vec<UserId>,
    /// Whether the admins were told: then they may see and take over the alert.
    pub admins_told: bool,
    /// Counts how often it became OPEN and CRITICAL: each time has a ladder of its own.
    pub round: u32,
    /// How many rungs of the present ladder are done.
    pub rung: u32,
}

impl Alert {
    /// Whether its ladder runs.
    pub fn is_pressing(&self) -> bool {
        self.state == AlertState::Open && self.severity == Severity::Critical
    }

    /// How grave its gravest occasion is.
    pub fn gravity(&self) -> Gravity {
        self.gravity.unwrap_or(Gravity { severity: self.severity, extent: 0 })
    }

    /// The measurement of its gravest occasion.
    pub fn gravest(&self) -> Option<AlertReading> {
        Some(AlertReading {
            vital: self.vital?,
            reading: self.reading?,
            measured_at: self.measured_at.unwrap_or(self.alerted_at),
            severity: Some(self.gravity().severity),
        })
    }
}

/// What a new occasion does to its topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A new alert opens.
    Open,
    /// The last alert is OPEN again or graver, and people are told again.
    Again,
    /// The occasion joins the last alert in silence.
    Join,
    /// Nothing: the last alert was resolved a short while ago.
    Silence,
}

/// Judges a new occasion of a topic by the topic's last alert.
pub fn judge(last: Option<&Alert>, severity: Severity, now: Timestamp) -> Verdict {
    let Some(last) = last else { return Verdict::Open };
    let graver = severity > last.severity;
    let rested = now >= last.alerted_at.plus(SILENCE);
    match last.state {
        AlertState::Open | AlertState::Acknowledged if graver || rested => Verdict::Again,
        AlertState::Open | AlertState::Acknowledged => Verdict::Join,
        AlertState::Resolved if graver || rested || severity == Severity::Critical => Verdict::Open,
        AlertState::Resolved => Verdict::Silence,
    }
}

/// Opens an alert anew for an occasion of this severity. One that was taken over takes the severity of the new
/// occasion; one that was not keeps the gravest. A ladder that runs goes on; else a new one begins.
pub fn reopen(alert: &mut Alert, severity: Severity, now: Timestamp) {
    let was_pressing = alert.is_pressing();
    alert.severity = match alert.state {
        AlertState::Open => alert.severity.max(severity),
        AlertState::Acknowledged | AlertState::Resolved => severity,
    };
    alert.state = AlertState::Open;
    alert.acknowledged = None;
    alert.alerted_at = now;
    if alert.is_pressing() && !was_pressing {
        alert.round = alert.round.saturating_add(1);
        alert.rung = 0;
    }
}
