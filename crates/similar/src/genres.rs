//! A catalogue's genre vocabulary, and the cosine between two artists' genres.
//!
//! TF-IDF: a genre of an artist weighs `sqrt(ln(1 + n / df))`, where `df` of the `n` artists that have genres have it. The root
//! flattens the usual logarithm: a genre that only two artists have says less about them than its rarity suggests. The cosine is a soft
//! one (Sidorov et al., Computación y Sistemas 2014): related genres (module `related`) count in part, `xᵀSy` with `S` holding 1 for a
//! genre itself, and each artist's `xᵀSx` brought to 1.
//!
//! All weights are whole numbers, so that their sums are exact: a cosine is the same from either end, in whatever order it is summed.
//!
//! Genres are compared without case and surrounding blanks, each counts once per artist, and blank ones do not count.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::crowds::ALONE;
use crate::related::{self, WHOLE};
use crate::sparse::Sparse;
use crate::tree::LEAF;

/// What the weight 1 of a genre is written as.
const STEPS: f64 = 1024.0;

/// What the weight 1 of a genre in an artist that has it from its neighbours is written as.
const BORROWED_STEPS: f64 = 65_536.0;

/// The genres that artists have, by name, while they come in.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    numbers: BTreeMap<String, u32>,
    starts: Vec<usize>,
    entries: Vec<u32>,
}

impl Tags {
    /// Whether any artist has one.
    pub(crate) fn has_any(&self) -> bool {
        !self.numbers.is_empty()
    }

    /// Per artist a number that those with the same genres share; [`ALONE`] for those that are `alone`.
    pub(crate) fn kinds(&self, alone: impl Fn(usize, bool) -> bool) -> Vec<u32> {
        let mut kinds: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        let mut start = 0;
        let kind = |(item, end): (usize, &usize)| {
            let mut row = self.entries[std::mem::replace(&mut start, *end)..*end].to_vec();
            if alone(item, !row.is_empty()) {
                return ALONE;
            }
            row.sort_unstable();
            row.dedup();
            let next = u32::try_from(kinds.len()).unwrap_or(u32::MAX);
            *kinds.entry(row).or_insert(next)
        };
        self.starts.iter().enumerate().map(kind).collect()
    }

    /// Per artist its genres, weighed as the [`Genres`] will be and brought to a length of 1, by numbers of their own. Nothing of anybody
    /// if nobody has any.
    pub(crate) fn directions(&self) -> Sparse {
        if !self.has_any() {
            return Sparse::default();
        }
        let mut start = 0;
        let rows: Vec<Vec<u32>> = self
            .starts
            .iter()
            .map(|end| {
                let mut row = self.entries[std::mem::replace(&mut start, *end)..*end].to_vec();
                row.sort_unstable();
                row.dedup();
                row
            })
            .collect();
        let mut counts = vec![0.0_f64; self.numbers.len()];
        for genre in rows.iter().flatten() {
            counts[*genre as usize] += 1.0;
        }
        let artists = rows.iter().filter(|row| !row.is_empty()).fold(0.0, |count, _| count + 1.0);
        let weights: Vec<f32> = counts.iter().map(|count| rarity(artists, *count)).collect();
        Sparse::from_rows(rows.into_iter().map(|row| {
            let length = row.iter().map(|genre| weights[*genre as usize].powi(2)).sum::<f32>().sqrt();
            row.into_iter().map(|genre| (genre, weights[genre as usize] / length)).collect()
        }))
    }

    /// The genres of one more artist.
    pub(crate) fn push(&mut self, genres: &[String]) {
        for genre in genres {
            let key = genre.trim().to_lowercase();
            if !key.is_empty() {
                let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
                self.entries.push(*self.numbers.entry(key).or_insert(next));
            }
        }
        self.starts.push(self.entries.len());
    }

