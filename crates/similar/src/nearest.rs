//! The nearest few of many candidates, in a defined order.

use std::collections::BinaryHeap;

/// The work of an item that is a work of its own.
pub(crate) const NO_WORK: u32 = u32::MAX;

/// An item at its distance; ordered by distance, then by index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) distance: f32,
    pub(crate) index: usize,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.distance.total_cmp(&other.distance).then(self.index.cmp(&other.index))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The `depth` nearest candidates so far, the farthest of them on top. The order in which they are offered does not matter; each item may
/// be offered once.
pub(crate) struct Nearest<'a> {
    depth: usize,
    heap: BinaryHeap<Candidate>,
    /// Per item the work that it is a take of: of a work only the nearest take stays. Empty if all are works of their own.
    works: &'a [u32],
    bound: f32,
}

impl<'a> Nearest<'a> {
    pub(crate) fn new(depth: usize, works: &'a [u32]) -> Self {
        let bound = if depth == 0 { f32::NEG_INFINITY } else { f32::INFINITY };
        Self { depth, heap: BinaryHeap::new(), works, bound }
    }

    /// A candidate at more than this distance does not enter; at just this one it may, by its index.
    #[inline]
    pub(crate) const fn bound(&self) -> f32 {
        self.bound
    }

    pub(crate) fn offer(&mut self, candidate: Candidate) {
        let full = self.heap.len() >= self.depth;
        if self.refuses(candidate) {
            return;
        }
        if let Some(work) = self.works.get(candidate.index).filter(|work| **work != NO_WORK)
            && let Some(take) = self.heap.iter().find(|other| self.works[other.index] == *work).copied()
        {
            if candidate > take {
                return;
            }
            self.heap.retain(|other| *other != take);
        } else if full {
            self.heap.pop();
        }
        self.heap.push(candidate);
        if self.heap.len() >= self.depth {
            self.bound = self.heap.peek().map_or(self.bound, |farthest| farthest.distance);
        }
    }

    /// Whether a candidate is certain not to enter, and with it every one after it in the order.
    #[inline]
    pub(crate) fn refuses(&self, candidate: Candidate) -> bool {
        self.heap.len() >= self.depth && self.heap.peek().is_none_or(|farthest| candidate >= *farthest)
    }

    /// Whether two items are takes of one work.
    pub(crate) fn one_work(&self, one: usize, other: usize) -> bool {
        self.works.get(one).is_some_and(|work| *work != NO_WORK && self.works[other] == *work)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    pub(crate) fn into_sorted(self) -> Vec<Candidate> {
        self.heap.into_sorted_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nearer_take_of_a_work_replaces_the_farther_one_and_comes_back_after_falling_out() {
        let works = [0, 0, 1, NO_WORK, 0, NO_WORK];
        let mut nearest = Nearest::new(2, &works);
        for (index, distance) in [(0, 0.9), (1, 0.8), (2, 0.5), (3, 0.4), (5, 0.4), (4, 0.3)] {
            nearest.offer(Candidate { distance, index });
        }
        assert_eq!(nearest.into_sorted().iter().map(|c| c.index).collect::<Vec<_>>(), [4, 3]);
    }
}
