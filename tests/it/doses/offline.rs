//! What was taken before a doctor's change is recorded although the device learns of the change only later.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::kit::{clinic, doses_of};
use crate::kit::{Client, TestServer};
use crate::prescriptions::medicine;

const TODAY: &str = "2026-11-22";

struct Treated {
    server: TestServer,
    dara: Client,
    sok: Client,
    prescription: Value,
    /// Today's doses of 11:30 and 17:30.
    ids: Vec<String>,
}

/// A patient with one line at noon and in the evening. It is 10:00.
async fn treated() -> Treated {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let body = json!({
        "patientId": dara.id(), "medicineId": medicine(&server, "metformin").await,
        "dosage": "1 tablet", "frequency": "0-1-1", "durationDays": 10,
    });
    let prescription = sok.post("/prescriptions", body).await.ok();
    let ids = doses_of(&dara, TODAY).await;
    server.clock().advance(Span::hours(3));
    Treated { server, dara, sok, prescription, ids }
}

impl Treated {
    fn path(&self) -> String {
        format!("/prescriptions/{}", self.prescription["id"].as_str().unwrap())
    }

    async fn sync(&self, client_id: &str, dose: usize, at: &str) -> Value {
        let action = json!({ "clientId": client_id, "doseId": self.ids[dose], "action": "taken", "at": at });
        self.dara.post("/doses/sync", json!({ "actions": [action] })).await.ok()
    }

    /// Status and time of today's doses.
    async fn today(&self) -> Vec<(String, String)> {
        let schedule = self.dara.get(format!("/doses/schedule?date={TODAY}")).await.ok();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let doses = schedule["doses"].as_array().unwrap();
        doses
            .iter()
            .map(|dose| (text(&dose["status"]), text(&dose["scheduledTime"])[11..16].to_owned()))
            .collect()
    }
}

fn shown(doses: &[(&str, &str)]) -> Vec<(String, String)> {
    doses.iter().map(|(status, time)| ((*status).to_owned(), (*time).to_owned())).collect()
}

#[tokio::test]
async fn an_intake_before_the_treatment_was_stopped_stands_and_a_later_one_does_not() {
    let treated = treated().await;
    let stop = json!({ "reason": "rash" });
    treated.sok.post(format!("{}/stop", treated.path()), stop).await.ok();
    treated.server.clock().advance(Span::hours(2));
    let late = treated.sync("late", 0, "2026-11-22T10:30").await;
    assert_eq!(late["conflicts"][0]["reason"], "dose_cancelled");
    let synced = treated.sync("a", 0, "2026-11-22T09:50").await;
    assert_eq!(synced["applied"][0]["status"], "TAKEN_ON_TIME");
    assert_eq!(treated.today().await, shown(&[("TAKEN_ON_TIME", "04:30")]));
    let counts = treated.dara.get("/adherence/today").await.ok()["counts"].clone();
    assert_eq!((counts["taken"].as_u64(), counts["counted"].as_u64()), (Some(1), Some(1)));
    // Online, by the id on his screen.
    let path = format!("/doses/{}/mark-taken", treated.ids[1]);
    treated.dara.post(&path, json!({})).await.expect(409).code("dose_cancelled");
    let body = json!({ "takenAt": "2026-11-22T09:40", "confirmEarly": true });
    assert_eq!(treated.dara.post(&path, body).await.ok()["dose"]["status"], "TAKEN_ON_TIME");
    // Taken back, it is what it was.
    let undone = treated.dara.post(format!("/doses/{}/undo", treated.ids[1]), json!({})).await.ok();
    assert_eq!(undone["dose"]["status"], "CANCELLED");
    treated.dara.post(path, json!({})).await.expect(409).code("dose_cancelled");
    treated.server.finish().await;
}

#[tokio::test]
async fn an_intake_before_its_time_was_moved_stands_for_the_moved_dose() {
    let treated = treated().await;
    let medication = treated.prescription["medications"][0]["id"].as_str().unwrap();
    let change = json!({ "frequency": "0-0-1-1" });
    let changed = treated.sok.patch(format!("/medications/{medication}"), change).await.ok();
    assert_eq!(changed["version"], 2);
    treated.server.clock().advance(Span::hours(2));
    let synced = treated.sync("a", 0, "2026-11-22T09:50").await;
    assert_eq!(synced["applied"][0]["status"], "TAKEN_ON_TIME");
    // One intake of two is left.
    let today = treated.today().await;
    assert_eq!(today.iter().filter(|(status, _)| status == "DUE").count(), 1, "{today:?}");
    assert_eq!(today[0], ("TAKEN_ON_TIME".to_owned(), "04:30".to_owned()));
    // Taken back, both are asked for again.
    treated.dara.post(format!("/doses/{}/undo", treated.ids[0]), json!({})).await.ok();
    let today = treated.today().await;
    assert_eq!(today.iter().filter(|(status, _)| status == "DUE").count(), 2, "{today:?}");
    treated.server.finish().await;
}

#[tokio::test]
async fn a_mark_taken_back_after_a_change_leaves_what_the_new_version_asks_for() {
    let treated = treated().await;
    let path = format!("/doses/{}/mark-taken", treated.ids[0]);
    treated.dara.post(path, json!({})).await.ok();
    let medication = treated.prescription["medications"][0]["id"].as_str().unwrap();
    let change = json!({ "durationDays": 20 });
    treated.sok.patch(format!("/medications/{medication}"), change).await.ok();
    assert_eq!(treated.today().await, shown(&[("TAKEN_ON_TIME", "04:30"), ("DUE", "10:30")]));
    let undone = treated.dara.post(format!("/doses/{}/undo", treated.ids[0]), json!({})).await.ok();
    assert_eq!(undone["dose"]["status"], "DUE");
    assert_eq!(undone["dose"]["corrections"][0]["status"], "TAKEN_ON_TIME");
    assert_eq!(treated.today().await, shown(&[("DUE", "04:30"), ("DUE", "10:30")]));
    // Stopped after the mark, it is not asked for.
    let path = format!("/doses/{}/mark-taken", treated.ids[0]);
    treated.dara.post(path, json!({})).await.ok();
    let stop = json!({ "reason": "rash" });
    treated.sok.post(format!("{}/stop", treated.path()), stop).await.ok();
    let undone = treated.dara.post(format!("/doses/{}/undo", treated.ids[0]), json!({})).await.ok();
    assert_eq!(undone["dose"]["status"], "CANCELLED");
    assert_eq!(treated.today().await, shown(&[]));
    treated.server.finish().await;
}
