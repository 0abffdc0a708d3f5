//! A store of an older program, in which a changed line had become another line.
//!
//! `tests/data/schema-2.redb.gz` was written by version 0.1.0, schema 2, through its API: at 07:00 of 2026-11-22 the
//! doctor sok prescribes to dara paracetamol `1-0-1` for 3 days, ibuprofen as needed (at most 2 in 24 hours, 4 hours
//! apart), amoxicillin at 07:05, 11:35 and 17:35, and metformin `0-0-1`, which she confirms. She takes ibuprofen at
//! 07:10 and 12:10, misses amoxicillin twice, and takes at 16:00 the paracetamol of 17:30. Then he prolongs paracetamol,
//! widens the interval of ibuprofen to 6 hours, changes amoxicillin twice, and proposes two tablets of metformin.

use std::io::Read as _;

use das_tern::domain::notifications::model::{NotificationType, Urgency};
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use das_tern::domain::prescriptions::model::Length;
use das_tern::domain::prescriptions::record::Prescription;
use das_tern::domain::prescriptions::tables::PRESCRIPTIONS;
use das_tern::platform::clock::{Span, Timestamp};
use serde_json::json;

use crate::kit::{Client, TestServer, beginning};

fn store() -> Vec<u8> {
    let packed = include_bytes!("../../data/schema-2.redb.gz");
    let mut file = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut file).unwrap();
    file
}

fn time(hour: i64, minute: i64) -> Timestamp {
    beginning().plus(Span::minutes((hour - 7) * 60 + minute))
}

/// The patient's prescriptions by medicine.
fn prescription(server: &TestServer, patient: &Client, medicine: &str) -> Prescription {
    let patient = patient.id();
    let rows = server.context().store.read(|tx| PRESCRIPTIONS.list_prefix(tx, &patient)).unwrap();
    let is_it = |row: &Prescription| row.content.lines[0].medicine_name.starts_with(medicine);
    rows.into_iter().map(|(_, row)| row).find(is_it).unwrap()
}

/// The doses of the day that are not cancelled.
async fn day(patient: &Client, date: &str, medicine: &str) -> Vec<String> {
    let schedule = patient.get(format!("/doses/schedule?date={date}")).await.ok();
    let doses = schedule["doses"].as_array().unwrap().iter();
    doses
        .filter(|dose| dose["medicineName"].as_str().unwrap().starts_with(medicine))
        .map(|dose| format!("{} {}", dose["status"].as_str().unwrap(), dose["dose"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn editions_of_a_line_are_linked() {
    let server = TestServer::start_on(&store(), time(16, 5)).await;
    let (sok, dara) = (server.known("sok").await, server.known("dara").await);
    // What was taken early is not asked for again, today or by a message.
    let taken = ["MISSED 1 tablet", "TAKEN_ON_TIME 1 tablet"];
    assert_eq!(day(&dara, "2026-11-22", "paracetamol").await, taken);
    assert_eq!(day(&dara, "2026-11-23", "paracetamol").await, ["DUE 1 tablet", "DUE 1 tablet"]);
    let paracetamol = prescription(&server, &dara, "paracetamol");
    let line = &paracetamol.content.lines[0];
    assert_eq!(line.length, Length::Until("2026-12-01".parse().unwrap()));
    // The limit counts what was taken before the change.
    server.clock().set(time(18, 9));
    let ibuprofen = prescription(&server, &dara, "ibuprofen").content.lines[0].clone();
    let intake = json!({"medicationId": ibuprofen.formerly[0].id});
    dara.post("/doses/prn", intake).await.expect(409).code("prn_limit");
    // Three in a row, over two changes.
    let amoxicillin = prescription(&server, &dara, "amoxicillin").content.lines[0].clone();
    assert_eq!(amoxicillin.formerly.len(), 2);
    server.run_jobs().await;
    let to = sok.id();
    let messages = server.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &to)).unwrap();
    let missed = messages.iter().filter(|(_, row)| row.kind == NotificationType::MissedDoseAlert);
    assert_eq!(missed.map(|(_, row)| row.urgency).collect::<Vec<_>>(), [Urgency::Warning, Urgency::Critical]);
    // Its old id still leads to the line.
    let old = line.formerly[0].id;
    let changed = sok.patch(format!("/medications/{old}"), json!({"doseAmount": 2})).await.ok();
    assert_eq!(changed["medications"][0]["id"], line.id.to_string());
    assert_eq!(day(&dara, "2026-11-23", "paracetamol").await, ["DUE 2 tablet", "DUE 2 tablet"]);
    server.finish().await;
}

#[tokio::test]
async fn a_version_that_waited_goes_on_with_the_line() {
    let server = TestServer::start_on(&store(), time(16, 5)).await;
    let dara = server.known("dara").await;
    let metformin = prescription(&server, &dara, "metformin");
    let path = format!("/prescriptions/{}/confirm", metformin.id);
    let confirmed = dara.post(path, json!({})).await.ok();
    assert_eq!(confirmed["medications"][0]["id"], metformin.content.lines[0].id.to_string());
    assert_eq!(day(&dara, "2026-11-22", "metformin").await, ["DUE 2 tablet"]);
    server.finish().await;
}
