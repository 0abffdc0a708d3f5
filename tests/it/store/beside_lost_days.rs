//! Treatments are changed, paused and stopped beside days of theirs that are lost, and whoever does it hears what is not known.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use chrono::{NaiveDate, Utc};
use das_tern::domain::doses::model::{Day, DoseStatus};
use das_tern::domain::doses::tables::DAYS;
use das_tern::domain::integrity;
use das_tern::domain::migrations::MIGRATIONS;
use das_tern::domain::notifications::model::{Notification, NotificationType, Urgency};
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use das_tern::flows::mending::still_unknown;
use das_tern::platform::clock::{ManualClock, Span, Timestamp};
use das_tern::platform::ids::UserId;
use das_tern::platform::store::{
    AnyTable as _, FreshFile, PageFault, Pause, Wanted, WhatIsLeft, newest_schema, put_lost, salvage,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::beside_losses::{is_of, pages_of, without};
use super::damage::zero;
use super::kit::{das_tern, options, store_over};
use crate::doses::kit::KHMER;
use crate::kit::{Client, TestServer};
use crate::prescriptions::medicine;

/// What of a treatment is written down: `medicine` once for each.
struct Written {
    medicine: &'static str,
    dosage: &'static str,
    frequency: &'static str,
    more: Value,
}

fn treatments() -> Vec<Written> {
    let of = |medicine, dosage, frequency, more| Written { medicine, dosage, frequency, more };
    vec![
        of("changed", "1 cp", "TID", json!({ "durationDays": 60 })),
        of("counted", "1 cp", "BID", json!({ "quantity": 120 })),
        of("paused", "1 cp", "BID", json!({ "durationDays": 60 })),
        of("stopped", "1 cp", "BID", json!({})),
        of("once", "1 cp", "STAT", json!({})),
    ]
}

fn line(medicine: &str, (dosage, frequency): (&str, &str), more: Value) -> Value {
    let mut line = json!({ "medicineId": medicine, "dosage": dosage, "frequency": frequency });
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "medications": [line] })
}

const fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn morning_of(date: NaiveDate) -> Timestamp {
    let at = date.and_hms_opt(8, 0, 0).unwrap().and_local_timezone(KHMER).unwrap();
    at.with_timezone(&Utc).into()
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["notices"].as_array().unwrap().iter().map(|notice| notice["code"].as_str().unwrap()).collect()
}

fn left_of(server: &TestServer, patient: UserId) -> Vec<((UserId, NaiveDate), Day)> {
    server.context().store.read(|tx| DAYS.list_prefix(&WhatIsLeft(tx), &patient)).unwrap()
}

