//! One patient as their doctor opens them: everything that matters at a glance, each part as far as it is shared.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::summary::{SHOWN_DAYS, summary};
use crate::domain::adherence::model::Tally;
use crate::domain::adherence::rules::{tally_of, window_start};
use crate::domain::attention::Reason;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access, Basis, if_shared, practice};
use crate::domain::connections::model::{Connection, Mode, Scope};
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::domain::prescriptions::model::Line;
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables as prescriptions;
use crate::domain::users::model::{Role, User};
use crate::domain::users::tables as users;
use crate::domain::vitals::alert::{Alert, AlertState};
use crate::domain::vitals::alert_tables;
use crate::domain::vitals::model::Vital;
use crate::domain::vitals::tables::{self as vitals, VITALS};
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::{PrescriptionId, UserId};
use crate::platform::store::{PageRequest, ReadTx, Reader};
use crate::views::adherence::{Figure, Report, Window, report_of};
use crate::views::alerts::{AlertView, Detail};
use crate::views::clinical_record::{ClinicalRecord, seen};
use crate::views::notes::{self, ShownNote};

/// Alerts looked at for the chart, newest first.
const ALERTS_MAX: usize = 50;
/// Happenings shown, newest first.
const HAPPENINGS_MAX: usize = 30;

/// The parts of a record that a chart shows.
const PARTS: [Scope; 4] = [Scope::Prescriptions, Scope::Doses, Scope::Vitals, Scope::Notes];

/// A medicine line that is in force.
#[derive(Debug, Clone)]
pub struct ActiveMedicine {
    /// Its prescription.
    pub prescription: PrescriptionId,
    /// The line.
    pub line: Line,
    /// Adherence of the last thirty days; nothing when doses are not shared, and for medicine as needed.
    pub taking: Option<Figure>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HappeningKind {
    /// A prescription took effect.
    PrescriptionBegan,
    /// A prescription ended, early or not.
    PrescriptionEnded,
    /// A health alert opened.
    AlertOpened,
    /// A health alert was resolved.
    AlertResolved,
    /// The doctor wrote a note.
    NoteWritten,
}

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: HappeningKind,
    /// Of which prescription, alert or note.
    pub of: Uuid,
}

/// A patient's chart.
#[derive(Debug)]
pub struct Chart {
    /// The moment at which it was so.
    pub at: Timestamp,
    /// Who.
    pub person: User,
    /// The connection as a doctor; nothing in an emergency and for family.
    pub connection: Option<Connection>,
    /// By what right the patient may be known.
    pub basis: Basis,
    /// Parts that are not shared now.
    pub not_shared: Vec<Scope>,
    /// Why the patient needs attention, the gravest first; nothing without a connection as a doctor.
    pub reasons: Vec<Reason>,
    /// Medicines in force; with the scope of prescriptions.
    pub medicines: Option<Vec<ActiveMedicine>>,
    /// Allergies, conditions and the rest; with the scope of prescriptions.
    pub record: Option<ClinicalRecord>,
    /// Adherence of the last thirty days; with the scope of doses.
    pub adherence: Option<Report>,
    /// The newest measurement of each type; with the scope of vital signs.
    pub vitals: Option<Vec<Vital>>,
    /// Alerts that are not resolved, newest first; with the scope of vital signs.
    pub alerts: Option<Vec<AlertView>>,
    /// The doctor's own newest notes; with the scope of notes.
    pub notes: Option<Vec<ShownNote>>,
    /// What happened, newest first, in the parts that are shared.
    pub happenings: Vec<Happening>,
}

/// The chart of a patient, for a doctor who may know them.
///
/// # Errors
/// `role_not_allowed` for others than doctors; the refusals of the access check to name and contact.
pub async fn chart(context: &Context, caller: &Caller, patient: UserId) -> Result<Chart> {
    gate::read(context, caller, "doctor.chart", |tx| {
        let doctor = caller.with_role(Role::Doctor)?;
        let known = access::check(tx, caller, patient, Scope::Profile, Mode::Read)?;
        let mut parts = BTreeMap::new();
        for scope in PARTS {
            if let Some(access) = if_shared(tx, caller, patient, scope)? {
                parts.insert(scope, access);
            }
        }
        let connected = practice(tx, caller)?.treated.into_iter().find(|one| one.patient() == patient);
        let connection = connected.as_ref().map(|one| one.connection.clone());
        let reasons = match connected {
            Some(one) => summary(context, tx, doctor, one)?.reasons,
            None => Vec::new(),
        };
        let chart = Chart {
            at: tx.now(),
            person: users::require(tx, patient)?,
            connection,
            basis: known.basis(),
            not_shared: PARTS.into_iter().filter(|scope| !parts.contains_key(scope)).collect(),
            reasons,
            medicines: None,
            record: None,
            adherence: None,
            vitals: None,
            alerts: None,
            notes: None,
            happenings: Vec::new(),
        };
        Filling { context, tx, caller, parts: &parts, today: tx.now().day_in(context.zone()) }.fill(chart)
    })
    .await
}

/// What the parts of a chart are filled from.
struct Filling<'a> {
    context: &'a Context,
    tx: &'a ReadTx,
    caller: &'a Caller,
    parts: &'a BTreeMap<Scope, Access>,
    today: NaiveDate,
}

