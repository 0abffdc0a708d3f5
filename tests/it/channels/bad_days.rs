//! The servers on the other side fail.

use das_tern::domain::notifications::model::{Delivery, NotificationType, Urgency};
use das_tern::domain::users::tables as users;
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::kit::{channel, critical, items, notice, ordinary, titles, with_mail};
use crate::kit::{Client, Letter, TestServer};

async fn dead_letters(admin: &Client, queue: &str) -> Vec<Value> {
    items(admin, &format!("/admin/jobs?queue={queue}&state=DEAD")).await
}

#[tokio::test]
async fn the_status_page_names_each_channel() {
    let (server, _post) = with_mail().await;
    let admin = server.admin().await;
    assert_eq!(channel(&admin, "email").await["state"], "CONFIGURED");
    for name in ["webPush", "fcm", "sms"] {
        assert_eq!(channel(&admin, name).await["state"], "NOT_CONFIGURED", "{name}");
    }
    server.finish().await;
}

#[tokio::test]
async fn an_hour_without_mail_server_delays_and_loses_nothing() {
    let (server, post) = with_mail().await;
    let (admin, dara, sok) = (server.admin().await, server.patient("dara").await, server.doctor("sok").await);
    post.shut();
    server.notify(ordinary(&dara)).await;
    let warning = |to: &Client| notice(to, NotificationType::VitalAnomaly, "high", Urgency::Warning);
    server.notify(warning(&dara)).await;
    server.notify(critical(&sok)).await;
    for _ in 0..60 {
        server.after(Span::minutes(1)).await;
    }
    assert_eq!(post.letters().len(), 0);
    let status = channel(&admin, "email").await;
    assert_eq!((&status["state"], &status["lastError"]), (&json!("FAILING"), &json!("mail_failed")));
    assert_eq!(status["waitingJobs"], 3);
    assert!(status["failingSince"].as_str().unwrap() < "2026-11-22T00:02");
    post.open_again();
    server.after(Span::hours(1)).await;
    assert_eq!(post.letters().len(), 3, "each once");
    assert_eq!(channel(&admin, "email").await["state"], "CONFIGURED");
    server.after(Span::hours(3)).await;
    assert_eq!(post.letters().len(), 3);
    server.finish().await;
}

#[tokio::test]
async fn what_waited_for_the_mail_server_goes_in_order_of_severity() {
    let (server, post) = with_mail().await;
    let high = |to: &Client| notice(to, NotificationType::VitalAnomaly, "high", Urgency::Warning);
    let (dara, bopha) = (server.patient("dara").await, server.patient("bopha").await);
    let (kosal, mony) = (server.patient("kosal").await, server.patient("mony").await);
    let (sok, vanna) = (server.doctor("sok").await, server.doctor("vanna").await);
    post.shut();
    for message in
        [ordinary(&dara), high(&kosal), critical(&sok), ordinary(&bopha), high(&mony), critical(&vanna)]
    {
        server.notify(message).await;
        server.after(Span::seconds(7)).await;
    }
    for _ in 0..60 {
        server.after(Span::minutes(1)).await;
    }
    assert_eq!(post.letters().len(), 0);
    post.open_again();
    for _ in 0..75 {
        server.after(Span::minutes(1)).await;
    }
    let severity = |letter: &Letter| match letter.to.concat().split('@').next() {
        Some("sok" | "vanna") => 0,
        Some("kosal" | "mony") => 1,
        _ => 2,
    };
    let order: Vec<_> = post.letters().iter().map(severity).collect();
    assert_eq!(order, [0, 0, 1, 1, 2, 2]);
    server.finish().await;
}

