//! Who registers, and what comes of it.

use poem_openapi::Object;
use serde_json::Value;

use crate::api::form::Form;
use crate::api::types::Day;
use crate::domain::users::model::{Gender, Specialty, Status};
use crate::flows;
use crate::flows::registration::{
    Contact, DoctorRegistration, FamilyRegistration, PatientRegistration, Registered,
};
use crate::platform::context::Context;
use crate::platform::error::Error;
use crate::platform::i18n::Language;
use crate::platform::ids::UserId;
use crate::platform::secret::Secret;

/// A patient who registers. E-mail or phone, or both.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RegisterPatient {
    /// Given name.
    #[oai(validator(max_length = 100))]
    pub(in crate::api) first_name: String,
    /// Family name.
    #[oai(validator(max_length = 100))]
    pub(in crate::api) last_name: String,
    /// Sex.
    pub(in crate::api) gender: Gender,
    /// At least 13 years ago.
    pub(in crate::api) date_of_birth: Day,
    /// E-mail address.
    #[oai(validator(max_length = 254))]
    pub(in crate::api) email: Option<String>,
    /// Phone number; a Cambodian one may start with 0.
    #[oai(validator(max_length = 40))]
    pub(in crate::api) phone: Option<String>,
    /// 8 to 128 characters, not one of the common ones.
    #[oai(validator(min_length = 8, max_length = 128))]
    pub(in crate::api) password: String,
    /// National identity card.
    #[oai(validator(max_length = 40))]
    pub(in crate::api) id_card_number: Option<String>,
    /// Language of texts; Khmer when not given.
    pub(in crate::api) language: Option<Language>,
}

/// A doctor who registers. E-mail or phone, or both.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RegisterDoctor {
    /// Name as shown to patients.
    #[oai(validator(max_length = 100))]
    pub(in crate::api) full_name: String,
    /// E-mail address.
    #[oai(validator(max_length = 254))]
    pub(in crate::api) email: Option<String>,
    /// Phone number; a Cambodian one may start with 0.
    #[oai(validator(max_length = 40))]
    pub(in crate::api) phone: Option<String>,
    /// Where they work.
    #[oai(validator(max_length = 100))]
    pub(in crate::api) hospital_clinic: String,
    /// Their field.
    pub(in crate::api) specialty: Specialty,
    /// Of the licence to practise. Whoever is verified first with a number holds it.
    #[oai(validator(max_length = 40))]
    pub(in crate::api) license_number: String,
    /// Where the photograph of the licence can be seen, for the admin who checks it.
    #[oai(validator(max_length = 100))]
    pub(in crate::api) license_photo: Option<String>,
    /// 8 to 128 characters, not one of the common ones.
    #[oai(validator(min_length = 8, max_length = 128))]
    pub(in crate::api) password: String,
    /// Language of texts; Khmer when not given.
    pub(in crate::api) language: Option<Language>,
}

/// A family member who registers. E-mail or phone, or both.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RegisterFamily {
    /// Name as shown to patients.
    #[oai(validator(max_length = 100))]
    pub(in crate::api) full_name: String,
    /// E-mail address.
    #[oai(validator(max_length = 254))]
    pub(in crate::api) email: Option<String>,
    /// Phone number; a Cambodian one may start with 0.
    #[oai(validator(max_length = 40))]
    pub(in crate::api) phone: Option<String>,
    /// 8 to 128 characters, not one of the common ones.
    #[oai(validator(min_length = 8, max_length = 128))]
    pub(in crate::api) password: String,
    /// Language of texts; Khmer when not given.
    pub(in crate::api) language: Option<Language>,
}

pub(in crate::api) fn text(raw: &Value, field: &str) -> Option<String> {
    raw.get(field).and_then(Value::as_str).map(str::to_owned)
}

pub(in crate::api) fn listed<T: serde::de::DeserializeOwned>(raw: &Value, field: &str) -> Option<T> {
    raw.get(field).and_then(|value| serde_json::from_value(value.clone()).ok())
}

