//! No more e-mails of a type, by one click in the mail program (RFC 8058): no sign-in, so the link itself says who
//! asks for what, and carries our mark. It ends e-mails of one type and nothing else.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::sessions::note_account;
use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::notifications::model::{Notification, NotificationType, Urgency};
use crate::domain::notifications::rules::is_always_sent;
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::platform::context::Context;
use crate::platform::crypto::Keys;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::store::Reader;

/// The link of a message's e-mail; none when such messages are always sent, or the clinic's address is not set.
///
/// # Errors
/// When the mark cannot be made.
pub fn unsubscribe_url(context: &Context, user: &User, message: &Notification) -> Result<Option<String>> {
    let Some(clinic) = &context.settings.clinic.public_url else { return Ok(None) };
    if message.urgency == Urgency::Critical || is_always_sent(message.kind) {
        return Ok(None);
    }
    let token = token(&context.keys, user.id, message.kind)?;
    Ok(Some(format!("{}/api/notifications/unsubscribe?token={token}", clinic.trim_end_matches('/'))))
}

fn token(keys: &Keys, user: UserId, kind: NotificationType) -> Result<String> {
    let mark = keys.mac("unsubscribe", &[user.0.as_bytes(), kind.name().as_bytes()])?;
    Ok(format!("{user}.{}.{}", kind.name(), BASE64_URL_SAFE_NO_PAD.encode(mark)))
}

/// Ends e-mails of the type that the link names.
///
/// # Errors
/// `unsubscribe_link_invalid`.
pub async fn unsubscribe(context: &Context, caller: &Caller, typed: &str) -> Result<()> {
    let invalid = || Error::invalid("token", "unsubscribe_link_invalid");
    let mut parts = typed.split('.');
    let user: Option<UserId> = parts.next().and_then(|id| id.parse().ok());
    let name = parts.next().unwrap_or_default();
    let kind = NotificationType::ALL.into_iter().find(|kind| kind.name() == name);
    let (Some(user), Some(kind)) = (user, kind) else { return Err(invalid()) };
    if !bool::from(token(&context.keys, user, kind)?.as_bytes().ct_eq(typed.as_bytes())) {
        return Err(invalid());
    }
    gate::write(context, caller, "notification.unsubscribe", move |tx| {
        let mut user = users::require(tx, user)?;
        note_account(tx, &user);
        tx.trail().change = Some(serde_json::json!({ "type": kind }));
        if user.preferences.notifications.unsubscribed.insert(kind.name().to_owned()) {
            users::update(tx, &mut user)
        } else {
            tx.trail().found_done();
            Ok(())
        }
    })
    .await
}
