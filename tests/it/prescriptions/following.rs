//! Whoever records a dose hears when the next one comes unusually soon or late after it, or has another time by that.

use serde_json::{Value, json};

use super::Clinic;
use super::identity::TODAY;

fn codes(answer: &Value) -> Vec<&str> {
    answer["notices"].as_array().unwrap().iter().map(|notice| notice["code"].as_str().unwrap()).collect()
}

fn english(answer: &Value) -> &str {
    answer["notices"][0]["text"]["english"].as_str().unwrap()
}

impl Clinic {
    async fn taken_at(&self, dose: &str, at: &str) -> Value {
        let body = json!({ "takenAt": format!("{TODAY}T{at}:00+07:00"), "confirmEarly": true });
        self.dara.post(format!("/doses/{dose}/mark-taken"), body).await.ok()
    }
}

#[tokio::test]
async fn an_intake_far_from_its_time_tells_of_the_next_one() {
    for (frequency, dose, at, told) in [
        ("Q4H", "07:00", "07:10", vec![]),
        ("Q4H", "07:00", "08:30", vec![]),
        ("Q4H", "07:00", "10:20", vec!["notice_soon_after_this"]),
        ("Q12H", "07:00", "14:00", vec!["notice_soon_after_this"]),
        ("BID", "07:00", "12:30", vec!["notice_soon_after_this"]),
        ("TID", "17:30", "11:00", vec!["notice_soon_after_this"]),
        ("BID", "17:30", "09:00", vec!["notice_long_after_this"]),
        ("OD", "07:00", "16:00", vec![]),
    ] {
        let story = format!("{frequency} of {dose} at {at}");
        let clinic = Clinic::open().await;
        clinic.line(json!({"dosage": "1 cp", "frequency": frequency, "durationDays": 5})).await;
        clinic.at(at).await;
        let answer = clinic.taken_at(&clinic.dose(dose).await, at).await;
        assert_eq!(codes(&answer), told, "{story}: {answer}");
        // Said again it is the same answer.
        let again = clinic.taken_at(&clinic.dose(dose).await, at).await;
        assert_eq!(again["notices"], answer["notices"], "{story}");
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn the_notice_says_when_and_how_soon() {
    let clinic = Clinic::open().await;
    clinic.line(json!({"dosage": "1 cp", "frequency": "Q4H", "durationDays": 5})).await;
    clinic.at("10:20").await;
    let answer = clinic.taken_at(&clinic.dose("07:00").await, "10:20").await;
    let text = english(&answer);
    assert!(text.contains("11:00") && text.contains("only 0 h 40 min after this one"), "{text}");
    assert!(text.contains("never use two doses at once"), "{text}");
    // A later intake decides how soon the next one is, whatever is recorded of an earlier dose after it.
    let later = clinic.dose("11:00").await;
    clinic.at("11:05").await;
    clinic.taken_at(&later, "11:05").await;
    let corrected = clinic.taken_at(&clinic.dose("07:00").await, "10:50").await;
    assert_eq!(codes(&corrected), [""; 0], "{corrected}");
    clinic.server.finish().await;
}

/// Between the change and what becomes known of before it the patient has seen other times.
#[tokio::test]
async fn a_record_that_moves_the_doses_that_follow_says_so_and_so_does_taking_it_back() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "Q8H", "durationDays": 3})).await;
    clinic.at("09:00").await;
    let dose = clinic.dose("07:00").await;
    clinic.edit(&written, json!({"frequency": "Q6H"})).await;
    clinic.at("09:30").await;
    let recorded = clinic.taken_at(&dose, "08:30").await;
    assert!(codes(&recorded).contains(&"notice_following_moved"), "{recorded}");
    let after = clinic.day(TODAY).await;
    let next = after.iter().find(|dose| dose.contains("DUE")).unwrap();
    assert!(english(&recorded).contains(&next[..5]), "{recorded}: {after:?}");
    let undone = clinic.dara.post(format!("/doses/{dose}/undo"), json!({})).await.ok();
    assert!(codes(&undone).contains(&"notice_following_moved"), "{undone}: {:?}", clinic.day(TODAY).await);
    clinic.server.finish().await;
}

/// A phone sends what it recorded on the way: what is said fits what is known after all of it.
#[tokio::test]
async fn what_a_phone_sends_tells_of_what_follows_as_well() {
    let clinic = Clinic::open().await;
    clinic.line(json!({"dosage": "1 cp", "frequency": "Q4H", "durationDays": 5})).await;
    let (first, second) = (clinic.dose("07:00").await, clinic.dose("11:00").await);
    clinic.at("10:30").await;
    let late = clinic.sync(&first, "10:20").await;
    assert_eq!(codes(&late["applied"][0]), ["notice_soon_after_this"], "{late}");
    assert_eq!(
        late["applied"][0]["notices"][0]["text"]["english"].as_str().map(|text| text.contains("11:00")),
        Some(true)
    );
    clinic.at("11:10").await;
    let on_time = clinic.sync(&second, "11:05").await;
    assert_eq!(codes(&on_time["applied"][0]), ["notice_soon_after_other"], "{on_time}");
    clinic.server.finish().await;
}

#[tokio::test]
async fn an_intake_soon_after_another_one_is_asked_about() {
    let clinic = Clinic::open().await;
    clinic.line(json!({"dosage": "1 cp", "frequency": "QID", "durationDays": 5})).await;
    let (first, second) = (clinic.dose("07:00").await, clinic.dose("11:30").await);
    clinic.at("10:20").await;
    clinic.taken_at(&first, "10:15").await;
    let soon = clinic.taken_at(&second, "10:20").await;
    assert!(codes(&soon).contains(&"notice_soon_after_other"), "{soon}");
    assert!(
        english(&soon).contains("0 h 5 min after another one") && english(&soon).contains("10:15"),
        "{soon}"
    );
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_dose_that_comes_back_soon_after_the_last_intake_says_so() {
    let clinic = Clinic::open().await;
    clinic.line(json!({"dosage": "1 cp", "frequency": "Q8H", "durationDays": 5})).await;
    let (afternoon, night) = (clinic.dose("15:00").await, clinic.dose("23:00").await);
    clinic.at("20:10").await;
    clinic.taken_at(&night, "20:09").await;
    clinic.taken_at(&afternoon, "20:09").await;
    let undone = clinic.dara.post(format!("/doses/{night}/undo"), json!({})).await.ok();
    assert_eq!(codes(&undone), ["notice_soon_after_last"], "{undone}");
    assert!(english(&undone).contains("23:00") && english(&undone).contains("2 h 51 min"), "{undone}");
    clinic.server.finish().await;
}
