//! Those who care for a patient hear of missed doses, not too often and not of what is none of their business.

use das_tern::domain::connections::model::{
    AlertSettings, Connection, ConnectionKind, ConnectionState, Permission, PermissionLevel, Scope,
};
use das_tern::domain::connections::tables as connections;
use das_tern::domain::notifications::model::{Notification, NotificationType, Urgency};
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use das_tern::flows::doses::{SweepMissedDoses, sweep_missed_doses};
use das_tern::platform::clock::Span;
use das_tern::platform::store::Reader;
use serde_json::json;

use super::kit::{clinic, daily, doses_of, line_of, prescribe, statuses, take, write};
use crate::kit::{Client, TestServer};

impl TestServer {
    /// Connects a carer with a patient straight in the tables, sharing everything.
    pub async fn connected(&self, carer: &Client, patient: &Client) {
        self.connected_with(carer, patient, Permission::all(), AlertSettings::default()).await;
    }

    pub async fn connected_with(
        &self,
        carer: &Client,
        patient: &Client,
        permission: Permission,
        alerts: AlertSettings,
    ) {
        let (carer, patient) = (carer.id(), patient.id());
        self.context()
            .store
            .write(move |tx| {
                let role = das_tern::domain::users::tables::require(tx, carer)?.role;
                let connection = Connection {
                    id: tx.new_id()?,
                    patient,
                    carer,
                    kind: ConnectionKind::usual(role),
                    state: ConnectionState::Accepted,
                    requested_by: carer,
                    permission: permission.clone(),
                    alerts,
                    created_at: tx.now(),
                    answered_at: Some(tx.now()),
                    ended_at: None,
                    ended_by: None,
                    end_reason: None,
                    updated_at: tx.now(),
                };
                connections::save(tx, &connection)
            })
            .await
            .unwrap();
    }

    /// A person's messages, oldest first.
    pub fn messages(&self, person: &Client) -> Vec<Notification> {
        let rows = self.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &person.id())).unwrap();
        rows.into_iter().map(|(_, row)| row).collect()
    }

    pub async fn pass(&self, span: Span) {
        self.clock().advance(span);
        sweep_missed_doses(self.context().clone(), SweepMissedDoses {}).await.unwrap();
    }
}

fn shown(messages: &[Notification]) -> Vec<(NotificationType, Urgency, &str)> {
    messages.iter().map(|message| (message.kind, message.urgency, message.params.text_of("count"))).collect()
}

#[tokio::test]
async fn family_hears_at_once_and_doctors_from_the_second_in_a_row() {
    let server = clinic().await;
    let (dara, sok, mother) =
        (server.patient("dara").await, server.doctor("sok").await, server.family("mom").await);
    server.connected(&sok, &dara).await;
    server.connected(&mother, &dara).await;
    prescribe(&server, &dara, daily("me")).await;
    server.pass(Span::minutes(31)).await;
    assert_eq!(shown(&server.messages(&mother)), [(NotificationType::FamilyAlert, Urgency::Normal, "1")]);
    assert_eq!(server.messages(&sok).len(), 0);
    server.pass(Span::hours(11)).await;
    assert_eq!(shown(&server.messages(&sok)), [(NotificationType::MissedDoseAlert, Urgency::Warning, "1")]);
    server.pass(Span::hours(13)).await;
    let to_doctor = server.messages(&sok);
    assert_eq!(to_doctor.len(), 2);
    assert_eq!(to_doctor[1].urgency, Urgency::Critical);
    assert_eq!(to_doctor[1].params.text_of("name"), "dara");
    assert_eq!(server.messages(&mother).len(), 3);
    server.finish().await;
}

#[tokio::test]
async fn misses_on_three_days_are_critical_even_when_not_in_a_row() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connected(&sok, &dara).await;
    prescribe(&server, &dara, daily("me")).await;
    for date in ["2026-11-22", "2026-11-23", "2026-11-24"] {
        let ids = doses_of(&dara, date).await;
        take(&dara, &ids[0]).await;
        server.pass(Span::hours(24)).await;
    }
    let messages = server.messages(&sok);
    assert_eq!(messages.iter().map(|message| message.urgency).collect::<Vec<_>>(), [Urgency::Critical]);
    server.finish().await;
}

