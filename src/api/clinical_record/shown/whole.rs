//! The clinical record as a whole, with its history.

use chrono::NaiveDate;
use poem_openapi::Object;

use super::{
    AllergyView, BreastFeedingView, ConditionView, G6pdView, LiverView, NoneKnownView, PregnancyView,
    RenalView, Said,
};
use crate::api::types::{Day, Instant};
use crate::domain::clinical_record::model::{Action, Change, Content, Entry, Part, WithdrawalReason};
use crate::domain::clinical_record::rules::is_open_to_family;
use crate::domain::users::model::Gender;
use crate::platform::ids::{RecordEntryId, UserId};
use crate::views::clinical_record::{ClinicalRecord, WholeRecord};

/// What became of an entry, with what it said from then on, or what was withdrawn: one of the nine.
#[derive(Debug, Object)]
#[oai(rename = "ClinicalChange", rename_all = "camelCase")]
pub struct RecordChange {
    /// The patient's running number, from 1.
    number: u64,
    /// Of which part.
    part: Part,
    /// Of which entry.
    entry_id: RecordEntryId,
    /// What was done.
    action: Action,
    /// By whom.
    by: UserId,
    /// When.
    at: Instant,
    /// Why it was withdrawn.
    reason: Option<WithdrawalReason>,
    /// The allergy.
    allergy: Option<AllergyView>,
    /// The condition.
    condition: Option<ConditionView>,
    /// The pregnancy, as it stood on the day for which it was said.
    pregnancy: Option<PregnancyView>,
    /// Breast-feeding.
    breast_feeding: Option<BreastFeedingView>,
    /// Kidney function.
    renal: Option<RenalView>,
    /// Liver function.
    liver: Option<LiverView>,
    /// G6PD.
    g6pd: Option<G6pdView>,
    /// That no allergy is known.
    no_known_allergies: Option<NoneKnownView>,
    /// That no condition is known.
    no_known_conditions: Option<NoneKnownView>,
}

impl RecordChange {
    /// As stored.
    pub fn of(change: &Change) -> Self {
        let said = Said { id: change.entry, content: &change.content, provenance: None };
        let day = match &change.content {
            Content::Pregnancy(pregnancy) => pregnancy.said_on,
            _ => NaiveDate::MIN,
        };
        Self {
            number: change.number,
            part: change.part,
            entry_id: change.entry,
            action: change.action,
            by: change.signature.by,
            at: change.signature.at.into(),
            reason: change.reason,
            // Each is there when the content is its own.
            allergy: said.allergy().ok(),
            condition: said.condition().ok(),
            pregnancy: said.pregnancy(day).ok(),
            breast_feeding: said.breast_feeding().ok(),
            renal: said.renal().ok(),
            liver: said.liver().ok(),
            g6pd: said.g6pd().ok(),
            no_known_allergies: said.no_known_allergies().ok(),
            no_known_conditions: said.no_known_conditions().ok(),
        }
    }
}

/// A page of the history.
#[derive(Debug, Object)]
#[oai(rename = "ClinicalHistory", rename_all = "camelCase")]
pub struct HistoryPage {
    /// Newest first; in a record to take away oldest first.
    items: Vec<RecordChange>,
    /// Pass it as `cursor` to see the next page; null on the last one.
    next_cursor: Option<String>,
}

/// A clinical record. What is null nobody said: it is unknown, never "no".
#[derive(Debug, Object)]
#[oai(rename = "ClinicalRecord", rename_all = "camelCase")]
pub struct ClinicalRecordView {
    /// Whose.
    patient_id: UserId,
    /// The day of the clinic's calendar for which it holds.
    on: Day,
    /// The parts that the caller may see; the others are left out here, whatever is known of them.
    visible_parts: Vec<Part>,
    /// Allergies and intolerances.
    allergies: Vec<AllergyView>,
    /// Conditions.
    conditions: Vec<ConditionView>,
    /// Pregnant or not.
    pregnancy: Option<PregnancyView>,
    /// Breast-feeding or not.
    breast_feeding: Option<BreastFeedingView>,
    /// Kidney function.
    renal: Option<RenalView>,
    /// Liver function.
    liver: Option<LiverView>,
    /// G6PD.
    g6pd: Option<G6pdView>,
    /// That no allergy is known.
    no_known_allergies: Option<NoneKnownView>,
    /// That no condition is known.
    no_known_conditions: Option<NoneKnownView>,
    /// The registered sex, by which doses and kidneys are judged; for whoever may see the whole record.
    gender: Option<Gender>,
    /// The day of birth; for whoever may see the whole record.
    date_of_birth: Option<Day>,
    /// The newest weight that was measured, in kg; for whoever may see the whole record.
    weight_kg: Option<f64>,
    /// When it was measured.
    weight_measured_at: Option<Instant>,
    /// What became of the entries; null unless it was asked for.
    history: Option<HistoryPage>,
}

impl ClinicalRecordView {
    /// As the view returns it.
    pub fn of(record: ClinicalRecord) -> Self {
        let shows = |part: Part| !record.is_limited || is_open_to_family(part);
        let said = |part| {
            record.entries.iter().filter(move |entry: &&Entry| entry.part == part).filter_map(|entry| {
                let statement = entry.current()?;
                let provenance = Some((statement, entry));
                Some(Said { id: entry.id, content: &statement.content, provenance })
            })
        };
        let weight = record.weight.as_ref();
        Self {
            patient_id: record.patient,
            on: Day(record.on),
            visible_parts: Part::ALL.iter().copied().filter(|part| shows(*part)).collect(),
            allergies: said(Part::Allergies).filter_map(|said| said.allergy().ok()).collect(),
            conditions: said(Part::Conditions).filter_map(|said| said.condition().ok()).collect(),
            pregnancy: said(Part::Pregnancy).find_map(|said| said.pregnancy(record.on).ok()),
            breast_feeding: said(Part::BreastFeeding).find_map(|said| said.breast_feeding().ok()),
            renal: said(Part::Renal).find_map(|said| said.renal().ok()),
            liver: said(Part::Liver).find_map(|said| said.liver().ok()),
            g6pd: said(Part::G6pd).find_map(|said| said.g6pd().ok()),
            no_known_allergies: said(Part::NoKnownAllergies).find_map(|said| said.no_known_allergies().ok()),
            no_known_conditions: said(Part::NoKnownConditions)
                .find_map(|said| said.no_known_conditions().ok()),
            gender: record.gender,
            date_of_birth: record.date_of_birth.map(Day),
            weight_kg: weight.map(|vital| vital.reading.value.as_number()),
            weight_measured_at: weight.map(|vital| vital.measured_at.into()),
            history: record.history.map(|page| HistoryPage {
                items: page.items.iter().map(RecordChange::of).collect(),
                next_cursor: page.next_cursor,
            }),
        }
    }

    /// With all of its history, oldest first.
    pub fn whole(whole: WholeRecord) -> Self {
        let items = whole.changes.iter().map(RecordChange::of).collect();
        Self { history: Some(HistoryPage { items, next_cursor: None }), ..Self::of(whole.record) }
    }
}
