//! The requests that everybody sends. One function for each area of the API.

use serde_json::{Value, json};

use super::world::World;
use crate::kit::PASSWORD;

/// One operation as everybody calls it.
pub struct Row {
    /// Its id in the OpenAPI document.
    pub operation: &'static str,
    /// Path below `/api` and body, for the one who calls.
    pub call: Call,
}

/// What is sent: path below `/api` and body.
type Call = fn(&World, &str) -> (String, Option<Value>);

fn row(operation: &'static str, call: Call) -> Row {
    Row { operation, call }
}

/// A path without a body.
fn bare(path: impl Into<String>) -> (String, Option<Value>) {
    (path.into(), None)
}

/// A path with a body.
fn with(path: impl Into<String>, body: Value) -> (String, Option<Value>) {
    (path.into(), Some(body))
}

/// Every operation.
pub fn rows() -> Vec<Row> {
    let areas = [
        auth(),
        users(),
        connections(),
        medicines(),
        prescriptions(),
        doses(),
        pill_groups(),
        doctor(),
        notes(),
        photos(),
        adherence(),
        health_monitoring(),
        clinical_record(),
        notifications(),
        payments(),
        real_time(),
        audit(),
        admin(),
    ];
    areas.into_iter().flatten().collect()
}

fn auth() -> Vec<Row> {
    vec![
        row("register_patient", |_, _| with("/auth/register/patient", json!({}))),
        row("register_doctor", |_, _| with("/auth/register/doctor", json!({}))),
        row("register_family", |_, _| with("/auth/register/family", json!({}))),
        row("send_code", |_, caller| {
            let identifier = format!("{caller}@example.com");
            with("/auth/otp/send", json!({"identifier": identifier, "purpose": "SIGN_IN"}))
        }),
        row("verify_code", |_, caller| {
            let identifier = format!("{caller}@example.com");
            let body = json!({"identifier": identifier, "otp": "000000", "purpose": "SIGN_IN"});
            with("/auth/otp/verify", body)
        }),
        row("login", |_, _| {
            with("/auth/login", json!({"identifier": "owner@example.com", "password": PASSWORD}))
        }),
        row("refresh_session", |_, _| with("/auth/refresh", json!({"refreshToken": "none"}))),
        row("login_with_browser", |_, _| {
            with("/auth/browser/login", json!({"identifier": "owner@example.com", "password": PASSWORD}))
        }),
        row("refresh_browser_session", |_, _| bare("/auth/browser/refresh")),
        row("logout_browser", |_, _| bare("/auth/browser/logout")),
        row("forgot_password", |_, _| {
            with("/auth/forgot-password", json!({"identifier": "owner@example.com"}))
        }),
        row("reset_password", |_, _| {
            let body =
                json!({"identifier": "owner@example.com", "otp": "000000", "newPassword": "tonle-sap-77x"});
            with("/auth/reset-password", body)
        }),
        row("logout", |_, _| bare("/auth/logout")),
        row("get_signed_in_person", |_, _| bare("/auth/me")),
        row("list_sessions", |_, _| bare("/auth/sessions")),
        row("end_session", |world, _| bare(format!("/auth/sessions/{}", world.id("session")))),
        row("change_password", |_, _| {
            with("/auth/password", json!({"currentPassword": PASSWORD, "newPassword": "tonle-sap-77x"}))
        }),
        row("get_second_factor", |_, _| bare("/auth/mfa")),
        row("begin_second_factor", |_, _| with("/auth/mfa/totp", json!({"password": PASSWORD}))),
        row("confirm_second_factor", |_, _| with("/auth/mfa/totp/confirm", json!({"code": "000000"}))),
        row("remove_second_factor", |_, _| {
            with("/auth/mfa/totp", json!({"password": PASSWORD, "code": "000000"}))
        }),
        row("renew_recovery_codes", |_, _| with("/auth/mfa/recovery-codes", json!({"code": "000000"}))),
        row("show_second_factor", |_, _| with("/auth/mfa/show", json!({"code": "000000"}))),
    ]
}

