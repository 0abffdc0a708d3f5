//! The server reminds a patient of each dose, and stops when there is nothing left to remind of.

use das_tern::domain::notifications::model::{Notification, NotificationType};
use das_tern::domain::prescriptions::model::{Amount, DayPattern, Schedule};
use das_tern::domain::users::model::{Role, Status};
use das_tern::domain::users::tables::{self as users, USERS};
use das_tern::flows::doses::{SendDoseReminders, send_dose_reminders};
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::kit::{KHMER, clinic, daily, doses_of, line_of, prescribe, statuses, take, write};
use crate::kit::{Client, TestServer};
use crate::prescriptions::medicine;

pub const TODAY: &str = "2026-11-22";

/// One tablet a day at each of these times of day.
pub fn at_times(times: &[&str]) -> Schedule {
    let times = times.iter().map(|time| chrono::NaiveTime::parse_from_str(time, "%H:%M").unwrap());
    Schedule::Times { times: times.collect(), amount: Amount::whole(1), days: DayPattern::Daily }
}

impl TestServer {
    /// Lets so many minutes pass with the worker at each of them.
    async fn live(&self, minutes: i64) {
        for _ in 0..minutes {
            self.clock().advance(Span::minutes(1));
            self.run_jobs().await;
        }
    }

    fn reminders(&self, person: &Client) -> Vec<Notification> {
        let all = self.messages(person).into_iter();
        all.filter(|message| message.kind == NotificationType::DoseReminder).collect()
    }
}

/// What a message is: its variant, when it was written, whether it still asks for something.
fn shown(messages: &[Notification]) -> Vec<(&str, String, bool)> {
    let written = |message: &Notification| message.created_at.local(KHMER).format("%H:%M:%S").to_string();
    messages
        .iter()
        .map(|message| (message.variant.as_str(), written(message), message.withdrawn_at.is_none()))
        .collect()
}

/// Planned and actual times of a dose's reminders, as the API shows them.
pub async fn sent(patient: &Client, id: &str) -> Vec<(String, String)> {
    let day = patient.get(format!("/doses/schedule?date={TODAY}")).await.ok();
    let dose = day["doses"].as_array().unwrap().iter().find(|dose| dose["id"] == id).unwrap().clone();
    let time = |value: &Value| value.as_str().unwrap()[11..19].to_owned();
    let reminders = dose["reminders"].as_array().unwrap();
    reminders.iter().map(|one| (time(&one["plannedAt"]), time(&one["sentAt"]))).collect()
}

#[tokio::test]
async fn a_dose_is_reminded_of_at_its_time_and_again_until_its_grace_ends() {
    for (grace, times) in [
        (10, vec!["07:00:00"]),
        (20, vec!["07:00:00", "07:10:00"]),
        (30, vec!["07:00:00", "07:10:00", "07:20:00"]),
        (60, vec!["07:00:00", "07:10:00", "07:20:00", "07:30:00"]),
    ] {
        let server = clinic().await;
        let dara = server.patient("dara").await;
        dara.patch("/users/me/grace-period", json!({ "gracePeriodMinutes": grace })).await.ok();
        prescribe(&server, &dara, daily("m")).await;
        server.run_jobs().await;
        server.live(70).await;
        let messages = server.reminders(&dara);
        let seen = shown(&messages);
        assert_eq!(seen.iter().map(|(_, time, _)| time.as_str()).collect::<Vec<_>>(), times, "grace {grace}");
        assert_eq!(seen[0].0, "default");
        assert!(seen[1..].iter().all(|(variant, _, _)| *variant == "repeat"));
        // A repetition takes the place of the one before, and of the last one that the dose was missed.
        assert_eq!(seen.iter().filter(|(_, _, asks)| *asks).count(), 0);
        assert_eq!(dara.get("/notifications/unread-count").await.ok()["unreadCount"], 1);
        let ids = doses_of(&dara, TODAY).await;
        let planned: Vec<_> = (0..times.len()).map(|n| format!("00:{}0:00", n)).collect();
        let expected: Vec<_> = planned.iter().map(|time| (time.clone(), time.clone())).collect();
        assert_eq!(sent(&dara, &ids[0]).await, expected);
        server.finish().await;
    }
}

