//! Clinic staff decide by what they see at the bank.

use das_tern::domain::audit::tables::RECORDS;
use das_tern::platform::clock::Span;
use serde_json::json;

use super::clinic::{Service, asks, clinic};
use crate::kit::Client;

/// Who has PREMIUM asks for one more cycle of it.
async fn asks_again(person: &Client) -> serde_json::Value {
    let body = json!({"userId": person.id(), "planType": "PREMIUM", "currency": "KHR"});
    person.post("/bakong-payment/initiate", body).await.ok()
}

#[tokio::test]
async fn a_cashier_who_sees_the_money_grants_the_plan() {
    let server = clinic().await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    let payment = asks(&dara).await;
    let path = format!("/payments/{}/resolve", payment["id"].as_str().unwrap());
    let seen = json!({"paid": true, "reason": "seen in the app of the bank", "hash": "AB".repeat(32)});
    dara.post(&path, seen.clone()).await.expect(403).code("role_not_allowed");
    admin.post(&path, json!({"paid": true, "reason": "seen"})).await.expect(400);
    // Its time is over meanwhile: the truth may come late.
    server.clock().advance(Span::hours(3));
    let resolved = admin.post(&path, seen.clone()).await.ok();
    assert_eq!(
        (&resolved["status"], &resolved["source"], &resolved["late"]),
        (&json!("PAID"), &json!("STAFF"), &json!(true))
    );
    assert_eq!(dara.get("/subscriptions/me").await.ok()["state"], "PAID");
    // Once more grants nothing more.
    admin.post(&path, seen.clone()).await.ok();
    assert_eq!(dara.get("/subscriptions/me").await.ok()["periods"].as_array().unwrap().len(), 1);
    assert_eq!(dara.get("/subscriptions/me").await.ok()["until"], "2026-12-22T03:00:00.000Z");
    let not = json!({"paid": false, "reason": "I was mistaken about it"});
    admin.post(&path, not).await.expect(409).code("payment_is_paid");
    // One transaction pays for one payment.
    let body = json!({"userId": dara.id(), "planType": "FAMILY_PREMIUM", "currency": "KHR"});
    let second = dara.post("/bakong-payment/initiate", body).await.ok();
    let path = format!("/payments/{}/resolve", second["id"].as_str().unwrap());
    admin.post(&path, seen).await.expect(409).code("payment_transaction_used");
    let not = json!({"paid": false, "reason": "nothing came in until the evening"});
    assert_eq!(admin.post(&path, not).await.ok()["status"], "CANCELLED");
    let record = admin.get("/audit/all").await.ok();
    let reasons: Vec<_> =
        record["items"].as_array().unwrap().iter().map(|item| item["reason"].clone()).collect();
    assert!(reasons.contains(&json!("seen in the app of the bank")), "{reasons:?}");
    server.finish().await;
}

#[tokio::test]
async fn nobody_decides_about_their_own_payment() {
    let server = clinic().await;
    let admin = server.admin().await;
    let payment = asks(&admin).await;
    let seen = json!({"paid": true, "reason": "I have surely paid it"});
    let path = format!("/payments/{}/resolve", payment["id"].as_str().unwrap());
    admin.post(path, seen).await.expect(403).code("payment_own_decision");
    assert_eq!(admin.get("/subscriptions/me").await.ok()["state"], "FREE");
    server.finish().await;
}

#[tokio::test]
async fn what_differs_waits_for_a_person() {
    let server = clinic().await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    let payment = asks(&dara).await;
    let body = json!({"transactionId": payment["id"], "status": "PAID", "amount": "200"}).to_string();
    let answer = Service(&server).standard("msg_1", &body).await.expect(202);
    assert_eq!(answer.json["status"], "REVIEW");
    assert_eq!(dara.get("/subscriptions/me").await.ok()["state"], "FREE");
    let told = admin.get("/notifications").await.ok()["items"][0].clone();
    assert!(told["body"].as_str().unwrap().contains(payment["billNumber"].as_str().unwrap()), "{told}");
    let waiting = admin.get("/payments/review").await.ok();
    assert_eq!(waiting["items"][0]["doubts"], json!(["OTHER_AMOUNT"]));
    dara.get("/payments/review").await.expect(403);
    let path = format!("/payments/{}/resolve", payment["id"].as_str().unwrap());
    let decided = json!({"paid": false, "reason": "only 200 riel came in, given back"});
    let resolved = admin.post(path, decided).await.ok();
    assert_eq!(resolved["decisions"][0]["doubts"], json!(["OTHER_AMOUNT"]));
    assert_eq!(admin.get("/payments/review").await.ok()["items"], json!([]));
    server.finish().await;
}

