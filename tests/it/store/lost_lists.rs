//! A list is never shorter than it was: where rows may be missing, whoever asks for it is refused, also when the page of the
//! rows and that of the index which leads to them are lost together.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use das_tern::domain::audit::tables::RECORDS;
use das_tern::domain::integrity;
use das_tern::domain::migrations::MIGRATIONS;
use das_tern::platform::clock::Span;
use das_tern::platform::error::Kind;
use das_tern::platform::store::{Direction, KeyRange, PageRequest, Reader, Step, newest_schema};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::damage::{Rows, leaves, rows_of, zero};
use super::kit::{das_tern, open_file, text};
use super::mending::{is_index_of_jobs, is_made_anew, is_own_number, look, open, passes};
use crate::doses::kit::{daily, prescribe, statuses};
use crate::kit::{Client, TestServer, beginning};

/// Whether it is put in order without what was lost, so that it may differ.
fn differs(key: &[u8]) -> bool {
    is_own_number(key) || passes(key) || is_index_of_jobs(key) || is_made_anew(key)
}

/// A clinic with people who have enough allergies for pages of their own, and with open alarms.
async fn clinic() -> (TempDir, PathBuf, [Client; 3]) {
    let server = TestServer::start().await;
    let doctor = server.doctor("sok").await;
    let admin = server.admin().await;
    let mut people = Vec::new();
    for name in ["dara", "bopha", "kosal"] {
        let patient = server.patient(name).await;
        server.connect(&doctor, &patient).await;
        for number in 0..24 {
            let substance = format!("substance {number} of {name}, which is not to be given");
            let allergy = json!({ "substance": substance, "severity": "SEVERE" });
            patient.post(format!("/patients/{}/allergies", patient.id()), allergy).await.ok();
        }
        prescribe(&server, &patient, daily("me")).await;
        let measured = json!({ "vitalType": "HEART_RATE", "value": 180, "unit": "bpm" });
        patient.post("/health-monitoring/vitals", measured).await.ok();
        people.push(patient);
    }
    let folder = server.into_folder().await;
    let file = folder.path().join("das-tern.redb");
    (folder, file, [doctor, people.swap_remove(0), admin])
}

/// Every range of keys that begin alike, in rows and indexes, with the entries of each.
fn ranges(rows: &Rows) -> BTreeSet<Vec<u8>> {
    let beginnings = |key: &Vec<u8>| [3, 19, 20, 35].map(|length| key.get(..length).map(<[u8]>::to_vec));
    rows.keys().filter(|key| !differs(key)).flat_map(beginnings).flatten().collect()
}

/// Reads every range in a file of which some pages are zeroed, and returns how many were refused.
fn read_all(file: &Path, rows: &Rows, pages: &BTreeSet<usize>) -> usize {
    pages.iter().for_each(|page| zero(file, *page));
    assert!(look(file).mended.is_some());
    let store = open(file);
    let mut refused = 0;
    for prefix in ranges(rows) {
        for direction in [Direction::Forward, Direction::Backward] {
            let mut found = Rows::new();
            let read = store.read(|tx| {
                tx.scan_raw(&KeyRange::prefix(&prefix), direction, &mut |key, value| {
                    found.insert(key.to_vec(), value.to_vec());
                    Step::Continue
                })
            });
            if let Err(error) = read {
                assert_eq!(error.kind(), Kind::Damaged, "{error}");
                refused += 1;
                continue;
            }
            let expected = rows.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
            let expected: Rows = expected.map(|(key, value)| (key.clone(), value.clone())).collect();
            assert_eq!(found, expected, "{prefix:?} with pages {pages:?}");
        }
    }
    store.close();
    refused
}

