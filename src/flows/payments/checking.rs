//! Bakong is asked whether a payment was paid: when it is time, and when the payer says so.
//!
//! A call is reserved before it is made and stays used whatever becomes of it: a server that is killed in between asks
//! too seldom and never too often. What was reserved and never answered is made up for at the next look.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::effects::{take, tell_staff};
use super::tokens;
use crate::domain::auth::model::Caller;
use crate::domain::gate::{self, Judgement};
use crate::domain::notifications::model::Urgency;
use crate::domain::notifications::params::Params;
use crate::domain::payments::checking::{self, Asker, DayCalls, PRESSES_A_DAY, UNANSWERED_MAX};
use crate::domain::payments::claims::of_answer;
use crate::domain::payments::model::{Doubt, Outcome, Payment, Status};
use crate::domain::payments::screens::OpenScreens;
use crate::domain::payments::tables::{
    BAKONG, BY_LOOK, CALLS, KNOWN_OF_BAKONG, KnownOfBakong, PAYMENTS, PRESSES,
};
use crate::domain::payments::token::usable;
use crate::flows::delivery::tell_each_admin;
use crate::platform::bakong::answer::{Answer, ListAnswer};
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{PaymentId, UserId};
use crate::platform::jobs::{self, Job, Jobs, Priority};
use crate::platform::secret::Secret;
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// Presses of days before that one press removes: a few more than it adds.
const PURGED_AT_ONCE: usize = 20;

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
    tokens::register(jobs);
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

/// A call that was taken from the day.
#[derive(Clone)]
struct Reserved {
    /// What it is made with.
    token: Secret<String>,
    /// The codes that are asked about together, by their MD5: the payment's own first. Nothing where it is asked about alone.
    together: Vec<(PaymentId, String)>,
}

/// Reserves a call, makes it and takes the answer. Answers with the payment and whether there was one.
async fn look(context: &Context, caller: &Caller, id: PaymentId, asker: Asker) -> Result<(Payment, bool)> {
    let (payment, reserved) = reserve(context, caller, id, asker).await?;
    let (Some(client), Some(reserved)) = (&context.bakong, reserved) else {
        return Ok((payment, false));
    };
    if reserved.together.is_empty() {
        let answer = client.check_md5(&reserved.token, &payment.asked.md5).await;
        let is_answered = of_answer(&answer).is_some();
        return Ok((settle(context, id, answer).await?, is_answered));
    }
    let md5s: Vec<String> = reserved.together.iter().map(|(_, md5)| md5.clone()).collect();
    match client.check_md5_list(&reserved.token, &md5s).await {
        ListAnswer::Closed => Ok((lists_are_closed(context, id).await?, false)),
        ListAnswer::Nothing(answer) => Ok((settle(context, id, answer).await?, false)),
        ListAnswer::Of(answers) => {
            let said =
                |md5: &String| answers.iter().find(|(of, _)| of == md5).map(|(_, answer)| answer.clone());
            for (other, md5) in reserved.together.iter().skip(1) {
                if let Some(answer) = said(md5) {
                    settle_other(context, *other, answer).await?;
                }
            }
            let unnamed = || Answer::Unknown("the list does not name it".to_owned());
            let own = said(&payment.asked.md5).unwrap_or_else(unnamed);
            let is_answered = of_answer(&own).is_some();
            Ok((settle(context, id, own).await?, is_answered))
        }
    }
}

/// Takes what a list says of a payment beside the one whose time it was. It was for nothing, unless its own time is there:
/// then it is its look.
async fn settle_other(context: &Context, id: PaymentId, answer: Answer) -> Result<()> {
    let Some(claim) = of_answer(&answer) else { return Ok(()) };
    let (plans, zone) = (context.settings.plans, context.zone());
    gate::write(context, &Caller::system("check-payment"), "payment.checked", move |tx| {
        note_lists(tx, true)?;
        let (now, before) = (tx.now(), PAYMENTS.require(tx, &id, "payment_not_found")?);
        let planned = before.checks.next;
        let is_its_time = planned.is_some_and(|next| next <= now);
        if claim.outcome == Outcome::Unpaid && !is_its_time {
            tx.trail().found_done();
            return Ok(());
        }
        let (mut payment, _) = take(tx, id, &claim, &plans, zone)?;
        if is_its_time {
            payment.checks.made = payment.checks.made.saturating_add(1);
            payment.checks.next = checking::next_look(&payment, now);
            keep(tx, &payment, planned)?;
        }
        Ok(())
    })
    .await
}

