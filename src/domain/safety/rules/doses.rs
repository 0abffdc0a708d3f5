//! The most of a medicine: at once and in a day, for adults and by the weight or age of a child.

use super::super::fault::Fault;
use super::super::finding::Basis;
use super::super::line::Measure;
use super::super::names::{Ingredient, Routes, bit};
use super::super::table::{Columns, Row, each_row, ten_thousandths};
use super::head::source_of;
use super::{Files, Loading, MORE_DOSES, Rules};
use crate::domain::medicines::model::Route;

/// Limits from an age on, in ten-thousandths of the row's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Step {
    pub from_months: u32,
    pub single: Option<u64>,
    pub daily: Option<u64>,
}

/// For whom the amounts by weight hold beside children under 12 years; for more of them the further down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum AdultsPerKg {
    /// No one else.
    No,
    /// Those of 12 to 17 years under 50 kg too.
    Young,
    /// All from 12 years on under 50 kg too.
    Light,
    /// All adults.
    All,
}

/// One row; amounts in ten-thousandths of its unit.
#[derive(Debug)]
pub(in super::super) struct DoseRow {
    pub id: Box<str>,
    pub route: Routes,
    pub from_grams: u32,
    pub below_grams: u32,
    pub measure: Measure,
    /// Of one unit, what a quantity counts: 1,000 for milligrams.
    pub parts: u64,
    pub single: Option<u64>,
    pub daily: Option<u64>,
    pub single_per_kg: Option<u64>,
    pub daily_per_kg: Option<u64>,
    pub by_age: Vec<Step>,
    pub adults_per_kg: AdultsPerKg,
    pub min_interval_hours: Option<u32>,
    pub source: Box<str>,
    pub year: Box<str>,
    pub basis: Basis,
    pub unit: Box<str>,
}

const COLUMNS: Columns = Columns {
    required: &[
        "id",
        "generic",
        "route",
        "weight_from_kg",
        "weight_below_kg",
        "adult_max_single",
        "adult_max_daily",
        "unit",
        "child_mg_per_kg_dose",
        "child_mg_per_kg_day",
        "child_by_age",
        "adults_per_kg",
        "min_interval_hours",
        "source",
        "year",
        "basis",
    ],
    optional: &["child_rule", "frequency", "max_days"],
};

impl Loading {
    pub(super) fn read_doses(&mut self, files: &Files<'_>, rules: &mut Rules) {
        let mut faults = Vec::new();
        each_row("doses.csv", files.text("doses.csv"), &COLUMNS, &mut faults, |row| {
            let (ingredient, dose) = self.dose(row)?;
            rules.doses.entry(ingredient).or_default().push(dose);
            Ok(())
        });
        each_row(MORE_DOSES, files.text(MORE_DOSES), &COLUMNS, &mut faults, |row| {
            let (ingredient, dose) = self.dose(row)?;
            let repeated = dose.settle(row, rules.doses.entry(ingredient).or_default())?;
            self.repeated.extend(repeated);
            Ok(())
        });
        self.faults.append(&mut faults);
    }

