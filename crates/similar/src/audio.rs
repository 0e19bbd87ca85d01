//! The audio features of one track or one artist, and their mean over an artist's tracks.

use crate::feature::{FEATURES, Feature};

/// Values of one track, or means of one artist, in Spotify's units. Each feature may be unknown; an unknown one is not zero.
#[derive(Debug, Clone, Copy)]
pub struct AudioProfile {
    // Unknown is NaN: half the size of an array of options, and there is no other NaN because `set` lets none in.
    values: [f32; FEATURES],
}

impl AudioProfile {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { values: [f32::NAN; FEATURES] };

    /// The value of a feature, if it is known.
    #[must_use]
    pub fn get(&self, feature: Feature) -> Option<f32> {
        let value = self.values[feature as usize];
        (!value.is_nan()).then_some(value)
    }

    /// Sets a feature. A value that is not [plausible](Feature::is_plausible), NaN and infinities included, is unknown.
    pub fn set(&mut self, feature: Feature, value: Option<f32>) {
        self.values[feature as usize] = value.filter(|v| feature.is_plausible(*v)).unwrap_or(f32::NAN);
    }

    /// The same profile with one feature set as by [`set`](Self::set).
    #[must_use]
    pub fn with(mut self, feature: Feature, value: f32) -> Self {
        self.set(feature, Some(value));
        self
    }

    /// Whether no feature is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.values.iter().all(|value| value.is_nan())
    }
}

impl Default for AudioProfile {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

/// Two profiles are equal when they know the same features with the same values.
impl PartialEq for AudioProfile {
    fn eq(&self, other: &Self) -> bool {
        Feature::ALL.into_iter().all(|feature| self.get(feature) == other.get(feature))
    }
}

/// The unknown profile with the given features set as by [`AudioProfile::set`]; of a repeated feature the last value stays.
impl FromIterator<(Feature, Option<f32>)> for AudioProfile {
    fn from_iter<I: IntoIterator<Item = (Feature, Option<f32>)>>(values: I) -> Self {
        let mut profile = Self::UNKNOWN;
        for (feature, value) in values {
            profile.set(feature, value);
        }
        profile
    }
}

/// Accumulates tracks into the mean of their artist: feature by feature, over the tracks that know the feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct AudioMean {
    // f64 so that the mean of ten thousand durations is still right to the millisecond.
    sums: [f64; FEATURES],
    counts: [u32; FEATURES],
    tracks: u32,
}

impl AudioMean {
    /// Adds one track. A track of which nothing is known changes nothing.
    pub fn add(&mut self, track: &AudioProfile) {
        if track.is_unknown() {
            return;
        }
        self.tracks = self.tracks.saturating_add(1);
        for (at, value) in track.values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
            self.sums[at] += f64::from(*value);
            self.counts[at] = self.counts[at].saturating_add(1);
        }
    }

    /// How many tracks with at least one known feature were added.
    #[must_use]
    pub const fn tracks(&self) -> u32 {
        self.tracks
    }

    /// The mean profile; `None` when no track had a known feature. The mean of [`Feature::Key`] is arithmetic, hence of no musical
    /// meaning, and no method uses it.
    #[must_use]
    pub fn finish(&self) -> Option<AudioProfile> {
        (self.tracks > 0).then(|| {
            let mean = |feature: Feature| {
                let count = self.counts[feature as usize];
                (count > 0).then(|| narrow(self.sums[feature as usize] / f64::from(count)))
            };
            Feature::ALL.into_iter().map(|feature| (feature, mean(feature))).collect()
        })
    }
}

/// The nearest f32; the precision that is lost is far below that of any audio feature.
#[expect(clippy::cast_possible_truncation, reason = "rounding to single precision is the purpose")]
pub(crate) const fn narrow(value: f64) -> f32 {
    value as f32
}
