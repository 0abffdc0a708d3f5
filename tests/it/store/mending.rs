//! A damaged data file is made whole before it is opened: indexes lose nothing, and rows that are lost are refused and
//! never taken for absent.

use std::collections::BTreeSet;
use std::path::Path;

use das_tern::domain::notifications::model::NotificationType;
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use das_tern::flows::mending::{Looked, look_at_file};
use das_tern::platform::clock::Span;
use das_tern::platform::error::Kind;
use das_tern::platform::ids::UserId;
use das_tern::platform::store::{Reader, Store};

use super::damage::{clinic, is_row, leaves, one_leaf_of_each_table, rows_of, zero};
use super::kit::{das_tern, open_file, options, store_over, text};
use super::place::Clinic;
use crate::doses::kit::{daily, prescribe};
use crate::kit::{TestServer, beginning};

/// Raw keys of the index by which patients are found who are to be reminded.
const BY_REMINDER: &[u8] = &[0, 61, 2];
/// Raw keys of the audit's records and of the end of their chain.
const AUDIT: &[u8] = &[0, 90, 0];
const AUDIT_HEAD: &[u8] = &[0, 91];
/// Raw keys of what the planning knows of each patient.
const CARE: &[u8] = &[0, 61, 0];

/// What the file says of itself: its schema, the number of the last commit.
pub fn is_own_number(key: &[u8]) -> bool {
    key.starts_with(&[0, 0, 0])
}

/// Whether nobody needs it once it is lost: sessions and codes, answers to repeated requests, what was done about other
/// losses, events, what a doctor asks for once more, how messages fared, and where by the audit nobody ever wrote: rules
/// that the kit keeps silent for stories are not in it.
pub fn passes(key: &[u8]) -> bool {
    key[0] == 0 && matches!(key[1], 11..=17 | 31..=37 | 83..=87 | 100 | 102 | 110..=112 | 122 | 132..=136)
}

/// Whether it is told from other rows: the end of the audit's chain, and what is counted.
pub fn is_made_anew(key: &[u8]) -> bool {
    key.starts_with(AUDIT_HEAD) || (key[0] == 0 && [61, 70, 81, 121].contains(&key[1]))
}

/// Whether it finds a job: whatever is lost there keeps nobody from writing down a new one.
pub fn is_index_of_jobs(key: &[u8]) -> bool {
    key.starts_with(&[0, 1]) && !is_row(key)
}

/// A page of the audit, whose loss hinders nobody's care: where rows of care are lost, the first round that meets them
/// makes `/readyz` call, and a story would depend on whether it asks before that.
fn page_of_the_audit(file: &Path) -> usize {
    let copy = file.with_extension("copy");
    std::fs::copy(file, &copy).unwrap();
    let rows = rows_of(&open_file(copy));
    let of_audit =
        |lost: &BTreeSet<Vec<u8>>| !lost.is_empty() && lost.iter().all(|key| key.starts_with(AUDIT));
    leaves(file, &rows).into_iter().rfind(|(_, lost)| of_audit(lost)).expect("a page of the audit").0
}

pub fn look(path: &Path) -> Looked {
    look_at_file(path).unwrap()
}

pub fn open(path: &Path) -> Store {
    store_over(
        std::sync::Arc::new(open_file(path.to_owned())),
        &das_tern::platform::clock::ManualClock::at(super::kit::START),
        options(&[], das_tern::platform::store::Pause::default()),
    )
}

