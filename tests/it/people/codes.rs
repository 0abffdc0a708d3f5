//! One-time codes: confirming a contact, signing in, a new password.

use das_tern::domain::auth::model::Purpose;
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{access, login, patient_form};
use crate::kit::{Answer, Client, Letter, PASSWORD, PostOffice, TestServer};

async fn with_post() -> (TestServer, PostOffice) {
    let post = PostOffice::open().await;
    let server = TestServer::start_with(|settings| settings.mail = Some(post.settings())).await;
    (server, post)
}

async fn ask(stranger: &Client, identifier: &str, purpose: Purpose) -> Answer {
    let body = json!({"identifier": identifier, "purpose": purpose.name()});
    stranger.post("/auth/otp/send", body).await
}

async fn enter(stranger: &Client, identifier: &str, code: &str, purpose: Purpose) -> Answer {
    let body = json!({"identifier": identifier, "otp": code, "purpose": purpose.name()});
    stranger.post("/auth/otp/verify", body).await
}

/// A code that is not `right`.
fn wrong(right: &str) -> &'static str {
    if right == "000000" { "111111" } else { "000000" }
}

#[tokio::test]
async fn a_code_by_email_confirms_the_contact() {
    let (server, post) = with_post().await;
    let stranger = server.stranger();
    stranger.post("/auth/register/patient", patient_form("dara@example.com")).await.expect(201);
    server.run_jobs().await;
    let letters = post.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to, ["dara@example.com"]);
    let code = letters[0].code();

    // Asking at once for what is on its way already sends nothing and is fine, once.
    let asked = ask(&stranger, "dara@example.com", Purpose::VerifyContact).await.expect(200).json;
    assert_eq!(asked["delivery"], "EMAIL");
    assert_eq!(asked["resendAfterSeconds"], 60);
    ask(&stranger, "dara@example.com", Purpose::VerifyContact).await.expect(429).code("code_sent_recently");
    server.run_jobs().await;
    assert_eq!(post.letters().len(), 1);

    // A code for one purpose is nothing for another.
    enter(&stranger, "dara@example.com", &code, Purpose::SignIn).await.expect(401).code("code_wrong");
    let body = json!({
        "identifier": "dara@example.com", "otp": code, "purpose": "VERIFY_CONTACT", "password": PASSWORD,
    });
    let confirmed = stranger.post("/auth/otp/verify", body).await.ok();
    assert_eq!(confirmed["status"], "ACTIVE");
    // And it is used up.
    enter(&stranger, "dara@example.com", &code, Purpose::VerifyContact).await.expect(401);
    server.finish().await;
}

#[tokio::test]
async fn the_code_stands_nowhere_but_in_the_mail() {
    let (server, post) = with_post().await;
    let stranger = server.stranger();
    stranger.post("/auth/register/patient", patient_form("dara@example.com")).await.expect(201);
    let before = everything(&server);
    server.run_jobs().await;
    let code = post.letters()[0].code();
    let after = everything(&server);
    for stored in [&before, &after] {
        assert!(!stored.windows(6).any(|window| window == code.as_bytes()), "the code is stored in clear");
    }
    server.finish().await;
}

/// All raw keys and values of the store.
pub fn everything(server: &TestServer) -> Vec<u8> {
    use das_tern::platform::store::{Direction, KeyRange, Reader, Step};
    let mut all = Vec::new();
    server
        .context()
        .store
        .read(|tx| {
            tx.scan_raw(&KeyRange::prefix(&[]), Direction::Forward, &mut |key, value| {
                all.extend_from_slice(key);
                all.extend_from_slice(value);
                Step::Continue
            })
        })
        .unwrap();
    all
}

#[tokio::test]
async fn codes_end_after_five_minutes_and_after_five_wrong_tries() {
    let (server, post) = with_post().await;
    server.patient("dara").await;
    let stranger = server.stranger();
    let send = async || -> String {
        ask(&stranger, "dara@example.com", Purpose::SignIn).await.expect(200);
        server.run_jobs().await;
        post.letters().last().unwrap().code()
    };
    let code = send().await;
    for _ in 0..4 {
        enter(&stranger, "dara@example.com", wrong(&code), Purpose::SignIn).await.expect(401);
    }
    let session = enter(&stranger, "dara@example.com", &code, Purpose::SignIn).await.expect(200).json;
    let dara = stranger.with_token(session["session"]["accessToken"].as_str());
    dara.get("/users/me").await.expect(200);

    server.clock().advance(Span::seconds(60));
    let code = send().await;
    for _ in 0..5 {
        enter(&stranger, "dara@example.com", wrong(&code), Purpose::SignIn).await.expect(401);
    }
    enter(&stranger, "dara@example.com", &code, Purpose::SignIn).await.expect(401).code("code_wrong");

    server.clock().advance(Span::seconds(60));
    let code = send().await;
    server.clock().advance(Span::minutes(5));
    enter(&stranger, "dara@example.com", &code, Purpose::SignIn).await.expect(401).code("code_wrong");
    server.finish().await;
}

