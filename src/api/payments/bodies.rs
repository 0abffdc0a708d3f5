//! What is sent and shown of payments.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use poem_openapi::Object;

use crate::api::subscriptions::PriceView;
use crate::api::types::{Day, Instant, named_lists};
use crate::domain::payments::model::{
    Decided, Doubt, Payment, Refund, Source, Status, Transaction, receipt_text,
};
use crate::domain::payments::tables::Parked;
use crate::domain::subscriptions::model::{PlanType, Purchase};
use crate::flows::payments::{Decision, Wish};
use crate::platform::clock::Timestamp;
use crate::platform::ids::{PaymentId, UserId};
use crate::platform::money::Currency;
use crate::views::payments as views;

named_lists! {
    /// What has become of a payment. PAID stays; all others may still become PAID when the truth comes late.
    Status as "PaymentStatus": Pending, Paid, Failed, Expired, Cancelled;
    /// Why a person has to look at a payment.
    Doubt as "PaymentDoubt": AmountUntold, OtherAmount, OtherCurrency, OtherAccount, OtherBill, OtherCode,
        HashOfAnother, PaidTwice, OldMessage, NeverAnswered;
    /// Who said first that a payment is paid: a signed message, Bakong when it was asked, or clinic staff.
    Source as "PaymentSource": Webhook, Check, Staff;
}

/// How a plan is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename = "PurchaseKind", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum PurchaseKind {
    /// A whole cycle, after everything that is paid for already.
    Cycle,
    /// In the place of lesser plans, for what is left of them.
    Upgrade,
}

impl PurchaseKind {
    const fn of(purchase: Purchase) -> Self {
        match purchase {
            Purchase::Cycle(_) => Self::Cycle,
            Purchase::Upgrade { .. } => Self::Upgrade,
        }
    }
}

/// What somebody wants to pay for.
#[derive(Debug, Object)]
#[oai(rename = "InitiatePaymentRequest", rename_all = "camelCase")]
pub(super) struct InitiateRequest {
    /// Whose plan: the caller's, or somebody's of their family.
    user_id: UserId,
    /// How much, as `GET /bakong-payment/plans` says: "2000" riel, "0.50" dollars. It may be left out where `planType`
    /// is given.
    #[oai(validator(min_length = 1, max_length = 16))]
    amount: Option<String>,
    /// In what.
    currency: Currency,
    /// Which plan; needed where two cost the same.
    plan_type: Option<PlanType>,
}

impl InitiateRequest {
    pub(super) fn typed(self) -> Wish {
        Wish { beneficiary: self.user_id, amount: self.amount, currency: self.currency, plan: self.plan_type }
    }
}

/// A payment that somebody asked for.
#[derive(Debug, Object)]
#[oai(rename = "Payment", rename_all = "camelCase")]
pub(in crate::api) struct PaymentAnswer {
    /// Its id.
    id: PaymentId,
    /// The same id, under the name by which services around Bakong call it.
    transaction_id: PaymentId,
    /// What has become of it.
    status: Status,
    /// The plan that is bought.
    plan_type: PlanType,
    /// How.
    purchase: PurchaseKind,
    /// Whose plan.
    user_id: UserId,
    /// How much: "2000" riel, "0.50" dollars.
    amount: String,
    /// In what.
    currency: Currency,
    /// The bill number, which the payer's bank shows.
    bill_number: String,
    /// The code to scan as PNG in base64; null when it cannot be paid any more, and in lists.
    qr_code: Option<String>,
    /// The text of the code; null when it cannot be paid any more.
    qr_string: Option<String>,
    /// The MD5 of the code, by which Bakong names the payment.
    md5: String,
    /// When it was asked for.
    created_at: Instant,
    /// Until when it can be paid.
    expires_at: Instant,
    /// When it became known that it is paid.
    paid_at: Option<Instant>,
    /// The number of its receipt, which `GET /payments/{id}/receipt` prints.
    receipt_number: Option<String>,
    /// What the clinic wrote down of money that it gave back.
    refunds: Vec<GivenBack>,
}

/// Money that was given back, as its payer sees it.
#[derive(Debug, Object)]
#[oai(rename = "GivenBack", rename_all = "camelCase")]
struct GivenBack {
    /// How much, in the currency of the payment.
    amount: String,
    /// When it was written down.
    recorded_at: Instant,
}

