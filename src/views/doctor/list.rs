//! The doctor's patients as a list, and whom to call today.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::looks::{Noted, Notes};
use super::summary::{Summary, person, present, summary};
use crate::domain::adherence::model::Colour;
use crate::domain::attention;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::Treated;
use crate::domain::gate;
use crate::domain::users::model::User;
use crate::domain::users::rules::parse_phone;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::search::{folded, skeleton};
use crate::platform::store::{Page, ReadTx};
use crate::views::vitals::IdPage;

/// A place in a list: the rank by which it is sorted, and who stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    rank: u32,
    patient: UserId,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.rank, self.patient)
    }
}

/// Not a place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPlace;

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (rank, patient) = text.split_once('.').ok_or(NoPlace)?;
        let rank = rank.parse().map_err(|_| NoPlace)?;
        Ok(Self { rank, patient: patient.parse().map_err(|_| NoPlace)? })
    }
}

/// In which order patients are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PatientSort {
    /// The lowest figure first; at the end those of whom no dose counted, then those who do not share it.
    #[default]
    Adherence,
    /// By name.
    Name,
    /// Who needs attention first, the gravest first; then the others.
    Attention,
}

/// Which patients. All that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct PatientsQuery {
    /// Whose name, in either script, e-mail or phone holds this.
    pub search: Option<String>,
    /// Whose adherence of the last 30 days has this colour.
    pub colour: Option<Colour>,
    /// Whether they need attention.
    pub needs_attention: Option<bool>,
    /// In which order.
    pub sort: PatientSort,
}

/// Rank of those of whom no dose counted, and of those who do not share it: behind every figure.
const NOTHING_COUNTED: u32 = 1_001;
const NOT_SHARED: u32 = 1_002;
/// Rank of those who need no attention.
const NO_REASON: u32 = u32::MAX;

/// A search text, made ready once.
struct Wanted {
    text: String,
    phone: Option<String>,
}

impl Wanted {
    fn of(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        (!typed.is_empty()).then(|| Self { phone: parse_phone(typed), text: folded(typed) })
    }

    fn fits(&self, person: &User) -> bool {
        if self.text.is_empty() {
            // Signs alone stand in nobody's name.
            return false;
        }
        let name = folded(person.full_name.reveal());
        let holds_words =
            || self.text.split(' ').all(|word| name.split(' ').any(|part| sounds_so(word, part)));
        let has_email = || {
            let email = person.email.as_ref().map(|email| folded(email.reveal()));
            email.is_some_and(|email| email.starts_with(&self.text))
        };
        let has_phone = || {
            let digits = self.text.replace(' ', "");
            person.phone.as_ref().is_some_and(|phone| {
                self.phone.as_ref() == Some(phone.reveal())
                    || (digits.len() >= 4 && phone.reveal().contains(&digits))
            })
        };
        name.contains(&self.text) || holds_words() || has_email() || has_phone()
    }
}

/// Whether the word of a name begins with the typed one, or sounds so in the other script: by its consonants, of which
/// there must be two unless it is the whole word.
fn sounds_so(typed: &str, part: &str) -> bool {
    let is_khmer = |word: &str| word.chars().any(|letter| ('\u{1780}'..='\u{17FF}').contains(&letter));
    if is_khmer(typed) == is_khmer(part) {
        return part.starts_with(typed);
    }
    let (typed, part) = (consonants(typed), consonants(part));
    typed == part && !typed.is_empty() || typed.chars().count() > 1 && part.starts_with(&typed)
}

/// The consonants of a person's name, the way Khmer names are written in Latin letters: `ch` is ច or ជ, `ph` is ផ, `ng`
/// is ង.
fn consonants(word: &str) -> String {
    skeleton(&word.replace("ch", "s").replace("ph", "p").replace("ng", "n"))
}

/// The doctor's patients, with how each is doing.
///
/// # Errors
/// `role_not_allowed` for others than doctors, `account_not_active`; a bad cursor.
pub async fn patients(
    context: &Context,
    caller: &Caller,
    query: &PatientsQuery,
    page: IdPage<Place>,
) -> Result<Page<Summary>> {
    const ACTION: &str = "doctor.patients";
    let noted = context.extensions.get::<Noted>();
    let mut notes = Notes::default();
    let found = gate::read(context, caller, ACTION, |tx| {
        let doctor = caller.user_id()?;
        let page = found_of(context, tx, caller, query, page)?;
        notes = noted.note(tx, (doctor, ACTION), page.items.iter().map(|found| &found.treated));
        Ok(page)
    })
    .await?;
    noted.settle(notes);
    Ok(found)
}

fn found_of(
    context: &Context,
    tx: &ReadTx,
    caller: &Caller,
    query: &PatientsQuery,
    page: IdPage<Place>,
) -> Result<Page<Summary>> {
    let all = present(context, tx, caller)?.treated;
    let doctor = caller.user_id()?;
    let wanted = query.search.as_deref().and_then(Wanted::of);
    let mut named = Vec::new();
    for one in all {
        let person = person(context, one.patient())?;
        if wanted.as_ref().is_none_or(|wanted| wanted.fits(&person)) {
            named.push((folded(person.full_name.reveal()), one));
        }
    }
    if query.sort == PatientSort::Name {
        return by_name(context, tx, doctor, query, named, page);
    }
    let mut found = Vec::new();
    for (_, one) in named {
        let summary = summary(context, tx, doctor, one)?;
        if fits(query, &summary) {
            let rank =
                if query.sort == PatientSort::Adherence { by_figure(&summary) } else { by_reasons(&summary) };
            found.push((Place { rank, patient: summary.patient() }, summary));
        }
    }
    Ok(cut(found, page))
}

