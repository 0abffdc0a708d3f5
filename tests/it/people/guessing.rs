//! Wrong passwords and wrong codes hurt whoever types them, not whose account it is.

use das_tern::domain::auth::model::{Caller, Credentials};
use das_tern::domain::auth::tables::CREDENTIALS;
use das_tern::domain::users::model::{Role, Status};
use das_tern::domain::users::tables as users;
use das_tern::platform::clock::Span;
use das_tern::platform::secret::{Phi, Secret};
use das_tern::platform::store::Reader;
use serde_json::json;

use super::{access, login};
use crate::kit::{Answer, Client, PASSWORD, PostOffice, TestServer};

/// A server behind a proxy, so that people come from addresses of their own.
async fn behind_proxy() -> TestServer {
    TestServer::start_with(|settings| settings.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()])
        .await
}

async fn login_from(address: &str, stranger: &Client, identifier: &str, password: &str) -> Answer {
    let body = json!({"identifier": identifier, "password": password});
    stranger.post("/auth/login", body).header("x-forwarded-for", address).await
}

const HOME: &str = "198.51.100.7";
const ELSEWHERE: &str = "203.0.113.9";

#[tokio::test]
async fn a_stranger_who_guesses_ends_nothing_of_the_doctor() {
    let server = behind_proxy().await;
    let stranger = server.stranger();
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    server.connect(&sok, &dara).await;
    let session = login_from(HOME, &stranger, "sok@example.com", PASSWORD).await.ok();
    let at_work = stranger.with_token(Some(access(&session)));
    let mut screen = server.events(&sok).await;
    for _ in 0..5 {
        login_from(ELSEWHERE, &stranger, "sok@example.com", "wrong-password").await.expect(401);
    }
    // Closed for every address that he has not used, even with the right password.
    for address in [ELSEWHERE, "192.0.2.44"] {
        let closed = login_from(address, &stranger, "sok@example.com", PASSWORD).await.expect(429);
        assert_eq!(closed.code("account_locked").header("retry-after"), "900");
    }
    let me = at_work.get("/users/me").await.ok();
    assert_eq!(me["status"], "VERIFIED");
    assert_eq!(dara.get("/doctors/search?query=sok").await.ok()["items"].as_array().unwrap().len(), 1);
    let vital = json!({"vitalType": "TEMPERATURE", "value": 40.9, "unit": "Cel"});
    dara.post("/health-monitoring/vitals", vital).await.expect(201);
    screen.expect("vital.recorded").await;
    let alerts = at_work.get(format!("/health-monitoring/alerts?patientId={}", dara.id())).await.ok();
    assert_eq!(alerts["items"].as_array().unwrap().len(), 1);
    let change = json!({"currentPassword": PASSWORD, "newPassword": "tonle-sap-77"});
    at_work.post("/auth/password", change).await.expect(204);
    login_from(HOME, &stranger, "sok@example.com", "tonle-sap-77").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn an_address_that_was_used_has_five_of_its_own_for_thirty_days() {
    let server = behind_proxy().await;
    let stranger = server.stranger();
    let admin = server.admin().await;
    let dara = server.patient("dara").await;
    login_from(HOME, &stranger, "dara@example.com", PASSWORD).await.expect(200);
    for address in [HOME, ELSEWHERE] {
        for _ in 0..5 {
            login_from(address, &stranger, "dara@example.com", "wrong-password").await.expect(401);
        }
        login_from(address, &stranger, "dara@example.com", PASSWORD).await.expect(429);
    }
    // The owner is told once of each, and an admin opens both.
    let told = dara.get("/notifications").await.ok();
    assert_eq!(told["items"].as_array().unwrap().len(), 2);
    admin.post(format!("/users/{}/unlock", dara.id()), json!({})).await.expect(200);
    admin.post(format!("/users/{}/unlock", dara.id()), json!({})).await.expect(409).code("not_locked");
    login_from(HOME, &stranger, "dara@example.com", PASSWORD).await.expect(200);
    // An account that nobody has looks the same.
    for _ in 0..5 {
        login_from(HOME, &stranger, "nobody@example.com", "wrong-password").await.expect(401);
    }
    login_from(ELSEWHERE, &stranger, "nobody@example.com", "wrong-password").await.expect(429);
    // After thirty days the address is as strange as any other.
    server.clock().advance(Span::days(30));
    for _ in 0..5 {
        login_from(ELSEWHERE, &stranger, "dara@example.com", "wrong-password").await.expect(401);
    }
    login_from(HOME, &stranger, "dara@example.com", PASSWORD).await.expect(429);
    server.clock().advance(Span::minutes(15));
    login_from(HOME, &stranger, "dara@example.com", PASSWORD).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn a_session_has_five_of_its_own() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let change = |current: &str| json!({"currentPassword": current, "newPassword": "tonle-sap-77"});
    for _ in 0..5 {
        dara.post("/auth/password", change("wrong-password")).await.expect(401);
    }
    dara.post("/auth/password", change(PASSWORD)).await.expect(429).code("account_locked");
    dara.get("/users/me").await.expect(200);
    login(&server.stranger(), "dara@example.com", PASSWORD).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn twenty_wrong_codes_make_the_next_ones_longer_and_shut_nobody_out() {
    let post = PostOffice::open().await;
    let server = TestServer::start_with(|settings| settings.mail = Some(post.settings())).await;
    let (dara, stranger) = (server.patient("dara").await, server.stranger());
    dara.patch("/users/me", json!({"language": "ENGLISH"})).await.ok();
    let send = async |purpose: &str| {
        let body = json!({"identifier": "dara@example.com", "purpose": purpose});
        stranger.post("/auth/otp/send", body).await.expect(200);
        server.run_jobs().await;
        server.clock().advance(Span::minutes(1));
    };
    let enter = async |code: &str, purpose: &str| {
        let body = json!({"identifier": "dara@example.com", "otp": code, "purpose": purpose});
        stranger.post("/auth/otp/verify", body).await
    };
    for purpose in ["SIGN_IN", "RESET_PASSWORD", "SIGN_IN", "RESET_PASSWORD"] {
        send(purpose).await;
        for _ in 0..5 {
            enter("none", purpose).await.expect(401).code("code_wrong");
        }
    }
    let told = dara.get("/notifications").await.ok();
    assert_eq!(told["items"].as_array().unwrap().len(), 1);
    assert_eq!(told["items"][0]["title"], "Many wrong codes for your account");
    // Five tries each, and the owner gets in.
    let long = || {
        let letters = post.letters_to("dara@example.com");
        let codes = letters
            .iter()
            .rev()
            .flat_map(|letter| letter.text().lines().map(str::to_owned).collect::<Vec<_>>());
        let is_code = |line: &String| {
            line.len() == 8 && line.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        };
        codes.map(|line| line.trim().to_owned()).find(is_code).unwrap()
    };
    send("SIGN_IN").await;
    for _ in 0..4 {
        enter("123456", "SIGN_IN").await.expect(401);
    }
    enter(&long().to_lowercase(), "SIGN_IN").await.expect(200);
    assert_eq!(dara.get("/notifications").await.ok()["items"].as_array().unwrap().len(), 1, "told once");
    // A day without wrong ones, and codes are short again.
    server.clock().advance(Span::days(1));
    send("SIGN_IN").await;
    let code = post.last_to("dara@example.com").code();
    enter(&code, "SIGN_IN").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn nothing_links_an_email_with_a_phone() {
    let server = TestServer::start().await;
    let (dara, stranger) = (server.patient("dara").await, server.stranger());
    let id = dara.id();
    let given = server.context().store.write(move |tx| {
        let mut user = users::require(tx, id)?;
        user.phone = Some(Phi::new("+85512345678".to_owned()));
        users::update(tx, &mut user)
    });
    given.await.unwrap();
    let system = Caller::system("test");
    das_tern::flows::contacts::confirm_for(server.context(), &system, dara.id()).await.unwrap();
    for pair in [["dara@example.com", "012345678"], ["x@example.com", "099999999"]] {
        let mut seen = Vec::new();
        for identifier in pair {
            let body = json!({"identifier": identifier, "purpose": "SIGN_IN"});
            seen.push(stranger.post("/auth/otp/send", body).await.status);
        }
        for _ in 0..5 {
            login(&stranger, pair[0], "wrong-password").await.expect(401);
        }
        seen.push(login(&stranger, pair[0], "wrong-password").await.status);
        seen.push(login(&stranger, pair[1], "wrong-password").await.status);
        assert_eq!(seen, [200, 200, 429, 401], "{pair:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_password_is_the_same_however_the_keyboard_composes_it() {
    let server = TestServer::start().await;
    let (stranger, composed, apart) =
        (server.stranger(), "p\u{e4}ssw\u{f6}rd-kampot", "pa\u{308}sswo\u{308}rd-kampot");
    let dara = server.patient("dara").await;
    let change = json!({"currentPassword": PASSWORD, "newPassword": apart});
    dara.post("/auth/password", change).await.expect(204);
    for typed in [composed, apart] {
        login(&stranger, "dara@example.com", typed).await.expect(200);
    }
    // A hash of the first releases, made of what was typed, is found and made anew.
    let vanna = server.person("vanna", Role::Patient, Status::Active).await;
    let secret = Secret::new(apart.to_owned());
    let hash = server.context().passwords.of(None).hash(secret, [5; 16]).await.unwrap();
    let id = vanna.id();
    let set = server.context().store.write(move |tx| {
        let credentials = Credentials { password_hash: hash.clone(), changed_at: tx.now() };
        CREDENTIALS.put(tx, &id, &credentials)
    });
    set.await.unwrap();
    login(&stranger, "vanna@example.com", composed).await.expect(401);
    login(&stranger, "vanna@example.com", apart).await.expect(200);
    login(&stranger, "vanna@example.com", composed).await.expect(200);
    server.finish().await;
}
