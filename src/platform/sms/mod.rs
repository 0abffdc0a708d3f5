//! Text messages through an HTTP gateway that the settings describe: where, how and with which words it is asked, and
//! what its answer must look like.

mod template;
mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;
use serde::{Deserialize, Serialize};

use self::template::{Escape, Template, Values, has_place};
use super::clock::Clock;
use super::error::{Error, Result};
use super::http_client::{HttpAnswer, HttpClient, HttpRequest, Method, Reach, Url};
use super::outbound::{Undelivered, retry_after};
use super::secret::{Phi, Secret};

/// How the gateway is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SmsMethod {
    /// Everything stands in the URL.
    Get,
    /// With a body.
    #[default]
    Post,
    /// With a body.
    Put,
}

/// A gateway for text messages. In `url`, `headers` and `body` the places `{to}`, `{to_digits}` (without the plus),
/// `{text}`, `{from}`, `{id}` and `{token}` are filled for each message.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsSettings {
    /// Where it is. Values are percent-encoded.
    pub url: String,
    /// How it is asked.
    #[serde(default)]
    pub method: SmsMethod,
    /// What is sent with POST and PUT. Values are escaped as `content_type` demands.
    #[serde(default)]
    pub body: String,
    /// Of what type the body is: JSON, form, XML or plain text.
    #[serde(default = "json_type")]
    pub content_type: String,
    /// Who writes: a name or number that the gateway knows.
    #[serde(default)]
    pub from: String,
    /// The secret for `{token}`.
    #[serde(default)]
    pub token: Option<Secret<String>>,
    /// Smallest and largest status code of success.
    #[serde(default = "success_statuses")]
    pub success_statuses: [u16; 2],
    /// What the body of a success must contain, a regular expression.
    #[serde(default)]
    pub success_body: Option<String>,
    /// Status codes below 500 after which the message is tried again; 408, 425 and 429 always are.
    #[serde(default)]
    pub retry_statuses: Vec<u16>,
    /// Longest message in segments of 160 characters, or 70 in Khmer.
    #[serde(default = "segments_max")]
    pub segments_max: u8,
    /// Messages that the gateway takes in a minute.
    #[serde(default = "requests_per_minute")]
    pub requests_per_minute: u32,
    /// Messages that the whole clinic sends in a day; the last fifth is kept for codes to confirmed phones, and alerts
    /// are never held back.
    #[serde(default = "messages_per_day")]
    pub messages_per_day: u32,
    /// Codes to one phone in a day, codes that one account asks for, and ordinary messages to one person.
    #[serde(default = "messages_per_account")]
    pub messages_per_account: u32,
    /// Codes in a day that are asked for from one address without signing in, or by one of the staff.
    #[serde(default = "messages_per_address")]
    pub messages_per_address: u32,
    /// Longest time for one message to be handed over.
    #[serde(default = "timeout_seconds")]
    pub timeout_seconds: u64,
    /// Whether the gateway may be asked without TLS. Then everybody on the way can read the messages.
    #[serde(default)]
    pub without_tls: bool,
    /// A file of certificates (PEM) that are trusted besides the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

fn json_type() -> String {
    "application/json".to_owned()
}

const fn success_statuses() -> [u16; 2] {
    [200, 299]
}

const fn segments_max() -> u8 {
    3
}

const fn requests_per_minute() -> u32 {
    60
}

const fn messages_per_day() -> u32 {
    1_000
}

const fn messages_per_account() -> u32 {
    20
}

const fn messages_per_address() -> u32 {
    100
}

const fn timeout_seconds() -> u64 {
    20
}

