//! Makes the letter that goes over the line. No value can add a header: line breaks become spaces, and what is not
//! ASCII is encoded.

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

use super::Mail;
use crate::platform::error::{Error, Result};
use crate::platform::http_client::Url;
use crate::platform::outbound::Undelivered;
use crate::platform::text::ascii_domain;

/// Longest URL in a header: a line of a letter has at most 998 characters (RFC 5322, 2.1.1).
const URL_LENGTH_MAX: usize = 900;

/// The letter from `sender`.
pub(super) fn compose(sender: &Mailbox, mail: &Mail) -> Result<Message, Undelivered> {
    let to = recipient(mail.to.reveal()).ok_or(Undelivered::Gone { code: "mail_address_gone" })?;
    let cannot = |error| Undelivered::Refused(Error::internal(format!("mail cannot be composed: {error}")));
    // Given, since lettre would read it from the header again, by its own check of addresses.
    let envelope = Envelope::new(Some(sender.email.clone()), vec![to.clone()]).map_err(cannot)?;
    let mut letter = Message::builder()
        .envelope(envelope)
        .from(sender.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&mail.subject))
        // RFC 3834: keeps absence notices from answering.
        .raw_header(plain("Auto-Submitted", "auto-generated"));
    if let Some(id) = &mail.id {
        letter = letter.message_id(Some(message_id(id, sender.email.domain())));
    }
    if let Some(url) = &mail.unsubscribe_url {
        let url = unsubscribe_url(url).map_err(Undelivered::Refused)?;
        letter = letter
            .raw_header(plain("List-Unsubscribe", &format!("<{url}>")))
            .raw_header(plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    letter.multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone())).map_err(cannot)
}

/// An address as it goes over the line, or nothing when it is not one. Lettre's own check knows no combining signs,
/// of which Khmer names are full (RFC 6532 lets them stand).
fn recipient(typed: &str) -> Option<Address> {
    let (local, domain) = typed.split_once('@')?;
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && !"()<>[]:;@\\,\"".contains(c);
    let fits = (1..=64).contains(&local.len()) && local.chars().all(is_plain);
    let domain = ascii_domain(domain)?;
    fits.then(|| Address::new_dangerous(local, domain))
}

fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}

fn message_id(id: &str, domain: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let local: String = id.chars().map(|c| if safe(c) { c } else { '-' }).collect();
    format!("<{local}@{domain}>")
}

/// A URL has no character that ends a header once it is parsed and written again.
fn unsubscribe_url(text: &str) -> Result<String> {
    let url = Url::parse(text).map_err(|_| Error::internal("the address for unsubscribing is not a URL"))?;
    let url = String::from(url);
    if url.len() > URL_LENGTH_MAX || !url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'>') {
        return Err(Error::internal("the address for unsubscribing cannot stand in a header"));
    }
    Ok(url)
}

/// A header whose value is ASCII in one line.
fn plain(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.to_owned(),
        value.to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::secret::Phi;

    fn written(mail: &Mail) -> String {
        let sender = "Das Tern <clinic@example.org>".parse().unwrap();
        String::from_utf8(compose(&sender, mail).unwrap().formatted()).unwrap()
    }

    fn mail(subject: &str) -> Mail {
        let to = Phi::new("dara@example.org".to_owned());
        Mail::new(to, subject.to_owned(), "text".to_owned(), "<p>text</p>".to_owned())
    }

    fn names(letter: &str) -> Vec<String> {
        let (head, _) = letter.split_once("\r\n\r\n").unwrap();
        let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        lines.map(|line| line.split(':').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn an_id_and_a_way_to_unsubscribe_are_told() {
        let letter = written(&Mail {
            id: Some("0193-a:b".to_owned()),
            unsubscribe_url: Some("https://clinic.example/u?t=ក>".to_owned()),
            ..mail("Hello")
        });
        assert!(letter.contains("Message-ID: <0193-a-b@example.org>\r\n"), "{letter}");
        assert!(
            letter.contains("List-Unsubscribe: <https://clinic.example/u?t=%E1%9E%80%3E>\r\n"),
            "{letter}"
        );
        assert!(letter.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{letter}");
        assert!(letter.contains("multipart/alternative"));
    }

    #[test]
    fn an_address_that_is_none_is_gone() {
        let sender = "clinic@example.org".parse().unwrap();
        for to in ["dara", "a@b@c", "dara@example.org\r\nBcc: all@example.org", ""] {
            let mail = Mail { to: Phi::new(to.to_owned()), ..mail("x") };
            assert!(matches!(compose(&sender, &mail), Err(Undelivered::Gone { .. })), "{to}");
        }
    }

    proptest! {
        #[test]
        fn no_value_adds_a_header(subject in any::<String>(), id in any::<String>(), line in "\r\n[A-Z][a-z]{2}: x\r\n\r\nbody") {
            let expected = names(&written(&Mail { id: Some("x".to_owned()), ..mail("Hello") }));
            let subject = format!("{subject}{line}");
            let letter = written(&Mail { id: Some(format!("{id}{line}")), ..mail(&subject) });
            prop_assert_eq!(names(&letter), expected);
            prop_assert!(letter.is_ascii());
        }
    }
}
