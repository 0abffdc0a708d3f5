//! What doctors see of their patients.

use poem_openapi::Object;
use uuid::Uuid;

use super::reasons::AttentionReason;
use crate::api::adherence::{AdherenceFigure, AdherenceReport};
use crate::api::clinical_record::ClinicalRecordView;
use crate::api::connections::bodies::ConnectionAnswer;
use crate::api::health_monitoring::{HealthAlert, VitalView};
use crate::api::notes::NoteView;
use crate::api::prescriptions::lines::LineAnswer;
use crate::api::types::{Day, Instant};
use crate::domain::adherence::model::Trend;
use crate::domain::connections::model::{Connection, PermissionLevel, Scope};
use crate::domain::vitals::alert::AlertState;
use crate::domain::vitals::model::Severity;
use crate::platform::ids::{ConnectionId, PrescriptionId, UserId};
use crate::views::doctor::{
    ActiveMedicine, Chart, Dashboard, Happening, HappeningKind, Recent, Revision, Summary, Totals,
};

/// A patient's adherence over the last 30 days, today included.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RecentAdherence {
    /// The first day.
    from: Day,
    /// The last day, today.
    to: Day,
    /// Taken of counted.
    taking: AdherenceFigure,
    /// Which way it went since the 30 days before; null when one of the two has nothing that counted.
    trend: Option<Trend>,
}

impl RecentAdherence {
    fn of(recent: Recent) -> Self {
        Self {
            from: Day(recent.from),
            to: Day(recent.to),
            taking: AdherenceFigure::of(recent.taking),
            trend: recent.trend,
        }
    }
}

/// What a patient shares with the doctor.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Consent {
    /// The connection.
    connection_id: ConnectionId,
    /// How much the patient shares.
    permission_level: PermissionLevel,
    /// Which prescriptions, when only some are shared.
    prescription_ids: Option<Vec<PrescriptionId>>,
    /// From then on nothing is shared.
    expires_at: Option<Instant>,
    /// Since when they are connected.
    connected_at: Instant,
}

impl Consent {
    fn of(connection: &Connection) -> Self {
        Self {
            connection_id: connection.id,
            permission_level: connection.permission.level,
            prescription_ids: connection.only().cloned(),
            expires_at: connection.permission.expires_at.map(Instant),
            connected_at: Instant(connection.answered_at.unwrap_or(connection.created_at)),
        }
    }
}

/// A patient's health alerts that are not resolved.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct UnresolvedAlerts {
    /// How many nobody has taken over.
    open: u32,
    /// How many somebody looks after.
    acknowledged: u32,
    /// The gravest of all; null when there is none.
    gravest: Option<Severity>,
}

/// A patient whom the doctor treats.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PatientOverview {
    /// The patient's id.
    id: UserId,
    /// Name.
    full_name: String,
    /// Phone, E.164.
    phone: Option<String>,
    /// What the patient shares.
    consent: Consent,
    /// The parts of the record that may be read now.
    shared: Vec<Scope>,
    /// How regularly medicine is taken, over the shared prescriptions; null when doses are not shared.
    adherence: Option<RecentAdherence>,
    /// Health alerts; null when vital signs are not shared.
    alerts: Option<UnresolvedAlerts>,
    /// Why the patient needs attention, the gravest first.
    reasons: Vec<AttentionReason>,
}

impl PatientOverview {
    pub(super) fn of(summary: Summary) -> Self {
        let count = |state: AlertState| {
            let of_state = summary.alerts.iter().flatten().filter(|alert| alert.state == state).count();
            u32::try_from(of_state).unwrap_or(u32::MAX)
        };
        let alerts = summary.alerts.as_ref().map(|alerts| UnresolvedAlerts {
            open: count(AlertState::Open),
            acknowledged: count(AlertState::Acknowledged),
            gravest: alerts.iter().map(|alert| alert.severity).max(),
        });
        Self {
            id: summary.patient(),
            consent: Consent::of(&summary.treated.connection),
            shared: summary.treated.scopes().collect(),
            full_name: summary.name,
            phone: summary.phone,
            adherence: summary.adherence.map(RecentAdherence::of),
            alerts,
            reasons: summary.reasons.into_iter().map(AttentionReason::of).collect(),
        }
    }
}

