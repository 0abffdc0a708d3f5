//! Signed messages about payments: what is believed, and what becomes of it.

use das_tern::domain::subscriptions::tables::SUBSCRIPTIONS;
use das_tern::platform::bakong::envelope::seal;
use das_tern::platform::clock::{Clock as _, Span};
use das_tern::platform::random::Random;
use das_tern::platform::secret::Secret;
use serde_json::{Value, json};

use super::clinic::{SECRET, Service, asks, clinic, takes_payments};
use crate::kit::{Client, PostOffice, TestServer};

/// The body of promise 20, without its signature.
fn members(payment: &Value) -> String {
    format!(r#""transactionId":{},"status":"PAID","amount":{}"#, payment["id"], payment["amount"])
}

async fn grants_of(server: &TestServer, person: &Client) -> usize {
    let id = person.id();
    server.context().store.read(|tx| SUBSCRIPTIONS.get(tx, &id)).unwrap().map_or(0, |has| has.grants.len())
}

#[tokio::test]
async fn a_message_that_is_believed_does_everything_at_once() {
    let post = PostOffice::open().await;
    let server = TestServer::start_with(|settings| {
        takes_payments(settings);
        settings.mail = Some(post.settings());
    })
    .await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    let mut screen = server.events(&dara).await;
    let payment = asks(&dara).await;
    let service = Service(&server);
    let body = service.in_body(&members(&payment), 0);
    let answer = service.plain(body.clone()).await.ok();
    assert_eq!(answer, json!({"transactionId": payment["id"], "status": "COMPLETED"}));
    screen.expect("notification.created").await;
    let mine = dara.get("/subscriptions/me").await.ok();
    assert_eq!((&mine["planType"], &mine["until"]), (&json!("PREMIUM"), &json!("2026-12-22T00:00:00.000Z")));
    let path = format!("/bakong-payment/{}", payment["id"].as_str().unwrap());
    let paid = dara.get(&path).await.ok();
    assert_eq!((&paid["status"], &paid["paidAt"]), (&json!("PAID"), &json!("2026-11-22T00:00:00.000Z")));
    server.run_jobs().await;
    assert!(post.last_to("dara@example.com").text().contains("2000 KHR"));
    let record = admin.get("/audit/all").await.ok();
    let actions: Vec<&str> =
        record["items"].as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"payment.message") && actions.contains(&"payment.initiate"), "{actions:?}");
    // The same once more, however late, changes nothing.
    let before = dara.get("/notifications").await.ok()["items"].as_array().unwrap().len();
    server.clock().advance(Span::days(2));
    let stale = service.plain(body).await.expect(200);
    assert_eq!(stale.json["status"], "COMPLETED");
    let dara = server.known("dara").await;
    assert_eq!(dara.get("/notifications").await.ok()["items"].as_array().unwrap().len(), before);
    assert_eq!(grants_of(&server, &dara).await, 1);
    server.finish().await;
}

