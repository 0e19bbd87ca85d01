//! Songs: the catalogue's tracks in memory, ready for their neighbours. Computed when asked; nothing is stored.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt as _;
use sixpotify_core::{ArtistId, Credit, SpotifyId, Source, TrackId, fold};
use sixpotify_similar::{Neighbour, Song, SongFilter, SongSpace};
use sixpotify_store::{SharedStore, SongInput, StoreError};

use crate::signals::{Sources, profile};

/// Songs of an artist from which the search for others starts.
const STARTS: usize = 5;

/// Share of how near the artists are in the order of songs for an artist; the songs' own nearness has the rest.
const ARTIST_SHARE: f32 = 0.3;

/// All songs of a catalogue.
#[derive(Debug)]
pub struct Songs {
    space: SongSpace,
    ids: Vec<TrackId>,
    credits: Vec<Vec<Credit>>,
    /// Sources whose facts entered.
    from: BTreeSet<Source>,
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
        let (mut songs, mut ids, mut credits) = (Vec::new(), Vec::new(), Vec::new());
        let mut from = BTreeSet::new();
        let mut input = store.songs();
        while let Some(song) = input.try_next().await? {
            if !sources.allow(song.source) {
                continue;
            }
            from.insert(song.source);
            let (id, own, song) = taken_in(song, sources, &mut from);
            ids.push(id);
            credits.push(own);
            songs.push(song);
        }
        drop(input);
        let space = tokio::task::spawn_blocking(move || SongSpace::build(songs)).await;
        Ok(Self { space: space.unwrap_or_else(|_| SongSpace::build(Vec::new())), ids, credits, from })
    }

    /// The songs with what they are compared by.
    #[must_use]
    pub fn space(&self) -> &SongSpace {
        &self.space
    }

    /// The id of a song in the catalogue.
    #[must_use]
    pub fn id(&self, index: usize) -> &TrackId {
        &self.ids[index]
    }

    /// The id of a song as its source writes it: for an imported one, byte for byte as in the table.
    #[must_use]
    pub fn source_id(&self, index: usize) -> &str {
        let id = self.ids[index].as_str();
        id.strip_prefix("csv:").unwrap_or(id)
    }

    /// The title; empty where none is known.
    #[must_use]
    pub fn title(&self, index: usize) -> &str {
        &self.space.songs()[index].title
    }

    /// Who is credited, in order.
    #[must_use]
    pub fn artists(&self, index: usize) -> &[Credit] {
        &self.credits[index]
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
        let titles: BTreeMap<usize, String> =
            (0..self.ids.len()).map(|index| (index, fold(self.title(index)))).filter(|(_, t)| !t.is_empty()).collect();
        let text = text.trim();
        // A title may hold the mark itself, so every place where it stands is tried.
        for (at, mark) in text.match_indices(" - ") {
            let (title, artist) = (fold(&text[..at]), fold(&text[at + mark.len()..]));
            let by = |index: usize| self.credits[index].iter().any(|credit| fold(&credit.name) == artist);
            let matches = titles.iter().filter(|(index, own)| **own == title && by(**index)).map(|(index, _)| *index);
            let mut matches = self.best_known(matches.collect()).into_iter();
            if let Some(index) = matches.next() {
                return Found::Song { index, others: matches.collect() };
            }
        }
        let title = fold(text);
        let matches = titles.iter().filter(|(_, own)| **own == title).map(|(index, _)| *index).collect();
        let matches = self.best_known(matches);
        let artists: BTreeSet<_> = matches.iter().map(|index| self.credits[*index].first().map(|c| &c.id)).collect();
        match (matches.split_first(), artists.len()) {
            (Some((index, others)), 1) => Found::Song { index: *index, others: others.to_vec() },
            (Some(_), _) => Found::Ambiguous(matches),
            (None, _) => Found::Nothing,
        }
    }

    /// Songs nearest to those that an artist is known for: with the artist's stored neighbours, songs of near artists come first.
    /// `related` gives their distances.
    #[must_use]
    pub fn for_artist(
        &self,
        artist: &ArtistId,
        depth: usize,
        filter: &SongFilter,
        related: &BTreeMap<ArtistId, f32>,
    ) -> Vec<Neighbour> {
        let starts = self.space.of_artist(artist.as_str(), STARTS, &SongFilter::default()).unwrap_or_default();
        // Artists that are not among the neighbours are farther than the last of them.
        let far = related.values().copied().fold(0.0, f32::max);
        let mut best: BTreeMap<usize, Neighbour> = BTreeMap::new();
        for start in starts {
            for mut near in self.space.near(start, depth.saturating_mul(4), filter).unwrap_or_default() {
                let of = self.credits[near.index].iter().filter_map(|credit| related.get(&credit.id)).copied();
                let apart = of.fold(far, f32::min);
                near.distance = (1.0 - ARTIST_SHARE) * near.distance + ARTIST_SHARE * apart;
                match best.get_mut(&near.index) {
                    Some(kept) if kept.distance <= near.distance => {}
                    _ => {
                        best.insert(near.index, near);
                    }
                }
            }
        }
        let mut list: Vec<Neighbour> = best.into_values().collect();
        list.sort_by(|x, y| x.distance.total_cmp(&y.distance).then(x.index.cmp(&y.index)));
        list.truncate(depth);
        list
    }

    fn by_id(&self, text: &str) -> Option<usize> {
        let position = |id: TrackId| self.ids.binary_search(&id).ok();
        let link = text.trim().trim_start_matches("spotify:track:");
        let link = link.rsplit_once("/track/").map_or(link, |(_, rest)| rest);
        let spotify = link.split(['?', '/', '#']).next().and_then(|id| SpotifyId::parse(id).ok());
        position(TrackId::from_stored(text))
            .or_else(|| position(TrackId::new(Source::Csv, text)))
            .or_else(|| position(TrackId::from(spotify?)))
    }

    fn best_known(&self, mut matches: Vec<usize>) -> Vec<usize> {
        let fame = |index: usize| self.space.songs()[index].popularity.unwrap_or(-1.0);
        matches.sort_by(|x, y| fame(*y).total_cmp(&fame(*x)).then(x.cmp(y)));
        matches
    }
}

fn taken_in(input: SongInput, sources: &Sources, from: &mut BTreeSet<Source>) -> (TrackId, Vec<Credit>, Song) {
    let genres = input.genres.into_iter().filter(|(_, source)| sources.allow(*source));
    let genres = genres.map(|(genre, source)| {
        from.insert(source);
        genre
    });
    let song = Song {
        id: input.id.to_string(),
        artists: input.artists.iter().map(|credit| credit.id.to_string()).collect(),
        title: input.name,
        genres: genres.collect(),
        audio: input.features.map(|(features, _)| profile(&features)).unwrap_or_default(),
        year: input.year.map(f32::from),
        popularity: input.popularity.map(f32::from),
        explicit: input.explicit,
        markets: input.markets,
    };
    (input.id, input.artists, song)
}