#[tokio::test]
async fn treatments_are_changed_paused_and_stopped_beside_lost_days() {
    let server = TestServer::start().await;
    let (sok, _admin) = (server.doctor("sok").await, server.admin().await);
    let mut patients = Vec::new();
    let mut medicines = Vec::new();
    for written in treatments() {
        medicines.push(medicine(&server, written.medicine).await);
    }
    for name in ["new", "beside"] {
        medicines.push(medicine(&server, name).await);
    }
    for name in ["dara", "bopha"] {
        let patient = server.patient(name).await;
        server.connect(&sok, &patient).await;
        let mut ids = Vec::new();
        for (written, medicine) in treatments().into_iter().zip(&medicines) {
            let mut lines = line(medicine, (written.dosage, written.frequency), written.more);
            if written.frequency == "STAT" {
                // What is given once alone is over on the next day.
                let beside = line(&medicines[6], ("1 cp", "OD"), json!({}));
                lines["medications"]
                    .as_array_mut()
                    .unwrap()
                    .extend(beside["medications"].as_array().unwrap().clone());
            }
            lines["patientId"] = json!(patient.id());
            let answer = sok.post("/prescriptions", lines).await.ok();
            ids.push((
                answer["id"].as_str().unwrap().to_owned(),
                answer["medications"][0]["endDate"].clone(),
            ));
        }
        let planned = left_of(&server, patient.id());
        patients.push((patient, ids, planned));
    }
    let folder = server.into_folder().await;
    let path = folder.path().join("das-tern.redb");
    let pages = pages_of(&path);
    let all_days = |lost: &BTreeSet<Vec<u8>>| lost.iter().all(|key| is_of(key, 60));
    let (mut tried, mut told) = (0, 0);
    for (patient, ids, planned) in &patients {
        let id = patient.id();
        let is_own = |key: &&Vec<u8>| is_of(key, 60) && key[3..19] == *id.0.as_bytes();
        let days: BTreeSet<&Vec<u8>> = pages.iter().flat_map(|(_, lost)| lost).filter(is_own).collect();
        let is_of_patient = |lost: &BTreeSet<Vec<u8>>| lost.iter().any(|key| days.contains(key));
        let pages: Vec<_> = pages.iter().filter(|(_, lost)| all_days(lost) && is_of_patient(lost)).collect();
        let first = DAYS.row_key(&(id, first_day()));
        if let Some((page, _)) = pages.iter().find(|(_, lost)| lost.contains(&first)) {
            accept_by_command(&salvaged(&folder, &damaged(&path, *page)), &sok, (&ids[0].0, &medicines[0]))
                .await;
            told += 1;
        }
        for (page, lost) in pages.into_iter().take(3) {
            let mended = without(folder.path(), &path, &[*page]);
            let known = days.iter().filter(|day| !lost.contains(**day)).count();
            let last_lost = days.iter().rposition(|day| lost.contains(*day)).unwrap();
            let today = first_day() + chrono::Days::new(last_lost as u64 + 1);
            // Days before it are known, or none, and today is.
            if last_lost + 1 >= days.len() || known == 0 {
                continue;
            }
            let own = planned.iter().map(|(key, _)| key).filter(|key| lost.contains(&DAYS.row_key(key)));
            let lost: BTreeSet<NaiveDate> = own.map(|(_, date)| *date).collect();
            // Whoever accepts the loss is refused nothing any more, and knows no more than before.
            let damaged = damaged(&path, *page);
            for bytes in [&mended, &damaged] {
                let salvaged = salvaged_on(folder.path(), bytes, morning_of(today));
                let mut server = TestServer::start_on(&salvaged, morning_of(today)).await;
                let (sok, patient) = (sok.at(server.address()), patient.at(server.address()));
                patient.get("/adherence/weekly").await.ok();
                change_all(&server, (&sok, &patient), ids, &medicines).await;
                server.take_app().stop().await.unwrap();
            }
            if let Some(before) = lost.first().and_then(NaiveDate::pred_opt) {
                let mut server = TestServer::start_on(&mended, morning_of(before)).await;
                let path = format!("/prescriptions/{}/pause", ids[2].0);
                let paused = sok.at(server.address()).post(path, json!({})).await.ok();
                assert_eq!(codes(&paused), ["notice_days_ahead_lost"], "{paused}");
                server.take_app().stop().await.unwrap();
            }
            // A reminder is out for a dose of today.
            let due = morning_of(today).minus(Span::minutes(55));
            let mut server = TestServer::start_on(&mended, due).await;
            server.run_jobs().await;
            let path = format!("/prescriptions/{}/stop", ids[3].0);
            sok.at(server.address()).post(path, json!({ "reason": "Rash" })).await.ok();
            server.take_app().stop().await.unwrap();
            if let Some(last) = lost.last() {
                let noon = morning_of(*last).plus(Span::hours(4));
                let salvaged = salvaged_on(folder.path(), &damaged, noon);
                let mut server = TestServer::start_on(&salvaged, noon).await;
                change_on_lost_day(&sok.at(server.address()), (&ids[0].0, &medicines[0]), *last).await;
                server.take_app().stop().await.unwrap();
            }
            let mut server = TestServer::start_on(&mended, morning_of(today)).await;
            assert!(left_of(&server, id).iter().any(|((_, date), _)| *date == today));
            let (sok, patient) = (sok.at(server.address()), patient.at(server.address()));
            record_beside(&patient, planned, &lost, today).await;
            change_all(&server, (&sok, &patient), ids, &medicines).await;
            // Nobody takes anything any more: that days before are lost keeps nobody from hearing of it.
            server.clock().set(morning_of(today + chrono::Days::new(2)));
            server.run_jobs().await;
            let is_grave = |message: &Notification| {
                message.kind == NotificationType::MissedDoseAlert && message.urgency == Urgency::Critical
            };
            let messages = server
                .context()
                .store
                .read(|tx| NOTIFICATIONS.list_prefix(&WhatIsLeft(tx), &sok.id()))
                .unwrap();
            assert!(
                messages.iter().any(|(_, message)| message.patient == Some(id) && is_grave(message)),
                "{messages:?}"
            );
            server.take_app().stop().await.unwrap();
            tried += 1;
        }
    }
    assert!(tried > 2 && told > 0, "{tried}, {told}");
}

