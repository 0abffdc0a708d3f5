//! Who sees which prescriptions.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{Clinic, id};

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn the_list_is_never_older_than_the_last_change() {
    let clinic = Clinic::open().await;
    assert_eq!(ids(&clinic.dara.get("/prescriptions").await.ok()).len(), 0);
    let first = clinic.prescribe(json!({})).await;
    clinic.server.clock().advance(Span::seconds(1));
    let second = clinic.prescribe(json!({"requiresConfirmation": true})).await;
    let list = clinic.dara.get("/prescriptions").await.ok();
    assert_eq!(ids(&list), [id(&second), id(&first)], "newest first");
    assert_eq!(list["items"][1], clinic.dara.get(format!("/prescriptions/{}", id(&first))).await.ok());
    clinic.dara.post(format!("/prescriptions/{}/confirm", id(&second)), json!({})).await.ok();
    assert_eq!(clinic.dara.get("/prescriptions").await.ok()["items"][0]["status"], "ACTIVE");
    let waiting = clinic.dara.get("/prescriptions?status=PENDING_CONFIRMATION").await.ok();
    assert_eq!(ids(&waiting).len(), 0);
    let page = clinic.dara.get("/prescriptions?limit=1").await.ok();
    assert_eq!(ids(&page), [id(&second)]);
    let next = format!("/prescriptions?limit=1&cursor={}", page["nextCursor"].as_str().unwrap());
    assert_eq!(ids(&clinic.dara.get(next).await.ok()), [id(&first)]);
    clinic.server.finish().await;
}

#[tokio::test]
async fn reads_and_writes_at_once_show_no_stale_list() {
    let clinic = Clinic::open().await;
    let reader = {
        let dara = clinic.dara.clone();
        tokio::spawn(async move {
            let mut seen = 0;
            for _ in 0..60 {
                let now = ids(&dara.get("/prescriptions").await.ok()).len();
                assert!(now >= seen, "the list shrank from {seen} to {now}");
                seen = now;
            }
        })
    };
    for written in 1..=15 {
        clinic.prescribe(json!({"durationDays": 1})).await;
        assert_eq!(ids(&clinic.dara.get("/prescriptions").await.ok()).len(), written);
    }
    reader.await.unwrap();
    clinic.server.finish().await;
}

#[tokio::test]
async fn others_see_what_the_patient_allows() {
    let clinic = Clinic::open().await;
    let first = clinic.prescribe(json!({})).await;
    let second = clinic.prescribe(json!({})).await;
    let path = format!("/prescriptions/{}", id(&first));
    let list = format!("/prescriptions?patientId={}", clinic.dara.id());
    let (chan, maly) = (clinic.server.doctor("chan").await, clinic.server.patient("maly").await);
    for stranger in [&chan, &maly] {
        stranger.get(&path).await.expect(404).code("prescription_not_found");
        stranger.get(&list).await.expect(404).code("patient_not_found");
        stranger.get(format!("{path}/versions")).await.expect(404);
        stranger.post(format!("{path}/stop"), json!({"reason": "because"})).await.expect(404);
        stranger.patch(&path, json!({"diagnosis": "x"})).await.expect(404);
    }
    let connection = clinic.server.connect(&chan, &clinic.dara).await;
    assert_eq!(ids(&chan.get(&list).await.ok()).len(), 2);
    clinic
        .dara
        .patch(
            format!("/connections/{connection}/permission"),
            json!({"permissionLevel": "SELECTED",
            "scopes": ["PRESCRIPTIONS"], "prescriptionIds": [id(&first)]}),
        )
        .await
        .ok();
    assert_eq!(ids(&chan.get(&list).await.ok()), [id(&first)], "only what is shared");
    chan.get(&path).await.expect(200);
    chan.get(format!("/prescriptions/{}", id(&second))).await.expect(404).code("prescription_not_found");
    chan.patch(&path, json!({"diagnosis": "x"})).await.expect(403).code("not_author");
    let family = clinic.server.family("vanna").await;
    clinic.server.connect(&family, &clinic.dara).await;
    family.get(&list).await.expect(403).code("scope_not_shared");
    family.get("/prescriptions").await.expect(400);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_doctor_sees_what_he_wrote_while_he_may() {
    let clinic = Clinic::open().await;
    let maly = clinic.server.patient("maly").await;
    let connection = clinic.server.connect(&clinic.sok, &maly).await;
    let first = clinic.prescribe(json!({})).await;
    clinic.server.clock().advance(Span::seconds(1));
    let second = clinic.prescribe(json!({"patientId": maly.id()})).await;
    assert_eq!(ids(&clinic.sok.get("/prescriptions").await.ok()), [id(&second), id(&first)]);
    maly.post(format!("/connections/{connection}/revoke"), json!({})).await.ok();
    assert_eq!(ids(&clinic.sok.get("/prescriptions").await.ok()), [id(&first)]);
    clinic.sok.get(format!("/prescriptions/{}", id(&second))).await.expect(404);
    let looks = clinic.dara.get(format!("/audit/record?patientId={}", clinic.dara.id())).await.ok();
    let looked = looks["items"].as_array().unwrap().iter().any(|item| item["action"] == "prescription.list");
    assert!(looked, "{looks}");
    clinic.server.finish().await;
}
