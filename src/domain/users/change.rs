//! Changes of a profile: which fields they touch, and what may not be said in them.

use chrono::NaiveDate;

use super::contacts::ContactKind;
use super::model::{Gender, Role, Specialty, Status, Theme, User};
use super::names::{check_license, check_name};
use super::rules::{check_date_of_birth, check_text, full_name, keep, parse_email, parse_phone};
use crate::platform::error::{FieldErrors, Result};
use crate::platform::i18n::Language;
use crate::platform::secret::Phi;
use crate::platform::settings::NameOrder;

/// What shall change, as typed; what is `None` stays.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "as in User")]
pub struct ProfileChange {
    pub email: Option<String>,
    pub phone: Option<String>,
    pub full_name: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub gender: Option<Gender>,
    pub date_of_birth: Option<NaiveDate>,
    pub id_card_number: Option<String>,
    pub hospital_clinic: Option<String>,
    pub license_number: Option<String>,
    pub specialty: Option<Specialty>,
    pub language: Option<Language>,
    pub theme: Option<Theme>,
}

/// A changed profile.
#[derive(Debug, Clone)]
pub struct Changed {
    /// As it is then.
    pub user: User,
    /// Names of the fields that differ.
    pub fields: Vec<&'static str>,
    /// The contacts that wait now, and did not before.
    pub asked: Vec<ContactKind>,
    /// The contacts that counted and were taken away, by the numbers under which they are kept until told.
    pub ended: Vec<u32>,
}

impl ProfileChange {
    /// Whether it touches e-mail or phone.
    pub const fn touches_contacts(&self) -> bool {
        self.email.is_some() || self.phone.is_some()
    }
}

