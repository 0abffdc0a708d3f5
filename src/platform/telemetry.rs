//! The log: lines for people or JSON for programs, on standard error. It holds ids and codes, never names,
//! contacts, diagnoses, tokens or bodies: those are wrapped in `Secret` and `Phi`, which print `***`.
//!
//! # Why a thread of its own
//! Whoever reads our standard error may be slow or stand still. A request must not wait for them: lines are handed
//! to a thread that writes them in groups, and when too many wait they are dropped, counted and reported. Nor does the
//! end of the process wait for them longer than a moment.

use std::io::{self, IsTerminal, Write};
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use super::settings::{LogFormat, LogSettings};

/// Lines that may wait to be written.
const LINES_WAITING_MAX: usize = 8192;
/// Bytes written with one call.
const GROUP_BYTES: usize = 64 * 1024;
/// How long the end of the process waits for the last lines to be taken.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Logging as long as this lives; dropping it writes what still waits, if somebody takes it.
#[derive(Debug)]
pub struct Logging {
    lines: Sender<Message>,
    /// Hears when the writing thread has ended.
    ended: Receiver<()>,
    patience: Duration,
}

/// Starts logging for this process. A second start changes nothing.
///
/// # Errors
/// When the writing thread cannot be started.
pub fn start(settings: &LogSettings) -> io::Result<Logging> {
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let (logging, queue) = write_to(io::stderr(), LAST_LINES)?;
    let formatted = tracing_subscriber::fmt().with_env_filter(filter).with_writer(queue);
    let started = match settings.format {
        LogFormat::Json => formatted.json().flatten_event(true).finish().try_init(),
        LogFormat::Text => formatted.with_ansi(io::stderr().is_terminal()).finish().try_init(),
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
    Ok(logging)
}

/// Starts the thread that writes to `out`.
fn write_to(out: impl Write + Send + 'static, patience: Duration) -> io::Result<(Logging, Queue)> {
    let (lines, waiting) = bounded(LINES_WAITING_MAX);
    let (ends, ended) = bounded(0);
    let lost = Arc::new(AtomicU64::new(0));
    let queue = Queue { lines: lines.clone(), lost: Arc::clone(&lost) };
    std::thread::Builder::new().name("log-writer".to_owned()).spawn(move || {
        write_lines(&waiting, &lost, out);
        drop(ends);
    })?;
    Ok((Logging { lines, ended, patience }, queue))
}

/// A panic's message may repeat what it choked on, so only its place is logged.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, thread = std::thread::current().name(), "a panic");
}

#[derive(Debug)]
enum Message {
    Line(Vec<u8>),
    /// Write everything that came before, and end.
    End,
}

/// Where the formatter puts its lines.
#[derive(Debug, Clone)]
struct Queue {
    lines: Sender<Message>,
    lost: Arc<AtomicU64>,
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Queue {
    /// The formatter hands over whole lines.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.lines.try_send(Message::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes lines as they come, those that wait together in one go, until told to end or nobody is left to log.
fn write_lines(waiting: &Receiver<Message>, lost: &AtomicU64, mut out: impl Write) {
    let mut group = Vec::with_capacity(GROUP_BYTES);
    while let Ok(Message::Line(first)) = waiting.recv() {
        group.extend_from_slice(&first);
        let mut ends = false;
        while group.len() < GROUP_BYTES {
            match waiting.try_recv() {
                Ok(Message::Line(line)) => group.extend_from_slice(&line),
                Ok(Message::End) => {
                    ends = true;
                    break;
                }
                Err(_) => break,
            }
        }
        let missing = lost.swap(0, Ordering::Relaxed);
        if missing > 0 {
            group.extend_from_slice(format!("{missing} log lines were lost: too many waited\n").as_bytes());
        }
        // There is nowhere to report that the log itself cannot be written.
        let _ = out.write_all(&group);
        group.clear();
        if ends {
            return;
        }
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        if self.lines.send_timeout(Message::End, self.patience).is_ok() {
            // Nothing is ever sent: this is the thread letting go, or the end of the patience.
            let _ = self.ended.recv_timeout(self.patience);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_in_order_and_losses_are_told() {
        let (lines, waiting) = bounded(2);
        let lost = Arc::new(AtomicU64::new(0));
        let mut queue = Queue { lines: lines.clone(), lost: Arc::clone(&lost) };
        for line in ["one\n", "two\n", "three\n"] {
            queue.write_all(line.as_bytes()).unwrap();
        }
        let writer = std::thread::spawn(move || {
            let mut out = Vec::new();
            write_lines(&waiting, &lost, &mut out);
            out
        });
        lines.send(Message::End).unwrap();
        let out = writer.join().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "one\ntwo\n1 log lines were lost: too many waited\n");
    }

    #[test]
    fn the_end_does_not_wait_for_a_reader_that_stands_still() {
        let (reader, out) = io::pipe().unwrap();
        let (logging, mut queue) = write_to(out, Duration::from_millis(20)).unwrap();
        let line = [b'x'; 1024];
        // More than a pipe takes, and then more than may wait.
        for _ in 0..LINES_WAITING_MAX + 10 {
            queue.write_all(&line).unwrap();
        }
        drop(logging);
        drop(reader);
    }

    #[test]
    fn the_end_waits_until_the_last_line_is_taken() {
        let (mut reader, out) = io::pipe().unwrap();
        let (logging, mut queue) = write_to(out, LAST_LINES).unwrap();
        queue.write_all(b"the last line\n").unwrap();
        drop(logging);
        drop(queue);
        let mut taken = String::new();
        io::Read::read_to_string(&mut reader, &mut taken).unwrap();
        assert_eq!(taken, "the last line\n");
    }
}