#[tokio::test]
async fn doses_of_one_minute_make_one_message() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let patient = dara.id();
    server
        .context()
        .store
        .write(move |tx| {
            let mut lines = Vec::new();
            for (name, times) in [("aspirin", ["07:10"]), ("insulin", ["07:10"]), ("iron", ["07:20"])] {
                let mut line = line_of(tx, patient, at_times(&times), None);
                line.medicine_name = name.to_owned();
                lines.push(line);
            }
            write(tx, patient, lines);
            Ok(())
        })
        .await
        .unwrap();
    server.live(10).await;
    let messages = server.reminders(&dara);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].params.text_of("count"), "2");
    assert_eq!(messages[0].params.text_of("time"), "07:10");
    assert_eq!(messages[0].params.text_of("medicines.en"), "aspirin: 1 tablet\ninsulin: 1 tablet");
    let page = dara.get("/notifications").await.ok();
    assert_eq!(
        page["items"][0]["body"],
        "It is time to take your medicine. Planned for 07:10:\naspirin: 1 tablet\ninsulin: 1 tablet"
    );
    // One of the two is taken: the other is still asked for, with what has come due since.
    let ids = doses_of(&dara, TODAY).await;
    take(&dara, &ids[0]).await;
    assert_eq!(server.reminders(&dara)[0].withdrawn_at, None);
    server.live(10).await;
    let messages = server.reminders(&dara);
    assert_eq!(shown(&messages)[1], ("partly_repeat", "07:20:00".to_owned(), true));
    assert_eq!(messages[1].params.text_of("medicines.en"), "insulin: 1 tablet\niron: 1 tablet");
    server.finish().await;
}

#[tokio::test]
async fn putting_off_moves_the_next_reminder_to_the_second() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("m")).await;
    server.run_jobs().await;
    let id = doses_of(&dara, TODAY).await.remove(0);
    server.clock().advance(Span::seconds(150));
    dara.post(format!("/doses/{id}/snooze"), json!({ "minutes": 10 })).await.ok();
    assert_eq!(shown(&server.reminders(&dara)), [("default", "07:00:00".to_owned(), false)]);
    for _ in 0..30 {
        server.clock().advance(Span::seconds(30));
        server.run_jobs().await;
    }
    assert_eq!(shown(&server.reminders(&dara))[1..], [("snoozed", "07:12:30".to_owned(), true)]);
    // Put off beyond the end of the grace period: none follows, until it is missed.
    dara.post(format!("/doses/{id}/snooze"), json!({ "minutes": 15 })).await.ok();
    server.live(30).await;
    assert_eq!(server.reminders(&dara).len(), 2);
    assert_eq!(statuses(&dara, TODAY).await, ["MISSED"]);
    let expected = [("00:00:00", "00:00:00"), ("00:12:30", "00:12:30")];
    let expected = expected.map(|(planned, sent)| (planned.to_owned(), sent.to_owned()));
    assert_eq!(sent(&dara, &id).await, expected);
    server.finish().await;
}

#[tokio::test]
async fn any_record_ends_the_reminders_and_withdraws_what_is_open() {
    for way in ["taken", "skipped", "sync", "correct", "pause", "stop", "version"] {
        let server = clinic().await;
        let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
        server.connect(&sok, &dara).await;
        let body = json!({
            "patientId": dara.id(), "medicineId": medicine(&server, "metformin").await,
            "dosage": "1 tablet", "frequency": "1-0-0", "durationDays": 10,
        });
        let prescription = sok.post("/prescriptions", body).await.ok()["id"].as_str().unwrap().to_owned();
        server.run_jobs().await;
        server.live(1).await;
        let id = doses_of(&dara, TODAY).await.remove(0);
        match way {
            "taken" => drop(take(&dara, &id).await),
            "skipped" => {
                drop(dara.post(format!("/doses/{id}/skip"), json!({ "reason": "FASTING" })).await.ok());
            }
            "sync" => {
                let action =
                    json!({ "clientId": "a", "doseId": id, "action": "taken", "at": "2026-11-22T07:01" });
                dara.post("/doses/sync", json!({ "actions": [action] })).await.ok();
            }
            "correct" => {
                let body = json!({ "status": "TAKEN_ON_TIME", "reason": "taken in front of me" });
                sok.post(format!("/doses/{id}/correct"), body).await.ok();
            }
            "pause" => {
                sok.post(format!("/prescriptions/{prescription}/pause"), json!({})).await.ok();
            }
            "stop" => {
                let body = json!({ "reason": "rash" });
                sok.post(format!("/prescriptions/{prescription}/stop"), body).await.ok();
            }
            _ => {
                let line = json!({
                    "medicineId": medicine(&server, "metformin").await,
                    "dosage": "1 tablet", "frequency": "0-0-1", "durationDays": 10,
                });
                let body = json!({ "medications": [line], "reason": "better at night" });
                sok.patch(format!("/prescriptions/{prescription}"), body).await.ok();
            }
        }
        server.live(28).await;
        let messages = server.reminders(&dara);
        assert_eq!(shown(&messages), [("default", "07:00:00".to_owned(), false)], "{way}");
        assert!(messages[0].read_at.is_some());
        server.finish().await;
    }
}