impl Filling<'_> {
    fn fill(&self, mut chart: Chart) -> Result<Chart> {
        if let Some(access) = self.parts.get(&Scope::Prescriptions) {
            let mut rows = prescriptions::list(self.tx, access)?;
            let reader = self.caller.user_id().ok();
            rows.retain(|row| row.is_visible_to(reader));
            chart.medicines = Some(self.medicines(&rows)?);
            chart.record = Some(seen(self.tx, access, self.today)?);
            chart.happenings.extend(rows.iter().flat_map(of_prescription));
        }
        if let Some(access) = self.parts.get(&Scope::Doses) {
            chart.adherence = Some(report_of(self.context, self.tx, access, Window::Days(SHOWN_DAYS), None)?);
        }
        if let Some(access) = self.parts.get(&Scope::Vitals) {
            chart.vitals = Some(self.vitals(access)?);
            let alerts = alert_tables::alerts_of(self.tx, access.patient(), None, None, ALERTS_MAX)?;
            chart.happenings.extend(alerts.iter().flat_map(of_alert));
            chart.alerts = Some(self.unresolved(&chart.person, access)?);
        }
        if let Some(access) = self.parts.get(&Scope::Notes) {
            let found = notes::newest(self.tx, self.caller, access, &PageRequest::default())?;
            chart.happenings.extend(found.iter().map(|shown| Happening {
                at: shown.note.created_at,
                kind: HappeningKind::NoteWritten,
                of: shown.note.id.into(),
            }));
            chart.notes = Some(found);
        }
        chart.happenings.sort_by_key(|happening| (std::cmp::Reverse(happening.at), happening.kind));
        chart.happenings.truncate(HAPPENINGS_MAX);
        Ok(chart)
    }

    /// The lines in force, with the adherence of each where doses are shared.
    fn medicines(&self, rows: &[Prescription]) -> Result<Vec<ActiveMedicine>> {
        let taking = self.parts.get(&Scope::Doses).map(|access| self.by_line(access)).transpose()?;
        let settings = &self.context.settings.adherence;
        let running = rows.iter().filter(|row| row.status_on(self.today) == Status::Active);
        let lines = running.flat_map(|row| row.content.lines.iter().map(move |line| (row, line)));
        let in_force = lines.filter(|(_, line)| line.end.is_none_or(|end| self.today <= end));
        let shown = in_force.map(|(row, line)| ActiveMedicine {
            prescription: row.id,
            line: line.clone(),
            taking: taking.as_ref().filter(|_| !line.is_as_needed()).map(|by_line| {
                let tallies = line.numbers().filter_map(|number| by_line.get(&number));
                let tally = tallies.fold(Tally::default(), |sum, tally| sum.plus(*tally));
                Figure::of(tally.taken(), tally.counted(), settings)
            }),
        });
        Ok(shown.collect())
    }

    /// How the doses of the last days ended, by the number of their line.
    fn by_line(&self, access: &Access) -> Result<BTreeMap<u32, Tally>> {
        let mut tallies: BTreeMap<u32, Tally> = BTreeMap::new();
        let from = window_start(self.today, SHOWN_DAYS);
        for (_, day) in doses::days(self.tx, access, from, self.today)? {
            for dose in day.doses.iter().filter(|dose| access.covers(dose.prescription)) {
                let of_line = tallies.entry(dose.line()).or_default();
                *of_line = of_line.plus(tally_of(dose));
            }
        }
        Ok(tallies)
    }

    fn vitals(&self, access: &Access) -> Result<Vec<Vital>> {
        let mut found = Vec::new();
        for reading in vitals::latest(self.tx, access)?.readings {
            found.extend(VITALS.get(self.tx, &reading.vital)?);
        }
        Ok(found)
    }

    fn unresolved(&self, person: &User, access: &Access) -> Result<Vec<AlertView>> {
        let mut found = Vec::new();
        for state in [AlertState::Open, AlertState::Acknowledged] {
            found.extend(alert_tables::alerts_of(self.tx, access.patient(), Some(state), None, usize::MAX)?);
        }
        found.sort_by_key(|alert| std::cmp::Reverse(alert.id));
        let patient_name = person.full_name.reveal();
        let show = |alert| AlertView { alert, patient_name: patient_name.clone(), detail: Detail::Full };
        Ok(found.into_iter().map(show).collect())
    }
}

fn of_prescription(row: &Prescription) -> impl Iterator<Item = Happening> + use<> {
    let of = row.id.into();
    let began = row.activated_at.map(|at| Happening { at, kind: HappeningKind::PrescriptionBegan, of });
    let ended = row.ended_at.map(|at| Happening { at, kind: HappeningKind::PrescriptionEnded, of });
    began.into_iter().chain(ended)
}

fn of_alert(alert: &Alert) -> impl Iterator<Item = Happening> + use<> {
    let of = alert.id.into();
    let opened = Happening { at: alert.opened_at, kind: HappeningKind::AlertOpened, of };
    let resolved =
        alert.resolved.map(|hand| Happening { at: hand.at, kind: HappeningKind::AlertResolved, of });
    std::iter::once(opened).chain(resolved)
}
