//! Amounts: numbers with their unit, and whether both fit the medicine.

use super::Refusal;
use super::number::{Form, Number, ONE, thousands, written};
use super::statements::Found::{self, Is, Refused, Told};
use super::statements::{S, Said};
use super::tokens::{T, UnitWord};
use crate::domain::prescriptions::model::Amount;
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;

/// `1-2 tablets`, `5 à 10 ml`: whoever gives it would have to choose.
pub(super) fn range(tokens: &[T]) -> Option<Found> {
    match tokens {
        [T::N(low), T::Dash | T::To | T::A | T::Or, T::N(high), T::Unit(_), ..] if low.value < high.value => {
            Some(Refused("words_range", 4))
        }
        [T::N(low), T::Unit(unit), T::To | T::A | T::Or, T::N(high), T::Unit(same), ..]
            if low.value < high.value && unit == same =>
        {
            Some(Refused("words_range", 5))
        }
        _ => None,
    }
}

/// `1 cp/j`, `2 tablets a day`: so much in a day, in how many intakes is not said.
pub(super) fn amount_per_day(tokens: &[T]) -> Option<Found> {
    // "១ថ្ងៃ ១គ្រាប់"
    if let [T::N(one), T::Day, rest @ ..] = tokens
        && one.value == ONE
        && let Some((said, length)) = with_unit(rest)
    {
        return Some(Is(S::AmountPerDay(said), 2 + length));
    }
    let (said, length) = with_unit(tokens)?;
    let rest = tokens.get(length..)?;
    if !matches!(rest, [T::Per | T::Slash | T::A, ..]) {
        return None;
    }
    // "1 cp/2 jours"; of two pieces one may be taken on each of the days.
    if let [T::Slash, T::N(n), T::Day, ..] = rest
        && let Some(days @ 2..=31) = n.whole()
    {
        return Some(if said.number.value == ONE {
            Is(S::AmountPerDays(said, days), length + 3)
        } else {
            Refused("words_per_day_unclear", length + 3)
        });
    }
    // "១គ្រាប់ ក្នុង១ថ្ងៃ ២ដង" is one tablet each time; of two tablets each time or both are meant.
    let (_, period) = super::counts::period(rest)?;
    if let Some([T::N(_), T::Times, ..]) = rest.get(period..) {
        return (said.number.value != ONE).then_some(Refused("words_per_day_unclear", length + period + 2));
    }
    match super::counts::period(rest)? {
        (super::counts::Period::Day, more) => Some(Is(S::AmountPerDay(said), length + more)),
        (period, more) if said.number.value == ONE => Some(match period {
            super::counts::Period::Month => {
                Told(S::AmountPerDays(said, 30), length + more, Notice::new("notice_monthly"))
            }
            _ => Is(S::AmountPerDays(said, 7), length + more),
        }),
        (_, more) => Some(Refused("words_per_day_unclear", length + more)),
    }
}

/// `2 x 500 mg`; `2 tabs of 500 mg`, `2 cp à 500 mg`, `one 500 mg tablet`; `40/5 mg` and `40 mg/5 mg`.
pub(super) fn pieces(tokens: &[T]) -> Option<Found> {
    let is_measure = |unit: &UnitWord| matches!(unit, UnitWord::Is(unit) if unit.is_measure());
    let strength = |number: &Number, unit: &UnitWord| Said { number: *number, unit: Some(*unit) };
    match tokens {
        [T::N(times), T::N(number), T::Unit(unit), T::Unit(piece), ..]
            if is_measure(unit) && !is_measure(piece) =>
        {
            let pieces = Said { number: *times, unit: Some(*piece) };
            return Some(Is(S::PiecesOf(pieces, vec![*number], Some(*unit)), 4));
        }
        // "500 mg tablet" is one, of this strength.
        [T::N(number), T::Unit(unit), T::Unit(piece), ..] if is_measure(unit) && !is_measure(piece) => {
            let piece = Said { number: Number::of(ONE), unit: Some(*piece) };
            return Some(Is(S::PiecesOf(piece, vec![*number], Some(*unit)), 3));
        }
        [T::N(times), T::X, T::N(number), T::Unit(unit), T::Unit(piece), ..]
            if is_measure(unit) && !is_measure(piece) =>
        {
            let pieces = Said { number: *times, unit: Some(*piece) };
            return Some(Is(S::PiecesOf(pieces, vec![*number], Some(*unit)), 5));
        }
        [T::N(times), T::X, T::N(number), T::Unit(unit), ..] => {
            return Some(Is(S::Pieces(*times, strength(number, unit)), 4));
        }
        _ => {}
    }
    if let Some((pieces, length)) = with_unit(tokens)
        && pieces.unit.is_some_and(|unit| !is_measure(&unit))
        && let Some([T::X | T::Of | T::A, rest @ ..]) = tokens.get(length..)
        && let Some((numbers, unit, more)) = numbers(rest)
        && (numbers.len() > 1 || unit.as_ref().is_some_and(is_measure))
    {
        return Some(Is(S::PiecesOf(pieces, numbers, unit), length + 1 + more));
    }
    let (numbers, unit, length) = numbers(tokens)?;
    (numbers.len() > 1).then_some(Is(S::Strength(numbers, unit), length))
}

