//! What a mail server means when it says no.
//!
//! Only an answer about the mailbox condemns an address. Most refusals are of us: we are not signed in, may not send as
//! this sender, may not relay, are on a list, have a name that is none. Then the server carries nobody's letters until
//! somebody sees to it, and every letter waits. Between the two lie 550, 551 and 553 for a recipient without a code
//! that says more (RFC 5321, 4.2.3): "no such user" and "relay not permitted" look alike, and only the fate of other
//! letters tells them apart.

use crate::platform::outbound::Undelivered;

/// Where in the conversation the server said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Greeting, TLS, sign-in: nothing about this letter.
    Connection,
    /// The sender.
    Sender,
    /// The recipient.
    Recipient,
    /// The letter itself.
    Letter,
}

/// An enhanced code, `5.1.1` (RFC 3463).
type Enhanced = (u16, u16, u16);

/// The meaning of an answer with `code` and `words` at a step.
pub(super) fn meaning(step: Step, code: u16, words: &str) -> Undelivered {
    let enhanced = enhanced_of(code, words);
    let told = match enhanced {
        Some((class, subject, detail)) => format!("status {code} {class}.{subject}.{detail}"),
        None => format!("status {code}"),
    };
    match (step, code) {
        (Step::Recipient, 400..=499) if code != 421 => {
            // A full mailbox, a greylist: this recipient's own wait.
            Undelivered::later("mail_busy", told, None).of_address()
        }
        (Step::Recipient, 500..=599) => of_recipient(code, enhanced, told),
        (Step::Letter, 500..=599) => of_letter(code, enhanced, told),
        _ => Undelivered::later("mail_failed", format!("the mail server does not serve us: {told}"), None),
    }
}

const GONE: &str = "mail_address_gone";

fn refuses_us(told: &str) -> Undelivered {
    Undelivered::later("mail_refuses_us", format!("the mail server refuses us: {told}"), None)
}

fn of_recipient(code: u16, enhanced: Option<Enhanced>, told: String) -> Undelivered {
    match (code, enhanced) {
        (_, Some((5, 1, detail))) if is_of_mailbox(detail) => Undelivered::Gone { code: GONE },
        (_, Some((5, 6, 7))) => Undelivered::refused("mail_lacks_smtputf8", told),
        (_, Some((5, 2, 2 | 3))) | (552, None) => Undelivered::refused("mail_refused", told),
        (550 | 551 | 553, None | Some((5, 1, 0 | 5 | 9))) | (550 | 551 | 553, Some((5, 0 | 2 | 4, _))) => {
            Undelivered::doubtful("mail_recipient_refused", told, Some(GONE))
        }
        _ => refuses_us(&told),
    }
}

fn of_letter(code: u16, enhanced: Option<Enhanced>, told: String) -> Undelivered {
    match (code, enhanced) {
        // Some servers look the recipient up only now; there was but one.
        (_, Some((5, 1, detail))) if is_of_mailbox(detail) => Undelivered::Gone { code: GONE },
        // The mailbox is full, or the letter too large or of a kind that it does not take.
        (_, Some((5, 2, 2 | 3) | (5, 3, 4) | (5, 6, _))) | (552, None) => {
            Undelivered::refused("mail_refused", told)
        }
        _ => refuses_us(&told),
    }
}

/// Whether `5.1.<detail>` is about the recipient's mailbox: not those about the sender's (5.1.7, 5.1.8), nor those
/// that say nothing certain.
const fn is_of_mailbox(detail: u16) -> bool {
    matches!(detail, 1 | 2 | 3 | 4 | 6 | 10)
}

/// The enhanced code at the beginning of an answer, when it is of the same class as the code before it.
fn enhanced_of(code: u16, words: &str) -> Option<Enhanced> {
    let word = words.split_whitespace().next()?.trim_matches(|c: char| !c.is_ascii_digit());
    let mut numbers = word.split('.').map(|number| number.parse::<u16>().ok());
    let found = (numbers.next()??, numbers.next()??, numbers.next()??);
    (numbers.next().is_none() && found.0 == code / 100).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(step: Step, line: &str) -> String {
        let (code, words) = line.split_once(' ').unwrap();
        match meaning(step, code.parse().unwrap(), words) {
            Undelivered::Gone { code } => code.to_owned(),
            Undelivered::Refused(error) => error.code().to_owned(),
            Undelivered::Doubtful { .. } => "doubtful".to_owned(),
            Undelivered::Later { error, .. } => error.code().to_owned(),
            Undelivered::NotConfigured => "not configured".to_owned(),
        }
    }

    #[test]
    fn what_mail_servers_say_is_understood() {
        for (step, line, expected) in [
            (Step::Connection, "535 5.7.8 authentication failed", "mail_failed"),
            (Step::Sender, "530 5.7.0 Authentication required", "mail_failed"),
            (Step::Sender, "553 5.7.1 Sender address rejected: not owned by user", "mail_failed"),
            (Step::Sender, "550 5.1.8 Sender address rejected: Domain not found", "mail_failed"),
            (
                Step::Recipient,
                "504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname",
                "mail_refuses_us",
            ),
            (Step::Recipient, "554 5.7.1 <a@b.c>: Relay access denied", "mail_refuses_us"),
            (Step::Recipient, "550 5.7.1 blocked", "mail_refuses_us"),
            (Step::Recipient, "530 5.7.1 Client was not authenticated", "mail_refuses_us"),
            (Step::Recipient, "553 5.1.8 sender domain does not exist", "mail_refuses_us"),
            (Step::Recipient, "550 5.1.7 invalid sender", "mail_refuses_us"),
            (Step::Recipient, "554 no thanks", "mail_refuses_us"),
            (Step::Recipient, "550 5.3.4 system", "mail_refuses_us"),
            (Step::Recipient, "550 relay not permitted", "doubtful"),
            (Step::Recipient, "550 Sender verify failed", "doubtful"),
            (Step::Recipient, "551 not here", "doubtful"),
            (Step::Recipient, "553 no such name", "doubtful"),
            (Step::Recipient, "550 5.2.1 mailbox disabled", "doubtful"),
            (Step::Recipient, "550 5.4.1 Recipient address rejected: Access denied", "doubtful"),
            (Step::Recipient, "550 our rule 5.1.1 forbids relaying", "doubtful"),
            (Step::Recipient, "550 5.1.1 no such user", "mail_address_gone"),
            (Step::Recipient, "554 5.1.1 no such user", "mail_address_gone"),
            (Step::Recipient, "550 #5.1.1 no such user", "mail_address_gone"),
            (Step::Recipient, "556 5.1.10 takes no mail", "mail_address_gone"),
            (Step::Recipient, "550 5.2.2 mailbox full", "mail_refused"),
            (Step::Recipient, "552 mailbox full", "mail_refused"),
            (Step::Recipient, "553 5.6.7 Must declare SMTPUTF8", "mail_lacks_smtputf8"),
            (Step::Recipient, "450 4.2.0 greylisted", "mail_busy"),
            (Step::Recipient, "421 4.3.2 shutting down", "mail_failed"),
            (Step::Letter, "554 5.7.1 looks like spam", "mail_refuses_us"),
            (Step::Letter, "550 5.1.1 no such user", "mail_address_gone"),
            (Step::Letter, "552 5.3.4 too big", "mail_refused"),
            (Step::Letter, "550 no", "mail_refuses_us"),
            (Step::Letter, "451 4.3.0 later", "mail_failed"),
        ] {
            assert_eq!(said(step, line), expected, "{step:?} {line}");
        }
    }
}
