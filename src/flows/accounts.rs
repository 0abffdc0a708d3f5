//! What admins do with people's accounts.

use std::sync::Arc;

use chrono_tz::Tz;

use super::care::end_care;
use super::one_time::Sender;
use super::registration::{self, Draft};
use super::sessions::{note_account, security_notice};
use super::tries::{end_waiting, forget_tries};
use super::users::save_change;
use crate::domain::auth::model::{Caller, EndReason};
use crate::domain::auth::second_factor_rows::demand_fresh;
use crate::domain::auth::tables::end_sessions;
use crate::domain::connections::tables::{LIVE, close_glass};
use crate::domain::doses::model::DoseStatus;
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::users::change::ProfileChange;
use crate::domain::users::model::{Role, Status, User};
use crate::domain::users::rules::check_text;
use crate::domain::users::tables as users;
use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// A person whom an admin makes, who vouches for licence and name: so the account is in use at once. Contacts count when
/// their owner has confirmed them.
#[derive(Debug, Clone)]
pub enum NewPerson {
    /// A patient.
    Patient(registration::PatientRegistration),
    /// A doctor, VERIFIED.
    Doctor(registration::DoctorRegistration),
    /// A family member.
    FamilyMember(registration::FamilyRegistration),
    /// Clinic staff.
    Admin(registration::FamilyRegistration),
}

/// Refuses whoever is none of the staff, before anything else is asked.
///
/// # Errors
/// `role_not_allowed`, `account_not_active`.
pub async fn only_staff(context: &Context, caller: &Caller, action: &'static str) -> Result<()> {
    match caller.with_role(Role::Admin) {
        Ok(_) => Ok(()),
        Err(error) => {
            gate::note_refusal(context, caller, action, &error).await;
            Err(error)
        }
    }
}

/// Makes a person.
///
/// # Errors
/// `role_not_allowed`, `second_factor_stale`; names every bad field; `email_taken`, `phone_taken`, `license_taken`.
pub async fn create(context: &Context, caller: &Caller, person: NewPerson) -> Result<User> {
    const ACTION: &str = "user.create";
    allow(context, caller, ACTION).await?;
    let draft = match person {
        NewPerson::Patient(typed) => registration::draft_patient(context, typed),
        NewPerson::Doctor(typed) => registration::draft_doctor(typed),
        NewPerson::FamilyMember(typed) => registration::draft_named(Role::FamilyMember, typed),
        NewPerson::Admin(typed) => registration::draft_named(Role::Admin, typed),
    };
    let Draft { mut user, password } = draft?;
    user.status = if user.role == Role::Doctor { Status::Verified } else { Status::Active };
    let password_hash = registration::hash(context, caller, password).await?;
    let sender = Sender::of(context, caller)?;
    let (by, auth) = (caller.clone(), context.settings.auth.clone());
    gate::write(context, caller, ACTION, move |tx| {
        // Making a member of staff or a verified doctor gives the role as a change of it does.
        if matches!(user.role, Role::Admin | Role::Doctor) {
            demand_fresh(tx, &by, &auth)?;
        }
        let user = registration::insert(tx, user.clone(), password_hash.as_ref())?;
        registration::send_codes(tx, &sender, &user)?;
        Ok(user)
    })
    .await
}

/// Only admins; refusals are audited.
async fn allow(context: &Context, caller: &Caller, action: &'static str) -> Result<()> {
    let allowed = caller.with_role(Role::Admin);
    if let Err(error) = &allowed {
        gate::note_refusal(context, caller, action, error).await;
    }
    allowed.map(drop)
}

/// Changes a person's profile, and their role if `role` is given; with another role their sessions end, and the
/// connections with those for whom they care.
///
/// # Errors
/// `role_not_allowed`, `second_factor_stale`, `user_not_found`; names every bad field; `own_account` for the admin's own role;
/// `role_needs_data` when the profile lacks what the role needs, `role_patient_in_treatment` for a patient whom somebody
/// cares for or who has doses ahead; `revision_changed` when somebody else changed it.
pub async fn update(
    context: &Context,
    caller: &Caller,
    id: UserId,
    change: ProfileChange,
    role: Option<Role>,
    revision: Option<u64>,
) -> Result<User> {
    let (by, today) = (caller.clone(), context.now().day_in(context.zone()));
    let (order, auth) = (context.settings.clinic.name_order, context.settings.auth.clone());
    gate::write(context, caller, "user.update", move |tx| {
        let admin = by.with_role(Role::Admin)?;
        let before = users::require(tx, id)?;
        note_account(tx, &before);
        if change.touches_contacts() {
            let field = if change.email.is_some() { "email" } else { "phone" };
            return Err(Error::invalid(field, "contact_by_owner"));
        }
        if revision.is_some_and(|revision| revision != before.revision) {
            return Err(Error::precondition_failed("revision_changed"));
        }
        let changed = save_change(tx, id, &change, today, order)?;
        let mut user = changed.user;
        if let Some(role) = role.filter(|&role| role != before.role) {
            if admin == id {
                return Err(Error::conflict("own_account"));
            }
            demand_fresh(tx, &by, &auth)?;
            set_role(tx, &mut user, role)?;
            tx.trail().already_done = false;
            tx.trail().change =
                Some(serde_json::json!({ "fields": changed.fields, "old": before.role, "new": role }));
        }
        Ok(user)
    })
    .await
}

