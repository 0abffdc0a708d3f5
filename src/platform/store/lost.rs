//! Rows that were lost with a damaged page, written down in the file that was made whole without them.
//!
//! A row that is lost must never be taken for one that was never there: a patient without a stop, a phone number that is
//! free. So whoever asks for what is not found where rows are lost is refused, as the damaged page refused them, and only
//! they are: everybody else is served from a file that is sound.
//!
//! Lists are found by indexes. Where the entries of a lost row may have been lost with it, nothing is left that points to
//! it, so a list would seem whole without it: such a part of an index is written down as well, and whoever reads there is
//! refused.
//!
//! Some rows are worth nothing after a while, such as events for screens that were away. When whoever knows them has put
//! things right without them, they are written down as passed: they are told of and refuse nobody.

use std::ops::Bound;

use super::Direction;
use super::engine::{EngineError, KeyRange, Snapshot, Step};
use crate::platform::clock::Timestamp;
use crate::platform::error::Error;

/// Raw keys under which lost rows are written down, each followed by a number of four bytes.
const LOST_KEYS: &[u8] = &[0, 0, 0, b'l', b's', b't'];
/// The same for rows that nobody needs any more.
const PASSED_KEYS: &[u8] = &[0, 0, 0, b'l', b's', b'p'];

/// The first byte of a key behind its table's number that no index has: they are numbered from 1 and fewer.
const BEHIND_INDEXES: u8 = u8::MAX;

/// Between which raw keys rows of one table are lost, or entries of its indexes with rows that are lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostRows {
    /// Every lost key is greater than this.
    pub after: Vec<u8>,
    /// And not greater than this.
    pub up_to: Vec<u8>,
    /// When the file was made whole without them.
    pub at: Timestamp,
    /// Whether nobody needs them: they refuse nobody.
    pub passed: bool,
}

impl LostRows {
    /// What a range of keys means for rows: the parts of it that lie in the rows of a table and not in an index.
    pub fn of_tables(
        after: Option<&[u8]>,
        up_to: Option<&[u8]>,
        at: Timestamp,
        tables: impl IntoIterator<Item = u16>,
    ) -> Vec<Self> {
        // Every key of a row is greater than the table's number alone, and less than the first index.
        let within = |number: u16| {
            let first = number.to_be_bytes().to_vec();
            let last = [first.as_slice(), &[1]].concat();
            Self::between(after, up_to, at, first, last)
        };
        tables.into_iter().filter_map(within).collect()
    }

    /// What a range of keys means for the indexes of tables.
    pub(super) fn of_indexes(
        after: Option<&[u8]>,
        up_to: Option<&[u8]>,
        at: Timestamp,
        tables: impl IntoIterator<Item = u16>,
    ) -> Vec<Self> {
        let within = |number: u16| {
            let [first, last] = [1, BEHIND_INDEXES].map(|part| [&number.to_be_bytes()[..], &[part]].concat());
            Self::between(after, up_to, at, first, last)
        };
        tables.into_iter().filter_map(within).collect()
    }

    /// The row under one raw key.
    pub fn of_key(key: &[u8], at: Timestamp) -> Self {
        Self { after: just_before(key), up_to: key.to_vec(), at, passed: false }
    }

    /// Those of them whose raw keys begin with `prefix` and go on with at most `last`; nothing when there can be none.
    pub fn within(&self, prefix: &[u8], last: &[u8]) -> Option<Self> {
        let after = self.after.clone().max(just_before(prefix));
        let up_to = self.up_to.clone().min([prefix, last].concat());
        (after < up_to).then_some(Self { after, up_to, at: self.at, passed: self.passed })
    }

    /// Those of them whose raw keys begin with `prefix`; nothing when there can be none.
    pub fn under(&self, prefix: &[u8]) -> Option<Self> {
        self.within(prefix, &BEHIND_ALL)
    }

