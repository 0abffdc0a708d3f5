//! The way of a letter to the mail server.
//!
//! # Why lettre's own transport is not used
//! It does not say at which step a server refused: `550` for a recipient means that the mailbox is gone, `550` for the
//! content or the sender says nothing about the mailbox, and addresses would be dropped for the clinic's own fault. So
//! the steps are taken here, over lettre's connection, and connections are kept here too.

use std::error::Error as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Message;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::{Error as SmtpError, response::Code};

use super::{MailEncryption, MailSettings, sender};
use crate::platform::error::{Error, Result};
use crate::platform::outbound::Undelivered;

/// Connections kept for the next letter.
const IDLE_MAX: usize = 4;

/// A mail server, with the connections to it that are free.
pub(super) struct Transport {
    settings: MailSettings,
    sender: Mailbox,
    tls: Option<TlsParameters>,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

/// Where in the conversation the server said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Greeting, TLS, sign-in: nothing about this letter.
    Connection,
    /// The recipient.
    Recipient,
    /// The sender or the content.
    Letter,
}

impl Transport {
    /// Connects to nothing yet.
    pub(super) fn new(settings: MailSettings) -> Result<Self> {
        let tls = match settings.encryption {
            MailEncryption::None => None,
            MailEncryption::StartTls | MailEncryption::Tls => {
                let tls = TlsParameters::new(settings.host.clone());
                Some(tls.map_err(|error| Error::internal(format!("TLS for mail: {error}")))?)
            }
        };
        let sender = sender(&settings)?;
        Ok(Self { settings, sender, tls, idle: Mutex::default() })
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
            Ok(Err((step, error))) => Err(judge(step, &error)),
            Err(_) => Err(Undelivered::later("mail_failed", "the mail server did not answer in time", None)),
        }
    }

    async fn hand_over(&self, letter: &Message) -> Result<(), (Step, SmtpError)> {
        let mut connection = self.connection().await.map_err(|error| (Step::Connection, error))?;
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
    async fn connection(&self) -> Result<AsyncSmtpConnection, SmtpError> {
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

    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let settings = &self.settings;
        let hello = ClientId::default();
        let at_once = self.tls.clone().filter(|_| settings.encryption == MailEncryption::Tls);
        let server = (settings.host.as_str(), settings.effective_port());
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, None, &hello, at_once, None).await?;
        if let Some(tls) = self.tls.clone().filter(|_| settings.encryption == MailEncryption::StartTls) {
            // Fails when the server does not offer it: nothing is ever said in the clear.
            connection.starttls(tls, &hello).await?;
        }
        if let (Some(name), Some(password)) = (&settings.user_name, &settings.password) {
            let credentials = Credentials::new(name.clone(), password.reveal().clone());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }
}

async fn converse(connection: &mut AsyncSmtpConnection, letter: &Message) -> Result<(), (Step, SmtpError)> {
    let of_letter = |error| (Step::Letter, error);
    let content = letter.formatted();
    let mut parameters = Vec::new();
    if !content.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let envelope = letter.envelope();
    connection.command(Mail::new(envelope.from().cloned(), parameters)).await.map_err(of_letter)?;
    for recipient in envelope.to() {
        let command = Rcpt::new(recipient.clone(), Vec::new());
        connection.command(command).await.map_err(|error| (Step::Recipient, error))?;
    }
    connection.command(Data).await.map_err(of_letter)?;
    connection.message(&content).await.map_err(of_letter)?;
    Ok(())
}

/// What a failure means for the letter and its recipient. The server's words may repeat the address: only codes go
/// on.
fn judge(step: Step, error: &SmtpError) -> Undelivered {
    let code = error.status().map(|code| code.to_string());
    let context = match (&code, step) {
        (Some(code), Step::Connection) => format!("the mail server does not serve us: status {code}"),
        (Some(code), _) => format!("status {code}"),
        (None, _) if error.is_tls() => "no TLS connection with the mail server".to_owned(),
        (None, _) if error.is_client() => "the mail server lacks STARTTLS or a way to sign in".to_owned(),
        (None, _) => "the connection with the mail server failed".to_owned(),
    };
    if !error.is_permanent() || step == Step::Connection {
        return Undelivered::later("mail_failed", context, None);
    }
    let words = error.source().map(ToString::to_string).unwrap_or_default();
    let is_gone = step == Step::Recipient && error.status().is_some_and(|code| mailbox_is_gone(code, &words));
    if is_gone {
        return Undelivered::Gone { code: "mail_address_gone" };
    }
    Undelivered::refused("mail_refused", context)
}

/// Whether a refusal of a recipient says that there is no such mailbox: 550, 551 or 553 (RFC 5321, 4.2.3), unless the
/// enhanced code says that it is full (5.2.2) or that the server's policy is the reason (5.7; RFC 3463).
fn mailbox_is_gone(code: Code, words: &str) -> bool {
    let of_mailbox = matches!(u16::from(code), 550 | 551 | 553);
    let word = words.split_whitespace().find(|word| word.starts_with("5.")).unwrap_or_default();
    of_mailbox && word != "5.2.2" && !word.starts_with("5.7.")
}

#[cfg(test)]
mod tests {
    use lettre::transport::smtp::response::{Category, Detail, Severity};

    use super::*;

    #[test]
    fn only_a_missing_mailbox_is_gone() {
        let code = |detail| Code::new(Severity::PermanentNegativeCompletion, Category::MailSystem, detail);
        let gone = |detail, words| mailbox_is_gone(code(detail), words);
        assert!(gone(Detail::Zero, "5.1.1 no such user"));
        assert!(gone(Detail::Zero, "no such user"));
        assert!(gone(Detail::Three, "mailbox name not allowed"));
        assert!(!gone(Detail::Zero, "5.7.1 your server is on a list"));
        assert!(!gone(Detail::Zero, "5.2.2 mailbox full"));
        assert!(!gone(Detail::Two, "mailbox full"));
        assert!(!gone(Detail::Four, "5.7.1 relay access denied"));
    }
}
