//! A medication line as the safety check weighs it: ingredients and amounts come from dose, unit and the strength of the
//! catalogue entry.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::medicines::model::{Content, Release, Route};
use super::prescriptions::draft::{DoseFinding, LineDraft};
use super::prescriptions::grammar::{Direction, Side as Which};
use super::prescriptions::model::{Amount, Line as MedicationLine, Schedule};
use super::prescriptions::product::{Held, Product};
use super::prescriptions::units::DoseUnit;
use super::safety::{CatalogueName, Line, Measure, Part, Quantity, Side};
use super::safety_intake::{Intake, edges, times_of_day, times_of_first_day};
use crate::platform::i18n::Language;

/// What of a line stands in its prescription and not in the line itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// The prescription.
    pub plan: Option<String>,
    /// The key of the line that it renews or replaces.
    pub replaces: Option<String>,
    /// What it is for, of what rules ask: `cancer`, `tuberculosis`, `leprosy`, `prevention`.
    pub indications: BTreeSet<String>,
    /// Whether the prescriber may not see it.
    pub hidden: bool,
}

/// An entry of the catalogue as rules are resolved against it.
pub fn catalogue_name(content: &Content) -> CatalogueName<'_> {
    let called =
        content.brands.iter().chain(&content.synonyms).chain(&content.french).chain([&content.khmer]);
    let called = called.map(String::as_str).collect();
    CatalogueName { generic: &content.generic, routes: routes_of(content), called }
}

fn routes_of(content: &Content) -> &[Route] {
    if content.routes.is_empty() { std::slice::from_ref(&content.route) } else { &content.routes }
}

/// A line as it is weighed. `medicine` is its catalogue entry and the product that doses are held against; nothing for a
/// medicine that a patient wrote down by name. Days are those of `zone`.
pub fn weighed_line(
    line: &MedicationLine,
    medicine: Option<(&Content, &Product)>,
    around: Around,
    zone: Tz,
) -> Line {
    let intake = Intake::of(line);
    let moments = Moments {
        edges: edges(line, zone),
        times: times_of_day(line, zone),
        first: times_of_first_day(line, zone),
    };
    let unit = DoseUnit::from_code(&line.unit);
    let content = medicine.map(|(content, _)| content);
    let begins = line.course.map_or(line.start, |course| course.first);
    let ends = if matches!(line.schedule, Schedule::Once { .. }) { Some(begins) } else { line.end };
    let waits_days = u32::try_from((begins - line.start).num_days()).unwrap_or_default();
    let supply = line.quantity.and(ends).map(|ends| (ends - begins).num_days() + 1);
    Line {
        key: line.id.to_string(),
        name: line.medicine_name.clone(),
        parts: medicine
            .map(|(content, product)| parts((content, product), unit, &intake, &moments))
            .unwrap_or_default(),
        routes: content.map(|content| routes_of(content).to_vec()).unwrap_or_default(),
        form: content.map(|content| content.form),
        release: content.map_or(Release::Plain, |content| content.release),
        strength: content.map(|content| content.strength.clone()).unwrap_or_default(),
        side: side_of(line.instructions.as_deref()),
        plan: around.plan,
        replaces: around.replaces,
        begins,
        waits_days,
        ends,
        rhythm: intake.rhythm,
        stopped: false,
        supply_days: supply.and_then(|days| u32::try_from(days).ok()),
        indications: around.indications,
        hidden: around.hidden,
    }
}

/// For which of two eyes, ears or nostrils a line is: the words of a prescription are told in its instructions.
fn side_of(instructions: Option<&str>) -> Option<Side> {
    match Direction::site_in(instructions?, Language::English)? {
        Direction::Site(_, Which::Left) => Some(Side::Left),
        Direction::Site(_, Which::Right) => Some(Side::Right),
        _ => None,
    }
}

/// What single days and times of a day hold.
struct Moments {
    edges: Vec<(NaiveDate, Amount)>,
    times: Vec<(NaiveTime, Amount)>,
    first: Vec<(NaiveTime, Amount)>,
}

