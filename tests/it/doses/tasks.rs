//! What the server does by itself each day: visits, refills, low adherence; and that clinic staff can see it.

use das_tern::domain::notifications::model::{Notification, NotificationType};
use das_tern::flows::doses::{ReviewTreatments, review_treatments};
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::kit::{clinic, daily, doses_of, prescribe};
use crate::kit::{Client, TestServer};
use crate::prescriptions::medicine;

impl TestServer {
    /// Lets days pass one by one, with the worker each morning at eight and each evening.
    async fn pass_days(&self, days: i64) {
        for _ in 0..days {
            // From 07:00 to 08:00, to 23:00, to 07:00.
            for hours in [1, 15, 8] {
                self.clock().advance(Span::hours(hours));
                self.run_jobs().await;
            }
        }
    }

    fn notices(&self, person: &Client, kind: NotificationType) -> Vec<Notification> {
        self.messages(person).into_iter().filter(|message| message.kind == kind).collect()
    }
}

/// Variants and days on which messages were written.
fn on(messages: &[Notification]) -> Vec<(&str, String)> {
    let day =
        |message: &Notification| message.created_at.local(super::kit::KHMER).format("%d %H:%M").to_string();
    messages.iter().map(|message| (message.variant.as_str(), day(message))).collect()
}

async fn order(server: &TestServer, doctor: &Client, patient: &Client, more: Value) -> Value {
    let mut body = json!({
        "patientId": patient.id(), "medicineId": medicine(server, "metformin").await,
        "dosage": "1 tablet", "frequency": "1-0-1", "durationDays": 10,
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    doctor.post("/prescriptions", body).await.ok()
}

/// A prescription in the full form: one tablet in the morning and in the evening.
fn line(medicine: &str, quantity: u32, days: Option<u32>) -> Value {
    let mut line = json!({
        "medicineId": medicine, "doseAmount": 1, "doseUnit": "TABLET",
        "slots": { "morning": 1, "evening": 1 }, "quantity": quantity,
    });
    if let Some(days) = days {
        line["durationDays"] = days.into();
    }
    line
}

#[tokio::test]
async fn a_visit_is_told_of_the_day_before_and_on_the_day_and_to_the_doctor_when_it_is_over() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let medicine = medicine(&server, "metformin").await;
    let body = json!({
        "patientId": dara.id(), "medications": [line(&medicine, 20, Some(2))], "followUpDate": "2026-11-27",
    });
    sok.post("/prescriptions", body.clone()).await.ok();
    // Another line for the same visit doubles nothing.
    sok.post("/prescriptions", body).await.ok();
    server.pass_days(10).await;
    let kind = NotificationType::FollowUpDue;
    let to_patient = server.notices(&dara, kind);
    assert_eq!(on(&to_patient), [("default", "26 08:00".to_owned()), ("default", "27 08:00".to_owned())]);
    assert_eq!(to_patient[0].params.text_of("date"), "27/11/2026");
    let to_doctor = server.notices(&sok, kind);
    assert_eq!(on(&to_doctor), [("doctor", "28 08:00".to_owned())]);
    assert_eq!(to_doctor[0].params.text_of("name"), "dara");
    server.finish().await;
}

#[tokio::test]
async fn a_doctor_who_has_prescribed_since_is_not_asked_for_the_visit() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let medicine = medicine(&server, "metformin").await;
    let body = json!({
        "patientId": dara.id(), "medications": [line(&medicine, 20, Some(2))], "followUpDate": "2026-11-24",
    });
    sok.post("/prescriptions", body).await.ok();
    server.pass_days(2).await;
    order(&server, &sok, &dara, json!({})).await;
    server.pass_days(5).await;
    assert_eq!(server.notices(&sok, NotificationType::FollowUpDue).len(), 0);
    server.finish().await;
}

#[tokio::test]
async fn after_downtime_a_visit_is_told_of_once_and_only_while_it_makes_sense() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let medicine = medicine(&server, "metformin").await;
    for date in ["2026-11-26", "2026-11-29", "2026-12-01"] {
        let body = json!({
            "patientId": dara.id(), "medications": [line(&medicine, 20, Some(2))], "followUpDate": date,
        });
        sok.post("/prescriptions", body).await.ok();
    }
    server.pass_days(1).await;
    server.clock().advance(Span::days(6));
    server.clock().advance(Span::hours(5));
    server.run_jobs().await;
    server.run_jobs().await;
    // Noon of the 29th.
    let to_patient = server.notices(&dara, NotificationType::FollowUpDue);
    assert_eq!(on(&to_patient), [("default", "29 12:00".to_owned())]);
    let to_doctor = server.notices(&sok, NotificationType::FollowUpDue);
    assert_eq!(to_doctor.iter().map(|one| one.params.text_of("date")).collect::<Vec<_>>(), ["26/11/2026"]);
    server.finish().await;
}

