//! The walk through the pages of a commit.

use std::collections::HashSet;
use std::fs::File;
use std::os::unix::fs::FileExt;

use twox_hash::XxHash3_128;

use super::header::Geometry;
use super::node::{self, Child, Node, Parsed, Widths, parse};
use super::{DEPTH_MAX, FAULTS_MAX, Found, Held, PageFault, Stretch, Survey, Take};
use crate::platform::store::engine::EngineError;

/// What walks through the pages of a commit and looks at each.
pub(super) struct Walk<'a> {
    file: &'a File,
    geometry: Geometry,
    take: Take<'a>,
    /// How many pages below its root a table of the clinic is looked at.
    reach: usize,
    stretch: Stretch<'a>,
    survey: Survey,
    /// Bytes that were read so far.
    read: u64,
    /// Behind which key the next stretch begins, once this one is over.
    next: Option<Vec<u8>>,
    full: bool,
    /// Pages that were reached through a damaged one: such a way may lead in circles, so each is taken once.
    doubtful: HashSet<u64>,
}

/// The way down to a page.
#[derive(Clone, Copy)]
struct Above {
    depth: usize,
    /// Whether every page of it is what was written.
    sound: bool,
}

/// Between which keys a page lies.
type Bounds<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// The bounds of a page by those of the page above it and the keys beside it there, of which a damaged page may say
/// anything.
fn narrowed<'a>((after, up_to): Bounds<'a>, before: Option<&'a [u8]>, own: Option<&'a [u8]>) -> Bounds<'a> {
    // Nothing is less than any key.
    (after.max(before), up_to.into_iter().chain(own).min())
}

pub(super) fn is_within(key: &[u8], (after, up_to): Bounds<'_>) -> bool {
    after.is_none_or(|after| key > after) && up_to.is_none_or(|up_to| key <= up_to)
}

impl<'a> Walk<'a> {
    /// Through a file: so many pages below its root at most, and only through one stretch of the entries.
    pub(super) fn through(
        file: &'a File,
        geometry: Geometry,
        take: Take<'a>,
        (reach, stretch): (usize, Stretch<'a>),
        survey: Survey,
    ) -> Self {
        let doubtful = HashSet::new();
        Self { file, geometry, take, reach, stretch, survey, read: 0, next: None, full: false, doubtful }
    }

    /// What was found, and behind which key the next stretch begins.
    pub(super) fn done(mut self) -> (Survey, Option<Vec<u8>>) {
        if self.full {
            self.survey.faults.truncate(FAULTS_MAX);
        }
        (self.survey, self.next)
    }
}

impl Walk<'_> {
    /// The tree of the tables, and each table below it.
    pub(super) fn tables(&mut self, root: Child, is_ours: bool) -> Result<(), EngineError> {
        let held = if is_ours { Held::Way } else { Held::Books };
        let mut tables = Vec::new();
        let root_of_all = Above { depth: 0, sound: true };
        self.tree(root, Widths::default(), held, (None, None), root_of_all, &mut |_, found| {
            tables.extend(node::table(found.value).map(|table| (table, found.sound)));
            Ok(())
        })?;
        for ((root, widths), sound) in tables {
            let held = if is_ours { Held::Entries } else { Held::Books };
            self.tree(root, widths, held, (None, None), Above { depth: 0, sound }, &mut |walk, found| {
                if !is_ours {
                    return Ok(());
                }
                let is_new = walk.stretch.after.is_none_or(|after| found.key > after);
                walk.survey.entries += u64::from(found.sound && is_new);
                (walk.take)(found)
            })?;
        }
        Ok(())
    }

    /// Whether what lies between these keys belongs to another stretch: one before, or one to come.
    fn leaves_out(&mut self, (begin, end): Bounds<'_>) -> bool {
        let after = self.stretch.after;
        let is_done = after.is_some_and(|after| end.is_some_and(|end| end <= after));
        if self.next.is_none() && self.read >= self.stretch.bytes && begin > after {
            self.next = begin.map(<[u8]>::to_vec);
        }
        is_done || self.next.is_some()
    }

    fn fault(
        &mut self,
        offset: u64,
        held: Held,
        (after, up_to): Bounds<'_>,
        what: &'static str,
        legible: bool,
    ) {
        if self.survey.faults.len() >= FAULTS_MAX {
            self.full = true;
            return;
        }
        let (after, up_to) = (after.map(<[u8]>::to_vec), up_to.map(<[u8]>::to_vec));
        self.survey.faults.push(PageFault { offset, held, after, up_to, what, legible });
    }

    /// A page and everything below it. Below a damaged page nothing more is called damaged: it is doubtful already.
    fn tree(
        &mut self,
        at: Child,
        widths: Widths,
        held: Held,
        bounds: Bounds<'_>,
        above: Above,
        each: &mut dyn FnMut(&mut Self, Found<'_>) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let place = self.geometry.place(at.page);
        let Some((offset, size)) = place.filter(|(offset, size)| {
            above.depth < DEPTH_MAX
                && offset.checked_add(*size).is_some_and(|end| end <= self.survey.file_bytes)
        }) else {
            if above.sound {
                let offset = place.map_or(0, |(offset, _)| offset);
                self.fault(offset, held, bounds, "it lies behind the end of the file", false);
            }
            return Ok(());
        };
        if !above.sound && !self.doubtful.insert(offset) {
            return Ok(());
        }
        self.read += size;
        let is_begun = self.stretch.after.is_some_and(|after| bounds.0.is_none_or(|begin| begin < after));
        self.survey.used_bytes += if is_begun { 0 } else { size };
        let mut page = vec![0; usize::try_from(size).map_err(|error| EngineError::Io(error.to_string()))?];
        let is_read = self.file.read_exact_at(&mut page, offset).is_ok();
        let parsed = if is_read { parse(&page, widths) } else { None };
        let Some(Parsed { node, end }) = parsed else {
            if above.sound {
                let what = if is_read { "it holds something else" } else { "the disk cannot read it" };
                self.fault(offset, held, bounds, what, false);
            }
            return Ok(());
        };
        let sound = above.sound && XxHash3_128::oneshot(page.get(..end).unwrap_or_default()) == at.checksum;
        if above.sound && !sound {
            let is_branch = matches!(node, Node::Branch { .. });
            let held = if is_branch && held == Held::Entries { Held::Way } else { held };
            self.fault(offset, held, bounds, "its checksum is wrong", true);
        }
        match node {
            Node::Leaf(pairs) => pairs
                .into_iter()
                .filter(|(key, _)| sound || is_within(key, bounds))
                .try_for_each(|(key, value)| each(self, Found { key, value, sound })),
            Node::Branch { .. } if held == Held::Entries && above.depth >= self.reach => Ok(()),
            Node::Branch { children, keys } => {
                for (place, child) in children.into_iter().enumerate() {
                    let before = place.checked_sub(1).and_then(|place| keys.get(place).copied());
                    let within = narrowed(bounds, before, keys.get(place).copied());
                    if held == Held::Entries && sound && self.leaves_out(within) {
                        continue;
                    }
                    let above = Above { depth: above.depth + 1, sound };
                    self.tree(child, widths, held, within, above, each)?;
                }
                Ok(())
            }
        }
    }
}
