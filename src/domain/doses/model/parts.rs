//! What the id of a dose is made of.

use std::str::FromStr;

use uuid::Uuid;

use crate::platform::clock::Timestamp;
use crate::platform::error::{Error, Result};
use crate::platform::ids::DoseId;

/// What a [`DoseId`] holds. It is a UUID version 7 made by rule, not by chance: after the 48 bits of the
/// scheduled time the 74 free bits are line number (32), patient number (32) and ten zeros. So one line has one
/// dose at one instant, ids sort by time, and an id alone leads to its patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DoseParts {
    /// When it is to be taken, from 1970 to the year 10889.
    pub scheduled: Timestamp,
    /// The line's number among all lines of the patient.
    pub line: u32,
    /// The patient's number.
    pub patient: u32,
}

const LOW_BITS: u32 = 62;
const LOW_MASK: u128 = (1 << LOW_BITS) - 1;
const VERSION_AND_VARIANT: u128 = (7 << 76) | (2 << 62);
const VERSION_AND_VARIANT_MASK: u128 = (0xF << 76) | (3 << 62);
const MILLISECONDS_MAX: i64 = (1 << 48) - 1;

impl DoseParts {
    /// The id.
    ///
    /// # Errors
    /// When the scheduled time does not fit into 48 bits of milliseconds.
    pub fn id(self) -> Result<DoseId> {
        let milliseconds = self.scheduled.as_milliseconds();
        if !(0..=MILLISECONDS_MAX).contains(&milliseconds) {
            return Err(Error::internal(format!("no dose id for {milliseconds}")));
        }
        let payload = (u128::from(self.line) << 42) | (u128::from(self.patient) << 10);
        let bits = (u128::from(milliseconds.cast_unsigned()) << 80)
            | VERSION_AND_VARIANT
            | ((payload >> LOW_BITS) << 64)
            | (payload & LOW_MASK);
        Ok(DoseId(Uuid::from_u128(bits)))
    }

    /// What `id` holds, or nothing when it was not made by this rule.
    pub fn of(id: DoseId) -> Option<Self> {
        let bits = id.as_u128();
        if bits & VERSION_AND_VARIANT_MASK != VERSION_AND_VARIANT {
            return None;
        }
        let payload = (((bits >> 64) & 0xFFF) << LOW_BITS) | (bits & LOW_MASK);
        if payload & 0x3FF != 0 {
            return None;
        }
        Some(Self {
            scheduled: Timestamp::from_milliseconds(i64::try_from(bits >> 80).ok()?),
            line: u32::try_from(payload >> 42).ok()?,
            patient: u32::try_from((payload >> 10) & 0xFFFF_FFFF).ok()?,
        })
    }

    /// Reads an id as a client sent it.
    ///
    /// # Errors
    /// `dose_not_found` for whatever cannot be the id of a dose.
    pub fn parse(text: &str) -> Result<(DoseId, Self)> {
        DoseId::from_str(text)
            .ok()
            .and_then(|id| Some((id, Self::of(id)?)))
            .ok_or_else(|| Error::not_found("dose_not_found"))
    }
}
