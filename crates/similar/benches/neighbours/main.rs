//! How fast all neighbours of a catalogue are found: audio alone against a bare kiddo k-d tree, and against scipy's and faiss where a
//! Python has them; the blend at two sizes, with its recall against the comparison of all pairs; songs.
//!
//! `cargo bench -p sixpotify-similar --bench neighbours [-- STAGE [SIZE [SIZE]]]`, where STAGE is `audio` (a million artists unless told
//! otherwise), `blend` (30000 and 300000), `copies` (100000) or `songs` (100000); all four without. `chance` is `blend` with values that
//! nothing holds together, the worst case of every index, and is run by its name only. Everything of a stage is measured in one run; times are
//! wall and processor time (user and system, of all threads), because only the second can be trusted on a machine that others use too.
//! `SIXPOTIFY_BENCH_PYTHON` names a Python with numpy and scipy or faiss. Exits with 1 where a target is missed.

#![expect(clippy::cast_possible_truncation, reason = "made-up values, for which nearly is near enough")]

mod catalogue;
mod meter;
mod rivals;

use std::process::ExitCode;

use sixpotify_similar::{Method, SongFilter, SongSpace, Space};

use catalogue::{Kind, features, item, song};
use meter::{Cost, measure, peak_mb};

/// How many times the cost of a bare tree the audio search may have.
const AGAINST_TREE: f64 = 1.15;

/// MB besides the results, for a million artists by audio alone and for 300,000 with genres.
const AUDIO_MB: f64 = 400.0;
const BLEND_MB: f64 = 2000.0;

/// By which power of the size the cost may grow, and how much of the truth must be found.
const GROWTH: f64 = 1.3;
const RECALL: f64 = 0.99;

/// Artists that are compared with all others to learn the truth.
const SAMPLE: usize = 200;

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let sizes: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let size = |at: usize, usual: usize| sizes.get(at).copied().unwrap_or(usual);
    let stages: Vec<&str> = words.iter().map(String::as_str).filter(|word| word.parse::<usize>().is_err()).collect();
    let wanted = |stage: &str| stages.is_empty() || stages.contains(&stage);
    let mut met = true;
    if wanted("audio") {
        met &= audio(size(0, 1_000_000));
    }
    if wanted("blend") {
        met &= blend(Kind::Clustered, size(0, 30_000), size(1, 300_000));
    }
    if stages.contains(&"chance") {
        met &= blend(Kind::Uniform, size(0, 30_000), size(1, 300_000));
    }
    if wanted("copies") {
        copies(size(0, 100_000));
    }
    if wanted("songs") {
        songs(size(0, 100_000));
    }
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Says whether a target was met.
fn check(what: &str, value: f64, most: f64) -> bool {
    let met = value <= most;
    println!("{} {what}: {value:.3} (target: at most {most})", if met { "ok  " } else { "MISS" });
    met
}

fn all(space: &Space, depth: usize) -> usize {
    space.all(depth).flat_map(|batch| batch.lists).map(|list| list.len()).sum()
}

fn audio(size: usize) -> bool {
    println!("audio alone, clustered, {size} artists x 12 features, the 10 nearest of each");
    let before = peak_mb();
    let (space, built) = measure(|| {
        let mut builder = Space::builder(Method::Audio);
        (0..size).for_each(|n| {
            builder.push(item(n, Kind::Clustered, false));
        });
        builder.finish()
    });
    let (rows, asked) = measure(|| all(&space, 10));
    let memory = peak_mb() - before;
    let ours = built + asked;
    println!("  ours    {ours} (built {built}), {rows} neighbours with reasons, {memory:.0} MB");
    drop(space);

    let points: Vec<[f32; 12]> = (0..size).map(|n| features(n, Kind::Clustered)).collect();
    let points = rivals::standardised(points);
    let kiddo = rivals::kiddo(&points);
    println!("  kiddo   {kiddo}");
    rivals::python(&points);
    let fast = check("processor time against kiddo", ours.processor / kiddo.processor, AGAINST_TREE);
    let small = size > 1_000_000 || check("peak memory in MB", memory, AUDIO_MB);
    fast && small
}

fn blend(kind: Kind, small: usize, large: usize) -> bool {
    println!("the full blend, 12 features and 5 genres each, the 50 nearest of each; {}", kind.words());
    let mut met = true;
    let [few, many] = [small, large].map(|size| {
        let before = peak_mb();
        let (space, built) = measure(|| {
            let mut builder = Space::builder(Method::Blend);
            (0..size).for_each(|n| {
                builder.push(item(n, kind, true));
            });
            builder.finish()
        });
        let (rows, asked) = measure(|| all(&space, 50));
        let (recall, memory) = (recall(&space, 50), peak_mb() - before);
        let cost = built + asked;
        println!("  {size} artists: {cost} (built {built}), {rows} neighbours, {memory:.0} MB, recall {recall:.4}");
        met &= recall >= RECALL && memory <= BLEND_MB;
        cost
    });
    let growth = growth(few, many, small, large);
    if kind == Kind::Clustered {
        met &= check("growth of processor time, as a power of the size", growth, GROWTH);
    } else {
        // Without any structure, in so many dimensions, everybody is about as far as anybody.
        println!("     growth of processor time, as a power of the size: {growth:.3} (the worst case: no target)");
    }
    met
}

/// Rows that nothing tells apart: as a whole catalogue, and as half of one.
fn copies(size: usize) {
    println!(
        "the full blend of {size} artists that are copies of one, alone and beside as many others, the 50 nearest of each"
    );
    for others in [0, size] {
        let before = peak_mb();
        let (rows, cost) = measure(|| {
            let mut builder = Space::builder(Method::Blend);
            for n in 0..size + others {
                builder.push(item(if n % 2 == 0 || others == 0 { 0 } else { n }, Kind::Clustered, true));
            }
            all(&builder.finish(), 50)
        });
        println!("  {} artists: {cost}, {rows} neighbours, {:.0} MB", size + others, peak_mb() - before);
    }
}

fn growth(few: Cost, many: Cost, small: usize, large: usize) -> f64 {
    (many.processor / few.processor).ln() / (large as f64 / small as f64).ln()
}

/// The share of the nearest that comparing all pairs finds that the search found too.
fn recall(space: &Space, depth: usize) -> f64 {
    let (mut found, mut there) = (0, 0);
    for item in (0..space.len()).step_by((space.len() / SAMPLE).max(1)) {
        let list = space.neighbours(item, depth).unwrap_or_default();
        // Whatever is nearer than the last of the list must be in it; ties with the last are in by index.
        let last = list.last().map_or(f32::INFINITY, |near| near.distance);
        let truth = space.affected(item, |_| last).unwrap_or_default();
        there += truth.len();
        found += truth.iter().filter(|near| list.iter().any(|other| other.index == near.index)).count();
    }
    if there == 0 { 1.0 } else { found as f64 / there as f64 }
}

fn songs(size: usize) {
    println!("songs, {size} of them, the 10 nearest of each that are not of the same artist");
    let (space, built) = measure(|| {
        let mut builder = SongSpace::builder();
        (0..size).for_each(|n| {
            builder.push(song(n));
        });
        builder.finish()
    });
    let filter = SongFilter::default();
    let (rows, asked) =
        measure(|| space.all(10, &filter).flat_map(|batch| batch.lists).map(|list| list.len()).sum::<usize>());
    println!("  ours    {} (built {built}), {rows} neighbours, {:.0} MB", built + asked, peak_mb());
}
