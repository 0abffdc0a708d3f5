//! Ninety days in the life of the demo clinic, lived through the use cases on a clock that is moved by hand.

use std::sync::Arc;

use chrono::{Days, NaiveDate, NaiveTime, Timelike};
use tokio::task::JoinSet;

use super::cast::{Course, Patient};
use super::treatments::{Revision, TREATMENTS};
use super::{records, vitals};
use crate::cli::clinic::{Clinic, Person};
use crate::domain::doses::model::{DoseStatus, SkipReason};
use crate::domain::doses::rules::Early;
use crate::domain::medicines::model::{Form, Route};
use crate::domain::medicines::rules::medicine_id;
use crate::domain::prescriptions::draft::{ContentInput, LineInput};
use crate::flows;
use crate::flows::doses::{MarkTaken, Skip};
use crate::flows::prescriptions::{ChangeRequest, Edit, NewPrescription, Pace, Start, Urgency};
use crate::platform::clock::{ManualClock, Span, Timestamp, instant_of};
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::ids::PrescriptionId;
use crate::platform::jobs::Worker;
use crate::platform::random::Random;
use crate::views;
use crate::views::schedule::{Grouping, ScheduleQuery};

/// Days of history.
pub const DAYS: u32 = 90;
/// When they measure, and their doctors look at what alarmed them.
const MORNING: (u32, u32) = (7, 25);
/// When the patients look at their medicine: hours and minutes of the clinic's wall clock.
const ROUNDS: [(u32, u32); 4] = [MORNING, (11, 55), (17, 55), (21, 25)];

/// A patient whose history is written.
pub struct Life {
    /// How they are meant to behave.
    pub plan: Patient,
    /// Their account.
    pub person: Person,
    /// Who treats them.
    pub doctor: Person,
    prescription: Option<PrescriptionId>,
}

impl Life {
    /// A patient who has no prescription yet.
    pub fn new(plan: Patient, person: Person, doctor: Person) -> Self {
        Self { plan, person, doctor, prescription: None }
    }
}

/// The history in the making.
pub struct History<'a> {
    /// The clinic.
    pub clinic: &'a Clinic,
    /// Its clock.
    pub clock: &'a ManualClock,
    /// Runs the jobs that the days bring.
    pub worker: &'a mut Worker,
    /// Decides who forgets what.
    pub random: Arc<Random>,
}

