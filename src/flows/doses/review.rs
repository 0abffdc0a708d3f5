//! The daily look at each patient's treatment, in the morning: follow-up visits that are due, medicine that runs
//! out, adherence that is low.
//!
//! After downtime each is looked over once, and told what still makes sense.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::desk::percent_text;
use super::rounds::{self, Round, Whom};
use super::sweep::mark_overdue;
use crate::domain::adherence::rules as adherence_rules;
use crate::domain::auth::model::Caller;
use crate::domain::care::known_carers_of;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{ConnectionKind, Mode, Scope};
use crate::domain::doses::model::{Care, DoseStatus, Filling};
use crate::domain::doses::review::{
    FollowUp, LOW_ADHERENCE_DAYS, LOW_ADHERENCE_DOSES_MIN, next_review, runs_out_on,
};
use crate::domain::doses::tables::{self as doses, BY_REVIEW};
use crate::domain::figures;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::prescriptions::model::{Amount, Line};
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::prescriptions::units::DoseUnit;
use crate::domain::users::model::{Role, Status as AccountStatus, User};
use crate::domain::users::tables as users;
use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::i18n::Language;
use crate::platform::i18n::day_text;
use crate::platform::ids::{NotificationId, UserId};
use crate::platform::jobs::Job;
use crate::platform::settings::{AdherenceSettings, NoticeSettings};
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// Patients done in one transaction.
const BATCH: usize = 50;
/// A patient is told of low adherence once in so many days.
const LOW_ADHERENCE_PAUSE: Span = Span::days(7);

/// Looks over the treatments whose time has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReviewTreatments {}

impl Job for ReviewTreatments {
    const NAME: &'static str = "review-treatments";
    /// Not that of the sweep, which must not wait for a whole clinic to be looked over.
    const QUEUE: &'static str = "upkeep";
    /// The next minute tries again.
    const MAX_ATTEMPTS: u32 = 1;
}

/// Handler of [`ReviewTreatments`].
///
/// # Errors
/// When the store cannot be read or written.
pub async fn review_treatments(context: Arc<Context>, _: ReviewTreatments) -> Result<()> {
    let rules = Rules {
        zone: context.zone(),
        adherence: context.settings.adherence.clone(),
        notices: context.settings.notices.clone(),
    };
    let round = Round {
        by: "treatment-review",
        action: "treatment.review",
        whom: Whom::Due(&BY_REVIEW),
        batch: BATCH,
        found: "notices",
    };
    let one =
        move |tx: &mut WriteTx<'_>, by: &Caller, patient| Ok(review_patient(tx, by, patient, &rules)?.into());
    rounds::go(&context, round, one).await.map(drop)
}

/// What the look goes by.
#[derive(Clone)]
struct Rules {
    zone: Tz,
    adherence: AdherenceSettings,
    notices: NoticeSettings,
}

/// Looks one patient's treatment over. Returns the messages that were written.
fn review_patient(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    patient: UserId,
    rules: &Rules,
) -> Result<Vec<NotificationId>> {
    let access = access::check(tx, caller, patient, Scope::Doses, Mode::Write)?;
    let patient = users::require(tx, patient)?;
    let today = tx.now().day_in(rules.zone);
    let yesterday = today.pred_opt().unwrap_or(today);
    if patient.status == AccountStatus::Active {
        // After downtime this look may come before the sweep: what was missed meanwhile counts in the figures below.
        mark_overdue(tx, &access, &patient, rules.zone)?;
    }
    let rows = prescriptions::list(tx, &access)?;
    let mut care = doses::care(tx, &access)?;
    let mut review = Review {
        access: &access,
        patient: &patient,
        rows: &rows,
        last: care.reviewed_on.unwrap_or(yesterday),
        today,
        rules,
        told: Vec::new(),
    };
    if patient.status == AccountStatus::Active && review.last < today {
        review.follow_ups(tx)?;
        review.refills(tx, &mut care)?;
        review.low_adherence(tx, &mut care)?;
    }
    let told = review.told;
    let is_running = |row: &Prescription| {
        row.status_on(today) == Status::Active || row.content.follow_up.is_some_and(|date| date >= yesterday)
    };
    care.reviewed_on = Some(today);
    care.review_at = rows.iter().any(is_running).then(|| next_review(tx.now(), rules.zone));
    doses::save_care(tx, &access, &care)?;
    Ok(told)
}

