//! One-time codes: sending, checking, and what each is good for. No answer tells whether an account exists.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::auth::{second_factor, set_password};
use super::sessions::{SignedIn, TokenMaker, note_account, security_notice};
use super::{delivery, letters};
use crate::domain::auth::model::{Caller, EndReason, LastSend, OneTimeCode, Purpose, SendCause, Subject};
use crate::domain::auth::rules;
use crate::domain::auth::tables::{CODES, SENDS, end_sessions};
use crate::domain::gate::{self, Judgement};
use crate::domain::notifications::model::Urgency;
use crate::domain::users::model::{Role, Status, User};
use crate::domain::users::rules::{Identifier, keep};
use crate::domain::users::tables as users;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::crypto::Keys;
use crate::platform::error::{Error, FieldErrors, Result};
use crate::platform::ids::UserId;
use crate::platform::jobs::{self, Job, Jobs};
use crate::platform::mail::Mail;
use crate::platform::secret::{Phi, Secret};
use crate::platform::store::{Reader, WriteTx};

/// How a code leaves the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Delivery {
    /// By e-mail, to accounts that have an address.
    Email,
    /// Not at all: no mail server is configured. Staff of the clinic confirm contacts instead.
    NotConfigured,
}

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

/// Carries a code to its recipient. Names the row that makes the code, never the code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendCode {
    /// To whom.
    pub user: UserId,
    /// Which of his codes.
    pub purpose: Purpose,
    /// The end of its life, which tells it from the one before. Jobs of the first releases do not say.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

impl Job for SendCode {
    const NAME: &'static str = "send-code";
    const QUEUE: &'static str = delivery::CODES;
    const MAX_ATTEMPTS: u32 = 5;
}

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.queue(delivery::CODES, 2);
    jobs.register::<SendCode, _, _>(deliver_job);
}

async fn deliver_job(context: Arc<Context>, job: SendCode) -> Result<()> {
    deliver(&context, job).await
}

fn delivery(context: &Context) -> Delivery {
    if context.mail.is_configured() { Delivery::Email } else { Delivery::NotConfigured }
}

fn parse(typed: &Phi<String>) -> Result<Identifier> {
    Identifier::parse(typed.reveal()).ok_or_else(|| Error::invalid("identifier", "identifier_invalid"))
}

fn account(tx: &dyn Reader, keys: &Keys, identifier: &Identifier) -> Result<(Subject, Option<User>)> {
    let user = users::find(tx, identifier)?;
    let subject = match &user {
        Some(user) => rules::subject_of_user(keys, user.id)?,
        None => rules::subject_of_stranger(keys, identifier.as_str())?,
    };
    Ok((subject, user))
}

/// Sends a code when the identifier belongs to an account that can use it.
///
/// # Errors
/// `code_sent_recently` within the pause, whether or not there is such an account.
pub async fn request(
    context: &Context,
    caller: &Caller,
    identifier: &Phi<String>,
    purpose: Purpose,
) -> Result<CodeRequested> {
    let identifier = parse(identifier)?;
    let keys = Arc::clone(&context.keys);
    let wait = gate::judge(context, caller, "auth.request_code", move |tx| {
        let (subject, user) = account(tx, &keys, &identifier)?;
        let now = tx.now();
        if let Some(last) = SENDS.get(tx, &subject)? {
            let wait = last.at.plus(rules::CODE_PAUSE).since(now).as_seconds_rounded_up();
            if wait > 0 && last.cause == SendCause::Registration && purpose == Purpose::VerifyContact {
                // The registration sent one a moment ago: that is what is asked for. Only the first time.
                SENDS.put(tx, &subject, &LastSend { cause: SendCause::Request, ..last })?;
                return Ok(Judgement::granted(wait));
            }
            if wait > 0 {
                let seconds = u64::try_from(wait).unwrap_or(1);
                let error = Error::too_many("code_sent_recently", seconds).with("seconds", seconds);
                return Ok(Judgement::refused(error));
            }
        }
        match &user {
            Some(user) => send_to(tx, subject, user, purpose, SendCause::Request)?,
            None => SENDS.put(tx, &subject, &LastSend { at: now, cause: SendCause::Request })?,
        }
        Ok(Judgement::granted(rules::CODE_PAUSE.as_milliseconds() / 1_000))
    })
    .await?;
    Ok(CodeRequested {
        delivery: delivery(context),
        expires_in_seconds: rules::CODE_LIFE.as_milliseconds() / 1_000,
        resend_after_seconds: wait,
    })
}

