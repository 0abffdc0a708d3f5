//! What is shown of prescriptions.

mod outlines;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;
use uuid::Uuid;

pub(super) use outlines::{Outline, outlines};

use crate::domain::auth::model::{Actor, Caller};
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::change::Change;
use crate::domain::doses::course::{field_of_length, has_dose_from};
use crate::domain::doses::gap::gap_after;
use crate::domain::doses::planning::{Occurrence, occurrences};
use crate::domain::doses::settling::settle;
use crate::domain::first_doses::{gap_notice, last_taken, later_first_day, numbers_of_same};
use crate::domain::gate;
use crate::domain::prescribable::find_medicine;
use crate::domain::prescriptions::draft::{ContentInput, LineDraft, MedicineChoice, Remark, parse_content};
use crate::domain::prescriptions::finding::SafetyReport;
use crate::domain::prescriptions::model::{Amount, Line};
use crate::domain::prescriptions::record::{Prescription, Version};
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables;
use crate::domain::safety_check::{Question, check_lines};
use crate::domain::safety_lines::NewLine;
use crate::domain::safety_rules::RulesInForce;
use crate::domain::users;
use crate::domain::users::model::{MealTimes, Role};
use crate::platform::cache::Region;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldErrors, Kind, Result};
use crate::platform::ids::{MedicationId, PrescriptionId, UserId};
use crate::platform::store::{Direction, Page, PageRequest, Reader};

/// How far a preview looks ahead.
const PREVIEW: Span = Span::days(14);

/// Which prescriptions are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this patient; else the caller's own, or those that they wrote.
    pub patient: Option<UserId>,
    /// Only in this state.
    pub status: Option<Status>,
    /// Which page.
    pub page: PageRequest,
}

/// The first page of a patient's own list, kept in the cache. It does not depend on the time: states that the
/// calendar changes are looked up when it is shown.
#[derive(Debug)]
pub struct FirstPage {
    page: Page<Prescription>,
    /// Filled when it is first shown and used as long as nothing in it has reached its end.
    rendered: OnceLock<Arc<[u8]>>,
}

/// What is kept in the cache of a patient's prescriptions, each part read when it is first asked for. Whatever changes one
/// of them drops it whole.
#[derive(Debug, Default)]
struct Kept {
    first: OnceLock<Arc<FirstPage>>,
    outlines: OnceLock<Arc<[Outline]>>,
}

impl Kept {
    fn of(context: &Context, patient: UserId) -> Result<Arc<Self>> {
        context.cache.get_or_load(Region::Prescriptions, patient.as_u128(), || Ok(Self::default()))
    }
}

/// A list to be shown.
#[derive(Debug, Clone)]
pub enum List {
    /// A patient's whole first page.
    First {
        /// The page.
        page: Arc<FirstPage>,
        /// The clinic's calendar day.
        today: NaiveDate,
    },
    /// Any other.
    Other(Page<Prescription>),
}

impl List {
    /// The list as bytes that `render` makes, which is asked only when they are not known from before.
    pub fn rendered(self, render: impl FnOnce(Page<Prescription>) -> Vec<u8>) -> Arc<[u8]> {
        match self {
            Self::Other(page) => render(page).into(),
            Self::First { page: first, today } => {
                let as_stored = first.page.items.iter().all(|row| row.status_on(today) == row.status);
                if as_stored {
                    Arc::clone(first.rendered.get_or_init(|| render(first.page.clone()).into()))
                } else {
                    render(first.page.clone().map(|row| on(row, today))).into()
                }
            }
        }
    }
}

/// The prescription with the state that it has on a day.
pub(super) fn on(row: Prescription, today: NaiveDate) -> Prescription {
    Prescription { status: row.status_on(today), ..row }
}

/// Whether a reader sees why findings were overridden: the author, the patient, and whoever sees all prescriptions and the
/// clinical record. The reasons name medicines and facts that are not shared with everybody who sees the prescription.
fn sees_reasons(by: &Caller, access: &Access, row: &Prescription) -> bool {
    let is_author = by.user_id().is_ok_and(|reader| reader == row.author.id);
    is_author || access.is_own() || (!access.is_limited() && access.sees_clinical_record())
}

fn shown_to(by: &Caller, access: &Access, mut row: Prescription) -> Prescription {
    if !sees_reasons(by, access, &row) {
        row.content.overrides.clear();
    }
    row
}

