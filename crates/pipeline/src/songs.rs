//! Songs: the catalogue's tracks in memory, ready for their neighbours. Computed when asked; nothing is stored.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures_util::TryStreamExt as _;
use sixpotify_core::{ArtistId, Credit, Source, SpotifyId, TrackId, fold};
use sixpotify_similar::{Neighbour, Song, SongFilter, SongSpace};
use sixpotify_store::{SharedStore, SongInput, StoreError};

use crate::signals::{Sources, profile};

/// Songs of an artist from which the search for others starts.
const STARTS: usize = 5;

/// Neighbours of each artist that make songs nearer.
const RELATED_ARTISTS: u32 = 50;

/// All songs of a catalogue.
#[derive(Debug)]
pub struct Songs {
    space: SongSpace,
    /// In the order of the space, which is that of ids.
    facts: Vec<SongFacts>,
    /// Sources whose facts entered.
    from: BTreeSet<Source>,
}

/// What is told of a song.
#[derive(Clone, Debug, PartialEq)]
pub struct SongFacts {
    /// The id in the catalogue.
    pub id: TrackId,
    /// The title; empty where none is known.
    pub title: String,
    /// Who is credited, in order.
    pub artists: Vec<Credit>,
    /// Year of release.
    pub year: Option<u16>,
    /// 0 to 100.
    pub popularity: Option<u8>,
    /// Whether the words are explicit.
    pub explicit: Option<bool>,
}

impl SongFacts {
    /// The id as its source writes it: for an imported song, byte for byte as in the table.
    #[must_use]
    pub fn source_id(&self) -> &str {
        let id = self.id.as_str();
        id.strip_prefix("csv:").unwrap_or(id)
    }
}

/// Which song a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// This one; and others that the text could mean as well: takes of it, songs of the same names.
    Song {
        /// Its position.
        index: usize,
        /// Positions of the others.
        others: Vec<usize>,
    },
    /// The title belongs to several artists: positions, the best known first.
    Ambiguous(Vec<usize>),
    /// None.
    Nothing,
}

impl Songs {
    /// Reads the catalogue; facts of sources that are not allowed stay outside, and so do songs of which nobody else says anything.
    ///
    /// # Errors
    /// [`StoreError`] when the catalogue fails.
    pub async fn read(store: &SharedStore, sources: &Sources) -> Result<Self, StoreError> {
        let (mut builder, mut facts, mut from) = (SongSpace::builder(), Vec::<SongFacts>::new(), BTreeSet::new());
        let mut input = store.songs();
        while let Some(song) = input.try_next().await? {
            if !sources.allow(song.source) {
                continue;
            }
            from.insert(song.source);
            let (own, song) = taken_in(song, sources, &mut from);
            facts.push(own);
            builder.push(song);
        }
        drop(input);
        // Songs of artists that are near each other are nearer. A catalogue may have a million artists more, without songs.
        if !facts.is_empty() {
            let with_songs: HashSet<&ArtistId> =
                facts.iter().flat_map(|song| song.artists.iter().map(|credit| &credit.id)).collect();
            let mut ranking = store.ranking(RELATED_ARTISTS);
            while let Some(pair) = ranking.try_next().await? {
                if with_songs.contains(&pair.artist_id) && with_songs.contains(&pair.neighbour_id) {
                    builder.relate(pair.artist_id.as_str(), pair.neighbour_id.as_str(), 1.0 - pair.distance);
                }
            }
        }
        let space = tokio::task::spawn_blocking(move || builder.finish()).await;
        let died = |error| StoreError::Other(Box::new(error));
        Ok(Self { space: space.map_err(died)?, facts, from })
    }

    /// The songs, ready for the search.
    #[must_use]
    pub fn space(&self) -> &SongSpace {
        &self.space
    }

    /// What is told of the song at a position of the space.
    #[must_use]
    pub fn facts(&self, index: usize) -> &SongFacts {
        &self.facts[index]
    }

    /// Sources whose facts entered.
    #[must_use]
    pub fn sources(&self) -> &BTreeSet<Source> {
        &self.from
    }