#[tokio::test]
async fn a_transaction_that_staff_name_pays_for_nothing_else() {
    let server = clinic().await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    let payment = asks(&dara).await;
    let path = format!("/payments/{}/resolve", payment["id"].as_str().unwrap());
    let by =
        |hash: &str| json!({"paid": true, "reason": "seen in the app of the bank", "hash": hash.repeat(32)});
    admin.post(&path, by("aa")).await.ok();
    // The bank shows a second transaction for the same code: it came in twice.
    let resolved = admin.post(&path, by("bb")).await.ok();
    assert_eq!(
        (&resolved["hash"], &resolved["furtherHashes"]),
        (&json!("aa".repeat(32)), &json!(["bb".repeat(32)]))
    );
    assert_eq!((&resolved["status"], &resolved["doubts"]), (&json!("PAID"), &json!([])));
    assert_eq!(dara.get("/subscriptions/me").await.ok()["until"], "2026-12-22T00:00:00.000Z", "one cycle");
    let records = server.context().store.read(|tx| RECORDS.list_prefix(tx, &())).unwrap();
    let decisions = records.into_iter().filter(|(_, record)| record.action == "payment.resolve");
    let change = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
    let changes = decisions.map(|(_, record)| change(record.change.unwrap()));
    let before: Vec<_> = changes.map(|change| change["before"].clone()).collect();
    assert_eq!(before, ["PENDING", "PAID"]);
    // Neither pays for another payment, whoever says so.
    let second = asks_again(&dara).await;
    let other = format!("/payments/{}/resolve", second["id"].as_str().unwrap());
    for hash in ["aa", "bb"] {
        admin.post(&other, by(hash)).await.expect(409).code("payment_transaction_used");
        let said = json!({
            "transactionId": second["id"], "status": "PAID", "amount": "2000", "hash": hash.repeat(32),
        });
        let answer = Service(&server).standard(&format!("msg_{hash}"), &said.to_string()).await.expect(202);
        assert_eq!(answer.json["status"], "REVIEW");
    }
    assert_eq!(dara.get("/subscriptions/me").await.ok()["until"], "2026-12-22T00:00:00.000Z");
    // Both came in, so both can be given back, and no more than both.
    let refund = format!("/payments/{}/refund-record", payment["id"].as_str().unwrap());
    let back =
        |amount: &str| admin.post(&refund, json!({"amount": amount, "reason": "came in twice, at the desk"}));
    back("4000").await.ok();
    back("1").await.expect(409).code("payment_refund_too_much");
    server.finish().await;
}

#[tokio::test]
async fn what_a_doubt_named_is_the_payments_when_staff_say_so() {
    let server = clinic().await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    let payment = asks(&dara).await;
    let said = |payment: &serde_json::Value, amount: &str, hash: &str| {
        json!({"transactionId": payment["id"], "status": "PAID", "amount": amount, "hash": hash.repeat(32)})
            .to_string()
    };
    let service = Service(&server);
    service.standard("msg_1", &said(&payment, "200", "aa")).await.expect(202);
    assert_eq!(admin.get("/payments/review").await.ok()["items"][0]["namedHashes"], json!(["aa".repeat(32)]));
    let path = format!("/payments/{}/resolve", payment["id"].as_str().unwrap());
    let whole = json!({"paid": true, "reason": "the bank shows the whole amount"});
    assert_eq!(admin.post(&path, whole.clone()).await.ok()["hash"], "aa".repeat(32));
    // A second transaction for it is looked at; that it did not pay this leaves it to what it did pay.
    assert_eq!(
        service.standard("msg_2", &said(&payment, "2000", "bb")).await.expect(202).json["status"],
        "REVIEW"
    );
    let not = json!({"paid": false, "reason": "that one is of another bill"});
    let resolved = admin.post(&path, not).await.ok();
    assert_eq!((&resolved["status"], &resolved["furtherHashes"]), (&json!("PAID"), &json!([])));
    let second = asks_again(&dara).await;
    service.standard("msg_3", &said(&second, "2000", "aa")).await.expect(202);
    service.standard("msg_4", &said(&second, "2000", "bb")).await.expect(200);
    // What it did pay, staff cannot make the first one's by deciding about that again.
    let path = format!("/payments/{}/resolve", second["id"].as_str().unwrap());
    assert_eq!(admin.post(&path, whole).await.ok()["furtherHashes"], json!([]), "aa is of the first one");
    server.finish().await;
}
