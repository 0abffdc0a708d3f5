//! A missed dose whose slot the doctor moves to a later time of the day is asked for there, and counts once.

use das_tern::domain::doses::model::DoseStatus;
use das_tern::domain::notifications::model::{NotificationType, Urgency};
use serde_json::{Value, json};

use super::Clinic;
use super::identity::{TODAY, TOMORROW};
use super::totals::last_day;

impl Clinic {
    /// The doctor says what became of a dose.
    async fn say(&self, dose: &str, correction: Value) -> Value {
        self.sok.post(format!("/doses/{dose}/correct"), correction).await.ok()
    }

    /// How many doses of today were missed by the adherence of the patient.
    async fn missed_today(&self) -> i64 {
        let adherence = self.dara.get("/adherence/today").await.ok();
        adherence["counts"]["missed"].as_i64().unwrap()
    }
}

#[tokio::test]
async fn a_dose_moved_after_it_was_missed_counts_where_it_is_asked_for() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
    clinic.at("07:40").await;
    assert_eq!(clinic.missed_today().await, 1);
    clinic.at("10:00").await;
    clinic.edit(&written, json!({"frequency": "HS"})).await;
    assert_eq!(clinic.day(TODAY).await, ["21:00 DUE 1 tablet"]);
    assert_eq!(clinic.missed_today().await, 0);
    // Moved back, it was missed.
    clinic.at("11:00").await;
    clinic.edit(&written, json!({"frequency": "OD"})).await;
    assert_eq!(clinic.day(TODAY).await, ["07:00 MISSED 1 tablet"]);
    assert_eq!(clinic.missed_today().await, 1);
    // And forth again; missed there, it is the first of the line, not the second in a row.
    clinic.at("12:00").await;
    clinic.edit(&written, json!({"frequency": "HS"})).await;
    clinic.at("21:40").await;
    assert_eq!(clinic.day(TODAY).await, ["21:00 MISSED 1 tablet"]);
    assert_eq!(clinic.missed_today().await, 1);
    assert_eq!(clinic.messages(&clinic.sok, NotificationType::MissedDoseAlert), [Urgency::Normal; 0]);
    assert_eq!(clinic.count(DoseStatus::Missed), 1);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_pause_does_not_make_the_moved_dose_count_twice() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
    clinic.at("10:00").await;
    clinic.edit(&written, json!({"frequency": "HS"})).await;
    let path = |verb: &str| format!("/prescriptions/{}/{verb}", super::id(&written));
    clinic.sok.post(path("pause"), json!({"reason": "Operation"})).await.ok();
    assert_eq!(clinic.day(TODAY).await, [""; 0]);
    clinic.sok.post(path("resume"), json!({})).await.ok();
    assert_eq!(clinic.day(TODAY).await, ["21:00 DUE 1 tablet"]);
    assert_eq!(clinic.missed_today().await, 0);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_moved_dose_comes_back_when_the_correction_that_covered_it_is_corrected() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
    let morning = clinic.dose("07:00").await;
    clinic.at("10:00").await;
    clinic.edit(&written, json!({"frequency": "HS"})).await;
    let taken = json!({"status": "TAKEN_ON_TIME", "reason": "She showed me the empty blister."});
    let left_out = json!({"status": "SKIPPED", "reason": "She was told to leave it out."});
    let missed = json!({"status": "MISSED", "reason": "It was the blister of yesterday."});
    for covers in [taken, left_out] {
        clinic.say(&morning, covers.clone()).await;
        let day = clinic.day(TODAY).await;
        assert!(day.len() == 1 && day[0].starts_with("07:00"), "{covers}: {day:?}");
        let answer = clinic.say(&morning, missed.clone()).await;
        assert_eq!(answer["dose"]["status"], "CANCELLED", "asked for in the evening");
        assert_eq!(clinic.day(TODAY).await, ["21:00 DUE 1 tablet"]);
        assert_eq!(clinic.missed_today().await, 0);
    }
    // The same on a dose that stands as it was planned is what the doctor says, and nothing else.
    clinic.at("21:40").await;
    assert_eq!(clinic.missed_today().await, 1);
    assert_eq!(clinic.day(TOMORROW).await, ["21:00 DUE 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_missed_dose_that_is_asked_for_again_uses_nothing_of_the_quantity() {
    for (before, after, tablets, last) in [
        ("OD", "HS", 10, "2026-12-01"),
        ("BID", "0-1-0-1", 10, "2026-11-26"),
        // The noon's is given at noon no more: it was missed.
        ("TID", "BID", 12, "2026-11-27"),
    ] {
        let clinic = Clinic::open().await;
        let line = json!({"dosage": "1 cp", "frequency": before, "quantity": tablets});
        let written = clinic.line(line).await;
        clinic.at("07:40").await;
        clinic.at("10:00").await;
        let changed = clinic.edit(&written, json!({"frequency": after})).await;
        assert_eq!(
            clinic.totals(),
            (tablets, f64::from(i32::try_from(tablets).unwrap())),
            "{before} to {after}"
        );
        assert_eq!(last_day(&changed), last, "{before} to {after}");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn an_open_dose_that_is_moved_and_moved_back_is_asked_for_again() {
    for (before, there, back) in [
        (
            json!({"frequency": "OD", "durationDays": 5}),
            json!({"frequency": "HS"}),
            json!({"frequency": "OD"}),
        ),
        (
            json!({"frequency": "BID", "quantity": 10}),
            json!({"frequency": "0-1-0-1"}),
            json!({"frequency": "BID"}),
        ),
        (
            json!({"frequency": "OD", "everyNDays": 2}),
            json!({"slots": {"night": 1}}),
            json!({"slots": {"morning": 1}}),
        ),
        (
            json!({"frequency": "every Sunday morning", "durationDays": 28}),
            json!({"slots": {"evening": 1}}),
            json!({"slots": {"morning": 1}}),
        ),
    ] {
        let clinic = Clinic::open().await;
        let mut line = before.clone();
        line["dosage"] = json!("1 cp");
        let written = clinic.line(line).await;
        clinic.at("07:00").await;
        let (weeks, told) = (clinic.weeks().await, clinic.reminders());
        clinic.at("07:10").await;
        clinic.edit(&written, there.clone()).await;
        assert!(!clinic.day(TODAY).await[0].starts_with("07:00"), "{before} to {there}");
        clinic.edit(&written, back).await;
        assert_eq!(clinic.weeks().await, weeks, "{before} to {there} and back");
        // It is reminded of, and missed like any other.
        clinic.at("07:20").await;
        assert!(clinic.reminders() >= told, "{before}");
        clinic.at("07:31").await;
        assert!(
            clinic.day(TODAY).await[0].starts_with("07:00 MISSED"),
            "{before}: {:?}",
            clinic.day(TODAY).await
        );
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_pause_within_the_grace_period_loses_no_dose() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
    clinic.at("07:10").await;
    let path = |verb: &str| format!("/prescriptions/{}/{verb}", super::id(&written));
    // Later it stays cancelled: the pause was why it was not taken.
    for (resumed, day) in [("07:12", &["07:00 DUE 1 tablet"][..]), ("09:00", &[])] {
        clinic.sok.post(path("pause"), json!({"reason": "Operation"})).await.ok();
        clinic.at(resumed).await;
        clinic.sok.post(path("resume"), json!({})).await.ok();
        assert_eq!(clinic.day(TODAY).await, day, "resumed at {resumed}");
    }
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_course_by_days_does_not_grow_by_changes_of_one_day() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "HS", "durationDays": 5})).await;
    clinic.at("21:05").await;
    clinic.take("21:00").await;
    clinic.server.clock().advance(das_tern::platform::clock::Span::hours(12));
    clinic.server.run_jobs().await;
    for _ in 0..3 {
        clinic.edit(&written, json!({"frequency": "OD"})).await;
        assert_eq!(clinic.totals(), (5, 5.0), "this morning's follows at the end");
        clinic.edit(&written, json!({"frequency": "HS"})).await;
        assert_eq!(clinic.totals(), (5, 5.0));
    }
    assert_eq!(clinic.day(TOMORROW).await, ["21:00 DUE 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_interval_and_back_leaves_a_course_its_number_of_doses() {
    for (before, interval, doses) in [("OD", "every 24 hours", 5), ("BID", "Q8H", 10), ("BID", "Q12H", 10)] {
        let clinic = Clinic::open().await;
        let line = json!({"dosage": "1 cp", "frequency": before, "durationDays": 5});
        let written = clinic.line(line).await;
        clinic.at("07:05").await;
        clinic.take("07:00").await;
        clinic.at("10:00").await;
        clinic.edit(&written, json!({"frequency": interval})).await;
        clinic.edit(&written, json!({"frequency": before})).await;
        assert_eq!(clinic.totals().0, doses, "{before} to {interval} and back: {:?}", clinic.weeks().await);
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn an_interval_and_back_keeps_what_the_day_still_asks_for() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "TID", "durationDays": 5})).await;
    clinic.at("07:05").await;
    clinic.take("07:00").await;
    clinic.at("10:00").await;
    clinic.edit(&written, json!({"frequency": "Q8H"})).await;
    clinic.edit(&written, json!({"frequency": "TID"})).await;
    let day = ["07:00 TAKEN_ON_TIME 1 tablet", "11:30 DUE 1 tablet", "17:30 DUE 1 tablet"];
    assert_eq!(clinic.day(TODAY).await, day);
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_intake_that_never_was_is_asked_for_while_its_time_is_not_over() {
    let clinic = Clinic::open().await;
    clinic.line(json!({"dosage": "1 cp", "frequency": "HS", "durationDays": 5})).await;
    clinic.at("19:30").await;
    clinic.take("21:00").await;
    let night = clinic.dose("21:00").await;
    // Too late for the patient to take it back.
    clinic.at("19:50").await;
    clinic.dara.post(format!("/doses/{night}/undo"), json!({})).await.expect(409).code("undo_window_closed");
    let missed = json!({"status": "MISSED", "reason": "She touched the wrong one."});
    let answer = clinic.say(&night, missed).await;
    assert_eq!(answer["dose"]["status"], "DUE");
    assert_eq!(clinic.day(TODAY).await, ["21:00 DUE 1 tablet"]);
    let told = clinic.reminders();
    clinic.at("21:00").await;
    assert_eq!(clinic.reminders(), told + 1);
    clinic.at("21:31").await;
    assert_eq!(clinic.day(TODAY).await, ["21:00 MISSED 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_early_mark_is_corrected_however_far_ahead_its_dose_lies() {
    let clinic = Clinic::open().await;
    clinic.line(json!({"dosage": "1 cp", "frequency": "HS", "durationDays": 12})).await;
    clinic.at("11:00").await;
    let night = clinic.dose("21:00").await;
    let early = json!({"confirmEarly": true});
    clinic.dara.post(format!("/doses/{night}/mark-taken"), early.clone()).await.ok();
    // Ten hours ahead it was no intake; it is left out for an operation.
    clinic.at("12:00").await;
    let skipped = json!({"status": "SKIPPED", "reason": "She is to have an operation."});
    assert_eq!(clinic.say(&night, skipped.clone()).await["dose"]["status"], "SKIPPED");
    // Or it is to be taken after all.
    let missed = json!({"status": "MISSED", "reason": "She touched the wrong one."});
    assert_eq!(clinic.say(&night, missed.clone()).await["dose"]["status"], "DUE");
    let path = format!("/doses/{night}/correct");
    let again = clinic.sok.post(&path, missed.clone()).await.expect(409);
    again.code("correction_still_due");
    // A week ahead, as whoever skips it; not further.
    let of_day = async |date: &str| {
        let schedule = clinic.dara.get(format!("/doses/schedule?date={date}")).await.ok();
        format!("/doses/{}/correct", super::id(&schedule["doses"][0]))
    };
    clinic.sok.post(of_day("2026-11-28").await, skipped.clone()).await.ok();
    let far = clinic.sok.post(of_day("2026-11-30").await, skipped).await.expect(409);
    far.code("skip_too_far_ahead");
    clinic.at("21:31").await;
    assert_eq!(clinic.day(TODAY).await, ["21:00 MISSED 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_second_time_of_the_day_that_comes_and_goes_leaves_one_dose_of_the_missed_one() {
    for length in [json!({"durationDays": 5}), json!({"quantity": 5})] {
        let clinic = Clinic::open().await;
        let mut line = json!({"dosage": "1 cp", "slots": {"morning": 1}});
        line.as_object_mut().unwrap().extend(length.as_object().unwrap().clone());
        let written = clinic.line(line).await;
        clinic.at("07:40").await;
        clinic.at("09:00").await;
        clinic.edit(&written, json!({"slots": {"morning": 1, "evening": 1}})).await;
        clinic.at("10:00").await;
        let evening = clinic.edit(&written, json!({"slots": {"evening": 1}})).await;
        assert_eq!(clinic.totals(), (5, 5.0), "{length}: {:?}", clinic.weeks().await);
        assert_eq!(last_day(&evening), "2026-11-26", "{length}");
        assert_eq!(clinic.day(TODAY).await, ["17:30 DUE 1 tablet"], "{length}");
        // Back in the morning it was missed.
        let morning = clinic.edit(&written, json!({"slots": {"morning": 1}})).await;
        assert_eq!(clinic.totals(), (5, 5.0), "{length}: {:?}", clinic.weeks().await);
        assert_eq!(last_day(&morning), "2026-11-26", "{length}");
        assert_eq!(clinic.day(TODAY).await, ["07:00 MISSED 1 tablet"], "{length}");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_step_of_a_taper_begins_on_the_day_after_a_whole_one() {
    let clinic = Clinic::open().await;
    let steps = json!([{"days": 2, "slots": {"morning": 2}}, {"days": 2, "slots": {"night": 1}}]);
    clinic.line(json!({"doseUnit": "TABLET", "steps": steps})).await;
    let lie = |day: u32, dose: &str| format!("2026-11-{day} {dose} tablet");
    let days =
        [lie(22, "07:00 DUE 2"), lie(23, "07:00 DUE 2"), lie(24, "21:00 DUE 1"), lie(25, "21:00 DUE 1")];
    assert_eq!(clinic.weeks().await, days);
    clinic.server.finish().await;
    // One that began in the middle of a day ends in one, and the next goes on from there.
    let clinic = Clinic::open().await;
    clinic.at("12:00").await;
    let steps = json!([{"days": 1, "slots": {"morning": 2, "night": 2}}, {"days": 1, "slots": {"morning": 1, "night": 1}}]);
    clinic.line(json!({"doseUnit": "TABLET", "steps": steps})).await;
    let days =
        [lie(22, "21:00 DUE 2"), lie(23, "07:00 DUE 2"), lie(23, "21:00 DUE 1"), lie(24, "07:00 DUE 1")];
    assert_eq!(clinic.weeks().await, days);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_taper_that_is_changed_and_changed_back_on_its_first_day_keeps_its_steps() {
    let clinic = Clinic::open().await;
    let steps = |slot: &str| json!([{"days": 2, "slots": {slot: 2}}, {"days": 3, "slots": {slot: 1}}]);
    let written = clinic.line(json!({"doseUnit": "TABLET", "steps": steps("morning")})).await;
    clinic.at("07:10").await;
    clinic.take("07:00").await;
    let before = clinic.weeks().await;
    clinic.at("10:00").await;
    for slot in ["evening", "morning"] {
        clinic.edit(&written, json!({"steps": steps(slot)})).await;
        assert_eq!(clinic.totals(), (5, 7.0), "{slot}: {:?}", clinic.weeks().await);
    }
    assert_eq!(clinic.weeks().await, before);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_running_taper_goes_on_in_other_slots() {
    for (days, tablets) in [(1, 7.0), (2, 7.0)] {
        let clinic = Clinic::open().await;
        let steps = |slot: &str| json!([{"days": 2, "slots": {slot: 2}}, {"days": 3, "slots": {slot: 1}}]);
        let written = clinic.line(json!({"doseUnit": "TABLET", "steps": steps("morning")})).await;
        clinic.at("07:10").await;
        clinic.take("07:00").await;
        clinic.server.clock().advance(das_tern::platform::clock::Span::minutes(24 * 60 * days + 110));
        clinic.server.run_jobs().await;
        clinic.edit(&written, json!({"steps": steps("evening")})).await;
        assert_eq!(clinic.totals(), (5, tablets), "changed on day {}: {:?}", days + 1, clinic.weeks().await);
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_dose_that_falls_due_in_a_pause_is_asked_for_while_its_time_is_not_over() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
    let path = |verb: &str| format!("/prescriptions/{}/{verb}", super::id(&written));
    clinic.sok.post(path("pause"), json!({"reason": "Operation"})).await.ok();
    clinic.at("07:10").await;
    clinic.sok.post(path("resume"), json!({})).await.ok();
    assert_eq!(clinic.day(TODAY).await, ["07:00 DUE 1 tablet"]);
    assert_eq!(clinic.totals(), (5, 5.0));
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_dose_within_its_grace_period_comes_back_from_other_days_and_other_starts() {
    for (before, time, there, back, dose) in [
        // 22 November is a Sunday.
        (
            json!({"frequency": "every Sunday morning", "durationDays": 28}),
            "07",
            json!({"frequency": "every Wednesday morning"}),
            json!({"frequency": "every Sunday morning"}),
            "07:00 DUE 1 tablet",
        ),
        (
            json!({"frequency": "OD", "durationDays": 5}),
            "07",
            json!({"startDate": TOMORROW}),
            json!({"startDate": TODAY}),
            "07:00 DUE 1 tablet",
        ),
        (
            json!({"frequency": "HS", "durationDays": 5}),
            "21",
            json!({"frequency": "OD"}),
            json!({"frequency": "HS"}),
            "21:00 DUE 1 tablet",
        ),
        (
            json!({"frequency": "HS", "quantity": 5}),
            "21",
            json!({"frequency": "OD"}),
            json!({"frequency": "HS"}),
            "21:00 DUE 1 tablet",
        ),
    ] {
        let clinic = Clinic::open().await;
        let mut line = before.clone();
        line["dosage"] = json!("1 cp");
        let written = clinic.line(line).await;
        clinic.at(&format!("{time}:00")).await;
        let weeks = clinic.weeks().await;
        clinic.at(&format!("{time}:10")).await;
        clinic.edit(&written, there.clone()).await;
        clinic.at(&format!("{time}:20")).await;
        clinic.edit(&written, back).await;
        assert_eq!(clinic.day(TODAY).await, [dose], "{before} to {there} and back");
        assert_eq!(clinic.weeks().await, weeks, "{before} to {there} and back");
        clinic.server.finish().await;
    }
}
