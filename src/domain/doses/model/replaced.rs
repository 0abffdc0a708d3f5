//! What a record took the place of that became known after its line was changed.

use serde::{Deserialize, Serialize};

use crate::domain::prescriptions::model::{Course, Line};
use crate::platform::ids::DoseId;

/// What a line asked for before something became known of one of its doses after it was changed, so that it is asked for
/// again when that is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The version of the prescription whose plan it was.
    #[serde(rename = "v")]
    pub version: u32,
    /// How the line counted before.
    #[serde(rename = "f")]
    pub from: Reckoned,
    /// How it counts since.
    #[serde(rename = "t")]
    pub to: Reckoned,
    /// How it counted before in earlier versions, by their number.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<(u32, Reckoned)>,
    /// Its doses that were due or missed and were cancelled by that.
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub doses: Vec<DoseId>,
}

/// How the doses of a line are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reckoned {
    /// Where they begin.
    #[serde(rename = "c")]
    pub course: Course,
    /// How many there are, where their number is known.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub doses: Option<u32>,
}

impl Reckoned {
    /// How `line` counts; nothing before it took effect.
    pub fn of(line: &Line) -> Option<Self> {
        line.course.map(|course| Self { course, doses: line.doses })
    }
}