/// Takes a call from the day, where there is one. Answers with the payment and the call.
async fn reserve(
    context: &Context,
    caller: &Caller,
    id: PaymentId,
    asker: Asker,
) -> Result<(Payment, Option<Reserved>)> {
    let (by, zone) = (caller.clone(), context.zone());
    let (most, hour) = limits(context);
    let screens = context.extensions.get::<OpenScreens>();
    let bakong = context.settings.bakong.clone().filter(|_| context.bakong.is_some());
    gate::judge(context, caller, "payment.check", move |tx| {
        let mine = |payment: &Payment| match asker {
            Asker::OpenScreen | Asker::Server => true,
            Asker::Payer => by.user_id().is_ok_and(|me| me == payment.payer),
        };
        let Some(mut payment) = PAYMENTS.get(tx, &id)?.filter(mine) else {
            return Ok(Judgement::refused(Error::not_found("payment_not_found")));
        };
        tx.trail().resource = Some(("payment", id.to_string()));
        let Some(bakong) = &bakong else {
            return Ok(Judgement::refused(Error::conflict("payment_check_not_configured")));
        };
        let now = tx.now();
        let asker =
            if asker == Asker::Server && screens.is_open(id, now) { Asker::OpenScreen } else { asker };
        let planned = payment.checks.next;
        let is_its_time = asker == Asker::Payer || planned.is_some_and(|next| next <= now);
        if !is_its_time {
            tx.trail().found_done();
            return Ok(Judgement::granted((payment, None)));
        }
        checking::give_back(&mut payment, now);
        let day = checking::day_of(now, hour, zone);
        let mut calls = CALLS.get(tx, &day)?.unwrap_or_default();
        let token = usable(tx, bakong)?;
        let may = checking::may_ask(&payment, asker, now);
        if let Some(token) = &token
            && may
            && calls.has_call(asker, most, now)
            && (asker != Asker::Payer || take_press(tx, payment.payer, day)?)
        {
            calls.used = calls.used.saturating_add(1);
            CALLS.put(tx, &day, &calls)?;
            checking::reserve(&mut payment, asker, now);
            let together = if asker != Asker::Payer { together(tx, &payment, now)? } else { Vec::new() };
            let change = serde_json::json!({
                "callOfDay": calls.used, "ofPayment": payment.checks.made, "together": together.len().max(1),
            });
            tx.trail().change = Some(change);
            keep(tx, &payment, planned)?;
            return Ok(Judgement::granted((payment, Some(Reserved { token: token.clone(), together }))));
        }
        tx.trail().found_done();
        if asker != Asker::Payer {
            payment.checks.next = checking::next_look(&payment, now);
            if may {
                // There is no call for it now. It is looked at when there are calls again, and not lost.
                let again = calls.broken_until.filter(|until| *until > now && !calls.is_spent);
                let later = again.unwrap_or_else(|| checking::day_end(now, hour, zone));
                let without_token = now.plus(checking::WITHOUT_TOKEN);
                payment.checks.next = Some(if token.is_none() { without_token } else { later });
            }
            keep(tx, &payment, planned)?;
        }
        Ok(Judgement::granted((payment, None)))
    })
    .await
}

/// Writes a payment down, and plans its next look where that is another one than before.
fn keep(tx: &mut WriteTx<'_>, payment: &Payment, planned: Option<Timestamp>) -> Result<()> {
    PAYMENTS.put(tx, &payment.id, payment)?;
    if payment.checks.next == planned { Ok(()) } else { enqueue(tx, payment) }
}

/// Those that are waited for beside a payment, where Bakong takes lists or that is not known: one call tells of all of them.
/// Nothing where it takes none, or nobody else is waited for.
fn together(tx: &WriteTx<'_>, payment: &Payment, now: Timestamp) -> Result<Vec<(PaymentId, String)>> {
    let known = KNOWN_OF_BAKONG.get(tx, &BAKONG.to_owned())?.and_then(|known| known.takes_lists);
    let is_fresh = |at: Timestamp| now < at.plus(checking::LISTS_ASKED_AGAIN);
    if known.is_some_and(|(takes, at)| !takes && is_fresh(at)) {
        return Ok(Vec::new());
    }
    let mut all = vec![(payment.id, payment.asked.md5.clone())];
    BY_LOOK.visit_prefix(tx, &(), Direction::Forward, |_, id| {
        if id != payment.id {
            all.extend(PAYMENTS.get(tx, &id)?.map(|other| (id, other.asked.md5)));
        }
        Ok(if all.len() < checking::LIST_MAX { Step::Continue } else { Step::Stop })
    })?;
    if all.len() == 1 {
        all.clear();
    }
    Ok(all)
}