impl SmsSettings {
    /// A gateway at `url` that is told `body`, everything else as usual.
    pub fn new(url: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            method: SmsMethod::default(),
            body: body.into(),
            content_type: json_type(),
            from: String::new(),
            token: None,
            success_statuses: success_statuses(),
            success_body: None,
            retry_statuses: Vec::new(),
            segments_max: segments_max(),
            requests_per_minute: requests_per_minute(),
            messages_per_day: messages_per_day(),
            messages_per_account: messages_per_account(),
            messages_per_address: messages_per_address(),
            timeout_seconds: timeout_seconds(),
            without_tls: false,
            ca_file: None,
            headers: BTreeMap::new(),
        }
    }

    /// What is wrong with them, each with its mend.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut require = |holds: bool, fault: &str| {
            if !holds {
                faults.push(fault.to_owned());
            }
        };
        // With GET no body is sent: what stands only there is never said.
        let (told, places) = match self.method {
            SmsMethod::Get => (self.url.clone(), "`sms.url`, since `sms.method` is GET and sends no body,"),
            SmsMethod::Post | SmsMethod::Put => {
                (format!("{} {}", self.url, self.body), "`sms.url` or `sms.body`")
            }
        };
        let has_number = has_place(&told, "{to}") || has_place(&told, "{to_digits}");
        require(has_number, &format!("{places} must have the place {{to}} or {{to_digits}}"));
        require(has_place(&told, "{text}"), &format!("{places} must have the place {{text}}"));
        require(
            self.method != SmsMethod::Get || self.body.is_empty(),
            "`sms.body` is not sent with `sms.method` GET: leave it out, or use POST",
        );
        for fault in self.header_faults().into_iter().chain(self.body_fault()) {
            require(false, &fault);
        }
        require(
            escape_of(&self.content_type).is_some(),
            "`sms.content_type` must be of JSON, application/x-www-form-urlencoded, XML or text/plain",
        );
        let asks_for_token =
            has_place(&told, "{token}") || self.headers.values().any(|value| has_place(value, "{token}"));
        require(
            !asks_for_token || self.token.is_some(),
            "{token} is used, but there is no `sms.token`: put it into the credentials directory",
        );
        let [least, most] = self.success_statuses;
        require(
            (100..=599).contains(&least) && least <= most && most <= 599,
            "`sms.success_statuses` must be the smallest and the largest status code of success, such as [200, 299]",
        );
        require(
            self.success_body.as_deref().is_none_or(|body| Regex::new(body).is_ok()),
            "`sms.success_body` is not a regular expression",
        );
        require((1..=10).contains(&self.segments_max), "`sms.segments_max` must be from 1 to 10");
        require(self.requests_per_minute >= 1, "`sms.requests_per_minute` must be at least 1");
        require(
            self.example_url().is_some_and(|url| HttpClient::may_reach(self.reach(), &url)),
            "`sms.url` must be an https address; `sms.without_tls = true` also allows http",
        );
        faults
    }

    fn header_faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, value) in &self.headers {
            let example = Template::new(value, Escape::Header).fill(&EXAMPLE);
            if !HttpClient::is_header(name, &example) {
                faults
                    .push(format!("`sms.headers`: `{name}` with its value is not a header that can be sent"));
            } else if name.eq_ignore_ascii_case("content-type") {
                faults.push("`sms.headers`: the type of the body belongs into `sms.content_type`".to_owned());
            } else if ["content-length", "host", "transfer-encoding"]
                .contains(&name.to_ascii_lowercase().as_str())
            {
                faults.push(format!("`sms.headers`: `{name}` is set by the server itself"));
            }
        }
        faults
    }

    /// What is wrong with the form of the body, for types that have one.
    fn body_fault(&self) -> Option<String> {
        if self.method == SmsMethod::Get || escape_of(&self.content_type) != Some(Escape::Json) {
            return None;
        }
        let example = Template::new(&self.body, Escape::Json).fill(&EXAMPLE);
        let error = serde_json::from_str::<serde_json::Value>(&example).err()?;
        Some(format!(
            "`sms.body` is not JSON once its places are filled ({error}): places stand in quotes, \"{{to}}\""
        ))
    }

    const fn reach(&self) -> Reach {
        if self.without_tls { Reach::ConfiguredWithoutTls } else { Reach::Configured }
    }

    fn example_url(&self) -> Option<Url> {
        Url::parse(&Template::new(&self.url, Escape::Url).fill(&EXAMPLE)).ok()
    }
}

/// Values that show what a template becomes.
const EXAMPLE: Values<'static> = Values { to: "+85510000000", text: "x", from: "x", id: "x", token: None };

/// How values in a body of this type are escaped; `None` for a type that is not known.
fn escape_of(content_type: &str) -> Option<Escape> {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/x-www-form-urlencoded" => Some(Escape::Url),
        "text/plain" => Some(Escape::None),
        "application/xml" | "text/xml" => Some(Escape::Xml),
        "application/json" => Some(Escape::Json),
        kind if kind.ends_with("+json") => Some(Escape::Json),
        kind if kind.ends_with("+xml") => Some(Escape::Xml),
        _ => None,
    }
}

/// A text message.
#[derive(Debug, Clone)]
pub struct TextMessage {
    /// The number with country code, `+85512345678`.
    pub to: Phi<String>,
    /// The text; what is too long for the gateway's segments is cut, with an ellipsis.
    pub text: Phi<String>,
    /// Same for every attempt, so that the gateway can tell a message that is sent twice.
    pub id: String,
}

struct Gateway {
    client: HttpClient,
    method: Method,
    url: Template,
    headers: Vec<(String, Template)>,
    body: Template,
    success_body: Option<Regex>,
    settings: SmsSettings,
}