/// Whoever changes a treatment on the very day that was lost could ask for a dose of it twice.
async fn change_on_lost_day(sok: &Client, (prescription, medicine): (&str, &str), today: NaiveDate) {
    let path = format!("/prescriptions/{prescription}");
    let night = |more: Value| line(medicine, ("1 cp", "HS"), more);
    let refused = sok.patch(path.as_str(), night(json!({ "durationDays": 60 }))).await.expect(409);
    refused.code("treatment_day_lost");
    let tomorrow = night(json!({ "durationDays": 60, "startDate": today.succ_opt().unwrap() }));
    let changed = sok.patch(path.as_str(), tomorrow).await.ok();
    assert!(codes(&changed).contains(&"notice_days_lost"), "{changed}");
}

/// The command itself writes down which days were lost, as far as they are over by the clock.
async fn accept_by_command(salvaged: &[u8], sok: &Client, (prescription, medicine): (&str, &str)) {
    let mut server = TestServer::start_on(salvaged, morning_of(first_day() + chrono::Days::new(9))).await;
    let other_times = line(medicine, ("1 cp", "08:30, 12:30, 18:30"), json!({ "durationDays": 60 }));
    let path = format!("/prescriptions/{prescription}");
    let changed = sok.at(server.address()).patch(path, other_times).await.ok();
    assert!(codes(&changed).contains(&"notice_days_lost"), "{changed}");
    server.take_app().stop().await.unwrap();
}

fn damaged(path: &Path, page: usize) -> Vec<u8> {
    let damaged = path.with_extension("zeroed");
    std::fs::copy(path, &damaged).unwrap();
    zero(&damaged, page);
    std::fs::read(damaged).unwrap()
}

/// What the command writes of the lost days, when it is run at `now`.
fn salvaged_on(folder: &Path, bytes: &[u8], now: Timestamp) -> Vec<u8> {
    let (from, to) = (folder.join("from.redb"), folder.join("accepted.redb"));
    std::fs::write(&from, bytes).unwrap();
    let mut fresh = FreshFile::create(&to).unwrap();
    let wanted = Wanted { doubtful: false, schema: None, newest: newest_schema(MIGRATIONS) };
    let done = salvage(&File::open(&from).unwrap(), &mut fresh, &integrity::tables(), wanted).unwrap();
    let pages: Vec<&PageFault> = done.survey.faults.iter().collect();
    let lost = done.lost_of(&pages, DAYS.number(), now);
    let store = store_over(fresh.engine(), &ManualClock::at(now), options(&[], Pause::default()));
    let unknown = still_unknown(&store, &lost, now).unwrap();
    drop(store);
    assert!(unknown.iter().all(|rows| rows.passed) && !unknown.is_empty());
    put_lost(&mut fresh, &unknown).unwrap();
    fresh.finish().unwrap();
    let bytes = std::fs::read(&to).unwrap();
    std::fs::remove_file(&to).unwrap();
    bytes
}

fn salvaged(folder: &TempDir, bytes: &[u8]) -> Vec<u8> {
    let (from, to) = (folder.path().join("from.redb"), folder.path().join("salvaged.redb"));
    std::fs::write(&from, bytes).unwrap();
    let (code, said) = das_tern(&["salvage", from.to_str().unwrap(), to.to_str().unwrap()]);
    assert_eq!(code, 3, "{said}");
    let bytes = std::fs::read(&to).unwrap();
    std::fs::remove_file(&to).unwrap();
    bytes
}

/// What a phone sends of a lost day keeps nothing of today from being recorded.
async fn record_beside(
    patient: &Client,
    planned: &[((UserId, NaiveDate), Day)],
    lost: &BTreeSet<NaiveDate>,
    today: NaiveDate,
) {
    let of = |wanted: NaiveDate| {
        let (_, day) = planned.iter().find(|((_, date), _)| *date == wanted).unwrap();
        day.doses.iter().min_by_key(|dose| dose.scheduled()).unwrap().id.to_string()
    };
    let at = morning_of(today).to_utc().to_rfc3339();
    let action = |place: usize, dose: String| json!({ "clientId": place.to_string(), "doseId": dose, "action": "taken", "at": at });
    let sent = json!({ "actions": [action(0, of(today)), action(1, of(*lost.last().unwrap()))] });
    let synced = patient.post("/doses/sync", sent).await.ok();
    assert_eq!(synced["applied"].as_array().unwrap().len(), 1, "{synced}");
    assert_eq!(synced["conflicts"][0]["reason"], "dose_lost");
    assert_eq!(synced["conflicts"][0]["maySendAgain"], true);
}

