//! Whether a condition holds: yes, no, or not known and what is missing.

use std::collections::BTreeSet;

use super::super::condition::{Condition, Habit, Number, Term, Who, Whose};
use super::super::facts::{Allergen, Ancestry, G6pd};
use super::super::finding::What;
use super::super::line::{Measure, Quantity};
use super::super::names::Side;
use super::hours::Nearest;
use super::taken::{Held, Taken};
use super::{Weighing, relations};

/// Numbers are compared in ten-thousandths.
const WHOLE: u64 = 10_000;
/// Days after the end of a medicine in which it still belongs to the plan, and is no new start when it is taken again.
const STILL_IN_PLAN: u32 = 7;

/// What a dose that is not known means to a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnknownDose {
    /// The condition is met: an interaction is rather shown once too often.
    Meets,
    /// It is not met, and the dose is missing.
    Missing,
}

/// The medicines that a condition speaks of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'s> {
    pub a: (usize, Held),
    pub b: Option<(usize, Held)>,
    /// The medicines that the rule speaks of, where they are weighed together.
    pub of: Option<&'s Side>,
    pub unknown_dose: UnknownDose,
}

/// The answer; what is missing where it is not known.
pub(super) enum Truth {
    Yes,
    No,
    Unknown(BTreeSet<What>),
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Truth {
    fn unknown(what: What) -> Self {
        Self::Unknown(BTreeSet::from([what]))
    }

    fn turned(self, turned: bool) -> Self {
        match (self, turned) {
            (Self::Yes, true) => Self::No,
            (Self::No, true) => Self::Yes,
            (truth, _) => truth,
        }
    }

    pub(super) const fn is_yes(&self) -> bool {
        matches!(self, Self::Yes)
    }
}

impl Weighing<'_> {
    /// Whether a condition holds for these medicines.
    pub(super) fn truth(&self, condition: &Condition, asked: Asked<'_>) -> Truth {
        let mut missing = BTreeSet::new();
        for row in &condition.any_of {
            let mut missing_of_row = BTreeSet::new();
            let mut fails = false;
            for (turned, term) in row {
                match self.term(term, asked).turned(*turned) {
                    Truth::Yes => {}
                    Truth::No => fails = true,
                    Truth::Unknown(what) => missing_of_row.extend(what),
                }
            }
            if fails {
                continue;
            }
            if missing_of_row.is_empty() {
                return Truth::Yes;
            }
            missing.extend(missing_of_row);
        }
        if missing.is_empty() { Truth::No } else { Truth::Unknown(missing) }
    }

    /// Whether a condition asks how much, how often or how long something is used that the prescriber may not see.
    pub(super) fn asks_for_hidden(&self, condition: &Condition, asked: Asked<'_>) -> bool {
        condition.any_of.iter().flatten().any(|(_, term)| self.is_hidden_in(term, asked))
    }

    fn is_hidden_in(&self, term: &Term, asked: Asked<'_>) -> bool {
        let hidden = |of: Option<(usize, Held)>| {
            of.and_then(|(at, _)| self.line(at)).is_some_and(|taken| taken.line.hidden)
        };
        let (first, second) = (hidden(Some(asked.a)), hidden(asked.b));
        match term {
            Term::Habit(_) => first,
            Term::Compare(number, ..) => match number.whose() {
                Whose::First => first,
                Whose::Second => second,
                Whose::Both => first || second,
                Whose::Nobody => false,
            },
            _ => false,
        }
    }

    fn term(&self, term: &Term, asked: Asked<'_>) -> Truth {
        let (at, held) = asked.a;
        let Some(taken) = self.line(at) else { return Truth::No };
        if self.is_hidden_in(term, asked) {
            return match asked.unknown_dose {
                // Met whichever way it is asked.
                UnknownDose::Meets => Truth::Unknown(BTreeSet::new()),
                UnknownDose::Missing => Truth::unknown(What::Dose(self.own_name(held))),
            };
        }
        match term {
            Term::Always => Truth::Yes,
            Term::Compare(number, comparison, limit) => match self.number(*number, asked) {
                Ok(Some(found)) => comparison.holds(found, *limit).into(),
                Ok(None) => Truth::Yes,
                Err(what) => Truth::unknown(what),
            },
            Term::Route(routes) if taken.routes & !routes == 0 => (taken.routes != 0).into(),
            Term::Route(routes) if taken.routes & routes == 0 => Truth::No,
            Term::Route(_) => Truth::unknown(What::Route),
            Term::Release(release) => (taken.line.release == *release).into(),
            Term::Habit(habit) => self.habit(*habit, taken, held),
            Term::Relation(_)
            | Term::PairClass(_)
            | Term::PairHas(_)
            | Term::PairRoute(_)
            | Term::PairRoutes(..) => {
                let other = asked.b.and_then(|(at, held)| Some((self.line(at)?, held)));
                other.is_some_and(|other| relations::holds(self, term, (taken, held), other)).into()
            }
            Term::Condition(code) => self.condition(code),
            Term::Indication(code) => taken.line.indications.contains(&**code).into(),
            Term::Plan(side) => self.is_in_plan(side, at, taken).into(),
            Term::Product(side) => taken.holds(side).into(),
            Term::Allergy(side) => self.is_allergic_to(side),
            Term::G6pdUnknown => {
                (self.patient.g6pd == G6pd::Unknown && !self.has_condition("g6pd-deficiency")).into()
            }
            Term::WeightUnknown => self.patient.weight_grams.is_none_or(|grams| grams == 0).into(),
            Term::AncestryAsian => match self.patient.ancestry {
                Some(ancestry) => (ancestry == Ancestry::SouthEastAsian).into(),
                None => Truth::unknown(What::Ancestry),
            },
            Term::HlaNegative => (self.patient.hla_b_1502 == Some(false)).into(),
        }
    }

