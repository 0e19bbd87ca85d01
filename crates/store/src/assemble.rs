//! Puts rows that were read table by table together to what callers ask for. Knows no database.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sixpotify_core::{Artist, ArtistId, AudioFeatures, Credit, Source, TrackId};

use crate::{AlbumEntry, ArtistDetail, FacetRecord, MeanFeatures, RelateInput, SongInput, TrackDetail, TrackEntry};

/// What the tables say of some artists, each list in the order in which [`ArtistDetail`] wants it.
#[derive(Debug, Default)]
pub(crate) struct DetailRows {
    /// Profile, created and updated; sorted by id.
    pub(crate) artists: Vec<(Artist, DateTime<Utc>, DateTime<Utc>)>,
    pub(crate) genres: Vec<(ArtistId, String, Source)>,
    pub(crate) links: Vec<(ArtistId, Source, String)>,
    pub(crate) albums: Vec<(ArtistId, AlbumEntry)>,
    /// Without their artists, which are in `credits`.
    pub(crate) top_tracks: Vec<(ArtistId, TrackEntry)>,
    /// Credits of all tracks in `top_tracks`, by position.
    pub(crate) credits: Vec<(TrackId, Credit)>,
    pub(crate) facets: Vec<FacetRecord>,
}

impl DetailRows {
    /// One entry per artist.
    pub(crate) fn assemble(self) -> Vec<ArtistDetail> {
        let mut details: Vec<ArtistDetail> = self
            .artists
            .into_iter()
            .map(|(artist, created_at, updated_at)| ArtistDetail {
                artist,
                genres: Vec::new(),
                links: Vec::new(),
                albums: Vec::new(),
                top_tracks: Vec::new(),
                facets: Vec::new(),
                created_at,
                updated_at,
            })
            .collect();
        let at: HashMap<ArtistId, usize> = details.iter().map(|d| d.artist.id.clone()).zip(0..).collect();
        let mut credits: HashMap<TrackId, Vec<Credit>> = HashMap::new();
        for (track, credit) in self.credits {
            credits.entry(track).or_default().push(credit);
        }
        // An artist that came between two of the queries has rows without a profile; it is left out.
        for (id, genre, source) in self.genres {
            if let Some(&at) = at.get(&id) {
                details[at].genres.push((genre, source));
            }
        }
        for (id, source, source_id) in self.links {
            if let Some(&at) = at.get(&id) {
                details[at].links.push((source, source_id));
            }
        }
        for (id, album) in self.albums {
            if let Some(&at) = at.get(&id) {
                details[at].albums.push(album);
            }
        }
        for (id, mut track) in self.top_tracks {
            if let Some(&at) = at.get(&id) {
                track.artists = credits.get(&track.id).cloned().unwrap_or_default();
                details[at].top_tracks.push(track);
            }
        }
        for facet in self.facets {
            if let Some(&at) = at.get(&facet.artist_id) {
                details[at].facets.push(facet);
            }
        }
        details
    }
}

/// How many artists or tracks the streams read at a time.
pub(crate) const CHUNK: u32 = 1_000;

/// A track's id, who gave its features, and its date.
pub(crate) type DatedTrack = (String, Option<Source>, String);

/// A chunk of what `relate` reads, each list sorted by artist id; lists may name artists that the chunk does not have.
#[derive(Debug, Default)]
pub(crate) struct RelateRows {
    /// Id, name, popularity.
    pub(crate) artists: Vec<(ArtistId, String, Option<u8>)>,
    pub(crate) profile_from: Vec<(ArtistId, Source)>,
    /// By artist, then genre.
    pub(crate) genres: Vec<(ArtistId, (String, Source))>,
    /// By artist, then track.
    pub(crate) tracks: Vec<(ArtistId, (AudioFeatures, Source))>,
    /// By artist, then source.
    pub(crate) features: Vec<(ArtistId, (MeanFeatures, Source))>,
    /// By artist, then track.
    pub(crate) dates: Vec<(ArtistId, DatedTrack)>,
}

