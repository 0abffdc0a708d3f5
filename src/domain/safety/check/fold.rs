//! One finding for one fact.

use std::collections::{BTreeMap, BTreeSet};

use super::super::finding::{Finding, Kind, Quietly, Subject, Suppressed, Tier};
use super::super::rules::Adjustments;
use super::Found;

/// Joins what says the same, folds away what a graver finding of the same medicines covers, and sorts: the gravest first.
pub(super) fn fold(
    found: BTreeMap<(String, bool), Found>,
    adjustments: &Adjustments,
    quiet: &[(String, String, Vec<Subject>, String)],
) -> (Vec<Finding>, Vec<Suppressed>) {
    let mut all: Vec<Found> = found.into_values().collect();
    let mut suppressed: Vec<Suppressed> = Vec::new();
    let by_clinic = |found: &Found| adjustments.suppressed.contains(&found.finding.rule);
    all.retain(|found| {
        let silent = by_clinic(found);
        if silent {
            suppressed.push(Suppressed { finding: found.finding.clone(), why: Quietly::ByClinic });
        }
        !silent
    });
    join_duplicates(&mut all);
    let gravest = gravest_of_each(&all);
    all.retain(|found| {
        let covered =
            found.finding.tier == Tier::Note && keys(found).any(|key| gravest.get(&key) > Some(&Tier::Note));
        if covered {
            suppressed.push(Suppressed { finding: found.finding.clone(), why: Quietly::Graver });
        }
        !covered
    });
    for (id, pair, medicines, source) in quiet {
        let is_hidden = medicines.iter().any(|subject| subject.hidden);
        let is_same = |known: &Suppressed| {
            known.finding.id == *id
                && known.finding.medicines.iter().any(|subject| subject.hidden) == is_hidden
        };
        if !suppressed.iter().any(is_same) {
            suppressed.push(not_interruptive(id, pair, medicines, source));
        }
    }
    let mut findings: Vec<Finding> = all.into_iter().map(|found| found.finding).collect();
    findings.sort_by(|one, other| (other.tier, one.kind, &one.id).cmp(&(one.tier, other.kind, &other.id)));
    suppressed.sort_by(|one, other| (one.why, &one.finding.id).cmp(&(other.why, &other.finding.id)));
    (findings, suppressed)
}

/// A duplicate speaks for the interactions of the same two medicines too, in the gravest of their tiers.
fn join_duplicates(all: &mut Vec<Found>) {
    let mut said: BTreeMap<Key, (Tier, bool, BTreeSet<String>)> = BTreeMap::new();
    let duplicates: BTreeSet<Key> =
        all.iter().filter(|found| found.finding.kind == Kind::Duplicate).filter_map(pair_of).collect();
    all.retain(|found| {
        let Some(pair) = pair_of(found).filter(|pair| duplicates.contains(pair)) else { return true };
        if found.finding.kind != Kind::Interaction {
            return true;
        }
        let entry = said.entry(pair).or_insert((found.finding.tier, found.finding.verified, BTreeSet::new()));
        if found.finding.tier > entry.0 {
            (entry.0, entry.1) = (found.finding.tier, found.finding.verified);
        }
        entry.2.insert(found.finding.rule.clone());
        false
    });
    for found in all.iter_mut().filter(|found| found.finding.kind == Kind::Duplicate) {
        let Some((tier, verified, rules)) = pair_of(found).and_then(|pair| said.remove(&pair)) else {
            continue;
        };
        if tier > found.finding.tier {
            (found.finding.tier, found.finding.verified) = (tier, verified);
        }
        found.finding.also = rules;
    }
}

/// Two medicines, and whether the prescriber may not see one of them: what they see is never covered by what they do not.
type Key = ((u16, u16), bool);

fn pair_of(found: &Found) -> Option<Key> {
    Some((found.pair?, found.is_of_hidden()))
}

/// What a note is held against: the two medicines of a pair, or the use of one.
fn keys(found: &Found) -> impl Iterator<Item = Key> + use<> {
    let of_use = found.use_of.map(|ingredient| ((ingredient, u16::MAX), found.is_of_hidden()));
    pair_of(found).into_iter().chain(of_use)
}

fn gravest_of_each(all: &[Found]) -> BTreeMap<Key, Tier> {
    let mut gravest = BTreeMap::new();
    for found in all {
        for key in keys(found) {
            let known = gravest.entry(key).or_insert(found.finding.tier);
            *known = (*known).max(found.finding.tier);
        }
    }
    gravest
}

fn not_interruptive(id: &str, pair: &str, medicines: &[Subject], source: &str) -> Suppressed {
    let rule = id.split_once(':').map_or(id, |(rule, _)| rule);
    let finding = Finding {
        id: id.to_owned(),
        rule: rule.to_owned(),
        kind: Kind::Interaction,
        tier: Tier::Note,
        hazard: "OTHER".to_owned(),
        medicines: medicines.to_vec(),
        effect: pair.to_owned(),
        effect_khmer: None,
        action: String::new(),
        action_khmer: None,
        khmer_reviewed: false,
        detail: None,
        beside: Vec::new(),
        advice: None,
        source: source.to_owned(),
        year: String::new(),
        verified: true,
        weighed: Vec::new(),
        also: BTreeSet::new(),
    };
    Suppressed { finding, why: Quietly::NotInterruptive }
}
