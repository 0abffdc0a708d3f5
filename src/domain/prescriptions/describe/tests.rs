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
