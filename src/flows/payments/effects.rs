//! What follows when something becomes known of a payment, all in the transaction in which it does.

use chrono_tz::Tz;

use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::paying;
use crate::domain::payments::model::{Claim, Payment, Status, receipt_text};
use crate::domain::payments::rules::Effect;
use crate::domain::payments::tables::PAYMENTS;
use crate::domain::subscriptions::tables::subscription;
use crate::domain::users::tables as users;
use crate::flows::delivery::tell_each_admin;
use crate::flows::subscriptions::plan_reminder;
use crate::platform::cache::Region;
use crate::platform::error::Result;
use crate::platform::ids::PaymentId;
use crate::platform::money::Money;
use crate::platform::settings::Plans;
use crate::platform::store::{Reader as _, WriteTx};

/// An amount as people read it.
pub(super) fn shown(money: Money) -> String {
    format!("{money} {}", money.currency().code())
}

/// Takes a claim into account with everything that follows from it: the plan, the audit, the messages and what is cached.
///
/// # Errors
/// `payment_not_found`; when the store cannot be read.
pub(super) fn take(
    tx: &mut WriteTx<'_>,
    id: PaymentId,
    claim: &Claim,
    plans: &Plans,
    zone: Tz,
) -> Result<(Payment, Effect)> {
    let before = PAYMENTS.require(tx, &id, "payment_not_found")?;
    let effect = paying::take(tx, id, claim, plans)?;
    let payment = PAYMENTS.require(tx, &id, "payment_not_found")?;
    {
        let mut trail = tx.trail();
        trail.resource = Some(("payment", id.to_string()));
        trail.change = Some(serde_json::json!({
            "before": before.status, "status": payment.status, "said": claim.source, "doubts": payment.doubts,
            "amount": payment.asked.money.to_string(), "currency": payment.asked.money.currency(),
        }));
    }
    match effect {
        Effect::Paid => {
            tell_paid(tx, &payment, zone)?;
            plan_reminder(tx, payment.beneficiary, plans)?;
        }
        Effect::Ended(Status::Failed) => tell_payer(tx, &payment, NotificationType::PaymentFailed)?,
        Effect::Doubted(_) if before.doubts != payment.doubts => tell_staff(tx, &payment)?,
        Effect::Nothing | Effect::Ended(_) | Effect::Doubted(_) => {}
    }
    Ok((payment, effect))
}

/// The payer gets a receipt. Whose plan it is hears of the plan, and nothing of the money.
fn tell_paid(tx: &mut WriteTx<'_>, payment: &Payment, zone: Tz) -> Result<()> {
    tx.touch(Region::Users, payment.beneficiary);
    tell_payer(tx, payment, NotificationType::PaymentCompleted)?;
    if payment.payer == payment.beneficiary {
        return Ok(());
    }
    let has = subscription(tx, payment.beneficiary)?;
    let until = has.periods.last().map_or(tx.now(), |last| last.until);
    let name = users::require(tx, payment.payer)?.full_name.into_inner();
    let notice = Notice {
        to: payment.beneficiary,
        kind: NotificationType::PaymentCompleted,
        variant: "for_you",
        urgency: Urgency::Normal,
        params: Params::new().text("name", name).text("date", until.day_in(zone).to_string()),
        patient: None,
        resource: Some(("subscription", payment.beneficiary.to_string())),
    };
    notify(tx, notice).map(drop)
}

fn tell_payer(tx: &mut WriteTx<'_>, payment: &Payment, kind: NotificationType) -> Result<()> {
    let receipt = payment.settled.as_ref().and_then(|settled| settled.receipt).map(receipt_text);
    let params = Params::new().text("amount", shown(payment.asked.money));
    let params = match receipt {
        Some(number) => params.text("receipt", number),
        None => params,
    };
    send_payer(tx, payment, (kind, "default"), params)
}

/// The payer hears of money that the clinic gave back.
pub(super) fn tell_refund(tx: &mut WriteTx<'_>, payment: &Payment, money: Money) -> Result<()> {
    let params = Params::new().text("amount", shown(money)).text("bill", payment.asked.bill_number.clone());
    send_payer(tx, payment, (NotificationType::PaymentCompleted, "given_back"), params)
}

fn send_payer(
    tx: &mut WriteTx<'_>,
    payment: &Payment,
    (kind, variant): (NotificationType, &'static str),
    params: Params,
) -> Result<()> {
    let notice = Notice {
        to: payment.payer,
        kind,
        variant,
        urgency: Urgency::Normal,
        params,
        patient: None,
        resource: Some(("payment", payment.id.to_string())),
    };
    notify(tx, notice).map(drop)
}

/// Somebody has to look at a payment.
pub(super) fn tell_staff(tx: &mut WriteTx<'_>, payment: &Payment) -> Result<()> {
    let params = Params::new()
        .text("amount", shown(payment.asked.money))
        .text("bill", payment.asked.bill_number.clone());
    let resource = Some(("payment", payment.id.to_string()));
    tell_each_admin(tx, None, ("payment_review", Urgency::Warning), &params, resource)
}