    /// What is unknown of another table whose rows are made from these, or found by these entries of an index, where
    /// `first` bytes of the keys are the same in both.
    pub fn carried_over(&self, table: u16, first: usize) -> Self {
        let number = table.to_be_bytes();
        let place = |key: &[u8]| [&number[..], &[0], key.get(3..).unwrap_or_default()].concat();
        let cut = first.saturating_add(3);
        let (mut after, mut up_to) = (place(&self.after), place(&self.up_to));
        // A bound of three bytes is the end of all rows or entries.
        if self.after.len() <= 3 {
            after = number.to_vec();
        } else if after.len() >= cut {
            after.truncate(cut);
            after = just_before(&after);
        }
        if self.up_to.len() <= 3 {
            up_to = [&number[..], &[1]].concat();
        } else if up_to.len() >= cut {
            up_to.truncate(cut);
            up_to.extend(BEHIND_ALL);
        }
        Self { after, up_to, at: self.at, passed: false }
    }

    /// Between which raw keys they were.
    pub fn range(&self) -> KeyRange {
        KeyRange { from: Bound::Excluded(self.after.clone()), to: Bound::Included(self.up_to.clone()) }
    }

    /// What two ranges of keys have in common, when that can hold an entry.
    fn between(
        after: Option<&[u8]>,
        up_to: Option<&[u8]>,
        at: Timestamp,
        first: Vec<u8>,
        last: Vec<u8>,
    ) -> Option<Self> {
        let after = after.map_or(first.clone(), |after| first.max(after.to_vec()));
        let up_to = up_to.map_or(last.clone(), |up_to| last.min(up_to.to_vec()));
        (after < up_to && up_to.len() > 2).then_some(Self { after, up_to, at, passed: false })
    }

    /// Whether these are entries of indexes.
    pub fn is_of_indexes(&self) -> bool {
        self.after.get(2).is_some_and(|part| *part > 0)
    }

    /// The number of their table.
    pub fn table(&self) -> Option<u16> {
        self.up_to.first_chunk().map(|number| u16::from_be_bytes(*number))
    }

    /// Whether the row under this raw key is among them.
    pub fn holds(&self, key: &[u8]) -> bool {
        key > self.after.as_slice() && key <= self.up_to.as_slice()
    }

    fn meets(&self, range: &KeyRange) -> bool {
        let (from, to) = range.as_bounds();
        let begins = match to {
            Bound::Included(to) => to > self.after.as_slice(),
            // The first key behind `after` is `after` with a zero.
            Bound::Excluded(to) => to > [self.after.as_slice(), &[0]].concat().as_slice(),
            Bound::Unbounded => true,
        };
        let ends = match from {
            // The end of a table's rows is written as the beginning of its first index, which is none of them, and the
            // end of its indexes by a number that none has.
            Bound::Included(from) => {
                from < self.up_to.as_slice() || (from == self.up_to.as_slice() && self.up_to.len() > 3)
            }
            Bound::Excluded(from) => from < self.up_to.as_slice(),
            Bound::Unbounded => true,
        };
        begins && ends
    }

    /// The entry of the file that says so.
    pub(super) fn entry(&self, number: u32) -> (Vec<u8>, Vec<u8>) {
        let prefix = if self.passed { PASSED_KEYS } else { LOST_KEYS };
        let key = [prefix, &number.to_be_bytes()].concat();
        let length = u16::try_from(self.after.len()).unwrap_or(u16::MAX);
        let at = self.at.as_milliseconds().to_be_bytes();
        (key, [at.as_slice(), &length.to_be_bytes(), &self.after, &self.up_to].concat())
    }

    fn read(value: &[u8], passed: bool) -> Option<Self> {
        let (at, rest) = value.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (after, up_to) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let at = Timestamp::from_milliseconds(i64::from_be_bytes(*at));
        Some(Self { after: after.to_vec(), up_to: up_to.to_vec(), at, passed })
    }

    /// What is lost, when this is an entry that says so.
    pub(super) fn of_entry(key: &[u8], value: &[u8]) -> Option<Self> {
        let passed = key.starts_with(PASSED_KEYS);
        if passed || key.starts_with(LOST_KEYS) { Self::read(value, passed) } else { None }
    }
}