#[tokio::test]
async fn whatever_pages_are_lost_together_no_range_is_read_as_shorter() {
    let (folder, path, _) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    let mut pages = leaves(&path, &rows);
    pages.retain(|(_, lost)| !lost.is_empty() && !lost.iter().any(|key| is_own_number(key)));
    assert!(pages.len() > 20, "{}", pages.len());
    let mut refused = 0;
    for round in 0..16 {
        let step = 1 + round % 7;
        let chosen = pages.iter().skip(round).step_by(pages.len() / (step + 1) + 1);
        let chosen: BTreeSet<usize> = chosen.map(|(page, _)| *page).collect();
        let damaged = folder.path().join(format!("damaged-{round}.redb"));
        std::fs::copy(&path, &damaged).unwrap();
        refused += read_all(&damaged, &rows, &chosen);
    }
    assert!(refused > 100, "{refused}");
    // Rows and indexes of one table, all of them: nothing is left that would point to what is missing.
    let of_entries = pages.iter().filter(|(_, lost)| lost.iter().any(|key| key.starts_with(&ALLERGIES)));
    let of_entries: BTreeSet<usize> = of_entries.map(|(page, _)| *page).collect();
    assert!(of_entries.len() > 2, "rows and indexes have pages of their own");
    read_all(&path, &rows, &of_entries);
}

/// The table of allergies and conditions.
const ALLERGIES: [u8; 2] = 130_u16.to_be_bytes();

/// What somebody is told; nothing when they are refused.
async fn told(person: &Client, lists: &[String]) -> Vec<Option<Value>> {
    let mut answers = Vec::new();
    for list in lists {
        let answer = person.get(list).await;
        answers.push(match answer.status {
            // Who they are may have been on the page as well.
            401 | 503 => None,
            _ => {
                let mut told = answer.ok();
                // A file that was put in order knows of today.
                told.as_object_mut().unwrap().remove("on");
                Some(told)
            }
        });
    }
    answers
}

/// What comes before lost rows is given, with a cursor that leads to them.
#[tokio::test]
async fn a_page_ends_before_lost_rows_and_the_next_one_is_refused() {
    let (folder, path, _) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    let of_audit =
        |lost: &BTreeSet<Vec<u8>>| !lost.is_empty() && lost.iter().all(|key| key.starts_with(&[0, 90, 0]));
    let pages = leaves(&path, &rows);
    let (page, lost) = pages.iter().filter(|(_, lost)| of_audit(lost)).nth(1).expect("a page amid the audit");
    let damaged = folder.path().join("damaged.redb");
    std::fs::copy(&path, &damaged).unwrap();
    zero(&damaged, *page);
    assert!(look(&damaged).mended.is_some());
    let store = open(&damaged);
    let listed = |cursor: Option<&str>| {
        let request = PageRequest::parse(Some(100), cursor)?;
        store.read(|tx| RECORDS.page(tx, &(), Direction::Forward, &request, |_, _| true))
    };
    let first = listed(None).unwrap();
    let before =
        rows.keys().filter(|key| key.starts_with(&[0, 90, 0]) && *key < lost.first().unwrap()).count();
    assert_eq!(first.items.len(), before);
    let next = listed(first.next_cursor.as_deref());
    assert_eq!(next.unwrap_err().kind(), Kind::Damaged);
    store.close();
}

#[tokio::test]
async fn no_allergy_no_open_alarm_and_no_connection_is_left_out_of_a_list() {
    const TABLES: [[u8; 2]; 3] = [ALLERGIES, [0, 123], [0, 30]];
    let (folder, path, people) = clinic().await;
    let dara = people[1].id();
    let lists = [
        format!("/patients/{dara}/clinical-record"),
        format!("/health-monitoring/alerts?patientId={dara}"),
        "/connections".to_owned(),
        format!("/prescriptions?patientId={dara}"),
    ];
    let all_told = async |bytes: &[u8]| {
        let mut server = TestServer::start_on(bytes, beginning()).await;
        let mut answers = Vec::new();
        for person in &people[..2] {
            answers.push(told(&person.at(server.address()), &lists).await);
        }
        server.take_app().stop().await.unwrap();
        answers
    };
    let rows = rows_of(&open_file(path.clone()));
    let is_met = |key: &Vec<u8>| TABLES.iter().any(|table| key.starts_with(table));
    let mut pages = leaves(&path, &rows);
    pages.retain(|(_, lost)| !lost.iter().any(|key| is_own_number(key)) && lost.iter().any(is_met));
    let before = all_told(&std::fs::read(&path).unwrap()).await;
    assert!(before.iter().flatten().all(Option::is_some));
    let mut refused = [0; 4];
    // One of them, and all of one table.
    let alone = pages.iter().map(|(page, _)| vec![*page]);
    let of_table = |table: &[u8; 2]| {
        let of_table = pages.iter().filter(|(_, lost)| lost.iter().any(|key| key.starts_with(table)));
        of_table.map(|(page, _)| *page).collect::<Vec<_>>()
    };
    for chosen in alone.chain(TABLES.iter().map(of_table)) {
        let damaged = folder.path().join("damaged.redb");
        std::fs::copy(&path, &damaged).unwrap();
        chosen.iter().for_each(|page| zero(&damaged, *page));
        assert!(look(&damaged).mended.is_some());
        let after = all_told(&std::fs::read(&damaged).unwrap()).await;
        for (before, after) in before.iter().zip(after) {
            for ((list, refused), (before, after)) in
                lists.iter().zip(&mut refused).zip(before.iter().zip(after))
            {
                assert!(
                    after.is_none() || after == *before,
                    "{list} without {chosen:?}: {after:?}\nBEFORE {before:?}"
                );
                *refused += usize::from(after.is_none());
            }
        }
    }
    assert!(refused[..3].iter().all(|refused| *refused > 0), "{refused:?}");
}

