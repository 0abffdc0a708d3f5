//! The catalogue as whoever writes a prescription asks it: which medicine a line names, and what its doses are held
//! against.

use super::medicines::limits::{Limit, Measure};
use super::medicines::model::{Content, Medicine};
use super::medicines::tables;
use super::prescriptions::draft::{
    ChosenMedicine, DoseFinding, Maximum, MedicineChoice, UsualPieces, findings_of_line,
};
use super::prescriptions::model::{Amount, Line};
use super::prescriptions::product::Product;
use super::prescriptions::units::DoseUnit;
use super::users::model::Role;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Language;
use crate::platform::ids::MedicationId;
use crate::platform::store::Reader;

/// What the ATC codes of all insulins begin with.
const INSULINS: &str = "A10A";

/// The medicine that a line names, for an author of this role. A line among `old` that has it already, best the one
/// with the id that the line names, keeps its name, and may go on although its entry was withdrawn since.
///
/// # Errors
/// `medicine_not_found`; the conflicts `medicine_inactive`, and `medicine_id_required` for a doctor who names a
/// medicine that is not in the catalogue.
pub fn find_medicine(
    tx: &dyn Reader,
    author: Role,
    old: &[Line],
    line: Option<MedicationId>,
    choice: &MedicineChoice,
) -> Result<ChosenMedicine> {
    let known = old
        .iter()
        .filter(|before| is_of(choice, before))
        .min_by_key(|before| line.is_none_or(|id| !before.has_id(id)));
    let named = |medicine: ChosenMedicine| match known {
        None => medicine,
        Some(line) => ChosenMedicine {
            name: line.medicine_name.clone(),
            name_khmer: line.medicine_name_khmer.clone(),
            ..medicine
        },
    };
    match choice {
        MedicineChoice::Named(name) if author == Role::Patient => {
            Ok(named(ChosenMedicine::named(name.clone())))
        }
        MedicineChoice::Named(_) => Err(Error::conflict("medicine_id_required")),
        MedicineChoice::Catalogue(id) if known.is_some() => Ok(named(of_entry(tables::require(tx, *id)?))),
        MedicineChoice::Catalogue(id) => Ok(of_entry(tables::require_active(tx, *id)?)),
    }
}

/// What is unusual about the doses of lines that are written already, line by line.
///
/// # Errors
/// When the catalogue cannot be read.
pub fn findings_of(tx: &dyn Reader, author: Role, lines: &[Line]) -> Result<Vec<Vec<DoseFinding>>> {
    let mut found = Vec::with_capacity(lines.len());
    for (place, line) in lines.iter().enumerate() {
        let choice = line
            .medicine_id
            .map_or_else(|| MedicineChoice::Named(line.medicine_name.clone()), MedicineChoice::Catalogue);
        let medicine = find_medicine(tx, author, lines, Some(line.id), &choice)?;
        found.push(findings_of_line(&medicine, line, &format!("medications[{place}].")));
    }
    Ok(found)
}

fn is_of(choice: &MedicineChoice, line: &Line) -> bool {
    match choice {
        MedicineChoice::Catalogue(id) => line.is_of(Some(*id), ""),
        MedicineChoice::Named(name) => line.is_of(None, name),
    }
}

fn of_entry(medicine: Medicine) -> ChosenMedicine {
    let content = medicine.content;
    let amount = |ten_thousandths: u64| {
        u32::try_from(ten_thousandths)
            .ok()
            .map(Amount::from_ten_thousandths)
            .filter(|amount| *amount <= Amount::MAX)
    };
    let usual_pieces = content.piece_range().and_then(|range| {
        Some(UsualPieces { least: amount(range.least)?, most: amount(range.most)?, weekly: range.weekly })
    });
    let maxima = [content.max_single_dose.as_deref(), content.max_daily_dose.as_deref()];
    let maximum_text = maxima.into_iter().flatten().collect::<Vec<_>>().join("; ");
    let product = product_of(&content);
    ChosenMedicine {
        id: Some(medicine.id),
        generic: Some(content.generic.to_lowercase()),
        name: content.display_name(Language::English),
        name_khmer: Some(content.display_name(Language::Khmer)),
        product,
        usual_pieces,
        maximum_text: Some(maximum_text).filter(|text| !text.is_empty()),
        single_maximum: maximum(&content, &content.single_limits()),
        daily_maximum: maximum(&content, &content.daily_limits()),
    }
}

/// What doses of an entry are held against.
pub fn product_of(content: &Content) -> Product {
    let product = Product::new(content.form, content.route, content.unit, &content.strength, content.release);
    let product = product.also_given(&content.routes);
    let is_insulin = content.atc_code.as_deref().is_some_and(|code| code.starts_with(INSULINS));
    if is_insulin { product.in_units_only() } else { product }
}

/// The one maximum of the whole medicine. Parts of a combination that have their own cannot be held against a dose
/// of the whole.
fn maximum(content: &Content, limits: &[Limit]) -> Option<Maximum> {
    let [Limit { ingredient: None, ten_thousandths, measure }] = limits else { return None };
    let amount = Amount::from_ten_thousandths(u32::try_from(*ten_thousandths).ok()?);
    let unit = match measure {
        Measure::Milligram => DoseUnit::Mg,
        Measure::Milliliter => DoseUnit::Ml,
        Measure::InternationalUnit => DoseUnit::Iu,
        Measure::Piece => Product::counting_unit_of(content.form, content.unit),
    };
    let source = content.dose_source.clone()?;
    (amount <= Amount::MAX).then_some(Maximum { amount, unit, source })
}
