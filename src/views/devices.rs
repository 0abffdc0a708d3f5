//! The devices of a person that get push messages.

use crate::domain::auth::model::Caller;
use crate::domain::auth::tables::is_open;
use crate::domain::gate;
use crate::domain::notifications::devices::{self, Device};
use crate::platform::context::Context;
use crate::platform::error::Result;

/// The caller's devices that get messages now, oldest first.
///
/// # Errors
/// `sign_in_required`.
pub async fn list(context: &Context, caller: &Caller) -> Result<Vec<Device>> {
    let user = caller.user_id()?;
    gate::read(context, caller, "device.list", |tx| devices::live(tx, user, is_open)).await
}
