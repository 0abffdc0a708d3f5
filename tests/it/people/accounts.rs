//! Profiles, preferences, what admins do with accounts, and deletion.

use std::sync::Arc;

use das_tern::domain::users::model::{Role, Status};
use das_tern::domain::users::tables::USERS;
use das_tern::flows;
use das_tern::platform::clock::Span;
use serde_json::json;

use super::{access, login, patient_form};
use crate::kit::{PASSWORD, PostOffice, TestServer};

#[tokio::test]
async fn a_person_changes_his_own_profile() {
    let server = TestServer::start().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let change = json!({"firstName": "Dara", "lastName": " Chan ", "gender": "MALE", "language": "ENGLISH", "theme": "DARK"});
    let me = dara.patch("/users/me", change).await.ok();
    assert_eq!(me["fullName"], "Chan Dara");
    assert_eq!((&me["language"], &me["theme"]), (&json!("ENGLISH"), &json!("DARK")));
    assert_eq!(dara.get("/users/me").await.ok(), me, "no stale profile");

    let refused =
        dara.patch("/users/me", json!({"specialty": "CARDIOLOGY", "dateOfBirth": "2020-01-01"})).await;
    assert_eq!(refused.bad_fields(), ["dateOfBirth", "specialty"]);
    // A new address needs the password, belongs to nobody else, and one address must stay.
    let refused = dara.patch("/users/me", json!({"email": "new@example.com"})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["currentPassword"]);
    let with = |email: &str, password: &str| json!({"email": email, "currentPassword": password});
    dara.patch("/users/me", with("new@example.com", "wrong-password")).await.expect(401);
    dara.patch("/users/me", with("sok@example.com", PASSWORD)).await.expect(409).code("email_taken");
    let refused =
        dara.patch("/users/me", json!({"email": "", "currentPassword": PASSWORD})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["email"]);
    let me = dara.patch("/users/me", with("new@example.com", PASSWORD)).await.ok();
    assert_eq!((&me["email"], &me["waitingEmail"]), (&json!("dara@example.com"), &json!("new@example.com")));
    let clinic =
        sok.patch("/users/me", json!({"hospitalClinic": "Kantha Bopha", "fullName": "Sok"})).await.ok();
    assert_eq!(clinic["hospitalClinic"], "Kantha Bopha");
    server.finish().await;
}

#[tokio::test]
async fn preferences_are_checked_and_kept() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let refused = dara.patch("/users/me/grace-period", json!({"gracePeriodMinutes": 15})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["gracePeriodMinutes"]);
    let me = dara.patch("/users/me/grace-period", json!({"gracePeriodMinutes": 60})).await.ok();
    assert_eq!(me["gracePeriodMinutes"], 60);

    let typed = json!({"morningMeal": "6-7AM", "afternoonMeal": "12:00", "nightMeal": "6:30 PM"});
    let times = dara.patch("/users/settings/meal-times", typed).await.ok();
    assert_eq!(times, json!({"morningMeal": "06:30", "afternoonMeal": "12:00", "nightMeal": "18:30"}));
    assert_eq!(dara.get("/users/settings/meal-times").await.ok(), times);
    let refused =
        dara.patch("/users/settings/meal-times", json!({"morningMeal": "soon", "nightMeal": "26:00"})).await;
    assert_eq!(refused.bad_fields(), ["morningMeal", "nightMeal"]);
    let refused = dara.patch("/users/settings/meal-times", json!({"morningMeal": "20:00"})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["morningMeal"]);
    let refused = dara.patch("/users/settings/meal-times", json!({"nightMeal": "13:59"})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["nightMeal"]);
    assert_eq!(dara.get("/users/settings/meal-times").await.ok(), times);
    let times = dara.patch("/users/settings/meal-times", json!({"nightMeal": ""})).await.ok();
    assert_eq!(times["nightMeal"], json!(null));

    let change = json!({"email": false, "mutedTypes": ["DOSE_REMINDER"], "quietHours": {"from": "22:00", "to": "06:00"}});
    let settings = dara.patch("/users/settings/notifications", change).await.ok();
    assert_eq!(settings["mutedTypes"], json!(["DOSE_REMINDER"]));
    assert_eq!(settings["quietHours"], json!({"from": "22:00", "to": "06:00"}));
    assert_eq!((&settings["email"], &settings["push"]), (&json!(false), &json!(true)));
    assert_eq!(dara.get("/users/settings/notifications").await.ok(), settings);
    assert_eq!(dara.get("/users/storage").await.ok()["usedBytes"], 0);
    server.finish().await;
}

