//! Accounts that somebody else prepared, or got hold of: what of it ends, and when.

use das_tern::domain::users::model::{Role, Status};
use das_tern::platform::clock::Span;
use das_tern::platform::ids::UserId;
use serde_json::{Value, json};

use super::second_factor::code_of;
use super::{access, login, patient_form};
use crate::kit::{Answer, Client, PASSWORD, PostOffice, SmsGateway, TestServer};

struct World {
    server: TestServer,
    post: PostOffice,
    gateway: SmsGateway,
    stranger: Client,
}

async fn world() -> World {
    let (post, gateway) = (PostOffice::open().await, SmsGateway::open().await);
    let server = TestServer::start_with(|settings| {
        settings.mail = Some(post.settings());
        settings.sms = Some(gateway.settings());
    })
    .await;
    let stranger = server.stranger();
    World { server, post, gateway, stranger }
}

impl World {
    async fn ask(&self, identifier: &str, purpose: &str) -> Answer {
        self.server.clock().advance(Span::minutes(1));
        let body = json!({"identifier": identifier, "purpose": purpose});
        let answer = self.stranger.post("/auth/otp/send", body).await;
        self.server.run_jobs().await;
        answer
    }

    /// The newest code to an address.
    async fn code(&self, address: &str) -> String {
        self.server.run_jobs().await;
        self.post.last_to(address).code()
    }

    /// The newest code to an address or a phone.
    async fn any_code(&self, contact: &str) -> String {
        if contact.contains('@') {
            return self.code(contact).await;
        }
        self.server.run_jobs().await;
        self.gateway.texts_to(contact).last().unwrap().chars().take(6).collect()
    }

    async fn use_code(
        &self,
        by: &Client,
        identifier: &str,
        code: &str,
        purpose: &str,
        more: Value,
    ) -> Answer {
        let mut body = json!({"identifier": identifier, "otp": code, "purpose": purpose});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        by.post("/auth/otp/verify", body).await
    }

    /// Chooses a new password with a code to this address.
    async fn reset(&self, address: &str, new: &str) {
        self.server.clock().advance(Span::minutes(1));
        self.stranger.post("/auth/forgot-password", json!({"identifier": address})).await.expect(200);
        let code = self.code(address).await;
        let body = json!({"identifier": address, "otp": code, "newPassword": new});
        self.stranger.post("/auth/reset-password", body).await.expect(204);
    }
}

#[tokio::test]
async fn a_new_password_and_a_lock_end_what_a_thief_let_wait() {
    let world = world().await;
    let (dara, admin) = (world.server.patient("dara").await, world.server.admin().await);
    let change = json!({"email": "thief@example.com", "currentPassword": PASSWORD});
    dara.patch("/users/me", change.clone()).await.ok();
    let code = world.code("thief@example.com").await;
    world.reset("dara@example.com", "tonle-sap-77").await;
    let session = login(&world.stranger, "dara@example.com", "tonle-sap-77").await.ok();
    let dara = dara.with_token(Some(access(&session)));
    assert_eq!(dara.get("/users/me").await.ok()["waitingEmail"], json!(null));
    let nothing = json!({});
    let refused =
        world.use_code(&world.stranger, "thief@example.com", &code, "VERIFY_CONTACT", nothing.clone()).await;
    refused.expect(401).code("code_wrong");
    let letters = world.post.letters_to("thief@example.com").len();
    world.ask("thief@example.com", "VERIFY_CONTACT").await.expect(200);
    assert_eq!(world.post.letters_to("thief@example.com").len(), letters, "nothing waits any more");
    // Changing the password does the same, and so does a lock; meanwhile nothing is confirmed.
    let with = |password: &str| json!({"email": "thief@example.com", "currentPassword": password});
    dara.patch("/users/me", with("tonle-sap-77")).await.ok();
    dara.post("/auth/password", json!({"currentPassword": "tonle-sap-77", "newPassword": "angkor-wat-88"}))
        .await
        .expect(204);
    assert_eq!(dara.get("/users/me").await.ok()["waitingEmail"], json!(null));
    world.server.clock().advance(Span::minutes(1));
    dara.patch("/users/me", with("angkor-wat-88")).await.ok();
    let code = world.code("thief@example.com").await;
    let account = format!("/users/{}", dara.id());
    admin.post(format!("{account}/lock"), json!({"reason": "stolen"})).await.ok();
    let refused =
        world.use_code(&world.stranger, "thief@example.com", &code, "VERIFY_CONTACT", nothing).await;
    refused.expect(401).code("code_wrong");
    let shown = admin.post(format!("{account}/unlock"), json!({})).await.ok();
    assert_eq!((&shown["email"], &shown["waitingEmail"]), (&json!("dara@example.com"), &json!(null)));
    world.server.finish().await;
}

