//! A day of payments of which nobody tells: within what Bakong allows, known in time, and none lost.

use das_tern::domain::payments::tables::CALLS;
use das_tern::platform::clock::{Clock as _, Span, Timestamp};
use serde_json::{Value, json};

use super::checking::{asking, pays, status_of, waits};
use super::clinic::asks;
use crate::kit::{Bakong, TestServer};

/// How the day of a clinic went.
struct Day {
    server: TestServer,
    /// Who paid what.
    payments: Vec<(String, Value)>,
    /// How long it took until each was known, where it was known on the same day.
    took: Vec<Option<Span>>,
}

/// So many people ask for a payment, `apart` from each other, and pay it within ten minutes, some soon and some late.
async fn a_day_of(bakong: &Bakong, count: usize, apart: Span) -> Day {
    let server = TestServer::start_with(asking(bakong)).await;
    let begin = server.clock().now();
    let at = |number: usize| {
        begin.plus(Span::milliseconds(apart.as_milliseconds() * i64::try_from(number).unwrap()))
    };
    // From ten seconds to nine minutes and a half.
    let delay = |number: usize| Span::seconds(10 + i64::try_from(number * 140 % 561).unwrap());
    let mut payments: Vec<(String, Value)> = Vec::new();
    let mut paid: Vec<Option<Timestamp>> = vec![None; count];
    let mut took: Vec<Option<Span>> = vec![None; count];
    let last = at(count).plus(Span::minutes(25));
    while server.clock().now() < last {
        let now = server.clock().now();
        if payments.len() < count && at(payments.len()) <= now {
            let name = format!("person{}", payments.len());
            let payment = asks(&server.patient(&name).await).await;
            payments.push((name, payment));
        }
        for (number, (name, payment)) in payments.iter().enumerate() {
            if paid[number].is_none() && at(number).plus(delay(number)) <= now {
                pays(&server, bakong, payment);
                paid[number] = Some(now);
            }
            if let (Some(since), None) = (paid[number], took[number])
                && status_of(&server.known(name).await, payment).await == "PAID"
            {
                took[number] = Some(now.since(since));
            }
        }
        waits(&server, Span::seconds(30)).await;
    }
    Day { server, payments, took }
}

impl Day {
    fn calls(&self) -> Vec<u32> {
        let days = self.server.context().store.read(|tx| CALLS.list_prefix(tx, &())).unwrap();
        days.into_iter().map(|(_, day)| day.used).collect()
    }

    async fn all_are_paid(&self) {
        for (name, payment) in &self.payments {
            assert_eq!(status_of(&self.server.known(name).await, payment).await, "PAID", "{name}");
        }
    }
}

#[tokio::test]
async fn fifteen_payments_of_a_day_are_known_within_ten_minutes_without_any_message() {
    let bakong = Bakong::open().await;
    let day = a_day_of(&bakong, 15, Span::minutes(20)).await;
    let slowest = day.took.iter().map(|took| took.unwrap()).max().unwrap();
    println!(
        "15 payments, no messages, no lists: {:?} calls, slowest {} s",
        day.calls(),
        slowest.as_seconds_rounded_up()
    );
    assert!(slowest <= Span::minutes(10), "{slowest:?}");
    assert!(day.calls().iter().sum::<u32>() <= 45, "three a payment: {:?}", day.calls());
    day.all_are_paid().await;
    day.server.finish().await;
}

#[tokio::test]
async fn fifty_payments_of_a_day_are_known_where_bakong_takes_lists() {
    let bakong = Bakong::open().await;
    bakong.take_lists();
    let day = a_day_of(&bakong, 50, Span::minutes(2)).await;
    let slowest = day.took.iter().map(|took| took.unwrap()).max().unwrap();
    println!(
        "50 payments, no messages, lists: {:?} calls, slowest {} s",
        day.calls(),
        slowest.as_seconds_rounded_up()
    );
    assert!(slowest <= Span::minutes(10), "{slowest:?}");
    assert!(day.calls().iter().sum::<u32>() <= 75, "a quarter is kept: {:?}", day.calls());
    day.all_are_paid().await;
    day.server.finish().await;
}

#[tokio::test]
async fn more_than_a_day_allows_are_known_the_next_day_and_none_is_lost() {
    let bakong = Bakong::open().await;
    let day = a_day_of(&bakong, 60, Span::minutes(2)).await;
    let known = day.took.iter().flatten().count();
    println!("60 payments, no messages, no lists: {:?} calls, {known} known on the day", day.calls());
    assert!((30..60).contains(&known), "{known}");
    assert!(day.calls()[0] <= 75);
    // On the screen of those who wait it is said when it is looked at.
    let (name, waiting) = &day.payments[day.took.iter().position(Option::is_none).unwrap()];
    let person = day.server.known(name).await;
    assert_eq!(status_of(&person, waiting).await, "EXPIRED");
    for _ in 0..26 {
        waits(&day.server, Span::hours(1)).await;
    }
    assert!(day.calls().iter().all(|calls| *calls <= 100), "{:?}", day.calls());
    day.all_are_paid().await;
    day.server.finish().await;
}

#[tokio::test]
async fn a_clock_that_is_set_while_a_payment_is_open_grants_once_and_loses_nothing() {
    for jump in [Span::hours(-1), Span::hours(1), Span::days(-1), Span::days(400)] {
        let bakong = Bakong::open().await;
        let server = TestServer::start_with(asking(&bakong)).await;
        let dara = server.patient("dara").await;
        let payment = asks(&dara).await;
        waits(&server, Span::seconds(30)).await;
        server.clock().jump(jump);
        pays(&server, &bakong, &payment);
        for _ in 0..5 {
            waits(&server, Span::minutes(1)).await;
        }
        let dara = server.known("dara").await;
        assert_eq!(status_of(&dara, &payment).await, "PAID", "{jump:?}");
        let mine = dara.get("/subscriptions/me").await.ok();
        assert_eq!(
            (&mine["state"], mine["periods"].as_array().unwrap().len()),
            (&json!("PAID"), 1),
            "{jump:?}"
        );
        server.finish().await;
    }
}
