//! A pill group and the medicine lines in it.

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use crate::domain::prescriptions::model::Slot;
use crate::domain::users::model::MovedSlot;
use crate::platform::clock::Timestamp;
use crate::platform::ids::{MedicationId, PillGroupId, PrescriptionId, UserId};
use crate::platform::secret::Phi;

/// Most groups of one patient.
pub const GROUPS_MAX: usize = 20;
/// Most medicine lines in one group.
pub const MEMBERS_MAX: usize = 20;
/// Most characters of a group's name.
pub const NAME_CHARS_MAX: usize = 60;

/// Medicines that a patient uses together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PillGroup {
    /// Its id.
    pub id: PillGroupId,
    /// Whose.
    pub patient: UserId,
    /// As the patient calls it.
    pub name: Phi<String>,
    /// The time of day, on the clinic's wall clock, at which the patient uses them.
    pub time: NaiveTime,
    /// Whether it is in use: else its lines lie where they are prescribed.
    pub is_active: bool,
    /// The lines, in the order in which they were put in; each slot of a line is in one group at most.
    pub members: Vec<Member>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A medicine line in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The line.
    pub medication: MedicationId,
    /// Its prescription.
    pub prescription: PrescriptionId,
    /// Its number among all lines of the patient.
    pub line: u32,
    /// Which of its slots is used with the group.
    pub slot: Slot,
}

impl PillGroup {
    /// What the group asks for while it is in use.
    pub fn moves(&self) -> impl Iterator<Item = MovedSlot> + '_ {
        let members = self.members.iter().filter(|_| self.is_active);
        members.map(|member| MovedSlot { line: member.line, slot: member.slot, time: self.time })
    }
}
