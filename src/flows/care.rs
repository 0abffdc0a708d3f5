//! What ends when somebody may not care for others any more.

use crate::domain::connections::model::Connection;
use crate::domain::connections::rules;
use crate::domain::connections::tables::{BY_PERSON, CONNECTIONS, withdraw_requests};
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::users::tables::require;
use crate::flows::events::save_connection;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{Reader, WriteTx};

/// Ends all connections in which `carer` cares for somebody, those that were only asked for too, and tells the patients:
/// their role was changed, or their licence refused.
pub(super) fn end_care(tx: &mut WriteTx<'_>, carer: UserId) -> Result<()> {
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
