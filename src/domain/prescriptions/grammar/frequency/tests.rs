use proptest::prelude::*;

use super::*;
use crate::domain::prescriptions::grammar::ACCEPTED_FREQUENCIES;

/// The notation of `forms.rs`.
fn describe(frequency: &Frequency) -> String {
    let amount = |thousandths: u32| match thousandths {
        500 => "½".to_owned(),
        250 => "¼".to_owned(),
        other => (other / 1_000).to_string(),
    };
    let schedule = frequency.schedule(Amount::whole(1)).unwrap();
    let days = |days: &DayPattern| match days {
        DayPattern::Daily => String::new(),
        DayPattern::EveryDays(days) => format!(" every {days} days"),
        DayPattern::Weekdays(days) => {
            format!(" on {}", days.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        }
    };
    let said = match schedule {
        Schedule::Slots { amounts, days: on } => {
            let grid = Slot::ALL.map(|slot| amount(amounts.at(slot).as_thousandths())).join("-");
            grid + &days(&on)
        }
        Schedule::Times { times, .. } => {
            let times: Vec<String> = times.iter().map(|time| time.format("%H:%M").to_string()).collect();
            format!("at {}", times.join(" "))
        }
        Schedule::EveryHours { hours, .. } => format!("every {hours} hours"),
        Schedule::AsNeeded { max_per_24h, min_interval_hours, .. } => {
            let max = max_per_24h.map(|max| format!(", {max} in 24 hours")).unwrap_or_default();
            let apart = min_interval_hours.map(|hours| format!(", {hours} hours apart")).unwrap_or_default();
            format!("as needed{max}{apart}")
        }
        Schedule::Once { .. } => "once".to_owned(),
        Schedule::Taper { .. } => unreachable!("a frequency is no taper"),
    };
    let meal = match frequency.meal {
        None | Some(MealRelation::None) => "",
        Some(MealRelation::Before) => " BEFORE",
        Some(MealRelation::With) => " WITH",
        Some(MealRelation::After) => " AFTER",
        Some(MealRelation::EmptyStomach) => " EMPTY_STOMACH",
    };
    said + meal
}

#[test]
fn reads_every_accepted_form() {
    let wrong: Vec<String> = ACCEPTED_FREQUENCIES
        .iter()
        .filter_map(|form| {
            let read = parse_frequency(form.text).map(|frequency| describe(&frequency));
            (read.as_deref() != Some(form.meaning))
                .then(|| format!("{}: {read:?}, not {}", form.text, form.meaning))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn refuses_what_it_does_not_understand() {
    let wrong = [
        "",
        " ",
        "sometimes",
        "BID TID",
        "0-0-0",
        "1-0",
        "1-0-1-1-1",
        "9x/day",
        "0x/day",
        "2 days",
        "every 0 hours",
        "every 100 hours",
        "BID every 8 hours",
        "matin matin",
        "Mon Mon",
        "daily every 3 days",
        "-",
        "/",
        "1",
        "twice a week",
        "after meals",
        "1.5 times a day",
        "odd",
        "weekly Mon",
        "STAT every 2 days",
    ];
    for text in wrong {
        assert_eq!(parse_frequency(text), None, "{text}");
    }
}

#[test]
fn multiplies_the_grid_by_the_dose() {
    let half = parse_frequency("½-0-1").unwrap().schedule(Amount::whole(500)).unwrap();
    let Schedule::Slots { amounts, .. } = half else { panic!("slots") };
    assert_eq!((amounts.morning, amounts.evening), (Amount::whole(250), Amount::whole(500)));
    assert_eq!(parse_frequency("¼-0-1").unwrap().schedule(Amount::from_thousandths(1)), None);
}

proptest! {
    #[test]
    fn never_panics(text in ".{0,80}") {
        let _ = parse_frequency(&text);
    }

    #[test]
    fn never_panics_on_words_it_knows(
        picks in proptest::collection::vec(0_usize..ACCEPTED_FREQUENCIES.len(), 1..4),
        joint in prop_oneof![Just(" "), Just(""), Just(", "), Just("-"), Just("/")],
    ) {
        let text = picks.iter().map(|&pick| ACCEPTED_FREQUENCIES[pick].text).collect::<Vec<_>>().join(joint);
        if let Some(frequency) = parse_frequency(&text) {
            // Whatever is understood makes a schedule with something to take.
            prop_assert!(frequency.schedule(Amount::whole(1)).is_some(), "{}", text);
        }
    }

    #[test]
    fn case_digits_and_spaces_do_not_matter(
        pick in 0_usize..ACCEPTED_FREQUENCIES.len(),
        spaces in 1_usize..4,
        upper: bool,
        khmer: bool,
    ) {
        let form = ACCEPTED_FREQUENCIES[pick];
        let mut text = form.text.replace(' ', &" ".repeat(spaces));
        if upper {
            text = text.to_uppercase();
        }
        if khmer {
            text = text.chars().map(|letter| match letter.to_digit(10) {
                Some(digit) => char::from_u32(u32::from('០') + digit).unwrap(),
                None => letter,
            }).collect();
        }
        let read = parse_frequency(&format!("  {text} ")).map(|frequency| describe(&frequency));
        prop_assert_eq!(read.as_deref(), Some(form.meaning), "{}", text);
    }

    #[test]
    fn reads_every_grid(amounts in proptest::array::uniform4(0_u32..=16)) {
        // Quarters of a unit.
        prop_assume!(amounts.iter().any(|&amount| amount > 0));
        let part = |quarters: u32| {
            let fraction = ["", "¼", "½", "¾"][(quarters % 4) as usize];
            match (quarters / 4, fraction) {
                (0, "") => "0".to_owned(),
                (0, fraction) => fraction.to_owned(),
                (whole, fraction) => format!("{whole}{fraction}"),
            }
        };
        let text = amounts.map(part).join("-");
        let read = parse_frequency(&text).unwrap();
        let Timing::Slots(factors) = read.timing else { panic!("slots") };
        prop_assert_eq!(Slot::ALL.map(|slot| factors.at(slot).as_thousandths()), amounts.map(|q| q * 250));
    }
}
