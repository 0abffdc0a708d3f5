//! What clients get.

use poem_openapi::Object;

use super::lines::{LineAnswer, Texts};
use super::payloads::Tagged;
use super::safety::{FindingAnswer, NotCheckedAnswer, OverrideAnswer, SuppressedAnswer};
use crate::api::types::{Day, Instant, named_lists};
use crate::domain::prescriptions::describe::understood;
use crate::domain::prescriptions::draft::{Remark, number_of};
use crate::domain::prescriptions::finding::SafetyReport;
use crate::domain::prescriptions::model::{Line, Slot};
use crate::domain::prescriptions::record::{self, Author, Content, Prescription, Version, VersionState};
use crate::domain::prescriptions::state::Status;
use crate::domain::users::model::Role;
use crate::flows::prescriptions::{BatchDone, Turned, Written};
use crate::platform::i18n::Language;
use crate::platform::ids::{BatchId, PrescriptionId, UserId};
use crate::platform::secret::Phi;
use crate::views::prescriptions::Preview;

named_lists! {
    /// What became of a version.
    record::VersionState as "PrescriptionVersionState": Applied, Pending, Rejected, RetakeRequested, Withdrawn;
}

/// Who wrote something, named as they were then.
#[derive(Debug, Object)]
#[oai(rename = "PrescriptionAuthor", rename_all = "camelCase")]
pub struct AuthorAnswer {
    /// Their id.
    id: UserId,
    /// What they are.
    role: Role,
    /// Their name.
    full_name: String,
}

impl AuthorAnswer {
    fn of(author: Author) -> Self {
        Self { id: author.id, role: author.role, full_name: author.name.into_inner() }
    }
}

/// How words were understood that are easily misread, or what was decided where they left it open.
#[derive(Debug, Object)]
#[oai(rename = "PrescriptionNotice", rename_all = "camelCase")]
pub struct NoticeAnswer {
    /// The field that it is about, as in errors.
    field: String,
    /// Stable code.
    code: String,
    /// What it says.
    text: Texts,
}

/// A line as it was understood, in both languages.
fn read_back(line: &Line) -> Texts {
    Texts { khmer: understood(Language::Khmer, line), english: understood(Language::English, line) }
}

/// Remarks as the API shows them.
pub(in crate::api) fn notices(remarks: Vec<Remark>) -> Vec<NoticeAnswer> {
    let notice = |remark: Remark| {
        let text = Texts { khmer: remark.khmer, english: remark.english };
        NoticeAnswer { field: remark.field, code: remark.code, text }
    };
    remarks.into_iter().map(notice).collect()
}

/// A prescription as it stands.
#[derive(Debug, Object)]
#[oai(rename = "Prescription", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct PrescriptionAnswer {
    /// Its id.
    id: PrescriptionId,
    /// Where it stands.
    status: Status,
    /// When it was written.
    created_at: Instant,
    /// Last change.
    updated_at: Instant,
    /// For whom.
    patient_id: UserId,
    /// Who wrote it.
    author: AuthorAnswer,
    /// The doctor who wrote it; left out for a patient's own.
    doctor_id: Option<UserId>,
    /// Number of the version in force.
    version: u32,
    /// A version that waits for the patient.
    pending_version: Option<u32>,
    /// What for.
    diagnosis: Option<String>,
    /// Complaints.
    symptoms: Option<String>,
    /// For colleagues.
    clinical_note: Option<String>,
    /// Next visit.
    follow_up_date: Option<Day>,
    /// Whether it is urgent.
    is_urgent: bool,
    /// Why it is urgent.
    urgent_reason: Option<String>,
    /// Reason of the last refusal, request for revision, pause or stop.
    reason: Option<String>,
    /// When the patient confirmed it.
    confirmed_at: Option<Instant>,
    /// When it took effect.
    activated_at: Option<Instant>,
    /// When it ended.
    ended_at: Option<Instant>,
    /// Last day of the last line; left out for ongoing treatment.
    end_date: Option<Day>,
    /// The batch it was written in.
    batch_id: Option<BatchId>,
    /// Safety findings overridden; empty for readers to whom not all prescriptions and the whole clinical record are shared,
    /// because the reasons speak of them.
    overrides: Vec<OverrideAnswer>,
    /// The lines.
    medications: Vec<LineAnswer>,
    /// Each line as it was understood, to be read back; only in the answer to what was written or changed. The same
    /// stands with each line.
    understood: Option<Vec<Texts>>,
    /// How words of this request were understood that are easily misread, and next doses that come unusually soon or late;
    /// only in the answer to what was written, changed or resumed.
    notices: Option<Vec<NoticeAnswer>>,
    /// What the safety check says of the lines of this request; only in the answer to what was written, changed or
    /// confirmed.
    findings: Option<Vec<FindingAnswer>>,
    /// What the safety check could not weigh; beside `findings`.
    not_checked: Option<Vec<NotCheckedAnswer>>,
    /// What was found and does not interrupt, also because the clinic has silenced the rule; beside `findings`.
    suppressed: Option<Vec<SuppressedAnswer>>,
    /// Counts the changes; the `ETag`.
    revision: u64,
}

