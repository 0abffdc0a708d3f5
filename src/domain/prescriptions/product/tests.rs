use super::*;
use crate::domain::medicines::model::DoseUnit as Counted;

fn tablet(strength: &str) -> Product {
    Product::new(Form::Tablet, Route::Oral, Counted::Tablet, strength, Release::Plain)
}

fn pieces(product: &Product, ten_thousandths: u32, unit: DoseUnit) -> Option<u32> {
    product.pieces(Amount::from_ten_thousandths(ten_thousandths), unit).map(Amount::as_ten_thousandths)
}

#[test]
fn strength_converts_exactly_or_not_at_all() {
    let paracetamol = tablet("500 mg");
    assert_eq!(pieces(&paracetamol, 10_000_000, DoseUnit::Mg), Some(20_000));
    assert_eq!(pieces(&paracetamol, 10_000, DoseUnit::G), Some(20_000));
    assert_eq!(pieces(&paracetamol, 2_500_000, DoseUnit::Mg), Some(5_000));
    assert_eq!(pieces(&paracetamol, 10_000, DoseUnit::Mg), Some(20), "a five-hundredth of a tablet");
    assert_eq!(pieces(&tablet("300 mg"), 1_000_000, DoseUnit::Mg), None, "a third");
    assert_eq!(pieces(&tablet("0.25 mg"), 625, DoseUnit::Mg), Some(2_500), "digoxin 0.0625 mg");
    assert_eq!(pieces(&tablet("50 mcg"), 1_000, DoseUnit::Mg), Some(20_000));
    let syrup = Product::new(Form::Syrup, Route::Oral, Counted::Milliliter, "120 mg/5 mL", Release::Plain);
    assert_eq!(pieces(&syrup, 2_400_000, DoseUnit::Mg), Some(100_000));
    assert_eq!(pieces(&syrup, 10_000, DoseUnit::Teaspoon), Some(50_000));
    assert_eq!(pieces(&Product::named(), 10_000, DoseUnit::Tablet), None);
}

#[test]
fn combinations_are_counted_whole() {
    let amlodipine = tablet("40 mg + 5 mg");
    let one = Some((Amount::whole(1), DoseUnit::Tablet));
    assert_eq!(amlodipine.piece_of_strength(&[(400_000, DoseUnit::Mg), (50_000, DoseUnit::Mg)]), one);
    assert_eq!(amlodipine.piece_of_strength(&[(800_000, DoseUnit::Mg), (50_000, DoseUnit::Mg)]), None);
    assert_eq!(amlodipine.piece_of_strength(&[(50_000, DoseUnit::Mg), (400_000, DoseUnit::Mg)]), None);
    assert_eq!(pieces(&amlodipine, 50_000, DoseUnit::Mg), None, "the second substance");
    let cotrimoxazole = tablet("800 mg + 160 mg");
    assert_eq!(cotrimoxazole.piece_of_sum(9_600_000, DoseUnit::Mg), one);
    assert_eq!(cotrimoxazole.piece_of_sum(9_600, DoseUnit::G), one);
    assert_eq!(tablet("400 mg + 80 mg").piece_of_sum(4_800_000, DoseUnit::Mg), one);
    for (strength, number) in [
        ("800 mg + 160 mg", 4_800_000),
        ("800 mg + 160 mg", 8_000_000),
        ("800 mg + 160 mg", 19_200_000),
        ("300 mg + 300 mg", 6_000_000),
        ("500 mg + 125 mg", 6_250_000),
        ("875 mg + 125 mg", 10_000_000),
        ("500 mg", 5_000_000),
    ] {
        assert_eq!(tablet(strength).piece_of_sum(number, DoseUnit::Mg), None, "{strength}");
    }
    let amoxicillin = tablet("500 mg + 125 mg");
    assert_eq!(pieces(&amoxicillin, 6_250_000, DoseUnit::Mg), None, "their sum");
    assert_eq!(pieces(&amoxicillin, 5_000_000, DoseUnit::Mg), None, "the first");
    let refusal = amoxicillin.fits(Amount::whole(625), DoseUnit::Mg).unwrap_err();
    assert_eq!(refusal.code, "words_combination");
    assert!(refusal.params.contains(&("accepted", "TABLET".to_owned())), "{:?}", refusal.params);
}

#[test]
fn only_fitting_units_are_taken() {
    let fits = |product: &Product, unit| product.fits(Amount::whole(1), unit).is_ok();
    let levothyroxine = tablet("50 mcg");
    for (unit, expected) in [
        (DoseUnit::Tablet, true),
        (DoseUnit::Mcg, true),
        (DoseUnit::Ml, false),
        (DoseUnit::Iu, false),
        (DoseUnit::Puff, false),
        (DoseUnit::Capsule, false),
    ] {
        assert_eq!(fits(&levothyroxine, unit), expected, "{unit:?}");
    }
    let insulin =
        Product::new(Form::Injection, Route::Subcutaneous, Counted::Vial, "100 IU/mL", Release::Plain);
    assert!(fits(&insulin, DoseUnit::Iu) && fits(&insulin, DoseUnit::Ml) && !fits(&insulin, DoseUnit::Mg));
    let powder = Product::new(Form::Injection, Route::Intravenous, Counted::Vial, "1 g", Release::Plain);
    assert!(fits(&powder, DoseUnit::G) && !fits(&powder, DoseUnit::Ml));
    let cream = Product::new(Form::Cream, Route::Topical, Counted::Application, "1%", Release::Plain);
    assert!(fits(&cream, DoseUnit::Application) && !fits(&cream, DoseUnit::Mg));
    let patch = Product::new(Form::Patch, Route::Transdermal, Counted::Patch, "25 mcg/h", Release::Plain);
    assert!(fits(&patch, DoseUnit::Patch) && !fits(&patch, DoseUnit::Mcg));
    let refusal = levothyroxine.fits(Amount::whole(5), DoseUnit::Ml).unwrap_err();
    assert_eq!(refusal.code, "words_unit_does_not_fit");
    assert!(refusal.params.contains(&("accepted", "TABLET, MG, G, MCG".to_owned())), "{:?}", refusal.params);
}

#[test]
fn what_must_stay_whole_is_not_split() {
    let half = Amount::from_ten_thousandths(5_000);
    let of = |release| Product::new(Form::Tablet, Route::Oral, Counted::Tablet, "30 mg", release);
    assert!(of(Release::Plain).may_be_split() && of(Release::Plain).fits(half, DoseUnit::Tablet).is_ok());
    for release in [Release::Modified, Release::GastroResistant] {
        assert!(!of(release).may_be_split());
        assert_eq!(of(release).fits(half, DoseUnit::Tablet).unwrap_err().code, "words_not_split");
        assert_eq!(of(release).fits(Amount::whole(15), DoseUnit::Mg).unwrap_err().code, "words_not_split");
        assert!(of(release).fits(Amount::whole(60), DoseUnit::Mg).is_ok());
    }
    let capsule = Product::new(Form::Capsule, Route::Oral, Counted::Capsule, "20 mg", Release::Plain);
    assert!(!capsule.may_be_split() && capsule.fits(Amount::whole(10), DoseUnit::Mg).is_err());
    let third = Amount::from_ten_thousandths(3_333);
    assert!(of(Release::Plain).fits(third, DoseUnit::Tablet).is_err(), "no tablet comes in thirds");
}
