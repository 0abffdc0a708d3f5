//! What need not be asked for because something was already recorded, or is still asked for, in its place.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::model::{Day, Dose, DoseStatus};
use super::planning::{Occurrence, occurrences_on};
use super::rules::GRACE_MINUTES_MAX;
use crate::domain::prescriptions::model::{ChangedDay, Line, Schedule};
use crate::domain::users::model::MealTimes;
use crate::platform::clock::{Span, Timestamp};

/// A dose that is asked for no more lies at least so far from all that still are; what lies nearer is one of them that was
/// moved.
pub const DROPPED_FROM: Span = Span::hours(3);

/// Whether `dose` was planned, and perhaps taken, for the same time or the same slot of the day as `occurrence`.
pub fn stands_for(dose: &Dose, occurrence: &Occurrence) -> bool {
    dose.scheduled() == occurrence.at || (occurrence.slot.is_some() && dose.slot == occurrence.slot)
}

/// What `line` asks for in the place of `dose`, whose time is over; nothing when it does not name its time any more.
pub fn named_by(
    line: &Line,
    meals: &MealTimes,
    zone: Tz,
    day: &Day,
    dose: &Dose,
    now: Timestamp,
) -> Option<Occurrence> {
    let date = dose.scheduled().day_in(zone);
    named(day, line, &occurrences_on(line, meals, zone, date), dose, now)
}

/// What will stand of `standing` once `line` has taken the place of the one that they are of: open doses have what it
/// asks for in their place, and those that it does not name any more are gone.
pub fn handed_over(line: &Line, meals: &MealTimes, zone: Tz, standing: &[Dose], now: Timestamp) -> Vec<Dose> {
    let mut days: BTreeMap<NaiveDate, Day> = BTreeMap::new();
    for dose in standing {
        days.entry(dose.scheduled().day_in(zone)).or_default().set(dose.clone());
    }
    let mut stands = Vec::with_capacity(standing.len());
    for day in days.values() {
        for dose in &day.doses {
            if dose.status != DoseStatus::Due {
                stands.push(dose.clone());
            } else if let Some(named) = named_by(line, meals, zone, day, dose, now) {
                stands.push(Dose { amount: named.amount, slot: named.slot, ..dose.clone() });
            }
        }
    }
    stands
}

/// Which of `all` doses of `line` on one day is meant by `dose`, an open one of an earlier version whose time is over:
/// that of its time or slot, or one whose new time is over as well; of an interval that counts from it the dose itself.
fn named(day: &Day, line: &Line, all: &[Occurrence], dose: &Dose, now: Timestamp) -> Option<Occurrence> {
    let at = dose.scheduled();
    if let Some(same) = all.iter().find(|occurrence| stands_for(dose, occurrence)) {
        return Some(*same);
    }
    if let (Schedule::EveryHours { hours, amount }, Some(course)) = (&line.schedule, line.course) {
        let next_at = at.plus(Span::hours(i64::from(*hours)));
        let counts_from_it = course.passed > 0 && course.first_at.is_some_and(|first_at| next_at <= first_at);
        return counts_from_it.then_some(Occurrence { at, slot: None, amount: *amount });
    }
    let distance = |occurrence: &Occurrence| occurrence.at.since(at).as_milliseconds().abs();
    let near = Span::minutes(i64::from(GRACE_MINUTES_MAX)).as_milliseconds();
    let is_free = |occurrence: &&Occurrence| {
        let mut others = day.doses.iter().filter(|other| other.id != dose.id && is_standing(other, line));
        !others.any(|other| stands_for(other, occurrence))
    };
    let over = all.iter().filter(|occurrence| occurrence.at <= now && distance(occurrence) <= near);
    over.filter(is_free).min_by_key(|occurrence| distance(occurrence)).copied()
}

