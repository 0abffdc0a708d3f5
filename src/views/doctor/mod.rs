//! What a doctor sees of everybody they treat: who needs attention and why, the list of patients, one patient's chart.
//!
//! Rights are asked of each connection as it is now, at every request. Figures come from what is counted or kept anyway: day
//! counters, alerts that are not resolved, what the daily look at a treatment found, outlines of prescriptions. Doses are
//! read for one patient only, and for those who share but chosen prescriptions, whose figures must be counted over these.

mod chart;
mod dashboard;
mod list;
mod looks;
mod summary;

pub use chart::{ActiveMedicine, Chart, Happening, HappeningKind, chart};
pub use dashboard::{Dashboard, Revision, Totals, dashboard};
pub use list::{PatientSort, PatientsQuery, Place, patients, worklist};
pub use summary::{Recent, Summary};
