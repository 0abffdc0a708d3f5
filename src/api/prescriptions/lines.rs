//! Medication lines as clients send and get them.

use chrono::Weekday;
use chrono_tz::Tz;
use poem_openapi::types::MaybeUndefined;
use poem_openapi::{Enum, Object};

use super::bodies::{OverrideBody, given};
use crate::api::types::{Day, Instant, Moment, TimeOfDay};
use crate::domain::prescriptions::describe::{dates_text, first_day, schedule_text, understood};
use crate::domain::prescriptions::draft::{Inherited, LineInput, SlotInput, StepInput, number_of};
use crate::domain::prescriptions::model::{
    Amount, DayPattern, Length, Line, MealRelation, Schedule, Slot, SlotAmounts,
};
use crate::platform::i18n::Language;
use crate::platform::ids::{MedicationId, MedicineId};

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "Weekday", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WeekdayName {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Both names of each day.
const WEEKDAYS: [(WeekdayName, Weekday); 7] = [
    (WeekdayName::Monday, Weekday::Mon),
    (WeekdayName::Tuesday, Weekday::Tue),
    (WeekdayName::Wednesday, Weekday::Wed),
    (WeekdayName::Thursday, Weekday::Thu),
    (WeekdayName::Friday, Weekday::Fri),
    (WeekdayName::Saturday, Weekday::Sat),
    (WeekdayName::Sunday, Weekday::Sun),
];

impl WeekdayName {
    /// The day of the calendar.
    pub fn day(self) -> Weekday {
        WEEKDAYS.iter().find(|(name, _)| *name == self).map_or(Weekday::Mon, |(_, day)| *day)
    }

    /// The name of a day of the calendar.
    pub fn of(day: Weekday) -> Self {
        WEEKDAYS.iter().find(|(_, known)| *known == day).map_or(Self::Monday, |(name, _)| *name)
    }
}

/// How much in each slot of the day, in `doseUnit`. What is left out is nothing.
#[derive(Debug, Clone, Copy, Default, Object)]
#[oai(rename = "SlotAmounts", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct SlotsBody {
    /// 07:00, moved by breakfast.
    pub morning: Option<f64>,
    /// 11:30, moved by lunch.
    pub noon: Option<f64>,
    /// 17:30, moved by dinner.
    pub evening: Option<f64>,
    /// 21:00.
    pub night: Option<f64>,
}

impl From<SlotsBody> for SlotInput {
    fn from(body: SlotsBody) -> Self {
        Self { morning: body.morning, noon: body.noon, evening: body.evening, night: body.night }
    }
}

/// One step of a taper.
#[derive(Debug, Clone, Copy, Object)]
#[oai(rename = "TaperStep", rename_all = "camelCase")]
pub struct StepBody {
    /// For so many days.
    pub days: u32,
    /// These amounts.
    pub slots: SlotsBody,
}

/// A medication line: the full grid, or `dosage` and `frequency` in words.
#[derive(Debug, Clone, Default, Object)]
#[oai(rename = "MedicationRequest", rename_all = "camelCase")]
pub struct LineBody {
    /// When a prescription is changed: the line it stands for.
    id: Option<MedicationId>,
    /// The catalogue entry. A doctor's line needs it.
    medicine_id: Option<MedicineId>,
    /// The name, for what a patient takes themselves and the catalogue lacks.
    medicine_name: Option<String>,
    /// Amount and unit in words, in place of `doseAmount` and `doseUnit`: "500 mg", "½ cp", "២ គ្រាប់".
    dosage: Option<String>,
    /// How much at a time.
    dose_amount: Option<f64>,
    /// Its unit: TABLET, CAPSULE, ML, MG, ... or as written on paper: "cp", "gél", "គ្រាប់".
    dose_unit: Option<String>,
    /// How much in each slot.
    slots: Option<SlotsBody>,
    /// Exact times of day instead of slots.
    times: Option<Vec<TimeOfDay>>,
    /// Relation to meals.
    meal_relation: Option<MealRelation>,
    /// How often: OD, BID, TID, QID, HS, QOD, Q8H, WEEKLY, PRN, STAT, "1-0-1", "2x/day", "2 fois par jour",
    /// "3ដង/១ថ្ងៃ", ...
    frequency: Option<String>,
    /// Only as needed.
    #[oai(rename = "isPRN")]
    is_prn: Option<bool>,
    /// As needed: most intakes in 24 hours.
    #[oai(rename = "maxPer24h")]
    max_per_24h: Option<u32>,
    /// As needed: least hours between two intakes.
    min_interval_hours: Option<u32>,
    /// Every so many days.
    #[oai(rename = "everyNDays")]
    every_n_days: Option<u32>,
    /// On these days of the week.
    weekdays: Option<Vec<WeekdayName>>,
    /// Every so many hours, by elapsed time.
    #[oai(rename = "everyNHours")]
    every_n_hours: Option<u32>,
    /// A taper: amounts that change step by step.
    steps: Option<Vec<StepBody>>,
    /// Every so many hours: when the first dose is to be taken; the next time of day ahead (07:00, 11:30, 17:30,
    /// 21:00) when left out.
    first_at: Option<Moment>,
    /// First day; the day on which it takes effect when left out.
    start_date: Option<Day>,
    /// As many times the doses of a day: what the first day no longer holds follows at the end. `null` beside `quantity`
    /// lets a line that is changed last as long as the quantity.
    duration_days: MaybeUndefined<u32>,
    /// Last day, included. `null` makes a line that is changed ongoing again: one that is written anew in place of a
    /// course without any length is refused.
    end_date: MaybeUndefined<Day>,
    /// How much in all; counted units tell the duration when it is left out.
    quantity: Option<f64>,
    /// What the patient is told, in English or French.
    instructions: Option<String>,
    /// What the patient is told, in Khmer.
    instructions_khmer: Option<String>,
    /// Safety findings about this line that are overridden, each with its reason.
    overrides: Option<Vec<OverrideBody>>,
}