#[tokio::test]
async fn several_misses_within_ten_minutes_make_one_message() {
    let server = clinic().await;
    let (dara, mother) = (server.patient("dara").await, server.family("mom").await);
    server.connected(&mother, &dara).await;
    let patient = dara.id();
    server
        .context()
        .store
        .write(move |tx| {
            let lines = ["07:00", "07:00", "07:05", "07:40"]
                .map(|time| das_tern::domain::prescriptions::model::Schedule::Times {
                    times: vec![chrono::NaiveTime::parse_from_str(time, "%H:%M").unwrap()],
                    amount: das_tern::domain::prescriptions::model::Amount::whole(1),
                    days: das_tern::domain::prescriptions::model::DayPattern::Daily,
                })
                .map(|schedule| line_of(tx, patient, schedule, None));
            write(tx, patient, lines.to_vec());
            Ok(())
        })
        .await
        .unwrap();
    server.pass(Span::minutes(31)).await;
    assert_eq!(shown(&server.messages(&mother)), [(NotificationType::FamilyAlert, Urgency::Normal, "2")]);
    server.pass(Span::minutes(5)).await;
    assert_eq!(shown(&server.messages(&mother)), [(NotificationType::FamilyAlert, Urgency::Normal, "3")]);
    server.pass(Span::minutes(40)).await;
    assert_eq!(server.messages(&mother).len(), 2);
    server.finish().await;
}

#[tokio::test]
async fn who_may_not_see_doses_hears_nothing_and_who_waits_hears_later() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    let people = [
        server.family("vitals").await,
        server.family("other").await,
        server.family("silent").await,
        server.family("request").await,
        server.family("patient").await,
    ];
    let first = prescribe(&server, &dara, daily("m")).await;
    let chosen = |scopes: Vec<Scope>, prescriptions| Permission {
        level: PermissionLevel::Selected,
        scopes,
        prescriptions,
        ..Permission::all()
    };
    let at_once = AlertSettings::default();
    let other = Some(vec![das_tern::platform::ids::PrescriptionId(dara.id().0)]);
    server.connected_with(&people[0], &dara, chosen(vec![Scope::Vitals], None), at_once).await;
    server.connected_with(&people[1], &dara, chosen(vec![Scope::Doses], other), at_once).await;
    let silent = AlertSettings { enabled: false, delay_minutes: 0 };
    server.connected_with(&people[2], &dara, Permission::all(), silent).await;
    let request = Permission { level: PermissionLevel::Request, ..Permission::all() };
    server.connected_with(&people[3], &dara, request, at_once).await;
    let waits = AlertSettings { enabled: true, delay_minutes: 30 };
    server.connected_with(&people[4], &dara, chosen(vec![Scope::Doses], Some(vec![first])), waits).await;
    server.pass(Span::minutes(31)).await;
    assert_eq!(statuses(&dara, "2026-11-22").await, ["MISSED"]);
    for person in &people {
        assert_eq!(server.messages(person).len(), 0, "{}", person.name());
    }
    server.clock().advance(Span::minutes(31));
    server.run_jobs().await;
    assert_eq!(server.messages(&people[4]).len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn after_downtime_old_misses_are_recorded_but_not_alarmed() {
    let server = clinic().await;
    let (dara, mother) = (server.patient("dara").await, server.family("mom").await);
    server.connected(&mother, &dara).await;
    prescribe(&server, &dara, daily("mnex")).await;
    server.pass(Span::days(5)).await;
    let missed = dara.get("/doses/history?status=MISSED&limit=100").await.ok();
    assert_eq!(missed["items"].as_array().unwrap().len(), 20);
    let messages = server.messages(&mother);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].params.text_of("count"), "4");
    server.finish().await;
}

#[tokio::test]
async fn what_was_taken_offline_is_told_to_those_who_worried() {
    let server = clinic().await;
    let (dara, mother) = (server.patient("dara").await, server.family("mom").await);
    server.connected(&mother, &dara).await;
    prescribe(&server, &dara, daily("m")).await;
    let id = doses_of(&dara, "2026-11-22").await.remove(0);
    server.pass(Span::minutes(31)).await;
    let action = json!({ "clientId": "a", "doseId": id, "action": "taken", "at": "2026-11-22T07:05" });
    dara.post("/doses/sync", json!({ "actions": [action] })).await.ok();
    let messages = server.messages(&mother);
    assert_eq!(messages.len(), 2);
    let after_all = messages.iter().find(|message| message.variant == "reconnected").unwrap();
    assert_eq!(after_all.params.text_of("time"), "22/11/2026 07:05");
    let own = server.messages(&dara).into_iter().find(|message| message.variant == "reconnected").unwrap();
    assert_eq!(own.kind, NotificationType::AdherenceImproved);
    server.finish().await;
}

