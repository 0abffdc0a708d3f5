//! One-time codes: made by a patient, redeemed by whoever they hand one to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::connections::{described, is_in_use, note, open, tell};
use crate::domain::auth::model::Caller;
use crate::domain::connections::codes;
use crate::domain::connections::model::{
    Connection, ConnectionCode, ConnectionKind, ConnectionState, Permission, PermissionLevel, Scope,
};
use crate::domain::connections::rules::{self, PermissionChange};
use crate::domain::connections::tables;
use crate::domain::gate;
use crate::domain::notifications::model::NotificationType;
use crate::domain::users::model::{Role, User};
use crate::domain::users::tables::USERS;
use crate::flows::events::save_connection;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::jobs::{Every, Job, Jobs};
use crate::platform::secret::{Phi, Secret};
use crate::platform::store::{Reader, WriteTx};

/// Codes removed in one transaction, so that it stays short.
const PURGE_BATCH: usize = 500;

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.register::<PurgeConnectionCodes, _, _>(purge);
    jobs.recurring("purge-connection-codes", Every::hours(1), PurgeConnectionCodes {});
}

/// Forgets codes that are void.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PurgeConnectionCodes {}

impl Job for PurgeConnectionCodes {
    const NAME: &'static str = "purge-connection-codes";
    const QUEUE: &'static str = "upkeep";
    const WAITS_FOR_CLOCK: bool = true;
}

/// Handler of [`PurgeConnectionCodes`].
///
/// # Errors
/// When the store cannot be read or written.
pub async fn purge(context: Arc<Context>, _: PurgeConnectionCodes) -> Result<()> {
    let caller = Caller::system(PurgeConnectionCodes::NAME);
    let mut purged = PURGE_BATCH;
    while purged == PURGE_BATCH {
        purged = gate::write(&context, &caller, "connection_code.purge", |tx| {
            let purged = codes::purge(tx, tx.now(), PURGE_BATCH)?;
            let mut trail = tx.trail();
            trail.already_done = purged == 0;
            trail.change = Some(json!({ "purged": purged }));
            Ok(purged)
        })
        .await?;
    }
    Ok(())
}

/// A code as its maker sees it, once.
#[derive(Debug, Serialize, Deserialize)]
pub struct NewCode {
    /// The eight characters.
    pub code: Secret<String>,
    /// The same as a picture, a `data:` URI.
    pub qr_code: Secret<String>,
    /// From this instant on it is void.
    pub expires_at: Timestamp,
}

/// What a code would give.
#[derive(Debug, Serialize, Deserialize)]
pub struct CodePreview {
    /// Whose code.
    pub patient: UserId,
    /// Their name.
    pub patient_name: Phi<String>,
    /// What they share.
    pub level: PermissionLevel,
    /// Which parts at SELECTED.
    pub scopes: Vec<Scope>,
    /// From this instant on the code is void.
    pub expires_at: Timestamp,
}

/// A try with a code. A wrong one is counted, so its transaction is kept and the refusal comes after it.
#[derive(Debug, Serialize, Deserialize)]
enum Attempt<T> {
    Right(T),
    Wrong,
}

/// Makes a code that connects whoever redeems it at `level`.
///
/// # Errors
/// `role_not_allowed` for others than patients; bad fields; `too_many_codes`.
pub async fn create(
    context: &Context,
    caller: &Caller,
    level: PermissionLevel,
    scopes: Option<Vec<Scope>>,
) -> Result<NewCode> {
    // The answer holds a secret, so it is not kept for replays: a repeated request makes another code.
    let caller = Caller { idempotency: None, ..caller.clone() };
    let by = caller.clone();
    let (code, expires_at) = gate::write(context, &caller, "connection_code.create", move |tx| {
        let me = by.with_role(Role::Patient)?;
        let wish =
            PermissionChange { level: Some(level), scopes: scopes.clone(), ..PermissionChange::default() };
        let permission =
            rules::changed_permission(ConnectionKind::Doctor, &Permission::all(), &wish, tx.now())?;
        let (text, code) = codes::create(tx, me, &permission)?;
        tx.trail().change = Some(json!({ "permission": described(&permission) }));
        Ok((Secret::new(text), code.expires_at))
    })
    .await?;
    let qr_code = Secret::new(codes::picture(code.reveal())?);
    Ok(NewCode { code, qr_code, expires_at })
}

