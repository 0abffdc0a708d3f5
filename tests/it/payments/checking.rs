//! Bakong is asked whether a payment was paid, without a message and within what it allows.

use das_tern::domain::payments::tables::{CALLS, PAYMENTS};
use das_tern::platform::clock::{Clock as _, Span};
use das_tern::platform::ids::PaymentId;
use das_tern::platform::secret::Secret;
use das_tern::platform::settings::Settings;
use serde_json::{Value, json};

use super::clinic::{Service, asks, takes_payments};
use crate::kit::{Bakong, Client, Reply, TestServer};

/// A clinic that may ask `bakong`.
pub(super) fn asking(bakong: &Bakong) -> impl FnOnce(&mut Settings) + use<> {
    let url = bakong.url();
    move |settings| {
        takes_payments(settings);
        if let Some(own) = &mut settings.bakong {
            own.token = Some(Secret::new(Bakong::TOKEN.to_owned()));
            own.api_url = url;
        }
    }
}

/// Somebody pays in their bank's app.
pub(super) fn pays(server: &TestServer, bakong: &Bakong, payment: &Value) {
    let md5 = payment["md5"].as_str().unwrap();
    let transaction = json!({
        "hash": format!("{md5}{md5}"), "fromAccountId": "dara@wing", "toAccountId": "clinic@aclb", "currency": payment["currency"],
        "amount": payment["amount"], "createdDateMs": server.clock().now().as_milliseconds() as f64 + 0.4,
    });
    bakong.pay(md5, transaction);
}

pub(super) async fn press(person: &Client, payment: &Value) -> Value {
    let path = format!("/bakong-payment/{}/check", payment["id"].as_str().unwrap());
    person.call(reqwest::Method::POST, path).await.ok()
}

pub(super) async fn waits(server: &TestServer, span: Span) {
    server.clock().advance(span);
    server.run_jobs().await;
}

pub(super) async fn status_of(person: &Client, payment: &Value) -> Value {
    let path = format!("/bakong-payment/{}", payment["id"].as_str().unwrap());
    person.get(path).await.ok()["status"].clone()
}

#[tokio::test]
async fn a_payment_is_found_out_without_any_message() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    server.run_jobs().await;
    assert_eq!(bakong.calls().len(), 0, "nobody has paid within no time");
    waits(&server, Span::seconds(60)).await;
    pays(&server, &bakong, &payment);
    waits(&server, Span::seconds(30)).await;
    assert_eq!(bakong.calls().len(), 1);
    assert_eq!(status_of(&dara, &payment).await, "PAID");
    assert_eq!(dara.get("/subscriptions/me").await.ok()["state"], "PAID");
    // Nothing more is asked, and what a message says later changes nothing.
    waits(&server, Span::days(2)).await;
    assert_eq!(bakong.calls().len(), 1);
    let dara = server.known("dara").await;
    Service(&server).paid("msg_1", &payment).await.expect(200);
    assert_eq!(dara.get("/subscriptions/me").await.ok()["periods"].as_array().unwrap().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn an_unpaid_one_costs_three_calls_and_ends() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    for _ in 0..200 {
        waits(&server, Span::minutes(10)).await;
    }
    assert_eq!(bakong.calls().len(), 3);
    let dara = server.known("dara").await;
    assert_eq!(status_of(&dara, &payment).await, "EXPIRED");
    assert_eq!(dara.get("/subscriptions/me").await.ok()["state"], "FREE");
    server.finish().await;
}

#[tokio::test]
async fn what_is_paid_in_the_last_second_is_found_after_the_end() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    waits(&server, Span::minutes(5)).await;
    waits(&server, Span::minutes(5)).await;
    pays(&server, &bakong, &payment);
    waits(&server, Span::seconds(31)).await;
    assert_eq!(status_of(&dara, &payment).await, "PAID");
    server.finish().await;
}

#[tokio::test]
async fn a_press_asks_at_once_and_a_last_look_is_kept() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let (dara, bopha) = (server.patient("dara").await, server.patient("bopha").await);
    let payment = asks(&dara).await;
    let path = format!("/bakong-payment/{}/check", payment["id"].as_str().unwrap());
    bopha.call(reqwest::Method::POST, &path).await.expect(404).code("payment_not_found");
    for answered in [true, true, false, false] {
        let pressed = press(&dara, &payment).await;
        assert_eq!(
            (&pressed["answered"], &pressed["payment"]["status"]),
            (&json!(answered), &json!("PENDING"))
        );
    }
    assert_eq!(bakong.calls().len(), 2);
    assert!(press(&dara, &payment).await["nextCheckAt"].is_string(), "it is looked at by itself");
    pays(&server, &bakong, &payment);
    waits(&server, Span::minutes(2)).await;
    assert_eq!((bakong.calls().len(), status_of(&dara, &payment).await), (3, json!("PAID")));
    assert_eq!(press(&dara, &payment).await["nextCheckAt"], json!(null));
    // Two presses at once are one call.
    let hers = asks(&bopha).await;
    pays(&server, &bakong, &hers);
    let (one, other) = tokio::join!(press(&bopha, &hers), press(&bopha, &hers));
    assert_eq!(
        [one["answered"].as_bool(), other["answered"].as_bool()]
            .iter()
            .filter(|one| **one == Some(true))
            .count(),
        1
    );
    assert_eq!(bakong.calls().len(), 4);
    assert_eq!(status_of(&bopha, &hers).await, "PAID");
    server.finish().await;
}

