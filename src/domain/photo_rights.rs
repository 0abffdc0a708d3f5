//! Whose photograph somebody means, and whether they may see or change it: the same check as for what it shows.
//!
//! | photograph | seen by | changed by |
//! |---|---|---|
//! | of a person | whoever may know the person | the person |
//! | of a licence | the doctor, clinic staff | the doctor, until the licence was approved |
//! | of a medicine | whoever may see its prescription | the patient, the author of the prescription |
//!
//! A medicine that a newer version of its prescription has left out keeps its photograph, for the patient alone.

use super::auth::model::{Actor, Caller};
use super::connections::access;
use super::connections::model::{Mode, Scope};
use super::photos::model::Subject;
use super::photos::tables::{self as photos};
use super::prescriptions::tables as prescriptions;
use super::users::model::{Role, Status};
use crate::platform::error::{Error, Kind, Result};
use crate::platform::ids::{MedicationId, UserId};
use crate::platform::store::Reader;

/// A photograph as somebody names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Of this person.
    Person(UserId),
    /// Of the licence of this doctor.
    License(UserId),
    /// Of this medication line.
    Medicine(MedicationId),
}

/// Whose photograph it is, and what it shows.
pub type Found = (UserId, Subject);

/// Finds what `caller` names and may see.
///
/// # Errors
/// The refusals of the access check; `role_not_allowed` for a licence; `medication_not_found`.
pub fn to_see(tx: &dyn Reader, caller: &Caller, named: Named) -> Result<Found> {
    match named {
        Named::Person(person) => {
            access::check(tx, caller, person, Scope::Profile, Mode::Read)?;
            Ok((person, Subject::Profile))
        }
        Named::License(doctor) => {
            if caller.user_id()? != doctor {
                access::check(tx, caller, doctor, Scope::Profile, Mode::Read)?;
                caller.with_role(Role::Admin)?;
            }
            Ok((doctor, Subject::License))
        }
        Named::Medicine(id) => medicine(tx, caller, id, Mode::Read),
    }
}

/// Finds what `caller` names and may change.
///
/// # Errors
/// `photo_not_yours`; `license_photo_settled` once a licence was approved; `role_not_allowed`; `medication_not_found`; the
/// refusals of the access check; `not_author`.
pub fn to_change(tx: &dyn Reader, caller: &Caller, named: Named) -> Result<Found> {
    match named {
        Named::Person(person) => {
            if caller.active()? != person {
                return Err(Error::forbidden("photo_not_yours"));
            }
            Ok((person, Subject::Profile))
        }
        Named::License(doctor) => {
            if caller.user_id()? != doctor {
                return Err(Error::forbidden("photo_not_yours"));
            }
            match caller.actor {
                Actor::Person { role: Role::Doctor, status: Status::Verified, .. } => {
                    Err(Error::conflict("license_photo_settled"))
                }
                Actor::Person { role: Role::Doctor, .. } => Ok((doctor, Subject::License)),
                _ => Err(Error::forbidden("role_not_allowed")),
            }
        }
        Named::Medicine(id) => medicine(tx, caller, id, Mode::Write),
    }
}

fn medicine(tx: &dyn Reader, caller: &Caller, id: MedicationId, mode: Mode) -> Result<Found> {
    let hidden = || Error::not_found("medication_not_found");
    let me = caller.active()?;
    let (patient, prescription) = match prescriptions::prescription_of(tx, id) {
        Err(error) if error.kind() == Kind::NotFound => {
            let own = (me, Subject::Medicine(id));
            return photos::find(tx, own.0, own.1)?.map(|_| own).ok_or(error);
        }
        found => found?,
    };
    let access = access::check(tx, caller, patient, Scope::Prescriptions, mode)
        .map_err(|error| if error.kind() == Kind::NotFound { hidden() } else { error })?;
    let row = prescriptions::get(tx, &access, prescription)
        .map_err(|error| if error.kind() == Kind::NotFound { hidden() } else { error })?;
    if !row.is_visible_to(Some(me)) {
        return Err(hidden());
    }
    if mode == Mode::Write && !access.is_own() && row.author.id != me {
        return Err(Error::forbidden("not_author"));
    }
    // A line keeps its id; what it was called before leads to the same photograph.
    let line = row.content.lines.iter().find(|line| line.has_id(id)).map_or(id, |line| line.id);
    Ok((patient, Subject::Medicine(line)))
}
