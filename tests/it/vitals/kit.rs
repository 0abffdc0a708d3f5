//! Measurements in a line, and what was said about them.

use das_tern::domain::connections::model::{Permission, PermissionLevel, Scope};
use das_tern::domain::events::tables::EVENTS;
use das_tern::domain::notifications::model::{Notification, NotificationType};
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use das_tern::platform::ids::UserId;
use serde_json::{Value, json};

use crate::kit::{Answer, Client, TestServer};

/// A server whose sign-ins outlast the test's clock.
pub async fn clinic() -> TestServer {
    TestServer::start_with(|settings| settings.auth.access_token_minutes = 60 * 24 * 60).await
}

/// The body of a measurement: `"SPO2 86"`, `"BLOOD_PRESSURE 150/95"`, `"GLUCOSE 5.5 mmol/L"`.
pub fn body(text: &str) -> Value {
    let mut words = text.split(' ');
    let (kind, values) = (words.next().unwrap(), words.next().unwrap());
    let unit = words.next().unwrap_or(match kind {
        "BLOOD_PRESSURE" => "mmHg",
        "GLUCOSE" => "mg/dL",
        "HEART_RATE" => "bpm",
        "TEMPERATURE" => "Cel",
        "SPO2" => "%",
        "WEIGHT" => "kg",
        "RESPIRATORY_RATE" => "/min",
        other => panic!("{other} is not measured"),
    });
    let mut body = json!({"vitalType": kind, "unit": unit});
    let (value, secondary) = values.split_once('/').unwrap_or((values, ""));
    body["value"] = json!(value.parse::<f64>().unwrap());
    if !secondary.is_empty() {
        body["valueSecondary"] = json!(secondary.parse::<f64>().unwrap());
    }
    body
}

/// The same with more fields.
pub fn body_with(text: &str, more: Value) -> Value {
    let mut body = body(text);
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// A patient measures something.
pub async fn measure(patient: &Client, text: &str) -> Value {
    send(patient, body(text)).await.expect(201).ok()
}

/// Sends a measurement.
pub async fn send(who: &Client, body: Value) -> Answer {
    who.post("/health-monitoring/vitals", body).await
}

/// A person's alerts in a state, newest first.
pub async fn alerts(who: &Client, state: &str) -> Vec<Value> {
    let found = who.get(format!("/health-monitoring/alerts?state={state}")).await.ok();
    found["items"].as_array().unwrap().clone()
}

/// The id of the only alert in a state.
pub async fn only_alert(who: &Client, state: &str) -> String {
    let found = alerts(who, state).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0]["id"].as_str().unwrap().to_owned()
}

/// Takes an alert over.
pub async fn acknowledge(who: &Client, alert: &str) -> Answer {
    who.post(format!("/health-monitoring/alerts/{alert}/acknowledge"), json!({})).await
}

/// Ends an alert.
pub async fn resolve(who: &Client, alert: &str) -> Answer {
    let note = json!({"note": "measured again, all is well"});
    who.post(format!("/health-monitoring/alerts/{alert}/resolve"), note).await
}

/// A permission for some parts of the record.
pub fn chosen(scopes: &[Scope]) -> Permission {
    Permission { level: PermissionLevel::Selected, scopes: scopes.to_vec(), ..Permission::all() }
}

impl TestServer {
    /// What a person was told about measurements and emergencies, oldest first.
    pub fn warnings(&self, person: &Client) -> Vec<Notification> {
        let rows = self.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &person.id())).unwrap();
        let kinds = [NotificationType::VitalAnomaly, NotificationType::EmergencyAlert];
        rows.into_iter().map(|(_, row)| row).filter(|row| kinds.contains(&row.kind)).collect()
    }

    /// The variants of those messages.
    pub fn variants(&self, person: &Client) -> Vec<String> {
        self.warnings(person).into_iter().map(|message| message.variant).collect()
    }

    /// The kinds of the events in a patient's room that concern his health, oldest first.
    pub fn health_events(&self, patient: &Client) -> Vec<(String, Value)> {
        let room: UserId = patient.id();
        let rows = self.context().store.read(|tx| EVENTS.list_prefix(tx, &room)).unwrap();
        let concerns = |kind: &str| kind.starts_with("vital.") || kind.starts_with("alert.");
        rows.into_iter()
            .filter(|(_, event)| concerns(&event.kind))
            .map(|(_, event)| (event.kind, event.data))
            .collect()
    }

    /// Says when a patient was born.
    pub async fn born(&self, patient: &Client, day: &str) {
        let (id, day) = (patient.id(), day.parse().unwrap());
        let change = move |tx: &mut das_tern::platform::store::WriteTx<'_>| {
            let mut user = das_tern::domain::users::tables::require(tx, id)?;
            user.date_of_birth = Some(day);
            das_tern::domain::users::tables::save(tx, &user)
        };
        self.context().store.write(change).await.unwrap();
    }
}
