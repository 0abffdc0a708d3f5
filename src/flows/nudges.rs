//! A caregiver reminds the patient of a dose, and the patient answers.

use serde_json::json;

use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{Basis, check};
use crate::domain::connections::model::{
    Mode, NUDGE_RESPONSE_CHARS_MAX, NUDGE_RESPONSES, NUDGES_PER_DOSE, Nudge, Scope,
};
use crate::domain::connections::rules::typed_reason;
use crate::domain::connections::tables::{NUDGES, NUDGES_BY_DOSE};
use crate::domain::doses::model::DoseStatus;
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::{Params, Word};
use crate::domain::notifications::tables::notify;
use crate::domain::users::model::Role;
use crate::domain::users::tables;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{DoseId, NudgeId, UserId};
use crate::platform::secret::Phi;
use crate::platform::store::Reader;

/// Reminds the patient of a dose, twice at the most.
///
/// # Errors
/// Those of the access check for reading doses; `role_not_allowed` for the patient themselves,
/// `break_glass_read_only` in an emergency; `dose_not_found`, `dose_not_due`, `nudge_limit_reached`.
pub async fn nudge(context: &Context, caller: &Caller, patient: UserId, dose: DoseId) -> Result<Nudge> {
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "nudge.send", move |tx| {
        tx.trail().resource = Some(("dose", dose.to_string()));
        let me = by.active()?;
        let access = check(tx, &by, patient, Scope::Doses, Mode::Read)?;
        if access.is_own() {
            return Err(Error::forbidden("role_not_allowed"));
        }
        if access.basis() == Basis::BreakGlass {
            return Err(Error::forbidden("break_glass_read_only"));
        }
        // A missed dose can still be taken for a day.
        let found = doses::require(tx, &access, dose, zone)?;
        if !matches!(found.dose.status, DoseStatus::Due | DoseStatus::Missed) {
            return Err(Error::conflict("dose_not_due"));
        }
        if NUDGES_BY_DOSE.keys(tx, &(dose, me))?.len() >= NUDGES_PER_DOSE {
            return Err(Error::conflict("nudge_limit_reached").with("max", NUDGES_PER_DOSE));
        }
        let nudge = Nudge {
            patient,
            carer: me,
            id: tx.new_id()?,
            dose,
            at: tx.now(),
            response: None,
            answered_at: None,
        };
        NUDGES.put(tx, &nudge.id, &nudge)?;
        let name = tables::require(tx, me)?.full_name.into_inner();
        let notice = Notice {
            to: patient,
            kind: NotificationType::DoseReminder,
            variant: "nudge",
            urgency: Urgency::Normal,
            params: Params::new().text("name", name),
            patient: Some(patient),
            resource: Some(("nudge", nudge.id.to_string())),
        };
        notify(tx, notice)?;
        Ok(nudge)
    })
    .await
}

/// The patient answers, once. The caregiver is told.
///
/// # Errors
/// `role_not_allowed` for others than patients, `nudge_not_found`, `nudge_answered`; a bad `response` when it
/// is empty or too long.
pub async fn respond(context: &Context, caller: &Caller, id: NudgeId, response: String) -> Result<Nudge> {
    let by = caller.clone();
    gate::write(context, caller, "nudge.respond", move |tx| {
        let me = by.with_role(Role::Patient)?;
        tx.trail().resource = Some(("nudge", id.to_string()));
        let found = NUDGES.get(tx, &id)?.filter(|nudge| nudge.patient == me);
        let mut nudge = found.ok_or_else(|| Error::not_found("nudge_not_found"))?;
        let response = typed_reason("response", &response, 1..=NUDGE_RESPONSE_CHARS_MAX)?;
        if nudge.response.is_some() {
            return Err(Error::conflict("nudge_answered"));
        }
        nudge.response = Some(Phi::new(response.clone()));
        nudge.answered_at = Some(tx.now());
        NUDGES.put(tx, &id, &nudge)?;
        tx.trail().change = Some(json!({ "dose": nudge.dose, "answered": true }));
        let name = tables::require(tx, me)?.full_name.into_inner();
        let params = Params::new().text("name", name);
        let params = match NUDGE_RESPONSES.into_iter().find(|known| *known == response) {
            Some(known) => params.word("response", Word::new("nudge_response", known)),
            None => params.text("response", response),
        };
        let notice = Notice {
            to: nudge.carer,
            kind: NotificationType::FamilyAlert,
            variant: "nudge_answered",
            urgency: Urgency::Normal,
            params,
            patient: Some(me),
            resource: Some(("nudge", id.to_string())),
        };
        notify(tx, notice)?;
        Ok(nudge)
    })
    .await
}
