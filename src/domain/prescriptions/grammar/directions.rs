//! Where and how a medicine is given, beyond how much and when: `in both eyes`, `en couche mince`, `លាយទឹក`.
//!
//! # Why
//! A line has no field of its own for them. They are kept as one sentence of its instructions in each language, so that
//! they are read back with what was understood and nothing that was said is lost. A site holds for the whole line; two
//! sites are two lines.

use super::Refusal;
use super::statements::Found::{self, Is, Refused};
use super::statements::S;
use super::tokens::T;
use crate::domain::medicines::model::Route;
use crate::domain::prescriptions::model::Amount;
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;
use crate::platform::i18n::{Language, text};

/// What there are two of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Organ {
    Eye,
    Ear,
    Nostril,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// One of them.
    Left,
    /// The other one.
    Right,
    /// Both at once.
    Both,
    /// Each by itself.
    Each,
    /// The one that is ill.
    Affected,
    /// "In the eye": which one was not said.
    Unsaid,
}

/// Where or how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Into one or both.
    Site(Organ, Side),
    /// Into a vein, of what may be given in several ways; so the two that follow.
    IntoVein,
    /// Into a muscle.
    IntoMuscle,
    /// Under the skin.
    UnderSkin,
    /// On the skin that is ill.
    AffectedArea,
    /// Where it hurts.
    PainfulArea,
    /// On the skin, wherever it is needed.
    Skin,
    /// On wounds and spots.
    Lesions,
    /// On the face.
    Face,
    /// In a thin layer.
    Thinly,
    /// Mixed into water.
    InWater,
    /// Swallowed with water.
    WithWater,
    /// Chewed.
    Chewed,
    /// Away from meals.
    BetweenMeals,
    /// When the patient wakes up, which is planned as the morning.
    OnWaking,
    /// With its first bites.
    AtStartOfMeal,
    /// With its last bites.
    AtEndOfMeal,
    /// Meals do not matter.
    WithOrWithoutFood,
    /// Said beside an empty stomach.
    BeforeTheMeal,
    /// Without an end.
    LongTerm,
}

impl Direction {
    /// Those that say into what it is given with a needle.
    pub const WAYS: [Self; 3] = [Self::IntoVein, Self::IntoMuscle, Self::UnderSkin];

    /// The way of a route that leaves a choice beside it.
    pub const fn of_route(route: Route) -> Option<Self> {
        match route {
            Route::Intravenous => Some(Self::IntoVein),
            Route::Intramuscular => Some(Self::IntoMuscle),
            Route::Subcutaneous => Some(Self::UnderSkin),
            _ => None,
        }
    }

    /// Those that say where.
    pub fn sites() -> Vec<Self> {
        let mut all = vec![Self::AffectedArea, Self::PainfulArea, Self::Skin, Self::Lesions, Self::Face];
        all.extend(Self::WAYS);
        for organ in [Organ::Eye, Organ::Ear, Organ::Nostril] {
            let sides = [Side::Left, Side::Right, Side::Both, Side::Each, Side::Affected, Side::Unsaid];
            all.extend(sides.map(|side| Self::Site(organ, side)));
        }
        all
    }

    /// Whether it says where: a line has one site.
    pub const fn is_site(self) -> bool {
        use Direction::{
            AffectedArea, Face, IntoMuscle, IntoVein, Lesions, PainfulArea, Site, Skin, UnderSkin,
        };
        matches!(
            self,
            Site(..) | AffectedArea | PainfulArea | Skin | Lesions | Face | IntoVein | IntoMuscle | UnderSkin
        )
    }

