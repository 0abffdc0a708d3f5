//! Allergies and conditions: parts with any number of entries.

use chrono::NaiveDate;

use super::{Desk, same_revision};
use crate::domain::auth::model::Caller;
use crate::domain::clinical_record::model::{
    Allergen, Allergy, Content, Entry, Part, Reaction, Severity, WithdrawalReason,
};
use crate::domain::clinical_record::rules::{self, ConditionInput, ENTRIES_MAX, identity, note, substance};
use crate::domain::clinical_record::tables;
use crate::domain::connections::rules::Setting;
use crate::domain::gate;
use crate::domain::medicines::tables as medicines;
use crate::domain::safety::is_shipped_class;
use crate::flows::prescriptions::Signing;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldErrors, Result};
use crate::platform::i18n::Language;
use crate::platform::ids::{MedicineId, RecordEntryId, UserId};
use crate::platform::secret::Phi;
use crate::platform::store::{Reader, WriteTx};

/// Against what an allergy is, as it is sent: one of the three.
#[derive(Debug, Clone, Default)]
pub struct AllergenChoice {
    /// An entry of the catalogue.
    pub medicine: Option<MedicineId>,
    /// A class of the safety rules.
    pub class: Option<String>,
    /// Words.
    pub substance: Option<String>,
}

/// An allergy to be written down.
#[derive(Debug, Clone)]
pub struct NewAllergy {
    /// Against what.
    pub allergen: AllergenChoice,
    /// What happened.
    pub reaction: Reaction,
    /// How bad it was.
    pub severity: Severity,
    /// In the words of who writes it.
    pub note: Option<String>,
}

/// What of an allergy is to be changed.
#[derive(Debug, Clone)]
pub struct AllergyChange {
    /// What happened.
    pub reaction: Option<Reaction>,
    /// How bad it was.
    pub severity: Option<Severity>,
    /// In the words of who writes it.
    pub note: Setting<String>,
    /// The revision that was seen.
    pub if_match: Option<u64>,
}

/// What of a condition is to be changed.
#[derive(Debug, Clone)]
pub struct ConditionChange {
    /// Since when.
    pub since: Setting<NaiveDate>,
    /// In the words of who writes it.
    pub note: Setting<String>,
    /// The revision that was seen.
    pub if_match: Option<u64>,
}

/// Writes an allergy down. A substance that the catalogue knows under the typed name is kept as its ingredients, so that
/// every check finds it.
///
/// # Errors
/// The refusals of the access check; `medicine_not_found`; each bad field; `allergy_exists` when it is in the record
/// already, `clinical_entries_too_many` when there are fifty.
pub async fn add_allergy(
    context: &Context,
    caller: &Caller,
    patient: UserId,
    new: NewAllergy,
) -> Result<Entry> {
    let understood = match &new.allergen.substance {
        // Outside of the writer's turn: it goes through the whole catalogue.
        Some(typed) => context.store.read(|tx| medicines::ingredients_named(tx, typed))?,
        None => None,
    };
    let (by, signing) = (caller.clone(), Signing::of(context));
    gate::write(context, caller, "clinical_record.add_allergy", move |tx| {
        let desk = Desk::enter(tx, &signing, &by, patient)?;
        let mut errors = FieldErrors::new();
        let allergen = allergen(tx, &mut errors, &new.allergen, understood.as_deref())?;
        let content = allergy(errors, allergen, &new)?;
        add(tx, &desk, content, "allergy_exists")
    })
    .await
}

fn allergy(mut errors: FieldErrors, allergen: Option<Allergen>, new: &NewAllergy) -> Result<Content> {
    let note = note(&mut errors, new.note.as_deref());
    if new.reaction == Reaction::Other && note.is_none() && errors.is_empty() {
        errors.add("note", "allergy_other_needs_note");
    }
    errors.finish()?;
    let allergen = allergen.ok_or_else(|| Error::internal("an allergen was refused without a reason"))?;
    Ok(Content::Allergy(Allergy { allergen, reaction: new.reaction, severity: new.severity, note }))
}

/// What a choice means.
fn allergen(
    tx: &dyn Reader,
    errors: &mut FieldErrors,
    choice: &AllergenChoice,
    understood: Option<&[String]>,
) -> Result<Option<Allergen>> {
    match (choice.medicine, &choice.class, &choice.substance) {
        (Some(id), None, None) => {
            // Also one that is no longer prescribed: it may have been taken once.
            let content = medicines::require(tx, id)?.content;
            Ok(Some(Allergen::Ingredients {
                names: medicines::ingredients_of(&content.generic),
                medicine: Some(id),
                named: Phi::new(content.display_name(Language::English)),
            }))
        }
        (None, Some(id), None) => {
            let is_class = is_shipped_class(id);
            if !is_class {
                errors.add("classId", "allergy_class_unknown");
            }
            Ok(is_class.then(|| Allergen::Class { id: id.clone() }))
        }
        (None, None, Some(typed)) => {
            let words = substance(errors, typed);
            Ok(words.map(|words| match understood {
                Some(names) => Allergen::Ingredients { names: names.to_vec(), medicine: None, named: words },
                None => Allergen::Substance { words },
            }))
        }
        (None, None, None) => {
            errors.add("medicineId", "allergen_missing");
            Ok(None)
        }
        (medicine, class, substance) => {
            let given = [
                ("medicineId", medicine.is_some()),
                ("classId", class.is_some()),
                ("substance", substance.is_some()),
            ];
            for (field, _) in given.into_iter().filter(|(_, is_there)| *is_there).skip(1) {
                errors.add(field, "allergen_one_of");
            }
            Ok(None)
        }
    }
}

