//! Whatever a patient does on a morning and however long the server is away, his reminders are those of the rules.

use das_tern::flows::doses::{SendDoseReminders, send_dose_reminders};
use das_tern::platform::clock::Span;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::kit::{clinic, doses_of, prescribe};
use super::reminders::{TODAY, at_times, sent};
use crate::kit::Client;

/// What may happen to the doses of a morning, minute by minute.
#[derive(Debug, Clone)]
enum Event {
    Snooze(usize, u32),
    Take(usize),
    Skip(usize),
    Down(i64),
}

#[derive(Debug, Clone)]
struct Morning {
    grace: u32,
    /// Minutes after seven.
    times: Vec<i64>,
    /// At which minute what happens.
    events: Vec<(i64, Event)>,
}

fn mornings() -> impl Strategy<Value = Morning> {
    let event = prop_oneof![
        3 => (0_usize..4, prop::sample::select(vec![5_u32, 10, 15])).prop_map(|(dose, m)| Event::Snooze(dose, m)),
        1 => (0_usize..4).prop_map(Event::Take),
        1 => (0_usize..4).prop_map(Event::Skip),
        1 => (1_i64..90).prop_map(Event::Down),
    ];
    let grace = prop::sample::select(vec![10_u32, 20, 30, 60]);
    let times = prop::collection::btree_set(1_i64..60, 1..4);
    (grace, times, prop::collection::vec((0_i64..120, event), 0..12)).prop_map(
        |(grace, times, mut events)| {
            events.sort_by_key(|(minute, _)| *minute);
            Morning { grace, times: times.into_iter().collect(), events }
        },
    )
}

/// What one dose's reminders should be, by the rules alone.
#[derive(Debug, Clone, Default)]
struct Model {
    due: i64,
    next: i64,
    snoozes: u32,
    reminder_at: i64,
    sent: Vec<i64>,
    over: bool,
}

#[test]
fn reminders_are_never_too_many_too_late_or_forgotten() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    runner
        .run(&mornings(), |morning| {
            runtime.block_on(spend(morning));
            Ok(())
        })
        .unwrap();
}

async fn spend(morning: Morning) {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    dara.patch("/users/me/grace-period", json!({ "gracePeriodMinutes": morning.grace })).await.ok();
    let times: Vec<String> =
        morning.times.iter().map(|minute| format!("{:02}:{:02}", 7 + minute / 60, minute % 60)).collect();
    let times: Vec<&str> = times.iter().map(String::as_str).collect();
    prescribe(&server, &dara, at_times(&times)).await;
    let ids = doses_of(&dara, TODAY).await;
    let grace = i64::from(morning.grace);
    let mut models: Vec<Model> = morning
        .times
        .iter()
        .map(|&due| Model { due, next: due, reminder_at: due, ..Model::default() })
        .collect();
    let mut down_until = 0;
    for minute in 0..130 {
        for (_, event) in morning.events.iter().filter(|(at, _)| *at == minute) {
            act(&dara, &ids, &mut models, event, (minute, grace)).await;
            if let Event::Down(minutes) = event {
                down_until = down_until.max(minute + minutes);
            }
        }
        if minute >= down_until {
            send_dose_reminders(server.context().clone(), SendDoseReminders {}).await.unwrap();
            for model in models.iter_mut().filter(|model| !model.over) {
                let allowed = usize::try_from(4 + model.snoozes).unwrap();
                if model.next <= minute
                    && model.next.max(minute) < model.due + grace
                    && model.sent.len() < allowed
                {
                    model.sent.push(minute);
                    model.next = minute + 10;
                }
            }
        }
        server.clock().advance(Span::minutes(1));
    }
    for (id, model) in ids.iter().zip(&models) {
        let at: Vec<i64> = sent(&dara, id).await.iter().map(|(_, sent)| minutes_after_seven(sent)).collect();
        assert_eq!(at, model.sent, "{morning:?}");
        assert!(at.iter().all(|&at| at >= model.due && at < model.due + grace), "{morning:?}");
        assert!(at.len() <= usize::try_from(4 + model.snoozes).unwrap());
    }
    server.finish().await;
}

async fn act(dara: &Client, ids: &[String], models: &mut [Model], event: &Event, at: (i64, i64)) {
    let (minute, grace) = at;
    if matches!(event, Event::Take(_) | Event::Skip(_)) {
        // A record finds what is past its grace period.
        for model in models.iter_mut().filter(|model| model.due + grace <= minute) {
            model.over = true;
        }
    }
    let place = match event {
        Event::Snooze(dose, _) | Event::Take(dose) | Event::Skip(dose) => *dose,
        Event::Down(_) => return,
    };
    let (Some(id), Some(model)) = (ids.get(place), models.get_mut(place)) else { return };
    match event {
        Event::Snooze(_, minutes) => {
            let answer = dara.post(format!("/doses/{id}/snooze"), json!({ "minutes": minutes })).await;
            if answer.status == 200 {
                model.snoozes += 1;
                model.reminder_at = model.reminder_at.max(minute) + i64::from(*minutes);
                model.next = model.reminder_at;
            } else {
                assert!(model.over || model.snoozes == 3, "refused without a reason");
            }
        }
        Event::Take(_) => {
            dara.post(format!("/doses/{id}/mark-taken"), json!({ "confirmEarly": true })).await.ok();
            model.over = true;
        }
        Event::Skip(_) => {
            drop(dara.post(format!("/doses/{id}/skip"), json!({ "reason": "FASTING" })).await.ok());
            model.over = true;
        }
        Event::Down(_) => {}
    }
}

/// `01:30:00` in UTC is half past eight in Phnom Penh, 90 minutes after seven.
fn minutes_after_seven(time: &str) -> i64 {
    let parts: Vec<i64> = time.split(':').map(|part| part.parse().unwrap()).collect();
    parts[0] * 60 + parts[1]
}
