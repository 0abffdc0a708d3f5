//! The second factor: setting an authenticator up, showing its codes, doing without it.
//!
//! # What it does not depend on
//! A new password, however it was set, leaves the second factor as it is. Only whoever has password and code, or the
//! clinic on the server itself, takes it away.

use std::sync::Arc;

use super::auth::confirm_password;
use super::second_factor_tries::{Passage, try_code};
use super::sessions::{note_account, own_session, security_notice};
use crate::domain::auth::model::{Caller, EndReason, Session};
use crate::domain::auth::second_factor::{
    Authenticator, NewRecoveryCodes, SecondFactor, Waiting, accept, accepted_step, new_recovery_codes,
    time_codes,
};
use crate::domain::auth::second_factor_rows::take_away;
use crate::domain::auth::subjects::Place;
use crate::domain::auth::tables::{SECOND_FACTORS, SESSIONS, end_sessions, save_session};
use crate::domain::gate::{self, Judgement};
use crate::domain::notifications::model::Urgency;
use crate::domain::users::model::User;
use crate::domain::users::rules::Identifier;
use crate::domain::users::tables as users;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::crypto::Keys;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{SessionId, UserId};
use crate::platform::qr_code;
use crate::platform::secret::Secret;
use crate::platform::store::{Reader, WriteTx};
use crate::platform::text::percent_encoded;

/// Who shows their second factor while signed in.
struct Owner {
    user: UserId,
    session: SessionId,
}

impl Owner {
    fn of(caller: &Caller) -> Result<Self> {
        Ok(Self { user: caller.user_id()?, session: own_session(caller)? })
    }

    /// Asks for a code of the second factor in use.
    fn show(
        &self,
        tx: &mut WriteTx<'_>,
        keys: &Keys,
        typed: &Secret<String>,
    ) -> Result<Result<SecondFactor>> {
        note_account(tx, &users::require(tx, self.user)?);
        let mut row = match SECOND_FACTORS.get(tx, &self.user)? {
            Some(row) if row.authenticator.is_some() => row,
            _ => return Ok(Err(Error::conflict("second_factor_missing"))),
        };
        let place = Place::Session(self.session);
        let passage = try_code(tx, keys, self.user, place, |now| {
            accept(keys, self.user, &mut row, typed.reveal(), now)
        })?;
        match passage {
            Passage::Refused(error) => Ok(Err(error)),
            Passage::Shown(_) | Passage::Needless => {
                SECOND_FACTORS.put(tx, &self.user, &row)?;
                Ok(Ok(row))
            }
        }
    }

    /// Notes that it was shown in this session.
    fn note_shown(&self, tx: &mut WriteTx<'_>) -> Result<()> {
        let Some(session) = SESSIONS.get(tx, &self.session)? else {
            return Err(Error::unauthenticated("session_ended"));
        };
        let second_factor_at = Some(tx.now());
        save_session(tx, &Session { second_factor_at, second_factor_owed_since: None, ..session })
    }
}

/// What an authenticator is set up with. It is shown once.
#[derive(Debug, Clone)]
pub struct SettingUp {
    /// For typing.
    pub secret: Secret<String>,
    /// In the form that authenticators read.
    pub uri: Secret<String>,
    /// That as a picture.
    pub picture: Secret<String>,
    /// Until when its first code is waited for.
    pub expires_at: Timestamp,
}

