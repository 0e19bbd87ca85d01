//! The exact search: every item that can be among the nearest is compared, and no others.
//!
//! Items that nothing tells apart are compared once (module `crowds`). Four ways lead to candidates: those whom behaviour joins to the
//! asker, one by one; the tree of the sounds; the lists of the genres that the asker has or that are related to its own, for those
//! without a sound; and those that were added later.
//!
//! The walk through the tree knows two bounds of every part: how near its sounds can be, from its box, and how much its items can have of
//! the asker's genres (module `reach`). Together with the farthest neighbour so far they tell whether the part can hold anybody. Of a leaf
//! that the walk comes to, all cosines are roughly added up; if the largest still leaves somebody near enough, all sounds are compared in
//! one go, and exact distances are taken of those only that both together leave near enough. Where neither bound holds much back (sounds
//! and genres without any structure), the search turns to a sweep of all sounds. Whatever it chooses, the answer is the same.

use crate::blend::Blend;
use crate::genres::{self, Asked, Genres};
use crate::nearest::{Candidate, Nearest};
use crate::places::{Here, Places, reported, squared_within};
use crate::reach::{Own, Reaches, Ways};
use crate::tree::LEAF;

/// What it costs to sweep over a leaf, in leaves that a walk compares.
const SWEEP_COST: f32 = 0.5;

/// More than single precision can lose in a bound that is summed in another order than a distance.
const MARGIN: f32 = 2e-5;

/// A catalogue of artists or songs, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) blend: Blend,
    pub(crate) places: Places,
    pub(crate) genres: Genres,
    reaches: Reaches,
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
    /// Per leaf: the number of the last search that compared all of it.
    compared: Vec<u32>,
    search: u32,
    ways: Ways,
    /// Per position of a sweep: what its weights add up to.
    sums: Vec<f32>,
}

