//! Identifiers: UUID version 7, one type for each kind of thing so that a patient's id cannot stand where
//! a prescription's is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clock::Timestamp;
use super::error::Result;
use super::random::Random;
use super::store::{Key, KeyReader};

/// A fresh UUID version 7 (RFC 9562, 5.7) for an instant: 48 bits of milliseconds, then random bits.
///
/// # Errors
/// When there is no randomness to be had.
pub fn new_uuid(now: Timestamp, random: &Random) -> Result<Uuid> {
    let milliseconds = u64::try_from(now.as_milliseconds()).unwrap_or(0);
    Ok(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random.bytes()?).into_uuid())
}

/// Declares an identifier type around a UUID.
macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The identifier's 128 bits, as used for cache keys.
            pub const fn as_u128(self) -> u128 { self.0.as_u128() }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> { Ok(Self(Uuid::from_str(text)?)) }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self { Self(id) }
        }
        impl From<$name> for Uuid {
            fn from(id: $name) -> Uuid { id.0 }
        }
        impl Key for $name {
            fn encode(&self, out: &mut Vec<u8>) { out.extend_from_slice(self.0.as_bytes()); }
            fn decode(from: &mut KeyReader<'_>) -> Result<Self> {
                Ok(Self(Uuid::from_bytes(from.take()?)))
            }
        }
    )*};
}

id_types! {
    /// A person with an account.
    UserId;
    /// A signed-in device.
    SessionId;
    /// A connection between a patient and a doctor or family member.
    ConnectionId;
    /// A request of a doctor or family member to see one part of a record once.
    AccessRequestId;
    /// A medicine of the catalogue.
    MedicineId;
    /// A prescription.
    PrescriptionId;
    /// One medication line of a prescription.
    MedicationId;
    /// One planned or recorded intake. See `domain::doses::model` for what its bits hold.
    DoseId;
    /// A message to one person.
    NotificationId;
    /// A browser or telephone that gets push messages.
    DeviceId;
    /// A caregiver's reminder of one dose.
    NudgeId;
    /// A durable job.
    JobId;
    /// A batch of prescriptions written in one call.
    BatchId;
    /// A measured vital sign.
    VitalId;
    /// A payment that was asked for.
    PaymentId;
    /// A health alert.
    AlertId;
    /// An entry of a patient's clinical record.
    RecordEntryId;
    /// Medicines that a patient uses together.
    PillGroupId;
    /// A doctor's note.
    NoteId;
}
