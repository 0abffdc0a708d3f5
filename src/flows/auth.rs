//! Signing in with a password, and changing it.
//!
//! Passes the gate by: counting a try before it is made. Whether it was a sign-in is known only afterwards, and
//! then it passes the gate. From where tries are counted together says `tries.rs`.

use std::net::IpAddr;
use std::sync::Arc;

use super::second_factor_tries::{self, Passage};
use super::sessions::{SignedIn, TokenMaker, note_account, own_session, security_notice};
use super::tries::{end_waiting, forget_tries, locked, place_of};
use crate::domain::auth::model::{Attempts, Caller, Credentials, EndReason, Subject};
use crate::domain::auth::rules::{self, Turn};
use crate::domain::auth::subjects::{self, Place};
use crate::domain::auth::tables::{ATTEMPTS, CREDENTIALS, end_sessions};
use crate::domain::gate::{self, Judgement};
use crate::domain::notifications::model::Urgency;
use crate::domain::users::model::User;
use crate::domain::users::rules::{Identifier, keep};
use crate::domain::users::tables as users;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::crypto::{Keys, Verdict};
use crate::platform::error::{Error, FieldErrors, Result};
use crate::platform::ids::{SessionId, UserId};
use crate::platform::secret::{Phi, Secret};
use crate::platform::store::{Reader, WriteTx};

/// A person who wants to sign in.
#[derive(Debug, Clone)]
pub struct Login {
    /// E-mail or phone as typed.
    pub identifier: Phi<String>,
    /// Password as typed.
    pub password: Secret<String>,
    /// Second factor, when they have one.
    pub code: Option<Secret<String>>,
    /// What the client says it is.
    pub device: Option<String>,
}

/// Who tries a password.
#[derive(Debug, Clone)]
enum Claimant {
    /// Whoever this e-mail or phone belongs to, if it belongs to anybody.
    Identified(Option<Identifier>, Phi<String>),
    /// A person whom this contact, which need not count yet, leads to.
    Claimed(Option<UserId>, Identifier),
    /// A person who is signed in.
    Known(UserId, SessionId),
}

impl Claimant {
    fn typed(identifier: &Phi<String>) -> Self {
        let text = identifier.reveal().trim().to_lowercase();
        Self::Identified(Identifier::parse(&text), Phi::new(text))
    }

    fn user(&self, tx: &dyn Reader) -> Result<Option<User>> {
        match self {
            Self::Identified(Some(identifier), _) => {
                let found = users::find(tx, identifier)?;
                Ok(found.filter(|user| user.may_sign_in_by(identifier.kind())))
            }
            Self::Identified(None, _) => Ok(None),
            Self::Claimed(id, _) => id.map(|id| users::require(tx, id)).transpose(),
            Self::Known(id, _) => users::require(tx, *id).map(Some),
        }
    }

    /// What their tries are counted by: what they typed, and from where. Whether there is such an account makes no
    /// difference.
    fn subject(&self, tx: &dyn Reader, keys: &Keys, ip: Option<IpAddr>) -> Result<Subject> {
        let typed = match self {
            Self::Known(id, session) => {
                let own = subjects::subject_of_user(keys, *id)?;
                return subjects::subject_of_tries(keys, &own, Place::Session(*session));
            }
            Self::Identified(Some(identifier), _) | Self::Claimed(_, identifier) => identifier.as_str(),
            Self::Identified(None, typed) => typed.reveal(),
        };
        let claimed = subjects::subject_of_identifier(keys, typed)?;
        let user = self.user(tx)?.map(|user| user.id);
        subjects::subject_of_tries(keys, &claimed, place_of(tx, keys, user, ip)?)
    }
}

/// A password that was compared.
#[derive(Debug, Clone)]
struct Tried {
    subject: Subject,
    user: Option<UserId>,
    /// Tells whether the password was changed since.
    changed_at: Option<Timestamp>,
    /// This was the last try allowed: when wrong, the sign-in from there is closed now.
    locks: bool,
    /// The password hashed anew, when its hash had become too cheap or was of another form.
    renewed: Option<Secret<String>>,
}

enum Reserved {
    Locked(Timestamp),
    Go { user: Option<UserId>, credentials: Option<Credentials>, attempts: Attempts },
}

