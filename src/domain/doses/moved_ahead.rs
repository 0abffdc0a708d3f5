//! Doses whose intake was moved ahead after it was missed or while it was open: the line asks for it at a later time of the
//! same day, so that the day counts it once, where it is asked for now. Moved back, it is open or missed again.

use super::change::Change;
use super::cover::{dropped, goes_by_days, is_missed, is_standing, stands_for, to_plan, unheld};
use super::model::{Day, Dose, DoseStatus};
use super::planning::{Occurrence, occurrences_on};
use super::rules::GRACE_MINUTES_MAX;
use crate::domain::prescriptions::model::Line;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::DoseId;

/// What becomes of the missed doses of a line on one day.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Missed ones that are asked for at another time: they count no more.
    pub asked_again: Vec<Dose>,
    /// Those that were cancelled and whose own time is named again, or that the day has room for although they are asked for
    /// at no time of it any more: they are due while they are open, else missed.
    pub named_again: Vec<Dose>,
}

/// Which missed doses of `line` count on a day for which it asks for `all`, of which those `ahead` are open: no more than
/// the day holds beside what was recorded and is still asked for.
///
/// A line that does not go by days counts its doses from the intakes: all of its missed ones stay.
pub fn count_once(
    day: &Day,
    line: &Line,
    all: &[Occurrence],
    ahead: &[Occurrence],
    is_open: impl Fn(&Dose) -> bool,
    now: Timestamp,
) -> Counted {
    if !goes_by_days(line) {
        return Counted::default();
    }
    let is_ahead = |dose: &Dose| ahead.iter().any(|open| open.at == dose.scheduled());
    let standing: Vec<&Dose> =
        day.doses.iter().filter(|dose| is_standing(dose, line) && !is_ahead(dose)).collect();
    let times: Vec<Timestamp> = ahead.iter().map(|open| open.at).collect();
    let holds = all.len().saturating_add(dropped(line, &standing, all, &times));
    let counted = standing.len().saturating_add(ahead.len());
    let too_many = counted.saturating_sub(holds).min(ahead.len());
    // What the day could hold no more follows at the end, and is not named here as well.
    let room = holds.saturating_sub(unheld(line, all)).saturating_sub(counted);
    let named: Vec<&Dose> = named_again(day, line, all, ahead, now)
        .filter(|dose| dose.asked_again || is_open(dose))
        .take(room)
        .collect();
    let room = room.saturating_sub(named.len());
    let nowhere = asked_nowhere(day, line, &named, now).take(room);
    Counted {
        asked_again: asked_again(&standing, all, ahead, now).into_iter().take(too_many).cloned().collect(),
        named_again: named.iter().copied().chain(nowhere).cloned().collect(),
    }
}

/// Which missed doses of today `line` asks for again when it is planned as `change` says.
pub fn asked_again_by(line: &Line, change: Change<'_>) -> Vec<DoseId> {
    let Change { meals, zone, now, standing, .. } = change;
    let today = now.day_in(zone);
    let day = Day::of(standing, today, zone);
    let all = occurrences_on(line, meals, zone, today);
    let ahead = to_plan(&day, line, &all, now);
    count_once(&day, line, &all, &ahead, |_| false, now).asked_again.iter().map(|dose| dose.id).collect()
}

/// Missed doses that lie at no time of the line any more; first those of a slot that is asked for `ahead`, then those
/// next to one.
fn asked_again<'a>(
    standing: &[&'a Dose],
    all: &[Occurrence],
    ahead: &[Occurrence],
    now: Timestamp,
) -> Vec<&'a Dose> {
    let is_named = |dose: &Dose| all.iter().any(|named| named.at == dose.scheduled());
    let mut missed: Vec<&Dose> =
        standing.iter().copied().filter(|dose| is_missed(dose, now) && !is_named(dose)).collect();
    missed.sort_by_key(|dose| {
        let distance = |open: &Occurrence| open.at.since(dose.scheduled()).as_milliseconds().abs();
        let has_slot_ahead = ahead.iter().any(|open| stands_for(dose, open));
        (!has_slot_ahead, ahead.iter().map(distance).min())
    });
    missed
}

/// Doses that were cancelled, and whose own time or slot is over and named again.
fn named_again<'a>(
    day: &'a Day,
    line: &'a Line,
    all: &'a [Occurrence],
    ahead: &'a [Occurrence],
    now: Timestamp,
) -> impl Iterator<Item = &'a Dose> {
    let stands = move |named: &Occurrence| {
        ahead.iter().any(|open| open.at == named.at)
            || day.doses.iter().any(|dose| is_standing(dose, line) && stands_for(dose, named))
    };
    let is_named = move |dose: &Dose| {
        all.iter().any(|named| named.at <= now && stands_for(dose, named) && !stands(named))
    };
    day.doses
        .iter()
        .filter(|dose| {
            line.has_number(dose.line()) && !dose.as_needed && dose.status == DoseStatus::Cancelled
        })
        .filter(move |dose| is_named(dose))
}

/// Doses that were missed, were to be given at a later time of the day, and are not any more because that is over as well.
fn asked_nowhere<'a>(
    day: &'a Day,
    line: &'a Line,
    named: &'a [&'a Dose],
    now: Timestamp,
) -> impl Iterator<Item = &'a Dose> {
    let is_over = move |dose: &Dose| {
        // What was open then follows at the end.
        dose.outcomes.iter().any(|outcome| outcome.status == DoseStatus::Missed)
            && dose.scheduled().plus(Span::minutes(i64::from(GRACE_MINUTES_MAX))) <= now
    };
    day.doses.iter().filter(move |dose| {
        line.has_number(dose.line())
            && !dose.as_needed
            && is_asked_again(dose)
            && is_over(dose)
            && !named.iter().any(|other| other.id == dose.id)
    })
}

/// Of the doses of a day those of `line` that were missed or open when its line was changed and that are still to come: at
/// another time of the day, or because their own time is not over. For the line they stand, so that a change goes on
/// from them.
pub(super) fn still_to_come(
    day: &Day,
    line: &Line,
    is_open: impl Fn(&Dose) -> bool,
    now: Timestamp,
) -> Vec<DoseId> {
    let of_line = || day.doses.iter().filter(|dose| line.has_number(dose.line()) && !dose.as_needed);
    let ahead = of_line().filter(|dose| dose.status == DoseStatus::Due && dose.scheduled() > now).count();
    let asked_again = of_line().rev().filter(|dose| is_asked_again(dose));
    let (open, over): (Vec<&Dose>, Vec<&Dose>) = asked_again.partition(|dose| is_open(dose));
    let at_other_times = over.into_iter().take(ahead.saturating_sub(open.len()));
    open.iter().copied().chain(at_other_times).map(|dose| dose.id).collect()
}

fn is_asked_again(dose: &Dose) -> bool {
    dose.status == DoseStatus::Cancelled && dose.asked_again
}