/// Bakong takes no lists. That says nothing of the payment, which is asked about alone at once.
async fn lists_are_closed(context: &Context, id: PaymentId) -> Result<Payment> {
    let caller = Caller::system("check-payment");
    gate::write(context, &caller, "payment.checked", move |tx| {
        note_lists(tx, false)?;
        let mut payment = PAYMENTS.require(tx, &id, "payment_not_found")?;
        tx.trail().resource = Some(("payment", id.to_string()));
        let planned = payment.checks.next;
        checking::ask_again(&mut payment, tx.now());
        keep(tx, &payment, planned)?;
        Ok(payment)
    })
    .await
}

/// Keeps whether Bakong takes lists.
fn note_lists(tx: &mut WriteTx<'_>, takes: bool) -> Result<()> {
    let key = BAKONG.to_owned();
    let known = KNOWN_OF_BAKONG.get(tx, &key)?.unwrap_or_default();
    if takes && known.takes_lists.is_some_and(|(took, _)| took) {
        return Ok(());
    }
    let known = KnownOfBakong { takes_lists: Some((takes, tx.now())), ..known };
    KNOWN_OF_BAKONG.put(tx, &key, &known)
}

fn limits(context: &Context) -> (u32, u8) {
    context.settings.bakong.as_ref().map_or((0, 0), |bakong| (bakong.calls_per_day, bakong.calls_begin_hour))
}

/// Counts a press of somebody. Answers whether they had one left. Presses of days that are over are forgotten.
fn take_press(tx: &mut WriteTx<'_>, payer: UserId, day: NaiveDate) -> Result<bool> {
    let mut over = Vec::new();
    PRESSES.visit_prefix(tx, &(), Direction::Forward, |key: (NaiveDate, UserId), _| {
        // A clock that was put back may come to the day before again.
        let is_over = key.0.succ_opt().is_some_and(|next| next < day);
        if is_over {
            over.push(key);
        }
        Ok(if is_over && over.len() < PURGED_AT_ONCE { Step::Continue } else { Step::Stop })
    })?;
    for key in over {
        PRESSES.delete(tx, &key)?;
    }
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
        let mut payment = PAYMENTS.require(tx, &id, "payment_not_found")?;
        let (is_press, planned) = (payment.checks.is_press, payment.checks.next);
        note_answer(tx, &mut calls, &answer, is_press, now)?;
        CALLS.put(tx, &day, &calls)?;
        tx.trail().resource = Some(("payment", id.to_string()));
        payment.checks.asking_until = None;
        if let Some(claim) = of_answer(&answer) {
            (payment.checks.is_press, payment.checks.presses_unanswered) = (false, 0);
            PAYMENTS.put(tx, &id, &payment)?;
            let (mut payment, _) = take(tx, id, &claim, &plans, zone)?;
            payment.checks.next = checking::next_look(&payment, now);
            keep(tx, &payment, planned)?;
            return Ok(payment);
        }
        checking::note_unanswered(&mut payment, now);
        if calls.is_spent && !is_press {
            payment.checks.next = Some(checking::day_end(now, hour, zone));
        }
        if payment.checks.unanswered >= UNANSWERED_MAX && !payment.doubts.contains(&Doubt::NeverAnswered) {
            payment.doubts.push(Doubt::NeverAnswered);
            payment.checks.next = None;
            tell_staff(tx, &payment)?;
        }
        keep(tx, &payment, planned)?;
        Ok(payment)
    })
    .await
}

/// What an answer says of the calls that follow. That a press was not answered breaks off nobody's looks: people press most
/// when something is wrong, and have few presses.
fn note_answer(
    tx: &mut WriteTx<'_>,
    calls: &mut DayCalls,
    answer: &Answer,
    is_press: bool,
    now: Timestamp,
) -> Result<()> {
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
    } else if !is_press {
        calls.unanswered = calls.unanswered.saturating_add(1);
        if calls.unanswered >= checking::BREAKS_AFTER {
            calls.broken_until = Some(now.plus(checking::BREAK));
        }
    }
    Ok(())
}
