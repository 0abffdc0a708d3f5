//! `tests/data/safety-pairs.csv`: every pair of ingredients has the tier and the rule that the table says, and no other
//! pair has any.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const PAIRS: &str = include_str!("../../../../tests/data/safety-pairs.csv");

/// Of a pair: the rules that spoke, with the tier where it is known.
type Spoken = BTreeMap<(String, String), BTreeMap<String, Option<Tier>>>;

/// Every ingredient against every other, by all its routes.
fn spoken(mg: Option<u64>, patient: &PatientFacts) -> Spoken {
    let mut routes: BTreeMap<String, Vec<Route>> = BTreeMap::new();
    for (generic, by, _) in ENTRIES.iter() {
        for part in generic.split(" + ") {
            let number = RULES.names.number(part).unwrap();
            let name = RULES.names.text(RULES.names.counted_as(number));
            routes.entry(name.to_owned()).or_default().extend(by);
        }
    }
    let lines: Vec<Line> = routes
        .into_iter()
        .map(|(name, routes)| {
            let mut line = line(&name, &name, mg.unwrap_or(1), 1);
            line.routes = routes;
            if mg.is_none() {
                let tiny = Some(Quantity::milligrams(1));
                (line.parts[0].single, line.parts[0].daily) = (tiny, tiny);
            }
            line
        })
        .collect();
    let mut spoken = Spoken::new();
    for (at, new) in lines.iter().enumerate() {
        let checked = check(
            &RULES,
            &Adjustments::default(),
            patient,
            &lines[at + 1..],
            std::slice::from_ref(new),
            today(),
        );
        let quiet =
            checked.suppressed.iter().filter(|one| one.why == Quietly::Graver).map(|one| &one.finding);
        for finding in checked.findings.iter().chain(quiet).filter(|finding| finding.medicines.len() == 2) {
            let mut names: Vec<String> = finding.medicines.iter().map(|one| one.ingredient.clone()).collect();
            names.sort();
            let rules = spoken.entry((names[0].clone(), names[1].clone())).or_default();
            match finding.kind {
                Kind::Interaction => rules.extend([(finding.rule.clone(), Some(finding.tier))]),
                Kind::Duplicate => rules.extend(finding.also.iter().map(|rule| (rule.clone(), None))),
                _ => {}
            }
        }
    }
    spoken.retain(|_, rules| !rules.is_empty());
    spoken
}

type Expected = BTreeMap<(String, String), Vec<(String, Tier, String, bool)>>;

/// Hazard, tier, rule and whether it has a condition that a small dose and a healthy adult do not meet.
fn expected() -> Expected {
    let mut expected = Expected::new();
    for row in csv::Reader::from_reader(PAIRS.as_bytes()).records() {
        let row = row.unwrap();
        let asks = !matches!(&row[5], "" | "not A.product:c-chc");
        let of_pair = expected.entry((row[0].to_owned(), row[1].to_owned())).or_default();
        of_pair.push((row[2].to_owned(), Tier::from_name(&row[3]).unwrap(), row[4].to_owned(), asks));
    }
    expected
}

#[test]
fn every_pair_has_its_rule_and_no_other_has_any() {
    let expected = expected();
    let healthy = spoken(None, &adult());
    let mut wrong = Vec::new();
    let pairs: BTreeSet<_> = expected.keys().chain(healthy.keys()).collect();
    for pair in pairs {
        let mut wanted: BTreeMap<&str, Tier> = BTreeMap::new();
        for (_, tier, rule, _) in expected.get(pair).into_iter().flatten().filter(|row| !row.3) {
            wanted.insert(rule, *tier);
        }
        let empty = BTreeMap::new();
        let found = healthy.get(pair).unwrap_or(&empty);
        let same = found.len() == wanted.len()
            && found.iter().all(|(rule, tier)| {
                wanted.get(rule.as_str()).is_some_and(|wanted| tier.is_none_or(|tier| tier == *wanted))
            });
        if !same {
            wrong.push(format!("{pair:?}: {found:?}, expected {wanted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} pairs differ:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

#[test]
fn conditions_that_are_met_speak_first() {
    let expected = expected();
    let mut newborn = adult();
    newborn.born = today().checked_sub_days(chrono::Days::new(20));
    newborn.egfr = Some(10);
    let met = spoken(Some(20_000), &newborn);
    let mut count = 0;
    for (pair, rows) in &expected {
        for (hazard, tier, rule, _) in rows.iter().filter(|row| row.3) {
            let rivals = rows.iter().filter(|row| row.3 && row.0 == *hazard).count();
            let found = met.get(pair).and_then(|rules| rules.get(rule));
            assert!(
                rivals > 1 || found == Some(&Some(*tier)) || found == Some(&None),
                "{pair:?} {rule}: {found:?}"
            );
            count += 1;
        }
    }
    assert!(count >= 40, "{count}");
}
