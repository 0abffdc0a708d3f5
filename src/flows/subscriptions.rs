//! What somebody does with what they have paid for, and what they are told of its end.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::subscriptions::model::{PlanType, Subscription};
use crate::domain::subscriptions::rules::{choose_next, next_reminder, quote_upgrade, upgrade_free};
use crate::domain::subscriptions::tables::{SUBSCRIPTIONS, subscription};
use crate::platform::clock::{Moment, Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::jobs::{self, Job, Jobs};
use crate::platform::money::Currency;
use crate::platform::settings::Plans;
use crate::platform::store::{Reader, WriteTx};

/// Tells somebody that their plan ends, goes on for its grace, or has ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemindOfEnd {
    /// Whom.
    pub user: UserId,
    /// The end that is meant: one that was moved since has reminders of its own.
    pub end: Timestamp,
}

impl Job for RemindOfEnd {
    const NAME: &'static str = "remind-of-plan-end";
    const QUEUE: &'static str = "payments";
    const WAITS_FOR_CLOCK: bool = true;
}

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.register::<RemindOfEnd, _, _>(remind_job);
}

/// Plans what is told of an end. Whoever renews is told of the new one.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn plan_reminder(tx: &mut WriteTx<'_>, user: UserId, plans: &Plans) -> Result<()> {
    let has = subscription(tx, user)?;
    match has.periods.last() {
        Some(last) => plan_next(tx, RemindOfEnd { user, end: last.until }, plans),
        None => Ok(()),
    }
}

/// The next reminder, and after the last one the end of the grace.
fn plan_next(tx: &mut WriteTx<'_>, job: RemindOfEnd, plans: &Plans) -> Result<()> {
    let now = tx.now();
    let over = job.end.plus(plans.grace());
    let due = next_reminder(job.end, now).map(|(due, _)| due).filter(|due| *due < over).unwrap_or(over);
    if due <= now {
        return Ok(());
    }
    let key = format!("{} {} {}", RemindOfEnd::NAME, job.user, due.as_milliseconds());
    jobs::enqueue_once(tx, &job, key, due).map(drop)
}

async fn remind_job(context: Arc<Context>, job: RemindOfEnd) -> Result<()> {
    let (plans, zone) = (context.settings.plans, context.zone());
    gate::write(&context, &Caller::system("remind-of-plan-end"), "subscription.remind", move |tx| {
        let has = subscription(tx, job.user)?;
        let end = has.periods.last().map(|last| last.until);
        tx.trail().resource = Some(("subscription", job.user.to_string()));
        if end != Some(job.end) {
            tx.trail().found_done();
            return Ok(());
        }
        let now = tx.now();
        let date = |time: Timestamp| time.day_in(zone).to_string();
        let over = job.end.plus(plans.grace());
        // Whoever has cancelled has no grace, and does not want to be asked.
        let is_wanted = has.next.is_paid();
        let is_over = now >= over || (!is_wanted && now >= job.end);
        let (kind, variant) = match (is_over, now >= job.end) {
            (true, _) => (NotificationType::SubscriptionEnded, "default"),
            (false, true) => (NotificationType::SubscriptionEnding, "grace"),
            (false, false) => (NotificationType::SubscriptionEnding, "default"),
        };
        if is_over || is_wanted {
            let notice = Notice {
                to: job.user,
                kind,
                variant,
                urgency: Urgency::Normal,
                params: Params::new()
                    .text("date", date(job.end))
                    .text("until", date(over.minus(Span::milliseconds(1)))),
                patient: None,
                resource: Some(("subscription", job.user.to_string())),
            };
            notify(tx, notice)?;
        } else {
            tx.trail().found_done();
        }
        if is_over { Ok(()) } else { plan_next(tx, job.clone(), &plans) }
    })
    .await
}

/// Changes the caller's own subscription.
async fn change(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    mut decide: impl FnMut(&mut Subscription, Moment) -> Result<()> + Send + 'static,
) -> Result<Subscription> {
    let by = caller.clone();
    gate::write(context, caller, action, move |tx| {
        let me = by.active()?;
        let before = subscription(tx, me)?;
        let mut has = before.clone();
        decide(&mut has, tx.moment())?;
        tx.trail().resource = Some(("subscription", me.to_string()));
        if has == before {
            tx.trail().found_done();
            return Ok(has);
        }
        let plan = |has: &Subscription| has.periods.last().map(|last| last.plan);
        tx.trail().change = Some(serde_json::json!({
            "renewsAs": [before.next, has.next], "lastPlan": [plan(&before), plan(&has)],
        }));
        SUBSCRIPTIONS.put(tx, &me, &has)?;
        Ok(has)
    })
    .await
}

/// Takes a greater plan for what is left of a lesser one, where the difference is less than a code can carry.
///
/// # Errors
/// `account_not_active`; `subscription_nothing_left`; `subscription_payment_needed`, with what it costs.
pub async fn upgrade(context: &Context, caller: &Caller, to: PlanType) -> Result<Subscription> {
    let plans = context.settings.plans;
    change(context, caller, "subscription.upgrade", move |has, moment| {
        if upgrade_free(has, &plans, to, moment) {
            return Ok(());
        }
        let quotes = Currency::ALL.map(|currency| quote_upgrade(has, &plans, to, currency, moment.now));
        let prices: Vec<String> = quotes
            .into_iter()
            .flatten()
            .filter(|quote| !quote.price.is_zero())
            .map(|quote| format!("{} {}", quote.price, quote.price.currency().code()))
            .collect();
        if prices.is_empty() {
            return Err(Error::conflict("subscription_nothing_left"));
        }
        Err(Error::payment_required("subscription_payment_needed").with("price", prices.join(", ")))
    })
    .await
}

/// Chooses what comes after what is paid for: a lesser plan, or none. What is paid for stays.
///
/// # Errors
/// `account_not_active`; `subscription_cannot_choose`.
pub async fn choose(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    next: PlanType,
) -> Result<Subscription> {
    change(context, caller, action, move |has, moment| {
        // What holds can be given up: that is decided by the time by which rights end.
        if choose_next(has, next, moment.rights_end_by) {
            Ok(())
        } else {
            Err(Error::conflict("subscription_cannot_choose"))
        }
    })
    .await
}
