//! Messages: reading them.

use serde_json::json;

use crate::domain::auth::model::Caller;
use crate::domain::events::model::kinds;
use crate::domain::gate;
use crate::domain::notifications::model::Notification;
use crate::domain::notifications::tables;
use crate::flows::events::tell_own;
use crate::platform::clock::lead::Lead;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::NotificationId;
use crate::platform::store::Reader;

/// Messages marked in one transaction, so that it stays short.
const BATCH: usize = 500;

/// Marks one message read. Doing so again changes nothing.
///
/// # Errors
/// `account_not_active`; `notification_not_found` when the caller has no such message.
pub async fn mark_read(context: &Context, caller: &Caller, id: NotificationId) -> Result<Notification> {
    let by = caller.clone();
    gate::write(context, caller, "notification.read", move |tx| {
        let me = by.active()?;
        tx.trail().resource = Some(("notification", id.to_string()));
        let row = tables::mark_read(tx, me, id)?;
        let row = row.ok_or_else(|| Error::not_found("notification_not_found"))?;
        let was_read = tx.trail().already_done;
        if !was_read {
            tell_own(tx, me, kinds::NOTIFICATION_READ, json!({ "notificationId": id }))?;
        }
        Ok(row)
    })
    .await
}

/// After the time went back: messages of a time that turned out to lie ahead have the right one. Doing it again changes
/// nothing.
///
/// # Errors
/// When the store cannot be written.
pub async fn put_right_ahead(context: &Context, lead: Lead) -> Result<()> {
    gate::write(context, &Caller::system("wrong-time"), "notification.put_right_time", move |tx| {
        let now = tx.now();
        let count = tables::put_right_ahead(tx, |time| lead.right(time, now))?;
        let mut trail = tx.trail();
        trail.already_done = count == 0;
        trail.change = Some(json!({ "aheadByMilliseconds": lead.back.as_milliseconds(), "messages": count }));
        Ok(())
    })
    .await
}

/// Marks everything read and returns how many messages that were.
///
/// # Errors
/// `account_not_active`; when nobody is signed in.
pub async fn mark_all_read(context: &Context, caller: &Caller) -> Result<u64> {
    // Harmless to repeat by nature, and each batch is a change of its own.
    let caller = &Caller { idempotency: None, ..caller.clone() };
    let mut marked: u64 = 0;
    loop {
        let by = caller.clone();
        let batch = gate::write(context, caller, "notification.read_all", move |tx| {
            let me = by.active()?;
            let batch = tables::mark_oldest_read(tx, me, BATCH)?;
            if batch > 0 {
                tell_own(tx, me, kinds::NOTIFICATION_READ, json!({ "count": batch }))?;
            }
            let mut trail = tx.trail();
            trail.already_done = batch == 0;
            trail.change = Some(json!({ "marked": batch }));
            Ok(batch)
        })
        .await?;
        marked = marked.saturating_add(u64::try_from(batch).unwrap_or(u64::MAX));
        if batch < BATCH {
            return Ok(marked);
        }
    }
}
