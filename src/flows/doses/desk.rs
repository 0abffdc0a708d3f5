//! What all ways of recording share: finding the dose with the right to change it, putting the changed one in
//! its place, and answering with the adherence that follows.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::apply::apply;
use super::follows::{Record, told};
use super::late;
use super::lines::{current_line_of, line_of};
use super::successors;
use super::sweep::mark_overdue;
use crate::domain::adherence::model::{Tally, Trend};
use crate::domain::adherence::rules as adherence_rules;
use crate::domain::auth::model::{Actor, Caller};
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{ConnectionKind, Mode, Scope};
use crate::domain::doses::card::DoseCard;
use crate::domain::doses::model::{Day, Dose, DoseParts, Source};
use crate::domain::doses::tables::{self as doses, Found};
use crate::domain::figures;
use crate::domain::notifications::model::{Notice, NotificationType, Urgency};
use crate::domain::notifications::params::Params;
use crate::domain::notifications::tables::notify;
use crate::domain::prescriptions::draft::Remark;
use crate::domain::users::model::User;
use crate::domain::users::tables::{self as users, BY_PATIENT_NUMBER};
use crate::flows::vitals::review_after_dose;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::i18n;
use crate::platform::i18n::moment_text;
use crate::platform::ids::UserId;
use crate::platform::settings::AdherenceSettings;
use crate::platform::store::{Reader, WriteTx};

/// Days over which the answer's adherence rate runs, today included.
pub const RATE_DAYS: u32 = 30;

/// The answer to a recorded dose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// Taking adherence of the last 30 days, today included, in percent with one decimal; nothing when no dose
    /// of these days counted.
    pub adherence_rate: Option<f64>,
    /// What the change means, in the caller's language.
    pub message: String,
    /// The dose as it is now.
    pub dose: DoseCard,
    /// Percent of the planned doses of the dose's day that are taken.
    pub daily_progress: Option<f64>,
    /// What whoever recorded it should hear of the doses that follow; mostly nothing.
    #[serde(default)]
    pub notices: Vec<Remark>,
}

/// The caller with the settings that recording needs; cheap to clone into a write.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    pub(super) caller: Caller,
    pub(super) zone: Tz,
    pub(super) settings: AdherenceSettings,
}

/// A dose that the caller may change.
pub(super) struct Opened {
    pub(super) access: Access,
    pub(super) patient: User,
    pub(super) found: Found,
    /// Whether this record gave the doses that follow other times.
    pub(super) has_moved: bool,
}

impl Opened {
    /// The dose as it was recorded.
    pub(super) const fn record(&self) -> Record<'_> {
        let Self { access, patient, found, has_moved } = self;
        Record { access, patient, found, has_moved: *has_moved }
    }
}

/// Who may do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hand {
    /// The patient, or family they let.
    PatientOrFamily,
    /// A doctor, to correct.
    Doctor,
    /// Whoever may record in one way or the other.
    Recorder,
}

impl Desk {
    pub(super) fn of(context: &Context, caller: &Caller) -> Self {
        Self { caller: caller.clone(), zone: context.zone(), settings: context.settings.adherence.clone() }
    }

    /// The dose with the right to change it. Whoever may not know that it exists cannot tell it from one that
    /// does not.
    pub(super) fn open(&self, tx: &dyn Reader, dose: &str, hand: Hand) -> Result<Opened> {
        self.caller.active()?;
        let (id, parts) = DoseParts::parse(dose)?;
        let patient =
            BY_PATIENT_NUMBER.find(tx, &parts.patient)?.ok_or_else(|| Error::not_found("dose_not_found"))?;
        let access = self.enter(tx, patient, hand)?;
        let found = doses::require(tx, &access, id, self.zone)?;
        let patient = users::require(tx, patient)?;
        Ok(Opened { access, patient, found, has_moved: false })
    }

    /// The right to record doses of `patient`.
    pub(super) fn enter(&self, tx: &dyn Reader, patient: UserId, hand: Hand) -> Result<Access> {
        let access =
            access::check(tx, &self.caller, patient, Scope::Doses, Mode::Write).map_err(|error| {
                if error.kind() == Kind::NotFound { Error::not_found("dose_not_found") } else { error }
            })?;
        match (hand, access.kind()) {
            (Hand::PatientOrFamily, Some(ConnectionKind::Doctor)) => {
                Err(Error::forbidden("doctor_only_corrects"))
            }
            (Hand::Doctor, Some(ConnectionKind::Family) | None) => Err(Error::forbidden("role_not_allowed")),
            _ => Ok(access),
        }
    }

