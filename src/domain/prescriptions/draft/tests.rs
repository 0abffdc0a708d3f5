mod safer;
mod told;

use chrono::Weekday;
use proptest::prelude::*;

use super::*;
use crate::domain::medicines::model::{DoseUnit as Counted, Form, Release, Route};
use crate::domain::prescriptions::model::Tier;
use crate::domain::prescriptions::model::{
    Amount, DayPattern, Length, Line, MealRelation, Schedule, SlotAmounts,
};
use crate::domain::prescriptions::product::Product;
use crate::platform::error::Error;
use crate::platform::ids::{MedicationId, MedicineId};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn medicine_id(number: u128) -> MedicineId {
    MedicineId(uuid::Uuid::from_u128(number))
}

/// 1: paracetamol, whose daily maximum is known; 2: methotrexate, with a range of its own; 3: a syrup; 4: insulin; 5: eye
/// drops; 6: a nasal spray; 7: a cream; 8 and 10: warfarin 1 mg; 9: warfarin 5 mg; 11: an ampoule
/// for the muscle; 12: one for vein or muscle.
fn find(_: Option<MedicationId>, choice: &MedicineChoice) -> Result<ChosenMedicine> {
    let entry = |number, name: &str, product| ChosenMedicine {
        id: Some(medicine_id(number)),
        product,
        ..ChosenMedicine::named(name.to_owned())
    };
    let tablet =
        |strength| Product::new(Form::Tablet, Route::Oral, Counted::Tablet, strength, Release::Plain);
    let daily = Maximum { amount: Amount::whole(4_000), unit: DoseUnit::Mg, source: "label".to_owned() };
    match choice {
        MedicineChoice::Named(name) => Ok(ChosenMedicine::named(name.clone())),
        MedicineChoice::Catalogue(id) if *id == medicine_id(1) => Ok(ChosenMedicine {
            daily_maximum: Some(daily),
            ..entry(1, "paracetamol 500 mg tablet", tablet("500 mg"))
        }),
        MedicineChoice::Catalogue(id) if *id == medicine_id(2) => Ok(ChosenMedicine {
            usual_pieces: Some(UsualPieces {
                least: Amount::whole(1),
                most: Amount::whole(12),
                weekly: true,
            }),
            ..entry(2, "methotrexate 2.5 mg tablet", tablet("2.5 mg"))
        }),
        MedicineChoice::Catalogue(id) if *id == medicine_id(3) => {
            let syrup =
                Product::new(Form::Syrup, Route::Oral, Counted::Milliliter, "120 mg/5 mL", Release::Plain);
            Ok(entry(3, "paracetamol 120 mg/5 mL syrup", syrup))
        }
        MedicineChoice::Catalogue(id) if *id == medicine_id(4) => {
            let insulin = Product::new(
                Form::Injection,
                Route::Subcutaneous,
                Counted::Vial,
                "100 IU/mL",
                Release::Plain,
            );
            let insulin = insulin.in_units_only();
            Ok(entry(4, "insulin human 100 IU/mL injection (SC)", insulin))
        }
        MedicineChoice::Catalogue(id) if *id == medicine_id(5) => {
            let drops =
                Product::new(Form::EyeDrops, Route::Ophthalmic, Counted::Drop, "0.5%", Release::Plain);
            Ok(entry(5, "timolol 0.5% eye drops", drops))
        }
        MedicineChoice::Catalogue(id) if *id == medicine_id(6) => {
            let spray =
                Product::new(Form::NasalSpray, Route::Nasal, Counted::Puff, "50 mcg/spray", Release::Plain);
            Ok(entry(6, "fluticasone 50 mcg nasal spray", spray))
        }
        MedicineChoice::Catalogue(id) if *id == medicine_id(7) => {
            let cream = Product::new(Form::Cream, Route::Topical, Counted::Application, "1%", Release::Plain);
            Ok(entry(7, "hydrocortisone 1% cream", cream))
        }
        MedicineChoice::Catalogue(id) if (8..=10).any(|number| *id == medicine_id(number)) => {
            let strength = if *id == medicine_id(9) { "5 mg" } else { "1 mg" };
            let number = id.0.as_u128();
            let warfarin = entry(number, &format!("warfarin {strength} tablet ({number})"), tablet(strength));
            Ok(ChosenMedicine { generic: Some("warfarin".to_owned()), ..warfarin })
        }
        MedicineChoice::Catalogue(id) if *id == medicine_id(11) => {
            let ampoule = Product::new(
                Form::Injection,
                Route::Intramuscular,
                Counted::Ampoule,
                "75 mg/3 mL",
                Release::Plain,
            );
            Ok(entry(11, "diclofenac 75 mg/3 mL injection (IM)", ampoule))
        }
        MedicineChoice::Catalogue(id) if *id == medicine_id(12) => {
            let ampoule = Product::new(
                Form::Injection,
                Route::Intravenous,
                Counted::Ampoule,
                "80 mg/2 mL",
                Release::Plain,
            );
            let ampoule = ampoule.also_given(&[Route::Intravenous, Route::Intramuscular]);
            Ok(entry(12, "gentamicin 80 mg/2 mL injection (IV/IM)", ampoule))
        }
        MedicineChoice::Catalogue(_) => Err(Error::not_found("medicine_not_found")),
    }
}

