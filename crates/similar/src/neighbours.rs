//! The exact nearest neighbours of one item or of all, in parallel and in a defined order.
//!
//! Every pair is compared. That is quadratic, but a comparison costs about a nanosecond: distances are taken from a few items to a tile
//! of others at a time, so that the inner loops run over contiguous numbers in the cache.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use crate::audio::AudioProfile;
use crate::behaviour::{Behaviour, Listen};
use crate::blend::{Blend, Method};
use crate::builder::SpaceBuilder;
use crate::fame::{Fame, Fames};
use crate::genres::{self, Genres};
use crate::item::Item;
use crate::nearest::{Candidate, Nearest};
use crate::sound::{Hears, Sound, TILE};
use crate::traits::Trait;
use crate::why::Reason;

/// Items whose neighbours are searched together, so that a tile that was loaded serves all of them.
const GROUP: usize = 8;

/// Items whose neighbours [`Space::all`] computes at a time: bounds the memory, and gives every thread several groups.
const BATCH: usize = 1024;

/// At most this many shared genres, and this many common traits, are given as reasons.
pub(crate) const REASONS_OF_A_KIND: usize = 3;

/// Years between two artists of the same era, at most.
pub(crate) const SAME_ERA: f32 = 3.0;

/// One neighbour of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// Position in the slice that the space was built from.
    pub index: usize,
    /// 0 to 1, lower is nearer; 0 for two that are known in full and equal in all that the method compares.
    pub distance: f32,
    /// What makes the two neighbours, most telling first within each kind; at least one reason.
    pub why: Vec<Reason>,
}

/// A catalogue, ready for the search for neighbours. Distances are symmetric, so is being comparable at all (see [`crate::blend`]).
#[derive(Debug)]
pub struct Space {
    len: usize,
    blend: Blend,
    sound: Sound,
    genres: Genres,
    behaviour: Behaviour,
    years: Vec<Option<f32>>,
    /// Per item that has one: the other spellings of its name.
    twins: BTreeMap<usize, Vec<u32>>,
    /// For the reasons; empty where the method does not listen.
    profiles: Vec<Option<AudioProfile>>,
    /// Genre distances to artists who share no genre with one who has some; padded to whole tiles.
    apart: Vec<f32>,
    fames: Fames,
}

impl Space {
    /// Prepares the items for a method. Any slice will do: empty, with one item, with duplicates or with nothing known. At most
    /// `u32::MAX` items.
    #[must_use]
    pub fn build(items: &[Item], method: Method) -> Self {
        Self::with_listens(items, &[], method)
    }

    /// As [`build`](Self::build), with the plays of listeners; [`Method::Audio`] and [`Method::Genres`] do not look at them.
    #[must_use]
    pub fn with_listens(items: &[Item], listens: &[Listen], method: Method) -> Self {
        let (hears, reads_genres) = match method {
            Method::Blend => (Hears::SoundAndPopularity, true),
            Method::Audio => (Hears::Sound, false),
            Method::Genres => (Hears::Nothing, true),
            Method::Behaviour => (Hears::Nothing, false),
        };
        let behaviour = match method {
            Method::Blend | Method::Behaviour => Behaviour::build(items, listens),
            Method::Audio | Method::Genres => Behaviour::default(),
        };
        let years = if method == Method::Blend { items.iter().map(Item::known_year).collect() } else { Vec::new() };
        let sound = Sound::build(items, hears);
        let genres = Genres::build(items.iter().map(|item| if reads_genres { item.genres.as_slice() } else { &[] }));
        let profiles = if hears == Hears::Nothing { Vec::new() } else { items.iter().map(|item| item.audio).collect() };
        let apart = (0..items.len().next_multiple_of(TILE))
            .map(|index| Blend::genres_apart(true, index < items.len() && genres.knows(index)))
            .collect();
        let blend = Blend::new(method, sound.has_any(), genres.has_any(), behaviour.has_any());
        let fames = Fames::measure(items.iter().map(Item::known_popularity));
        Self { len: items.len(), blend, sound, genres, behaviour, years, twins: twins(items), profiles, apart, fames }
    }

    /// How many items there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no items.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The `depth` nearest items to an item, nearest first, equal distances by index, never the item itself. Fewer where fewer are
    /// comparable. `None` if there is no such item.
    #[must_use]
    pub fn neighbours(&self, index: usize, depth: usize) -> Option<Vec<Neighbour>> {
        (index < self.len).then(|| self.search(index..index + 1, depth, &mut Scratch::default()).swap_remove(0))
    }

