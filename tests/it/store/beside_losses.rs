//! What is lost of one patient or of the clinic's settings keeps nobody's danger from being told, and nobody else from being
//! seen to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use das_tern::domain::doses::model::{Day, DoseStatus};
use das_tern::domain::doses::tables::DAYS;
use das_tern::domain::notifications::model::NotificationType;
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use das_tern::platform::clock::{Clock, Span};
use das_tern::platform::ids::UserId;
use das_tern::platform::store::WhatIsLeft;
use serde_json::json;
use tempfile::TempDir;

use super::damage::{leaves, rows_of, zero};
use super::kit::open_file;
use super::mending::{is_own_number, look};
use crate::doses::kit::{KHMER, daily, doses_of, prescribe, statuses, take};
use crate::kit::{Client, TestServer, beginning};

pub fn is_of(key: &[u8], table: u8) -> bool {
    key[0] == 0 && key[1] == table
}

/// A file in which these pages are damaged, made whole.
pub fn without(folder: &Path, path: &Path, pages: &[usize]) -> Vec<u8> {
    let damaged = folder.join("damaged.redb");
    std::fs::copy(path, &damaged).unwrap();
    pages.iter().for_each(|page| zero(&damaged, *page));
    let looked = look(&damaged);
    assert!(looked.mended.is_some(), "{:?}", looked.left);
    std::fs::read(&damaged).unwrap()
}

pub fn pages_of(path: &Path) -> Vec<(usize, BTreeSet<Vec<u8>>)> {
    let mut pages = leaves(path, &rows_of(&open_file(path.to_owned())));
    pages.retain(|(_, lost)| !lost.is_empty() && !lost.iter().any(|key| is_own_number(key)));
    pages
}

/// Whom messages of a kind reached, as far as these are left.
fn reached(server: &TestServer, kind: NotificationType) -> usize {
    let all = server.context().store.read(|tx| NOTIFICATIONS.list_prefix(&WhatIsLeft(tx), &())).unwrap();
    all.iter().filter(|(_, message)| message.kind == kind).count()
}

