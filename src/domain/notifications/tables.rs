//! The messages' tables.

use serde::{Deserialize, Serialize};

use super::model::{Notice, Notification};
use crate::platform::cache::Region;
use crate::platform::error::Result;
use crate::platform::ids::{NotificationId, UserId};
use crate::platform::jobs::{self, Job};
use crate::platform::store::{Direction, Reader, Step, Table, WriteTx};

/// Messages by recipient, oldest first.
pub const NOTIFICATIONS: Table<(UserId, NotificationId), Notification> = Table::new(80, "notifications");
/// How many of a person's messages are unread.
pub const UNREAD: Table<UserId, u64> = Table::new(81, "notifications_unread");

/// Carries a message over the recipient's channels.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeliverNotification {
    /// To whom.
    pub to: UserId,
    /// Which.
    pub notification: NotificationId,
}

impl Job for DeliverNotification {
    const NAME: &'static str = "deliver-notification";
    const QUEUE: &'static str = "notifications";
}

/// Writes the in-app row and enqueues its delivery: both exist exactly when the change does that they tell of.
///
/// # Errors
/// When the store cannot be read.
pub fn notify(tx: &mut WriteTx<'_>, notice: Notice) -> Result<NotificationId> {
    let id: NotificationId = tx.new_id()?;
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
    };
    NOTIFICATIONS.put(tx, &(notice.to, id), &row)?;
    let unread = UNREAD.get(tx, &notice.to)?.unwrap_or(0);
    UNREAD.put(tx, &notice.to, &(unread + 1))?;
    tx.touch(Region::Notifications, notice.to);
    jobs::enqueue(tx, &DeliverNotification { to: notice.to, notification: id })?;
    Ok(id)
}

/// Compares the unread counters with a recount, both ways.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    let mut counted = std::collections::BTreeMap::<UserId, u64>::new();
    NOTIFICATIONS.visit_prefix(tx, &(), Direction::Forward, |(to, _), row| {
        *counted.entry(to).or_default() += u64::from(row.read_at.is_none());
        Ok(Step::Continue)
    })?;
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