#[tokio::test]
async fn after_downtime_only_what_still_makes_sense_is_sent_once() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    dara.patch("/users/me/grace-period", json!({ "gracePeriodMinutes": 60 })).await.ok();
    prescribe(&server, &dara, at_times(&["08:00", "12:00", "12:50"])).await;
    server.clock().advance(Span::hours(5));
    server.clock().advance(Span::minutes(57));
    let server = server.restart().await;
    // 12:57: the dose of 08:00 is past its grace, the two others are not.
    server.run_jobs().await;
    let messages = server.reminders(&dara);
    assert_eq!(shown(&messages), [("default", "12:57:00".to_owned(), true)]);
    assert_eq!(messages[0].params.text_of("count"), "2");
    server.live(12).await;
    // 13:00 ended the grace of the first; ten minutes after the late one the other is repeated.
    let messages = server.reminders(&dara);
    assert_eq!(shown(&messages)[1..], [("repeat", "13:07:00".to_owned(), true)]);
    assert_eq!(messages[1].params.text_of("count"), "1");
    let dara = server.again(&dara);
    let ids = doses_of(&dara, TODAY).await;
    assert_eq!(sent(&dara, &ids[0]).await, []);
    assert_eq!(sent(&dara, &ids[1]).await, [("05:00:00".to_owned(), "05:57:00".to_owned())]);
    server.finish().await;
}

#[tokio::test]
async fn reminders_follow_new_meal_times() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let line = json!({
        "medicineId": medicine(&server, "metformin").await, "doseAmount": 1, "doseUnit": "TABLET",
        "slots": { "morning": 1 }, "mealRelation": "WITH", "durationDays": 10,
    });
    let body = json!({ "patientId": dara.id(), "medications": [line] });
    sok.post("/prescriptions", body).await.ok();
    server.run_jobs().await;
    assert_eq!(server.reminders(&dara).len(), 1);
    dara.patch("/users/settings/meal-times", json!({ "morningMeal": "08:15" })).await.ok();
    server.clock().advance(Span::days(1));
    server.run_jobs().await;
    assert_eq!(server.reminders(&dara).len(), 1, "not at the old time");
    server.live(75).await;
    assert_eq!(shown(&server.reminders(&dara))[1].1, "08:15:00");
    server.finish().await;
}

#[tokio::test]
async fn reminders_follow_the_clinic_into_another_time_zone() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("me")).await;
    server.run_jobs().await;
    // An hour ahead of Phnom Penh.
    let server = server.restart_with(|settings| settings.clinic.time_zone = chrono_tz::Asia::Manila).await;
    let dara = server.again(&dara);
    server.run_jobs().await;
    let times = |day: Value| {
        let doses = day["doses"].as_array().unwrap().clone();
        doses.iter().map(|dose| dose["scheduledTime"].as_str().unwrap()[..16].to_owned()).collect::<Vec<_>>()
    };
    // Today's stay as they are, so that none is taken twice.
    let today = dara.get(format!("/doses/schedule?date={TODAY}")).await.ok();
    assert_eq!(times(today), ["2026-11-22T00:00", "2026-11-22T10:30"]);
    let tomorrow = dara.get("/doses/schedule?date=2026-11-23").await.ok();
    assert_eq!(times(tomorrow), ["2026-11-22T23:00", "2026-11-23T09:30"]);
    server.clock().advance(Span::hours(23));
    server.run_jobs().await;
    assert_eq!(server.reminders(&dara).last().unwrap().created_at, server.context().now());
    server.finish().await;
}

