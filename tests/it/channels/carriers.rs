//! Push, telephones and SMS, each with a server of its kind that has bad days.

use das_tern::domain::notifications::model::{Delivery, NotificationType, Urgency};
use das_tern::platform::clock::Span;
use das_tern::platform::mail::MailEncryption;
use serde_json::{Value, json};

use super::kit::{critical, items, notice, ordinary, titles};
use crate::kit::{Authority, Client, FcmService, PostOffice, PushService, Reply, SmsGateway, TestServer};

pub struct World {
    pub server: TestServer,
    pub post: PostOffice,
    pub push: PushService,
    pub fcm: FcmService,
    pub sms: SmsGateway,
    pub dara: Client,
}

/// A clinic with every channel, and Dara with a browser, a telephone, an e-mail address and a number.
pub async fn world() -> World {
    world_over(MailEncryption::None, None).await
}

/// The same, with TLS on every way.
pub async fn world_over(encryption: MailEncryption, authority: Option<&Authority>) -> World {
    let post = PostOffice::open_with(encryption, authority, "127.0.0.1").await;
    let push = PushService::open_over(authority).await;
    let (fcm, sms) = (FcmService::open_over(authority).await, SmsGateway::open_over(authority).await);
    let server = TestServer::start_with(|settings| {
        settings.mail = Some(post.settings());
        settings.push = push.settings();
        settings.fcm = fcm.settings();
        settings.sms = Some(sms.settings());
    })
    .await;
    let dara = server.patient("dara").await;
    server.contact(&dara, Some("dara@example.com"), Some("+85512345678")).await;
    dara.patch("/users/settings/notifications", json!({"language": "ENGLISH"})).await.ok();
    subscribe(&push, &dara, "dara").await;
    let telephone = json!({"kind": "FCM", "token": "token-of-dara"});
    dara.post("/notifications/devices", telephone).await.expect(201);
    World { server, post, push, fcm, sms, dara }
}

/// A person's browser subscribes; its name tells it from others.
pub async fn subscribe(push: &PushService, person: &Client, name: &str) {
    let key = person.get("/notifications/push-key").await.ok();
    let browser = push.browser(name, key["publicKey"].as_str().unwrap());
    let subscription = json!({
        "kind": "WEB_PUSH", "endpoint": browser.endpoint, "name": name,
        "keys": {"p256dh": browser.p256dh, "auth": browser.auth},
    });
    person.post("/notifications/devices", subscription).await.expect(201);
}

impl World {
    fn pushed(&self) -> Vec<Value> {
        let pushed = self.push.pushed_to("dara");
        pushed.iter().map(|one| serde_json::from_str(&one.payload).unwrap()).collect()
    }

    /// How many messages came by push, FCM, e-mail and SMS.
    pub fn counts(&self) -> [usize; 4] {
        let texts = self.sms.texts_to("+85512345678").len();
        [
            self.pushed().len(),
            self.fcm.messages().len(),
            self.post.letters_to("dara@example.com").len(),
            texts,
        ]
    }
}

#[tokio::test]
async fn locked_screens_say_little_unless_the_person_allows_more() {
    let world = world().await;
    let reminder = || notice(&world.dara, NotificationType::DoseReminder, "default", Urgency::Normal);
    world.server.notify(reminder()).await;
    world.server.run_jobs().await;
    assert_eq!(world.counts(), [1, 1, 0, 0], "reminders go by push");
    let telephone = world.fcm.messages().remove(0).to_string();
    for text in [world.pushed()[0].to_string(), telephone] {
        assert!(text.contains("It is time to take your medicine"), "{text}");
        assert!(!text.contains("the medicines"), "{text}");
    }
    let allowed = json!({"nameMedicines": true});
    world.dara.patch("/users/settings/notifications", allowed).await.ok();
    world.server.notify(reminder()).await;
    world.server.run_jobs().await;
    assert!(world.pushed()[1].to_string().contains("the medicines"));
    world.server.finish().await;
}

