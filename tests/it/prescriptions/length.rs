//! How long a line lasts, and when its first dose is.

use chrono::NaiveDate;
use das_tern::domain::doses::model::DoseStatus;
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{Clinic, doses, id};

impl Clinic {
    /// Goes on to 17:15 of the first day.
    fn in_the_afternoon(&self) {
        self.server.clock().advance(Span::minutes(10 * 60 + 15));
    }
}

fn first_and_last(prescription: &Value) -> (&str, &str) {
    let line = &prescription["medications"][0];
    (line["startDate"].as_str().unwrap_or_default(), line["endDate"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_course_in_days_has_all_its_doses() {
    for (frequency, days, count, last) in [
        ("BID", 5, 10, "2026-11-27"),
        ("OD", 3, 3, "2026-11-25"),
        ("OD", 1, 1, "2026-11-23"),
        ("HS", 3, 3, "2026-11-24"),
        ("QOD", 4, 2, "2026-11-25"),
        ("WEEKLY", 7, 1, "2026-11-23"),
        ("Q6H", 2, 8, "2026-11-24"),
    ] {
        let clinic = Clinic::open().await;
        clinic.in_the_afternoon();
        let written =
            clinic.prescribe(json!({"dosage": "1 cp", "frequency": frequency, "durationDays": days})).await;
        assert_eq!(clinic.count(DoseStatus::Due), count, "{frequency} for {days} days");
        assert_eq!(first_and_last(&written), ("2026-11-22", last), "{frequency} for {days} days");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn long_intervals_begin_with_the_next_time_ahead() {
    for (line, first) in [
        (json!({"dosage": "1 cp", "everyNHours": 72}), "2026-11-22"),
        (json!({"dosage": "1 cp", "frequency": "OD", "everyNDays": 28}), "2026-11-23"),
        (json!({"dosage": "1 cp", "frequency": "QOD"}), "2026-11-23"),
        (json!({"dosage": "1 cp", "frequency": "HS", "everyNDays": 7}), "2026-11-22"),
    ] {
        let clinic = Clinic::open().await;
        clinic.in_the_afternoon();
        let mut line = line;
        line["medicineId"] = json!(clinic.paracetamol);
        let body = json!({"patientId": clinic.dara.id(), "medications": [line]});
        clinic.sok.post("/prescriptions", body).await.ok();
        let all = doses(&clinic.server, clinic.dara.id());
        let day = all[0].scheduled().day_in(chrono_tz::Asia::Phnom_Penh);
        assert_eq!(day, first.parse::<NaiveDate>().unwrap(), "{line}");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_line_without_any_dose_is_refused() {
    let clinic = Clinic::open().await;
    clinic.in_the_afternoon();
    let prescribe = |line: Value| {
        let mut line = line;
        (line["medicineId"], line["dosage"]) = (json!(clinic.paracetamol), json!("1 cp"));
        clinic.sok.post("/prescriptions", json!({"patientId": clinic.dara.id(), "medications": [line]}))
    };
    for (line, field) in [
        (json!({"frequency": "OD", "endDate": "2026-11-22"}), "endDate"),
        (json!({"frequency": "OD", "startDate": "2026-11-20", "endDate": "2026-11-22"}), "endDate"),
        (json!({"frequency": "OD", "startDate": "2026-11-20", "durationDays": 3}), "startDate"),
    ] {
        let refused = prescribe(line.clone()).await.expect(400);
        assert_eq!(refused.bad_fields(), [format!("medications[0].{field}")], "{line}");
    }
    assert_eq!(clinic.count(DoseStatus::Due), 0);
    prescribe(json!({"frequency": "HS", "endDate": "2026-11-22"})).await.ok();
    assert_eq!(clinic.count(DoseStatus::Due), 1);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_longer_course_counts_from_the_first_dose() {
    let clinic = Clinic::open().await;
    clinic.in_the_afternoon();
    let written = clinic.prescribe(json!({"dosage": "1 cp", "frequency": "BID", "durationDays": 3})).await;
    assert_eq!(clinic.count(DoseStatus::Due), 6);
    clinic.server.clock().advance(Span::days(1));
    clinic.server.run_jobs().await;
    let line = id(&written["medications"][0]);
    let longer = clinic.sok.patch(format!("/medications/{line}"), json!({"durationDays": 10})).await.ok();
    assert_eq!(first_and_last(&longer), ("2026-11-22", "2026-12-02"));
    let all = doses(&clinic.server, clinic.dara.id());
    assert_eq!(all.iter().filter(|dose| dose.status != DoseStatus::Cancelled).count(), 20);
    // An ordinary change of something else leaves the length as it was.
    let told = clinic.sok.patch(format!("/medications/{line}"), json!({"mealRelation": "AFTER"})).await.ok();
    assert_eq!(first_and_last(&told), ("2026-11-22", "2026-12-02"));
    clinic.server.finish().await;
}

#[tokio::test]
async fn paused_days_are_not_made_up() {
    let clinic = Clinic::open().await;
    let written = clinic.prescribe(json!({"dosage": "1 cp", "frequency": "BID", "durationDays": 5})).await;
    let path = format!("/prescriptions/{}", id(&written));
    clinic.server.clock().advance(Span::hours(24 + 2));
    clinic.server.run_jobs().await;
    clinic.sok.post(format!("{path}/pause"), json!({})).await.ok();
    clinic.server.clock().advance(Span::days(2));
    let resumed = clinic.sok.post(format!("{path}/resume"), json!({})).await.ok();
    assert_eq!(first_and_last(&resumed), ("2026-11-22", "2026-11-26"));
    let all = doses(&clinic.server, clinic.dara.id());
    let paused = all.iter().filter(|dose| dose.status == DoseStatus::Cancelled).count();
    assert_eq!((all.len(), paused), (10, 4), "the evening before, a day, and this morning");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_taper_keeps_the_doses_of_each_step() {
    let clinic = Clinic::open().await;
    clinic.in_the_afternoon();
    let line = json!({"medicineId": clinic.paracetamol, "doseUnit": "TABLET", "steps": [
        {"days": 2, "slots": {"morning": 2, "evening": 2}}, {"days": 2, "slots": {"morning": 1}},
    ]});
    let body = json!({"patientId": clinic.dara.id(), "medications": [line]});
    let written = clinic.sok.post("/prescriptions", body).await.ok();
    let all = doses(&clinic.server, clinic.dara.id());
    let shown: Vec<String> = all
        .iter()
        .map(|dose| {
            let at = dose.scheduled().local(chrono_tz::Asia::Phnom_Penh).format("%d %H:%M");
            format!("{at} {}", dose.amount.as_units())
        })
        .collect();
    assert_eq!(shown, ["22 17:30 2", "23 07:00 2", "23 17:30 2", "24 07:00 2", "25 07:00 1", "26 07:00 1"]);
    assert_eq!(first_and_last(&written), ("2026-11-22", "2026-11-26"));
    let line = id(&written["medications"][0]);
    let same = clinic.sok.patch(format!("/medications/{line}"), json!({"mealRelation": "AFTER"})).await.ok();
    assert_eq!(first_and_last(&same), ("2026-11-22", "2026-11-26"));
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_waits_begins_when_it_is_confirmed() {
    let clinic = Clinic::open().await;
    let waiting =
        json!({"dosage": "1 cp", "frequency": "BID", "durationDays": 3, "requiresConfirmation": true});
    let written = clinic.prescribe(waiting).await;
    assert_eq!(first_and_last(&written), ("2026-11-22", "2026-11-24"));
    clinic.server.clock().advance(Span::days(2));
    let path = format!("/prescriptions/{}/confirm", id(&written));
    let confirmed = clinic.dara.post(path, json!({})).await.ok();
    assert_eq!(first_and_last(&confirmed), ("2026-11-24", "2026-11-26"));
    assert_eq!(clinic.count(DoseStatus::Due), 6);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_course_written_anew_says_how_long_it_lasts() {
    let clinic = Clinic::open().await;
    let written = clinic.prescribe(json!({"dosage": "1 cp", "frequency": "BID", "durationDays": 5})).await;
    let path = format!("/prescriptions/{}", id(&written));
    let line = id(&written["medications"][0]);
    let anew = |more: serde_json::Value| {
        let mut line = json!({"medicineId": clinic.paracetamol, "dosage": "1 cp", "frequency": "TID"});
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"medications": [line]})
    };
    for silent in [json!({}), json!({"id": line}), json!({"frequency": "PRN max 3"})] {
        let refused = clinic.sok.patch(&path, anew(silent)).await.expect(400);
        assert_eq!(refused.bad_fields(), ["medications[0].durationDays"]);
    }
    let kept = clinic.sok.patch(format!("/medications/{line}"), json!({"frequency": "OD"})).await.ok();
    assert_eq!(
        first_and_last(&kept).1,
        "2026-11-26",
        "a line of which a part is changed keeps its five days"
    );
    let longer = clinic.sok.patch(&path, anew(json!({"durationDays": 10}))).await.ok();
    assert!(longer["medications"][0]["endDate"].is_string());
    let ongoing = clinic.sok.patch(&path, anew(json!({"endDate": null}))).await.ok();
    assert!(ongoing["medications"][0].get("endDate").is_none());
    clinic.sok.patch(&path, anew(json!({"durationDays": 10}))).await.ok();
    let long_term = clinic.sok.patch(&path, anew(json!({"frequency": "TID long term"}))).await.ok();
    assert!(long_term["medications"][0].get("endDate").is_none());
    clinic.server.finish().await;
}

/// The pharmacy has packs: what was prescribed by days is given for as long as they last.
#[tokio::test]
async fn a_course_by_days_becomes_one_by_quantity_when_its_days_are_taken_back() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "BID", "durationDays": 5})).await;
    assert_eq!(written["medications"][0]["durationDays"], 5);
    // A quantity by itself is what the pharmacy gives for the same days.
    let beside = clinic.edit(&written, json!({"quantity": 28})).await;
    assert_eq!(beside["medications"][0]["durationDays"], 5);
    let by_quantity = clinic.edit(&written, json!({"quantity": 28, "durationDays": null})).await;
    let line = &by_quantity["medications"][0];
    assert_eq!((&line["durationDays"], &line["endDate"]), (&json!(null), &json!("2026-12-05")), "{line}");
    assert_eq!(clinic.totals().0, 28);
    clinic.server.finish().await;
}
