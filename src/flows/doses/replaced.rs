//! What a record takes the place of that becomes known after its line was changed: how the line counted, and doses that were
//! asked for. The record remembers it, so that the plan is again the one of who never recorded it when that is taken back.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::late::Late;
use super::missed_once::ask_again;
use crate::domain::connections::access::Access;
use crate::domain::doses::model::{Day, Dose, DoseStatus, Reckoned, Replaced};
use crate::domain::doses::rules::UNDO_WINDOW;
use crate::domain::doses::tables::{self as doses, Found};
use crate::domain::prescriptions::model::Line;
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::User;
use crate::flows::prescriptions::Anew;
use crate::platform::error::{Kind, Result};
use crate::platform::ids::DoseId;
use crate::platform::store::{Reader, WhatIsLeft, WriteTx};

/// A changed line before something becomes known of one of its doses.
pub(super) struct Before {
    version: u32,
    from: Reckoned,
    earlier: Vec<(u32, Reckoned)>,
    asked: Vec<DoseId>,
    was_recorded: bool,
}

impl Before {
    /// How the line of `changed` stands, before that is written and has the line go on as foreseen; nothing of one that was
    /// never changed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn of(
        tx: &dyn Reader,
        access: &Access,
        (old, changed): (Option<&Dose>, &Dose),
        late: Option<&Late>,
    ) -> Result<Option<Self>> {
        let treatment = prescriptions::get(tx, access, changed.prescription)?;
        let line = treatment
            .content
            .line_with(changed.line())
            .filter(|_| treatment.version > 1 && !changed.as_needed);
        let Some((line, from)) = line.and_then(|line| Some((line, Reckoned::of(line)?))) else {
            return Ok(None);
        };
        let earlier = match late {
            Some(Late::Anew(anew)) => anew.earlier_by_now(tx, access, &treatment)?,
            _ => Vec::new(),
        };
        let asked = asked(tx, access, line, changed)?;
        let was_recorded = old.is_some_and(Dose::is_recorded);
        Ok(Some(Self { version: treatment.version, from, earlier, asked, was_recorded }))
    }

    /// Has the dose, which was written since, remember what it took the place of.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn remember(
        self,
        tx: &mut WriteTx<'_>,
        access: &Access,
        (date, day): (NaiveDate, &mut Day),
        recorded: DoseId,
    ) -> Result<()> {
        let Some(dose) = day.find(recorded).cloned() else { return Ok(()) };
        let replaced = if dose.is_recorded() { self.replaced_by(tx, access, &dose)? } else { None };
        if replaced == dose.replaced {
            return Ok(());
        }
        doses::save(tx, access, date, day, Dose { replaced, ..dose })
    }

    fn replaced_by(self, tx: &dyn Reader, access: &Access, dose: &Dose) -> Result<Option<Box<Replaced>>> {
        let treatment = prescriptions::get(tx, access, dose.prescription)?;
        let line =
            treatment.content.line_with(dose.line()).and_then(|line| Some((line, Reckoned::of(line)?)));
        let Some((line, to)) = line else { return Ok(None) };
        let Self { version, from, earlier, asked: before, was_recorded } = self;
        let mut replaced = if was_recorded {
            // A correction finds the line as the first record has it go on: only that remembers how it went on without.
            let known = dose.replaced.as_deref();
            let Some(known) = known.filter(|known| known.version == version && known.to == from) else {
                return Ok(None);
            };
            Replaced { to, ..known.clone() }
        } else {
            Replaced { version, from, to, earlier: Vec::new(), doses: Vec::new() }
        };
        for (number, reckoned) in earlier {
            if !replaced.earlier.iter().any(|(known, _)| *known == number) {
                replaced.earlier.push((number, reckoned));
            }
        }
        let still = asked(tx, access, line, dose)?;
        for id in before {
            if !still.contains(&id) && !replaced.doses.contains(&id) {
                replaced.doses.push(id);
            }
        }
        let is_nothing = replaced.from == to && replaced.earlier.is_empty() && replaced.doses.is_empty();
        Ok((!is_nothing).then(|| Box::new(replaced)))
    }
}

/// The doses of `line` beside `dose` that are due or missed, from its day until a mark cannot be taken back any more.
fn asked(tx: &dyn Reader, access: &Access, line: &Line, dose: &Dose) -> Result<Vec<DoseId>> {
    let until = tx.now().plus(UNDO_WINDOW);
    let is_asked = |other: &&Dose| {
        line.has_number(other.line())
            && other.id != dose.id
            && !other.as_needed
            && matches!(other.status, DoseStatus::Due | DoseStatus::Missed)
            && other.scheduled() <= until
    };
    // A day begins earlier in other zones, and ends later.
    let first = dose.scheduled().day_in(Tz::UTC);
    let first = first.pred_opt().unwrap_or(first);
    let last = until.day_in(Tz::UTC).checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    let days = doses::days(&WhatIsLeft(tx), access, first, last)?;
    let of_days = days.iter().flat_map(|(_, day)| &day.doses);
    Ok(of_days.filter(is_asked).map(|dose| dose.id).collect())
}

/// How the line of `old` counted before that was recorded, when nothing is recorded of it any more by `undone`; nothing when
/// that is not known, or the line goes on otherwise since.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn before(
    tx: &dyn Reader,
    access: &Access,
    treatment: &Prescription,
    (old, undone): (&Dose, &Dose),
    by: (&User, Tz),
) -> Result<Option<Anew>> {
    let Some(replaced) = old.replaced.as_deref() else { return Ok(None) };
    let is_taken_back = old.is_recorded() && !undone.is_recorded();
    let is_running = treatment.status == Status::Active && treatment.version == replaced.version;
    let line = treatment.content.line_with(old.line()).filter(|line| Reckoned::of(line) == Some(replaced.to));
    let Some(line) = line.filter(|_| is_taken_back && is_running) else { return Ok(None) };
    Anew::back(tx, access, (treatment, line), (replaced.from, &replaced.earlier), by).map(Some)
}

/// Asks again for the doses that a record had taken the place of and whose time is over; the plan asks for the others.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn bring_back(
    tx: &mut WriteTx<'_>,
    access: &Access,
    replaced: &Replaced,
    (patient, zone): (&User, Tz),
) -> Result<()> {
    for id in &replaced.doses {
        let Found { date, mut day, dose } = match doses::require(tx, access, *id, zone) {
            Err(error) if matches!(error.kind(), Kind::Damaged | Kind::NotFound) => continue,
            found => found?,
        };
        if dose.status == DoseStatus::Cancelled && dose.scheduled() <= tx.now() {
            ask_again(tx, access, patient, (date, &mut day), dose)?;
        }
    }
    Ok(())
}
