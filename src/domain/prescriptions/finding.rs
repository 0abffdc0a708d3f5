//! What a check says about a prescription: findings as they are told, kept with the answer, and overridden.

use serde::{Deserialize, Serialize};

use super::model::{OverrideReason, Tier, Weighed};
use super::notice::{Notice, Wording};
use super::record::{Overridden, Override};
use crate::platform::error::{FieldError, FieldErrors, Result};
use crate::platform::i18n::Language;
use crate::platform::ids::MedicationId;

/// The finding that stands for everything that is not shared with a prescriber and that is not named any more.
pub const UNSHARED: &str = "hidden-medicines";

/// A medicine that a finding is about. One that the reader may not see has no name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundMedicine {
    /// Its line, when it is written already.
    #[serde(default)]
    pub line: Option<MedicationId>,
    /// Its place among the lines of the request, from 0; nothing for what is taken beside them.
    #[serde(default)]
    pub place: Option<usize>,
    /// As it is shown.
    #[serde(default)]
    pub name: Option<String>,
    /// The ingredient that the rule names.
    #[serde(default)]
    pub ingredient: Option<String>,
}

/// A finding as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What an override names: the same whenever the same is found.
    pub id: String,
    /// The rule that says so.
    pub rule: String,
    /// How grave it is.
    pub tier: Tier,
    /// The harm in one word of a closed list: `BLEED`, `ALLERGY`, `DOSE`.
    pub hazard: String,
    /// The field that it is about, as in errors.
    pub field: String,
    /// The medicines.
    pub medicines: Vec<FoundMedicine>,
    /// What may happen.
    pub effect: Wording,
    /// What to do.
    pub action: Wording,
    /// Of this case: the dose found and its limit, the days since a medicine was stopped.
    #[serde(default)]
    pub detail: Option<Wording>,
    /// Who says so.
    pub source: String,
    /// Of which year; empty where the source has none.
    pub year: String,
    /// Whether it was read in its source.
    pub verified: bool,
    /// Whether a pharmacist has read the Khmer words.
    pub khmer_reviewed: bool,
    /// The reasons that fit an override.
    pub override_reasons: Vec<OverrideReason>,
    /// The numbers behind it. When one rises, a reason given before no longer stands for it.
    #[serde(default)]
    pub weighed: Vec<Weighed>,
}

impl Finding {
    /// Whether a reason that was given before stands for it still: the same rule for the same medicines, no graver
    /// and with no number raised.
    pub fn is_covered_by(&self, given: &Override) -> bool {
        let no_higher = |weighed: &Weighed, of: &Overridden| {
            let before = of.weighed.iter().find(|before| before.what == weighed.what);
            // Reasons that were given before lengths were weighed say nothing of them.
            before.map_or_else(|| weighed.is_length(), |before| before.amount >= weighed.amount)
        };
        let is_meant = self.id == given.finding || (given.finding == UNSHARED && self.is_of_unseen());
        is_meant
            && given.of.as_ref().is_none_or(|of| {
                self.tier <= of.tier && self.weighed.iter().all(|weighed| no_higher(weighed, of))
            })
    }

    /// Whether it is about a medicine that the prescriber may not see.
    fn is_of_unseen(&self) -> bool {
        self.weighed.iter().any(Weighed::is_unseen)
    }

    /// Whether none of its numbers is higher than before.
    pub fn rests_on_no_more_than(&self, before: &Self) -> bool {
        self.weighed.iter().all(|weighed| {
            let known = before.weighed.iter().find(|known| known.what == weighed.what);
            known.map_or_else(|| weighed.is_length(), |known| known.amount >= weighed.amount)
        })
    }

    /// Whether only whoever prescribes can answer for it. The bounds of amounts catch slips of the pen: whoever wrote them
    /// can.
    pub fn is_for_prescriber(&self) -> bool {
        self.tier == Tier::Stop && !self.rule.starts_with("dose_")
    }

    /// As a patient reads it: nobody asks them to answer for it.
    #[must_use]
    pub fn for_patient(mut self) -> Self {
        if self.is_for_prescriber() {
            self.action = Wording::of(&Notice::new("safety_ask_pharmacist"));
            self.override_reasons.clear();
        }
        self
    }

