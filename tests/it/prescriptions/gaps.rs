//! The first day after a change: what was taken is not asked for again, what still lies ahead stays, and the prescriber is
//! told when the next dose comes far sooner or later than is usual.

use serde_json::{Value, json};

use super::Clinic;
use super::identity::{TODAY, TOMORROW, line};

fn codes(answer: &Value) -> Vec<String> {
    let notices = answer["notices"].as_array().unwrap();
    notices.iter().map(|notice| notice["code"].as_str().unwrap().to_owned()).collect()
}

/// A line whose doses of these times are taken, changed at a time: the doses of that day, and what the doctor is told.
async fn changed(before: &str, taken: &[&str], at: &str, after: Value) -> (Vec<String>, Vec<String>) {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": before, "durationDays": 40})).await;
    for time in taken {
        clinic.at(time).await;
        clinic.take(time).await;
    }
    clinic.at(at).await;
    let told = clinic.edit(&written, after).await;
    let day = clinic.day(TODAY).await;
    clinic.server.finish().await;
    let times = day.iter().filter_map(|dose| dose.strip_suffix(" 1 tablet")).map(str::to_owned).collect();
    (times, codes(&told))
}

#[tokio::test]
async fn what_still_lies_ahead_today_stays_when_the_doses_of_a_day_become_fewer_or_more() {
    for (before, taken, at, after, day) in [
        // Three times a day becomes twice: the dose at noon stood for none of the two.
        ("TID", &["07:00", "11:30"][..], "12:00", "BID", &["07:00 TAKEN", "11:30 TAKEN", "17:30 DUE"][..]),
        ("TID", &["07:00"], "08:00", "BID", &["07:00 TAKEN", "17:30 DUE"]),
        ("TID", &["07:00", "11:30", "17:30"], "18:00", "BID", &["07:00 TAKEN", "11:30 TAKEN", "17:30 TAKEN"]),
        ("TID", &["07:00", "11:30"], "12:00", "0-0-1", &["07:00 TAKEN", "11:30 TAKEN", "17:30 DUE"]),
        ("QID", &["07:00", "11:30"], "12:00", "1-0-0-1", &["07:00 TAKEN", "11:30 TAKEN", "21:00 DUE"]),
        // More a day: what was taken stays, the rest is ahead.
        (
            "TID",
            &["07:00", "11:30"],
            "12:00",
            "QID",
            &["07:00 TAKEN", "11:30 TAKEN", "17:30 DUE", "21:00 DUE"],
        ),
        ("BID", &["07:00"], "08:00", "TID", &["07:00 TAKEN", "11:30 DUE", "17:30 DUE"]),
        ("OD", &["07:00"], "08:00", "BID", &["07:00 TAKEN", "17:30 DUE"]),
        // As many a day at other times: what was taken stands for the one that it was moved to.
        ("BID", &["07:00"], "08:00", "0-1-0-1", &["07:00 TAKEN", "21:00 DUE"]),
        ("OD", &["07:00"], "08:00", "HS", &["07:00 TAKEN"]),
        (
            "TID",
            &["07:00", "11:30"],
            "12:00",
            "08:00, 12:30, 18:00",
            &["07:00 TAKEN", "11:30 TAKEN", "18:00 DUE"],
        ),
        // Fewer and moved: the one that lies near is the moved one.
        ("TID", &["07:00"], "07:30", "08:00 and 20:00", &["07:00 TAKEN", "20:00 DUE"]),
    ] {
        let (found, _) = changed(before, taken, at, json!({"frequency": after})).await;
        let found: Vec<String> = found.iter().map(|dose| dose.replace("TAKEN_ON_TIME", "TAKEN")).collect();
        assert_eq!(found, day, "{before} to {after} at {at}");
    }
}

