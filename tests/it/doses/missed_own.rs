//! Patients hear of their own missed doses, with what to do now, and only while it is true.

use das_tern::domain::notifications::model::{Delivery, Notification, NotificationType, Urgency};
use das_tern::domain::notifications::texts::texts;
use das_tern::domain::prescriptions::model::{Amount, Schedule};
use das_tern::domain::users::model::{Role, Status};
use das_tern::domain::users::tables::{self as users, USERS};
use das_tern::platform::clock::Span;
use das_tern::platform::i18n::Language;
use serde_json::json;

use super::kit::{clinic, daily, doses_of, line_of, prescribe, statuses, take, write};
use super::reminders::{TODAY, at_times};
use crate::kit::{Client, TestServer};

impl TestServer {
    /// What the patient was told of missed doses, oldest first.
    fn told_of_missed(&self, patient: &Client) -> Vec<Notification> {
        let all = self.messages(patient).into_iter();
        all.filter(|message| message.kind == NotificationType::MissedDoseAlert).collect()
    }

    /// So many minutes later, with what is due done.
    async fn minutes_later(&self, minutes: i64) {
        self.clock().advance(Span::minutes(minutes));
        self.run_jobs().await;
    }
}

fn standing(messages: &[Notification]) -> usize {
    messages.iter().filter(|message| message.withdrawn_at.is_none()).count()
}

#[tokio::test]
async fn a_patient_reads_which_dose_was_missed_and_what_to_do() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("m")).await;
    server.minutes_later(0).await;
    let reminders = server.messages(&dara);
    assert_eq!(standing(&reminders), 1, "the reminder of 07:00");
    server.minutes_later(31).await;
    let told = server.told_of_missed(&dara);
    let [message] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((message.variant.as_str(), message.urgency), ("patient", Urgency::Normal));
    assert_eq!(message.resource_id.as_deref(), Some(doses_of(&dara, TODAY).await[0].as_str()));
    let english = texts(message, Language::English);
    assert_eq!(english.title, "A dose was missed");
    assert!(
        english.body.starts_with("The dose planned for 22/11/2026 07:00 was not recorded."),
        "{english:?}"
    );
    assert!(english.body.contains("do not take a double dose"), "{english:?}");
    assert!(texts(message, Language::Khmer).body.contains("កុំប្រើថ្នាំទ្វេដង"));
    assert_eq!(standing(&server.messages(&dara)), 1, "in the place of the reminder");
    // Not again.
    server.minutes_later(60).await;
    assert_eq!(server.told_of_missed(&dara).len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn doses_missed_together_make_one_message_for_the_patient() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let patient = dara.id();
    server
        .context()
        .store
        .write(move |tx| {
            let lines = ["07:00", "07:00", "07:05", "07:45"]
                .map(|time| line_of(tx, patient, at_times(&[time]), None));
            write(tx, patient, lines.to_vec());
            Ok(())
        })
        .await
        .unwrap();
    server.minutes_later(31).await;
    server.minutes_later(5).await;
    let told = server.told_of_missed(&dara);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].params.text_of("count"), "3");
    let body = texts(&told[0], Language::English).body;
    assert!(
        body.starts_with("Doses planned from 22/11/2026 07:00 on were not recorded. If you took them,"),
        "{body}"
    );
    server.minutes_later(40).await;
    assert_eq!(server.told_of_missed(&dara).len(), 2, "the one of 07:45 is another message");
    // It stands until the last of its doses is recorded.
    let ids = doses_of(&dara, TODAY).await;
    for (place, left) in [(0, 2), (1, 2), (2, 1), (3, 0)] {
        take(&dara, &ids[place]).await;
        assert_eq!(standing(&server.told_of_missed(&dara)), left, "after dose {place}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_message_that_waits_for_the_morning_is_sent_only_while_it_is_true() {
    for is_taken in [true, false] {
        let server = clinic().await;
        let dara = server.patient("dara").await;
        dara.patch("/users/settings/notifications", json!({"quietHours": {"from": "21:00", "to": "06:00"}}))
            .await
            .ok();
        prescribe(&server, &dara, daily("x")).await;
        server.minutes_later(14 * 60 + 31).await;
        let told = server.told_of_missed(&dara);
        assert_eq!(told.len(), 1, "missed at 21:30");
        assert_eq!(told[0].delivery, Delivery::Held, "in quiet hours");
        server.minutes_later(60).await;
        if is_taken {
            take(&dara, &doses_of(&dara, TODAY).await[0]).await;
        }
        server.minutes_later(8 * 60).await;
        let delivery = server.told_of_missed(&dara)[0].delivery;
        assert_eq!(delivery == Delivery::Withdrawn, is_taken, "{delivery:?}");
        server.finish().await;
    }
}

#[tokio::test]
async fn nobody_is_told_of_what_was_never_to_be_taken_or_is_asked_for_elsewhere() {
    // As needed, recorded, and long ago.
    let server = clinic().await;
    let (dara, thida) = (server.patient("dara").await, server.patient("thida").await);
    let as_needed =
        Schedule::AsNeeded { amount: Amount::whole(1), max_per_24h: Some(2), min_interval_hours: Some(4) };
    prescribe(&server, &dara, as_needed).await;
    prescribe(&server, &dara, daily("m")).await;
    take(&dara, &doses_of(&dara, TODAY).await[0]).await;
    prescribe(&server, &thida, daily("mnex")).await;
    server.minutes_later(60).await;
    assert!(server.told_of_missed(&dara).is_empty());
    assert_eq!(server.told_of_missed(&thida).len(), 1);
    server.minutes_later(5 * 24 * 60).await;
    let told = server.told_of_missed(&thida);
    assert_eq!(told.len(), 2, "one message for what was missed while the server was down");
    assert_eq!(told[1].params.text_of("count"), "4", "that of the last day");
    server.finish().await;

    // An account that is not in use.
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("m")).await;
    let id = dara.id();
    server
        .context()
        .store
        .write(move |tx| {
            let mut user = users::require(tx, id)?;
            assert_eq!(user.role, Role::Patient);
            user.status = Status::Locked;
            USERS.put(tx, &id, &user)
        })
        .await
        .unwrap();
    server.minutes_later(31).await;
    assert!(server.told_of_missed(&dara).is_empty());
    server.finish().await;
}

#[tokio::test]
async fn an_intake_sent_later_and_a_correction_take_the_message_back() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connected(&sok, &dara).await;
    prescribe(&server, &dara, daily("mn")).await;
    server.minutes_later(31).await;
    assert_eq!(standing(&server.told_of_missed(&dara)), 1);
    let ids = doses_of(&dara, TODAY).await;
    let action = json!({"clientId": "a", "doseId": ids[0], "action": "taken", "at": "2026-11-22T07:05"});
    dara.post("/doses/sync", json!({ "actions": [action] })).await.ok();
    assert_eq!(standing(&server.told_of_missed(&dara)), 0);
    server.minutes_later(5 * 60).await;
    assert_eq!(standing(&server.told_of_missed(&dara)), 1, "noon's");
    let skipped = json!({"status": "SKIPPED", "reason": "I told her to leave it out."});
    sok.post(format!("/doses/{}/correct", ids[1]), skipped).await.ok();
    assert_eq!(standing(&server.told_of_missed(&dara)), 0);
    assert_eq!(statuses(&dara, TODAY).await, ["TAKEN_ON_TIME", "SKIPPED"]);
    server.finish().await;
}
