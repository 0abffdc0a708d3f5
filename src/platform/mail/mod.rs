//! E-mail over SMTP. Only jobs send: what leaves the process may fail, and is then tried again.
//!
//! Absence: nothing outside this folder names lettre.

mod letter;
mod template;
mod transport;

pub use template::{Letter, MailContent, Tone, code_letter, message_letter};

use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use self::letter::compose;
use self::transport::Transport;
use super::error::{Error, Result};
use super::outbound::Undelivered;
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
    /// Longest time for one e-mail to be handed over.
    #[serde(default = "timeout_seconds")]
    pub timeout_seconds: u64,
    /// E-mails that the server takes from us in a minute; none means as many as there are.
    #[serde(default)]
    pub messages_per_minute: Option<u32>,
}

const fn timeout_seconds() -> u64 {
    60
}

impl MailSettings {
    /// A mail server that wants no sign-in, everything else as usual.
    pub fn new(host: impl Into<String>, from: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            encryption: MailEncryption::default(),
            user_name: None,
            password: None,
            from: from.into(),
            timeout_seconds: timeout_seconds(),
            messages_per_minute: None,
        }
    }

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
    /// What the e-mail is known by: the same for every attempt, so that one sent twice is seen to be one.
    pub id: Option<String>,
    /// Where one click ends e-mails of this kind (RFC 8058).
    pub unsubscribe_url: Option<String>,
}

impl Mail {
    /// An e-mail without an id of its own and without a way to unsubscribe.
    pub fn new(to: Phi<String>, subject: String, text: String, html: String) -> Self {
        Self { to, subject, text, html, id: None, unsubscribe_url: None }
    }
}

/// Sends e-mail, when a mail server is configured. Connections are kept for the next e-mail.
pub struct Mailer {
    server: Option<Transport>,
}

impl Mailer {
    /// With or without a mail server.
    ///
    /// # Errors
    /// `mail_settings_invalid` when the sender's address is not one; when TLS cannot be set up.
    pub fn new(settings: Option<MailSettings>) -> Result<Self> {
        Ok(Self { server: settings.map(Transport::new).transpose()? })
    }

    /// Whether a mail server is configured. Without one nothing can be sent, and the status page says so.
    pub const fn is_configured(&self) -> bool {
        self.server.is_some()
    }

    /// Hands one e-mail to the mail server.
    ///
    /// # Errors
    /// See [`Undelivered`]; `Gone` when the server says that there is no such mailbox, or the address is not one.
    pub async fn send(&self, mail: &Mail) -> Result<(), Undelivered> {
        let server = self.server.as_ref().ok_or(Undelivered::NotConfigured)?;
        let message = compose(server.sender(), mail)?;
        server.send(&message).await
    }
}

/// The sender of the settings.
fn sender(settings: &MailSettings) -> Result<Mailbox> {
    settings.from.parse().map_err(|error| Error::invalid("mail.from", "mail_settings_invalid").context(error))
}
