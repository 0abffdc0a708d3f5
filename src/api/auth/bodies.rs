//! Sign-in, codes and sessions as clients send and see them.

use poem_openapi::{Enum, Object};

use crate::api::types::Instant;
use crate::api::users::Profile;
use crate::domain::auth::model as auth;
use crate::domain::users::model::Status;
use crate::flows;
use crate::flows::codes::CodeRequested;
use crate::platform::context::Context;
use crate::platform::ids::SessionId;

/// E-mail or phone, and password.
#[derive(Debug, Object)]
pub struct LoginRequest {
    /// E-mail or phone.
    #[oai(validator(max_length = 254))]
    pub(in crate::api) identifier: String,
    /// Password.
    #[oai(validator(max_length = 1024))]
    pub(in crate::api) password: String,
    /// Code of the second factor, where there is one: six digits of the authenticator, or a recovery code.
    #[oai(validator(max_length = 20))]
    pub(in crate::api) code: Option<String>,
}

/// The one kind of token there is.
#[derive(Debug, Clone, Copy, Enum)]
pub enum TokenType {
    /// For the header `Authorization: Bearer ...`.
    Bearer,
}

/// Tokens of a new or continued session.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct TokenPair {
    /// For the header `Authorization: Bearer ...`.
    pub(in crate::api) access_token: String,
    /// Brings the next pair, once.
    pub(in crate::api) refresh_token: String,
    /// Always `Bearer`.
    pub(in crate::api) token_type: TokenType,
    /// Life of the access token in seconds.
    pub(in crate::api) expires_in: i64,
    /// Who is signed in.
    pub(in crate::api) user: Profile,
}

impl TokenPair {
    pub(in crate::api) fn of(context: &Context, signed_in: flows::sessions::SignedIn) -> Self {
        Self {
            access_token: signed_in.access_token.into_inner(),
            refresh_token: signed_in.refresh_token.into_inner(),
            token_type: TokenType::Bearer,
            expires_in: signed_in.expires_in_seconds,
            user: Profile::of(&signed_in.user, context.now()),
        }
    }
}

/// A refresh token.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RefreshRequest {
    /// From the last answer with tokens.
    #[oai(validator(max_length = 512))]
    pub(in crate::api) refresh_token: String,
}

/// Who wants a code, and for what.
#[derive(Debug, Object)]
pub struct CodeRequest {
    /// E-mail or phone.
    #[oai(validator(max_length = 254))]
    pub(in crate::api) identifier: String,
    /// What it shall be good for.
    pub(in crate::api) purpose: auth::Purpose,
}

/// The same answer for every identifier, whether or not it belongs to an account.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CodeRequestResult {
    /// How codes leave this server.
    pub(in crate::api) delivery: flows::one_time::Delivery,
    /// Life of a code in seconds.
    pub(in crate::api) expires_in_seconds: i64,
    /// When another one may be asked for.
    pub(in crate::api) resend_after_seconds: i64,
}

impl From<CodeRequested> for CodeRequestResult {
    fn from(requested: CodeRequested) -> Self {
        Self {
            delivery: requested.delivery,
            expires_in_seconds: requested.expires_in_seconds,
            resend_after_seconds: requested.resend_after_seconds,
        }
    }
}

/// A code as typed.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CodeUse {
    /// E-mail or phone it was asked for with.
    #[oai(validator(max_length = 254))]
    pub(in crate::api) identifier: String,
    /// Six digits, or eight letters and digits. Case, blanks and hyphens do not matter.
    #[oai(validator(max_length = 20))]
    pub(in crate::api) otp: String,
    /// What it is used for.
    pub(in crate::api) purpose: auth::Purpose,
    /// The account's password, when its first contact is confirmed without an access token.
    #[oai(validator(max_length = 1024))]
    pub(in crate::api) password: Option<String>,
    /// When its first contact is confirmed by somebody who has the code alone: 8 to 128 characters, not one of the
    /// common ones.
    #[oai(validator(min_length = 8, max_length = 128))]
    pub(in crate::api) new_password: Option<String>,
    /// Code of the second factor, for signing in where there is one.
    #[oai(validator(max_length = 20))]
    pub(in crate::api) second_factor: Option<String>,
}

/// What a right code brought.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CodeUseResult {
    /// Always true: a wrong code is refused.
    pub(in crate::api) verified: bool,
    /// The account's status, after a contact was confirmed.
    pub(in crate::api) status: Option<Status>,
    /// Tokens, after signing in.
    pub(in crate::api) session: Option<TokenPair>,
}

/// Who forgot their password.
#[derive(Debug, Object)]
pub struct ForgotPasswordRequest {
    /// E-mail or phone.
    #[oai(validator(max_length = 254))]
    pub(in crate::api) identifier: String,
}

/// A new password, allowed by a code.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ResetPasswordRequest {
    /// E-mail or phone the code was asked for with.
    #[oai(validator(max_length = 254))]
    pub(in crate::api) identifier: String,
    /// Six digits, or eight letters and digits.
    #[oai(validator(max_length = 20))]
    pub(in crate::api) otp: String,
    /// 8 to 128 characters, not one of the common ones.
    #[oai(validator(min_length = 8, max_length = 128))]
    pub(in crate::api) new_password: String,
}

/// A new password, allowed by the current one.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ChangePasswordRequest {
    /// The password now.
    #[oai(validator(max_length = 1024))]
    pub(in crate::api) current_password: String,
    /// 8 to 128 characters, not one of the common ones.
    #[oai(validator(min_length = 8, max_length = 128))]
    pub(in crate::api) new_password: String,
}

/// A signed-in device.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SessionView {
    /// Its id.
    pub(in crate::api) id: SessionId,
    /// What the client said it is.
    pub(in crate::api) device: Option<String>,
    /// From where it signed in.
    pub(in crate::api) ip: Option<String>,
    /// When it signed in.
    pub(in crate::api) created_at: Instant,
    /// When tokens were last given out.
    pub(in crate::api) last_used_at: Instant,
    /// When it ends by itself.
    pub(in crate::api) expires_at: Instant,
    /// Whether it is the one that asks.
    pub(in crate::api) current: bool,
}

impl SessionView {
    /// A session as the one that is `current` sees it.
    pub(in crate::api) fn of(session: auth::Session, current: SessionId) -> Self {
        Self {
            current: session.id == current,
            id: session.id,
            device: session.device,
            ip: session.ip,
            created_at: session.created_at.into(),
            last_used_at: session.last_used_at.into(),
            expires_at: session.expires_at.into(),
        }
    }
}
