//! A dose that was due when its treatment was paused is due again when the treatment goes on within its grace period. Later it
//! stays cancelled, which alarms nobody, and whoever resumes hears of it.

use das_tern::domain::notifications::model::NotificationType;
use serde_json::{Value, json};

use super::identity::{TODAY, TOMORROW};
use super::{Clinic, id};

fn steps(slot: &str) -> Value {
    json!([{"days": 2, "slots": {slot: 2}}, {"days": 3, "slots": {slot: 1}}])
}

fn treatments() -> Vec<(Value, usize)> {
    vec![
        (json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5}), 5),
        (json!({"dosage": "1 cp", "frequency": "OD", "quantity": 5}), 5),
        (json!({"dosage": "1 cp", "frequency": "BID", "durationDays": 5}), 10),
        (json!({"dosage": "1 cp", "frequency": "BID", "quantity": 10}), 10),
        (json!({"dosage": "1 cp", "frequency": "Q8H", "durationDays": 3}), 9),
        (json!({"dosage": "1 cp", "frequency": "Q8H", "quantity": 9}), 9),
        (json!({"dosage": "1 cp", "frequency": "OD", "endDate": "2026-11-26"}), 5),
        (json!({"times": ["07:00", "19:00"], "dosage": "1 cp", "durationDays": 5}), 10),
        (json!({"doseUnit": "TABLET", "steps": steps("morning")}), 5),
    ]
}

impl Clinic {
    pub(super) async fn pause(&self, written: &Value) {
        let path = format!("/prescriptions/{}/pause", id(written));
        self.sok.post(path, json!({"reason": "Operation"})).await.ok();
    }

    pub(super) async fn resume(&self, written: &Value) -> Value {
        self.sok.post(format!("/prescriptions/{}/resume", id(written)), json!({})).await.ok()
    }
}

#[tokio::test]
async fn a_pause_over_a_due_dose_loses_none_without_a_word() {
    for (line, count) in treatments() {
        for (resumed, lost) in [("07:20", 0), ("07:40", 1)] {
            let clinic = Clinic::open().await;
            let written = clinic.line(line.clone()).await;
            clinic.at("07:10").await;
            let (weeks, dose) = (clinic.weeks().await, clinic.dose("07:00").await);
            clinic.pause(&written).await;
            assert_eq!(clinic.totals().0, 0, "{line}: nothing is asked for in the pause");
            clinic.at(resumed).await;
            let answer = clinic.resume(&written).await;
            clinic.server.run_jobs().await;
            assert_eq!(clinic.totals().0, count - lost, "{line} at {resumed}");
            assert_eq!(super::paused_changed::told(&answer), lost, "{line} at {resumed}");
            assert_eq!(clinic.weeks().await, weeks[lost..], "{line} at {resumed}");
            let told = clinic.messages(&clinic.dara, NotificationType::MissedDoseAlert);
            assert!(told.is_empty(), "{line} at {resumed}");
            // It can still be taken, which is the one intake that it asks for.
            clinic.dara.post(format!("/doses/{dose}/mark-taken"), json!({})).await.ok();
            assert_eq!(clinic.totals().0, count, "{line} at {resumed}");
            clinic.server.finish().await;
        }
    }
}

