//! The emergency button.

use das_tern::domain::connections::model::{Permission, PermissionLevel, Scope};
use das_tern::domain::notifications::model::{NotificationType, Urgency};
use das_tern::domain::notifications::texts::texts;
use das_tern::domain::vitals::alert_tables::ALERTS;
use das_tern::platform::clock::Span;
use das_tern::platform::i18n::Language;
use serde_json::json;

use super::kit::{acknowledge, alerts, chosen, clinic, resolve};

#[tokio::test]
async fn everybody_connected_hears_whatever_is_shared_with_him() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let (mother, uncle, admin) =
        (server.family("mom").await, server.family("uncle").await, server.admin().await);
    let pending = server.doctor("pending").await;
    server.connected(&sok, &dara).await;
    server.connected_with(&mother, &dara, chosen(&[Scope::Doses]), Default::default()).await;
    let nothing = Permission { level: PermissionLevel::NotAllowed, ..Permission::all() };
    server.connected_with(&uncle, &dara, nothing, Default::default()).await;
    pending.post("/connections", json!({"targetUserId": dara.id()})).await.ok();
    let call = json!({"message": "I fell in the bathroom", "location": "House 12, Street 271"});
    let alert = dara.post("/health-monitoring/emergency", call.clone()).await.expect(200).ok();
    assert_eq!((&alert["kind"], &alert["severity"]), (&json!("EMERGENCY"), &json!("CRITICAL")));
    for person in [&sok, &mother, &uncle, &admin] {
        let told = server.warnings(person);
        assert_eq!(told.len(), 1, "{}", person.name());
        assert_eq!((told[0].kind, told[0].urgency), (NotificationType::EmergencyAlert, Urgency::Critical));
        assert_eq!(told[0].params.text_of("message"), "I fell in the bathroom");
        assert!(!told[0].params.has("value"));
        // Who has but an SMS knows whom to call.
        assert_eq!(texts(&told[0], Language::English).short, "Emergency: dara asks for help.");
        assert_eq!(texts(&told[0], Language::Khmer).short, "បន្ទាន់៖ dara សុំជំនួយ។");
    }
    assert_eq!(server.warnings(&pending).len(), 0);
    // Who may not read vital signs has the message, not the record.
    assert_eq!(alerts(&mother, "OPEN").await.len(), 0);
    sok.post("/health-monitoring/emergency", call).await.expect(403).code("role_not_allowed");
    server.finish().await;
}

#[tokio::test]
async fn one_call_a_minute_and_the_ladder_until_somebody_answers() {
    let server = clinic().await;
    let (dara, sok, admin) = (server.patient("dara").await, server.doctor("sok").await, server.admin().await);
    server.connected(&sok, &dara).await;
    let press = async || dara.post("/health-monitoring/emergency", json!({})).await.expect(200).ok();
    let (one, other) = tokio::join!(press(), press());
    assert_eq!(one["id"], other["id"]);
    assert_eq!(server.warnings(&sok).len(), 1);
    server.clock().advance(Span::seconds(59));
    assert_eq!(press().await["id"], one["id"]);
    assert_eq!(server.warnings(&sok).len(), 1);
    server.clock().advance(Span::seconds(1));
    let again = press().await;
    assert_eq!((&again["id"], &again["occasions"]), (&one["id"], &json!(2)));
    assert_eq!(server.warnings(&sok).len(), 2);
    server.clock().advance(Span::minutes(10));
    server.run_jobs().await;
    assert_eq!(server.warnings(&sok).len(), 3);
    assert_eq!(server.warnings(&admin).len(), 3);
    let id = one["id"].as_str().unwrap();
    acknowledge(&admin, id).await.expect(200);
    resolve(&sok, id).await.expect(200);
    server.clock().advance(Span::minutes(30));
    server.run_jobs().await;
    assert_eq!(server.warnings(&sok).len(), 3);
    assert_ne!(press().await["id"], one["id"]);
    server.finish().await;
}

#[tokio::test]
async fn who_is_erased_leaves_no_address_behind() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let call = json!({"message": "I am Dara, in bed", "location": "House 12, Street 271"});
    dara.post("/health-monitoring/emergency", call).await.ok();
    let mine = dara.get("/users/me/export").await.ok();
    assert_eq!(mine["health"]["healthAlerts"][0]["location"], "House 12, Street 271");
    dara.delete("/users/me").await.ok();
    server.clock().advance(Span::days(30));
    server.run_jobs().await;
    let rows = server.context().store.read(|tx| ALERTS.list_prefix(tx, &())).unwrap();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].1.message.is_none() && rows[0].1.location.is_none());
    server.finish().await;
}
