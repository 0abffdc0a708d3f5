//! Conditions of rules: a closed grammar, read whole or refused.
//!
//! Terms are joined by ` and ` (which binds closer) and ` or `; `not ` turns one round. There are no brackets.
//! - numbers: `A.daily_mg>20`, `B.single_mg>=500`, `line.interval_days<7`, `patient.egfr<60`;
//! - everything that a rule speaks of, on the day that holds most: `together.daily_iu>150`;
//! - minutes between two doses of one ingredient, less than an hour: `together.minutes_apart<60`, of one line alone:
//!   `line.minutes_apart<60`;
//! - words: `line.route=INTRAVENOUS`, `line.repeats=yes`, `g6pd:unknown`, `condition:asthma`, `plan:c-ics`;
//! - of two lines that hold the same: `pair.one_plan`, `pair.has:esmolol`, `pair.daily_mg<=100`.

use std::collections::BTreeSet;

use crate::domain::medicines::model::{Release, Route};

use super::names::{Names, Routes, Side, bit};
use super::table::ten_thousandths;

/// Which of two medicines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    A,
    B,
}

/// Something that can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    DailyMg(Who),
    SingleMg(Who),
    SingleIu,
    DailyMgPerKg,
    SingleMgPerKg,
    PairDailyMg,
    /// Everything that the rule speaks of together, on the day that holds most of it.
    TogetherIu,
    TogetherIuPerKg,
    /// Between two doses of one ingredient, in whichever lines.
    MinutesApart,
    /// The same between two doses of one line.
    MinutesOfLine,
    IntervalDays,
    Days,
    SupplyDays,
    AgeDays,
    AgeYears,
    Egfr,
    Potassium,
    Neutrophils,
    DaysSinceNeutrophils,
    DaysSinceInr,
    DaysSinceLithium,
    DaysSinceBirth,
    Pulse,
    Systolic,
    Diastolic,
    CigarettesPerDay,
}

impl Number {
    /// What is never exceeded (chosen): a number above it in a rule is a slip.
    const fn most(self) -> u64 {
        match self {
            Self::DailyMg(_) | Self::SingleMg(_) | Self::PairDailyMg => 1_000_000,
            Self::SingleIu | Self::TogetherIu => 100_000_000,
            Self::DailyMgPerKg | Self::SingleMgPerKg | Self::TogetherIuPerKg => 100_000,
            Self::MinutesApart | Self::MinutesOfLine => 60,
            Self::IntervalDays => 366,
            Self::AgeDays => 47_580,
            Self::AgeYears => 130,
            Self::Days
            | Self::SupplyDays
            | Self::DaysSinceNeutrophils
            | Self::DaysSinceInr
            | Self::DaysSinceLithium
            | Self::DaysSinceBirth => 3_660,
            Self::Egfr | Self::CigarettesPerDay => 200,
            Self::Potassium => 20,
            Self::Neutrophils => 1_000,
            Self::Pulse | Self::Systolic | Self::Diastolic => 400,
        }
    }
}

/// Of what a number is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Of the use of the first medicine.
    First,
    /// Of the use of the second.
    Second,
    /// Of both.
    Both,
    /// Of none of them alone: of the patient, or of all that is used.
    Nobody,
}

impl Number {
    /// Whose use it counts.
    pub(super) const fn whose(self) -> Whose {
        match self {
            Self::DailyMg(Who::A)
            | Self::SingleMg(Who::A)
            | Self::SingleIu
            | Self::DailyMgPerKg
            | Self::SingleMgPerKg
            | Self::IntervalDays
            | Self::Days
            | Self::SupplyDays
            | Self::MinutesOfLine => Whose::First,
            Self::DailyMg(Who::B) | Self::SingleMg(Who::B) => Whose::Second,
            Self::PairDailyMg => Whose::Both,
            Self::TogetherIu
            | Self::TogetherIuPerKg
            | Self::MinutesApart
            | Self::AgeDays
            | Self::AgeYears
            | Self::Egfr
            | Self::Potassium
            | Self::Neutrophils
            | Self::DaysSinceNeutrophils
            | Self::DaysSinceInr
            | Self::DaysSinceLithium
            | Self::DaysSinceBirth
            | Self::Pulse
            | Self::Systolic
            | Self::Diastolic
            | Self::CigarettesPerDay => Whose::Nobody,
        }
    }
}

