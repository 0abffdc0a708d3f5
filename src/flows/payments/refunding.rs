//! Clinic staff write down money that they gave back: Bakong has no way to do it.

use super::deciding::reason_of;
use super::effects::{shown, tell_refund};
use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::payments::model::{Payment, Refund};
use crate::domain::payments::rules;
use crate::domain::payments::tables::PAYMENTS;
use crate::domain::users::model::Role;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::PaymentId;
use crate::platform::money::Money;
use crate::platform::store::Reader as _;

/// Writes down money that was given back of a payment, in its currency. What it granted stays.
///
/// # Errors
/// `role_not_allowed`; a bad `amount` or `reason`; `payment_not_found`; `payment_own_decision`; `payment_refund_too_much`
/// where it is not paid, or less of it is left.
pub async fn refund(
    context: &Context,
    caller: &Caller,
    id: PaymentId,
    amount: String,
    reason: String,
) -> Result<Payment> {
    let by = caller.clone();
    gate::write(context, caller, "payment.refund", move |tx| {
        let me = by.with_role(Role::Admin)?;
        let reason = reason_of(&reason)?;
        let mut payment = PAYMENTS.require(tx, &id, "payment_not_found")?;
        tx.trail().resource = Some(("payment", id.to_string()));
        if [payment.payer, payment.beneficiary].contains(&me) {
            return Err(Error::forbidden("payment_own_decision"));
        }
        let money = Money::read(&amount, payment.asked.money.currency()).filter(|money| !money.is_zero());
        let money = money.ok_or_else(|| Error::invalid("amount", "payment_amount_unreadable"))?;
        let refund = Refund { money, by: me, reason: reason.clone(), at: tx.now() };
        if !rules::refund(&mut payment, refund) {
            let left = shown(rules::balance(&payment));
            return Err(Error::conflict("payment_refund_too_much").with("left", left));
        }
        PAYMENTS.put(tx, &id, &payment)?;
        tell_refund(tx, &payment, money)?;
        let mut trail = tx.trail();
        trail.reason = Some(reason);
        trail.change = Some(serde_json::json!({
            "refund": money.to_string(), "currency": money.currency(), "left": rules::balance(&payment).to_string(),
        }));
        Ok(payment)
    })
    .await
}
