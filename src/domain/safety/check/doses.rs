//! Amounts: the most at once and in a day, for adults, by weight, and by age; and how close two intakes may be.

use std::collections::BTreeMap;

use super::super::facts::GROWN_YEARS;
use super::super::finding::{Kind, Tier, Weighed, What};
use super::super::line::Quantity;
use super::super::names::{Ingredient, Side, bit, systemic};
use super::super::rules::{AdultsPerKg, DoseRow};
use super::Weighing;
use super::amounts::written;
use super::taken::{Held, Taken};
use crate::domain::prescriptions::model::Notice;
use crate::platform::i18n::{Language, text};

/// From this age on the adult columns hold alone.
const ADULT_YEARS: u32 = 12;
/// Adults below it are weighed too, where the row says so.
const LIGHT_GRAMS: u32 = 50_000;
/// What may be above an amount by weight, in percent: per dose and per day.
const PER_DOSE: u128 = 10;
const PER_DAY: u128 = 5;

/// A limit of one patient, in parts of the substance.
#[derive(Debug, Clone, Copy)]
struct Limit {
    parts: u128,
    tolerance: u128,
}

/// What holds for one patient: several limits may hold at once.
#[derive(Debug, Default)]
struct Limits {
    single: Vec<Limit>,
    daily: Vec<Limit>,
    missing: Vec<What>,
}

/// Which limit is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bound {
    AtOnce,
    ADay,
    Between,
}

impl Bound {
    /// As the number behind a finding is called.
    const fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "at once",
            Self::ADay => "a day",
            Self::Between => "between",
        }
    }
}

/// The limits that are passed: of each the tier, the share of it in thousandths and what is said.
pub(super) type Passed = BTreeMap<Bound, (Tier, u128, Notice)>;

/// What was found too much.
#[derive(Debug, Clone, Copy)]
struct Excess {
    tier: Tier,
    what: Bound,
    given: u64,
    limit: u128,
}

/// Which days two lines may share to be added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Days {
    All,
    /// Not the few days on which one hands over to the other.
    Lasting,
}

/// An amount, and the parts of lines that hold it.
pub(super) type Summed = (Quantity, Vec<(usize, Ingredient)>);

impl<'a> Weighing<'a> {
    pub(super) fn doses(&mut self) {
        for (at, held) in self.new_parts() {
            self.dose(at, held);
        }
    }

    fn dose(&mut self, at: usize, held: Held) {
        let Some(taken) = self.line(at) else { return };
        let Some(row) = self.row(taken, held) else { return };
        let Some(part) = taken.part(&held) else { return };
        let limits = self.limits(row, held, taken);
        let in_measure =
            |quantity: Option<Quantity>| quantity.filter(|quantity| quantity.measure == row.measure);
        let (daily, lines) = self.day(at, held, Days::All);
        let unknown = in_measure(part.single).is_none() && in_measure(part.daily).is_none();
        // The maximum of a day holds for what is used every day, and for what comes together on one.
        let is_daily = is_daily(taken) || lines.len() > 1;
        let is_read = self.is_read(row);
        let above = |amount: Option<Quantity>, limits: &[Limit], what: Bound| {
            excess(is_read, limits, in_measure(amount)?.parts, what)
        };
        let of_moment = |(amount, _): &Summed| above(Some(*amount), &limits.single, Bound::AtOnce);
        let lasting = || of_moment(&self.at_once(at, held, row, Days::Lasting)?);
        let at_once = self.at_once(at, held, row, Days::All).and_then(|summed| {
            let found = of_moment(&summed)?;
            Some((that_lasts(found, lasting), summed.1))
        });
        let lasting = || above(self.day(at, held, Days::Lasting).0, &limits.daily, Bound::ADay);
        let a_day = above(daily.filter(|_| is_daily), &limits.daily, Bound::ADay);
        let a_day = a_day.map(|found| (that_lasts(found, lasting), lines));
        let between = self.too_close(row, taken).map(|found| (found, vec![(at, held.ingredient)]));
        let passed = [at_once, a_day, between];
        self.miss_all(limits.missing, at);
        if unknown {
            self.miss(What::Dose(self.own_name(held)), at);
        }
        for (excess, subjects) in passed.into_iter().flatten() {
            self.fire_dose(row, held, excess, &subjects);
        }
    }

