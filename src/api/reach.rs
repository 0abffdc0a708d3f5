//! How far somebody comes who must have a second factor and has not set it up.

use poem::http::Method;

use crate::flows::sessions::Reach;

/// What is open to whoever must have a second factor and has not set it up. Everything else is not.
const OPEN_WITHOUT: [(Method, &str, Reach); 8] = [
    (Method::GET, "/auth/me", Reach::SettingUp),
    (Method::GET, "/auth/mfa", Reach::SettingUp),
    (Method::POST, "/auth/mfa/totp", Reach::SettingUp),
    (Method::POST, "/auth/mfa/totp/confirm", Reach::SettingUp),
    (Method::POST, "/auth/logout", Reach::SettingUp),
    (Method::POST, "/auth/browser/logout", Reach::SettingUp),
    // Nobody takes note of what they cannot see.
    (Method::GET, "/health-monitoring/alerts", Reach::Alerts),
    (Method::POST, "/health-monitoring/alerts/{id}/acknowledge", Reach::Alerts),
];

/// How far whoever owes a second factor comes with this operation.
pub(super) fn reach_of(method: &Method, pattern: &str) -> Reach {
    let found = OPEN_WITHOUT.into_iter().find(|(open, path, _)| open == method && *path == pattern);
    found.map_or(Reach::Whole, |(_, _, reach)| reach)
}
