//! The record that a person takes away says what the single answers say.

use das_tern::domain::users::model::{Role, Status};
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use crate::circle::text;
use crate::kit::{Client, TestServer};
use crate::prescriptions::medicine;
use crate::vitals::kit::{acknowledge, alerts, body_with, clinic, measure, resolve, send};

/// Every item of a list, oldest first, page by page.
async fn everything(client: &Client, path: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let join = if path.contains('?') { '&' } else { '?' };
        let page = client.get(format!("{path}{join}limit=20{cursor}")).await.ok();
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    all.reverse();
    all
}

fn list<'a>(record: &'a Value, member: &str) -> &'a Vec<Value> {
    record[member].as_array().unwrap_or_else(|| panic!("{member} is no list"))
}

async fn record_of(client: &Client) -> Value {
    client.get("/users/me/export").await.ok()
}

/// Everybody's part: what a record says of who somebody is, whom they know, what they were told and did.
async fn assert_person(client: &Client, record: &Value) {
    assert_eq!(record["profile"], client.get("/users/me").await.ok());
    let settings = client.get("/users/settings/notifications").await.ok();
    assert_eq!(record["notificationSettings"], settings);
    for (member, path) in [("sessions", "/auth/sessions"), ("devices", "/notifications/devices")] {
        assert_eq!(record[member], client.get(path).await.ok()["items"], "{member}");
    }
    for (member, path) in
        [("connections", "/connections"), ("notifications", "/notifications"), ("actions", "/audit")]
    {
        assert_eq!(*list(record, member), everything(client, path).await, "{member}");
    }
}

/// A patient's part.
async fn assert_health(client: &Client, record: &Value, days: &[&str]) {
    assert_eq!(*list(record, "accessRequests"), everything(client, "/connections/access-requests").await);
    let health = &record["health"];
    let histories = list(health, "prescriptions");
    let shown: Vec<&Value> = histories.iter().map(|history| &history["prescription"]).collect();
    assert_eq!(shown, everything(client, "/prescriptions").await.iter().collect::<Vec<_>>());
    for history in histories {
        let path = format!("/prescriptions/{}/versions", text(&history["prescription"], "id"));
        assert_eq!(*list(history, "versions"), everything(client, &path).await);
    }
    assert_eq!(*list(health, "vitals"), everything(client, "/health-monitoring/vitals").await);
    assert_eq!(*list(health, "healthAlerts"), everything(client, "/health-monitoring/alerts").await);
    assert_eq!(health["monitoring"], client.get("/health-monitoring/thresholds").await.ok());
    let mut scores = list(&client.get("/health-monitoring/news2").await.ok(), "recent").clone();
    scores.reverse();
    assert_eq!(*list(health, "earlyWarningScores"), scores);
    for day in days {
        let known = list(health, "doseDays").iter().find(|known| known["date"] == **day).unwrap();
        let mut doses = list(known, "doses").clone();
        doses.retain(|dose| dose["status"] != "CANCELLED");
        let schedule = client.get(format!("/doses/schedule?date={day}")).await.ok();
        assert_eq!(doses, *list(&schedule, "doses"), "{day}");
    }
    let all = list(health, "doseDays").iter().flat_map(|day| list(day, "doses"));
    let cancelled: Vec<&Value> = all.filter(|dose| dose["status"] == "CANCELLED").collect();
    let history = everything(client, "/doses/history?from=2026-11-22&to=2027-01-22&status=CANCELLED").await;
    assert_eq!(cancelled, history.iter().collect::<Vec<_>>());
}

/// What all the doses of a record say of one member.
fn told<'a>(record: &'a Value, member: &str) -> Vec<&'a Value> {
    let days = list(&record["health"], "doseDays").iter();
    days.flat_map(|day| list(day, "doses")).map(|dose| &dose[member]).collect()
}

