//! Made-up catalogues, the same at every run and item by item, so that none need be in memory.

use sixpotify_similar::{AudioProfile, Feature, Item, Song};

/// How sounds and genres are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Every feature and genre by itself.
    Uniform,
    /// Two hundred styles, each with a sound and ten genres of its own beside those that are everybody's.
    Clustered,
}

impl Kind {
    /// How such a catalogue is made, for who reads the figures.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Uniform => {
                "every feature by chance, and five of 3000 genres whose n-th is about n to the -2/3 as frequent as the first"
            }
            Self::Clustered => {
                "200 styles of which the first are the largest, sounds normal around the style's, three genres of the style's ten and \
                 two of 3000 common ones whose n-th is about n to the -2/3 as frequent as the first"
            }
        }
    }
}

/// Styles of clustered catalogues.
const STYLES: u64 = 200;

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// 0 to 1.
    fn ratio(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// About a normal distribution of mean 0 and variance 1.
    fn bell(&mut self) -> f32 {
        (0..4).map(|_| self.ratio()).sum::<f32>() * 1.732 - 3.464
    }
}

fn noise(n: usize, what: u64) -> Noise {
    Noise((n as u64).wrapping_mul(0x2545_F491_4F6C_DD1D) ^ what.wrapping_mul(0x9E6C_63D0_876A_9A47))
}

fn style(n: usize) -> u64 {
    // Some styles are much larger than others.
    (noise(n, 1).ratio().powi(2) * STYLES as f32) as u64
}

/// Twelve features, 0 to 1.
pub(crate) fn features(n: usize, kind: Kind) -> [f32; 12] {
    let mut own = noise(n, 2);
    let mut middle = noise(style(n) as usize, 3);
    std::array::from_fn(|_| match kind {
        Kind::Uniform => own.ratio(),
        Kind::Clustered => (0.15 + 0.7 * middle.ratio() + 0.08 * own.bell()).clamp(0.0, 1.0),
    })
}

fn audio(values: [f32; 12]) -> AudioProfile {
    let of = |feature, value: f32| match feature {
        Feature::Loudness => -30.0 + 30.0 * value,
        Feature::Tempo => 60.0 + 120.0 * value,
        Feature::TimeSignature => 3.0 + 2.0 * value,
        Feature::DurationMs => 60_000.0 + 300_000.0 * value,
        _ => value,
    };
    let counting = Feature::ALL.into_iter().filter(|feature| *feature != Feature::Key);
    counting.zip(values).map(|(feature, value)| (feature, Some(of(feature, value)))).collect()
}

/// Five genres, as unevenly spread as real ones: a few that a tenth of all artists have, and thousands that few have.
fn genres(n: usize, kind: Kind) -> Vec<String> {
    let mut noise = noise(n, 4);
    (0..5_u8)
        .map(|at| {
            let common = (3000.0 * noise.ratio().powi(3)) as u64;
            let special = style(n) * 10 + (10.0 * noise.ratio().powi(2)) as u64;
            if kind == Kind::Clustered && at < 3 { format!("style{special}") } else { format!("genre{common}") }
        })
        .collect()
}

/// An artist.
pub(crate) fn item(n: usize, kind: Kind, with_genres: bool) -> Item {
    Item {
        audio: Some(audio(features(n, kind))),
        genres: if with_genres { genres(n, kind) } else { Vec::new() },
        popularity: Some(100.0 * noise(n, 5).ratio()),
        ..Item::default()
    }
}

/// A song, one of ten of its artist.
pub(crate) fn song(n: usize) -> Song {
    Song {
        id: format!("{n:022}"),
        artists: vec![format!("{:022}", n / 10)],
        title: format!("Song {}", n % 7),
        audio: audio(features(n, Kind::Clustered)),
        year: Some((1960.0 + 65.0 * noise(n, 6).ratio()).floor()),
        genres: genres(n / 10, Kind::Clustered),
        popularity: Some(100.0 * noise(n, 5).ratio()),
        ..Song::default()
    }
}
