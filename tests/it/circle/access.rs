//! The one access check, level by level.

use das_tern::domain::connections::model::Scope;
use das_tern::domain::users::model::{Role, Status};
use das_tern::platform::clock::Span;
use serde_json::json;

use super::{changed, look, looked, text};
use crate::kit::TestServer;

const SCOPES: [Scope; 4] = [Scope::Prescriptions, Scope::Doses, Scope::Vitals, Scope::Notes];

#[tokio::test]
async fn strangers_learn_nothing_and_the_patient_sees_that_they_tried() {
    let server = TestServer::start().await;
    let (dara, bopha) = (server.patient("dara").await, server.patient("bopha").await);
    let sok = server.doctor("sok").await;
    let pending = server.person("new", Role::Doctor, Status::PendingVerification).await;
    for scope in SCOPES {
        assert_eq!(looked(&server, &dara, &dara, scope).await, "OK OWN");
        assert_eq!(looked(&server, &bopha, &dara, scope).await, "patient_not_found");
        assert_eq!(looked(&server, &sok, &dara, scope).await, "patient_not_found");
        assert_eq!(looked(&server, &pending, &dara, scope).await, "account_not_active");
        assert_eq!(looked(&server, &sok, &sok, scope).await, "role_not_allowed");
        assert_eq!(changed(&server, &sok, &dara, scope).await, "patient_not_found");
    }
    let record = dara.get("/audit/record").await.ok();
    let refused = record["items"].as_array().unwrap().iter().filter(|record| record["outcome"] == "REFUSED");
    let refused: Vec<_> = refused.collect();
    assert_eq!(refused.len(), 4 * 4, "every refused look is on record");
    assert!(refused.iter().any(|record| record["actorName"] == "sok"));
    server.finish().await;
}

#[tokio::test]
async fn a_connection_gives_what_the_patient_says_from_the_next_request_on() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let asked = sok.post("/connections", json!({"targetUserId": dara.id()})).await.expect(201).ok();
    let id = text(&asked, "id");
    assert_eq!(
        looked(&server, &sok, &dara, Scope::Doses).await,
        "patient_not_found",
        "PENDING gives nothing"
    );
    let accepted = dara.post(format!("/connections/{id}/accept"), json!({})).await.ok();
    assert_eq!(accepted["permissionLevel"], "ALLOWED", "the default for a doctor");
    for scope in SCOPES {
        assert_eq!(looked(&server, &sok, &dara, scope).await, "OK CONNECTION");
        assert_eq!(changed(&server, &sok, &dara, scope).await, "OK");
    }
    let set = |body| {
        let call = dara.patch(format!("/connections/{id}/permission"), body);
        async move { call.await.ok() }
    };
    set(json!({"permissionLevel": "SELECTED", "scopes": ["DOSES", "VITALS"]})).await;
    assert_eq!(looked(&server, &sok, &dara, Scope::Doses).await, "OK CONNECTION");
    assert_eq!(looked(&server, &sok, &dara, Scope::Prescriptions).await, "scope_not_shared");
    assert_eq!(changed(&server, &sok, &dara, Scope::Prescriptions).await, "scope_not_shared");
    assert_eq!(looked(&server, &sok, &dara, Scope::Profile).await, "OK CONNECTION");
    set(json!({"permissionLevel": "NOT_ALLOWED"})).await;
    for scope in SCOPES {
        assert_eq!(looked(&server, &sok, &dara, scope).await, "access_not_allowed");
    }
    assert_eq!(looked(&server, &sok, &dara, Scope::Profile).await, "access_not_allowed");
    let end = "2026-11-22T10:00:00+07:00"; // three hours from now
    set(json!({"permissionLevel": "ALLOWED", "expiresAt": end})).await;
    server.clock().advance(Span::hours(3).as_milliseconds().checked_sub(1).map(Span::milliseconds).unwrap());
    assert_eq!(looked(&server, &sok, &dara, Scope::Doses).await, "OK CONNECTION");
    server.clock().advance(Span::milliseconds(1));
    assert_eq!(looked(&server, &sok, &dara, Scope::Doses).await, "access_expired", "at that very moment");
    let kept = set(json!({"permissionLevel": "ALLOWED"})).await;
    assert!(kept["expiresAt"].is_string(), "what is left out stays");
    set(json!({"permissionLevel": "ALLOWED", "expiresAt": null})).await;
    assert_eq!(looked(&server, &sok, &dara, Scope::Doses).await, "OK CONNECTION");
    sok.post(format!("/connections/{id}/revoke"), json!({"reason": "moved away"})).await.ok();
    assert_eq!(
        looked(&server, &sok, &dara, Scope::Doses).await,
        "patient_not_found",
        "the very next request"
    );
    let changes = dara.get("/audit/record").await.ok();
    for action in
        ["connection.request", "connection.accept", "connection.set_permission", "connection.revoke"]
    {
        let found = changes["items"].as_array().unwrap().iter().any(|record| record["action"] == action);
        assert!(found, "{action} is on record");
    }
    server.finish().await;
}

