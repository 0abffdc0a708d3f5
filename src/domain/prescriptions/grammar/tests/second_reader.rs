//! Texts made of words whose meaning is known one by one, and a second reader that only counts: it expands them to the
//! times of a day with their amounts. Whatever the grammar understands must mean the same.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::prescriptions::model::Schedule;

/// What one piece of text says.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Atom {
    /// So many quarters of a tablet.
    Dose(u32),
    /// At this place of the day; the flag is set for going to bed.
    Slot(usize, bool),
    Clock(u32),
    /// An hour without its half of the day.
    Hour(u32),
    Count(usize),
    Hours(u32),
    Days(u32),
    EveryDays(u32),
    Prn,
    Max(u32),
    Comma,
    And,
}

use Atom::{And, Clock, Comma, Count, Days, Dose, EveryDays, Hour, Hours, Max, Prn, Slot as At};

const ATOMS: &[(&str, Atom)] = &[
    ("1 cp", Dose(4)),
    ("2 cp", Dose(8)),
    ("1/2 cp", Dose(2)),
    ("1½ tab", Dose(6)),
    ("១គ្រាប់", Dose(4)),
    ("3 tablets", Dose(12)),
    ("le matin", At(0, false)),
    ("morning", At(0, false)),
    ("ព្រឹក", At(0, false)),
    ("au réveil", At(0, false)),
    ("à midi", At(1, false)),
    ("noon", At(1, false)),
    ("le soir", At(2, false)),
    ("evening", At(2, false)),
    ("ល្ងាច", At(2, false)),
    ("at night", At(3, false)),
    ("nocte", At(3, false)),
    ("au coucher", At(3, true)),
    ("at bedtime", At(3, true)),
    ("មុនគេង", At(3, true)),
    ("08:00", Clock(8)),
    ("à 8h", Hour(8)),
    ("8 am", Clock(8)),
    ("à 20h", Hour(20)),
    ("8 pm", Clock(20)),
    ("14h00", Clock(14)),
    ("0800h", Clock(8)),
    ("2 PM", Clock(14)),
    ("1 PM", Clock(13)),
    ("OD", Count(1)),
    ("2x/j", Count(2)),
    ("BID", Count(2)),
    ("3 fois par jour", Count(3)),
    ("TDS", Count(3)),
    ("១ថ្ងៃ ៣ដង", Count(3)),
    ("ថ្ងៃមួយ ៣ដង", Count(3)),
    ("x4/day", Count(4)),
    ("q8h", Hours(8)),
    ("toutes les 6 heures", Hours(6)),
    ("រាល់ ១២ម៉ោង", Hours(12)),
    ("x 5 days", Days(5)),
    ("pdt 3 j", Days(3)),
    ("5/7", Days(5)),
    ("x 3/7", Days(3)),
    ("qsp 7 jours", Days(7)),
    ("រយៈពេល ៧ថ្ងៃ", Days(7)),
    ("every 2 days", EveryDays(2)),
    ("tous les 3 jours", EveryDays(3)),
    ("QOD", EveryDays(2)),
    ("si besoin", Prn),
    ("PRN", Prn),
    ("max 4/j", Max(4)),
    (",", Comma),
    ("et", And),
    ("and", And),
];

/// A day as the second reader sees it: the place of each intake in the day (slots count from 100) and its quarters.
type Day = BTreeMap<u32, u32>;

/// The slots as people hear them: evening and bedtime in one breath are one.
fn slots(atoms: &[Atom]) -> Option<Vec<(usize, usize)>> {
    let mut heard: Vec<(usize, usize, bool)> = Vec::new();
    for (index, atom) in atoms.iter().enumerate() {
        let At(place, bed) = *atom else { continue };
        // "Le soir à 20h" is one time, said twice.
        let clock = |index: Option<usize>| match index.and_then(|index| atoms.get(index)) {
            Some(Clock(hour)) => matches!((place, hour), (0, 8) | (1, 14) | (2, 20) | (3, 20)),
            Some(Hour(hour)) => matches!((place, hour), (0 | 2 | 3, 8) | (2 | 3, 20)),
            _ => false,
        };
        if !bed && (clock(index.checked_sub(1)) || clock(Some(index + 1))) {
            continue;
        }
        if let Some(&(before, last, bed_before)) = heard.last() {
            let one_breath = before + 1 == index;
            if one_breath && last >= 2 && place >= 2 && (bed || bed_before) && !is_row(atoms) {
                heard.pop();
                heard.push((index, 3, true));
                continue;
            }
            // The same time said twice in one breath, in two kinds of words.
            if one_breath && last == place {
                heard.pop();
            }
        }
        heard.push((index, place, bed));
    }
    let twice =
        heard.iter().enumerate().any(|(index, one)| heard[..index].iter().any(|other| other.1 == one.1));
    (!twice).then(|| heard.into_iter().map(|(index, place, _)| (index, place)).collect())
}

