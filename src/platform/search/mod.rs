//! Searching things by name while they are being typed: prefixes, typing errors, Khmer and Latin script.
//!
//! The index is derived data. It lies in its own folder, carries the [`Watermark`] up to which it has seen the
//! store, and is rebuilt when it is lost, damaged or behind, while searches go on over what there is.
//!
//! # Why not a scored full-text query
//! People type the start of a name and expect names that start so. A scored query looks at every match before
//! it knows the best ten; among 100,000 names a short prefix matches thousands. Here the order of the answer is the
//! order of the term dictionary: each name stands in it once for each of its words, behind one character that
//! says how good a match there would be (word position, then kind of name). So the ten best are the first ten of a few
//! ordered ranges, and a query costs microseconds, however much it matches.
//!
//! Only this folder names the search library.

mod index;
mod khmer;
mod segment;
mod snapshot;
mod sound;
mod text;
mod vocabulary;

pub use index::{Batch, NameIndex};
pub use sound::skeleton;
pub use text::{clusters, folded};

use serde::{Deserialize, Serialize};

/// Most characters of a query that are looked at.
pub const QUERY_CHARACTERS_MAX: usize = 64;
/// Most hits of one search.
pub const HITS_MAX: usize = 100;

/// Something to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: u128,
    /// The names by which it is found.
    pub names: Vec<Name>,
    /// Words that narrow a search by name but find nothing by themselves: form, strength.
    pub facets: Vec<String>,
    /// Order among entries found by the same name, smallest first.
    pub rank: u64,
}

/// One name of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// What kind of name it is.
    pub kind: NameKind,
    /// As written.
    pub text: String,
}

/// What kind of name it is; the better kinds come first in answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// The thing's proper name.
    Proper,
    /// Its name in the language of the country.
    Local,
    /// Its name in another language.
    Foreign,
    /// A name under which it is also known, such as a brand.
    Alias,
}

impl NameKind {
    /// All of them, the better first.
    pub const ALL: [Self; 4] = [Self::Proper, Self::Local, Self::Foreign, Self::Alias];
}

/// Up to where an index has seen the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// Number of the last change seen.
    pub revision: u64,
    /// Tells two histories with the same numbers apart.
    pub mark: u64,
}

/// How an entry was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchKind {
    /// The whole name.
    Exact,
    /// The start of a name or of a word in it, or several words.
    Prefix,
    /// After mending the spelling.
    Similar,
}

/// Something found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The entry's id.
    pub id: u128,
    /// How it was found.
    pub kind: MatchKind,
}
