//! The OpenAPI document: what poem-openapi knows, and the headers that belong to every operation.

mod bounds;

use std::collections::BTreeSet;
use std::sync::Arc;

use poem_openapi::{ContactObject, LicenseObject, OpenApiService};
use serde_json::{Value, json};

use super::incoming::KEY_MAX;
use super::input::OPEN_SCHEMAS;
use crate::platform::context::Context;

/// Methods that change something.
const CHANGING: [&str; 4] = ["post", "put", "patch", "delete"];

/// Change something, but their answers are not kept under an `Idempotency-Key`: importing a list or sending a picture twice
/// changes nothing.
const WITHOUT_KEY: [&str; 7] = [
    "check_payment",
    "import_medicines",
    "import_safety_rules",
    "receive_payment_message",
    "set_license_photo",
    "set_medication_photo",
    "set_photo",
];

/// Operations whose number a person's plan limits.
const LIMITED: [&str; 8] = [
    "add_medication",
    "change_medication",
    "change_prescription",
    "create_own_prescription",
    "set_license_photo",
    "set_medication_photo",
    "set_photo",
    "upgrade_subscription",
];

/// A body for each operation that takes one, by operation id.
const EXAMPLES: &str = include_str!("openapi/examples.json");

/// The OpenAPI document as JSON, as checked in under `openapi/das-tern.json`.
pub fn document(context: &Arc<Context>) -> String {
    let spec = OpenApiService::new(super::api(context), "Das Tern", env!("CARGO_PKG_VERSION"))
        .description(concat!(
            "Medication management and adherence for clinics.\n\n",
            "Every failure is `application/problem+json`. Lists answer `{items, nextCursor}`. Instants are UTC; one ",
            "that is sent without a zone is read in the clinic's. A field of a body or a query parameter that is not ",
            "named here is refused with the nearest known name. A field of a body that may be left out may also be null, ",
            "which says the same unless its description gives it a meaning. `/api/v1` serves the same as `/api`.",
        ))
        .contact(ContactObject::new().name("The clinic that runs this server"))
        .license(LicenseObject::new("MIT OR Apache-2.0").identifier("MIT OR Apache-2.0"))
        .server("/api")
        .spec();
    match serde_json::from_str(&spec) {
        Ok(mut document) => {
            make_readable(&mut document);
            add_examples(&mut document);
            bounds::add(&mut document);
            close_requests(&mut document);
            allow_null(&mut document);
            add_failures(&mut document);
            bounds::add(&mut document);
            if let Some(members) = document.as_object_mut() {
                members.insert("openapi".to_owned(), json!("3.1.0"));
            }
            write_null_as_type(&mut document);
            format!("{:#}\n", with_headers(document))
        }
        Err(_) => spec,
    }
}

/// Writes what generators of client libraries stumble over in the form that all of them understand: a described
/// reference is `allOf` with one member beside its description, and JSON is always UTF-8.
fn make_readable(node: &mut Value) {
    match node {
        Value::Object(members) => {
            if let Some(Value::Array(parts)) = members.get_mut("allOf")
                && parts.first().is_some_and(|part| part.get("$ref").is_some())
            {
                for annotations in parts.drain(1..).collect::<Vec<_>>() {
                    let Value::Object(annotations) = annotations else { continue };
                    for (name, value) in annotations {
                        members.entry(name).or_insert(value);
                    }
                }
            }
            if let Some(schema) = members.remove("application/json; charset=utf-8") {
                members.insert("application/json".to_owned(), schema);
            }
            // A stream is text; the object is what stands in `data` of each event.
            if let Some(stream) = members.get_mut("text/event-stream")
                && let Some(event) = stream.get("schema").cloned()
            {
                stream["schema"] = json!({
                    "type": "string", "contentMediaType": "text/event-stream", "contentSchema": event,
                });
            }
            // Generators take a property with a default for one that is always there.
            if members.get("default").is_some_and(Value::is_null) {
                members.remove("default");
            }
            members.values_mut().for_each(make_readable);
        }
        Value::Array(items) => items.iter_mut().for_each(make_readable),
        _ => {}
    }
}

/// Shows for each request body what a client might send.
fn add_examples(document: &mut Value) {
    let examples: Value = serde_json::from_str(EXAMPLES).unwrap_or_default();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for path in paths.into_iter().flat_map(|paths| paths.values_mut()) {
        for operation in path.as_object_mut().into_iter().flat_map(|path| path.values_mut()) {
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else { continue };
            let Some(example) = examples.get(id).cloned() else { continue };
            if let Some(body) = operation.pointer_mut("/requestBody/content/application~1json") {
                body["example"] = example;
            }
        }
    }
}

/// Says of every object that only clients send that it has no other fields than those that are named: the frame
/// refuses them. Objects that the server sends too stay open, so that an older client may meet a newer server.
fn close_requests(document: &mut Value) {
    let (mut sent, mut answered) = (BTreeSet::new(), BTreeSet::new());
    for path in document.get("paths").and_then(Value::as_object).into_iter().flat_map(serde_json::Map::values)
    {
        for operation in path.as_object().into_iter().flat_map(serde_json::Map::values) {
            collect_schemas(document, &operation["requestBody"], &mut sent);
            collect_schemas(document, &operation["responses"], &mut answered);
        }
    }
    for name in sent.difference(&answered).filter(|name| !OPEN_SCHEMAS.contains(&name.as_str())) {
        let Some(Value::Object(schema)) = document.pointer_mut(&format!("/components/schemas/{name}")) else {
            continue;
        };
        if schema.contains_key("properties") {
            schema.entry("additionalProperties").or_insert(Value::Bool(false));
        }
    }
}