    /// Whether it was answered for by a prescriber who could not see one of its medicines, and so was told the harm and
    /// their own medicine alone, or not even these.
    pub fn is_covered_unseen_by(&self, given: &Override) -> bool {
        let mark = Weighed::unseen(&self.id);
        let was_weighed = given.of.as_ref().is_some_and(|of| of.weighed.contains(&mark));
        if given.finding == UNSHARED {
            return was_weighed;
        }
        let unseen = format!("hidden-{}-{}:", self.hazard, self.tier.name());
        let Some(seen) = given.finding.strip_prefix(&unseen) else { return false };
        let is_here =
            |name: &str| self.medicines.iter().any(|medicine| medicine.ingredient.as_deref() == Some(name));
        !seen.is_empty() && seen.split('+').all(is_here) && was_weighed
    }

    /// What an override keeps of it.
    fn kept(&self) -> Overridden {
        Overridden {
            tier: self.tier,
            hazard: self.hazard.clone(),
            medicines: self.medicines.iter().filter_map(|medicine| medicine.name.clone()).collect(),
            effect: self.effect.clone(),
            weighed: self.weighed.clone(),
        }
    }

    /// Notes what is wrong, and that a reason would let it pass, which stands in `overrides` of `prefix`.
    fn refuse(&self, errors: &mut FieldErrors, prefix: &str) {
        let names: Vec<&str> =
            self.medicines.iter().filter_map(|medicine| medicine.name.as_deref()).collect();
        let detail = self.detail.clone().unwrap_or_default();
        let in_words = |language: Language| {
            let detail = detail.text(language);
            let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
            let stop = if language == Language::Khmer { '។' } else { '.' };
            let action = self.action.text(language);
            let action = if action.is_empty() { String::new() } else { format!(" {action}{stop}") };
            format!("{}{detail}{stop}{action}", self.effect.text(language).trim_end_matches(stop))
        };
        let mut error = FieldError::new(self.field.clone(), "safety_finding");
        if !names.is_empty() {
            error = error.with("medicines", names.join(" + "));
        }
        let error =
            error.with("effect", in_words(Language::English)).with("effect_khmer", in_words(Language::Khmer));
        errors.push(error);
        let reasons: Vec<&str> = self.override_reasons.iter().map(|reason| reason.name()).collect();
        let field = format!("{prefix}overrides");
        let error = FieldError::new(field, "finding_needs_reason").with("finding", &self.id);
        errors.push(error.with("reasons", reasons.join(", ")));
    }
}

/// Something that was not checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotChecked {
    /// What: a stable code.
    pub what: String,
    /// In a sentence.
    pub why: Wording,
    /// The fields of the lines that it concerns, as in errors.
    pub fields: Vec<String>,
}

/// A finding that is listed on demand only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilentFinding {
    /// What was found.
    pub finding: Finding,
    /// Why it is silent: `GRAVER`, `NOT_INTERRUPTIVE`, `SUPPRESSED`.
    pub why: String,
}

/// What a check says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SafetyReport {
    /// The gravest first.
    pub findings: Vec<Finding>,
    /// What could not be weighed, never passed off as safe.
    pub not_checked: Vec<NotChecked>,
    /// What is listed on demand only.
    #[serde(default)]
    pub silent: Vec<SilentFinding>,
}

impl SafetyReport {
    /// Adds findings that it does not hold yet.
    pub fn add(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            if !self.findings.iter().any(|known| known.id == finding.id) {
                self.findings.push(finding);
            }
        }
        self.findings.sort_by(|one, other| (other.tier, &one.id).cmp(&(one.tier, &other.id)));
    }

    /// As a patient reads it.
    #[must_use]
    pub fn for_patient(mut self) -> Self {
        self.findings = self.findings.into_iter().map(Finding::for_patient).collect();
        self
    }
}

