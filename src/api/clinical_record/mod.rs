//! The clinical record: what decides whether a medicine is safe for a patient.

mod bodies;
mod entries;
mod shown;

use std::sync::Arc;

use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;

use bodies::{
    BreastFeedingRequest, G6pdRequest, LiverRequest, NoneKnownRequest, PartRequest, PartWithdrawal,
    PregnancyRequest, RenalRequest,
};
pub use entries::ClinicalEntriesApi;
pub use shown::ClinicalRecordView;
use shown::{BreastFeedingView, G6pdView, LiverView, NoneKnownView, PregnancyView, RenalView};

use super::Area;
use super::caller::SignedIn;
use super::if_match::revision;
use super::input::Body;
use super::output::NoContent;
use super::prescriptions::payloads::Tagged;
use super::problem::Problem;
use super::types::named_lists;
use crate::domain::clinical_record::model::{
    Action, Answer, ConditionCode, CreatinineUnit, G6pdState, G6pdTest, LiverState, Part, PregnancyState,
    Reaction, Severity, Sex, WithdrawalReason,
};
use crate::flows::clinical_record as flows;
use crate::platform::context::Context;
use crate::platform::error::Error;
use crate::platform::ids::UserId;
use crate::platform::store::PageRequest;
use crate::views::clinical_record as views;

named_lists! {
    /// A part of the clinical record. ALLERGIES and CONDITIONS have any number of entries, the others one.
    /// NO_KNOWN_ALLERGIES, NO_KNOWN_CONDITIONS: somebody asked, and there are none.
    Part as "ClinicalPart": Allergies, Conditions, Pregnancy, BreastFeeding, Renal, Liver, G6pd, NoKnownAllergies,
        NoKnownConditions;
    /// What happened when the medicine was taken. UNKNOWN: nobody knows any more. SEVERE_SKIN_REACTION: blisters, peeling,
    /// wounds of the mucosa, or rash with fever and organs involved (SJS, TEN, DRESS). INTOLERANCE: nausea, vomiting, pain of
    /// the stomach, which is no allergy. OTHER: the note says what.
    Reaction as "AllergyReaction": Unknown, Anaphylaxis, Angioedema, SevereSkinReaction, Bronchospasm, Urticaria, Rash,
        Thrombocytopenia, Itching, Intolerance, Other;
    /// How bad it was. MILD went by itself, MODERATE had to be treated, SEVERE endangered life or led to a hospital.
    Severity as "AllergySeverity": Mild, Unknown, Moderate, Severe;
    /// A condition that the safety rules ask for. HEART_BLOCK: grade 2 or 3, or a pulse below 50, without a pacemaker.
    /// ACTIVE_LIVER_DISEASE: transaminases above three times normal. CANNOT_REPORT_VISION: somebody who could not say that
    /// they see worse. OTHER: one without a code, which has a name.
    ConditionCode as "ConditionCode": Asthma, AspirinSensitiveAsthma, AcuteSevereAsthma, RespiratoryFailure,
        ActivePepticUlcer, GutBleeding, HeartFailure, HeartFailureReducedEjection, IschaemicHeartDisease, Stroke,
        PeripheralArteryDisease, Hypertension, UncontrolledHypertension, HeartBlock, LongQtSyndrome, MechanicalHeartValve,
        VenousThrombosis, ArterialThrombosis, BreastCancer, Epilepsy, Psychosis, ParkinsonDisease, MyastheniaGravis,
        MigraineWithAura, AngleClosureGlaucoma, OpticNeuritis, CannotReportVision, UrinaryRetention, AcutePorphyria,
        LiverDisease, SevereLiverDisease, AcuteLiverFailure, DecompensatedCirrhosis, ActiveLiverDisease, AlcoholUse,
        HeavyAlcoholUse, UreaCycleDisorder, Dengue, Type1Diabetes, Type2Diabetes, Ketoacidosis, Gout, AcuteGout,
        SevereHypertension, Pacemaker, Depression, Tremor, RestlessLegs, ProstaticEnlargementWithRetention, Tuberculosis,
        NewbornJaundice, Preterm, Other;
    /// Pregnant or not. UNKNOWN: asked without an answer, or a recorded pregnancy that must be over.
    PregnancyState as "PregnancyState": Pregnant, NotPregnant, Unknown;
    /// Yes, no, or asked without an answer.
    Answer as "ClinicalAnswer": Yes, No, Unknown;
    /// How well the liver works: no disease, or its class by Child-Pugh (A 5 or 6 points, B 7 to 9, C 10 to 15).
    LiverState as "LiverState": Normal, Unknown, ChildPughA, ChildPughB, ChildPughC;
    /// Whether the enzyme is there. An intermediate result, 30 to 70 %, counts as DEFICIENT.
    G6pdState as "G6pdState": Normal, Unknown, Deficient;
    /// How the enzyme was looked for.
    G6pdTest as "G6pdTest": RapidTest, SpotTest, Quantitative, Genotype, Other;
    /// Sex, as the formula for the kidneys takes it.
    Sex as "FormulaSex": Female, Male;
    /// The unit of a creatinine.
    CreatinineUnit as "CreatinineUnit": MicromolesPerLitre, MilligramsPerDecilitre;
    /// Why an entry counts no more. REFUTED: looked into and not so, such as a medicine that was tolerated since.
    WithdrawalReason as "WithdrawalReason": EnteredInError, Refuted, Resolved, Other;
    /// What became of an entry. STATED by the patient; WRITTEN or CONFIRMED by a doctor; STATEMENT_WITHDRAWN: the patient
    /// took back what they stated, and what a doctor had confirmed before counts again; WITHDRAWN: it counts no more.
    Action as "ClinicalAction": Stated, Written, Confirmed, StatementWithdrawn, Withdrawn;
}

