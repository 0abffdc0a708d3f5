//! Connections: asking, answering, ending, and what the patient shares.

use serde_json::{Value, json};

use crate::domain::auth::model::Caller;
use crate::domain::connections::model::{
    AlertSettings, Connection, ConnectionKind, ConnectionState, Permission,
};
use crate::domain::connections::pace::{self, Pace};
use crate::domain::connections::rules::{self, PermissionChange, REVOKE_REASON_CHARS_MAX, Setting};
use crate::domain::connections::tables;
use crate::domain::gate;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::{Role, Status, User};
use crate::domain::users::tables::{self as users, USERS};
use crate::flows::events::save_connection;
use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldErrors, Result};
use crate::platform::ids::{ConnectionId, PrescriptionId, UserId};
use crate::platform::store::{Reader, WriteTx};

/// What a connection is asked for as, and with whom.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The other one of the pair.
    pub target: UserId,
    /// What the carer is to be to the patient; a doctor treats unless it says otherwise, others are family.
    pub kind: Option<ConnectionKind>,
    /// Whose record it is, when both are patients.
    pub patient: Option<UserId>,
}

/// Asks somebody for a connection. A patient may say at once what they share.
///
/// # Errors
/// - `user_not_found` when the other one has no account in use, or is a doctor whose licence is not approved;
/// - a bad `targetUserId` when it is the caller, or neither is a patient; a bad `patientId` when both are and it does
///   not say who is cared for; a bad `kind` when who is to treat is no doctor;
/// - `connection_exists` when the pair has a pending or accepted connection of this kind;
/// - `connection_requests_unanswered`, `connection_requests_per_day`, `connection_asked_today` when it is one too many;
/// - `only_patient_sets_permission`.
pub async fn request(
    context: &Context,
    caller: &Caller,
    request: Asked,
    wish: PermissionChange,
) -> Result<Connection> {
    let (by, limits, zone) = (caller.clone(), context.settings.limits.clone(), context.zone());
    let target = request.target;
    gate::write(context, caller, "connection.request", move |tx| {
        let me = by.active()?;
        tx.trail().resource = Some(("user", target.to_string()));
        if me == target {
            return Err(Error::invalid("targetUserId", "connection_with_self"));
        }
        let asking = users::require(tx, me)?;
        let asked = USERS.get(tx, &target)?.filter(is_in_use);
        let asked = asked.ok_or_else(|| Error::not_found("user_not_found"))?;
        let (patient, carer, kind) = pair(&asking, &asked, &request)?;
        let permission = wished(kind, kind.default_permission(), &wish, (me, patient), tx)?;
        end_unanswered(tx, (patient, carer, kind), limits.request_life())?;
        let asked = Pace::of(asking.role, &limits, zone).check(tx, me, target)?;
        let connection = open(tx, (patient, carer, kind), me, permission)?;
        pace::note_request(tx, asked, &connection)?;
        note(tx, &connection, json!({ "state": "PENDING" }));
        tell(tx, &connection, me, NotificationType::ConnectionRequest, "default")?;
        Ok(connection)
    })
    .await
}

/// Says yes. Only the one who was asked can; only a patient says what they share.
///
/// # Errors
/// `connection_not_found`, `connection_not_pending`, `connection_answer_by_other`,
/// `only_patient_sets_permission`; bad fields of the permission; `user_not_found` when the other one's account
/// is no longer in use.
pub async fn accept(
    context: &Context,
    caller: &Caller,
    id: ConnectionId,
    wish: PermissionChange,
) -> Result<Connection> {
    let (by, life) = (caller.clone(), context.settings.limits.request_life());
    gate::write(context, caller, "connection.accept", move |tx| {
        let me = by.active()?;
        let mut connection = require(tx, id, me, life)?;
        rules::accept(&mut connection, me, tx.now())?;
        let other = USERS.get(tx, &connection.other(me))?.filter(is_in_use);
        // Whoever is to care may have another role since they asked.
        let carer = USERS.get(tx, &connection.carer)?;
        let serves = carer.is_some_and(|carer| connection.kind.serves(carer.role, carer.status));
        if other.is_none() || !serves {
            return Err(Error::not_found("user_not_found"));
        }
        let before = connection.permission.clone();
        connection.permission = wished(connection.kind, before, &wish, (me, connection.patient), tx)?;
        save_connection(tx, &connection)?;
        note(
            tx,
            &connection,
            json!({ "state": ["PENDING", "ACCEPTED"], "permission": described(&connection.permission) }),
        );
        tell(tx, &connection, me, NotificationType::ConnectionAccepted, "default")?;
        Ok(connection)
    })
    .await
}

/// Says no.
///
/// # Errors
/// As [`accept`].
pub async fn decline(context: &Context, caller: &Caller, id: ConnectionId) -> Result<Connection> {
    let (by, life) = (caller.clone(), context.settings.limits.request_life());
    gate::write(context, caller, "connection.decline", move |tx| {
        let me = by.active()?;
        let mut connection = require(tx, id, me, life)?;
        rules::decline(&mut connection, me, tx.now())?;
        save_connection(tx, &connection)?;
        pace::note_refusal(tx, &connection)?;
        note(tx, &connection, json!({ "state": ["PENDING", "DECLINED"] }));
        tell(tx, &connection, me, NotificationType::ConnectionRevoked, "declined")?;
        Ok(connection)
    })
    .await
}

