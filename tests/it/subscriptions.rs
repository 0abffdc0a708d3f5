//! Plans: what they include and cost, what somebody has of them, and what their limits refuse.

use das_tern::domain::subscriptions::model::{Period, PlanType, Subscription};
use das_tern::domain::subscriptions::tables::SUBSCRIPTIONS;
use das_tern::platform::clock::{Clock as _, Span};
use das_tern::platform::settings::{Plan, Plans};
use serde_json::json;

use crate::kit::{Client, TestServer};

/// Gives somebody a plan for so many days from now, as a payment would.
async fn has_plan(server: &TestServer, person: &Client, plan: PlanType, days: i64) {
    let (user, from) = (person.id(), server.clock().now());
    let period = Period { plan, from, until: from.plus(Span::days(days)) };
    let subscription = Subscription { periods: vec![period], next: plan, grants: Vec::new() };
    let written =
        move |tx: &mut das_tern::platform::store::WriteTx<'_>| SUBSCRIPTIONS.put(tx, &user, &subscription);
    server.context().store.write(written).await.unwrap();
}

#[tokio::test]
async fn plans_say_what_they_include_and_cost() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let plans = dara.get("/subscriptions/plans").await.ok();
    assert_eq!((&plans["cycleDays"], &plans["graceDays"]), (&json!(30), &json!(7)));
    let named: Vec<_> =
        plans["plans"].as_array().unwrap().iter().map(|plan| plan["planType"].clone()).collect();
    assert_eq!(named, ["FREEMIUM", "PREMIUM", "FAMILY_PREMIUM"]);
    assert_eq!(plans["plans"][0]["prices"], json!([]));
    let prices = json!([{"amount": "2000", "currency": "KHR"}, {"amount": "0.50", "currency": "USD"}]);
    assert_eq!(plans["plans"][1]["prices"], prices);
    let includes = json!({
        "storageBytes": 21_474_836_480_u64, "ownPrescriptions": null, "ownMedicines": null, "familyConnections": 5,
        "members": 1
    });
    assert_eq!(plans["plans"][1]["includes"], includes);
    assert_eq!(plans["payable"], false, "nobody has said where the money goes");
    server.stranger().get("/subscriptions/plans").await.expect(401);
    server.finish().await;
}

#[tokio::test]
async fn a_plan_that_is_paid_for_lifts_the_limits_until_its_grace_is_over() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let tea = || json!({"medicineName": "Tea", "dosage": "5 ml", "frequency": "OD"});
    dara.post("/prescriptions/patient", tea()).await.expect(200);
    let refused = dara.post("/prescriptions/patient", tea()).await.expect(402);
    refused.code("plan_limit_reached");
    let free = json!({
        "planType": "FREEMIUM", "state": "FREE", "until": null, "endedAt": null, "renewsAs": "FREEMIUM", "periods": []
    });
    assert_eq!(dara.get("/subscriptions/me").await.ok(), free);
    let limits = dara.get("/subscriptions/limits").await.ok();
    assert_eq!(limits["ownPrescriptions"], json!({"used": 1, "max": 1}));
    assert_eq!(limits["ownMedicines"], json!({"used": 1, "max": 3}));
    let srey = server.family("srey").await;
    server.connect(&srey, &dara).await;
    let limits = dara.get("/subscriptions/limits").await.ok();
    assert_eq!(limits["familyConnections"], json!({"used": 1, "max": 1}));

    has_plan(&server, &dara, PlanType::Premium, 30).await;
    dara.post("/prescriptions/patient", tea()).await.expect(200);
    let limits = dara.get("/subscriptions/limits").await.ok();
    assert_eq!(limits["ownPrescriptions"], json!({"used": 2, "max": null}));
    let mine = dara.get("/subscriptions/me").await.ok();
    assert_eq!((&mine["planType"], &mine["state"]), (&json!("PREMIUM"), &json!("PAID")));
    assert_eq!(mine["until"], "2026-12-22T00:00:00.000Z");
    // Nobody else has it.
    let sok = server.doctor("sok").await;
    assert_eq!(sok.get("/subscriptions/me").await.ok()["state"], "FREE");

    server.clock().advance(Span::days(31));
    let dara = server.known("dara").await;
    let mine = dara.get("/subscriptions/me").await.ok();
    assert_eq!((&mine["planType"], &mine["state"]), (&json!("PREMIUM"), &json!("GRACE")));
    dara.post("/prescriptions/patient", tea()).await.expect(200);
    server.clock().advance(Span::days(7));
    let dara = server.known("dara").await;
    let mine = dara.get("/subscriptions/me").await.ok();
    assert_eq!((&mine["planType"], &mine["state"]), (&json!("FREEMIUM"), &json!("FREE")));
    assert_eq!(mine["endedAt"], "2026-12-22T00:00:00.000Z");
    // What there is goes on; only more is refused.
    dara.post("/prescriptions/patient", tea()).await.expect(402);
    assert_eq!(
        dara.get("/subscriptions/limits").await.ok()["ownPrescriptions"],
        json!({"used": 3, "max": 1})
    );
    server.finish().await;
}

#[test]
fn plans_that_contradict_each_other_are_refused() {
    assert_eq!(Plans::default().faults(), Vec::<String>::new());
    let mut plans = Plans::default();
    plans.premium = Plan { price_khr: 50, ..plans.premium };
    plans.family_premium.includes.family_connections = 2;
    plans.freemium.price_usd_cents = 10;
    plans.cycle_days = 0;
    assert_eq!(
        plans.faults(),
        [
            "`plans.freemium` costs nothing: its prices must be 0",
            "`plans.premium.price_khr` must be at least 100",
            "`plans.family_premium.includes` must include at least what `plans.premium` does",
            "`plans.cycle_days` must be from 1 to 366",
        ]
    );
}