#[tokio::test]
async fn pending_people_see_their_own_status_and_nothing_else() {
    let server = TestServer::start().await;
    let pending = server.person("dara", Role::Patient, Status::PendingVerification).await;
    pending.get("/users/me").await.expect(200);
    pending.get("/auth/sessions").await.expect(200);
    for path in ["/doctors/search", "/users/storage", "/users/settings/meal-times"] {
        pending.get(path).await.expect(403).code("account_not_active");
    }
    pending.patch("/users/me/grace-period", json!({"gracePeriodMinutes": 60})).await.expect(403);
    server.finish().await;
}

#[tokio::test]
async fn an_admin_verifies_refuses_locks_and_opens() {
    let server = TestServer::start().await;
    let (admin, stranger) = (server.admin().await, server.stranger());
    let doctor = server.person("sok", Role::Doctor, Status::PendingVerification).await;
    let path = |verb: &str| format!("/users/{}/{verb}", doctor.id());

    doctor.post(path("verify"), json!({})).await.expect(403).code("role_not_allowed");
    assert_eq!(admin.post(path("reject"), json!({"reason": " "})).await.expect(400).bad_fields(), ["reason"]);
    admin.post(path("reject"), json!({"reason": "the photo cannot be read"})).await.expect(200);
    doctor.get("/users/me").await.expect(401).code("session_ended");
    let tokens = login(&stranger, "sok@example.com", PASSWORD).await.ok();
    let doctor = stranger.with_token(Some(access(&tokens)));
    let me = doctor.get("/users/me").await.ok();
    assert_eq!(
        (&me["status"], &me["rejectionReason"]),
        (&json!("REJECTED"), &json!("the photo cannot be read"))
    );
    doctor.get("/doctors/search").await.expect(403);

    assert_eq!(admin.post(path("verify"), json!({})).await.ok()["status"], "VERIFIED");
    admin.post(path("verify"), json!({})).await.expect(409).code("already_verified");
    doctor.get("/users/me").await.expect(401).code("session_ended");

    admin.post(path("lock"), json!({"reason": "left the clinic"})).await.expect(200);
    login(&stranger, "sok@example.com", PASSWORD).await.expect(403).code("account_locked_by_clinic");
    assert_eq!(admin.post(path("unlock"), json!({})).await.ok()["status"], "VERIFIED");
    admin.post(path("unlock"), json!({})).await.expect(409).code("not_locked");
    login(&stranger, "sok@example.com", PASSWORD).await.expect(200);

    // An admin opens what five wrong passwords closed.
    for _ in 0..5 {
        login(&stranger, "sok@example.com", "wrong-password").await.expect(401);
    }
    admin.post(path("unlock"), json!({})).await.expect(200);
    let tokens = login(&stranger, "sok@example.com", PASSWORD).await.ok();
    admin.post(path("end-sessions"), json!({})).await.expect(200);
    stranger.with_token(Some(access(&tokens))).get("/users/me").await.expect(401).code("session_ended");
    admin
        .post(format!("/users/{}/lock", admin.id()), json!({"reason": "x"}))
        .await
        .expect(409)
        .code("own_account");
    server.finish().await;
}

