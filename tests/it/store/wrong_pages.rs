//! Pages that are what they should not be: a sound one in a wrong place, a lost root, a wrong header.

use std::fs::File;
use std::os::unix::fs::FileExt;

use das_tern::domain::migrations::MIGRATIONS;
use das_tern::platform::clock::Span;
use das_tern::platform::store::{Held, newest_schema, survey};
use serde_json::json;

use super::damage::{PAGE, SEQUENCE, clinic, is_row, leaves, rows_of, zero};
use super::kit::{das_tern, open_file, text};
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
    let wanted = rows.iter().filter(|(key, _)| is_row(key) && *key != SEQUENCE && !key.starts_with(&[0, 91]));
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
