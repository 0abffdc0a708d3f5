//! Rights follow from the role, status and connection of this moment, for whoever asks and whoever is told.

use das_tern::domain::notifications::model::{Delivery, NotificationType};
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{items, text};
use crate::kit::{Client, TestServer};
use crate::prescriptions::medicine;

/// What somebody was sent of a type, oldest first, with its state.
fn told(server: &TestServer, to: &Client, kind: NotificationType) -> Vec<Delivery> {
    let to = to.id();
    let rows = server.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &to)).unwrap();
    rows.into_iter().filter(|(_, row)| row.kind == kind).map(|(_, row)| row.delivery).collect()
}

async fn share_all(owner: &Client, connection: &str) {
    let all = json!({"permissionLevel": "ALLOWED"});
    owner.patch(format!("/connections/{connection}/permission"), all).await.ok();
}

async fn fever(patient: &Client) -> Value {
    let hot = json!({"vitalType": "TEMPERATURE", "value": 40.9, "unit": "Cel"});
    patient.post("/health-monitoring/vitals", hot).await.ok()
}

#[tokio::test]
async fn another_role_ends_the_care_of_the_one_before() {
    let server = TestServer::start().await;
    let (dara, sok, admin) = (server.patient("dara").await, server.doctor("sok").await, server.admin().await);
    let connection = server.connect(&sok, &dara).await;
    admin.patch(format!("/users/{}", sok.id()), json!({"role": "FAMILY_MEMBER"})).await.ok();
    let ended = &items(&dara, "/connections").await[0];
    assert_eq!((text(ended, "id"), text(ended, "status")), (connection, "REVOKED".to_owned()));
    assert!(ended["endedBy"].is_null(), "neither of the two ended it");
    assert_eq!(told(&server, &dara, NotificationType::ConnectionRevoked).len(), 1);
    // The patient may let them in again, as what they are now.
    let sok = server.known("sok").await;
    let asked = sok.post("/connections", json!({"targetUserId": dara.id()})).await.ok();
    assert_eq!(asked["kind"], "FAMILY");
    server.finish().await;
}

