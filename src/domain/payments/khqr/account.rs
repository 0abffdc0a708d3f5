//! Bakong accounts: `name@bank`.

use super::refusal::{Code, Refusal};
use super::tags::ACCOUNT_MAX;
use super::tlv::{is_plain, units};

/// Whether a text can be a Bakong account: at most 32 characters, something before and after exactly one `@`. Whether
/// there is such an account only Bakong knows.
///
/// # Errors
/// [`Code::AccountMissing`], [`Code::AccountLength`], [`Code::AccountInvalid`].
pub fn check_account(account: &str) -> Result<(), Refusal> {
    if account.is_empty() {
        return Err(Code::AccountMissing.into());
    }
    if units(account) > ACCOUNT_MAX {
        return Err(Code::AccountLength.into());
    }
    match account.split_once('@') {
        Some((name, bank))
            if !name.is_empty() && !bank.is_empty() && !bank.contains('@') && is_plain(account) =>
        {
            Ok(())
        }
        _ => Err(Code::AccountInvalid.into()),
    }
}
