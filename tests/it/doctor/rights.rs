//! Overviews follow what each patient shares now, and stand in the audit.

use das_tern::domain::connections::model::{AlertSettings, Permission, PermissionLevel};
use das_tern::domain::users::model::{Role, Status};
use das_tern::platform::clock::Span;
use serde_json::json;

use super::{a_day, items, looks, names, november};
use crate::doses::kit::{clinic, daily, prescribe};
use crate::vitals::kit::measure;

const OVERVIEWS: [&str; 3] = ["/doctor/dashboard", "/doctor/patients", "/doctor/worklist"];

#[tokio::test]
async fn what_is_shared_no_more_is_gone_from_every_figure_at_once() {
    let server = clinic().await;
    let (sok, dara, admin) = (server.doctor("sok").await, server.patient("dara").await, server.admin().await);
    let connection = server.connect(&sok, &dara).await;
    let first = prescribe(&server, &dara, daily("m")).await;
    let second = prescribe(&server, &dara, daily("e")).await;
    for date in november(8) {
        a_day(&server, &date, &[]).await;
    }
    measure(&dara, "SPO2 86").await;
    let permission = format!("/connections/{connection}/permission");
    let shared = async |level: serde_json::Value| {
        dara.patch(&permission, level).await.ok();
        let (board, list) = (sok.get("/doctor/dashboard").await.ok(), items(&sok, "/doctor/patients").await);
        let calls = items(&sok, "/doctor/worklist").await;
        (board, list, calls)
    };
    let (board, list, calls) = shared(json!({"permissionLevel": "ALLOWED"})).await;
    assert_eq!((&board["totals"]["red"], &board["totals"]["alertsOpen"]), (&json!(1), &json!(1)));
    assert_eq!(board["adherence"]["n"], 16);
    assert_eq!(
        (&list[0]["adherence"]["taking"]["n"], calls[0]["reasons"].as_array().unwrap().len()),
        (&json!(16), 2)
    );

    // Chosen prescriptions: every figure is over these.
    let chosen =
        json!({"permissionLevel": "SELECTED", "scopes": ["DOSES"], "prescriptionIds": [first.to_string()]});
    let (board, list, calls) = shared(chosen).await;
    assert_eq!((&board["adherence"]["n"], &list[0]["adherence"]["taking"]["n"]), (&json!(8), &json!(8)));
    assert_eq!(
        (&list[0]["alerts"], &board["alerts"], &list[0]["shared"]),
        (&json!(null), &json!([]), &json!(["DOSES"]))
    );
    assert_eq!(calls[0]["reasons"].as_array().unwrap().len(), 1);
    assert_ne!(first, second);

    let (board, list, calls) = shared(json!({"permissionLevel": "SELECTED", "scopes": ["NOTES"]})).await;
    assert_eq!((&board["totals"]["notShared"], &board["adherence"]["percent"]), (&json!(1), &json!(null)));
    assert_eq!((&list[0]["adherence"], &list[0]["alerts"]), (&json!(null), &json!(null)));
    assert!(calls.is_empty());

    // At level REQUEST the patient is known, and is not asked because a list was opened.
    let (board, list, calls) = shared(json!({"permissionLevel": "REQUEST"})).await;
    assert_eq!((&board["totals"]["patients"], &board["totals"]["notShared"]), (&json!(1), &json!(1)));
    assert_eq!((&list[0]["shared"], calls.len()), (&json!([]), 0));
    sok.get(format!("/doctor/patients/{}", dara.id())).await.ok();
    assert!(items(&dara, "/connections/access-requests").await.is_empty());
    // What was asked for and approved is there for a day.
    sok.get(format!("/adherence/monthly?patientId={}", dara.id())).await.expect(403);
    let asked = items(&dara, "/connections/access-requests").await;
    let approve = format!("/connections/access-requests/{}/approve", asked[0]["id"].as_str().unwrap());
    dara.post(approve, json!({})).await.ok();
    assert_eq!(sok.get("/doctor/dashboard").await.ok()["totals"]["red"], 1);
    server.clock().advance(Span::hours(25));
    assert_eq!(sok.get("/doctor/dashboard").await.ok()["totals"]["red"], 0);

    for level in ["NOT_ALLOWED", "ALLOWED"] {
        let (board, list, _) = shared(json!({"permissionLevel": level})).await;
        let there = usize::from(level == "ALLOWED");
        assert_eq!((&board["totals"]["patients"], list.len()), (&json!(there), there), "{level}");
    }
    let end = server.context().now().plus(Span::minutes(5)).to_utc().to_rfc3339();
    shared(json!({"permissionLevel": "ALLOWED", "expiresAt": end})).await;
    server.clock().advance(Span::minutes(6));
    assert_eq!(sok.get("/doctor/dashboard").await.ok()["totals"]["patients"], 0);
    sok.get(format!("/doctor/patients/{}", dara.id())).await.expect(403).code("access_expired");
    shared(json!({"permissionLevel": "ALLOWED", "expiresAt": null})).await;
    dara.post(format!("/connections/{connection}/revoke"), json!({})).await.ok();
    for path in OVERVIEWS {
        assert!(!sok.get(path).await.ok().to_string().contains("dara"), "{path}");
    }
    sok.get(format!("/doctor/patients/{}", dara.id())).await.expect(404).code("patient_not_found");
    admin.post(format!("/users/{}/lock", sok.id()), json!({"reason": "left"})).await.ok();
    for path in OVERVIEWS {
        sok.get(path).await.expect(401);
    }
    server.finish().await;
}

