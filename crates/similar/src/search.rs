//! The exact search: every item that can be among the nearest is compared, and no others.
//!
//! Items that nothing tells apart are compared once (module `crowds`). Four ways lead to candidates: those whom behaviour joins to the asker, one by one; the lists of the genres that the asker has or that
//! are related to its own; the tree of the sounds; and those that were added later. Lists and tree share the work by bounds. When the
//! lists of some genres have been gone through, an item that is still unseen has only the other genres in common, so its cosine is at
//! most the length of the asker's weights of those. With the farthest neighbour so far this gives the largest distance of the sounds at
//! which an unseen item can still matter, and the tree finds all within it. The rarest genres with the most weight come first, and the
//! search turns to the tree as soon as that costs less than the next list, and to a sweep of all sounds where neither holds much back
//! (sounds and genres without any structure). Whatever it chooses, the answer is the same.

use crate::blend::Blend;
use crate::genres::{self, Asked, Genres};
use crate::nearest::{Candidate, Nearest};
use crate::places::{Here, Places, reported, squared_within};
use crate::tree::LEAF;

/// What it costs to see a leaf, in comparisons of two items.
const LEAF_COST: f32 = 8.0;

/// A comparison of two items costs as much as passing so many in a sweep of all.
const SWEEP_COST: f32 = 16.0;

/// More than single precision can lose in a sweep.
const SWEEP_MARGIN: f32 = 2e-5;

/// Leaves on either side of the asker's own that are seen first, so that the bounds begin small.
const AROUND: usize = 3;

/// A catalogue of artists or songs, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) blend: Blend,
    pub(crate) places: Places,
    pub(crate) genres: Genres,
}

/// Memory that a thread uses again from search to search.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    asked: Asked,
    /// Genres with what each can add to a cosine, squared, in the order in which they are gone through.
    lists: Vec<(u32, f64)>,
    /// What all lists from one on can add, squared.
    rest: Vec<f64>,
    /// Per position: the number of the last search that saw it.
    seen: Vec<u32>,
    search: u32,
    stack: Vec<(f32, u32)>,
    /// Per position of a sweep: what its weights add up to.
    sums: Vec<f32>,
}

impl Scratch {
    fn begin(&mut self, positions: usize) {
        if self.search == u32::MAX {
            self.search = 0;
            self.seen.clear();
        }
        self.search += 1;
        self.seen.resize(positions, 0);
    }
}

/// Who asks.
struct Asker {
    here: Option<Here>,
    has_genres: bool,
    /// The least genre distance without anything in common.
    apart: f32,
}

impl Index {
    /// Offers every item that can be among the nearest to an item and that `accept` lets pass. `joined` are the items that behaviour
    /// joins to it, with their strengths above 0.
    pub(crate) fn search(
        &self,
        item: usize,
        joined: &[(u32, f32)],
        accept: impl Fn(usize) -> bool,
        nearest: &mut Nearest<'_>,
        scratch: &mut Scratch,
    ) {
        let position = self.places.position(item);
        scratch.begin(self.places.positions());
        scratch.seen[position] = scratch.search;
        self.genres.ask(position, &mut scratch.asked);
        let has_genres = self.genres.knows(position);
        let apart = self.blend.apart(has_genres, self.genres.all_known());
        let asker = Asker { here: self.places.here(position), has_genres, apart };
        let mut run = Run { index: self, asker, accept, nearest, scratch };
        run.joined(joined);
        if self.blend.has_content() {
            for later in self.places.later() {
                run.see(later, None);
            }
            run.order_lists();
            run.around(self.places.home(position));
            run.content();
        }
    }

    /// Distances from an item to all others, as `(item, distance)` in no order; those that cannot be compared are left out.
    pub(crate) fn each(
        &self,
        item: usize,
        joined: &[(u32, f32)],
        scratch: &mut Scratch,
        mut take: impl FnMut(Candidate),
    ) {
        let position = self.places.position(item);
        self.genres.ask(position, &mut scratch.asked);
        let asker = Asker { here: self.places.here(position), has_genres: self.genres.knows(position), apart: 1.0 };
        let mut strengths = joined.iter().peekable();
        for index in (0..self.places.len()).filter(|index| *index != item) {
            while strengths.next_if(|(other, _)| (*other as usize) < index).is_some() {}
            let strength = strengths.peek().filter(|(other, _)| *other as usize == index).map_or(0.0, |(_, s)| *s);
            let content = self.content(&asker, &scratch.asked, self.places.position(index), f32::INFINITY, None);
            let distance = self.blend.with_behaviour(content, strength);
            if distance.is_finite() {
                take(Candidate { distance, index });
            }
        }
    }

