//! Medicine taken as needed: recorded when taken, with a warning before the prescribed limits are exceeded.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::desk::{Desk, Hand, Opened, Recorded};
use super::lines::line_of;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::as_needed::{Intake, Limits, PORTION, Product, excess};
use crate::domain::doses::lost::lost_days;
use crate::domain::doses::model::{Dose, DoseParts, DoseStatus, Outcome, Source};
use crate::domain::doses::rules::{CLOCK_SKEW, LATE, OUTCOMES_MAX, OwnTime};
use crate::domain::doses::tables::{self as doses, Found};
use crate::domain::gate;
use crate::domain::medicines::tables as medicines;
use crate::domain::prescriptions::describe::dose_text;
use crate::domain::prescriptions::model::{Amount, Line, Schedule};
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::tables as users;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Kind, Result};
use crate::platform::i18n::{self, Language};
use crate::platform::ids::MedicationId;
use crate::platform::secret::Phi;
use crate::platform::store::{Reader, WhatIsLeft, WriteTx};

/// Whether the person was warned that the intake exceeds what was prescribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrnGuard {
    /// Not warned yet: an intake beyond the limits is refused.
    Warn,
    /// Warned, and took it all the same.
    Confirmed,
}

/// An intake as needed.
#[derive(Debug, Clone)]
pub struct AsNeeded {
    /// The medication line.
    pub medication: MedicationId,
    /// When, by the device's clock; now when left out.
    pub taken_at: Option<Timestamp>,
    /// What the device's clock showed when it sent this.
    pub sent_at: Option<Timestamp>,
    /// How much; as prescribed when left out.
    pub amount: Option<Amount>,
    /// The actor's words.
    pub notes: Option<Phi<String>>,
    /// Whether the warning was heard.
    pub guard: PrnGuard,
}

/// Records a medicine that was taken as needed. The same intake sent again changes nothing.
///
/// # Errors
/// `medication_not_found` for whoever may not know of it; `not_as_needed`, `prescription_not_active`;
/// `prn_limit` when it is more than one intake may be, makes more than the most in 24 hours together with all that the
/// patient took of the same substance, or comes too soon, unless confirmed; `prn_limit_unknown` when a day within the limit's
/// reach is lost with a damaged page, unless confirmed; `prn_recorded_otherwise` when another
/// amount is recorded for that time; `doseAmount` zero or far above what is prescribed; `takenAt` in the future or
/// more than 24 hours ago.
pub async fn record_as_needed(context: &Context, caller: &Caller, intake: AsNeeded) -> Result<Recorded> {
    let desk = Desk::of(context, caller);
    gate::write(context, caller, "dose.record_as_needed", move |tx| {
        let (mut opened, line) = open(&desk, tx, &intake)?;
        let old = opened.found.day.find(opened.found.dose.id).cloned();
        if let Some(known) = old.filter(|known| known.status != DoseStatus::Cancelled) {
            return repeated(&desk, tx, opened, known, &intake);
        }
        let counted = Counted::read(tx, &opened, &line, desk.zone)?;
        if let Some((date, known)) = counted.same_by_device(&opened.found.dose) {
            opened.found = Found { date, day: doses::day(tx, &opened.access, date)?, dose: known.clone() };
            return repeated(&desk, tx, opened, known, &intake);
        }
        counted.check(&desk, &opened, &line, intake.guard)?;
        note(tx, &opened, &intake);
        let dose = opened.found.dose.clone();
        Desk::replace(tx, &mut opened, dose)?;
        desk.follow_up(tx, &opened.access, &opened.patient)?;
        desk.answer(tx, &opened)
    })
    .await
}

/// The line with the right to record it, and the intake as a dose that is not yet written.
fn open(desk: &Desk, tx: &dyn Reader, intake: &AsNeeded) -> Result<(Opened, Line)> {
    desk.caller.active()?;
    let (patient, prescription) = prescriptions::prescription_of(tx, intake.medication)?;
    let hidden = |error: Error| match error.kind() {
        Kind::NotFound => Error::not_found("medication_not_found"),
        _ => error,
    };
    let access = desk.enter(tx, patient, Hand::PatientOrFamily).map_err(hidden)?;
    let prescription = prescriptions::get(tx, &access, prescription).map_err(hidden)?;
    let line = prescription.content.lines.iter().find(|line| line.has_id(intake.medication)).cloned();
    let line = line.ok_or_else(|| Error::not_found("medication_not_found"))?;
    if prescription.status != Status::Active {
        return Err(Error::conflict("prescription_not_active"));
    }
    let Schedule::AsNeeded { amount, .. } = line.schedule else {
        return Err(Error::conflict("not_as_needed"));
    };
    let patient = users::require(tx, patient)?;
    let number = patient.patient_number.ok_or_else(|| Error::internal("a patient without number"))?;
    let now = tx.now();
    let OwnTime { at, device_at } = OwnTime::of(intake.taken_at, intake.sent_at, now);
    check_time(at, now)?;
    let id = DoseParts { scheduled: at, line: line.number, patient: number }.id()?;
    let date = at.day_in(desk.zone);
    let day = doses::day(tx, &access, date)?;
    let outcome = Outcome {
        by: desk.actor(),
        notes: intake.notes.clone(),
        device_at,
        ..Outcome::new(DoseStatus::TakenOnTime, at, now, Source::Direct)
    };
    // One that was taken back and is recorded anew keeps its history.
    let mut outcomes = day.find(id).map(|old| old.outcomes.clone()).unwrap_or_default();
    outcomes.push(outcome);
    if outcomes.len() > OUTCOMES_MAX {
        return Err(Error::conflict("dose_corrected_too_often"));
    }
    let amount = intake.amount.unwrap_or(amount);
    let due = Dose::due(id, prescription.id, prescription.version, amount);
    let dose = Dose { as_needed: true, status: DoseStatus::TakenOnTime, outcomes, ..due };
    Ok((Opened { access, patient, found: Found { date, day, dose }, has_moved: false }, line))
}

