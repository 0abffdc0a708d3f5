//! What the rules of the domain bound, as the document says it. The rules themselves stay the judge, because they say
//! in the caller's language what would be right.

use serde_json::{Value, json};

use crate::domain::auth::rules::{PASSWORD_MAX, PASSWORD_MIN};
use crate::domain::clinical_record::rules::pregnancy::WEEKS_MAX;
use crate::domain::connections::model::NUDGE_RESPONSE_CHARS_MAX;
use crate::domain::connections::rules::{
    ALERT_DELAY_MINUTES_MAX, CHOSEN_PRESCRIPTIONS_MAX, REVOKE_REASON_CHARS_MAX,
};
use crate::domain::doses::rules::SNOOZE_MINUTES;
use crate::domain::prescriptions::draft::{MAX_LINES, MAX_NOTE, MAX_TEXT, REASON_MIN};
use crate::domain::users::rules::GRACE_MINUTES;
use crate::flows::doses::CLIENT_ID_LENGTH_MAX;
use crate::platform::store::MAX_LIMIT;
use crate::views::{adherence, schedule};

/// Writes the bounds into the parameters and bodies of the document.
pub(super) fn add(document: &mut Value) {
    for (schema, member, bounds) in members() {
        let place = format!("/components/schemas/{schema}/properties/{member}");
        merge(document.pointer_mut(&place), bounds);
    }
    if let Some(reason) = document.pointer_mut("/components/schemas/ReasonRequest") {
        merge(Some(reason), json!({ "required": ["reason"] }));
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for path in paths.into_iter().flat_map(|paths| paths.values_mut()) {
        for operation in path.as_object_mut().into_iter().flat_map(|path| path.values_mut()) {
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
            let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
            for parameter in parameters.into_iter().flatten().filter(|parameter| parameter["in"] == "query") {
                let bounds = of_parameter(&id, parameter["name"].as_str().unwrap_or_default());
                merge(parameter.get_mut("schema"), bounds);
            }
        }
    }
}

fn merge(schema: Option<&mut Value>, bounds: Value) {
    if let (Some(Value::Object(schema)), Value::Object(bounds)) = (schema, bounds) {
        schema.extend(bounds);
    }
}

fn of_parameter(operation: &str, name: &str) -> Value {
    match (name, operation) {
        ("limit", _) => json!({ "minimum": 1, "maximum": MAX_LIMIT }),
        ("cursor", _) => json!({ "minLength": 1 }),
        ("days", "get_dose_schedule") => json!({ "minimum": 1, "maximum": schedule::DAYS_MAX }),
        ("days", _) => json!({ "minimum": 1, "maximum": adherence::DAYS_MAX }),
        _ => json!({}),
    }
}

/// Schema, member, and what bounds it.
fn members() -> Vec<(&'static str, &'static str, Value)> {
    let between = |min: usize, max: usize| json!({ "minLength": min, "maxLength": max });
    let at_most = |max: usize| json!({ "maxLength": max });
    let password = between(PASSWORD_MIN, PASSWORD_MAX);
    let reason = between(REASON_MIN, MAX_TEXT);
    let lines = json!({ "minItems": 1, "maxItems": MAX_LINES });
    let mut all = vec![
        ("AlertsUpdate", "delayMinutes", json!({ "minimum": 0, "maximum": ALERT_DELAY_MINUTES_MAX })),
        ("ChangePasswordRequest", "newPassword", password.clone()),
        ("CodeUse", "newPassword", password.clone()),
        ("ResetPasswordRequest", "newPassword", password),
        ("GracePeriodUpdate", "gracePeriodMinutes", steps(&GRACE_MINUTES)),
        ("SnoozeDoseRequest", "minutes", steps(&SNOOZE_MINUTES)),
        ("PregnancyRequest", "week", json!({ "minimum": 0, "maximum": WEEKS_MAX })),
        ("NudgeReply", "response", between(1, NUDGE_RESPONSE_CHARS_MAX)),
        ("Revocation", "reason", at_most(REVOKE_REASON_CHARS_MAX)),
        ("PermissionUpdate", "prescriptionIds", json!({ "maxItems": CHOSEN_PRESCRIPTIONS_MAX })),
        ("ConnectionAcceptance", "prescriptionIds", json!({ "maxItems": CHOSEN_PRESCRIPTIONS_MAX })),
        ("SyncAction", "clientId", between(1, CLIENT_ID_LENGTH_MAX)),
        ("ReasonRequest", "reason", reason.clone()),
        ("PauseRequest", "reason", reason.clone()),
        ("PrescriptionChange", "reason", reason.clone()),
        ("UrgentPrescriptionChange", "reason", reason.clone()),
        ("UrgentPrescriptionChange", "urgentReason", reason),
    ];
    for schema in
        ["PrescriptionRequest", "OwnPrescriptionRequest", "PrescriptionChange", "UrgentPrescriptionChange"]
    {
        all.push((schema, "diagnosis", at_most(MAX_TEXT)));
        all.push((schema, "symptoms", at_most(MAX_NOTE)));
        all.push((schema, "clinicalNote", at_most(MAX_NOTE)));
        all.push((schema, "medications", lines.clone()));
    }
    all
}

/// The least, the greatest, and by what they differ: of some choices as near as a number's schema comes.
fn steps(choices: &[u32]) -> Value {
    let step = choices.iter().copied().reduce(greatest_divisor);
    json!({ "minimum": choices.iter().min(), "maximum": choices.iter().max(), "multipleOf": step })
}

fn greatest_divisor(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { greatest_divisor(other, one % other) }
}
