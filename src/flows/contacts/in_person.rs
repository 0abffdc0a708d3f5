//! A new contact for a person who stood before the clinic's staff with a document.

use super::check_free;
use super::former::TellFormer;
use crate::domain::auth::model::{Caller, EndReason, Purpose, SendCause};
use crate::domain::auth::second_factor_rows::demand_fresh;
use crate::domain::auth::tables::end_sessions;
use crate::domain::gate::{self, Judgement};
use crate::domain::notifications::health::is_failing;
use crate::domain::notifications::model::Urgency;
use crate::domain::users::contacts::{ContactKind, FormerEnd};
use crate::domain::users::model::{Role, User};
use crate::domain::users::rules::{Identifier, check_text, keep};
use crate::domain::users::tables as users;
use crate::flows::auth::confirm_password;
use crate::flows::delivery::carrier_of;
use crate::flows::one_time::{Sender, Spot};
use crate::flows::sessions::{note_account, security_notice};
use crate::flows::tries::end_waiting;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, FieldErrors, Result};
use crate::platform::ids::UserId;
use crate::platform::jobs;
use crate::platform::secret::{Phi, Secret};
use crate::platform::store::Reader;

/// What staff saw of a person who stood before them.
#[derive(Debug, Clone)]
pub struct SeenInPerson {
    /// The new address, as typed; this or the phone.
    pub email: Option<String>,
    /// The new phone, as typed; this or the address.
    pub phone: Option<String>,
    /// Which document was shown.
    pub document: String,
    /// Why the contact is changed.
    pub reason: String,
    /// The password of the staff member.
    pub password: Secret<String>,
}

/// A code on paper.
#[derive(Debug, Clone)]
pub struct Slip {
    /// The code that confirms the contact.
    pub code: Secret<String>,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Longest reason in characters.
const REASON_MAX: usize = 500;

impl SeenInPerson {
    fn contact(&self, errors: &mut FieldErrors) -> Option<Identifier> {
        match (&self.email, &self.phone) {
            (Some(email), None) if email.contains('@') => {
                let read = Identifier::parse(email);
                if read.is_none() {
                    errors.add("email", "email_invalid");
                }
                read
            }
            (Some(_), None) => {
                errors.add("email", "email_invalid");
                None
            }
            (None, Some(phone)) => {
                let read = Identifier::parse(phone).filter(|read| read.kind() == ContactKind::Phone);
                if read.is_none() {
                    errors.add("phone", "phone_invalid");
                }
                read
            }
            (None, None) | (Some(_), Some(_)) => {
                errors.add("email", "one_contact_needed");
                None
            }
        }
    }
}

/// Puts a new contact in the place of an old one for a person whom staff saw with a document. The old one is told and
/// ends at once, all sessions end, and the new one counts after its first code: sent there, or on a slip where nothing
/// can be sent.
///
/// # Errors
/// `role_not_allowed`, `second_factor_stale`; names every bad field; `wrong_credentials`; `user_not_found`, `own_account`,
/// `contact_unchanged`, `email_taken`, `phone_taken`.
pub async fn record_seen_in_person(
    context: &Context,
    caller: &Caller,
    id: UserId,
    seen: SeenInPerson,
) -> Result<(User, Option<Slip>)> {
    const ACTION: &str = "user.seen_in_person";
    let allowed = caller.with_role(Role::Admin);
    if let Err(error) = &allowed {
        gate::note_refusal(context, caller, ACTION, error).await;
    }
    let admin = allowed?;
    let mut errors = FieldErrors::new();
    let contact = seen.contact(&mut errors);
    let document = keep(&mut errors, check_text("document", &seen.document));
    let reason = seen.reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.is_empty() {
        errors.add("reason", "required");
    } else if reason.chars().count() > REASON_MAX {
        errors.push(FieldError::new("reason", "text_too_long").with("max", REASON_MAX));
    }
    errors.finish()?;
    let (Some(contact), Some(document)) = (contact, document) else {
        return Err(Error::internal("a checked field is missing"));
    };
    confirm_password(context, caller, ACTION, &seen.password).await?;
    let sender = Sender::of(context, caller)?;
    let (by, auth) = (caller.clone(), context.settings.auth.clone());
    gate::judge(context, caller, ACTION, move |tx| {
        let mut user = users::require(tx, id)?;
        note_account(tx, &user);
        if let Err(error) = demand_fresh(tx, &by, &auth) {
            return Ok(Judgement::refused(error));
        }
        tx.trail().reason = Some(reason.clone());
        tx.trail().change = Some(serde_json::json!({ "contact": contact.kind(), "document": document }));
        if let Err(error) = may_be_replaced(tx, admin, &user, &contact) {
            return Ok(Judgement::refused(error));
        }
        end_waiting(tx, &sender.keys, &mut user)?;
        let address = Phi::new(contact.as_str().to_owned());
        let former = user.replace_contact(contact.kind(), Some(address), None);
        user.note_seen(contact.kind());
        users::update(tx, &mut user)?;
        end_sessions(tx, id, None, EndReason::EndedByAdmin)?;
        if let Some(number) = former {
            jobs::enqueue(tx, &TellFormer { user: id, number, end: FormerEnd::Ended })?;
        }
        security_notice(tx, id, "contact_changed", Urgency::Critical)?;
        // Where nothing can be sent, or not now, or no more today, the code goes by paper.
        let may_send = sender.reaches(contact.kind())
            && !is_failing(tx, carrier_of(contact.kind()))?
            && sender.ask(tx, contact.kind(), contact.as_str(), Purpose::VerifyContact).is_ok();
        let slip = match may_send {
            true => {
                let to = (contact.kind(), Spot::Present);
                sender.send_contact_code(tx, &user, to, SendCause::Registration)?;
                None
            }
            false => {
                let (code, expires_at) = sender.slip(tx, id, &contact)?;
                Some(Slip { code, expires_at })
            }
        };
        Ok(Judgement::granted((user, slip)))
    })
    .await
}

fn may_be_replaced(tx: &dyn Reader, admin: UserId, user: &User, contact: &Identifier) -> Result<()> {
    if user.erased_at.is_some() {
        return Err(Error::not_found("user_not_found"));
    }
    if user.id == admin {
        return Err(Error::conflict("own_account"));
    }
    if user.confirmed(contact.kind()).is_some_and(|present| present.reveal() == contact.as_str()) {
        return Err(Error::conflict("contact_unchanged"));
    }
    check_free(tx, user.id, contact)
}
