//! What the commands that look at a closed data file say of the machine's clock.

use crate::platform::clock::Timestamp;
use crate::platform::clock::belief::{Belief, Cause, Clocks};
use crate::platform::error::Result;
use crate::platform::store::Store;

/// What a server that started now would say of the clock; nothing when it would believe it.
///
/// # Errors
/// When the data file cannot be read.
pub(super) fn doubt_of(store: &Store) -> Result<Option<String>> {
    let Some(known) = store.read(|tx| Store::known_time_of(tx))? else { return Ok(None) };
    let belief = Belief::new(Clocks::of_system(), Some(known));
    let shown = |time: Timestamp| time.to_utc().format("%Y-%m-%d %H:%M UTC").to_string();
    let (wall, known) = (shown(belief.wall()), shown(known));
    Ok(belief.doubt().map(|doubt| match doubt.cause {
        Cause::FarAheadOfStore => format!(
            "clock: it shows {wall}, more than two days after the last change in the file ({known}), and no time \
             server has set it. A server would not believe it for ten minutes"
        ),
        _ => format!(
            "clock: it shows {wall}, earlier than the last change in the file ({known}). A server would not believe \
             it: set the clock"
        ),
    }))
}
