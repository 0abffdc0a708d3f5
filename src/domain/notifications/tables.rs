//! The messages' tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::model::{Delivery, Notice, Notification, Urgency};
use crate::domain::events::model::{Audience, NewEvent};
use crate::domain::events::tables::publish;
use crate::platform::cache::Region;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::ids::{NotificationId, UserId};
use crate::platform::jobs::{self, Job, Priority};
use crate::platform::store::{Direction, Entries, Index, LostRows, Reader, Step, Table, WhatIsLeft, WriteTx};

/// Messages by recipient, oldest first.
pub const NOTIFICATIONS: Table<(UserId, NotificationId), Notification> =
    Table::new(80, "notifications").indexed(index);
/// Those that are not read, by recipient, oldest first.
pub const UNREAD_ROWS: Index<UserId, (UserId, NotificationId)> = Index::many(80, 1);
/// How many of a person's messages are unread.
pub const UNREAD: Table<UserId, u64> = Table::new(81, "notifications_unread");

fn index((to, _): &(UserId, NotificationId), row: &Notification, entries: &mut Entries) {
    if row.read_at.is_none() {
        entries.add(&UNREAD_ROWS, to);
    }
}

/// What one person may have lost of their messages: ids follow the time, so whatever was lost is older than the loss.
pub fn lost_before(person: UserId, lost: &LostRows) -> Vec<LostRows> {
    // An id begins with six bytes of milliseconds.
    let at = lost.at.as_milliseconds().to_be_bytes();
    let last = [at.get(2..).unwrap_or_default(), &[u8::MAX; 10]].concat();
    let of_rows = lost.within(&NOTIFICATIONS.raw_prefix(&person), &last);
    // An entry of the index goes on with the key of its row.
    let of_index = lost.within(&UNREAD_ROWS.raw_prefix(&(person, person)), &last);
    of_rows.into_iter().chain(of_index).collect()
}

/// Carries a message over the recipient's channels.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeliverNotification {
    /// To whom.
    pub to: UserId,
    /// Which.
    pub notification: NotificationId,
    /// How pressing it is.
    #[serde(default)]
    pub urgency: Urgency,
}

impl Job for DeliverNotification {
    const NAME: &'static str = "deliver-notification";
    const QUEUE: &'static str = "notifications";

    fn priority(&self) -> Priority {
        self.urgency.priority()
    }
}

/// Writes the in-app row and enqueues its delivery: both exist exactly when the change does that they tell of.
///
/// # Errors
/// When the store cannot be read.
pub fn notify(tx: &mut WriteTx<'_>, notice: Notice) -> Result<NotificationId> {
    notify_until(tx, notice, None)
}

/// [`notify`], for a message that makes no sense from `expires_at` on: it is not sent then.
///
/// # Errors
/// When the store cannot be read.
pub fn notify_until(
    tx: &mut WriteTx<'_>,
    notice: Notice,
    expires_at: Option<Timestamp>,
) -> Result<NotificationId> {
    let id = id_behind_all(tx, notice.to)?;
    let (resource_kind, resource_id) = match notice.resource {
        Some((kind, id)) => (Some(kind.to_owned()), Some(id)),
        None => (None, None),
    };
    let row = Notification {
        id,
        kind: notice.kind,
        variant: notice.variant.to_owned(),
        urgency: notice.urgency,
        params: notice.params,
        patient: notice.patient,
        resource_kind,
        resource_id,
        created_at: tx.now(),
        read_at: None,
        delivery: Delivery::Pending,
        passages: Vec::new(),
        expires_at,
        withdrawn_at: None,
        lost_at: None,
    };
    NOTIFICATIONS.put(tx, &(notice.to, id), &row)?;
    let unread = UNREAD.get(tx, &notice.to)?.unwrap_or(0);
    UNREAD.put(tx, &notice.to, &(unread + 1))?;
    tx.touch(Region::Notifications, notice.to);
    publish(tx, created(notice.to, &row))?;
    jobs::enqueue(tx, &DeliverNotification { to: notice.to, notification: id, urgency: row.urgency })?;
    Ok(id)
}

