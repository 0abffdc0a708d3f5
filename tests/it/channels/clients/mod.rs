//! Each client against a server of its kind, with every answer that such a server gives on a bad day.

mod fcm;
mod mail;
mod push;
mod sms;

use std::sync::Arc;

use das_tern::platform::clock::{Clock, ManualClock, Span};
use das_tern::platform::outbound::Undelivered;

use crate::kit::beginning;

/// A clock at the beginning of tests.
fn clock() -> ManualClock {
    ManualClock::at(beginning())
}

fn shared(clock: &ManualClock) -> Arc<dyn Clock> {
    Arc::new(clock.clone())
}

/// How a message fared, in a word: `sent`, `gone mail_address_gone`, `refused push_too_long`, `doubtful sms_refused`,
/// `later push_failed`, `later push_failed 30 s`.
#[track_caller]
fn fate(sent: Result<(), Undelivered>) -> String {
    match sent {
        Ok(()) => "sent".to_owned(),
        Err(Undelivered::NotConfigured) => "not configured".to_owned(),
        Err(Undelivered::Gone { code }) => format!("gone {code}"),
        Err(Undelivered::Refused(error)) => {
            check_log(&error.to_string());
            format!("refused {}", error.code())
        }
        Err(Undelivered::Doubtful { error, .. }) => {
            check_log(&error.to_string());
            format!("doubtful {}", error.code())
        }
        Err(Undelivered::Later { error, after, .. }) => {
            check_log(&error.to_string());
            let wait = after.map(|after| format!(" {} s", after.as_seconds_rounded_up()));
            assert_eq!(error.retry_after_seconds(), Some(seconds(after)));
            format!("later {}{}", error.code(), wait.unwrap_or_default())
        }
    }
}

fn seconds(after: Option<Span>) -> u64 {
    after.map_or(0, |after| after.as_seconds_rounded_up() as u64)
}

/// What is logged names no address, number, token or text: those of these tests all have one of these words.
#[track_caller]
fn check_log(line: &str) {
    for word in ["dara", "+855", "secret", "127.0.0.1", "http", "oxygen", "device-"] {
        assert!(!line.contains(word), "the log would show {word}: {line}");
    }
}
