//! The fields of the index, and reading one of its segments.

use std::sync::Arc;

use tantivy::columnar::Column;
use tantivy::index::{InvertedIndexReader, SegmentId, SegmentReader};
use tantivy::postings::TermInfo;
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, STRING, Schema};
use tantivy::{DocId, DocSet, TERMINATED, TantivyDocument};

use super::text::{cluster_pairs, concentrations, folded, measures_joined, shortened, unhyphenated};
use super::vocabulary::Vocabulary;
use super::{Entry, NameKind};

/// Word positions told apart; a later word counts as the last.
const POSITIONS: usize = 4;
/// Longest name as it stands in the index, in characters.
const NAME_CHARACTERS_MAX: usize = 120;
/// Entries read for one name; more share it only in strange catalogues.
const ENTRIES_OF_NAME_MAX: usize = 256;

/// Where a name starts to match and what kind of name it is. Smaller is better: position first, then kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class(u8);

impl Class {
    pub(super) fn new(position: usize, kind: NameKind) -> Self {
        let place = position.min(POSITIONS - 1) * NameKind::ALL.len() + kind as usize;
        Self(b'0' + u8::try_from(place).unwrap_or(u8::MAX / 2))
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..POSITIONS).flat_map(|position| NameKind::ALL.map(|kind| Self::new(position, kind)))
    }

    fn key(self, text: &str) -> String {
        let mut key = String::with_capacity(text.len() + 1);
        key.push(char::from(self.0));
        key.push_str(text);
        key
    }
}

/// What a term may go on with after the text that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing.
    Whole,
    /// Another word.
    Word,
    /// Anything.
    Prefix,
}

/// The fields of the index.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) schema: Schema,
    pub(super) id: Field,
    id_high: Field,
    id_low: Field,
    rank: Field,
    /// Each name from each of its words to its end, behind its class.
    name: Field,
    /// The words of names.
    word: Field,
    /// The words that only narrow.
    facet: Field,
    /// Pairs of Khmer clusters.
    pair: Field,
}

impl Fields {
    pub(super) fn new() -> Self {
        let mut schema = Schema::builder();
        Self {
            id: schema.add_bytes_field("id", INDEXED),
            id_high: schema.add_u64_field("id_high", FAST),
            id_low: schema.add_u64_field("id_low", FAST),
            rank: schema.add_u64_field("rank", FAST),
            name: schema.add_text_field("name", STRING),
            word: schema.add_text_field("word", STRING),
            facet: schema.add_text_field("facet", STRING),
            pair: schema.add_text_field("pair", STRING),
            schema: schema.build(),
        }
    }

    /// An entry as it is indexed.
    pub(super) fn document(&self, entry: &Entry) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_bytes(self.id, &entry.id.to_be_bytes());
        document.add_u64(self.id_high, u64::try_from(entry.id >> 64).unwrap_or_default());
        document.add_u64(self.id_low, u64::try_from(entry.id & u128::from(u64::MAX)).unwrap_or_default());
        document.add_u64(self.rank, entry.rank);
        let (mut keys, mut words, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
        for name in &entry.names {
            for text in std::iter::once(folded(&name.text)).chain(unhyphenated(&name.text)) {
                let text = shortened(&text, NAME_CHARACTERS_MAX);
                let starts = text.match_indices(' ').map(|(at, _)| at + 1);
                for (position, start) in std::iter::once(0).chain(starts).enumerate() {
                    if let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
                        keys.push(Class::new(position, name.kind).key(rest));
                    }
                }
                words.extend(text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned));
                pairs.extend(cluster_pairs(text));
            }
        }
        let facets = entry.facets.iter().flat_map(|facet| {
            let text = folded(facet);
            let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
            let mut joined = measures_joined(&words);
            joined.extend(concentrations(&words));
            words.into_iter().map(str::to_owned).chain(joined).collect::<Vec<_>>()
        });
        add_each(&mut document, self.facet, facets.collect());
        add_each(&mut document, self.name, keys);
        add_each(&mut document, self.word, words);
        add_each(&mut document, self.pair, pairs);
        document
    }
}

