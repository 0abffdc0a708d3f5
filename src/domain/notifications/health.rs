//! How each carrier is doing, so that a mail server that fails is seen at once, and whether a refusal is the
//! carrier's or the address's.
//!
//! # How the one is told from the other
//! An address in trouble is noted with how many messages the carrier had taken by then. When it is refused again
//! although another one was taken since, the trouble is its own. The order counts and not the clock alone: what was
//! taken before the first refusal proves nothing, for that may be when the carrier began to fail.
//! The trouble of one person's addresses says nothing about a carrier; that of two, with nothing taken since, does.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::model::{Carrier, Delivery};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::Result;
use crate::platform::ids::{DeviceId, UserId};
use crate::platform::store::{AnyTable, Direction, Reader, Step, Table, WriteTx};

/// The carriers that fail, by the name of their queue. One that works has no row.
pub const FAILING: Table<String, Failing> = Table::new(83, "failing_carriers");
/// What was taken, by queue and server. E-mail, FCM and SMS have one server, without a name; each browser names one.
pub const ACCEPTED: Table<(String, String), Accepted> = Table::new(84, "accepted_messages");
/// Addresses in trouble, by queue, person and device. One that works has no row.
pub const TROUBLED: Table<Place, Trouble> = Table::new(85, "troubled_addresses");
/// Messages that ended before they were sent, by queue.
pub const UNSENT: Table<String, Unsent> = Table::new(86, "unsent_messages");

/// Whether lost rows of this table are found out again by the next messages.
pub fn is_passing(table: u16) -> bool {
    let found_out: [&dyn AnyTable; 4] = [&FAILING, &ACCEPTED, &TROUBLED, &UNSENT];
    found_out.iter().any(|found_out| found_out.number() == table)
}

/// A refusal within this time after another message was taken may be the address's own.
const EVIDENCE_FOR: Span = Span::hours(24);
/// So long an address that may be the reason is tried.
pub const TRIED_FOR: Span = Span::days(3);

/// So long a trouble, or a server that addresses named, is remembered after it was last seen.
const KEPT_FOR: Span = Span::days(30);

/// One address of a person: the queue of the carrier, whose it is, and the device for push.
pub type Place = (String, UserId, Option<DeviceId>);

/// Since when a carrier fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// The first failure since it last worked.
    pub since: Timestamp,
    /// Code of the last failure.
    pub code: String,
}

/// What a server has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Accepted {
    /// How many messages.
    pub count: u64,
    /// When it took the last.
    pub at: Timestamp,
}

/// An address in trouble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Which address of the place it was: a digest of it, since a corrected one begins anew.
    pub address: String,
    /// What it is.
    pub code: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was last seen.
    pub last_at: Timestamp,
    /// What its server had taken by then.
    pub taken_before: u64,
    /// What the carrier had taken when it was last in trouble.
    pub taken_at_last: u64,
    /// When the admins were told.
    #[serde(default)]
    pub told_at: Option<Timestamp>,
}

/// Messages that ended before they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Unsent {
    /// They had become needless.
    pub withdrawn: u64,
    /// Their time was over.
    pub expired: u64,
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

/// Notes that the address took a message by way of `server`, and returns since when the carrier had failed.
///
/// # Errors
/// When the store cannot be read.
pub fn note_success(
    tx: &mut WriteTx<'_>,
    carrier: Carrier,
    place: &Place,
    server: &str,
) -> Result<Option<Timestamp>> {
    let at = tx.now();
    for name in BTreeSet::from(["", server]) {
        let key = (carrier.queue().to_owned(), name.to_owned());
        let count = ACCEPTED.get(tx, &key)?.unwrap_or_default().count.saturating_add(1);
        ACCEPTED.put(tx, &key, &Accepted { count, at })?;
    }
    if TROUBLED.get(tx, place)?.is_some() {
        TROUBLED.delete(tx, place)?;
    }
    Ok(FAILING.delete(tx, &carrier.queue().to_owned())?.map(|failing| failing.since))
}

/// What the carrier, by way of `server`, has taken.
///
/// # Errors
/// When the store cannot be read.
pub fn accepted(tx: &dyn Reader, carrier: Carrier, server: &str) -> Result<Accepted> {
    Ok(ACCEPTED.get(tx, &(carrier.queue().to_owned(), server.to_owned()))?.unwrap_or_default())
}

