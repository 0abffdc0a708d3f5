//! What a check says of medicines that a patient does not share with the doctor who asks.
//!
//! A warning is never withheld: what does not go with something hidden is named with tier, hazard and action. So whoever
//! asks for one medicine after another could learn what is hidden. Therefore each such answer stands in the audit of the
//! patient, and the number of different medicines that doctors, all together, are told of in a day is bounded. Beyond the bound each medicine that was not told of before is answered with the same sentence, whether it goes
//! with what is hidden or not: that there is something hidden, and that patient or doctor must be asked.
//!
//! How much is taken of it could be learned by asking for one medicine in many amounts, and when it ends by asking for many
//! days: each way beyond the third counts as another medicine.
//!
//! The bound is that of all medicines together, signed or not: a signature alone costs nothing, for a single day, from next year
//! on, as needed, for a patient who has to agree first. What costs nothing is a medicine that the patient has really used for
//! some days, as far as the doctor sees it. The bound has room for a prescription of ten lines of which each is warned of, and
//! for five that take the place of others.

use std::collections::{BTreeMap, BTreeSet};

use super::audit::model::Outcome;
use super::audit::tables::{NewRecord, append};
use super::auth::model::Caller;
use super::connections::access::Access;
use super::notifications::model::{Notice, NotificationType, Urgency};
use super::notifications::params::Params;
use super::notifications::tables::notify;
use super::safety::unshared::{TRIED, TriedMedicine, told_of, tried, used_up};
use super::safety::{Checked, Finding, Line};
use super::users::tables::{active_admins, require};
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::store::{MedicineAsked, Reader, UnsharedTried, WriteTx};

/// A check as it may be told.
pub(super) struct Bounded {
    /// What is told.
    pub(super) checked: Checked,
    /// What of it is told in the one sentence alone; nothing as long as the bound is not reached.
    pub(super) withheld: Option<Vec<Finding>>,
}

/// The new medicines by the keys of their lines.
type ByKey<'a> = BTreeMap<&'a str, MedicineAsked>;

/// A check of `new` lines for a doctor to whom not everything is shared.
pub(super) struct Tries<'a> {
    pub(super) access: &'a Access,
    /// Most medicines that are named.
    pub(super) most: usize,
    pub(super) new: &'a [Line],
    /// The medicines that the patient really uses, as far as the doctor sees it: who asks for them tries nothing.
    pub(super) used: &'a BTreeSet<MedicineAsked>,
    /// What is found.
    pub(super) checked: Checked,
    /// What would be found if nothing were hidden.
    pub(super) without: Checked,
}

/// A medicine as it is counted, whatever its strength, and how it would be used.
pub(super) fn asked_of(line: &Line) -> MedicineAsked {
    let ingredients: Vec<&str> = line.parts.iter().map(|part| part.ingredient.as_str()).collect();
    let name = if ingredients.is_empty() { line.name.clone() } else { ingredients.join(" + ") };
    let amounts: Vec<_> = line.parts.iter().map(|part| (part.single, part.daily, &part.of_steps)).collect();
    let way = format!("{amounts:?} {:?} {} {:?}", line.rhythm, line.begins, line.ends);
    MedicineAsked { name, way }
}

