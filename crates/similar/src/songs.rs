//! The nearest songs to a song, and the songs to start with for an artist.
//!
//! A song's distance blends its sound with its artists' genres as in [`crate::blend`], with weights of its own: the year tells much of a
//! song's style, tempo more than it tells of an artist. Where it is known whose artists are related, that joins their songs as behaviour
//! joins artists. The search is the exact one of [`crate::neighbours`]; filters come before the ranking, so a list is as full as the
//! catalogue allows.

use std::collections::BTreeMap;

use crate::audio::AudioProfile;
use crate::behaviour::Rows;
use crate::fame::{Fame, Fames};
use crate::nearest::{Candidate, NO_WORK, Nearest};
use crate::neighbours::{Batch, Neighbour, REASONS_OF_A_KIND, SAME_ERA, Working, batch_end, in_order};
use crate::search::Index;
use crate::song_builder::SongSpaceBuilder;
use crate::sound::Facts;
use crate::texts::Texts;
use crate::traits::Trait;
use crate::why::Reason;

/// One song. All but the identifier may be unknown; songs in the order of their identifiers break ties by identifier.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Song {
    /// The song's identifier.
    pub id: String,
    /// Identifiers of its artists, the main one first; empty if unknown.
    pub artists: Vec<String>,
    /// The title; empty if unknown.
    pub title: String,
    /// The audio features.
    pub audio: AudioProfile,
    /// The year of release.
    pub year: Option<f32>,
    /// Genres of the artists.
    pub genres: Vec<String>,
    /// Spotify's popularity, 0 to 100.
    pub popularity: Option<f32>,
    /// Whether the lyrics are explicit.
    pub explicit: Option<bool>,
    /// Markets where it can be heard; empty if unknown.
    pub markets: Vec<String>,
}

/// Which songs may be answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SongFilter {
    /// Songs of an artist of the asking song too.
    pub same_artist: bool,
    /// Only songs of this market; songs of unknown markets are in none.
    pub market: Option<String>,
    /// Only songs that are not explicit; unknown ones pass.
    pub clean: bool,
    /// By popularity.
    pub fame: Fame,
}

/// Songs, ready for the search. A song takes about 250 bytes and 8 for each genre.
#[derive(Debug)]
pub struct SongSpace {
    pub(crate) index: Index,
    pub(crate) ids: Texts,
    /// Positions in the order of the identifiers.
    pub(crate) by_id: Vec<u32>,
    pub(crate) facts: Vec<Facts>,
    /// Per song with a title and an artist of which there is more than one take: a number that they share. Else [`NO_WORK`].
    pub(crate) works: Vec<u32>,
    pub(crate) explicit: Vec<bool>,
    /// Per song the number of its set of markets.
    pub(crate) markets: Vec<u32>,
    /// The sets, in upper case and in order.
    pub(crate) market_sets: Vec<Vec<String>>,
    pub(crate) artists: BTreeMap<String, u32>,
    /// Per song its artists, ascending.
    pub(crate) artists_of: Vec<Box<[u32]>>,
    /// Per artist its songs.
    pub(crate) songs_of: Vec<Vec<u32>>,
    /// Per artist those that are related to it.
    pub(crate) related: Rows,
    pub(crate) fames: Fames,
}

impl SongSpace {
    /// Prepares the songs. Any table will do, of any size up to `u32::MAX`.
    #[must_use]
    pub fn build(songs: Vec<Song>) -> Self {
        let mut builder = Self::builder();
        for song in songs {
            builder.push(&song);
        }
        builder.finish()
    }

    /// A space for songs that come one by one.
    #[must_use]
    pub fn builder() -> SongSpaceBuilder {
        SongSpaceBuilder::default()
    }

    /// How many songs there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there are no songs.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The identifier of a song. `None` if there is no such song.
    #[must_use]
    pub fn id(&self, index: usize) -> Option<&str> {
        self.ids.get(index)
    }

