//! What ends when somebody may not care for others any more.

use crate::domain::connections::model::{Connection, ConnectionState};
use crate::domain::connections::rules;
use crate::domain::connections::tables::{BY_PERSON, CONNECTIONS, close_glass, withdraw_requests};
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::users::tables::require;
use crate::flows::events::save_connection;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{Reader, WriteTx};

/// Ends everything that lets others see a patient's record, or would when they say yes, because somebody else may have
/// given it: connections that were accepted, and those that the account asked for. What others asked for waits for the
/// owner's answer. The others are told.
pub(super) fn end_connections(tx: &mut WriteTx<'_>, patient: UserId) -> Result<()> {
    let is_given = |one: &Connection| {
        let is_asked = one.state == ConnectionState::Pending && one.requested_by == patient;
        one.patient == patient && (one.state == ConnectionState::Accepted || is_asked)
    };
    end_all(tx, patient, is_given, |one| (one.carer, "default", None))
}

/// Ends all connections in which `carer` cares for somebody, those that were only asked for too, and tells the patients:
/// their role was changed, or their licence refused. Records that they opened in an emergency are closed.
pub(super) fn end_care(tx: &mut WriteTx<'_>, carer: UserId) -> Result<()> {
    close_glass(tx, carer)?;
    let is_care = |one: &Connection| one.carer == carer && one.state.is_live();
    end_all(tx, carer, is_care, |one| (one.patient, "by_clinic", Some(one.patient)))
}

/// Ends connections of a person, and tells somebody of each: to whom, in which words, and of whose record.
fn end_all(
    tx: &mut WriteTx<'_>,
    person: UserId,
    is_ended: impl Fn(&Connection) -> bool,
    told: impl Fn(&Connection) -> (UserId, &'static str, Option<UserId>),
) -> Result<()> {
    let name = require(tx, person)?.full_name.into_inner();
    let now = tx.now();
    for id in BY_PERSON.keys(tx, &person)? {
        let Some(mut connection) = CONNECTIONS.get(tx, &id)?.filter(&is_ended) else { continue };
        rules::end(&mut connection, now);
        save_connection(tx, &connection)?;
        withdraw_requests(tx, id)?;
        let (to, variant, patient) = told(&connection);
        let notice = Notice {
            to,
            kind: NotificationType::ConnectionRevoked,
            variant,
            urgency: Urgency::Normal,
            params: Params::new().text("name", name.clone()),
            patient,
            resource: Some(("connection", id.to_string())),
        };
        notify(tx, notice)?;
    }
    Ok(())
}
