//! What is done about rows that were lost: who hears of it, what passes by itself, and a program that mends while it runs.

use std::collections::BTreeSet;
use std::path::Path;

use das_tern::domain::connections::model::Scope;
use das_tern::domain::events::model::{Audience, NewEvent};
use das_tern::domain::events::tables as events;
use das_tern::domain::migrations::MIGRATIONS;
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use das_tern::platform::clock::Span;
use das_tern::platform::ids::UserId;
use das_tern::platform::store::{WriteTx, newest_schema};
use serde_json::json;

use super::damage::{clinic, leaves, rows_of, zero};
use super::kit::{das_tern, open_file, text};
use super::mending::{look, many_patients, open};
use super::place::{Clinic, Running};
use crate::kit::{TestServer, beginning};

/// A page whose keys are all of this kind.
fn page_of(file: &Path, is_kind: impl Fn(&[u8]) -> bool) -> (usize, BTreeSet<Vec<u8>>) {
    let copy = file.with_extension("copy");
    std::fs::copy(file, &copy).unwrap();
    let rows = rows_of(&open_file(copy.clone()));
    std::fs::remove_file(copy).unwrap();
    let all = leaves(file, &rows);
    let is_fit = |lost: &BTreeSet<Vec<u8>>| !lost.is_empty() && lost.iter().all(|key| is_kind(key));
    all.into_iter().find(|(_, lost)| is_fit(lost)).expect("a page of its own")
}

#[tokio::test]
async fn lost_events_are_told_of_and_pass_away_by_themselves() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await.id();
    let publish = move |tx: &mut WriteTx<'_>| {
        let (audience, data) = (Audience::Record(Scope::Doses), json!({ "words": "x".repeat(200) }));
        (0..200).try_for_each(|_| {
            let event = NewEvent { room: dara, audience, kind: "dose.updated", data: data.clone() };
            events::publish(tx, event).map(drop)
        })
    };
    server.context().store.write(publish).await.unwrap();
    let folder = server.into_folder().await;
    let path = folder.path().join("das-tern.redb");
    let last = open(&path).read(|tx| events::last(tx)).unwrap();
    zero(&path, page_of(&path, |key| key[0] == 0 && (110..=112).contains(&key[1])).0);
    let mended = look(&path).mended.unwrap();
    assert!(!mended.lost.is_empty() && mended.lost.iter().all(|rows| rows.passed), "{:?}", mended.lost);

    let server = TestServer::start_on(&std::fs::read(&path).unwrap(), beginning()).await;
    for _ in 0..3 {
        server.clock().advance(Span::hours(1));
        server.run_jobs().await;
    }
    let admin = server.admin().await;
    let status = admin.get("/admin/status").await.ok();
    let said = status["dataFile"]["damage"][0].as_str().unwrap();
    assert!(said.contains("rows of events were lost") && said.contains("nobody needs them"), "{said}");
    let ready = reqwest::get(format!("http://{}/readyz", server.address())).await.unwrap();
    assert_eq!((ready.status().as_u16(), ready.text().await.unwrap().as_str()), (200, "ready\n"));
    // Whoever comes back fetches everything anew, and no id is given twice.
    let store = &server.context().store;
    assert!(store.read(|tx| events::are_forgotten(tx, [dara], last)).unwrap());
    assert!(store.read(|tx| events::last(tx)).unwrap() > last);
    server.finish().await;
}

