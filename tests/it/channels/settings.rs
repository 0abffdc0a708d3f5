//! How messages reach a person is his to say.

use das_tern::domain::notifications::model::{NotificationType, Urgency};
use das_tern::platform::clock::Span;
use serde_json::json;

use super::kit::{critical, header, notice, ordinary, titles, with_mail};
use crate::kit::{PostOffice, TestServer};

#[tokio::test]
async fn settings_are_kept_and_every_bad_field_is_named() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let path = "/users/settings/notifications";
    let usual = dara.get(path).await.ok();
    assert_eq!((&usual["channels"], &usual["digestTime"]), (&json!({}), &json!("20:00")));
    let change = json!({
        "channels": {"DOSE_REMINDER": ["SMS", "PUSH"], "FAMILY_ALERT": []},
        "digestMissedDoses": true, "digestTime": "19:30", "nameMedicines": true, "language": "ENGLISH",
    });
    let set = dara.patch(path, change).await.ok();
    assert_eq!(set["channels"], json!({"DOSE_REMINDER": ["SMS", "PUSH"], "FAMILY_ALERT": []}));
    assert_eq!((&set["digestTime"], &set["language"]), (&json!("19:30"), &json!("ENGLISH")));
    assert_eq!(dara.get(path).await.ok(), set);
    let wrong = json!({
        "channels": {"NOPE": ["PUSH"], "ACCOUNT_SECURITY": [], "DOSE_REMINDER": ["PUSH", "PUSH"]},
        "mutedTypes": ["ACCOUNT_SECURITY"],
    });
    for (language, word) in [("en", "protect"), ("km", "ការពារ")] {
        let refused = dara.speaking(Some(language)).patch(path, wrong.clone()).await.expect(400);
        let fields = ["channels.ACCOUNT_SECURITY", "channels.DOSE_REMINDER", "channels.NOPE", "mutedTypes"];
        assert_eq!(refused.bad_fields(), fields);
        assert!(refused.text.contains(word), "{}", refused.text);
    }
    let misspelt =
        json!({"channels": {"DOSE_REMINDER": ["FAX"]}, "quietHours": {"from": "25:00", "to": "06:00"}});
    let refused = dara.patch(path, misspelt).await.expect(400);
    assert_eq!(refused.bad_fields(), ["channels.DOSE_REMINDER[0]", "quietHours.from"]);
    assert_eq!(dara.get(path).await.ok(), set, "nothing of a bad change is kept");
    server.finish().await;
}

#[tokio::test]
async fn muted_types_stay_inside_and_what_is_critical_goes_through_everything() {
    let (server, post) = with_mail().await;
    let dara = server.patient("dara").await;
    let change = json!({
        "email": false, "mutedTypes": ["VITAL_ANOMALY", "PRESCRIPTION_SHARED"],
        "quietHours": {"from": "00:00", "to": "23:59"},
    });
    dara.patch("/users/settings/notifications", change).await.ok();
    let muted = server.notify(ordinary(&dara)).await;
    let held = server.notify(notice(&dara, NotificationType::FamilyAlert, "default", Urgency::Warning)).await;
    server.notify(critical(&dara)).await;
    server.run_jobs().await;
    let letters = post.letters_to("dara@example.com");
    assert_eq!(letters.len(), 1, "the critical one");
    assert!(letters[0].raw.contains("multipart/alternative"));
    let state = |id| format!("{:?}", server.message(&dara, id).delivery);
    assert_eq!((state(muted).as_str(), state(held).as_str()), ("Held", "Held"));
    dara.patch("/users/settings/notifications", json!({"quietHours": {"from": "00:00", "to": "00:00"}}))
        .await
        .ok();
    server.after(Span::days(1)).await;
    let state = |id| format!("{:?}", server.message(&dara, id).delivery);
    assert_eq!((state(muted).as_str(), state(held).as_str()), ("Muted", "NoChannel"), "e-mail is off");
    server.finish().await;
}

