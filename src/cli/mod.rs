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
pub mod mail;
mod notify;
mod offline;
pub mod openapi;
pub mod salvage;
pub mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{ConfigErrors, Sources};

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
    /// The configuration file (TOML) [env: DAS_TERN_CONFIG]
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
    /// The sources that the arguments name; `flags` are stronger than all.
    ///
    /// # Errors
    /// When a `--set` is not a setting.
    pub fn sources(&self, flags: Vec<(String, String)>) -> Result<Sources, ConfigErrors> {
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
        Command::Admin(arguments) => return offline::exit(admin::run(&configuration, &arguments)),
        Command::Doctor(arguments) => return offline::exit(doctor::run(&configuration, &arguments)),
        Command::Backup(arguments) => return offline::exit(backup::run(&configuration, &arguments)),
        Command::Compact(arguments) => return offline::exit(compact::run(&configuration, &arguments)),
        Command::Salvage(arguments) => return offline::exit(salvage::run(&arguments)),
        Command::Audit(arguments) => return offline::exit(audit::run(&configuration, &arguments)),
        Command::Mail(arguments) => mail::run(&configuration, &arguments),
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

/// Writes a line for the person at the terminal.
#[expect(clippy::print_stdout, reason = "a command's result goes to its standard output")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// Writes a complaint for the person at the terminal.
#[expect(clippy::print_stderr, reason = "a command's complaint goes to its standard error")]
pub(crate) fn complain(line: &str) {
    eprintln!("das-tern: {line}");
}
