//! Sessions: who is behind a token, new tokens for old ones, signing out.

use std::sync::Arc;

use super::tries::note_address;
use crate::domain::auth::model::{Actor, Caller, Claims, EndReason, Session};
use crate::domain::auth::rules::{self, RefreshVerdict};
use crate::domain::auth::second_factor::{ALERTS_GRACE, is_required};
use crate::domain::auth::second_factor_rows::owed_since;
use crate::domain::auth::tables::{self, SESSIONS};
use crate::domain::gate::{self, Judgement};
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::users::model::{Role, Status, User};
use crate::domain::users::tables as users;
use crate::platform::cache::Region;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::crypto::Keys;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{SessionId, UserId};
use crate::platform::secret::Secret;
use crate::platform::settings::AuthSettings;
use crate::platform::store::{Reader, WriteTx};

/// What a person gets who has proved who they are.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// For the `Authorization` header.
    pub access_token: Secret<String>,
    /// For the next pair of tokens.
    pub refresh_token: Secret<String>,
    /// Life of the access token.
    pub expires_in_seconds: i64,
    /// Who they are.
    pub user: User,
}

/// What the making of tokens needs, for use inside write closures.
#[derive(Clone)]
pub(super) struct TokenMaker {
    pub(super) keys: Arc<Keys>,
    pub(super) settings: AuthSettings,
}

impl TokenMaker {
    pub(super) fn of(context: &Context) -> Self {
        Self { keys: Arc::clone(&context.keys), settings: context.settings.auth.clone() }
    }

    /// Opens a session for a person who has proved who they are.
    pub(super) fn open(
        &self,
        tx: &mut WriteTx<'_>,
        user: User,
        device: Option<String>,
        caller: &Caller,
        second_factor_at: Option<Timestamp>,
    ) -> Result<Judgement<SignedIn>> {
        if user.status == Status::Locked {
            return Ok(Judgement::refused(Error::forbidden("account_locked_by_clinic")));
        }
        note_address(tx, &self.keys, user.id, caller.ip)?;
        let ip = caller.ip.map(|ip| ip.to_string());
        let device = device.map(|device| device.chars().filter(|c| !c.is_control()).take(200).collect());
        let mut session = tables::open_session(tx, user.id, device, ip, &self.settings)?;
        session.second_factor_at = second_factor_at;
        let actor = Actor::Person { id: user.id, role: user.role, status: user.status, session: session.id };
        Ok(Judgement::granted(self.tokens(tx, session, user)?).by(actor))
    }

    /// A new access token, and the session's current refresh token.
    fn tokens(&self, tx: &mut WriteTx<'_>, mut session: Session, user: User) -> Result<SignedIn> {
        let now = tx.now();
        let until = now.plus(self.settings.access_token_life()).min(session.expires_at);
        let token: uuid::Uuid = tx.new_id()?;
        let claims = Claims {
            sub: user.id,
            role: user.role,
            email: user.email.clone(),
            sid: session.id,
            jti: token,
            iat: now.as_milliseconds().div_euclid(1_000),
            exp: until.as_milliseconds().div_euclid(1_000),
        };
        session.access_token = Some((token.as_u128(), until));
        if session.second_factor_at.is_none() && is_required(&self.settings, user.role) {
            session.second_factor_owed_since = Some(owed_since(tx, user.id)?);
        }
        tables::save_session(tx, &session)?;
        Ok(SignedIn {
            access_token: Secret::new(self.keys.tokens.sign(&claims)?),
            refresh_token: rules::refresh_token(&self.keys, &session, session.generation)?,
            expires_in_seconds: until.since(now).as_milliseconds().div_euclid(1_000),
            user,
        })
    }
}

/// How far a session comes whose owner must have a second factor and has not set it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Not here.
    Whole,
    /// What it takes to set one up, and to sign out.
    SettingUp,
    /// Alerts, which wait for nobody: for some days.
    Alerts,
}