/// The numbers of a doctor's board.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DashboardTotals {
    /// Everybody whom the doctor treats and may know now.
    patients: u32,
    /// Whose adherence is GREEN.
    green: u32,
    /// Whose is YELLOW.
    yellow: u32,
    /// Whose is RED.
    red: u32,
    /// Of whom no dose counted.
    nothing_counted: u32,
    /// Who do not share it.
    not_shared: u32,
    /// Who need attention.
    needing_attention: u32,
    /// Health alerts that nobody has taken over.
    alerts_open: u32,
    /// Those of them that are CRITICAL.
    alerts_critical: u32,
    /// Health alerts that somebody looks after.
    alerts_acknowledged: u32,
    /// Requests for a connection that wait for the doctor's answer.
    connection_requests: u32,
    /// Prescriptions of the doctor for which patients ask for another one.
    revisions: u32,
    /// Prescriptions of the doctor that patients have still to confirm.
    unconfirmed: u32,
}

impl DashboardTotals {
    fn of(totals: Totals) -> Self {
        Self {
            patients: totals.patients,
            green: totals.green,
            yellow: totals.yellow,
            red: totals.red,
            nothing_counted: totals.nothing_counted,
            not_shared: totals.not_shared,
            needing_attention: totals.needing_attention,
            alerts_open: totals.alerts_open,
            alerts_critical: totals.alerts_critical,
            alerts_acknowledged: totals.alerts_acknowledged,
            connection_requests: totals.connection_requests,
            revisions: totals.revisions,
            unconfirmed: totals.unconfirmed,
        }
    }
}

/// A prescription for which the patient asks for another one.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RevisionAsked {
    /// Which.
    prescription_id: PrescriptionId,
    /// Whose.
    patient_id: UserId,
    /// The patient's name.
    patient_name: String,
    /// Why, in the patient's words.
    reason: Option<String>,
    /// Since when.
    asked_at: Instant,
}

impl RevisionAsked {
    fn of(revision: Revision) -> Self {
        Self {
            prescription_id: revision.prescription,
            patient_id: revision.patient,
            patient_name: revision.patient_name,
            reason: revision.reason,
            asked_at: Instant(revision.asked_at),
        }
    }
}

/// A doctor's board.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DoctorDashboard {
    /// The moment at which it was so.
    at: Instant,
    /// The first day of the adherence shown.
    from: Day,
    /// The last day, today.
    to: Day,
    /// Adherence of everybody together who shares it: every dose counts once.
    adherence: AdherenceFigure,
    /// The numbers.
    totals: DashboardTotals,
    /// Who needs attention most, the gravest first, at most ten.
    attention: Vec<PatientOverview>,
    /// Health alerts that are not resolved, the gravest first, at most ten.
    alerts: Vec<HealthAlert>,
    /// Requests for a connection that wait for the doctor's answer, oldest first, at most ten.
    connection_requests: Vec<ConnectionAnswer>,
    /// Prescriptions for which patients ask for another one, oldest first, at most ten.
    revisions: Vec<RevisionAsked>,
}

impl DoctorDashboard {
    pub(super) fn of(board: Dashboard) -> Self {
        Self {
            at: Instant(board.at),
            from: Day(board.from),
            to: Day(board.to),
            adherence: AdherenceFigure::of(board.taking),
            totals: DashboardTotals::of(board.totals),
            attention: board.attention.into_iter().map(PatientOverview::of).collect(),
            alerts: board.alerts.into_iter().map(HealthAlert::of).collect(),
            connection_requests: board.requests.into_iter().map(Into::into).collect(),
            revisions: board.revisions.into_iter().map(RevisionAsked::of).collect(),
        }
    }
}