/// After an outage a message tells late that money came in once more: it pays for nothing, and staff see it.
#[tokio::test]
async fn an_old_message_of_another_transaction_of_a_paid_payment_is_left_to_a_person() {
    const DAY: i64 = 86_400_000;
    let server = clinic().await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    let service = Service(&server);
    let payment = asks(&dara).await;
    let with_hash = |hash: &str| format!(r#"{},"hash":"{}""#, members(&payment), hash.repeat(32));
    service.plain(service.in_body(&with_hash("ab"), 0)).await.expect(200);
    // The same transaction says nothing new.
    let same = service.plain(service.in_body(&with_hash("ab"), DAY)).await.expect(200);
    assert_eq!(same.json["status"], "COMPLETED");
    assert_eq!(admin.get("/payments/review").await.ok()["items"], json!([]));
    let second = service.plain(service.in_body(&with_hash("cd"), DAY)).await.expect(202);
    assert_eq!(second.json["status"], "REVIEW");
    let left = with_hash("ef").replace(payment["amount"].as_str().unwrap(), "1999");
    service.plain(service.in_body(&left, DAY)).await.expect(202);
    let review = admin.get("/payments/review").await.ok()["items"][0].clone();
    assert_eq!(review["doubts"], json!(["PAID_TWICE", "OTHER_AMOUNT"]));
    assert_eq!(review["namedHashes"], json!(["cd".repeat(32), "ef".repeat(32)]));
    assert_eq!(grants_of(&server, &dara).await, 1);
    server.finish().await;
}

#[tokio::test]
async fn the_table_of_answers() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    let service = Service(&server);
    let body = format!("{{{}}}", members(&payment));
    let signed = service.in_body(&members(&payment), 0);
    let text = |call: &str| signed.replace("PAID", call);
    let refused = [
        ("unsigned", service.plain(body.clone())),
        ("tampered", service.plain(text("COMPLETED"))),
        ("truncated", service.plain(&signed[..signed.len() - 1])),
        ("cut signature", service.plain(signed.replace("\"}", "0\"}"))),
        ("a member twice", service.plain(signed.replacen('{', r#"{"status":"PAID","#, 1))),
        ("too old for anything", service.plain(service.in_body(&members(&payment), 8 * 86_400_000))),
        ("from the future", service.plain(service.in_body(&members(&payment), -400_000))),
        ("no JSON", service.plain("PAID")),
        ("a header missing", service.plain(body.clone()).header("webhook-id", "msg_1")),
        ("another's id", service.standard("msg_1", &body).header("webhook-id", "msg_2")),
        ("another time", service.standard("msg_1", &body).header("webhook-timestamp", "1795305500")),
        (
            "two forms",
            service.standard("msg_1", &body).header("x-timestamp", "1").header("x-signature", "00"),
        ),
        ("wrong version", service.standard("msg_1", &body).header("webhook-signature", "v2,AAAA")),
        ("not hexadecimal", service.timestamped(&body).header("x-signature", "zz".repeat(32))),
        ("an old header", service.timestamped(&body).header("x-timestamp", "1795305000000")),
        ("an id with a point", service.standard("msg.1", &body)),
    ];
    let mut answers = Vec::new();
    for (what, call) in refused {
        let answer = call.await;
        assert_eq!(answer.status, 401, "{what}: {}", answer.text);
        let mut problem = answer.json.clone();
        problem.as_object_mut().unwrap().remove("instance");
        answers.push(problem);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "nothing tells what was wrong");
    // Who does not even speak the language hears so.
    service.plain("x".repeat(65 * 1_024)).await.expect(413);
    let unsealed = service.standard("msg_3", r#"{"encrypted_payload":"AAAA"}"#).await.expect(400);
    assert_eq!(unsealed.bad_fields(), ["body"]);
    service.standard("msg_4", r#"{"transactionId":"x","status":"MAYBE"}"#).await.expect(400);
    // Old, but not too old: stored, nothing granted, a person looks at it.
    let old = service.in_body(&members(&payment), 86_400_000);
    assert_eq!(service.plain(old.clone()).await.expect(202).json["status"], "REVIEW");
    assert_eq!(service.plain(old).await.expect(202).json["status"], "REVIEW");
    assert_eq!(grants_of(&server, &dara).await, 0);
    assert_eq!(dara.get("/subscriptions/me").await.ok()["state"], "FREE");
    // What nobody here knows is written down.
    let unknown = body.replace(payment["id"].as_str().unwrap(), "019ac1f0-7a1e-7c3a-9d55-3c1f5a2b8e10");
    assert_eq!(service.timestamped(&unknown).await.expect(202).json["status"], "UNKNOWN");
    assert_eq!(
        service.timestamped(r#"{"transactionId":"T-7","status":"PAID"}"#).await.expect(202).json["status"],
        "UNKNOWN"
    );
    // And a right one is still believed; what was too old is no doubt any more.
    assert_eq!(service.timestamped(&body).await.ok()["status"], "COMPLETED");
    let admin = server.admin().await;
    assert_eq!(admin.get("/payments/review").await.ok()["items"], json!([]));
    assert_eq!(grants_of(&server, &dara).await, 1);
    server.finish().await;
}

#[tokio::test]
async fn an_id_with_another_body_is_refused_and_told() {
    let server = clinic().await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    let payment = asks(&dara).await;
    let service = Service(&server);
    service.paid("msg_1", &payment).await.expect(200);
    service.paid("msg_1", &payment).await.expect(200);
    let other = format!("{{{}}}", members(&payment));
    for _ in 0..3 {
        service.standard("msg_1", &other).await.expect(409).code("webhook_id_reused");
    }
    let told = admin.get("/notifications").await.ok();
    let alerts = told["items"].as_array().unwrap().iter();
    assert_eq!(alerts.filter(|told| told["title"] == "Two messages about payments under one id").count(), 1);
    assert_eq!(grants_of(&server, &dara).await, 1);
    server.finish().await;
}

#[tokio::test]
async fn messages_at_once_and_in_the_wrong_order_grant_one_cycle() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    let service = Service(&server);
    let (one, other) = tokio::join!(service.paid("msg_1", &payment), service.paid("msg_2", &payment));
    assert_eq!(
        (one.ok()["status"].clone(), other.ok()["status"].clone()),
        (json!("COMPLETED"), json!("COMPLETED"))
    );
    for (id, status) in [("msg_3", "EXPIRED"), ("msg_4", "FAILED"), ("msg_5", "CANCELLED")] {
        let body = json!({"transactionId": payment["id"], "status": status}).to_string();
        assert_eq!(service.standard(id, &body).await.ok()["status"], "COMPLETED", "{status}");
    }
    assert_eq!(grants_of(&server, &dara).await, 1);
    // The other way round: the truth comes last, after its time, and is true all the same.
    let second = asks_for_family(&dara).await;
    let failed = json!({"transactionId": second["id"], "status": "FAILED"}).to_string();
    assert_eq!(service.standard("msg_6", &failed).await.ok()["status"], "FAILED");
    server.clock().advance(Span::days(3));
    assert_eq!(service.paid("msg_7", &second).await.ok()["status"], "COMPLETED");
    assert_eq!(grants_of(&server, &dara).await, 2);
    server.finish().await;
}

async fn asks_for_family(person: &Client) -> Value {
    let body = json!({"userId": person.id(), "planType": "FAMILY_PREMIUM", "currency": "USD"});
    person.post("/bakong-payment/initiate", body).await.ok()
}

#[tokio::test]
async fn what_was_given_up_and_is_paid_all_the_same_is_paid() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    let cancel = format!("/bakong-payment/{}/cancel", payment["id"].as_str().unwrap());
    dara.call(reqwest::Method::POST, cancel).await.ok();
    assert_eq!(Service(&server).paid("msg_1", &payment).await.ok()["status"], "COMPLETED");
    assert_eq!(dara.get("/subscriptions/me").await.ok()["state"], "PAID");
    server.finish().await;
}

#[tokio::test]
async fn a_transaction_pays_for_one_payment_and_a_second_one_is_looked_at() {
    let server = clinic().await;
    let (dara, bopha) = (server.patient("dara").await, server.patient("bopha").await);
    let (hers, his) = (asks(&bopha).await, asks(&dara).await);
    let service = Service(&server);
    let paid = |payment: &Value, hash: &str| {
        json!({
            "transactionId": payment["id"], "status": "PAID", "amount": "2000", "currency": "KHR",
            "toAccountId": "CLINIC@aclb", "md5": payment["md5"], "billNumber": payment["billNumber"],
            "hash": hash.repeat(32), "createdDateMs": server.clock().now().as_milliseconds(),
        })
        .to_string()
    };
    assert_eq!(service.standard("msg_1", &paid(&hers, "ab")).await.ok()["status"], "COMPLETED");
    assert_eq!(service.standard("msg_2", &paid(&his, "ab")).await.expect(202).json["status"], "REVIEW");
    assert_eq!(service.standard("msg_3", &paid(&hers, "cd")).await.expect(202).json["status"], "REVIEW");
    for (id, name, wrong) in [
        ("msg_4", "toAccountId", "evil@aclb"),
        ("msg_5", "md5", "00000000000000000000000000000000"),
        ("msg_6", "billNumber", "DT0"),
        ("msg_7", "currency", "USD"),
        ("msg_8", "amount", "2000.4"),
    ] {
        let mut body: Value = serde_json::from_str(&paid(&his, "ef")).unwrap();
        body[name] = json!(wrong);
        assert_eq!(
            service.standard(id, &body.to_string()).await.expect(202).json["status"],
            "REVIEW",
            "{name}"
        );
    }
    assert_eq!(dara.get("/subscriptions/me").await.ok()["state"], "FREE");
    let admin = server.admin().await;
    let waiting = admin.get("/payments/review").await.ok();
    let doubts: Vec<_> =
        waiting["items"].as_array().unwrap().iter().map(|one| one["doubts"].clone()).collect();
    assert_eq!(
        doubts,
        [
            json!(["PAID_TWICE"]),
            json!([
                "HASH_OF_ANOTHER",
                "OTHER_ACCOUNT",
                "OTHER_CODE",
                "OTHER_BILL",
                "OTHER_CURRENCY",
                "OTHER_AMOUNT"
            ]),
        ]
    );
    server.finish().await;
}

#[tokio::test]
async fn a_sealed_message_is_opened_only_when_it_is_signed() {
    let server = TestServer::start_with(|settings| {
        takes_payments(settings);
        if let Some(bakong) = &mut settings.bakong {
            bakong.webhook_key = Some(Secret::new("lotus-ponds-of-kampong-thom".to_owned()));
        }
    })
    .await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    let service = Service(&server);
    let key = server.context().settings.bakong.as_ref().unwrap().shared_key().unwrap();
    let plain = format!("{{{}}}", members(&payment));
    let sealed = seal(&key, plain.as_bytes(), &Random::seeded(5)).unwrap();
    let body = json!({"encrypted_payload": sealed}).to_string();
    service.plain(body.clone()).await.expect(401);
    let other = body.replacen("\":\"", "\":\"AAAA", 1);
    service.standard("msg_1", &other).await.expect(400);
    assert_eq!(service.standard("msg_2", &body).await.ok()["status"], "COMPLETED");
    server.finish().await;
}

#[tokio::test]
async fn a_server_that_was_stopped_between_knows_what_it_knew() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    Service(&server).paid("msg_1", &payment).await.expect(200);
    let server = server.restart().await;
    let dara = server.again(&dara);
    assert_eq!(Service(&server).paid("msg_1", &payment).await.ok()["status"], "COMPLETED");
    assert_eq!(grants_of(&server, &dara).await, 1);
    // Without its secret nobody is believed.
    let server = server
        .restart_with(|settings| {
            if let Some(bakong) = &mut settings.bakong {
                bakong.webhook_secrets = None;
            }
        })
        .await;
    Service(&server).paid("msg_2", &payment).await.expect(401);
    assert!(!format!("{:?}", server.context().settings).contains(SECRET));
    server.finish().await;
}
