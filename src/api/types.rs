//! Types that the API's requests and answers share: instants, days, times of day, ids, and the closed lists of
//! the domain, each with its schema in the OpenAPI document.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat};
use chrono_tz::Tz;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type};
use serde_json::Value;

use crate::domain::users::model as users;
use crate::platform::clock::{Timestamp, instant_of};
use crate::platform::i18n::Language;
use crate::platform::ids;
use crate::platform::jobs::{JobState, Priority};

/// Implements the framework's `Type` for a type that is one JSON string.
macro_rules! string_type {
    ($name:ty, $format:literal) => {
        string_type!($name, $format, MetaSchema::new_with_format("string", $format));
    };
    ($name:ty, $kind:literal, $schema:expr) => {
        impl Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                concat!("string_", $kind).into()
            }
            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Inline(Box::new($schema))
            }
            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }
    };
}

/// Implements reading of a string type through `$read: fn(&str) -> Option<Self>`.
macro_rules! read_string {
    ($name:ty, $read:expr, $wrong:literal) => {
        impl ParseFromJSON for $name {
            fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
                match value {
                    Some(Value::String(text)) => Self::parse_from_parameter(&text),
                    other => Err(ParseError::expected_type(other.unwrap_or_default())),
                }
            }
        }
        impl ParseFromParameter for $name {
            fn parse_from_parameter(text: &str) -> ParseResult<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                read(text).ok_or_else(|| ParseError::custom($wrong))
            }
        }
    };
}

/// An instant in an answer: RFC 3339 in UTC with milliseconds, `2026-11-22T00:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub Timestamp);

string_type!(Instant, "date-time");

impl From<Timestamp> for Instant {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl ToJSON for Instant {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.0.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true)))
    }
}

impl ParseFromJSON for Instant {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match Moment::parse_from_json(value).map_err(ParseError::propagate)? {
            Moment::Instant(time) => Ok(Self(time)),
            Moment::Local(_) => Err(ParseError::custom("an instant needs a zone")),
        }
    }
}

/// An instant in a request. One without a zone is meant in the clinic's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// With a zone.
    Instant(Timestamp),
    /// On the clinic's wall clock.
    Local(NaiveDateTime),
}

impl Moment {
    /// The instant, with the clinic's zone where none was given.
    pub fn resolve(self, zone: Tz) -> Timestamp {
        match self {
            Self::Instant(time) => time,
            Self::Local(local) => instant_of(local, zone),
        }
    }
}

/// Reads RFC 3339 with or without a zone.
pub(super) fn parse_moment(text: &str) -> Option<Moment> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(Moment::Instant(time.to_utc().into()));
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(Moment::Local)
}

string_type!(Moment, "date-time");
read_string!(Moment, parse_moment, "not a date and time");

impl ToJSON for Moment {
    fn to_json(&self) -> Option<Value> {
        match self {
            Self::Instant(time) => Instant(*time).to_json(),
            Self::Local(local) => Some(Value::String(local.format("%Y-%m-%dT%H:%M:%S").to_string())),
        }
    }
}

/// A day of the clinic's calendar, `2026-11-22`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub NaiveDate);

string_type!(Day, "date");
read_string!(Day, |text| text.parse().ok().map(Day), "not a date");

impl From<NaiveDate> for Day {
    fn from(day: NaiveDate) -> Self {
        Self(day)
    }
}

impl ToJSON for Day {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.0.to_string()))
    }
}

/// A time of day on the clinic's wall clock, `07:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(pub NaiveTime);

string_type!(TimeOfDay, "time_of_day", time_of_day());

/// Not the format `time`, which asks for seconds and a zone.
fn time_of_day() -> MetaSchema {
    MetaSchema {
        pattern: Some("^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$".to_owned()),
        ..MetaSchema::new("string")
    }
}

read_string!(
    TimeOfDay,
    |text| {
        let formats = ["%H:%M", "%H:%M:%S"];
        formats.iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok()).map(TimeOfDay)
    },
    "not a time of day"
);

impl From<NaiveTime> for TimeOfDay {
    fn from(time: NaiveTime) -> Self {
        Self(time)
    }
}

impl ToJSON for TimeOfDay {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.0.format("%H:%M").to_string()))
    }
}