async fn change_all(
    server: &TestServer,
    (sok, patient): (&Client, &Client),
    ids: &[(String, Value)],
    medicines: &[String],
) {
    let path = |place: usize| format!("/prescriptions/{}", ids[place].0);
    patient.get("/adherence/today").await.ok();
    // Other times, as many a day: the end stays where it was.
    let other_times = line(&medicines[0], ("1 cp", "08:30, 12:30, 18:30"), json!({ "durationDays": 60 }));
    let changed = sok.patch(path(0), other_times).await.ok();
    assert!(codes(&changed).contains(&"notice_days_lost"), "{changed}");
    assert_eq!(changed["medications"][0]["endDate"], ids[0].1);
    let other_times = line(&medicines[1], ("1 cp", "08:30, 18:30"), json!({ "quantity": 120 }));
    let counted = sok.patch(path(1), other_times).await.ok();
    assert!(codes(&counted).contains(&"notice_days_lost"), "{counted}");
    // What was missed on days that are known is asked for at the end, and nothing else.
    let missed = missed_of(server, patient.id(), &counted);
    let end: NaiveDate = counted["medications"][0]["endDate"].as_str().unwrap().parse().unwrap();
    let planned: NaiveDate = ids[1].1.as_str().unwrap().parse().unwrap();
    assert_eq!((end - planned).num_days(), (missed + 1) / 2, "{missed} were missed");
    sok.post(format!("{}/pause", path(2)), json!({})).await.ok();
    let resumed = sok.post(format!("{}/resume", path(2)), json!({})).await.ok();
    assert!(codes(&resumed).contains(&"notice_days_lost"), "{resumed}");
    sok.post(format!("{}/pause", path(2)), json!({})).await.ok();
    let in_pause = line(&medicines[2], ("1 cp", "08:30, 18:30"), json!({ "durationDays": 60 }));
    let in_pause = sok.patch(path(2), in_pause).await.ok();
    assert!(codes(&in_pause).contains(&"notice_days_lost"), "{in_pause}");
    sok.post(format!("{}/resume", path(2)), json!({})).await.ok();
    sok.post(format!("{}/stop", path(3)), json!({ "reason": "Rash" })).await.ok();
    // Whether it was given is not known: it is not asked for once more.
    let mut more = line(&medicines[4], ("2 cp", "STAT"), json!({}));
    let beside = line(&medicines[6], ("1 cp", "OD"), json!({}));
    more["medications"].as_array_mut().unwrap().extend(beside["medications"].as_array().unwrap().clone());
    let once = sok.patch(path(4), more).await.ok();
    let of_today = patient.get("/doses/schedule").await.ok();
    let is_once = |dose: &&Value| dose["prescriptionId"] == once["id"] && dose["amount"] == "2 tablets";
    assert_eq!(of_today["doses"].as_array().unwrap().iter().filter(is_once).count(), 0);
    let is_first_known = left_of(server, patient.id()).iter().any(|((_, date), _)| *date == first_day());
    let told = if is_first_known { "notice_once_over" } else { "notice_days_lost" };
    assert_eq!(codes(&once), [told], "{once}");
    let of_today = patient.get("/doses/schedule").await.ok();
    let is_once = |dose: &&Value| dose["prescriptionId"] == once["id"] && dose["amount"] == "2 tablets";
    assert_eq!(of_today["doses"].as_array().unwrap().iter().filter(is_once).count(), 0);
    assert!(!codes(&once).contains(&"notice_once_given"), "{once}");
    let new = json!({
        "patientId": patient.id(), "medicineId": medicines[5], "dosage": "1 cp",
        "frequency": "every 6 hours PRN max 4 a day", "durationDays": 5,
    });
    let needed = sok.post("/prescriptions", new).await.ok();
    // Nobody knows what was used as needed on the day before, where that is lost.
    let intake = json!({ "medicationId": needed["medications"][0]["id"] });
    patient.post("/doses/prn", intake.clone()).await.expect(409).code("prn_limit_unknown");
    let confirmed = json!({ "medicationId": needed["medications"][0]["id"], "confirm": true });
    patient.post("/doses/prn", confirmed).await.ok();
    let again = json!({
        "patientId": patient.id(), "medicineId": medicines[3], "dosage": "1 cp",
        "frequency": "TID", "durationDays": 5,
    });
    sok.post("/prescriptions", again).await.ok();
    server.run_jobs().await;
}

fn missed_of(server: &TestServer, patient: UserId, written: &Value) -> i64 {
    let days = left_of(server, patient);
    let own = days.iter().flat_map(|(_, day)| &day.doses);
    let own = own.filter(|dose| written["id"] == dose.prescription.to_string());
    own.filter(|dose| dose.status == DoseStatus::Missed).count() as i64
}
