//! Firebase Cloud Messaging, HTTP v1: messages to the apps on telephones.
//!
//! Statuses and error codes after Google's reference, `projects.messages` and `ErrorCode`.

mod access;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::access::{Access, AccessTokens};
use super::clock::{Clock, Span};
use super::error::{Error, Result};
use super::http_client::{HttpAnswer, HttpClient, HttpRequest, Method, Reach, Url};
use super::outbound::{Undelivered, retry_after};
use super::secret::{Phi, Secret};

/// Firebase Cloud Messaging.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FcmSettings {
    /// The content of the service account's JSON file. Without it nothing is sent to telephones.
    pub service_account: Option<Secret<String>>,
    /// Where Google's servers are.
    pub api_base: String,
    /// Longest time for one message to be handed over.
    pub timeout_seconds: u64,
    /// A file of certificates (PEM) that are trusted besides the public ones.
    pub ca_file: Option<PathBuf>,
}

impl Default for FcmSettings {
    fn default() -> Self {
        Self {
            service_account: None,
            api_base: "https://fcm.googleapis.com".to_owned(),
            timeout_seconds: 15,
            ca_file: None,
        }
    }
}

/// How soon a device is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FcmPriority {
    /// When it suits the battery.
    Normal,
    /// At once.
    High,
}

/// A message to one device.
#[derive(Debug, Clone)]
pub struct FcmMessage {
    /// First line of what is shown.
    pub title: Phi<String>,
    /// What is shown below it.
    pub body: Phi<String>,
    /// For the app: what was tapped leads where. No key may be `from`, `message_type` or start with `google` or
    /// `gcm`: Google refuses them.
    pub data: BTreeMap<String, String>,
    /// How soon the device is woken.
    pub priority: FcmPriority,
    /// How long it is kept for a device that is not reachable, at most four weeks.
    pub keep: Span,
    /// A message on the screen is replaced by a later one with the same tag, so that one sent twice is seen once.
    pub tag: Option<String>,
}

struct Project {
    access: AccessTokens,
    send_url: Url,
}

/// Sends messages to telephones, when a service account is configured.
pub struct Fcm {
    project: Option<Project>,
    client: HttpClient,
    clock: Arc<dyn Clock>,
}

impl Fcm {
    /// From the settings.
    ///
    /// # Errors
    /// When the service account's file or the address is not one.
    pub fn new(settings: &FcmSettings, clock: Arc<dyn Clock>) -> Result<Self> {
        let timeout = Duration::from_secs(settings.timeout_seconds);
        let client = HttpClient::new(Reach::Configured, timeout, settings.ca_file.as_deref())?;
        let project = match &settings.service_account {
            None => None,
            Some(file) => {
                let (id, access) = access::read(file, &client, Arc::clone(&clock))?;
                let base = settings.api_base.trim_end_matches('/');
                let url = Url::parse(&format!("{base}/v1/projects/{id}/messages:send"));
                let send_url = url.ok().filter(|url| client.allows(url));
                let send_url =
                    send_url.ok_or_else(|| Error::internal("`fcm.api_base` is not an https address"))?;
                Some(Project { access, send_url })
            }
        };
        Ok(Self { project, client, clock })
    }

    /// Whether messages can be sent.
    pub const fn is_configured(&self) -> bool {
        self.project.is_some()
    }

    /// Hands a message for one device to Google.
    ///
    /// # Errors
    /// See [`Undelivered`]; `Gone` when the app was removed, or its token is another one or another sender's.
    pub async fn send(&self, device: &Phi<String>, message: &FcmMessage) -> Result<(), Undelivered> {
        let project = self.project.as_ref().ok_or(Undelivered::NotConfigured)?;
        let body = json!({"message": described(device, message)}).to_string().into_bytes();
        let access = project.access.get(&self.client, None).await?;
        let answer = self.post(project, &access, &body).await?;
        let is_stale =
            answer.status == 401 && error_code(&answer).as_deref() != Some("THIRD_PARTY_AUTH_ERROR");
        if !is_stale {
            return self.judge(&answer);
        }
        // A token can be withdrawn before its end: once more with a new one.
        let access = project.access.get(&self.client, Some(&access)).await?;
        self.judge(&self.post(project, &access, &body).await?)
    }

    async fn post(&self, project: &Project, access: &Access, body: &[u8]) -> Result<HttpAnswer, Undelivered> {
        let headers = [
            ("Authorization", format!("Bearer {}", access.token.reveal())),
            ("Content-Type", "application/json".to_owned()),
        ];
        let request = HttpRequest {
            method: Method::POST,
            url: project.send_url.clone(),
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: body.to_vec(),
        };
        let answer = self.client.send(request).await;
        answer.map_err(|why| Undelivered::unanswered("fcm_refused", "fcm_failed", why))
    }

    fn judge(&self, answer: &HttpAnswer) -> Result<(), Undelivered> {
        let code = error_code(answer);
        let context = format!("status {} {}", answer.status, code.as_deref().unwrap_or_default());
        let after = || retry_after(answer.retry_after.as_deref(), self.clock.now());
        match (answer.status, code.as_deref()) {
            (200..=299, _) => Ok(()),
            (_, Some("UNREGISTERED")) => Err(Undelivered::Gone { code: "fcm_token_gone" }),
            // The token was given for another sender: ours will never reach it.
            (_, Some("SENDER_ID_MISMATCH")) => Err(Undelivered::Gone { code: "fcm_key_mismatch" }),
            // The service account or the project is not set up right: a person has to see to it.
            (401 | 403 | 404, _) => Err(Undelivered::later("fcm_no_access", context, after())),
            (408 | 429 | 500..=599, _) => Err(Undelivered::later("fcm_failed", context, after())),
            _ => Err(Undelivered::doubtful("fcm_refused", context, None)),
        }
    }
}

fn described(device: &Phi<String>, message: &FcmMessage) -> Value {
    let is_high = message.priority == FcmPriority::High;
    let (android_priority, apns_priority) = if is_high { ("HIGH", "10") } else { ("NORMAL", "5") };
    let ttl = format!("{}s", message.keep.as_seconds_rounded_up().max(0));
    let mut android = json!({"priority": android_priority, "ttl": ttl});
    if let (Some(tag), Some(android)) = (&message.tag, android.as_object_mut()) {
        android.insert("notification".to_owned(), json!({"tag": tag}));
    }
    let mut apns_headers = BTreeMap::from([("apns-priority", apns_priority)]);
    apns_headers.extend(message.tag.as_deref().map(|tag| ("apns-collapse-id", tag)));
    json!({
        "token": device.reveal(),
        "notification": {"title": message.title.reveal(), "body": message.body.reveal()},
        "data": message.data,
        "android": android,
        "apns": {"headers": apns_headers, "payload": {"aps": {"sound": "default"}}},
    })
}

/// The code of the error in an answer: that of FCM, else the general status.
fn error_code(answer: &HttpAnswer) -> Option<String> {
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    let error = body.get("error")?;
    let details = error.get("details").and_then(Value::as_array);
    let own = details.into_iter().flatten().find_map(|detail| detail.get("errorCode"));
    let code = own.or_else(|| error.get("status"))?.as_str()?;
    // Goes into the log: nothing but a code.
    code.chars().all(|c| c.is_ascii_uppercase() || c == '_').then(|| code.to_owned())
}
