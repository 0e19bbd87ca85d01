//! A catalogue's sounds on a common scale.
//!
//! Each feature is first brought to a scale on which equal steps sound equally large (logarithms of durations, roots of ratios that
//! crowd near zero), then to mean 0 and variance 1 over the catalogue, then weighted. A distance is the weighted root mean square
//! difference `d`; as it has no upper end it is reported as `d / (d + 1)`, which two random artists put near 0.56.
//!
//! An unknown feature counts as what is expected of it: a draw from the catalogue, with mean 0 and variance 1, independent of the other
//! artist's. The expected squared difference to a known value `z` is then `z² + 1`, and between two unknown ones 2, so knowing less
//! never makes an artist nearer. A feature that is the same for everybody tells nothing and takes no part.

use crate::audio::{AudioProfile, narrow};
use crate::feature::Feature;
use crate::item::{known_popularity, known_year};

/// What is known of one item's sound and audience.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) audio: AudioProfile,
    /// 0 to 100.
    pub(crate) popularity: Option<f32>,
    pub(crate) year: Option<f32>,
}

impl Facts {
    /// The values that can be.
    pub(crate) fn new(audio: AudioProfile, popularity: Option<f32>, year: Option<f32>) -> Self {
        Self { audio, popularity: known_popularity(popularity), year: known_year(year) }
    }
}

/// What is measured along one axis of the space.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Axis {
    Of(Feature),
    /// Not a sound, but a mark of the audience: hits are heard next to hits.
    Popularity,
    /// The year of the music; its audience too.
    Year,
}

/// What of the items enters a space of sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hears {
    Nothing,
    Sound,
    SoundAndPopularity,
    /// A song: sound, popularity and above all the year.
    Song,
}

impl Axis {
    /// The axes that count.
    fn of(hears: Hears) -> Vec<Self> {
        let sound = Feature::ALL.into_iter().filter(|_| hears != Hears::Nothing).map(Self::Of);
        let audience = [Self::Popularity, Self::Year]
            .into_iter()
            .filter(|_| matches!(hears, Hears::SoundAndPopularity | Hears::Song));
        sound.chain(audience).filter(|axis| axis.weight(hears) > 0.0).collect()
    }

    /// How much a squared difference of one standard deviation counts. Hand-set: energy is mostly told by loudness and acousticness
    /// already; liveness, mode, bars and tempo tell recordings apart rather than artists; the mean of a key tells nothing.
    const fn weight(self, hears: Hears) -> f64 {
        match self {
            Self::Year if matches!(hears, Hears::Song) => 10.0,
            Self::Of(Feature::Tempo) if matches!(hears, Hears::Song) => 1.5,
            Self::Of(Feature::Liveness) if matches!(hears, Hears::Song) => 0.15,
            Self::Of(Feature::Key) => 0.0,
            Self::Of(Feature::Mode | Feature::TimeSignature) => 0.15,
            Self::Of(Feature::Liveness) => 0.3,
            Self::Of(Feature::Tempo) => 0.4,
            Self::Of(Feature::Energy) => 0.7,
            Self::Popularity => 1.5,
            Self::Year => 1.0,
            Self::Of(_) => 1.0,
        }
    }

    /// The item's value on the scale on which differences are taken.
    fn read(self, facts: &Facts) -> Option<f64> {
        if facts.audio.is_unknown() {
            return None;
        }
        let feature = match self {
            Self::Of(feature) => feature,
            Self::Popularity => return facts.popularity.map(f64::from),
            Self::Year => return facts.year.map(f64::from),
        };
        let value = f64::from(facts.audio.get(feature)?);
        Some(match feature {
            // Below ten seconds or -40 dB there are only skits and silence: no need to tell those apart.
            Feature::DurationMs => value.max(1e4).ln(),
            Feature::Loudness => value.max(-40.0),
            // The offsets are about the smallest values that occur in music.
            Feature::Speechiness => (value + 0.02).ln(),
            Feature::Liveness => (value + 0.05).ln(),
            Feature::Acousticness | Feature::Instrumentalness => value.sqrt(),
            _ => value,
        })
    }
}

/// Mean and spread of one axis over the catalogue.
#[derive(Debug, Clone, Copy)]
struct Scale {
    axis: Axis,
    mean: f64,
    deviation: f64,
}

impl Scale {
    /// `None` where nobody's value is known, or all are the same but for rounding.
    fn measure(axis: Axis, facts: &[Facts]) -> Option<Self> {
        let known = || facts.iter().filter_map(|facts| axis.read(facts));
        let count = known().fold(0.0, |count, _| count + 1.0);
        let mean = known().sum::<f64>() / count;
        let deviation = (known().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        // Values are single precision: a spread below its resolution is noise. NaN (no values at all) fails the test too.
        (deviation > 1e-6 * (1.0 + mean.abs())).then_some(Self { axis, mean, deviation })
    }
}

/// The scales of a catalogue.
#[derive(Debug, Default)]
pub(crate) struct Standard {
    /// What counts, whether or not it tells anything.
    all: Vec<Axis>,
    /// What tells something, with its share of all weight.
    scales: Vec<(Scale, f64)>,
}

impl Standard {
    /// Measures the axes over the catalogue.
    pub(crate) fn measure(facts: &[Facts], hears: Hears) -> Self {
        let all = Axis::of(hears);
        let scales: Vec<Scale> = all.iter().filter_map(|axis| Scale::measure(*axis, facts)).collect();
        let total: f64 = scales.iter().map(|scale| scale.axis.weight(hears)).sum();
        let share = |scale: Scale| (scale, scale.axis.weight(hears) / total);
        Self { all, scales: scales.into_iter().map(share).collect() }
    }

    /// How many axes a place has.
    pub(crate) const fn axes(&self) -> usize {
        self.scales.len()
    }

    /// Whether a feature that counts is known.
    pub(crate) fn hears(&self, facts: &Facts) -> bool {
        self.all.iter().any(|axis| matches!(axis, Axis::Of(_)) && axis.read(facts).is_some())
    }

    /// Writes the place: standardised values times the root of the axis's share, 0 where unknown. Gives the share of the unknown axes.
    pub(crate) fn place(&self, facts: &Facts, out: &mut [f32]) -> f32 {
        let mut unknown = 0.0;
        for ((scale, share), out) in self.scales.iter().zip(out) {
            match scale.axis.read(facts) {
                Some(value) => *out = narrow((value - scale.mean) / scale.deviation * share.sqrt()),
                None => unknown += narrow(*share),
            }
        }
        unknown
    }
}
