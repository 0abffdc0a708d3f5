//! One-time codes: made, sent, checked. What each is good for says `codes.rs`.
//!
//! # Where codes go
//! A code that confirms a contact goes to that contact. Codes for signing in and for a new password go to contacts that
//! count, by preference to the one that was typed. A code belongs to the contact that was typed and to the account, so
//! that nothing tells which e-mail belongs to which phone.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::sessions::security_notice;
use super::text_budget::{Asker, TextBudget};
use super::{delivery, letters};
use crate::domain::auth::model::{
    Caller, CodeForm, LastSend, OneTimeCode, Purpose, SLIP_LIFE, SendCause, Subject,
};
use crate::domain::auth::tables::{CODES, SENDS, WRONG_CODES};
use crate::domain::auth::{codes as auth_codes, subjects};
use crate::domain::notifications::model::Urgency;
use crate::domain::notifications::text_budget::Matter;
use crate::domain::users::contacts::ContactKind;
use crate::domain::users::model::User;
use crate::domain::users::rules::Identifier;
use crate::domain::users::tables as users;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::crypto::Keys;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::jobs::{self, Job, Jobs};
use crate::platform::secret::{Phi, Secret};
use crate::platform::store::{Reader, WriteTx};

/// What using a code is called in the audit.
pub(super) const ACTION: &str = "auth.use_code";

/// How a code leaves the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Delivery {
    /// By e-mail, to accounts that have an address.
    Email,
    /// By SMS.
    Sms,
    /// Not at all: nothing that could carry it is configured. Staff of the clinic confirm contacts instead.
    NotConfigured,
}

/// Which of a person's contacts of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Spot {
    /// The present one.
    Present,
    /// The one that waits to replace it.
    Waiting,
}

/// Where a contact stands with a person, if a code can still confirm it.
pub(super) fn unconfirmed_spot(user: &User, identifier: &Identifier) -> Option<Spot> {
    let is_it = |contact: Option<&Phi<String>>| {
        contact.is_some_and(|contact| contact.reveal() == identifier.as_str())
    };
    if is_it(user.waiting(identifier.kind())) {
        return Some(Spot::Waiting);
    }
    let is_open =
        user.confirmed(identifier.kind()).is_none() && !user.shares_contacts() && user.erased_at.is_none();
    (is_open && is_it(user.contact(identifier.kind()))).then_some(Spot::Present)
}

/// Carries a code to its recipient. Names the row that makes the code, never the code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendCode {
    /// To whom.
    pub user: UserId,
    /// Which of their codes.
    pub purpose: Purpose,
    /// The contact that was typed, as the code's row is keyed by it.
    #[serde(default)]
    subject: Option<Subject>,
    /// The contact to which it goes.
    #[serde(default)]
    to: Option<(ContactKind, Spot)>,
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

/// What making codes needs, for use inside write closures.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) keys: Arc<Keys>,
    email: bool,
    texts: Option<TextBudget>,
    asker: Option<Asker>,
}

impl Sender {
    /// What `caller` has sent counts as theirs.
    ///
    /// # Errors
    /// When the key cannot be derived.
    pub(super) fn of(context: &Context, caller: &Caller) -> Result<Self> {
        let texts = TextBudget::of(context);
        let asker = texts.map(|texts| texts.asker(&context.keys, caller)).transpose()?.flatten();
        Ok(Self { keys: Arc::clone(&context.keys), email: context.mail.is_configured(), texts, asker })
    }

    /// Whether anything can be sent to contacts of this kind.
    pub(super) const fn reaches(&self, kind: ContactKind) -> bool {
        match kind {
            ContactKind::Email => self.email,
            ContactKind::Phone => self.texts.is_some(),
        }
    }

    /// How codes asked for with this identifier leave, whether or not it belongs to anybody.
    pub(super) const fn delivery(&self, identifier: &Identifier) -> Delivery {
        match identifier.kind() {
            ContactKind::Phone if self.texts.is_some() => Delivery::Sms,
            _ if self.email => Delivery::Email,
            _ => Delivery::NotConfigured,
        }
    }

    /// Asks whether a code of this purpose may go to a contact, whether or not it belongs to anybody. E-mail always may.
    ///
    /// # Errors
    /// `texts_spent` when no more text messages may be sent for this asker or to this phone today.
    pub(super) fn ask(
        &self,
        tx: &mut WriteTx<'_>,
        kind: ContactKind,
        contact: &str,
        purpose: Purpose,
    ) -> Result<()> {
        let Some(texts) = self.texts.filter(|_| kind == ContactKind::Phone) else { return Ok(()) };
        let matter = match purpose {
            Purpose::VerifyContact => Matter::Other,
            Purpose::SignIn | Purpose::ResetPassword => Matter::KnownCode,
        };
        let phone = subjects::subject_of_identifier(&self.keys, contact)?;
        texts.ask(tx, self.asker.as_ref(), &phone, matter)
    }

