//! The short forms of one eye or both: `LE`, `RE`, `BE`, `OG`, `OS`.
//!
//! # Why
//! `le` is also the French article. Read as that, the left eye is lost without a word, and the drops go into the other
//! one. It is the article before a French word of time, wherever the medicine is given; elsewhere it says nothing only
//! of a medicine that certainly goes into no eye and no ear. The forms are read in capitals alone: "1 drop le bd" and
//! "to be instilled" are refused. `OD` is once a day as well and refused by the reading. `OU` is the French "or" as well:
//! it is both eyes in capitals, unless two things to choose from stand beside it.

use super::Refusal;
use super::directions::{Direction, Organ, Side};
use super::text::phrase;
use super::tokens::{T, Tokens};
use super::words_french::FRENCH;
use crate::domain::medicines::model::Route;
use crate::domain::prescriptions::product::Product;

/// The short forms.
pub(super) const EYES: &[(&str, T)] = &[
    ("le", T::EyeOrLe),
    ("re", T::Eye(Side::Right)),
    ("be", T::Eye(Side::Both)),
    ("og", T::Eye(Side::Left)),
    ("os", T::Eye(Side::Left)),
];

/// Whether the text begins with the French article before a word of time: `le matin`, `le lundi`.
pub(super) fn article_of_time(text: &str) -> Option<&str> {
    let (_, rest) = phrase(text, &[&[("le", ())]])?;
    let (next, _) = phrase(rest.trim_start(), &[FRENCH])?;
    let is_time =
        matches!(next, T::Slot(..) | T::Nights(_) | T::Day | T::Meals | T::MealOf(_) | T::Weekday(_));
    is_time.then_some(rest)
}

/// Whether what stands on both sides of a word could be two things to choose from.
fn is_choice(tokens: &Tokens, index: usize) -> bool {
    let at = |index: usize| tokens.list.get(index).map(|token| token.what);
    let is_time = |what: Option<T>| matches!(what, Some(T::Slot(..) | T::Clock(_) | T::HalfDay(_)));
    let before = index.checked_sub(1).and_then(at);
    let all_capitals = !tokens.part(0, tokens.list.len()).chars().any(char::is_lowercase);
    (is_time(before) && is_time(at(index + 1)))
        || matches!((before, at(index + 1)), (Some(T::N(_)), Some(T::N(_))))
        || matches!((before, at(index + 1)), (Some(T::Complaint(_)), Some(T::Complaint(_) | T::If)))
        || (all_capitals && matches!(at(index + 1), Some(T::N(_))))
}

/// The tokens with each short form as what it means for this medicine.
///
/// # Errors
/// It may mean an eye, an ear or nothing.
pub(super) fn settled(mut tokens: Tokens, product: &Product) -> Result<Tokens, Refusal> {
    let is_for_eye = product.route() == Some(Route::Ophthalmic);
    let mut refused = None;
    for index in 0..tokens.list.len() {
        let part = tokens.part(index, index + 1);
        let in_capitals = !part.chars().any(char::is_lowercase);
        let is_choice = is_choice(&tokens, index);
        let Some(token) = tokens.list.get_mut(index) else { continue };
        let side = match token.what {
            T::EyeOrLe => Side::Left,
            T::Eye(side) => side,
            // Of drops for the eye, unless it stands where the French "or" would.
            T::Or if is_for_eye && in_capitals && part.eq_ignore_ascii_case("ou") => {
                if is_choice {
                    refused = refused.or(Some(part));
                } else {
                    token.what = T::Direction(Direction::Site(Organ::Eye, Side::Both));
                }
                continue;
            }
            _ => continue,
        };
        if is_for_eye && in_capitals {
            token.what = T::Direction(Direction::Site(Organ::Eye, side));
        } else if token.what != T::EyeOrLe || product.may_be_for_eye_or_ear() {
            refused = refused.or(Some(part));
        }
    }
    if let Some(part) = refused {
        return Err(Refusal::new("words_eye_short", part));
    }
    tokens.list.retain(|token| token.what != T::EyeOrLe);
    Ok(tokens)
}
