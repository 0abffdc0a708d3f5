//! Holds every answer of every test against the OpenAPI document.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate};
use regex::Regex;
use serde_json::Value;
use uuid::Uuid;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../openapi/das-tern.json")).unwrap());

/// One operation: the parts of its path, and what it answers.
struct Operation {
    parts: Vec<String>,
    responses: &'static Value,
}

static OPERATIONS: LazyLock<BTreeMap<String, Vec<Operation>>> = LazyLock::new(|| {
    let mut found: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for (path, methods) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let parts = parts_of(path);
            let operations = found.entry(method.to_uppercase()).or_default();
            operations.push(Operation { parts, responses: &operation["responses"] });
        }
    }
    for operations in found.values_mut() {
        // A named part goes before one that may be anything.
        operations
            .sort_by_key(|operation| operation.parts.iter().filter(|part| part.starts_with('{')).count());
    }
    found
});

fn parts_of(path: &str) -> Vec<String> {
    path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// What of an answer the document does not say; empty when all is as it says. `path` is below `/api`.
pub fn misfits(method: &str, path: &str, status: u16, content_type: &str, body: &Value) -> Vec<String> {
    let called = parts_of(path.split('?').next().unwrap_or_default());
    let fits = |operation: &&Operation| {
        operation.parts.len() == called.len()
            && operation.parts.iter().zip(&called).all(|(part, given)| part.starts_with('{') || part == given)
    };
    // What is no operation at all is answered by the frame.
    let operation = OPERATIONS.get(method).and_then(|operations| operations.iter().find(fits));
    let Some(operation) = operation else { return Vec::new() };
    let Some(response) = operation.responses.get(status.to_string()) else {
        return vec![format!("status {status} is not documented")];
    };
    let kind = content_type.split(';').next().unwrap_or_default();
    let mut wrong = Vec::new();
    match response["content"].get(kind) {
        Some(media) if kind.ends_with("json") => check(&media["schema"], body, "", &mut wrong),
        Some(_) => {}
        None if kind.is_empty() => {}
        None => wrong.push(format!("{kind} is not documented for {status}")),
    }
    wrong
}

/// Says what is wrong with `value` as an instance of `schema`, as far as the document can say.
pub fn check(schema: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        return check(DOCUMENT.pointer(name.trim_start_matches('#')).unwrap(), value, place, wrong);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(|kind| kind.as_str().unwrap()).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    if value.is_null() && kinds.contains(&"null") {
        return;
    }
    if let Some(branches) = schema["anyOf"].as_array() {
        let misfits = branches.iter().map(|branch| {
            let mut misfits = Vec::new();
            check(branch, value, place, &mut misfits);
            misfits
        });
        // The branch that fits best says what is wrong.
        wrong.extend(misfits.min_by_key(Vec::len).unwrap_or_default());
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        check(part, value, place, wrong);
    }
    let fits = match kinds.first().copied() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.as_str().is_some_and(|text| is_text_of(schema, text)),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => true,
    };
    if !fits || schema["enum"].as_array().is_some_and(|list| !list.contains(value)) {
        wrong.push(format!("{place}: {value} is not {}", brief(schema)));
    }
    for required in schema["required"].as_array().into_iter().flatten() {
        if value.is_object() && value.get(required.as_str().unwrap()).is_none() {
            wrong.push(format!("{place}: {required} is missing"));
        }
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        let inside = format!("{place}.{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(schema), _) => check(schema, member, &inside, wrong),
            (None, others) if others.is_object() => check(others, member, &inside, wrong),
            (None, others) if *others == true || schema["properties"].is_null() => {}
            (None, _) => wrong.push(format!("{inside} is not documented")),
        }
    }
    for (place_in_list, item) in value.as_array().into_iter().flatten().enumerate() {
        check(&schema["items"], item, &format!("{place}[{place_in_list}]"), wrong);
    }
}

fn is_text_of(schema: &Value, text: &str) -> bool {
    let is_of_format = match schema["format"].as_str() {
        Some("uuid") => Uuid::parse_str(text).is_ok(),
        Some("date") => text.parse::<NaiveDate>().is_ok(),
        Some("date-time") => DateTime::parse_from_rfc3339(text).is_ok(),
        _ => true,
    };
    is_of_format
        && schema["pattern"].as_str().is_none_or(|pattern| Regex::new(pattern).unwrap().is_match(text))
}

fn brief(schema: &Value) -> String {
    let mut text = schema.to_string();
    text.truncate(text.char_indices().nth(120).map_or(text.len(), |(end, _)| end));
    text
}
