//! The command line. One file for each subcommand.

pub mod admin;
pub mod audit;
pub mod backup;
pub mod bench;
pub mod catalog;
mod clinic;
mod clock;
pub mod compact;
pub mod config;
pub mod demo;
pub mod doctor;
mod files;
pub mod khqr;
pub mod mail;
mod notify;
mod offline;
pub mod openapi;
pub mod salvage;
pub mod serve;
mod unfinished;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{ConfigErrors, Sources, own_root_key};
use crate::platform::data_directory;
use crate::platform::secret::Secret;
use crate::platform::settings::Settings;
use crate::platform::store::Opening;

/// Medication management and adherence for clinics.
#[derive(Debug, Parser)]
#[command(name = "das-tern", version, about, propagate_version = true)]
struct Arguments {
    #[command(flatten)]
    configuration: ConfigurationArguments,
    #[command(subcommand)]
    command: Command,
}

/// Where settings come from; every command takes these.
#[derive(Debug, Clone, Args)]
pub struct ConfigurationArguments {
    /// The configuration file (TOML) [env: DAS_TERN_CONFIG]; where none is named, /etc/das-tern/das-tern.toml if there is
    /// one (demo and bench read none then)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A directory with one file for each secret [env: CREDENTIALS_DIRECTORY]
    #[arg(long, global = true, value_name = "DIR")]
    credentials: Option<PathBuf>,
    /// A setting, stronger than file and environment; may be repeated
    #[arg(long = "set", global = true, value_name = "SECTION.KEY=VALUE")]
    settings: Vec<String>,
}

impl ConfigurationArguments {
    /// The sources of the clinic on this machine: those that the arguments name, else its configuration file; `flags`
    /// are stronger than all.
    ///
    /// # Errors
    /// When a `--set` is not a setting.
    pub fn sources(&self, flags: Vec<(String, String)>) -> Result<Sources, ConfigErrors> {
        self.named_sources(flags).map(Sources::or_installed)
    }

    /// The sources that the arguments name and no others: for clinics that are none, which must not write to people
    /// through the mail server of a real one.
    ///
    /// # Errors
    /// When a `--set` is not a setting.
    pub fn named_sources(&self, flags: Vec<(String, String)>) -> Result<Sources, ConfigErrors> {
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for text in &self.settings {
            match text.split_once('=') {
                Some((key, value)) => all.push((key.trim().to_owned(), value.trim().to_owned())),
                None => wrong.push(format!("--set {text}: must be SECTION.KEY=VALUE")),
            }
        }
        if !wrong.is_empty() {
            return Err(ConfigErrors(wrong));
        }
        all.extend(flags);
        Ok(Sources::of_process(self.config.clone(), self.credentials.clone(), all))
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a throw-away clinic with a lifelike history
    Demo(demo::DemoArguments),
    /// Measure the server over loopback
    Bench(bench::BenchArguments),
    /// Run the server
    Serve(serve::ServeArguments),
    /// Keep the medicine catalogue
    Catalog(catalog::CatalogArguments),
    /// Look at the configuration
    Config(config::ConfigArguments),
    /// Make admins, while the server is stopped
    Admin(admin::AdminArguments),
    /// Check the closed data file for damage
    Doctor(doctor::DoctorArguments),
    /// Make, check and restore encrypted copies of the clinic
    Backup(backup::BackupArguments),
    /// Make the data file smaller, while the server is stopped
    Compact(compact::CompactArguments),
    /// Take what can be read of a damaged data file into a new one
    Salvage(salvage::SalvageArguments),
    /// Look at the audit in the closed data file
    Audit(audit::AuditArguments),
    /// Look at e-mails
    Mail(mail::MailArguments),
    /// Make, check and read payment codes: one request a line, one answer a line
    Khqr,
    /// Print the OpenAPI document
    Openapi,
}

/// How a command ends: its errors are for the person at the terminal.
pub type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let Arguments { configuration, command } = Arguments::parse();
    let done: Outcome = match command {
        Command::Demo(arguments) => demo::run(&configuration, &arguments),
        Command::Bench(arguments) => bench::run(&configuration, &arguments),
        Command::Serve(arguments) => serve::run(&configuration, &arguments),
        Command::Catalog(arguments) => catalog::run(&configuration, &arguments),
        Command::Config(arguments) => config::run(&configuration, &arguments),
        Command::Admin(arguments) => return offline::exit(|| admin::run(&configuration, &arguments)),
        Command::Doctor(arguments) => return offline::exit(|| doctor::run(&configuration, &arguments)),
        Command::Backup(arguments) => return offline::exit(|| backup::run(&configuration, &arguments)),
        Command::Compact(arguments) => return offline::exit(|| compact::run(&configuration, &arguments)),
        Command::Salvage(arguments) => return offline::exit(|| salvage::run(&arguments)),
        Command::Audit(arguments) => return offline::exit(|| audit::run(&configuration, &arguments)),
        Command::Mail(arguments) => mail::run(&configuration, &arguments),
        Command::Khqr => khqr::run(),
        Command::Openapi => openapi::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// The root key, and what of the data stood open to others.
pub(crate) type Opened = Result<(Secret<[u8; 32]>, Vec<String>), Box<dyn std::error::Error>>;

/// Opens the door to the data directory: becomes its owner, closes it to others, makes the data file where there is to
/// be a new clinic, reads the root key. Says what stood open. Secrets of the credentials are read before, by who we are.
/// Called while there is one thread.
///
/// # Errors
/// When the directory or the key cannot be used, or the clinic that was there is missing.
pub(crate) fn open_data(sources: &Sources, settings: &Settings, opening: Opening) -> Opened {
    let directory = &settings.store.directory;
    let given = sources.given_root_key()?;
    let was_open = data_directory::enter(&settings.store)
        .map_err(|error| ConfigErrors(vec![format!("{}: {error}", directory.display())]))?;
    // Before a key is made, which would be a trace of a clinic.
    settings.store.place().settle(opening)?;
    let root_key = given.map_or_else(|| own_root_key(directory), Ok)?;
    Ok((root_key, was_open))
}

/// [`open_data`] for a command that somebody waits for.
///
/// # Errors
/// As [`open_data`].
pub(crate) fn open_data_aloud(
    sources: &Sources,
    settings: &Settings,
) -> Result<Secret<[u8; 32]>, Box<dyn std::error::Error>> {
    let (root_key, was_open) = open_data(sources, settings, Opening::AsItIs)?;
    was_open.iter().for_each(|line| complain(line));
    Ok(root_key)
}

/// Writes a line for the person at the terminal, whose command ends when nobody reads it.
pub(crate) fn say(line: &str) {
    /// What a shell says of a command that a closed pipe ended (SIGPIPE).
    const NOBODY_READS: i32 = 141;
    let Err(error) = say_if_heard(line) else { return };
    if error.kind() == io::ErrorKind::BrokenPipe {
        std::process::exit(NOBODY_READS);
    }
    complain(&format!("the result cannot be written: {error}"));
    std::process::exit(1);
}

/// Writes a line, for a server, which goes on when nobody reads it.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn say_if_heard(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Writes a complaint for the person at the terminal. There is nowhere to say that it cannot be written.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "das-tern: {line}");
}