#[tokio::test]
async fn what_stands_between_is_never_unpaid_and_never_lost() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    let payment = asks(&dara).await;
    pays(&server, &bakong, &payment);
    let troubles = [Reply::html(403, "<html>nginx</html>"), Reply::status(504), Reply::Close];
    let count = troubles.len();
    for trouble in troubles {
        bakong.answer_next(trouble);
    }
    for _ in 0..count {
        assert_eq!(status_of(&dara, &payment).await, "PENDING");
        server.clock().advance(Span::seconds(90));
        server.run_jobs().await;
    }
    assert_eq!(admin.get("/payments/review").await.ok()["items"], json!([]));
    for _ in 0..30 {
        waits(&server, Span::hours(1)).await;
    }
    let dara = server.known("dara").await;
    assert_eq!((bakong.calls().len(), status_of(&dara, &payment).await), (count + 1, json!("PAID")));
    // One that is never answered is left to a person.
    let body = json!({"userId": dara.id(), "planType": "FAMILY_PREMIUM", "currency": "USD"});
    dara.post("/bakong-payment/initiate", body).await.ok();
    for _ in 0..8 {
        bakong.answer_next(Reply::html(403, "<html>nginx</html>"));
        waits(&server, Span::hours(25)).await;
    }
    let admin = server.known("admin").await;
    assert_eq!(admin.get("/payments/review").await.ok()["items"][0]["doubts"], json!(["NEVER_ANSWERED"]));
    server.finish().await;
}

#[tokio::test]
async fn a_refused_token_is_told_once_and_shown() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(|settings| {
        asking(&bakong)(settings);
        if let Some(own) = &mut settings.bakong {
            own.token = Some(Secret::new("old.eyJleHAiOjE3OTYwMDAwMDB9.c2ln".to_owned()));
        }
    })
    .await;
    let (dara, admin) = (server.patient("dara").await, server.admin().await);
    let payment = asks(&dara).await;
    for _ in 0..3 {
        assert_eq!(press(&dara, &payment).await["answered"], false);
    }
    let told = admin.get("/notifications").await.ok();
    let told = told["items"].as_array().unwrap().iter();
    assert_eq!(told.filter(|told| told["title"] == "Bakong refuses the clinic's token").count(), 1);
    let payments = admin.get("/admin/status").await.ok()["payments"].clone();
    assert_eq!((&payments["provider"], &payments["tokenRefused"]), (&json!("BAKONG_API"), &json!(true)));
    assert_eq!(payments["tokenExpiresAt"], "2026-11-30T00:53:20.000Z");
    server.finish().await;
}

#[tokio::test]
async fn a_spent_day_ends_at_its_end_and_a_quarter_is_kept_for_presses() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(|settings| {
        asking(&bakong)(settings);
        if let Some(own) = &mut settings.bakong {
            own.calls_per_day = 4;
        }
    })
    .await;
    let mut people = Vec::new();
    for name in ["dara", "bopha", "srey", "vanna"] {
        let person = server.patient(name).await;
        people.push((asks(&person).await, person));
    }
    // All of them wait with the code before them.
    waits(&server, Span::seconds(80)).await;
    for (payment, person) in &people {
        assert_eq!(status_of(person, payment).await, "PENDING");
    }
    waits(&server, Span::seconds(11)).await;
    assert_eq!(bakong.calls().len(), 3, "one is kept for presses");
    // The first one asked about all of them at once, which is closed.
    let alone = bakong.calls().into_iter().filter(|call| call.target.ends_with("by_md5"));
    let asked: Vec<String> = alone.map(|call| call.text()).collect();
    let is_asked = |payment: &Value| asked.iter().any(|text| text.contains(payment["md5"].as_str().unwrap()));
    let (left, person) = people.iter().find(|(payment, _)| !is_asked(payment)).unwrap();
    assert_eq!(press(person, left).await["answered"], true);
    assert_eq!(press(person, left).await["answered"], false, "the day is spent");
    pays(&server, &bakong, left);
    waits(&server, Span::hours(10)).await;
    assert_eq!((bakong.calls().len(), status_of(person, left).await), (4, json!("EXPIRED")));
    // The next day everybody is looked at, and what was paid is paid.
    waits(&server, Span::hours(7)).await;
    assert_eq!(status_of(person, left).await, "PAID");
    // When Bakong itself says that the day is spent, nobody asks on.
    let calls = bakong.calls().len();
    bakong.answer_next(Reply::json(
        200,
        &json!({"responseCode": 1, "errorCode": 17, "responseMessage": "x", "data": null}),
    ));
    let late = server.patient("late").await;
    let payment = asks(&late).await;
    assert_eq!(press(&late, &payment).await["answered"], false);
    assert_eq!(press(&late, &payment).await["answered"], false);
    assert!(bakong.calls().len() <= calls + 1);
    let days = server.context().store.read(|tx| CALLS.list_prefix(tx, &())).unwrap();
    assert!(days.iter().all(|(_, day)| day.used <= 4), "{days:?}");
    server.finish().await;
}