/// What an admin does with the account of somebody who has called before him.
fn account(world: &World, verb: &str) -> String {
    format!("/users/{}/{verb}", world.user("unverified_doctor"))
}

fn users() -> Vec<Row> {
    vec![
        row("get_own_profile", |_, _| bare("/users/me")),
        row("update_own_profile", |_, _| with("/users/me", json!({"theme": "DARK"}))),
        row("request_account_deletion", |_, _| bare("/users/me")),
        row("cancel_account_deletion", |_, _| bare("/users/me/cancel-deletion")),
        row("export_own_data", |_, _| bare("/users/me/export")),
        row("get_storage_use", |_, _| bare("/users/storage")),
        row("set_grace_period", |_, _| with("/users/me/grace-period", json!({"gracePeriodMinutes": 20}))),
        row("get_meal_times", |_, _| bare("/users/settings/meal-times")),
        row("set_meal_times", |_, _| with("/users/settings/meal-times", json!({"morningMeal": "6-7AM"}))),
        row("get_notification_settings", |_, _| bare("/users/settings/notifications")),
        row("set_notification_settings", |_, _| with("/users/settings/notifications", json!({"sms": false}))),
        row("list_people", |_, _| bare("/users")),
        row("create_person", |_, caller| {
            let email = format!("new-{caller}@example.com");
            let body =
                json!({"role": "FAMILY_MEMBER", "fullName": "Srey", "email": email, "password": PASSWORD});
            with("/users", body)
        }),
        row("get_person", |world, _| bare(format!("/users/{}", world.user("owner")))),
        row("update_person", |world, _| {
            with(format!("/users/{}", world.user("owner")), json!({"theme": "DARK"}))
        }),
        row("verify_person", |world, _| bare(account(world, "verify"))),
        row("reject_doctor", |world, _| with(account(world, "reject"), json!({"reason": "unreadable"}))),
        row("lock_account", |world, _| with(account(world, "lock"), json!({"reason": "left"}))),
        row("unlock_account", |world, _| bare(account(world, "unlock"))),
        row("record_seen_in_person", |world, _| {
            let body = json!({
                "phone": "012 345 678", "document": "identity card", "reason": "lost", "currentPassword": PASSWORD,
            });
            with(account(world, "seen-in-person"), body)
        }),
        row("end_all_sessions", |world, _| bare(account(world, "end-sessions"))),
        row("search_doctors", |_, _| bare("/doctors/search?query=cal")),
    ]
}

fn connections() -> Vec<Row> {
    vec![
        row("list_connections", |_, _| bare("/connections")),
        row("request_connection", |world, caller| {
            // Carers ask the owner, patients a doctor.
            let target = match caller {
                "owner" | "second_patient" | "pending_patient" => "doctor_without_connection",
                _ => "owner",
            };
            with("/connections", json!({"targetUserId": world.user(target)}))
        }),
        row("accept_connection", |world, _| {
            with(format!("/connections/{}/accept", world.id("doctor_pending")), json!({}))
        }),
        row("decline_connection", |world, _| {
            bare(format!("/connections/{}/decline", world.id("doctor_pending")))
        }),
        row("revoke_connection", |world, _| {
            bare(format!("/connections/{}/revoke", world.id("doctor_selected_with")))
        }),
        row("set_connection_permission", |world, _| {
            let path = format!("/connections/{}/permission", world.id("doctor_allowed"));
            with(path, json!({"permissionLevel": "ALLOWED"}))
        }),
        row("set_connection_alerts", |world, _| {
            with(format!("/connections/{}/alerts", world.id("doctor_allowed")), json!({"enabled": false}))
        }),
        row("create_connection_code", |_, _| {
            with("/connections/codes", json!({"permissionLevel": "ALLOWED"}))
        }),
        row("preview_connection_code", |world, _| {
            with("/connections/codes/preview", json!({"code": world.id("code")}))
        }),
        row("redeem_connection_code", |world, _| {
            with("/connections/codes/redeem", json!({"code": world.id("code")}))
        }),
        row("list_access_requests", |_, _| bare("/connections/access-requests")),
        row("approve_access_request", |world, _| {
            bare(format!("/connections/access-requests/{}/approve", world.id("access_request")))
        }),
        row("deny_access_request", |world, _| {
            bare(format!("/connections/access-requests/{}/deny", world.id("access_request")))
        }),
        row("nudge_patient", |world, _| {
            let body = json!({"patientId": world.user("owner"), "doseId": world.id("dose")});
            with("/connections/nudge", body)
        }),
        row("respond_to_nudge", |world, _| {
            with("/connections/nudge/respond", json!({"nudgeId": world.id("nudge"), "response": "TAKEN"}))
        }),
        row("break_glass", |world, _| {
            let path = format!("/patients/{}/break-glass", world.user("owner"));
            with(path, json!({"reason": "found unconscious"}))
        }),
    ]
}