const NUMBERS: [(&str, Number); 30] = [
    ("A.daily_mg", Number::DailyMg(Who::A)),
    ("A.single_mg", Number::SingleMg(Who::A)),
    ("B.daily_mg", Number::DailyMg(Who::B)),
    ("B.single_mg", Number::SingleMg(Who::B)),
    ("line.daily_mg", Number::DailyMg(Who::A)),
    ("line.single_mg", Number::SingleMg(Who::A)),
    ("line.single_iu", Number::SingleIu),
    ("line.daily_mg_per_kg", Number::DailyMgPerKg),
    ("line.single_mg_per_kg", Number::SingleMgPerKg),
    ("pair.daily_mg", Number::PairDailyMg),
    ("together.daily_iu", Number::TogetherIu),
    ("together.daily_iu_per_kg", Number::TogetherIuPerKg),
    ("together.minutes_apart", Number::MinutesApart),
    ("line.minutes_apart", Number::MinutesOfLine),
    ("line.interval_days", Number::IntervalDays),
    ("line.days", Number::Days),
    ("line.supply_days", Number::SupplyDays),
    ("patient.age_days", Number::AgeDays),
    ("patient.age_years", Number::AgeYears),
    ("patient.egfr", Number::Egfr),
    ("patient.potassium", Number::Potassium),
    ("patient.neutrophils", Number::Neutrophils),
    ("patient.days_since_neutrophils", Number::DaysSinceNeutrophils),
    ("patient.days_since_inr", Number::DaysSinceInr),
    ("patient.days_since_lithium", Number::DaysSinceLithium),
    ("patient.days_since_birth", Number::DaysSinceBirth),
    ("patient.pulse", Number::Pulse),
    ("patient.systolic", Number::Systolic),
    ("patient.diastolic", Number::Diastolic),
    ("patient.cigarettes_per_day", Number::CigarettesPerDay),
];

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Comparison {
    /// The comparison that holds where this one does not, if it is turned round.
    const fn turned_if(self, is_turned: bool) -> Self {
        match (self, is_turned) {
            (Self::Less, true) => Self::AtLeast,
            (Self::AtMost, true) => Self::More,
            (Self::More, true) => Self::AtMost,
            (Self::AtLeast, true) => Self::Less,
            (comparison, false) => comparison,
        }
    }

    pub(super) const fn holds(self, found: u64, limit: u64) -> bool {
        match self {
            Self::Less => found < limit,
            Self::AtMost => found <= limit,
            Self::More => found > limit,
            Self::AtLeast => found >= limit,
        }
    }
}

/// What a line does or does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    Repeats,
    NewStart,
    WeekdayNamed,
    InUnits,
    Ends,
    Tapers,
    /// What may be used of it at once is limited by a row of doses.
    LimitedAtOnce,
}

const HABITS: [(&str, Habit); 7] = [
    ("line.repeats", Habit::Repeats),
    ("line.new_start", Habit::NewStart),
    ("line.weekday_named", Habit::WeekdayNamed),
    ("line.in_units", Habit::InUnits),
    ("line.ends", Habit::Ends),
    ("line.tapers", Habit::Tapers),
    ("line.limited_at_once", Habit::LimitedAtOnce),
];

/// How two lines stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// One of them stays where it is put: skin, eye, ear, nose.
    OneLocal,
    /// One is for the left, the other for the right eye, ear or nostril.
    OtherSide,
    RoutesDiffer,
    DevicesDiffer,
    OnePlan,
    SlowAndPlain,
    CombinationAndSingle,
    StrengthsDiffer,
    OneAsNeeded,
    OneSingleDose,
    /// Both together stay within what a day may hold.
    WithinLimit,
    /// They do not; neither holds while the limit is not known.
    BeyondLimit,
    /// They are taken in different slots of the day, or on days of their own.
    TimesDiffer,
    /// They are used on days of their own, of which no day is in both.
    DaysDiffer,
    CrossTaper,
    /// The newer one, of another prescription, takes over as the older ends.
    Renews,
}

