//! What a payment becomes.
//!
//! A payment that is pending, failed, expired or cancelled may still become paid, because the truth may come late. One
//! that is paid stays paid, whatever is said after it and in whatever order. Whoever says that something was paid is
//! held against what was asked for: what differs is for a person to decide and never paid by itself.

use super::model::{
    Asked, Claim, Decided, Doubt, Outcome, Payment, Refund, Settled, Source, Status, Transaction,
};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::PaymentId;
use crate::platform::money::{Money, Told};

/// Most transactions that are kept of what is in doubt.
const NAMED_MAX: usize = 8;

/// A bank may write down so much later than the payer pressed the button.
pub const LATE_GRACE: Span = Span::minutes(1);

/// What a claim did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it was known, or says nothing, or comes after something that stands.
    Nothing,
    /// It is over without money.
    Ended(Status),
    /// It is paid from now on: what was bought is to be granted.
    Paid,
    /// A person has to look at it. Nothing else changed.
    Doubted(Doubt),
}

/// Takes a claim into account. `holder` is the payment that the claim's hash belongs to already.
pub fn apply(payment: &mut Payment, claim: &Claim, holder: Option<PaymentId>, now: Timestamp) -> Effect {
    match claim.outcome {
        Outcome::Unpaid => expire(payment, now),
        Outcome::Failed => end(payment, Status::Failed),
        Outcome::Expired => end(payment, Status::Expired),
        Outcome::Cancelled => end(payment, Status::Cancelled),
        Outcome::Paid => match doubt(payment, claim, holder) {
            Some(doubt) => {
                if !is_about_another(&payment.asked, claim) {
                    name(payment, claim.hash.as_ref(), doubt == Doubt::PaidTwice);
                }
                if !payment.doubts.contains(&doubt) {
                    payment.doubts.push(doubt);
                }
                Effect::Doubted(doubt)
            }
            None => settle(payment, claim, now),
        },
    }
}

/// Takes an old message into account that says something was paid. It pays for nothing by itself: what is not paid, and what
/// it says otherwise of what is, are for a person to look at. Answers whether there is a new doubt.
pub fn apply_old(payment: &mut Payment, claim: &Claim, holder: Option<PaymentId>) -> bool {
    let doubt = match payment.status {
        _ if claim.outcome != Outcome::Paid => None,
        Status::Paid => doubt(payment, claim, holder),
        _ => Some(Doubt::OldMessage),
    };
    let Some(doubt) = doubt else { return false };
    if payment.status == Status::Paid && !is_about_another(&payment.asked, claim) {
        name(payment, claim.hash.as_ref(), doubt == Doubt::PaidTwice);
    }
    let is_new = !payment.doubts.contains(&doubt);
    if is_new {
        payment.doubts.push(doubt);
    }
    is_new
}

/// What has become of a payment as of `now`: one whose time is over has expired, also before anybody wrote that down.
pub fn status_at(payment: &Payment, now: Timestamp) -> Status {
    match payment.status {
        Status::Pending if now > payment.asked.expires => Status::Expired,
        status => status,
    }
}

/// Ends a payment whose time is over.
pub fn expire(payment: &mut Payment, now: Timestamp) -> Effect {
    if now > payment.asked.expires { end(payment, Status::Expired) } else { Effect::Nothing }
}

/// Ends a payment that the payer gives up. A bank may still be at it: then it becomes paid all the same.
pub fn cancel(payment: &mut Payment) -> Effect {
    end(payment, Status::Cancelled)
}

/// The first end stands among ends without money.
fn end(payment: &mut Payment, status: Status) -> Effect {
    if payment.status != Status::Pending {
        return Effect::Nothing;
    }
    payment.status = status;
    Effect::Ended(status)
}

/// Whether what is said is of another bill, code or account: then its transaction is none of this payment's, whatever staff
/// find out about this one.
fn is_about_another(asked: &Asked, claim: &Claim) -> bool {
    let differs = |said: &Option<String>, asked: &str| {
        said.as_ref().is_some_and(|said| !said.eq_ignore_ascii_case(asked))
    };
    differs(&claim.bill_number, &asked.bill_number)
        || differs(&claim.md5, &asked.md5)
        || differs(&claim.account, &asked.account)
}

/// Keeps which transaction a doubt is about, for the person who decides.
fn name(payment: &mut Payment, hash: Option<&String>, is_whole: bool) {
    let Some(hash) = hash else { return };
    let is_known = payment.named.iter().any(|named| named.hash == *hash);
    if !is_known && payment.named.len() < NAMED_MAX {
        payment.named.push(Transaction { hash: hash.clone(), is_whole });
    }
}

/// Whether a transaction is known to have paid this.
pub(super) fn is_paid_by(payment: &Payment, hash: &String) -> bool {
    payment.settled.as_ref().is_some_and(|settled| settled.hash.as_ref() == Some(hash))
        || payment.further.iter().any(|further| further.hash == *hash)
}

