//! Whoever changes a running line hears of doses of the day that are asked for no more, and of a long time without any.

use das_tern::domain::notifications::model::NotificationType;
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use serde_json::{Value, json};

use super::{Clinic, id};

fn notice<'a>(answer: &'a Value, code: &str) -> Option<&'a str> {
    let notices = answer["notices"].as_array().unwrap().iter();
    let mut of_code = notices.filter(|notice| notice["code"].as_str().unwrap().starts_with(code));
    of_code.next().map(|notice| notice["text"]["english"].as_str().unwrap())
}

/// A line of which everything is taken at `times` on so many days, and today what was due until `at`, changed then: what is
/// said of doses left out today, and what today asks for.
async fn left_out(
    (before, times, days): (&str, &[&str], u64),
    (takes, at): (bool, &str),
    after: Value,
) -> (Option<String>, Vec<String>) {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": before, "durationDays": 20})).await;
    for day in 0..=days {
        for time in times.iter().filter(|time| day < days || (takes && **time < at)) {
            clinic.takes_on(day, time).await;
        }
    }
    clinic.goes_to(days, at).await;
    let count = clinic.totals().0;
    let told = clinic.edit(&written, after.clone()).await;
    if after["frequency"] == "OD" && before != "BID" {
        assert_eq!(clinic.totals().0, count, "{before} to {after}: the course gives it at its end");
    }
    let today = clinic.weeks().await;
    let today = today.iter().filter_map(|dose| dose.strip_prefix(&format!("2026-11-{} ", 22 + days)));
    let today = today.filter_map(|dose| dose.strip_suffix(" 1 tablet")).map(str::to_owned).collect();
    let text = notice(&told, "notice_left_out_today").map(str::to_owned);
    clinic.server.finish().await;
    (text, today)
}

#[tokio::test]
async fn a_dose_of_the_day_that_a_change_leaves_out_is_told() {
    let weekly = json!({"frequency": "every Monday morning"});
    for (line, moment, after, told, today) in [
        // The morning of the new plan is over: it was not asked for before, and what was still is.
        (
            ("0-0-1", &["17:30"][..], 2),
            (true, "09:00"),
            json!({"frequency": "1-0-1"}),
            None,
            &["17:30 DUE"][..],
        ),
        (("0-0-1", &["17:30"], 2), (true, "13:00"), json!({"frequency": "TID"}), None, &["17:30 DUE"]),
        (
            ("0-0-1", &["17:30"], 1),
            (true, "09:00"),
            json!({"times": ["08:00", "20:00"]}),
            None,
            &["20:00 DUE"],
        ),
        (
            ("BID", &["07:00", "17:30"], 2),
            (true, "12:00"),
            json!({"frequency": "TID"}),
            None,
            &["07:00 TAKEN_ON_TIME", "17:30 DUE"],
        ),
        // What was to be given today is not.
        (
            ("0-0-1", &["17:30"], 2),
            (true, "09:00"),
            json!({"frequency": "OD"}),
            Some(("17:30", "25/11/2026 07:00")),
            &[],
        ),
        // What was to be given today is not, and the new plan begins later.
        (
            ("0-0-1", &["17:30"], 0),
            (true, "09:00"),
            json!({"frequency": "OD"}),
            Some(("17:30", "23/11/2026 07:00")),
            &[],
        ),
        (("HS", &["21:00"], 2), (true, "09:00"), weekly, Some(("21:00", "30/11/2026 07:00")), &[]),
        // The day has what it holds: by what was taken, by what is still to come, and by what it holds less of now.
        (
            ("BID", &["07:00", "17:30"], 2),
            (true, "08:00"),
            json!({"frequency": "OD"}),
            None,
            &["07:00 TAKEN_ON_TIME"],
        ),
        (("OD", &["07:00"], 2), (true, "08:00"), json!({"frequency": "HS"}), None, &["07:00 TAKEN_ON_TIME"]),
        (("OD", &["07:00"], 2), (true, "06:00"), json!({"frequency": "HS"}), None, &["21:00 DUE"]),
        (
            ("TID", &["07:00", "11:30", "17:30"], 2),
            (false, "09:00"),
            json!({"durationDays": 21}),
            None,
            &["07:00 MISSED", "11:30 DUE", "17:30 DUE"],
        ),
        // As a line that is written at nine.
        (("0-0-1", &["17:30"], 0), (true, "09:00"), json!({"frequency": "1-0-1"}), None, &["17:30 DUE"]),
    ] {
        let (text, doses) = left_out(line, moment, after.clone()).await;
        let case = format!("{line:?} {moment:?} {after}: {text:?}");
        assert_eq!(doses, today, "{case}");
        assert_eq!(text.is_some(), told.is_some(), "{case}");
        if let (Some(text), Some((times, next))) = (text, told) {
            assert!(text.contains(&format!("not asked for: {times}.")), "{case}");
            assert!(text.contains(&format!("the next dose is on {next}.")), "{case}");
        }
    }
}

