//! Messages as their recipient sees them.

use crate::domain::notifications::params::Params;

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::hearing::may_hear;
use crate::domain::notifications::model::Notification;
use crate::domain::notifications::tables::{NOTIFICATIONS, UNREAD, UNREAD_ROWS};
use crate::domain::notifications::texts::{Texts, texts};
use crate::domain::users::model::User;
use crate::domain::users::tables as users;
use crate::platform::cache::Region;
use crate::platform::context::Context;
use crate::platform::error::{Kind, Result};
use crate::platform::i18n::{self, Language};
use crate::platform::store::{Direction, Page, PageRequest, Reader, Step};

/// What is said of a message about somebody's record that is not shared any more.
const NOT_SHARED: [&str; 2] = ["notification_hidden_title", "notification_hidden_body"];
/// What is said of a message of which nobody can tell whether it still may be read.
const UNKNOWN: [&str; 2] = ["notification_unknown_title", "notification_unknown_body"];

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
    fn of(message: Notification) -> Self {
        let (khmer, english) = (texts(&message, Language::Khmer), texts(&message, Language::English));
        Self { message, khmer, english }
    }

    /// A message of which is shown that it came, and nothing of what it said: only why.
    fn hidden(message: Notification, [title, body]: [&'static str; 2]) -> Self {
        let words = |language| {
            let title = i18n::text(language, title, &[]);
            Texts { short: title.clone(), title, body: i18n::text(language, body, &[]) }
        };
        let (khmer, english) = (words(Language::Khmer), words(Language::English));
        let message = Notification {
            params: Params::new(),
            patient: None,
            resource_kind: None,
            resource_id: None,
            ..message
        };
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
        let user = users::require(tx, me)?;
        let items = found.items.into_iter().map(|message| view(tx, &user, message));
        Ok(Page { items: items.collect::<Result<_>>()?, next_cursor: found.next_cursor })
    })
    .await
}

/// One of the caller's messages as its flow returns it, with its words.
///
/// # Errors
/// `sign_in_required`; when the store cannot be read.
pub fn shown(context: &Context, caller: &Caller, message: Notification) -> Result<NotificationView> {
    let me = caller.user_id()?;
    context.store.read(|tx| view(tx, &users::require(tx, me)?, message))
}

/// All messages of a person as they may be read now, oldest first.
pub(super) fn all_of(tx: &dyn Reader, user: &User) -> Result<Vec<NotificationView>> {
    let mut found = Vec::new();
    NOTIFICATIONS.visit_prefix(tx, &user.id, Direction::Forward, |_, message| {
        found.push(view(tx, user, message)?);
        Ok(Step::Continue)
    })?;
    Ok(found)
}

fn view(tx: &dyn Reader, user: &User, message: Notification) -> Result<NotificationView> {
    match may_hear(tx, user, &message) {
        Ok(true) => Ok(NotificationView::of(message)),
        Ok(false) => Ok(NotificationView::hidden(message, NOT_SHARED)),
        // Whether it is still theirs to read stood on a page that is lost. The others are.
        Err(error) if error.kind() == Kind::Damaged => Ok(NotificationView::hidden(message, UNKNOWN)),
        Err(error) => Err(error),
    }
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
