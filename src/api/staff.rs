//! Operations of clinic staff that take a body. Whoever is none of the staff hears so before their body is looked at: what is
//! wrong with it is nobody else's affair.

use poem::http::Method;

use super::request::RequestInfo;
use crate::domain::auth::model::Caller;
use crate::flows::accounts;
use crate::platform::error::Result;

/// Method, path and what the flow is called in the audit.
const OPERATIONS: [(Method, &str, &str); 13] = [
    (Method::POST, "/admin/clock/confirm", "clock.confirm"),
    (Method::POST, "/admin/damage/acknowledge", "damage.acknowledge"),
    (Method::POST, "/admin/jobs/{id}/discard", "job.discard"),
    (Method::POST, "/medicines", "medicine.create"),
    (Method::PATCH, "/medicines/{id}", "medicine.update"),
    (Method::POST, "/safety/rules/{id}/restore", "safety.restore_rule"),
    (Method::POST, "/safety/rules/{id}/suppress", "safety.suppress_rule"),
    (Method::POST, "/users", "user.create"),
    (Method::PATCH, "/users/{id}", "user.update"),
    (Method::PUT, "/users/{id}/clinical-reviewer", "user.mark_reviewer"),
    (Method::POST, "/users/{id}/lock", "user.lock"),
    (Method::POST, "/users/{id}/reject", "user.reject"),
    (Method::POST, "/users/{id}/seen-in-person", "user.seen_in_person"),
];

/// Refuses whoever is none of the staff, where the operation is theirs.
///
/// # Errors
/// `role_not_allowed`, `account_not_active`.
pub(super) async fn refuse_others(info: &RequestInfo, method: &Method, caller: &Caller) -> Result<()> {
    let Some(route) = info.route.get() else { return Ok(()) };
    let path = route.pattern.as_str();
    let mut operations = OPERATIONS.into_iter();
    match operations.find(|(known, pattern, _)| known == method && *pattern == path) {
        Some((_, _, action)) => accounts::only_staff(&info.context, caller, action).await,
        None => Ok(()),
    }
}
