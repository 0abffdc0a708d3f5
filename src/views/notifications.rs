//! Messages as their recipient sees them.

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::notifications::model::Notification;
use crate::domain::notifications::tables::{NOTIFICATIONS, UNREAD, UNREAD_ROWS};
use crate::domain::notifications::texts::{Texts, texts};
use crate::platform::cache::Region;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::i18n::Language;
use crate::platform::store::{Direction, Page, PageRequest};

/// A message with its words.
#[derive(Debug, Clone)]
pub struct NotificationView {
    /// The message.
    pub message: Notification,
    /// Its words in Khmer.
    pub khmer: Texts,
    /// Its words in English.
    pub english: Texts,
}

impl NotificationView {
    /// A message as its flow returns it, with its words.
    pub fn of(message: Notification) -> Self {
        let (khmer, english) = (texts(&message, Language::Khmer), texts(&message, Language::English));
        Self { message, khmer, english }
    }

    /// Its words in one language.
    pub const fn in_language(&self, language: Language) -> &Texts {
        match language {
            Language::Khmer => &self.khmer,
            Language::English => &self.english,
        }
    }
}

/// Which messages are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those not read yet.
    Unread,
}

/// The caller's messages, newest first.
///
/// # Errors
/// `account_not_active`; a bad cursor.
pub async fn list(
    context: &Context,
    caller: &Caller,
    which: Which,
    page: &PageRequest,
) -> Result<Page<NotificationView>> {
    gate::read(context, caller, "notification.list", |tx| {
        let me = caller.active()?;
        let found = match which {
            Which::All => NOTIFICATIONS
                .page(tx, &me, Direction::Backward, page, |_, _| true)?
                .map(|(_, message)| message),
            Which::Unread => {
                UNREAD_ROWS.page(tx, &me, Direction::Backward, page, |key| NOTIFICATIONS.get(tx, &key))?
            }
        };
        Ok(found.map(NotificationView::of))
    })
    .await
}

/// How many of the caller's messages are not read, from the cache.
///
/// # Errors
/// `account_not_active`; when nobody is signed in.
pub fn unread_count(context: &Context, caller: &Caller) -> Result<u64> {
    let me = caller.active()?;
    let count = context.cache.get_or_load(Region::Notifications, me.as_u128(), || {
        context.store.read(|tx| Ok(UNREAD.get(tx, &me)?.unwrap_or(0)))
    })?;
    Ok(*count)
}