/// Puts the change into a copy of the profile.
///
/// # Errors
/// Names every field that is wrong, or that people of this role do not have.
pub fn apply(user: &User, change: &ProfileChange, today: NaiveDate, order: NameOrder) -> Result<Changed> {
    let mut new = user.clone();
    let mut errors = FieldErrors::new();
    let ended = set_contacts(&mut new, change, &mut errors);
    match user.role {
        Role::Patient => set_patient(&mut new, change, today, order, &mut errors),
        Role::Doctor => set_doctor(&mut new, change, &mut errors),
        Role::FamilyMember | Role::Admin => {}
    }
    if let Some(name) = &change.full_name {
        match user.role {
            // A patient's name is made of its two parts.
            Role::Patient => errors.add("fullName", "field_not_yours"),
            Role::Doctor | Role::FamilyMember | Role::Admin => {
                set(&mut new.full_name, keep(&mut errors, check_name("fullName", name)).map(Phi::new));
            }
        }
    }
    refuse_foreign(user.role, change, &mut errors);
    set(&mut new.preferences.language, change.language);
    set(&mut new.preferences.theme, change.theme);
    errors.finish()?;
    let fields = differing(user, &new);
    let is_new =
        |kind: &ContactKind| new.waiting(*kind).is_some() && new.waiting(*kind) != user.waiting(*kind);
    let asked = ContactKind::ALL.into_iter().filter(is_new).collect();
    Ok(Changed { user: new, fields, asked, ended })
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// A new address waits beside the present one; the present one, typed again, takes back what waits. An empty text takes
/// an address away: one must stay, and one that counts if any did.
fn set_contacts(new: &mut User, change: &ProfileChange, errors: &mut FieldErrors) -> Vec<u32> {
    let had_confirmed = new.has_confirmed();
    let email = change.email.as_deref().map(|typed| (typed, parse_email(typed), "email", "email_invalid"));
    let phone = change.phone.as_deref().map(|typed| (typed, parse_phone(typed), "phone", "phone_invalid"));
    let mut ended = Vec::new();
    for (kind, given) in ContactKind::ALL.into_iter().zip([email, phone]) {
        match given {
            None => {}
            Some((_, Some(read), ..)) => {
                let is_present = new.contact(kind).is_some_and(|present| *present.reveal() == read);
                new.set_waiting(kind, Some(Phi::new(read)).filter(|_| !is_present));
            }
            Some((typed, None, ..)) if typed.trim().is_empty() => {
                ended.extend(new.replace_contact(kind, None, None));
            }
            Some((_, None, field, code)) => errors.add(field, code),
        }
    }
    let has_any = ContactKind::ALL.into_iter().any(|kind| new.contact(kind).or(new.waiting(kind)).is_some());
    let is_left = if had_confirmed { new.has_confirmed() } else { has_any };
    if change.touches_contacts() && !is_left && errors.is_empty() {
        errors.add("email", "contact_required");
    }
    ended
}

fn set_patient(
    new: &mut User,
    change: &ProfileChange,
    today: NaiveDate,
    order: NameOrder,
    errors: &mut FieldErrors,
) {
    if let Some(first) = &change.first_name {
        new.first_name = keep(errors, check_name("firstName", first)).map(Phi::new).or(new.first_name.take());
    }
    if let Some(last) = &change.last_name {
        new.last_name = keep(errors, check_name("lastName", last)).map(Phi::new).or(new.last_name.take());
    }
    if change.first_name.is_some() || change.last_name.is_some() {
        let part = |name: &Option<Phi<String>>| name.as_ref().map(|name| name.reveal().clone());
        let (given, family) = (part(&new.first_name), part(&new.last_name));
        let whole = full_name(order, given.as_deref().unwrap_or(""), family.as_deref().unwrap_or(""));
        new.full_name = Phi::new(whole);
    }
    if let Some(date) = change.date_of_birth {
        new.date_of_birth =
            keep(errors, check_date_of_birth("dateOfBirth", date, today)).or(new.date_of_birth);
    }
    new.gender = change.gender.or(new.gender);
    if let Some(card) = &change.id_card_number {
        new.id_card_number = match card.trim().is_empty() {
            true => None,
            false => keep(errors, check_text("idCardNumber", card)).map(Phi::new),
        };
    }
}

fn set_doctor(new: &mut User, change: &ProfileChange, errors: &mut FieldErrors) {
    let Some(doctor) = &mut new.doctor else { return };
    if let Some(clinic) = &change.hospital_clinic {
        set(&mut doctor.hospital_clinic, keep(errors, check_name("hospitalClinic", clinic)));
    }
    set(&mut doctor.specialty, change.specialty);
    let number = change.license_number.as_ref();
    let number = number.and_then(|number| keep(errors, check_license("licenseNumber", number)));
    if let Some(number) = number.filter(|number| *number != doctor.license_number) {
        doctor.license_number = number;
        doctor.rejection_reason = None;
        // An approval was of the number that it was given for.
        for status in std::iter::once(&mut new.status).chain(&mut new.status_before_lock) {
            if matches!(status, Status::Verified | Status::Rejected) {
                *status = Status::PendingVerification;
            }
        }
    }
}

/// Fields that people of this role do not have.
fn refuse_foreign(role: Role, change: &ProfileChange, errors: &mut FieldErrors) {
    let of_patients = [
        ("firstName", change.first_name.is_some()),
        ("lastName", change.last_name.is_some()),
        ("gender", change.gender.is_some()),
        ("dateOfBirth", change.date_of_birth.is_some()),
        ("idCardNumber", change.id_card_number.is_some()),
    ];
    let of_doctors = [
        ("hospitalClinic", change.hospital_clinic.is_some()),
        ("licenseNumber", change.license_number.is_some()),
        ("specialty", change.specialty.is_some()),
    ];
    let foreign = of_patients
        .iter()
        .filter(|_| role != Role::Patient)
        .chain(of_doctors.iter().filter(|_| role != Role::Doctor))
        .filter(|(_, given)| *given);
    for (field, _) in foreign {
        errors.add(*field, "field_not_yours");
    }
}

fn differing(old: &User, new: &User) -> Vec<&'static str> {
    let contact = |kind| old.contact(kind) != new.contact(kind) || old.waiting(kind) != new.waiting(kind);
    let clinic = |user: &User| user.doctor.as_ref().map(|doctor| doctor.hospital_clinic.clone());
    let license = |user: &User| user.doctor.as_ref().map(|doctor| doctor.license_number.clone());
    let specialty = |user: &User| user.doctor.as_ref().map(|doctor| doctor.specialty);
    [
        ("email", contact(ContactKind::Email)),
        ("phone", contact(ContactKind::Phone)),
        ("fullName", old.full_name != new.full_name),
        ("firstName", old.first_name != new.first_name),
        ("lastName", old.last_name != new.last_name),
        ("gender", old.gender != new.gender),
        ("dateOfBirth", old.date_of_birth != new.date_of_birth),
        ("idCardNumber", old.id_card_number != new.id_card_number),
        ("hospitalClinic", clinic(old) != clinic(new)),
        ("licenseNumber", license(old) != license(new)),
        ("specialty", specialty(old) != specialty(new)),
        ("language", old.preferences.language != new.preferences.language),
        ("theme", old.preferences.theme != new.preferences.theme),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}
