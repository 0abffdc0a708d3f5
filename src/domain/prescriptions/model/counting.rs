//! How many doses a schedule makes.

use chrono::{Datelike, NaiveDate, Weekday};

use super::{Amount, DayPattern, Schedule, Slot, SlotAmounts, TaperStep};

impl SlotAmounts {
    /// In how many slots there is something to take.
    pub fn taken(&self) -> u32 {
        Slot::ALL.iter().map(|slot| u32::from(!self.at(*slot).is_zero())).sum()
    }
}

impl DayPattern {
    /// Days from one day of the pattern to the next where they lie closest together.
    pub fn shortest_gap(&self) -> u32 {
        match self {
            Self::Daily => 1,
            Self::EveryDays(every) => (*every).max(1),
            Self::Weekdays(weekdays) => {
                let from_to = |one: &Weekday, other: &Weekday| one.days_since(*other);
                let gaps = weekdays.iter().flat_map(|one| weekdays.iter().map(|other| from_to(one, other)));
                gaps.filter(|gap| *gap > 0).min().unwrap_or(7)
            }
        }
    }

    /// How many of so many days from `first` on, `first` included, are days of the pattern.
    pub fn days_within(&self, first: NaiveDate, days: u32) -> u32 {
        match self {
            Self::Daily => days,
            Self::EveryDays(every) => days.div_ceil((*every).max(1)),
            Self::Weekdays(weekdays) => {
                let (weeks, rest) = (days / 7, days % 7);
                let of_week = u32::try_from(weekdays.len()).unwrap_or(7);
                let rest =
                    first.iter_days().zip(0..rest).filter(|(day, _)| weekdays.contains(&day.weekday()));
                weeks.saturating_mul(of_week).saturating_add(u32::try_from(rest.count()).unwrap_or(0))
            }
        }
    }
}

/// What a quantity is enough for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supplied {
    /// Whole needs of a day with doses, or of a dose of an interval.
    pub needs: u32,
    /// Doses in those.
    pub doses: u32,
    /// Whether something is left over.
    pub remainder: bool,
}

impl Schedule {
    /// As many days with doses as `quantity` has whole needs for, or doses of an interval. `pieces` converts an amount
    /// to what the quantity is in; of a taper as many doses from the first on. Nothing for a single dose or what is
    /// taken as needed, and where nothing is to be taken or `pieces` does not know.
    pub fn supplied(&self, quantity: Amount, pieces: impl Fn(Amount) -> Option<Amount>) -> Option<Supplied> {
        let pieces = |amount: Amount| -> Option<u64> {
            if amount.is_zero() { Some(0) } else { pieces(amount).map(|it| it.as_ten_thousandths().into()) }
        };
        let (need, doses_each) = match self {
            Self::Slots { amounts, .. } => {
                let need = Slot::ALL.iter().map(|&slot| pieces(amounts.at(slot))).sum::<Option<u64>>()?;
                (need, amounts.taken())
            }
            Self::Times { times, amount, .. } => {
                let count = u32::try_from(times.len()).ok()?;
                (pieces(*amount)?.checked_mul(u64::from(count))?, count)
            }
            Self::EveryHours { amount, .. } => (pieces(*amount)?, 1),
            Self::Taper { steps } => return supplied_steps(steps, quantity, pieces),
            Self::AsNeeded { .. } | Self::Once { .. } => return None,
        };
        let total = u64::from(quantity.as_ten_thousandths());
        let needs = u32::try_from(total.checked_div(need)?).ok()?;
        let doses = needs.checked_mul(doses_each)?;
        Some(Supplied { needs, doses, remainder: !total.is_multiple_of(need) })
    }

    /// Whether it is taken each day, at times of day.
    pub const fn is_daily(&self) -> bool {
        matches!(
            self,
            Self::Slots { days: DayPattern::Daily, .. } | Self::Times { days: DayPattern::Daily, .. }
        )
    }

    /// How many doses there are in so many days from `first` on; of an interval those that fall into so many times 24
    /// hours, of a taper and a single dose their own number. Nothing for what is taken as needed.
    pub fn doses_in(&self, first: NaiveDate, days: u32) -> Option<u32> {
        match self {
            Self::AsNeeded { .. } => None,
            Self::Once { .. } => Some(1),
            Self::Taper { steps } => Some(
                steps
                    .iter()
                    .map(|step| step.days.saturating_mul(step.amounts.taken()))
                    .fold(0, u32::saturating_add),
            ),
            Self::EveryHours { hours, .. } => Some(days.saturating_mul(24).div_ceil((*hours).max(1))),
            Self::Slots { amounts, days: pattern } => {
                Some(pattern.days_within(first, days).saturating_mul(amounts.taken()))
            }
            Self::Times { times, days: pattern, .. } => {
                let each = u32::try_from(times.len()).unwrap_or(u32::MAX);
                Some(pattern.days_within(first, days).saturating_mul(each))
            }
        }
    }
}

/// What a quantity is enough for when the steps follow one another.
fn supplied_steps(
    steps: &[TaperStep],
    quantity: Amount,
    pieces: impl Fn(Amount) -> Option<u64>,
) -> Option<Supplied> {
    let mut left = u64::from(quantity.as_ten_thousandths());
    let mut doses = 0_u32;
    for step in steps {
        let of_day = Slot::ALL.map(|slot| step.amounts.at(slot)).into_iter().filter(|it| !it.is_zero());
        let of_day = of_day.map(&pieces).collect::<Option<Vec<u64>>>()?;
        for need in (0..step.days).flat_map(|_| of_day.iter()) {
            let Some(rest) = left.checked_sub(*need) else {
                return Some(Supplied { needs: doses, doses, remainder: left > 0 });
            };
            (left, doses) = (rest, doses.saturating_add(1));
        }
    }
    Some(Supplied { needs: doses, doses, remainder: left > 0 })
}
