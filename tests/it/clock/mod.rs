//! A clock that is wrong: what it must not do to doses, locks and rights, and who hears of it.

mod living;
mod recorded;
mod starting;

use das_tern::domain::audit::tables::RECORDS;
use serde_json::Value;

use crate::kit::{Client, TestServer};

/// What the status page says of the clock.
async fn clock_of(admin: &Client) -> Value {
    admin.get("/admin/status").await.ok()["clock"].clone()
}

/// The variants of the messages about the clock that a person has.
fn told(server: &TestServer, person: &Client) -> Vec<String> {
    let messages = server.messages(person).into_iter().map(|message| message.variant);
    messages
        .filter(|variant| {
            variant.starts_with("clock_") || ["not_missed", "unplaced"].contains(&variant.as_str())
        })
        .collect()
}

/// What the audit says of this action.
fn audited(server: &TestServer, action: &str) -> Vec<Value> {
    let records = server.context().store.read(|tx| RECORDS.list_prefix(tx, &())).unwrap();
    let of_action = records.into_iter().filter(|(_, record)| record.action == action);
    of_action.filter_map(|(_, record)| serde_json::to_value(record).ok()).collect()
}
