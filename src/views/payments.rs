//! What somebody pays for, and what they can pay for.

use serde::{Deserialize, Serialize};

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::payments::checking::day_of;
use crate::domain::payments::khqr;
use crate::domain::payments::model::{Payment, Status};
use crate::domain::payments::rules::status_at;
use crate::domain::payments::screens::OpenScreens;
use crate::domain::payments::tables::{BY_PAYER, CALLS, PARKED, PAYMENTS, Parked, REVIEW};
use crate::domain::payments::token::current;
use crate::domain::subscriptions::model::{PlanType, Purchase};
use crate::domain::subscriptions::offers::offer;
use crate::domain::subscriptions::tables::subscription;
use crate::domain::users::model::Role;
use crate::platform::bakong::answer::token_end;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{PaymentId, UserId};
use crate::platform::money::{Currency, Money};
use crate::platform::store::{Direction, Page, PageRequest, Reader, Step, readable};

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
    let view = shown(context, payment)?;
    if view.status == Status::Pending {
        context.extensions.get::<OpenScreens>().looks(id, context.now());
    }
    Ok(view)
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

/// All payments that somebody asked for, oldest first.
pub(super) fn all_of(tx: &dyn Reader, context: &Context, payer: UserId) -> Result<Vec<PaymentView>> {
    let mut found = Vec::new();
    BY_PAYER.visit_prefix(tx, &payer, Direction::Forward, |_, id| {
        found.extend(PAYMENTS.get(tx, &id)?.map(|payment| listed(context, payment)));
        Ok(Step::Continue)
    })?;
    Ok(found)
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

/// Which payments are wanted.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct PaymentFilter {
    /// Only those of which this has become.
    pub status: Option<Status>,
    /// Only those that this person asked for.
    pub payer: Option<UserId>,
}

/// All payments, newest first.
///
/// # Errors
/// `role_not_allowed`; a bad cursor.
pub async fn all(
    context: &Context,
    caller: &Caller,
    filter: PaymentFilter,
    page: &PageRequest,
) -> Result<Page<PaymentView>> {
    gate::read(context, caller, "payment.list_all", |tx| {
        caller.with_role(Role::Admin)?;
        tx.trail().must_record();
        let now = tx.now();
        let fits = |payment: &Payment| filter.status.is_none_or(|status| status_at(payment, now) == status);
        let found = match filter.payer {
            Some(payer) => {
                let load = |id| Ok(PAYMENTS.get(tx, &id)?.filter(fits));
                BY_PAYER.page(tx, &payer, Direction::Backward, page, load)?
            }
            None => {
                let all = PAYMENTS.page(tx, &(), Direction::Backward, page, |_, payment| fits(payment))?;
                all.map(|(_, payment)| payment)
            }
        };
        Ok(found.map(|payment| listed(context, payment)))
    })
    .await
}

/// Signed messages about payments that are not known here, by their ids.
///
/// # Errors
/// `role_not_allowed`; a bad cursor.
pub async fn parked(
    context: &Context,
    caller: &Caller,
    page: &PageRequest,
) -> Result<Page<(String, Parked)>> {
    gate::read(context, caller, "payment.list_parked", |tx| {
        caller.with_role(Role::Admin)?;
        tx.trail().must_record();
        PARKED.page(tx, &(), Direction::Forward, page, |_, _| true)
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
    /// What is asked for, in each currency that can carry it; nothing where none can.
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
            // What one currency cannot carry is paid in the other one, and not given away.
            let is_free = all.iter().all(|offer| offer.money.is_zero());
            let prices = all.into_iter().map(|offer| offer.money).filter(|money| is_free || !money.is_zero());
            OfferView { plan, is_upgrade, prices: prices.collect() }
        });
        Ok(Offers { is_taken: context.settings.bakong.is_some(), offers: offers.collect() })
    })
    .await
}

/// Where payments go, and how it becomes known that they were paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Provider {
    /// The clinic takes no payments here.
    #[default]
    NotConfigured,
    /// Codes for the clinic's account; signed messages and clinic staff say what was paid.
    Account,
    /// The same, and Bakong is asked.
    BakongApi,
}

/// How payments are doing.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProviderStatus {
    /// Where payments go.
    pub provider: Provider,
    /// Calls that are left today.
    pub calls_left: Option<u32>,
    /// Whether Bakong refused the token today.
    pub is_token_refused: bool,
    /// When the token is over.
    pub token_expires: Option<Timestamp>,
    /// Payments that a person has to look at.
    pub to_review: u64,
}

/// How payments are doing, for clinic staff.
///
/// # Errors
/// When the storage cannot be read.
pub(super) fn provider(context: &Context, tx: &dyn Reader) -> Result<ProviderStatus> {
    let Some(bakong) = &context.settings.bakong else { return Ok(ProviderStatus::default()) };
    let today = day_of(tx.now(), bakong.calls_begin_hour, context.zone());
    let calls = CALLS.get(tx, &today)?.unwrap_or_default();
    let mut to_review = 0;
    REVIEW.visit_prefix(tx, &(), Direction::Forward, |(), _| {
        to_review += 1;
        Ok(Step::Continue)
    })?;
    let asks = context.bakong.is_some();
    Ok(ProviderStatus {
        provider: if asks { Provider::BakongApi } else { Provider::Account },
        calls_left: asks.then(|| calls.left(bakong.calls_per_day)),
        is_token_refused: calls.is_token_refused,
        token_expires: current(tx, bakong)?.as_ref().and_then(token_end),
        to_review,
    })
}

/// The same, for the metrics.
///
/// # Errors
/// When the storage cannot be read.
pub async fn provider_status(context: &Context) -> Result<ProviderStatus> {
    gate::read(context, &Caller::system("status"), "payment.status", |tx| readable(|| provider(context, tx)))
        .await
}
