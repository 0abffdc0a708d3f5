//! Damaged pages are named, disturb nobody who does not need them, and what is on the others is saved.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use das_tern::domain::integrity;
use das_tern::domain::migrations::MIGRATIONS;
use das_tern::platform::clock::ManualClock;
use das_tern::platform::store::{
    Changes, Direction, Engine, EngineError, Held, KeyRange, Pause, RedbEngine, RedbOptions, Step,
    newest_schema, survey,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::kit::{ITEMS, START, das_tern, item, open_file, options, store_over, text, write_group};
use super::mending::{is_made_anew, passes};
use crate::doses::kit::{daily, prescribe};
use crate::kit::{TestServer, beginning};

pub type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

pub const PAGE: usize = 4096;
const SCHEMA: &[u8] = &[0, 0, 0, b's', b'c', b'h'];
pub const SEQUENCE: &[u8] = &[0, 0, 0, b's', b'e', b'q'];

/// A clinic with some of everything that a day brings.
pub async fn clinic() -> (TempDir, PathBuf) {
    let server = TestServer::start().await;
    let doctor = server.doctor("sok").await;
    for name in ["dara", "bopha", "kosal"] {
        let patient = server.patient(name).await;
        server.connect(&doctor, &patient).await;
        for _ in 0..2 {
            prescribe(&server, &patient, daily("mnex")).await;
        }
        let measured = json!({ "vitalType": "HEART_RATE", "value": 180, "unit": "bpm" });
        patient.post("/health-monitoring/vitals", measured).await.ok();
        // Each look is a row of the audit: enough for pages of their own.
        for _ in 0..20 {
            doctor.get(format!("/health-monitoring/vitals?patientId={}", patient.id())).await.ok();
        }
    }
    server.run_jobs().await;
    let folder = server.into_folder().await;
    let file = folder.path().join("das-tern.redb");
    (folder, file)
}

pub fn rows_of(engine: &dyn Engine) -> Rows {
    let mut rows = Rows::new();
    let snapshot = engine.snapshot().unwrap();
    snapshot
        .scan(&KeyRange::all(), Direction::Forward, &mut |key, value| {
            rows.insert(key.to_vec(), value.to_vec());
            Step::Continue
        })
        .unwrap();
    rows
}

pub fn is_row(key: &[u8]) -> bool {
    key[2] == 0
}

/// Zeroes a page of the file.
pub fn zero(path: &Path, page: usize) {
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(&[0; PAGE], (page * PAGE) as u64).unwrap();
}

/// Pages with entries, and the keys that each takes with it.
pub fn leaves(path: &Path, rows: &Rows) -> Vec<(usize, BTreeSet<Vec<u8>>)> {
    let bytes = std::fs::read(path).unwrap();
    let copy = path.with_extension("probe");
    std::fs::write(&copy, &bytes).unwrap();
    let file = File::options().read(true).write(true).open(&copy).unwrap();
    let mut leaves = Vec::new();
    for (page, content) in bytes.chunks(PAGE).enumerate().skip(1) {
        // The first byte of a leaf.
        if content[0] != 1 {
            continue;
        }
        file.write_all_at(&[0; PAGE], (page * PAGE) as u64).unwrap();
        let mut lost: BTreeSet<Vec<u8>> = rows.keys().cloned().collect();
        let found = survey(&file, &mut |found| {
            lost.remove(found.key);
            Ok(())
        });
        file.write_all_at(content, (page * PAGE) as u64).unwrap();
        if found.unwrap().faults.iter().any(|fault| fault.held == Held::Entries) {
            leaves.push((page, lost));
        }
    }
    std::fs::remove_file(copy).unwrap();
    leaves
}

/// One leaf for each table that has rows.
pub fn one_leaf_of_each_table(path: &Path, rows: &Rows) -> Vec<(usize, BTreeSet<Vec<u8>>)> {
    let mut seen = BTreeSet::new();
    let mut chosen = leaves(path, rows);
    chosen.retain(|(_, lost)| {
        let tables: BTreeSet<[u8; 2]> = lost.iter().map(|key| [key[0], key[1]]).collect();
        let is_new = !tables.is_subset(&seen);
        seen.extend(tables);
        is_new
    });
    let all: BTreeSet<[u8; 2]> = rows.keys().map(|key| [key[0], key[1]]).collect();
    assert_eq!(seen, all, "every table has a leaf");
    chosen
}

#[tokio::test]
async fn one_leaf_of_each_table_zeroed_is_named_and_nothing_else_is_lost() {
    let (folder, path) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    let names: BTreeMap<u16, &str> =
        integrity::tables().iter().map(|table| (table.number(), table.name())).collect();
    let leaves = one_leaf_of_each_table(&path, &rows);
    assert!(leaves.len() >= 5, "{}", leaves.len());
    for (page, lost) in leaves {
        let damaged = folder.path().join(format!("damaged-{page}.redb"));
        std::fs::copy(&path, &damaged).unwrap();
        zero(&damaged, page);
        let before = std::fs::read(&damaged).unwrap();

        let (code, said) = das_tern(&["doctor", "--file", text(&damaged)]);
        assert_eq!(code, 3, "page {page}: {said}");
        assert!(said.contains(&format!("fault: page at byte {}", page * PAGE)), "{said}");
        for key in &lost {
            let name = names.get(&u16::from_be_bytes([key[0], key[1]]));
            assert!(name.is_none_or(|name| said.contains(name)), "page {page}, {name:?}: {said}");
        }

        let saved = folder.path().join(format!("saved-{page}.redb"));
        let mut command = vec!["salvage", text(&damaged), text(&saved)];
        let schema = newest_schema(MIGRATIONS).to_string();
        if lost.contains(SCHEMA) {
            let (code, said) = das_tern(&command);
            assert!(code == 1 && said.contains("schema version of the file is lost"), "{said}");
            assert!(!saved.exists());
            command.extend(["--schema", &schema]);
        }
        let (code, said) = das_tern(&command);
        let lost_rows: Vec<_> = lost.iter().filter(|key| is_row(key)).collect();
        assert_eq!(said.contains("nothing is lost"), lost_rows.is_empty(), "page {page}: {said}");
        assert!(code == 0 || code == 3, "{said}");
        let found = rows_of(&open_file(saved.clone()));
        // The number of the last commit goes on, and events begin anew.
        let differs = |key: &[u8]| key == SEQUENCE || is_made_anew(key) || passes(key);
        let stays = |key: &Vec<u8>| is_row(key) && !lost.contains(key) && !differs(key);
        for (key, value) in rows.iter().filter(|(key, _)| stays(key)) {
            assert_eq!(found.get(key), Some(value), "page {page} takes {key:?} with it");
        }
        for key in lost_rows {
            assert!(!found.contains_key(key) || key == SCHEMA || differs(key), "{key:?}");
        }
        assert_eq!(std::fs::read(&damaged).unwrap(), before, "nothing was written to what was looked at");

        go_on_with(&damaged, &rows, &lost);
    }
}

/// A server that meets the damage: who does not need the page is not disturbed.
fn go_on_with(damaged: &Path, rows: &Rows, lost: &BTreeSet<Vec<u8>>) {
    let engine = RedbEngine::open(damaged.to_owned(), RedbOptions::default()).unwrap();
    let check_reads = || {
        let snapshot = engine.snapshot().unwrap();
        for (key, value) in rows.iter().filter(|(key, _)| !lost.contains(*key)).step_by(7) {
            assert_eq!(snapshot.get(key).unwrap().as_ref(), Some(value));
        }
    };
    check_reads();
    let gone = lost.first().unwrap().clone();
    assert!(matches!(engine.snapshot().unwrap().get(&gone), Err(EngineError::Corrupted(_))));
    let elsewhere = |n: u8| Changes::from([(vec![0xFF, 0xF0, 0, n], Some(vec![n]))]);
    let last = rows.keys().next_back().unwrap();
    for n in 0..3 {
        let refused = engine.commit(&Changes::from([(gone.clone(), Some(vec![1]))]));
        assert!(matches!(refused, Err(EngineError::Corrupted(_))), "{refused:?}");
        engine.recover().unwrap();
        check_reads();
        // The key behind all others lies on the last page.
        if !lost.contains(last) {
            engine.commit(&elsewhere(n)).unwrap();
            assert_eq!(engine.snapshot().unwrap().get(&[0xFF, 0xF0, 0, n]).unwrap(), Some(vec![n]));
        }
    }
    engine.close();
}

#[test]
fn a_write_that_meets_damage_is_refused_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.redb");
    let engine: Arc<dyn Engine> = Arc::new(open_file(path.clone()));
    let store = store_over(Arc::clone(&engine), &ManualClock::at(START), options(&[0], Pause::default()));
    store.write_blocking(|tx| (0..2_000_u64).try_for_each(|id| ITEMS.put(tx, &id, &item(50, None)))).unwrap();
    store.close();
    drop((store, engine));
    let rows = rows_of(&open_file(path.clone()));
    let first: Vec<u8> = [&[3, 133, 0], 100_u64.to_be_bytes().as_slice()].concat();
    let (page, _) = leaves(&path, &rows).into_iter().find(|(_, lost)| lost.contains(&first)).unwrap();
    zero(&path, page);

    let engine: Arc<dyn Engine> = Arc::new(open_file(path));
    let store = store_over(engine, &ManualClock::at(START), options(&[0], Pause::default()));
    let put = |id: u64| -> Box<dyn FnMut(&mut das_tern::platform::store::WriteTx<'_>) -> _ + Send> {
        Box::new(move |tx| ITEMS.put(tx, &id, &item(51, None)))
    };
    let done = write_group(&store, vec![put(1_900), put(100), put(1_901)]);
    assert_eq!(done.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert!(store.damage().is_some());
    assert_eq!(store.read(|tx| Ok(ITEMS.get(tx, &1_900)?.unwrap().group)).unwrap(), 51);
    store.write_blocking(|tx| ITEMS.put(tx, &1_902, &item(51, None))).unwrap();
    assert_eq!(store.status(), das_tern::platform::store::StoreStatus::Ready);
    let found = store.survey(&mut |_| Ok(())).unwrap().unwrap();
    assert_eq!(found.faults.len(), 1);
}

#[test]
fn pages_are_looked_over_while_the_store_is_written() {
    let folder = TempDir::new().unwrap();
    let engine: Arc<dyn Engine> = Arc::new(open_file(folder.path().join("store.redb")));
    let store = store_over(engine, &ManualClock::at(START), options(&[], Pause::default()));
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0_u64;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                n += 1;
                let row = item((n % 200) as u8, None);
                store.write_blocking(move |tx| ITEMS.put(tx, &(n * 7919 % 1_000), &row)).unwrap();
            }
        });
        for _ in 0..30 {
            let found = store.survey(&mut |_| Ok(())).unwrap().unwrap();
            assert_eq!(found.faults, []);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[tokio::test]
async fn staff_see_the_damage_while_the_server_goes_on() {
    let (_folder, path) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    // The first audit records: nobody needs them until somebody looks.
    let is_record = |key: &Vec<u8>| key.starts_with(&[0, 90, 0]);
    let of_records = |(_, lost): &(usize, BTreeSet<Vec<u8>>)| !lost.is_empty() && lost.iter().all(is_record);
    let (page, _) = leaves(&path, &rows).into_iter().find(of_records).expect("a page of their own");
    zero(&path, page);
    let mut server = TestServer::start_on(&std::fs::read(&path).unwrap(), beginning()).await;
    let admin = server.admin().await;
    let store = server.context().store.clone();
    tokio::task::spawn_blocking(move || store.survey(&mut |_| Ok(()))).await.unwrap().unwrap();
    let status = admin.get("/admin/status").await.ok();
    let damage = status["dataFile"]["damage"][0].as_str().unwrap();
    assert!(damage.contains("audit row") && damage.contains(&format!("byte {}", page * PAGE)), "{damage}");
    assert_eq!(status["storeWritable"], json!(true));
    assert!(status["dataFile"]["usedBytes"].as_u64() > Some(100_000));
    let ready = reqwest::get(format!("http://{}/readyz", server.address())).await.unwrap();
    assert_eq!(ready.status(), 200);
    assert!(ready.text().await.unwrap().contains("damaged"));
    server.take_app().stop().await.unwrap();
}

#[tokio::test]
async fn an_import_shows_at_once_what_it_left_of_the_file() {
    let mut server = TestServer::start_on(&std::fs::read(clinic().await.1).unwrap(), beginning()).await;
    let admin = server.admin().await;
    let used = async || admin.get("/admin/status").await.ok()["dataFile"]["usedBytes"].as_u64().unwrap_or(0);
    let before = used().await;
    let rows: String =
        (0..300).map(|n| format!("nomatterol,គ្មាន,TABLET,{} mg,ORAL,TABLET\n", n + 1)).collect();
    let list = format!("generic_name,khmer_name,form,strength,route,unit\n{rows}");
    let done =
        admin.call(reqwest::Method::POST, "/medicines/import".to_owned()).body("text/csv", list).await.ok();
    assert_eq!(done["counts"]["new"], 300);
    let after = used().await;
    assert!(after > before.max(100_000), "{after} after {before}");
    server.take_app().stop().await.unwrap();
}

#[tokio::test]
async fn doctor_looks_at_what_it_cannot_write_and_knows_a_newer_file() {
    let (folder, path) = clinic().await;
    let before = std::fs::read(&path).unwrap();
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o400);
    std::fs::set_permissions(&path, permissions).unwrap();
    let (code, said) = das_tern(&["doctor", "--json", "--file", text(&path)]);
    assert_eq!(code, 0, "{said}");
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&report["damagedPages"], &report["worthCompacting"]), (&json!([]), &json!(false)));
    assert_eq!(das_tern(&["audit", "verify", "--file", text(&path)]).0, 0);
    assert_eq!(std::fs::read(&path).unwrap(), before, "not a byte was changed");

    // One letter of what a doctor wrote.
    let changed = folder.path().join("changed.redb");
    let mut bytes = before.clone();
    let places: Vec<usize> = bytes
        .windows(5)
        .enumerate()
        .filter(|(_, text)| text == b"Sopha" || text == b"bopha")
        .map(|(at, _)| at)
        .collect();
    let noticed = places.iter().filter(|at| {
        bytes[**at] ^= 2;
        std::fs::write(&changed, &bytes).unwrap();
        bytes[**at] ^= 2;
        let (code, said) = das_tern(&["doctor", "--file", text(&changed)]);
        code == 3 && said.contains("its checksum is wrong")
    });
    assert!(noticed.count() > 0, "of {}", places.len());

    let newer = folder.path().join("newer.redb");
    std::fs::write(&newer, &before).unwrap();
    let engine = open_file(newer.clone());
    engine.commit(&Changes::from([(SCHEMA.to_vec(), Some(99_u32.to_be_bytes().to_vec()))])).unwrap();
    drop(engine);
    let (code, said) = das_tern(&["doctor", "--file", text(&newer)]);
    assert!(code == 1 && said.contains("a newer version of the program wrote it"), "{said}");
}

