//! Who hears what.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use crate::doses::kit::{clinic, daily, doses_of, prescribe, take};
use crate::kit::{Client, TestServer};

const TODAY: &str = "2026-11-22";

async fn set_permission(patient: &Client, connection: &str, permission: Value) {
    patient.patch(format!("/connections/{connection}/permission"), permission).await.ok();
}

/// How often the patient's record says that somebody began to follow it.
async fn times_followed(patient: &Client) -> usize {
    let record = patient.get("/audit/record").await.ok();
    let items = record["items"].as_array().unwrap();
    items.iter().filter(|item| item["action"] == "events.follow").count()
}

#[tokio::test]
async fn the_patient_and_his_doctor_hear_of_a_dose_and_nobody_else() {
    let server = clinic().await;
    let (dara, bopha, sok) =
        (server.patient("dara").await, server.patient("bopha").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let prescription = prescribe(&server, &dara, daily("mn")).await;
    let (mut of_dara, mut of_sok) = (server.events(&dara).await, server.socket(&sok).await);
    let mut of_bopha = server.events(&bopha).await;
    let dose = doses_of(&dara, TODAY).await.remove(0);
    take(&dara, &dose).await;
    let (own, foreign) = (of_dara.expect("dose.updated").await, of_sok.expect("dose.updated").await);
    assert_eq!(own, foreign, "both hear the same event");
    let expected = json!({
        "doseId": dose,
        "patientId": dara.id(),
        "prescriptionId": prescription,
        "date": TODAY,
        "status": "TAKEN_ON_TIME",
    });
    assert_eq!(own.data, expected, "ids and states, no names of medicines");
    server.mark(&bopha).await;
    assert_eq!(of_bopha.before_mark().await, [""; 0]);
    assert_eq!(times_followed(&dara).await, 1, "once for the stream, not for each event");
    server.finish().await;
}

#[tokio::test]
async fn an_abnormal_vital_reaches_the_open_screen_of_the_doctor_at_once() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let mut screen = server.socket(&sok).await;
    let low = json!({"vitalType": "SPO2", "value": 86, "unit": "%"});
    let made = dara.post("/health-monitoring/vitals", low).await.ok();
    assert_eq!(screen.expect("alert.opened").await.data["alertId"], made["alertId"]);
    let vital = screen.expect("vital.recorded").await;
    assert_eq!((&vital.data["vitalId"], &vital.data["severity"]), (&made["id"], &json!("CRITICAL")));
    server.finish().await;
}

#[tokio::test]
async fn what_is_not_shared_is_not_heard() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let connection = server.connect(&sok, &dara).await;
    let (shared, kept) =
        (prescribe(&server, &dara, daily("m")).await, prescribe(&server, &dara, daily("n")).await);
    let doses = doses_of(&dara, TODAY).await;
    set_permission(&dara, &connection, json!({"permissionLevel": "SELECTED", "scopes": ["VITALS"]})).await;
    let mut screen = server.events(&sok).await;
    take(&dara, &doses[0]).await;
    server.mark(&sok).await;
    assert_eq!(screen.before_mark().await, [""; 0], "doses are not shared");
    // Only one of the two prescriptions.
    let only = json!({"permissionLevel": "SELECTED", "scopes": ["DOSES"], "prescriptionIds": [shared]});
    set_permission(&dara, &connection, only).await;
    for (dose, reason) in [(&doses[0], "FORGOT"), (&doses[1], "FASTING")] {
        dara.post(format!("/doses/{dose}/skip"), json!({"reason": reason})).await.ok();
    }
    let heard = screen.expect("dose.updated").await;
    assert_eq!((&heard.data["doseId"], &heard.data["prescriptionId"]), (&json!(doses[0]), &json!(shared)));
    server.mark(&sok).await;
    assert_eq!(screen.before_mark().await, [""; 0], "nothing of {kept}");
    server.finish().await;
}

