//! Who may do what: role x relation x operation, for every operation of the OpenAPI document.
//!
//! One patient, the `owner`, and everybody who may stand in some relation to him call each operation on the
//! owner's things. What they hear is compared with the checked-in table. An operation without a row fails the
//! test, so a new one is added here on the day it is written: a line in [`rows`] and `cargo insta review`.
//!
//! `200` and other successes, `400`, `409` mean that the door was open: the request was refused, if at all, for
//! what it said and not for who said it.

mod lost;
mod rows;
mod world;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use das_tern::api;
use serde_json::Value;

use crate::kit::TestServer;
use rows::{Row, rows};
use world::{RELATIONS, World};

/// One operation of the document.
struct Operation {
    method: String,
    path: String,
}

fn operations(document: &str) -> BTreeMap<String, Operation> {
    let document: Value = serde_json::from_str(document).unwrap();
    let mut found = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
            let operation = Operation { method: method.to_uppercase(), path: path.clone() };
            assert!(found.insert(id.to_owned(), operation).is_none(), "{id} stands twice");
        }
    }
    found
}

/// Whether `called` is one of the paths that `template` describes.
fn fits(template: &str, called: &str) -> bool {
    let called = called.split('?').next().unwrap_or_default();
    let (template, called): (Vec<_>, Vec<_>) = (
        template.split('/').filter(|part| !part.is_empty()).collect(),
        called.split('/').filter(|part| !part.is_empty()).collect(),
    );
    template.len() == called.len()
        && template.iter().zip(called).all(|(part, given)| part.starts_with('{') || *part == given)
}

/// What everybody hears, grouped by answer.
async fn judge(world: &World, operation: &Operation, row: &Row) -> String {
    let mut heard: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    // The owner and those he trusts come last: what they do must not change what the others hear.
    for relation in RELATIONS {
        let (path, body) = (row.call)(world, relation);
        assert!(fits(&operation.path, &path), "{}: {path} is not {}", row.operation, operation.path);
        let method = operation.method.parse().unwrap();
        let mut call = world.client(relation).call(method, &path);
        match body {
            Some(Value::String(text)) => call = call.body("text/csv", text),
            Some(body) => call = call.json(body),
            None => {}
        }
        let answer = call.await;
        assert!(answer.status < 500, "{} as {relation}: {}", row.operation, answer.text);
        let outcome = match answer.json["code"].as_str().filter(|_| answer.status >= 400) {
            Some(code) => format!("{} {code}", answer.status),
            None => answer.status.to_string(),
        };
        heard.entry(outcome).or_default().push(relation);
    }
    let mut text = format!("{} {} ({})\n", operation.method, operation.path, row.operation);
    let most = heard.values().map(Vec::len).max().unwrap_or(0);
    for (outcome, relations) in heard {
        let named = if relations.len() == most && most > RELATIONS.len() / 2 {
            "everybody else".to_owned()
        } else {
            relations.join(", ")
        };
        writeln!(text, "    {outcome}: {named}").unwrap();
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_may_do_what_the_table_says() {
    let server = TestServer::start().await;
    let operations = operations(&api::document(server.context()));
    drop(server);
    let rows: BTreeMap<&str, Row> = rows().into_iter().map(|row| (row.operation, row)).collect();
    let missing: Vec<_> = operations.keys().filter(|id| !rows.contains_key(id.as_str())).collect();
    assert!(missing.is_empty(), "operations without a row in the permission table: {missing:#?}");
    let gone: Vec<_> = rows.keys().filter(|id| !operations.contains_key(**id)).collect();
    assert!(gone.is_empty(), "rows without an operation: {gone:#?}");

    let mut judged = BTreeMap::new();
    // Reads share a world; each change has one of its own.
    let shared = World::build().await;
    for (id, row) in &rows {
        let operation = &operations[*id];
        let text = if operation.method == "GET" {
            judge(&shared, operation, row).await
        } else {
            let world = World::build().await;
            let text = judge(&world, operation, row).await;
            world.finish().await;
            text
        };
        judged.insert((operation.path.clone(), operation.method.clone()), text);
    }
    shared.finish().await;
    let table: Vec<String> = judged.into_values().collect();
    insta::assert_snapshot!("permissions", table.join("\n"));
}

/// What is wrong with a request of clinic staff is nobody else's affair: whoever may not send it hears so and no more.
#[tokio::test]
async fn a_request_of_staff_is_refused_to_others_whatever_it_says() {
    let world = World::build().await;
    let operations = operations(&api::document(world.server.context()));
    // As the table says, only staff may call these.
    let table = include_str!("snapshots/it__permissions__permissions.snap");
    let of_staff: Vec<&str> = table
        .split("\n\n")
        .filter(|block| block.contains("403 role_not_allowed: everybody else"))
        .filter(|block| {
            let mut answers = block.lines().filter(|line| line.starts_with("    "));
            let named = [": admin", ": anonymous", ": everybody else"];
            answers.all(|line| named.iter().any(|end| line.ends_with(end)))
        })
        .filter_map(|block| block.lines().find_map(|line| line.strip_suffix(')')?.split_once(" (")))
        .map(|(_, id)| id)
        .collect();
    let mut refused = 0;
    for row in rows().into_iter().filter(|row| of_staff.contains(&row.operation)) {
        let (path, body) = (row.call)(&world, "owner");
        let method: reqwest::Method = operations[row.operation].method.parse().unwrap();
        if method == reqwest::Method::GET {
            continue;
        }
        let body = body.unwrap_or_default();
        refused += 1;
        for caller in ["owner", "doctor_allowed", "family_default"] {
            for wrong in [serde_json::json!({"surely": "no field"}), serde_json::json!([1]), body.clone()] {
                let answer = world.client(caller).call(method.clone(), &path).json(wrong).await;
                assert_eq!(answer.status, 403, "{} as {caller}: {}", row.operation, answer.text);
                assert_eq!(answer.json["code"], "role_not_allowed", "{}", row.operation);
            }
        }
    }
    assert!(refused >= 20, "only {refused} of {of_staff:?}");
    world.finish().await;
}