impl PaymentAnswer {
    pub(in crate::api) fn of(view: views::PaymentView) -> Self {
        let Payment { id, beneficiary, purchase, asked, settled, refunds, .. } = view.payment;
        let back =
            |refund: Refund| GivenBack { amount: refund.money.to_string(), recorded_at: refund.at.into() };
        Self {
            id,
            transaction_id: id,
            status: view.status,
            plan_type: purchase.plan(),
            purchase: PurchaseKind::of(purchase),
            user_id: beneficiary,
            amount: asked.money.to_string(),
            currency: asked.money.currency(),
            bill_number: asked.bill_number,
            qr_code: view.picture.map(|picture| BASE64_STANDARD.encode(picture)),
            qr_string: (view.status == Status::Pending).then_some(asked.code),
            md5: asked.md5,
            created_at: asked.since.into(),
            expires_at: asked.expires.into(),
            paid_at: settled.as_ref().map(|settled| settled.known.into()),
            receipt_number: settled.and_then(|settled| settled.receipt).map(receipt_text),
            refunds: refunds.into_iter().map(back).collect(),
        }
    }
}

/// What came of asking Bakong.
#[derive(Debug, Object)]
#[oai(rename = "PaymentCheck", rename_all = "camelCase")]
pub(super) struct CheckAnswer {
    /// The payment as it is now.
    payment: PaymentAnswer,
    /// Whether Bakong was asked just now and answered.
    answered: bool,
    /// When it is asked next by itself; null when it is not.
    next_check_at: Option<Instant>,
}

impl CheckAnswer {
    pub(super) fn of(view: views::PaymentView, answered: bool, next: Option<Timestamp>) -> Self {
        Self { payment: PaymentAnswer::of(view), answered, next_check_at: next.map(Instant) }
    }
}

/// What a plan costs the caller now.
#[derive(Debug, Object)]
#[oai(rename = "PaymentOffer", rename_all = "camelCase")]
struct OfferAnswer {
    /// The plan.
    plan_type: PlanType,
    /// How it is bought.
    purchase: PurchaseKind,
    /// The price in each currency whose codes can carry it. An upgrade that none can carry costs nothing.
    prices: Vec<PriceView>,
}

/// What the caller can pay for.
#[derive(Debug, Object)]
#[oai(rename = "PaymentOffers", rename_all = "camelCase")]
pub(super) struct OffersView {
    /// Whether this clinic takes payments here.
    configured: bool,
    /// The paid plans, from the lesser.
    offers: Vec<OfferAnswer>,
}

impl OffersView {
    pub(super) fn of(offers: views::Offers) -> Self {
        let offer = |offer: views::OfferView| OfferAnswer {
            plan_type: offer.plan,
            purchase: if offer.is_upgrade { PurchaseKind::Upgrade } else { PurchaseKind::Cycle },
            prices: offer.prices.into_iter().map(PriceView::of).collect(),
        };
        Self { configured: offers.is_taken, offers: offers.offers.into_iter().map(offer).collect() }
    }
}

/// What clinic staff found out about a payment.
#[derive(Debug, Object)]
#[oai(rename = "ResolvePaymentRequest", rename_all = "camelCase")]
pub(super) struct ResolveRequest {
    /// Whether the whole amount came in.
    paid: bool,
    /// The hash of the transaction, 64 hexadecimal digits, where the bank shows it. It pays for one payment only.
    #[oai(validator(min_length = 64, max_length = 64))]
    hash: Option<String>,
    /// How they know, 10 to 500 characters.
    #[oai(validator(min_length = 10, max_length = 500))]
    reason: String,
}

impl ResolveRequest {
    pub(super) fn typed(self) -> Decision {
        Decision { is_paid: self.paid, hash: self.hash, reason: self.reason }
    }
}

/// What a person of the staff found out.
#[derive(Debug, Object)]
#[oai(rename = "PaymentDecision", rename_all = "camelCase")]
struct DecisionAnswer {
    /// Who.
    decided_by: UserId,
    /// When.
    decided_at: Instant,
    /// Whether it was paid.
    paid: bool,
    /// How they know.
    reason: String,
    /// What was in doubt until then.
    doubts: Vec<Doubt>,
}

impl DecisionAnswer {
    fn of(decided: Decided) -> Self {
        Self {
            decided_by: decided.by,
            decided_at: decided.at.into(),
            paid: decided.is_paid,
            reason: decided.reason,
            doubts: decided.doubts,
        }
    }
}

/// Money that was given back by hand.
#[derive(Debug, Object)]
#[oai(rename = "RecordRefundRequest", rename_all = "camelCase")]
pub(super) struct RefundRequest {
    /// How much, in the currency of the payment: "2000" riel, "0.50" dollars.
    #[oai(validator(min_length = 1, max_length = 16))]
    pub(super) amount: String,
    /// Why, and how it was given back, 10 to 500 characters.
    #[oai(validator(min_length = 10, max_length = 500))]
    pub(super) reason: String,
}

/// Money that was given back.
#[derive(Debug, Object)]
#[oai(rename = "PaymentRefund", rename_all = "camelCase")]
struct RefundAnswer {
    /// How much, in the currency of the payment.
    amount: String,
    /// Who of the staff wrote it down.
    recorded_by: UserId,
    /// When.
    recorded_at: Instant,
    /// Why.
    reason: String,
}