/// Writes a condition down.
///
/// # Errors
/// The refusals of the access check; each bad field; `condition_exists`, `clinical_entries_too_many`.
pub async fn add_condition(
    context: &Context,
    caller: &Caller,
    patient: UserId,
    new: ConditionInput,
) -> Result<Entry> {
    let (by, signing) = (caller.clone(), Signing::of(context));
    gate::write(context, caller, "clinical_record.add_condition", move |tx| {
        let desk = Desk::enter(tx, &signing, &by, patient)?;
        let content = rules::condition(&new, &desk.about)?;
        add(tx, &desk, content, "condition_exists")
    })
    .await
}

/// Adds an entry that says something new.
fn add(tx: &mut WriteTx<'_>, desk: &Desk, content: Content, exists: &'static str) -> Result<Entry> {
    let known = tables::of_part(tx, &desk.access, content.part())?;
    let says_it =
        |entry: &Entry| entry.current().is_some_and(|said| identity(&said.content) == identity(&content));
    if known.iter().any(says_it) {
        return Err(Error::conflict(exists));
    }
    if known.len() >= ENTRIES_MAX {
        return Err(Error::conflict("clinical_entries_too_many").with("max", ENTRIES_MAX));
    }
    // What is known now takes the place of that nothing is, whoever said so.
    if let Some(denied) = content.part().denies()
        && let Some(none) = desk.single(tx, denied)?
        && let Some(said) = none.current().map(|said| said.content.clone())
    {
        desk.end(tx, none, said, Some(WithdrawalReason::Refuted))?;
    }
    desk.put(tx, None, content)
}

/// Changes what is known of a reaction. The patient cannot make milder what a doctor confirmed.
///
/// # Errors
/// `allergy_not_found` for whoever may not know of it; the refusals of the access check; `clinical_entry_withdrawn`,
/// `revision_changed`, `clinical_confirmed_needs_doctor`; each bad field.
pub async fn change_allergy(
    context: &Context,
    caller: &Caller,
    id: RecordEntryId,
    change: AllergyChange,
) -> Result<Entry> {
    let (by, signing) = (caller.clone(), Signing::of(context));
    gate::write(context, caller, "clinical_record.change_allergy", move |tx| {
        let (desk, entry) = Desk::enter_for(tx, &signing, &by, (Part::Allergies, id))?;
        let Content::Allergy(known) = content_of(&entry, change.if_match)? else {
            return Err(Error::internal("an allergy that is none"));
        };
        let new = NewAllergy {
            allergen: AllergenChoice::default(),
            reaction: change.reaction.unwrap_or(known.reaction),
            severity: change.severity.unwrap_or(known.severity),
            note: set(&change.note, known.note.map(Phi::into_inner)),
        };
        let content = allergy(FieldErrors::new(), Some(known.allergen), &new)?;
        desk.put(tx, Some(entry), content)
    })
    .await
}

/// Changes since when a condition is known, or what is noted of it.
///
/// # Errors
/// As [`change_allergy`], with `condition_not_found`.
pub async fn change_condition(
    context: &Context,
    caller: &Caller,
    id: RecordEntryId,
    change: ConditionChange,
) -> Result<Entry> {
    let (by, signing) = (caller.clone(), Signing::of(context));
    gate::write(context, caller, "clinical_record.change_condition", move |tx| {
        let (desk, entry) = Desk::enter_for(tx, &signing, &by, (Part::Conditions, id))?;
        let Content::Condition(known) = content_of(&entry, change.if_match)? else {
            return Err(Error::internal("a condition that is none"));
        };
        let new = ConditionInput {
            code: known.code,
            name: known.words.map(Phi::into_inner),
            since: set(&change.since, known.since),
            note: set(&change.note, known.note.map(Phi::into_inner)),
        };
        let content = rules::condition(&new, &desk.about)?;
        desk.put(tx, Some(entry), content)
    })
    .await
}

/// What an entry that counts says, for whoever saw it so.
fn content_of(entry: &Entry, if_match: Option<u64>) -> Result<Content> {
    let current = entry.current().ok_or_else(|| Error::conflict("clinical_entry_withdrawn"))?;
    same_revision(if_match, entry.revision)?;
    Ok(current.content.clone())
}

/// A value after a change.
fn set<T: Clone>(setting: &Setting<T>, current: Option<T>) -> Option<T> {
    match setting {
        Setting::Keep => current,
        Setting::Clear => None,
        Setting::Set(value) => Some(value.clone()),
    }
}