#[tokio::test]
async fn an_address_does_not_join_a_strangers_account_by_its_code_alone() {
    let world = world().await;
    let mut form = patient_form("victim@example.com");
    form["phone"] = json!("+85512345678");
    world.stranger.post("/auth/register/patient", form).await.expect(201);
    let code = world.any_code("+85512345678").await;
    let with_password = json!({"password": PASSWORD});
    world.use_code(&world.stranger, "+85512345678", &code, "VERIFY_CONTACT", with_password).await.expect(200);
    // Neither does the stranger sign in by it.
    login(&world.stranger, "victim@example.com", PASSWORD).await.expect(401);
    world.ask("victim@example.com", "VERIFY_CONTACT").await.expect(200);
    let code = world.code("victim@example.com").await;
    let chosen = json!({"newPassword": "tonle-sap-77"});
    let refused =
        world.use_code(&world.stranger, "victim@example.com", &code, "VERIFY_CONTACT", chosen.clone()).await;
    assert_eq!(refused.expect(400).code("validation_failed").bad_fields(), ["password"]);
    // The owner registers, and confirms an account of their own.
    let mut form = patient_form("victim@example.com");
    form["password"] = json!("angkor-wat-88");
    world.stranger.post("/auth/register/patient", form).await.expect(201);
    let code = world.code("victim@example.com").await;
    let with_password = json!({"password": "angkor-wat-88"});
    world
        .use_code(&world.stranger, "victim@example.com", &code, "VERIFY_CONTACT", with_password)
        .await
        .expect(200);
    let session = login(&world.stranger, "victim@example.com", "angkor-wat-88").await.ok();
    let me = world.stranger.with_token(Some(access(&session))).get("/users/me").await.ok();
    assert_eq!((&me["email"], &me["phone"]), (&json!("victim@example.com"), &json!(null)));
    // Nor does an address that somebody let wait with their own account.
    let dara = world.server.patient("dara").await;
    let change = json!({"email": "other@example.com", "currentPassword": PASSWORD});
    dara.patch("/users/me", change).await.ok();
    let code = world.code("other@example.com").await;
    let refused = world.use_code(&world.stranger, "other@example.com", &code, "VERIFY_CONTACT", chosen).await;
    assert_eq!(refused.expect(400).bad_fields(), ["password"]);
    world.use_code(&dara, "other@example.com", &code, "VERIFY_CONTACT", json!({})).await.expect(200);
    world.server.finish().await;
}

