//! Who is calling, and what proves it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::users::model::{Role, Status};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Language;
use crate::platform::ids::{SessionId, UserId};
use crate::platform::secret::{Phi, Secret};

/// How long a code on paper is good.
pub const SLIP_LIFE: Span = Span::hours(24);

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in person.
    Person {
        /// Who.
        id: UserId,
        /// Their role, from the store.
        role: Role,
        /// Their status, from the store.
        status: Status,
        /// The device they are signed in on.
        session: SessionId,
    },
    /// Nobody is signed in.
    Anonymous,
    /// A job or a command of ours; the name says which.
    System(&'static str),
}

/// One request as every flow and view sees it.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who acts.
    pub actor: Actor,
    /// Found in answers, logs and the audit.
    pub request_id: String,
    /// The client's address, behind trusted proxies the forwarded one.
    pub ip: Option<IpAddr>,
    /// The language of the answer.
    pub language: Language,
    /// `Idempotency-Key`, with a hash of method, path and body that tells a replay from another request.
    pub idempotency: Option<Idempotency>,
}

/// The `Idempotency-Key` of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// As the client sent it, 1 to 128 visible ASCII characters.
    pub key: String,
    /// Keyed hash of method, path and body.
    pub fingerprint: [u8; 32],
}

impl Caller {
    /// A job or command of ours.
    pub fn system(name: &'static str) -> Self {
        Self {
            actor: Actor::System(name),
            request_id: name.to_owned(),
            ip: None,
            language: Language::default(),
            idempotency: None,
        }
    }

    /// The signed-in person.
    ///
    /// # Errors
    /// `sign_in_required` when nobody is.
    pub fn user_id(&self) -> Result<UserId> {
        match self.actor {
            Actor::Person { id, .. } => Ok(id),
            Actor::Anonymous | Actor::System(_) => Err(Error::unauthenticated("sign_in_required")),
        }
    }

    /// The signed-in person, whose account must be in use: ACTIVE, or VERIFIED for a doctor. Everything but a
    /// person's own status and profile asks for this.
    ///
    /// # Errors
    /// `account_not_active` for pending and refused accounts.
    pub fn active(&self) -> Result<UserId> {
        match self.actor {
            Actor::Person { id, status: Status::Active | Status::Verified, .. } => Ok(id),
            Actor::Person { .. } => Err(Error::forbidden("account_not_active")),
            Actor::Anonymous | Actor::System(_) => Err(Error::unauthenticated("sign_in_required")),
        }
    }

    /// The signed-in person if they have `role` and their account is in use.
    ///
    /// # Errors
    /// `role_not_allowed` for other roles; as [`Caller::active`].
    pub fn with_role(&self, role: Role) -> Result<UserId> {
        match self.actor {
            Actor::Person { role: actual, .. } if actual != role => Err(Error::forbidden("role_not_allowed")),
            _ => self.active(),
        }
    }

    /// The session of the signed-in person.
    pub fn session(&self) -> Option<SessionId> {
        match self.actor {
            Actor::Person { session, .. } => Some(session),
            Actor::Anonymous | Actor::System(_) => None,
        }
    }

    /// The role of the signed-in person.
    pub fn role(&self) -> Option<Role> {
        match self.actor {
            Actor::Person { role, .. } => Some(role),
            Actor::Anonymous | Actor::System(_) => None,
        }
    }
}

/// What an account is proved with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// PHC string with its parameters and salt.
    pub password_hash: Secret<String>,
    /// When it was last set.
    pub changed_at: Timestamp,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EndReason {
    /// The person signed out.
    SignedOut,
    /// The person ended it from another device.
    EndedByOwner,
    /// An admin ended it.
    EndedByAdmin,
    /// The password changed.
    PasswordChanged,
    /// Role or status changed.
    AccountChanged,
    /// A refresh token was used twice.
    RefreshReused,
    /// A newer session took its place.
    TooMany,
    /// A second factor was set up elsewhere, or the clinic took it away.
    SecondFactorChanged,
}

