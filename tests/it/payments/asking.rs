//! A payment is asked for, shown, given up.

use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use das_tern::config::Sources;
use das_tern::domain::payments::khqr::verify;
use das_tern::domain::users::model::{Role, Status};
use das_tern::platform::clock::{Clock as _, Span};
use das_tern::platform::secret::Secret;
use das_tern::platform::settings::BakongSettings;
use serde_json::json;

use super::clinic::{Service, asks, clinic};
use crate::kit::TestServer;

/// Reads a picture as a phone does.
fn scanned(png: &[u8]) -> String {
    let body = |kind: &[u8]| {
        let at = png.windows(4).position(|bytes| bytes == kind).unwrap();
        let length = u32::from_be_bytes(png[at - 4..at].try_into().unwrap()) as usize;
        &png[at + 4..at + 4 + length]
    };
    let side = u32::from_be_bytes(body(b"IHDR")[..4].try_into().unwrap()) as usize;
    let mut rows = Vec::new();
    flate2::read::ZlibDecoder::new(body(b"IDAT")).read_to_end(&mut rows).unwrap();
    let row = side / 8 + 1;
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side, side, |across, down| {
        if rows[down * row + 1 + across / 8] >> (7 - across % 8) & 1 == 1 { 255 } else { 0 }
    });
    picture.detect_grids()[0].decode().unwrap().1
}

#[tokio::test]
async fn a_payer_gets_a_code_that_phones_read() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    assert_eq!(dara.get("/subscriptions/plans").await.ok()["payable"], true);
    let payment = asks(&dara).await;
    let text = payment["qrString"].as_str().unwrap();
    assert_eq!(scanned(&BASE64_STANDARD.decode(payment["qrCode"].as_str().unwrap()).unwrap()), text);
    let content = verify(text, server.clock().now().as_milliseconds()).unwrap();
    assert_eq!(content.recipient.account(), "clinic@aclb");
    assert_eq!(content.amount.unwrap().money().minor(), 2_000);
    assert_eq!(content.additional.bill_number.as_deref(), payment["billNumber"].as_str());
    assert!(payment["billNumber"].as_str().unwrap().len() <= 25);
    assert_eq!(payment["expiresAt"], "2026-11-22T00:10:00.000Z");
    assert_eq!((&payment["status"], &payment["planType"]), (&json!("PENDING"), &json!("PREMIUM")));
    assert_eq!(payment["id"], payment["transactionId"]);
    let path = format!("/bakong-payment/{}", payment["id"].as_str().unwrap());
    let code = dara.get(format!("{path}/code")).await.expect(200);
    assert_eq!(code.header("content-type"), "image/svg+xml");
    assert!(code.text.contains("<svg"));
    assert_eq!(dara.get(&path).await.ok(), payment);
    // Nobody else's, whoever they are.
    for other in [server.patient("bopha").await, server.admin().await, server.doctor("sok").await] {
        other.get(&path).await.expect(404).code("payment_not_found");
        other.get(format!("{path}/code")).await.expect(404);
        other.call(reqwest::Method::POST, format!("{path}/cancel")).await.expect(404);
        assert_eq!(other.get("/payments").await.ok()["items"], json!([]));
    }
    server.clock().advance(Span::minutes(10));
    assert_eq!(dara.get(&path).await.ok()["status"], "PENDING", "to the last moment");
    server.clock().advance(Span::milliseconds(1));
    let over = dara.get(&path).await.ok();
    assert_eq!(
        (&over["status"], &over["qrCode"], &over["qrString"]),
        (&json!("EXPIRED"), &json!(null), &json!(null))
    );
    dara.get(format!("{path}/code")).await.expect(409).code("payment_not_open");
    dara.call(reqwest::Method::POST, format!("{path}/cancel")).await.expect(409).code("payment_not_open");
    server.finish().await;
}

