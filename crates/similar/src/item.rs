//! What is known of one artist: the input.

use crate::audio::AudioProfile;

/// What is known of one artist. Its position in the slice is its index; equal distances are ordered by index, so sort by id to have
/// ties broken by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Item {
    /// Means over the artist's tracks; `None`, or a profile of which nothing is known, where there are no features.
    pub audio: Option<AudioProfile>,
    /// Genres in any order; compared without case and surrounding blanks. Blank and repeated ones do not count.
    pub genres: Vec<String>,
    /// Spotify's popularity, 0 to 100; any other value is unknown. Only [`Method::Blend`](crate::Method::Blend) looks at it, and only
    /// beside a known sound.
    pub popularity: Option<f32>,
}
