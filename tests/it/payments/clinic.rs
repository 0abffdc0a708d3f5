//! A clinic that takes payments, and a service that tells it of them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use das_tern::platform::clock::Clock as _;
use das_tern::platform::secret::Secret;
use das_tern::platform::settings::{BakongSettings, Settings};
use ring::hmac;
use serde_json::{Value, json};

use crate::kit::{Answer, Call, Client, TestServer};

/// The secret in use, and the one before.
pub const SECRET: &str = "whsec_ZGFzLXRlcm4tc3Rvcmllcy1hYm91dC1tb25leQ==";
pub const OLD_SECRET: &str = "palm-sugar-of-kampong-speu-2026";

/// Settings with an account and both secrets.
pub fn takes_payments(settings: &mut Settings) {
    settings.bakong = Some(BakongSettings {
        webhook_secrets: Some(Secret::new(format!("{SECRET}\n{OLD_SECRET}"))),
        ..BakongSettings::new("clinic@aclb", "Das Tern Clinic")
    });
}

/// A server of such a clinic.
pub async fn clinic() -> TestServer {
    TestServer::start_with(takes_payments).await
}

/// Somebody asks for a payment of their own for PREMIUM in riel.
pub async fn asks(person: &Client) -> Value {
    let body = json!({"userId": person.id(), "amount": "2000", "currency": "KHR"});
    person.post("/bakong-payment/initiate", body).await.ok()
}

/// Whoever writes of payments.
pub struct Service<'a>(pub &'a TestServer);

fn tag(key: &[u8], message: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message.as_bytes())
}

fn hex(key: &str, message: &str) -> String {
    tag(key.as_bytes(), message).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Service<'_> {
    fn now(&self) -> i64 {
        self.0.clock().now().as_milliseconds()
    }

    fn call(&self, body: impl Into<String>) -> Call {
        self.0
            .stranger()
            .call(reqwest::Method::POST, "/payments/webhook")
            .body("application/json", body.into())
    }

    /// By the headers of Standard Webhooks.
    pub fn standard(&self, id: &str, body: &str) -> Call {
        let seconds = self.now() / 1_000;
        let key = BASE64_STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
        let signature = BASE64_STANDARD.encode(tag(&key, &format!("{id}.{seconds}.{body}")));
        self.call(body)
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", format!("v1,{signature}"))
    }

    /// By `X-Timestamp` and `X-Signature`, with the old secret.
    pub fn timestamped(&self, body: &str) -> Call {
        let time = self.now().to_string();
        let signature = hex(OLD_SECRET, &format!("{time}.{body}"));
        self.call(body).header("x-timestamp", time).header("x-signature", signature)
    }

    /// In the body, written so many milliseconds ago.
    pub fn in_body(&self, members: &str, age: i64) -> String {
        let members = format!("{members},\"timestamp\":{}", self.now() - age);
        let signature = hex(OLD_SECRET, &format!("{{{members}}}"));
        format!("{{{members},\"signature\":\"{signature}\"}}")
    }

    /// Sends a body as it stands.
    pub fn plain(&self, body: impl Into<String>) -> Call {
        self.call(body)
    }

    /// Says by the headers of Standard Webhooks that a payment was paid in full.
    pub async fn paid(&self, id: &str, payment: &Value) -> Answer {
        let body = json!({
            "type": "payment.completed",
            "data": {"transactionId": payment["id"], "amount": payment["amount"], "currency": payment["currency"]},
        });
        self.standard(id, &body.to_string()).await
    }
}
