//! Registration of patients, doctors and family members, and of anybody by an admin.
//!
//! # Why a conflict names the field
//! Whoever registers an address that is taken is told so (409): they need to know that they should sign in instead.
//! Everything else that could tell whether an account exists, codes and resets, does not.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::contacts::confirm_all;
use super::one_time::{Sender, Spot};
use crate::domain::auth::model::{Caller, Credentials, Purpose, SendCause};
use crate::domain::auth::rules::check_password;
use crate::domain::auth::tables::CREDENTIALS;
use crate::domain::gate;
use crate::domain::users::contacts::{ContactKind, Contacts};
use crate::domain::users::model::{DoctorProfile, Gender, Preferences, Role, Specialty, Status, User};
use crate::domain::users::names::{check_license, check_name, check_number};
use crate::domain::users::rules::{
    check_date_of_birth, check_text, full_name, keep, parse_email, parse_phone,
};
use crate::domain::users::tables as users;
use crate::platform::context::Context;
use crate::platform::error::{FieldErrors, Result};
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
    /// Whose contact it is, and who registers.
    pub keeper: Keeper,
}

/// Whose contact is registered, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keeper {
    /// The person registers: a contact and a password are needed.
    #[default]
    Own,
    /// Staff register somebody. A patient may have no contact, and then needs no password.
    Desk,
    /// Staff register a patient with the contact of a carer, who shares it.
    Carer,
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
    /// What they may do yet.
    pub status: Status,
    /// Whether something must be confirmed first.
    pub requires_verification: bool,
}

/// A person to be, checked.
pub(super) struct Draft {
    pub(super) user: User,
    /// None where nobody could sign in with it.
    pub(super) password: Option<Secret<String>>,
}

/// Registers a patient: PENDING_VERIFICATION until their contact is confirmed.
///
/// # Errors
/// Names every bad field; `email_taken`, `phone_taken`; `sign_in_busy`.
pub async fn patient(context: &Context, caller: &Caller, typed: PatientRegistration) -> Result<Registered> {
    let draft = draft_patient(context, typed)?;
    register(context, caller, "user.register_patient", draft).await
}

/// Registers a doctor: PENDING_VERIFICATION until an admin has checked their licence.
///
/// # Errors
/// Names every bad field; `email_taken`, `phone_taken`; `sign_in_busy`.
pub async fn doctor(context: &Context, caller: &Caller, typed: DoctorRegistration) -> Result<Registered> {
    let draft = draft_doctor(typed)?;
    register(context, caller, "user.register_doctor", draft).await
}

/// Registers a family member: PENDING_VERIFICATION until their contact is confirmed.
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

/// What would be refused of an admin whatever the clinic holds.
///
/// # Errors
/// Names every bad field.
pub fn check_admin(typed: &FamilyRegistration) -> Result<()> {
    draft_named(Role::Admin, typed.clone()).map(|_| ())
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
    let first = keep(&mut errors, check_name("firstName", &typed.first_name));
    let last = keep(&mut errors, check_name("lastName", &typed.last_name));
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
    let name = keep(&mut errors, check_name("fullName", &typed.full_name));
    let clinic = keep(&mut errors, check_name("hospitalClinic", &typed.hospital_clinic));
    let license = keep(&mut errors, check_license("licenseNumber", &typed.license_number));
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
    let name = keep(&mut errors, check_name("fullName", &typed.full_name));
    let mut draft = draft(role, &typed.contact, &mut errors);
    errors.finish()?;
    draft.user.full_name = Phi::new(name.unwrap_or_default());
    Ok(draft)
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
    let has_contact = given(&contact.email) || given(&contact.phone);
    let at_desk = role == Role::Patient && contact.keeper == Keeper::Desk;
    if !has_contact && !at_desk {
        errors.add("email", "contact_required");
    }
    if contact.keeper == Keeper::Carer && role != Role::Patient {
        errors.add("sharedContact", "field_not_yours");
    }
    let may_lack_password = contact.keeper == Keeper::Carer || (at_desk && !has_contact);
    let password = match contact.password.reveal().as_str() {
        "" if may_lack_password => None,
        typed => keep(errors, check_password("password", typed)),
    };
    let contacts = Contacts { shared: contact.keeper == Keeper::Carer, ..Contacts::default() };
    let user = User {
        preferences: Preferences { language: contact.language.unwrap_or_default(), ..Preferences::default() },
        email: email.map(Phi::new),
        phone: phone.map(Phi::new),
        contacts: Some(contacts),
        ..User::blank(role)
    };
    Draft { user, password }
}

