//! One state of the index, and how a query is answered from it.
//!
//! In this order, until there are enough hits: whole names; starts of names and of their words; several words in any
//! order; mended spellings; for Khmer, names that share most pairs of clusters.

use std::sync::Arc;

use super::segment::{Candidate, Class, DocumentSet, End, Fields, Segment};
use super::text::{cluster_pairs, folded, is_khmer_word, query_words, shortened, with_concentrations};
use super::vocabulary::{CORRECTIONS_MAX, Correction};
use super::{HITS_MAX, Hit, MatchKind, NameKind, QUERY_CHARACTERS_MAX, Watermark};

/// With fewer hits than this, and no word that is right as it stands, spellings are mended.
const FEW: usize = 3;
/// Words of a query that are looked at.
const WORDS_MAX: usize = 6;
/// Readings of a query of several words with mended spellings that are tried.
const READINGS_MAX: usize = 4;

/// One state of the index.
pub(super) struct Snapshot {
    segments: Vec<Segment>,
    pub(super) watermark: Watermark,
}

struct Found {
    hits: Vec<Hit>,
    limit: usize,
}

impl Found {
    fn is_full(&self) -> bool {
        self.hits.len() >= self.limit
    }

    fn push(&mut self, id: u128, kind: MatchKind) {
        if !self.is_full() && !self.hits.iter().any(|hit| hit.id == id) {
            self.hits.push(Hit { id, kind });
        }
    }
}

impl Snapshot {
    /// Reads the state of `searcher`; what an `earlier` snapshot knows of the same segments is taken over.
    pub(super) fn open(
        searcher: &tantivy::Searcher,
        fields: &Fields,
        watermark: Watermark,
        earlier: Option<&Self>,
    ) -> tantivy::Result<Self> {
        let known = |id| {
            let segments = earlier.map(|snapshot| snapshot.segments.as_slice()).unwrap_or_default();
            segments.iter().find(|segment| segment.id() == id).map(|segment| Arc::clone(&segment.vocabulary))
        };
        let segments = searcher
            .segment_readers()
            .iter()
            .map(|reader| Segment::open(reader, fields, known(reader.segment_id())))
            .collect::<tantivy::Result<_>>()?;
        Ok(Self { segments, watermark })
    }

    /// The best hits for what was typed, the best first. Whatever was typed is text: there is no query syntax.
    pub(super) fn search(&self, typed: &str, limit: usize) -> tantivy::Result<Vec<Hit>> {
        // Folding may lengthen a text, hence both cuts.
        let query = folded(shortened(typed, 4 * QUERY_CHARACTERS_MAX));
        let query = shortened(&query, QUERY_CHARACTERS_MAX);
        let mut found = Found { hits: Vec::new(), limit: limit.min(HITS_MAX) };
        if query.is_empty() || limit == 0 {
            return Ok(found.hits);
        }
        let words = with_concentrations(query_words(query, WORDS_MAX));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for kind in NameKind::ALL {
            self.by_name(Class::new(0, kind), query, End::Whole, None, MatchKind::Exact, &mut found)?;
        }
        self.by_names(query, End::Prefix, None, MatchKind::Prefix, &mut found)?;
        if words.len() > 1 && !found.is_full() {
            self.by_words(&words, MatchKind::Prefix, &mut found)?;
        }
        if found.hits.is_empty() && words.len() > 1 {
            self.by_joined_words(&words, &mut found)?;
        }
        if found.hits.len() < FEW.min(limit) && !self.all_known(&words)? {
            self.mended(&words, &mut found)?;
        }
        if words.len() > 1 && found.hits.is_empty() {
            let joined = words.concat();
            self.by_names(&joined, End::Prefix, None, MatchKind::Similar, &mut found)?;
            self.mended(&[&joined], &mut found)?;
        }
        if found.hits.is_empty() && is_khmer_word(query) {
            self.by_pairs(query, &mut found)?;
        }
        Ok(found.hits)
    }

    /// Names of one class that start with `text`.
    fn by_name(
        &self,
        class: Class,
        text: &str,
        end: End,
        among: Option<&[DocumentSet]>,
        kind: MatchKind,
        found: &mut Found,
    ) -> tantivy::Result<()> {
        let mut candidates = Vec::new();
        for (at, segment) in self.segments.iter().enumerate() {
            let among = among.and_then(|sets| sets.get(at));
            // An entry may be there by several of its names, hence more than the limit.
            segment.by_name(class, text, end, among, 2 * found.limit, &mut candidates)?;
        }
        candidates.sort_unstable();
        candidates.iter().for_each(|candidate| found.push(candidate.id, kind));
        Ok(())
    }

    /// Names of every class that start with `text`, the best class first.
    fn by_names(
        &self,
        text: &str,
        end: End,
        among: Option<&[DocumentSet]>,
        kind: MatchKind,
        found: &mut Found,
    ) -> tantivy::Result<()> {
        for class in Class::all() {
            if found.is_full() {
                break;
            }
            self.by_name(class, text, end, among, kind, found)?;
        }
        Ok(())
    }

