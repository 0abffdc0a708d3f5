//! What all rules with a tier have in common.

use super::super::fault::Fault;
use super::super::finding::{Basis, Tier};
use super::super::table::Row;
use super::Loading;

/// Id, tier, words and source of a rule.
#[derive(Debug, Clone)]
pub(in super::super) struct Head {
    pub id: Box<str>,
    /// What it speaks of: names of ingredients and classes.
    pub about: Box<str>,
    pub tier: Tier,
    pub tier_when_confirmed: Option<Tier>,
    pub effect: Box<str>,
    pub action: Box<str>,
    pub effect_khmer: Option<Box<str>>,
    pub action_khmer: Option<Box<str>>,
    pub khmer_reviewed: bool,
    pub source: Box<str>,
    pub year: Box<str>,
    pub basis: Basis,
}

impl Loading {
    /// The head of a row whose effect stands in this column.
    pub(super) fn head(&mut self, row: &Row<'_>, effect: &str) -> Result<Head, Fault> {
        let tier = tier_of(row, "tier")?.ok_or_else(|| row.fault("tier", "a rule needs a tier"))?;
        let (source, basis) = source_of(row)?;
        let tier_when_confirmed = tier_of(row, "tier_when_confirmed")?;
        if tier == Tier::Stop && basis == Basis::Recalled {
            let sentence = "a source that was not read cannot stand behind a STOP: write WARN and STOP in \
                            tier_when_confirmed";
            return Err(row.fault("basis", sentence));
        }
        if tier_when_confirmed.is_some_and(|confirmed| confirmed < tier) {
            return Err(
                row.fault("tier_when_confirmed", "a rule that somebody stands for does not become milder")
            );
        }
        if row.cell(effect).is_empty() {
            return Err(row.fault(effect, "a rule says what may happen"));
        }
        let id = self.id(row)?;
        let action = row.cell("action_en");
        let (effect_khmer, action_khmer) = (self.khmer.get(row.cell(effect)), self.khmer.get(action));
        Ok(Head {
            id,
            about: self.about(row),
            tier,
            tier_when_confirmed,
            effect: row.cell(effect).into(),
            action: action.into(),
            khmer_reviewed: effect_khmer.is_some_and(|khmer| khmer.is_reviewed)
                && (action.is_empty() || action_khmer.is_some_and(|khmer| khmer.is_reviewed)),
            effect_khmer: effect_khmer.map(|khmer| khmer.text.clone()),
            action_khmer: action_khmer.map(|khmer| khmer.text.clone()),
            source,
            year: row.cell("year").into(),
            basis: self.basis(row, basis),
        })
    }
}

impl Loading {
    /// The medicines of a row, classes by their names.
    fn about(&self, row: &Row<'_>) -> Box<str> {
        const COLUMNS: [&str; 6] = ["a", "b", "allergen", "checked_against", "medicine", "class"];
        let name = |text: &str| self.names.class(text).map_or(text, |(name, _)| name).to_owned();
        let cells = COLUMNS.iter().map(|column| row.cell(column)).filter(|text| !text.is_empty());
        let sides = cells.map(|cell| cell.split(" + ").map(|side| name(side.trim())).collect::<Vec<_>>());
        sides.flatten().collect::<Vec<_>>().join(" + ").into()
    }
}

fn tier_of(row: &Row<'_>, column: &str) -> Result<Option<Tier>, Fault> {
    let text = row.cell(column);
    if text.is_empty() {
        return Ok(None);
    }
    let unknown = || row.fault(column, format!("'{text}' is none of STOP, WARN and NOTE"));
    Tier::from_name(text).map(Some).ok_or_else(unknown)
}

/// The source of a row and how well it says that it is founded.
pub(super) fn source_of(row: &Row<'_>) -> Result<(Box<str>, Basis), Fault> {
    let basis = row.cell("basis");
    let unknown = || row.fault("basis", format!("'{basis}' is none of seen, pair, recalled and rule"));
    let basis = Basis::from_name(basis).ok_or_else(unknown)?;
    let source = row.text("source").ok_or_else(|| row.fault("source", "a rule names its source"))?;
    Ok((source, basis))
}