/// What no key goes on with.
const BEHIND_ALL: [u8; 8] = [u8::MAX; 8];

/// The greatest key before this one that a table may have.
fn just_before(key: &[u8]) -> Vec<u8> {
    let mut before = key.to_vec();
    // Without its last byte it is the one right before, if that is 0.
    if let Some(last) = before.pop().filter(|last| *last > 0) {
        before.push(last.saturating_sub(1));
        before.extend(BEHIND_ALL);
    }
    before
}

/// Everything that is lost; normally nothing.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// What is refused.
    pub(super) refused: Vec<LostRows>,
    /// What nobody needs any more.
    pub(super) passed: Vec<LostRows>,
}

impl Lost {
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn of(snapshot: &dyn Snapshot) -> Result<Self, EngineError> {
        let mut lost = Vec::new();
        for prefix in [LOST_KEYS, PASSED_KEYS] {
            snapshot.scan(&KeyRange::prefix(prefix), Direction::Forward, &mut |key, value| {
                lost.extend(LostRows::of_entry(key, value));
                Step::Continue
            })?;
        }
        let (passed, refused) = lost.into_iter().partition(|rows| rows.passed);
        Ok(Self { refused, passed })
    }

    /// Whether rows of this range were lost and are not refused.
    pub(super) fn is_given_up(&self, range: &KeyRange) -> bool {
        self.passed.iter().any(|rows| rows.meets(range))
    }

    /// Refuses a key that was not found where rows are lost.
    pub(super) fn check(&self, key: &[u8]) -> Result<(), Error> {
        if self.refused.iter().any(|rows| rows.holds(key)) { Err(refused()) } else { Ok(()) }
    }

    /// The part of `range` that a walk in this direction passes before it comes to lost rows; `None` when it comes to
    /// none.
    pub(super) fn clear_part(&self, range: &KeyRange, direction: Direction) -> Option<KeyRange> {
        let met = self.refused.iter().filter(|rows| rows.meets(range));
        let mut clear = range.clone();
        match direction {
            Direction::Forward => clear.to = Bound::Included(met.map(|rows| rows.after.clone()).min()?),
            Direction::Backward => clear.from = Bound::Excluded(met.map(|rows| rows.up_to.clone()).max()?),
        }
        Some(clear)
    }

    /// Runs `scan` over `range`, up to the first lost rows, where it ends with an error.
    ///
    /// # Errors
    /// Those of `scan`, or that rows are lost where it wants to go on.
    pub(super) fn guard(
        &self,
        range: &KeyRange,
        direction: Direction,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> Step,
        scan: impl FnOnce(&KeyRange, &mut dyn FnMut(&[u8], &[u8]) -> Step) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.refused.is_empty() {
            return scan(range, visit);
        }
        let Some(clear) = self.clear_part(range, direction) else { return scan(range, visit) };
        let mut has_stopped = false;
        if !clear.is_empty() {
            scan(&clear, &mut |key, value| {
                let step = visit(key, value);
                has_stopped = step == Step::Stop;
                step
            })?;
        }
        if has_stopped { Ok(()) } else { Err(refused()) }
    }
}