fn medicines() -> Vec<Row> {
    vec![
        row("search_medicines", |_, _| bare("/medicines/search?q=para")),
        row("list_catalogue_sources", |_, _| bare("/medicines/sources")),
        row("get_medicine", |world, _| bare(format!("/medicines/{}", world.id("medicine")))),
        row("create_medicine", |_, caller| {
            let body = json!({
                "genericName": format!("substance {caller}"), "khmerName": "សារធាតុ", "form": "TABLET",
                "strength": "10 mg", "route": "ORAL", "unit": "TABLET",
            });
            with("/medicines", body)
        }),
        row("update_medicine", |world, _| {
            with(format!("/medicines/{}", world.id("medicine")), json!({"description": "for fever"}))
        }),
        // Text is sent as CSV.
        row("import_medicines", |_, _| with("/medicines/import?dryRun=true", json!("generic,khmer\n"))),
    ]
}

/// The short form of a prescription for the owner.
fn short(world: &World) -> Value {
    json!({
        "medicineId": world.id("medicine"), "dosage": "500 mg", "frequency": "BID",
        "patientId": world.user("owner"), "durationDays": 5,
    })
}

/// One medication line.
fn line(world: &World) -> Value {
    json!({"medicineId": world.id("medicine"), "dosage": "500 mg", "frequency": "OD", "durationDays": 5})
}