async fn register(
    context: &Context,
    caller: &Caller,
    action: &'static str,
    draft: Draft,
) -> Result<Registered> {
    let password_hash = hash(context, caller, draft.password).await?;
    let sender = Sender::of(context, caller)?;
    let user = draft.user;
    gate::write(context, caller, action, move |tx| {
        let user = insert(tx, user.clone(), password_hash.as_ref())?;
        send_codes(tx, &sender, &user)?;
        Ok(Registered { user_id: user.id, status: user.status, requires_verification: true })
    })
    .await
}

/// Sends the codes that confirm a new person's contacts.
///
/// # Errors
/// `texts_spent` when the phone gets none today and there is no e-mail address that does.
pub(super) fn send_codes(tx: &mut WriteTx<'_>, sender: &Sender, user: &User) -> Result<()> {
    for kind in ContactKind::ALL {
        if sender.reaches(kind)
            && let Some(contact) = user.contact(kind).filter(|_| !user.shares_contacts())
            && let Err(error) = sender.ask(tx, kind, contact.reveal(), Purpose::VerifyContact)
        {
            if user.email.is_some() && sender.reaches(ContactKind::Email) {
                continue;
            }
            return Err(error);
        }
        sender.send_contact_code(tx, user, (kind, Spot::Present), SendCause::Registration)?;
    }
    Ok(())
}

/// The hash of a password, if there is one.
pub(super) async fn hash(
    context: &Context,
    caller: &Caller,
    password: Option<Secret<String>>,
) -> Result<Option<Secret<String>>> {
    match password {
        Some(password) => {
            context.passwords.of(caller.ip).hash(password, context.random.bytes()?).await.map(Some)
        }
        None => Ok(None),
    }
}

/// Writes a new person with their password.
pub(super) fn insert(
    tx: &mut WriteTx<'_>,
    mut user: User,
    password_hash: Option<&Secret<String>>,
) -> Result<User> {
    let now = tx.now();
    user.id = tx.new_id()?;
    user.created_at = now;
    user.updated_at = now;
    user.revision = 1;
    if user.role == Role::Patient {
        user.patient_number = Some(users::next_patient_number(tx)?);
    }
    users::save(tx, &user)?;
    if let Some(password_hash) = password_hash.cloned() {
        CREDENTIALS.put(tx, &user.id, &Credentials { password_hash, changed_at: now })?;
    }
    super::sessions::note_account(tx, &user);
    Ok(user)
}

/// Makes the first admin, or another one, from the command line of the server: the only way that needs no admin. Who
/// commands the server vouches for the contact.
///
/// # Errors
/// Names every bad field; `email_taken`, `phone_taken`.
pub async fn admin_from_command_line(context: &Context, typed: FamilyRegistration) -> Result<UserId> {
    let Draft { mut user, password } = draft_named(Role::Admin, typed)?;
    user.status = Status::Active;
    confirm_all(&mut user, context.now());
    let caller = Caller::system("admin-create");
    let password_hash = hash(context, &caller, password).await?;
    gate::write(context, &caller, "user.create_admin", move |tx| {
        insert(tx, user.clone(), password_hash.as_ref()).map(|user| user.id)
    })
    .await
}
