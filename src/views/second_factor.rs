//! How it stands with a person's own second factor.

use crate::domain::auth::model::Caller;
use crate::domain::auth::second_factor::{ALERTS_GRACE, is_required};
use crate::domain::auth::tables::{SECOND_FACTORS, SESSIONS};
use crate::domain::gate;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::store::Reader;

/// A person's second factor.
#[derive(Debug, Clone, Copy)]
pub struct OwnSecondFactor {
    /// Since when it counts; nothing without one.
    pub on_since: Option<Timestamp>,
    /// Recovery codes that were not used.
    pub recovery_codes_left: usize,
    /// Whether the clinic asks people of this role for one.
    pub required: bool,
    /// Until when somebody who must have one and has none may still take note of alerts.
    pub alerts_until: Option<Timestamp>,
    /// Until when what asks for a fresh second factor is open in this session.
    pub fresh_until: Option<Timestamp>,
}

/// The caller's own second factor.
///
/// # Errors
/// `sign_in_required`.
pub async fn own(context: &Context, caller: &Caller) -> Result<OwnSecondFactor> {
    let sign_in = || Error::unauthenticated("sign_in_required");
    let (user, session) = (caller.user_id()?, caller.session().ok_or_else(sign_in)?);
    let role = caller.role().ok_or_else(sign_in)?;
    let auth = &context.settings.auth;
    gate::read(context, caller, "auth.see_second_factor", |tx| {
        let row = SECOND_FACTORS.get(tx, &user)?.unwrap_or_default();
        let shown_at = SESSIONS.get(tx, &session)?.and_then(|session| session.second_factor_at);
        let required = is_required(auth, role);
        let owes = required && row.authenticator.is_none();
        let fresh_until = shown_at.map(|at| at.plus(auth.second_factor_fresh_life()));
        Ok(OwnSecondFactor {
            on_since: row.authenticator.map(|authenticator| authenticator.on_since),
            recovery_codes_left: row.recovery_codes.len(),
            required,
            alerts_until: row.owed_since.filter(|_| owes).map(|since| since.plus(ALERTS_GRACE)),
            fresh_until: fresh_until.filter(|until| *until > tx.now()),
        })
    })
    .await
}

/// Since when a person has a second factor, for their record.
///
/// # Errors
/// When the store cannot be read.
pub fn on_since(tx: &dyn Reader, user: UserId) -> Result<Option<Timestamp>> {
    let row = SECOND_FACTORS.get(tx, &user)?;
    Ok(row.and_then(|row| row.authenticator).map(|authenticator| authenticator.on_since))
}
