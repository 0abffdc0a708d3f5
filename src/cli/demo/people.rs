//! Brings the demo's people into the clinic and lists them for whoever wants to sign in.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::cast::Patient;
use super::history::Life;
use crate::cli::clinic::{Clinic, NewDoctor, NewPatient, Person};
use crate::domain::connections::model::{PermissionLevel, Scope};
use crate::domain::connections::tables;
use crate::domain::users::model::{Gender, Specialty};
use crate::flows;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::secret_file;

/// The file in a kept clinic's directory that says who is in it. Written last: where it is, the clinic is whole.
const KEPT: &str = "demo.json";

/// Everybody with an account.
pub struct Accounts {
    people: Vec<(Person, Vec<(UserId, PermissionLevel)>)>,
}

impl Accounts {
    fn of(people: Vec<Person>) -> Self {
        Self { people: people.into_iter().map(|person| (person, Vec::new())).collect() }
    }

    /// The people of the clinic that was kept in this directory; none when there is no whole one.
    ///
    /// # Errors
    /// When the file that names them cannot be read.
    pub fn kept_in(directory: &Path) -> io::Result<Option<Self>> {
        match std::fs::read(directory.join(KEPT)) {
            Ok(text) => Ok(Some(Self::of(serde_json::from_slice(&text)?))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Notes who is in the clinic of this directory.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_in(&self, directory: &Path) -> io::Result<()> {
        let people: Vec<&Person> = self.people.iter().map(|(person, _)| person).collect();
        secret_file::create(&directory.join(KEPT), &serde_json::to_vec(&people)?)
    }

    /// The doctor of the first conversation, and the first patient whose record is open to them.
    pub fn first_pair(&self) -> Option<(&Person, &Person)> {
        let (doctor, levels) = self.people.iter().find(|(person, _)| person.email == DOCTORS[0].email)?;
        let (id, _) = levels.iter().find(|(_, level)| *level == PermissionLevel::Allowed)?;
        let (patient, _) = self.people.iter().find(|(person, _)| person.id == *id)?;
        Some((doctor, patient))
    }

    /// Notes who is connected with whom, as the store has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn note_levels(&mut self, context: &Context) -> Result<()> {
        context.store.read(|tx| {
            for (person, levels) in &mut self.people {
                *levels = tables::accepted_of(tx, person.id)?
                    .into_iter()
                    .map(|connection| {
                        let other = if connection.patient == person.id {
                            connection.carer
                        } else {
                            connection.patient
                        };
                        (other, connection.permission.level)
                    })
                    .collect();
            }
            Ok(())
        })
    }

    /// For programs: where the API is, where `/metrics` is, and whom to sign in as.
    pub fn as_json(&self, url: &str, admin_url: Option<&str>, password: &str) -> Value {
        let accounts: Vec<Value> = self
            .people
            .iter()
            .map(|(person, levels)| {
                let connections: Vec<Value> = levels
                    .iter()
                    .map(|(user, level)| json!({ "userId": user.to_string(), "level": level.name() }))
                    .collect();
                json!({
                    "role": person.role.name(),
                    "id": person.id.to_string(),
                    "identifier": person.email,
                    "password": password,
                    "name": person.name,
                    "status": person.status.name(),
                    "connections": connections,
                })
            })
            .collect();
        json!({ "url": url, "adminUrl": admin_url, "accounts": accounts })
    }

    /// For people: everybody who is not a patient, and the first patients.
    pub fn as_lines(&self) -> Vec<String> {
        const PATIENTS_SHOWN: usize = 8;
        let mut lines = Vec::new();
        let mut patients = 0;
        for (person, levels) in &self.people {
            if person.role == crate::domain::users::model::Role::Patient {
                patients += 1;
                if patients > PATIENTS_SHOWN {
                    continue;
                }
            }
            lines.push(format!(
                "  {:<14} {:<26} {:<20} {:<20} {}",
                person.role.name(),
                person.email,
                person.name,
                person.status.name(),
                person.id
            ));
            lines.extend(self.connections_of(levels));
        }
        if patients > PATIENTS_SHOWN {
            lines.push(format!("  ... and {} more patients", patients - PATIENTS_SHOWN));
        }
        lines
    }
}

impl Accounts {
    /// With whom somebody is connected, and how closely.
    fn connections_of(&self, levels: &[(UserId, PermissionLevel)]) -> Option<String> {
        const SHOWN: usize = 3;
        let name = |id: &UserId| {
            self.people.iter().find(|(person, _)| person.id == *id).map(|(person, _)| &person.name)
        };
        let named = levels.iter().filter_map(|(id, level)| Some(format!("{} ({})", name(id)?, level.name())));
        let shown: Vec<String> = named.take(SHOWN).collect();
        let more = levels.len().saturating_sub(SHOWN);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!shown.is_empty()).then(|| format!("{:17}with {}{rest}", "", shown.join(", ")))
    }
}

const DOCTORS: [NewDoctor<'static>; 3] = [
    NewDoctor {
        name: "Dr. Sok Piseth",
        email: "sok@demo.example",
        hospital: "Phsar Thmey Demo Clinic",
        specialty: Specialty::GeneralPractice,
        license: "DEMO-0001",
    },
    NewDoctor {
        name: "Dr. Chan Bopha",
        email: "chan@demo.example",
        hospital: "Phsar Thmey Demo Clinic",
        specialty: Specialty::Cardiology,
        license: "DEMO-0002",
    },
    NewDoctor {
        name: "Dr. Ly Vanna",
        email: "vanna@demo.example",
        hospital: "Riverside Demo Hospital",
        specialty: Specialty::Endocrinology,
        license: "DEMO-0003",
    },
];

const PENDING: NewDoctor<'static> = NewDoctor {
    name: "Dr. Heng Rith",
    email: "rith@demo.example",
    hospital: "Riverside Demo Hospital",
    specialty: Specialty::InternalMedicine,
    license: "DEMO-0004",
};