const RELATIONS: [(&str, Relation); 16] = [
    ("pair.one_local", Relation::OneLocal),
    ("pair.other_side", Relation::OtherSide),
    ("pair.routes_differ", Relation::RoutesDiffer),
    ("pair.devices_differ", Relation::DevicesDiffer),
    ("pair.one_plan", Relation::OnePlan),
    ("pair.slow_and_plain", Relation::SlowAndPlain),
    ("pair.combination_and_single", Relation::CombinationAndSingle),
    ("pair.strengths_differ", Relation::StrengthsDiffer),
    ("pair.one_as_needed", Relation::OneAsNeeded),
    ("pair.one_single_dose", Relation::OneSingleDose),
    ("pair.within_limit", Relation::WithinLimit),
    ("pair.beyond_limit", Relation::BeyondLimit),
    ("pair.times_differ", Relation::TimesDiffer),
    ("pair.days_differ", Relation::DaysDiffer),
    ("pair.cross_taper", Relation::CrossTaper),
    ("pair.renews", Relation::Renews),
];

/// One term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    Always,
    Compare(Number, Comparison, u64),
    Route(Routes),
    Release(Release),
    Habit(Habit),
    Relation(Relation),
    /// Both lines hold one of these, or the same of them.
    PairClass(Side),
    /// One of them does.
    PairHas(Side),
    /// One of them is given so.
    PairRoute(Routes),
    /// One is given so, the other so.
    PairRoutes(Routes, Routes),
    Condition(Box<str>),
    Indication(Box<str>),
    /// Another line of the plan holds one of these.
    Plan(Side),
    /// The line's own product does.
    Product(Side),
    Allergy(Side),
    G6pdUnknown,
    WeightUnknown,
    AncestryAsian,
    HlaNegative,
}

/// A condition: one of these rows of terms must hold; `true` turns a term round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) any_of: Vec<Vec<(bool, Term)>>,
}

impl Condition {
    /// Reads it whole. `conditions` are the coded conditions of a patient.
    pub(super) fn parse(text: &str, names: &Names, conditions: &BTreeSet<Box<str>>) -> Result<Self, String> {
        let row = |row: &str| {
            let terms: Result<Vec<_>, String> =
                row.split(" and ").map(|term| turned(term, names, conditions)).collect();
            let terms = terms?;
            if can_hold(&terms) { Ok(terms) } else { Err(format!("'{}' can never hold", row.trim())) }
        };
        let any_of: Result<Vec<Vec<_>>, String> = text.split(" or ").map(row).collect();
        Ok(Self { any_of: any_of? })
    }

    /// Whether it weighs everything together that its rule speaks of.
    pub(super) fn weighs_together(&self) -> bool {
        let mut terms = self.any_of.iter().flatten();
        terms.any(|(_, term)| matches!(term, Term::Compare(Number::TogetherIu | Number::TogetherIuPerKg, ..)))
    }

    /// Whether it asks how close to each other the doses of one ingredient are.
    pub(super) fn asks_minutes(&self) -> bool {
        let mut terms = self.any_of.iter().flatten();
        terms.any(|(_, term)| matches!(term, Term::Compare(Number::MinutesApart | Number::MinutesOfLine, ..)))
    }

    /// Whether it asks that of one line alone.
    pub(super) fn asks_minutes_of_line(&self) -> bool {
        let mut terms = self.any_of.iter().flatten();
        terms.any(|(turned, term)| !turned && matches!(term, Term::Compare(Number::MinutesOfLine, ..)))
    }

    /// The same for a cell that may be empty.
    pub(super) fn optional(
        text: &str,
        names: &Names,
        conditions: &BTreeSet<Box<str>>,
    ) -> Result<Option<Self>, String> {
        (!text.is_empty()).then(|| Self::parse(text, names, conditions)).transpose()
    }
}

/// Whether there are numbers for which all comparisons of a row hold.
fn can_hold(terms: &[(bool, Term)]) -> bool {
    let compared = terms.iter().filter_map(|(is_turned, term)| match term {
        Term::Compare(number, comparison, limit) => Some((*number, comparison.turned_if(*is_turned), *limit)),
        _ => None,
    });
    compared.clone().all(|(number, ..)| {
        let mut of_number = compared.clone().filter(|(other, ..)| *other == number);
        // Numbers are whole ten-thousandths.
        let range = of_number.try_fold((0, u64::MAX), |(least, most): (u64, u64), (_, comparison, limit)| {
            Some(match comparison {
                Comparison::Less => (least, most.min(limit.checked_sub(1)?)),
                Comparison::AtMost => (least, most.min(limit)),
                Comparison::More => (least.max(limit.checked_add(1)?), most),
                Comparison::AtLeast => (least.max(limit), most),
            })
        });
        range.is_some_and(|(least, most)| least <= most)
    })
}

