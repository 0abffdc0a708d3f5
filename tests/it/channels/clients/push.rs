//! Web Push.

use std::path::Path;
use std::sync::Arc;

use das_tern::platform::clock::{ManualClock, Span};
use das_tern::platform::push::{
    PLAINTEXT_BYTES_MAX, PushMessage, PushSettings, PushUrgency, Subscription, WebPush,
};
use das_tern::platform::random::Random;
use das_tern::platform::secret::Phi;
use proptest::prelude::*;
use serde_json::json;
use tempfile::TempDir;

use super::{clock, fate, shared};
use crate::kit::{Browser, PushService, Reply};

fn web_push(settings: &PushSettings, clock: &ManualClock, folder: &Path) -> WebPush {
    WebPush::new(settings, folder, shared(clock), Arc::new(Random::seeded(3))).unwrap()
}

fn message(payload: &str) -> PushMessage {
    PushMessage {
        payload: Phi::new(payload.as_bytes().to_vec()),
        keep: Span::minutes(10),
        urgency: PushUrgency::High,
        topic: Some("alert 7".to_owned()),
    }
}

fn subscribe_to(push: &WebPush, browser: &Browser) -> Subscription {
    push.subscription(&browser.endpoint, &browser.p256dh, &browser.auth).unwrap()
}

struct World {
    service: PushService,
    push: WebPush,
    clock: ManualClock,
    dara: Subscription,
    folder: TempDir,
}

async fn world(change: impl FnOnce(&mut PushSettings)) -> World {
    let service = PushService::open().await;
    let mut settings = service.settings();
    change(&mut settings);
    let (clock, folder) = (clock(), TempDir::new().unwrap());
    let push = web_push(&settings, &clock, folder.path());
    let dara = subscribe_to(&push, &service.browser("dara", push.public_key_base64url().unwrap()));
    World { service, push, clock, dara, folder }
}

#[tokio::test]
async fn a_message_arrives_as_it_was_written_and_says_who_sends_it() {
    let world = world(|_| {}).await;
    world.push.send(&world.dara, &message("ដល់ពេលលេបថ្នាំ")).await.unwrap();
    let pushed = world.service.pushed_to("dara").remove(0);
    assert_eq!((pushed.payload.as_str(), pushed.ttl, pushed.urgency.as_str()), ("ដល់ពេលលេបថ្នាំ", 600, "high"));
    let topic = pushed.topic.unwrap();
    assert!(topic.len() == 32 && !topic.contains("alert"), "{topic}");
    assert_eq!(pushed.size, 86 + 256 + 17, "the length tells little");
    let now = das_tern::platform::clock::Clock::now(&world.clock).as_milliseconds() / 1_000;
    assert_eq!(pushed.claims["exp"], now + 12 * 3_600);
    assert_eq!(pushed.claims["sub"], "mailto:clinic@example.org");

    // After a restart it is the same server: the browser still takes its messages.
    let again = web_push(&world.service.settings(), &world.clock, world.folder.path());
    again.send(&world.dara, &message("2")).await.unwrap();
    // Another server cannot send to a browser that subscribed here.
    let other = TempDir::new().unwrap();
    let other = web_push(&world.service.settings(), &world.clock, other.path());
    assert_eq!(fate(other.send(&world.dara, &message("3")).await), "gone push_key_mismatch");
    assert_eq!(world.service.pushed_to("dara").len(), 2);
}

