//! Tokens put together to statements, each with its whole meaning: an amount with its unit, a clock time, a count per
//! day. A number that belongs to none of them is not understood.

use chrono::{NaiveTime, Weekday};

use super::condition::Condition;
use super::directions::Direction;
use super::number::{Form, Number, ONE, written};
use super::tokens::{Kind, T, Tokens, UnitWord};
use super::{Refusal, amounts, clock, columns, counts, days, directions, intervals, quantity, slots};
use crate::domain::prescriptions::model::{MealRelation, Slot};
use crate::domain::prescriptions::notice::Notice;

/// An amount as it was said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Said {
    /// How many.
    pub number: Number,
    /// Of what; a bare number has none.
    pub unit: Option<UnitWord>,
}

/// The most that is taken in 24 hours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Most {
    /// So many intakes.
    Intakes(u32),
    /// A number that may count intakes or pieces.
    Bare(u32),
    /// So much.
    Amount(Said),
}

/// How surely something is a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// Nothing else is written so.
    Sure,
    /// `8h`, which may be a number of hours, unless another time stands beside it.
    Hours,
    /// `1 PM`, which may be one tablet in the evening, unless a sure time stands beside it.
    Small,
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum S {
    Amount(Said),
    /// `2 x 500 mg`: so many pieces of a strength.
    Pieces(Number, Said),
    /// `2 tabs of 500 mg`: so many pieces, whose strength is the numbers.
    PiecesOf(Said, Vec<Number>, Option<UnitWord>),
    /// `40/5 mg`: the strength of a combination.
    Strength(Vec<Number>, Option<UnitWord>),
    /// Three or four numbers for morning, noon, evening and night.
    Grid(Vec<Said>),
    Slot(Slot, Kind),
    SlotMeals(Vec<Slot>, MealRelation),
    Clock(NaiveTime, Certainty),
    /// So many times a day.
    PerDay(u32),
    /// `2/j`: so many times, or so many pieces in single doses.
    BarePerDay(u32),
    /// `3x1/j`: one each time, so many times a day.
    OnesPerDay(u32),
    /// So much a day, not said in how many intakes.
    AmountPerDay(Said),
    /// One piece in so many days.
    AmountPerDays(Said, u32),
    /// In so many intakes.
    Divided(u32),
    PerWeek(u32),
    /// Every so many hours; the second is larger where a range is said.
    EveryHours(u32, u32),
    EveryDays(u32),
    EveryDay,
    /// One evening in so many.
    SlotEvery(Slot, Kind, u32),
    Weekdays(Vec<Weekday>),
    /// Daily but for some days: the days that are left.
    DaysExcept(Vec<Weekday>),
    Meal(MealRelation),
    EachMeal(MealRelation),
    /// For so many days.
    Duration(u32),
    /// For so many nights or evenings.
    Nights(Slot, u32),
    AsNeeded(Vec<Condition>),
    /// For pain: what it is taken for, where it is taken as needed.
    Reason(Vec<Condition>),
    /// Where or how.
    Direction(Direction),
    Most(Most),
    /// So much is handed out.
    Quantity(Said),
    /// At least so many hours between two intakes.
    Apart(u32),
    Now,
    Then,
    /// Nothing more behind a length.
    Stop,
    /// A comma.
    Comma,
    /// And, or a stroke, dash or plus in its place.
    And,
    Dash,
}

/// A statement with the tokens it was made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    pub what: S,
    pub from: usize,
    pub to: usize,
}

