//! The clinical record: stating, confirming, withdrawing, seeing, and what it gives to safety checks.

mod errors;
mod facts;
mod seeing;
mod states;
mod stating;
mod together;

use das_tern::domain::clinical_facts::facts_of;
use das_tern::domain::clinical_record::facts::ClinicalFacts;
use das_tern::domain::connections::access::check;
use das_tern::domain::connections::model::{Mode, Scope};
use das_tern::domain::users::model::Gender;
use das_tern::domain::users::tables as users;
use das_tern::platform::store::WriteTx;
use serde_json::{Value, json};

use crate::circle::caller;
use crate::kit::{Answer, Client, TestServer};

/// A server with a patient, born 1990-04-14 and registered as a woman, and a doctor whom she allows everything.
struct Clinic {
    server: TestServer,
    sok: Client,
    mali: Client,
    /// The id of their connection.
    connection: String,
}

impl Clinic {
    async fn open() -> Self {
        let server =
            TestServer::start_with(|settings| settings.auth.access_token_minutes = 60 * 24 * 365).await;
        let (sok, mali) = (server.doctor("sok").await, server.patient("mali").await);
        let connection = server.connect(&sok, &mali).await;
        server.born(&mali, "1990-04-14").await;
        server.registered(&mali, Gender::Female).await;
        Self { server, sok, mali, connection }
    }

    /// A path below the patient.
    fn at(&self, rest: &str) -> String {
        format!("/patients/{}/{rest}", self.mali.id())
    }

    /// The record as somebody sees it.
    async fn record(&self, who: &Client) -> Value {
        who.get(self.at("clinical-record")).await.ok()
    }

    /// What became of it, newest first, as actions.
    async fn actions(&self, who: &Client) -> Vec<String> {
        let record = who.get(self.at("clinical-record?history=true")).await.ok();
        let items = record["history"]["items"].as_array().unwrap();
        items.iter().map(|change| text(change, "action")).collect()
    }

    async fn allergy(&self, who: &Client, body: Value) -> Answer {
        who.post(self.at("allergies"), body).await
    }

    /// What a safety check would be given today.
    fn facts(&self) -> ClinicalFacts {
        let context = self.server.context();
        let by = caller(&self.server, &self.mali);
        context
            .store
            .read(|tx| {
                let access = check(tx, &by, self.mali.id(), Scope::Prescriptions, Mode::Read)?;
                let zone = context.zone();
                facts_of(tx, &access.of_server(), context.now().day_in(zone), zone)
            })
            .unwrap()
    }
}

fn text(thing: &Value, member: &str) -> String {
    thing[member].as_str().unwrap_or_else(|| panic!("{member} of {thing}")).to_owned()
}

fn id(thing: &Value) -> String {
    text(thing, "id")
}

/// The mark of an entry.
fn standing(entry: &Value) -> &str {
    entry["provenance"]["standing"].as_str().unwrap()
}

fn penicillin() -> Value {
    json!({"classId": "c-penicillin", "reaction": "RASH", "severity": "MILD"})
}

impl TestServer {
    /// Says as what a patient is registered.
    pub async fn registered(&self, patient: &Client, gender: Gender) {
        let id = patient.id();
        let change = move |tx: &mut WriteTx<'_>| {
            let mut user = users::require(tx, id)?;
            user.gender = Some(gender);
            users::save(tx, &user)
        };
        self.context().store.write(change).await.unwrap();
    }
}
