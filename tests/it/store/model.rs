//! Random operations: redb, the engine in memory and a plain map agree.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use chrono::NaiveDate;
use das_tern::platform::clock::{ManualClock, Timestamp};
use das_tern::platform::error::{Error, Result};
use das_tern::platform::store::{
    AnyTable, Direction, Engine, Key, KeyRange, KeyReader, MemoryEngine, PageRequest, Pause, Reader,
    RedbEngine, RedbOptions, Step, Store, WriteTx,
};
use proptest::prelude::*;

use super::disk::Disk;
use super::kit::{BY_GROUP, BY_LABEL, ITEMS, Item, START, item, options, store_over};

type Model = BTreeMap<u64, Item>;

#[derive(Debug, Clone)]
enum Act {
    Put(u64, u8, Option<u8>),
    Delete(u64),
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0..24_u64, 0..4_u8, proptest::option::of(0..12_u8)).prop_map(|(id, group, label)| Act::Put(id, group, label)),
        1 => (0..24_u64).prop_map(Act::Delete),
    ]
}

/// Transactions, each with whether it changes its mind at the end.
fn transactions() -> impl Strategy<Value = Vec<(Vec<Act>, bool)>> {
    proptest::collection::vec(
        (proptest::collection::vec(acts(), 1..12), proptest::bool::weighted(0.2)),
        1..12,
    )
}

/// Does one act in the model; false when the unique index refuses it.
fn act_in_model(model: &mut Model, act: &Act) -> bool {
    match act {
        Act::Put(id, group, label) => {
            let new = row(*group, *label);
            let taken = new.label.is_some()
                && model.iter().any(|(other, held)| other != id && held.label == new.label);
            if !taken {
                model.insert(*id, new);
            }
            !taken
        }
        Act::Delete(id) => {
            model.remove(id);
            true
        }
    }
}

fn row(group: u8, label: Option<u8>) -> Item {
    item(group, label.map(|label| format!("label {label}")).as_deref())
}

fn act_in_store(tx: &mut WriteTx<'_>, act: &Act) -> Result<()> {
    match act {
        Act::Put(id, group, label) => ITEMS.put(tx, id, &row(*group, *label)),
        Act::Delete(id) => ITEMS.delete(tx, id).map(drop),
    }
}

/// Everything a reader can see equals the model, from inside a transaction too.
fn compare(tx: &dyn Reader, model: &Model) {
    let expected: Vec<(u64, Item)> = model.iter().map(|(id, item)| (*id, item.clone())).collect();
    assert_eq!(ITEMS.list_prefix(tx, &()).unwrap(), expected);
    let mut backward = Vec::new();
    ITEMS
        .visit_prefix(tx, &(), Direction::Backward, |id, item| {
            backward.push((id, item));
            Ok(Step::Continue)
        })
        .unwrap();
    backward.reverse();
    assert_eq!(backward, expected);
    assert_eq!(ITEMS.last(tx, &()).unwrap(), expected.last().cloned());
    let middle: Vec<_> = expected.iter().filter(|(id, _)| (5..17).contains(id)).cloned().collect();
    assert_eq!(ITEMS.list_range(tx, &5_u64, &17_u64).unwrap(), middle);
    for group in 0..4 {
        let ids: Vec<u64> = model.iter().filter(|(_, item)| item.group == group).map(|(id, _)| *id).collect();
        assert_eq!(BY_GROUP.keys(tx, &group).unwrap(), ids);
    }
    for (id, item) in model {
        assert_eq!(ITEMS.get(tx, id).unwrap().as_ref(), Some(item));
        if let Some(label) = &item.label {
            assert_eq!(BY_LABEL.find(tx, label).unwrap(), Some(*id));
        }
    }
    let mut faults = Vec::new();
    ITEMS.verify(tx, &mut faults).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
}

