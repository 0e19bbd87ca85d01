//! How much of an asker's genres a part of the tree can have.
//!
//! For every genre and every part of the tree that has an item with it, the most that one of them has of it is known ("block-max" indexes:
//! Ding and Suel, SIGIR 2011; here for the parts of all sizes). A genre's parts are a tree of their own, a thinned out copy of the tree of
//! the sounds. A walk goes down all trees of the asker's genres at once, and leaves one behind where nobody has the genre: so
//! what it costs to know a bound depends on the parts that it comes to, not on how many have a genre somewhere.

use crate::audio::narrow;
use crate::builder::number;
use crate::genres::{Asked, Genres};
use crate::tree::{LEAF, Tree};

/// More than single precision can lose in a sum of weights, as a share of it.
const ROUNDING: f64 = 1e-5;

/// The trees of all genres, one after the other, and the items of the leaves.
#[derive(Debug, Default)]
pub(crate) struct Reaches {
    /// Per genre where its tree begins.
    starts: Vec<u32>,
    parts: Vec<Part>,
    /// Leaf by leaf, genre by genre.
    items: Vec<Weight>,
}

/// What the halves of a part of the tree have of a genre. It stands before the parts of its left and then its right half, as far as those
/// have anything of it.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    /// What the best of each half's items adds to a cosine for a weight of 1; 0 where nobody has the genre.
    left: f32,
    right: f32,
    /// How far behind the right half's part is. Of a leaf: where its items are.
    to: u32,
}

/// What an item of a leaf adds to a cosine for a weight of 1.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    /// Which of the leaf's it is, and [`LAST`] for the last that has the genre.
    lane: u32,
    weight: f32,
}

const LAST: u32 = 1 << 31;

/// Memory of a walk, used again.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    stack: Vec<Ahead>,
    /// The genres of the parts on the stack, one part after the other; before a walk, those of the whole tree.
    has: Vec<Has>,
    /// Those of the part that is looked at.
    here: Vec<Has>,
}

/// A part of the tree that is still to be seen.
#[derive(Debug, Clone, Copy)]
struct Ahead {
    /// How near an item can be, at least.
    least: f32,
    /// How near its sound can be, at least, squared.
    squared: f32,
    /// The most cosine of an item.
    cosine: f32,
    node: u32,
    /// Where its genres begin.
    from: u32,
}

/// One of the asker's genres that somebody in a part of the tree has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Has {
    part: u32,
    weight: f32,
    /// The most that it can add to a cosine, squared.
    square: f32,
}

/// The most cosine of an item that has the most of each genre, but not more than fits into one item.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    one_by_one: f32,
    squares: f32,
}

impl Sum {
    #[inline]
    fn add(&mut self, one: &Has, most: f32) {
        self.one_by_one += one.weight * most;
        // Without a branch, which would be guessed wrong half the time.
        let counts = 0_u32.wrapping_sub(u32::from(most > 0.0));
        self.squares += f32::from_bits(one.square.to_bits() & counts);
    }

    #[inline]
    fn most(self) -> f32 {
        self.one_by_one.min(self.squares.sqrt())
    }
}

impl Reaches {
    /// Reads the lists of all genres; positions are those of the tree.
    pub(crate) fn build(genres: &Genres, tree: &Tree) -> Self {
        let leaf = |entry: &(u32, f32)| entry.0 as usize / LEAF;
        let list = |genre: u32| {
            let list = genres.list(genre);
            &list[..list.partition_point(|entry| leaf(entry) < tree.leaves())]
        };
        let mut next = vec![0; tree.leaves() + 1];
        for entry in (0..genres.vocabulary()).flat_map(list) {
            next[leaf(entry) + 1] += 1;
        }
        for at in 0..tree.leaves() {
            next[at + 1] += next[at];
        }
        let mut reaches = Self { items: vec![Weight::default(); next[tree.leaves()]], ..Self::default() };
        let mut leaves = Vec::new();
        for genre in 0..genres.vocabulary() {
            leaves.clear();
            for same in list(genre).chunk_by(|x, y| leaf(x) == leaf(y)) {
                let at = next[leaf(&same[0])];
                next[leaf(&same[0])] += same.len();
                let mut most = 0.0_f32;
                for (item, (position, weight)) in reaches.items[at..].iter_mut().zip(same) {
                    let weight = f64::from(*weight) * genres.scale(*position as usize);
                    most = most.max(narrow(weight * (1.0 + ROUNDING)));
                    *item = Weight { lane: number(*position as usize % LEAF), weight: narrow(weight) };
                }
                reaches.items[at + same.len() - 1].lane |= LAST;
                leaves.push((leaf(&same[0]), most, number(at)));
            }
            reaches.starts.push(number(reaches.parts.len()));
            reaches.grow(tree, 0, &leaves);
        }
        reaches.starts.push(number(reaches.parts.len()));
        reaches.parts.shrink_to_fit();
        reaches
    }