#[tokio::test]
async fn after_a_revocation_the_very_next_event_is_not_heard() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let connection = server.connect(&sok, &dara).await;
    prescribe(&server, &dara, daily("mnex")).await;
    let doses = doses_of(&dara, TODAY).await;
    let (mut stream, mut socket) = (server.events(&sok).await, server.socket(&sok).await);
    take(&dara, &doses[0]).await;
    stream.expect("dose.updated").await;
    socket.expect("dose.updated").await;
    dara.post(format!("/connections/{connection}/revoke"), json!({})).await.ok();
    dara.post(format!("/doses/{}/skip", doses[1]), json!({"reason": "FORGOT"})).await.ok();
    server.mark(&sok).await;
    assert_eq!(stream.before_mark().await, ["connection.changed"]);
    assert_eq!(socket.expect("connection.changed").await.data["state"], "REVOKED");
    assert_eq!(socket.expect(crate::kit::MARK).await.kind, crate::kit::MARK);
    // Nor by coming back after an older event.
    let mut again = server.events_after(&sok, Some("0")).await;
    server.mark(&sok).await;
    assert!(!again.before_mark().await.contains(&"dose.updated".to_owned()));
    server.finish().await;
}

#[tokio::test]
async fn a_grant_that_comes_to_its_end_ends_the_hearing() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let connection = server.connect(&sok, &dara).await;
    prescribe(&server, &dara, daily("mn")).await;
    let doses = doses_of(&dara, TODAY).await;
    let until = json!({"permissionLevel": "ALLOWED", "expiresAt": "2026-11-22T01:00:00Z"});
    set_permission(&dara, &connection, until).await;
    let mut screen = server.events(&sok).await;
    server.clock().advance(Span::hours(2));
    take(&dara, &doses[0]).await;
    server.mark(&sok).await;
    assert_eq!(screen.before_mark().await, [""; 0]);
    server.finish().await;
}

#[tokio::test]
async fn a_patient_who_connects_is_followed_at_once() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    prescribe(&server, &dara, daily("m")).await;
    let mut screen = server.socket(&sok).await;
    server.connect(&sok, &dara).await;
    take(&dara, &doses_of(&dara, TODAY).await[0]).await;
    assert_eq!(screen.expect("dose.updated").await.data["patientId"], json!(dara.id()));
    assert_eq!(times_followed(&dara).await, 1);
    server.finish().await;
}

#[tokio::test]
async fn listening_asks_nobody_for_consent() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let connection = server.connect(&sok, &dara).await;
    prescribe(&server, &dara, daily("m")).await;
    set_permission(&dara, &connection, json!({"permissionLevel": "REQUEST"})).await;
    let mut screen = server.events(&sok).await;
    take(&dara, &doses_of(&dara, TODAY).await[0]).await;
    server.mark(&sok).await;
    assert_eq!(screen.before_mark().await, [""; 0]);
    assert_eq!(dara.get("/connections/access-requests").await.ok()["items"], json!([]));
    assert_eq!(times_followed(&dara).await, 0);
    server.finish().await;
}

#[tokio::test]
async fn each_change_tells_its_kind() {
    let server = TestServer::start_with(|settings| settings.medicines.shipped_list = true).await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let mut screen = server.events(&dara).await;
    server.connect(&sok, &dara).await;
    assert_eq!(screen.expect("connection.changed").await.data["state"], "PENDING");
    assert_eq!(screen.expect("connection.changed").await.data["state"], "ACCEPTED");
    let found = sok.get("/medicines/search?q=metformin").await.ok();
    let body = json!({
        "patientId": dara.id(), "medicineId": found["items"][0]["id"], "dosage": "1 tablet", "frequency": "BID",
        "durationDays": 5,
    });
    let prescription = sok.post("/prescriptions", body).await.ok();
    let id = &prescription["id"];
    assert_eq!(&screen.expect("schedule.changed").await.data["prescriptionId"], id);
    let changed = screen.expect("prescription.changed").await.data;
    assert_eq!((&changed["prescriptionId"], &changed["status"]), (id, &json!("ACTIVE")));
    dara.patch("/users/settings/meal-times", json!({"morningMeal": "8-9AM"})).await.ok();
    dara.post("/notifications/read-all", json!({})).await.ok();
    screen.expect("notification.read").await;
    let stop = json!({"reason": "done"});
    sok.post(format!("/prescriptions/{}/stop", id.as_str().unwrap()), stop).await.ok();
    screen.expect("schedule.changed").await;
    assert_eq!(screen.expect("prescription.changed").await.data["status"], "STOPPED");
    server.finish().await;
}