/// An id that follows those of all messages of this person, which are listed by it: one that was written by a clock that was
/// ahead must not stand above newer ones for weeks.
fn id_behind_all(tx: &WriteTx<'_>, to: UserId) -> Result<NotificationId> {
    let id: NotificationId = tx.new_id()?;
    // Whoever has lost messages is told all the same.
    let last = NOTIFICATIONS.last(&WhatIsLeft(tx), &to)?.map(|((_, last), _)| last.0.as_u128());
    let behind = last.filter(|last| *last >= id.0.as_u128()).map(|last| last.saturating_add(1));
    Ok(behind.map_or(id, |behind| NotificationId(uuid::Uuid::from_u128(behind))))
}

/// Puts the times of messages right that lie ahead, by `right`, and says how many these were. Their texts keep what was
/// known when they were written.
///
/// # Errors
/// When the store cannot be read.
pub fn put_right_ahead(tx: &mut WriteTx<'_>, right: impl Fn(Timestamp) -> Timestamp) -> Result<usize> {
    let mut ahead = Vec::new();
    NOTIFICATIONS.visit_prefix(tx, &(), Direction::Forward, |key, row| {
        if row.created_at > tx.now() {
            ahead.push((key, row));
        }
        Ok(Step::Continue)
    })?;
    for (key, row) in &mut ahead {
        let now = tx.now();
        let own = [
            Some(&mut row.created_at),
            row.read_at.as_mut(),
            row.withdrawn_at.as_mut(),
            row.lost_at.as_mut(),
        ];
        let passages = row.passages.iter_mut().map(|passage| &mut passage.at);
        for time in own.into_iter().flatten().chain(passages).filter(|time| **time > now) {
            *time = right(*time);
        }
        NOTIFICATIONS.put(tx, key, row)?;
        tx.touch(Region::Notifications, key.0);
    }
    Ok(ahead.len())
}

/// What an open screen of the recipient hears.
fn created(to: UserId, row: &Notification) -> NewEvent {
    let data = serde_json::json!({ "notificationId": row.id, "type": row.kind, "urgency": row.urgency });
    NewEvent { room: to, audience: Audience::Own, kind: "notification.created", data }
}

/// Marks one message read and returns it; `None` when there is no such message of this person. A message that
/// was read stays as it is.
///
/// # Errors
/// When the store cannot be read.
pub fn mark_read(tx: &mut WriteTx<'_>, to: UserId, id: NotificationId) -> Result<Option<Notification>> {
    let Some(mut row) = NOTIFICATIONS.get(tx, &(to, id))? else { return Ok(None) };
    if row.read_at.is_some() {
        tx.trail().found_done();
        return Ok(Some(row));
    }
    row.read_at = Some(tx.now());
    save_read(tx, to, &row)?;
    Ok(Some(row))
}

/// Writes a message that was unread until now.
fn save_read(tx: &mut WriteTx<'_>, to: UserId, row: &Notification) -> Result<()> {
    NOTIFICATIONS.put(tx, &(to, row.id), row)?;
    let unread = UNREAD.get(tx, &to)?.unwrap_or(0);
    UNREAD.put(tx, &to, &unread.saturating_sub(1))?;
    tx.touch(Region::Notifications, to);
    Ok(())
}

/// Keeps what was not sent of a message from being sent, and marks it read: what it asks for is done. A message that was lost
/// with a damaged page has nothing to be kept.
///
/// # Errors
/// When the store cannot be read.
pub fn withdraw(tx: &mut WriteTx<'_>, to: UserId, id: NotificationId) -> Result<()> {
    let Some(mut row) = NOTIFICATIONS.get(&WhatIsLeft(tx), &(to, id))? else { return Ok(()) };
    let now = tx.now();
    row.withdrawn_at.get_or_insert(now);
    if row.read_at.is_none() {
        row.read_at = Some(now);
        return save_read(tx, to, &row);
    }
    NOTIFICATIONS.put(tx, &(to, id), &row)
}

/// Marks up to `most` messages read, oldest first, and returns how many.
///
/// # Errors
/// When the store cannot be read.
pub fn mark_oldest_read(tx: &mut WriteTx<'_>, to: UserId, most: usize) -> Result<usize> {
    let mut unread = Vec::new();
    UNREAD_ROWS.visit_prefix(tx, &to, Direction::Forward, |_, (_, id)| {
        unread.push(id);
        Ok(if unread.len() < most { Step::Continue } else { Step::Stop })
    })?;
    for id in &unread {
        mark_read(tx, to, *id)?;
    }
    Ok(unread.len())
}

