//! The sample with everything that was derived for it, as plain lists: for stand-ins of other services.

use crate::catalogue::Sampled;
use crate::sample::{self, Features};

/// An artist of the sample, or a namesake of one.
#[derive(Clone, Debug)]
pub struct Artist {
    /// Its id at Spotify, as this stand-in serves it.
    pub id: String,
    /// Its name, byte for byte.
    pub name: String,
    /// 0 to 100.
    pub popularity: u8,
    /// Followers.
    pub followers: u64,
    /// Genres; none for some of the less known.
    pub genres: Vec<String>,
    /// Whether it has a picture.
    pub has_picture: bool,
    /// Every track that credits it, by place in [`Catalogue::tracks`].
    pub tracks: Vec<usize>,
    /// Its own albums, singles and compilations, in the order in which they are listed, by place in
    /// [`Catalogue::albums`].
    pub albums: Vec<usize>,
}

/// An album.
#[derive(Clone, Debug)]
pub struct Album {
    /// Its name.
    pub name: String,
    /// `album`, `single` or `compilation`.
    pub kind: &'static str,
    /// Year, month and day; the last ones are unknown for some.
    pub released: (u16, Option<u8>, Option<u8>),
    /// Its artists, by place in [`Catalogue::artists`].
    pub artists: Vec<usize>,
    /// Number of tracks.
    pub total_tracks: usize,
}

/// A track.
#[derive(Clone, Debug)]
pub struct Track {
    /// Its id at Spotify.
    pub id: String,
    /// Its title.
    pub name: String,
    /// Its album, by place in [`Catalogue::albums`].
    pub album: usize,
    /// Its artists, by place in [`Catalogue::artists`].
    pub artists: Vec<usize>,
    /// Length in milliseconds.
    pub duration_ms: u32,
    /// Whether the words are explicit.
    pub explicit: bool,
    /// The recording code; a few have none.
    pub isrc: Option<String>,
    /// 0 to 100.
    pub popularity: u8,
    /// Audio features; a few have none.
    pub features: Option<Features>,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Artists in the order of the sample, namesakes last.
    pub artists: Vec<Artist>,
    /// Albums.
    pub albums: Vec<Album>,
    /// Tracks in the order of the sample, derived ones last.
    pub tracks: Vec<Track>,
}

/// The sample as this stand-in serves it.
///
/// # Panics
/// As [`sample::tracks`].
pub fn catalogue() -> Catalogue {
    Sampled::new(sample::tracks()).plain()
}
