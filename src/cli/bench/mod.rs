//! `das-tern bench`: fills a clinic, starts the server on it as a process of its own and drives its flows over
//! loopback. It checks the answers it gets, not only their status.

mod client;
mod due;
mod measure;
mod report;
mod requests;
mod safety;
mod screens;
mod setup;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use clap::Args;

use self::measure::{Flow, Measured, measure, rss_mib, stopwatch};
use super::doctor::megabytes;
use super::files::allow_open_files;
use super::{ConfigurationArguments, Outcome, say};
use crate::platform::clock::{Clock, SystemClock};
use crate::platform::error::{Error, Result};
use crate::platform::settings::Settings;
use crate::platform::store::{Engine, RedbEngine, RedbOptions};

/// What can be said on the command line.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Patients in the clinic, three prescriptions of 90 doses each
    #[arg(long, default_value_t = 1000)]
    patients: u32,
    /// Synthetic medicines besides the shipped catalogue
    #[arg(long, default_value_t = 100_000)]
    catalogue: u32,
    /// Seconds for each row of the table
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Connections at once
    #[arg(long, value_delimiter = ',', default_value = "1,16,64")]
    connections: Vec<usize>,
    /// Only flows whose name holds this
    #[arg(long)]
    only: Option<String>,
    /// One line of JSON for each row instead of the table
    #[arg(long)]
    json: bool,
}

/// Runs the bench.
///
/// # Errors
/// When the clinic cannot be filled or the server cannot be started.
pub(super) fn run(configuration: &ConfigurationArguments, arguments: &BenchArguments) -> Outcome {
    allow_open_files(screens::FILES)?;
    let folder = tempfile::tempdir()?;
    let directory = folder.path().join("data");
    let flags = vec![("store.directory".to_owned(), directory.display().to_string())];
    let sources = configuration.named_sources(flags)?;
    let settings = sources.load()?;
    let root_key = sources.root_key(&directory)?;
    let runtime = tokio::runtime::Runtime::new()?;
    if arguments.only.as_ref().is_some_and(|only| due::NAME.contains(only.as_str())) {
        return Ok(runtime.block_on(due::run(settings, root_key, arguments.json))?);
    }
    let is_safety = |only: &String| safety::NAME.contains(only.as_str());
    if arguments.only.as_ref().is_some_and(is_safety) {
        return Ok(weigh(arguments)?);
    }
    if arguments.only.is_none() {
        // First, while this process holds nothing else.
        weigh(arguments)?;
    }
    let filling = stopwatch();
    let filled =
        runtime.block_on(setup::fill(settings, root_key, arguments.patients, arguments.catalogue))?;
    let seconds = filling.elapsed().as_secs_f64();
    runtime.block_on(drive(arguments, &directory, &filled, seconds))?;
    if arguments.only.is_none() {
        let folder = tempfile::tempdir()?;
        let directory = folder.path().join("data");
        let flags = vec![("store.directory".to_owned(), directory.display().to_string())];
        let sources = configuration.named_sources(flags)?;
        let root_key = sources.root_key(&directory)?;
        runtime.block_on(due::run(sources.load()?, root_key, arguments.json))?;
    }
    Ok(())
}

/// The safety check, which needs no server.
fn weigh(arguments: &BenchArguments) -> Result<()> {
    let (loaded, measured) = safety::measure()?;
    if arguments.json {
        let line = serde_json::to_string(&loaded)
            .map_err(|error| Error::internal(format!("unwritable figures: {error}")))?;
        say(&line);
    } else {
        say(&format!(
            "{} safety rules: read in {:.0} ms, {:.1} MiB held",
            loaded.rules, loaded.load_ms, loaded.held_mib
        ));
        say(&report::heading());
    }
    show(&measured, arguments)
}