    /// Entries that have all words, in the order in which one of them finds names: the first one that does, longer
    /// words before units and other short ones.
    fn by_words(&self, words: &[&str], kind: MatchKind, found: &mut Found) -> tantivy::Result<()> {
        let (mut leaders, short): (Vec<usize>, Vec<usize>) =
            (0..words.len()).partition(|&at| words.get(at).is_some_and(|word| word.chars().nth(2).is_some()));
        leaders.extend(short);
        let before = found.hits.len();
        for leading in leaders {
            self.led_by(leading, words, kind, found)?;
            if found.hits.len() > before {
                break;
            }
        }
        Ok(())
    }

    /// Entries that have all words when two neighbours are one: `beta-methasone cream`, `co amoxiclav 500`.
    fn by_joined_words(&self, words: &[&str], found: &mut Found) -> tantivy::Result<()> {
        for at in 0..words.len().saturating_sub(1) {
            let (before, rest) = words.split_at_checked(at).unwrap_or((words, &[]));
            let [one, other, after @ ..] = rest else { continue };
            let joined = format!("{one}{other}");
            if !is_khmer_word(&joined) && !self.knows(&joined, End::Prefix)? {
                continue;
            }
            let reading: Vec<&str> =
                before.iter().copied().chain([joined.as_str()]).chain(after.iter().copied()).collect();
            match reading.as_slice() {
                [word] => self.by_names(word, End::Prefix, None, MatchKind::Similar, found)?,
                words => self.by_words(words, MatchKind::Similar, found)?,
            }
            if !found.hits.is_empty() {
                break;
            }
        }
        Ok(())
    }

    fn led_by(
        &self,
        leading: usize,
        words: &[&str],
        kind: MatchKind,
        found: &mut Found,
    ) -> tantivy::Result<()> {
        let Some(leader) = words.get(leading) else { return Ok(()) };
        let mut leads = false;
        for segment in &self.segments {
            leads = leads || segment.names(leader)?;
        }
        if !leads {
            return Ok(());
        }
        let mut sets = Vec::with_capacity(self.segments.len());
        for segment in &self.segments {
            let mut all: Option<DocumentSet> = None;
            for (at, word) in words.iter().enumerate().filter(|&(at, _)| at != leading) {
                // A number that is not being typed any more is that number.
                let numeric = word.starts_with(|first: char| first.is_ascii_digit());
                let end = if numeric && at + 1 < words.len() { End::Whole } else { End::Prefix };
                let set = segment.with_word(word, end)?;
                match &mut all {
                    Some(all) => all.intersect(&set),
                    None => all = Some(set),
                }
            }
            sets.extend(all);
        }
        self.by_names(leader, End::Prefix, Some(&sets), kind, found)
    }

    /// Whether every word stands in the index as it was typed.
    fn all_known(&self, words: &[&str]) -> tantivy::Result<bool> {
        for word in words {
            if !self.knows(word, End::Whole)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn knows(&self, word: &str, end: End) -> tantivy::Result<bool> {
        for segment in &self.segments {
            if segment.knows(word, end)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The same with the spelling of unknown words mended.
    fn mended(&self, words: &[&str], found: &mut Found) -> tantivy::Result<()> {
        if let [word] = words {
            for correction in self.corrections(word) {
                self.by_names(&correction.word, End::Word, None, MatchKind::Similar, found)?;
            }
            return Ok(());
        }
        let mut readings: Vec<Vec<String>> = vec![Vec::new()];
        for word in words {
            let mut choices: Vec<String> = if self.knows(word, End::Prefix)? {
                vec![(*word).to_owned()]
            } else {
                self.corrections(word).into_iter().map(|correction| correction.word).take(2).collect()
            };
            if choices.is_empty() {
                choices.push((*word).to_owned());
            }
            readings = readings
                .iter()
                .flat_map(|reading| {
                    choices.iter().map(move |choice| {
                        let mut longer = reading.clone();
                        longer.push(choice.clone());
                        longer
                    })
                })
                .take(READINGS_MAX)
                .collect();
        }
        for reading in &readings {
            let words: Vec<&str> = reading.iter().map(String::as_str).collect();
            self.by_words(&words, MatchKind::Similar, found)?;
        }
        Ok(())
    }

    /// Words that may have been meant, the likeliest first.
    fn corrections(&self, word: &str) -> Vec<Correction> {
        let mut corrections: Vec<Correction> =
            self.segments.iter().flat_map(|segment| segment.vocabulary.corrections(word)).collect();
        corrections.sort();
        corrections.dedup_by(|a, b| a.word == b.word);
        corrections.truncate(CORRECTIONS_MAX);
        corrections
    }

    /// Entries that share more than half of the query's pairs of Khmer clusters, those that share most first.
    fn by_pairs(&self, query: &str, found: &mut Found) -> tantivy::Result<()> {
        let pairs = cluster_pairs(query);
        if pairs.is_empty() {
            return Ok(());
        }
        let least = u32::try_from(pairs.len() / 2 + 1).unwrap_or(u32::MAX);
        let mut candidates: Vec<(u32, Candidate)> = Vec::new();
        for segment in &self.segments {
            candidates.extend(segment.by_pairs(&pairs, least)?);
        }
        candidates.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        candidates.iter().for_each(|(_, candidate)| found.push(candidate.id, MatchKind::Similar));
        Ok(())
    }
}