#[tokio::test]
async fn admins_hear_of_lost_rows_and_say_when_they_have_decided() {
    let (_folder, path) = clinic().await;
    zero(&path, page_of(&path, |key| key.starts_with(&[0, 90, 0])).0);
    let mended = look(&path).mended.unwrap();
    assert!(mended.lost.iter().any(|rows| !rows.passed));
    let mut server = TestServer::start_on(&std::fs::read(&path).unwrap(), beginning()).await;
    let admin = server.admin().await;
    let ready = async || {
        let answer = reqwest::get(format!("http://{}/readyz", server.address())).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(ready().await.0, 200);
    let hinder = |by: Option<&str>| {
        server.context().supervision.hinder("purge-of-something", by.map(|why| why.to_owned().into()));
    };
    hinder(Some("rows were lost here"));
    assert_eq!(ready().await.0, 503);

    let decided = json!({ "reason": "compared with paper, nothing to restore" });
    let dara = server.patient("chanthy").await;
    dara.post("/admin/damage/acknowledge", decided.clone()).await.expect(403).code("role_not_allowed");
    let empty = json!({ "reason": " " });
    admin.post("/admin/damage/acknowledge", empty).await.expect(400);
    admin.post("/admin/damage/acknowledge", decided).await.expect(204);
    let (code, words) = ready().await;
    assert!(code == 200 && words.contains("damaged"), "{code} {words}");
    let status = admin.get("/admin/status").await.ok();
    assert!(status["dataFile"]["acknowledgedAt"].is_string(), "{status}");
    // What hangs is another matter.
    let late = server.context().supervision.part("late", Span::ZERO);
    late.beat();
    server.clock().advance(Span::seconds(1));
    assert_eq!(ready().await.0, 503);
    server.take_app().stop().await.unwrap();
}

#[tokio::test]
async fn where_nothing_is_lost_there_is_nothing_to_acknowledge() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let decided = json!({ "reason": "all is well" });
    admin.post("/admin/damage/acknowledge", decided).await.expect(409).code("nothing_lost");
    server.finish().await;
}

#[tokio::test]
async fn admins_get_a_message_when_dose_days_were_lost() {
    let (bytes, _) = many_patients().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("das-tern.redb");
    // With an admin in it.
    let server = TestServer::start_on(&bytes, beginning()).await;
    let admin = server.admin().await.id();
    let folder_of_server = server.into_folder().await;
    std::fs::copy(folder_of_server.path().join("das-tern.redb"), &path).unwrap();
    zero(&path, page_of(&path, |key| key.starts_with(&[0, 60, 0])).0);
    assert!(!look(&path).mended.unwrap().lost.is_empty());
    let told = |server: &TestServer, variant: &str| {
        let messages = server.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &admin)).unwrap();
        messages.iter().filter(|(_, message)| message.variant == variant).count()
    };
    let mut server = TestServer::start_on(&std::fs::read(&path).unwrap(), beginning()).await;
    assert_eq!((told(&server, "rows_lost"), told(&server, "rows_given_up")), (1, 0), "once");
    server.take_app().stop().await.unwrap();

    // Who goes on without them is told as well: nothing is refused in the new file any more.
    let salvaged = folder.path().join("salvaged.redb");
    let (code, said) = das_tern(&["salvage", text(&path), text(&salvaged)]);
    assert_eq!(code, 3, "{said}");
    let mut server = TestServer::start_on(&std::fs::read(&salvaged).unwrap(), beginning()).await;
    assert_eq!((told(&server, "rows_lost"), told(&server, "rows_given_up")), (0, 1));
    server.take_app().stop().await.unwrap();
}

/// The rows of a table, by their keys.
fn keys_of(file: &Path, table: [u8; 3]) -> BTreeSet<Vec<u8>> {
    rows_of(&open_file(file.to_owned())).into_keys().filter(|key| key.starts_with(&table)).collect()
}

