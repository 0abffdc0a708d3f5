//! Prescriptions: writing, changing, deciding, seeing.

mod as_it_stood;
mod batch;
mod editions;
mod following;
mod gaps;
mod identity;
mod intervals;
mod late;
mod left_out;
mod length;
mod moved_ahead;
mod moving_about;
mod older;
mod open_doses;
mod orders;
mod own;
mod paused_changed;
mod paused_open;
mod put_back;
mod rule_care;
mod rule_edges;
mod rule_files;
mod rule_lists;
mod rule_reviewers;
mod safety;
mod safety_arisen;
mod safety_hours;
mod safety_later;
mod safety_of_a_day;
mod safety_standing;
mod safety_switches;
mod safety_twice;
mod seeing;
mod states;
mod tapers;
mod to_and_fro;
mod totals;
mod twins;
mod undone;
mod unshared;
mod versions;
mod walk;
mod writing;

use das_tern::domain::doses::model::{Dose, DoseStatus};
use das_tern::domain::doses::tables::DAYS;
use das_tern::domain::medicines::model::{Content, DoseUnit, Form, Medicine, Origin, Release, Route};
use das_tern::domain::medicines::{rules, tables as medicines};
use das_tern::platform::ids::UserId;
use das_tern::platform::store::Reader as _;
use serde_json::{Value, json};

use crate::kit::{Client, TestServer};

/// A server with a doctor and a patient who allows him everything, and one medicine.
struct Clinic {
    server: TestServer,
    sok: Client,
    dara: Client,
    paracetamol: String,
}

impl Clinic {
    async fn open() -> Self {
        // These stories last for weeks.
        let server =
            TestServer::start_with(|settings| settings.auth.access_token_minutes = 60 * 24 * 60).await;
        let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
        server.connect(&sok, &dara).await;
        let paracetamol = medicine(&server, "paracetamol").await;
        Self { server, sok, dara, paracetamol }
    }

    /// The short form of promise 15.
    fn short(&self) -> Value {
        json!({
            "medicineId": self.paracetamol, "dosage": "500 mg", "frequency": "TID", "patientId": self.dara.id(),
        })
    }

    /// The short form with more or other fields.
    fn short_with(&self, more: Value) -> Value {
        let mut body = self.short();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    }

    /// A prescription that is in force.
    async fn prescribe(&self, more: Value) -> Value {
        self.sok.post("/prescriptions", self.short_with(more)).await.ok()
    }

    /// A prescription for 30 days that the patient has confirmed.
    async fn confirmed(&self) -> Value {
        let written = self.prescribe(json!({"requiresConfirmation": true, "durationDays": 30})).await;
        self.dara.post(format!("/prescriptions/{}/confirm", id(&written)), json!({})).await.ok()
    }

    /// How many of the patient's doses are in this state.
    fn count(&self, status: DoseStatus) -> usize {
        doses(&self.server, self.dara.id()).iter().filter(|dose| dose.status == status).count()
    }
}

fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

/// An entry of the catalogue.
pub async fn medicine(server: &TestServer, generic: &str) -> String {
    entry(server, generic, "500 mg").await
}

/// An entry of the catalogue in a strength.
async fn entry(server: &TestServer, generic: &str, strength: &str) -> String {
    let content = Content {
        generic: generic.to_owned(),
        khmer: "ប៉ារ៉ាសេតាម៉ុល".to_owned(),
        french: None,
        brands: Vec::new(),
        synonyms: Vec::new(),
        form: Form::Tablet,
        release: Release::Plain,
        strength: strength.to_owned(),
        route: Route::Oral,
        routes: Vec::new(),
        unit: DoseUnit::Tablet,
        atc_code: None,
        class: None,
        ven: None,
        levels_of_care: Vec::new(),
        description: None,
        usual_dose: None,
        max_single_dose: None,
        max_daily_dose: None,
        dose_source: None,
        usual_pieces: None,
        pregnancy_note: None,
        renal_note: None,
        note_source: None,
        provenance: None,
        withdrawn: None,
        active: true,
    };
    let id = rules::id_of(&content);
    server
        .context()
        .store
        .write(move |tx| {
            let now = tx.now();
            let medicine = Medicine {
                id,
                content: content.clone(),
                origin: Origin::Staff,
                revision: 0,
                created_at: now,
                updated_at: now,
            };
            medicines::save(tx, medicine).map(drop)
        })
        .await
        .unwrap();
    id.to_string()
}

/// All doses of a patient, whatever their state.
fn doses(server: &TestServer, patient: UserId) -> Vec<Dose> {
    let days = server.context().store.read(|tx| DAYS.list_prefix(tx, &patient)).unwrap();
    days.into_iter().flat_map(|(_, day)| day.doses).collect()
}

/// Types of a person's messages, newest first.
async fn messages(client: &Client) -> Vec<String> {
    let page = client.get("/notifications").await.ok();
    page["items"].as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap().to_owned()).collect()
}
