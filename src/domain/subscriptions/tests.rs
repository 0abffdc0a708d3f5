//! A cashier's cases, and what holds whatever is bought in whatever order.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use uuid::Uuid;

use super::model::*;
use super::rules::*;
use crate::platform::clock::{Moment, Span, Timestamp};
use crate::platform::ids::PaymentId;
use crate::platform::money::{Currency, Money};
use crate::platform::settings::Plans;

use Currency::{Khr, Usd};
use PlanType::{FamilyPremium, Freemium, Premium};

fn day(day: i64) -> Timestamp {
    Timestamp::from_milliseconds(1_767_225_600_000).plus(Span::days(day))
}

fn payment(number: u128) -> PaymentId {
    PaymentId(Uuid::from_u128(number))
}

fn plans() -> Plans {
    Plans::default()
}

/// Gives what was paid for by a clock that is believed.
fn grant(
    subscription: &mut Subscription,
    plans: &Plans,
    payment: PaymentId,
    purchase: Purchase,
    money: Money,
    now: Timestamp,
) -> bool {
    super::rules::grant(subscription, plans, payment, purchase, money, Moment::certain(now))
}

/// Who paid for a cycle on day 0.
fn subscriber(plan: PlanType) -> Subscription {
    let mut subscription = Subscription::default();
    assert!(grant(
        &mut subscription,
        &plans(),
        payment(1),
        Purchase::Cycle(plan),
        plans().price(plan, Usd),
        day(0)
    ));
    subscription
}

#[test]
fn a_cycle_lasts_thirty_days_and_a_week_of_grace() {
    let subscription = subscriber(Premium);
    let at = |moment| standing(&subscription, &plans(), moment);
    assert_eq!(at(day(0)), Standing::Paid { plan: Premium, until: day(30) });
    assert_eq!(at(day(30).minus(Span::milliseconds(1))).plan(), Premium);
    assert_eq!(at(day(30)), Standing::Grace { plan: Premium, ended: day(30), until: day(37) });
    assert_eq!(at(day(37).minus(Span::milliseconds(1))).plan(), Premium);
    assert_eq!(at(day(37)), Standing::Free { ended: Some(day(30)) });
    assert_eq!(standing(&Subscription::default(), &plans(), day(0)), Standing::Free { ended: None });
}

#[test]
fn renewing_before_the_end_adds_to_it_and_after_it_begins_anew() {
    let mut early = subscriber(Premium);
    let price = plans().price(Premium, Khr);
    assert!(grant(&mut early, &plans(), payment(2), Purchase::Cycle(Premium), price, day(20)));
    assert_eq!(standing(&early, &plans(), day(20)), Standing::Paid { plan: Premium, until: day(60) });
    let mut late = subscriber(Premium);
    assert!(grant(&mut late, &plans(), payment(2), Purchase::Cycle(Premium), price, day(33)));
    assert_eq!(standing(&late, &plans(), day(33)), Standing::Paid { plan: Premium, until: day(63) });
}

#[test]
fn one_payment_grants_once() {
    let mut subscription = subscriber(Premium);
    let before = subscription.clone();
    let price = plans().price(Premium, Usd);
    assert!(!grant(&mut subscription, &plans(), payment(1), Purchase::Cycle(Premium), price, day(5)));
    assert_eq!(subscription, before);
}

#[test]
fn an_upgrade_costs_the_difference_for_what_is_left() {
    let quote =
        |currency, on: Timestamp| quote_upgrade(&subscriber(Premium), &plans(), FamilyPremium, currency, on);
    let price = |currency, on| quote(currency, on).unwrap().price.minor();
    assert_eq!((price(Usd, day(0)), price(Khr, day(0))), (50, 2_000));
    assert_eq!((price(Usd, day(15)), price(Khr, day(15))), (25, 1_000));
    // Eleven cents and two thirds, 466 riel and two thirds: rounded once.
    assert_eq!((price(Usd, day(23)), price(Khr, day(23))), (12, 467));
    assert_eq!(quote(Usd, day(15)).unwrap().until, day(30));
    // Too little for a code: nothing.
    assert_eq!((price(Khr, day(28)), price(Khr, day(29))), (133, 0));
    // Nothing is left, or nothing lesser.
    assert_eq!(quote(Usd, day(30)), None);
    assert_eq!(quote_upgrade(&subscriber(FamilyPremium), &plans(), Premium, Usd, day(1)), None);
    assert_eq!(quote_upgrade(&Subscription::default(), &plans(), Premium, Usd, day(1)), None);
}

