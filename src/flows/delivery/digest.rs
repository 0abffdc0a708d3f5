//! The daily summary of missed doses, for those who care for somebody and want to hear of single misses once a day.
//!
//! Passes the gate by: no caller acts here, and what was sent is kept on the message itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::wanted;
use crate::domain::notifications::model::{Delivery, Notice, Notification, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::{NOTIFICATIONS, notify};
use crate::domain::users::tables::USERS;
use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::jobs::Job;
use crate::platform::store::{Direction, Reader, Step, WhatIsLeft, WriteTx};

/// What is older is not looked at: each summary comes within a day.
const LOOK_BACK: Span = Span::days(3);

/// Tells a person of the missed doses that were gathered for them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendDigest {
    /// Whom.
    pub to: UserId,
}

impl Job for SendDigest {
    const NAME: &'static str = "send-digest";
    const QUEUE: &'static str = "notifications";
}

/// Handler of [`SendDigest`]: one message instead of many.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn send_digest(context: Arc<Context>, job: SendDigest) -> Result<()> {
    context.store.write(move |tx| summarise(tx, job.to)).await
}

fn summarise(tx: &mut WriteTx<'_>, to: UserId) -> Result<()> {
    let Some(user) = USERS.get(tx, &to)? else { return Ok(()) };
    let oldest = tx.now().minus(LOOK_BACK);
    let mut gathered: Vec<Notification> = Vec::new();
    NOTIFICATIONS.visit_prefix(&WhatIsLeft(tx), &to, Direction::Backward, |_, message| {
        if message.created_at < oldest {
            return Ok(Step::Stop);
        }
        if message.delivery == Delivery::Gathered {
            gathered.push(message);
        }
        Ok(Step::Continue)
    })?;
    // What they may not hear of any more is left out.
    let (mut told, mut withdrawn) = (Vec::new(), Vec::new());
    for message in gathered {
        let list = if wanted::ended(tx, &message, &user)?.is_none() { &mut told } else { &mut withdrawn };
        list.push(message);
    }
    let gathered = told;
    for kind in [NotificationType::FamilyAlert, NotificationType::MissedDoseAlert] {
        let of_kind: Vec<&Notification> = gathered.iter().filter(|message| message.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let mut by_name: BTreeMap<&str, u64> = BTreeMap::new();
        for message in of_kind {
            let count = message.params.text_of("count").parse().unwrap_or(1);
            *by_name.entry(message.params.text_of("name")).or_default() += count;
        }
        let count: u64 = by_name.values().sum();
        let list: Vec<String> = by_name.iter().map(|(name, count)| format!("{name}: {count}")).collect();
        let notice = Notice {
            to,
            kind,
            variant: "digest",
            urgency: Urgency::Normal,
            params: Params::new().text("count", count.to_string()).text("list", list.join("; ")),
            patient: None,
            resource: None,
        };
        notify(tx, notice)?;
    }
    let states = [(gathered, Delivery::Summarised), (withdrawn, Delivery::Withdrawn)];
    for (messages, delivery) in states {
        for message in messages {
            NOTIFICATIONS.put(tx, &(to, message.id), &Notification { delivery, ..message })?;
        }
    }
    Ok(())
}
