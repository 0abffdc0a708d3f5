//! The table that a pharmacist reads and signs, `tests/data/grammar.csv`, and what must hold for every text.

mod reading_back;
mod second_reader;

use super::*;
use crate::domain::medicines::model::Release;
use crate::domain::medicines::model::{DoseUnit as CatalogueUnit, Form, Route};
use crate::domain::prescriptions::model::{Amount, DayPattern, MealRelation, Schedule, Slot, SlotAmounts};
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;
use crate::platform::i18n::Language;

/// A product from its short description: `TABLET ORAL TABLET 500 mg`, with `MODIFIED` or `GASTRO_RESISTANT` before it;
/// `INJECTION INTRAVENOUS|INTRAMUSCULAR AMPOULE 1 g` for one that may be given in two ways; `INSULIN 100 IU/mL`; `NAMED` for a medicine that is known by name only.
pub(super) fn product(description: &str) -> Product {
    if description == "NAMED" {
        return Product::named();
    }
    if let Some(strength) = description.strip_prefix("INSULIN ") {
        return product(&format!("INJECTION SUBCUTANEOUS VIAL {strength}")).in_units_only();
    }
    let (release, description) = match description.split_once(' ').unwrap() {
        ("MODIFIED", rest) => (Release::Modified, rest),
        ("GASTRO_RESISTANT", rest) => (Release::GastroResistant, rest),
        _ => (Release::Plain, description),
    };
    let parts: Vec<&str> = description.splitn(4, ' ').collect();
    let routes: Vec<Route> = parts[1]
        .split('|')
        .map(|name| Route::from_name(name).unwrap_or_else(|| panic!("route {description}")))
        .collect();
    let product = Product::new(
        Form::from_name(parts[0]).unwrap_or_else(|| panic!("form {description}")),
        routes[0],
        CatalogueUnit::from_name(parts[2]).unwrap_or_else(|| panic!("unit {description}")),
        parts[3],
        release,
    );
    if routes.len() > 1 { product.also_given(&routes) } else { product }
}

pub(super) fn number(amount: Amount) -> String {
    super::number::written(u64::from(amount.as_ten_thousandths()))
}

fn grid(amounts: &SlotAmounts) -> String {
    Slot::ALL.map(|slot| number(amounts.at(slot))).join("-")
}

fn days(days: &DayPattern) -> String {
    match days {
        DayPattern::Daily => String::new(),
        DayPattern::EveryDays(days) => format!(" every {days} days"),
        DayPattern::Weekdays(days) => {
            format!(" on {}", days.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        }
    }
}

/// A schedule in the notation of the table: `1-0-1-0`, `1 at 08:00 20:00`, `1 every 8 hours`.
pub(super) fn schedule_meaning(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Slots { amounts, days: on } => grid(amounts) + &days(on),
        Schedule::Times { times, amount, days: on } => {
            let times: Vec<String> = times.iter().map(|time| time.format("%H:%M").to_string()).collect();
            format!("{} at {}{}", number(*amount), times.join(" "), days(on))
        }
        Schedule::EveryHours { hours, amount } => format!("{} every {hours} hours", number(*amount)),
        Schedule::AsNeeded { amount, max_per_24h, min_interval_hours } => {
            let max = max_per_24h.map(|max| format!(" max {max}")).unwrap_or_default();
            let apart = min_interval_hours.map(|hours| format!(" {hours} hours apart")).unwrap_or_default();
            format!("{} as needed{max}{apart}", number(*amount))
        }
        Schedule::Once { amount } => format!("{} once", number(*amount)),
        Schedule::Taper { steps } => {
            let steps: Vec<String> =
                steps.iter().map(|step| format!("{} for {} days", grid(&step.amounts), step.days)).collect();
            steps.join(" then ")
        }
    }
}

fn notices(notices: &[crate::domain::prescriptions::notice::Notice]) -> String {
    for notice in notices {
        for language in Language::ALL {
            let text = notice.text(language);
            assert!(text != notice.code && !text.contains('{'), "{}: {text}", notice.code);
        }
    }
    notices.iter().map(|notice| format!(" !{}", notice.code.trim_start_matches("notice_"))).collect()
}

fn refused(refusal: &Refusal) -> String {
    for language in Language::ALL {
        let text = refusal.text(language);
        assert!(text != refusal.code && !text.contains('{'), "{}: {text}", refusal.code);
    }
    format!("refused: {}", refusal.code)
}

fn directions<'a>(directions: impl Iterator<Item = &'a Direction>) -> String {
    directions.map(|direction| format!(" @ {}", direction.text(Language::English))).collect()
}

/// What a dosage means in the notation of the table: `500 MG`.
pub(super) fn dosage_meaning(text: &str, product: &Product) -> String {
    match parse_dosage(text, product) {
        Ok(dosage) => {
            let said = format!("{} {}", number(dosage.amount), dosage.unit.code());
            said + &directions(dosage.directions.iter()) + &notices(&dosage.notices)
        }
        Err(refusal) => refused(&refusal),
    }
}

