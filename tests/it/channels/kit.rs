//! Messages written straight, as a flow writes them.

use das_tern::domain::notifications::model::{Notice, Notification, NotificationType, Urgency};
use das_tern::domain::notifications::params::Params;
use das_tern::domain::notifications::tables::{self, NOTIFICATIONS};
use das_tern::domain::users::tables as users;
use das_tern::platform::clock::{Span, Timestamp};
use das_tern::platform::ids::NotificationId;
use serde_json::Value;

use crate::kit::{Client, PostOffice, TestServer};

/// A server with a mail server.
pub async fn with_mail() -> (TestServer, PostOffice) {
    let post = PostOffice::open().await;
    let server = TestServer::start_with(|settings| settings.mail = Some(post.settings())).await;
    (server, post)
}

/// A message of any type; every placeholder is filled.
pub fn notice(to: &Client, kind: NotificationType, variant: &'static str, urgency: Urgency) -> Notice {
    let names = ["name", "count", "time", "vital", "value", "unit", "medicines", "message", "location"];
    Notice {
        to: to.id(),
        kind,
        variant,
        urgency,
        params: names.iter().fold(Params::new(), |params, name| params.text(*name, format!("the {name}"))),
        patient: None,
        resource: None,
    }
}

/// A measurement that is critical.
pub fn critical(to: &Client) -> Notice {
    notice(to, NotificationType::VitalAnomaly, "critical", Urgency::Critical)
}

/// Something that can wait.
pub fn ordinary(to: &Client) -> Notice {
    notice(to, NotificationType::PrescriptionShared, "default", Urgency::Normal)
}

impl TestServer {
    /// Writes a message.
    pub async fn notify(&self, notice: Notice) -> NotificationId {
        self.notify_until(notice, None).await
    }

    /// Writes a message that makes no sense after a while.
    pub async fn notify_until(&self, notice: Notice, until: Option<Timestamp>) -> NotificationId {
        let store = &self.context().store;
        store.write(move |tx| tables::notify_until(tx, notice.clone(), until)).await.unwrap()
    }

    /// A message as stored.
    pub fn message(&self, to: &Client, id: NotificationId) -> Notification {
        let found = self.context().store.read(|tx| NOTIFICATIONS.get(tx, &(to.id(), id))).unwrap();
        found.unwrap()
    }

    /// Takes a person's e-mail address away and gives him a telephone number, or neither.
    pub async fn contact(&self, who: &Client, email: Option<&str>, phone: Option<&str>) {
        let (id, email, phone) = (who.id(), email.map(str::to_owned), phone.map(str::to_owned));
        self.context()
            .store
            .write(move |tx| {
                use das_tern::platform::secret::Phi;
                let mut user = users::require(tx, id)?;
                user.email = email.clone().map(Phi::new);
                user.phone = phone.clone().map(Phi::new);
                users::save(tx, &user)
            })
            .await
            .unwrap();
    }

    /// Moves the clock and runs what is due.
    pub async fn after(&self, span: Span) {
        self.clock().advance(span);
        self.run_jobs().await;
    }
}

/// How a channel is doing, by the status page.
pub async fn channel(admin: &Client, name: &str) -> Value {
    admin.get("/admin/status").await.ok()["channels"][name].clone()
}

/// The items of a list, newest first.
pub async fn items(client: &Client, path: &str) -> Vec<Value> {
    client.get(path).await.ok()["items"].as_array().unwrap().clone()
}

/// The variants of a person's messages, newest first.
pub async fn titles(client: &Client) -> Vec<String> {
    let messages = items(client, "/notifications").await;
    messages.iter().map(|message| message["title"].as_str().unwrap().to_owned()).collect()
}

/// A header of an e-mail.
pub fn header(raw: &str, name: &str) -> Option<String> {
    let start = format!("{}:", name.to_lowercase());
    let line = raw.lines().find(|line| line.to_lowercase().starts_with(&start))?;
    Some(line[start.len()..].trim().to_owned())
}
