//! People.

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use super::contacts::{ContactKind, Contacts};
use crate::domain::prescriptions::model::Slot;
use crate::platform::clock::Timestamp;
use crate::platform::i18n::Language;
use crate::platform::ids::UserId;
use crate::platform::secret::Phi;

/// What a person is in the clinic. Never taken from a client at sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Takes medicine.
    Patient,
    /// Prescribes.
    Doctor,
    /// Cares for a patient.
    FamilyMember,
    /// Clinic staff.
    Admin,
}

impl Role {
    /// As the API and tokens write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Patient => "PATIENT",
            Self::Doctor => "DOCTOR",
            Self::FamilyMember => "FAMILY_MEMBER",
            Self::Admin => "ADMIN",
        }
    }
}

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Registered; contact not confirmed or licence not checked. Sees only their own status and profile.
    PendingVerification,
    /// Patient, family member or admin in use.
    Active,
    /// Doctor whose licence was approved.
    Verified,
    /// Doctor whose licence was refused.
    Rejected,
    /// Locked by an admin. Wrong passwords lock nobody: they close the sign-in of the addresses that they came from.
    Locked,
}

impl Status {
    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PendingVerification => "PENDING_VERIFICATION",
            Self::Active => "ACTIVE",
            Self::Verified => "VERIFIED",
            Self::Rejected => "REJECTED",
            Self::Locked => "LOCKED",
        }
    }
}

/// Sex as registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Gender {
    /// Male.
    Male,
    /// Female.
    Female,
    /// Other.
    Other,
}

/// A doctor's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Specialty {
    GeneralPractice,
    InternalMedicine,
    Cardiology,
    Endocrinology,
    Dermatology,
    Pediatrics,
    Psychiatry,
    Surgery,
    Neurology,
    Ophthalmology,
    Other,
}

/// Colours of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Theme {
    /// Light.
    #[default]
    Light,
    /// Dark.
    Dark,
}

/// What only doctors have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoctorProfile {
    /// Where they work.
    pub hospital_clinic: String,
    /// Their field.
    pub specialty: Specialty,
    /// Unique among doctors whose licence was approved.
    pub license_number: String,
    /// The photograph of the licence, as stored.
    #[serde(default)]
    pub license_photo: Option<String>,
    /// Why an admin refused them.
    #[serde(default)]
    pub rejection_reason: Option<String>,
}

/// An admin may stand for safety rules, as what they are by training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewerMark {
    /// As what: "hospital pharmacist".
    pub qualification: String,
    /// Which other admin gave it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// A grace period and since when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraceChange {
    /// From this instant on.
    pub since: Timestamp,
    /// Minutes: 10, 20, 30 or 60.
    pub minutes: u32,
}

/// Grace period before a dose counts as late, in minutes.
pub const DEFAULT_GRACE_MINUTES: u32 = 30;

/// When a person eats, on the clinic's wall clock. They move the slots of their doses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MealTimes {
    /// Breakfast, moves MORNING.
    pub morning: Option<NaiveTime>,
    /// Lunch, moves NOON.
    pub afternoon: Option<NaiveTime>,
    /// Dinner, moves EVENING.
    pub night: Option<NaiveTime>,
    /// Slots of single medicine lines that the person's pill groups move: what those in use ask for, and nothing else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<MovedSlot>,
}

/// A slot of one medicine line that lies at another time than meals and the clinic give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MovedSlot {
    /// The line's number among all lines of the patient.
    pub line: u32,
    /// Which of its slots.
    pub slot: Slot,
    /// The time of day asked for. It holds as long as the line may lie there: see `doses::slot_times`.
    pub time: NaiveTime,
}

/// A way outside the application by which a person may want messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Channel {
    /// Push to their browsers and telephones.
    Push,
    /// E-mail.
    Email,
    /// SMS.
    Sms,
}

/// Which messages reach a person how, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NotificationPreferences {
    /// Whether e-mail is sent at all.
    pub email: bool,
    /// Whether push is sent at all.
    pub push: bool,
    /// Whether SMS is sent at all.
    pub sms: bool,
    /// Types of which only the in-app row is written, by their names.
    pub muted: std::collections::BTreeSet<String>,
    /// From when to when, on the clinic's wall clock, only what is critical is sent. May pass midnight.
    pub quiet_hours: Option<(NaiveTime, NaiveTime)>,
    /// Whether push and SMS may name medicines.
    pub name_medicines: bool,
    /// The channels of a type, by its name, where the person has chosen; otherwise the usual ones.
    pub channels: std::collections::BTreeMap<String, Vec<Channel>>,
    /// Types, by name, of which the person asked for no e-mail with one click in their mail program.
    pub unsubscribed: std::collections::BTreeSet<String>,
    /// Whether single missed doses of those they care for are told once a day.
    pub digest_missed_doses: bool,
    /// When they are, on the clinic's wall clock; [`DEFAULT_DIGEST_HOUR`] when not chosen.
    pub digest_at: Option<NaiveTime>,
}

