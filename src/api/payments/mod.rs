//! Payments by Bakong.

mod bodies;
mod webhook;

use std::sync::Arc;

use poem::http::header;
use poem::{IntoResponse, Response};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::{ApiResponse, OpenApi};

pub(super) use self::bodies::PaymentAnswer;
use self::bodies::{
    CheckAnswer, InitiateRequest, OffersView, ParkedAnswer, ReconcileRequest, RefundRequest, ResolveRequest,
    ReviewedPayment,
};
pub(super) use self::webhook::WebhookApi;
use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::output::Listed;
use super::problem::Problem;
use crate::domain::payments::model::Status;
use crate::flows::payments as flows;
use crate::platform::context::Context;
use crate::platform::ids::{PaymentId, UserId};
use crate::platform::store::PageRequest;
use crate::views::payments as views;
use crate::views::{receipts, reconciliation};

/// Defines an answer that is one text of a media type of its own.
macro_rules! text_answer {
    ($(#[$doc:meta])* $name:ident, $kind:literal $parameter:literal, $($header:ident: $value:literal),*) => {
        $(#[$doc])*
        pub struct $name(String);

        impl IntoResponse for $name {
            fn into_response(self) -> Response {
                Response::builder().content_type(concat!($kind, $parameter))$(.header(header::$header, $value))*.body(self.0)
            }
        }

        impl ApiResponse for $name {
            fn meta() -> MetaResponses {
                let schema = MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")));
                let response = MetaResponse {
                    description: "Done.",
                    status: Some(200),
                    status_range: None,
                    content: vec![MetaMediaType { content_type: $kind, schema }],
                    headers: Vec::new(),
                };
                MetaResponses { responses: vec![response] }
            }

            fn register(_: &mut Registry) {}
        }
    };
}

text_answer! {
    /// A picture that can be printed at any size.
    Picture, "image/svg+xml" "",
}
text_answer! {
    /// A page that is printed. It loads its style alone.
    ReceiptPage, "text/html" "; charset=utf-8", CONTENT_SECURITY_POLICY: "default-src 'none'; style-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
}

text_answer! {
    /// A table for a spreadsheet.
    Report, "text/csv" "; charset=utf-8",
}

/// Payments of a person.
pub struct PaymentsApi(pub Arc<Context>);

#[OpenApi(tag = "Area::Payments")]
impl PaymentsApi {
    /// What can be paid for
    ///
    /// What each plan costs the caller now. While a lesser plan is paid for, a greater one takes its place for what is
    /// left, and the price is that of the difference.
    #[oai(path = "/bakong-payment/plans", method = "get", operation_id = "list_payment_offers")]
    async fn offers(&self, SignedIn(caller): SignedIn) -> Result<Json<OffersView>, Problem> {
        Ok(Json(OffersView::of(views::offers(&self.0, &caller).await?)))
    }

    /// Ask for a payment
    ///
    /// Makes a KHQR code that any Cambodian bank's app pays. `userId` is the caller, or somebody with whom an accepted
    /// family connection is in force: the receipt goes to the payer, the plan to the named person, and the payer learns
    /// nothing of them. Who asks again for the same while it can be paid gets the same code. Without `planType` the amount
    /// must be exactly what one plan costs. At most five a day.
    #[oai(path = "/bakong-payment/initiate", method = "post", operation_id = "initiate_payment")]
    async fn initiate(
        &self,
        SignedIn(caller): SignedIn,
        Body(body): Body<InitiateRequest>,
    ) -> Result<Json<PaymentAnswer>, Problem> {
        let payment = flows::initiate(&self.0, &caller, body.typed()).await?;
        Ok(Json(PaymentAnswer::of(views::shown(&self.0, payment)?)))
    }

    /// Read a payment
    ///
    /// One that the caller asked for. Its code and the picture are there while it can be paid.
    #[oai(path = "/bakong-payment/:transactionId", method = "get", operation_id = "get_payment")]
    async fn one(
        &self,
        SignedIn(caller): SignedIn,
        #[oai(name = "transactionId")] id: Path<PaymentId>,
    ) -> Result<Json<PaymentAnswer>, Problem> {
        Ok(Json(PaymentAnswer::of(views::one(&self.0, &caller, id.0).await?)))
    }

    /// The code as a picture for print
    ///
    /// SVG, while the payment can be paid.
    #[oai(path = "/bakong-payment/:transactionId/code", method = "get", operation_id = "get_payment_code")]
    async fn code(
        &self,
        SignedIn(caller): SignedIn,
        #[oai(name = "transactionId")] id: Path<PaymentId>,
    ) -> Result<Picture, Problem> {
        Ok(Picture(views::picture(&self.0, &caller, id.0).await?))
    }

    /// Give a payment up
    ///
    /// The code is not shown any more. A bank that is at it already may still pay it; then it is paid all the same.
    #[oai(path = "/bakong-payment/:transactionId/cancel", method = "post", operation_id = "cancel_payment")]
    async fn cancel(
        &self,
        SignedIn(caller): SignedIn,
        #[oai(name = "transactionId")] id: Path<PaymentId>,
    ) -> Result<Json<PaymentAnswer>, Problem> {
        let payment = flows::cancel(&self.0, &caller, id.0).await?;
        Ok(Json(PaymentAnswer::of(views::shown(&self.0, payment)?)))
    }

    /// I have paid
    ///
    /// Asks Bakong at once whether the payment was paid, where there is a call left for it: Bakong allows the clinic some
    /// in a day, a payment has two for this, and a person six a day. Otherwise `nextCheckAt` says when it is looked at by
    /// itself. Nothing is lost by that: what was paid becomes known, at the latest the next day or by a message.
    #[oai(path = "/bakong-payment/:transactionId/check", method = "post", operation_id = "check_payment")]
    async fn check(
        &self,
        SignedIn(caller): SignedIn,
        #[oai(name = "transactionId")] id: Path<PaymentId>,
    ) -> Result<Json<CheckAnswer>, Problem> {
        let pressed = flows::press(&self.0, &caller, id.0).await?;
        let (answered, next) = (pressed.is_answered, pressed.next);
        Ok(Json(CheckAnswer::of(views::shown(&self.0, pressed.payment)?, answered, next)))
    }

    /// My payments
    ///
    /// Those that the caller asked for, newest first, without pictures.
    #[oai(path = "/payments", method = "get", operation_id = "list_payments")]
    async fn list(
        &self,
        SignedIn(caller): SignedIn,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<PaymentAnswer>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let found = views::list(&self.0, &caller, &page).await?;
        Ok(Json(Listed::from_page(found, PaymentAnswer::of)))
    }

    /// Payments to look at
    ///
    /// For clinic staff: payments of which something was told that differs from what was asked for, or too late, oldest
    /// first.
    #[oai(path = "/payments/review", method = "get", operation_id = "list_payments_to_review")]
    async fn review(
        &self,
        SignedIn(caller): SignedIn,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<ReviewedPayment>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let found = views::review(&self.0, &caller, &page).await?;
        Ok(Json(Listed::from_page(found, ReviewedPayment::of)))
    }

    /// All payments
    ///
    /// For clinic staff: newest first, on request only those of one status, or those that one person asked for.
    #[oai(path = "/payments/all", method = "get", operation_id = "list_all_payments")]
    async fn all(
        &self,
        SignedIn(caller): SignedIn,
        status: Query<Option<Status>>,
        /// Who pays.
        #[oai(name = "payerId")]
        payer: Query<Option<UserId>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<ReviewedPayment>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let filter = views::PaymentFilter { status: status.0, payer: payer.0 };
        let found = views::all(&self.0, &caller, filter, &page).await?;
        Ok(Json(Listed::from_page(found, ReviewedPayment::of)))
    }

    /// Messages about unknown payments
    ///
    /// For clinic staff: signed messages that tell of payments which are not known here. Ask the service that sent them.
    #[oai(
        path = "/payments/unknown-messages",
        method = "get",
        operation_id = "list_unknown_payment_messages"
    )]
    async fn parked(
        &self,
        SignedIn(caller): SignedIn,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<ParkedAnswer>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let found = views::parked(&self.0, &caller, &page).await?;
        Ok(Json(Listed::from_page(found, ParkedAnswer::of)))
    }

    /// A receipt for print
    ///
    /// A page in Khmer and English with the receipt's number, of a payment that is paid: for its payer and for clinic staff.
    /// What was given back of it stands on it too.
    #[oai(path = "/payments/:id/receipt", method = "get", operation_id = "get_payment_receipt")]
    async fn receipt(&self, SignedIn(caller): SignedIn, id: Path<PaymentId>) -> Result<ReceiptPage, Problem> {
        Ok(ReceiptPage(receipts::page(&self.0, &caller, id.0).await?))
    }

    /// Hold a bank's file against payments
    ///
    /// For clinic staff: says of each line of a statement of the clinic's account whether it agrees with what is known here,
    /// and which payments of these days stand on no line; changes nothing. The answer is CSV with a `finding` in each line:
    /// MATCHES, NOT_PAID_HERE, AMOUNT_DIFFERS, OTHER_TRANSACTION (it may have come in twice), CONTRADICTION (the hash of one
    /// payment and the bill number of another), UNKNOWN, AGAIN, UNREADABLE and MISSING_AT_BANK; then the sums of each
    /// currency.
    #[oai(path = "/payments/reconcile", method = "post", operation_id = "reconcile_payments")]
    async fn reconcile(
        &self,
        SignedIn(caller): SignedIn,
        Body(body): Body<ReconcileRequest>,
    ) -> Result<Report, Problem> {
        let days = (body.from.0, body.to.0);
        Ok(Report(reconciliation::report(&self.0, &caller, days, body.bank_file).await?))
    }

    /// Decide about a payment
    ///
    /// For clinic staff, by what the bank shows, of payments that are not their own: whether the whole amount came in.
    /// What is paid is granted at once and stays paid. The reason stands in the audit.
    #[oai(path = "/payments/:id/resolve", method = "post", operation_id = "resolve_payment")]
    async fn resolve(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PaymentId>,
        Body(body): Body<ResolveRequest>,
    ) -> Result<Json<ReviewedPayment>, Problem> {
        let payment = flows::resolve(&self.0, &caller, id.0, body.typed()).await?;
        Ok(Json(ReviewedPayment::of(views::listed(&self.0, payment))))
    }

    /// Write a refund down
    ///
    /// For clinic staff, of payments that are not their own: money that was given back by hand, because Bakong has no way
    /// to do it. All refunds together never exceed what was paid. What the payment granted stays.
    #[oai(path = "/payments/:id/refund-record", method = "post", operation_id = "record_refund")]
    async fn refund(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PaymentId>,
        Body(body): Body<RefundRequest>,
    ) -> Result<Json<ReviewedPayment>, Problem> {
        let payment = flows::refund(&self.0, &caller, id.0, body.amount, body.reason).await?;
        Ok(Json(ReviewedPayment::of(views::listed(&self.0, payment))))
    }
}
