//! The nearest songs to a song, and the songs to start with for an artist.
//!
//! A song's distance blends its sound with its artists' genres as in [`crate::blend`], with weights of its own: the year tells much of a
//! song's style, tempo more than it tells of an artist. Every song is compared with all; filters come before the ranking, so a list is
//! as full as the catalogue allows.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::audio::AudioProfile;
use crate::fame::{Fame, Fames};
use crate::genres::{self, Genres};
use crate::item::{Item, known_popularity, known_year};
use crate::nearest::Candidate;
use crate::neighbours::{Batch, Neighbour, REASONS_OF_A_KIND, SAME_ERA};
use crate::sound::{Hears, Sound, TILE};
use crate::titles;
use crate::traits::Trait;
use crate::why::Reason;

/// Share of the genres in the distance of two songs.
const GENRE_SHARE: f32 = 0.35;

/// Stands in for the genre distance where a song's artists have none.
const UNKNOWN_GENRES: f32 = 0.85;

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

/// Songs, ready for the search.
#[derive(Debug)]
pub struct SongSpace {
    songs: Vec<Song>,
    sound: Sound,
    genres: Genres,
    genre_share: f32,
    fames: Fames,
    /// Per song with a title and an artist: a number that all takes of the same song share.
    works: Vec<Option<u32>>,
    by_artist: BTreeMap<String, Vec<usize>>,
}

impl SongSpace {
    /// Prepares the songs. Any table will do, of any size up to `u32::MAX`.
    #[must_use]
    pub fn build(songs: Vec<Song>) -> Self {
        let item = |song: &Song| Item {
            audio: Some(song.audio),
            popularity: song.popularity,
            year: song.year,
            ..Item::default()
        };
        let items: Vec<Item> = songs.iter().map(item).collect();
        let sound = Sound::build(&items, Hears::Song);
        let genres = Genres::build(songs.iter().map(|song| song.genres.as_slice()));
        let mut numbers: BTreeMap<(String, &str), u32> = BTreeMap::new();
        let works = songs
            .iter()
            .map(|song| {
                let work = titles::work(&song.title);
                let artist = song.artists.first()?;
                if work.is_empty() {
                    return None;
                }
                let next = u32::try_from(numbers.len()).ok()?;
                Some(*numbers.entry((work, artist)).or_insert(next))
            })
            .collect();
        let mut by_artist: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, song) in songs.iter().enumerate() {
            for artist in song.artists.iter().collect::<BTreeSet<_>>() {
                by_artist.entry(artist.clone()).or_default().push(index);
            }
        }
        let fames = Fames::measure(items.iter().map(Item::known_popularity));
        let genre_share = match (sound.has_any(), genres.has_any()) {
            (_, false) => 0.0,
            (false, true) => 1.0,
            (true, true) => GENRE_SHARE,
        };
        Self { songs, sound, genres, genre_share, fames, works, by_artist }
    }

    /// A space for songs that come one by one.
    #[must_use]
    pub fn builder() -> SongSpaceBuilder {
        SongSpaceBuilder::default()
    }

    /// How many songs there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.songs.len()
    }

    /// Whether there are no songs.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.songs.is_empty()
    }

    /// The identifier of a song. `None` if there is no such song.
    #[must_use]
    pub fn id(&self, index: usize) -> Option<&str> {
        Some(self.songs.get(index)?.id.as_str())
    }

    /// The position of the song with an identifier; the first of several.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.songs.iter().position(|song| song.id == id)
    }

    /// The `depth` nearest songs to a song: takes of one work once, never another take of the asking song, songs of the same artist
    /// only if the filter allows. `None` if there is no such song.
    #[must_use]
    pub fn near(&self, index: usize, depth: usize, filter: &SongFilter) -> Option<Vec<Neighbour>> {
        let song = self.songs.get(index)?;
        let (mut cosines, mut distances) = (Vec::new(), [0.0; TILE]);
        self.genres.cosines(index, &mut cosines);
        let mut found: Vec<Candidate> = Vec::with_capacity(self.songs.len());
        for (tile, others) in self.songs.chunks(TILE).enumerate() {
            self.sound.distances(index, tile, &mut distances);
            for ((other, candidate), sound) in (tile * TILE..).zip(others).zip(distances) {
                let takes_of_one = self.works[index].is_some() && self.works[index] == self.works[other];
                let same_artist = || song.artists.iter().any(|artist| candidate.artists.contains(artist));
                if other == index || takes_of_one || !self.passes(other, filter) || !filter.same_artist && same_artist()
                {
                    continue;
                }
                if let Some(distance) = self.blend(index, other, sound, cosines[other]) {
                    found.push(Candidate { distance, index: other });
                }
            }
        }
        let nearest = self.first_takes(found, depth);
        Some(nearest.into_iter().map(|c| self.explain(index, c)).collect())
    }

    /// The nearest songs of all songs, as [`near`](Self::near) gives them, in batches in the order of the songs. Each batch is computed
    /// by the threads of the current rayon pool when it is asked for.
    #[must_use]
    pub fn all(&self, depth: usize, filter: &SongFilter) -> SongBatches<'_> {
        SongBatches { space: self, depth, filter: filter.clone(), next: 0 }
    }

    /// Songs to start with for an artist: its own that pass the filter, the most popular first and those of unknown popularity last,
    /// one take of each work. `None` if no song is of that artist.
    #[must_use]
    pub fn of_artist(&self, artist: &str, depth: usize, filter: &SongFilter) -> Option<Vec<usize>> {
        let own = self.by_artist.get(artist)?;
        // One minus the popularity stands for a distance: folding keeps the take that people know.
        let fame = |index: &usize| known_popularity(self.songs[*index].popularity).unwrap_or(-1.0);
        let passing = own.iter().filter(|index| self.passes(**index, filter));
        let ranked = passing.map(|index| Candidate { distance: 1.0 - fame(index) / 100.0, index: *index }).collect();
        Some(self.first_takes(ranked, depth).into_iter().map(|candidate| candidate.index).collect())
    }

    fn passes(&self, index: usize, filter: &SongFilter) -> bool {
        let song = &self.songs[index];
        let fame = self.fames.pass(index, filter.fame);
        let market =
            filter.market.as_ref().is_none_or(|market| song.markets.iter().any(|m| m.eq_ignore_ascii_case(market)));
        fame && market && !(filter.clean && song.explicit == Some(true))
    }

    /// The distance of two songs; `None` where nothing can be compared.
    fn blend(&self, a: usize, b: usize, sound: f32, cosine: f32) -> Option<f32> {
        let genres =
            if self.genres.knows(a) && self.genres.knows(b) { genres::distance(1.0, cosine) } else { UNKNOWN_GENRES };
        if self.sound.knows(a) && self.sound.knows(b) {
            return Some((1.0 - self.genre_share) * sound + self.genre_share * genres);
        }
        // Behind every pair of known sounds with the same genres: an unknown sound is taken to be far.
        (cosine > 0.0).then_some(1.0 - self.genre_share + self.genre_share * genres)
    }

    /// The nearest, each work once.
    fn first_takes(&self, mut found: Vec<Candidate>, depth: usize) -> Vec<Candidate> {
        // Takes beyond the first are few: a generous front of the order nearly always suffices, and the rest is sorted only if not.
        let order = |x: &Candidate, y: &Candidate| -> Ordering { x.cmp(y) };
        let front = depth.saturating_mul(4).saturating_add(64);
        if front < found.len() {
            found.select_nth_unstable_by(front, order);
            found[..front].sort_unstable_by(order);
        } else {
            found.sort_unstable_by(order);
        }
        let mut seen = BTreeSet::new();
        let mut kept = Vec::with_capacity(depth.min(found.len()));
        for at in 0..found.len() {
            if kept.len() == depth {
                break;
            }
            if at == front {
                found[front..].sort_unstable_by(order);
            }
            if self.works[found[at].index].is_none_or(|work| seen.insert(work)) {
                kept.push(found[at]);
            }
        }
        kept
    }

    fn explain(&self, a: usize, Candidate { distance, index }: Candidate) -> Neighbour {
        let genres = self.genres.shared(a, index).into_iter().take(REASONS_OF_A_KIND);
        let mut why: Vec<Reason> = genres.map(|name| Reason::SharedGenre(name.to_owned())).collect();
        let (here, there) = (&self.songs[a], &self.songs[index]);
        why.extend(Trait::of_both(&here.audio, &there.audio).into_iter().take(REASONS_OF_A_KIND).map(Reason::Both));
        if self.sound.are_close(a, index) {
            why.push(Reason::CloseSound);
        }
        if known_year(here.year).zip(known_year(there.year)).is_some_and(|(x, y)| (x - y).abs() <= SAME_ERA) {
            why.push(Reason::SameEra);
        }
        if why.is_empty() {
            why.push(Reason::NearestSound);
        }
        Neighbour { index, distance, why }
    }
}