fn refused() -> Error {
    Error::damaged("rows were lost here with a damaged page; `das-tern doctor` says which")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_rows_are_narrowed_to_those_that_can_have_been_there() {
        let at = Timestamp::from_milliseconds(7);
        let rows = LostRows { after: vec![0, 80, 0, 3, 9], up_to: vec![0, 80, 1], at, passed: false };
        assert_eq!(rows.under(&[0, 80, 0, 2]), None);
        let last_of_three = rows.under(&[0, 80, 0, 3]).unwrap();
        assert!(!last_of_three.holds(&[0, 80, 0, 3, 9]) && last_of_three.holds(&[0, 80, 0, 3, 10]));
        let until_seven = rows.within(&[0, 80, 0, 4], &[7]).unwrap();
        let held: Vec<u8> = (0..12).filter(|last| until_seven.holds(&[0, 80, 0, 4, *last])).collect();
        assert_eq!(held, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(!until_seven.holds(&[0, 80, 0, 5, 0]) && !until_seven.holds(&[0, 80, 0, 3, 10]));
        assert_eq!(rows.within(&[0, 80, 0, 3], &[9]), None);
        assert_eq!(rows.under(&[0, 80, 1, 3]), None);
    }

    fn lost() -> Lost {
        let at = Timestamp::from_milliseconds(7);
        let rows = |after: &[u8], up_to: &[u8]| LostRows {
            after: after.to_vec(),
            up_to: up_to.to_vec(),
            at,
            passed: false,
        };
        let refused = vec![rows(&[0, 1, 0, 4], &[0, 1, 0, 8]), rows(&[0, 3], &[0, 3, 1])];
        Lost { refused, passed: vec![LostRows { passed: true, ..rows(&[0, 2], &[0, 2, 1]) }] }
    }

    #[test]
    fn only_what_lies_between_is_refused() {
        let lost = lost();
        let refused: Vec<u8> = (0..12).filter(|n| lost.check(&[0, 1, 0, *n]).is_err()).collect();
        assert_eq!(refused, [5, 6, 7, 8]);
        assert!(lost.check(&[0, 3, 0]).is_err() && lost.check(&[0, 3, 1, 0]).is_ok());
    }

    #[test]
    fn a_walk_ends_before_lost_rows_whichever_way_it_goes() {
        let lost = lost();
        let all = KeyRange::prefix(&[0, 1, 0]);
        let clear = |range: &KeyRange, direction| lost.clear_part(range, direction);
        let forward = clear(&all, Direction::Forward).unwrap();
        assert_eq!(forward.to, Bound::Included(vec![0, 1, 0, 4]));
        let backward = clear(&all, Direction::Backward).unwrap();
        assert_eq!(backward.from, Bound::Excluded(vec![0, 1, 0, 8]));
        for (from, to, is_met) in [(0, 4, false), (0, 5, true), (8, 9, true), (9, 20, false)] {
            let range = KeyRange {
                from: Bound::Included(vec![0, 1, 0, from]),
                to: Bound::Excluded(vec![0, 1, 0, to]),
            };
            assert_eq!(clear(&range, Direction::Forward).is_some(), is_met, "{from} to {to}");
        }
        assert!(clear(&KeyRange::prefix(&[0, 3, 1]), Direction::Forward).is_none());
        assert!(clear(&KeyRange::prefix(&[0, 2]), Direction::Backward).is_none());
    }

    #[test]
    fn what_is_written_down_is_read_back() {
        let Lost { refused, passed } = lost();
        for rows in refused.into_iter().chain(passed) {
            let (key, value) = rows.entry(3);
            assert_eq!(LostRows::of_entry(&key, &value), Some(rows));
        }
        assert_eq!(LostRows::of_entry(&[0, 0, 0, b's'], &[0; 40]), None);
    }

    #[test]
    fn a_range_of_keys_is_cut_into_the_rows_of_its_tables() {
        let at = Timestamp::from_milliseconds(7);
        let cut = |after: Option<&[u8]>, up_to: Option<&[u8]>| {
            let cut = LostRows::of_tables(after, up_to, at, 1..=4);
            cut.into_iter().map(|rows| (rows.after, rows.up_to)).collect::<Vec<_>>()
        };
        let whole = |number| (vec![0, number], vec![0, number, 1]);
        assert_eq!(cut(Some(&[0, 2, 1, 7]), Some(&[0, 2, 2, 7])), []);
        assert_eq!(cut(Some(&[0, 2, 1, 7]), Some(&[0, 3, 2, 7])), [whole(3)]);
        assert_eq!(cut(Some(&[0, 2, 0, 7]), Some(&[0, 2, 0, 9])), [(vec![0, 2, 0, 7], vec![0, 2, 0, 9])]);
        assert_eq!(cut(None, None), [1, 2, 3, 4].map(whole));
        assert_eq!(cut(Some(&[0, 3, 0, 7]), None), [(vec![0, 3, 0, 7], vec![0, 3, 1]), whole(4)]);
    }

    #[test]
    fn one_key_is_lost_alone() {
        let at = Timestamp::from_milliseconds(7);
        for key in [[0, 1, 0, 4], [0, 1, 0, 0]] {
            let alone = LostRows::of_key(&key, at);
            assert!(alone.holds(&key) && !alone.is_of_indexes());
            assert_eq!(alone.table(), Some(1));
            let others: [&[u8]; 4] = [&[0, 1], &[0, 1, 0, 3], &[0, 1, 0, 5], &[0, 1, 0, 4, 0]];
            assert!(others.iter().all(|other| *other == key || !alone.holds(other)), "{key:?}");
        }
    }

    #[test]
    fn what_is_made_from_lost_rows_is_unknown_too() {
        let at = Timestamp::from_milliseconds(7);
        let rows = |after: &[u8], up_to: &[u8]| LostRows {
            after: after.to_vec(),
            up_to: up_to.to_vec(),
            at,
            passed: false,
        };
        let days = rows(&[0, 2, 0, 7, 1], &[0, 2, 0, 9, 3]);
        let same = days.carried_over(5, usize::MAX);
        assert_eq!((same.after, same.up_to), (vec![0, 5, 0, 7, 1], vec![0, 5, 0, 9, 3]));
        // Of whom some rows are lost, nothing is known that sums them up.
        let by_person = days.carried_over(5, 1);
        let known =
            |person: u8| [&[0, 5, 0, person][..], &[0, 5, 0, person, 200]].map(|key| !by_person.holds(key));
        assert_eq!([6, 7, 8, 9, 10].map(known), [[true; 2], [false; 2], [false; 2], [false; 2], [true; 2]]);
        let all = rows(&[0, 2], &[0, 2, 1]).carried_over(5, 1);
        assert_eq!((all.after, all.up_to), (vec![0, 5], vec![0, 5, 1]));
        let of_index = rows(&[0, 2, 1], &[0, 2, 1, 9, 3]).carried_over(5, 1);
        assert!(
            of_index.holds(&[0, 5, 0, 9]) && of_index.holds(&[0, 5, 0, 0]) && !of_index.holds(&[0, 5, 0, 10])
        );
    }

    #[test]
    fn and_into_the_indexes_of_tables() {
        let at = Timestamp::from_milliseconds(7);
        let cut = |after: Option<&[u8]>, up_to: Option<&[u8]>| {
            let cut = LostRows::of_indexes(after, up_to, at, [2, 3]);
            assert!(cut.iter().all(LostRows::is_of_indexes));
            cut.into_iter().map(|rows| (rows.after, rows.up_to)).collect::<Vec<_>>()
        };
        let whole = |number| (vec![0, number, 1], vec![0, number, 255]);
        assert_eq!(cut(Some(&[0, 2, 0, 7]), Some(&[0, 2, 0, 9])), []);
        assert_eq!(cut(Some(&[0, 2, 0, 7]), Some(&[0, 2, 1, 9])), [(vec![0, 2, 1], vec![0, 2, 1, 9])]);
        assert_eq!(cut(Some(&[0, 2, 2, 7]), Some(&[0, 3, 0, 7])), [(vec![0, 2, 2, 7], vec![0, 2, 255])]);
        assert_eq!(cut(None, None), [2, 3].map(whole));
        let lost =
            Lost { refused: LostRows::of_indexes(Some(&[0, 2, 1, 4]), None, at, [2]), passed: Vec::new() };
        let is_met = |prefix: &[u8]| lost.clear_part(&KeyRange::prefix(prefix), Direction::Forward).is_some();
        assert!(is_met(&[0, 2, 1, 4]) && is_met(&[0, 2, 2]) && !is_met(&[0, 2, 1, 3]) && !is_met(&[0, 3, 1]));
        assert!(!is_met(&[0, 2, 0]) && !is_met(&[0, 3]));
    }
}
