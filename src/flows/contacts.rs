//! E-mail and phone: confirming them, changing them, and what becomes of the old one.
//!
//! # Why the code alone makes an owner
//! Anybody can register with somebody else's address and wait. Who shows the code that went there owns the address. At
//! the first confirmation they must also show that it was they who registered: by the password, or by a session.
//! Otherwise they are others, and everything that was prepared before them ends.

mod former;
mod in_person;

pub use former::{TellFormer, register};
pub use in_person::{SeenInPerson, Slip, record_seen_in_person};

use std::sync::Arc;

use super::auth::{claim_by_password, set_password};
use super::care::end_connections;
use super::one_time::{self, Sender, Spot, Try, Use, check, is_right, unconfirmed_spot, wrong_code};
use super::sessions::{note_account, security_notice};
use super::tries::void_all_codes;
use crate::domain::auth::model::{Actor, Caller, EndReason, LastSend, Purpose, SendCause};
use crate::domain::auth::rules;
use crate::domain::auth::second_factor_rows::take_away;
use crate::domain::auth::tables::{SENDS, end_sessions};
use crate::domain::auth::{codes as auth_codes, subjects};
use crate::domain::gate::{self, Judgement};
use crate::domain::notifications::devices;
use crate::domain::notifications::model::Urgency;
use crate::domain::users::change::Changed;
use crate::domain::users::contacts::{ContactKind, FormerEnd};
use crate::domain::users::model::{Role, Status, User};
use crate::domain::users::rules::{Identifier, keep};
use crate::domain::users::tables as users;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldErrors, Result};
use crate::platform::ids::UserId;
use crate::platform::jobs;
use crate::platform::secret::{Phi, Secret};
use crate::platform::store::{Reader, WriteTx};

/// What shows, besides the code, whose account it is.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// The account's password.
    pub password: Option<Secret<String>>,
    /// The password that holds from now on, for whoever has the code alone.
    pub new_password: Option<String>,
}

/// Confirms a contact with its code, with or without a session.
///
/// # Errors
/// `code_wrong`; `wrong_credentials`; `owner_password_needed` at the first confirmation without password and session
/// when no new password is given, `contact_password_needed` where none can be chosen in this way; `email_taken`,
/// `phone_taken` when somebody else confirmed it before; names what is wrong with the new password.
pub(super) async fn confirm(
    context: &Context,
    caller: &Caller,
    identifier: Identifier,
    code: Secret<String>,
    proof: Proof,
) -> Result<Status> {
    let mut errors = FieldErrors::new();
    let new =
        proof.new_password.and_then(|new| keep(&mut errors, rules::check_password("newPassword", &new)));
    errors.finish()?;
    let by = caller.clone();
    let (keys, asking) = (Arc::clone(&context.keys), caller.user_id().ok());
    // Nothing costly is done for a wrong code.
    let claimed = context.store.read(|tx| {
        let mut found = None;
        for user in users::claimants(tx, &identifier, asking)? {
            let what = (user.id, &identifier, Purpose::VerifyContact);
            if is_right(tx, &keys, what, Try::of(&keys, caller, &code)?)? {
                found = Some(user.id);
            }
        }
        Ok(found)
    })?;
    let proven = match (&proof.password, caller.actor) {
        // A wrong code is what is wrong, whatever the password is.
        (Some(_), _) if claimed.is_none() => None,
        (Some(password), _) => {
            let claim = (claimed, identifier.clone());
            Some(claim_by_password(context, caller, one_time::ACTION, claim, password).await?)
        }
        (None, Actor::Person { id, .. }) => Some(id),
        (None, Actor::Anonymous | Actor::System(_)) => None,
    };
    let hash = match new.filter(|_| claimed.is_some()) {
        Some(new) => Some(context.passwords.of(caller.ip).hash(new, context.random.bytes()?).await?),
        None => None,
    };
    gate::judge(context, caller, one_time::ACTION, move |tx| {
        for user in users::claimants(tx, &identifier, asking)? {
            let Some(spot) = unconfirmed_spot(&user, &identifier) else { continue };
            let what = (user.id, &identifier, Purpose::VerifyContact);
            if check(tx, &keys, what, Try::of(&keys, &by, &code)?, Use::Not)? {
                note_account(tx, &user);
                let step = Step { identifier: &identifier, spot, is_proven: proven == Some(user.id) };
                return settle(tx, &keys, user, &step, hash.as_ref());
            }
        }
        Ok(Judgement::refused(wrong_code()))
    })
    .await
}

/// A contact that is being confirmed.
struct Step<'a> {
    identifier: &'a Identifier,
    spot: Spot,
    is_proven: bool,
}

