//! How much: `500 mg`, `1 tablet`, `½ cp`, `២ គ្រាប់`.

use super::directions::{self, Direction};
use super::statements::{S, Statement, statements};
use super::tokens::{T, Token, Tokens, UnitWord, tokens};
use super::{Refusal, amounts, ways};
use crate::domain::prescriptions::model::Amount;
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;

/// An amount with its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dosage {
    /// How much of the unit; never zero.
    pub amount: Amount,
    /// The unit.
    pub unit: DoseUnit,
    /// Where and how.
    pub directions: Vec<Direction>,
    /// What the reader is to be told about how it was written.
    pub notices: Vec<Notice>,
}

/// The amount and unit that a text means for this medicine.
///
/// # Errors
/// Names the part that means nothing or could mean two things, and what to write instead.
pub fn parse_dosage(text: &str, product: &Product) -> Result<Dosage, Refusal> {
    read(text, product).map_err(|refusal| refusal.of(text.trim()).of_dosage(product))
}

fn read(text: &str, product: &Product) -> Result<Dosage, Refusal> {
    let tokens = tokens(text, product)?;
    let applied = ways::is_applied(&tokens);
    let way = ways::said(&tokens, product)?;
    let tokens = amount_first(ways::without_ways(&tokens, product)?);
    let (found, mut notices) = statements(&tokens)?;
    let mut doses: Vec<(Amount, DoseUnit)> = Vec::new();
    let mut directions: Vec<Direction> = way.into_iter().collect();
    for statement in &found {
        let part = tokens.part(statement.from, statement.to);
        // A time of day belongs to the frequency.
        if let S::Direction(direction) = statement.what
            && direction != Direction::OnWaking
        {
            directions::note(&mut directions, direction, product).map_err(|refusal| refusal.of(&part))?;
            continue;
        }
        let dose = dose(statement, product, &mut notices);
        notices.iter_mut().for_each(|notice| notice.about(&part));
        match dose {
            // "1 cp (500/125 mg)"
            Some(Ok(dose)) if matches!(statement.what, S::Strength(..)) && doses.last() == Some(&dose) => {}
            Some(Ok(dose)) => doses.push(dose),
            Some(Err(refusal)) => return Err(refusal.of(&part)),
            None if matches!(statement.what, S::Comma) => {}
            None => return Err(Refusal::new("words_unknown", part)),
        }
    }
    let whole = || tokens.part(0, tokens.list.len());
    if doses.is_empty() {
        doses.extend(directions::one_application(applied, product));
    }
    let (amount, unit) = same_dose(&doses, product)
        .ok_or_else(|| Refusal::new("words_no_amount", whole()))?
        .map_err(|code| Refusal::new(code, whole()))?;
    Ok(Dosage { amount, unit, directions, notices })
}

/// The dose that a statement is, when it is one.
fn dose(
    statement: &Statement,
    product: &Product,
    notices: &mut Vec<Notice>,
) -> Option<Result<(Amount, DoseUnit), Refusal>> {
    match &statement.what {
        S::Amount(said) => Some(amounts::said(*said, product, notices)),
        what @ (S::Pieces(..) | S::PiecesOf(..) | S::Strength(..)) => {
            let dose = amounts::strength(what, product, notices);
            if matches!(what, S::Strength(..)) && dose.is_ok() {
                notices.push(Notice::new("notice_strength_is_piece"));
            }
            Some(dose)
        }
        _ => None,
    }
}

/// The one dose that two statements in a row name, as in `1 cp (500 mg)` of a tablet of 500 mg; nothing when there is
/// none. `2 cp (500 mg)` may be one tablet or two.
pub(super) fn same_dose(
    doses: &[(Amount, DoseUnit)],
    product: &Product,
) -> Option<Result<(Amount, DoseUnit), &'static str>> {
    match doses {
        [] => None,
        [only] => Some(Ok(*only)),
        [first, second] => {
            let pieces = |dose: &(Amount, DoseUnit)| product.pieces(dose.0, dose.1);
            let equal = first.1 != second.1 && pieces(first).is_some() && pieces(first) == pieces(second);
            Some(if equal { Ok(*first) } else { Err("words_amount_twice") })
        }
        _ => Some(Err("words_amount_twice")),
    }
}

/// The unit first, as Khmer says it: `គ្រាប់ ២`.
fn amount_first(mut tokens: Tokens) -> Tokens {
    if let [Token { what: unit @ T::Unit(_), .. }, Token { what: number @ (T::N(_) | T::KhmerHalf), .. }] =
        tokens.list.as_mut_slice()
    {
        std::mem::swap(unit, number);
    }
    tokens
}

/// The unit that a word means by itself: `cp`, `TABLET`, `គ្រាប់`. A word that means one thing for insulin and another
/// for an implant (`unit`) means none.
pub fn parse_unit(text: &str) -> Option<DoseUnit> {
    let tokens = tokens(text, &Product::named()).ok()?;
    match tokens.list.as_slice() {
        [Token { what: T::Unit(word), .. }] => match word {
            UnitWord::Is(unit) | UnitWord::Misread(unit) | UnitWord::OrVerb(unit) => Some(*unit),
            UnitWord::Pill => Some(DoseUnit::Tablet),
            // The code of the unit; elsewhere it may be thousandths.
            UnitWord::MilliOrMillion => DoseUnit::from_code(text),
            UnitWord::Unit | UnitWord::U | UnitWord::CubicCentimetre => None,
        },
        _ => None,
    }
}
