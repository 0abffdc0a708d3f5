//! What overviews of many patients need to know of each prescription, kept in the cache so that none is read for them.

use std::sync::Arc;

use chrono::NaiveDate;

use super::Kept;
use crate::domain::connections::access::Access;
use crate::domain::prescriptions::model::{Amount, Line};
use crate::domain::prescriptions::record::Prescription;
use crate::domain::prescriptions::state::Status;
use crate::domain::prescriptions::tables;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::{MedicationId, PrescriptionId, UserId};

/// A prescription that was issued.
#[derive(Debug, Clone)]
pub struct Outline {
    /// Its id.
    pub id: PrescriptionId,
    /// Who wrote it.
    pub author: UserId,
    /// Its end, when all of its lines have one.
    pub end: Option<NaiveDate>,
    /// The next visit.
    pub follow_up: Option<NaiveDate>,
    /// When the version in force was written.
    pub written_at: Timestamp,
    /// Last change of its row.
    pub updated_at: Timestamp,
    /// Why the patient asks for another one, or it was stopped or paused.
    pub reason: Option<String>,
    /// Its lines with a quantity, while it is open.
    pub lines: Vec<LineOutline>,
    status: Status,
}

/// A medicine line of which so much was prescribed.
#[derive(Debug, Clone)]
pub struct LineOutline {
    /// Its id.
    pub id: MedicationId,
    /// How much.
    pub quantity: Amount,
    /// The medicine as prescribed.
    pub medicine_name: String,
    /// The same in Khmer.
    pub medicine_name_khmer: Option<String>,
    numbers: Vec<u32>,
}

impl LineOutline {
    fn of(line: &Line) -> Option<Self> {
        Some(Self {
            id: line.id,
            quantity: line.quantity?,
            medicine_name: line.medicine_name.clone(),
            medicine_name_khmer: line.medicine_name_khmer.clone(),
            numbers: line.numbers().collect(),
        })
    }

    /// Whether it has, or once had, this number.
    pub fn has_number(&self, number: u32) -> bool {
        self.numbers.contains(&number)
    }
}

impl Outline {
    fn of(row: &Prescription, written_at: Timestamp) -> Self {
        let lines = if row.status.is_open() { row.content.lines.as_slice() } else { &[] };
        Self {
            id: row.id,
            author: row.author.id,
            end: row.content.end(),
            follow_up: row.content.follow_up,
            written_at,
            updated_at: row.updated_at,
            reason: row.reason.as_ref().map(|reason| reason.reveal().clone()),
            lines: lines.iter().filter_map(LineOutline::of).collect(),
            status: row.status,
        }
    }

    /// Where it stands on a day of the clinic's calendar: as [`Prescription::status_on`].
    pub fn status_on(&self, today: NaiveDate) -> Status {
        match self.end {
            Some(end) if matches!(self.status, Status::Active | Status::Paused) && end < today => {
                Status::Completed
            }
            _ => self.status,
        }
    }
}

/// Every prescription of the patient that was issued, oldest first, from the cache. It does not depend on the time. What
/// `access` does not cover is among them: who shows something of one asks [`Access::covers`].
///
/// # Errors
/// When the store cannot be read.
pub fn outlines(context: &Context, access: &Access) -> Result<Arc<[Outline]>> {
    let kept = Kept::of(context, access.patient())?;
    if let Some(outlines) = kept.outlines.get() {
        return Ok(Arc::clone(outlines));
    }
    let server = access.of_server();
    // Read after the place in the cache was found: what is newer than that place drops it.
    let read: Vec<Outline> = context.store.read(|tx| {
        let rows = tables::list(tx, &server)?.into_iter();
        let issued = rows.filter(|row| !matches!(row.status, Status::Draft | Status::Discarded));
        let outline =
            |row: Prescription| Ok(Outline::of(&row, tables::version(tx, &server, row.id, row.version)?.at));
        issued.map(outline).collect()
    })?;
    Ok(Arc::clone(kept.outlines.get_or_init(|| read.into())))
}
