//! `das-tern config`: looks at the configuration without starting anything.

use clap::{Args, Subcommand};

use super::{ConfigurationArguments, Outcome};

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
    let mut settings = configuration.sources(Vec::new())?.load()?;
    match arguments.command {
        ConfigCommand::Check => super::say("the configuration is right"),
        ConfigCommand::Show => {
            if let Some(mail) = &mut settings.mail {
                mail.password = None;
            }
            if let Some(sms) = &mut settings.sms {
                sms.token = None;
            }
            settings.push.private_key = None;
            settings.fcm.service_account = None;
            super::say(toml::to_string_pretty(&settings)?.trim_end());
        }
    }
    Ok(())
}