/// What a rule finds at the start of some tokens.
pub(super) enum Found {
    /// A statement made of so many tokens.
    Is(S, usize),
    /// The same, with something to tell.
    Told(S, usize, Notice),
    /// Tokens that form something that could mean two things, and the message that says what to write.
    Refused(&'static str, usize),
}

type Rule = fn(&[T]) -> Option<Found>;

/// The rules, in the order in which they are tried: those that need more tokens first.
const RULES: &[Rule] = &[
    quantity::quantity,
    directions::direction,
    amounts::range,
    columns::grid,
    counts::most,
    counts::apart,
    slots::meal,
    amounts::amount_per_day,
    counts::count,
    intervals::hours,
    intervals::days,
    days::weekdays,
    clock::time,
    days::duration,
    amounts::pieces,
    amounts::amount,
    slots::slot,
    counts::as_needed,
    single,
];

/// What stands for itself.
fn single(tokens: &[T]) -> Option<Found> {
    Some(Found::Is(
        match tokens.first()? {
            T::Now => S::Now,
            T::Then => S::Then,
            T::Stop => S::Stop,
            T::Comma => S::Comma,
            T::And | T::Plus | T::Slash => S::And,
            T::Dash => S::Dash,
            _ => return None,
        },
        1,
    ))
}

/// The statements of a text, and what is to be told about them.
///
/// # Errors
/// Names the first tokens that belong to no statement or could mean two things.
pub(super) fn statements(tokens: &Tokens) -> Result<(Vec<Statement>, Vec<Notice>), Refusal> {
    let kinds: Vec<T> = tokens.list.iter().map(|token| token.what).collect();
    two_meanings(tokens)?;
    let (mut found, mut notices) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(rest) = kinds.get(at..)
        && !rest.is_empty()
    {
        let (what, length) = match RULES.iter().find_map(|rule| rule(rest)) {
            Some(Found::Is(what, length)) => (what, length),
            Some(Found::Told(what, length, notice)) => {
                notices.push(notice.with("part", tokens.part(at, at + length)));
                (what, length)
            }
            Some(Found::Refused(code, length)) => {
                return Err(Refusal::new(code, tokens.part(at, at + length)));
            }
            None => return Err(unread(tokens, rest, at)),
        };
        notices.extend(misread(tokens, &what, at, at + length));
        found.push(Statement { what, from: at, to: at + length });
        at += length;
    }
    Ok((found, notices))
}

/// Words that settled on two meanings.
fn two_meanings(tokens: &Tokens) -> Result<(), Refusal> {
    for (index, token) in tokens.list.iter().enumerate() {
        let (code, from) = match token.what {
            T::DaysOrNoon => ("words_days_or_noon", index.saturating_sub(2)),
            T::WeekOrSunday => ("words_week_or_sunday", index.saturating_sub(1)),
            T::OnceOrEachTime => ("words_once_or_each_time", index.saturating_sub(2)),
            _ => continue,
        };
        return Err(Refusal::new(code, tokens.part(from, index + 1)));
    }
    Ok(())
}

/// Short forms that are easily misread: `q2d` as four times a day, `1/2 tabs` as one or two.
fn misread(tokens: &Tokens, what: &S, from: usize, to: usize) -> Option<Notice> {
    let plain = |index: usize| {
        let token = tokens.list.get(index)?;
        tokens.plain.text.get(token.from..token.to)
    };
    let of_days = matches!(tokens.list.get(from + 2).map(|token| token.what), Some(T::Day));
    match what {
        // How much water it is stands in no field.
        S::Direction(Direction::InWater | Direction::WithWater) => {
            let of = tokens.list.get(from)?.from..tokens.list.get(to.checked_sub(1)?)?.to;
            let said = tokens.plain.text.get(of)?;
            let measured = ["glass", "verre", "plenty", "peu d'eau"].iter().any(|word| said.contains(word));
            measured.then(|| Notice::new("notice_water").with("part", tokens.part(from, to)))
        }
        S::EveryDay | S::EveryDays(_) if plain(from) == Some("q") && of_days => {
            let write = match what {
                S::EveryDays(days) => format!("every {days} days"),
                _ => "daily".to_owned(),
            };
            Some(Notice::new("notice_abbreviation").with("write", write).with("part", tokens.part(from, to)))
        }
        S::Amount(Said { number, unit: Some(_) }) if number.form == Form::Fraction && number.value < ONE => {
            let slash = plain(from)?.contains('/');
            let unit = plain(from + 1)?;
            let plural = unit.len() > 3 && unit.ends_with('s') && !matches!(unit, "dose" | "cps");
            (slash && plural).then(|| {
                Notice::new("notice_fraction")
                    .with("write", written(number.value))
                    .with("part", tokens.part(from, to))
            })
        }
        _ => None,
    }
}

fn unread(tokens: &Tokens, rest: &[T], at: usize) -> Refusal {
    let code = if matches!(rest.first(), Some(T::N(_) | T::Every | T::X)) {
        "words_number_unclear"
    } else {
        "words_unknown"
    };
    Refusal::new(code, tokens.part(at, (at + 3).min(at + rest.len())))
}
