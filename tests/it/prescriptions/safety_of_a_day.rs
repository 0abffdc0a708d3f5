//! Prescriptions of an ordinary day get no STOP, and dangerous ones are told.

use das_tern::domain::medicines::model::{Form, Release, Route};
use das_tern::domain::medicines::rules::identity;
use serde_json::{Value, json};

use crate::kit::TestServer;

const PRESCRIPTIONS: &str = include_str!("../../data/prescriptions-of-a-day.txt");
const CATALOGUE: &str = include_str!("../../../data/medicines.csv");
const TIERS: [&str; 3] = ["NOTE", "WARN", "STOP"];

/// The id of a medicine that is written as `warfarin 5 mg TABLET`.
fn id_of(name: &str) -> String {
    let mut reader = csv::Reader::from_reader(CATALOGUE.as_bytes());
    let head = reader.headers().unwrap().clone();
    let column = |name: &str| head.iter().position(|one| one == name).unwrap();
    let [generic, form, strength, route, release, active] =
        ["generic_name", "form", "strength", "route", "release", "active"].map(column);
    let rows = reader.records().map(Result::unwrap);
    let row = rows
        .into_iter()
        .find(|row| {
            format!("{} {} {}", &row[generic], &row[strength], &row[form]) == name && &row[active] != "no"
        })
        .unwrap_or_else(|| panic!("{name} is not in the catalogue"));
    let (form, route) = (Form::from_name(&row[form]).unwrap(), Route::from_name(&row[route]).unwrap());
    let release = Release::from_name(&row[release]).unwrap_or(Release::Plain);
    identity(&row[generic], form, &row[strength], route, release).to_string()
}

fn line(text: &str) -> Value {
    let words: Vec<&str> = text.split(';').map(str::trim).collect();
    let mut line = json!({"medicineId": id_of(words[0]), "dosage": words[1], "frequency": words[2]});
    if let Some(days) = words.get(3).and_then(|days| days.parse::<u32>().ok()) {
        line["durationDays"] = json!(days);
    }
    line
}

/// The place of a tier among all, from one on.
fn rank(tier: &str) -> usize {
    1 + TIERS.iter().position(|one| *one == tier).unwrap()
}

#[tokio::test]
async fn prescriptions_of_a_day_are_told_apart() {
    let server = TestServer::start_with(|settings| settings.medicines.shipped_list = true).await;
    server.silence(&[]).await;
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    server.connect(&sok, &dara).await;
    server.born(&dara, "1980-05-01").await;
    let (mut wrong, mut count) = (Vec::new(), 0);
    for row in PRESCRIPTIONS.lines().filter(|row| !row.starts_with('#')) {
        let (expected, medicines) = row.split_once(" | ").unwrap();
        let lines: Vec<Value> = medicines.split(" || ").map(line).collect();
        let body = json!({"patientId": dara.id(), "medications": lines});
        let checked = sok.post("/prescriptions/check", body).await.ok();
        let findings = checked["findings"].as_array().unwrap();
        let told: Vec<(&str, &str)> =
            findings.iter().map(|one| (one["tier"].as_str().unwrap(), one["id"].as_str().unwrap())).collect();
        let gravest = told.iter().map(|(tier, _)| rank(tier)).max().unwrap_or(0);
        let is_so = match expected.strip_prefix(">=") {
            Some(tier) => gravest >= rank(tier),
            None => gravest < rank(expected.strip_prefix('<').unwrap()),
        };
        if !is_so {
            wrong.push(format!("{row}: {told:?}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 70, "{count}");
    server.finish().await;
}
