//! Pages that are what they should not be: a sound one in a wrong place, a lost root, a wrong header.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt;

use das_tern::domain::migrations::MIGRATIONS;
use das_tern::flows::mending::look_at_file;
use das_tern::platform::clock::Span;
use das_tern::platform::store::{Held, newest_schema, survey};
use serde_json::json;

use super::damage::{PAGE, Rows, SEQUENCE, clinic, is_row, leaves, rows_of, zero};
use super::kit::{das_tern, open_file, text};
use super::mending::{many_patients, passes};
use crate::kit::{TestServer, beginning};

/// The disk writes a page where another belongs: it is well-formed, so whoever reads it believes it.
#[tokio::test]
async fn a_sound_page_in_a_wrong_place_is_found_by_the_look_of_the_hour() {
    let (_folder, path) = clinic().await;
    let mut server = TestServer::start_on(&std::fs::read(&path).unwrap(), beginning()).await;
    let admin = server.admin().await;
    server.run_jobs().await;
    while server.context().store.surveyed().is_none() {
        tokio::task::yield_now().await;
    }
    let damage = async || admin.get("/admin/status").await.ok()["dataFile"]["damage"].clone();
    assert_eq!(damage().await, json!([]));

    let folder = server.context().settings.store.directory.clone();
    let file = folder.join("das-tern.redb");
    let copy = folder.join("copy.redb");
    std::fs::copy(&file, &copy).unwrap();
    let rows = rows_of(&open_file(copy.clone()));
    let is_record = |key: &Vec<u8>| key.starts_with(&[0, 90, 0]);
    let of_records: Vec<usize> = leaves(&file, &rows)
        .into_iter()
        .filter(|(_, lost)| !lost.is_empty() && lost.iter().all(is_record))
        .map(|(page, _)| page)
        .collect();
    let [from, to, ..] = of_records.as_slice() else { panic!("two pages of records: {of_records:?}") };
    let bytes = std::fs::read(&file).unwrap();
    let open = File::options().write(true).open(&file).unwrap();
    open.write_all_at(&bytes[from * PAGE..(from + 1) * PAGE], (to * PAGE) as u64).unwrap();
    server.clock().advance(Span::minutes(30));
    server.run_jobs().await;
    assert_eq!(damage().await, json!([]), "nobody has looked yet");

    server.clock().advance(Span::minutes(31));
    server.run_jobs().await;
    let found = damage().await;
    let named = found[0].as_str().unwrap();
    assert!(named.contains(&format!("byte {}: its checksum is wrong", to * PAGE)), "{found}");
    assert!(named.contains("audit"), "{found}");
    // It is closed and made whole.
    server.context().mending.begun().await;
    server.take_app().stop().await.unwrap();
}

/// Whether it is a row that is the same in a file which was made anew from all rows: events begin anew.
fn stays(key: &[u8]) -> bool {
    is_row(key) && key != SEQUENCE && !key.starts_with(&[0, 91]) && !passes(key)
}

/// The one bit that says which of the two commits in the header is the last.
fn turn_the_bit(path: &std::path::Path) {
    const AT: u64 = 9;
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, AT).unwrap();
    file.write_all_at(&[byte[0] ^ 1], AT).unwrap();
}

#[tokio::test]
async fn a_bit_of_the_header_does_not_take_the_last_commit_back() {
    let (folder, path) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    turn_the_bit(&path);
    let (code, said) = das_tern(&["doctor", "--file", text(&path)]);
    assert!(code == 0 && said.contains("does not say which commit is its last"), "{code} {said}");
    let taken = folder.path().join("salvaged.redb");
    let (code, said) = das_tern(&["salvage", text(&path), text(&taken)]);
    assert!(code == 0 && said.contains("nothing is lost"), "{code} {said}");
    let has_all = |file: &std::path::Path| {
        let found = rows_of(&open_file(file.to_owned()));
        rows.iter().filter(|(key, _)| stays(key)).all(|(key, row)| found.get(key) == Some(row))
    };
    assert!(has_all(&taken));
    let looked = look_at_file(&path).unwrap();
    assert!(looked.sound.is_some() && looked.mended.is_none());
    assert!(has_all(&path));
    let (code, said) = das_tern(&["doctor", "--file", text(&path)]);
    assert!(code == 0 && !said.contains("does not say"), "{code} {said}");

    // A commit of which a page never reached the disk is none: the one before it stays the last.
    let pages = std::fs::read(&path).unwrap().len() / PAGE;
    turn_the_bit(&path);
    let copy = path.with_extension("copy");
    let without = |page: usize| {
        std::fs::copy(&path, &copy).unwrap();
        zero(&copy, page);
        survey(&File::open(&copy).unwrap(), &mut |_| Ok(())).unwrap()
    };
    let is_of_newest_alone = |page: &usize| {
        let found = without(*page);
        found.faults.is_empty() && !found.is_unnamed
    };
    zero(&path, (1..pages).find(is_of_newest_alone).expect("a page of the last commit"));
    let found = survey(&File::open(&path).unwrap(), &mut |_| Ok(())).unwrap();
    assert!(!found.is_unnamed && found.faults.is_empty(), "{:?}", found.faults);
}

