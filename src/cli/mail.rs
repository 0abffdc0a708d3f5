//! `das-tern mail preview`: e-mails as people get them, filled with examples.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ConfigurationArguments, Outcome, say};
use crate::domain::auth::model::Purpose;
use crate::domain::notifications::model::{Delivery, Notification, NotificationType, Urgency};
use crate::domain::notifications::params::{Params, Word};
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
    letters::of_message(clinic, &sample(*kind, variant, language), language).map(Some)
}

fn sample(kind: NotificationType, variant: &str, language: Language) -> Notification {
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
        params: sample_params(kind, language),
        patient: None,
        resource_kind: None,
        resource_id: None,
        created_at: Timestamp::default(),
        read_at: None,
        delivery: Delivery::Pending,
        passages: Vec::new(),
        expires_at: None,
        withdrawn_at: None,
        lost_at: None,
    }
}

fn sample_params(kind: NotificationType, language: Language) -> Params {
    let mut params = Params::new();
    for (name, english, khmer) in SAMPLES {
        // A reminder tells the time of day alone.
        let is_clock = kind == NotificationType::DoseReminder && name == "time";
        let value = match language {
            _ if is_clock => "07:00",
            Language::English => english,
            Language::Khmer => khmer,
        };
        params.set_text(name, value);
    }
    let words =
        [("response", "nudge_response", "TAKEN"), ("scope", "scope", "DOSES"), ("take", "take", "ANY")];
    let words = words.into_iter().chain([("vital", "vital", "SPO2")]);
    words.fold(params, |params, (name, area, word)| params.word(name, Word::new(area, word)))
}

/// A text for each placeholder that is none of our words, in English and in Khmer.
const SAMPLES: [(&str, &str, &str); 33] = [
    ("amount", "2,000 KHR", "2,000 រៀល"),
    ("bill", "DT7KQ2M4", "DT7KQ2M4"),
    ("id", "no-such-payment", "no-such-payment"),
    ("contact", "+855 12 345 678", "+855 12 345 678"),
    ("count", "2", "2"),
    ("date", "01/12/2026", "01/12/2026"),
    ("until", "08/12/2026", "08/12/2026"),
    ("days", "3", "3"),
    ("device", "Chrome, Android", "Chrome, Android"),
    ("from", "60.0", "60.0"),
    ("gain", "2.0", "2.0"),
    ("latest", "95 %", "95 %"),
    ("latest_time", "22/11/2026 07:20", "22/11/2026 07:20"),
    ("list", "Sok Dara: 2", "សុខ ដារ៉ា: 2"),
    ("location", "11.5564, 104.9282", "11.5564, 104.9282"),
    ("medicine", "Metformin 500 mg tablet", "ម៉េតហ្វ័រមីន 500 mg គ្រាប់"),
    (
        "medicines",
        "Metformin 500 mg tablet: 1 tablet\nInsulin human, isophane 100 IU/mL injection (SC): 10 IU",
        "ម៉េតហ្វ័រមីន 500 mg គ្រាប់៖ 1 គ្រាប់\nអាំងស៊ុយលីន អ៊ីសូហ្វាន 100 IU/mL ថ្នាំចាក់ (SC)៖ 10 IU",
    ),
    ("message", "Chest pain", "ឈឺទ្រូង"),
    ("name", "Sok Dara", "សុខ ដារ៉ា"),
    ("max", "1,000", "1,000"),
    ("rules", "ddi-vka-nsaid (24 / 25)", "ddi-vka-nsaid (24 / 25)"),
    ("patient", "Chan Sophea", "ចាន់ សុភា"),
    ("rate", "72.5", "72.5"),
    ("reason", "High blood pressure", "លើសសម្ពាធឈាម"),
    ("records", "3", "3"),
    ("shown", "23/11/2026 07:00", "23/11/2026 07:00"),
    ("tables", "dose_days, care", "dose_days, care"),
    (
        "first",
        "interactions.csv, line 12, column tier: 'STOPP' is none of STOP, WARN and NOTE",
        "interactions.csv, line 12, column tier: 'STOPP' is none of STOP, WARN and NOTE",
    ),
    ("time", "22/11/2026 07:00", "22/11/2026 07:00"),
    ("to", "62.0", "62.0"),
    ("told", "Chan Sophea", "ចាន់ សុភា"),
    ("unit", "%", "%"),
    ("value", "86", "86"),
];