/// Of `all` doses of `line` on one day those that are to be planned: they lie at or after `from`, nothing else
/// stands for them, and with what was recorded on that day they are not more than the day holds. What is too much is left
/// out next to what was recorded.
///
/// A missed dose was not taken: its slot, when that was moved ahead, is asked for. Its very time, which is over, is not.
///
/// Intervals do not go by days: theirs are counted from the intakes.
pub fn to_plan(day: &Day, line: &Line, all: &[Occurrence], from: Timestamp) -> Vec<Occurrence> {
    let of_line = day.doses.iter().filter(|dose| is_standing(dose, line));
    let (missed, standing): (Vec<&Dose>, Vec<&Dose>) = of_line.partition(|dose| is_missed(dose, from));
    let is_open = |dose: &&Occurrence| {
        !standing.iter().any(|other| stands_for(other, dose))
            && !missed.iter().any(|missed| missed.scheduled() == dose.at)
    };
    let mut ahead: Vec<Occurrence> =
        all.iter().filter(|dose| dose.at >= from).filter(is_open).copied().collect();
    if !goes_by_days(line) {
        return ahead;
    }
    let times: Vec<Timestamp> = ahead.iter().map(|dose| dose.at).collect();
    let most = room_left(line, (&standing, &missed), all, &times);
    while ahead.len() > most {
        let distance = |dose: &Occurrence| distance(&standing, dose.at);
        let nearest = ahead.iter().enumerate().min_by_key(|(_, dose)| distance(dose)).map(|(place, _)| place);
        let Some(nearest) = nearest else { break };
        ahead.remove(nearest);
    }
    ahead
}

/// For how many of the doses at the times `ahead` a day has room beside those that were `recorded` and `missed`.
///
/// A missed one takes the room of a dose whose time is over as well, not of one that lies ahead, unless what was recorded
/// stands for that: who missed the morning's and has had the evening's at 17:30 is not asked for the evening's at 19:00.
fn room_left(
    line: &Line,
    (recorded, missed): (&[&Dose], &[&Dose]),
    all: &[Occurrence],
    ahead: &[Timestamp],
) -> usize {
    let least = room(line, &[recorded, missed].concat(), all, ahead);
    if missed.is_empty() {
        least
    } else {
        least.max(room(line, recorded, all, ahead).min(free(recorded, all, ahead)))
    }
}

/// How many of the times `ahead` are left when each of the `recorded` doses has the place of `all` that it stands for, or
/// else the nearest one to the time for which it was planned: the evening's, taken early, is still the evening's.
fn free(recorded: &[&Dose], all: &[Occurrence], ahead: &[Timestamp]) -> usize {
    let mut places: Vec<&Occurrence> = all.iter().collect();
    let mut others: Vec<&Dose> = recorded.to_vec();
    others.retain(|dose| {
        let own = places.iter().position(|place| stands_for(dose, place));
        own.map(|own| places.remove(own)).is_none()
    });
    let nearest = |places: &[&Occurrence], others: &[&Dose]| {
        let pairs = (0..others.len()).flat_map(|dose| (0..places.len()).map(move |place| (dose, place)));
        pairs.min_by_key(|(dose, place)| match (others.get(*dose), places.get(*place)) {
            (Some(dose), Some(place)) => dose.scheduled().since(place.at).as_milliseconds().abs(),
            _ => i64::MAX,
        })
    };
    while let Some((dose, place)) = nearest(&places, &others) {
        others.remove(dose);
        places.remove(place);
    }
    ahead.iter().filter(|at| places.iter().any(|place| place.at == **at)).count()
}

/// For how many more doses of `line` a day has room beside the `standing` ones, when those at the times `ahead` are not
/// recorded yet.
fn room(line: &Line, standing: &[&Dose], all: &[Occurrence], ahead: &[Timestamp]) -> usize {
    all.len().saturating_add(dropped(line, standing, all, ahead)).saturating_sub(standing.len())
}

/// How many of the `standing` doses take no room on the day on which the doses of `line` became fewer.
///
/// # Why a day may hold more than its doses
/// Who takes a medicine three times a day and has had two of them when it becomes twice a day still needs the one in the
/// evening: the second one stood for a dose that is asked for no more. So on the day on which the doses became fewer, as
/// many of the standing ones take no room as there are fewer, but only those far from anything that is still asked for.
///
/// As there are fewer than before the first change of the day: what was taken or missed in the morning and is asked for in
/// the evening is one dose, also when both were asked for in between.
pub(super) fn dropped(line: &Line, standing: &[&Dose], all: &[Occurrence], ahead: &[Timestamp]) -> usize {
    let before = of_day(line.course.and_then(|course| course.changed), all).unwrap_or(0);
    let at_first = of_day(line.course.and_then(|course| course.at_first), all).unwrap_or(before);
    // A course that ends or begins on the day asks for fewer of its doses.
    let each = match &line.schedule {
        Schedule::Slots { amounts, .. } => usize::try_from(amounts.taken()).unwrap_or(usize::MAX),
        Schedule::Times { times, .. } => times.len(),
        _ => all.len(),
    };
    let is_dropped = |dose: &&&Dose| {
        let far = |at: &Timestamp| distance(&[*dose], *at) >= DROPPED_FROM.as_milliseconds();
        !all.iter().any(|other| stands_for(dose, other)) && ahead.iter().all(far)
    };
    standing.iter().filter(is_dropped).count().min(at_first.min(before).saturating_sub(each))
}

