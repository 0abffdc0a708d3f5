//! Who may be told of what a message says. Asked when it is planned, each time it is sent, and when its recipient looks
//! at it: whoever is told of something is judged like whoever asks for it.

use super::connections::model::Scope;
use super::connections::tables::live_of_pair;
use super::notifications::model::{Notification, NotificationType};
use super::users::model::{Role, Status, User};
use crate::platform::error::Result;
use crate::platform::ids::PrescriptionId;
use crate::platform::store::Reader;

/// What of a record a message tells.
#[derive(Clone, Copy)]
enum Subject {
    /// Nothing of what is in it: that two people are connected, or that it was opened.
    Nothing,
    /// This part.
    Part(Scope),
    /// That its owner is in need: everybody who is connected hears, whatever they may see otherwise.
    Need,
}

const fn subject(kind: NotificationType) -> Subject {
    use NotificationType as Type;
    match kind {
        Type::ConnectionRequest
        | Type::ConnectionAccepted
        | Type::ConnectionRevoked
        | Type::PaymentCompleted
        | Type::PaymentFailed
        | Type::SubscriptionEnding
        | Type::SubscriptionEnded
        | Type::AccountSecurity
        | Type::RecordOpened => Subject::Nothing,
        Type::PrescriptionShared
        | Type::PrescriptionUpdate
        | Type::UrgentPrescriptionChange
        | Type::PrescriptionConfirmed
        | Type::PrescriptionRejected
        | Type::RetakeRequested
        | Type::FollowUpDue
        | Type::RefillDue => Subject::Part(Scope::Prescriptions),
        Type::DoseReminder
        | Type::MissedDoseAlert
        | Type::FamilyAlert
        | Type::AdherenceImproved
        | Type::LowAdherence => Subject::Part(Scope::Doses),
        Type::VitalAnomaly => Subject::Part(Scope::Vitals),
        Type::NoteShared => Subject::Part(Scope::Notes),
        Type::EmergencyAlert => Subject::Need,
    }
}

/// Whether `user` may be told of `message` now: whoever's account is not in use hears only of the account itself, and
/// of other people's records what is shared with them at this moment. Clinic staff hear what is sent to staff.
///
/// # Errors
/// When the store cannot be read.
pub fn may_hear(tx: &dyn Reader, user: &User, message: &Notification) -> Result<bool> {
    if message.kind == NotificationType::AccountSecurity {
        return Ok(true);
    }
    if matches!(user.status, Status::Rejected | Status::Locked) || user.erased_at.is_some() {
        return Ok(false);
    }
    let Some(patient) = message.patient.filter(|patient| *patient != user.id) else { return Ok(true) };
    if !matches!(user.status, Status::Active | Status::Verified) {
        return Ok(false);
    }
    let subject = subject(message.kind);
    if user.role == Role::Admin || matches!(subject, Subject::Nothing) {
        return Ok(true);
    }
    let now = tx.rights_now();
    let prescription = prescription_of(message);
    Ok(live_of_pair(tx, patient, user.id)?.iter().any(|connection| {
        connection.kind.serves(user.role, user.status)
            && match (subject, prescription) {
                (Subject::Nothing, _) => true,
                (Subject::Need, _) => connection.is_active(now),
                (Subject::Part(scope), Some(id)) => connection.shares_prescription(id, scope, now),
                (Subject::Part(scope), None) => connection.shares(scope, now),
            }
    }))
}

/// The prescription that a message is about.
fn prescription_of(message: &Notification) -> Option<PrescriptionId> {
    let is_prescription = message.resource_kind.as_deref() == Some("prescription");
    message.resource_id.as_deref().filter(|_| is_prescription)?.parse().ok()
}
