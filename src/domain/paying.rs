//! Money and what it buys, in one transaction: whoever sees a payment paid sees what it brought.

use std::collections::{BTreeMap, BTreeSet};

use super::payments::model::{Claim, Payment, Status};
use super::payments::rules::{self, Effect};
use super::payments::tables::{PAYMENTS, holder_of, next_receipt};
use super::subscriptions::model::{Grant, Subscription};
use super::subscriptions::rules::grant;
use super::subscriptions::tables::SUBSCRIPTIONS;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{PaymentId, UserId};
use crate::platform::settings::Plans;
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// Takes a claim into account: the payment, and when it is paid by that, what was bought.
///
/// # Errors
/// `payment_not_found`; when the store cannot be read.
pub fn take(tx: &mut WriteTx<'_>, id: PaymentId, claim: &Claim, plans: &Plans) -> Result<Effect> {
    let mut payment = PAYMENTS.get(tx, &id)?.ok_or_else(|| Error::not_found("payment_not_found"))?;
    let holder = holder_of(tx, claim.hash.as_ref())?;
    let moment = tx.moment();
    let effect = rules::apply(&mut payment, claim, holder, moment.now);
    if effect == Effect::Paid
        && let Some(settled) = &mut payment.settled
    {
        settled.receipt = Some(next_receipt(tx)?);
    }
    PAYMENTS.put(tx, &id, &payment)?;
    if effect == Effect::Paid {
        let mut subscription = SUBSCRIPTIONS.get(tx, &payment.beneficiary)?.unwrap_or_default();
        if !grant(&mut subscription, plans, id, payment.purchase, payment.asked.money, moment) {
            return Err(Error::internal(format!("payment {id} was granted before it was paid")));
        }
        SUBSCRIPTIONS.put(tx, &payment.beneficiary, &subscription)?;
    }
    Ok(effect)
}

/// Adds what does not balance: each payment that is paid is granted once, to whom it was for and for its amount, and
/// nothing else is granted.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(tx: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    let mut granted: BTreeMap<PaymentId, (UserId, Grant)> = BTreeMap::new();
    SUBSCRIPTIONS.visit_prefix(tx, &(), Direction::Forward, |user, subscription| {
        verify_periods(user, &subscription, faults);
        for grant in subscription.grants {
            if granted.insert(grant.payment, (user, grant)).is_some() {
                faults.push(format!("payment {} was granted twice", grant.payment));
            }
        }
        Ok(Step::Continue)
    })?;
    let mut receipts = BTreeSet::new();
    PAYMENTS.visit_prefix(tx, &(), Direction::Forward, |id, payment| {
        receipts.extend(payment.settled.as_ref().and_then(|settled| settled.receipt));
        if payment.settled.is_some() != (payment.status == Status::Paid) {
            faults
                .push(format!("payment {id} is {:?} and does not say so of its settlement", payment.status));
        }
        let given = granted.remove(&id);
        if given.is_some() != (payment.status == Status::Paid)
            || !given.is_none_or(|given| fits(&payment, given))
        {
            faults.push(format!("payment {id} and what was granted for it differ"));
        }
        Ok(Step::Continue)
    })?;
    let numbered = u64::try_from(receipts.len()).unwrap_or(u64::MAX);
    if receipts.last().is_some_and(|last| *last != numbered) {
        faults.push(format!("{numbered} receipts are numbered up to {:?}", receipts.last()));
    }
    faults.extend(granted.keys().map(|id| format!("payment {id} was granted and never asked for")));
    Ok(())
}

fn fits(payment: &Payment, (user, grant): (UserId, Grant)) -> bool {
    (user, grant.purchase, grant.money) == (payment.beneficiary, payment.purchase, payment.asked.money)
}

fn verify_periods(user: UserId, subscription: &Subscription, faults: &mut Vec<String>) {
    let mut end = None;
    for period in &subscription.periods {
        if period.from >= period.until || end.is_some_and(|end| period.from < end) || !period.plan.is_paid() {
            faults.push(format!("the periods of {user} are not in order"));
        }
        end = Some(period.until);
    }
}
