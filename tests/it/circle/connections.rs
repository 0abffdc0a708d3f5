//! Asking, answering and ending.

use das_tern::domain::users::model::{Role, Status};
use serde_json::json;

use super::{items, text};
use crate::kit::TestServer;

#[tokio::test]
async fn a_pair_has_one_live_connection_and_may_ask_again_after_its_end() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let first = text(&sok.post("/connections", json!({"targetUserId": dara.id()})).await.ok(), "id");
    sok.post("/connections", json!({"targetUserId": dara.id()})).await.expect(409).code("connection_exists");
    dara.post("/connections", json!({"targetUserId": sok.id()})).await.expect(409).code("connection_exists");
    sok.post(format!("/connections/{first}/accept"), json!({}))
        .await
        .expect(403)
        .code("connection_answer_by_other");
    dara.post(format!("/connections/{first}/decline"), json!({})).await.ok();
    dara.post(format!("/connections/{first}/accept"), json!({}))
        .await
        .expect(409)
        .code("connection_not_pending");
    server.clock().advance(das_tern::platform::clock::Span::seconds(1));
    let second = text(&dara.post("/connections", json!({"targetUserId": sok.id()})).await.ok(), "id");
    assert_ne!(first, second);
    let level = json!({"permissionLevel": "ALLOWED"});
    sok.post(format!("/connections/{second}/accept"), level)
        .await
        .expect(403)
        .code("only_patient_sets_permission");
    // Neither a body nor its type is needed.
    let accepted =
        sok.call(reqwest::Method::POST, format!("/connections/{second}/accept")).await.expect(200).ok();
    assert_eq!(accepted["status"], "ACCEPTED");
    assert_eq!(accepted["other"]["fullName"], "dara");
    sok.patch(format!("/connections/{second}/permission"), json!({"permissionLevel": "ALLOWED"}))
        .await
        .expect(403)
        .code("only_patient_sets_permission");
    dara.post(format!("/connections/{second}/revoke"), json!({})).await.ok();
    dara.post(format!("/connections/{second}/revoke"), json!({})).await.expect(409).code("connection_ended");
    dara.patch(format!("/connections/{second}/permission"), json!({"permissionLevel": "ALLOWED"}))
        .await
        .expect(409)
        .code("connection_ended");
    // Once was declined today: the one who asked then asks again tomorrow.
    sok.post("/connections", json!({"targetUserId": dara.id()}))
        .await
        .expect(429)
        .code("connection_asked_today");
    server.clock().advance(das_tern::platform::clock::Span::hours(24));
    let third = text(&sok.post("/connections", json!({"targetUserId": dara.id()})).await.ok(), "id");
    let listed: Vec<String> = items(&sok, "/connections").await.iter().map(|one| text(one, "id")).collect();
    assert_eq!(listed, [third, second, first], "newest first");
    assert_eq!(items(&sok, "/connections?status=PENDING").await.len(), 1);
    assert_eq!(items(&sok, "/connections?kind=FAMILY").await.len(), 0);
    let stranger = server.doctor("other").await;
    assert_eq!(items(&stranger, "/connections").await.len(), 0);
    server.finish().await;
}

#[tokio::test]
async fn only_a_patient_and_a_verified_carer_connect() {
    let server = TestServer::start().await;
    let (dara, bopha) = (server.patient("dara").await, server.patient("bopha").await);
    let (sok, srey, admin) = (server.doctor("sok").await, server.family("srey").await, server.admin().await);
    let unverified = server.person("new", Role::Doctor, Status::PendingVerification).await;
    let ask = |from: &crate::kit::Client, to: &crate::kit::Client| {
        from.post("/connections", json!({"targetUserId": to.id()}))
    };
    assert_eq!(ask(&dara, &dara).await.expect(400).bad_fields(), ["targetUserId"]);
    assert_eq!(ask(&dara, &bopha).await.expect(400).bad_fields(), ["patientId"], "who cares for whom?");
    assert_eq!(ask(&sok, &srey).await.expect(400).bad_fields(), ["targetUserId"]);
    assert_eq!(ask(&admin, &srey).await.expect(400).bad_fields(), ["targetUserId"]);
    ask(&dara, &unverified).await.expect(404).code("user_not_found");
    ask(&unverified, &dara).await.expect(403).code("account_not_active");
    server.stranger().post("/connections", json!({"targetUserId": dara.id()})).await.expect(401);
    let nobody = json!({"targetUserId": uuid::Uuid::from_u128(9)});
    dara.post("/connections", nobody).await.expect(404).code("user_not_found");
    // While a carer only asked, he does not learn the name.
    let asked = ask(&sok, &dara).await.ok();
    assert!(asked["other"]["fullName"].is_null());
    assert_eq!(items(&dara, "/connections").await[0]["other"]["fullName"], "sok");
    // Other people's connections do not exist.
    bopha.post(format!("/connections/{}/accept", text(&asked, "id")), json!({})).await.expect(404);
    server.finish().await;
}