#[tokio::test]
async fn whoever_is_verified_first_holds_a_licence_number() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let apply = async |name: &str| {
        let doctor = server.person(name, Role::Doctor, Status::PendingVerification).await;
        let me = doctor.patch("/users/me", json!({"licenseNumber": "KH-7"})).await.ok();
        assert_eq!((&me["licenseNumber"], &me["status"]), (&json!("KH-7"), &json!("PENDING_VERIFICATION")));
        doctor
    };
    let (impostor, sok) = (apply("impostor").await, apply("sok").await);
    let verify =
        |doctor: &crate::kit::Client| admin.post(format!("/users/{}/verify", doctor.id()), json!({}));
    verify(&sok).await.expect(200);
    verify(&impostor).await.expect(409).code("license_taken");
    // A lock takes nothing away, another number needs a new verification.
    let path = format!("/users/{}", sok.id());
    admin.post(format!("{path}/lock"), json!({"reason": "on leave"})).await.expect(200);
    verify(&impostor).await.expect(409).code("license_taken");
    admin.post(format!("{path}/unlock"), json!({})).await.expect(200);
    let tokens = login(&server.stranger(), "sok@example.com", PASSWORD).await.ok();
    let sok = server.stranger().with_token(Some(access(&tokens)));
    sok.get("/doctors/search").await.expect(200);
    let me = sok.patch("/users/me", json!({"licenseNumber": "KH-8"})).await.ok();
    assert_eq!(me["status"], "PENDING_VERIFICATION");
    sok.get("/doctors/search").await.expect(403).code("account_not_active");
    verify(&impostor).await.expect(200);
    admin.post(format!("{path}/verify"), json!({})).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn an_admin_confirms_a_contact_where_no_mail_can_be_sent() {
    let server = TestServer::start().await;
    let (admin, stranger) = (server.admin().await, server.stranger());
    let made = stranger.post("/auth/register/patient", patient_form("dara@example.com")).await.ok();
    let tokens = login(&stranger, "dara@example.com", "mekong-sunrise-42").await.ok();
    let dara = stranger.with_token(Some(access(&tokens)));
    dara.get("/doctors/search").await.expect(403);
    let path = format!("/users/{}/verify", made["userId"].as_str().unwrap());
    assert_eq!(admin.post(path, json!({})).await.ok()["status"], "ACTIVE");
    dara.get("/doctors/search").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn admins_list_search_make_and_change_people() {
    let server = TestServer::start().await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    server.doctor("sok").await;
    dara.get("/users").await.expect(403).code("role_not_allowed");
    let found = |path: &str| {
        let call = admin.get(path);
        async move {
            let people = call.await.ok()["items"].as_array().unwrap().clone();
            people.iter().map(|person| person["fullName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(found("/users").await.len(), 3);
    assert_eq!(found("/users?role=DOCTOR").await, ["sok"]);
    assert_eq!(found("/users?search=DARA@").await, ["dara"]);
    assert_eq!(found("/users?role=PATIENT&status=ACTIVE&search=zzz").await, Vec::<String>::new());
    let page = admin.get("/users?limit=2").await.ok();
    let cursor = page["nextCursor"].as_str().unwrap();
    assert_eq!(
        admin.get(format!("/users?limit=2&cursor={cursor}")).await.ok()["items"].as_array().unwrap().len(),
        1
    );

    let new = json!({
        "role": "DOCTOR", "fullName": "Chan Srey", "email": "srey@example.com", "password": "kampot-pepper-8",
        "hospitalClinic": "Kampot", "specialty": "PEDIATRICS", "licenseNumber": "KH-77",
    });
    dara.post("/users", new.clone()).await.expect(403);
    let made = admin.post("/users", new).await.expect(201).json;
    assert_eq!(made["status"], "VERIFIED");
    let refused = admin.post("/users", json!({"role": "PATIENT", "password": "1"})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["dateOfBirth", "firstName", "gender", "lastName", "password"]);
    login(&server.stranger(), "srey@example.com", "kampot-pepper-8").await.expect(200);

    let path = format!("/users/{}", made["userId"].as_str().unwrap());
    let person = admin.get(&path).await.ok();
    let revision = person["revision"].as_u64().unwrap().to_string();
    let change = json!({"hospitalClinic": "Kep"});
    let changed = admin.patch(&path, change.clone()).header("if-match", format!("\"{revision}\"")).await.ok();
    assert_eq!(changed["hospitalClinic"], "Kep");
    let bare = admin.patch(&path, change.clone()).header("if-match", &revision).await.expect(400);
    assert_eq!(bare.bad_fields(), ["If-Match"]);
    let old = format!("\"{revision}\"");
    admin.patch(&path, change).header("if-match", old).await.expect(412).code("revision_changed");
    // Another role, and the old tokens are worth nothing.
    let tokens = login(&server.stranger(), "srey@example.com", "kampot-pepper-8").await.ok();
    assert_eq!(admin.patch(&path, json!({"role": "ADMIN"})).await.ok()["role"], "ADMIN");
    server.stranger().with_token(Some(access(&tokens))).get("/users/me").await.expect(401);
    let newest = admin.get("/audit/all?limit=5").await.ok();
    let mut changes = newest["items"].as_array().unwrap().iter().filter_map(|row| row["change"].as_str());
    assert!(changes.any(|change| change.contains("ADMIN")), "a change of role alone: {newest}");
    admin.patch(format!("/users/{}", admin.id()), json!({"role": "PATIENT"})).await.expect(409);
    // Nobody gives themselves a role, and a patient in treatment is not made something else.
    let (bopha, ratha) = (server.patient("bopha").await, server.doctor("ratha").await);
    assert_eq!(bopha.patch("/users/me", json!({"role": "ADMIN"})).await.expect(400).bad_fields(), ["role"]);
    server.connect(&ratha, &bopha).await;
    let family = admin.patch(format!("/users/{}", bopha.id()), json!({"role": "FAMILY_MEMBER"})).await;
    family.expect(409).code("role_patient_in_treatment");
    server.finish().await;
}

#[tokio::test]
async fn a_profile_is_seen_by_himself_admins_and_the_connected() {
    let server = TestServer::start().await;
    let (admin, dara, vanna) =
        (server.admin().await, server.patient("dara").await, server.patient("vanna").await);
    let sok = server.doctor("sok").await;
    let path = format!("/users/{}", dara.id());
    assert_eq!(dara.get(&path).await.ok()["email"], "dara@example.com");
    assert_eq!(admin.get(&path).await.ok()["status"], "ACTIVE");
    vanna.get(&path).await.expect(404).code("user_not_found");
    sok.get(&path).await.expect(404).code("user_not_found");
    server.connect(&sok, &dara).await;
    let card = sok.get(&path).await.ok();
    assert_eq!((&card["fullName"], &card["status"]), (&json!("dara"), &json!(null)));
    assert_eq!(dara.get(format!("/users/{}", sok.id())).await.ok()["hospitalClinic"], "Calmette");
    let touched = dara.get("/audit/record").await.ok();
    let looks = touched["items"].as_array().unwrap().iter().filter(|record| record["action"] == "user.get");
    assert!(looks.count() >= 3, "looks and refusals are on record");
    server.finish().await;
}

#[tokio::test]
async fn only_verified_doctors_are_found() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    server.doctor("sok").await;
    server.person("pending", Role::Doctor, Status::PendingVerification).await;
    let all = dara.get("/doctors/search?query=").await.ok();
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    assert!(all["items"][0].get("email").is_none());
    assert_eq!(dara.get("/doctors/search?query=calm").await.ok()["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        dara.get("/doctors/search?query=sok@example").await.ok()["items"].as_array().unwrap().len(),
        0
    );
    server.finish().await;
}

#[tokio::test]
async fn a_deleted_person_is_erased_after_thirty_days_and_the_audit_stands() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let export = dara.get("/users/me/export").await.ok();
    assert_eq!(export["profile"]["email"], "dara@example.com");
    assert!(export["health"]["prescriptions"].is_array() && export["health"]["doseDays"].is_array());
    assert!(!export.to_string().contains("seed") && !export.to_string().contains("argon2"));

    dara.delete("/users/me").await.expect(200);
    server.clock().advance(Span::days(10));
    let tokens = login(&server.stranger(), "dara@example.com", PASSWORD).await.ok();
    let dara_again = server.stranger().with_token(Some(access(&tokens)));
    dara_again.post("/users/me/cancel-deletion", json!({})).await.expect(200);
    dara_again.post("/users/me/cancel-deletion", json!({})).await.expect(409).code("deletion_not_requested");
    server.clock().advance(Span::days(20));
    server.run_jobs().await;
    let tokens = login(&server.stranger(), "dara@example.com", PASSWORD).await.ok();
    let dara_again = server.stranger().with_token(Some(access(&tokens)));
    dara_again.delete("/users/me").await.expect(200);
    server.clock().advance(Span::days(30));
    server.run_jobs().await;
    login(&server.stranger(), "dara@example.com", PASSWORD).await.expect(401).code("wrong_credentials");
    let row = server.context().store.read(|tx| USERS.get(tx, &dara.id())).unwrap().unwrap();
    assert!(row.erased_at.is_some() && row.email.is_none() && row.patient_number.is_some());
    // The address is free again.
    server.stranger().post("/auth/register/patient", patient_form("dara@example.com")).await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn what_sign_ins_leave_behind_is_purged() {
    let server = TestServer::start().await;
    server.patient("dara").await;
    for _ in 0..3 {
        login(&server.stranger(), "nobody@example.com", "wrong-password").await.expect(401);
    }
    let tokens = login(&server.stranger(), "dara@example.com", PASSWORD).await.ok();
    server.stranger().with_token(Some(access(&tokens))).post("/auth/logout", json!({})).await.expect(204);
    let body = json!({"identifier": "nobody@example.com", "purpose": "SIGN_IN"});
    server.stranger().post("/auth/otp/send", body).await.expect(200);
    server.clock().advance(Span::days(10));
    flows::deletion::purge_sign_ins(server.context()).await.unwrap();
    let left = server
        .context()
        .store
        .read(|tx| {
            use das_tern::domain::auth::tables::{ATTEMPTS, REVOKED, SENDS, SESSIONS};
            Ok((
                ATTEMPTS.list_prefix(tx, &())?.len(),
                REVOKED.list_prefix(tx, &())?.len(),
                SENDS.list_prefix(tx, &())?.len(),
                SESSIONS.list_prefix(tx, &())?.len(),
            ))
        })
        .unwrap();
    assert_eq!(left, (0, 0, 0, 1), "only the open session is left");
    server.stranger().with_token(Some(access(&tokens))).get("/users/me").await.expect(401);
    drop(Arc::clone(server.context()));
    server.finish().await;
}

#[tokio::test]
async fn security_events_reach_the_person() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    for _ in 0..5 {
        login(&server.stranger(), "dara@example.com", "wrong-password").await.expect(401);
    }
    let messages = dara.get("/notifications").await.ok();
    let message = &messages["items"][0];
    assert_eq!(message["type"], "ACCOUNT_SECURITY");
    server.finish().await;
}

#[tokio::test]
async fn doses_move_with_the_meals_from_tomorrow_on() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let line = json!({
        "medicineName": "Moringa tea", "doseUnit": "cp", "slots": {"morning": 1, "evening": 1},
        "mealRelation": "AFTER", "durationDays": 5,
    });
    dara.post("/prescriptions/patient", json!({"medications": [line]})).await.expect(200);
    let times = async |date: &str| -> Vec<String> {
        let day = dara.get(format!("/doses/schedule?date={date}")).await.ok();
        let doses = day["doses"].as_array().unwrap().iter();
        doses.map(|dose| dose["scheduledTime"].as_str().unwrap()[11..16].to_owned()).collect()
    };
    let (today, tomorrow) = (times("2026-11-22").await, times("2026-11-23").await);
    assert_eq!(tomorrow.len(), 2);
    dara.patch("/users/settings/meal-times", json!({"morningMeal": "9AM"})).await.expect(200);
    assert_eq!(times("2026-11-22").await, today, "today stays as it is");
    let moved = times("2026-11-23").await;
    assert_eq!(moved.len(), 2);
    assert_eq!(moved[0], "02:30", "half an hour after breakfast, in UTC");
    assert_eq!(moved[1], tomorrow[1]);
    server.finish().await;
}

#[tokio::test]
async fn quiet_hours_and_muted_types_hold_email_back() {
    let post = PostOffice::open().await;
    let server = TestServer::start_with(|settings| settings.mail = Some(post.settings())).await;
    let (admin, dara) = (server.admin().await, server.patient("dara").await);
    // It is seven in the morning.
    let quiet = json!({"quietHours": {"from": "06:00", "to": "08:00"}});
    dara.patch("/users/settings/notifications", quiet).await.expect(200);
    let path = format!("/users/{}/end-sessions", dara.id());
    admin.post(&path, json!({})).await.expect(200);
    server.run_jobs().await;
    assert_eq!(post.letters().len(), 0);
    server.clock().advance(Span::hours(1));
    server.run_jobs().await;
    assert_eq!(post.letters_to("dara@example.com").len(), 1);
    server.finish().await;
}
