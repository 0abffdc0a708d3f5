//! Firebase Cloud Messaging.

use das_tern::platform::clock::{ManualClock, Span};
use das_tern::platform::fcm::{Fcm, FcmMessage, FcmPriority, FcmSettings};
use das_tern::platform::secret::{Phi, Secret};
use serde_json::json;

use super::{clock, fate, shared};
use crate::kit::{FcmService, Reply};

fn message() -> FcmMessage {
    FcmMessage {
        title: Phi::new("Das Tern".to_owned()),
        body: Phi::new("oxygen \"low\"".to_owned()),
        data: [("alertId".to_owned(), "7".to_owned())].into(),
        priority: FcmPriority::High,
        keep: Span::hours(1),
        tag: Some("alert-7".to_owned()),
    }
}

fn device() -> Phi<String> {
    Phi::new("device-1".to_owned())
}

async fn world(change: impl FnOnce(&mut FcmSettings)) -> (FcmService, Fcm, ManualClock) {
    let service = FcmService::open().await;
    let mut settings = service.settings();
    change(&mut settings);
    let clock = clock();
    let fcm = Fcm::new(&settings, shared(&clock)).unwrap();
    (service, fcm, clock)
}

#[tokio::test]
async fn a_message_arrives_with_what_wakes_the_device() {
    let (service, fcm, _) = world(|_| {}).await;
    fcm.send(&device(), &message()).await.unwrap();
    let quiet = FcmMessage { priority: FcmPriority::Normal, tag: None, ..message() };
    fcm.send(&device(), &quiet).await.unwrap();
    let [loud, quiet] = &service.messages()[..] else { panic!("two messages") };
    assert_eq!(
        *loud,
        json!({
            "token": "device-1",
            "notification": {"title": "Das Tern", "body": "oxygen \"low\""},
            "data": {"alertId": "7"},
            "android": {"priority": "HIGH", "ttl": "3600s", "notification": {"tag": "alert-7"}},
            "apns": {
                "headers": {"apns-priority": "10", "apns-collapse-id": "alert-7"},
                "payload": {"aps": {"sound": "default"}},
            },
        })
    );
    assert_eq!(quiet["android"], json!({"priority": "NORMAL", "ttl": "3600s"}));
    assert_eq!(quiet["apns"]["headers"], json!({"apns-priority": "5"}));
}

#[tokio::test]
async fn one_token_serves_until_shortly_before_its_end() {
    let (service, fcm, clock) = world(|_| {}).await;
    let (device, message) = (device(), message());
    let all = (0..20).map(|_| fcm.send(&device, &message));
    for sent in futures_util::future::join_all(all).await {
        sent.unwrap();
    }
    assert_eq!((service.tokens_given(), service.sends()), (1, 20));
    clock.advance(Span::minutes(54));
    fcm.send(&device, &message).await.unwrap();
    assert_eq!(service.tokens_given(), 1);
    clock.advance(Span::minutes(1));
    fcm.send(&device, &message).await.unwrap();
    assert_eq!(service.tokens_given(), 2);
    clock.advance(Span::days(-1));
    fcm.send(&device, &message).await.unwrap();
    assert_eq!(service.tokens_given(), 3, "a clock that is set back does not keep a token alive");
}

