//! Operations of clinic staff that change something. Whoever is none of the staff hears so before what they sent is looked at:
//! what is wrong with it is nobody else's affair.

use poem::http::Method;

/// Method, path and what the flow is called in the audit.
const OPERATIONS: [(Method, &str, &str); 25] = [
    (Method::POST, "/admin/clock/confirm", "clock.confirm"),
    (Method::POST, "/admin/damage/acknowledge", "damage.acknowledge"),
    (Method::POST, "/admin/jobs/{id}/discard", "job.discard"),
    (Method::POST, "/admin/jobs/{id}/retry", "job.retry"),
    (Method::POST, "/admin/queues/{name}/pause", "queue.pause"),
    (Method::POST, "/admin/queues/{name}/resume", "queue.resume"),
    (Method::POST, "/medicines", "medicine.create"),
    (Method::PATCH, "/medicines/{id}", "medicine.update"),
    (Method::POST, "/medicines/import", "medicine.import"),
    (Method::POST, "/payments/reconcile", "payment.reconcile"),
    (Method::POST, "/payments/{id}/refund-record", "payment.refund"),
    (Method::POST, "/payments/{id}/resolve", "payment.resolve"),
    (Method::POST, "/safety/import", "safety.import_rules"),
    (Method::POST, "/safety/rules/{id}/restore", "safety.restore_rule"),
    (Method::POST, "/safety/rules/{id}/suppress", "safety.suppress_rule"),
    (Method::POST, "/users", "user.create"),
    (Method::PATCH, "/users/{id}", "user.update"),
    (Method::DELETE, "/users/{id}/clinical-reviewer", "user.unmark_reviewer"),
    (Method::PUT, "/users/{id}/clinical-reviewer", "user.mark_reviewer"),
    (Method::POST, "/users/{id}/end-sessions", "user.end_sessions"),
    (Method::POST, "/users/{id}/lock", "user.lock"),
    (Method::POST, "/users/{id}/reject", "user.reject"),
    (Method::POST, "/users/{id}/seen-in-person", "user.seen_in_person"),
    (Method::POST, "/users/{id}/unlock", "user.unlock"),
    (Method::POST, "/users/{id}/verify", "user.verify"),
];

/// What an operation of the staff is called in the audit; nothing for all others.
pub(super) fn action_of(method: &Method, pattern: &str) -> Option<&'static str> {
    let found = OPERATIONS.into_iter().find(|(known, path, _)| known == method && *path == pattern);
    found.map(|(_, _, action)| action)
}
