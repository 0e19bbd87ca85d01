//! How the items of a tree are divided: by what tells them apart most, a value of their sounds or a genre.
//!
//! A k-d tree halves its items along the axis on which they vary most. Here every genre is an axis too: the variance of the genres' weights,
//! at a common length of 1 for each item, is a mean squared distance like that of the sounds, since `|x - y|²` is `2 - 2 cos`. So a tree
//! parts styles by their sounds first, and those who sound alike by their genres, and what a leaf can have of somebody's genres
//! (module `reach`) is near to what its items have.

use rayon::join;

use crate::builder::number;
use crate::sparse::Sparse;
use crate::tree::LEAF;

/// Below this many leaves a subtree is built by one thread.
const ALONE: usize = 64;

/// What a squared distance of genres counts in one of sounds. In a blend of equal shares, where sounds are 0.7 apart, it is about 2; what
/// little the boxes of a dozen axes hold back speaks for more.
const GENRES: f64 = 4.0;

/// A genre divides items of which at least this share has it, and at least this share has not: else the tree would become a list.
const EACH: f64 = 1.0 / 16.0;

/// What is being built, read only.
pub(crate) struct Points<'a> {
    pub(crate) rows: &'a [f32],
    pub(crate) unknown: &'a [f32],
    pub(crate) axes: usize,
    /// By item; without rows if there are none.
    pub(crate) genres: &'a Sparse,
}

/// A part of the items that is divided once more, or the items of one leaf. The two halves of a part stand behind it: the left one with
/// everything below it, then the right one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Half {
    /// Its first leaf.
    pub(crate) first: u32,
    /// How many leaves its left half has; 0 if it is a leaf.
    pub(crate) left: u32,
    /// The least share of unknown axes among its items.
    pub(crate) unknown: f32,
}

/// Per genre how many items have it, the sum of their weights, and that of the squares. Memory that is used again.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    sums: Vec<(f64, f64, f64)>,
    touched: Vec<u32>,
}

impl Points<'_> {
    fn row(&self, item: u32) -> &[f32] {
        &self.rows[item as usize * self.axes..][..self.axes]
    }

    /// A value, or 0 where there is no axis because all items are the same.
    fn value(&self, item: u32, axis: usize) -> f32 {
        self.row(item).get(axis).copied().unwrap_or_default()
    }

    fn genres(&self, item: u32) -> &[(u32, f32)] {
        if self.genres.len() == 0 { &[] } else { self.genres.row(item as usize) }
    }

    /// Divides the items of one half; `halves` and `boxes` are its own and those of all below it. A box is the lowest values and then the
    /// highest.
    pub(crate) fn divide(
        &self,
        order: &mut [u32],
        first: usize,
        leaves: usize,
        (halves, boxes): (&mut [Half], &mut [f32]),
        tally: &mut Tally,
    ) {
        let ([half, halves @ ..], (own, boxes)) = (halves, boxes.split_at_mut(2 * self.axes)) else { return };
        let least = order.iter().map(|item| self.unknown[*item as usize]).fold(f32::INFINITY, f32::min);
        *half = Half { first: number(first), left: 0, unknown: least };
        let (axis, variance) = self.enclose(order, own);
        if leaves <= 1 {
            // The order within a leaf is that of the items.
            order.sort_unstable();
            return;
        }
        let to_left = if let Some(genre) = self.genre(order, variance, tally) {
            self.part(order, genre)
        } else {
            let to_left = leaves.div_ceil(2);
            order.select_nth_unstable_by(to_left * LEAF, |a, b| {
                self.value(*a, axis).total_cmp(&self.value(*b, axis)).then(a.cmp(b))
            });
            to_left
        };
        half.left = number(to_left);
        let (left, right) = order.split_at_mut(to_left * LEAF);
        let (left_halves, right_halves) = halves.split_at_mut(2 * to_left - 1);
        let (left_boxes, right_boxes) = boxes.split_at_mut((2 * to_left - 1) * 2 * self.axes);
        let mut to_the_left = |tally: &mut Tally| self.divide(left, first, to_left, (left_halves, left_boxes), tally);
        let mut to_the_right = |tally: &mut Tally| {
            self.divide(right, first + to_left, leaves - to_left, (right_halves, right_boxes), tally);
        };
        if leaves < ALONE {
            to_the_left(tally);
            to_the_right(tally);
        } else {
            join(|| to_the_left(tally), || to_the_right(&mut Tally::default()));
        }
    }

    /// The genre that tells the items apart better than an axis of this variance, if any does.
    fn genre(&self, order: &[u32], variance: f64, tally: &mut Tally) -> Option<u32> {
        for item in order {
            for (genre, weight) in self.genres(*item) {
                let at = *genre as usize;
                if at >= tally.sums.len() {
                    tally.sums.resize(at + 1, (0.0, 0.0, 0.0));
                }
                let (have, sum, squares) = &mut tally.sums[at];
                if *have == 0.0 {
                    tally.touched.push(*genre);
                }
                let weight = f64::from(*weight);
                (*have, *sum, *squares) = (*have + 1.0, *sum + weight, *squares + weight * weight);
            }
        }
        let count = order.len() as f64;
        let mut best = (variance, None);
        for genre in tally.touched.drain(..) {
            let (have, sum, squares) = std::mem::take(&mut tally.sums[genre as usize]);
            let least = (EACH * count).max(LEAF as f64);
            let variance = GENRES * (squares / count - (sum / count).powi(2));
            if have.min(count - have) >= least && variance > best.0 {
                best = (variance, Some(genre));
            }
        }
        best.1
    }

    /// Puts those without a genre before those with it, and gives the leaves of the first, to the nearest whole one.
    fn part(&self, order: &mut [u32], genre: u32) -> usize {
        let has = |item: &u32| self.genres(*item).iter().any(|(other, _)| *other == genre);
        let (with, without): (Vec<u32>, Vec<u32>) = order.iter().copied().partition(has);
        order[..without.len()].copy_from_slice(&without);
        order[without.len()..].copy_from_slice(&with);
        (without.len() + LEAF / 2) / LEAF
    }

    /// Writes the box of the items and gives the axis along which they vary most, with the variance.
    fn enclose(&self, order: &[u32], own: &mut [f32]) -> (usize, f64) {
        let (lows, highs) = own.split_at_mut(self.axes);
        lows.fill(f32::INFINITY);
        highs.fill(f32::NEG_INFINITY);
        let mut moments = vec![(0.0_f64, 0.0_f64); self.axes];
        for item in order {
            let bounds = lows.iter_mut().zip(highs.iter_mut());
            for ((value, (low, high)), moment) in self.row(*item).iter().zip(bounds).zip(&mut moments) {
                *low = low.min(*value);
                *high = high.max(*value);
                let value = f64::from(*value);
                *moment = (moment.0 + value, moment.1 + value * value);
            }
        }
        let count = order.len() as f64;
        let variances = moments.iter().map(|moment| moment.1 / count - (moment.0 / count).powi(2));
        let widest = variances.enumerate().max_by(|x, y| x.1.total_cmp(&y.1).then(y.0.cmp(&x.0)));
        widest.unwrap_or_default()
    }
}