/// Lets identifiers stand in requests and answers.
macro_rules! id_types {
    ($($name:ident as $kind:literal: $schema:expr),* $(,)?) => {$(
        string_type!(ids::$name, $kind, $schema);
        read_string!(ids::$name, |text| text.parse().ok(), "not an id");
        impl ToJSON for ids::$name {
            fn to_json(&self) -> Option<Value> { Some(Value::String(self.to_string())) }
        }
    )*};
}

fn uuid() -> MetaSchema {
    MetaSchema::new_with_format("string", "uuid")
}

// A dose id holds its time, line and patient, and is shown as it is read: programs keep it as they get it.
id_types!(
    UserId as "uuid": uuid(),
    SessionId as "uuid": uuid(),
    ConnectionId as "uuid": uuid(),
    AccessRequestId as "uuid": uuid(),
    MedicineId as "uuid": uuid(),
    PrescriptionId as "uuid": uuid(),
    MedicationId as "uuid": uuid(),
    DoseId as "dose_id": MetaSchema::new("string"),
    NotificationId as "uuid": uuid(),
    DeviceId as "uuid": uuid(),
    NudgeId as "uuid": uuid(),
    JobId as "uuid": uuid(),
    BatchId as "uuid": uuid(),
    VitalId as "uuid": uuid(),
    AlertId as "uuid": uuid(),
    PaymentId as "uuid": uuid(),
    RecordEntryId as "uuid": uuid(),
    PillGroupId as "uuid": uuid(),
    NoteId as "uuid": uuid(),
);

/// Lets closed lists of the domain stand in requests and answers under a name in the OpenAPI document. A list
/// is written as serde writes it; naming every member here is checked by the compiler.
///
/// ```text
/// named_lists! {
///     /// What a person is in the clinic.
///     users::Role as "Role": Patient, Doctor, FamilyMember, Admin;
/// }
/// ```
macro_rules! named_lists {
    ($($(#[doc = $doc:literal])* $name:ty as $title:literal: $($member:ident),+ $(,)?;)*) => {$(
        const _: fn(&$name) = |member| match member { $(<$name>::$member => {})+ };

        const _: () = {
        #[allow(unused_imports, reason = "where the list is declared they may be named already")]
        use {
            poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry},
            poem_openapi::types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type},
            serde_json::Value,
            std::borrow::Cow,
        };
        impl Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> { $title.into() }
            fn schema_ref() -> MetaSchemaRef { MetaSchemaRef::Reference($title.to_owned()) }
            fn register(registry: &mut Registry) {
                registry.create_schema::<Self, _>($title.to_owned(), |_| MetaSchema {
                    description: Some(concat!($($doc, " "),*).trim_ascii()),
                    enum_items: [$(<$name>::$member),+].iter().filter_map(ToJSON::to_json).collect(),
                    ..MetaSchema::new("string")
                });
            }
            fn as_raw_value(&self) -> Option<&Self> { Some(self) }
            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }
        impl ToJSON for $name {
            fn to_json(&self) -> Option<Value> { serde_json::to_value(self).ok() }
        }
        impl ParseFromJSON for $name {
            fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
                serde_json::from_value(value.unwrap_or_default()).map_err(ParseError::custom)
            }
        }
        impl ParseFromParameter for $name {
            fn parse_from_parameter(text: &str) -> ParseResult<Self> {
                Self::parse_from_json(Some(Value::String(text.to_owned())))
            }
        }
        };
    )*};
}
#[allow(unused_imports, reason = "for the areas that declare lists of their own")]
pub(super) use named_lists;

named_lists! {
    /// What a person is in the clinic.
    users::Role as "Role": Patient, Doctor, FamilyMember, Admin;
    /// What an account may do.
    users::Status as "AccountStatus": PendingVerification, Active, Verified, Rejected, Locked;
    /// Sex as registered.
    users::Gender as "Gender": Male, Female, Other;
    /// A doctor's field.
    users::Specialty as "Specialty": GeneralPractice, InternalMedicine, Cardiology, Endocrinology, Dermatology,
        Pediatrics, Psychiatry, Surgery, Neurology, Ophthalmology, Other;
    /// Colours of the screen.
    users::Theme as "Theme": Light, Dark;
    /// Where a job stands. DEAD: all its attempts failed.
    JobState as "JobState": Waiting, Running, Dead;
    /// How much a job matters.
    Priority as "JobPriority": Critical, Warning, Normal;
    /// Language of texts.
    Language as "Language": Khmer, English;
}