/// The numbers of a strength, their one unit and how many tokens they are.
fn numbers(tokens: &[T]) -> Option<(Vec<Number>, Option<UnitWord>, usize)> {
    let mut numbers = Vec::new();
    let mut unit = None;
    let mut length = 0;
    loop {
        let [T::N(number), rest @ ..] = tokens.get(length..)? else { return None };
        numbers.push(*number);
        length += 1;
        if let [T::Unit(word), ..] = rest {
            if unit.is_some_and(|unit| unit != *word) {
                return None;
            }
            unit = Some(*word);
            length += 1;
        }
        match tokens.get(length..)? {
            [T::Slash, T::N(_), ..] => length += 1,
            _ => break,
        }
    }
    let rate =
        matches!(tokens.get(length), Some(T::Hour | T::Day | T::Week | T::Month | T::Times | T::Minute));
    (!rate).then_some((numbers, unit, length))
}

/// An amount with its unit, and bare numbers.
pub(super) fn amount(tokens: &[T]) -> Option<Found> {
    let (lead, rest) = match tokens {
        // "ម្តង ១គ្រាប់", "each time 1 tablet"
        [T::Once | T::EachTime, T::N(_) | T::KhmerHalf, T::Unit(_), ..] => (1, tokens.get(1..)?),
        [T::Every, T::Times, T::N(_), T::Unit(_), ..] => (2, tokens.get(2..)?),
        _ => (0, tokens),
    };
    if let Some((said, length)) = with_unit(rest) {
        return Some(Is(S::Amount(said), lead + length + per_intake(rest.get(length..)?)));
    }
    match rest {
        // "a mg" lacks its number; "a tablet" and "a teaspoon" are one.
        [T::A, T::Unit(unit), ..] if is_piece(*unit) => {
            Some(Is(S::Amount(Said { number: Number::of(ONE), unit: Some(*unit) }), 2))
        }
        // "2 x 3/j" is two three times, or three twice.
        [T::N(n), T::X, ..] if n.value != ONE => Some(Refused("words_number_unclear", 3.min(rest.len()))),
        // "8/8h" is every 8 hours to some, "2/8h" two in 8 hours.
        [T::N(_), T::Slash | T::Per, T::N(_), T::Hour, ..] => Some(Refused("words_number_unclear", 4)),
        // "2 weekly" is two at once or two times.
        [T::N(_), T::Weekly | T::Monthly, ..] => Some(Refused("words_per_day_unclear", 2)),
        [T::N(n), T::AndHalf, ..] => {
            let number = Number::of(n.whole().map(u64::from)? * ONE + ONE / 2);
            Some(Is(S::Amount(Said { number, unit: None }), 2))
        }
        [
            T::N(_),
            T::Hour | T::Day | T::Week | T::Month | T::Minute | T::HalfDay(_) | T::Times | T::Intakes,
            ..,
        ] => None,
        [T::N(n), ..] => Some(Is(S::Amount(Said { number: *n, unit: None }), 1)),
        [T::KhmerHalf, ..] => Some(Is(S::Amount(Said { number: Number::of(ONE / 2), unit: None }), 1)),
        _ => None,
    }
}

/// "1 cp par prise", "1 cp à chaque prise": what an amount is anyway.
fn per_intake(tokens: &[T]) -> usize {
    match tokens {
        [T::A, T::Every, T::Intakes, ..] => 3,
        [T::Per | T::Every, T::Intakes, ..] => 2,
        _ => 0,
    }
}

