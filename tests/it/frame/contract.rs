//! The OpenAPI document is complete and is the one that is checked in.

use serde_json::{Value, json};

use super::sample::context;
use crate::kit::contract::check;
use crate::kit::{PASSWORD, TestServer};

fn document() -> Value {
    serde_json::from_str(&das_tern::api::document(&context(|_| {}))).unwrap()
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            all.push((format!("{} {path}", method.to_uppercase()), operation));
        }
    }
    all
}

#[test]
fn every_operation_is_described_with_all_its_failures() {
    let document = document();
    let mut wrong = Vec::new();
    for (name, operation) in operations(&document) {
        let mut require = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{name}: {what}"));
            }
        };
        let id = operation["operationId"].as_str().unwrap_or_default();
        let snake =
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        require(snake, "needs an operation_id in snake case");
        require(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "needs one tag");
        require(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "needs a doc comment");
        for status in ["400", "401", "403", "404", "409", "422", "429", "500", "503"] {
            let schema = &operation["responses"][status]["content"]["application/problem+json"]["schema"];
            require(schema["$ref"] == "#/components/schemas/Problem", &format!("does not document {status}"));
        }
        let success = operation["responses"]
            .as_object()
            .unwrap()
            .keys()
            .any(|status| status.starts_with('2') || status == "101");
        require(success, "documents no success");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn closed_lists_have_names() {
    fn walk(value: &Value, path: &str, wrong: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                let parts: Vec<&str> = path.split('/').collect();
                // `/components/schemas/Name` is where a list has a name.
                let named = parts.len() == 4 && parts[1..3] == ["components", "schemas"];
                if members.get("enum").is_some_and(Value::is_array) && !named {
                    wrong.push(path.to_owned());
                }
                members.iter().for_each(|(name, value)| walk(value, &format!("{path}/{name}"), wrong));
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(n, item)| walk(item, &format!("{path}/{n}"), wrong));
            }
            _ => {}
        }
    }
    let mut wrong = Vec::new();
    walk(&document(), "", &mut wrong);
    assert!(wrong.is_empty(), "lists without a name:\n{}", wrong.join("\n"));
}

