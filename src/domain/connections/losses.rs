//! What it means for connections that rows were lost with a damaged page.

use super::codes::{CODES, GUESSES};
use super::pace::{ASKED, REFUSED};
use super::tables::{ACCESS_REQUESTS, BREAK_GLASS, NUDGES};
use crate::platform::error::Result;
use crate::platform::store::{AnyTable, WriteTx};

/// Whether what was on a lost row of this table is asked for or done once more by whoever needs it: codes to connect by,
/// requests for access, records opened in an emergency (whoever opened one opens it again, and the audit has both), words
/// of encouragement, and how often somebody asked.
pub fn is_passing(table: u16) -> bool {
    let done_again: [&dyn AnyTable; 7] =
        [&ACCESS_REQUESTS, &BREAK_GLASS, &CODES, &GUESSES, &ASKED, &REFUSED, &NUDGES];
    done_again.iter().any(|done_again| done_again.number() == table)
}

/// Makes what is left agree without the lost rows.
///
/// # Errors
/// When the store cannot be read.
pub fn put_in_order(tx: &mut WriteTx<'_>) -> Result<()> {
    ACCESS_REQUESTS.rebuild_indexes(tx)?;
    BREAK_GLASS.rebuild_indexes(tx)?;
    CODES.rebuild_indexes(tx)?;
    NUDGES.rebuild_indexes(tx)
}
