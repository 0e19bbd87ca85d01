//! A k-d tree over the places of a catalogue's sounds: which leaves can hold something near enough.
//!
//! Friedman, Bentley and Finkel (1977), with two changes that pay in a dozen dimensions: a node knows the tight box around its items and
//! not only the plane that cut it off, and a leaf is a tile of [`LEAF`] items that are compared in one go. The leaves are all full but the
//! last, so the tree is told by their number alone and stands in one array, each node before its left and then its right half.

use rayon::join;

/// Items of a leaf.
pub(crate) const LEAF: usize = 32;

/// Axes are handled in blocks of this many, so that a compiler makes one instruction of a block.
pub(crate) const BLOCK: usize = 4;

/// Below this many leaves a subtree is built by one thread.
const ALONE: usize = 64;

#[derive(Debug, Clone, Copy, Default)]
struct Node {
    first: u32,
    leaves: u32,
    /// The least share of unknown axes among its items: part of every distance.
    unknown: f32,
}

/// The tree. It holds boxes only; the items are in the order that [`Tree::build`] gave them.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// Per node its lowest and then its highest values, each padded to whole blocks with zeros.
    boxes: Vec<f32>,
    width: usize,
}

/// What is being built, read only.
struct Points<'a> {
    rows: &'a [f32],
    unknown: &'a [f32],
    axes: usize,
    width: usize,
}

impl Tree {
    /// Puts `order`, the numbers of the items that have a place, into the order of the leaves. `rows` holds `axes` values per item,
    /// `unknown` the share of its unknown axes.
    pub(crate) fn build(rows: &[f32], unknown: &[f32], axes: usize, order: &mut [u32]) -> Self {
        let width = axes.next_multiple_of(BLOCK);
        let leaves = order.len().div_ceil(LEAF);
        let count = (2 * leaves).saturating_sub(1);
        let mut tree = Self { nodes: vec![Node::default(); count], boxes: vec![0.0; count * 2 * width], width };
        if leaves > 0 {
            let points = Points { rows, unknown, axes, width };
            points.divide(order, 0, leaves, &mut tree.nodes, &mut tree.boxes);
        }
        tree
    }

    /// How many leaves there are.
    pub(crate) fn leaves(&self) -> usize {
        self.nodes.first().map_or(0, |root| root.leaves as usize)
    }

    /// Per node the one above it, and per leaf its node.
    pub(crate) fn ways_up(&self) -> (Vec<u32>, Vec<u32>) {
        let (mut above, mut leaves) = (vec![0; self.nodes.len()], Vec::with_capacity(self.leaves()));
        for (at, node) in (0_u32..).zip(&self.nodes) {
            if node.leaves == 1 {
                leaves.push(at);
            } else {
                let (left, right) = below(at, *node);
                above[left as usize] = at;
                above[right as usize] = at;
            }
        }
        (above, leaves)
    }

    /// Shows `visit` the leaves that may hold an item within the limit, likely near ones first. `least` tells how near an item
    /// below a node can be, from the number of the node and the squared distance of its box, and the limit is on the same scale. `visit`
    /// gets the leaf and its node and gives the limit from then on. `here` is padded to whole blocks with zeros.
    pub(crate) fn walk(
        &self,
        here: &[f32],
        unknown: f32,
        limit: f32,
        stack: &mut Vec<(f32, u32)>,
        least: impl Fn(usize, f32) -> f32,
        mut visit: impl FnMut(usize, usize) -> f32,
    ) {
        let reach = |node: u32| {
            let at = node as usize;
            least(at, self.nearest(at, here) + self.nodes[at].unknown + unknown)
        };
        let mut limit = limit;
        stack.clear();
        if !self.nodes.is_empty() {
            stack.push((reach(0), 0));
        }
        while let Some((least, at)) = stack.pop() {
            if least > limit {
                continue;
            }
            let node = self.nodes[at as usize];
            if node.leaves == 1 {
                limit = visit(node.first as usize, at as usize);
                continue;
            }
            let (left, right) = below(at, node);
            let (to_left, to_right) = (reach(left), reach(right));
            let (near, far) = if to_left <= to_right {
                ((to_left, left), (to_right, right))
            } else {
                ((to_right, right), (to_left, left))
            };
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

/// The nodes of the halves of a node that is no leaf.
const fn below(at: u32, node: Node) -> (u32, u32) {
    (at + 1, at + 2 * half(node.leaves))
}

/// The leaves of a node's left half: the right one has as many or one less.
const fn half(leaves: u32) -> u32 {
    leaves.div_ceil(2)
}

impl Points<'_> {
    fn row(&self, item: u32) -> &[f32] {
        &self.rows[item as usize * self.axes..][..self.axes]
    }

    /// A value, or 0 where there is no axis because all items are the same.
    fn value(&self, item: u32, axis: usize) -> f32 {
        self.row(item).get(axis).copied().unwrap_or_default()
    }

    /// Divides the items of one node; `nodes` and `boxes` are those of its subtree.
    fn divide(&self, order: &mut [u32], first: usize, leaves: usize, nodes: &mut [Node], boxes: &mut [f32]) {
        let ([node, nodes @ ..], (own, boxes)) = (nodes, boxes.split_at_mut(2 * self.width)) else { return };
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let least = order.iter().map(|item| self.unknown[*item as usize]).fold(f32::INFINITY, f32::min);
        *node = Node { first: number(first), leaves: number(leaves), unknown: least };
        let axis = self.enclose(order, own);
        if leaves <= 1 {
            // The order within a leaf is that of the items.
            order.sort_unstable();
            return;
        }
        let to_left = half(number(leaves)) as usize;
        order.select_nth_unstable_by(to_left * LEAF, |a, b| {
            self.value(*a, axis).total_cmp(&self.value(*b, axis)).then(a.cmp(b))
        });
        let (left, right) = order.split_at_mut(to_left * LEAF);
        let (left_nodes, right_nodes) = nodes.split_at_mut(2 * to_left - 1);
        let (left_boxes, right_boxes) = boxes.split_at_mut((2 * to_left - 1) * 2 * self.width);
        let mut to_the_left = || self.divide(left, first, to_left, left_nodes, left_boxes);
        let mut to_the_right = || self.divide(right, first + to_left, leaves - to_left, right_nodes, right_boxes);
        if leaves < ALONE {
            to_the_left();
            to_the_right();
        } else {
            join(to_the_left, to_the_right);
        }
    }

    /// Writes the box of the items and gives the axis along which they vary most.
    fn enclose(&self, order: &[u32], own: &mut [f32]) -> usize {
        let (lows, highs) = own.split_at_mut(self.width);
        lows[..self.axes].fill(f32::INFINITY);
        highs[..self.axes].fill(f32::NEG_INFINITY);
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
        let variance = |moment: &(f64, f64)| moment.1 / count - (moment.0 / count).powi(2);
        let widest =
            moments.iter().enumerate().max_by(|x, y| variance(x.1).total_cmp(&variance(y.1)).then(y.0.cmp(&x.0)));
        widest.map_or(0, |(axis, _)| axis)
    }
}
