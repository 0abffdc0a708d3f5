//! Whether a message is still to be sent. Asked when it is planned, and again each time before it is sent.

use crate::domain::hearing::may_hear;
use crate::domain::notifications::model::{Delivery, Notification};
use crate::domain::notifications::rules;
use crate::domain::users::model::User;
use crate::platform::error::Result;
use crate::platform::store::Reader;

/// How a message ends that is not to be sent any more: what it says is over, or needless, or `to` may not hear of it
/// any more. None while it is still true and still wanted. The one place that is asked.
pub(super) fn ended(tx: &dyn Reader, message: &Notification, to: &User) -> Result<Option<Delivery>> {
    let over = rules::over(message, tx.now());
    Ok(if over.is_none() && !may_hear(tx, to, message)? { Some(Delivery::Withdrawn) } else { over })
}