/// Who is behind an access token, for everything that is not open to whoever owes a second factor: see [`resolve_within`].
///
/// # Errors
/// As [`resolve_within`].
pub fn resolve(context: &Context, token: &str) -> Result<Actor> {
    resolve_within(context, token, Reach::Whole)
}

/// Who is behind an access token. Runs on every request: signature, times, session, blacklist, person and status
/// are all checked, the last four through the cache, which a sign-out or a change of the account drops before it
/// is acknowledged. Here and nowhere else a session ends before what its owner may not do without a second factor.
///
/// # Errors
/// `token_invalid`, `token_expired`, `session_ended`, `second_factor_required`.
pub fn resolve_within(context: &Context, token: &str, reach: Reach) -> Result<Actor> {
    let claims: Claims = context.keys.tokens.verify(token)?;
    let now = context.now();
    let expires_at = Timestamp::from_milliseconds(claims.exp.saturating_mul(1_000));
    let issued_at = Timestamp::from_milliseconds(claims.iat.saturating_mul(1_000));
    // One of a time to come was made by a clock that has been set back since: it would live longer than it may.
    if now >= expires_at.plus(rules::TOKEN_LEEWAY) || issued_at > now.plus(rules::TOKEN_LEEWAY) {
        return Err(Error::unauthenticated("token_expired"));
    }
    let session = context.cache.get_or_load(Region::Sessions, claims.sid.as_u128(), || {
        context.store.read(|tx| tables::session_state(tx, claims.sid))
    })?;
    let ended = || Error::unauthenticated("session_ended");
    let session = session.as_ref().as_ref().ok_or_else(ended)?;
    let stands = !session.ended
        && session.user == claims.sub
        && now < session.expires_at
        && !session.revoked.contains(&claims.jti.as_u128());
    if !stands {
        return Err(ended());
    }
    let user = users::cached(context, claims.sub).map_err(|error| match error.code() {
        "user_not_found" => ended(),
        _ => error,
    })?;
    if user.status == Status::Locked || user.role != claims.role {
        return Err(ended());
    }
    if !session.has_second_factor && is_required(&context.settings.auth, user.role) {
        let is_open = match reach {
            Reach::SettingUp => true,
            // Whoever was signed in when the clinic began to ask for it has their days from the next token on.
            Reach::Alerts => {
                let since = session.second_factor_owed_since;
                since.is_none_or(|since| since.plus(ALERTS_GRACE).is_ahead(now, ALERTS_GRACE))
            }
            Reach::Whole => false,
        };
        if !is_open {
            return Err(Error::forbidden("second_factor_required"));
        }
    }
    Ok(Actor::Person { id: user.id, role: user.role, status: user.status, session: claims.sid })
}

/// New tokens for a refresh token, which is used up by this. When the answer was lost, the same token brings the
/// same successor again as long as that was not used. Any other second use ends the session: one of the two users is
/// a thief.
///
/// # Errors
/// `refresh_token_invalid`, `session_ended`, `refresh_token_reused`, `account_locked_by_clinic`.
pub async fn refresh(context: &Context, caller: &Caller, token: &Secret<String>) -> Result<SignedIn> {
    let invalid = || Error::unauthenticated("refresh_token_invalid");
    let parsed = rules::parse_refresh_token(token.reveal()).ok_or_else(invalid)?;
    let maker = TokenMaker::of(context);
    let ip = caller.ip;
    gate::judge(context, caller, "auth.refresh", move |tx| {
        let Some(mut session) = SESSIONS.get(tx, &parsed.0.session)? else {
            return Ok(Judgement::refused(invalid()));
        };
        let now = tx.now();
        let verdict =
            rules::judge_refresh(&maker.keys, &session, &parsed, now, maker.settings.refresh_idle_life())?;
        if verdict == RefreshVerdict::Forged {
            return Ok(Judgement::refused(invalid()));
        }
        let user = users::require(tx, session.user)?;
        note_account(tx, &user);
        match verdict {
            RefreshVerdict::Reused => {
                tables::end_session(tx, session.id, EndReason::RefreshReused)?;
                security_notice(tx, user.id, "session_reused", Urgency::Warning)?;
                return Ok(Judgement::refused(Error::unauthenticated("refresh_token_reused")));
            }
            RefreshVerdict::Ended | RefreshVerdict::Forged => {
                return Ok(Judgement::refused(Error::unauthenticated("session_ended")));
            }
            RefreshVerdict::Rotate => {
                session.generation += 1;
                session.last_used_at = now;
            }
            RefreshVerdict::Repeat => {}
        }
        if user.status == Status::Locked {
            return Ok(Judgement::refused(Error::forbidden("account_locked_by_clinic")));
        }
        note_address(tx, &maker.keys, user.id, ip)?;
        // A clock that was set back must not make it longer than it may be.
        session.expires_at = session.expires_at.min(now.plus(maker.settings.refresh_absolute_life()));
        let actor = Actor::Person { id: user.id, role: user.role, status: user.status, session: session.id };
        Ok(Judgement::granted(maker.tokens(tx, session, user)?).by(actor))
    })
    .await
}

