//! A payment that was asked for, and what others say of it.

use serde::{Deserialize, Serialize};

use crate::domain::subscriptions::model::Purchase;
use crate::platform::clock::Timestamp;
use crate::platform::ids::{PaymentId, UserId};
use crate::platform::money::{Money, Told};

/// What has become of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Asked for; nobody knows yet.
    Pending,
    /// Paid. Nothing takes that back; money that is given back is a record of its own.
    Paid,
    /// The bank says that it failed.
    Failed,
    /// Its time is over.
    Expired,
    /// The payer gave it up.
    Cancelled,
}

/// What is to be paid, fixed when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// How much.
    pub money: Money,
    /// The Bakong account that receives it.
    pub account: String,
    /// The bill number in the code; no other payment has it.
    pub bill_number: String,
    /// The code that is scanned.
    pub code: String,
    /// The MD5 of the code; no other payment has it.
    pub md5: String,
    /// Since when it can be paid.
    pub since: Timestamp,
    /// Until when it can be paid.
    pub expires: Timestamp,
}

/// How it was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The transaction's hash with Bakong, where it was told; no other payment has it.
    pub hash: Option<String>,
    /// When the payer sent it, where it was told.
    pub sent: Option<Timestamp>,
    /// When it became known here.
    pub known: Timestamp,
    /// Whether it was sent, or became known where that was not told, after its time was over.
    pub late: bool,
    /// Who said so first.
    pub source: Source,
    /// The number of its receipt: from 1, without gaps, in the order in which payments became known.
    #[serde(default)]
    pub receipt: Option<u64>,
}

/// A receipt's number as people read it.
pub fn receipt_text(number: u64) -> String {
    format!("{number:06}")
}

/// A transaction that was named for a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Its hash with Bakong.
    pub hash: String,
    /// Whether it brought the whole amount, as far as was told.
    pub is_whole: bool,
}

/// Money that was given back by hand, because Bakong has no way to do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// How much.
    pub money: Money,
    /// Who of the staff.
    pub by: UserId,
    /// Why.
    pub reason: String,
    /// When it was written down.
    pub at: Timestamp,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its id, which clients call the transaction's.
    pub id: PaymentId,
    /// Who pays: the receipt is theirs.
    pub payer: UserId,
    /// Whose plan it is for.
    pub beneficiary: UserId,
    /// What it buys.
    pub purchase: Purchase,
    /// What is to be paid.
    pub asked: Asked,
    /// What has become of it.
    pub status: Status,
    /// How it was paid.
    pub settled: Option<Settled>,
    /// What a person has to look at.
    pub doubts: Vec<Doubt>,
    /// Transactions that were named by what is in doubt. Each still pays for whatever it is known to have paid for first.
    #[serde(default)]
    pub named: Vec<Transaction>,
    /// Transactions beside that of [`Settled`] of which a person found out that they paid this. They pay for nothing else.
    #[serde(default)]
    pub further: Vec<Transaction>,
    /// What Bakong was asked about it.
    #[serde(default)]
    pub checks: Checks,
    /// What persons found out who looked.
    pub decisions: Vec<Decided>,
    /// What was given back.
    pub refunds: Vec<Refund>,
}

impl Payment {
    /// Whether a person has to look at it.
    pub const fn needs_review(&self) -> bool {
        !self.doubts.is_empty()
    }
}

/// What was asked about a payment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// Calls that were answered, or are still to be.
    pub made: u8,
    /// Calls that were not answered.
    pub unanswered: u8,
    /// Until when somebody else's call may still be answered.
    pub asking_until: Option<Timestamp>,
    /// Whether that call is a press of the payer's.
    #[serde(default)]
    pub is_press: bool,
    /// Presses of the payer's in a row that were not answered.
    #[serde(default)]
    pub presses_unanswered: u8,
    /// When the last of these was.
    #[serde(default)]
    pub press_failed_at: Option<Timestamp>,
    /// When Bakong is asked next.
    pub next: Option<Timestamp>,
}

/// What a person of the staff found out about a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// Whether it was paid.
    pub is_paid: bool,
    /// How they know.
    pub reason: String,
    /// What was in doubt until then.
    pub doubts: Vec<Doubt>,
}

/// Who says something of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Source {
    /// A signed message.
    Webhook,
    /// Bakong, asked by the MD5.
    Check,
    /// A person of the staff, with a reason in the audit.
    Staff,
}

/// What is said of a payment. What was not told is not compared; what the payment is found by was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who says it.
    pub source: Source,
    /// What has become of it.
    pub outcome: Outcome,
    /// How much was paid.
    pub money: Told,
    /// The account that received it.
    pub account: Option<String>,
    /// The bill number.
    pub bill_number: Option<String>,
    /// The MD5 of the code that was paid.
    pub md5: Option<String>,
    /// The transaction's hash.
    pub hash: Option<String>,
    /// When the payer sent it.
    pub sent: Option<Timestamp>,
}

/// What is said to have become of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was paid.
    Paid,
    /// It was tried and failed.
    Failed,
    /// Its time was over first.
    Expired,
    /// The payer gave it up.
    Cancelled,
    /// Nothing was paid so far. Only Bakong's own "not found" says that; every other failure of a check says nothing.
    Unpaid,
}

/// Why a person has to look at a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Doubt {
    /// Said to be paid, without the amount.
    AmountUntold,
    /// Another amount, or what is no amount.
    OtherAmount,
    /// Another currency.
    OtherCurrency,
    /// Another account received it.
    OtherAccount,
    /// Another bill.
    OtherBill,
    /// Another code.
    OtherCode,
    /// The same transaction paid for something else already.
    HashOfAnother,
    /// A second transaction for what was paid already.
    PaidTwice,
    /// A signed message that said it is paid came too late to be believed by itself.
    OldMessage,
    /// Bakong was asked again and again and never said anything.
    NeverAnswered,
}

/// Digits of a transaction's hash, as Bakong writes it.
pub const HASH_DIGITS: usize = 64;

/// A transaction's hash in the one way of writing it that is kept and compared; nothing where it is none, or only its first
/// digits. Whoever wrote one transaction in two ways would pay twice with it.
pub fn transaction_hash(text: &str) -> Option<String> {
    let is_hash = text.len() == HASH_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| text.to_ascii_lowercase())
}