/// Changes one value of a message that was written a short while ago, and shows it as unread again: several
/// events make one message.
///
/// # Errors
/// When the store cannot be read.
pub fn amend(tx: &mut WriteTx<'_>, to: UserId, id: NotificationId, name: &str, value: String) -> Result<()> {
    let Some(mut row) = NOTIFICATIONS.get(&WhatIsLeft(tx), &(to, id))? else { return Ok(()) };
    row.params.set_text(name, value);
    if row.read_at.take().is_some() {
        let unread = UNREAD.get(tx, &to)?.unwrap_or(0);
        UNREAD.put(tx, &to, &(unread + 1))?;
    }
    NOTIFICATIONS.put(tx, &(to, id), &row)?;
    tx.touch(Region::Notifications, to);
    Ok(())
}

/// How many messages each person has not read, whatever is kept of it.
fn counted(tx: &dyn Reader) -> Result<BTreeMap<UserId, u64>> {
    let mut counted = BTreeMap::<UserId, u64>::new();
    NOTIFICATIONS.visit_prefix(tx, &(), Direction::Forward, |(to, _), row| {
        *counted.entry(to).or_default() += u64::from(row.read_at.is_none());
        Ok(Step::Continue)
    })?;
    Ok(counted)
}

/// Writes the unread counters anew.
///
/// # Errors
/// When the store cannot be read.
pub fn recount(tx: &mut WriteTx<'_>) -> Result<()> {
    for (to, _) in UNREAD.list_prefix(tx, &())? {
        UNREAD.delete(tx, &to)?;
    }
    counted(tx)?.iter().try_for_each(|(to, unread)| UNREAD.put(tx, to, unread))
}

/// Compares the unread counters with a recount, both ways.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    let mut counted = counted(tx)?;
    UNREAD.visit_prefix(tx, &(), Direction::Forward, |to, kept| {
        let found = counted.remove(&to).unwrap_or(0);
        if found != kept {
            faults.push(format!("{to} has {found} unread messages, the counter says {kept}"));
        }
        Ok(Step::Continue)
    })?;
    for (to, found) in counted.into_iter().filter(|&(_, found)| found > 0) {
        faults.push(format!("{to} has {found} unread messages and no counter"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::platform::store::Key;

    #[test]
    fn messages_of_after_a_loss_are_not_lost() {
        let person = |number: u128| UserId(Uuid::from_u128(number));
        let id_at = |milliseconds: u128| NotificationId(Uuid::from_u128((milliseconds << 80) | (7 << 76)));
        let at = Timestamp::from_milliseconds(5_000);
        let row = |person, milliseconds| NOTIFICATIONS.row_key(&(person, id_at(milliseconds)));
        let rows = LostRows { after: row(person(1), 3_000), up_to: row(person(3), 2_000), at, passed: false };
        let is_lost = |whose: u128, milliseconds| {
            let lost = lost_before(person(whose), &rows);
            lost.iter().any(|lost| lost.holds(&row(person(whose), milliseconds)))
        };
        let found =
            [(1, 2_999), (1, 4_000), (1, 5_001), (2, 1), (2, 5_000), (2, 5_001), (3, 1_999), (3, 2_001)];
        assert_eq!(
            found.map(|(whose, milliseconds)| is_lost(whose, milliseconds)),
            [false, true, false, true, true, false, true, false]
        );

        let entry = |whose, milliseconds| {
            [UNREAD_ROWS.raw_prefix(&person(whose)), (person(whose), id_at(milliseconds)).to_bytes()].concat()
        };
        let entries = LostRows { after: vec![0, 80, 1], up_to: vec![0, 80, 255], at, passed: false };
        let lost = lost_before(person(2), &entries);
        let is_lost = |milliseconds| lost.iter().any(|lost| lost.holds(&entry(2, milliseconds)));
        assert!(is_lost(4_999) && !is_lost(5_001), "{lost:?}");
    }
}
