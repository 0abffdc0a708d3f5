//! What may become of a connection, and what a patient may set. Pure functions.

use super::model::{
    AlertSettings, Connection, ConnectionKind, ConnectionState, Permission, PermissionLevel, Scope,
};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::error::{Error, FieldError, FieldErrors, Result};
use crate::platform::ids::{PrescriptionId, UserId};
use crate::platform::secret::Phi;

/// Most prescriptions that can be chosen one by one.
pub const CHOSEN_PRESCRIPTIONS_MAX: usize = 200;
/// Longest wait before a caregiver is told of a missed dose: a day.
pub const ALERT_DELAY_MINUTES_MAX: u32 = 1_440;
/// Characters of a reason to break the glass, least and most.
pub const EMERGENCY_REASON_CHARS: std::ops::RangeInclusive<usize> = 10..=500;
/// Most characters of a reason to revoke.
pub const REVOKE_REASON_CHARS_MAX: usize = 500;

/// What a patient wants to set. What is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PermissionChange {
    /// How much; scopes and chosen prescriptions count at SELECTED only.
    pub level: Option<PermissionLevel>,
    /// Which parts.
    pub scopes: Option<Vec<Scope>>,
    /// Which prescriptions; `Setting::Clear` for all.
    pub prescriptions: Setting<Vec<PrescriptionId>>,
    /// The end; `Setting::Clear` for none.
    pub expires_at: Setting<Timestamp>,
    /// Whether a family member may mark doses.
    pub may_record_doses: Option<bool>,
    /// Whether a family member who sees prescriptions sees the whole clinical record.
    pub may_see_clinical_record: Option<bool>,
}

impl PermissionChange {
    /// Whether nothing is to be set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What to do with an optional value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Setting<T> {
    /// Leave it.
    #[default]
    Keep,
    /// Remove it.
    Clear,
    /// Set it.
    Set(T),
}

