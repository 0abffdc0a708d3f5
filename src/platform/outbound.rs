//! What every way out of the process answers: e-mail, Web Push, FCM and SMS speak to different servers, and fail
//! alike. Each client has `is_configured()` and an `async fn send(..) -> Result<(), Undelivered>`.
//!
//! Absence: no address, token or text of a message is in an error; a log shows codes only.

use super::clock::{Span, Timestamp};
use super::error::Error;
use super::http_client::Unanswered;

/// Longest wait that another server may ask for. A longer one is a mistake of that server.
const WAIT_MAX: Span = Span::days(1);

/// Why a message did not leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undelivered {
    /// The address is dead and is not to be used again.
    Gone {
        /// What said so: `push_endpoint_gone`, `fcm_token_gone`, `mail_address_gone`.
        code: &'static str,
    },
    /// This message will never be accepted at this address; another one may be.
    Refused(Error),
    /// The other side said no, and it may mean this address, this message or us: what becomes of others will tell.
    Doubtful {
        /// What it said.
        error: Error,
        /// What the address is called if it is the reason, `mail_address_gone`. None when it would be the message.
        condemns: Option<&'static str>,
    },
    /// Not now.
    Later {
        /// What is in the way.
        error: Error,
        /// How long the other side asked to wait, if it said so.
        after: Option<Span>,
        /// Whose fault it is.
        fault: Fault,
    },
    /// The clinic has not configured this channel.
    NotConfigured,
}

/// Whose fault it is that a message did not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// That of the server which carries everybody's messages, or ours towards it: all of them wait.
    Carrier,
    /// That of this address or of the server that it names: it says nothing about the others.
    Address,
}

impl Undelivered {
    /// Never, with the code of the refusal; `context` is for the log.
    pub(super) fn refused(code: &'static str, context: impl std::fmt::Display) -> Self {
        Self::Refused(Error::unprocessable(code).context(context))
    }

    /// Not now; `after` when the other side said how long. The error carries the same wait for the job queue.
    pub(super) fn later(code: &'static str, context: impl std::fmt::Display, after: Option<Span>) -> Self {
        let seconds = after.map_or(0, Span::as_seconds_rounded_up);
        let error = Error::unavailable(code, u64::try_from(seconds).unwrap_or(0)).context(context);
        Self::Later { error, after, fault: Fault::Carrier }
    }

    /// It may be the address, the message or us, with the code of the refusal; `context` is for the log.
    pub(super) fn doubtful(
        code: &'static str,
        context: impl std::fmt::Display,
        condemns: Option<&'static str>,
    ) -> Self {
        Self::Doubtful { error: Error::unavailable(code, 0).context(context), condemns }
    }

    /// The same, but a wait is the fault of the address.
    #[must_use]
    pub(super) fn of_address(self) -> Self {
        match self {
            Self::Later { error, after, .. } => Self::Later { error, after, fault: Fault::Address },
            other => other,
        }
    }

    /// No answer came: never, when the request itself is the reason, else not now.
    pub(super) fn unanswered(refused: &'static str, failed: &'static str, why: Unanswered) -> Self {
        match why {
            Unanswered::NotAllowed => Self::refused(refused, "the address is not one that may be reached"),
            Unanswered::BadHeader => Self::refused(refused, "a header cannot be sent"),
            Unanswered::Failed(what) => Self::later(failed, what, None),
        }
    }
}

/// For a job that has no other address to turn to: what it fails with.
impl From<Undelivered> for Error {
    fn from(undelivered: Undelivered) -> Self {
        match undelivered {
            Undelivered::Gone { code } => Self::unprocessable(code),
            Undelivered::Refused(error)
            | Undelivered::Doubtful { error, .. }
            | Undelivered::Later { error, .. } => error,
            Undelivered::NotConfigured => Self::unavailable("channel_not_configured", 3600),
        }
    }
}

/// The wait that a `Retry-After` header asks for, in seconds or until a date in any of the three forms (RFC 9110,
/// 10.2.3 and 5.6.7); at most a day.
pub(super) fn retry_after(header: Option<&str>, now: Timestamp) -> Option<Span> {
    let header = header?.trim();
    let wait = match header.parse::<u32>() {
        Ok(seconds) => Span::seconds(i64::from(seconds)),
        Err(_) => {
            let until = httpdate::parse_http_date(header).ok()?;
            Timestamp::from(chrono::DateTime::<chrono::Utc>::from(until)).since(now)
        }
    };
    Some(wait.clamp(Span::ZERO, WAIT_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_seconds_or_by_a_date() {
        // 1994-11-06T08:49:37Z, the example of RFC 9110.
        let now = Timestamp::from_milliseconds(784_111_777_000);
        let wait = |header: &str| retry_after(Some(header), now).map(Span::as_seconds_rounded_up);
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait(" 0 "), Some(0));
        assert_eq!(wait("Sun, 06 Nov 1994 08:51:37 GMT"), Some(120));
        assert_eq!(wait("Sunday, 06-Nov-94 08:51:37 GMT"), Some(120), "RFC 850");
        assert_eq!(wait("Sun Nov  6 08:51:37 1994"), Some(120), "asctime");
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0), "a date that has passed");
        assert_eq!(wait("4000000000"), Some(86_400), "not for longer than a day");
        assert_eq!(wait("-5"), None);
        assert_eq!(wait("soon"), None);
        assert_eq!(retry_after(None, now), None);
    }

    #[test]
    fn the_wait_reaches_the_job_queue() {
        let later = Undelivered::later("push_failed", "status 429", Some(Span::seconds(90)));
        assert_eq!(Error::from(later).retry_after_seconds(), Some(90));
    }
}