fn prescriptions() -> Vec<Row> {
    vec![
        row("create_prescription", |world, _| with("/prescriptions", short(world))),
        row("create_own_prescription", |world, _| {
            with("/prescriptions/patient", json!({"medications": [line(world)]}))
        }),
        row("preview_prescription", |world, _| with("/prescriptions/preview", short(world))),
        row("check_prescription", |world, _| with("/prescriptions/check", short(world))),
        row("list_safety_rules", |_, _| bare("/safety/rules?tier=STOP")),
        row("get_safety_status", |_, _| bare("/safety/status")),
        row("get_safety_rule_file", |_, _| bare("/safety/files/suppressed.csv")),
        row("get_safety_statistics", |_, _| bare("/safety/statistics")),
        row("confirm_safety_rule", |_, _| {
            with("/safety/rules/ddi-vka-nsaid/confirm", json!({"qualification": "hospital pharmacist"}))
        }),
        row("suppress_safety_rule", |_, _| {
            let body = json!({"reason": "too many alerts", "until": "2026-12-01T00:00:00Z"});
            with("/safety/rules/ddi-vka-nsaid/suppress", body)
        }),
        row("mark_clinical_reviewer", |world, _| {
            with(
                format!("/users/{}/clinical-reviewer", world.user("owner")),
                json!({"qualification": "pharmacist"}),
            )
        }),
        row("unmark_clinical_reviewer", |world, _| {
            bare(format!("/users/{}/clinical-reviewer", world.user("owner")))
        }),
        row("import_safety_rules", |_, _| {
            with("/safety/import?dryRun=true", json!({"files": [{"name": "names.csv"}]}))
        }),
        row("restore_safety_rule", |_, _| {
            with("/safety/rules/ddi-vka-nsaid/restore", json!({"reason": "as it was shipped"}))
        }),
        row("list_prescriptions", |world, _| {
            bare(format!("/prescriptions?patientId={}", world.user("owner")))
        }),
        row("get_prescription_safety", |world, _| {
            bare(format!("/prescriptions/{}/safety", world.id("prescription")))
        }),
        row("get_prescription", |world, _| bare(format!("/prescriptions/{}", world.id("prescription")))),
        row("list_prescription_versions", |world, _| {
            bare(format!("/prescriptions/{}/versions", world.id("prescription")))
        }),
        row("get_prescription_version", |world, _| {
            bare(format!("/prescriptions/{}/versions/1", world.id("prescription")))
        }),
        row("change_prescription", |world, _| {
            let body = json!({"medications": [line(world)], "reason": "less is enough"});
            with(format!("/prescriptions/{}", world.id("prescription")), body)
        }),
        row("change_prescription_urgently", |world, _| {
            let body = json!({"medications": [line(world)], "reason": "kidney values"});
            with(format!("/prescriptions/{}/urgent-update", world.id("prescription")), body)
        }),
        row("add_medication", |world, _| {
            with(format!("/prescriptions/{}/medicines", world.id("prescription")), line(world))
        }),
        row("change_medication", |world, _| {
            with(format!("/medications/{}", world.id("medication")), line(world))
        }),
        row("remove_medication", |world, _| bare(format!("/medications/{}", world.id("medication")))),
        row("issue_prescription", |world, _| bare(format!("/prescriptions/{}/issue", world.id("draft")))),
        row("discard_prescription", |world, _| bare(format!("/prescriptions/{}/discard", world.id("draft")))),
        row("confirm_prescription", |world, _| {
            bare(format!("/prescriptions/{}/confirm", world.id("awaiting")))
        }),
        row("reject_prescription", |world, _| {
            let path = format!("/prescriptions/{}/reject", world.id("awaiting"));
            with(path, json!({"reason": "I take it already"}))
        }),
        row("retake_prescription", |world, _| {
            let path = format!("/prescriptions/{}/retake", world.id("awaiting"));
            with(path, json!({"reason": "too many at once"}))
        }),
        row("pause_prescription", |world, _| {
            bare(format!("/prescriptions/{}/pause", world.id("prescription")))
        }),
        row("resume_prescription", |world, _| bare(format!("/prescriptions/{}/resume", world.id("paused")))),
        row("stop_prescription", |world, _| {
            let path = format!("/prescriptions/{}/stop", world.id("prescription"));
            with(path, json!({"reason": "healthy again"}))
        }),
        row("create_prescription_batch", |world, _| {
            let body = json!({
                "patientIds": [world.user("owner")], "prescription": {"medications": [line(world)]},
                "dryRun": false,
            });
            with("/prescriptions/batch", body)
        }),
        row("get_prescription_batch", |world, _| bare(format!("/prescriptions/batch/{}", world.id("batch")))),
        row("undo_prescription_batch", |world, _| {
            bare(format!("/prescriptions/batch/{}/undo", world.id("batch")))
        }),
    ]
}

