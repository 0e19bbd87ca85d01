//! What ListenBrainz sends, field for field. Absent is `None`; unknown fields are ignored.

use serde::Deserialize;

use crate::wire::{Loose, Whole};

#[derive(Deserialize)]
pub(super) struct Popularity {
    pub(super) artist_mbid: Option<String>,
    pub(super) total_listen_count: Option<Whole>,
    pub(super) total_user_count: Option<Whole>,
}

#[derive(Deserialize)]
pub(super) struct Similar {
    pub(super) artist_mbid: Option<String>,
    pub(super) name: Option<String>,
    pub(super) score: Option<Loose>,
    pub(super) reference_mbid: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Recording {
    pub(super) recording_mbid: Option<String>,
    pub(super) recording_name: Option<String>,
    pub(super) artist_mbids: Option<Vec<String>>,
    pub(super) artist_name: Option<String>,
    pub(super) release_mbid: Option<String>,
    pub(super) release_name: Option<String>,
    /// In milliseconds.
    pub(super) length: Option<Whole>,
    pub(super) total_listen_count: Option<Whole>,
    pub(super) total_user_count: Option<Whole>,
}
