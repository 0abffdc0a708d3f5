//! What somebody pays for, and what they can pay for.

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::payments::khqr;
use crate::domain::payments::model::{Payment, Status};
use crate::domain::payments::rules::status_at;
use crate::domain::payments::tables::{BY_PAYER, PAYMENTS, REVIEW};
use crate::domain::subscriptions::model::{PlanType, Purchase};
use crate::domain::subscriptions::offers::offer;
use crate::domain::subscriptions::tables::subscription;
use crate::domain::users::model::Role;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{PaymentId, UserId};
use crate::platform::money::{Currency, Money};
use crate::platform::store::{Direction, Page, PageRequest, Reader};

/// A payment as of now.
#[derive(Debug, Clone)]
pub struct PaymentView {
    /// The payment.
    pub payment: Payment,
    /// What has become of it, also where its end was not written down yet.
    pub status: Status,
    /// The picture of its code as PNG, while it can be paid.
    pub picture: Option<Vec<u8>>,
}

/// A payment without the picture, for lists.
pub fn listed(context: &Context, payment: Payment) -> PaymentView {
    PaymentView { status: status_at(&payment, context.now()), payment, picture: None }
}

/// A payment with the picture of its code, while it can be paid.
///
/// # Errors
/// When the picture cannot be made.
pub fn shown(context: &Context, payment: Payment) -> Result<PaymentView> {
    let view = listed(context, payment);
    let is_open = view.status == Status::Pending;
    let picture = is_open.then(|| khqr::png(&view.payment.asked.code)).transpose()?;
    Ok(PaymentView { picture, ..view })
}

/// A payment that the caller asked for.
fn own(tx: &dyn Reader, me: UserId, id: PaymentId) -> Result<Payment> {
    let found = PAYMENTS.get(tx, &id)?.filter(|payment| payment.payer == me);
    found.ok_or_else(|| Error::not_found("payment_not_found"))
}

/// One of the caller's payments.
///
/// # Errors
/// `account_not_active`; `payment_not_found`, also for what others asked for.
pub async fn one(context: &Context, caller: &Caller, id: PaymentId) -> Result<PaymentView> {
    let payment = gate::read(context, caller, "payment.view", |tx| own(tx, caller.active()?, id)).await?;
    shown(context, payment)
}

/// The code of one of the caller's payments as SVG, for print.
///
/// # Errors
/// Those of [`one`]; `payment_not_open` when it cannot be paid any more.
pub async fn picture(context: &Context, caller: &Caller, id: PaymentId) -> Result<String> {
    let view = one(context, caller, id).await?;
    if view.status != Status::Pending {
        return Err(Error::conflict("payment_not_open"));
    }
    khqr::svg(&view.payment.asked.code)
}

/// The caller's payments, newest first.
///
/// # Errors
/// `account_not_active`; a bad cursor.
pub async fn list(context: &Context, caller: &Caller, page: &PageRequest) -> Result<Page<PaymentView>> {
    gate::read(context, caller, "payment.list", |tx| {
        let me = caller.active()?;
        let found = BY_PAYER.page(tx, &me, Direction::Backward, page, |id| PAYMENTS.get(tx, &id))?;
        Ok(found.map(|payment| listed(context, payment)))
    })
    .await
}

/// The payments that a person of the staff has to look at, oldest first.
///
/// # Errors
/// `role_not_allowed`; a bad cursor.
pub async fn review(context: &Context, caller: &Caller, page: &PageRequest) -> Result<Page<PaymentView>> {
    gate::read(context, caller, "payment.list_review", |tx| {
        caller.with_role(Role::Admin)?;
        tx.trail().must_record();
        let found = REVIEW.page(tx, &(), Direction::Forward, page, |id| PAYMENTS.get(tx, &id))?;
        Ok(found.map(|payment| listed(context, payment)))
    })
    .await
}

/// What a plan costs the caller now.
#[derive(Debug, Clone)]
pub struct OfferView {
    /// The plan.
    pub plan: PlanType,
    /// Whether it takes the place of a lesser plan for what is left of that.
    pub is_upgrade: bool,
    /// What is asked for, in each currency; nothing where less than a code can carry.
    pub prices: Vec<Money>,
}

/// What the caller can pay for themselves.
#[derive(Debug, Clone)]
pub struct Offers {
    /// Whether this clinic takes payments.
    pub is_taken: bool,
    /// The paid plans, from the lesser.
    pub offers: Vec<OfferView>,
}

/// What the caller can pay for themselves now.
///
/// # Errors
/// `account_not_active`.
pub async fn offers(context: &Context, caller: &Caller) -> Result<Offers> {
    let plans = context.settings.plans;
    gate::read(context, caller, "payment.list_offers", |tx| {
        let has = subscription(tx, caller.active()?)?;
        let paid = PlanType::ALL.into_iter().filter(|plan| plan.is_paid());
        let offers = paid.map(|plan| {
            let all = Currency::ALL.map(|currency| offer(Some(&has), &plans, plan, currency, tx.now()));
            let is_upgrade = all.iter().any(|offer| matches!(offer.purchase, Purchase::Upgrade { .. }));
            OfferView { plan, is_upgrade, prices: all.into_iter().map(|offer| offer.money).collect() }
        });
        Ok(Offers { is_taken: context.settings.bakong.is_some(), offers: offers.collect() })
    })
    .await
}