#[tokio::test]
async fn family_reads_doses_and_marks_them_only_when_the_patient_says_so() {
    let server = TestServer::start().await;
    let (dara, srey) = (server.patient("dara").await, server.family("srey").await);
    let id = server.connect(&srey, &dara).await;
    let listed = dara.get("/connections?kind=FAMILY").await.ok();
    assert_eq!(listed["items"][0]["permissionLevel"], "SELECTED");
    assert_eq!(listed["items"][0]["scopes"], json!(["DOSES"]));
    assert_eq!(looked(&server, &srey, &dara, Scope::Doses).await, "OK CONNECTION");
    assert_eq!(looked(&server, &srey, &dara, Scope::Prescriptions).await, "scope_not_shared");
    assert_eq!(changed(&server, &srey, &dara, Scope::Doses).await, "write_not_allowed");
    let body = json!({"permissionLevel": "ALLOWED", "mayRecordDoses": true});
    dara.patch(format!("/connections/{id}/permission"), body).await.ok();
    assert_eq!(changed(&server, &srey, &dara, Scope::Doses).await, "OK");
    for scope in [Scope::Prescriptions, Scope::Vitals, Scope::Notes, Scope::Profile] {
        assert_eq!(looked(&server, &srey, &dara, scope).await, "OK CONNECTION");
        assert_eq!(changed(&server, &srey, &dara, scope).await, "write_not_allowed");
    }
    server.finish().await;
}

#[tokio::test]
async fn chosen_prescriptions_narrow_what_is_seen() {
    let server = TestServer::start().await;
    let (dara, sok, ken) =
        (server.patient("dara").await, server.doctor("sok").await, server.doctor("ken").await);
    server.connect(&ken, &dara).await;
    let id = server.connect(&sok, &dara).await;
    let medicine = crate::prescriptions::medicine(&server, "paracetamol").await;
    let body = json!({
        "patientId": dara.id(), "medicineId": medicine, "dosage": "500 mg", "frequency": "OD", "durationDays": 3,
    });
    let chosen = text(&ken.post("/prescriptions", body.clone()).await.ok(), "id");
    let other = text(&ken.post("/prescriptions", body.clone()).await.ok(), "id");
    let path = format!("/connections/{id}/permission");
    let scopes = json!(["PRESCRIPTIONS", "DOSES", "VITALS"]);
    let strange = json!({
        "permissionLevel": "SELECTED", "scopes": scopes, "prescriptionIds": [chosen, uuid::Uuid::from_u128(1)],
    });
    assert_eq!(dara.patch(&path, strange).await.expect(400).bad_fields(), ["prescriptionIds[1]"]);
    let wish = json!({"permissionLevel": "SELECTED", "scopes": scopes, "prescriptionIds": [chosen]});
    dara.patch(&path, wish).await.ok();
    let list = format!("/prescriptions?patientId={}", dara.id());
    let seen = |client: &crate::kit::Client| {
        let call = client.get(&list);
        async move { call.await.ok()["items"].as_array().unwrap().len() }
    };
    assert_eq!((seen(&ken).await, seen(&sok).await), (2, 1));
    sok.get(format!("/prescriptions/{chosen}")).await.ok();
    sok.get(format!("/prescriptions/{other}")).await.expect(404).code("prescription_not_found");
    let doses = sok.get(format!("/doses/schedule?days=3&patientId={}", dara.id())).await.ok();
    let doses = doses["doses"].as_array().unwrap();
    assert!(!doses.is_empty() && doses.iter().all(|dose| dose["prescriptionId"] == chosen));
    let vitals = look(&server, &sok, &dara, Scope::Vitals).await.unwrap();
    assert!(vitals.covers(other.parse().unwrap()), "a choice of prescriptions says nothing about vitals");
    // What he writes himself he sees.
    sok.post("/prescriptions", body).await.ok();
    assert_eq!(seen(&sok).await, 2);
    server.finish().await;
}

#[tokio::test]
async fn an_emergency_opens_the_record_for_an_hour_and_everybody_is_told() {
    let server = TestServer::start().await;
    let (dara, sok, admin) = (server.patient("dara").await, server.doctor("sok").await, server.admin().await);
    let unverified = server.person("new", Role::Doctor, Status::PendingVerification).await;
    let path = format!("/patients/{}/break-glass", dara.id());
    let reason = json!({"reason": "unconscious after a fall"});
    unverified.post(&path, reason.clone()).await.expect(403).code("account_not_active");
    dara.post(&path, reason.clone()).await.expect(403).code("role_not_allowed");
    let short = sok.post(&path, json!({"reason": "  help  "})).await.expect(400);
    assert_eq!(short.bad_fields(), ["reason"]);
    let nobody = format!("/patients/{}/break-glass", uuid::Uuid::from_u128(5));
    sok.post(nobody, reason.clone()).await.expect(404).code("patient_not_found");
    assert_eq!(looked(&server, &sok, &dara, Scope::Vitals).await, "patient_not_found");

    let opened = sok.post(&path, reason).await.expect(200).ok();
    assert_eq!(opened["expiresAt"], "2026-11-22T01:00:00.000Z");
    for scope in SCOPES {
        assert_eq!(looked(&server, &sok, &dara, scope).await, "OK BREAK_GLASS");
        assert_eq!(changed(&server, &sok, &dara, scope).await, "break_glass_read_only");
    }
    for told in [&dara, &admin] {
        let message = told.get("/notifications").await.ok()["items"][0].clone();
        assert_eq!(message["type"], "RECORD_OPENED");
        assert_eq!(message["urgency"], "CRITICAL");
        assert!(text(&message, "body").contains("unconscious after a fall"));
    }
    let record = dara.get("/audit/record").await.ok();
    let records = record["items"].as_array().unwrap().clone();
    let opening =
        records.iter().find(|record| record["action"] == "record.break_glass" && record["outcome"] == "DONE");
    assert_eq!(opening.unwrap()["basis"], "BREAK_GLASS");
    assert_eq!(opening.unwrap()["why"], "unconscious after a fall");
    assert!(records.iter().any(|record| record["action"] == "test.look" && record["basis"] == "BREAK_GLASS"));
    server.clock().advance(Span::hours(1));
    assert_eq!(looked(&server, &sok, &dara, Scope::Vitals).await, "patient_not_found", "the hour is over");
    server.finish().await;
}
