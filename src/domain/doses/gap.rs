//! Whether the next dose of a line that was changed comes far sooner or far later after the last one than is usual.
//!
//! # Why a notice
//! Doses by slots go by the calendar: who took the morning's tablet and gets it at night from now on waits a day and a half,
//! and so does who took the night's and gets it in the morning, since nothing is asked for too soon (`rest`).
//! Whether that is too long cannot be decided here: the day holds what was prescribed. So the prescriber is told, and what
//! can be done. Another prescription, or one that goes on after a pause, may still ask for something soon, which is told too.

use super::change::Change;
use super::cover::handed_over;
use super::model::{Dose, DoseStatus};
use super::moved_ahead::asked_again_by;
use super::planning::{Occurrence, occurrences};
use super::remaining::next_planned;
use super::settling::endless;
use crate::domain::prescriptions::model::{DayPattern, Line, Schedule};
use crate::platform::clock::{Span, Timestamp};

/// How long after the last intake the next dose is, where that is unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// When the medicine was last taken or, when it never was, when it was last to be taken.
    pub last: Timestamp,
    /// Whether it was taken then.
    pub was_taken: bool,
    /// When it is to be taken next.
    pub next: Timestamp,
    /// Whether that is sooner than usual, and not later.
    pub is_short: bool,
}

/// The gap that `new` leaves in place of `old`: less than half of the shortest time from one of its doses to the next, a
/// shorter one than any of its own and less than half of what lies between two doses where those of a day are spread evenly,
/// or more than four thirds of the longest. Where it is more than that of `old`, nine eighths of that of `new` are unusual as
/// well. Nothing when `old` would have gone on with the same dose.
///
/// What was never taken cannot come too soon. It comes late after what was last planned, where the change makes it later.
pub fn unusual_gap(old: &Line, new: &Line, change: Change<'_>) -> Option<Gap> {
    let planned = next_dose(old, change);
    if let Some(last) = change.standing.iter().filter_map(Dose::taken_at).max() {
        let gap = gap_after(last, new, change).or_else(|| longer_than_both(last, (old, new), change))?;
        return (planned != Some(gap.next)).then_some(gap);
    }
    let gap = gap_after(last_planned(old, new, change)?, new, change)?;
    let is_later = planned.is_none_or(|planned| planned < gap.next);
    (!gap.is_short && is_later).then_some(Gap { was_taken: false, ..gap })
}

/// When a medicine that was never taken was last to be taken, beside what `new` still asks for: before now or, when nothing
/// was yet, next by `old`.
fn last_planned(old: &Line, new: &Line, change: Change<'_>) -> Option<Timestamp> {
    let again = asked_again_by(new, change);
    let standing = handed_over(new, change.meals, change.zone, change.standing, change.now);
    let is_over = |dose: &&Dose| dose.status != DoseStatus::Due && !again.contains(&dose.id);
    let over = standing.iter().filter(is_over).map(Dose::scheduled).max();
    over.or_else(|| next_dose(old, change))
}

/// The same of a line, when its medicine was taken `last`.
pub fn gap_after(last: Timestamp, new: &Line, change: Change<'_>) -> Option<Gap> {
    let next = next_dose(new, change).filter(|next| *next > last)?;
    let Usual { shortest, longest, even } = usual(new, change)?;
    let gap = next.since(last).as_milliseconds();
    // Three slots lie five hours apart while it is day: two and a half after a dose of every eight hours are little.
    let is_short = gap < shortest / 2 || gap < shortest.min(even / 2);
    let is_long = gap > longest.saturating_mul(4) / 3;
    (is_short || is_long).then_some(Gap { last, was_taken: true, next, is_short })
}

/// Whether one intake came sooner after another than doses of the line lie apart where that is shortest: after less than half
/// of it.
pub fn is_too_soon(last: Timestamp, at: Timestamp, line: &Line, change: Change<'_>) -> bool {
    let gap = at.since(last).as_milliseconds();
    usual(line, change).is_some_and(|usual| gap < usual.shortest / 2)
}

/// The gap after an intake when it is longer than any of `new`, and unusual for `old`: eight hours become sixteen where at
/// most half a day usually lies between two doses.
fn longer_than_both(last: Timestamp, (old, new): (&Line, &Line), change: Change<'_>) -> Option<Gap> {
    let next = next_dose(new, change).filter(|next| *next > last)?;
    let gap = next.since(last).as_milliseconds();
    let is_longer = |line: &Line, (parts, of): (i64, i64)| {
        usual(line, change).is_some_and(|usual| gap > usual.longest.saturating_mul(parts) / of)
    };
    let is_long = is_longer(new, (9, 8)) && is_longer(old, (4, 3));
    is_long.then_some(Gap { last, was_taken: true, next, is_short: false })
}

/// When the next dose is to be taken: one that is open already, or the first that is to be planned.
pub fn next_dose(line: &Line, change: Change<'_>) -> Option<Timestamp> {
    let standing = handed_over(line, change.meals, change.zone, change.standing, change.now);
    let open = standing.iter().filter(|dose| dose.status == DoseStatus::Due).map(Dose::scheduled).min();
    open.into_iter().chain(next_planned(line, Change { standing: &standing, ..change })).min()
}

/// The time, in milliseconds, from one dose to the next where nothing disturbs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usual {
    /// The shortest.
    pub(super) shortest: i64,
    /// The longest.
    pub(super) longest: i64,
    /// What it would be if the doses of the fullest day were spread evenly over it.
    pub(super) even: i64,
}

/// The usual time from one dose to the next; nothing where none follows another.
pub(super) fn usual(line: &Line, change: Change<'_>) -> Option<Usual> {
    let days = match &line.schedule {
        Schedule::Slots { days, .. } | Schedule::Times { days, .. } => match days {
            DayPattern::Daily => 3,
            DayPattern::EveryDays(every) => i64::from(*every).saturating_mul(2).saturating_add(1),
            DayPattern::Weekdays(_) => 15,
        },
        Schedule::EveryHours { hours, .. } => {
            let step = Span::hours(i64::from(*hours)).as_milliseconds();
            return Some(Usual { shortest: step, longest: step, even: step });
        }
        Schedule::Taper { .. } => 3,
        Schedule::AsNeeded { .. } | Schedule::Once { .. } => return None,
    };
    let course = line.course?;
    let from = next_dose(line, change)?;
    let line =
        if matches!(line.schedule, Schedule::Taper { .. }) { line.clone() } else { endless(line, course) };
    let doses = occurrences(&line, change.meals, change.zone, from, from.plus(Span::days(days)));
    let mut gaps = doses.windows(2).filter_map(|pair| match pair {
        [one, next] => Some(next.at.since(one.at).as_milliseconds()),
        _ => None,
    });
    let first = gaps.next()?;
    let (shortest, longest) =
        gaps.fold((first, first), |(shortest, longest), gap| (shortest.min(gap), longest.max(gap)));
    let day = |dose: &Occurrence| dose.at.day_in(change.zone);
    let of_day = doses.chunk_by(|one, next| day(one) == day(next)).map(<[_]>::len).max()?;
    let even = Span::hours(24).as_milliseconds().checked_div(i64::try_from(of_day).ok()?)?;
    Some(Usual { shortest, longest, even })
}