/// `1 cp`, `1 cp et demi`, `មួយគ្រាប់កន្លះ`, `1 et 1/2 cp`, `half a tablet`.
fn with_unit(tokens: &[T]) -> Option<(Said, usize)> {
    let plus = |n: &Number, part: u64| (n.form == Form::Whole).then(|| Number::of(n.value + part));
    let is_part = |n: &Number| n.form == Form::Fraction && n.value < ONE;
    let (number, unit, length) = match tokens {
        [T::N(n), T::AndHalf, T::Unit(unit), ..] => (plus(n, ONE / 2)?, unit, 3),
        [T::N(n), T::Unit(unit), T::AndHalf | T::KhmerHalf, after @ ..]
            if !matches!(after.first(), Some(T::Unit(_))) =>
        {
            (plus(n, ONE / 2)?, unit, 3)
        }
        [T::N(n), T::And, T::N(part), T::Unit(unit), ..] if is_part(part) => (plus(n, part.value)?, unit, 4),
        [T::N(n), T::Unit(unit), T::And, T::N(part), after @ ..]
            if is_part(part)
                && !matches!(after.first(), Some(T::Unit(_) | T::Slot(..) | T::At | T::Au | T::A)) =>
        {
            (plus(n, part.value)?, unit, 4)
        }
        [T::N(n), T::Unit(unit), ..] => (*n, unit, 2),
        [T::KhmerHalf, T::Unit(unit), ..] => (Number::of(ONE / 2), unit, 2),
        _ => return None,
    };
    Some((Said { number, unit: Some(*unit) }, length))
}

/// The unit that a word means for this medicine.
pub(super) fn unit(
    word: UnitWord,
    product: &Product,
    notices: &mut Vec<Notice>,
) -> Result<DoseUnit, Refusal> {
    let counting = product.counting_unit();
    match word {
        UnitWord::Is(unit) | UnitWord::OrVerb(unit) => Ok(unit),
        UnitWord::Misread(unit) => {
            notices.push(Notice::new("notice_abbreviation").with("write", symbol(unit)));
            Ok(unit)
        }
        UnitWord::Pill => match counting {
            None => Ok(DoseUnit::Tablet),
            Some(
                piece @ (DoseUnit::Tablet | DoseUnit::Capsule | DoseUnit::Suppository | DoseUnit::Pessary),
            ) => Ok(piece),
            Some(_) => product.fits(Amount::whole(1), DoseUnit::Tablet).map(|()| DoseUnit::Tablet),
        },
        UnitWord::Unit | UnitWord::U if product.is_in_units() => {
            notices.push(if word == UnitWord::U {
                Notice::new("notice_abbreviation").with("write", "IU")
            } else {
                Notice::new("notice_unit_is_iu")
            });
            Ok(DoseUnit::Iu)
        }
        UnitWord::Unit => match counting {
            Some(piece @ (DoseUnit::Piece | DoseUnit::Pessary)) => Ok(piece),
            _ => Err(Refusal::new("words_unit_unclear", "")),
        },
        UnitWord::U => Err(Refusal::new("words_unit_unclear", "")),
        UnitWord::CubicCentimetre if product.is_injected() => {
            notices.push(Notice::new("notice_abbreviation").with("write", "ml"));
            Ok(DoseUnit::Ml)
        }
        UnitWord::CubicCentimetre => Err(Refusal::new("words_cubic_centimetre", "")),
        UnitWord::MilliOrMillion => Err(Refusal::new("words_million", "")),
    }
}

/// Whether "a" before it can only be one: not of a measure, which lost its number.
const fn is_piece(word: UnitWord) -> bool {
    match word {
        UnitWord::Is(unit) | UnitWord::OrVerb(unit) => !unit.is_measure(),
        UnitWord::Pill => true,
        UnitWord::Misread(_)
        | UnitWord::Unit
        | UnitWord::U
        | UnitWord::CubicCentimetre
        | UnitWord::MilliOrMillion => false,
    }
}

const fn symbol(unit: DoseUnit) -> &'static str {
    match unit {
        DoseUnit::Ml => "ml",
        DoseUnit::G => "g",
        DoseUnit::Mcg => "mcg",
        other => other.code(),
    }
}

