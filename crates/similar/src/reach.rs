//! How much of an asker's genres a part of the tree can have.
//!
//! For every genre and every part of the tree that has an item with it, the most that one of them has of it is known ("block-max" indexes:
//! Ding and Suel, SIGIR 2011; here for the nodes of all sizes). A genre's parts are a tree of their own, a thinned out copy of the tree of
//! the sounds. A walk goes down all trees of the asker's genres at once, and leaves one behind where nobody has the genre: so
//! what it costs to know a bound depends on the nodes that it comes to, not on how many have a genre somewhere.

use crate::audio::narrow;
use crate::builder::number;
use crate::genres::{Asked, Genres};
use crate::tree::{Child, FAN, LEAF, Lanes, Order, Tree};

/// More than single precision can lose in a sum of weights, as a share of it.
const ROUNDING: f64 = 1e-5;

/// The trees of all genres, one after the other, and the items of the leaves.
#[derive(Debug, Default)]
pub(crate) struct Reaches {
    /// Per genre where its tree begins.
    starts: Vec<u32>,
    parts: Vec<Part>,
    /// Leaf by leaf, genre by genre: where few of a leaf's items have it.
    few: Vec<Weight>,
    /// The same where many have it.
    many: Vec<Weights>,
}

/// What the children of a node of the tree have of a genre.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Part {
    /// What the best of each child's items adds to a cosine for a weight of 1; 0 where nobody has the genre.
    most: Lanes,
    /// Where each child's part is, if it is a node; if it is a leaf, where its items are: among the few, or with [`MANY`] among the many.
    to: [u32; FAN],
}

/// What an item of a leaf adds to a cosine for a weight of 1, in [`STEP`]s, rounded up. A line of the processor's memory is read for few
/// genres more often than anything is calculated, so it should hold much.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    /// Which of the leaf's it is.
    lane: u8,
    /// Whether it is the last that has the genre.
    last: bool,
    steps: u16,
}

/// The same of each of a leaf's items.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Weights([u16; LEAF]);

/// A weight is a sixteenth at most: `256 |x|²` is at most 1 for the weights `x` of an item (module `genres`).
const STEP: f32 = 1.0 / (16.0 * 65_000.0);

const MANY: u32 = 1 << 31;

/// From so many items of a leaf on it is cheaper to add a number for each of its items than to look who they are.
const MANY_ITEMS: usize = 4;

/// Memory of a walk, used again.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    /// The asker's genres in the nodes from the root down to where the walk is, one node after the other.
    has: Vec<Has>,
}

/// One of the asker's genres that somebody below a node has.
#[derive(Debug, Clone, Copy)]
struct Has {
    part: u32,
    weight: f32,
    /// The most that it can add to a cosine, squared.
    square: f32,
}

/// The asker's genres in a leaf.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Own<'a> {
    /// Those in the node that the leaf is a child of.
    has: &'a [Has],
    lane: usize,
}