#[tokio::test]
async fn an_intake_sent_late_leaves_the_dose_that_it_does_not_stand_for() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "TID", "durationDays": 5})).await;
    clinic.take("07:00").await;
    clinic.at("11:31").await;
    let noon = clinic.dose("11:30").await;
    clinic.at("13:00").await;
    clinic.edit(&written, json!({"frequency": "BID"})).await;
    // The patient had taken it without a connection.
    clinic.sync(&noon, "11:35").await;
    let day = ["07:00 TAKEN_ON_TIME 1 tablet", "11:30 TAKEN_ON_TIME 1 tablet", "17:30 DUE 1 tablet"];
    assert_eq!(clinic.day(TODAY).await, day);
    assert_eq!(clinic.day(TOMORROW).await, ["07:00 DUE 1 tablet", "17:30 DUE 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_becomes_as_needed_asks_for_nothing_and_comes_back_with_what_still_lies_ahead() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "TID", "durationDays": 5})).await;
    clinic.take("07:00").await;
    clinic.at("08:00").await;
    clinic.edit(&written, json!({"frequency": "PRN max 4/day"})).await;
    assert_eq!(clinic.day(TODAY).await, ["07:00 TAKEN_ON_TIME 1 tablet"]);
    clinic.at("12:00").await;
    let body = json!({"medicationId": line(&written)});
    clinic.dara.post("/doses/prn", body).await.ok();
    clinic.edit(&written, json!({"frequency": "BID"})).await;
    let day = clinic.day(TODAY).await;
    assert_eq!(day.first().unwrap(), "07:00 TAKEN_ON_TIME 1 tablet");
    assert_eq!(day.last().unwrap(), "17:30 DUE 1 tablet", "{day:?}");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_dose_that_comes_far_sooner_or_later_than_usual_is_told() {
    for (before, taken, at, after, told) in [
        // Over midnight ten hours after the last are too few, so it is 34, as when it is moved within the day.
        ("HS", &["21:00"][..], "21:10", "OD", Some("notice_next_dose_late")),
        ("OD", &["07:00"], "08:00", "HS", Some("notice_next_dose_late")),
        ("OD", &["07:00"], "08:00", "0-0-1", Some("notice_next_dose_late")),
        ("OD", &["07:00"], "08:00", "0-1-0", None),
        ("0-0-1", &["17:30"], "18:00", "OD", None),
        ("TID", &["07:00", "11:30"], "12:00", "BID", None),
        ("BID", &["07:00", "17:30"], "18:00", "0-1-0", None),
        ("every Sunday morning", &["07:00"], "08:00", "every Monday morning", None),
        (
            "every Sunday morning",
            &["07:00"],
            "08:00",
            "every Friday morning",
            Some("notice_next_dose_days_late"),
        ),
        ("OD", &[], "08:00", "HS", None),
        // Five hours usually lie between two doses of a day, and eight before: two and a half are few.
        ("Q8H", &["07:00", "15:00"], "15:30", "TID", Some("notice_next_dose_soon")),
        ("Q6H", &["07:00", "13:00"], "13:10", "QID", None),
        ("TID", &["07:00", "11:30"], "12:00", "QID", None),
    ] {
        let (_, found) = changed(before, taken, at, json!({"frequency": after})).await;
        let found = found.iter().map(String::as_str).find(|code| code.starts_with("notice_next_dose"));
        assert_eq!(found, told, "{before} to {after}");
    }
}

#[tokio::test]
async fn the_notice_says_in_both_languages_when_the_next_dose_is_and_what_can_be_done() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "HS"})).await;
    clinic.at("21:00").await;
    clinic.take("21:00").await;
    clinic.at("21:10").await;
    let told = clinic.edit(&written, json!({"frequency": "OD"})).await;
    let notice = &told["notices"][0];
    let english = "When this takes effect now, the next dose is on 24/11/2026 07:00, 34 hours after the last one was taken \
                   (22/11/2026 21:00). If that is too late, prescribe one dose for the time between (STAT).";
    assert_eq!(notice["text"]["english"], english);
    assert!(notice["text"]["khmer"].as_str().unwrap().contains("24/11/2026 07:00"), "{notice}");
    assert_eq!(notice["field"], "frequency");
    assert_eq!(clinic.day(TOMORROW).await, Vec::<String>::new());
    assert_eq!(clinic.day("2026-11-24").await, ["07:00 DUE 1 tablet"]);
    // Another first day is possible, and told as well.
    let later = clinic.edit(&written, json!({"startDate": "2026-11-25"})).await;
    assert_eq!(clinic.day("2026-11-24").await, Vec::<String>::new());
    assert_eq!(codes(&later), ["notice_next_dose_late"], "58 hours");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_single_dose_that_was_given_is_not_asked_for_again_and_the_doctor_is_told() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "STAT"})).await;
    clinic.take("07:00").await;
    clinic.at("08:00").await;
    let told = clinic.edit(&written, json!({"dosage": "2 cp"})).await;
    assert_eq!(codes(&told), ["notice_once_given"]);
    let english = told["notices"][0]["text"]["english"].as_str().unwrap();
    assert!(english.contains("22/11/2026 07:00") && english.contains("new line"), "{english}");
    assert_eq!(clinic.day(TODAY).await, ["07:00 TAKEN_ON_TIME 1 tablet"]);
    clinic.server.finish().await;
    // Missed, it is not asked for again either.
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "STAT"})).await;
    clinic.at("09:00").await;
    let told = clinic.edit(&written, json!({"dosage": "2 cp"})).await;
    assert_eq!(codes(&told), ["notice_once_over"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_quantity_below_what_was_taken_says_how_much_that_is() {
    let clinic = Clinic::open().await;
    let course = json!({"dosage": "2 cp", "frequency": "BID", "durationDays": 5, "quantity": 20});
    let written = clinic.line(course).await;
    clinic.take("07:00").await;
    clinic.at("17:30").await;
    clinic.take("17:30").await;
    let path = format!("/medications/{}", line(&written));
    let refused = clinic.sok.patch(path, json!({"quantity": 3, "durationDays": 5})).await.expect(400);
    let said = refused.json["errors"][0]["message"].as_str().unwrap();
    assert!(said.contains("4 of it were already taken") && said.contains("at least 4"), "{said}");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_new_prescription_of_what_was_just_taken_tells_the_gap() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "HS"})).await;
    clinic.at("21:00").await;
    clinic.take("21:00").await;
    clinic.at("21:10").await;
    let path = format!("/prescriptions/{}/stop", super::id(&written));
    clinic.sok.post(path, json!({"reason": "another time of day"})).await.ok();
    let short = clinic.short_with(json!({"dosage": "1 cp", "frequency": "OD"}));
    let preview = clinic.sok.post("/prescriptions/preview", short.clone()).await.ok();
    assert_eq!(codes(&preview), ["notice_next_dose_soon"]);
    let new = clinic.sok.post("/prescriptions", short).await.ok();
    assert_eq!(codes(&new), ["notice_next_dose_soon"]);
    assert_eq!(new["notices"][0]["field"], "frequency");
    // Twice a day is nothing unusual.
    let twice = clinic.short_with(json!({"dosage": "1 cp", "frequency": "BID"}));
    assert_eq!(codes(&clinic.sok.post("/prescriptions/preview", twice).await.ok()), Vec::<String>::new());
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_intake_that_moved_the_week_and_is_taken_back_brings_the_week_back() {
    for moved in [
        json!({"frequency": "every Monday morning"}),
        json!({"frequency": "every Wednesday morning"}),
        json!({"frequency": "OD", "everyNDays": 7, "startDate": "2026-11-23"}),
    ] {
        let clinic = Clinic::open().await;
        let weekly = json!({"dosage": "1 cp", "frequency": "every Sunday morning", "durationDays": 28});
        let written = clinic.line(weekly).await;
        clinic.at("07:10").await;
        let open = clinic.dose("07:00").await;
        clinic.edit(&written, moved.clone()).await;
        let before = clinic.weeks().await;
        clinic.at("07:15").await;
        let taken = json!({"takenAt": "2026-11-22T07:05:00+07:00"});
        clinic.dara.post(format!("/doses/{open}/mark-taken"), taken.clone()).await.ok();
        let after = clinic.weeks().await;
        assert_ne!(after, before, "{moved}");
        clinic.at("07:20").await;
        clinic.dara.post(format!("/doses/{open}/undo"), json!({})).await.ok();
        assert_eq!(clinic.weeks().await, before, "{moved}");
        // Recorded once more it moves the week as before.
        clinic.dara.post(format!("/doses/{open}/mark-taken"), taken).await.ok();
        assert_eq!(clinic.weeks().await, after, "{moved}");
        clinic.server.finish().await;
    }
}

