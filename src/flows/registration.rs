//! Registration of patients, doctors and family members, and of anybody by an admin.
//!
//! # Why a conflict names the field
//! Whoever registers an address that is taken is told so (409): he needs to know that he should sign in instead.
//! Everything else that could tell whether an account exists, codes and resets, does not.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::codes;
use crate::domain::auth::model::{Caller, Credentials, Purpose, SendCause};
use crate::domain::auth::rules::check_password;
use crate::domain::auth::tables::CREDENTIALS;
use crate::domain::gate;
use crate::domain::users::model::{DoctorProfile, Gender, Preferences, Role, Specialty, Status, User};
use crate::domain::users::rules::{
    check_date_of_birth, check_text, full_name, keep, parse_email, parse_phone,
};
use crate::domain::users::tables as users;
use crate::platform::context::Context;
use crate::platform::error::{FieldError, FieldErrors, Result};
use crate::platform::i18n::Language;
use crate::platform::ids::UserId;
use crate::platform::secret::{Phi, Secret};
use crate::platform::store::{Reader, WriteTx};

/// What everybody gives when registering.
#[derive(Debug, Clone, Default)]
pub struct Contact {
    /// As typed.
    pub email: Option<String>,
    /// As typed.
    pub phone: Option<String>,
    /// As typed.
    pub password: Secret<String>,
    /// Language of texts; Khmer when not said.
    pub language: Option<Language>,
}

/// A patient's registration as typed.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PatientRegistration {
    pub contact: Contact,
    pub first_name: String,
    pub last_name: String,
    pub gender: Option<Gender>,
    pub date_of_birth: Option<NaiveDate>,
    pub id_card_number: Option<String>,
}

/// A doctor's registration as typed.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DoctorRegistration {
    pub contact: Contact,
    pub full_name: String,
    pub hospital_clinic: String,
    pub specialty: Option<Specialty>,
    pub license_number: String,
    pub license_photo: Option<String>,
}

/// A family member's registration as typed.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct FamilyRegistration {
    pub contact: Contact,
    pub full_name: String,
}

/// What a registration made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// The new person.
    pub user_id: UserId,
    /// What he may do yet.
    pub status: Status,
    /// Whether something must be confirmed first.
    pub requires_verification: bool,
}

/// A person to be, checked.
pub(super) struct Draft {
    pub(super) user: User,
    pub(super) password: Secret<String>,
}

/// Longest identity card or licence number in characters.
const NUMBER_MAX: usize = 40;

/// Registers a patient: PENDING_VERIFICATION until his contact is confirmed.
///
/// # Errors
/// Names every bad field; `email_taken`, `phone_taken`; `sign_in_busy`.
pub async fn patient(context: &Context, caller: &Caller, typed: PatientRegistration) -> Result<Registered> {
    let draft = draft_patient(context, typed)?;
    register(context, caller, "user.register_patient", draft).await
}

/// Registers a doctor: PENDING_VERIFICATION until an admin has checked his licence.
///
/// # Errors
/// Names every bad field; `email_taken`, `phone_taken`, `license_taken`; `sign_in_busy`.
pub async fn doctor(context: &Context, caller: &Caller, typed: DoctorRegistration) -> Result<Registered> {
    let draft = draft_doctor(typed)?;
    register(context, caller, "user.register_doctor", draft).await
}

/// Registers a family member: PENDING_VERIFICATION until his contact is confirmed.
///
/// # Errors
/// Names every bad field; `email_taken`, `phone_taken`; `sign_in_busy`.
pub async fn family(context: &Context, caller: &Caller, typed: FamilyRegistration) -> Result<Registered> {
    let draft = draft_named(Role::FamilyMember, typed)?;
    register(context, caller, "user.register_family", draft).await
}

/// Says what is wrong with a patient's registration, without registering anybody.
///
/// # Errors
/// Names every bad field.
pub fn check_patient(context: &Context, typed: PatientRegistration) -> Result<()> {
    draft_patient(context, typed).map(|_| ())
}

/// Says what is wrong with a doctor's registration, without registering anybody.
///
/// # Errors
/// Names every bad field.
pub fn check_doctor(typed: DoctorRegistration) -> Result<()> {
    draft_doctor(typed).map(|_| ())
}

/// Says what is wrong with a family member's registration, without registering anybody.
///
/// # Errors
/// Names every bad field.
pub fn check_family(typed: FamilyRegistration) -> Result<()> {
    draft_named(Role::FamilyMember, typed).map(|_| ())
}

pub(super) fn draft_patient(context: &Context, typed: PatientRegistration) -> Result<Draft> {
    let mut errors = FieldErrors::new();
    let first = keep(&mut errors, check_text("firstName", &typed.first_name));
    let last = keep(&mut errors, check_text("lastName", &typed.last_name));
    let today = context.now().day_in(context.zone());
    match typed.date_of_birth {
        Some(date) => drop(keep(&mut errors, check_date_of_birth("dateOfBirth", date, today))),
        None => errors.add("dateOfBirth", "required"),
    }
    if typed.gender.is_none() {
        errors.add("gender", "required");
    }
    let card = match &typed.id_card_number {
        Some(card) => keep(&mut errors, check_number("idCardNumber", card)),
        None => None,
    };
    let mut draft = draft(Role::Patient, &typed.contact, &mut errors);
    errors.finish()?;
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    let user = &mut draft.user;
    user.full_name = Phi::new(full_name(context.settings.clinic.name_order, &first, &last));
    user.first_name = Some(Phi::new(first));
    user.last_name = Some(Phi::new(last));
    user.gender = typed.gender;
    user.date_of_birth = typed.date_of_birth;
    user.id_card_number = card.map(Phi::new);
    Ok(draft)
}