    /// Adds the part of a node and those below it, of which these leaves have a genre, each with its most and where its items are. Gives
    /// the most of all.
    fn grow(&mut self, tree: &Tree, node: u32, leaves: &[(usize, f32, u32)]) -> f32 {
        let [(_, most, items), ..] = leaves else { return 0.0 };
        let at = self.parts.len();
        self.parts.push(Part { to: *items, ..Part::default() });
        let (_, Some((left, right))) = tree.part(node) else { return *most };
        let (first, _) = tree.part(right);
        let (to_left, to_right) = leaves.split_at(leaves.partition_point(|(leaf, ..)| *leaf < first));
        let left = self.grow(tree, left, to_left);
        let to = number(self.parts.len() - at);
        let right = self.grow(tree, right, to_right);
        self.parts[at] = Part { left, right, to };
        left.max(right)
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

    /// About the cosines of the items of a leaf, within 1e-5, of what of the asker's genres is there.
    #[inline]
    pub(crate) fn sums(&self, has: &[Has]) -> [f32; LEAF] {
        let mut sums = [0.0; LEAF];
        for one in has {
            for item in &self.items[self.parts[one.part as usize].to as usize..] {
                sums[item.lane as usize % LEAF] += one.weight * item.weight;
                if item.lane & LAST != 0 {
                    break;
                }
            }
        }
        sums
    }

    /// Shows `visit` the leaves that may hold an item within the limit, likely near ones first; once after each [`ask`](Self::ask).
    /// `squared` gives the squared distance of a node's sounds, `least` how near an item can be, from that and the most cosine, and the
    /// limit is on the same scale. `visit` gets the leaf, the most cosine there, and the asker's genres there, and gives the limit from
    /// then on.
    pub(crate) fn walk(
        &self,
        tree: &Tree,
        ways: &mut Ways,
        limit: f32,
        squared: impl Fn(u32) -> f32,
        least: impl Fn(f32, f32) -> f32,
        mut visit: impl FnMut(usize, f32, &[Has]) -> f32,
    ) {
        let Ways { stack, has, here } = ways;
        let mut limit = limit;
        stack.clear();
        if tree.leaves() > 0 {
            stack.push(Ahead { least: f32::NEG_INFINITY, squared: 0.0, cosine: 1.0, node: 0, from: 0 });
        }
        while let Some(part) = stack.pop() {
            let from = part.from as usize;
            if part.least > limit {
                has.truncate(from);
                continue;
            }
            let (first, halves) = tree.part(part.node);
            let Some((left, right)) = halves else {
                limit = visit(first, part.cosine, &has[from..]);
                has.truncate(from);
                continue;
            };
            here.clear();
            here.extend_from_slice(&has[from..]);
            has.truncate(from);
            let (mut to_left, mut to_right) = (Sum::default(), Sum::default());
            for one in &*here {
                let part = self.parts[one.part as usize];
                to_left.add(one, part.left);
                to_right.add(one, part.right);
            }
            let ahead = |node: u32, sum: Sum| {
                let cosine = sum.most();
                let mut ahead =
                    Ahead { least: least(part.squared, cosine), squared: part.squared, cosine, node, from: 0 };
                // Its box is in that of the whole: most halves are held back by their genres alone.
                if ahead.least <= limit {
                    ahead.squared = squared(node);
                    ahead.least = least(ahead.squared, cosine);
                }
                ahead
            };
            let (to_left, to_right) = (ahead(left, to_left), ahead(right, to_right));
            let left_is_near = to_left.least <= to_right.least;
            for is_left in [!left_is_near, left_is_near] {
                let ahead = if is_left { to_left } else { to_right };
                if ahead.least > limit {
                    continue;
                }
                stack.push(Ahead { from: number(has.len()), ..ahead });
                for one in &*here {
                    let part = self.parts[one.part as usize];
                    let (most, to) = if is_left { (part.left, 1) } else { (part.right, part.to) };
                    if most > 0.0 {
                        has.push(Has { part: one.part + to, ..*one });
                    }
                }
            }
        }
    }
}
