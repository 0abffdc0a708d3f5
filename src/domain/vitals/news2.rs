//! The National Early Warning Score 2.
//!
//! Source: Royal College of Physicians. National Early Warning Score (NEWS) 2: Standardising the assessment of
//! acute-illness severity in the NHS. Updated report of a working party. London: RCP, 2017. The chart is reproduced
//! unmodified with acknowledgement to the Royal College of Physicians. Not for people under 16 and not in pregnancy.
//!
//! What was not measured scores nothing and makes the score incomplete; it is never taken for normal. The chart bands
//! whole numbers, and tenths of a degree. A value between two of them scores as the graver of the two, so that no score
//! is milder than the value.

use serde::{Deserialize, Serialize};

use super::model::{Breathing, Consciousness, Milli, Severity};
use super::monitoring::Spo2Scale;
use crate::platform::clock::{Span, Timestamp};

/// Values count together when they were measured within this time.
pub const WINDOW: Span = Span::hours(1);
/// Youngest age, in years, for which the score is meant.
pub const YEARS_MIN: u32 = 16;

/// What the score is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Inputs {
    pub respiratory_rate: Option<Milli>,
    pub spo2: Option<Milli>,
    pub spo2_scale: Spo2Scale,
    pub breathing: Option<Breathing>,
    pub systolic: Option<Milli>,
    pub pulse: Option<Milli>,
    pub consciousness: Option<Consciousness>,
    pub temperature: Option<Milli>,
}

/// The sub-scores, 0 to 3 each; nothing where the value is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SubScores {
    pub respiratory_rate: Option<u8>,
    pub spo2: Option<u8>,
    pub breathing: Option<u8>,
    pub systolic: Option<u8>,
    pub pulse: Option<u8>,
    pub consciousness: Option<u8>,
    pub temperature: Option<u8>,
}

impl SubScores {
    /// Each with its name as the API writes it.
    pub const fn named(&self) -> [(&'static str, Option<u8>); 7] {
        [
            ("respiratoryRate", self.respiratory_rate),
            ("spo2", self.spo2),
            ("breathing", self.breathing),
            ("systolic", self.systolic),
            ("pulse", self.pulse),
            ("consciousness", self.consciousness),
            ("temperature", self.temperature),
        ]
    }

    /// The sum, 0 to 20; nothing when anything is missing.
    pub fn total(&self) -> Option<u8> {
        self.named().into_iter().map(|(_, score)| score).sum()
    }

    /// What is missing.
    pub fn missing(&self) -> Vec<&'static str> {
        self.named().into_iter().filter(|(_, score)| score.is_none()).map(|(name, _)| name).collect()
    }

    /// Whether one value alone scores 3, which calls for an urgent review whatever the sum.
    pub fn has_three(&self) -> bool {
        self.named().into_iter().any(|(_, score)| score == Some(3))
    }

    /// The clinical risk; nothing when the score is incomplete.
    pub fn risk(&self) -> Option<Risk> {
        Some(match self.total()? {
            7.. => Risk::High,
            5..=6 => Risk::Medium,
            _ if self.has_three() => Risk::LowMedium,
            _ => Risk::Low,
        })
    }
}

/// The clinical risk that the RCP's chart reads from a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Risk {
    /// 0 to 4.
    Low,
    /// 3 in a single value: urgent review by a clinician on the ward.
    LowMedium,
    /// 5 or 6: urgent review within the hour.
    Medium,
    /// 7 or more: emergency assessment.
    High,
}

impl Risk {
    /// How grave an alert it opens.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Low => None,
            Self::LowMedium => Some(Severity::Medium),
            Self::Medium => Some(Severity::High),
            Self::High => Some(Severity::Critical),
        }
    }
}

/// A complete score as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The sub-scores.
    pub parts: SubScores,
    /// The scale for the oxygen saturation.
    pub spo2_scale: Spo2Scale,
    /// When the newest of its values was measured.
    pub at: Timestamp,
    /// The measurements it rests on.
    pub vitals: Vec<crate::platform::ids::VitalId>,
}