    fn habit(&self, habit: Habit, taken: &Taken<'_>, held: Held) -> Truth {
        let line = taken.line;
        match habit {
            Habit::Repeats => (!line.is_single_dose()).into(),
            Habit::NewStart => {
                let goes_on = |before: &Taken<'_>| {
                    let same = before.held.iter().any(|other| other.ingredient == held.ingredient);
                    same && before.days_apart(taken) <= STILL_IN_PLAN
                };
                (!self.before.iter().any(goes_on)).into()
            }
            Habit::WeekdayNamed => line.rhythm.weekday_named.into(),
            Habit::InUnits => match taken.part(&held).and_then(|part| part.single) {
                Some(single) => (single.measure == Measure::Units).into(),
                None => Truth::unknown(What::Dose(self.own_name(held))),
            },
            Habit::Ends => line.last_day().is_some().into(),
            Habit::Tapers => line.rhythm.tapers.into(),
            Habit::LimitedAtOnce => self.is_limited_at_once(taken, held).into(),
        }
    }

    pub(super) fn own_name(&self, held: Held) -> String {
        self.rules.names.text(held.own).to_owned()
    }

    pub(super) fn has_condition(&self, code: &str) -> bool {
        let implies = |had: &String| {
            **had == *code
                || self
                    .rules
                    .conditions
                    .get(had.as_str())
                    .is_some_and(|implied| implied.iter().any(|one| **one == *code))
        };
        let by_blood = code == "g6pd-deficiency" && self.patient.g6pd == G6pd::Deficient;
        by_blood || self.patient.conditions.iter().flatten().any(implies)
    }

    fn condition(&self, code: &str) -> Truth {
        if self.has_condition(code) {
            return Truth::Yes;
        }
        match code {
            "g6pd-deficiency" if self.patient.g6pd == G6pd::Normal => Truth::No,
            "g6pd-deficiency" => Truth::unknown(What::G6pd),
            _ if self.patient.conditions.is_none() => Truth::unknown(What::Conditions),
            _ => Truth::No,
        }
    }

    /// Whether another line that runs beside this one, or ended in the week before it, holds one of these.
    fn is_in_plan(&self, side: &Side, at: usize, taken: &Taken<'_>) -> bool {
        let others = self.taken.iter().enumerate().filter(|(other, _)| *other != at);
        others.into_iter().any(|(_, other)| other.holds(side) && other.days_apart(taken) <= STILL_IN_PLAN)
    }

    fn is_allergic_to(&self, side: &Side) -> Truth {
        let Some(allergies) = &self.patient.allergies else { return Truth::unknown(What::Allergies) };
        let is_to = |to: &Allergen| {
            self.known(to).is_some_and(|known| known.ingredients.iter().any(|one| side.names(*one)))
        };
        allergies.iter().filter(|allergy| !allergy.intolerance).any(|allergy| is_to(&allergy.to)).into()
    }

    /// The number of a name, as which it counts.
    pub(super) fn number_of(&self, name: &str) -> Option<u16> {
        self.rules.names.number(name).map(|number| self.rules.names.counted_as(number))
    }

    /// A number in ten-thousandths; `Ok(None)` for a dose that is not known and meets every condition.
    fn number(&self, number: Number, asked: Asked<'_>) -> Result<Option<u64>, What> {
        let whole = |number: Option<u32>, what: What| {
            number.map(|number| Some(u64::from(number) * WHOLE)).ok_or(what)
        };
        let patient = self.patient;
        let Some(taken) = self.line(asked.a.0) else { return Ok(Some(0)) };
        let laboratory = |name: &str| What::Laboratory(name.to_owned());
        let measured = |name: &str| What::Measurement(name.to_owned());
        match number {
            Number::DailyMg(_)
            | Number::SingleMg(_)
            | Number::SingleIu
            | Number::DailyMgPerKg
            | Number::SingleMgPerKg
            | Number::PairDailyMg => self.dose_number(number, asked),
            Number::TogetherIu | Number::TogetherIuPerKg => self.together_number(number, asked),
            Number::MinutesApart => Ok(Some(minutes_of(self.minutes_apart(asked.a.0, asked.a.1)))),
            Number::MinutesOfLine => Ok(Some(minutes_of(self.minutes_of_line(asked.a.0, asked.a.1)))),
            Number::IntervalDays if taken.line.is_single_dose() => Ok(Some(u64::MAX)),
            Number::IntervalDays => Ok(Some(u64::from(taken.line.rhythm.interval_days) * WHOLE)),
            Number::Days => Ok(Some(taken.line.days().map_or(u64::MAX, |days| days.saturating_mul(WHOLE)))),
            Number::SupplyDays => whole(taken.line.supply_days, What::Supply),
            Number::AgeDays => whole(patient.age_days(self.today), What::Age),
            Number::AgeYears => whole(patient.age_years(self.today), What::Age),
            Number::Egfr => whole(patient.egfr, What::KidneyFunction),
            Number::Potassium => {
                patient.laboratory.potassium.map(Some).ok_or_else(|| laboratory("potassium"))
            }
            Number::Neutrophils => {
                patient.laboratory.neutrophils.map(Some).ok_or_else(|| laboratory("neutrophils"))
            }
            Number::DaysSinceNeutrophils => {
                whole(patient.laboratory.days_since_neutrophils, laboratory("neutrophils"))
            }
            Number::DaysSinceInr => whole(patient.laboratory.days_since_inr, laboratory("INR")),
            Number::DaysSinceLithium => whole(patient.laboratory.days_since_lithium, laboratory("lithium")),
            Number::DaysSinceBirth => match patient.gave_birth {
                Some(day) => {
                    Ok(Some(u64::try_from((self.today - day).num_days()).unwrap_or_default() * WHOLE))
                }
                None => Err(What::Measurement("last birth".to_owned())),
            },
            Number::Pulse => whole(patient.pulse, measured("pulse")),
            Number::Systolic => whole(patient.systolic, measured("blood pressure")),
            Number::Diastolic => whole(patient.diastolic, measured("blood pressure")),
            Number::CigarettesPerDay => whole(patient.cigarettes_per_day, measured("smoking")),
        }
    }

    fn together_number(&self, number: Number, asked: Asked<'_>) -> Result<Option<u64>, What> {
        let sum = asked.of.and_then(|side| self.together(asked.a, side));
        let units = sum.filter(|(sum, _)| sum.measure == Measure::Units).map(|(sum, _)| sum.parts);
        let Some(units) = units else { return Err(What::Dose(self.own_name(asked.a.1))) };
        if number == Number::TogetherIu {
            return Ok(Some(units));
        }
        let grams = self.patient.weight_grams.filter(|grams| *grams > 0).ok_or(What::Weight)?;
        Ok(Some(units.saturating_mul(1_000) / u64::from(grams)))
    }

    fn dose_number(&self, number: Number, asked: Asked<'_>) -> Result<Option<u64>, What> {
        let whose = if number == Number::DailyMg(Who::B) || number == Number::SingleMg(Who::B) {
            asked.b
        } else {
            Some(asked.a)
        };
        let Some((at, held)) = whose else { return Ok(Some(0)) };
        let part = self.line(at).and_then(|taken| taken.part(&held));
        let daily = part.and_then(|part| part.daily);
        let single = part.and_then(|part| part.single);
        let mg =
            |quantity: Quantity| (quantity.measure == Measure::Mass).then(|| quantity.parts.div_ceil(1_000));
        let found = match number {
            Number::DailyMg(_) => daily.and_then(mg),
            Number::SingleMg(_) => single.and_then(mg),
            Number::SingleIu => {
                single.filter(|single| single.measure == Measure::Units).map(|single| single.parts)
            }
            Number::PairDailyMg => {
                asked.b.and_then(|other| self.fullest_day_of_two(asked.a, other)).and_then(mg)
            }
            _ => {
                let grams = self.patient.weight_grams.filter(|grams| *grams > 0).ok_or(What::Weight)?;
                let amount = if number == Number::DailyMgPerKg { daily } else { single };
                amount.and_then(mg).map(|mg| mg.saturating_mul(1_000) / u64::from(grams))
            }
        };
        match (found, asked.unknown_dose) {
            (Some(found), _) => Ok(Some(found)),
            (None, UnknownDose::Meets) => Ok(None),
            (None, UnknownDose::Missing) => Err(What::Dose(self.own_name(held))),
        }
    }
}

/// Minutes as a number; the greatest where no doses lie close to each other.
fn minutes_of(nearest: Option<Nearest>) -> u64 {
    nearest.map_or(u64::MAX, |(minutes, _)| u64::from(minutes) * WHOLE)
}
