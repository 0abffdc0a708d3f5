//! The smallest pieces of a text that mean something.

use chrono::{NaiveTime, Weekday};

use super::condition::Complaint;
use super::directions::{Direction, Organ, Side};
use super::eyes::{self, EYES};
use super::number::{Number, number};
use super::text::{MAX_CHARACTERS, Plain, phrase, plain};
use super::words::ENGLISH;
use super::words_directions::DIRECTIONS;
use super::words_french::FRENCH;
use super::words_khmer::KHMER;
use super::words_units::UNITS;
use super::{Refusal, settle};
use crate::domain::prescriptions::model::{MealRelation, Slot};
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;

/// A unit as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnitWord {
    /// One certain unit.
    Is(DoseUnit),
    /// One certain unit, written in a way that is easily misread: `µg`.
    Misread(DoseUnit),
    /// គ្រាប់, pill: whichever solid piece the medicine comes in.
    Pill,
    /// Unit, unité: international units of insulin, pieces of an implant.
    Unit,
    /// `U`: easily read as 0.
    U,
    /// `cc`: millilitres in a syringe; of a syrup it is said of spoons as well.
    CubicCentimetre,
    /// `mIU`: thousandths or millions of a unit.
    MilliOrMillion,
    /// A unit that is also a verb in Khmer: លាប, បាញ់.
    OrVerb(DoseUnit),
}

/// How a medicine is given, as far as a word says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Take, give, use: any way.
    Any,
    Oral,
    UnderTongue,
    Rectal,
    Vaginal,
    /// Insert, សុល.
    Inserted,
    Vein,
    Muscle,
    UnderSkin,
    Injected,
    Inhaled,
    Nasal,
    /// Instil, បន្តក់.
    Dropped,
    /// Apply, លាប.
    OnSkin,
}

/// What kind of word names a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Matin, morning: also said behind the hour of a clock.
    Time,
    /// Afternoon, រសៀល: said behind the hour of a clock, and no column of a form.
    Afternoon,
    /// Mane, nocte: never said of a clock.
    Latin,
    /// Going to bed.
    Bedtime,
}

/// A token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum T {
    N(Number),
    Unit(UnitWord),
    /// The multiplication sign.
    X,
    /// Times, fois, ដង.
    Times,
    /// Intakes, prises: a count of them.
    Intakes,
    /// ពេល behind a number: so many times of the day.
    TimesOfDay,
    /// Divided doses: intakes of an amount that is the day's.
    DividedDoses,
    /// Twice, thrice.
    Fold(u32),
    /// Once, ម្តង.
    Once,
    /// តែម្តង: once and never again, or behind a day once in it.
    OnlyOnce,
    /// ម្តង before an amount that it belongs to: each time.
    EachTime,
    /// ម្តង that may belong to the days before it or to the amount behind it.
    OnceOrEachTime,
    /// Per, par, ក្នុង.
    Per,
    /// In: of a number of days it counts them, elsewhere it says nothing.
    In,
    /// `a`: per, one or the French "at".
    A,
    Slash,
    /// `#`: how much is handed out.
    Quantity,
    /// ចំនួន: how much is handed out, or for how long.
    QuantityOrFor,
    Every,
    Other,
    /// Alternate, of nights and mornings.
    Alternate,
    Hour,
    Midnight,
    Minute,
    Day,
    /// ថ្ងៃ: a day, or noon on forms that write ព្រឹក ថ្ងៃ ល្ងាច.
    DayOrNoon,
    /// ថ្ងៃ behind a number that may belong to the time of day before it: days, or noon.
    DaysOrNoon,
    Week,
    /// អាទិត្យ: a week, or Sunday.
    WeekOrSunday,
    Month,
    Dash,
    Plus,
    Comma,
    And,
    Or,
    /// At: before clock times and times of day.
    At,
    /// `au`: at the, to the.
    Au,
    To,
    For,
    /// Pendant, during: for so long, or with a meal.
    During,
    Max,
    AtLeast,
    Apart,
    Slot(Slot, Kind),
    /// Nights, soirs: times of day, or behind a number how many days.
    Nights(Slot),
    /// Am or pm behind an hour.
    HalfDay(bool),
    Clock(NaiveTime),
    /// Before, with or after what follows.
    Relation(MealRelation),
    /// Meals in general.
    Meals,
    /// Breakfast, lunch or dinner.
    MealOf(Slot),
    Meal(MealRelation),
    PerDay(u32),
    /// `OD`, which is also the right eye.
    Od,
    /// `QD`, `QOD`, easily misread.
    Qd,
    Qod,
    EveryDay,
    EveryDays(u32),
    Hourly,
    Weekly,
    Monthly,
    Weekday(Weekday),
    Except,
    AsNeeded,
    /// If, when: introduces a complaint.
    If,
    Complaint(Complaint),
    /// After each loose stool, ពេលហត់: whenever it happens.
    AfterEach(Complaint),
    Above,
    Celsius,
    Now,
    Then,
    /// "Then stop": nothing follows a length.
    Stop,
    /// `on`: of a weekday, or omni nocte.
    On,
    /// `sur`, out of.
    OutOf,
    Way(Way),
    /// Into, dans: before an eye, an ear, a nostril.
    Into,
    /// An eye, an ear or a nostril; the flag is set for more than one.
    Organ(Organ, bool),
    Side(Side),
    /// A short form of one eye or both: `RE`, `OG`.
    Eye(Side),
    /// `LE`: the left eye, or the French article.
    EyeOrLe,
    /// Where or how, as a whole.
    Direction(Direction),
    /// A half behind a piece: "et demi".
    AndHalf,
    /// កន្លះ: half a piece before one, a half more behind one.
    KhmerHalf,
    /// `en`: in so many intakes.
    En,
    /// Of, de between a piece and its strength.
    Of,
}

