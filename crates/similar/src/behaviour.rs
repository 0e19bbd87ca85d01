//! Who is heard with whom: co-listening, sources' own lists of related artists, and shared work, as one sparse strength per pair.
//!
//! Co-listening is item-based collaborative filtering (Sarwar et al., WWW 2001). A listener's plays `p` weigh `ln(1 + p)`, so that a
//! single-minded listener does not decide, and only the 200 most played artists of a listener count. The similarity of two
//! artists is the cosine of their columns times `n / (n + 3)`, where `n` listeners have both: one common listener proves little. To it
//! comes the second order: the cosine of two artists' rows of similarities, which finds artists that are heard with the same third ones.
//!
//! A source's list and shared work are evidence of their own kind; strengths `s` and `t` make `1 - (1 - s)(1 - t)`, so each adds and
//! nothing exceeds 1. Every strength is symmetric.

use rayon::prelude::*;

use crate::audio::narrow;

/// At most this many artists of one listener count, the most played ones.
const USER_CAP: usize = 200;

/// The most similar artists that are kept of each artist before the second order.
const KEPT: usize = 200;

/// Weights and similarities below this are none.
const LEAST: f32 = 1e-6;

/// Common listeners at which a similarity has half its weight.
const SHRINK: f32 = 3.0;

/// What the second order counts beside the first.
const SECOND: f32 = 0.3;

/// Strength of the first place in a source's list of related artists, and of work done together many times.
const SAID: f32 = 0.5;

/// One listener's plays of one item. A table of them may have any order; repeated pairs add up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Listen {
    /// Any number that stands for the listener.
    pub user: u32,
    /// Position of the item; rows of items beyond the slice do not count.
    pub item: u32,
    /// How often; zero, negative and not finite rows do not count.
    pub plays: f32,
}

/// One kind of sparse symmetric evidence: per item the others and the strength, in the order of the others.
pub(crate) type Rows = Vec<Vec<(u32, f32)>>;

/// Evidence as it comes in: one item, another, and how strong it is.
pub(crate) type Evidence = Vec<(u32, u32, f32)>;

/// The strengths of a catalogue.
#[derive(Debug, Default)]
pub(crate) struct Behaviour {
    heard: Rows,
    /// Lengths of the rows of `heard`, for the second order.
    length: Vec<f32>,
    said: Rows,
    worked: Rows,
    any: bool,
}

/// Memory that a thread uses again from row to row.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    sums: Vec<f32>,
    touched: Vec<u32>,
}

impl Sums {
    #[inline]
    fn at(&mut self, other: u32) -> &mut f32 {
        let sum = &mut self.sums[other as usize];
        // No strength is negative: what is zero was not touched, or its touch was in vain.
        if *sum == 0.0 {
            self.touched.push(other);
        }
        sum
    }
}

impl Behaviour {
    /// Counts what listeners, sources and credits say of so many items.
    pub(crate) fn build(len: usize, listens: Vec<Listen>, related: &Evidence, worked: &Evidence) -> Self {
        let heard = if listens.is_empty() { vec![Vec::new(); len] } else { co_listening(len, listens) };
        let length = heard.iter().map(|row| norm(row)).collect();
        let said = symmetric(len, related, said);
        let worked = symmetric(len, worked, worked_strength);
        let any = [&heard, &said, &worked].into_iter().any(|rows| rows.iter().any(|row| !row.is_empty()));
        Self { heard, length, said, worked, any }
    }

    /// Whether anything is known of anybody.
    pub(crate) const fn has_any(&self) -> bool {
        self.any
    }

    /// Whether anything joins an item to others.
    pub(crate) fn joins(&self, item: usize) -> bool {
        [&self.heard, &self.said, &self.worked]
            .into_iter()
            .any(|rows| rows.get(item).is_some_and(|row| !row.is_empty()))
    }

    /// One more item, with what a source and credits say of it and others.
    pub(crate) fn push(&mut self, related: &[(u32, f32)], worked: &[(u32, f32)]) {
        let item = u32::try_from(self.heard.len()).unwrap_or(u32::MAX);
        self.heard.push(Vec::new());
        self.length.push(0.0);
        for (rows, list, scale) in [
            (&mut self.said, related, said as fn(f32) -> f32),
            (&mut self.worked, worked, worked_strength as fn(f32) -> f32),
        ] {
            rows.push(Vec::new());
            let len = rows.len();
            for (other, score) in list.iter().filter(|(other, score)| counts(len, item, *other, *score)) {
                for (from, to) in [(item, *other), (*other, item)] {
                    let row = &mut rows[from as usize];
                    match row.binary_search_by_key(&to, |(other, _)| *other) {
                        Ok(at) => row[at].1 = row[at].1.max(scale(*score)),
                        Err(at) => row.insert(at, (to, scale(*score))),
                    }
                    self.any = true;
                }
            }
        }
    }

    /// The strengths above 0 from an item to others, 0 to 1, in the order of the others, without the item itself.
    pub(crate) fn row(&self, item: usize, sums: &mut Sums) -> Vec<(u32, f32)> {
        if !self.any {
            return Vec::new();
        }
        sums.sums.resize(self.heard.len(), 0.0);
        for (via, here) in &self.heard[item] {
            // The rows are symmetric: the row of the third artist is its column.
            for (other, there) in &self.heard[*via as usize] {
                *sums.at(*other) += here * there;
            }
        }
        for other in &sums.touched {
            sums.sums[*other as usize] *= SECOND / (1.0 + SECOND) / (self.length[item] * self.length[*other as usize]);
        }
        for (other, similarity) in &self.heard[item] {
            *sums.at(*other) += similarity / (1.0 + SECOND);
        }
        for (other, strength) in self.said[item].iter().chain(&self.worked[item]) {
            let so_far = sums.at(*other);
            *so_far = 1.0 - (1.0 - *so_far) * (1.0 - SAID * strength);
        }
        sums.touched.sort_unstable();
        let mut row = Vec::with_capacity(sums.touched.len());
        for other in sums.touched.drain(..) {
            // Of an item that was touched twice, nothing is left the second time.
            let strength = std::mem::take(&mut sums.sums[other as usize]);
            if other as usize != item && strength > 0.0 {
                row.push((other, strength.min(1.0)));
            }
        }
        row
    }