    /// The position of the song with an identifier; the first of several.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        let of = |position: &u32| self.ids.get(*position as usize).unwrap_or_default();
        let at = self.by_id.partition_point(|position| of(position) < id);
        self.by_id.get(at).filter(|position| of(position) == id).map(|position| *position as usize)
    }

    /// The `depth` nearest songs to a song: takes of one work once, never another take of the asking song, songs of the same artist
    /// only if the filter allows. `None` if there is no such song.
    #[must_use]
    pub fn near(&self, index: usize, depth: usize, filter: &SongFilter) -> Option<Vec<Neighbour>> {
        let filter = self.prepare(filter);
        (index < self.len()).then(|| self.search(index, depth, &filter, &mut Working::default()))
    }

    /// The nearest songs of all songs, as [`near`](Self::near) gives them, in batches in the order of the songs. Each batch is computed
    /// by the threads of the current rayon pool when it is asked for.
    #[must_use]
    pub fn all(&self, depth: usize, filter: &SongFilter) -> SongBatches<'_> {
        SongBatches { space: self, depth, filter: self.prepare(filter), next: 0 }
    }

    /// Songs to start with for an artist: its own that pass the filter, the most popular first and those of unknown popularity last,
    /// one take of each work. `None` if no song is of that artist.
    #[must_use]
    pub fn of_artist(&self, artist: &str, depth: usize, filter: &SongFilter) -> Option<Vec<usize>> {
        let own = self.songs_of.get(*self.artists.get(artist)? as usize).filter(|own| !own.is_empty())?;
        let filter = self.prepare(filter);
        // One minus the popularity stands for a distance: folding keeps the take that people know.
        let fame = |index: usize| self.facts[index].popularity.unwrap_or(-1.0);
        let mut nearest = Nearest::new(depth, &self.works);
        for index in own.iter().map(|index| *index as usize).filter(|index| self.passes(*index, &filter)) {
            nearest.offer(Candidate { distance: 1.0 - fame(index) / 100.0, index });
        }
        Some(nearest.into_sorted().into_iter().map(|candidate| candidate.index).collect())
    }

    fn prepare(&self, filter: &SongFilter) -> Prepared {
        let in_market = |market: &String| {
            let market = market.to_uppercase();
            self.market_sets.iter().map(|set| set.binary_search(&market).is_ok()).collect()
        };
        let SongFilter { same_artist, clean, fame, .. } = *filter;
        Prepared { same_artist, clean, fame, market: filter.market.as_ref().map(in_market) }
    }

    fn passes(&self, index: usize, filter: &Prepared) -> bool {
        self.fames.pass(index, filter.fame)
            && !(filter.clean && self.explicit[index])
            && filter.market.as_ref().is_none_or(|sets| sets[self.markets[index] as usize])
    }

    fn search(&self, song: usize, depth: usize, filter: &Prepared, working: &mut Working) -> Vec<Neighbour> {
        let joined = self.joined(song);
        let (work, artists) = (self.works[song], &self.artists_of[song]);
        let accept = |other: usize| {
            (work == NO_WORK || self.works[other] != work)
                && self.passes(other, filter)
                && (filter.same_artist || !artists.iter().any(|artist| self.artists_of[other].contains(artist)))
        };
        let mut nearest = Nearest::new(depth, &self.works);
        self.index.search(song, &joined, accept, &mut nearest, &mut working.scratch);
        nearest.into_sorted().into_iter().map(|candidate| self.explain(song, candidate, &joined)).collect()
    }

    /// The songs of related artists, in order, with the strongest relation.
    fn joined(&self, song: usize) -> Vec<(u32, f32)> {
        let related =
            self.artists_of[song].iter().flat_map(|artist| self.related.get(*artist as usize).into_iter().flatten());
        let mut joined: Vec<(u32, f32)> = related
            .flat_map(|(artist, strength)| self.songs_of[*artist as usize].iter().map(move |song| (*song, *strength)))
            .filter(|(other, _)| *other as usize != song)
            .collect();
        joined.sort_by(|x, y| x.0.cmp(&y.0).then(y.1.total_cmp(&x.1)));
        joined.dedup_by_key(|(other, _)| *other);
        joined
    }

    fn explain(&self, a: usize, Candidate { distance, index }: Candidate, joined: &[(u32, f32)]) -> Neighbour {
        let (places, genres) = (&self.index.places, &self.index.genres);
        let (at_a, at_b) = (places.position(a), places.position(index));
        let shared = genres.shared(at_a, at_b).into_iter().take(REASONS_OF_A_KIND);
        let mut why: Vec<Reason> = shared.map(|name| Reason::SharedGenre(name.to_owned())).collect();
        if why.is_empty()
            && let Some((one, other)) = genres.most_related(at_a, at_b)
        {
            why.push(Reason::RelatedGenres(one.to_owned(), other.to_owned()));
        }
        let (here, there) = (&self.facts[a], &self.facts[index]);
        why.extend(Trait::of_both(&here.audio, &there.audio).into_iter().take(REASONS_OF_A_KIND).map(Reason::Both));
        if places.are_close(at_a, at_b) {
            why.push(Reason::CloseSound);
        }
        if joined.binary_search_by_key(&index, |(other, _)| *other as usize).is_ok() {
            why.push(Reason::RelatedArtists);
        }
        if here.year.zip(there.year).is_some_and(|(x, y)| (x - y).abs() <= SAME_ERA) {
            why.push(Reason::SameEra);
        }
        if why.is_empty() {
            why.push(Reason::NearestSound);
        }
        Neighbour { index, distance, why }
    }
}

/// A filter in the terms of a space.
#[derive(Debug, Clone)]
struct Prepared {
    same_artist: bool,
    clean: bool,
    fame: Fame,
    /// Per set of markets: whether the wanted one is in it.
    market: Option<Vec<bool>>,
}

/// The batches of [`SongSpace::all`].
#[derive(Debug, Clone)]
pub struct SongBatches<'a> {
    space: &'a SongSpace,
    depth: usize,
    filter: Prepared,
    next: usize,
}

impl Iterator for SongBatches<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let first = self.next;
        let end = batch_end(first, self.depth, self.space.len())?;
        self.next = end;
        let ask = |working: &mut Working, song: usize| self.space.search(song, self.depth, &self.filter, working);
        Some(Batch { first, lists: in_order(&self.space.index, first..end, ask) })
    }
}