#[tokio::test]
async fn a_filling_that_runs_out_is_told_of_once() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let medicine = medicine(&server, "metformin").await;
    // Two a day: ten last for five days; enough for the whole treatment is never told of.
    let body = json!({
        "patientId": dara.id(),
        "medications": [line(&medicine, 10, Some(30))],
    });
    let written = sok.post("/prescriptions", body).await.ok();
    let body = json!({ "patientId": dara.id(), "medications": [line(&medicine, 8, Some(4))] });
    sok.post("/prescriptions", body).await.ok();
    for day in 22..32 {
        let date = format!("2026-{}", if day > 30 { "12-01".to_owned() } else { format!("11-{day}") });
        for id in doses_of(&dara, &date).await {
            dara.post(format!("/doses/{id}/mark-taken"), json!({ "confirmEarly": true })).await;
        }
        server.pass_days(1).await;
    }
    let told = server.notices(&dara, NotificationType::RefillDue);
    // On the 22nd ten doses were left for five days. On the 24th the four left last until the 26th.
    assert_eq!(on(&told), [("default", "24 08:00".to_owned())]);
    assert_eq!(told[0].params.text_of("days"), "3");
    // Another change is not.
    let changed = format!("/medications/{}", written["medications"][0]["id"].as_str().unwrap());
    sok.patch(changed, json!({ "mealRelation": "AFTER" })).await.ok();
    server.pass_days(1).await;
    assert_eq!(server.notices(&dara, NotificationType::RefillDue).len(), 1);
    // A new quantity is a new filling.
    let id = written["id"].as_str().unwrap();
    let body = json!({ "medications": [line(&medicine, 21, Some(30))], "reason": "refilled" });
    sok.patch(format!("/prescriptions/{id}"), body).await.ok();
    server.pass_days(3).await;
    assert_eq!(server.notices(&dara, NotificationType::RefillDue).len(), 2);
    server.finish().await;
}

#[tokio::test]
async fn low_adherence_is_told_of_once_a_week_to_the_patient_and_doctors_who_see_his_doses() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let (rare, mother) = (server.patient("rare").await, server.family("mom").await);
    server.connected(&sok, &dara).await;
    server.connected(&mother, &dara).await;
    prescribe(&server, &dara, daily("mx")).await;
    prescribe(&server, &rare, daily("m")).await;
    server.pass_days(16).await;
    let kind = NotificationType::LowAdherence;
    let told = server.notices(&dara, kind);
    // Seven doses have counted on the morning of the fifth day, for the last of each day is not over before.
    assert_eq!(on(&told).iter().map(|(_, day)| &day[..2]).collect::<Vec<_>>(), ["26", "03"]);
    assert_eq!((told[0].params.text_of("rate"), told[0].params.text_of("days")), ("0", "7"));
    let to_doctor = server.notices(&sok, kind);
    assert_eq!(to_doctor.len(), 2);
    assert_eq!(to_doctor[0].params.text_of("name"), "dara");
    assert_eq!(server.notices(&mother, kind).len(), 0);
    // One dose a day: after seven days there are enough to judge by.
    assert_eq!(on(&server.notices(&rare, kind))[0].1, "29 08:00");
    server.finish().await;
}

#[tokio::test]
async fn after_downtime_low_adherence_is_told_by_the_first_look() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mx")).await;
    server.pass_days(3).await;
    // The server is down for a day and a night, and the look comes before the sweep.
    server.clock().advance(Span::hours(25));
    review_treatments(server.context().clone(), ReviewTreatments {}).await.unwrap();
    let told = server.notices(&dara, NotificationType::LowAdherence);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].params.text_of("rate"), "0");
    let missed = server.messages(&dara).len();
    server.run_jobs().await;
    assert_eq!(server.messages(&dara).len(), missed, "what was missed is told once");
    server.finish().await;
}

#[tokio::test]
async fn a_look_that_finds_nobody_writes_nothing() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("m")).await;
    server.clock().advance(Span::hours(1));
    let look = || async { review_treatments(server.context().clone(), ReviewTreatments {}).await.unwrap() };
    look().await;
    let before = server.context().store.counts();
    look().await;
    assert_eq!(server.context().store.counts(), before);
    server.finish().await;
}

#[tokio::test]
async fn clinic_staff_see_what_runs_by_itself() {
    let server = clinic().await;
    let admin = server.admin().await;
    server.run_jobs().await;
    let schedules = admin.get("/admin/schedules").await.ok();
    let find = |name: &str| {
        let items = schedules["items"].as_array().unwrap();
        items.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name} is missing")).clone()
    };
    for (name, seconds) in [
        ("missed-dose-sweep", 60),
        ("dose-reminders", 60),
        ("treatment-review", 60),
        ("dose-horizon", 86_400),
        ("refresh-catalogue", 7 * 86_400),
        ("purge-sign-ins", 3_600),
        ("purge-connection-codes", 3_600),
        ("complete-prescriptions", 3_600),
    ] {
        let schedule = find(name);
        assert_eq!(schedule["everySeconds"], seconds, "{name}");
        assert_eq!(schedule["lastRunAt"], "2026-11-22T00:00:00.000Z");
    }
    assert_eq!(find("dose-reminders")["nextRunAt"], "2026-11-22T00:01:00.000Z");
    let dara = server.patient("dara").await;
    dara.get("/admin/schedules").await.expect(403).code("role_not_allowed");
    server.finish().await;
}
