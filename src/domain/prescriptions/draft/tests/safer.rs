//! What a slip of the pen must not become: another product with the old number, insulin in millilitres, a course that
//! silently has no end.

use super::*;
use crate::platform::i18n::Language;

fn of(number: u128, dosage: &str, frequency: &str) -> LineInput {
    LineInput { medicine_id: Some(medicine_id(number)), ..words(dosage, frequency) }
}

fn codes(input: &LineInput) -> Vec<String> {
    let draft = draft(input);
    let found = draft.findings.iter().map(|finding| finding.notice.code.to_owned());
    draft.notices.iter().map(|notice| notice.code.clone()).chain(found).collect()
}

#[test]
fn another_product_needs_its_dose_again() {
    let one_mg = finished(&of(8, "3 cp", "OD"));
    let changed = |old: &Line, patch: LineInput| LineInput::of(old).patched(patch);
    let five_mg = LineInput { medicine_id: Some(medicine_id(9)), ..LineInput::default() };
    assert_eq!(bad_fields(&changed(&one_mg, five_mg.clone())), ["dosage:dose_of_another_medicine"]);
    let once = LineInput { frequency: Some("HS".to_owned()), ..five_mg.clone() };
    assert_eq!(bad_fields(&changed(&one_mg, once)), ["dosage:dose_of_another_medicine"]);
    for said in [
        LineInput { dosage: Some("½ cp".to_owned()), ..five_mg.clone() },
        LineInput {
            slots: Some(SlotInput { morning: Some(1.0), ..SlotInput::default() }),
            ..five_mg.clone()
        },
        LineInput { frequency: Some("1 cp le matin".to_owned()), ..five_mg.clone() },
    ] {
        assert_eq!(finished(&changed(&one_mg, said)).medicine_id, Some(medicine_id(9)));
    }
    // Milligrams say how much it is, whatever the tablet; and another brand of the same is the same.
    let in_mg = finished(&of(8, "5 mg", "OD"));
    assert_eq!(finished(&changed(&in_mg, five_mg)).unit, "MG");
    // Of another substance they say nothing.
    let other = LineInput { medicine_id: Some(medicine_id(1)), ..LineInput::default() };
    assert_eq!(bad_fields(&changed(&in_mg, other)), ["dosage:dose_of_another_medicine"]);
    let same = LineInput { medicine_id: Some(medicine_id(10)), ..LineInput::default() };
    assert_eq!(finished(&changed(&one_mg, same)).medicine_id, Some(medicine_id(10)));
    let again = LineInput { medicine_id: Some(medicine_id(8)), ..LineInput::default() };
    assert_eq!(finished(&changed(&one_mg, again)).unit, "TABLET");
}

#[test]
fn insulin_is_prescribed_in_units() {
    assert_eq!(finished(&of(4, "16 IU", "BID")).unit, "IU");
    for dosage in ["0.16 ml", "1 vial", "1 tsp"] {
        assert_eq!(bad_fields(&of(4, dosage, "BID")), ["dosage:words_only_units"], "{dosage}");
    }
    for dosage in ["16/8 IU", "16 IU/8 IU", "0.16 ml", "16"] {
        let error = parse_line(&of(4, dosage, "BID"), "", today(), &find).unwrap_err();
        for language in crate::platform::i18n::Language::ALL {
            let field = &error.fields()[0];
            let text = crate::platform::i18n::text(language, field.code, &field.args);
            let advice = text.replace(dosage, "");
            assert!(!advice.contains("ml") && advice.contains("IU"), "{text}");
        }
    }
    let grid = LineInput {
        slots: Some(SlotInput { morning: Some(16.0), evening: Some(8.0), ..SlotInput::default() }),
        dosage: None,
        dose_unit: Some("ML".to_owned()),
        ..of(4, "", "daily")
    };
    assert!(bad_fields(&grid).iter().all(|field| field.ends_with(":words_only_units")));
}

#[test]
fn millilitres_that_may_be_milligrams_are_told() {
    let little = draft(&of(3, "0.1 ml", "BID"));
    let text = little.findings[0].notice.text(Language::English);
    assert_eq!(little.findings[0].notice.code, "dose_of_little_volume");
    assert!(text.contains("0.1 ml") && text.contains("2.4 mg"), "{text}");
    assert!(codes(&of(3, "0.5 ml", "BID")).is_empty());
    assert_eq!(codes(&of(3, "200 ml", "BID")), ["dose_of_much_volume"]);
    // An ampoule of 3 ml into a muscle is ordinary, more of it is not.
    assert!(codes(&of(11, "1 amp", "OD")).is_empty());
    assert!(codes(&of(11, "75 mg", "OD")).is_empty());
    assert_eq!(codes(&of(11, "100 mg", "OD")), ["dose_of_much_volume"]);
}

