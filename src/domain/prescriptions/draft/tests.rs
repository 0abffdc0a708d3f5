use chrono::Weekday;
use proptest::prelude::*;

use super::line::LineFacts;
use super::*;
use crate::domain::prescriptions::model::{Amount, DayPattern, Line, MealRelation, Schedule, SlotAmounts};
use crate::platform::ids::{MedicationId, MedicineId};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn line() -> LineInput {
    LineInput {
        medicine_id: Some(MedicineId(uuid::Uuid::from_u128(1))),
        dose_amount: Some(1.0),
        dose_unit: Some("tablet".to_owned()),
        frequency: Some("BID".to_owned()),
        ..LineInput::default()
    }
}

fn finished(input: &LineInput) -> Line {
    let facts = LineFacts {
        id: MedicationId(uuid::Uuid::from_u128(2)),
        number: 1,
        medicine_id: input.medicine_id,
        medicine_name: "paracetamol 500 mg".to_owned(),
        medicine_name_khmer: None,
    };
    parse_line(input, "", today()).unwrap().finish(facts, today())
}

fn bad_fields(input: &LineInput) -> Vec<String> {
    let error = parse_line(input, "", today()).unwrap_err();
    error.fields().iter().map(|field| format!("{}:{}", field.field, field.code)).collect()
}

#[test]
fn reads_words_and_grid_alike() {
    let words = finished(&LineInput { dosage: Some("1 tablet".to_owned()), ..line() });
    let slots = SlotInput { morning: Some(1.0), evening: Some(1.0), ..SlotInput::default() };
    let grid = finished(&LineInput { slots: Some(slots), frequency: Some("daily".to_owned()), ..line() });
    assert_eq!(words, grid);
    assert_eq!(words.unit, "TABLET");
    assert_eq!(words.end, None, "without a duration the treatment is ongoing");
}

#[test]
fn reads_unequal_amounts_and_quarters() {
    let slots = SlotInput { morning: Some(1.0), noon: Some(0.25), night: Some(0.5), ..SlotInput::default() };
    let line = finished(&LineInput { slots: Some(slots), frequency: None, ..line() });
    let amounts = SlotAmounts {
        morning: Amount::whole(1),
        noon: Amount::from_thousandths(250),
        evening: Amount::ZERO,
        night: Amount::from_thousandths(500),
    };
    assert_eq!(line.schedule, Schedule::Slots { amounts, days: DayPattern::Daily });
}

#[test]
fn reads_every_pattern() {
    let weekdays = finished(&LineInput { weekdays: vec![Weekday::Fri, Weekday::Mon], ..line() });
    assert!(
        matches!(weekdays.schedule, Schedule::Slots { days: DayPattern::Weekdays(ref days), .. } if days == &[Weekday::Mon, Weekday::Fri])
    );
    let hours = finished(&LineInput { every_n_hours: Some(6), frequency: None, ..line() });
    assert!(matches!(hours.schedule, Schedule::EveryHours { hours: 6, .. }));
    let needed = finished(&LineInput { is_prn: Some(true), frequency: None, max_per_24h: Some(3), ..line() });
    assert!(matches!(needed.schedule, Schedule::AsNeeded { max_per_24h: Some(3), .. }));
    let times = vec!["20:15".to_owned(), "08:15".to_owned()];
    let timed = finished(&LineInput { times, frequency: None, ..line() });
    assert!(matches!(timed.schedule, Schedule::Times { ref times, .. } if times[0] < times[1]));
    let one = SlotInput { morning: Some(2.0), ..SlotInput::default() };
    let steps = vec![StepInput { days: 3, slots: one }, StepInput { days: 4, slots: one }];
    let taper = finished(&LineInput { steps, frequency: None, ..line() });
    assert_eq!((taper.end.unwrap() - taper.start).num_days(), 6, "a taper ends with its last step");
    let once = finished(&LineInput { frequency: Some("STAT".to_owned()), ..line() });
    assert_eq!(once.end, Some(today()));
    let meal = finished(&LineInput { frequency: Some("BID pc".to_owned()), ..line() });
    assert_eq!(meal.meal_relation, MealRelation::After);
}

