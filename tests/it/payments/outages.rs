//! Bakong does not answer while people press "I have paid".

use das_tern::domain::payments::tables::{CALLS, PRESSES};
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::checking::{asking, pays, press, status_of, waits};
use super::clinic::asks;
use crate::kit::{Bakong, Reply, TestServer};

fn is_down(bakong: &Bakong, calls: usize) {
    for _ in 0..calls {
        bakong.answer_next(Reply::html(403, "<html>nginx</html>"));
    }
}

#[tokio::test]
async fn presses_in_an_outage_postpone_nothing_and_are_given_back() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    is_down(&bakong, 2);
    let mut next = Vec::new();
    for _ in 0..6 {
        let pressed = press(&dara, &payment).await;
        assert_eq!(pressed["answered"], false);
        next.push(pressed["nextCheckAt"].clone());
    }
    assert_eq!(bakong.calls().len(), 2, "two of a payment, also in an outage");
    assert!(next.iter().all(|next| *next == "2026-11-22T00:01:30.000Z"), "{next:?}");
    // For ten minutes they count, then they are there again.
    pays(&server, &bakong, &payment);
    server.clock().advance(Span::minutes(9));
    assert_eq!(press(&dara, &payment).await["answered"], false);
    server.clock().advance(Span::seconds(61));
    let pressed = press(&dara, &payment).await;
    assert_eq!((&pressed["answered"], &pressed["payment"]["status"]), (&json!(true), &json!("PAID")));
    assert_eq!(bakong.calls().len(), 3);
    server.finish().await;
}

#[tokio::test]
async fn a_look_comes_at_its_time_however_often_it_was_pressed() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    is_down(&bakong, 2);
    for _ in 0..3 {
        press(&dara, &payment).await;
    }
    pays(&server, &bakong, &payment);
    waits(&server, Span::seconds(90)).await;
    assert_eq!((bakong.calls().len(), status_of(&dara, &payment).await), (3, json!("PAID")));
    server.finish().await;
}

#[tokio::test]
async fn an_outage_does_not_lift_the_bounds() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let greedy = server.patient("greedy").await;
    let other = server.patient("other").await;
    let theirs = asks(&other).await;
    is_down(&bakong, 6);
    for _ in 0..5 {
        let payment = asks(&greedy).await;
        for _ in 0..4 {
            press(&greedy, &payment).await;
        }
        let cancel = format!("/bakong-payment/{}/cancel", payment["id"].as_str().unwrap());
        greedy.call(reqwest::Method::POST, cancel).await.ok();
    }
    assert_eq!(bakong.calls().len(), 6, "six presses of one person a day, answered or not");
    // Nobody else is kept from asking by that: their press is answered at once.
    pays(&server, &bakong, &theirs);
    assert_eq!(press(&other, &theirs).await["payment"]["status"], "PAID");
    let days = server.context().store.read(|tx| CALLS.list_prefix(tx, &())).unwrap();
    assert_eq!((days.len(), days[0].1.used, days[0].1.unanswered), (1, 7, 0));
    server.finish().await;
}

#[tokio::test]
async fn presses_of_days_that_are_over_are_forgotten() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    for name in ["dara", "bopha", "srey"] {
        let person = server.patient(name).await;
        press(&person, &asks(&person).await).await;
    }
    let presses = || server.context().store.read(|tx| PRESSES.list_prefix(tx, &())).unwrap().len();
    assert_eq!(presses(), 3);
    server.clock().advance(Span::days(3));
    let dara = server.known("dara").await;
    press(&dara, &asks(&dara).await).await;
    assert_eq!(presses(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_press_that_was_cut_off_is_given_back_as_a_press() {
    let bakong = Bakong::open().await;
    let server = TestServer::start_with(asking(&bakong)).await;
    let dara = server.patient("dara").await;
    let payment = asks(&dara).await;
    bakong.answer_next(Reply::Close);
    let pressed = press(&dara, &payment).await;
    assert_eq!(
        (&pressed["answered"], &pressed["nextCheckAt"]),
        (&json!(false), &json!("2026-11-22T00:01:30.000Z"))
    );
    pays(&server, &bakong, &payment);
    let all: Vec<Value> = vec![press(&dara, &payment).await, press(&dara, &payment).await];
    assert_eq!(all[0]["payment"]["status"], "PAID");
    assert_eq!(bakong.calls().len(), 2);
    server.finish().await;
}
