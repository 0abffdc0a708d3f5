//! Keys, signed tokens and password hashes.
//!
//! Absence: no secret is drawn here. The root key is handed in, salts come from `Random`.

mod keys;
mod passwords;
mod shares;
mod signed_token;
mod time_codes;
mod tokens;

pub use keys::Keys;
pub use passwords::{HASH_PATIENCE, PasswordCost, PasswordDesk, PasswordPool, Verdict};
pub use signed_token::signed_token;
pub use time_codes::{CODE_SECONDS, TimeCodes};
pub use tokens::TokenKey;
