//! The catalogue as plain lists, for other stand-ins.

use super::Sampled;
use crate::catalogue::{AlbumType, Group, derive};
use crate::derived::{Album, Artist, Catalogue, Track};

impl Sampled {
    /// Everything, by place instead of by id.
    pub(crate) fn plain(&self) -> Catalogue {
        let places = |places: &[u32]| places.iter().map(|at| *at as usize).collect::<Vec<_>>();
        let own = |(group, at): &(Group, u32)| (*group != Group::AppearsOn).then_some(*at as usize);
        let artists = self.artists.iter().map(|row| Artist {
            id: row.id.to_string(),
            name: row.name.clone(),
            popularity: row.popularity,
            followers: row.followers,
            genres: row.genres.clone(),
            has_picture: row.image.is_some(),
            tracks: places(&row.tracks),
            albums: row.albums.iter().filter_map(own).collect(),
        });
        let albums = self.albums.iter().map(|row| Album {
            name: row.name.clone(),
            kind: match row.kind {
                AlbumType::Album => "album",
                AlbumType::Single => "single",
                AlbumType::Compilation => "compilation",
            },
            released: (row.released.year, row.released.month, row.released.day),
            artists: places(&row.artists),
            total_tracks: row.tracks.len(),
        });
        let tracks = self.tracks.iter().map(|row| Track {
            id: row.id.to_string(),
            name: row.name.clone(),
            album: row.album as usize,
            artists: places(&row.artists),
            duration_ms: row.duration_ms,
            explicit: row.explicit,
            isrc: derive::isrc(row.id),
            popularity: row.popularity,
            features: row.features,
        });
        Catalogue { artists: artists.collect(), albums: albums.collect(), tracks: tracks.collect() }
    }
}