impl Scratch {
    fn begin(&mut self, positions: usize) {
        if self.search == u32::MAX {
            self.search = 0;
            self.seen.clear();
            self.compared.clear();
        }
        self.search += 1;
        self.seen.resize(positions, 0);
        self.compared.resize(positions.div_ceil(LEAF), 0);
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
    /// What belongs together: the genres are in the order of the places, and have their lists.
    pub(crate) fn new(blend: Blend, places: Places, genres: Genres) -> Self {
        let reaches = Reaches::build(&genres, places.tree());
        Self { blend, places, genres, reaches }
    }

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
                run.see(later);
            }
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
            let content = self.content(&asker, &scratch.asked, self.places.position(index), f32::INFINITY);
            let distance = self.blend.with_behaviour(content, strength);
            if distance.is_finite() {
                take(Candidate { distance, index });
            }
        }
    }

    /// The distance by sound and genres; infinite where neither can be compared, and perhaps where it is more than `most`.
    #[inline]
    fn content(&self, asker: &Asker, asked: &Asked, other: usize, most: f32) -> f32 {
        let cosine = self.genres.cosine(asked, other);
        let has_genres = self.genres.knows(other);
        let genres = genres::distance(self.blend.apart(asker.has_genres, has_genres), cosine);
        match &asker.here {
            Some(here) if self.places.knows(other) => {
                let within = squared_within(self.blend.sound_within(most, genres));
                if within < 0.0 {
                    return f32::INFINITY;
                }
                let squared = self.places.squared(here, other, within);
                if squared > within { f32::INFINITY } else { self.blend.with_sound(reported(squared), genres) }
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
    fn see(&mut self, other: usize) {
        if std::mem::replace(&mut self.scratch.seen[other], self.scratch.search) == self.scratch.search {
            return;
        }
        let most = self.index.blend.content_within(self.nearest.bound());
        let content = self.index.content(&self.asker, &self.scratch.asked, other, most);
        self.offer(other, self.index.blend.with_behaviour(content, 0.0));
    }

    /// Whether a leaf is compared for the first time; it counts as compared from then on.
    fn first_time(&mut self, leaf: usize) -> bool {
        std::mem::replace(&mut self.scratch.compared[leaf], self.scratch.search) != self.scratch.search
    }

    /// Compares with those of a leaf whose sounds are within a squared distance, unless it was compared.
    fn leaf_by_sound(&mut self, here: &Here, leaf: usize, within: f32) {
        if !self.first_time(leaf) {
            return;
        }
        let squares = self.index.places.squares(here, leaf);
        if squares.iter().fold(false, |any, squared| any | (*squared <= within)) {
            for (lane, squared) in squares.into_iter().enumerate() {
                // Beyond the last of the tree's it is infinite.
                if squared <= within && squared < f32::INFINITY {
                    self.compare(leaf * LEAF + lane, squared);
                }
            }
        }
    }

    /// Compares with those of a leaf that are near enough by their sounds, which are at a squared distance of at least `box_at`, and by
    /// what they have of the asker's genres, unless it was compared.
    fn leaf_by_both(&mut self, here: &Here, leaf: usize, box_at: f32, own: Own<'_>) {
        if !self.first_time(leaf) {
            return;
        }
        let Index { blend, places, reaches, .. } = self.index;
        let most = blend.content_within(self.nearest.bound()) + MARGIN;
        let sums = reaches.sums(own);
        let apart = self.genres_least(sums.iter().fold(0.0, |most, sum| if *sum > most { *sum } else { most }));
        if blend.with_sound(reported(box_at), apart) > most {
            return;
        }
        let squares = places.squares(here, leaf);
        let within = squared_within(blend.sound_within(most, apart));
        if squares.iter().fold(false, |any, squared| any | (*squared <= within)) {
            self.lanes(leaf, &squares, &sums);
        }
    }

    /// How far genres are apart at least whose cosine is at most this.
    #[inline]
    fn genres_least(&self, cosine: f32) -> f32 {
        let apart = self.asker.apart - cosine;
        if apart > 0.0 { apart } else { 0.0 }
    }

    /// Compares with those of a leaf that are near enough by their sounds and their cosines, which may be 2e-5 too small, not more.
    fn lanes(&mut self, leaf: usize, squares: &[f32; LEAF], sums: &[f32]) {
        let blend = self.index.blend;
        let most = blend.content_within(self.nearest.bound()) + MARGIN;
        let mut least = [0.0_f32; LEAF];
        for ((least, squared), sum) in least.iter_mut().zip(squares).zip(sums) {
            *least = blend.with_sound(reported(*squared), self.genres_least(*sum));
        }
        // Without a sound it is no number, and nothing holds of that.
        if least.iter().fold(false, |any, least| any | (*least <= most)) {
            for (lane, (least, squared)) in least.into_iter().zip(squares).enumerate() {
                if least <= most {
                    self.compare(leaf * LEAF + lane, *squared);
                }
            }
        }
    }

    /// Compares with an item whose sound is at a squared distance, unless it was seen on its own.
    #[inline]
    fn compare(&mut self, other: usize, squared: f32) {
        let Index { blend, genres, .. } = self.index;
        let cosine = genres.cosine(&self.scratch.asked, other);
        let apart = genres::distance(blend.apart(self.asker.has_genres, genres.knows(other)), cosine);
        let distance = blend.with_behaviour(blend.with_sound(reported(squared), apart), 0.0);
        if distance <= self.nearest.bound() && self.scratch.seen[other] != self.scratch.search {
            self.offer(other, distance);
        }
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
                let content = self.index.content(&self.asker, &self.scratch.asked, other, f32::INFINITY);
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

    /// The most that the lists from `list` on can add to a cosine.
    fn rest(&self, list: usize) -> f32 {
        crate::audio::narrow(self.scratch.rest[list].sqrt() * (1.0 + 1e-6))
    }

    /// The least genre distance of an item that is in none of the lists before `list`.
    fn genres_apart(&self, list: usize) -> f32 {
        (self.asker.apart - self.rest(list).min(1.0)).max(0.0)
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
        self.order_lists();
        if let Some(here) = self.asker.here {
            self.sounds(&here);
        }
        // Those without a sound; where the asker has none, everybody is compared without.
        let from = if self.asker.here.is_some() { self.index.places.sounded() } else { 0 };
        for list in 0..self.scratch.lists.len() {
            if !self.soundless_matters(self.genres_apart(list)) {
                break;
            }
            self.list(list, from);
        }
    }

    /// All that have a sound.
    fn sounds(&mut self, here: &Here) {
        if self.scratch.lists.is_empty() {
            self.walk_by_sound(here);
            return;
        }
        if !self.walk_by_both(here) {
            self.sweep(here);
        }
    }

    /// Where no genres can bring anybody nearer.
    fn walk_by_sound(&mut self, here: &Here) {
        let mut limit = self.squared(self.asker.apart);
        self.index.places.walk(here, limit, |leaf| {
            self.leaf_by_sound(here, leaf, limit);
            limit = self.squared(self.asker.apart);
            limit
        });
    }

    /// By sounds and genres. Whether it got to the end before it came to so many leaves that it is cheaper to pass them all.
    fn walk_by_both(&mut self, here: &Here) -> bool {
        let Index { blend, places, reaches, .. } = self.index;
        let mut ways = std::mem::take(&mut self.scratch.ways);
        reaches.ask(&self.scratch.asked, &mut ways);
        let apart = self.asker.apart;
        let genres = |cosine: f32| if apart > cosine { apart - cosine } else { 0.0 };
        let least = |squared: f32, cosine: f32| blend.with_sound(reported(squared), genres(cosine));
        let most = |nearest: &Nearest<'_>| blend.content_within(nearest.bound()) + MARGIN;
        let mut left = places.tree().leaves() as f32 * SWEEP_COST;
        let limit = most(self.nearest);
        let squares = |node| places.squares_of(here, node);
        reaches.walk(places.tree(), &mut ways, limit, squares, least, |leaf, box_at, own| {
            self.leaf_by_both(here, leaf, box_at, own);
            left -= 1.0;
            if left < 0.0 { f32::NEG_INFINITY } else { most(self.nearest) }
        });
        self.scratch.ways = ways;
        left >= 0.0
    }

    /// Passes all sounds in the order of the leaves, with roughly added cosines, and compares with those that may matter. Where bounds
    /// hold nothing back, this costs far less per item than to look at each.
    fn sweep(&mut self, here: &Here) {
        let Index { places, genres, .. } = self.index;
        let mut sums = std::mem::take(&mut self.scratch.sums);
        genres.sums(&self.scratch.asked, places.sounded(), &mut sums);
        for leaf in 0..places.sounded().div_ceil(LEAF) {
            if self.scratch.compared[leaf] == self.scratch.search {
                continue;
            }
            self.lanes(leaf, &places.squares(here, leaf), &sums[leaf * LEAF..][..LEAF]);
        }
        self.scratch.sums = sums;
    }

    /// Goes through a list from a position on.
    fn list(&mut self, list: usize, from: usize) {
        let entries = self.index.genres.list(self.scratch.lists[list].0);
        let start = entries.partition_point(|(position, _)| (*position as usize) < from);
        for (position, _) in &entries[start..] {
            self.see(*position as usize);
        }
    }
}
