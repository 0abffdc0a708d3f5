//! A signed message about a payment arrives.
//!
//! It is believed by its signature alone, which covers the body as it was sent. The same message again does nothing,
//! however late it comes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::effects::{take, tell_staff};
use crate::domain::auth::model::{Actor, Caller};
use crate::domain::gate::{self, Judgement};
use crate::domain::notifications::model::Urgency;
use crate::domain::notifications::params::Params;
use crate::domain::payments::claims::{self, Notice, Unreadable};
use crate::domain::payments::model::{Outcome, Payment, Status};
use crate::domain::payments::rules::{Effect, apply_old, status_at};
use crate::domain::payments::tables::{Arrival, PARKED, PAYMENTS, Parked, holder_of, note_message};
use crate::flows::delivery::tell_each_admin;
use crate::platform::bakong::envelope::open;
use crate::platform::bakong::signature::{Form, Signed, Trust, verify};
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::ids::PaymentId;
use crate::platform::settings::BakongSettings;
use crate::platform::store::{Reader, WriteTx};

/// Who the audit names: whoever has the secret.
const SERVICE: &str = "payment-service";
/// Longest name of an unknown payment that is kept and shown, in characters.
const NAME_CHARS_MAX: usize = 64;

/// A message as it came.
#[derive(Debug, Clone)]
pub struct SignedMessage {
    /// Where it carries its signature; nothing where its headers contradict each other.
    pub form: Option<Form>,
    /// The body, byte by byte.
    pub body: Vec<u8>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The payment as the message names it.
    pub transaction_id: String,
    /// What is known of it now.
    pub verdict: Verdict,
}

/// What is known of a payment after a message about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// It is paid, and what was bought is granted.
    Completed,
    /// It can still be paid.
    Pending,
    /// It failed.
    Failed,
    /// Its time is over.
    Expired,
    /// The payer gave it up.
    Cancelled,
    /// A person has to look at it: the message differs from what was asked for, or is too old.
    Review,
    /// No such payment is known here.
    Unknown,
}

