//! An intake that becomes known after its line was changed is what was used then, and stands for its slot.

use serde_json::{Value, json};

use super::Clinic;
use super::identity::{TODAY, TOMORROW};

/// How many doses a course of five days has.
async fn doses_after(clinic: &Clinic) -> usize {
    let schedule = clinic.dara.get(format!("/doses/schedule?date={TODAY}&days=9")).await.ok();
    let doses = schedule["doses"].as_array().unwrap();
    doses.iter().filter(|dose| dose["status"] != "CANCELLED").count()
}

async fn mark(clinic: &Clinic, dose: &str, at: &str) -> Value {
    let body = json!({ "takenAt": format!("{TODAY}T{at}:00+07:00") });
    clinic.dara.post(format!("/doses/{dose}/mark-taken"), body).await.ok()["dose"].clone()
}

#[tokio::test]
async fn an_intake_from_before_another_amount_is_what_was_used_then() {
    for (before, after, used, present) in
        [("1 cp", "2 cp", "1 tablet", "2 tablet"), ("2 cp", "1 cp", "2 tablet", "1 tablet")]
    {
        let clinic = Clinic::open().await;
        let written = clinic.line(json!({"dosage": before, "frequency": "TID", "durationDays": 5})).await;
        clinic.at("11:40").await;
        let (morning, noon) = (clinic.dose("07:00").await, clinic.dose("11:30").await);
        clinic.edit(&written, json!({"dosage": after})).await;
        // At once, by a phone that had no connection, and corrected by the doctor.
        assert_eq!(mark(&clinic, &noon, "11:32").await["dose"], used);
        clinic.at("17:40").await;
        let evening = clinic.dose("17:30").await;
        assert_eq!(mark(&clinic, &evening, "17:35").await["dose"], present, "after the change");
        clinic.sync(&morning, "07:05").await;
        let day = clinic.day(TODAY).await;
        assert_eq!(day[0], format!("07:00 TAKEN_ON_TIME {used}"), "{day:?}");
        // What is taken back is asked for as it is prescribed now.
        clinic.dara.post(format!("/doses/{evening}/undo"), json!({})).await.ok();
        let day = clinic.day(TODAY).await;
        assert_eq!(day[2], format!("17:30 DUE {present}"), "{day:?}");
        assert_eq!(clinic.day(TOMORROW).await.len(), 3);
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn an_intake_of_a_slot_that_was_moved_stands_for_it() {
    for (at, synced) in [("17:35", "17:45"), ("17:35", "20:00")] {
        let clinic = Clinic::open().await;
        let course =
            json!({"dosage": "1 cp", "frequency": "1-0-1-0", "durationDays": 5, "mealRelation": "BEFORE"});
        let written = clinic.line(course).await;
        let morning = clinic.day(TODAY).await[0].split(' ').next().unwrap().to_owned();
        clinic.at(&morning).await;
        clinic.take(&morning).await;
        clinic.at("12:00").await;
        let planned = clinic.day(TODAY).await[1].split(' ').next().unwrap().to_owned();
        let evening = clinic.dose(&planned).await;
        clinic.edit(&written, json!({"mealRelation": "AFTER"})).await;
        clinic.at(synced).await;
        // The phone knew nothing of it.
        let answer = clinic.sync(&evening, at).await;
        assert_eq!(answer["applied"].as_array().unwrap().len(), 1, "{answer}");
        let day = clinic.day(TODAY).await;
        assert!(day.len() == 2 && day[1].contains("TAKEN_ON_TIME"), "{day:?}");
        // Once more: it is known.
        let again = clinic.sync(&evening, at).await;
        assert_eq!(again["unchanged"].as_array().unwrap().len(), 1, "{again}");
        assert_eq!(doses_after(&clinic).await, 10);
        clinic.server.finish().await;
    }
}

/// A screen that shows a moved slot at its old time means it, whatever is marked and from where.
#[tokio::test]
async fn a_mark_on_the_old_time_of_a_moved_slot_is_one_on_the_slot() {
    for is_taken in [true, false] {
        let clinic = Clinic::open().await;
        let course =
            json!({"dosage": "1 cp", "frequency": "1-0-1-0", "durationDays": 5, "mealRelation": "BEFORE"});
        let written = clinic.line(course).await;
        let planned = clinic.day(TODAY).await;
        let time = |place: usize| planned[place].split(' ').next().unwrap().to_owned();
        clinic.at(&time(0)).await;
        clinic.take(&time(0)).await;
        clinic.at("12:00").await;
        let evening = clinic.dose(&time(1)).await;
        clinic.edit(&written, json!({"mealRelation": "AFTER"})).await;
        clinic.at("17:35").await;
        if is_taken {
            for _ in 0..2 {
                let path = format!("/doses/{evening}/mark-taken");
                let marked = clinic.dara.post(path, json!({})).await.ok();
                assert_eq!(marked["dose"]["status"], "TAKEN_ON_TIME", "{marked}");
            }
            // Another phone, which knew nothing of either, sends the same intake.
            let answer = clinic.sync(&evening, "17:36").await;
            assert_eq!(answer["unchanged"].as_array().unwrap().len(), 1, "{answer}");
        } else {
            let skip = json!({"clientId": "s", "doseId": evening, "action": "skipped", "at": format!("{TODAY}T17:34")});
            let answer = clinic.dara.post("/doses/sync", json!({ "actions": [skip] })).await.ok();
            assert_eq!(answer["applied"][0]["status"], "SKIPPED", "{answer}");
            let again = clinic.dara.post("/doses/sync", json!({ "actions": [skip] })).await.ok();
            assert_eq!(again["unchanged"].as_array().unwrap().len(), 1, "{again}");
        }
        let day = clinic.day(TODAY).await;
        let status = if is_taken { "TAKEN_ON_TIME" } else { "SKIPPED" };
        assert!(day.len() == 2 && day[1].contains(status), "{day:?}");
        assert_eq!(doses_after(&clinic).await, 10);
        clinic.server.finish().await;
    }
}

/// A change had left the evening out, and put it at the end: it was used all the same.
#[tokio::test]
async fn a_dose_that_was_left_out_and_taken_at_its_old_time_is_one_of_the_course() {
    for by in ["sync", "screen", "doctor"] {
        let clinic = Clinic::open().await;
        let course = json!({"dosage": "1 cp", "frequency": "1-0-1-0", "durationDays": 5});
        let written = clinic.line(course).await;
        clinic.take("07:00").await;
        clinic.at("17:00").await;
        let evening = clinic.dose("17:30").await;
        clinic.edit(&written, json!({"frequency": "1-1-0-0"})).await;
        assert_eq!(doses_after(&clinic).await, 10);
        clinic.at("18:00").await;
        let taken_at = format!("{TODAY}T17:32:00+07:00");
        match by {
            "sync" => {
                let answer = clinic.sync(&evening, "17:32").await;
                assert_eq!(answer["applied"].as_array().unwrap().len(), 1, "{answer}");
                let again = clinic.sync(&evening, "17:32").await;
                assert_eq!(again["unchanged"].as_array().unwrap().len(), 1, "{again}");
            }
            "screen" => drop(mark(&clinic, &evening, "17:32").await),
            _ => {
                let body = json!({"status": "TAKEN_ON_TIME", "takenAt": taken_at, "reason": "asked again"});
                clinic.sok.post(format!("/doses/{evening}/correct"), body).await.ok();
            }
        }
        assert_eq!(clinic.day(TODAY).await, ["07:00 TAKEN_ON_TIME 1 tablet", "17:30 TAKEN_ON_TIME 1 tablet"]);
        assert_eq!(doses_after(&clinic).await, 10, "{by}");
        if by != "doctor" {
            // It was a mistake: the course has it at its end again.
            clinic.dara.post(format!("/doses/{evening}/undo"), json!({})).await.ok();
            assert_eq!(clinic.day(TODAY).await, ["07:00 TAKEN_ON_TIME 1 tablet"]);
            assert_eq!(doses_after(&clinic).await, 10, "{by}");
        }
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn another_relation_to_the_meals_takes_no_dose_out_of_a_course() {
    for (frequency, taken, at, doses) in [("1-0-1-0", true, "17:40", 10), ("0-0-1-0", false, "17:40", 5)] {
        let clinic = Clinic::open().await;
        let course =
            json!({"dosage": "1 cp", "frequency": frequency, "durationDays": 5, "mealRelation": "AFTER"});
        let written = clinic.line(course).await;
        if taken {
            let morning = clinic.day(TODAY).await[0].split(' ').next().unwrap().to_owned();
            clinic.at(&morning).await;
            clinic.take(&morning).await;
        }
        clinic.at(at).await;
        clinic.edit(&written, json!({"mealRelation": "BEFORE"})).await;
        assert_eq!(doses_after(&clinic).await, doses, "{frequency} at {at}");
        clinic.server.finish().await;
    }
}

/// What was used is that of the time that is recorded last, and what is taken back leaves the plan as it is.
#[tokio::test]
async fn another_time_of_an_intake_is_another_amount_where_the_plan_was_changed_between() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "2 cp", "frequency": "BID", "durationDays": 5})).await;
    clinic.take("07:00").await;
    clinic.at("17:40").await;
    let evening = clinic.dose("17:30").await;
    clinic.edit(&written, json!({"dosage": "1 cp"})).await;
    clinic.at("20:00").await;
    assert_eq!(clinic.day(TODAY).await[1], "17:30 MISSED 1 tablet");
    assert_eq!(mark(&clinic, &evening, "17:32").await["dose"], "2 tablet");
    clinic.dara.post(format!("/doses/{evening}/undo"), json!({})).await.ok();
    assert_eq!(clinic.day(TODAY).await[1], "17:30 MISSED 1 tablet");
    assert_eq!(mark(&clinic, &evening, "19:58").await["dose"], "1 tablet");
    let correct = async |at: &str| {
        let body = json!({"status": "TAKEN_LATE", "takenAt": format!("{TODAY}T{at}:00+07:00"), "reason": "asked again"});
        clinic.sok.post(format!("/doses/{evening}/correct"), body).await.ok()["dose"]["dose"].clone()
    };
    assert_eq!(correct("18:40").await, "1 tablet");
    // The dose before the change was two, whenever that becomes known.
    let morning = clinic.dose("07:00").await;
    let body = json!({"status": "TAKEN_ON_TIME", "takenAt": format!("{TODAY}T07:20:00+07:00"), "reason": "asked again"});
    let corrected = clinic.sok.post(format!("/doses/{morning}/correct"), body).await.ok();
    assert_eq!(corrected["dose"]["dose"], "2 tablet");
    assert_eq!(clinic.day(TOMORROW).await, ["07:00 DUE 1 tablet", "17:30 DUE 1 tablet"]);
    assert_eq!(doses_after(&clinic).await, 10);
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_intake_after_a_change_is_as_much_with_its_time_as_without() {
    for said in [json!({}), json!({ "takenAt": format!("{TODAY}T09:29:00+07:00") })] {
        let clinic = Clinic::open().await;
        let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
        let dose = clinic.dose("07:00").await;
        clinic.at("08:30").await;
        clinic.edit(&written, json!({"dosage": "2 cp"})).await;
        clinic.at("09:30").await;
        // What was asked for, and missed, before the change is the dose that the screen shows.
        let marked = clinic.dara.post(format!("/doses/{dose}/mark-taken"), said).await.ok();
        assert_eq!(marked["dose"]["dose"], "1 tablet");
        clinic.server.finish().await;
    }
}
