//! A treatment that is changed in a pause: the days of a pause are not made up, and whoever resumes hears of exactly the doses
//! that the course had when it was paused and that are neither recorded nor still asked for.

use das_tern::domain::doses::model::DoseStatus;
use das_tern::domain::notifications::model::NotificationType;
use serde_json::{Value, json};

use super::Clinic;

/// How many doses are told of as lost in the pause.
pub(super) fn told(resumed: &Value) -> usize {
    let notices = resumed["notices"].as_array().unwrap();
    let lost = notices.iter().find(|notice| notice["code"] == "notice_doses_in_pause");
    lost.map_or(0, |notice| {
        let text = notice["text"]["english"].as_str().unwrap();
        text.split(' ').next().unwrap().parse().unwrap()
    })
}

fn line(pattern: &Value, days: u32) -> Value {
    let mut line = json!({"dosage": "1 cp", "durationDays": days});
    line.as_object_mut().unwrap().extend(pattern.as_object().unwrap().clone());
    line
}

/// When it was so many days after the first.
type Moment = (u64, &'static str);

/// A course of which everything that is due before the pause is taken, paused, changed in the pause and resumed: how many
/// doses stand then, and of how many the prescriber is told.
async fn paused_and_changed(
    (pattern, days): (&Value, u32),
    taken: &[Moment],
    [paused, changed, resumed]: [Moment; 3],
    patch: Option<&Value>,
) -> (usize, usize, Vec<String>) {
    let clinic = Clinic::open().await;
    let written = clinic.line(line(pattern, days)).await;
    for (day, time) in taken {
        clinic.takes_on(*day, time).await;
    }
    clinic.goes_to(paused.0, paused.1).await;
    clinic.pause(&written).await;
    clinic.goes_to(changed.0, changed.1).await;
    if let Some(patch) = patch {
        clinic.edit(&written, patch.clone()).await;
    }
    clinic.goes_to(resumed.0, resumed.1).await;
    let answer = clinic.resume(&written).await;
    clinic.server.run_jobs().await;
    let (stand, weeks) = (clinic.totals().0, clinic.weeks().await);
    clinic.server.finish().await;
    (stand, told(&answer), weeks)
}

#[tokio::test]
async fn a_course_changed_in_a_pause_loses_no_dose_without_a_word() {
    let every = |hours: u32| json!({"frequency": format!("Q{hours}H")});
    let slots = |frequency: &str| json!({"frequency": frequency});
    let mut wrong = Vec::new();
    for (pattern, days, taken, moments, patch, all, lost) in [
        // The dose of 15:00 fell into the pause; of the new interval none does.
        (every(8), 4, &[(0, "07:00")][..], [(0, "12:00"), (0, "15:30"), (0, "17:00")], every(12), 8, 0),
        (every(6), 4, &[(0, "07:00")], [(0, "12:00"), (0, "15:30"), (0, "17:00")], every(12), 8, 0),
        (every(8), 4, &[(0, "07:00")], [(0, "12:00"), (0, "15:30"), (0, "20:00")], every(12), 8, 1),
        (every(8), 4, &[(0, "07:00")], [(0, "12:00"), (0, "15:30"), (0, "17:00")], slots("TID"), 12, 0),
        // The evening's did.
        (slots("BID"), 5, &[(0, "07:00")], [(0, "12:00"), (0, "18:00"), (0, "20:00")], every(12), 10, 1),
        (slots("BID"), 5, &[(0, "07:00")], [(0, "12:00"), (0, "18:00"), (0, "20:00")], slots("TID"), 15, 1),
        // Nothing did, or what the changed line asked for in it.
        (slots("OD"), 6, &[(0, "07:00")], [(1, "06:00"), (1, "09:00"), (1, "12:00")], slots("0-0-1"), 6, 0),
        (slots("OD"), 6, &[(0, "07:00")], [(0, "12:00"), (1, "09:00"), (1, "12:00")], slots("0-0-1"), 6, 0),
        (slots("0-0-1"), 6, &[(0, "17:30")], [(1, "05:30"), (1, "15:00"), (2, "07:10")], slots("OD"), 6, 2),
    ] {
        for at in [moments[0], moments[1]] {
            let moments = [moments[0], at, moments[2]];
            let (stand, told, weeks) =
                paused_and_changed((&pattern, days), taken, moments, Some(&patch)).await;
            if (stand + told, told) != (all, lost) {
                wrong.push(format!("{pattern} to {patch} {moments:?}: {stand} and {told}, {weeks:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whatever is changed in a pause, and when: what stands after it and what is told of are the doses of the course.
#[tokio::test]
async fn what_stands_and_what_is_told_are_the_doses_of_the_course() {
    let patterns = [
        (json!({"frequency": "OD"}), 1),
        (json!({"frequency": "0-0-1"}), 1),
        (json!({"frequency": "BID"}), 2),
        (json!({"frequency": "TID"}), 3),
        (json!({"times": ["08:00", "17:00"]}), 2),
        (json!({"frequency": "Q8H"}), 3),
        (json!({"frequency": "Q12H"}), 2),
    ];
    let moments: [[Moment; 3]; 5] = [
        [(0, "12:00"), (0, "15:30"), (0, "17:00")],
        [(0, "12:00"), (0, "18:00"), (0, "20:00")],
        [(1, "05:30"), (1, "09:00"), (1, "12:00")],
        [(1, "05:30"), (1, "15:00"), (2, "07:10")],
        [(0, "17:40"), (0, "21:10"), (1, "09:00")],
    ];
    let random = das_tern::platform::random::Random::seeded(7);
    let mut wrong = Vec::new();
    for (pattern, each) in &patterns {
        for moments in &moments {
            let place = random.below(u64::try_from(patterns.len()).unwrap()).unwrap();
            let (patch, others) = &patterns[usize::try_from(place).unwrap()];
            // As many a day, or nothing had been given: then the length says how many there are.
            let patch = (each == others && patch != pattern).then_some(patch);
            let taken: Vec<Moment> = ["07:00", "08:00", "15:00", "17:00", "17:30"]
                .into_iter()
                .map(|time| (0, time))
                .filter(|taken| {
                    *taken < (moments[0].0, moments[0].1) && taken.1 != "17:30" || moments[0].0 > 0
                })
                .collect();
            let (stand, told, weeks) = paused_and_changed((pattern, 5), &taken, *moments, patch).await;
            if stand + told != each * 5 {
                wrong.push(format!("{pattern} to {patch:?} {moments:?}: {stand} and {told}, {weeks:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_a_pause_cancelled_within_its_grace_alarms_nobody_when_that_is_over() {
    let clinic = Clinic::open().await;
    let written = clinic.line(line(&json!({"frequency": "BID"}), 5)).await;
    clinic.takes_on(0, "07:00").await;
    clinic.goes_to(0, "17:40").await;
    clinic.pause(&written).await;
    clinic.goes_to(0, "21:10").await;
    clinic.edit(&written, json!({"frequency": "TID"})).await;
    clinic.goes_to(1, "09:00").await;
    let resumed = clinic.resume(&written).await;
    clinic.server.run_jobs().await;
    assert_eq!(clinic.count(DoseStatus::Missed), 0, "{:?}", clinic.weeks().await);
    assert!(clinic.messages(&clinic.dara, NotificationType::MissedDoseAlert).is_empty());
    // Of five days of three the first evening's and the morning's; the first noon's follows at the end.
    assert_eq!((clinic.totals().0, told(&resumed)), (13, 2), "{:?}", clinic.weeks().await);
    clinic.server.finish().await;
}

/// What is recorded afterwards of the time before the pause makes the change once more, from when the pause began.
#[tokio::test]
async fn an_intake_recorded_after_a_change_in_a_pause_leaves_the_course_its_doses() {
    let clinic = Clinic::open().await;
    let written = clinic.line(line(&json!({"frequency": "Q8H"}), 4)).await;
    let dose = clinic.dose("07:00").await;
    clinic.goes_to(0, "12:00").await;
    clinic.pause(&written).await;
    clinic.goes_to(0, "15:30").await;
    clinic.edit(&written, json!({"frequency": "Q12H"})).await;
    clinic.goes_to(0, "17:00").await;
    let resumed = clinic.resume(&written).await;
    assert_eq!(clinic.totals().0 + told(&resumed), 8, "{:?}", clinic.weeks().await);
    clinic.goes_to(0, "17:05").await;
    let taken = json!({"takenAt": "2026-11-22T07:05:00+07:00"});
    clinic.dara.post(format!("/doses/{dose}/mark-taken"), taken).await.ok();
    let weeks = clinic.weeks().await;
    assert_eq!(clinic.totals().0, 8, "{weeks:?}");
    assert_eq!(weeks[1], "2026-11-22 19:05 DUE 1 tablet");
    clinic.server.finish().await;
}