fn doses() -> Vec<Row> {
    vec![
        row("get_dose_schedule", |world, _| {
            bare(format!("/doses/schedule?patientId={}", world.user("owner")))
        }),
        row("get_doses_of_today", |world, _| bare(format!("/doses/today?patientId={}", world.user("owner")))),
        row("list_upcoming_doses", |world, _| {
            bare(format!("/doses/upcoming?patientId={}", world.user("owner")))
        }),
        row("list_dose_history", |world, _| {
            bare(format!("/doses/history?patientId={}", world.user("owner")))
        }),
        row("mark_dose_taken", |world, _| with(format!("/doses/{}/mark-taken", world.id("dose")), json!({}))),
        row("skip_dose", |world, _| {
            with(format!("/doses/{}/skip", world.id("dose")), json!({"reason": "FORGOT"}))
        }),
        row("undo_dose", |world, _| with(format!("/doses/{}/undo", world.id("dose")), json!({}))),
        row("snooze_dose", |world, _| {
            with(format!("/doses/{}/snooze", world.id("dose")), json!({"minutes": 10}))
        }),
        row("correct_dose", |world, _| {
            let body = json!({
                "status": "TAKEN_ON_TIME", "takenAt": "2026-11-22T00:00:00Z", "reason": "told me at the visit",
            });
            with(format!("/doses/{}/correct", world.id("dose")), body)
        }),
        row("record_dose_as_needed", |world, _| {
            with("/doses/prn", json!({"medicationId": world.id("as_needed")}))
        }),
        row("sync_doses", |world, _| {
            let action = json!({
                "clientId": "1", "doseId": world.id("dose"), "action": "taken", "at": "2026-11-22T00:00:00Z",
            });
            with("/doses/sync", json!({"actions": [action]}))
        }),
    ]
}

fn pill_groups() -> Vec<Row> {
    vec![
        row("list_pill_groups", |world, _| {
            bare(format!("/batch-medications?patientId={}", world.user("owner")))
        }),
        row("create_pill_group", |_, _| {
            with("/batch-medications", json!({"name": "Before sleep", "scheduledTime": "21:00"}))
        }),
        row("get_pill_group", |world, _| bare(pill_group(world))),
        row("change_pill_group", |world, _| with(pill_group(world), json!({"scheduledTime": "08:00"}))),
        row("remove_pill_group", |world, _| bare(pill_group(world))),
        row("add_to_pill_group", |world, _| {
            with(format!("{}/medicines", pill_group(world)), json!({"medicines": [world.id("medication")]}))
        }),
        row("take_out_of_pill_group", |world, _| {
            bare(format!("{}/medicines/{}", pill_group(world), world.id("medication")))
        }),
        row("mark_pill_group_taken", |world, _| with(format!("{}/mark-taken", pill_group(world)), json!({}))),
    ]
}

fn doctor() -> Vec<Row> {
    vec![
        row("get_doctor_dashboard", |_, _| bare("/doctor/dashboard")),
        row("list_doctor_patients", |_, _| bare("/doctor/patients?sort=NAME")),
        row("get_doctor_patient", |world, _| bare(format!("/doctor/patients/{}", world.user("owner")))),
        row("list_doctor_worklist", |_, _| bare("/doctor/worklist")),
    ]
}

fn notes() -> Vec<Row> {
    vec![
        row("list_doctor_notes", |world, _| bare(format!("/doctor/notes?patientId={}", world.user("owner")))),
        row("write_doctor_note", |world, _| {
            with("/doctor/notes", json!({"patientId": world.user("owner"), "text": "Came alone"}))
        }),
        row("change_doctor_note", |world, _| {
            with(format!("/doctor/notes/{}", world.id("note")), json!({"text": "Came with their son"}))
        }),
        row("remove_doctor_note", |world, _| bare(format!("/doctor/notes/{}", world.id("note")))),
    ]
}