/// Whoever lets a treatment go on hears of a next dose that comes unusually soon or late after the last intake, whatever was
/// changed in the pause.
#[tokio::test]
async fn who_resumes_hears_of_an_unusual_gap() {
    for (frequency, taken, changed, resumed, codes) in [
        ("1-0-0-0", &[("07:00", "07:00")][..], Some("0-0-1-0"), "07:40", &["notice_next_dose_late"][..]),
        (
            "Q8H",
            &[("07:00", "07:00"), ("15:00", "16:00")],
            Some("1-1-1-0"),
            "17:20",
            &["notice_next_dose_soon"],
        ),
        ("Q8H", &[("07:00", "07:00")], None, "15:40", &["notice_next_dose_late", "notice_doses_in_pause"]),
        ("1-0-0-0", &[("07:00", "07:00")], None, "07:40", &[]),
        ("1-1-1-0", &[("07:00", "07:00")], None, "15:40", &["notice_doses_in_pause"]),
    ] {
        let clinic = Clinic::open().await;
        let written = clinic.line(json!({"dosage": "1 cp", "frequency": frequency, "durationDays": 5})).await;
        for (dose, at) in taken {
            clinic.at(at).await;
            clinic.take(dose).await;
        }
        let paused = if resumed == "15:40" { "09:00" } else { taken.last().unwrap().1 };
        clinic.at(paused).await;
        clinic.pause(&written).await;
        if let Some(changed) = changed {
            clinic.edit(&written, json!({"frequency": changed})).await;
        }
        clinic.at(resumed).await;
        let resumed = clinic.resume(&written).await;
        let told: Vec<_> =
            resumed["notices"].as_array().unwrap().iter().map(|notice| &notice["code"]).collect();
        assert_eq!(told, codes.to_vec(), "{frequency}: {:?}", clinic.weeks().await);
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_dose_due_before_midnight_comes_back_after_it() {
    let clinic = Clinic::open().await;
    let line = json!({"times": ["23:50"], "dosage": "1 cp", "durationDays": 5});
    let written = clinic.line(line).await;
    clinic.at("23:55").await;
    clinic.pause(&written).await;
    clinic.server.clock().advance(das_tern::platform::clock::Span::minutes(15));
    clinic.resume(&written).await;
    assert_eq!(clinic.day(TODAY).await, ["23:50 DUE 1 tablet"]);
    assert_eq!(clinic.totals().0, 5);
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_was_due_before_days_of_pause_is_not_made_up() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
    clinic.at("07:10").await;
    clinic.pause(&written).await;
    clinic.server.clock().advance(das_tern::platform::clock::Span::days(2));
    clinic.resume(&written).await;
    clinic.server.run_jobs().await;
    assert_eq!(clinic.day(TODAY).await, [""; 0]);
    assert_eq!(clinic.day(TOMORROW).await, [""; 0]);
    clinic.edit(&written, json!({"frequency": "HS"})).await;
    assert_eq!(clinic.day(TODAY).await, [""; 0], "nor later");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_line_that_is_moved_and_moved_back_in_a_pause_keeps_the_dose_of_the_day() {
    for (first, there, back, count) in [
        (
            json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5}),
            json!({"frequency": "0-0-1"}),
            json!({"frequency": "OD"}),
            5,
        ),
        (
            json!({"dosage": "1 cp", "frequency": "OD", "quantity": 5}),
            json!({"frequency": "0-0-1"}),
            json!({"frequency": "OD"}),
            5,
        ),
        (
            json!({"dosage": "1 cp", "frequency": "BID", "durationDays": 5}),
            json!({"frequency": "0-1-0-1"}),
            json!({"frequency": "BID"}),
            10,
        ),
        (
            json!({"dosage": "1 cp", "frequency": "Q8H", "durationDays": 3}),
            json!({"frequency": "Q12H"}),
            json!({"frequency": "Q8H"}),
            9,
        ),
        (
            json!({"doseUnit": "TABLET", "steps": steps("morning")}),
            json!({"steps": steps("evening")}),
            json!({"steps": steps("morning")}),
            5,
        ),
    ] {
        for (times, lost) in [
            (["07:15", "07:20", "07:25"], 0),
            (["07:15", "07:20", "07:40"], 1),
            (["07:40", "07:45", "08:00"], 1),
        ] {
            let clinic = Clinic::open().await;
            let written = clinic.line(first.clone()).await;
            clinic.at("07:10").await;
            clinic.pause(&written).await;
            clinic.at(times[0]).await;
            clinic.edit(&written, there.clone()).await;
            clinic.at(times[1]).await;
            clinic.edit(&written, back.clone()).await;
            clinic.at(times[2]).await;
            let resumed = clinic.resume(&written).await;
            clinic.server.run_jobs().await;
            let weeks = clinic.weeks().await;
            assert_eq!(clinic.totals().0, count - lost, "{first}, {there} at {times:?}: {weeks:?}");
            assert_eq!(super::paused_changed::told(&resumed), lost, "{first}, {there} at {times:?}");
            assert_eq!(
                weeks[0].starts_with("2026-11-22 07:00 DUE"),
                lost == 0,
                "{first}, {there} at {times:?}: {weeks:?}"
            );
            clinic.server.finish().await;
        }
    }
}

#[tokio::test]
async fn a_line_that_is_moved_in_a_pause_and_back_after_it_keeps_the_dose_of_the_day() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
    clinic.at("07:10").await;
    let weeks = clinic.weeks().await;
    clinic.pause(&written).await;
    clinic.at("07:12").await;
    clinic.edit(&written, json!({"frequency": "0-0-1"})).await;
    clinic.at("07:15").await;
    clinic.resume(&written).await;
    assert_eq!(clinic.day(TODAY).await, ["17:30 DUE 1 tablet"]);
    assert_eq!(clinic.totals().0, 5);
    clinic.at("07:20").await;
    clinic.edit(&written, json!({"frequency": "OD"})).await;
    assert_eq!(clinic.weeks().await, weeks);
    clinic.server.finish().await;
}
