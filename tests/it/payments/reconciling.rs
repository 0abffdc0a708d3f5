//! A bank's file is held against what is known here.

use serde_json::{Value, json};

use super::clinic::{Service, asks, clinic};
use crate::kit::Client;

async fn report(admin: &Client, file: &str) -> Vec<Vec<String>> {
    let body = json!({"from": "2026-11-22", "to": "2026-11-22", "bankFile": file});
    let answer = admin.post("/payments/reconcile", body).await.expect(200);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(answer.text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn every_line_and_every_payment_is_told_of() {
    let server = clinic().await;
    let admin = server.admin().await;
    let mut payments = Vec::new();
    for (number, name) in ["dara", "bopha", "srey", "vanna", "kosal", "lina"].into_iter().enumerate() {
        let payment = asks(&server.patient(name).await).await;
        if number < 5 {
            let said = json!({
                "transactionId": payment["id"], "status": "PAID", "amount": "2000",
                "hash": format!("{number}a").repeat(32),
            });
            Service(&server).standard(&format!("msg_{number}"), &said.to_string()).await.expect(200);
        }
        payments.push(payment);
    }
    let bill = |number: usize| payments[number]["billNumber"].as_str().unwrap();
    let hash = |number: usize| format!("{number}A").repeat(32);
    let file = format!(
        "\u{feff}Date,HASH,bill,Amount,currency\n\
         22/11,{},{},2000.00,KHR\n\
         22/11,,{},0.50,USD\n\
         22/11,{},{},2000,KHR\n\
         22/11,{},,2000,KHR\n\
         22/11,,{},2000,KHR\n\
         22/11,{},,2000,KHR\n\
         22/11,,=1+1,2000,KHR\n\
         22/11,,{},much,KHR\n\
         22/11,{},{},2000,KHR\n",
        hash(0),
        bill(0),
        bill(1),
        hash(8),
        bill(2),
        hash(0),
        bill(5),
        "ff".repeat(32),
        bill(3),
        hash(3),
        bill(4),
    );
    let found = report(&admin, &file).await;
    let findings: Vec<(&str, &str)> =
        found.iter().map(|record| (record[0].as_str(), record[1].as_str())).collect();
    assert_eq!(
        findings,
        [
            ("line", "finding"),
            ("2", "MATCHES"),
            ("3", "AMOUNT_DIFFERS"),
            ("4", "OTHER_TRANSACTION"),
            ("5", "AGAIN"),
            ("6", "NOT_PAID_HERE"),
            ("7", "UNKNOWN"),
            ("8", "UNKNOWN"),
            ("9", "UNREADABLE"),
            ("10", "CONTRADICTION"),
            ("", "MISSING_AT_BANK"),
            ("", "SUM_AT_BANK"),
            ("", "SUM_HERE"),
            ("", "SUM_AT_BANK"),
            ("", "SUM_HERE"),
        ]
    );
    assert_eq!(found[7][3], "'=1+1", "no formula");
    assert_eq!(found[1][9], "000001");
    assert_eq!(Value::from(found[10][6].as_str()), payments[4]["id"], "kosal's is on no line of its own");
    assert_eq!((found[11][4].as_str(), found[12][4].as_str()), ("12000", "10000"));
    // Nothing is changed by that.
    assert_eq!(admin.get("/payments/review").await.ok()["items"], json!([]));
    // Of other days nothing is missed.
    let body = json!({"from": "2026-11-20", "to": "2026-11-21", "bankFile": "bill,amount,currency\n"});
    let answer = admin.post("/payments/reconcile", body).await.expect(200);
    assert_eq!(answer.text.lines().count(), 1, "{}", answer.text);
    server.finish().await;
}

/// A bank that writes no hashes shows one payment on two lines: nobody calls that a match.
#[tokio::test]
async fn what_came_in_twice_for_one_bill_is_told() {
    let server = clinic().await;
    let admin = server.admin().await;
    let (paid, open) =
        (asks(&server.patient("dara").await).await, asks(&server.patient("bopha").await).await);
    let own = "ab".repeat(32);
    let said = json!({"transactionId": paid["id"], "status": "PAID", "amount": "2000", "hash": own});
    Service(&server).standard("msg_1", &said.to_string()).await.expect(200);
    let (bill, other) = (paid["billNumber"].as_str().unwrap(), open["billNumber"].as_str().unwrap());
    let small = bill.to_lowercase();
    let file = format!(
        "hash,bill,amount,currency\n,{small},2000,khr\n,{bill},2000,KHR\n{own},,2000,KHR\n\
         {},{other},2000,KHR\n{},{other},2000,KHR\n",
        "cd".repeat(32),
        "ef".repeat(32),
    );
    let found = report(&admin, &file).await;
    let findings: Vec<&str> = found.iter().map(|record| record[1].as_str()).collect();
    let twice = ["OTHER_TRANSACTION", "OTHER_TRANSACTION", "NOT_PAID_HERE", "OTHER_TRANSACTION"];
    assert_eq!(findings[1..6], [&["MATCHES"], &twice[..]].concat());
    assert!(found.iter().all(|record| record.len() == 12), "{found:?}");
    // A line that names two payments takes no other line's transaction.
    let file = format!("hash,bill,amount,currency\n{own},{other},2000,KHR\n{own},{bill},2000,KHR\n");
    let found = report(&admin, &file).await;
    assert_eq!([&found[1][1], &found[2][1]], ["CONTRADICTION", "MATCHES"]);
    server.finish().await;
}

#[tokio::test]
async fn a_file_that_is_not_understood_is_refused_with_what_to_do() {
    let server = clinic().await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    let send = |file: &str| json!({"from": "2026-11-22", "to": "2026-11-22", "bankFile": file});
    for (file, text) in [
        ("bill,amount\nB,1\n", "The column `currency` is missing or there twice"),
        ("amount,currency\n1,KHR\n", "The column `hash`"),
        ("bill,bill,amount,currency\n", "The column `bill`"),
        ("bill,amount,currency\nB,1\n", "Line 2 is not CSV"),
    ] {
        let refused = admin.post("/payments/reconcile", send(file)).await.expect(400);
        assert_eq!(refused.bad_fields(), ["bankFile"]);
        assert!(refused.text.contains(text), "{file}: {}", refused.text);
    }
    let lines = "B,1,KHR\n".repeat(5_001);
    admin.post("/payments/reconcile", send(&format!("bill,amount,currency\n{lines}"))).await.expect(400);
    let wrong = json!({"from": "2026-11-22", "to": "2026-11-21", "bankFile": "bill,amount,currency\n"});
    assert_eq!(admin.post("/payments/reconcile", wrong).await.expect(400).bad_fields(), ["to"]);
    dara.post("/payments/reconcile", send("bill,amount,currency\n")).await.expect(403);
    server.finish().await;
}
