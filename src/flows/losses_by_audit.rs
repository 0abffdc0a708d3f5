//! What the audit proves of rows that were lost with a damaged page: whoever changes anything is in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use uuid::Uuid;

use super::medicines::TAKEN_OVER_BY;
use crate::domain::audit::model::{AuditRecord, Outcome};
use crate::domain::audit::tables::RECORDS;
use crate::domain::clinical_record::tables::{BY_PATIENT, CHANGES, ENTRIES};
use crate::domain::medicines::model::ImportCounts;
use crate::domain::notes::tables::{self as notes, NOTES};
use crate::domain::notifications::devices::DEVICES;
use crate::domain::payments::tables::{CALLS, MESSAGES, PARKED, PAYMENTS, PRESSES};
use crate::domain::photos::tables::{BY_CONTENT, PHOTOS};
use crate::domain::pill_groups::tables::{self as pill_groups, PILL_GROUPS};
use crate::domain::prescriptions::tables::BATCHES;
use crate::domain::safety::tables::{CARE, FILES, TEXTS};
use crate::domain::subscriptions::tables::SUBSCRIPTIONS;
use crate::domain::vitals::tables::MONITORING;
use crate::platform::error::Result;
use crate::platform::ids::{MedicineId, NoteId, PillGroupId};
use crate::platform::store::{AnyTable, Direction, Reader, Step};

/// What changes the catalogue.
const IMPORT: &str = "medicine.import";
const BY_HAND: [&str; 2] = ["medicine.create", "medicine.update"];

/// A list that was taken into the catalogue, as the audit has it.
#[derive(Debug, Clone, Deserialize)]
struct TakenOver {
    sha256: String,
    counts: ImportCounts,
}

/// What was ever done, as far as it tells of lost rows.
#[derive(Debug, Default)]
pub(super) struct History {
    /// How the raw keys begin, of rows and of entries of indexes, under which somebody ever wrote, by tables that stay
    /// empty until then.
    written: BTreeMap<u16, BTreeSet<Vec<u8>>>,
    /// The last list that the product itself took over.
    shipped: Option<TakenOver>,
    /// Entries of the catalogue that were written by hand.
    own_medicines: BTreeSet<MedicineId>,
    /// Whether the clinic ever took a list of its own into the catalogue.
    has_own_list: bool,
}

impl History {
    /// Reads the whole audit.
    ///
    /// # Errors
    /// When a record cannot be read.
    pub(super) fn of(tx: &dyn Reader) -> Result<Self> {
        let tables: [&dyn AnyTable; 17] = [
            &FILES,
            &TEXTS,
            &CARE,
            &MONITORING,
            &ENTRIES,
            &CHANGES,
            &DEVICES,
            &BATCHES,
            &PAYMENTS,
            &MESSAGES,
            &PARKED,
            &CALLS,
            &PRESSES,
            &SUBSCRIPTIONS,
            &PILL_GROUPS,
            &NOTES,
            &PHOTOS,
        ];
        let written = tables.iter().map(|table| (table.number(), BTreeSet::new())).collect();
        let mut history = Self { written, ..Self::default() };
        RECORDS.visit_prefix(tx, &(), Direction::Forward, |_, record| {
            if record.outcome == Outcome::Done {
                history.note(record);
            }
            Ok(Step::Continue)
        })?;
        Ok(history)
    }

    fn note(&mut self, record: AuditRecord) {
        let is_by_product = record.actor_role.strip_prefix("SYSTEM:") == Some(TAKEN_OVER_BY);
        let resource = record.resource_id.unwrap_or_default();
        match record.action.as_str() {
            IMPORT if is_by_product => {
                let change = record.change.as_deref().unwrap_or_default();
                self.shipped = serde_json::from_str(change).ok();
            }
            IMPORT => self.has_own_list = true,
            action if BY_HAND.contains(&action) => {
                self.own_medicines.extend(resource.parse::<Uuid>().map(MedicineId));
            }
            "safety.import_rules" => {
                for name in resource.split(", ").map(str::to_owned) {
                    self.wrote(FILES.number(), FILES.row_key(&name));
                    self.wrote(TEXTS.number(), TEXTS.row_key(&name));
                }
            }
            "safety.confirm_rule" | "safety.suppress_rule" | "safety.restore_rule" => {
                self.wrote(CARE.number(), CARE.row_key(&resource));
            }
            action if action.starts_with("clinical_record.") => {
                if let Some(patient) = record.patient {
                    self.wrote(ENTRIES.number(), BY_PATIENT.raw_prefix(&patient));
                    self.wrote(CHANGES.number(), CHANGES.raw_prefix(&patient));
                }
                if let Ok(entry) = resource.parse() {
                    self.wrote(ENTRIES.number(), ENTRIES.row_key(&entry));
                }
            }
            action if action.starts_with("device.") => {
                // That an address is not found any more lets its device be registered once more.
                if let Some(person) = record.actor {
                    self.wrote(DEVICES.number(), DEVICES.raw_prefix(&person));
                }
            }
            action if action.starts_with("pill_group.") || action.starts_with("note.") => {
                if let Some(patient) = record.patient {
                    self.wrote(PILL_GROUPS.number(), PILL_GROUPS.raw_prefix(&patient));
                    self.wrote(NOTES.number(), NOTES.raw_prefix(&patient));
                }
                if let Ok(id) = resource.parse::<Uuid>() {
                    self.wrote(PILL_GROUPS.number(), pill_groups::BY_ID.raw_prefix(&PillGroupId(id)));
                    self.wrote(NOTES.number(), notes::BY_ID.raw_prefix(&NoteId(id)));
                }
            }
            action if action.starts_with("photo.") => {
                if let Some(owner) = record.patient.or(record.actor) {
                    self.wrote(PHOTOS.number(), PHOTOS.raw_prefix(&owner));
                }
                self.wrote(PHOTOS.number(), BY_CONTENT.raw_prefix(&()));
            }
            "prescription.batch" => self.wrote(BATCHES.number(), BATCHES.raw_prefix(&())),
            action if action.starts_with("payment.") || action.starts_with("subscription.") => {
                let tables =
                    [&PAYMENTS as &dyn AnyTable, &MESSAGES, &PARKED, &CALLS, &PRESSES, &SUBSCRIPTIONS];
                for table in tables.map(|table| table.number()) {
                    self.wrote(table, table.to_be_bytes().to_vec());
                }
            }
            "vital.set_thresholds" => {
                if let Some(patient) = record.patient {
                    self.wrote(MONITORING.number(), MONITORING.row_key(&patient));
                }
            }
            _ => {}
        }
    }

    fn wrote(&mut self, table: u16, key: Vec<u8>) {
        self.written.entry(table).or_default().insert(key);
    }

    /// The tables that stay empty until somebody writes by hand, with how the raw keys begin under which somebody ever did.
    pub(super) const fn written(&self) -> &BTreeMap<u16, BTreeSet<Vec<u8>>> {
        &self.written
    }

    /// The entries of the catalogue that were written or changed by hand.
    pub(super) const fn own_medicines(&self) -> &BTreeSet<MedicineId> {
        &self.own_medicines
    }

    /// The list from which all other entries of the catalogue are, by its SHA-256, and what it changed; nothing when the
    /// clinic has ever taken in a list of its own.
    pub(super) fn shipped_list(&self) -> Option<(String, ImportCounts)> {
        let shipped = self.shipped.as_ref().filter(|_| !self.has_own_list)?;
        Some((shipped.sha256.clone(), shipped.counts))
    }
}