impl History<'_> {
    /// Lives from `first_day` until two hours before `now`.
    ///
    /// # Errors
    /// When a use case refuses, which would be a fault of the demo.
    pub async fn live(&mut self, lives: &mut [Life], first_day: NaiveDate, now: Timestamp) -> Result<()> {
        let end = now.minus(Span::hours(2));
        let zone = self.clinic.context.zone();
        records::begin(&self.clinic.context, lives, first_day).await?;
        self.prescribe_all(lives).await?;
        let doctors = doctors_of(lives);
        for number in 0..=DAYS {
            let day = first_day.checked_add_days(Days::new(u64::from(number))).unwrap_or(first_day);
            self.doctors_decide(lives, number).await?;
            for (hour, minute) in ROUNDS {
                let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or(NaiveTime::MIN);
                let at = instant_of(day.and_time(time), zone);
                if at > end {
                    break;
                }
                self.clock.set(at);
                if (hour, minute) == MORNING {
                    vitals::measure(&self.clinic.context, lives, number).await?;
                    vitals::look_after(&self.clinic.context, &doctors, number).await?;
                }
                self.round(lives, day, number).await?;
                self.worker.run_until_idle().await?;
            }
        }
        self.clock.set(end);
        self.worker.run_until_idle().await?;
        self.prescribe_for_today(lives, now).await?;
        Ok(())
    }

    async fn prescribe_all(&self, lives: &mut [Life]) -> Result<()> {
        for life in lives {
            let Some(treatment) = TREATMENTS.get(life.plan.treatment) else { continue };
            let content = treatment.content(Revision::First);
            life.prescription = Some(prescribe(&self.clinic.context, life, content).await?);
        }
        Ok(())
    }

    /// A month in, some treatments are revised; at half time, some are paused for a week.
    async fn doctors_decide(&self, lives: &[Life], day: u32) -> Result<()> {
        let context = &self.clinic.context;
        for (place, life) in lives.iter().enumerate() {
            let (Some(id), doctor) = (life.prescription, life.doctor.caller()) else { continue };
            match (day, place % 10) {
                (30, 2 | 5) => {
                    let Some(treatment) = TREATMENTS.get(life.plan.treatment) else { continue };
                    let content = treatment.content(Revision::Revised);
                    let change = ChangeRequest {
                        edit: Edit::Content(Box::new(content)),
                        reason: Some("The last readings were too high.".to_owned()),
                        pace: Pace::Urgent,
                        if_match: None,
                    };
                    flows::prescriptions::change(context, &doctor, id, change).await?;
                }
                (45, 7) => {
                    flows::prescriptions::pause(
                        context,
                        &doctor,
                        id,
                        Some("Travelling for a week.".to_owned()),
                    )
                    .await?;
                }
                (52, 7) => {
                    flows::prescriptions::resume(context, &doctor, id).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Everybody looks at what is due, at once as people do.
    async fn round(&self, lives: &[Life], day: NaiveDate, number: u32) -> Result<()> {
        let mut patients = JoinSet::new();
        for life in lives {
            let (context, random) = (Arc::clone(&self.clinic.context), Arc::clone(&self.random));
            let (person, course) = (life.person.clone(), life.plan.course);
            patients.spawn(
                async move { take_what_is_due(&context, &random, &person, course, day, number).await },
            );
        }
        while let Some(done) = patients.join_next().await {
            done.map_err(|error| Error::internal(format!("demo history: {error}")))??;
        }
        Ok(())
    }

    /// Some patients have doses due at this very moment, whatever the time of day.
    async fn prescribe_for_today(&self, lives: &[Life], now: Timestamp) -> Result<()> {
        let zone = self.clinic.context.zone();
        let times = [-10, 50, 110].map(|minutes| {
            let time = now.plus(Span::minutes(minutes)).local(zone).time();
            format!("{:02}:{:02}", time.hour(), time.minute())
        });
        for life in lives.iter().step_by(4) {
            let line = LineInput {
                medicine_id: Some(medicine_id("ambroxol", Form::Tablet, "30 mg", Route::Oral)),
                dosage: Some("1 tablet".to_owned()),
                times: times.to_vec(),
                duration_days: Some(7),
                ..LineInput::default()
            };
            let content = ContentInput {
                diagnosis: Some("Acute bronchitis".to_owned()),
                lines: Some(vec![line]),
                ..ContentInput::default()
            };
            prescribe(&self.clinic.context, life, content).await?;
        }
        Ok(())
    }
}

/// Everybody who treats somebody.
fn doctors_of(lives: &[Life]) -> Vec<Person> {
    let mut doctors: Vec<Person> = Vec::new();
    for life in lives {
        if !doctors.iter().any(|known| known.id == life.doctor.id) {
            doctors.push(life.doctor.clone());
        }
    }
    doctors
}

async fn prescribe(context: &Context, life: &Life, content: ContentInput) -> Result<PrescriptionId> {
    let new =
        NewPrescription { patient: life.person.id, content, start: Start::AtOnce, urgent: Urgency::Ordinary };
    Ok(flows::prescriptions::create(context, &life.doctor.caller(), new).await?.prescription.id)
}

/// A patient's round: most doses on time, some late, a few left out with a reason, the others forgotten.
async fn take_what_is_due(
    context: &Context,
    random: &Random,
    person: &Person,
    course: Course,
    day: NaiveDate,
    number: u32,
) -> Result<()> {
    let caller = person.caller();
    let query = ScheduleQuery { patient: None, date: Some(day), days: 1, grouping: Grouping::None };
    let schedule = views::schedule::schedule(context, &caller, query).await?;
    let now = context.now();
    for dose in schedule.doses {
        let open = matches!(dose.status, DoseStatus::Due | DoseStatus::Missed) && dose.scheduled_time <= now;
        if !open {
            continue;
        }
        // A dose found missed at a later round is now and then still taken, late.
        let percent =
            if dose.status == DoseStatus::Due { u64::from(course.percent_on(number, DAYS)) } else { 5 };
        let drawn = random.below(100)?;
        let id = dose.id.to_string();
        if drawn < percent {
            let minutes = i64::try_from(random.below(20)?).unwrap_or(0);
            let taken_at = if dose.status == DoseStatus::Due {
                dose.scheduled_time.plus(Span::minutes(minutes)).min(now)
            } else {
                now
            };
            let taken =
                MarkTaken { taken_at: Some(taken_at), sent_at: None, notes: None, early: Early::Unconfirmed };
            flows::doses::mark_taken(context, &caller, id, taken).await?;
        } else if drawn >= 98 && dose.status == DoseStatus::Due {
            let skip = Skip { reason: SkipReason::SideEffect, note: None, sent_at: None };
            flows::doses::skip(context, &caller, id, skip).await?;
        }
    }
    Ok(())
}
