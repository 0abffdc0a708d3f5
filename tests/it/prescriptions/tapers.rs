//! A running taper whose steps are moved to other times of the day keeps the doses of each step.

use das_tern::platform::clock::{Clock as _, Span, Timestamp};
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
    /// Goes to a time of the first day, or of so many days later.
    pub(super) async fn goes_to(&self, days: u64, time: &str) {
        let date = TODAY.parse::<chrono::NaiveDate>().unwrap() + chrono::Days::new(days);
        let at = format!("{date}T{time}:00+07:00").parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        self.server.clock().set(at.into());
        self.server.run_jobs().await;
    }

    /// The ids of what is due on the day so many days after the first, and whose time has come.
    pub(super) async fn open_on(&self, days: u64) -> Vec<String> {
        let date = TODAY.parse::<chrono::NaiveDate>().unwrap() + chrono::Days::new(days);
        let now = self.server.clock().now();
        let schedule = self.dara.get(format!("/doses/schedule?date={date}")).await.ok();
        let is_open = |dose: &&Value| {
            let due =
                dose["scheduledTime"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
            dose["status"] == "DUE" && Timestamp::from(due) <= now
        };
        schedule["doses"].as_array().unwrap().iter().filter(is_open).map(super::id).collect()
    }

    /// Goes to a time of the first day, or of so many days later, and takes what is open there.
    pub(super) async fn takes_on(&self, days: u64, time: &str) {
        self.goes_to(days, time).await;
        for dose in self.open_on(days).await {
            self.dara.post(format!("/doses/{dose}/mark-taken"), json!({})).await.ok();
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

#[tokio::test]
async fn a_taper_in_the_place_of_a_constant_dose_begins_with_what_was_given_today() {
    let two = json!({"dosage": "2 cp", "frequency": "OD"});
    let one = json!({"dosage": "1 cp", "frequency": "OD"});
    for (line, days, (takes, at), slots, totals, last) in [
        // Taken today: the first of two days of two.
        (two.clone(), 0, (true, "08:00"), &["morning"][..], (5, 7.0), "2026-11-26"),
        (two.clone(), 1, (true, "08:00"), &["morning"], (6, 9.0), "2026-11-27"),
        // At another time of the day, or another amount: all of the steps is ahead.
        (two.clone(), 1, (true, "08:00"), &["evening"], (7, 11.0), "2026-11-28"),
        (one.clone(), 0, (true, "12:00"), &["morning"], (6, 8.0), "2026-11-27"),
        (one.clone(), 1, (true, "08:00"), &["morning"], (7, 9.0), "2026-11-28"),
        (one.clone(), 0, (true, "12:00"), &["morning", "evening"], (11, 15.0), "2026-11-27"),
        (two.clone(), 1, (true, "08:00"), &["morning", "evening"], (11, 16.0), "2026-11-27"),
        (two.clone(), 1, (true, "18:00"), &["morning"], (6, 9.0), "2026-11-27"),
        // Open, or still to come.
        (two.clone(), 1, (false, "07:10"), &["morning"], (6, 9.0), "2026-11-27"),
        (two.clone(), 1, (false, "06:00"), &["morning"], (6, 9.0), "2026-11-27"),
        // Only missed: all of the steps is ahead.
        (two, 1, (false, "09:00"), &["morning"], (7, 11.0), "2026-11-28"),
        (
            json!({"dosage": "2 cp", "frequency": "BID"}),
            1,
            (true, "18:00"),
            &["morning", "evening"],
            (12, 18.0),
            "2026-11-27",
        ),
        (
            json!({"dosage": "2 cp", "frequency": "every 24 hours"}),
            1,
            (true, "08:00"),
            &["morning"],
            (6, 9.0),
            "2026-11-27",
        ),
    ] {
        let clinic = Clinic::open().await;
        let written = clinic.line(line.clone()).await;
        for day in 0..=days {
            for time in ["07:00", "17:30"].into_iter().filter(|time| day < days || (takes && *time < at)) {
                clinic.takes_on(day, time).await;
            }
        }
        clinic.goes_to(days, at).await;
        let changed = clinic
            .edit(
                &written,
                json!({"frequency": null, "dosage": null, "doseUnit": "TABLET", "steps": steps(slots)}),
            )
            .await;
        let weeks = clinic.weeks().await;
        assert_eq!(clinic.totals(), totals, "{line} on day {days} at {at}: {weeks:?}");
        assert_eq!(changed["medications"][0]["endDate"], last, "{line} on day {days} at {at}: {weeks:?}");
        assert!(weeks.last().unwrap().starts_with(last), "{line} on day {days} at {at}: {weeks:?}");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_taper_of_another_amount_than_was_given_today_begins_tomorrow_and_says_so() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 10})).await;
    clinic.takes_on(0, "07:00").await;
    clinic.goes_to(0, "12:00").await;
    let steps = json!([{"days": 3, "slots": {"morning": 2}}, {"days": 2, "slots": {"morning": 1}}]);
    let change = json!({"frequency": null, "dosage": null, "doseUnit": "TABLET", "steps": steps});
    let changed = clinic.edit(&written, change).await;
    let due: Vec<String> = clinic.weeks().await.into_iter().filter(|dose| dose.contains("DUE")).collect();
    let wanted = [("23", 2), ("24", 2), ("25", 2), ("26", 1), ("27", 1)];
    assert_eq!(due, wanted.map(|(day, tablets)| format!("2026-11-{day} 07:00 DUE {tablets} tablet")));
    let read_back = changed["understood"][0]["english"].as_str().unwrap();
    assert!(read_back.contains("from 23/11/2026 to 27/11/2026"), "{read_back}");
    clinic.server.finish().await;
}