async fn drive(
    arguments: &BenchArguments,
    directory: &Path,
    filled: &setup::Filled,
    fill_seconds: f64,
) -> Result<()> {
    let server = Server::start(directory)?;
    if !arguments.json {
        say(&format!(
            "{} patients, {} prescriptions, {} doses, filled in {:.1} s",
            arguments.patients,
            u64::from(arguments.patients) * 3,
            u64::from(arguments.patients) * 270,
            fill_seconds
        ));
        let bytes = std::fs::metadata(directory.join("das-tern.redb")).map_or(0, |file| file.len());
        say(&format!("data file of {:.1} MB", megabytes(bytes)));
        say(&format!(
            "start to ready {:.0} ms, resident at rest {:.1} MiB",
            server.start_ms,
            rss_mib(server.pid())
        ));
        say(&format!("a bare durable commit of three rows takes {:.2} ms", bare_commit_ms(directory)?));
        say(&report::heading());
    }
    let is_wanted = |name: &str| arguments.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let length = Duration::from_secs(arguments.seconds);
    if is_wanted(screens::NAME) {
        let measured = screens::measure(server.address, server.pid(), filled, length).await;
        show(&measured.map_err(unreachable)?, arguments)?;
    }
    let all = setup::flows(filled, tomorrow(), arguments.catalogue);
    let flows: Vec<Arc<dyn Flow>> = all.into_iter().map(|flow| -> Arc<dyn Flow> { Arc::new(flow) }).collect();
    for flow in flows.iter().filter(|flow| is_wanted(&flow.name())) {
        let mut next = 0;
        for &connections in &arguments.connections {
            let measured =
                measure(server.address, server.pid(), Arc::clone(flow), connections, length, &mut next)
                    .await
                    .map_err(unreachable)?;
            show(&measured, arguments)?;
        }
    }
    if arguments.only.is_none() {
        storm(&server, &flows, arguments).await?;
    }
    Ok(())
}

/// Sixty-four sign-ins at once while sixteen others read: the reads must not suffer.
async fn storm(server: &Server, flows: &[Arc<dyn Flow>], arguments: &BenchArguments) -> Result<()> {
    let (Some(profile), Some(login)) = (flows.first(), flows.last().cloned()) else { return Ok(()) };
    let length = Duration::from_secs(arguments.seconds);
    let (address, pid) = (server.address, server.pid());
    let signing = tokio::spawn(async move { measure(address, pid, login, 64, length, &mut 0).await });
    let reads = measure(address, pid, Arc::clone(profile), 16, length, &mut 0).await.map_err(unreachable)?;
    let logins = signing
        .await
        .map_err(|error| Error::internal(format!("the storm ended: {error}")))?
        .map_err(unreachable)?;
    show(&Measured { flow: "profile, in a sign-in storm".to_owned(), ..reads }, arguments)?;
    show(&Measured { flow: "sign in, the storm".to_owned(), ..logins }, arguments)
}

fn unreachable(error: std::io::Error) -> Error {
    Error::internal(format!("the server cannot be reached: {error}"))
}

/// A day whose doses all lie ahead.
fn tomorrow() -> NaiveDate {
    let today = SystemClock.now().day_in(Settings::default().clinic.time_zone);
    today.succ_opt().unwrap_or(today)
}

/// Median of durable commits of three small rows with nothing above the engine, in milliseconds: the floor
/// under every acknowledged write.
fn bare_commit_ms(directory: &Path) -> Result<f64> {
    const COMMITS: u32 = 200;
    let failed = |error| Error::internal(format!("bare commit: {error}"));
    let engine = RedbEngine::open(directory.join("bare.redb"), RedbOptions::default()).map_err(failed)?;
    let mut took = Vec::new();
    for number in 0..COMMITS {
        let row = |part: u8| {
            let key: Vec<u8> = std::iter::once(part).chain(number.to_be_bytes()).collect();
            (key, Some(vec![part; 100]))
        };
        let started = stopwatch();
        engine.commit(&[row(0), row(1), row(2)].into_iter().collect()).map_err(failed)?;
        took.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    took.sort_by(f64::total_cmp);
    Ok(took.get(took.len() / 2).copied().unwrap_or(f64::NAN))
}

fn show(measured: &Measured, arguments: &BenchArguments) -> Result<()> {
    if arguments.json {
        let line = serde_json::to_string(measured)
            .map_err(|error| Error::internal(format!("unwritable figures: {error}")))?;
        say(&line);
    } else {
        say(&report::row(measured));
    }
    Ok(())
}

/// The server as a process of its own.
struct Server {
    process: Child,
    address: SocketAddr,
    start_ms: f64,
}

impl Server {
    fn start(directory: &Path) -> Result<Self> {
        let failed =
            |error: std::io::Error| Error::internal(format!("the server cannot be started: {error}"));
        let binary = std::env::current_exe().map_err(failed)?;
        let started = stopwatch();
        let mut process = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--no-rate-limit", "--data"])
            .arg(directory)
            .args(["--set", "log.filter=error"])
            .args(["--set", &format!("real_time.streams_per_person_max={}", screens::SCREENS)])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(failed)?;
        }
        let start_ms = started.elapsed().as_secs_f64() * 1_000.0;
        let address = line.trim().rsplit('/').next().and_then(|address| address.parse().ok());
        let Some(address) = address else {
            return Err(Error::internal(format!("the server said: {line}")));
        };
        Ok(Self { process, address, start_ms })
    }

    fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The bench is over either way; a server that has ended already cannot be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
