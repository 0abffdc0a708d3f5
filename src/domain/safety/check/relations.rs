//! How two lines with the same ingredient, or two of one class, stand to each other.

use super::super::condition::{Relation, Term};
use super::super::names::systemic;
use super::Weighing;
use super::taken::{Held, Taken};
use crate::domain::medicines::model::Release;

/// Days in which one antidepressant may run out while the next begins.
const CROSS_TAPER: i64 = 28;
/// Days that a new prescription of the same may begin before the old one is used up.
const EARLY_RENEWAL: i64 = 7;

/// Whether a term about two lines holds.
pub(super) fn holds(
    weighing: &Weighing<'_>,
    term: &Term,
    one: (&Taken<'_>, Held),
    other: (&Taken<'_>, Held),
) -> bool {
    let ((a, held_a), (b, held_b)) = (one, other);
    match term {
        Term::Relation(relation) => stands(weighing, *relation, one, other),
        Term::PairClass(side) => side.names(held_a.ingredient) && side.names(held_b.ingredient),
        Term::PairHas(side) => side.names(held_a.ingredient) || side.names(held_b.ingredient),
        Term::PairRoute(routes) => a.routes & routes != 0 || b.routes & routes != 0,
        Term::PairRoutes(first, second) => {
            let so = |a: &Taken<'_>, b: &Taken<'_>| a.routes & first != 0 && b.routes & second != 0;
            so(a, b) || so(b, a)
        }
        _ => false,
    }
}

/// Whether two lines stand so to each other.
pub(super) fn stands(
    weighing: &Weighing<'_>,
    relation: Relation,
    one: (&Taken<'_>, Held),
    other: (&Taken<'_>, Held),
) -> bool {
    let ((a, held), (b, _)) = (one, other);
    let either = |is: &dyn Fn(&Taken<'_>) -> bool| is(a) != is(b);
    if a.line.hidden != b.line.hidden && tells_of_use(relation) {
        return false;
    }
    match relation {
        Relation::OneLocal => {
            let is_local = |taken: &Taken<'_>| taken.routes & systemic() == 0;
            is_local(a) || is_local(b)
        }
        Relation::OtherSide => a.line.side.zip(b.line.side).is_some_and(|(one, other)| one != other),
        Relation::RoutesDiffer => a.routes & b.routes == 0,
        Relation::DevicesDiffer => a.routes & b.routes == 0 || a.line.form != b.line.form,
        Relation::OnePlan => a.is_of_one_plan(b),
        Relation::SlowAndPlain => either(&|taken| taken.line.release == Release::Modified),
        Relation::CombinationAndSingle => either(&|taken| taken.line.parts.len() > 1),
        Relation::StrengthsDiffer => a.line.is_same_product(b.line) && a.line.strength != b.line.strength,
        Relation::OneAsNeeded => either(&|taken| taken.line.rhythm.as_needed),
        Relation::OneSingleDose => either(&|taken| taken.line.is_single_dose()),
        Relation::WithinLimit => weighing.are_within_limit(held, a, b) == Some(true),
        Relation::BeyondLimit => weighing.are_within_limit(held, a, b) == Some(false),
        Relation::TimesDiffer => weighing.times_differ(one, other) || a.is_on_other_days(b, weighing.today),
        Relation::DaysDiffer => a.is_on_other_days(b, weighing.today),
        Relation::CrossTaper => hands_over(a, b, CROSS_TAPER),
        Relation::Renews => {
            let is_too_much = || weighing.overlap(one, other).is_some_and(|overlap| overlap.is_too_much());
            !a.is_of_one_plan(b) && a.line.is_same_product(b.line) && is_renewal(a, b) && !is_too_much()
        }
    }
}

/// Whether an exception says when, how often or how much of a medicine is used. Where one of two is hidden from the prescriber
/// it does not hold: the same graver finding is told however it is used.
const fn tells_of_use(relation: Relation) -> bool {
    match relation {
        Relation::StrengthsDiffer
        | Relation::OneAsNeeded
        | Relation::OneSingleDose
        | Relation::WithinLimit
        | Relation::BeyondLimit
        | Relation::OtherSide
        | Relation::TimesDiffer
        | Relation::DaysDiffer
        | Relation::CrossTaper
        | Relation::Renews => true,
        Relation::OneLocal
        | Relation::RoutesDiffer
        | Relation::DevicesDiffer
        | Relation::OnePlan
        | Relation::SlowAndPlain
        | Relation::CombinationAndSingle => false,
    }
}

/// Whether the newer of two lines takes over within a week of the end of the older. What is used by need takes over from what
/// is used by need.
pub(super) fn is_renewal(a: &Taken<'_>, b: &Taken<'_>) -> bool {
    a.line.rhythm.as_needed == b.line.rhythm.as_needed && hands_over(a, b, EARLY_RENEWAL)
}

/// Whether the older line ends at most so many days after the newer one begins, which runs on. Which is older is said by the
/// days on which they were to start, and not by the hour at which the first dose lies.
fn hands_over(a: &Taken<'_>, b: &Taken<'_>, days: i64) -> bool {
    let (older, newer) = Taken::in_order(a, b);
    let runs_on = |ends| newer.ends.is_none_or(|newer| newer > ends);
    older.starts() < newer.starts()
        && older.ends.is_some_and(|ends| (ends - newer.begins).num_days() <= days && runs_on(ends))
}