#[tokio::test]
async fn calls_that_are_left_are_for_those_who_wait_with_the_code_before_them() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(|settings| {
        asking(&bakong)(settings);
        if let Some(own) = &mut settings.bakong {
            own.calls_per_day = 20;
        }
    })
    .await;
    let asking = async |names: std::ops::Range<u8>| {
        let mut people = Vec::new();
        for number in names {
            let person = server.patient(&format!("p{number}")).await;
            people.push((asks(&person).await, person));
        }
        people
    };
    // Bakong takes no lists, which costs one call to know: with these all but six are used.
    asking(0..13).await;
    waits(&server, Span::seconds(91)).await;
    assert_eq!(bakong.calls().len(), 14);
    let people = asking(13..16).await;
    waits(&server, Span::seconds(60)).await;
    let waiting = people.last().unwrap();
    assert_eq!(status_of(&waiting.1, &waiting.0).await, "PENDING");
    for (payment, _) in &people {
        pays(&server, &bakong, payment);
    }
    waits(&server, Span::seconds(31)).await;
    let mut paid = Vec::new();
    for (payment, person) in &people {
        paid.push(status_of(person, payment).await == "PAID");
    }
    assert_eq!((bakong.calls().len(), paid.as_slice()), (15, &[false, false, true][..]));
    // Nobody is lost: the others are asked about when there are calls again.
    for _ in 0..3 {
        waits(&server, Span::hours(18)).await;
    }
    for (payment, person) in &people {
        assert_eq!(status_of(person, payment).await, "PAID");
    }
    server.finish().await;
}

#[tokio::test]
async fn one_who_lets_all_lapse_does_not_take_the_others_calls() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let greedy = server.patient("greedy").await;
    for _ in 0..5 {
        let payment = asks(&greedy).await;
        for _ in 0..5 {
            press(&greedy, &payment).await;
        }
        let cancel = format!("/bakong-payment/{}/cancel", payment["id"].as_str().unwrap());
        greedy.call(reqwest::Method::POST, cancel).await.ok();
    }
    assert_eq!(bakong.calls().len(), 6, "six presses a day");
    waits(&server, Span::minutes(30)).await;
    assert!(bakong.calls().len() <= 15, "three a payment at the most");
    server.finish().await;
}

#[tokio::test]
async fn a_server_that_is_killed_while_it_asks_asks_again() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    let id: PaymentId = payment["id"].as_str().unwrap().parse().unwrap();
    pays(&server, &bakong, &payment);
    waits(&server, Span::seconds(30)).await;
    // What is left of a call that was reserved and of whose answer nothing was written down: all three are used.
    let reserved = move |tx: &mut das_tern::platform::store::WriteTx<'_>| {
        let mut payment = PAYMENTS.require(tx, &id, "payment_not_found")?;
        payment.checks.made = 2;
        das_tern::domain::payments::checking::reserve(
            &mut payment,
            das_tern::domain::payments::checking::Asker::Server,
            das_tern::platform::store::Reader::now(tx),
        );
        PAYMENTS.put(tx, &id, &payment)
    };
    server.context().store.write(reserved).await.unwrap();
    let server = server.restart().await;
    let dara = server.again(&dara);
    waits(&server, Span::seconds(61)).await;
    assert_eq!((bakong.calls().len(), status_of(&dara, &payment).await), (1, json!("PAID")));
    server.finish().await;
}

#[tokio::test]
async fn a_message_and_a_look_at_once_grant_one_cycle() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    pays(&server, &bakong, &payment);
    let service = Service(&server);
    let (pressed, told) = tokio::join!(press(&dara, &payment), service.paid("msg_1", &payment));
    assert_eq!(pressed["payment"]["status"], "PAID");
    assert_eq!(told.ok()["status"], "COMPLETED");
    let mine = dara.get("/subscriptions/me").await.ok();
    assert_eq!(
        (mine["periods"].as_array().unwrap().len(), &mine["until"]),
        (1, &json!("2026-12-22T00:00:00.000Z"))
    );
    server.finish().await;
}

#[tokio::test]
async fn another_amount_or_account_at_bakong_is_not_paid() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    let md5 = payment["md5"].as_str().unwrap();
    bakong.pay(
        md5,
        json!({"hash": "ab".repeat(32), "toAccountId": "evil@aclb", "currency": "KHR", "amount": 2000}),
    );
    assert_eq!(press(&dara, &payment).await["payment"]["status"], "PENDING");
    let admin = server.admin().await;
    assert_eq!(admin.get("/payments/review").await.ok()["items"][0]["doubts"], json!(["OTHER_ACCOUNT"]));
    assert_eq!(dara.get("/subscriptions/me").await.ok()["state"], "FREE");
    server.finish().await;
}
