//! What becomes of a plan at its end, and of money that is given back.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::clinic::{Service, asks, clinic};
use crate::kit::{Client, TestServer};

/// The titles of what somebody was told, newest first.
async fn told(person: &Client) -> Vec<String> {
    let messages = person.get("/notifications").await.ok();
    messages["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["title"].as_str().unwrap().to_owned())
        .collect()
}

async fn days_pass(server: &TestServer, days: i64) {
    for _ in 0..days {
        server.clock().advance(Span::days(1));
        server.run_jobs().await;
    }
}

async fn ask_for(person: &Client, plan: &str) -> Value {
    let body = json!({"userId": person.id(), "planType": plan, "currency": "KHR"});
    person.post("/bakong-payment/initiate", body).await.ok()
}

#[tokio::test]
async fn a_payer_is_reminded_around_the_end_and_told_when_it_is_over() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    Service(&server).paid("msg_1", &asks(&dara).await).await.expect(200);
    days_pass(&server, 22).await;
    assert_eq!(told(&server.known("dara").await).await, ["Payment received"]);
    days_pass(&server, 7).await;
    let dara = server.known("dara").await;
    assert_eq!(told(&dara).await[..3], ["Your plan ends soon"; 3], "7, 3 and 1 days before");
    days_pass(&server, 4).await;
    assert_eq!(
        told(&server.known("dara").await).await[..2],
        ["Your plan is over"; 2],
        "at the end and 3 days after"
    );
    assert_eq!(server.known("dara").await.get("/subscriptions/me").await.ok()["state"], "GRACE");
    days_pass(&server, 4).await;
    let dara = server.known("dara").await;
    assert_eq!(told(&dara).await[0], "Your plan has ended");
    assert_eq!(told(&dara).await.len(), 7);
    assert_eq!(dara.get("/subscriptions/me").await.ok()["state"], "FREE");
    days_pass(&server, 10).await;
    assert_eq!(told(&server.known("dara").await).await.len(), 7);
    server.finish().await;
}

#[tokio::test]
async fn who_renews_is_told_of_the_new_end_alone() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    Service(&server).paid("msg_1", &asks(&dara).await).await.expect(200);
    days_pass(&server, 24).await;
    let dara = server.known("dara").await;
    Service(&server).paid("msg_2", &asks(&dara).await).await.expect(200);
    assert_eq!(
        dara.get("/subscriptions/me").await.ok()["until"],
        "2027-01-21T00:00:00.000Z",
        "30 days more, not 24 less"
    );
    days_pass(&server, 25).await;
    let dara = server.known("dara").await;
    assert_eq!(told(&dara).await.iter().filter(|title| *title == "Your plan ends soon").count(), 1);
    days_pass(&server, 10).await;
    let ending = told(&server.known("dara").await).await;
    assert_eq!(ending.iter().filter(|title| *title == "Your plan ends soon").count(), 4);
    server.finish().await;
}

#[tokio::test]
async fn who_cancels_keeps_what_is_paid_and_is_left_alone() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let cancel = |dara: &Client| dara.call(reqwest::Method::POST, "/subscriptions/cancel");
    cancel(&dara).await.expect(409).code("subscription_cannot_choose");
    Service(&server).paid("msg_1", &asks(&dara).await).await.expect(200);
    for _ in 0..2 {
        let has = cancel(&dara).await.ok();
        assert_eq!((&has["state"], &has["renewsAs"]), (&json!("PAID"), &json!("FREEMIUM")));
    }
    days_pass(&server, 31).await;
    let dara = server.known("dara").await;
    assert_eq!(told(&dara).await, ["Your plan has ended", "Payment received"]);
    assert_eq!(dara.get("/subscriptions/me").await.ok()["state"], "FREE", "no grace");
    server.finish().await;
}

