//! The token by which Bakong is asked comes to its end.

use das_tern::domain::payments::tables::CALLS;
use das_tern::platform::clock::Span;
use das_tern::platform::secret::Secret;
use das_tern::platform::settings::Settings;
use serde_json::json;

use super::checking::{asking, pays, press, status_of, waits};
use super::clinic::asks;
use crate::kit::{Bakong, Client, TestServer};

/// One that ends on the 30th of November.
const ENDING: &str = "old.eyJleHAiOjE3OTYwMDAwMDB9.c2ln";

fn with_token(
    bakong: &Bakong,
    token: Option<&str>,
    email: Option<&str>,
) -> impl FnOnce(&mut Settings) + use<> {
    let (change, secret) = (asking(bakong), |text: &str| Secret::new(text.to_owned()));
    let (token, email) = (token.map(secret), email.map(secret));
    move |settings| {
        change(settings);
        if let Some(own) = &mut settings.bakong {
            (own.token, own.email) = (token, email);
        }
    }
}

async fn told(admin: &Client, title: &str) -> usize {
    let told = admin.get("/notifications?limit=100").await.ok();
    told["items"].as_array().unwrap().iter().filter(|one| one["title"] == title).count()
}

async fn token_end(admin: &Client) -> serde_json::Value {
    admin.get("/admin/status").await.ok()["payments"]["tokenExpiresAt"].clone()
}

#[tokio::test]
async fn a_token_is_renewed_in_its_last_week() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(with_token(&bakong, Some(ENDING), Some(Bakong::EMAIL))).await;
    server.run_jobs().await;
    let admin = server.admin().await;
    assert_eq!((bakong.calls().len(), token_end(&admin).await), (0, json!("2026-11-30T00:53:20.000Z")));
    waits(&server, Span::days(2)).await;
    assert_eq!(bakong.calls().len(), 1);
    assert_eq!(
        (bakong.calls()[0].target.as_str(), bakong.calls()[0].text()),
        ("/v1/renew_token", format!(r#"{{"email":"{}"}}"#, Bakong::EMAIL))
    );
    let admin = server.known("admin").await;
    assert_eq!(token_end(&admin).await, "2028-06-01T00:00:00.000Z");
    assert_eq!(told(&admin, "Bakong's token ends soon").await, 0);
    // It is asked by the new one, also after a start with the old one in the settings.
    let server = server.restart().await;
    waits(&server, Span::days(20)).await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    pays(&server, &bakong, &payment);
    assert_eq!(press(&dara, &payment).await["payment"]["status"], "PAID");
    let days = server.context().store.read(|tx| CALLS.list_prefix(tx, &())).unwrap();
    assert_eq!(days.iter().map(|(_, day)| day.used).sum::<u32>(), 2, "a renewal is a call");
    server.finish().await;
}

#[tokio::test]
async fn an_address_alone_is_enough() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(with_token(&bakong, None, Some(Bakong::EMAIL))).await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    assert_eq!(press(&dara, &payment).await["answered"], false, "there is no token yet");
    pays(&server, &bakong, &payment);
    waits(&server, Span::seconds(90)).await;
    waits(&server, Span::hours(1)).await;
    assert_eq!(status_of(&dara, &payment).await, "PAID");
    server.finish().await;
}

#[tokio::test]
async fn without_an_address_the_admins_are_told_and_a_token_that_is_over_is_not_used() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(with_token(&bakong, Some(ENDING), None)).await;
    server.admin().await;
    server.patient("dara").await;
    for _ in 0..40 {
        waits(&server, Span::hours(6)).await;
    }
    let admin = server.known("admin").await;
    assert_eq!(
        (told(&admin, "Bakong's token ends soon").await, told(&admin, "There is no token for Bakong").await),
        (3, 1)
    );
    let dara = server.known("dara").await;
    let payment = asks(&dara).await;
    pays(&server, &bakong, &payment);
    assert_eq!(press(&dara, &payment).await["answered"], false);
    waits(&server, Span::minutes(30)).await;
    assert_eq!((bakong.calls().len(), status_of(&dara, &payment).await), (0, json!("EXPIRED")));
    // With a new one it goes on where it was.
    let server = server
        .restart_with(|settings| {
            if let Some(own) = &mut settings.bakong {
                own.token = Some(Secret::new(Bakong::TOKEN.to_owned()));
            }
        })
        .await;
    waits(&server, Span::hours(1)).await;
    assert_eq!(status_of(&server.known("dara").await, &payment).await, "PAID");
    server.finish().await;
}

#[tokio::test]
async fn an_address_that_is_not_known_is_told_and_not_asked_without_end() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(with_token(&bakong, Some(ENDING), Some("x@example.org"))).await;
    server.admin().await;
    for _ in 0..48 {
        waits(&server, Span::hours(6)).await;
    }
    let admin = server.known("admin").await;
    assert_eq!(
        (told(&admin, "Bakong's token ends soon").await, told(&admin, "There is no token for Bakong").await),
        (3, 1)
    );
    let days = server.context().store.read(|tx| CALLS.list_prefix(tx, &())).unwrap();
    assert!(days.iter().all(|(_, day)| day.used <= 4), "{days:?}");
    server.finish().await;
}

#[tokio::test]
async fn several_are_asked_about_at_once_where_bakong_takes_lists() {
    let bakong = Bakong::open().await;
    bakong.take_lists();
    let server = TestServer::start_with(asking(&bakong)).await;
    let mut people = Vec::new();
    for number in 0..12 {
        let person = server.patient(&format!("person{number}")).await;
        people.push((asks(&person).await, person));
    }
    for (payment, _) in people.iter().take(9) {
        pays(&server, &bakong, payment);
    }
    waits(&server, Span::seconds(90)).await;
    let paid = |people: Vec<(serde_json::Value, Client)>| async move {
        let mut paid = 0;
        for (payment, person) in &people {
            paid += usize::from(status_of(person, payment).await == "PAID");
        }
        (paid, people)
    };
    let (count, people) = paid(people).await;
    assert_eq!(count, 9);
    assert!(
        bakong.calls().len() <= 2,
        "two look at once, and what they hear is of all: {}",
        bakong.calls().len()
    );
    // Those that nobody pays end.
    waits(&server, Span::minutes(10)).await;
    assert_eq!(status_of(&people[11].1, &people[11].0).await, "EXPIRED");
    server.finish().await;
}
