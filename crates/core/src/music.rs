//! Facts about music. `None` means that the source did not say, never zero and never empty.

use crate::{AlbumId, ArtistId, TrackId};

/// An artist's profile.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Artist {
    /// Id in the catalogue.
    pub id: ArtistId,
    /// Name as the source spells it.
    pub name: String,
    /// Number of followers.
    pub followers: Option<u64>,
    /// 0 to 100, 100 the most popular.
    pub popularity: Option<u8>,
    /// Page of the artist at the source.
    pub url: Option<String>,
    /// Largest picture; linked, never copied.
    pub image_url: Option<String>,
}

/// An artist named on an album or track; not necessarily one that the catalogue holds.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Credit {
    /// Id the artist has, or would have, in the catalogue.
    pub id: ArtistId,
    /// Name as credited.
    pub name: String,
}

/// An album, single or compilation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Album {
    /// Id in the catalogue.
    pub id: AlbumId,
    /// Title.
    pub name: String,
    /// `album`, `single` or `compilation`.
    pub album_type: Option<String>,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; see `release_date_precision`.
    pub release_date: Option<String>,
    /// `year`, `month` or `day`.
    pub release_date_precision: Option<String>,
    /// Number of tracks.
    pub total_tracks: Option<u32>,
    /// Page of the album at the source.
    pub url: Option<String>,
    /// Largest cover.
    pub image_url: Option<String>,
    /// All credited artists, in order.
    pub artists: Vec<Credit>,
}

/// A track.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Track {
    /// Id in the catalogue.
    pub id: TrackId,
    /// Title.
    pub name: String,
    /// The album it is on, with that album's own credits.
    pub album: Option<Album>,
    /// Length in milliseconds.
    pub duration_ms: Option<u32>,
    /// Whether its words are explicit.
    pub explicit: Option<bool>,
    /// International Standard Recording Code.
    pub isrc: Option<String>,
    /// 0 to 100.
    pub popularity: Option<u8>,
    /// Page of the track at the source.
    pub url: Option<String>,
    /// Thirty seconds to listen to.
    pub preview_url: Option<String>,
    /// All credited artists, in order.
    pub artists: Vec<Credit>,
}

/// Audio features of one track, as Spotify defined them.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct AudioFeatures {
    /// 0 to 1.
    pub danceability: Option<f32>,
    /// 0 to 1.
    pub energy: Option<f32>,
    /// Pitch class, 0 = C to 11 = B; unknown is `None` (sources send -1).
    pub key: Option<u8>,
    /// Decibels, about -60 to 0.
    pub loudness: Option<f32>,
    /// 1 = major, 0 = minor.
    pub mode: Option<u8>,
    /// 0 to 1.
    pub speechiness: Option<f32>,
    /// 0 to 1.
    pub acousticness: Option<f32>,
    /// 0 to 1.
    pub instrumentalness: Option<f32>,
    /// 0 to 1.
    pub liveness: Option<f32>,
    /// 0 to 1; high is cheerful.
    pub valence: Option<f32>,
    /// Beats per minute.
    pub tempo: Option<f32>,
    /// Beats per bar.
    pub time_signature: Option<u8>,
    /// Length in milliseconds.
    pub duration_ms: Option<u32>,
}

impl AudioFeatures {
    /// Whether nothing at all is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
