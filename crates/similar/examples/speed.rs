//! How long all neighbours of a synthetic catalogue take: `cargo run --release -p sixpotify-similar --example speed -- 30000 50`.

use std::process::ExitCode;
use std::time::Instant;

use sixpotify_similar::{AudioProfile, Feature, Item, Method, Space};

/// A small linear congruential generator (Knuth's MMIX constants): the same catalogue at every run.
struct Noise(u64);

impl Noise {
    /// 0 to 1.
    fn ratio(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f32::from(u16::try_from(self.0 >> 48).unwrap_or(u16::MAX)) / f32::from(u16::MAX)
    }
}

/// Twelve features and five genres each, the genres as unevenly spread as real ones.
fn catalogue(size: usize) -> Vec<Item> {
    let noise = &mut Noise(7);
    let genre = |noise: &mut Noise| format!("genre {:.0}", 3000.0 * noise.ratio().powi(3));
    let item = |_| {
        let audio: AudioProfile = Feature::ALL
            .into_iter()
            .map(|feature| {
                let ratio = noise.ratio();
                let value = match feature {
                    Feature::Loudness => -30.0 * ratio,
                    Feature::Tempo => 60.0 + 120.0 * ratio,
                    Feature::TimeSignature => 3.0 + 2.0 * ratio,
                    Feature::DurationMs => 60_000.0 + 300_000.0 * ratio,
                    _ => ratio,
                };
                (feature, Some(value))
            })
            .collect();
        let genres = (0..5).map(|_| genre(noise)).collect();
        Item { audio: Some(audio), genres, popularity: Some(100.0 * noise.ratio()), ..Item::default() }
    };
    (0..size).map(item).collect()
}

fn main() -> ExitCode {
    let numbers: Option<Vec<usize>> = std::env::args().skip(1).map(|arg| arg.parse().ok()).collect();
    let Some([size, depth]) = numbers.as_deref() else {
        eprintln!("usage: speed ARTISTS DEPTH");
        return ExitCode::from(2);
    };
    let items = catalogue(*size);
    for method in [Method::Blend, Method::Audio, Method::Genres] {
        let start = Instant::now();
        let space = Space::build(&items, method);
        let built = start.elapsed();
        let rows: usize = space.all(*depth).flat_map(|batch| batch.lists).map(|list| list.len()).sum();
        println!(
            "{method:?}: {rows} neighbours of {size} artists, built in {built:.2?}, all in {:.2?}",
            start.elapsed()
        );
    }
    ExitCode::SUCCESS
}
