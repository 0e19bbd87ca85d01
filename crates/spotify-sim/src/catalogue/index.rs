//! An inverted index over folded words: which documents contain a word, and how well they cover a query.

use std::collections::HashMap;

use crate::fold::nearly;

/// The number of a document, counted from 0.
pub(super) type Doc = u32;

/// Where in a document a word stands; one bit each.
pub(super) mod field {
    pub(in crate::catalogue) const NAME: u8 = 1;
    pub(in crate::catalogue) const ARTIST: u8 = 2;
    pub(in crate::catalogue) const ALBUM: u8 = 4;
    pub(in crate::catalogue) const ANY: u8 = 7;
}

/// A word and the documents that contain it, with the fields it stands in.
type Entry = (Box<str>, Box<[(Doc, u8)]>);

/// Collects words before they are sorted.
#[derive(Default)]
pub(super) struct IndexBuilder {
    words: HashMap<String, Vec<(Doc, u8)>>,
    docs: u32,
}

impl IndexBuilder {
    /// Says that the words stand in one field of `doc`. Documents come in ascending order.
    pub(super) fn add(&mut self, doc: Doc, field: u8, words: impl IntoIterator<Item = String>) {
        self.docs = self.docs.max(doc + 1);
        for word in words {
            let postings = self.words.entry(word).or_default();
            match postings.last_mut() {
                Some((last, fields)) if *last == doc => *fields |= field,
                _ => postings.push((doc, field)),
            }
        }
    }

    pub(super) fn build(self) -> Index {
        let mut words: Vec<Entry> = self.words.into_iter().map(|(word, docs)| (word.into(), docs.into())).collect();
        words.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Index { words, docs: self.docs }
    }
}

/// The words of all documents in order, each with the documents that contain it.
pub(super) struct Index {
    words: Vec<Entry>,
    docs: u32,
}

impl Index {
    /// How much of the query each document covers, from 0 to 1; documents that cover nothing are left out.
    ///
    /// Rare words weigh more. The last word may be the beginning of one; a word that is nowhere may be one letter off.
    pub(super) fn coverage(&self, query: &[String], fields: u8) -> HashMap<Doc, f32> {
        let mut covered: HashMap<Doc, f32> = HashMap::new();
        let mut whole = 0.0;
        for (at, word) in query.iter().enumerate() {
            let exact = self.postings(word);
            let weight = self.weight(exact.len());
            whole += weight;
            let mut found: HashMap<Doc, f32> = HashMap::new();
            collect(&mut found, exact, fields, 1.0);
            if at + 1 == query.len() && word.chars().count() > 1 {
                for (longer, postings) in self.beginning_with(word) {
                    collect(&mut found, postings, fields, 0.9 * share(word.len(), longer.len()));
                }
            }
            if found.is_empty() && word.chars().count() > 3 {
                for (near, postings) in self.beginning_with(first_letter(word)) {
                    if nearly(word, near) {
                        collect(&mut found, postings, fields, 0.7);
                    }
                }
            }
            for (doc, quality) in found {
                *covered.entry(doc).or_default() += weight * quality;
            }
        }
        covered.values_mut().for_each(|sum| *sum /= whole);
        covered
    }

    fn postings(&self, word: &str) -> &[(Doc, u8)] {
        match self.words.binary_search_by(|(known, _)| (**known).cmp(word)) {
            Ok(at) => &self.words[at].1,
            Err(_) => &[],
        }
    }

    fn beginning_with(&self, start: &str) -> impl Iterator<Item = (&str, &[(Doc, u8)])> {
        let from = self.words.partition_point(|(known, _)| **known < *start);
        self.words[from..]
            .iter()
            .take_while(move |(known, _)| known.starts_with(start))
            .map(|(known, postings)| (&**known, &**postings))
    }

    /// The inverse document frequency; a word that is nowhere weighs most.
    #[expect(clippy::cast_precision_loss, reason = "a weight need not be exact")]
    fn weight(&self, found: usize) -> f32 {
        ((1 + self.docs) as f32 / (1 + found) as f32).ln().max(0.05)
    }
}

fn collect(found: &mut HashMap<Doc, f32>, postings: &[(Doc, u8)], fields: u8, quality: f32) {
    for (doc, at) in postings {
        if at & fields != 0 {
            let best = found.entry(*doc).or_default();
            *best = best.max(quality);
        }
    }
}

/// `part` as a share of `whole`, at most 1.
#[expect(clippy::cast_precision_loss, reason = "lengths of words")]
pub(super) fn share(part: usize, whole: usize) -> f32 {
    (part as f32 / whole.max(1) as f32).min(1.0)
}

fn first_letter(word: &str) -> &str {
    let end = word.chars().next().map_or(0, char::len_utf8);
    &word[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::words;

    fn index() -> Index {
        let mut builder = IndexBuilder::default();
        for (doc, name) in (0..).zip(["Linkin Park", "Park Avenue", "The Who", "The Band"]) {
            builder.add(doc, field::NAME, words(name));
        }
        builder.add(3, field::ALBUM, words("Park"));
        builder.build()
    }

    fn covered(query: &str, fields: u8) -> Vec<Doc> {
        let mut docs: Vec<Doc> = index().coverage(&words(query), fields).into_keys().collect();
        docs.sort_unstable();
        docs
    }

    #[test]
    fn words_prefixes_and_slips_are_found_in_their_field() {
        assert_eq!(covered("park", field::NAME), [0, 1]);
        assert_eq!(covered("park", field::ANY), [0, 1, 3]);
        assert_eq!(covered("linkn", field::NAME), [0]);
        assert_eq!(covered("aven", field::NAME), [1]);
        assert!(covered("zzz", field::ANY).is_empty());
    }

    #[test]
    fn a_rare_word_weighs_more_than_a_common_one() {
        let covered = index().coverage(&words("the who"), field::NAME);
        assert!((covered[&2] - 1.0).abs() < 1e-6);
        assert!(covered[&3] < 0.5);
    }
}
