//! The index is derived: it follows the store, and is built anew when it is lost, damaged or behind.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use das_tern::domain::medicines::model::{Content, DoseUnit, Form, Medicine, Origin, Release, Route};
use das_tern::domain::medicines::{rules, search, tables};
use das_tern::flows::medicines as flow;
use das_tern::platform::clock::Timestamp;
use das_tern::platform::search::{Entry, Name, NameIndex, NameKind, Watermark};
use serde_json::json;

use crate::kit::{Client, TestServer};

pub fn content(generic: &str) -> Content {
    Content {
        generic: generic.to_owned(),
        khmer: "ថ្នាំ".to_owned(),
        french: None,
        brands: vec![],
        synonyms: vec![],
        form: Form::Tablet,
        release: Release::Plain,
        strength: "5 mg".to_owned(),
        route: Route::Oral,
        routes: Vec::new(),
        unit: DoseUnit::Tablet,
        atc_code: None,
        class: None,
        ven: None,
        levels_of_care: vec![],
        description: None,
        usual_dose: None,
        max_single_dose: None,
        max_daily_dose: None,
        dose_source: None,
        usual_pieces: None,
        pregnancy_note: None,
        renal_note: None,
        note_source: None,
        provenance: None,
        withdrawn: None,
        active: true,
    }
}

async fn add(server: &TestServer, generic: &str) {
    let content = content(generic);
    let now = Timestamp::from_milliseconds(0);
    let id = rules::id_of(&content);
    let medicine =
        Medicine { id, content, origin: Origin::Staff, revision: 0, created_at: now, updated_at: now };
    server.context().store.write(move |tx| tables::save(tx, medicine.clone())).await.unwrap();
}

async fn names(client: &Client, typed: &str) -> Vec<String> {
    let found = client.get(format!("/medicines/search?q={typed}")).await.ok();
    let items = found["items"].as_array().unwrap();
    items.iter().map(|item| item["genericName"].as_str().unwrap().to_owned()).collect()
}

fn folder(server: &TestServer) -> std::path::PathBuf {
    server.context().settings.store.search_folder()
}

/// Restarts and waits for the index as the server does in the background.
async fn restarted(server: TestServer) -> TestServer {
    let server = server.restart().await;
    flow::open_search(server.context()).await.unwrap();
    server
}

#[tokio::test]
async fn a_change_is_found_after_its_job() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let new = json!({
        "genericName": "Testamol", "khmerName": "តេស្តាម៉ុល", "form": "TABLET", "strength": "5 mg", "route": "ORAL",
        "unit": "TABLET", "brandNames": ["Probador"],
    });
    let made = admin.post("/medicines", new).await.expect(201).json;
    server.run_jobs().await;
    assert_eq!(names(&admin, "proba").await, ["testamol"]);
    let id = made["id"].as_str().unwrap();
    admin.patch(format!("/medicines/{id}"), json!({"active": false})).await.ok();
    assert_eq!(
        names(&admin, "proba").await,
        Vec::<String>::new(),
        "the store counts even before the index follows"
    );
    server.run_jobs().await;
    assert_eq!(server.context().search.search("proba", 5).unwrap().unwrap(), []);
    server.finish().await;
}

#[tokio::test]
async fn a_lost_or_damaged_index_is_built_anew() {
    let server = TestServer::start().await;
    let doctor = server.doctor("sok").await;
    add(&server, "testamol").await;
    server.run_jobs().await;
    assert_eq!(names(&doctor, "testa").await, ["testamol"]);

    // Lost while the server runs: it goes on with what it has open, and the next start builds it anew.
    std::fs::remove_dir_all(folder(&server)).unwrap();
    assert_eq!(names(&doctor, "testa").await, ["testamol"]);
    let server = restarted(server).await;
    let doctor = server.doctor("sok2").await;
    assert!(folder(&server).join("meta.json").exists());
    assert_eq!(names(&doctor, "testa").await, ["testamol"]);

    // Damaged: every file in turn.
    let mut server = server;
    for damage in [cut as fn(&Path), flip] {
        for file in std::fs::read_dir(folder(&server)).unwrap() {
            let path = file.unwrap().path();
            if path.metadata().unwrap().len() > 0 {
                damage(&path);
            }
        }
        server = restarted(server).await;
        let hits = server.context().search.search("testa", 5).unwrap().unwrap();
        assert_eq!(hits.len(), 1);
    }
    server.finish().await;
}

fn cut(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    std::fs::write(path, &bytes).unwrap();
}

