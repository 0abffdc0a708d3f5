//! The second factor: setting it up, showing it, doing without it.

use std::sync::Arc;

use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use crate::api::Area;
use crate::api::caller::SignedIn;
use crate::api::input::Body;
use crate::api::output::NoContent;
use crate::api::problem::Problem;
use crate::api::types::Instant;
use crate::flows::second_factor as flows;
use crate::platform::context::Context;
use crate::platform::secret::Secret;
use crate::views::second_factor as views;

/// How it stands with the caller's second factor.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SecondFactorState {
    /// Since when it counts; null without one.
    on_since: Option<Instant>,
    /// Recovery codes that were not used.
    recovery_codes_left: u32,
    /// Whether the clinic asks people of this role for one.
    required: bool,
    /// Until when somebody who must have one and has none may still take note of alerts; null for all others.
    alerts_until: Option<Instant>,
    /// Until when what asks for a fresh second factor is open in this session.
    fresh_until: Option<Instant>,
}

/// The caller's password.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct BeginSecondFactor {
    /// The caller's own password.
    #[oai(validator(max_length = 1024))]
    password: String,
}

/// What an authenticator is set up with. It is shown once.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SecondFactorSetUp {
    /// The secret in base32, for typing.
    secret: String,
    /// The same as `otpauth://totp/...`.
    uri: String,
    /// The same as a QR code: an SVG as a `data:` URI.
    qr_code: String,
    /// Until when its first code is waited for.
    expires_at: Instant,
}

/// A code of the second factor.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SecondFactorCode {
    /// Six digits of the authenticator, or a recovery code. Case, blanks and hyphens do not matter.
    #[oai(validator(max_length = 20))]
    code: String,
}

/// What it takes to do without a second factor.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RemoveSecondFactor {
    /// The caller's own password.
    #[oai(validator(max_length = 1024))]
    password: String,
    /// Six digits of the authenticator, or a recovery code.
    #[oai(validator(max_length = 20))]
    code: String,
}

/// Ten codes for the day when the authenticator is lost. They are shown once.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RecoveryCodes {
    /// Each is accepted once, in the place of a code of the authenticator.
    recovery_codes: Vec<String>,
}

impl RecoveryCodes {
    fn of(codes: Vec<Secret<String>>) -> Json<Self> {
        Json(Self { recovery_codes: codes.into_iter().map(Secret::into_inner).collect() })
    }
}

/// The second factor.
pub struct SecondFactorApi(pub Arc<Context>);

#[OpenApi(prefix_path = "/auth/mfa", tag = "Area::Auth")]
impl SecondFactorApi {
    /// Own second factor
    ///
    /// Whether there is one, and whether there must be.
    #[oai(path = "/", method = "get", operation_id = "get_second_factor")]
    async fn state(&self, SignedIn(caller): SignedIn) -> Result<Json<SecondFactorState>, Problem> {
        let own = views::own(&self.0, &caller).await?;
        Ok(Json(SecondFactorState {
            on_since: own.on_since.map(Into::into),
            recovery_codes_left: u32::try_from(own.recovery_codes_left).unwrap_or(u32::MAX),
            required: own.required,
            alerts_until: own.alerts_until.map(Into::into),
            fresh_until: own.fresh_until.map(Into::into),
        }))
    }

    /// Begin a second factor
    ///
    /// Answers with the secret for an authenticator (RFC 6238: SHA-1, six digits, 30 seconds), once. It counts when a code
    /// of it was confirmed; until then signing in stays as it is. One that was begun before is void.
    #[oai(path = "/totp", method = "post", operation_id = "begin_second_factor")]
    async fn begin(
        &self,
        SignedIn(caller): SignedIn,
        Body(typed): Body<BeginSecondFactor>,
    ) -> Result<Json<SecondFactorSetUp>, Problem> {
        let begun = flows::begin(&self.0, &caller, &Secret::new(typed.password)).await?;
        Ok(Json(SecondFactorSetUp {
            secret: begun.secret.into_inner(),
            uri: begun.uri.into_inner(),
            qr_code: begun.picture.into_inner(),
            expires_at: begun.expires_at.into(),
        }))
    }

    /// Take a second factor into use
    ///
    /// By a code of the authenticator. Answers with ten recovery codes, once. All other sessions of the caller end.
    #[oai(path = "/totp/confirm", method = "post", operation_id = "confirm_second_factor")]
    async fn confirm(
        &self,
        SignedIn(caller): SignedIn,
        Body(typed): Body<SecondFactorCode>,
    ) -> Result<Json<RecoveryCodes>, Problem> {
        Ok(RecoveryCodes::of(flows::confirm(&self.0, &caller, Secret::new(typed.code)).await?))
    }

    /// Do without a second factor
    ///
    /// By password and code. Whoever must have one can then only set up another.
    #[oai(path = "/totp", method = "delete", operation_id = "remove_second_factor")]
    async fn remove(
        &self,
        SignedIn(caller): SignedIn,
        Body(typed): Body<RemoveSecondFactor>,
    ) -> Result<NoContent, Problem> {
        let (password, code) = (Secret::new(typed.password), Secret::new(typed.code));
        flows::remove(&self.0, &caller, &password, code).await?;
        Ok(NoContent)
    }

    /// New recovery codes
    ///
    /// By a code. Answers with ten, once; those before are void.
    #[oai(path = "/recovery-codes", method = "post", operation_id = "renew_recovery_codes")]
    async fn renew(
        &self,
        SignedIn(caller): SignedIn,
        Body(typed): Body<SecondFactorCode>,
    ) -> Result<Json<RecoveryCodes>, Problem> {
        Ok(RecoveryCodes::of(flows::renew_recovery_codes(&self.0, &caller, Secret::new(typed.code)).await?))
    }

    /// Show the second factor anew
    ///
    /// For what asks for a fresh one (403, code `second_factor_stale`): taking a record away, changes of contacts and
    /// roles.
    #[oai(path = "/show", method = "post", operation_id = "show_second_factor")]
    async fn show(
        &self,
        SignedIn(caller): SignedIn,
        Body(typed): Body<SecondFactorCode>,
    ) -> Result<NoContent, Problem> {
        flows::show(&self.0, &caller, Secret::new(typed.code)).await?;
        Ok(NoContent)
    }
}
