//! What clients see of the clinical record.

mod whole;

use chrono::NaiveDate;
use poem_openapi::Object;

pub use whole::ClinicalRecordView;

use crate::api::prescriptions::payloads::Tagged;
use crate::api::types::{Day, Instant, named_lists};
use crate::domain::clinical_record::facts::Standing;
use crate::domain::clinical_record::kidney;
use crate::domain::clinical_record::model::{
    Allergen, Answer, ConditionCode, Content, CreatinineUnit, Entry, G6pdState, G6pdTest, LiverState,
    NoneKnown, PregnancyState, Reaction, Severity, Sex, Statement,
};
use crate::domain::clinical_record::rules::pregnancy;
use crate::platform::error::Error;
use crate::platform::ids::{MedicineId, RecordEntryId, UserId};
use crate::platform::secret::Phi;

named_lists! {
    /// Whether a doctor stands for an entry. STATED: the patient says so, and no doctor has confirmed it; it counts all the
    /// same.
    Standing as "ClinicalStanding": Confirmed, Stated;
}

/// Who says it, and who stands for it.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct EntryProvenance {
    /// Whether a doctor stands for it.
    standing: Standing,
    /// Whether this is beside something that a doctor confirmed, which counts again if the patient takes it back.
    is_beside_confirmed: bool,
    /// Who wrote it down.
    recorded_by: UserId,
    /// When.
    recorded_at: Instant,
    /// Which doctor stands for it.
    confirmed_by: Option<UserId>,
    /// Since when.
    confirmed_at: Option<Instant>,
    /// What `If-Match` of a change expects, in quotation marks.
    revision: u64,
}

/// Something that is said, with what makes its view.
pub(super) struct Said<'a> {
    id: RecordEntryId,
    content: &'a Content,
    /// Nothing within the history.
    provenance: Option<(&'a Statement, &'a Entry)>,
}

fn text(words: Option<&Phi<String>>) -> Option<String> {
    words.map(|words| words.reveal().clone())
}

fn other_part() -> Error {
    Error::internal("an entry says something of another part")
}