impl Reaches {
    /// Reads the lists of all genres; positions are those of the tree.
    pub(crate) fn build(genres: &Genres, tree: &Tree) -> Self {
        // The items of one genre in one leaf.
        let runs = |genre: u32| {
            let list = genres.list(genre);
            list[..list.partition_point(|entry| leaf_of(entry) < tree.leaves())]
                .chunk_by(|x, y| leaf_of(x) == leaf_of(y))
        };
        let (mut few, mut many) = (vec![0; tree.leaves() + 1], vec![0; tree.leaves() + 1]);
        for run in (0..genres.vocabulary()).flat_map(runs) {
            let (next, size) = if run.len() < MANY_ITEMS { (&mut few, run.len()) } else { (&mut many, 1) };
            next[leaf_of(&run[0]) + 1] += size;
        }
        for leaf in 0..tree.leaves() {
            few[leaf + 1] += few[leaf];
            many[leaf + 1] += many[leaf];
        }
        let mut reaches = Self {
            few: vec![Weight::default(); few[tree.leaves()]],
            many: vec![Weights([0; LEAF]); many[tree.leaves()]],
            ..Self::default()
        };
        let mut leaves = Vec::new();
        for genre in 0..genres.vocabulary() {
            leaves.clear();
            for run in runs(genre) {
                let leaf = leaf_of(&run[0]);
                let weights = run.iter().map(|(position, weight)| {
                    (*position as usize % LEAF, f64::from(*weight) * genres.scale(*position as usize))
                });
                let most =
                    weights.clone().fold(0.0_f32, |most, (_, weight)| most.max(narrow(weight * (1.0 + ROUNDING))));
                let to = if run.len() < MANY_ITEMS {
                    let own = &mut reaches.few[few[leaf]..][..run.len()];
                    for (item, (lane, weight)) in own.iter_mut().zip(weights) {
                        *item =
                            Weight { lane: u8::try_from(lane).unwrap_or_default(), last: false, steps: steps(weight) };
                    }
                    own[run.len() - 1].last = true;
                    few[leaf] += run.len();
                    number(few[leaf] - run.len())
                } else {
                    for (lane, weight) in weights {
                        reaches.many[many[leaf]].0[lane] = steps(weight);
                    }
                    many[leaf] += 1;
                    number(many[leaf] - 1) | MANY
                };
                leaves.push((number(leaf), most, to));
            }
            reaches.starts.push(number(reaches.parts.len()));
            if !leaves.is_empty() {
                reaches.grow(tree, 0, &leaves);
            }
        }
        reaches.starts.push(number(reaches.parts.len()));
        reaches.parts.shrink_to_fit();
        reaches
    }

    /// Adds the part of a node and those below it, of which these leaves have a genre, each with its most and where its items are. Gives
    /// the most of all.
    fn grow(&mut self, tree: &Tree, node: u32, leaves: &[(u32, f32, u32)]) -> f32 {
        let (at, node) = (self.parts.len(), tree.node(node));
        self.parts.push(Part::default());
        let mut rest = leaves;
        for lane in (0..FAN).rev() {
            let (before, own) = rest.split_at(rest.partition_point(|(leaf, ..)| *leaf < node.firsts[lane]));
            let [(_, most, items), ..] = own else { continue };
            let (most, to) = match node.children[lane] {
                Child::None => continue,
                Child::Leaf(_) => (*most, *items),
                Child::Node(below) => {
                    let to = number(self.parts.len());
                    (self.grow(tree, below, own), to)
                }
            };
            (self.parts[at].most[lane], self.parts[at].to[lane]) = (most, to);
            rest = before;
        }
        self.parts[at].most.iter().fold(0.0, |most, one| one.max(most))
    }

    /// Prepares a walk for what was asked.
    pub(crate) fn ask(&self, asked: &Asked, ways: &mut Ways) {
        ways.has.clear();
        for (genre, reach) in asked.reaches() {
            // Nobody in the tree has a genre that came later.
            if let Some([part, end]) = self.starts.get(genre as usize..genre as usize + 2)
                && part < end
            {
                let square = narrow(reach * reach * (1.0 + ROUNDING));
                ways.has.push(Has { part: *part, weight: asked.weight(genre), square });
            }
        }
    }

    /// The most cosines of the items of a leaf, by what of the asker's genres is there: not more than 2e-5 too little and 1e-3 too much.
    #[inline]
    pub(crate) fn sums(&self, own: Own<'_>) -> [f32; LEAF] {
        let mut sums = [0.0; LEAF];
        for one in own.has {
            let part = &self.parts[one.part as usize];
            if part.most[own.lane] == 0.0 {
                continue;
            }
            let (to, weight) = (part.to[own.lane], one.weight * STEP);
            if to & MANY != 0 {
                for (sum, steps) in sums.iter_mut().zip(&self.many[(to & !MANY) as usize].0) {
                    *sum += weight * f32::from(*steps);
                }
                continue;
            }
            for item in &self.few[to as usize..] {
                sums[item.lane as usize % LEAF] += weight * f32::from(item.steps);
                if item.last {
                    break;
                }
            }
        }
        sums
    }