impl LineBody {
    /// As the flow takes it.
    pub fn input(self, zone: Tz) -> LineInput {
        let body = self;
        let times = body.times.unwrap_or_default();
        let steps = body.steps.unwrap_or_default();
        LineInput {
            id: body.id,
            medicine_id: body.medicine_id,
            medicine_name: body.medicine_name,
            dosage: body.dosage,
            dose_amount: body.dose_amount,
            dose_unit: body.dose_unit,
            slots: body.slots.map(SlotInput::from),
            times: times.iter().map(|time| time.0.format("%H:%M").to_string()).collect(),
            meal_relation: body.meal_relation,
            frequency: body.frequency,
            is_prn: body.is_prn,
            max_per_24h: body.max_per_24h,
            min_interval_hours: body.min_interval_hours,
            every_n_days: body.every_n_days,
            weekdays: body.weekdays.unwrap_or_default().into_iter().map(WeekdayName::day).collect(),
            every_n_hours: body.every_n_hours,
            steps: steps.iter().map(|step| StepInput { days: step.days, slots: step.slots.into() }).collect(),
            start: body.start_date.map(|day| day.0),
            // Beside another length, `null` is a field that the client leaves out.
            ongoing: body.end_date.is_null() && !body.duration_days.is_value() && body.quantity.is_none(),
            by_quantity: body.duration_days.is_null() && !body.end_date.is_value() && body.quantity.is_some(),
            duration_days: body.duration_days.take(),
            end: body.end_date.take().map(|day| day.0),
            first_at: body.first_at.map(|first_at| first_at.resolve(zone)),
            quantity: body.quantity,
            instructions: body.instructions,
            instructions_khmer: body.instructions_khmer,
            overrides: given(body.overrides),
            inherited: Inherited::default(),
            dosed_for: None,
        }
    }
}

/// How a line says when it is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "FrequencyPattern", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Pattern {
    /// Each day, in `slots` or at `times`.
    Daily,
    /// Every `everyNDays` days.
    EveryNDays,
    /// On `weekdays`.
    Weekdays,
    /// Every `everyNHours` hours.
    EveryNHours,
    /// As needed.
    Prn,
    /// Once.
    Stat,
    /// In `steps`.
    Taper,
}

/// A text in both languages.
#[derive(Debug, Object)]
#[oai(rename = "BilingualText", rename_all = "camelCase")]
pub struct Texts {
    /// In Khmer.
    pub khmer: String,
    /// In English.
    pub english: String,
}

/// A medication line.
#[derive(Debug, Object)]
#[oai(rename = "Medication", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct LineAnswer {
    /// Its id.
    id: MedicationId,
    /// The catalogue entry.
    medicine_id: Option<MedicineId>,
    /// The medicine with its strength.
    medicine_name: String,
    /// The same in Khmer.
    medicine_name_khmer: Option<String>,
    /// How much at a time; left out when the slots differ.
    dose_amount: Option<f64>,
    /// The unit of all amounts.
    dose_unit: String,
    /// How it says when it is taken.
    frequency: Pattern,
    /// How much in each slot.
    slots: Option<SlotsBody>,
    /// Exact times of day.
    times: Option<Vec<TimeOfDay>>,
    /// Every so many days.
    #[oai(rename = "everyNDays")]
    every_n_days: Option<u32>,
    /// On these days of the week.
    weekdays: Option<Vec<WeekdayName>>,
    /// Every so many hours.
    #[oai(rename = "everyNHours")]
    every_n_hours: Option<u32>,
    /// Amounts that change step by step.
    steps: Option<Vec<StepBody>>,
    /// Only as needed.
    #[oai(rename = "isPRN")]
    is_prn: bool,
    /// As needed: most intakes in 24 hours.
    #[oai(rename = "maxPer24h")]
    max_per_24h: Option<u32>,
    /// As needed: least hours between two intakes.
    min_interval_hours: Option<u32>,
    /// Relation to meals.
    meal_relation: MealRelation,
    /// Every so many hours: when the first dose was to be taken, when that was said.
    first_at: Option<Instant>,
    /// First day.
    start_date: Day,
    /// For so many days, when the length was said so.
    duration_days: Option<u32>,
    /// Day of the last dose; left out for ongoing treatment.
    end_date: Option<Day>,
    /// How much in all.
    quantity: Option<f64>,
    /// What the patient is told, in English or French.
    instructions: Option<String>,
    /// What the patient is told, in Khmer.
    instructions_khmer: Option<String>,
    /// When and how much, in words.
    schedule_text: Texts,
    /// The whole line as it was understood: medicine, amount, when, meals and length. To be read back before and after
    /// signing.
    understood: Texts,
}

