//! The sections: what is measured, against what, and what is promised.

use std::time::Duration;

use sixpotify_sources::spotify::CONCURRENCY;

use crate::Fallible;
use crate::rounds::{Case, Limits, Rounds, Sink, count};
use crate::work::{Facets, Names};
use crate::{allowance, open};

/// What all sections share.
pub(crate) struct Setting {
    /// URL of a database on a server where others may be created.
    pub(crate) server: String,
    /// How often everything is measured.
    pub(crate) rounds: usize,
}

/// Something to measure.
pub(crate) struct Section {
    /// What to call it on the command line.
    pub(crate) name: &'static str,
    /// What it measures.
    pub(crate) what: &'static str,
    /// Too long to run without being asked for.
    pub(crate) only_by_name: bool,
    /// Measures and prints; whether all targets were met.
    pub(crate) measure: fn(&Setting) -> Fallible<bool>,
}

/// All sections, in the order in which they run.
pub(crate) const ALL: &[Section] = &[
    Section {
        name: "latency",
        what: "556 names of the sample at 50 ms, against one request after the other",
        only_by_name: false,
        measure: latency,
    },
    Section {
        name: "usage",
        what: "all names of the sample at 50 ms without a limit, against concurrency / latency",
        only_by_name: false,
        measure: usage,
    },
    Section {
        name: "allowance",
        what: "what a service that limits to 900 per 30 s allows, against what is used of it; once, 4 minutes",
        only_by_name: false,
        measure: allowance::measure,
    },
    Section {
        name: "throughput",
        what: "1,000 and 10,000 generated names with all facets at no latency, against the client alone",
        only_by_name: false,
        measure: throughput,
    },
    Section {
        name: "open",
        what: "1,000 names at all open sources with their real limits on a fast clock, against what the slowest limit requires",
        only_by_name: false,
        measure: open::measure,
    },
    Section {
        name: "large",
        what: "1,000 and 100,000 generated names with all facets at no latency, against the client alone",
        only_by_name: true,
        measure: large,
    },
];

/// The latency at which the original script was measured.
const LATENCY: Duration = Duration::from_millis(50);

/// The names that it was measured with.
const NAMES: usize = 556;

/// Profile and genres may take this share of names x latency.
const MOST_OF_LATENCY: f64 = 1.0 / 8.0;

/// At least this share of concurrency / latency is to be used.
const LEAST_USAGE: f64 = 0.90;

/// At least this share of the requests a second of the client alone is to be reached.
const LEAST_THROUGHPUT: f64 = 0.60;

/// The guide for the peak of resident memory, in megabytes.
const MOST_MEMORY: f64 = 150.0;

/// A name may cost this much more where there are many than where there are few.
const MOST_GROWTH: f64 = 1.15;

fn latency(setting: &Setting) -> Fallible<bool> {
    let mut met = true;
    for facets in [Facets::Profiles, Facets::All] {
        println!("{facets}:");
        for rounds in catalogues(setting, Names::Sample(NAMES), facets, LATENCY)? {
            rounds.show();
            let run = &rounds.median().run;
            let asked = if facets == Facets::Profiles { run.names as u64 } else { run.requests };
            let one_by_one = count(asked) * LATENCY.as_secs_f64();
            let share = run.seconds / one_by_one;
            let what = if facets == Facets::Profiles { "names" } else { "requests" };
            print!("             1/{:.1} of {what} x latency ({one_by_one:.1} s)", 1.0 / share);
            if facets == Facets::Profiles {
                met &= verdict("at most 1/8", share <= MOST_OF_LATENCY);
            } else {
                println!();
            }
        }
    }
    Ok(met)
}

fn usage(setting: &Setting) -> Fallible<bool> {
    let possible = count(CONCURRENCY as u64) / LATENCY.as_secs_f64();
    let mut met = true;
    for rounds in catalogues(setting, Names::Sample(usize::MAX), Facets::Profiles, LATENCY)? {
        rounds.show();
        let share = rounds.rate() / possible;
        print!("             {:.1}% of {possible:.0} requests/s", share * 100.0);
        met &= verdict("at least 90%", share >= LEAST_USAGE);
    }
    Ok(met)
}

fn throughput(setting: &Setting) -> Fallible<bool> {
    against_client(setting, [1_000, 10_000])
}

fn large(setting: &Setting) -> Fallible<bool> {
    against_client(setting, [1_000, 100_000])
}

fn against_client(setting: &Setting, [few, many]: [u64; 2]) -> Fallible<bool> {
    let mut met = true;
    let small = with_client(setting, few)?;
    let large = with_client(setting, many)?;
    for (catalogue, small) in large[1..].iter().zip(&small[1..]) {
        let share = catalogue.rate() / large[0].rate();
        print!("  {}: {:.0}% of the requests/s of the client alone", catalogue.name(), share * 100.0);
        met &= verdict("at least 60%", share >= LEAST_THROUGHPUT);

        let per_name = |rounds: &Rounds| rounds.median().run.seconds * 1e3 / count(rounds.median().run.names as u64);
        let (first, last) = (per_name(small), per_name(catalogue));
        print!("  {}: {last:.3} ms a name, {first:.3} ms with {few} names", catalogue.name());
        met &= verdict("at most 15% more", last <= first * MOST_GROWTH);

        match (small.peak(), catalogue.peak()) {
            (Some(first), Some(last)) => {
                print!("  {}: peak {last:.0} MB, {first:.0} MB with {few} names", catalogue.name());
                met &= verdict("at most 150 MB", last <= MOST_MEMORY);
            }
            _ => println!("  {}: this system does not tell a process's memory", catalogue.name()),
        }
    }
    Ok(met)
}

/// The client alone, then each catalogue.
fn with_client(setting: &Setting, names: u64) -> Fallible<Vec<Rounds>> {
    let case = |into| Case {
        names: Names::Generated(names),
        facets: Facets::All,
        latency: Duration::ZERO,
        into,
        limits: Limits::default(),
    };
    let all = Rounds::of(&[Sink::Nothing, Sink::Sqlite, Sink::Postgres].map(case), setting.rounds, &setting.server)?;
    all.iter().for_each(Rounds::show);
    // Otherwise the comparison is none: tracks that two artists share make the only difference.
    let requests = |rounds: &Rounds| count(rounds.median().run.requests);
    match all.iter().find(|rounds| (requests(rounds) / requests(&all[0]) - 1.0).abs() > 0.01) {
        Some(other) => Err(format!("{} requests against {}", requests(other), requests(&all[0])).into()),
        None => Ok(all),
    }
}

/// Each catalogue.
fn catalogues(setting: &Setting, names: Names, facets: Facets, latency: Duration) -> Fallible<Vec<Rounds>> {
    let cases = Sink::CATALOGUES.map(|into| Case { names, facets, latency, into, limits: Limits::default() });
    Rounds::of(&cases, setting.rounds, &setting.server)
}

/// Ends the line with the target and whether it is met.
pub(crate) fn verdict(target: &str, met: bool) -> bool {
    println!("; target {target}: {}", if met { "met" } else { "MISSED" });
    met
}