/// What a frequency means beside a dosage, which is one piece where the words say no amount.
pub(super) fn frequency_meaning(text: &str, dosage: Option<&str>, product: &Product) -> String {
    let read = || -> Result<String, Refusal> {
        let frequency = parse_frequency(text, product)?;
        let given = dosage.map(|dosage| parse_dosage(dosage, product)).transpose()?;
        let says_amount = frequency.dose.is_some()
            || matches!(frequency.timing, Timing::Grid { .. } | Timing::Taper(_, Some(_)));
        let one = Dosage {
            amount: Amount::whole(1),
            unit: product.counting_unit().unwrap_or(DoseUnit::Tablet),
            directions: Vec::new(),
            notices: Vec::new(),
        };
        let applied = frequency.applied && product.counting_unit() == Some(DoseUnit::Application);
        let beside = given.as_ref().or((!says_amount && !applied).then_some(&one));
        let (schedule, unit) = match frequency.schedule(beside, product) {
            // Bare numbers of a medicine that is known by name only.
            Err(refusal) if refusal.code == "dosage_required" && product.counting_unit().is_none() => {
                frequency.schedule(Some(&one), product)?
            }
            other => other?,
        };
        let mut said = schedule_meaning(&schedule);
        if dosage.is_some() || says_amount || applied {
            said = format!("{said} {}", unit.code());
        }
        said += match frequency.meal {
            None | Some(MealRelation::None) => "",
            Some(MealRelation::Before) => " BEFORE",
            Some(MealRelation::With) => " WITH",
            Some(MealRelation::After) => " AFTER",
            Some(MealRelation::EmptyStomach) => " EMPTY_STOMACH",
        };
        if let (Some(days), false) = (frequency.duration_days, matches!(schedule, Schedule::Taper { .. })) {
            said += &format!(" for {days} days");
        }
        if let Some(quantity) = frequency.quantity {
            said += &format!(" quantity {}", number(quantity));
        }
        if let Some(condition) = frequency.condition(Language::English) {
            said += &format!(" if {condition}");
        }
        let of_dosage = given.iter().flat_map(|dosage| &dosage.directions);
        said += &directions(of_dosage.chain(&frequency.directions));
        Ok(said + &notices(&frequency.notices))
    };
    read().unwrap_or_else(|refusal| refused(&refusal))
}

/// What a row of the table means.
fn row_meaning(field: &str, text: &str, description: &str) -> String {
    let product = product(description);
    match field {
        "dosage" => dosage_meaning(text, &product),
        "frequency" => frequency_meaning(text, None, &product),
        "dosage + frequency" => {
            let (dosage, frequency) = text.split_once(" // ").unwrap();
            frequency_meaning(frequency, Some(dosage), &product)
        }
        other => panic!("field {other}"),
    }
}

#[test]
fn the_table_is_read_as_it_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/grammar.csv");
    let mut table = csv::Reader::from_path(path).unwrap();
    let (mut rows, mut wrong) = (0, Vec::new());
    for record in table.records() {
        let record = record.unwrap();
        rows += 1;
        let read = row_meaning(&record[0], &record[1], &record[2]);
        if read != record[4] {
            wrong.push(format!(
                "{} | {} | {}: {read}, not {}",
                &record[0], &record[1], &record[2], &record[4]
            ));
        }
    }
    assert!(rows >= 500, "the table lost rows: {rows}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn accepted_forms_are_understood() {
    for form in ACCEPTED_DOSAGES {
        parse_dosage(form, &Product::named()).unwrap_or_else(|refusal| panic!("{form}: {refusal:?}"));
    }
    let tablet = product("TABLET ORAL TABLET 500 mg");
    for form in ACCEPTED_FREQUENCIES {
        let read = frequency_meaning(form, None, &tablet);
        assert!(!read.starts_with("refused"), "{form}: {read}");
        let capitals = frequency_meaning(&form.to_uppercase(), None, &tablet);
        assert_eq!(read, capitals, "{form} in capitals");
    }
}

