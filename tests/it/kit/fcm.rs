//! Google's servers as far as messages to telephones need them: tokens for signed assertions (RFC 7523), and
//! `messages:send` of FCM HTTP v1.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use das_tern::platform::fcm::FcmSettings;
use das_tern::platform::secret::Secret;
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

use super::http::{HttpCall, Reply, Script, claims_of, serve_over};
use super::tls::Authority;

const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/fcm-test-key.pem");
const EMAIL: &str = "sender@das-tern-test.iam.gserviceaccount.com";
const SEND: &str = "/v1/projects/das-tern-test/messages:send";

#[derive(Default)]
struct State {
    messages: Vec<Value>,
    tokens_given: u32,
    /// The one token that is good.
    token: Option<String>,
    sends: u32,
}

/// The servers. They end with the test's runtime.
#[derive(Clone)]
pub struct FcmService {
    url: String,
    authority: Option<Authority>,
    state: Arc<Mutex<State>>,
    replies: Script,
    token_replies: Script,
}

impl FcmService {
    /// Opens on a free port.
    pub async fn open() -> Self {
        Self::open_over(None).await
    }

    /// The same over TLS.
    pub async fn open_over(authority: Option<&Authority>) -> Self {
        let state = Arc::<Mutex<State>>::default();
        let (replies, token_replies) = (Script::default(), Script::default());
        let (kept, ordered, ordered_tokens) = (Arc::clone(&state), replies.clone(), token_replies.clone());
        let scheme = if authority.is_some() { "https" } else { "http" };
        let address = serve_over(authority, move |call| {
            let mut state = kept.lock().unwrap();
            match call.target.as_str() {
                "/token" => ordered_tokens.next().unwrap_or_else(|| state.give_token(&call, scheme)),
                SEND => {
                    state.sends += 1;
                    ordered.next().unwrap_or_else(|| state.send(&call))
                }
                _ => error(404, "NOT_FOUND", None),
            }
        })
        .await;
        Self {
            url: format!("{scheme}://{address}"),
            authority: authority.cloned(),
            state,
            replies,
            token_replies,
        }
    }

    /// Settings that lead here.
    pub fn settings(&self) -> FcmSettings {
        let file = json!({
            "type": "service_account",
            "project_id": "das-tern-test",
            "private_key_id": "test-key",
            "private_key": std::fs::read_to_string(KEY).unwrap(),
            "client_email": EMAIL,
            "token_uri": format!("{}/token", self.url),
        });
        FcmSettings {
            service_account: Some(Secret::new(file.to_string())),
            api_base: self.url.clone(),
            ca_file: self.authority.as_ref().map(|authority| authority.file().to_owned()),
            ..FcmSettings::default()
        }
    }

    /// Orders the reply to the next message.
    pub fn answer_next(&self, reply: Reply) {
        self.replies.push(reply);
    }

    /// Orders the reply to the next request for a token.
    pub fn answer_next_token(&self, reply: Reply) {
        self.token_replies.push(reply);
    }

    /// The app was removed from the device: `UNREGISTERED`.
    pub fn unregistered() -> Reply {
        error(404, "NOT_FOUND", Some("UNREGISTERED"))
    }

    /// Another error, with FCM's own code.
    pub fn error(status: u16, general: &str, own: &str) -> Reply {
        error(status, general, Some(own))
    }

    /// Withdraws the token that was given.
    pub fn withdraw_token(&self) {
        self.state.lock().unwrap().token = None;
    }

    /// The messages that were taken, `message` of each request.
    pub fn messages(&self) -> Vec<Value> {
        self.state.lock().unwrap().messages.clone()
    }

    /// Tokens given so far.
    pub fn tokens_given(&self) -> u32 {
        self.state.lock().unwrap().tokens_given
    }

    /// Requests to send so far.
    pub fn sends(&self) -> u32 {
        self.state.lock().unwrap().sends
    }
}

fn error(status: u16, general: &str, own: Option<&str>) -> Reply {
    let details: Vec<Value> = own
        .map(
            |code| json!({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}),
        )
        .into_iter()
        .collect();
    let error = json!({"code": status, "message": "told by the test", "status": general, "details": details});
    Reply::json(status, &json!({"error": error}))
}

impl State {
    fn give_token(&mut self, call: &HttpCall, scheme: &str) -> Reply {
        let form = call.text();
        let field = |name: &str| form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let is_right = field("grant_type") == Some("urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer")
            && field("assertion").is_some_and(|assertion| is_assertion(assertion, call, scheme));
        if call.method != "POST" || !is_right {
            return Reply::json(400, &json!({"error": "invalid_grant"}));
        }
        self.tokens_given += 1;
        let token = format!("access-{}", self.tokens_given);
        self.token = Some(token.clone());
        Reply::json(200, &json!({"access_token": token, "expires_in": 3599, "token_type": "Bearer"}))
    }

    fn send(&mut self, call: &HttpCall) -> Reply {
        let token = call.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
        if token.is_none() || token != self.token.as_deref() {
            return error(401, "UNAUTHENTICATED", None);
        }
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let message = &body["message"];
        let data_is_text = message["data"].as_object().is_none_or(|data| data.values().all(Value::is_string));
        let notification = &message["notification"];
        if !message["token"].is_string() || !notification["title"].is_string() || !data_is_text {
            return error(400, "INVALID_ARGUMENT", Some("INVALID_ARGUMENT"));
        }
        self.messages.push(message.clone());
        let name = format!("projects/das-tern-test/messages/{}", self.messages.len());
        Reply::json(200, &json!({"name": name}))
    }
}

/// Whether the service account signed this for us, for an hour at the most.
fn is_assertion(assertion: &str, call: &HttpCall, scheme: &str) -> bool {
    let pem = std::fs::read_to_string(KEY).unwrap();
    let body = pem.split("-----").nth(2).unwrap();
    let packed: String = body.split_whitespace().collect();
    let pair = KeyPair::from_pkcs8(&base64::prelude::BASE64_STANDARD.decode(packed).unwrap()).unwrap();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public().as_ref().to_vec());
    let claims = claims_of(assertion, |signed, signature| key.verify(signed, signature).is_ok());
    let Some(claims) = claims else { return false };
    let life = claims["exp"].as_i64().unwrap_or_default() - claims["iat"].as_i64().unwrap_or_default();
    claims["iss"] == EMAIL
        && claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
        && claims["aud"] == format!("{scheme}://{}/token", call.header("host").unwrap_or_default())
        && (1..=3_600).contains(&life)
}
