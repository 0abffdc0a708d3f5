//! What any text and any request may do. The official kit's own answers are held against in `tests/it/payments`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::Read as _;

use proptest::prelude::*;

use super::*;
use crate::platform::money::{Currency, Money};

const NOW: i64 = 1_767_225_600_000;
const LATER: i64 = NOW + 600_000;

fn request() -> Request {
    Request {
        account: Some("dastern@aclb".to_owned()),
        name: Some("Das Tern".to_owned()),
        amount: Some("2000".to_owned()),
        expires: Some(LATER.to_string()),
        ..Request::default()
    }
}

/// The CRC made right again after the text before it was changed: what a forger does.
fn reclosed(text: &str) -> String {
    let mut text = text.strip_suffix(&text[text.len() - 8..]).unwrap().to_owned();
    digest::close(&mut text);
    text
}

#[test]
fn the_sum_has_the_published_check_value() {
    assert_eq!(digest::crc16(b"123456789"), 0x29B1);
}

#[test]
fn a_code_carries_the_money_that_was_asked_for() {
    let made = generate(&request(), NOW).unwrap();
    let amount = made.content.amount.as_ref().unwrap();
    assert_eq!((amount.text(), amount.money()), ("2000", Money::new(2_000, Currency::Khr)));
    let dollars = Request { currency: Some("840".to_owned()), amount: Some("0.5".to_owned()), ..request() };
    let amount = generate(&dollars, NOW).unwrap().content.amount.unwrap();
    assert_eq!((amount.text(), amount.money()), ("0.50", Money::new(50, Currency::Usd)));
}

#[test]
fn what_is_no_amount_is_refused() {
    for text in [
        "abc", "1,000", "1e3", "-1", "+1", " 1", "1 ", ".5", "5.", "1.5", "០១", "0x10", "NaN", "Infinity",
        "00", "07",
    ] {
        let refusal = generate(&Request { amount: Some(text.to_owned()), ..request() }, NOW).unwrap_err();
        assert_eq!(refusal.code(), Code::AmountInvalid, "{text:?}");
    }
}

#[test]
fn an_amount_twice_is_refused_with_its_sum_made_right() {
    let made = generate(&request(), NOW).unwrap().text;
    let doubled = reclosed(&made.replace("5802KH", "54041000").replace("5908Das", "5802KH5908Das"));
    assert!(doubled.contains("5404200054041000"), "{doubled}");
    assert!(crc(&doubled).fits && verify(&doubled, NOW).is_err());
    let later = reclosed(&made.replace("6010Phnom Penh", "6010Phnom Penh54041000"));
    assert!(crc(&later).fits && verify(&later, NOW).is_err());
    let within = reclosed(&made.replace("29160012dastern@aclb", "29280012dastern@aclb0008evil@bnk"));
    assert!(crc(&within).fits && verify(&within, NOW).unwrap_err().message().contains("twice"));
}

#[test]
fn both_kinds_of_recipient_at_once_are_refused() {
    let made = generate(&request(), NOW).unwrap().text;
    let both = reclosed(&made.replace("5204", "30130009evil@bank5204"));
    assert!(crc(&both).fits);
    assert_eq!(verify(&both, NOW).unwrap_err().message(), "tags 29 and 30 exclude each other");
}

#[test]
fn a_code_with_an_end_ends_whatever_its_first_tags_say() {
    let made = generate(&request(), NOW).unwrap().text;
    let forged = reclosed(&made.replace("010212", "010211"));
    assert!(verify(&forged, LATER).is_ok());
    assert_eq!(verify(&forged, LATER + 1).unwrap_err().code(), Code::Expired);
}

#[test]
fn a_long_text_is_not_read() {
    let mut long = generate(&request(), NOW).unwrap().text;
    long.truncate(long.len() - 8);
    for tag in 80..95 {
        long.push_str(&format!("{tag}99{}", "x".repeat(99)));
    }
    digest::close(&mut long);
    assert!(crc(&long).fits && verify(&long, NOW).is_err() && decode_tree(&long).is_empty());
}

/// Opens a picture of our own: one bit of grey a pixel, no filters.
fn opened(png: &[u8]) -> (usize, Vec<u8>) {
    let body = |kind: &[u8]| {
        let at = png.windows(4).position(|bytes| bytes == kind).unwrap();
        let length = u32::from_be_bytes(png[at - 4..at].try_into().unwrap()) as usize;
        &png[at + 4..at + 4 + length]
    };
    let side = u32::from_be_bytes(body(b"IHDR")[..4].try_into().unwrap()) as usize;
    let mut rows = Vec::new();
    flate2::read::ZlibDecoder::new(body(b"IDAT")).read_to_end(&mut rows).unwrap();
    (side, rows)
}

