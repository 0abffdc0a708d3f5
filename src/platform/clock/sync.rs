//! Whether the system's wall clock is synchronised with a time server.
//!
//! The kernel would say so by `adjtimex`, which a service confined as ours may not call. `systemd-timesyncd` touches a
//! file each time that it has set the clock by a server: a file that is newer than at the last look is the word of a
//! time server since then. Where there is no such file (chrony, ntpd, other systems) nothing can be asked, which
//! counts as not synchronised: a doubt is then settled by two agreeing checks or by an admin.

use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use super::{Span, Timestamp};

/// The file that `systemd-timesyncd` touches.
const TOUCHED: &str = "/run/systemd/timesync/synchronized";

/// A word of a time server: what the wall clock showed when the server had set it. Another one than before means that
/// it was set since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word(pub Timestamp);

/// Who knows whether the wall clock is synchronised.
pub trait TimeSync: Send + Sync + 'static {
    /// The last word of a time server since the machine was started; nothing when there was none or nobody knows.
    fn last_word(&self) -> Option<Word>;
}

/// Asks the system.
#[derive(Debug, Clone)]
pub struct SystemSync(PathBuf);

impl Default for SystemSync {
    fn default() -> Self {
        Self(PathBuf::from(TOUCHED))
    }
}

impl TimeSync for SystemSync {
    fn last_word(&self) -> Option<Word> {
        let touched = std::fs::metadata(&self.0).and_then(|file| file.modified()).ok()?;
        let since_1970 = touched.duration_since(UNIX_EPOCH).map_or(Span::ZERO, Span::of);
        Some(Word(Timestamp::default().plus(since_1970)))
    }
}

/// Nobody knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct NobodyKnows;

impl TimeSync for NobodyKnows {
    fn last_word(&self) -> Option<Word> {
        None
    }
}