/// Whether somebody cares for this patient, or doses are planned from now on. Nobody would see them any more, and the
/// patient least of all.
fn is_in_treatment(tx: &dyn Reader, patient: UserId) -> Result<bool> {
    let mut is_treated = false;
    LIVE.visit_prefix(tx, &patient, Direction::Forward, |_, _| {
        is_treated = true;
        Ok(Step::Stop)
    })?;
    let now = tx.now();
    // A day of the clinic begins at most a day before that of UTC ends.
    let yesterday = now.minus(Span::days(1)).day_in(Tz::UTC);
    doses::DAYS.visit_prefix(tx, &patient, Direction::Backward, |(_, date), day| {
        is_treated |= day.doses.iter().any(|dose| dose.status == DoseStatus::Due && dose.scheduled() >= now);
        Ok(if is_treated || date < yesterday { Step::Stop } else { Step::Continue })
    })?;
    Ok(is_treated)
}

fn set_role(tx: &mut WriteTx<'_>, user: &mut User, role: Role) -> Result<()> {
    let lacks = match role {
        Role::Doctor => user.doctor.is_none(),
        Role::Patient => user.date_of_birth.is_none() || user.gender.is_none(),
        Role::FamilyMember | Role::Admin => false,
    };
    if lacks {
        return Err(Error::conflict("role_needs_data"));
    }
    if user.role == Role::Patient && is_in_treatment(tx, user.id)? {
        return Err(Error::conflict("role_patient_in_treatment"));
    }
    if role == Role::Patient && user.patient_number.is_none() {
        user.patient_number = Some(users::next_patient_number(tx)?);
    }
    user.status = match (role, user.status) {
        // A licence is checked before a doctor sees anybody.
        (Role::Doctor, Status::Active) => Status::PendingVerification,
        (Role::Patient | Role::FamilyMember | Role::Admin, Status::Verified | Status::Rejected) => {
            Status::Active
        }
        (_, status) => status,
    };
    user.role = role;
    user.reviewer = None;
    users::update(tx, user)?;
    end_sessions(tx, user.id, None, EndReason::AccountChanged)?;
    end_care(tx, user.id)?;
    security_notice(tx, user.id, "role_changed", Urgency::Normal)
}

/// Takes a person into use, or approves a doctor's licence. A doctor's sessions end: their new status counts from their next sign-in.
///
/// # Errors
/// `role_not_allowed`, `user_not_found`, `already_verified`, `account_locked_by_clinic`; `license_taken` when a doctor
/// who was verified before holds the number.
pub async fn verify(context: &Context, caller: &Caller, id: UserId) -> Result<User> {
    change_account(context, caller, "user.verify", id, move |tx, mut user| {
        if user.status == Status::Locked {
            return Err(Error::conflict("unlock_first"));
        }
        if matches!(user.status, Status::Verified | Status::Active) {
            return Err(Error::conflict("already_verified"));
        }
        if user.role == Role::Doctor {
            user.status = Status::Verified;
            if let Some(doctor) = &mut user.doctor {
                doctor.rejection_reason = None;
            }
            users::update(tx, &mut user)?;
            end_sessions(tx, id, None, EndReason::AccountChanged)?;
        } else {
            user.status = Status::Active;
            users::update(tx, &mut user)?;
        }
        security_notice(tx, id, "verified", Urgency::Normal)?;
        Ok(user)
    })
    .await
}