/// The fields all registrations share, as far as they can be read.
pub(in crate::api) fn contact_of(raw: &Value) -> Contact {
    Contact {
        email: text(raw, "email"),
        phone: text(raw, "phone"),
        password: Secret::new(text(raw, "password").unwrap_or_default()),
        ..Contact::default()
    }
}

pub(in crate::api) fn patient_of(raw: &Value) -> PatientRegistration {
    PatientRegistration {
        contact: contact_of(raw),
        first_name: text(raw, "firstName").unwrap_or_default(),
        last_name: text(raw, "lastName").unwrap_or_default(),
        gender: listed(raw, "gender"),
        date_of_birth: text(raw, "dateOfBirth").and_then(|text| text.parse().ok()),
        id_card_number: text(raw, "idCardNumber"),
    }
}

pub(in crate::api) fn doctor_of(raw: &Value) -> DoctorRegistration {
    DoctorRegistration {
        contact: contact_of(raw),
        full_name: text(raw, "fullName").unwrap_or_default(),
        hospital_clinic: text(raw, "hospitalClinic").unwrap_or_default(),
        specialty: listed(raw, "specialty"),
        license_number: text(raw, "licenseNumber").unwrap_or_default(),
        license_photo: text(raw, "licensePhoto"),
    }
}

pub(in crate::api) fn named_of(raw: &Value) -> FamilyRegistration {
    FamilyRegistration { contact: contact_of(raw), full_name: text(raw, "fullName").unwrap_or_default() }
}

impl Form for RegisterPatient {
    fn check(context: &Context, raw: &Value) -> Result<(), Error> {
        flows::registration::check_patient(context, patient_of(raw))
    }
}

impl Form for RegisterDoctor {
    fn check(_: &Context, raw: &Value) -> Result<(), Error> {
        flows::registration::check_doctor(doctor_of(raw))
    }
}

impl Form for RegisterFamily {
    fn check(_: &Context, raw: &Value) -> Result<(), Error> {
        flows::registration::check_family(named_of(raw))
    }
}

impl RegisterPatient {
    pub(in crate::api) fn typed(self) -> PatientRegistration {
        PatientRegistration {
            contact: contact(self.email, self.phone, self.password, self.language),
            first_name: self.first_name,
            last_name: self.last_name,
            gender: Some(self.gender),
            date_of_birth: Some(self.date_of_birth.0),
            id_card_number: self.id_card_number,
        }
    }
}

impl RegisterDoctor {
    pub(in crate::api) fn typed(self) -> DoctorRegistration {
        DoctorRegistration {
            contact: contact(self.email, self.phone, self.password, self.language),
            full_name: self.full_name,
            hospital_clinic: self.hospital_clinic,
            specialty: Some(self.specialty),
            license_number: self.license_number,
            license_photo: self.license_photo,
        }
    }
}

impl RegisterFamily {
    pub(in crate::api) fn typed(self) -> FamilyRegistration {
        FamilyRegistration {
            contact: contact(self.email, self.phone, self.password, self.language),
            full_name: self.full_name,
        }
    }
}

pub(in crate::api) fn contact(
    email: Option<String>,
    phone: Option<String>,
    password: String,
    language: Option<Language>,
) -> Contact {
    Contact { email, phone, password: Secret::new(password), language, ..Contact::default() }
}

/// What a registration made.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RegistrationResult {
    /// The new person.
    pub(in crate::api) user_id: UserId,
    /// What they may do yet.
    pub(in crate::api) status: Status,
    /// Whether something must be confirmed first.
    pub(in crate::api) requires_verification: bool,
}

impl RegistrationResult {
    pub(in crate::api) fn of(made: &Registered) -> Self {
        Self { user_id: made.user_id, status: made.status, requires_verification: made.requires_verification }
    }
}
