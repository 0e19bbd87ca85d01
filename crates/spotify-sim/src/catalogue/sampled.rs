//! The catalogue of the bundled sample, held in memory.

mod build;
mod plain;
mod search;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;

use super::index::Index;
use super::query::Query;
use super::{Album, AlbumType, Artist, Catalogue, Credit, Group, Image, Released, Slice, Span, Track, derive};
use crate::id::Id;
use crate::sample::Features;

/// Everything of the sample, and what was derived for it.
pub(crate) struct Sampled {
    artists: Vec<ArtistRow>,
    albums: Vec<AlbumRow>,
    tracks: Vec<TrackRow>,
    ids: HashMap<Id, Place>,
    /// Artists by their folded name without spaces.
    by_key: HashMap<String, Vec<u32>>,
    artist_index: Index,
    track_index: Index,
}

/// Where the thing with an id is.
#[derive(Clone, Copy)]
enum Place {
    Artist(u32),
    Album(u32),
    Track(u32),
}

struct ArtistRow {
    id: Id,
    name: String,
    /// The folded name without spaces.
    key: String,
    popularity: u8,
    followers: u64,
    genres: Vec<String>,
    image: Option<Image>,
    /// Every track that credits the artist.
    tracks: Vec<u32>,
    /// In the order in which they are listed.
    albums: Vec<(Group, u32)>,
}

struct AlbumRow {
    id: Id,
    name: String,
    kind: AlbumType,
    released: Released,
    artists: Vec<u32>,
    tracks: Vec<u32>,
    popularity: u8,
}

struct TrackRow {
    id: Id,
    name: String,
    album: u32,
    artists: Vec<u32>,
    duration_ms: u32,
    explicit: bool,
    popularity: u8,
    /// Absent for the derived singles, as for many a real track.
    features: Option<Features>,
    track_number: u32,
}

impl Sampled {
    fn artist_at(&self, id: Id) -> Option<&ArtistRow> {
        match self.ids.get(&id)? {
            Place::Artist(at) => Some(&self.artists[*at as usize]),
            _ => None,
        }
    }

    fn album_at(&self, id: Id) -> Option<&AlbumRow> {
        match self.ids.get(&id)? {
            Place::Album(at) => Some(&self.albums[*at as usize]),
            _ => None,
        }
    }

    fn track_at(&self, id: Id) -> Option<&TrackRow> {
        match self.ids.get(&id)? {
            Place::Track(at) => Some(&self.tracks[*at as usize]),
            _ => None,
        }
    }

    fn show_artist<'a>(&'a self, row: &'a ArtistRow) -> Artist<'a> {
        Artist {
            id: row.id,
            name: Cow::Borrowed(&row.name),
            followers: row.followers,
            popularity: row.popularity,
            genres: row.genres.iter().map(|genre| Cow::Borrowed(genre.as_str())).collect(),
            image: row.image,
        }
    }

    fn credits(&self, artists: &[u32]) -> Vec<Credit<'_>> {
        let credit = |at: &u32| {
            let row = &self.artists[*at as usize];
            Credit { id: row.id, name: Cow::Borrowed(&row.name) }
        };
        artists.iter().map(credit).collect()
    }

    fn show_album(&self, at: u32) -> Album<'_> {
        let row = &self.albums[at as usize];
        Album {
            id: row.id,
            name: Cow::Borrowed(&row.name),
            kind: row.kind,
            total_tracks: u32::try_from(row.tracks.len()).unwrap_or(u32::MAX),
            released: row.released,
            artists: self.credits(&row.artists),
            image: Image(crate::hash::hash("cover", row.id.as_str())),
            popularity: row.popularity,
        }
    }

    fn show_track<'a>(&'a self, row: &'a TrackRow) -> Track<'a> {
        Track {
            id: row.id,
            name: Cow::Borrowed(&row.name),
            album: self.show_album(row.album),
            artists: self.credits(&row.artists),
            duration_ms: row.duration_ms,
            explicit: row.explicit,
            isrc: derive::isrc(row.id),
            popularity: row.popularity,
            track_number: row.track_number,
        }
    }
}

impl Catalogue for Sampled {
    fn artist(&self, id: Id) -> Option<Artist<'_>> {
        self.artist_at(id).map(|row| self.show_artist(row))
    }

    fn album(&self, id: Id) -> Option<Album<'_>> {
        match self.ids.get(&id)? {
            Place::Album(at) => Some(self.show_album(*at)),
            _ => None,
        }
    }

    fn track(&self, id: Id) -> Option<Track<'_>> {
        self.track_at(id).map(|row| self.show_track(row))
    }

    fn features(&self, id: Id) -> Option<(Features, u32)> {
        let row = self.track_at(id)?;
        Some((row.features?, row.duration_ms))
    }

    fn albums_of(&self, artist: Id, groups: &[Group], span: Span) -> Option<Slice<(Group, Album<'_>)>> {
        let row = self.artist_at(artist)?;
        let wanted: Vec<_> = row.albums.iter().filter(|(group, _)| groups.contains(group)).collect();
        let items = span.of(&wanted).iter().map(|(group, at)| (*group, self.show_album(*at))).collect();
        Some(Slice { total: wanted.len(), items })
    }

    fn top_tracks(&self, artist: Id) -> Option<Vec<Track<'_>>> {
        let row = self.artist_at(artist)?;
        let mut tracks: Vec<_> = row.tracks.iter().map(|at| &self.tracks[*at as usize]).collect();
        tracks.sort_by_key(|track| (std::cmp::Reverse(track.popularity), track.id));
        tracks.truncate(10);
        Some(tracks.into_iter().map(|track| self.show_track(track)).collect())
    }

    fn album_tracks(&self, album: Id, span: Span) -> Option<Slice<Track<'_>>> {
        let row = self.album_at(album)?;
        let items = span.of(&row.tracks).iter().map(|at| self.show_track(&self.tracks[*at as usize])).collect();
        Some(Slice { total: row.tracks.len(), items })
    }

    fn search_artists(&self, query: &Query, span: Span) -> Slice<Artist<'_>> {
        let hits = self.rank_artists(query);
        let items = span.of(&hits).iter().map(|at| self.show_artist(&self.artists[*at as usize])).collect();
        Slice { total: hits.len(), items }
    }

    fn search_tracks(&self, query: &Query, span: Span) -> Slice<Track<'_>> {
        let hits = self.rank_tracks(query);
        let items = span.of(&hits).iter().map(|at| self.show_track(&self.tracks[*at as usize])).collect();
        Slice { total: hits.len(), items }
    }
}
