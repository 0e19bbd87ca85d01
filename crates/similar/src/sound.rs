//! A catalogue's audio profiles, standardised, and the distances between them.
//!
//! Each feature is first brought to a scale on which equal steps sound equally large (logarithms of durations, roots of ratios that
//! crowd near zero), then to mean 0 and variance 1 over the catalogue, then weighted. A distance is the weighted root mean square
//! difference `d`; as it has no upper end it is reported as `d / (d + 1)`, which two random artists put near 0.56.
//!
//! An unknown feature counts as what is expected of it: a draw from the catalogue, with mean 0 and variance 1, independent of the other
//! artist's. The expected squared difference to a known value `z` is then `z² + 1`, and between two unknown ones 2, so knowing less
//! never makes an artist nearer. A feature that is the same for everybody tells nothing and takes no part.

use crate::audio::narrow;
use crate::feature::Feature;
use crate::item::Item;

/// Artists are stored in tiles of this many, feature by feature, so that one pass over a tile stays in the first-level cache.
pub(crate) const TILE: usize = 512;

/// At most this distance `d` (before `d / (d + 1)`) is "very similar"; a tenth nearest artist among ten thousand is typically there.
const CLOSE: f32 = 0.5;

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
    fn read(self, item: &Item) -> Option<f64> {
        let audio = item.audio.as_ref()?;
        let feature = match self {
            Self::Of(feature) => feature,
            Self::Popularity => return item.known_popularity().map(f64::from),
            Self::Year => return item.known_year().map(f64::from),
        };
        let value = f64::from(audio.get(feature)?);
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
    fn measure(axis: Axis, items: &[Item]) -> Option<Self> {
        let known = || items.iter().filter_map(|item| axis.read(item));
        let count = known().fold(0.0, |count, _| count + 1.0);
        let mean = known().sum::<f64>() / count;
        let deviation = (known().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        // Values are single precision: a spread below its resolution is noise. NaN (no values at all) fails the test too.
        (deviation > 1e-6 * (1.0 + mean.abs())).then_some(Self { axis, mean, deviation })
    }
}

/// Every item's place in the space of sounds.
#[derive(Debug)]
pub(crate) struct Sound {
    axes: usize,
    /// Standardised values times the root of the axis's share of all weight: tile by tile, axis by axis, [`TILE`] items each.
    tiles: Vec<f32>,
    /// Per item: the share of all weight whose axes are unknown.
    unknown: Vec<f32>,
    /// Per item: whether anything is known.
    known: Vec<bool>,
    /// Per tile: whether all of its items are known.
    complete: Vec<bool>,
}

impl Sound {
    /// Standardises the profiles. An item without a feature that counts has no place.
    pub(crate) fn build(items: &[Item], hears: Hears) -> Self {
        let all = Axis::of(hears);
        let scales: Vec<Scale> = all.iter().filter_map(|axis| Scale::measure(*axis, items)).collect();
        let total: f64 = scales.iter().map(|scale| scale.axis.weight(hears)).sum();
        let axes = scales.len();
        let padded = items.len().next_multiple_of(TILE);
        let mut sound = Self {
            axes,
            tiles: vec![0.0; padded * axes],
            unknown: vec![0.0; padded],
            known: vec![false; padded],
            complete: vec![false; padded / TILE],
        };
        for (index, item) in items.iter().enumerate() {
            sound.known[index] = all.iter().any(|axis| matches!(axis, Axis::Of(_)) && axis.read(item).is_some());
            for (at, scale) in scales.iter().enumerate() {
                let share = scale.axis.weight(hears) / total;
                match scale.axis.read(item) {
                    Some(value) => {
                        let place = sound.place(index, at);
                        sound.tiles[place] = narrow((value - scale.mean) / scale.deviation * share.sqrt());
                    }
                    None => sound.unknown[index] += narrow(share),
                }
            }
        }
        for (complete, known) in sound.complete.iter_mut().zip(sound.known.chunks(TILE)) {
            *complete = known.iter().all(|known| *known);
        }
        sound
    }

    /// Whether anybody's sound is known.
    pub(crate) fn has_any(&self) -> bool {
        self.known.contains(&true)
    }

    /// Whether anything is known of the item's sound.
    pub(crate) fn knows(&self, item: usize) -> bool {
        self.known[item]
    }

    /// Whether the sounds of all [`TILE`] items of the tile are known.
    pub(crate) fn knows_tile(&self, tile: usize) -> bool {
        self.complete[tile]
    }

    /// Distances, 0 to 1, from an item to all those of a tile; without meaning where either sound is unknown.
    pub(crate) fn distances(&self, from: usize, tile: usize, out: &mut [f32; TILE]) {
        let unknown = &self.unknown[tile * TILE..][..TILE];
        for (sum, unknown) in out.iter_mut().zip(unknown) {
            *sum = *unknown + self.unknown[from];
        }
        for axis in 0..self.axes {
            let here = self.tiles[self.place(from, axis)];
            let column = &self.tiles[(tile * self.axes + axis) * TILE..][..TILE];
            for (sum, there) in out.iter_mut().zip(column) {
                let step = here - there;
                *sum += step * step;
            }
        }
        for sum in out {
            let distance = sum.sqrt();
            *sum = distance / (distance + 1.0);
        }
    }

    /// Whether two known sounds are very similar.
    pub(crate) fn are_close(&self, a: usize, b: usize) -> bool {
        let squared: f32 = (0..self.axes)
            .map(|axis| (self.tiles[self.place(a, axis)] - self.tiles[self.place(b, axis)]).powi(2))
            .sum();
        self.knows(a) && self.knows(b) && squared + self.unknown[a] + self.unknown[b] <= CLOSE * CLOSE
    }

    const fn place(&self, item: usize, axis: usize) -> usize {
        (item / TILE * self.axes + axis) * TILE + item % TILE
    }
}
