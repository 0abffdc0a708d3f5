//! What Bakong answers when it is asked for a transaction.
//!
//! Only two answers say something of the payment: a transaction, and Bakong's own "not found". Every other one (no
//! token, no calls left, a gateway's page, half an answer) says nothing, and is never taken for "not paid".

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use crate::platform::clock::Timestamp;
use crate::platform::money::Told;
use crate::platform::secret::Secret;

/// An answer, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// There is such a transaction.
    Paid(Transaction),
    /// There is none so far.
    NotFound,
    /// There is one, and it failed.
    Failed,
    /// The calls of the day are spent (code 17).
    QuotaSpent,
    /// The token is missing, wrong or over.
    TokenRefused,
    /// It says nothing of the payment; why, for the log.
    Unknown(String),
}

/// An answer about several transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListAnswer {
    /// What it says of each, by the MD5 that it names. What it does not name it says nothing of.
    Of(Vec<(String, Answer)>),
    /// It is closed to us, or not there: single questions go on.
    Closed,
    /// It says nothing of any of them, for this reason.
    Nothing(Answer),
}

/// A transaction, as far as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its hash.
    pub hash: String,
    /// How much.
    pub money: Told,
    /// The account that received it.
    pub to_account: Option<String>,
    /// When the payer sent it.
    pub sent: Option<Timestamp>,
}

/// The answer to a request for a new token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// The new token.
    Token(Secret<String>),
    /// Bakong knows no such e-mail address.
    NotRegistered,
    /// The calls of the day are spent (code 17).
    QuotaSpent,
    /// It says nothing of the token; why, for the log.
    Unknown(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    response_code: Value,
    #[serde(default)]
    error_code: Value,
    #[serde(default)]
    data: Value,
}

const NOT_REGISTERED: i64 = 10;
const NOT_FOUND: i64 = 1;
const TRANSACTION_FAILED: i64 = 3;
const UNAUTHORIZED: i64 = 6;
const DAILY_LIMIT: i64 = 17;

/// Reads an answer to a check by MD5 or hash.
pub fn read(status: u16, body: &[u8]) -> Answer {
    let Ok(envelope) = serde_json::from_slice::<Envelope>(body) else {
        return match status {
            401 => Answer::TokenRefused,
            _ => Answer::Unknown(format!("status {status} without an answer of Bakong's")),
        };
    };
    let codes = (whole(&envelope.response_code), whole(&envelope.error_code));
    match (status, codes) {
        (200, (Some(0), _)) => match transaction(&envelope.data) {
            Some(transaction) => Answer::Paid(transaction),
            None => Answer::Unknown("success without a transaction".to_owned()),
        },
        (_, (Some(1), Some(DAILY_LIMIT))) => Answer::QuotaSpent,
        (401, _) | (_, (Some(1), Some(UNAUTHORIZED))) => Answer::TokenRefused,
        // Live systems answer 200, others 404.
        (200 | 404, (Some(1), Some(NOT_FOUND))) => Answer::NotFound,
        (200, (Some(1), Some(TRANSACTION_FAILED))) => Answer::Failed,
        (status, (response, error)) => {
            Answer::Unknown(format!("status {status}, responseCode {response:?}, errorCode {error:?}"))
        }
    }
}

/// Reads an answer to a check of several by their MD5. Each is found by the MD5 that it names, whatever its place.
pub fn read_list(status: u16, body: &[u8]) -> ListAnswer {
    let Ok(envelope) = serde_json::from_slice::<Envelope>(body) else {
        return match status {
            403 | 404 => ListAnswer::Closed,
            _ => ListAnswer::Nothing(read(status, body)),
        };
    };
    match (status, whole(&envelope.response_code), envelope.data.as_array()) {
        (200, Some(0), Some(items)) => ListAnswer::Of(items.iter().filter_map(item).collect()),
        (404, ..) => ListAnswer::Closed,
        _ => ListAnswer::Nothing(match read(status, body) {
            said @ (Answer::QuotaSpent | Answer::TokenRefused | Answer::Unknown(_)) => said,
            // Of one payment it would say something; of a list it does not.
            Answer::Paid(_) | Answer::NotFound | Answer::Failed => {
                Answer::Unknown("an answer about a list without the list".to_owned())
            }
        }),
    }
}

/// One of a list.
fn item(item: &Value) -> Option<(String, Answer)> {
    let md5 = item.get("md5").and_then(Value::as_str)?.to_ascii_lowercase();
    let answer = match item.get("status").and_then(Value::as_str) {
        Some("SUCCESS") => match item.get("data").and_then(transaction) {
            Some(transaction) => Answer::Paid(transaction),
            None => Answer::Unknown("success without a transaction".to_owned()),
        },
        Some("NOT_FOUND") => Answer::NotFound,
        Some("FAILED") => Answer::Failed,
        other => Answer::Unknown(format!("status {other:?} in a list")),
    };
    Some((md5, answer))
}

/// Reads an answer to a request for a new token.
pub fn read_renewal(status: u16, body: &[u8]) -> Renewal {
    let Ok(envelope) = serde_json::from_slice::<Envelope>(body) else {
        return Renewal::Unknown(format!("status {status} without an answer of Bakong's"));
    };
    let token = envelope.data.get("token").and_then(Value::as_str).filter(|token| !token.is_empty());
    match (status, whole(&envelope.response_code), whole(&envelope.error_code), token) {
        (200, Some(0), _, Some(token)) => Renewal::Token(Secret::new(token.to_owned())),
        (_, Some(1), Some(NOT_REGISTERED), _) => Renewal::NotRegistered,
        (_, Some(1), Some(DAILY_LIMIT), _) => Renewal::QuotaSpent,
        (status, response, error, _) => {
            Renewal::Unknown(format!("status {status}, responseCode {response:?}, errorCode {error:?}"))
        }
    }
}

/// When a token is over: the claim `exp` that it carries. It is Bakong's to check, so its signature is not looked at.
pub fn token_end(token: &Secret<String>) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    let claims = token.reveal().split('.').nth(1)?;
    let claims: Claims = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    Some(Timestamp::from_milliseconds(claims.exp.checked_mul(1_000)?))
}

fn transaction(data: &Value) -> Option<Transaction> {
    let text = |name: &str| {
        data.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    Some(Transaction {
        hash: text("hash")?,
        money: told(data.get("amount"), text("currency").as_deref()),
        to_account: text("toAccountId"),
        sent: data.get("createdDateMs").and_then(milliseconds),
    })
}

/// A code, written as a number or as a text.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// A time in milliseconds, which Bakong writes with fractions.
fn milliseconds(value: &Value) -> Option<Timestamp> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let whole = text.split_once('.').map_or(text.as_str(), |(whole, _)| whole);
    whole.parse().ok().filter(|milliseconds| *milliseconds > 0).map(Timestamp::from_milliseconds)
}

/// An amount, written as a number or as a text.
fn told(amount: Option<&Value>, currency: Option<&str>) -> Told {
    match amount {
        None | Some(Value::Null) => Told::Nothing,
        Some(Value::String(text)) => Told::read(Some(text), currency),
        Some(other) => Told::read(Some(&other.to_string()), currency),
    }
}
