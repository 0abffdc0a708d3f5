//! Level REQUEST, and nudges.

use das_tern::domain::connections::model::Scope;
use das_tern::platform::clock::Span;
use serde_json::json;

use super::{changed, items, looked, text};
use crate::kit::TestServer;

#[tokio::test]
async fn at_request_the_first_refused_look_asks_the_patient_once() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let id = server.connect(&sok, &dara).await;
    let path = format!("/connections/{id}/permission");
    dara.patch(&path, json!({"permissionLevel": "REQUEST"})).await.ok();
    assert_eq!(changed(&server, &sok, &dara, Scope::Doses).await, "write_not_allowed");
    assert!(items(&dara, "/connections/access-requests").await.is_empty(), "only a look asks");
    for _ in 0..3 {
        assert_eq!(looked(&server, &sok, &dara, Scope::Doses).await, "access_request_pending");
    }
    let (one, two) = tokio::join!(
        looked(&server, &sok, &dara, Scope::Vitals),
        looked(&server, &sok, &dara, Scope::Vitals)
    );
    assert_eq!((one.as_str(), two.as_str()), ("access_request_pending", "access_request_pending"));
    let asked = items(&dara, "/connections/access-requests?status=PENDING").await;
    assert_eq!(asked.len(), 2, "one for each part of the record");
    let messages = items(&dara, "/notifications").await;
    let messages: Vec<_> =
        messages.iter().filter(|message| message["resourceType"] == "access_request").collect();
    assert_eq!(messages.len(), 2, "told once for each");
    assert!(messages.iter().any(|message| text(message, "body").contains("doses and adherence")));
    assert!(messages.iter().any(|message| text(&message["khmer"], "body").contains("សញ្ញាជីវិត")));
    let doses = asked.iter().find(|request| request["scope"] == "DOSES").unwrap();
    let vitals = asked.iter().find(|request| request["scope"] == "VITALS").unwrap();
    let (doses, vitals) = (text(doses, "id"), text(vitals, "id"));
    let other = server.patient("bopha").await;
    other
        .post(format!("/connections/access-requests/{doses}/approve"), json!({}))
        .await
        .expect(404)
        .code("access_request_not_found");
    sok.post(format!("/connections/access-requests/{doses}/approve"), json!({})).await.expect(403);
    let approved = dara.post(format!("/connections/access-requests/{doses}/approve"), json!({})).await.ok();
    assert_eq!(approved["status"], "APPROVED");
    assert_eq!(approved["expiresAt"], "2026-11-23T00:00:00.000Z");
    dara.post(format!("/connections/access-requests/{vitals}/deny"), json!({})).await.ok();
    dara.post(format!("/connections/access-requests/{vitals}/approve"), json!({}))
        .await
        .expect(409)
        .code("access_request_answered");
    assert_eq!(looked(&server, &sok, &dara, Scope::Doses).await, "OK ACCESS_REQUEST");
    assert_eq!(changed(&server, &sok, &dara, Scope::Doses).await, "write_not_allowed");
    assert_eq!(looked(&server, &sok, &dara, Scope::Vitals).await, "access_request_denied");
    assert_eq!(looked(&server, &sok, &dara, Scope::Notes).await, "access_request_pending");
    server.clock().advance(Span::hours(24));
    assert_eq!(
        looked(&server, &sok, &dara, Scope::Doses).await,
        "access_request_pending",
        "24 hours are over"
    );
    assert_eq!(looked(&server, &sok, &dara, Scope::Vitals).await, "access_request_pending", "may ask again");
    assert_eq!(items(&dara, "/connections/access-requests?status=PENDING").await.len(), 3);
    server.finish().await;
}

#[tokio::test]
async fn an_approval_does_not_outlive_the_level() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let id = server.connect(&sok, &dara).await;
    let path = format!("/connections/{id}/permission");
    dara.patch(&path, json!({"permissionLevel": "REQUEST"})).await.ok();
    assert_eq!(looked(&server, &sok, &dara, Scope::Doses).await, "access_request_pending");
    let request = text(&items(&dara, "/connections/access-requests").await[0], "id");
    dara.post(format!("/connections/access-requests/{request}/approve"), json!({})).await.ok();
    dara.patch(&path, json!({"permissionLevel": "NOT_ALLOWED"})).await.ok();
    dara.patch(&path, json!({"permissionLevel": "REQUEST"})).await.ok();
    assert_eq!(looked(&server, &sok, &dara, Scope::Doses).await, "access_request_pending");
    assert_eq!(items(&dara, "/connections/access-requests?status=WITHDRAWN").await.len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_caregiver_nudges_twice_for_a_dose_however_many_try_at_once() {
    let server = TestServer::start().await;
    let (dara, sok, srey) =
        (server.patient("dara").await, server.doctor("sok").await, server.family("srey").await);
    server.connect(&sok, &dara).await;
    server.connect(&srey, &dara).await;
    let medicine = crate::prescriptions::medicine(&server, "paracetamol").await;
    let body = json!({
        "patientId": dara.id(), "medicineId": medicine, "dosage": "500 mg", "frequency": "BID", "durationDays": 2,
    });
    sok.post("/prescriptions", body).await.ok();
    let schedule = dara.get("/doses/schedule").await.ok();
    let (first, second) = (text(&schedule["doses"][0], "id"), text(&schedule["doses"][1], "id"));
    let nudge = |carer: &crate::kit::Client, dose: &str| {
        carer.post("/connections/nudge", json!({"patientId": dara.id(), "doseId": dose}))
    };
    let mut running = Vec::new();
    for _ in 0..20 {
        let call = nudge(&srey, &first);
        running.push(tokio::spawn(async move { call.await.status }));
    }
    let mut sent = 0;
    for one in running {
        match one.await.unwrap() {
            201 => sent += 1,
            409 => {}
            other => panic!("unexpected {other}"),
        }
    }
    assert_eq!(sent, 2);
    // Another caregiver and another dose have their own count.
    let answer = nudge(&sok, &first).await.expect(201).ok();
    nudge(&srey, &second).await.expect(201);
    nudge(&dara, &first).await.expect(403).code("role_not_allowed");
    nudge(&srey, &uuid::Uuid::from_u128(3).to_string()).await.expect(404).code("dose_not_found");
    let reply = json!({"nudgeId": answer["id"], "response": "WILL_TAKE"});
    sok.post("/connections/nudge/respond", reply.clone()).await.expect(403);
    dara.post("/connections/nudge/respond", reply.clone()).await.ok();
    dara.post("/connections/nudge/respond", reply).await.expect(409).code("nudge_answered");
    let told = items(&sok, "/notifications").await;
    let answered =
        |message: &serde_json::Value| text(&message["english"], "body").ends_with("I will take it soon.");
    assert!(told.iter().any(answered), "{told:?}");
    dara.post(format!("/doses/{first}/mark-taken"), json!({})).await.ok();
    nudge(&sok, &first).await.expect(409).code("dose_not_due");
    server.finish().await;
}