#[tokio::test]
async fn a_long_time_without_any_dose_is_told_when_the_last_was_left_out() {
    for (taken, left_out, told) in [
        // Never taken: since it was planned.
        (&[][..], 0, Some("35 hours after one was last planned (22/11/2026 07:00)")),
        // Taken before: since then.
        (&[0], 1, Some("59 hours after the last one was taken (22/11/2026 07:00)")),
    ] {
        let clinic = Clinic::open().await;
        let written = clinic.line(json!({"dosage": "1 cp", "frequency": "OD", "durationDays": 5})).await;
        for day in taken {
            clinic.takes_on(*day, "07:00").await;
        }
        clinic.goes_to(left_out, "07:00").await;
        let dose = clinic.open_on(left_out).await;
        clinic.dara.post(format!("/doses/{}/skip", dose[0]), json!({"reason": "FASTING"})).await.ok();
        clinic.goes_to(left_out, "08:00").await;
        let answer = clinic.edit(&written, json!({"frequency": "0-0-1"})).await;
        let text = notice(&answer, "notice_next_dose").or_else(|| notice(&answer, "notice_first_dose"));
        assert!(text.is_some_and(|text| text.contains(told.unwrap())), "{text:?}");
        assert_eq!(clinic.totals().0, 5);
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn what_a_patient_was_told_of_missed_doses_is_settled_when_their_treatments_are_stopped() {
    for paused in [&[][..], &[0], &[1], &[0, 1]] {
        let clinic = Clinic::open().await;
        let mut written = Vec::new();
        for frequency in ["OD", "BID"] {
            written.push(clinic.line(json!({"dosage": "1 cp", "frequency": frequency})).await);
        }
        clinic.at("07:40").await;
        let standing = || {
            let of = clinic.dara.id();
            let rows = clinic.server.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &of)).unwrap();
            let rows = rows.into_iter().filter(|(_, row)| row.kind == NotificationType::MissedDoseAlert);
            rows.filter(|(_, row)| row.withdrawn_at.is_none()).count()
        };
        assert_eq!(standing(), 1, "one message of both");
        for (place, left) in [(0, 1), (1, 0)] {
            // Also a paused one.
            if paused.contains(&place) {
                clinic.pause(&written[place]).await;
                assert_eq!(standing(), 1, "{paused:?}");
            }
            let path = format!("/prescriptions/{}/stop", id(&written[place]));
            clinic.sok.post(path, json!({"reason": "Cured"})).await.ok();
            assert_eq!(standing(), left, "{paused:?}, after {} of two", place + 1);
        }
        // It was missed, and can still be recorded.
        assert_eq!(clinic.count(das_tern::domain::doses::model::DoseStatus::Missed), 2);
        clinic.take("07:00").await;
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_pause_is_not_made_up_whatever_the_length_and_who_resumes_hears_of_it() {
    let steps =
        json!([{"days": 2, "slots": {"morning": 2, "evening": 2}}, {"days": 4, "slots": {"morning": 1}}]);
    for (line, lost) in [
        (json!({"dosage": "1 cp", "frequency": "BID", "durationDays": 6}), 5),
        (json!({"dosage": "1 cp", "frequency": "BID", "quantity": 12}), 5),
        (json!({"dosage": "1 cp", "frequency": "BID", "endDate": "2026-11-27"}), 5),
        (json!({"dosage": "1 cp", "frequency": "Q12H", "durationDays": 6}), 5),
        (json!({"dosage": "1 cp", "frequency": "Q12H", "quantity": 12}), 5),
        (json!({"doseUnit": "TABLET", "steps": steps}), 4),
        (json!({"dosage": "1 cp", "frequency": "BID"}), 0),
    ] {
        let clinic = Clinic::open().await;
        let written = clinic.line(line.clone()).await;
        clinic.goes_to(1, "06:00").await;
        let before = clinic.weeks().await;
        clinic.pause(&written).await;
        clinic.goes_to(3, "12:00").await;
        let resumed = clinic.resume(&written).await;
        let told = notice(&resumed, "notice_doses_in_pause");
        assert_eq!(
            told.map(|text| text.split(' ').next().unwrap()),
            (lost > 0).then_some(lost.to_string()).as_deref(),
            "{line}"
        );
        let is_in_pause = |dose: &&String| ("2026-11-23 06:00".."2026-11-25 12:00").contains(&dose.as_str());
        let left: Vec<&String> = before.iter().filter(|dose| !is_in_pause(dose)).collect();
        let after = clinic.weeks().await;
        let ahead = |doses: Vec<&String>| -> Vec<String> {
            doses.into_iter().filter(|dose| dose.as_str() > "2026-11-23").cloned().collect()
        };
        if lost > 0 {
            assert_eq!(ahead(after.iter().collect()), ahead(left), "{line}");
            let end = &resumed["medications"][0]["endDate"];
            assert_eq!(end, &written["medications"][0]["endDate"], "{line}");
            assert!(after.last().unwrap().starts_with(end.as_str().unwrap()), "{line}: {after:?}");
        }
        clinic.server.finish().await;
    }
}

/// An interval has no times of its own: what is left out is the dose that it still asked for today.
#[tokio::test]
async fn an_interval_that_becomes_times_of_the_day_leaves_out_its_own_next_dose() {
    for (taken, at, left_out, hours) in
        [(&["07:00", "15:00"][..], "17:40", "23:00", "16 hours"), (&["07:00"], "17:40", "23:00", "24 hours")]
    {
        let clinic = Clinic::open().await;
        let written = clinic.line(json!({"dosage": "1 cp", "frequency": "Q8H", "durationDays": 4})).await;
        for time in taken {
            clinic.takes_on(0, time).await;
        }
        clinic.goes_to(0, at).await;
        let answer = clinic.edit(&written, json!({"frequency": "TID"})).await;
        let text = notice(&answer, "notice_left_out_today");
        assert!(text.is_some_and(|text| text.contains(&format!("not asked for: {left_out}."))), "{text:?}");
        let text = notice(&answer, "notice_next_dose_late");
        assert!(text.is_some_and(|text| text.contains(hours)), "{taken:?}: {text:?}");
        clinic.server.finish().await;
    }
    // Three times a day, every eight hours from noon on, and three times a day again.
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "TID", "durationDays": 5})).await;
    clinic.takes_on(0, "07:00").await;
    clinic.takes_on(0, "11:30").await;
    clinic.goes_to(0, "12:00").await;
    clinic.edit(&written, json!({"frequency": "Q8H"})).await;
    for (day, time) in [(0, "19:30"), (1, "03:30"), (1, "11:30")] {
        clinic.takes_on(day, time).await;
    }
    clinic.goes_to(1, "17:40").await;
    let answer = clinic.edit(&written, json!({"frequency": "TID"})).await;
    let text = notice(&answer, "notice_left_out_today");
    assert!(text.is_some_and(|text| text.contains("not asked for: 19:30.")), "{text:?}");
    let text = notice(&answer, "notice_next_dose_late");
    assert!(text.is_some_and(|text| text.contains("20 hours")), "{text:?}");
    clinic.server.finish().await;
}
