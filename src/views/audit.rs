//! The audit as people read it.

use crate::domain::audit::model::{AuditRecord, Outcome};
use crate::domain::audit::tables::{BY_PERSON, HEAD, RECORDS, verify_chain};
use crate::domain::auth::model::Caller;
use crate::domain::connections::access;
use crate::domain::connections::model::Connection;
use crate::domain::gate;
use crate::domain::users::model::Role;
use crate::domain::users::tables::USERS;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{self, Language};
use crate::platform::ids::UserId;
use crate::platform::secret::Phi;
use crate::platform::store::{Direction, ForeignAccess, Page, PageRequest, Reader, Step};

/// A record with the words a person needs to understand it.
#[derive(Debug, Clone)]
pub struct AuditView {
    /// The record.
    pub record: AuditRecord,
    /// Name of the one who acted.
    pub actor_name: Option<Phi<String>>,
    /// What was done, in Khmer.
    pub action_khmer: String,
    /// What was done, in English.
    pub action_english: String,
    /// Why it was refused, in the caller's language, or the actor's own reason.
    pub why: Option<String>,
}

/// Which records an admin wants. All that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this actor.
    pub actor: Option<UserId>,
    /// Concerning this patient.
    pub patient: Option<UserId>,
    /// Whose action starts so: `dose.`
    pub action: Option<String>,
    /// That ended so.
    pub outcome: Option<Outcome>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    fn fits(&self, record: &AuditRecord) -> bool {
        self.actor.is_none_or(|actor| record.actor == Some(actor))
            && self.patient.is_none_or(|patient| record.patient == Some(patient))
            && self.action.as_ref().is_none_or(|action| record.action.starts_with(action))
            && self.outcome.is_none_or(|outcome| record.outcome == outcome)
            && self.from.is_none_or(|from| from <= record.at)
            && self.to.is_none_or(|to| record.at < to)
    }
}

/// How the chain stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainState {
    /// How many records there are.
    pub records: u64,
    /// Hash of the last one, to be noted down elsewhere.
    pub last_hash: [u8; 32],
    /// The first broken record, in words; nothing when all is well.
    pub fault: Option<String>,
}

/// What the caller themselves did, newest first.
///
/// # Errors
/// When nobody is signed in; a bad cursor.
pub async fn own(context: &Context, caller: &Caller, page: &PageRequest) -> Result<Page<AuditView>> {
    gate::read(context, caller, "audit.own", |tx| {
        let me = caller.active()?;
        let filter = AuditFilter { actor: Some(me), ..AuditFilter::default() };
        records(tx, caller, &filter, page)
    })
    .await
}

/// Who touched a patient's record, newest first: for the patient themselves, and for admins, whose look is recorded
/// in turn.
///
/// # Errors
/// `role_not_allowed` for everybody else; a bad cursor.
pub async fn of_record(
    context: &Context,
    caller: &Caller,
    patient: Option<UserId>,
    page: &PageRequest,
) -> Result<Page<AuditView>> {
    gate::read(context, caller, "audit.record", |tx| {
        let me = caller.user_id()?;
        let patient = patient.unwrap_or(me);
        if patient != me || caller.role() != Some(Role::Patient) {
            note_look(tx, patient, caller.role() != Some(Role::Admin));
            caller.with_role(Role::Admin)?;
        }
        caller.active()?;
        let filter = AuditFilter { patient: Some(patient), ..AuditFilter::default() };
        records(tx, caller, &filter, page)
    })
    .await
}

/// Everything that fits, newest first, for admins. That one looked is recorded.
///
/// # Errors
/// `role_not_allowed` for others; a bad cursor.
pub async fn all(
    context: &Context,
    caller: &Caller,
    filter: &AuditFilter,
    page: &PageRequest,
) -> Result<Page<AuditView>> {
    gate::read(context, caller, "audit.all", |tx| {
        caller.with_role(Role::Admin)?;
        tx.trail().must_record();
        if let Some(patient) = filter.patient {
            note_look(tx, patient, false);
        }
        records(tx, caller, filter, page)
    })
    .await
}

/// Walks the whole chain, for admins.
///
/// # Errors
/// `role_not_allowed` for others; when the store cannot be read.
pub async fn verify(context: &Context, caller: &Caller) -> Result<ChainState> {
    gate::read(context, caller, "audit.verify", |tx| {
        tx.trail().must_record();
        caller.with_role(Role::Admin)
    })
    .await?;
    let store = context.store.clone();
    // Reads every record: not on a thread that serves requests.
    tokio::task::spawn_blocking(move || {
        store.read(|tx| {
            let head = HEAD.get(tx, &())?.unwrap_or_default();
            Ok(ChainState { records: head.sequence, last_hash: head.hash, fault: verify_chain(tx)? })
        })
    })
    .await
    .map_err(|error| Error::internal(format!("walking the audit: {error}")))?
}

