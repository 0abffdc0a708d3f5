//! Text messages.

use das_tern::platform::secret::Phi;
use das_tern::platform::sms::{SmsMethod, SmsSender, SmsSettings, TextMessage};
use serde_json::json;

use super::{clock, fate, shared};
use crate::kit::{Reply, SmsGateway};

fn sender(settings: SmsSettings) -> SmsSender {
    SmsSender::new(Some(settings), shared(&clock())).unwrap()
}

fn message(text: &str) -> TextMessage {
    TextMessage {
        to: Phi::new("+85512345678".to_owned()),
        text: Phi::new(text.to_owned()),
        id: "message-7".to_owned(),
    }
}

#[tokio::test]
async fn a_gateway_that_takes_json() {
    let gateway = SmsGateway::open().await;
    let sms = sender(gateway.settings());
    sms.send(&message("ដល់ពេល \"លេប\"\nថ្នាំ")).await.unwrap();
    let call = gateway.calls().remove(0);
    assert_eq!((call.method.as_str(), call.target.as_str()), ("POST", "/send"));
    assert_eq!(call.header("authorization"), Some("Bearer gateway-secret"));
    assert_eq!(call.header("content-type"), Some("application/json"));
    assert!(call.header("user-agent").unwrap().starts_with("das-tern/"));
    assert_eq!(
        gateway.messages(),
        [json!({"to": "+85512345678", "from": "Das Tern", "text": "ដល់ពេល \"លេប\"\nថ្នាំ", "id": "message-7"})]
    );
    sms.send(&message(&"ក".repeat(300))).await.unwrap();
    let texts = gateway.texts_to("+85512345678");
    assert_eq!(texts[1].chars().count(), 201, "three segments");
    assert!(texts[1].ends_with('…'));
}

#[tokio::test]
async fn gateways_that_take_a_form_or_everything_in_the_url() {
    let gateway = SmsGateway::open().await;
    let form = SmsSettings {
        content_type: "application/x-www-form-urlencoded".to_owned(),
        token: gateway.settings().token,
        ..SmsSettings::new(format!("{}/form", gateway.url()), "key={token}&to={to_digits}&text={text}")
    };
    sender(form).send(&message("a&to=1 +b")).await.unwrap();
    let url = SmsSettings {
        method: SmsMethod::Get,
        ..SmsSettings::new(format!("{}/get/{{id}}?to={{to}}&text={{text}}", gateway.url()), "")
    };
    sender(url).send(&message("a&to=1#/../b")).await.unwrap();
    let calls = gateway.calls();
    assert_eq!(calls[0].text(), "key=gateway-secret&to=85512345678&text=a%26to%3D1%20%2Bb");
    assert_eq!(calls[1].method, "GET");
    assert_eq!(calls[1].target, "/get/message-7?to=%2B85512345678&text=a%26to%3D1%23%2F..%2Fb");
    assert!(calls[1].body.is_empty());
}

