//! A person's own profile and sessions.

use std::sync::Arc;

use crate::domain::auth::model::{Caller, Session};
use crate::domain::auth::tables::open_sessions;
use crate::domain::gate;
use crate::domain::users::model::User;
use crate::domain::users::tables;
use crate::platform::context::Context;
use crate::platform::error::Result;

/// The caller's own profile, whatever their status. Nobody else's data, so there is nothing to audit.
///
/// # Errors
/// `sign_in_required`.
pub fn own(context: &Context, caller: &Caller) -> Result<Arc<User>> {
    tables::cached(context, caller.user_id()?)
}

/// The caller's open sessions, oldest first.
///
/// # Errors
/// `sign_in_required`.
pub async fn sessions(context: &Context, caller: &Caller) -> Result<Vec<Session>> {
    let user = caller.user_id()?;
    gate::read(context, caller, "auth.list_sessions", |tx| open_sessions(tx, user)).await
}
