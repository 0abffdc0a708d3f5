//! The second factor: codes of an authenticator, recovery codes, and who must have one.

use das_tern::api;
use das_tern::domain::auth::second_factor::time_codes;
use das_tern::domain::auth::tables::SECOND_FACTORS;
use das_tern::domain::users::model::{Role, Status};
use das_tern::platform::clock::Span;
use das_tern::platform::ids::UserId;
use das_tern::platform::settings::StaffRole;
use serde_json::{Value, json};

use super::codes::everything;
use super::{access, login, refresh};
use crate::kit::{Answer, Client, Letter, PASSWORD, PostOffice, TestServer};

/// The code that the person's authenticator shows, so many steps of 30 seconds from now.
pub fn code_of(server: &TestServer, person: UserId, steps: i64) -> String {
    let row = server.context().store.read(|tx| SECOND_FACTORS.get(tx, &person)).unwrap().unwrap();
    let seed = row.authenticator.map(|it| it.seed).or(row.waiting.map(|it| it.seed)).unwrap();
    let codes = time_codes(&server.context().keys, person, &seed).unwrap();
    codes.code(server.context().now().as_milliseconds() / 30_000 + steps).into_inner()
}

fn code_in(server: &TestServer, person: &Client, steps: i64) -> String {
    code_of(server, person.id(), steps)
}

fn code(server: &TestServer, person: &Client) -> String {
    code_in(server, person, 0)
}

/// Six digits that no step around now has.
fn wrong_code(server: &TestServer, person: &Client) -> String {
    let near: Vec<String> = (-3..=3).map(|steps| code_in(server, person, steps)).collect();
    let wrong = (0..).map(|number| format!("{number:06}")).find(|code| !near.contains(code));
    wrong.unwrap()
}

/// Sets a second factor up, and lets the code that did it pass. The recovery codes.
pub async fn set_up(server: &TestServer, person: &Client) -> Vec<String> {
    person.post("/auth/mfa/totp", json!({"password": PASSWORD})).await.expect(200);
    let typed = json!({"code": code(server, person)});
    let confirmed = person.post("/auth/mfa/totp/confirm", typed).await.ok();
    server.clock().advance(Span::seconds(60));
    serde_json::from_value(confirmed["recoveryCodes"].clone()).unwrap()
}

async fn login_with(server: &TestServer, name: &str, code: &str) -> Answer {
    let identifier = format!("{name}@example.com");
    let body = json!({"identifier": identifier, "password": PASSWORD, "code": code});
    server.stranger().post("/auth/login", body).await
}

async fn messages(client: &Client) -> Vec<String> {
    let list = client.get("/notifications").await.ok();
    let titles = list["items"].as_array().unwrap().iter();
    titles.map(|message| message["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_second_factor_counts_when_its_first_code_was_seen() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let begin = |password: &str| dara.post("/auth/mfa/totp", json!({"password": password}));
    begin("wrong-password").await.expect(401).code("wrong_credentials");
    let early = dara.post("/auth/mfa/totp/confirm", json!({"code": "000000"})).await;
    early.expect(409).code("second_factor_not_begun");
    let begun = begin(PASSWORD).await.ok();
    let secret = begun["secret"].as_str().unwrap();
    assert_eq!(secret.len(), 32);
    let uri = begun["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/") && uri.contains(":dara%40example.com?"), "{uri}");
    assert!(uri.contains(&format!("secret={secret}&issuer=")), "{uri}");
    assert!(begun["qrCode"].as_str().unwrap().starts_with("data:image/svg+xml;base64,"));
    // Until then signing in stays as it is.
    let tablet = login(&server.stranger(), "dara@example.com", PASSWORD).await.ok();
    let tablet = server.stranger().with_token(Some(access(&tablet)));
    let typed = json!({"code": wrong_code(&server, &dara)});
    dara.post("/auth/mfa/totp/confirm", typed).await.expect(401).code("second_factor_wrong");
    assert_eq!(dara.get("/auth/mfa").await.ok()["onSince"], Value::Null);

    let recovery = set_up(&server, &dara).await;
    assert_eq!(recovery.len(), 10);
    let state = dara.get("/auth/mfa").await.ok();
    assert!(state["onSince"].is_string());
    assert_eq!((&state["recoveryCodesLeft"], &state["required"]), (&json!(10), &json!(false)));
    assert!(messages(&dara).await.contains(&"Your second factor is in use".to_owned()));
    tablet.get("/users/me").await.expect(401).code("session_ended");
    begin(PASSWORD).await.expect(409).code("second_factor_exists");
    assert_eq!(dara.get("/users/me/export").await.ok()["secondFactorOnSince"], state["onSince"]);
    server.finish().await;
}

#[tokio::test]
async fn what_was_begun_waits_for_an_hour() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    dara.post("/auth/mfa/totp", json!({"password": PASSWORD})).await.expect(200);
    server.clock().advance(Span::hours(1));
    let typed = json!({"code": code(&server, &dara)});
    dara.post("/auth/mfa/totp/confirm", typed).await.expect(409).code("second_factor_not_begun");
    server.finish().await;
}

