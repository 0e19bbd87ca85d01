//! The nearest few of many candidates, in a defined order.

use std::collections::BinaryHeap;

use crate::sound::TILE;

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

/// The `depth` nearest candidates so far, the farthest of them on top.
pub(crate) struct Nearest {
    depth: usize,
    heap: BinaryHeap<Candidate>,
    /// A candidate must be nearer than this to enter.
    bound: f32,
}

impl Nearest {
    pub(crate) fn new(depth: usize) -> Self {
        let bound = if depth == 0 { f32::NEG_INFINITY } else { f32::INFINITY };
        Self { depth, heap: BinaryHeap::new(), bound }
    }

    /// Takes in distances to consecutive items. They must come in the order of the items: of two at the same distance the first stays.
    pub(crate) fn offer(&mut self, first: usize, distances: &[f32; TILE]) {
        for (start, few) in (first..).step_by(16).zip(distances.chunks(16)) {
            // Without a branch per item: most of the time none of them is near enough.
            if !few.iter().fold(false, |any, distance| any | (*distance < self.bound)) {
                continue;
            }
            for (index, distance) in (start..).zip(few) {
                if *distance < self.bound {
                    self.insert(Candidate { distance: *distance, index });
                }
            }
        }
    }

    pub(crate) fn insert(&mut self, candidate: Candidate) {
        if self.heap.len() == self.depth {
            self.heap.pop();
        }
        self.heap.push(candidate);
        if self.heap.len() == self.depth {
            self.bound = self.heap.peek().map_or(self.bound, |farthest| farthest.distance);
        }
    }

    pub(crate) fn into_sorted(self) -> Vec<Candidate> {
        self.heap.into_sorted_vec()
    }
}
