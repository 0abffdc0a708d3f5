//! The owner, his things, and everybody who stands in some relation to him.

use std::collections::BTreeMap;

use das_tern::domain::connections::model::{
    AlertSettings, BREAK_GLASS_LIFE, BreakGlass, Connection, ConnectionKind, ConnectionState, Permission,
    PermissionLevel, Scope,
};
use das_tern::domain::connections::tables::{self, BREAK_GLASS};
use das_tern::domain::users::model::{Role, Status};
use das_tern::platform::clock::Span;
use das_tern::platform::ids::UserId;
use das_tern::platform::secret::Phi;
use das_tern::platform::settings::BakongSettings;
use das_tern::platform::store::Reader;
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use crate::circle::look;
use crate::kit::{Client, TestServer, beginning, picture};
use crate::prescriptions::medicine;

/// Everybody who calls, in this order. Those who may change things come last.
pub const RELATIONS: [&str; 20] = [
    "anonymous",
    "pending_patient",
    "second_patient",
    "unverified_doctor",
    "doctor_without_connection",
    "doctor_pending",
    "doctor_revoked",
    "doctor_expired",
    "doctor_not_allowed",
    "doctor_request",
    "doctor_selected_without",
    "family_without_connection",
    "doctor_break_glass",
    "family_default",
    "family_recorder",
    "doctor_selected_with",
    "doctor_chosen_other",
    "admin",
    "doctor_allowed",
    "owner",
];

/// A clinic for one operation.
pub struct World {
    /// The server.
    pub server: TestServer,
    clients: BTreeMap<&'static str, Client>,
    ids: BTreeMap<&'static str, String>,
}

impl World {
    /// A fresh clinic.
    pub async fn build() -> Self {
        let bakong = BakongSettings::new("clinic@aclb", "Das Tern Clinic");
        let server = TestServer::start_with(|settings| settings.bakong = Some(bakong)).await;
        let mut clients = BTreeMap::new();
        clients.insert("anonymous", server.stranger());
        for relation in RELATIONS.into_iter().filter(|relation| *relation != "anonymous") {
            let (role, status) = match relation {
                "pending_patient" => (Role::Patient, Status::PendingVerification),
                "second_patient" | "owner" => (Role::Patient, Status::Active),
                "unverified_doctor" => (Role::Doctor, Status::PendingVerification),
                "admin" => (Role::Admin, Status::Active),
                family if family.starts_with("family") => (Role::FamilyMember, Status::Active),
                _ => (Role::Doctor, Status::Verified),
            };
            clients.insert(relation, server.person(relation, role, status).await);
        }
        let mut world = Self { server, clients, ids: BTreeMap::new() };
        world.connect_everybody().await;
        world.furnish().await;
        world
    }

    /// Who calls.
    pub fn client(&self, relation: &str) -> &Client {
        &self.clients[relation]
    }

    /// A person's id.
    pub fn user(&self, relation: &str) -> UserId {
        self.client(relation).id()
    }

    /// The id of one of the owner's things.
    pub fn id(&self, thing: &str) -> &str {
        self.ids.get(thing).unwrap_or_else(|| panic!("the world has no {thing}"))
    }

    /// Stops the server and verifies its store.
    pub async fn finish(self) {
        self.server.finish().await;
    }

