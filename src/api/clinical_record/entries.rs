//! Allergies and conditions, one by one.

use std::sync::Arc;

use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};

use super::bodies::{AllergyRequest, AllergyUpdate, ConditionRequest, ConditionUpdate};
use super::shown::{self, AllergyView, ConditionView};
use crate::api::Area;
use crate::api::caller::SignedIn;
use crate::api::if_match::revision;
use crate::api::input::Body;
use crate::api::output::{Created, NoContent};
use crate::api::prescriptions::payloads::Tagged;
use crate::api::problem::Problem;
use crate::domain::clinical_record::model::{Part, WithdrawalReason};
use crate::flows::clinical_record as flows;
use crate::platform::context::Context;
use crate::platform::ids::{RecordEntryId, UserId};

/// Allergies and conditions.
pub struct ClinicalEntriesApi(pub Arc<Context>);

#[OpenApi(tag = "Area::ClinicalRecord")]
impl ClinicalEntriesApi {
    /// Write an allergy or intolerance down
    ///
    /// The patient states, a doctor with write access writes. Exactly one of `medicineId`, `classId` and `substance`; a
    /// substance that the catalogue knows under that name is understood as its ingredients, which the answer shows. An
    /// allergy that is in the record already is a 409: change that entry. At most 50.
    #[oai(path = "/patients/:id/allergies", method = "post", operation_id = "add_allergy")]
    async fn add_allergy(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        Body(body): Body<AllergyRequest>,
    ) -> Result<Created<AllergyView>, Problem> {
        let entry = flows::add_allergy(&self.0, &caller, id.0, body.input()).await?;
        Ok(Created(shown::one(&entry, |view| view.allergy())?))
    }

    /// Change an allergy
    ///
    /// What is left out stays. A patient may make graver what a doctor confirmed, which counts at once beside it, and not
    /// milder.
    #[oai(path = "/allergies/:id", method = "patch", operation_id = "change_allergy")]
    async fn change_allergy(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<RecordEntryId>,
        /// The `ETag` or `revision` that was seen; 412 when it changed meanwhile.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<AllergyUpdate>,
    ) -> Result<Tagged<AllergyView>, Problem> {
        let change = body.change(revision(if_match.0.as_deref())?);
        let entry = flows::change_allergy(&self.0, &caller, id.0, change).await?;
        Ok(shown::tagged(&entry, |view| view.allergy())?)
    }

    /// Withdraw an allergy
    ///
    /// It counts no more and stays in the history. A patient withdraws what they stated themselves while no doctor has
    /// confirmed it; a doctor with write access everything, with a reason.
    #[oai(path = "/allergies/:id", method = "delete", operation_id = "withdraw_allergy")]
    async fn withdraw_allergy(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<RecordEntryId>,
        /// Why; needed of a doctor.
        reason: Query<Option<WithdrawalReason>>,
        /// The `ETag` or `revision` that was seen; 412 when it changed meanwhile.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<NoContent, Problem> {
        let (entry, seen) = ((Part::Allergies, id.0), revision(if_match.0.as_deref())?);
        flows::withdraw_entry(&self.0, &caller, entry, reason.0, seen).await?;
        Ok(NoContent)
    }

    /// Confirm an allergy
    ///
    /// For doctors with write access. What the patient stated keeps its words; the mark changes and nothing else.
    #[oai(path = "/allergies/:id/confirm", method = "post", operation_id = "confirm_allergy")]
    async fn confirm_allergy(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<RecordEntryId>,
        /// The `ETag` or `revision` that was seen; 412 when it changed meanwhile.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Tagged<AllergyView>, Problem> {
        let (entry, seen) = ((Part::Allergies, id.0), revision(if_match.0.as_deref())?);
        let entry = flows::confirm_entry(&self.0, &caller, entry, seen).await?;
        Ok(shown::tagged(&entry, |view| view.allergy())?)
    }

    /// Write a condition down
    ///
    /// The patient states, a doctor with write access writes. One with a code counts in the safety checks; OTHER has a
    /// name and is shown. One that is in the record already is a 409. At most 50.
    #[oai(path = "/patients/:id/conditions", method = "post", operation_id = "add_condition")]
    async fn add_condition(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        Body(body): Body<ConditionRequest>,
    ) -> Result<Created<ConditionView>, Problem> {
        let entry = flows::add_condition(&self.0, &caller, id.0, body.input()).await?;
        Ok(Created(shown::one(&entry, |view| view.condition())?))
    }

    /// Change a condition
    ///
    /// Since when it is known, and the note; what is left out stays. One that a doctor confirmed only a doctor changes.
    /// Another condition is another entry.
    #[oai(path = "/conditions/:id", method = "patch", operation_id = "change_condition")]
    async fn change_condition(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<RecordEntryId>,
        /// The `ETag` or `revision` that was seen; 412 when it changed meanwhile.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<ConditionUpdate>,
    ) -> Result<Tagged<ConditionView>, Problem> {
        let change = body.change(revision(if_match.0.as_deref())?);
        let entry = flows::change_condition(&self.0, &caller, id.0, change).await?;
        Ok(shown::tagged(&entry, |view| view.condition())?)
    }

    /// Withdraw a condition
    ///
    /// It counts no more and stays in the history. A patient withdraws what they stated themselves while no doctor has
    /// confirmed it; a doctor with write access everything, with a reason: RESOLVED when it is over.
    #[oai(path = "/conditions/:id", method = "delete", operation_id = "withdraw_condition")]
    async fn withdraw_condition(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<RecordEntryId>,
        /// Why; needed of a doctor.
        reason: Query<Option<WithdrawalReason>>,
        /// The `ETag` or `revision` that was seen; 412 when it changed meanwhile.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<NoContent, Problem> {
        let (entry, seen) = ((Part::Conditions, id.0), revision(if_match.0.as_deref())?);
        flows::withdraw_entry(&self.0, &caller, entry, reason.0, seen).await?;
        Ok(NoContent)
    }

    /// Confirm a condition
    ///
    /// For doctors with write access. What the patient stated keeps its words; the mark changes and nothing else.
    #[oai(path = "/conditions/:id/confirm", method = "post", operation_id = "confirm_condition")]
    async fn confirm_condition(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<RecordEntryId>,
        /// The `ETag` or `revision` that was seen; 412 when it changed meanwhile.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Tagged<ConditionView>, Problem> {
        let (entry, seen) = ((Part::Conditions, id.0), revision(if_match.0.as_deref())?);
        let entry = flows::confirm_entry(&self.0, &caller, entry, seen).await?;
        Ok(shown::tagged(&entry, |view| view.condition())?)
    }
}
