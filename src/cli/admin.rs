//! `das-tern admin`: makes admins on the server itself, the first one nowhere else, and lets people sign in again who have
//! lost their second factor.

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::offline::Trouble;
use super::{ConfigurationArguments, open_data_aloud};
use crate::app::Parts;
use crate::config::Sources;
use crate::flows::registration::{Contact, FamilyRegistration, admin_from_command_line, check_admin};
use crate::flows::second_factor::reset_from_command_line;
use crate::platform::error::{Error, Kind};
use crate::platform::i18n::{Language, text};
use crate::platform::secret::Secret;
use crate::platform::settings::Settings;
use crate::platform::store::EngineError;

/// What to do with admins.
#[derive(Debug, Args)]
pub struct AdminArguments {
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Make an admin, while the server is stopped; what is not given is asked for
    Create(CreateArguments),
    /// Take away the second factor of somebody who has lost it, while the server is stopped: their sessions end, they are told, and they sign in by password alone
    ResetSecondFactor(ResetArguments),
}

/// Whose second factor.
#[derive(Debug, Args)]
struct ResetArguments {
    /// Their e-mail address or phone number
    #[arg(value_name = "E-MAIL|PHONE")]
    contact: String,
    /// The data directory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Who the admin is.
#[derive(Debug, Args)]
struct CreateArguments {
    /// Their name
    #[arg(long)]
    name: Option<String>,
    /// Their e-mail address
    #[arg(long)]
    email: Option<String>,
    /// Their phone number
    #[arg(long)]
    phone: Option<String>,
    /// Take the password from the first line of standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
    /// The data directory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Runs the command: exit code 0 when done, 1 when not, 4 when a server has the file open.
pub(super) fn run(configuration: &ConfigurationArguments, arguments: &AdminArguments) -> Result<(), Trouble> {
    match &arguments.command {
        AdminCommand::Create(arguments) => create(configuration, arguments),
        AdminCommand::ResetSecondFactor(arguments) => reset_second_factor(configuration, arguments),
    }
}

fn failed(error: impl std::fmt::Display) -> Trouble {
    Trouble::Failed(error.to_string())
}

fn sources(configuration: &ConfigurationArguments, data: Option<&PathBuf>) -> Result<Sources, Trouble> {
    let flags = data.iter().map(|data| ("store.directory".to_owned(), data.display().to_string()));
    configuration.sources(flags.collect()).map_err(failed)
}

/// Opens the clinic's data; `instead` is what to do while a server has it open.
fn open(sources: &Sources, settings: Settings, instead: &str) -> Result<Parts, Trouble> {
    let file = settings.store.file();
    let root_key = open_data_aloud(sources, &settings).map_err(failed)?;
    Parts::of_system(settings, root_key).map_err(|error| match error.private_context() {
        Some(context) if context.contains(&EngineError::InUse.to_string()) => {
            Trouble::InUse(format!("{}: a server has this file open. {instead}", file.display()))
        }
        _ => failed(error),
    })
}

fn reset_second_factor(
    configuration: &ConfigurationArguments,
    arguments: &ResetArguments,
) -> Result<(), Trouble> {
    let sources = sources(configuration, arguments.data.as_ref())?;
    let settings = sources.load().map_err(failed)?;
    let file = settings.store.file();
    if !file.exists() {
        return Err(Trouble::Failed(format!("{}: there is no clinic here", file.display())));
    }
    let parts = open(&sources, settings, "Stop it first")?;
    let runtime = tokio::runtime::Runtime::new().map_err(failed)?;
    let (context, _) = parts.assemble().map_err(failed)?;
    let done = runtime.block_on(reset_from_command_line(&context, &arguments.contact));
    context.store.close();
    let id = done.map_err(|error| Trouble::Failed(explain(&error)))?;
    super::say(&format!("{id} signs in by password alone now, is signed out everywhere, and will be told"));
    Ok(())
}

fn create(configuration: &ConfigurationArguments, arguments: &CreateArguments) -> Result<(), Trouble> {
    let sources = sources(configuration, arguments.data.as_ref())?;
    let settings = sources.load().map_err(failed)?;
    let file = settings.store.file();
    // Where there is no clinic yet, nothing of one is made for an admin who is refused.
    let typed = if file.exists() { None } else { Some(asked_first(arguments)?) };
    // Before anything is asked, so that nobody types for nothing.
    let instead = "Stop it first, or let an admin make the new one with POST /api/users";
    let parts = open(&sources, settings, instead)?;
    let typed = match typed {
        Some(typed) => typed,
        None => ask(arguments).map_err(failed)?,
    };
    let runtime = tokio::runtime::Runtime::new().map_err(failed)?;
    let (context, _) = parts.assemble().map_err(failed)?;
    let made = runtime.block_on(admin_from_command_line(&context, typed));
    context.store.close();
    let id = made.map_err(|error| Trouble::Failed(explain(&error)))?;
    super::say(&format!("admin {id} was made in {} and can sign in", file.display()));
    Ok(())
}

/// What was given and asked for, of which nothing is refused.
fn asked_first(arguments: &CreateArguments) -> Result<FamilyRegistration, Trouble> {
    let typed = ask(arguments).map_err(|error| Trouble::Failed(error.to_string()))?;
    check_admin(&typed).map_err(|error| Trouble::Failed(explain(&error)))?;
    Ok(typed)
}

/// Takes what was given and asks for the rest.
fn ask(arguments: &CreateArguments) -> std::io::Result<FamilyRegistration> {
    let full_name = match &arguments.name {
        Some(name) => name.clone(),
        None => question("Name: ")?,
    };
    let (email, phone) = match (&arguments.email, &arguments.phone) {
        (None, None) => {
            let typed = question("E-mail or phone: ")?;
            if typed.contains('@') { (Some(typed), None) } else { (None, Some(typed)) }
        }
        (email, phone) => (email.clone(), phone.clone()),
    };
    let password = if arguments.password_stdin || !std::io::stdin().is_terminal() {
        line_of_input()?
    } else {
        let password = hidden_question("Password: ")?;
        if password != hidden_question("Once more: ")? {
            return Err(std::io::Error::other("the two passwords differ"));
        }
        password
    };
    let contact = Contact { email, phone, password: Secret::new(password), ..Contact::default() };
    Ok(FamilyRegistration { contact, full_name })
}

fn line_of_input() -> std::io::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn question(prompt: &str) -> std::io::Result<String> {
    let mut terminal = std::io::stderr();
    terminal.write_all(prompt.as_bytes())?;
    terminal.flush()?;
    line_of_input()
}

/// Asks without showing what is typed.
fn hidden_question(prompt: &str) -> std::io::Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let shown = tcgetattr(std::io::stdin())?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(std::io::stdin(), OptionalActions::Flush, &hidden)?;
    let answer = question(prompt);
    tcsetattr(std::io::stdin(), OptionalActions::Flush, &shown)?;
    std::io::stderr().write_all(b"\n")?;
    answer
}

/// The error in English, with every bad field.
fn explain(error: &Error) -> String {
    if error.kind() == Kind::Internal {
        return error.to_string();
    }
    let mut lines = vec![text(Language::English, error.code(), error.args())];
    for field in error.fields() {
        let why = text(Language::English, field.code, &field.args);
        lines.push(format!("  {}: {why}", field.field));
    }
    lines.join("\n")
}
