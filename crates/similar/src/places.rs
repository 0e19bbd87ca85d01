//! Where every item of a catalogue is: the sounds in tiles, in the order of a tree, and the distances between them.
//!
//! Items get positions: those with a sound first, in the order of the leaves of [`Tree`], then those without, then those of crowds
//! (module `crowds`), then those that were added later, in the order of the items. A crowd as a whole has a position of its own among the
//! first two. A squared distance is summed axis by axis in the same order wherever it is taken, so it is the same
//! bit by bit from either end and on every path.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::crowds::crowds;
use crate::sound::{Facts, Standard};
use crate::sparse::Sparse;
use crate::tree::{LEAF, Lanes, Tree};

/// The most axes there can be, padded to whole blocks.
pub(crate) const WIDTH: usize = 16;

/// Of two that are compared alone, so many axes are summed before the sum is looked at.
const BLOCK: usize = 4;

/// At most this distance `d` (before `d / (d + 1)`) is "very similar"; a tenth nearest artist among ten thousand is typically there.
const CLOSE: f32 = 0.5;

/// Every item's place.
#[derive(Debug, Default)]
pub(crate) struct Places {
    standard: Standard,
    /// Standardised values: tile by tile, axis by axis, [`LEAF`] items each.
    tiles: Vec<f32>,
    /// The same item by item, where items are compared one at a time; else empty.
    rows: Vec<f32>,
    singly: bool,
    /// Per position the share of all weight whose axes are unknown; infinite without a sound and beyond the last item.
    unknown: Vec<f32>,
    /// Positions below are the tree's.
    sounded: usize,
    /// Positions from here on are those of the members of crowds.
    members: usize,
    /// Per position of a crowd: its members' positions.
    crowds: BTreeMap<usize, Range<usize>>,
    /// Positions from here on were added later.
    added: usize,
    /// By position; a crowd has its first member's.
    items: Vec<u32>,
    positions: Vec<u32>,
    tree: Tree,
}

/// A place that others are compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Here {
    values: [f32; WIDTH],
    unknown: f32,
}

impl Places {
    /// Places the items. `singly` if they will be compared one at a time too. Items of one kind that are in the same place may be a crowd.
    /// `genres` as in [`Tree::build`].
    pub(crate) fn build(facts: &[Facts], standard: Standard, singly: bool, kinds: &[u32], genres: &Sparse) -> Self {
        let axes = standard.axes();
        let (mut rows, mut unknown) = (vec![0.0; facts.len() * axes], vec![f32::INFINITY; facts.len()]);
        for (at, facts) in facts.iter().enumerate().filter(|(_, facts)| standard.hears(facts)) {
            unknown[at] = standard.place(facts, &mut rows[at * axes..][..axes]);
        }
        let crowds = crowds(&rows, &unknown, axes, kinds);
        let mut stands = vec![true; facts.len()];
        for member in crowds.iter().flat_map(|crowd| &crowd[1..]) {
            stands[*member as usize] = false;
        }
        let standing = (0_u32..).zip(stands).filter(|(_, stands)| *stands).map(|(item, _)| item);
        let (mut order, mut soundless): (Vec<u32>, Vec<u32>) =
            standing.partition(|item| unknown[*item as usize] < f32::INFINITY);
        let tree = Tree::build(&rows, &unknown, axes, genres, &mut order);
        let sounded = order.len();
        order.append(&mut soundless);
        let mut places = Self { standard, singly, sounded, tree, ..Self::default() };
        places.positions = vec![0; facts.len()];
        for (position, item) in (0_u32..).zip(&order) {
            places.positions[*item as usize] = position;
        }
        places.members = order.len();
        for crowd in crowds {
            let home = places.positions[crowd[0] as usize] as usize;
            places.crowds.insert(home, order.len()..order.len() + crowd.len());
            for member in crowd {
                places.positions[member as usize] = u32::try_from(order.len()).unwrap_or(u32::MAX);
                order.push(member);
            }
        }
        places.added = order.len();
        places.tiles = vec![0.0; order.len().next_multiple_of(LEAF) * axes];
        places.unknown = vec![f32::INFINITY; order.len().next_multiple_of(LEAF)];
        for (position, item) in order.iter().enumerate() {
            places.write(position, &rows[*item as usize * axes..][..axes], unknown[*item as usize]);
        }
        places.items = order;
        if singly {
            // The rows in the order of the positions.
            let at = |item: &u32| *item as usize * axes;
            places.rows = places.items.iter().flat_map(|item| &rows[at(item)..at(item) + axes]).copied().collect();
        }
        places
    }

    /// One more item, at the last position.
    pub(crate) fn push(&mut self, facts: &Facts) {
        let axes = self.standard.axes();
        let (mut row, position) = (vec![0.0; axes], self.items.len());
        let unknown = if self.standard.hears(facts) { self.standard.place(facts, &mut row) } else { f32::INFINITY };
        if position == self.unknown.len() {
            self.unknown.resize(position + LEAF, f32::INFINITY);
            self.tiles.resize((position + LEAF) * axes, 0.0);
        }
        self.write(position, &row, unknown);
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.items.push(number(self.positions.len()));
        self.positions.push(number(position));
        if self.singly {
            self.rows.extend(row);
        }
    }

    fn write(&mut self, position: usize, row: &[f32], unknown: f32) {
        for (axis, value) in row.iter().enumerate() {
            self.tiles[(position / LEAF * row.len() + axis) * LEAF + position % LEAF] = *value;
        }
        self.unknown[position] = unknown;
    }

