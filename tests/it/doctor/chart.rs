//! A patient's chart.

use das_tern::domain::connections::model::Scope;
use serde_json::json;

use super::{a_day, november, reasons, take_first};
use crate::doses::kit::{clinic, daily, prescribe};
use crate::prescriptions::medicine;
use crate::vitals::kit::{acknowledge, chosen, measure, only_alert, resolve};

#[tokio::test]
async fn a_chart_holds_everything_that_is_shared() {
    let server = clinic().await;
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    server.connect(&sok, &dara).await;
    let body = json!({
        "patientId": dara.id(), "medicineId": medicine(&server, "metformin").await, "dosage": "1 tablet",
        "frequency": "1-0-1", "durationDays": 20,
    });
    let written = sok.post("/prescriptions", body).await.ok();
    prescribe(&server, &dara, daily("n")).await;
    for date in november(4) {
        take_first(&dara, &date).await;
        a_day(&server, &date, &[]).await;
    }
    dara.post(format!("/patients/{}/allergies", dara.id()), json!({"substance": "latex"})).await.ok();
    let note = json!({"patientId": dara.id(), "text": "Worries about money"});
    let note = sok.post("/doctor/notes", note).await.expect(201).json;
    measure(&dara, "SPO2 86").await;
    let alert = only_alert(&sok, "OPEN").await;

    let path = format!("/doctor/patients/{}", dara.id());
    let chart = sok.get(&path).await.ok();
    assert_eq!(
        (&chart["fullName"], &chart["basis"], &chart["notShared"]),
        (&json!("dara"), &json!("CONNECTION"), &json!([]))
    );
    assert_eq!(chart["consent"]["permissionLevel"], "ALLOWED");
    let medicines = chart["medicines"].as_array().unwrap();
    assert_eq!(medicines.len(), 2);
    let of = |prescription: &serde_json::Value| {
        medicines.iter().find(|one| one["prescriptionId"] == *prescription).unwrap()
    };
    // The morning doses were taken, the evening ones missed.
    let id = written["id"].as_str().unwrap();
    let adherence = sok.get(format!("/adherence/prescriptions/{id}?days=30")).await.ok();
    assert_eq!(of(&written["id"])["adherence"], adherence["taking"]);
    assert_eq!(of(&written["id"])["adherence"]["percent"], 50.0);
    assert_eq!(of(&written["id"])["medication"]["id"], written["medications"][0]["id"]);
    let monthly = sok.get(format!("/adherence/monthly?patientId={}", dara.id())).await.ok();
    assert_eq!(chart["adherence"], monthly);
    assert_eq!(chart["clinicalRecord"]["allergies"][0]["substance"], "latex");
    assert_eq!(chart["vitals"][0]["value"], 86.0);
    assert_eq!(chart["alerts"][0]["id"], json!(alert));
    assert_eq!(chart["notes"][0]["id"], note["id"]);
    assert_eq!(reasons(&chart)[0], ("ALERT_UNANSWERED", "CRITICAL"));
    let kinds = |chart: &serde_json::Value| -> Vec<String> {
        let events = chart["timeline"].as_array().unwrap().iter();
        events.map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
    };
    let mut found = kinds(&chart);
    found.sort();
    assert_eq!(found, ["ALERT_OPENED", "NOTE_WRITTEN", "PRESCRIPTION_BEGAN", "PRESCRIPTION_BEGAN"]);
    acknowledge(&sok, &alert).await.ok();
    server.clock().advance(das_tern::platform::clock::Span::minutes(1));
    resolve(&sok, &alert).await.ok();
    sok.post(format!("/prescriptions/{id}/stop"), json!({"reason": "changed"})).await.ok();
    let chart = sok.get(&path).await.ok();
    assert_eq!((&chart["alerts"], chart["medicines"].as_array().unwrap().len()), (&json!([]), 1));
    let mut newest = kinds(&chart)[..2].to_vec();
    newest.sort();
    assert_eq!(newest, ["ALERT_RESOLVED", "PRESCRIPTION_ENDED"]);
    server.finish().await;
}

#[tokio::test]
async fn a_chart_leaves_out_what_is_not_shared_and_opens_in_an_emergency() {
    let server = clinic().await;
    let (sok, chea, dara) =
        (server.doctor("sok").await, server.doctor("chea").await, server.patient("dara").await);
    server.connected_with(&sok, &dara, chosen(&[Scope::Vitals]), Default::default()).await;
    prescribe(&server, &dara, daily("m")).await;
    measure(&dara, "SPO2 86").await;
    let path = format!("/doctor/patients/{}", dara.id());
    let chart = sok.get(&path).await.ok();
    assert_eq!(chart["notShared"], json!(["PRESCRIPTIONS", "DOSES", "NOTES"]));
    for part in ["medicines", "clinicalRecord", "adherence", "notes"] {
        assert_eq!(chart[part], json!(null), "{part}");
    }
    assert_eq!(
        (chart["vitals"].as_array().unwrap().len(), chart["alerts"].as_array().unwrap().len()),
        (1, 1)
    );
    let kinds = chart["timeline"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap());
    assert_eq!(kinds.collect::<Vec<_>>(), ["ALERT_OPENED"]);
    let record = dara.get("/audit/record").await.ok();
    assert_eq!(
        (&record["items"][0]["action"], &record["items"][0]["scope"]),
        (&json!("doctor.chart"), &json!("PROFILE,VITALS"))
    );

    chea.get(&path).await.expect(404).code("patient_not_found");
    let glass = json!({"reason": "unconscious in the emergency room"});
    chea.post(format!("/patients/{}/break-glass", dara.id()), glass).await.ok();
    let chart = chea.get(&path).await.ok();
    assert_eq!(
        (&chart["basis"], &chart["consent"], &chart["notShared"]),
        (&json!("BREAK_GLASS"), &json!(null), &json!([]))
    );
    assert_eq!(chart["medicines"].as_array().unwrap().len(), 1);
    assert_eq!(chea.get("/doctor/dashboard").await.ok()["totals"]["patients"], 0);
    server.clock().advance(das_tern::platform::clock::Span::minutes(61));
    chea.get(&path).await.expect(404).code("patient_not_found");
    dara.get(&path).await.expect(403).code("role_not_allowed");
    server.finish().await;
}
