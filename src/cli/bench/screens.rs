//! A thousand open screens: how soon each of them hears of a change, and that it hears of it once.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::client::{Connection, request};
use super::measure::{Measured, Usage, count, percentile, stopwatch};
use super::setup::Filled;

/// Open screens, each of a doctor, who follows their patients.
pub const SCREENS: usize = 1_000;
/// Files that the screens need, in this process and likewise in the server, with something to spare.
pub const FILES: u64 = 4_096;
/// Longest wait for an event to arrive.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long after the last change the screens are still watched for what comes twice.
const AFTERMATH: Duration = Duration::from_millis(500);
/// Name of the row.
pub const NAME: &str = "new vital to 1,000 open screens";

/// A change in a patient's record, and who shall hear of it.
struct Change {
    bytes: Vec<u8>,
    /// The token of the patient's doctor.
    doctor: String,
}

/// What the changes are, and of what kind the events that tell of them: a patient measures their pulse.
fn changes(filled: &Filled) -> (&'static str, impl Iterator<Item = Change>) {
    let doctors: BTreeMap<_, _> =
        filled.treated.iter().map(|(patient, token)| (patient.id, token.clone())).collect();
    let measured = filled.patients.iter().cycle().zip((60..100).cycle());
    let changes = measured.filter_map(move |(driver, pulse)| {
        let body = format!(r#"{{"vitalType":"HEART_RATE","value":{pulse},"unit":"bpm"}}"#);
        let path = "/api/health-monitoring/vitals";
        let bytes = request("POST", path, Some(&driver.token), Some(&body));
        Some(Change { bytes, doctor: doctors.get(&driver.person.id)?.clone() })
    });
    ("vital.recorded", changes)
}

/// An event that reached a screen.
struct Arrival {
    screen: usize,
    at: Instant,
}

/// Opens the screens, makes one change after another for `length` and waits for each to reach every screen that
/// follows the patient. Latencies run from the sending of the change to the arrival.
///
/// # Errors
/// When the server cannot be reached or refuses a screen.
pub async fn measure(
    address: SocketAddr,
    server: u32,
    filled: &Filled,
    length: Duration,
) -> std::io::Result<Measured> {
    let (kind, changes) = changes(filled);
    let doctors: BTreeSet<&String> = filled.treated.iter().map(|(_, token)| token).collect();
    let (heard, mut arrivals) = mpsc::channel(SCREENS);
    let mut screens = JoinSet::new();
    let mut screens_of: BTreeMap<&String, BTreeSet<usize>> = BTreeMap::new();
    for (screen, doctor) in doctors.iter().copied().cycle().take(SCREENS).enumerate() {
        let lines = open(address, doctor).await?;
        screens.spawn(watch(lines, screen, kind, heard.clone()));
        screens_of.entry(doctor).or_default().insert(screen);
    }
    let mut run = Run { latencies_us: Vec::new(), errors: 0, first_error: None };
    let mut connection = Connection::open(address).await?;
    let usage = Usage::of(server);
    let start = stopwatch();
    for change in changes {
        if start.elapsed() >= length {
            break;
        }
        let sent = stopwatch();
        let answer = connection.send(&change.bytes).await?;
        if !matches!(answer.status, 200 | 201) {
            run.wrong(format!("status {}: {}", answer.status, String::from_utf8_lossy(answer.body)));
            continue;
        }
        let waiting = screens_of.get(&change.doctor).cloned().unwrap_or_default();
        run.await_all(waiting, &mut arrivals, sent).await;
    }
    let seconds = start.elapsed().as_secs_f64();
    let (server_cpu_percent, server_rss_mib) = usage.since(seconds);
    while timeout(AFTERMATH, arrivals.recv()).await.is_ok() {
        run.wrong("an event arrived twice".to_owned());
    }
    run.latencies_us.sort_unstable();
    Ok(Measured {
        flow: NAME.to_owned(),
        connections: SCREENS,
        per_second: count(run.latencies_us.len()) / seconds,
        p50_ms: percentile(&run.latencies_us, 50),
        p95_ms: percentile(&run.latencies_us, 95),
        p99_ms: percentile(&run.latencies_us, 99),
        errors: run.errors,
        first_error: run.first_error,
        server_cpu_percent,
        server_rss_mib,
        written_kib: None,
    })
}

struct Run {
    latencies_us: Vec<u32>,
    errors: u64,
    first_error: Option<String>,
}

impl Run {
    fn wrong(&mut self, what: String) {
        self.errors += 1;
        self.first_error.get_or_insert(what);
    }

    /// Waits until each of these screens, and no other, has heard of the change once.
    async fn await_all(
        &mut self,
        mut waiting: BTreeSet<usize>,
        arrivals: &mut mpsc::Receiver<Arrival>,
        sent: Instant,
    ) {
        while !waiting.is_empty() {
            match timeout(PATIENCE, arrivals.recv()).await {
                Ok(Some(Arrival { screen, at })) if waiting.remove(&screen) => {
                    let took = at.saturating_duration_since(sent).as_micros();
                    self.latencies_us.push(u32::try_from(took).unwrap_or(u32::MAX));
                }
                Ok(Some(_)) => self.wrong("an event arrived twice, or at the wrong screen".to_owned()),
                Ok(None) | Err(_) => {
                    self.wrong(format!("an event did not arrive at {} screens", waiting.len()));
                    return;
                }
            }
        }
    }
}

type Lines = tokio::io::Lines<BufReader<TcpStream>>;

/// A stream of events that has said hello.
async fn open(address: SocketAddr, token: &str) -> std::io::Result<Lines> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&request("GET", "/api/events", Some(token), None)).await?;
    let mut lines = BufReader::new(stream).lines();
    while let Some(line) = lines.next_line().await? {
        if line == "event: hello" {
            return Ok(lines);
        }
        if line.starts_with("HTTP/1.1") && !line.starts_with("HTTP/1.1 200") {
            return Err(std::io::Error::other(format!("a screen was refused: {line}")));
        }
    }
    Err(std::io::Error::other("a screen was closed at once"))
}

/// Reports each event of the kind, until the bench is over.
async fn watch(mut lines: Lines, screen: usize, kind: &'static str, heard: mpsc::Sender<Arrival>) {
    while let Ok(Some(line)) = lines.next_line().await {
        let is_wanted = line.strip_prefix("event: ").is_some_and(|heard| heard == kind);
        if is_wanted && heard.send(Arrival { screen, at: stopwatch() }).await.is_err() {
            return;
        }
    }
}