/// What sweep and planning know of a patient is known again from the prescriptions.
#[tokio::test]
async fn a_patient_of_whom_the_planning_was_lost_is_planned_for() {
    let (folder, path, [_, dara, _]) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    let is_care = |key: &Vec<u8>| key.starts_with(&[0, 61, 0]);
    let is_source = |key: &Vec<u8>| key[0] == 0 && [20, 50, 51].contains(&key[1]);
    let is_fit = |lost: &BTreeSet<Vec<u8>>| lost.iter().any(is_care) && !lost.iter().any(is_source);
    let (page, _) = leaves(&path, &rows).into_iter().find(|(_, lost)| is_fit(lost)).expect("a page of care");
    let damaged = folder.path().join("damaged.redb");
    std::fs::copy(&path, &damaged).unwrap();
    zero(&damaged, page);
    let taken = folder.path().join("taken.redb");
    let schema = newest_schema(MIGRATIONS).to_string();
    let (code, said) = das_tern(&["salvage", "--schema", &schema, text(&damaged), text(&taken)]);
    assert_eq!(code, 3, "{said}");
    let mended = look(&damaged).mended.unwrap();
    let of_care = mended.lost.iter().filter(|rows| rows.table() == Some(61));
    assert!(of_care.clone().count() > 0 && of_care.clone().all(|rows| rows.passed), "{:?}", mended.lost);

    let mut server = TestServer::start_on(&std::fs::read(&taken).unwrap(), beginning()).await;
    // Another minute, for other ids.
    server.clock().advance(Span::minutes(1));
    server.run_jobs().await;
    prescribe(&server, &dara, daily("nx")).await;
    let dara = server.again(&dara);
    // The salvage was written by the machine's clock, behind which the test's is not believed.
    let context = server.context();
    let date = context.now().plus(Span::days(2)).day_in(context.zone()).to_string();
    assert_eq!(statuses(&dara, &date).await, ["DUE"; 4], "both are asked for");
    let verified = server.context().store.read(|tx| integrity::verify(tx)).unwrap();
    let of_lines = verified.iter().filter(|fault| fault.contains("used twice") || fault.contains("too late"));
    assert_eq!(of_lines.count(), 0, "{verified:?}");
    server.take_app().stop().await.unwrap();
}

/// Admins see an alarm once it is escalated: one that was lost before may be missing.
#[tokio::test]
async fn admins_are_refused_a_list_of_alarms_when_some_are_lost() {
    let (_folder, path, [_, _, admin]) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    let is_alarm = |key: &Vec<u8>| key.starts_with(&[0, 123, 0]);
    let is_fit = |lost: &BTreeSet<Vec<u8>>| {
        let is_of_admin =
            |key: &Vec<u8>| is_own_number(key) || (key[0] == 0 && [10, 11, 20].contains(&key[1]));
        lost.iter().any(is_alarm) && !lost.iter().any(is_of_admin)
    };
    let (page, _) =
        leaves(&path, &rows).into_iter().find(|(_, lost)| is_fit(lost)).expect("a page of alarms");
    zero(&path, page);
    assert!(look(&path).mended.is_some());
    let mut server = TestServer::start_on(&std::fs::read(&path).unwrap(), beginning()).await;
    server.again(&admin).get("/health-monitoring/alerts").await.expect(503).code("data_damaged");
    server.take_app().stop().await.unwrap();
}