#[tokio::test]
async fn what_an_amount_is_for_is_never_guessed() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let ask = |more: serde_json::Value| {
        let mut body = json!({"userId": dara.id(), "currency": "KHR"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        dara.post("/bakong-payment/initiate", body)
    };
    for amount in ["1999", "2001", "0", "20", "2e3", "2,000", " 2000", "-2000", "2000.5", "២០០០"] {
        let refused = ask(json!({"amount": amount})).await.expect(400);
        assert_eq!(refused.bad_fields(), ["amount"], "{amount}");
    }
    let refused = ask(json!({"amount": "2500"})).await.expect(400);
    assert!(refused.text.contains("2000 KHR (PREMIUM), 4000 KHR (FAMILY_PREMIUM)"), "{}", refused.text);
    // A number is not an amount: whoever writes 0.1 + 0.2 does not know what they wrote.
    ask(json!({"amount": 2000})).await.expect(400);
    assert_eq!(ask(json!({})).await.expect(400).bad_fields(), ["amount"]);
    assert_eq!(ask(json!({"planType": "FREEMIUM"})).await.expect(400).bad_fields(), ["planType"]);
    assert_eq!(
        ask(json!({"planType": "PREMIUM", "amount": "4000"})).await.expect(400).bad_fields(),
        ["amount"]
    );
    assert_eq!(
        ask(json!({"currency": "THB", "amount": "2000"})).await.expect(400).bad_fields(),
        ["currency"]
    );
    let family = ask(json!({"amount": "4000"})).await.ok();
    assert_eq!(family["planType"], "FAMILY_PREMIUM");
    let dollars = ask(json!({"currency": "USD", "planType": "PREMIUM"})).await.ok();
    assert_eq!((&dollars["amount"], &dollars["currency"]), (&json!("0.50"), &json!("USD")));
    server.finish().await;
}

#[tokio::test]
async fn a_second_tap_finds_the_first_code_and_a_day_has_five() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let first = asks(&dara).await;
    server.clock().advance(Span::minutes(1));
    assert_eq!(asks(&dara).await, first);
    let dollars = json!({"userId": dara.id(), "currency": "USD", "planType": "PREMIUM"});
    dara.post("/bakong-payment/initiate", dollars).await.expect(409).code("payment_open");
    let path = format!("/bakong-payment/{}/cancel", first["id"].as_str().unwrap());
    assert_eq!(dara.call(reqwest::Method::POST, &path).await.ok()["status"], "CANCELLED");
    assert_eq!(dara.call(reqwest::Method::POST, &path).await.ok()["status"], "CANCELLED");
    for _ in 0..4 {
        assert_ne!(asks(&dara).await["id"], first["id"]);
        server.clock().advance(Span::minutes(11));
    }
    let body = json!({"userId": dara.id(), "amount": "2000", "currency": "KHR"});
    let refused = dara.post("/bakong-payment/initiate", body.clone()).await.expect(429);
    assert_eq!(refused.header("retry-after"), "58500", "until midnight in Phnom Penh");
    // Others are not concerned.
    asks(&server.patient("bopha").await).await;
    server.clock().advance(Span::seconds(58_500));
    dara.post("/bakong-payment/initiate", body).await.ok();
    let mine = dara.get("/payments?limit=4").await.ok();
    assert_eq!(mine["items"].as_array().unwrap().len(), 4);
    assert_eq!(mine["items"][0]["status"], "PENDING");
    let rest =
        dara.get(format!("/payments?limit=4&cursor={}", mine["nextCursor"].as_str().unwrap())).await.ok();
    assert_eq!(rest["items"][1]["status"], "CANCELLED");
    server.finish().await;
}

