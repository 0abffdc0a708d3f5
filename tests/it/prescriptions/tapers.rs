//! A running taper whose steps are moved to other times of the day keeps the doses of each step.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::Clinic;
use super::identity::TODAY;

/// Two days of two tablets, three of one, at these times of the day.
fn steps(slots: &[&str]) -> Value {
    let each =
        |tablets: u32| Value::Object(slots.iter().map(|slot| ((*slot).to_owned(), json!(tablets))).collect());
    json!([{"days": 2, "slots": each(2)}, {"days": 3, "slots": each(1)}])
}

impl Clinic {
    /// Goes to a time of the first day, or of so many days later, and takes what is open there.
    async fn takes_on(&self, days: u64, time: &str) {
        let date = TODAY.parse::<chrono::NaiveDate>().unwrap() + chrono::Days::new(days);
        let at = format!("{date}T{time}:00+07:00").parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        self.server.clock().set(at.into());
        self.server.run_jobs().await;
        let schedule = self.dara.get(format!("/doses/schedule?date={date}")).await.ok();
        let is_open = |dose: &&Value| {
            let due =
                dose["scheduledTime"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
            dose["status"] == "DUE" && due <= at
        };
        for dose in schedule["doses"].as_array().unwrap().iter().filter(is_open) {
            self.dara.post(format!("/doses/{}/mark-taken", super::id(dose)), json!({})).await.ok();
        }
    }
}

#[tokio::test]
async fn a_taper_whose_day_cannot_hold_its_dose_any_more_goes_on_a_day_later() {
    for (days, left) in [
        (1, &["24 07:00 DUE 2", "25 07:00 DUE 1", "26 07:00 DUE 1", "27 07:00 DUE 1"][..]),
        (2, &["25 07:00 DUE 1", "26 07:00 DUE 1", "27 07:00 DUE 1"]),
        (4, &["27 07:00 DUE 1"]),
    ] {
        let clinic = Clinic::open().await;
        let written = clinic.line(json!({"doseUnit": "TABLET", "steps": steps(&["evening"])})).await;
        for day in 0..days {
            clinic.takes_on(day, "17:30").await;
        }
        clinic.takes_on(days, "09:00").await;
        let before = clinic.weeks().await;
        clinic.edit(&written, json!({"steps": steps(&["morning"])})).await;
        let due: Vec<String> = clinic.weeks().await.into_iter().filter(|dose| dose.contains("DUE")).collect();
        let wanted: Vec<String> = left.iter().map(|dose| format!("2026-11-{dose} tablet")).collect();
        assert_eq!(due, wanted, "changed after {days} days");
        assert_eq!(clinic.totals(), (5, 7.0), "changed after {days} days");
        // Moved back on the same day it is as it was.
        clinic.edit(&written, json!({"steps": steps(&["evening"])})).await;
        assert_eq!(clinic.weeks().await, before);
        // And once more, on the next day, after the morning's.
        clinic.edit(&written, json!({"steps": steps(&["morning"])})).await;
        clinic.takes_on(days + 1, "07:00").await;
        clinic.edit(&written, json!({"steps": steps(&["night"])})).await;
        assert_eq!(clinic.totals(), (5, 7.0), "changed again after {days} days");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_taper_whose_day_cannot_hold_one_of_its_doses_gives_it_next() {
    for (day, time) in [(0, "12:00"), (1, "12:00"), (2, "12:00"), (4, "12:00")] {
        let clinic = Clinic::open().await;
        let written =
            clinic.line(json!({"doseUnit": "TABLET", "steps": steps(&["morning", "evening"])})).await;
        for before in 0..day {
            clinic.takes_on(before, "07:00").await;
            clinic.takes_on(before, "17:30").await;
        }
        clinic.takes_on(day, "07:00").await;
        clinic.takes_on(day, time).await;
        let before = clinic.weeks().await;
        assert_eq!(clinic.totals(), (10, 14.0));
        // The noon's is over.
        clinic.edit(&written, json!({"steps": steps(&["morning", "noon"])})).await;
        assert_eq!(clinic.totals(), (10, 14.0), "on day {day}: {:?}", clinic.weeks().await);
        clinic.edit(&written, json!({"steps": steps(&["morning", "evening"])})).await;
        assert_eq!(clinic.weeks().await, before, "and back on day {day}");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_missed_dose_of_a_taper_that_is_asked_for_later_on_its_day_counts_once() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"doseUnit": "TABLET", "steps": steps(&["morning"])})).await;
    clinic.takes_on(0, "07:00").await;
    clinic.takes_on(1, "06:00").await;
    clinic.takes_on(1, "06:59").await;
    clinic.server.clock().advance(Span::hours(3));
    clinic.server.run_jobs().await;
    let before = clinic.weeks().await;
    clinic.edit(&written, json!({"steps": steps(&["evening"])})).await;
    assert_eq!(clinic.totals(), (5, 7.0), "{:?}", clinic.weeks().await);
    clinic.edit(&written, json!({"steps": steps(&["morning"])})).await;
    assert_eq!(clinic.weeks().await, before);
    clinic.server.finish().await;
}