    /// A space for items that come one by one: see [`SpaceBuilder`].
    #[must_use]
    pub fn builder(method: Method) -> SpaceBuilder {
        SpaceBuilder::new(method)
    }

    /// As [`neighbours`](Self::neighbours), of artists as known as asked for only. The filter comes before the ranking: the list is as full
    /// as the catalogue allows.
    #[must_use]
    pub fn near(&self, index: usize, depth: usize, fame: Fame) -> Option<Vec<Neighbour>> {
        let mut list = self.neighbours(index, if fame == Fame::Any { depth } else { usize::MAX })?;
        list.retain(|near| self.fames.pass(near.index, fame));
        list.truncate(depth);
        Some(list)
    }

    /// The items in whose lists this one belongs: those that are nearer to it than the farthest neighbour they have now, which
    /// `farthest` tells for an item (infinite for a list that is not full, negative for an item that is to be passed over). In the order
    /// of the items; `index` of an answer is the item whose list changes, and the distance and the reasons hold in both directions. For an
    /// artist that is new in a ranking that stays otherwise as it is. `None` if there is no such item.
    #[must_use]
    pub fn affected(&self, index: usize, farthest: impl Fn(usize) -> f32) -> Option<Vec<Neighbour>> {
        let mut list = self.neighbours(index, usize::MAX)?;
        list.retain(|near| near.distance < farthest(near.index));
        list.sort_by_key(|near| near.index);
        Some(list)
    }

    /// The neighbours of all items, as [`neighbours`](Self::neighbours) gives them, in batches in the order of the items. Each batch
    /// is computed by the threads of the current rayon pool when it is asked for, so memory stays bounded while a store takes them in.
    #[must_use]
    pub const fn all(&self, depth: usize) -> Batches<'_> {
        Batches { space: self, depth, next: 0 }
    }

    /// The neighbours of a few consecutive items.
    fn search(&self, items: Range<usize>, depth: usize, scratch: &mut Scratch) -> Vec<Vec<Neighbour>> {
        scratch.cosines.resize_with(items.len(), Vec::new);
        for (item, cosines) in items.clone().zip(&mut scratch.cosines) {
            self.genres.cosines(item, cosines);
        }
        let joined: Vec<Vec<(u32, f32)>> = items.clone().map(|item| self.behaviour.row(item)).collect();
        let mut nearest: Vec<Nearest> = items.clone().map(|_| Nearest::new(depth)).collect();
        for tile in 0..self.len.div_ceil(TILE) {
            let parts = scratch.cosines.iter().zip(&joined);
            for ((item, (cosines, joined)), nearest) in items.clone().zip(parts).zip(&mut nearest) {
                let cosines = &cosines[tile * TILE..][..TILE];
                self.distances(item, tile, cosines, &mut scratch.distances);
                if self.behaviour.has_any() {
                    self.join(tile, joined, &mut scratch.distances);
                }
                for twin in self.twins.get(&item).into_iter().flatten() {
                    if *twin as usize / TILE == tile {
                        scratch.distances[*twin as usize % TILE] = f32::INFINITY;
                    }
                }
                if item / TILE == tile {
                    scratch.distances[item % TILE] = f32::INFINITY;
                }
                nearest.offer(tile * TILE, &scratch.distances);
            }
        }
        items.zip(nearest).map(|(item, nearest)| self.explain(item, nearest)).collect()
    }

    /// Blended distances from an item to those of a tile; infinite where they cannot be compared, and beyond the last item.
    fn distances(&self, from: usize, tile: usize, cosines: &[f32], out: &mut [f32; TILE]) {
        let knows_genres = self.genres.knows(from);
        let stranger = Blend::genres_apart(false, true);
        let apart = self.apart[tile * TILE..][..TILE].iter().map(|apart| if knows_genres { *apart } else { stranger });
        let genres = apart.zip(cosines).map(|(apart, cosine)| genres::distance(apart, *cosine));
        if self.sound.knows(from) {
            self.sound.distances(from, tile, out);
            if self.sound.knows_tile(tile) {
                for (distance, genres) in out.iter_mut().zip(genres) {
                    *distance = self.blend.with_sound(*distance, genres);
                }
                return;
            }
        }
        for (lane, ((distance, genres), cosine)) in out.iter_mut().zip(genres).zip(cosines).enumerate() {
            *distance = if self.sound.knows(from) && self.sound.knows(tile * TILE + lane) {
                self.blend.with_sound(*distance, genres)
            } else {
                self.blend.without_sound(genres, *cosine > 0.0)
            };
        }
    }

    /// Brings the strengths from an item to others into the distances to a tile.
    fn join(&self, tile: usize, joined: &[(u32, f32)], distances: &mut [f32; TILE]) {
        let start = joined.partition_point(|(other, _)| (*other as usize) < tile * TILE);
        let mut own = joined[start..].iter().peekable();
        for (index, distance) in (tile * TILE..).zip(distances) {
            let strength = own.next_if(|(other, _)| *other as usize == index).map_or(0.0, |(_, strength)| *strength);
            *distance = self.blend.with_behaviour(*distance, strength);
        }
    }

    fn explain(&self, item: usize, nearest: Nearest) -> Vec<Neighbour> {
        let neighbour = |Candidate { distance, index }| Neighbour { index, distance, why: self.reasons(item, index) };
        nearest.into_sorted().into_iter().map(neighbour).collect()
    }

    fn sound_compared(&self, a: usize, b: usize) -> bool {
        self.sound.knows(a) && self.sound.knows(b)
    }

    fn reasons(&self, a: usize, b: usize) -> Vec<Reason> {
        let genres = self.genres.shared(a, b).into_iter().take(REASONS_OF_A_KIND);
        let mut reasons: Vec<Reason> = genres.map(|name| Reason::SharedGenre(name.to_owned())).collect();
        if let (Some(Some(of_a)), Some(Some(of_b))) = (self.profiles.get(a), self.profiles.get(b)) {
            reasons.extend(Trait::of_both(of_a, of_b).into_iter().take(REASONS_OF_A_KIND).map(Reason::Both));
            if self.sound.are_close(a, b) {
                reasons.push(Reason::CloseSound);
            }
        }
        let joined = self.behaviour.joined(a, b);
        let facts = [
            (joined.worked, Reason::WorkedTogether),
            (joined.said, Reason::SaidRelated),
            (joined.heard, Reason::HeardTogether),
        ];
        reasons.extend(facts.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason));
        if let (Some(Some(of_a)), Some(Some(of_b))) = (self.years.get(a), self.years.get(b))
            && (of_a - of_b).abs() <= SAME_ERA
        {
            reasons.push(Reason::SameEra);
        }
        if reasons.is_empty() && self.behaviour.has_any() && !self.sound_compared(a, b) {
            // Only the second order joins them.
            reasons.push(Reason::HeardWithTheSame);
        }
        if reasons.is_empty() {
            // They share no genre, so it was their sounds that were compared.
            reasons.push(Reason::NearestSound);
        }
        reasons
    }
}

