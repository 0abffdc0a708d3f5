//! What a safety check is given.

use das_tern::domain::clinical_record::model::Sex;
use das_tern::domain::users::model::Gender;
use das_tern::platform::clock::Span;
use serde_json::json;

use super::{Clinic, id};

#[tokio::test]
async fn what_nobody_said_is_not_there() {
    let clinic = Clinic::open().await;
    let facts = clinic.facts();
    assert!(facts.allergies.is_empty() && facts.conditions.is_empty());
    assert!(facts.pregnancy.is_none() && facts.breast_feeding.is_none() && facts.kidney.is_none());
    assert!(facts.liver.is_none() && facts.g6pd.is_none() && facts.weight.is_none());
    assert_eq!((facts.sex, facts.age_days), (Some(Sex::Female), Some(13_371)));
    clinic.server.registered(&clinic.mali, Gender::Other).await;
    assert_eq!(clinic.facts().sex, None);
    clinic.server.finish().await;
}

#[tokio::test]
async fn the_newest_weight_counts_and_one_marked_as_wrong_does_not() {
    let clinic = Clinic::open().await;
    let weigh = |value: f64| json!({"vitalType": "WEIGHT", "value": value, "unit": "kg"});
    clinic.mali.post("/health-monitoring/vitals", weigh(52.0)).await.ok();
    clinic.server.clock().advance(Span::days(2));
    let wrong = clinic.mali.post("/health-monitoring/vitals", weigh(92.5)).await.ok();
    let found = clinic.facts().weight.unwrap();
    assert_eq!((found.grams, found.measured_on.to_string()), (92_500, "2026-11-24".to_owned()));
    clinic.mali.delete(format!("/health-monitoring/vitals/{}", id(&wrong))).await.expect(204);
    let found = clinic.facts().weight.unwrap();
    assert_eq!((found.grams, found.measured_on.to_string()), (52_000, "2026-11-22".to_owned()));
    clinic.server.finish().await;
}
