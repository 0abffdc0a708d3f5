//! The doctor's board: totals, alerts, who needs attention, what waits for an answer.

use chrono::NaiveDate;

use super::looks::{Noted, Notes};
use super::summary::{SHOWN_DAYS, Summary, present, summary};
use crate::domain::adherence::model::{Colour, Tally};
use crate::domain::adherence::rules::window_start;
use crate::domain::attention;
use crate::domain::auth::model::Caller;
use crate::domain::connections::access::Practice;
use crate::domain::connections::model::Connection;
use crate::domain::gate;
use crate::domain::vitals::alert::AlertState;
use crate::domain::vitals::model::Severity;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::{PrescriptionId, UserId};
use crate::platform::store::{ReadTx, Reader as _};
use crate::views::adherence::Figure;
use crate::views::alerts::{AlertView, Detail};
use crate::views::connections::{ConnectionView, still_asked};

/// Patients, alerts and requests shown in full; of more there is the number.
pub const SHOWN_MAX: usize = 10;

/// How many patients there are, and how they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// All whom the doctor treats and may know now.
    pub patients: u32,
    /// Whose adherence is GREEN.
    pub green: u32,
    /// Whose is YELLOW.
    pub yellow: u32,
    /// Whose is RED.
    pub red: u32,
    /// Of whom no dose counted.
    pub nothing_counted: u32,
    /// Who do not share it.
    pub not_shared: u32,
    /// Who need attention.
    pub needing_attention: u32,
    /// Health alerts that nobody has taken over.
    pub alerts_open: u32,
    /// Those of them that are CRITICAL.
    pub alerts_critical: u32,
    /// Health alerts that somebody looks after.
    pub alerts_acknowledged: u32,
    /// Requests for a connection that wait for the doctor's answer.
    pub connection_requests: u32,
    /// Prescriptions of the doctor for which patients ask for another one.
    pub revisions: u32,
    /// Prescriptions of the doctor that patients have still to confirm.
    pub unconfirmed: u32,
}

/// A prescription for which the patient asks for another one.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Which.
    pub prescription: PrescriptionId,
    /// Whose.
    pub patient: UserId,
    /// The patient's name.
    pub patient_name: String,
    /// Why, in the patient's words.
    pub reason: Option<String>,
    /// Since when.
    pub asked_at: Timestamp,
}

/// The doctor's board.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// The moment at which it was so.
    pub at: Timestamp,
    /// The first day of the adherence shown.
    pub from: NaiveDate,
    /// The last day, today.
    pub to: NaiveDate,
    /// Adherence of all together who share it: every dose counts once.
    pub taking: Figure,
    /// The numbers.
    pub totals: Totals,
    /// Who needs attention most, at most ten.
    pub attention: Vec<Summary>,
    /// The gravest alerts that are not resolved, at most ten.
    pub alerts: Vec<AlertView>,
    /// Who asks for a connection, at most ten.
    pub requests: Vec<ConnectionView>,
    /// Who asks for another prescription, at most ten.
    pub revisions: Vec<Revision>,
}

/// The calling doctor's board.
///
/// # Errors
/// `role_not_allowed` for others than doctors, `account_not_active`.
pub async fn dashboard(context: &Context, caller: &Caller) -> Result<Dashboard> {
    const ACTION: &str = "doctor.dashboard";
    let noted = context.extensions.get::<Noted>();
    let mut notes = Notes::default();
    let board = gate::read(context, caller, ACTION, |tx| {
        let Practice { treated: all, asked } = present(context, tx, caller)?;
        let doctor = caller.user_id()?;
        // Everybody is in the numbers.
        notes = noted.note(tx, (doctor, ACTION), &all);
        let mut patients = Vec::with_capacity(all.len());
        for one in all {
            patients.push(summary(context, tx, doctor, one)?);
        }
        board_of(context, tx, (doctor, asked), patients)
    })
    .await?;
    noted.settle(notes);
    Ok(board)
}

fn board_of(
    context: &Context,
    tx: &ReadTx,
    (doctor, asked): (UserId, Vec<Connection>),
    patients: Vec<Summary>,
) -> Result<Dashboard> {
    let today = tx.now().day_in(context.zone());
    let (mut totals, mut tally) = (Totals::default(), Tally::default());
    let (mut alerts, mut revisions) = (Vec::new(), Vec::new());
    for patient in &patients {
        count(&mut totals, patient);
        if let Some(recent) = &patient.adherence {
            tally = tally.plus(recent.tally);
        }
        for alert in patient.alerts.iter().flatten() {
            let patient_name = patient.name.clone();
            alerts.push(AlertView { alert: alert.clone(), patient_name, detail: Detail::Full });
        }
        revisions.extend(patient.revisions.iter().map(|outline| Revision {
            prescription: outline.id,
            patient: patient.patient(),
            patient_name: patient.name.clone(),
            reason: outline.reason.clone(),
            asked_at: outline.updated_at,
        }));
    }
    let is_taken = |view: &AlertView| view.alert.state == AlertState::Acknowledged;
    alerts.sort_by_key(|view| (std::cmp::Reverse(view.alert.severity), is_taken(view), view.alert.opened_at));
    alerts.truncate(SHOWN_MAX);
    revisions.sort_by_key(|revision| revision.asked_at);
    revisions.truncate(SHOWN_MAX);
    let mut requests = still_asked(tx, doctor, asked, context.settings.limits.request_life())?;
    totals.connection_requests = number(requests.len());
    requests.truncate(SHOWN_MAX);
    let mut attention: Vec<(u32, Summary)> = patients
        .into_iter()
        .filter_map(|patient| attention::rank(&patient.reasons).map(|rank| (rank, patient)))
        .collect();
    attention.sort_by_key(|(rank, patient)| (*rank, patient.patient()));
    attention.truncate(SHOWN_MAX);
    Ok(Dashboard {
        at: tx.now(),
        from: window_start(today, SHOWN_DAYS),
        to: today,
        taking: Figure::of(tally.taken(), tally.counted(), &context.settings.adherence),
        totals,
        attention: attention.into_iter().map(|(_, patient)| patient).collect(),
        alerts,
        requests,
        revisions,
    })
}

/// Adds a patient to the numbers.
fn count(totals: &mut Totals, patient: &Summary) {
    totals.patients += 1;
    let place = match &patient.adherence {
        None => &mut totals.not_shared,
        Some(recent) => match recent.taking.colour {
            None => &mut totals.nothing_counted,
            Some(Colour::Green) => &mut totals.green,
            Some(Colour::Yellow) => &mut totals.yellow,
            Some(Colour::Red) => &mut totals.red,
        },
    };
    *place += 1;
    totals.needing_attention += u32::from(!patient.reasons.is_empty());
    for alert in patient.alerts.iter().flatten() {
        let is_open = alert.state == AlertState::Open;
        totals.alerts_open += u32::from(is_open);
        totals.alerts_critical += u32::from(is_open && alert.severity == Severity::Critical);
        totals.alerts_acknowledged += u32::from(!is_open);
    }
    totals.revisions = totals.revisions.saturating_add(number(patient.revisions.len()));
    totals.unconfirmed = totals.unconfirmed.saturating_add(patient.unconfirmed);
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