impl LineAnswer {
    /// As the API shows it.
    pub fn of(line: Line) -> Self {
        let texts = |language| {
            format!(
                "{}, {}",
                schedule_text(language, &line),
                dates_text(language, first_day(&line), line.end)
            )
        };
        let mut shown = Self {
            schedule_text: Texts { khmer: texts(Language::Khmer), english: texts(Language::English) },
            understood: Texts {
                khmer: understood(Language::Khmer, &line),
                english: understood(Language::English, &line),
            },
            id: line.id,
            medicine_id: line.medicine_id,
            medicine_name: line.medicine_name,
            medicine_name_khmer: line.medicine_name_khmer,
            dose_amount: None,
            dose_unit: line.unit,
            frequency: Pattern::Daily,
            slots: None,
            times: None,
            every_n_days: None,
            weekdays: None,
            every_n_hours: None,
            steps: None,
            is_prn: false,
            max_per_24h: None,
            min_interval_hours: None,
            meal_relation: line.meal_relation,
            first_at: line.first_at.map(Instant),
            start_date: line.start.into(),
            duration_days: match line.length {
                Length::Days(days) => Some(days),
                Length::Ongoing | Length::Quantity | Length::Until(_) => None,
            },
            end_date: line.end.map(Day),
            quantity: line.quantity.map(number_of),
            instructions: line.instructions,
            instructions_khmer: line.instructions_khmer,
        };
        shown.set_schedule(line.schedule);
        shown
    }

    fn set_schedule(&mut self, schedule: Schedule) {
        match schedule {
            Schedule::Slots { amounts, days } => {
                self.dose_amount = even_amount(&amounts).map(number_of);
                self.slots = Some(slots(&amounts));
                self.set_days(days);
            }
            Schedule::Times { times, amount, days } => {
                self.dose_amount = Some(number_of(amount));
                self.times = Some(times.into_iter().map(TimeOfDay).collect());
                self.set_days(days);
            }
            Schedule::EveryHours { hours, amount } => {
                self.frequency = Pattern::EveryNHours;
                self.dose_amount = Some(number_of(amount));
                self.every_n_hours = Some(hours);
            }
            Schedule::AsNeeded { amount, max_per_24h, min_interval_hours } => {
                (self.frequency, self.is_prn) = (Pattern::Prn, true);
                self.dose_amount = Some(number_of(amount));
                (self.max_per_24h, self.min_interval_hours) = (max_per_24h, min_interval_hours);
            }
            Schedule::Once { amount } => {
                self.frequency = Pattern::Stat;
                self.dose_amount = Some(number_of(amount));
            }
            Schedule::Taper { steps } => {
                self.frequency = Pattern::Taper;
                let shown = |amounts: &SlotAmounts| slots(amounts);
                let steps =
                    steps.iter().map(|step| StepBody { days: step.days, slots: shown(&step.amounts) });
                self.steps = Some(steps.collect());
            }
        }
    }

    fn set_days(&mut self, days: DayPattern) {
        match days {
            DayPattern::Daily => {}
            DayPattern::EveryDays(days) => {
                (self.frequency, self.every_n_days) = (Pattern::EveryNDays, Some(days));
            }
            DayPattern::Weekdays(days) => {
                self.frequency = Pattern::Weekdays;
                self.weekdays = Some(days.into_iter().map(WeekdayName::of).collect());
            }
        }
    }
}

fn slots(amounts: &SlotAmounts) -> SlotsBody {
    let [morning, noon, evening, night] = Slot::ALL.map(|slot| Some(number_of(amounts.at(slot))));
    SlotsBody { morning, noon, evening, night }
}

/// The one amount that all slots share.
fn even_amount(amounts: &SlotAmounts) -> Option<Amount> {
    let mut given = Slot::ALL.into_iter().map(|slot| amounts.at(slot)).filter(|amount| !amount.is_zero());
    let first = given.next()?;
    given.all(|amount| amount == first).then_some(first)
}
