//! The exact nearest neighbours of one item or of all, in parallel and in a defined order.

use std::collections::VecDeque;

use rayon::prelude::*;

use crate::behaviour::{Behaviour, Listen, Sums};
use crate::blend::Method;
use crate::builder::{SpaceBuilder, facts, name_key};
use crate::fame::{Fame, Fames};
use crate::item::Item;
use crate::nearest::{Candidate, Nearest};
use crate::search::{Index, Scratch};
use crate::sound::Facts;
use crate::spread;
use crate::traits::Trait;
use crate::why::Reason;

/// Neighbours that [`Space::all`] finds at a time: bounds the memory, gives every thread enough to do, and lets it ask for items beside
/// each other one after the other.
const BATCH: usize = 1 << 18;

/// Items of a batch at least and at most.
const ITEMS: (usize, usize) = (256, 16_384);

/// Batches that are searched together, before reasons are given batch by batch: what is found takes a tenth of the memory of what is
/// explained. The more items, the nearer are those that are asked for one after the other.
const AHEAD: usize = 16;

/// At most this many shared genres, and this many common traits, are given as reasons.
pub(crate) const REASONS_OF_A_KIND: usize = 3;

/// Years between two artists of the same era, at most.
pub(crate) const SAME_ERA: f32 = 3.0;

/// One neighbour of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// Position in the slice that the space was built from.
    pub index: usize,
    /// 0 to 1, lower is nearer; 0 for two that are known in full and equal in all that the method compares. Genres that one of the two
    /// only borrowed may bring it to 0 as well (see [`crate::blend`]).
    pub distance: f32,
    /// What makes the two neighbours, most telling first within each kind; at least one reason.
    pub why: Vec<Reason>,
}