/// Begins a second factor: it counts once [`confirm`] has seen a code of it. One that was begun before is void.
///
/// # Errors
/// `wrong_credentials`, `account_locked`; `second_factor_exists`.
pub async fn begin(context: &Context, caller: &Caller, password: &Secret<String>) -> Result<SettingUp> {
    const ACTION: &str = "auth.begin_second_factor";
    let owner = Owner::of(caller)?;
    confirm_password(context, caller, ACTION, password).await?;
    let keys = Arc::clone(&context.keys);
    let clinic = context.settings.clinic.name.clone();
    gate::judge(context, caller, ACTION, move |tx| {
        let user = users::require(tx, owner.user)?;
        note_account(tx, &user);
        let row = SECOND_FACTORS.get(tx, &user.id)?.unwrap_or_default();
        if row.authenticator.is_some() {
            return Ok(Judgement::refused(Error::conflict("second_factor_exists")));
        }
        let waiting = Waiting { seed: Secret::new(tx.random().bytes()?), made_at: tx.now() };
        let secret = time_codes(&keys, user.id, &waiting.seed)?.base32();
        let expires_at = waiting.until();
        SECOND_FACTORS.put(tx, &user.id, &SecondFactor { waiting: Some(waiting), ..row })?;
        let uri = uri(&clinic, &user, &secret);
        let picture = Secret::new(qr_code::picture(uri.reveal())?);
        Ok(Judgement::granted(SettingUp { secret, uri, picture, expires_at }))
    })
    .await
}

/// `otpauth://totp/Clinic:person?secret=...&issuer=Clinic`, as authenticators agree on. What is left out is what they
/// take for granted: SHA-1, six digits, 30 seconds.
fn uri(clinic: &str, user: &User, secret: &Secret<String>) -> Secret<String> {
    let contact = user.email.as_ref().or(user.phone.as_ref());
    let person = contact.unwrap_or(&user.full_name).reveal();
    let issuer = percent_encoded(clinic);
    let person = percent_encoded(person);
    Secret::new(format!("otpauth://totp/{issuer}:{person}?secret={}&issuer={issuer}", secret.reveal()))
}

/// Takes the second factor into use that was begun, by a code of it, and makes recovery codes. Everywhere else the
/// person is signed out: nobody goes on who has not shown it.
///
/// # Errors
/// `second_factor_not_begun`, `second_factor_wrong`, `second_factor_locked`.
pub async fn confirm(
    context: &Context,
    caller: &Caller,
    typed: Secret<String>,
) -> Result<Vec<Secret<String>>> {
    let owner = Owner::of(caller)?;
    let keys = Arc::clone(&context.keys);
    gate::judge(context, caller, "auth.confirm_second_factor", move |tx| {
        let user = owner.user;
        note_account(tx, &users::require(tx, user)?);
        let row = SECOND_FACTORS.get(tx, &user)?.unwrap_or_default();
        let now = tx.now();
        let Some(waiting) = row.waiting.clone().filter(|waiting| waiting.is_alive(now)) else {
            return Ok(Judgement::refused(Error::conflict("second_factor_not_begun")));
        };
        let codes = time_codes(&keys, user, &waiting.seed)?;
        let mut step = None;
        let passage = try_code(tx, &keys, user, Place::Session(owner.session), |now| {
            step = accepted_step(&codes, typed.reveal(), now, None);
            Ok(step.is_some())
        })?;
        let last_step = match (passage, step) {
            (Passage::Shown(_), Some(step)) => step,
            (Passage::Refused(error), _) => return Ok(Judgement::refused(error)),
            (_, _) => return Err(Error::internal("a right code without its step")),
        };
        let NewRecoveryCodes { shown, kept: recovery_codes } = new_recovery_codes(&keys, user, tx.random())?;
        let authenticator = Authenticator { seed: waiting.seed, on_since: now, last_step };
        let in_use =
            SecondFactor { authenticator: Some(authenticator), waiting: None, recovery_codes, ..row };
        SECOND_FACTORS.put(tx, &user, &in_use)?;
        owner.note_shown(tx)?;
        end_sessions(tx, user, Some(owner.session), EndReason::SecondFactorChanged)?;
        security_notice(tx, user, "second_factor_on", Urgency::Critical)?;
        Ok(Judgement::granted(shown))
    })
    .await
}

