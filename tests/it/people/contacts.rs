//! E-mail and phone: confirmed, changed, taken away, and what the old one hears.

use das_tern::domain::users::model::{Role, Status};
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::{access, login, patient_form};
use crate::kit::{Answer, Client, PASSWORD, PostOffice, SmsGateway, TestServer};

async fn with_post() -> (TestServer, PostOffice) {
    let post = PostOffice::open().await;
    let server = TestServer::start_with(|settings| settings.mail = Some(post.settings())).await;
    (server, post)
}

/// Enters the code of a contact, with what else the body shall hold.
async fn confirm(client: &Client, contact: &str, code: &str, more: Value) -> Answer {
    let mut body = json!({"identifier": contact, "otp": code, "purpose": "VERIFY_CONTACT"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.post("/auth/otp/verify", body).await
}

async fn ask(stranger: &Client, identifier: &str, purpose: &str) -> Answer {
    stranger.post("/auth/otp/send", json!({"identifier": identifier, "purpose": purpose})).await
}

/// The subjects of all letters to an address.
fn subjects(post: &PostOffice, address: &str) -> Vec<String> {
    let subject =
        |raw: &str| raw.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or("").to_owned();
    let of = |raw: &str| subject(raw).trim_end_matches(" - Das Tern").to_owned();
    post.letters_to(address).iter().map(|letter| of(&letter.raw)).collect()
}

#[tokio::test]
async fn a_new_address_waits_until_its_code_and_the_old_one_is_told_twice() {
    let (server, post) = with_post().await;
    let (dara, stranger) = (server.patient("dara").await, server.stranger());
    dara.patch("/users/me", json!({"language": "ENGLISH"})).await.ok();
    let change = json!({"email": "new@example.com", "currentPassword": PASSWORD});
    let me = dara.patch("/users/me", change.clone()).await.ok();
    assert_eq!((&me["email"], &me["waitingEmail"]), (&json!("dara@example.com"), &json!("new@example.com")));
    assert!(me["emailConfirmedAt"].is_string());
    server.run_jobs().await;
    assert_eq!(subjects(&post, "dara@example.com"), ["A change of your e-mail or phone was asked for"]);
    assert_eq!(post.letters_to("new@example.com").len(), 1, "the code and nothing else");
    let code = post.last_to("new@example.com").code();
    // Nobody signs in by the new one, no code for anything else goes there, and messages go to the old one.
    login(&stranger, "new@example.com", PASSWORD).await.expect(401);
    server.clock().advance(Span::minutes(1));
    for purpose in ["SIGN_IN", "RESET_PASSWORD"] {
        ask(&stranger, "new@example.com", purpose).await.expect(200);
        server.clock().advance(Span::minutes(1));
    }
    ask(&stranger, "dara@example.com", "SIGN_IN").await.expect(200);
    server.run_jobs().await;
    assert_eq!((post.letters_to("new@example.com").len(), post.letters_to("dara@example.com").len()), (1, 2));
    // Confirming needs no session where the password is given, and ends none.
    confirm(&stranger, "new@example.com", "000000", json!({})).await.expect(401).code("code_wrong");
    let done = confirm(&stranger, "new@example.com", &code, json!({"password": PASSWORD})).await.ok();
    assert_eq!(done["status"], "ACTIVE");
    server.run_jobs().await;
    assert_eq!(subjects(&post, "dara@example.com").last().unwrap(), "This contact was replaced");
    assert_eq!(subjects(&post, "new@example.com").last().unwrap(), "Your e-mail or phone was changed");
    let me = dara.get("/users/me").await.ok();
    assert_eq!((&me["email"], &me["waitingEmail"]), (&json!("new@example.com"), &json!(null)));
    login(&stranger, "dara@example.com", PASSWORD).await.expect(401);
    login(&stranger, "new@example.com", PASSWORD).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn what_waits_can_be_taken_back_and_belongs_to_whoever_confirms_first() {
    let (server, post) = with_post().await;
    let (dara, vanna) = (server.patient("dara").await, server.patient("vanna").await);
    let change = |email: &str| json!({"email": email, "currentPassword": PASSWORD});
    dara.patch("/users/me", change("new@example.com")).await.ok();
    dara.patch("/users/me", change("newer@example.com")).await.expect(429).code("code_sent_recently");
    server.run_jobs().await;
    let of_dara = post.last_to("new@example.com").code();
    vanna.patch("/users/me", change("new@example.com")).await.ok();
    server.run_jobs().await;
    let of_vanna = post.last_to("new@example.com").code();
    // Each claim has a code of its own.
    confirm(&vanna, "new@example.com", &of_vanna, json!({})).await.expect(200);
    confirm(&dara, "new@example.com", &of_dara, json!({})).await.expect(409).code("email_taken");
    assert_eq!(vanna.get("/users/me").await.ok()["email"], "new@example.com");
    assert_eq!(dara.get("/users/me").await.ok()["email"], "dara@example.com");
    let me = dara.patch("/users/me", change("dara@example.com")).await.ok();
    assert_eq!(me["waitingEmail"], json!(null));
    // The one that counts is not taken away while no other does.
    server.clock().advance(Span::minutes(1));
    dara.patch("/users/me", json!({"phone": "012 345 678", "currentPassword": PASSWORD})).await.ok();
    assert_eq!(dara.patch("/users/me", change("")).await.expect(400).bad_fields(), ["email"]);
    server.finish().await;
}

#[tokio::test]
async fn clinical_messages_and_entry_codes_go_to_confirmed_contacts_only() {
    let (server, post) = with_post().await;
    let stranger = server.stranger();
    stranger.post("/auth/register/patient", patient_form("dara@example.com")).await.expect(201);
    let admin = server.admin().await;
    let id = admin.get("/users?search=dara@").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    // The clinic takes him into use; his address is not confirmed by that.
    admin.post(format!("/users/{id}/verify"), json!({})).await.ok();
    let dara = stranger.with_token(Some(access(&login(&stranger, "dara@example.com", PASSWORD).await.ok())));
    let vital = json!({"vitalType": "BLOOD_PRESSURE", "value": 205, "valueSecondary": 125, "unit": "mmHg"});
    dara.post("/health-monitoring/vitals", vital.clone()).await.expect(201);
    server.clock().advance(Span::minutes(1));
    ask(&stranger, "dara@example.com", "SIGN_IN").await.expect(200);
    server.run_jobs().await;
    assert_eq!(post.letters_to("dara@example.com").len(), 1, "the code of the registration");
    let code = post.last_to("dara@example.com").code();
    confirm(&dara, "dara@example.com", &code, json!({})).await.expect(200);
    dara.get("/users/me").await.expect(200);
    server.clock().advance(Span::hours(2));
    dara.post("/health-monitoring/vitals", vital).await.expect(201);
    server.run_jobs().await;
    assert!(post.letters_to("dara@example.com").len() > 1);
    server.finish().await;
}

#[tokio::test]
async fn whoever_registered_confirms_and_nothing_ends() {
    let (server, post) = with_post().await;
    let stranger = server.stranger();
    for (email, by_session) in [("dara@example.com", false), ("vanna@example.com", true)] {
        stranger.post("/auth/register/patient", patient_form(email)).await.expect(201);
        let session = login(&stranger, email, PASSWORD).await.ok();
        let signed_in = stranger.with_token(Some(access(&session)));
        server.run_jobs().await;
        let code = post.last_to(email).code();
        let done = match by_session {
            true => confirm(&signed_in, email, &code, json!({})).await,
            false => {
                let wrong = json!({"password": "wrong-password"});
                confirm(&stranger, email, &code, wrong).await.expect(401).code("wrong_credentials");
                confirm(&stranger, email, &code, json!({"password": PASSWORD})).await
            }
        };
        assert_eq!(done.ok()["status"], "ACTIVE");
        signed_in.get("/doctors/search").await.expect(200);
        login(&stranger, email, PASSWORD).await.expect(200);
    }
    server.finish().await;
}

#[tokio::test]
async fn whoever_has_the_code_alone_becomes_the_owner_of_what_was_prepared() {
    let (server, post) = with_post().await;
    let (attacker, victim) = (server.stranger(), server.stranger());
    let mut form = patient_form("victim@example.com");
    form["phone"] = json!("012 345 678");
    attacker.post("/auth/register/patient", form).await.expect(201);
    let session = login(&attacker, "victim@example.com", PASSWORD).await.ok();
    let attacker_in = attacker.with_token(Some(access(&session)));
    let other = json!({"phone": "099 999 999", "currentPassword": PASSWORD});
    attacker_in.patch("/users/me", other).await.ok();
    attacker_in.delete("/users/me").await.expect(200);
    victim.post("/auth/register/patient", patient_form("victim@example.com")).await.expect(409);
    server.run_jobs().await;
    let code = post.last_to("victim@example.com").code();
    let asked = confirm(&victim, "victim@example.com", &code, json!({})).await.expect(400);
    assert_eq!(asked.bad_fields(), ["newPassword"]);
    let weak = json!({"newPassword": "12345678"});
    confirm(&victim, "victim@example.com", &code, weak).await.expect(400);
    let chosen = json!({"newPassword": "tonle-sap-77"});
    confirm(&victim, "victim@example.com", &code, chosen).await.expect(200);
    attacker_in.get("/users/me").await.expect(401).code("session_ended");
    let renewed = json!({"refreshToken": session["refreshToken"]});
    attacker.post("/auth/refresh", renewed).await.expect(401);
    login(&attacker, "victim@example.com", PASSWORD).await.expect(401);
    let session = login(&victim, "victim@example.com", "tonle-sap-77").await.ok();
    let me = victim.with_token(Some(access(&session))).get("/users/me").await.ok();
    for (field, value) in [
        ("phone", json!(null)),
        ("waitingPhone", json!(null)),
        ("deletionRequestedAt", json!(null)),
        ("status", json!("ACTIVE")),
    ] {
        assert_eq!(me[field], value, "{field}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_licence_that_was_approved_is_not_had_for_a_code() {
    let (server, post) = with_post().await;
    let (stranger, admin) = (server.stranger(), server.admin().await);
    let form = json!({
        "fullName": "Sok", "email": "typo@example.com", "password": PASSWORD, "hospitalClinic": "Calmette",
        "specialty": "CARDIOLOGY", "licenseNumber": "KH-1",
    });
    let made = stranger.post("/auth/register/doctor", form).await.ok();
    admin.post(format!("/users/{}/verify", made["userId"].as_str().unwrap()), json!({})).await.ok();
    server.run_jobs().await;
    let code = post.last_to("typo@example.com").code();
    let chosen = json!({"newPassword": "tonle-sap-77"});
    let refused = confirm(&stranger, "typo@example.com", &code, chosen).await.expect(400);
    assert_eq!(refused.bad_fields(), ["password"]);
    confirm(&stranger, "typo@example.com", &code, json!({"password": PASSWORD})).await.expect(200);
    // Whom staff saw in person chooses a new one all the same.
    let seen = json!({
        "email": "right@example.com", "document": "licence", "reason": "mistyped", "currentPassword": PASSWORD,
    });
    admin.post(format!("/users/{}/seen-in-person", made["userId"].as_str().unwrap()), seen).await.ok();
    server.run_jobs().await;
    let code = post.last_to("right@example.com").code();
    let chosen = json!({"newPassword": "tonle-sap-77"});
    confirm(&stranger, "right@example.com", &code, chosen).await.expect(200);
    login(&stranger, "right@example.com", "tonle-sap-77").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn staff_register_patients_without_a_contact_or_with_a_carers() {
    let (server, post) = with_post().await;
    let (admin, stranger) = (server.admin().await, server.stranger());
    // The carer has an account by the same phone and address.
    server.family("mother").await;
    let patient = |more: Value| {
        let mut body = json!({
            "role": "PATIENT", "firstName": "Dara", "lastName": "Sok", "gender": "MALE", "dateOfBirth": "1950-04-14",
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        admin.post("/users", body)
    };
    let alone = patient(json!({})).await.expect(201).json;
    assert_eq!(alone["status"], "ACTIVE");
    let own = json!({"email": "dara@example.com"});
    assert_eq!(patient(own).await.expect(400).bad_fields(), ["password"]);
    let shared = json!({"email": "mother@example.com", "sharedContact": true});
    let first = patient(shared.clone()).await.expect(201).json;
    patient(shared).await.expect(201);
    assert_eq!(patient(json!({"sharedContact": true})).await.expect(400).bad_fields(), ["email"]);
    let family = json!({
        "role": "FAMILY_MEMBER", "fullName": "Srey", "email": "srey@example.com", "password": PASSWORD,
        "sharedContact": true,
    });
    assert_eq!(admin.post("/users", family).await.expect(400).bad_fields(), ["sharedContact"]);
    for purpose in ["VERIFY_CONTACT", "RESET_PASSWORD", "SIGN_IN"] {
        ask(&stranger, "mother@example.com", purpose).await.expect(200);
        server.clock().advance(Span::minutes(1));
    }
    server.run_jobs().await;
    assert_eq!(post.letters_to("mother@example.com").len(), 2, "what she asked for herself");
    // He gets an address of his own, and chooses his password with its code.
    let path = format!("/users/{}", first["userId"].as_str().unwrap());
    let seen = json!({
        "email": "dara@example.com", "document": "identity card", "reason": "has a telephone now",
        "currentPassword": PASSWORD,
    });
    let done = admin.post(format!("{path}/seen-in-person"), seen).await.ok();
    assert_eq!(done["profile"]["sharedContact"], false);
    server.run_jobs().await;
    let code = post.last_to("dara@example.com").code();
    confirm(&stranger, "dara@example.com", &code, json!({"newPassword": "tonle-sap-77"})).await.expect(200);
    login(&stranger, "dara@example.com", "tonle-sap-77").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn staff_record_that_a_person_was_seen() {
    let (server, post) = with_post().await;
    let (admin, dara, sok) = (server.admin().await, server.patient("dara").await, server.doctor("sok").await);
    dara.patch("/users/me", json!({"language": "ENGLISH"})).await.ok();
    let path = format!("/users/{}/seen-in-person", dara.id());
    // A contact is not changed along with the rest of a profile.
    let refused = admin.patch(format!("/users/{}", dara.id()), json!({"email": "evil@example.com"})).await;
    assert_eq!(refused.expect(400).bad_fields(), ["email"]);
    let seen = |email: &str, password: &str| {
        json!({
            "email": email, "document": "identity card", "reason": "lost his telephone",
            "currentPassword": password,
        })
    };
    sok.post(&path, seen("new@example.com", PASSWORD)).await.expect(403).code("role_not_allowed");
    admin.post(&path, seen("new@example.com", "wrong-password")).await.expect(401);
    admin.post(&path, seen("sok@example.com", PASSWORD)).await.expect(409).code("email_taken");
    admin.post(&path, seen("dara@example.com", PASSWORD)).await.expect(409).code("contact_unchanged");
    let own = format!("/users/{}/seen-in-person", admin.id());
    admin.post(own, seen("me@example.com", PASSWORD)).await.expect(409).code("own_account");
    let mut both = seen("new@example.com", PASSWORD);
    both["phone"] = json!("012345678");
    both["document"] = json!(" ");
    assert_eq!(admin.post(&path, both).await.expect(400).bad_fields(), ["document", "email"]);

    let done = admin.post(&path, seen("new@example.com", PASSWORD)).await.ok();
    assert_eq!((&done["profile"]["email"], &done["slip"]), (&json!("new@example.com"), &json!(null)));
    assert_eq!(done["profile"]["emailConfirmedAt"], json!(null));
    dara.get("/users/me").await.expect(401).code("session_ended");
    server.run_jobs().await;
    assert_eq!(subjects(&post, "dara@example.com"), ["This contact was removed"]);
    let records = admin.get(format!("/audit/all?patientId={}", dara.id())).await.ok();
    let record =
        records["items"].as_array().unwrap().iter().find(|row| row["action"] == "user.seen_in_person");
    assert_eq!(record.unwrap()["reason"], "lost his telephone");
    // It counts after its first code, with the password or a new one.
    let code = post.last_to("new@example.com").code();
    confirm(&server.stranger(), "new@example.com", &code, json!({})).await.expect(400);
    confirm(&server.stranger(), "new@example.com", &code, json!({"password": PASSWORD})).await.expect(200);
    login(&server.stranger(), "new@example.com", PASSWORD).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn where_nothing_can_be_sent_a_slip_is_printed() {
    let server = TestServer::start().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    let seen = json!({
        "phone": "012 345 678", "document": "identity card", "reason": "has no e-mail any more",
        "currentPassword": PASSWORD,
    });
    let done = admin.post(format!("/users/{}/seen-in-person", dara.id()), seen).await.ok();
    let slip = done["slip"]["code"].as_str().unwrap();
    assert_eq!(slip.len(), 8);
    server.clock().advance(Span::hours(23));
    let stranger = server.stranger();
    confirm(&stranger, "012345678", "AAAAAAAA", json!({})).await.expect(401);
    // His e-mail counts still: the phone is his second contact, and the code is enough.
    confirm(&stranger, "012345678", &slip.to_lowercase(), json!({})).await.expect(200);
    let session = login(&stranger, "+855 12 345 678", PASSWORD).await.ok();
    let me = stranger.with_token(Some(access(&session))).get("/users/me").await.ok();
    assert!(me["phoneConfirmedAt"].is_string());
    server.finish().await;
}

#[tokio::test]
async fn a_former_contact_that_nothing_reaches_is_not_kept() {
    use das_tern::domain::users::tables as users;
    let server = TestServer::start().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    let seen = json!({
        "email": "new@example.com", "document": "identity card", "reason": "lost it", "currentPassword": PASSWORD,
    });
    admin.post(format!("/users/{}/seen-in-person", dara.id()), seen).await.ok();
    server.run_jobs().await;
    let user = server.context().store.read(|tx| users::require(tx, dara.id())).unwrap();
    assert!(user.contacts.unwrap().former.is_empty());
    server.finish().await;
}

#[tokio::test]
async fn a_phone_is_confirmed_by_a_text_message() {
    let gateway = SmsGateway::open().await;
    let server = TestServer::start_with(|settings| settings.sms = Some(gateway.settings())).await;
    let stranger = server.stranger();
    let mut form = patient_form("dara@example.com");
    form["phone"] = json!("012 345 678");
    form.as_object_mut().unwrap().remove("email");
    stranger.post("/auth/register/patient", form).await.expect(201);
    server.run_jobs().await;
    let code = |text: &str| text.chars().take(6).collect::<String>();
    let sent = gateway.texts_to("+85512345678");
    assert_eq!(sent.len(), 1);
    confirm(&stranger, "012345678", &code(&sent[0]), json!({"password": PASSWORD})).await.expect(200);
    server.clock().advance(Span::minutes(1));
    assert_eq!(ask(&stranger, "012345678", "SIGN_IN").await.ok()["delivery"], "SMS");
    server.run_jobs().await;
    let sent = gateway.texts_to("+85512345678");
    let body = json!({"identifier": "012345678", "otp": code(sent.last().unwrap()), "purpose": "SIGN_IN"});
    stranger.post("/auth/otp/verify", body).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn accounts_of_the_first_releases_keep_what_they_had() {
    let (server, post) = with_post().await;
    // The kit's people are stored as the first releases stored them.
    let dara = server.patient("dara").await;
    assert!(dara.get("/users/me").await.ok()["emailConfirmedAt"].is_string());
    ask(&server.stranger(), "dara@example.com", "SIGN_IN").await.expect(200);
    server.person("vanna", Role::Patient, Status::PendingVerification).await;
    ask(&server.stranger(), "vanna@example.com", "SIGN_IN").await.expect(200);
    server.run_jobs().await;
    assert_eq!(post.letters_to("dara@example.com").len(), 1);
    assert_eq!(post.letters_to("vanna@example.com").len(), 0);
    server.clock().advance(Span::minutes(1));
    ask(&server.stranger(), "vanna@example.com", "VERIFY_CONTACT").await.expect(200);
    server.run_jobs().await;
    let code = post.last_to("vanna@example.com").code();
    confirm(&server.stranger(), "vanna@example.com", &code, json!({"password": PASSWORD})).await.expect(200);
    server.finish().await;
}