fn photos() -> Vec<Row> {
    fn of_owner(world: &World) -> String {
        format!("/users/{}/photo", world.user("owner"))
    }
    fn of_medicine(world: &World) -> String {
        format!("/medications/{}/photo", world.id("medication"))
    }
    // What is sent is no picture: 415 means that the door was open.
    vec![
        row("get_photo", |world, _| bare(of_owner(world))),
        row("set_photo", |world, _| with(of_owner(world), json!({}))),
        row("remove_photo", |world, _| bare(of_owner(world))),
        row("get_license_photo", |world, _| bare(world.license_photo())),
        row("set_license_photo", |world, _| with(world.license_photo(), json!({}))),
        row("get_medication_photo", |world, _| bare(of_medicine(world))),
        row("set_medication_photo", |world, _| with(of_medicine(world), json!({}))),
        row("remove_medication_photo", |world, _| bare(of_medicine(world))),
    ]
}

fn pill_group(world: &World) -> String {
    format!("/batch-medications/{}", world.id("pill_group"))
}

fn adherence() -> Vec<Row> {
    vec![
        row("get_adherence_of_today", |world, _| {
            bare(format!("/adherence/today?patientId={}", world.user("owner")))
        }),
        row("get_weekly_adherence", |world, _| {
            bare(format!("/adherence/weekly?patientId={}", world.user("owner")))
        }),
        row("get_monthly_adherence", |world, _| {
            bare(format!("/adherence/monthly?patientId={}", world.user("owner")))
        }),
        row("get_adherence_trends", |world, _| {
            bare(format!("/adherence/trends?patientId={}", world.user("owner")))
        }),
        row("get_adherence_summary", |world, _| {
            let path = "/adherence/summary?from=2026-11-20&to=2026-11-22";
            bare(format!("{path}&patientId={}", world.user("owner")))
        }),
        row("get_prescription_adherence", |world, _| {
            bare(format!("/adherence/prescriptions/{}", world.id("prescription")))
        }),
    ]
}

/// A path below the owner.
fn of_owner(world: &World, rest: &str) -> String {
    format!("/patients/{}/{rest}", world.user("owner"))
}

fn clinical_record() -> Vec<Row> {
    vec![
        row("get_clinical_record", |world, _| bare(of_owner(world, "clinical-record?history=true"))),
        row("add_allergy", |world, caller| {
            with(of_owner(world, "allergies"), json!({"substance": format!("what {caller} says")}))
        }),
        row("change_allergy", |world, _| {
            with(format!("/allergies/{}", world.id("allergy")), json!({"severity": "SEVERE"}))
        }),
        row("withdraw_allergy", |world, _| bare(format!("/allergies/{}?reason=OTHER", world.id("allergy")))),
        row("confirm_allergy", |world, _| bare(format!("/allergies/{}/confirm", world.id("allergy")))),
        row("add_condition", |world, caller| {
            let body = json!({"code": "OTHER", "name": format!("what {caller} says")});
            with(of_owner(world, "conditions"), body)
        }),
        row("change_condition", |world, _| {
            with(format!("/conditions/{}", world.id("condition")), json!({"note": "since school"}))
        }),
        row("withdraw_condition", |world, _| {
            bare(format!("/conditions/{}?reason=RESOLVED", world.id("condition")))
        }),
        row("confirm_condition", |world, _| bare(format!("/conditions/{}/confirm", world.id("condition")))),
        row("set_pregnancy", |world, _| with(of_owner(world, "pregnancy"), json!({"state": "PREGNANT"}))),
        row("set_breast_feeding", |world, _| {
            with(of_owner(world, "breast-feeding"), json!({"state": "YES"}))
        }),
        row("set_renal", |world, _| {
            with(of_owner(world, "renal"), json!({"egfr": 55, "measuredOn": "2026-11-20"}))
        }),
        row("set_liver", |world, _| with(of_owner(world, "liver"), json!({"state": "CHILD_PUGH_A"}))),
        row("set_g6pd", |world, _| with(of_owner(world, "g6pd"), json!({"state": "DEFICIENT"}))),
        row("set_no_known_allergies", |world, _| with(of_owner(world, "no-known-allergies"), json!({}))),
        row("set_no_known_conditions", |world, _| with(of_owner(world, "no-known-conditions"), json!({}))),
        row("confirm_clinical_part", |world, _| {
            with(of_owner(world, "clinical-record/confirm"), json!({"part": "LIVER"}))
        }),
        row("withdraw_clinical_part", |world, _| {
            with(of_owner(world, "clinical-record/withdraw"), json!({"part": "LIVER", "reason": "OTHER"}))
        }),
    ]
}

