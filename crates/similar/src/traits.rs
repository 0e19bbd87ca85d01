//! What can be said in a word of a sound: calm, acoustic, fast.

use crate::audio::AudioProfile;
use crate::feature::Feature;

/// A pronounced quality of an artist's sound. The bounds are absolute, so the word means the same in every catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trait {
    /// Acousticness from 0.7.
    Acoustic,
    /// Energy up to 0.35.
    Calm,
    /// Danceability from 0.7.
    Danceable,
    /// Energy from 0.75.
    Energetic,
    /// Tempo from 140 beats per minute.
    Fast,
    /// Valence from 0.65.
    Happy,
    /// Instrumentalness from 0.5, where Spotify counts a track as instrumental.
    Instrumental,
    /// Liveness from 0.5.
    Live,
    /// Valence up to 0.3.
    Sad,
    /// Tempo up to 85 beats per minute.
    Slow,
    /// Speechiness from 0.33, where Spotify sees music mixed with speech.
    Spoken,
}

/// One row of the table below.
struct Definition {
    code: &'static str,
    words: &'static str,
    feature: Feature,
    /// Where the trait begins.
    from: f32,
    /// Where it is as pronounced as can be; below `from` for traits of low values.
    to: f32,
}

impl Trait {
    /// Every trait, in the order of their codes.
    pub const ALL: [Self; 11] = [
        Self::Acoustic,
        Self::Calm,
        Self::Danceable,
        Self::Energetic,
        Self::Fast,
        Self::Happy,
        Self::Instrumental,
        Self::Live,
        Self::Sad,
        Self::Slow,
        Self::Spoken,
    ];

    const fn definition(self) -> Definition {
        let (code, words, feature, from, to) = match self {
            Self::Acoustic => ("acoustic", "acoustic", Feature::Acousticness, 0.7, 1.0),
            Self::Calm => ("calm", "calm", Feature::Energy, 0.35, 0.0),
            Self::Danceable => ("danceable", "danceable", Feature::Danceability, 0.7, 1.0),
            Self::Energetic => ("energetic", "energetic", Feature::Energy, 0.75, 1.0),
            Self::Fast => ("fast", "fast", Feature::Tempo, 140.0, 200.0),
            Self::Happy => ("happy", "happy", Feature::Valence, 0.65, 1.0),
            Self::Instrumental => ("instrumental", "instrumental", Feature::Instrumentalness, 0.5, 1.0),
            Self::Live => ("live", "recorded live", Feature::Liveness, 0.5, 1.0),
            Self::Sad => ("sad", "sad", Feature::Valence, 0.3, 0.0),
            Self::Slow => ("slow", "slow", Feature::Tempo, 85.0, 50.0),
            Self::Spoken => ("spoken", "rich in spoken words", Feature::Speechiness, 0.33, 1.0),
        };
        Definition { code, words, feature, from, to }
    }

    /// The code that the store keeps, such as `calm`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.definition().code
    }

    /// The trait of that [`code`](Self::code).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quality| quality.code() == code)
    }

    /// In English, to follow "both".
    #[must_use]
    pub const fn words(self) -> &'static str {
        self.definition().words
    }

    /// How pronounced the trait is: 0 where it begins, 1 at its far end; `None` where it does not apply.
    fn strength(self, profile: &AudioProfile) -> Option<f32> {
        let Definition { feature, from, to, .. } = self.definition();
        let strength = (profile.get(feature)? - from) / (to - from);
        (strength >= 0.0).then_some(strength.min(1.0))
    }

    /// The traits that two profiles have in common, those first that are the most pronounced in the less pronounced of the two.
    #[must_use]
    pub fn of_both(a: &AudioProfile, b: &AudioProfile) -> Vec<Self> {
        let mut common: Vec<(Self, f32)> = Self::ALL
            .into_iter()
            .filter_map(|quality| Some((quality, quality.strength(a)?.min(quality.strength(b)?))))
            .collect();
        // The sort is stable: equally pronounced ones stay in the order of `ALL`.
        common.sort_by(|x, y| y.1.total_cmp(&x.1));
        common.into_iter().map(|(quality, _)| quality).collect()
    }
}
