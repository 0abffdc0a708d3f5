//! What the audit keeps and who may read it.

use das_tern::domain::connections::model::Scope;
use serde_json::json;

use super::{items, looked, text};
use crate::kit::TestServer;

#[tokio::test]
async fn the_patient_sees_who_when_what_and_why() {
    let server = TestServer::start().await;
    let (dara, sok, admin) = (server.patient("dara").await, server.doctor("sok").await, server.admin().await);
    server.connect(&sok, &dara).await;
    looked(&server, &sok, &dara, Scope::Doses).await;
    let newest = items(&dara, "/audit/record").await[0].clone();
    assert_eq!(newest["actorName"], "sok");
    assert_eq!(newest["actorRole"], "DOCTOR");
    assert_eq!(newest["basis"], "CONNECTION");
    assert_eq!(newest["scope"], "DOSES");
    assert_eq!(newest["outcome"], "DONE");
    let accepted = items(&dara, "/audit").await;
    assert_eq!(accepted[0]["action"], "connection.accept");
    assert_ne!(accepted[0]["actionText"]["khmer"], accepted[0]["actionText"]["english"]);
    // An admin may look, and his look is on record too.
    let path = format!("/audit/record?patientId={}", dara.id());
    admin.get(&path).await.ok();
    let newest = items(&dara, "/audit/record").await[0].clone();
    assert_eq!((text(&newest, "actorName"), text(&newest, "basis")), ("admin".into(), "STAFF".into()));
    for nosy in [&sok, &server.patient("bopha").await] {
        nosy.get(&path).await.expect(403).code("role_not_allowed");
        nosy.get("/audit/all").await.expect(403);
        nosy.get("/audit/verify").await.expect(403);
    }
    server.stranger().get("/audit").await.expect(401);
    let refused = admin.get("/audit/all?outcome=REFUSED&action=audit.").await.ok();
    assert_eq!(refused["items"].as_array().unwrap().len(), 6);
    let of_sok = admin.get(format!("/audit/all?actorId={}&action=connection.", sok.id())).await.ok();
    assert_eq!(of_sok["items"].as_array().unwrap().len(), 1);
    let none = admin.get("/audit/all?to=2026-11-21T00:00:00Z").await.ok();
    assert_eq!(none["items"].as_array().unwrap().len(), 0);
    server.finish().await;
}

#[tokio::test]
async fn pages_go_from_the_newest_to_the_oldest_without_a_gap() {
    let server = TestServer::start().await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    for _ in 0..7 {
        dara.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
    }
    for (client, base) in [(&dara, "/audit?"), (&dara, "/audit/record?"), (&admin, "/audit/all?action=conn&")]
    {
        let mut seen = Vec::new();
        let mut path = format!("{base}limit=3");
        loop {
            let page = client.get(&path).await.ok();
            seen.extend(page["items"].as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()));
            let Some(cursor) = page["nextCursor"].as_str() else { break };
            path = format!("{base}limit=3&cursor={cursor}");
        }
        let whole = items(client, &format!("{base}limit=100")).await;
        let whole: Vec<u64> = whole.iter().map(|one| one["id"].as_u64().unwrap()).collect();
        assert!(seen.len() >= 7 && seen.is_sorted_by(|one, next| one > next), "{base} {seen:?}");
        assert!(whole.ends_with(&seen), "{base} {seen:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_changed_record_is_named() {
    let server = TestServer::start().await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    for _ in 0..4 {
        dara.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
    }
    let good = admin.get("/audit/verify").await.ok();
    assert_eq!((good["valid"].as_bool(), good["fault"].is_null()), (Some(true), true));
    let context = server.context().clone();
    let original = context
        .store
        .write(|tx| {
            use das_tern::domain::audit::tables::RECORDS;
            let original = RECORDS.require(tx, &3, "internal")?;
            let mut forged = original.clone();
            forged.ip = Some("10.0.0.1".to_owned());
            RECORDS.put(tx, &3, &forged)?;
            Ok(original)
        })
        .await
        .unwrap();
    let bad = admin.get("/audit/verify").await.ok();
    assert_eq!(bad["valid"], false);
    assert!(text(&bad, "fault").contains("record 3 "), "{bad}");
    context
        .store
        .write(move |tx| das_tern::domain::audit::tables::RECORDS.put(tx, &3, &original))
        .await
        .unwrap();
    server.finish().await;
}