#[tokio::test]
async fn every_bad_answer_has_its_meaning() {
    let gateway = SmsGateway::open().await;
    let settings = SmsSettings { timeout_seconds: 1, retry_statuses: vec![402], ..gateway.settings() };
    let sms = sender(settings);
    for (reply, expected) in [
        (Reply::json(200, &json!({"status": "queued"})), "sent"),
        (Reply::json(200, &json!({"status": "no credit"})), "later sms_failed"),
        (Reply::html(200, "<!DOCTYPE html><p>Sign in</p>"), "later sms_failed"),
        (Reply::status(204), "later sms_failed"),
        (Reply::status(500), "later sms_failed"),
        (Reply::status(429).retry_after(15), "later sms_failed 15 s"),
        (Reply::status(503).retry_after("Sun, 22 Nov 2026 00:02:00 GMT"), "later sms_failed 120 s"),
        (Reply::status(503).retry_after("Sunday, 22-Nov-26 00:02:00 GMT"), "later sms_failed 120 s"),
        (Reply::status(503).retry_after("Sun Nov 22 00:02:00 2026"), "later sms_failed 120 s"),
        (Reply::status(401), "later sms_failed"),
        (Reply::CloseInside, "later sms_failed"),
        (Reply::status(402), "later sms_failed"),
        (Reply::Answer(302, vec![("Location", "/login".to_owned())], String::new()), "later sms_failed"),
        (Reply::json(400, &json!({"error": "bad number"})), "doubtful sms_refused"),
        (Reply::json(422, &json!({"error": "+85512345678"})), "doubtful sms_refused"),
        (Reply::Close, "later sms_failed"),
        (Reply::Hang, "later sms_failed"),
        (Reply::html(500, &"x".repeat(1_000_000)), "later sms_failed"),
    ] {
        let told = format!("{reply:.100?}");
        gateway.answer_next(reply);
        assert_eq!(fate(sms.send(&message("oxygen")).await), expected, "{told}");
    }
    // A gateway whose answer is not described may say anything but a page for people.
    let sms = sender(SmsSettings { success_body: None, ..gateway.settings() });
    gateway.answer_next(Reply::html(200, "  <html><p>The page is being worked on</p>"));
    assert_eq!(fate(sms.send(&message("x")).await), "later sms_failed");
    gateway.answer_next(Reply::status(200));
    assert_eq!(fate(sms.send(&message("x")).await), "sent");
}

#[tokio::test]
async fn wrong_settings_are_named_with_their_mend() {
    let gateway = SmsGateway::open().await;
    let none = SmsSender::new(None, shared(&clock())).unwrap();
    assert!(!none.is_configured());
    assert_eq!(fate(none.send(&message("x")).await), "not configured");
    let good = gateway.settings();
    assert!(good.faults().is_empty());
    let with_header = |name: &str, value: &str| {
        let mut settings = good.clone();
        settings.headers.insert(name.to_owned(), value.to_owned());
        settings
    };
    for (settings, expected) in [
        (SmsSettings { body: r#"{"text": "{text}"}"#.to_owned(), ..good.clone() }, "{to}"),
        (SmsSettings { body: r#"{"to": "{to}"}"#.to_owned(), ..good.clone() }, "{text}"),
        (SmsSettings { content_type: "image/png".to_owned(), ..good.clone() }, "sms.content_type"),
        (SmsSettings { token: None, ..good.clone() }, "sms.token"),
        (SmsSettings { success_statuses: [300, 200], ..good.clone() }, "sms.success_statuses"),
        (SmsSettings { success_body: Some("(".to_owned()), ..good.clone() }, "sms.success_body"),
        (SmsSettings { segments_max: 0, ..good.clone() }, "sms.segments_max"),
        (SmsSettings { requests_per_minute: 0, ..good.clone() }, "sms.requests_per_minute"),
        (SmsSettings { url: "http://sms.example/send".to_owned(), ..good.clone() }, "sms.without_tls"),
        (SmsSettings { body: r#"{"to": {to}, "text": "{text}"}"#.to_owned(), ..good.clone() }, "not JSON"),
        (SmsSettings { body: "to={to}&text={text}".to_owned(), ..good.clone() }, "not JSON"),
        (with_header("X Bad", "1"), "`X Bad`"),
        (with_header("X-Text", "a\nb"), "`X-Text`"),
        (with_header("content-TYPE", "text/plain"), "sms.content_type"),
        (with_header("Content-Length", "7"), "`Content-Length`"),
        (SmsSettings { url: "sms.example".to_owned(), ..good.clone() }, "https"),
    ] {
        let faults = settings.faults();
        assert!(faults.len() == 1 && faults[0].contains(expected), "{faults:?}");
        assert!(SmsSender::new(Some(settings), shared(&clock())).is_err());
    }
    // What stands in a body that is not sent is never said.
    let silent = SmsSettings { method: SmsMethod::Get, ..good };
    let faults = silent.faults();
    let about = |word: &str| faults.iter().any(|fault| fault.contains("GET") && fault.contains(word));
    assert!(faults.len() == 3 && about("{to}") && about("{text}") && about("sms.body"), "{faults:?}");
    assert!(SmsSender::new(Some(silent), shared(&clock())).is_err());
}
