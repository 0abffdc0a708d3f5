//! How grave a value is: every boundary of the table, and what holds for all values.

use std::collections::BTreeMap;

use das_tern::domain::vitals::model::{Milli, Reading, Severity, VitalContext, VitalType};
use das_tern::domain::vitals::monitoring::{Monitoring, OwnBounds, PartBounds, Spo2Scale};
use das_tern::domain::vitals::severity::judge;
use das_tern::domain::vitals::units::{Typed, plausible, reading, units_of};
use das_tern::platform::clock::Timestamp;
use das_tern::platform::ids::UserId;
use proptest::prelude::*;

use Severity::{Critical, High, Low, Medium};
use VitalType::{BloodPressure, Glucose, HeartRate, RespiratoryRate, Spo2, Temperature, Weight};

fn of(vital_type: VitalType, value: f64, secondary: Option<f64>) -> Reading {
    let unit = units_of(vital_type)[0].code().to_owned();
    reading(&Typed { vital_type, value, secondary, unit }).unwrap()
}

fn severity(vital_type: VitalType, value: f64) -> Option<Severity> {
    judge(&of(vital_type, value, None), None, &Monitoring::default())
}

fn pressure(systolic: f64, diastolic: f64) -> Option<Severity> {
    judge(&of(BloodPressure, systolic, Some(diastolic)), None, &Monitoring::default())
}

#[test]
fn blood_pressure_by_its_worse_value() {
    let systolic = [
        (300.0, Some(Critical)),
        (200.0, Some(Critical)),
        (199.0, Some(High)),
        (180.0, Some(High)),
        (179.0, Some(Medium)),
        (160.0, Some(Medium)),
        (159.0, Some(Low)),
        (141.0, Some(Low)),
        (140.0, None),
        (120.0, None),
        (90.0, None),
        (89.0, Some(Medium)),
        (80.0, Some(Medium)),
        (79.0, Some(High)),
        (70.0, Some(High)),
        (69.0, Some(Critical)),
    ];
    for (value, expected) in systolic {
        // A diastolic value that is in its range, or as near to it as the systolic one allows.
        let diastolic = if value > 65.0 { 65.0_f64.min(value - 1.0) } else { 60.0 };
        assert_eq!(pressure(value, diastolic), expected, "{value}/{diastolic}");
    }
    let diastolic = [
        (120.0, Some(Critical)),
        (119.0, Some(High)),
        (110.0, Some(High)),
        (109.0, Some(Medium)),
        (100.0, Some(Medium)),
        (99.0, Some(Low)),
        (91.0, Some(Low)),
        (90.0, None),
        (60.0, None),
        (59.0, Some(Medium)),
        (20.0, Some(Medium)),
    ];
    for (value, expected) in diastolic {
        assert_eq!(pressure(130.0, value), expected, "130/{value}");
    }
    assert_eq!(pressure(182.0, 121.0), Some(Critical));
    assert_eq!(pressure(201.0, 59.0), Some(Critical));
}

#[test]
fn every_other_boundary_of_the_table() {
    let table = [
        (Glucose, 53.999, Some(Critical)),
        (Glucose, 54.0, Some(High)),
        (Glucose, 59.999, Some(High)),
        (Glucose, 60.0, Some(Medium)),
        (Glucose, 69.999, Some(Medium)),
        (Glucose, 70.0, None),
        (Glucose, 180.0, None),
        (Glucose, 180.001, Some(Medium)),
        (Glucose, 300.0, Some(Medium)),
        (Glucose, 300.001, Some(High)),
        (Glucose, 400.0, Some(High)),
        (Glucose, 400.001, Some(Critical)),
        (HeartRate, 39.0, Some(Critical)),
        (HeartRate, 40.0, Some(High)),
        (HeartRate, 44.0, Some(High)),
        (HeartRate, 45.0, Some(Medium)),
        (HeartRate, 49.0, Some(Medium)),
        (HeartRate, 50.0, None),
        (HeartRate, 120.0, None),
        (HeartRate, 121.0, Some(Medium)),
        (HeartRate, 130.0, Some(Medium)),
        (HeartRate, 131.0, Some(High)),
        (HeartRate, 150.0, Some(High)),
        (HeartRate, 151.0, Some(Critical)),
        (Temperature, 34.9, Some(Critical)),
        (Temperature, 35.0, Some(Medium)),
        (Temperature, 35.4, Some(Medium)),
        (Temperature, 35.5, None),
        (Temperature, 38.0, None),
        (Temperature, 38.1, Some(Medium)),
        (Temperature, 39.0, Some(Medium)),
        (Temperature, 39.1, Some(High)),
        (Temperature, 40.5, Some(High)),
        (Temperature, 40.6, Some(Critical)),
        (Spo2, 100.0, None),
        (Spo2, 94.0, None),
        (Spo2, 92.0, None),
        (Spo2, 91.0, Some(High)),
        (Spo2, 88.0, Some(High)),
        (Spo2, 87.0, Some(Critical)),
        (Weight, 0.5, None),
        (Weight, 500.0, None),
        (RespiratoryRate, 8.0, Some(High)),
        (RespiratoryRate, 9.0, Some(Low)),
        (RespiratoryRate, 11.0, Some(Low)),
        (RespiratoryRate, 12.0, None),
        (RespiratoryRate, 20.0, None),
        (RespiratoryRate, 21.0, Some(Low)),
        (RespiratoryRate, 24.0, Some(Low)),
        (RespiratoryRate, 25.0, Some(High)),
    ];
    for (vital_type, value, expected) in table {
        assert_eq!(severity(vital_type, value), expected, "{vital_type:?} {value}");
    }
    let in_symptoms =
        |value| judge(&of(Spo2, value, None), Some(VitalContext::Symptoms), &Monitoring::default());
    assert_eq!(in_symptoms(95.0), None);
    assert_eq!(in_symptoms(94.0), Some(Medium));
    assert_eq!(in_symptoms(92.0), Some(Medium));
    assert_eq!(in_symptoms(91.0), Some(High));
}

