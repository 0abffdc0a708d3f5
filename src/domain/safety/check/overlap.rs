//! Days on which two lines of one ingredient are both used and that somebody has to know of: a renewal that begins before the
//! older one has ended, and a first dose beside its course.

use chrono::NaiveDate;

use super::super::line::Quantity;
use super::Weighing;
use super::amounts::{plainly, written};
use super::days::first_day;
use super::hours::SharedHour;
use super::relations::is_renewal;
use super::taken::{Held, Taken};
use crate::domain::prescriptions::model::Notice;
use crate::platform::i18n::day_text;

/// So many days may have both where one hands over to the other (chosen): the last tablets of the old box.
const HANDED_OVER_DAYS: usize = 2;

/// What two lines are to each other on the days that have both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meeting {
    /// The newer one takes over from the older.
    Renewal,
    /// One of them is a single dose.
    FirstDose,
}

/// The days on which both are used.
#[derive(Debug)]
pub(super) struct Overlap {
    pub meeting: Meeting,
    first: NaiveDate,
    last: NaiveDate,
    /// How many days have both.
    days: usize,
    /// Whether the fullest of them stays within what a day may hold; nothing where that is not known.
    pub is_within: Option<bool>,
    /// What the fullest of them holds, the most that a day may hold, and their unit.
    amounts: Option<(String, String, String)>,
}

impl Overlap {
    /// Whether a pharmacist would send it back: more than the last days of the old box, and more than a day may hold.
    pub(super) fn is_too_much(&self) -> bool {
        self.days > HANDED_OVER_DAYS && self.is_within == Some(false)
    }

    /// Whether it is no more than the last days of the old box.
    pub(super) fn is_handing_over(&self) -> bool {
        self.meeting == Meeting::Renewal && self.days <= HANDED_OVER_DAYS
    }

    /// Says how much of both lies within an hour, where it could not be said how much a day may hold.
    pub(super) fn detail_of_hour(&self, hour: SharedHour) -> Option<Notice> {
        let (given, unit) = plainly(hour.sum.filter(|_| self.amounts.is_none())?);
        let notice = Notice::new("finding_first_dose_hour").with("day", day_text(self.first));
        Some(notice.with("given", given).with("unit", unit))
    }

    /// Says the days, and what the fullest of them holds.
    pub(super) fn detail(&self) -> Notice {
        let is_one = self.first == self.last;
        let code = match (self.meeting, is_one, self.amounts.is_some()) {
            (Meeting::FirstDose, _, false) => "finding_first_dose",
            (Meeting::FirstDose, _, true) => "finding_first_dose_sum",
            (Meeting::Renewal, true, false) => "finding_day_in_both",
            (Meeting::Renewal, true, true) => "finding_day_in_both_sum",
            (Meeting::Renewal, false, false) => "finding_days_in_both",
            (Meeting::Renewal, false, true) => "finding_days_in_both_sum",
        };
        let mut notice = Notice::new(code);
        if is_one {
            notice = notice.with("day", day_text(self.first));
        } else {
            notice = notice.with("from", day_text(self.first)).with("to", day_text(self.last));
            notice = notice.with("days", self.days.to_string());
        }
        match &self.amounts {
            None => notice,
            Some((given, limit, unit)) => {
                notice.with("given", given.clone()).with("limit", limit.clone()).with("unit", unit.clone())
            }
        }
    }

    /// The message that says what to do about a first dose beside its course; one of them is not too many.
    pub(super) const fn advice(&self) -> Option<&'static str> {
        match (self.meeting, self.is_within) {
            (Meeting::Renewal, _) => None,
            (Meeting::FirstDose, Some(true)) => Some("safety_first_dose_fits"),
            (Meeting::FirstDose, Some(false)) => Some("safety_first_dose_exceeds"),
            (Meeting::FirstDose, None) => Some("safety_first_dose_unknown"),
        }
    }
}