/// A number of this unit as an amount. More international units than an amount holds are counted in millions.
pub(super) fn amount_of(
    number: Number,
    unit: DoseUnit,
    product: &Product,
    notices: &mut Vec<Notice>,
) -> Result<(Amount, DoseUnit), Refusal> {
    match number.form {
        Form::Spaced => return Err(Refusal::new("words_spaced_number", "")),
        Form::ThreeDecimals if !product.is_part_of_strength(number.value, unit) => {
            let part = format!("{:03}", number.value % ONE / 10);
            return Err(thousands(number.value / ONE, &part, ""));
        }
        Form::Fraction if unit.is_measure() || matches!(unit, DoseUnit::Ampoule | DoseUnit::Vial) => {
            return Err(Refusal::new("words_fraction_of_measure", "").with("write", written(number.value)));
        }
        Form::Fraction if !unit.has_fractions() => {
            return Err(Refusal::new("words_not_split", "").with("unit", unit.code()));
        }
        _ => {}
    }
    if number.value == 0 {
        return Err(Refusal::new("words_zero", ""));
    }
    if let Some(piece) = product.piece_of_sum(number.value, unit) {
        let said = format!("{} {}", written(number.value), unit.code().to_lowercase());
        notices.push(Notice::new("notice_whole_piece").with("write", said));
        return Ok(piece);
    }
    let (value, unit) = if unit == DoseUnit::Iu
        && number.value > u64::from(Amount::MAX.as_ten_thousandths())
        && number.value.is_multiple_of(1_000_000)
    {
        (number.value / 1_000_000, DoseUnit::Miu)
    } else {
        (number.value, unit)
    };
    let amount =
        u32::try_from(value).map(Amount::from_ten_thousandths).ok().filter(|amount| *amount <= Amount::MAX);
    let amount = amount.ok_or_else(|| Refusal::new("words_number_too_large", ""))?;
    product.fits(amount, unit)?;
    if number.trailing_zero {
        notices.push(Notice::new("notice_trailing_zero").with("write", written(number.value)));
    }
    Ok((amount, unit))
}

/// An amount whose unit was said.
pub(super) fn said(
    said: Said,
    product: &Product,
    notices: &mut Vec<Notice>,
) -> Result<(Amount, DoseUnit), Refusal> {
    let word = said.unit.ok_or_else(|| Refusal::new("words_number_unclear", ""))?;
    // Nobody gives five spoons at once: that many are millilitres.
    let is_no_spoon = word == UnitWord::CubicCentimetre && said.number.value >= 5 * ONE;
    let word = if is_no_spoon { UnitWord::Misread(DoseUnit::Ml) } else { word };
    let unit = unit(word, product, notices)?;
    amount_of(said.number, unit, product, notices)
}

/// Pieces of a strength, or the strength of a combination, as an amount.
pub(super) fn strength(
    what: &S,
    product: &Product,
    notices: &mut Vec<Notice>,
) -> Result<(Amount, DoseUnit), Refusal> {
    let refusal = || not_a_strength(product);
    match what {
        S::Pieces(times, Said { number, unit: Some(UnitWord::Is(unit)) }) => {
            let one = amount_of(*number, *unit, product, &mut Vec::new())?;
            let times = times.whole().filter(|times| (1..=100).contains(times)).ok_or_else(refusal)?;
            let all = one.0.as_ten_thousandths().checked_mul(times).map(Amount::from_ten_thousandths);
            let is_strength = product.pieces(one.0, one.1) == Some(Amount::whole(1));
            let all = all.filter(|all| is_strength && *all <= Amount::MAX).ok_or_else(refusal)?;
            product.fits(all, one.1).map(|()| (all, one.1))
        }
        S::PiecesOf(pieces, numbers, word) => {
            let dose = said(*pieces, product, notices)?;
            let one = match (numbers.as_slice(), word) {
                ([number], Some(UnitWord::Is(unit) | UnitWord::Misread(unit))) => {
                    let one = amount_of(*number, *unit, product, notices)?;
                    product.pieces(one.0, one.1) == Some(Amount::whole(1))
                }
                _ => one_of_strength(numbers, *word, product)?.0 == Amount::whole(1),
            };
            one.then_some(dose).ok_or_else(refusal)
        }
        S::Strength(numbers, word) => one_of_strength(numbers, *word, product),
        _ => Err(refusal()),
    }
}

/// One piece, when the numbers are the written strength of a combination.
fn one_of_strength(
    numbers: &[Number],
    word: Option<UnitWord>,
    product: &Product,
) -> Result<(Amount, DoseUnit), Refusal> {
    let refusal = || not_a_strength(product);
    let unit = match word {
        None => DoseUnit::Mg,
        Some(UnitWord::Is(unit)) => unit,
        Some(_) => return Err(refusal()),
    };
    if numbers.len() == 2 && !unit.is_measure() {
        return Err(Refusal::new("words_fraction_unknown", ""));
    }
    let numbers: Vec<(u64, DoseUnit)> = numbers.iter().map(|number| (number.value, unit)).collect();
    product.piece_of_strength(&numbers).ok_or_else(refusal)
}

/// Two numbers that are no strength: of what is in international units they are likely two doses.
fn not_a_strength(product: &Product) -> Refusal {
    let code = if product.is_in_units() { "words_units_apart" } else { "words_strength" };
    Refusal::new(code, "")
}
