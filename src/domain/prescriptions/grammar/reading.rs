//! Statements put together to a frequency. Two statements about the same thing must agree.

use chrono::Weekday;

use super::condition::Condition;
use super::directions::{self, Direction};
use super::frequency::{Frequency, SaidAmount, Timing};
use super::neighbours::{bare_is_clear, bedtime_unclear, day_is_total, joins, joins_bedtime, names_the_day};
use super::number::{Number, ONE};
use super::sequence::{Entry, Link, Sequence};
use super::statements::{Most, S, Said, Statement, statements};
use super::tokens::{Kind, T, Tokens};
use super::{Refusal, amounts, limits, quantity, ways};
use crate::domain::prescriptions::model::{Amount, DayPattern, MealRelation, Slot};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;

/// What was said so far.
#[derive(Default)]
pub(super) struct Reading {
    pub sequence: Sequence,
    /// So many intakes a day, and whether that was a bare number.
    pub count: Option<(u32, bool)>,
    /// Whether bedtime comes to the times of the count.
    pub and_bedtime: bool,
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
    pub once_a_day: bool,
    /// Times of day that were named by their meals.
    pub slots_of_meals: usize,
    pub now: bool,
    applied: bool,
    pub every_day: bool,
    pub every_days: Option<u32>,
    pub weekdays: Vec<Weekday>,
    pub except: Option<Vec<Weekday>>,
    pub per_week: Option<u32>,
    pub as_needed: bool,
    has_reason: bool,
    conditions: Vec<Condition>,
    most: Option<Most>,
    apart: Option<u32>,
    duration: Option<u32>,
    quantity: Option<Said>,
    /// "For 3 nights": their time of day, unless another was said.
    pub nights: Option<(Slot, Statement)>,
}