#[tokio::test]
async fn five_wrong_codes_at_once_void_it_too() {
    let (server, post) = with_post().await;
    server.patient("dara").await;
    let stranger = server.stranger();
    ask(&stranger, "dara@example.com", Purpose::SignIn).await.expect(200);
    server.run_jobs().await;
    let code = post.letters().last().unwrap().code();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let (stranger, code) = (stranger.clone(), wrong(&code));
            tokio::spawn(
                async move { enter(&stranger, "dara@example.com", code, Purpose::SignIn).await.status },
            )
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), 401);
    }
    enter(&stranger, "dara@example.com", &code, Purpose::SignIn).await.expect(401);
    server.finish().await;
}

#[tokio::test]
async fn no_answer_tells_whether_an_account_exists() {
    let (server, post) = with_post().await;
    server.patient("dara").await;
    let stranger = server.stranger();
    let mut answers: Vec<Vec<Value>> = Vec::new();
    for identifier in ["dara@example.com", "nobody@example.com"] {
        let mut seen = Vec::new();
        for purpose in [Purpose::SignIn, Purpose::SignIn, Purpose::ResetPassword] {
            let answer = ask(&stranger, identifier, purpose).await;
            seen.push(json!([
                answer.status,
                answer.json["code"],
                answer.json["delivery"],
                answer.json["message"]
            ]));
        }
        let forgot = stranger.post("/auth/forgot-password", json!({"identifier": identifier})).await;
        seen.push(json!([forgot.status, forgot.json]));
        let reset = json!({"identifier": identifier, "otp": "123456", "newPassword": "tonle-sap-77"});
        let reset = stranger.post("/auth/reset-password", reset).await;
        seen.push(json!([reset.status, reset.json["code"]]));
        let verify = enter(&stranger, identifier, "12", Purpose::VerifyContact).await;
        seen.push(json!([verify.status, verify.json["code"], verify.json["message"]]));
        answers.push(seen);
    }
    assert_eq!(answers[0], answers[1]);
    server.run_jobs().await;
    assert_eq!(post.letters().len(), 1, "one code for one account");
    server.finish().await;
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew() {
    let (server, post) = with_post().await;
    let old = server.patient("dara").await;
    let stranger = server.stranger();
    for _ in 0..6 {
        login(&stranger, "dara@example.com", "wrong-password").await;
    }
    stranger.post("/auth/forgot-password", json!({"identifier": "dara@example.com"})).await.expect(200);
    server.run_jobs().await;
    // The notice about the wrong passwords may come before or after it.
    let code = post.letters().iter().rev().find_map(Letter::find_code).unwrap();
    let checked = enter(&stranger, "dara@example.com", &code, Purpose::ResetPassword).await.expect(200).json;
    assert_eq!(checked["verified"], true);
    let reset = |code: &str, new: &str| {
        stranger.post(
            "/auth/reset-password",
            json!({"identifier": "dara@example.com", "otp": code, "newPassword": new}),
        )
    };
    assert_eq!(reset(&code, "12345678").await.expect(400).bad_fields(), ["newPassword"]);
    reset(wrong(&code), "tonle-sap-77").await.expect(401);
    reset(&code, "tonle-sap-77").await.expect(204);
    reset(&code, "tonle-sap-78").await.expect(401);
    old.get("/users/me").await.expect(401).code("session_ended");
    login(&stranger, "dara@example.com", PASSWORD).await.expect(401);
    let tokens = login(&stranger, "dara@example.com", "tonle-sap-77").await.expect(200).json;
    assert!(!access(&tokens).is_empty());
    server.finish().await;
}

#[tokio::test]
async fn without_a_mail_server_registration_works_and_says_so() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    stranger.post("/auth/register/patient", patient_form("dara@example.com")).await.expect(201);
    server.run_jobs().await;
    server.clock().advance(Span::minutes(1));
    let asked = ask(&stranger, "dara@example.com", Purpose::VerifyContact).await.expect(200).json;
    assert_eq!(asked["delivery"], "NOT_CONFIGURED");
    let forgot = stranger.post("/auth/forgot-password", json!({"identifier": "dara@example.com"})).await.ok();
    assert_eq!(forgot["delivery"], "NOT_CONFIGURED");
    server.finish().await;
}

#[tokio::test]
async fn a_mail_server_that_is_busy_gets_the_code_a_little_later() {
    let (server, post) = with_post().await;
    post.refuse_next("451 try later");
    let stranger = server.stranger();
    stranger.post("/auth/register/patient", patient_form("dara@example.com")).await.expect(201);
    server.run_jobs().await;
    assert_eq!(post.letters().len(), 0);
    server.clock().advance(Span::minutes(2));
    server.run_jobs().await;
    let code = post.last_to("dara@example.com").code();
    let body = json!({
        "identifier": "dara@example.com", "otp": code, "purpose": "VERIFY_CONTACT", "password": PASSWORD,
    });
    stranger.post("/auth/otp/verify", body).await.expect(200);
    server.finish().await;
}