    /// The distance by sound and genres; infinite where neither can be compared, and perhaps where it is more than `most`. `squared` is
    /// that of the sounds if it is known already.
    #[inline]
    fn content(&self, asker: &Asker, asked: &Asked, other: usize, most: f32, squared: Option<f32>) -> f32 {
        let cosine = self.genres.cosine(asked, other);
        let has_genres = self.genres.knows(other);
        let genres = genres::distance(self.blend.apart(asker.has_genres, has_genres), cosine);
        match &asker.here {
            Some(here) if self.places.knows(other) => {
                let sound = match squared {
                    Some(squared) => reported(squared),
                    None if most == f32::INFINITY => reported(self.places.squared(here, other, f32::INFINITY)),
                    None => {
                        let within = squared_within(self.blend.sound_within(most, genres));
                        if within < 0.0 {
                            return f32::INFINITY;
                        }
                        let squared = self.places.squared(here, other, within);
                        if squared > within {
                            return f32::INFINITY;
                        }
                        reported(squared)
                    }
                };
                self.blend.with_sound(sound, genres)
            }
            _ => self.blend.without_sound(genres, cosine > 0.0 && asker.has_genres && has_genres),
        }
    }
}

/// One search.
struct Run<'a, 'b, 'c, A> {
    index: &'a Index,
    asker: Asker,
    accept: A,
    nearest: &'b mut Nearest<'c>,
    scratch: &'b mut Scratch,
}

