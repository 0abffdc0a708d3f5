//! Messages: rows, texts, counters, e-mail.

use serde_json::json;

use super::{items, text};
use crate::kit::{PostOffice, TestServer};

#[tokio::test]
async fn messages_are_counted_read_and_shown_in_both_languages() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let count = |client: &crate::kit::Client| {
        let call = client.get("/notifications/unread-count");
        async move { call.await.ok()["unreadCount"].as_u64().unwrap() }
    };
    assert_eq!(count(&dara).await, 0);
    for name in ["sok", "ken", "vuthy"] {
        let doctor = server.doctor(name).await;
        server.clock().advance(das_tern::platform::clock::Span::seconds(1));
        doctor.post("/connections", json!({"targetUserId": dara.id()})).await.ok();
    }
    assert_eq!(count(&dara).await, 3, "the counter is never stale");
    let all = items(&dara, "/notifications").await;
    assert_eq!(all.len(), 3);
    assert!(text(&all[0], "body").starts_with("vuthy "), "newest first");
    assert_eq!(all[0]["body"], all[0]["english"]["body"]);
    let khmer = dara.speaking(Some("km")).get("/notifications").await.ok();
    assert_eq!(khmer["items"][0]["body"], all[0]["khmer"]["body"]);
    let id = text(&all[1], "id");
    let read = dara.post(format!("/notifications/{id}/read"), json!({})).await.ok();
    assert_eq!(read["isRead"], true);
    dara.post(format!("/notifications/{id}/read"), json!({})).await.ok();
    assert_eq!(count(&dara).await, 2);
    assert_eq!(items(&dara, "/notifications?unreadOnly=true").await.len(), 2);
    let sok = server.doctor("other").await;
    sok.post(format!("/notifications/{id}/read"), json!({})).await.expect(404).code("notification_not_found");
    assert_eq!(dara.post("/notifications/read-all", json!({})).await.ok()["marked"], 2);
    assert_eq!(dara.post("/notifications/read-all", json!({})).await.ok()["marked"], 0);
    assert_eq!(count(&dara).await, 0);
    server.finish().await;
}

#[tokio::test]
async fn parallel_events_and_readings_keep_the_counter_exact() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let mut running = Vec::new();
    for turn in 0..12 {
        let doctor = server.doctor(&format!("doctor{turn}")).await;
        let ask = doctor.post("/connections", json!({"targetUserId": dara.id()}));
        let read = dara.post("/notifications/read-all", json!({}));
        running.push(tokio::spawn(async move {
            ask.await.ok();
            read.await.ok();
        }));
    }
    for one in running {
        one.await.unwrap();
    }
    let count = dara.get("/notifications/unread-count").await.ok();
    assert_eq!(count["unreadCount"], items(&dara, "/notifications?unreadOnly=true").await.len());
    server.finish().await;
}

#[tokio::test]
async fn without_a_mail_server_the_row_says_so() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    sok.post("/connections", json!({"targetUserId": dara.id()})).await.ok();
    assert_eq!(items(&dara, "/notifications").await[0]["delivery"], "PENDING");
    server.run_jobs().await;
    assert_eq!(items(&dara, "/notifications").await[0]["delivery"], "NO_CHANNEL");
    assert_eq!(items(&dara, "/notifications").await[0]["channels"][0]["state"], "NOT_CONFIGURED");
    server.finish().await;
}

#[tokio::test]
async fn with_a_mail_server_the_message_arrives_in_the_recipients_language() {
    let post = PostOffice::open().await;
    let server = TestServer::start_with(|settings| settings.mail = Some(post.settings())).await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    sok.post("/connections", json!({"targetUserId": dara.id()})).await.ok();
    server.run_jobs().await;
    let message = items(&dara, "/notifications").await[0].clone();
    assert_eq!(message["delivery"], "SENT");
    let letters = post.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to, ["dara@example.com"]);
    assert!(
        letters[0].text().contains(message["khmer"]["body"].as_str().unwrap()),
        "{:?}",
        letters[0].text()
    );
    server.run_jobs().await;
    assert_eq!(post.letters().len(), 1, "nothing is sent twice");
    server.finish().await;
}