#[tokio::test]
async fn a_better_mark_is_praised_once_a_day() {
    let server = clinic().await;
    let dara = server.patient("dara").await;
    prescribe(&server, &dara, daily("mnex")).await;
    let ids = doses_of(&dara, "2026-11-22").await;
    server.pass(Span::minutes(31)).await;
    for id in &ids[1..3] {
        dara.post(format!("/doses/{id}/mark-taken"), json!({ "confirmEarly": true })).await.ok();
    }
    let mut own = server.messages(&dara);
    own.retain(|message| message.kind == NotificationType::AdherenceImproved);
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].params.text_of("rate"), "50");
    server.finish().await;
}

#[tokio::test]
async fn family_marks_when_the_patient_lets_them_and_doctors_only_correct() {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    let (mother, uncle) = (server.family("mom").await, server.family("uncle").await);
    prescribe(&server, &dara, daily("mn")).await;
    let ids = doses_of(&dara, "2026-11-22").await;
    server.connected(&sok, &dara).await;
    server.connected(&uncle, &dara).await;
    let may = Permission { may_record_doses: true, ..Permission::all() };
    server.connected_with(&mother, &dara, may, AlertSettings::default()).await;
    let mark = |client: &Client, id: &str| client.post(format!("/doses/{id}/mark-taken"), json!({}));
    mark(&uncle, &ids[0]).await.expect(403).code("write_not_allowed");
    mark(&sok, &ids[0]).await.expect(403).code("doctor_only_corrects");
    let marked = mark(&mother, &ids[0]).await.ok();
    assert_eq!(marked["dose"]["recordedBy"], mother.id().to_string());
    let body = json!({ "status": "SKIPPED", "reason": "the tablet lay on the floor" });
    dara.post(format!("/doses/{}/correct", ids[0]), body.clone()).await.expect(403).code("role_not_allowed");
    server.clock().advance(Span::days(10));
    let corrected = sok.post(format!("/doses/{}/correct", ids[0]), body).await.ok();
    assert_eq!(corrected["dose"]["status"], "SKIPPED");
    assert_eq!(corrected["dose"]["corrections"][0]["recordedBy"], mother.id().to_string());
    let empty = json!({ "status": "DUE", "reason": " " });
    let fields = sok.post(format!("/doses/{}/correct", ids[0]), empty).await.expect(400).bad_fields();
    assert_eq!(fields, ["reason", "status"]);
    sok.get(format!("/adherence/weekly?patientId={}", dara.id())).await.ok();
    server.finish().await;
}

#[tokio::test]
async fn two_thousand_overdue_doses_are_swept_with_their_messages() {
    let server = clinic().await;
    let sok = server.doctor("sok").await;
    let doctor = sok.id();
    let template = server.patient("template").await;
    let template_id = template.id();
    server
        .context()
        .store
        .write(move |tx| {
            use das_tern::domain::users::tables as users;
            let template = users::require(tx, template_id)?;
            for number in 0..1_000_u32 {
                let mut user = template.clone();
                user.id = tx.new_id()?;
                user.email = None;
                user.patient_number = Some(1_000 + number);
                users::save(tx, &user)?;
                let lines =
                    vec![line_of(tx, user.id, daily("m"), None), line_of(tx, user.id, daily("m"), None)];
                write(tx, user.id, lines);
                let connection = Connection {
                    id: tx.new_id()?,
                    patient: user.id,
                    carer: doctor,
                    kind: ConnectionKind::Doctor,
                    state: ConnectionState::Accepted,
                    requested_by: doctor,
                    permission: Permission::all(),
                    alerts: AlertSettings::default(),
                    created_at: tx.now(),
                    answered_at: None,
                    ended_at: None,
                    ended_by: None,
                    end_reason: None,
                    updated_at: tx.now(),
                };
                connections::save(tx, &connection)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    // Two days in a row, so that the doctor is told of each patient.
    server.pass(Span::minutes(31)).await;
    server.clock().advance(Span::days(1));
    #[expect(clippy::disallowed_methods, reason = "a measurement")]
    let begun = std::time::Instant::now();
    sweep_missed_doses(server.context().clone(), SweepMissedDoses {}).await.unwrap();
    println!("2,000 overdue doses with 1,000 messages: {:?}", begun.elapsed());
    #[expect(clippy::disallowed_methods, reason = "a measurement")]
    let begun = std::time::Instant::now();
    sweep_missed_doses(server.context().clone(), SweepMissedDoses {}).await.unwrap();
    println!("nothing due: {:?}", begun.elapsed());
    assert_eq!(server.messages(&sok).len(), 1_000);
    server.finish().await;
}