/// The clinical record of a patient as a whole, and what there is one of.
pub struct ClinicalRecordApi(pub Arc<Context>);

#[OpenApi(prefix_path = "/patients", tag = "Area::ClinicalRecord")]
impl ClinicalRecordApi {
    /// The clinical record
    ///
    /// Everything that decides whether a medicine is safe, each with its author, its time and whether a doctor stands for
    /// it. What the patient states counts as much as what a doctor confirmed. For the patient, doctors with the scope
    /// PRESCRIPTIONS, and a doctor in an emergency; family with that scope sees allergies alone, and everything when the
    /// patient set `maySeeClinicalRecord`. What is null nobody said: it is unknown, never "no".
    #[oai(path = "/:id/clinical-record", method = "get", operation_id = "get_clinical_record")]
    async fn get(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        /// Whether to show what became of the entries, newest first, those withdrawn too.
        history: Query<Option<bool>>,
        /// Of the history.
        limit: Query<Option<u32>>,
        /// Of the history.
        cursor: Query<Option<String>>,
    ) -> Result<Json<ClinicalRecordView>, Problem> {
        let asked = history.0.unwrap_or(false);
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        if !asked && (limit.0.is_some() || cursor.0.is_some()) {
            return Err(Error::invalid("history", "clinical_history_not_asked").into());
        }
        let record = views::get(&self.0, &caller, id.0, asked.then_some(page)).await?;
        Ok(Json(ClinicalRecordView::of(record)))
    }

    /// Say whether she is pregnant
    ///
    /// The patient states, a doctor with write access writes. It takes the place of what was said before; a pregnancy
    /// becomes UNKNOWN by itself three weeks after the expected date, without a date 43 weeks after it was said. What a
    /// doctor confirmed a patient cannot take back.
    #[oai(path = "/:id/pregnancy", method = "put", operation_id = "set_pregnancy")]
    async fn set_pregnancy(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        /// The `ETag` or `revision` that was seen, `"0"` when nobody said anything; 412 when somebody was first.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<PregnancyRequest>,
    ) -> Result<Tagged<PregnancyView>, Problem> {
        let seen = revision(if_match.0.as_deref())?;
        let entry = flows::set_pregnancy(&self.0, &caller, id.0, body.input(), seen).await?;
        Ok(shown::tagged(&entry, |view| view.pregnancy(self.0.now().day_in(self.0.zone())))?)
    }

    /// Say whether she breast-feeds
    ///
    /// The patient states, a doctor with write access writes. It takes the place of what was said before.
    #[oai(path = "/:id/breast-feeding", method = "put", operation_id = "set_breast_feeding")]
    async fn set_breast_feeding(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        /// The `ETag` or `revision` that was seen, `"0"` when nobody said anything; 412 when somebody was first.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<BreastFeedingRequest>,
    ) -> Result<Tagged<BreastFeedingView>, Problem> {
        let seen = revision(if_match.0.as_deref())?;
        let entry = flows::set_breast_feeding(&self.0, &caller, id.0, body.input(), seen).await?;
        Ok(shown::tagged(&entry, |view| view.breast_feeding())?)
    }

    /// Say how well the kidneys work
    ///
    /// The eGFR itself, or a creatinine with its unit: the eGFR is then computed by CKD-EPI 2021 from the registered sex
    /// and the age on that day, for adults. The patient states, a doctor with write access writes.
    #[oai(path = "/:id/renal", method = "put", operation_id = "set_renal")]
    async fn set_renal(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        /// The `ETag` or `revision` that was seen, `"0"` when nobody said anything; 412 when somebody was first.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<RenalRequest>,
    ) -> Result<Tagged<RenalView>, Problem> {
        let seen = revision(if_match.0.as_deref())?;
        let entry = flows::set_renal(&self.0, &caller, id.0, body.input(), seen).await?;
        Ok(shown::tagged(&entry, |view| view.renal())?)
    }

