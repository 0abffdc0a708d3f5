//! Who did what.

use std::sync::Arc;

use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::output::Listed;
use super::problem::Problem;
use super::types::{Instant, Moment, named_lists};
use crate::domain::audit::model::{self, Outcome};
use crate::platform::context::Context;
use crate::platform::ids::UserId;
use crate::platform::store::PageRequest;
use crate::platform::text::hex;
use crate::views::audit::{self as views, AuditFilter, AuditView};

named_lists! {
    /// How it ended.
    model::Outcome as "AuditOutcome": Done, Refused;
}

/// The audit.
pub struct AuditApi(pub Arc<Context>);

/// The name of an action in words.
#[derive(Debug, Object)]
pub struct ActionTexts {
    /// In Khmer.
    khmer: String,
    /// In English.
    english: String,
}

/// One record of the audit.
#[derive(Debug, Object)]
#[oai(rename = "AuditRecord", rename_all = "camelCase")]
pub struct AuditAnswer {
    /// Its place in the chain.
    id: u64,
    /// When.
    at: Instant,
    /// Who; nobody for requests without sign-in and for jobs.
    actor_id: Option<UserId>,
    /// Their name.
    actor_name: Option<String>,
    /// Their role, `ANONYMOUS`, or `SYSTEM:` and the job.
    actor_role: String,
    /// What was done: `dose.mark_taken`.
    action: String,
    /// The same in words.
    action_text: ActionTexts,
    /// Kind of the thing it was done to.
    resource_type: Option<String>,
    /// Id of the thing.
    resource_id: Option<String>,
    /// Whose record it concerns.
    patient_id: Option<UserId>,
    /// How it ended.
    outcome: Outcome,
    /// The actor's reason, or the code of the refusal.
    reason: Option<String>,
    /// The same for people to read.
    why: Option<String>,
    /// By what right another person's data was reached: `CONNECTION`, `BREAK_GLASS`.
    basis: Option<String>,
    /// Which parts of it.
    scope: Option<String>,
    /// What changed, as JSON text.
    change: Option<String>,
    /// The request.
    request_id: String,
    /// The actor's address; shown to admins and to the actor.
    ip: Option<String>,
}

impl AuditAnswer {
    pub(super) fn of(view: AuditView) -> Self {
        let record = view.record;
        Self {
            id: record.sequence,
            at: Instant(record.at),
            actor_id: record.actor,
            actor_name: view.actor_name.map(|name| name.into_inner()),
            actor_role: record.actor_role,
            action: record.action,
            action_text: ActionTexts { khmer: view.action_khmer, english: view.action_english },
            resource_type: record.resource_kind,
            resource_id: record.resource_id,
            patient_id: record.patient,
            outcome: record.outcome,
            reason: record.reason,
            why: view.why,
            basis: record.basis,
            scope: record.scope,
            change: record.change,
            request_id: record.request_id,
            ip: record.ip,
        }
    }
}

/// How the chain stands.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ChainVerification {
    /// Whether every record is as it was written.
    valid: bool,
    /// How many there are.
    records: u64,
    /// Hash of the last one in hexadecimal digits, to be noted down elsewhere.
    last_hash: String,
    /// The first broken record.
    fault: Option<String>,
}

#[OpenApi(prefix_path = "/audit", tag = "Area::Audit")]
impl AuditApi {
    /// What I did
    ///
    /// Newest first.
    #[oai(path = "/", method = "get", operation_id = "list_own_audit")]
    async fn own(
        &self,
        SignedIn(caller): SignedIn,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<AuditAnswer>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let found = views::own(&self.0, &caller, &page).await?;
        Ok(Json(Listed::from_page(found, AuditAnswer::of)))
    }

    /// Who touched this record
    ///
    /// For the patient, who need not name themselves, and for clinic staff. Newest first.
    #[oai(path = "/record", method = "get", operation_id = "list_record_audit")]
    async fn record(
        &self,
        SignedIn(caller): SignedIn,
        #[oai(name = "patientId")] patient_id: Query<Option<UserId>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<AuditAnswer>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let found = views::of_record(&self.0, &caller, patient_id.0, &page).await?;
        Ok(Json(Listed::from_page(found, AuditAnswer::of)))
    }

    /// The whole audit
    ///
    /// For clinic staff. Newest first.
    #[oai(path = "/all", method = "get", operation_id = "list_audit")]
    #[expect(clippy::too_many_arguments, reason = "each is a query parameter")]
    async fn all(
        &self,
        SignedIn(caller): SignedIn,
        #[oai(name = "actorId")] actor_id: Query<Option<UserId>>,
        #[oai(name = "patientId")] patient_id: Query<Option<UserId>>,
        action: Query<Option<String>>,
        outcome: Query<Option<Outcome>>,
        from: Query<Option<Moment>>,
        to: Query<Option<Moment>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<AuditAnswer>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let zone = self.0.zone();
        let filter = AuditFilter {
            actor: actor_id.0,
            patient: patient_id.0,
            action: action.0,
            outcome: outcome.0,
            from: from.0.map(|from| from.resolve(zone)),
            to: to.0.map(|to| to.resolve(zone)),
        };
        let found = views::all(&self.0, &caller, &filter, &page).await?;
        Ok(Json(Listed::from_page(found, AuditAnswer::of)))
    }

    /// Verify the audit
    ///
    /// Walks the whole chain and names the first broken record. For clinic staff.
    #[oai(path = "/verify", method = "get", operation_id = "verify_audit")]
    async fn verify(&self, SignedIn(caller): SignedIn) -> Result<Json<ChainVerification>, Problem> {
        let state = views::verify(&self.0, &caller).await?;
        Ok(Json(ChainVerification {
            valid: state.fault.is_none(),
            records: state.records,
            last_hash: hex(&state.last_hash),
            fault: state.fault,
        }))
    }
}
