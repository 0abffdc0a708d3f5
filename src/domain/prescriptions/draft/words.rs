//! What a line says in words: dosage and frequency, and the fields that say the same in numbers.

use super::line::Check;
use super::schedule::amount_of;
use crate::domain::prescriptions::grammar::{
    Direction, Dosage, Frequency, Timing, accepted_dosages, parse_dosage, parse_frequency, parse_unit,
};
use crate::domain::prescriptions::model::{Amount, MealRelation, Schedule};
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;

/// Names that stand in `frequency` when other fields say the rest, each with the field that it announces.
const PATTERNS: &[(&str, Pattern)] = &[
    ("EVERY_N_DAYS", Pattern::EveryNDays),
    ("WEEKDAYS", Pattern::Weekdays),
    ("SPECIFIC_DAYS", Pattern::Weekdays),
    ("EVERY_N_HOURS", Pattern::EveryNHours),
    ("TAPER", Pattern::Steps),
    ("SLOTS", Pattern::Slots),
    ("TIMES", Pattern::Times),
    ("CUSTOM", Pattern::Any),
];

/// What the name of a pattern announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    EveryNDays,
    Weekdays,
    EveryNHours,
    Steps,
    Slots,
    Times,
    /// Any field that says when.
    Any,
}

/// Dosage and frequency as understood.
#[derive(Debug, Clone)]
pub(super) struct Words {
    /// How much at a time.
    pub(super) dose: Option<Dosage>,
    /// The unit, which may stand without an amount beside slots.
    pub(super) unit: Option<DoseUnit>,
    pub(super) frequency: Option<Frequency>,
    pub(super) pattern: Option<Pattern>,
}

impl Words {
    pub(super) fn meal(&self) -> Option<MealRelation> {
        self.frequency.as_ref().and_then(|frequency| frequency.meal)
    }

    pub(super) fn quantity(&self) -> Option<Amount> {
        self.frequency.as_ref().and_then(|frequency| frequency.quantity)
    }

    pub(super) fn duration_days(&self) -> Option<u32> {
        self.frequency.as_ref().and_then(|frequency| frequency.duration_days)
    }

    /// Whether the words of the frequency say how much is taken.
    pub(super) fn says_amount(&self) -> bool {
        self.frequency.as_ref().is_some_and(|said| {
            said.dose.is_some() || matches!(said.timing, Timing::Grid { .. } | Timing::Taper(_, Some(_)))
        })
    }

    /// Where and how, from both texts, each once.
    pub(super) fn directions(&self) -> Vec<Direction> {
        let dosage = self.dose.iter().flat_map(|dose| dose.directions.iter().copied());
        let frequency = self.frequency.iter().flat_map(|said| said.directions.iter().copied());
        let mut all = Vec::new();
        for direction in dosage.chain(frequency) {
            if !all.contains(&direction) {
                all.push(direction);
            }
        }
        all
    }

    /// Whether it goes on with the next pack, so that a quantity is no length.
    pub(super) fn is_long_term(&self) -> bool {
        self.directions().contains(&Direction::LongTerm)
    }

    /// Whether dosage and frequency name different places.
    pub(super) fn sites_differ(&self) -> bool {
        let mut sites = self.directions().into_iter().filter(|direction| direction.is_site());
        sites.next().is_some_and(|first| sites.any(|other| other != first))
    }
}

/// Reads the words; nothing when one of them is not understood, which is noted as an error then.
pub(super) fn read_words(check: &mut Check<'_>, product: &Product) -> Option<Words> {
    let dose = read_dose(check, product);
    let frequency = read_frequency(check, product);
    let ((dose, unit), (frequency, pattern)) = (dose?, frequency?);
    // The words of a change that say an amount outweigh the dose from before.
    let outweighed = check.input.inherited.dose && frequency.as_ref().is_some_and(|said| said.dose.is_some());
    let dose = dose.filter(|_| !outweighed);
    let words = Words { dose, unit, frequency, pattern };
    if words.sites_differ() {
        check.contradiction("frequency", "dosage");
        return None;
    }
    Some(words)
}

