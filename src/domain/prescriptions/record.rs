//! A prescription and its versions as stored.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::model::{Line, OverrideReason, Pause, Tier, Weighed};
use super::notice::Wording;
use super::state::Status;
use crate::domain::users::model::Role;
use crate::platform::clock::Timestamp;
use crate::platform::ids::{BatchId, PrescriptionId, UserId};
use crate::platform::secret::Phi;

/// Who wrote something, named as they were then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Who.
    pub id: UserId,
    /// As what.
    pub role: Role,
    /// Their name when they wrote it.
    pub name: Phi<String>,
}

/// A safety finding that the author saw and overrode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Which finding.
    pub finding: String,
    /// Why it is prescribed nevertheless; of earlier programs always [`OverrideReason::Other`].
    #[serde(default)]
    pub code: OverrideReason,
    /// The same in words; always there for [`OverrideReason::Other`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Phi<String>>,
    /// What was overridden, as it was then; nothing in what earlier programs wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Overridden>,
}

impl Override {
    /// Whether it gives the same reason for the same finding.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.finding == other.finding && self.code == other.code && self.reason == other.reason
    }
}

/// What was overridden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overridden {
    /// How grave it was.
    pub tier: Tier,
    /// The harm in one word.
    pub hazard: String,
    /// The medicines by name, but for those that the author may not see.
    pub medicines: Vec<String>,
    /// What may happen.
    pub effect: Wording,
    /// The numbers behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weighed: Vec<Weighed>,
}

/// What is prescribed: the part of a prescription that versions keep.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Content {
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Phi<String>>,
    /// Complaints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symptoms: Option<Phi<String>>,
    /// For colleagues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clinical_note: Option<Phi<String>>,
    /// Next visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<NaiveDate>,
    /// Safety findings overridden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// The medication lines, 1 to 30.
    pub lines: Vec<Line>,
}

impl Content {
    /// The line that has this number, now or in an earlier version.
    pub fn line_with(&self, number: u32) -> Option<&Line> {
        self.lines.iter().find(|line| line.has_number(number))
    }

    /// Takes over what `new` says of everything but the lines; what it leaves out stays, and overrides are those that
    /// it gives.
    pub fn take_over(&mut self, new: Self) {
        self.diagnosis = new.diagnosis.or(self.diagnosis.take());
        self.symptoms = new.symptoms.or(self.symptoms.take());
        self.clinical_note = new.clinical_note.or(self.clinical_note.take());
        self.follow_up = new.follow_up.or(self.follow_up);
        self.overrides = new.overrides;
    }

    /// The last day of the last line; `None` while any line goes on without end.
    pub fn end(&self) -> Option<NaiveDate> {
        self.lines.iter().map(|line| line.end).collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}

/// A prescription as it stands: the content is that of the current version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prescription {
    /// Its id.
    pub id: PrescriptionId,
    /// For whom.
    pub patient: UserId,
    /// Who wrote it. Only they change it.
    pub author: Author,
    /// Where it stands; see [`Prescription::status_on`].
    pub status: Status,
    /// Number of the current version, from 1.
    pub version: u32,
    /// What is prescribed.
    pub content: Content,
    /// A version that waits for the patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_version: Option<u32>,
    /// Whether it is urgent.
    #[serde(default)]
    pub urgent: bool,
    /// Why it is urgent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgent_reason: Option<Phi<String>>,
    /// Reason of the last refusal, request for revision, pause or stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Phi<String>>,
    /// When the patient confirmed it; from then on ordinary changes wait for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// When it first took effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activated_at: Option<Timestamp>,
    /// When it reached a final state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Since when it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_at: Option<Timestamp>,
    /// When it was paused and went on again, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// The batch it was written in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchId>,
    /// When it was written.
    pub created_at: Timestamp,
    /// Last change of this row.
    pub updated_at: Timestamp,
    /// Counts the changes of this row, for `If-Match`.
    pub revision: u64,
    /// Safety rules that were silent and speak again, and of whose findings here somebody was told: once of each.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub told_of: BTreeSet<String>,
}

impl Prescription {
    /// Where it stands on a day of the clinic's calendar: the day after its last one it is completed, also
    /// before the job has written that down.
    pub fn status_on(&self, today: NaiveDate) -> Status {
        let running = matches!(self.status, Status::Active | Status::Paused);
        match self.content.end() {
            Some(end) if running && end < today => Status::Completed,
            _ => self.status,
        }
    }

    /// Whether `person` may see it at all: what is not or no longer issued is its author's alone.
    pub fn is_visible_to(&self, person: Option<UserId>) -> bool {
        !matches!(self.status, Status::Draft | Status::Discarded) || person == Some(self.author.id)
    }
}

/// What became of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VersionState {
    /// It is or was the current one.
    Applied,
    /// It waits for the patient.
    Pending,
    /// The patient did not want it.
    Rejected,
    /// The patient asked for another one.
    RetakeRequested,
    /// Another version or the end of the prescription came before the patient decided.
    Withdrawn,
}

/// One change in words of both languages, as they were when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// In English.
    pub en: Phi<String>,
    /// In Khmer.
    pub km: Phi<String>,
}

/// A version. Everything but its state, and where its doses begin once it takes effect, is never changed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number, from 1 without gaps.
    pub number: u32,
    /// Who wrote it.
    pub author: Author,
    /// When.
    pub at: Timestamp,
    /// When it took effect, if that was later: the patient confirmed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// Since when the prescription was paused when it took effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_at: Option<Timestamp>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Phi<String>>,
    /// Whether it took effect without waiting for the patient because it was urgent.
    pub urgent: bool,
    /// What became of it.
    pub state: VersionState,
    /// The full content.
    pub content: Content,
    /// What differs from the version in force when it was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

impl Version {
    /// When it took effect, if it ever did.
    pub fn in_force_since(&self) -> Timestamp {
        self.confirmed_at.unwrap_or(self.at)
    }
}

/// Prescriptions that a doctor wrote for several patients in one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// Who wrote it.
    pub author: UserId,
    /// When.
    pub created_at: Timestamp,
    /// For whom it was asked for, in that order; none in batches of earlier programs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patients: Vec<UserId>,
}
