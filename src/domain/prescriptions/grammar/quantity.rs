//! How much is handed out.

use super::Refusal;
use super::number::Form;
use super::statements::Found::{self, Is};
use super::statements::{S, Said};
use super::tokens::T;
use crate::domain::prescriptions::model::Amount;
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;

/// `#30`, `ចំនួន ២១គ្រាប់`: how much is handed out.
pub(super) fn quantity(tokens: &[T]) -> Option<Found> {
    match tokens {
        [T::Quantity, T::N(number), T::Unit(unit), ..] => {
            Some(Is(S::Quantity(Said { number: *number, unit: Some(*unit) }), 3))
        }
        [T::Quantity, T::N(number), ..] => Some(Is(S::Quantity(Said { number: *number, unit: None }), 2)),
        _ => None,
    }
}

/// How much is handed out, in what the pharmacy counts.
pub(super) fn handed_out(
    said: Said,
    product: &Product,
    notices: &mut Vec<Notice>,
) -> Result<Amount, Refusal> {
    let refusal = || Refusal::new("words_quantity", "");
    if said.number.form != Form::Whole || said.number.value == 0 {
        return Err(refusal());
    }
    if let Some(word) = said.unit {
        let unit = super::amounts::unit(word, product, notices)?;
        if product.counting_unit().is_some_and(|counting| counting != unit) || !unit.is_counted() {
            return Err(refusal());
        }
    }
    let amount = u32::try_from(said.number.value).map(Amount::from_ten_thousandths).map_err(|_| refusal())?;
    if amount <= Amount::MAX { Ok(amount) } else { Err(refusal()) }
}
