//! `das-tern mail preview`: e-mails as people get them, filled with examples.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ConfigurationArguments, Outcome, say};
use crate::domain::auth::model::Purpose;
use crate::domain::notifications::model::{Delivery, Notification, NotificationType, Urgency};
use crate::flows::letters;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::i18n::{self, Language};
use crate::platform::ids::NotificationId;
use crate::platform::mail::Letter;
use crate::platform::settings::ClinicSettings;

/// What can be said on the command line.
#[derive(Debug, Args)]
pub struct MailArguments {
    #[command(subcommand)]
    command: MailCommand,
}

#[derive(Debug, Subcommand)]
enum MailCommand {
    /// Show e-mails filled with examples: one for each type, or all texts of one type
    Preview {
        /// The type: prescription_shared, vital_anomaly, code ...
        #[arg(value_name = "TYPE")]
        kind: Option<String>,
        /// Only in this language
        #[arg(long)]
        language: Option<Tag>,
        /// Write files below this directory, km/TYPE.html and so on, instead of showing the plain texts
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// A language as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Tag {
    /// Khmer
    Km,
    /// English
    En,
}

/// Runs the subcommand.
///
/// # Errors
/// When there is no such type, or the files cannot be written.
pub(super) fn run(configuration: &ConfigurationArguments, arguments: &MailArguments) -> Outcome {
    let MailCommand::Preview { kind, language, out } = &arguments.command;
    let clinic = configuration.sources(Vec::new())?.load()?.clinic;
    let languages = match language {
        None => Language::ALL.to_vec(),
        Some(Tag::Km) => vec![Language::Khmer],
        Some(Tag::En) => vec![Language::English],
    };
    let names = match kind.as_deref().map(str::to_lowercase) {
        None => one_of_each(),
        Some(kind) => {
            let of_type = |name: &String| name.split('.').next() == Some(&kind);
            let names: Vec<String> = all().into_iter().filter(of_type).collect();
            if names.is_empty() {
                return Err(format!("there is no type {kind}; one of: {}", one_of_each().join(", ")).into());
            }
            names
        }
    };
    for language in languages {
        for name in &names {
            let Some(letter) = example(&clinic, name, language)? else { continue };
            match out {
                None => say(&format!("{}\n\n{}", letter.subject, letter.text)),
                Some(folder) => {
                    let folder = folder.join(language.tag());
                    std::fs::create_dir_all(&folder)?;
                    std::fs::write(folder.join(format!("{name}.html")), letter.html)?;
                    std::fs::write(folder.join(format!("{name}.txt")), letter.text)?;
                }
            }
        }
    }
    Ok(())
}

/// The names of all e-mails: `vital_anomaly.critical`, `code.sign_in`.
pub fn all() -> Vec<String> {
    let variants: BTreeSet<&str> = i18n::catalogue()
        .keys()
        .filter_map(|key| key.strip_prefix("notification.")?.strip_suffix(".title"))
        .collect();
    let of_type = |kind: &NotificationType| {
        let start = format!("{}.", kind.name());
        variants.iter().filter(move |name| name.starts_with(&start)).map(|name| name.to_lowercase())
    };
    let codes = Purpose::ALL.iter().map(|purpose| format!("code.{}", purpose.name().to_lowercase()));
    NotificationType::ALL.iter().flat_map(of_type).chain(codes).collect()
}

/// One e-mail of each type: that of the variant `default`, which has the type's name alone, or `critical`; and all codes.
pub fn one_of_each() -> Vec<String> {
    let shown = |name: &String| {
        let (kind, variant) = name.split_once('.').unwrap_or((name, ""));
        kind == "code" || variant == "default" || (kind == "vital_anomaly" && variant == "critical")
    };
    all().into_iter().filter(shown).map(|name| name.trim_end_matches(".default").to_owned()).collect()
}

/// The e-mail of this name, as in [`all`] and [`one_of_each`], filled with examples.
///
/// # Errors
/// When a template cannot be filled.
pub fn example(clinic: &ClinicSettings, name: &str, language: Language) -> Result<Option<Letter>> {
    let (kind, variant) = name.split_once('.').unwrap_or((name, "default"));
    if let Some(purpose) = Purpose::ALL.iter().find(|purpose| purpose.name().eq_ignore_ascii_case(variant)) {
        return letters::of_code(clinic, *purpose, language, "274915").map(Some);
    }
    let found = NotificationType::ALL.iter().find(|known| known.name().eq_ignore_ascii_case(kind));
    let Some(kind) = found else { return Ok(None) };
    letters::of_message(clinic, &sample(*kind, variant), language).map(Some)
}

fn sample(kind: NotificationType, variant: &str) -> Notification {
    Notification {
        id: NotificationId(uuid::Uuid::nil()),
        kind,
        variant: variant.to_owned(),
        urgency: match (kind, variant) {
            (NotificationType::EmergencyAlert, _) | (_, "critical" | "escalated") => Urgency::Critical,
            (NotificationType::UrgentPrescriptionChange, _) | (_, "warning" | "high" | "medium") => {
                Urgency::Warning
            }
            _ => Urgency::Normal,
        },
        params: SAMPLES.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
        patient: None,
        resource_kind: None,
        resource_id: None,
        created_at: Timestamp::default(),
        read_at: None,
        delivery: Delivery::Pending,
        passages: Vec::new(),
        expires_at: None,
        withdrawn_at: None,
    }
}

/// A value for each placeholder.
const SAMPLES: [(&str, &str); 20] = [
    ("amount", "2,000 KHR"),
    ("count", "2"),
    ("date", "2026-12-01"),
    ("days", "7"),
    ("device", "Chrome, Android"),
    ("list", "Sok Dara: 2"),
    ("location", "11.5564, 104.9282"),
    ("medicine", "Metformin 500 mg"),
    ("medicines", "Metformin 500 mg (1), Amlodipine 5 mg (1)"),
    ("message", "Chest pain"),
    ("name", "Sok Dara"),
    ("patient", "Chan Sophea"),
    ("rate", "72.5"),
    ("reason", "High blood pressure"),
    ("response", "@nudge_response.TAKEN"),
    ("scope", "@scope.DOSES"),
    ("time", "07:00"),
    ("unit", "%"),
    ("value", "86"),
    ("vital", "SpO2"),
];