#[tokio::test]
async fn a_damaged_slot_of_the_last_commit_is_refused_with_what_to_do() {
    const SLOTS: [u64; 2] = [64, 192];
    let (_folder, path) = clinic().await;
    let bytes = std::fs::read(&path).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    let at = SLOTS[usize::from(bytes[9] & 1)] + 20;
    file.write_all_at(&[!bytes[usize::try_from(at).unwrap()]], at).unwrap();
    let refused = look_at_file(&path).unwrap_err().to_string();
    assert!(refused.contains("slot of the last commit is damaged"), "{refused}");
    let (code, said) = das_tern(&["doctor", "--file", text(&path)]);
    assert!(code == 3 && said.contains("slot of the last commit"), "{said}");
}

#[tokio::test]
async fn damaged_first_bytes_of_the_header_lose_nothing() {
    let (folder, path) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    let bytes = std::fs::read(&path).unwrap();
    let damaged = folder.path().join("damaged.redb");
    for (from, to) in [(0, 1), (12, 13), (20, 21), (0, 32)] {
        let mut bytes = bytes.clone();
        bytes[from..to].iter_mut().for_each(|byte| *byte = !*byte);
        std::fs::write(&damaged, bytes).unwrap();
        let (code, said) = das_tern(&["doctor", "--file", text(&damaged)]);
        assert!(code == 3 && said.contains("first bytes of the header"), "{from}: {code} {said}");
        let taken = folder.path().join(format!("taken-{from}-{to}.redb"));
        let (code, said) = das_tern(&["salvage", text(&damaged), text(&taken)]);
        assert!(code == 0 && said.contains("nothing is lost"), "{from}: {code} {said}");
        let mended = look_at_file(&damaged).unwrap().mended.expect("it is made whole");
        assert_eq!(mended.lost, []);
        for file in [&damaged, &taken] {
            let found = rows_of(&open_file(file.clone()));
            assert!(rows.iter().filter(|(key, _)| stays(key)).all(|(key, row)| found.get(key) == Some(row)));
        }
    }
}

/// Salvages a file with whatever can be made out, and says which rows came and what was said.
fn doubtful(file: &std::path::Path, to: &std::path::Path) -> (Rows, String) {
    let schema = newest_schema(MIGRATIONS).to_string();
    let (code, said) = das_tern(&["salvage", "--doubtful", "--schema", &schema, text(file), text(to)]);
    assert_eq!(code, 3, "{said}");
    (rows_of(&open_file(to.to_owned())), said)
}

#[tokio::test]
async fn a_file_without_its_header_is_salvaged_when_somebody_asks_for_what_is_doubtful() {
    let (folder, path) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    zero(&path, 0);
    let to = folder.path().join("saved.redb");
    let (code, said) = das_tern(&["salvage", text(&path), text(&to)]);
    assert!(code == 1 && said.contains("--doubtful --schema"), "{code} {said}");
    let (found, said) = doubtful(&path, &to);
    for key in rows.keys().filter(|key| stays(key)) {
        let is_named = found.contains_key(key) || said.contains("pages disagree about it");
        assert!(is_named, "{key:?} is neither taken nor named");
    }
    let same = rows.iter().filter(|(key, row)| stays(key) && found.get(*key) == Some(row)).count();
    assert!(same * 2 > rows.keys().filter(|key| stays(key)).count(), "{same}");
}

