//! What a patient writes himself.

use das_tern::domain::doses::model::DoseStatus;
use serde_json::json;

use super::{Clinic, id};
use crate::kit::TestServer;

#[tokio::test]
async fn a_patient_writes_his_own_within_his_plan() {
    let clinic = Clinic::open().await;
    let tea =
        json!({"medicineName": "Moringa tea", "dosage": "5 ml", "frequency": "ព្រឹក ល្ងាច", "durationDays": 5});
    clinic.sok.post("/prescriptions/patient", tea.clone()).await.expect(403).code("role_not_allowed");
    let own = clinic.dara.post("/prescriptions/patient", tea.clone()).await.expect(200).ok();
    assert_eq!(own["status"], "ACTIVE");
    assert!(own.get("doctorId").is_none());
    assert_eq!(clinic.count(DoseStatus::Due), 10);
    clinic.dara.post("/prescriptions/patient", tea.clone()).await.expect(402).code("plan_limit_reached");
    let path = format!("/prescriptions/{}", id(&own));
    for name in ["Vitamin C", "Zinc"] {
        let line = json!({"medicineName": name, "dosage": "1 cp", "frequency": "OD"});
        clinic.dara.post(format!("{path}/medicines"), line).await.expect(200);
    }
    let fourth = json!({"medicineName": "Iron", "dosage": "1 cp", "frequency": "OD"});
    clinic.dara.post(format!("{path}/medicines"), fourth).await.expect(402).code("plan_limit_reached");
    // What a doctor prescribes never counts, and he does not change what the patient wrote.
    clinic.prescribe(json!({})).await;
    clinic.sok.patch(&path, json!({"diagnosis": "x"})).await.expect(403).code("not_author");
    clinic.dara.post(format!("{path}/stop"), json!({"reason": "Enough"})).await.ok();
    clinic.dara.post("/prescriptions/patient", tea).await.expect(200);
    clinic.server.finish().await;
}

#[tokio::test]
async fn plan_limits_are_configurable() {
    let server =
        TestServer::start_with(|settings| settings.plans.freemium.includes.own_prescriptions = Some(2)).await;
    let dara = server.patient("dara").await;
    let tea = json!({"medicineName": "Tea", "dosage": "5 ml", "frequency": "OD"});
    dara.post("/prescriptions/patient", tea.clone()).await.expect(200);
    dara.post("/prescriptions/patient", tea.clone()).await.expect(200);
    dara.post("/prescriptions/patient", tea).await.expect(402);
    server.finish().await;
}
