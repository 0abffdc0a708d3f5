//! The settings that use cases read. `config.rs` fills them from file, environment, credentials and flags.

mod bakong;
mod http;
mod plans;

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::clock::Span;
use super::crypto::PasswordCost;
use super::fcm::FcmSettings;
use super::mail::MailSettings;
use super::push::PushSettings;
use super::sms::SmsSettings;
use super::store::Place;
pub use bakong::BakongSettings;
pub use http::{BrowserSessions, ClientAddressHeader, LimitSettings, ServerSettings};
pub use plans::{Entitlements, Plan, Plans};

/// All settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The clinic.
    pub clinic: ClinicSettings,
    /// Sign-in and sessions.
    pub auth: AuthSettings,
    /// Colours of adherence.
    pub adherence: AdherenceSettings,
    /// The mail server; without one no e-mail is sent.
    pub mail: Option<MailSettings>,
    /// Messages to browsers.
    pub push: PushSettings,
    /// Messages to the apps on telephones.
    pub fcm: FcmSettings,
    /// The gateway for text messages; without one none is sent.
    pub sms: Option<SmsSettings>,
    /// Where payments go; without it none are taken.
    pub bakong: Option<BakongSettings>,
    /// Request counts.
    pub limits: LimitSettings,
    /// What the program says about itself.
    pub log: LogSettings,
    /// What a plan includes.
    pub plans: Plans,
    /// HTTP.
    pub server: ServerSettings,
    /// Where the data lie.
    pub store: StoreSettings,
    /// Copies of the data.
    pub backup: BackupSettings,
    /// The medicine catalogue.
    pub medicines: MedicineSettings,
    /// What people are told of, and when.
    pub notices: NoticeSettings,
    /// Streams of events.
    pub real_time: RealTimeSettings,
}

/// Where copies of the data go, and who can read them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackupSettings {
    /// The folder, best on another disk.
    pub directory: Option<PathBuf>,
    /// Public keys (age) of those who can read them.
    pub recipients: Vec<String>,
}

/// The medicine catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MedicineSettings {
    /// Whether the list that is shipped is taken into the catalogue at the first start and when it has changed.
    pub shipped_list: bool,
}

impl Default for MedicineSettings {
    fn default() -> Self {
        Self { shipped_list: true }
    }
}

/// Streams of events: how many, how long, how much of the past.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RealTimeSettings {
    /// Most streams at the same time; one more is answered with 503.
    pub streams_max: usize,
    /// Most streams of one person; one more is answered with 429.
    pub streams_per_person_max: usize,
    /// A sign of life goes to each stream every so many seconds.
    pub heartbeat_seconds: u64,
    /// A reader that takes nothing for so many seconds while something waits is told to come back.
    pub reader_seconds: u64,
    /// Days for which events are kept for those who come back.
    pub kept_days: u32,
    /// Most events kept of one person's room.
    pub kept_per_room: usize,
}

impl Default for RealTimeSettings {
    fn default() -> Self {
        Self {
            streams_max: 2_000,
            streams_per_person_max: 10,
            heartbeat_seconds: 15,
            reader_seconds: 30,
            kept_days: 7,
            kept_per_room: 2_000,
        }
    }
}

impl RealTimeSettings {
    /// Time between two signs of life.
    pub fn heartbeat(&self) -> Duration {
        Duration::from_secs(self.heartbeat_seconds.max(1))
    }

    /// How long a reader is waited for.
    pub fn reader_patience(&self) -> Duration {
        Duration::from_secs(self.reader_seconds.max(1))
    }

    /// For how long events are kept.
    pub fn kept(&self) -> Span {
        Span::days(i64::from(self.kept_days))
    }
}

/// Where the data lie.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSettings {
    /// The data directory: the data file, the root key and what is derived from the data.
    pub directory: PathBuf,
    /// Memory for cached pages of the data file, in MiB.
    pub cache_mib: usize,
    /// Minutes from one look at every page of the data file to the next.
    pub look_minutes: u16,
    /// The file outside of the data directory that tells of the clinic in it; by default beside the directory, with
    /// its name and `.clinic`.
    pub mark: Option<PathBuf>,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { directory: PathBuf::from("das-tern-data"), cache_mib: 64, look_minutes: 60, mark: None }
    }
}

/// The folder of what people sent, in the data directory.
const UPLOADS: &str = "uploads";

impl StoreSettings {
    /// The data file.
    pub fn file(&self) -> PathBuf {
        self.directory.join("das-tern.redb")
    }

    /// Where copies of the data file are put before it is migrated.
    pub fn snapshots(&self) -> PathBuf {
        self.directory.join("snapshots")
    }

    /// Where what people sent is kept, each file by its hash.
    pub fn uploads(&self) -> PathBuf {
        self.directory.join(UPLOADS)
    }