fn in_unit(vital_type: VitalType, value: f64, unit: &str, monitoring: &Monitoring) -> Option<Severity> {
    let typed = Typed { vital_type, value, secondary: None, unit: unit.to_owned() };
    judge(&reading(&typed).unwrap(), None, monitoring)
}

#[test]
fn a_value_is_judged_in_the_unit_that_was_typed() {
    let usual = Monitoring::default();
    for (value, expected) in [
        (2.9, Some(Critical)),
        (2.99, Some(Critical)),
        (3.0, Some(High)),
        (3.3, Some(High)),
        (3.4, Some(Medium)),
        (3.8, Some(Medium)),
        (3.89, Some(Medium)),
        (3.9, None),
        (10.0, None),
        (10.01, Some(Medium)),
        (10.1, Some(Medium)),
        (16.7, Some(Medium)),
        (16.8, Some(High)),
        (22.2, Some(High)),
        (22.3, Some(Critical)),
    ] {
        assert_eq!(in_unit(Glucose, value, "mmol/L", &usual), expected, "{value} mmol/L");
    }
    for (value, expected) in [
        (94.9, Some(Critical)),
        (95.0, Some(Medium)),
        (95.8, Some(Medium)),
        (95.9, None),
        (100.4, None),
        (100.5, Some(Medium)),
        (102.2, Some(Medium)),
        (102.3, Some(High)),
        (104.9, Some(High)),
        (105.0, Some(Critical)),
    ] {
        assert_eq!(in_unit(Temperature, value, "[degF]", &usual), expected, "{value} °F");
    }
    // A doctor's own range: 80 to 140 mg/dL is 4.5 to 7.8 mmol/L, at most 80 kg is at most 176.4 lb.
    let sugar = own(Glucose, PartBounds { min: limit(80), max: limit(140), ..PartBounds::default() });
    for (value, expected) in [(4.4, Some(Medium)), (4.5, None), (7.8, None), (7.9, Some(Medium))] {
        assert_eq!(in_unit(Glucose, value, "mmol/L", &sugar), expected, "{value} mmol/L");
    }
    let heavy = own(Weight, PartBounds { max: limit(80), ..PartBounds::default() });
    assert_eq!(in_unit(Weight, 176.4, "lb", &heavy), None);
    assert_eq!(in_unit(Weight, 176.5, "lb", &heavy), Some(Medium));
}

#[test]
fn low_values_are_never_milder_in_another_unit() {
    let usual = Monitoring::default();
    for tenths in 6..555_i32 {
        let value = f64::from(tenths) / 10.0;
        let in_own = severity(Glucose, (value * 18.016 * 1_000.0).round() / 1_000.0);
        let judged = in_unit(Glucose, value, "mmol/L", &usual);
        if value < 7.0 {
            assert!(judged >= in_own, "{value} mmol/L: {judged:?}, {in_own:?}");
        } else {
            // Above the range the published pairs hold, which are nearer than a meter can measure.
            let nearly = severity(Glucose, (value * 18.016 - 0.9).floor());
            assert!(judged >= nearly, "{value} mmol/L: {judged:?}, {nearly:?}");
        }
    }
}