fn pages(tx: &dyn Reader, direction: Direction, limit: u32) -> Vec<u64> {
    let mut ids = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let request = PageRequest::parse(Some(limit), cursor.as_deref()).unwrap();
        let page = ITEMS.page(tx, &(), direction, &request, |_, item| item.group != 3).unwrap();
        assert!(page.items.len() <= limit as usize);
        ids.extend(page.items.iter().map(|(id, _)| *id));
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return ids,
        }
    }
}

fn stores() -> [Store; 2] {
    let clock = ManualClock::at(START);
    let disk = Disk::new(7);
    let redb = RedbEngine::open_backend(
        move || disk.open(),
        RedbOptions { cache_bytes: 1 << 20, ..RedbOptions::default() },
    )
    .unwrap();
    let engines: [Arc<dyn Engine>; 2] = [Arc::new(redb), Arc::new(MemoryEngine::new())];
    engines.map(|engine| store_over(engine, &clock, options(&[], Pause::default())))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn both_engines_do_what_a_map_does(transactions in transactions(), limit in 1..9_u32) {
        for store in stores() {
            let mut model = Model::new();
            for (acts, changes_its_mind) in &transactions {
                let mut after = model.clone();
                let (acts, mind, before) = (acts.clone(), *changes_its_mind, model.clone());
                let accepted = acts.iter().all(|act| act_in_model(&mut after, act));
                let outcome = store.write_blocking(move |tx| {
                    let mut seen = before.clone();
                    for act in &acts {
                        act_in_store(tx, act)?;
                        act_in_model(&mut seen, act);
                        compare(tx, &seen);
                    }
                    if mind { Err(Error::conflict("changed_my_mind")) } else { Ok(()) }
                });
                prop_assert_eq!(outcome.is_ok(), accepted && !changes_its_mind);
                if outcome.is_ok() {
                    model = after;
                }
                store.read(|tx| { compare(tx, &model); Ok(()) }).unwrap();
            }
            let mut expected: Vec<u64> =
                model.iter().filter(|(_, item)| item.group != 3).map(|(id, _)| *id).collect();
            store.read(|tx| {
                assert_eq!(pages(tx, Direction::Forward, limit), expected);
                expected.reverse();
                assert_eq!(pages(tx, Direction::Backward, limit), expected);
                Ok(())
            }).unwrap();
        }
    }

    #[test]
    fn overlays_scan_as_one_map(
        base in proptest::collection::btree_map(proptest::collection::vec(0..4_u8, 0..4), any::<u8>(), 0..20),
        group in proptest::collection::btree_map(proptest::collection::vec(0..4_u8, 0..4), proptest::option::of(any::<u8>()), 0..20),
        own in proptest::collection::btree_map(proptest::collection::vec(0..4_u8, 0..4), proptest::option::of(any::<u8>()), 0..20),
        from in proptest::collection::vec(0..4_u8, 0..3),
        to in proptest::collection::vec(0..5_u8, 0..3),
        stop_after in 1..30_usize,
    ) {
        let store = store_over(Arc::new(MemoryEngine::new()), &ManualClock::at(START), options(&[], Pause::default()));
        let low = |key: &Vec<u8>| [&[1], key.as_slice()].concat();
        let put = move |tx: &mut WriteTx<'_>, map: &BTreeMap<Vec<u8>, Option<u8>>| {
            for (key, value) in map {
                match value {
                    Some(value) => tx.put_raw(low(key), vec![*value]),
                    None => tx.delete_raw(low(key)),
                }
            }
        };
        let first: BTreeMap<_, _> = base.iter().map(|(key, value)| (key.clone(), Some(*value))).collect();
        store.write_blocking(move |tx| { put(tx, &first); Ok(()) }).unwrap();
        let mut expected = base;
        for (key, value) in group.iter().chain(&own) {
            match value {
                Some(value) => expected.insert(key.clone(), *value),
                None => expected.remove(key),
            };
        }
        let range = KeyRange { from: Bound::Included(low(&from)), to: Bound::Excluded(low(&to)) };
        let shown: Vec<(Vec<u8>, u8)> = expected
            .into_iter()
            .filter(|(key, _)| *key >= from && *key < to)
            .map(|(key, value)| (low(&key), value))
            .collect();
        let check = move |tx: &mut WriteTx<'_>| {
            put(tx, &own);
            for direction in [Direction::Forward, Direction::Backward] {
                let mut seen = Vec::new();
                tx.scan_raw(&range, direction, &mut |key, value| {
                    seen.push((key.to_vec(), value[0]));
                    if seen.len() == stop_after { Step::Stop } else { Step::Continue }
                })?;
                let mut wanted = shown.clone();
                if direction == Direction::Backward {
                    wanted.reverse();
                }
                wanted.truncate(stop_after);
                assert_eq!(seen, wanted);
            }
            Ok(())
        };
        let outcomes = super::kit::write_group(&store, vec![
            Box::new(move |tx| { put(tx, &group); Ok(()) }),
            Box::new(check),
        ]);
        prop_assert!(outcomes.iter().all(Result::is_ok), "{:?}", outcomes);
    }

    #[test]
    fn keys_keep_order_and_come_back(
        a in (any::<i64>(), ".{0,6}", any::<u32>(), proptest::option::of(any::<u16>())),
        b in (any::<i64>(), ".{0,6}", any::<u32>(), proptest::option::of(any::<u16>())),
        days in (-700_000..2_000_000_i32, -700_000..2_000_000_i32),
    ) {
        order(&a, &b);
        order(&(a.1.clone(), a.0), &(b.1.clone(), b.0));
        order(&(a.3, a.2), &(b.3, b.2));
        order(&(Timestamp::from_milliseconds(a.0), a.2 % 2 == 0), &(Timestamp::from_milliseconds(b.0), b.2 % 2 == 0));
        let (first, second) = (NaiveDate::from_num_days_from_ce_opt(days.0), NaiveDate::from_num_days_from_ce_opt(days.1));
        order(&first.unwrap(), &second.unwrap());
        order(&(format!("{}\0{}", a.1, b.1), 1_u8), &(format!("{}\0", a.1), 2_u8));
    }

    #[test]
    fn damaged_keys_and_cursors_are_errors_not_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        drop(<(String, Timestamp, Option<u64>)>::decode(&mut KeyReader::new(&bytes)));
        drop(<(NaiveDate, i64, [u8; 4], bool)>::decode(&mut KeyReader::new(&bytes)));
        let store = store_over(Arc::new(MemoryEngine::new()), &ManualClock::at(START), options(&[], Pause::default()));
        store.write_blocking(|tx| ITEMS.put(tx, &7, &item(1, None))).unwrap();
        let cursor = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, &bytes);
        let is_key = u64::decode(&mut KeyReader::new(&bytes)).is_ok() && bytes.len() == 8;
        let Ok(request) = PageRequest::parse(None, Some(&cursor)) else {
            prop_assert!(bytes.is_empty(), "only an empty cursor is refused before its list is known");
            return Ok(());
        };
        for direction in [Direction::Forward, Direction::Backward] {
            let page = store.read(|tx| ITEMS.page(tx, &(), direction, &request, |_, _| true));
            prop_assert_eq!(page.is_ok(), is_key, "a cursor is the end of a key");
        }
    }
}

fn order<K: Key + Ord + Clone + PartialEq + std::fmt::Debug>(a: &K, b: &K) {
    assert_eq!(a.to_bytes().cmp(&b.to_bytes()), a.cmp(b), "{a:?} {b:?}");
    for key in [a, b] {
        let bytes = key.to_bytes();
        let mut reader = KeyReader::new(&bytes);
        assert_eq!(&K::decode(&mut reader).unwrap(), key);
        reader.finish().unwrap();
    }
}
