//! A k-d tree over the places of a catalogue's sounds: which leaves can hold something near enough.
//!
//! Friedman, Bentley and Finkel (1977), with three changes that pay in a dozen dimensions: a node knows the tight boxes around its children's
//! items and not only the planes that cut them off; three levels of halves are one node, whose boxes are compared in one go (as in the wide
//! trees of ray tracing: Wald, Benthin and Boulos, RT 2008); and a leaf is a tile of [`LEAF`] items. The leaves are all full but the last.
//! Module `divide` says which items go where.

use crate::builder::number;
use crate::divide::{Half, Points, Tally};
use crate::sparse::Sparse;

/// Items of a leaf.
pub(crate) const LEAF: usize = 32;

/// Children of a node, at most.
pub(crate) const FAN: usize = 8;

/// One value for each child of a node.
pub(crate) type Lanes = [f32; FAN];

/// What stands below a node, in the order of the leaves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Child {
    /// There are fewer children, and no more to come.
    #[default]
    None,
    Leaf(u32),
    Node(u32),
}

/// The sides of the boxes of a node's children along one axis.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Sides {
    lows: Lanes,
    highs: Lanes,
}

#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub(crate) struct Node {
    pub(crate) children: [Child; FAN],
    /// The first leaf of each child.
    pub(crate) firsts: [u32; FAN],
    /// The least share of unknown axes among each child's items: part of every distance. Infinite where there is no child.
    unknown: Lanes,
}

/// The tree. It holds boxes only; the items are in the order that [`Tree::build`] gave them. The root is the first node.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// Node by node and axis by axis the lowest values of its children, and the highest.
    boxes: Vec<Sides>,
    axes: usize,
    leaves: usize,
}

impl Tree {
    /// Puts `order`, the numbers of the items that have a place, into the order of the leaves. `rows` holds `axes` values per item,
    /// `unknown` the share of its unknown axes, `genres` its genres at a common length, or nothing of anybody.
    pub(crate) fn build(rows: &[f32], unknown: &[f32], axes: usize, genres: &Sparse, order: &mut [u32]) -> Self {
        let leaves = order.len().div_ceil(LEAF);
        let mut tree = Self { axes, leaves, ..Self::default() };
        if leaves > 0 {
            let (mut halves, mut boxes) =
                (vec![Half::default(); 2 * leaves - 1], vec![0.0; (2 * leaves - 1) * 2 * axes]);
            let points = Points { rows, unknown, axes, genres };
            points.divide(order, 0, leaves, (&mut halves, &mut boxes), &mut Tally::default());
            tree.widen(&halves, &boxes, 0, leaves);
        }
        tree
    }

    /// Makes one node of a half and of the largest ones below it, and goes on with its children.
    fn widen(&mut self, halves: &[Half], boxes: &[f32], at: usize, leaves: usize) {
        let mut below = vec![(at, leaves)];
        while below.len() < FAN
            && let Some((place, (at, leaves))) =
                below.iter().copied().enumerate().filter(|(_, half)| half.1 > 1).max_by_key(|(_, half)| half.1)
        {
            let left = halves[at].left as usize;
            below.splice(place..=place, [(at + 1, left), (at + 2 * left, leaves - left)]);
        }
        let node = self.nodes.len();
        self.nodes.push(Node { unknown: [f32::INFINITY; FAN], ..Node::default() });
        self.boxes.resize(self.boxes.len() + self.axes, Sides::default());
        for (lane, (at, leaves)) in below.into_iter().enumerate() {
            let half = halves[at];
            let (lows, highs) = boxes[at * 2 * self.axes..][..2 * self.axes].split_at(self.axes);
            let own = &mut self.boxes[node * self.axes..][..self.axes];
            for (own, (low, high)) in own.iter_mut().zip(lows.iter().zip(highs)) {
                (own.lows[lane], own.highs[lane]) = (*low, *high);
            }
            self.nodes[node].firsts[lane] = half.first;
            self.nodes[node].unknown[lane] = half.unknown;
            self.nodes[node].children[lane] =
                if leaves == 1 { Child::Leaf(half.first) } else { Child::Node(number(self.nodes.len())) };
            if leaves > 1 {
                self.widen(halves, boxes, at, leaves);
            }
        }
    }