fn add_each(document: &mut TantivyDocument, field: Field, mut texts: Vec<String>) {
    texts.sort_unstable();
    texts.dedup();
    for text in texts {
        document.add_text(field, text);
    }
}

/// One segment, ready to be asked.
pub(super) struct Segment {
    reader: SegmentReader,
    name: Arc<InvertedIndexReader>,
    word: Arc<InvertedIndexReader>,
    facet: Arc<InvertedIndexReader>,
    pair: Arc<InvertedIndexReader>,
    id_high: Column<u64>,
    id_low: Column<u64>,
    rank: Column<u64>,
    /// The words of its names. Never changes, like everything of a segment but which entries were replaced.
    pub(super) vocabulary: Arc<Vocabulary>,
}

/// An entry found under a term.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub(super) term: Vec<u8>,
    pub(super) rank: u64,
    pub(super) id: u128,
}

impl Segment {
    /// Opens a segment; `known` is its vocabulary if an earlier snapshot has read it.
    pub(super) fn open(
        reader: &SegmentReader,
        fields: &Fields,
        known: Option<Arc<Vocabulary>>,
    ) -> tantivy::Result<Self> {
        let word = reader.inverted_index(fields.word)?;
        let vocabulary = match known {
            Some(vocabulary) => vocabulary,
            None => Arc::new(Vocabulary::new(words_of(&word)?)),
        };
        Ok(Self {
            vocabulary,
            word,
            name: reader.inverted_index(fields.name)?,
            facet: reader.inverted_index(fields.facet)?,
            pair: reader.inverted_index(fields.pair)?,
            id_high: reader.fast_fields().u64("id_high")?,
            id_low: reader.fast_fields().u64("id_low")?,
            rank: reader.fast_fields().u64("rank")?,
            reader: reader.clone(),
        })
    }

    fn id_of(&self, doc: DocId) -> u128 {
        let high = self.id_high.first(doc).unwrap_or_default();
        let low = self.id_low.first(doc).unwrap_or_default();
        (u128::from(high) << 64) | u128::from(low)
    }

    fn candidate(&self, term: &[u8], doc: DocId) -> Candidate {
        Candidate { term: term.to_vec(), rank: self.rank.first(doc).unwrap_or_default(), id: self.id_of(doc) }
    }

    /// The first entries, in the order of names, that have a name of this class starting with `text`; only those
    /// in `among`, when it is given.
    pub(super) fn by_name(
        &self,
        class: Class,
        text: &str,
        end: End,
        among: Option<&DocumentSet>,
        limit: usize,
        found: &mut Vec<Candidate>,
    ) -> tantivy::Result<()> {
        let before = found.len();
        visit_terms(&self.name, &class.key(text), end, |term, info| {
            let mut of_name = 0;
            self.visit_documents(&self.name, info, |doc| {
                if among.is_none_or(|set| set.contains(doc)) {
                    found.push(self.candidate(term, doc));
                    of_name += 1;
                }
                of_name < ENTRIES_OF_NAME_MAX
            })?;
            Ok(found.len() - before < limit)
        })
    }

    /// The entries with a word in a name or facet that starts with `text`.
    pub(super) fn with_word(&self, text: &str, end: End) -> tantivy::Result<DocumentSet> {
        let mut set = DocumentSet::new(self.reader.max_doc());
        for field in [&self.word, &self.facet] {
            visit_terms(field, text, end, |_, info| {
                self.visit_documents(field, info, |doc| {
                    set.insert(doc);
                    true
                })?;
                Ok(true)
            })?;
        }
        Ok(set)
    }

    /// Whether any name has a word that starts with `text`.
    pub(super) fn names(&self, text: &str) -> tantivy::Result<bool> {
        let mut known = false;
        visit_terms(&self.word, text, End::Prefix, |_, _| {
            known = true;
            Ok(false)
        })?;
        Ok(known)
    }

