//! A line as its versions would have carried it on, had something else been recorded on one of its doses.

use chrono_tz::Tz;

use super::ground::used;
use crate::domain::connections::access::Access;
use crate::domain::doses::anew::{Carried, Edition, Ground, carry_on_anew};
use crate::domain::doses::model::{Dose, Source};
use crate::domain::doses::tables::visit_days;
use crate::domain::prescriptions::model::{Line, Pause};
use crate::domain::prescriptions::record::{Prescription, VersionState};
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables;
use crate::domain::users::model::User;
use crate::platform::clock::Timestamp;
use crate::platform::error::Result;
use crate::platform::store::{Direction, Reader, Step, WriteTx};

/// What becomes of a line.
pub(in crate::flows) struct Anew {
    /// From when on its doses are planned by it.
    pub(in crate::flows) since: Timestamp,
    /// The line in the version in force.
    pub(in crate::flows) line: Line,
    /// The same in versions from before that one.
    earlier: Vec<(u32, Line)>,
}

impl Anew {
    /// A change of the version in force alone.
    pub(in crate::flows) const fn from_now_on(line: Line, now: Timestamp) -> Self {
        Self { since: now, line, earlier: Vec::new() }
    }

    /// Whether the line goes on otherwise than it does.
    pub(in crate::flows) fn differs_from(&self, treatment: &Prescription) -> bool {
        !self.earlier.is_empty() || !treatment.content.lines.contains(&self.line)
    }

    /// Writes down how the line counts, in each version that it concerns.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(in crate::flows) fn write_down(
        &self,
        tx: &mut WriteTx<'_>,
        access: &Access,
        treatment: &mut Prescription,
    ) -> Result<()> {
        for (number, line) in &self.earlier {
            let mut content = tables::version(tx, access, treatment.id, *number)?.content;
            put(&mut content.lines, line);
            tables::settle_content(tx, access, treatment.id, *number, &content)?;
        }
        put(&mut treatment.content.lines, &self.line);
        tables::save(tx, access, treatment)?;
        tables::settle_content(tx, access, treatment.id, treatment.version, &treatment.content)
    }
}

fn put(lines: &mut [Line], line: &Line) {
    for own in lines.iter_mut().filter(|own| own.id == line.id) {
        own.clone_from(line);
    }
}

/// A line as its versions carry it on by what is recorded on one of its doses.
pub(in crate::flows) struct Replayed {
    /// What becomes of it.
    pub(in crate::flows) anew: Anew,
    /// How many doses it has in all.
    pub(in crate::flows) in_all: u32,
}

/// What becomes of the line of `dose` when its versions are carried on by what is recorded on it now, which may differ from
/// what is in the store: from the version on that was in force when it was planned or used. Nothing when the line was not
/// changed since.
///
/// # Errors
/// When the store cannot be read.
pub(in crate::flows) fn replayed(
    tx: &dyn Reader,
    access: &Access,
    treatment: &Prescription,
    dose: &Dose,
    (patient, zone): (&User, Tz),
) -> Result<Option<Replayed>> {
    let is_running = matches!(treatment.status, Status::Active | Status::Paused);
    let line = treatment.content.line_with(dose.line());
    let Some(line) = line.filter(|_| is_running && treatment.version > 1) else { return Ok(None) };
    let first = in_force_for(tx, access, treatment, dose)?;
    if first >= treatment.version {
        return Ok(None);
    }
    let editions = editions(tx, access, treatment, line, first)?;
    let mut doses = all_of(tx, access, &editions, line)?;
    for own in doses.iter_mut().filter(|own| own.id == dose.id) {
        own.clone_from(dose);
    }
    let mut pauses = treatment.pauses.clone();
    pauses.extend(treatment.paused_at.map(|from| Pause { from, to: Timestamp::MAX }));
    let ground = Ground { patient, prescription: treatment.id, pauses: &pauses, zone, now: tx.now() };
    let carried =
        carry_on_anew(&editions, &doses, ground, |line, standing| used(tx, access, line, standing))?;
    let (Some(carried), Some(last)) = (carried, editions.last()) else { return Ok(None) };
    let Carried { mut lines, in_all } = carried;
    let Some(line) = lines.pop().filter(|_| last.number == treatment.version) else { return Ok(None) };
    let earlier = editions.iter().skip(1).zip(lines);
    let earlier: Vec<(u32, Line)> = earlier
        .filter(|(edition, line)| edition.line != *line)
        .map(|(edition, line)| (edition.number, line))
        .collect();
    Ok(Some(Replayed { anew: Anew { since: last.since, line, earlier }, in_all }))
}

/// The version that planned `dose` or, where something was done about it before that took effect, the one in force then.
fn in_force_for(tx: &dyn Reader, access: &Access, treatment: &Prescription, dose: &Dose) -> Result<u32> {
    let by_people = dose.outcomes.iter().filter(|outcome| outcome.source != Source::Sweep);
    let Some(done_at) = by_people.map(|outcome| outcome.at).min() else { return Ok(dose.version) };
    for number in (1..=dose.version).rev() {
        let version = tables::version(tx, access, treatment.id, number)?;
        if version.state == VersionState::Applied && version.in_force_since() <= done_at {
            return Ok(number);
        }
    }
    Ok(dose.version)
}

/// The line in the versions that were in force from version `first` on.
fn editions(
    tx: &dyn Reader,
    access: &Access,
    treatment: &Prescription,
    line: &Line,
    first: u32,
) -> Result<Vec<Edition>> {
    let mut editions: Vec<Edition> = Vec::new();
    for number in first..=treatment.version {
        let version = tables::version(tx, access, treatment.id, number)?;
        if version.state != VersionState::Applied {
            continue;
        }
        let (since, paused_at) = (version.in_force_since(), version.paused_at);
        if let Some(before) = editions.last_mut() {
            before.until.get_or_insert(since);
        }
        let own = version.content.lines.into_iter().find(|other| line.has_id(other.id));
        editions.extend(own.map(|line| Edition { number, since, until: None, paused_at, line }));
    }
    Ok(editions)
}

/// All doses of the line, whatever their state, from where its `editions` begin.
fn all_of(tx: &dyn Reader, access: &Access, editions: &[Edition], line: &Line) -> Result<Vec<Dose>> {
    let began = |edition: &Edition| {
        let start = edition.line.start;
        edition.line.course.map_or(start, |course| course.first.min(start))
    };
    let first = editions.iter().map(began).min().unwrap_or(line.start);
    let mut found = Vec::new();
    visit_days(tx, access, first.pred_opt().unwrap_or(first), Direction::Forward, |_, day| {
        found.extend(day.doses.into_iter().filter(|dose| line.has_number(dose.line())));
        Ok(Step::Continue)
    })?;
    Ok(found)
}
