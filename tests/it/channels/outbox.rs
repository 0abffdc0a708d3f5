//! What is written is sent, once, by what the person has.

use das_tern::domain::events::tables::EVENTS;
use das_tern::domain::notifications::model::{Delivery, NotificationType, Urgency};
use das_tern::domain::notifications::tables::{NOTIFICATIONS, withdraw};
use das_tern::platform::clock::Span;
use das_tern::platform::jobs::{JOBS, JobState};
use serde_json::json;

use super::kit::{critical, header, items, notice, ordinary, titles, with_mail};
use crate::kit::TestServer;

#[tokio::test]
async fn open_screens_hear_of_a_message() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let id = server.notify(critical(&dara)).await;
    let events = server.context().store.read(|tx| EVENTS.list_prefix(tx, &dara.id())).unwrap();
    let (_, event) = events.last().unwrap();
    assert_eq!(event.kind, "notification.created");
    let data = json!({"notificationId": id.to_string(), "type": "VITAL_ANOMALY", "urgency": "CRITICAL"});
    assert_eq!(event.data, data);
    server.finish().await;
}

#[tokio::test]
async fn whom_nothing_reaches_the_admins_hear_of() {
    let (server, post) = with_mail().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    server.contact(&dara, None, Some("+85512345678")).await;
    let lost = server.notify(critical(&dara)).await;
    let silent = server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    for id in [lost, silent] {
        assert_eq!(server.message(&dara, id).delivery, Delivery::NoChannel);
    }
    assert_eq!(titles(&admin).await, ["A person could not be reached"]);
    let told = &items(&admin, "/notifications").await[0];
    assert!(told["body"].as_str().unwrap().contains("dara"));
    for word in ["value", "vital", "Critical measurement"] {
        assert!(!told.to_string().contains(word), "an admin needs no clinical detail: {told}");
    }
    assert_eq!(post.letters_to("admin@example.com").len(), 1);
    server.run_jobs().await;
    assert_eq!(titles(&admin).await.len(), 1, "once");
    server.finish().await;
}

#[tokio::test]
async fn an_unreachable_admin_does_not_make_a_storm() {
    let server = TestServer::start().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    server.notify(critical(&dara)).await;
    server.run_jobs().await;
    server.after(Span::minutes(5)).await;
    assert_eq!(titles(&admin).await, ["A person could not be reached"]);
    server.finish().await;
}

#[tokio::test]
async fn what_is_over_is_not_sent() {
    let (server, post) = with_mail().await;
    let dara = server.patient("dara").await;
    let soon = server.context().now().plus(Span::minutes(10));
    let reminder = || notice(&dara, NotificationType::DoseReminder, "default", Urgency::Normal);
    let expired = server.notify_until(reminder(), Some(soon)).await;
    let withdrawn = server.notify(reminder()).await;
    let to = dara.id();
    server.context().store.write(move |tx| withdraw(tx, to, withdrawn)).await.unwrap();
    server.after(Span::minutes(10)).await;
    assert_eq!(server.message(&dara, expired).delivery, Delivery::Expired);
    assert_eq!(server.message(&dara, withdrawn).delivery, Delivery::Withdrawn);
    // Also when it was planned, and the first attempt failed.
    post.refuse_next("451 later");
    let planned = server.notify_until(reminder(), Some(soon.plus(Span::minutes(1)))).await;
    server.run_jobs().await;
    assert_eq!(server.message(&dara, planned).delivery, Delivery::Retrying);
    server.after(Span::hours(1)).await;
    assert_eq!(server.message(&dara, planned).delivery, Delivery::Expired);
    assert_eq!(post.letters().len(), 0);
    server.finish().await;
}

#[tokio::test]
async fn a_message_that_is_sent_twice_by_a_crash_has_one_id() {
    let (server, post) = with_mail().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    admin.post("/admin/queues/email/pause", json!({})).await.ok();
    let id = server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    let planned = server.message(&dara, id);
    let store = &server.context().store;
    let jobs = store.read(|tx| JOBS.list_prefix(tx, &())).unwrap();
    let (job, row) = jobs.into_iter().find(|(_, row)| row.queue == "email").unwrap();
    admin.post("/admin/queues/email/resume", json!({})).await.ok();
    server.run_jobs().await;
    assert_eq!(post.letters().len(), 1);
    // As the disk is when the process dies after sending and before writing that down.
    let mut leased = row.clone();
    leased.state = JobState::Running;
    leased.attempts = 1;
    leased.lease = Some(uuid::Uuid::from_u128(7));
    leased.due_at = server.context().now().plus(Span::seconds(60));
    let to = dara.id();
    store
        .write(move |tx| {
            JOBS.put(tx, &job, &leased)?;
            NOTIFICATIONS.put(tx, &(to, id), &planned)
        })
        .await
        .unwrap();
    let server = server.restart().await;
    server.run_jobs().await;
    assert_eq!(post.letters().len(), 1, "another worker may still have it");
    server.after(Span::seconds(61)).await;
    let ids: Vec<_> =
        post.letters().iter().map(|letter| header(&letter.raw, "Message-ID").unwrap()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1], "the reader sees one");
    assert!(ids[0].contains(&id.to_string()));
    assert_eq!(server.message(&dara, id).delivery, Delivery::Sent);
    server.finish().await;
}

#[tokio::test]
async fn the_person_sees_how_far_a_message_got() {
    let (server, _post) = with_mail().await;
    let dara = server.patient("dara").await;
    dara.post("/notifications/devices", json!({"kind": "FCM", "token": "token"})).await.expect(201);
    server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    let shown = &items(&dara, "/notifications").await[0];
    assert_eq!(shown["delivery"], "SENT");
    let channels = shown["channels"].as_array().unwrap();
    let states: Vec<_> =
        channels.iter().map(|one| (one["channel"].as_str(), one["state"].as_str())).collect();
    assert_eq!(states, [(Some("FCM"), Some("NOT_CONFIGURED")), (Some("EMAIL"), Some("SENT"))]);
    server.finish().await;
}
