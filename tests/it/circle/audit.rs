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

/// Every action that passes the gate has its words.
#[test]
fn every_action_has_its_words() {
    fn walk(folder: &std::path::Path, missing: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, missing);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for door in ["gate::read(", "gate::write("] {
                for (at, _) in source.match_indices(door) {
                    let call = &source[at..];
                    let (Some(open), Some(body)) = (call.find('"'), call.find('|')) else { continue };
                    // An action that is handed in stands where it is handed in.
                    if open > body {
                        continue;
                    }
                    let action = call[open + 1..].split('"').next().unwrap();
                    if !action.contains('.') {
                        continue;
                    }
                    if !das_tern::platform::i18n::catalogue().contains_key(&format!("audit.{action}")) {
                        missing.push(format!("{action} in {}", path.display()));
                    }
                }
            }
        }
    }
    let mut missing = Vec::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for floor in ["flows", "views"] {
        walk(&root.join(floor), &mut missing);
    }
    missing.sort();
    missing.dedup();
    assert!(missing.is_empty(), "actions without words in assets/messages/audit.toml: {missing:#?}");
}