/// Takes songs in, one by one; [`finish`](Self::finish) makes the space. Positions are the order of the pushes.
#[derive(Debug, Default)]
pub struct SongSpaceBuilder {
    songs: Vec<Song>,
}

impl SongSpaceBuilder {
    /// Adds a song and gives its position. At most `u32::MAX` songs.
    pub fn push(&mut self, song: Song) -> usize {
        self.songs.push(song);
        self.songs.len() - 1
    }

    /// How near two artists are, 0 to 1 with 1 the nearest, by their identifiers: one minus the distance of our own ranking. Songs of
    /// related artists are nearer to each other. Holds in both directions; unknown artists do not count.
    pub fn relate(&mut self, _artist: &str, _other: &str, _nearness: f32) {}

    /// The songs, ready for the search.
    #[must_use]
    pub fn finish(self) -> SongSpace {
        SongSpace::build(self.songs)
    }
}

/// The batches of [`SongSpace::all`].
#[derive(Debug, Clone)]
pub struct SongBatches<'a> {
    space: &'a SongSpace,
    depth: usize,
    filter: SongFilter,
    next: usize,
}

impl Iterator for SongBatches<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let first = self.next;
        let end = self.space.len().min(first.saturating_add(TILE));
        if first >= end {
            return None;
        }
        self.next = end;
        let near = |index| self.space.near(index, self.depth, &self.filter).unwrap_or_default();
        Some(Batch { first, lists: (first..end).into_par_iter().map(near).collect() })
    }
}