#[test]
fn a_spoon_says_its_volume_once() {
    use crate::domain::prescriptions::describe::schedule_text;
    use crate::platform::i18n::Language;
    let said = |dosage: &str| schedule_text(Language::English, &finished(&of(3, dosage, "OD")));
    assert_eq!(said("1 tsp").matches("ml").count(), 1, "{}", said("1 tsp"));
    assert!(said("2 tsp").contains("(10 ml)"), "{}", said("2 tsp"));
    assert!(said("24 mg").contains("(1 ml)"), "{}", said("24 mg"));
}

#[test]
fn a_route_that_is_not_the_entry_s_is_refused_with_what_to_do() {
    let error = parse_line(&of(11, "1 amp", "IV OD"), "", today(), &find).unwrap_err();
    let field = &error.fields()[0];
    assert_eq!((field.field.as_str(), field.code), ("frequency", "words_route"));
    let text = crate::platform::i18n::text(crate::platform::i18n::Language::English, field.code, &field.args);
    for advice in ["leave “IV” out", "choose the entry", "added to the catalogue"] {
        assert!(text.contains(advice), "{text}");
    }
}

#[test]
fn the_way_of_what_may_be_given_in_several_is_told_with_the_line() {
    let told = |input: &LineInput| {
        let line = finished(input);
        (line.instructions.unwrap_or_default(), line.instructions_khmer.unwrap_or_default())
    };
    let said = |english: &str, khmer: &str| (english.to_owned(), khmer.to_owned());
    let muscle = said("Into a muscle", "ចាក់សាច់ដុំ");
    assert_eq!(told(&of(12, "1 amp", "IM OD")), muscle);
    assert_eq!(told(&of(12, "80 mg IM", "once daily")), muscle);
    assert_eq!(told(&of(12, "1 amp", "1ដង/ថ្ងៃ ចាក់សាច់ដុំ")), muscle);
    assert_eq!(told(&of(12, "1 amp", "OD en IVD")), said("Into a vein", "ចាក់សរសៃ"));
    // Unsaid it is the first way of the entry, and a notice says so.
    let unsaid = of(12, "1 amp", "OD");
    assert_eq!(told(&unsaid), said("Into a vein", "ចាក់សរសៃ"));
    let codes: Vec<String> = draft(&unsaid).notices.into_iter().map(|notice| notice.code).collect();
    assert_eq!(codes, ["notice_way_unsaid"]);
    assert!(draft(&of(12, "1 amp", "IM OD")).notices.is_empty());
    // What was told stays, also when only something else is changed.
    let kept = LineInput { instructions: Some("Into a muscle".to_owned()), ..of(12, "1 amp", "BID") };
    assert_eq!(told(&kept).0, "Into a muscle");
    assert!(draft(&kept).notices.is_empty());
    // Nothing is put beside what the doctor wrote in other words.
    for own in [
        "Deep IM",
        "I.M. profonde",
        "voie intramusculaire",
        "IV/IM",
        "s/c",
        "inject into the thigh muscle",
        "ចាក់សាច់ដុំភ្លៅ",
    ] {
        let own_words = LineInput { instructions: Some(own.to_owned()), ..of(12, "1 amp", "OD") };
        assert_eq!(told(&own_words).0, own);
        assert!(draft(&own_words).notices.is_empty(), "{own}");
    }
    // Of an entry with one way nothing is added.
    assert_eq!(finished(&of(11, "1 amp", "IM OD")).instructions, None);
}

#[test]
fn a_way_that_none_of_the_entry_s_is_and_two_ways_at_once_are_refused() {
    for (dosage, frequency, code) in [
        ("1 amp", "SC OD", "words_route"),
        ("1 amp", "PO OD", "words_route"),
        ("1 amp", "IV or IM OD", "words_sites"),
    ] {
        let error = parse_line(&of(12, dosage, frequency), "", today(), &find).unwrap_err();
        assert_eq!(error.fields()[0].code, code, "{frequency}");
    }
    let error = parse_line(&of(12, "1 amp", "SC OD"), "", today(), &find).unwrap_err();
    let text = crate::platform::i18n::text(
        crate::platform::i18n::Language::English,
        error.fields()[0].code,
        &error.fields()[0].args,
    );
    assert!(text.contains("INTRAVENOUS, INTRAMUSCULAR"), "{text}");
    assert!(parse_line(&of(12, "1 amp IV", "IM OD"), "", today(), &find).is_err());
}

