//! The payments' tables. What Bakong and the bank know a payment by belongs to one payment for ever.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::checking::DayCalls;
use super::model::{Payment, Status};
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::ids::{PaymentId, UserId};
use crate::platform::secret::Secret;
use crate::platform::store::{Direction, Entries, Index, Reader, Step, Table, WriteTx};

/// All payments that were ever asked for.
pub const PAYMENTS: Table<PaymentId, Payment> = Table::new(140, "payments").indexed(index_payments);
/// By the MD5 of their code.
pub const BY_MD5: Index<String, PaymentId> = Index::unique(140, 1, "payment_exists");
/// By their bill number.
pub const BY_BILL: Index<String, PaymentId> = Index::unique(140, 2, "payment_exists");
/// By the hashes of the transactions that paid them.
pub const BY_HASH: Index<String, PaymentId> = Index::unique(140, 3, "payment_transaction_used");
/// The one that is pending, by who pays, for whom and for what plan: a second tap finds the first one's code, and nobody
/// stands in another payer's way.
pub const OPEN: Index<(UserId, UserId, u8), PaymentId> = Index::unique(140, 4, "payment_open");
/// By their payer, oldest first.
pub const BY_PAYER: Index<UserId, PaymentId> = Index::many(140, 5);
/// By whose plan they are for, oldest first.
pub const BY_BENEFICIARY: Index<UserId, PaymentId> = Index::many(140, 6);

/// Those that a person has to look at, oldest first.
pub const REVIEW: Index<(), PaymentId> = Index::many(140, 7);

/// By the number of their receipt.
pub const BY_RECEIPT: Index<u64, PaymentId> = Index::unique(140, 8, "payment_exists");

/// Those that are to be looked at, by when.
pub const BY_LOOK: Index<Timestamp, PaymentId> = Index::many(140, 9);

/// What the clinic has used of the calls that Bakong allows, by day.
pub const CALLS: Table<NaiveDate, DayCalls> = Table::new(143, "payment_calls");

/// How often somebody said on a day that they had paid, and Bakong was asked for it.
pub const PRESSES: Table<(NaiveDate, UserId), u32> = Table::new(144, "payment_presses");

/// What is known of Bakong itself; one row, under [`BAKONG`].
pub const KNOWN_OF_BAKONG: Table<String, KnownOfBakong> = Table::new(146, "bakong");

/// The key of the row of [`KNOWN_OF_BAKONG`].
pub const BAKONG: &str = "bakong";

/// What is known of Bakong itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownOfBakong {
    /// The token that took the place of the configured one.
    #[serde(default)]
    pub token: Option<Secret<String>>,
    /// Of which end the admins were told last, and how many days before it.
    #[serde(default)]
    pub told: Option<(Option<Timestamp>, i64)>,
    /// Whether it answers questions about several payments at once, and when that was found out.
    #[serde(default)]
    pub takes_lists: Option<(bool, Timestamp)>,
}

/// Every message that was believed, by its id, for ever: a copy does nothing, however late it comes.
pub const MESSAGES: Table<String, Message> = Table::new(141, "payment_messages");

/// Messages that were believed and tell of payments that are not known here, by the same id: for a person to look at.
pub const PARKED: Table<String, Parked> = Table::new(142, "payment_messages_parked");

/// A message about what is not known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The payment as the message names it, as far as it can be shown.
    pub transaction_id: String,
    /// When it came.
    pub at: Timestamp,
}

/// A message that was believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// SHA-256 of its body: one id with two bodies is somebody's fault.
    pub body: [u8; 32],
    /// When it came first.
    pub at: Timestamp,
    /// How often another one came under its id.
    #[serde(default)]
    pub conflicting: u32,
}

/// Whether a message came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It did not; it has been written down.
    First,
    /// It did, and was the same.
    Again,
    /// Its id did, with another body, so many times by now.
    Conflicting(u32),
}

fn index_payments(_: &PaymentId, payment: &Payment, entries: &mut Entries) {
    entries.add(&BY_MD5, &payment.asked.md5);
    entries.add(&BY_BILL, &payment.asked.bill_number);
    if let Some(hash) = payment.settled.as_ref().and_then(|settled| settled.hash.as_ref()) {
        entries.add(&BY_HASH, hash);
    }
    if let Some(number) = payment.settled.as_ref().and_then(|settled| settled.receipt) {
        entries.add(&BY_RECEIPT, &number);
    }
    for further in &payment.further {
        entries.add(&BY_HASH, &further.hash);
    }
    if payment.status == Status::Pending {
        entries.add(&OPEN, &(payment.payer, payment.beneficiary, payment.purchase.plan().key()));
    }
    if payment.needs_review() {
        entries.add(&REVIEW, &());
    }
    if let Some(next) = payment.checks.next.filter(|_| payment.status != Status::Paid) {
        entries.add(&BY_LOOK, &next);
    }
    entries.add(&BY_PAYER, &payment.payer);
    entries.add(&BY_BENEFICIARY, &payment.beneficiary);
}

/// Writes down that a message came.
///
/// # Errors
/// When the store cannot be read.
pub fn note_message(tx: &mut WriteTx<'_>, id: &str, body: [u8; 32]) -> Result<Arrival> {
    let id = id.to_owned();
    match MESSAGES.get(tx, &id)? {
        None => {
            let message = Message { body, at: tx.now(), conflicting: 0 };
            MESSAGES.put(tx, &id, &message)?;
            Ok(Arrival::First)
        }
        Some(message) if message.body == body => Ok(Arrival::Again),
        Some(message) => {
            let conflicting = message.conflicting.saturating_add(1);
            MESSAGES.put(tx, &id, &Message { conflicting, ..message })?;
            Ok(Arrival::Conflicting(conflicting))
        }
    }
}

/// The number of the next receipt.
///
/// # Errors
/// When the store cannot be read.
pub fn next_receipt(tx: &dyn Reader) -> Result<u64> {
    let mut last = 0;
    BY_RECEIPT.visit_prefix(tx, &(), Direction::Backward, |number, _| {
        last = number;
        Ok(Step::Stop)
    })?;
    Ok(last.saturating_add(1))
}

/// The payment that a transaction paid for.
///
/// # Errors
/// When the store cannot be read.
pub fn holder_of(tx: &dyn Reader, hash: Option<&String>) -> Result<Option<PaymentId>> {
    hash.map_or(Ok(None), |hash| BY_HASH.find(tx, hash))
}