/// A token and where it stands in the plain text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token {
    pub what: T,
    pub from: usize,
    pub to: usize,
}

/// A text cut into tokens.
pub(super) struct Tokens {
    pub list: Vec<Token>,
    pub plain: Plain,
}

impl Tokens {
    /// Some of the tokens with the same text.
    pub(super) fn only(&self, list: &[Token]) -> Self {
        Self { list: list.to_vec(), plain: self.plain.clone() }
    }

    /// The original text of some of the tokens.
    pub(super) fn part(&self, from: usize, to: usize) -> String {
        let start = self.list.get(from).map_or(self.plain.text.len(), |token| token.from);
        let end = to.checked_sub(1).and_then(|last| self.list.get(last)).map_or(start, |token| token.to);
        self.plain.part(start, end.max(start))
    }
}

/// Words that say nothing by themselves.
const FILLERS: &[(&str, ())] = &[
    ("the", ()),
    ("la", ()),
    ("les", ()),
    ("seule", ()),
    ("l'", ()),
    ("du", ()),
    ("des", ()),
    ("please", ()),
    ("នៅ", ()),
];

/// Cuts a text into tokens.
///
/// # Errors
/// The text is too long, or begins somewhere with what is no known word or, of this medicine, may mean two things.
pub(super) fn tokens(text: &str, product: &Product) -> Result<Tokens, Refusal> {
    if text.chars().count() > MAX_CHARACTERS {
        return Err(Refusal::new("text_too_long", "").with("max", MAX_CHARACTERS.to_string()));
    }
    if !has_pairs(text) {
        return Err(Refusal::new("words_unknown", text.trim()));
    }
    let plain = plain(text);
    let mut list = Vec::new();
    let mut at = 0;
    loop {
        let rest = plain.text.get(at..).unwrap_or_default();
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.is_empty() {
            break;
        }
        naked_comma(&plain, at)?;
        let (found, left) =
            token(trimmed).map_err(|refusal| refusal.of(&plain.part(at, unknown_end(&plain, at))))?;
        let to = at + trimmed.len() - left.len();
        list.extend(found.map(|what| Token { what, from: at, to }));
        at = to;
    }
    let mut tokens = eyes::settled(Tokens { list, plain }, product)?;
    settle::settle(&mut tokens.list);
    Ok(tokens)
}

/// Whether each parenthesis has its other half: what stood behind a lone one is lost.
fn has_pairs(text: &str) -> bool {
    let open = text.chars().try_fold(0_u32, |open, letter| match letter {
        '(' | '（' => open.checked_add(1),
        ')' | '）' => open.checked_sub(1),
        _ => Some(open),
    });
    open == Some(0)
}

/// `,5` is a decimal without its zero; a comma that ends a word and stands before another number is none.
fn naked_comma(plain: &Plain, at: usize) -> Result<(), Refusal> {
    let (before, rest) = plain.text.split_at_checked(at).unwrap_or_default();
    let Some(digits) = rest.strip_prefix(',') else { return Ok(()) };
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    let digits = digits.get(..end).unwrap_or_default();
    let ends_word = before.ends_with(char::is_alphabetic);
    let decimal = matches!(digits, "5" | "25" | "50" | "75" | "125" | "250" | "500" | "625" | "0625");
    if digits.is_empty() || (ends_word && !decimal) {
        return Ok(());
    }
    Err(Refusal::new("words_leading_zero", format!(",{digits}")).with("write", format!("0.{digits}")))
}

/// Where a word that is not known ends.
fn unknown_end(plain: &Plain, from: usize) -> usize {
    let rest = plain.text.get(from..).unwrap_or_default();
    let end = rest.char_indices().skip(1).find(|(_, letter)| letter.is_whitespace() || *letter == ',');
    from + end.map_or(rest.len(), |(at, _)| at)
}

/// The token at the start of the text; nothing for a word that says nothing.
fn token(text: &str) -> Result<(Option<T>, &str), Refusal> {
    if let Some((time, rest)) = super::clock::clock_digits(text) {
        return Ok((Some(T::Clock(time?)), rest));
    }
    if let Some(rest) = eyes::article_of_time(text) {
        return Ok((None, rest));
    }
    let word = phrase(text, &[ENGLISH, FRENCH, KHMER, DIRECTIONS, EYES]);
    let unit = phrase(text, &[UNITS]).map(|(unit, rest)| (T::Unit(unit), rest));
    let filler = phrase(text, &[FILLERS]);
    let longest = [word, unit].into_iter().flatten().min_by_key(|(_, rest)| rest.len());
    if let Some((_, rest)) = filler
        && longest.is_none_or(|(_, other)| other.len() > rest.len())
    {
        return Ok((None, rest));
    }
    if let Some((what, rest)) = longest {
        return Ok((Some(what), rest));
    }
    if let Some(read) = number(text) {
        return read.map(|(number, rest)| (Some(T::N(number)), rest));
    }
    // "q8h", "q 8 h", "q4-6h"
    if let Some(rest) = text.strip_prefix('q')
        && rest.trim_start().starts_with(|next: char| next.is_ascii_digit())
    {
        return Ok((Some(T::Every), rest));
    }
    Err(Refusal::new("words_unknown", ""))
}