/// How many doses of the day for which a line asks for `all` follow at its end, because that day could hold them no more.
pub(super) fn unheld(line: &Line, all: &[Occurrence]) -> usize {
    of_day(line.course.and_then(|course| course.unheld_on), all).unwrap_or(0)
}

/// The number of doses that goes with the day of a change, when it is that of `all`.
fn of_day(changed: Option<ChangedDay>, all: &[Occurrence]) -> Option<usize> {
    let on_day = |changed: &ChangedDay| {
        let end = changed.since.plus(Span::days(1));
        all.iter().any(|dose| (changed.since..end).contains(&dose.at))
    };
    changed.filter(on_day).map(|changed| usize::try_from(changed.doses).unwrap_or(usize::MAX))
}

/// How far in milliseconds the nearest of `doses` lies, or was taken, from `at`.
fn distance(doses: &[&Dose], at: Timestamp) -> i64 {
    let stood_at = doses.iter().map(|dose| dose.taken_at().unwrap_or_else(|| dose.scheduled()));
    stood_at.map(|stood_at| stood_at.since(at).as_milliseconds().abs()).min().unwrap_or(i64::MAX)
}

/// Doses of the later version of the line on the same day that are needless now that `recorded` is: those of the
/// same time or slot, a dose that is given once, and those that are more than the day holds.
pub fn needless(day: &Day, line: &Line, all: &[Occurrence], recorded: &Dose) -> Vec<Dose> {
    let mut successors: Vec<&Dose> = day
        .doses
        .iter()
        .filter(|dose| line.has_number(dose.line()) && is_successor(dose, recorded))
        .collect();
    let mut needless: Vec<Dose> = Vec::new();
    successors.retain(|dose| {
        let is_same = matches!(line.schedule, Schedule::Once { .. })
            || dose.scheduled() == recorded.scheduled()
            || (recorded.slot.is_some() && dose.slot == recorded.slot);
        if is_same {
            needless.push((*dose).clone());
        }
        !is_same
    });
    if !goes_by_days(line) {
        return needless;
    }
    let is_settled = |dose: &&Dose| is_standing(dose, line) && !is_successor(dose, recorded);
    let settled = day.doses.iter().filter(is_settled);
    let (missed, settled): (Vec<&Dose>, Vec<&Dose>) =
        settled.partition(|dose| dose.status == DoseStatus::Missed);
    let ahead: Vec<Timestamp> = successors.iter().map(|dose| dose.scheduled()).collect();
    let most = room_left(line, (&settled, &missed), all, &ahead);
    successors.sort_by_key(|dose| distance(&[recorded], dose.scheduled()));
    let too_many = successors.len().saturating_sub(most);
    needless.extend(successors.into_iter().take(too_many).cloned());
    needless
}

/// Whether `dose` may stand for `recorded`, as a dose of a later version that nobody has recorded.
pub fn is_successor(dose: &Dose, recorded: &Dose) -> bool {
    dose.prescription == recorded.prescription
        && dose.version > recorded.version
        && !dose.as_needed
        && matches!(dose.status, DoseStatus::Due | DoseStatus::Missed)
}

pub(super) fn is_standing(dose: &Dose, line: &Line) -> bool {
    line.has_number(dose.line()) && !dose.as_needed && dose.status != DoseStatus::Cancelled
}

/// Whether its time had passed at `at` without a record, whether or not that was already written down.
pub(super) fn is_missed(dose: &Dose, at: Timestamp) -> bool {
    let is_over = || dose.scheduled().plus(Span::minutes(i64::from(GRACE_MINUTES_MAX))) <= at;
    dose.status == DoseStatus::Missed || (dose.status == DoseStatus::Due && is_over())
}

/// Whether each day of the line has its doses, by slots or times: not an interval, which is counted from the intakes.
pub const fn goes_by_days(line: &Line) -> bool {
    matches!(line.schedule, Schedule::Slots { .. } | Schedule::Times { .. } | Schedule::Taper { .. })
}
