//! Bakong asked over its own protocol.

use das_tern::platform::bakong::answer::{Answer, ListAnswer, Renewal, token_end};
use das_tern::platform::bakong::client::BakongClient;
use das_tern::platform::clock::Timestamp;
use das_tern::platform::money::{Currency, Money, Told};
use das_tern::platform::secret::Secret;
use serde_json::json;

use crate::kit::{Bakong, Reply};

const MD5: &str = "9420b30f9a5c6669ec18320562d338d4";

fn token() -> Secret<String> {
    Secret::new(Bakong::TOKEN.to_owned())
}

#[tokio::test]
async fn a_payment_is_found_by_the_md5_of_its_code() {
    let bakong = Bakong::open().await;
    let client = BakongClient::new(&bakong.url(), None).unwrap();
    assert_eq!(client.check_md5(&token(), MD5).await, Answer::NotFound);
    bakong.pay(
        MD5,
        json!({
            "hash": "ab".repeat(32), "fromAccountId": "dara@wing", "toAccountId": "clinic@aclb", "currency": "KHR",
            "amount": "2000", "description": "", "createdDateMs": 1_767_225_610_123.4, "externalRef": null,
        }),
    );
    let Answer::Paid(transaction) = client.check_md5(&token(), MD5).await else { panic!("it was paid") };
    assert_eq!(transaction.money, Told::Is(Money::new(2_000, Currency::Khr)));
    assert_eq!(transaction.to_account.as_deref(), Some("clinic@aclb"));
    assert_eq!(transaction.sent, Some(Timestamp::from_milliseconds(1_767_225_610_123)));
    let call = &bakong.calls()[0];
    assert_eq!((call.method.as_str(), call.target.as_str()), ("POST", "/v1/check_transaction_by_md5"));
    assert_eq!(call.header("content-type"), Some("application/json"));
    assert!(call.header("user-agent").is_some_and(|agent| agent.starts_with("das-tern/")));
    assert_eq!(call.text(), format!(r#"{{"md5":"{MD5}"}}"#));
}

#[tokio::test]
async fn nothing_that_stands_between_means_unpaid_and_nothing_is_asked_twice() {
    let bakong = Bakong::open().await;
    let client = BakongClient::new(&bakong.url(), None).unwrap();
    let troubles = [
        Reply::html(403, "<html>nginx</html>"),
        Reply::html(404, "<html>nginx</html>"),
        Reply::html(200, "<html>welcome</html>"),
        Reply::status(500),
        Reply::status(504),
        Reply::status(301),
        Reply::Close,
        Reply::CloseInside,
    ];
    let count = troubles.len();
    for trouble in troubles {
        bakong.answer_next(trouble);
        let answer = client.check_md5(&token(), MD5).await;
        assert!(matches!(answer, Answer::Unknown(_)), "{answer:?}");
    }
    assert_eq!(bakong.calls().len(), count, "each call is charged");
    let nobody = BakongClient::new("http://127.0.0.1:1", None).unwrap();
    assert!(matches!(nobody.check_md5(&token(), MD5).await, Answer::Unknown(_)));
}

#[tokio::test]
async fn a_wrong_token_and_a_spent_day_are_told_apart() {
    let bakong = Bakong::open().await;
    let client = BakongClient::new(&bakong.url(), None).unwrap();
    assert_eq!(client.check_md5(&Secret::new("old".to_owned()), MD5).await, Answer::TokenRefused);
    for _ in 1..Bakong::CALLS_A_DAY {
        assert_eq!(client.check_md5(&token(), MD5).await, Answer::NotFound);
    }
    assert_eq!(client.check_md5(&token(), MD5).await, Answer::QuotaSpent);
}

#[tokio::test]
async fn a_token_is_renewed_by_the_address_alone() {
    let bakong = Bakong::open().await;
    let client = BakongClient::new(&bakong.url(), None).unwrap();
    let renewed = client.renew_token(&Secret::new(Bakong::EMAIL.to_owned())).await;
    assert_eq!(renewed, Renewal::Token(Secret::new(Bakong::RENEWED.to_owned())));
    assert_eq!(token_end(&token()), Some(Timestamp::from_milliseconds(1_830_297_600_000)));
    assert_eq!(client.renew_token(&Secret::new("x@example.org".to_owned())).await, Renewal::NotRegistered);
    bakong.answer_next(Reply::html(502, "<html>"));
    assert!(matches!(client.renew_token(&Secret::new(Bakong::EMAIL.to_owned())).await, Renewal::Unknown(_)));
    assert!(bakong.calls().iter().all(|call| call.header("authorization").is_none()));
    let shown = format!("{renewed:?}");
    assert!(!shown.contains("eyJ"), "{shown}");
    for text in ["", "a", "a.b.c", "a.e30.c"] {
        assert_eq!(token_end(&Secret::new(text.to_owned())), None);
    }
}

#[test]
fn bakong_is_reached_by_tls() {
    assert!(BakongClient::new("https://api-bakong.nbc.gov.kh", None).is_ok());
    for address in ["http://api-bakong.nbc.gov.kh", "ftp://x", "x", ""] {
        assert!(BakongClient::new(address, None).is_err(), "{address}");
    }
}

#[tokio::test]
async fn a_list_tells_of_each_by_its_md5_or_is_closed() {
    let bakong = Bakong::open().await;
    let client = BakongClient::new(&bakong.url(), None).unwrap();
    let asked = [MD5.to_owned(), "ab".repeat(16)];
    assert_eq!(client.check_md5_list(&token(), &asked).await, ListAnswer::Closed);
    bakong.take_lists();
    bakong.pay(MD5, json!({"hash": "ab".repeat(32), "currency": "KHR", "amount": 2000}));
    let ListAnswer::Of(said) = client.check_md5_list(&token(), &asked).await else { panic!("it is open") };
    assert_eq!((&said[0], said[1].0.as_str()), (&(asked[1].clone(), Answer::NotFound), MD5));
    assert!(matches!(said[1].1, Answer::Paid(_)));
    for trouble in [Reply::status(504), Reply::html(200, "<html>"), Reply::Close] {
        bakong.answer_next(trouble);
        let answer = client.check_md5_list(&token(), &asked).await;
        assert!(matches!(answer, ListAnswer::Nothing(Answer::Unknown(_))), "{answer:?}");
    }
    let spent = json!({"responseCode": 1, "errorCode": 17, "responseMessage": "x", "data": null});
    bakong.answer_next(Reply::json(200, &spent));
    let answer = client.check_md5_list(&token(), &asked).await;
    assert_eq!(answer, ListAnswer::Nothing(Answer::QuotaSpent));
    // "Not found" about a list says nothing of anybody in it.
    let none = json!({"responseCode": 1, "errorCode": 1, "responseMessage": "x", "data": null});
    bakong.answer_next(Reply::json(200, &none));
    let answer = client.check_md5_list(&token(), &asked).await;
    assert!(matches!(answer, ListAnswer::Nothing(Answer::Unknown(_))), "{answer:?}");
}