fn plain(text: Option<Phi<String>>) -> Option<String> {
    text.map(Phi::into_inner)
}

fn overrides(content: &Content) -> Vec<OverrideAnswer> {
    content.overrides.iter().map(OverrideAnswer::of).collect()
}

impl PrescriptionAnswer {
    /// As the API shows it.
    pub fn of(row: Prescription) -> Self {
        Self {
            id: row.id,
            status: row.status,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
            patient_id: row.patient,
            doctor_id: (row.author.id != row.patient).then_some(row.author.id),
            author: AuthorAnswer::of(row.author),
            version: row.version,
            pending_version: row.pending_version,
            end_date: row.content.end().map(Day),
            overrides: overrides(&row.content),
            diagnosis: plain(row.content.diagnosis),
            symptoms: plain(row.content.symptoms),
            clinical_note: plain(row.content.clinical_note),
            follow_up_date: row.content.follow_up.map(Day),
            is_urgent: row.urgent,
            urgent_reason: plain(row.urgent_reason),
            reason: plain(row.reason),
            confirmed_at: row.confirmed_at.map(Instant),
            activated_at: row.activated_at.map(Instant),
            ended_at: row.ended_at.map(Instant),
            batch_id: row.batch,
            medications: row.content.lines.into_iter().map(LineAnswer::of).collect(),
            understood: None,
            notices: None,
            findings: None,
            not_checked: None,
            suppressed: None,
            revision: row.revision,
        }
    }

    /// The answer to what was written, with its `ETag`.
    pub fn written(written: Written) -> Tagged<Self> {
        let revision = written.prescription.revision;
        let read_back = written.prescription.content.lines.iter().map(read_back).collect();
        let SafetyReport { findings, not_checked, silent } = written.safety;
        let body = Self {
            understood: Some(read_back),
            notices: Some(notices(written.remarks)),
            findings: Some(findings.into_iter().map(FindingAnswer::of).collect()),
            not_checked: Some(not_checked.into_iter().map(NotCheckedAnswer::of).collect()),
            suppressed: Some(silent.into_iter().map(SuppressedAnswer::of).collect()),
            ..Self::of(written.prescription)
        };
        Tagged { revision, body }
    }

    /// The answer to who lets a treatment go on, with its `ETag`.
    pub fn turned(turned: Turned) -> Tagged<Self> {
        let revision = turned.prescription.revision;
        let body = Self { notices: Some(notices(turned.remarks)), ..Self::of(turned.prescription) };
        Tagged { revision, body }
    }

    /// The same with its `ETag`.
    pub fn tagged(row: Prescription) -> Tagged<Self> {
        Tagged { revision: row.revision, body: Self::of(row) }
    }
}

/// A version of a prescription.
#[derive(Debug, Object)]
#[oai(rename = "PrescriptionVersion", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct VersionAnswer {
    /// Names it among all versions: the prescription's id, a dot and the number.
    id: String,
    /// Its prescription.
    prescription_id: PrescriptionId,
    /// Its number, from 1.
    number: u32,
    /// What became of it.
    state: VersionState,
    /// Who wrote it.
    author: AuthorAnswer,
    /// When.
    created_at: Instant,
    /// Why.
    reason: Option<String>,
    /// Whether it took effect without waiting for the patient because it was urgent.
    is_urgent: bool,
    /// What it changed, in words.
    changes: Vec<Texts>,
    /// What for.
    diagnosis: Option<String>,
    /// Complaints.
    symptoms: Option<String>,
    /// For colleagues.
    clinical_note: Option<String>,
    /// Next visit.
    follow_up_date: Option<Day>,
    /// Safety findings overridden; empty for readers to whom not all prescriptions and the whole clinical record are shared,
    /// because the reasons speak of them.
    overrides: Vec<OverrideAnswer>,
    /// The lines.
    medications: Vec<LineAnswer>,
}

impl VersionAnswer {
    /// As the API shows it.
    pub fn of(prescription_id: PrescriptionId, version: Version) -> Self {
        let changes = version.changes.into_iter();
        Self {
            id: format!("{prescription_id}.{}", version.number),
            prescription_id,
            number: version.number,
            state: version.state,
            author: AuthorAnswer::of(version.author),
            created_at: version.at.into(),
            reason: plain(version.reason),
            is_urgent: version.urgent,
            changes: changes
                .map(|change| Texts { khmer: change.km.into_inner(), english: change.en.into_inner() })
                .collect(),
            overrides: overrides(&version.content),
            diagnosis: plain(version.content.diagnosis),
            symptoms: plain(version.content.symptoms),
            clinical_note: plain(version.content.clinical_note),
            follow_up_date: version.content.follow_up.map(Day),
            medications: version.content.lines.into_iter().map(LineAnswer::of).collect(),
        }
    }
}