    /// The most of an ingredient that is used at once: in the largest intake of a line, or within an hour.
    fn at_once(&self, at: usize, held: Held, row: &DoseRow, days: Days) -> Option<Summed> {
        let single = self.line(at)?.part(&held)?.single.map(|single| (single, vec![(at, held.ingredient)]));
        let both = self.hour(at, held, days).into_iter().chain(single);
        both.filter(|(amount, _)| amount.measure == row.measure).max_by_key(|(amount, _)| amount.parts)
    }

    /// Whether the limits of a row were read in their source, or a reviewer has confirmed them.
    fn is_read(&self, row: &DoseRow) -> bool {
        row.basis.is_verified() || self.adjustments.confirmed.contains(&*row.id)
    }

    fn fire_dose(&mut self, row: &DoseRow, held: Held, excess: Excess, subjects: &[(usize, Ingredient)]) {
        let name = self.own_name(held);
        let amounts = |code| {
            Notice::new(code)
                .with("given", written(u128::from(excess.given), row))
                .with("limit", written(excess.limit, row))
                .with("unit", &*row.unit)
        };
        let detail = match excess.what {
            Bound::Between => Notice::new("finding_too_close")
                .with("given", excess.given.to_string())
                .with("limit", excess.limit.to_string()),
            Bound::AtOnce => amounts("finding_dose_at_once"),
            Bound::ADay => amounts("finding_dose_a_day"),
        };
        let id = format!("{}:{name}", row.id);
        let amount = if excess.what == Bound::Between { 0 } else { excess.given };
        let finding = super::Finding {
            id: id.clone(),
            rule: row.id.to_string(),
            kind: Kind::Dose,
            tier: excess.tier,
            hazard: "DOSE".to_owned(),
            medicines: self.subjects(subjects),
            effect: text(Language::English, "finding_dose_effect", &[]),
            effect_khmer: Some(text(Language::Khmer, "finding_dose_effect", &[])),
            action: text(Language::English, "finding_dose_action", &[]),
            action_khmer: Some(text(Language::Khmer, "finding_dose_action", &[])),
            khmer_reviewed: false,
            detail: None,
            beside: Vec::new(),
            advice: None,
            source: row.source.to_string(),
            year: row.year.to_string(),
            verified: self.is_read(row),
            weighed: vec![Weighed { what: format!("{name} {}", excess.what.name()), amount }],
            also: std::collections::BTreeSet::new(),
        };
        // The gravest is told first, by the share of its limit.
        let share = u128::from(excess.given).saturating_mul(1_000) / excess.limit.max(1);
        let passed = Passed::from([(excess.what, (excess.tier, share, detail))]);
        self.join(id, super::Found { finding, passed, pair: None, use_of: None });
    }

