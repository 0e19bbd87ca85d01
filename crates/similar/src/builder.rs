//! A space from items that come one by one.

use std::borrow::Borrow;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::behaviour::{Behaviour, Evidence, Listen, Sums};
use crate::blend::{Blend, Method};
use crate::fame::Fames;
use crate::genres::{Genres, Tags};
use crate::item::Item;
use crate::neighbours::Space;
use crate::places::Places;
use crate::search::Index;
use crate::sound::{Facts, Hears, Standard};
use crate::spread;

/// Takes items in, one by one, as a store streams them; [`finish`](Self::finish) makes the space. Positions are the order of the pushes.
/// What joins artists may come later than the artists: by [`relate`](Self::relate) and [`worked`](Self::worked), when the positions of
/// all are known.
///
/// A pushed item takes about 90 bytes, 4 for each of its genres, and 12 for each artist that is related to it.
#[derive(Debug)]
pub struct SpaceBuilder {
    method: Method,
    facts: Vec<Facts>,
    tags: Tags,
    keys: Vec<u64>,
    related: Evidence,
    worked: Evidence,
    listens: Vec<Listen>,
}

impl SpaceBuilder {
    /// Nothing yet.
    #[must_use]
    pub fn new(method: Method) -> Self {
        Self {
            method,
            facts: Vec::new(),
            tags: Tags::default(),
            keys: Vec::new(),
            related: Vec::new(),
            worked: Vec::new(),
            listens: Vec::new(),
        }
    }

    /// Adds an item and gives its position. At most `u32::MAX` items.
    pub fn push(&mut self, item: impl Borrow<Item>) -> usize {
        let item = item.borrow();
        let position = self.facts.len();
        self.facts.push(facts(item));
        self.keys.push(name_key(&item.name_key));
        if matches!(self.method, Method::Blend | Method::Genres) {
            self.tags.push(&item.genres);
        }
        let number = number(position);
        for (other, score) in &item.related {
            self.relate(number, *other, *score);
        }
        for (other, songs) in &item.worked_with {
            self.worked(number, *other, *songs);
        }
        position
    }

    /// A source says that `other` is related to `item`, with a score above 0 up to 1; either may be pushed later.
    pub fn relate(&mut self, item: u32, other: u32, score: f32) {
        if self.reads_behaviour() {
            self.related.push((item, other, score));
        }
    }

    /// The two have `songs` songs in common; either may be pushed later.
    pub fn worked(&mut self, item: u32, other: u32, songs: f32) {
        if self.reads_behaviour() {
            self.worked.push((item, other, songs));
        }
    }

    /// Adds the plays of a listener.
    pub fn listen(&mut self, listen: Listen) {
        if self.reads_behaviour() {
            self.listens.push(listen);
        }
    }

    const fn reads_behaviour(&self) -> bool {
        matches!(self.method, Method::Blend | Method::Behaviour)
    }

    /// How many items were pushed.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether none was.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The items, ready for the search. Works with the threads of the current rayon pool.
    #[must_use]
    pub fn finish(self) -> Space {
        let hears = match self.method {
            Method::Blend => Hears::SoundAndPopularity,
            Method::Audio => Hears::Sound,
            Method::Genres | Method::Behaviour => Hears::Nothing,
        };
        let len = self.facts.len();
        let behaviour = if self.reads_behaviour() {
            Behaviour::build(len, self.listens, &self.related, &self.worked)
        } else {
            Behaviour::default()
        };
        let reads_genres = self.tags.has_any();
        let standard = Standard::measure(&self.facts, hears);
        // Whoever borrows genres from those it is joined to is like nobody else.
        let kinds = self.tags.kinds(|item, has_genres| reads_genres && !has_genres && behaviour.joins(item));
        let singly = reads_genres || behaviour.has_any();
        let places = Places::build(&self.facts, standard, singly, &kinds, &self.tags.directions());
        let mut genres = Genres::build(self.tags, places.items());
        let joined = |item| behaviour.row(item, &mut Sums::default());
        genres.lend(spread::spread(&places, &genres, 0..places.positions(), joined), places.members());
        let blend = Blend::new(self.method, places.has_any(), genres.has_any(), behaviour.has_any());
        let fames = Fames::measure(self.facts.iter().map(|facts| facts.popularity));
        Space {
            method: self.method,
            index: Index::new(blend, places, genres),
            behaviour,
            keys: self.keys,
            facts: self.facts,
            fames,
        }
    }
}

/// What is known of an item's sound and audience.
pub(crate) fn facts(item: &Item) -> Facts {
    Facts::new(item.audio.unwrap_or_default(), item.popularity, item.year)
}

pub(crate) fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Stands for a name: 0 for an unknown one. Two names in a million meet by chance once in some ten million catalogues.
pub(crate) fn name_key(name: &str) -> u64 {
    if name.is_empty() {
        return 0;
    }
    // Its keys are fixed: the same at every run.
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish().max(1)
}