    fn message_key(self) -> &'static str {
        use Organ::{Ear, Eye, Nostril};
        use Side::{Affected, Both, Each, Left, Right, Unsaid};
        match self {
            Self::Site(Eye, Left) => "direction.LEFT_EYE",
            Self::Site(Eye, Right) => "direction.RIGHT_EYE",
            Self::Site(Eye, Both) => "direction.BOTH_EYES",
            Self::Site(Eye, Each) => "direction.EACH_EYE",
            Self::Site(Eye, Affected) => "direction.AFFECTED_EYE",
            Self::Site(Eye, Unsaid) => "direction.EYE",
            Self::Site(Ear, Left) => "direction.LEFT_EAR",
            Self::Site(Ear, Right) => "direction.RIGHT_EAR",
            Self::Site(Ear, Both) => "direction.BOTH_EARS",
            Self::Site(Ear, Each) => "direction.EACH_EAR",
            Self::Site(Ear, Affected) => "direction.AFFECTED_EAR",
            Self::Site(Ear, Unsaid) => "direction.EAR",
            Self::Site(Nostril, Left) => "direction.LEFT_NOSTRIL",
            Self::Site(Nostril, Right) => "direction.RIGHT_NOSTRIL",
            Self::Site(Nostril, Both) => "direction.BOTH_NOSTRILS",
            Self::Site(Nostril, Each) => "direction.EACH_NOSTRIL",
            Self::Site(Nostril, Affected) => "direction.AFFECTED_NOSTRIL",
            Self::Site(Nostril, Unsaid) => "direction.NOSE",
            Self::IntoVein => "direction.INTO_VEIN",
            Self::IntoMuscle => "direction.INTO_MUSCLE",
            Self::UnderSkin => "direction.UNDER_SKIN",
            Self::AffectedArea => "direction.AFFECTED_AREA",
            Self::PainfulArea => "direction.PAINFUL_AREA",
            Self::Skin => "direction.SKIN",
            Self::Lesions => "direction.LESIONS",
            Self::Face => "direction.FACE",
            Self::Thinly => "direction.THINLY",
            Self::InWater => "direction.IN_WATER",
            Self::WithWater => "direction.WITH_WATER",
            Self::Chewed => "direction.CHEWED",
            Self::BetweenMeals => "direction.BETWEEN_MEALS",
            Self::OnWaking => "direction.ON_WAKING",
            Self::AtStartOfMeal => "direction.AT_START_OF_MEAL",
            Self::AtEndOfMeal => "direction.AT_END_OF_MEAL",
            Self::WithOrWithoutFood => "direction.WITH_OR_WITHOUT_FOOD",
            Self::BeforeTheMeal => "direction.BEFORE_THE_MEAL",
            Self::LongTerm => "direction.LONG_TERM",
        }
    }

    /// The only place that a line's instructions name; nothing where they name none or several.
    pub fn site_in(instructions: &str, language: Language) -> Option<Self> {
        let sentences: Vec<String> = instructions
            .split(". ")
            .map(|sentence| sentence.trim().trim_end_matches('.').to_lowercase())
            .collect();
        let is_said = |site: &Self| sentences.contains(&site.text(language).to_lowercase());
        let mut said = Self::sites().into_iter().filter(is_said);
        said.next().filter(|_| said.next().is_none())
    }

    /// As it is read: `In both eyes`.
    pub fn text(self, language: Language) -> String {
        text(language, self.message_key(), &[])
    }

    /// Whether it can be said of a medicine that is given like this.
    fn fits(self, product: &Product) -> Result<(), Refusal> {
        let Some(route) = product.route() else { return Ok(()) };
        let fits = match self {
            Self::Site(Organ::Eye, _) => route == Route::Ophthalmic,
            Self::Site(Organ::Ear, _) => route == Route::Otic,
            Self::Site(Organ::Nostril, _) => route == Route::Nasal,
            // Read from the words of the way, which are held against the routes.
            Self::IntoVein | Self::IntoMuscle | Self::UnderSkin => true,
            Self::AffectedArea | Self::PainfulArea | Self::Lesions | Self::Face | Self::Thinly => {
                route == Route::Topical
            }
            Self::Skin => matches!(route, Route::Topical | Route::Transdermal),
            Self::InWater
            | Self::WithWater
            | Self::Chewed
            | Self::BetweenMeals
            | Self::BeforeTheMeal
            | Self::AtStartOfMeal
            | Self::AtEndOfMeal
            | Self::WithOrWithoutFood => route == Route::Oral,
            Self::OnWaking | Self::LongTerm => true,
        };
        if fits { Ok(()) } else { Err(Refusal::new("words_route", "").with("route", route.name())) }
    }
}

/// Notes a direction. Another site is another line, and the same one twice says nothing new.
pub(super) fn note(said: &mut Vec<Direction>, new: Direction, product: &Product) -> Result<(), Refusal> {
    new.fits(product)?;
    if said.contains(&new) {
        return Ok(());
    }
    if new.is_site() && said.iter().any(|direction| direction.is_site()) {
        return Err(Refusal::new("words_sites", ""));
    }
    said.push(new);
    Ok(())
}

/// `in both eyes`, `dans l'œil droit`, `ភ្នែកឆ្វេង`, `à chaque narine`, `sur les lésions`.
pub(super) fn direction(tokens: &[T]) -> Option<Found> {
    let lead = usize::from(matches!(tokens, [T::Into | T::To | T::OutOf | T::On | T::At | T::A | T::Au, ..]));
    let rest = tokens.get(lead..)?;
    let site = |organ: Organ, side: Side| S::Direction(Direction::Site(organ, side));
    let (what, length) = match rest {
        [T::Direction(direction), ..] => (S::Direction(*direction), 1),
        // "Left and right eye"
        [T::Side(one), T::And, T::Side(other), T::Organ(organ, _), ..]
        | [T::Organ(organ, _), T::Side(one), T::And, T::Side(other), ..] => {
            if !are_left_and_right(*one, *other) {
                return Some(Refused("words_sites", lead + 4));
            }
            (site(*organ, Side::Both), 4)
        }
        // "Left eye and right eye"
        [T::Side(one), T::Organ(organ, _), T::And, T::Side(other), T::Organ(same, _), ..]
        | [T::Organ(organ, _), T::Side(one), T::And, T::Organ(same, _), T::Side(other), ..]
            if organ == same && are_left_and_right(*one, *other) =>
        {
            (site(*organ, Side::Both), 5)
        }
        [T::Organ(_, _), T::Side(_), T::Side(_), ..] => return Some(Refused("words_sites", lead + 3)),
        [T::Side(side), T::Organ(organ, _), ..] => (site(*organ, *side), 2),
        [T::Organ(organ, _), T::Side(side), ..] => (site(*organ, *side), 2),
        [T::Every | T::Per, T::Organ(organ, _), ..] => (site(*organ, Side::Each), 2),
        [T::N(two), T::Organ(organ, true), ..] if two.whole() == Some(2) => (site(*organ, Side::Both), 2),
        [T::Organ(organ, plural), ..] => (site(*organ, if *plural { Side::Both } else { Side::Unsaid }), 1),
        _ => return None,
    };
    Some(Is(what, lead + length))
}

fn are_left_and_right(one: Side, other: Side) -> bool {
    matches!((one, other), (Side::Left, Side::Right) | (Side::Right, Side::Left))
}

/// One application, for what is counted in them: "apply twice daily" says no other amount.
pub(super) fn one_application(applied: bool, product: &Product) -> Option<(Amount, DoseUnit)> {
    (applied && product.counting_unit() == Some(DoseUnit::Application))
        .then_some((Amount::whole(1), DoseUnit::Application))
}