/// One dose of a preview.
#[derive(Debug, Object)]
#[oai(rename = "PreviewDose", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct PreviewDose {
    /// Place of its line in `medications`, from 0.
    medication_index: u32,
    /// The medicine.
    medicine_name: String,
    /// When it would be taken.
    scheduled_time: Instant,
    /// For which time of day.
    slot: Option<Slot>,
    /// How much.
    amount: f64,
    /// The unit of the amount.
    unit: String,
}

/// The doses that a prescription would make.
#[derive(Debug, Object)]
#[oai(rename = "PrescriptionPreview", rename_all = "camelCase")]
pub struct PreviewAnswer {
    /// From now.
    from: Instant,
    /// For 14 days.
    to: Instant,
    /// The doses in order of time.
    doses: Vec<PreviewDose>,
    /// Each line in words; the same as `understood`.
    lines: Vec<Texts>,
    /// Each line as it was understood, to be read back before signing.
    understood: Vec<Texts>,
    /// How words were understood that are easily misread.
    notices: Vec<NoticeAnswer>,
    /// What the safety check says; one of tier STOP will need a reason.
    findings: Vec<FindingAnswer>,
    /// What the safety check could not weigh.
    not_checked: Vec<NotCheckedAnswer>,
}

impl PreviewAnswer {
    /// As the API shows it.
    pub fn of(preview: Preview) -> Self {
        let doses = preview.doses.iter().filter_map(|(place, dose)| {
            let line = preview.lines.get(*place)?;
            Some(PreviewDose {
                medication_index: u32::try_from(*place).ok()?,
                medicine_name: line.medicine_name.clone(),
                scheduled_time: dose.at.into(),
                slot: dose.slot,
                amount: number_of(dose.amount),
                unit: line.unit.clone(),
            })
        });
        let SafetyReport { findings, not_checked, .. } = preview.safety;
        Self {
            from: preview.from.into(),
            to: preview.to.into(),
            doses: doses.collect(),
            lines: preview.lines.iter().map(read_back).collect(),
            understood: preview.lines.iter().map(read_back).collect(),
            notices: notices(preview.remarks),
            findings: findings.into_iter().map(FindingAnswer::of).collect(),
            not_checked: not_checked.into_iter().map(NotCheckedAnswer::of).collect(),
        }
    }
}

/// Why a patient was left out of a batch.
#[derive(Debug, Object)]
#[oai(rename = "BatchRefusal", rename_all = "camelCase")]
pub struct RefusalAnswer {
    /// Stable code.
    code: String,
    /// In the caller's language.
    message: String,
}

/// What became of one patient's prescription.
#[derive(Debug, Object)]
#[oai(rename = "PrescriptionBatchResult", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct BatchResultAnswer {
    /// Whose.
    patient_id: UserId,
    /// Whether it was, or would be, done.
    ok: bool,
    /// The prescription; left out in a dry run.
    prescription_id: Option<PrescriptionId>,
    /// Where it stands.
    status: Option<Status>,
    /// Why it was not done.
    error: Option<RefusalAnswer>,
    /// What the safety check says of this patient.
    findings: Vec<FindingAnswer>,
    /// What it could not weigh.
    not_checked: Vec<NotCheckedAnswer>,
}

/// What became of a batch.
#[derive(Debug, Object)]
#[oai(rename = "PrescriptionBatch", rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct BatchAnswer {
    /// Its id; left out for a dry run.
    id: Option<BatchId>,
    /// Whether nothing was written.
    dry_run: bool,
    /// Per patient.
    results: Vec<BatchResultAnswer>,
}

impl BatchAnswer {
    /// As the API shows it.
    pub fn of(done: BatchDone) -> Self {
        let results = done.results.into_iter().map(|result| {
            let (row, refusal) = match result.outcome {
                Ok(row) => (row, None),
                Err(refusal) => (None, Some(refusal)),
            };
            let SafetyReport { findings, not_checked, .. } = result.safety;
            BatchResultAnswer {
                findings: findings.into_iter().map(FindingAnswer::of).collect(),
                not_checked: not_checked.into_iter().map(NotCheckedAnswer::of).collect(),
                patient_id: result.patient,
                ok: refusal.is_none(),
                prescription_id: row.as_ref().map(|row| row.id),
                status: row.map(|row| row.status),
                error: refusal
                    .map(|refusal| RefusalAnswer { code: refusal.code.to_owned(), message: refusal.message }),
            }
        });
        Self { dry_run: done.id.is_none(), id: done.id, results: results.collect() }
    }
}