/// By name; of those who are not shown nothing is read where the name alone decides.
fn by_name(
    context: &Context,
    tx: &ReadTx,
    doctor: UserId,
    query: &PatientsQuery,
    mut named: Vec<(String, Treated)>,
    page: IdPage<Place>,
) -> Result<Page<Summary>> {
    named.sort_by(|(name, one), (other_name, other)| {
        (name, one.patient()).cmp(&(other_name, other.patient()))
    });
    let start = match page.after {
        None => 0,
        Some(after) => {
            // The cursor of a name is who has it: a name does not stand in an address.
            let last = named.iter().position(|(_, one)| one.patient() == after.patient);
            last.ok_or_else(|| Error::invalid("cursor", "cursor_invalid"))?.saturating_add(1)
        }
    };
    let mut items: Vec<Summary> = Vec::new();
    for (_, one) in named.into_iter().skip(start) {
        let summary = summary(context, tx, doctor, one)?;
        if fits(query, &summary) {
            items.push(summary);
        }
        if items.len() > page.limit {
            break;
        }
    }
    Ok(page.cut(items, |last| Place { rank: 0, patient: last.patient() }))
}

fn fits(query: &PatientsQuery, summary: &Summary) -> bool {
    let colour = summary.adherence.as_ref().and_then(|recent| recent.taking.colour);
    query.colour.is_none_or(|wanted| colour == Some(wanted))
        && query.needs_attention.is_none_or(|wanted| summary.reasons.is_empty() != wanted)
}

fn by_figure(summary: &Summary) -> u32 {
    match &summary.adherence {
        None => NOT_SHARED,
        Some(recent) => recent.taking.percent.map_or(NOTHING_COUNTED, |percent| percent.0),
    }
}

fn by_reasons(summary: &Summary) -> u32 {
    attention::rank(&summary.reasons).unwrap_or(NO_REASON)
}

/// The page of these in the order of their places.
fn cut(mut found: Vec<(Place, Summary)>, page: IdPage<Place>) -> Page<Summary> {
    found.sort_by_key(|(place, _)| *place);
    let ahead = found.into_iter().filter(|(place, _)| page.after.is_none_or(|after| *place > after));
    let ahead = ahead.take(page.limit.saturating_add(1)).collect();
    page.cut(ahead, |(place, _)| *place).map(|(_, summary)| summary)
}

/// Whom the doctor should call today: everybody with a reason, the gravest first.
///
/// # Errors
/// `role_not_allowed` for others than doctors, `account_not_active`; a bad cursor.
pub async fn worklist(context: &Context, caller: &Caller, page: IdPage<Place>) -> Result<Page<Summary>> {
    const ACTION: &str = "doctor.worklist";
    let noted = context.extensions.get::<Noted>();
    let mut notes = Notes::default();
    let found = gate::read(context, caller, ACTION, |tx| {
        let all = present(context, tx, caller)?.treated;
        let doctor = caller.user_id()?;
        // Who is missing from the list is known to need no call: everybody was looked at.
        notes = noted.note(tx, (doctor, ACTION), &all);
        let mut found = Vec::new();
        for one in all {
            let summary = summary(context, tx, doctor, one)?;
            if let Some(rank) = attention::rank(&summary.reasons) {
                found.push((Place { rank, patient: summary.patient() }, summary));
            }
        }
        Ok(cut(found, page))
    })
    .await?;
    noted.settle(notes);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::users::model::Role;
    use crate::platform::secret::Phi;

    fn finds(typed: &str, name: &str) -> bool {
        let person = User { full_name: Phi::new(name.to_owned()), ..User::blank(Role::Patient) };
        Wanted::of(typed).unwrap().fits(&person)
    }

    #[test]
    fn names_are_found_in_both_scripts() {
        for (typed, name) in [
            ("dara", "ចាន់ ដារ៉ា"),
            ("chan", "ចាន់ ដារ៉ា"),
            ("Chan Dara", "ចាន់ ដារ៉ា"),
            ("ដារ៉ា", "Chan Dara"),
            ("ចាន់", "Chan Dara"),
            ("sok", "សុខ សុភា"),
            ("Sophea", "សុខ សុភា"),
            ("sophal", "ហេង សុផល"),
            ("សុផល", "Heng Sophal"),
            ("vann", "កែវ វណ្ណា"),
            ("rith", "សុខ រិទ្ធ"),
            ("DAR", "Chan Dara"),
            ("é", "Chan Éa"),
        ] {
            assert!(finds(typed, name), "{typed} finds {name}");
        }
        for (typed, name) in [
            ("dara", "សុខ សុភា"),
            ("sok", "Chan Dara"),
            ("d", "ចាន់ ដារ៉ា"),
            ("ara", "ចាន់ ដារ៉ា"),
            ("dara sok", "Chan Dara"),
            ("oo", "ចាន់ ដារ៉ា"),
            ("???", "Chan Dara"),
        ] {
            assert!(!finds(typed, name), "{typed} does not find {name}");
        }
    }

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = Place { rank: 856, patient: UserId(uuid::Uuid::from_u128(7)) };
        assert_eq!(place.to_string().parse(), Ok(place));
        for text in ["", "856", "856.", ".x", "-1.00000000-0000-0000-0000-000000000007", "x.7"] {
            assert_eq!(text.parse::<Place>(), Err(NoPlace), "{text}");
        }
    }
}
