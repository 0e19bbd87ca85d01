//! What Deezer sends, field for field. Absent is `None`; unknown fields are ignored, previews among them.

use serde::Deserialize;

use crate::wire::{Loose, Whole};

/// A page of a list; entries may be null.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) data: Vec<Option<T>>,
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Artist {
    pub(super) id: Option<Whole>,
    pub(super) name: Option<String>,
    pub(super) link: Option<String>,
    pub(super) picture_xl: Option<String>,
    pub(super) picture_big: Option<String>,
    pub(super) nb_album: Option<Whole>,
    pub(super) nb_fan: Option<Whole>,
}

#[derive(Deserialize)]
pub(super) struct Album {
    pub(super) id: Option<Whole>,
    pub(super) title: Option<String>,
    pub(super) link: Option<String>,
    pub(super) cover_xl: Option<String>,
    pub(super) cover_big: Option<String>,
    pub(super) nb_tracks: Option<Whole>,
    pub(super) release_date: Option<String>,
    pub(super) record_type: Option<String>,
    pub(super) artist: Option<Artist>,
}

#[derive(Deserialize)]
pub(super) struct Track {
    pub(super) id: Option<Whole>,
    pub(super) title: Option<String>,
    pub(super) link: Option<String>,
    /// In seconds.
    pub(super) duration: Option<Whole>,
    /// 0 to a million.
    pub(super) rank: Option<Whole>,
    pub(super) explicit_lyrics: Option<bool>,
    pub(super) isrc: Option<String>,
    pub(super) bpm: Option<Loose>,
    pub(super) contributors: Option<Vec<Artist>>,
    pub(super) artist: Option<Artist>,
    pub(super) album: Option<Album>,
}
