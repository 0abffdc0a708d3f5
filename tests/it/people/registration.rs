//! Registering, and what keeps one from it.

use serde_json::json;

use super::{login, patient_form};
use crate::kit::TestServer;

#[tokio::test]
async fn a_patient_registers_and_sees_only_his_own_status_until_confirmed() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    let mut form = patient_form(" Dara@Example.COM ");
    form["firstName"] = json!("  Dara  ");
    form["phone"] = json!("012 345 678");
    let made = stranger.post("/auth/register/patient", form).await.expect(201).json;
    assert_eq!(made["status"], "PENDING_VERIFICATION");
    assert_eq!(made["requiresVerification"], true);

    let tokens = login(&stranger, "012345678", "mekong-sunrise-42").await.expect(200).json;
    assert_eq!(tokens["tokenType"], "Bearer");
    assert_eq!(tokens["expiresIn"], 24 * 60 * 60);
    let dara = stranger.with_token(Some(super::access(&tokens)));
    let me = dara.get("/users/me").await.ok();
    assert_eq!(me["status"], "PENDING_VERIFICATION");
    assert_eq!(me["email"], "dara@example.com");
    assert_eq!(me["phone"], "+85512345678");
    assert_eq!(me["fullName"], "Sok Dara");
    assert_eq!(dara.get("/auth/me").await.ok()["id"], made["userId"]);
    server.finish().await;
}

#[tokio::test]
async fn names_follow_the_order_of_the_clinic_from_then_on() {
    use das_tern::platform::settings::NameOrder;
    let server = TestServer::start_with(|settings| settings.clinic.name_order = NameOrder::GivenFirst).await;
    let stranger = server.stranger();
    stranger.post("/auth/register/patient", patient_form("dara@example.com")).await.expect(201);
    let tokens = login(&stranger, "dara@example.com", "mekong-sunrise-42").await.expect(200).json;
    let dara = stranger.with_token(Some(super::access(&tokens)));
    assert_eq!(dara.get("/users/me").await.ok()["fullName"], "Dara Sok");
    server.finish().await;
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    let refused = stranger
        .post("/auth/register/patient", json!({"email": "not-an-email", "password": "123"}))
        .await
        .expect(400);
    assert_eq!(refused.json["message"], "Validation failed");
    assert_eq!(refused.bad_fields(), ["dateOfBirth", "email", "firstName", "gender", "lastName", "password"]);

    // All fields readable, and all of them wrong.
    let form = json!({
        "firstName": " ", "lastName": "\u{7}", "gender": "MALE", "dateOfBirth": "2020-01-01",
        "phone": "12", "password": "password1", "idCardNumber": "<b>",
    });
    let refused = stranger.post("/auth/register/patient", form).await.expect(400);
    assert_eq!(
        refused.bad_fields(),
        ["dateOfBirth", "firstName", "idCardNumber", "lastName", "password", "phone"]
    );
    let refused = stranger.post("/auth/register/doctor", json!({"specialty": "MAGIC"})).await.expect(400);
    assert_eq!(
        refused.bad_fields(),
        ["email", "fullName", "hospitalClinic", "licenseNumber", "password", "specialty"]
    );
    let khmer = stranger.speaking(Some("km"));
    let refused =
        khmer.post("/auth/register/family", json!({"fullName": "Srey", "password": "12345678"})).await;
    assert_eq!(refused.bad_fields(), ["email", "password"]);
    assert!(refused.text.contains("ត្រូវបំពេញអ៊ីមែល"));
    server.finish().await;
}

#[tokio::test]
async fn a_contact_or_licence_belongs_to_one_account() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    stranger.post("/auth/register/patient", patient_form("dara@example.com")).await.expect(201);
    stranger
        .post("/auth/register/patient", patient_form("DARA@example.com"))
        .await
        .expect(409)
        .code("email_taken");
    let doctor = |email: &str, license: &str| {
        json!({
            "fullName": "Sok Chan", "email": email, "hospitalClinic": "Calmette", "specialty": "CARDIOLOGY",
            "licenseNumber": license, "password": "mekong-sunrise-42",
        })
    };
    stranger.post("/auth/register/doctor", doctor("chan@example.com", "KH-1")).await.expect(201);
    // Another applicant may give the same number: nobody takes it from whom it belongs to.
    stranger.post("/auth/register/doctor", doctor("other@example.com", "kh-1")).await.expect(201);

    // Ten at once: one account.
    let form = patient_form("once@example.com");
    let calls = (0..10).map(|_| {
        let (stranger, form) = (stranger.clone(), form.clone());
        tokio::spawn(async move { stranger.post("/auth/register/patient", form).await.status })
    });
    let mut made = 0;
    for call in calls.collect::<Vec<_>>() {
        made += u32::from(call.await.unwrap() == 201);
    }
    assert_eq!(made, 1);
    server.finish().await;
}

#[tokio::test]
async fn a_replayed_registration_makes_one_account() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    let form = patient_form("dara@example.com");
    let first = stranger.post("/auth/register/patient", form.clone()).idempotent("a1").await.expect(201).json;
    let again = stranger.post("/auth/register/patient", form).idempotent("a1").await.expect(201).json;
    assert_eq!(first, again);
    server.finish().await;
}

#[tokio::test]
async fn an_address_of_any_script_is_one_mailbox() {
    use das_tern::domain::users::tables as users;
    use das_tern::platform::secret::Phi;
    let server = TestServer::start().await;
    let stranger = server.stranger();
    let register = |email: &str| stranger.post("/auth/register/patient", patient_form(email));
    register("dara@bücher.example").await.expect(201);
    register("Dara@xn--bcher-kva.example").await.expect(409).code("email_taken");
    for email in ["sokha@ខេត្ត.example", "dara@ខ្មែរ.example", "x@example.ដប"] {
        register(email).await.expect(201);
        login(&stranger, email, "mekong-sunrise-42").await.expect(200);
    }
    // The first releases stored such a domain as it was typed.
    let vanna = server.patient("vanna").await;
    let id = vanna.id();
    let upgraded = server.context().store.write(move |tx| {
        let mut user = users::require(tx, id)?;
        user.email = Some(Phi::new("vanna@bücher.example".to_owned()));
        users::update(tx, &mut user)?;
        users::one_spelling_of_emails(tx)?;
        users::index_anew(tx)
    });
    upgraded.await.unwrap();
    assert_eq!(vanna.get("/users/me").await.ok()["email"], "vanna@xn--bcher-kva.example");
    login(&stranger, "vanna@bücher.example", crate::kit::PASSWORD).await.expect(200);
    let rows = server.context().store.read(|tx| users::USERS.list_prefix(tx, &())).unwrap();
    assert_eq!(rows.len(), 5);
    server.finish().await;
}