fn line() -> LineInput {
    LineInput {
        medicine_id: Some(medicine_id(1)),
        dose_amount: Some(1.0),
        dose_unit: Some("tablet".to_owned()),
        frequency: Some("BID".to_owned()),
        ..LineInput::default()
    }
}

fn words(dosage: &str, frequency: &str) -> LineInput {
    LineInput {
        medicine_id: Some(medicine_id(1)),
        dosage: Some(dosage.to_owned()),
        frequency: Some(frequency.to_owned()),
        ..LineInput::default()
    }
}

fn draft(input: &LineInput) -> LineDraft {
    parse_line(input, "", today(), &find).unwrap()
}

fn finished(input: &LineInput) -> Line {
    draft(input).finish(MedicationId(uuid::Uuid::from_u128(2)), 1, today())
}

fn bad_fields(input: &LineInput) -> Vec<String> {
    let error = parse_line(input, "", today(), &find).unwrap_err();
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
        noon: Amount::from_ten_thousandths(2_500),
        evening: Amount::ZERO,
        night: Amount::from_ten_thousandths(5_000),
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
fn a_quantity_tells_how_long_it_lasts() {
    let told = |quantity: f64, frequency: &str| {
        let input = LineInput { quantity: Some(quantity), frequency: Some(frequency.to_owned()), ..line() };
        let draft = draft(&input);
        let line = draft.finish(MedicationId(uuid::Uuid::nil()), 1, today());
        let codes: Vec<String> = draft.notices.iter().map(|notice| notice.code.clone()).collect();
        (line.length, line.doses, codes.join(" "))
    };
    let says = |code: &str| code.to_owned();
    assert_eq!(told(14.0, "BID"), (Length::Quantity, Some(14), says("notice_quantity_days")));
    assert_eq!(told(15.0, "BID"), (Length::Quantity, Some(14), says("notice_quantity_days_remainder")));
    assert_eq!(told(10.0, "TID"), (Length::Quantity, Some(9), says("notice_quantity_days_remainder")));
    assert_eq!(told(4.0, "weekly"), (Length::Quantity, Some(4), says("notice_quantity_doses")));
    assert_eq!(told(6.0, "Mon Wed Fri"), (Length::Quantity, Some(6), says("notice_quantity_doses")));
    assert_eq!(told(12.0, "q8h").1, Some(12));
    assert_eq!(told(15.0, "1-0-½").1, Some(20));
    let few = LineInput { quantity: Some(1.0), ..line() };
    assert_eq!(bad_fields(&few), ["quantity:no_dose_in_length"]);
    // In milligrams the strength tells how many tablets that is.
    let by_strength = LineInput { quantity: Some(10.0), ..words("500 mg", "BID") };
    assert_eq!(finished(&by_strength).doses, Some(10));
    let disagrees = LineInput { quantity: Some(14.0), duration_days: Some(5), ..line() };
    assert_eq!(draft(&disagrees).notices[0].code, "notice_quantity_disagrees");
    assert_eq!(finished(&disagrees).length, Length::Days(5));
    let agrees = LineInput { quantity: Some(10.0), duration_days: Some(5), ..line() };
    assert_eq!(draft(&agrees).notices, []);
    let bottle = LineInput {
        medicine_id: Some(medicine_id(3)),
        quantity: Some(60.0),
        dose_unit: Some("ml".to_owned()),
        ..line()
    };
    assert_eq!(finished(&bottle).length, Length::Ongoing, "a bottle does not tell");
    assert_eq!(draft(&bottle).notices[0].code, "notice_quantity_without_length");
}

#[test]
fn a_duration_counts_the_doses() {
    let doses = |frequency: &str, days| {
        let input = LineInput { duration_days: Some(days), frequency: Some(frequency.to_owned()), ..line() };
        finished(&input).doses
    };
    assert_eq!(doses("BID", 5), Some(10));
    assert_eq!(doses("QOD", 5), Some(3));
    assert_eq!(doses("q8h", 2), Some(6));
    assert_eq!(doses("weekly", 7), Some(1));
    // Sunday to Saturday.
    assert_eq!(doses("Mon Wed Fri", 7), Some(3));
    let words = finished(&words("1 cp", "2 x/j pendant 7 jours"));
    assert_eq!((words.length, words.doses), (Length::Days(7), Some(14)));
    let nothing = LineInput { weekdays: vec![Weekday::Mon], duration_days: Some(1), ..line() };
    assert_eq!(bad_fields(&nothing), ["durationDays:no_dose_in_length"]);
}

#[test]
fn a_medicine_as_needed_has_a_limit() {
    let limits = |input: &LineInput| match finished(input).schedule {
        Schedule::AsNeeded { max_per_24h, min_interval_hours, .. } => (max_per_24h, min_interval_hours),
        other => panic!("{other:?}"),
    };
    // By the sourced maximum of 4000 mg.
    let by_source = words("500 mg", "PRN");
    assert_eq!(limits(&by_source), (Some(8), None));
    assert_eq!(draft(&by_source).notices[0].code, "notice_prn_sourced_limit");
    assert_eq!(limits(&words("1 g", "si douleur")), (Some(4), None));
    let unlimited = LineInput { medicine_id: Some(medicine_id(2)), ..words("2.5 mg", "PRN") };
    assert_eq!(bad_fields(&unlimited), ["maxPer24h:prn_limit_required"]);
    let limited = LineInput { max_per_24h: Some(3), min_interval_hours: Some(6), ..unlimited };
    assert_eq!(limits(&limited), (Some(3), Some(6)));
    assert_eq!(limits(&words("500 mg", "PRN max 4")), (Some(4), None));
    assert_eq!(limits(&words("500 mg", "every 6 h as needed")), (Some(4), Some(6)));
    assert_eq!(limits(&words("500 mg", "QOD PRN")).1, Some(48));
    let hours = LineInput { is_prn: Some(true), every_n_hours: Some(6), frequency: None, ..line() };
    assert_eq!(limits(&hours).1, Some(6));
}

#[test]
fn two_fields_that_differ_are_refused() {
    let said = |frequency: &str| LineInput { frequency: Some(frequency.to_owned()), ..line() };
    let in_the_morning = SlotInput { morning: Some(1.0), ..SlotInput::default() };
    let morning = Some(in_the_morning);
    let cases: Vec<(LineInput, &str)> = vec![
        (LineInput { every_n_days: Some(2), ..said("weekly") }, "everyNDays:contradicts"),
        (LineInput { every_n_days: Some(2), ..said("daily") }, "everyNDays:contradicts"),
        (LineInput { every_n_hours: Some(8), ..said("BID") }, "everyNHours:contradicts"),
        (LineInput { every_n_hours: Some(8), ..said("q6h") }, "everyNHours:contradicts"),
        (
            LineInput { every_n_hours: Some(8), weekdays: vec![Weekday::Mon], frequency: None, ..line() },
            "weekdays:schedule_said_twice",
        ),
        (LineInput { weekdays: vec![Weekday::Mon], ..said("QOD") }, "weekdays:contradicts"),
        (LineInput { weekdays: vec![Weekday::Mon], ..said("Tue") }, "weekdays:contradicts"),
        (
            LineInput { steps: vec![StepInput { days: 3, slots: in_the_morning }], ..said("BID") },
            "steps:contradicts",
        ),
        (LineInput { slots: morning, ..said("HS") }, "frequency:contradicts"),
        (LineInput { slots: morning, ..said("BID") }, "frequency:contradicts"),
        (LineInput { slots: morning, ..said("soir") }, "frequency:contradicts"),
        (LineInput { times: vec!["08:00".to_owned()], ..said("9 am") }, "frequency:contradicts"),
        (
            LineInput { meal_relation: Some(MealRelation::After), ..said("BID ac") },
            "mealRelation:contradicts",
        ),
        (LineInput { is_prn: Some(false), ..said("PRN max 4") }, "isPRN:contradicts"),
        (LineInput { max_per_24h: Some(3), ..said("PRN max 4") }, "maxPer24h:contradicts"),
        (LineInput { max_per_24h: Some(3), ..said("BID") }, "maxPer24h:limit_without_prn"),
        (LineInput { duration_days: Some(3), ..said("BID x 5 days") }, "durationDays:contradicts"),
        (LineInput { dosage: Some("2 cp".to_owned()), ..line() }, "doseAmount:contradicts"),
        (
            LineInput {
                dosage: Some("1 cp".to_owned()),
                dose_unit: Some("MG".to_owned()),
                dose_amount: None,
                ..line()
            },
            "doseUnit:contradicts",
        ),
        (
            LineInput { medicine_name: Some("aspirin".to_owned()), ..line() },
            "medicineName:medicine_name_contradicts",
        ),
        (said("EVERY_N_HOURS"), "everyNHours:required"),
        (LineInput { is_prn: Some(true), slots: morning, frequency: None, ..line() }, "slots:contradicts"),
    ];
    for (input, expected) in cases {
        assert_eq!(bad_fields(&input), [expected], "{input:?}");
    }
    // What says the same is taken.
    for input in [
        LineInput { every_n_days: Some(7), ..said("weekly") },
        LineInput { every_n_hours: Some(8), ..said("q8h") },
        LineInput { weekdays: vec![Weekday::Mon, Weekday::Thu], ..said("2x/week") },
        LineInput { slots: morning, ..said("mane") },
        LineInput { slots: morning, ..said("OD") },
        LineInput { meal_relation: Some(MealRelation::Before), ..said("BID ac") },
        LineInput { duration_days: Some(5), ..said("BID x 5 days") },
        LineInput { dosage: Some("1 cp".to_owned()), ..line() },
    ] {
        assert!(parse_line(&input, "", today(), &find).is_ok(), "{input:?}");
    }
}

#[test]
fn the_unit_fits_the_medicine() {
    for (dosage, medicine) in [("5 ml", 1), ("2 puffs", 1), ("10 IU", 1), ("1 tablet", 3), ("1 suppo", 1)] {
        let input = LineInput { medicine_id: Some(medicine_id(medicine)), ..words(dosage, "BID") };
        let refused = bad_fields(&input);
        assert!(refused.len() == 1 && refused[0].starts_with("dosage:"), "{dosage}: {refused:?}");
    }
    let slots = Some(SlotInput { morning: Some(0.3), ..SlotInput::default() });
    let input = LineInput { slots, dose_amount: None, frequency: None, ..line() };
    assert!(bad_fields(&input)[0].starts_with("slots.morning:"), "a third of a tablet");
}

#[test]
fn unusual_doses_are_said_and_the_gravest_need_a_reason() {
    let found = |medicine, dosage: &str, frequency: &str| -> Vec<(Tier, String)> {
        let input = LineInput { medicine_id: Some(medicine_id(medicine)), ..words(dosage, frequency) };
        draft(&input).findings.iter().map(|finding| (finding.tier, finding.notice.code.to_owned())).collect()
    };
    let says = |tier, code: &str| vec![(tier, code.to_owned())];
    assert_eq!(found(2, "4 cp", "weekly"), []);
    assert_eq!(found(2, "10 mg", "every Monday"), []);
    assert_eq!(found(2, "4 cp", "OD"), says(Tier::Stop, "dose_not_weekly"));
    assert_eq!(found(2, "4 cp", "2x/week"), says(Tier::Stop, "dose_not_weekly"));
    assert_eq!(found(2, "4 cp", "stat"), []);
    assert_eq!(found(1, "300 mg", "OD"), says(Tier::Warn, "dose_in_odd_pieces"));
    assert_eq!(found(1, "250 mg", "OD"), []);
    assert_eq!(found(2, "13 cp", "weekly"), says(Tier::Stop, "dose_of_many_pieces"));
    assert_eq!(found(2, "½ cp", "weekly"), says(Tier::Note, "dose_of_few_pieces"));
    assert_eq!(found(1, "1/4 cp", "OD"), []);
    assert_eq!(found(1, "4 cp", "OD"), []);
    assert_eq!(found(1, "5 cp", "OD"), says(Tier::Note, "dose_of_many_pieces"));
    assert_eq!(found(1, "10 cp", "weekly"), says(Tier::Note, "dose_of_many_pieces"));
    assert_eq!(found(1, "11 cp", "weekly"), says(Tier::Stop, "dose_of_many_pieces"));
    // Four grams a day are the maximum, six are one and a half times of it.
    assert_eq!(found(1, "1 g", "QID"), []);
    assert_eq!(found(1, "1 g", "5x/day"), says(Tier::Warn, "dose_above_daily_maximum"));
    assert_eq!(found(1, "1 g", "q4h"), says(Tier::Stop, "dose_above_daily_maximum"));
    assert_eq!(found(3, "30 ml", "TID"), []);
    assert_eq!(found(3, "31 ml", "TID"), says(Tier::Note, "dose_of_much_volume"));
    assert_eq!(found(3, "5 g", "OD"), says(Tier::Stop, "dose_of_much_volume"), "a litre and more");
    // By the strength, whatever the pharmacy counts: 200 IU are 2 ml.
    assert_eq!(found(4, "20 IU", "BID"), []);
    assert_eq!(found(4, "200 IU", "BID"), []);
    assert_eq!(found(4, "300 IU", "BID"), says(Tier::Note, "dose_of_much_volume"));
    assert_eq!(found(4, "1000 IU", "BID"), says(Tier::Stop, "dose_of_much_volume"));

    let meant = LineInput { medicine_id: Some(medicine_id(2)), ..words("13 cp", "weekly") };
    let findings = draft(&meant).findings;
    let other = draft(&LineInput { dosage: Some("14 cp".to_owned()), ..meant }).findings;
    assert_ne!(findings[0].id, other[0].id, "a reason for one dose is none for another");
    let as_needed = |max| {
        let input = LineInput { max_per_24h: Some(max), ..words("9 cp", "PRN") };
        draft(&input).findings.into_iter().map(|finding| finding.id).collect::<Vec<_>>()
    };
    assert!(
        as_needed(2).iter().all(|id| !as_needed(20).contains(id) || id.starts_with("dose_of_many_pieces"))
    );
    let given = |reason, note: Option<&str>| OverrideInput {
        finding: findings[0].id.clone(),
        reason,
        note: note.map(ToOwned::to_owned),
    };
    let read = |one| parse_overrides(&[one]).map(|read| read.into_iter().next().unwrap());
    let letter = read(given(OverrideReason::Other, Some(" rheumatologist's letter "))).unwrap();
    assert_eq!(letter.reason.unwrap().reveal(), "rheumatologist's letter");
    assert!(read(given(OverrideReason::DoseIntended, None)).unwrap().reason.is_none());
    // Another reason than those of the menu is said in words, and what cannot be seen is no word.
    for note in [None, Some("  "), Some("\u{200b}\u{200b}\u{200b}")] {
        let error = read(given(OverrideReason::Other, note)).unwrap_err();
        assert_eq!(error.fields()[0].field, "overrides[0].note", "{note:?}");
    }
}

#[test]
fn a_change_goes_on_from_what_the_line_says() {
    let old = finished(&LineInput { duration_days: Some(5), ..words("1 cp", "1-0-1 pc") });
    let changed = |patch: LineInput| finished(&LineInput::of(&old).patched(patch));
    let longer = changed(LineInput { duration_days: Some(10), ..LineInput::default() });
    assert_eq!((longer.length, longer.doses, &longer.schedule), (Length::Days(10), Some(20), &old.schedule));
    let more = changed(LineInput { dosage: Some("2 cp".to_owned()), ..LineInput::default() });
    let two = |slots: SlotAmounts| (slots.morning, slots.evening) == (Amount::whole(2), Amount::whole(2));
    assert!(matches!(more.schedule, Schedule::Slots { amounts, .. } if two(amounts)));
    assert_eq!((more.length, more.meal_relation), (Length::Days(5), MealRelation::After));
    let thrice = changed(LineInput { frequency: Some("TID".to_owned()), ..LineInput::default() });
    assert_eq!((thrice.doses, thrice.meal_relation), (Some(15), MealRelation::After));
    let worded = changed(LineInput {
        frequency: Some("2 cp x 3/j avant repas x 7 jours".to_owned()),
        ..LineInput::default()
    });
    assert_eq!((worded.doses, worded.meal_relation), (Some(21), MealRelation::Before));
    let ongoing = changed(LineInput { ongoing: true, ..LineInput::default() });
    assert_eq!((ongoing.length, ongoing.doses, ongoing.end), (Length::Ongoing, None, None));
    let milligrams = changed(LineInput { dosage: Some("500 mg".to_owned()), ..LineInput::default() });
    assert_eq!(milligrams.unit, "MG");
    let supplied = finished(&LineInput { quantity: Some(14.0), ..line() });
    let refilled =
        LineInput::of(&supplied).patched(LineInput { quantity: Some(28.0), ..LineInput::default() });
    assert_eq!(finished(&refilled).doses, Some(28), "what was derived from the quantity follows it");
}

#[test]
fn a_new_time_keeps_the_days() {
    let weekly = finished(&LineInput { medicine_id: Some(medicine_id(2)), ..words("4 cp", "once weekly") });
    let changed = |patch: LineInput| parse_line(&LineInput::of(&weekly).patched(patch), "", today(), &find);
    let days = |patch: LineInput| match changed(patch).unwrap().finish(weekly.id, 1, today()).schedule {
        Schedule::Slots { days, .. } | Schedule::Times { days, .. } => days,
        other => panic!("{other:?}"),
    };
    let evening = Some(SlotInput { evening: Some(4.0), ..SlotInput::default() });
    assert_eq!(days(LineInput { slots: evening, ..LineInput::default() }), DayPattern::EveryDays(7));
    assert_eq!(
        days(LineInput { times: vec!["09:00".to_owned()], ..LineInput::default() }),
        DayPattern::EveryDays(7)
    );
    let said = |text: &str| LineInput { frequency: Some(text.to_owned()), ..LineInput::default() };
    assert_eq!(days(said("daily")), DayPattern::Daily);
    assert_eq!(days(said("every 3 days")), DayPattern::EveryDays(3));
    for unclear in ["HS", "OD", "BID", "morning"] {
        let error = changed(said(unclear)).unwrap_err();
        assert_eq!(error.fields()[0].code, "frequency_without_days", "{unclear}");
    }
}

#[test]
fn unequal_amounts_are_said_in_the_frequency_alone() {
    let input = LineInput { dosage: None, ..words("", "1 cp le matin, 1/2 cp le soir") };
    let line = finished(&input);
    assert!(matches!(line.schedule, Schedule::Slots { amounts, .. }
        if (amounts.morning, amounts.evening) == (Amount::whole(1), Amount::from_ten_thousandths(5_000))));
    let bare = LineInput { dosage: None, dose_unit: Some("TABLET".to_owned()), ..words("", "2-0-1") };
    assert!(
        matches!(finished(&bare).schedule, Schedule::Slots { amounts, .. } if amounts.morning == Amount::whole(2))
    );
    assert_eq!(bad_fields(&LineInput { dosage: None, ..words("", "BID") }), ["dosage:dosage_required"]);
}

#[test]
fn what_a_medicine_as_needed_is_for_stands_in_the_instructions() {
    let told = |frequency: &str| finished(&words("500 mg", frequency)).instructions.unwrap_or_default();
    assert_eq!(told("prn for pain max 4"), "For pain");
    assert!(told("si fièvre > 38,5, max 4/j").contains("38.5"), "{}", told("si fièvre > 38,5, max 4/j"));
    assert_eq!(told("HS PRN"), "At bedtime");
    assert_eq!(told("BID"), "");
    let line = finished(&words("250 mg", "BID"));
    assert_eq!(line.counted(Amount::whole(250)), Some(Amount::from_ten_thousandths(5_000)), "half a tablet");
}

#[test]
fn what_was_read_and_is_sent_back_says_nothing_new() {
    let mut old = finished(&LineInput { quantity: Some(15.0), ..line() });
    // Planning has counted: the last dose lies a day later than the days would say.
    old.end = today().checked_add_days(chrono::Days::new(7));
    let read =
        LineInput { id: Some(old.id), start: Some(old.start), end: old.end, quantity: Some(15.0), ..line() };
    let again = finished(&read.clone().reread(&old));
    assert_eq!((again.length, again.doses), (Length::Quantity, Some(14)));
    let ends = LineInput { end: today().checked_add_days(chrono::Days::new(3)), ..read };
    assert!(matches!(finished(&ends.reread(&old)).length, Length::Until(_)));
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
    let slots = Some(SlotInput { morning: Some(1.0), evening: Some(1.0), ..SlotInput::default() });
    assert_eq!(
        bad_fields(&LineInput { slots, dose_amount: Some(2.0), ..line() }),
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
    let error = parse_content(&input, "", today(), &find).unwrap_err();
    assert_eq!(error.fields()[0].field, "medications[1].frequency");
    let none = ContentInput { lines: Some(Vec::new()), ..ContentInput::default() };
    assert_eq!(parse_content(&none, "", today(), &find).unwrap_err().fields()[0].field, "medications");
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
        let _ = parse_line(&input, "", today(), &find);
    }
}