/// Shows a carer whose code it is and what it would give, without using it up.
///
/// # Errors
/// `connection_code_invalid` when it is wrong, used or void; `too_many_wrong_codes`; `account_not_active`.
pub async fn preview(context: &Context, caller: &Caller, typed: Secret<String>) -> Result<CodePreview> {
    let by = caller.clone();
    let attempt = gate::write(context, caller, "connection_code.preview", move |tx| {
        let carer = carer_of(tx, &by)?.id;
        codes::check_guesses(tx, carer)?;
        let Some((code, patient)) = find(tx, typed.reveal())? else { return wrong(tx, carer) };
        tx.trail().patient = Some(code.patient.into());
        Ok(Attempt::Right(CodePreview {
            patient: code.patient,
            patient_name: patient.full_name,
            level: code.level,
            scopes: code.scopes,
            expires_at: code.expires_at,
        }))
    })
    .await?;
    judge(attempt)
}

/// Connects the carer who calls with the patient whose code it is. The code is used up, whoever else tries it
/// at the same time.
///
/// # Errors
/// As [`preview`]; a bad `kind` when who is to treat is no doctor; `connection_exists` when the two are connected in
/// this way already: the code is not used up then.
pub async fn redeem(
    context: &Context,
    caller: &Caller,
    typed: Secret<String>,
    kind: Option<ConnectionKind>,
) -> Result<Connection> {
    let by = caller.clone();
    let attempt = gate::write(context, caller, "connection_code.redeem", move |tx| {
        let carer = carer_of(tx, &by)?;
        let kind = kind.unwrap_or_else(|| ConnectionKind::usual(carer.role));
        if !kind.serves(carer.role, carer.status) {
            return Err(Error::invalid("kind", "connection_kind_needs_doctor"));
        }
        let carer = carer.id;
        codes::check_guesses(tx, carer)?;
        let Some((code, _)) = find(tx, typed.reveal())? else { return wrong(tx, carer) };
        if code.patient == carer {
            return Err(Error::invalid("code", "connection_with_self"));
        }
        let connection = connect(tx, &code, carer, kind)?;
        codes::use_up(tx, typed.reveal(), &code, carer)?;
        note(
            tx,
            &connection,
            json!({ "state": "ACCEPTED", "permission": described(&connection.permission) }),
        );
        tell(tx, &connection, carer, NotificationType::ConnectionAccepted, "code")?;
        Ok(Attempt::Right(connection))
    })
    .await?;
    judge(attempt)
}

/// An accepted connection at the level of the code, in place of a pending request if there is one.
fn connect(
    tx: &mut WriteTx<'_>,
    code: &ConnectionCode,
    carer: UserId,
    kind: ConnectionKind,
) -> Result<Connection> {
    let permission =
        Permission { level: code.level, scopes: code.scopes.clone(), ..kind.default_permission() };
    let mut connection = match tables::live(tx, code.patient, carer, kind)? {
        Some(pending) if pending.state == ConnectionState::Pending => pending,
        Some(_) => return Err(Error::conflict("connection_exists")),
        None => open(tx, (code.patient, carer, kind), carer, permission.clone())?,
    };
    // Handing the code over was the patient's consent.
    connection.permission = permission;
    connection.state = ConnectionState::Accepted;
    connection.answered_at = Some(tx.now());
    connection.updated_at = tx.now();
    save_connection(tx, &connection)?;
    Ok(connection)
}

/// Who calls, to care for somebody.
fn carer_of(tx: &dyn Reader, caller: &Caller) -> Result<User> {
    let me = caller.active()?;
    let user = USERS.get(tx, &me)?.filter(is_in_use);
    user.ok_or_else(|| Error::forbidden("account_not_active"))
}

/// The open code that was typed, with its patient, whose account must still be in use.
fn find(tx: &dyn Reader, typed: &str) -> Result<Option<(ConnectionCode, User)>> {
    let Some(code) = codes::find_open(tx, typed)? else { return Ok(None) };
    let patient = USERS.get(tx, &code.patient)?.filter(is_in_use);
    Ok(patient.map(|patient| (code, patient)))
}

fn wrong<T>(tx: &mut WriteTx<'_>, by: UserId) -> Result<Attempt<T>> {
    codes::count_wrong(tx, by)?;
    tx.trail().refused("connection_code_invalid");
    Ok(Attempt::Wrong)
}

fn judge<T>(attempt: Attempt<T>) -> Result<T> {
    match attempt {
        Attempt::Right(value) => Ok(value),
        Attempt::Wrong => Err(Error::not_found("connection_code_invalid")),
    }
}