#[test]
fn infers_the_days_from_the_total() {
    let fourteen = finished(&LineInput { quantity: Some(14.0), ..line() });
    assert_eq!((fourteen.end.unwrap() - fourteen.start).num_days() + 1, 7);
    let uneven = finished(&LineInput { quantity: Some(15.0), ..line() });
    assert_eq!(uneven.end, None);
    let liquid = finished(&LineInput { quantity: Some(14.0), dose_unit: Some("ml".to_owned()), ..line() });
    assert_eq!(liquid.end, None, "a bottle does not tell");
}

#[test]
fn names_every_bad_field() {
    let input = LineInput {
        medicine_id: None,
        dose_amount: Some(-1.0),
        dose_unit: Some("handful".to_owned()),
        frequency: Some("sometimes".to_owned()),
        quantity: Some(0.0),
        duration_days: Some(0),
        instructions: Some("x".repeat(MAX_TEXT + 1)),
        ..LineInput::default()
    };
    assert_eq!(
        bad_fields(&input),
        [
            "medicineId:medicine_required",
            "doseAmount:amount_invalid",
            "doseUnit:unit_unknown",
            "frequency:frequency_not_understood",
            "quantity:amount_invalid",
            "instructions:text_too_long",
            "durationDays:duration_out_of_range",
        ]
    );
}

#[test]
fn refuses_contradictions() {
    let slots = Some(SlotInput { morning: Some(1.0), ..SlotInput::default() });
    assert_eq!(bad_fields(&LineInput { slots, ..line() }), ["frequency:frequency_contradicts_slots"]);
    let slots = Some(SlotInput { morning: Some(1.0), evening: Some(1.0), ..SlotInput::default() });
    assert_eq!(
        bad_fields(&LineInput { slots, dose_amount: Some(500.0), ..line() }),
        ["slots:slots_contradict_dose"]
    );
    assert_eq!(
        bad_fields(&LineInput { slots, every_n_hours: Some(8), ..line() }),
        ["everyNHours:schedule_said_twice"]
    );
    let end = today().checked_add_days(chrono::Days::new(3));
    assert_eq!(
        bad_fields(&LineInput { end, duration_days: Some(7), ..line() }),
        ["endDate:end_contradicts_duration"]
    );
    let start = today().checked_sub_days(chrono::Days::new(30));
    assert_eq!(
        bad_fields(&LineInput { start, duration_days: Some(7), ..line() }),
        ["startDate:ends_in_past"]
    );
    let empty = Some(SlotInput::default());
    assert_eq!(bad_fields(&LineInput { slots: empty, frequency: None, ..line() }), ["slots:slots_empty"]);
    assert_eq!(bad_fields(&LineInput { frequency: None, ..line() }), ["frequency:frequency_required"]);
}

#[test]
fn names_lines_by_their_place() {
    let bad = LineInput { frequency: Some("now and then".to_owned()), ..line() };
    let input = ContentInput { lines: Some(vec![line(), bad]), ..ContentInput::default() };
    let error = parse_content(&input, "", today()).unwrap_err();
    assert_eq!(error.fields()[0].field, "medications[1].frequency");
    let none = ContentInput { lines: Some(Vec::new()), ..ContentInput::default() };
    assert_eq!(parse_content(&none, "", today()).unwrap_err().fields()[0].field, "medications");
}

proptest! {
    #[test]
    fn amounts_keep_four_decimals(ten_thousandths in 0_u32..=1_000_000_000) {
        let number = f64::from(ten_thousandths) / 10_000.0;
        prop_assert_eq!(amount_of(number), Some(Amount::from_ten_thousandths(ten_thousandths)));
    }

    #[test]
    fn amounts_never_panic(number: f64) {
        let _ = amount_of(number);
    }

    #[test]
    fn never_panics(
        text in ".{0,20}",
        amount in proptest::option::of(-10.0..1e9_f64),
        days in proptest::option::of(any::<u32>()),
        hours in proptest::option::of(any::<u32>()),
        offset in -800_i64..800,
    ) {
        let start = today().checked_add_signed(chrono::TimeDelta::days(offset));
        let input = LineInput {
            frequency: Some(text.clone()),
            dosage: Some(text),
            dose_amount: amount,
            quantity: amount,
            duration_days: days,
            every_n_hours: hours,
            start,
            end: start,
            ..line()
        };
        let _ = parse_line(&input, "", today());
    }
}
