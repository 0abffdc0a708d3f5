//! Nobody floods others with requests for a connection.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{items, text};
use crate::kit::{Answer, Client, TestServer};

async fn ask(from: &Client, to: &Client) -> Answer {
    from.post("/connections", json!({"targetUserId": to.id()})).await
}

/// Asks and returns the id of the request.
async fn asked(from: &Client, to: &Client) -> String {
    text(&ask(from, to).await.expect(201).json, "id")
}

async fn decline(by: &Client, id: &str) -> Value {
    by.post(format!("/connections/{id}/decline"), json!({})).await.ok()
}

async fn take_back(by: &Client, id: &str) -> Value {
    by.post(format!("/connections/{id}/revoke"), json!({})).await.ok()
}

#[tokio::test]
async fn five_requests_of_a_person_may_wait_for_an_answer() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let doctor = server.doctor(&format!("doctor{number}")).await;
        ids.push((asked(&dara, &doctor).await, doctor));
    }
    let (sixth, seventh) = (server.doctor("sixth").await, server.doctor("seventh").await);
    let refused = ask(&dara, &sixth).await.expect(409).code("connection_requests_unanswered");
    assert!(refused.json["message"].as_str().unwrap().starts_with("5 of your requests"));
    let khmer = dara.speaking(Some("km"));
    let refused = ask(&khmer, &sixth).await.expect(409);
    assert!(refused.json["message"].as_str().unwrap().contains('5'));
    // An answer, whichever it is, and a withdrawal make room for another.
    let (first, doctor) = &ids[0];
    doctor.post(format!("/connections/{first}/accept"), json!({})).await.ok();
    asked(&dara, &sixth).await;
    ask(&dara, &seventh).await.expect(409);
    take_back(&dara, &ids[1].0).await;
    asked(&dara, &seventh).await;
    // A doctor asks a whole practice.
    for number in 0..8 {
        let patient = server.patient(&format!("patient{number}")).await;
        asked(&sixth, &patient).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn twenty_new_requests_a_day_and_more_from_the_next_midnight_on() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    for number in 0..20 {
        let doctor = server.doctor(&format!("doctor{number}")).await;
        decline(&doctor, &asked(&dara, &doctor).await).await;
    }
    let (next, other) = (server.doctor("next").await, server.doctor("other").await);
    let refused = ask(&dara, &next).await.expect(429).code("connection_requests_per_day");
    // It is seven in the morning in the clinic.
    assert_eq!(refused.header("retry-after"), (17 * 3_600).to_string());
    // A code that the patient hands over is never capped, nor is what others ask of them, nor asking back.
    let code = dara.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
    next.post("/connections/codes/redeem", json!({"code": code["code"]})).await.expect(200);
    let id = asked(&other, &dara).await;
    decline(&dara, &id).await;
    asked(&dara, &other).await;
    server.clock().advance(Span::hours(17).but_a_moment());
    ask(&dara, &server.doctor("patience").await).await.expect(429);
    server.clock().advance(Span::milliseconds(1));
    asked(&dara, &server.doctor("morning").await).await;
    server.finish().await;
}

#[tokio::test]
async fn codes_are_redeemed_beyond_every_cap() {
    let server = TestServer::start_with(|settings| {
        settings.limits.connection_requests_per_day = 1;
        settings.limits.connection_requests_unanswered = 1;
    })
    .await;
    let srey = server.family("srey").await;
    asked(&srey, &server.patient("first").await).await;
    for number in 0..4 {
        let patient = server.patient(&format!("patient{number}")).await;
        ask(&srey, &patient).await.expect(429).code("connection_requests_per_day");
        let code = patient.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
        srey.post("/connections/codes/redeem", json!({"code": code["code"]})).await.expect(200);
    }
    server.finish().await;
}

#[tokio::test]
async fn after_a_refusal_the_asked_person_asks_back_and_the_other_waits_for_the_next_day() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    decline(&dara, &asked(&sok, &dara).await).await;
    let refused = ask(&sok, &dara).await.expect(429).code("connection_asked_today");
    assert_eq!(refused.header("retry-after"), (17 * 3_600).to_string());
    assert!(refused.json["message"].as_str().unwrap().contains("tomorrow"));
    let back = asked(&dara, &sok).await;
    decline(&sok, &back).await;
    ask(&dara, &sok).await.expect(429);
    ask(&sok, &dara).await.expect(429);
    server.clock().advance(Span::hours(17));
    asked(&sok, &dara).await;
    server.finish().await;
}

#[tokio::test]
async fn who_asks_and_takes_back_in_a_loop_is_heard_once_a_day() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    for day in 1..=3 {
        let id = asked(&dara, &sok).await;
        take_back(&dara, &id).await;
        for _ in 0..5 {
            ask(&dara, &sok).await.expect(429).code("connection_asked_today");
        }
        assert_eq!(items(&sok, "/notifications").await.len(), 2 * day);
        server.clock().advance(Span::hours(24));
    }
    server.finish().await;
}

#[tokio::test]
async fn a_request_that_nobody_answers_ends_after_thirty_days() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let id = asked(&sok, &dara).await;
    server.clock().advance(Span::days(30).but_a_moment());
    assert_eq!(items(&dara, "/connections?status=PENDING").await.len(), 1);
    ask(&sok, &dara).await.expect(409).code("connection_exists");
    server.clock().advance(Span::milliseconds(1));
    for person in [&dara, &sok] {
        assert_eq!(items(person, "/connections?status=PENDING").await.len(), 0);
        let ended = items(person, "/connections?status=EXPIRED").await;
        assert_eq!(ended.len(), 1);
        assert_eq!(
            (text(&ended[0], "id"), text(&ended[0], "endedAt")),
            (id.clone(), "2026-12-22T00:00:00.000Z".to_owned())
        );
    }
    let late = dara.post(format!("/connections/{id}/accept"), json!({})).await.expect(409);
    assert!(late.code("connection_not_pending").json["message"].as_str().unwrap().contains("in time"));
    dara.post(format!("/connections/{id}/decline"), json!({}))
        .await
        .expect(409)
        .code("connection_not_pending");
    sok.post(format!("/connections/{id}/revoke"), json!({})).await.expect(409).code("connection_ended");
    // Either may ask again at once, and the old one stays as it ended.
    let again = asked(&dara, &sok).await;
    sok.post(format!("/connections/{again}/accept"), json!({})).await.ok();
    assert_eq!(items(&sok, "/connections?status=EXPIRED").await.len(), 1);
    assert_eq!(items(&sok, "/connections").await.len(), 2);
    server.finish().await;
}

/// A moment before.
trait ALittleLess {
    fn but_a_moment(self) -> Self;
}

impl ALittleLess for Span {
    fn but_a_moment(self) -> Self {
        Span::milliseconds(self.as_milliseconds() - 1)
    }
}