fn version_shown(mut version: Version, may_see_all: bool) -> Version {
    if !may_see_all {
        version.content.overrides.clear();
    }
    version
}

/// Prescriptions, newest first: a patient's own; a patient's, for whoever may see them; or, for a doctor who names
/// no patient, those that they wrote for patients whom they still may see.
///
/// # Errors
/// As `access::check`; `role_not_allowed` for family and staff who name no patient.
pub async fn list(context: &Context, caller: &Caller, wanted: Wanted) -> Result<List> {
    let by = caller.clone();
    let zone = context.zone();
    gate::read(context, caller, "prescription.list", |tx| {
        let today = tx.now().day_in(zone);
        let patient = match (wanted.patient, by.actor) {
            (Some(patient), _) => patient,
            (None, Actor::Person { id, role: Role::Patient, .. }) => id,
            (None, Actor::Person { role: Role::Doctor, .. }) => {
                return written_by(tx, &by, &wanted, today).map(List::Other);
            }
            (None, _) => {
                by.active()?;
                return Err(Error::invalid("patientId", "required"));
            }
        };
        let access = access::check(tx, &by, patient, Scope::Prescriptions, Mode::Read)?;
        if access.is_own() && wanted.page.is_first() && wanted.status.is_none() {
            return Ok(List::First { page: first_page(context, &access)?, today });
        }
        let reader = by.user_id().ok();
        let keep = |row: &Prescription| {
            row.is_visible_to(reader) && wanted.status.is_none_or(|status| row.status_on(today) == status)
        };
        let page = tables::page(tx, &access, &wanted.page, keep)?;
        Ok(List::Other(page.map(|row| shown_to(&by, &access, on(row, today)))))
    })
    .await
}

fn first_page(context: &Context, access: &Access) -> Result<Arc<FirstPage>> {
    let patient = access.patient();
    let kept = Kept::of(context, patient)?;
    if let Some(first) = kept.first.get() {
        return Ok(Arc::clone(first));
    }
    let request = PageRequest::default();
    // Read after the place in the cache was found: what is newer than that place drops it.
    let page = context
        .store
        .read(|tx| tables::page(tx, access, &request, |row| row.is_visible_to(Some(patient))))?;
    let first = Arc::new(FirstPage { page, rendered: OnceLock::new() });
    Ok(Arc::clone(kept.first.get_or_init(|| first)))
}

/// Those a doctor wrote. A patient who does not let them see them any more is passed over in silence.
fn written_by(tx: &dyn Reader, by: &Caller, wanted: &Wanted, today: NaiveDate) -> Result<Page<Prescription>> {
    let doctor = by.with_role(Role::Doctor)?;
    let mut known: BTreeMap<UserId, Option<Access>> = BTreeMap::new();
    tables::BY_AUTHOR.page(tx, &doctor, Direction::Backward, &wanted.page, |(patient, id)| {
        if let std::collections::btree_map::Entry::Vacant(place) = known.entry(patient) {
            place.insert(quiet_access(tx, by, patient)?);
        }
        let Some(Some(access)) = known.get(&patient) else { return Ok(None) };
        let row = match tables::get(tx, access, id) {
            Ok(row) => on(row, today),
            Err(error) if error.kind() == Kind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(row).filter(|row| wanted.status.is_none_or(|status| row.status == status)))
    })
}