/// Ends a connection, or takes a request back. Holds from the very next request on.
///
/// # Errors
/// `connection_not_found`, `connection_ended`; a bad `reason` when it is too long.
pub async fn revoke(
    context: &Context,
    caller: &Caller,
    id: ConnectionId,
    reason: Option<String>,
) -> Result<Connection> {
    let (by, life) = (caller.clone(), context.settings.limits.request_life());
    gate::write(context, caller, "connection.revoke", move |tx| {
        let me = by.active()?;
        let mut connection = require(tx, id, me, life)?;
        let reason = match &reason {
            Some(reason) if !reason.trim().is_empty() => {
                Some(rules::typed_reason("reason", reason, 1..=REVOKE_REASON_CHARS_MAX)?)
            }
            _ => None,
        };
        let before = connection.state;
        rules::revoke(&mut connection, me, reason.clone(), tx.now())?;
        save_connection(tx, &connection)?;
        if before == ConnectionState::Pending {
            pace::note_refusal(tx, &connection)?;
        }
        tables::withdraw_requests(tx, id)?;
        note(tx, &connection, json!({ "state": [before, "REVOKED"] }));
        tx.trail().reason = reason;
        tell(tx, &connection, me, NotificationType::ConnectionRevoked, "default")?;
        Ok(connection)
    })
    .await
}

/// Sets what the patient shares. Holds from the very next request on; approvals at level REQUEST end.
///
/// # Errors
/// `connection_not_found`, `only_patient_sets_permission`, `connection_ended`; bad fields of the permission.
pub async fn set_permission(
    context: &Context,
    caller: &Caller,
    id: ConnectionId,
    wish: PermissionChange,
) -> Result<Connection> {
    let (by, life) = (caller.clone(), context.settings.limits.request_life());
    gate::write(context, caller, "connection.set_permission", move |tx| {
        let mut connection = require_own(tx, id, &by, life)?;
        let before = connection.permission.clone();
        connection.permission =
            wished(connection.kind, before.clone(), &wish, (connection.patient, connection.patient), tx)?;
        connection.updated_at = tx.now();
        save_connection(tx, &connection)?;
        tables::withdraw_requests(tx, id)?;
        note(
            tx,
            &connection,
            json!({ "permission": [described(&before), described(&connection.permission)] }),
        );
        Ok(connection)
    })
    .await
}

/// Sets whether and when the carer hears of missed doses.
///
/// # Errors
/// As [`set_permission`]; a bad `delayMinutes`.
pub async fn set_alerts(
    context: &Context,
    caller: &Caller,
    id: ConnectionId,
    enabled: AlertSwitch,
    delay_minutes: Option<u32>,
) -> Result<Connection> {
    let (by, life) = (caller.clone(), context.settings.limits.request_life());
    gate::write(context, caller, "connection.set_alerts", move |tx| {
        let mut connection = require_own(tx, id, &by, life)?;
        let before = connection.alerts;
        let enabled = enabled == AlertSwitch::On;
        connection.alerts = rules::alert_settings(before, enabled, delay_minutes)?;
        connection.updated_at = tx.now();
        save_connection(tx, &connection)?;
        let shown = |alerts: AlertSettings| json!([alerts.enabled, alerts.delay_minutes]);
        note(tx, &connection, json!({ "alerts": [shown(before), shown(connection.alerts)] }));
        Ok(connection)
    })
    .await
}

/// Whether a carer is told of missed doses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertSwitch {
    /// They are.
    On,
    /// They are not.
    Off,
}

/// The connection as it stands now, if `person` is one of the pair; to others it does not exist.
fn require(tx: &dyn Reader, id: ConnectionId, person: UserId, life: Span) -> Result<Connection> {
    let found = tables::CONNECTIONS.get(tx, &id)?.filter(|connection| connection.concerns(person));
    let found = found.ok_or_else(|| Error::not_found("connection_not_found"))?;
    Ok(rules::settled(found, tx.now(), life))
}

/// Writes down the end of a request that nobody answered, so that the pair may ask again.
///
/// # Errors
/// `connection_exists` when the pair has a connection of this kind, or a request that still waits.
fn end_unanswered(
    tx: &mut WriteTx<'_>,
    (patient, carer, kind): (UserId, UserId, ConnectionKind),
    life: Span,
) -> Result<()> {
    let Some(connection) = tables::live(tx, patient, carer, kind)? else { return Ok(()) };
    let connection = rules::settled(connection, tx.now(), life);
    if connection.state != ConnectionState::Expired {
        return Err(Error::conflict("connection_exists"));
    }
    save_connection(tx, &connection)
}