impl Weighing<'_> {
    /// The days that have both of two lines of one ingredient, where one takes over from the other or is a single dose.
    /// Nothing of what is not shared with the prescriber: when it is used could be learned from it.
    pub(super) fn overlap(&self, one: (&Taken<'_>, Held), other: (&Taken<'_>, Held)) -> Option<Overlap> {
        let ((a, held), (b, second)) = (one, other);
        if a.line.hidden != b.line.hidden {
            return None;
        }
        let (meeting, both) = match (a.line.is_single_dose(), b.line.is_single_dose()) {
            (true, false) => (Meeting::FirstDose, a.days_in_both(b, a.begins, a.begins)),
            (false, true) => (Meeting::FirstDose, b.days_in_both(a, b.begins, b.begins)),
            _ => (Meeting::Renewal, days_of_renewal(a, b)?),
        };
        let (first, last) = both.first().copied().zip(both.last().copied())?;
        let sum = |day: &NaiveDate| a.holds_on(&held, *day)?.plus(b.holds_on(&second, *day)?);
        let known: Option<Vec<Quantity>> = both.iter().map(sum).collect();
        let most = known.and_then(|sums| sums.into_iter().max_by_key(|sum| sum.parts));
        let amounts = most.and_then(|most| {
            let (row, limit) = self.lowest_of_day(a, held)?;
            (row.measure == most.measure)
                .then(|| (written(u128::from(most.parts), row), written(limit, row), row.unit.to_string()))
        });
        let is_within = most.and_then(|most| self.is_within_day(a, held, most));
        Some(Overlap { meeting, first, last, days: both.len(), is_within, amounts })
    }

    /// Says from when on and until when two lines run beside each other and, of one ingredient, how much of it their fullest
    /// day holds. Nothing of what is not shared with the prescriber: when it is used could be learned from it.
    pub(super) fn beside(
        &self,
        (a, one): (&Taken<'_>, (usize, Held)),
        (b, other): (&Taken<'_>, (usize, Held)),
    ) -> Option<Notice> {
        if a.line.hidden || b.line.hidden {
            return None;
        }
        let first = first_day(&[a, b], self.today);
        let last = [a.ends, b.ends].into_iter().flatten().min();
        let same = one.1.own == other.1.own;
        let sum = same.then(|| self.fullest_day_of_two(one, other)).flatten().map(plainly);
        let code = match (last, sum.is_some()) {
            (None, false) => "finding_beside_from",
            (None, true) => "finding_beside_from_sum",
            (Some(last), _) if last < first => return None,
            (Some(last), false) if last == first => "finding_beside_on",
            (Some(last), true) if last == first => "finding_beside_on_sum",
            (Some(_), false) => "finding_beside_until",
            (Some(_), true) => "finding_beside_until_sum",
        };
        let mut notice = Notice::new(code).with("from", day_text(first));
        if let Some(last) = last.filter(|last| *last > first) {
            notice = notice.with("to", day_text(last));
        }
        Some(match sum {
            Some((given, unit)) => notice.with("given", given).with("unit", unit),
            None => notice,
        })
    }

    /// Whether two lines of one dose a day have no more in both than the last tablets of the old box, or the night between the
    /// last dose of one and the first of the other: that is no reason to send a renewal back.
    pub(super) fn is_handing_over(&self, one: (&Taken<'_>, Held), other: (&Taken<'_>, Held)) -> bool {
        let (a, b) = (one.0, other.0);
        let is_between = || {
            let is_single = a.line.is_single_dose() || b.line.is_single_dose();
            !is_single && (a.is_over_before(b) || b.is_over_before(a))
        };
        is_once_a_day(a)
            && is_once_a_day(b)
            && self.overlap(one, other).map_or_else(is_between, |overlap| overlap.is_handing_over())
    }
}

/// The days on which both are used, where the newer one begins some days before the older has ended and goes on after it:
/// nothing of either is left out on these days. In one prescription lines with their own times of day that run beside each
/// other for longer than the day on which one ends and the other begins are meant so.
fn days_of_renewal(a: &Taken<'_>, b: &Taken<'_>) -> Option<Vec<NaiveDate>> {
    let (older, newer) = Taken::in_order(a, b);
    let ends = older.ends.filter(|_| is_renewal(a, b) && !older.line.stopped)?;
    let (first, second) = (&older.line.rhythm.slots, &newer.line.rhythm.slots);
    let has_own_times = !first.is_empty() && !second.is_empty() && first.is_disjoint(second);
    if has_own_times && a.is_of_one_plan(b) && a.runs_beside(b) {
        return None;
    }
    Some(older.days_in_both(newer, newer.begins, ends))
}

/// Whether one dose is used every day.
fn is_once_a_day(taken: &Taken<'_>) -> bool {
    let rhythm = &taken.line.rhythm;
    rhythm.interval_days == 1 && rhythm.times_a_day == Some(1) && !rhythm.as_needed
}
