//! Clinic staff decide about a payment by what they see at the bank.

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::payments::model::{
    Claim, Decided, Outcome, Payment, Source, Status, Transaction, transaction_hash,
};
use crate::domain::payments::rules;
use crate::domain::payments::tables::{PAYMENTS, holder_of};
use crate::domain::users::model::Role;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::ids::PaymentId;
use crate::platform::money::Told;
use crate::platform::store::{Reader as _, WriteTx};

use super::effects::take;

/// Characters of a reason, least and most.
pub const REASON_CHARS: std::ops::RangeInclusive<usize> = 10..=500;

/// What somebody of the staff has found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether the whole amount came in.
    pub is_paid: bool,
    /// The transaction's hash, where the bank shows it.
    pub hash: Option<String>,
    /// How they know.
    pub reason: String,
}

/// Decides about a payment. One that is paid stays paid.
///
/// # Errors
/// `role_not_allowed`; a bad `reason` or `hash`; `payment_not_found`; `payment_own_decision`; `payment_transaction_used`;
/// `payment_is_paid` for the decision that it is not.
pub async fn resolve(
    context: &Context,
    caller: &Caller,
    id: PaymentId,
    decision: Decision,
) -> Result<Payment> {
    let (by, zone, plans) = (caller.clone(), context.zone(), context.settings.plans);
    gate::write(context, caller, "payment.resolve", move |tx| {
        let me = by.with_role(Role::Admin)?;
        let (reason, hash) = checked(&decision)?;
        let mut payment = PAYMENTS.require(tx, &id, "payment_not_found")?;
        tx.trail().resource = Some(("payment", id.to_string()));
        if [payment.payer, payment.beneficiary].contains(&me) {
            return Err(Error::forbidden("payment_own_decision"));
        }
        let (doubts, before) = (payment.doubts.clone(), payment.status);
        let mut transactions = Vec::new();
        if decision.is_paid {
            if holder_of(tx, hash.as_ref())?.is_some_and(|holder| holder != id) {
                return Err(Error::conflict("payment_transaction_used"));
            }
            transactions = concerned(tx, &payment, hash.as_ref())?;
            let claim = Claim {
                source: Source::Staff,
                outcome: Outcome::Paid,
                money: Told::Is(payment.asked.money),
                account: None,
                bill_number: None,
                md5: None,
                hash: hash.clone(),
                sent: None,
            };
            // Of what is paid it says by which transactions; that is part of the decision below.
            if before != Status::Paid {
                (payment, _) = take(tx, id, &claim, &plans, zone)?;
            }
        } else if payment.status == Status::Paid && doubts.is_empty() {
            return Err(Error::conflict("payment_is_paid"));
        }
        let decided = Decided {
            by: me,
            at: tx.now(),
            is_paid: decision.is_paid,
            reason: reason.clone(),
            doubts: doubts.clone(),
        };
        rules::decide(&mut payment, decided, transactions);
        PAYMENTS.put(tx, &id, &payment)?;
        let mut trail = tx.trail();
        trail.reason = Some(reason);
        trail.change = Some(serde_json::json!({
            "paid": decision.is_paid, "before": before, "status": payment.status, "doubts": doubts,
            "hash": hash, "further": payment.further.iter().map(|one| one.hash.as_str()).collect::<Vec<_>>(),
        }));
        Ok(payment)
    })
    .await
}

/// The transactions that a decision is about: the one that staff name, and those that were named by what was in doubt and
/// paid for nothing else.
fn concerned(tx: &WriteTx<'_>, payment: &Payment, hash: Option<&String>) -> Result<Vec<Transaction>> {
    let told = hash.map(|hash| Transaction { hash: hash.clone(), is_whole: true });
    let mut all: Vec<Transaction> = told.into_iter().collect();
    for named in &payment.named {
        let is_free = holder_of(tx, Some(&named.hash))?.is_none_or(|holder| holder == payment.id);
        if is_free && all.iter().all(|one| one.hash != named.hash) {
            all.push(named.clone());
        }
    }
    Ok(all)
}

/// The reason without blanks around.
pub(super) fn reason_of(text: &str) -> Result<String> {
    let reason = text.trim();
    if REASON_CHARS.contains(&reason.chars().count()) {
        return Ok(reason.to_owned());
    }
    let fault = FieldError::new("reason", "payment_reason_length");
    let fault = fault.with("min", REASON_CHARS.start()).with("max", REASON_CHARS.end());
    Err(Error::invalid_fields(vec![fault]))
}

/// The reason, and the hash as Bakong writes it.
fn checked(decision: &Decision) -> Result<(String, Option<String>)> {
    let reason = reason_of(&decision.reason);
    // People copy it whole, with blanks around it.
    let Some(told) = &decision.hash else { return Ok((reason?, None)) };
    if let Some(hash) = transaction_hash(told.trim()) {
        return Ok((reason?, Some(hash)));
    }
    let mut faults = reason.err().map_or_else(Vec::new, |error| error.fields().to_vec());
    faults.push(FieldError::new("hash", "payment_hash_invalid"));
    Err(Error::invalid_fields(faults))
}