#[tokio::test]
async fn lost_entries_of_the_shipped_catalogue_come_back_and_own_ones_are_refused_alone() {
    const MEDICINES: [u8; 3] = [0, 40, 0];
    let server = TestServer::start_with(|settings| settings.medicines.shipped_list = true).await;
    let folder = server.into_folder().await;
    let path = folder.path().join("das-tern.redb");
    let before = keys_of(&path, MEDICINES);
    assert!(before.len() > 500, "{}", before.len());
    zero(&path, page_of(&path, |key| key.starts_with(&MEDICINES)).0);
    let lost = look(&path).mended.unwrap().lost;
    assert!(!lost.is_empty() && lost.iter().all(|rows| rows.passed), "{lost:?}");
    assert_eq!(keys_of(&path, MEDICINES), before);
    let (code, said) = das_tern(&["doctor", "--file", text(&path)]);
    assert!(code == 0, "{said}");

    let server = TestServer::start_on(&std::fs::read(&path).unwrap(), beginning()).await;
    server.clock().advance(Span::minutes(1));
    let (_, changed) = page_of(&path, |key| key.starts_with(&MEDICINES));
    let own_key = changed.last().unwrap().clone();
    let own = uuid::Uuid::from_slice(&own_key[3..]).unwrap();
    let change = json!({ "khmerName": "អូណាម៉ុល" });
    server.admin().await.patch(format!("/medicines/{own}"), change).await.ok();
    let folder = server.into_folder().await;
    let path = folder.path().join("das-tern.redb");
    let rows = rows_of(&open_file(path.clone()));
    let page = leaves(&path, &rows).into_iter().find(|(_, lost)| lost.contains(&own_key)).unwrap().0;
    zero(&path, page);
    let lost = look(&path).mended.unwrap().lost;
    let refused: Vec<_> = lost.iter().filter(|rows| !rows.passed).collect();
    assert!(refused.len() == 1 && refused[0].holds(&own_key), "{lost:?}");
    let mut expected = before;
    expected.remove(&own_key);
    assert_eq!(keys_of(&path, MEDICINES), expected);

    // Everybody else goes on searching and prescribing.
    let mut server = TestServer::start_on(&std::fs::read(&path).unwrap(), beginning()).await;
    server.clock().advance(Span::minutes(2));
    let doctor = server.doctor("sok").await;
    let found = doctor.get("/medicines/search?q=paracetamol").await.ok();
    assert!(found["items"].as_array().is_some_and(|items| !items.is_empty()), "{found}");
    doctor.get(format!("/medicines/{own}")).await.expect(503).code("data_damaged");
    server.take_app().stop().await.unwrap();
}