#[tokio::test]
async fn overviews_are_for_verified_doctors_and_their_own_patients() {
    let server = clinic().await;
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    server.connect(&sok, &dara).await;
    let (mother, admin) = (server.family("mom").await, server.admin().await);
    server.connected(&mother, &dara).await;
    for (place, path) in OVERVIEWS.into_iter().enumerate() {
        for other in [&dara, &mother, &admin] {
            other.get(path).await.expect(403).code("role_not_allowed");
        }
        let new = server.person(&format!("new{place}"), Role::Doctor, Status::PendingVerification).await;
        new.get(path).await.expect(403).code("account_not_active");
        server.stranger().get(path).await.expect(401);
    }
    // A doctor who belongs to the family sees as family, elsewhere.
    let uncle = server.doctor("uncle").await;
    let asked = json!({"targetUserId": dara.id(), "kind": "FAMILY"});
    let asked = uncle.post("/connections", asked).await.ok();
    dara.post(format!("/connections/{}/accept", asked["id"].as_str().unwrap()), json!({})).await.ok();
    assert_eq!(uncle.get("/doctor/dashboard").await.ok()["totals"]["patients"], 0);
    assert!(items(&uncle, "/doctor/patients").await.is_empty());
    server.finish().await;
}

#[tokio::test]
async fn a_look_at_an_overview_stands_in_the_audit_once_an_hour() {
    let server = clinic().await;
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    let limited = Permission { level: PermissionLevel::Request, ..Permission::all() };
    server.connected_with(&sok, &dara, limited, AlertSettings::default()).await;
    let bopha = server.patient("bopha").await;
    let connection = server.connect(&sok, &bopha).await;
    for _ in 0..3 {
        sok.get("/doctor/dashboard").await.ok();
        sok.get("/doctor/worklist").await.ok();
    }
    assert_eq!((looks(&dara, "doctor.dashboard").await, looks(&bopha, "doctor.dashboard").await), (1, 1));
    assert_eq!(looks(&bopha, "doctor.worklist").await, 1);
    let look = items(&bopha, "/audit/record").await;
    let look = look.iter().find(|one| one["action"] == "doctor.dashboard").unwrap();
    assert_eq!((&look["actorName"], &look["basis"]), (&json!("sok"), &json!("CONNECTION")));
    assert_eq!(look["scope"], "PROFILE,PRESCRIPTIONS,DOSES,VITALS");
    // More is shared, or less: that is another look.
    let less = json!({"permissionLevel": "SELECTED", "scopes": ["VITALS"]});
    bopha.patch(format!("/connections/{connection}/permission"), less).await.ok();
    for _ in 0..2 {
        sok.get("/doctor/dashboard").await.ok();
    }
    assert_eq!((looks(&dara, "doctor.dashboard").await, looks(&bopha, "doctor.dashboard").await), (1, 2));
    server.clock().advance(Span::minutes(61));
    sok.get("/doctor/dashboard").await.ok();
    assert_eq!((looks(&dara, "doctor.dashboard").await, looks(&bopha, "doctor.dashboard").await), (2, 3));
    // Of a list those are looked at who are shown; a chart is a look each time.
    let page = sok.get("/doctor/patients?sort=NAME&limit=1").await.ok();
    assert_eq!(names(page["items"].as_array().unwrap()), ["bopha"]);
    assert_eq!((looks(&dara, "doctor.patients").await, looks(&bopha, "doctor.patients").await), (0, 1));
    for _ in 0..2 {
        sok.get(format!("/doctor/patients/{}", bopha.id())).await.ok();
    }
    assert_eq!(looks(&bopha, "doctor.chart").await, 2);
    server.finish().await;
}
