//! What people write is text wherever it is shown, and names are cleaned or refused.

use das_tern::domain::users::tables as users;
use das_tern::platform::clock::Span;
use das_tern::platform::secret::Phi;
use serde_json::json;

use super::patient_form;
use crate::kit::{Client, PostOffice, TestServer};

/// Gives somebody a name that no registration would take any more.
async fn rename(server: &TestServer, person: &Client, name: &'static str) {
    let id = person.id();
    let renamed = server.context().store.write(move |tx| {
        let mut user = users::require(tx, id)?;
        user.full_name = Phi::new(name.to_owned());
        users::update(tx, &mut user)
    });
    renamed.await.unwrap();
}

#[tokio::test]
async fn names_and_reasons_are_shown_as_they_were_written() {
    let post = PostOffice::open().await;
    let server = TestServer::start_with(|settings| settings.mail = Some(post.settings())).await;
    let (dara, mother, sok) =
        (server.patient("dara").await, server.family("mother").await, server.doctor("sok").await);
    dara.patch("/users/me", json!({"language": "ENGLISH"})).await.expect(200);
    let key = "@notification.ACCOUNT_SECURITY.password_changed.body";
    for name in [key, "{rate} {name} [[x]]", "<b>Sok</b><script>", "សុខ\u{200B}ដារ៉ា"] {
        rename(&server, &mother, name).await;
        let asked = mother.post("/connections", json!({"targetUserId": dara.id()})).await.ok();
        let told = dara.get("/notifications").await.ok();
        let body = told["items"][0]["body"].as_str().unwrap();
        assert!(body.starts_with(name), "{body}");
        server.run_jobs().await;
        let letter = post.last_to("dara@example.com");
        assert!(letter.text().contains(name), "{}", letter.text());
        let (_, html) = letter.raw.split_once("text/html").unwrap();
        assert!(!html.contains("<script>"), "HTML is escaped");
        let id = asked["id"].as_str().unwrap();
        dara.post(format!("/connections/{id}/decline"), json!({})).await.ok();
        server.clock().advance(Span::minutes(1));
    }
    let reason = "@emergency.no_message";
    sok.post(format!("/patients/{}/break-glass", dara.id()), json!({"reason": reason})).await.expect(200);
    let told = dara.get("/notifications").await.ok();
    let body = told["items"][0]["body"].as_str().unwrap();
    assert!(body.contains(reason), "the reason as typed: {body}");
    server.finish().await;
}

#[tokio::test]
async fn names_are_cleaned_or_refused_wherever_they_are_given() {
    let server = TestServer::start().await;
    let (stranger, admin) = (server.stranger(), server.admin().await);
    let mut form = patient_form("sokha@example.com");
    form["firstName"] = json!("សុ\u{200B}ខា\u{FEFF}");
    stranger.post("/auth/register/patient", form).await.expect(201);
    let found = admin.get("/users?search=សុខា").await.ok();
    assert_eq!(found["items"][0]["firstName"], "សុខា");
    for (number, name) in ["evil.com", "http://x", "a\r\nBcc: b", "a\u{202E}b", "@x"].into_iter().enumerate()
    {
        let mut form = patient_form(&format!("x{number}@example.com"));
        form["lastName"] = json!(name);
        let refused = stranger.post("/auth/register/patient", form).await.expect(400);
        assert_eq!(refused.bad_fields(), ["lastName"], "{name:?}");
    }
    let sok = server.doctor("sok").await;
    let change = json!({"fullName": "Sok evil.com", "hospitalClinic": "www.evil"});
    assert_eq!(sok.patch("/users/me", change).await.expect(400).bad_fields(), ["fullName", "hospitalClinic"]);
    sok.patch("/users/me", json!({"fullName": "Dr.Sok"})).await.expect(200);
    server.finish().await;
}
