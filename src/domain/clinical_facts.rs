//! A patient as a safety check sees them: the clinical record, the person's age and sex, and the newest weight.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::clinical_record::facts::{ClinicalFacts, WeightFact};
use super::clinical_record::model::Sex;
use super::clinical_record::rules::About;
use super::clinical_record::tables;
use super::connections::access::Access;
use super::vitals::model::{Vital, VitalType};
use super::{users, vitals};
use crate::platform::error::Result;
use crate::platform::store::Reader;

/// What is known of a patient on a day of the clinic's calendar. A check weighs the whole record, whatever of it the
/// prescriber may see: it takes the right of the server ([`Access::of_server`]).
///
/// # Errors
/// When the store cannot be read.
pub fn facts_of(tx: &dyn Reader, access: &Access, on: NaiveDate, zone: Tz) -> Result<ClinicalFacts> {
    let facts = ClinicalFacts::of_entries(&tables::in_force(tx, access)?, on);
    let person = users::tables::require(tx, access.patient())?;
    let age_days = person.date_of_birth.map(|born| on.signed_duration_since(born).num_days());
    let sex = Sex::registered(person.gender);
    let weight = newest_weight(tx, access)?.and_then(|vital| {
        let grams = u32::try_from(vital.reading.value.0).ok()?;
        Some(WeightFact { grams, measured_on: vital.measured_at.day_in(zone) })
    });
    Ok(ClinicalFacts { age_days: age_days.and_then(|days| u32::try_from(days).ok()), sex, weight, ..facts })
}

/// The patient's newest weight that is not marked as wrong.
///
/// # Errors
/// When the store cannot be read.
pub fn newest_weight(tx: &dyn Reader, access: &Access) -> Result<Option<Vital>> {
    Ok(vitals::tables::newest(tx, access, VitalType::Weight, 1)?.into_iter().next())
}

/// What must be known of a patient to judge what is said of them today.
///
/// # Errors
/// When the store cannot be read.
pub fn about(tx: &dyn Reader, access: &Access, zone: Tz) -> Result<About> {
    let person = users::tables::require(tx, access.patient())?;
    Ok(About { today: tx.now().day_in(zone), born: person.date_of_birth, gender: person.gender })
}