    /// Who records; nobody for a job.
    pub(super) fn actor(&self) -> Option<UserId> {
        match self.caller.actor {
            Actor::Person { id, .. } => Some(id),
            Actor::Anonymous | Actor::System(_) => None,
        }
    }

    /// Puts a changed dose in the place of the old one and carries its day's counter along.
    pub(super) fn replace(tx: &mut WriteTx<'_>, opened: &mut Opened, changed: Dose) -> Result<()> {
        let Opened { access, found, .. } = opened;
        opened.has_moved |= replace(tx, access, found.date, &mut found.day, changed.clone())?;
        found.dose = changed;
        Ok(())
    }

    /// What is done after a record, in its transaction: doses of the patient that are past their grace period and
    /// that the sweep has not seen yet count as missed, and who cares for them is told; an abnormal
    /// measurement that no alert covers opens its alert. Comes before the figures of the answer are counted.
    pub(super) fn follow_up(&self, tx: &mut WriteTx<'_>, access: &Access, patient: &User) -> Result<()> {
        let access = &access.of_server();
        let missed = mark_overdue(tx, access, patient, self.zone)?.found;
        if !missed.is_empty()
            && let Some(serde_json::Value::Object(change)) = &mut tx.trail().change
        {
            change.insert("foundMissed".to_owned(), missed.len().into());
        }
        review_after_dose(tx, patient, self.zone)
    }

    /// Writes into the audit what was changed.
    pub(super) fn note(tx: &WriteTx<'_>, access: &Access, old: &Dose, new: &Dose) {
        let mut trail = tx.trail();
        trail.resource = Some(("dose", new.id.to_string()));
        trail.patient = Some(access.patient().into());
        trail.change = Some(serde_json::json!({
            "old": { "status": old.status, "takenAt": old.taken_at() },
            "new": { "status": new.status, "takenAt": new.taken_at() },
        }));
    }

    /// Names the dose for the audit.
    pub(super) fn name(tx: &WriteTx<'_>, opened: &Opened) {
        let mut trail = tx.trail();
        trail.resource = Some(("dose", opened.found.dose.id.to_string()));
        trail.patient = Some(opened.access.patient().into());
    }

    /// The counters of the last 30 days, without and with what holds of the dose, over what `access` covers.
    pub(super) fn before_and_after(
        &self,
        tx: &dyn Reader,
        access: &Access,
        found: &Found,
    ) -> Result<(Tally, Tally)> {
        // Where a day of them is lost nothing can be said of the rate, and what is recorded is recorded all the same.
        let after = match self.window(tx, access) {
            Err(error) if error.kind() == Kind::Damaged => return Ok(Default::default()),
            after => after?,
        };
        let today = tx.now().day_in(self.zone);
        let inside = found.date <= today && found.date >= adherence_rules::window_start(today, RATE_DAYS);
        if !inside || found.dose.as_needed {
            return Ok((after, after));
        }
        let without = after.minus(adherence_rules::tally_of(&found.dose)).unwrap_or(after);
        let previous = adherence_rules::tally_of_status(found.dose.previous_status());
        Ok((without.plus(previous), after))
    }

    fn window(&self, tx: &dyn Reader, access: &Access) -> Result<Tally> {
        let today = tx.now().day_in(self.zone);
        let first = adherence_rules::window_start(today, RATE_DAYS);
        Ok(adherence_rules::sum(&figures::tallies(tx, access, first, today)?))
    }

    /// Congratulates the patient when their adherence passed a mark, at most once a day. What counts is all they take,
    /// whoever recorded it.
    pub(super) fn praise(&self, tx: &mut WriteTx<'_>, opened: &Opened) -> Result<()> {
        let (before, after) = self.before_and_after(tx, &opened.access.of_server(), &opened.found)?;
        if !adherence_rules::deserves_praise(&before, &after, &self.settings) {
            return Ok(());
        }
        let now = tx.now();
        let mut care = doses::care(tx, &opened.access)?;
        let today = now.day_in(self.zone);
        if care.praised_at.is_some_and(|praised_at: Timestamp| praised_at.day_in(self.zone) == today) {
            return Ok(());
        }
        care.praised_at = Some(now);
        doses::save_care(tx, &opened.access, &care)?;
        let outcome = opened.found.dose.outcome();
        let reconnected = outcome.is_some_and(|outcome| outcome.source == Source::Sync);
        let rate = adherence_rules::taking(&after).map(percent_text).unwrap_or_default();
        let mut params = Params::new().text("rate", rate);
        if let (true, Some(outcome)) = (reconnected, outcome) {
            params.set_text("time", moment_text(outcome.at.local(self.zone)));
        }
        let notice = Notice {
            to: opened.access.patient(),
            kind: NotificationType::AdherenceImproved,
            variant: if reconnected { "reconnected" } else { "default" },
            urgency: Urgency::Normal,
            params,
            patient: Some(opened.access.patient()),
            resource: Some(("dose", opened.found.dose.id.to_string())),
        };
        notify(tx, notice).map(drop)
    }