#[test]
fn the_second_scale_moves_the_high_limit_unless_a_doctor_sets_it() {
    let second = |value: PartBounds| Monitoring { spo2_scale: Spo2Scale::Scale2, ..own(Spo2, value) };
    let judged = |value, monitoring: &Monitoring| judge(&of(Spo2, value, None), None, monitoring);
    let target = Monitoring { spo2_scale: Spo2Scale::Scale2, ..Monitoring::default() };
    let with_min = second(PartBounds { min: limit(88), ..PartBounds::default() });
    for monitoring in [&target, &with_min] {
        for (value, expected) in [(87.0, Some(Critical)), (88.0, None), (91.0, None), (92.0, None)] {
            assert_eq!(judged(value, monitoring), expected, "{value}");
        }
    }
    let lower = PartBounds { min: limit(88), critical_min: limit(84), ..PartBounds::default() };
    for (value, expected) in [(83.0, Some(Critical)), (84.0, Some(High)), (87.0, Some(High)), (88.0, None)] {
        assert_eq!(judged(value, &second(lower)), expected, "{value}");
    }
    let said = second(PartBounds { high_min: limit(90), ..PartBounds::default() });
    assert_eq!(judged(89.0, &said), Some(High));
    assert_eq!(judged(90.0, &said), None);
    // On the first scale nothing moves, and with symptoms a value is still looked at.
    assert_eq!(judged(91.0, &Monitoring::default()), Some(High));
    let unwell = judge(&of(Spo2, 90.0, None), Some(VitalContext::Symptoms), &target);
    assert_eq!(unwell, Some(Medium));
}

fn own(vital_type: VitalType, value: PartBounds) -> Monitoring {
    let (set_by, set_at) = (UserId(uuid::Uuid::nil()), Timestamp::default());
    let bounds = OwnBounds { value, secondary: PartBounds::default(), set_by, set_at };
    Monitoring { bounds: BTreeMap::from([(vital_type, bounds)]), ..Monitoring::default() }
}

fn limit(value: i32) -> Option<Milli> {
    Some(Milli::whole(value))
}

#[test]
fn a_doctors_bounds_come_first_but_never_hide_danger_by_silence() {
    let wide = own(BloodPressure, PartBounds { max: limit(170), ..PartBounds::default() });
    let with = |systolic, bounds: &Monitoring| judge(&of(BloodPressure, systolic, Some(80.0)), None, bounds);
    assert_eq!(with(165.0, &wide), None);
    assert_eq!(with(171.0, &wide), Some(Medium));
    assert_eq!(with(180.0, &wide), Some(High));
    let narrow = own(BloodPressure, PartBounds { max: limit(130), ..PartBounds::default() });
    assert_eq!(with(135.0, &narrow), Some(Low));
    assert_eq!(with(160.0, &narrow), Some(Medium));
    // The target of a patient who retains carbon dioxide: every level is said.
    let lungs =
        PartBounds { min: limit(88), high_min: limit(86), critical_min: limit(84), ..PartBounds::default() };
    let saturation = |value, bounds: PartBounds| {
        judge(&of(Spo2, value, None), Some(VitalContext::Symptoms), &own(Spo2, bounds))
    };
    assert_eq!(saturation(90.0, lungs), None);
    assert_eq!(saturation(87.0, lungs), Some(Medium));
    assert_eq!(saturation(85.0, lungs), Some(High));
    assert_eq!(saturation(83.0, lungs), Some(Critical));
    // A range alone leaves HIGH and CRITICAL where they were.
    let range_only = PartBounds { min: limit(85), ..PartBounds::default() };
    assert_eq!(saturation(90.0, range_only), Some(High));
    assert_eq!(saturation(87.0, range_only), Some(Critical));
    let heavy = own(Weight, PartBounds { max: limit(80), ..PartBounds::default() });
    assert_eq!(judge(&of(Weight, 81.0, None), None, &heavy), Some(Medium));
}

fn any_bounds() -> impl Strategy<Value = PartBounds> {
    let limit = || proptest::option::of((0..500_000_i32).prop_map(Milli));
    (limit(), limit(), limit(), limit(), limit(), limit()).prop_map(
        |(min, max, high_min, high_max, critical_min, critical_max)| PartBounds {
            min,
            max,
            high_min,
            high_max,
            critical_min,
            critical_max,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn farther_out_is_never_milder(
        place in 0..7_usize,
        a in 0.0..1.0_f64,
        b in 0.0..1.0_f64,
        bounds in proptest::option::of(any_bounds()),
        symptoms: bool,
    ) {
        let vital_type = VitalType::ALL[place];
        let (least, most) = plausible(vital_type);
        let at = |part: f64| Milli(least + (f64::from(most - least) * part) as i32);
        let context = symptoms.then_some(VitalContext::Symptoms);
        let monitoring = bounds.map_or_else(Monitoring::default, |bounds| own(vital_type, bounds));
        let judged = |value| {
            let secondary = vital_type.has_secondary().then_some(Milli::whole(75));
            let typed_unit = units_of(vital_type)[0];
            let reading = Reading {
                vital_type, value, secondary, typed_value: value, typed_secondary: secondary, typed_unit,
            };
            judge(&reading, context, &monitoring)
        };
        // From any value, walking to one end or the other: along one of the two ways severity only grows, unless the
        // value lies within the range, from which both do.
        let (low, high) = (at(a.min(b)), at(a.max(b)));
        let (end, start) = (judged(Milli(least)), judged(Milli(most)));
        prop_assert!(judged(low) <= end.max(judged(high)), "{low:?} {high:?}");
        prop_assert!(judged(high) <= start.max(judged(low)), "{low:?} {high:?}");
    }
}
