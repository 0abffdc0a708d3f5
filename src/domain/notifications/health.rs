//! How each carrier is doing, so that a mail server that fails is seen at once.

use serde::{Deserialize, Serialize};

use super::model::Carrier;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::store::{Reader, Table, WriteTx};

/// The carriers that fail, by the name of their queue. One that works has no row.
pub const FAILING: Table<String, Failing> = Table::new(83, "failing_carriers");

/// Since when a carrier fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// The first failure since it last worked.
    pub since: Timestamp,
    /// Code of the last failure.
    pub code: String,
}

/// Notes that `carrier` could not send.
///
/// # Errors
/// When the store cannot be read.
pub fn note_failure(tx: &mut WriteTx<'_>, carrier: Carrier, code: &str) -> Result<()> {
    let key = carrier.queue().to_owned();
    let since = FAILING.get(tx, &key)?.map_or_else(|| tx.now(), |known| known.since);
    FAILING.put(tx, &key, &Failing { since, code: code.to_owned() })
}

/// Notes that `carrier` works, and says whether it had failed before.
///
/// # Errors
/// When the store cannot be read.
pub fn note_success(tx: &mut WriteTx<'_>, carrier: Carrier) -> Result<bool> {
    Ok(FAILING.delete(tx, &carrier.queue().to_owned())?.is_some())
}

/// Whether `carrier` fails.
///
/// # Errors
/// When the store cannot be read.
pub fn is_failing(tx: &dyn Reader, carrier: Carrier) -> Result<bool> {
    Ok(FAILING.get(tx, &carrier.queue().to_owned())?.is_some())
}
