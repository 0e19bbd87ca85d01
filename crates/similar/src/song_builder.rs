//! A space of songs from songs that come one by one.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use crate::behaviour::{Evidence, symmetric};
use crate::blend::Blend;
use crate::builder::{name_key, number};
use crate::fame::Fames;
use crate::genres::{Genres, Tags};
use crate::nearest::NO_WORK;
use crate::places::Places;
use crate::search::Index;
use crate::songs::{Song, SongSpace};
use crate::sound::{Facts, Hears, Standard};
use crate::texts::Texts;
use crate::titles;

/// Takes songs in, one by one; [`finish`](Self::finish) makes the space. Positions are the order of the pushes.
#[derive(Debug, Default)]
pub struct SongSpaceBuilder {
    ids: Texts,
    facts: Vec<Facts>,
    tags: Tags,
    /// Per song what stands for its main artist and title; 0 without.
    works: Vec<u64>,
    explicit: Vec<bool>,
    markets: Vec<u32>,
    market_sets: BTreeMap<Vec<String>, u32>,
    artists: BTreeMap<String, u32>,
    artists_of: Vec<Box<[u32]>>,
    related: Evidence,
}

impl SongSpaceBuilder {
    /// Adds a song and gives its position. At most `u32::MAX` songs.
    pub fn push(&mut self, song: impl Borrow<Song>) -> usize {
        let song = song.borrow();
        let position = self.facts.len();
        self.ids.push(&song.id);
        self.facts.push(Facts::new(song.audio, song.popularity, song.year));
        self.tags.push(&song.genres);
        self.explicit.push(song.explicit == Some(true));
        let mut markets: Vec<String> = song.markets.iter().map(|market| market.to_uppercase()).collect();
        markets.sort_unstable();
        markets.dedup();
        let next = number(self.market_sets.len());
        self.markets.push(*self.market_sets.entry(markets).or_insert(next));
        let mut artists: Vec<u32> = song.artists.iter().map(|artist| self.artist(artist)).collect();
        let work = titles::work(&song.title);
        let of_whom = artists.first().filter(|_| !work.is_empty());
        self.works.push(of_whom.map_or(0, |artist| name_key(&format!("{artist} {work}"))));
        artists.sort_unstable();
        artists.dedup();
        self.artists_of.push(artists.into());
        position
    }

    /// How near two artists are, 0 to 1 with 1 the nearest, by their identifiers: one minus the distance of our own ranking. Songs of
    /// related artists are nearer to each other. Holds in both directions; what is not above 0 does not count.
    pub fn relate(&mut self, artist: &str, other: &str, nearness: f32) {
        let (artist, other) = (self.artist(artist), self.artist(other));
        self.related.push((artist, other, nearness));
    }

    fn artist(&mut self, name: &str) -> u32 {
        if let Some(artist) = self.artists.get(name) {
            return *artist;
        }
        let next = number(self.artists.len());
        self.artists.insert(name.to_owned(), next);
        next
    }

    /// How many songs were pushed.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether none was.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The songs, ready for the search. Works with the threads of the current rayon pool.
    #[must_use]
    pub fn finish(self) -> SongSpace {
        let standard = Standard::measure(&self.facts, Hears::Song);
        let related = symmetric(self.artists.len(), &self.related, |nearness| nearness.min(1.0));
        let joins = related.iter().any(|row| !row.is_empty());
        let kinds = self.tags.kinds(|_, _| false);
        let singly = self.tags.has_any() || joins;
        let places = Places::build(&self.facts, standard, singly, &kinds, &self.tags.directions());
        let mut genres = Genres::build(self.tags, places.items());
        // Measured: genres borrowed from songs that sound alike tell nothing that the sounds do not.
        genres.lend(Vec::new(), places.members());
        let blend = Blend::of_songs(places.has_any(), genres.has_any(), joins);
        let mut songs_of: Vec<Vec<u32>> = vec![Vec::new(); self.artists.len()];
        for (song, artists) in (0..).zip(&self.artists_of) {
            for artist in artists {
                songs_of[*artist as usize].push(song);
            }
        }
        let mut by_id: Vec<u32> = (0..number(self.facts.len())).collect();
        by_id.sort_by_key(|song| self.ids.get(*song as usize));
        let mut market_sets = vec![Vec::new(); self.market_sets.len()];
        for (set, place) in self.market_sets {
            market_sets[place as usize] = set;
        }
        SongSpace {
            index: Index::new(blend, places, genres),
            ids: self.ids,
            by_id,
            fames: Fames::measure(self.facts.iter().map(|facts| facts.popularity)),
            facts: self.facts,
            works: numbers(&self.works),
            explicit: self.explicit,
            markets: self.markets,
            market_sets,
            artists: self.artists,
            artists_of: self.artists_of,
            songs_of,
            related,
        }
    }
}

/// Per song the number of its work; [`NO_WORK`] where it is the only take.
fn numbers(works: &[u64]) -> Vec<u32> {
    let mut takes: Vec<(u64, u32)> = works.iter().copied().zip(0..).filter(|(work, _)| *work != 0).collect();
    takes.sort_unstable();
    let mut numbers = vec![NO_WORK; works.len()];
    for (work, same) in (0..).zip(takes.chunk_by(|x, y| x.0 == y.0).filter(|same| same.len() > 1)) {
        for (_, song) in same {
            numbers[*song as usize] = work;
        }
    }
    numbers
}
