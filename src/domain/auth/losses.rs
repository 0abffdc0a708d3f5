//! What it means for signing in that rows were lost with a damaged page: somebody signs in or asks for a code once more.

use super::model::EndReason;
use super::tables::{
    ATTEMPTS, CODES, OPEN_SESSIONS, REVOKED, SENDS, SESSIONS, USED_ADDRESSES, WRONG_CODES, end_session,
};
use crate::platform::error::Result;
use crate::platform::store::{AnyTable, WriteTx};

/// Whether a lost row of this table keeps nobody out for longer than until they sign in again.
pub fn is_passing(table: u16) -> bool {
    let short_lived: [&dyn AnyTable; 7] =
        [&SESSIONS, &CODES, &SENDS, &ATTEMPTS, &REVOKED, &WRONG_CODES, &USED_ADDRESSES];
    short_lived.iter().any(|short_lived| short_lived.number() == table)
}

/// Makes what is left agree without the lost rows. Where it is not known any more which tokens were taken back, every
/// session ends.
///
/// # Errors
/// When the store cannot be read.
pub fn put_in_order(tx: &mut WriteTx<'_>, lost: impl Fn(u16) -> bool) -> Result<()> {
    SESSIONS.rebuild_indexes(tx)?;
    CODES.rebuild_indexes(tx)?;
    SENDS.rebuild_indexes(tx)?;
    ATTEMPTS.rebuild_indexes(tx)?;
    REVOKED.rebuild_indexes(tx)?;
    WRONG_CODES.rebuild_indexes(tx)?;
    USED_ADDRESSES.rebuild_indexes(tx)?;
    if !lost(REVOKED.number()) {
        return Ok(());
    }
    OPEN_SESSIONS.keys(tx, &())?.into_iter().try_for_each(|id| end_session(tx, id, EndReason::AccountChanged))
}
