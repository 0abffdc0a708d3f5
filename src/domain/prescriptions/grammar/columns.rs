//! The columns of a form as they are written in one row: `1-0-1`.

use super::number::{Number, ONE};
use super::statements::Found::{self, Is, Refused};
use super::statements::{S, Said};
use super::tokens::T;

/// `1-0-1`, `½-0-½`, `1+0+1+1`, `10-0-8 IU`: one cell for each column of the form.
pub(super) fn grid(tokens: &[T]) -> Option<Found> {
    if let Some(length) = strokes(tokens) {
        return Some(Refused("words_grid_strokes", length));
    }
    let mut cells = Vec::new();
    let mut length = 0;
    let mut dash = None;
    loop {
        let rest = tokens.get(length..)?;
        let (number, unit, said) = match rest {
            [T::N(number), T::Unit(unit), ..] => (*number, Some(*unit), 2),
            [T::N(number), ..] => (*number, None, 1),
            _ => return None,
        };
        cells.push(Said { number, unit });
        length += said;
        match tokens.get(length) {
            Some(next @ (T::Dash | T::Plus)) if dash.is_none_or(|dash| dash == *next) => {
                if !matches!(tokens.get(length + 1), Some(T::N(_))) {
                    break;
                }
                dash = Some(*next);
                length += 1;
            }
            _ => break,
        }
    }
    let behind = tokens.get(length);
    let other = matches!(
        behind,
        Some(
            T::Hour
                | T::Hourly
                | T::Day
                | T::Week
                | T::Month
                | T::Times
                | T::HalfDay(_)
                | T::Slot(..)
                | T::Slash
                | T::Minute
                | T::Dash
        )
    );
    match cells.len() {
        0..=2 => None,
        3 | 4 if !other => Some(Is(S::Grid(one_unit(cells)?), length)),
        _ => Some(Refused("words_grid", length)),
    }
}

/// How many tokens are `1/1/1`, cells with strokes between them: `1/2/1` may begin with a half.
fn strokes(tokens: &[T]) -> Option<usize> {
    let is_cell = |number: &Number| number.value <= 10 * ONE;
    match tokens {
        [T::N(one), T::Slash, T::N(two), T::Slash, T::N(three), rest @ ..]
            if [one, two, three].into_iter().all(is_cell) =>
        {
            match rest {
                [T::Unit(_), ..] => None,
                [T::Slash, T::N(_), ..] => Some(7),
                _ => Some(5),
            }
        }
        _ => None,
    }
}

/// A unit behind the last cell is the unit of all; two units are none.
fn one_unit(mut cells: Vec<Said>) -> Option<Vec<Said>> {
    let mut units = cells.iter().filter_map(|cell| cell.unit);
    let Some(unit) = units.next() else { return Some(cells) };
    if units.any(|other| other != unit) {
        return None;
    }
    cells.iter_mut().for_each(|cell| cell.unit = Some(unit));
    Some(cells)
}
