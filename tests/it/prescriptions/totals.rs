//! A course that is changed while it runs keeps its number of doses, its last day, and what was handed out.

use das_tern::domain::doses::model::DoseStatus;
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::identity::line;
use super::{Clinic, doses};

impl Clinic {
    /// How many doses stand, are due or were, and how many units that is.
    pub(super) fn totals(&self) -> (usize, f64) {
        let all = doses(&self.server, self.dara.id());
        let asked = all.iter().filter(|dose| dose.status != DoseStatus::Cancelled);
        asked.fold((0, 0.0), |(count, units), dose| (count + 1, units + dose.amount.as_units()))
    }

    /// Goes on for so many days, in which nothing is recorded.
    async fn later(&self, days: i64) {
        self.server.clock().advance(Span::days(days));
        self.server.run_jobs().await;
    }
}

pub(super) fn last_day(prescription: &Value) -> &str {
    prescription["medications"][0]["endDate"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn other_times_leave_a_course_its_number_of_doses() {
    for (before, early, patch, count) in [
        (json!({"frequency": "0-0-1", "durationDays": 5}), "17:30", json!({"frequency": "OD"}), 5),
        (
            json!({"times": ["07:05", "11:35", "17:35"], "doseAmount": 1, "doseUnit": "TABLET",
                "durationDays": 10}),
            "07:05",
            json!({"frequency": "BID"}),
            20,
        ),
        (json!({"frequency": "1-0-0", "durationDays": 4}), "07:00", json!({"frequency": "0-0-1"}), 4),
    ] {
        let clinic = Clinic::open().await;
        let mut first = before.clone();
        if before["frequency"].is_string() {
            first["dosage"] = json!("1 cp");
        }
        let written = clinic.line(first).await;
        let time = if early == "17:30" { "15:30" } else { "07:10" };
        clinic.at(time).await;
        clinic.take(early).await;
        clinic.edit(&written, patch.clone()).await;
        assert_eq!(clinic.totals().0, count, "{before} then {patch}, the same day");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_dose_moved_to_a_time_that_is_over_follows_at_the_end() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "0-0-1", "durationDays": 5})).await;
    clinic.later(2).await;
    clinic.server.clock().advance(Span::hours(5));
    let moved = clinic.edit(&written, json!({"frequency": "1-0-0"})).await;
    assert_eq!(last_day(&moved), "2026-11-27", "today's morning is over");
    assert_eq!(clinic.totals().0, 5);
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_was_used_is_not_handed_out_again() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "2 cp", "frequency": "BID", "quantity": 40})).await;
    assert_eq!(clinic.totals(), (20, 40.0));
    clinic.later(5).await;
    // Twenty are used; one at a time, the other twenty last for ten days.
    let less = clinic.edit(&written, json!({"doseAmount": 1})).await;
    assert_eq!(clinic.totals(), (30, 40.0));
    assert_eq!(last_day(&less), "2026-12-06");
    let notice = &less["notices"][0]["text"]["english"];
    assert!(notice.as_str().unwrap().contains("handed out in all"), "{notice}");
    // Another box, three times a day.
    clinic.later(2).await;
    clinic.edit(&written, json!({"frequency": "TID", "quantity": 60})).await;
    assert_eq!(clinic.totals().1, 60.0);
    // Something else is changed: the number of doses stays.
    let before = clinic.totals();
    clinic.edit(&written, json!({"mealRelation": "AFTER"})).await;
    assert_eq!(clinic.totals(), before);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_quantity_that_is_used_up_is_refused() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "2 cp", "frequency": "BID", "quantity": 40})).await;
    clinic.later(5).await;
    clinic.server.clock().advance(Span::hours(3));
    clinic.server.run_jobs().await;
    let path = format!("/medications/{}", line(&written));
    let refused = clinic.sok.patch(&path, json!({"doseAmount": 1, "quantity": 22})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["quantity"]);
    assert!(refused.text.contains("handed out in all"), "{}", refused.text);
    assert_eq!(clinic.totals(), (20, 40.0), "nothing was changed");
    clinic.sok.patch(&path, json!({"doseAmount": 1, "quantity": 25})).await.ok();
    assert_eq!(clinic.totals(), (14, 25.0), "this evening and a day");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_quantity_knows_what_milligrams_are_in_tablets() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1000 mg", "frequency": "BID", "quantity": 40})).await;
    assert_eq!(clinic.totals(), (20, 20_000.0));
    clinic.later(5).await;
    clinic.edit(&written, json!({"dosage": "1 cp"})).await;
    let all = doses(&clinic.server, clinic.dara.id());
    let due = all.iter().filter(|dose| dose.status == DoseStatus::Due).count();
    assert_eq!(due, 20, "twenty tablets are left");
    clinic.server.finish().await;
}

