use super::*;

fn amount(ten_thousandths: u32) -> Amount {
    Amount::from_ten_thousandths(ten_thousandths)
}

#[test]
fn pieces_are_fractions_and_measures_decimals() {
    for (ten_thousandths, unit, expected) in [
        (5_000, "TABLET", "½ tablet"),
        (10_000, "TABLET", "1 tablet"),
        (15_000, "TABLET", "1½ tablets"),
        (2_500, "TABLET", "¼ tablet"),
        (27_500, "TABLET", "2¾ tablets"),
        (2_500, "MG", "0.25 mg"),
        (7_500, "ML", "0.75 ml"),
        (100_000_000, "IU", "10\u{a0}000 IU"),
        (20_000, "SUPPOSITORY", "2 suppositories"),
        (1_250, "TABLET", "0.125 tablet"),
        (15_000, "TEASPOON", "1½ teaspoons of 5 ml"),
        (5_000, "MG", "0.5 mg"),
        (25_000, "ML", "2.5 ml"),
        (625, "MG", "0.0625 mg"),
        (5_000, "AMPOULE", "0.5 ampoule"),
        (25_000_000, "MG", "2500 mg"),
        (1_000_000_000, "IU", "100\u{a0}000 IU"),
    ] {
        assert_eq!(dose_text(Language::English, amount(ten_thousandths), unit), expected);
    }
}

#[test]
fn days_stand_as_on_cambodian_forms() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 2).unwrap();
    assert_eq!(dates_text(Language::English, day, None), "from 02/11/2026, ongoing");
    assert_eq!(dates_text(Language::English, day, Some(day)), "on 02/11/2026");
    let end = NaiveDate::from_ymd_opt(2026, 12, 21).unwrap();
    assert_eq!(dates_text(Language::English, day, Some(end)), "from 02/11/2026 to 21/12/2026");
}

#[test]
fn one_is_said_as_one() {
    let said = |schedule: &str| schedule.to_owned();
    assert_eq!(
        needed_text(Language::English, said("1 tablet"), Some(1), Some(1)),
        "1 tablet as needed, at most once in 24 hours, at least 1 hour apart"
    );
    assert_eq!(
        needed_text(Language::English, said("2 tablets"), Some(4), Some(6)),
        "2 tablets as needed, at most 4 times in 24 hours, at least 6 hours apart"
    );
}

#[test]
fn what_was_understood_names_medicine_amounts_and_length() {
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    let amounts = SlotAmounts { morning: amount(10_000), evening: amount(5_000), ..SlotAmounts::default() };
    let mut line = Line {
        medicine_name_khmer: Some("ប៉ារ៉ាសេតាមុល".to_owned()),
        meal_relation: MealRelation::After,
        length: Length::Days(5),
        end: Some(day(26)),
        ..Line::sample(day(22), Schedule::Slots { amounts, days: DayPattern::Daily })
    };
    let english = understood(Language::English, &line);
    assert!(english.starts_with("Paracetamol 500 mg: "), "{english}");
    assert!(english.contains("1 tablet") && english.contains("½ tablet"), "{english}");
    assert!(english.ends_with("for 5 days, from 22/11/2026 to 26/11/2026"), "{english}");
    let khmer = understood(Language::Khmer, &line);
    assert!(khmer.starts_with("ប៉ារ៉ាសេតាមុល (Paracetamol 500 mg)៖ "), "{khmer}");
    (line.length, line.end) = (Length::Days(1), Some(day(22)));
    assert!(understood(Language::English, &line).ends_with("for 1 day, on 22/11/2026"));
    let by_slots = std::mem::replace(&mut line.schedule, Schedule::Once { amount: amount(10_000) });
    line.meal_relation = MealRelation::None;
    assert!(understood(Language::English, &line).ends_with("1 tablet once, at once, on 22/11/2026"));
    line.schedule = by_slots;
    (line.length, line.end) = (Length::Ongoing, None);
    assert!(understood(Language::English, &line).ends_with(", from 22/11/2026, ongoing"));
    assert_eq!(unit_text(Language::English, "TABLET"), "tablet");
    assert_eq!(unit_text(Language::English, "FIZZ"), "FIZZ", "what is not known is shown as it is");
}
