//! What Spotify sends, field for field. Absent is `None`, never zero or empty; unknown fields are ignored.

use serde::Deserialize;

pub(super) use crate::wire::Whole;

#[derive(Deserialize)]
pub(super) struct Search {
    pub(super) artists: Page<Artist>,
}

#[derive(Deserialize)]
pub(super) struct TrackSearch {
    pub(super) tracks: Page<Track>,
}

/// A page of a list; entries may be null.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) items: Vec<Option<T>>,
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Artists {
    pub(super) artists: Vec<Option<Artist>>,
}

#[derive(Deserialize)]
pub(super) struct Tracks {
    pub(super) tracks: Vec<Option<Track>>,
}

#[derive(Deserialize)]
pub(super) struct FeaturesList {
    pub(super) audio_features: Vec<Option<Features>>,
}

#[derive(Deserialize)]
pub(super) struct Artist {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) followers: Option<Followers>,
    pub(super) popularity: Option<Whole>,
    pub(super) genres: Option<Vec<String>>,
    pub(super) external_urls: Option<ExternalUrls>,
    pub(super) images: Option<Vec<Image>>,
}

#[derive(Deserialize)]
pub(super) struct Followers {
    pub(super) total: Option<Whole>,
}

#[derive(Deserialize)]
pub(super) struct ExternalUrls {
    pub(super) spotify: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Image {
    pub(super) url: Option<String>,
    pub(super) width: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Album {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) album_type: Option<String>,
    pub(super) album_group: Option<String>,
    pub(super) release_date: Option<String>,
    pub(super) release_date_precision: Option<String>,
    pub(super) total_tracks: Option<Whole>,
    pub(super) external_urls: Option<ExternalUrls>,
    pub(super) images: Option<Vec<Image>>,
    pub(super) artists: Option<Vec<Credit>>,
}

#[derive(Deserialize)]
pub(super) struct Credit {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Track {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) album: Option<Album>,
    pub(super) duration_ms: Option<Whole>,
    pub(super) explicit: Option<bool>,
    pub(super) external_ids: Option<ExternalIds>,
    pub(super) popularity: Option<Whole>,
    pub(super) external_urls: Option<ExternalUrls>,
    pub(super) preview_url: Option<String>,
    pub(super) artists: Option<Vec<Credit>>,
}

#[derive(Deserialize)]
pub(super) struct ExternalIds {
    pub(super) isrc: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Features {
    pub(super) id: Option<String>,
    pub(super) danceability: Option<f64>,
    pub(super) energy: Option<f64>,
    pub(super) key: Option<Whole>,
    pub(super) loudness: Option<f64>,
    pub(super) mode: Option<Whole>,
    pub(super) speechiness: Option<f64>,
    pub(super) acousticness: Option<f64>,
    pub(super) instrumentalness: Option<f64>,
    pub(super) liveness: Option<f64>,
    pub(super) valence: Option<f64>,
    pub(super) tempo: Option<f64>,
    pub(super) time_signature: Option<Whole>,
    pub(super) duration_ms: Option<Whole>,
}
