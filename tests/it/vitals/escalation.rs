//! A critical alert that nobody takes over climbs its ladder, through restarts too.

use das_tern::domain::notifications::model::Urgency;
use das_tern::platform::clock::Span;
use serde_json::json;

use super::kit::{acknowledge, alerts, chosen, clinic, measure, only_alert};
use crate::kit::{PostOffice, TestServer};

#[tokio::test]
async fn the_doctor_gets_an_email_and_after_ten_minutes_everybody_hears() {
    let post = PostOffice::open().await;
    let server = TestServer::start_with(|settings| {
        settings.mail = Some(post.settings());
        settings.auth.access_token_minutes = 60 * 24;
    })
    .await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let admin = server.admin().await;
    server.connected(&sok, &dara).await;
    let mut screen = server.events(&sok).await;
    let made = measure(&dara, "SPO2 86").await;
    assert_eq!(screen.expect("alert.opened").await.data["alertId"], made["alertId"]);
    server.run_jobs().await;
    let letters = post.letters();
    let to = |who: &str| letters.iter().filter(|letter| letter.to == [format!("{who}@example.com")]).count();
    assert_eq!((to("sok"), to("dara"), to("admin")), (1, 1, 0));
    let letter = letters.iter().find(|letter| letter.to == ["sok@example.com"]).unwrap();
    assert!(!letter.text().is_empty());
    server.clock().advance(Span::minutes(9));
    server.run_jobs().await;
    assert_eq!(server.variants(&sok), ["critical"]);
    server.clock().advance(Span::minutes(1));
    server.run_jobs().await;
    assert_eq!(screen.expect("alert.updated").await.data["state"], "OPEN");
    assert_eq!(server.variants(&sok), ["critical", "escalated"]);
    assert_eq!(server.variants(&admin), ["escalated_staff"]);
    assert!(server.warnings(&admin).iter().all(|message| message.urgency == Urgency::Critical));
    assert_eq!(alerts(&sok, "OPEN").await[0]["escalations"], 1);
    server.finish().await;
}

#[tokio::test]
async fn who_takes_it_over_ends_the_ladder() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let admin = server.admin().await;
    server.connected(&sok, &dara).await;
    measure(&dara, "SPO2 86").await;
    let alert = only_alert(&sok, "OPEN").await;
    acknowledge(&sok, &alert).await.expect(200);
    server.clock().advance(Span::hours(2));
    server.run_jobs().await;
    assert_eq!(server.variants(&sok), ["critical"]);
    assert_eq!(server.variants(&admin).len(), 0);
    server.finish().await;
}

#[tokio::test]
async fn the_ladder_survives_restarts_and_ends_with_the_admins() {
    let mut server = clinic().await;
    let (dara, sok, admin) = (server.patient("dara").await, server.doctor("sok").await, server.admin().await);
    server.connected(&sok, &dara).await;
    measure(&dara, "HEART_RATE 155").await;
    for rung in 1..=9_usize {
        server.clock().advance(Span::minutes(10));
        server = server.restart().await;
        server.run_jobs().await;
        assert_eq!(server.variants(&sok).len(), 1 + rung.min(6), "rung {rung}");
        assert_eq!(server.variants(&admin).len(), rung.min(7), "rung {rung}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_next_doctor_hears_first_and_a_locked_one_not_at_all() {
    let server = clinic().await;
    let (dara, sok, locked) =
        (server.patient("dara").await, server.doctor("sok").await, server.doctor("locked").await);
    let admin = server.admin().await;
    server.connected(&sok, &dara).await;
    server.connected(&locked, &dara).await;
    admin.post(format!("/users/{}/lock", locked.id()), json!({"reason": "left"})).await.ok();
    measure(&dara, "SPO2 86").await;
    let next = server.doctor("next").await;
    server.connected(&next, &dara).await;
    server.clock().advance(Span::minutes(10));
    server.run_jobs().await;
    assert_eq!(server.variants(&next), ["escalated"]);
    assert_eq!(server.variants(&sok), ["critical"]);
    server.clock().advance(Span::minutes(10));
    server.run_jobs().await;
    assert_eq!(server.variants(&next), ["escalated", "escalated"]);
    assert_eq!(server.variants(&sok), ["critical", "escalated"]);
    assert_eq!(server.variants(&locked).len(), 0);
    server.finish().await;
}

#[tokio::test]
async fn without_a_doctor_the_admins_hear_at_once_and_may_take_over() {
    let server = clinic().await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    measure(&dara, "SPO2 86").await;
    assert_eq!(server.variants(&admin), ["escalated_staff"]);
    let shown = alerts(&admin, "OPEN").await;
    assert_eq!(shown.len(), 1);
    // Staff see that there is an alert, not what was measured.
    assert_eq!((&shown[0]["patientName"], &shown[0]["reading"]), (&json!("dara"), &json!(null)));
    let alert = shown[0]["id"].as_str().unwrap().to_owned();
    let taken = acknowledge(&admin, &alert).await.ok();
    assert_eq!(taken["acknowledgedBy"], json!(admin.id()));
    server.clock().advance(Span::minutes(10));
    server.run_jobs().await;
    assert_eq!(server.variants(&admin).len(), 1);
    let audited = dara.get("/audit/record?limit=100").await.ok();
    let rows = audited["items"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["action"] == "alert.acknowledge"), "{rows:#?}");
    server.finish().await;
}

#[tokio::test]
async fn a_worse_reading_after_it_was_taken_over_starts_a_new_ladder() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let scopes = chosen(&[das_tern::domain::connections::model::Scope::Vitals]);
    server.connected_with(&sok, &dara, scopes, Default::default()).await;
    measure(&dara, "SPO2 90").await;
    let alert = only_alert(&sok, "OPEN").await;
    acknowledge(&sok, &alert).await.expect(200);
    server.clock().advance(Span::minutes(5));
    measure(&dara, "SPO2 85").await;
    assert_eq!(only_alert(&sok, "OPEN").await, alert);
    assert_eq!(server.variants(&sok), ["high", "critical"]);
    server.clock().advance(Span::minutes(10));
    server.run_jobs().await;
    assert_eq!(server.variants(&sok), ["high", "critical", "escalated"]);
    server.finish().await;
}
