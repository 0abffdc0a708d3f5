//! `das-tern config`: looks at the configuration without starting anything.

use clap::{Args, Subcommand};

use super::{ConfigurationArguments, Outcome, complain, say};
use crate::config::{ConfigErrors, Sources, without_secrets};
use crate::platform::data_directory;
use crate::platform::settings::Settings;

/// What to do with the configuration.
#[derive(Debug, Args)]
pub struct ConfigArguments {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Report everything that is wrong with it
    Check,
    /// Print the settings in force, secrets left out
    Show,
}

/// Runs the command.
///
/// # Errors
/// Every mistake in the configuration.
pub(super) fn run(configuration: &ConfigurationArguments, arguments: &ConfigArguments) -> Outcome {
    let sources = configuration.sources(Vec::new())?;
    match arguments.command {
        ConfigCommand::Check => check(&sources),
        ConfigCommand::Show => show(&sources.load()?),
    }
}

/// The same that `serve` does before it starts, and nothing of it is kept.
fn check(sources: &Sources) -> Outcome {
    for name in sources.ignored_variables() {
        complain(&format!("{name} is a variable of another program and is ignored"));
    }
    let mut errors = Vec::new();
    match sources.load() {
        Ok(settings) => {
            let directory = &settings.store.directory;
            if let Err(error) = data_directory::look(&settings.store) {
                errors.push(format!("{}: {error}", directory.display()));
            }
            if let Err(ConfigErrors(wrong)) = sources.check_root_key(directory) {
                errors.extend(wrong);
            }
        }
        Err(ConfigErrors(wrong)) => errors.extend(wrong),
    }
    if errors.is_empty() {
        say("the configuration is right");
        return Ok(());
    }
    Err(ConfigErrors(errors).into())
}

fn show(settings: &Settings) -> Outcome {
    say(toml::to_string_pretty(&without_secrets(settings)?)?.trim_end());
    Ok(())
}
