//! Doctors' notes: private to their author, kept with what they said, shared with the patient or not.

use das_tern::domain::connections::model::{AlertSettings, Permission, PermissionLevel, Scope};
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
