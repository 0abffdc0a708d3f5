//! The board: what is counted, who needs attention and why, whom to call.

use das_tern::domain::connections::model::{Permission, PermissionLevel, Scope};
use das_tern::domain::prescriptions::tables::VERSIONS;
use das_tern::platform::store::WriteTx;
use serde_json::{Value, json};

use super::{a_day, items, names, november, reasons, take_first};
use crate::doses::kit::{clinic, daily, prescribe};
use crate::kit::{Client, TestServer};
use crate::prescriptions::medicine;
use crate::vitals::kit::{acknowledge, measure, resolve};

/// Adherence of the last 30 days, as the patient's own page counts it.
async fn own_figure(patient: &Client) -> Value {
    patient.get("/adherence/monthly").await.ok()["taking"].clone()
}

#[tokio::test]
async fn the_board_counts_what_is_shared_and_says_who_needs_attention() {
    let server = clinic().await;
    let (sok, chea) = (server.doctor("sok").await, server.doctor("chea").await);
    let (dara, bopha, vanna) =
        (server.patient("dara").await, server.patient("bopha").await, server.patient("vanna").await);
    let (rith, other) = (server.patient("rith").await, server.patient("other").await);
    for patient in [&dara, &bopha, &rith] {
        server.connect(&sok, patient).await;
    }
    let vitals =
        Permission { level: PermissionLevel::Selected, scopes: vec![Scope::Vitals], ..Permission::all() };
    server.connected_with(&sok, &vanna, vitals, Default::default()).await;
    server.connect(&chea, &other).await;
    for patient in [&dara, &bopha, &vanna, &other] {
        prescribe(&server, patient, daily("me")).await;
    }
    for (day, date) in november(9).iter().enumerate() {
        // Dara takes the first doses, bopha all of them.
        if day < 2 {
            take_first(&dara, date).await;
        }
        a_day(&server, date, &[&bopha]).await;
    }
    let alert = measure(&bopha, "BLOOD_PRESSURE 185/100").await;
    measure(&vanna, "SPO2 86").await;
    dara.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
    let asks = other.post("/connections", json!({"targetUserId": sok.id()})).await.ok();

    let board = sok.get("/doctor/dashboard").await.ok();
    let totals = json!({
        "patients": 4, "green": 1, "yellow": 0, "red": 1, "nothingCounted": 1, "notShared": 1, "needingAttention": 3,
        "alertsOpen": 2, "alertsCritical": 1, "alertsAcknowledged": 0, "connectionRequests": 1, "revisions": 0,
        "unconfirmed": 0,
    });
    assert_eq!(board["totals"], totals);
    // Vanna shares no doses: they are in no figure.
    let (of_dara, of_bopha) = (own_figure(&dara).await, own_figure(&bopha).await);
    let both = |member: &str| of_dara[member].as_u64().unwrap() + of_bopha[member].as_u64().unwrap();
    assert_eq!(board["adherence"]["n"].as_u64().unwrap(), both("n"));
    assert_eq!(board["adherence"]["part"].as_u64().unwrap(), both("part"));
    assert_eq!((&board["from"], &board["to"]), (&json!("2026-11-02"), &json!("2026-12-01")));
    let attention = board["attention"].as_array().unwrap();
    assert_eq!(names(attention), ["vanna", "bopha", "dara"]);
    assert_eq!(reasons(&attention[0]), [("ALERT_UNANSWERED", "CRITICAL")]);
    assert_eq!(reasons(&attention[1]), [("ALERT_UNANSWERED", "HIGH")]);
    assert_eq!(reasons(&attention[2]), [("LOW_ADHERENCE", "HIGH")]);
    assert_eq!(attention[2]["adherence"]["taking"], of_dara);
    let alerts = board["alerts"].as_array().unwrap();
    assert_eq!(alerts.iter().map(|one| &one["patientName"]).collect::<Vec<_>>(), ["vanna", "bopha"]);
    assert_eq!(board["connectionRequests"][0]["id"], asks["id"]);
    // Nobody sees the patients of another doctor.
    let of_chea = chea.get("/doctor/dashboard").await.ok();
    assert_eq!(of_chea["totals"]["patients"], 1);
    assert_eq!(names(of_chea["attention"].as_array().unwrap()), ["other"]);

    // Who is called today is the same, with words to say.
    let calls = items(&sok, "/doctor/worklist").await;
    assert_eq!(names(&calls), ["vanna", "bopha", "dara"]);
    let low = &calls[2]["reasons"][0];
    assert_eq!(low["text"]["english"], "Used 0 of 14 doses in the last 7 days (0 %).");
    assert!(low["text"]["khmer"].as_str().unwrap().contains("14"), "{low}");
    let words = calls[0]["reasons"][0]["text"]["english"].as_str().unwrap();
    assert_eq!(words, "A health alert about oxygen saturation has not been answered (critical).");
    // Taken over it is still there; resolved it is over.
    let alert = alert["alertId"].as_str().unwrap();
    acknowledge(&sok, alert).await.ok();
    let calls = items(&sok, "/doctor/worklist").await;
    assert_eq!(reasons(&calls[1]), [("BAD_VITALS", "HIGH")]);
    assert_eq!(sok.get("/doctor/dashboard").await.ok()["totals"]["alertsAcknowledged"], 1);
    resolve(&sok, alert).await.ok();
    assert_eq!(names(&items(&sok, "/doctor/worklist").await), ["vanna", "dara"]);
    server.finish().await;
}

