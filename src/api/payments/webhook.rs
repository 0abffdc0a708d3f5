//! Signed messages about payments. The signature is over the bytes of the body, so nothing reads it before they are
//! checked.

use std::sync::Arc;

use poem::http::HeaderMap;
use poem::{Request, RequestBody, Result};
use poem_openapi::payload::Json;
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::Type as _;
use poem_openapi::{ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions, Object, OpenApi};

use crate::api::Area;
use crate::api::caller::{Anyone, info_of};
use crate::api::incoming::{self, is_json};
use crate::api::problem::{Problem, unsupported_media_type};
use crate::api::types::named_lists;
use crate::flows::payments::{Received, SignedMessage, Verdict, receive};
use crate::platform::bakong::signature::{BODY_BYTES_MAX, Form};
use crate::platform::context::Context;
use crate::platform::error::Error;

named_lists! {
    /// What is known of a payment after a message about it. REVIEW: a person has to look at it, because the message
    /// differs from what was asked for or is too old. UNKNOWN: no such payment is known here; it was written down.
    Verdict as "PaymentVerdict": Completed, Pending, Failed, Expired, Cancelled, Review, Unknown;
}

/// A message about a payment. Members that nobody knows are passed over; other spellings of these are refused.
#[derive(Debug, Object)]
#[oai(rename = "PaymentMessage", rename_all = "camelCase")]
pub struct MessageBody {
    /// The payment: `transactionId` of `POST /bakong-payment/initiate`.
    transaction_id: Option<String>,
    /// PAID or COMPLETED, FAILED, EXPIRED or TIMEOUT, CANCELLED.
    status: Option<String>,
    /// How much was paid: "2000" or 2000. Compared by its value and never rounded.
    amount: Option<serde_json::Value>,
    /// KHR or USD; that of the payment where it is left out.
    currency: Option<String>,
    /// The account that it came in on. Another one than the clinic's is left to a person.
    to_account_id: Option<String>,
    /// The bill number of the code. Another one than the payment's is left to a person.
    bill_number: Option<String>,
    /// The MD5 of the code, also as `md5Hash`. Another one than the payment's is left to a person.
    md5: Option<String>,
    /// The hash of Bakong's transaction, 64 hexadecimal digits. One that paid for something else pays for nothing here, and a
    /// second one of the same payment is left to a person.
    hash: Option<String>,
    /// When Bakong made the transaction, in milliseconds since 1970.
    #[oai(rename = "createdDateMs")]
    created_date_ms: Option<i64>,
    /// When it was written, in milliseconds since 1970: for the signature in the body.
    timestamp: Option<serde_json::Value>,
    /// The signature, where it stands in the body: 64 hexadecimal digits.
    signature: Option<String>,
    /// A sealed message that stands for the members above: AES-256-GCM in base64, under the shared key.
    #[oai(rename = "encrypted_payload")]
    encrypted_payload: Option<String>,
}

/// What became of a message.
#[derive(Debug, Object)]
#[oai(rename = "PaymentMessageResult", rename_all = "camelCase")]
pub struct MessageAnswer {
    /// The payment as the message names it.
    transaction_id: String,
    /// What is known of it now.
    status: Verdict,
}

impl MessageAnswer {
    fn of(received: Received) -> Self {
        Self { transaction_id: received.transaction_id, status: received.verdict }
    }
}

/// How a message is answered.
#[derive(ApiResponse)]
pub enum MessageResponse {
    /// Taken, and it stands in `status` what is known now.
    #[oai(status = 200)]
    Known(Json<MessageAnswer>),
    /// Taken, and left to a person.
    #[oai(status = 202)]
    Left(Json<MessageAnswer>),
}

/// A message, byte by byte.
pub struct RawMessage(SignedMessage);

impl<'a> ApiExtractor<'a> for RawMessage {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        MessageBody::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content_type = "application/json; charset=utf-8";
        let schema = MessageBody::schema_ref();
        Some(MetaRequest {
            description: Some("At most 64 KiB."),
            content: vec![MetaMediaType { content_type, schema }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        if !request.content_type().is_some_and(is_json) {
            return Err(unsupported_media_type("application/json").into());
        }
        let body = incoming::read(info_of(request)?, body.take()?).await?;
        if body.len() > BODY_BYTES_MAX {
            return Err(Problem::from(Error::too_large("body_too_large")).into());
        }
        Ok(Self(SignedMessage { form: form_of(request.headers()), body: body.to_vec() }))
    }
}

/// Where a message carries its signature. Headers that are there twice, in part, or of two forms contradict each other.
fn form_of(headers: &HeaderMap) -> Option<Form> {
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature", "x-timestamp", "x-signature"];
    let count = |name: &str| headers.get_all(name).iter().count();
    if names.iter().any(|name| count(name) > 1) {
        return None;
    }
    let [id, timestamp, signatures, time, signature] =
        names.map(|name| headers.get(name).map(|value| value.to_str().unwrap_or_default().to_owned()));
    match (id, timestamp, signatures, time, signature) {
        (Some(id), Some(timestamp), Some(signatures), None, None) => {
            Some(Form::Standard { id, timestamp, signatures })
        }
        (None, None, None, Some(timestamp), Some(signature)) => {
            Some(Form::Timestamped { timestamp, signature })
        }
        (None, None, None, None, None) => Some(Form::InBody),
        _ => None,
    }
}

/// Messages of services around Bakong.
pub struct WebhookApi(pub Arc<Context>);

#[OpenApi(tag = "Area::Payments")]
impl WebhookApi {
    /// Tell of a payment
    ///
    /// For a service that watches payments. It needs no sign-in: the message is signed with HMAC-SHA256 under one of the
    /// clinic's secrets, in exactly one of three forms.
    ///
    /// 1. Standard Webhooks: the headers `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature` (`v1,` and
    ///    base64, several with blanks between), over `id.timestamp.body`. A secret that begins with `whsec_` is base64.
    /// 2. The headers `X-Timestamp` (milliseconds) and `X-Signature` (hexadecimal), over `timestamp.body`.
    /// 3. The member `signature` of the body (hexadecimal), over the body as it is sent, without that member and without
    ///    blanks outside of texts; the other members in the order and the very characters in which they are sent, so that
    ///    `2000`, `2000.0` and `"2000"` sign differently. `timestamp` (milliseconds) must be among them. Example: of
    ///    `{"transactionId": "T", "signature": "...", "amount": 2000, "timestamp": 1}` it is over
    ///    `{"transactionId":"T","amount":2000,"timestamp":1}`.
    ///
    /// The time may differ from now by five minutes. In the third form one of up to seven days is taken, grants nothing and
    /// is left to a person (202). Whatever is wrong with a signature, the answer is the same 401.
    ///
    /// Members may also stand in `data`, with `type` or `event` beside (`payment.completed` and so on). The same message
    /// again changes nothing and is answered 200; another one under the same `webhook-id` is refused with 409. What
    /// differs from what was asked for (amount, currency, account, bill number, MD5, or a transaction that paid for
    /// something else) is never paid by itself: a person looks at it (202).
    #[oai(path = "/payments/webhook", method = "post", operation_id = "receive_payment_message")]
    async fn receive(
        &self,
        Anyone(caller): Anyone,
        RawMessage(message): RawMessage,
    ) -> Result<MessageResponse, Problem> {
        let received = receive(&self.0, &caller, message).await?;
        let is_left = matches!(received.verdict, Verdict::Review | Verdict::Unknown);
        let answer = Json(MessageAnswer::of(received));
        Ok(if is_left { MessageResponse::Left(answer) } else { MessageResponse::Known(answer) })
    }
}
