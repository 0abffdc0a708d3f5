//! E-mail over SMTP. Only jobs send: what leaves the process may fail, and is then tried again.
//!
//! Absence: nothing outside this folder names lettre.

mod template;

pub use template::{MailContent, render};

use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};

use super::error::{Error, Result};
use super::secret::{Phi, Secret};

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailEncryption {
    /// Plain at first, then TLS, and nothing is said before; usually port 587.
    #[default]
    StartTls,
    /// TLS from the first byte; usually port 465.
    Tls,
    /// None: only for a relay on the same machine.
    None,
}

/// The mail server and who we are to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// Host name of the mail server.
    pub host: String,
    /// Its port; when missing 587, 465 for `tls`, 25 without encryption.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub encryption: MailEncryption,
    /// Name to sign in with, if the server wants one.
    #[serde(default)]
    pub user_name: Option<String>,
    /// Password to sign in with.
    #[serde(default)]
    pub password: Option<Secret<String>>,
    /// The sender, `Das Tern <clinic@example.org>`.
    pub from: String,
}

impl MailSettings {
    /// The port to connect to.
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or(match self.encryption {
            MailEncryption::StartTls => 587,
            MailEncryption::Tls => 465,
            MailEncryption::None => 25,
        })
    }
}

/// One e-mail to one person.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The recipient's address.
    pub to: Phi<String>,
    /// Subject line.
    pub subject: String,
    /// The text for readers without HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Sends e-mail, when a mail server is configured.
#[derive(Debug, Clone)]
pub struct Mailer {
    settings: Option<MailSettings>,
}

/// Seconds that the mail server may take for each step.
const TIMEOUT: Duration = Duration::from_secs(30);

impl Mailer {
    /// With or without a mail server.
    ///
    /// # Errors
    /// `mail_settings_invalid` when the sender's address is not one.
    pub fn new(settings: Option<MailSettings>) -> Result<Self> {
        if let Some(settings) = &settings {
            settings
                .from
                .parse::<Mailbox>()
                .map_err(|error| Error::invalid("mail.from", "mail_settings_invalid").context(error))?;
        }
        Ok(Self { settings })
    }

    /// Whether a mail server is configured. Without one nothing can be sent, and the status page says so.
    pub const fn is_configured(&self) -> bool {
        self.settings.is_some()
    }

    /// Hands one e-mail to the mail server.
    ///
    /// # Errors
    /// `mail_not_configured` without a mail server; `mail_failed` when it did not accept the e-mail now;
    /// `mail_refused` when it never will.
    pub async fn send(&self, mail: &Mail) -> Result<()> {
        let Some(settings) = &self.settings else {
            return Err(Error::unavailable("mail_not_configured", 3600));
        };
        let message = compose(settings, mail)?;
        let transport = transport(settings)?;
        match transport.send(message).await {
            Ok(_) => Ok(()),
            // The server's words may repeat the address: only the code goes to the log.
            Err(error) if error.is_permanent() => Err(Error::unprocessable("mail_refused")
                .context(error.status().map_or_else(String::new, |code| code.to_string()))),
            Err(error) => Err(Error::unavailable("mail_failed", 60)
                .context(error.status().map_or_else(|| kind_of(&error).to_owned(), |code| code.to_string()))),
        }
    }
}

fn kind_of(error: &lettre::transport::smtp::Error) -> &'static str {
    if error.is_timeout() {
        "the mail server did not answer in time"
    } else if error.is_tls() {
        "no TLS connection with the mail server"
    } else {
        "no connection with the mail server"
    }
}

fn compose(settings: &MailSettings, mail: &Mail) -> Result<Message> {
    let from: Mailbox = settings.from.parse().map_err(Error::internal)?;
    let to: Address = mail
        .to
        .reveal()
        .parse()
        .map_err(|_| Error::unprocessable("mail_refused").context("the address is not one"))?;
    Message::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(mail.subject.clone())
        .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
        .map_err(|error| Error::internal(format!("mail cannot be composed: {error}")))
}

fn transport(settings: &MailSettings) -> Result<AsyncSmtpTransport<Tokio1Executor>> {
    let tls = || {
        TlsParameters::new(settings.host.clone())
            .map_err(|error| Error::internal(format!("TLS for mail: {error}")))
    };
    let tls = match settings.encryption {
        MailEncryption::StartTls => Tls::Required(tls()?),
        MailEncryption::Tls => Tls::Wrapper(tls()?),
        MailEncryption::None => Tls::None,
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.clone())
        .port(settings.effective_port())
        .tls(tls)
        .timeout(Some(TIMEOUT));
    if let (Some(name), Some(password)) = (&settings.user_name, &settings.password) {
        builder = builder.credentials(Credentials::new(name.clone(), password.reveal().clone()));
    }
    Ok(builder.build())
}