/// What an entry says, as one of the views.
///
/// # Errors
/// When it says nothing or something of another part, which would be a fault of ours.
pub(super) fn one<T>(entry: &Entry, view: impl FnOnce(&Said<'_>) -> Result<T, Error>) -> Result<T, Error> {
    let statement = entry.current().ok_or_else(other_part)?;
    view(&Said { id: entry.id, content: &statement.content, provenance: Some((statement, entry)) })
}

/// The same with its `ETag`.
///
/// # Errors
/// As [`one`].
pub(super) fn tagged<T>(
    entry: &Entry,
    view: impl FnOnce(&Said<'_>) -> Result<T, Error>,
) -> Result<Tagged<T>, Error> {
    Ok(Tagged { body: one(entry, view)?, revision: entry.revision })
}

/// An allergy or intolerance.
#[derive(Debug, Object)]
#[oai(rename = "Allergy", rename_all = "camelCase")]
pub struct AllergyView {
    /// Its id.
    id: RecordEntryId,
    /// Against which substances, by their international names; several of a combination of which nobody knows which one it
    /// was. Empty for a class, and for what the catalogue does not know.
    ingredients: Vec<String>,
    /// The entry of the catalogue that was named.
    medicine_id: Option<MedicineId>,
    /// The class of the safety rules.
    class_id: Option<String>,
    /// As it was named: the medicine's name, or what was typed.
    substance: Option<String>,
    /// What happened.
    reaction: Reaction,
    /// How bad it was.
    severity: Severity,
    /// In the words of who wrote it.
    note: Option<String>,
    /// Who says it; null within the history.
    provenance: Option<EntryProvenance>,
}

/// A condition.
#[derive(Debug, Object)]
#[oai(rename = "Condition", rename_all = "camelCase")]
pub struct ConditionView {
    /// Its id.
    id: RecordEntryId,
    /// Which.
    code: ConditionCode,
    /// Its name, of one without a code.
    name: Option<String>,
    /// Since when it is known.
    since: Option<Day>,
    /// In the words of who wrote it.
    note: Option<String>,
    /// Who says it; null within the history.
    provenance: Option<EntryProvenance>,
}

/// Pregnant or not.
#[derive(Debug, Object)]
#[oai(rename = "Pregnancy", rename_all = "camelCase")]
pub struct PregnancyView {
    /// Whether, today: a recorded pregnancy that must be over is UNKNOWN.
    state: PregnancyState,
    /// When the child is expected; null when nobody said.
    expected_on: Option<Day>,
    /// In which week she is today, by completed weeks.
    week: Option<u32>,
    /// The day for which it was said.
    said_on: Day,
    /// The last day on which a recorded pregnancy counts.
    counts_until: Option<Day>,
    /// In the words of who wrote it.
    note: Option<String>,
    /// Who says it; null within the history.
    provenance: Option<EntryProvenance>,
}

/// Breast-feeding or not.
#[derive(Debug, Object)]
#[oai(rename = "BreastFeeding", rename_all = "camelCase")]
pub struct BreastFeedingView {
    /// Whether.
    state: Answer,
    /// In the words of who wrote it.
    note: Option<String>,
    /// Who says it; null within the history.
    provenance: Option<EntryProvenance>,
}

/// Kidney function.
#[derive(Debug, Object)]
#[oai(rename = "RenalFunction", rename_all = "camelCase")]
pub struct RenalView {
    /// The estimated glomerular filtration rate in mL/min/1.73 m², to a tenth, rounded down.
    egfr: f64,
    /// When the blood was taken.
    measured_on: Day,
    /// The creatinine that it was computed from; null when the rate itself was stated.
    creatinine: Option<f64>,
    /// Its unit.
    unit: Option<CreatinineUnit>,
    /// The age in years that was taken.
    age_years: Option<u32>,
    /// The sex that was taken.
    sex: Option<Sex>,
    /// By which formula it was computed.
    source: Option<String>,
    /// In the words of who wrote it.
    note: Option<String>,
    /// Who says it; null within the history.
    provenance: Option<EntryProvenance>,
}

/// Liver function.
#[derive(Debug, Object)]
#[oai(rename = "LiverFunction", rename_all = "camelCase")]
pub struct LiverView {
    /// How well it works.
    state: LiverState,
    /// When it was assessed.
    assessed_on: Option<Day>,
    /// In the words of who wrote it.
    note: Option<String>,
    /// Who says it; null within the history.
    provenance: Option<EntryProvenance>,
}

/// G6PD.
#[derive(Debug, Object)]
#[oai(rename = "G6pd", rename_all = "camelCase")]
pub struct G6pdView {
    /// Whether it is there.
    state: G6pdState,
    /// How it was looked for.
    test: Option<G6pdTest>,
    /// When.
    tested_on: Option<Day>,
    /// In the words of who wrote it.
    note: Option<String>,
    /// Who says it; null within the history.
    provenance: Option<EntryProvenance>,
}

/// Somebody asked, and there is none.
#[derive(Debug, Object)]
#[oai(rename = "NoneKnown", rename_all = "camelCase")]
pub struct NoneKnownView {
    /// In the words of who wrote it.
    note: Option<String>,
    /// Who says it; null within the history.
    provenance: Option<EntryProvenance>,
}

impl Said<'_> {
    fn provenance(&self) -> Option<EntryProvenance> {
        let (statement, entry) = self.provenance?;
        let is_confirmed = statement.confirmed.is_some();
        Some(EntryProvenance {
            standing: if is_confirmed { Standing::Confirmed } else { Standing::Stated },
            is_beside_confirmed: !is_confirmed && entry.confirmed.is_some(),
            recorded_by: statement.author.by,
            recorded_at: statement.author.at.into(),
            confirmed_by: statement.confirmed.map(|signature| signature.by),
            confirmed_at: statement.confirmed.map(|signature| signature.at.into()),
            revision: entry.revision,
        })
    }

    pub(super) fn allergy(&self) -> Result<AllergyView, Error> {
        let Content::Allergy(allergy) = self.content else { return Err(other_part()) };
        let mut view = AllergyView {
            id: self.id,
            ingredients: Vec::new(),
            medicine_id: None,
            class_id: None,
            substance: None,
            reaction: allergy.reaction,
            severity: allergy.severity,
            note: text(allergy.note.as_ref()),
            provenance: self.provenance(),
        };
        match &allergy.allergen {
            Allergen::Ingredients { names, medicine, named } => {
                view.ingredients.clone_from(names);
                view.medicine_id = *medicine;
                view.substance = Some(named.reveal().clone());
            }
            Allergen::Class { id } => view.class_id = Some(id.clone()),
            Allergen::Substance { words } => view.substance = Some(words.reveal().clone()),
        }
        Ok(view)
    }

    pub(super) fn condition(&self) -> Result<ConditionView, Error> {
        let Content::Condition(condition) = self.content else { return Err(other_part()) };
        Ok(ConditionView {
            id: self.id,
            code: condition.code,
            name: text(condition.words.as_ref()),
            since: condition.since.map(Day),
            note: text(condition.note.as_ref()),
            provenance: self.provenance(),
        })
    }

    /// As it stands on a day.
    pub(super) fn pregnancy(&self, on: NaiveDate) -> Result<PregnancyView, Error> {
        let Content::Pregnancy(said) = self.content else { return Err(other_part()) };
        Ok(PregnancyView {
            state: pregnancy::state_on(said, on),
            expected_on: said.expected_on.map(Day),
            week: pregnancy::week_on(said, on),
            said_on: Day(said.said_on),
            counts_until: pregnancy::last_day(said).map(Day),
            note: text(said.note.as_ref()),
            provenance: self.provenance(),
        })
    }

    pub(super) fn breast_feeding(&self) -> Result<BreastFeedingView, Error> {
        let Content::BreastFeeding(said) = self.content else { return Err(other_part()) };
        let note = text(said.note.as_ref());
        Ok(BreastFeedingView { state: said.state, note, provenance: self.provenance() })
    }

    pub(super) fn renal(&self) -> Result<RenalView, Error> {
        let Content::Renal(renal) = self.content else { return Err(other_part()) };
        let taken = renal.creatinine;
        Ok(RenalView {
            egfr: f64::from(renal.egfr_tenths) / 10.0,
            measured_on: Day(renal.measured_on),
            creatinine: taken.map(|taken| taken.value.as_number()),
            unit: taken.map(|taken| taken.unit),
            age_years: taken.map(|taken| taken.age_years),
            sex: taken.map(|taken| taken.sex),
            source: taken.map(|_| kidney::SOURCE.to_owned()),
            note: text(renal.note.as_ref()),
            provenance: self.provenance(),
        })
    }

    pub(super) fn liver(&self) -> Result<LiverView, Error> {
        let Content::Liver(liver) = self.content else { return Err(other_part()) };
        let (assessed_on, note) = (liver.assessed_on.map(Day), text(liver.note.as_ref()));
        Ok(LiverView { state: liver.state, assessed_on, note, provenance: self.provenance() })
    }

    pub(super) fn g6pd(&self) -> Result<G6pdView, Error> {
        let Content::G6pd(g6pd) = self.content else { return Err(other_part()) };
        Ok(G6pdView {
            state: g6pd.state,
            test: g6pd.test,
            tested_on: g6pd.tested_on.map(Day),
            note: text(g6pd.note.as_ref()),
            provenance: self.provenance(),
        })
    }
    pub(super) fn no_known_allergies(&self) -> Result<NoneKnownView, Error> {
        let Content::NoKnownAllergies(said) = self.content else { return Err(other_part()) };
        Ok(self.none_known(said))
    }

    pub(super) fn no_known_conditions(&self) -> Result<NoneKnownView, Error> {
        let Content::NoKnownConditions(said) = self.content else { return Err(other_part()) };
        Ok(self.none_known(said))
    }

    fn none_known(&self, said: &NoneKnown) -> NoneKnownView {
        NoneKnownView { note: text(said.note.as_ref()), provenance: self.provenance() }
    }
}