fn note_look(tx: &dyn Reader, patient: UserId, refused: bool) {
    let basis = if refused { "role_not_allowed" } else { "STAFF" };
    tx.trail().foreign.push(ForeignAccess {
        patient: patient.into(),
        scope: "AUDIT",
        writes: false,
        only: None,
        basis,
        refused,
    });
}

/// One page, by the narrowest order that the filter allows.
fn records(
    tx: &dyn Reader,
    caller: &Caller,
    filter: &AuditFilter,
    page: &PageRequest,
) -> Result<Page<AuditView>> {
    let load = |sequence: u64| Ok(RECORDS.get(tx, &sequence)?.filter(|record| filter.fits(record)));
    let found = match filter.patient.or(filter.actor) {
        Some(person) => BY_PERSON.page(tx, &person, Direction::Backward, page, load)?,
        None => RECORDS
            .page(tx, &(), Direction::Backward, page, |_, record| filter.fits(record))?
            .map(|(_, record)| record),
    };
    let shared = shared_now(tx, caller)?;
    let mut items = Vec::with_capacity(found.items.len());
    for record in found.items {
        let actor_name = name_of(tx, record.actor)?;
        items.push(view(actor_name, shown_to(caller, &shared, record)?, caller.language));
    }
    Ok(Page { items, next_cursor: found.next_cursor })
}

/// Everything that the caller did, oldest first.
pub(super) fn all_own(tx: &dyn Reader, caller: &Caller) -> Result<Vec<AuditView>> {
    let me = caller.user_id()?;
    let (shared, name) = (shared_now(tx, caller)?, name_of(tx, Some(me))?);
    let mut found = Vec::new();
    BY_PERSON.visit_prefix(tx, &me, Direction::Forward, |_, sequence| {
        if let Some(record) = RECORDS.get(tx, &sequence)?.filter(|record| record.actor == Some(me)) {
            found.push(view(name.clone(), shown_to(caller, &shared, record)?, caller.language));
        }
        Ok(Step::Continue)
    })?;
    Ok(found)
}

/// What is shared with the caller at this moment.
fn shared_now(tx: &dyn Reader, caller: &Caller) -> Result<Vec<Connection>> {
    let mut shared = access::patients_of(tx, caller)?;
    shared.retain(|connection| connection.is_active(tx.rights_now()));
    Ok(shared)
}

fn name_of(tx: &dyn Reader, actor: Option<UserId>) -> Result<Option<Phi<String>>> {
    match actor {
        Some(actor) => Ok(USERS.get(tx, &actor)?.map(|user| user.full_name)),
        None => Ok(None),
    }
}

/// Actions whose details say nothing of anybody's health: those of accounts and of running the clinic.
const ADMINISTRATIVE: [&str; 8] =
    ["user.", "auth.", "job.", "queue.", "medicine.", "audit.", "device.", "record.break_glass"];

/// What the caller may read of a record. That something was done, by whom and by what right, is for everybody who may
/// see the record at all. What was changed and why is for staff only where it tells nothing clinical, and for those who
/// did it only while the record is shared with them. An address is for staff and for whoever sat there.
fn shown_to(caller: &Caller, shared: &[Connection], record: AuditRecord) -> Result<AuditRecord> {
    let me = caller.user_id()?;
    let is_staff = caller.role() == Some(Role::Admin);
    let is_administrative = ADMINISTRATIVE.iter().any(|area| record.action.starts_with(area));
    let reads_details = match record.patient {
        None => true,
        Some(patient) if patient == me && !is_staff => true,
        Some(_) if is_administrative => true,
        Some(_) if is_staff => false,
        Some(patient) => shared.iter().any(|connection| connection.patient == patient),
    };
    let is_refusal = record.outcome == Outcome::Refused;
    // What is shared with whom is no secret of the record; why it was ended may be.
    let reads_change = reads_details || record.action.starts_with("connection");
    Ok(AuditRecord {
        change: record.change.filter(|_| reads_change),
        // The code of a refusal is ours.
        reason: record.reason.filter(|_| reads_details || is_refusal),
        ip: record.ip.filter(|_| is_staff || record.actor == Some(me)),
        ..record
    })
}

fn view(actor_name: Option<Phi<String>>, record: AuditRecord, language: Language) -> AuditView {
    let action = |language| i18n::text(language, &format!("audit.{}", record.action), &[]);
    let why = match record.outcome {
        Outcome::Refused => {
            record.reason.as_deref().map(|code| whole_sentences(&i18n::text(language, code, &[])))
        }
        Outcome::Done => record.reason.clone(),
    };
    AuditView {
        actor_name,
        action_khmer: action(Language::Khmer),
        action_english: action(Language::English),
        why,
        record,
    }
}

/// A refusal's text without the sentences whose numbers were not kept, such as how long to wait.
fn whole_sentences(text: &str) -> String {
    let sentences = text.split_inclusive(['.', '។', '?', '!']);
    sentences.filter(|sentence| !sentence.contains(['{', '}'])).collect::<String>().trim().to_owned()
}
