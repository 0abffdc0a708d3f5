//! The medicine and the patient: kidney, pregnancy, age, conditions and the way it is used.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::super::facts::{Pregnancy, Sex};
use super::super::finding::{Kind, Weighed, What};
use super::super::names::Side;
use super::super::rules::{Head, PregnancyRule, Situation, State};
use super::hours::HOUR_MINUTES;
use super::taken::Held;
use super::truth::{Asked, Truth, UnknownDose};
use super::{Fired, Weighing};
use crate::domain::prescriptions::model::Notice;

/// A filtration rate that no kidneys reach, in mL/min/1.73 m2.
const KIDNEYS_WHOLE: u64 = 1_000;
/// What `conditions.csv` calls every illness of the liver.
const LIVER_DISEASE: &str = "liver-disease";
/// Ages in years between which a pregnancy is thought of.
const CHILDBEARING: std::ops::RangeInclusive<u32> = 12..=50;

impl<'a> Weighing<'a> {
    pub(super) fn patient(&mut self) {
        for (at, held) in self.new_parts() {
            self.kidney(at, held);
            self.pregnancy(at, held);
            self.age(at, held);
            self.situations(at, held);
            self.liver(at, held);
        }
    }

    fn concerns(&self, side: &Side, at: usize, held: Held) -> bool {
        self.line(at).is_some_and(|taken| side.holds(held.ingredient, taken.routes))
    }

    fn tell(
        &mut self,
        head: &Head,
        kind: Kind,
        hazard: &str,
        (at, held): (usize, Held),
        (detail, fact): (Option<Notice>, Option<Weighed>),
    ) {
        let on = self.own_name(held);
        let fired = Fired {
            detail,
            weighed: self.weighed(&[(at, held)]).into_iter().chain(fact).collect(),
            use_of: (kind == Kind::Situation).then_some(held.ingredient),
            ..Fired::new(kind, hazard, self.standing(head), on, vec![(at, held.ingredient)])
        };
        self.fire(head, fired);
    }

    /// Of the rules of a medicine the most specific, then the lowest threshold that is met.
    fn kidney(&mut self, at: usize, held: Held) {
        let rules = self.rules;
        let fits: Vec<_> =
            rules.kidney.iter().filter(|rule| self.concerns(&rule.medicine, at, held)).collect();
        if fits.is_empty() {
            return;
        }
        let Some(egfr) = self.patient.egfr else {
            return self.miss(What::KidneyFunction, at);
        };
        if let Some(day) = self.patient.old_kidney_function(self.today) {
            self.miss(What::OldKidneyFunction(day), at);
        }
        let met = fits.into_iter().filter(|rule| egfr < rule.below);
        let lowest = met.min_by_key(|rule| (!rule.medicine.specific, rule.below, Reverse(rule.head.tier)));
        if let Some(rule) = lowest {
            let detail = Notice::new("finding_kidney").with("egfr", egfr.to_string());
            let detail = Some(detail.with("below", rule.below.to_string()));
            // A reason that was given for weak kidneys does not stand for weaker ones.
            let lost = Weighed {
                what: "kidney function lost".to_owned(),
                amount: KIDNEYS_WHOLE.saturating_sub(u64::from(egfr)),
            };
            self.tell(&rule.head, Kind::Kidney, "KIDNEY", (at, held), (detail, Some(lost)));
        }
    }