/// Refuses a doctor, with a reason that they can read; their sessions and the connections with their patients end.
///
/// # Errors
/// `role_not_allowed`, `user_not_found`, `not_a_doctor`; a bad field when the reason is missing or too long.
pub async fn reject(context: &Context, caller: &Caller, id: UserId, reason: &str) -> Result<User> {
    let reason = check_reason(reason)?;
    change_account(context, caller, "user.reject", id, move |tx, mut user| {
        tx.trail().reason = Some(reason.clone());
        if user.status == Status::Locked {
            return Err(Error::conflict("unlock_first"));
        }
        let Some(doctor) = user.doctor.as_mut().filter(|_| user.role == Role::Doctor) else {
            return Err(Error::conflict("not_a_doctor"));
        };
        doctor.rejection_reason = Some(reason.clone());
        user.status = Status::Rejected;
        users::update(tx, &mut user)?;
        end_sessions(tx, id, None, EndReason::AccountChanged)?;
        end_care(tx, id)?;
        notify(
            tx,
            Notice {
                to: id,
                kind: NotificationType::AccountSecurity,
                variant: "rejected",
                urgency: Urgency::Normal,
                params: Params::new().text("reason", &reason),
                patient: None,
                resource: None,
            },
        )?;
        Ok(user)
    })
    .await
}

/// Locks an account until an admin opens it; its sessions end, and its connections rest: the access check refuses it and
/// nobody is told anything until it is open again.
///
/// # Errors
/// `role_not_allowed`, `user_not_found`, `own_account`, `already_locked`; a bad field when the reason is missing.
pub async fn lock(context: &Context, caller: &Caller, id: UserId, reason: &str) -> Result<User> {
    let reason = check_reason(reason)?;
    let by = caller.clone();
    let keys = Arc::clone(&context.keys);
    change_account(context, caller, "user.lock", id, move |tx, mut user| {
        tx.trail().reason = Some(reason.clone());
        if by.user_id()? == id {
            return Err(Error::conflict("own_account"));
        }
        if user.status == Status::Locked {
            return Err(Error::conflict("already_locked"));
        }
        user.status_before_lock = Some(user.status);
        user.status = Status::Locked;
        user.lock_reason = Some(reason.clone());
        // Whoever the account is locked against may have given what waits.
        end_waiting(tx, &keys, &mut user)?;
        users::update(tx, &mut user)?;
        close_glass(tx, id)?;
        end_sessions(tx, id, None, EndReason::AccountChanged)?;
        security_notice(tx, id, "locked_by_clinic", Urgency::Warning)?;
        Ok(user)
    })
    .await
}

/// Opens a locked account, and the sign-in by password where wrong ones closed it.
///
/// # Errors
/// `role_not_allowed`, `user_not_found`, `not_locked`.
pub async fn unlock(context: &Context, caller: &Caller, id: UserId) -> Result<User> {
    let keys = Arc::clone(&context.keys);
    change_account(context, caller, "user.unlock", id, move |tx, mut user| {
        let was_closed = forget_tries(tx, &keys, &user)?;
        if (user.status != Status::Locked && !was_closed) || user.erased_at.is_some() {
            return Err(Error::conflict("not_locked"));
        }
        user.lock_reason = None;
        if let Some(before) = user.status_before_lock.take() {
            user.status = before;
        }
        users::update(tx, &mut user)?;
        security_notice(tx, id, "unlocked", Urgency::Normal)?;
        Ok(user)
    })
    .await
}

/// Signs a person out everywhere.
///
/// # Errors
/// `role_not_allowed`, `user_not_found`.
pub async fn end_all_sessions(context: &Context, caller: &Caller, id: UserId) -> Result<User> {
    change_account(context, caller, "user.end_sessions", id, move |tx, user| {
        if end_sessions(tx, id, None, EndReason::EndedByAdmin)? > 0 {
            security_notice(tx, id, "sessions_ended", Urgency::Normal)?;
        }
        Ok(user)
    })
    .await
}

fn check_reason(typed: &str) -> Result<String> {
    const REASON_MAX: usize = 500;
    let reason = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.chars().count() > REASON_MAX {
        let fault = FieldError::new("reason", "text_too_long").with("max", REASON_MAX);
        return Err(Error::invalid_fields(vec![fault]));
    }
    if reason.is_empty() {
        check_text("reason", &reason).map_err(|fault| Error::invalid_fields(vec![fault]))?;
    }
    Ok(reason)
}

/// Runs an admin's change of an account: role checked, account named in the audit, status before and after kept.
async fn change_account(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    id: UserId,
    mut change: impl FnMut(&mut WriteTx<'_>, User) -> Result<User> + Send + 'static,
) -> Result<User> {
    let by = caller.clone();
    gate::write(context, caller, action, move |tx| {
        by.with_role(Role::Admin)?;
        let user = users::require(tx, id)?;
        note_account(tx, &user);
        let before = user.status;
        let user = change(tx, user)?;
        if user.status != before {
            tx.trail().change = Some(serde_json::json!({ "old": before, "new": user.status }));
        }
        Ok(user)
    })
    .await
}
