//! `das-tern demo`: a throw-away clinic with a lifelike history, served like the real thing.

mod cast;
mod history;
mod people;
mod records;
mod treatments;
mod vitals;

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Days;
use clap::Args;
use serde_json::json;

use self::history::{DAYS, History};
use self::people::{Accounts, settle_in};
use super::clinic::Clinic;
use super::serve::until_told_to_stop;
use super::{ConfigurationArguments, Outcome, open_data_aloud, say, say_if_heard};
use crate::app::{App, Parts, Work, jobs};
use crate::platform::clock::belief::Clocks;
use crate::platform::clock::{Clock, ManualClock, SystemClock, start_of_day};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Language;
use crate::platform::jobs::{SystemWaiter, Worker};
use crate::platform::random::Random;
use crate::platform::secret::Secret;
use crate::platform::settings::Settings;
use crate::platform::telemetry;
use crate::views;

/// Everybody's password in the demo clinic.
const PASSWORD: &str = "angkor-demo-2026";

/// What can be said on the command line.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Port of the API; 0 picks a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Keep the clinic in this directory, or open the one that was kept there; else it is gone afterwards
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Print one line of JSON for programs
    #[arg(long)]
    json: bool,
    /// Do not count requests
    #[arg(long)]
    no_rate_limit: bool,
    /// How many patients
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(12..=5000))]
    patients: u32,
}