    /// Sends the code that confirms a contact. Whether it may be sent was asked before.
    pub(super) fn send_contact_code(
        &self,
        tx: &mut WriteTx<'_>,
        user: &User,
        (kind, spot): (ContactKind, Spot),
        cause: SendCause,
    ) -> Result<()> {
        let contact = match spot {
            Spot::Present => user.contact(kind),
            Spot::Waiting => user.waiting(kind),
        };
        // A carer's contact gets no codes of others.
        let is_open = spot == Spot::Waiting || !user.shares_contacts();
        let Some(contact) = contact.filter(|_| is_open) else { return Ok(()) };
        let at = tx.now();
        let asked = subjects::subject_of_identifier(&self.keys, contact.reveal())?;
        SENDS.put(tx, &asked, &LastSend { at, cause })?;
        if !self.reaches(kind) {
            return Ok(());
        }
        let subject = subjects::subject_of_contact(&self.keys, user.id, contact.reveal())?;
        self.send(tx, user, Purpose::VerifyContact, subject, (kind, spot))
    }

    /// Sends a code for signing in or for a new password, if anything that counts can be reached.
    pub(super) fn send_entry_code(
        &self,
        tx: &mut WriteTx<'_>,
        user: &User,
        identifier: &Identifier,
        purpose: Purpose,
    ) -> Result<()> {
        let mut kinds = ContactKind::ALL;
        kinds.sort_by_key(|kind| *kind != identifier.kind());
        let reached = kinds.into_iter().find(|kind| self.reaches(*kind) && user.working(*kind).is_some());
        let Some(kind) = reached else { return Ok(()) };
        if kind != identifier.kind()
            && let Some(contact) = user.working(kind)
            && let Err(error) = self.ask(tx, kind, contact.reveal(), purpose)
        {
            // Telling it would tell that the account has a phone.
            tracing::warn!(user.id = %user.id, %error, "a code was not sent");
            return Ok(());
        }
        let subject = subjects::subject_of_contact(&self.keys, user.id, identifier.as_str())?;
        self.send(tx, user, purpose, subject, (kind, Spot::Present))
    }

    fn send(
        &self,
        tx: &mut WriteTx<'_>,
        user: &User,
        purpose: Purpose,
        subject: Subject,
        to: (ContactKind, Spot),
    ) -> Result<()> {
        let now = tx.now();
        let form = WRONG_CODES
            .get(tx, &user.id)?
            .map_or(CodeForm::Digits, |wrong| auth_codes::code_form(&wrong, now));
        let row = make(tx, user.id, (subject, purpose), form, now.plus(auth_codes::CODE_LIFE))?;
        let expires_at = Some(row.expires_at);
        if let Some(texts) = self.texts.filter(|_| to.0 == ContactKind::Phone) {
            texts.count(tx)?;
        }
        let job = SendCode { user: user.id, purpose, subject: Some(subject), to: Some(to), expires_at };
        jobs::enqueue(tx, &job).map(drop)
    }

    /// Makes the code that confirms a contact, to be printed: it is longer, and good for a day.
    pub(super) fn slip(
        &self,
        tx: &mut WriteTx<'_>,
        user: UserId,
        contact: &Identifier,
    ) -> Result<(Secret<String>, Timestamp)> {
        let subject = subjects::subject_of_contact(&self.keys, user, contact.as_str())?;
        let until = tx.now().plus(SLIP_LIFE);
        let row = make(tx, user, (subject, Purpose::VerifyContact), CodeForm::Letters, until)?;
        Ok((auth_codes::code(&self.keys, Purpose::VerifyContact, &row)?, until))
    }
}

fn make(
    tx: &mut WriteTx<'_>,
    user: UserId,
    (subject, purpose): (Subject, Purpose),
    form: CodeForm,
    expires_at: Timestamp,
) -> Result<OneTimeCode> {
    let nonce = Secret::new(tx.random().bytes()?);
    let made_at = Some(tx.now());
    let row = OneTimeCode { user, nonce, expires_at, wrong_tries: 0, wrong_from: Vec::new(), form, made_at };
    CODES.put(tx, &(subject, purpose.number()), &row)?;
    Ok(row)
}

/// Whether a right code is used up by looking at it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Up,
    Not,
}

/// A code as it was typed, and from where.
#[derive(Clone, Copy)]
pub(super) struct Try<'a> {
    pub(super) code: &'a Secret<String>,
    pub(super) from: Subject,
}

impl<'a> Try<'a> {
    /// What `caller` typed.
    ///
    /// # Errors
    /// When the key cannot be derived.
    pub(super) fn of(keys: &Keys, caller: &Caller, code: &'a Secret<String>) -> Result<Self> {
        // Commands of ours have no address.
        let from = caller.ip.map_or(Ok([0; 32]), |ip| subjects::subject_of_network(keys, ip))?;
        Ok(Self { code, from })
    }
}