    /// Shows `visit` the leaves that may hold an item within the limit, likely near ones first; once after each [`ask`](Self::ask).
    /// `squares` gives the squared distances of the sounds of a node's children, `least` how near an item can be, from that and the most
    /// cosine, and the limit is on the same scale. `visit` gets the leaf, the squared distance of its sounds, and the asker's genres there,
    /// and gives the limit from then on.
    pub(crate) fn walk(
        &self,
        tree: &Tree,
        ways: &mut Ways,
        limit: f32,
        squares: impl Fn(u32) -> Lanes,
        least: impl Fn(f32, f32) -> f32,
        visit: impl FnMut(usize, f32, Own<'_>) -> f32,
    ) {
        if tree.leaves() > 0 {
            Walk { reaches: self, tree, has: &mut ways.has, limit, squares, least, visit }.down(0, 0);
        }
    }

    /// The most cosine of an item below each child of a node: it has the most of each genre, but not more than fits into one item.
    #[inline]
    fn cosines(&self, has: &[Has]) -> Lanes {
        let (mut one_by_one, mut squares) = ([0.0_f32; FAN], [0.0_f32; FAN]);
        for one in has {
            let part = &self.parts[one.part as usize];
            for lane in 0..FAN {
                one_by_one[lane] += one.weight * part.most[lane];
                // Without a branch, which would be guessed wrong half the time.
                let counts = 0_u32.wrapping_sub(u32::from(part.most[lane] > 0.0));
                squares[lane] += f32::from_bits(one.square.to_bits() & counts);
            }
        }
        let mut cosines = [0.0; FAN];
        for lane in 0..FAN {
            let root = squares[lane].sqrt();
            cosines[lane] = if one_by_one[lane] < root { one_by_one[lane] } else { root };
        }
        cosines
    }
}

/// A walk through the tree of the sounds and those of the genres.
struct Walk<'a, S, L, V> {
    reaches: &'a Reaches,
    tree: &'a Tree,
    has: &'a mut Vec<Has>,
    limit: f32,
    squares: S,
    least: L,
    visit: V,
}

impl<S: Fn(u32) -> Lanes, L: Fn(f32, f32) -> f32, V: FnMut(usize, f32, Own<'_>) -> f32> Walk<'_, S, L, V> {
    /// Sees what is below a node whose genres begin at `from`.
    fn down(&mut self, node: u32, from: usize) {
        let to = self.has.len();
        let cosines = self.reaches.cosines(&self.has[from..]);
        let squares = (self.squares)(node);
        let mut least = [0.0; FAN];
        for lane in 0..FAN {
            least[lane] = (self.least)(squares[lane], cosines[lane]);
        }
        let mut order = Order::new(&least, self.limit);
        let node = self.tree.node(node);
        while let Some(lane) = order.next(self.limit) {
            match node.children[lane] {
                Child::None => {}
                Child::Leaf(leaf) => {
                    let own = Own { has: &self.has[from..], lane };
                    self.limit = (self.visit)(leaf as usize, squares[lane], own);
                }
                Child::Node(below) => {
                    for at in from..to {
                        let one = self.has[at];
                        let part = &self.reaches.parts[one.part as usize];
                        if part.most[lane] > 0.0 {
                            self.has.push(Has { part: part.to[lane], ..one });
                        }
                    }
                    self.down(below, to);
                    self.has.truncate(to);
                }
            }
        }
    }
}

/// The leaf of an entry of a list.
const fn leaf_of(entry: &(u32, f32)) -> usize {
    entry.0 as usize / LEAF
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of at most 65,000")]
fn steps(weight: f64) -> u16 {
    (weight / f64::from(STEP)).ceil() as u16
}
