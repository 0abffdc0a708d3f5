//! Planning into the tables: nothing doubles, nothing recorded is lost.

use das_tern::domain::doses::model::DoseStatus;
use das_tern::domain::doses::plans::{self, Planned};
use das_tern::domain::doses::tables as doses;
use das_tern::domain::prescriptions::model::{Amount, Schedule};
use das_tern::domain::users::tables as users;
use das_tern::flows::doses::{ExtendHorizon, SweepMissedDoses, extend_horizon, sweep_missed_doses};
use das_tern::platform::clock::{Span, start_of_day};
use das_tern::platform::store::{Direction, Reader, Step};

use super::kit::{KHMER, access, clinic, daily, doses_of, line_of, prescribe, statuses, take, write};

#[tokio::test]
async fn planning_twice_and_at_once_makes_each_dose_once() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let patient = dara.id();
    let store = &server.context().store;
    let (prescription, line) = store
        .write(move |tx| {
            let line = line_of(tx, patient, daily("mnx"), None);
            Ok((write(tx, patient, vec![line.clone()]), line))
        })
        .await
        .unwrap();
    let plans: Vec<_> = (0..5)
        .map(|_| {
            let (store, line) = (store.clone(), line.clone());
            tokio::spawn(async move {
                store
                    .write(move |tx| {
                        let access = access(tx, patient);
                        let user = users::require(tx, patient)?;
                        plans::plan(tx, &access, &user, prescription, 1, std::slice::from_ref(&line), KHMER)
                    })
                    .await
                    .unwrap()
            })
        })
        .collect();
    for plan in plans {
        assert_eq!(plan.await.unwrap(), 0);
    }
    assert_eq!(doses_of(&dara, "2026-11-25").await.len(), 3);
    server.finish().await;
}

#[tokio::test]
async fn pausing_cancels_what_is_to_come_and_resuming_plans_from_now() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let prescription = prescribe(&server, &dara, daily("mnex")).await;
    let patient = dara.id();
    let ids = doses_of(&dara, "2026-11-22").await;
    take(&dara, &ids[0]).await;
    let store = &server.context().store;
    let cancelled = store
        .write(move |tx| {
            let access = access(tx, patient);
            plans::cancel_future(tx, &access, prescription, None)
        })
        .await
        .unwrap();
    assert_eq!(cancelled, 139);
    assert_eq!(statuses(&dara, "2026-11-22").await, ["TAKEN_ON_TIME"]);
    let refused = dara.post(format!("/doses/{}/mark-taken", ids[1]), serde_json::json!({})).await;
    refused.expect(409).code("dose_cancelled");
    // Nothing is missed while paused.
    server.clock().advance(Span::hours(12));
    sweep_missed_doses(server.context().clone(), SweepMissedDoses {}).await.unwrap();
    let resumed = store
        .write(move |tx| {
            let access = access(tx, patient);
            let user = users::require(tx, patient)?;
            let row = das_tern::domain::prescriptions::tables::get(tx, &access, prescription)?;
            plans::plan(tx, &access, &user, prescription, 1, &row.content.lines, KHMER)
        })
        .await
        .unwrap();
    // Of today only the night's dose is still to come; the horizon has moved on by half a day.
    assert_eq!(statuses(&dara, "2026-11-22").await, ["TAKEN_ON_TIME", "DUE"]);
    assert_eq!(resumed, 140);
    let counts = dara.get("/adherence/today").await.ok()["counts"].clone();
    assert_eq!((&counts["missed"], &counts["taken"]), (&0.into(), &1.into()));
    server.finish().await;
}

#[tokio::test]
async fn new_meal_times_leave_today_alone() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let prescription = prescribe(&server, &dara, daily("mn")).await;
    let patient = dara.id();
    let before = doses_of(&dara, "2026-11-22").await;
    server
        .context()
        .store
        .write(move |tx| {
            let access = access(tx, patient);
            let user = users::require(tx, patient)?;
            let mut lines =
                das_tern::domain::prescriptions::tables::get(tx, &access, prescription)?.content.lines;
            lines[0].schedule = daily("e");
            let tomorrow = start_of_day(tx.now().day_in(KHMER).succ_opt().unwrap(), KHMER);
            let planned = Planned { prescription, version: 1, lines: &lines };
            plans::replan(tx, &access, &user, planned, KHMER, tomorrow)
        })
        .await
        .unwrap();
    assert_eq!(doses_of(&dara, "2026-11-22").await, before);
    assert_eq!(doses_of(&dara, "2026-11-23").await.len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_single_dose_is_planned_once() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let patient = dara.id();
    let prescription = prescribe(&server, &dara, Schedule::Once { amount: Amount::whole(2) }).await;
    server.clock().advance(Span::minutes(5));
    let again = server
        .context()
        .store
        .write(move |tx| {
            let access = access(tx, patient);
            let user = users::require(tx, patient)?;
            let lines =
                das_tern::domain::prescriptions::tables::get(tx, &access, prescription)?.content.lines;
            plans::plan(tx, &access, &user, prescription, 1, &lines, KHMER)
        })
        .await
        .unwrap();
    assert_eq!(again, 0);
    assert_eq!(doses_of(&dara, "2026-11-22").await.len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn doses_always_exist_thirty_days_ahead() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mx")).await;
    let patient = dara.id();
    // A week without the job, then every day, then twice on one day.
    for pause in [7, 1, 1, 0, 9, 1] {
        server.clock().advance(Span::days(pause));
        extend_horizon(server.context().clone(), ExtendHorizon {}).await.unwrap();
        let (count, last) = server
            .context()
            .store
            .read(|tx| {
                let access = access(tx, patient);
                let (mut count, mut last) = (0, tx.now());
                let first = tx.now().day_in(KHMER).succ_opt().unwrap();
                doses::visit_days(tx, &access, first, Direction::Forward, |_, day| {
                    count += day.doses.iter().filter(|dose| dose.status == DoseStatus::Due).count();
                    last = day.doses.last().unwrap().scheduled();
                    Ok(Step::Continue)
                })?;
                Ok((count, last))
            })
            .unwrap();
        let ahead = last.since(server.context().now());
        assert!(ahead >= Span::days(34), "{ahead:?} after {pause} days");
        assert!((68..=70).contains(&count), "{count}");
    }
    server.run_jobs().await;
    server.finish().await;
}