/// A signed-in device, and the family of its refresh tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// Its id, `sid` in tokens.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When tokens were last given out.
    pub last_used_at: Timestamp,
    /// When it ends however much it is used.
    pub expires_at: Timestamp,
    /// Number of the current refresh token, from 1.
    pub generation: u32,
    /// Makes this session's refresh tokens, together with the server's key: the store alone yields none.
    pub seed: Secret<[u8; 32]>,
    /// What the client said it is.
    pub device: Option<String>,
    /// From where they signed in.
    pub ip: Option<String>,
    /// The last access token given out, by `jti`, and until when it is good.
    pub access_token: Option<(u128, Timestamp)>,
    /// When and why it ended.
    pub ended: Option<(Timestamp, EndReason)>,
    /// When the second factor was last shown in it.
    #[serde(default)]
    pub second_factor_at: Option<Timestamp>,
    /// Since when the person has been signing in without the second factor that they must have.
    #[serde(default)]
    pub second_factor_owed_since: Option<Timestamp>,
}

/// What a one-time code is good for; a code for one purpose is nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Purpose {
    /// Confirms e-mail or phone.
    VerifyContact,
    /// Signs in without a password.
    SignIn,
    /// Sets a new password.
    ResetPassword,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::VerifyContact, Self::SignIn, Self::ResetPassword];

    /// Place in keys.
    pub const fn number(self) -> u8 {
        match self {
            Self::VerifyContact => 1,
            Self::SignIn => 2,
            Self::ResetPassword => 3,
        }
    }

    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VerifyContact => "VERIFY_CONTACT",
            Self::SignIn => "SIGN_IN",
            Self::ResetPassword => "RESET_PASSWORD",
        }
    }
}

/// Stands for an account, or for an identifier that belongs to none: both are counted and limited alike, so
/// that nothing tells them apart.
pub type Subject = [u8; 32];

/// A one-time code that was sent. The code itself is not here: it is a keyed hash of the nonce, see
/// `domain::auth::rules::code`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OneTimeCode {
    /// For whom.
    pub user: UserId,
    /// What makes it, together with the server's key.
    pub nonce: Secret<[u8; 32]>,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// Wrong tries so far.
    pub wrong_tries: u32,
    /// Those of each address: so that nobody uses up the tries of others.
    #[serde(default)]
    pub wrong_from: Vec<(Subject, u32)>,
    /// How it is written.
    #[serde(default)]
    pub form: CodeForm,
    /// When it was made. Codes of earlier programs do not say.
    #[serde(default)]
    pub made_at: Option<Timestamp>,
}

impl OneTimeCode {
    /// Whether it can be used at `now`: not when it was made by a clock that has been set back since.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        let life = self.made_at.map_or(SLIP_LIFE, |made_at| self.expires_at.since(made_at));
        self.expires_at.is_ahead(now, life)
    }
}

/// How a one-time code is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CodeForm {
    /// Six digits.
    #[default]
    Digits,
    /// Eight characters without look-alikes: for accounts at which somebody guesses, and for paper.
    Letters,
}

/// Wrong codes typed for an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongCodes {
    /// When the latest were, oldest first; no more than are counted.
    pub at: Vec<Timestamp>,
    /// Since when codes are longer.
    pub since: Option<Timestamp>,
}

/// When an account was last used from an address.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct UsedAddress {
    /// By whom.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
}

/// What caused a code to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendCause {
    /// A registration, without being asked.
    Registration,
    /// Somebody asked.
    Request,
}

/// The last code sent to somebody.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct LastSend {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub cause: SendCause,
}

/// Passwords tried in a row without success.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Attempts {
    /// Tries since the last success, the ones under way included.
    pub tries: u32,
    /// Until when nothing more is tried.
    pub locked_until: Option<Timestamp>,
    /// The last try.
    pub last_at: Timestamp,
    /// When the owner was last told of five in a row.
    #[serde(default)]
    pub told_at: Option<Timestamp>,
}

/// An access token that was taken back before its end.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RevokedToken {
    /// When it would have ended by itself; then this row may go.
    pub until: Timestamp,
}

/// What an access token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// The person.
    pub sub: UserId,
    /// Their role when it was signed.
    pub role: Role,
    /// Their e-mail when it was signed.
    pub email: Option<Phi<String>>,
    /// The session.
    pub sid: SessionId,
    /// The token itself.
    pub jti: Uuid,
    /// Signed at, in seconds since 1970.
    pub iat: i64,
    /// Good until, in seconds since 1970.
    pub exp: i64,
}