#[test]
fn an_upgrade_in_the_middle_keeps_the_end() {
    let mut subscription = subscriber(Premium);
    let quote = quote_upgrade(&subscription, &plans(), FamilyPremium, Usd, day(15)).unwrap();
    let purchase = Purchase::Upgrade { to: FamilyPremium, until: quote.until };
    let confirmed = day(15).plus(Span::minutes(8));
    assert!(grant(&mut subscription, &plans(), payment(2), purchase, quote.price, confirmed));
    let at = |moment| standing(&subscription, &plans(), moment);
    assert_eq!(at(day(15)).plan(), Premium);
    assert_eq!(at(confirmed), Standing::Paid { plan: FamilyPremium, until: day(30) });
    assert_eq!(at(day(36)).plan(), FamilyPremium);
}

#[test]
fn an_upgrade_that_arrives_late_is_not_lost() {
    // Asked for on day 15, known to be paid a day after everything was over.
    let mut subscription = subscriber(Premium);
    let purchase = Purchase::Upgrade { to: FamilyPremium, until: day(30) };
    assert!(grant(&mut subscription, &plans(), payment(2), purchase, Money::new(25, Usd), day(40)));
    // A quarter of a dollar at a dollar for 30 days: seven days and a half.
    let until = day(47).plus(Span::hours(12));
    assert_eq!(standing(&subscription, &plans(), day(40)), Standing::Paid { plan: FamilyPremium, until });
    assert_eq!(standing(&subscription, &plans(), day(39)), Standing::Free { ended: None });
}

#[test]
fn a_small_upgrade_that_arrives_late_is_not_lost_either() {
    let mut subscription = subscriber(Premium);
    let purchase = Purchase::Upgrade { to: FamilyPremium, until: day(30) };
    assert!(grant(&mut subscription, &plans(), payment(2), purchase, Money::new(2, Usd), day(40)));
    let until = day(40).plus(Span::minutes(2 * 432));
    assert_eq!(standing(&subscription, &plans(), day(40)), Standing::Paid { plan: FamilyPremium, until });
}

#[test]
fn a_renewal_between_quote_and_payment_keeps_its_own_plan() {
    let mut subscription = subscriber(Premium);
    let purchase = Purchase::Upgrade { to: FamilyPremium, until: day(30) };
    let price = plans().price(Premium, Usd);
    assert!(grant(&mut subscription, &plans(), payment(2), Purchase::Cycle(Premium), price, day(15)));
    assert!(grant(&mut subscription, &plans(), payment(3), purchase, Money::new(25, Usd), day(15)));
    assert_eq!(standing(&subscription, &plans(), day(29)).plan(), FamilyPremium);
    assert_eq!(standing(&subscription, &plans(), day(31)), Standing::Paid { plan: Premium, until: day(60) });
}

#[test]
fn a_lesser_plan_and_a_cancellation_wait_for_the_end() {
    let mut subscription = subscriber(FamilyPremium);
    assert!(choose_next(&mut subscription, Premium, day(10)));
    assert_eq!(standing(&subscription, &plans(), day(29)).plan(), FamilyPremium);
    assert_eq!(standing(&subscription, &plans(), day(30)).plan(), Premium);
    assert!(choose_next(&mut subscription, Freemium, day(11)));
    assert_eq!(standing(&subscription, &plans(), day(29)).plan(), FamilyPremium);
    assert_eq!(standing(&subscription, &plans(), day(30)), Standing::Free { ended: Some(day(30)) });
    let mut lesser = subscriber(Premium);
    assert!(!choose_next(&mut lesser, FamilyPremium, day(1)), "more is bought, not chosen");
    assert!(!choose_next(&mut lesser, Freemium, day(30)), "nothing is left to cancel");
}

