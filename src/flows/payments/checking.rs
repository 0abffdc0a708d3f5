//! Bakong is asked whether a payment was paid: when it is time, and when the payer says so.
//!
//! A call is reserved before it is made and stays used whatever becomes of it: a server that is killed in between asks
//! too seldom and never too often. What was reserved and never answered is made up for at the next look.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::effects::{take, tell_staff};
use crate::domain::auth::model::Caller;
use crate::domain::gate::{self, Judgement};
use crate::domain::notifications::model::Urgency;
use crate::domain::notifications::params::Params;
use crate::domain::payments::checking::{self, Asker, DayCalls, PRESSES_A_DAY, UNANSWERED_MAX};
use crate::domain::payments::claims::of_answer;
use crate::domain::payments::model::{Doubt, Payment, Status};
use crate::domain::payments::tables::{CALLS, PAYMENTS, PRESSES};
use crate::flows::delivery::tell_each_admin;
use crate::platform::bakong::answer::Answer;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{PaymentId, UserId};
use crate::platform::jobs::{self, Job, Jobs, Priority};
use crate::platform::store::{Reader, WriteTx};

/// Asks about one payment when it is time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckPayment {
    /// Which.
    pub payment: PaymentId,
}

impl Job for CheckPayment {
    const NAME: &'static str = "check-payment";
    const QUEUE: &'static str = "payments";
    const TIME_LIMIT_SECONDS: u32 = 60;

    fn priority(&self) -> Priority {
        Priority::Warning
    }
}

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.queue(CheckPayment::QUEUE, 2);
    jobs.register::<CheckPayment, _, _>(check_job);
}

/// What came of a payer's press.
#[derive(Debug, Clone)]
pub struct Pressed {
    /// The payment as it is now.
    pub payment: Payment,
    /// Whether Bakong was asked just now and answered.
    pub is_answered: bool,
    /// When it is asked next by itself.
    pub next: Option<Timestamp>,
}

/// Plans the next look at a payment that was asked for, where Bakong can be asked at all.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn plan(tx: &mut WriteTx<'_>, payment: &mut Payment) -> Result<()> {
    payment.checks.next = checking::next_look(payment, tx.now());
    enqueue(tx, payment)
}

fn enqueue(tx: &mut WriteTx<'_>, payment: &Payment) -> Result<()> {
    match payment.checks.next {
        Some(next) => jobs::enqueue_at(tx, &CheckPayment { payment: payment.id }, next).map(drop),
        None => Ok(()),
    }
}

async fn check_job(context: Arc<Context>, job: CheckPayment) -> Result<()> {
    if context.bakong.is_none() {
        // The clinic has taken its token away since.
        return Ok(());
    }
    look(&context, &Caller::system("check-payment"), job.payment, Asker::Server).await.map(drop)
}

/// The payer says that they have paid: Bakong is asked now, where there is a call for it.
///
/// # Errors
/// `account_not_active`; `payment_not_found`, also for what others asked for; `payment_check_not_configured`.
pub async fn press(context: &Context, caller: &Caller, id: PaymentId) -> Result<Pressed> {
    caller.active()?;
    let (payment, is_answered) = look(context, caller, id, Asker::Payer).await?;
    let next = payment.checks.next.filter(|_| payment.status != Status::Paid);
    Ok(Pressed { payment, is_answered, next })
}

/// Reserves a call, makes it and takes the answer. Answers with the payment and whether there was one.
async fn look(context: &Context, caller: &Caller, id: PaymentId, asker: Asker) -> Result<(Payment, bool)> {
    let token = context.settings.bakong.as_ref().and_then(|bakong| bakong.token.as_ref());
    let (payment, is_reserved) = reserve(context, caller, id, asker).await?;
    let (Some(client), Some(token), true) = (&context.bakong, token, is_reserved) else {
        return Ok((payment, false));
    };
    let answer = client.check_md5(token, &payment.asked.md5).await;
    let is_answered = of_answer(&answer).is_some();
    Ok((settle(context, id, answer).await?, is_answered))
}