    async fn connect_everybody(&mut self) {
        let patient = self.user("owner");
        let people: Vec<(&'static str, UserId)> = RELATIONS
            .into_iter()
            .filter(|relation| *relation != "anonymous")
            .map(|relation| (relation, self.user(relation)))
            .collect();
        let made = self
            .server
            .context()
            .store
            .write(move |tx| {
                let mut made = Vec::new();
                for &(relation, carer) in &people {
                    if let Some(mut connection) = connection(relation, patient, carer) {
                        let now = tx.now();
                        connection.id = tx.new_id()?;
                        connection.created_at = now;
                        connection.updated_at = now;
                        if relation == "doctor_expired" {
                            connection.permission.expires_at = Some(now.minus(Span::minutes(1)));
                        }
                        tables::save(tx, &connection)?;
                        made.push((relation, connection.id.to_string()));
                    }
                    if relation == "doctor_break_glass" {
                        let now = tx.now();
                        let glass = BreakGlass {
                            reason: Phi::new("an emergency".to_owned()),
                            opened_at: now,
                            until: now.plus(BREAK_GLASS_LIFE),
                        };
                        BREAK_GLASS.put(tx, &(patient, carer), &glass)?;
                    }
                }
                Ok(made)
            })
            .await
            .unwrap();
        self.ids.extend(made);
    }

    /// Puts something of each kind into the owner's record.
    async fn furnish(&mut self) {
        let owner = self.client("owner").clone();
        let made = owner.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
        self.keep("code", &made["code"]);
        // A refused look at level REQUEST asks the owner.
        drop(look(&self.server, self.client("doctor_request"), &owner, Scope::Vitals).await);
        let asked = owner.get("/connections/access-requests").await.ok();
        self.keep("access_request", &asked["items"][0]["id"]);
        self.prescribe().await;
        let group =
            json!({"name": "Breakfast", "scheduledTime": "07:30", "medicines": [self.id("medication")]});
        let group = owner.post("/batch-medications", group).await.expect(201).json;
        self.keep("pill_group", &group["id"]);
        let note = json!({"patientId": owner.id(), "text": "Walk each day", "isShared": true});
        let note = self.client("doctor_allowed").post("/doctor/notes", note).await.expect(201).json;
        self.keep("note", &note["id"]);
        let body = json!({"patientId": owner.id(), "doseId": self.id("dose")});
        let nudge = self.client("doctor_allowed").post("/connections/nudge", body).await.ok();
        self.keep("nudge", &nudge["id"]);
        let file = || picture(ImageFormat::Png, [250, 0, 0]);
        let photos = [
            (&owner, format!("/users/{}/photo", owner.id())),
            (&owner, format!("/medications/{}/photo", self.id("medication"))),
            (self.client("unverified_doctor"), self.license_photo()),
        ];
        for (person, path) in photos {
            person.call(Method::PUT, path).body("image/png", file()).await.ok();
        }
        let hot = json!({"vitalType": "TEMPERATURE", "value": 39.5, "unit": "Cel"});
        let vital = owner.post("/health-monitoring/vitals", hot).await.ok();
        self.keep("vital", &vital["id"]);
        self.keep("alert", &vital["alertId"]);
        let record = format!("/patients/{}", owner.id());
        let allergy =
            owner.post(format!("{record}/allergies"), json!({"classId": "c-penicillin"})).await.ok();
        self.keep("allergy", &allergy["id"]);
        let condition = owner.post(format!("{record}/conditions"), json!({"code": "ASTHMA"})).await.ok();
        self.keep("condition", &condition["id"]);
        owner.put(format!("{record}/liver"), json!({"state": "CHILD_PUGH_A"})).await.ok();
        let messages = owner.get("/notifications").await.ok();
        self.keep("notification", &messages["items"][0]["id"]);
        let device =
            owner.post("/notifications/devices", json!({"kind": "FCM", "token": "of-the-owner"})).await.ok();
        self.keep("device", &device["id"]);
        let payment = json!({"userId": owner.id(), "currency": "KHR", "planType": "PREMIUM"});
        let payment = owner.post("/bakong-payment/initiate", payment).await.ok();
        self.keep("payment", &payment["id"]);
        let sessions = owner.get("/auth/sessions").await.ok();
        self.keep("session", &sessions["items"][0]["id"]);
        let jobs = self.client("admin").get("/admin/jobs?queue=notifications").await.ok();
        self.keep("job", &jobs["items"][0]["id"]);
    }

    /// Where the photograph of a licence is that waits to be checked.
    pub fn license_photo(&self) -> String {
        format!("/users/{}/license-photo", self.user("unverified_doctor"))
    }

    /// Prescriptions in every state that somebody may change, written by the doctor who is allowed everything.
    async fn prescribe(&mut self) {
        let (owner, doctor) = (self.client("owner").clone(), self.client("doctor_allowed").clone());
        let medicine = medicine(&self.server, "paracetamol").await;
        self.ids.insert("medicine", medicine.clone());
        let line = json!({"medicineId": medicine, "dosage": "500 mg", "frequency": "BID", "durationDays": 5});
        let write = |more: Value| {
            let mut body = json!({"patientId": owner.id(), "medications": [line]});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let call = doctor.post("/prescriptions", body);
            async move { call.await.ok() }
        };
        let active = write(json!({})).await;
        self.keep("prescription", &active["id"]);
        self.keep("medication", &active["medications"][0]["id"]);
        self.keep("awaiting", &write(json!({"requiresConfirmation": true})).await["id"]);
        self.keep("draft", &write(json!({"isDraft": true})).await["id"]);
        let paused = write(json!({})).await;
        self.keep("paused", &paused["id"]);
        doctor.post(format!("/prescriptions/{}/pause", self.id("paused")), json!({})).await.ok();
        let as_needed = json!([{"medicineId": medicine, "dosage": "500 mg", "frequency": "PRN max 4"}]);
        self.keep("as_needed", &write(json!({"medications": as_needed})).await["medications"][0]["id"]);
        let batch =
            json!({"patientIds": [owner.id()], "prescription": {"medications": [line]}, "dryRun": false});
        let batch = doctor.post("/prescriptions/batch", batch).await.ok();
        self.keep("batch", &batch["id"]);
        let schedule = owner.get("/doses/schedule").await.ok();
        let dose = schedule["doses"].as_array().unwrap().iter();
        let dose = dose.clone().find(|dose| dose["prescriptionId"] == active["id"]).unwrap();
        self.keep("dose", &dose["id"]);
    }

    /// Remembers an id under a name.
    fn keep(&mut self, name: &'static str, id: &Value) {
        let id = id.as_str().unwrap_or_else(|| panic!("{name} has no id: {id}")).to_owned();
        self.ids.insert(name, id);
    }
}

/// The connection that a relation stands for, if any.
fn connection(relation: &str, patient: UserId, carer: UserId) -> Option<Connection> {
    let selected = |scopes: &[Scope]| Permission {
        level: PermissionLevel::Selected,
        scopes: scopes.to_vec(),
        ..Permission::all()
    };
    let level = |level| Permission { level, ..Permission::all() };
    let every = [Scope::Prescriptions, Scope::Doses, Scope::Vitals, Scope::Notes];
    let permission = match relation {
        "doctor_pending" | "doctor_revoked" | "doctor_expired" | "doctor_allowed" => Permission::all(),
        "doctor_not_allowed" => level(PermissionLevel::NotAllowed),
        "doctor_request" => level(PermissionLevel::Request),
        "doctor_selected_without" => selected(&[Scope::Vitals]),
        "doctor_selected_with" => selected(&every),
        "doctor_chosen_other" => {
            let other = uuid::Uuid::from_u128(77).into();
            Permission { prescriptions: Some(vec![other]), ..selected(&every) }
        }
        "family_default" => ConnectionKind::Family.default_permission(),
        "family_recorder" => {
            Permission { may_record_doses: true, ..ConnectionKind::Family.default_permission() }
        }
        _ => return None,
    };
    let state = match relation {
        "doctor_pending" => ConnectionState::Pending,
        "doctor_revoked" => ConnectionState::Revoked,
        _ => ConnectionState::Accepted,
    };
    let family = relation.starts_with("family");
    Some(Connection {
        id: uuid::Uuid::nil().into(),
        patient,
        carer,
        kind: if family { ConnectionKind::Family } else { ConnectionKind::Doctor },
        state,
        requested_by: carer,
        permission,
        alerts: AlertSettings::default(),
        created_at: beginning(),
        answered_at: None,
        ended_at: None,
        ended_by: None,
        end_reason: None,
        updated_at: Default::default(),
    })
}