fn settle(payment: &mut Payment, claim: &Claim, now: Timestamp) -> Effect {
    if let Some(settled) = &mut payment.settled {
        // What the first one did not tell, a later one may.
        settled.hash = settled.hash.take().or_else(|| claim.hash.clone());
        settled.sent = settled.sent.or(claim.sent);
        return Effect::Nothing;
    }
    payment.status = Status::Paid;
    // That nothing certain was heard says nothing any more.
    payment.doubts.retain(|doubt| !matches!(doubt, Doubt::OldMessage | Doubt::NeverAnswered));
    payment.settled = Some(Settled {
        hash: claim.hash.clone(),
        sent: claim.sent,
        known: now,
        late: claim.sent.unwrap_or(now) > payment.asked.expires.plus(LATE_GRACE),
        source: claim.source,
        receipt: None,
    });
    Effect::Paid
}

/// What differs between what was asked for and what is said to be paid.
fn doubt(payment: &Payment, claim: &Claim, holder: Option<PaymentId>) -> Option<Doubt> {
    let Asked { money, account, bill_number, md5, .. } = &payment.asked;
    let differs = |said: &Option<String>, asked: &String| said.as_ref().is_some_and(|said| said != asked);
    let amount = match &claim.money {
        Told::Is(said) if said.currency() != money.currency() => Some(Doubt::OtherCurrency),
        Told::Is(said) if said != money => Some(Doubt::OtherAmount),
        Told::Strange(_) => Some(Doubt::OtherAmount),
        // The MD5 is of one amount, and Bakong was asked by it; others have to say it.
        Told::Nothing if claim.source != Source::Check => Some(Doubt::AmountUntold),
        Told::Is(_) | Told::Nothing => None,
    };
    let known = payment.settled.as_ref().and_then(|settled| settled.hash.as_ref());
    let is_another = claim.hash.as_ref().is_some_and(|said| known.is_some() && !is_paid_by(payment, said));
    amount
        // Bakong accounts are compared as banks do, without case.
        .or(claim
            .account
            .as_ref()
            .is_some_and(|said| !said.eq_ignore_ascii_case(account))
            .then_some(Doubt::OtherAccount))
        .or(differs(&claim.bill_number, bill_number).then_some(Doubt::OtherBill))
        .or(claim
            .md5
            .as_ref()
            .is_some_and(|said| !said.eq_ignore_ascii_case(md5))
            .then_some(Doubt::OtherCode))
        .or(holder.is_some_and(|holder| holder != payment.id).then_some(Doubt::HashOfAnother))
        .or(is_another.then_some(Doubt::PaidTwice))
}

/// Writes down what a person of the staff found out about everything that was in doubt. Of what is not paid nothing is
/// waited for any more.
///
/// `transactions` are those that the decision is about and that paid for nothing else. Of what is paid they are this
/// payment's from now on, so that none of them pays for another one as well.
pub fn decide(payment: &mut Payment, decision: Decided, transactions: Vec<Transaction>) {
    if decision.is_paid {
        for transaction in transactions {
            if is_paid_by(payment, &transaction.hash) {
                continue;
            }
            match &mut payment.settled {
                Some(settled) if settled.hash.is_none() => settled.hash = Some(transaction.hash),
                _ => payment.further.push(transaction),
            }
        }
    } else {
        end(payment, Status::Cancelled);
    }
    payment.decisions.push(decision);
    payment.doubts.clear();
    payment.named.clear();
}

/// All that came in for a payment, in the units of its currency: once, and once more for each further whole transaction.
fn received(payment: &Payment) -> u64 {
    let times = match payment.status {
        Status::Paid => 1 + payment.further.iter().filter(|further| further.is_whole).count(),
        _ => 0,
    };
    payment.asked.money.minor().saturating_mul(u64::try_from(times).unwrap_or(u64::MAX))
}

/// Writes down money that was given back. Answers whether it could be: only of a paid payment, in its currency, and
/// never more than was paid, all refunds together.
pub fn refund(payment: &mut Payment, refund: Refund) -> bool {
    let given: u64 = payment.refunds.iter().map(|refund| refund.money.minor()).fold(0, u64::saturating_add);
    let (asked, more) = (payment.asked.money, refund.money);
    let may = payment.status == Status::Paid
        && more.currency() == asked.currency()
        && !more.is_zero()
        && given.saturating_add(more.minor()) <= received(payment);
    if may {
        payment.refunds.push(refund);
    }
    may
}

/// What a payment brought in: what was paid without what was given back.
pub fn balance(payment: &Payment) -> Money {
    let given = payment.refunds.iter().map(|refund| refund.money.minor()).fold(0, u64::saturating_add);
    Money::new(received(payment).saturating_sub(given), payment.asked.money.currency())
}
