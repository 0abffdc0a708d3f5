use std::collections::BTreeMap;
use std::os::unix::fs::FileExt;

use super::*;
use crate::platform::store::{Changes, Engine, RedbEngine, RedbOptions};

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Rows of many sizes, some larger than a page, in three layers of pages.
fn filled(path: &std::path::Path) -> Rows {
    let engine = RedbEngine::open(path.to_owned(), RedbOptions::default()).unwrap();
    let mut rows = Rows::new();
    for batch in 0..40_u32 {
        let mut changes = Changes::new();
        for n in 0..200_u32 {
            let key =
                [&[0, u8::try_from(n % 7).unwrap(), 0], (batch * 200 + n).to_be_bytes().as_slice()].concat();
            let size = if n == 50 { 9_000 } else { usize::try_from(n % 97).unwrap() };
            let value = vec![u8::try_from(n).unwrap(); size];
            changes.insert(key.clone(), Some(value.clone()));
            rows.insert(key, value);
        }
        engine.commit(&changes).unwrap();
    }
    rows
}

fn look(path: &std::path::Path) -> (Survey, Rows) {
    let mut rows = Rows::new();
    let found = survey(&File::open(path).unwrap(), &mut |found| {
        if found.sound {
            rows.insert(found.key.to_vec(), found.value.to_vec());
        }
        Ok(())
    });
    (found.unwrap(), rows)
}

#[test]
fn every_row_is_found_without_the_engine_and_no_page_of_a_sound_file_is_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.redb");
    let rows = filled(&path);
    let (survey, found) = look(&path);
    assert_eq!(survey.faults, []);
    assert_eq!(survey.entries, rows.len() as u64);
    assert_eq!(found, rows);
    assert!(survey.used_bytes > 300_000 && survey.used_bytes < survey.file_bytes, "{survey:?}");
}

#[test]
fn a_zeroed_page_loses_its_own_rows_alone_and_its_keys_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.redb");
    let rows = filled(&path);
    let bytes = std::fs::read(&path).unwrap();
    let file = File::options().read(true).write(true).open(&path).unwrap();
    let mut lost_some = 0;
    for page in 1..bytes.len() / 4096 {
        let place = page * 4096..(page + 1) * 4096;
        if bytes[place.clone()].iter().all(|byte| *byte == 0) {
            continue;
        }
        file.write_all_at(&[0; 4096], place.start as u64).unwrap();
        let (survey, found) = look(&path);
        file.write_all_at(&bytes[place.clone()], place.start as u64).unwrap();
        let lost: Vec<_> = rows.keys().filter(|key| !found.contains_key(*key)).collect();
        assert!(found.iter().all(|(key, value)| rows.get(key) == Some(value)));
        let is_within = |key: &[u8], fault: &PageFault| {
            fault.held != Held::Books
                && fault.after.as_deref().is_none_or(|after| key > after)
                && fault.up_to.as_deref().is_none_or(|up_to| key <= up_to)
        };
        for key in &lost {
            assert!(
                survey.faults.iter().any(|fault| is_within(key, fault)),
                "page {page} lost {key:?} unsaid"
            );
        }
        if survey.faults.iter().any(|fault| fault.held == Held::Entries) && lost.len() < 500 {
            lost_some += 1;
        }
        assert!(survey.faults.len() <= 1, "page {page}: {:?}", survey.faults);
    }
    assert!(lost_some > 50, "{lost_some}");
}

#[test]
fn one_changed_bit_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.redb");
    filled(&path);
    let file = File::options().read(true).write(true).open(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let text = vec![77_u8; 77];
    let places: Vec<usize> =
        (0..bytes.len() - text.len()).filter(|at| bytes[*at..].starts_with(&text)).collect();
    let seen = places.iter().filter(|at| {
        file.write_all_at(&[76], **at as u64).unwrap();
        let (survey, _) = look(&path);
        file.write_all_at(&[77], **at as u64).unwrap();
        survey.faults.iter().any(|fault| fault.what == "its checksum is wrong" && fault.legible)
    });
    // The others lie on pages that are free by now.
    assert!(seen.count() >= 40, "of {}", places.len());
}

/// Walks through a file stretch by stretch.
fn in_stretches(path: &std::path::Path, bytes: u64) -> (Survey, usize) {
    let file = File::open(path).unwrap();
    let commit = Commit::of(&file).unwrap();
    let (mut found, mut after, mut steps) = (commit.survey_books(&file).unwrap(), None::<Vec<u8>>, 0);
    loop {
        let (step, next) = commit.survey_stretch(&file, Stretch { after: after.as_deref(), bytes }).unwrap();
        found.join(step);
        steps += 1;
        if next.is_none() {
            return (found, steps);
        }
        assert!(next > after, "each stretch begins behind the one before");
        after = next;
    }
}

#[test]
fn stretch_by_stretch_the_same_is_found_as_in_one_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.redb");
    filled(&path);
    let bytes = std::fs::read(&path).unwrap();
    let file = File::options().read(true).write(true).open(&path).unwrap();
    let in_order = |mut survey: Survey| {
        survey.faults.sort_by_key(|fault| fault.offset);
        survey
    };
    let (whole, _) = look(&path);
    for size in [1, 10_000, 100_000, u64::MAX] {
        let (found, steps) = in_stretches(&path, size);
        assert_eq!(in_order(found), in_order(whole.clone()), "in {steps} stretches");
        assert_eq!(steps == 1, size == u64::MAX);
    }
    for page in (1..bytes.len() / 4096).step_by(7) {
        let place = page * 4096..(page + 1) * 4096;
        for content in [vec![0; 4096], bytes[4096 * 40..4096 * 41].to_vec()] {
            file.write_all_at(&content, place.start as u64).unwrap();
            let (whole, _) = look(&path);
            let (found, _) = in_stretches(&path, 20_000);
            assert_eq!(in_order(found).faults, in_order(whole).faults, "page {page}");
        }
        file.write_all_at(&bytes[place.clone()], place.start as u64).unwrap();
    }
}

/// The engine uses the pages of its own books again at once, and writes the header in place.
#[test]
fn a_sound_file_that_is_being_written_is_not_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.redb");
    drop(filled(&path));
    let engine = RedbEngine::open(path, RedbOptions::default()).unwrap();
    let is_done = std::sync::atomic::AtomicBool::new(false);
    let order = std::sync::atomic::Ordering::Relaxed;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0_u32;
            while !is_done.load(order) {
                number = number.wrapping_add(1);
                let key = [&[0, 1, 0], (number % 4_000).to_be_bytes().as_slice()].concat();
                engine.commit(&Changes::from([(key, Some(vec![7; 300]))])).unwrap();
            }
        });
        for _ in 0..100 {
            let survey = engine.survey(&mut |_| Ok(())).unwrap().unwrap();
            assert_eq!(survey.faults, []);
        }
        is_done.store(true, order);
    });
}