#[tokio::test]
async fn a_file_that_is_mostly_free_is_made_small() {
    let (folder, path) = clinic().await;
    let engine = open_file(path.clone());
    let keys: Vec<Vec<u8>> =
        (0..4_000_u32).map(|n| [&[0xFF, 0xF0, 0], n.to_be_bytes().as_slice()].concat()).collect();
    engine.commit(&keys.iter().map(|key| (key.clone(), Some(vec![7; 2_000]))).collect()).unwrap();
    engine.commit(&keys.iter().map(|key| (key.clone(), None)).collect()).unwrap();
    drop(engine);
    let before = std::fs::metadata(&path).unwrap().len();
    let (code, said) = das_tern(&["compact", "--data", text(folder.path())]);
    assert_eq!(code, 0, "{said}");
    let after = std::fs::metadata(&path).unwrap().len();
    assert!(after < before / 2, "{before} to {after}: {said}");
    assert_eq!(das_tern(&["doctor", "--file", text(&path)]).0, 0);
}

#[tokio::test]
async fn a_compaction_that_is_cut_short_leaves_the_file_as_it_was() {
    let (folder, path) = clinic().await;
    let before = std::fs::read(&path).unwrap();
    // In blocks of 1,024 bytes: less than the file has.
    let limit = before.len() / 2_048;
    let output = std::process::Command::new("bash")
        .args(["-c", &format!("ulimit -f {limit} && exec \"$0\" compact --data \"$1\"")])
        .args([env!("CARGO_BIN_EXE_das-tern"), text(folder.path())])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(std::fs::read(&path).unwrap() == before, "the file is as it was");
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().contains("unfinished")));
    assert_eq!(das_tern(&["doctor", "--file", text(&path)]).0, 0);
}

#[tokio::test]
async fn what_a_broken_restore_left_is_no_new_clinic() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::write(folder.path().join("das-tern.redb.unfinished"), "half a clinic").unwrap();
    let (code, said) = das_tern(&["serve", "--listen", "127.0.0.1:0", "--data", text(folder.path())]);
    assert!(code == 1 && said.contains("das-tern.redb.unfinished tells of it"), "{code}: {said}");
}
