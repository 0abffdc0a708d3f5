//! Anything in any order, and many at once: whatever is answered, the store must agree with itself.

use das_tern::domain::integrity;
use das_tern::platform::clock::Span;
use das_tern::platform::random::Random;
use serde_json::{Value, json};

use super::{Clinic, id, medicine};
use crate::kit::Answer;

/// One random call. Refusals are answers too, but a fault of ours is not.
async fn stroll(clinic: &Clinic, second: &str, random: &Random, known: &mut Vec<String>) {
    let below = |bound| random.below(bound).unwrap();
    let pick = |known: &Vec<String>| known[usize::try_from(below(known.len() as u64)).unwrap()].clone();
    let frequency =
        ["OD", "TID", "Q8H", "QOD", "1-0-1-1", "PRN max 4", "STAT"][usize::try_from(below(7)).unwrap()];
    let line = json!({"medicineId": second, "dosage": "1 cp", "frequency": frequency, "durationDays": if frequency == "STAT" { 1 } else { 5 + below(20) }});
    let caller = if below(2) == 0 { &clinic.sok } else { &clinic.dara };
    if known.is_empty() || below(6) == 0 {
        let ask = json!({"requiresConfirmation": below(2) == 0, "durationDays": 1 + below(20)});
        known.push(id(&clinic.prescribe(ask).await));
        return;
    }
    let path = format!("/prescriptions/{}", pick(known));
    let because = json!({"reason": "because"});
    let answer = match below(20) {
        0 | 1 => clinic.dara.post(format!("{path}/confirm"), json!({})).await,
        2 => clinic.dara.post(format!("{path}/reject"), because).await,
        3 => clinic.dara.post(format!("{path}/retake"), because).await,
        4 => caller.post(format!("{path}/pause"), json!({})).await,
        5 => caller.post(format!("{path}/resume"), json!({})).await,
        6 if below(3) == 0 => caller.post(format!("{path}/stop"), because).await,
        7 => clinic.sok.patch(&path, json!({"medications": [line]})).await,
        12 => {
            clinic
                .sok
                .post(format!("{path}/urgent-update"), json!({"medications": [line], "reason": "because"}))
                .await
        }
        8 => {
            let now = clinic.sok.get(&path).await.ok();
            let medication = id(&now["medications"][0]);
            let patches = [
                json!({"doseAmount": 1 + below(3), "doseUnit": "TABLET"}),
                json!({"mealRelation": "AFTER"}),
                json!({"mealRelation": "BEFORE"}),
                json!({"frequency": "0-0-1-1"}),
                json!({"frequency": "HS"}),
                json!({"everyNHours": 6 + below(20)}),
                json!({"durationDays": 5 + below(30)}),
            ];
            let patch = &patches[usize::try_from(below(7)).unwrap()];
            clinic.sok.patch(format!("/medications/{medication}"), patch.clone()).await
        }
        9 => record(clinic, random).await,
        10 => {
            let (morning, night) = (5 + below(4), 17 + below(4));
            let meals = json!({"morningMeal": format!("{morning}:10"), "nightMeal": format!("{night}:40")});
            clinic.dara.patch("/users/settings/meal-times", meals).await
        }
        11 => clinic.sok.post(format!("{path}/medicines"), line).await,
        13 => {
            let now = clinic.sok.get(&path).await.ok();
            let medication = id(&now["medications"][0]);
            clinic.sok.delete(format!("/medications/{medication}")).await
        }
        _ => {
            clinic.server.clock().advance(Span::hours(i64::try_from(1 + below(40)).unwrap()));
            clinic.server.run_jobs().await;
            clinic.sok.get(&path).await
        }
    };
    // A patch of a single dose or of medicine as needed may not fit, which is said.
    assert!(matches!(answer.status, 200 | 400 | 409), "{} {}", answer.status, answer.text);
}

/// The patient takes, leaves out or takes back one of today's doses.
async fn record(clinic: &Clinic, random: &Random) -> Answer {
    let today = clinic.dara.get("/doses/today").await.ok();
    let doses = today["doses"].as_array().unwrap();
    if doses.is_empty() {
        return clinic.dara.get("/doses/today").await;
    }
    let dose = id(&doses[usize::try_from(random.below(doses.len() as u64).unwrap()).unwrap()]);
    let path = format!("/doses/{dose}");
    match random.below(4).unwrap() {
        0 => clinic.dara.post(format!("{path}/skip"), json!({"reason": "FASTING"})).await,
        1 => clinic.dara.post(format!("{path}/undo"), json!({})).await,
        _ => clinic.dara.post(format!("{path}/mark-taken"), json!({"confirmEarly": true})).await,
    }
}

#[tokio::test]
async fn no_order_of_events_breaks_the_record() {
    for seed in 1..=4 {
        let clinic = Clinic::open().await;
        let second = medicine(&clinic.server, "amoxicillin").await;
        let random = Random::seeded(seed);
        let mut known = Vec::new();
        for turn in 0..80 {
            stroll(&clinic, &second, &random, &mut known).await;
            let faults = clinic.server.context().store.read(|tx| integrity::verify(tx)).unwrap();
            assert!(faults.is_empty(), "seed {seed}, turn {turn}: {faults:#?}");
        }
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn contrary_decisions_at_once_leave_one_truth() {
    let clinic = Clinic::open().await;
    let written = clinic.confirmed().await;
    let path = format!("/prescriptions/{}", id(&written));
    let line = json!([{"medicineId": clinic.paracetamol, "dosage": "250 mg", "frequency": "BID", "durationDays": 30}]);
    let calls: Vec<(&str, Value, bool)> = vec![
        ("pause", json!({}), true),
        ("resume", json!({}), true),
        ("pause", json!({}), false),
        ("urgent-update", json!({"medications": line, "reason": "because"}), true),
        ("confirm", json!({}), false),
        ("resume", json!({}), false),
        ("urgent-update", json!({"medications": line, "reason": "because"}), true),
        ("stop", json!({"reason": "because"}), false),
    ];
    let calls: Vec<_> = calls
        .into_iter()
        .map(|(verb, body, by_doctor)| {
            let caller = if by_doctor { clinic.sok.clone() } else { clinic.dara.clone() };
            let path = format!("{path}/{verb}");
            tokio::spawn(async move { caller.post(path, body).await })
        })
        .collect();
    for call in calls {
        let answer = call.await.unwrap();
        assert!(matches!(answer.status, 200 | 409), "{}", answer.text);
    }
    clinic.server.finish().await;
}
