//! What the frame does around a request.

use poem::http::StatusCode;
use serde_json::{Value, json};

use super::sample::{AT_ONCE, client};
use crate::kit::TestServer;

fn good() -> Value {
    json!({"name": "Dara", "gender": "MALE", "agrees": true, "medications": [{"doseAmount": 0.5}]})
}

async fn json_of(response: poem::test::TestResponse) -> Value {
    serde_json::from_str(&response.0.into_body().into_string().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_good_body_is_taken() {
    let client = client(|_| {});
    let mut body = good();
    body["at"] = json!("2026-11-22T07:30:00");
    body["meal"] = json!("06:15");
    body["born"] = json!("1990-02-28");
    let response =
        client.post("/api/echo").header("accept-language", "en-GB, km;q=0.1").body_json(&body).send().await;
    response.assert_status_is_ok();
    let echo = json_of(response).await;
    // A time without a zone is the clinic's.
    assert_eq!(echo["at"], "2026-11-22T00:30:00.000Z");
    assert_eq!(echo["language"], "en");
    assert_eq!(echo["amounts"], json!([0.5]));
    client.post("/api/v1/echo").body_json(&body).send().await.assert_status_is_ok();
}

#[tokio::test]
async fn a_field_that_is_not_known_is_named_with_the_nearest() {
    let client = client(|_| {});
    let mut body = good();
    body["gendr"] = json!("MALE");
    body["colour of the sky"] = json!(null);
    body["medications"] = json!([{"doseAmount": 0.5, "DoseAmount": 5}, {"doseAmount": 1, "unit": "TABLET"}]);
    let response = client.post("/api/echo").header("accept-language", "en").body_json(&body).send().await;
    response.assert_status(StatusCode::BAD_REQUEST);
    let problem = json_of(response).await;
    let said: Vec<(&str, &str)> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["field"].as_str().unwrap(), error["message"].as_str().unwrap()))
        .collect();
    assert_eq!(said[0].0, "colour of the sky");
    assert!(said[0].1.starts_with("There is no such field here. Known are: name, "), "{said:?}");
    assert_eq!(said[1], ("gendr", "There is no such field here. Did you mean gender?"));
    assert_eq!(
        said[2],
        ("medications[0].DoseAmount", "There is no such field here. Did you mean doseAmount?")
    );
    assert_eq!(said.len(), 3);
}

#[tokio::test]
async fn every_bad_field_is_named_in_both_languages() {
    let client = client(|_| {});
    let body = json!({
        "name": "much too long a name", "code": "a1", "gender": "male", "patient": "7", "born": "1990-02-30",
        "at": "yesterday", "meal": "25:00", "age": 130,
        "medications": [{"doseAmount": 0}, {"unit": 5}, "x"],
    });
    let mut messages = Vec::new();
    for language in ["en", "km"] {
        let response =
            client.post("/api/echo").header("accept-language", language).body_json(&body).send().await;
        response.assert_status(StatusCode::BAD_REQUEST);
        let problem = json_of(response).await;
        let fields: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        assert_eq!(
            fields,
            [
                "name",
                "code",
                "gender",
                "patient",
                "born",
                "at",
                "meal",
                "age",
                "agrees",
                "medications[0].doseAmount",
                "medications[1].doseAmount",
                "medications[1].unit",
                "medications[2]",
            ]
        );
        messages.push(problem);
    }
    assert_eq!(messages[0]["message"], "Validation failed");
    assert_eq!(messages[0]["code"], "validation_failed");
    assert_eq!(messages[0]["errors"][2]["message"], "Must be one of: MALE, FEMALE, OTHER.");
    assert_eq!(messages[0]["errors"][9]["message"], "Must be from 0.25 to 100.");
    for (en, km) in
        messages[0]["errors"].as_array().unwrap().iter().zip(messages[1]["errors"].as_array().unwrap())
    {
        assert_ne!(en["message"], km["message"]);
    }
}

