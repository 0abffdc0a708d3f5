//! In which language a person is answered.

use crate::domain::users::tables;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::i18n::Language;
use crate::platform::ids::UserId;

/// The language a person chose. It is their own setting, read while their request is taken in, so there is nothing
/// to audit.
///
/// # Errors
/// When there is no such person, or the storage cannot be read.
pub fn preferred(context: &Context, user: UserId) -> Result<Language> {
    Ok(tables::cached(context, user)?.preferences.language)
}