/// Notes that an address is in trouble, and says whether another one was taken by its server since that began.
///
/// # Errors
/// When the store cannot be read.
pub fn note_trouble(
    tx: &mut WriteTx<'_>,
    carrier: Carrier,
    place: &Place,
    server: &str,
    (address, code): (&str, &str),
) -> Result<(Trouble, bool)> {
    let now = tx.now();
    let taken = accepted(tx, carrier, server)?;
    // Other trouble begins anew: what was taken while a mailbox was full proves nothing about a refusal.
    let known = TROUBLED.get(tx, place)?.filter(|known| known.address == address && known.code == code);
    let mut trouble = known.unwrap_or_else(|| Trouble {
        address: address.to_owned(),
        code: code.to_owned(),
        since: now,
        last_at: now,
        taken_before: taken.count,
        taken_at_last: 0,
        told_at: None,
    });
    trouble.last_at = now;
    trouble.taken_at_last = accepted(tx, carrier, "")?.count;
    TROUBLED.put(tx, place, &trouble)?;
    let is_alone = taken.count > trouble.taken_before && now.since(taken.at) <= EVIDENCE_FOR;
    Ok((trouble, is_alone))
}

/// How many people's addresses are in trouble, with nothing taken by the carrier since; counted up to `most`.
///
/// # Errors
/// When the store cannot be read.
pub fn people_in_trouble(tx: &dyn Reader, carrier: Carrier, most: usize) -> Result<usize> {
    let now = tx.now();
    let taken = accepted(tx, carrier, "")?.count;
    let mut people = BTreeSet::new();
    TROUBLED.visit_prefix(
        tx,
        &carrier.queue().to_owned(),
        Direction::Forward,
        |(_, person, _), trouble| {
            if trouble.taken_at_last == taken && now.since(trouble.last_at) <= EVIDENCE_FOR {
                people.insert(person);
            }
            Ok(if people.len() < most { Step::Continue } else { Step::Stop })
        },
    )?;
    Ok(people.len())
}

/// Forgets the trouble of an address: it is not used any more.
///
/// # Errors
/// When the store cannot be read.
pub fn forget_trouble(tx: &mut WriteTx<'_>, place: &Place) -> Result<()> {
    TROUBLED.delete(tx, place).map(drop)
}

/// Forgets the troubles of all addresses of a person.
///
/// # Errors
/// When the store cannot be read.
pub fn forget_person(tx: &mut WriteTx<'_>, person: UserId) -> Result<()> {
    for carrier in Carrier::ALL {
        for (place, _) in TROUBLED.list_prefix(tx, &(carrier.queue().to_owned(), person))? {
            forget_trouble(tx, &place)?;
        }
    }
    Ok(())
}

/// Troubles that were not seen for long: of devices that are gone, of people who are written to no more.
///
/// # Errors
/// When the store cannot be read.
pub fn old_troubles(tx: &dyn Reader) -> Result<Vec<Place>> {
    let oldest = tx.now().minus(KEPT_FOR);
    let mut old = Vec::new();
    TROUBLED.visit_prefix(tx, &(), Direction::Forward, |place, trouble| {
        if trouble.last_at < oldest {
            old.push(place);
        }
        Ok(Step::Continue)
    })?;
    Ok(old)
}

/// Servers named by addresses that have taken nothing for long.
///
/// # Errors
/// When the store cannot be read.
pub fn old_servers(tx: &dyn Reader) -> Result<Vec<(String, String)>> {
    let oldest = tx.now().minus(KEPT_FOR);
    let mut old = Vec::new();
    ACCEPTED.visit_prefix(tx, &(), Direction::Forward, |key, accepted| {
        if !key.1.is_empty() && accepted.at < oldest {
            old.push(key);
        }
        Ok(Step::Continue)
    })?;
    Ok(old)
}

/// Forgets what a server has taken.
///
/// # Errors
/// When the store cannot be read.
pub fn forget_server(tx: &mut WriteTx<'_>, key: &(String, String)) -> Result<()> {
    ACCEPTED.delete(tx, key).map(drop)
}

/// Counts a message that ended before it was sent, EXPIRED or WITHDRAWN.
///
/// # Errors
/// When the store cannot be read.
pub fn count_unsent(tx: &mut WriteTx<'_>, carrier: Carrier, ended: Delivery) -> Result<()> {
    let key = carrier.queue().to_owned();
    let mut unsent = UNSENT.get(tx, &key)?.unwrap_or_default();
    let count = match ended {
        Delivery::Expired => &mut unsent.expired,
        _ => &mut unsent.withdrawn,
    };
    *count = count.saturating_add(1);
    UNSENT.put(tx, &key, &unsent)
}

/// Whether the carrier has taken a message within a day.
///
/// # Errors
/// When the store cannot be read.
pub fn worked_lately(tx: &dyn Reader, carrier: Carrier) -> Result<bool> {
    let taken = accepted(tx, carrier, "")?;
    Ok(taken.count > 0 && tx.now().since(taken.at) <= EVIDENCE_FOR)
}

/// Whether `carrier` fails.
///
/// # Errors
/// When the store cannot be read.
pub fn is_failing(tx: &dyn Reader, carrier: Carrier) -> Result<bool> {
    Ok(FAILING.get(tx, &carrier.queue().to_owned())?.is_some())
}
