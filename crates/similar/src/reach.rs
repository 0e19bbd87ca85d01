//! How much of an asker's genres a part of the tree can have.
//!
//! For every genre and every leaf that has an item with it, the most that one of them has of it is known ("block-max" indexes: Ding and
//! Suel, SIGIR 2011). A search goes through these few numbers instead of the items, adds up for every leaf what its items can have at
//! most, and hands the most of two halves up the tree. So a walk passes over whole parts that sound near enough but have other genres.

use crate::audio::narrow;
use crate::builder::number;
use crate::genres::{Asked, Genres};
use crate::sparse::Sparse;
use crate::tree::{LEAF, Tree};

/// More than single precision can lose in a sum of weights, as a share of it.
const ROUNDING: f64 = 1e-5;

/// The most of every genre in every leaf.
#[derive(Debug, Default)]
pub(crate) struct Reaches {
    /// Per genre the leaves that have it, as nodes of the tree, with what the best of their items adds to a cosine for a weight of 1.
    most: Sparse,
    /// Per node the one above it.
    above: Vec<u32>,
}

/// What the nodes of a tree can have at most of an asker's genres.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Per node that is a leaf: what the marked genres can add to a cosine, one by one, and squared if one item has all of them.
    sums: Vec<(f32, f32)>,
    /// Leaves with more than nothing.
    leaves: Vec<u32>,
    /// Per node: the most cosine of an item below it; 0 where it is no more than what is not marked can add.
    most: Vec<f32>,
    /// Nodes with more than nothing.
    nodes: Vec<u32>,
    /// What is not marked can add at most.
    rest: f32,
}

impl Reaches {
    /// Reads the lists of all genres; positions are those of the tree.
    pub(crate) fn build(genres: &Genres, tree: &Tree) -> Self {
        let (above, leaves) = tree.ways_up();
        let end = leaves.len() * LEAF;
        let row = |genre: u32| {
            let list = genres.list(genre);
            let list = &list[..list.partition_point(|(position, _)| (*position as usize) < end)];
            let of_leaf = |same: &[(u32, f32)]| {
                let weight = |(position, weight): &(u32, f32)| f64::from(*weight) * genres.scale(*position as usize);
                let most = same.iter().map(weight).fold(0.0, f64::max);
                (leaves[same[0].0 as usize / LEAF], narrow(most * (1.0 + ROUNDING)))
            };
            list.chunk_by(|x, y| x.0 as usize / LEAF == y.0 as usize / LEAF).map(of_leaf).collect::<Vec<_>>()
        };
        Self { most: Sparse::from_rows((0..genres.vocabulary()).map(row)), above }
    }

    /// How many leaves have a genre.
    pub(crate) fn leaves(&self, genre: u32) -> usize {
        self.row(genre).len()
    }

    fn row(&self, genre: u32) -> &[(u32, f32)] {
        if (genre as usize) < self.most.len() { self.most.row(genre as usize) } else { &[] }
    }

    /// Forgets what was marked.
    pub(crate) fn begin(&self, marks: &mut Marks) {
        for leaf in marks.leaves.drain(..) {
            marks.sums[leaf as usize] = (0.0, 0.0);
        }
        marks.sums.resize(self.above.len(), (0.0, 0.0));
    }

    /// Adds what the leaves have of one of the genres that were asked for. `square` is the most that it can add to a cosine, squared.
    pub(crate) fn mark(&self, genre: u32, square: f64, asked: &Asked, marks: &mut Marks) {
        let (weight, square) = (asked.weight(genre), narrow(square * (1.0 + ROUNDING)));
        for (node, most) in self.row(genre) {
            let sums = &mut marks.sums[*node as usize];
            if sums.1 == 0.0 {
                marks.leaves.push(*node);
            }
            *sums = (sums.0 + weight * most, sums.1 + square);
        }
    }

    /// Hands the most of the leaves up the tree. Of what is not marked nobody can have more than `rest`.
    pub(crate) fn hand_up(&self, rest: f32, marks: &mut Marks) {
        for node in marks.nodes.drain(..) {
            marks.most[node as usize] = 0.0;
        }
        marks.most.resize(self.above.len(), 0.0);
        marks.rest = rest;
        for leaf in &marks.leaves {
            let mut node = *leaf as usize;
            let (one_by_one, squared) = marks.sums[node];
            let most = (one_by_one + rest).min((squared + rest * rest).sqrt());
            loop {
                let so_far = &mut marks.most[node];
                if *so_far >= most {
                    break;
                }
                if *so_far == 0.0 {
                    marks.nodes.push(number(node));
                }
                *so_far = most;
                if node == 0 {
                    break;
                }
                node = self.above[node] as usize;
            }
        }
    }
}

impl Marks {
    /// The most cosine that an item below a node can have.
    #[inline]
    pub(crate) fn most(&self, node: usize) -> f32 {
        let most = self.most[node];
        if most > self.rest { most } else { self.rest }
    }
}
