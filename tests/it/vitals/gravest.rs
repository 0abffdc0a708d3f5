//! An alert shows, and is escalated with, the gravest value since it opened, and the latest beside it.

use das_tern::domain::vitals::alert::Alert;
use das_tern::domain::vitals::alert_tables::ALERTS;
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::kit::{acknowledge, alerts, body_with, clinic, measure, only_alert, send};
use crate::kit::{Client, TestServer};

/// The newest message about a measurement, as a person reads it.
async fn last_words(who: &Client) -> String {
    let shown = who.get("/notifications").await.ok();
    let words = shown["items"].as_array().unwrap().iter().find(|row| row["type"] == "VITAL_ANOMALY").unwrap();
    words["body"].as_str().unwrap().to_owned()
}

/// The only open alert about a value.
async fn open_reading(who: &Client) -> Value {
    let mut open = alerts(who, "OPEN").await;
    open.retain(|alert| alert["kind"] == "READING");
    assert_eq!(open.len(), 1, "{open:#?}");
    open.remove(0)
}

/// The value and the second value of the gravest and of the latest reading of the only open alert.
async fn shown(who: &Client) -> [[Value; 2]; 2] {
    let open = open_reading(who).await;
    ["reading", "latest"]
        .map(|which| ["typedValue", "typedValueSecondary"].map(|part| open[which][part].clone()))
}

async fn at(who: &Client, text: &str, measured_at: &str) -> Value {
    send(who, body_with(text, json!({ "measuredAt": measured_at }))).await.expect(201).ok()
}

async fn pair() -> (TestServer, Client, Client) {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connected(&sok, &dara).await;
    (server, dara, sok)
}

#[tokio::test]
async fn a_milder_value_never_hides_the_grave_one() {
    let (server, dara, sok) = pair().await;
    let admin = server.admin().await;
    measure(&dara, "BLOOD_PRESSURE 210/130").await;
    server.clock().advance(Span::minutes(1));
    measure(&dara, "BLOOD_PRESSURE 142/80").await;
    let open = alerts(&sok, "OPEN").await;
    assert_eq!((open.len(), &open[0]["severity"], &open[0]["occasions"]), (1, &json!("CRITICAL"), &json!(2)));
    let (reading, latest) = (&open[0]["reading"], &open[0]["latest"]);
    assert_eq!((&reading["value"], &reading["valueSecondary"]), (&json!(210.0), &json!(130.0)));
    assert_eq!((&reading["unit"], &reading["severity"]), (&json!("mmHg"), &json!("CRITICAL")));
    assert_eq!(reading["measuredAt"], "2026-11-22T00:00:00.000Z");
    assert_eq!((&latest["value"], &latest["severity"]), (&json!(142.0), &json!("LOW")));
    // A value in the range stands beside it too.
    server.clock().advance(Span::minutes(1));
    measure(&dara, "BLOOD_PRESSURE 120/75").await;
    assert_eq!(shown(&sok).await, [[json!(210.0), json!(130.0)], [json!(120.0), json!(75.0)]]);
    assert_eq!(alerts(&sok, "OPEN").await[0]["latest"]["severity"], json!(null));
    server.clock().advance(Span::minutes(8));
    server.run_jobs().await;
    let escalated = "Nobody has acknowledged a critical alert about dara: blood pressure 210/130 mmHg \
                     (22/11/2026 07:00). Latest: 120/75 mmHg (22/11/2026 07:02). Please take over at once.";
    assert_eq!(last_words(&sok).await, escalated);
    // Staff may not look into records: no value, but whom to call.
    let told = last_words(&admin).await;
    let expected = "Nobody has acknowledged a critical alert about dara (22/11/2026 07:00). Contact: \
                    dara@example.com. Told, without an answer: sok. Please take over at once.";
    assert_eq!(told, expected);
    server.finish().await;
}

