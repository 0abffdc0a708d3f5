//! What is due at one time: reminders of ten thousand doses in one minute, and two thousand missed doses with
//! their messages. In this process, under a clock that is set and not waited for.
//!
//! Counted is everything up to the channels: the message in the application, and its delivery job run to its end.
//! Without a mail server and push settings there is nothing outside to wait for.

use std::sync::Arc;

use chrono::NaiveDate;
use tokio::task::JoinSet;

use super::measure::stopwatch;
use crate::app::{Parts, Work, jobs};
use crate::cli::clinic::{Clinic, NewDoctor, NewPatient, Person};
use crate::cli::say;
use crate::domain::connections::model::PermissionLevel;
use crate::domain::prescriptions::draft::{ContentInput, LineInput};
use crate::domain::users::model::{Gender, Specialty};
use crate::flows;
use crate::flows::doses::{SendDoseReminders, SweepMissedDoses};
use crate::flows::prescriptions::{NewPrescription, Start, Urgency};
use crate::platform::clock::belief::Clocks;
use crate::platform::clock::{Clock, ManualClock, Span, SystemClock, Timestamp, start_of_day};
use crate::platform::context::Context;
use crate::platform::crypto::PasswordCost;
use crate::platform::error::{Error, Result};
use crate::platform::jobs::{SystemWaiter, Worker};
use crate::platform::secret::Secret;
use crate::platform::settings::Settings;

/// What the rows are called on the command line.
pub const NAME: &str = "due reminders";
/// Patients registered at the same time.
const AT_ONCE: usize = 128;
/// Patients who are reminded.
const REMINDED: u32 = 10_000;
/// Patients with two doses each that are missed, and a doctor who is told.
const MISSING: u32 = 1_000;
/// The hour of the doses.
const HOUR: i64 = 7;

/// One row.
#[derive(Debug, serde::Serialize)]
struct Row {
    /// What was due.
    flow: String,
    /// How many.
    count: u32,
    /// Until all messages were written.
    written_seconds: f64,
    /// Until every delivery job had ended.
    delivered_seconds: f64,
    /// A pass of the job that finds nothing.
    idle_ms: f64,
}

/// Runs the bench in `settings`' data directory, which must be empty.
///
/// # Errors
/// When a use case refuses, which would be a fault of the bench.
pub async fn run(mut settings: Settings, root_key: Secret<[u8; 32]>, json: bool) -> Result<()> {
    settings.auth.password_cost = PasswordCost { memory_kib: 64, passes: 1 };
    settings.auth.hash_threads = 2;
    settings.medicines.shipped_list = false;
    let zone = settings.clinic.time_zone;
    let today = SystemClock.now().day_in(zone);
    let morning = |days: i64| start_of_day(today, zone).plus(Span::days(days)).plus(Span::hours(HOUR));
    let mut parts = Parts::of_system(settings, root_key)?;
    // On the evening before everybody is registered.
    let clock = ManualClock::at(morning(0).plus(Span::hours(12)));
    parts.clocks = Clocks::manual(&clock);
    parts.work = Work::OnDemand;
    let (context, signal) = parts.assemble()?;
    let worker = Worker::new(Arc::clone(&context), jobs(), signal, Arc::new(SystemWaiter));
    worker.install().await?;
    let mut room = Room { context, clock, worker };
    room.fill().await?;
    // One day on: those with a doctor miss their first doses, and nobody waits for a daily job any more.
    room.quiet(morning(1).minus(Span::minutes(1))).await?;
    show(&room.reminders(morning(1)).await?, json)?;
    room.quiet(morning(2).plus(Span::minutes(29))).await?;
    show(&room.sweep(morning(2).plus(Span::minutes(31))).await?, json)
}

fn show(row: &Row, json: bool) -> Result<()> {
    if json {
        let line = serde_json::to_string(row)
            .map_err(|error| Error::internal(format!("unwritable figures: {error}")))?;
        say(&line);
    } else {
        say(&format!(
            "{:<34} written in {:.2} s, carried to the channels in {:.2} s, an idle pass {:.3} ms",
            format!("{}, {}", row.flow, row.count),
            row.written_seconds,
            row.delivered_seconds,
            row.idle_ms
        ));
    }
    Ok(())
}

/// A server without its listener.
struct Room {
    context: Arc<Context>,
    clock: ManualClock,
    worker: Worker,
}

impl Room {
    /// Moves to `time` and does all that is due there.
    async fn quiet(&mut self, time: Timestamp) -> Result<()> {
        self.clock.set(time);
        self.worker.run_until_idle().await.map(drop)
    }