/// Access, or nothing when it is refused; a list that passes somebody over asked nobody for anything.
fn quiet_access(tx: &dyn Reader, by: &Caller, patient: UserId) -> Result<Option<Access>> {
    let noted = tx.trail().foreign.len();
    match access::check(tx, by, patient, Scope::Prescriptions, Mode::Read) {
        Ok(access) => Ok(Some(access)),
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Forbidden) => {
            tx.trail().foreign.truncate(noted);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// One prescription.
///
/// # Errors
/// `prescription_not_found`; as `access::check` when the patient is known to the caller.
pub async fn get(context: &Context, caller: &Caller, id: PrescriptionId) -> Result<Prescription> {
    let by = caller.clone();
    let zone = context.zone();
    gate::read(context, caller, "prescription.read", |tx| {
        let (access, row) = reach(tx, &by, id)?;
        Ok(shown_to(&by, &access, on(row, tx.now().day_in(zone))))
    })
    .await
}

/// What the safety check says of a prescription as it stands and of its patient as they are now. Findings that were overridden
/// are among them.
///
/// # Errors
/// As [`get`].
pub async fn safety(context: &Context, caller: &Caller, id: PrescriptionId) -> Result<SafetyReport> {
    let (by, zone) = (caller.clone(), context.zone());
    let rules = context.extensions.get::<RulesInForce>();
    let unshared_most = context.settings.limits.unshared_most();
    gate::read(context, caller, "prescription.safety", |tx| {
        let (access, row) = reach(tx, &by, id)?;
        let new = NewLine::of_written(&row.content.lines);
        let question = Question {
            rules: &*rules.rules(tx)?,
            access: Some(&access),
            zone,
            all: &tables::list(tx, &access.of_server())?,
            plan: Some(id),
            beside: &[],
            new: &new,
            silent: &BTreeSet::new(),
            unshared_most,
        };
        let report = check_lines(tx, question)?;
        Ok(if access.is_own() { report.for_patient() } else { report })
    })
    .await
}

/// A prescription's versions, newest first.
///
/// # Errors
/// As [`get`].
pub async fn versions(
    context: &Context,
    caller: &Caller,
    id: PrescriptionId,
    page: PageRequest,
) -> Result<Page<Version>> {
    let by = caller.clone();
    gate::read(context, caller, "prescription.versions", |tx| {
        let (access, row) = reach(tx, &by, id)?;
        let may_see_all = sees_reasons(&by, &access, &row);
        let versions = tables::versions(tx, &access, id, &page)?;
        Ok(versions.map(|version| version_shown(version, may_see_all)))
    })
    .await
}

/// One version.
///
/// # Errors
/// As [`get`]; `version_not_found`.
pub async fn version(context: &Context, caller: &Caller, id: PrescriptionId, number: u32) -> Result<Version> {
    let by = caller.clone();
    gate::read(context, caller, "prescription.version", |tx| {
        let (access, row) = reach(tx, &by, id)?;
        let may_see_all = sees_reasons(&by, &access, &row);
        Ok(version_shown(tables::version(tx, &access, id, number)?, may_see_all))
    })
    .await
}

fn reach(tx: &dyn Reader, by: &Caller, id: PrescriptionId) -> Result<(Access, Prescription)> {
    by.active()?;
    let missing = || Error::not_found("prescription_not_found");
    let patient = tables::patient_of(tx, id)?;
    let access = access::check(tx, by, patient, Scope::Prescriptions, Mode::Read)
        .map_err(|error| if error.kind() == Kind::NotFound { missing() } else { error })?;
    let row = tables::get(tx, &access, id)?;
    if row.is_visible_to(by.user_id().ok()) { Ok((access, row)) } else { Err(missing()) }
}

/// The doses that a prescription would make.
#[derive(Debug, Clone)]
pub struct Preview {
    /// From now.
    pub from: Timestamp,
    /// For 14 days.
    pub to: Timestamp,
    /// The lines as they would be written.
    pub lines: Vec<Line>,
    /// Each dose with the place of its line, in order of time.
    pub doses: Vec<(usize, Occurrence)>,
    /// How words were understood, and first doses that come unusually soon or late.
    pub remarks: Vec<Remark>,
    /// What the safety check says.
    pub safety: SafetyReport,
}

/// For whom a preview is made.
#[derive(Debug, Clone, Copy)]
pub struct PreviewFor {
    /// The patient, whose meal times move the doses.
    pub patient: Option<UserId>,
    /// A prescription of the caller's whose lines these take the place of, and which is not held against them.
    pub changes: Option<PrescriptionId>,
}

/// Tells what a prescription would make, and writes nothing.
///
/// # Errors
/// `role_not_allowed` for others than doctors and patients; as `access::check`; `prescription_not_found` when the
/// one that it changes is not the caller's for this patient; every bad field.
pub async fn preview(
    context: &Context,
    caller: &Caller,
    wanted: PreviewFor,
    content: &ContentInput,
) -> Result<Preview> {
    let by = caller.clone();
    let zone = context.zone();
    gate::read(context, caller, "prescription.preview", |tx| {
        let reader = by.active()?;
        if !matches!(by.role(), Some(Role::Doctor | Role::Patient)) {
            return Err(Error::forbidden("role_not_allowed"));
        }
        let own = (by.role() == Some(Role::Patient)).then_some(reader);
        let today = tx.now().day_in(zone);
        let author = if own.is_some() { Role::Patient } else { Role::Doctor };
        let reach = |scope| {
            let of = |patient| access::check(tx, &by, patient, scope, Mode::Read);
            wanted.patient.or(own).map(of).transpose()
        };
        let access = reach(Scope::Prescriptions)?;
        let meals = match &access {
            None => MealTimes::default(),
            Some(access) => users::tables::require(tx, access.patient())?.preferences.meal_times,
        };
        let all = match &access {
            None => Vec::new(),
            Some(access) => tables::list(tx, &access.of_server())?,
        };
        let old = lines_changed(&all, wanted.changes, reader)?;
        let find = |id, choice: &MedicineChoice| find_medicine(tx, author, old, id, choice);
        let draft = parse_content(content, "", today, &find)?;
        let mut remarks = draft.remarks();
        let drafts = draft.lines.ok_or_else(|| Error::invalid("medications", "required"))?;
        let lines: Vec<Line> = drafts
            .iter()
            .map(|draft| settle(&draft.finish(MedicationId(Uuid::nil()), 0, today), &meals, zone, tx.now()))
            .collect();
        let mut errors = FieldErrors::new();
        for (draft, line) in drafts.iter().zip(&lines) {
            if !line.is_as_needed() && !has_dose_from(line, &meals, zone, tx.now()) {
                let field = format!("{}{}", draft.prefix, field_of_length(line, today));
                errors.add(field, "line_without_doses");
            }
        }
        errors.finish()?;
        for (draft, line) in drafts.iter().zip(&lines) {
            if let Some(notice) = later_first_day(line, &meals, zone) {
                remarks.push(Remark::notice(format!("{}frequency", draft.prefix), &notice));
            }
        }
        // Who may not know when something was taken is not told.
        if let (Some(access), Ok(Some(_))) = (&access, reach(Scope::Doses)) {
            let (now, standing, used) = (tx.now(), &[][..], Amount::ZERO);
            let change = Change { meals: &meals, zone, now, standing, used };
            for (draft, line) in drafts.iter().zip(&lines) {
                let last = last_taken(tx, access, &numbers_of_same(access, &all, line), now)?;
                if let Some(gap) = last.and_then(|last| gap_after(last, line, change)) {
                    remarks
                        .push(Remark::notice(format!("{}frequency", draft.prefix), &gap_notice(gap, zone)));
                }
            }
        }
        let safety = safety_of(tx, context, (access.as_ref(), &all, wanted.changes), (&lines, &drafts))?;
        let safety = if own.is_some() { safety.for_patient() } else { safety };
        let (from, to) = (tx.now(), tx.now().plus(PREVIEW));
        let mut doses: Vec<(usize, Occurrence)> = lines
            .iter()
            .enumerate()
            .flat_map(|(place, line)| {
                occurrences(line, &meals, zone, from, to).into_iter().map(move |dose| (place, dose))
            })
            .collect();
        doses.sort_by_key(|(place, dose)| (dose.at, *place));
        Ok(Preview { from, to, lines, doses, remarks, safety })
    })
    .await
}

/// The lines of the prescription that a preview changes; of somebody else's it says that there is none.
fn lines_changed(all: &[Prescription], changes: Option<PrescriptionId>, author: UserId) -> Result<&[Line]> {
    let Some(id) = changes else { return Ok(&[]) };
    let found = all.iter().find(|one| one.id == id && one.author.id == author);
    found.map_or_else(|| Err(Error::not_found("prescription_not_found")), |one| Ok(&one.content.lines[..]))
}

fn safety_of(
    tx: &dyn Reader,
    context: &Context,
    (access, all, plan): (Option<&Access>, &[Prescription], Option<PrescriptionId>),
    (lines, drafts): (&[Line], &[LineDraft]),
) -> Result<SafetyReport> {
    let new = NewLine::of_drafts(lines, drafts);
    let rules = context.extensions.get::<RulesInForce>();
    let question = Question {
        rules: &*rules.rules(tx)?,
        access,
        zone: context.zone(),
        all,
        plan,
        beside: &[],
        new: &new,
        silent: &BTreeSet::new(),
        unshared_most: context.settings.limits.unshared_most(),
    };
    check_lines(tx, question)
}
