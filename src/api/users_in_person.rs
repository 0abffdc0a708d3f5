//! A new contact for a person whom staff saw: what they send and get.

use poem_openapi::Object;

use super::types::Instant;
use super::users::Profile;
use crate::domain::users::model::User;
use crate::flows::contacts::{SeenInPerson, Slip};
use crate::platform::clock::Timestamp;
use crate::platform::secret::Secret;

/// What staff saw: one new contact, and how they know the person.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SeenInPersonRequest {
    /// The new address; this or the phone.
    #[oai(validator(max_length = 254))]
    email: Option<String>,
    /// The new phone; this or the address.
    #[oai(validator(max_length = 40))]
    phone: Option<String>,
    /// Which document was shown.
    #[oai(validator(max_length = 100))]
    document: String,
    /// Why the contact is changed.
    #[oai(validator(max_length = 500))]
    reason: String,
    /// The caller's own password.
    #[oai(validator(max_length = 1024))]
    current_password: String,
}

impl SeenInPersonRequest {
    pub(super) fn typed(self) -> SeenInPerson {
        SeenInPerson {
            email: self.email,
            phone: self.phone,
            document: self.document,
            reason: self.reason,
            password: Secret::new(self.current_password),
        }
    }
}

/// The person with the new contact.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SeenInPersonResult {
    /// As the account is now.
    profile: Profile,
    /// A code to be printed, where nothing can be sent.
    slip: Option<ContactSlip>,
}

/// A code on paper, which confirms the new contact.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ContactSlip {
    /// Eight letters and digits.
    code: String,
    /// Until when it is good.
    expires_at: Instant,
}

impl SeenInPersonResult {
    pub(super) fn of(user: &User, slip: Option<Slip>, now: Timestamp) -> Self {
        let printed =
            |slip: Slip| ContactSlip { code: slip.code.into_inner(), expires_at: slip.expires_at.into() };
        Self { profile: Profile::of(user, now), slip: slip.map(printed) }
    }
}