/// Opens a session for a person without asking them for anything: for commands of ours that make people, such as
/// the demo clinic.
///
/// # Errors
/// `role_not_allowed` for anybody but a command of ours; `user_not_found`.
pub async fn open_for(context: &Context, caller: &Caller, user: UserId) -> Result<SignedIn> {
    if !matches!(caller.actor, Actor::System(_)) {
        return Err(Error::forbidden("role_not_allowed"));
    }
    let maker = TokenMaker::of(context);
    let by = caller.clone();
    gate::judge(context, caller, "auth.open_session", move |tx| {
        let user = users::require(tx, user)?;
        note_account(tx, &user);
        maker.open(tx, user, None, &by, None)
    })
    .await
}

/// Signs the caller out on this device.
///
/// # Errors
/// `sign_in_required`.
pub async fn logout(context: &Context, caller: &Caller) -> Result<()> {
    let session = own_session(caller)?;
    gate::write(context, caller, "auth.logout", move |tx| {
        tx.trail().resource = Some(("session", session.to_string()));
        tables::end_session(tx, session, EndReason::SignedOut)
    })
    .await
}

/// Ends one of the caller's own sessions.
///
/// # Errors
/// `session_not_found` for sessions of others too.
pub async fn end(context: &Context, caller: &Caller, session: SessionId) -> Result<()> {
    let user = caller.user_id()?;
    gate::write(context, caller, "auth.end_session", move |tx| {
        tx.trail().resource = Some(("session", session.to_string()));
        let own = SESSIONS.get(tx, &session)?.filter(|row| row.user == user && row.ended.is_none());
        if own.is_none() {
            return Err(Error::not_found("session_not_found"));
        }
        tables::end_session(tx, session, EndReason::EndedByOwner)
    })
    .await
}

/// The session the caller is signed in with.
///
/// # Errors
/// `sign_in_required`.
pub fn own_session(caller: &Caller) -> Result<SessionId> {
    match caller.actor {
        Actor::Person { session, .. } => Ok(session),
        Actor::Anonymous | Actor::System(_) => Err(Error::unauthenticated("sign_in_required")),
    }
}

/// Tells a person of something that concerns the safety of their account.
pub(super) fn security_notice(
    tx: &mut WriteTx<'_>,
    user: UserId,
    variant: &'static str,
    urgency: Urgency,
) -> Result<()> {
    let notice = Notice {
        to: user,
        kind: NotificationType::AccountSecurity,
        variant,
        urgency,
        params: Params::new(),
        patient: None,
        resource: None,
    };
    notify(tx, notice).map(|_| ())
}

/// Names the account for the audit.
pub(super) fn note_account(tx: &WriteTx<'_>, user: &User) {
    let mut trail = tx.trail();
    trail.resource = Some(("user", user.id.to_string()));
    if user.role == Role::Patient {
        trail.patient = Some(user.id.into());
    }
}
