//! Rules about one medicine and the patient: kidney, pregnancy, age, conditions and how it is used.

use super::super::condition::Condition;
use super::super::fault::Fault;
use super::super::names::Side;
use super::super::table::{Columns, Row, each_row};
use super::{Files, Head, Loading, Rules, Said};

/// A medicine in weak kidneys.
#[derive(Debug)]
pub(in super::super) struct KidneyRule {
    pub head: Head,
    pub medicine: Side,
    /// In mL/min/1.73 m2.
    pub below: u32,
}

/// A state of a woman.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum State {
    /// The whole pregnancy, or one third of it, counted from 1.
    Pregnant(Option<u8>),
    BreastFeeding,
    Childbearing,
}

/// A medicine in pregnancy or while breast-feeding.
#[derive(Debug)]
pub(in super::super) struct PregnancyRule {
    pub head: Head,
    pub medicine: Side,
    pub state: State,
}

/// Nobody is older: an age above it is a slip.
const OLDEST_YEARS: u32 = 130;

/// Ages in which a medicine is not right, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Ages {
    Days(u32, u32),
    Months(u32, u32),
    Years(u32, u32),
}

/// A medicine at an age.
#[derive(Debug)]
pub(in super::super) struct AgeRule {
    pub head: Head,
    pub medicine: Side,
    pub ages: Ages,
    pub when: Option<Condition>,
}

/// A medicine in a situation.
#[derive(Debug)]
pub(in super::super) struct Situation {
    pub head: Head,
    pub medicine: Side,
    /// `USE`, `CONDITION`, `ROUTE`, `DURATION`, `LABORATORY`.
    pub hazard: Box<str>,
    pub when: Condition,
}

const KIDNEY: Columns = Columns {
    required: &[
        "id",
        "medicine",
        "egfr_below",
        "tier",
        "tier_when_confirmed",
        "reason_en",
        "action_en",
        "source",
        "year",
        "basis",
    ],
    optional: &[],
};
const PREGNANCY: Columns = Columns {
    required: &[
        "id",
        "medicine",
        "state",
        "tier",
        "tier_when_confirmed",
        "reason_en",
        "action_en",
        "source",
        "year",
        "basis",
    ],
    optional: &[],
};
const AGE: Columns = Columns {
    required: &[
        "id",
        "medicine",
        "age",
        "when",
        "tier",
        "tier_when_confirmed",
        "reason_en",
        "action_en",
        "source",
        "year",
        "basis",
    ],
    optional: &[],
};
const SITUATIONS: Columns = Columns {
    required: &[
        "id",
        "medicine",
        "kind",
        "when",
        "tier",
        "tier_when_confirmed",
        "text_en",
        "action_en",
        "source",
        "year",
        "basis",
    ],
    optional: &["trigger"],
};

impl Loading {
    pub(super) fn read_situations(&mut self, files: &Files<'_>, rules: &mut Rules) {
        let mut faults = Vec::new();
        let mut said = Said::default();
        each_row("renal.csv", files.text("renal.csv"), &KIDNEY, &mut faults, |row| {
            let head = self.head(row, "reason_en")?;
            let below =
                row.whole("egfr_below")?.ok_or_else(|| row.fault("egfr_below", "a threshold is needed"))?;
            said.once(row, format!("{} below {below}", row.cell("medicine")), head.tier)?;
            rules.kidney.push(KidneyRule { head, medicine: self.side(row, "medicine")?, below });
            Ok(())
        });
        each_row("pregnancy.csv", files.text("pregnancy.csv"), &PREGNANCY, &mut faults, |row| {
            let head = self.head(row, "reason_en")?;
            let state = state_of(row)?;
            said.once(row, format!("{} in {}", row.cell("medicine"), row.cell("state")), head.tier)?;
            rules.pregnancy.push(PregnancyRule { head, medicine: self.side(row, "medicine")?, state });
            Ok(())
        });
        each_row("age.csv", files.text("age.csv"), &AGE, &mut faults, |row| {
            let head = self.head(row, "reason_en")?;
            let ages = Ages::parse(row.cell("age"));
            let ages = ages.ok_or_else(|| {
                row.fault("age", "an age such as <12y, 2-5y, >=65y, <28d, <6w, <3m, at most 130 years")
            })?;
            said.once(row, format!("{} at {}", row.cell("medicine"), row.cell("age")), head.tier)?;
            let when = self.condition(row, "when")?;
            rules.ages.push(AgeRule { head, medicine: self.side(row, "medicine")?, ages, when });
            Ok(())
        });
        each_row("hard_stops.csv", files.text("hard_stops.csv"), &SITUATIONS, &mut faults, |row| {
            rules.situations.push(self.situation(row)?);
            Ok(())
        });
        self.repeated.append(&mut said.repeated);
        self.faults.append(&mut faults);
    }