impl<A: Fn(usize) -> bool> Run<'_, '_, '_, A> {
    /// Compares with an item, unless it was seen.
    #[inline]
    fn see(&mut self, other: usize, squared: Option<f32>) {
        if std::mem::replace(&mut self.scratch.seen[other], self.scratch.search) == self.scratch.search {
            return;
        }
        let most = self.index.blend.content_within(self.nearest.bound());
        let content = self.index.content(&self.asker, &self.scratch.asked, other, most, squared);
        let distance = self.index.blend.with_behaviour(content, 0.0);
        self.offer(other, distance);
    }

    #[inline]
    fn offer(&mut self, other: usize, distance: f32) {
        if distance <= self.nearest.bound() && distance < f32::INFINITY {
            if let Some(members) = self.index.places.crowd(other) {
                self.offer_crowd(members, distance);
                return;
            }
            let index = self.index.places.item(other);
            if (self.accept)(index) {
                self.nearest.offer(Candidate { distance, index });
            }
        }
    }

    /// Offers the members of a crowd, in their order, until there is no room for more.
    fn offer_crowd(&mut self, members: std::ops::Range<usize>, distance: f32) {
        let mut before = None;
        for member in members {
            let index = self.index.places.item(member);
            let candidate = Candidate { distance, index };
            if self.nearest.refuses(candidate) {
                return;
            }
            // The asker, and those whom behaviour joins to it, were seen on their own. Of takes of one work the first is the best.
            let seen = self.scratch.seen[member] == self.scratch.search;
            if !seen && !before.is_some_and(|other| self.nearest.one_work(other, index)) && (self.accept)(index) {
                self.nearest.offer(candidate);
                before = Some(index);
            }
        }
    }

    fn joined(&mut self, joined: &[(u32, f32)]) {
        for (item, strength) in joined {
            let other = self.index.places.position(*item as usize);
            if std::mem::replace(&mut self.scratch.seen[other], self.scratch.search) != self.scratch.search {
                let content = self.index.content(&self.asker, &self.scratch.asked, other, f32::INFINITY, None);
                self.offer(other, self.index.blend.with_behaviour(content, *strength));
            }
        }
    }

    /// The lists in the order in which they pay: much weight, few items.
    fn order_lists(&mut self) {
        let Scratch { asked, lists, rest, .. } = &mut *self.scratch;
        lists.clear();
        lists.extend(asked.reaches().map(|(genre, reach)| (genre, reach * reach)));
        let pays = |(genre, square): &(u32, f64)| *square / (self.index.genres.list(*genre).len() + 1) as f64;
        lists.sort_by(|x, y| pays(y).total_cmp(&pays(x)).then(x.0.cmp(&y.0)));
        rest.clear();
        rest.resize(lists.len() + 1, 0.0);
        for at in (0..lists.len()).rev() {
            rest[at] = rest[at + 1] + lists[at].1;
        }
    }

    /// The asker's own leaf and those beside it.
    fn around(&mut self, position: usize) {
        let sounded = self.index.places.sounded();
        if position >= sounded || self.scratch.lists.is_empty() {
            return;
        }
        let leaf = position / LEAF;
        for other in leaf.saturating_sub(AROUND) * LEAF..((leaf + AROUND + 1) * LEAF).min(sounded) {
            self.see(other, None);
        }
    }

    /// The least genre distance of an unseen item when the lists before `list` have been gone through.
    fn genres_apart(&self, list: usize) -> f32 {
        let most = crate::audio::narrow(self.scratch.rest[list].sqrt() * (1.0 + 1e-6));
        (self.asker.apart - most.min(1.0)).max(0.0)
    }

    /// The largest squared distance of sounds at which an unseen item can matter, if its genres are at least `genres` apart.
    fn squared(&self, genres: f32) -> f32 {
        let content = self.index.blend.content_within(self.nearest.bound());
        squared_within(self.index.blend.sound_within(content, genres))
    }

    /// Whether an unseen item that is compared without a sound can matter.
    fn soundless_matters(&self, genres: f32) -> bool {
        let least = self.index.blend.without_sound(genres, true);
        least <= self.index.blend.content_within(self.nearest.bound())
    }

    fn content(&mut self) {
        let Some(here) = self.asker.here else {
            for list in 0..self.scratch.lists.len() {
                if !self.soundless_matters(self.genres_apart(list)) {
                    return;
                }
                self.list(list, 0);
            }
            return;
        };
        let places = &self.index.places;
        let affordable = places.sounded() as f32 / SWEEP_COST;
        let (mut done, mut spent) = (0, 0.0);
        let mut limit = self.squared(self.genres_apart(done));
        while done < self.scratch.lists.len() {
            let length = self.index.genres.list(self.scratch.lists[done].0).len();
            if limit < 0.0 || places.leaves_within(limit) * LEAF_COST <= length as f32 {
                break;
            }
            if spent + length as f32 > affordable {
                break;
            }
            spent += length as f32;
            self.list(done, 0);
            done += 1;
            limit = self.squared(self.genres_apart(done));
        }
        let genres = self.genres_apart(done);
        if limit >= 0.0
            && !self.scratch.lists.is_empty()
            && spent + places.leaves_within(limit) * LEAF_COST > affordable
        {
            self.sweep(&here);
        } else if limit >= 0.0 {
            let mut stack = std::mem::take(&mut self.scratch.stack);
            places.walk(&here, limit, &mut stack, |leaf| {
                let squares = places.squares(&here, leaf);
                let within = squares.iter().fold(false, |any, squared| any | (*squared <= limit));
                if within {
                    for (lane, squared) in squares.into_iter().enumerate() {
                        if squared <= limit && squared < f32::INFINITY {
                            self.see(leaf * LEAF + lane, Some(squared));
                        }
                    }
                    limit = self.squared(genres);
                }
                limit
            });
            self.scratch.stack = stack;
        }
        for list in done..self.scratch.lists.len() {
            if !self.soundless_matters(self.genres_apart(list)) {
                break;
            }
            self.list(list, places.sounded());
        }
    }

    /// Passes all sounds in the order of the leaves, with roughly added cosines, and compares with those that may matter. Where bounds
    /// hold nothing back, this costs far less per item than to look at each.
    fn sweep(&mut self, here: &Here) {
        let Index { blend, places, genres } = self.index;
        let mut sums = std::mem::take(&mut self.scratch.sums);
        genres.sums(&self.scratch.asked, places.sounded(), &mut sums);
        for leaf in 0..places.sounded().div_ceil(LEAF) {
            let most = blend.content_within(self.nearest.bound()) + SWEEP_MARGIN;
            let squares = places.squares(here, leaf);
            let mut least = [0.0_f32; LEAF];
            for ((least, squared), sum) in least.iter_mut().zip(squares).zip(&sums[leaf * LEAF..][..LEAF]) {
                let apart = self.asker.apart - sum;
                *least = blend.with_sound(reported(squared), if apart > 0.0 { apart } else { 0.0 });
            }
            // Without a sound it is no number, and nothing holds of that.
            if least.iter().fold(false, |any, least| any | (*least <= most)) {
                for (lane, (least, squared)) in least.into_iter().zip(squares).enumerate() {
                    if least <= most {
                        self.see(leaf * LEAF + lane, Some(squared));
                    }
                }
            }
        }
        self.scratch.sums = sums;
    }

    /// Goes through a list from a position on.
    fn list(&mut self, list: usize, from: usize) {
        let entries = self.index.genres.list(self.scratch.lists[list].0);
        let start = entries.partition_point(|(position, _)| (*position as usize) < from);
        for (position, _) in &entries[start..] {
            self.see(*position as usize, None);
        }
    }
}