impl Clinic {
    /// The doses of the next five weeks, with their days.
    pub(super) async fn weeks(&self) -> Vec<String> {
        let mut doses = Vec::new();
        let first: chrono::NaiveDate = TODAY.parse().unwrap();
        for date in first.iter_days().take(35) {
            doses.extend(self.day(&date.to_string()).await.iter().map(|dose| format!("{date} {dose}")));
        }
        doses
    }
}

#[tokio::test]
async fn a_missed_dose_whose_slot_is_moved_ahead_is_asked_for_there_and_counts_once() {
    let night = || json!({"slots": {"night": 1}});
    let seven = || json!({"times": ["19:00"]});
    for (before, taken, at, after, day) in [
        ("0-1-0", &[][..], "16:00", night(), &["21:00 DUE"][..]),
        // Before the sweep has seen it, the same is asked for.
        ("0-1-0", &[], "11:45", night(), &["21:00 DUE"]),
        ("every Sunday morning", &[], "16:00", seven(), &["19:00 DUE"]),
        ("QOD", &[], "16:00", seven(), &["19:00 DUE"]),
        (
            "TID",
            &[],
            "16:00",
            json!({"slots": {"evening": 1, "night": 1}}),
            &["07:00 MISSED", "17:30 DUE", "21:00 DUE"],
        ),
        // Two of two are still to come.
        ("1-0-0-1", &[], "10:00", json!({"frequency": "0-1-0-1"}), &["11:30 DUE", "21:00 DUE"]),
        // The evening's, taken early, is the evening's.
        ("BID", &["17:30"], "16:20", json!({"frequency": "0-1-0-1"}), &["07:00 MISSED", "17:30 TAKEN"]),
        (
            "TID",
            &["07:00"],
            "16:00",
            json!({"frequency": "08:00, 16:30, 22:00"}),
            &["07:00 TAKEN", "16:30 DUE", "22:00 DUE"],
        ),
        // Its own slot, which is over, is not asked for a second time.
        ("TID", &[], "16:00", json!({"durationDays": 10}), &["07:00 MISSED", "11:30 MISSED", "17:30 DUE"]),
        ("TID", &[], "16:00", json!({"frequency": "1-1-0"}), &["07:00 MISSED", "11:30 MISSED"]),
        // What was taken still stands for the slot that it was moved to.
        ("0-1-0", &["11:30"], "16:00", night(), &["11:30 TAKEN"]),
    ] {
        let (found, _) = changed(before, taken, at, after.clone()).await;
        let found: Vec<String> = found.iter().map(|dose| dose.replace("TAKEN_ON_TIME", "TAKEN")).collect();
        assert_eq!(found, day, "{before} to {after} at {at}");
    }
}

