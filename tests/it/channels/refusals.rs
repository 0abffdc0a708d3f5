//! A mail server says no: to us, to a mailbox, or without saying to whom.

use std::collections::BTreeSet;

use das_tern::domain::notifications::model::{Carrier, Delivery, NotificationType, Urgency};
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use das_tern::domain::users::tables as users;
use das_tern::platform::clock::Span;
use serde_json::json;

use super::kit::{channel, critical, header, notice, ordinary, titles, with_mail};
use crate::doses::kit::{daily, doses_of, prescribe, take};
use crate::kit::{At, Client, PostOffice, TestServer, Trouble};
use crate::people::patient_form;

impl TestServer {
    /// Nobody's address was given up.
    fn no_address_is_lost(&self) {
        let people = self.context().store.read(|tx| users::USERS.list_prefix(tx, &())).unwrap();
        let lost: Vec<_> = people.iter().filter(|(_, user)| user.refused_email.is_some()).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }

    /// The state of each way by which an e-mail was to go, with its message.
    fn passages(&self) -> Vec<(String, Delivery)> {
        let all = self.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &())).unwrap();
        let of_message = |(_, message): ((_, _), das_tern::domain::notifications::model::Notification)| {
            let id = message.id.to_string();
            let passages = message.passages.into_iter().filter(|passage| passage.carrier == Carrier::Email);
            passages.map(|passage| (id.clone(), passage.state)).collect::<Vec<_>>()
        };
        all.into_iter().flat_map(of_message).collect()
    }
}

#[tokio::test]
async fn an_hour_of_refusals_loses_nothing_that_is_still_true() {
    let post = PostOffice::open().await;
    let server = TestServer::start_with(|settings| {
        settings.mail = Some(post.settings());
        settings.auth.access_token_minutes = 600;
    })
    .await;
    let admin = server.admin().await;
    let (dara, bopha) = (server.patient("dara").await, server.patient("bopha").await);
    let (sok, kosal, vanna) =
        (server.doctor("sok").await, server.patient("kosal").await, server.doctor("vanna").await);
    server.notify(ordinary(&sok)).await;
    server.run_jobs().await;
    assert_eq!(post.letters().len(), 1, "it worked");
    for patient in [&dara, &bopha] {
        prescribe(&server, patient, daily("m")).await;
    }
    post.refuse_all(At::Sender, "530 5.7.0 Authentication required");
    server.stranger().post("/auth/register/patient", patient_form("new@example.com")).await.expect(201);
    let waiting = [
        (&sok, server.notify(ordinary(&sok)).await),
        (
            &kosal,
            server.notify(notice(&kosal, NotificationType::VitalAnomaly, "high", Urgency::Warning)).await,
        ),
        (&vanna, server.notify(critical(&vanna)).await),
    ];
    let refusals = [
        (At::Sender, "530 5.7.0 Authentication required"),
        (At::Sender, "553 5.7.1 Sender address rejected: not owned by user"),
        (At::Recipient, "554 5.7.1 Relay access denied"),
        (At::Recipient, "550 5.7.1 blocked"),
    ];
    for (at, line) in refusals {
        post.refuse_all(at, line);
        for _ in 0..15 {
            server.after(Span::minutes(1)).await;
        }
        assert_eq!(channel(&admin, "email").await["state"], "FAILING", "{line}");
        assert_eq!(post.letters().len(), 1);
        if at == At::Sender && line.starts_with("553") {
            take(&dara, &doses_of(&dara, "2026-11-22").await[0]).await;
        }
    }
    for (to, id) in waiting {
        assert_eq!(server.message(to, id).delivery, Delivery::Retrying);
    }
    post.relent();
    for _ in 0..90 {
        server.after(Span::minutes(1)).await;
    }
    let status = channel(&admin, "email").await;
    assert_eq!((&status["state"], &status["waitingJobs"]), (&json!("CONFIGURED"), &json!(0)));

    // What is still true arrives, the gravest first, each once.
    let letters = post.letters().split_off(1);
    let ids: Vec<String> =
        letters.iter().map(|letter| header(&letter.raw, "Message-ID").unwrap_or_default()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "each once");
    let place = |to: &str| letters.iter().position(|letter| letter.to == [to]).unwrap();
    let order = ["vanna@example.com", "kosal@example.com", "sok@example.com"].map(place);
    assert!(order.is_sorted(), "{order:?}");
    for (to, id) in waiting {
        assert_eq!(server.message(to, id).delivery, Delivery::Sent);
    }

    // The rest has ended, is counted and shown: reminders of a recorded and of a missed dose, and a code.
    let passages = server.passages();
    let count = |state| passages.iter().filter(|(_, found)| *found == state).count();
    assert_eq!(count(Delivery::Sent), letters.len() + 1);
    assert_eq!(count(Delivery::Sent) + count(Delivery::Withdrawn) + count(Delivery::Expired), passages.len());
    assert!(count(Delivery::Withdrawn) >= 2, "{passages:?}");
    assert_eq!(status["withdrawn"], count(Delivery::Withdrawn));
    assert_eq!(status["expired"], count(Delivery::Expired) + 1);
    assert!(post.letters_to("new@example.com").is_empty(), "a code past its life is not sent");
    server.no_address_is_lost();
    server.finish().await;
}

