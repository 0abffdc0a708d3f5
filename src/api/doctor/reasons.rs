//! Why a patient needs attention, with a sentence in both languages.

use poem_openapi::Object;

use crate::api::prescriptions::lines::Texts;
use crate::api::types::{Day, Instant};
use crate::domain::adherence::model::{Permille, Tally};
use crate::domain::adherence::rules::taking;
use crate::domain::attention::{Reason, ReasonKind, WINDOW_DAYS};
use crate::domain::vitals::alert::Topic;
use crate::domain::vitals::model::{Severity, VitalType};
use crate::platform::i18n::{Language, day_text, text};
use crate::platform::ids::{AlertId, MedicationId, PrescriptionId};

/// Why a patient needs attention.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct AttentionReason {
    /// What it is about.
    kind: ReasonKind,
    /// How grave it is.
    severity: Severity,
    /// The same as a sentence, in both languages.
    text: Texts,
    /// The health alert, for ALERT_UNANSWERED and BAD_VITALS.
    alert_id: Option<AlertId>,
    /// The measurement that it rests on, where there is one.
    vital_type: Option<VitalType>,
    /// Since when the alert is open.
    since: Option<Instant>,
    /// The day of the visit, for VISIT_OVERDUE; the day of the first dose that is not covered, for SUPPLY_ENDS, as the
    /// morning's look at the treatment found it.
    date: Option<Day>,
    /// The prescription, for VISIT_OVERDUE and SUPPLY_ENDS.
    prescription_id: Option<PrescriptionId>,
    /// The medicine line, for SUPPLY_ENDS.
    medication_id: Option<MedicationId>,
    /// Taken of counted in the 7 days up to yesterday, in percent, for LOW_ADHERENCE and FALLING_ADHERENCE.
    percent: Option<f64>,
    /// The same of the 7 days before, for FALLING_ADHERENCE.
    percent_before: Option<f64>,
}

impl AttentionReason {
    pub(super) fn of(reason: Reason) -> Self {
        let (kind, severity, text) = (reason.kind(), reason.severity(), words(&reason));
        let bare = Self {
            kind,
            severity,
            text,
            alert_id: None,
            vital_type: None,
            since: None,
            date: None,
            prescription_id: None,
            medication_id: None,
            percent: None,
            percent_before: None,
        };
        match reason {
            Reason::Alert { alert, topic, since, .. } => Self {
                alert_id: Some(alert),
                vital_type: topic.vital_type(),
                since: Some(Instant(since)),
                ..bare
            },
            Reason::VisitOverdue { prescription, date, .. } => {
                Self { date: Some(Day(date)), prescription_id: Some(prescription), ..bare }
            }
            Reason::LowAdherence { week } => Self { percent: percent(week), ..bare },
            Reason::FallingAdherence { week, before } => {
                Self { percent: percent(week), percent_before: percent(before), ..bare }
            }
            Reason::SupplyEnds { medication, prescription, on, .. } => Self {
                medication_id: Some(medication),
                prescription_id: Some(prescription),
                date: on.map(Day),
                ..bare
            },
            Reason::RecordLost => bare,
        }
    }
}

fn percent(tally: Tally) -> Option<f64> {
    taking(&tally).map(Permille::as_percent)
}

fn percent_text(tally: Tally) -> String {
    percent(tally).map(|percent| percent.to_string()).unwrap_or_default()
}

/// The key of the words for what an alert is about.
fn about(topic: Topic) -> String {
    match (topic, topic.vital_type()) {
        (_, Some(vital_type)) => format!("vital.{}", vital_type.name()),
        (Topic::Emergency, None) => "attention.call_for_help".to_owned(),
        (_, None) => "vital.NEWS2".to_owned(),
    }
}

/// A reason as a sentence.
fn words(reason: &Reason) -> Texts {
    let of = |language| {
        let key = reason.kind().key();
        let args: Vec<(&str, String)> = match reason {
            Reason::Alert { topic, severity, .. } => {
                let grave = text(language, &format!("attention.severity.{}", severity.name()), &[]);
                vec![("what", text(language, &about(*topic), &[])), ("severity", grave)]
            }
            Reason::VisitOverdue { date, days, .. } => {
                vec![("date", day_text(*date)), ("days", days.to_string())]
            }
            Reason::LowAdherence { week } => vec![
                ("percent", percent_text(*week)),
                ("taken", week.taken().to_string()),
                ("counted", week.counted().to_string()),
                ("days", WINDOW_DAYS.to_string()),
            ],
            Reason::FallingAdherence { week, before } => vec![
                ("percent", percent_text(*week)),
                ("before", percent_text(*before)),
                ("days", WINDOW_DAYS.to_string()),
            ],
            Reason::SupplyEnds { medicine_name, medicine_name_khmer, on, .. } => {
                let khmer = medicine_name_khmer.as_ref().filter(|_| language == Language::Khmer);
                let medicine = khmer.unwrap_or(medicine_name).clone();
                vec![("medicine", medicine), ("date", on.map(day_text).unwrap_or_default())]
            }
            Reason::RecordLost => Vec::new(),
        };
        text(language, key, &args)
    };
    Texts { khmer: of(Language::Khmer), english: of(Language::English) }
}
