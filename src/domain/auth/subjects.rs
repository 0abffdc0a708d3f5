//! What codes, tries and pauses are counted by: keyed hashes that tell nothing without the server's key.

use std::net::IpAddr;

use super::model::Subject;
use crate::platform::clock::Span;
use crate::platform::crypto::Keys;
use crate::platform::error::Result;
use crate::platform::ids::{SessionId, UserId};
use crate::platform::rate_limits::network;

/// How long an address from which an account was used is known as such.
pub const ADDRESS_LIFE: Span = Span::days(30);

/// Stands for an account.
///
/// # Errors
/// When the key cannot be derived.
pub fn subject_of_user(keys: &Keys, user: UserId) -> Result<Subject> {
    keys.mac("subjects", &[b"user", user.0.as_bytes()])
}

/// Stands for what was typed as e-mail or phone, whether or not it belongs to an account: what is counted by it tells
/// nothing of accounts, and links no e-mail with a phone.
///
/// # Errors
/// When the key cannot be derived.
pub fn subject_of_identifier(keys: &Keys, identifier: &str) -> Result<Subject> {
    keys.mac("subjects", &[b"identifier", identifier.as_bytes()])
}

/// Stands for one contact of one account: its codes.
///
/// # Errors
/// When the key cannot be derived.
pub fn subject_of_contact(keys: &Keys, user: UserId, contact: &str) -> Result<Subject> {
    keys.mac("subjects", &[b"contact", user.0.as_bytes(), contact.as_bytes()])
}

/// Stands for the second factor of an account.
///
/// # Errors
/// When the key cannot be derived.
pub fn subject_of_second_factor(keys: &Keys, user: UserId) -> Result<Subject> {
    keys.mac("subjects", &[b"second factor", user.0.as_bytes()])
}

/// From where a password is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// An address that the account has not used.
    Strange,
    /// One that it has used; it stands for itself.
    Used(Subject),
    /// A session.
    Session(SessionId),
}

/// Stands for the passwords tried for one identifier, or one account, from one place.
///
/// # Errors
/// When the key cannot be derived.
pub fn subject_of_tries(keys: &Keys, claimed: &Subject, place: Place) -> Result<Subject> {
    match place {
        Place::Strange => keys.mac("tries", &[claimed]),
        Place::Used(address) => keys.mac("tries", &[claimed, b"address", &address]),
        Place::Session(session) => keys.mac("tries", &[claimed, b"session", session.0.as_bytes()]),
    }
}

/// The part of an address that counts, as bytes.
fn octets(address: IpAddr) -> Vec<u8> {
    match network(address.to_canonical()) {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Stands for an address, whoever uses it.
///
/// # Errors
/// When the key cannot be derived.
pub fn subject_of_network(keys: &Keys, address: IpAddr) -> Result<Subject> {
    keys.mac("subjects", &[b"network", &octets(address)])
}

/// Stands for an address as an account uses it.
///
/// # Errors
/// When the key cannot be derived.
pub fn subject_of_address(keys: &Keys, user: UserId, address: IpAddr) -> Result<Subject> {
    keys.mac("subjects", &[b"address", user.0.as_bytes(), &octets(address)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::secret::Secret;

    fn keys() -> Keys {
        Keys::new(Secret::new([9; 32])).unwrap()
    }

    #[test]
    fn addresses_of_one_network_are_one_place() {
        let of = |text: &str| {
            subject_of_address(&keys(), UserId(uuid::Uuid::nil()), text.parse().unwrap()).unwrap()
        };
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.2"), of("192.0.2.1"));
    }
}
