//! Access to Google's servers: a service account (RFC 7523), whose signed assertion is changed for an access token.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use crate::platform::clock::{Clock, Span, Timestamp};
use crate::platform::crypto::signed_token;
use crate::platform::error::{Error, Result};
use crate::platform::http_client::{HttpAnswer, HttpClient, HttpRequest, Method, Url};
use crate::platform::outbound::{Undelivered, retry_after};
use crate::platform::secret::Secret;

/// What the token may be used for.
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// Life of an assertion: the longest that Google takes.
const ASSERTION_LIFE: Span = Span::hours(1);
/// A token that ends sooner than this is not used any more.
const TOKEN_REST: Span = Span::minutes(5);

/// The file that Google hands out for a service account; other fields of it are not needed.
#[derive(Deserialize)]
struct ServiceAccountFile {
    project_id: String,
    private_key_id: Option<String>,
    private_key: Secret<String>,
    client_email: String,
    token_uri: String,
}

/// A service account that can sign.
struct ServiceAccount {
    key: KeyPair,
    key_id: Option<String>,
    email: String,
    token_url: Url,
}

/// An access token, and until when it is used.
#[derive(Clone)]
pub(super) struct Access {
    pub(super) token: Secret<String>,
    ends_at: Timestamp,
}

/// Keeps an access token and gets a new one in time. Only one request for a token is under way at a time.
pub(super) struct AccessTokens {
    account: ServiceAccount,
    kept: Mutex<Option<Access>>,
    clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Secret<String>,
    expires_in: u32,
}

/// Reads the file of a service account; also returns the project's id.
///
/// # Errors
/// Says what is wrong with the file, never what is in it.
pub(super) fn read(
    file: &Secret<String>,
    client: &HttpClient,
    clock: Arc<dyn Clock>,
) -> Result<(String, AccessTokens)> {
    let wrong =
        |what: &str| Error::internal(format!("the service account of FCM (fcm.service_account): {what}"));
    let file: ServiceAccountFile = serde_json::from_str(file.reveal()).map_err(|_| {
        wrong(
            "is not the JSON file of a service account with project_id, client_email, private_key and token_uri",
        )
    })?;
    let is_id = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if file.project_id.is_empty() || !file.project_id.chars().all(is_id) {
        return Err(wrong("its project_id is not one"));
    }
    let pkcs8 = pem(file.private_key.reveal()).ok_or_else(|| wrong("its private_key is not PEM"))?;
    let key =
        KeyPair::from_pkcs8(&pkcs8).map_err(|_| wrong("its private_key is not an RSA key as PKCS #8"))?;
    let token_url = Url::parse(&file.token_uri).ok().filter(|url| client.allows(url));
    let token_url = token_url.ok_or_else(|| wrong("its token_uri is not an https address"))?;
    let account = ServiceAccount { key, key_id: file.private_key_id, email: file.client_email, token_url };
    Ok((file.project_id, AccessTokens { account, kept: Mutex::new(None), clock }))
}

/// The bytes between the first `BEGIN PRIVATE KEY` and its end.
fn pem(text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let packed: String = body.split_whitespace().collect();
    BASE64_STANDARD.decode(packed).ok()
}

impl AccessTokens {
    /// A token that can be used. `refused` is one that the server did not take although it should be good: it is
    /// not handed out again.
    ///
    /// # Errors
    /// `Later` when the token server does not give one now.
    pub(super) async fn get(
        &self,
        client: &HttpClient,
        refused: Option<&Access>,
    ) -> Result<Access, Undelivered> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        let usable = kept.as_ref().filter(|access| {
            // A rest beyond an hour was reckoned by a clock that has been set back since.
            let rest = access.ends_at.since(now);
            let is_refused = refused.is_some_and(|refused| refused.token == access.token);
            rest >= TOKEN_REST && rest <= ASSERTION_LIFE && !is_refused
        });
        if let Some(access) = usable {
            return Ok(access.clone());
        }
        *kept = None;
        let access = self.fetch(client, now).await?;
        *kept = Some(access.clone());
        Ok(access)
    }

    async fn fetch(&self, client: &HttpClient, now: Timestamp) -> Result<Access, Undelivered> {
        let later = |context: String, after| Undelivered::later("fcm_no_access", context, after);
        let assertion = self.account.assertion(now).map_err(|error| later(error.to_string(), None))?;
        // Every character of an assertion stands for itself in a form.
        let body =
            format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
        let request = HttpRequest {
            method: Method::POST,
            url: self.account.token_url.clone(),
            headers: vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
            body: body.into_bytes(),
        };
        let answer = client
            .send(request)
            .await
            .map_err(|why| Undelivered::unanswered("fcm_no_access", "fcm_no_access", why))?;
        let HttpAnswer { status, retry_after: wait, body } = answer;
        if status != 200 {
            let wait = retry_after(wait.as_deref(), now);
            return Err(later(format!("the token server answered with status {status}"), wait));
        }
        let answer: TokenAnswer = serde_json::from_slice(&body)
            .map_err(|_| later("the token server's answer is not a token".to_owned(), None))?;
        let life = Span::seconds(i64::from(answer.expires_in)).min(ASSERTION_LIFE);
        Ok(Access { token: answer.access_token, ends_at: now.plus(life) })
    }
}

impl ServiceAccount {
    fn assertion(&self, now: Timestamp) -> Result<String> {
        let issued = now.as_milliseconds().div_euclid(1_000);
        let ends = now.plus(ASSERTION_LIFE).as_milliseconds().div_euclid(1_000);
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.key_id});
        let claims = json!({
            "iss": self.email,
            "scope": SCOPE,
            "aud": self.token_url.as_str(),
            "iat": issued,
            "exp": ends,
        });
        signed_token(&header, &claims, |message| {
            let mut signature = vec![0; self.key.public().modulus_len()];
            self.key
                .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                .map_err(|_| Error::internal("the assertion for FCM cannot be signed"))?;
            Ok(signature)
        })
    }
}
