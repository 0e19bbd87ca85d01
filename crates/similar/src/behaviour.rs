//! Who is heard with whom: co-listening, sources' own lists of related artists, and shared work, as one sparse strength per pair.
//!
//! Co-listening is item-based collaborative filtering (Sarwar et al., WWW 2001). A listener's plays `p` weigh `ln(1 + p)`, so that a
//! single-minded listener does not decide, and only the 200 most played artists of a listener count. The similarity of two
//! artists is the cosine of their columns times `n / (n + 3)`, where `n` listeners have both: one common listener proves little. To it
//! comes the second order: the cosine of two artists' rows of similarities, which finds artists that are heard with the same third ones.
//!
//! A source's list and shared work are evidence of their own kind; strengths `s` and `t` make `1 - (1 - s)(1 - t)`, so each adds and
//! nothing exceeds 1. Every strength is symmetric.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::audio::narrow;
use crate::item::Item;

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
type Rows = Vec<Vec<(u32, f32)>>;

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

impl Behaviour {
    /// Counts what listeners, sources and credits say of the items.
    pub(crate) fn build(items: &[Item], listens: &[Listen]) -> Self {
        let heard = co_listening(items.len(), listens);
        let length = heard.iter().map(|row| norm(row)).collect();
        let said = symmetric(items.len(), items.iter().map(|item| item.related.as_slice()), |score| score.min(1.0));
        let worked = symmetric(items.len(), items.iter().map(|item| item.worked_with.as_slice()), |n| n / (n + 1.0));
        let any = [&heard, &said, &worked].into_iter().any(|rows| rows.iter().any(|row| !row.is_empty()));
        Self { heard, length, said, worked, any }
    }

    /// Whether anything is known of anybody.
    pub(crate) const fn has_any(&self) -> bool {
        self.any
    }

    /// The strengths above 0 from an item to others, 0 to 1, in the order of the others, without the item itself.
    pub(crate) fn row(&self, item: usize) -> Vec<(u32, f32)> {
        if !self.any {
            return Vec::new();
        }
        // An ordered map keeps the order of the sums the same at every run.
        let mut second: BTreeMap<u32, f32> = BTreeMap::new();
        for (via, here) in &self.heard[item] {
            // The rows are symmetric: the row of the third artist is its column.
            for (other, there) in &self.heard[*via as usize] {
                *second.entry(*other).or_default() += here * there;
            }
        }
        for (other, strength) in &mut second {
            *strength *= SECOND / (1.0 + SECOND) / (self.length[item] * self.length[*other as usize]);
        }
        for (other, similarity) in &self.heard[item] {
            *second.entry(*other).or_default() += similarity / (1.0 + SECOND);
        }
        for (other, strength) in self.said[item].iter().chain(&self.worked[item]) {
            let so_far = second.entry(*other).or_default();
            *so_far = 1.0 - (1.0 - *so_far) * (1.0 - SAID * strength);
        }
        second
            .into_iter()
            .map(|(other, strength)| (other, strength.min(1.0)))
            .filter(|(other, strength)| *other as usize != item && *strength > 0.0)
            .collect()
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

/// What joins two items.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Joined {
    pub(crate) heard: bool,
    pub(crate) said: bool,
    pub(crate) worked: bool,
}

/// Shrunk cosines, the [`KEPT`] best of each item and those of which it is among the best.
fn co_listening(len: usize, listens: &[Listen]) -> Rows {
    let mut plays: BTreeMap<u32, BTreeMap<u32, f64>> = BTreeMap::new();
    let counts = |row: &&Listen| (row.item as usize) < len && row.plays > 0.0 && row.plays.is_finite();
    for row in listens.iter().filter(counts) {
        *plays.entry(row.user).or_default().entry(row.item).or_default() += f64::from(row.plays);
    }
    let by_user: Vec<Vec<(u32, f32)>> = plays
        .into_values()
        .map(|own| {
            let mut own: Vec<(u32, f32)> = own.into_iter().map(|(item, plays)| (item, narrow(plays.ln_1p()))).collect();
            own.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
            own.retain(|(_, weight)| *weight >= LEAST);
            own.truncate(USER_CAP);
            own
        })
        .collect();
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

/// Lists of (other, score) made symmetric; broken rows and an item's own do not count.
fn symmetric<'a>(len: usize, lists: impl Iterator<Item = &'a [(u32, f32)]>, scale: impl Fn(f32) -> f32) -> Rows {
    let rows: Rows = (0..len)
        .zip(lists)
        .map(|(item, list)| {
            let sound = |(other, score): &&(u32, f32)| {
                let other = *other as usize;
                other < len && other != item && *score >= LEAST && score.is_finite()
            };
            list.iter().filter(sound).map(|(other, score)| (*other, scale(*score))).collect()
        })
        .collect();
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