    /// The row of an ingredient: by its own name before that as which it counts, by its first route that has one, and by
    /// weight where rows differ by it. Without a weight the one for the heaviest is taken for what is not by weight.
    fn row(&self, taken: &Taken<'_>, held: Held) -> Option<&'a DoseRow> {
        let grams = self.patient.weight_grams.unwrap_or(u32::MAX - 1);
        let of = |ingredient: Ingredient| {
            let rows = self.rules.doses.get(&ingredient)?;
            taken.line.routes.iter().find_map(|route| {
                rows.iter().find(|row| {
                    row.route == bit(*route) && (row.from_grams..row.below_grams).contains(&grams)
                })
            })
        };
        of(held.own).or_else(|| of(held.ingredient))
    }

    /// What holds for this patient.
    fn limits(&self, row: &DoseRow, held: Held, taken: &Taken<'_>) -> Limits {
        let mut limits = Limits::default();
        let whole = |limit: u64| Limit { parts: u128::from(limit) * u128::from(row.parts), tolerance: 0 };
        limits.single.extend(row.single.map(whole));
        limits.daily.extend(row.daily.map(whole));
        let age = self.patient.age_years(self.today);
        if age.is_none() {
            limits.missing.push(What::Age);
        }
        let is_child = age.is_some_and(|years| years < ADULT_YEARS);
        let has_weight_columns = row.single_per_kg.is_some() || row.daily_per_kg.is_some();
        let by_age = !row.by_age.is_empty() && (taken.line.is_single_dose() || !has_weight_columns);
        if is_child && by_age {
            let months = self.patient.age_months(self.today).unwrap_or_default();
            let step = row.by_age.iter().rev().find(|step| step.from_months <= months);
            match step {
                Some(step) => {
                    limits.single.extend(step.single.map(whole));
                    limits.daily.extend(step.daily.map(whole));
                }
                None => limits.missing.push(What::ChildDose(self.own_name(held))),
            }
            return limits;
        }
        let grams = self.patient.weight_grams.filter(|grams| *grams > 0);
        let is_light = grams.is_some_and(|grams| grams < LIGHT_GRAMS);
        let is_growing = age.is_some_and(|years| years < GROWN_YEARS);
        let by_weight = match row.adults_per_kg {
            _ if is_child => true,
            AdultsPerKg::All => true,
            AdultsPerKg::Light => is_light,
            AdultsPerKg::Young => is_light && is_growing,
            AdultsPerKg::No => false,
        };
        // Who is grown by the rule's age may still weigh as little as a child.
        let weighs_light = matches!(row.adults_per_kg, AdultsPerKg::Light | AdultsPerKg::Young);
        if weighs_light && has_weight_columns && grams.is_none() && is_growing {
            limits.missing.push(What::Weight);
        }
        match grams {
            _ if !by_weight => {}
            _ if !has_weight_columns => limits.missing.push(What::ChildDose(self.own_name(held))),
            None => limits.missing.push(What::Weight),
            Some(grams) => {
                let per_kg = |limit: u64, tolerance: u128| Limit {
                    parts: u128::from(limit) * u128::from(row.parts) * u128::from(grams) / 1_000,
                    tolerance,
                };
                limits.missing.extend(self.patient.old_weight(self.today).map(What::OldWeight));
                limits.single.extend(row.single_per_kg.map(|limit| per_kg(limit, PER_DOSE)));
                limits.daily.extend(row.daily_per_kg.map(|limit| per_kg(limit, PER_DAY)));
            }
        }
        limits
    }

    /// The fullest day of this line with what other lines hold of the ingredient on the same day, and the lines of that day.
    ///
    /// What is not shared with the prescriber is not added up with what is: that it is used twice is found as a duplicate,
    /// whatever the amounts, and by asking for more and more somebody would learn how much of it is used.
    fn day(&self, at: usize, held: Held, days: Days) -> (Option<Quantity>, Vec<(usize, Ingredient)>) {
        let Some(taken) = self.line(at) else { return (None, Vec::new()) };
        let counts = |other: &Taken<'_>| other.routes & systemic() != 0 && repeats(other);
        let mut of = vec![(at, held)];
        if counts(taken) {
            for (place, other) in self.taken.iter().enumerate() {
                let is_shown_alike = other.line.hidden == taken.line.hidden;
                if place != at && counts(other) && is_shown_alike && other.shares_a_day(taken) {
                    let same = other.held.iter().filter(|second| second.own == held.own);
                    let lasts = |second: &&Held| {
                        days == Days::All || !self.is_handing_over((taken, held), (other, **second))
                    };
                    of.extend(same.filter(lasts).map(|second| (place, *second)));
                }
            }
        }
        let Some((sum, used)) = self.fullest_day(&of) else { return (None, vec![(at, held.ingredient)]) };
        let lines = of.iter().filter(|(place, _)| used.contains(place));
        (Some(sum), lines.map(|(place, held)| (*place, held.ingredient)).collect())
    }

    /// The fullest day of a line with everything of these medicines that is used on it, and the lines of that day.
    pub(super) fn together(
        &self,
        (at, held): (usize, Held),
        side: &Side,
    ) -> Option<(Quantity, Vec<(usize, Held)>)> {
        let taken = self.line(at)?;
        let mut of = vec![(at, held)];
        for (place, other) in self.taken.iter().enumerate() {
            let is_shown_alike = other.line.hidden == taken.line.hidden;
            if place != at && repeats(other) && is_shown_alike && other.shares_a_day(taken) {
                let meant = other.held.iter().filter(|one| side.holds(one.ingredient, other.routes));
                of.extend(meant.map(|one| (place, *one)));
            }
        }
        let (sum, used) = self.fullest_day(&of)?;
        of.retain(|(place, _)| used.contains(place));
        Some((sum, of))
    }

    /// Whether two lines of one ingredient together stay within what a day may hold; nothing where that is not known.
    pub(super) fn are_within_limit(&self, held: Held, one: &Taken<'_>, other: &Taken<'_>) -> Option<bool> {
        let place = |line: &Taken<'_>| {
            let at = self.taken.iter().position(|taken| std::ptr::eq(taken.line, line.line))?;
            Some((at, *line.held.iter().find(|second| second.own == held.own)?))
        };
        let (first, second) = (place(one)?, place(other)?);
        self.is_within_day(one, held, self.fullest_day_of_two(first, second)?)
    }

