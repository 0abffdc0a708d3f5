//! Who is calling.

use std::net::IpAddr;

use crate::domain::users::model::{Role, Status};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Language;
use crate::platform::ids::{SessionId, UserId};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in person.
    Person {
        /// Who.
        id: UserId,
        /// His role, from the store.
        role: Role,
        /// His status, from the store.
        status: Status,
        /// The device he is signed in on.
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
    /// SHA-256 of method, path and body.
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

    /// The signed-in person if he has `role` and his account is in use.
    ///
    /// # Errors
    /// `role_not_allowed` for other roles; as [`Caller::active`].
    pub fn with_role(&self, role: Role) -> Result<UserId> {
        match self.actor {
            Actor::Person { role: actual, .. } if actual != role => Err(Error::forbidden("role_not_allowed")),
            _ => self.active(),
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