fn parts(
    (content, product): (&Content, &Product),
    unit: Option<DoseUnit>,
    intake: &Intake,
    moments: &Moments,
) -> Vec<Part> {
    let names: Vec<&str> = content.generic.split(" + ").collect();
    // Where a strength does not tell each ingredient's share, no amount is known.
    let held = |amount: Option<Amount>| {
        let held = product.contents(amount?, unit?)?;
        (held.len() == names.len()).then_some(held)
    };
    let (single, daily) = (held(Some(intake.single)), held(intake.daily));
    let steps: Vec<_> = intake.steps.iter().map(|amount| held(Some(*amount))).collect();
    let timed = |times: &[(NaiveTime, Amount)]| -> Vec<_> {
        times.iter().map(|(time, amount)| (*time, held(Some(*amount)))).collect()
    };
    let (times, first_times) = (timed(&moments.times), timed(&moments.first));
    let edges: Vec<_> = moments.edges.iter().map(|(day, amount)| (*day, held(Some(*amount)))).collect();
    let at = |held: &Option<Vec<Held>>, place: usize| held.as_ref()?.get(place).copied().map(quantity);
    let part = |(place, name): (usize, &&str)| Part {
        ingredient: (*name).to_owned(),
        single: at(&single, place),
        daily: at(&daily, place),
        of_steps: steps.iter().map(|step| at(step, place)).collect(),
        of_edges: edges.iter().map(|(day, held)| (*day, at(held, place))).collect(),
        of_times: times.iter().map(|(time, held)| (*time, at(held, place))).collect(),
        first_times: first_times.iter().map(|(time, held)| (*time, at(held, place))).collect(),
    };
    names.iter().enumerate().map(part).collect()
}

const fn quantity(held: Held) -> Quantity {
    match held {
        Held::Mass(parts) => Quantity { measure: Measure::Mass, parts },
        Held::Units(parts) => Quantity { measure: Measure::Units, parts },
    }
}

/// A line that is being written.
#[derive(Debug, Clone)]
pub struct NewLine<'a> {
    /// As it would be written.
    pub line: &'a MedicationLine,
    /// What the names of its fields begin with in errors.
    pub prefix: &'a str,
    /// What is unusual about its doses.
    pub dose_findings: &'a [DoseFinding],
}

impl<'a> NewLine<'a> {
    /// Lines whose doses were looked at when they were written.
    pub fn of_written(lines: &'a [MedicationLine]) -> Vec<Self> {
        lines.iter().map(|line| Self { line, prefix: "medications.", dose_findings: &[] }).collect()
    }

    /// Lines with what was found of their doses while they were read.
    pub fn of_drafts(
        lines: impl IntoIterator<Item = &'a MedicationLine>,
        drafts: &'a [LineDraft],
    ) -> Vec<Self> {
        let both = lines.into_iter().zip(drafts);
        both.map(|(line, draft)| Self { line, prefix: &draft.prefix, dose_findings: &draft.findings })
            .collect()
    }
}

/// Names a line that is being written.
pub(super) fn key_of(place: usize) -> String {
    format!("new {place:03}")
}

pub(super) fn place_of<'a>(key: &str, new: &'a [NewLine<'a>]) -> Option<(usize, &'a NewLine<'a>)> {
    new.iter().enumerate().find(|(place, _)| key_of(*place) == key)
}

