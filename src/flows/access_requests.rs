//! The patient's answers to carers at level REQUEST who want to see part of their record.

use serde_json::json;

use crate::domain::auth::model::Caller;
use crate::domain::connections::model::{AccessRequest, AccessRequestState};
use crate::domain::connections::tables::ACCESS_REQUESTS;
use crate::domain::gate;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::{Params, Word};
use crate::domain::notifications::tables::notify;
use crate::domain::users::model::Role;
use crate::domain::users::tables;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::AccessRequestId;
use crate::platform::store::{Reader, WriteTx};

/// Lets the carer see that part for 24 hours.
///
/// # Errors
/// `role_not_allowed` for others than patients, `access_request_not_found`, `access_request_answered`.
pub async fn approve(context: &Context, caller: &Caller, id: AccessRequestId) -> Result<AccessRequest> {
    let by = caller.clone();
    gate::write(context, caller, "access_request.approve", move |tx| {
        answer(tx, &by, id, AccessRequestState::Approved)
    })
    .await
}

/// Refuses it. The carer can ask again after 24 hours.
///
/// # Errors
/// As [`approve`].
pub async fn deny(context: &Context, caller: &Caller, id: AccessRequestId) -> Result<AccessRequest> {
    let by = caller.clone();
    gate::write(context, caller, "access_request.deny", move |tx| {
        answer(tx, &by, id, AccessRequestState::Denied)
    })
    .await
}

fn answer(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    id: AccessRequestId,
    state: AccessRequestState,
) -> Result<AccessRequest> {
    let me = caller.with_role(Role::Patient)?;
    let found = ACCESS_REQUESTS.get(tx, &id)?.filter(|request| request.patient == me);
    let mut request = found.ok_or_else(|| Error::not_found("access_request_not_found"))?;
    if request.state != AccessRequestState::Pending {
        return Err(Error::conflict("access_request_answered"));
    }
    request.state = state;
    request.answered_at = Some(tx.now());
    ACCESS_REQUESTS.put(tx, &id, &request)?;
    {
        let mut trail = tx.trail();
        trail.resource = Some(("access_request", id.to_string()));
        trail.change = Some(json!({
            "state": ["PENDING", state], "carer": request.carer, "scope": request.scope,
        }));
    }
    let name = tables::require(tx, me)?.full_name.into_inner();
    let variant = if state == AccessRequestState::Approved { "access_approved" } else { "access_denied" };
    let notice = Notice {
        to: request.carer,
        kind: NotificationType::ConnectionAccepted,
        variant,
        urgency: Urgency::Normal,
        params: Params::new().text("name", name).word("scope", Word::new("scope", request.scope.name())),
        patient: Some(me),
        resource: Some(("access_request", id.to_string())),
    };
    notify(tx, notice)?;
    Ok(request)
}
