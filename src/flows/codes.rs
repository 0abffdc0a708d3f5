//! One-time codes: asking for them, and what each is good for. No answer tells whether an account exists, nor which
//! e-mail belongs to which phone.

use super::auth::set_password;
use super::contacts::{self, Proof};
use super::one_time::{self, Delivery, Sender, Try, Use, check, is_right, unconfirmed_spot, wrong_code};
use super::second_factor_tries::{self, Passage};
use super::sessions::{SignedIn, TokenMaker, note_account, security_notice};
use crate::domain::auth::model::{Caller, EndReason, LastSend, Purpose, SendCause};
use crate::domain::auth::rules;
use crate::domain::auth::tables::{SENDS, end_sessions};
use crate::domain::auth::{codes as auth_codes, subjects};
use crate::domain::gate::{self, Judgement};
use crate::domain::notifications::model::Urgency;
use crate::domain::users::model::Status;
use crate::domain::users::rules::{Identifier, keep};
use crate::domain::users::tables as users;
use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldErrors, Result};
use crate::platform::secret::{Phi, Secret};
use crate::platform::store::{Reader, WriteTx};

/// The answer to a request for a code: the same for every identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeRequested {
    /// How codes leave this server.
    pub delivery: Delivery,
    /// How long a code is good.
    pub expires_in_seconds: i64,
    /// When another one may be asked for.
    pub resend_after_seconds: i64,
}

/// What a code, rightly typed, brought.
#[derive(Debug, Clone)]
pub enum CodeAccepted {
    /// Contact confirmed; the account's status now.
    Confirmed(Status),
    /// Signed in.
    SignedIn(Box<SignedIn>),
    /// A new password may be set with it.
    MayReset,
}

/// A code as typed.
#[derive(Debug, Clone)]
pub struct TypedCode {
    /// E-mail or phone that it was asked for with.
    pub identifier: Phi<String>,
    /// The code.
    pub code: Secret<String>,
    /// What it is used for.
    pub purpose: Purpose,
    /// What shows, besides the code, whose account it is. For confirming a contact.
    pub proof: Proof,
    /// What the client says it is.
    pub device: Option<String>,
    /// The code of the second factor, for signing in where there is one.
    pub factor: Option<Secret<String>>,
}

fn parse(typed: &Phi<String>) -> Result<Identifier> {
    Identifier::parse(typed.reveal()).ok_or_else(|| Error::invalid("identifier", "identifier_invalid"))
}

/// Seconds until another code may be asked for with this identifier.
fn pause(tx: &mut WriteTx<'_>, sender: &Sender, identifier: &Identifier, purpose: Purpose) -> Result<Paused> {
    let subject = subjects::subject_of_identifier(&sender.keys, identifier.as_str())?;
    let now = tx.now();
    let Some(last) = SENDS.get(tx, &subject)? else { return Ok(Paused::No) };
    let end = last.at.plus(auth_codes::CODE_PAUSE);
    if !end.is_ahead(now, auth_codes::CODE_PAUSE) {
        return Ok(Paused::No);
    }
    let wait = end.since(now).min(auth_codes::CODE_PAUSE).as_seconds_rounded_up();
    if last.cause == SendCause::Registration && purpose == Purpose::VerifyContact {
        // The registration sent one a moment ago: that is what is asked for. Only the first time.
        SENDS.put(tx, &subject, &LastSend { cause: SendCause::Request, ..last })?;
        return Ok(Paused::Underway(wait));
    }
    Ok(Paused::Yes(wait))
}

enum Paused {
    No,
    Underway(i64),
    Yes(i64),
}

/// Sends a code when the identifier belongs to an account that can use it.
///
/// # Errors
/// `code_sent_recently` within the pause, `texts_spent` when no more text messages may be sent for it today, whether or
/// not there is such an account.
pub async fn request(
    context: &Context,
    caller: &Caller,
    identifier: &Phi<String>,
    purpose: Purpose,
) -> Result<CodeRequested> {
    let identifier = parse(identifier)?;
    let sender = Sender::of(context, caller)?;
    let asking = caller.user_id().ok();
    let delivery = sender.delivery(&identifier);
    let wait = gate::judge(context, caller, "auth.request_code", move |tx| {
        match pause(tx, &sender, &identifier, purpose)? {
            Paused::No => {}
            Paused::Underway(wait) => return Ok(Judgement::granted(wait)),
            Paused::Yes(wait) => {
                let seconds = u64::try_from(wait).unwrap_or(1);
                let error = Error::too_many("code_sent_recently", seconds).with("seconds", seconds);
                return Ok(Judgement::refused(error));
            }
        }
        if let Err(error) = sender.ask(tx, identifier.kind(), identifier.as_str(), purpose) {
            return Ok(Judgement::refused(error));
        }
        let asked = subjects::subject_of_identifier(&sender.keys, identifier.as_str())?;
        let at = tx.now();
        SENDS.put(tx, &asked, &LastSend { at, cause: SendCause::Request })?;
        if purpose == Purpose::VerifyContact {
            for user in users::claimants(tx, &identifier, asking)? {
                let Some(spot) = unconfirmed_spot(&user, &identifier) else { continue };
                sender.send_contact_code(tx, &user, (identifier.kind(), spot), SendCause::Request)?;
            }
        } else if let Some(user) = users::find(tx, &identifier)? {
            sender.send_entry_code(tx, &user, &identifier, purpose)?;
        }
        Ok(Judgement::granted(seconds(auth_codes::CODE_PAUSE)))
    })
    .await?;
    Ok(CodeRequested {
        delivery,
        expires_in_seconds: seconds(auth_codes::CODE_LIFE),
        resend_after_seconds: wait,
    })
}

