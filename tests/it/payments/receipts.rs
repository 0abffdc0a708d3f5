//! Receipts: numbered without gaps, printed in both languages, for the payer and for clinic staff.

use serde_json::{Value, json};

use super::clinic::{Service, asks, clinic};

#[tokio::test]
async fn a_receipt_is_numbered_mailed_and_printed() {
    let server = clinic().await;
    let (dara, bopha, admin) =
        (server.patient("dara").await, server.patient("bopha").await, server.admin().await);
    let first = asks(&dara).await;
    let path = |payment: &Value| format!("/payments/{}/receipt", payment["id"].as_str().unwrap());
    dara.get(path(&first)).await.expect(409).code("payment_not_paid");
    let second = asks(&bopha).await;
    // In the order in which they became known.
    Service(&server).paid("msg_1", &second).await.expect(200);
    let said = json!({
        "transactionId": first["id"], "status": "PAID", "amount": "2000", "hash": "ab".repeat(32),
    });
    Service(&server).standard("msg_2", &said.to_string()).await.expect(200);
    Service(&server).paid("msg_3", &first).await.expect(200);
    let number = |payment: Value| payment["items"][0]["receiptNumber"].clone();
    assert_eq!(number(dara.get("/payments").await.ok()), "000002");
    assert_eq!(number(bopha.get("/payments").await.ok()), "000001");
    let told = dara.get("/notifications").await.ok()["items"][0]["body"].clone();
    assert!(told.as_str().unwrap().contains("000002"), "{told}");

    let page = dara.get(path(&first)).await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let bill = first["billNumber"].as_str().unwrap();
    let hash = "ab".repeat(32);
    for part in
        ["000002", "2000 KHR", "dara", bill, &hash, "clinic@aclb", "Receipt", "បង្កាន់ដៃ", "22/11/2026 07:00"]
    {
        assert!(page.text.to_lowercase().contains(&part.to_lowercase()), "{part}: {}", page.text);
    }
    bopha.get(path(&first)).await.expect(404).code("payment_not_found");
    admin.get(path(&first)).await.expect(200);
    // What is given back stands on it, and the payer hears of it.
    let refund = format!("/payments/{}/refund-record", first["id"].as_str().unwrap());
    admin.post(refund, json!({"amount": "500", "reason": "given back <at> the desk"})).await.ok();
    assert!(dara.get(path(&first)).await.expect(200).text.contains("500 KHR, 22/11/2026"));
    let shown = dara.get("/payments").await.ok()["items"][0]["refunds"].clone();
    assert_eq!(shown, json!([{"amount": "500", "recordedAt": "2026-11-22T00:00:00.000Z"}]));
    let told = dara.get("/notifications").await.ok()["items"][0].clone();
    assert_eq!(told["title"], "Money given back");
    assert!(told["body"].as_str().unwrap().contains("500 KHR"), "{told}");
    server.finish().await;
}

#[tokio::test]
async fn names_on_a_receipt_are_text() {
    let server = crate::kit::TestServer::start_with(|settings| {
        super::clinic::takes_payments(settings);
        settings.clinic.name = "<script>alert(1)</script> & Sons".to_owned();
    })
    .await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    Service(&server).paid("msg_1", &payment).await.expect(200);
    let page = dara.get(format!("/payments/{}/receipt", payment["id"].as_str().unwrap())).await.expect(200);
    assert!(!page.text.contains("<script") && page.text.contains("script&#62;"), "{}", page.text);
    server.finish().await;
}
