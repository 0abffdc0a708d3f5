//! Who pays while the clinic's clock is in doubt has the plan at once, and loses no day whatever the clock turns out to be.

use das_tern::platform::clock::{Clock as _, Span};
use serde_json::{Value, json};

use super::clinic::{Service, clinic};
use crate::kit::{Client, TestServer};

/// Asks for a plan and pays it, in full and as it was asked for.
async fn pays(server: &TestServer, person: &Client, plan: &str) -> Value {
    let body = json!({"userId": person.id(), "planType": plan, "currency": "KHR"});
    let payment = person.post("/bakong-payment/initiate", body).await.ok();
    let message = format!("msg_{}", payment["billNumber"].as_str().unwrap());
    assert_eq!(Service(server).paid(&message, &payment).await.ok()["status"], "COMPLETED");
    payment
}

async fn has(person: &Client) -> (Value, Value, Value) {
    let mine = person.get("/subscriptions/me").await.ok();
    (mine["planType"].clone(), mine["state"].clone(), mine["until"].clone())
}

/// A clinic in which people paid on several days, and that then stood still for four.
async fn after_four_days_of_downtime() -> TestServer {
    let server = clinic().await;
    for name in ["newcomer", "in_grace", "ending", "leaving", "running", "rising", "sinking"] {
        server.patient(name).await;
    }
    server.admin().await;
    pays(&server, &server.known("in_grace").await, "PREMIUM").await;
    server.clock().advance(Span::days(5));
    for name in ["ending", "leaving"] {
        pays(&server, &server.known(name).await, "PREMIUM").await;
    }
    server.clock().advance(Span::days(27));
    for (name, plan) in [("running", "PREMIUM"), ("rising", "PREMIUM"), ("sinking", "FAMILY_PREMIUM")] {
        pays(&server, &server.known(name).await, plan).await;
    }
    server.clock().advance(Span::days(1));
    server.known("admin").await.get("/admin/status").await.ok();
    server.clock().jump(Span::days(4));
    server.restart().await
}

/// What everybody has on the 29th of December, by whatever clock: new, renewed in grace, renewed where only the wall clock
/// says that it is over, renewed while it runs, a greater plan for the rest, and a lesser one for later.
const BOUGHT: [(&str, &str, &str, &str); 6] = [
    ("newcomer", "PREMIUM", "PREMIUM", "2027-01-28T00:00:00.000Z"),
    ("in_grace", "PREMIUM", "PREMIUM", "2027-01-28T00:00:00.000Z"),
    ("ending", "PREMIUM", "PREMIUM", "2027-01-28T00:00:00.000Z"),
    ("running", "PREMIUM", "PREMIUM", "2027-02-22T00:00:00.000Z"),
    ("rising", "FAMILY_PREMIUM", "FAMILY_PREMIUM", "2027-01-23T00:00:00.000Z"),
    ("sinking", "PREMIUM", "FAMILY_PREMIUM", "2027-02-22T00:00:00.000Z"),
];

/// Everybody buys something, and one gives up what still holds.
async fn everybody_pays(server: &TestServer) {
    let status = server.known("admin").await.get("/admin/status").await.ok();
    assert_eq!(status["clock"]["doubt"], "FAR_AHEAD_OF_STORE");
    assert_eq!(server.context().now().to_utc().to_rfc3339(), "2026-12-29T00:00:00+00:00");
    for (name, plan, ..) in BOUGHT {
        let person = server.known(name).await;
        let payment = pays(server, &person, plan).await;
        let price = if name == "rising" { "1667" } else { "2000" };
        assert_eq!(payment["amount"], price, "{name}");
    }
    everybody_has(server, "in doubt").await;
    let leaving = server.known("leaving").await;
    assert_eq!(has(&leaving).await.1, "PAID", "no right ends by a clock that is in doubt");
    let left = leaving.call(reqwest::Method::POST, "/subscriptions/cancel").await.ok();
    assert_eq!((&left["state"], &left["renewsAs"]), (&json!("PAID"), &json!("FREEMIUM")));
}

async fn everybody_has(server: &TestServer, when: &str) {
    for (name, _, plan, until) in BOUGHT {
        let person = server.known(name).await;
        assert_eq!(has(&person).await, (json!(plan), json!("PAID"), json!(until)), "{name}, {when}");
        let limits = person.get("/subscriptions/limits").await.ok();
        assert_eq!(limits["planType"], plan, "{name}, {when}");
    }
}

#[tokio::test]
async fn who_pays_after_downtime_has_it_at_once_and_after_staff_confirm_the_clock() {
    let server = after_four_days_of_downtime().await;
    everybody_pays(&server).await;
    let admin = server.known("admin").await;
    admin.post("/admin/clock/confirm", json!({"reason": "compared with the radio"})).await.ok();
    everybody_has(&server, "confirmed").await;
    let left = server.known("leaving").await.get("/subscriptions/me").await.ok();
    assert_eq!((&left["state"], &left["renewsAs"]), (&json!("FREE"), &json!("FREEMIUM")));
    server.finish().await;
}

#[tokio::test]
async fn who_pays_by_a_clock_that_is_put_right_has_it_all_the_same() {
    let server = after_four_days_of_downtime().await;
    everybody_pays(&server).await;
    server.clock().jump(Span::days(-4));
    server.time_server().has_set(server.clock());
    let server = server.restart().await;
    assert_eq!(server.clock().now().to_utc().to_rfc3339(), "2026-12-25T00:00:00+00:00");
    everybody_has(&server, "put right").await;
    assert_eq!(has(&server.known("leaving").await).await.1, "PAID");
    server.finish().await;
}
