//! Statements put together to a frequency. Two statements about the same thing must agree.

use chrono::Weekday;

use super::condition::Condition;
use super::directions::{self, Direction};
use super::frequency::{Frequency, SaidAmount, Timing};
use super::neighbours::{bare_is_clear, day_is_total, joins, names_the_day};
use super::sequence::{Entry, Link, Sequence};
use super::statements::{Most, S, Said, Statement, statements};
use super::tokens::{Kind, T, Tokens};
use super::{Refusal, amounts, limits, ways};
use crate::domain::prescriptions::model::{Amount, DayPattern, MealRelation, Slot};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;

/// What was said so far.
#[derive(Default)]
pub(super) struct Reading {
    pub sequence: Sequence,
    /// So many intakes a day, and whether that was a bare number.
    pub count: Option<(u32, bool)>,
    pub divided: Option<u32>,
    pub per_day: Option<SaidAmount>,
    pub hours: Option<(u32, u32)>,
    pub each_meal: bool,
    pub meal: Option<MealRelation>,
    /// How many times of day had been said when the meal was, for each time it was said.
    pub meal_places: Vec<usize>,
    /// How many times of day had been said when a length, a day or "as needed" was, for each time one was said.
    pub places: Vec<usize>,
    /// Whether a meal or a direction stands between the first amount and its time of day.
    pub of_first: bool,
    /// Where and how, each with how many times of day had been said when it was.
    pub directions: Vec<(Direction, usize)>,
    /// Whether a day was said behind a time of day.
    pub day_behind: bool,
    /// "One evening in two": of that time alone.
    pub slot_every: bool,
    /// Whether the count was once a day, in words that name the day.
    once_a_day: bool,
    /// Times of day that were named by their meals.
    pub slots_of_meals: usize,
    pub now: bool,
    applied: bool,
    every_day: bool,
    every_days: Option<u32>,
    weekdays: Vec<Weekday>,
    except: Option<Vec<Weekday>>,
    per_week: Option<u32>,
    pub as_needed: bool,
    conditions: Vec<Condition>,
    most: Option<Most>,
    apart: Option<u32>,
    duration: Option<u32>,
    /// "For 3 nights": their time of day, unless another was said.
    pub nights: Option<(Slot, Statement)>,
}

/// Says a thing once, or again in the same way.
fn once<V: PartialEq>(place: &mut Option<V>, value: V) -> Result<(), &'static str> {
    match place {
        Some(said) if *said != value => Err("words_contradict"),
        _ => {
            *place = Some(value);
            Ok(())
        }
    }
}

/// Reads the statements of a frequency.
pub(super) fn read(tokens: &Tokens, product: &Product) -> Result<Frequency, Refusal> {
    if product.is_for_eye_or_ear()
        && let Some(at) = tokens.list.iter().position(|token| token.what == T::Od)
    {
        return Err(Refusal::new("words_right_eye", tokens.part(at, at + 1)));
    }
    let applied = ways::is_applied(tokens);
    let tokens = &ways::without_ways(tokens, product)?;
    let (found, mut notices) = statements(tokens)?;
    let mut reading = Reading { applied, ..Reading::default() };
    let mut link = Link::None;
    for (index, statement) in found.iter().enumerate() {
        let part = || tokens.part(statement.from, statement.to);
        let code = match &statement.what {
            S::Comma => {
                link = link.max(Link::Comma);
                continue;
            }
            S::And | S::Dash => {
                let next = if statement.what == S::And { Link::And } else { Link::Dash };
                if !joins(&found, index) {
                    Err("words_unknown")
                } else {
                    link = link.max(next);
                    continue;
                }
            }
            S::PerDay(2..) if day_is_total(tokens, &found, index) => Err("words_per_day_unclear"),
            // "1 cp de 500 mg matin et soir"
            pieces @ S::PiecesOf(said, ..) => {
                amounts::strength(pieces, product, &mut Vec::new()).map_err(|refusal| refusal.of(&part()))?;
                reading.take(&S::Amount(*said), link, statement)
            }
            S::Amount(said) if said.unit.is_none() && !bare_is_clear(&found, index) => {
                Err("words_number_unclear")
            }
            S::AmountPerDay(said) => {
                let (amount, unit) =
                    amounts::said(*said, product, &mut notices).map_err(|refusal| refusal.of(&part()))?;
                once(&mut reading.per_day, SaidAmount { amount, unit: Some(unit) })
            }
            what => {
                reading.once_a_day |= *what == S::PerDay(1) && names_the_day(tokens, statement);
                reading.take(what, link, statement)
            }
        };
        code.map_err(|code| Refusal::new(code, part()))?;
        link = Link::None;
    }
    if link > Link::Comma {
        return Err(Refusal::new(
            "words_unknown",
            tokens.part(tokens.list.len().saturating_sub(1), tokens.list.len()),
        ));
    }
    reading.finish(tokens, product, notices)
}

