//! Texts that cannot be shown: control characters, and what turns the direction of writing. A name, a note or a reason that
//! holds them reads otherwise than it says, so they are refused wherever people write, in every body.

use serde_json::Value;

use crate::platform::error::FieldError;
use crate::platform::text::is_unreadable;

/// Members that are not shown: passwords are compared only.
const UNSHOWN: [&str; 3] = ["password", "currentPassword", "newPassword"];

/// Whether a member is not shown. The text of a file names its own faults by line; any other text is somebody's words.
fn is_unshown(path: &str, name: &str) -> bool {
    UNSHOWN.contains(&name) || (name == "text" && path.starts_with("files["))
}

/// Every text of `value`, at any depth, that cannot be shown.
pub(super) fn unreadable_in(value: &Value) -> Vec<FieldError> {
    let mut faults = Vec::new();
    search(value, "", &mut faults);
    faults
}

fn search(value: &Value, path: &str, faults: &mut Vec<FieldError>) {
    match value {
        Value::String(text) if is_unreadable(text) => {
            let field = if path.is_empty() { "body" } else { path };
            faults.push(FieldError::new(field, "text_unreadable"));
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                search(item, &format!("{path}[{place}]"), faults);
            }
        }
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| !is_unshown(path, name)) {
                let inside = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                search(member, &inside, faults);
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_text_that_cannot_be_shown_is_named() {
        let body = json!({
            "note": "a\u{202E}b", "lines": [{"name": "ok\nok"}, {"name": "\u{1B}[31m"}], "password": "\0", "n": 1,
            "text": "\u{2067}x", "files": [{"name": "rules.csv", "text": "\u{202E}"}],
        });
        let mut fields: Vec<String> = unreadable_in(&body).into_iter().map(|fault| fault.field).collect();
        fields.sort();
        assert_eq!(fields, ["lines[1].name", "note", "text"]);
    }
}