#[tokio::test]
async fn signing_in_needs_the_code_and_each_code_counts_once() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    set_up(&server, &dara).await;
    let alone = login(&server.stranger(), "dara@example.com", PASSWORD).await.expect(401);
    assert!(alone.json["type"].as_str().unwrap().ends_with("mfa_required"), "{}", alone.text);
    // A wrong password hears nothing of a second factor.
    login(&server.stranger(), "dara@example.com", "wrong-password")
        .await
        .expect(401)
        .code("wrong_credentials");
    let shown = code(&server, &dara);
    let tokens = login_with(&server, "dara", &shown).await.ok();
    login_with(&server, "dara", &shown).await.expect(401).code("second_factor_wrong");
    // The session goes on without asking again.
    let next = server.stranger().post("/auth/refresh", json!({"refreshToken": refresh(&tokens)})).await.ok();
    server.stranger().with_token(Some(access(&next))).get("/users/me").await.expect(200);

    // A clock that is one step off is forgiven, two are not; a step back is not used after a later one.
    server.clock().advance(Span::minutes(5));
    login_with(&server, "dara", &code_in(&server, &dara, 2)).await.expect(401).code("second_factor_wrong");
    login_with(&server, "dara", &code_in(&server, &dara, -2)).await.expect(401).code("second_factor_wrong");
    login_with(&server, "dara", &code_in(&server, &dara, 1)).await.expect(200);
    login_with(&server, "dara", &code(&server, &dara)).await.expect(401).code("second_factor_wrong");
    server.finish().await;
}

#[tokio::test]
async fn one_code_sent_thirty_times_at_once_signs_in_once() {
    let server = TestServer::start_with(|settings| settings.auth.sessions_per_user_max = 100).await;
    let dara = server.patient("dara").await;
    set_up(&server, &dara).await;
    let shown = code(&server, &dara);
    let calls = (0..30).map(|_| {
        let (stranger, shown) = (server.stranger(), shown.clone());
        tokio::spawn(async move {
            let body = json!({"identifier": "dara@example.com", "password": PASSWORD, "code": shown});
            stranger.post("/auth/login", body).await.status
        })
    });
    let mut signed_in = 0;
    for call in calls.collect::<Vec<_>>() {
        signed_in += usize::from(call.await.unwrap() == 200);
    }
    assert_eq!(signed_in, 1);
    server.finish().await;
}

#[tokio::test]
async fn five_wrong_codes_close_it_and_the_owner_hears_that_their_password_is_known() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    set_up(&server, &dara).await;
    for _ in 0..5 {
        let wrong = wrong_code(&server, &dara);
        login_with(&server, "dara", &wrong).await.expect(401).code("second_factor_wrong");
    }
    let closed = login_with(&server, "dara", &code(&server, &dara)).await.expect(429);
    assert_eq!(closed.code("second_factor_locked").header("retry-after"), "900");
    let title = "Five wrong codes of your second factor";
    assert_eq!(messages(&dara).await.iter().filter(|told| *told == title).count(), 1);
    // The owner, signed in, has tries of their own.
    dara.post("/auth/mfa/show", json!({"code": code(&server, &dara)})).await.expect(204);
    server.clock().advance(Span::minutes(15));
    login_with(&server, "dara", &code(&server, &dara)).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn recovery_codes_count_once_and_are_made_anew() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let recovery = set_up(&server, &dara).await;
    let typed = recovery[0].to_lowercase().replace('-', " ");
    login_with(&server, "dara", &typed).await.expect(200);
    login_with(&server, "dara", &recovery[0]).await.expect(401).code("second_factor_wrong");
    assert_eq!(dara.get("/auth/mfa").await.ok()["recoveryCodesLeft"], 9);

    let renew = |code: &str| dara.post("/auth/mfa/recovery-codes", json!({"code": code}));
    renew(&wrong_code(&server, &dara)).await.expect(401).code("second_factor_wrong");
    let renewed = renew(&code(&server, &dara)).await.ok();
    let renewed: Vec<String> = serde_json::from_value(renewed["recoveryCodes"].clone()).unwrap();
    assert_eq!((renewed.len(), renewed.iter().any(|code| recovery.contains(code))), (10, false));
    login_with(&server, "dara", &recovery[1]).await.expect(401).code("second_factor_wrong");
    login_with(&server, "dara", &renewed[1]).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn it_is_removed_with_password_and_code_and_a_new_password_leaves_it() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let remove = |password: &str, code: &str| {
        let body = json!({"password": password, "code": code});
        dara.call(reqwest::Method::DELETE, "/auth/mfa/totp").json(body)
    };
    remove(PASSWORD, "000000").await.expect(409).code("second_factor_missing");
    set_up(&server, &dara).await;
    let change = json!({"currentPassword": PASSWORD, "newPassword": "tonle-sap-77"});
    dara.post("/auth/password", change).await.expect(204);
    login(&server.stranger(), "dara@example.com", "tonle-sap-77").await.expect(401).code("mfa_required");

    remove(PASSWORD, &code(&server, &dara)).await.expect(401).code("wrong_credentials");
    remove("tonle-sap-77", &wrong_code(&server, &dara)).await.expect(401).code("second_factor_wrong");
    remove("tonle-sap-77", &code(&server, &dara)).await.expect(204);
    login(&server.stranger(), "dara@example.com", "tonle-sap-77").await.expect(200);
    assert!(messages(&dara).await.contains(&"Your second factor was removed".to_owned()));
    assert_eq!(dara.get("/users/me/export").await.ok()["secondFactorOnSince"], Value::Null);
    server.finish().await;
}

