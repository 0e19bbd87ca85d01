//! What Last.fm sends, field for field. Numbers are texts; a list of one item may be that item.

use serde::Deserialize;

use crate::wire::{Loose, Several};

#[derive(Deserialize)]
pub(super) struct Similar {
    pub(super) similarartists: SimilarArtists,
}

#[derive(Deserialize)]
pub(super) struct SimilarArtists {
    #[serde(default)]
    pub(super) artist: Several<Artist>,
    #[serde(rename = "@attr")]
    pub(super) attr: Option<Attr>,
}

#[derive(Deserialize)]
pub(super) struct Tags {
    pub(super) toptags: TopTags,
}

#[derive(Deserialize)]
pub(super) struct TopTags {
    #[serde(default)]
    pub(super) tag: Several<Tag>,
    #[serde(rename = "@attr")]
    pub(super) attr: Option<Attr>,
}

#[derive(Deserialize)]
pub(super) struct Tracks {
    pub(super) toptracks: TopTracks,
}

#[derive(Deserialize)]
pub(super) struct TopTracks {
    #[serde(default)]
    pub(super) track: Several<Track>,
    #[serde(rename = "@attr")]
    pub(super) attr: Option<Attr>,
}

#[derive(Deserialize)]
pub(super) struct Attr {
    pub(super) artist: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Artist {
    pub(super) name: Option<String>,
    pub(super) mbid: Option<String>,
    #[serde(rename = "match")]
    pub(super) likeness: Option<Loose>,
}

#[derive(Deserialize)]
pub(super) struct Tag {
    pub(super) name: Option<String>,
    pub(super) count: Option<Loose>,
}

#[derive(Deserialize)]
pub(super) struct Track {
    pub(super) name: Option<String>,
    pub(super) mbid: Option<String>,
    pub(super) playcount: Option<Loose>,
    pub(super) listeners: Option<Loose>,
    pub(super) url: Option<String>,
}
