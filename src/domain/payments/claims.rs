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

/// What of a message cannot be understood. Each has a sentence of its own, in each language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no JSON object.
    NotJson,
    /// This member stands in it twice.
    Twice(String),
    /// This member is missing.
    Missing(&'static str),
    /// This member is not written as it must be.
    Form(&'static str),
    /// This member seems to say what another name says, which is understood: the account, the bill number, the hash. Passing
    /// over it would compare nothing with what was asked for.
    Misnamed(String),
    /// This is no status that is known.
    Status(String),
    /// Its status and its type say different things.
    Contradiction,
    /// It is sealed, and no key is configured.
    NoKey,
    /// It was sealed with another key, or changed.
    WrongKey,
}

/// Longest text of a message that is shown, in characters.
const SHOWN_CHARS_MAX: usize = 40;

impl Unreadable {
    /// The key of its sentence, and what that shows.
    pub fn sentence(&self) -> (&'static str, Option<String>) {
        let shown = |text: &str| {
            Some(text.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS_MAX).collect::<String>())
        };
        match self {
            Self::NotJson => ("webhook_not_json", None),
            Self::Twice(name) => ("webhook_member_twice", shown(name)),
            Self::Missing(name) => ("webhook_member_missing", shown(name)),
            Self::Form(name) => ("webhook_member_form", shown(name)),
            Self::Misnamed(name) => ("webhook_member_misnamed", shown(name)),
            Self::Status(word) => ("webhook_status_unknown", shown(word)),
            Self::Contradiction => ("webhook_status_contradicts", None),
            Self::NoKey => ("webhook_sealed_without_key", None),
            Self::WrongKey => ("webhook_sealed_otherwise", None),
        }
    }
}

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

/// Other names of what is compared with what was asked for, without signs and in small letters. They are none of this
/// contract: whoever writes them believes that the account, the bill or the transaction is looked at.
const MISNAMED: [&str; 14] = [
    "account",
    "accountid",
    "toaccount",
    "toaccountid",
    "receiver",
    "receiverid",
    "receiveraccount",
    "bakongaccountid",
    "bill",
    "billnumber",
    "billno",
    "transactionhash",
    "txhash",
    "bakonghash",
];

fn is_misnamed(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    let is_other_spelling = KNOWN.iter().any(|known| known.eq_ignore_ascii_case(&plain));
    !KNOWN.contains(&name) && (is_other_spelling || MISNAMED.contains(&plain.as_str()))
}

/// Reads a message: its members by themselves, or within `data` as Standard Webhooks and the bakong-service write them,
/// with `type` or `event` beside. The words of a status are a closed list.
///
/// # Errors
/// What cannot be understood, for the log and for whoever connects a service.
pub fn of_message(body: &[u8]) -> Result<Notice, Unreadable> {
    let outer = members_of(body)?;
    let event = outer.get("type").or_else(|| outer.get("event"));
    let event = event.map(|event| event.as_str().ok_or(Unreadable::Form("type"))).transpose()?;
    let members = match outer.get("data") {
        Some(Value::Object(_)) => &members_within(body)?,
        Some(_) => return Err(Unreadable::Form("data")),
        None => &outer,
    };
    let told = [
        members.get("status").map(|status| text_of("status", status)).transpose()?,
        event.map(str::to_owned),
    ];
    let mut outcomes = told.into_iter().flatten().map(|word| outcome(&word));
    let first = outcomes.next().ok_or(Unreadable::Missing("status"))??;
    if let Some(second) = outcomes.next()
        && second? != first
    {
        return Err(Unreadable::Contradiction);
    }
    let text = |name: &'static str| match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => text_of(name, value).map(Some),
    };
    if let Some(name) = members.keys().find(|name| is_misnamed(name)) {
        return Err(Unreadable::Misnamed(name.clone()));
    }
    let unknown = members.keys().filter(|name| !KNOWN.contains(&name.as_str()) && *name != "type").count();
    Ok(Notice {
        transaction_id: text("transactionId")?.ok_or(Unreadable::Missing("transactionId"))?,
        outcome: first,
        amount: number_of(members.get("amount"))?,
        currency: text("currency")?,
        account: text("toAccountId")?,
        bill_number: text("billNumber")?,
        md5: text("md5")?.or(text("md5Hash")?),
        hash: text("hash")?
            .map(|hash| transaction_hash(&hash).ok_or(Unreadable::Form("hash")))
            .transpose()?,
        sent: members.get("createdDateMs").and_then(Value::as_i64).map(Timestamp::from_milliseconds),
        unknown,
    })
}

/// The sealed text that takes the place of the members, where there is one.
///
/// # Errors
/// What cannot be understood, as [`of_message`].
pub fn sealed_in(body: &[u8]) -> Result<Option<String>, Unreadable> {
    let outer = members_of(body)?;
    match (outer.get("encrypted_payload"), outer.get("encryptedPayload")) {
        (None, None) => Ok(None),
        (Some(Value::String(sealed)), None) | (None, Some(Value::String(sealed))) => Ok(Some(sealed.clone())),
        _ => Err(Unreadable::Form("encrypted_payload")),
    }
}

/// The members of an object, an amount digit by digit. None stands twice: whoever takes the first of two and whoever takes the
/// last read two messages in one.
struct Members {
    members: Map<String, Value>,
    twice: Option<String>,
}

impl Members {
    fn once(self) -> Result<Map<String, Value>, Unreadable> {
        self.twice.map_or(Ok(self.members), |name| Err(Unreadable::Twice(name)))
    }
}

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Members;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
                let (mut members, mut twice) = (Map::new(), None);
                while let Some((name, raw)) = access.next_entry::<String, Box<RawValue>>()? {
                    if members.contains_key(&name) {
                        twice = Some(name);
                        continue;
                    }
                    let value = serde_json::from_str(raw.get()).map_err(A::Error::custom)?;
                    // An amount that is read as a number may be rounded to another.
                    let is_amount = name == "amount" && matches!(value, Value::Number(_));
                    let digits = || Value::String(raw.get().to_owned());
                    members.insert(name, if is_amount { digits() } else { value });
                }
                Ok(Members { members, twice })
            }
        }
        deserializer.deserialize_map(Once)
    }
}

fn members_of(body: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    serde_json::from_slice::<Members>(body).map_err(|_| Unreadable::NotJson)?.once()
}

/// The members of `data`.
fn members_within(body: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    #[derive(serde::Deserialize)]
    struct Outer {
        data: Members,
    }
    serde_json::from_slice::<Outer>(body).map_err(|_| Unreadable::NotJson)?.data.once()
}

fn text_of(name: &'static str, value: &Value) -> Result<String, Unreadable> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned).ok_or(Unreadable::Form(name))
}

/// An amount as it was written, digit by digit: as a number or, better, as a text.
fn number_of(value: Option<&Value>) -> Result<Option<String>, Unreadable> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Unreadable::Form("amount")),
    }
}

fn outcome(word: &str) -> Result<Outcome, Unreadable> {
    match word {
        "PAID" | "COMPLETED" | "payment.completed" | "payment.succeeded" | "payment.paid" => {
            Ok(Outcome::Paid)
        }
        "FAILED" | "payment.failed" => Ok(Outcome::Failed),
        "EXPIRED" | "TIMEOUT" | "payment.expired" => Ok(Outcome::Expired),
        "CANCELLED" | "payment.cancelled" => Ok(Outcome::Cancelled),
        other => Err(Unreadable::Status(other.to_owned())),
    }
}
