//! People who are registered, verified and signed in.

use das_tern::domain::users::model::{DoctorProfile, Role, Specialty, Status, User};
use das_tern::domain::users::tables;
use das_tern::platform::ids::UserId;
use das_tern::platform::secret::Phi;
use das_tern::platform::store::Reader;
use serde_json::json;

use super::{Client, TestServer};

impl TestServer {
    /// A patient in use.
    pub async fn patient(&self, name: &str) -> Client {
        self.person(name, Role::Patient, Status::Active).await
    }

    /// A doctor whose licence was approved.
    pub async fn doctor(&self, name: &str) -> Client {
        self.person(name, Role::Doctor, Status::Verified).await
    }

    /// A family member in use.
    pub async fn family(&self, name: &str) -> Client {
        self.person(name, Role::FamilyMember, Status::Active).await
    }

    /// Clinic staff.
    pub async fn admin(&self) -> Client {
        self.person("admin", Role::Admin, Status::Active).await
    }

    /// Anybody, straight into the tables.
    pub async fn person(&self, name: &str, role: Role, status: Status) -> Client {
        let called = name.to_owned();
        let id = self
            .context()
            .store
            .write(move |tx| {
                let id: UserId = tx.new_id()?;
                let mut patients = 0;
                tables::USERS.visit_prefix(
                    tx,
                    &(),
                    das_tern::platform::store::Direction::Forward,
                    |_, user| {
                        patients += u32::from(user.role == Role::Patient);
                        Ok(das_tern::platform::store::Step::Continue)
                    },
                )?;
                let user = user(id, &called, role, status, tx.now(), patients + 1);
                tables::save(tx, &user)?;
                Ok(id)
            })
            .await
            .unwrap();
        self.client(name).signed_in(id, format!("test:{id}"))
    }

    fn client(&self, name: &str) -> Client {
        Client::new(self.http.clone(), self.address, name)
    }

    /// Connects a doctor or family member with a patient, who accepts with the default level. Returns the
    /// connection's id.
    pub async fn connect(&self, carer: &Client, patient: &Client) -> String {
        let asked = carer.post("/connections", json!({"targetUserId": patient.id()})).await.ok();
        let id = asked["id"].as_str().unwrap().to_owned();
        patient.post(format!("/connections/{id}/accept"), json!({})).await.ok();
        id
    }
}

fn user(
    id: UserId,
    name: &str,
    role: Role,
    status: Status,
    now: das_tern::platform::clock::Timestamp,
    number: u32,
) -> User {
    let doctor = DoctorProfile {
        hospital_clinic: "Calmette".to_owned(),
        specialty: Specialty::GeneralPractice,
        license_number: format!("LIC-{name}"),
        license_photo: None,
        rejection_reason: None,
    };
    User {
        id,
        role,
        status,
        email: Some(Phi::new(format!("{name}@example.com"))),
        phone: None,
        full_name: Phi::new(name.to_owned()),
        first_name: None,
        last_name: None,
        gender: None,
        date_of_birth: None,
        id_card_number: None,
        doctor: (role == Role::Doctor).then_some(doctor),
        patient_number: (role == Role::Patient).then_some(number),
        preferences: Default::default(),
        created_at: now,
        updated_at: now,
        revision: 0,
        deletion_requested_at: None,
    }
}
