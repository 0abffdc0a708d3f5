//! Connections, consent, emergencies, the audit and messages.

mod access;
mod audit;
mod codes;
mod connections;
mod floods;
mod idempotency;
mod messages;
mod present;
mod requests;

use das_tern::domain::auth::model::{Actor, Caller};
use das_tern::domain::connections::access::{Access, check};
use das_tern::domain::connections::model::{Mode, Scope};
use das_tern::domain::gate;
use das_tern::domain::users::tables;
use das_tern::platform::error::Result;
use das_tern::platform::i18n::Language;
use das_tern::platform::ids::SessionId;
use serde_json::Value;
use uuid::Uuid;

use crate::kit::{Client, TestServer};

/// `who` as flows and views see him.
pub fn caller(server: &TestServer, who: &Client) -> Caller {
    let user = server.context().store.read(|tx| tables::require(tx, who.id())).unwrap();
    let actor =
        Actor::Person { id: user.id, role: user.role, status: user.status, session: SessionId(Uuid::nil()) };
    Caller { actor, language: Language::English, ..Caller::system("test") }
}

/// What the access check says, through the gate as every view asks it.
pub async fn look(server: &TestServer, who: &Client, patient: &Client, scope: Scope) -> Result<Access> {
    let by = caller(server, who);
    let patient = patient.id();
    gate::read(server.context(), &by, "test.look", |tx| check(tx, &by, patient, scope, Mode::Read)).await
}

/// The same for a change.
pub async fn change(server: &TestServer, who: &Client, patient: &Client, scope: Scope) -> Result<()> {
    let by = caller(server, who);
    let (actor, patient) = (by.clone(), patient.id());
    gate::write(server.context(), &by, "test.change", move |tx| {
        check(tx, &actor, patient, scope, Mode::Write).map(drop)
    })
    .await
}

/// `OK` and the basis, or the code of the refusal.
pub async fn looked(server: &TestServer, who: &Client, patient: &Client, scope: Scope) -> String {
    match look(server, who, patient, scope).await {
        Ok(access) => format!("OK {}", access.basis().name()),
        Err(error) => error.code().to_owned(),
    }
}

/// The same for a change.
pub async fn changed(server: &TestServer, who: &Client, patient: &Client, scope: Scope) -> String {
    match change(server, who, patient, scope).await {
        Ok(()) => "OK".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

/// The items of a list.
pub async fn items(client: &Client, path: &str) -> Vec<Value> {
    client.get(path).await.ok()["items"].as_array().unwrap().clone()
}

/// A text member of a JSON object.
pub fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("{member} is no text in {value}")).to_owned()
}