    /// Whether listeners, a source, or credits join the two.
    pub(crate) fn joined(&self, a: usize, b: usize) -> Joined {
        let has = |rows: &Rows| {
            rows.get(a)
                .zip(u32::try_from(b).ok())
                .is_some_and(|(row, b)| row.binary_search_by_key(&b, |(o, _)| *o).is_ok())
        };
        Joined { heard: has(&self.heard), said: has(&self.said), worked: has(&self.worked) }
    }
}

/// The strength of a place in a source's list.
const fn said(score: f32) -> f32 {
    score.min(1.0)
}

/// The strength of so many songs in common.
const fn worked_strength(songs: f32) -> f32 {
    songs / (songs + 1.0)
}

/// Whether evidence says something.
fn counts(len: usize, item: u32, other: u32, score: f32) -> bool {
    (item as usize) < len && (other as usize) < len && item != other && score >= LEAST && score.is_finite()
}

/// What joins two items.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Joined {
    pub(crate) heard: bool,
    pub(crate) said: bool,
    pub(crate) worked: bool,
}

/// Shrunk cosines, the [`KEPT`] best of each item and those of which it is among the best.
fn co_listening(len: usize, mut listens: Vec<Listen>) -> Rows {
    listens.retain(|row| (row.item as usize) < len && row.plays > 0.0 && row.plays.is_finite());
    let order = |row: &Listen| (row.user, row.item);
    // By the plays too, so that their sum does not depend on the order in which they came.
    listens.par_sort_unstable_by(|x, y| order(x).cmp(&order(y)).then(x.plays.total_cmp(&y.plays)));
    let by_user: Vec<Vec<(u32, f32)>> = listens
        .chunk_by(|x, y| x.user == y.user)
        .map(|own| {
            let weigh = |same: &[Listen]| {
                (same[0].item, narrow(same.iter().map(|row| f64::from(row.plays)).sum::<f64>().ln_1p()))
            };
            let mut own: Vec<(u32, f32)> = own.chunk_by(|x, y| x.item == y.item).map(weigh).collect();
            own.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
            own.retain(|(_, weight)| *weight >= LEAST);
            own.truncate(USER_CAP);
            own
        })
        .collect();
    drop(listens);
    let mut by_item: Rows = vec![Vec::new(); len];
    for (user, own) in (0_u32..).zip(&by_user) {
        for (item, weight) in own {
            by_item[*item as usize].push((user, *weight));
        }
    }
    let length: Vec<f32> = by_item.iter().map(|row| norm(row)).collect();
    let best: Rows = (0..len)
        .into_par_iter()
        .map_init(
            || vec![(0.0_f32, 0.0_f32); len],
            |sums, item| {
                let mut touched: Vec<u32> = Vec::new();
                for (user, here) in &by_item[item] {
                    for (other, there) in &by_user[*user as usize] {
                        let sum = &mut sums[*other as usize];
                        if sum.1 == 0.0 {
                            touched.push(*other);
                        }
                        *sum = (sum.0 + here * there, sum.1 + 1.0);
                    }
                }
                let mut row: Vec<(u32, f32)> = Vec::with_capacity(touched.len());
                for other in touched {
                    let (dot, common) = std::mem::take(&mut sums[other as usize]);
                    if other as usize != item {
                        let cosine = dot / (length[item] * length[other as usize]);
                        let similarity = (cosine * common / (common + SHRINK)).min(1.0);
                        // Nearly nothing is nothing: products of such numbers vanish, and what is divided by them explodes.
                        if similarity >= LEAST {
                            row.push((other, similarity));
                        }
                    }
                }
                row.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
                row.truncate(KEPT);
                row
            },
        )
        .collect();
    mirrored(len, best.iter().map(Vec::as_slice))
}

/// Evidence made symmetric; broken entries and an item's own do not count.
pub(crate) fn symmetric(len: usize, evidence: &Evidence, scale: impl Fn(f32) -> f32) -> Rows {
    let mut rows: Rows = vec![Vec::new(); len];
    for (item, other, score) in evidence.iter().filter(|(item, other, score)| counts(len, *item, *other, *score)) {
        rows[*item as usize].push((*other, scale(*score)));
    }
    mirrored(len, rows.iter().map(Vec::as_slice))
}

/// Every entry in both directions, the stronger of two, in the order of the others.
fn mirrored<'a>(len: usize, rows: impl Iterator<Item = &'a [(u32, f32)]>) -> Rows {
    let mut both: Rows = vec![Vec::new(); len];
    for (item, row) in (0_u32..).zip(rows) {
        for (other, strength) in row {
            both[item as usize].push((*other, *strength));
            both[*other as usize].push((item, *strength));
        }
    }
    for row in &mut both {
        row.sort_by(|x, y| x.0.cmp(&y.0).then(y.1.total_cmp(&x.1)));
        row.dedup_by_key(|(other, _)| *other);
        row.shrink_to_fit();
    }
    both
}

fn norm(row: &[(u32, f32)]) -> f32 {
    narrow(row.iter().map(|(_, weight)| f64::from(*weight).powi(2)).sum::<f64>().sqrt())
}
