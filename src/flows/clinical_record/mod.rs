//! The clinical record: writing, stating, confirming and withdrawing.
//!
//! The patient states, and it counts at once; doctors who may write prescriptions write, confirm and withdraw. Each is one
//! transaction with its line in the history.

mod decide;
mod lists;
mod states;

use serde_json::json;

pub use decide::{confirm_entry, confirm_part, withdraw_entry, withdraw_part};
pub use lists::{
    AllergenChoice, AllergyChange, ConditionChange, NewAllergy, add_allergy, add_condition, change_allergy,
    change_condition,
};
pub use states::{
    set_breast_feeding, set_g6pd, set_liver, set_no_known_allergies, set_no_known_conditions, set_pregnancy,
    set_renal,
};

use crate::domain::auth::model::Caller;
use crate::domain::clinical_facts::about;
use crate::domain::clinical_record::model::{
    Action, Content, Ending, Entry, Part, Signature, Statement, WithdrawalReason,
};
use crate::domain::clinical_record::rules::{About, is_open_to_family, is_softer};
use crate::domain::clinical_record::tables;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::events::model::{Audience, NewEvent, kinds};
use crate::domain::events::tables::publish;
use crate::flows::prescriptions::Signing;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::{RecordEntryId, UserId};
use crate::platform::store::{Reader, WriteTx};

/// What somebody who holds an entry's id and may not know of it hears.
const fn unknown_entry(part: Part) -> &'static str {
    match part {
        Part::Allergies => "allergy_not_found",
        _ => "condition_not_found",
    }
}

/// Whoever writes in a patient's record, with the right to do so.
struct Desk {
    access: Access,
    /// Who writes, and when.
    signature: Signature,
    /// Whether it is the patient, who states; otherwise a doctor, who stands for what they write.
    is_patient: bool,
    about: About,
    /// By which running prescriptions are held against what changes.
    signing: Signing,
}

impl Desk {
    fn enter(tx: &dyn Reader, signing: &Signing, caller: &Caller, patient: UserId) -> Result<Self> {
        let access = access::check(tx, caller, patient, Scope::Prescriptions, Mode::Write)?;
        let signature = Signature { by: caller.user_id()?, at: tx.now() };
        let about = about(tx, &access, signing.zone())?;
        Ok(Self { is_patient: access.is_own(), access, signature, about, signing: signing.clone() })
    }

    /// The desk of the patient whose entry this is, and the entry.
    fn enter_for(
        tx: &dyn Reader,
        signing: &Signing,
        caller: &Caller,
        (part, id): (Part, RecordEntryId),
    ) -> Result<(Self, Entry)> {
        caller.active()?;
        let code = unknown_entry(part);
        let patient = tables::patient_of(tx, id, part, code)?;
        let desk = Self::enter(tx, signing, caller, patient).map_err(|error| match error.kind() {
            Kind::NotFound => Error::not_found(code),
            _ => error,
        })?;
        let entry = tables::require(tx, &desk.access, id, part, code)?;
        Ok((desk, entry))
    }

    /// The entry of a part of which a patient has one; nothing when nobody said anything.
    fn single(&self, tx: &dyn Reader, part: Part) -> Result<Option<Entry>> {
        Ok(tables::of_part(tx, &self.access, part)?.into_iter().next())
    }

    /// Writes what somebody says into an entry, a new one when there is none yet.
    fn put(&self, tx: &mut WriteTx<'_>, found: Option<Entry>, content: Content) -> Result<Entry> {
        let mut entry = match found {
            Some(entry) => entry,
            None => Entry {
                id: tx.new_id()?,
                patient: self.access.patient(),
                part: content.part(),
                confirmed: None,
                stated: None,
                revision: 0,
                ended: None,
            },
        };
        let is_same = |statement: &&Statement| statement.content == content;
        if self.is_patient {
            let confirmed = entry.confirmed.as_ref();
            if confirmed.is_some_and(|confirmed| {
                confirmed.content != content && is_softer(&content, &confirmed.content, self.about.today)
            }) {
                return Err(Error::forbidden("clinical_confirmed_needs_doctor"));
            }
            if entry.current().filter(is_same).is_some() {
                return self.found_done(tx, entry);
            }
            // Saying what a doctor confirmed is taking back what was said beside it.
            if confirmed.filter(is_same).is_some() {
                entry.stated = None;
                return self.keep(tx, entry, Action::StatementWithdrawn, content, None);
            }
            let author = self.signature;
            entry.stated = Some(Statement { content: content.clone(), author, confirmed: None });
            return self.keep(tx, entry, Action::Stated, content, None);
        }
        if entry.stated.is_none() && entry.confirmed.as_ref().filter(is_same).is_some() {
            return self.found_done(tx, entry);
        }
        let (author, confirmed) = (self.signature, Some(self.signature));
        entry.confirmed = Some(Statement { content: content.clone(), author, confirmed });
        entry.stated = None;
        self.keep(tx, entry, Action::Written, content, None)
    }

    /// Ends an entry: it counts no more and stays in the history.
    fn end(
        &self,
        tx: &mut WriteTx<'_>,
        mut entry: Entry,
        content: Content,
        reason: Option<WithdrawalReason>,
    ) -> Result<Entry> {
        entry.ended = Some(Ending { signature: self.signature, reason });
        self.keep(tx, entry, Action::Withdrawn, content, reason)
    }

    /// Everything is as it was asked for.
    fn found_done(&self, tx: &WriteTx<'_>, entry: Entry) -> Result<Entry> {
        self.note(tx, &entry);
        tx.trail().found_done();
        Ok(entry)
    }

    /// Writes the entry down, and tells audit and open screens.
    fn keep(
        &self,
        tx: &mut WriteTx<'_>,
        mut entry: Entry,
        action: Action,
        content: Content,
        reason: Option<WithdrawalReason>,
    ) -> Result<Entry> {
        let before = self.signing.unanswered(tx, &self.access)?;
        tables::save(tx, &self.access, &mut entry, (action, self.signature), content, reason)?;
        self.signing.tell_what_arose(tx, &self.access, &before)?;
        self.note(tx, &entry);
        tx.trail().change = Some(json!({ "part": entry.part, "action": action }));
        let is_open = is_open_to_family(entry.part);
        let audience =
            if is_open { Audience::Record(Scope::Prescriptions) } else { Audience::ClinicalRecord };
        let data = json!({ "patientId": entry.patient, "part": entry.part, "entryId": entry.id });
        let (room, kind) = (entry.patient, kinds::CLINICAL_RECORD_CHANGED);
        publish(tx, NewEvent { room, audience, kind, data })?;
        Ok(entry)
    }

    fn note(&self, tx: &WriteTx<'_>, entry: &Entry) {
        let mut trail = tx.trail();
        trail.patient = Some(entry.patient.into());
        trail.resource = Some(("clinical_entry", entry.id.to_string()));
    }
}

/// Refuses when somebody else was first.
fn same_revision(if_match: Option<u64>, revision: u64) -> Result<()> {
    if if_match.is_some_and(|seen| seen != revision) {
        return Err(Error::precondition_failed("revision_changed"));
    }
    Ok(())
}
