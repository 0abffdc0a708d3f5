//! What words say and no field holds is told in the instructions.

use super::*;
use crate::domain::prescriptions::describe::understood;
use crate::domain::prescriptions::grammar::parse_frequency;
use crate::platform::i18n::Language;

fn of(number: u128, dosage: Option<&str>, frequency: &str) -> LineInput {
    LineInput {
        medicine_id: Some(medicine_id(number)),
        dosage: dosage.map(str::to_owned),
        frequency: Some(frequency.to_owned()),
        ..LineInput::default()
    }
}

fn told(input: &LineInput) -> (Option<String>, Option<String>) {
    let line = finished(input);
    (line.instructions, line.instructions_khmer)
}

fn inhaler() -> Product {
    Product::new(Form::Inhaler, Route::Inhaled, Counted::Puff, "100 mcg/puff", Release::Plain)
}

fn both(english: &str, khmer: &str) -> (Option<String>, Option<String>) {
    (Some(english.to_owned()), Some(khmer.to_owned()))
}

#[test]
fn a_site_is_told_in_both_languages_and_read_back() {
    let drops = of(5, Some("1 drop"), "left eye BD");
    assert_eq!(told(&drops), both("In the left eye", "នៅភ្នែកខាងឆ្វេង"));
    let line = finished(&drops);
    assert!(understood(Language::English, &line).ends_with("In the left eye"));
    assert!(understood(Language::Khmer, &line).ends_with("នៅភ្នែកខាងឆ្វេង"));
    let in_dosage = of(5, Some("1 drop in the left eye"), "BD");
    assert_eq!(told(&in_dosage), told(&drops));
    let in_both = of(5, Some("1 drop in the left eye"), "left eye BD");
    assert_eq!(told(&in_both), told(&drops));
}

#[test]
fn the_left_eye_is_not_the_french_article() {
    let left = both("In the left eye", "នៅភ្នែកខាងឆ្វេង");
    for frequency in ["LE bd", "bd LE", "L.E. qid", "LE every morning"] {
        assert_eq!(told(&of(5, Some("1 drop"), frequency)), left, "{frequency}");
    }
    assert_eq!(told(&of(5, Some("1 drop LE"), "bd")), left);
    assert_eq!(told(&of(5, Some("1 goutte"), "LE MATIN et le soir")), (None, None));
    assert_eq!(bad_fields(&of(5, Some("1 drop"), "le bd")), ["frequency:words_eye_short"]);
    assert_eq!(bad_fields(&of(5, Some("1 drop LE"), "RE bd")), ["frequency:contradicts"]);
}

#[test]
fn an_attack_is_one_of_asthma_where_it_is_inhaled() {
    let inhaled = parse_frequency("2 bouffées si crise", &inhaler()).unwrap();
    assert_eq!(inhaled.condition(Language::English).as_deref(), Some("an asthma attack"));
    assert_eq!(inhaled.condition(Language::Khmer).as_deref(), Some("ពេលហត់"));
    let swallowed = LineInput { max_per_24h: Some(2), ..of(1, Some("1 cp"), "si crise") };
    assert_eq!(told(&swallowed), both("During an attack", "សម្រាប់ពេលមានអាការៈ"));
}

#[test]
fn dosage_and_frequency_name_the_same_site() {
    assert_eq!(bad_fields(&of(5, Some("1 drop left eye"), "right eye BD")), ["frequency:contradicts"]);
    assert_eq!(bad_fields(&of(5, Some("1 drop"), "left eye morning, right eye evening")).len(), 1);
}

#[test]
fn what_the_client_wrote_stays_behind_it() {
    let spray = LineInput {
        instructions: Some("Shake well".to_owned()),
        instructions_khmer: Some("អង្រួនមុនប្រើ".to_owned()),
        ..of(6, Some("2 sprays"), "each nostril OD")
    };
    let expected = both("In each nostril. Shake well", "នៅរន្ធច្រមុះម្ខាងៗ. អង្រួនមុនប្រើ");
    assert_eq!(told(&spray), expected);
    let english_only = LineInput { instructions_khmer: None, ..spray.clone() };
    let khmer = told(&english_only).1.unwrap();
    assert_eq!(khmer, "នៅរន្ធច្រមុះម្ខាងៗ. Shake well", "the reader of Khmer sees both");
    let again =
        LineInput { instructions: expected.0.clone(), instructions_khmer: expected.1.clone(), ..spray };
    assert_eq!(told(&again), expected, "nothing is told twice");
}

#[test]
fn another_site_replaces_the_one_from_before() {
    let before =
        LineInput { instructions: Some("Shake well".to_owned()), ..of(5, Some("1 drop"), "right eye BD") };
    let line = finished(&before);
    let change =
        |frequency: &str| LineInput { frequency: Some(frequency.to_owned()), ..LineInput::default() };
    let patched = |patch: LineInput| LineInput::of(&line).patched(patch);
    let left = finished(&patched(change("left eye BD")));
    assert_eq!(left.instructions.as_deref(), Some("In the left eye. Shake well"));
    assert_eq!(left.instructions_khmer.as_deref(), Some("នៅភ្នែកខាងឆ្វេង. Shake well"));
    let tid = finished(&patched(change("TID")));
    assert_eq!(tid.instructions.as_deref(), Some("In the right eye. Shake well"), "the change names no site");
    let sent_back = LineInput { instructions: line.instructions.clone(), ..change("left eye BD") };
    assert_eq!(finished(&patched(sent_back)).instructions.as_deref(), Some("In the left eye. Shake well"));
    let contradiction = LineInput { instructions: Some("In the right eye".to_owned()), ..before };
    let contradiction = LineInput { frequency: Some("left eye BD".to_owned()), ..contradiction };
    assert_eq!(bad_fields(&contradiction), ["instructions:contradicts"]);
}

#[test]
fn applied_is_one_application_where_no_amount_is_said() {
    let cream = finished(&of(7, None, "apply thinly twice daily"));
    assert_eq!(
        (cream.unit.as_str(), cream.instructions.as_deref()),
        ("APPLICATION", Some("In a thin layer"))
    );
    assert_eq!(finished(&of(7, Some("apply"), "BD")).schedule, cream.schedule);
    assert_eq!(bad_fields(&of(7, None, "twice daily")), ["dosage:dosage_required"]);
}

#[test]
fn a_long_term_treatment_has_no_length() {
    let long = of(1, Some("1 cp"), "1x/j au long cours");
    assert_eq!(finished(&long).length, Length::Ongoing);
    assert_eq!(finished(&long).instructions.as_deref(), Some("Long-term treatment"));
    let pack = LineInput { quantity: Some(30.0), ..long.clone() };
    assert_eq!(finished(&pack).length, Length::Ongoing);
    let limited = LineInput { duration_days: Some(7), ..long };
    assert_eq!(bad_fields(&limited), ["durationDays:contradicts"]);
}

#[test]
fn a_small_hour_is_held_against_the_dosage() {
    let at_two = finished(&words("1 tablet", "2 PM"));
    assert!(matches!(at_two.schedule, Schedule::Times { ref times, .. } if times.len() == 1));
    assert_eq!(bad_fields(&words("2 tablets", "2 PM")), ["frequency:words_clock_unclear"]);
}
