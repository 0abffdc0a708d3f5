//! Signatures and envelopes of other programs, and what an attacker sends.
//!
//! `tests/data/standard-webhooks.json` was written by the package `standardwebhooks` 1.1.0 (PyPI),
//! `tests/data/bakong-service.json` by the helpers of the public bakong-service that it names.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use proptest::prelude::*;
use ring::hmac;
use serde_json::{Value, json};

use super::answer::{Answer, Transaction, read};
use super::envelope::{SharedKey, open, seal};
use super::signature::{Signed, SigningSecret, Trust, in_body, standard, timestamped};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::money::{Currency, Money, Told};
use crate::platform::random::Random;
use crate::platform::secret::Secret;

const NOW: Timestamp = Timestamp::from_milliseconds(1_767_225_600_000);

fn secret(text: &str) -> SigningSecret {
    SigningSecret::new(Secret::new(text.to_owned()))
}

fn vectors(file: &str) -> Value {
    serde_json::from_str(file).unwrap()
}

fn service() -> Value {
    vectors(include_str!("../../../tests/data/bakong-service.json"))
}

fn hex(key: &str, message: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), message.as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A body that carries its signature, put where the sender pleases.
fn closed(key: &str, members: &str) -> String {
    format!(r#"{{{members},"signature":"{}"}}"#, hex(key, &format!("{{{members}}}")))
}

fn fresh(at: Timestamp) -> Option<Signed> {
    Some(Signed { at, trust: Trust::Fresh })
}

#[test]
fn standard_webhooks_are_believed_within_five_minutes() {
    let all = vectors(include_str!("../../../tests/data/standard-webhooks.json"));
    let vectors = all["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 5);
    for vector in vectors {
        let of = |name: &str| vector[name].as_str().unwrap();
        let at = Timestamp::from_milliseconds(of("webhook-timestamp").parse::<i64>().unwrap() * 1_000);
        let check = |id: &str, signatures: &str, body: &str, secrets: &[SigningSecret], now| {
            standard(id, of("webhook-timestamp"), signatures, body.as_bytes(), secrets, now)
        };
        let (id, signature, body, key) =
            (of("webhook-id"), of("webhook-signature"), of("body"), secret(of("secret")));
        let one = std::slice::from_ref(&key);
        for now in [at, at.plus(Span::minutes(5)), at.minus(Span::minutes(5))] {
            assert_eq!(check(id, signature, body, one, now), fresh(at));
        }
        for now in [at.plus(Span::seconds(301)), at.minus(Span::seconds(301))] {
            assert_eq!(check(id, signature, body, one, now), None);
        }
        // While one secret takes the place of another, and one signature that of another.
        assert_eq!(check(id, signature, body, &[secret("old"), key.clone()], at), fresh(at));
        assert_eq!(check(id, &format!("v1a,xx v1,AAAA {signature}"), body, one, at), fresh(at));
        for (id, signature, body) in [
            ("other", signature, body),
            ("", signature, body),
            ("a.b", signature, body),
            (&"x".repeat(65), signature, body),
            (id, "", body),
            (id, "v1,", body),
            (id, "v1,AAAA", body),
            (id, &signature[3..], body),
            (id, &signature.replace("v1,", "v2,"), body),
            (id, signature, &format!("{body} ")),
        ] {
            assert_eq!(check(id, signature, body, one, at), None, "{id} {signature} {body}");
        }
        assert_eq!(check(id, signature, body, &[secret("other")], at), None);
        assert_eq!(check(id, signature, body, &[], at), None, "without a secret nothing is believed");
    }
}

#[test]
fn the_timestamped_form_is_that_of_the_service() {
    for vector in service()["request_signature"].as_array().unwrap() {
        let of = |name: &str| vector[name].as_str().unwrap();
        let (time, body, key) = (of("X-Timestamp"), of("body").as_bytes(), [secret(of("secret"))]);
        let at = Timestamp::from_milliseconds(time.parse().unwrap());
        let signature = of("X-Signature");
        assert_eq!(timestamped(time, signature, body, &key, at), fresh(at));
        assert_eq!(timestamped(time, &signature.to_uppercase(), body, &key, at), fresh(at));
        assert_eq!(timestamped(time, signature, body, &key, at.plus(Span::minutes(6))), None);
        let other = (at.as_milliseconds() + 1).to_string();
        assert_eq!(timestamped(&other, signature, body, &key, at), None);
        for bad in ["", "abc", &signature[1..], &format!("{signature}00"), &"ក".repeat(32), &"z".repeat(64)]
        {
            assert_eq!(timestamped(time, bad, body, &key, at), None, "{bad}");
        }
        for bad in ["", "-1", "+1767225600000", "1.5", "99999999999999999999"] {
            assert_eq!(timestamped(bad, signature, body, &key, at), None, "{bad}");
        }
    }
}

#[test]
fn a_body_signs_what_was_written() {
    let vector = service()["hmac"][3].clone();
    let (members, key) = (vector["data"].as_str().unwrap(), vector["secret"].as_str().unwrap());
    let members = &members[1..members.len() - 1];
    let body = closed(key, members);
    assert!(body.contains(vector["hex"].as_str().unwrap()), "as the service's own helper signs");
    let check = |body: &str| in_body(body.as_bytes(), &[secret(key)], NOW);
    assert_eq!(check(&body), fresh(NOW));
    // Blanks between members and the place of the signature are the sender's own.
    let signature = format!(r#""signature":"{}""#, hex(key, &format!("{{{members}}}")));
    assert_eq!(check(&format!("{{ {signature} ,\n {members} }}")), fresh(NOW));
    assert_eq!(check(&body.replace(':', " :\t").replace(',', " ,\r\n")), fresh(NOW));
    // Each form of an amount is bytes of its own.
    let forms = ["100000", "100000.0", "1e5", "100000.00", "\"100000\"", "\"100000.00\""];
    for amount in forms {
        let members =
            format!(r#""transactionId":"T","amount":{amount},"timestamp":{}"#, NOW.as_milliseconds());
        let body = closed(key, &members);
        assert_eq!(check(&body), fresh(NOW), "{amount}");
        for other in forms.into_iter().filter(|other| *other != amount) {
            assert_eq!(
                check(&body.replace(&format!(":{amount},"), &format!(":{other},"))),
                None,
                "{amount} {other}"
            );
        }
    }
}

#[test]
fn an_old_body_is_a_question_and_an_older_one_nothing() {
    let check = |age: Span| {
        let at = NOW.minus(age);
        let body = closed("key", &format!(r#""status":"PAID","timestamp":"{}""#, at.as_milliseconds()));
        in_body(body.as_bytes(), &[secret("key")], NOW).map(|signed| signed.trust)
    };
    assert_eq!(check(Span::minutes(5)), Some(Trust::Fresh));
    assert_eq!(check(Span::seconds(301)), Some(Trust::Stale));
    assert_eq!(check(Span::days(7)), Some(Trust::Stale));
    assert_eq!(check(Span::days(7).plus(Span::seconds(1))), None);
    assert_eq!(check(Span::seconds(-301)), None, "of a time to come");
}

#[test]
fn what_can_be_read_two_ways_is_not_signed() {
    let time = format!(r#""timestamp":{}"#, NOW.as_milliseconds());
    let check = |body: &str| in_body(body.as_bytes(), &[secret("key")], NOW);
    let twice = format!(r#""amount":1,"amount":2,{time}"#);
    let hidden = format!(r#""amount":1,"\u0061mount":2,{time}"#);
    for members in [twice, hidden] {
        assert_eq!(check(&closed("key", &members)), None, "{members}");
    }
    let right = closed("key", &time);
    assert!(check(&right).is_some());
    for body in [
        "",
        "{}",
        "[]",
        "null",
        "\"x\"",
        "{\"signature\":1}",
        &right[1..],
        &format!("{right}{right}"),
        &right.replace("signature", "sig"),
    ] {
        assert_eq!(check(body), None, "{body}");
    }
    let nested = format!(r#""more":{{"a":[1,{{"b":"}},{{"}}],"signature":"x"}},{time}"#);
    assert_eq!(check(&closed("key", &nested)), fresh(NOW), "only the outermost signature signs");
    assert_eq!(in_body(&[0xff, 0xfe], &[secret("key")], NOW), None);
    let long = format!(r#""more":"{}",{time}"#, "x".repeat(70_000));
    assert_eq!(check(&closed("key", &long)), None);
}

#[test]
fn envelopes_of_the_service_open() {
    let all = service();
    let password =
        |vector: &Value| SharedKey::Password(Secret::new(vector["password"].as_str().unwrap().to_owned()));
    for vector in all["encrypt"].as_array().unwrap() {
        let plain = open(&password(vector), vector["ciphertext_base64"].as_str().unwrap());
        assert_eq!(plain.unwrap(), vector["plaintext"].as_str().unwrap().as_bytes());
    }
    for vector in all["negative"].as_array().unwrap() {
        assert_eq!(open(&password(vector), vector["ciphertext_base64"].as_str().unwrap()), None, "{vector}");
    }
    let key = SharedKey::Raw(Secret::new([7; 32]));
    for bad in ["", "AAAA", "not base64!", &"A".repeat(70_000)] {
        assert_eq!(open(&key, bad), None);
    }
}

proptest! {
    #[test]
    fn what_was_sealed_opens_and_nothing_else(plain in prop::collection::vec(any::<u8>(), 0..300), bit in any::<prop::sample::Index>()) {
        let random = Random::seeded(7);
        let key = SharedKey::Raw(Secret::new([7; 32]));
        let sealed = seal(&key, &plain, &random).unwrap();
        prop_assert_eq!(open(&key, &sealed), Some(plain.clone()));
        prop_assert_ne!(seal(&key, &plain, &random).unwrap(), sealed.clone(), "the same twice looks different");
        prop_assert_eq!(open(&SharedKey::Raw(Secret::new([8; 32])), &sealed), None);
        use base64::Engine as _;
        let engine = base64::prelude::BASE64_STANDARD;
        let mut bytes = engine.decode(&sealed).unwrap();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(open(&key, &engine.encode(bytes)), None);
    }

    #[test]
    fn no_message_harms(body in "\\PC{0,80}|[{}\\[\\]\":, a\\\\]{0,60}", status in any::<u16>()) {
        let _ = (in_body(body.as_bytes(), &[secret("key")], NOW), read(status, body.as_bytes()));
        let _ = (standard(&body, &body, &body, body.as_bytes(), &[secret("key")], NOW), timestamped(&body, &body, &[], &[], NOW));
    }

    /// One character of a signed body changed, lost or put in, outside of blanks between members: it is not believed.
    #[test]
    fn a_changed_body_is_not_believed(at in any::<prop::sample::Index>(), put in "[a-z0-9\"{},:]") {
        let members = format!(r#""transactionId":"T1","status":"PAID","amount":2000,"timestamp":{}"#, NOW.as_milliseconds());
        let mut body = closed("key", &members);
        let at = at.index(body.len());
        let before = body.clone();
        body.replace_range(at..=at, &put);
        prop_assert!(body == before || in_body(body.as_bytes(), &[secret("key")], NOW).is_none(), "{body}");
    }
}

fn answered(data: Value) -> Answer {
    read(200, json!({ "responseCode": 0, "errorCode": null, "data": data }).to_string().as_bytes())
}

#[test]
fn only_bakong_itself_says_that_nothing_was_paid() {
    let envelope =
        |response: i32, error: i32| json!({ "responseCode": response, "errorCode": error }).to_string();
    for status in [200, 404] {
        assert_eq!(read(status, envelope(1, 1).as_bytes()), Answer::NotFound);
    }
    assert_eq!(read(200, br#"{"responseCode":"1","errorCode":"1","data":null}"#), Answer::NotFound);
    assert_eq!(read(200, envelope(1, 3).as_bytes()), Answer::Failed);
    for status in [200, 429] {
        assert_eq!(read(status, envelope(1, 17).as_bytes()), Answer::QuotaSpent);
    }
    assert_eq!(read(200, envelope(1, 6).as_bytes()), Answer::TokenRefused);
    for (status, body) in [(401, envelope(1, 6)), (401, String::new()), (401, envelope(1, 1))] {
        assert_eq!(read(status, body.as_bytes()), Answer::TokenRefused);
    }
    for (status, body) in [
        (200, String::new()),
        (200, "<html>403 Forbidden</html>".to_owned()),
        (403, "<html>nginx</html>".to_owned()),
        (404, "<html>nginx</html>".to_owned()),
        (403, envelope(1, 1)),
        (500, envelope(1, 1)),
        (504, envelope(1, 1)),
        (200, envelope(1, 9)),
        (200, envelope(2, 1)),
        (200, "{\"responseCode\":1}".to_owned()),
        (200, "{\"responseCode\":1,\"errorCo".to_owned()),
        (500, json!({ "responseCode": 0, "data": { "hash": "a" } }).to_string()),
    ] {
        assert!(matches!(read(status, body.as_bytes()), Answer::Unknown(_)), "{status} {body}");
    }
    for data in [Value::Null, json!({}), json!({ "hash": "" }), json!([])] {
        assert!(matches!(answered(data), Answer::Unknown(_)), "success without a transaction is not paid");
    }
}

#[test]
fn a_transaction_is_read_however_it_is_written() {
    let told = |amount: Value, currency: &str| match answered(
        json!({ "hash": "a", "amount": amount, "currency": currency }),
    ) {
        Answer::Paid(transaction) => transaction.money,
        other => panic!("{other:?}"),
    };
    for amount in [json!(0.5), json!("0.5"), json!("0.50"), json!("0.500")] {
        assert_eq!(told(amount, "USD"), Told::Is(Money::new(50, Currency::Usd)));
    }
    for amount in [json!(2000), json!(2000.0), json!("2000"), json!("2000.00")] {
        assert_eq!(told(amount, "KHR"), Told::Is(Money::new(2_000, Currency::Khr)));
    }
    for (amount, currency) in [
        (json!(0.505), "USD"),
        (json!(2000.5), "KHR"),
        (json!(-1), "KHR"),
        (json!("1,000"), "KHR"),
        (json!("1e3"), "KHR"),
        (json!(true), "KHR"),
        (json!(1), "THB"),
    ] {
        assert!(matches!(told(amount.clone(), currency), Told::Strange(_)), "{amount} {currency}");
    }
    assert_eq!(told(Value::Null, "KHR"), Told::Nothing);
    let whole = answered(json!({
        "hash": "ab", "fromAccountId": "x@bank", "toAccountId": "clinic@aclb", "currency": "USD", "amount": 1.0,
        "createdDateMs": 1_636_709_123_467.2, "acknowledgedDateMs": "1636709123999", "trackingStatus": null, "new": [1],
    }));
    let expected = Transaction {
        hash: "ab".to_owned(),
        money: Told::Is(Money::new(100, Currency::Usd)),
        to_account: Some("clinic@aclb".to_owned()),
        sent: Some(Timestamp::from_milliseconds(1_636_709_123_467)),
    };
    assert_eq!(whole, Answer::Paid(expected));
}
