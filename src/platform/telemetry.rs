//! The log: lines for people or JSON for programs, on standard error. It holds ids and codes, never names,
//! contacts, diagnoses, tokens or bodies: those are wrapped in `Secret` and `Phi`, which print `***`.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use super::settings::{LogFormat, LogSettings};

/// Starts logging for this process. A second start changes nothing.
pub fn start(settings: &LogSettings) {
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match settings.format {
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init(),
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).finish().try_init(),
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// A panic's message may repeat what it choked on, so only its place is logged.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, thread = std::thread::current().name(), "a panic");
}