#[tokio::test]
async fn what_hung_on_a_lost_page_is_saved_as_doubtful() {
    let (bytes, _) = many_patients().await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.redb");
    std::fs::write(&copy, &bytes).unwrap();
    let rows = rows_of(&open_file(copy.clone()));
    // A page that leads to several others, but not to all.
    let lost_with = |page: &usize| {
        std::fs::write(&copy, &bytes).unwrap();
        zero(&copy, *page);
        let mut lost: BTreeSet<Vec<u8>> = rows.keys().filter(|key| stays(key)).cloned().collect();
        let found = survey(&File::open(&copy).unwrap(), &mut |found| {
            lost.remove(found.key);
            Ok(())
        });
        if found.unwrap().entries == 0 { BTreeSet::new() } else { lost }
    };
    let is_branch = |page: &usize| bytes[page * PAGE] == 2;
    let branches = (1..bytes.len() / PAGE).filter(is_branch);
    let (page, lost) = branches
        .map(|page| (page, lost_with(&page)))
        .max_by_key(|(_, lost)| lost.len())
        .expect("a page that leads to others");
    assert!(lost.len() > 20, "{}", lost.len());
    lost_with(&page);
    let (found, said) = doubtful(&copy, &folder.path().join("saved.redb"));
    assert!(said.contains("doubtful: "), "{said}");
    let same = lost.iter().filter(|key| found.get(*key) == rows.get(*key)).count();
    assert!(same * 2 > lost.len(), "{same} of {}", lost.len());
    for key in &lost {
        assert!(found.contains_key(key) || said.contains("pages disagree about it"), "{key:?}");
    }
}

#[tokio::test]
async fn what_hangs_on_a_lost_root_is_saved_as_doubtful() {
    let (folder, path) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    let schema = newest_schema(MIGRATIONS).to_string();
    let bytes = std::fs::read(&path).unwrap();
    // The page without which nothing is found.
    let copy = folder.path().join("copy.redb");
    let root = (1..bytes.len() / PAGE).rev().find(|page| {
        std::fs::write(&copy, &bytes).unwrap();
        zero(&copy, *page);
        let found = survey(&File::open(&copy).unwrap(), &mut |_| Ok(())).unwrap();
        found.entries == 0 && found.faults.iter().any(|fault| fault.held != Held::Books)
    });
    std::fs::write(&copy, &bytes).unwrap();
    zero(&copy, root.expect("a root"));
    let wanted = rows.iter().filter(|(key, _)| stays(key));
    for both in [false, true] {
        if both {
            // Nor does the header know the commit before: every page is looked at.
            let file = File::options().write(true).open(&copy).unwrap();
            let second = bytes[9] & 1 == 1;
            file.write_all_at(&[0; 100], if second { 64 } else { 192 }).unwrap();
        }
        let to = folder.path().join(format!("saved-{both}.redb"));
        let (code, said) = das_tern(&["salvage", "--schema", &schema, text(&copy), text(&to)]);
        assert!(code == 3 && said.contains("its page is damaged, and it may have been changed"), "{said}");
        std::fs::remove_file(&to).unwrap();
        let (code, said) = das_tern(&["salvage", "--doubtful", "--schema", &schema, text(&copy), text(&to)]);
        assert_eq!(code, 3, "{said}");
        let found = rows_of(&open_file(to));
        let (mut same, mut all) = (0, 0);
        for (key, value) in wanted.clone() {
            all += 1;
            same += usize::from(found.get(key) == Some(value));
            let is_named = !both || found.contains_key(key) || said.contains("pages disagree about it");
            assert!(is_named, "{key:?} is neither taken nor named");
        }
        assert!(same * 10 > all * if both { 5 } else { 9 }, "{same} of {all}");
    }
}

#[tokio::test]
async fn a_wrong_size_in_the_header_is_named_and_mended() {
    let (folder, path) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    let bytes = std::fs::read(&path).unwrap();
    let changed = folder.path().join("changed.redb");
    for at in 24..32 {
        for bit in 0..8 {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << bit;
            std::fs::write(&changed, &bytes).unwrap();
            let (code, said) = das_tern(&["doctor", "--file", text(&changed)]);
            assert!(code == 0 || code == 3, "byte {at}, bit {bit}: {code} {said}");
            if code == 3 {
                assert!(said.contains("the header is wrong about the size"), "byte {at}, bit {bit}: {said}");
            }
        }
    }
    let mut bytes = bytes;
    bytes[31] ^= 0x80;
    std::fs::write(&changed, &bytes).unwrap();
    let looked = das_tern::flows::mending::look_at_file(&changed).unwrap();
    assert_eq!(looked.mended.unwrap().lost, []);
    let found = rows_of(&open_file(changed));
    assert!(rows.iter().all(|(key, _)| found.contains_key(key)));

    // A size that the file may have had is that of a file which was cut off: nobody makes it whole by itself.
    bytes[31] ^= 0x80;
    bytes[30] ^= 1;
    let cut = folder.path().join("cut.redb");
    std::fs::write(&cut, &bytes).unwrap();
    let refused = das_tern::flows::mending::look_at_file(&cut).unwrap_err();
    assert!(refused.to_string().contains("cut off"), "{refused}");
}
