//! Looks at overviews in the audit.
//!
//! A page over many patients is opened again and again while somebody works, and each time shows the same of the same
//! people. So a look of a doctor at a patient in an overview stands in the audit once an hour, before the first answer of
//! that hour leaves, and again at once where more or something else is shared meanwhile. What is shown of one patient alone,
//! such as their chart, stands there each time.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use crate::domain::connections::access::Treated;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::UserId;
use crate::platform::store::Reader;

/// For how long a look in the audit stands for others like it.
const LIFE: Span = Span::hours(1);
/// Looks remembered; beyond that all are forgotten, and the next ones are written down anew.
const REMEMBERED_MAX: usize = 100_000;

/// Doctor, patient and action.
type Key = (UserId, UserId, &'static str);

/// What was seen, and when it was written down.
#[derive(Debug, Clone, Copy)]
struct Look {
    at: Timestamp,
    of: u64,
}

/// The looks that stand in the audit, as long as the server runs.
#[derive(Debug, Default)]
pub struct Noted {
    looks: Mutex<HashMap<Key, Look>>,
}

/// Looks on their way into the audit.
#[derive(Debug, Default)]
pub struct Notes(Vec<(Key, Look)>);

impl Noted {
    /// Puts the looks of `doctor` at `shown` into the trail, but for those that stand in the audit already.
    pub fn note<'a>(
        &self,
        tx: &dyn Reader,
        (doctor, action): (UserId, &'static str),
        shown: impl IntoIterator<Item = &'a Treated>,
    ) -> Notes {
        let now = tx.now();
        let looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut notes = Notes::default();
        for treated in shown {
            let (key, seen) = ((doctor, treated.patient(), action), treated.looks());
            let mut hash = DefaultHasher::new();
            for look in &seen {
                (look.scope, look.basis, &look.only).hash(&mut hash);
            }
            let look = Look { at: now, of: hash.finish() };
            let stands = |known: &&Look| known.of == look.of && known.at <= now && now < known.at.plus(LIFE);
            if looks.get(&key).filter(stands).is_none() {
                tx.trail().foreign.extend(seen);
                notes.0.push((key, look));
            }
        }
        notes
    }

    /// Remembers looks that stand in the audit now.
    pub fn settle(&self, notes: Notes) {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.len().saturating_add(notes.0.len()) > REMEMBERED_MAX {
            looks.clear();
        }
        looks.extend(notes.0);
    }
}