/// Scores what is there.
pub fn score(inputs: &Inputs) -> SubScores {
    let graver = |value: Option<Milli>, step: i32, band: fn(i32) -> u8| {
        value.map(|value| neighbours(value, step).map(band).into_iter().max().unwrap_or_default())
    };
    SubScores {
        respiratory_rate: graver(inputs.respiratory_rate, UNIT, respiratory_rate),
        spo2: inputs.spo2.and_then(|spo2| match inputs.spo2_scale {
            Spo2Scale::Scale1 => graver(Some(spo2), UNIT, spo2_on_scale_1),
            Spo2Scale::Scale2 => {
                let [lower, upper] =
                    neighbours(spo2, UNIT).map(|value| spo2_on_scale_2(value, inputs.breathing));
                Some(lower?.max(upper?))
            }
        }),
        breathing: inputs.breathing.map(|breathing| match breathing {
            Breathing::Air => 0,
            Breathing::Oxygen => 2,
        }),
        systolic: graver(inputs.systolic, UNIT, pressure),
        pulse: graver(inputs.pulse, UNIT, pulse),
        consciousness: inputs.consciousness.map(|consciousness| match consciousness {
            Consciousness::Alert => 0,
            Consciousness::Confusion
            | Consciousness::Voice
            | Consciousness::Pain
            | Consciousness::Unresponsive => 3,
        }),
        temperature: graver(inputs.temperature, TENTH, temperature),
    }
}

/// Thousandths in one, and in a tenth.
const UNIT: i32 = 1_000;
const TENTH: i32 = 100;

/// The numbers of the chart, so many thousandths apart, between which a value lies; twice the same where it is one.
const fn neighbours(value: Milli, step: i32) -> [i32; 2] {
    let lower = value.0.div_euclid(step);
    let upper = if value.0.rem_euclid(step) == 0 { lower } else { lower + 1 };
    [lower, upper]
}

const fn respiratory_rate(per_minute: i32) -> u8 {
    match per_minute {
        ..=8 => 3,
        9..=11 => 1,
        12..=20 => 0,
        21..=24 => 2,
        25.. => 3,
    }
}

const fn spo2_on_scale_1(percent: i32) -> u8 {
    match percent {
        ..=91 => 3,
        92..=93 => 2,
        94..=95 => 1,
        96.. => 0,
    }
}

/// From 93 % on it matters what the patient breathes; when that is not known, there is no score.
const fn spo2_on_scale_2(percent: i32, breathing: Option<Breathing>) -> Option<u8> {
    match (percent, breathing) {
        (..=83, _) => Some(3),
        (84..=85, _) => Some(2),
        (86..=87, _) => Some(1),
        (88..=92, _) | (93.., Some(Breathing::Air)) => Some(0),
        (93..=94, Some(Breathing::Oxygen)) => Some(1),
        (95..=96, Some(Breathing::Oxygen)) => Some(2),
        (97.., Some(Breathing::Oxygen)) => Some(3),
        (93.., None) => None,
    }
}

const fn pressure(systolic: i32) -> u8 {
    match systolic {
        ..=90 => 3,
        91..=100 => 2,
        101..=110 => 1,
        111..=219 => 0,
        220.. => 3,
    }
}

const fn pulse(per_minute: i32) -> u8 {
    match per_minute {
        ..=40 => 3,
        41..=50 => 1,
        51..=90 => 0,
        91..=110 => 1,
        111..=130 => 2,
        131.. => 3,
    }
}

/// In tenths of a degree Celsius.
const fn temperature(tenths: i32) -> u8 {
    match tenths {
        ..=350 => 3,
        351..=360 => 1,
        361..=380 => 0,
        381..=390 => 1,
        391.. => 2,
    }
}
