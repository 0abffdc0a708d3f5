//! How many requests for a connection a person may make, so that nobody floods others with them.
//!
//! Three bounds: requests that wait for an answer at a time, new ones a day, and after a refusal or withdrawal no
//! new one to the same person before the next day. Whoever was asked may always ask back. A connection that comes
//! from a code is no request. Days are those of the clinic.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::model::{Connection, ConnectionState};
use super::rules::settled;
use super::tables::CONNECTIONS;
use crate::domain::users::model::Role;
use crate::platform::clock::{Span, Timestamp, start_of_day};
use crate::platform::error::{Error, Result};
use crate::platform::ids::{ConnectionId, UserId};
use crate::platform::settings::LimitSettings;
use crate::platform::store::{Reader, Table, WriteTx};

/// What a person has asked for lately.
pub const ASKED: Table<UserId, Asked> = Table::new(36, "connection_requests");
/// When a request last came to nothing: `(who asked, who was asked)`.
pub const REFUSED: Table<(UserId, UserId), Timestamp> = Table::new(37, "refused_requests");

/// What a person has asked for lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The last day on which they asked.
    pub day: NaiveDate,
    /// New requests on that day.
    pub today: u32,
    /// Their requests that may still wait for an answer.
    pub open: Vec<ConnectionId>,
}

/// The bounds for one person.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    unanswered_max: u32,
    per_day_max: u32,
    life: Span,
    zone: Tz,
}

impl Pace {
    /// The bounds for a person of this role. A doctor asks a whole practice.
    pub fn of(role: Role, limits: &LimitSettings, zone: Tz) -> Self {
        let (unanswered_max, per_day_max) = match role {
            Role::Doctor => (limits.doctor_requests_unanswered, limits.doctor_requests_per_day),
            Role::Patient | Role::FamilyMember | Role::Admin => {
                (limits.connection_requests_unanswered, limits.connection_requests_per_day)
            }
        };
        Self { unanswered_max, per_day_max, life: limits.request_life(), zone }
    }

    /// Refuses a request that is one too many, else what is to be noted of it with [`note_request`].
    ///
    /// # Errors
    /// `connection_asked_today`, `connection_requests_per_day`, `connection_requests_unanswered`.
    pub fn check(&self, tx: &dyn Reader, asking: UserId, asked: UserId) -> Result<Asked> {
        let today = tx.now().day_in(self.zone);
        if REFUSED.get(tx, &(asking, asked))?.is_some_and(|at| at.day_in(self.zone) == today) {
            return Err(Error::too_many("connection_asked_today", self.seconds_of_today(tx.now())));
        }
        let mut known = ASKED.get(tx, &asking)?.unwrap_or_default();
        if known.day != today {
            (known.day, known.today) = (today, 0);
        }
        let mut open = Vec::with_capacity(known.open.len());
        for id in known.open {
            if self.waits(tx, id)? {
                open.push(id);
            }
        }
        let known = Asked { open, ..known };
        let asks_back = REFUSED.get(tx, &(asked, asking))?.is_some();
        if !asks_back && known.today >= self.per_day_max {
            let seconds = self.seconds_of_today(tx.now());
            return Err(Error::too_many("connection_requests_per_day", seconds).with("max", self.per_day_max));
        }
        let waiting = u32::try_from(known.open.len()).unwrap_or(u32::MAX);
        if !asks_back && waiting >= self.unanswered_max {
            return Err(Error::conflict("connection_requests_unanswered").with("max", self.unanswered_max));
        }
        Ok(known)
    }

    fn waits(&self, tx: &dyn Reader, id: ConnectionId) -> Result<bool> {
        let found = CONNECTIONS.get(tx, &id)?.map(|found| settled(found, tx.now(), self.life));
        Ok(found.is_some_and(|found| found.state == ConnectionState::Pending))
    }

    /// Until the clinic's next day begins.
    fn seconds_of_today(&self, now: Timestamp) -> u64 {
        let tomorrow = now.day_in(self.zone).succ_opt().unwrap_or(NaiveDate::MAX);
        let seconds = start_of_day(tomorrow, self.zone).since(now).as_seconds_rounded_up();
        u64::try_from(seconds).unwrap_or(1).max(1)
    }
}

/// Notes a new request that [`Pace::check`] let through.
///
/// # Errors
/// When the store cannot be read.
pub fn note_request(tx: &mut WriteTx<'_>, before: Asked, connection: &Connection) -> Result<()> {
    let mut open = before.open;
    open.push(connection.id);
    let today = before.today.saturating_add(1);
    ASKED.put(tx, &connection.requested_by, &Asked { today, open, ..before })
}

/// Notes that a request was refused or taken back.
///
/// # Errors
/// When the store cannot be read.
pub fn note_refusal(tx: &mut WriteTx<'_>, connection: &Connection) -> Result<()> {
    let asking = connection.requested_by;
    REFUSED.put(tx, &(asking, connection.other(asking)), &tx.now())
}
