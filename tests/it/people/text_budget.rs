//! Text messages cost money: how many a day may be sent, and for whom.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::patient_form;
use crate::kit::{Answer, Client, PASSWORD, Reply, SmsGateway, TestServer};

async fn with_gateway(day: u32, account: u32, address: u32) -> (TestServer, SmsGateway) {
    let gateway = SmsGateway::open().await;
    let server = TestServer::start_with(|settings| {
        settings.sms = Some(das_tern::platform::sms::SmsSettings {
            messages_per_day: day,
            messages_per_account: account,
            messages_per_address: address,
            ..gateway.settings()
        });
    })
    .await;
    (server, gateway)
}

fn form(phone: &str) -> Value {
    let mut form = patient_form("x@example.com");
    form["phone"] = json!(phone);
    form.as_object_mut().unwrap().remove("email");
    form
}

async fn ask(client: &Client, phone: &str, purpose: &str) -> Answer {
    client.post("/auth/otp/send", json!({"identifier": phone, "purpose": purpose})).await
}

/// Registers a phone and confirms it with the code that comes.
async fn confirmed(server: &TestServer, gateway: &SmsGateway, phone: &str) {
    let stranger = server.stranger();
    stranger.post("/auth/register/patient", form(phone)).await.expect(201);
    server.run_jobs().await;
    let code: String = gateway.texts_to(phone).last().unwrap().chars().take(6).collect();
    let body = json!({"identifier": phone, "otp": code, "purpose": "VERIFY_CONTACT", "password": PASSWORD});
    stranger.post("/auth/otp/verify", body).await.expect(200);
}

#[tokio::test]
async fn one_phone_gets_so_many_codes_a_day_whether_or_not_it_is_known() {
    let (server, gateway) = with_gateway(1_000, 3, 1_000).await;
    let stranger = server.stranger();
    confirmed(&server, &gateway, "+85512345678").await;
    for (phone, before) in [("+85512345678", 1), ("+85512999999", 0)] {
        for _ in before..3 {
            server.clock().advance(Span::minutes(1));
            ask(&stranger, phone, "SIGN_IN").await.expect(200);
            server.run_jobs().await;
        }
        server.clock().advance(Span::minutes(1));
        let refused = ask(&stranger, phone, "SIGN_IN").await.expect(429).code("texts_spent");
        assert!(refused.header("retry-after").parse::<u32>().unwrap() > 3_600);
        let body = json!({"identifier": phone});
        stranger.post("/auth/forgot-password", body).await.expect(429).code("texts_spent");
    }
    server.run_jobs().await;
    assert_eq!(gateway.texts_to("+85512345678").len(), 3);
    assert_eq!(gateway.texts_to("+85512999999").len(), 0);
    server.clock().advance(Span::days(1));
    ask(&stranger, "+85512345678", "SIGN_IN").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn one_address_has_so_many_codes_sent_and_shuts_out_nobody_else() {
    let (server, gateway) = with_gateway(1_000, 20, 4).await;
    let stranger = server.stranger();
    for number in 0..4 {
        stranger.post("/auth/register/patient", form(&format!("+8551200000{number}"))).await.expect(201);
    }
    stranger.post("/auth/register/patient", form("+85512000009")).await.expect(429).code("texts_spent");
    ask(&stranger, "+85512000008", "VERIFY_CONTACT").await.expect(429).code("texts_spent");
    // Who gives an e-mail address as well needs no text message, if mail works; here it does not.
    let elsewhere = stranger.coming_from("127.0.0.9".parse().unwrap());
    elsewhere.post("/auth/register/patient", form("+85512000009")).await.expect(201);
    server.run_jobs().await;
    assert_eq!(gateway.calls().len(), 5);
    // Staff who saw a person print the code.
    let admin = server.admin().await;
    let dara = server.patient("dara").await;
    for number in 0..6 {
        let seen = json!({"phone": format!("+8551210000{number}"), "document": "ID card 1", "reason": "lost",
                          "currentPassword": PASSWORD});
        let answer = admin.post(format!("/users/{}/seen-in-person", dara.id()), seen).await.ok();
        assert_eq!(answer["slip"].is_object(), number >= 4, "{answer}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_last_fifth_of_a_day_is_for_those_who_are_known_and_the_admins_hear_of_it() {
    let (server, gateway) = with_gateway(5, 20, 100).await;
    let (admin, stranger) = (server.admin().await, server.stranger());
    admin.patch("/users/me", json!({"language": "ENGLISH"})).await.ok();
    confirmed(&server, &gateway, "+85512345678").await;
    for number in 0..3 {
        assert_eq!(told(&admin).await, 0);
        stranger.post("/auth/register/patient", form(&format!("+8551200000{number}"))).await.expect(201);
    }
    assert_eq!(told(&admin).await, 1);
    stranger.post("/auth/register/patient", form("+85512000009")).await.expect(429).code("texts_spent");
    server.clock().advance(Span::minutes(1));
    ask(&stranger, "+85512345678", "SIGN_IN").await.expect(200);
    server.clock().advance(Span::minutes(1));
    ask(&stranger, "+85512345678", "SIGN_IN").await.expect(429).code("texts_spent");
    server.run_jobs().await;
    assert_eq!(gateway.texts_to("+85512345678").len(), 2);
    server.clock().advance(Span::days(1));
    stranger.post("/auth/register/patient", form("+85512000009")).await.expect(201);
    assert_eq!(told(&admin).await, 1);
    server.finish().await;
}

async fn told(admin: &Client) -> usize {
    let list = admin.get("/notifications").await.ok();
    let title = "Text messages are nearly used up";
    list["items"].as_array().unwrap().iter().filter(|message| message["title"] == title).count()
}

#[tokio::test]
async fn while_the_gateway_fails_the_desk_prints_the_code() {
    let (server, gateway) = with_gateway(1_000, 20, 100).await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    let path = format!("/users/{}/seen-in-person", dara.id());
    let seen = |phone: &str| json!({"phone": phone, "document": "ID card 1", "reason": "lost", "currentPassword": PASSWORD});
    assert_eq!(admin.post(&path, seen("+85512100001")).await.ok()["slip"], json!(null));
    gateway.answer_next(Reply::json(401, &json!({"error": "unknown token"})));
    server.run_jobs().await;
    assert_eq!(admin.get("/admin/status").await.ok()["channels"]["sms"]["state"], "FAILING");
    assert!(admin.post(&path, seen("+85512100002")).await.ok()["slip"].is_object());
    server.finish().await;
}
