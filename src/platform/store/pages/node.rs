//! What a page holds: a leaf has pairs of key and value, a branch has children with the greatest key of each but the
//! last between them. Everything is read with its bounds checked: the page may be damaged.

/// Where a page is: its region, its number among the pages of its size there, and its size as a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageNumber {
    pub(super) region: u32,
    pub(super) index: u32,
    pub(super) order: u8,
}

impl PageNumber {
    fn read(bytes: &[u8], at: usize) -> Option<Self> {
        const TWENTY_BITS: u64 = 0xF_FFFF;
        let packed = number(bytes, at)?;
        let order = u8::try_from(packed >> 59).ok()?;
        Some(Self {
            region: u32::try_from((packed >> 20) & TWENTY_BITS).ok()?,
            index: u32::try_from(packed & (TWENTY_BITS >> order)).ok()?,
            order,
        })
    }
}

/// A page below another, and what its bytes must add up to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    pub(super) page: PageNumber,
    pub(super) checksum: u128,
}

impl Child {
    /// The root of a tree: number, checksum.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        Some(Self { page: PageNumber::read(bytes, 0)?, checksum: wide(bytes, 8)? })
    }
}

/// Bytes of keys and of values, where they all have the same.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Widths {
    key: Option<usize>,
    value: Option<usize>,
}

/// A page's content.
pub(super) enum Node<'a> {
    Leaf(Vec<(&'a [u8], &'a [u8])>),
    Branch { children: Vec<Child>, keys: Vec<&'a [u8]> },
}

pub(super) struct Parsed<'a> {
    pub(super) node: Node<'a>,
    /// Where its content ends: so far the checksum goes.
    pub(super) end: usize,
}

/// Four bytes, the least first.
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Eight bytes.
pub(super) fn number(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Sixteen bytes.
pub(super) fn wide(bytes: &[u8], at: usize) -> Option<u128> {
    Some(u128::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn position(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(word(bytes, at)?).ok()
}

/// What a page holds; `None` when it cannot be a page.
pub(super) fn parse(page: &[u8], widths: Widths) -> Option<Parsed<'_>> {
    const LEAF: u8 = 1;
    const BRANCH: u8 = 2;
    let count = usize::from(u16::from_le_bytes(*page.get(2..)?.first_chunk()?));
    if count == 0 {
        return None;
    }
    match *page.first()? {
        LEAF => leaf(page, count, widths),
        BRANCH => branch(page, count, widths.key),
        _ => None,
    }
}

/// Where each of `count` pieces ends: at the positions that stand from `at`, or one width behind the other.
fn ends(page: &[u8], count: usize, at: usize, start: usize, width: Option<usize>) -> Option<Vec<usize>> {
    match width {
        None => (0..count).map(|place| position(page, at + 4 * place)).collect(),
        Some(width) => (1..=count).map(|place| start.checked_add(width.checked_mul(place)?)).collect(),
    }
}

/// The pieces of a page from `start` to each end.
fn pieces<'a>(page: &'a [u8], start: usize, ends: &[usize]) -> Option<Vec<&'a [u8]>> {
    let starts = std::iter::once(start).chain(ends.iter().copied());
    starts.zip(ends).map(|(from, to)| page.get(from..*to)).collect()
}

fn leaf(page: &[u8], count: usize, widths: Widths) -> Option<Parsed<'_>> {
    let key_ends_bytes = if widths.key.is_none() { 4 * count } else { 0 };
    let value_ends_bytes = if widths.value.is_none() { 4 * count } else { 0 };
    let keys_start = 4 + key_ends_bytes + value_ends_bytes;
    let key_ends = ends(page, count, 4, keys_start, widths.key)?;
    let values_start = *key_ends.last()?;
    let value_ends = ends(page, count, 4 + key_ends_bytes, values_start, widths.value)?;
    let keys = pieces(page, keys_start, &key_ends)?;
    let values = pieces(page, values_start, &value_ends)?;
    let end = *value_ends.last()?;
    Some(Parsed { node: Node::Leaf(keys.into_iter().zip(values).collect()), end })
}

fn branch(page: &[u8], count: usize, key_width: Option<usize>) -> Option<Parsed<'_>> {
    let children = count + 1;
    let (checksums, numbers) = (8, 8 + 16 * children);
    let ends_start = numbers + 8 * children;
    let keys_start = ends_start + if key_width.is_none() { 4 * count } else { 0 };
    let key_ends = ends(page, count, ends_start, keys_start, key_width)?;
    let child = |place: usize| {
        Some(Child {
            page: PageNumber::read(page, numbers + 8 * place)?,
            checksum: wide(page, checksums + 16 * place)?,
        })
    };
    Some(Parsed {
        node: Node::Branch {
            children: (0..children).map(child).collect::<Option<_>>()?,
            keys: pieces(page, keys_start, &key_ends)?,
        },
        end: *key_ends.last()?,
    })
}

/// A table as the tree of tables describes it: its root, and the widths of its keys and values. `None` when it is
/// empty.
pub(super) fn table(described: &[u8]) -> Option<(Child, Widths)> {
    const ROOT: usize = 9;
    const KEY: usize = 42;
    const VALUE: usize = 47;
    if *described.get(ROOT)? == 0 {
        return None;
    }
    let width = |at: usize| -> Option<Option<usize>> {
        Some(if *described.get(at)? == 0 { None } else { Some(position(described, at + 1)?) })
    };
    Some((Child::read(described.get(ROOT + 1..)?)?, Widths { key: width(KEY)?, value: width(VALUE)? }))
}