#[tokio::test]
async fn the_same_for_every_type_and_side() {
    for (grave, graver, mild) in [
        ("TEMPERATURE 34", "TEMPERATURE 33.5", "TEMPERATURE 35.4"),
        ("TEMPERATURE 40.6", "TEMPERATURE 41", "TEMPERATURE 38.5"),
        ("GLUCOSE 50", "GLUCOSE 38", "GLUCOSE 185"),
        ("GLUCOSE 2.9 mmol/L", "GLUCOSE 38", "GLUCOSE 3.8 mmol/L"),
        ("GLUCOSE 410", "GLUCOSE 25 mmol/L", "GLUCOSE 250"),
        ("HEART_RATE 39", "HEART_RATE 30", "HEART_RATE 125"),
        ("SPO2 87", "SPO2 80", "SPO2 91"),
        ("BLOOD_PRESSURE 201/110", "BLOOD_PRESSURE 190/135", "BLOOD_PRESSURE 150/95"),
        ("RESPIRATORY_RATE 25", "RESPIRATORY_RATE 30", "RESPIRATORY_RATE 21"),
    ] {
        let (server, dara, sok) = pair().await;
        measure(&dara, grave).await;
        server.clock().advance(Span::minutes(1));
        let worst = measure(&dara, graver).await;
        server.clock().advance(Span::minutes(1));
        let last = measure(&dara, mild).await;
        let open = alerts(&sok, "OPEN").await;
        assert_eq!(open.len(), 1, "{grave}");
        assert_eq!(open[0]["reading"]["vitalId"], worst["id"], "{grave}, {graver}");
        assert_eq!(open[0]["latest"]["vitalId"], last["id"], "{mild}");
        assert_eq!(open[0]["severity"], worst["severity"]);
        server.finish().await;
    }
}

#[tokio::test]
async fn a_critical_value_is_alerted_although_a_newer_one_is_normal() {
    let (server, dara, sok) = pair().await;
    server.clock().advance(Span::days(1));
    at(&dara, "GLUCOSE 110", "2026-11-22T23:59:00Z").await;
    let made = at(&dara, "GLUCOSE 38", "2026-11-22T23:40:00Z").await;
    assert_eq!(made["severity"], "CRITICAL");
    assert_eq!(made["alertId"], json!(only_alert(&sok, "OPEN").await));
    assert_eq!(shown(&sok).await, [[json!(38.0), json!(null)], [json!(110.0), json!(null)]]);
    let told = last_words(&sok).await;
    let expected = "dara: blood sugar 38 mg/dL (23/11/2026 06:40). This is critical. Since followed by 110 mg/dL \
                    (23/11/2026 06:59). Please act at once";
    assert!(told.starts_with(expected), "{told}");
    assert_eq!(server.variants(&dara), ["patient_critical_followed"]);
    assert!(last_words(&dara).await.contains("since followed by 110 mg/dL"));
    // A day old to the second still counts; older is history.
    at(&dara, "SPO2 97", "2026-11-22T23:59:00Z").await;
    at(&dara, "SPO2 80", "2026-11-21T23:59:59Z").await;
    assert_eq!(alerts(&sok, "OPEN").await.len(), 1);
    at(&dara, "SPO2 80", "2026-11-22T00:00:00Z").await;
    assert_eq!(alerts(&sok, "OPEN").await.len(), 2);
    server.finish().await;
}

#[tokio::test]
async fn what_comes_late_belongs_to_the_alert_of_its_time() {
    let (server, dara, sok) = pair().await;
    measure(&dara, "GLUCOSE 190").await;
    server.clock().advance(Span::minutes(30));
    measure(&dara, "GLUCOSE 185").await;
    // Between the two, told by a telephone that was offline: graver than both.
    at(&dara, "GLUCOSE 350", "2026-11-22T00:10:00Z").await;
    assert_eq!(shown(&sok).await, [[json!(350.0), json!(null)], [json!(185.0), json!(null)]]);
    assert_eq!(server.variants(&sok), ["medium", "high"]);
    let told = last_words(&sok).await;
    assert!(
        told.contains("350 mg/dL (22/11/2026 07:10)") && told.contains("Since followed by 185 mg/dL"),
        "{told}"
    );
    // From before the alert opened.
    at(&dara, "GLUCOSE 390", "2026-11-21T23:50:00Z").await;
    assert_eq!(shown(&sok).await[0][0], json!(350.0));
    server.finish().await;
}

#[tokio::test]
async fn who_is_told_again_reads_the_gravest_too() {
    let (server, dara, sok) = pair().await;
    measure(&dara, "GLUCOSE 320").await;
    let alert = only_alert(&sok, "OPEN").await;
    acknowledge(&sok, &alert).await.expect(200);
    server.clock().advance(Span::minutes(60));
    measure(&dara, "GLUCOSE 190").await;
    assert_eq!(server.variants(&sok), ["high", "medium"]);
    let told = last_words(&sok).await;
    let gravest = "The gravest since the alert opened: 320 mg/dL (22/11/2026 07:00).";
    assert!(
        told.starts_with("dara: blood sugar 190 mg/dL (22/11/2026 08:00).") && told.contains(gravest),
        "{told}"
    );
    assert_eq!(shown(&sok).await[0][0], json!(320.0));
    server.finish().await;
}