/// Six measurements within an hour, for a complete early warning score.
async fn score(patient: &Client) {
    for text in ["RESPIRATORY_RATE 22", "SPO2 95", "BLOOD_PRESSURE 120/80", "TEMPERATURE 37.0"] {
        measure(patient, text).await;
    }
    let state = json!({ "onOxygen": false, "consciousness": "ALERT", "notes": "sitting" });
    send(patient, body_with("HEART_RATE 80", state)).await.expect(201);
}

/// A doctor prescribes twice and changes it; the patient takes, leaves out, misses and takes as needed.
async fn treatment(server: &TestServer, sok: &Client, dara: &Client) {
    let paracetamol = medicine(server, "paracetamol").await;
    let line = |frequency: &str, more: Value| {
        let mut body = json!({
            "medicineId": paracetamol, "dosage": "500 mg", "frequency": frequency, "patientId": dara.id(),
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        sok.post("/prescriptions", body)
    };
    let course = line("BID", json!({ "durationDays": 10, "diagnosis": "Tension headache" })).await.ok();
    let needed = line("PRN", json!({ "maxPer24h": 4, "minIntervalHours": 4 })).await.ok();
    server.clock().advance(Span::hours(1));
    let as_needed = json!({ "medicationId": needed["medications"][0]["id"], "notes": "after work" });
    dara.post("/doses/prn", as_needed).await.ok();
    server.clock().advance(Span::hours(10));
    let today = dara.get("/doses/schedule?date=2026-11-22").await.ok();
    let due = list(&today, "doses").iter().find(|dose| dose["status"] == "DUE").unwrap();
    let path = format!("/doses/{}", text(due, "id"));
    dara.post(format!("{path}/skip"), json!({ "reason": "FORGOT" })).await.ok();
    dara.post(format!("{path}/undo"), json!({})).await.ok();
    dara.post(format!("{path}/mark-taken"), json!({ "notes": "with rice" })).await.ok();
    server.clock().advance(Span::days(1));
    server.run_jobs().await;
    let path = format!("/prescriptions/{}", text(&course, "id"));
    let stopped = json!({ "reason": "Once is enough", "medications": [
        { "medicineId": paracetamol, "dosage": "500 mg", "frequency": "OD", "durationDays": 10 },
    ]});
    sok.patch(&path, stopped).await.ok();
    server.run_jobs().await;
}

#[tokio::test]
async fn a_patients_record_says_what_the_single_answers_say() {
    let server = clinic().await;
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    let (bopha, vuthy) = (server.family("bopha").await, server.doctor("vuthy").await);
    server.born(&dara, "1990-04-14").await;
    server.connect(&sok, &dara).await;
    server.connect(&bopha, &dara).await;
    let asked = vuthy.post("/connections", json!({ "targetUserId": dara.id() })).await.ok();
    let accept = json!({ "permissionLevel": "REQUEST" });
    dara.post(format!("/connections/{}/accept", text(&asked, "id")), accept).await.ok();
    vuthy.get(format!("/prescriptions?patientId={}", dara.id())).await.expect(403);
    treatment(&server, &sok, &dara).await;
    score(&dara).await;
    let wrong = measure(&dara, "WEIGHT 162 kg").await;
    dara.delete(format!("/health-monitoring/vitals/{}", text(&wrong, "id"))).await.expect(204);
    measure(&dara, "BLOOD_PRESSURE 190/121").await;
    let open = alerts(&sok, "OPEN").await;
    let alert = text(open.iter().find(|alert| alert["vitalType"] == "BLOOD_PRESSURE").unwrap(), "id");
    acknowledge(&sok, &alert).await.ok();
    resolve(&sok, &alert).await.ok();
    let bounds = json!({ "thresholds": [{ "vitalType": "SPO2", "min": 92 }] });
    sok.put(format!("/health-monitoring/thresholds?patientId={}", dara.id()), bounds).await.ok();
    dara.patch("/users/settings/meal-times", json!({ "morningMeal": "06:30" })).await.ok();
    dara.post("/notifications/read-all", json!({})).await.ok();

    let record = record_of(&dara).await;
    assert_eq!(record["timeZone"], "Asia/Phnom_Penh");
    assert!(text(&record, "exportedAt").ends_with('Z'));
    assert_person(&dara, &record).await;
    assert_health(&dara, &record, &["2026-11-22", "2026-11-23", "2026-11-24"]).await;
    // It is a history that is worth comparing.
    let statuses = told(&record, "status");
    for status in ["TAKEN_ON_TIME", "MISSED", "DUE", "CANCELLED"] {
        assert!(statuses.contains(&&json!(status)), "{status}: {statuses:?}");
    }
    assert!(told(&record, "isPRN").contains(&&json!(true)));
    assert!(told(&record, "corrections").iter().any(|earlier| !earlier.as_array().unwrap().is_empty()));
    let health = &record["health"];
    assert_eq!(list(&list(health, "prescriptions")[0], "versions").len(), 2);
    assert_eq!(list(health, "earlyWarningScores").len(), 2);
    assert!(list(health, "vitals").iter().any(|vital| vital["enteredInError"] == true));
    assert!(list(health, "healthAlerts").iter().any(|alert| alert["state"] == "RESOLVED"));
    assert_eq!(list(&record, "accessRequests").len(), 1);
    assert!(list(&record, "notifications").iter().all(|message| message["isRead"] == true));
    server.finish().await;
}

#[tokio::test]
async fn a_carers_record_hides_what_is_shared_no_more() {
    let server = clinic().await;
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    let bopha = server.family("bopha").await;
    let connection = server.connect(&sok, &dara).await;
    server.connect(&bopha, &dara).await;
    treatment(&server, &sok, &dara).await;
    measure(&dara, "BLOOD_PRESSURE 190/121").await;

    for carer in [&sok, &bopha] {
        let record = record_of(carer).await;
        assert_person(carer, &record).await;
        assert!(record["health"].is_null() && list(&record, "accessRequests").is_empty());
        assert!(!list(&record, "notifications").is_empty());
    }
    let told = |record: &Value| {
        let messages = list(record, "notifications").iter();
        messages.filter(|message| message["patientId"] == json!(dara.id())).count()
    };
    let before = record_of(&sok).await;
    assert!(told(&before) > 0 && before.to_string().contains("190/121"));
    let reason = json!({ "reason": "I moved away" });
    dara.post(format!("/connections/{connection}/revoke"), reason).await.ok();
    let after = record_of(&sok).await;
    assert_person(&sok, &after).await;
    assert_eq!(list(&after, "connections")[0]["status"], "REVOKED");
    assert!(told(&after) < told(&before), "{after:#}");
    assert!(!after.to_string().contains("190/121") && !after.to_string().contains("Tension headache"));
    server.finish().await;
}

#[tokio::test]
async fn who_is_not_in_use_takes_away_who_they_are_and_no_treatment() {
    let server = TestServer::start().await;
    for (name, role) in [("dara", Role::Patient), ("sok", Role::Doctor)] {
        let waiting = server.person(name, role, Status::PendingVerification).await;
        let record = record_of(&waiting).await;
        assert_eq!(record["profile"]["status"], "PENDING_VERIFICATION");
        assert!(record["health"].is_null(), "{record}");
    }
    server.stranger().get("/users/me/export").await.expect(401);
    server.finish().await;
}

#[tokio::test]
async fn many_may_ask_for_their_records_at_once() {
    let server = TestServer::start().await;
    let mut asked = Vec::new();
    for turn in 0..8 {
        let patient = server.patient(&format!("patient{turn}")).await;
        asked.push((patient.id(), tokio::spawn(async move { record_of(&patient).await })));
    }
    for (id, record) in asked {
        let record = record.await.unwrap();
        assert_eq!(record["profile"]["id"], json!(id));
        assert!(list(&record["health"], "prescriptions").is_empty());
    }
    server.finish().await;
}