/// All four columns of the form in a row.
fn is_row(atoms: &[Atom]) -> bool {
    let places: Vec<usize> =
        atoms.iter().filter_map(|atom| if let At(place, _) = atom { Some(*place) } else { None }).collect();
    places == [0, 1, 2, 3]
}

/// Two or three times a day and, behind a comma or an "and", at night.
fn is_and_bedtime(atoms: &[Atom]) -> bool {
    (0..atoms.len()).any(|index| {
        let mut behind = atoms[index + 1..].iter().skip_while(|atom| matches!(atom, And | Comma));
        matches!(atoms[index], Count(2 | 3))
            && matches!(atoms.get(index + 1), Some(And | Comma))
            && matches!(behind.next(), Some(At(3, _)))
    })
}

/// The intakes of one day, or nothing when the second reader does not say.
fn day(atoms: &[Atom]) -> Option<Day> {
    let doses: Vec<(usize, u32)> = atoms
        .iter()
        .enumerate()
        .filter_map(|(index, atom)| if let Dose(quarters) = atom { Some((index, *quarters)) } else { None })
        .collect();
    let mut times: Vec<(usize, u32)> = slots(atoms)?
        .into_iter()
        .map(|(index, place)| (index, 100 + u32::try_from(place).unwrap()))
        .collect();
    for (index, atom) in atoms.iter().enumerate() {
        let late =
            |index: Option<usize>| matches!(index.and_then(|index| atoms.get(index)), Some(At(2 | 3, false)));
        let early =
            |index: Option<usize>| matches!(index.and_then(|index| atoms.get(index)), Some(At(0, false)));
        let (before, behind) = (index.checked_sub(1), Some(index + 1));
        match atom {
            Clock(hour) => times.push((index, *hour)),
            // "Le soir à 8h", "à 8h le soir"; the word in front of the hour counts first.
            Hour(8) if late(before) || (late(behind) && !early(before)) => times.push((index, 20)),
            Hour(hour) => times.push((index, *hour)),
            _ => {}
        }
    }
    times.sort_unstable();
    let first_is_dose = match (doses.first(), times.first()) {
        (Some(dose), Some(time)) => dose.0 < time.0,
        _ => true,
    };
    let amount = |at: usize| match doses.as_slice() {
        [] => Some(4),
        [only] => Some(only.1),
        _ if first_is_dose => doses.iter().rev().find(|dose| dose.0 < at).map(|dose| dose.1),
        _ => doses.iter().find(|dose| dose.0 > at).map(|dose| dose.1),
    };
    // "3x/day and at bedtime", "3x/day, nocte": bedtime comes to the times of the count.
    let and_bedtime = is_and_bedtime(atoms) && times.len() == 1;
    if times.is_empty() || and_bedtime {
        let count = atoms.iter().find_map(|atom| if let Count(count) = atom { Some(*count) } else { None });
        let places: &[u32] =
            [&[100][..], &[100, 102], &[100, 101, 102], &[100, 101, 102, 103]][count.unwrap_or(1) - 1];
        let bedtime = and_bedtime.then_some(&103);
        return places.iter().chain(bedtime).map(|place| Some((*place, amount(0)?))).collect();
    }
    times.into_iter().map(|(index, place)| Some((place, amount(index)?))).collect()
}

/// The same of what the grammar understood.
fn understood(schedule: &Schedule) -> Option<Day> {
    let quarters = |amount: Amount| amount.as_ten_thousandths() / 2_500;
    match schedule {
        Schedule::Slots { amounts, .. } => Some(
            Slot::ALL
                .into_iter()
                .zip(100..)
                .filter(|(slot, _)| !amounts.at(*slot).is_zero())
                .map(|(slot, place)| (place, quarters(amounts.at(slot))))
                .collect(),
        ),
        Schedule::Times { times, amount, .. } => {
            Some(times.iter().map(|time| (chrono::Timelike::hour(time), quarters(*amount))).collect())
        }
        _ => None,
    }
}

