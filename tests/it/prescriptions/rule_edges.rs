//! The list of rules, and what must not be taken from those who write about them.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{Clinic, id};

fn ids(listed: &Value) -> Vec<String> {
    listed["items"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn a_rule_is_found_by_what_people_call_its_medicines() {
    let clinic = Clinic::open_strictly().await;
    let list =
        async |query: &str| ids(&clinic.sok.get(format!("/safety/rules?limit=100&{query}")).await.ok());
    // A member of its class, a brand, a French and a Khmer name.
    for name in ["ibuprofen", "Ibuprofène", "អ៊ីប៊ុយប្រូហ្វែន"] {
        let found = list(&format!("tier=STOP&kind=INTERACTION&query={name}")).await;
        assert!(found.contains(&"ddi-vka-nsaid".to_owned()), "{name}: {found:?}");
    }
    let found = list("query=Panadol&kind=DOSE").await;
    assert!(found.contains(&"dose-paracetamol-oral".to_owned()), "{found:?}");
    assert!(!list("kind=INTERACTION&query=ibuprofen").await.contains(&"ddi-none".to_owned()));
    // Words of a rule, in Khmer too.
    let rule = clinic.sok.get("/safety/rules?query=ddi-vka-nsaid").await.ok()["items"][0].clone();
    let word: String = rule["effect"]["khmer"].as_str().unwrap().chars().take(12).collect();
    assert!(list(&format!("tier=STOP&query={word}")).await.contains(&"ddi-vka-nsaid".to_owned()), "{word}");

    // How they stand.
    let admin = clinic.server.admin().await;
    assert_eq!((list("state=CONFIRMED").await, list("state=SUPPRESSED").await), (vec![], vec![]));
    let unverified = list("state=UNVERIFIED&kind=KIDNEY").await;
    assert!(!unverified.is_empty());
    clinic
        .sok
        .post(format!("/safety/rules/{}/confirm", unverified[0]), json!({"qualification": "nephrologist"}))
        .await
        .ok();
    assert_eq!(list("state=CONFIRMED").await, [unverified[0].clone()]);
    assert!(!list("state=UNVERIFIED&kind=KIDNEY").await.contains(&unverified[0]));
    let until = clinic.server.context().now().plus(Span::days(2)).local(chrono_tz::Tz::UTC);
    let silent = json!({"reason": "dialysis unit", "until": until.format("%Y-%m-%dT%H:%M:%SZ").to_string()});
    admin.post(format!("/safety/rules/{}/suppress", unverified[1]), silent).await.ok();
    assert_eq!(list("state=SUPPRESSED").await, [unverified[1].clone()]);
    clinic.server.clock().advance(Span::days(2));
    assert_eq!(list("state=SUPPRESSED").await, Vec::<String>::new());

    for (query, field) in [
        ("tiers=STOP", "tiers"),
        ("tier=GRAVE", "tier"),
        ("state=GOOD", "state"),
        ("kind=PAIR", "kind"),
        ("limit=0", "limit"),
        (&*format!("query={}", "a".repeat(101)), "query"),
    ] {
        let refused = clinic.sok.get(format!("/safety/rules?{query}")).await.expect(400);
        assert_eq!(refused.bad_fields(), [field]);
    }
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_cannot_be_shown_is_refused_wherever_people_write() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    for unseen in ["too \u{0}many", "\u{1B}[31mtoo many", "too \u{202E}ynam", "too \u{2066}many"] {
        let bad = async |who: &crate::kit::Client, path: String, body: Value, field: &str| {
            let refused = who.post(&path, body).await.expect(400);
            assert_eq!(refused.bad_fields(), [field], "{path} {unseen:?}");
            let message = refused.json["errors"][0]["message"].as_str().unwrap();
            assert_eq!(message, "Holds characters that cannot be shown.");
        };
        let mut body = clinic.short();
        body["overrides"] = json!([{"findingId": "x", "reason": "OTHER", "note": unseen}]);
        bad(&clinic.sok, "/prescriptions".to_owned(), body, "overrides[0].note").await;
        let suppress = json!({"reason": unseen, "until": "2026-12-01T00:00:00Z"});
        bad(&admin, "/safety/rules/ddi-vka-nsaid/suppress".to_owned(), suppress, "reason").await;
        let confirm = json!({"qualification": unseen});
        bad(&clinic.sok, "/safety/rules/ddi-vka-nsaid/confirm".to_owned(), confirm, "qualification").await;
        let own =
            json!({"medications": [{"medicineName": unseen, "dosage": "1 tablet", "frequency": "BID"}]});
        bad(&clinic.dara, "/prescriptions/patient".to_owned(), own, "medications[0].medicineName").await;
        let allergy = json!({"substance": unseen, "reaction": "RASH"});
        bad(&clinic.dara, format!("/patients/{}/allergies", clinic.dara.id()), allergy, "substance").await;
    }
    // Lines of a note are no such characters, and neither are the invisible joints of Khmer words.
    clinic.prescribe(json!({"clinicalNote": "មុខ\u{200B}ម្ហូប\nsecond line\tand a tab"})).await;
    let mut body = clinic.short();
    for note in [None, Some(""), Some(" "), Some("..")] {
        body["overrides"] = json!([{"findingId": "x", "reason": "OTHER", "note": note}]);
        let refused = clinic.sok.post("/prescriptions", body.clone()).await.expect(400);
        assert_eq!(refused.bad_fields(), ["overrides[0].note"]);
    }
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_an_operation_does_not_take_is_refused() {
    let clinic = Clinic::open_strictly().await;
    let mut body = clinic.short();
    body["requiresConfirmation"] = json!(true);
    let written = clinic.sok.post("/prescriptions", body).await.ok();
    let path = format!("/prescriptions/{}/confirm", id(&written));
    let overrides = json!({"overrides": [{"findingId": "x", "reason": "OTHER", "note": "I take it anyway"}]});
    assert_eq!(clinic.dara.post(&path, overrides).await.expect(400).bad_fields(), ["overrides"]);
    assert_eq!(clinic.dara.post(&path, json!(["x"])).await.expect(400).bad_fields(), ["body"]);
    clinic.dara.post(&path, json!({})).await.ok();
    clinic.server.finish().await;
}

#[tokio::test]
async fn refusals_are_told_in_the_callers_language_however_early_they_come() {
    let clinic = Clinic::open_strictly().await;
    let sok = clinic.sok.speaking(None);
    clinic.sok.patch("/users/me", json!({"language": "ENGLISH"})).await.ok();
    let early = async || {
        let large = "a".repeat(2 * 1024 * 1024);
        let too_large = sok.post("/prescriptions", json!({"diagnosis": large})).await.expect(413);
        let unknown = sok.get("/safety/rules?tiers=STOP").await.expect(400);
        let nowhere = sok.get("/safety/nothing").await.expect(404);
        let method = sok.delete("/safety/rules").await.expect(405);
        [too_large, unknown, nowhere, method].map(|answer| answer.header("content-language").to_owned())
    };
    assert_eq!(early().await, ["en"; 4]);
    clinic.sok.patch("/users/me", json!({"language": "KHMER"})).await.ok();
    assert_eq!(early().await, ["km"; 4]);
    // What is asked for goes before; nobody's language is that of the clinic.
    let asked = sok.speaking(Some("en")).get("/safety/rules?tiers=STOP").await.expect(400);
    assert_eq!(asked.header("content-language"), "en");
    let stranger = sok.with_token(None).get("/safety/rules?tiers=STOP").await.expect(400);
    assert_eq!(stranger.header("content-language"), "km");
    clinic.server.finish().await;
}