fn health_monitoring() -> Vec<Row> {
    vec![
        row("record_vital", |world, _| {
            let patient = world.user("owner");
            let body = json!({"patientId": patient, "vitalType": "HEART_RATE", "value": 70, "unit": "bpm"});
            with("/health-monitoring/vitals", body)
        }),
        row("list_vitals", |world, _| {
            bare(format!("/health-monitoring/vitals?patientId={}", world.user("owner")))
        }),
        row("list_latest_vitals", |world, _| {
            bare(format!("/health-monitoring/vitals/latest?patientId={}", world.user("owner")))
        }),
        row("get_vital", |world, _| bare(format!("/health-monitoring/vitals/{}", world.id("vital")))),
        row("withdraw_vital", |world, _| bare(format!("/health-monitoring/vitals/{}", world.id("vital")))),
        row("get_vital_trends", |world, _| {
            let path = "/health-monitoring/trends?vitalType=SPO2";
            bare(format!("{path}&patientId={}", world.user("owner")))
        }),
        row("get_thresholds", |world, _| {
            bare(format!("/health-monitoring/thresholds?patientId={}", world.user("owner")))
        }),
        row("set_thresholds", |world, _| {
            let path = format!("/health-monitoring/thresholds?patientId={}", world.user("owner"));
            with(path, json!({"pregnant": false}))
        }),
        row("get_news2", |world, _| {
            bare(format!("/health-monitoring/news2?patientId={}", world.user("owner")))
        }),
        row("list_health_alerts", |world, _| {
            bare(format!("/health-monitoring/alerts?patientId={}", world.user("owner")))
        }),
        row("get_health_alert", |world, _| bare(format!("/health-monitoring/alerts/{}", world.id("alert")))),
        row("acknowledge_health_alert", |world, _| {
            bare(format!("/health-monitoring/alerts/{}/acknowledge", world.id("alert")))
        }),
        row("resolve_health_alert", |world, _| {
            let path = format!("/health-monitoring/alerts/{}/resolve", world.id("alert"));
            with(path, json!({"note": "seen at the clinic"}))
        }),
        row("call_for_help", |_, _| with("/health-monitoring/emergency", json!({"message": "help"}))),
    ]
}

fn notifications() -> Vec<Row> {
    vec![
        row("list_notifications", |_, _| bare("/notifications")),
        row("count_unread_notifications", |_, _| bare("/notifications/unread-count")),
        row("read_notification", |world, _| {
            bare(format!("/notifications/{}/read", world.id("notification")))
        }),
        row("read_all_notifications", |_, _| bare("/notifications/read-all")),
        row("list_devices", |_, _| bare("/notifications/devices")),
        row("register_device", |_, caller| {
            with("/notifications/devices", json!({"kind": "FCM", "token": format!("token-of-{caller}")}))
        }),
        row("remove_device", |world, _| bare(format!("/notifications/devices?id={}", world.id("device")))),
        row("get_push_key", |_, _| bare("/notifications/push-key")),
        row("unsubscribe_from_email", |_, _| bare("/notifications/unsubscribe?token=x")),
    ]
}

fn audit() -> Vec<Row> {
    vec![
        row("list_own_audit", |_, _| bare("/audit")),
        row("list_record_audit", |world, _| bare(format!("/audit/record?patientId={}", world.user("owner")))),
        row("list_audit", |_, _| bare("/audit/all")),
        row("verify_audit", |_, _| bare("/audit/verify")),
    ]
}