/// A medicine in force.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ChartMedicine {
    /// Its prescription.
    prescription_id: PrescriptionId,
    /// The medicine line.
    medication: LineAnswer,
    /// Adherence of the last 30 days; null when doses are not shared, and for medicine as needed.
    adherence: Option<AdherenceFigure>,
}

impl ChartMedicine {
    fn of(medicine: ActiveMedicine) -> Self {
        Self {
            prescription_id: medicine.prescription,
            medication: LineAnswer::of(medicine.line),
            adherence: medicine.taking.map(AdherenceFigure::of),
        }
    }
}

/// Something that happened to a patient.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ChartEvent {
    /// When.
    at: Instant,
    /// What.
    kind: HappeningKind,
    /// The prescription, alert or note.
    id: Uuid,
}

impl ChartEvent {
    fn of(happening: Happening) -> Self {
        Self { at: Instant(happening.at), kind: happening.kind, id: happening.of }
    }
}

/// A patient's chart. Parts that are not shared are null.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PatientChart {
    /// The moment at which it was so.
    at: Instant,
    /// The patient's id.
    id: UserId,
    /// Name.
    full_name: String,
    /// E-mail address.
    email: Option<String>,
    /// Phone, E.164.
    phone: Option<String>,
    /// By what right the chart is shown, as in the audit: CONNECTION, BREAK_GLASS.
    basis: String,
    /// What the patient shares with the doctor; null in an emergency, and for family.
    consent: Option<Consent>,
    /// The parts of the record that are not shared now.
    not_shared: Vec<Scope>,
    /// Why the patient needs attention, the gravest first.
    reasons: Vec<AttentionReason>,
    /// Medicines in force; with PRESCRIPTIONS.
    medicines: Option<Vec<ChartMedicine>>,
    /// Allergies, conditions and what else decides whether a medicine is safe; with PRESCRIPTIONS.
    clinical_record: Option<ClinicalRecordView>,
    /// Adherence of the last 30 days, today included; with DOSES.
    adherence: Option<AdherenceReport>,
    /// The newest measurement of each type; with VITALS.
    vitals: Option<Vec<VitalView>>,
    /// Health alerts that are not resolved, newest first; with VITALS.
    alerts: Option<Vec<HealthAlert>>,
    /// The doctor's own newest notes, at most fifty; with NOTES.
    notes: Option<Vec<NoteView>>,
    /// What happened in the shared parts, newest first, at most thirty.
    timeline: Vec<ChartEvent>,
}

impl PatientChart {
    pub(super) fn of(chart: Chart) -> Self {
        let plain = |text: &crate::platform::secret::Phi<String>| text.reveal().clone();
        Self {
            at: Instant(chart.at),
            id: chart.person.id,
            full_name: plain(&chart.person.full_name),
            email: chart.person.email.as_ref().map(plain),
            phone: chart.person.phone.as_ref().map(plain),
            basis: chart.basis.name().to_owned(),
            consent: chart.connection.as_ref().map(Consent::of),
            not_shared: chart.not_shared,
            reasons: chart.reasons.into_iter().map(AttentionReason::of).collect(),
            medicines: chart.medicines.map(|found| found.into_iter().map(ChartMedicine::of).collect()),
            clinical_record: chart.record.map(ClinicalRecordView::of),
            adherence: chart.adherence.as_ref().map(AdherenceReport::of),
            vitals: chart.vitals.map(|found| found.iter().map(VitalView::of).collect()),
            alerts: chart.alerts.map(|found| found.into_iter().map(HealthAlert::of).collect()),
            notes: chart.notes.map(|found| found.into_iter().map(NoteView::of).collect()),
            timeline: chart.happenings.into_iter().map(ChartEvent::of).collect(),
        }
    }
}