/// Compares a password. The try is counted durably before, so that however many come at once, no sixth password
/// in a row is compared; an identifier without an account is counted, locked and timed as one with.
async fn try_password(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    claimant: Claimant,
    password: &Secret<String>,
) -> Result<Tried> {
    let subject = context.store.read(|tx| claimant.subject(tx, &context.keys, caller.ip))?;
    let passwords = context.passwords.of(caller.ip);
    let _turn = passwords.turn(&subject).await?;
    let reserved = context.store.write(move |tx| reserve(tx, subject, &claimant)).await?;
    let (user, credentials, attempts) = match reserved {
        Reserved::Go { user, credentials, attempts } => (user, credentials, attempts),
        Reserved::Locked(until) => return Err(refuse_locked(context, caller, action, until).await),
    };
    let changed_at = credentials.as_ref().map(|credentials| credentials.changed_at);
    let stored = credentials.map(|credentials| credentials.password_hash);
    let composed = rules::composed(password);
    let mut verdict = passwords.verify(composed.clone(), stored.clone()).await?;
    if verdict == Verdict::Wrong && composed != *password {
        // Hashes of the first releases were made of passwords as they were typed.
        verdict = match passwords.verify(password.clone(), stored).await? {
            Verdict::Wrong => Verdict::Wrong,
            Verdict::Right | Verdict::RightButCheap => Verdict::RightButCheap,
        };
    }
    let renewed = match verdict {
        Verdict::RightButCheap => Some(passwords.hash(composed, context.random.bytes()?).await?),
        Verdict::Right | Verdict::Wrong => None,
    };
    let locks = attempts.locked_until.is_some();
    let tried = Tried { subject, user, changed_at, locks, renewed };
    if verdict == Verdict::Wrong {
        return Err(refuse_wrong(context, caller, action, tried).await);
    }
    // Still within the turn: the next try of this account sees the fresh count.
    let forgive = tried.clone();
    context.store.write(move |tx| forgive_tries(tx, &forgive)).await?;
    Ok(tried)
}

fn reserve(tx: &mut WriteTx<'_>, subject: Subject, claimant: &Claimant) -> Result<Reserved> {
    let user = claimant.user(tx)?;
    match rules::reserve(ATTEMPTS.get(tx, &subject)?, tx.now()) {
        Turn::Locked(until) => Ok(Reserved::Locked(until)),
        Turn::Try(attempts) => {
            ATTEMPTS.put(tx, &subject, &attempts)?;
            let id = user.as_ref().map(|user| user.id);
            let credentials = id.map(|id| CREDENTIALS.get(tx, &id)).transpose()?.flatten();
            Ok(Reserved::Go { user: id, credentials, attempts })
        }
    }
}

fn forgive_tries(tx: &mut WriteTx<'_>, tried: &Tried) -> Result<()> {
    ATTEMPTS.delete(tx, &tried.subject)?;
    let Some(id) = tried.user else { return Ok(()) };
    if let (Some(password_hash), Some(mut credentials)) = (&tried.renewed, CREDENTIALS.get(tx, &id)?)
        && Some(credentials.changed_at) == tried.changed_at
    {
        credentials.password_hash = password_hash.clone();
        CREDENTIALS.put(tx, &id, &credentials)?;
    }
    Ok(())
}

async fn refuse_locked(context: &Context, caller: &Caller, action: &'static str, until: Timestamp) -> Error {
    let refusal = gate::judge(context, caller, action, move |tx| {
        Ok(Judgement::<()>::refused(locked("account_locked", until, tx.now())))
    });
    refusal.await.err().unwrap_or_else(|| Error::internal("a locked account was let in"))
}

async fn refuse_wrong(context: &Context, caller: &Caller, action: &'static str, tried: Tried) -> Error {
    let refusal = gate::judge(context, caller, action, move |tx| {
        if let Some(id) = tried.user {
            note_account(tx, &users::require(tx, id)?);
            let now = tx.now();
            let attempts = ATTEMPTS.get(tx, &tried.subject)?.filter(|_| tried.locks);
            if let Some(attempts) = attempts.filter(|attempts| rules::is_worth_telling(attempts, now)) {
                ATTEMPTS.put(tx, &tried.subject, &Attempts { told_at: Some(now), ..attempts })?;
                security_notice(tx, id, "account_locked", Urgency::Warning)?;
            }
        }
        Ok(Judgement::<()>::refused(Error::unauthenticated("wrong_credentials")))
    });
    refusal.await.err().unwrap_or_else(|| Error::internal("a wrong password was accepted"))
}

