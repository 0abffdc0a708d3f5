//! Finds messages whose jobs have died, and looks for another way.
//!
//! A job dies after its last attempt, or because it takes the worker down each time: nobody is left then to write
//! that on the message. So the dead letters are looked at once a minute.
//!
//! Passes the gate by: no caller acts here, and what was sent is kept on the message itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::plan::{Clinic, go_on};
use super::send::{Errand, end_unsent};
use super::wanted;
use crate::domain::notifications::health::{forget_server, forget_trouble, old_servers, old_troubles};
use crate::domain::notifications::model::{Carrier, Delivery, Urgency};
use crate::domain::notifications::rules::Route;
use crate::domain::notifications::tables::{DeliverNotification, NOTIFICATIONS};
use crate::domain::users::tables::USERS;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::jobs::{BY_DEATH, JOBS, Job, JobRow};
use crate::platform::store::{Reader, WriteTx};

/// Dead letters looked at in one transaction, so that it stays short.
const BATCH: usize = 200;

/// Looks at the dead letters of all carriers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WatchDeliveries {}

impl Job for WatchDeliveries {
    const NAME: &'static str = "watch-deliveries";
    const QUEUE: &'static str = "upkeep";
}

/// Handler of [`WatchDeliveries`].
///
/// # Errors
/// When the store cannot be read or written.
pub async fn watch_deliveries(context: Arc<Context>, _: WatchDeliveries) -> Result<()> {
    let dead = context.store.read(|tx| dead_errands(tx))?;
    let clinic = Clinic::of(&context);
    for batch in dead.chunks(BATCH) {
        let batch = batch.to_vec();
        context
            .store
            .write(move |tx| {
                batch.iter().try_for_each(|&(carrier, errand)| bury(tx, clinic, carrier, errand))
            })
            .await?;
    }
    let (troubles, servers) = context.store.read(|tx| Ok((old_troubles(tx)?, old_servers(tx)?)))?;
    if troubles.is_empty() && servers.is_empty() {
        return Ok(());
    }
    let forget = move |tx: &mut WriteTx<'_>| {
        troubles.iter().try_for_each(|place| forget_trouble(tx, place))?;
        servers.iter().try_for_each(|key| forget_server(tx, key))
    };
    context.store.write(forget).await
}

/// The errands that are dead while their message still says otherwise. Without a carrier: that were never planned.
fn dead_errands(tx: &dyn Reader) -> Result<Vec<(Option<Carrier>, Errand)>> {
    let mut dead = Vec::new();
    let queues = Carrier::ALL.map(|carrier| (Some(carrier), carrier.queue()));
    for (carrier, queue) in queues.into_iter().chain([(None, DeliverNotification::QUEUE)]) {
        for id in BY_DEATH.keys(tx, &queue.to_owned())? {
            let Some(errand) = JOBS.get(tx, &id)?.as_ref().and_then(|row| errand_of(carrier, row)) else {
                continue;
            };
            let Some(message) = NOTIFICATIONS.get(tx, &(errand.to, errand.notification))? else { continue };
            let is_open = match carrier {
                None => message.passages.is_empty() && message.delivery.is_live(),
                Some(carrier) => {
                    let route = Route { carrier, device: errand.device };
                    let mut passages = message.passages.iter().filter(|passage| route.is_of(passage));
                    passages.any(|passage| matches!(passage.state, Delivery::Pending | Delivery::Retrying))
                }
            };
            if is_open {
                dead.push((carrier, errand));
            }
        }
    }
    Ok(dead)
}

fn errand_of(carrier: Option<Carrier>, row: &JobRow) -> Option<Errand> {
    if carrier.is_some() {
        return serde_json::from_value(row.payload.clone()).ok();
    }
    let job: DeliverNotification = (row.name == DeliverNotification::NAME)
        .then(|| serde_json::from_value(row.payload.clone()).ok())
        .flatten()?;
    Some(Errand { to: job.to, notification: job.notification, device: None, urgency: Urgency::Normal })
}

/// Notes that a way is closed, and takes the next one.
fn bury(tx: &mut WriteTx<'_>, clinic: Clinic, carrier: Option<Carrier>, errand: Errand) -> Result<()> {
    let Some(mut message) = NOTIFICATIONS.get(tx, &(errand.to, errand.notification))? else { return Ok(()) };
    let Some(user) = USERS.get(tx, &errand.to)? else { return Ok(()) };
    let now = tx.now();
    if let Some(carrier) = carrier {
        let route = Route { carrier, device: errand.device };
        if let Some(ended) = wanted::ended(tx, &message, &user)? {
            end_unsent(tx, &mut message, route, ended)?;
            return NOTIFICATIONS.put(tx, &(errand.to, message.id), &message);
        }
        for passage in message.passages.iter_mut().filter(|passage| route.is_of(passage)) {
            passage.state = Delivery::Failed;
            passage.at = now;
        }
    }
    go_on(tx, clinic, &user, message)
}