/// Sends a code for a new password when there is such an account. The answer is always the same.
///
/// # Errors
/// `identifier_invalid`; when the store fails.
pub async fn forgot_password(
    context: &Context,
    caller: &Caller,
    identifier: &Phi<String>,
) -> Result<CodeRequested> {
    match request(context, caller, identifier, Purpose::ResetPassword).await {
        Err(error) if error.code() == "code_sent_recently" => Ok(CodeRequested {
            delivery: delivery(context),
            expires_in_seconds: rules::CODE_LIFE.as_milliseconds() / 1_000,
            resend_after_seconds: rules::CODE_PAUSE.as_milliseconds() / 1_000,
        }),
        answer => answer,
    }
}

/// Makes a code and enqueues the e-mail that carries it, if the account can use it.
pub(super) fn send_to(
    tx: &mut WriteTx<'_>,
    subject: Subject,
    user: &User,
    purpose: Purpose,
    cause: SendCause,
) -> Result<()> {
    let now = tx.now();
    SENDS.put(tx, &subject, &LastSend { at: now, cause })?;
    let needless = purpose == Purpose::VerifyContact && user.contact_confirmed_at.is_some();
    if user.email.is_none() || user.erased_at.is_some() || needless {
        return Ok(());
    }
    let row = OneTimeCode {
        user: user.id,
        nonce: Secret::new(tx.random().bytes()?),
        expires_at: now.plus(rules::CODE_LIFE),
        wrong_tries: 0,
    };
    CODES.put(tx, &(subject, purpose.number()), &row)?;
    jobs::enqueue(tx, &SendCode { user: user.id, purpose, expires_at: Some(row.expires_at) }).map(|_| ())
}

/// Hands a code to the mail server. A code that has expired, was used or replaced meanwhile is not sent any more, but
/// counted.
///
/// # Errors
/// `channel_not_configured`, `mail_failed` and the like: the job is tried again while the code is good.
pub async fn deliver(context: &Context, job: SendCode) -> Result<()> {
    let subject = rules::subject_of_user(&context.keys, job.user)?;
    let found = context.store.read(|tx| {
        let row = CODES.get(tx, &(subject, job.purpose.number()))?;
        let row = row.filter(|row| job.expires_at.is_none_or(|end| end == row.expires_at));
        Ok(row.filter(|row| tx.now() < row.expires_at).zip(users::USERS.get(tx, &job.user)?))
    })?;
    // Staff may have confirmed the contact meanwhile.
    let found = found
        .filter(|(_, user)| job.purpose != Purpose::VerifyContact || user.contact_confirmed_at.is_none());
    let Some((row, user)) = found else { return delivery::count_code(context, job.expires_at).await };
    let Some(to) = user.working_email().cloned() else { return Ok(()) };
    let code = rules::code(&context.keys, job.purpose, &row)?;
    let language = user.preferences.language;
    let letter = letters::of_code(&context.settings.clinic, job.purpose, language, code.reveal())?;
    let mail = Mail::new(to.clone(), letter.subject, letter.text, letter.html);
    let sent = context.mail.send(&mail).await;
    delivery::note_code(context, job.user, &to, sent).await
}

/// Whether a right code is used up by looking at it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Up,
    Not,
}

/// Checks a code; a wrong one is counted, and five void it. `None` when it is not the one.
fn check(
    tx: &mut WriteTx<'_>,
    keys: &Keys,
    (subject, purpose): (Subject, Purpose),
    typed: &Secret<String>,
    used: Use,
) -> Result<Option<UserId>> {
    let key = (subject, purpose.number());
    let Some(mut row) = CODES.get(tx, &key)?.filter(|row| tx.now() < row.expires_at) else { return Ok(None) };
    if rules::code_matches(keys, purpose, &row, typed.reveal())? {
        if used == Use::Up {
            CODES.delete(tx, &key)?;
        }
        return Ok(Some(row.user));
    }
    row.wrong_tries += 1;
    if row.wrong_tries >= rules::CODE_TRIES_MAX {
        CODES.delete(tx, &key)?;
    } else {
        CODES.put(tx, &key, &row)?;
    }
    Ok(None)
}

