//! A reason stands while nothing grows worse, and a rule that was silent is told of when it speaks again.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::safety::stops;
use super::safety_arisen::{because, line};
use super::{Clinic, id};
use crate::kit::Client;

const BLEED: &str = "ddi-vka-nsaid:ibuprofen+warfarin";
const RULE: &str = "/safety/rules/ddi-vka-nsaid";

impl Clinic {
    /// Ibuprofen beside warfarin, with a reason.
    async fn on_both(&self) -> (Value, Value) {
        let warfarin = self.on_warfarin().await;
        let mut ibuprofen = self.tablets("ibuprofen", "400 mg").await;
        ibuprofen["overrides"] = because(BLEED, "WILL_MONITOR");
        (warfarin, self.signed_lines(json!([ibuprofen])).await)
    }

    async fn silence_bleeding(&self, admin: &Client, days: i64) {
        let until = self.server.context().now().plus(Span::days(days));
        let until = until.local(chrono_tz::Tz::UTC).format("%Y-%m-%dT%H:%M:%SZ").to_string();
        admin.post(format!("{RULE}/suppress"), json!({"reason": "a study", "until": until})).await.ok();
    }

    /// Who got a message about a rule that speaks again, and how many.
    async fn told_of_rule(&self) -> (usize, usize) {
        self.server.run_jobs().await;
        let of = |person: &Client| {
            let messages = self.server.messages(person).into_iter();
            messages.filter(|message| message.variant.starts_with("safety_rule")).count()
        };
        (of(&self.sok), of(&self.dara))
    }
}

#[tokio::test]
async fn a_reason_beside_stands_while_a_dose_is_lowered_or_a_line_ends() {
    let clinic = Clinic::open_strictly().await;
    let (warfarin, _) = clinic.on_both().await;
    let path = line(&warfarin, 0);
    // The warfarin has no reason of its own: it was there first.
    let lowered = clinic.sok.patch(&path, json!({"dosage": "1/2 tablet"})).await.ok();
    assert_eq!(stops(&lowered), [BLEED], "it is shown all the same");
    clinic.sok.patch(&path, json!({"durationDays": 30})).await.ok();
    clinic.sok.patch(&path, json!({"durationDays": 10, "instructions": "in the evening"})).await.ok();
    let refused = clinic.sok.patch(&path, json!({"dosage": "2 tablets"})).await.expect(400);
    assert!(refused.bad_fields().contains(&"overrides".to_owned()), "{}", refused.text);
    // A medicine beside it that is new has nothing to do with that.
    let other = clinic.tablets("paracetamol", "500 mg").await;
    let added = format!("/prescriptions/{}/medicines", id(&warfarin));
    clinic.sok.post(&added, other).await.ok();
    // A second line with the same harm has.
    let second = clinic.tablets("ibuprofen", "200 mg").await;
    let refused = clinic.sok.post(&added, second).await.expect(400);
    assert!(refused.text.contains(BLEED), "{}", refused.text);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_new_line_needs_its_own_reason_and_a_new_fact_asks_again() {
    let clinic = Clinic::open_strictly().await;
    let (_, ibuprofen) = clinic.on_both().await;
    let added = format!("/prescriptions/{}/medicines", id(&ibuprofen));
    let mut second = clinic.tablets("ibuprofen", "200 mg").await;
    second["overrides"] = because("dup-ingredient:ibuprofen", "SWITCHING");
    let refused = clinic.sok.post(&added, second).await.expect(400);
    assert!(refused.text.contains(BLEED), "{}", refused.text);
    // Less of it is signed as it is; what has come to light since is asked for.
    let path = line(&ibuprofen, 0);
    clinic.sok.patch(&path, json!({"frequency": "BID"})).await.ok();
    let ulcer = json!({"code": "ACTIVE_PEPTIC_ULCER"});
    clinic.sok.post(format!("/patients/{}/conditions", clinic.dara.id()), ulcer).await.ok();
    let refused = clinic.sok.patch(&path, json!({"frequency": "OD"})).await.expect(400);
    assert!(refused.text.contains("hrd-ulcer-nsaid"), "{}", refused.text);
    assert!(!refused.text.contains(BLEED), "{}", refused.text);
    clinic.server.finish().await;
}

#[tokio::test]
async fn whoever_can_answer_is_told_once_when_a_rule_speaks_again() {
    for by_hand in [true, false] {
        let clinic = Clinic::open_strictly().await;
        let admin = clinic.server.admin().await;
        clinic.on_warfarin().await;
        clinic.silence_bleeding(&admin, 30).await;
        let written = clinic.signed_lines(json!([clinic.tablets("ibuprofen", "400 mg").await])).await;
        assert_eq!(stops(&written), Vec::<String>::new(), "{written}");
        assert_eq!(clinic.told_of_rule().await, (0, 0));
        let restore = json!({"reason": "the study is over"});
        if by_hand {
            admin.post(format!("{RULE}/restore"), restore.clone()).await.ok();
        } else {
            clinic.server.clock().advance(Span::days(30));
            clinic.server.clock().advance(Span::minutes(6));
        }
        // Neither of the two prescriptions has an answer.
        assert_eq!(clinic.told_of_rule().await, (2, 0), "by hand: {by_hand}");
        // Not of the same prescription and rule again.
        clinic.silence_bleeding(&admin, 10).await;
        admin.post(format!("{RULE}/restore"), restore).await.ok();
        clinic.server.clock().advance(Span::days(1));
        assert_eq!(clinic.told_of_rule().await, (2, 0), "by hand: {by_hand}");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn what_was_answered_for_is_not_told_and_without_a_doctor_the_patient_hears() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    let restore = json!({"reason": "the study is over"});
    clinic.on_both().await;
    clinic.silence_bleeding(&admin, 30).await;
    admin.post(format!("{RULE}/restore"), restore.clone()).await.ok();
    assert_eq!(clinic.told_of_rule().await, (0, 0), "it was answered for");
    clinic.server.finish().await;

    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    clinic.silence_bleeding(&admin, 30).await;
    clinic.on_warfarin().await;
    clinic.signed_lines(json!([clinic.tablets("ibuprofen", "400 mg").await])).await;
    let connections = clinic.dara.get("/connections").await.ok();
    let connection = connections["items"][0]["id"].as_str().unwrap();
    let body = json!({"permissionLevel": "SELECTED", "scopes": ["VITALS"]});
    clinic.dara.patch(format!("/connections/{connection}/permission"), body).await.ok();
    admin.post(format!("{RULE}/restore"), restore).await.ok();
    assert_eq!(clinic.told_of_rule().await, (0, 2), "the doctor may not see them any more");
    clinic.server.finish().await;
}