    /// The vocabulary in alphabetical order, and per artist the numbers in that order, ascending and without repetition.
    fn finish(self) -> (BTreeMap<String, u32>, Vec<Vec<u32>>) {
        let mut renumbered = vec![0; self.numbers.len()];
        let mut numbers = self.numbers;
        for (after, before) in (0..).zip(numbers.values_mut()) {
            renumbered[*before as usize] = after;
            *before = after;
        }
        let mut start = 0;
        let row = |end: usize| {
            let mut row: Vec<u32> = self.entries[std::mem::replace(&mut start, end)..end]
                .iter()
                .map(|old| renumbered[*old as usize])
                .collect();
            row.sort_unstable();
            row.dedup();
            row
        };
        (numbers, self.starts.into_iter().map(row).collect())
    }
}

/// Every item's genres, weighted, by position and by genre.
#[derive(Debug, Default)]
pub(crate) struct Genres {
    /// By number: alphabetical, but for those of artists that were added later.
    names: Vec<String>,
    numbers: BTreeMap<String, u32>,
    /// Per genre its weight in whole steps.
    rarity: Vec<f32>,
    /// Artists with genres, for the weights of genres that come later.
    artists: f64,
    related: Sparse,
    by_position: Sparse,
    /// Per position: what its weights are to be multiplied by; 0 without genres.
    scales: Vec<f64>,
    /// Per position: whether the genres are its own, not its neighbours'.
    own: Vec<bool>,
    all_own: bool,
    /// Positions of each genre, ascending; without those of members of crowds, and of those that were added later.
    lists: Sparse,
}

impl Genres {
    /// Counts the vocabulary and weighs the genres of each item. `order` are the items in the order of their positions.
    pub(crate) fn build(tags: Tags, order: &[u32]) -> Self {
        let (numbers, rows) = tags.finish();
        let names: Vec<String> = numbers.keys().cloned().collect();
        let mut counts = vec![0.0_f64; names.len()];
        for genre in rows.iter().flatten() {
            counts[*genre as usize] += 1.0;
        }
        let artists = rows.iter().filter(|row| !row.is_empty()).fold(0.0, |count, _| count + 1.0);
        let rarity = counts.iter().map(|count| rarity(artists, *count)).collect();
        let related = related::relate(&names, &counts, artists, rows.iter().map(Vec::as_slice));
        let mut genres = Self { names, numbers, rarity, artists, related, ..Self::default() };
        for item in order {
            genres.place(rows.get(*item as usize).map_or(&[], Vec::as_slice));
        }
        genres.all_own = genres.own.iter().all(|own| *own);
        genres
    }

    /// The genres of the next position.
    fn place(&mut self, row: &[u32]) {
        let weighted: Vec<(u32, f32)> = row.iter().map(|genre| (*genre, self.rarity[*genre as usize])).collect();
        let mut whole = 0.0;
        for (genre, weight) in &weighted {
            whole += f64::from(WHOLE) * f64::from(*weight).powi(2);
            for (other, strength) in self.related_to(*genre) {
                if let Ok(at) = weighted.binary_search_by_key(other, |(genre, _)| *genre) {
                    whole += f64::from(*strength) * f64::from(*weight) * f64::from(weighted[at].1);
                }
            }
        }
        self.by_position.push(weighted);
        self.scales.push(if whole > 0.0 { 1.0 / whole.sqrt() } else { 0.0 });
        self.own.push(!row.is_empty());
    }

    /// The genres of an item that was added later, at the next position. New names get the weight of a genre that one artist has.
    pub(crate) fn push(&mut self, genres: &[String]) {
        let mut tags = Tags::default();
        tags.push(genres);
        let mut row: Vec<u32> = tags
            .numbers
            .into_keys()
            .map(|name| {
                let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
                let number = *self.numbers.entry(name.clone()).or_insert(next);
                if number == next {
                    self.names.push(name);
                    self.rarity.push(rarity(self.artists.max(1.0), 1.0));
                }
                number
            })
            .collect();
        row.sort_unstable();
        self.place(&row);
        self.all_own &= !row.is_empty();
    }