const FAMILY: [(&str, &str); 4] = [
    ("Maly Keo", "maly@demo.example"),
    ("Sreyneang Chea", "sreyneang@demo.example"),
    ("Visal Nou", "visal@demo.example"),
    ("Kunthea Prak", "kunthea@demo.example"),
];

/// Registers everybody and connects them, so that each level exists at least once.
///
/// # Errors
/// When a use case refuses, which would be a fault of the demo.
pub async fn settle_in(clinic: &Clinic, cast: Vec<Patient>) -> Result<(Accounts, Vec<Life>)> {
    let mut people = vec![clinic.admin.clone()];
    let mut doctors = Vec::new();
    for new in DOCTORS {
        doctors.push(clinic.doctor(new).await?);
    }
    people.extend(doctors.iter().cloned());
    people.push(clinic.pending_doctor(PENDING).await?);
    let mut family = Vec::new();
    for (name, email) in FAMILY {
        family.push(clinic.family(name, email).await?);
    }
    people.extend(family.iter().cloned());
    let mut lives = Vec::new();
    for (place, plan) in cast.into_iter().enumerate() {
        let new = NewPatient {
            first: &plan.name.first,
            last: &plan.name.last,
            email: &plan.email,
            gender: if plan.male { Gender::Male } else { Gender::Female },
            born: plan.born,
        };
        let person = clinic.patient(new).await?;
        people.push(person.clone());
        // Two in five are Dr. Sok's, two Dr. Chan's, one Dr. Vanna's.
        let Some(doctor) = doctors.get([0, 0, 1, 1, 2].get(place % 5).copied().unwrap_or(0)) else {
            continue;
        };
        let (level, scopes): (PermissionLevel, &[Scope]) = match place % 12 {
            5 => (PermissionLevel::Selected, &[Scope::Prescriptions, Scope::Doses]),
            _ => (PermissionLevel::Allowed, &[]),
        };
        clinic.connect(doctor, &person, level, scopes).await?;
        lives.push(Life::new(plan, person, doctor.clone()));
    }
    connect_further(clinic, &doctors, &family, &lives).await?;
    Ok((Accounts::of(people), lives))
}

/// The other levels, family, and a connection that ended.
async fn connect_further(
    clinic: &Clinic,
    doctors: &[Person],
    family: &[Person],
    lives: &[Life],
) -> Result<()> {
    let [sok, chan, vanna] = doctors else { return Ok(()) };
    let [first, second, third, fourth, fifth, ..] = lives else { return Ok(()) };
    clinic.connect(chan, &first.person, PermissionLevel::Request, &[]).await?;
    clinic.connect(vanna, &first.person, PermissionLevel::NotAllowed, &[]).await?;
    clinic.connect(vanna, &second.person, PermissionLevel::Selected, &[Scope::Doses]).await?;
    let ended = clinic.connect(sok, &third.person, PermissionLevel::Allowed, &[]).await?;
    let reason = Some("I moved to another doctor.".to_owned());
    flows::connections::revoke(&clinic.context, &third.person.caller(), ended.id, reason).await?;
    let helped = [first, second, fourth, fifth];
    for (member, life) in family.iter().zip(helped) {
        clinic.connect(member, &life.person, PermissionLevel::Selected, &[Scope::Doses]).await?;
    }
    Ok(())
}
