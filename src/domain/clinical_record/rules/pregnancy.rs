//! How far a pregnancy is, and when it must be over.

use chrono::{Days, NaiveDate};

use crate::domain::clinical_record::model::{Pregnancy, PregnancyState};

/// Days from the first day of the last period to the expected date: 40 weeks.
pub const TERM_DAYS: u32 = 280;
/// Days past the expected date after which a pregnancy is over, whatever became of it.
pub const OVERDUE_DAYS: u32 = 21;
/// The last week that can be said.
pub const WEEKS_MAX: u32 = 42;

/// The expected date of a pregnancy that is in a week, by completed weeks, on a day.
pub fn expected_from(week: u32, said_on: NaiveDate) -> Option<NaiveDate> {
    let began = said_on.checked_sub_days(Days::new(u64::from(week) * 7))?;
    began.checked_add_days(Days::new(u64::from(TERM_DAYS)))
}

/// The last day on which a recorded pregnancy counts. Without an expected date it is taken to have begun on the day on
/// which it was said, so that it is never forgotten too early.
pub fn last_day(pregnancy: &Pregnancy) -> Option<NaiveDate> {
    if pregnancy.state != PregnancyState::Pregnant {
        return None;
    }
    let expected = match pregnancy.expected_on {
        Some(expected) => expected,
        None => pregnancy.said_on.checked_add_days(Days::new(u64::from(TERM_DAYS)))?,
    };
    expected.checked_add_days(Days::new(u64::from(OVERDUE_DAYS)))
}

/// What is known on a day: a pregnancy that must be over is unknown, never "not pregnant".
pub fn state_on(pregnancy: &Pregnancy, day: NaiveDate) -> PregnancyState {
    match last_day(pregnancy) {
        Some(last) if day > last => PregnancyState::Unknown,
        _ => pregnancy.state,
    }
}

/// In which week, by completed weeks, she is on a day; nothing when the expected date is not known.
pub fn week_on(pregnancy: &Pregnancy, day: NaiveDate) -> Option<u32> {
    if state_on(pregnancy, day) != PregnancyState::Pregnant {
        return None;
    }
    let left = pregnancy.expected_on?.signed_duration_since(day).num_days();
    u32::try_from((i64::from(TERM_DAYS) - left).div_euclid(7)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn pregnant(expected: Option<&str>, said: &str) -> Pregnancy {
        let (expected_on, said_on) = (expected.map(day), day(said));
        Pregnancy { state: PregnancyState::Pregnant, expected_on, said_on, note: None }
    }

    #[test]
    fn a_week_and_its_expected_date_say_the_same() {
        for week in 0..=WEEKS_MAX {
            let said = day("2026-11-22");
            let expected = expected_from(week, said).unwrap();
            let found = week_on(&pregnant(Some(&expected.to_string()), "2026-11-22"), said);
            assert_eq!(found, Some(week));
        }
        assert_eq!(expected_from(12, day("2026-11-22")), Some(day("2027-06-06")));
    }

    #[test]
    fn it_ends_three_weeks_past_the_expected_date_and_becomes_unknown() {
        let dated = pregnant(Some("2027-06-06"), "2026-11-22");
        assert_eq!(state_on(&dated, day("2027-06-27")), PregnancyState::Pregnant);
        assert_eq!(state_on(&dated, day("2027-06-28")), PregnancyState::Unknown);
        assert_eq!(week_on(&dated, day("2027-06-28")), None);
    }

    #[test]
    fn without_a_date_it_is_kept_as_long_as_it_may_last() {
        let undated = pregnant(None, "2026-11-22");
        assert_eq!(week_on(&undated, day("2026-12-22")), None);
        assert_eq!(state_on(&undated, day("2027-09-19")), PregnancyState::Pregnant);
        assert_eq!(state_on(&undated, day("2027-09-20")), PregnancyState::Unknown);
    }

    #[test]
    fn not_pregnant_stays_what_was_said() {
        let not = Pregnancy { state: PregnancyState::NotPregnant, ..pregnant(None, "2026-11-22") };
        assert_eq!(state_on(&not, day("2036-11-22")), PregnancyState::NotPregnant);
    }
}
