//! The clock is wrong when the server starts.

use das_tern::domain::connections::model::{AlertSettings, Permission};
use das_tern::platform::clock::{Clock, Span, Timestamp};
use serde_json::json;

use super::{clock_of, told};
use crate::doses::kit::{clinic, daily, prescribe, statuses};
use crate::kit::{Client, PASSWORD, TestServer, beginning};
use crate::people::login;

const TODAY: &str = "2026-11-22";

/// Lets time pass minute by minute, with the jobs that it brings.
async fn live(server: &TestServer, minutes: i64) {
    for _ in 0..minutes {
        server.clock().advance(Span::minutes(1));
        server.run_jobs().await;
    }
}

#[tokio::test]
async fn an_hour_back_over_a_restart_makes_no_lock_longer_and_keeps_the_rhythm() {
    let server = clinic().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    prescribe(&server, &dara, daily("me")).await;
    live(&server, 5).await;
    let stranger = server.stranger();
    for _ in 0..5 {
        login(&stranger, "dara@example.com", "not-the-password").await.expect(401);
    }
    let before = server.context().now();
    server.clock().jump(Span::hours(-1));
    let server = server.restart().await;
    let (admin, dara, stranger) = (server.again(&admin), server.again(&dara), server.stranger());
    let doubt = clock_of(&admin).await;
    assert_eq!((&doubt["believed"], &doubt["doubt"]), (&json!(false), &json!("BEHIND_STORE")));
    assert!(server.context().now() >= before, "time goes on from what is stored");
    let locked = login(&stranger, "dara@example.com", PASSWORD).await.expect(429);
    let seconds: i64 = locked.header("retry-after").parse().unwrap();
    assert!(seconds <= 900, "{seconds}");

    let reminders = server.messages(&dara).len();
    live(&server, 7).await;
    assert!(server.messages(&dara).len() > reminders, "the reminder of ten minutes later came");
    let schedules = admin.get("/admin/schedules").await.ok();
    let last = |name: &str| {
        let all = schedules["items"].as_array().unwrap();
        let found = all.iter().find(|schedule| schedule["name"] == name).unwrap();
        found["lastRunAt"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap()
    };
    assert_eq!(Timestamp::from(last("dose-reminders")), server.context().now(), "it runs each minute");
    assert!(Timestamp::from(last("missed-dose-sweep")) <= before, "it waits, and does not say that it ran");

    server.clock().jump(Span::hours(1));
    live(&server, 25).await;
    login(&stranger, "dara@example.com", PASSWORD).await.expect(200);
    assert_eq!(statuses(&dara, TODAY).await, ["MISSED", "DUE"]);
    assert_eq!(told(&server, &admin), ["clock_doubted", "clock_settled"]);
    server.finish().await;
}

#[tokio::test]
async fn a_machine_that_wakes_in_1970_waits_for_the_time() {
    let server = clinic().await;
    let (admin, dara, sok) = (server.admin().await, server.patient("dara").await, server.doctor("sok").await);
    let until = Some(beginning().plus(Span::days(1)));
    let a_day = Permission { expires_at: until, ..Permission::all() };
    server.connected_with(&sok, &dara, a_day, AlertSettings::default()).await;
    prescribe(&server, &dara, daily("me")).await;
    live(&server, 2).await;
    let stored = server.context().now();
    server.clock().jump(Timestamp::default().since(stored));
    let server = server.restart().await;
    let (admin, dara, sok) = (server.again(&admin), server.again(&dara), server.again(&sok));
    assert_eq!(server.context().now(), stored, "not 1970");
    live(&server, 3).await;
    login(&server.stranger(), "dara@example.com", PASSWORD).await.expect(200);
    assert_eq!(statuses(&dara, TODAY).await, ["DUE", "DUE"]);
    sok.get(format!("/doses/schedule?date={TODAY}&patientId={}", dara.id())).await.expect(200);

    // The network is there, and with it the time: seven hours have passed.
    server.clock().jump(stored.plus(Span::hours(7)).since(server.clock().now()));
    server.time_server().has_set(server.clock());
    live(&server, 1).await;
    assert_eq!(clock_of(&admin).await["believed"], json!(true));
    assert_eq!(statuses(&dara, TODAY).await, ["MISSED", "DUE"]);
    server.finish().await;
}

#[tokio::test]
async fn three_weeks_of_downtime_hold_nothing_back() {
    let server = clinic().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    prescribe(&server, &dara, daily("me")).await;
    server.run_jobs().await;
    server.clock().advance(Span::days(21));
    server.time_server().has_set(server.clock());
    let server = server.restart().await;
    let (admin, dara) = (server.again(&admin), server.again(&dara));
    assert_eq!(clock_of(&admin).await["believed"], json!(true));
    server.run_jobs().await;
    assert_eq!(statuses(&dara, TODAY).await, ["MISSED", "MISSED"]);
    assert!(told(&server, &admin).is_empty());
    server.finish().await;
}

#[tokio::test]
async fn a_year_ahead_without_a_time_server_ends_no_right_and_misses_nothing() {
    let server = clinic().await;
    let (admin, dara, sok) = (server.admin().await, server.patient("dara").await, server.doctor("sok").await);
    let a_day = Permission { expires_at: Some(beginning().plus(Span::days(1))), ..Permission::all() };
    server.connected_with(&sok, &dara, a_day, AlertSettings::default()).await;
    prescribe(&server, &dara, daily("me")).await;
    server.run_jobs().await;
    server.clock().jump(Span::days(45));
    let server = server.restart().await;
    let (admin, dara, sok) = (server.again(&admin), server.again(&dara), server.again(&sok));
    live(&server, 5).await;
    assert_eq!(clock_of(&admin).await["doubt"], json!("FAR_AHEAD_OF_STORE"));
    assert_eq!(statuses(&dara, TODAY).await, ["DUE", "DUE"]);
    sok.get(format!("/doses/schedule?date={TODAY}&patientId={}", dara.id())).await.expect(200);

    server.clock().jump(Span::days(-45));
    server.time_server().has_set(server.clock());
    live(&server, 1).await;
    assert_eq!(clock_of(&admin).await["believed"], json!(true));
    assert_eq!(statuses(&dara, TODAY).await, ["DUE", "DUE"]);
    server.finish().await;
}

/// A server that was started three weeks ahead and has run for five minutes, an admin, and a patient whose morning dose is
/// open.
async fn three_weeks_ahead() -> (TestServer, Client, Client) {
    let server = clinic().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    prescribe(&server, &dara, daily("me")).await;
    server.run_jobs().await;
    server.clock().jump(Span::days(21));
    let server = server.restart().await;
    live(&server, 5).await;
    let (admin, dara) = (server.again(&admin), server.again(&dara));
    (server, admin, dara)
}

/// The morning's dose is still open: its reminders go on.
async fn is_reminded_again(server: &TestServer, patient: &Client) {
    let before = server.messages(patient).len();
    live(server, 15).await;
    assert!(server.messages(patient).len() > before, "nobody was reminded");
}

#[tokio::test]
async fn three_weeks_ahead_put_right_while_the_server_stands_still_leave_nothing_behind() {
    let (server, admin, dara) = three_weeks_ahead().await;
    assert_eq!(clock_of(&admin).await["doubt"], json!("FAR_AHEAD_OF_STORE"));
    server.clock().jump(Span::days(-21));
    let server = server.restart().await;
    let (admin, dara) = (server.again(&admin), server.again(&dara));
    assert_eq!(clock_of(&admin).await["believed"], json!(true));
    server.run_jobs().await;
    is_reminded_again(&server, &dara).await;
    server.finish().await;
}

#[tokio::test]
async fn three_weeks_ahead_put_right_in_doubt_are_put_right_at_once() {
    let (server, admin, dara) = three_weeks_ahead().await;
    server.clock().jump(Span::days(-21));
    live(&server, 1).await;
    assert_eq!(clock_of(&admin).await["doubt"], json!("FAR_AHEAD_OF_STORE"));
    is_reminded_again(&server, &dara).await;
    server.finish().await;
}

#[tokio::test]
async fn a_day_ahead_is_not_believed_because_the_server_was_started_anew() {
    let server = clinic().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    prescribe(&server, &dara, daily("me")).await;
    live(&server, 1).await;
    server.clock().jump(Span::days(1));
    live(&server, 1).await;
    let right = server.context().now();

    let server = server.restart().await;
    let (admin, dara) = (server.again(&admin), server.again(&dara));
    let doubt = clock_of(&admin).await;
    assert_eq!((&doubt["believed"], &doubt["doubt"]), (&json!(false), &json!("JUMPED_FORWARD")));
    assert_eq!(server.context().now(), right, "time goes on from before the jump");
    live(&server, 5).await;
    assert_eq!(statuses(&dara, TODAY).await, ["DUE", "DUE"]);

    // Put right while it stands still: nothing is held back, and nothing was done that has to be undone.
    let right = server.context().now();
    server.clock().jump(Span::days(-1));
    let server = server.restart().await;
    let (admin, dara) = (server.again(&admin), server.again(&dara));
    assert_eq!(clock_of(&admin).await["believed"], json!(true));
    assert_eq!(server.context().now(), right);
    live(&server, 45).await;
    assert_eq!(statuses(&dara, TODAY).await, ["MISSED", "DUE"]);
    server.finish().await;
}

/// Whichever way the time moves, whoever has minutes to wait has them to wait.
#[tokio::test]
async fn a_lock_from_before_lasts_as_long_by_a_clock_that_is_far_ahead() {
    let server = clinic().await;
    let (_dara, admin) = (server.patient("dara").await, server.admin().await);
    for _ in 0..5 {
        login(&server.stranger(), "dara@example.com", "not-the-password").await.expect(401);
    }
    let before = das_tern::platform::i18n::moment_text(server.context().now().local(server.context().zone()));
    server.clock().jump(Span::days(21));
    let server = server.restart().await;
    login(&server.stranger(), "dara@example.com", PASSWORD).await.expect(429);
    assert_eq!(told(&server, &admin), ["clock_far_ahead"]);
    let said = server.again(&admin).get("/notifications").await.ok();
    assert!(said["items"][0]["body"].as_str().unwrap().contains(&before), "{said}");
    server.clock().jump(Span::days(-21));
    live(&server, 14).await;
    login(&server.stranger(), "dara@example.com", PASSWORD).await.expect(429);
    live(&server, 2).await;
    login(&server.stranger(), "dara@example.com", PASSWORD).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn a_lock_set_in_doubt_outlives_the_doubt() {
    let server = clinic().await;
    let _dara = server.patient("dara").await;
    // Three weeks ahead from the start on.
    server.clock().jump(Span::days(21));
    let server = server.restart().await;
    for _ in 0..5 {
        login(&server.stranger(), "dara@example.com", "not-the-password").await.expect(401);
    }
    server.clock().jump(Span::days(-21));
    live(&server, 1).await;
    let locked = login(&server.stranger(), "dara@example.com", PASSWORD).await.expect(429);
    let seconds: i64 = locked.header("retry-after").parse().unwrap();
    assert!((800..=900).contains(&seconds), "{seconds}");
    server.clock().advance(Span::minutes(15));
    login(&server.stranger(), "dara@example.com", PASSWORD).await.expect(200);

    // Behind what is stored, until a time server finds that hours have passed.
    server.clock().jump(Span::hours(-3));
    let server = server.restart().await;
    for _ in 0..5 {
        login(&server.stranger(), "dara@example.com", "not-the-password").await.expect(401);
    }
    server.clock().jump(Span::hours(8));
    server.time_server().has_set(server.clock());
    live(&server, 1).await;
    let locked = login(&server.stranger(), "dara@example.com", PASSWORD).await.expect(429);
    let seconds: i64 = locked.header("retry-after").parse().unwrap();
    assert!((800..=900).contains(&seconds), "{seconds}");
    server.finish().await;
}
