//! What ends when somebody may not care for others any more.

use crate::domain::connections::model::{Connection, ConnectionState};
use crate::domain::connections::tables::{BY_PERSON, CONNECTIONS, close_glass, withdraw_requests};
use crate::domain::connections::{codes, rules};
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::users::tables::require;
use crate::flows::events::save_connection;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{Reader, WriteTx};

/// Ends everything that lets others see a patient's record, because somebody else may have given it: connections that
/// were accepted, and codes that would make some. What was only asked for waits for the owner's answer. The others are
/// told.
pub(super) fn end_connections(tx: &mut WriteTx<'_>, patient: UserId) -> Result<()> {
    codes::void(tx, patient)?;
    let name = require(tx, patient)?.full_name.into_inner();
    let now = tx.now();
    for id in BY_PERSON.keys(tx, &patient)? {
        let is_given = |connection: &Connection| {
            connection.patient == patient && connection.state == ConnectionState::Accepted
        };
        let Some(mut connection) = CONNECTIONS.get(tx, &id)?.filter(is_given) else { continue };
        rules::end(&mut connection, now);
        save_connection(tx, &connection)?;
        withdraw_requests(tx, id)?;
        let notice = Notice {
            to: connection.carer,
            kind: NotificationType::ConnectionRevoked,
            variant: "default",
            urgency: Urgency::Normal,
            params: Params::new().text("name", name.clone()),
            patient: None,
            resource: Some(("connection", id.to_string())),
        };
        notify(tx, notice)?;
    }
    Ok(())
}

/// Ends all connections in which `carer` cares for somebody, those that were only asked for too, and tells the patients:
/// their role was changed, or their licence refused.
pub(super) fn end_care(tx: &mut WriteTx<'_>, carer: UserId) -> Result<()> {
    close_glass(tx, carer)?;
    let name = require(tx, carer)?.full_name.into_inner();
    let now = tx.now();
    for id in BY_PERSON.keys(tx, &carer)? {
        let is_care = |connection: &Connection| connection.carer == carer && connection.state.is_live();
        let Some(mut connection) = CONNECTIONS.get(tx, &id)?.filter(is_care) else { continue };
        rules::end(&mut connection, now);
        save_connection(tx, &connection)?;
        withdraw_requests(tx, id)?;
        let notice = Notice {
            to: connection.patient,
            kind: NotificationType::ConnectionRevoked,
            variant: "by_clinic",
            urgency: Urgency::Normal,
            params: Params::new().text("name", name.clone()),
            patient: Some(connection.patient),
            resource: Some(("connection", id.to_string())),
        };
        notify(tx, notice)?;
    }
    Ok(())
}