#[test]
fn a_reader_finds_the_same_text_in_the_picture() {
    let names = Request {
        name: Some("ដាស់តឿន".to_owned()), city: Some("ភ្នំពេញ".to_owned()), ..request()
    };
    for request in [request(), names] {
        let text = generate(&request, NOW).unwrap().text;
        let (side, rows) = opened(&png(&text).unwrap());
        let row = side / 8 + 1;
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side, side, |across, down| {
            if rows[down * row + 1 + across / 8] >> (7 - across % 8) & 1 == 1 { 255 } else { 0 }
        });
        assert!(
            rows.chunks(row).take(32).all(|row| row[1..].iter().all(|byte| *byte == 255)),
            "the quiet zone"
        );
        let grids = picture.detect_grids();
        assert_eq!(grids[0].decode().unwrap().1, text);
        assert!(svg(&text).unwrap().contains("<svg"));
    }
}

fn label(max: usize) -> impl Strategy<Value = Option<String>> {
    prop::option::of(
        prop::collection::vec(prop::char::ranges(vec![' '..='~', 'ក'..='៹'].into()), 1..=max)
            .prop_map(|all| all.into_iter().collect::<String>()),
    )
}

prop_compose! {
    fn any_request()(
        is_merchant in any::<bool>(),
        account in "[a-z._]{1,10}@[a-z]{1,6}",
        details in (label(32), label(10), label(25), label(15)),
        labels in (label(12), label(10), label(15), label(12), label(12)),
        alternate in prop::option::of((label(25), label(15))),
        is_dollars in any::<bool>(),
        amount in prop::option::of(0u64..1_000_000),
        life in 0i64..1_000_000,
    ) -> Request {
        let text = |text: Option<String>, other: &str| Some(text.unwrap_or(other.to_owned()));
        let (name, city) = alternate.unzip().0.map_or((None, None), |name| (text(name, "ឈ្មោះ"), None));
        Request {
            kind: if is_merchant { Kind::Merchant } else { Kind::Individual },
            account: Some(account),
            account_information: details.0.clone(),
            merchant_id: text(details.0, "1"),
            bank: text(details.1, "Bank"),
            name: text(details.2, "Das Tern"),
            city: details.3,
            category: None,
            currency: Some(if is_dollars { "840" } else { "116" }.to_owned()),
            amount: amount.map(|minor| Money::new(minor, if is_dollars { Currency::Usd } else { Currency::Khr }).to_string()),
            expires: Some((NOW + life).to_string()),
            union_pay: None,
            additional: Additional {
                bill_number: labels.0, mobile_number: labels.1, store_label: labels.2,
                terminal_label: labels.3, purpose: labels.4,
            },
            language: name.as_ref().map(|_| "km".to_owned()),
            alternate_name: name,
            alternate_city: city,
        }
    }
}

proptest! {
    #[test]
    fn what_was_written_reads_the_same(request in any_request()) {
        match generate(&request, NOW) {
            Ok(made) => prop_assert_eq!(verify(&made.text, NOW), Ok(made.content)),
            // Each label may be right and all together too long.
            Err(refusal) => prop_assert!(refusal.message().contains("99 characters"), "{}", refusal),
        }
    }

    /// One character changed, lost or put in: the sum says so.
    #[test]
    fn damage_is_seen(request in any_request(), at in any::<prop::sample::Index>(), way in 0..3, put in prop::char::range(' ', '~')) {
        let Ok(made) = generate(&request, NOW) else { return Ok(()) };
        let mut damaged: Vec<char> = made.text.chars().collect();
        let at = at.index(damaged.len());
        match way {
            0 => damaged[at] = put,
            1 => drop(damaged.remove(at)),
            _ => damaged.insert(at, put),
        }
        let damaged: String = damaged.into_iter().collect();
        if !damaged.eq_ignore_ascii_case(&made.text) {
            prop_assert!(verify(&damaged, NOW).is_err(), "{damaged}");
        }
    }

    /// Whoever makes the sum right again is refused, or says one thing only: what is believed, written anew, reads the
    /// same.
    #[test]
    fn a_forgery_is_refused_or_plain(request in any_request(), at in any::<prop::sample::Index>(), put in "[0-9]{1,4}") {
        let Ok(made) = generate(&request, NOW) else { return Ok(()) };
        let mut forged: Vec<char> = made.text.chars().collect();
        let at = at.index(forged.len() - 8);
        forged.splice(at..(at + put.len()).min(forged.len() - 8), put.chars());
        let forged = reclosed(&forged.into_iter().collect::<String>());
        if let Ok(content) = verify(&forged, NOW) {
            prop_assert!(tlv::Scan::of(&forged).fault.is_none());
            prop_assert_eq!(content.recipient.account().matches('@').count(), 1);
        }
    }

    #[test]
    fn no_text_harms(text in "\\PC{0,200}|(00|29|62|64|99|[0-9]{4}|01XX|0[0-9]-2|ក){0,40}") {
        let mut closed = text.clone();
        digest::close(&mut closed);
        for text in [text, closed] {
            let _ = (verify(&text, NOW), decode(&text), decode_tree(&text), crc(&text));
        }
    }
}