/// Says a thing once, or again in the same way.
pub(super) fn once<V: PartialEq>(place: &mut Option<V>, value: V) -> Result<(), &'static str> {
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
    let way = ways::said(tokens, product)?;
    let tokens = &ways::without_ways(tokens, product)?;
    let (found, mut notices) = statements(tokens)?;
    let directions = way.into_iter().map(|way| (way, 0)).collect();
    let mut reading = Reading { applied, directions, ..Reading::default() };
    let mut link = Link::None;
    for (index, statement) in found.iter().enumerate() {
        let part = || tokens.part(statement.from, statement.to);
        if let Some((one_of_them, one_more)) = bedtime_unclear(&found, index) {
            let refusal = Refusal::new("words_count_and_bedtime", tokens.part(0, tokens.list.len()));
            return Err(refusal.with("first", one_of_them).with("second", one_more));
        }
        let code = match &statement.what {
            S::Comma | S::And if joins_bedtime(&found, index) => {
                reading.and_bedtime = true;
                link = link.max(Link::And);
                continue;
            }
            S::Comma => {
                link = link.max(Link::Comma);
                continue;
            }
            S::And | S::Dash => {
                let next = if statement.what == S::And { Link::And } else { Link::Dash };
                if joins(&found, index) {
                    link = link.max(next);
                    continue;
                }
                if next == Link::And && index + 1 < found.len() {
                    return Err(Refusal::new("words_and_unclear", tokens.part(0, tokens.list.len())));
                }
                Err("words_unknown")
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
                once(&mut reading.per_day, SaidAmount { amount, unit: Some(unit), is_decimal: false })
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
    fn take(&mut self, what: &S, link: Link, statement: &Statement) -> Result<(), &'static str> {
        let of_amount = match what {
            S::Direction(direction) => *direction != Direction::OnWaking,
            S::Meal(_) => true,
            _ => false,
        };
        self.of_first |= of_amount && self.sequence.waits_for_time();
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
            S::SlotMeals(..) | S::Meal(_) | S::EachMeal(_) | S::Direction(_) => {
                return self.take_meals(what, link, statement);
            }
            S::AsNeeded(conditions) | S::Reason(conditions) => {
                self.places.push(self.sequence.times());
                let needed = matches!(what, S::AsNeeded(_));
                self.as_needed |= needed;
                self.has_reason |= !needed;
                self.conditions.extend(conditions.iter().copied());
            }
            S::PerDay(n) => once(&mut self.count, (*n, false))?,
            S::BarePerDay(n) => once(&mut self.count, (*n, true))?,
            S::OnesPerDay(n) => {
                if !self.sequence.is_empty() {
                    return Err("words_number_unclear");
                }
                once(&mut self.count, (*n, false))?;
                let one = Said { number: Number::of(ONE), unit: None };
                self.sequence.push(Entry::Amount(one), link, statement);
            }
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
            S::Most(most) => once(&mut self.most, *most)?,
            S::Quantity(said) => once(&mut self.quantity, *said)?,
            S::Apart(hours) => once(&mut self.apart, *hours)?,
            other => return self.take_days(other),
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
        // Midnight on Monday begins that day to some and ends it to others.
        if !self.weekdays.is_empty() && tokens.list.iter().any(|token| token.what == T::Midnight) {
            return Err(refuse("words_midnight_day"));
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
        self.agrees(&timing, &days, days_said || times_per_week.is_some()).map_err(refuse)?;
        if self.as_needed && times_per_week.is_some() {
            return Err(refuse("words_prn_days"));
        }
        let hour_like_amount = if dose.is_none() { self.sequence.small_hour(&mut notices) } else { None };
        let slots_are_named = self.sequence.times() > 0 || one_slot;
        let of_product =
            |condition: Condition| Condition { complaint: condition.complaint.of(product), ..condition };
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
            quantity: None,
            dose,
            count_is_bare: self.count.is_some_and(|(_, bare)| bare),
            hour_like_amount,
            directions,
            applied: self.applied,
            conditions: self.conditions.into_iter().map(of_product).collect(),
            notices,
            text: whole(),
        };
        if let Some((low, high)) = self.hours.filter(|(low, high)| low != high) {
            frequency.between(low, high, self.most.is_some());
        }
        if let Some(said) = self.quantity {
            let quantity = quantity::handed_out(said, product, &mut frequency.notices);
            frequency.quantity = Some(quantity.map_err(|refusal| refusal.of(&whole()))?);
        }
        if let Some(most) = self.most {
            frequency.set_most(most, product).map_err(|refusal| refusal.of(&whole()))?;
        }
        if let (DayPattern::EveryDays(days @ 7..), Some(times @ 2..)) =
            (&frequency.days, frequency.intakes_per_day().filter(|_| !frequency.as_needed))
        {
            let notice = Notice::new("notice_several_on_a_day").with("times", times.to_string());
            frequency.notices.push(notice.with("days", days.to_string()));
        }
        frequency.notices.iter_mut().for_each(|notice| notice.about(&whole()));
        // "16 units in the morning, 8 units in the evening" tells once what units are.
        let mut told: Vec<Notice> = Vec::with_capacity(frequency.notices.len());
        for notice in std::mem::take(&mut frequency.notices) {
            if !told.contains(&notice) {
                told.push(notice);
            }
        }
        frequency.notices = told;
        Ok(frequency)
    }

    /// Whether its statements go together.
    fn agrees(&self, timing: &Timing, days: &DayPattern, days_said: bool) -> Result<(), &'static str> {
        let long_term = self.directions.iter().any(|(direction, _)| *direction == Direction::LongTerm);
        let by_itself = matches!(timing, Timing::EveryHours(_) | Timing::Now);
        let now = *timing == Timing::Now
            && (self.as_needed || self.duration.is_some_and(|days| days > 1) || self.every_day);
        if (long_term && self.duration.is_some()) || (by_itself && *days != DayPattern::Daily) || now {
            return Err("words_contradict");
        }
        if self.as_needed {
            let counts = matches!(days, DayPattern::Daily | DayPattern::EveryDays(_));
            return if counts { Ok(()) } else { Err("words_prn_days") };
        }
        if self.has_reason {
            return Err("words_reason_without_prn");
        }
        if *timing == Timing::Unsaid && !days_said {
            return Err("words_no_frequency");
        }
        if self.most.is_some() || self.apart.is_some() {
            return Err("words_limit_without_prn");
        }
        if self.hours.is_some_and(|(low, high)| low != high) { Err("words_choose_one") } else { Ok(()) }
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