#[tokio::test]
async fn a_wrong_value_makes_room_for_the_gravest_that_is_left() {
    let (server, dara, sok) = pair().await;
    let mut made = Vec::new();
    for text in ["BLOOD_PRESSURE 250/140", "BLOOD_PRESSURE 210/130", "BLOOD_PRESSURE 142/80"] {
        made.push(measure(&dara, text).await["id"].as_str().unwrap().to_owned());
        server.clock().advance(Span::minutes(1));
    }
    let withdraw = async |place: usize| {
        dara.delete(format!("/health-monitoring/vitals/{}", made[place])).await.expect(204);
    };
    withdraw(0).await;
    assert_eq!(shown(&sok).await, [[json!(210.0), json!(130.0)], [json!(142.0), json!(80.0)]]);
    assert_eq!(open_reading(&sok).await["readingWithdrawn"], false);
    // Nothing is left that is as grave as the alert: the wrong value stays, marked, for the doctor to judge.
    withdraw(1).await;
    assert_eq!(shown(&sok).await[0], [json!(210.0), json!(130.0)]);
    assert_eq!(open_reading(&sok).await["readingWithdrawn"], true);
    measure(&dara, "BLOOD_PRESSURE 150/95").await;
    assert_eq!(open_reading(&sok).await["readingWithdrawn"], true);
    measure(&dara, "BLOOD_PRESSURE 205/100").await;
    assert_eq!(shown(&sok).await[0], [json!(205.0), json!(100.0)]);
    assert_eq!(open_reading(&sok).await["readingWithdrawn"], false);
    server.finish().await;
}

#[tokio::test]
async fn a_gain_of_weight_is_told_with_its_size_and_time() {
    for (from, hours, to, expected) in [
        ("60", 72, "62", Some("weight +2.0 kg in 3 days (60.0 → 62.0 kg; 25/11/2026 07:00)")),
        ("60", 71, "62", Some("weight +2.0 kg in 3 days (60.0 → 62.0 kg; 25/11/2026 06:00)")),
        ("60.05", 25, "62.5", Some("weight +2.4 kg in 2 days (60.1 → 62.5 kg; 23/11/2026 08:00)")),
        ("60", 1, "63", Some("weight +3.0 kg in 1 day (60.0 → 63.0 kg; 22/11/2026 08:00)")),
        ("60", 48, "61.999", None),
        ("60", 73, "62", None),
    ] {
        let (server, dara, sok) = pair().await;
        measure(&dara, &format!("WEIGHT {from}")).await;
        server.clock().advance(Span::hours(hours));
        measure(&dara, &format!("WEIGHT {to}")).await;
        let Some(expected) = expected else {
            assert_eq!(alerts(&sok, "OPEN").await.len(), 0);
            server.finish().await;
            continue;
        };
        assert_eq!(last_words(&sok).await, format!("dara: {expected}. Please review."));
        let open = alerts(&sok, "OPEN").await;
        assert_eq!(open[0]["weightGain"]["to"], json!(to.parse::<f64>().unwrap()));
        server.finish().await;
    }
}

#[tokio::test]
async fn alerts_of_the_first_release_are_read() {
    let (server, dara, sok) = pair().await;
    measure(&dara, "SPO2 80").await;
    let id = only_alert(&sok, "OPEN").await;
    let stored = server.context().store.read(|tx| ALERTS.list_prefix(tx, &())).unwrap();
    let mut row = serde_json::to_value(&stored[0].1).unwrap();
    for field in ["measured_at", "gravity", "latest", "latest_score", "gain"] {
        assert!(row.as_object_mut().unwrap().remove(field).is_some(), "{field}");
    }
    let old: Alert = serde_json::from_value(row).unwrap();
    let key = old.id;
    server.context().store.write(move |tx| ALERTS.put(tx, &key, &old)).await.unwrap();
    let shown = &alerts(&sok, "OPEN").await[0];
    assert_eq!((&shown["reading"]["value"], &shown["latest"]), (&json!(80.0), &json!(null)));
    assert_eq!(shown["reading"]["severity"], "CRITICAL");
    // A milder value does not take its place, a graver one does.
    server.clock().advance(Span::minutes(1));
    measure(&dara, "SPO2 90").await;
    let shown = &alerts(&sok, "OPEN").await[0];
    assert_eq!((&shown["reading"]["value"], &shown["latest"]["value"]), (&json!(80.0), &json!(90.0)));
    measure(&dara, "SPO2 75").await;
    assert_eq!(alerts(&sok, "OPEN").await[0]["reading"]["value"], 75.0);
    assert_eq!(only_alert(&sok, "OPEN").await, id);
    server.finish().await;
}