async fn ready(server: &TestServer) -> (u16, String) {
    let answer = reqwest::get(format!("http://{}/readyz", server.address())).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// An admin knows what is lost and who is not seen to.
async fn acknowledge(admin: &Client) {
    let decided = json!({ "reason": "their doses are on paper" });
    admin.post("/admin/damage/acknowledge", decided).await.expect(204);
}

/// What planning, counters and one patient's doses are on: the others' missed doses are told, and whoever watches the server
/// hears that one patient is not seen to.
#[tokio::test]
async fn one_patients_lost_doses_keep_nobody_elses_from_being_missed() {
    let server = TestServer::start().await;
    let mut patients = Vec::new();
    for number in 0..40 {
        let patient = server.patient(&format!("p{number}")).await;
        prescribe(&server, &patient, daily("mnex")).await;
        patients.push(patient.id());
    }
    server.clock().advance(Span::days(1));
    server.run_jobs().await;
    let now = server.clock().now();
    let folder = server.into_folder().await;
    let path = folder.path().join("das-tern.redb");

    let pages = pages_of(&path);
    let is_counted = |lost: &BTreeSet<Vec<u8>>| lost.iter().any(|key| is_of(key, 61) || is_of(key, 70));
    let is_alone = |lost: &BTreeSet<Vec<u8>>| !lost.iter().any(|key| (10..=59).contains(&key[1]));
    let mut chosen: Vec<usize> =
        pages.iter().filter(|(_, lost)| is_counted(lost) && is_alone(lost)).map(|(page, _)| *page).collect();
    assert!(chosen.len() > 2, "{chosen:?}");
    // Days of somebody from their first on, so that the sweep has to look there.
    let is_first = |key: &&Vec<u8>| {
        let all = pages.iter().flat_map(|(_, lost)| lost);
        all.filter(|other| is_of(other, 60) && other[3..19] == key[3..19]).min() == Some(*key)
    };
    let all_days = |lost: &BTreeSet<Vec<u8>>| lost.iter().all(|key| is_of(key, 60));
    let begins = |lost: &BTreeSet<Vec<u8>>| lost.first().filter(is_first).is_some();
    let of_days = pages.iter().find(|(_, lost)| all_days(lost) && begins(lost));
    chosen.extend(of_days.map(|(page, _)| *page));
    let lost = pages.iter().filter(|(page, _)| chosen.contains(page)).flat_map(|(_, lost)| lost);
    let days: Vec<&Vec<u8>> = lost.filter(|key| is_of(key, 60)).collect();
    let of_lost = |id: &UserId| days.iter().any(|key| key[3..19] == *id.0.as_bytes());
    let (without_days, others): (Vec<_>, Vec<_>) = patients.iter().partition(|id| of_lost(id));
    assert!(!without_days.is_empty() && others.len() > 30, "{} and {}", without_days.len(), others.len());

    let bytes = without(folder.path(), &path, &chosen);
    let mut server = TestServer::start_on(&bytes, now).await;
    server.clock().advance(Span::days(1));
    server.run_jobs().await;
    let days = |id: UserId| server.context().store.read(|tx| DAYS.list_prefix(&WhatIsLeft(tx), &id)).unwrap();
    let missed = |id: UserId| {
        days(id)
            .iter()
            .flat_map(|(_, day)| day.doses.clone())
            .filter(|dose| dose.status == DoseStatus::Missed)
            .count()
    };
    for id in &others {
        assert!(missed(*id) > 4, "{} missed", missed(*id));
    }
    let (code, words) = ready(&server).await;
    assert!(code == 503 && words.contains("missed-dose-sweep: cannot do all of its work"), "{code} {words}");
    acknowledge(&server.admin().await).await;
    assert_eq!(ready(&server).await.0, 200);
    server.take_app().stop().await.unwrap();
}

/// Days to come are lost, from tomorrow on: today is shown, recorded, reminded of and swept, and its figures are given.
#[tokio::test]
async fn lost_days_to_come_leave_today_as_it_is() {
    let server = TestServer::start().await;
    let mut patients = Vec::new();
    for number in 0..4 {
        let patient = server.patient(&format!("p{number}")).await;
        prescribe(&server, &patient, daily("mnex")).await;
        patients.push(patient);
    }
    let now = server.clock().now();
    let folder = server.into_folder().await;
    let path = folder.path().join("das-tern.redb");
    let pages = pages_of(&path);
    let all_days = |lost: &BTreeSet<Vec<u8>>| lost.iter().all(|key| is_of(key, 60));
    let (mut tried, mut after) = (0, 0);
    for patient in &patients {
        let id = patient.id();
        let is_own = |key: &&Vec<u8>| is_of(key, 60) && key[3..19] == *id.0.as_bytes();
        let days: BTreeSet<&Vec<u8>> = pages.iter().flat_map(|(_, lost)| lost).filter(is_own).collect();
        // The first day that one page takes away, and the page.
        let first_lost = |lost: &BTreeSet<Vec<u8>>| days.iter().position(|day| lost.contains(*day));
        let found = pages
            .iter()
            .filter(|(_, lost)| all_days(lost))
            .filter_map(|(page, lost)| Some((*page, first_lost(lost).filter(|first| *first > 0)?)))
            .min_by_key(|(_, first)| *first);
        let Some((page, first)) = found else { continue };
        let bytes = without(folder.path(), &path, &[page]);
        let last_known = now.plus(Span::days(first as i64 - 1));
        let mut server = TestServer::start_on(&bytes, last_known).await;
        let tomorrow = last_known.plus(Span::days(1)).day_in(KHMER);
        let left = server.context().store.read(|tx| DAYS.list_prefix(&WhatIsLeft(tx), &id)).unwrap();
        assert!(left.iter().all(|((_, date), _)| *date != tomorrow));
        go_through_day(&server, &patient.at(server.address()), &last_known.day_in(KHMER).to_string()).await;
        let admin = server.admin().await;
        acknowledge(&admin).await;
        // Tomorrow nothing reminds them, of which nobody knew when they took note of what is lost.
        assert_eq!(ready(&server).await.0, 200);
        server.clock().advance(Span::days(1));
        server.run_jobs().await;
        let (code, words) = ready(&server).await;
        assert!(code == 503 && words.contains("cannot do all of its work"), "{code} {words}");
        let status = admin.get("/admin/status").await.ok();
        assert!(status["parts"].to_string().contains(&id.to_string()), "{status}");
        acknowledge(&admin).await;
        assert_eq!(ready(&server).await.0, 200);
        let is_seen_to = see_to_days_after(&server, &patient.at(server.address()), &left, tomorrow).await;
        after += usize::from(is_seen_to);
        server.take_app().stop().await.unwrap();
        tried += 1;
    }
    assert!(tried > 0 && after > 0, "{tried} and {after}");
}

/// The first day after the lost ones that is left is reminded of and swept.
async fn see_to_days_after(
    server: &TestServer,
    patient: &Client,
    left: &[((UserId, NaiveDate), Day)],
    lost: NaiveDate,
) -> bool {
    let Some(next) = left.iter().map(|((_, date), _)| *date).find(|date| *date > lost) else { return false };
    let reminded = reached(server, NotificationType::DoseReminder);
    let at = next.and_hms_opt(7, 0, 0).unwrap().and_local_timezone(KHMER).unwrap();
    server.clock().set(at.with_timezone(&chrono::Utc).into());
    server.run_jobs().await;
    assert!(reached(server, NotificationType::DoseReminder) > reminded, "of {next}");
    take(patient, &doses_of(patient, &next.to_string()).await[0]).await;
    server.clock().advance(Span::hours(8));
    server.run_jobs().await;
    assert_eq!(statuses(patient, &next.to_string()).await[..2], ["TAKEN_ON_TIME", "MISSED"], "{next}");
    true
}

async fn go_through_day(server: &TestServer, patient: &Client, today: &str) {
    let doses = doses_of(patient, today).await;
    assert_eq!(doses.len(), 4);
    // Seven in the morning: the first dose is asked for and taken.
    server.run_jobs().await;
    assert!(reached(server, NotificationType::DoseReminder) > 0);
    take(patient, &doses[0]).await;
    server.clock().advance(Span::hours(8));
    server.run_jobs().await;
    assert_eq!(statuses(patient, today).await[..2], ["TAKEN_ON_TIME", "MISSED"]);
    for path in ["/adherence/today", "/adherence/weekly", "/adherence/monthly"] {
        patient.get(path).await.ok();
    }
}

/// A clinic whose patients have bounds of their own, measurements, alarms and doctors.
async fn watched() -> (TempDir, PathBuf, Vec<Client>) {
    let server = TestServer::start().await;
    let (doctor, _admin) = (server.doctor("sok").await, server.admin().await);
    let mut people = Vec::new();
    for name in ["dara", "bopha", "kosal"] {
        let patient = server.patient(name).await;
        server.connect(&doctor, &patient).await;
        prescribe(&server, &patient, daily("me")).await;
        let own = json!({ "thresholds": [{ "vitalType": "BLOOD_PRESSURE", "max": 130, "secondary": { "max": 85 } }] });
        let path = format!("/health-monitoring/thresholds?patientId={}", patient.id());
        let first = doctor.get(&path).await;
        doctor.put(&path, own).header("if-match", first.header("etag")).await.ok();
        for value in [180, 182] {
            let measured = json!({ "vitalType": "HEART_RATE", "value": value, "unit": "bpm" });
            patient.post("/health-monitoring/vitals", measured).await.ok();
        }
        for (systolic, diastolic) in [(128, 82), (200, 121)] {
            patient.post("/health-monitoring/vitals", pressure(systolic, diastolic)).await.ok();
        }
        let weight = json!({ "vitalType": "WEIGHT", "value": 61, "unit": "kg" });
        patient.post("/health-monitoring/vitals", weight).await.ok();
        people.push(patient);
    }
    let folder = server.into_folder().await;
    let file = folder.path().join("das-tern.redb");
    (folder, file, people)
}

/// Who cares for whom is lost: those who might not hear of missed doses are made up for, and the server says so.
#[tokio::test]
async fn missed_doses_beside_lost_connections_are_told_to_the_admins() {
    const PATIENTS: usize = 20;
    let server = TestServer::start().await;
    let (doctor, _admin) = (server.doctor("sok").await, server.admin().await);
    for number in 0..PATIENTS {
        let patient = server.patient(&format!("p{number}")).await;
        server.connect(&doctor, &patient).await;
        prescribe(&server, &patient, daily("me")).await;
    }
    let folder = server.into_folder().await;
    let path = folder.path().join("das-tern.redb");
    let of_connections = |lost: &BTreeSet<Vec<u8>>| {
        lost.iter().any(|key| is_of(key, 30)) && !lost.iter().any(|key| is_of(key, 20) || is_of(key, 10))
    };
    let pages = pages_of(&path);
    let chosen: Vec<usize> =
        pages.iter().filter(|(_, lost)| of_connections(lost)).map(|(page, _)| *page).collect();
    assert!(!chosen.is_empty());
    let bytes = without(folder.path(), &path, &chosen);
    let mut server = TestServer::start_on(&bytes, beginning()).await;
    let (code, words) = ready(&server).await;
    assert!(code == 503 && words.contains("connections or messages are lost"), "{code} {words}");
    for _ in 0..3 {
        server.clock().advance(Span::days(1));
        server.run_jobs().await;
    }
    let all = server.context().store.read(|tx| NOTIFICATIONS.list_prefix(&WhatIsLeft(tx), &())).unwrap();
    let by_doctor = all.iter().filter(|(_, message)| message.kind == NotificationType::MissedDoseAlert);
    let by_doctor: BTreeSet<_> = by_doctor.filter_map(|(_, message)| message.patient).collect();
    let of_admins: Vec<_> = all.iter().filter(|(_, message)| message.variant == "carers_lost").collect();
    assert!(!of_admins.is_empty());
    assert!(by_doctor.len() + of_admins.len() >= PATIENTS, "{} and {}", by_doctor.len(), of_admins.len());
    // Each message of the doctor's is in the list: those of patients of whom nobody can tell whether they still share it
    // without what they say.
    let of_doctor = all.iter().filter(|((to, _), _)| *to == doctor.id()).count();
    let listed = doctor.at(server.address()).get("/notifications?limit=100").await.ok();
    let listed = listed["items"].as_array().unwrap();
    assert_eq!(listed.len(), of_doctor.min(100));
    let closed = listed.iter().filter(|message| message["title"] == "Cannot be shown").count();
    assert!(closed < listed.len(), "{closed} of {}", listed.len());
    server.take_app().stop().await.unwrap();
}

fn pressure(systolic: u32, diastolic: u32) -> serde_json::Value {
    json!({ "vitalType": "BLOOD_PRESSURE", "value": systolic, "valueSecondary": diastolic, "unit": "mmHg" })
}

/// Whichever page is lost: who can still sign in has a dangerous reading written down and told, and a weight taken.
#[tokio::test]
async fn a_dangerous_reading_is_taken_and_told_whatever_page_is_lost() {
    let (folder, path, people) = watched().await;
    let (mut told, mut kept_out) = (0, 0);
    let pages = pages_of(&path);
    // Each alone, and all pages of what is known of vital signs at once.
    let alone = pages.iter().map(|(page, _)| vec![*page]);
    let is_vital =
        |lost: &BTreeSet<Vec<u8>>| lost.iter().any(|key| (120..=124).any(|table| is_of(key, table)));
    let is_person = |lost: &BTreeSet<Vec<u8>>| lost.iter().any(|key| is_of(key, 20) || is_of(key, 10));
    let vital = pages.iter().filter(|(_, lost)| is_vital(lost) && !is_person(lost)).map(|(page, _)| *page);
    let vital: Vec<usize> = vital.collect();
    for chosen in alone.chain([vital]) {
        let bytes = without(folder.path(), &path, &chosen);
        let mut server = TestServer::start_on(&bytes, beginning()).await;
        server.clock().advance(Span::hours(2));
        for person in people.iter().map(|person| person.at(server.address())) {
            if person.get("/users/me").await.status != 200 {
                kept_out += 1;
                continue;
            }
            let before = reached(&server, NotificationType::VitalAnomaly);
            let answer = person.post("/health-monitoring/vitals", pressure(232, 131)).await;
            assert!(answer.status < 300, "without {chosen:?}: {answer:?}");
            assert_eq!(answer.ok()["severity"], "CRITICAL");
            let after = reached(&server, NotificationType::VitalAnomaly);
            assert!(after > before, "nobody was told without {chosen:?}");
            told += 1;
            let weight = json!({ "vitalType": "WEIGHT", "value": 62, "unit": "kg" });
            let answer = person.post("/health-monitoring/vitals", weight).await;
            assert!(answer.status < 300, "without {chosen:?}: {answer:?}");
        }
        server.take_app().stop().await.unwrap();
    }
    assert!(told > 60 && kept_out < told / 4, "{told} and {kept_out}");
}
