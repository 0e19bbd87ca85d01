//! A k-d tree over the places of a catalogue's sounds: which leaves can hold something near enough.
//!
//! Friedman, Bentley and Finkel (1977), with two changes that pay in a dozen dimensions: a node knows the tight box around its items and
//! not only the plane that cut it off, and a leaf is a tile of [`LEAF`] items that are compared in one go. The leaves are all full but the
//! last, so the tree is told by how many go to each left half and stands in one array, each node before its left and then its right half.
//! Module `divide` says which go where.

use crate::divide::{Points, Tally};
use crate::sparse::Sparse;

/// Items of a leaf.
pub(crate) const LEAF: usize = 32;

/// Axes are handled in blocks of this many, so that a compiler makes one instruction of a block.
pub(crate) const BLOCK: usize = 4;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Node {
    /// Its first leaf.
    pub(crate) first: u32,
    /// How many leaves its left half has; 0 if it is a leaf.
    pub(crate) left: u32,
    /// The least share of unknown axes among its items: part of every distance.
    pub(crate) unknown: f32,
}

/// The tree. It holds boxes only; the items are in the order that [`Tree::build`] gave them.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// Per node its lowest and then its highest values, each padded to whole blocks with zeros.
    boxes: Vec<f32>,
    width: usize,
}

impl Tree {
    /// Puts `order`, the numbers of the items that have a place, into the order of the leaves. `rows` holds `axes` values per item,
    /// `unknown` the share of its unknown axes, `genres` its genres at a common length, or nothing of anybody.
    pub(crate) fn build(rows: &[f32], unknown: &[f32], axes: usize, genres: &Sparse, order: &mut [u32]) -> Self {
        let width = axes.next_multiple_of(BLOCK);
        let leaves = order.len().div_ceil(LEAF);
        let count = (2 * leaves).saturating_sub(1);
        let mut tree = Self { nodes: vec![Node::default(); count], boxes: vec![0.0; count * 2 * width], width };
        if leaves > 0 {
            let points = Points { rows, unknown, axes, width, genres };
            points.divide(order, 0, leaves, (&mut tree.nodes, &mut tree.boxes), &mut Tally::default());
        }
        tree
    }

    /// How many leaves there are.
    pub(crate) const fn leaves(&self) -> usize {
        self.nodes.len().div_ceil(2)
    }

    /// The axes, padded to whole blocks.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// The first leaf of a node, and the nodes of its halves unless it is that leaf.
    #[inline]
    pub(crate) fn part(&self, at: u32) -> (usize, Option<(u32, u32)>) {
        let node = self.nodes[at as usize];
        (node.first as usize, (node.left > 0).then_some((at + 1, at + 2 * node.left)))
    }

    /// The squared distance, at least, of the items below a node. `here` is padded to whole blocks with zeros, `unknown` the share of its
    /// unknown axes.
    #[inline]
    pub(crate) fn squared(&self, node: u32, here: &[f32], unknown: f32) -> f32 {
        let at = node as usize;
        self.nearest(at, here) + self.nodes[at].unknown + unknown
    }

    /// Shows `visit` the leaves that may hold an item within the limit of a squared distance, likely near ones first. `visit` gives the
    /// limit from then on. `here` and `unknown` as in [`squared`](Self::squared).
    pub(crate) fn walk(
        &self,
        here: &[f32],
        unknown: f32,
        limit: f32,
        stack: &mut Vec<(f32, u32)>,
        mut visit: impl FnMut(usize) -> f32,
    ) {
        let reach = |node: u32| (self.squared(node, here, unknown), node);
        let mut limit = limit;
        stack.clear();
        if !self.nodes.is_empty() {
            stack.push(reach(0));
        }
        while let Some((least, at)) = stack.pop() {
            if least > limit {
                continue;
            }
            let (first, halves) = self.part(at);
            let Some((left, right)) = halves else {
                limit = visit(first);
                continue;
            };
            let (left, right) = (reach(left), reach(right));
            let (near, far) = if left.0 <= right.0 { (left, right) } else { (right, left) };
            if far.0 <= limit {
                stack.push(far);
            }
            if near.0 <= limit {
                stack.push(near);
            }
        }
    }

    /// Squared distance to the box of a node.
    #[inline]
    fn nearest(&self, node: usize, here: &[f32]) -> f32 {
        let (lows, highs) = self.boxes[node * 2 * self.width..][..2 * self.width].split_at(self.width);
        let mut sums = [0.0_f32; BLOCK];
        let blocks =
            here.as_chunks::<BLOCK>().0.iter().zip(lows.as_chunks::<BLOCK>().0).zip(highs.as_chunks::<BLOCK>().0);
        for ((here, low), high) in blocks {
            for at in 0..BLOCK {
                let below = low[at] - here[at];
                let above = here[at] - high[at];
                let outside = if below > above { below } else { above };
                let outside = if outside > 0.0 { outside } else { 0.0 };
                sums[at] += outside * outside;
            }
        }
        (sums[0] + sums[1]) + (sums[2] + sums[3])
    }
}
