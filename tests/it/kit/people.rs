//! People who are registered, verified and signed in.

use std::sync::Arc;

use das_tern::domain::auth::model::{Claims, Credentials};
use das_tern::domain::auth::tables::{CREDENTIALS, open_session};
use das_tern::domain::users::model::{DoctorProfile, Role, Specialty, Status, User};
use das_tern::domain::users::tables;
use das_tern::platform::clock::Span;
use das_tern::platform::ids::UserId;
use das_tern::platform::secret::{Phi, Secret};
use das_tern::platform::store::Reader;
use serde_json::json;

use super::{Client, TestServer};

/// The password of everybody whom the kit makes; his e-mail is `<name>@example.com`.
pub const PASSWORD: &str = "mekong-sunrise-42";

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
        let password_hash = self.password_hash().await;
        // Past the gate, so that a test finds nothing in the audit but what it did itself.
        let user = self
            .context()
            .store
            .write(move |tx| {
                let number = tables::next_patient_number(tx)?;
                let user = user(tx.new_id()?, &called, role, status, tx.now(), number);
                tables::save(tx, &user)?;
                let credentials = Credentials { password_hash: password_hash.clone(), changed_at: tx.now() };
                CREDENTIALS.put(tx, &user.id, &credentials)?;
                Ok(user)
            })
            .await
            .unwrap();
        self.sign_in(name, user).await
    }

    /// Somebody of a data file that existed before.
    pub async fn known(&self, name: &str) -> Client {
        let email = format!("{name}@example.com");
        let users = self.context().store.read(|tx| tables::USERS.list_prefix(tx, &())).unwrap();
        let is_it = |user: &User| user.email.as_ref().is_some_and(|known| *known.reveal() == email);
        let (_, user) = users.into_iter().find(|(_, user)| is_it(user)).unwrap();
        self.sign_in(name, user).await
    }

    async fn sign_in(&self, name: &str, user: User) -> Client {
        let (keys, auth) = (Arc::clone(&self.context().keys), self.context().settings.auth.clone());
        let id = user.id;
        let token = self
            .context()
            .store
            .write(move |tx| {
                let session = open_session(tx, user.id, None, None, &auth)?;
                let claims = Claims {
                    sub: user.id,
                    role: user.role,
                    email: user.email.clone(),
                    sid: session.id,
                    jti: tx.new_id()?,
                    iat: tx.now().as_milliseconds() / 1_000,
                    exp: tx.now().plus(Span::days(365)).as_milliseconds() / 1_000,
                };
                keys.tokens.sign(&claims)
            })
            .await
            .unwrap();
        self.client(name).signed_in(id, token)
    }

    /// The hash of [`PASSWORD`].
    async fn password_hash(&self) -> Secret<String> {
        self.context().passwords.of(None).hash(Secret::new(PASSWORD.to_owned()), [7; 16]).await.unwrap()
    }

    /// The same person after a restart, which takes another port.
    pub fn again(&self, person: &Client) -> Client {
        self.client(person.name()).signed_in(person.id(), person.token().to_owned())
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
        status,
        email: Some(Phi::new(format!("{name}@example.com"))),
        full_name: Phi::new(name.to_owned()),
        doctor: (role == Role::Doctor).then_some(doctor),
        patient_number: (role == Role::Patient).then_some(number),
        created_at: now,
        updated_at: now,
        revision: 1,
        contact_confirmed_at: (status != Status::PendingVerification).then_some(now),
        ..User::blank(role)
    }
}