#[tokio::test]
async fn a_withdrawn_token_is_changed_once() {
    let (service, fcm, _) = world(|_| {}).await;
    fcm.send(&device(), &message()).await.unwrap();
    service.withdraw_token();
    fcm.send(&device(), &message()).await.unwrap();
    assert_eq!((service.tokens_given(), service.messages().len()), (2, 2));
    service.answer_next(Reply::status(401));
    service.answer_next(Reply::status(401));
    assert_eq!(fate(fcm.send(&device(), &message()).await), "later fcm_no_access");
    assert_eq!((service.tokens_given(), service.sends()), (3, 5), "not asked for ever");
    // The certificate for Apple's devices is missing in the project: another token would not help.
    service.answer_next(FcmService::error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"));
    assert_eq!(fate(fcm.send(&device(), &message()).await), "later fcm_no_access");
    assert_eq!(service.tokens_given(), 3);
}

#[tokio::test]
async fn every_bad_answer_has_its_meaning() {
    let (service, fcm, _) = world(|settings| settings.timeout_seconds = 1).await;
    for (reply, expected) in [
        (FcmService::unregistered(), "gone fcm_token_gone"),
        (FcmService::error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), "doubtful fcm_refused"),
        (FcmService::error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), "gone fcm_key_mismatch"),
        (
            FcmService::error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED").retry_after(60),
            "later fcm_failed 60 s",
        ),
        (FcmService::error(503, "UNAVAILABLE", "UNAVAILABLE"), "later fcm_failed"),
        (FcmService::error(500, "INTERNAL", "INTERNAL"), "later fcm_failed"),
        (Reply::html(502, "<html>Bad gateway</html>"), "later fcm_failed"),
        (Reply::html(404, "<html>no such project</html>"), "later fcm_no_access"),
        (Reply::status(403), "later fcm_no_access"),
        (Reply::status(503).retry_after("Sunday, 22-Nov-26 00:02:00 GMT"), "later fcm_failed 120 s"),
        (Reply::status(503).retry_after("Sun Nov 22 00:02:00 2026"), "later fcm_failed 120 s"),
        (Reply::Close, "later fcm_failed"),
        (Reply::CloseInside, "later fcm_failed"),
        (Reply::Hang, "later fcm_failed"),
    ] {
        let told = format!("{reply:?}");
        service.answer_next(reply);
        assert_eq!(fate(fcm.send(&device(), &message()).await), expected, "{told}");
    }
    assert!(service.messages().is_empty());
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_and_nothing_is_lost() {
    let (service, fcm, _) = world(|settings| settings.timeout_seconds = 1).await;
    for (reply, expected) in [
        (Reply::json(400, &json!({"error": "invalid_grant"})), "later fcm_no_access"),
        (Reply::html(200, "<html>Sign in</html>"), "later fcm_no_access"),
        (Reply::status(503).retry_after(5), "later fcm_no_access 5 s"),
        (Reply::Close, "later fcm_no_access"),
        (Reply::Hang, "later fcm_no_access"),
    ] {
        service.answer_next_token(reply);
        assert_eq!(fate(fcm.send(&device(), &message()).await), expected);
    }
    assert_eq!(service.sends(), 0);
    fcm.send(&device(), &message()).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_service_account_is_told_at_the_start() {
    let without = Fcm::new(&FcmSettings::default(), shared(&clock())).unwrap();
    assert!(!without.is_configured());
    assert_eq!(fate(without.send(&device(), &message()).await), "not configured");

    let good = FcmService::open().await.settings();
    let file: serde_json::Value =
        serde_json::from_str(good.service_account.as_ref().unwrap().reveal()).unwrap();
    for (field, value, expected) in [
        ("project_id", json!("../other"), "project_id"),
        ("private_key", json!("not a key"), "not PEM"),
        ("private_key", json!("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"), "RSA key"),
        ("token_uri", json!("http://token.example/"), "token_uri"),
        ("client_email", json!(7), "is not the JSON file of a service account"),
    ] {
        let mut file = file.clone();
        file[field] = value;
        let settings = FcmSettings { service_account: Some(Secret::new(file.to_string())), ..good.clone() };
        let error = Fcm::new(&settings, shared(&clock())).err().unwrap().to_string();
        assert!(error.contains(expected) && !error.contains("c2VjcmV0"), "{error}");
    }
    let settings = FcmSettings { api_base: "http://fcm.example".to_owned(), ..good };
    assert!(Fcm::new(&settings, shared(&clock())).err().unwrap().to_string().contains("fcm.api_base"));
}
