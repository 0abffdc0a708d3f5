//! `doctor` and `audit verify`, run as a clinic's sysadmin runs them.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use das_tern::domain::audit::model::Outcome;
use das_tern::domain::audit::tables::{NewRecord, append, verify_chain};
use das_tern::domain::auth::model::Caller;
use das_tern::domain::migrations::MIGRATIONS;
use das_tern::platform::clock::ManualClock;
use das_tern::platform::random::Random;
use das_tern::platform::store::{
    Changes, Engine, MemoryEngine, Pause, RedbEngine, RedbOptions, copy_to, newest_schema, prepare,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::kit::{START, open_file, options, store_over, text};

fn das_tern(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_das-tern")).args(arguments).env_clear().output().unwrap()
}

fn code_and_text(output: &Output) -> (i32, String) {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// Raw key of an audit record: table 90, row, number.
fn raw_key(record: u64) -> Vec<u8> {
    [&[0, 90, 0], record.to_be_bytes().as_slice()].concat()
}

fn record_something(engine: Arc<dyn Engine>, records: u64) {
    let store = store_over(engine, &ManualClock::at(START), options(&[], Pause::default()));
    for n in 0..records {
        store
            .write_blocking(move |tx| {
                let new = NewRecord {
                    resource: Some(("thing", n.to_string())),
                    reason: (n % 2 == 0).then(|| "because".to_owned()),
                    change: Some(json!({ "old": n, "new": n + 1 })),
                    ..NewRecord::default()
                };
                append(tx, &Caller::system("test"), "thing.change", Outcome::Done, new)
            })
            .unwrap();
    }
}

/// A data file with twenty audit records, and an open engine on it.
fn clinic(folder: &TempDir) -> (PathBuf, RedbEngine) {
    let path = folder.path().join("das-tern.redb");
    let engine = open_file(path.clone());
    prepare(&engine, MIGRATIONS, None, &ManualClock::at(START), &Random::System).unwrap();
    drop(engine);
    let engine: Arc<dyn Engine> = Arc::new(open_file(path.clone()));
    record_something(engine, 20);
    (path.clone(), RedbEngine::open(path, RedbOptions::default()).unwrap())
}

fn flip(engine: &dyn Engine, record: u64, byte: usize) {
    let key = raw_key(record);
    let mut value = engine.snapshot().unwrap().get(&key).unwrap().unwrap();
    value[byte] ^= 1;
    engine.commit(&Changes::from([(key, Some(value))])).unwrap();
}

#[test]
fn a_changed_byte_of_one_record_in_a_copy_is_named() {
    let folder = TempDir::new().unwrap();
    let (path, engine) = clinic(&folder);
    let copy = folder.path().join("copy.redb");
    copy_to(&engine, &copy).unwrap();
    drop(engine);
    let (code, said) = code_and_text(&das_tern(&["audit", "verify", "--file", text(&copy)]));
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("the audit is whole: 20 records, head "), "{said}");

    let damaged = open_file(copy.clone());
    flip(&damaged, 13, 40);
    drop(damaged);
    let (code, said) = code_and_text(&das_tern(&["audit", "verify", "--file", text(&copy)]));
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("audit record 13 was changed"), "{said}");
    let output = das_tern(&["audit", "verify", "--json", "--file", text(&copy)]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["ok"], &report["records"]), (&json!(false), &json!(20)));
    let (code, said) = code_and_text(&das_tern(&["doctor", "--file", text(&copy)]));
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("audit record 13 was changed"), "{said}");
    // The original is as it was.
    let (code, said) = code_and_text(&das_tern(&["doctor", "--file", text(&path)]));
    assert_eq!(code, 0, "{said}");
    let output = das_tern(&["doctor", "--json", "--data", text(folder.path())]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = json!(newest_schema(MIGRATIONS));
    assert_eq!((&report["ok"], &report["schema"], &report["faults"]), (&json!(true), &schema, &json!([])));
}

#[test]
fn whichever_byte_of_a_record_changes_it_is_the_one_that_is_named() {
    let engine: Arc<dyn Engine> = Arc::new(MemoryEngine::new());
    record_something(Arc::clone(&engine), 5);
    let store = store_over(Arc::clone(&engine), &ManualClock::at(START), options(&[], Pause::default()));
    let length = engine.snapshot().unwrap().get(&raw_key(3)).unwrap().unwrap().len();
    assert!(length > 200);
    for byte in 0..length {
        flip(engine.as_ref(), 3, byte);
        let broken = store.read(|tx| verify_chain(tx)).unwrap().unwrap_or_default();
        assert!(broken.starts_with("audit record 3 "), "byte {byte}: {broken:?}");
        flip(engine.as_ref(), 3, byte);
    }
    assert_eq!(store.read(|tx| verify_chain(tx)).unwrap(), None);
    // A record that is taken out, at the end too, is missed.
    let taken = engine.snapshot().unwrap().get(&raw_key(5)).unwrap().unwrap();
    engine.commit(&Changes::from([(raw_key(5), None)])).unwrap();
    assert!(store.read(|tx| verify_chain(tx)).unwrap().unwrap().contains("record 5 is missing"));
    engine.commit(&Changes::from([(raw_key(5), Some(taken)), (raw_key(2), None)])).unwrap();
    assert!(store.read(|tx| verify_chain(tx)).unwrap().unwrap().contains("record 2 is missing"));
}

#[test]
fn a_file_in_use_a_missing_one_and_a_foreign_one_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let (path, engine) = clinic(&folder);
    let (code, said) = code_and_text(&das_tern(&["doctor", "--file", text(&path)]));
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("a server has this file open") && said.contains("/api/audit/verify"), "{said}");
    drop(engine);
    let missing = folder.path().join("missing.redb");
    let (code, said) = code_and_text(&das_tern(&["doctor", "--file", text(&missing)]));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("there is no such file") && !missing.exists(), "{said}");
    let foreign = folder.path().join("foreign.redb");
    std::fs::write(&foreign, "x".repeat(100_000)).unwrap();
    let (code, said) = code_and_text(&das_tern(&["doctor", "--file", text(&foreign)]));
    assert_eq!(code, 1, "{said}");
    assert_eq!(code_and_text(&das_tern(&["doctor", "--nonsense"])).0, 2);
}

#[test]
fn a_missing_index_entry_is_found() {
    let folder = TempDir::new().unwrap();
    let (path, engine) = clinic(&folder);
    // The head of the chain goes, and with it what the records are held against.
    engine.commit(&Changes::from([(vec![0, 91, 0], None)])).unwrap();
    drop(engine);
    let (code, said) = code_and_text(&das_tern(&["doctor", "--file", text(&path)]));
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("fault: "), "{said}");
}
