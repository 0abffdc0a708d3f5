//! Keys, signed tokens and password hashes.
//!
//! Absence: no secret is drawn here. The root key is handed in, salts come from `Random`.

mod keys;
mod passwords;
mod tokens;

pub use keys::Keys;
pub use passwords::{PasswordCost, PasswordPool, Verdict};
pub use tokens::TokenKey;