#[tokio::test]
async fn adherence_that_falls_is_a_reason_and_a_few_doses_are_none() {
    let server = clinic().await;
    let sok = server.doctor("sok").await;
    let (falls, young) = (server.patient("falls").await, server.patient("young").await);
    server.connect(&sok, &falls).await;
    server.connect(&sok, &young).await;
    prescribe(&server, &falls, daily("me")).await;
    let days: Vec<String> = (22..=30)
        .map(|day| format!("2026-11-{day}"))
        .chain((1..=6).map(|day| format!("2026-12-0{day}")))
        .collect();
    for (day, date) in days.iter().enumerate() {
        if day == 12 {
            prescribe(&server, &young, daily("me")).await;
        }
        // All of the first eight days, then the morning doses alone.
        if day < 8 {
            a_day(&server, date, &[&falls]).await;
        } else {
            take_first(&falls, date).await;
            a_day(&server, date, &[]).await;
        }
    }
    let calls = items(&sok, "/doctor/worklist").await;
    assert_eq!(names(&calls), ["falls"], "six missed doses decide nothing");
    assert_eq!(reasons(&calls[0]), [("FALLING_ADHERENCE", "MEDIUM")]);
    let reason = &calls[0]["reasons"][0];
    assert_eq!((&reason["percent"], &reason["percentBefore"]), (&json!(50.0), &json!(100.0)));
    server.finish().await;
}

/// One tablet in the morning and in the evening.
fn line(medicine: &str, quantity: u32, days: u32) -> Value {
    json!({
        "medicineId": medicine, "doseAmount": 1, "doseUnit": "TABLET", "slots": {"morning": 1, "evening": 1},
        "quantity": quantity, "durationDays": days,
    })
}

#[tokio::test]
async fn a_medicine_that_runs_out_and_a_visit_that_has_passed_are_reasons_until_they_are_seen_to() {
    let server = clinic().await;
    let (sok, chea) = (server.doctor("sok").await, server.doctor("chea").await);
    let (dara, late) = (server.patient("dara").await, server.patient("late").await);
    for patient in [&dara, &late] {
        server.connect(&sok, patient).await;
        server.connect(&chea, patient).await;
    }
    let medicine = medicine(&server, "metformin").await;
    let body = json!({"patientId": dara.id(), "medications": [line(&medicine, 10, 30)]});
    let written = sok.post("/prescriptions", body).await.ok();
    let body = json!({
        "patientId": late.id(), "medications": [line(&medicine, 4, 2)], "followUpDate": "2026-11-25",
    });
    sok.post("/prescriptions", body.clone()).await.ok();
    for date in november(4) {
        a_day(&server, &date, &[&dara, &late]).await;
    }
    let calls = items(&sok, "/doctor/worklist").await;
    assert_eq!(names(&calls).len(), 2);
    let of = |name: &str| calls.iter().find(|one| one["fullName"] == name).unwrap().clone();
    let ends = &of("dara")["reasons"][0];
    assert_eq!((&ends["kind"], &ends["date"]), (&json!("SUPPLY_ENDS"), &json!("2026-11-27")));
    assert_eq!(ends["medicationId"], written["medications"][0]["id"]);
    assert!(
        ends["text"]["english"].as_str().unwrap().ends_with("it covers the doses before 27/11/2026."),
        "{ends}"
    );
    let overdue = &of("late")["reasons"][0];
    assert_eq!((&overdue["kind"], &overdue["date"]), (&json!("VISIT_OVERDUE"), &json!("2026-11-25")));
    assert!(overdue["text"]["english"].as_str().unwrap().contains("(1 day ago)"), "{overdue}");
    // Whose visit it was waits for it; the medicine runs out for everybody.
    assert_eq!(names(&items(&chea, "/doctor/worklist").await), ["dara"]);

    let id = written["id"].as_str().unwrap();
    let refilled = json!({"medications": [line(&medicine, 60, 30)], "reason": "refilled"});
    sok.patch(format!("/prescriptions/{id}"), refilled).await.ok();
    let body = json!({"patientId": late.id(), "medications": [line(&medicine, 4, 2)]});
    sok.post("/prescriptions", body).await.ok();
    assert_eq!(names(&items(&sok, "/doctor/worklist").await), [""; 0]);
    server.finish().await;
}

