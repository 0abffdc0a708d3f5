//! The token by which Bakong is asked.

use super::tables::{BAKONG, KNOWN_OF_BAKONG};
use crate::platform::bakong::answer::token_end;
use crate::platform::error::Result;
use crate::platform::secret::Secret;
use crate::platform::settings::BakongSettings;
use crate::platform::store::Reader;

/// The token that is asked by: the configured one, or the one that took its place. Whichever lasts longer is the newer.
///
/// # Errors
/// When the store cannot be read.
pub fn current(tx: &dyn Reader, bakong: &BakongSettings) -> Result<Option<Secret<String>>> {
    let kept = KNOWN_OF_BAKONG.get(tx, &BAKONG.to_owned())?.and_then(|known| known.token);
    Ok(kept.into_iter().chain(bakong.token.clone()).max_by_key(token_end))
}

/// The same, where it is not over.
///
/// # Errors
/// When the store cannot be read.
pub fn usable(tx: &dyn Reader, bakong: &BakongSettings) -> Result<Option<Secret<String>>> {
    let now = tx.rights_now();
    Ok(current(tx, bakong)?.filter(|token| token_end(token).is_some_and(|end| now < end)))
}
