//! The way of a letter to the mail server.
//!
//! # Why lettre's own transport is not used
//! It does not say at which step a server refused, and `refusal.rs` needs to know: addresses would be dropped for the
//! clinic's own fault. So the steps are taken here, over lettre's connection, and connections are kept here too.

use std::error::Error as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::{Address, Message};
use tokio::net::TcpStream;

use super::bounded::Bounded;
use super::refusal::{Step, meaning};
use super::{MailEncryption, MailSettings, is_full_name, sender};
use crate::platform::error::{Error, Result};
use crate::platform::outbound::Undelivered;
use crate::platform::trust;

/// Connections kept for the next letter.
const IDLE_MAX: usize = 4;

/// A mail server, with the connections to it that are free.
pub(super) struct Transport {
    settings: MailSettings,
    sender: Mailbox,
    hello: ClientId,
    tls: Option<TlsParameters>,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

impl Transport {
    /// Connects to nothing yet.
    pub(super) fn new(settings: MailSettings) -> Result<Self> {
        if let Some(fault) = settings.faults().first() {
            return Err(Error::internal(fault));
        }
        let tls = match settings.encryption {
            MailEncryption::None => None,
            MailEncryption::StartTls | MailEncryption::Tls => Some(tls(&settings)?),
        };
        let sender = sender(&settings)?;
        let hello = hello(&settings, &sender);
        Ok(Self { settings, sender, hello, tls, idle: Mutex::default() })
    }

    /// Who sends.
    pub(super) const fn sender(&self) -> &Mailbox {
        &self.sender
    }

    /// Hands a letter over, within the time limit.
    pub(super) async fn send(&self, letter: &Message) -> Result<(), Undelivered> {
        let limit = Duration::from_secs(self.settings.timeout_seconds);
        match tokio::time::timeout(limit, self.hand_over(letter)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Trouble::Said(step, error))) => Err(judge(step, &error)),
            Ok(Err(Trouble::Unreachable)) => Err(Undelivered::later("mail_failed", NO_CONNECTION, None)),
            Ok(Err(Trouble::LacksSmtpUtf8)) => {
                Err(Undelivered::refused("mail_lacks_smtputf8", "the mail server does not offer SMTPUTF8"))
            }
            Err(_) => Err(Undelivered::later("mail_failed", "the mail server did not answer in time", None)),
        }
    }

    async fn hand_over(&self, letter: &Message) -> Result<(), Trouble> {
        let mut connection = self.connection().await?;
        match converse(&mut connection, letter).await {
            Ok(()) => {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                if idle.len() < IDLE_MAX {
                    idle.push(connection);
                }
                Ok(())
            }
            Err(refusal) => {
                connection.abort().await;
                Err(refusal)
            }
        }
    }

    /// A free connection that still lives, else a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Trouble> {
        loop {
            let free = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match free {
                Some(mut connection) => {
                    if connection.test_connected().await {
                        return Ok(connection);
                    }
                }
                None => return self.connect().await,
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let server = (self.settings.host.as_str(), self.settings.effective_port());
        let refused = |error| Trouble::Said(Step::Connection, error);
        if self.settings.encryption == MailEncryption::Tls {
            let tls = self.tls.clone();
            let connection = AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, tls, None).await;
            return self.greet(connection.map_err(refused)?).await.map_err(refused);
        }
        let stream = TcpStream::connect(server).await.map_err(|_| Trouble::Unreachable)?;
        let stream = Box::new(Bounded::new(stream));
        let connection = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await;
        self.greet(connection.map_err(refused)?).await.map_err(refused)
    }

    /// Makes a new connection safe, and signs in on it.
    async fn greet(&self, mut connection: AsyncSmtpConnection) -> Result<AsyncSmtpConnection, SmtpError> {
        let settings = &self.settings;
        if let Some(tls) = self.tls.clone().filter(|_| settings.encryption == MailEncryption::StartTls) {
            // Fails when the server does not offer it: nothing is ever said in the clear.
            connection.starttls(tls, &self.hello).await?;
        }
        if let (Some(name), Some(password)) = (&settings.user_name, &settings.password) {
            let credentials = Credentials::new(name.clone(), password.reveal().clone());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }
}

/// The letter was not handed over.
enum Trouble {
    /// There is no connection.
    Unreachable,
    /// The server said no, or nothing.
    Said(Step, SmtpError),
    /// The address is not ASCII, and the server does not offer what that needs (RFC 6531).
    LacksSmtpUtf8,
}

fn tls(settings: &MailSettings) -> Result<TlsParameters> {
    let wrong = |error: SmtpError| Error::internal(format!("TLS for mail: {error}"));
    let mut builder = TlsParameters::builder(settings.host.clone());
    for certificate in settings.ca_file.as_deref().map(trust::read).transpose()?.unwrap_or_default() {
        builder = builder.add_root_certificate(Certificate::from_der(certificate.to_vec()).map_err(wrong)?);
    }
    builder.build().map_err(wrong)
}

/// Who we are: a full name (RFC 5321, 4.1.1.1), for many servers refuse the bare name of a machine.
fn hello(settings: &MailSettings, sender: &Mailbox) -> ClientId {
    match (&settings.hello_name, ClientId::default()) {
        (Some(name), _) => ClientId::Domain(name.clone()),
        (None, ClientId::Domain(name)) if is_full_name(&name) => ClientId::Domain(name),
        (None, _) => ClientId::Domain(sender.email.domain().to_owned()),
    }
}

async fn converse(connection: &mut AsyncSmtpConnection, letter: &Message) -> Result<(), Trouble> {
    let at = |step| move |error| Trouble::Said(step, error);
    let content = letter.formatted();
    let envelope = letter.envelope();
    let mut parameters = Vec::new();
    if !content.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let is_plain = |address: &Address| address.to_string().is_ascii();
    if !envelope.from().into_iter().chain(envelope.to()).all(is_plain) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Trouble::LacksSmtpUtf8);
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    connection.command(Mail::new(envelope.from().cloned(), parameters)).await.map_err(at(Step::Sender))?;
    for recipient in envelope.to() {
        let command = Rcpt::new(recipient.clone(), Vec::new());
        connection.command(command).await.map_err(at(Step::Recipient))?;
    }
    connection.command(Data).await.map_err(at(Step::Letter))?;
    connection.message(&content).await.map_err(at(Step::Letter))?;
    Ok(())
}

/// For the log.
const NO_CONNECTION: &str = "the connection with the mail server failed";

/// What a failure means for the letter and its recipient. The server's words may repeat the address: only codes go
/// on.
fn judge(step: Step, error: &SmtpError) -> Undelivered {
    if let Some(code) = error.status() {
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        return meaning(step, u16::from(code), &words);
    }
    let context = if error.is_tls() {
        "no TLS connection with the mail server"
    } else if error.is_client() {
        "the mail server lacks STARTTLS or a way to sign in"
    } else {
        NO_CONNECTION
    };
    Undelivered::later("mail_failed", context, None)
}
