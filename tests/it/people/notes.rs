//! Doctors' notes: private to their author, kept with what they said, shared with the patient or not.

use das_tern::domain::connections::model::{AlertSettings, Permission, PermissionLevel, Scope};
use das_tern::domain::notes::tables::NOTES;
use das_tern::domain::notifications::model::{NotificationType, Urgency};
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use crate::kit::{Client, TestServer};

async fn write(doctor: &Client, patient: &Client, text: &str, shared: bool) -> Value {
    let body = json!({"patientId": patient.id(), "text": text, "isShared": shared});
    doctor.post("/doctor/notes", body).await.expect(201).json
}

/// What somebody reads of the notes on a patient, newest first.
async fn texts(person: &Client, patient: &Client) -> Vec<String> {
    let list = person.get(format!("/doctor/notes?patientId={}", patient.id())).await.ok();
    list["items"].as_array().unwrap().iter().map(|note| note["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_note_is_its_authors_alone_until_it_is_shared() {
    let server = TestServer::start().await;
    let (sok, chea) = (server.doctor("sok").await, server.doctor("chea").await);
    let (dara, srey) = (server.patient("dara").await, server.family("srey").await);
    server.connect(&sok, &dara).await;
    server.connect(&chea, &dara).await;
    server.connected_with(&srey, &dara, Permission::all(), AlertSettings::default()).await;
    let private = write(&sok, &dara, "Worries about money.\nAsk again.", false).await;
    server.clock().advance(Span::minutes(5));
    let shared = write(&sok, &dara, "Walk for half an hour each day", true).await;
    assert_eq!(
        texts(&sok, &dara).await,
        ["Walk for half an hour each day", "Worries about money.\nAsk again."]
    );
    assert_eq!(texts(&dara, &dara).await, ["Walk for half an hour each day"]);
    assert!(texts(&chea, &dara).await.is_empty() && texts(&srey, &dara).await.is_empty());
    let of_private = format!("/doctor/notes/{}", private["id"].as_str().unwrap());
    let of_shared = format!("/doctor/notes/{}", shared["id"].as_str().unwrap());
    chea.patch(&of_private, json!({"text": "mine"})).await.expect(404).code("note_not_found");
    chea.delete(&of_shared).await.expect(404).code("note_not_found");
    dara.patch(&of_shared, json!({"isShared": false})).await.expect(403).code("role_not_allowed");
    srey.post("/doctor/notes", json!({"patientId": dara.id(), "text": "x"})).await.expect(403);

    // Editions are the author's to read, the patient reads what holds.
    sok.patch(&of_shared, json!({"text": "Walk for an hour each day"})).await.ok();
    let own = sok.get(format!("/doctor/notes?patientId={}", dara.id())).await.ok();
    assert_eq!(own["items"][0]["earlier"][0]["text"], "Walk for half an hour each day");
    let read = dara.get("/doctor/notes").await.ok();
    assert_eq!(
        (&read["items"][0]["text"], &read["items"][0]["earlier"]),
        (&json!("Walk for an hour each day"), &json!([]))
    );
    assert_eq!(read["items"][0]["authorName"].as_str(), own["items"][0]["authorName"].as_str());
    let record = dara.get("/users/me/export").await.ok();
    assert_eq!(record["health"]["doctorNotes"], read["items"]);
    sok.patch(&of_shared, json!({"isShared": false})).await.ok();
    assert!(texts(&dara, &dara).await.is_empty());
    sok.delete(&of_private).await.expect(204);
    sok.delete(&of_private).await.expect(404).code("note_not_found");
    assert_eq!(texts(&sok, &dara).await, ["Walk for an hour each day"]);
    // The patient reads in the audit that notes were written, and not what they say.
    let log = dara.get("/audit/record").await.ok().to_string();
    assert!(log.contains("note.write") && !log.contains("money") && !log.contains("Walk"), "{log}");
    server.finish().await;
}

#[tokio::test]
async fn who_lost_the_connection_reads_and_changes_their_notes_no_more() {
    let server = TestServer::start().await;
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    let connection = server.connect(&sok, &dara).await;
    let note = write(&sok, &dara, "Drinks little", true).await;
    let path = format!("/doctor/notes/{}", note["id"].as_str().unwrap());
    let selected = json!({"permissionLevel": "SELECTED", "scopes": ["PRESCRIPTIONS"]});
    dara.patch(format!("/connections/{connection}/permission"), selected).await.ok();
    sok.get(format!("/doctor/notes?patientId={}", dara.id())).await.expect(403).code("scope_not_shared");
    sok.patch(&path, json!({"text": "x"})).await.expect(403).code("scope_not_shared");
    dara.post(format!("/connections/{connection}/revoke"), json!({})).await.ok();
    sok.get(format!("/doctor/notes?patientId={}", dara.id())).await.expect(404).code("patient_not_found");
    sok.patch(&path, json!({"text": "x"})).await.expect(404).code("note_not_found");
    sok.delete(&path).await.expect(404).code("note_not_found");
    // What was shared with the patient stays with the patient.
    assert_eq!(texts(&dara, &dara).await, ["Drinks little"]);
    server.finish().await;
}

#[tokio::test]
async fn a_note_says_something_and_not_too_much() {
    let server = TestServer::start().await;
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    server
        .connected_with(
            &sok,
            &dara,
            Permission { level: PermissionLevel::Selected, scopes: vec![Scope::Notes], ..Permission::all() },
            AlertSettings::default(),
        )
        .await;
    for text in [" \n ".to_owned(), String::new(), "x".repeat(4_001), "Take\u{202E}owt".to_owned()] {
        let body = json!({"patientId": dara.id(), "text": text});
        assert_eq!(sok.post("/doctor/notes", body).await.expect(400).bad_fields(), ["text"]);
    }
    let long = write(&sok, &dara, &"ក".repeat(4_000), false).await;
    assert_eq!(long["text"].as_str().unwrap().chars().count(), 4_000);
    server.finish().await;
}

#[tokio::test]
async fn a_patient_hears_of_a_note_when_it_is_first_shared() {
    let server = TestServer::start().await;
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    server.connect(&sok, &dara).await;
    let told = || {
        let messages = server.messages(&dara).into_iter();
        messages.filter(|one| one.kind == NotificationType::NoteShared).collect::<Vec<_>>()
    };
    let private = write(&sok, &dara, "Worries about money", false).await;
    assert_eq!(told().len(), 0);
    let path = format!("/doctor/notes/{}", private["id"].as_str().unwrap());
    sok.patch(&path, json!({"isShared": true})).await.ok();
    let messages = told();
    assert_eq!((messages.len(), messages[0].urgency), (1, Urgency::Normal));
    let shown = dara.get("/notifications?unreadOnly=true").await.ok();
    let shown = shown["items"].as_array().unwrap().iter().find(|one| one["type"] == "NOTE_SHARED").unwrap();
    assert_eq!(shown["body"], "sok has shared a note with you. You can read it whenever you like.");
    assert!(!shown.to_string().contains("money"), "{shown}");
    // Other words of it, or sharing it once more, say nothing new.
    sok.patch(&path, json!({"text": "Ask about work"})).await.ok();
    sok.patch(&path, json!({"isShared": false})).await.ok();
    assert!(told()[0].withdrawn_at.is_some(), "what is not shared is not told of");
    sok.patch(&path, json!({"isShared": true})).await.ok();
    assert_eq!(told().len(), 1);
    write(&sok, &dara, "Walk each day", true).await;
    assert_eq!(told().len(), 2);
    assert_eq!(
        server.messages(&sok).iter().filter(|one| one.kind == NotificationType::NoteShared).count(),
        0
    );
    server.finish().await;
}

#[tokio::test]
async fn of_an_erased_doctor_what_was_shared_stays_with_the_patient() {
    let server = TestServer::start().await;
    let (sok, chea) = (server.doctor("sok").await, server.doctor("chea").await);
    let dara = server.patient("dara").await;
    server.connect(&sok, &dara).await;
    server.connect(&chea, &dara).await;
    write(&sok, &dara, "Worries about money", false).await;
    let shared = write(&sok, &dara, "Drinks little", false).await;
    let path = format!("/doctor/notes/{}", shared["id"].as_str().unwrap());
    sok.patch(&path, json!({"text": "Drink two litres", "isShared": true})).await.ok();
    write(&chea, &dara, "Sleeps badly", false).await;
    sok.delete("/users/me").await.expect(200);
    server.clock().advance(Span::days(30));
    server.run_jobs().await;
    let left = server.context().store.read(|tx| NOTES.list_prefix(tx, &dara.id())).unwrap();
    let said: Vec<Vec<String>> = left
        .iter()
        .map(|(_, note)| note.editions.iter().map(|edition| edition.text.reveal().clone()).collect())
        .collect();
    assert_eq!(said, [vec!["Drink two litres".to_owned()], vec!["Sleeps badly".to_owned()]]);
    let dara = server.known("dara").await;
    let read = dara.get("/doctor/notes").await.ok();
    let read = (&read["items"][0]["text"], &read["items"][0]["authorName"], &read["items"][1]);
    assert_eq!(read, (&json!("Drink two litres"), &json!("\u{2014}"), &json!(null)));
    server.finish().await;
}
