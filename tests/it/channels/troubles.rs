//! Devices, gateways and telephones that fail alone say nothing of their carrier; together they do.

use das_tern::domain::notifications::model::{Delivery, NotificationType, Urgency};
use das_tern::platform::clock::Span;
use das_tern::platform::mail::MailEncryption;
use serde_json::json;

use super::carriers::{World, subscribe, world, world_over};
use super::kit::{channel, critical, items, notice, titles};
use crate::kit::{Authority, Client, FcmService, Reply, TestServer};

async fn remind(world: &World, person: &Client) -> das_tern::platform::ids::NotificationId {
    world.server.notify(notice(person, NotificationType::DoseReminder, "default", Urgency::Normal)).await
}

async fn names(person: &Client) -> Vec<String> {
    let devices = items(person, "/notifications/devices").await;
    devices.iter().filter_map(|device| device["name"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn the_dead_endpoints_of_one_person_are_no_failure_of_the_channel() {
    let world = world().await;
    let (admin, sok) = (world.server.admin().await, world.server.doctor("sok").await);
    subscribe(&world.push, &sok, "sok").await;
    for name in ["dead-1", "dead-2", "dead-3"] {
        subscribe(&world.push, &world.dara, name).await;
        world.push.answer_for(name, Reply::Close);
    }
    remind(&world, &world.dara).await;
    world.server.run_jobs().await;
    for _ in 0..10 {
        world.server.after(Span::minutes(1)).await;
        assert_eq!(channel(&admin, "webPush").await["state"], "CONFIGURED");
    }
    world.push.answer_for("sok", Reply::status(503));
    remind(&world, &sok).await;
    world.server.run_jobs().await;
    world.server.after(Span::hours(1)).await;
    assert_eq!(channel(&admin, "webPush").await["state"], "FAILING", "two people, and nothing taken since");
    world.push.answer_for("sok", Reply::status(201));
    world.server.after(Span::hours(2)).await;
    assert_eq!(channel(&admin, "webPush").await["state"], "CONFIGURED");
    // What stays silent for days is given up.
    for _ in 0..80 {
        world.server.after(Span::hours(1)).await;
        remind(&world, &sok).await;
        world.server.run_jobs().await;
    }
    assert_eq!(names(&world.dara).await, ["dara"]);
    let told = titles(&world.dara).await;
    assert_eq!(told.iter().filter(|title| *title == "A device no longer receives messages").count(), 3);
    world.server.finish().await;
}

#[tokio::test]
async fn a_subscription_with_another_key_ends_and_its_owner_is_told() {
    for (status, body) in [
        (400, json!({"reason": "VapidPkHashMismatch"})),
        (401, json!({"code": 401, "errno": 109, "message": "VAPID public key mismatch"})),
    ] {
        let world = world().await;
        let admin = world.server.admin().await;
        world.push.answer_for("dara", Reply::json(status, &body));
        let id = remind(&world, &world.dara).await;
        world.server.run_jobs().await;
        assert!(names(&world.dara).await.is_empty());
        assert!(titles(&world.dara).await.contains(&"A device no longer receives messages".to_owned()));
        let codes = world.server.message(&world.dara, id).passages.into_iter().filter_map(|one| one.code);
        assert_eq!(codes.collect::<Vec<_>>(), ["push_key_mismatch"]);
        assert_eq!(channel(&admin, "webPush").await["state"], "CONFIGURED");
        world.server.finish().await;
    }
}

#[tokio::test]
async fn a_signature_that_one_subscription_refuses_is_told_from_one_that_all_refuse() {
    let world = world().await;
    let (admin, sok) = (world.server.admin().await, world.server.doctor("sok").await);
    subscribe(&world.push, &sok, "sok").await;
    for name in ["dara", "sok"] {
        world.push.answer_for(name, Reply::status(403));
    }
    for person in [&world.dara, &sok] {
        remind(&world, person).await;
    }
    world.server.run_jobs().await;
    world.server.after(Span::hours(1)).await;
    assert_eq!(channel(&admin, "webPush").await["state"], "FAILING");
    assert_eq!(
        (names(&world.dara).await.len(), names(&sok).await.len()),
        (1, 1),
        "nothing ends for our fault"
    );
    world.push.answer_for("sok", Reply::status(201));
    world.server.after(Span::hours(2)).await;
    world.server.after(Span::hours(2)).await;
    assert_eq!(channel(&admin, "webPush").await["state"], "CONFIGURED");
    assert_eq!((names(&world.dara).await.len(), names(&sok).await.len()), (0, 1));
    world.server.finish().await;
}

#[tokio::test]
async fn a_gateway_that_refuses_one_number_gives_way_and_one_that_refuses_all_has_failed() {
    let world = world().await;
    let server = &world.server;
    let (admin, sok) = (server.admin().await, server.doctor("sok").await);
    for person in [&world.dara, &sok] {
        let change = json!({"channels": {"VITAL_ANOMALY": ["SMS"]}});
        person.patch("/users/settings/notifications", change).await.ok();
    }
    server.contact(&sok, Some("sok@example.com"), Some("+85512999999")).await;
    let high = |to: &Client| notice(to, NotificationType::VitalAnomaly, "high", Urgency::Warning);
    world.sms.answer_next(Reply::json(400, &json!({"error": "bad number"})));
    let first = server.notify(high(&world.dara)).await;
    server.run_jobs().await;
    assert_eq!(server.message(&world.dara, first).passages[0].state, Delivery::Refused);
    assert_eq!(server.message(&world.dara, first).delivery, Delivery::Sent, "another way steps in");
    assert_eq!(channel(&admin, "sms").await["state"], "CONFIGURED");
    world.sms.answer_next(Reply::json(400, &json!({"error": "unknown field"})));
    let second = server.notify(high(&sok)).await;
    server.run_jobs().await;
    assert_eq!(server.message(&sok, second).delivery, Delivery::Retrying);
    let status = channel(&admin, "sms").await;
    assert_eq!((&status["state"], &status["lastError"]), (&json!("FAILING"), &json!("sms_refused")));
    server.after(Span::minutes(1)).await;
    assert_eq!(world.sms.texts_to("+85512999999").len(), 1, "it waited, and went when the gateway took it");
    assert_eq!(channel(&admin, "sms").await["state"], "CONFIGURED");
    world.server.finish().await;
}

#[tokio::test]
async fn google_that_does_not_know_us_is_a_failure_and_the_device_stays() {
    let world = world().await;
    let admin = world.server.admin().await;
    for _ in 0..2 {
        world.fcm.answer_next(FcmService::error(401, "UNAUTHENTICATED", "UNAUTHENTICATED"));
    }
    let id = remind(&world, &world.dara).await;
    world.server.run_jobs().await;
    let status = channel(&admin, "fcm").await;
    assert_eq!((&status["state"], &status["lastError"]), (&json!("FAILING"), &json!("fcm_no_access")));
    world.server.after(Span::minutes(1)).await;
    let message = world.server.message(&world.dara, id);
    assert!(message.passages.iter().all(|passage| passage.state == Delivery::Sent));
    assert_eq!(channel(&admin, "fcm").await["state"], "CONFIGURED");
    world.fcm.answer_next(FcmService::error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"));
    remind(&world, &world.dara).await;
    world.server.run_jobs().await;
    let left = items(&world.dara, "/notifications/devices").await;
    assert_eq!(left.iter().map(|device| device["kind"].clone()).collect::<Vec<_>>(), ["WEB_PUSH"]);
    world.server.finish().await;
}

#[tokio::test]
async fn every_way_shakes_hands_and_outlives_what_closes_in_the_middle() {
    let authority = Authority::new();
    for encryption in [MailEncryption::StartTls, MailEncryption::Tls] {
        let world = world_over(encryption, Some(&authority)).await;
        let id = world.server.notify(critical(&world.dara)).await;
        for reply in [Reply::CloseInside, Reply::Close] {
            world.push.answer_next(reply.clone());
            world.sms.answer_next(reply.clone());
            world.fcm.answer_next(reply);
        }
        world.post.trouble_next(crate::kit::At::Middle, crate::kit::Trouble::Close);
        world.server.run_jobs().await;
        assert_eq!(world.counts(), [0, 0, 0, 0], "{encryption:?}");
        for _ in 0..3 {
            world.server.after(Span::minutes(1)).await;
        }
        assert_eq!(world.counts(), [1, 1, 1, 1], "{encryption:?}");
        let message = world.server.message(&world.dara, id);
        assert!(message.passages.iter().all(|passage| passage.state == Delivery::Sent));
        world.server.finish().await;
    }
}

#[tokio::test]
async fn a_mail_server_whose_answer_has_no_end_is_left() {
    let authority = Authority::new();
    let world = world_over(MailEncryption::StartTls, Some(&authority)).await;
    world.server.notify(critical(&world.dara)).await;
    world.post.trouble_next(crate::kit::At::Recipient, crate::kit::Trouble::Endless);
    world.server.run_jobs().await;
    assert_eq!(world.post.letters().len(), 0);
    world.server.after(Span::minutes(1)).await;
    assert_eq!(world.post.letters().len(), 1, "tried again");
    world.server.finish().await;
}

#[tokio::test]
async fn whoever_is_not_who_they_should_be_is_told_nothing() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let world = world_over(MailEncryption::StartTls, Some(&theirs)).await;
    let file = ours.file().to_owned();
    let server = world.server.restart_with(move |settings| {
        settings.mail.as_mut().unwrap().ca_file = Some(file.clone());
        settings.sms.as_mut().unwrap().ca_file = Some(file.clone());
        settings.push.ca_file = Some(file.clone());
        settings.fcm.ca_file = Some(file);
    });
    let server: TestServer = server.await;
    let dara = server.again(&world.dara);
    server.notify(critical(&dara)).await;
    server.run_jobs().await;
    assert!(world.post.letters().is_empty() && world.sms.calls().is_empty() && world.fcm.sends() == 0);
    assert_eq!(world.push.calls(), 0);
    server.finish().await;
}
