//! A warning over medicines that are not shared is never withheld, and nobody learns from warnings what they are.

use das_tern::domain::notifications::model::NotificationType;
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::safety::stops;
use super::{Clinic, entry};
use crate::kit::{Client, TestServer};

/// The one sentence that names nothing.
const GENERAL: &str = "hidden-medicines";

/// Medicines that do not go with warfarin.
const AGAINST_WARFARIN: [(&str, &str); 16] = [
    ("ibuprofen", "400 mg"),
    ("diclofenac", "50 mg"),
    ("naproxen", "250 mg"),
    ("acetylsalicylic acid", "500 mg"),
    ("metronidazole", "250 mg"),
    ("ciprofloxacin", "500 mg"),
    ("fluconazole", "150 mg"),
    ("sulfamethoxazole + trimethoprim", "400 mg + 80 mg"),
    ("amiodarone", "200 mg"),
    ("erythromycin", "250 mg"),
    ("rifampicin", "300 mg"),
    ("carbamazepine", "200 mg"),
    ("celecoxib", "200 mg"),
    ("clarithromycin", "500 mg"),
    ("meloxicam", "7.5 mg"),
    ("piroxicam", "20 mg"),
];

impl Clinic {
    /// A clinic in which a doctor is named so many medicines.
    async fn naming(most: u32) -> Self {
        let server = TestServer::start_with(|settings| {
            settings.auth.access_token_minutes = 60 * 24 * 60;
            settings.limits.unshared_medicines_per_day = most;
        })
        .await;
        server.silence(&[]).await;
        let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
        server.connect(&sok, &dara).await;
        let paracetamol = super::medicine(&server, "paracetamol").await;
        let clinic = Self { server, sok, dara, paracetamol };
        clinic.on_warfarin().await;
        clinic
    }

    /// A doctor to whom Dara shows nothing of what the others prescribe.
    async fn stranger(&self) -> Client {
        let chan = self.server.doctor("chan").await;
        self.hides_all_from(&chan).await;
        chan
    }

    async fn hides_all_from(&self, doctor: &Client) {
        let connection = self.server.connect(doctor, &self.dara).await;
        let permission =
            json!({"permissionLevel": "SELECTED", "scopes": ["PRESCRIPTIONS"], "prescriptionIds": []});
        self.dara.patch(format!("/connections/{connection}/permission"), permission).await.ok();
    }

    /// One tablet a day of each.
    async fn once_a_day(&self, medicines: &[(&str, &str)]) -> Value {
        let mut lines = Vec::new();
        for (generic, strength) in medicines {
            let medicine = entry(&self.server, generic, strength).await;
            lines.push(json!({"medicineId": medicine, "dosage": "1 tablet", "frequency": "OD"}));
        }
        self.with(json!(lines))
    }

    /// What a check of one medicine finds over what is not shared.
    async fn tried(&self, by: &Client, medicine: (&str, &str)) -> Vec<String> {
        let body = self.once_a_day(&[medicine]).await;
        hidden(&by.post("/prescriptions/check", body).await.ok())
    }

    fn told_of_tries(&self, whom: &Client) -> usize {
        let messages = self.server.messages(whom).into_iter();
        messages
            .filter(|message| message.kind == NotificationType::RecordOpened)
            .filter(|message| message.variant.starts_with("unshared"))
            .count()
    }
}

/// The findings over something that is not shared.
fn hidden(answer: &Value) -> Vec<String> {
    let findings = answer["findings"].as_array().unwrap().iter();
    let ids = findings.map(|finding| finding["id"].as_str().unwrap().to_owned());
    ids.filter(|id| id.starts_with("hidden-")).collect()
}

