//! The clock is set while the server runs.

use das_tern::domain::connections::model::{AlertSettings, Permission};
use das_tern::platform::clock::{Span, Timestamp};
use serde_json::{Value, json};

use super::{audited, clock_of, told};
use crate::doses::kit::{clinic, daily, prescribe, statuses};
use crate::kit::{Answer, Client, PASSWORD, TestServer, beginning};
use crate::people::login;

const TODAY: &str = "2026-11-22";
const TOMORROW: &str = "2026-11-23";

/// Lets time pass minute by minute, with the jobs that it brings.
async fn live(server: &TestServer, minutes: i64) {
    for _ in 0..minutes {
        server.clock().advance(Span::minutes(1));
        server.run_jobs().await;
    }
}

async fn wrong_password(stranger: &Client) -> Answer {
    login(stranger, "dara@example.com", "not-the-password").await
}

#[tokio::test]
async fn a_day_ahead_for_66_seconds_leaves_nothing_behind() {
    let server = clinic().await;
    let (admin, dara, sok) = (server.admin().await, server.patient("dara").await, server.doctor("sok").await);
    let mother = server.family("mom").await;
    server.connected(&sok, &dara).await;
    server.connected(&mother, &dara).await;
    prescribe(&server, &dara, daily("me")).await;
    server.run_jobs().await;

    server.clock().jump(Span::days(1));
    live(&server, 1).await;
    server.clock().advance(Span::seconds(6));
    server.run_jobs().await;
    let doubt = clock_of(&admin).await;
    assert_eq!((&doubt["believed"], &doubt["doubt"]), (&json!(false), &json!("JUMPED_FORWARD")));
    let time =
        |name: &str| doubt[name].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap().into();
    assert_eq!(Timestamp::since(time("since"), beginning()), Span::minutes(1), "when it was looked at first");
    assert_eq!(Timestamp::since(time("shows"), beginning()), Span::days(1).plus(Span::seconds(66)));
    assert_eq!(statuses(&dara, TODAY).await, ["DUE", "DUE"]);
    let about_doses =
        |person: &Client| server.messages(person).iter().filter(|m| m.patient.is_some()).count();
    assert_eq!((about_doses(&sok), about_doses(&mother)), (0, 0));

    server.clock().jump(Span::days(-1));
    live(&server, 1).await;
    assert_eq!(clock_of(&admin).await["believed"], json!(true));
    assert_eq!(told(&server, &admin), ["clock_doubted", "clock_settled"]);
    assert_eq!(audited(&server, "clock.turn").len(), 2);
    assert_eq!(statuses(&dara, TOMORROW).await, ["DUE", "DUE"]);

    // Life goes on: the morning dose is reminded of, and missed when its grace period is over.
    live(&server, 45).await;
    assert_eq!(statuses(&dara, TODAY).await, ["MISSED", "DUE"]);
    assert_eq!(about_doses(&mother), 1);
    server.finish().await;
}

#[tokio::test]
async fn what_is_missed_while_the_clock_is_in_doubt_is_missed_afterwards() {
    let server = clinic().await;
    let (dara, mother) = (server.patient("dara").await, server.family("mom").await);
    server.connected(&mother, &dara).await;
    prescribe(&server, &dara, daily("me")).await;
    server.run_jobs().await;
    live(&server, 28).await;
    server.clock().jump(Span::hours(-3));
    live(&server, 9).await;
    assert_eq!(statuses(&dara, TODAY).await, ["DUE", "DUE"], "its grace period ended in the doubt");
    let reminders = server.messages(&dara).len();
    assert!(reminders >= 2, "reminders went on: {reminders}");
    server.clock().jump(Span::hours(3));
    live(&server, 2).await;
    assert_eq!(statuses(&dara, TODAY).await, ["MISSED", "DUE"]);
    server.finish().await;
}