#[tokio::test]
async fn bad_permissions_are_named_field_by_field() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let id = server.connect(&sok, &dara).await;
    let path = format!("/connections/{id}/permission");
    let all = json!({
        "permissionLevel": "SELECTED", "scopes": [], "expiresAt": "2020-01-01T00:00:00Z", "mayRecordDoses": true,
    });
    let refused = dara.patch(&path, all).await.expect(400);
    assert_eq!(refused.bad_fields(), ["expiresAt", "mayRecordDoses", "scopes"]);
    let refused = dara.patch(&path, json!({"permissionLevel": "SELECTED", "scopes": ["PROFILE"]})).await;
    assert_eq!(refused.expect(400).bad_fields(), ["scopes"]);
    let refused = dara.patch(&path, json!({"permissionLevel": "EVERYTHING"})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["permissionLevel"]);
    let alerts = format!("/connections/{id}/alerts");
    let refused = dara.patch(&alerts, json!({"enabled": true, "delayMinutes": 2000})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["delayMinutes"]);
    let set = dara.patch(&alerts, json!({"enabled": true, "delayMinutes": 30})).await.ok();
    assert_eq!(set["alerts"], json!({"enabled": true, "delayMinutes": 30}));
    let set = dara.patch(&alerts, json!({"enabled": false})).await.ok();
    assert_eq!(set["alerts"], json!({"enabled": false, "delayMinutes": 30}));
    sok.patch(&alerts, json!({"enabled": true})).await.expect(403);
    server.finish().await;
}

#[tokio::test]
async fn twenty_requests_at_once_make_one_connection() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let mut running = Vec::new();
    for turn in 0..20 {
        let (from, to) = if turn % 2 == 0 { (&dara, &sok) } else { (&sok, &dara) };
        let call = from.post("/connections", json!({"targetUserId": to.id()}));
        running.push(tokio::spawn(async move { call.await.status }));
    }
    let mut created = 0;
    for one in running {
        match one.await.unwrap() {
            201 => created += 1,
            409 => {}
            other => panic!("unexpected {other}"),
        }
    }
    assert_eq!(created, 1);
    server.finish().await;
}

#[tokio::test]
async fn the_list_of_accepted_connections_is_paged_and_never_stale() {
    let server = TestServer::start().await;
    let sok = server.doctor("sok").await;
    let mut ids = Vec::new();
    for turn in 0..5 {
        let patient = server.patient(&format!("patient{turn}")).await;
        server.clock().advance(das_tern::platform::clock::Span::seconds(1));
        ids.push((server.connect(&sok, &patient).await, patient));
    }
    let mut seen = Vec::new();
    let mut path = "/connections?status=ACCEPTED&limit=2".to_owned();
    loop {
        let page = sok.get(&path).await.ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|one| text(one, "id")));
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/connections?status=ACCEPTED&limit=2&cursor={cursor}"),
            None => break,
        }
    }
    let newest_first: Vec<String> = ids.iter().rev().map(|(id, _)| id.clone()).collect();
    assert_eq!(seen, newest_first);
    let (id, patient) = &ids[2];
    patient.post(format!("/connections/{id}/revoke"), json!({})).await.ok();
    assert_eq!(items(&sok, "/connections?status=ACCEPTED").await.len(), 4);
    server.finish().await;
}
