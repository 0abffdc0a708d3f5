//! A doctor's note with what it said before.

use serde::{Deserialize, Serialize};

use crate::platform::clock::Timestamp;
use crate::platform::ids::{NoteId, NotificationId, UserId};
use crate::platform::secret::Phi;

/// Most characters of a note.
pub const NOTE_CHARS_MAX: usize = 4_000;
/// Most editions of a note.
pub const EDITIONS_MAX: usize = 100;

/// A note of one doctor on one patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// On whom.
    pub patient: UserId,
    /// Whose.
    pub author: UserId,
    /// What it says and said, oldest first; never empty.
    pub editions: Vec<Edition>,
    /// When it was written first.
    pub created_at: Timestamp,
    /// When its author took it back; kept and shown to nobody from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<Timestamp>,
    /// The message by which the patient heard of it when it was first shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<NotificationId>,
}

/// What a note said from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// The words.
    pub text: Phi<String>,
    /// Whether the patient may read it.
    pub is_shared: bool,
    /// Since when.
    pub at: Timestamp,
}

impl Note {
    /// What it says now; nothing once it was taken back.
    pub fn current(&self) -> Option<&Edition> {
        self.editions.last().filter(|_| self.removed_at.is_none())
    }

    /// Whether the patient may read it.
    pub fn is_shared(&self) -> bool {
        self.current().is_some_and(|edition| edition.is_shared)
    }
}