#[tokio::test]
async fn neither_secret_nor_recovery_code_stands_in_the_store() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let begun = dara.post("/auth/mfa/totp", json!({"password": PASSWORD})).idempotent("once").await.ok();
    let confirm = dara.post("/auth/mfa/totp/confirm", json!({"code": code(&server, &dara)}));
    let confirmed = confirm.idempotent("twice").await.ok();
    let recovery: Vec<String> = serde_json::from_value(confirmed["recoveryCodes"].clone()).unwrap();
    let stored = everything(&server);
    let secret = begun["secret"].as_str().unwrap();
    for shown in recovery.iter().map(String::as_str).chain([secret]) {
        let plain = shown.replace('-', "");
        let found = stored.windows(plain.len()).any(|window| window == plain.as_bytes());
        assert!(!found && !stored.windows(shown.len()).any(|window| window == shown.as_bytes()), "{shown}");
    }
    server.finish().await;
}

#[tokio::test]
async fn what_asks_for_a_fresh_second_factor_waits_for_a_code() {
    let server = TestServer::start().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    set_up(&server, &admin).await;
    let role = || admin.patch(format!("/users/{}", dara.id()), json!({"role": "FAMILY_MEMBER"}));
    let language = || admin.patch(format!("/users/{}", dara.id()), json!({"language": "ENGLISH"}));
    let phone = || admin.patch("/users/me", json!({"phone": "012345678", "currentPassword": PASSWORD}));
    server.clock().advance(Span::minutes(15));
    role().await.expect(403).code("second_factor_stale");
    phone().await.expect(403).code("second_factor_stale");
    admin.get("/users/me/export").await.expect(403).code("second_factor_stale");
    language().await.expect(200);
    admin.post("/auth/mfa/show", json!({"code": wrong_code(&server, &admin)})).await.expect(401);
    role().await.expect(403).code("second_factor_stale");
    admin.post("/auth/mfa/show", json!({"code": code(&server, &admin)})).await.expect(204);
    assert!(admin.get("/auth/mfa").await.ok()["freshUntil"].is_string());
    role().await.expect(200);
    phone().await.expect(200);
    admin.get("/users/me/export").await.expect(200);
    // Who has none is not asked for it.
    server.again(&dara).get("/users/me").await.expect(401);
    let sok = server.doctor("sok").await;
    sok.get("/users/me/export").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn who_must_have_one_comes_no_further_than_setting_it_up() {
    let required = |settings: &mut das_tern::platform::settings::Settings| {
        settings.auth.second_factor_required_for = vec![StaffRole::Admin, StaffRole::Doctor];
    };
    let server = TestServer::start_with(required).await;
    let (sok, dara) = (server.doctor("sok").await, server.patient("dara").await);
    dara.get("/users/me/export").await.expect(200);
    let tokens = login(&server.stranger(), "sok@example.com", PASSWORD).await.ok();
    let sok = sok.with_token(Some(access(&tokens)));
    sok.get("/doctor/dashboard").await.expect(403).code("second_factor_required");
    assert_eq!(sok.get("/auth/me").await.ok()["role"], "DOCTOR");
    let state = sok.get("/auth/mfa").await.ok();
    assert_eq!(state["required"], true);
    assert!(state["alertsUntil"].is_string());
    // A browser's and a program's way in alike; streams too.
    sok.get("/events").await.expect(403).code("second_factor_required");

    // Alerts wait for nobody, for 14 days from the first such sign-in.
    sok.get("/health-monitoring/alerts").await.expect(200);
    server.clock().advance(Span::days(13));
    let tokens = login(&server.stranger(), "sok@example.com", PASSWORD).await.ok();
    let sok = sok.with_token(Some(access(&tokens)));
    sok.get("/health-monitoring/alerts").await.expect(200);
    server.clock().advance(Span::hours(23));
    sok.get("/health-monitoring/alerts").await.expect(200);
    let tokens = login(&server.stranger(), "sok@example.com", PASSWORD).await.ok();
    let sok = sok.with_token(Some(access(&tokens)));
    server.clock().advance(Span::hours(1));
    sok.get("/health-monitoring/alerts").await.expect(403).code("second_factor_required");

    set_up(&server, &sok).await;
    sok.get("/doctor/dashboard").await.expect(200);
    sok.get("/health-monitoring/alerts").await.expect(200);
    // Without it again, they are where they were, and have no new days.
    let body = json!({"password": PASSWORD, "code": code(&server, &sok)});
    sok.call(reqwest::Method::DELETE, "/auth/mfa/totp").json(body).await.expect(204);
    sok.get("/doctor/dashboard").await.expect(403).code("second_factor_required");
    sok.get("/health-monitoring/alerts").await.expect(403).code("second_factor_required");
    server.finish().await;
}

#[tokio::test]
async fn no_operation_forgets_who_owes_a_second_factor() {
    let server = TestServer::start_with(|settings| {
        settings.auth.second_factor_required_for = vec![StaffRole::Admin];
        settings.limits.enabled = false;
    })
    .await;
    let admin = server.admin().await;
    let document: Value = serde_json::from_str(&api::document(server.context())).unwrap();
    let mut open = Vec::new();
    let mut refused = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let public = operation["security"].as_array().is_none_or(Vec::is_empty);
            if public {
                continue;
            }
            let filled = path.split('/').map(|part| match part.starts_with('{') {
                true => "01890000-0000-7000-8000-000000000000",
                false => part,
            });
            let called = filled.collect::<Vec<_>>().join("/");
            let id = operation["operationId"].as_str().unwrap();
            let caller = match id.starts_with("logout") {
                true => server.person(id, Role::Admin, Status::Active).await,
                false => admin.clone(),
            };
            let answer = caller.call(method.to_uppercase().parse().unwrap(), called).await;
            if answer.json["code"] == "second_factor_required" {
                assert_eq!(answer.status, 403, "{method} {path}");
                refused += 1;
            } else {
                open.push(id.to_owned());
            }
        }
    }
    open.sort_unstable();
    let expected = [
        "acknowledge_health_alert",
        "begin_second_factor",
        "confirm_second_factor",
        "get_second_factor",
        "get_signed_in_person",
        "list_health_alerts",
        "logout",
        "logout_browser",
    ];
    assert_eq!(open, expected);
    assert!(refused > 150, "only {refused}");
    server.finish().await;
}