/// A catalogue, ready for the search for neighbours. Distances are symmetric, so is being comparable at all (see [`crate::blend`]).
#[derive(Debug)]
pub struct Space {
    pub(crate) method: Method,
    pub(crate) index: Index,
    pub(crate) behaviour: Behaviour,
    /// Per item what stands for its name; 0 for an unknown one.
    pub(crate) keys: Vec<u64>,
    pub(crate) facts: Vec<Facts>,
    pub(crate) fames: Fames,
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
        let mut builder = Self::builder(method);
        for item in items {
            builder.push(item);
        }
        for listen in listens {
            builder.listen(*listen);
        }
        builder.finish()
    }

    /// A space for items that come one by one: see [`SpaceBuilder`].
    #[must_use]
    pub fn builder(method: Method) -> SpaceBuilder {
        SpaceBuilder::new(method)
    }

    /// How many items there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there are no items.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Adds an item, at the last position, which it gives back. Nothing else changes: the scales, the weights of the genres and the
    /// median popularity stay those of the catalogue that was built, and so do all distances between the others. The item may say whom
    /// it is related to and worked with, but has no listeners. Every search looks at all the added items, so when they have become
    /// hundreds it is time to build anew.
    pub fn insert(&mut self, item: &Item) -> usize {
        let index = self.len();
        let known = facts(item);
        self.index.places.push(&known);
        self.fames.push(known.popularity);
        self.facts.push(known);
        if self.method == Method::Blend || self.method == Method::Behaviour {
            self.behaviour.push(&item.related, &item.worked_with);
        }
        let genres: &[String] =
            if self.method == Method::Blend || self.method == Method::Genres { &item.genres } else { &[] };
        let joined = |item| self.behaviour.row(item, &mut Sums::default());
        self.index.genres.push(genres);
        let position = self.index.places.position(index);
        let borrowed = spread::spread(&self.index.places, &self.index.genres, position..position + 1, joined);
        for (_, weights) in borrowed {
            self.index.genres.lend_last(&weights);
        }
        let (places, genres) = (&self.index.places, &self.index.genres);
        self.index.blend =
            crate::blend::Blend::new(self.method, places.has_any(), genres.has_any(), self.behaviour.has_any());
        self.keys.push(name_key(&item.name_key));
        index
    }

    /// The `depth` nearest items to an item, nearest first, equal distances by index, never the item itself nor another spelling of its
    /// name. Fewer where fewer are comparable. `None` if there is no such item.
    #[must_use]
    pub fn neighbours(&self, index: usize, depth: usize) -> Option<Vec<Neighbour>> {
        self.near(index, depth, Fame::Any)
    }

    /// As [`near_those`](Self::near_those), of artists as known as asked for only.
    #[must_use]
    pub fn near(&self, index: usize, depth: usize, fame: Fame) -> Option<Vec<Neighbour>> {
        self.near_those(index, depth, |other| self.fames.pass(other, fame))
    }

    /// As [`neighbours`](Self::neighbours), of the items that are `wanted` only. The filter comes before the ranking: the list is as full as
    /// the catalogue allows.
    #[must_use]
    pub fn near_those(&self, index: usize, depth: usize, wanted: impl Fn(usize) -> bool) -> Option<Vec<Neighbour>> {
        let found = (index < self.len()).then(|| self.search(index, depth, wanted, &mut Working::default()))?;
        Some(found.into_iter().map(|candidate| self.explain(index, candidate)).collect())
    }

    /// The items in whose lists this one belongs: those that are nearer to it than the farthest neighbour they have now, which
    /// `farthest` tells for an item (infinite for a list that is not full, negative for an item that is to be passed over). In the order
    /// of the items; `index` of an answer is the item whose list changes, and the distance and the reasons hold in both directions. For an
    /// artist that is new in a ranking that stays otherwise as it is. `None` if there is no such item.
    #[must_use]
    pub fn affected(&self, index: usize, farthest: impl Fn(usize) -> f32) -> Option<Vec<Neighbour>> {
        if index >= self.len() {
            return None;
        }
        let mut working = Working::default();
        let joined = self.behaviour.row(index, &mut working.sums);
        let mut found = Vec::new();
        self.index.each(index, &joined, &mut working.scratch, |candidate| {
            if candidate.distance < farthest(candidate.index) && !self.are_twins(index, candidate.index) {
                found.push(candidate);
            }
        });
        Some(found.into_iter().map(|candidate| self.explain(index, candidate)).collect())
    }

    /// The neighbours of all items, as [`neighbours`](Self::neighbours) gives them, in batches in the order of the items. Each batch
    /// is computed by the threads of the current rayon pool when it is asked for, so memory stays bounded while a store takes them in.
    #[must_use]
    pub const fn all(&self, depth: usize) -> Batches<'_> {
        self.all_near(depth, Fame::Any)
    }

    /// As [`all`](Self::all), of artists as known as asked for only.
    #[must_use]
    pub const fn all_near(&self, depth: usize, fame: Fame) -> Batches<'_> {
        Batches { space: self, depth, fame, next: 0, found: VecDeque::new() }
    }

    /// Whether two items are spellings of one name.
    fn are_twins(&self, one: usize, other: usize) -> bool {
        self.keys[one] != 0 && self.keys[one] == self.keys[other]
    }

    fn search(
        &self,
        item: usize,
        depth: usize,
        wanted: impl Fn(usize) -> bool,
        working: &mut Working,
    ) -> Vec<Candidate> {
        let joined = self.behaviour.row(item, &mut working.sums);
        let accept = |other| !self.are_twins(item, other) && wanted(other);
        let mut nearest = Nearest::new(depth, &[]);
        self.index.search(item, &joined, accept, &mut nearest, &mut working.scratch);
        nearest.into_sorted()
    }

    fn explain(&self, item: usize, Candidate { distance, index }: Candidate) -> Neighbour {
        Neighbour { index, distance, why: self.reasons(item, index) }
    }

    fn reasons(&self, a: usize, b: usize) -> Vec<Reason> {
        let (places, genres) = (&self.index.places, &self.index.genres);
        let (at_a, at_b) = (places.position(a), places.position(b));
        let shared = genres.shared(at_a, at_b).into_iter().take(REASONS_OF_A_KIND);
        let mut reasons: Vec<Reason> = shared.map(|name| Reason::SharedGenre(name.to_owned())).collect();
        if reasons.is_empty()
            && let Some((one, other)) = genres.most_related(at_a, at_b)
        {
            reasons.push(Reason::RelatedGenres(one.to_owned(), other.to_owned()));
        }
        let compared = places.knows(at_a) && places.knows(at_b);
        if compared {
            let traits = Trait::of_both(&self.facts[a].audio, &self.facts[b].audio).into_iter();
            reasons.extend(traits.take(REASONS_OF_A_KIND).map(Reason::Both));
            if places.are_close(at_a, at_b) {
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
        let years = self.facts[a].year.zip(self.facts[b].year).filter(|_| self.method == Method::Blend);
        if years.is_some_and(|(of_a, of_b)| (of_a - of_b).abs() <= SAME_ERA) {
            reasons.push(Reason::SameEra);
        }
        if reasons.is_empty() {
            // They share no genre, so it was their sounds that were compared, or only the second order joins them.
            reasons.push(if compared || !self.behaviour.has_any() {
                Reason::NearestSound
            } else {
                Reason::HeardWithTheSame
            });
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
    fame: Fame,
    next: usize,
    /// What was found for the next items.
    found: VecDeque<Vec<Candidate>>,
}

impl Iterator for Batches<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let first = self.next;
        let end = batch_end(first, self.depth, self.space.len())?;
        self.next = end;
        let index = &self.space.index;
        if self.found.is_empty() {
            let to = self.space.len().min(first.saturating_add((end - first).saturating_mul(AHEAD)));
            let wanted = |other| self.space.fames.pass(other, self.fame);
            let search = |working: &mut Working, item| self.space.search(item, self.depth, wanted, working);
            self.found = in_order(index, first..to, search).into();
        }
        let found: Vec<Vec<Candidate>> = self.found.drain(..end - first).collect();
        let explain =
            |item: usize| found[item - first].iter().map(|candidate| self.space.explain(item, *candidate)).collect();
        Some(Batch { first, lists: in_order(index, first..end, |_, item| explain(item)) })
    }
}

/// Where a batch ends that begins at `first`; `None` at the end.
pub(crate) fn batch_end(first: usize, depth: usize, len: usize) -> Option<usize> {
    let items = (BATCH / depth.max(1)).clamp(ITEMS.0, ITEMS.1);
    (first < len).then(|| len.min(first.saturating_add(items)))
}

/// Asks for consecutive items by the threads of the pool. Those beside each other in the space are asked for one after the other, because
/// they look at the same others.
pub(crate) fn in_order<T: Send>(
    index: &Index,
    items: std::ops::Range<usize>,
    ask: impl Fn(&mut Working, usize) -> T + Sync,
) -> Vec<T> {
    let mut order: Vec<usize> = items.collect();
    order.sort_unstable_by_key(|item| index.places.position(*item));
    let mut found: Vec<(usize, T)> = order
        .into_par_iter()
        .with_min_len(16)
        .map_init(Working::default, |working, item| (item, ask(working, item)))
        .collect();
    found.sort_unstable_by_key(|(item, _)| *item);
    found.into_iter().map(|(_, answer)| answer).collect()
}

/// Memory that a thread uses again from search to search.
#[derive(Debug, Default)]
pub(crate) struct Working {
    pub(crate) scratch: Scratch,
    pub(crate) sums: Sums,
}