const fn seconds(span: Span) -> i64 {
    span.as_milliseconds() / 1_000
}

/// Sends a code for a new password when there is such an account. The answer is always the same.
///
/// # Errors
/// `identifier_invalid`; `texts_spent`, whether or not there is such an account; when the store fails.
pub async fn forgot_password(
    context: &Context,
    caller: &Caller,
    identifier: &Phi<String>,
) -> Result<CodeRequested> {
    match request(context, caller, identifier, Purpose::ResetPassword).await {
        Err(error) if error.code() == "code_sent_recently" => Ok(CodeRequested {
            delivery: Sender::of(context, caller)?.delivery(&parse(identifier)?),
            expires_in_seconds: seconds(auth_codes::CODE_LIFE),
            resend_after_seconds: seconds(auth_codes::CODE_PAUSE),
        }),
        answer => answer,
    }
}

/// Uses a code for its purpose.
///
/// # Errors
/// `code_wrong` for wrong, expired, void and never sent codes alike; `mfa_required`, `second_factor_wrong` and
/// `second_factor_locked` where signing in needs a second factor; those of confirming a contact in `contacts.rs`.
pub async fn verify(context: &Context, caller: &Caller, typed: TypedCode) -> Result<CodeAccepted> {
    let identifier = parse(&typed.identifier)?;
    let TypedCode { code, purpose, proof, device, factor, .. } = typed;
    if purpose == Purpose::VerifyContact {
        let status = contacts::confirm(context, caller, identifier, code, proof).await?;
        return Ok(CodeAccepted::Confirmed(status));
    }
    let maker = TokenMaker::of(context);
    let by = caller.clone();
    gate::judge(context, caller, one_time::ACTION, move |tx| {
        let Some(user) = users::find(tx, &identifier)? else { return Ok(Judgement::refused(wrong_code())) };
        let what = (user.id, &identifier, purpose);
        if !check(tx, &maker.keys, what, Try::of(&maker.keys, &by, &code)?, Use::Not)? {
            return Ok(Judgement::refused(wrong_code()));
        }
        note_account(tx, &user);
        if purpose == Purpose::ResetPassword {
            return Ok(Judgement::granted(CodeAccepted::MayReset));
        }
        let shown_at = match second_factor_tries::pass(tx, &maker.keys, user.id, factor.as_ref(), by.ip)? {
            Passage::Refused(error) => return Ok(Judgement::refused(error)),
            passage => passage.shown_at(),
        };
        // Only now: whoever must still look for their authenticator uses the same code again.
        check(tx, &maker.keys, what, Try::of(&maker.keys, &by, &code)?, Use::Up)?;
        let Judgement { outcome, actor } = maker.open(tx, user, device.clone(), &by, shown_at)?;
        let outcome = outcome.map(|tokens| CodeAccepted::SignedIn(Box::new(tokens)));
        Ok(Judgement { outcome, actor })
    })
    .await
}

/// Sets a new password with a code; all sessions end.
///
/// # Errors
/// Names what is wrong with the new password; `code_wrong` as in [`verify`].
pub async fn reset_password(
    context: &Context,
    caller: &Caller,
    identifier: &Phi<String>,
    typed: Secret<String>,
    new: &str,
) -> Result<()> {
    let mut errors = FieldErrors::new();
    let identifier = errors.take(parse(identifier))?;
    let new = keep(&mut errors, rules::check_password("newPassword", new));
    errors.finish()?;
    let (Some(identifier), Some(new)) = (identifier, new) else {
        return Err(Error::internal("a checked field is missing"));
    };
    let (keys, by) = (std::sync::Arc::clone(&context.keys), caller.clone());
    // A wrong code is refused before a password is hashed for it.
    let right = context.store.read(|tx| match users::find(tx, &identifier)? {
        Some(user) => {
            let what = (user.id, &identifier, Purpose::ResetPassword);
            is_right(tx, &keys, what, Try::of(&keys, caller, &typed)?)
        }
        None => Ok(false),
    })?;
    let password_hash = match right {
        true => Some(context.passwords.of(caller.ip).hash(new, context.random.bytes()?).await?),
        false => None,
    };
    gate::judge(context, caller, "auth.reset_password", move |tx| {
        let wrong = || Ok(Judgement::refused(wrong_code()));
        let Some(mut user) = users::find(tx, &identifier)? else { return wrong() };
        let what = (user.id, &identifier, Purpose::ResetPassword);
        let right = check(tx, &keys, what, Try::of(&keys, &by, &typed)?, Use::Up)?;
        let Some(hash) = password_hash.as_ref().filter(|_| right) else { return wrong() };
        note_account(tx, &user);
        set_password(tx, &keys, &mut user, hash)?;
        end_sessions(tx, user.id, None, EndReason::PasswordChanged)?;
        security_notice(tx, user.id, "password_reset", Urgency::Critical)?;
        Ok(Judgement::granted(()))
    })
    .await
}
