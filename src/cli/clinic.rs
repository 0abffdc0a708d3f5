//! Fills a clinic through the use cases themselves, as its people would: what the demo and the bench start from.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::auth::model::{Actor, Caller};
use crate::domain::connections::model::{Connection, PermissionLevel, Scope};
use crate::domain::connections::rules::PermissionChange;
use crate::domain::users::model::{Gender, Role, Specialty, Status};
use crate::flows;
use crate::flows::registration::{Contact, DoctorRegistration, FamilyRegistration, PatientRegistration};
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::i18n::Language;
use crate::platform::ids::{SessionId, UserId};
use crate::platform::secret::Secret;

/// Somebody with an account, able to act.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// What they are.
    pub role: Role,
    /// What their account may do.
    pub status: Status,
    /// What they sign in with.
    pub email: String,
    /// As shown to others.
    pub name: String,
}

impl Person {
    /// Acts as this person.
    pub fn caller(&self) -> Caller {
        let actor = Actor::Person {
            id: self.id,
            role: self.role,
            status: self.status,
            session: SessionId(uuid::Uuid::nil()),
        };
        Caller { actor, ..Caller::system("clinic") }
    }
}

/// A doctor to be registered.
#[derive(Debug, Clone, Copy)]
pub struct NewDoctor<'a> {
    /// As shown to others.
    pub name: &'a str,
    /// What they sign in with.
    pub email: &'a str,
    /// Where they work.
    pub hospital: &'a str,
    /// Their field.
    pub specialty: Specialty,
    /// Their licence.
    pub license: &'a str,
}

/// A patient to be registered.
#[derive(Debug, Clone, Copy)]
pub struct NewPatient<'a> {
    /// Given name.
    pub first: &'a str,
    /// Family name.
    pub last: &'a str,
    /// What they sign in with.
    pub email: &'a str,
    /// As registered.
    pub gender: Gender,
    /// Date of birth.
    pub born: NaiveDate,
}

/// A clinic that is being filled; everybody has the same password.
pub struct Clinic {
    /// The parts it is written with.
    pub context: Arc<Context>,
    /// The clinic's staff.
    pub admin: Person,
    password: String,
}

impl Clinic {
    /// A clinic with its admin.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn open(context: Arc<Context>, email: &str, password: &str) -> Result<Self> {
        let name = "Chanthou Staff";
        let typed = FamilyRegistration { contact: contact(email, password), full_name: name.to_owned() };
        let id = flows::registration::admin_from_command_line(&context, typed).await?;
        let admin = Person {
            id,
            role: Role::Admin,
            status: Status::Active,
            email: email.to_owned(),
            name: name.to_owned(),
        };
        Ok(Self { context, admin, password: password.to_owned() })
    }

    fn stranger(&self) -> Caller {
        Caller { actor: Actor::Anonymous, ..Caller::system("clinic") }
    }

    /// A doctor whose licence waits to be checked.
    ///
    /// # Errors
    /// As the registration.
    pub async fn pending_doctor(&self, new: NewDoctor<'_>) -> Result<Person> {
        let typed = DoctorRegistration {
            contact: contact(new.email, &self.password),
            full_name: new.name.to_owned(),
            hospital_clinic: new.hospital.to_owned(),
            specialty: Some(new.specialty),
            license_number: new.license.to_owned(),
            license_photo: None,
        };
        let made = flows::registration::doctor(&self.context, &self.stranger(), typed).await?;
        Ok(Person {
            id: made.user_id,
            role: Role::Doctor,
            status: made.status,
            email: new.email.to_owned(),
            name: new.name.to_owned(),
        })
    }

    /// A doctor whose licence the admin approved.
    ///
    /// # Errors
    /// As the registration.
    pub async fn doctor(&self, new: NewDoctor<'_>) -> Result<Person> {
        let person = self.pending_doctor(new).await?;
        self.confirm(person).await
    }

    /// A patient in use.
    ///
    /// # Errors
    /// As the registration.
    pub async fn patient(&self, new: NewPatient<'_>) -> Result<Person> {
        let typed = PatientRegistration {
            contact: contact(new.email, &self.password),
            first_name: new.first.to_owned(),
            last_name: new.last.to_owned(),
            gender: Some(new.gender),
            date_of_birth: Some(new.born),
            id_card_number: None,
        };
        let made = flows::registration::patient(&self.context, &self.stranger(), typed).await?;
        self.confirm(Person {
            id: made.user_id,
            role: Role::Patient,
            status: made.status,
            email: new.email.to_owned(),
            name: format!("{} {}", new.last, new.first),
        })
        .await
    }

    /// A family member in use.
    ///
    /// # Errors
    /// As the registration.
    pub async fn family(&self, name: &str, email: &str) -> Result<Person> {
        let typed =
            FamilyRegistration { contact: contact(email, &self.password), full_name: name.to_owned() };
        let made = flows::registration::family(&self.context, &self.stranger(), typed).await?;
        self.confirm(Person {
            id: made.user_id,
            role: Role::FamilyMember,
            status: made.status,
            email: email.to_owned(),
            name: name.to_owned(),
        })
        .await
    }

    /// The admin takes a person into use, whose contact counts then.
    async fn confirm(&self, person: Person) -> Result<Person> {
        flows::accounts::verify(&self.context, &self.admin.caller(), person.id).await?;
        let user = flows::contacts::confirm_for(&self.context, &Caller::system("clinic"), person.id).await?;
        Ok(Person { status: user.status, ..person })
    }

    /// A doctor or family member asks, and the patient accepts with this level.
    ///
    /// # Errors
    /// As the flows.
    pub async fn connect(
        &self,
        carer: &Person,
        patient: &Person,
        level: PermissionLevel,
        scopes: &[Scope],
    ) -> Result<Connection> {
        let context = &self.context;
        let request = flows::connections::Asked { target: patient.id, kind: None, patient: None };
        let change = PermissionChange::default();
        let asked = flows::connections::request(context, &carer.caller(), request, change).await?;
        let wish = PermissionChange {
            level: Some(level),
            scopes: (!scopes.is_empty()).then(|| scopes.to_vec()),
            ..PermissionChange::default()
        };
        flows::connections::accept(context, &patient.caller(), asked.id, wish).await
    }
}

fn contact(email: &str, password: &str) -> Contact {
    Contact {
        email: Some(email.to_owned()),
        phone: None,
        password: Secret::new(password.to_owned()),
        language: Some(Language::English),
        ..Contact::default()
    }
}