#[tokio::test]
async fn whoever_becomes_the_owner_shares_nothing_that_was_given_before() {
    let world = world().await;
    let (admin, mother, sok) =
        (world.server.admin().await, world.server.family("mother").await, world.server.doctor("sok").await);
    let mut form = patient_form("owner@example.com");
    form["role"] = json!("PATIENT");
    let made = admin.post("/users", form).await.expect(201).json;
    world.server.run_jobs().await;
    let session = login(&world.stranger, "owner@example.com", "mekong-sunrise-42").await.ok();
    let before = world.stranger.with_token(Some(access(&session)));
    let open = before.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
    let used = before.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
    mother.post("/connections/codes/redeem", json!({"code": used["code"]})).await.ok();
    sok.post("/connections", json!({"targetUserId": made["userId"]})).await.ok();
    let thief = world.server.doctor("thief").await;
    let asked = before.post("/connections", json!({"targetUserId": thief.id()})).await.ok();
    // Nor does an authenticator of theirs keep the owner out: the sign-in below asks for no code.
    before.post("/auth/mfa/totp", json!({"password": PASSWORD})).await.expect(200);
    let user = UserId(made["userId"].as_str().unwrap().parse().unwrap());
    let code = code_of(&world.server, user, 0);
    before.post("/auth/mfa/totp/confirm", json!({"code": code})).await.expect(200);
    world.ask("owner@example.com", "VERIFY_CONTACT").await.expect(200);
    let code = world.code("owner@example.com").await;
    let chosen = json!({"newPassword": "tonle-sap-77"});
    world.use_code(&world.stranger, "owner@example.com", &code, "VERIFY_CONTACT", chosen).await.expect(200);
    before.get("/users/me").await.expect(401);
    let of = format!("/health-monitoring/vitals?patientId={}", made["userId"].as_str().unwrap());
    mother.get(&of).await.expect(404);
    let void = mother.post("/connections/codes/redeem", json!({"code": open["code"]})).await;
    assert!(void.status >= 400, "{}", void.text);
    // Nor does anybody say yes to what the account asked for before.
    let accepted =
        thief.post(format!("/connections/{}/accept", asked["id"].as_str().unwrap()), json!({})).await;
    accepted.expect(409).code("connection_not_pending");
    thief.get(&of).await.expect(404);
    let session = login(&world.stranger, "owner@example.com", "tonle-sap-77").await.ok();
    let owner = world.stranger.with_token(Some(access(&session)));
    let connections = owner.get("/connections").await.ok();
    let states: Vec<&str> =
        connections["items"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert!(!states.contains(&"ACCEPTED") && states.contains(&"PENDING"), "{states:?}");
    world.server.finish().await;
}

#[tokio::test]
async fn a_contact_from_before_does_not_follow_when_staff_see_the_person() {
    let world = world().await;
    let admin = world.server.admin().await;
    let (email, phone) = ("thief@example.com", "+85512345678");
    let chosen = json!({"newPassword": "tonle-sap-77"});
    // One account confirms its phone and gave a thief's e-mail, the other the other way round.
    for (confirmed, other, seen) in [
        (phone, email, json!({"phone": "+85598765432"})),
        ("dara@example.com", "+85511222333", json!({"email": "new@example.com"})),
    ] {
        let mut form = patient_form(if confirmed == phone { other } else { confirmed });
        form["phone"] = json!(if confirmed == phone { confirmed } else { other });
        let made = world.stranger.post("/auth/register/patient", form).await.expect(201).json;
        let code = world.any_code(confirmed).await;
        let with_password = json!({"password": PASSWORD});
        world.use_code(&world.stranger, confirmed, &code, "VERIFY_CONTACT", with_password).await.expect(200);
        let session = login(&world.stranger, confirmed, PASSWORD).await.ok();
        let before = world.stranger.with_token(Some(access(&session)));
        let open = before.post("/connections/codes", json!({"permissionLevel": "ALLOWED"})).await.ok();
        let mut body =
            json!({"document": "identity card", "reason": "lost phone", "currentPassword": PASSWORD});
        body.as_object_mut().unwrap().extend(seen.as_object().unwrap().clone());
        let account = format!("/users/{}/seen-in-person", made["userId"].as_str().unwrap());
        admin.post(account, body).await.ok();
        // Neither by a code nor by the password does the contact lead there, and what was handed out is void.
        world.ask(other, "VERIFY_CONTACT").await.expect(200);
        let code = world.any_code(other).await;
        let refused = world.use_code(&world.stranger, other, &code, "VERIFY_CONTACT", chosen.clone()).await;
        assert_eq!(refused.expect(400).code("validation_failed").bad_fields(), ["password"]);
        login(&world.stranger, other, PASSWORD).await.expect(401);
        let sok = world.server.doctor(if confirmed == phone { "sok" } else { "sam" }).await;
        let redeemed = sok.post("/connections/codes/redeem", json!({"code": open["code"]})).await;
        assert!(redeemed.status >= 400, "{}", redeemed.text);
        // The person goes on by the contact that staff recorded, and the other one is gone.
        let new = seen.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
        world.ask(&new, "VERIFY_CONTACT").await.expect(200);
        let code = world.any_code(&new).await;
        world.use_code(&world.stranger, &new, &code, "VERIFY_CONTACT", chosen.clone()).await.expect(200);
        let session = login(&world.stranger, &new, "tonle-sap-77").await.ok();
        let me = world.stranger.with_token(Some(access(&session))).get("/users/me").await.ok();
        let contacts = [&me["email"], &me["phone"]];
        assert!(contacts.contains(&&json!(new)) && contacts.contains(&&json!(null)), "{me}");
    }
    world.server.finish().await;
}

#[tokio::test]
async fn nobody_uses_up_the_tries_of_others() {
    let world = world().await;
    world.server.patient("dara").await;
    let elsewhere = world.stranger.coming_from("127.0.0.9".parse().unwrap());
    for _ in 0..3 {
        world.ask("dara@example.com", "SIGN_IN").await.expect(200);
        let code = world.code("dara@example.com").await;
        for _ in 0..6 {
            let wrong = world.use_code(&elsewhere, "dara@example.com", "000000", "SIGN_IN", json!({})).await;
            wrong.expect(401).code("code_wrong");
        }
        // Not even the right one helps whoever guessed; the owner's address is another one.
        world.use_code(&elsewhere, "dara@example.com", &code, "SIGN_IN", json!({})).await.expect(401);
        world.use_code(&world.stranger, "dara@example.com", &code, "SIGN_IN", json!({})).await.expect(200);
    }
    world.server.finish().await;
}

#[tokio::test]
async fn a_waiting_address_is_not_taken_away_by_registering_it() {
    let world = world().await;
    let dara = world.server.patient("dara").await;
    let change = json!({"email": "new@example.com", "currentPassword": PASSWORD});
    dara.patch("/users/me", change).await.ok();
    let code = world.code("new@example.com").await;
    let mut form = patient_form("new@example.com");
    form["password"] = json!("angkor-wat-88");
    world.stranger.post("/auth/register/patient", form).await.expect(201);
    world.use_code(&dara, "new@example.com", &code, "VERIFY_CONTACT", json!({})).await.expect(200);
    assert_eq!(dara.get("/users/me").await.ok()["email"], "new@example.com");
    login(&world.stranger, "new@example.com", "angkor-wat-88").await.expect(401);
    login(&world.stranger, "new@example.com", PASSWORD).await.expect(200);
    world.server.finish().await;
}

#[tokio::test]
async fn a_licence_is_one_however_it_is_written() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let number = |number: &str| json!({"licenseNumber": number});
    let mut doctors = Vec::new();
    for name in ["a", "b", "c", "d"] {
        doctors.push(server.person(name, Role::Doctor, Status::PendingVerification).await);
    }
    for (doctor, written) in doctors.iter().zip(["KH-900", "kh 900", "KH-９００", "KH.៩០០"]) {
        admin.patch(format!("/users/{}", doctor.id()), number(written)).await.ok();
    }
    let path = |at: usize| format!("/users/{}/verify", doctors[at].id());
    admin.post(path(0), json!({})).await.ok();
    for at in 1..4 {
        admin.post(path(at), json!({})).await.expect(409).code("license_taken");
    }
    let mixed = admin.patch(format!("/users/{}", doctors[1].id()), number("КH-900")).await;
    assert_eq!(mixed.expect(400).bad_fields(), ["licenseNumber"]);
    server.finish().await;
}