fn admin() -> Vec<Row> {
    vec![
        row("get_server_status", |_, _| bare("/admin/status")),
        row("acknowledge_damage", |_, _| {
            with("/admin/damage/acknowledge", json!({"reason": "entered again from paper"}))
        }),
        row("confirm_clock", |_, _| {
            with("/admin/clock/confirm", json!({"reason": "compared with the radio"}))
        }),
        row("list_jobs", |_, _| bare("/admin/jobs")),
        row("retry_job", |world, _| bare(format!("/admin/jobs/{}/retry", world.id("job")))),
        row("discard_job", |world, _| {
            with(format!("/admin/jobs/{}/discard", world.id("job")), json!({"reason": "no longer needed"}))
        }),
        row("list_schedules", |_, _| bare("/admin/schedules")),
        row("list_queues", |_, _| bare("/admin/queues")),
        row("pause_queue", |_, _| bare("/admin/queues/notifications/pause")),
        row("resume_queue", |_, _| bare("/admin/queues/notifications/resume")),
    ]
}

fn payments() -> Vec<Row> {
    vec![
        row("list_plans", |_, _| bare("/subscriptions/plans")),
        row("get_own_subscription", |_, _| bare("/subscriptions/me")),
        row("get_own_plan_limits", |_, _| bare("/subscriptions/limits")),
        row("list_payment_offers", |_, _| bare("/bakong-payment/plans")),
        row("initiate_payment", |world, _| {
            let body = json!({"userId": world.user("owner"), "currency": "KHR", "planType": "PREMIUM"});
            with("/bakong-payment/initiate", body)
        }),
        row("get_payment", |world, _| bare(format!("/bakong-payment/{}", world.id("payment")))),
        row("get_payment_code", |world, _| bare(format!("/bakong-payment/{}/code", world.id("payment")))),
        row("cancel_payment", |world, _| bare(format!("/bakong-payment/{}/cancel", world.id("payment")))),
        row("check_payment", |world, _| bare(format!("/bakong-payment/{}/check", world.id("payment")))),
        row("list_payments", |_, _| bare("/payments")),
        row("list_all_payments", |_, _| bare("/payments/all?status=PENDING")),
        row("list_unknown_payment_messages", |_, _| bare("/payments/unknown-messages")),
        row("get_payment_receipt", |world, _| bare(format!("/payments/{}/receipt", world.id("payment")))),
        row("list_payments_to_review", |_, _| bare("/payments/review")),
        row("resolve_payment", |world, _| {
            let body = json!({"paid": true, "reason": "seen in the app of the bank"});
            with(format!("/payments/{}/resolve", world.id("payment")), body)
        }),
        row("reconcile_payments", |_, _| {
            let file = "bill,amount,currency\nB1,2000,KHR\n";
            let body = json!({"from": "2026-11-22", "to": "2026-11-22", "bankFile": file});
            with("/payments/reconcile", body)
        }),
        row("record_refund", |world, _| {
            let body = json!({"amount": "2000", "reason": "given back at the desk"});
            with(format!("/payments/{}/refund-record", world.id("payment")), body)
        }),
        row("upgrade_subscription", |_, _| with("/subscriptions/upgrade", json!({"planType": "PREMIUM"}))),
        row("downgrade_subscription", |_, _| {
            with("/subscriptions/downgrade", json!({"planType": "FREEMIUM"}))
        }),
        row("cancel_subscription", |_, _| bare("/subscriptions/cancel")),
        row("receive_payment_message", |world, _| {
            let body = json!({"transactionId": world.id("payment"), "status": "PAID", "amount": "2000"});
            with("/payments/webhook", body)
        }),
    ]
}

fn real_time() -> Vec<Row> {
    vec![row("stream_events", |_, _| bare("/events")), row("open_event_socket", |_, _| bare("/realtime"))]
}
