//! A catalogue's genre vocabulary, and the cosine between two artists' genres.
//!
//! TF-IDF: a genre of an artist weighs `sqrt(ln(1 + n / df))`, where `df` of the `n` artists that have genres have it; each artist's
//! weights are then brought to length 1. The root flattens the usual logarithm: a genre that only two artists have says less about
//! them than its rarity suggests.
//!
//! Genres are compared without case and surrounding blanks, each counts once per artist, and blank ones do not count.

use std::collections::{BTreeMap, BTreeSet};

use crate::audio::narrow;
use crate::sound::TILE;

/// Rows of (column, weight) pairs, one after the other.
#[derive(Debug, Default)]
struct Sparse {
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Sparse {
    fn from_rows(rows: impl IntoIterator<Item = Vec<(u32, f32)>>) -> Self {
        let mut sparse = Self { starts: vec![0], entries: Vec::new() };
        for row in rows {
            sparse.entries.extend(row);
            sparse.starts.push(sparse.entries.len());
        }
        sparse
    }

    fn row(&self, at: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[at]..self.starts[at + 1]]
    }
}

/// Every item's genres, weighted, by item and by genre.
#[derive(Debug)]
pub(crate) struct Genres {
    /// The vocabulary in alphabetical order; the position is the genre's number.
    names: Vec<String>,
    /// Per genre: its weight before an artist's are brought to length 1.
    rarity: Vec<f32>,
    by_item: Sparse,
    by_genre: Sparse,
}

impl Genres {
    /// Counts the vocabulary and weighs the genres of each item. At most `u32::MAX` items and genres.
    pub(crate) fn build<'a>(items: impl Iterator<Item = &'a [String]>) -> Self {
        let key = |genre: &String| genre.trim().to_lowercase();
        let own: Vec<BTreeSet<String>> =
            items.map(|genres| genres.iter().map(key).filter(|genre| !genre.is_empty()).collect()).collect();
        let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
        for genre in own.iter().flatten() {
            *counts.entry(genre).or_default() += 1.0;
        }
        let with_genres = own.iter().filter(|genres| !genres.is_empty()).fold(0.0, |count, _| count + 1.0);
        let numbers: BTreeMap<&str, u32> = counts.keys().copied().zip(0..).collect();
        let rarity: Vec<f32> =
            counts.values().map(|count| narrow((1.0_f64 + with_genres / count).ln().sqrt())).collect();

        let weigh = |genres: &BTreeSet<String>| {
            // In the order of the genre numbers, because both sets and numbers are alphabetical: sums come out the same from both ends.
            let numbered: Vec<u32> = genres.iter().map(|genre| numbers[genre.as_str()]).collect();
            let length = numbered.iter().map(|genre| f64::from(rarity[*genre as usize]).powi(2)).sum::<f64>().sqrt();
            numbered.into_iter().map(|genre| (genre, narrow(f64::from(rarity[genre as usize]) / length))).collect()
        };
        let by_item = Sparse::from_rows(own.iter().map(weigh));
        let mut columns: Vec<Vec<(u32, f32)>> = vec![Vec::new(); rarity.len()];
        for (index, item) in (0..own.len()).zip(0_u32..) {
            for (genre, weight) in by_item.row(index) {
                columns[*genre as usize].push((item, *weight));
            }
        }
        let names = counts.into_keys().map(str::to_owned).collect();
        Self { names, rarity, by_item, by_genre: Sparse::from_rows(columns) }
    }

    /// Whether anybody has a genre.
    pub(crate) fn has_any(&self) -> bool {
        !self.names.is_empty()
    }

    /// Whether the item has a genre.
    pub(crate) fn knows(&self, item: usize) -> bool {
        !self.by_item.row(item).is_empty()
    }

    /// Cosines, 0 to 1, from an item to all, padded with zeros to whole tiles. `out` is overwritten.
    pub(crate) fn cosines(&self, from: usize, out: &mut Vec<f32>) {
        out.clear();
        out.resize((self.by_item.starts.len() - 1).next_multiple_of(TILE), 0.0);
        for (genre, here) in self.by_item.row(from) {
            for (item, there) in self.by_genre.row(*genre as usize) {
                out[*item as usize] += here * there;
            }
        }
    }

    /// Names of the genres that both have, the rarest first, equally rare ones alphabetically.
    pub(crate) fn shared(&self, a: usize, b: usize) -> Vec<&str> {
        let (a, b) = (self.by_item.row(a), self.by_item.row(b));
        let mut shared: Vec<usize> = a
            .iter()
            .map(|(genre, _)| *genre)
            .filter(|genre| b.binary_search_by_key(genre, |(other, _)| *other).is_ok())
            .map(|genre| genre as usize)
            .collect();
        shared.sort_by(|x, y| self.rarity[*y].total_cmp(&self.rarity[*x]).then(x.cmp(y)));
        shared.into_iter().map(|genre| self.names[genre].as_str()).collect()
    }
}

/// The distance that a cosine stands for, given the distance of artists without a genre in common (`apart`).
#[inline]
pub(crate) fn distance(apart: f32, cosine: f32) -> f32 {
    let distance = apart - cosine;
    // Rounding leaves the cosine of equal sets within some 1e-7 of 1, on either side.
    if distance < 1e-6 { 0.0 } else { distance }
}
