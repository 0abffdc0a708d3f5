use proptest::prelude::*;

use super::*;
use crate::domain::medicines::model::DoseUnit;

fn product(generic: &str, strength: &str, unit: DoseUnit) -> Product {
    let names: Vec<&str> = generic.split(" + ").collect();
    let strengths = strengths(strength).filter(|strengths| strengths.len() == names.len());
    let substances = names.iter().enumerate().map(|(place, name)| Substance {
        name: plain(name),
        strength: strengths.as_ref().map(|strengths| strengths[place]),
    });
    Product { substances: substances.collect(), counted_in: Some(unit.name()) }
}

fn amount(units: f64) -> Amount {
    Amount::from_units(units).unwrap()
}

#[test]
fn strengths_are_read_exactly_or_not_at_all() {
    let mg = 1_000_000;
    assert_eq!(strengths("500 mg"), Some(vec![Strength::Piece(500 * mg)]));
    assert_eq!(strengths("1 g"), Some(vec![Strength::Piece(1_000 * mg)]));
    assert_eq!(strengths("2.5 mcg"), Some(vec![Strength::Piece(2_500)]));
    assert_eq!(strengths("10 mg/mL"), Some(vec![Strength::Volume(10 * mg, 1_000)]));
    assert_eq!(strengths("120 mg/5 mL"), Some(vec![Strength::Volume(120 * mg, 5_000)]));
    let both = [Strength::Piece(37_500_000), Strength::Piece(325 * mg)];
    assert_eq!(strengths("37.5 mg + 325 mg"), Some(both.to_vec()));
    let both = [Strength::Piece(25_000), Strength::Piece(125_000)];
    assert_eq!(strengths("25 mcg + 125 mcg/puff"), Some(both.to_vec()));
    let both = [Strength::Volume(250 * mg, 5_000), Strength::Volume(62_500_000, 5_000)];
    assert_eq!(strengths("250 mg + 62.5 mg/5 mL"), Some(both.to_vec()));
    for unknown in ["0.9%", "750 000 IU + 125 mg", "5 mg/24 h", "1 piece", "0 mg", "", "mg", "1 000 mg/g"] {
        assert_eq!(strengths(unknown), None, "{unknown}");
    }
}

#[test]
fn what_holds_the_same_substance_is_compared_by_weight() {
    let tablet = product("paracetamol", "500 mg", DoseUnit::Tablet);
    let strong = product("paracetamol", "1 g", DoseUnit::Tablet);
    let syrup = product("paracetamol", "120 mg/5 mL", DoseUnit::Milliliter);
    let with_codeine = product("paracetamol + codeine", "500 mg + 30 mg", DoseUnit::Tablet);
    let with_tramadol = product("Tramadol + Paracetamol", "37.5 mg + 325 mg", DoseUnit::Tablet);
    let suppository = product("paracetamol", "unknown", DoseUnit::Suppository);
    let ibuprofen = product("ibuprofen", "400 mg", DoseUnit::Tablet);
    let one = (amount(1.0), "TABLET");
    let counted = |product: &Product, taken| tablet.portions(one, product, taken);
    assert_eq!(counted(&tablet, one), Some(PORTION));
    assert_eq!(counted(&tablet, (amount(0.5), "TABLET")), Some(PORTION / 2));
    assert_eq!(counted(&tablet, (amount(750.0), "MG")), Some(PORTION * 3 / 2));
    assert_eq!(counted(&tablet, (amount(1.0), "G")), Some(PORTION * 2));
    assert_eq!(counted(&strong, one), Some(PORTION * 2));
    assert_eq!(counted(&syrup, (amount(5.0), "ML")), Some(PORTION * 120 / 500));
    assert_eq!(counted(&syrup, (amount(2.0), "TEASPOON")), Some(PORTION * 240 / 500));
    assert_eq!(counted(&with_codeine, one), Some(PORTION));
    assert_eq!(counted(&with_tramadol, (amount(2.0), "TABLET")), Some(PORTION * 650 / 500));
    // Weights of a combination and pieces of unknown weight count as intakes.
    assert_eq!(counted(&with_codeine, (amount(530.0), "MG")), Some(PORTION));
    assert_eq!(counted(&suppository, (amount(3.0), "SUPPOSITORY")), Some(PORTION));
    assert_eq!(counted(&ibuprofen, one), None);
    // Both substances are shared: the greater part counts.
    let weaker = product("codeine + paracetamol", "15 mg + 500 mg", DoseUnit::Tablet);
    assert_eq!(with_codeine.portions(one, &weaker, one), Some(PORTION));
}

proptest! {
    /// The guard agrees with a plain recount: of all windows of 24 hours, to the minute, that hold the intake.
    #[test]
    fn the_guard_agrees_with_a_recount_of_every_window(
        others in proptest::collection::vec((0_i64..96, 1_u64..8), 0..10),
        at in 24_i64..72,
        portions in 1_u64..8,
        most in 1_u32..12,
        interval in proptest::option::of(1_u32..30),
    ) {
        let hour = |hour: i64| Timestamp::default().plus(Span::hours(hour));
        let quarter = PORTION / 4;
        let others: Vec<Intake> = others
            .into_iter()
            .map(|(at, quarters)| Intake { at: hour(at), portions: quarters * quarter })
            .collect();
        let intake = Intake { at: hour(at), portions: portions * quarter };
        let limits = Limits { max_per_24h: Some(most), min_interval_hours: interval };
        let found = excess(limits, &others, intake);
        let most_held = (at - 23..=at)
            .map(|begin| {
                let inside = |other: &&Intake| (hour(begin)..hour(begin + 24)).contains(&other.at);
                others.iter().filter(inside).map(|other| other.portions).sum::<u64>()
            })
            .max()
            .unwrap();
        prop_assert_eq!(found.besides, most_held);
        prop_assert_eq!(found.day, most_held + intake.portions > u64::from(most) * PORTION);
        let nearest = others.iter().map(|other| other.at.since(intake.at).as_milliseconds().abs()).min();
        let too_near = interval.zip(nearest).is_some_and(|(hours, nearest)| {
            nearest < Span::hours(i64::from(hours)).as_milliseconds()
        });
        prop_assert_eq!(found.interval, too_near);
        prop_assert_eq!(found.single, portions > 4);
    }
}
