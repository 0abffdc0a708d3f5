//! Meal times that doses can be planned by.

use chrono::{NaiveTime, TimeDelta};

use super::model::MealTimes;

/// Least time between two meals: doses before and after meals lie half an hour from them, so that two doses of one
/// medicine never come closer than an hour.
const APART: TimeDelta = TimeDelta::hours(2);

/// When a meal counts whose time the person has not said, in minutes of the day: the times of the slots MORNING, NOON
/// and EVENING.
const USUAL: [i64; 3] = [7 * 60, 11 * 60 + 30, 17 * 60 + 30];

/// Two meals in a row that are too close or in the wrong order, by their places: 0 breakfast, 1 lunch, 2 dinner. Dinner
/// is followed by the next day's breakfast.
pub fn too_close(times: &MealTimes) -> Option<(usize, usize)> {
    let at = |meal: Option<NaiveTime>, usual: i64| {
        meal.map_or(TimeDelta::minutes(usual), |meal| meal - NaiveTime::MIN)
    };
    let [usual_breakfast, usual_lunch, usual_dinner] = USUAL;
    let breakfast = at(times.morning, usual_breakfast);
    let lunch = at(times.afternoon, usual_lunch);
    let dinner = at(times.night, usual_dinner);
    let next_breakfast = breakfast + TimeDelta::days(1);
    [(breakfast, lunch, (0, 1)), (lunch, dinner, (1, 2)), (dinner, next_breakfast, (2, 0))]
        .into_iter()
        .find(|(earlier, later, _)| *later - *earlier < APART)
        .map(|(_, _, places)| places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meals_are_in_order_and_two_hours_apart() {
        let time = |text: &str| match text {
            "" => None,
            text => Some(NaiveTime::parse_from_str(text, "%H:%M").unwrap()),
        };
        for (morning, afternoon, night, expected) in [
            ("", "", "", None),
            ("06:30", "12:00", "18:30", None),
            ("10:00", "12:00", "14:00", None),
            ("10:01", "12:00", "14:00", Some((0, 1))),
            ("10:00", "12:00", "13:59", Some((1, 2))),
            ("09:30", "", "", None),
            ("09:31", "", "", Some((0, 1))),
            ("", "15:30", "", None),
            ("", "15:31", "", Some((1, 2))),
            ("", "09:00", "", None),
            ("", "08:59", "", Some((0, 1))),
            ("", "", "13:30", None),
            ("", "", "13:29", Some((1, 2))),
            // In the evening, after dinner.
            ("19:00", "", "", Some((0, 1))),
            ("", "20:00", "", Some((1, 2))),
            ("12:00", "07:00", "18:00", Some((0, 1))),
            ("12:00", "12:00", "18:00", Some((0, 1))),
            // Round midnight.
            ("00:10", "12:00", "23:50", Some((2, 0))),
            ("00:10", "12:00", "22:10", None),
            ("00:10", "12:00", "22:11", Some((2, 0))),
        ] {
            let times = MealTimes {
                morning: time(morning),
                afternoon: time(afternoon),
                night: time(night),
                ..MealTimes::default()
            };
            assert_eq!(too_close(&times), expected, "{morning} {afternoon} {night}");
        }
    }
}