#[tokio::test]
async fn a_key_that_is_sent_twice_asks_once() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let body = json!({"userId": dara.id(), "amount": "2000", "currency": "KHR"});
    let ask = || dara.post("/bakong-payment/initiate", body.clone()).idempotent("tap");
    let (one, other) = tokio::join!(ask(), ask());
    assert_eq!(one.ok()["id"], other.ok()["id"]);
    assert_eq!(dara.get("/payments").await.ok()["items"].as_array().unwrap().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn family_may_pay_and_learns_nothing_by_it() {
    let server = clinic().await;
    let (dara, srey) = (server.patient("dara").await, server.family("srey").await);
    let ask = |payer: &crate::kit::Client| {
        let body = json!({"userId": dara.id(), "planType": "PREMIUM", "currency": "KHR"});
        payer.post("/bakong-payment/initiate", body)
    };
    ask(&srey).await.expect(404).code("patient_not_found");
    let connection = server.connect(&srey, &dara).await;
    let sok = server.doctor("sok").await;
    server.connect(&sok, &dara).await;
    ask(&sok).await.expect(403).code("payment_family_only");
    ask(&server.admin().await).await.expect(403).code("payment_family_only");
    let payment = ask(&srey).await.ok();
    assert_eq!(payment["userId"], json!(dara.id()));
    // Neither stands in the other's way.
    let own = asks(&dara).await;
    assert_ne!(own["id"], payment["id"]);
    Service(&server).paid("msg_1", &payment).await.expect(200);
    let mine = dara.get("/subscriptions/me").await.ok();
    assert_eq!((&mine["planType"], &mine["state"]), (&json!("PREMIUM"), &json!("PAID")));
    assert_eq!(srey.get("/subscriptions/me").await.ok()["state"], "FREE");
    let told = dara.get("/notifications").await.ok()["items"][0].clone();
    assert_eq!(told["type"], "PAYMENT_COMPLETED");
    assert!(
        told["body"].as_str().unwrap().contains("srey") && !told["body"].as_str().unwrap().contains("2000")
    );
    let told = srey.get("/notifications").await.ok()["items"][0].clone();
    assert!(told["body"].as_str().unwrap().contains("2000 KHR"), "{told}");
    // What a cycle costs does not tell whether there is a plan already.
    let again = ask(&srey).await.ok();
    assert_eq!((&again["amount"], &again["purchase"]), (&json!("2000"), &json!("CYCLE")));
    // The next request after the end of the connection is refused.
    dara.post(format!("/connections/{connection}/revoke"), json!({})).await.ok();
    ask(&srey).await.expect(404);
    server.finish().await;
}

#[tokio::test]
async fn an_upgrade_in_the_middle_costs_what_is_left() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    Service(&server).paid("msg_1", &asks(&dara).await).await.expect(200);
    server.clock().advance(Span::days(15));
    let dara = server.known("dara").await;
    let offers = dara.get("/bakong-payment/plans").await.ok();
    assert_eq!(offers["configured"], true);
    assert_eq!(
        offers["offers"][0],
        json!({"planType": "PREMIUM", "purchase": "CYCLE", "prices": [
            {"amount": "2000", "currency": "KHR"}, {"amount": "0.50", "currency": "USD"}
        ]})
    );
    assert_eq!(
        offers["offers"][1],
        json!({"planType": "FAMILY_PREMIUM", "purchase": "UPGRADE", "prices": [
            {"amount": "1000", "currency": "KHR"}, {"amount": "0.25", "currency": "USD"}
        ]})
    );
    // The whole price of a greater plan is not what it costs now.
    let body = json!({"userId": dara.id(), "amount": "4000", "currency": "KHR"});
    dara.post("/bakong-payment/initiate", body).await.expect(400);
    let body = json!({"userId": dara.id(), "planType": "FAMILY_PREMIUM", "currency": "KHR"});
    let upgrade = dara.post("/bakong-payment/initiate", body.clone()).await.ok();
    assert_eq!((&upgrade["amount"], &upgrade["purchase"]), (&json!("1000"), &json!("UPGRADE")));
    // A riel less two minutes later: the code that is there is still good.
    server.clock().advance(Span::minutes(9));
    assert_eq!(dara.post("/bakong-payment/initiate", body).await.ok()["id"], upgrade["id"]);
    Service(&server).paid("msg_2", &upgrade).await.expect(200);
    let mine = dara.get("/subscriptions/me").await.ok();
    assert_eq!(
        (&mine["planType"], &mine["until"]),
        (&json!("FAMILY_PREMIUM"), &json!("2026-12-22T00:00:00.000Z"))
    );
    server.finish().await;
}