    fn dose(&mut self, row: &Row<'_>) -> Result<(Ingredient, DoseRow), Fault> {
        let generic = row.cell("generic");
        // Held against the route as any other name; kept by its own name, as forms of one ingredient differ in dose.
        self.side_of(row, "generic", &format!("{generic}@{}", row.cell("route")))?;
        let ingredient =
            self.names.number(generic).ok_or_else(|| row.fault("generic", "not in the catalogue"))?;
        let route =
            Route::from_name(row.cell("route")).ok_or_else(|| row.fault("route", "no known route"))?;
        let unit = row.cell("unit");
        let (measure, parts) = match unit {
            "mg" => (Measure::Mass, 1_000),
            "mcg" => (Measure::Mass, 1),
            "IU" => (Measure::Units, 1),
            _ => return Err(row.fault("unit", format!("'{unit}' is none of mg, mcg and IU"))),
        };
        let adults_per_kg = match row.cell("adults_per_kg") {
            "" => AdultsPerKg::No,
            "young" => AdultsPerKg::Young,
            "light" => AdultsPerKg::Light,
            "all" => AdultsPerKg::All,
            other => {
                return Err(
                    row.fault("adults_per_kg", format!("'{other}' is none of 'young', 'light' and 'all'"))
                );
            }
        };
        let (source, basis) = source_of(row)?;
        let dose = DoseRow {
            id: self.id(row)?,
            route: bit(route),
            from_grams: row.whole::<u32>("weight_from_kg")?.unwrap_or_default().saturating_mul(1_000),
            below_grams: row.whole::<u32>("weight_below_kg")?.unwrap_or(u32::MAX).saturating_mul(1_000),
            measure,
            parts,
            single: row.decimal("adult_max_single")?,
            daily: row.decimal("adult_max_daily")?,
            single_per_kg: row.decimal("child_mg_per_kg_dose")?,
            daily_per_kg: row.decimal("child_mg_per_kg_day")?,
            by_age: steps(row)?,
            adults_per_kg,
            min_interval_hours: row.whole("min_interval_hours")?,
            source,
            year: row.cell("year").into(),
            basis: self.basis(row, basis),
            unit: unit.into(),
        };
        let per_kg = [dose.single_per_kg, dose.daily_per_kg];
        let says_nothing = [dose.single, dose.daily].iter().chain(&per_kg).all(Option::is_none);
        if says_nothing && dose.by_age.is_empty() && dose.min_interval_hours.is_none() {
            return Err(row.fault("adult_max_daily", "a dose row names a limit"));
        }
        dose.hold_together(row)?;
        Ok((ingredient, dose))
    }
}

impl Rules {
    /// The limits of an id.
    pub(in super::super) fn dose_row(&self, id: &str) -> Option<&DoseRow> {
        self.doses.values().flatten().find(|row| *row.id == *id)
    }
}

impl DoseRow {
    /// Whether each of its limits is as low as that of `other`, for the same patients by the same route.
    pub(in super::super) fn allows_no_more_than(&self, other: &Self) -> bool {
        let is_of_same = (self.route, self.from_grams, self.below_grams, self.measure, self.parts)
            == (other.route, other.from_grams, other.below_grams, other.measure, other.parts);
        let is_low = |own: Option<u64>, other: Option<u64>| {
            other.is_none_or(|other| own.is_some_and(|own| own <= other))
        };
        // Amounts by weight take the place of those by age.
        let is_by_weight = |row: &Self| row.single_per_kg.is_some() || row.daily_per_kg.is_some();
        is_of_same
            && is_low(self.single, other.single)
            && is_low(self.daily, other.daily)
            && is_low(self.single_per_kg, other.single_per_kg)
            && is_low(self.daily_per_kg, other.daily_per_kg)
            && self.by_age == other.by_age
            && (is_by_weight(self) == is_by_weight(other) || self.by_age.is_empty())
            && self.adults_per_kg >= other.adults_per_kg
            && other
                .min_interval_hours
                .is_none_or(|other| self.min_interval_hours.is_some_and(|own| own >= other))
    }

    /// Refuses limits that contradict each other.
    fn hold_together(&self, row: &Row<'_>) -> Result<(), Fault> {
        if let (Some(single), Some(daily)) = (self.single, self.daily)
            && single.saturating_mul(20) < daily
        {
            return Err(row.fault("adult_max_daily", "more than 20 times the most at once"));
        }
        let is_above = |single: Option<u64>, daily: Option<u64>| {
            single.zip(daily).is_some_and(|(single, daily)| single > daily)
        };
        // A loading or a weekly dose may be more than what is used day after day: the row says so.
        let is_explained = ["frequency", "child_rule"].iter().any(|column| !row.cell(column).is_empty());
        let columns = [
            ("adult_max_single", is_above(self.single, self.daily) && !is_explained),
            ("child_mg_per_kg_dose", is_above(self.single_per_kg, self.daily_per_kg) && !is_explained),
            ("child_by_age", self.by_age.iter().any(|step| is_above(step.single, step.daily))),
        ];
        if let Some((column, _)) = columns.into_iter().find(|(_, contradicts)| *contradicts) {
            let sentence = "more at once than in a day: for a loading or a weekly dose say so in 'frequency'";
            return Err(row.fault(column, sentence));
        }
        if self.from_grams >= self.below_grams {
            return Err(row.fault("weight_below_kg", "no weight lies between the two"));
        }
        if row.whole::<u32>("max_days")? == Some(0) {
            return Err(row.fault("max_days", "a number of days from 1 on"));
        }
        match self.min_interval_hours {
            Some(0) => Err(row.fault("min_interval_hours", "a number of hours from 1 on")),
            _ => Ok(()),
        }
    }