#[tokio::test]
async fn what_patients_ask_for_waits_on_the_board() {
    let server = TestServer::start().await;
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    let connection = server.connect(&sok, &dara).await;
    let medicine = medicine(&server, "metformin").await;
    let body = json!({
        "patientId": dara.id(), "medications": [line(&medicine, 20, 10)], "requiresConfirmation": true,
    });
    let written = sok.post("/prescriptions", body).await.ok();
    let board = sok.get("/doctor/dashboard").await.ok();
    assert_eq!((&board["totals"]["unconfirmed"], &board["totals"]["revisions"]), (&json!(1), &json!(0)));
    let id = written["id"].as_str().unwrap();
    dara.post(format!("/prescriptions/{id}/retake"), json!({"reason": "It makes me dizzy"})).await.ok();
    let board = sok.get("/doctor/dashboard").await.ok();
    assert_eq!((&board["totals"]["unconfirmed"], &board["totals"]["revisions"]), (&json!(0), &json!(1)));
    let asked = &board["revisions"][0];
    assert_eq!((&asked["prescriptionId"], &asked["reason"]), (&json!(id), &json!("It makes me dizzy")));
    // What is shared no more does not wait any longer.
    let level = json!({"permissionLevel": "SELECTED", "scopes": ["VITALS"]});
    dara.patch(format!("/connections/{connection}/permission"), level).await.ok();
    let board = sok.get("/doctor/dashboard").await.ok();
    assert_eq!((&board["totals"]["revisions"], &board["revisions"]), (&json!(0), &json!([])));
    server.finish().await;
}

#[tokio::test]
async fn a_version_that_a_salvaged_file_has_no_more_keeps_nobody_from_the_board() {
    let mut server = clinic().await;
    let (sok, dara, bopha) =
        (server.doctor("sok").await, server.patient("dara").await, server.patient("bopha").await);
    let mut written = Vec::new();
    for patient in [&dara, &bopha] {
        server.connect(&sok, patient).await;
        let mut body =
            json!({"medicineId": medicine(&server, "kept").await, "dosage": "1 cp", "frequency": "BID"});
        body["patientId"] = json!(patient.id());
        written.push(sok.post("/prescriptions", body).await.ok());
    }
    let path = format!("/prescriptions/{}", written[0]["id"].as_str().unwrap());
    sok.patch(&path, json!({"diagnosis": "Fever"})).await.ok();
    let (patient, id) = (dara.id(), written[0]["id"].as_str().unwrap().parse().unwrap());
    let lose = move |tx: &mut WriteTx<'_>| VERSIONS.delete(tx, &(patient, id, 1)).map(drop);
    server.context().store.write(lose).await.unwrap();
    sok.get(format!("{path}/versions/1")).await.expect(503).code("data_damaged");
    sok.get(format!("{path}/versions/9")).await.expect(404).code("version_not_found");
    sok.get("/doctor/worklist").await.ok();
    let board = sok.get("/doctor/dashboard").await.ok();
    assert_eq!(board["totals"]["patients"], 2);
    // What is gone is a fault of the store, and named by whoever looks for faults.
    server.take_app().stop().await.unwrap();
}