#[test]
fn a_late_payment_after_a_downgrade_is_added_to_what_is_there() {
    let mut subscription = subscriber(FamilyPremium);
    assert!(choose_next(&mut subscription, Premium, day(10)));
    let price = plans().price(FamilyPremium, Usd);
    assert!(grant(&mut subscription, &plans(), payment(2), Purchase::Cycle(FamilyPremium), price, day(12)));
    assert_eq!(
        standing(&subscription, &plans(), day(59)),
        Standing::Paid { plan: FamilyPremium, until: day(60) }
    );
    assert_eq!(standing(&subscription, &plans(), day(60)).plan(), FamilyPremium);
}

#[test]
fn a_difference_too_small_for_a_code_is_free() {
    let mut subscription = subscriber(Premium);
    // 67 riel are less than a code can carry, two cents are not; of the last hours no code can be made.
    for at in [day(15), day(29)] {
        assert!(!upgrade_free(&mut subscription, &plans(), FamilyPremium, Moment::certain(at)));
    }
    let at = day(30).minus(Span::hours(7));
    assert!(upgrade_free(&mut subscription, &plans(), FamilyPremium, Moment::certain(at)));
    assert_eq!(standing(&subscription, &plans(), at), Standing::Paid { plan: FamilyPremium, until: day(30) });
}

/// The wall clock is at a day, and rights end by an earlier one.
fn doubted(since: i64, now: i64) -> Moment {
    Moment { now: day(now), in_doubt: true, rights_end_by: day(since) }
}

/// What is bought while the clock is in doubt, and what is there then by both clocks and how long by the wall clock.
#[test]
fn what_is_bought_in_doubt_holds_at_once_and_counts_from_the_wall_clock() {
    let cycle = Purchase::Cycle;
    let upgrade = |until| Purchase::Upgrade { to: FamilyPremium, until: day(until) };
    // Who paid on day 0, the two clocks, what is bought, and the plan by the earlier one, by the wall clock and its end.
    let cases = [
        ("new", None, (40, 44), cycle(Premium), (Premium, Premium, 74)),
        ("in grace by both", Some(Premium), (31, 35), cycle(Premium), (Premium, Premium, 65)),
        ("in grace, over by the wall clock", Some(Premium), (36, 40), cycle(Premium), (Premium, Premium, 70)),
        (
            "running, in grace by the wall clock",
            Some(Premium),
            (28, 32),
            cycle(Premium),
            (Premium, Premium, 62),
        ),
        ("running by both", Some(Premium), (10, 14), cycle(Premium), (Premium, Premium, 60)),
        (
            "running, a greater one bought late",
            Some(Premium),
            (28, 32),
            cycle(FamilyPremium),
            (FamilyPremium, FamilyPremium, 62),
        ),
        (
            "running, a lesser one bought late",
            Some(FamilyPremium),
            (28, 32),
            cycle(Premium),
            (FamilyPremium, Premium, 62),
        ),
        ("upgraded", Some(Premium), (10, 15), upgrade(30), (FamilyPremium, FamilyPremium, 30)),
    ];
    for (case, had, (since, now), purchase, (at_once, by_wall, end)) in cases {
        let mut subscription = had.map_or_else(Subscription::default, subscriber);
        let price = match purchase {
            Purchase::Upgrade { .. } => Money::new(25, Usd),
            Purchase::Cycle(plan) => plans().price(plan, Usd),
        };
        let moment = doubted(since, now);
        assert!(super::rules::grant(&mut subscription, &plans(), payment(2), purchase, price, moment));
        let at = |moment| standing(&subscription, &plans(), moment);
        let until = day(end);
        assert_eq!(at(day(since)), Standing::Paid { plan: at_once, until }, "{case}");
        assert_eq!(at(day(now)), Standing::Paid { plan: by_wall, until }, "{case}");
        assert_eq!(at(until.minus(Span::milliseconds(1))).plan(), by_wall, "{case}");
        assert!(matches!(at(until), Standing::Grace { .. }), "{case}");
    }
    // A small upgrade is known when everything is over by the wall clock: all of it becomes time, and holds at once.
    let mut subscription = subscriber(Premium);
    let moment = doubted(28, 40);
    assert!(super::rules::grant(
        &mut subscription,
        &plans(),
        payment(2),
        upgrade(30),
        Money::new(25, Usd),
        moment
    ));
    let until = day(47).plus(Span::hours(12));
    assert_eq!(standing(&subscription, &plans(), day(28)), Standing::Paid { plan: FamilyPremium, until });
    // What costs nothing holds at once as well.
    let mut subscription = subscriber(Premium);
    let moment = Moment { now: day(30).minus(Span::hours(7)), ..doubted(25, 0) };
    assert!(upgrade_free(&mut subscription, &plans(), FamilyPremium, moment));
    assert_eq!(
        standing(&subscription, &plans(), day(25)),
        Standing::Paid { plan: FamilyPremium, until: day(30) }
    );
    // What comes later is not brought forward.
    let mut subscription = subscriber(FamilyPremium);
    assert!(super::rules::grant(
        &mut subscription,
        &plans(),
        payment(2),
        cycle(Premium),
        plans().price(Premium, Usd),
        doubted(5, 9)
    ));
    assert_eq!(
        standing(&subscription, &plans(), day(5)),
        Standing::Paid { plan: FamilyPremium, until: day(60) }
    );
    assert_eq!(standing(&subscription, &plans(), day(31)).plan(), Premium);
}