impl<T: Clone> Setting<T> {
    fn apply(&self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}

/// The permission that results from a patient's wish.
///
/// # Errors
/// Names every field that is wrong.
pub fn changed_permission(
    kind: ConnectionKind,
    current: &Permission,
    change: &PermissionChange,
    now: Timestamp,
) -> Result<Permission> {
    let mut errors = FieldErrors::new();
    let level = change.level.unwrap_or(current.level);
    let mut scopes = change.scopes.clone().unwrap_or_else(|| current.scopes.clone());
    scopes.sort();
    scopes.dedup();
    if scopes.contains(&Scope::Profile) {
        errors.add("scopes", "scope_unknown");
    }
    if level == PermissionLevel::Selected && scopes.is_empty() {
        errors.add("scopes", "scopes_required");
    }
    if let Setting::Set(end) = change.expires_at
        && end <= now
    {
        errors.add("expiresAt", "must_lie_in_future");
    }
    if let Setting::Set(chosen) = &change.prescriptions
        && chosen.len() > CHOSEN_PRESCRIPTIONS_MAX
    {
        errors
            .push(FieldError::new("prescriptionIds", "too_many_items").with("max", CHOSEN_PRESCRIPTIONS_MAX));
    }
    if change.may_record_doses == Some(true) && kind == ConnectionKind::Doctor {
        errors.add("mayRecordDoses", "family_only");
    }
    if change.may_see_clinical_record == Some(true) && kind == ConnectionKind::Doctor {
        errors.add("maySeeClinicalRecord", "family_only");
    }
    let selected = level == PermissionLevel::Selected;
    // A choice that would not count must not be taken for one that does.
    if !selected && change.scopes.as_ref().is_some_and(|scopes| !scopes.is_empty()) {
        errors.add("scopes", "selected_only");
    }
    if !selected && matches!(change.prescriptions, Setting::Set(_)) {
        errors.add("prescriptionIds", "selected_only");
    }
    errors.finish()?;
    Ok(Permission {
        level,
        scopes: if selected { scopes } else { Vec::new() },
        prescriptions: change.prescriptions.apply(current.prescriptions.clone()).filter(|_| selected),
        expires_at: change.expires_at.apply(current.expires_at),
        may_record_doses: change.may_record_doses.unwrap_or(current.may_record_doses),
        may_see_clinical_record: change.may_see_clinical_record.unwrap_or(current.may_see_clinical_record),
    })
}

/// The connection as it stands at `now`: a request that nobody answered for `life` has ended.
#[must_use]
pub fn settled(mut connection: Connection, now: Timestamp, life: Span) -> Connection {
    let end = connection.created_at.plus(life);
    if connection.state == ConnectionState::Pending && end <= now {
        connection.state = ConnectionState::Expired;
        connection.ended_at = Some(end);
    }
    connection
}

/// Accepts. Only the one who was asked can.
///
/// # Errors
/// `connection_not_pending`, `connection_answer_by_other`.
pub fn accept(connection: &mut Connection, by: UserId, now: Timestamp) -> Result<()> {
    answer(connection, by, now, ConnectionState::Accepted)
}

/// Declines. Only the one who was asked can; the one who asked may revoke.
///
/// # Errors
/// As [`accept`].
pub fn decline(connection: &mut Connection, by: UserId, now: Timestamp) -> Result<()> {
    answer(connection, by, now, ConnectionState::Declined)
}

fn answer(connection: &mut Connection, by: UserId, now: Timestamp, state: ConnectionState) -> Result<()> {
    if connection.requested_by == by {
        return Err(Error::forbidden("connection_answer_by_other"));
    }
    if connection.state != ConnectionState::Pending {
        return Err(Error::conflict("connection_not_pending"));
    }
    connection.state = state;
    connection.answered_at = Some(now);
    connection.updated_at = now;
    Ok(())
}

/// Ends a connection without one of the two having done it.
pub const fn end(connection: &mut Connection, now: Timestamp) {
    connection.state = ConnectionState::Revoked;
    connection.ended_at = Some(now);
    connection.updated_at = now;
}

/// Ends a connection, or takes a request back.
///
/// # Errors
/// `connection_ended` when it has ended already.
pub fn revoke(connection: &mut Connection, by: UserId, reason: Option<String>, now: Timestamp) -> Result<()> {
    if !connection.state.is_live() {
        return Err(Error::conflict("connection_ended"));
    }
    end(connection, now);
    connection.ended_by = Some(by);
    connection.end_reason = reason.map(Phi::new);
    Ok(())
}

/// A reason that was typed: trimmed, of a length that says something.
///
/// # Errors
/// Names the field.
pub fn typed_reason(
    field: &str,
    reason: &str,
    characters: std::ops::RangeInclusive<usize>,
) -> Result<String> {
    let reason = reason.trim();
    let length = reason.chars().count();
    if length < *characters.start() {
        let error = FieldError::new(field, "reason_too_short").with("min", characters.start());
        return Err(Error::invalid_fields(vec![error]));
    }
    if length > *characters.end() {
        let error = FieldError::new(field, "reason_too_long").with("max", characters.end());
        return Err(Error::invalid_fields(vec![error]));
    }
    Ok(reason.to_owned())
}

/// The carer's wish to hear of missed doses.
///
/// # Errors
/// Names `delayMinutes` when it is longer than a day.
pub fn alert_settings(
    current: AlertSettings,
    enabled: bool,
    delay_minutes: Option<u32>,
) -> Result<AlertSettings> {
    let delay_minutes = delay_minutes.unwrap_or(current.delay_minutes);
    if delay_minutes > ALERT_DELAY_MINUTES_MAX {
        let error = FieldError::new("delayMinutes", "delay_too_long").with("max", ALERT_DELAY_MINUTES_MAX);
        return Err(Error::invalid_fields(vec![error]));
    }
    Ok(AlertSettings { enabled, delay_minutes })
}
