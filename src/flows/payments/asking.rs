//! A payment is asked for, and given up.

use serde_json::json;

use super::checking::plan;
use super::effects::shown;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::check;
use crate::domain::connections::model::{ConnectionKind, Mode, Scope};
use crate::domain::connections::tables::active_of;
use crate::domain::gate;
use crate::domain::payments::code;
use crate::domain::payments::model::{Asked, Checks, Payment, Status};
use crate::domain::payments::rules::{self, Effect};
use crate::domain::payments::tables::{BY_PAYER, OPEN, PAYMENTS};
use crate::domain::subscriptions::model::{PlanType, Purchase, Subscription};
use crate::domain::subscriptions::offers::{Offer, Unclear, choose, offer};
use crate::domain::subscriptions::tables::subscription;
use crate::domain::users::model::Status as AccountStatus;
use crate::domain::users::tables as users;
use crate::platform::clock::{Span, Timestamp, start_of_day};
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::ids::{PaymentId, UserId};
use crate::platform::money::{Currency, Money};
use crate::platform::settings::{BakongSettings, Plans};
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// Most payments that one person asks for in a day.
pub const INTENTS_A_DAY: usize = 5;
/// Digits of a bill number after its letters.
const BILL_DIGITS: usize = 20;

/// What somebody wants to pay for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Whose plan.
    pub beneficiary: UserId,
    /// How much, as it was typed.
    pub amount: Option<String>,
    /// In what.
    pub currency: Currency,
    /// Which plan.
    pub plan: Option<PlanType>,
}

/// Asks for a payment and makes its code. Who asks again while it can be paid gets the same one.
///
/// # Errors
/// `account_not_active`; for another person those of the access check, and `payment_family_only`; a bad `amount` or
/// `planType`; a `currency` that cannot carry the price; `payments_not_configured`; `payment_not_needed`; `payment_open`; `payments_too_many`.
pub async fn initiate(context: &Context, caller: &Caller, wish: Wish) -> Result<Payment> {
    let (by, zone) = (caller.clone(), context.zone());
    let (bakong, plans) = (context.settings.bakong.clone(), context.settings.plans);
    gate::write(context, caller, "payment.initiate", move |tx| {
        let payer = by.active()?;
        let is_own = wish.beneficiary == payer;
        if !is_own {
            may_pay_for(tx, &by, payer, wish.beneficiary)?;
        }
        let Some(bakong) = &bakong else { return Err(Error::conflict("payments_not_configured")) };
        let (offer, amount) = meant(tx, &wish, &plans, is_own)?;
        let now = tx.now();
        if let Some(open) = open_one(tx, payer, &wish, offer, now)? {
            let is_same = is_alike(open.purchase, offer.purchase)
                && open.asked.money.currency() == wish.currency
                && amount.is_none_or(|amount| amount == open.asked.money);
            if !is_same {
                return Err(Error::conflict("payment_open"));
            }
            tx.trail().resource = Some(("payment", open.id.to_string()));
            tx.trail().found_done();
            return Ok(open);
        }
        let today = start_of_day(now.day_in(zone), zone);
        if asked_since(tx, payer, today)? >= INTENTS_A_DAY {
            let tomorrow = start_of_day(now.plus(Span::hours(24)).day_in(zone), zone);
            let wait = u64::try_from(tomorrow.since(now).as_seconds_rounded_up()).unwrap_or(1);
            return Err(Error::too_many("payments_too_many", wait).with("max", INTENTS_A_DAY));
        }
        let mut payment = ask(tx, bakong, payer, wish.beneficiary, offer)?;
        if bakong.asks() {
            plan(tx, &mut payment)?;
        }
        PAYMENTS.put(tx, &payment.id, &payment)?;
        let mut trail = tx.trail();
        trail.resource = Some(("payment", payment.id.to_string()));
        trail.change = Some(json!({
            "plan": offer.purchase.plan(), "amount": offer.money.to_string(),
            "currency": offer.money.currency(), "billNumber": payment.asked.bill_number,
        }));
        Ok(payment)
    })
    .await
}

/// Somebody pays for their family, and hears nothing of them by that.
fn may_pay_for(tx: &WriteTx<'_>, caller: &Caller, payer: UserId, beneficiary: UserId) -> Result<()> {
    check(tx, caller, beneficiary, Scope::Profile, Mode::Read)?;
    let is_between =
        |patient, carer| [(payer, beneficiary), (beneficiary, payer)].contains(&(patient, carer));
    let is_family = active_of(tx, payer)?.iter().any(|connection| {
        connection.kind == ConnectionKind::Family && is_between(connection.patient, connection.carer)
    });
    if !is_family {
        return Err(Error::forbidden("payment_family_only"));
    }
    let status = users::require(tx, beneficiary)?.status;
    match status {
        AccountStatus::Active | AccountStatus::Verified => Ok(()),
        _ => Err(Error::not_found("patient_not_found")),
    }
}