/// Sends text messages, when a gateway is configured.
pub struct SmsSender {
    gateway: Option<Gateway>,
    clock: Arc<dyn Clock>,
}

impl SmsSender {
    /// With or without a gateway.
    ///
    /// # Errors
    /// When the settings are wrong, see [`SmsSettings::faults`]; when `ca_file` cannot be read.
    pub fn new(settings: Option<SmsSettings>, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self { gateway: settings.map(Gateway::new).transpose()?, clock })
    }

    /// Whether text messages can be sent.
    pub const fn is_configured(&self) -> bool {
        self.gateway.is_some()
    }

    /// Hands a text message to the gateway.
    ///
    /// # Errors
    /// See [`Undelivered`]. A gateway does not say that a number is dead, so never `Gone`.
    pub async fn send(&self, message: &TextMessage) -> Result<(), Undelivered> {
        let gateway = self.gateway.as_ref().ok_or(Undelivered::NotConfigured)?;
        let request = gateway.request(message).map_err(Undelivered::Refused)?;
        let answer = gateway.client.send(request).await;
        let answer = answer.map_err(|why| Undelivered::unanswered("sms_refused", "sms_failed", why))?;
        gateway.judge(&answer, self.clock.as_ref())
    }
}

impl Gateway {
    fn new(settings: SmsSettings) -> Result<Self> {
        if let Some(fault) = settings.faults().first() {
            return Err(Error::internal(fault));
        }
        let escape = escape_of(&settings.content_type).unwrap_or(Escape::None);
        let headers = settings.headers.iter();
        let success_body = settings.success_body.as_deref().map(Regex::new).transpose();
        Ok(Self {
            client: HttpClient::new(
                settings.reach(),
                Duration::from_secs(settings.timeout_seconds),
                settings.ca_file.as_deref(),
            )?,
            method: match settings.method {
                SmsMethod::Get => Method::GET,
                SmsMethod::Post => Method::POST,
                SmsMethod::Put => Method::PUT,
            },
            url: Template::new(&settings.url, Escape::Url),
            headers: headers
                .map(|(name, value)| (name.clone(), Template::new(value, Escape::Header)))
                .collect(),
            body: Template::new(&settings.body, escape),
            success_body: success_body.map_err(Error::internal)?,
            settings,
        })
    }

    fn request(&self, message: &TextMessage) -> Result<HttpRequest> {
        let text = text::fit(message.text.reveal(), self.settings.segments_max);
        let values = Values {
            to: message.to.reveal(),
            text: &text,
            from: &self.settings.from,
            id: &message.id,
            token: self.settings.token.as_ref(),
        };
        let url = Url::parse(&self.url.fill(&values)).map_err(|_| Error::unprocessable("sms_refused"))?;
        let mut headers: Vec<(String, String)> =
            self.headers.iter().map(|(name, value)| (name.clone(), value.fill(&values))).collect();
        let mut body = Vec::new();
        if self.method != Method::GET {
            headers.push(("Content-Type".to_owned(), self.settings.content_type.clone()));
            body = self.body.fill(&values).into_bytes();
        }
        Ok(HttpRequest { method: self.method.clone(), url, headers, body })
    }

    fn judge(&self, answer: &HttpAnswer, clock: &dyn Clock) -> Result<(), Undelivered> {
        let [least, most] = self.settings.success_statuses;
        let status = answer.status;
        let after = retry_after(answer.retry_after.as_deref(), clock.now());
        if (least..=most).contains(&status) {
            let body = String::from_utf8_lossy(&answer.body);
            // A page for people is no answer of a gateway, whatever its status: a login page, a proxy's apology.
            let is_page =
                body.trim_start().get(..14).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype html"))
                    || body.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("<html"));
            let holds = self.success_body.as_ref().map_or(!is_page, |success| success.is_match(&body));
            if holds {
                return Ok(());
            }
            let what = if is_page { "an HTML page" } else { "something else than `sms.success_body`" };
            return Err(Undelivered::later("sms_failed", format!("status {status} with {what}"), after));
        }
        let context = format!("status {status}");
        let is_passing = matches!(status, 408 | 425 | 429 | 500..)
            // The gateway is not where it was, or does not know us: a person has to see to the settings.
            || matches!(status, 300..=399 | 401 | 403 | 404 | 405)
            || self.settings.retry_statuses.contains(&status);
        if is_passing {
            return Err(Undelivered::later("sms_failed", context, after));
        }
        // A number that is none and a message that is not formed as the gateway wants it are refused alike.
        Err(Undelivered::doubtful("sms_refused", context, None))
    }
}
