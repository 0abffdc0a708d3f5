//! What the product writes is what it reads: every schedule in both languages, and every amount.

use chrono::{NaiveDate, NaiveTime, Weekday};
use proptest::prelude::*;

use super::*;
use crate::domain::prescriptions::describe::{dose_text, schedule_text};
use crate::domain::prescriptions::model::{Line, TaperStep};
use crate::domain::prescriptions::units::DoseUnit;

fn line(schedule: Schedule, unit: DoseUnit, meal_relation: MealRelation) -> Line {
    let start = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    Line { unit: unit.code().to_owned(), meal_relation, ..Line::sample(start, schedule) }
}

/// A medicine for which doses in this unit make sense.
fn medicine_in(unit: DoseUnit) -> Product {
    match unit {
        DoseUnit::Capsule => product("CAPSULE ORAL CAPSULE 500 mg"),
        DoseUnit::Suppository => product("SUPPOSITORY RECTAL SUPPOSITORY 125 mg"),
        DoseUnit::Pessary => product("PESSARY VAGINAL UNIT 100 mg"),
        DoseUnit::Piece => product("IMPLANT SUBCUTANEOUS UNIT 75 mg"),
        DoseUnit::Iu => product("INJECTION SUBCUTANEOUS VIAL 100 IU/mL"),
        DoseUnit::Miu => product("INJECTION INTRAVENOUS VIAL 1 million IU"),
        _ => Product::named(),
    }
}

fn reads_back(line: &Line, unit: DoseUnit, product: &Product) -> Result<(), String> {
    for language in Language::ALL {
        let text = schedule_text(language, line);
        let read = parse_frequency(&text, product).and_then(|frequency| {
            let meal = frequency.meal.unwrap_or_default();
            frequency.schedule(None, product).map(|(schedule, unit)| (schedule, unit, meal))
        });
        let same = read.as_ref().is_ok_and(|(schedule, read, meal)| {
            (schedule, *read, *meal) == (&line.schedule, unit, line.meal_relation)
        });
        if !same {
            return Err(format!("{text:?} is read as {read:?}"));
        }
    }
    Ok(())
}

#[test]
fn every_direction_in_both_languages() {
    use super::super::directions::Direction::{self, *};
    use super::super::directions::Organ;
    let manners = [
        Thinly,
        InWater,
        WithWater,
        Chewed,
        BetweenMeals,
        AtStartOfMeal,
        AtEndOfMeal,
        WithOrWithoutFood,
        LongTerm,
    ];
    for direction in Direction::sites().into_iter().chain(manners) {
        let (dose, product) = match direction {
            Site(Organ::Eye, _) => ("1 drop", product("EYE_DROPS OPHTHALMIC DROP 0.5%")),
            Site(Organ::Ear, _) => ("1 drop", product("EAR_DROPS OTIC DROP 0.3%")),
            Site(Organ::Nostril, _) => ("1 spray", product("NASAL_SPRAY NASAL PUFF 50 mcg/spray")),
            Thinly => ("apply", product("CREAM TOPICAL APPLICATION 1%")),
            way if Direction::WAYS.contains(&way) => {
                ("1 amp", product("INJECTION INTRAVENOUS|INTRAMUSCULAR|SUBCUTANEOUS AMPOULE 80 mg"))
            }
            other if other.is_site() => ("apply", product("CREAM TOPICAL APPLICATION 1%")),
            _ => ("1 cp", product("TABLET ORAL TABLET 500 mg")),
        };
        for language in Language::ALL {
            let text = format!("{dose} BD. {}", direction.text(language));
            let read = parse_frequency(&text, &product).map(|frequency| frequency.directions);
            assert_eq!(read, Ok(vec![direction]), "{text}");
        }
    }
}

fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
}

/// One schedule of each kind and day pattern.
fn schedules(amount: Amount, other: Amount) -> Vec<Schedule> {
    let amounts = SlotAmounts { morning: amount, noon: Amount::ZERO, evening: other, night: amount };
    let one = SlotAmounts { night: amount, ..SlotAmounts::default() };
    let patterns = [
        DayPattern::Daily,
        DayPattern::EveryDays(2),
        DayPattern::EveryDays(366),
        DayPattern::Weekdays(vec![Weekday::Mon, Weekday::Wed, Weekday::Sun]),
        DayPattern::Weekdays(vec![Weekday::Sun]),
    ];
    let mut all = Vec::new();
    for days in patterns {
        all.push(Schedule::Slots { amounts, days: days.clone() });
        all.push(Schedule::Slots { amounts: one, days: days.clone() });
        all.push(Schedule::Times { times: vec![time(8, 0)], amount, days: days.clone() });
        all.push(Schedule::Times { times: vec![time(6, 30), time(12, 0), time(23, 15)], amount, days });
    }
    all.extend([1, 4, 8, 72].map(|hours| Schedule::EveryHours { hours, amount }));
    for (max_per_24h, min_interval_hours) in
        [(None, None), (Some(1), None), (Some(4), None), (None, Some(1)), (None, Some(6)), (Some(4), Some(6))]
    {
        all.push(Schedule::AsNeeded { amount, max_per_24h, min_interval_hours });
    }
    all.push(Schedule::Once { amount });
    let step = |days, amounts| TaperStep { days, amounts };
    all.push(Schedule::Taper { steps: vec![step(3, amounts), step(1, one), step(7, one)] });
    all
}

