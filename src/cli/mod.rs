//! The command line. One file for each subcommand.

mod openapi;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Medication management and adherence for clinics.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::ServeArguments),
    /// Print the OpenAPI document
    Openapi,
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Serve(arguments) => serve::run(arguments),
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