#[tokio::test]
async fn a_code_by_email_signs_in_only_together_with_the_second_factor() {
    let post = PostOffice::open().await;
    let server = TestServer::start_with(|settings| settings.mail = Some(post.settings())).await;
    let dara = server.patient("dara").await;
    set_up(&server, &dara).await;
    let asked = json!({"identifier": "dara@example.com", "purpose": "SIGN_IN"});
    server.stranger().post("/auth/otp/send", asked).await.expect(200);
    server.run_jobs().await;
    // A notice that the second factor is in use came as well.
    let sent = post.letters().iter().find_map(Letter::find_code).unwrap();
    let enter = |factor: Option<String>| {
        let mut body = json!({"identifier": "dara@example.com", "otp": sent, "purpose": "SIGN_IN"});
        if let Some(factor) = factor {
            body["secondFactor"] = json!(factor);
        }
        server.stranger().post("/auth/otp/verify", body)
    };
    enter(None).await.expect(401).code("mfa_required");
    enter(Some(wrong_code(&server, &dara))).await.expect(401).code("second_factor_wrong");
    // The code that was sent is not used up by that, and once by what follows.
    assert!(enter(Some(code(&server, &dara))).await.ok()["session"]["accessToken"].is_string());
    server.clock().advance(Span::seconds(60));
    enter(Some(code(&server, &dara))).await.expect(401).code("code_wrong");
    server.finish().await;
}

#[tokio::test]
async fn it_is_erased_with_the_person() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    set_up(&server, &dara).await;
    dara.delete("/users/me").await.expect(200);
    server.clock().advance(Span::days(30));
    server.run_jobs().await;
    let row = server.context().store.read(|tx| SECOND_FACTORS.get(tx, &dara.id())).unwrap();
    assert!(row.is_none(), "{row:?}");
    server.finish().await;
}