/// The neighbours of consecutive items.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Index of the first item.
    pub first: usize,
    /// The neighbours of item `first + i` at position `i`.
    pub lists: Vec<Vec<Neighbour>>,
}

/// The batches of [`Space::all`].
#[derive(Debug, Clone)]
pub struct Batches<'a> {
    space: &'a Space,
    depth: usize,
    next: usize,
}

impl Iterator for Batches<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let first = self.next;
        let end = self.space.len.min(first.saturating_add(BATCH));
        if first >= end {
            return None;
        }
        self.next = end;
        let groups: Vec<Range<usize>> =
            (first..end).step_by(GROUP).map(|start| start..end.min(start + GROUP)).collect();
        // `collect` keeps the order of the groups whichever thread finishes first.
        let lists: Vec<Vec<Vec<Neighbour>>> = groups
            .into_par_iter()
            .map_init(Scratch::default, |scratch, group| self.space.search(group, self.depth, scratch))
            .collect();
        Some(Batch { first, lists: lists.into_iter().flatten().collect() })
    }
}

/// Memory that a thread uses again from group to group.
struct Scratch {
    /// Per item of the group: genre cosines to all items.
    cosines: Vec<Vec<f32>>,
    distances: [f32; TILE],
}

impl Default for Scratch {
    fn default() -> Self {
        Self { cosines: Vec::new(), distances: [0.0; TILE] }
    }
}

/// Per item: the others of the same name key.
fn twins(items: &[Item]) -> BTreeMap<usize, Vec<u32>> {
    let mut by_key: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (index, item) in (0_u32..).zip(items) {
        if !item.name_key.is_empty() {
            by_key.entry(&item.name_key).or_default().push(index);
        }
    }
    by_key.retain(|_, same| same.len() > 1);
    by_key
        .into_values()
        .flat_map(|same| same.clone().into_iter().map(move |one| (one as usize, same.clone())))
        .collect()
}
