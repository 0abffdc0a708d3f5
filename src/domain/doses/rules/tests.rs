use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::doses::model::{DoseParts, SkipReason};
use crate::domain::prescriptions::model::Amount;
use crate::platform::ids::PrescriptionId;

const SCHEDULED: Timestamp = Timestamp::from_milliseconds(1_795_305_600_000);
const GRACE: u32 = 30;

fn dose() -> Dose {
    let id = DoseParts { scheduled: SCHEDULED, line: 1, patient: 1 }.id().unwrap();
    Dose::due(id, PrescriptionId(Uuid::from_u128(1)), 1, Amount::whole(1))
}

fn person(number: u128) -> Option<UserId> {
    Some(UserId(Uuid::from_u128(number)))
}

fn after(milliseconds: i64) -> Timestamp {
    SCHEDULED.plus(Span::milliseconds(milliseconds))
}

fn taken(at: Timestamp, recorded_at: Timestamp) -> Outcome {
    Outcome { by: person(1), ..Outcome::new(DoseStatus::TakenOnTime, at, recorded_at, Source::Direct) }
}

/// Milliseconds of some hours.
fn hours(hours: i64) -> i64 {
    Span::hours(hours).as_milliseconds()
}

fn minutes(minutes: i64) -> i64 {
    Span::minutes(minutes).as_milliseconds()
}

proptest! {
    #[test]
    fn an_intake_lies_within_its_bounds(at in -hours(20)..hours(30), confirmed: bool) {
        let early = if confirmed { Early::Confirmed } else { Early::Unconfirmed };
        let judged = judge_intake(SCHEDULED, GRACE, after(at), after(hours(40)), early);
        let expected = match at {
            at if at < -hours(12) => Err("dose_too_far_ahead"),
            at if at < -hours(2) && !confirmed => Err("dose_too_early"),
            at if at <= minutes(30) => Ok(DoseStatus::TakenOnTime),
            at if at <= hours(24) => Ok(DoseStatus::TakenLate),
            _ => Err("dose_window_closed"),
        };
        prop_assert_eq!(judged.map_err(|error| error.code()), expected);
        // Whatever the bounds, nothing lies in the future.
        let ahead = judge_intake(SCHEDULED, GRACE, after(at), after(at - minutes(2) - 1), early);
        prop_assert_eq!(ahead.unwrap_err().fields()[0].code, "taken_at_in_future");
    }

    #[test]
    fn a_dose_is_left_out_from_seven_days_before_to_a_day_after(at in -hours(200)..hours(40)) {
        let judged = judge_skip(SCHEDULED, after(at), after(hours(50))).map_err(|error| error.code());
        let expected = match at {
            at if at < -hours(168) => Err("skip_too_far_ahead"),
            at if at <= hours(24) => Ok(()),
            _ => Err("dose_window_closed"),
        };
        prop_assert_eq!(judged, expected);
    }

    #[test]
    fn a_wrong_clock_is_put_right_and_a_right_one_believed(
        error in -hours(100_000)..hours(100_000),
        ago in 0..hours(30),
    ) {
        let now = SCHEDULED;
        let true_time = now.minus(Span::milliseconds(ago));
        let by_device = |time: Timestamp| time.plus(Span::milliseconds(error));
        let own = OwnTime::of(Some(by_device(true_time)), Some(by_device(now)), now);
        if error.abs() < minutes(2) {
            prop_assert_eq!(own, OwnTime { at: by_device(true_time), device_at: None });
        } else {
            prop_assert_eq!(own, OwnTime { at: true_time, device_at: Some(by_device(true_time)) });
        }
        prop_assert_eq!(OwnTime::of(Some(true_time), None, now), OwnTime { at: true_time, device_at: None });
    }

    #[test]
    fn within_five_minutes_it_is_the_same_intake(apart in -hours(1)..hours(1)) {
        let held = append(&dose(), taken(after(0), after(0))).unwrap();
        let again = record(&held, taken(after(apart), after(hours(1)))).unwrap();
        prop_assert_eq!(again.is_none(), apart.abs() <= minutes(5));
        if let Some(corrected) = again {
            prop_assert_eq!(corrected.taken_at(), Some(after(apart)));
            prop_assert_eq!(&corrected.outcomes[0], &held.outcomes[0]);
        }
    }

    #[test]
    fn taking_back_gives_the_dose_as_it_was_and_twice_is_once(
        was_missed: bool,
        as_needed: bool,
        marks in proptest::collection::vec((0..hours(2), any::<bool>()), 1..5),
        later in 0..minutes(20),
    ) {
        let mut before = Dose { as_needed, ..dose() };
        if was_missed && !as_needed {
            let missed = Outcome::new(DoseStatus::Missed, after(minutes(30)), after(minutes(31)), Source::Sweep);
            before = append(&before, missed).unwrap();
        }
        let mut marked = before.clone();
        for (at, is_skip) in marks {
            let now = after(hours(3));
            let mark = if is_skip {
                let skip = Outcome::new(DoseStatus::Skipped, now, now, Source::Direct);
                Outcome { by: person(1), skip_reason: Some(SkipReason::Forgot), ..skip }
            } else {
                taken(after(at), now)
            };
            marked = record(&marked, mark).unwrap().unwrap_or(marked);
        }
        let now = after(hours(3) + later);
        let undone = undo(&marked, person(1), UserId(Uuid::from_u128(1)), now);
        if later > minutes(10) {
            prop_assert_eq!(undone.unwrap_err().code(), "undo_window_closed");
            return Ok(());
        }
        let undone = undone.unwrap().unwrap();
        prop_assert_eq!(undone.status, if as_needed { DoseStatus::Cancelled } else { before.status });
        prop_assert_eq!(undone.taken_at(), None);
        // All that was recorded is kept.
        prop_assert_eq!(&undone.outcomes[..marked.outcomes.len()], &marked.outcomes[..]);
        prop_assert_eq!(undo(&undone, person(1), UserId(Uuid::from_u128(1)), now).unwrap(), None);
        if !as_needed {
            let again = record(&undone, taken(after(hours(2)), now)).unwrap().unwrap();
            prop_assert_eq!(again.taken_at(), Some(after(hours(2))));
        }
    }

    #[test]
    fn a_cancelled_dose_stood_until_it_was_cancelled(at in -hours(12)..hours(24), cancelled in -hours(12)..hours(24)) {
        let mut old = dose();
        old.cancel(after(cancelled));
        let recorded = record(&old, taken(after(at), after(hours(24))));
        if at < cancelled || cancelled >= 0 {
            let recorded = recorded.unwrap().unwrap();
            prop_assert_eq!(recorded.status, DoseStatus::TakenOnTime);
            let undone = undo(&recorded, person(1), UserId(Uuid::from_u128(1)), after(hours(24)));
            prop_assert_eq!(undone.unwrap().unwrap().status, DoseStatus::Cancelled);
        } else {
            prop_assert_eq!(recorded.unwrap_err().code(), "dose_cancelled");
        }
    }
}

