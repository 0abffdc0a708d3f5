//! One interval in place of another: the days of the course stay, whatever was missed, and the next dose comes as soon as the
//! interval allows.

use serde_json::{Value, json};

use super::Clinic;
use super::identity::{TODAY, TOMORROW};

fn codes(answer: &Value) -> Vec<&str> {
    answer["notices"].as_array().unwrap().iter().map(|notice| notice["code"].as_str().unwrap()).collect()
}

impl Clinic {
    async fn every(&self, hours: u32, days: u32) -> Value {
        let frequency = format!("Q{hours}H");
        self.line(json!({"dosage": "1 cp", "frequency": frequency, "durationDays": days})).await
    }
}

#[tokio::test]
async fn a_missed_dose_does_not_change_how_many_another_interval_has() {
    for (from, days, to, taken, at, count) in [
        (8, 3, 12, &["07:00"][..], "16:00", 6),
        (8, 3, 12, &[], "16:00", 6),
        (8, 3, 12, &["07:00", "15:00"], "16:00", 6),
        (8, 3, 12, &[], "08:00", 6),
        (8, 3, 12, &["07:00"], "08:00", 6),
        (8, 2, 6, &["07:00"], "16:00", 8),
        (8, 2, 6, &[], "16:00", 8),
        (8, 2, 6, &["07:00", "15:00"], "16:00", 8),
        (6, 2, 8, &["07:00"], "14:00", 6),
        (6, 2, 8, &[], "14:00", 6),
        (6, 2, 8, &["07:00", "13:00"], "14:00", 6),
        (12, 3, 8, &[], "20:00", 8),
        (12, 3, 8, &["07:00", "19:00"], "20:00", 8),
    ] {
        let story = format!("Q{from}H to Q{to}H at {at}, taken {taken:?}");
        let clinic = Clinic::open().await;
        let written = clinic.every(from, days).await;
        for time in taken {
            clinic.at(time).await;
            clinic.take(time).await;
        }
        clinic.at(at).await;
        clinic.edit(&written, json!({"frequency": format!("Q{to}H")})).await;
        assert_eq!(clinic.totals().0, count, "{story}: {:?}", clinic.weeks().await);
        // To and fro nothing is won or lost.
        clinic.edit(&written, json!({"frequency": format!("Q{from}H")})).await;
        let all = usize::try_from(days * 24 / from).unwrap();
        assert_eq!(clinic.totals().0, all, "{story}, and back: {:?}", clinic.weeks().await);
        clinic.edit(&written, json!({"frequency": format!("Q{to}H")})).await;
        assert_eq!(clinic.totals().0, count, "{story}, and again: {:?}", clinic.weeks().await);
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn an_interval_of_which_nothing_was_taken_goes_on_with_the_next_planned_dose() {
    let clinic = Clinic::open().await;
    let written = clinic.every(8, 3).await;
    clinic.at("07:40").await;
    clinic.at("16:00").await;
    let told = clinic.edit(&written, json!({"frequency": "Q12H"})).await;
    let day = ["07:00 MISSED 1 tablet", "15:00 MISSED 1 tablet", "23:00 DUE 1 tablet"];
    assert_eq!(clinic.day(TODAY).await, day, "not eleven hours later");
    assert_eq!(clinic.day(TOMORROW).await, ["11:00 DUE 1 tablet", "23:00 DUE 1 tablet"]);
    assert_eq!(codes(&told), ["notice_missed_before"]);
    let text = told["notices"][0]["text"]["english"].as_str().unwrap();
    assert!(text.contains("missed (2, ") && text.contains("23:00"), "{text}");
    // The open one stands when the interval is changed again.
    clinic.at("23:10").await;
    clinic.edit(&written, json!({"frequency": "Q6H"})).await;
    let day: Vec<String> = clinic.day(TODAY).await.into_iter().filter(|dose| dose.contains("DUE")).collect();
    assert_eq!(day, ["23:00 DUE 1 tablet"]);
    assert_eq!(clinic.day(TOMORROW).await[0], "05:00 DUE 1 tablet");
    clinic.server.finish().await;
}

/// Whoever has just left a dose out ahead of its time is not asked for another one at once.
#[tokio::test]
async fn an_interval_counts_on_from_a_dose_that_was_left_out_ahead() {
    let clinic = Clinic::open().await;
    let written = clinic.every(12, 5).await;
    clinic.at("07:00").await;
    clinic.take("07:00").await;
    clinic.at("18:00").await;
    let dose = clinic.dose("19:00").await;
    clinic.dara.post(format!("/doses/{dose}/skip"), json!({"reason": "SIDE_EFFECT"})).await.ok();
    clinic.edit(&written, json!({"frequency": "Q8H"})).await;
    let due = |day: Vec<String>| day.into_iter().filter(|dose| dose.contains("DUE")).collect::<Vec<_>>();
    assert_eq!(due(clinic.day(TODAY).await), Vec::<String>::new());
    assert_eq!(due(clinic.day(TOMORROW).await)[0], "03:00 DUE 1 tablet");
    // Two doses have used up a day of the five; the other four hold twelve.
    assert_eq!(clinic.totals().0, 14, "{:?}", clinic.weeks().await);
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_interval_whose_last_dose_was_taken_or_left_out_waits_its_hours() {
    for (verb, body) in [("mark-taken", json!({})), ("skip", json!({"reason": "FASTING"}))] {
        let clinic = Clinic::open().await;
        let written = clinic.every(8, 3).await;
        clinic.at("07:00").await;
        let dose = clinic.dose("07:00").await;
        clinic.dara.post(format!("/doses/{dose}/{verb}"), body).await.ok();
        clinic.at("16:00").await;
        let told = clinic.edit(&written, json!({"frequency": "Q12H"})).await;
        let day: Vec<String> =
            clinic.day(TODAY).await.into_iter().filter(|dose| dose.contains("DUE")).collect();
        assert_eq!(day, ["19:00 DUE 1 tablet"], "{verb}");
        assert_eq!(codes(&told), ["notice_missed_before"], "the dose at 15:00");
        assert_eq!(clinic.totals().0, 6, "{verb}");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn an_interval_that_is_changed_before_its_last_dose_keeps_one() {
    let clinic = Clinic::open().await;
    let written = clinic.every(8, 3).await;
    clinic.server.clock().advance(das_tern::platform::clock::Span::hours(60));
    clinic.server.run_jobs().await;
    let still = clinic.weeks().await.iter().filter(|dose| dose.contains("DUE")).count();
    assert!(still > 0);
    clinic.edit(&written, json!({"frequency": "Q24H"})).await;
    let after = clinic.weeks().await.iter().filter(|dose| dose.contains("DUE")).count();
    assert!((1..=still).contains(&after), "{:?}", clinic.weeks().await);
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_interval_that_becomes_longer_lasts_until_the_last_of_its_days() {
    for (from, days, to, taken, count, last) in [
        (12, 4, 24, &["07:00", "19:00"][..], 5, "2026-11-25"),
        (12, 6, 24, &["07:00", "19:00"], 7, "2026-11-27"),
        (8, 6, 24, &["07:00", "15:00", "23:00"], 8, "2026-11-27"),
        // The second one was missed.
        (12, 4, 24, &["07:00"], 5, "2026-11-25"),
    ] {
        let story = format!("Q{from}H to Q{to}H, taken {taken:?}");
        let clinic = Clinic::open().await;
        let written = clinic.every(from, days).await;
        for time in taken {
            clinic.takes_on(0, time).await;
        }
        clinic.goes_to(1, "05:30").await;
        let before = clinic.weeks().await;
        let changed = clinic.edit(&written, json!({"frequency": format!("Q{to}H")})).await;
        let weeks = clinic.weeks().await;
        assert_eq!(clinic.totals().0, count, "{story}: {weeks:?}");
        assert_eq!(changed["medications"][0]["endDate"], last, "{story}: {weeks:?}");
        assert!(weeks.last().unwrap().starts_with(last), "{story}: {weeks:?}");
        // To and fro nothing is won or lost.
        clinic.edit(&written, json!({"frequency": format!("Q{from}H")})).await;
        assert_eq!(clinic.totals().0, before.len(), "{story}, and back: {:?}", clinic.weeks().await);
        clinic.edit(&written, json!({"frequency": format!("Q{to}H")})).await;
        assert_eq!(clinic.weeks().await, weeks, "{story}, and again");
        clinic.server.finish().await;
    }
}