impl Verdict {
    fn of(payment: &Payment, now: Timestamp) -> Self {
        match status_at(payment, now) {
            Status::Paid => Self::Completed,
            _ if payment.needs_review() => Self::Review,
            Status::Pending => Self::Pending,
            Status::Failed => Self::Failed,
            Status::Expired => Self::Expired,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

/// Takes a message.
///
/// # Errors
/// `webhook_signature_invalid`, whatever is wrong with the signature; a bad `body` when what was signed cannot be read;
/// `webhook_id_reused`.
pub async fn receive(context: &Context, caller: &Caller, message: SignedMessage) -> Result<Received> {
    let refused = || Error::unauthenticated("webhook_signature_invalid");
    let bakong = context.settings.bakong.as_ref().ok_or_else(refused)?;
    let form = message.form.ok_or_else(refused)?;
    let signed =
        verify(&form, &message.body, &bakong.signing_secrets(), context.now()).ok_or_else(refused)?;
    let notice = read(bakong, &message.body).await?;
    if notice.unknown > 0 {
        tracing::info!(request.id = %caller.request_id, members = notice.unknown, "a payment message has members that nobody knows");
    }
    let digest: [u8; 32] = Sha256::digest(&message.body).into();
    let id = match form {
        Form::Standard { id, .. } => format!("id:{id}"),
        // These forms have none: the same bytes are the same message.
        Form::Timestamped { .. } | Form::InBody => {
            let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("body:{digits}")
        }
    };
    let (plans, zone) = (context.settings.plans, context.zone());
    gate::judge(context, caller, "payment.message", move |tx| {
        let judgement = match note_message(tx, &id, digest)? {
            Arrival::Conflicting(times) => {
                if times == 1 {
                    let params = Params::new();
                    tell_each_admin(tx, None, ("payment_message_reused", Urgency::Warning), &params, None)?;
                }
                Judgement::refused(Error::conflict("webhook_id_reused"))
            }
            Arrival::Again => {
                tx.trail().found_done();
                let known = payment_of(tx, &notice)?;
                let verdict = known.map_or(Verdict::Unknown, |payment| Verdict::of(&payment, tx.now()));
                Judgement::granted(Received { transaction_id: notice.transaction_id.clone(), verdict })
            }
            Arrival::First => {
                let verdict = match payment_of(tx, &notice)? {
                    None => park(tx, &id, &notice)?,
                    Some(payment) if signed.trust == Trust::Stale => doubt_old(tx, payment, &notice)?,
                    Some(payment) => {
                        let claim = notice.claim(payment.asked.money.currency());
                        let (payment, effect) = take(tx, payment.id, &claim, &plans, zone)?;
                        match effect {
                            Effect::Doubted(_) => Verdict::Review,
                            _ => Verdict::of(&payment, tx.now()),
                        }
                    }
                };
                note_signed(tx, &signed, &notice);
                Judgement::granted(Received { transaction_id: notice.transaction_id.clone(), verdict })
            }
        };
        Ok(judgement.by(Actor::System(SERVICE)))
    })
    .await
}

/// What was signed, opened where it is sealed. Opening with a password takes tens of milliseconds, so it has a thread of
/// its own, and only a signature leads there.
async fn read(bakong: &BakongSettings, body: &[u8]) -> Result<Notice> {
    let unreadable = |why: Unreadable| {
        let (code, named) = why.sentence();
        let fault = FieldError::new("body", code);
        let fault = match named {
            Some(name) => fault.with("name", name),
            None => fault,
        };
        Error::invalid_fields(vec![fault]).context(format!("a payment message: {why:?}"))
    };
    let Some(sealed) = claims::sealed_in(body).map_err(unreadable)? else {
        return claims::of_message(body).map_err(unreadable);
    };
    let key = bakong.shared_key().ok_or_else(|| unreadable(Unreadable::NoKey))?;
    let opened = tokio::task::spawn_blocking(move || open(&key, &sealed)).await;
    let opened = opened.map_err(|error| Error::internal(format!("opening a message: {error}")))?;
    let plain = opened.ok_or_else(|| unreadable(Unreadable::WrongKey))?;
    claims::of_message(&plain).map_err(unreadable)
}

fn payment_of(tx: &dyn Reader, notice: &Notice) -> Result<Option<Payment>> {
    match notice.transaction_id.parse::<PaymentId>() {
        Ok(id) => PAYMENTS.get(tx, &id),
        Err(_) => Ok(None),
    }
}

/// Puts a message aside that tells of what is not known here.
fn park(tx: &mut WriteTx<'_>, id: &str, notice: &Notice) -> Result<Verdict> {
    let shown = notice.transaction_id.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    let parked = Parked { transaction_id: shown, at: tx.now() };
    PARKED.put(tx, &id.to_owned(), &parked)?;
    tx.trail().resource = Some(("payment", parked.transaction_id.clone()));
    let params = Params::new().text("id", parked.transaction_id);
    tell_each_admin(tx, None, ("payment_unknown", Urgency::Warning), &params, None)?;
    Ok(Verdict::Unknown)
}

/// A message that is old enough to be a copy grants nothing. That somebody said it is paid is for a person to look at.
fn doubt_old(tx: &mut WriteTx<'_>, mut payment: Payment, notice: &Notice) -> Result<Verdict> {
    tx.trail().resource = Some(("payment", payment.id.to_string()));
    let claim = notice.claim(payment.asked.money.currency());
    let holder = holder_of(tx, claim.hash.as_ref())?;
    let before = payment.clone();
    let is_new = apply_old(&mut payment, &claim, holder);
    if payment != before {
        PAYMENTS.put(tx, &payment.id, &payment)?;
    }
    if is_new {
        tell_staff(tx, &payment)?;
    }
    // Another payment of the same, or another amount, is no answer to what was asked for.
    let is_left = payment.needs_review() && claim.outcome == Outcome::Paid;
    Ok(if is_left { Verdict::Review } else { Verdict::of(&payment, tx.now()) })
}

/// Adds to the audit what the message was like.
fn note_signed(tx: &WriteTx<'_>, signed: &Signed, notice: &Notice) {
    let mut trail = tx.trail();
    let mut change = trail.change.take().unwrap_or_else(|| serde_json::json!({}));
    if let Some(members) = change.as_object_mut() {
        members.insert("signedAt".to_owned(), signed.at.to_utc().to_rfc3339().into());
        members.insert("tooOld".to_owned(), (signed.trust == Trust::Stale).into());
        members.insert("unknownMembers".to_owned(), notice.unknown.into());
    }
    trail.change = Some(change);
}
