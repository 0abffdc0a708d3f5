//! Words of how the medicine is given, held against how it is given.

use super::Refusal;
use super::directions::Direction;
use super::tokens::{T, Token, Tokens, UnitWord, Way};
use crate::domain::medicines::model::Route;
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;

/// The tokens without the words of how the medicine is given, which may stand anywhere (`1 tab po bd`, `១ថ្ងៃលេប៣ដង`)
/// and must agree with how it is given.
pub(super) fn without_ways(tokens: &Tokens, product: &Product) -> Result<Tokens, Refusal> {
    let mut list = Vec::with_capacity(tokens.list.len());
    for (index, token) in tokens.list.iter().enumerate() {
        let counted = matches!(list.last(), Some(Token { what: T::N(_) | T::KhmerHalf, .. }));
        match token.what {
            T::Way(way) => {
                way_fits(way, product).map_err(|refusal| refusal.of(&tokens.part(index, index + 1)))?;
            }
            // A Khmer unit without its number is the verb.
            T::Unit(UnitWord::OrVerb(unit)) if !counted => {
                let fits = product.unit_fits(unit).then_some(());
                fits.ok_or_else(|| Refusal::new("words_unknown", tokens.part(index, index + 1)))?;
            }
            _ => list.push(*token),
        }
    }
    Ok(tokens.only(&list))
}

/// Into what it is given, where the entry leaves a choice: that is told with the line. Two ways are two lines.
pub(super) fn said(tokens: &Tokens, product: &Product) -> Result<Option<Direction>, Refusal> {
    if product.routes().len() < 2 {
        return Ok(None);
    }
    let mut said = None;
    for (index, token) in tokens.list.iter().enumerate() {
        let direction = match token.what {
            T::Way(Way::Vein) => Direction::IntoVein,
            T::Way(Way::Muscle) => Direction::IntoMuscle,
            T::Way(Way::UnderSkin) => Direction::UnderSkin,
            _ => continue,
        };
        if said.is_some_and(|other| other != direction) {
            return Err(Refusal::new("words_sites", tokens.part(index, index + 1)));
        }
        said = Some(direction);
    }
    Ok(said)
}

/// Whether it is said to be applied, in a verb.
pub(super) fn is_applied(tokens: &Tokens) -> bool {
    let numbered = |index: usize| {
        let before = index.checked_sub(1).and_then(|index| tokens.list.get(index));
        matches!(before, Some(Token { what: T::N(_) | T::KhmerHalf, .. }))
    };
    tokens.list.iter().enumerate().any(|(index, token)| match token.what {
        T::Way(Way::OnSkin) | T::Direction(Direction::Thinly) => true,
        T::Unit(UnitWord::OrVerb(DoseUnit::Application)) => !numbered(index),
        _ => false,
    })
}

/// Whether a word of how the medicine is given agrees with how it is given.
fn way_fits(way: Way, product: &Product) -> Result<(), Refusal> {
    use Route::{
        Inhaled, Intradermal, Intramuscular, Intravenous, Nasal, Ophthalmic, Oral, Otic, Rectal,
        Subcutaneous, Sublingual, Topical, Transdermal, Vaginal,
    };
    let routes = product.routes();
    if routes.is_empty() {
        return Ok(());
    }
    let fitting: &[Route] = match way {
        Way::Any => return Ok(()),
        Way::Oral => &[Oral],
        Way::UnderTongue => &[Sublingual],
        Way::Rectal => &[Rectal],
        Way::Vaginal => &[Vaginal],
        Way::Inserted => &[Rectal, Vaginal],
        Way::Vein => &[Intravenous],
        Way::Muscle => &[Intramuscular],
        Way::UnderSkin => &[Subcutaneous],
        Way::Injected => &[Intravenous, Intramuscular, Subcutaneous, Intradermal],
        Way::Inhaled => &[Inhaled],
        Way::Nasal => &[Nasal],
        Way::Dropped => &[Ophthalmic, Otic, Nasal],
        Way::OnSkin => &[Topical, Transdermal, Ophthalmic, Vaginal],
    };
    if routes.iter().any(|route| fitting.contains(route)) {
        Ok(())
    } else {
        let names: Vec<&str> = routes.iter().map(|route| route.name()).collect();
        Err(Refusal::new("words_route", "").with("route", names.join(", ")))
    }
}
