//! E-mail over SMTP. Only jobs send: what leaves the process may fail, and is then tried again.
//!
//! Absence: nothing outside this folder names lettre.

mod bounded;
mod letter;
mod refusal;
mod template;
mod transport;

pub use template::{Letter, MailContent, Tone, code_letter, message_letter};

use std::path::PathBuf;

use lettre::Address;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use self::letter::compose;
use self::transport::Transport;
use super::error::{Error, Result};
use super::outbound::Undelivered;
use super::secret::{Phi, Secret};
use super::text::ascii_domain;

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
    /// Who we are to the mail server (EHLO): the full name of this machine, `tern.clinic.example`. Without it the
    /// host name, when that is a full one, else the domain of `from`.
    #[serde(default)]
    pub hello_name: Option<String>,
    /// A file of certificates (PEM) that are trusted besides the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
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
            hello_name: None,
            ca_file: None,
            timeout_seconds: timeout_seconds(),
            messages_per_minute: None,
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
        let is_host = !self.host.is_empty() && !self.host.contains(|c: char| c.is_whitespace() || c == '/');
        require(is_host, "`mail.host` must be the name of the mail server, such as smtp.example.org");
        require(sender(self).is_ok(), "`mail.from` must be like \"Das Tern <clinic@example.org>\"");
        require(
            self.user_name.is_none() || self.password.is_some(),
            "`mail.user_name` is set, but there is no `mail.password`: put it into the credentials directory",
        );
        let is_here = matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1");
        require(
            self.encryption != MailEncryption::None || self.password.is_none() || is_here,
            "`mail.encryption` is none: a password must not leave this machine in the clear",
        );
        require(
            self.hello_name.as_deref().is_none_or(is_full_name),
            "`mail.hello_name` must be a full name such as tern.clinic.example, or an address such as [203.0.113.7]",
        );
        require(
            self.messages_per_minute != Some(0),
            "`mail.messages_per_minute` must be at least 1; leave it out for no limit",
        );
        faults
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
    /// When the settings are wrong, see [`MailSettings::faults`]; when TLS cannot be set up.
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
    /// See [`Undelivered`]; `Gone` when the server says that there is no such mailbox, or the address is not one;
    /// `Doubtful` when it refuses the recipient and may mean us.
    pub async fn send(&self, mail: &Mail) -> Result<(), Undelivered> {
        let server = self.server.as_ref().ok_or(Undelivered::NotConfigured)?;
        let message = compose(server.sender(), mail)?;
        server.send(&message).await
    }
}

/// The sender of the settings.
fn sender(settings: &MailSettings) -> Result<Mailbox> {
    let wrong = |what: String| Error::invalid("mail.from", "mail_settings_invalid").context(what);
    let mailbox: Mailbox = settings.from.parse().map_err(|error| wrong(format!("{error}")))?;
    let address = on_the_line(&mailbox.email).ok_or_else(|| wrong("no such domain".to_owned()))?;
    Ok(Mailbox::new(mailbox.name, address))
}

/// An address as it goes over the line: its domain as A-labels (RFC 5891), which every mail server understands.
fn on_the_line(address: &Address) -> Option<Address> {
    Address::new(address.user(), ascii_domain(address.domain())?).ok()
}

/// A name with a dot, or an address in brackets (RFC 5321, 4.1.3).
fn is_full_name(name: &str) -> bool {
    match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.strip_prefix("IPv6:").unwrap_or(address).parse::<std::net::IpAddr>().is_ok(),
        None => name.is_ascii() && ascii_domain(name).is_some_and(|domain| domain.contains('.')),
    }
}
