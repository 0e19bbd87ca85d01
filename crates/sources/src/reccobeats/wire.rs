//! What ReccoBeats sends, field for field. Absent is `None`; unknown fields are ignored.

use serde::Deserialize;

use crate::wire::Whole;

#[derive(Deserialize)]
pub(super) struct Content<T> {
    pub(super) content: Vec<T>,
    #[serde(rename = "totalPages")]
    total_pages: Option<Whole>,
}

impl<T> Content<T> {
    /// Pages in all, where they are counted.
    pub(super) fn pages(&self) -> Option<usize> {
        self.total_pages.and_then(Whole::get)
    }
}

#[derive(Deserialize)]
pub(super) struct Artist {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) href: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Track {
    pub(super) id: Option<String>,
    pub(super) track_title: Option<String>,
    pub(super) href: Option<String>,
    pub(super) isrc: Option<String>,
    pub(super) duration_ms: Option<Whole>,
    pub(super) popularity: Option<Whole>,
}

#[derive(Deserialize)]
pub(super) struct Features {
    pub(super) id: Option<String>,
    pub(super) href: Option<String>,
    pub(super) isrc: Option<String>,
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
}