    /// Whether an amount stays within what a day may hold of an ingredient of a line; nothing where that is not known.
    pub(super) fn is_within_day(&self, taken: &Taken<'_>, held: Held, most: Quantity) -> Option<bool> {
        let row = self.row(taken, held).filter(|row| row.measure == most.measure)?;
        let limits = self.limits(row, held, taken);
        if excess(false, &limits.daily, most.parts, Bound::ADay).is_some() {
            return Some(false);
        }
        (!limits.daily.is_empty() && limits.missing.is_empty()).then_some(true)
    }

    /// Whether what may be used at once of an ingredient of a line is limited, and its amount can be held against it.
    pub(super) fn is_limited_at_once(&self, taken: &Taken<'_>, held: Held) -> bool {
        let amount = taken.part(&held).and_then(|part| part.single);
        let row = self.row(taken, held).zip(amount).filter(|(row, amount)| row.measure == amount.measure);
        row.is_some_and(|(row, _)| !self.limits(row, held, taken).single.is_empty())
    }

    /// The lowest limit of a day, in parts of its row.
    pub(super) fn lowest_of_day(&self, taken: &Taken<'_>, held: Held) -> Option<(&'a DoseRow, u128)> {
        let row = self.row(taken, held)?;
        let limits = self.limits(row, held, taken);
        Some((row, limits.daily.iter().map(|limit| limit.parts).min()?))
    }

    fn too_close(&self, row: &DoseRow, taken: &Taken<'_>) -> Option<Excess> {
        let (least, found) = (row.min_interval_hours?, taken.line.rhythm.interval_hours?);
        (found < least && !taken.line.is_single_dose()).then(|| Excess {
            tier: Tier::Warn,
            what: Bound::Between,
            given: u64::from(found),
            limit: u128::from(least),
        })
    }
}

/// What was found, and no STOP for what does not last.
fn that_lasts(found: Excess, lasting: impl FnOnce() -> Option<Excess>) -> Excess {
    match found.tier {
        Tier::Stop => Excess { tier: lasting().map_or(Tier::Warn, |lasting| lasting.tier), ..found },
        _ => found,
    }
}

/// Whether the maximum of a day holds: for what is taken every day, or several times on a day.
fn is_daily(taken: &Taken<'_>) -> bool {
    let rhythm = &taken.line.rhythm;
    !taken.line.is_single_dose() && (rhythm.interval_days <= 1 || rhythm.times_a_day != Some(1))
}

/// Whether it is used on several days of a week, or several times on a day: what is used once a week or more seldom is held
/// against the most at once alone.
fn repeats(taken: &Taken<'_>) -> bool {
    is_daily(taken) || (taken.is_plan_of_days() && !taken.line.is_single_dose())
}

/// From so many times a limit on it is a STOP although nobody has read its source: a slip of the pen rather than a choice.
const GRAVE_UNREAD: u128 = 3;

/// Whether an amount is above one of the limits: a WARN, and a STOP from one and a half times on where the source was
/// read, from [`GRAVE_UNREAD`] times on where it was not.
fn excess(is_read: bool, limits: &[Limit], given: u64, what: Bound) -> Option<Excess> {
    let amount = u128::from(given);
    let above = limits.iter().filter(|limit| amount * 100 > limit.parts * (100 + limit.tolerance));
    let lowest = above.min_by_key(|limit| limit.parts)?;
    let is_grave =
        (is_read && amount * 2 >= lowest.parts * 3) || amount >= lowest.parts.saturating_mul(GRAVE_UNREAD);
    let tier = if is_grave { Tier::Stop } else { Tier::Warn };
    Some(Excess { tier, what, given, limit: lowest.parts })
}