/// Checks a code that was sent for a contact of a person. A wrong one is counted: five shut the address out, and many
/// make the next ones longer.
pub(super) fn check(
    tx: &mut WriteTx<'_>,
    keys: &Keys,
    (user, identifier, purpose): (UserId, &Identifier, Purpose),
    typed: Try<'_>,
    used: Use,
) -> Result<bool> {
    let key = (subjects::subject_of_contact(keys, user, identifier.as_str())?, purpose.number());
    let now = tx.now();
    let Some(mut row) = CODES.get(tx, &key)?.filter(|row| row.is_alive(now)) else { return Ok(false) };
    let is_shut = auth_codes::is_shut(&row, &typed.from);
    if !is_shut && auth_codes::code_matches(keys, purpose, &row, typed.code.reveal())? {
        if used == Use::Up {
            CODES.delete(tx, &key)?;
        }
        return Ok(true);
    }
    if is_shut {
        return Ok(false);
    }
    if auth_codes::count_try(&mut row, &typed.from) {
        CODES.delete(tx, &key)?;
    } else {
        CODES.put(tx, &key, &row)?;
    }
    let mut wrong = WRONG_CODES.get(tx, &user)?.unwrap_or_default();
    let is_new = auth_codes::count_wrong_code(&mut wrong, now);
    WRONG_CODES.put(tx, &user, &wrong)?;
    if is_new {
        security_notice(tx, user, "codes_guessed", Urgency::Warning)?;
    }
    Ok(false)
}

/// Whether a code is right, without counting: before anything costly is done for it.
pub(super) fn is_right(
    tx: &dyn Reader,
    keys: &Keys,
    (user, identifier, purpose): (UserId, &Identifier, Purpose),
    typed: Try<'_>,
) -> Result<bool> {
    let key = (subjects::subject_of_contact(keys, user, identifier.as_str())?, purpose.number());
    let row = CODES.get(tx, &key)?.filter(|row| row.is_alive(tx.now()));
    let row = row.filter(|row| !auth_codes::is_shut(row, &typed.from));
    row.map_or(Ok(false), |row| auth_codes::code_matches(keys, purpose, &row, typed.code.reveal()))
}

/// The answer to wrong, expired, void and never sent codes alike.
pub(super) fn wrong_code() -> Error {
    Error::unauthenticated("code_wrong")
}

async fn deliver_job(context: Arc<Context>, job: SendCode) -> Result<()> {
    deliver(&context, job).await
}

/// Hands a code to what carries it. A code that has expired, was used or replaced meanwhile is not sent any more, nor
/// one whose contact was changed; those are counted.
///
/// # Errors
/// `channel_not_configured`, `mail_failed` and the like: the job is tried again while the code is good.
pub async fn deliver(context: &Context, job: SendCode) -> Result<()> {
    let Some((subject, (kind, spot))) = job.subject.zip(job.to) else { return Ok(()) };
    let found = context.store.read(|tx| {
        let row = CODES.get(tx, &(subject, job.purpose.number()))?;
        let row = row.filter(|row| job.expires_at.is_none_or(|end| end == row.expires_at));
        Ok(row.filter(|row| row.is_alive(tx.now())).zip(users::USERS.get(tx, &job.user)?))
    })?;
    let recipient = match &found {
        Some((_, user)) => recipient(&context.keys, user, &job, (subject, kind, spot))?,
        None => None,
    };
    let Some(((row, user), to)) = found.zip(recipient) else {
        return delivery::count_code(context, kind, job.expires_at).await;
    };
    let code = auth_codes::code(&context.keys, job.purpose, &row)?;
    let (clinic, language) = (&context.settings.clinic, user.preferences.language);
    let id = format!("{}-{}", job.user, row.expires_at.as_milliseconds());
    let letter = || letters::of_code(clinic, job.purpose, language, code.reveal());
    let text = || letters::text_of_code(clinic, job.purpose, language, code.reveal());
    delivery::send_direct(context, (job.user, kind, &to), id, letter, text).await
}

/// The contact to which a code goes, as long as the code is of use to it.
fn recipient(
    keys: &Keys,
    user: &User,
    job: &SendCode,
    (subject, kind, spot): (Subject, ContactKind, Spot),
) -> Result<Option<Phi<String>>> {
    let to = match (job.purpose, spot) {
        (Purpose::SignIn | Purpose::ResetPassword, _) => return Ok(user.working(kind).cloned()),
        (Purpose::VerifyContact, Spot::Waiting) => user.waiting(kind),
        (Purpose::VerifyContact, Spot::Present) => {
            user.contact(kind).filter(|_| user.confirmed_at(kind).is_none())
        }
    };
    let Some(to) = to else { return Ok(None) };
    let is_same = subjects::subject_of_contact(keys, user.id, to.reveal())? == subject;
    Ok(is_same.then(|| to.clone()))
}