    fn situation(&mut self, row: &Row<'_>) -> Result<Situation, Fault> {
        let head = self.head(row, "text_en")?;
        let kind = row.cell("kind");
        if !["use", "condition", "route", "duration", "laboratory"].contains(&kind) {
            let sentence = format!("'{kind}' is none of use, condition, route, duration and laboratory");
            return Err(row.fault("kind", sentence));
        }
        let when = self.condition(row, "when")?.ok_or_else(|| row.fault("when", "a condition is needed"))?;
        let medicine = match row.cell("medicine") {
            "*" => Side::every(),
            _ => self.side(row, "medicine")?,
        };
        Ok(Situation { head, medicine, hazard: kind.to_uppercase().into(), when })
    }
}

fn state_of(row: &Row<'_>) -> Result<State, Fault> {
    Ok(match row.cell("state") {
        "pregnancy" => State::Pregnant(None),
        "T1" => State::Pregnant(Some(1)),
        "T2" => State::Pregnant(Some(2)),
        "T3" => State::Pregnant(Some(3)),
        "breastfeeding" => State::BreastFeeding,
        "childbearing" => State::Childbearing,
        other => return Err(row.fault("state", format!("'{other}' is no state of pregnancy"))),
    })
}

impl Ages {
    /// `<12y`, `2-5y`, `>=65y`, `>60y`, `<28d`, `<6w`, `<3m`.
    fn parse(text: &str) -> Option<Self> {
        let unit = text.chars().last()?;
        let numbers = text.strip_suffix(unit)?;
        let (least, most) = if let Some(below) = numbers.strip_prefix('<') {
            let below = below.parse::<u32>().ok()?;
            let days = if unit == 'w' { below.checked_mul(7)? } else { below };
            (0, days.checked_sub(1)?)
        } else if let Some(from) = numbers.strip_prefix(">=") {
            (from.parse().ok()?, u32::MAX)
        } else if let Some(above) = numbers.strip_prefix('>') {
            (above.parse::<u32>().ok()?.checked_add(1)?, u32::MAX)
        } else {
            let (least, most) = numbers.split_once('-')?;
            let (least, most) = (least.parse::<u32>().ok()?, most.parse::<u32>().ok()?);
            if least == most {
                return None;
            }
            (least, most)
        };
        let oldest = match unit {
            'y' => OLDEST_YEARS,
            'm' => OLDEST_YEARS * 12,
            _ => OLDEST_YEARS * 366,
        };
        // An open end is no age.
        if least > most || least > oldest || (most > oldest && most != u32::MAX) {
            return None;
        }
        match unit {
            'y' => Some(Self::Years(least, most)),
            'm' => Some(Self::Months(least, most)),
            'd' => Some(Self::Days(least, most)),
            'w' if least == 0 => Some(Self::Days(least, most)),
            _ => None,
        }
    }

    /// Whether an age in days, months and years lies in it.
    pub(in super::super) fn holds(self, days: u32, months: u32, years: u32) -> bool {
        match self {
            Self::Days(least, most) => (least..=most).contains(&days),
            Self::Months(least, most) => (least..=most).contains(&months),
            Self::Years(least, most) => (least..=most).contains(&years),
        }
    }
}