fn wrong_code() -> Error {
    Error::unauthenticated("code_wrong")
}

/// Uses a code for its purpose.
///
/// # Errors
/// `code_wrong` for wrong, expired, void and never sent codes alike.
pub async fn verify(
    context: &Context,
    caller: &Caller,
    identifier: &Phi<String>,
    typed: Secret<String>,
    purpose: Purpose,
    device: Option<String>,
) -> Result<CodeAccepted> {
    let identifier = parse(identifier)?;
    let maker = TokenMaker::of(context);
    let by = caller.clone();
    gate::judge(context, caller, "auth.use_code", move |tx| {
        let (subject, user) = account(tx, &maker.keys, &identifier)?;
        let used = if purpose == Purpose::ResetPassword { Use::Not } else { Use::Up };
        let right = check(tx, &maker.keys, (subject, purpose), &typed, used)?;
        let (Some(_), Some(user)) = (right, user) else { return Ok(Judgement::refused(wrong_code())) };
        note_account(tx, &user);
        match purpose {
            Purpose::VerifyContact => {
                Ok(Judgement::granted(CodeAccepted::Confirmed(confirm_contact(tx, user)?.status)))
            }
            Purpose::ResetPassword => Ok(Judgement::granted(CodeAccepted::MayReset)),
            Purpose::SignIn => {
                if let Err(missing) = second_factor(tx, &user, None) {
                    return Ok(Judgement::refused(missing));
                }
                let Judgement { outcome, actor } = maker.open(tx, user, device.clone(), &by)?;
                let outcome = outcome.map(|tokens| CodeAccepted::SignedIn(Box::new(tokens)));
                Ok(Judgement { outcome, actor })
            }
        }
    })
    .await
}

/// Notes that a contact is the person's own. A patient or family member is in use from then on; a doctor still
/// waits for an admin.
pub(super) fn confirm_contact(tx: &mut WriteTx<'_>, mut user: User) -> Result<User> {
    if user.contact_confirmed_at.is_none() {
        user.contact_confirmed_at = Some(tx.now());
        if user.status == Status::PendingVerification && user.role != Role::Doctor {
            user.status = Status::Active;
        }
        users::update(tx, &mut user)?;
    }
    Ok(user)
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
    const ACTION: &str = "auth.reset_password";
    let mut errors = FieldErrors::new();
    let identifier = errors.take(parse(identifier))?;
    let new = keep(&mut errors, rules::check_password("newPassword", new));
    errors.finish()?;
    let (Some(identifier), Some(new)) = (identifier, new) else {
        return Err(Error::internal("a checked field is missing"));
    };
    let keys = Arc::clone(&context.keys);
    // A wrong code is refused before a password is hashed for it.
    let (of, code) = (identifier.clone(), typed.clone());
    let right = {
        let keys = Arc::clone(&keys);
        context.store.read(move |tx| {
            let (subject, _) = account(tx, &keys, &of)?;
            let row = CODES.get(tx, &(subject, Purpose::ResetPassword.number()))?;
            row.map_or(Ok(false), |row| {
                rules::code_matches(&keys, Purpose::ResetPassword, &row, code.reveal())
            })
        })?
    };
    let password_hash = match right {
        true => Some(context.passwords.of(caller.ip).hash(new, context.random.bytes()?).await?),
        false => None,
    };
    gate::judge(context, caller, ACTION, move |tx| {
        let (subject, user) = account(tx, &keys, &identifier)?;
        let right = check(tx, &keys, (subject, Purpose::ResetPassword), &typed, Use::Up)?;
        let (Some(id), Some(mut user), Some(hash)) = (right, user, &password_hash) else {
            return Ok(Judgement::refused(wrong_code()));
        };
        note_account(tx, &user);
        set_password(tx, &keys, id, hash)?;
        if user.locked_until.take().is_some() {
            users::save(tx, &user)?;
        }
        end_sessions(tx, id, None, EndReason::PasswordChanged)?;
        security_notice(tx, id, "password_reset", Urgency::Normal)?;
        Ok(Judgement::granted(()))
    })
    .await
}