#[test]
fn refusals_name_the_part_and_the_accepted_forms() {
    let tablet = product("TABLET ORAL TABLET 500 mg");
    let refusal = parse_frequency("1 cp Sometimes", &tablet).unwrap_err();
    assert_eq!((refusal.code, refusal.part.as_str()), ("frequency_not_understood", "Sometimes"));
    assert!(refusal.text(Language::English).contains("1-0-1"), "{}", refusal.text(Language::English));
    let refusal = parse_dosage(".5 mg", &tablet).unwrap_err();
    assert_eq!((refusal.code, refusal.part.as_str()), ("words_leading_zero", ".5"));
    assert!(refusal.text(Language::Khmer).contains("0.5"));
    let refusal = parse_frequency("OD", &product("EYE_DROPS OPHTHALMIC DROP 0.5%")).unwrap_err();
    assert_eq!((refusal.code, refusal.part.as_str()), ("words_right_eye", "OD"));
    let refusal = parse_dosage("1.500 mg", &tablet).unwrap_err();
    assert!(refusal.text(Language::English).contains("1500 or 1.5"), "{}", refusal.text(Language::English));
    for unclear in ["tid ac and hs", "bd and prn"] {
        let refusal = parse_frequency(unclear, &tablet).unwrap_err();
        assert_eq!((refusal.code, refusal.part.as_str()), ("words_and_unclear", unclear));
        assert!(refusal.text(Language::English).contains("needs a line of its own"));
    }
    for list in ["morning, noon, evening and bedtime", "1-1-1-1", "ព្រឹក ថ្ងៃត្រង់ ល្ងាច យប់"]
    {
        let read = frequency_meaning(list, None, &tablet);
        assert!(!read.starts_with("refused"), "{list}: {read}");
    }
    let long = "1 ".repeat(400);
    assert_eq!(parse_frequency(&long, &tablet).unwrap_err().code, "text_too_long");
}

#[test]
fn units_are_read_alone() {
    for unit in DoseUnit::ALL {
        assert_eq!(parse_unit(unit.code()), Some(unit));
    }
    assert_eq!(parse_unit("unit"), None, "a unit of insulin or an implant");
    assert_eq!(parse_unit("cp matin"), None);
}

#[test]
fn the_part_that_is_named_is_the_one_to_write_otherwise() {
    let tablet = product("TABLET ORAL TABLET 500 mg");
    let eye = product("EYE_DROPS OPHTHALMIC DROP 0.5%");
    for (text, product, part) in [
        ("1 cp matin et", &tablet, "et"),
        ("3x1", &tablet, "3x1"),
        ("1 cp Xyzzy matin", &tablet, "Xyzzy"),
        ("1 cp ព្រឹក១ថ្ងៃ", &tablet, "ព្រឹក១ថ្ងៃ"),
        ("0 comprimé par prise, 3 prises par jour", &tablet, "0 comprimé par prise"),
        ("1 drop into left and left eye BD", &eye, "into left and left eye"),
        ("1 drop into eye left right BD", &eye, "into eye left right"),
    ] {
        assert_eq!(parse_frequency(text, product).unwrap_err().part, part, "{text}");
    }
    assert_eq!(parse_dosage("1 cp 2 cp", &tablet).unwrap_err().part, "1 cp 2 cp");
}

#[test]
fn thousands_or_decimals_are_shown_as_both() {
    let refusal = parse_dosage("1.101 mg", &Product::named()).unwrap_err();
    for param in [("large", "1101".to_owned()), ("small", "1.101".to_owned())] {
        assert!(refusal.params.contains(&param), "{:?}", refusal.params);
    }
}

#[test]
fn examples_are_those_of_the_medicine() {
    let examples = |product: &Product| {
        let refusal = parse_dosage(".5 mg", product).unwrap_err();
        refusal.params.into_iter().find(|(name, _)| *name == "examples").unwrap().1
    };
    assert!(examples(&product("TABLET ORAL TABLET 500 mg")).contains("1 tablet"));
    assert!(!examples(&product("INSULIN 100 IU/mL")).contains("tablet"));
}

#[test]
fn slots_are_named_or_counted() {
    let tablet = product("TABLET ORAL TABLET 500 mg");
    let read = parse_frequency("0-0-0-1 PRN", &tablet).unwrap();
    assert_eq!((read.timing, read.slots_are_named), (Timing::Slots(vec![Slot::Night]), true));
    assert!(!parse_frequency("BID", &tablet).unwrap().slots_are_named);
    assert!(!parse_frequency("BID PRN", &tablet).unwrap().slots_are_named);
    assert!(parse_frequency("matin et soir", &tablet).unwrap().slots_are_named);
}

#[test]
fn a_range_of_hours_names_its_own_maximum_only_where_none_is_said() {
    let tablet = product("TABLET ORAL TABLET 500 mg");
    for (text, names) in [("1 cp q4-6h PRN", true), ("1 cp q4-6h PRN, max 4 cp/j", false)] {
        let read = parse_frequency(text, &tablet).unwrap();
        let notice = read.notices.iter().find(|notice| notice.code == "notice_interval_range").unwrap();
        assert_eq!(notice.params.iter().any(|(name, _)| *name == "max"), names, "{text}");
    }
}

#[test]
fn a_needle_is_a_site() {
    let sites = Direction::sites();
    assert!(Direction::WAYS.iter().all(|way| sites.contains(way)), "{sites:?}");
}