#[tokio::test]
async fn whoever_tries_one_medicine_after_another_is_told_nothing_more_and_others_hear_of_it() {
    let clinic = Clinic::naming(3).await;
    let (chan, admin) = (clinic.stranger().await, clinic.server.admin().await);
    for medicine in &AGAINST_WARFARIN[..3] {
        let found = clinic.tried(&chan, *medicine).await;
        assert!(!found.is_empty() && found.iter().all(|id| id.contains(medicine.0)), "{found:?}");
    }
    // What goes with it, and what was told before, costs nothing.
    assert!(clinic.tried(&chan, ("amlodipine", "5 mg")).await.is_empty());
    clinic.tried(&chan, AGAINST_WARFARIN[0]).await;
    assert_eq!((clinic.told_of_tries(&clinic.dara), clinic.told_of_tries(&admin)), (0, 0));

    // The fourth is one too many: from here on the answer is the same whatever is asked for.
    assert_eq!(clinic.tried(&chan, AGAINST_WARFARIN[3]).await, [GENERAL]);
    assert_eq!((clinic.told_of_tries(&clinic.dara), clinic.told_of_tries(&admin)), (1, 1));
    let mut answers = Vec::new();
    for medicine in
        [AGAINST_WARFARIN[4], ("amlodipine", "5 mg"), AGAINST_WARFARIN[9], ("loratadine", "10 mg")]
    {
        let body = clinic.once_a_day(&[medicine]).await;
        let preview = chan.post("/prescriptions/preview", body.clone()).await.ok();
        assert_eq!(hidden(&preview), [GENERAL], "{medicine:?}");
        let checked = chan.post("/prescriptions/check", body.clone()).await.ok();
        let findings = checked["findings"].as_array().unwrap();
        let general = findings.iter().find(|finding| finding["id"] == GENERAL).unwrap();
        assert_eq!((&general["tier"], general["medicines"][0].get("name")), (&json!("STOP"), None));
        let rest = format!("{} {}", checked["suppressed"], checked["notChecked"]);
        assert!(!rest.contains("isHidden\":true") && !rest.contains("warfarin"), "{rest}");
        answers.push(general.clone());
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:#?}");
    // What was told before is told still; a draft says no more than a check, nor does a refusal.
    assert!(clinic.tried(&chan, AGAINST_WARFARIN[1]).await.iter().all(|id| id.contains("diclofenac")));
    let mut body = clinic.once_a_day(&[AGAINST_WARFARIN[5]]).await;
    let refused = chan.post("/prescriptions", body.clone()).await.expect(400);
    assert!(refused.text.contains(GENERAL) && !refused.text.contains("hidden-BLEED"), "{}", refused.text);
    body["isDraft"] = json!(true);
    assert_eq!(hidden(&chan.post("/prescriptions", body).await.ok()), [GENERAL]);
    assert_eq!((clinic.told_of_tries(&clinic.dara), clinic.told_of_tries(&admin)), (1, 1), "once a day");

    // Whoever signs with open eyes may; the patient confirms what was signed so.
    let mut body = clinic.once_a_day(&[AGAINST_WARFARIN[0], AGAINST_WARFARIN[5]]).await;
    body["requiresConfirmation"] = json!(true);
    let checked = chan.post("/prescriptions/check", body.clone()).await.ok();
    let reasons = stops(&checked).into_iter();
    let reasons: Vec<Value> = reasons.map(|id| json!({"findingId": id, "reason": "WILL_MONITOR"})).collect();
    body["overrides"] = json!(reasons);
    let written = chan.post("/prescriptions", body).await.ok();
    clinic.dara.post(format!("/prescriptions/{}/confirm", super::id(&written)), json!({})).await.ok();
    // A day later it is open again.
    clinic.server.clock().advance(Span::hours(25));
    assert!(clinic.tried(&chan, AGAINST_WARFARIN[9]).await.iter().all(|id| id.contains("erythromycin")));
    let record = clinic.dara.get("/audit/record?limit=100").await.ok();
    let warned = record["items"].as_array().unwrap().iter();
    let warned = warned.filter(|one| one["action"] == "prescription.warned_of_unshared");
    assert!(warned.count() >= 8, "{record}");
    assert!(!record.to_string().contains("ibuprofen"), "the audit names no medicine");
    clinic.server.finish().await;
}

#[tokio::test]
async fn who_prescribes_ten_medicines_corrects_and_signs_them_never_meets_the_bound() {
    let clinic = Clinic::naming(15).await;
    let chan = clinic.stranger().await;
    // Line by line, as a screen asks.
    for count in 1..=10 {
        let body = clinic.once_a_day(&AGAINST_WARFARIN[..count]).await;
        let found = hidden(&chan.post("/prescriptions/check", body).await.ok());
        assert!(!found.is_empty() && !found.contains(&GENERAL.to_owned()), "{count}: {found:?}");
    }
    // Five of them are replaced by others, which do not go with it either.
    let mut body = clinic.once_a_day(&AGAINST_WARFARIN[5..15]).await;
    let checked = chan.post("/prescriptions/check", body.clone()).await.ok();
    assert!(!hidden(&checked).contains(&GENERAL.to_owned()), "{checked}");
    let reasons: Vec<Value> = stops(&checked)
        .into_iter()
        .map(|id| json!({"findingId": id, "reason": "OTHER", "note": "seen together with the patient"}))
        .collect();
    body["overrides"] = json!(reasons);
    let written = chan.post("/prescriptions", body).await.ok();
    assert!(!hidden(&written).contains(&GENERAL.to_owned()), "{written}");
    // Looking at it again costs nothing, and on the next day there is as much room as before.
    let path = format!("/prescriptions/{}/safety", super::id(&written));
    chan.get(&path).await.ok();
    clinic.server.clock().advance(Span::hours(25));
    assert!(!hidden(&chan.get(&path).await.ok()).is_empty());
    for medicine in &AGAINST_WARFARIN[..5] {
        let found = clinic.tried(&chan, *medicine).await;
        assert!(!found.is_empty() && !found.contains(&GENERAL.to_owned()), "{medicine:?}: {found:?}");
    }
    // Once the patient has used it for some days it costs nothing at all.
    clinic.server.clock().advance(Span::days(3));
    clinic.server.run_jobs().await;
    for medicine in &AGAINST_WARFARIN[..5] {
        assert!(!clinic.tried(&chan, *medicine).await.contains(&GENERAL.to_owned()), "{medicine:?}");
    }
    assert!(!hidden(&chan.get(&path).await.ok()).contains(&GENERAL.to_owned()));
    for medicine in [AGAINST_WARFARIN[15], ("tramadol", "50 mg")] {
        assert!(!clinic.tried(&chan, medicine).await.contains(&GENERAL.to_owned()), "{medicine:?}");
    }
    assert_eq!(clinic.told_of_tries(&clinic.dara), 0);
    clinic.server.finish().await;
}

#[tokio::test]
async fn signing_something_harmless_or_asking_a_colleague_opens_nothing() {
    let clinic = Clinic::naming(3).await;
    let (chan, meas) = (clinic.stranger().await, clinic.server.doctor("meas").await);
    clinic.hides_all_from(&meas).await;
    for medicine in &AGAINST_WARFARIN[..2] {
        assert!(!clinic.tried(&chan, *medicine).await.contains(&GENERAL.to_owned()));
    }
    chan.post("/prescriptions", clinic.once_a_day(&[("loratadine", "10 mg")]).await).await.ok();
    // What a colleague was told counts as well, and the same twice counts once.
    for medicine in &AGAINST_WARFARIN[1..3] {
        assert!(!clinic.tried(&meas, *medicine).await.contains(&GENERAL.to_owned()));
    }
    assert_eq!(clinic.tried(&chan, AGAINST_WARFARIN[3]).await, [GENERAL]);
    assert_eq!(clinic.tried(&meas, AGAINST_WARFARIN[3]).await, [GENERAL]);
    assert_eq!(clinic.told_of_tries(&clinic.dara), 2);
    clinic.server.finish().await;
}

impl Clinic {
    /// Signs these with a reason for each finding, in a way that leaves nothing to be used.
    async fn signs(&self, by: &Client, medicines: &[(&str, &str)], way: &Value) -> Value {
        let mut body = self.once_a_day(medicines).await;
        for (name, value) in way.as_object().unwrap() {
            if name == "requiresConfirmation" {
                body[name] = value.clone();
                continue;
            }
            for line in body["medications"].as_array_mut().unwrap() {
                line[name] = value.clone();
            }
        }
        let checked = by.post("/prescriptions/check", body.clone()).await.ok();
        let reasons = stops(&checked).into_iter();
        let note = "seen together with the patient";
        let reasons: Vec<Value> =
            reasons.map(|id| json!({"findingId": id, "reason": "OTHER", "note": note})).collect();
        body["overrides"] = json!(reasons);
        by.post("/prescriptions", body).await.ok()
    }
}

#[tokio::test]
async fn what_is_signed_was_tried_as_long_as_nobody_uses_it() {
    for (way, stands) in [
        (json!({"durationDays": 1}), "runs"),
        (json!({"durationDays": 1}), "stopped"),
        (json!({"startDate": "2027-11-01"}), "runs"),
        (json!({"frequency": "PRN max 2"}), "runs"),
        (json!({"requiresConfirmation": true}), "runs"),
        (json!({}), "paused"),
    ] {
        let clinic = Clinic::naming(3).await;
        let chan = clinic.stranger().await;
        for medicine in &AGAINST_WARFARIN[..3] {
            let written = clinic.signs(&chan, std::slice::from_ref(medicine), &way).await;
            assert!(!hidden(&written).contains(&GENERAL.to_owned()), "{way} {stands}: {medicine:?}");
            let path = format!("/prescriptions/{}", super::id(&written));
            match stands {
                "stopped" => drop(chan.post(format!("{path}/stop"), json!({"reason": "wrong"})).await.ok()),
                "paused" => drop(chan.post(format!("{path}/pause"), json!({})).await.ok()),
                _ => {}
            }
        }
        assert_eq!(clinic.told_of_tries(&clinic.dara), 0, "{way} {stands}");
        assert_eq!(clinic.tried(&chan, AGAINST_WARFARIN[4]).await, [GENERAL], "{way} {stands}");
        assert_eq!(clinic.told_of_tries(&clinic.dara), 1, "{way} {stands}");
        clinic.server.finish().await;
    }
}

/// Who signs without having looked is counted and told of like everybody, and learns nothing by looking afterwards.
#[tokio::test]
async fn who_signs_with_a_reason_for_everything_is_told_of_too() {
    let clinic = Clinic::naming(2).await;
    let chan = clinic.stranger().await;
    for medicine in &AGAINST_WARFARIN[..2] {
        clinic.tried(&chan, *medicine).await;
    }
    let mut body = clinic.once_a_day(&[AGAINST_WARFARIN[4]]).await;
    body["overrides"] = json!([{"findingId": GENERAL, "reason": "OTHER", "note": "seen together"}]);
    let written = chan.post("/prescriptions", body).await.ok();
    assert_eq!(hidden(&written), [GENERAL]);
    assert_eq!(clinic.told_of_tries(&clinic.dara), 1);
    let path = format!("/prescriptions/{}/safety", super::id(&written));
    assert_eq!(hidden(&chan.get(&path).await.ok()), [GENERAL]);
    assert_eq!(clinic.tried(&chan, AGAINST_WARFARIN[4]).await, [GENERAL]);
    clinic.server.finish().await;
}

/// Nobody learns from what is found or accepted how much is used of what is hidden.
#[tokio::test]
async fn the_amount_of_what_is_hidden_changes_no_answer() {
    let clinic = Clinic::naming(15).await;
    let chan = clinic.stranger().await;
    let warfarin = entry(&clinic.server, "warfarin", "1 mg").await;
    for tablets in [1, 4, 5, 6] {
        let dosage = format!("{tablets} tablets");
        let line = json!([{"medicineId": warfarin, "dosage": dosage, "frequency": "OD", "durationDays": 5}]);
        let mut body = clinic.with(line);
        body["isDraft"] = json!(true);
        let draft = chan.post("/prescriptions", body.clone()).await.ok();
        assert_eq!(hidden(&draft), ["hidden-DUPLICATE-STOP:warfarin"], "{tablets}");
        // Each is accepted with a reason.
        let reason = json!({"findingId": "hidden-DUPLICATE-STOP:warfarin", "reason": "SPECIALIST_ADVICE"});
        body["overrides"] = json!([reason]);
        body["isDraft"] = json!(false);
        let written = chan.post("/prescriptions", body).await.ok();
        chan.post(format!("/prescriptions/{}/stop", super::id(&written)), json!({"reason": "tried"}))
            .await
            .ok();
    }
    clinic.server.finish().await;
}

#[tokio::test]
async fn one_medicine_in_many_amounts_tells_no_more_than_many_medicines() {
    let clinic = Clinic::naming(4).await;
    let chan = clinic.stranger().await;
    let ibuprofen = entry(&clinic.server, "ibuprofen", "400 mg").await;
    let lines = |frequency: &str| json!([{"medicineId": ibuprofen, "dosage": "1 tablet", "frequency": frequency, "durationDays": 5}]);
    let ask = async |frequency: &str| {
        hidden(&chan.post("/prescriptions/check", clinic.with(lines(frequency))).await.ok())
    };
    // A dose is corrected, and corrected again, and signed: that counts as one medicine, and then no more.
    for frequency in ["OD", "BID", "TDS"] {
        let found = ask(frequency).await;
        assert!(!found.is_empty() && !found.contains(&GENERAL.to_owned()), "{frequency}: {found:?}");
    }
    // Further ones count as further medicines.
    for frequency in ["QID", "Q6H", "Q8H"] {
        assert!(!ask(frequency).await.contains(&GENERAL.to_owned()), "{frequency}");
    }
    assert_eq!(clinic.told_of_tries(&clinic.dara), 0);
    assert_eq!(ask("Q12H").await, [GENERAL]);
    assert_eq!(ask("Q4H").await, [GENERAL]);
    assert!(!ask("TDS").await.contains(&GENERAL.to_owned()), "what was told before is told still");
    assert_eq!(clinic.told_of_tries(&clinic.dara), 1);
    clinic.server.finish().await;
}

#[tokio::test]
async fn checks_that_are_sent_at_once_tell_no_more_than_one_after_another() {
    let clinic = Clinic::naming(2).await;
    let chan = clinic.stranger().await;
    let mut bodies = Vec::new();
    for medicine in AGAINST_WARFARIN {
        bodies.push(clinic.once_a_day(&[medicine]).await);
    }
    let calls = bodies.iter().map(|body| {
        let (chan, body) = (&chan, body.clone());
        async move { chan.post("/prescriptions/check", body).await }
    });
    let answers = futures_util::future::join_all(calls).await;
    let mut named = 0;
    for answer in answers {
        match answer.status {
            200 => named += usize::from(!hidden(&answer.json).contains(&GENERAL.to_owned())),
            status => assert_eq!((status, &answer.json["code"]), (429, &json!("checked_too_often_at_once"))),
        }
    }
    assert!(named <= 2, "{named} were named");
    clinic.server.finish().await;
}