impl DemoArguments {
    /// The settings that the flags stand for, with the clinic in `directory`.
    fn flags(&self, directory: &Path) -> Vec<(String, String)> {
        [
            ("store.directory", directory.display().to_string()),
            ("server.listen", format!("127.0.0.1:{}", self.port)),
            ("limits.enabled", (!self.no_rate_limit).to_string()),
            ("clinic.name", "Phsar Thmey Demo Clinic".to_owned()),
            ("log.filter", "warn".to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .to_vec()
    }
}

/// Builds the clinic, serves it until told to stop.
///
/// # Errors
/// When the port is taken or the directory cannot be used.
pub(super) fn run(configuration: &ConfigurationArguments, arguments: &DemoArguments) -> Outcome {
    let own_alone = Permissions::from_mode(0o700);
    let temporary = tempfile::Builder::new().prefix("das-tern-demo-").permissions(own_alone).tempdir()?;
    let directory = arguments.dir.clone().unwrap_or_else(|| temporary.path().to_owned());
    let kept = Accounts::kept_in(&directory)?;
    if kept.is_none() && std::fs::read_dir(&directory).is_ok_and(|mut entries| entries.next().is_some()) {
        let place = directory.display();
        return Err(format!(
            "{place} is not empty and holds no finished demo clinic: name a directory that is empty or absent"
        )
        .into());
    }
    let sources = configuration.named_sources(arguments.flags(&directory))?;
    let mut settings = sources.load()?;
    settings.server.admin_listen.get_or_insert(SocketAddr::from(([127, 0, 0, 1], 0)));
    // A clinic of its own, which no mark outside has to tell of.
    settings.store.mark.get_or_insert(directory.join("demo.clinic"));
    // Before a clinic is made that nobody could be shown.
    if let Err(error) = std::net::TcpListener::bind(settings.server.listen) {
        let place = settings.server.listen;
        return Err(format!(
            "cannot listen on {place}: {error}. Name another port (`--port 3100`), or 0 for any free one"
        )
        .into());
    }
    let root_key = open_data_aloud(&sources, &settings)?;
    let _logging = telemetry::start(&settings.log)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let unheard = runtime.block_on(serve(arguments, settings, root_key, kept))?;
    if let Some(text) = unheard {
        // Nothing stays behind of a demo that nobody heard of.
        drop(temporary);
        say(&text);
    }
    Ok(())
}

/// Serves until told to stop; returns what should have been said when nobody listens any more.
async fn serve(
    arguments: &DemoArguments,
    settings: Settings,
    root_key: Secret<[u8; 32]>,
    kept: Option<Accounts>,
) -> Result<Option<String>> {
    let mut accounts = match kept {
        Some(accounts) => accounts,
        None => {
            if !arguments.json {
                // Whether somebody listens shows at the end.
                let _ = say_if_heard("Preparing a clinic with ninety days of history ...");
            }
            write_history(settings.clone(), root_key.clone(), arguments.patients).await?
        }
    };
    let app = App::start(Parts::of_system(settings, root_key)?).await?;
    accounts.note_levels(app.context())?;
    let text = announcement(&accounts, &app, arguments).await?;
    let told_to_stop = until_told_to_stop()?;
    if say_if_heard(&text).is_err() {
        app.stop().await?;
        return Ok(Some(text));
    }
    told_to_stop.await;
    app.stop().await?;
    Ok(None)
}

/// Commits of the history between two that are durable: who interrupts the demo's start begins anew.
const SYNC_EVERY: u32 = 256;

/// Writes the clinic's history into the data directory and closes it again.
async fn write_history(
    mut settings: Settings,
    root_key: Secret<[u8; 32]>,
    patients: u32,
) -> Result<Accounts> {
    let now = SystemClock.now();
    let zone = settings.clinic.time_zone;
    let directory = settings.store.directory.clone();
    let today = now.day_in(zone);
    let first_day = today.checked_sub_days(Days::new(u64::from(DAYS))).unwrap_or(today);
    let clock = ManualClock::at(start_of_day(first_day, zone));
    let random = Arc::new(Random::seeded(19_841_122));
    // The history is written by one process on all cores; the server hashes with its usual care.
    settings.auth.hash_threads = 2;
    let mut parts = Parts::of_system_syncing(settings, root_key, SYNC_EVERY)?;
    parts.clocks = Clocks::manual(&clock);
    parts.work = Work::OnDemand;
    let (context, signal) = parts.assemble()?;
    let mut worker = Worker::new(Arc::clone(&context), jobs(), signal, Arc::new(SystemWaiter));
    worker.install().await?;
    crate::flows::medicines::import_shipped(&context).await?;
    let clinic = Clinic::open(Arc::clone(&context), "admin@demo.example", PASSWORD).await?;
    let cast = cast::patients(patients, first_day, treatments::TREATMENTS.len(), &random)?;
    let (accounts, mut lives) = settle_in(&clinic, cast).await?;
    let mut history = History { clinic: &clinic, clock: &clock, worker: &mut worker, random };
    history.live(&mut lives, first_day, now).await?;
    worker.stop().await;
    let store = context.store.clone();
    tokio::task::spawn_blocking(move || store.close())
        .await
        .map_err(|error| Error::internal(format!("the store did not close: {error}")))?;
    accounts
        .keep_in(&directory)
        .map_err(|error| Error::internal(format!("{}: {error}", directory.display())))?;
    Ok(accounts)
}

/// Where the clinic is, whom to sign in as and what to try.
///
/// # Errors
/// When the medicine of the conversation cannot be looked up.
async fn announcement(accounts: &Accounts, app: &App, arguments: &DemoArguments) -> Result<String> {
    let url = format!("http://{}", app.address());
    let metrics = app.admin_address().map(|address| format!("http://{address}"));
    if arguments.json {
        return Ok(accounts.as_json(&url, metrics.as_deref(), PASSWORD).to_string());
    }
    let mut lines = vec![
        format!("\nDas Tern is ready on {url}"),
        format!("  page to open, to try every call: {url}/docs"),
        format!("  everybody's password:            {PASSWORD}"),
    ];
    lines.extend(metrics.map(|url| format!("  figures of the server:           {url}/metrics")));
    lines.push(String::new());
    lines.extend(accounts.as_lines());
    lines.extend(conversation(accounts, app, &url).await?);
    lines.push(match &arguments.dir {
        Some(dir) => format!(
            "\nThe clinic is kept in {}; the same command opens it again. Ctrl-C stops the server.",
            dir.display()
        ),
        None => "\nCtrl-C stops the server; the clinic is gone then.".to_owned(),
    });
    Ok(lines.join("\n"))
}

/// Lines to copy and paste: a doctor prescribes for a patient of theirs.
async fn conversation(accounts: &Accounts, app: &App, url: &str) -> Result<Vec<String>> {
    let Some((doctor, patient)) = accounts.first_pair() else { return Ok(Vec::new()) };
    // The search index may still be in the making; starts of names are found all the same.
    let found = views::medicines::find(app.context(), &doctor.caller(), "paracetamol", Some(20)).await?;
    let mut names =
        found.iter().map(|medicine| (medicine.id, medicine.content.display_name(Language::English)));
    let Some((medicine, name)) = names.find(|(_, name)| name.contains("500 mg tablet")) else {
        return Ok(Vec::new());
    };
    let title = format!("\nTo copy and paste: {} prescribes {name} for {}", doctor.name, patient.name);
    let sign_in = json!({ "identifier": doctor.email, "password": PASSWORD });
    let prescription = json!({
        "patientId": patient.id.to_string(),
        "medicineId": medicine.to_string(),
        "dosage": "500 mg",
        "frequency": "3x/day",
    });
    let json = "-H 'content-type: application/json'";
    let cut = r#"grep -o '"accessToken":"[^"]*"' | cut -d '"' -f 4"#;
    Ok(vec![
        title,
        format!("  API={url}/api"),
        format!("  TOKEN=$(curl -s $API/auth/login {json} -d '{sign_in}' | {cut})"),
        format!(
            r#"  curl -s $API/prescriptions -H "authorization: Bearer $TOKEN" {json} -d '{prescription}'"#
        ),
        format!(r#"  curl -s "$API/doses/today?patientId={}" -H "authorization: Bearer $TOKEN""#, patient.id),
    ])
}