/// Takes a call from the day, where there is one. Answers with the payment and whether it was.
async fn reserve(context: &Context, caller: &Caller, id: PaymentId, asker: Asker) -> Result<(Payment, bool)> {
    let (by, zone) = (caller.clone(), context.zone());
    let (most, hour) = limits(context);
    let can_ask = context.bakong.is_some();
    gate::judge(context, caller, "payment.check", move |tx| {
        let mine = |payment: &Payment| match asker {
            Asker::Server => true,
            Asker::Payer => by.user_id().is_ok_and(|me| me == payment.payer),
        };
        let Some(mut payment) = PAYMENTS.get(tx, &id)?.filter(mine) else {
            return Ok(Judgement::refused(Error::not_found("payment_not_found")));
        };
        tx.trail().resource = Some(("payment", id.to_string()));
        if !can_ask {
            return Ok(Judgement::refused(Error::conflict("payment_check_not_configured")));
        }
        let now = tx.now();
        let is_its_time = asker == Asker::Payer || payment.checks.next.is_some_and(|next| next <= now);
        if !is_its_time {
            tx.trail().found_done();
            return Ok(Judgement::granted((payment, false)));
        }
        checking::give_back(&mut payment, now);
        let day = checking::day_of(now, hour, zone);
        let mut calls = CALLS.get(tx, &day)?.unwrap_or_default();
        let may = checking::may_ask(&payment, asker, now) && calls.has_call(asker, most, now);
        if may && (asker == Asker::Server || take_press(tx, payment.payer, day)?) {
            calls.used = calls.used.saturating_add(1);
            CALLS.put(tx, &day, &calls)?;
            checking::reserve(&mut payment, now);
            let change = serde_json::json!({ "callOfDay": calls.used, "ofPayment": payment.checks.made });
            tx.trail().change = Some(change);
            PAYMENTS.put(tx, &id, &payment)?;
            enqueue(tx, &payment)?;
            return Ok(Judgement::granted((payment, true)));
        }
        tx.trail().found_done();
        if asker == Asker::Server {
            payment.checks.next = checking::next_look(&payment, now);
            if checking::may_ask(&payment, asker, now) {
                // There is no call for it now. It is looked at when there are calls again, and not lost.
                let again = calls.broken_until.filter(|until| *until > now && !calls.is_spent);
                payment.checks.next = Some(again.unwrap_or_else(|| checking::day_end(now, hour, zone)));
            }
            PAYMENTS.put(tx, &id, &payment)?;
            enqueue(tx, &payment)?;
        }
        Ok(Judgement::granted((payment, false)))
    })
    .await
}

fn limits(context: &Context) -> (u32, u8) {
    context.settings.bakong.as_ref().map_or((0, 0), |bakong| (bakong.calls_per_day, bakong.calls_begin_hour))
}

/// Counts a press of somebody. Answers whether they had one left.
fn take_press(tx: &mut WriteTx<'_>, payer: UserId, day: NaiveDate) -> Result<bool> {
    let used = PRESSES.get(tx, &(day, payer))?.unwrap_or(0);
    if used >= PRESSES_A_DAY {
        return Ok(false);
    }
    PRESSES.put(tx, &(day, payer), &(used + 1))?;
    Ok(true)
}

/// Takes what Bakong said, or that it said nothing.
async fn settle(context: &Context, id: PaymentId, answer: Answer) -> Result<Payment> {
    let (plans, zone) = (context.settings.plans, context.zone());
    let (_, hour) = limits(context);
    let caller = Caller::system("check-payment");
    if let Answer::Unknown(why) = &answer {
        tracing::warn!(%why, payment = %id, "Bakong did not say whether a payment was paid");
    }
    gate::write(context, &caller, "payment.checked", move |tx| {
        let now = tx.now();
        let day = checking::day_of(now, hour, zone);
        let mut calls = CALLS.get(tx, &day)?.unwrap_or_default();
        note_answer(tx, &mut calls, &answer, now)?;
        CALLS.put(tx, &day, &calls)?;
        let mut payment = PAYMENTS.require(tx, &id, "payment_not_found")?;
        tx.trail().resource = Some(("payment", id.to_string()));
        payment.checks.asking_until = None;
        if let Some(claim) = of_answer(&answer) {
            PAYMENTS.put(tx, &id, &payment)?;
            let (mut payment, _) = take(tx, id, &claim, &plans, zone)?;
            payment.checks.next = checking::next_look(&payment, now);
            PAYMENTS.put(tx, &id, &payment)?;
            enqueue(tx, &payment)?;
            return Ok(payment);
        }
        checking::note_unanswered(&mut payment, now);
        if calls.is_spent {
            payment.checks.next = Some(checking::day_end(now, hour, zone));
        }
        if payment.checks.unanswered >= UNANSWERED_MAX && !payment.doubts.contains(&Doubt::NeverAnswered) {
            payment.doubts.push(Doubt::NeverAnswered);
            payment.checks.next = None;
            tell_staff(tx, &payment)?;
        }
        PAYMENTS.put(tx, &id, &payment)?;
        enqueue(tx, &payment)?;
        Ok(payment)
    })
    .await
}

/// What an answer says of the calls that follow.
fn note_answer(tx: &mut WriteTx<'_>, calls: &mut DayCalls, answer: &Answer, now: Timestamp) -> Result<()> {
    match answer {
        Answer::QuotaSpent => calls.is_spent = true,
        Answer::TokenRefused if !calls.is_token_refused => {
            calls.is_token_refused = true;
            let params = Params::new();
            tell_each_admin(tx, None, ("payment_token_refused", Urgency::Warning), &params, None)?;
        }
        _ => {}
    }
    if of_answer(answer).is_some() {
        (calls.unanswered, calls.broken_until) = (0, None);
        calls.is_token_refused = false;
    } else {
        calls.unanswered = calls.unanswered.saturating_add(1);
        if calls.unanswered >= checking::BREAKS_AFTER {
            calls.broken_until = Some(now.plus(checking::BREAK));
        }
    }
    Ok(())
}