#[test]
fn a_taper_takes_a_dosage_that_says_what_is_counted_or_what_is_taken_first() {
    let one = |amount| SlotInput { morning: Some(amount), ..SlotInput::default() };
    let steps = vec![StepInput { days: 3, slots: one(2.0) }, StepInput { days: 4, slots: one(1.0) }];
    let with = |dosage: &str| LineInput {
        steps: steps.clone(),
        frequency: None,
        dose_amount: None,
        dose_unit: None,
        dosage: Some(dosage.to_owned()),
        ..line()
    };
    for dosage in ["1 tablet", "2 tablets"] {
        let read = finished(&with(dosage));
        assert!(matches!(&read.schedule, Schedule::Taper { steps } if steps.len() == 2), "{dosage}");
    }
    let error = parse_line(&with("3 tablets"), "", today(), &find).unwrap_err();
    assert_eq!(error.fields()[0].code, "slots_contradict_dose");
}

#[test]
fn a_quantity_is_held_against_every_schedule_with_a_length() {
    let one = |amount| SlotInput { morning: Some(amount), ..SlotInput::default() };
    let steps = vec![StepInput { days: 3, slots: one(2.0) }, StepInput { days: 4, slots: one(1.0) }];
    let taper = LineInput { steps, frequency: None, dose_amount: None, ..line() };
    let with = |quantity| LineInput { quantity: Some(quantity), ..taper.clone() };
    let told = |quantity| {
        let notices = draft(&with(quantity)).notices;
        notices.into_iter().map(|notice| (notice.code, notice.english)).collect::<Vec<_>>()
    };
    assert!(told(10.0).is_empty(), "2 × 3 and 1 × 4");
    let few = told(7.0);
    assert_eq!(few[0].0, "notice_quantity_disagrees");
    assert!(few[0].1.contains("7 doses") && few[0].1.contains("enough for 4"), "{}", few[0].1);
    assert_eq!(told(12.0)[0].0, "notice_quantity_left_over");
    let over = LineInput { duration_days: Some(5), quantity: Some(11.0), ..line() };
    assert_eq!(codes(&over), ["notice_quantity_left_over"]);
    let less = LineInput { duration_days: Some(5), quantity: Some(9.0), ..line() };
    assert_eq!(codes(&less), ["notice_quantity_disagrees"]);
}

#[test]
fn what_is_unusual_is_said_in_khmer_alone() {
    use crate::platform::i18n::Language;
    let said = |number: u128, dosage: &str, frequency: &str, language| {
        draft(&of(number, dosage, frequency)).findings[0].notice.text(language)
    };
    assert!(said(1, "300 mg", "OD", Language::English).contains(" 0.6 tablet "));
    let khmer = said(1, "300 mg", "OD", Language::Khmer);
    assert!(khmer.contains("ស្មើ 0.6 គ្រាប់ ") && !khmer.contains("tablet"), "{khmer}");
    let khmer = said(1, "3 cp", "QID", Language::Khmer);
    assert!(khmer.contains("4000 មីលីក្រាម") && !khmer.contains("mg"), "{khmer}");
}

#[test]
fn a_taper_that_becomes_a_steady_dose_is_said_to_have_no_end() {
    let slots = SlotInput { morning: Some(2.0), ..SlotInput::default() };
    let taper = LineInput {
        steps: vec![StepInput { days: 3, slots }, StepInput { days: 4, slots }],
        frequency: None,
        dose_amount: None,
        ..line()
    };
    let old = finished(&taper);
    let told = |patch: LineInput| codes(&LineInput::of(&old).patched(patch));
    let steady = LineInput { frequency: Some("1 tab OD".to_owned()), ..LineInput::default() };
    assert_eq!(told(steady.clone()), ["notice_without_end"]);
    assert!(told(LineInput { duration_days: Some(10), ..steady.clone() }).is_empty());
    assert!(told(LineInput { ongoing: true, ..steady }).is_empty());
}