#[test]
fn only_the_patient_and_who_marked_it_take_a_mark_back() {
    let patient = UserId(Uuid::from_u128(1));
    let by = |number, source| {
        let outcome = Outcome::new(DoseStatus::TakenOnTime, after(0), after(0), source);
        append(&dose(), Outcome { by: person(number), ..outcome }).unwrap()
    };
    let code =
        |dose: &Dose, number| undo(dose, person(number), patient, after(0)).map_err(|error| error.code());
    let by_family = by(2, Source::Direct);
    assert!(code(&by_family, 1).is_ok());
    assert!(code(&by_family, 2).is_ok());
    assert_eq!(code(&by_family, 3), Err("undo_not_yours"));
    let by_doctor = by(3, Source::Correction);
    assert!(code(&by_doctor, 3).is_ok());
    assert_eq!(code(&by_doctor, 1), Err("undo_not_yours"));
    assert_eq!(code(&dose(), 1), Err("nothing_to_undo"));
    assert_eq!(undo(&by_family, None, patient, after(0)).unwrap_err().code(), "undo_not_yours");
}

#[test]
fn a_correction_that_is_taken_back_gives_way_to_what_it_corrected() {
    let marked = append(&dose(), taken(after(0), after(0))).unwrap();
    let outcome = Outcome::new(DoseStatus::Skipped, after(0), after(minutes(5)), Source::Correction);
    let corrected = append(&marked, Outcome { by: person(3), ..outcome }).unwrap();
    let undone = undo(&corrected, person(3), UserId(Uuid::from_u128(1)), after(minutes(6))).unwrap().unwrap();
    assert_eq!((undone.status, undone.taken_at()), (DoseStatus::TakenOnTime, Some(after(0))));
}

#[test]
fn a_mark_gives_way_to_one_that_cannot_be_taken_back_any_more() {
    let patient = UserId(Uuid::from_u128(1));
    let marked = append(&dose(), taken(after(0), after(0))).unwrap();
    let again = record(&marked, taken(after(minutes(9)), after(minutes(9)))).unwrap().unwrap();
    let both = undo(&again, person(1), patient, after(minutes(10))).unwrap().unwrap();
    assert_eq!(both.status, DoseStatus::Due);
    let last = undo(&again, person(1), patient, after(minutes(11))).unwrap().unwrap();
    assert_eq!((last.status, last.taken_at()), (DoseStatus::TakenOnTime, Some(after(0))));
    // Family takes back its own mark only.
    let by_family = Outcome { by: person(2), ..taken(after(minutes(9)), after(minutes(9))) };
    let again = record(&marked, by_family).unwrap().unwrap();
    let undone = undo(&again, person(2), patient, after(minutes(10))).unwrap().unwrap();
    assert_eq!((undone.taken_at(), undone.outcome().unwrap().by), (Some(after(0)), person(1)));
}
