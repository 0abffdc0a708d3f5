//! Who is in the demo clinic: invented people with common Khmer names, and how each of them takes their medicine.

use chrono::{Days, NaiveDate};
use rust_embed::RustEmbed;

use crate::platform::error::{Error, Result};
use crate::platform::random::Random;

#[derive(RustEmbed)]
#[folder = "data/demo/"]
struct DemoFiles;

/// How a patient keeps to their treatment over the ninety days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// About 95 of 100 doses, all along.
    Good,
    /// About 75 of 100, all along.
    Middling,
    /// From 90 of 100 down to 30.
    Failing,
    /// From 45 of 100 up to 96.
    Improving,
}

impl Course {
    /// How many of a hundred doses are taken when `day` of `days` has come.
    pub fn percent_on(self, day: u32, days: u32) -> u32 {
        let way = |from: u32, to: u32| {
            let days = days.max(1);
            (from * days.saturating_sub(day) + to * day.min(days)) / days
        };
        match self {
            Self::Good => 95,
            Self::Middling => 75,
            Self::Failing => way(90, 30),
            Self::Improving => way(45, 96),
        }
    }
}

/// A name in Khmer script.
#[derive(Debug, Clone)]
pub struct Name {
    /// Given name.
    pub first: String,
    /// Family name.
    pub last: String,
}

/// A person of the cast.
#[derive(Debug, Clone)]
pub struct Patient {
    /// Their name.
    pub name: Name,
    /// Whether to register as male.
    pub male: bool,
    /// Date of birth.
    pub born: NaiveDate,
    /// E-mail to sign in with.
    pub email: String,
    /// How they take their medicine.
    pub course: Course,
    /// Which of the clinic's treatments they have, 0-based.
    pub treatment: usize,
}

/// Everybody's names by kind.
struct Names {
    family: Vec<(String, String)>,
    male: Vec<(String, String)>,
    female: Vec<(String, String)>,
}

fn names() -> Result<Names> {
    let file = DemoFiles::get("names.csv").ok_or_else(|| Error::internal("the demo has no names"))?;
    let mut names = Names { family: Vec::new(), male: Vec::new(), female: Vec::new() };
    for record in csv::Reader::from_reader(file.data.as_ref()).into_deserialize::<(String, String, String)>()
    {
        let (kind, khmer, latin) = record.map_err(|error| Error::internal(format!("demo names: {error}")))?;
        match kind.as_str() {
            "FAMILY" => names.family.push((khmer, latin)),
            "MALE" => names.male.push((khmer, latin)),
            _ => names.female.push((khmer, latin)),
        }
    }
    Ok(names)
}

/// `count` patients, the same for the same `random`.
///
/// # Errors
/// When the list of names is missing.
pub fn patients(count: u32, today: NaiveDate, treatments: usize, random: &Random) -> Result<Vec<Patient>> {
    let names = names()?;
    let mut patients = Vec::new();
    for number in 0..count {
        let male = random.below(2)? == 0;
        let given = if male { &names.male } else { &names.female };
        let (first, latin) = pick(given, random)?;
        let (last, _) = pick(&names.family, random)?;
        let age_days = 20 * 365 + random.below(60 * 365)?;
        patients.push(Patient {
            email: format!("{}.{}@demo.example", latin.to_lowercase().replace(' ', ""), number + 1),
            name: Name { first, last },
            male,
            born: today.checked_sub_days(Days::new(age_days)).unwrap_or(today),
            course: match number % 6 {
                0..=2 => Course::Good,
                3 => Course::Middling,
                4 => Course::Failing,
                _ => Course::Improving,
            },
            treatment: usize::try_from(random.below(treatments as u64)?).unwrap_or(0),
        });
    }
    Ok(patients)
}

fn pick(names: &[(String, String)], random: &Random) -> Result<(String, String)> {
    let place = usize::try_from(random.below(names.len() as u64)?).unwrap_or(0);
    names.get(place).cloned().ok_or_else(|| Error::internal("the demo has no names"))
}