/// Says of every member that may be missing that it may be null: answers are written so, and bodies taken so.
fn allow_null(document: &mut Value) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for schema in schemas.into_iter().flat_map(serde_json::Map::values_mut).filter_map(Value::as_object_mut) {
        let required: BTreeSet<String> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (_, property) in properties.into_iter().flatten().filter(|(name, _)| !required.contains(*name)) {
            let Value::Object(members) = property else { continue };
            if let Some(reference) = members.remove("$ref") {
                members.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
            }
            members.insert("nullable".to_owned(), Value::Bool(true));
        }
    }
}

/// Writes `nullable` as version 3.1 does, as one more type. Beside a reference 3.0 gives it no meaning that all readers
/// share: some generators then make clients that cannot read a null.
fn write_null_as_type(node: &mut Value) {
    match node {
        Value::Object(members) => {
            if members.get("nullable").is_some_and(Value::is_boolean)
                && members.remove("nullable") == Some(Value::Bool(true))
            {
                let null = json!({ "type": "null" });
                if let Some(Value::Array(mut parts)) = members.remove("allOf") {
                    parts.push(null);
                    members.insert("anyOf".to_owned(), Value::Array(parts));
                } else if let Some(kind) = members.get_mut("type") {
                    *kind = json!([kind.take(), "null"]);
                }
            }
            members.values_mut().for_each(write_null_as_type);
        }
        Value::Array(items) => items.iter_mut().for_each(write_null_as_type),
        _ => {}
    }
}

/// Documents the failures that come with a body and with `If-Match`, and says of operations without a sign-in that they
/// need none.
fn add_failures(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for path in paths.into_iter().flat_map(|paths| paths.values_mut()) {
        for operation in path.as_object_mut().into_iter().flat_map(|path| path.values_mut()) {
            let Value::Object(operation) = operation else { continue };
            let has_body = operation.contains_key("requestBody");
            let has_tag = operation
                .get("parameters")
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().any(|one| one["name"] == "If-Match"));
            operation.entry("security").or_insert_with(|| json!([]));
            let writes_own =
                operation.get("operationId").and_then(Value::as_str).is_some_and(|id| LIMITED.contains(&id));
            let Some(Value::Object(responses)) = operation.get_mut("responses") else { continue };
            let failures = [
                ("402", writes_own, "The person's plan does not hold this; the text says what is needed."),
                ("412", has_tag, "Somebody else was first: the revision is another one now."),
                ("413", has_body, "The body is larger than the server takes."),
                ("415", has_body, "The body is missing, or not of a type that this operation takes."),
            ];
            let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
            for (status, _, description) in failures.into_iter().filter(|(_, holds, _)| *holds) {
                let response = json!({
                    "description": description, "content": { "application/problem+json": problem },
                });
                responses.entry(status).or_insert(response);
            }
        }
    }
}

/// The names of all schemas that `node` leads to.
fn collect_schemas(document: &Value, node: &Value, found: &mut BTreeSet<String>) {
    match node {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = reference.and_then(|path| path.strip_prefix("#/components/schemas/"))
                && found.insert(name.to_owned())
            {
                let schema = document.pointer(&format!("/components/schemas/{name}"));
                collect_schemas(document, schema.unwrap_or(&Value::Null), found);
            }
            members.values().for_each(|member| collect_schemas(document, member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_schemas(document, item, found)),
        _ => {}
    }
}

/// Adds the request headers that the frame understands.
fn with_headers(mut document: Value) -> Value {
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("parameters".to_owned(), header_parameters());
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for path in paths.into_iter().flat_map(|paths| paths.values_mut()) {
        for (method, operation) in path.as_object_mut().into_iter().flatten() {
            let Some(operation) = operation.as_object_mut() else { continue };
            let keeps_answer = operation
                .get("operationId")
                .and_then(Value::as_str)
                .is_none_or(|id| !WITHOUT_KEY.contains(&id));
            let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
            let Some(parameters) = parameters.as_array_mut() else { continue };
            parameters.push(json!({"$ref": "#/components/parameters/AcceptLanguage"}));
            if keeps_answer && CHANGING.contains(&method.as_str()) {
                parameters.push(json!({"$ref": "#/components/parameters/IdempotencyKey"}));
            }
        }
    }
    document
}

fn header_parameters() -> Value {
    json!({
        "AcceptLanguage": {
            "name": "Accept-Language",
            "in": "header",
            "description": "`km` or `en`; without it the signed-in person's language, else Khmer.",
            "required": false,
            "schema": {"type": "string"},
            "example": "en"
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Makes a repetition harmless: the same key with the same request gets the first answer. Visible ASCII characters.",
            "required": false,
            "schema": {"type": "string", "minLength": 1, "maxLength": KEY_MAX, "pattern": "^[!-~]+$"}
        }
    })
}