#[tokio::test]
async fn lost_sessions_cost_a_new_sign_in_and_lost_people_call_for_help() {
    let (bytes, _) = many_patients().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("das-tern.redb");
    std::fs::write(&path, &bytes).unwrap();
    zero(&path, page_of(&path, |key| key.starts_with(&[0, 11])).0);
    let lost = look(&path).mended.unwrap().lost;
    assert!(lost.iter().all(|rows| rows.passed), "{lost:?}");
    let (code, said) = das_tern(&["doctor", "--file", text(&path)]);
    assert!(code == 0, "{said}");

    std::fs::write(&path, &bytes).unwrap();
    zero(&path, page_of(&path, |key| key.starts_with(&[0, 20, 0])).0);
    look(&path);
    let mut server = TestServer::start_on(&std::fs::read(&path).unwrap(), beginning()).await;
    let ready = async || {
        let answer = reqwest::get(format!("http://{}/readyz", server.address())).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (code, words) = ready().await;
    assert!(code == 503 && words.contains("not everybody can sign in"), "{code} {words}");
    let decided = json!({ "reason": "they were registered anew" });
    server.admin().await.post("/admin/damage/acknowledge", decided).await.expect(204);
    assert_eq!(ready().await.0, 200);
    server.take_app().stop().await.unwrap();
}

#[tokio::test]
async fn what_is_counted_is_counted_anew_in_a_salvaged_file() {
    let (folder, path) = clinic().await;
    let rows = rows_of(&open_file(path.clone()));
    let tables: [&[u8]; 2] = [&[0, 121, 0], &[0, 81, 0]];
    for table in tables {
        let page =
            leaves(&path, &rows).into_iter().find(|(_, lost)| lost.iter().any(|key| key.starts_with(table)));
        let damaged = folder.path().join("damaged.redb");
        std::fs::copy(&path, &damaged).unwrap();
        zero(&damaged, page.expect("a page with such rows").0);
        let taken = folder.path().join(format!("taken-{}.redb", table[1]));
        let schema = newest_schema(MIGRATIONS).to_string();
        let (code, said) = das_tern(&["salvage", "--schema", &schema, text(&damaged), text(&taken)]);
        assert_eq!(code, 3, "{said}");
        let (_, said) = das_tern(&["doctor", "--file", text(&taken)]);
        for wrong in ["newest", "unread messages", "day counters", "lies beyond the last"] {
            assert!(!said.contains(wrong), "{wrong}: {said}");
        }
    }
}

/// Zeroes one page of accounts after the other until the running server meets one: those that the engine holds in its
/// memory are put back. Returns whose accounts were on it.
async fn meet_damage(running: &Running, file: &Path, pages: &Accounts) -> Option<Vec<String>> {
    for (page, whole, names) in pages {
        // It is another page by now.
        if std::fs::read(file).unwrap()[page * 4096..(page + 1) * 4096] != whole[..] {
            continue;
        }
        zero(file, *page);
        if running.sign_in(&names[0]).await >= 500 {
            return Some(names.clone());
        }
        put_back(file, *page, whole);
    }
    None
}

/// Pages of accounts: where they lie, what they hold, and the names with which these people sign in.
type Accounts = Vec<(usize, Vec<u8>, Vec<String>)>;

/// The pages with nothing but accounts of a file that nobody has open.
fn accounts_in(file: &Path, patients: &[UserId]) -> Accounts {
    let copy = file.with_extension("copy");
    std::fs::copy(file, &copy).unwrap();
    let rows = rows_of(&open_file(copy.clone()));
    std::fs::remove_file(&copy).unwrap();
    let bytes = std::fs::read(file).unwrap();
    let name_of = |key: &Vec<u8>| {
        let place =
            patients.iter().position(|id| key.starts_with(&[0, 20, 0]) && key[3..] == *id.0.as_bytes())?;
        Some(format!("p{place}@example.com"))
    };
    let all = leaves(file, &rows).into_iter().filter_map(|(page, lost)| {
        let names: Vec<String> = lost.iter().map(name_of).collect::<Option<_>>()?;
        (!names.is_empty()).then(|| (page, bytes[page * 4096..(page + 1) * 4096].to_vec(), names))
    });
    all.collect()
}

/// The server closes the file, writes it anew and begins again, all in one process.
#[tokio::test]
async fn damage_that_a_running_program_meets_is_mended_without_another_process() {
    const STARTS: usize = 10;
    let (bytes, patients) = many_patients().await;
    let clinic = Clinic::open().await;
    let file = clinic.path("data/das-tern.redb");
    std::fs::write(&file, &bytes).unwrap();
    let mut met = None;
    // Which pages the engine holds in its memory is not the same at every start, and sometimes it is all of them.
    for _ in 0..STARTS {
        let pages = accounts_in(&file, &patients);
        let running = clinic.serve(&["--set", "store.cache_mib=1"]).unwrap();
        if let Some(names) = meet_damage(&running, &file, &pages).await {
            met = Some((running, names));
            break;
        }
        running.stop();
    }
    let (mut running, lost) = met.expect("a page that is read from the disk");
    let process = running.process();
    running.hear_that_it_is_ready();
    assert_eq!(running.process(), process, "it is the same process");
    let kept = std::fs::read_dir(clinic.path("data")).unwrap();
    let kept = kept.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains(".damaged-"));
    assert_eq!(kept.count(), 1);
    assert_eq!(running.sign_in(&lost[0]).await, 503, "who was lost is refused and never unknown");
    let names = (0..patients.len()).map(|place| format!("p{place}@example.com"));
    let other = names.into_iter().find(|name| !lost.contains(name)).unwrap();
    assert_eq!(running.sign_in(&other).await, 401);
    assert_eq!(running.write().await, 401, "and it writes");
    running.stop();
    let (code, said) = das_tern(&["doctor", "--file", text(&file)]);
    assert!(code == 3 && said.contains("rows of users were lost on"), "{said}");
}

fn put_back(file: &Path, page: usize, content: &[u8]) {
    let file = std::fs::File::options().write(true).open(file).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, content, (page * 4096) as u64).unwrap();
}
