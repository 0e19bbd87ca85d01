//! The names, units and plausible ranges of the audio features, as Spotify defines them.

/// How many features there are: the length of [`Feature::ALL`].
pub const FEATURES: usize = 13;

/// One of Spotify's audio features. Ratios are 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feature {
    /// How fit for dancing, a ratio.
    Danceability,
    /// Perceived intensity, a ratio.
    Energy,
    /// Pitch class, 0 = C to 11 = B; Spotify's -1 ("no key found") is unknown.
    Key,
    /// Overall loudness in decibels, usually -60 to 0.
    Loudness,
    /// 1 = major, 0 = minor; the mean over tracks is the share in major.
    Mode,
    /// Presence of spoken words, a ratio.
    Speechiness,
    /// Confidence that the track is acoustic, a ratio.
    Acousticness,
    /// Likelihood of no vocals, a ratio.
    Instrumentalness,
    /// Likelihood of an audience, a ratio.
    Liveness,
    /// Musical positiveness, a ratio.
    Valence,
    /// Beats per minute; Spotify's 0 ("no beat found") is unknown.
    Tempo,
    /// Beats per bar, 3 to 7; Spotify's 0 ("no beat found") is unknown.
    TimeSignature,
    /// Duration in milliseconds.
    DurationMs,
}

impl Feature {
    /// Every feature, in the order of Spotify's documentation; `ALL[f as usize] == f`.
    pub const ALL: [Self; FEATURES] = [
        Self::Danceability,
        Self::Energy,
        Self::Key,
        Self::Loudness,
        Self::Mode,
        Self::Speechiness,
        Self::Acousticness,
        Self::Instrumentalness,
        Self::Liveness,
        Self::Valence,
        Self::Tempo,
        Self::TimeSignature,
        Self::DurationMs,
    ];

    /// The name that Spotify and our tables use, such as `time_signature`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Danceability => "danceability",
            Self::Energy => "energy",
            Self::Key => "key",
            Self::Loudness => "loudness",
            Self::Mode => "mode",
            Self::Speechiness => "speechiness",
            Self::Acousticness => "acousticness",
            Self::Instrumentalness => "instrumentalness",
            Self::Liveness => "liveness",
            Self::Valence => "valence",
            Self::Tempo => "tempo",
            Self::TimeSignature => "time_signature",
            Self::DurationMs => "duration_ms",
        }
    }

    /// The feature of that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.name() == name)
    }

    /// Whether the value can be one of this feature's: finite and within generous bounds. Anything else is treated as unknown, so
    /// that one broken row cannot stretch the scale for a whole catalogue.
    #[must_use]
    pub fn is_plausible(self, value: f32) -> bool {
        let range = match self {
            Self::Key => 0.0..=11.0,
            Self::Loudness => -100.0..=20.0,
            Self::Tempo => 1.0..=1000.0,
            Self::TimeSignature => 1.0..=32.0,
            // From one millisecond to two days.
            Self::DurationMs => 1.0..=172_800_000.0,
            Self::Danceability
            | Self::Energy
            | Self::Mode
            | Self::Speechiness
            | Self::Acousticness
            | Self::Instrumentalness
            | Self::Liveness
            | Self::Valence => 0.0..=1.0,
        };
        range.contains(&value)
    }
}