/// What is to be bought, and the amount that was said.
fn meant(tx: &WriteTx<'_>, wish: &Wish, plans: &Plans, is_own: bool) -> Result<(Offer, Option<Money>)> {
    let has = if is_own { Some(subscription(tx, wish.beneficiary)?) } else { None };
    let unreadable = || Error::invalid("amount", "payment_amount_unreadable");
    let amount = wish.amount.as_deref().map(|text| Money::read(text, wish.currency).ok_or_else(unreadable));
    let amount = amount.transpose()?;
    let offer =
        choose(has.as_ref(), plans, (wish.plan, amount), wish.currency, tx.now()).map_err(|unclear| {
            match unclear {
                Unclear::NothingSaid => Error::invalid("amount", "payment_amount_or_plan"),
                Unclear::FreePlan => Error::invalid("planType", "payment_plan_free"),
                Unclear::Amount(all) => {
                    let payable = all.iter().filter(|offer| !offer.money.is_zero());
                    let each = payable
                        .map(|offer| format!("{} ({})", shown(offer.money), offer.purchase.plan().name()));
                    let accepted = each.collect::<Vec<_>>().join(", ");
                    Error::invalid_fields(vec![
                        FieldError::new("amount", "payment_amount_not_accepted").with("accepted", accepted),
                    ])
                }
            }
        })?;
    if offer.money.is_zero() {
        return Err(not_carried(has.as_ref(), plans, offer.purchase.plan(), tx.now()));
    }
    Ok((offer, amount))
}

/// No code in this currency can carry the price: another one may, or the plan is free.
fn not_carried(has: Option<&Subscription>, plans: &Plans, plan: PlanType, now: Timestamp) -> Error {
    let others = Currency::ALL.map(|currency| offer(has, plans, plan, currency, now).money);
    let payable = others.into_iter().filter(|money| !money.is_zero()).map(shown).collect::<Vec<_>>();
    if payable.is_empty() {
        return Error::conflict("payment_not_needed");
    }
    let fault = FieldError::new("currency", "payment_other_currency").with("accepted", payable.join(", "));
    Error::invalid_fields(vec![fault])
}

/// Whether both buy the same: an upgrade of some minutes ago ends when this one does.
fn is_alike(one: Purchase, other: Purchase) -> bool {
    match (one, other) {
        (Purchase::Cycle(one), Purchase::Cycle(other)) => one == other,
        (Purchase::Upgrade { to: one, until }, Purchase::Upgrade { to: other, until: end }) => {
            one == other && until == end
        }
        _ => false,
    }
}

/// The payment of this payer for this plan that can still be paid. One whose time is over ends here.
fn open_one(
    tx: &mut WriteTx<'_>,
    payer: UserId,
    wish: &Wish,
    offer: Offer,
    now: Timestamp,
) -> Result<Option<Payment>> {
    let key = (payer, wish.beneficiary, offer.purchase.plan().key());
    let Some(id) = OPEN.find(tx, &key)? else { return Ok(None) };
    let mut open = PAYMENTS.require(tx, &id, "payment_not_found")?;
    match rules::expire(&mut open, now) {
        Effect::Ended(_) => PAYMENTS.put(tx, &id, &open).map(|()| None),
        _ => Ok(Some(open)),
    }
}

/// How many payments somebody has asked for since then.
fn asked_since(tx: &dyn Reader, payer: UserId, since: Timestamp) -> Result<usize> {
    let mut count = 0;
    // The newest first: those of days before need not be read.
    BY_PAYER.visit_prefix(tx, &payer, Direction::Backward, |_, id| {
        let is_later = PAYMENTS.get(tx, &id)?.is_some_and(|payment| payment.asked.since >= since);
        if !is_later {
            return Ok(Step::Stop);
        }
        count += 1;
        Ok(Step::Continue)
    })?;
    Ok(count)
}

fn ask(
    tx: &WriteTx<'_>,
    bakong: &BakongSettings,
    payer: UserId,
    beneficiary: UserId,
    offer: Offer,
) -> Result<Payment> {
    let id: PaymentId = tx.new_id()?;
    let since = tx.now();
    let expires = since.plus(bakong.code_life());
    let digits = id.0.simple().to_string().to_uppercase();
    let bill_number =
        format!("DT{}", digits.get(digits.len().saturating_sub(BILL_DIGITS)..).unwrap_or_default());
    let generated = code::write(bakong, offer.money, &bill_number, since, expires)
        .map_err(|refusal| Error::internal(format!("no code can be made: {refusal}")))?;
    Ok(Payment {
        id,
        payer,
        beneficiary,
        purchase: offer.purchase,
        asked: Asked {
            money: offer.money,
            account: bakong.account.clone(),
            bill_number,
            code: generated.text,
            md5: generated.md5,
            since,
            expires,
        },
        status: Status::Pending,
        settled: None,
        doubts: Vec::new(),
        named: Vec::new(),
        further: Vec::new(),
        checks: Checks::default(),
        decisions: Vec::new(),
        refunds: Vec::new(),
    })
}

/// The payer gives a payment up. A bank that is at it already may still pay it: then it is paid.
///
/// # Errors
/// `payment_not_found`, also for what others asked for; `payment_not_open`.
pub async fn cancel(context: &Context, caller: &Caller, id: PaymentId) -> Result<Payment> {
    let by = caller.clone();
    gate::write(context, caller, "payment.cancel", move |tx| {
        let me = by.active()?;
        let found = PAYMENTS.get(tx, &id)?.filter(|payment| payment.payer == me);
        let mut payment = found.ok_or_else(|| Error::not_found("payment_not_found"))?;
        tx.trail().resource = Some(("payment", id.to_string()));
        if payment.status == Status::Cancelled {
            tx.trail().found_done();
            return Ok(payment);
        }
        let now = tx.now();
        if rules::status_at(&payment, now) != Status::Pending {
            return Err(Error::conflict("payment_not_open"));
        }
        rules::cancel(&mut payment);
        PAYMENTS.put(tx, &id, &payment)?;
        Ok(payment)
    })
    .await
}