#[tokio::test]
async fn a_lesser_plan_follows_at_the_end_and_a_greater_one_costs_the_difference() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let choose =
        |way: &str, plan: &str| dara.post(format!("/subscriptions/{way}"), json!({"planType": plan}));
    choose("upgrade", "FAMILY_PREMIUM").await.expect(409).code("subscription_nothing_left");
    Service(&server).paid("msg_1", &ask_for(&dara, "FAMILY_PREMIUM").await).await.expect(200);
    let has = choose("downgrade", "PREMIUM").await.ok();
    assert_eq!((&has["planType"], &has["renewsAs"]), (&json!("FAMILY_PREMIUM"), &json!("PREMIUM")));
    choose("upgrade", "FAMILY_PREMIUM").await.expect(409);
    // Of the lesser plan only: who has it cannot choose a greater one without paying for it.
    let bopha = server.patient("bopha").await;
    Service(&server).paid("msg_2", &asks(&bopha).await).await.expect(200);
    let greater = || json!({"planType": "FAMILY_PREMIUM"});
    bopha.post("/subscriptions/downgrade", greater()).await.expect(409).code("subscription_cannot_choose");
    let refused = bopha.post("/subscriptions/upgrade", greater()).await.expect(402);
    assert!(refused.text.contains("2000 KHR, 0.50 USD"), "{}", refused.text);
    // On the last day a code in riel cannot carry the difference, and one in dollars can: it is not given away.
    server.clock().advance(Span::hours(29 * 24));
    let bopha = server.known("bopha").await;
    let refused = bopha.post("/subscriptions/upgrade", greater()).await.expect(402);
    assert!(refused.text.contains("costs 0.02 USD more"), "{}", refused.text);
    let offers = bopha.get("/bakong-payment/plans").await.ok();
    assert_eq!(offers["offers"][1]["prices"], json!([{"amount": "0.02", "currency": "USD"}]));
    let body = json!({"userId": bopha.id(), "planType": "FAMILY_PREMIUM", "currency": "KHR"});
    let refused = bopha.post("/bakong-payment/initiate", body).await.expect(400);
    assert_eq!(refused.bad_fields(), ["currency"]);
    assert!(refused.text.contains("Pay 0.02 USD"), "{}", refused.text);
    // In the last hours no code can.
    server.clock().advance(Span::hours(17));
    let bopha = server.known("bopha").await;
    let has = bopha.post("/subscriptions/upgrade", greater()).await.ok();
    assert_eq!(
        (&has["planType"], &has["until"]),
        (&json!("FAMILY_PREMIUM"), &json!("2026-12-22T00:00:00.000Z"))
    );
    let body = json!({"userId": bopha.id(), "planType": "FAMILY_PREMIUM", "currency": "KHR"});
    assert_eq!(bopha.post("/bakong-payment/initiate", body).await.ok()["amount"], "4000", "a new cycle");
    server.finish().await;
}

#[tokio::test]
async fn what_is_given_back_is_written_down_and_never_more_than_was_paid() {
    let server = clinic().await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    let payment = asks(&dara).await;
    let path = format!("/payments/{}/refund-record", payment["id"].as_str().unwrap());
    let back =
        |amount: &str| admin.post(&path, json!({"amount": amount, "reason": "given back at the desk"}));
    back("2000").await.expect(409).code("payment_refund_too_much");
    Service(&server).paid("msg_1", &payment).await.expect(200);
    dara.post(&path, json!({"amount": "2000", "reason": "I want it back now"})).await.expect(403);
    for wrong in ["0", "-1", "0.5", "2000.5", "much"] {
        assert_eq!(back(wrong).await.expect(400).bad_fields(), ["amount"], "{wrong}");
    }
    assert_eq!(back("1500").await.ok()["refunds"][0]["amount"], "1500");
    assert!(back("501").await.expect(409).text.contains("500 KHR"));
    assert_eq!(back("500").await.ok()["refunds"].as_array().unwrap().len(), 2);
    back("1").await.expect(409);
    // What it granted stays, and it stays paid.
    assert_eq!(dara.get("/subscriptions/me").await.ok()["state"], "PAID");
    assert_eq!(Service(&server).paid("msg_1", &payment).await.ok()["status"], "COMPLETED");
    let record = dara.get("/users/me/export").await.ok();
    assert_eq!(
        (&record["payments"][0]["status"], &record["subscription"]["state"]),
        (&json!("PAID"), &json!("PAID"))
    );
    server.finish().await;
}
