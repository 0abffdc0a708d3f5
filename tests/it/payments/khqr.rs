//! The codec beside the official kit, through `das-tern khqr`'s own answers.
//!
//! `tests/data/khqr.jsonl` holds what the package `bakong-khqr` 1.0.20 (npm) answered with its clock stopped at `now_ms`,
//! one request a line. What is `normative` must be answered alike. The rest are faults of that package: it lets them
//! through, or never returns.

use das_tern::cli::khqr::conformance::answer;
use serde_json::Value;

const VECTORS: &str = include_str!("../../data/khqr.jsonl");

fn is_refused(answer: &Value) -> bool {
    answer["ok"] == false || answer["isValid"] == false
}

#[test]
fn the_official_answers_are_ours() {
    let (mut same, mut refused) = (0, 0);
    for line in VECTORS.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let given: Value = serde_json::from_str(&answer(line)).unwrap();
        let (id, expected) = (vector["id"].as_str().unwrap(), &vector["expect"]);
        if vector["normative"] == true {
            for (name, value) in expected.as_object().unwrap() {
                assert_eq!(&given[name], value, "{id}: {name}");
            }
            same += 1;
        } else {
            assert!(is_refused(&given), "{id}: {given}");
            assert!(given["errorCode"].is_u64() && given["message"].is_string(), "{id}: {given}");
            refused += 1;
        }
    }
    println!("KHQR: {same} answered as the official kit, {refused} of its faults refused");
    assert_eq!((same, refused), (168, 21));
}

#[test]
fn the_codes_of_faults_are_those_that_their_cause_has() {
    let code_of = |id: &str| {
        let line = VECTORS.lines().find(|line| line.contains(&format!("\"id\":\"{id}\""))).unwrap();
        serde_json::from_str::<Value>(&answer(line)).unwrap()["errorCode"].clone()
    };
    for (id, code) in [
        ("q-usd-letters", 4),
        ("q-khr-exponent-string", 4),
        ("q-two-at-signs", 3),
        ("q-bare-at", 3),
        ("q-lang-name-without-pref", 37),
        ("q-mcc-2-digits", 18),
        ("q-name-emoji", 8),
        ("q-template62-over-99", 8),
        ("v-poi-11-amount-expired", 46),
        ("v-54-three-decimals", 4),
        ("v-length-nan-sub", 8),
    ] {
        assert_eq!(code_of(id), code, "{id}");
    }
}

#[test]
fn what_is_no_request_is_said_to_be_none() {
    for line in
        ["", "{}", "[]", r#"{"op":"pay","input":{},"now_ms":1}"#, r#"{"op":"verify","input":{},"now_ms":1}"#]
    {
        let given: Value = serde_json::from_str(&answer(line)).unwrap();
        assert!(given["error"].is_string(), "{line}: {given}");
    }
}
