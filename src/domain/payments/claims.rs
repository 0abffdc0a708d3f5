//! What others say, as a claim about a payment.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::model::{Claim, Outcome, Source, transaction_hash};
use crate::platform::bakong::answer::Answer;
use crate::platform::clock::Timestamp;
use crate::platform::money::{Currency, Told};

/// What Bakong's answer says of the payment that it was asked for; `None` where it says nothing.
pub fn of_answer(answer: &Answer) -> Option<Claim> {
    let said = |outcome| Claim {
        source: Source::Check,
        outcome,
        money: Told::Nothing,
        account: None,
        bill_number: None,
        md5: None,
        hash: None,
        sent: None,
    };
    match answer {
        Answer::Paid(transaction) => Some(Claim {
            money: transaction.money.clone(),
            account: transaction.to_account.clone(),
            hash: transaction_hash(&transaction.hash),
            sent: transaction.sent,
            ..said(Outcome::Paid)
        }),
        Answer::NotFound => Some(said(Outcome::Unpaid)),
        Answer::Failed => Some(said(Outcome::Failed)),
        Answer::QuotaSpent | Answer::TokenRefused | Answer::Unknown(_) => None,
    }
}

/// A message about a payment, whose signature was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The payment as its writer names it.
    pub transaction_id: String,
    outcome: Outcome,
    amount: Option<String>,
    currency: Option<String>,
    account: Option<String>,
    bill_number: Option<String>,
    md5: Option<String>,
    hash: Option<String>,
    sent: Option<Timestamp>,
    /// Members that were passed over because nobody knows them.
    pub unknown: usize,
}

impl Notice {
    /// What it says of a payment in `currency`, which it need not name.
    pub fn claim(&self, currency: Currency) -> Claim {
        Claim {
            source: Source::Webhook,
            outcome: self.outcome,
            money: Told::read(
                self.amount.as_deref(),
                Some(self.currency.as_deref().unwrap_or(currency.code())),
            ),
            account: self.account.clone(),
            bill_number: self.bill_number.clone(),
            md5: self.md5.clone(),
            hash: self.hash.clone(),
            sent: self.sent,
        }
    }
}

const HASH_UNREADABLE: &str = "`hash` must be hexadecimal digits, 64 at most";

/// The members of a message that are understood, and those that belong to its form.
const KNOWN: [&str; 13] = [
    "transactionId",
    "status",
    "amount",
    "currency",
    "toAccountId",
    "billNumber",
    "md5",
    "md5Hash",
    "hash",
    "createdDateMs",
    "timestamp",
    "signature",
    "event",
];

/// Reads a message: its members by themselves, or within `data` as Standard Webhooks and the bakong-service write them,
/// with `type` or `event` beside. The words of a status are a closed list.
///
/// # Errors
/// What cannot be understood, for the log and for whoever connects a service.
pub fn of_message(body: &[u8]) -> Result<Notice, String> {
    let outer = members_of(body)?;
    let event = outer.get("type").or_else(|| outer.get("event"));
    let event = event.map(|event| event.as_str().ok_or("`type` must be a text")).transpose()?;
    let members = match outer.get("data") {
        Some(Value::Object(_)) => &members_within(body)?,
        Some(_) => return Err("`data` must be an object".to_owned()),
        None => &outer,
    };
    let told = [
        members.get("status").map(|status| text_of("status", status)).transpose()?,
        event.map(str::to_owned),
    ];
    let mut outcomes = told.into_iter().flatten().map(|word| outcome(&word));
    let first = outcomes.next().ok_or("`status` is missing")??;
    if let Some(second) = outcomes.next()
        && second? != first
    {
        return Err("`status` and `type` contradict each other".to_owned());
    }
    let text = |name: &str| match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => text_of(name, value).map(Some),
    };
    let unknown = members.keys().filter(|name| !KNOWN.contains(&name.as_str()) && *name != "type").count();
    Ok(Notice {
        transaction_id: text("transactionId")?.ok_or("`transactionId` is missing")?,
        outcome: first,
        amount: number_of(members.get("amount"))?,
        currency: text("currency")?,
        account: text("toAccountId")?,
        bill_number: text("billNumber")?,
        md5: text("md5")?.or(text("md5Hash")?),
        hash: text("hash")?.map(|hash| transaction_hash(&hash).ok_or(HASH_UNREADABLE)).transpose()?,
        sent: members.get("createdDateMs").and_then(Value::as_i64).map(Timestamp::from_milliseconds),
        unknown,
    })
}

/// The sealed text that takes the place of the members, where there is one.
///
/// # Errors
/// What cannot be understood, as [`of_message`].
pub fn sealed_in(body: &[u8]) -> Result<Option<String>, String> {
    let outer = members_of(body)?;
    match (outer.get("encrypted_payload"), outer.get("encryptedPayload")) {
        (None, None) => Ok(None),
        (Some(Value::String(sealed)), None) | (None, Some(Value::String(sealed))) => Ok(Some(sealed.clone())),
        _ => Err("`encrypted_payload` must be one text".to_owned()),
    }
}

/// The members of an object, an amount digit by digit. None stands twice: whoever takes the first of two and whoever takes the
/// last read two messages in one.
struct Members(Map<String, Value>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Members;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
                let mut members = Map::new();
                while let Some((name, raw)) = access.next_entry::<String, Box<RawValue>>()? {
                    if members.contains_key(&name) {
                        return Err(A::Error::custom(format!("`{name}` stands twice")));
                    }
                    let value = serde_json::from_str(raw.get()).map_err(A::Error::custom)?;
                    // An amount that is read as a number may be rounded to another.
                    let is_amount = name == "amount" && matches!(value, Value::Number(_));
                    let digits = || Value::String(raw.get().to_owned());
                    members.insert(name, if is_amount { digits() } else { value });
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Once)
    }
}

fn members_of(body: &[u8]) -> Result<Map<String, Value>, String> {
    let members: Members =
        serde_json::from_slice(body).map_err(|error| format!("no JSON object: {error}"))?;
    Ok(members.0)
}

/// The members of `data`.
fn members_within(body: &[u8]) -> Result<Map<String, Value>, String> {
    #[derive(serde::Deserialize)]
    struct Outer {
        data: Members,
    }
    let outer: Outer = serde_json::from_slice(body).map_err(|error| format!("no JSON object: {error}"))?;
    Ok(outer.data.0)
}

fn text_of(name: &str, value: &Value) -> Result<String, String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .ok_or(format!("`{name}` must be a text"))
}

/// An amount as it was written, digit by digit: as a number or, better, as a text.
fn number_of(value: Option<&Value>) -> Result<Option<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err("`amount` must be a number or a text of digits".to_owned()),
    }
}

fn outcome(word: &str) -> Result<Outcome, String> {
    match word {
        "PAID" | "COMPLETED" | "payment.completed" | "payment.succeeded" | "payment.paid" => {
            Ok(Outcome::Paid)
        }
        "FAILED" | "payment.failed" => Ok(Outcome::Failed),
        "EXPIRED" | "TIMEOUT" | "payment.expired" => Ok(Outcome::Expired),
        "CANCELLED" | "payment.cancelled" => Ok(Outcome::Cancelled),
        other => Err(format!("{other:?} is no status that is known")),
    }
}