#[tokio::test]
async fn whoever_may_not_see_a_record_is_told_nothing_of_it() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let (sok, ken, srey, mom) = (
        server.doctor("sok").await,
        server.doctor("ken").await,
        server.family("srey").await,
        server.family("mom").await,
    );
    let admin = server.admin().await;
    for carer in [&sok, &ken, &srey, &mom] {
        share_all(&dara, &server.connect(carer, &dara).await).await;
    }
    admin.post(format!("/users/{}/reject", sok.id()), json!({"reason": "not in the register"})).await.ok();
    admin.post(format!("/users/{}/lock", srey.id()), json!({"reason": "telephone stolen"})).await.ok();
    fever(&dara).await;
    dara.post("/health-monitoring/emergency", json!({"message": "help"})).await.ok();
    for (carer, anomalies, emergencies) in [(&sok, 0, 0), (&srey, 0, 0), (&ken, 1, 1), (&mom, 1, 1)] {
        assert_eq!(told(&server, carer, NotificationType::VitalAnomaly).len(), anomalies, "{}", carer.name());
        assert_eq!(
            told(&server, carer, NotificationType::EmergencyAlert).len(),
            emergencies,
            "{}",
            carer.name()
        );
    }
    // An account that is open again hears again: its connection rested.
    admin.post(format!("/users/{}/unlock", srey.id()), json!({})).await.ok();
    server.clock().advance(Span::hours(2));
    dara.post("/health-monitoring/emergency", json!({"message": "again"})).await.ok();
    assert_eq!(told(&server, &srey, NotificationType::EmergencyAlert).len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_message_that_waits_is_not_sent_to_whoever_lost_the_right() {
    let server = TestServer::start().await;
    let (dara, ken, mom) =
        (server.patient("dara").await, server.doctor("ken").await, server.family("mom").await);
    let of_ken = server.connect(&ken, &dara).await;
    share_all(&dara, &server.connect(&mom, &dara).await).await;
    fever(&dara).await;
    // Nothing was carried anywhere yet.
    dara.post(format!("/connections/{of_ken}/revoke"), json!({})).await.ok();
    server.run_jobs().await;
    assert_eq!(told(&server, &ken, NotificationType::VitalAnomaly), [Delivery::Withdrawn]);
    assert_ne!(told(&server, &mom, NotificationType::VitalAnomaly), [Delivery::Withdrawn]);
    // What he finds in the application says that it came, and nothing of what it said.
    let kept = items(&ken, "/notifications").await;
    let anomaly = kept.iter().find(|message| message["type"] == "VITAL_ANOMALY").unwrap();
    let shown = anomaly.to_string();
    assert!(shown.contains("No longer shared with you") && !shown.contains("40.9"), "{shown}");
    assert!(!shown.contains(&dara.id().to_string()), "{shown}");
    server.finish().await;
}

#[tokio::test]
async fn a_doctor_of_the_family_sees_as_family() {
    let server = TestServer::start().await;
    let (dara, bopha, sok) =
        (server.patient("dara").await, server.patient("bopha").await, server.doctor("sok").await);
    let wish = json!({"targetUserId": dara.id(), "kind": "FAMILY"});
    let family = sok.post("/connections", wish.clone()).await.ok();
    dara.post(format!("/connections/{}/accept", text(&family, "id")), json!({})).await.ok();
    assert_eq!(family["kind"], "FAMILY");
    let paracetamol = medicine(&server, "paracetamol").await;
    let line = json!({"medicineId": paracetamol, "dosage": "1 cp", "frequency": "OD"});
    let body = json!({"patientId": dara.id(), "medications": [line]});
    sok.post("/prescriptions", body.clone()).await.expect(403).code("scope_not_shared");
    sok.get(format!("/doses/schedule?patientId={}", dara.id())).await.expect(200);
    // He may treat her as well: that is another connection, which gives what a doctor's gives.
    sok.post("/connections", wish).await.expect(409).code("connection_exists");
    server.connect(&sok, &dara).await;
    sok.post("/prescriptions", body).await.ok();
    // A patient cares for another, and says for whom.
    let wish = json!({"targetUserId": dara.id(), "patientId": dara.id()});
    let asked = bopha.post("/connections", wish).await.ok();
    assert_eq!((&asked["kind"], &asked["patientId"]), (&json!("FAMILY"), &json!(dara.id())));
    dara.post(format!("/connections/{}/accept", text(&asked, "id")), json!({})).await.ok();
    bopha.get(format!("/doses/schedule?patientId={}", dara.id())).await.expect(200);
    dara.get(format!("/doses/schedule?patientId={}", bopha.id())).await.expect(404);
    // Nobody but a doctor treats.
    let treat = json!({"targetUserId": bopha.id(), "kind": "DOCTOR", "patientId": bopha.id()});
    assert_eq!(dara.post("/connections", treat).await.expect(400).bad_fields(), ["kind"]);
    server.finish().await;
}

#[tokio::test]
async fn who_sees_some_prescriptions_gets_every_figure_over_those_alone() {
    let server = TestServer::start().await;
    let (dara, sok, mom) =
        (server.patient("dara").await, server.doctor("sok").await, server.family("mom").await);
    server.connect(&sok, &dara).await;
    let family = server.connect(&mom, &dara).await;
    let mut written = Vec::new();
    for generic in ["paracetamol", "metformin"] {
        let medicine = medicine(&server, generic).await;
        let line = json!({"medicineId": medicine, "dosage": "1 cp", "frequency": "TID", "durationDays": 3});
        let body = json!({"patientId": dara.id(), "medications": [line]});
        written.push(text(&sok.post("/prescriptions", body).await.ok(), "id"));
    }
    let chosen = json!({
        "permissionLevel": "SELECTED", "scopes": ["DOSES"], "prescriptionIds": [written[1]],
        "mayRecordDoses": true,
    });
    dara.patch(format!("/connections/{family}/permission"), chosen).await.ok();
    let schedule = dara.get("/doses/schedule").await.ok();
    let of = |prescription: &str| -> Vec<String> {
        let doses = schedule["doses"].as_array().unwrap().iter();
        doses.filter(|dose| dose["prescriptionId"] == *prescription).map(|dose| text(dose, "id")).collect()
    };
    for dose in of(&written[0]).iter().take(2) {
        dara.post(format!("/doses/{dose}/skip"), json!({"reason": "FORGOT"})).await.ok();
    }
    let first = &of(&written[1])[0];
    let answer = mom.post(format!("/doses/{first}/mark-taken"), json!({})).await.ok();
    assert_eq!(answer["adherenceRate"], 100.0, "{answer}");
    assert_eq!(answer["dailyProgress"], 33.3, "one of three: {answer}");
    let whole = dara.post(format!("/doses/{first}/mark-taken"), json!({})).await.ok();
    assert_eq!(whole["adherenceRate"], 33.3, "{whole}");
    let report = mom.get(format!("/adherence/weekly?patientId={}", dara.id())).await.ok();
    assert!(report.to_string().contains("100.0"), "{report}");
    server.finish().await;
}

#[tokio::test]
async fn a_choice_that_cannot_be_kept_is_refused() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let path = format!("/connections/{}/permission", server.connect(&sok, &dara).await);
    let chosen = json!({"permissionLevel": "ALLOWED", "prescriptionIds": [uuid::Uuid::from_u128(1)]});
    assert_eq!(dara.patch(&path, chosen).await.expect(400).bad_fields(), ["prescriptionIds"]);
    let scopes = json!({"permissionLevel": "ALLOWED", "scopes": ["VITALS"]});
    assert_eq!(dara.patch(&path, scopes).await.expect(400).bad_fields(), ["scopes"]);
    server.finish().await;
}