    /// Whether any name or facet has a word that starts with `text`.
    pub(super) fn knows(&self, text: &str, end: End) -> tantivy::Result<bool> {
        let mut known = false;
        for field in [&self.word, &self.facet] {
            visit_terms(field, text, end, |_, _| {
                known = true;
                Ok(false)
            })?;
        }
        Ok(known)
    }

    /// Counts for each entry how many of these pairs of Khmer clusters it has; the entries that
    /// have most of them, and at least `least`, are returned with that count.
    pub(super) fn by_pairs(&self, pairs: &[String], least: u32) -> tantivy::Result<Vec<(u32, Candidate)>> {
        let mut counts = vec![0_u8; self.reader.max_doc() as usize];
        let mut touched = Vec::new();
        for pair in pairs {
            visit_terms(&self.pair, pair, End::Whole, |_, info| {
                self.visit_documents(&self.pair, info, |doc| {
                    if let Some(count) = counts.get_mut(doc as usize) {
                        if *count == 0 {
                            touched.push(doc);
                        }
                        *count = count.saturating_add(1);
                    }
                    true
                })?;
                Ok(true)
            })?;
        }
        let count_of = |doc: &DocId| counts.get(*doc as usize).copied().map_or(0, u32::from);
        let most = touched.iter().map(count_of).max().unwrap_or_default();
        // Those that share most are many enough to choose from.
        Ok(touched
            .iter()
            .filter(|doc| count_of(doc) >= least.max(most))
            .map(|doc| (count_of(doc), self.candidate(&[], *doc)))
            .collect())
    }

    /// The segment's name, which no other segment ever has.
    pub(super) fn id(&self) -> SegmentId {
        self.reader.segment_id()
    }

    /// Shows the entries of a term that have not been replaced, until `visit` has seen enough.
    fn visit_documents(
        &self,
        field: &InvertedIndexReader,
        info: &TermInfo,
        mut visit: impl FnMut(DocId) -> bool,
    ) -> tantivy::Result<()> {
        let mut postings = field.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
        let mut doc = postings.doc();
        while doc != TERMINATED {
            if !self.reader.is_deleted(doc) && !visit(doc) {
                break;
            }
            doc = postings.advance();
        }
        Ok(())
    }
}

/// Every word of a name.
fn words_of(field: &InvertedIndexReader) -> tantivy::Result<Vec<String>> {
    let mut words = Vec::new();
    let mut terms = field.terms().stream()?;
    while terms.advance() {
        words.extend(std::str::from_utf8(terms.key()).ok().map(str::to_owned));
    }
    Ok(words)
}

/// Shows the terms that start with `text`, in order, until `visit` has seen enough.
fn visit_terms(
    field: &InvertedIndexReader,
    text: &str,
    end: End,
    mut visit: impl FnMut(&[u8], &TermInfo) -> tantivy::Result<bool>,
) -> tantivy::Result<()> {
    let mut to = text.as_bytes().to_vec();
    to.push(match end {
        End::Whole => 0,
        End::Word => b' ' + 1,
        // No text goes on with this byte.
        End::Prefix => u8::MAX,
    });
    let mut terms = field.terms().range().ge(text.as_bytes()).lt(to).into_stream()?;
    while terms.advance() {
        if !visit(terms.key(), terms.value())? {
            break;
        }
    }
    Ok(())
}

/// Some entries of one segment, one bit each.
pub(super) struct DocumentSet(Vec<u64>);

impl DocumentSet {
    fn new(documents: u32) -> Self {
        Self(vec![0; documents as usize / 64 + 1])
    }

    fn insert(&mut self, doc: DocId) {
        if let Some(bits) = self.0.get_mut(doc as usize / 64) {
            *bits |= 1 << (doc % 64);
        }
    }

    fn contains(&self, doc: DocId) -> bool {
        self.0.get(doc as usize / 64).is_some_and(|bits| bits & (1 << (doc % 64)) != 0)
    }

    /// Keeps what both have.
    pub(super) fn intersect(&mut self, other: &Self) {
        for (bits, others) in self.0.iter_mut().zip(&other.0) {
            *bits &= others;
        }
    }
}