#[tokio::test]
async fn one_leaf_of_each_table_zeroed_leaves_a_sound_file_that_knows_what_it_lost() {
    let (folder, path) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    for (page, lost) in one_leaf_of_each_table(&path, &rows) {
        let damaged = folder.path().join(format!("damaged-{page}.redb"));
        std::fs::copy(&path, &damaged).unwrap();
        zero(&damaged, page);
        let before = std::fs::read(&damaged).unwrap();
        let looked = look(&damaged);
        if lost.iter().any(|key| is_own_number(key)) {
            assert!(looked.mended.is_none() && looked.left.unwrap().contains("not made whole"));
            assert_eq!(std::fs::read(&damaged).unwrap(), before);
            continue;
        }
        let mended = looked.mended.unwrap();
        assert_eq!(std::fs::read(&mended.kept).unwrap(), before, "the damaged file is kept");
        let lost_rows: BTreeSet<_> = lost.iter().filter(|key| is_row(key) && !passes(key)).collect();
        let store = open(&damaged);
        store
            .read(|tx| {
                for (key, value) in rows.iter().filter(|(key, _)| !is_own_number(key) && !passes(key)) {
                    match tx.get_raw(key) {
                        Ok(_) if is_made_anew(key) => {}
                        Ok(found) if lost_rows.contains(key) => panic!("{key:?} is lost, not {found:?}"),
                        Ok(Some(found)) => assert_eq!(&found, value, "{key:?}"),
                        // Nobody needs the indexes of jobs that are lost.
                        Ok(None) => assert!(is_index_of_jobs(key) && lost.contains(key), "{key:?} is gone"),
                        // The entry of a lost row may be lost with it.
                        Err(error) => assert!(
                            error.kind() == Kind::Damaged
                                && lost.contains(key)
                                && (lost_rows.contains(key) || !is_row(key)),
                            "{key:?}: {error}"
                        ),
                    }
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(store.is_damaged(), !lost_rows.is_empty());
        store.close();
        drop(store);
        let (code, said) = das_tern(&["doctor", "--file", text(&damaged)]);
        assert_eq!(code, if lost_rows.is_empty() { 0 } else { 3 }, "page {page}: {said}");
        assert_eq!(said.contains("were lost on"), !lost_rows.is_empty(), "page {page}: {said}");
        assert!(look(&damaged).mended.is_none(), "once is enough");
        accept(&damaged, &folder.path().join(format!("accepted-{page}.redb")), &lost_rows);
    }
}

/// Somebody says that what is lost is lost.
fn accept(mended: &Path, to: &Path, lost_rows: &BTreeSet<&Vec<u8>>) {
    let (code, said) = das_tern(&["salvage", text(mended), text(to)]);
    assert!(code == 0 || code == 3, "{said}");
    assert_eq!(said.contains("nothing is lost"), lost_rows.is_empty(), "{said}");
    let store = open(to);
    assert!(!store.is_damaged());
    for key in lost_rows {
        assert!(store.read(|tx| tx.get_raw(key)).unwrap().is_none() || is_made_anew(key), "{key:?}");
    }
    store.close();
}

/// A clinic of many patients, each of whom is to be reminded every day.
pub async fn many_patients() -> (Vec<u8>, Vec<UserId>) {
    let server = TestServer::start().await;
    let mut patients = Vec::new();
    for number in 0..160 {
        let patient = server.patient(&format!("p{number}")).await;
        prescribe(&server, &patient, daily("mnex")).await;
        patients.push(patient.id());
    }
    let folder = server.into_folder().await;
    (std::fs::read(folder.path().join("das-tern.redb")).unwrap(), patients)
}

/// How many of them are reminded of the morning or noon.
async fn reminded_soon(file: &Path, patients: &[UserId]) -> usize {
    let mut server = TestServer::start_on(&std::fs::read(file).unwrap(), beginning()).await;
    for _ in 0..16 {
        server.clock().advance(Span::minutes(30));
        server.run_jobs().await;
    }
    let is_reminded = |patient: &&UserId| {
        let messages = server.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, *patient)).unwrap();
        messages.iter().any(|(_, message)| message.kind == NotificationType::DoseReminder)
    };
    let reminded = patients.iter().filter(is_reminded).count();
    server.take_app().stop().await.unwrap();
    reminded
}

#[tokio::test]
async fn a_damaged_index_of_reminders_costs_nobody_a_reminder() {
    let (bytes, patients) = many_patients().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("das-tern.redb");
    std::fs::write(&path, &bytes).unwrap();
    let rows = rows_of(&open_file(path.clone()));
    let of_index = |lost: &BTreeSet<Vec<u8>>| lost.iter().all(|key| key.starts_with(BY_REMINDER));
    let all = leaves(&path, &rows);
    let (page, _) =
        all.iter().find(|(_, lost)| !lost.is_empty() && of_index(lost)).expect("a page of its own");
    zero(&path, *page);
    assert_eq!(look(&path).mended.unwrap().lost, []);
    assert_eq!(reminded_soon(&path, &patients).await, patients.len());

    // Rows of care are made anew from the prescriptions.
    std::fs::write(&path, &bytes).unwrap();
    let of_care = |lost: &BTreeSet<Vec<u8>>| lost.iter().all(|key| key.starts_with(CARE));
    let (page, lost) =
        all.iter().find(|(_, lost)| !lost.is_empty() && of_care(lost)).expect("a page of its own");
    zero(&path, *page);
    assert!(!lost.is_empty() && look(&path).mended.unwrap().lost.iter().all(|rows| rows.passed));
    assert_eq!(reminded_soon(&path, &patients).await, patients.len());
}

#[tokio::test]
async fn a_damaged_file_is_made_whole_before_a_server_opens_it() {
    let (_folder, whole) = clinic().await;
    let clinic = Clinic::open().await;
    let file = clinic.path("data/das-tern.redb");
    std::fs::copy(whole, &file).unwrap();
    let kept = || {
        let files = std::fs::read_dir(clinic.path("data")).unwrap();
        let is_kept = |name: &std::ffi::OsString| name.to_string_lossy().contains(".damaged-");
        files.filter(|file| is_kept(&file.as_ref().unwrap().file_name())).count()
    };
    zero(&file, page_of_the_audit(&file));
    // Closed in order: the first writes would hide what was damaged meanwhile.
    let running = clinic.serve(&[]).unwrap();
    assert!(running.ready().await.contains("the data file is damaged"));
    assert_eq!((running.write().await, kept()), (401, 1));
    assert!(look_at_file(&file).unwrap().mended.is_none());
    running.kill();

    // And after a crash.
    zero(&file, page_of_the_audit(&file));
    let running = clinic.serve(&[]).unwrap();
    assert_eq!((running.write().await, kept()), (401, 2));
    running.stop();
}
