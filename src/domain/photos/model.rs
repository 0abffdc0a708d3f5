//! A photograph, by what it shows.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::platform::blobs::ContentHash;
use crate::platform::clock::Timestamp;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{MedicationId, UserId};
use crate::platform::store::{Key, KeyReader};

/// What a photograph shows. There is one of each: a newer one takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Subject {
    /// The person.
    Profile,
    /// A doctor's licence.
    License,
    /// A medicine of a patient.
    Medicine(MedicationId),
}

impl Subject {
    /// Which sort it is.
    pub const fn kind(self) -> PhotoKind {
        match self {
            Self::Profile => PhotoKind::Profile,
            Self::License => PhotoKind::License,
            Self::Medicine(_) => PhotoKind::Medicine,
        }
    }

    /// The medication line, of a medicine.
    pub const fn medication(self) -> Option<MedicationId> {
        match self {
            Self::Medicine(id) => Some(id),
            Self::Profile | Self::License => None,
        }
    }
}

/// The sorts of photographs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PhotoKind {
    /// Of the person.
    Profile,
    /// Of a doctor's licence.
    License,
    /// Of a medicine.
    Medicine,
}

impl Key for Subject {
    fn encode(&self, out: &mut Vec<u8>) {
        let (kind, id) = match self {
            Self::Profile => (1_u8, Uuid::nil()),
            Self::License => (2, Uuid::nil()),
            Self::Medicine(id) => (3, id.0),
        };
        kind.encode(out);
        out.extend_from_slice(id.as_bytes());
    }

    fn decode(from: &mut KeyReader<'_>) -> Result<Self> {
        let kind = u8::decode(from)?;
        let id = MedicationId::decode(from)?;
        match kind {
            1 => Ok(Self::Profile),
            2 => Ok(Self::License),
            3 => Ok(Self::Medicine(id)),
            _ => Err(Error::internal("key holds no subject of a photograph")),
        }
    }
}

/// A photograph. Its file lies beside the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// Whose it is, and whose storage it takes.
    pub owner: UserId,
    /// What it shows.
    pub subject: Subject,
    /// The file.
    pub content: ContentHash,
    /// Bytes of the file.
    pub bytes: u64,
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Who took it.
    pub by: UserId,
    /// When it was added.
    pub at: Timestamp,
}