/// Amount and unit, from words, from two fields, or from both when they say the same.
fn read_dose(check: &mut Check<'_>, product: &Product) -> Option<(Option<Dosage>, Option<DoseUnit>)> {
    let input = check.input;
    let mut sound = true;
    let words = input.dosage.as_deref().filter(|text| !text.trim().is_empty()).and_then(|text| {
        match parse_dosage(text, product) {
            Ok(dosage) => {
                dosage.notices.iter().for_each(|notice| check.note("dosage", notice));
                Some(dosage)
            }
            Err(refusal) => {
                sound = false;
                check.refusal("dosage", refusal);
                None
            }
        }
    });
    let amount = input.dose_amount.and_then(|number| {
        let amount = amount_of(number).filter(|amount| !amount.is_zero());
        if amount.is_none() {
            sound = false;
            check.refuse_with("doseAmount", "amount_invalid", "max", 100_000);
        }
        amount
    });
    let unit = input.dose_unit.as_deref().and_then(|text| {
        let unit = DoseUnit::from_code(text).or_else(|| parse_unit(text));
        if unit.is_none() {
            sound = false;
            let accepted = DoseUnit::ALL.map(DoseUnit::code).join(", ");
            check.refuse_with("doseUnit", "unit_unknown", "accepted", accepted);
        }
        unit
    });
    if !sound {
        return None;
    }
    if amount.is_some() && words.as_ref().is_some_and(|words| Some(words.amount) != amount) {
        check.contradiction("doseAmount", "dosage");
        return None;
    }
    if unit.is_some() && words.as_ref().is_some_and(|words| Some(words.unit) != unit) {
        check.contradiction("doseUnit", "dosage");
        return None;
    }
    let unit = words.as_ref().map(|words| words.unit).or(unit);
    if amount.is_some() && unit.is_none() {
        check.refuse("doseUnit", "required");
        return None;
    }
    let numbers = amount.zip(unit).map(|(amount, unit)| Dosage {
        amount,
        unit,
        directions: Vec::new(),
        notices: Vec::new(),
    });
    let dose = words.or(numbers);
    if let Some(dose) = &dose
        && let Err(refusal) = product.fits(dose.amount, dose.unit)
    {
        let name = if input.dosage.is_some() { "dosage" } else { "doseAmount" };
        check.misfit(name, refusal, (dose.amount, dose.unit), product);
        return None;
    }
    Some((dose, unit))
}

fn read_frequency(check: &mut Check<'_>, product: &Product) -> Option<(Option<Frequency>, Option<Pattern>)> {
    let Some(text) = check.input.frequency.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
        return Some((None, None));
    };
    if let Some((_, pattern)) = PATTERNS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return Some((None, Some(*pattern)));
    }
    match parse_frequency(text, product) {
        Ok(frequency) => {
            frequency.notices.iter().for_each(|notice| check.note("frequency", notice));
            Some((Some(frequency), None))
        }
        Err(refusal) => {
            check.refusal("frequency", refusal);
            None
        }
    }
}

/// Refuses a line without a dose.
pub(super) fn refuse_without_dose(check: &mut Check<'_>, words: &Words) {
    match (check.prefix.is_empty(), words.unit) {
        (true, None) => check.refuse_with("dosage", "dosage_required", "accepted", accepted_dosages()),
        (false, None) => check.refuse("doseUnit", "required"),
        (_, Some(_)) => check.refuse("doseAmount", "required"),
    }
}

/// The schedule of a frequency in words, with the dose that the dosage or the words say. Bare numbers of a grid are in
/// the unit that stands beside it.
pub(super) fn scheduled(
    check: &mut Check<'_>,
    words: &Words,
    frequency: Frequency,
    product: &Product,
) -> Option<(Schedule, DoseUnit)> {
    let timing = match (frequency.timing, words.unit) {
        (Timing::Grid { amounts, unit: None, is_decimal }, unit) if words.dose.is_none() => {
            Timing::Grid { amounts, unit, is_decimal }
        }
        (timing, _) => timing,
    };
    match (Frequency { timing, ..frequency }).schedule(words.dose.as_ref(), product) {
        Ok(schedule) => Some(schedule),
        Err(refusal) if refusal.code == "dosage_required" => {
            refuse_without_dose(check, words);
            None
        }
        Err(refusal) => {
            check.refusal("frequency", refusal);
            None
        }
    }
}