#[tokio::test]
async fn a_crash_between_the_stores_commit_and_the_indexs_is_caught_up() {
    let server = TestServer::start().await;
    add(&server, "testamol").await;
    server.run_jobs().await;
    // Committed in the store, but the process ends before the job has run.
    add(&server, "probadol").await;
    assert_eq!(server.context().search.search("proba", 5).unwrap().unwrap(), []);
    let server = restarted(server).await;
    assert_eq!(server.context().search.search("proba", 5).unwrap().unwrap().len(), 1);
    assert!(server.run_jobs().await >= 1, "the job is still there and finds nothing left to do");
    assert_eq!(server.context().search.search("testa", 5).unwrap().unwrap().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn an_index_of_another_history_is_not_believed() {
    let server = TestServer::start().await;
    add(&server, "testamol").await;
    server.run_jobs().await;
    let context = server.context();
    let seen = context.search.watermark().unwrap();
    // An index that lies ahead, as after the restore of an older backup.
    let alien = Entry {
        id: 7,
        names: vec![Name { kind: NameKind::Proper, text: "alien".to_owned() }],
        facets: vec![],
        rank: 0,
    };
    for watermark in
        [Watermark { revision: seen.revision + 5, ..seen }, Watermark { mark: seen.mark ^ 1, ..seen }]
    {
        context.search.update(watermark, |batch| batch.put(&alien)).unwrap();
        assert_eq!(context.search.search("alien", 5).unwrap().unwrap().len(), 1);
        flow::update_search(context).await.unwrap();
        assert_eq!(context.search.search("alien", 5).unwrap().unwrap(), []);
        assert_eq!(context.search.search("testa", 5).unwrap().unwrap().len(), 1);
        assert_eq!(context.search.watermark().unwrap(), seen);
    }
    server.finish().await;
}

#[tokio::test]
async fn before_the_first_index_the_store_itself_is_searched() {
    let server = TestServer::start().await;
    let doctor = server.doctor("sok").await;
    add(&server, "testamol").await;
    add(&server, "probadol").await;
    assert!(server.context().search.watermark().is_none());
    assert_eq!(names(&doctor, "testa").await, ["testamol"]);
    assert_eq!(names(&doctor, "").await, Vec::<String>::new());
    server.finish().await;
}

/// Searches go on, and never see half an index, while it is built anew again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searching_goes_on_while_the_index_is_built() {
    let folder = tempfile::TempDir::new().unwrap();
    let index = Arc::new(NameIndex::in_folder(folder.path().join("names")));
    let medicines: Vec<Entry> = (0..300)
        .map(|n| {
            let mut content = content(&format!("testamol {n:03}"));
            content.strength = format!("{n} mg");
            let id = rules::id_of(&content);
            let now = Timestamp::from_milliseconds(0);
            search::entry(&Medicine {
                id,
                content,
                origin: Origin::Staff,
                revision: 1,
                created_at: now,
                updated_at: now,
            })
        })
        .collect();
    let build = {
        let (index, medicines) = (Arc::clone(&index), medicines.clone());
        move |round: u64| {
            let to = Watermark { revision: round, mark: round };
            index.rebuild(to, |batch| medicines.iter().try_for_each(|entry| batch.put(entry))).unwrap();
        }
    };
    build(1);
    let done = Arc::new(AtomicBool::new(false));
    let searcher = {
        let (index, done) = (Arc::clone(&index), Arc::clone(&done));
        tokio::task::spawn_blocking(move || {
            let mut searches = 0_u64;
            while !done.load(Ordering::Relaxed) {
                assert_eq!(index.search("testamol", 100).unwrap().unwrap().len(), 100);
                assert_eq!(index.search("testamol 299", 5).unwrap().unwrap().len(), 1);
                searches += 1;
            }
            searches
        })
    };
    tokio::task::spawn_blocking(move || (2..8).for_each(build)).await.unwrap();
    done.store(true, Ordering::Relaxed);
    assert!(searcher.await.unwrap() > 0);
}

#[tokio::test]
async fn an_index_that_cannot_be_built_is_tried_again_by_itself() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    add(&server, "Testamol").await;
    let search = folder(&server).parent().unwrap().to_owned();
    let _ = std::fs::remove_dir_all(&search);
    // Nothing can be put into a file.
    std::fs::write(&search, "").unwrap();
    let server = server.restart().await;
    let fell = |server: &TestServer| {
        let parts = server.context().supervision.report();
        parts.iter().any(|part| part.name == "search" && part.restarts > 0)
    };
    while !fell(&server) {
        tokio::task::yield_now().await;
    }
    std::fs::remove_file(&search).unwrap();
    // It is tried again by the machine's own clock, after a second.
    let again = server.again(&admin);
    while again.get("/medicines/search?q=testamol").await.status != 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(names(&again, "testamol").await, ["Testamol"]);
    server.finish().await;
}