    /// Gives the items that have no genres those of their neighbours, as (position, weights), and makes the lists, in which the positions
    /// `without` do not stand.
    pub(crate) fn lend(&mut self, borrowed: Vec<(usize, Vec<(u32, f64)>)>, without: Range<usize>) {
        if !borrowed.is_empty() {
            let mut rows = Sparse::default();
            let mut next = borrowed.into_iter().peekable();
            for position in 0..self.by_position.len() {
                if let Some((_, weights)) = next.next_if(|(at, _)| *at == position) {
                    self.scales[position] = 1.0 / BORROWED_STEPS;
                    rows.push(weights.iter().map(|(genre, weight)| (*genre, whole(weight * BORROWED_STEPS))));
                } else {
                    rows.push(self.by_position.row(position).iter().copied());
                }
            }
            self.by_position = rows;
        }
        self.lists = self.by_position.transposed(self.names.len(), &without);
    }

    /// Gives the last item, which has no genres, those of its neighbours.
    pub(crate) fn lend_last(&mut self, weights: &[(u32, f64)]) {
        if let Some(scale) = self.scales.last_mut() {
            *scale = 1.0 / BORROWED_STEPS;
            self.by_position
                .extend_last(weights.iter().map(|(genre, weight)| (*genre, whole(weight * BORROWED_STEPS))));
        }
    }

    /// Whether anybody has a genre.
    pub(crate) const fn has_any(&self) -> bool {
        !self.names.is_empty()
    }

    /// Whether the item at a position has genres of its own.
    #[inline]
    pub(crate) fn knows(&self, position: usize) -> bool {
        self.own[position]
    }

    /// Whether every item has genres of its own.
    pub(crate) const fn all_known(&self) -> bool {
        self.all_own
    }

    /// How many genres there are.
    pub(crate) fn vocabulary(&self) -> u32 {
        u32::try_from(self.names.len()).unwrap_or(u32::MAX)
    }

    /// What the weights at a position are to be multiplied by.
    pub(crate) fn scale(&self, position: usize) -> f64 {
        self.scales[position]
    }

    /// The weights at a position such that its own length is 1.
    pub(crate) fn weights(&self, position: usize) -> impl Iterator<Item = (u32, f64)> {
        let scale = self.scales[position];
        self.by_position.row(position).iter().map(move |(genre, weight)| (*genre, f64::from(*weight) * scale))
    }

    /// The positions of the items that have a genre, ascending, with their weights.
    pub(crate) fn list(&self, genre: u32) -> &[(u32, f32)] {
        if (genre as usize) < self.lists.len() { self.lists.row(genre as usize) } else { &[] }
    }

    fn related_to(&self, genre: u32) -> &[(u32, f32)] {
        if (genre as usize) < self.related.len() { self.related.row(genre as usize) } else { &[] }
    }

    /// Prepares the cosines from a position.
    pub(crate) fn ask(&self, position: usize, asked: &mut Asked) {
        for genre in asked.touched.drain(..) {
            asked.table[genre as usize] = 0.0;
        }
        asked.table.resize(self.names.len(), 0.0);
        asked.scale = self.scales[position];
        for (genre, weight) in self.by_position.row(position) {
            for (other, strength) in std::iter::once(&(*genre, WHOLE)).chain(self.related_to(*genre)) {
                let sum = &mut asked.table[*other as usize];
                if *sum == 0.0 {
                    asked.touched.push(*other);
                }
                *sum += f64::from(*weight) * f64::from(*strength);
            }
        }
    }

    /// The cosine, 0 to 1, between what was asked and a position.
    #[inline]
    pub(crate) fn cosine(&self, asked: &Asked, position: usize) -> f32 {
        let row = self.by_position.row(position);
        let sum: f64 = row.iter().map(|(genre, weight)| asked.table[*genre as usize] * f64::from(*weight)).sum();
        crate::audio::narrow((sum * (asked.scale * self.scales[position])).min(1.0))
    }

