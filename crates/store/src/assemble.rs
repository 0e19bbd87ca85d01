//! Puts rows that were read table by table together to what callers ask for. Knows no database.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sixpotify_core::{Artist, ArtistId, AudioFeatures, Credit, Source, TrackId};

use crate::{AlbumEntry, ArtistDetail, FacetRecord, RelateInput, TrackEntry};

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

/// How many artists `relate_input` reads at a time.
pub(crate) const RELATE_CHUNK: u32 = 1_000;

/// A chunk of what `relate` reads, each list sorted by artist id; lists may name artists that the chunk does not have.
#[derive(Debug, Default)]
pub(crate) struct RelateRows {
    /// Id, name, popularity.
    pub(crate) artists: Vec<(ArtistId, String, Option<u8>)>,
    /// By artist, then genre.
    pub(crate) genres: Vec<(ArtistId, String)>,
    /// By artist, then track.
    pub(crate) features: Vec<(ArtistId, AudioFeatures)>,
}

impl RelateRows {
    /// One entry per artist, in the same order.
    pub(crate) fn assemble(self) -> Vec<RelateInput> {
        let mut genres = self.genres.into_iter().peekable();
        let mut features = self.features.into_iter().peekable();
        self.artists
            .into_iter()
            .map(|(id, name, popularity)| {
                let genres = of(&mut genres, &id);
                let tracks = of(&mut features, &id);
                RelateInput { id, name, popularity, genres, tracks }
            })
            .collect()
    }
}

/// Takes the values of `id` from `sorted`, skipping those of smaller ids.
fn of<T>(sorted: &mut std::iter::Peekable<impl Iterator<Item = (ArtistId, T)>>, id: &ArtistId) -> Vec<T> {
    while sorted.next_if(|(other, _)| other < id).is_some() {}
    std::iter::from_fn(|| sorted.next_if(|(other, _)| other == id)).map(|(_, value)| value).collect()
}
