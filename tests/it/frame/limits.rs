//! Requests are counted in a sliding minute, exactly.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use das_tern::platform::clock::{Span, Timestamp};
use das_tern::platform::rate_limits::{Counted, RateLimits, Verdict};
use proptest::prelude::*;

use crate::kit::{TestServer, beginning};

#[tokio::test]
async fn a_person_has_a_hundred_requests_in_any_minute() {
    let server = TestServer::start_with(|settings| settings.limits.enabled = true).await;
    let (dara, sok) = (server.admin().await, server.doctor("sok").await);
    for n in 0..100 {
        if n == 50 {
            server.clock().advance(Span::seconds(30));
        }
        let answer = dara.get("/admin/status").await.expect(200);
        assert_eq!(answer.header("ratelimit-policy"), "\"person\";q=100;w=60");
        assert!(answer.header("ratelimit").starts_with(&format!("\"person\";r={};", 99 - n)), "{n}");
    }
    let refused = dara.get("/admin/status").await.expect(429).code("too_many_requests");
    assert_eq!(refused.header("retry-after"), "30");
    assert!(refused.json["message"].as_str().unwrap().contains("30 seconds"));
    // Others are not concerned.
    sok.get("/admin/status").await.expect(403);
    // The announced wait is the true one: a moment before it is over nothing goes, then fifty go, not more.
    server.clock().advance(Span::milliseconds(29_999));
    dara.get("/admin/status").await.expect(429);
    server.clock().advance(Span::milliseconds(1));
    for _ in 0..50 {
        dara.get("/admin/status").await.expect(200);
    }
    dara.get("/admin/status").await.expect(429);
    server.finish().await;
}

#[tokio::test]
async fn strangers_are_counted_by_address_and_probes_not_at_all() {
    let server = TestServer::start_with(|settings| {
        settings.limits.enabled = true;
        settings.limits.anonymous_per_ip = 5;
    })
    .await;
    let stranger = server.stranger();
    for _ in 0..3 {
        stranger.get("/nowhere").await.expect(404);
    }
    stranger.get("/admin/status").await.expect(401);
    stranger.with_token(Some("guessed")).get("/admin/status").await.expect(401);
    stranger.get("/nowhere").await.expect(429);
    stranger.with_token(Some("guessed")).get("/admin/status").await.expect(429);
    stranger.get("!/openapi.json").await.expect(429);
    for _ in 0..10 {
        stranger.get("!/livez").await.expect(200);
    }
    server.finish().await;
}

#[tokio::test]
async fn of_many_requests_at_once_exactly_the_limit_passes() {
    let server = TestServer::start_with(|settings| {
        settings.limits.enabled = true;
        settings.limits.per_person = 20;
    })
    .await;
    let admin = server.admin().await;
    let requests: Vec<_> = (0..60)
        .map(|_| {
            let call = admin.get("/admin/status");
            tokio::spawn(async move { call.await.status })
        })
        .collect();
    let mut passed = 0;
    for request in requests {
        passed += u32::from(request.await.unwrap() == 200);
    }
    assert_eq!(passed, 20);
    server.finish().await;
}

#[test]
fn threads_together_get_exactly_the_limit() {
    let limits = Arc::new(RateLimits::default());
    let passed = Arc::new(AtomicU32::new(0));
    let who = Counted::Anonymous("192.0.2.1".parse().unwrap());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (limits, passed) = (Arc::clone(&limits), Arc::clone(&passed));
            scope.spawn(move || {
                for n in 0..500 {
                    let now = Timestamp::from_milliseconds(1_000_000 + i64::from(thread) + n / 10);
                    if limits.count(who, 100, now).verdict == Verdict::Allowed {
                        passed.fetch_add(1, Ordering::Relaxed);
                    }
                    // Other keys come and go meanwhile.
                    let other = format!("198.51.100.{}", n % 250).parse().unwrap();
                    limits.count(Counted::Anonymous(other), 10, now);
                }
            });
        }
    });
    // Although the threads looked at the clock in another order than they were counted.
    assert_eq!(passed.load(Ordering::Relaxed), 100);
}

#[test]
fn one_ipv6_network_counts_as_one() {
    let limits = RateLimits::default();
    let count = |ip: &str| limits.count(Counted::SignIn(ip.parse().unwrap()), 1, beginning()).verdict;
    assert_eq!(count("2001:db8:0:1::1"), Verdict::Allowed);
    assert_eq!(count("2001:db8:0:1:ffff::2"), Verdict::Refused);
    assert_eq!(count("2001:db8:0:2::1"), Verdict::Allowed);
}

#[test]
fn a_clock_set_back_locks_nobody_out() {
    let limits = RateLimits::default();
    let who = Counted::Anonymous("192.0.2.1".parse().unwrap());
    assert_eq!(limits.count(who, 1, beginning()).verdict, Verdict::Allowed);
    let earlier = beginning().minus(Span::hours(5));
    assert_eq!(limits.count(who, 1, earlier).verdict, Verdict::Allowed);
    assert_eq!(limits.count(who, 1, earlier).verdict, Verdict::Refused);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Against the plain definition: a request passes when fewer than `limit` passed in the 60 s before it.
    #[test]
    fn the_window_is_exact(steps in prop::collection::vec((0_i64..20_000, 0_u8..4), 1..200), limit in 1_u32..6) {
        let limits = RateLimits::default();
        let mut passed: HashMap<u8, Vec<i64>> = HashMap::new();
        let mut now = 1_000_000;
        for (step, key) in steps {
            now += step;
            let ip = format!("192.0.2.{key}").parse().unwrap();
            let standing = limits.count(Counted::Anonymous(ip), limit, Timestamp::from_milliseconds(now));
            let times = passed.entry(key).or_default();
            let inside = times.iter().filter(|&&time| time > now - 60_000).count();
            let expected = inside < limit as usize;
            prop_assert_eq!(standing.verdict == Verdict::Allowed, expected);
            if expected {
                times.push(now);
            } else {
                // The announced wait is enough, and a second less is not.
                let oldest = times[times.len() - limit as usize];
                let wait = oldest + 60_000 - now;
                prop_assert_eq!(i64::from(standing.reset_seconds), (wait + 999) / 1_000);
            }
        }
    }
}