impl Reading {
    /// What was said of meals, once. An empty stomach before a meal is one thing, of which the other part is told too.
    fn take_meal(&mut self, relation: MealRelation) -> Result<(), &'static str> {
        use MealRelation::{Before, EmptyStomach};
        let times = self.sequence.times();
        let together = match self.meal_places.last() {
            Some(place) => *place == times,
            None => self.slots_of_meals == times,
        };
        match (self.meal, relation) {
            (Some(EmptyStomach), Before) | (Some(Before), EmptyStomach) if together => {
                self.meal = Some(EmptyStomach);
                self.directions.push((Direction::BeforeTheMeal, 0));
                Ok(())
            }
            _ => once(&mut self.meal, relation),
        }
    }

    fn take(&mut self, what: &S, link: Link, statement: &Statement) -> Result<(), &'static str> {
        let of_amount = matches!(what, S::Meal(_) | S::Direction(_)) && self.sequence.waits_for_time();
        self.of_first |= of_amount;
        match what {
            S::Amount(said) => self.sequence.push(Entry::Amount(*said), link, statement),
            // No column of a form; beside a clock it was read with the clock.
            S::Slot(_, Kind::Afternoon) | S::SlotEvery(_, Kind::Afternoon, _) => {
                return Err("words_afternoon");
            }
            S::Slot(slot, kind) => self.sequence.push(Entry::Slot(*slot, *kind), link, statement),
            S::AmountPerDays(said, days) => {
                once(&mut self.every_days, *days)?;
                self.sequence.push(Entry::Amount(*said), link, statement);
            }
            S::SlotEvery(slot, kind, days) => {
                once(&mut self.every_days, *days)?;
                self.slot_every = true;
                self.sequence.push(Entry::Slot(*slot, *kind), link, statement);
            }
            S::Clock(time, certain) => self.sequence.push(Entry::Clock(*time, *certain), link, statement),
            S::Grid(cells) => {
                if self.sequence.grid.is_some() {
                    return Err("words_contradict");
                }
                self.sequence.grid = Some((cells.clone(), statement.from, statement.to));
            }
            S::SlotMeals(slots, relation) => {
                self.take_meal(*relation)?;
                // "Le matin à jeun avant le petit déjeuner" names its time twice.
                if link == Link::None && matches!(slots.as_slice(), [slot] if self.sequence.ends_in(*slot)) {
                    self.meal_places.push(self.sequence.times());
                    return Ok(());
                }
                self.slots_of_meals += slots.len();
                for (index, slot) in slots.iter().enumerate() {
                    let link = if index == 0 { link } else { Link::And };
                    self.sequence.push(Entry::Slot(*slot, Kind::Latin), link, statement);
                }
            }
            S::Meal(relation) => {
                self.take_meal(*relation)?;
                self.meal_places.push(self.sequence.times());
            }
            S::EachMeal(relation) => {
                self.take_meal(*relation)?;
                self.each_meal = true;
            }
            S::PerDay(n) => once(&mut self.count, (*n, false))?,
            S::BarePerDay(n) => once(&mut self.count, (*n, true))?,
            S::Divided(n) => once(&mut self.divided, *n)?,
            S::EveryHours(low, high) => once(&mut self.hours, (*low, *high))?,
            S::Now => self.now = true,
            S::Stop => return if self.duration.is_some() { Ok(()) } else { Err("words_unknown") },
            S::Duration(days) => {
                self.places.push(self.sequence.times());
                once(&mut self.duration, *days)?;
            }
            S::Nights(slot, nights) => {
                self.places.push(self.sequence.times());
                once(&mut self.duration, *nights)?;
                self.nights = Some((*slot, statement.clone()));
            }
            S::AsNeeded(conditions) => {
                self.places.push(self.sequence.times());
                self.as_needed = true;
                self.conditions.extend(conditions.iter().copied());
            }
            S::Direction(direction) => {
                self.directions.push((*direction, self.sequence.times()));
                match direction {
                    Direction::BetweenMeals => self.take_meal(MealRelation::EmptyStomach)?,
                    Direction::OnWaking => {
                        self.sequence.push(Entry::Slot(Slot::Morning, Kind::Latin), link, statement);
                    }
                    _ => {}
                }
            }
            S::Most(most) => once(&mut self.most, *most)?,
            S::Apart(hours) => once(&mut self.apart, *hours)?,
            other => return self.take_days(other),
        }
        Ok(())
    }

    fn take_days(&mut self, what: &S) -> Result<(), &'static str> {
        if !matches!(what, S::EveryDay) {
            self.places.push(self.sequence.times());
            self.day_behind |= self.sequence.times() > 0;
        }
        match what {
            S::EveryDay => self.every_day = true,
            S::EveryDays(n) => once(&mut self.every_days, *n)?,
            S::PerWeek(n) => once(&mut self.per_week, *n)?,
            S::DaysExcept(days) => once(&mut self.except, days.clone())?,
            S::Weekdays(days) => {
                if days.iter().any(|day| self.weekdays.contains(day)) {
                    return Err("words_said_twice");
                }
                self.weekdays.extend(days.iter().copied());
            }
            // Strengths and products of them belong into the dosage.
            _ => return Err("words_unknown"),
        }
        Ok(())
    }

    fn finish(
        mut self,
        tokens: &Tokens,
        product: &Product,
        mut notices: Vec<Notice>,
    ) -> Result<Frequency, Refusal> {
        let whole = || tokens.part(0, tokens.list.len());
        let refuse = |code: &'static str| Refusal::new(code, whole());
        self.settle_nights().map_err(refuse)?;
        let long_term = self.directions.iter().any(|(direction, _)| *direction == Direction::LongTerm);
        if long_term && self.duration.is_some() {
            return Err(refuse("words_contradict"));
        }
        let (days, times_per_week, days_said) = self.days(&mut notices).map_err(refuse)?;
        let (timing, dose) = super::sequence::timing(&self, tokens, product, &mut notices)?;
        self.holds_for_all(&timing).map_err(refuse)?;
        let mut directions = Vec::new();
        for (direction, _) in &self.directions {
            directions::note(&mut directions, *direction, product).map_err(|refusal| refusal.of(&whole()))?;
        }
        let (timing, dose, one_slot) =
            if self.as_needed { limits::one_slot(timing, dose) } else { (timing, dose, false) };
        let daily = days == DayPattern::Daily;
        if !daily && matches!(timing, Timing::EveryHours(_) | Timing::Now) {
            return Err(refuse("words_contradict"));
        }
        if timing == Timing::Now
            && (self.as_needed || self.duration.is_some_and(|days| days > 1) || self.every_day)
        {
            return Err(refuse("words_contradict"));
        }
        if timing == Timing::Unsaid && !days_said && !self.as_needed {
            return Err(refuse("words_no_frequency"));
        }
        if !self.as_needed && (self.most.is_some() || self.apart.is_some()) {
            return Err(refuse("words_limit_without_prn"));
        }
        if self.as_needed
            && (!matches!(days, DayPattern::Daily | DayPattern::EveryDays(_)) || times_per_week.is_some())
        {
            return Err(refuse("words_prn_days"));
        }
        if self.hours.is_some_and(|(low, high)| low != high) && !self.as_needed {
            return Err(refuse("words_choose_one"));
        }
        let hour_like_amount = if dose.is_none() { self.sequence.small_hour(&mut notices) } else { None };
        let slots_are_named = self.sequence.times() > 0 || one_slot;
        let mut frequency = Frequency {
            timing,
            slots_are_named,
            days,
            times_per_week,
            meal: self.meal,
            as_needed: self.as_needed,
            max_per_24h: None,
            max_is_bare: false,
            max_amount: None,
            min_interval_hours: self.apart,
            duration_days: self.duration,
            dose,
            count_is_bare: self.count.is_some_and(|(_, bare)| bare),
            hour_like_amount,
            directions,
            applied: self.applied,
            conditions: self.conditions,
            notices,
            text: whole(),
        };
        if let Some((low, high)) = self.hours.filter(|(low, high)| low != high) {
            frequency.between(low, high, self.most.is_some());
        }
        if let Some(most) = self.most {
            frequency.set_most(most, product).map_err(|refusal| refusal.of(&whole()))?;
        }
        frequency.notices.iter_mut().for_each(|notice| notice.about(&whole()));
        Ok(frequency)
    }

    /// The days, how often in a week when their names were not said, and whether anything was said about days.
    fn days(&self, notices: &mut Vec<Notice>) -> Result<(DayPattern, Option<u32>, bool), &'static str> {
        let mut weekdays = self.weekdays.clone();
        weekdays.sort_by_key(Weekday::num_days_from_monday);
        let named = u32::try_from(weekdays.len()).unwrap_or(u32::MAX);
        if let Some(except) = &self.except {
            let free = self.every_days.is_none() && self.per_week.is_none_or(|n| n as usize == except.len());
            certain(notices);
            return if free && named == 0 {
                Ok((DayPattern::Weekdays(except.clone()), None, true))
            } else {
                Err("words_contradict")
            };
        }
        if self.every_day && (self.every_days.is_some() || named > 0 || self.per_week.is_some()) {
            return Err("words_contradict");
        }
        match (self.every_days, self.per_week) {
            (Some(_), Some(_)) => Err("words_contradict"),
            (Some(7), None) if named == 1 => {
                certain(notices);
                Ok((DayPattern::Weekdays(weekdays), None, true))
            }
            (Some(_), None) if named > 0 => Err("words_contradict"),
            (Some(1), None) => Ok((DayPattern::Daily, None, true)),
            // "1 fois par jour, 1 fois par semaine"
            (Some(_), None) if self.once_a_day => Err("words_contradict"),
            (Some(days), None) => Ok((DayPattern::EveryDays(days), None, true)),
            (None, Some(n)) if named > 0 => {
                certain(notices);
                if n == named {
                    Ok((DayPattern::Weekdays(weekdays), None, true))
                } else {
                    Err("words_contradict")
                }
            }
            (None, Some(n)) => Ok((DayPattern::Weekdays(chosen(n)), Some(n), true)),
            (None, None) if named == 7 => Ok((DayPattern::Daily, None, true)),
            (None, None) if named > 0 => {
                if named > 1 {
                    certain(notices);
                }
                Ok((DayPattern::Weekdays(weekdays), None, true))
            }
            (None, None) => Ok((DayPattern::Daily, None, self.every_day)),
        }
    }
}

/// The days were named, so nothing was chosen.
fn certain(notices: &mut Vec<Notice>) {
    notices.retain(|notice| !notice.code.ends_with("_a_week") && notice.code != "notice_every_weekday");
}

/// The days that a count in the week is put on; a notice names them.
fn chosen(times: u32) -> Vec<Weekday> {
    use Weekday::{Fri, Mon, Sat, Thu, Tue, Wed};
    match times {
        2 => vec![Mon, Thu],
        3 => vec![Mon, Wed, Fri],
        5 => vec![Mon, Tue, Wed, Thu, Fri],
        _ => vec![Mon, Tue, Wed, Thu, Fri, Sat],
    }
}

/// An amount without a unit, as it was said.
pub(super) fn bare(said: &Said) -> Option<Amount> {
    let value = u32::try_from(said.number.value).ok()?;
    let plain = !matches!(said.number.form, super::number::Form::Spaced | super::number::Form::ThreeDecimals);
    let amount = Amount::from_ten_thousandths(value);
    (plain && amount <= Amount::whole(1_000)).then_some(amount)
}

/// The slots of three meals.
pub(super) const MEALS: [Slot; 3] = [Slot::Morning, Slot::Noon, Slot::Evening];