fn check_time(taken_at: Timestamp, now: Timestamp) -> Result<()> {
    if taken_at > now.plus(CLOCK_SKEW) {
        return Err(Error::invalid("takenAt", "taken_at_in_future"));
    }
    if taken_at < now.minus(LATE) {
        return Err(Error::conflict("dose_window_closed"));
    }
    Ok(())
}

/// The answer to an intake that is recorded already.
fn repeated(
    desk: &Desk,
    tx: &mut WriteTx<'_>,
    mut opened: Opened,
    known: Dose,
    intake: &AsNeeded,
) -> Result<Recorded> {
    if known.amount != opened.found.dose.amount && intake.amount.is_some() {
        return Err(Error::conflict("prn_recorded_otherwise"));
    }
    opened.found.dose = known;
    Desk::name(tx, &opened);
    tx.trail().found_done();
    desk.answer(tx, &opened)
}

fn note(tx: &WriteTx<'_>, opened: &Opened, intake: &AsNeeded) {
    Desk::name(tx, opened);
    tx.trail().change = Some(serde_json::json!({
        "takenAt": opened.found.dose.taken_at(),
        "amount": opened.found.dose.amount.as_units(),
        "confirmed": intake.guard == PrnGuard::Confirmed,
    }));
}

/// What the patient took as needed of the same substance, and of the line itself whatever it was, in the days around an
/// intake.
struct Counted {
    /// The limits of the line.
    limits: Limits,
    /// The intake that is to be recorded.
    intake: Intake,
    others: Vec<Intake>,
    /// Whether all of them may be named to the caller.
    all_shown: bool,
    /// The intakes as needed of the line itself.
    of_line: Vec<(NaiveDate, Dose)>,
    /// Whether a day within the limits' reach is lost with a damaged page: nobody knows what was taken on it.
    is_part_lost: bool,
}