#[tokio::test]
async fn an_intake_sent_late_stands_for_the_slot_to_which_its_missed_dose_was_moved() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "0-1-0", "durationDays": 5})).await;
    let noon = clinic.dose("11:30").await;
    clinic.at("16:00").await;
    clinic.edit(&written, json!({"slots": {"night": 1}})).await;
    assert_eq!(clinic.day(TODAY).await, ["21:00 DUE 1 tablet"]);
    // It had been taken, without a connection.
    clinic.sync(&noon, "11:35").await;
    assert_eq!(clinic.day(TODAY).await, ["11:30 TAKEN_ON_TIME 1 tablet"]);
    assert_eq!(clinic.day(TOMORROW).await, ["21:00 DUE 1 tablet"]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn nothing_is_asked_for_again_before_half_of_the_time_between_two_doses_is_over() {
    for (line, takes, at, patch, next, count) in [
        // Twenty minutes after the last one, over midnight.
        (
            json!({"times": ["23:50"]}),
            (0, "23:50"),
            (0, "23:52"),
            json!({"times": ["00:10"]}),
            "2026-11-24 00:10",
            4,
        ),
        (
            json!({"times": ["23:50"]}),
            (0, "23:50"),
            (1, "00:02"),
            json!({"times": ["00:10"]}),
            "2026-11-24 00:10",
            4,
        ),
        (
            json!({"frequency": "HS"}),
            (0, "21:00"),
            (0, "21:10"),
            json!({"frequency": "OD"}),
            "2026-11-24 07:00",
            4,
        ),
        // More than half of it is over.
        (
            json!({"frequency": "0-0-1"}),
            (0, "17:30"),
            (0, "18:00"),
            json!({"frequency": "OD"}),
            "2026-11-23 07:00",
            4,
        ),
        (
            json!({"times": ["11:00", "23:00"]}),
            (0, "23:00"),
            (0, "23:10"),
            json!({"frequency": "BID"}),
            "2026-11-23 07:00",
            8,
        ),
    ] {
        let clinic = Clinic::open().await;
        let mut course = json!({"dosage": "1 cp", "durationDays": 4});
        course.as_object_mut().unwrap().extend(line.as_object().unwrap().clone());
        let written = clinic.line(course).await;
        if line["times"][1].is_string() {
            clinic.takes_on(0, "11:00").await;
        }
        clinic.takes_on(takes.0, takes.1).await;
        clinic.goes_to(at.0, at.1).await;
        let before = clinic.weeks().await;
        let changed = clinic.edit(&written, patch.clone()).await;
        let weeks = clinic.weeks().await;
        let due: Vec<&String> = weeks.iter().filter(|dose| dose.contains("DUE")).collect();
        assert!(due[0].starts_with(next), "{line} to {patch}: {weeks:?}");
        assert_eq!(clinic.totals().0, count, "{line} to {patch}: {weeks:?}");
        let end = changed["medications"][0]["endDate"].as_str().unwrap();
        assert!(weeks.last().unwrap().starts_with(end), "{line} to {patch}: {weeks:?}");
        // Moved back at once it is as it was.
        clinic.edit(&written, line.clone()).await;
        assert_eq!(clinic.weeks().await, before, "{line} to {patch} and back");
        clinic.server.finish().await;
    }
}

/// The time of the first day is over: that the treatment begins later is said wherever it is written.
#[tokio::test]
async fn who_prescribes_for_every_other_day_hears_when_the_first_dose_is() {
    let code = "notice_first_dose_later".to_owned();
    for (more, first) in [
        (json!({"frequency": "OD", "everyNDays": 2}), "2026-11-23"),
        (json!({"frequency": "OD", "everyNDays": 7}), "2026-11-23"),
        // Today is a Sunday.
        (json!({"frequency": "every Sunday morning"}), "2026-11-29"),
    ] {
        let clinic = Clinic::open().await;
        let line = |more: &Value| {
            let mut line = json!({"medicineId": clinic.paracetamol, "dosage": "1 cp", "durationDays": 28});
            line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({"patientId": clinic.dara.id(), "medications": [line]})
        };
        let check =
            async |more: &Value| codes(&clinic.sok.post("/prescriptions/preview", line(more)).await.ok());
        clinic.at("07:00").await;
        assert!(!check(&more).await.contains(&code), "{more}");
        clinic.at("09:00").await;
        assert!(check(&more).await.contains(&code), "{more}");
        let written = clinic.sok.post("/prescriptions", line(&more)).await.ok();
        let notices = written["notices"].as_array().unwrap();
        let said = notices.iter().find(|notice| notice["code"] == code.as_str()).unwrap();
        assert_eq!(said["field"], "medications[0].frequency");
        let day = first.rsplit('-').next().unwrap();
        assert!(said.to_string().contains(day), "{more}: {said}");
        assert_eq!(clinic.day(first).await, ["07:00 DUE 1 tablet"], "{more}");
        // A day that the pattern does not name is no surprise, nor is a start that lies ahead.
        for other in [
            json!({"frequency": "every Monday morning"}),
            json!({"frequency": "OD", "everyNDays": 2, "startDate": TOMORROW}),
            json!({"frequency": "BID", "everyNDays": 2}),
        ] {
            assert!(!check(&other).await.contains(&code), "{other}");
        }
        // A line that is added says it too.
        let ibuprofen = super::medicine(&clinic.server, "ibuprofen").await;
        let added = json!({"medicineId": ibuprofen, "dosage": "1 cp", "frequency": "OD", "everyNDays": 2});
        let path = format!("/prescriptions/{}/medicines", super::id(&written));
        assert!(codes(&clinic.sok.post(path, added).await.ok()).contains(&code));
        clinic.server.finish().await;
    }
}
