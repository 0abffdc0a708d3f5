//! Whose lines are written, and what stands of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::domain::connections::access::Access;
use crate::domain::doses::change::Change;
use crate::domain::doses::course::{carry_on, goes_on};
use crate::domain::doses::cover::goes_by_days;
use crate::domain::doses::lost::{Treatment, lost_doses};
use crate::domain::doses::model::{Dose, DoseStatus};
use crate::domain::doses::moved_ahead::asked_again_by;
use crate::domain::doses::{open, supply};
use crate::domain::prescriptions::model::{Amount, Length, Line};
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::tables;
use crate::domain::users;
use crate::domain::users::model::{MealTimes, User};
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::ids::PrescriptionId;
use crate::platform::store::Reader;

/// By whose meals and in which zone doses lie.
pub(super) struct Ground {
    pub(super) patient: User,
    pub(super) zone: Tz,
    /// The prescription and its version in force; nothing of a new one.
    version: Option<(PrescriptionId, u32)>,
    /// When the prescription first took effect.
    since: Option<Timestamp>,
    /// Since when it is paused.
    pub(super) paused_at: Option<Timestamp>,
}

/// What stands of a line that another takes the place of.
pub(super) struct Stands {
    /// From when on the other goes on.
    at: Timestamp,
    /// What stands at that time.
    pub(super) standing: Vec<Dose>,
    /// What that has used; see [`used`].
    used: Amount,
}

impl Ground {
    /// For the lines of `row`, or for those of a new prescription.
    pub(super) fn of(tx: &dyn Reader, access: &Access, zone: Tz, row: Option<&Prescription>) -> Result<Self> {
        let (since, paused_at) = row.map(|row| (row.activated_at, row.paused_at)).unwrap_or_default();
        let version = row.map(|row| (row.id, row.version));
        Ok(Self { patient: users::tables::require(tx, access.patient())?, zone, version, since, paused_at })
    }

    const fn treatment(&self) -> Treatment<'_> {
        Treatment { patient: &self.patient, zone: self.zone, version: self.version, since: self.since }
    }

    /// The days before today that are lost and on which the line asked for doses.
    pub(super) fn lost_days(&self, tx: &dyn Reader, access: &Access, line: &Line) -> Result<Vec<NaiveDate>> {
        let lost = lost_doses(tx, access, self.treatment(), line)?;
        Ok(lost.into_iter().map(|(date, _)| date).collect())
    }

    /// What stands of a line.
    pub(super) fn standing(&self, tx: &dyn Reader, access: &Access, line: &Line) -> Result<Vec<Dose>> {
        open::standing(tx, access, self.treatment(), line)
    }

    /// What stood of a line when it was paused; nothing when it is not.
    pub(super) fn before_pause(
        &self,
        tx: &dyn Reader,
        access: &Access,
        line: &Line,
    ) -> Result<Option<(Timestamp, Vec<Dose>)>> {
        let Some(at) = self.paused_at else { return Ok(None) };
        let standing = open::standing_before_pause(tx, access, self.treatment(), line, at)?;
        Ok(Some((at, standing)))
    }

    /// What stands of `before` when `line` takes its place now. Missed doses for which a line that lasts as long as its
    /// quantity asks again have used nothing.
    ///
    /// A line that is changed in a pause and goes on does so from when the pause began: what fell into the pause are doses of
    /// it, and who resumes hears of them.
    pub(super) fn stands_of(
        &self,
        tx: &dyn Reader,
        access: &Access,
        before: &Line,
        line: &Line,
    ) -> Result<Stands> {
        if let Some((at, standing)) = self.before_pause(tx, access, before)? {
            let stands = self.weighed(tx, access, (before, line), at, standing)?;
            if goes_on(before, line, self.change_at(&stands)) {
                return Ok(stands);
            }
        }
        let standing = self.standing(tx, access, before)?;
        self.weighed(tx, access, (before, line), tx.now(), standing)
    }

    fn weighed(
        &self,
        tx: &dyn Reader,
        access: &Access,
        (before, line): (&Line, &Line),
        at: Timestamp,
        standing: Vec<Dose>,
    ) -> Result<Stands> {
        let used_up = used(tx, access, line, &standing)?;
        let mut stands = Stands { at, standing, used: used_up };
        if line.length == Length::Quantity {
            let change = self.change_at(&stands);
            let again = asked_again_by(&carry_on(before, line, change), change);
            if !again.is_empty() {
                stands.standing.retain(|dose| !again.contains(&dose.id));
                stands.used = used(tx, access, line, &stands.standing)?;
            }
        }
        Ok(stands)
    }

    pub(super) const fn change_at<'a>(&'a self, stands: &'a Stands) -> Change<'a> {
        self.change(stands.at, stands.standing.as_slice(), stands.used)
    }

    pub(super) const fn meals(&self) -> &MealTimes {
        &self.patient.preferences.meal_times
    }

    pub(super) const fn change<'a>(
        &'a self,
        now: Timestamp,
        standing: &'a [Dose],
        used: Amount,
    ) -> Change<'a> {
        Change { meals: self.meals(), zone: self.zone, now, standing, used }
    }
}

/// What the `standing` doses of a line have used of the medicine of `line`, in what the pharmacy counts, each by the
/// version that planned it. Another strength or form is another medicine, of which nothing was used. Open doses, and
/// those of an interval that are asked for at another time, are left out: what they use is what the new version asks for.
///
/// Nothing for a line that does not last as long as its quantity.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn used(tx: &dyn Reader, access: &Access, line: &Line, standing: &[Dose]) -> Result<Amount> {
    if line.length != Length::Quantity {
        return Ok(Amount::ZERO);
    }
    // A day may still count what it asks for at another time; an interval has counted on from it.
    let counts = |dose: &Dose| goes_by_days(line) || !dose.counts_elsewhere();
    let is_used = |dose: &&Dose| dose.status != DoseStatus::Due && counts(dose);
    sum_of(tx, access, line, standing.iter().filter(is_used))
}

/// What doses are of the medicine of `line` in all, in what the pharmacy counts, each by the version that planned it.
pub(super) fn sum_of<'a>(
    tx: &dyn Reader,
    access: &Access,
    line: &Line,
    doses: impl Iterator<Item = &'a Dose>,
) -> Result<Amount> {
    let mut editions: BTreeMap<u32, Vec<Line>> = BTreeMap::new();
    let mut used = Amount::ZERO;
    for dose in doses {
        let lines = match editions.entry(dose.version) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                new.insert(tables::version(tx, access, dose.prescription, dose.version)?.content.lines)
            }
        };
        let planned_by = lines.iter().find(|edition| edition.has_number(dose.line()));
        if let Some(edition) =
            planned_by.filter(|edition| line.is_of(edition.medicine_id, &edition.medicine_name))
        {
            used = used.plus(supply::pieces(edition, dose.amount).unwrap_or(Amount::ZERO));
        }
    }
    Ok(used)
}
