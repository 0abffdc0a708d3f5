//! What every way out of the process answers: e-mail, Web Push, FCM and SMS speak to different servers, and fail
//! alike. Each client has `is_configured()` and an `async fn send(..) -> Result<(), Undelivered>`.
//!
//! Absence: no address, token or text of a message is in an error; a log shows codes only.

use chrono::{DateTime, NaiveDateTime};

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
    /// Not now.
    Later {
        /// What is in the way.
        error: Error,
        /// How long the other side asked to wait, if it said so.
        after: Option<Span>,
    },
    /// The clinic has not configured this channel.
    NotConfigured,
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
        Self::Later { error, after }
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
            Undelivered::Refused(error) | Undelivered::Later { error, .. } => error,
            Undelivered::NotConfigured => Self::unavailable("channel_not_configured", 3600),
        }
    }
}

/// The wait that a `Retry-After` header asks for, in seconds or until a date (RFC 9110, 10.2.3); at most a day.
pub(super) fn retry_after(header: Option<&str>, now: Timestamp) -> Option<Span> {
    let header = header?.trim();
    let wait = match header.parse::<u32>() {
        Ok(seconds) => Span::seconds(i64::from(seconds)),
        Err(_) => http_date(header)?.since(now),
    };
    Some(wait.clamp(Span::ZERO, WAIT_MAX))
}

/// An instant in one of the three forms of RFC 9110, 5.6.7: that of mail, and the two old ones of RFC 850 and of
/// the C library, which recipients must understand too.
fn http_date(text: &str) -> Option<Timestamp> {
    if let Ok(time) = DateTime::parse_from_rfc2822(text) {
        return Some(time.to_utc().into());
    }
    let old = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let time = old.into_iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    Some(time.and_utc().into())
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
        assert_eq!(wait("Sunday, 06-Nov-94 08:51:37 GMT"), Some(120));
        assert_eq!(wait("Sun Nov  6 08:51:37 1994"), Some(120));
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