/// A live connection of the patient who calls.
fn require_own(tx: &dyn Reader, id: ConnectionId, caller: &Caller, life: Span) -> Result<Connection> {
    let me = caller.active()?;
    let connection = require(tx, id, me, life)?;
    if connection.patient != me {
        return Err(Error::forbidden("only_patient_sets_permission"));
    }
    if !connection.state.is_live() {
        return Err(Error::conflict("connection_ended"));
    }
    Ok(connection)
}

/// Whether somebody can be connected with.
pub(super) fn is_in_use(user: &User) -> bool {
    match user.role {
        Role::Doctor => user.status == Status::Verified,
        Role::Patient | Role::FamilyMember | Role::Admin => user.status == Status::Active,
    }
}

/// Patient, carer and kind of the connection that one asks the other for.
fn pair(asking: &User, other: &User, request: &Asked) -> Result<(UserId, UserId, ConnectionKind)> {
    let is_patient = |user: &User| user.role == Role::Patient;
    let patient = match (is_patient(asking), is_patient(other), request.patient) {
        (false, false, _) => return Err(Error::invalid("targetUserId", "connection_pair_invalid")),
        (true, true, None) => return Err(Error::invalid("patientId", "connection_patient_unclear")),
        (asks, answers, Some(id)) => [(asks, asking), (answers, other)]
            .into_iter()
            .find(|(is_patient, user)| *is_patient && user.id == id)
            .map(|(_, user)| user)
            .ok_or_else(|| Error::invalid("patientId", "connection_patient_not_of_pair"))?,
        (true, false, None) => asking,
        (false, true, None) => other,
    };
    let carer = if patient.id == asking.id { other } else { asking };
    let kind = request.kind.unwrap_or_else(|| ConnectionKind::usual(carer.role));
    if !kind.serves(carer.role, carer.status) {
        return Err(Error::invalid("kind", "connection_kind_needs_doctor"));
    }
    Ok((patient.id, carer.id, kind))
}

/// The permission that `by` wishes for; only the patient may wish.
fn wished(
    kind: ConnectionKind,
    current: Permission,
    wish: &PermissionChange,
    (by, patient): (UserId, UserId),
    tx: &dyn Reader,
) -> Result<Permission> {
    match (wish.is_empty(), by == patient) {
        (true, _) => Ok(current),
        (false, true) => {
            let permission = rules::changed_permission(kind, &current, wish, tx.now())?;
            if let Setting::Set(chosen) = &wish.prescriptions {
                only_own(tx, patient, chosen)?;
            }
            Ok(permission)
        }
        (false, false) => Err(Error::forbidden("only_patient_sets_permission")),
    }
}

/// Refuses prescriptions of other people, and such as do not exist.
fn only_own(tx: &dyn Reader, patient: UserId, chosen: &[PrescriptionId]) -> Result<()> {
    let mut errors = FieldErrors::new();
    for (place, id) in chosen.iter().enumerate() {
        if prescriptions::BY_ID.find(tx, id)?.is_none_or(|(owner, _)| owner != patient) {
            errors.add(format!("prescriptionIds[{place}]"), "prescription_not_of_patient");
        }
    }
    errors.finish()
}

/// Writes a new pending connection.
pub(super) fn open(
    tx: &mut WriteTx<'_>,
    (patient, carer, kind): (UserId, UserId, ConnectionKind),
    requested_by: UserId,
    permission: Permission,
) -> Result<Connection> {
    let now = tx.now();
    let connection = Connection {
        id: tx.new_id()?,
        patient,
        carer,
        kind,
        state: ConnectionState::Pending,
        requested_by,
        permission,
        alerts: AlertSettings::default(),
        created_at: now,
        answered_at: None,
        ended_at: None,
        ended_by: None,
        end_reason: None,
        updated_at: now,
    };
    save_connection(tx, &connection)?;
    Ok(connection)
}

/// Tells the audit what was changed.
pub(super) fn note(tx: &WriteTx<'_>, connection: &Connection, change: Value) {
    let mut trail = tx.trail();
    trail.resource = Some(("connection", connection.id.to_string()));
    trail.patient = Some(connection.patient.into());
    trail.change = Some(change);
}

/// A permission as the audit shows it.
pub(super) fn described(permission: &Permission) -> Value {
    json!({
        "level": permission.level,
        "scopes": permission.scopes,
        "prescriptions": permission.prescriptions,
        "expiresAt": permission.expires_at.map(|end| end.to_utc().to_rfc3339()),
        "mayRecordDoses": permission.may_record_doses,
        "maySeeClinicalRecord": permission.may_see_clinical_record,
    })
}

/// Tells the other one of the pair what `actor` did.
pub(super) fn tell(
    tx: &mut WriteTx<'_>,
    connection: &Connection,
    actor: UserId,
    kind: NotificationType,
    variant: &'static str,
) -> Result<()> {
    let name = users::require(tx, actor)?.full_name.into_inner();
    let notice = Notice {
        to: connection.other(actor),
        kind,
        variant,
        urgency: Urgency::Normal,
        params: Params::new().text("name", name),
        patient: Some(connection.patient),
        resource: Some(("connection", connection.id.to_string())),
    };
    notify(tx, notice).map(drop)
}