    /// All of these, and what tells of a clinic that was there.
    pub fn place(&self) -> Place {
        let beside = || {
            let whole = std::path::absolute(&self.directory).unwrap_or_else(|_| self.directory.clone());
            let mut name = whole.file_name().unwrap_or(std::ffi::OsStr::new("das-tern")).to_owned();
            name.push(".clinic");
            whole.with_file_name(name)
        };
        Place {
            directory: self.directory.clone(),
            file: self.file(),
            mark: self.mark.clone().unwrap_or_else(beside),
            traces: ["root.key", "push.key", "search", "snapshots", UPLOADS]
                .map(|name| self.directory.join(name))
                .into(),
        }
    }

    /// The search index over the medicines, derived from the data file.
    pub fn search_folder(&self) -> PathBuf {
        self.directory.join("search").join("medicines")
    }
}

/// What the program says about itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// Form of the lines.
    pub format: LogFormat,
    /// What is logged: `info`, or by part, `info,das_tern::request=warn`.
    pub filter: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

/// Form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object for each line, for programs.
    Json,
}

/// The clinic.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClinicSettings {
    /// Shown in messages and documents.
    pub name: String,
    /// Where people reach the clinic's Das Tern, `https://clinic.example`; stands in e-mails.
    pub public_url: Option<String>,
    /// The clinic's time zone: every time of day is meant in it.
    pub time_zone: Tz,
    /// How a patient's name is put together from its two parts.
    pub name_order: NameOrder,
}

/// Which part of a person's name comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NameOrder {
    /// As on Cambodian papers: Kong Vireak, of the family Kong.
    #[default]
    FamilyFirst,
    /// As in the West: Vireak Kong.
    GivenFirst,
}

impl Default for ClinicSettings {
    fn default() -> Self {
        Self {
            name: "Das Tern".to_owned(),
            public_url: None,
            time_zone: Tz::Asia__Phnom_Penh,
            name_order: NameOrder::default(),
        }
    }
}

/// Sign-in and sessions.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthSettings {
    /// Life of an access token in minutes.
    pub access_token_minutes: u32,
    /// Days after which an unused refresh token ends.
    pub refresh_idle_days: u32,
    /// Days after which a session ends however much it is used.
    pub refresh_absolute_days: u32,
    /// Most sessions of one person; the oldest ends first.
    pub sessions_per_user_max: u32,
    /// Passwords hashed at the same time.
    pub hash_threads: u32,
    /// Passwords that may wait to be hashed, of one address at most half as many; one more is answered with 503.
    pub hash_queue: u32,
    /// What one password hash costs.
    pub password_cost: PasswordCost,
    /// Who must have a second factor: without one they can only set one up.
    pub second_factor_required_for: Vec<StaffRole>,
    /// For how many minutes a second factor that was shown serves for what asks for it.
    pub second_factor_fresh_minutes: u32,
}

/// A role that a clinic can oblige to have a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StaffRole {
    /// Doctors.
    Doctor,
    /// Clinic staff.
    Admin,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            access_token_minutes: 24 * 60,
            refresh_idle_days: 30,
            refresh_absolute_days: 90,
            sessions_per_user_max: 10,
            hash_threads: 1,
            hash_queue: 256,
            password_cost: PasswordCost::default(),
            second_factor_required_for: Vec::new(),
            second_factor_fresh_minutes: 15,
        }
    }
}

impl AuthSettings {
    /// Life of an access token.
    pub fn access_token_life(&self) -> Span {
        Span::minutes(i64::from(self.access_token_minutes))
    }

    /// Life of a session that is used.
    pub fn refresh_absolute_life(&self) -> Span {
        Span::days(i64::from(self.refresh_absolute_days))
    }

    /// For how long a second factor that was shown serves for what asks for it.
    pub fn second_factor_fresh_life(&self) -> Span {
        Span::minutes(i64::from(self.second_factor_fresh_minutes))
    }

    /// Life of a session that is not used.
    pub fn refresh_idle_life(&self) -> Span {
        Span::days(i64::from(self.refresh_idle_days))
    }
}

/// Colours of adherence, in tenths of a percent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdherenceSettings {
    /// From here on GREEN.
    pub green_from_permille: u32,
    /// From here on YELLOW, below it RED.
    pub yellow_from_permille: u32,
}

impl Default for AdherenceSettings {
    fn default() -> Self {
        Self { green_from_permille: 800, yellow_from_permille: 500 }
    }
}

/// What people are told of, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoticeSettings {
    /// A patient is told when what is left of a filling lasts for so many days, 1 to 30.
    pub refill_days: u32,
}

impl Default for NoticeSettings {
    fn default() -> Self {
        Self { refill_days: 3 }
    }
}
