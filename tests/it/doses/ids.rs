//! A dose's id holds its time, line and patient.

use das_tern::domain::doses::model::DoseParts;
use das_tern::platform::clock::Timestamp;
use das_tern::platform::error::Kind;
use das_tern::platform::ids::DoseId;
use proptest::prelude::*;
use uuid::Uuid;

fn parts() -> impl Strategy<Value = DoseParts> {
    (0_i64..(1 << 48), any::<u32>(), any::<u32>()).prop_map(|(milliseconds, line, patient)| DoseParts {
        scheduled: Timestamp::from_milliseconds(milliseconds),
        line,
        patient,
    })
}

proptest! {
    #[test]
    fn an_id_gives_back_what_it_was_made_of(parts in parts()) {
        let id = parts.id().unwrap();
        prop_assert_eq!(DoseParts::of(id), Some(parts));
        prop_assert_eq!(DoseParts::parse(&id.to_string()).unwrap(), (id, parts));
        prop_assert_eq!(id.0.get_version_num(), 7);
        prop_assert_eq!(id.0.get_variant(), uuid::Variant::RFC4122);
    }

    #[test]
    fn ids_differ_when_anything_differs_and_sort_by_time(one in parts(), other in parts()) {
        let (a, b) = (one.id().unwrap(), other.id().unwrap());
        prop_assert_eq!(a == b, one == other);
        if one.scheduled != other.scheduled {
            prop_assert_eq!(a < b, one.scheduled < other.scheduled);
        }
    }

    #[test]
    fn any_other_uuid_is_no_dose_or_made_by_the_rule(bits in any::<u128>()) {
        let id = DoseId(Uuid::from_u128(bits));
        if let Some(parts) = DoseParts::of(id) {
            prop_assert_eq!(parts.id().unwrap(), id);
        }
    }

    #[test]
    fn whatever_text_is_sent_is_not_found_at_worst(text in ".{0,60}") {
        if let Err(error) = DoseParts::parse(&text) {
            prop_assert_eq!(error.kind(), Kind::NotFound);
            prop_assert_eq!(error.code(), "dose_not_found");
        }
    }
}

#[test]
fn times_outside_48_bits_have_no_id() {
    for milliseconds in [-1, 1 << 48, i64::MIN, i64::MAX] {
        let scheduled = Timestamp::from_milliseconds(milliseconds);
        assert!(DoseParts { scheduled, line: 1, patient: 1 }.id().is_err());
    }
}