impl Counted {
    /// Reads them from the whole record, whatever the caller may see of it: a limit protects the patient.
    fn read(tx: &dyn Reader, opened: &Opened, line: &Line, zone: Tz) -> Result<Self> {
        let Schedule::AsNeeded { amount, max_per_24h, min_interval_hours } = line.schedule else {
            return Err(Error::conflict("not_as_needed"));
        };
        let limits = Limits { max_per_24h, min_interval_hours };
        let dose = &opened.found.dose;
        let guard = Caller::system("as-needed-guard");
        let whole = access::check(tx, &guard, opened.access.patient(), Scope::Doses, Mode::Read)?;
        let product = product_of(tx, line)?;
        let portions = |other: &Product, taken: (Amount, &str)| {
            product.portions((amount, line.unit.as_str()), other, taken)
        };
        let own = portions(&product, (dose.amount, line.unit.as_str())).unwrap_or(PORTION);
        let intake = Intake { at: dose.scheduled(), portions: own };
        // A correction may have moved an intake by a day from the time in its id.
        let reach = limits.reach().as_milliseconds().saturating_add(LATE.as_milliseconds());
        let (from, to) =
            (intake.at.minus(Span::milliseconds(reach)), intake.at.plus(Span::milliseconds(reach)));
        let (first, last) = (from.day_in(zone), to.day_in(zone));
        let within = intake.at.minus(limits.reach()).day_in(zone);
        let is_part_lost = lost_days(tx, &whole, first, last)?.iter().any(|lost| *lost >= within);
        let (others, of_line) = (Vec::new(), Vec::new());
        let mut counted = Self { limits, intake, others, all_shown: true, of_line, is_part_lost };
        let mut lines = BTreeMap::new();
        for (date, day) in doses::days(&WhatIsLeft(tx), &whole, first, last)? {
            for other in day.doses {
                let is_of_line = line.has_number(other.line());
                // Of other lines what is taken by the clock is known to whoever set the limit; of this one it was the
                // limit's own medicine before it became one that is taken as needed.
                let Some(at) = other.taken_at().filter(|_| other.as_needed || is_of_line) else { continue };
                let key = (other.prescription, other.version, other.line());
                let known = match lines.entry(key) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => place.insert(prescribed(tx, &whole, &other)?),
                };
                let portions = match known {
                    Some((product, unit)) => portions(product, (other.amount, unit.as_str())),
                    None => None,
                };
                // What the line was before it was edited counts, whatever it was called.
                let Some(portions) = portions.or(is_of_line.then_some(PORTION)) else { continue };
                counted.others.push(Intake { at, portions });
                counted.all_shown &= opened.access.covers(other.prescription);
                if is_of_line && other.as_needed {
                    counted.of_line.push((date, other));
                }
            }
        }
        Ok(counted)
    }

    /// The intake with the same time by the device's clock: it was sent before, when the clocks stood a little apart.
    fn same_by_device(&self, dose: &Dose) -> Option<(NaiveDate, Dose)> {
        let device_at = dose.outcome()?.device_at?;
        let is_same =
            |known: &Dose| known.outcome().is_some_and(|outcome| outcome.device_at == Some(device_at));
        self.of_line.iter().find(|(_, known)| is_same(known)).cloned()
    }

    /// Refuses an intake that exceeds the limits, unless the warning was heard, and one that cannot be meant.
    fn check(&self, desk: &Desk, opened: &Opened, line: &Line, guard: PrnGuard) -> Result<()> {
        let Schedule::AsNeeded { amount, .. } = line.schedule else { return Ok(()) };
        if opened.found.dose.amount.is_zero() {
            return Err(Error::invalid("doseAmount", "prn_amount_zero"));
        }
        let language = desk.caller.language;
        let said = |portions: u64| said(language, amount, portions, &line.unit);
        let largest = self.limits.largest_intake();
        if self.intake.portions > largest {
            let fault = FieldError::new("doseAmount", "prn_amount_too_large").with("max", said(largest));
            return Err(Error::invalid_fields(vec![fault]));
        }
        let excess = excess(self.limits, &self.others, self.intake);
        if guard == PrnGuard::Confirmed {
            return Ok(());
        }
        if !excess.is_any() {
            return if self.is_part_lost { Err(Error::conflict("prn_limit_unknown")) } else { Ok(()) };
        }
        let mut exceeded = Vec::new();
        if excess.single {
            exceeded.push(i18n::text(language, "prn_limit.single", &[("dose", said(PORTION))]));
        }
        if let Some(most) = self.limits.max_per_24h.filter(|_| excess.day) {
            let most = said(u64::from(most).saturating_mul(PORTION));
            exceeded.push(i18n::text(language, "prn_limit.day", &[("dose", most)]));
        }
        if let Some(hours) = self.limits.min_interval_hours.filter(|_| excess.interval) {
            exceeded.push(i18n::text(language, "prn_limit.interval", &[("hours", hours.to_string())]));
        }
        let last = self.others.iter().map(|other| other.at).max();
        let taken = match last {
            None => i18n::text(language, "prn_limit.nothing_taken", &[]),
            Some(last) => {
                let key = match (excess.besides, self.all_shown) {
                    (_, false) => "prn_limit.taken_hidden",
                    (0, true) => "prn_limit.last",
                    (_, true) => "prn_limit.taken",
                };
                let last = last.local(desk.zone);
                let arguments = [
                    ("dose", said(excess.besides)),
                    ("day", last.format("%d/%m/%Y").to_string()),
                    ("time", last.format("%H:%M").to_string()),
                ];
                i18n::text(language, key, &arguments)
            }
        };
        Err(Error::conflict("prn_limit").with("limit", exceeded.join(", ")).with("taken", taken))
    }
}

/// So many portions of `amount` in words: `2 tablets`.
fn said(language: Language, amount: Amount, portions: u64, unit: &str) -> String {
    let parts = u128::from(amount.as_ten_thousandths()) * u128::from(portions) / u128::from(PORTION);
    let amount = Amount::from_ten_thousandths(u32::try_from(parts).unwrap_or(u32::MAX));
    dose_text(language, amount, unit)
}

fn product_of(tx: &dyn Reader, line: &Line) -> Result<Product> {
    let medicine = line.medicine_id.map(|id| medicines::get(tx, id)).transpose()?.flatten();
    Ok(Product::of(line, medicine.as_ref().map(|medicine| &medicine.content)))
}

/// What a dose was of and its unit.
fn prescribed(tx: &dyn Reader, whole: &Access, dose: &Dose) -> Result<Option<(Product, String)>> {
    let Some(line) = line_of(tx, whole, dose)? else { return Ok(None) };
    Ok(Some((product_of(tx, &line)?, line.unit)))
}
