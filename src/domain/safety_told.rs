//! What a check finds, as it is told to whoever prescribes.

use std::collections::BTreeMap;

use super::prescriptions::draft::DoseFinding;
use super::prescriptions::finding::{Finding, FoundMedicine, UNSHARED};
use super::prescriptions::model::{OverrideReason, Tier, Weighed};
use super::prescriptions::notice::{Notice, Wording};
use super::safety::{self, Kind};
use super::safety_lines::{NewLine, field_of, place_of};
use crate::platform::clock::Timestamp;

/// A finding of the rules in the words for who prescribes the `new` lines.
pub(super) fn told(finding: safety::Finding, new: &[NewLine<'_>]) -> Finding {
    let places: BTreeMap<&str, (usize, &NewLine<'_>)> = finding
        .medicines
        .iter()
        .filter_map(|subject| Some((subject.line.as_str(), place_of(&subject.line, new)?)))
        .collect();
    let field = places.values().min_by_key(|(place, _)| *place);
    let field = field.map_or_else(|| "medications".to_owned(), |(_, new)| field_of(new.prefix));
    let known = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let medicines = finding.medicines.iter().map(|subject| {
        let place = places.get(subject.line.as_str()).map(|(place, _)| *place);
        FoundMedicine {
            line: subject.line.parse().ok(),
            place,
            name: known(&subject.medicine),
            ingredient: known(&subject.ingredient),
        }
    });
    let medicines: Vec<FoundMedicine> = medicines.collect();
    let mut weighed = finding.weighed.clone();
    if finding.tier == Tier::Stop {
        for (of, line) in medicines.iter().filter_map(|of| Some((of, new.get(of.place?)?.line))) {
            let name = of.ingredient.as_deref().unwrap_or(&line.medicine_name);
            add_weighed(&mut weighed, Weighed::length(name, line.nominal_days()));
        }
    }
    let is_hidden = finding.medicines.iter().any(|subject| subject.hidden);
    let (effect, action) = if is_hidden {
        let words = |code| Wording::of(&Notice::new(code));
        (words("safety_hidden_effect"), words("safety_hidden_action"))
    } else {
        let wording = |english: &str, khmer: &Option<String>| Wording::of_rule(english, khmer.as_deref());
        // Of two of a kind there is one thing to do, and the rules do not repeat it.
        let says_nothing = finding.action.is_empty() && finding.kind == Kind::Duplicate;
        let action = match finding.advice.or(says_nothing.then_some("safety_one_is_enough")) {
            Some(code) => Wording::of(&Notice::new(code)),
            None => wording(&finding.action, &finding.action_khmer),
        };
        (wording(&finding.effect, &finding.effect_khmer), action)
    };
    Finding {
        medicines,
        field,
        effect,
        action,
        detail: Wording::of_all(finding.detail.iter().chain(&finding.beside)),
        override_reasons: finding.override_reasons().to_vec(),
        id: finding.id,
        rule: finding.rule,
        tier: finding.tier,
        hazard: finding.hazard,
        source: finding.source,
        year: finding.year,
        verified: finding.verified,
        khmer_reviewed: finding.khmer_reviewed,
        weighed,
    }
}

/// Whether the rules have said of a line what the bounds of the catalogue say of its doses.
pub(super) fn is_said(findings: &[Finding], place: usize, own: &DoseFinding) -> bool {
    let says = |finding: &Finding| match own.notice.code {
        "dose_above_single_maximum" | "dose_above_daily_maximum" | "dose_maximum_not_checked" => {
            finding.hazard == "DOSE"
        }
        "dose_not_weekly" => finding.rule.starts_with("hrd-"),
        _ => false,
    };
    findings.iter().any(|finding| {
        says(finding)
            && finding.tier >= own.tier
            && finding.medicines.iter().any(|medicine| medicine.place == Some(place))
    })
}

/// A finding of the bounds of the catalogue, which know the doses of one line alone.
pub(super) fn of_dose(place: usize, new: &NewLine<'_>, finding: &DoseFinding) -> Finding {
    let medicine = FoundMedicine {
        line: None,
        place: Some(place),
        name: Some(new.line.medicine_name.clone()),
        ingredient: None,
    };
    let source = finding.notice.params.iter().find(|(name, _)| *name == "source");
    Finding {
        id: finding.id.clone(),
        rule: finding.notice.code.to_owned(),
        tier: finding.tier,
        hazard: "DOSE".to_owned(),
        field: finding.field.clone(),
        medicines: vec![medicine],
        effect: Wording::of(&finding.notice),
        action: Wording::of(&Notice::new("finding_dose_action")),
        detail: None,
        source: source.map_or_else(|| "Das Tern".to_owned(), |(_, source)| source.clone()),
        year: String::new(),
        verified: false,
        khmer_reviewed: false,
        override_reasons: Kind::Dose.reasons().to_vec(),
        weighed: vec![Weighed::length(&new.line.medicine_name, new.line.nominal_days())],
    }
}

/// Nothing can be checked: to be signed with open eyes only.
pub(super) fn rules_missing() -> Finding {
    Finding {
        id: "rules-missing".to_owned(),
        rule: "rules-missing".to_owned(),
        tier: Tier::Stop,
        hazard: "UNCHECKED".to_owned(),
        field: "medications".to_owned(),
        medicines: Vec::new(),
        effect: Wording::of(&Notice::new("safety_rules_missing")),
        action: Wording::of(&Notice::new("safety_rules_missing_action")),
        detail: None,
        source: "Das Tern".to_owned(),
        year: String::new(),
        verified: true,
        khmer_reviewed: false,
        override_reasons: vec![OverrideReason::SignedUnchecked],
        weighed: Vec::new(),
    }
}

/// What is told of medicines that are not shared, once a doctor was told of as many as they may be: the same whatever they
/// ask for. It is signed with a reason of its own each time: one that stood on would tell that nothing was found.
pub(super) fn not_shared(withheld: impl Iterator<Item = Finding>, now: Timestamp) -> Finding {
    let mut weighed = vec![Weighed {
        what: "asked at".to_owned(),
        amount: u64::try_from(now.as_milliseconds()).unwrap_or_default(),
    }];
    for one in withheld.flat_map(|finding| finding.weighed) {
        add_weighed(&mut weighed, one);
    }
    Finding {
        id: UNSHARED.to_owned(),
        rule: UNSHARED.to_owned(),
        hazard: "UNCHECKED".to_owned(),
        medicines: vec![FoundMedicine { line: None, place: None, name: None, ingredient: None }],
        effect: Wording::of(&Notice::new("safety_unshared_effect")),
        action: Wording::of(&Notice::new("safety_unshared_action")),
        override_reasons: Kind::Interaction.reasons().to_vec(),
        weighed,
        ..rules_missing()
    }
}

/// Adds a finding. Of several that a prescriber cannot tell apart, because the other medicine is hidden from them, one is
/// told, with a mark for each: a reason given for one does not stand for two, nor for another one.
pub(super) fn add_told(findings: &mut Vec<Finding>, finding: Finding) {
    let Some(known) = findings.iter_mut().find(|known| known.id == finding.id) else {
        findings.push(finding);
        return;
    };
    for weighed in finding.weighed {
        let is_known = known.weighed.iter().any(|one| one.what == weighed.what);
        if is_known || weighed.is_unseen() {
            add_weighed(&mut known.weighed, weighed);
        }
    }
}

/// Adds a number; of two of a kind the higher one counts.
fn add_weighed(all: &mut Vec<Weighed>, weighed: Weighed) {
    match all.iter_mut().find(|one| one.what == weighed.what) {
        Some(one) => one.amount = one.amount.max(weighed.amount),
        None => all.push(weighed),
    }
}