impl RefundAnswer {
    fn of(refund: Refund) -> Self {
        Self {
            amount: refund.money.to_string(),
            recorded_by: refund.by,
            recorded_at: refund.at.into(),
            reason: refund.reason,
        }
    }
}

/// A payment as clinic staff see it: what the bank shows too, and nothing of a person but their id.
#[derive(Debug, Object)]
#[oai(rename = "ReviewedPayment", rename_all = "camelCase")]
pub(super) struct ReviewedPayment {
    /// Its id.
    id: PaymentId,
    /// What has become of it.
    status: Status,
    /// Who pays.
    payer_id: UserId,
    /// Whose plan.
    user_id: UserId,
    /// The plan that is bought.
    plan_type: PlanType,
    /// How much was asked for.
    amount: String,
    /// In what.
    currency: Currency,
    /// The account that was to receive it.
    account: String,
    /// The bill number.
    bill_number: String,
    /// The MD5 of the code.
    md5: String,
    /// The transaction's hash, where it was told.
    hash: Option<String>,
    /// Hashes of transactions that were named by what is in doubt; whoever decides that it is paid makes them this
    /// payment's, unless they paid for another one.
    named_hashes: Vec<String>,
    /// Hashes of further transactions that paid this: what came in twice can be given back.
    further_hashes: Vec<String>,
    /// When it was asked for.
    created_at: Instant,
    /// Until when it could be paid.
    expires_at: Instant,
    /// When it became known that it is paid.
    paid_at: Option<Instant>,
    /// The number of its receipt.
    receipt_number: Option<String>,
    /// Whether it was paid after its time.
    late: bool,
    /// Who said first that it is paid.
    source: Option<Source>,
    /// Why somebody has to look at it.
    doubts: Vec<Doubt>,
    /// What was found out by those who looked.
    decisions: Vec<DecisionAnswer>,
    /// What was given back.
    refunds: Vec<RefundAnswer>,
}

impl ReviewedPayment {
    pub(super) fn of(view: views::PaymentView) -> Self {
        let Payment { id, payer, beneficiary, purchase, asked, settled, doubts, decisions, refunds, .. } =
            view.payment;
        let hashes = |all: Vec<Transaction>| all.into_iter().map(|one| one.hash).collect();
        Self {
            id,
            status: view.status,
            payer_id: payer,
            user_id: beneficiary,
            plan_type: purchase.plan(),
            amount: asked.money.to_string(),
            currency: asked.money.currency(),
            account: asked.account,
            bill_number: asked.bill_number,
            md5: asked.md5,
            hash: settled.as_ref().and_then(|settled| settled.hash.clone()),
            named_hashes: hashes(view.payment.named),
            further_hashes: hashes(view.payment.further),
            created_at: asked.since.into(),
            expires_at: asked.expires.into(),
            paid_at: settled.as_ref().map(|settled| settled.known.into()),
            receipt_number: settled.as_ref().and_then(|settled| settled.receipt).map(receipt_text),
            late: settled.as_ref().is_some_and(|settled| settled.late),
            source: settled.as_ref().map(|settled| settled.source),
            doubts,
            decisions: decisions.into_iter().map(DecisionAnswer::of).collect(),
            refunds: refunds.into_iter().map(RefundAnswer::of).collect(),
        }
    }
}

/// A signed message about a payment that is not known here.
#[derive(Debug, Object)]
#[oai(rename = "UnknownPaymentMessage", rename_all = "camelCase")]
pub(super) struct ParkedAnswer {
    /// Its id: `id:` and its `webhook-id`, or `body:` and the SHA-256 of its body.
    id: String,
    /// The payment as the message names it.
    transaction_id: String,
    /// When it came.
    received_at: Instant,
}

impl ParkedAnswer {
    pub(super) fn of((id, parked): (String, Parked)) -> Self {
        Self { id, transaction_id: parked.transaction_id, received_at: parked.at.into() }
    }
}

/// A statement of the clinic's account, to be held against payments.
#[derive(Debug, Object)]
#[oai(rename = "ReconcilePaymentsRequest", rename_all = "camelCase")]
pub(super) struct ReconcileRequest {
    /// The first day of the statement.
    pub(super) from: Day,
    /// Its last day.
    pub(super) to: Day,
    /// CSV with commas and a heading: `amount` and `currency` (KHR or USD), and `hash` (of the Bakong transaction), `bill`
    /// (the bill number) or both. Other columns are passed over. At most 5,000 lines.
    #[oai(validator(min_length = 1, max_length = 800000))]
    pub(super) bank_file: String,
}