    /// Adds what a clinic says about a medicine to what is known of it. Where there is a row of the route its limits take
    /// the place of those from memory; a limit that was read in its source is not overruled from aside. Says of a row with
    /// the same limits that it has no effect.
    fn settle(self, row: &Row<'_>, known: &mut Vec<Self>) -> Result<Option<Fault>, Fault> {
        let mut of_route = known.iter_mut().filter(|known| known.route & self.route != 0);
        let (first, second) = (of_route.next(), of_route.next());
        if second.is_some() {
            let sentence = "doses.csv has rows by weight for this medicine and route: change them there";
            return Err(row.fault("route", sentence));
        }
        let Some(of_route) = first else {
            known.push(self);
            return Ok(None);
        };
        if of_route.unit != self.unit {
            let sentence =
                format!("doses.csv counts this medicine in {}: write the amounts so", of_route.unit);
            return Err(row.fault("unit", sentence));
        }
        let differs = |own: Option<u64>, known: Option<u64>| own.is_some() && own != known;
        let columns = [
            ("adult_max_single", differs(self.single, of_route.single)),
            ("adult_max_daily", differs(self.daily, of_route.daily)),
            ("child_mg_per_kg_dose", differs(self.single_per_kg, of_route.single_per_kg)),
            ("child_mg_per_kg_day", differs(self.daily_per_kg, of_route.daily_per_kg)),
            ("child_by_age", !self.by_age.is_empty() && self.by_age != of_route.by_age),
        ];
        let Some((column, _)) = columns.into_iter().find(|(_, differs)| *differs) else {
            let sentence = format!("'{}' in doses.csv says the same: this row has no effect", of_route.id);
            return Ok(Some(row.fault("", sentence)));
        };
        if of_route.basis.is_verified() {
            let (id, source) = (&of_route.id, &of_route.source);
            let sentence = format!(
                "another amount than in '{id}', which was read in {source}: if this one is right, change it in doses.csv"
            );
            return Err(row.fault(column, sentence));
        }
        of_route.single = self.single.or(of_route.single);
        of_route.daily = self.daily.or(of_route.daily);
        of_route.single_per_kg = self.single_per_kg.or(of_route.single_per_kg);
        of_route.daily_per_kg = self.daily_per_kg.or(of_route.daily_per_kg);
        if !self.by_age.is_empty() {
            of_route.by_age = self.by_age;
        }
        (of_route.source, of_route.year, of_route.basis) = (self.source, self.year, self.basis);
        Ok(None)
    }
}

/// `12m=200/;24m=400/800`: from 12 months 200 at once; from 24 months 400 at once and 800 a day.
fn steps(row: &Row<'_>) -> Result<Vec<Step>, Fault> {
    let text = row.cell("child_by_age");
    let step = |step: &str| {
        let (from, limits) = step.split_once('=')?;
        let (single, daily) = limits.split_once('/')?;
        let months = match from.strip_suffix('y') {
            Some(years) => years.parse::<u32>().ok()?.checked_mul(12)?,
            None => from.strip_suffix('m')?.parse().ok()?,
        };
        let limit = |text: &str| if text.is_empty() { Some(None) } else { ten_thousandths(text).map(Some) };
        Some(Step { from_months: months, single: limit(single)?, daily: limit(daily)? })
    };
    let steps: Option<Vec<Step>> = text.split(';').filter(|step| !step.is_empty()).map(step).collect();
    steps.ok_or_else(|| {
        row.fault("child_by_age", format!("'{text}' is not written like '12m=200/;24m=400/800'"))
    })
}