#[test]
fn reminders_come_on_five_days_around_the_end() {
    let (mut after, mut days) = (day(0), Vec::new());
    while let Some((due, from_end)) = next_reminder(day(30), after) {
        assert_eq!(due, day(30 + from_end));
        days.push(from_end);
        after = due;
    }
    assert_eq!(days, REMINDER_DAYS);
    assert_eq!(
        next_reminder(day(30), day(29)).unwrap().1,
        0,
        "a due reminder comes once, those that passed do not"
    );
}

#[derive(Debug, Clone)]
enum Deed {
    Cycle(PlanType),
    Upgrade(Currency),
    Free,
    Next(PlanType),
    Again,
}

fn deed() -> impl Strategy<Value = (Deed, i64)> {
    let currency = || prop::sample::select(Currency::ALL.to_vec());
    let paid = || prop::sample::select(vec![Premium, FamilyPremium]);
    let deed = prop_oneof![
        paid().prop_map(Deed::Cycle),
        currency().prop_map(Deed::Upgrade),
        Just(Deed::Free),
        prop::sample::select(PlanType::ALL.to_vec()).prop_map(Deed::Next),
        Just(Deed::Again),
    ];
    (deed, 0..20 * 86_400_000i64)
}

proptest! {
    #[test]
    fn nothing_that_was_paid_for_is_lost(deeds in prop::collection::vec(deed(), 0..25)) {
        let (plans, mut now, mut subscription) = (plans(), day(0), Subscription::default());
        let (mut paid, mut last) = (Vec::new(), None);
        for (number, (deed, later)) in deeds.into_iter().enumerate() {
            now = now.plus(Span::milliseconds(later));
            let left = |subscription: &Subscription| -> i64 {
                subscription.periods.iter().map(|period| period.until.since(period.from.max(now)).as_milliseconds().max(0)).sum()
            };
            let before = left(&subscription);
            let id = payment(u128::try_from(number).unwrap() + 10);
            let bought = match deed {
                Deed::Cycle(plan) => Some((Purchase::Cycle(plan), plans.price(plan, Usd))),
                Deed::Upgrade(currency) => quote_upgrade(&subscription, &plans, FamilyPremium, currency, now)
                    .filter(|quote| !quote.price.is_zero())
                    .map(|quote| (Purchase::Upgrade { to: FamilyPremium, until: quote.until }, quote.price)),
                Deed::Free => {
                    upgrade_free(&mut subscription, &plans, FamilyPremium, Moment::certain(now));
                    prop_assert_eq!(left(&subscription), before);
                    None
                }
                Deed::Next(plan) => {
                    choose_next(&mut subscription, plan, now);
                    prop_assert_eq!(left(&subscription), before);
                    None
                }
                Deed::Again => {
                    if let Some((id, purchase, money)) = last {
                        let as_it_was = subscription.clone();
                        prop_assert!(!grant(&mut subscription, &plans, id, purchase, money, now));
                        prop_assert_eq!(&subscription, &as_it_was);
                    }
                    None
                }
            };
            if let Some((purchase, money)) = bought {
                prop_assert!(grant(&mut subscription, &plans, id, purchase, money, now));
                let gained = left(&subscription) - before;
                match purchase {
                    Purchase::Cycle(_) => prop_assert_eq!(gained, plans.cycle().as_milliseconds()),
                    Purchase::Upgrade { .. } => {
                        prop_assert_eq!(gained, 0);
                        prop_assert_eq!(quote_upgrade(&subscription, &plans, FamilyPremium, Usd, now), None);
                    }
                }
                paid.push(money);
                last = Some((id, purchase, money));
            }
            for pair in subscription.periods.windows(2) {
                prop_assert!(pair[0].until <= pair[1].from, "{:?}", subscription.periods);
            }
            prop_assert!(subscription.periods.iter().all(|period| period.from < period.until && period.plan.is_paid()));
        }
        let granted: Vec<Money> = subscription.grants.iter().map(|grant| grant.money).collect();
        prop_assert_eq!(granted, paid);
    }

    #[test]
    fn in_doubt_nothing_is_lost_by_either_clock(deeds in prop::collection::vec((deed(), 0..400i64), 0..20)) {
        let (plans, mut now, mut subscription) = (plans(), day(0), Subscription::default());
        for (number, ((deed, later), hours)) in deeds.into_iter().enumerate() {
            now = now.plus(Span::milliseconds(later));
            let moment = Moment { now, in_doubt: hours > 0, rights_end_by: now.minus(Span::hours(hours)) };
            let id = payment(u128::try_from(number).unwrap() + 10);
            let bought = match deed {
                Deed::Cycle(plan) => Some((Purchase::Cycle(plan), plans.price(plan, Usd))),
                Deed::Upgrade(currency) => quote_upgrade(&subscription, &plans, FamilyPremium, currency, now)
                    .map(|quote| (Purchase::Upgrade { to: FamilyPremium, until: quote.until }, quote.price)),
                Deed::Free => {
                    upgrade_free(&mut subscription, &plans, FamilyPremium, moment);
                    None
                }
                Deed::Next(plan) => {
                    choose_next(&mut subscription, plan, moment.rights_end_by);
                    None
                }
                Deed::Again => None,
            };
            let Some((purchase, money)) = bought else { continue };
            // By a clock that is believed the same payment brings the same from then on.
            let before = Subscription { next: Freemium, ..subscription.clone() };
            let mut certain = subscription.clone();
            prop_assert!(grant(&mut certain, &plans, id, purchase, money, now));
            prop_assert!(super::rules::grant(&mut subscription, &plans, id, purchase, money, moment));
            let mut step = now;
            while step < now.plus(Span::days(400)) {
                prop_assert_eq!(standing(&subscription, &plans, step), standing(&certain, &plans, step));
                step = step.plus(Span::hours(13));
            }
            // Nobody has less than before at any time, and they have at once what they have by the wall clock, or more.
            let mut step = moment.rights_end_by;
            let plan = standing(&subscription, &plans, now).plan();
            while step <= now {
                let has = standing(&subscription, &plans, step).plan();
                let had = standing(&before, &plans, step).plan();
                prop_assert!(has >= plan && has >= had, "{:?}", subscription.periods);
                step = step.plus(Span::hours(1));
            }
            for pair in subscription.periods.windows(2) {
                prop_assert!(pair[0].until <= pair[1].from, "{:?}", subscription.periods);
            }
            prop_assert!(subscription.periods.iter().all(|period| period.from < period.until && period.plan.is_paid()));
        }
    }
}