    /// How many items there are.
    pub(crate) const fn len(&self) -> usize {
        self.positions.len()
    }

    /// How many positions there are: at least one for each item.
    pub(crate) const fn positions(&self) -> usize {
        self.items.len()
    }

    /// The positions of the members, if it is a crowd that stands at a position.
    #[inline]
    pub(crate) fn crowd(&self, position: usize) -> Option<Range<usize>> {
        if self.crowds.is_empty() { None } else { self.crowds.get(&position).cloned() }
    }

    /// Positions of members of crowds: a search comes to them by their crowd.
    pub(crate) const fn members(&self) -> Range<usize> {
        self.members..self.added
    }

    /// The position of an item.
    pub(crate) fn position(&self, item: usize) -> usize {
        self.positions[item] as usize
    }

    /// The item at a position.
    pub(crate) fn item(&self, position: usize) -> usize {
        self.items[position] as usize
    }

    /// The items in the order of their positions; the first member of a crowd stands for it, too.
    pub(crate) fn items(&self) -> &[u32] {
        &self.items
    }

    /// Positions below this are in the tree.
    pub(crate) const fn sounded(&self) -> usize {
        self.sounded
    }

    /// The positions that were added later.
    pub(crate) const fn later(&self) -> Range<usize> {
        self.added..self.items.len()
    }

    /// Whether anybody's sound is known.
    pub(crate) const fn has_any(&self) -> bool {
        self.sounded > 0
    }

    /// Whether anything is known of the sound at a position.
    pub(crate) fn knows(&self, position: usize) -> bool {
        self.unknown[position] < f32::INFINITY
    }

    /// The place to compare others with; `None` without a sound.
    pub(crate) fn here(&self, position: usize) -> Option<Here> {
        let mut here = Here { values: [0.0; WIDTH], unknown: self.unknown[position] };
        for axis in 0..self.standard.axes() {
            here.values[axis] = self.value(position, axis);
        }
        self.knows(position).then_some(here)
    }

    fn value(&self, position: usize, axis: usize) -> f32 {
        self.tiles[(position / LEAF * self.standard.axes() + axis) * LEAF + position % LEAF]
    }

    /// Squared distance from a place to that of a position; infinite if that has none. Where it is more than `within`, any number
    /// that is more too.
    #[inline]
    pub(crate) fn squared(&self, here: &Here, position: usize, within: f32) -> f32 {
        let axes = self.standard.axes();
        let mut sum = self.unknown[position] + here.unknown;
        if self.singly {
            let row = &self.rows[position * axes..][..axes];
            // Most of those that are compared one by one turn out to be far after a few axes.
            for (there, here) in row.chunks(BLOCK).zip(here.values.chunks(BLOCK)) {
                for (there, here) in there.iter().zip(here) {
                    let step = here - there;
                    sum += step * step;
                }
                if sum > within {
                    break;
                }
            }
        } else {
            for axis in 0..axes {
                let step = here.values[axis] - self.value(position, axis);
                sum += step * step;
            }
        }
        sum
    }

    /// Squared distances from a place to those of a leaf, infinite beyond the last of the tree's.
    #[inline]
    pub(crate) fn squares(&self, here: &Here, leaf: usize) -> [f32; LEAF] {
        let axes = self.standard.axes();
        let mut sums = [0.0; LEAF];
        for (sum, unknown) in sums.iter_mut().zip(&self.unknown[leaf * LEAF..][..LEAF]) {
            *sum = *unknown + here.unknown;
        }
        let tile = &self.tiles[leaf * axes * LEAF..][..axes * LEAF];
        for (column, here) in tile.as_chunks::<LEAF>().0.iter().zip(here.values) {
            for lane in 0..LEAF {
                let step = here - column[lane];
                sums[lane] += step * step;
            }
        }
        // Members of crowds may stand there.
        if let Some(rest) = self.sounded.checked_sub(leaf * LEAF).and_then(|lanes| sums.get_mut(lanes..)) {
            rest.fill(f32::INFINITY);
        }
        sums
    }

    /// The tree of the sounds.
    pub(crate) const fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Shows `visit` the leaves of the tree that may hold an item at a squared distance of at most the limit, which it gives anew.
    pub(crate) fn walk(&self, here: &Here, limit: f32, visit: impl FnMut(usize) -> f32) {
        self.tree.walk(&here.values, here.unknown, limit, visit);
    }

    /// The squared distances, at least, from a place to those below each child of a node of the tree.
    #[inline]
    pub(crate) fn squares_of(&self, here: &Here, node: u32) -> Lanes {
        self.tree.squares(node, &here.values, here.unknown)
    }

    /// Whether two known sounds are very similar.
    pub(crate) fn are_close(&self, a: usize, b: usize) -> bool {
        self.here(a).is_some_and(|here| self.squared(&here, b, f32::INFINITY) <= CLOSE * CLOSE)
    }
}

/// The distance, 0 to 1, that a squared one is reported as.
#[inline]
pub(crate) fn reported(squared: f32) -> f32 {
    let distance = squared.sqrt();
    distance / (distance + 1.0)
}

/// A squared distance that nothing reported as at most `distance` exceeds, rounding included; infinite from 1 on and negative below 0.
pub(crate) fn squared_within(distance: f32) -> f32 {
    if distance < 0.0 {
        return -1.0;
    }
    if distance >= 0.999 || distance.is_nan() {
        return f32::INFINITY;
    }
    let root = distance / (1.0 - distance);
    root * root * (1.0 + 2e-5) + 1e-9
}
