//! What there is one of: pregnancy, breast-feeding, kidneys, liver, G6PD, and that none of a list is known. Saying it again takes the place of what was said.

use super::{Desk, same_revision};
use crate::domain::auth::model::Caller;
use crate::domain::clinical_record::model::{Content, Entry};
use crate::domain::clinical_record::rules::{
    self, About, BreastFeedingInput, G6pdInput, LiverInput, NoneKnownInput, PregnancyInput, RenalInput,
};
use crate::domain::clinical_record::tables;
use crate::domain::gate;
use crate::flows::prescriptions::Signing;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;

/// Reads what is sent, for a person.
type Read<I> = fn(&I, &About) -> Result<Content>;

async fn set<I: Send + 'static>(
    context: &Context,
    caller: &Caller,
    patient: UserId,
    (action, read): (&'static str, Read<I>),
    (input, if_match): (I, Option<u64>),
) -> Result<Entry> {
    let (by, signing) = (caller.clone(), Signing::of(context));
    gate::write(context, caller, action, move |tx| {
        let desk = Desk::enter(tx, &signing, &by, patient)?;
        let content = read(&input, &desk.about)?;
        if let Some(list) = content.part().denies()
            && !tables::of_part(tx, &desk.access, list)?.is_empty()
        {
            return Err(Error::conflict("clinical_entries_known"));
        }
        let found = desk.single(tx, content.part())?;
        same_revision(if_match, found.as_ref().map_or(0, |entry| entry.revision))?;
        desk.put(tx, found, content)
    })
    .await
}

/// Declares the use cases, which differ in what they read.
macro_rules! states {
    ($($(#[$doc:meta])* $name:ident, $action:literal, $input:ty, $read:path;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// The refusals of the access check; `revision_changed`; each bad field; `clinical_confirmed_needs_doctor` when
        /// a patient takes something from what a doctor confirmed; `clinical_entries_known` when none shall be known of
        /// what is in the record.
        pub async fn $name(
            context: &Context,
            caller: &Caller,
            patient: UserId,
            input: $input,
            if_match: Option<u64>,
        ) -> Result<Entry> {
            set(context, caller, patient, ($action, $read), (input, if_match)).await
        }
    )*};
}

states! {
    /// Says whether somebody is pregnant.
    set_pregnancy, "clinical_record.set_pregnancy", PregnancyInput, rules::pregnancy;
    /// Says whether somebody breast-feeds.
    set_breast_feeding, "clinical_record.set_breast_feeding", BreastFeedingInput, rules::breast_feeding;
    /// Says how well the kidneys work.
    set_renal, "clinical_record.set_renal", RenalInput, rules::renal;
    /// Says how well the liver works.
    set_liver, "clinical_record.set_liver", LiverInput, rules::liver;
    /// Says whether G6PD is there.
    set_g6pd, "clinical_record.set_g6pd", G6pdInput, rules::g6pd;
    /// Says that somebody asked for allergies, and there are none.
    set_no_known_allergies, "clinical_record.set_no_known_allergies", NoneKnownInput, rules::no_known_allergies;
    /// Says that somebody asked for conditions, and there are none.
    set_no_known_conditions, "clinical_record.set_no_known_conditions", NoneKnownInput, rules::no_known_conditions;
}
