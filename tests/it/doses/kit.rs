//! Prescriptions straight into the tables, and doses found by their time.

use chrono::NaiveDate;
use chrono_tz::Tz;
use das_tern::domain::auth::model::Caller;
use das_tern::domain::connections::access::{self, Access};
use das_tern::domain::connections::model::{Mode, Scope};
use das_tern::domain::doses::plans;
use das_tern::domain::doses::settling::settle;
use das_tern::domain::prescriptions::model::{Amount, DayPattern, Line, Schedule, SlotAmounts};
use das_tern::domain::prescriptions::record::{Author, Content, Prescription, Version, VersionState};
use das_tern::domain::prescriptions::state::Status;
use das_tern::domain::prescriptions::tables as prescriptions;
use das_tern::domain::users::model::Role;
use das_tern::domain::users::tables as users;
use das_tern::platform::ids::{MedicationId, PrescriptionId, UserId};
use das_tern::platform::store::{Reader, WriteTx};
use serde_json::{Value, json};

use super::planning::line;
use crate::kit::{Client, TestServer};

pub const KHMER: Tz = Tz::Asia__Phnom_Penh;

/// A server whose sign-ins outlast a month of the test's clock.
pub async fn clinic() -> TestServer {
    TestServer::start_with(|settings| settings.auth.access_token_minutes = 60 * 24 * 60).await
}

/// One tablet in each named slot, daily.
pub fn daily(slots: &str) -> Schedule {
    let one = |slot| if slots.contains(slot) { Amount::whole(1) } else { Amount::ZERO };
    let amounts = SlotAmounts { morning: one('m'), noon: one('n'), evening: one('e'), night: one('x') };
    Schedule::Slots { amounts, days: DayPattern::Daily }
}

/// The right of the system to a patient's doses.
pub fn access(tx: &dyn Reader, patient: UserId) -> Access {
    access::check(tx, &Caller::system("test"), patient, Scope::Doses, Mode::Write).unwrap()
}

/// A line that starts today.
pub fn line_of(tx: &mut WriteTx<'_>, patient: UserId, schedule: Schedule, end: Option<NaiveDate>) -> Line {
    let start = tx.now().day_in(KHMER);
    let number = plans::next_line_number(tx, patient).unwrap();
    Line { id: tx.new_id::<MedicationId>().unwrap(), number, ..line(schedule, start, end) }
}

/// Writes an active prescription of these lines and plans its doses.
pub fn write(tx: &mut WriteTx<'_>, patient: UserId, lines: Vec<Line>) -> PrescriptionId {
    let access = access(tx, patient);
    let id: PrescriptionId = tx.new_id().unwrap();
    let now = tx.now();
    let user = users::require(tx, patient).unwrap();
    let meals = &user.preferences.meal_times;
    let lines: Vec<Line> = lines.iter().map(|line| settle(line, meals, KHMER, now)).collect();
    let author = Author { id: patient, role: Role::Patient, name: user.full_name.clone() };
    let content = Content { lines: lines.clone(), ..Content::default() };
    let version = Version {
        number: 1,
        author: author.clone(),
        at: now,
        confirmed_at: None,
        paused_at: None,
        reason: None,
        urgent: false,
        state: VersionState::Applied,
        content: content.clone(),
        changes: Vec::new(),
    };
    let row = Prescription {
        id,
        patient,
        author,
        status: Status::Active,
        version: 1,
        content,
        pending_version: None,
        pauses: Vec::new(),
        urgent: false,
        urgent_reason: None,
        reason: None,
        confirmed_at: None,
        activated_at: Some(now),
        ended_at: None,
        paused_at: None,
        batch: None,
        created_at: now,
        updated_at: now,
        revision: 0,
        told_of: std::collections::BTreeSet::new(),
    };
    prescriptions::save(tx, &access, &row).unwrap();
    prescriptions::add_version(tx, &access, id, &version).unwrap();
    plans::plan(tx, &access, &user, id, 1, &lines, KHMER).unwrap();
    id
}

/// A prescription of one line.
pub async fn prescribe(server: &TestServer, patient: &Client, schedule: Schedule) -> PrescriptionId {
    let patient = patient.id();
    server
        .context()
        .store
        .write(move |tx| {
            let line = line_of(tx, patient, schedule.clone(), None);
            Ok(write(tx, patient, vec![line]))
        })
        .await
        .unwrap()
}

/// The ids of the doses of a day (`2026-11-22`), in order.
pub async fn doses_of(patient: &Client, date: &str) -> Vec<String> {
    let schedule = patient.get(format!("/doses/schedule?date={date}")).await.ok();
    schedule["doses"].as_array().unwrap().iter().map(|dose| dose["id"].as_str().unwrap().to_owned()).collect()
}

/// Marks a dose taken now.
pub async fn take(patient: &Client, dose: &str) -> Value {
    patient.post(format!("/doses/{dose}/mark-taken"), json!({})).await.ok()
}

/// The statuses of a day's doses, in order.
pub async fn statuses(patient: &Client, date: &str) -> Vec<String> {
    let schedule = patient.get(format!("/doses/schedule?date={date}")).await.ok();
    schedule["doses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dose| dose["status"].as_str().unwrap().to_owned())
        .collect()
}

/// The id of a prescription's first line.
pub fn first_line(server: &TestServer, patient: &Client, prescription: PrescriptionId) -> MedicationId {
    let key = (patient.id(), prescription);
    let row = server.context().store.read(|tx| prescriptions::PRESCRIPTIONS.get(tx, &key)).unwrap();
    row.unwrap().content.lines[0].id
}