pub(super) fn field_of(prefix: &str) -> String {
    match prefix.trim_end_matches('.') {
        "" => "medicineId".to_owned(),
        field => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Days, Weekday};

    use super::*;
    use crate::domain::medicines::model::{DoseUnit as Counted, Form};
    use crate::domain::prescriptions::model::{Course, DayPattern, SlotAmounts, TaperStep};

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
    }

    fn line(unit: &str, schedule: Schedule) -> MedicationLine {
        MedicationLine { unit: unit.to_owned(), ..MedicationLine::sample(day(), schedule) }
    }

    /// Milligrams at once and a day of each ingredient of a tablet or syrup.
    fn amounts(
        generic: &str,
        strength: &str,
        unit: &str,
        schedule: Schedule,
    ) -> Vec<(Option<u64>, Option<u64>)> {
        let (form, counted) = if unit == "ML" || unit == "TEASPOON" {
            (Form::Syrup, Counted::Milliliter)
        } else {
            (Form::Tablet, Counted::Tablet)
        };
        let content: Content = serde_json::from_value(serde_json::json!({
            "generic": generic, "khmer": "", "form": form, "strength": strength, "route": Route::Oral,
            "unit": counted, "active": true,
        }))
        .unwrap();
        let product = Product::new(form, Route::Oral, counted, strength, Release::Plain);
        let line =
            weighed_line(&line(unit, schedule), Some((&content, &product)), Around::default(), Tz::UTC);
        let mg = |quantity: Option<Quantity>| quantity.map(|quantity| quantity.parts / 10_000_000);
        line.parts.iter().map(|part| (mg(part.single), mg(part.daily))).collect()
    }

    fn slots(morning: u32, evening: u32, days: DayPattern) -> Schedule {
        let amounts = SlotAmounts {
            morning: Amount::whole(morning),
            evening: Amount::whole(evening),
            ..SlotAmounts::default()
        };
        Schedule::Slots { amounts, days }
    }

    #[test]
    fn amounts_come_from_dose_unit_and_strength() {
        let daily = || slots(1, 2, DayPattern::Daily);
        assert_eq!(amounts("paracetamol", "500 mg", "TABLET", daily()), [(Some(1_000), Some(1_500))]);
        assert_eq!(
            amounts("amoxicillin + clavulanic acid", "500 mg + 125 mg", "TABLET", daily()),
            [(Some(1_000), Some(1_500)), (Some(250), Some(375))]
        );
        let syrup = slots(10, 10, DayPattern::Daily);
        assert_eq!(amounts("paracetamol", "120 mg/5 mL", "ML", syrup.clone()), [(Some(240), Some(480))]);
        assert_eq!(amounts("paracetamol", "120 mg/5 mL", "TEASPOON", syrup), [(Some(1_200), Some(2_400))]);
        assert_eq!(
            amounts("paracetamol", "500 mg", "MG", slots(250, 250, DayPattern::Daily)),
            [(Some(250), Some(500))]
        );
        assert_eq!(amounts("paracetamol", "one", "TABLET", daily()), [(None, None)]);
        let hourly = Schedule::EveryHours { hours: 5, amount: Amount::whole(1) };
        assert_eq!(amounts("paracetamol", "500 mg", "TABLET", hourly), [(Some(500), Some(2_500))]);
        let needed = |max_per_24h, min_interval_hours| Schedule::AsNeeded {
            amount: Amount::whole(1),
            max_per_24h,
            min_interval_hours,
        };
        assert_eq!(
            amounts("paracetamol", "500 mg", "TABLET", needed(Some(4), Some(8))),
            [(Some(500), Some(1_500))]
        );
        assert_eq!(amounts("paracetamol", "500 mg", "TABLET", needed(None, None)), [(Some(500), None)]);
    }

    #[test]
    fn the_first_and_the_last_day_hold_what_is_asked_for_on_them() {
        let edges = |schedule, passed, doses| {
            let course = Course { passed, ..Course::beginning(day()) };
            let end = day().checked_add_days(Days::new(3));
            let written = line("TABLET", schedule);
            super::edges(&MedicationLine { course: Some(course), end, doses, ..written }, Tz::UTC)
        };
        let last = day().checked_add_days(Days::new(3)).unwrap();
        // Three days of two doses, begun after the first of them.
        let daily = slots(1, 2, DayPattern::Daily);
        assert_eq!(edges(daily.clone(), 1, Some(6)), [(day(), Amount::whole(2)), (last, Amount::whole(1))]);
        assert_eq!(edges(daily, 0, None), [(day(), Amount::whole(3)), (last, Amount::whole(3))]);
        let times = Schedule::Times {
            times: ["08:00", "14:00", "20:00"].map(|at| at.parse().unwrap()).to_vec(),
            amount: Amount::whole(2),
            days: DayPattern::Daily,
        };
        assert_eq!(edges(times, 1, None)[0], (day(), Amount::whole(4)));
        let amounts =
            SlotAmounts { morning: Amount::whole(2), night: Amount::whole(1), ..SlotAmounts::default() };
        let taper = Schedule::Taper { steps: vec![TaperStep { days: 3, amounts }] };
        assert_eq!(edges(taper, 1, None)[0], (day(), Amount::whole(1)));
    }

    #[test]
    fn rhythms_are_those_of_the_schedule() {
        let rhythm =
            |schedule| weighed_line(&line("TABLET", schedule), None, Around::default(), Tz::UTC).rhythm;
        let weekly = rhythm(slots(1, 0, DayPattern::Weekdays(vec![Weekday::Mon])));
        assert_eq!((weekly.interval_days, weekly.weekday_named, weekly.times_a_day), (7, true, Some(1)));
        let twice = rhythm(slots(1, 0, DayPattern::Weekdays(vec![Weekday::Mon, Weekday::Thu])));
        assert_eq!(twice.interval_days, 3);
        assert_eq!(rhythm(slots(1, 0, DayPattern::EveryDays(7))).interval_days, 7);
        assert_eq!(rhythm(Schedule::EveryHours { hours: 72, amount: Amount::whole(1) }).interval_days, 3);
        assert!(rhythm(Schedule::Once { amount: Amount::whole(1) }).once);
        let amounts = SlotAmounts { morning: Amount::whole(2), ..SlotAmounts::default() };
        assert!(rhythm(Schedule::Taper { steps: vec![TaperStep { days: 3, amounts }] }).tapers);
        let once = weighed_line(
            &line("TABLET", Schedule::Once { amount: Amount::whole(1) }),
            None,
            Around::default(),
            Tz::UTC,
        );
        assert_eq!((once.ends, once.is_single_dose(), once.parts.len()), (Some(day()), true, 0));
    }
}
