//! Amounts that change step by step: `2 cp matin pdt 5 j puis 1 cp matin pdt 5 j`.

use super::frequency::{Frequency, Timing};
use super::reading::read;
use super::tokens::{T, Tokens};
use super::{Refusal, directions, said_once};
use crate::domain::prescriptions::model::{DayPattern, Schedule, TaperStep};
use crate::domain::prescriptions::product::Product;

/// Most steps of a taper.
const MAX_STEPS: usize = 24;

/// The taper that a text with "then" says; nothing for a text without.
pub(super) fn steps(tokens: &Tokens, product: &Product) -> Result<Option<Frequency>, Refusal> {
    if !tokens.list.iter().any(|token| token.what == T::Then) {
        return Ok(None);
    }
    let refusal = || Refusal::new("words_taper", tokens.part(0, tokens.list.len()));
    let mut steps = Vec::new();
    let mut unit = None;
    let mut last: Option<Frequency> = None;
    for part in tokens.list.split(|token| token.what == T::Then) {
        let comma = usize::from(part.last().is_some_and(|token| token.what == T::Comma));
        let part = part.get(..part.len().saturating_sub(comma)).unwrap_or_default();
        let step = read(&tokens.only(part), product)?;
        let plain = step.days == DayPattern::Daily && !step.as_needed;
        let days = step.duration_days.filter(|days| plain && (1..=366).contains(days)).ok_or_else(refusal)?;
        let (Schedule::Slots { amounts, .. }, said) = said_once::schedule(&step, None, product)? else {
            return Err(refusal());
        };
        if unit.is_some_and(|unit| unit != said) || steps.len() == MAX_STEPS {
            return Err(refusal());
        }
        // What is handed out is said at the end, for all steps.
        if last.as_ref().is_some_and(|last| last.quantity.is_some()) {
            return Err(refusal());
        }
        if last.as_ref().is_some_and(|last| last.meal.is_some() && last.meal != step.meal) {
            return Err(refusal());
        }
        unit = Some(said);
        steps.push(TaperStep { days, amounts });
        let mut step = step;
        if let Some(last) = last {
            let own = std::mem::replace(&mut step.directions, last.directions);
            for direction in own {
                directions::note(&mut step.directions, direction, product)?;
            }
            step.meal = step.meal.or(last.meal);
            step.notices = last.notices.into_iter().chain(step.notices).collect();
        }
        last = Some(step);
    }
    let total = steps.iter().map(|step| step.days).sum();
    Ok(last.map(|last| Frequency {
        timing: Timing::Taper(steps, unit),
        days: DayPattern::Daily,
        dose: None,
        duration_days: Some(total),
        count_is_bare: false,
        text: tokens.part(0, tokens.list.len()),
        ..last
    }))
}