/// The hour of the daily summary of missed doses unless the person chose another time.
pub const DEFAULT_DIGEST_HOUR: u32 = 20;

impl Default for NotificationPreferences {
    fn default() -> Self {
        Self {
            email: true,
            push: true,
            sms: true,
            muted: std::collections::BTreeSet::new(),
            quiet_hours: None,
            name_medicines: false,
            channels: std::collections::BTreeMap::new(),
            unsubscribed: std::collections::BTreeSet::new(),
            digest_missed_doses: false,
            digest_at: None,
        }
    }
}

/// How a person likes to be dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preferences {
    /// Language of texts.
    pub language: Language,
    /// Colours.
    pub theme: Theme,
    /// Grace periods, oldest first; before the first entry the default holds. A dose is judged by the one that
    /// held at its scheduled time.
    #[serde(default)]
    pub grace: Vec<GraceChange>,
    /// Meal times.
    #[serde(default)]
    pub meal_times: MealTimes,
    /// Which messages reach them how, and when.
    #[serde(default)]
    pub notifications: NotificationPreferences,
}

impl Preferences {
    /// The grace period in minutes that held at `time`.
    pub fn grace_minutes_at(&self, time: Timestamp) -> u32 {
        self.grace
            .iter()
            .rev()
            .find(|change| change.since <= time)
            .map_or(DEFAULT_GRACE_MINUTES, |change| change.minutes)
    }
}

/// A person with an account. Holds no credentials: those are in `domain::auth`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What they are.
    pub role: Role,
    /// What their account may do.
    pub status: Status,
    /// Lower case.
    pub email: Option<Phi<String>>,
    /// E.164.
    pub phone: Option<Phi<String>>,
    /// As shown to others.
    pub full_name: Phi<String>,
    /// Patients only.
    #[serde(default)]
    pub first_name: Option<Phi<String>>,
    /// Patients only.
    #[serde(default)]
    pub last_name: Option<Phi<String>>,
    /// Patients only.
    #[serde(default)]
    pub gender: Option<Gender>,
    /// Patients only.
    #[serde(default)]
    pub date_of_birth: Option<NaiveDate>,
    /// National identity card.
    #[serde(default)]
    pub id_card_number: Option<Phi<String>>,
    /// Doctors only.
    #[serde(default)]
    pub doctor: Option<DoctorProfile>,
    /// The patient's short number, part of their doses' ids. Patients only.
    #[serde(default)]
    pub patient_number: Option<u32>,
    /// How they like to be dealt with.
    #[serde(default)]
    pub preferences: Preferences,
    /// When they registered.
    pub created_at: Timestamp,
    /// Last change of this row.
    pub updated_at: Timestamp,
    /// Counts the changes of this row, for `If-Match`.
    #[serde(default)]
    pub revision: u64,
    /// When they asked to be deleted; personal fields go 30 days later.
    #[serde(default)]
    pub deletion_requested_at: Option<Timestamp>,
    /// The e-mail address that a mail server refused for good; nothing is sent there until it changes.
    #[serde(default)]
    pub refused_email: Option<Phi<String>>,
    /// When a contact of theirs was confirmed for the first time.
    #[serde(default)]
    pub contact_confirmed_at: Option<Timestamp>,
    /// Which contacts count, and which wait; rows of the first releases have none.
    #[serde(default)]
    pub contacts: Option<Contacts>,
    /// Why an admin locked the account.
    #[serde(default)]
    pub lock_reason: Option<String>,
    /// What the account was before an admin locked it.
    #[serde(default)]
    pub status_before_lock: Option<Status>,
    /// When the personal fields were erased.
    #[serde(default)]
    pub erased_at: Option<Timestamp>,
    /// Admins only: that they may stand for safety rules.
    #[serde(default)]
    pub reviewer: Option<ReviewerMark>,
}

impl User {
    /// A person of whom nothing is known but the role; the nil id until they are written.
    pub fn blank(role: Role) -> Self {
        Self {
            id: UserId(uuid::Uuid::nil()),
            role,
            status: Status::PendingVerification,
            email: None,
            phone: None,
            full_name: Phi::new(String::new()),
            first_name: None,
            last_name: None,
            gender: None,
            date_of_birth: None,
            id_card_number: None,
            doctor: None,
            patient_number: None,
            preferences: Preferences::default(),
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            revision: 0,
            deletion_requested_at: None,
            refused_email: None,
            contact_confirmed_at: None,
            contacts: None,
            lock_reason: None,
            status_before_lock: None,
            erased_at: None,
            reviewer: None,
        }
    }

    /// The address to which e-mail can be sent: one that counts, unless a mail server refused it for good.
    pub fn working_email(&self) -> Option<&Phi<String>> {
        self.confirmed(ContactKind::Email).filter(|email| self.refused_email.as_ref() != Some(*email))
    }

    /// The contact of this kind to which messages can be sent.
    pub fn working(&self, kind: ContactKind) -> Option<&Phi<String>> {
        match kind {
            ContactKind::Email => self.working_email(),
            ContactKind::Phone => self.confirmed(kind),
        }
    }
}