/// Signs a person in.
///
/// # Errors
/// `wrong_credentials` for wrong passwords and unknown accounts alike; `account_locked` after five of them in a
/// row from there; `account_locked_by_clinic`; `mfa_required` when the code of a second factor is missing,
/// `second_factor_wrong`, `second_factor_locked`; `sign_in_busy`.
pub async fn login(context: &Context, caller: &Caller, login: Login) -> Result<SignedIn> {
    const ACTION: &str = "auth.login";
    let claimant = Claimant::typed(&login.identifier);
    let tried = try_password(context, caller, ACTION, claimant, &login.password).await?;
    let maker = TokenMaker::of(context);
    let by = caller.clone();
    gate::judge(context, caller, ACTION, move |tx| {
        let wrong = || Judgement::refused(Error::unauthenticated("wrong_credentials"));
        let Some(id) = tried.user else { return Ok(wrong()) };
        // The password may have been changed while it was compared.
        if CREDENTIALS.get(tx, &id)?.map(|row| row.changed_at) != tried.changed_at {
            return Ok(wrong());
        }
        let user = users::require(tx, id)?;
        note_account(tx, &user);
        match second_factor_tries::pass(tx, &maker.keys, user.id, login.code.as_ref(), by.ip)? {
            Passage::Refused(error) => Ok(Judgement::refused(error)),
            passage => maker.open(tx, user, login.device.clone(), &by, passage.shown_at()),
        }
    })
    .await
}

/// Checks the password of a signed-in person before a change that a thief of their session must not make.
///
/// # Errors
/// `wrong_credentials`, `account_locked`, `sign_in_busy`.
pub(super) async fn confirm_password(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    password: &Secret<String>,
) -> Result<()> {
    let claimant = Claimant::Known(caller.user_id()?, own_session(caller)?);
    try_password(context, caller, action, claimant, password).await.map(|_| ())
}

/// Checks the password of the account that a contact leads to, which need not count yet. Says whose it is.
///
/// # Errors
/// As for [`login`].
pub(super) async fn claim_by_password(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    (claimed, identifier): (Option<UserId>, Identifier),
    password: &Secret<String>,
) -> Result<UserId> {
    let claimant = Claimant::Claimed(claimed, identifier);
    let tried = try_password(context, caller, action, claimant, password).await?;
    tried.user.ok_or_else(|| Error::unauthenticated("wrong_credentials"))
}

/// Changes the caller's password; all their other sessions end.
///
/// # Errors
/// Names what is wrong with the new password; `wrong_credentials` when the current one is wrong.
pub async fn change_password(
    context: &Context,
    caller: &Caller,
    current: Secret<String>,
    new: &str,
) -> Result<()> {
    const ACTION: &str = "auth.change_password";
    let user = caller.user_id()?;
    let session = own_session(caller)?;
    let mut errors = FieldErrors::new();
    let new = keep(&mut errors, rules::check_password("newPassword", new));
    if new.as_ref().is_some_and(|new| new == &current) {
        errors.add("newPassword", "password_unchanged");
    }
    errors.finish()?;
    let new = new.ok_or_else(|| Error::internal("a checked password is missing"))?;
    let caller = &Caller { idempotency: None, ..caller.clone() };
    confirm_password(context, caller, ACTION, &current).await?;
    let password_hash = context.passwords.of(caller.ip).hash(new, context.random.bytes()?).await?;
    let keys = Arc::clone(&context.keys);
    gate::write(context, caller, ACTION, move |tx| {
        let mut account = users::require(tx, user)?;
        note_account(tx, &account);
        set_password(tx, &keys, &mut account, &password_hash)?;
        end_sessions(tx, user, Some(session), EndReason::PasswordChanged)?;
        security_notice(tx, user, "password_changed", Urgency::Critical)
    })
    .await
}

/// Sets a password: open codes are void, contacts that waited wait no longer, since whoever knew the old password may
/// have given them, and the count of wrong tries starts afresh.
pub(super) fn set_password(
    tx: &mut WriteTx<'_>,
    keys: &Keys,
    user: &mut User,
    password_hash: &Secret<String>,
) -> Result<()> {
    let credentials = Credentials { password_hash: password_hash.clone(), changed_at: tx.now() };
    CREDENTIALS.put(tx, &user.id, &credentials)?;
    forget_tries(tx, keys, user)?;
    if end_waiting(tx, keys, user)? {
        users::update(tx, user)?;
    }
    Ok(())
}
