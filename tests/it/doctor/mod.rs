//! What a doctor sees of everybody they treat.

mod board;
mod chart;
mod list;
mod rights;

use das_tern::platform::clock::Span;
use serde_json::Value;

use crate::doses::kit::{doses_of, take};
use crate::kit::{Client, TestServer};

/// Lets a day pass from 07:00 to 07:00, with the worker at eight and at night; who is named takes each dose of the day
/// when it is time.
async fn a_day(server: &TestServer, date: &str, takers: &[&Client]) {
    for taker in takers {
        for dose in doses_of(taker, date).await {
            taker
                .post(format!("/doses/{dose}/mark-taken"), serde_json::json!({"confirmEarly": true}))
                .await
                .ok();
        }
    }
    for hours in [1, 15, 8] {
        server.clock().advance(Span::hours(hours));
        server.run_jobs().await;
    }
}

/// The days from 22 to 30 November, of which the first is that on which every test begins.
fn november(days: u32) -> Vec<String> {
    (22..22 + days).map(|day| format!("2026-11-{day}")).collect()
}

/// The items of a list.
async fn items(who: &Client, path: &str) -> Vec<Value> {
    who.get(path).await.ok()["items"].as_array().unwrap().clone()
}

/// The names on a list, in order.
fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["fullName"].as_str().unwrap()).collect()
}

/// The reasons for attention of somebody on a list, with how grave each is.
fn reasons(item: &Value) -> Vec<(&str, &str)> {
    let reasons = item["reasons"].as_array().unwrap().iter();
    reasons.map(|one| (one["kind"].as_str().unwrap(), one["severity"].as_str().unwrap())).collect()
}

/// How often the patient finds an action of the doctor in their record's audit.
async fn looks(patient: &Client, action: &str) -> usize {
    let found = items(patient, "/audit/record?limit=100").await;
    found.iter().filter(|one| one["action"] == action && one["outcome"] == "DONE").count()
}

/// Takes the first dose of a day now.
async fn take_first(patient: &Client, date: &str) {
    let doses = doses_of(patient, date).await;
    take(patient, &doses[0]).await;
}