#[test]
fn operation_ids_are_unique() {
    let document = document();
    let mut ids: Vec<&str> = operations(&document)
        .iter()
        .map(|(_, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn the_checked_in_document_is_the_one_that_is_served() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/das-tern.json");
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    let served = das_tern::api::document(&context(|_| {}));
    assert!(
        checked_in == served,
        "openapi/das-tern.json is out of date; look at the difference after\n    \
         cargo run -- openapi > openapi/das-tern.json",
    );
}

#[test]
fn bodies_say_that_they_have_no_other_fields() {
    let document = document();
    let mut open = Vec::new();
    for (name, operation) in operations(&document) {
        let body = &operation["requestBody"]["content"]["application/json"];
        let schema = body["schema"]["allOf"].get(0).unwrap_or(&body["schema"]);
        let Some(reference) = schema["$ref"].as_str() else { continue };
        if document.pointer(reference.trim_start_matches('#')).unwrap()["additionalProperties"] != false {
            open.push(name);
        }
    }
    // What a browser writes by itself, and what services write that say more than is asked.
    assert_eq!(open, ["POST /notifications/devices", "POST /payments/webhook"]);
}

#[test]
fn every_body_has_an_example_that_fits() {
    let document = document();
    let mut wrong = Vec::new();
    for (_, operation) in operations(&document) {
        let body = &operation["requestBody"]["content"]["application/json"];
        if body.is_object() {
            let id = operation["operationId"].as_str().unwrap();
            match body.get("example") {
                Some(example) => check(&body["schema"], example, id, &mut wrong),
                None => wrong.push(format!("{id}: no example, add one to src/api/openapi/examples.json")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_may_be_left_out_may_be_null() {
    let document = document();
    let mut wrong = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (member, property) in schema["properties"].as_object().into_iter().flatten() {
            let mut misfits = Vec::new();
            check(property, &Value::Null, "", &mut misfits);
            if !misfits.is_empty() && !required.contains(&json!(member)) {
                wrong.push(format!("{name}.{member}: {misfits:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Beside a reference the older way of saying it means nothing that generators agree on.
    assert_eq!(document["openapi"], "3.1.0");
    assert!(!document.to_string().contains("\"nullable\""));
}

#[tokio::test]
async fn null_says_the_same_as_leaving_a_field_out() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let before = dara.get("/users/settings/meal-times").await.ok();
    let nulls = json!({"morningMeal": null, "afternoonMeal": null, "nightMeal": null});
    assert_eq!(dara.patch("/users/settings/meal-times", nulls).await.ok(), before);
    server.finish().await;
}

#[tokio::test]
async fn numbers_that_ask_for_more_or_less_go_as_far_as_the_document_says() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let mut bounded = 0;
    for (name, operation) in operations(&document()) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let Some(name_of_it @ ("limit" | "days")) = parameter["name"].as_str() else { continue };
            let bounds = (parameter["schema"]["minimum"].as_u64(), parameter["schema"]["maximum"].as_u64());
            let (Some(1), Some(most)) = bounds else { panic!("{name}: {name_of_it} says no bounds") };
            bounded += 1;
            let path = name.trim_start_matches("GET ");
            // Others ask for a row, or for another role.
            let of_staff = [
                "/users",
                "/audit/all",
                "/doctor/patients",
                "/doctor/worklist",
                "/payments/all",
                "/payments/review",
                "/payments/unknown-messages",
                "/safety/rules",
            ];
            if path.contains('{') || path.starts_with("/admin") || of_staff.contains(&path) {
                continue;
            }
            dara.get(format!("{path}?{name_of_it}={most}")).await.ok();
            for beyond in [0, most + 1] {
                let refused = dara.get(format!("{path}?{name_of_it}={beyond}")).await.expect(400);
                assert_eq!(refused.bad_fields(), [name_of_it], "{path}");
            }
        }
    }
    assert!(bounded > 15, "only {bounded} parameters were found");
    server.finish().await;
}

#[tokio::test]
async fn text_takes_only_text() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    for (path, body, field) in [
        ("/health-monitoring/emergency", json!({"message": false}), "message"),
        (
            "/doses/sync",
            json!({"actions": [{"clientId": 5, "doseId": "x", "action": "taken"}]}),
            "actions[0].clientId",
        ),
    ] {
        let refused = dara.post(path, body).await.expect(400);
        assert!(refused.bad_fields().contains(&field.to_owned()), "{path}: {}", refused.text);
    }
    dara.patch("/users/settings/meal-times", json!({"morningMeal": 0})).await.expect(400);
    server.finish().await;
}

#[tokio::test]
async fn a_cursor_that_is_none_of_the_list_is_refused() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    for path in ["/prescriptions", "/notifications", "/connections", "/audit", "/audit/record"] {
        for cursor in ["", "abc", "AAAA", "zzz!"] {
            let refused = dara.get(format!("{path}?cursor={cursor}")).await.expect(400);
            assert_eq!(refused.bad_fields(), ["cursor"], "{path} {cursor}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn every_failure_lists_its_bad_fields_also_when_there_are_none() {
    let server = TestServer::start().await;
    let refused = server.stranger().get("/users/me").await.expect(401);
    assert_eq!(refused.json["errors"], json!([]));
    let missing = server.patient("dara").await.get("/no/such/thing").await.expect(404);
    assert_eq!(missing.json["errors"], json!([]));
    server.finish().await;
}

#[tokio::test]
async fn the_bounds_that_are_documented_are_those_that_hold() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let document = document();
    let mut held = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for parameter in methods["get"]["parameters"].as_array().into_iter().flatten() {
            let bounds = (parameter["schema"]["minimum"].as_u64(), parameter["schema"]["maximum"].as_u64());
            let (Some(min), Some(max)) = bounds else { continue };
            held += 1;
            // Of what is not there nothing is said, not even how much of it one may ask for.
            if path.contains('{') {
                continue;
            }
            let name = parameter["name"].as_str().unwrap();
            for (number, is_good) in [(min - 1, false), (min, true), (max, true), (max + 1, false)] {
                let answer = dara.get(format!("{path}?{name}={number}")).await;
                let is_refused = answer.status == 400 && answer.bad_fields().contains(&name.to_owned());
                assert_eq!(is_refused, !is_good, "{path}?{name}={number}: {}", answer.text);
            }
        }
    }
    assert!(held >= 19, "only {held} parameters have bounds");
    let bounds =
        |schema: &str, member: &str| document["components"]["schemas"][schema]["properties"][member].clone();
    let minutes = bounds("GracePeriodUpdate", "gracePeriodMinutes");
    let of = |schema: &Value| ["minimum", "maximum", "multipleOf"].map(|name| schema[name].as_u64());
    assert_eq!(of(&minutes), [Some(10), Some(60), Some(10)]);
    assert_eq!(of(&bounds("SnoozeDoseRequest", "minutes")), [Some(5), Some(15), Some(5)]);
    for (minutes, status) in [(9, 400), (10, 200), (15, 400), (20, 200), (60, 200), (61, 400)] {
        let wanted = json!({ "gracePeriodMinutes": minutes });
        dara.patch("/users/me/grace-period", wanted).await.expect(status);
    }
    let lengths = |schema: &Value| ["minLength", "maxLength"].map(|name| schema[name].as_u64());
    let password = bounds("ChangePasswordRequest", "newPassword");
    assert_eq!(lengths(&password), [Some(8), Some(128)]);
    for length in [7, 129] {
        let wanted = json!({ "currentPassword": PASSWORD, "newPassword": "x7".repeat(80)[..length] });
        assert_eq!(dara.post("/auth/password", wanted).await.expect(400).bad_fields(), ["newPassword"]);
    }
    assert_eq!(lengths(&bounds("SyncAction", "clientId")), [Some(1), Some(64)]);
    assert_eq!(document["components"]["schemas"]["ReasonRequest"]["required"], json!(["reason"]));
    let key = &document["components"]["parameters"]["IdempotencyKey"]["schema"];
    let pattern = regex::Regex::new(key["pattern"].as_str().unwrap()).unwrap();
    for (text, is_good) in [("a~!Z", true), ("a b", false), ("", false)] {
        assert_eq!(pattern.is_match(text), is_good, "{text}");
        let marked = dara.post("/notifications/read-all", json!({})).idempotent(text).await;
        assert_eq!(marked.status == 200, is_good, "{text}: {}", marked.text);
    }
    server.finish().await;
}