#[tokio::test]
async fn dose_reminders_pass_quiet_hours_and_the_rest_waits_for_the_morning() {
    let (server, post) = with_mail().await;
    let dara = server.patient("dara").await;
    // It is seven in the morning.
    dara.patch("/users/settings/notifications", json!({"quietHours": {"from": "22:00", "to": "08:00"}}))
        .await
        .ok();
    server.notify(notice(&dara, NotificationType::DoseReminder, "default", Urgency::Normal)).await;
    server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    assert_eq!(post.letters().len(), 1, "the reminder, by e-mail since there is no push");
    server.after(Span::minutes(59)).await;
    assert_eq!(post.letters().len(), 1);
    server.after(Span::minutes(1)).await;
    assert_eq!(post.letters().len(), 2);
    server.finish().await;
}

#[tokio::test]
async fn single_missed_doses_are_told_once_a_day_to_who_wants_it_so() {
    let (server, post) = with_mail().await;
    let mother = server.family("mom").await;
    let settings = json!({"digestMissedDoses": true, "language": "ENGLISH"});
    mother.patch("/users/settings/notifications", settings).await.ok();
    for (name, count) in [("Dara", "1"), ("Sokha", "2"), ("Dara", "1")] {
        let mut one = notice(&mother, NotificationType::FamilyAlert, "default", Urgency::Normal);
        one.params.set_text("name", name);
        one.params.set_text("count", count);
        server.notify(one).await;
    }
    server.notify(notice(&mother, NotificationType::FamilyAlert, "warning", Urgency::Warning)).await;
    server.run_jobs().await;
    assert_eq!(post.letters().len(), 1, "the warning goes at once");
    server.after(Span::hours(13)).await;
    let letters = post.letters();
    assert_eq!(letters.len(), 2, "at eight in the evening");
    assert!(letters[1].text().contains("4 (Dara: 2; Sokha: 2)"), "{}", letters[1].text());
    assert_eq!(titles(&mother).await[0], "Missed doses of the day");
    server.after(Span::days(1)).await;
    assert_eq!(post.letters().len(), 2, "nothing was missed on the next day");
    server.finish().await;
}

#[tokio::test]
async fn one_click_ends_emails_of_a_type() {
    let post = PostOffice::open().await;
    let server = TestServer::start_with(|settings| {
        settings.mail = Some(post.settings());
        settings.clinic.public_url = Some("https://clinic.example/".to_owned());
    })
    .await;
    let dara = server.patient("dara").await;
    server.notify(ordinary(&dara)).await;
    server.notify(critical(&dara)).await;
    server.run_jobs().await;
    let letters = post.letters();
    let links: Vec<String> =
        letters.iter().filter_map(|letter| header(&unfolded(&letter.raw), "List-Unsubscribe")).collect();
    assert_eq!(links.len(), 1, "none for what is critical");
    let link = links[0].trim_matches(['<', '>']);
    let path = link.strip_prefix("https://clinic.example/api").unwrap();
    let stranger = server.stranger();
    stranger.post(format!("{path}x"), json!({})).await.expect(400);
    stranger.post(path.replace("PRESCRIPTION_SHARED", "VITAL_ANOMALY"), json!({})).await.expect(400);
    stranger.post("/notifications/unsubscribe?token=a.b.c", json!({})).await.expect(400);
    stranger.post(path, json!({})).await.expect(204);
    stranger.post(path, json!({})).await.expect(204);
    let silent = server.notify(ordinary(&dara)).await;
    server.notify(notice(&dara, NotificationType::FamilyAlert, "default", Urgency::Normal)).await;
    server.run_jobs().await;
    assert_eq!(post.letters().len(), 3, "only the other type");
    assert_eq!(server.message(&dara, silent).passages.len(), 0);
    server.finish().await;
}

/// Headers with their continuation lines joined.
fn unfolded(raw: &str) -> String {
    raw.replace("\r\n ", " ").replace("\r\n\t", " ")
}
