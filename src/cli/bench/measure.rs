//! Runs one flow over so many connections for a while and sums up what it saw.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::client::{Answer, Connection};

/// A flow that can be driven.
pub trait Flow: Send + Sync + 'static {
    /// Its name in the table.
    fn name(&self) -> String;
    /// The `n`-th request of the run; `None` when there is nothing left to do.
    fn request(&self, n: u64) -> Option<Vec<u8>>;
    /// Whether the answer to the `n`-th request is right, not only its status.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check(&self, n: u64, answer: &Answer<'_>) -> Result<(), String>;
}

/// What a run showed.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Measured {
    /// The flow.
    pub flow: String,
    /// Connections at once.
    pub connections: usize,
    /// Right answers a second.
    pub per_second: f64,
    /// Median latency in milliseconds.
    pub p50_ms: f64,
    /// 95th percentile.
    pub p95_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
    /// Wrong answers and broken connections.
    pub errors: u64,
    /// The first of them.
    pub first_error: Option<String>,
    /// Processor time of the server in percent of one core.
    pub server_cpu_percent: f64,
    /// Resident memory of the server at the end, in MiB.
    pub server_rss_mib: f64,
    /// What the server wrote to the disk for each right answer, in KiB; nothing where it is not counted.
    pub written_kib: Option<f64>,
}

#[derive(Default)]
struct Tally {
    latencies_us: Vec<u32>,
    errors: u64,
    first_error: Option<String>,
}

/// Reads the stopwatch.
pub fn stopwatch() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
    Instant::now()
}

/// Drives `flow` over `connections` connections for `length`, from its `next`-th request on, so that what can be
/// done only once is not tried again by a later run.
///
/// # Errors
/// When no connection can be opened.
pub async fn measure(
    address: SocketAddr,
    server: u32,
    flow: Arc<dyn Flow>,
    connections: usize,
    length: Duration,
    next_request: &mut u64,
) -> std::io::Result<Measured> {
    let next = Arc::new(AtomicU64::new(*next_request));
    let stop = Arc::new(AtomicBool::new(false));
    let mut workers = JoinSet::new();
    let usage = Usage::of(server);
    let start = stopwatch();
    for _ in 0..connections {
        let mut connection = Connection::open(address).await?;
        let (flow, next, stop) = (Arc::clone(&flow), Arc::clone(&next), Arc::clone(&stop));
        workers.spawn(async move {
            let mut tally = Tally::default();
            while !stop.load(Ordering::Relaxed) && start.elapsed() < length {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(request) = flow.request(n) else {
                    stop.store(true, Ordering::Relaxed);
                    break;
                };
                let sent = stopwatch();
                let outcome = match connection.send(&request).await {
                    Ok(answer) => flow.check(n, &answer),
                    Err(error) => Err(error.to_string()),
                };
                match outcome {
                    Ok(()) => {
                        let took = sent.elapsed().as_micros();
                        tally.latencies_us.push(u32::try_from(took).unwrap_or(u32::MAX));
                    }
                    Err(error) => {
                        tally.errors += 1;
                        tally.first_error.get_or_insert(error);
                        match Connection::open(address).await {
                            Ok(fresh) => connection = fresh,
                            Err(_) => break,
                        }
                    }
                }
            }
            tally
        });
    }
    let mut total = Tally::default();
    while let Some(tally) = workers.join_next().await {
        let tally = tally.map_err(std::io::Error::other)?;
        total.latencies_us.extend(tally.latencies_us);
        total.errors += tally.errors;
        if total.first_error.is_none() {
            total.first_error = tally.first_error;
        }
    }
    *next_request = next.load(Ordering::Relaxed);
    let seconds = start.elapsed().as_secs_f64();
    total.latencies_us.sort_unstable();
    let (server_cpu_percent, server_rss_mib) = usage.since(seconds);
    Ok(Measured {
        flow: flow.name(),
        connections,
        per_second: count(total.latencies_us.len()) / seconds,
        p50_ms: percentile(&total.latencies_us, 50),
        p95_ms: percentile(&total.latencies_us, 95),
        p99_ms: percentile(&total.latencies_us, 99),
        errors: total.errors,
        first_error: total.first_error,
        server_cpu_percent,
        server_rss_mib,
        written_kib: usage.written_since(total.latencies_us.len()),
    })
}

/// A number as figures are computed with.
pub fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

/// The value below which so many percent of the sorted values lie, in milliseconds.
pub fn percentile(sorted_us: &[u32], percent: usize) -> f64 {
    let place = (sorted_us.len() * percent / 100).min(sorted_us.len().saturating_sub(1));
    sorted_us.get(place).map_or(f64::NAN, |&us| f64::from(us) / 1_000.0)
}

/// What a process used up to a moment.
pub struct Usage {
    pid: u32,
    cpu_seconds: f64,
    written_kib: Option<f64>,
}

impl Usage {
    /// Up to now.
    pub fn of(pid: u32) -> Self {
        Self { pid, cpu_seconds: cpu_seconds(pid), written_kib: written_kib(pid) }
    }

    /// KiB written to the disk since then for each of so many answers.
    pub fn written_since(&self, answers: usize) -> Option<f64> {
        let written = written_kib(self.pid)? - self.written_kib?;
        (answers > 0).then(|| written / count(answers))
    }

    /// Processor time since then in percent of one core, when that is `seconds` ago, and resident memory in MiB.
    pub fn since(&self, seconds: f64) -> (f64, f64) {
        ((cpu_seconds(self.pid) - self.cpu_seconds) / seconds * 100.0, rss_mib(self.pid))
    }
}

/// Processor seconds a process has used, from `/proc`; 0 where there is none.
fn cpu_seconds(pid: u32) -> f64 {
    /// Clock ticks a second in `/proc/<pid>/stat`: 100 on Linux (USER_HZ).
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The command's name may hold spaces; the fields after it are counted from its closing bracket.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / TICKS
}

/// Resident memory of a process in MiB, from `/proc`; 0 where there is none.
pub fn rss_mib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1024.0
}

/// KiB a process has had written to disks, from `/proc`; nothing where there is none.
fn written_kib(pid: u32) -> Option<f64> {
    let counted = std::fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    let bytes =
        counted.lines().find_map(|line| line.strip_prefix("write_bytes:")?.trim().parse::<f64>().ok())?;
    Some(bytes / 1024.0)
}