    /// Say how well the liver works
    ///
    /// The patient states, a doctor with write access writes. It takes the place of what was said before.
    #[oai(path = "/:id/liver", method = "put", operation_id = "set_liver")]
    async fn set_liver(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        /// The `ETag` or `revision` that was seen, `"0"` when nobody said anything; 412 when somebody was first.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<LiverRequest>,
    ) -> Result<Tagged<LiverView>, Problem> {
        let seen = revision(if_match.0.as_deref())?;
        let entry = flows::set_liver(&self.0, &caller, id.0, body.input(), seen).await?;
        Ok(shown::tagged(&entry, |view| view.liver())?)
    }

    /// Say whether G6PD is there
    ///
    /// The patient states, a doctor with write access writes. It takes the place of what was said before.
    #[oai(path = "/:id/g6pd", method = "put", operation_id = "set_g6pd")]
    async fn set_g6pd(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        /// The `ETag` or `revision` that was seen, `"0"` when nobody said anything; 412 when somebody was first.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<G6pdRequest>,
    ) -> Result<Tagged<G6pdView>, Problem> {
        let seen = revision(if_match.0.as_deref())?;
        let entry = flows::set_g6pd(&self.0, &caller, id.0, body.input(), seen).await?;
        Ok(shown::tagged(&entry, |view| view.g6pd())?)
    }

    /// Say that no allergy is known
    ///
    /// Somebody asked, and there is none: checks do not ask any more. The patient states, a doctor with write access writes.
    /// 409 while the record holds an allergy; an allergy that is written later takes its place. To take it back, withdraw
    /// the part NO_KNOWN_ALLERGIES.
    #[oai(path = "/:id/no-known-allergies", method = "put", operation_id = "set_no_known_allergies")]
    async fn set_no_known_allergies(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        /// The `ETag` or `revision` that was seen, `"0"` when nobody said anything; 412 when somebody was first.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<NoneKnownRequest>,
    ) -> Result<Tagged<NoneKnownView>, Problem> {
        let seen = revision(if_match.0.as_deref())?;
        let entry = flows::set_no_known_allergies(&self.0, &caller, id.0, body.input(), seen).await?;
        Ok(shown::tagged(&entry, |view| view.no_known_allergies())?)
    }

    /// Say that no condition is known
    ///
    /// Somebody asked, and there is none. The patient states, a doctor with write access writes. 409 while the record
    /// holds a condition; one that is written later takes its place. To take it back, withdraw the part
    /// NO_KNOWN_CONDITIONS.
    #[oai(path = "/:id/no-known-conditions", method = "put", operation_id = "set_no_known_conditions")]
    async fn set_no_known_conditions(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        /// The `ETag` or `revision` that was seen, `"0"` when nobody said anything; 412 when somebody was first.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<NoneKnownRequest>,
    ) -> Result<Tagged<NoneKnownView>, Problem> {
        let seen = revision(if_match.0.as_deref())?;
        let entry = flows::set_no_known_conditions(&self.0, &caller, id.0, body.input(), seen).await?;
        Ok(shown::tagged(&entry, |view| view.no_known_conditions())?)
    }

    /// Confirm what a patient stated
    ///
    /// For doctors with write access, of a part of which there is one. The mark changes and nothing else. Allergies and
    /// conditions are confirmed one by one.
    #[oai(path = "/:id/clinical-record/confirm", method = "post", operation_id = "confirm_clinical_part")]
    async fn confirm(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        /// The `ETag` or `revision` that was seen; 412 when it changed meanwhile.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<PartRequest>,
    ) -> Result<NoContent, Problem> {
        let seen = revision(if_match.0.as_deref())?;
        flows::confirm_part(&self.0, &caller, (id.0, body.part), seen).await?;
        Ok(NoContent)
    }

    /// Withdraw a part
    ///
    /// Of a part of which there is one. A patient takes back what they stated, and what a doctor had confirmed before
    /// counts again; a doctor with write access withdraws everything with a reason, so that it is unknown. It stays in the
    /// history.
    #[oai(path = "/:id/clinical-record/withdraw", method = "post", operation_id = "withdraw_clinical_part")]
    async fn withdraw(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        /// The `ETag` or `revision` that was seen; 412 when it changed meanwhile.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(body): Body<PartWithdrawal>,
    ) -> Result<NoContent, Problem> {
        let seen = revision(if_match.0.as_deref())?;
        flows::withdraw_part(&self.0, &caller, (id.0, body.part), body.reason, seen).await?;
        Ok(NoContent)
    }
}
