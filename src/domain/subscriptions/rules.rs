//! Time for money, in whole numbers.
//!
//! A subscription is the list of the periods that were paid for, so nothing that was paid for is lost: a cycle is put
//! after what is there, an upgrade exchanges what is left, and what an upgrade that arrives late can no longer exchange
//! becomes time of its plan.

use super::model::{Grant, Period, PlanType, Purchase, Standing, Subscription};
use crate::platform::clock::{Moment, Span, Timestamp};
use crate::platform::ids::PaymentId;
use crate::platform::money::{Currency, Money};
use crate::platform::settings::Plans;

/// Days before (below zero) and after the end on which a payer is reminded.
pub const REMINDER_DAYS: [i64; 5] = [-7, -3, -1, 0, 3];
/// Smallest piece of time that is made of money that is left over: less comes from rounding.
const LEFT_OVER_MIN: Span = Span::days(1);

/// What somebody has at `now`.
pub fn standing(subscription: &Subscription, plans: &Plans, now: Timestamp) -> Standing {
    let Some(last) = subscription.periods.last() else { return Standing::Free { ended: None } };
    // Between two periods the later one has not begun; there the earlier one is in its grace, or nothing is.
    let running = subscription.periods.iter().find(|period| period.from <= now && now < period.until);
    if let Some(period) = running {
        return Standing::Paid { plan: period.plan, until: last.until };
    }
    let ended = last.until;
    let until = ended.plus(plans.grace());
    if now >= ended && now < until && subscription.next.is_paid() {
        return Standing::Grace { plan: subscription.next.min(last.plan), ended, until };
    }
    Standing::Free { ended: (now >= ended).then_some(ended) }
}

/// What an upgrade costs: the difference of the prices for what is left of lesser plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpgradeQuote {
    /// What is asked for; nothing where it is less than a code can carry.
    pub price: Money,
    /// The end of what is left.
    pub until: Timestamp,
}

/// Names the price of an upgrade. `None` where nothing is left of a lesser paid plan: then a cycle is bought.
///
/// Nothing is asked for where the price is less than a code can carry; whether it is free is for [`is_free`] to say.
pub fn quote_upgrade(
    subscription: &Subscription,
    plans: &Plans,
    to: PlanType,
    currency: Currency,
    now: Timestamp,
) -> Option<UpgradeQuote> {
    let until = lesser(subscription, to, now, Timestamp::MAX).map(|period| period.until).max()?;
    let price = difference(subscription, plans, to, currency, now, until);
    let price = if price.minor() < plans.least(currency).minor() { Money::new(0, currency) } else { price };
    Some(UpgradeQuote { price, until })
}

/// Whether an upgrade costs nothing: no code can carry its price, in whatever currency.
pub fn is_free(subscription: &Subscription, plans: &Plans, to: PlanType, now: Timestamp) -> bool {
    let quote = |currency| quote_upgrade(subscription, plans, to, currency, now);
    Currency::ALL.into_iter().all(|currency| quote(currency).is_some_and(|quote| quote.price.is_zero()))
}

/// What is left of periods of lesser plans until an end.
fn lesser(
    subscription: &Subscription,
    to: PlanType,
    now: Timestamp,
    until: Timestamp,
) -> impl Iterator<Item = Period> {
    let cut = move |period: &Period| Period {
        from: period.from.max(now),
        until: period.until.min(until),
        ..*period
    };
    subscription.periods.iter().map(cut).filter(move |period| period.plan < to && period.from < period.until)
}

/// The difference of the prices for what is left, rounded half up once, at the end.
fn difference(
    subscription: &Subscription,
    plans: &Plans,
    to: PlanType,
    currency: Currency,
    now: Timestamp,
    until: Timestamp,
) -> Money {
    let cycle = milliseconds(plans.cycle()).max(1);
    let whole: u128 = lesser(subscription, to, now, until)
        .map(|period| {
            let more =
                plans.price(to, currency).minor().saturating_sub(plans.price(period.plan, currency).minor());
            u128::from(more).saturating_mul(milliseconds(period.until.since(period.from)))
        })
        .sum();
    let rounded = whole.saturating_add(cycle / 2) / cycle;
    Money::new(u64::try_from(rounded).unwrap_or(u64::MAX), currency)
}

fn milliseconds(span: Span) -> u128 {
    u128::try_from(span.as_milliseconds()).unwrap_or(0)
}