pub(super) fn draft_doctor(typed: DoctorRegistration) -> Result<Draft> {
    let mut errors = FieldErrors::new();
    let name = keep(&mut errors, check_text("fullName", &typed.full_name));
    let clinic = keep(&mut errors, check_text("hospitalClinic", &typed.hospital_clinic));
    let license = keep(&mut errors, check_number("licenseNumber", &typed.license_number));
    let photo = match typed.license_photo {
        Some(photo) => keep(&mut errors, check_text("licensePhoto", &photo)),
        None => None,
    };
    if typed.specialty.is_none() {
        errors.add("specialty", "required");
    }
    let mut draft = draft(Role::Doctor, &typed.contact, &mut errors);
    errors.finish()?;
    draft.user.full_name = Phi::new(name.unwrap_or_default());
    draft.user.doctor = Some(DoctorProfile {
        hospital_clinic: clinic.unwrap_or_default(),
        specialty: typed.specialty.unwrap_or(Specialty::Other),
        license_number: license.unwrap_or_default(),
        license_photo: photo,
        rejection_reason: None,
    });
    Ok(draft)
}

/// A family member or an admin: a name and a contact.
pub(super) fn draft_named(role: Role, typed: FamilyRegistration) -> Result<Draft> {
    let mut errors = FieldErrors::new();
    let name = keep(&mut errors, check_text("fullName", &typed.full_name));
    let mut draft = draft(role, &typed.contact, &mut errors);
    errors.finish()?;
    draft.user.full_name = Phi::new(name.unwrap_or_default());
    Ok(draft)
}

fn check_number(field: &'static str, typed: &str) -> Result<String, FieldError> {
    let number = check_text(field, typed)?;
    let fits = number.chars().count() <= NUMBER_MAX
        && number.chars().all(|c| c.is_alphanumeric() || " -/.()".contains(c));
    if fits { Ok(number) } else { Err(FieldError::new(field, "number_unreadable")) }
}

/// The part that all registrations share. The row is complete only when `errors` stays empty.
fn draft(role: Role, contact: &Contact, errors: &mut FieldErrors) -> Draft {
    let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let mut email = None;
    if let Some(typed) = contact.email.as_ref().filter(|_| given(&contact.email)) {
        email = parse_email(typed);
        if email.is_none() {
            errors.add("email", "email_invalid");
        }
    }
    let mut phone = None;
    if let Some(typed) = contact.phone.as_ref().filter(|_| given(&contact.phone)) {
        phone = parse_phone(typed);
        if phone.is_none() {
            errors.add("phone", "phone_invalid");
        }
    }
    if !given(&contact.email) && !given(&contact.phone) {
        errors.add("email", "contact_required");
    }
    let password = keep(errors, check_password("password", contact.password.reveal()));
    let user = User {
        preferences: Preferences { language: contact.language.unwrap_or_default(), ..Preferences::default() },
        email: email.map(Phi::new),
        phone: phone.map(Phi::new),
        ..User::blank(role)
    };
    Draft { user, password: password.unwrap_or_default() }
}

async fn register(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    draft: Draft,
) -> Result<Registered> {
    let password_hash = context.passwords.of(caller.ip).hash(draft.password, context.random.bytes()?).await?;
    let keys = Arc::clone(&context.keys);
    let user = draft.user;
    gate::write(context, caller, action, move |tx| {
        let user = insert(tx, user.clone(), &password_hash)?;
        let subject = crate::domain::auth::rules::subject_of_user(&keys, user.id)?;
        codes::send_to(tx, subject, &user, Purpose::VerifyContact, SendCause::Registration)?;
        Ok(Registered { user_id: user.id, status: user.status, requires_verification: true })
    })
    .await
}

/// Writes a new person with his password.
pub(super) fn insert(tx: &mut WriteTx<'_>, mut user: User, password_hash: &Secret<String>) -> Result<User> {
    let now = tx.now();
    user.id = tx.new_id()?;
    user.created_at = now;
    user.updated_at = now;
    user.revision = 1;
    if user.role == Role::Patient {
        user.patient_number = Some(users::next_patient_number(tx)?);
    }
    users::save(tx, &user)?;
    CREDENTIALS.put(tx, &user.id, &Credentials { password_hash: password_hash.clone(), changed_at: now })?;
    super::sessions::note_account(tx, &user);
    Ok(user)
}

/// Makes the first admin, or another one, from the command line of the server: the only way that needs no admin.
///
/// # Errors
/// Names every bad field; `email_taken`, `phone_taken`.
pub async fn admin_from_command_line(context: &Context, typed: FamilyRegistration) -> Result<UserId> {
    let Draft { mut user, password } = draft_named(Role::Admin, typed)?;
    user.status = Status::Active;
    user.contact_confirmed_at = Some(context.now());
    let caller = Caller::system("admin-create");
    let password_hash = context.passwords.of(caller.ip).hash(password, context.random.bytes()?).await?;
    gate::write(context, &caller, "user.create_admin", move |tx| {
        insert(tx, user.clone(), &password_hash).map(|user| user.id)
    })
    .await
}