    /// The answer for a dose as it stands. It depends on what holds, not on the request, so that a repetition
    /// gets the same answer as the first. Its figures count what is shared with the one who asks.
    pub(super) fn answer(&self, tx: &dyn Reader, opened: &Opened) -> Result<Recorded> {
        let (before, after) = self.before_and_after(tx, &opened.access, &opened.found)?;
        let line = line_of(tx, &opened.access, &opened.found.dose)?;
        let dose = &opened.found.dose;
        let rate = adherence_rules::taking(&after);
        let shared = opened.found.day.doses.iter().filter(|dose| opened.access.covers(dose.prescription));
        Ok(Recorded {
            adherence_rate: rate.map(adherence_percent),
            message: self.message(dose, &before, &after),
            dose: DoseCard::new(dose, line.as_ref(), opened.access.patient(), self.zone),
            daily_progress: adherence_rules::progress_of(shared).map(adherence_percent),
            notices: told(tx, opened.record(), self.zone)?,
        })
    }

    fn message(&self, dose: &Dose, before: &Tally, after: &Tally) -> String {
        let rate = adherence_rules::taking(after).map(percent_text).unwrap_or_default();
        let key = match adherence_rules::trend(before, after) {
            _ if dose.as_needed => "dose_recorded.as_needed",
            _ if after.is_empty() => "dose_recorded.uncounted",
            _ if before.is_empty() => "dose_recorded.first",
            Trend::Improved => "dose_recorded.improved",
            Trend::Steady => "dose_recorded.steady",
            Trend::Lower => "dose_recorded.lower",
        };
        i18n::text(self.caller.language, key, &[("rate", rate)])
    }
}

/// [`apply`], and the line of the dose goes on by what is known now: what a later version asks for in the place of the dose is
/// taken back, and what was decided without it is decided anew. Returns whether the doses that follow got other times by that.
pub(super) fn replace(
    tx: &mut WriteTx<'_>,
    access: &Access,
    date: NaiveDate,
    day: &mut Day,
    changed: Dose,
) -> Result<bool> {
    let old = day.find(changed.id);
    let has_successors = successors::may_exist(day, &changed)
        || successors::was_changed_since_missed(tx, access, old, &changed)?;
    let recorded = changed.clone();
    let is_correction = old.is_some_and(|old| successors::is_correction(old, &changed));
    let late = match old {
        Some(_) if is_correction || has_successors || is_known_late(&changed) => {
            late::foresee(tx, access, &changed)?
        }
        _ => None,
    };
    if !is_correction && !has_successors && late.is_none() {
        return apply(tx, access, date, day, changed).map(|_| false);
    }
    let before = current_line_of(tx, access, &recorded)?;
    let old = apply(tx, access, date, day, changed)?;
    match old.filter(|_| is_correction) {
        Some(old) => successors::correct(tx, access, (date, day), &old, late.as_ref())?,
        None => successors::learn(tx, access, (date, day), recorded.id, late.as_ref())?,
    }
    Ok(current_line_of(tx, access, &recorded)? != before)
}

/// Whether it was recorded later than it was done and its line was changed before that: perhaps in between.
fn is_known_late(dose: &Dose) -> bool {
    let is_late = dose.outcome().is_some_and(|outcome| outcome.at < outcome.recorded_at);
    !dose.as_needed && (dose.asked.is_some() || (is_late && dose.version > 1))
}

fn adherence_percent(figure: crate::domain::adherence::model::Permille) -> f64 {
    figure.as_percent()
}

/// `85.6`, without a needless decimal: `100`.
pub(super) fn percent_text(figure: crate::domain::adherence::model::Permille) -> String {
    let (whole, tenth) = (figure.0 / 10, figure.0 % 10);
    if tenth == 0 { whole.to_string() } else { format!("{whole}.{tenth}") }
}