fn settle(
    tx: &mut WriteTx<'_>,
    keys: &crate::platform::crypto::Keys,
    mut user: User,
    step: &Step<'_>,
    new_password: Option<&Secret<String>>,
) -> Result<Judgement<Status>> {
    // A locked account changes in nothing, and whoever has the code is not told that it is locked.
    if user.status == Status::Locked {
        return Ok(Judgement::refused(wrong_code()));
    }
    // Somebody whose account is in use may have given another's address: its owner does not join them by its code
    // alone, unless staff saw them with it. Nor does a contact from before when staff recorded another one.
    let kind = step.identifier.kind();
    if !step.is_proven && !user.may_be_first(kind) {
        return Ok(Judgement::refused(Error::invalid("password", "contact_password_needed")));
    }
    let becomes_owner = !user.has_confirmed() && !step.is_proven;
    if becomes_owner {
        // Staff looked at this licence or made this person one of them: that is not handed to whoever has a code,
        // unless they saw the person with this very contact.
        let is_trusted = user.role == Role::Admin || user.status == Status::Verified;
        if is_trusted && !user.was_seen(kind) {
            return Ok(Judgement::refused(Error::invalid("password", "contact_password_needed")));
        }
        if new_password.is_none() {
            return Ok(Judgement::refused(Error::invalid("newPassword", "owner_password_needed")));
        }
    }
    take_over(tx, user.id, step.identifier)?;
    void_all_codes(tx, keys, &user)?;
    let now = tx.now();
    let address = Phi::new(step.identifier.as_str().to_owned());
    let former = user.replace_contact(kind, Some(address), Some(now));
    if becomes_owner {
        user.drop_unconfirmed();
        // Nor is the account erased because somebody else wished so.
        user.deletion_requested_at = None;
    }
    if user.status == Status::PendingVerification && user.role != Role::Doctor {
        user.status = Status::Active;
    }
    users::update(tx, &mut user)?;
    if let Some(hash) = new_password.filter(|_| becomes_owner) {
        set_password(tx, keys, &mut user, hash)?;
        // Whoever prepared the account may have bound it to an authenticator of theirs.
        take_away(tx, user.id)?;
        end_connections(tx, user.id)?;
        end_sessions(tx, user.id, None, EndReason::AccountChanged)?;
        devices::forget_all(tx, user.id)?;
        security_notice(tx, user.id, "owner_confirmed", Urgency::Normal)?;
    }
    if let Some(number) = former {
        jobs::enqueue(tx, &TellFormer { user: user.id, number, end: FormerEnd::Replaced })?;
    }
    if former.is_some() || step.spot == Spot::Waiting {
        security_notice(tx, user.id, "contact_changed", Urgency::Critical)?;
    }
    Ok(Judgement::granted(user.status))
}

/// Takes a contact from whoever gave it without ever confirming it.
fn take_over(tx: &mut WriteTx<'_>, user: UserId, contact: &Identifier) -> Result<()> {
    check_free(tx, user, contact)?;
    if let Some(mut other) = users::find(tx, contact)?.filter(|other| other.id != user) {
        other.replace_contact(contact.kind(), None, None);
        users::update(tx, &mut other)?;
    }
    Ok(())
}

/// A contact is somebody else's once they confirmed it.
fn check_free(tx: &dyn Reader, user: UserId, contact: &Identifier) -> Result<()> {
    let is_theirs = |other: &User| other.id != user && other.confirmed(contact.kind()).is_some();
    match users::find(tx, contact)?.filter(is_theirs) {
        None => Ok(()),
        Some(_) => Err(Error::conflict(match contact.kind() {
            ContactKind::Email => "email_taken",
            ContactKind::Phone => "phone_taken",
        })),
    }
}

/// What follows from a change of contacts that the person asked for: codes to the new ones, word to the old ones.
pub(super) fn follow_change(tx: &mut WriteTx<'_>, sender: &Sender, changed: &Changed) -> Result<()> {
    let user = &changed.user;
    if !changed.asked.is_empty() {
        pace(tx, sender, user.id)?;
    }
    for kind in &changed.asked {
        let Some(waiting) = user.waiting(*kind) else { continue };
        let identifier = match kind {
            ContactKind::Email => Identifier::Email(waiting.reveal().clone()),
            ContactKind::Phone => Identifier::Phone(waiting.reveal().clone()),
        };
        check_free(tx, user.id, &identifier)?;
        sender.ask(tx, *kind, identifier.as_str(), Purpose::VerifyContact)?;
        sender.send_contact_code(tx, user, (*kind, Spot::Waiting), SendCause::Request)?;
    }
    if !changed.asked.is_empty() && user.has_confirmed() {
        security_notice(tx, user.id, "contact_change_asked", Urgency::Critical)?;
    }
    for number in &changed.ended {
        jobs::enqueue(tx, &TellFormer { user: user.id, number: *number, end: FormerEnd::Ended })?;
        security_notice(tx, user.id, "contact_changed", Urgency::Critical)?;
    }
    Ok(())
}

/// One change a minute: each sends a letter to an address of the person's choice.
fn pace(tx: &mut WriteTx<'_>, sender: &Sender, user: UserId) -> Result<()> {
    let own = subjects::subject_of_user(&sender.keys, user)?;
    let at = tx.now();
    if let Some(last) = SENDS.get(tx, &own)? {
        let wait = last.at.plus(auth_codes::CODE_PAUSE).since(at).as_seconds_rounded_up();
        if wait > 0 {
            let seconds = u64::try_from(wait).unwrap_or(1);
            return Err(Error::too_many("code_sent_recently", seconds).with("seconds", seconds));
        }
    }
    SENDS.put(tx, &own, &LastSend { at, cause: SendCause::Request })
}

/// Confirms whatever contacts a person has, for commands of ours that make people, such as the demo clinic.
///
/// # Errors
/// `role_not_allowed` for anybody but a command of ours; `user_not_found`.
pub async fn confirm_for(context: &Context, caller: &Caller, id: UserId) -> Result<User> {
    if !matches!(caller.actor, Actor::System(_)) {
        return Err(Error::forbidden("role_not_allowed"));
    }
    gate::write(context, caller, "user.confirm_contacts", move |tx| {
        let mut user = users::require(tx, id)?;
        note_account(tx, &user);
        confirm_all(&mut user, tx.now());
        users::update(tx, &mut user)?;
        Ok(user)
    })
    .await
}

/// Lets every contact of a person count.
pub(super) fn confirm_all(user: &mut User, now: Timestamp) {
    for kind in ContactKind::ALL {
        if let Some(contact) = user.contact(kind).cloned() {
            user.replace_contact(kind, Some(contact), Some(now));
        }
    }
}