/// Gives what was paid for, as of now, once for each payment. Answers whether anything was given.
pub fn grant(
    subscription: &mut Subscription,
    plans: &Plans,
    payment: PaymentId,
    purchase: Purchase,
    money: Money,
    moment: Moment,
) -> bool {
    let now = moment.now;
    if subscription.grants.iter().any(|grant| grant.payment == payment) {
        return false;
    }
    let plan = purchase.plan();
    match purchase {
        Purchase::Cycle(plan) => append(subscription, plan, plans.cycle(), now),
        Purchase::Upgrade { to, until } => {
            let worth = difference(subscription, plans, to, money.currency(), now, until);
            exchange(subscription, to, now, until);
            let left = Money::new(money.minor().saturating_sub(worth.minor()), money.currency());
            let time = bought(plans, to, left);
            // Where nothing was exchanged it is all that was bought, however little.
            if time >= LEFT_OVER_MIN || (worth.is_zero() && time > Span::ZERO) {
                append(subscription, to, time, now);
            }
        }
    }
    begin_at_once(subscription, moment);
    // Who pays for a plan wants it: a cancellation or a lesser plan that was chosen before is over.
    subscription.next = plan;
    subscription.grants.push(Grant { payment, purchase, money, at: now });
    true
}

/// Exchanges plans without a payment, where no code can carry the difference. Answers whether it did: not where something
/// has to be paid, or nothing is left to exchange.
pub fn upgrade_free(subscription: &mut Subscription, plans: &Plans, to: PlanType, moment: Moment) -> bool {
    let now = moment.now;
    let may = is_free(subscription, plans, to, now);
    let end = lesser(subscription, to, now, Timestamp::MAX).map(|period| period.until).max();
    let Some(until) = end.filter(|_| may) else { return false };
    exchange(subscription, to, now, until);
    begin_at_once(subscription, moment);
    subscription.next = to;
    true
}

/// What somebody has by the wall clock holds from the time on by which rights end, unless they have more there. Of a clock
/// that is believed nothing is left to do.
fn begin_at_once(subscription: &mut Subscription, moment: Moment) {
    let (since, now) = (moment.rights_end_by, moment.now);
    let running = subscription.periods.iter().find(|period| period.from <= now && now < period.until);
    let Some(plan) = running.map(|period| period.plan).filter(|_| since < now) else { return };
    exchange(subscription, plan, since, now);
    let (mut whole, mut covered) = (Vec::with_capacity(subscription.periods.len() + 2), since);
    for period in std::mem::take(&mut subscription.periods) {
        let gap_end = period.from.min(now);
        if covered < gap_end && period.until > since {
            join(&mut whole, Period { plan, from: covered, until: gap_end });
        }
        covered = covered.max(period.until);
        join(&mut whole, period);
    }
    subscription.periods = whole;
}

/// Puts a period after others; it goes on where the last one of the same plan ends.
fn join(periods: &mut Vec<Period>, next: Period) {
    match periods.last_mut() {
        Some(last) if last.plan == next.plan && last.until == next.from => last.until = next.until,
        _ => periods.push(next),
    }
}

/// Chooses what comes after what is paid for: a lesser plan, or with [`PlanType::Freemium`] none. Answers whether it
/// could be chosen: not more than the last period's plan, and only while something is paid for.
pub fn choose_next(subscription: &mut Subscription, next: PlanType, now: Timestamp) -> bool {
    let may = subscription.periods.last().is_some_and(|last| now < last.until && next <= last.plan);
    if may {
        subscription.next = next;
    }
    may
}

/// How long money lasts at a plan's price.
fn bought(plans: &Plans, plan: PlanType, money: Money) -> Span {
    let price = u128::from(plans.price(plan, money.currency()).minor());
    let time =
        u128::from(money.minor()).saturating_mul(milliseconds(plans.cycle())).checked_div(price).unwrap_or(0);
    Span::milliseconds(i64::try_from(time).unwrap_or(i64::MAX))
}

/// Puts a time after everything that is paid for, and never before now.
fn append(subscription: &mut Subscription, plan: PlanType, time: Span, now: Timestamp) {
    match subscription.periods.last_mut() {
        Some(last) if last.until > now && last.plan == plan => last.until = last.until.plus(time),
        last => {
            let from = last.map_or(now, |last| last.until.max(now));
            subscription.periods.push(Period { plan, from, until: from.plus(time) });
        }
    }
}

/// Puts a plan in the place of lesser ones from now until an end.
fn exchange(subscription: &mut Subscription, to: PlanType, now: Timestamp, until: Timestamp) {
    let mut periods: Vec<Period> = Vec::with_capacity(subscription.periods.len() + 2);
    for period in &subscription.periods {
        let (from, end) = (period.from.max(now), period.until.min(until));
        let parts = if period.plan >= to || from >= end {
            [Some(*period), None, None]
        } else {
            let part = |plan, from, until| (from < until).then_some(Period { plan, from, until });
            [part(period.plan, period.from, from), part(to, from, end), part(period.plan, end, period.until)]
        };
        for part in parts.into_iter().flatten() {
            join(&mut periods, part);
        }
    }
    subscription.periods = periods;
}

/// The first reminder after `after` of an end: when it is due, and how many days that is from the end.
pub fn next_reminder(end: Timestamp, after: Timestamp) -> Option<(Timestamp, i64)> {
    REMINDER_DAYS.into_iter().map(|days| (end.plus(Span::days(days)), days)).find(|(due, _)| *due > after)
}