#[tokio::test]
async fn every_bad_answer_has_its_meaning() {
    let world = world(|settings| settings.timeout_seconds = 1).await;
    for (reply, expected) in [
        (Reply::status(404), "gone push_endpoint_gone"),
        (Reply::status(410), "gone push_endpoint_gone"),
        (Reply::status(429).retry_after(30), "later push_failed 30 s"),
        (Reply::status(503).retry_after("Sun, 22 Nov 2026 00:02:00 GMT"), "later push_failed 120 s"),
        (Reply::status(500), "later push_failed"),
        (Reply::status(503).retry_after("Sunday, 22-Nov-26 00:02:00 GMT"), "later push_failed 120 s"),
        (Reply::status(429).retry_after("Sun Nov 22 00:02:00 2026"), "later push_failed 120 s"),
        (Reply::status(400), "doubtful push_refused"),
        (Reply::status(413), "doubtful push_refused"),
        (Reply::status(403), "doubtful push_not_allowed"),
        (Reply::status(401), "doubtful push_not_allowed"),
        (Reply::json(400, &json!({"reason": "VapidPkHashMismatch"})), "gone push_key_mismatch"),
        (Reply::json(403, &json!({"reason": "BadJwtToken"})), "doubtful push_not_allowed"),
        (
            Reply::json(401, &json!({"errno": 109, "message": "VAPID public key mismatch"})),
            "gone push_key_mismatch",
        ),
        (
            Reply::html(
                403,
                "the VAPID credentials in the authorization header do not correspond to the credentials used to \
                 create the subscriptions.",
            ),
            "gone push_key_mismatch",
        ),
        (
            Reply::Answer(302, vec![("Location", "http://127.0.0.1:1/".to_owned())], String::new()),
            "doubtful push_refused",
        ),
        (Reply::CloseInside, "later push_failed"),
        (Reply::Close, "later push_failed"),
        (Reply::Hang, "later push_failed"),
        (Reply::status(202), "sent"),
    ] {
        let told = format!("{reply:?}");
        world.service.answer_next(reply);
        assert_eq!(fate(world.push.send(&world.dara, &message("oxygen")).await), expected, "{told}");
    }
    assert_eq!(world.service.calls(), 20, "each was asked once: no redirect was followed");
    world.service.unsubscribe("dara");
    assert_eq!(fate(world.push.send(&world.dara, &message("x")).await), "gone push_endpoint_gone");
    let longest = "x".repeat(PLAINTEXT_BYTES_MAX + 1);
    assert_eq!(fate(world.push.send(&world.dara, &message(&longest)).await), "refused push_too_long");
}

#[tokio::test]
async fn without_a_contact_there_is_no_web_push_and_no_key() {
    let folder = TempDir::new().unwrap();
    let push = web_push(&PushSettings::default(), &clock(), folder.path());
    assert!(!push.is_configured() && push.public_key_base64url().is_none());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let service = PushService::open().await;
    let world = world(|_| {}).await;
    assert_eq!(fate(push.send(&world.dara, &message("x")).await), "not configured");
    assert_eq!(service.calls(), 0);
}

#[tokio::test]
async fn no_subscription_leads_into_the_clinics_network() {
    let service = PushService::open().await;
    let settings = PushSettings { allow_private_endpoints: false, ..service.settings() };
    let folder = TempDir::new().unwrap();
    let push = web_push(&settings, &clock(), folder.path());
    let browser = service.browser("dara", push.public_key_base64url().unwrap());
    let subscribe = |endpoint: &str| push.subscription(endpoint, &browser.p256dh, &browser.auth);
    for endpoint in [
        browser.endpoint.as_str(),
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://10.0.0.7/x",
        "https://169.254.169.254/latest/meta-data",
        "https://0x7f.1/x",
        "https://user@push.example/x",
        "http://push.example/x",
        "javascript:alert(1)",
        "",
    ] {
        let error = subscribe(endpoint).unwrap_err();
        assert_eq!(error.fields()[0].field, "endpoint", "{endpoint}");
    }
    assert!(subscribe(&format!("https://push.example/{}", "x".repeat(2_100))).is_err());
    // A subscription from a time when tests were allowed is not used either.
    let allowed = web_push(&service.settings(), &clock(), folder.path());
    let old = subscribe_to(&allowed, &browser);
    assert_eq!(fate(push.send(&old, &message("x")).await), "refused push_refused");
    assert_eq!(service.calls(), 0);

    let error = push.subscription("https://push.example/x", &browser.auth, "short").unwrap_err();
    let fields: Vec<&str> = error.fields().iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["keys.p256dh", "keys.auth"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_is_sent_is_what_arrives(payload in "\\PC{0,900}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = world(|_| {}).await;
            world.push.send(&world.dara, &message(&payload)).await.unwrap();
            assert_eq!(world.service.pushed_to("dara")[0].payload, payload);
        });
    }
}
