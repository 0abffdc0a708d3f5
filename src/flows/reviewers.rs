//! Admins who may stand for safety rules: the mark is given and taken by another admin, never by oneself.

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::notifications::model::Urgency;
use crate::domain::users::model::{ReviewerMark, Role, Status, User};
use crate::domain::users::rules::check_text;
use crate::domain::users::tables as users;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Reader as _, WriteTx};

use super::sessions::{note_account, security_notice};

/// Shortest and longest qualification in characters.
pub const QUALIFICATION_CHARS: (usize, usize) = (3, 200);

/// A qualification as it is kept.
///
/// # Errors
/// When it is missing, too short or too long, or holds what cannot be shown.
pub fn parse_qualification(typed: &str) -> Result<String> {
    let (min, max) = QUALIFICATION_CHARS;
    let qualification = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = qualification.chars().count();
    if !(min..=max).contains(&length) || !qualification.chars().any(char::is_alphabetic) {
        let error = FieldError::new("qualification", "text_length").with("min", min).with("max", max);
        return Err(Error::invalid_fields(vec![error]));
    }
    check_text("qualification", &qualification).map_err(|fault| Error::invalid_fields(vec![fault]))?;
    Ok(qualification)
}

/// Marks an admin as clinical reviewer, or says another qualification of one who is.
///
/// # Errors
/// `role_not_allowed`, `user_not_found`, `own_account`, `not_an_admin`; a bad qualification.
pub async fn mark(context: &Context, caller: &Caller, id: UserId, qualification: String) -> Result<User> {
    let qualification = parse_qualification(&qualification);
    change(context, caller, "user.mark_reviewer", id, move |tx, by, mut user| {
        let qualification = qualification.as_ref().map_err(Error::clone)?.clone();
        if user.role != Role::Admin || user.status != Status::Active {
            return Err(Error::conflict("not_an_admin"));
        }
        if user.reviewer.as_ref().is_some_and(|mark| mark.qualification == qualification) {
            tx.trail().found_done();
            return Ok(user);
        }
        let before = user.reviewer.take().map(|mark| mark.qualification);
        tx.trail().change = Some(serde_json::json!({ "old": before, "new": qualification }));
        user.reviewer = Some(ReviewerMark { qualification, by, at: tx.now() });
        users::update(tx, &mut user)?;
        security_notice(tx, id, "reviewer_marked", Urgency::Normal)?;
        Ok(user)
    })
    .await
}

/// Takes the mark back. What they have stood for stays, with their name and qualification.
///
/// # Errors
/// `role_not_allowed`, `user_not_found`, `own_account`.
pub async fn unmark(context: &Context, caller: &Caller, id: UserId) -> Result<User> {
    change(context, caller, "user.unmark_reviewer", id, move |tx, _, mut user| {
        let Some(mark) = user.reviewer.take() else {
            tx.trail().found_done();
            return Ok(user);
        };
        tx.trail().change = Some(serde_json::json!({ "old": mark.qualification, "new": null }));
        users::update(tx, &mut user)?;
        security_notice(tx, id, "reviewer_unmarked", Urgency::Normal)?;
        Ok(user)
    })
    .await
}

async fn change(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    id: UserId,
    mut change: impl FnMut(&mut WriteTx<'_>, UserId, User) -> Result<User> + Send + 'static,
) -> Result<User> {
    let by = caller.clone();
    gate::write(context, caller, action, move |tx| {
        let admin = by.with_role(Role::Admin)?;
        let user = users::require(tx, id)?;
        note_account(tx, &user);
        if admin == id {
            return Err(Error::conflict("own_account"));
        }
        change(tx, admin, user)
    })
    .await
}
