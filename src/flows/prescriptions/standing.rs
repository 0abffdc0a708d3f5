//! Reasons that stand: while a change makes nothing worse, what was answered for before it is not asked for again, wherever
//! the reason was given.

use std::collections::BTreeSet;

use super::signing::{Changed, Signing, unanswered};
use crate::domain::connections::access::Access;
use crate::domain::prescriptions::finding::{Finding, SafetyReport};
use crate::domain::prescriptions::model::{Line, Tier};
use crate::domain::prescriptions::record::{Override, Prescription};
use crate::domain::safety_intake::is_no_more;
use crate::platform::error::Result;
use crate::platform::store::Reader;

impl Changed<'_> {
    /// The line of before that a written one stands for.
    fn before(&self, line: &Line) -> Option<&Line> {
        self.base.lines.iter().find(|before| before.has_id(line.id) || line.has_id(before.id))
    }

    /// Whether a finding names a line that was not there.
    pub(super) fn names_new_line(&self, finding: &Finding) -> bool {
        let places = finding.medicines.iter().filter_map(|medicine| medicine.place);
        let mut lines = places.filter_map(|place| self.new.get(place));
        lines.any(|new| self.before(new.line).is_none())
    }

    /// Whether no line asks for more than it did.
    fn asks_for_no_more(&self) -> bool {
        self.new.iter().all(|new| self.before(new.line).is_some_and(|before| is_no_more(before, new.line)))
    }

    /// The reasons among `kept` that hold for what is found: a line that was not there needs its own.
    pub(super) fn still_holding(&self, kept: Vec<Override>, report: &SafetyReport) -> Vec<Override> {
        let is_of_new = |given: &Override| {
            report.findings.iter().any(|found| found.id == given.finding && self.names_new_line(found))
        };
        kept.into_iter().filter(|given| !is_of_new(given)).collect()
    }
}

impl Signing {
    /// The findings that the change leaves as they were, or makes milder, and that were answered for before it, in this
    /// prescription or beside it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn standing(
        &self,
        tx: &dyn Reader,
        (access, all): (&Access, &[Prescription]),
        changed: Changed<'_>,
        (report, overrides): (&SafetyReport, (&[Override], &[Override])),
    ) -> Result<BTreeSet<String>> {
        let (kept, given) = overrides;
        let is_open = |finding: &&Finding| {
            finding.tier == Tier::Stop
                && !changed.names_new_line(finding)
                && !given.iter().any(|given| given.finding == finding.id)
                && !kept.iter().any(|given| finding.is_covered_by(given))
        };
        let open: Vec<&Finding> = report.findings.iter().filter(is_open).collect();
        if open.is_empty() {
            return Ok(BTreeSet::new());
        }
        let (row, base) = (changed.row, changed.base);
        let before = self.look_as_written(tx, (access, all), (row.id, base))?;
        let today = tx.now().day_in(self.zone());
        let unanswered = unanswered(all, (row.id, base), (&before, Tier::Stop), today);
        let is_answered = |finding: &&Finding| !unanswered.iter().any(|open| open.id == finding.id);
        let answered: Vec<&Finding> = before.findings.iter().filter(is_answered).collect();
        let asks_for_no_more = changed.asks_for_no_more();
        let stands = |finding: &&Finding| {
            let mut same = answered.iter().filter(|before| before.id == finding.id);
            same.any(|before| {
                finding.tier <= before.tier && (asks_for_no_more || finding.rests_on_no_more_than(before))
            })
        };
        Ok(open.into_iter().filter(stands).map(|finding| finding.id.clone()).collect())
    }
}