    /// How many leaves there are.
    pub(crate) const fn leaves(&self) -> usize {
        self.leaves
    }

    /// A node; the root is number 0, unless there are no leaves.
    #[inline]
    pub(crate) fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    /// The squared distances, at least, of the items below each child of a node; infinite where there is no child. `unknown` is the share
    /// of the unknown axes of `here`.
    #[inline]
    pub(crate) fn squares(&self, at: u32, here: &[f32], unknown: f32) -> Lanes {
        let at = at as usize;
        let mut sums = self.nodes[at].unknown;
        for sum in &mut sums {
            *sum += unknown;
        }
        for (Sides { lows, highs }, here) in self.boxes[at * self.axes..][..self.axes].iter().zip(here) {
            for lane in 0..FAN {
                let below = lows[lane] - here;
                let above = here - highs[lane];
                let outside = if below > above { below } else { above };
                let outside = if outside > 0.0 { outside } else { 0.0 };
                sums[lane] += outside * outside;
            }
        }
        sums
    }

    /// Shows `visit` the leaves that may hold an item within the limit of a squared distance, likely near ones first. `visit` gives the
    /// limit from then on. `here` and `unknown` as in [`squares`](Self::squares).
    pub(crate) fn walk(&self, here: &[f32], unknown: f32, limit: f32, visit: impl FnMut(usize) -> f32) {
        if self.leaves > 0 {
            Walk { tree: self, here, unknown, limit, visit }.down(0);
        }
    }
}

/// A walk through the tree.
struct Walk<'a, V> {
    tree: &'a Tree,
    here: &'a [f32],
    unknown: f32,
    limit: f32,
    visit: V,
}

impl<V: FnMut(usize) -> f32> Walk<'_, V> {
    fn down(&mut self, at: u32) {
        let mut order = Order::new(&self.tree.squares(at, self.here, self.unknown), self.limit);
        let node = self.tree.node(at);
        while let Some(lane) = order.next(self.limit) {
            match node.children[lane] {
                Child::None => {}
                Child::Leaf(leaf) => self.limit = (self.visit)(leaf as usize),
                Child::Node(below) => self.down(below),
            }
        }
    }
}

/// The bits that the number of a child takes.
const LANE: u32 = 0b111;
const _: () = assert!(LANE as usize + 1 == FAN);

/// The children of a node that may hold something within a limit, in the order of how near it can be.
pub(crate) struct Order {
    /// The least distance, 0 or more, less exact by its last three bits, which are the number of the child; infinite for a child that has
    /// been seen or holds nothing. Of so few the least is found faster than they are sorted, and most are never asked for.
    keys: Lanes,
}

impl Order {
    #[inline]
    pub(crate) fn new(least: &Lanes, limit: f32) -> Self {
        let mut keys = [f32::INFINITY; FAN];
        for ((lane, key), least) in (0_u32..).zip(&mut keys).zip(least) {
            let counts = (*least <= limit) & (*least < f32::INFINITY);
            *key = if counts { f32::from_bits(least.to_bits() & !LANE | lane) } else { f32::INFINITY };
        }
        Self { keys }
    }

    /// The next child, if something below it may be within the limit.
    #[inline]
    pub(crate) fn next(&mut self, limit: f32) -> Option<usize> {
        let less = |x: f32, y: f32| if x < y { x } else { y };
        let [a, b, c, d, e, f, g, h] = self.keys;
        let bits = less(less(less(a, e), less(b, f)), less(less(c, g), less(d, h))).to_bits();
        let least = f32::from_bits(bits & !LANE);
        let lane = (bits & LANE) as usize;
        self.keys[lane] = f32::INFINITY;
        (least <= limit && least < f32::INFINITY).then_some(lane)
    }
}