#[tokio::test]
async fn what_is_critical_goes_by_everything_once() {
    let world = world().await;
    let id = world.server.notify(critical(&world.dara)).await;
    world.server.run_jobs().await;
    assert_eq!(world.counts(), [1, 1, 1, 1]);
    let text = world.sms.texts_to("+85512345678").remove(0);
    assert!(text.contains("Critical") && !text.contains("the value"), "{text}");
    let message = world.server.message(&world.dara, id);
    assert!(message.passages.iter().all(|passage| passage.state == Delivery::Sent));
    world.server.after(Span::hours(1)).await;
    assert_eq!(world.counts(), [1, 1, 1, 1]);
    world.server.finish().await;
}

#[tokio::test]
async fn a_browser_that_is_gone_is_dropped_and_its_owner_told() {
    let world = world().await;
    world.push.unsubscribe("dara");
    world.server.notify(ordinary(&world.dara)).await;
    world.server.run_jobs().await;
    let devices = items(&world.dara, "/notifications/devices").await;
    assert_eq!(devices.iter().map(|device| device["kind"].clone()).collect::<Vec<_>>(), ["FCM"]);
    assert!(titles(&world.dara).await.contains(&"A device no longer receives messages".to_owned()));
    assert_eq!(world.counts(), [0, 2, 2, 0], "the message, and the one about the browser");
    world.fcm.answer_next(FcmService::unregistered());
    world.server.notify(ordinary(&world.dara)).await;
    world.server.run_jobs().await;
    assert_eq!(items(&world.dara, "/notifications/devices").await.len(), 0);
    world.server.finish().await;
}

#[tokio::test]
async fn a_service_that_is_busy_is_asked_when_it_said() {
    let world = world().await;
    let id = world
        .server
        .notify(notice(&world.dara, NotificationType::DoseReminder, "default", Urgency::Normal))
        .await;
    world.fcm.answer_next(Reply::status(429).retry_after(600));
    world.push.answer_next(Reply::status(503));
    world.server.run_jobs().await;
    assert_eq!(world.counts(), [0, 0, 0, 0], "what is tried again needs no other channel");
    world.server.after(Span::minutes(1)).await;
    assert_eq!(world.counts(), [1, 0, 0, 0]);
    let sends = world.fcm.sends();
    world.server.after(Span::minutes(8)).await;
    assert_eq!(world.fcm.sends(), sends, "not before the time it said");
    world.server.after(Span::minutes(2)).await;
    assert_eq!(world.counts(), [1, 1, 0, 0]);
    assert_eq!(world.server.message(&world.dara, id).delivery, Delivery::Sent);
    world.server.finish().await;
}

#[tokio::test]
async fn a_channel_that_refuses_gives_way_to_the_next() {
    let world = world().await;
    let reminder = || notice(&world.dara, NotificationType::DoseReminder, "default", Urgency::Normal);
    world.push.answer_next(Reply::status(400));
    world.fcm.answer_next(FcmService::error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"));
    let id = world.server.notify(reminder()).await;
    world.server.run_jobs().await;
    assert_eq!(world.counts(), [0, 0, 1, 0], "e-mail steps in");
    let message = world.server.message(&world.dara, id);
    let states: Vec<Delivery> = message.passages.iter().map(|passage| passage.state).collect();
    assert_eq!(states, [Delivery::Refused, Delivery::Refused, Delivery::Sent]);
    world.server.finish().await;
}

#[tokio::test]
async fn a_critical_alert_arrives_although_nearly_everything_fails() {
    let world = world().await;
    world.post.shut();
    world.push.unsubscribe("dara");
    world.fcm.answer_next_token(Reply::status(401));
    world.sms.answer_next(Reply::html(200, "<html>Please sign in</html>"));
    let id = world.server.notify(critical(&world.dara)).await;
    world.server.run_jobs().await;
    world.server.after(Span::minutes(2)).await;
    assert!(world.counts()[3] == 1 || world.counts()[1] == 1, "{:?}", world.counts());
    assert_eq!(world.server.message(&world.dara, id).delivery, Delivery::Sent);
    world.server.finish().await;
}