    /// Of each third of a pregnancy in which the line runs the rule that speaks, of these the gravest.
    fn pregnancy(&mut self, at: usize, held: Held) {
        let rules = self.rules;
        let fits: Vec<_> =
            rules.pregnancy.iter().filter(|rule| self.concerns(&rule.medicine, at, held)).collect();
        if fits.is_empty() {
            return;
        }
        let missing = self.states_missing(fits.iter().map(|rule| rule.state));
        self.miss_all(missing, at);
        // The medicine's own rule before that of its class, then the gravest.
        let first = |rules: Vec<&'a PregnancyRule>| {
            rules.into_iter().max_by_key(|rule| {
                (rule.medicine.specific, self.standing(&rule.head), Reverse(rule.head.id.clone()))
            })
        };
        let of = |is_meant: &dyn Fn(State) -> bool| {
            first(fits.iter().copied().filter(|rule| is_meant(rule.state)).collect())
        };
        let of_thirds = self.thirds(at).filter_map(|third| {
            of(&|state| matches!(state, State::Pregnant(of) if of.is_none_or(|of| of == third)))
        });
        let gravest = of_thirds.max_by_key(|rule| (self.standing(&rule.head), Reverse(rule.head.id.clone())));
        let others = [State::BreastFeeding, State::Childbearing].into_iter();
        let others = others.filter(|state| self.is_in(*state)).filter_map(|state| of(&|of| of == state));
        let found: Vec<&PregnancyRule> = gravest.into_iter().chain(others).collect();
        for rule in found {
            let hazard = if rule.state == State::BreastFeeding { "BREAST_FEEDING" } else { "PREGNANCY" };
            let detail = self.reached(rule.state);
            self.tell(&rule.head, Kind::Pregnancy, hazard, (at, held), (detail, None));
        }
    }

    fn is_of_age(&self) -> Option<bool> {
        match self.patient.sex {
            Some(Sex::Male) => Some(false),
            Some(Sex::Female) => Some(CHILDBEARING.contains(&self.patient.age_years(self.today)?)),
            None => None,
        }
    }

    /// Whether the patient breast-feeds, or may become pregnant.
    fn is_in(&self, state: State) -> bool {
        match (state, self.patient.pregnancy) {
            (State::Pregnant(_), _) | (State::Childbearing, Pregnancy::Yes { .. }) => false,
            (State::BreastFeeding, _) => self.patient.breast_feeding == Some(true),
            (State::Childbearing, _) => {
                self.patient.childbearing.unwrap_or_else(|| self.is_of_age().unwrap_or_default())
            }
        }
    }

    /// In which thirds of a pregnancy the line runs, all of them where the week is not known. One without an end runs to
    /// birth.
    fn thirds(&self, at: usize) -> std::ops::RangeInclusive<u8> {
        let (Pregnancy::Yes { week }, Some(taken)) = (self.patient.pregnancy, self.line(at)) else {
            return std::ops::RangeInclusive::new(1, 0);
        };
        let Some(week) = week else { return 1..=LAST_THIRD };
        let on = |day: NaiveDate| {
            let days = u32::try_from((day - self.today).num_days()).unwrap_or_default();
            third_of(week.saturating_add(days / 7))
        };
        on(taken.begins)..=taken.ends.map_or(LAST_THIRD, on)
    }

    /// What is said of a state that the patient comes to while the line runs.
    fn reached(&self, state: State) -> Option<Notice> {
        let (State::Pregnant(Some(third)), Pregnancy::Yes { week: Some(week) }) =
            (state, self.patient.pregnancy)
        else {
            return None;
        };
        let begins = first_week_of(third);
        (week < begins).then(|| Notice::new("finding_pregnancy_reached").with("week", begins.to_string()))
    }

    fn states_missing(&self, states: impl Iterator<Item = State>) -> Vec<What> {
        if self.is_of_age() == Some(false) {
            return Vec::new();
        }
        let missing = states.filter_map(|state| match state {
            State::Pregnant(_) if self.patient.pregnancy == Pregnancy::Unknown => Some(What::Pregnancy),
            State::BreastFeeding if self.patient.breast_feeding.is_none() => Some(What::BreastFeeding),
            State::Childbearing if self.patient.childbearing.is_none() && self.patient.sex.is_none() => {
                Some(What::Sex)
            }
            _ => None,
        });
        missing.collect()
    }

    /// The medicine's own rule before that of its class, then the gravest.
    fn age(&mut self, at: usize, held: Held) {
        let rules = self.rules;
        let fits: Vec<_> = rules.ages.iter().filter(|rule| self.concerns(&rule.medicine, at, held)).collect();
        if fits.is_empty() {
            return;
        }
        let patient = self.patient;
        let ages =
            (patient.age_days(self.today), patient.age_months(self.today), patient.age_years(self.today));
        let (Some(days), Some(months), Some(years)) = ages else {
            return self.miss(What::Age, at);
        };
        let asked = Asked { a: (at, held), b: None, of: None, unknown_dose: UnknownDose::Meets };
        let met = fits.into_iter().filter(|rule| {
            rule.ages.holds(days, months, years)
                && rule.when.as_ref().is_none_or(|when| self.truth(when, asked).is_yes())
        });
        let gravest = met.max_by_key(|rule| {
            (rule.medicine.specific, self.standing(&rule.head), Reverse(rule.head.id.clone()))
        });
        if let Some(rule) = gravest {
            let (code, age) =
                if years == 0 { ("finding_age_days", days) } else { ("finding_age_years", years) };
            let detail = Notice::new(code).with("age", age.to_string());
            self.tell(&rule.head, Kind::Age, "AGE", (at, held), (Some(detail), None));
        }
    }

    /// Few rules speak of the liver: where it is ill and none speaks of a medicine, somebody has to look it up.
    fn liver(&mut self, at: usize, held: Held) {
        let speaks = |found: &super::Found| {
            found.finding.kind == Kind::Situation && found.use_of == Some(held.ingredient)
        };
        if self.has_condition(LIVER_DISEASE) && !self.found.values().any(speaks) {
            self.miss(What::Liver(self.rules.names.text(held.own).to_owned()), at);
        }
    }

    /// Tells what several lines hold together on one day: the same of whichever of them is new.
    fn tell_together(&mut self, rule: &Situation, of: (usize, Held)) {
        let Some((sum, lines)) = self.together(of, &rule.medicine) else { return };
        let name = |held: &Held| self.own_name(*held);
        let names: BTreeSet<String> = lines.iter().map(|(_, held)| name(held)).collect();
        let on = names.into_iter().collect::<Vec<_>>().join("+");
        let units = sum.parts.div_ceil(10_000).to_string();
        let fired = Fired {
            detail: Some(Notice::new("finding_together_a_day").with("given", units)),
            weighed: vec![Weighed { what: format!("{} a day", rule.head.about), amount: sum.parts }],
            use_of: Some(of.1.ingredient),
            ..Fired::new(
                Kind::Situation,
                &rule.hazard,
                self.standing(&rule.head),
                on,
                lines.iter().map(|(at, held)| (*at, held.ingredient)).collect(),
            )
        };
        self.fire(&rule.head, fired);
    }

    /// Tells how close to each other two doses of an ingredient are.
    fn tell_minutes(&mut self, rule: &Situation, (at, held): (usize, Held)) {
        let is_of_line = rule.when.asks_minutes_of_line();
        let nearest = if is_of_line { self.minutes_of_line(at, held) } else { self.minutes_apart(at, held) };
        let Some((minutes, lines)) = nearest else { return };
        let on = self.own_name(held);
        let closer = Weighed {
            what: format!("{on} minutes closer than an hour"),
            amount: u64::from(HOUR_MINUTES.saturating_sub(minutes)),
        };
        let fired = Fired {
            detail: Some(Notice::new("finding_minutes_apart").with("minutes", minutes.to_string())),
            weighed: self.weighed(&lines).into_iter().chain([closer]).collect(),
            ..Fired::new(
                Kind::Situation,
                &rule.hazard,
                self.standing(&rule.head),
                on,
                lines.iter().map(|(at, held)| (*at, held.ingredient)).collect(),
            )
        };
        self.fire(&rule.head, fired);
    }

    fn situations(&mut self, at: usize, held: Held) {
        let rules = self.rules;
        for rule in &rules.situations {
            if !self.concerns(&rule.medicine, at, held) {
                continue;
            }
            let of = Some(&rule.medicine);
            let asked = Asked { a: (at, held), b: None, of, unknown_dose: UnknownDose::Missing };
            match self.truth(&rule.when, asked) {
                Truth::Yes if rule.when.weighs_together() => self.tell_together(rule, (at, held)),
                Truth::Yes if rule.when.asks_minutes() => self.tell_minutes(rule, (at, held)),
                Truth::Yes => self.tell(&rule.head, Kind::Situation, &rule.hazard, (at, held), (None, None)),
                Truth::No => {}
                Truth::Unknown(what) => self.miss_all(what, at),
            }
        }
    }
}

/// The last third of a pregnancy.
const LAST_THIRD: u8 = 3;

/// The first completed week of a third of a pregnancy.
const fn first_week_of(third: u8) -> u32 {
    match third {
        0 | 1 => 0,
        2 => 14,
        _ => 28,
    }
}

/// Which third of a pregnancy a completed week belongs to.
const fn third_of(week: u32) -> u8 {
    match week {
        0..=13 => 1,
        14..=27 => 2,
        _ => 3,
    }
}
