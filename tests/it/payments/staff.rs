//! What clinic staff see of payments.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::clinic::{Service, asks, clinic};

fn ids(answer: &Value) -> Vec<Value> {
    answer["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
}

#[tokio::test]
async fn all_payments_are_listed_by_status_and_payer() {
    let server = clinic().await;
    let (dara, bopha, admin) =
        (server.patient("dara").await, server.patient("bopha").await, server.admin().await);
    let first = asks(&dara).await;
    Service(&server).paid("msg_1", &first).await.expect(200);
    server.clock().advance(Span::seconds(1));
    let second = asks(&bopha).await;
    server.clock().advance(Span::minutes(11));
    let third = asks(&dara).await;
    assert_eq!(
        ids(&admin.get("/payments/all").await.ok()),
        [&third, &second, &first].map(|one| one["id"].clone())
    );
    for (query, expected) in [
        ("status=PAID".to_owned(), vec![&first]),
        ("status=PENDING".to_owned(), vec![&third]),
        ("status=EXPIRED".to_owned(), vec![&second]),
        (format!("payerId={}", dara.id()), vec![&third, &first]),
        (format!("payerId={}&status=PAID", dara.id()), vec![&first]),
        (format!("payerId={}&status=FAILED", dara.id()), vec![]),
    ] {
        let found = admin.get(format!("/payments/all?{query}")).await.ok();
        assert_eq!(ids(&found), expected.iter().map(|one| one["id"].clone()).collect::<Vec<_>>(), "{query}");
    }
    // Page by page.
    let page = admin.get("/payments/all?limit=2").await.ok();
    assert_eq!(ids(&page).len(), 2);
    let rest = format!("/payments/all?limit=2&cursor={}", page["nextCursor"].as_str().unwrap());
    assert_eq!(ids(&admin.get(rest).await.ok()), [first["id"].clone()]);
    dara.get("/payments/all").await.expect(403).code("role_not_allowed");
    server.finish().await;
}

#[tokio::test]
async fn messages_about_unknown_payments_are_listed() {
    let server = clinic().await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    for (id, name) in [("msg_2", "T-17"), ("msg_1", "01a2008d-7400-7236-bf80-0c648da30520")] {
        let said = json!({"transactionId": name, "status": "PAID", "amount": "2000"}).to_string();
        assert_eq!(Service(&server).standard(id, &said).await.expect(202).json["status"], "UNKNOWN");
    }
    let listed = admin.get("/payments/unknown-messages").await.ok();
    let shown = json!([
        {"id": "id:msg_1", "transactionId": "01a2008d-7400-7236-bf80-0c648da30520", "receivedAt": "2026-11-22T00:00:00.000Z"},
        {"id": "id:msg_2", "transactionId": "T-17", "receivedAt": "2026-11-22T00:00:00.000Z"},
    ]);
    assert_eq!(listed["items"], shown);
    dara.get("/payments/unknown-messages").await.expect(403).code("role_not_allowed");
    server.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_message_is_said_in_one_language() {
    let server = clinic().await;
    let said = json!({"transactionId": "T", "status": "REFUNDED"}).to_string();
    for (language, text) in [("en", "`REFUNDED` is no status"), ("km", "មិនស្គាល់ស្ថានភាព `REFUNDED` ទេ។")]
    {
        let id = format!("msg_{language}");
        let refused =
            Service(&server).standard(&id, &said).header("accept-language", language).await.expect(400);
        let message = refused.json["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(text), "{message}");
    }
    server.finish().await;
}