#[tokio::test]
async fn who_takes_as_needed_or_has_no_account_in_use_is_left_alone() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let locked = server.person("locked", Role::Patient, Status::Locked).await;
    let as_needed =
        Schedule::AsNeeded { amount: Amount::whole(1), max_per_24h: None, min_interval_hours: None };
    prescribe(&server, &dara, as_needed).await;
    prescribe(&server, &locked, at_times(&["07:05", "07:30"])).await;
    server.live(6).await;
    // Unlocked, he is reminded from the next dose on.
    let id = locked.id();
    server
        .context()
        .store
        .write(move |tx| {
            let mut user = users::require(tx, id)?;
            user.status = Status::Active;
            USERS.put(tx, &id, &user)
        })
        .await
        .unwrap();
    server.live(30).await;
    assert_eq!(server.reminders(&dara).len(), 0);
    let seen = server.reminders(&locked);
    assert_eq!(shown(&seen).first(), Some(&("default", "07:30:00".to_owned(), true)));
    assert_eq!(seen.len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn an_idle_pass_writes_nothing_and_lateness_is_measured() {
    let server = TestServer::start_with(|settings| {
        settings.server.admin_listen = Some(([127, 0, 0, 1], 0).into());
    })
    .await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mn")).await;
    server.clock().advance(Span::seconds(20));
    let pass =
        || async { send_dose_reminders(server.context().clone(), SendDoseReminders {}).await.unwrap() };
    pass().await;
    let before = server.context().store.counts();
    pass().await;
    assert_eq!(server.context().store.counts(), before);
    let url = format!("http://{}/metrics", server.admin_address());
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    let lines: Vec<&str> =
        text.lines().filter(|line| line.starts_with("das_tern_reminder_lateness")).collect();
    let name = "das_tern_reminder_lateness_seconds";
    assert!(lines.contains(&format!("{name}_bucket{{le=\"15\"}} 0").as_str()), "{lines:?}");
    assert!(lines.contains(&format!("{name}_bucket{{le=\"60\"}} 1").as_str()), "{lines:?}");
    assert!(lines.contains(&format!("{name}_sum 20").as_str()), "{lines:?}");
    server.finish().await;
}

#[tokio::test]
async fn somebody_whose_rows_are_broken_keeps_nobody_else_from_being_reminded() {
    let server = clinic().await;
    let people = [server.patient("one").await, server.patient("two").await, server.patient("three").await];
    for person in &people {
        prescribe(&server, person, daily("m")).await;
    }
    let id = people[1].id();
    let store = &server.context().store;
    let row = store.write(move |tx| USERS.delete(tx, &id)).await.unwrap().unwrap();
    server.run_jobs().await;
    server.live(10).await;
    assert_eq!(people.iter().map(|one| server.reminders(one).len()).collect::<Vec<_>>(), [2, 0, 2]);
    // Mended, he is reminded in the next minute.
    store.write(move |tx| USERS.put(tx, &id, &row)).await.unwrap();
    server.live(1).await;
    assert_eq!(server.reminders(&people[1]).len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_record_and_a_reminder_at_the_same_instant_have_one_outcome() {
    for _ in 0..10 {
        let server = clinic().await;
        let dara = server.patient("dara").await;
        prescribe(&server, &dara, daily("m")).await;
        let id = doses_of(&dara, TODAY).await.remove(0);
        let reminding = tokio::spawn(send_dose_reminders(server.context().clone(), SendDoseReminders {}));
        take(&dara, &id).await;
        reminding.await.unwrap().unwrap();
        // Either it was sent first and is withdrawn, or it was never sent.
        assert!(server.reminders(&dara).iter().all(|message| message.withdrawn_at.is_some()));
        assert_eq!(dara.get("/notifications/unread-count").await.ok()["unreadCount"], 0);
        server.finish().await;
    }
}
