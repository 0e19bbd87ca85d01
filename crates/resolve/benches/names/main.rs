//! How fast names are found among many, and how many of those that should be: by the index, and by PostgreSQL's `pg_trgm`.
//!
//! `SIXPOTIFY_BENCH_POSTGRES=postgres://.. cargo bench -p sixpotify-resolve --bench names [-- ARTISTS [QUERIES]]`, a million
//! artists with 300,000 aliases and 2,000 queries of each kind unless told otherwise; one thread. The rival has the same
//! names, folded, under a trigram index, and gives the most similar one, whatever it is; so its recall is compared with the
//! first candidate of ours, and what we accept of it is said beside it. Exits with 1 where a target is missed.

mod made;
mod rival;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use made::{Made, Query};
use sixpotify_resolve::{Candidate, Entry, Index, Reach};

/// Queries that the rival is asked: it takes its time.
const RIVALS: usize = 200;

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<usize>().ok());
    let artists = numbers.next().unwrap_or(1_000_000).max(1000);
    let queries = numbers.next().unwrap_or(2_000).max(10);
    let server = std::env::var("SIXPOTIFY_BENCH_POSTGRES").ok();
    match run(artists, queries, server.as_deref()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the benchmark failed: {error}");
            ExitCode::FAILURE
        }
    }
}

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn run(artists: usize, queries: usize, server: Option<&str>) -> Fallible<bool> {
    let made = Made::generate(artists, queries);
    println!("{artists} artists, {} aliases", made.aliases());
    let mut targets = Targets::default();

    let started = Instant::now();
    let index = index(&made);
    let took = started.elapsed();
    let megabytes = index.memory() / 1_000_000;
    println!("index built in {:.1} s, {megabytes} MB", took.as_secs_f64());
    let size = artists as f64 / 1_000_000.0;
    targets.hold("built in about 10 s for a million", took.as_secs_f64() <= 12.0 * size.max(0.1));
    targets.hold("600 MB for a million", megabytes as f64 <= 600.0 * size.max(0.1));

    let exact = measure(&index, &made.exact, "exact names and aliases");
    targets.hold("names and aliases under 20 us at the median", exact.median < Duration::from_micros(20));
    let typos = measure(&index, &made.typos, "one or two slips");
    let sounds = measure(&index, &made.sounds, "in Hangul");
    let strangers = measure(&index, &made.strangers, "nobody's names");
    println!("  refused {:.3} of them", 1.0 - strangers.accepted);
    for (what, figures) in [("typos", &typos), ("Hangul", &sounds), ("strangers", &strangers)] {
        targets.hold(&format!("{what}: 2 ms at the median"), figures.median < Duration::from_millis(2));
        targets.hold(&format!("{what}: 10 ms at the 99th percentile"), figures.slow < Duration::from_millis(10));
    }

    let Some(server) = server else {
        println!("SIXPOTIFY_BENCH_POSTGRES is not set: no comparison with pg_trgm");
        return Ok(targets.held);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(rival::measure(server, &made, &made.typos[..made.typos.len().min(RIVALS)]))? {
        None => println!("the server has no extension pg_trgm: no comparison"),
        Some(theirs) => {
            let ours = measure(&index, &made.typos[..made.typos.len().min(RIVALS)], "the same queries as pg_trgm");
            let ratio = theirs.median.as_secs_f64() / ours.median.as_secs_f64().max(1e-9);
            println!("{ratio:.1} times as fast as pg_trgm; recall {:.3} against {:.3}", ours.recall, theirs.recall);
            targets.hold("10 times as fast as pg_trgm", ratio >= 10.0);
            targets.hold("no lower recall", ours.recall >= theirs.recall);
        }
    }
    Ok(targets.held)
}

fn index(made: &Made) -> Index {
    let aliases: Vec<Vec<&str>> =
        made.artists.iter().map(|artist| artist.aliases.iter().map(String::as_str).collect()).collect();
    Index::build(made.artists.iter().zip(&aliases).map(|(artist, aliases)| Entry {
        id: &artist.id,
        name: &artist.name,
        reach: Reach { followers: Some(artist.followers), popularity: None },
        aliases,
    }))
}

/// What a number of queries took, and how many were answered with the right artist.
pub(crate) struct Figures {
    pub(crate) median: Duration,
    /// The 99th percentile.
    pub(crate) slow: Duration,
    /// The share of queries whose first candidate is the artist that is meant.
    pub(crate) recall: f64,
    /// The share of queries for which an artist was accepted.
    pub(crate) accepted: f64,
}

impl Figures {
    pub(crate) fn of(mut times: Vec<Duration>, first: usize, accepted: usize, what: &str) -> Self {
        times.sort_unstable();
        let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
        let share = |count: usize| count as f64 / times.len() as f64;
        let figures = Self { median: at(50), slow: at(99), recall: share(first), accepted: share(accepted) };
        println!(
            "{what}: {} queries, median {:.1} us, 99 % {:.1} us, first candidate right {:.3}",
            times.len(),
            figures.median.as_secs_f64() * 1e6,
            figures.slow.as_secs_f64() * 1e6,
            figures.recall,
        );
        figures
    }
}

fn measure(index: &Index, queries: &[Query], what: &str) -> Figures {
    let mut times = Vec::with_capacity(queries.len());
    let (mut first, mut right, mut wrong) = (0, 0, 0);
    for query in queries {
        let started = Instant::now();
        let answer = index.find(&query.text);
        times.push(started.elapsed());
        let meant = |found: &Candidate| query.meant.as_ref() == Some(&found.name);
        first += usize::from(answer.candidates.first().is_some_and(meant));
        match answer.found() {
            Some((found, _)) if meant(found) => right += 1,
            Some(_) => wrong += 1,
            None => {}
        }
    }
    let figures = Figures::of(times, first, right + wrong, what);
    println!("  accepted: {right} right, {wrong} wrong; the others are ambiguous or not found");
    figures
}

/// Targets, and whether all were held.
struct Targets {
    held: bool,
}

impl Default for Targets {
    fn default() -> Self {
        Self { held: true }
    }
}

impl Targets {
    fn hold(&mut self, what: &str, held: bool) {
        if !held {
            println!("MISSED: {what}");
            self.held = false;
        }
    }
}
