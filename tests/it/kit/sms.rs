//! A gateway for text messages: takes JSON at `/send`, or whatever the settings of a test make the server send.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use das_tern::platform::secret::Secret;
use das_tern::platform::sms::SmsSettings;
use serde_json::{Value, json};

use super::http::{HttpCall, Reply, Script, serve_over};
use super::tls::Authority;

/// The gateway. It ends with the test's runtime.
#[derive(Clone)]
pub struct SmsGateway {
    address: SocketAddr,
    authority: Option<Authority>,
    calls: Arc<Mutex<Vec<HttpCall>>>,
    taken: Arc<Mutex<Vec<HttpCall>>>,
    script: Script,
}

impl SmsGateway {
    /// Opens on a free port.
    pub async fn open() -> Self {
        Self::open_over(None).await
    }

    /// The same over TLS.
    pub async fn open_over(authority: Option<&Authority>) -> Self {
        let script = Script::default();
        let (calls, taken) = (Arc::<Mutex<Vec<HttpCall>>>::default(), Arc::<Mutex<Vec<HttpCall>>>::default());
        let (all, kept, ordered) = (Arc::clone(&calls), Arc::clone(&taken), script.clone());
        let address = serve_over(authority, move |call| {
            all.lock().unwrap().push(call.clone());
            ordered.next().unwrap_or_else(|| {
                kept.lock().unwrap().push(call);
                Reply::json(200, &json!({"status": "queued"}))
            })
        })
        .await;
        Self { address, authority: authority.cloned(), calls, taken, script }
    }

    /// Where it is, `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Settings that lead here: JSON with `to`, `from`, `text` and `id`, a bearer token, and `queued` in the answer.
    pub fn settings(&self) -> SmsSettings {
        let body = r#"{"to": "{to}", "from": "{from}", "text": "{text}", "id": "{id}"}"#;
        SmsSettings {
            from: "Das Tern".to_owned(),
            token: Some(Secret::new("gateway-secret".to_owned())),
            ca_file: self.authority.as_ref().map(|authority| authority.file().to_owned()),
            success_body: Some(r#""status": ?"queued""#.to_owned()),
            headers: [("Authorization".to_owned(), "Bearer {token}".to_owned())].into(),
            ..SmsSettings::new(format!("{}/send", self.url()), body)
        }
    }

    /// Orders the reply to the next message.
    pub fn answer_next(&self, reply: Reply) {
        self.script.push(reply);
    }

    /// Everything that came in, oldest first.
    pub fn calls(&self) -> Vec<HttpCall> {
        self.calls.lock().unwrap().clone()
    }

    /// The bodies of the messages that were taken, as JSON.
    pub fn messages(&self) -> Vec<Value> {
        let taken = self.taken.lock().unwrap();
        taken.iter().map(|call| serde_json::from_slice(&call.body).unwrap()).collect()
    }

    /// The texts that were taken for this number.
    pub fn texts_to(&self, number: &str) -> Vec<String> {
        let messages = self.messages().into_iter().filter(|message| message["to"] == number);
        messages.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    }
}