    async fn reminders(&mut self, at: Timestamp) -> Result<Row> {
        self.clock.set(at);
        let started = stopwatch();
        flows::doses::send_dose_reminders(Arc::clone(&self.context), SendDoseReminders {}).await?;
        let written_seconds = started.elapsed().as_secs_f64();
        self.worker.run_until_idle().await?;
        let delivered_seconds = started.elapsed().as_secs_f64();
        let sent = self.context.metrics.reminder_lateness.figures().count;
        if sent != u64::from(REMINDED + MISSING) {
            return Err(Error::internal(format!("{sent} doses were reminded of")));
        }
        let started = stopwatch();
        flows::doses::send_dose_reminders(Arc::clone(&self.context), SendDoseReminders {}).await?;
        Ok(Row {
            flow: NAME.to_owned(),
            count: REMINDED,
            written_seconds,
            delivered_seconds,
            idle_ms: started.elapsed().as_secs_f64() * 1_000.0,
        })
    }

    async fn sweep(&mut self, at: Timestamp) -> Result<Row> {
        self.clock.set(at);
        let started = stopwatch();
        flows::doses::sweep_missed_doses(Arc::clone(&self.context), SweepMissedDoses {}).await?;
        let written_seconds = started.elapsed().as_secs_f64();
        self.worker.run_until_idle().await?;
        let delivered_seconds = started.elapsed().as_secs_f64();
        let started = stopwatch();
        flows::doses::sweep_missed_doses(Arc::clone(&self.context), SweepMissedDoses {}).await?;
        Ok(Row {
            flow: "missed doses with their messages".to_owned(),
            count: MISSING * 2,
            written_seconds,
            delivered_seconds,
            idle_ms: started.elapsed().as_secs_f64() * 1_000.0,
        })
    }

    /// Patients with a dose each for a day, and patients with a doctor and two doses a day.
    async fn fill(&mut self) -> Result<()> {
        let clinic =
            Clinic::open(Arc::clone(&self.context), "admin@bench.example", "bench-clinic-2026").await?;
        let doctor = NewDoctor {
            name: "Dr. Bench",
            email: "doctor@bench.example",
            hospital: "Bench Clinic",
            specialty: Specialty::GeneralPractice,
            license: "BENCH-1",
        };
        let doctor = clinic.doctor(doctor).await?;
        let clinic = Arc::new(clinic);
        let mut running = JoinSet::new();
        let done = |done: std::result::Result<Result<()>, tokio::task::JoinError>| {
            done.map_err(|error| Error::internal(format!("bench patient: {error}")))?
        };
        for number in 0..REMINDED {
            if running.len() >= AT_ONCE
                && let Some(one) = running.join_next().await
            {
                done(one)?;
            }
            let doctor = (number < MISSING).then(|| doctor.clone());
            running.spawn(new_patient(Arc::clone(&clinic), doctor, number));
        }
        while let Some(one) = running.join_next().await {
            done(one)?;
        }
        self.worker.run_until_idle().await.map(drop)
    }
}

/// A patient who has written down what they take: two medicines for days when they have a doctor, else one for a day.
async fn new_patient(clinic: Arc<Clinic>, doctor: Option<Person>, number: u32) -> Result<()> {
    let email = format!("patient{number}@bench.example");
    let new = NewPatient {
        first: "Bench",
        last: "Patient",
        email: &email,
        gender: Gender::Other,
        born: NaiveDate::from_ymd_opt(1980, 1, 1).unwrap_or_default(),
    };
    let patient = clinic.patient(new).await?;
    let mut medicines = vec!["metformin 500 mg"];
    if let Some(doctor) = &doctor {
        clinic.connect(doctor, &patient, PermissionLevel::Allowed, &[]).await?;
        medicines.push("amlodipine 5 mg");
    }
    let days = if doctor.is_some() { 5 } else { 2 };
    let line = |medicine: &str| LineInput {
        medicine_name: Some(medicine.to_owned()),
        dosage: Some("1 tablet".to_owned()),
        times: vec!["07:00".to_owned()],
        duration_days: Some(days),
        ..LineInput::default()
    };
    let lines = medicines.into_iter().map(line).collect();
    let content = ContentInput { lines: Some(lines), ..ContentInput::default() };
    let new =
        NewPrescription { patient: patient.id, content, start: Start::AtOnce, urgent: Urgency::Ordinary };
    flows::prescriptions::create_own(&clinic.context, &patient.caller(), new).await.map(drop)
}