#[tokio::test]
async fn bodies_that_are_no_bodies() {
    let client = client(|_| {});
    let post = || client.post("/api/echo").header("accept-language", "en");
    for (kind, body, status, code) in [
        (Some("application/json"), "{", 400, "validation_failed"),
        (Some("application/json"), "[]", 400, "validation_failed"),
        (Some("application/json"), "", 400, "validation_failed"),
        (Some("application/json"), "{\"name\": \"\u{0}", 400, "validation_failed"),
        (Some("text/plain"), "{}", 415, "media_type_not_supported"),
        (Some("application/x-www-form-urlencoded"), "a=b", 415, "media_type_not_supported"),
        (None, "{}", 415, "media_type_not_supported"),
    ] {
        let mut request = post().body(body);
        if let Some(kind) = kind {
            request = request.content_type(kind);
        }
        let response = request.send().await;
        response.assert_status(StatusCode::from_u16(status).unwrap());
        response.assert_header("content-type", "application/problem+json");
        assert_eq!(json_of(response).await["code"], code, "{kind:?} {body}");
    }
    // Nesting without end is refused, not followed.
    let deep = "[".repeat(100_000);
    post().content_type("application/json").body(deep).send().await.assert_status(StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_too_large_or_too_slow_is_refused() {
    let client = client(|settings| {
        settings.server.body_limit_bytes = 2_000;
        settings.server.request_seconds = AT_ONCE;
    });
    let large = "x".repeat(2_001);
    let announced =
        client.post("/api/echo").header("content-length", "2001").body(large.clone()).send().await;
    announced.assert_status(StatusCode::PAYLOAD_TOO_LARGE);
    let silent = client.post("/api/echo").content_type("application/json").body(large).send().await;
    silent.assert_status(StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(json_of(silent).await["code"], "body_too_large");
    let slow = client.get("/api/slow").send().await;
    slow.assert_status(StatusCode::SERVICE_UNAVAILABLE);
    slow.assert_header("retry-after", "1");
    assert_eq!(json_of(slow).await["code"], "request_timed_out");
    let busy = client.get("/api/busy").send().await;
    busy.assert_status(StatusCode::SERVICE_UNAVAILABLE);
    busy.assert_header("retry-after", "7");
}

#[tokio::test]
async fn faults_of_ours_tell_nothing_but_the_request_id() {
    let client = client(|_| {});
    for path in ["/api/panic", "/api/fault"] {
        let response = client.get(path).header("x-request-id", "abc-1").send().await;
        response.assert_status(StatusCode::INTERNAL_SERVER_ERROR);
        response.assert_header("x-request-id", "abc-1");
        let problem = json_of(response).await;
        assert_eq!((&problem["code"], &problem["instance"]), (&json!("internal"), &json!("abc-1")));
        let text = problem.to_string();
        assert!(!text.contains("patient's name") && !text.contains("hush"), "{text}");
    }
    client.get("/api/long").send().await.assert_status_is_ok();
}

#[tokio::test]
async fn bad_parameters_are_named_as_the_client_knows_them() {
    let client = client(|_| {});
    let path = client.get("/api/things/7").header("accept-language", "en").send().await;
    path.assert_status(StatusCode::BAD_REQUEST);
    let problem = json_of(path).await;
    assert_eq!(problem["message"], "Validation failed");
    assert_eq!(problem["errors"][0]["field"], "id");
    let id = "0193f3a0-0000-7000-8000-000000000001";
    let query = client.get(format!("/api/things/{id}?limit=many")).send().await;
    query.assert_status(StatusCode::BAD_REQUEST);
    assert_eq!(json_of(query).await["errors"][0]["field"], "limit");
    client.get(format!("/api/things/{id}?limit=5")).send().await.assert_status_is_ok();
    let unknown = client.get(format!("/api/things/{id}?limit=5&x=%zz")).send().await;
    unknown.assert_status(StatusCode::BAD_REQUEST);
    assert_eq!(json_of(unknown).await["errors"][0]["field"], "x");
}

#[tokio::test]
async fn request_ids_are_taken_over_only_when_fit_for_a_log() {
    let client = client(|_| {});
    for (sent, kept) in [("order-77.a_b", true), ("with space", false), ("\"}{", false), ("", false)] {
        let response = client.get("/api/long").header("x-request-id", sent).send().await;
        let id = response.0.header("x-request-id").unwrap();
        assert_eq!(id == sent, kept, "{sent} became {id}");
        assert!(!id.is_empty());
    }
    let long = "a".repeat(65);
    let response = client.get("/api/long").header("x-request-id", long.clone()).send().await;
    assert_ne!(response.0.header("x-request-id").unwrap(), long);
}

#[tokio::test]
async fn an_idempotency_key_stands_for_method_path_and_body() {
    let client = client(|_| {});
    let fingerprint = async |key: &str, path: &str, body: Value| {
        let response = client.post(path).header("idempotency-key", key).body_json(&body).send().await;
        response.assert_status_is_ok();
        json_of(response).await["fingerprint"].clone()
    };
    let first = fingerprint("k1", "/api/echo", good()).await;
    assert!(first.is_string());
    assert_eq!(fingerprint("k1", "/api/echo", good()).await, first);
    assert_ne!(fingerprint("k1", "/api/echo?x=1", good()).await, first);
    let mut other = good();
    other["name"] = json!("Maly");
    assert_ne!(fingerprint("k1", "/api/echo", other).await, first);
    for bad in ["", "with space", &"k".repeat(129)] {
        let response =
            client.post("/api/echo").header("idempotency-key", bad).body_json(&good()).send().await;
        response.assert_status(StatusCode::BAD_REQUEST);
        assert_eq!(json_of(response).await["errors"][0]["field"], "Idempotency-Key");
    }
    // What changes nothing needs no key.
    client.get("/api/long").header("idempotency-key", "").send().await.assert_status_is_ok();
}

#[tokio::test]
async fn other_origins_are_allowed_only_by_configuration() {
    let client = client(|settings| settings.server.cors_origins = vec!["https://app.example".to_owned()]);
    let preflight = |origin: &'static str| {
        client
            .options("/api/echo")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization, content-type")
            .send()
    };
    let allowed = preflight("https://app.example").await;
    allowed.assert_status(StatusCode::NO_CONTENT);
    allowed.assert_header("access-control-allow-origin", "https://app.example");
    assert!(allowed.0.header("access-control-allow-headers").unwrap().contains("idempotency-key"));
    let refused = preflight("https://evil.example").await;
    refused.assert_header_is_not_exist("access-control-allow-origin");
    refused.assert_header_is_not_exist("access-control-allow-methods");
    let answer = client.get("/api/long").header("origin", "https://app.example").send().await;
    answer.assert_header("access-control-allow-origin", "https://app.example");
    let answer = client.get("/api/nowhere").header("origin", "https://app.example").send().await;
    answer.assert_header("access-control-allow-origin", "https://app.example");
    answer.assert_header("x-content-type-options", "nosniff");
    answer.assert_header("cache-control", "no-store");
    let options = client.options("/api/echo").send().await;
    options.assert_status(StatusCode::METHOD_NOT_ALLOWED);
    options.assert_header("allow", "POST");
}

#[tokio::test]
async fn long_texts_are_compressed_but_never_secrets() {
    let client = client(|_| {});
    let gzip = client.get("/api/long").header("accept-encoding", "br, gzip").send().await;
    gzip.assert_header("content-encoding", "gzip");
    assert!(gzip.0.into_body().into_vec().await.unwrap().len() < 500);
    let zstd = client.get("/api/long").header("accept-encoding", "gzip, zstd").send().await;
    zstd.assert_header("content-encoding", "zstd");
    for (path, accepted) in [
        ("/api/long", "identity"),
        ("/api/long", "gzip;q=0"),
        ("/api/auth/long", "gzip"),
        ("/api/busy", "gzip"),
    ] {
        let plain = client.get(path).header("accept-encoding", accepted).send().await;
        plain.assert_header_is_not_exist("content-encoding");
    }
}

#[tokio::test]
async fn people_are_answered_in_their_own_language_unless_they_ask_for_another() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let code = "role_not_allowed";
    let english = dara.get("/admin/status").await.expect(403).code(code);
    let own = dara.speaking(None).get("/admin/status").await.expect(403).code(code);
    assert_ne!(english.json["message"], own.json["message"]);
    assert_eq!(own.header("content-language"), "km");
    server.finish().await;
}
