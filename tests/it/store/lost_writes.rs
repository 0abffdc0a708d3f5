//! A write that the disk acknowledged and lost: a page is what it was before, with a checksum that was right then.

use std::fs::File;

use das_tern::platform::store::{Held, look_at_roots, survey};

use super::damage::clinic;
use super::kit::{das_tern, text};
use super::place::Clinic;
use crate::doses::kit::{daily, prescribe};
use crate::kit::{TestServer, beginning};

const PAGE: usize = 4096;
/// Pages for which the commands are run as well.
const TRIED: usize = 12;

#[tokio::test]
async fn a_page_of_before_is_named_and_never_migrated_nor_taken_for_an_empty_clinic() {
    let (_folder, path) = clinic().await;
    let before = std::fs::read(&path).unwrap();
    let server = TestServer::start_on(&before, beginning()).await;
    let later = server.patient("later").await;
    prescribe(&server, &later, daily("mnex")).await;
    let data = server.into_folder().await;
    let file = data.path().join("das-tern.redb");
    let after = std::fs::read(&file).unwrap();
    let differing = before.chunks(PAGE).zip(after.chunks(PAGE)).enumerate().skip(1);
    let differing = differing.filter(|(_, (old, new))| old != new).map(|(page, _)| page * PAGE);
    let (mut of_roots, mut of_others) = (Vec::new(), Vec::new());
    for at in differing {
        let mut mixed = after.clone();
        mixed[at..at + PAGE].copy_from_slice(&before[at..at + PAGE]);
        std::fs::write(&file, &mixed).unwrap();
        let opened = File::open(&file).unwrap();
        let found = survey(&opened, &mut |_| Ok(())).unwrap();
        let is_damaged = !found.faults.is_empty();
        let is_of_roots = look_at_roots(&opened).is_err();
        assert!(is_damaged || !is_of_roots, "at {at}");
        let of_books = found.faults.iter().any(|fault| fault.held == Held::Books);
        assert!(!of_books || is_of_roots, "at {at}: the engine would give up on it");
        match (is_of_roots, is_damaged) {
            (true, _) => of_roots.push(mixed),
            (false, true) => of_others.push(mixed),
            (false, false) => {}
        }
    }
    assert!(of_roots.len() > 1 && of_others.len() > 1, "{} and {}", of_roots.len(), of_others.len());
    for mixed in of_roots.iter().chain(&of_others).take(TRIED) {
        std::fs::write(&file, mixed).unwrap();
        let (code, said) = das_tern(&["doctor", "--file", text(&file)]);
        assert_eq!(code, 3, "{said}");
        assert!(!said.contains("start this one's server"), "{said}");
    }
    let mut refused = 0;
    for mixed in of_roots.iter().take(TRIED) {
        let place = Clinic::open().await;
        let file = place.path("data/das-tern.redb");
        std::fs::write(&file, mixed).unwrap();
        match place.serve(&[]) {
            Err(complaint) => {
                assert!(
                    complaint.contains("is not what was written") && complaint.contains("salvage"),
                    "{complaint}"
                );
                refused += 1;
            }
            // What was lost is known, and nothing of before is taken for what is true.
            Ok(running) => {
                running.stop();
                let found = survey(&File::open(&file).unwrap(), &mut |_| Ok(())).unwrap();
                assert_eq!(found.faults, []);
                let (code, said) = das_tern(&["doctor", "--file", text(&file)]);
                assert!(code == 0 || said.contains("were lost on"), "{said}");
            }
        }
    }
    assert!(refused > 0);
}