#[tokio::test]
async fn fewer_days_do_not_make_a_course_longer() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "0-0-1", "durationDays": 10})).await;
    clinic.at("17:30").await;
    clinic.take("17:30").await;
    let fewer = clinic.edit(&written, json!({"frequency": "0-0-1", "everyNDays": 3})).await;
    // The first, fourth, seventh and tenth of the ten days.
    assert_eq!(last_day(&fewer), "2026-12-01");
    assert_eq!(clinic.totals().0, 4);
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_interval_stretched_after_days_of_treatment_ends_with_its_days() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 10})).await;
    clinic.at("07:00").await;
    clinic.take("07:00").await;
    clinic.later(4).await;
    let schedule = clinic.dara.get("/doses/schedule?date=2026-11-26").await.ok();
    let dose = schedule["doses"][0]["id"].as_str().unwrap().to_owned();
    clinic.dara.post(format!("/doses/{dose}/mark-taken"), json!({})).await.ok();
    let fewer = clinic.edit(&written, json!({"frequency": "OD", "everyNDays": 2})).await;
    assert_eq!(last_day(&fewer), "2026-11-30", "the fifth, seventh and ninth day, from the intake on");
    let same = clinic.edit(&written, json!({"doseAmount": 2})).await;
    assert_eq!(last_day(&same), "2026-11-30");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_later_step_of_a_taper_is_changed_while_it_runs() {
    let clinic = Clinic::open().await;
    let steps =
        |last: u32| json!([{"days": 2, "slots": {"morning": 3}}, {"days": 2, "slots": {"morning": last}}]);
    let written = clinic.line(json!({"doseUnit": "TABLET", "steps": steps(2)})).await;
    clinic.at("07:00").await;
    clinic.take("07:00").await;
    clinic.later(1).await;
    let changed = clinic.edit(&written, json!({"doseUnit": "TABLET", "steps": steps(1)})).await;
    assert_eq!(last_day(&changed), "2026-11-25");
    assert_eq!(clinic.totals(), (4, 8.0), "3, 3, 1 and 1");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_weekly_medicine_that_was_taken_is_not_due_again_on_the_next_day() {
    let clinic = Clinic::open().await;
    // Every Sunday for four weeks; today is one.
    let weekly = json!({"dosage": "1 cp", "frequency": "every Sunday morning", "durationDays": 28});
    let written = clinic.line(weekly).await;
    clinic.at("07:10").await;
    clinic.take("07:00").await;
    let moved = clinic.edit(&written, json!({"frequency": "every Monday morning"})).await;
    assert!(clinic.day("2026-11-23").await.is_empty(), "one day after the last intake");
    assert_eq!(clinic.day("2026-11-30").await, ["07:00 DUE 1 tablet"]);
    assert_eq!((clinic.totals().0, last_day(&moved)), (4, "2026-12-14"));
    // And every seven days, by which the next would be a week after the last.
    clinic.edit(&written, json!({"frequency": "OD", "everyNDays": 7})).await;
    assert!(clinic.day("2026-11-23").await.is_empty());
    assert_eq!(clinic.day("2026-11-29").await, ["07:00 DUE 1 tablet"]);
    assert_eq!(clinic.totals().0, 4);
    clinic.edit(&written, json!({"frequency": "every Saturday morning"})).await;
    assert!(clinic.day("2026-11-28").await.is_empty(), "six days are too soon");
    assert_eq!(clinic.day("2026-12-05").await, ["07:00 DUE 1 tablet"]);
    assert_eq!(clinic.totals().0, 4);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_start_that_is_moved_after_an_intake_leaves_the_number_of_doses() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "BID", "durationDays": 10})).await;
    clinic.at("07:10").await;
    clinic.take("07:00").await;
    for start in ["2026-11-24", "2026-11-23"] {
        clinic.edit(&written, json!({"startDate": start})).await;
        assert_eq!(clinic.totals().0, 20, "from {start} on");
    }
    // A length that is said beside the start is that of a new course.
    clinic.edit(&written, json!({"startDate": "2026-11-25", "durationDays": 5})).await;
    assert_eq!(clinic.totals().0, 11);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_start_that_comes_too_soon_for_a_weekly_medicine_is_refused() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "every Sunday morning"})).await;
    clinic.at("07:10").await;
    clinic.take("07:00").await;
    let path = format!("/medications/{}", line(&written));
    let monday = json!({"frequency": "every Monday morning", "startDate": "2026-11-23"});
    let refused = clinic.sok.patch(&path, monday).await.expect(400);
    assert_eq!(refused.bad_fields(), ["startDate"]);
    assert!(refused.text.contains("too recent"), "{}", refused.text);
    clinic.sok.patch(&path, json!({"startDate": "2026-11-29"})).await.ok();
    assert_eq!(clinic.day("2026-11-29").await, ["07:00 DUE 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_quantity_below_what_was_taken_is_refused() {
    let clinic = Clinic::open().await;
    let course = json!({"dosage": "2 cp", "frequency": "BID", "durationDays": 10, "quantity": 40});
    let written = clinic.line(course).await;
    clinic.at("07:10").await;
    clinic.take("07:00").await;
    let path = format!("/medications/{}", line(&written));
    let refused = clinic.sok.patch(&path, json!({"quantity": 1})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["quantity"]);
    assert!(refused.text.contains("already taken"), "{}", refused.text);
    let fewer = clinic.sok.patch(&path, json!({"quantity": 2})).await.ok();
    let notice = fewer["notices"][0]["text"]["english"].as_str().unwrap().to_owned();
    assert!(notice.contains("The duration decides"), "{notice}");
    assert_eq!(clinic.totals().0, 20);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_quantity_in_the_words_tells_the_length() {
    let clinic = Clinic::open().await;
    let written = clinic.prescribe(json!({"dosage": "1 cp", "frequency": "TID #21"})).await;
    assert_eq!((clinic.totals().0, &written["medications"][0]["quantity"]), (21, &json!(21.0)));
    let path = "/prescriptions";
    let both = clinic.short_with(json!({"dosage": "1 cp", "frequency": "TID #21", "quantity": 20}));
    assert_eq!(clinic.sok.post(path, both).await.expect(400).bad_fields(), ["quantity"]);
    clinic.edit(&written, json!({"frequency": "BID #30"})).await;
    assert_eq!(clinic.totals().0, 30);
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_intake_that_is_recorded_after_the_days_were_changed_is_not_asked_for_again() {
    for (moved, next) in [
        (json!({"frequency": "every Monday morning"}), "2026-11-30"),
        (json!({"frequency": "every Wednesday morning"}), "2026-12-02"),
        (json!({"frequency": "OD", "everyNDays": 7, "startDate": "2026-11-23"}), "2026-11-29"),
    ] {
        let clinic = Clinic::open().await;
        let weekly = json!({"dosage": "1 cp", "frequency": "every Sunday morning", "durationDays": 28});
        let written = clinic.line(weekly).await;
        clinic.at("07:10").await;
        let open = clinic.dose("07:00").await;
        clinic.edit(&written, moved.clone()).await;
        clinic.at("07:15").await;
        let taken = json!({"takenAt": "2026-11-22T07:05:00+07:00"});
        clinic.dara.post(format!("/doses/{open}/mark-taken"), taken).await.ok();
        for day in ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28"] {
            assert!(clinic.day(day).await.is_empty(), "{moved}: {day} is too soon");
        }
        assert_eq!(clinic.day(next).await, ["07:00 DUE 1 tablet"], "{moved}");
        assert_eq!(clinic.totals().0, 4, "{moved}");
        clinic.server.finish().await;
    }
}