#[tokio::test]
async fn five_wrong_passwords_in_a_wrong_minute_lock_for_a_quarter_of_an_hour() {
    let server = clinic().await;
    let _dara = server.patient("dara").await;
    let stranger = server.stranger();
    server.clock().jump(Span::days(1));
    for _ in 0..5 {
        wrong_password(&stranger).await.expect(401);
    }
    server.clock().jump(Span::days(-1));
    let locked = wrong_password(&stranger).await.expect(429).code("account_locked");
    assert_eq!(locked.header("retry-after"), "900");
    server.clock().advance(Span::minutes(15));
    login(&stranger, "dara@example.com", PASSWORD).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn a_wrong_day_that_was_believed_is_taken_back() {
    let server = clinic().await;
    let (admin, dara, sok) = (server.admin().await, server.patient("dara").await, server.doctor("sok").await);
    let mother = server.family("mom").await;
    server.connected(&sok, &dara).await;
    server.connected_with(&mother, &dara, Permission::all(), AlertSettings::default()).await;
    prescribe(&server, &dara, daily("me")).await;
    server.run_jobs().await;
    // Somebody sets the clock a day ahead, and nobody finds anything wrong with it for ten minutes.
    server.clock().jump(Span::days(1));
    live(&server, 11).await;
    assert_eq!(clock_of(&admin).await["believed"], json!(true));
    live(&server, 30).await;
    assert_eq!(statuses(&dara, TODAY).await, ["MISSED", "MISSED"]);
    assert_eq!(statuses(&dara, TOMORROW).await, ["MISSED", "DUE"]);
    let alarmed = server.messages(&mother);
    assert!(!alarmed.is_empty() && alarmed.iter().all(|message| message.withdrawn_at.is_none()));

    server.clock().jump(Span::days(-1));
    server.time_server().has_set(server.clock());
    live(&server, 1).await;
    assert_eq!(clock_of(&admin).await["believed"], json!(true));
    // The morning of today was missed by any clock: it is 42 minutes past its time.
    assert_eq!(statuses(&dara, TODAY).await, ["MISSED", "DUE"]);
    assert_eq!(statuses(&dara, TOMORROW).await, ["DUE", "DUE"]);
    let withdrawn = |person: &Client| {
        let messages = server.messages(person).into_iter().filter(|message| message.patient.is_some());
        messages.map(|message| (message.variant.clone(), message.withdrawn_at.is_some())).collect::<Vec<_>>()
    };
    let of_mother = withdrawn(&mother);
    // The morning of today was missed by any clock, and is told of anew.
    let mut standing: Vec<&str> = of_mother
        .iter()
        .filter(|(_, is_withdrawn)| !is_withdrawn)
        .map(|(variant, _)| variant.as_str())
        .collect();
    standing.sort_unstable();
    assert_eq!(standing, ["default", "not_missed"], "{of_mother:?}");
    assert_eq!(of_mother.len(), alarmed.len() + 2);
    let undone = audited(&server, "dose.undo_wrong_time");
    let change: Value = serde_json::from_str(undone[0]["change"].as_str().unwrap()).unwrap();
    assert_eq!(change["dueAgain"], json!(2), "{undone:?}");

    // The evening is reminded of and missed in its own time.
    let before = server.messages(&dara).len();
    server.clock().advance(Span::hours(10));
    live(&server, 1).await;
    assert!(server.messages(&dara).len() > before, "reminders come by the right time again");
    server.finish().await;
}

#[tokio::test]
async fn an_admin_says_that_the_clock_is_right() {
    let server = clinic().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    let reason = json!({"reason": "compared with the radio"});
    admin.post("/admin/clock/confirm", reason.clone()).await.expect(409).code("clock_not_in_doubt");
    server.clock().jump(Span::hours(5));
    dara.post("/admin/clock/confirm", reason.clone()).await.expect(403).code("role_not_allowed");
    admin.post("/admin/clock/confirm", json!({"reason": " "})).await.expect(400);
    admin.post("/admin/clock/confirm", reason).await.expect(204);
    assert_eq!(clock_of(&admin).await["believed"], json!(true));
    assert_eq!(server.context().now(), beginning().plus(Span::hours(5)));
    assert_eq!(audited(&server, "clock.confirm").len(), 2, "the refusal is written down too");
    server.finish().await;
}

#[tokio::test]
async fn a_machine_that_slept_three_days_holds_nothing_back() {
    let server = clinic().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    prescribe(&server, &dara, daily("me")).await;
    server.run_jobs().await;
    server.clock().advance(Span::days(3));
    server.run_jobs().await;
    assert_eq!(clock_of(&admin).await["believed"], json!(true));
    assert_eq!(statuses(&dara, TODAY).await, ["MISSED", "MISSED"]);
    assert!(told(&server, &admin).is_empty());
    server.finish().await;
}

#[tokio::test]
async fn codes_and_pauses_last_no_longer_when_the_clock_goes_back() {
    let server = clinic().await;
    let (admin, _dara) = (server.admin().await, server.patient("dara").await);
    let ask = json!({"identifier": "dara@example.com", "purpose": "SIGN_IN"});
    // A day ahead is believed, and then found wrong.
    server.clock().jump(Span::days(1));
    admin.post("/admin/clock/confirm", json!({"reason": "wrongly"})).await.expect(204);
    let stranger = server.stranger();
    stranger.post("/auth/otp/send", ask.clone()).await.expect(200);
    for _ in 0..5 {
        wrong_password(&stranger).await.expect(401);
    }
    server.clock().jump(Span::days(-1));
    server.time_server().has_set(server.clock());
    server.run_jobs().await;
    stranger.post("/auth/otp/send", ask).await.expect(200);
    let locked = login(&stranger, "dara@example.com", PASSWORD).await.expect(429).code("account_locked");
    assert_eq!(locked.header("retry-after"), "900", "it lasts as long as it did, and no longer");
    server.clock().advance(Span::minutes(15));
    login(&stranger, "dara@example.com", PASSWORD).await.expect(200);
    server.finish().await;
}