    /// Which song `text` means: a track's id or link, `TITLE - ARTIST`, or a title that belongs to one artist. Names are compared
    /// folded; of several takes the best known is meant.
    #[must_use]
    pub fn find(&self, text: &str) -> Found {
        if let Some(index) = self.by_id(text) {
            return Found::Song { index, others: Vec::new() };
        }
        let titles: BTreeMap<usize, String> = (0..)
            .zip(&self.facts)
            .map(|(index, song)| (index, fold(&song.title)))
            .filter(|(_, t)| !t.is_empty())
            .collect();
        let text = text.trim();
        // A title may hold the mark itself, so every place where it stands is tried.
        for (at, mark) in text.match_indices(" - ") {
            let (title, artist) = (fold(&text[..at]), fold(&text[at + mark.len()..]));
            let by = |index: usize| self.facts[index].artists.iter().any(|credit| fold(&credit.name) == artist);
            let matches = titles.iter().filter(|(index, own)| **own == title && by(**index)).map(|(index, _)| *index);
            let mut matches = self.best_known(matches.collect()).into_iter();
            if let Some(index) = matches.next() {
                return Found::Song { index, others: matches.collect() };
            }
        }
        let title = fold(text);
        let matches = titles.iter().filter(|(_, own)| **own == title).map(|(index, _)| *index).collect();
        let matches = self.best_known(matches);
        let artists: BTreeSet<_> =
            matches.iter().map(|index| self.facts[*index].artists.first().map(|c| &c.id)).collect();
        match (matches.split_first(), artists.len()) {
            (Some((index, others)), 1) => Found::Song { index: *index, others: others.to_vec() },
            (Some(_), _) => Found::Ambiguous(matches),
            (None, _) => Found::Nothing,
        }
    }

    /// Songs nearest to those that an artist is known for, each once, with the distance to the nearest of these.
    #[must_use]
    pub fn for_artist(&self, artist: &ArtistId, depth: usize, filter: &SongFilter) -> Vec<Neighbour> {
        let starts = self.space.of_artist(artist.as_str(), STARTS, &SongFilter::default()).unwrap_or_default();
        let mut best: BTreeMap<usize, Neighbour> = BTreeMap::new();
        for near in starts.into_iter().flat_map(|start| self.space.near(start, depth, filter).unwrap_or_default()) {
            match best.get_mut(&near.index) {
                Some(kept) if kept.distance <= near.distance => {}
                _ => {
                    best.insert(near.index, near);
                }
            }
        }
        let mut list: Vec<Neighbour> = best.into_values().collect();
        list.sort_by(|x, y| x.distance.total_cmp(&y.distance).then(x.index.cmp(&y.index)));
        // Takes of one song may be near to different starts.
        let mut seen = BTreeSet::new();
        list.retain(|near| {
            let song = &self.facts[near.index];
            song.title.is_empty() || seen.insert((fold(&song.title), song.artists.first().map(|artist| &artist.id)))
        });
        list.truncate(depth);
        list
    }

    fn by_id(&self, text: &str) -> Option<usize> {
        let position = |id: TrackId| self.facts.binary_search_by(|song| song.id.cmp(&id)).ok();
        let link = text.trim().trim_start_matches("spotify:track:");
        let link = link.rsplit_once("/track/").map_or(link, |(_, rest)| rest);
        let spotify = link.split(['?', '/', '#']).next().and_then(|id| SpotifyId::parse(id).ok());
        position(TrackId::from_stored(text))
            .or_else(|| position(TrackId::new(Source::Csv, text)))
            .or_else(|| position(TrackId::from(spotify?)))
    }

    fn best_known(&self, mut matches: Vec<usize>) -> Vec<usize> {
        // The known before the unknown: `None` is less than any number.
        matches.sort_by_key(|index| (std::cmp::Reverse(self.facts[*index].popularity), *index));
        matches
    }
}

fn taken_in(input: SongInput, sources: &Sources, from: &mut BTreeSet<Source>) -> (SongFacts, Song) {
    let genres = input.genres.into_iter().filter(|(_, source)| sources.allow(*source));
    let genres = genres.map(|(genre, source)| {
        from.insert(source);
        genre
    });
    let song = Song {
        id: input.id.to_string(),
        artists: input.artists.iter().map(|credit| credit.id.to_string()).collect(),
        title: input.name.clone(),
        genres: genres.collect(),
        audio: input.features.map(|(features, _)| profile(&features)).unwrap_or_default(),
        year: input.year.map(f32::from),
        popularity: input.popularity.map(f32::from),
        explicit: input.explicit,
        markets: input.markets,
    };
    let facts = SongFacts {
        id: input.id,
        title: input.name,
        artists: input.artists,
        year: input.year,
        popularity: input.popularity,
        explicit: input.explicit,
    };
    (facts, song)
}