#[tokio::test]
async fn a_day_without_mail_server_ends_in_dead_letters_and_the_admins_know() {
    let (server, post) = with_mail().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    post.shut();
    let id = server.notify(critical(&dara)).await;
    server.run_jobs().await;
    for hour in 0..24 {
        server.after(Span::hours(1)).await;
        assert_eq!(server.message(&dara, id).delivery, Delivery::Retrying, "hour {hour}");
    }
    for _ in 0..160 {
        server.after(Span::hours(1)).await;
    }
    assert_eq!(server.message(&dara, id).delivery, Delivery::NoChannel);
    assert_eq!(server.message(&dara, id).passages[0].state, Delivery::Failed);
    assert!(titles(&admin).await.contains(&"A person could not be reached".to_owned()));
    let dead = dead_letters(&admin, "email").await;
    let job = dead.iter().find(|job| job["payload"]["notification"] == id.to_string()).unwrap();
    assert_eq!(channel(&admin, "email").await["deadLetters"], dead.len());
    post.open_again();
    admin.post(format!("/admin/jobs/{}/retry", job["id"].as_str().unwrap()), json!({})).await.ok();
    server.run_jobs().await;
    assert_eq!(server.message(&dara, id).delivery, Delivery::Sent);
    assert_eq!(post.letters_to("dara@example.com").len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn an_address_that_is_dead_is_left_and_its_owner_told() {
    let (server, post) = with_mail().await;
    let (admin, dara, sok) = (server.admin().await, server.patient("dara").await, server.doctor("sok").await);
    post.refuse_address("dara@example.com", "550 5.1.1 no such user");
    let refused = server.notify(ordinary(&dara)).await;
    server.notify(ordinary(&sok)).await;
    server.run_jobs().await;
    assert_eq!(post.letters_to("sok@example.com").len(), 1, "the others get theirs");
    let message = server.message(&dara, refused);
    assert_eq!((message.delivery, message.passages[0].state), (Delivery::NoChannel, Delivery::Gone));
    assert!(titles(&dara).await.contains(&"Your e-mail address does not work".to_owned()));
    assert_eq!(titles(&admin).await, ["A person's e-mail address does not work"]);
    server.notify(critical(&dara)).await;
    server.run_jobs().await;
    assert!(titles(&admin).await.contains(&"A person could not be reached".to_owned()));
    let id = dara.id();
    server
        .context()
        .store
        .write(move |tx| {
            let mut user = users::require(tx, id)?;
            user.email = Some(das_tern::platform::secret::Phi::new("new@example.com".to_owned()));
            users::save(tx, &user)
        })
        .await
        .unwrap();
    server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    assert_eq!(post.letters_to("new@example.com").len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_letter_that_is_refused_says_so_and_the_address_stays() {
    let (server, post) = with_mail().await;
    let dara = server.patient("dara").await;
    post.refuse_next("552 5.3.4 too large");
    let refused = server.notify(ordinary(&dara)).await;
    let next = server.notify(notice(&dara, NotificationType::FamilyAlert, "default", Urgency::Normal)).await;
    server.run_jobs().await;
    let states = [refused, next].map(|id| server.message(&dara, id).delivery);
    assert!(states.contains(&Delivery::Sent) && states.contains(&Delivery::NoChannel), "{states:?}");
    server.finish().await;
}

#[tokio::test]
async fn a_clock_that_jumps_sends_nothing_twice() {
    let (server, post) = with_mail().await;
    let dara = server.patient("dara").await;
    server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    server.clock().set(server.context().now().minus(Span::days(2)));
    server.notify(critical(&dara)).await;
    server.run_jobs().await;
    server.after(Span::days(9)).await;
    assert_eq!(post.letters().len(), 2);
    server.finish().await;
}

#[tokio::test]
async fn attempts_are_counted_by_channel_and_outcome() {
    let post = crate::kit::PostOffice::open().await;
    let server = TestServer::start_with(|settings| {
        settings.mail = Some(post.settings());
        settings.server.admin_listen = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let dara = server.patient("dara").await;
    post.refuse_next("451 later");
    server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    server.after(Span::minutes(1)).await;
    let text = reqwest::get(format!("http://{}/metrics", server.admin_address()))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for outcome in ["later", "sent"] {
        let line = format!("das_tern_deliveries_total{{channel=\"email\",outcome=\"{outcome}\"}} 1");
        assert!(text.contains(&line), "{line}");
    }
    server.finish().await;
}