impl Tries<'_> {
    /// What is told, and notes for the gate what was tried.
    pub(super) fn bounded(self, tx: &dyn Reader) -> Result<Bounded> {
        let whole = |checked| Bounded { checked, withheld: None };
        let Some(doctor) = self.access.carer() else { return Ok(whole(self.checked)) };
        let before = tried(tx, self.access.patient(), doctor)?;
        let all = told_of(tx, self.access.patient())?;
        let by_key: ByKey<'_> = self.new.iter().map(|line| (line.key.as_str(), asked_of(line))).collect();
        let is_named = |asked: &MedicineAsked| self.used.contains(asked) || before.has(asked);
        let used: BTreeSet<String> = self.used.iter().map(|one| one.name.clone()).collect();
        let met = self.met(&by_key);
        let fresh: BTreeSet<MedicineAsked> = met.iter().filter(|asked| !is_named(asked)).cloned().collect();
        let is_beyond = used_up(&(&all | &fresh), &used) > self.most;
        let is_closed = is_beyond || before.closed_at.is_some();
        let withholds = is_closed && !by_key.values().all(is_named);
        if met.is_empty() && !withholds {
            return Ok(whole(self.checked));
        }
        let mut trail = tx.trail();
        let noted = trail.unshared.get_or_insert_with(|| UnsharedTried {
            patient: self.access.patient().into(),
            doctor: doctor.into(),
            medicines: BTreeSet::new(),
            used,
            before: all.len(),
            most: self.most,
            is_withheld: false,
        });
        noted.is_withheld |= withholds;
        if !withholds {
            noted.medicines.extend(fresh);
            return Ok(whole(self.checked));
        }
        drop(trail);
        let may_name = |finding: &Finding| medicines_in(finding, &by_key).all(is_named);
        let (told, withheld): (Vec<Finding>, Vec<Finding>) =
            self.checked.findings.into_iter().filter(is_of_hidden).partition(may_name);
        let mut checked = self.without;
        checked.findings.extend(told);
        Ok(Bounded { checked, withheld: Some(withheld) })
    }

    /// The new medicines of which anything is said because of what is hidden: also that something could not be weighed, and
    /// what is silent.
    fn met(&self, by_key: &ByKey<'_>) -> BTreeSet<MedicineAsked> {
        let all = |checked: &Checked| -> Vec<Finding> {
            let silent = checked.suppressed.iter().map(|silent| &silent.finding);
            checked.findings.iter().chain(silent).cloned().collect()
        };
        let (with, without) = (all(&self.checked), all(&self.without));
        let others = with.iter().filter(|one| is_of_hidden(one) || !without.contains(one));
        let others = others.chain(without.iter().filter(|one| !with.contains(one)));
        let mut met: BTreeSet<MedicineAsked> =
            others.flat_map(|finding| medicines_in(finding, by_key)).cloned().collect();
        for missing in &self.checked.not_checked {
            let same = self.without.not_checked.iter().find(|other| other.what == missing.what);
            let is_new = |key: &&String| same.is_none_or(|same| !same.lines.contains(key));
            met.extend(
                missing.lines.iter().filter(is_new).filter_map(|key| by_key.get(key.as_str())).cloned(),
            );
        }
        met
    }
}

fn is_of_hidden(finding: &Finding) -> bool {
    finding.medicines.iter().any(|subject| subject.hidden)
}

fn medicines_in<'a>(finding: &'a Finding, by_key: &'a ByKey<'_>) -> impl Iterator<Item = &'a MedicineAsked> {
    finding.medicines.iter().filter_map(|subject| by_key.get(subject.line.as_str()))
}

/// Writes down that a doctor was told of what is not shared with them, and counts it; whoever passes the bound is told of to
/// patient and staff, once a day. Says whether they were told more than the bound allows, because they asked several
/// times at once: that answer must not leave.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn note(tx: &mut WriteTx<'_>, caller: &Caller, met: &UnsharedTried) -> Result<bool> {
    let (patient, doctor) = (UserId::from(met.patient), UserId::from(met.doctor));
    let change = if met.is_withheld {
        serde_json::json!({ "isWithheld": true })
    } else {
        serde_json::json!({ "medicines": met.medicines.len() })
    };
    let record = NewRecord { patient: Some(patient), change: Some(change), ..NewRecord::default() };
    append(tx, caller, "prescription.warned_of_unshared", Outcome::Done, record)?;
    let now = tx.now();
    let mut known = tried(tx, patient, doctor)?;
    let fresh = met.medicines.iter().filter(|asked| !known.has(asked)).cloned().collect::<Vec<_>>();
    let fresh = fresh.into_iter().map(|asked| TriedMedicine::new(asked, now));
    if known.closed_at.is_some() {
        return Ok(!met.is_withheld && !met.medicines.is_empty());
    }
    let all = told_of(tx, patient)?;
    let is_raced = all.len() != met.before && used_up(&(&all | &met.medicines), &met.used) > met.most;
    if met.is_withheld || is_raced {
        known.closed_at = Some(now);
        tell(tx, patient, doctor)?;
    } else {
        known.medicines.extend(fresh);
    }
    TRIED.put(tx, &(patient, doctor), &known)?;
    Ok(is_raced)
}

/// Tells the patient and the staff that somebody tried many medicines; it names none.
fn tell(tx: &mut WriteTx<'_>, patient: UserId, doctor: UserId) -> Result<()> {
    let name = require(tx, doctor)?.full_name.into_inner();
    let of = require(tx, patient)?.full_name.into_inner();
    let params = Params::new().text("name", name).text("patient", of);
    let notice = |to, variant| Notice {
        to,
        kind: NotificationType::RecordOpened,
        variant,
        urgency: Urgency::Warning,
        params: params.clone(),
        patient: Some(patient),
        resource: Some(("record", patient.to_string())),
    };
    notify(tx, notice(patient, "unshared"))?;
    for admin in active_admins(tx)? {
        notify(tx, notice(admin, "unshared_admin"))?;
    }
    Ok(())
}