/// One patient's treatment on one day.
struct Review<'a> {
    access: &'a Access,
    patient: &'a User,
    rows: &'a [Prescription],
    /// The day of the look before.
    last: NaiveDate,
    today: NaiveDate,
    rules: &'a Rules,
    told: Vec<NotificationId>,
}

impl Review<'_> {
    fn tell(
        &mut self,
        tx: &mut WriteTx<'_>,
        to: UserId,
        (kind, variant): (NotificationType, &'static str),
        params: Params,
        resource: (&'static str, String),
    ) -> Result<()> {
        let notice = Notice {
            to,
            kind,
            variant,
            urgency: Urgency::Normal,
            params,
            patient: Some(self.patient.id),
            resource: Some(resource),
        };
        self.told.push(notify(tx, notice)?);
        Ok(())
    }

    /// The patient hears of a visit the day before and on the day, the doctor when it has passed without them
    /// having prescribed since.
    fn follow_ups(&mut self, tx: &mut WriteTx<'_>) -> Result<()> {
        let issued =
            |row: &&Prescription| matches!(row.status, Status::Active | Status::Paused | Status::Completed);
        let mut seen = BTreeSet::new();
        for row in self.rows.iter().filter(issued) {
            let Some(date) = row.content.follow_up else { continue };
            let resource = ("prescription", row.id.to_string());
            let on = Params::new().text("date", day_text(date));
            match FollowUp::of(date, self.last, self.today) {
                Some(FollowUp::Near) if seen.insert((self.patient.id, date)) => {
                    let kind = (NotificationType::FollowUpDue, "default");
                    self.tell(tx, self.patient.id, kind, on, resource)?;
                }
                Some(FollowUp::Overdue) if self.is_doctor_waiting(tx, row, date)? => {
                    if seen.insert((row.author.id, date)) {
                        let kind = (NotificationType::FollowUpDue, "doctor");
                        let params = on.text("name", self.patient.full_name.reveal());
                        self.tell(tx, row.author.id, kind, params, resource)?;
                    }
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    /// Whether the author is a doctor who still treats the patient and has not prescribed since the day before the
    /// visit.
    fn is_doctor_waiting(&self, tx: &dyn Reader, row: &Prescription, date: NaiveDate) -> Result<bool> {
        if row.author.role != Role::Doctor {
            return Ok(false);
        }
        let now = tx.now();
        let treats = known_carers_of(tx, self.patient.id)?.0.iter().any(|connection| {
            connection.carer == row.author.id
                && connection.kind == ConnectionKind::Doctor
                && connection.shares_prescription(row.id, Scope::Prescriptions, now)
        });
        let since = date.pred_opt().unwrap_or(date);
        for own in self.rows.iter().filter(|own| own.author.id == row.author.id) {
            let written_at = prescriptions::version(tx, self.access, own.id, own.version)?.at;
            if written_at.day_in(self.rules.zone) >= since {
                return Ok(false);
            }
        }
        Ok(treats)
    }

    /// The patient hears once of each filling that will not last for more than the days of the settings.
    fn refills(&mut self, tx: &mut WriteTx<'_>, care: &mut Care) -> Result<()> {
        let mut open: BTreeMap<u32, (&Line, Filling, String)> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.status_on(self.today) == Status::Active) {
            for line in row.content.lines.iter().filter(|line| !line.is_as_needed()) {
                let Some(quantity) = line.quantity.filter(|_| is_counted(line)) else { continue };
                let filling = Filling { line: line.number, quantity, ends_on: None };
                let is_told = |told: &&Filling| told.quantity == quantity && line.has_number(told.line);
                if !care.refills_told.iter().any(|told| is_told(&told)) {
                    open.insert(line.number, (line, filling, row.id.to_string()));
                }
            }
        }
        let Some(start) = open.values().map(|(line, ..)| line.start).min() else { return Ok(()) };
        let numbers: BTreeMap<u32, u32> =
            open.values().flat_map(|(line, ..)| line.numbers().map(|number| (number, line.number))).collect();
        let uses = uses_of(tx, self.access, start, &numbers)?;
        for (number, (line, filling, prescription)) in open {
            let used = uses.get(&number).cloned().unwrap_or_default();
            // A quantity is in what the pharmacy counts, and so are the doses that are held against it.
            let counted = |amount: Amount| line.counted(amount).unwrap_or(amount);
            let taken = counted(Amount::from_ten_thousandths(used.taken)).as_ten_thousandths();
            let left = filling.quantity.as_ten_thousandths().saturating_sub(taken);
            let planned: Vec<(NaiveDate, Amount)> =
                used.planned.iter().map(|(date, amount)| (*date, counted(*amount))).collect();
            let out_on = runs_out_on(Amount::from_ten_thousandths(left), &planned);
            let Some(out_on) = out_on else { continue };
            let days = (out_on - self.today).num_days().max(0);
            if days > i64::from(self.rules.notices.refill_days) {
                continue;
            }
            let khmer = line.medicine_name_khmer.as_ref();
            let khmer = khmer.filter(|_| self.patient.preferences.language == Language::Khmer);
            let medicine = khmer.unwrap_or(&line.medicine_name).clone();
            let params = Params::new().text("medicine", medicine).text("days", days.to_string());
            let kind = (NotificationType::RefillDue, "default");
            self.tell(tx, self.patient.id, kind, params, ("prescription", prescription))?;
            care.refills_told.retain(|told| !line.has_number(told.line));
            care.refills_told.push(Filling { ends_on: Some(out_on), ..filling });
        }
        Ok(())
    }

    /// The patient and the doctors who may see all their doses hear when the figure of the last days is RED.
    fn low_adherence(&mut self, tx: &mut WriteTx<'_>, care: &mut Care) -> Result<()> {
        let now = tx.now();
        if care.low_told_at.is_some_and(|told_at| now < told_at.plus(LOW_ADHERENCE_PAUSE)) {
            return Ok(());
        }
        let last = self.today.pred_opt().unwrap_or(self.today);
        let first = adherence_rules::window_start(last, LOW_ADHERENCE_DAYS);
        let tally = adherence_rules::sum(&figures::tallies(tx, self.access, first, last)?);
        let Some(rate) = adherence_rules::taking(&tally) else { return Ok(()) };
        if tally.counted() < LOW_ADHERENCE_DOSES_MIN || rate.0 >= self.rules.adherence.yellow_from_permille {
            return Ok(());
        }
        care.low_told_at = Some(now);
        let params =
            Params::new().text("rate", percent_text(rate)).text("days", LOW_ADHERENCE_DAYS.to_string());
        let resource = ("patient", self.patient.id.to_string());
        let kind = NotificationType::LowAdherence;
        self.tell(tx, self.patient.id, (kind, "default"), params.clone(), resource.clone())?;
        for carer in known_carers_of(tx, self.patient.id)?.0 {
            let sees_all = carer.shares(Scope::Doses, now) && carer.only().is_none();
            if carer.kind == ConnectionKind::Doctor && carer.alerts.enabled && sees_all {
                let params = params.clone().text("name", self.patient.full_name.reveal());
                self.tell(tx, carer.carer, (kind, "doctor"), params, resource.clone())?;
            }
        }
        Ok(())
    }
}

/// Whether the amounts of a line can be held against its quantity.
fn is_counted(line: &Line) -> bool {
    line.counted.is_some()
        || DoseUnit::from_code(&line.unit).is_some_and(|unit| unit.is_counted() || unit == DoseUnit::Ml)
}

/// What was taken of a line, in ten-thousandths, and what is planned of it, in order.
#[derive(Debug, Clone, Default)]
struct Uses {
    taken: u32,
    planned: Vec<(NaiveDate, Amount)>,
}

/// The uses of some lines since `start`, by their number. `numbers` leads to it from those that they had before.
fn uses_of(
    tx: &dyn Reader,
    access: &Access,
    start: NaiveDate,
    numbers: &BTreeMap<u32, u32>,
) -> Result<BTreeMap<u32, Uses>> {
    let mut uses: BTreeMap<u32, Uses> = BTreeMap::new();
    // A meal just after midnight can put a dose on the day before its own.
    let first = start.checked_sub_days(Days::new(1)).unwrap_or(start);
    doses::visit_days(tx, access, first, Direction::Forward, |date, day| {
        for dose in &day.doses {
            let Some(number) = numbers.get(&dose.line()) else { continue };
            let of_line = uses.entry(*number).or_default();
            if dose.status.is_taken() {
                of_line.taken = of_line.taken.saturating_add(dose.amount.as_ten_thousandths());
            } else if dose.status == DoseStatus::Due {
                of_line.planned.push((date, dose.amount));
            }
        }
        Ok(Step::Continue)
    })?;
    Ok(uses)
}