#[tokio::test]
async fn where_two_plans_cost_the_same_the_plan_must_be_named() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    Service(&server).paid("msg_1", &asks(&dara).await).await.expect(200);
    // At this moment the upgrade for a whole cycle costs what a cycle of the lesser plan does.
    let body = json!({"userId": dara.id(), "amount": "2000", "currency": "KHR"});
    let refused = dara.post("/bakong-payment/initiate", body).await.expect(400);
    assert!(refused.text.contains("2000 KHR (PREMIUM), 2000 KHR (FAMILY_PREMIUM)"), "{}", refused.text);
    server.finish().await;
}

#[tokio::test]
async fn without_an_account_nothing_is_asked_for() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let body = json!({"userId": dara.id(), "amount": "2000", "currency": "KHR"});
    dara.post("/bakong-payment/initiate", body.clone()).await.expect(409).code("payments_not_configured");
    assert_eq!(dara.get("/bakong-payment/plans").await.ok()["configured"], false);
    server.stranger().post("/bakong-payment/initiate", body.clone()).await.expect(401);
    let pending = server.person("late", Role::Patient, Status::PendingVerification).await;
    let own = json!({"userId": pending.id(), "amount": "2000", "currency": "KHR"});
    pending.post("/bakong-payment/initiate", own).await.expect(403).code("account_not_active");
    server.finish().await;
}

#[test]
fn an_account_that_no_code_can_carry_is_refused_at_the_start() {
    let faults = |pairs: &[(&str, &str)]| {
        let flags = [("bakong.account", "clinic@aclb"), ("bakong.merchant_name", "Clinic")]
            .iter()
            .filter(|(key, _)| !pairs.iter().any(|(other, _)| other == key))
            .chain(pairs)
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Sources { flags: flags.collect(), ..Sources::default() }
            .load()
            .err()
            .map_or(Vec::new(), |errors| errors.0)
    };
    assert_eq!(faults(&[]), Vec::<String>::new());
    for (pairs, named) in [
        (vec![("bakong.account", "clinic")], "no code can be made"),
        (
            vec![("bakong.merchant_name", "A clinic whose name is far too long for a code")],
            "no code can be made",
        ),
        (vec![("bakong.merchant_id", "123")], "no code can be made"),
        (vec![("bakong.city", "A town with a very long name")], "no code can be made"),
        (vec![("bakong.expires_minutes", "11")], "`bakong.expires_minutes` must be from 1 to 10"),
    ] {
        let found = faults(&pairs);
        assert!(found.iter().any(|fault| fault.contains(named)), "{pairs:?}: {found:?}");
    }
}

#[test]
fn secrets_that_can_be_guessed_are_refused_at_the_start() {
    let faults = |secrets: &str, key: &str| {
        let secret = |text: &str| Some(Secret::new(text.to_owned()));
        let bakong = BakongSettings::new("clinic@aclb", "Clinic");
        BakongSettings { webhook_secrets: secret(secrets), webhook_key: secret(key), ..bakong }
            .faults()
            .join("; ")
    };
    let (good, key) = ("a-secret-of-many-characters\nanother-of-many-characters", "a-key-of-many-characters");
    assert_eq!(faults(good, key), "");
    assert_eq!(faults(good, &format!("base64:{}", BASE64_STANDARD.encode([7; 32]))), "");
    assert!(faults("a-secret-of-many-characters short", key).contains("at least 24 characters"));
    assert!(faults("whsec_this-is-not-base64-at-all!", key).contains("must go on in base64"));
    assert!(faults(good, "base64:AAAA").contains("32 bytes"));
    assert!(faults(good, "short").contains("at least 24 characters"));
}