#[tokio::test]
async fn a_relay_that_refuses_everybody_without_a_reason_costs_no_address() {
    let (server, post) = with_mail().await;
    let (admin, dara, sok) = (server.admin().await, server.patient("dara").await, server.doctor("sok").await);
    for person in [&dara, &sok] {
        server.notify(ordinary(person)).await;
    }
    server.run_jobs().await;
    assert_eq!(post.letters().len(), 2, "it worked a moment ago");
    for line in ["550 relay not permitted", "550 Sender verify failed", "553 not now"] {
        post.refuse_all(At::Recipient, line);
        for person in [&dara, &sok] {
            server.notify(ordinary(person)).await;
        }
        for _ in 0..10 {
            server.after(Span::minutes(1)).await;
        }
        let status = channel(&admin, "email").await;
        assert_eq!(
            (&status["state"], &status["lastError"]),
            (&json!("FAILING"), &json!("mail_recipient_refused"))
        );
    }
    post.relent();
    server.after(Span::hours(1)).await;
    server.after(Span::hours(1)).await;
    assert_eq!(post.letters().len(), 8, "all of them, each once");
    assert_eq!(channel(&admin, "email").await["state"], "CONFIGURED");
    server.no_address_is_lost();
    server.finish().await;
}

#[tokio::test]
async fn a_mailbox_that_is_refused_while_others_are_taken_is_dead() {
    let (server, post) = with_mail().await;
    let (admin, dara, sok) = (server.admin().await, server.patient("dara").await, server.doctor("sok").await);
    post.refuse_address("dara@example.com", "550 no such user");
    server.notify(ordinary(&sok)).await;
    server.run_jobs().await;
    let refused = server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    assert_eq!(server.message(&dara, refused).delivery, Delivery::Retrying, "it may be us");
    assert_eq!(
        channel(&admin, "email").await["state"],
        "CONFIGURED",
        "one person says nothing of the server"
    );
    server.notify(ordinary(&sok)).await;
    server.run_jobs().await;
    server.after(Span::minutes(2)).await;
    assert_eq!(server.message(&dara, refused).passages[0].state, Delivery::Gone);
    assert!(titles(&dara).await.contains(&"Your e-mail address does not work".to_owned()));
    assert_eq!(titles(&admin).await, ["A person's e-mail address does not work"]);
    server.finish().await;
}

/// An admin without an address, so that no letter to him is taken.
async fn silent_admin(server: &TestServer) -> Client {
    let admin = server.admin().await;
    server.contact(&admin, None, None).await;
    admin
}

#[tokio::test]
async fn an_address_that_stays_doubtful_for_three_days_is_the_admins_to_decide() {
    let (server, post) = with_mail().await;
    let (admin, dara) = (silent_admin(&server).await, server.patient("dara").await);
    post.refuse_address("dara@example.com", "550 no such user");
    let id = server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    assert_eq!(channel(&admin, "email").await["state"], "FAILING", "nothing is taken by the server");
    for _ in 0..71 {
        server.after(Span::hours(1)).await;
        assert_eq!(server.message(&dara, id).delivery, Delivery::Retrying);
    }
    assert!(titles(&admin).await.is_empty());
    for _ in 0..4 {
        server.after(Span::hours(1)).await;
    }
    assert_eq!(server.message(&dara, id).passages[0].state, Delivery::Refused);
    assert_eq!(titles(&admin).await, ["An e-mail address is refused for days"]);
    let next = server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    assert_eq!(server.message(&dara, next).passages[0].state, Delivery::Refused, "tried, once");
    assert_eq!(titles(&admin).await.len(), 1, "told once");
    server.no_address_is_lost();
    post.refuse_address("dara@example.com", "250 ok");
    server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    assert_eq!(post.letters_to("dara@example.com").len(), 1);
    assert_eq!(channel(&admin, "email").await["state"], "CONFIGURED");
    server.finish().await;
}

