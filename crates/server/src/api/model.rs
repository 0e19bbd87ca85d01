//! What answers are made of.

use serde::Serialize;
use sixpotify_core::{Artist, Credit};
use sixpotify_similar::{Reason, decode, words};
use sixpotify_store::TrackDetail;

/// An artist. What is not known is `null`, never left out.
#[derive(Debug, Serialize)]
pub(crate) struct ArtistModel {
    id: String,
    name: String,
    followers: Option<u64>,
    popularity: Option<u8>,
    url: Option<String>,
    image_url: Option<String>,
}

impl From<Artist> for ArtistModel {
    fn from(artist: Artist) -> Self {
        let Artist { id, name, followers, popularity, url, image_url } = artist;
        Self { id: id.to_string(), name, followers, popularity, url, image_url }
    }
}

/// An artist by its id and name.
#[derive(Debug, Serialize)]
pub(crate) struct NamedModel {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl From<&Credit> for NamedModel {
    fn from(credit: &Credit) -> Self {
        Self { id: credit.id.to_string(), name: credit.name.clone() }
    }
}

/// A track.
#[derive(Debug, Serialize)]
pub(crate) struct TrackModel {
    id: String,
    name: String,
    artists: Vec<NamedModel>,
    album: Option<String>,
    release_date: Option<String>,
    popularity: Option<u8>,
    url: Option<String>,
    image_url: Option<String>,
}

impl From<TrackDetail> for TrackModel {
    fn from(track: TrackDetail) -> Self {
        Self {
            id: track.id.to_string(),
            name: track.name,
            artists: track.artists.iter().map(NamedModel::from).collect(),
            album: track.album,
            release_date: track.release_date,
            popularity: track.popularity,
            url: track.url,
            image_url: track.image_url,
        }
    }
}

/// Why something is near something else: codes for programs, words for people.
#[derive(Debug, Serialize)]
pub(crate) struct WhyModel {
    why: Vec<String>,
    because: String,
}

impl WhyModel {
    /// Of reasons.
    pub(crate) fn new(reasons: &[Reason]) -> Self {
        Self { why: reasons.iter().map(Reason::to_string).collect(), because: words(reasons) }
    }

    /// Of codes as they are stored; those of a newer program stay codes.
    pub(crate) fn stored(codes: &str) -> Self {
        let reasons: Vec<Reason> = decode(codes).flatten().collect();
        let why = codes.split('|').filter(|code| !code.is_empty()).map(str::to_owned).collect();
        Self { why, because: words(&reasons) }
    }
}
