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
    /// The folded name: items with the same one are spellings of one artist and never each other's neighbours. Empty if unknown.
    pub name_key: String,
    /// The year that the music is typically from, 1000 to 3000; any other value is unknown.
    pub year: Option<f32>,
    /// Others that a source says are related, by position, each with a score above 0 up to 1.
    pub related: Vec<(u32, f32)>,
    /// Others with songs in common, by position, each with how many.
    pub worked_with: Vec<(u32, f32)>,
}

impl Item {
    /// The popularity, if it can be one.
    pub(crate) fn known_popularity(&self) -> Option<f32> {
        known_popularity(self.popularity)
    }
}

/// `value`, if it can be a popularity.
pub(crate) fn known_popularity(value: Option<f32>) -> Option<f32> {
    value.filter(|value| (0.0..=100.0).contains(value))
}

/// `value`, if it can be a year.
pub(crate) fn known_year(value: Option<f32>) -> Option<f32> {
    value.filter(|year| (1000.0..=3000.0).contains(year))
}
