//! Bakong's Open API, asked over the network.
//!
//! Every call counts against a hundred a day, also one that is refused, so nothing is tried again here: whoever asks
//! reserves the call before and decides after.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{Answer, ListAnswer, Renewal, read, read_list, read_renewal};
use crate::platform::error::{Error, Result};
use crate::platform::http_client::{HttpAnswer, HttpClient, HttpRequest, Method, Reach, Unanswered, Url};
use crate::platform::secret::Secret;

/// Longest time for one call.
const TIMEOUT: Duration = Duration::from_secs(12);

/// Asks Bakong.
#[derive(Debug, Clone)]
pub struct BakongClient {
    http: HttpClient,
    base: Url,
}

impl BakongClient {
    /// A client for the API at `base`, such as `https://api-bakong.nbc.gov.kh`, which trusts the certificates of
    /// `ca_file` besides the public ones.
    ///
    /// # Errors
    /// When `base` is no https address, or TLS cannot be set up.
    pub fn new(base: &str, ca_file: Option<&Path>) -> Result<Self> {
        let base = Url::parse(base)
            .ok()
            .filter(|base| HttpClient::may_reach(Reach::Configured, base))
            .ok_or_else(|| Error::internal("the address of Bakong must begin with https://"))?;
        Ok(Self { http: HttpClient::new(Reach::Configured, TIMEOUT, ca_file)?, base })
    }

    /// Asks whether the code of this MD5 was paid. No answer at all is [`Answer::Unknown`].
    pub async fn check_md5(&self, token: &Secret<String>, md5: &str) -> Answer {
        match self.post("check_transaction_by_md5", Some(token), &json!({ "md5": md5 })).await {
            Ok(answer) => read(answer.status, &answer.body),
            Err(unanswered) => Answer::Unknown(why(unanswered)),
        }
    }

    /// Asks in one call whether the codes of these MD5, at most fifty, were paid. Bakong has closed this to some.
    pub async fn check_md5_list(&self, token: &Secret<String>, md5s: &[String]) -> ListAnswer {
        match self.post("check_transaction_by_md5_list", Some(token), &json!(md5s)).await {
            Ok(answer) => read_list(answer.status, &answer.body),
            Err(unanswered) => ListAnswer::Nothing(Answer::Unknown(why(unanswered))),
        }
    }

    /// Asks for a new token. The e-mail address is all that Bakong wants to know, so it is a secret itself.
    pub async fn renew_token(&self, email: &Secret<String>) -> Renewal {
        match self.post("renew_token", None, &json!({ "email": email.reveal() })).await {
            Ok(answer) => read_renewal(answer.status, &answer.body),
            Err(unanswered) => Renewal::Unknown(why(unanswered)),
        }
    }

    async fn post(
        &self,
        operation: &str,
        token: Option<&Secret<String>>,
        body: &Value,
    ) -> Result<HttpAnswer, Unanswered> {
        let url = self.base.join(&format!("/v1/{operation}")).map_err(|_| Unanswered::NotAllowed)?;
        let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        headers.extend(token.map(|token| ("Authorization".to_owned(), format!("Bearer {}", token.reveal()))));
        self.http
            .send(HttpRequest { method: Method::POST, url, headers, body: body.to_string().into_bytes() })
            .await
    }
}

/// Why there is no answer, without the address and the token.
fn why(unanswered: Unanswered) -> String {
    match unanswered {
        Unanswered::NotAllowed => "the address may not be reached".to_owned(),
        Unanswered::BadHeader => "the token has characters that a header cannot have".to_owned(),
        Unanswered::Failed(why) => why.to_owned(),
    }
}