fn two_amounts(unit: DoseUnit) -> (Amount, Amount) {
    if unit.is_measure() {
        (Amount::from_ten_thousandths(25_000), Amount::whole(12_500))
    } else if unit.has_fractions() {
        (Amount::from_ten_thousandths(5_000), Amount::from_ten_thousandths(15_000))
    } else {
        (Amount::whole(1), Amount::whole(2))
    }
}

#[test]
fn every_schedule_in_every_unit_and_language() {
    let meals = [
        MealRelation::None,
        MealRelation::Before,
        MealRelation::With,
        MealRelation::After,
        MealRelation::EmptyStomach,
    ];
    let mut wrong = Vec::new();
    for unit in DoseUnit::ALL {
        let (amount, other) = two_amounts(unit);
        for schedule in schedules(amount, other) {
            for meal in meals {
                let line = line(schedule.clone(), unit, meal);
                wrong.extend(reads_back(&line, unit, &medicine_in(unit)).err());
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
}

proptest! {
    #[test]
    fn every_amount_in_every_unit(ten_thousandths in 1_u32..=1_000_000_000, unit in 0..DoseUnit::ALL.len()) {
        let unit = DoseUnit::ALL[unit];
        let ten_thousandths = if unit.is_measure() {
            ten_thousandths
        } else if unit.has_fractions() {
            (ten_thousandths % 20_000_000 / 2_500).max(1) * 2_500
        } else {
            (ten_thousandths / 10_000).max(1) * 10_000
        };
        // 1.125 is thousands or decimals to its readers, so a medicine that is unknown has no such dose.
        let three_decimals = ten_thousandths > 10_000 && ten_thousandths % 10 == 0 && ten_thousandths % 100 != 0;
        let ten_thousandths = if three_decimals && unit.is_measure() {
            ten_thousandths / 100 * 100
        } else {
            ten_thousandths
        };
        let amount = Amount::from_ten_thousandths(ten_thousandths);
        for language in Language::ALL {
            let text = dose_text(language, amount, unit.code());
            let product = match unit {
                DoseUnit::Iu | DoseUnit::Miu => Product::named(),
                _ => medicine_in(unit),
            };
            let read = parse_dosage(&text, &product).map(|dosage| (dosage.amount, dosage.unit));
            prop_assert_eq!(read, Ok((amount, unit)), "{}", text);
        }
    }

    #[test]
    fn slots_with_any_amounts(quarters in proptest::array::uniform4(0_u32..=40), days in 1_u32..=366) {
        prop_assume!(quarters.iter().any(|&amount| amount > 0));
        let [morning, noon, evening, night] = quarters.map(|quarters| Amount::from_ten_thousandths(quarters * 2_500));
        let amounts = SlotAmounts { morning, noon, evening, night };
        let days = if days == 1 { DayPattern::Daily } else { DayPattern::EveryDays(days) };
        let line = line(Schedule::Slots { amounts, days }, DoseUnit::Tablet, MealRelation::After);
        prop_assert_eq!(reads_back(&line, DoseUnit::Tablet, &Product::named()), Ok(()));
    }

    #[test]
    fn any_grid(quarters in proptest::array::uniform4(0_u32..=16)) {
        prop_assume!(quarters.iter().any(|&amount| amount > 0));
        let part = |quarters: u32| match (quarters / 4, ["", "¼", "½", "¾"][(quarters % 4) as usize]) {
            (0, "") => "0".to_owned(),
            (0, fraction) => fraction.to_owned(),
            (whole, fraction) => format!("{whole}{fraction}"),
        };
        let text = quarters.map(part).join("-");
        let read = parse_frequency(&text, &Product::named()).unwrap();
        let Timing::Grid { amounts, unit: None, .. } = read.timing else { panic!("{text}") };
        prop_assert_eq!(Slot::ALL.map(|slot| amounts.at(slot).as_ten_thousandths()), quarters.map(|q| q * 2_500));
    }

    #[test]
    fn case_digits_and_spaces_do_not_matter(pick in 0..ACCEPTED_FREQUENCIES.len(), spaces in 1_usize..4, upper: bool, khmer: bool) {
        let form = ACCEPTED_FREQUENCIES[pick];
        let tablet = product("TABLET ORAL TABLET 500 mg");
        let mut text = form.replace(' ', &" ".repeat(spaces));
        if upper {
            text = text.to_uppercase();
        }
        if khmer {
            let khmer = |letter: char| letter.to_digit(10).and_then(|digit| char::from_u32(u32::from('០') + digit));
            text = text.chars().map(|letter| khmer(letter).unwrap_or(letter)).collect();
        }
        let read = frequency_meaning(&format!("  {text} "), None, &tablet);
        prop_assert_eq!(read, frequency_meaning(form, None, &tablet), "{}", text);
    }

    #[test]
    fn nothing_panics(text in ".{0,80}") {
        for product in [Product::named(), product("TABLET ORAL TABLET 500 mg"), medicine_in(DoseUnit::Iu)] {
            let _ = parse_dosage(&text, &product);
            if let Ok(frequency) = parse_frequency(&text, &product) {
                let _ = frequency.schedule(None, &product);
            }
        }
    }
}