/// Takes the second factor away, by password and code. Who must have one has to set up another.
///
/// # Errors
/// `wrong_credentials`, `account_locked`; `second_factor_missing`, `second_factor_wrong`, `second_factor_locked`.
pub async fn remove(
    context: &Context,
    caller: &Caller,
    password: &Secret<String>,
    typed: Secret<String>,
) -> Result<()> {
    const ACTION: &str = "auth.remove_second_factor";
    let owner = Owner::of(caller)?;
    confirm_password(context, caller, ACTION, password).await?;
    let keys = Arc::clone(&context.keys);
    gate::judge(context, caller, ACTION, move |tx| {
        if let Err(refusal) = owner.show(tx, &keys, &typed)? {
            return Ok(Judgement::refused(refusal));
        }
        take_away(tx, owner.user)?;
        security_notice(tx, owner.user, "second_factor_off", Urgency::Critical)?;
        Ok(Judgement::granted(()))
    })
    .await
}

/// Makes new recovery codes, by a code; those before are void.
///
/// # Errors
/// `second_factor_missing`, `second_factor_wrong`, `second_factor_locked`.
pub async fn renew_recovery_codes(
    context: &Context,
    caller: &Caller,
    typed: Secret<String>,
) -> Result<Vec<Secret<String>>> {
    let owner = Owner::of(caller)?;
    let keys = Arc::clone(&context.keys);
    gate::judge(context, caller, "auth.renew_recovery_codes", move |tx| {
        let row = match owner.show(tx, &keys, &typed)? {
            Ok(row) => row,
            Err(refusal) => return Ok(Judgement::refused(refusal)),
        };
        let NewRecoveryCodes { shown, kept: recovery_codes } =
            new_recovery_codes(&keys, owner.user, tx.random())?;
        SECOND_FACTORS.put(tx, &owner.user, &SecondFactor { recovery_codes, ..row })?;
        owner.note_shown(tx)?;
        security_notice(tx, owner.user, "recovery_codes_renewed", Urgency::Warning)?;
        Ok(Judgement::granted(shown))
    })
    .await
}

/// Shows the second factor anew in this session, before what asks for a fresh one.
///
/// # Errors
/// `second_factor_missing`, `second_factor_wrong`, `second_factor_locked`.
pub async fn show(context: &Context, caller: &Caller, typed: Secret<String>) -> Result<()> {
    let owner = Owner::of(caller)?;
    let keys = Arc::clone(&context.keys);
    gate::judge(context, caller, "auth.show_second_factor", move |tx| {
        if let Err(refusal) = owner.show(tx, &keys, &typed)? {
            return Ok(Judgement::refused(refusal));
        }
        owner.note_shown(tx)?;
        Ok(Judgement::granted(()))
    })
    .await
}

/// Takes away the second factor of somebody who has lost it, for the command on the server itself. Their sessions end,
/// and they are told.
///
/// # Errors
/// `role_not_allowed` for anybody but a command of ours; `user_not_found`; `second_factor_missing`.
pub async fn reset_from_command_line(context: &Context, contact: &str) -> Result<UserId> {
    let identifier = Identifier::parse(contact);
    gate::write(context, &Caller::system("admin"), "auth.reset_second_factor", move |tx| {
        let found = identifier.as_ref().map(|identifier| users::find(tx, identifier)).transpose()?.flatten();
        let user = found.ok_or_else(|| Error::not_found("user_not_found"))?;
        note_account(tx, &user);
        let row = SECOND_FACTORS.get(tx, &user.id)?;
        if row.is_none_or(|row| row.authenticator.is_none() && row.waiting.is_none()) {
            return Err(Error::conflict("second_factor_missing"));
        }
        take_away(tx, user.id)?;
        end_sessions(tx, user.id, None, EndReason::SecondFactorChanged)?;
        security_notice(tx, user.id, "second_factor_reset", Urgency::Critical)?;
        Ok(user.id)
    })
    .await
}

/// Writes down that somebody who owes a second factor asked for more than setting it up.
pub async fn note_owed(context: &Context, caller: &Caller, refusal: &Error) {
    gate::note_refusal(context, caller, "auth.owe_second_factor", refusal).await;
}
