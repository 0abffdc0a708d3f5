//! Amounts that change step by step: `2 cp matin pdt 5 j puis 1 cp matin pdt 5 j`.

use super::frequency::{Frequency, Timing};
use super::reading::read;
use super::tokens::{T, Token, Tokens};
use super::{Refusal, directions, said_once};
use crate::domain::prescriptions::model::{Amount, DayPattern, Schedule, Slot, SlotAmounts, TaperStep};
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;

/// Most steps of a taper.
const MAX_STEPS: usize = 24;

/// The taper that a text with "then" says; nothing for a text without.
pub(super) fn steps(tokens: &Tokens, product: &Product) -> Result<Option<Frequency>, Refusal> {
    if !tokens.list.iter().any(|token| token.what == T::Then) {
        return Ok(None);
    }
    stepwise(tokens, product, T::Then).map(Some)
}

/// The taper that a text means whose steps stand between commas: `2 cp/j 5 jours, 1 cp/j 5 jours`. Nothing unless each step
/// has its own amounts and length, and each takes more than the one before it in no slot, or less in none: what is
/// taken in the morning for some days and in the evening for some may be both at once.
pub(super) fn steps_between_commas(tokens: &Tokens, product: &Product) -> Option<Frequency> {
    if !tokens.list.iter().any(|token| token.what == T::Comma) {
        return None;
    }
    let ends =
        |list: &[Token]| matches!(list, [.., Token { what: T::Comma, .. }, Token { what: T::Stop, .. }]);
    let length = tokens.list.len().saturating_sub(if ends(&tokens.list) { 2 } else { 0 });
    let steps_alone = tokens.only(tokens.list.get(..length)?);
    let taper = stepwise(&steps_alone, product, T::Comma).ok()?;
    let Timing::Taper(steps, _) = &taper.timing else { return None };
    let pairs = || steps.windows(2).filter_map(|pair| <&[TaperStep; 2]>::try_from(pair).ok());
    let all = |holds: &dyn Fn(Amount, Amount) -> bool| {
        pairs().all(|[before, next]| {
            Slot::ALL.into_iter().all(|slot| holds(before.amounts.at(slot), next.amounts.at(slot)))
        })
    };
    let differ = pairs().all(|[before, next]| before.amounts != next.amounts);
    let is_one_way = all(&|before, next| before >= next) || all(&|before, next| before <= next);
    (steps.len() > 1 && differ && is_one_way).then_some(taper)
}

/// The amounts of a step with their unit, or where the dosage is to say them ("BID for 5 days then OD for 5 days") a one
/// for each intake.
fn amounts_of(
    step: &Frequency,
    product: &Product,
) -> Result<Option<(SlotAmounts, Option<DoseUnit>)>, Refusal> {
    match (said_once::schedule(step, None, product), &step.timing) {
        (Ok((Schedule::Slots { amounts, .. }, unit)), _) => Ok(Some((amounts, Some(unit)))),
        (Ok(_), _) => Ok(None),
        (Err(refusal), Timing::Slots(slots)) if refusal.code == "dosage_required" && step.dose.is_none() => {
            Ok(Some((said_once::in_slots(slots, Amount::whole(1)), None)))
        }
        (Err(refusal), _) => Err(refusal),
    }
}

fn stepwise(tokens: &Tokens, product: &Product, between: T) -> Result<Frequency, Refusal> {
    let refusal = || Refusal::new("words_taper", tokens.part(0, tokens.list.len()));
    let mut steps = Vec::new();
    let mut unit = None;
    let mut last: Option<Frequency> = None;
    for part in tokens.list.split(|token| token.what == between) {
        let comma = usize::from(part.last().is_some_and(|token| token.what == T::Comma));
        let part = part.get(..part.len().saturating_sub(comma)).unwrap_or_default();
        let step = read(&tokens.only(part), product)?;
        let plain = step.days == DayPattern::Daily && !step.as_needed;
        let days = step.duration_days.filter(|days| plain && (1..=366).contains(days)).ok_or_else(refusal)?;
        let (amounts, said) = amounts_of(&step, product)?.ok_or_else(refusal)?;
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
    let last = last.ok_or_else(refusal)?;
    Ok(Frequency {
        timing: Timing::Taper(steps, unit.flatten()),
        days: DayPattern::Daily,
        dose: None,
        duration_days: Some(total),
        count_is_bare: false,
        text: tokens.part(0, tokens.list.len()),
        ..last
    })
}