    /// About the cosines between what was asked and all positions below `end`, within 1e-5, padded with zeros to whole leaves.
    pub(crate) fn sums(&self, asked: &Asked, end: usize, out: &mut Vec<f32>) {
        out.clear();
        out.resize(end.next_multiple_of(LEAF), 0.0);
        for genre in &asked.touched {
            let here = crate::audio::narrow(asked.table[*genre as usize] * asked.scale);
            for (position, there) in self.list(*genre) {
                if *position as usize >= end {
                    break;
                }
                out[*position as usize] += here * there;
            }
        }
        for (sum, scale) in out.iter_mut().zip(&self.scales[..end]) {
            *sum *= crate::audio::narrow(*scale);
        }
    }

    /// Names of the genres that both have of their own, the rarest first, equally rare ones alphabetically.
    pub(crate) fn shared(&self, a: usize, b: usize) -> Vec<&str> {
        if !self.own[a] || !self.own[b] {
            return Vec::new();
        }
        let (a, b) = (self.by_position.row(a), self.by_position.row(b));
        let mut shared: Vec<usize> = a
            .iter()
            .map(|(genre, _)| *genre)
            .filter(|genre| b.binary_search_by_key(genre, |(other, _)| *other).is_ok())
            .map(|genre| genre as usize)
            .collect();
        shared.sort_by(|x, y| self.rarity[*y].total_cmp(&self.rarity[*x]).then(self.names[*x].cmp(&self.names[*y])));
        shared.into_iter().map(|genre| self.names[genre].as_str()).collect()
    }

    /// The two most related genres, one of each and in alphabetical order; `None` if there are none.
    pub(crate) fn most_related(&self, a: usize, b: usize) -> Option<(&str, &str)> {
        if !self.own[a] || !self.own[b] {
            return None;
        }
        let mut best: Option<(f32, (&str, &str))> = None;
        for (here, _) in self.by_position.row(a) {
            for (there, strength) in self.related_to(*here) {
                let (one, other) = (self.names[*here as usize].as_str(), self.names[*there as usize].as_str());
                let names = if one <= other { (one, other) } else { (other, one) };
                let has = self.by_position.row(b).binary_search_by_key(there, |(genre, _)| *genre).is_ok();
                if has && best.is_none_or(|(so_far, of)| *strength > so_far || *strength == so_far && names < of) {
                    best = Some((*strength, names));
                }
            }
        }
        best.map(|(_, names)| names)
    }
}

/// What was asked: the weights of an item's genres and of those related to them, by genre.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    table: Vec<f64>,
    touched: Vec<u32>,
    scale: f64,
}

impl Asked {
    /// What a genre counts in a cosine, for a weight of 1 on the other side.
    pub(crate) fn weight(&self, genre: u32) -> f32 {
        crate::audio::narrow(self.table[genre as usize] * self.scale)
    }

    /// The genres, each with the most that it can add to the cosine of an item that has nothing else; an item that has several gets at
    /// most the root of the sum of their squares.
    pub(crate) fn reaches(&self) -> impl Iterator<Item = (u32, f64)> {
        // An item's own weights have at most the length that makes `256 |x|² = 1`.
        let most = self.scale / f64::from(WHOLE).sqrt();
        self.touched.iter().map(move |genre| (*genre, self.table[*genre as usize] * most))
    }
}

/// The distance that a cosine stands for, given the distance of artists without a genre in common (`apart`).
#[inline]
pub(crate) fn distance(apart: f32, cosine: f32) -> f32 {
    let distance = apart - cosine;
    // Rounding leaves the cosine of equal sets within some 1e-7 of 1, on either side.
    if distance < 1e-6 { 0.0 } else { distance }
}

fn rarity(artists: f64, count: f64) -> f32 {
    whole((1.0 + artists / count).ln().sqrt() * STEPS)
}

fn whole(value: f64) -> f32 {
    crate::audio::narrow(value.round())
}