fn one<T: PartialEq + Copy>(atoms: &[Atom], of: impl Fn(&Atom) -> Option<T>) -> Result<Option<T>, ()> {
    let said: Vec<T> = atoms.iter().filter_map(of).collect();
    match said.as_slice() {
        [] => Ok(None),
        [first, rest @ ..] if rest.iter().all(|other| other == first) => Ok(Some(*first)),
        _ => Err(()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(4_000)))]
    #[test]
    fn agrees_with_the_second_reader(picks in proptest::collection::vec(0..ATOMS.len(), 1..7)) {
        let atoms: Vec<Atom> = picks.iter().map(|&pick| ATOMS[pick].1).collect();
        let text = picks.iter().map(|&pick| ATOMS[pick].0).collect::<Vec<_>>().join(" ");
        let tablet = product("TABLET ORAL TABLET 500 mg");
        let Ok(read) = parse_frequency(&text, &tablet) else { return Ok(()) };
        let one_tablet = parse_dosage("1 cp", &tablet).unwrap();
        let says = read.dose.is_some() || matches!(read.timing, Timing::Grid { .. } | Timing::Taper(_, Some(_)));
        let beside = (!says).then_some(&one_tablet);
        let Ok((schedule, _)) = read.schedule(beside, &tablet) else { return Ok(()) };

        let length = |atoms: &[Atom]| one(atoms, |atom| if let Days(days) = atom { Some(*days) } else { None });
        if let Schedule::Taper { steps } = &schedule {
            // Between commas stands one step after the other, each a day with its length and nothing else.
            let parts: Vec<&[Atom]> = atoms.split(|atom| *atom == Comma).collect();
            prop_assert_eq!(parts.len(), steps.len(), "{}", text);
            for (part, step) in parts.into_iter().zip(steps) {
                let alone = Schedule::Slots { amounts: step.amounts, days: DayPattern::Daily };
                prop_assert_eq!(Ok(Some(step.days)), length(part), "{}", text);
                prop_assert_eq!(understood(&alone), day(part), "{}", text);
                let others = |atom: &Atom| matches!(atom, Hours(_) | EveryDays(_) | Prn | Max(_));
                prop_assert!(!part.iter().any(others), "{}", text);
            }
            return Ok(());
        }
        let days = length(&atoms);
        prop_assert_eq!(Ok(read.duration_days), days, "length of {}", text);
        let every = one(&atoms, |atom| if let EveryDays(days) = atom { Some(*days) } else { None });
        let hours = one(&atoms, |atom| if let Hours(hours) = atom { Some(*hours) } else { None }).unwrap();
        let prn = atoms.contains(&Prn);
        prop_assert_eq!(prn, matches!(schedule, Schedule::AsNeeded { .. }), "as needed: {}", text);
        match &schedule {
            Schedule::AsNeeded { amount, max_per_24h, min_interval_hours } => {
                let doses: Vec<u32> = atoms.iter().filter_map(|atom| if let Dose(q) = atom { Some(*q) } else { None }).collect();
                let expected = doses.first().copied().unwrap_or(4);
                prop_assert!(doses.iter().all(|dose| *dose == expected), "{}", text);
                prop_assert_eq!(amount.as_ten_thousandths(), expected * 2_500, "{}", text);
                let apart = hours.or(every.unwrap().map(|days| days * 24));
                prop_assert_eq!(*min_interval_hours, apart, "{}", text);
                if let Some(Max(max)) = atoms.iter().find(|atom| matches!(atom, Max(_))) {
                    prop_assert_eq!(*max_per_24h, Some(*max), "{}", text);
                }
            }
            Schedule::EveryHours { hours: read, amount } => {
                prop_assert_eq!(Some(*read), hours, "{}", text);
                let dose = one(&atoms, |atom| if let Dose(q) = atom { Some(*q) } else { None }).unwrap();
                prop_assert_eq!(amount.as_ten_thousandths(), dose.unwrap_or(4) * 2_500, "{}", text);
                prop_assert!(day(&atoms).is_none_or(|_| !atoms.iter().any(|atom| matches!(atom, At(..) | Clock(_) | Hour(_)))), "{}", text);
            }
            Schedule::Slots { days, .. } | Schedule::Times { days, .. } => {
                prop_assert_eq!(hours, None, "{}", text);
                let on = match days {
                    DayPattern::EveryDays(days) => Some(*days),
                    _ => None,
                };
                prop_assert_eq!(Ok(on), every, "{}", text);
                prop_assert_eq!(understood(&schedule), day(&atoms), "{}", text);
                let counts = one(&atoms, |atom| if let Count(count) = atom { Some(*count) } else { None }).unwrap();
                let intakes = understood(&schedule).map(|day| day.len());
                let bedtime = usize::from(is_and_bedtime(&atoms));
                let agrees = |count: usize| intakes == Some(count) || intakes == Some(count + bedtime);
                prop_assert!(counts.is_none_or(agrees), "{}", text);
            }
            other => prop_assert!(false, "{} became {:?}", text, other),
        }
    }
}