impl RelateRows {
    /// One entry per artist, in the same order.
    pub(crate) fn assemble(self) -> Vec<RelateInput> {
        let mut profile_from = self.profile_from.into_iter().peekable();
        let mut genres = self.genres.into_iter().peekable();
        let mut tracks = self.tracks.into_iter().peekable();
        let mut features = self.features.into_iter().peekable();
        let mut dates = self.dates.into_iter().peekable();
        let dated = |(track, source, date): DatedTrack| Some((year(&date)?, source.or_else(|| source_of_id(&track))?));
        self.artists
            .into_iter()
            .map(|(id, name, popularity)| {
                let mut profile_from = of(&mut profile_from, &id);
                if profile_from.is_empty() {
                    profile_from.extend(source_of_id(id.as_str()));
                }
                RelateInput {
                    name,
                    popularity,
                    profile_from,
                    genres: of(&mut genres, &id),
                    tracks: of(&mut tracks, &id),
                    features: of(&mut features, &id),
                    years: of(&mut dates, &id).into_iter().filter_map(dated).collect(),
                    id,
                }
            })
            .collect()
    }
}

/// A chunk of tracks, each list sorted by track id; lists may name tracks that the chunk does not have.
#[derive(Debug, Default)]
pub(crate) struct SongRows {
    pub(crate) tracks: Vec<SongRow>,
    /// By track, then position.
    pub(crate) credits: Vec<(TrackId, Credit)>,
    /// By track, then genre; several artists may have the same one.
    pub(crate) genres: Vec<(TrackId, (String, Source))>,
    /// By track, then market.
    pub(crate) markets: Vec<(TrackId, String)>,
}

/// A row of `tracks` with what hangs on it once.
#[derive(Debug)]
pub(crate) struct SongRow {
    pub(crate) id: TrackId,
    pub(crate) name: String,
    pub(crate) date: Option<String>,
    pub(crate) popularity: Option<u8>,
    pub(crate) explicit: Option<bool>,
    pub(crate) features: Option<(AudioFeatures, Source)>,
}

impl SongRows {
    /// One entry per track, in the same order.
    pub(crate) fn assemble(self) -> Vec<SongInput> {
        let mut credits = self.credits.into_iter().peekable();
        let mut genres = self.genres.into_iter().peekable();
        let mut markets = self.markets.into_iter().peekable();
        self.tracks
            .into_iter()
            .map(|row| {
                let mut genres = of(&mut genres, &row.id);
                genres.dedup();
                let said_by = row.features.as_ref().filter(|(features, _)| !features.is_empty()).map(|f| f.1);
                SongInput {
                    name: row.name,
                    source: said_by.or_else(|| source_of_id(row.id.as_str())).unwrap_or(Source::User),
                    artists: of(&mut credits, &row.id),
                    genres,
                    features: row.features,
                    year: row.date.and_then(|date| year(&date)),
                    popularity: row.popularity,
                    explicit: row.explicit,
                    markets: of(&mut markets, &row.id),
                    id: row.id,
                }
            })
            .collect()
    }
}

/// The source that gave a catalogue id: `deezer:27` is Deezer's, one without a source's name is Spotify's.
pub(crate) fn source_of_id(id: &str) -> Option<Source> {
    match id.split_once(':') {
        Some((source, _)) => source.parse().ok(),
        None => Some(Source::Spotify),
    }
}

fn year(date: &str) -> Option<u16> {
    date.get(..4)?.parse().ok().filter(|year| *year > 0)
}

/// Takes the values of `id` from `sorted`, skipping those of smaller ids.
fn of<I: Ord, T>(sorted: &mut std::iter::Peekable<impl Iterator<Item = (I, T)>>, id: &I) -> Vec<T> {
    while sorted.next_if(|(other, _)| other < id).is_some() {}
    std::iter::from_fn(|| sorted.next_if(|(other, _)| other == id)).map(|(_, value)| value).collect()
}

/// Gives tracks (sorted by id) their credits (in the order of their positions).
pub(crate) fn credit_tracks(tracks: &mut [TrackDetail], credits: Vec<(String, Credit)>) {
    for (track, credit) in credits {
        if let Ok(at) = tracks.binary_search_by(|t| t.id.as_str().cmp(&track)) {
            tracks[at].artists.push(credit);
        }
    }
}