#[tokio::test]
async fn many_records_opened_in_emergencies_alarm_the_staff() {
    let server = TestServer::start_with(|settings| settings.limits.emergency_records_per_hour = 2).await;
    let (sok, admin) = (server.doctor("sok").await, server.admin().await);
    let mut patients = Vec::new();
    for name in ["dara", "bopha", "chan"] {
        patients.push(server.patient(name).await);
    }
    let open = async |patient: &Client| {
        let path = format!("/patients/{}/break-glass", patient.id());
        sok.post(path, json!({"reason": "unconscious in the emergency room"})).await.ok()
    };
    let first = open(&patients[0]).await;
    assert_eq!(open(&patients[0]).await["expiresAt"], first["expiresAt"], "it is open already");
    assert_eq!(told(&server, &patients[0], NotificationType::RecordOpened).len(), 1);
    open(&patients[1]).await;
    open(&patients[2]).await;
    let heard = items(&admin, "/notifications").await;
    let bodies: Vec<String> = heard.iter().map(|message| message.to_string()).collect();
    assert_eq!(bodies.len(), 3);
    for words in ["in the last hour: 1", "in the last hour: 2", "has opened 3 records in the last hour"] {
        assert!(bodies.iter().any(|body| body.contains(words)), "{words}: {bodies:?}");
    }
    server.clock().advance(Span::hours(1));
    assert_ne!(open(&patients[0]).await["expiresAt"], first["expiresAt"]);
    assert_eq!(told(&server, &patients[0], NotificationType::RecordOpened).len(), 2);
    server.finish().await;
}

#[tokio::test]
async fn the_audit_tells_each_reader_what_is_theirs() {
    let server = TestServer::start().await;
    let (dara, sok, admin) = (server.patient("dara").await, server.doctor("sok").await, server.admin().await);
    let connection = server.connect(&sok, &dara).await;
    let paracetamol = medicine(&server, "paracetamol").await;
    let line = json!({"medicineId": paracetamol, "dosage": "1 cp", "frequency": "OD"});
    let body = json!({"patientId": dara.id(), "medications": [line]});
    let written = text(&sok.post("/prescriptions", body).await.ok(), "id");
    let reason = json!({"reason": "HIV test positive"});
    sok.post(format!("/prescriptions/{written}/stop"), reason).await.ok();
    let stop = |records: &[Value]| {
        records.iter().find(|record| text(record, "action") == "prescription.stop").unwrap().clone()
    };
    let of_patient = stop(&items(&dara, "/audit/record").await);
    assert_eq!(of_patient["reason"], "HIV test positive");
    assert!(of_patient["ip"].is_null(), "where the doctor sat is not the patient's affair");
    let of_doctor = stop(&items(&sok, "/audit").await);
    assert_eq!(of_doctor["reason"], "HIV test positive");
    assert!(of_doctor["ip"].is_string());
    let of_staff = stop(&items(&admin, &format!("/audit/all?patientId={}", dara.id())).await);
    assert!(of_staff["ip"].is_string() && of_staff["reason"].is_null() && of_staff["change"].is_null());
    assert!(!of_staff.to_string().contains("HIV"), "{of_staff}");
    dara.post(format!("/connections/{connection}/revoke"), json!({})).await.ok();
    let after = stop(&items(&sok, "/audit").await);
    assert!(after["reason"].is_null() && after["change"].is_null(), "{after}");
    server.finish().await;
}