#[tokio::test]
async fn whom_only_a_doubtful_address_could_reach_the_admins_hear_of_at_once() {
    let (server, post) = with_mail().await;
    let (admin, dara) = (silent_admin(&server).await, server.patient("dara").await);
    post.refuse_address("dara@example.com", "550 no such user");
    server.notify(critical(&dara)).await;
    server.run_jobs().await;
    server.after(Span::minutes(5)).await;
    // The server hangs up in between, and then refuses the address again.
    post.trouble_next(At::Recipient, Trouble::Close);
    for _ in 0..3 {
        server.after(Span::hours(1)).await;
    }
    assert_eq!(titles(&admin).await, ["A person could not be reached"], "once");
    server.finish().await;
}

#[tokio::test]
async fn a_mailbox_that_is_busy_is_its_own_trouble() {
    let (server, post) = with_mail().await;
    let (admin, dara, sok) = (server.admin().await, server.patient("dara").await, server.doctor("sok").await);
    post.refuse_address("dara@example.com", "450 4.2.0 greylisted");
    server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    assert_eq!(channel(&admin, "email").await["state"], "CONFIGURED");
    post.refuse_address("sok@example.com", "450 4.3.2 no resources");
    server.notify(ordinary(&sok)).await;
    server.run_jobs().await;
    assert_eq!(channel(&admin, "email").await["state"], "FAILING", "that of two is the server's");
    for address in ["dara@example.com", "sok@example.com"] {
        post.refuse_address(address, "250 ok");
    }
    server.after(Span::minutes(1)).await;
    assert_eq!(post.letters().len(), 2);
    assert_eq!(channel(&admin, "email").await["state"], "CONFIGURED");
    server.finish().await;
}

#[tokio::test]
async fn a_khmer_address_says_when_the_mail_server_cannot_carry_it() {
    let (server, post) = with_mail().await;
    let stranger = server.stranger();
    stranger.post("/auth/register/patient", patient_form("ដារា@example.com")).await.expect(201);
    server.run_jobs().await;
    let dara = server.patient("dara").await;
    server.contact(&dara, Some("ស្រី@example.com"), None).await;
    let id = server.notify(ordinary(&dara)).await;
    server.run_jobs().await;
    let passage = server.message(&dara, id).passages.remove(0);
    assert_eq!((passage.state, passage.code.as_deref()), (Delivery::Refused, Some("mail_lacks_smtputf8")));
    assert!(post.letters().is_empty());
    server.no_address_is_lost();
    server.finish().await;
    let (server, post) = with_mail().await;
    post.offer_smtputf8();
    server.stranger().post("/auth/register/patient", patient_form("ដារា@ខ្មែរ.example")).await.expect(201);
    server.run_jobs().await;
    let letter = post.letters().remove(0);
    assert!(letter.to[0].starts_with("ដារា@xn--") && letter.find_code().is_some(), "{:?}", letter.to);
    server.finish().await;
}

#[tokio::test]
async fn a_mailbox_has_one_account_however_its_domain_is_written() {
    let server = TestServer::start().await;
    let register = |email: &str| server.stranger().post("/auth/register/patient", patient_form(email));
    register("dara@bücher.example").await.expect(201);
    register("dara@XN--BCHER-KVA.example").await.expect(409);
    register("sokha@ខេត្ត.example").await.expect(201);
    register("x@example.ដប").await.expect(201);
    register("da\u{200B}ra@example.com").await.expect(400);
    // An account from before has its spelling put right.
    let old = server.patient("mony").await;
    server.contact(&old, Some("mony@bücher.example"), None).await;
    server.context().store.write(users::one_spelling_of_emails).await.unwrap();
    register("mony@bücher.example").await.expect(409);
    server.finish().await;
}

#[tokio::test]
async fn a_code_that_is_asked_for_again_is_sent_once() {
    let (server, post) = with_mail().await;
    let (admin, _dara) = (server.admin().await, server.patient("dara").await);
    let forgot =
        || server.stranger().post("/auth/forgot-password", json!({"identifier": "dara@example.com"}));
    post.refuse_all(At::Sender, "530 5.7.0 Authentication required");
    forgot().await.expect(200);
    server.run_jobs().await;
    server.after(Span::seconds(61)).await;
    forgot().await.expect(200);
    server.run_jobs().await;
    assert_eq!(channel(&admin, "email").await["state"], "FAILING");
    post.relent();
    for _ in 0..8 {
        server.after(Span::minutes(1)).await;
    }
    assert_eq!(post.letters_to("dara@example.com").len(), 1, "the newest");
    let status = channel(&admin, "email").await;
    assert_eq!((&status["state"], &status["withdrawn"]), (&json!("CONFIGURED"), &json!(1)));
    server.finish().await;
}
