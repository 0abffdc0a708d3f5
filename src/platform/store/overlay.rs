//! Changes that are not in the file yet, as one ordered walk.

use std::collections::btree_map;
use std::iter::Peekable;
use std::ops::Bound;

use super::Direction;
use super::engine::{Changes, KeyRange};

/// A key with what is to stand under it.
pub(super) type Entry<'a> = (&'a Vec<u8>, &'a Option<Vec<u8>>);
type ChangeRange<'a> = btree_map::Range<'a, Vec<u8>, Option<Vec<u8>>>;

/// The layers of pending changes as one ordered walk; the closure's own win over the group's, and those over what is on
/// its way to the disk.
pub(super) struct Overlay<'a> {
    layers: [Peekable<Directed<'a>>; 3],
    direction: Direction,
}

struct Directed<'a>(ChangeRange<'a>, Direction);

impl<'a> Iterator for Directed<'a> {
    type Item = Entry<'a>;
    fn next(&mut self) -> Option<Self::Item> {
        match self.1 {
            Direction::Forward => self.0.next(),
            Direction::Backward => self.0.next_back(),
        }
    }
}

impl<'a> Overlay<'a> {
    pub(super) fn new(layers: [&'a Changes; 3], range: &KeyRange, direction: Direction) -> Self {
        let bounds: (Bound<&[u8]>, Bound<&[u8]>) = range.as_bounds();
        let layers = layers.map(|layer| Directed(layer.range::<[u8], _>(bounds), direction).peekable());
        Self { layers, direction }
    }

    /// The first key of any layer.
    fn first(&mut self) -> Option<&'a Vec<u8>> {
        let direction = self.direction;
        let keys = self.layers.iter_mut().filter_map(|layer| layer.peek().map(|(key, _)| *key));
        match direction {
            Direction::Forward => keys.min(),
            Direction::Backward => keys.max(),
        }
    }

    pub(super) fn next(&mut self) -> Option<Entry<'a>> {
        let first = self.first()?;
        let mut found = None;
        for layer in &mut self.layers {
            let entry = layer.next_if(|(key, _)| *key == first);
            found = found.or(entry);
        }
        found
    }

    /// The next entry that lies at or before `key`.
    pub(super) fn next_until(&mut self, key: &[u8]) -> Option<Entry<'a>> {
        let first = self.first()?.as_slice();
        let is_after = match self.direction {
            Direction::Forward => first > key,
            Direction::Backward => first < key,
        };
        if is_after { None } else { self.next() }
    }
}
