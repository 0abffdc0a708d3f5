//! What the daily look at a treatment finds: visits that are due, medicine that runs out, adherence that is low.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;

use crate::domain::prescriptions::model::Amount;
use crate::platform::clock::{Timestamp, instant_of};

/// The hour of the clinic's clock at which treatments are looked over.
pub const REVIEW_HOUR: u32 = 8;
/// Days over which low adherence is judged, the last of them yesterday.
pub const LOW_ADHERENCE_DAYS: u32 = 7;
/// Doses that must have counted in those days: with fewer, a single dose decides the figure.
pub const LOW_ADHERENCE_DOSES_MIN: u32 = 7;
/// A follow-up visit that is overdue for longer is not told of any more.
pub const FOLLOW_UP_LATE_DAYS: i64 = 7;

/// The next time after `now` at which treatments are looked over.
pub fn next_review(now: Timestamp, zone: Tz) -> Timestamp {
    let at = NaiveTime::from_hms_opt(REVIEW_HOUR, 0, 0).unwrap_or_default();
    let today = now.day_in(zone);
    let review = instant_of(today.and_time(at), zone);
    if review > now {
        return review;
    }
    let tomorrow = today.succ_opt().unwrap_or(today);
    instant_of(tomorrow.and_time(at), zone)
}

/// What the review of `today` says of a follow-up visit, when the one before was on `last`: each message once, and
/// none that makes no sense any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowUp {
    /// It is tomorrow or today: the patient is told.
    Near,
    /// It was yesterday or earlier: the doctor is told.
    Overdue,
}

impl FollowUp {
    /// What is to be told of a visit on `date`.
    pub fn of(date: NaiveDate, last: NaiveDate, today: NaiveDate) -> Option<Self> {
        let falls_in = |day: Option<NaiveDate>| day.is_some_and(|day| last < day && day <= today);
        if today <= date {
            return (falls_in(date.pred_opt()) || falls_in(Some(date))).then_some(Self::Near);
        }
        let is_recent = (today - date).num_days() <= FOLLOW_UP_LATE_DAYS;
        (is_recent && falls_in(date.succ_opt())).then_some(Self::Overdue)
    }
}

/// The day of the first planned dose that what is left of a filling does not cover; nothing when all are covered.
pub fn runs_out_on(left: Amount, planned: &[(NaiveDate, Amount)]) -> Option<NaiveDate> {
    let mut left = left.as_ten_thousandths();
    for (date, amount) in planned {
        match left.checked_sub(amount.as_ten_thousandths()) {
            Some(rest) => left = rest,
            None => return Some(*date),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_visit_is_told_of_the_day_before_and_on_the_day_and_when_it_is_over() {
        let visit = day("2026-12-10");
        let told = |last, today| FollowUp::of(visit, day(last), day(today));
        assert_eq!(told("2026-12-07", "2026-12-08"), None);
        assert_eq!(told("2026-12-08", "2026-12-09"), Some(FollowUp::Near));
        assert_eq!(told("2026-12-09", "2026-12-10"), Some(FollowUp::Near));
        assert_eq!(told("2026-12-10", "2026-12-11"), Some(FollowUp::Overdue));
        assert_eq!(told("2026-12-11", "2026-12-12"), None);
        // After downtime once, unless it is too long ago.
        assert_eq!(told("2026-12-05", "2026-12-10"), Some(FollowUp::Near));
        assert_eq!(told("2026-12-05", "2026-12-15"), Some(FollowUp::Overdue));
        assert_eq!(told("2026-12-05", "2026-12-25"), None);
    }

    #[test]
    fn a_filling_runs_out_with_the_first_dose_it_does_not_cover() {
        let planned = [(day("2026-12-01"), Amount::whole(1)), (day("2026-12-02"), Amount::whole(2))];
        assert_eq!(runs_out_on(Amount::whole(3), &planned), None);
        assert_eq!(runs_out_on(Amount::whole(2), &planned), Some(day("2026-12-02")));
        assert_eq!(runs_out_on(Amount::ZERO, &planned), Some(day("2026-12-01")));
    }
}