fn turned(text: &str, names: &Names, conditions: &BTreeSet<Box<str>>) -> Result<(bool, Term), String> {
    match text.trim().strip_prefix("not ") {
        Some(term) => Ok((true, term_of(term.trim(), names, conditions)?)),
        None => Ok((false, term_of(text.trim(), names, conditions)?)),
    }
}

fn term_of(text: &str, names: &Names, conditions: &BTreeSet<Box<str>>) -> Result<Term, String> {
    let not_understood = || format!("'{text}' is no condition that can be understood");
    if let Some(term) = comparison_of(text) {
        if let Term::Compare(number, _, limit) = term
            && limit > number.most().saturating_mul(10_000)
        {
            return Err(format!(
                "'{text}' goes beyond {}, which no patient and no line reaches",
                number.most()
            ));
        }
        return Ok(term);
    }
    if let Some((_, relation)) = RELATIONS.into_iter().find(|(known, _)| *known == text) {
        return Ok(Term::Relation(relation));
    }
    if let Some((name, value)) = text.split_once(':') {
        return named_term(name, value, names, conditions)?.ok_or_else(not_understood);
    }
    match text {
        "always" => return Ok(Term::Always),
        "line.route!=INTRAVENOUS" => return Ok(Term::Route(!bit(Route::Intravenous))),
        _ => {}
    }
    let (name, value) = text.split_once('=').ok_or_else(not_understood)?;
    match name {
        "line.route" => {
            Route::from_name(value).map(|route| Term::Route(bit(route))).ok_or_else(not_understood)
        }
        "line.release" => Release::from_name(value).map(Term::Release).ok_or_else(not_understood),
        _ => {
            let habit = HABITS.into_iter().find(|(known, _)| *known == name).map(|(_, habit)| habit);
            match (habit, value) {
                (Some(habit), "yes") => Ok(Term::Habit(habit)),
                _ => Err(not_understood()),
            }
        }
    }
}

fn named_term(
    name: &str,
    value: &str,
    names: &Names,
    conditions: &BTreeSet<Box<str>>,
) -> Result<Option<Term>, String> {
    Ok(Some(match (name, value) {
        ("g6pd", "unknown") => Term::G6pdUnknown,
        ("weight", "unknown") => Term::WeightUnknown,
        ("ancestry", "asian") => Term::AncestryAsian,
        ("hla-b-1502", "negative") => Term::HlaNegative,
        ("condition", code) if conditions.contains(code) => Term::Condition(code.into()),
        ("condition", code) => return Err(format!("'{code}' is not in conditions.csv")),
        ("indication", "cancer" | "tuberculosis" | "leprosy" | "prevention") => {
            Term::Indication(value.into())
        }
        ("plan", side) => Term::Plan(names.side(side)?),
        ("product" | "A.product", side) => Term::Product(names.side(side)?),
        ("allergy", side) => Term::Allergy(names.side(side)?),
        ("pair.class", side) => Term::PairClass(names.side(side)?),
        ("pair.has", side) => Term::PairHas(names.side(side)?),
        ("pair.route", route) => {
            let Some(route) = Route::from_name(route) else { return Ok(None) };
            Term::PairRoute(bit(route))
        }
        ("pair.routes", both) => {
            let both =
                both.split_once('+').map(|(one, other)| (Route::from_name(one), Route::from_name(other)));
            let Some((Some(one), Some(other))) = both else { return Ok(None) };
            Term::PairRoutes(bit(one), bit(other))
        }
        _ => return Ok(None),
    }))
}

fn comparison_of(text: &str) -> Option<Term> {
    let at = text.find(['<', '>'])?;
    let (name, rest) = text.split_at_checked(at)?;
    let (comparison, limit) = if let Some(limit) = rest.strip_prefix("<=") {
        (Comparison::AtMost, limit)
    } else if let Some(limit) = rest.strip_prefix(">=") {
        (Comparison::AtLeast, limit)
    } else if let Some(limit) = rest.strip_prefix('<') {
        (Comparison::Less, limit)
    } else {
        (Comparison::More, rest.strip_prefix('>')?)
    };
    let number = NUMBERS.into_iter().find(|(known, _)| *known == name)?.1;
    Some(Term::Compare(number, comparison, ten_thousandths(limit)?))
}
