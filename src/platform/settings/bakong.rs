//! The clinic's own account with Bakong: where payments go, and whose messages about them are believed.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::platform::bakong::answer::token_end;
use crate::platform::bakong::envelope::SharedKey;
use crate::platform::bakong::signature::SigningSecret;
use crate::platform::clock::Span;
use crate::platform::http_client::{HttpClient, Reach, Url};
use crate::platform::secret::Secret;

/// Longest time for which a code can be paid: what the National Bank recommends.
const EXPIRES_MINUTES_MAX: u32 = 10;
/// Shortest secret, in characters.
const SECRET_CHARS_MIN: usize = 24;
/// Longest e-mail address that Bakong takes, in characters.
const EMAIL_CHARS_MAX: usize = 30;
/// How Standard Webhooks begins a secret.
const STANDARD_SECRET: &str = "whsec_";
/// How a key that is the key itself begins.
const RAW_KEY: &str = "base64:";

/// The clinic's account with Bakong. Without it no payments are taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BakongSettings {
    /// The account that is paid: `clinic@bank`.
    pub account: String,
    /// The clinic's name as payers see it, at most 25 characters.
    pub merchant_name: String,
    /// The clinic's town, at most 15 characters; Phnom Penh where none is given.
    #[serde(default)]
    pub city: String,
    /// The id that the bank gave to a company; then `bank` must be given too.
    #[serde(default)]
    pub merchant_id: Option<String>,
    /// The bank's name.
    #[serde(default)]
    pub bank: Option<String>,
    /// Where the account is the bank's own wallet: the number or phone of the clinic's account at the bank.
    #[serde(default)]
    pub account_information: Option<String>,
    /// For so many minutes a code can be paid.
    #[serde(default = "expires_minutes")]
    pub expires_minutes: u32,
    /// The secrets of those whose messages about payments are believed, with blanks or line ends between: more than one
    /// while a new one takes the place of an old one.
    #[serde(default)]
    pub webhook_secrets: Option<Secret<String>>,
    /// The token of Bakong's Open API; without it nobody is asked whether a payment was paid.
    #[serde(default)]
    pub token: Option<Secret<String>>,
    /// The e-mail address with which the clinic is registered at Bakong, which is all that Bakong asks for a new token: with
    /// it the token is renewed by itself.
    #[serde(default)]
    pub email: Option<Secret<String>>,
    /// Where Bakong's Open API is.
    #[serde(default = "api_url")]
    pub api_url: String,
    /// A file of certificates (PEM) that are trusted besides the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Calls that Bakong allows in a day.
    #[serde(default = "calls_per_day")]
    pub calls_per_day: u32,
    /// The hour of the clinic's day at which Bakong begins to count anew.
    #[serde(default)]
    pub calls_begin_hour: u8,
    /// What sealed messages are opened with: a password, or `base64:` and a key of 32 bytes.
    #[serde(default)]
    pub webhook_key: Option<Secret<String>>,
}

const fn expires_minutes() -> u32 {
    EXPIRES_MINUTES_MAX
}

fn api_url() -> String {
    "https://api-bakong.nbc.gov.kh".to_owned()
}

const fn calls_per_day() -> u32 {
    100
}

impl BakongSettings {
    /// An account, everything else as shipped.
    pub fn new(account: &str, merchant_name: &str) -> Self {
        Self {
            account: account.to_owned(),
            merchant_name: merchant_name.to_owned(),
            city: String::new(),
            merchant_id: None,
            bank: None,
            account_information: None,
            expires_minutes: expires_minutes(),
            webhook_secrets: None,
            token: None,
            email: None,
            api_url: api_url(),
            ca_file: None,
            calls_per_day: calls_per_day(),
            calls_begin_hour: 0,
            webhook_key: None,
        }
    }

    /// Whether Bakong can be asked: there is a token, or one can be asked for.
    pub const fn asks(&self) -> bool {
        self.token.is_some() || self.email.is_some()
    }

    /// For how long a code can be paid.
    pub fn code_life(&self) -> Span {
        Span::minutes(self.expires_minutes.into())
    }

    fn secrets(&self) -> impl Iterator<Item = &str> {
        self.webhook_secrets.iter().flat_map(|secrets| secrets.reveal().split_whitespace())
    }

    /// The secrets whose signatures are believed.
    pub fn signing_secrets(&self) -> Vec<SigningSecret> {
        self.secrets().map(|secret| SigningSecret::new(Secret::new(secret.to_owned()))).collect()
    }

    /// What sealed messages are opened with.
    pub fn shared_key(&self) -> Option<SharedKey> {
        let text = self.webhook_key.as_ref()?.reveal();
        Some(match text.strip_prefix(RAW_KEY) {
            Some(coded) => SharedKey::Raw(Secret::new(BASE64_STANDARD.decode(coded).ok()?.try_into().ok()?)),
            None => SharedKey::Password(Secret::new(text.clone())),
        })
    }

    /// Sentences about values that nobody could work with; of the code itself `domain::payments::code` speaks.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if !(1..=EXPIRES_MINUTES_MAX).contains(&self.expires_minutes) {
            faults.push(format!("`bakong.expires_minutes` must be from 1 to {EXPIRES_MINUTES_MAX}"));
        }
        if !(1..=1_000_000).contains(&self.calls_per_day) || self.calls_begin_hour > 23 {
            faults.push(
                "`bakong.calls_per_day` must be from 1 to 1000000, `bakong.calls_begin_hour` from 0 to 23"
                    .to_owned(),
            );
        }
        if !is_public(&self.api_url) {
            faults.push("`bakong.api_url` must begin with https:// and must not be this machine".to_owned());
        }
        if self.token.as_ref().is_some_and(|token| token_end(token).is_none()) {
            faults.push(
                "`bakong.token` is no token of Bakong's, which has three parts with points between"
                    .to_owned(),
            );
        }
        if self.email.as_ref().is_some_and(|email| !is_address(email.reveal())) {
            faults.push(format!(
                "`bakong.email` must be the e-mail address registered at Bakong, at most {EMAIL_CHARS_MAX} characters"
            ));
        }
        if self.secrets().any(|secret| secret.chars().count() < SECRET_CHARS_MIN) {
            faults.push(format!(
                "`bakong.webhook_secrets`: each must have at least {SECRET_CHARS_MIN} characters"
            ));
        }
        let is_coded = |secret: &str| {
            secret.strip_prefix(STANDARD_SECRET).is_none_or(|coded| BASE64_STANDARD.decode(coded).is_ok())
        };
        if !self.secrets().all(is_coded) {
            faults.push(format!(
                "`bakong.webhook_secrets`: what begins with `{STANDARD_SECRET}` must go on in base64"
            ));
        }
        let key = self.webhook_key.as_ref().map(|key| key.reveal().as_str());
        match key {
            Some(key) if key.starts_with(RAW_KEY) && self.shared_key().is_none() => {
                faults.push(format!(
                    "`bakong.webhook_key`: `{RAW_KEY}` must be followed by 32 bytes in base64"
                ));
            }
            Some(key) if key.chars().count() < SECRET_CHARS_MIN => {
                faults.push(format!("`bakong.webhook_key` must have at least {SECRET_CHARS_MIN} characters"));
            }
            _ => {}
        }
        faults
    }
}

/// What Bakong takes for an address.
fn is_address(text: &str) -> bool {
    text.chars().count() <= EMAIL_CHARS_MAX
        && text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
        && !text.contains(char::is_whitespace)
}

/// Whoever could answer in Bakong's place on this machine could grant plans.
fn is_public(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| HttpClient::may_reach(Reach::Public, &url))
}
