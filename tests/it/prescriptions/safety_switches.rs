//! What leaves a prescription still acts, a treatment runs into other weeks, and what nobody answers for silences nothing.

use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::safety::stops;
use super::{Clinic, entry, id};

const SACUBITRIL: &str = "ddi-acei-sacubitril";
const NITRATE: &str = "ddi-nitrate-pde5";
const BLEED: &str = "ddi-vka-nsaid";

impl Clinic {
    async fn once_daily(&self, generic: &str, strength: &str) -> Value {
        json!({"medicineId": entry(&self.server, generic, strength).await, "dosage": "1 tablet", "frequency": "OD"})
    }

    async fn checked(&self, line: Value) -> Value {
        self.sok.post("/prescriptions/check", self.with(json!([line]))).await.ok()
    }

    async fn signed(&self, line: Value) -> Value {
        self.sok.post("/prescriptions", self.with(json!([line]))).await.ok()
    }
}

/// Whether a STOP of a rule is among the findings of an answer, or in the sentence of a refusal.
fn is_stopped_by(answer: &Value, rule: &str) -> bool {
    stops(answer).iter().any(|id| id.starts_with(rule))
}

#[tokio::test]
async fn what_is_written_over_still_acts() {
    let clinic = Clinic::open_strictly().await;
    let written = clinic.signed(clinic.once_daily("enalapril", "10 mg").await).await;
    clinic.server.clock().advance(Span::days(40));
    clinic.server.run_jobs().await;
    let next = clinic.once_daily("sacubitril + valsartan", "50 mg").await;
    let line = written["medications"][0]["id"].as_str().unwrap();
    let refused = clinic.sok.patch(format!("/medications/{line}"), next.clone()).await.expect(400);
    assert!(refused.text.contains(SACUBITRIL), "{}", refused.text);
    let whole = json!({"reason": "switch", "medications": [next.clone()]});
    let path = format!("/prescriptions/{}", id(&written));
    let refused = clinic.sok.patch(&path, whole).await.expect(400);
    assert!(refused.text.contains(SACUBITRIL), "{}", refused.text);
    // What takes the place of another one of its class is no second one.
    let lisinopril = clinic.once_daily("lisinopril", "10 mg").await;
    let preview = clinic.sok.patch(format!("/medications/{line}"), lisinopril).await.ok();
    assert_eq!(stops(&preview), Vec::<String>::new(), "{preview}");
    let line = preview["medications"][0]["id"].as_str().unwrap();
    let back = clinic.once_daily("enalapril", "10 mg").await;
    let written = clinic.sok.patch(format!("/medications/{line}"), back).await.ok();
    let line = written["medications"][0]["id"].as_str().unwrap();
    // Another strength of the same medicine is no switch.
    let stronger =
        json!({"medicineId": entry(&clinic.server, "enalapril", "20 mg").await, "dosage": "1 tablet"});
    let changed = clinic.sok.patch(format!("/medications/{line}"), stronger).await.ok();
    assert_eq!(stops(&changed), Vec::<String>::new(), "{changed}");
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_was_taken_and_stopped_on_one_day_still_acts() {
    for is_taken in [true, false] {
        let clinic = Clinic::open_strictly().await;
        let mut line = clinic.once_daily("sildenafil", "50 mg").await;
        line["frequency"] = json!("PRN max 1 times in 24 hours");
        let written = clinic.signed(line).await;
        if is_taken {
            let intake = json!({"medicationId": written["medications"][0]["id"]});
            clinic.dara.post("/doses/prn", intake).await.ok();
        }
        let stop = format!("/prescriptions/{}/stop", id(&written));
        clinic.sok.post(stop, json!({"reason": "A nitrate is needed"})).await.ok();
        let nitrate = clinic.once_daily("isosorbide dinitrate", "10 mg").await;
        let checked = clinic.checked(nitrate).await;
        assert_eq!(is_stopped_by(&checked, NITRATE), is_taken, "taken: {is_taken}: {checked}");
        // The same medicine in another strength is no duplicate of what is over.
        let again = clinic.checked(clinic.once_daily("sildenafil", "100 mg").await).await;
        assert!(!is_stopped_by(&again, "dup-"), "{again}");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_pregnancy_is_weighed_over_the_days_of_treatment() {
    let clinic = Clinic::open_strictly().await;
    let path = format!("/patients/{}/pregnancy", clinic.dara.id());
    clinic.dara.put(path, json!({"state": "PREGNANT", "week": 26})).await.ok();
    let mut line = clinic.tablets("ibuprofen", "400 mg").await;
    for (days, is_late) in [(Some(5), false), (Some(30), true), (None, true)] {
        match days {
            Some(days) => line["durationDays"] = json!(days),
            None => line["durationDays"] = Value::Null,
        }
        let checked = clinic.checked(line.clone()).await;
        assert_eq!(is_stopped_by(&checked, "prg-c-nsaid-t3"), is_late, "{days:?}: {checked}");
        assert_eq!(checked.to_string().contains("weeks from 28 on"), is_late, "{days:?}");
    }
    let far = chrono::NaiveDate::from_ymd_opt(2026, 12, 22).unwrap().to_string();
    (line["durationDays"], line["startDate"]) = (json!(5), json!(far));
    assert!(is_stopped_by(&clinic.checked(line).await, "prg-c-nsaid-t3"));
    clinic.server.finish().await;
}

#[tokio::test]
async fn what_nobody_answers_for_silences_no_rule() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    clinic.on_warfarin().await;
    let line = clinic.tablets("ibuprofen", "400 mg").await;
    let head = "id,a,b,tier,tier_when_confirmed,hazard,effect_en,action_en,condition,source,year,basis\n";
    for row in [
        "own-1,warfarin,ibuprofen,NOTE,,BLEED,Bleeding,Care,,Our list,2025,recalled",
        "own-1,warfarin,c-nsaid,NOTE,,BLEED,Bleeding,Care,A.daily_mg>0,Our list,2025,recalled",
    ] {
        let files = json!({"files": [{"name": "more_interactions.csv", "text": format!("{head}{row}\n")}]});
        admin.post("/safety/import", files).await.ok();
        let checked = clinic.checked(line.clone()).await;
        assert!(is_stopped_by(&checked, BLEED), "{row}: {checked}");
    }
    // A graver one of the clinic speaks.
    let noted = "own-2,warfarin,paracetamol,WARN,,BLEED,Bleeding,Care,,Our list,2025,recalled";
    let files = json!({"files": [{"name": "more_interactions.csv", "text": format!("{head}{noted}\n")}]});
    admin.post("/safety/import", files).await.ok();
    let checked = clinic.checked(clinic.tablets("paracetamol", "500 mg").await).await;
    assert!(checked["findings"].to_string().contains("own-2"), "{checked}");
    // What a person would not write on purpose is refused.
    for (row, column) in [
        ("own-3,warfarin,warfarin,WARN,,BLEED,Bleeding,Care,,Our list,2025,recalled", "b"),
        (
            "own-3,warfarin,paracetamol,WARN,NOTE,BLEED,Bleeding,Care,,Our list,2025,recalled",
            "tier_when_confirmed",
        ),
    ] {
        let files = json!({"files": [{"name": "more_interactions.csv", "text": format!("{head}{row}\n")}]});
        let dry = admin.post("/safety/import?dryRun=true", files).await.ok();
        assert!(dry["errors"].to_string().contains(column), "{row}: {dry}");
    }
    clinic.server.finish().await;
}

#[tokio::test]
async fn statistics_tell_of_no_patient() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    clinic.on_warfarin().await;
    let own = json!({"medicineName": "ibuprofen", "dosage": "1 tablet", "frequency": "TID"});
    clinic.dara.post("/prescriptions/patient", json!({"medications": [own]})).await.ok();
    let statistics = admin.get("/safety/statistics").await.ok();
    assert!(!statistics.to_string().contains(&clinic.dara.id().to_string()), "{statistics}");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_condition_in_words_is_said_to_be_unknown_to_the_rules() {
    let clinic = Clinic::open_strictly().await;
    let path = format!("/patients/{}/conditions", clinic.dara.id());
    clinic.dara.post(path, json!({"code": "OTHER", "name": "wheezing disease"})).await.ok();
    let checked = clinic.checked(clinic.once_daily("propranolol", "40 mg").await).await;
    let missing = checked["notChecked"].to_string();
    assert!(missing.contains("wheezing disease") && missing.contains("not_checked_conditions"), "{checked}");
    clinic.server.finish().await;
}

#[tokio::test]
async fn other_days_of_the_week_are_one_plan() {
    let clinic = Clinic::open_strictly().await;
    let on = async |days: &str| {
        let mut line = clinic.once_daily("warfarin", "5 mg").await;
        line["frequency"] = json!(days);
        line
    };
    let first = on("Monday, Wednesday, Friday morning").await;
    for (days, is_twice) in
        [("Tuesday, Thursday, Saturday, Sunday morning", false), ("Tuesday, Wednesday morning", true)]
    {
        let both = clinic.with(json!([first.clone(), on(days).await]));
        let checked = clinic.sok.post("/prescriptions/check", both).await.ok();
        assert_eq!(is_stopped_by(&checked, "dup-"), is_twice, "{days}: {checked}");
        let says_sum = checked.to_string().contains("together up to 10 mg a day");
        assert_eq!(says_sum, is_twice, "only Wednesday has both: {checked}");
        assert!(!checked.to_string().contains("15 mg"), "days are not added up: {checked}");
    }
    // Also in two prescriptions, and however much both are together.
    clinic.signed(first.clone()).await;
    let mut six = on("Tuesday, Thursday, Saturday, Sunday morning").await;
    (six["medicineId"], six["dosage"]) =
        (json!(entry(&clinic.server, "warfarin", "3 mg").await), json!("2 tablets"));
    let checked = clinic.checked(six.clone()).await;
    assert_eq!(stops(&checked), Vec::<String>::new(), "{checked}");
    let same = |checked: &Value| {
        let findings = checked["findings"].as_array().unwrap().iter();
        let same = findings.filter(|one| one["id"].as_str().unwrap().starts_with("dup-ingredient"));
        same.map(|one| (one["tier"].clone(), one["detail"]["english"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(same(&checked), [(json!("NOTE"), json!("used on days of their own: no day has both"))]);
    assert!(!checked.to_string().contains("11 mg"), "{checked}");
    six["frequency"] = json!("Tuesday, Friday morning");
    let checked = clinic.checked(six.clone()).await;
    assert!(is_stopped_by(&checked, "dup-") && checked.to_string().contains("11 mg"), "{checked}");
    let mut every_other = on("OD").await;
    every_other["everyNDays"] = json!(2);
    let mut from_tomorrow = every_other.clone();
    (every_other["startDate"], from_tomorrow["startDate"]) = (json!("2026-12-01"), json!("2026-12-02"));
    clinic.server.finish().await;

    let clinic = Clinic::open_strictly().await;
    let lines = |first: &Value, second: &Value| clinic.with(json!([first, second]));
    for line in [&mut every_other, &mut from_tomorrow] {
        line["medicineId"] = json!(entry(&clinic.server, "warfarin", "5 mg").await);
    }
    let checked = clinic.sok.post("/prescriptions/check", lines(&every_other, &from_tomorrow)).await.ok();
    assert_eq!(same(&checked).len(), 1, "{checked}");
    assert_eq!(stops(&checked), Vec::<String>::new(), "{checked}");
    let checked = clinic.sok.post("/prescriptions/check", lines(&every_other, &every_other)).await.ok();
    assert!(is_stopped_by(&checked, "dup-"), "{checked}");
    // What is given once a week is not given twice by two lines.
    let weekly = async |day: &str| {
        let mut line = clinic.once_daily("methotrexate", "2.5 mg").await;
        line["frequency"] = json!(format!("{day} morning"));
        line
    };
    let both = clinic.with(json!([weekly("Monday").await, weekly("Tuesday").await]));
    let checked = clinic.sok.post("/prescriptions/check", both).await.ok();
    assert!(is_stopped_by(&checked, "dup-"), "{checked}");
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_prescription_is_looked_at_as_it_stands() {
    let clinic = Clinic::open_strictly().await;
    let written = clinic.signed(clinic.tablets("amoxicillin", "500 mg").await).await;
    let path = format!("/prescriptions/{}/safety", id(&written));
    assert_eq!(stops(&clinic.sok.get(&path).await.ok()), Vec::<String>::new());
    let allergy = json!({"substance": "penicillin", "reaction": "ANAPHYLAXIS", "severity": "SEVERE"});
    clinic.dara.post(format!("/patients/{}/allergies", clinic.dara.id()), allergy).await.ok();
    assert_eq!(stops(&clinic.sok.get(&path).await.ok()).len(), 1);
    clinic.server.finish().await;
}