/// On which terms reasons are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terms {
    /// It is signed now: each finding of the gravest tier needs a reason, each reason a finding.
    Signed,
    /// It is signed for several patients at once: a reason may be meant for another one.
    SignedForSeveral,
    /// It is signed later.
    Draft,
}

/// The overrides of a version: those that are given now, and those from before.
///
/// # Errors
/// Names each finding of the gravest tier for which there is none, and says what to send when it is meant.
pub fn settle_overrides(
    before: &[Override],
    given: &[Override],
    findings: &[Finding],
    terms: Terms,
    prefix: &str,
) -> Result<Vec<Override>> {
    let mut errors = FieldErrors::new();
    let mut all: Vec<Override> = Vec::with_capacity(before.len() + given.len());
    for new in given {
        let found = findings.iter().find(|finding| finding.id == new.finding);
        // What a client sends back as it was read says nothing new.
        let old = before.iter().find(|old| old.says_the_same(new));
        if let Some(known) = all.iter().find(|known| known.finding == new.finding) {
            if !known.says_the_same(new) {
                let error = FieldError::new(format!("{prefix}overrides"), "override_said_twice");
                errors.push(error.with("finding", &new.finding));
            }
            continue;
        }
        match (found, old) {
            // A reason of another kind says nothing about this harm.
            (Some(found), None)
                if found.tier == Tier::Stop && !found.override_reasons.contains(&new.code) =>
            {
                let reasons: Vec<&str> = found.override_reasons.iter().map(|reason| reason.name()).collect();
                let error = FieldError::new(format!("{prefix}overrides"), "override_reason_unfit");
                let error = error.with("finding", &new.finding).with("reason", new.code.name());
                errors.push(error.with("reasons", reasons.join(", ")));
            }
            (Some(found), _) => all.push(Override { of: Some(found.kept()), ..new.clone() }),
            (None, Some(old)) => all.push(old.clone()),
            (None, None) if terms == Terms::SignedForSeveral => {}
            // A reason in advance would silence what is found later.
            (None, None) => {
                let error = FieldError::new(format!("{prefix}overrides"), "override_without_finding");
                errors.push(error.with("finding", &new.finding));
            }
        }
    }
    for old in before {
        if !all.iter().any(|known| known.finding == old.finding) {
            all.push(old.clone());
        }
    }
    let signed = findings.iter().filter(|finding| terms != Terms::Draft && finding.tier == Tier::Stop);
    for finding in signed {
        if !all.iter().any(|given| finding.is_covered_by(given)) {
            finding.refuse(&mut errors, prefix);
        }
    }
    errors.finish()?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::secret::Phi;

    fn stop(id: &str, amount: u64) -> Finding {
        let words = |text: &str| Wording { english: text.to_owned(), khmer: "ខ្មែរ".to_owned() };
        let medicine = |ingredient: &str| FoundMedicine {
            line: None,
            place: Some(0),
            name: Some(ingredient.to_owned()),
            ingredient: Some(ingredient.to_owned()),
        };
        Finding {
            id: id.to_owned(),
            rule: "ddi-vka-nsaid".to_owned(),
            tier: Tier::Stop,
            hazard: "BLEED".to_owned(),
            field: "medications[0]".to_owned(),
            medicines: vec![medicine("ibuprofen"), medicine("warfarin")],
            effect: words("Serious bleeding"),
            action: words("Use paracetamol"),
            detail: None,
            source: "ANSM".to_owned(),
            year: "2020".to_owned(),
            verified: true,
            khmer_reviewed: false,
            override_reasons: vec![OverrideReason::WillMonitor, OverrideReason::Other],
            weighed: vec![Weighed { what: "ibuprofen a day".to_owned(), amount }],
        }
    }

    fn given(finding: &str, code: OverrideReason, words: Option<&str>) -> Override {
        let reason = words.map(|words| Phi::new(words.to_owned()));
        Override { finding: finding.to_owned(), code, reason, of: None }
    }

    #[test]
    fn what_is_grave_needs_a_reason_that_names_it() {
        let found = [stop("a", 1)];
        let error = settle_overrides(&[], &[], &found, Terms::Signed, "").unwrap_err();
        let fields: Vec<(&str, &str)> =
            error.fields().iter().map(|field| (&*field.field, field.code)).collect();
        assert_eq!(fields, [("medications[0]", "safety_finding"), ("overrides", "finding_needs_reason")]);
        let reason = given("a", OverrideReason::WillMonitor, None);
        let settled =
            settle_overrides(&[], std::slice::from_ref(&reason), &found, Terms::Signed, "").unwrap();
        assert!(settled[0].says_the_same(&reason));
        let of = settled[0].of.as_ref().unwrap();
        assert_eq!((of.tier, of.medicines.len(), of.weighed.len()), (Tier::Stop, 2, 1));
        // Nobody signs a draft, and a warning asks for nothing.
        assert!(settle_overrides(&[], &[], &found, Terms::Draft, "").unwrap().is_empty());
        let warning = [Finding { tier: Tier::Warn, ..stop("a", 1) }];
        assert!(settle_overrides(&[], &[], &warning, Terms::Signed, "").unwrap().is_empty());
    }

    #[test]
    fn a_reason_is_not_given_in_advance_nor_twice() {
        let reason = given("b", OverrideReason::WillMonitor, None);
        let settle = |given: &[Override], terms| settle_overrides(&[], given, &[stop("a", 1)], terms, "");
        let error = settle(std::slice::from_ref(&reason), Terms::Signed).unwrap_err();
        assert_eq!(error.fields()[0].code, "override_without_finding");
        let own = given("a", OverrideReason::WillMonitor, None);
        let both = [reason, own.clone()];
        assert_eq!(settle(&both, Terms::SignedForSeveral).unwrap().len(), 1, "it may be meant for another");
        let twice = [own, given("a", OverrideReason::Other, Some("another reason"))];
        assert_eq!(settle(&twice, Terms::Signed).unwrap_err().fields()[0].code, "override_said_twice");
    }

    #[test]
    fn a_reason_ends_when_a_number_is_raised_or_it_grows_graver() {
        let reason = [given("a", OverrideReason::WillMonitor, None)];
        let before = settle_overrides(&[], &reason, &[stop("a", 10)], Terms::Signed, "").unwrap();
        let again = |finding: Finding| settle_overrides(&before, &[], &[finding], Terms::Signed, "");
        assert_eq!(again(stop("a", 10)).unwrap(), before);
        assert_eq!(again(stop("a", 5)).unwrap(), before);
        assert!(again(stop("a", 11)).is_err() && again(stop("b", 1)).is_err());
        let milder = [Finding { tier: Tier::Warn, ..stop("a", 1) }];
        let before = settle_overrides(&[], &reason, &milder, Terms::Signed, "").unwrap();
        assert!(settle_overrides(&before, &[], &[stop("a", 1)], Terms::Signed, "").is_err());
    }

    #[test]
    fn who_could_not_see_a_medicine_answered_for_the_harm() {
        let answered = |finding: &str, about: &str| {
            let weighed = vec![Weighed::unseen(about)];
            let given = given(finding, OverrideReason::Other, None);
            let of = Overridden { weighed, ..stop(finding, 1).kept() };
            stop("a", 1).is_covered_unseen_by(&Override { of: Some(of), ..given })
        };
        let unseen = |finding: &str| answered(finding, "a");
        assert!(!answered("hidden-BLEED-STOP:ibuprofen", "b"), "another hidden medicine");
        assert!(unseen("hidden-BLEED-STOP:ibuprofen"));
        assert!(!unseen("hidden-BLEED-STOP:aspirin") && !unseen("hidden-BLEED-WARN:ibuprofen"));
        assert!(!unseen("hidden-QT-STOP:ibuprofen") && !unseen("hidden-BLEED-STOP:"));
    }

    #[test]
    fn a_patient_is_sent_to_somebody_who_can_answer() {
        let shown = stop("a", 1).for_patient();
        assert!(shown.override_reasons.is_empty() && shown.action.english.contains("pharmacist"));
        let own = Finding { rule: "dose_of_many_pieces".to_owned(), ..stop("a", 1) };
        assert_eq!(own.clone().for_patient(), own);
    }
}
