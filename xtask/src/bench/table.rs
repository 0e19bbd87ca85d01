//! Everything that is measured, one entry each.

/// One thing to measure.
pub(super) struct Bench {
    /// What to call it on the command line.
    pub(super) name: &'static str,
    /// What it measures, with the guide value where there is one.
    pub(super) what: &'static str,
    /// Too long, or too seldom of interest, to run without being asked for.
    pub(super) only_by_name: bool,
    /// How.
    pub(super) work: Work,
}

/// How something is measured.
pub(super) enum Work {
    /// A bench program of a crate, which prints its own figures; it is given the private PostgreSQL server.
    Program {
        /// The crate.
        package: &'static str,
        /// Its bench target.
        bench: &'static str,
    },
    /// A bench program of a crate that needs nothing but the processor.
    Computation {
        /// The crate.
        package: &'static str,
        /// Its bench target.
        bench: &'static str,
    },
    /// The release binary as a user runs it: wall time and peak memory of whole processes.
    Command {
        /// Run once first, not measured: makes what the measured runs read.
        before: Option<&'static [&'static str]>,
        /// The command line.
        arguments: &'static [&'static str],
        /// How often; the median counts.
        runs: usize,
    },
    /// Building the release binary with nothing built before.
    CleanBuild,
}

const DEMO: &[&str] = &["demo", "--no-serve"];

pub(super) const BENCHES: &[Bench] = &[
    Bench {
        name: "bulk",
        what: "bulk upsert into PostgreSQL against plain COPY, into SQLite against a bare loop",
        only_by_name: false,
        work: Work::Program { package: "sixpotify-store", bench: "bulk" },
    },
    Bench {
        name: "ingest",
        what: "ingest from a source with latency, against names x latency; from all open sources, against the slowest one's limit",
        only_by_name: false,
        work: Work::Program { package: "sixpotify-pipeline", bench: "ingest" },
    },
    Bench {
        name: "names",
        what: "finding names among a million artists, against pg_trgm (guide: 2 ms for a typo, 600 MB, 10 s to build)",
        only_by_name: false,
        work: Work::Program { package: "sixpotify-resolve", bench: "names" },
    },
    Bench {
        name: "rest",
        what: "REST against an axum handler that returns the same bytes (guide: 60 %)",
        only_by_name: false,
        work: Work::Program { package: "sixpotify-server", bench: "rest" },
    },
    Bench {
        name: "learn",
        what: "the answer about an artist whom nobody knew, with sources that take 150 ms (guide: typically within 2 s)",
        only_by_name: false,
        work: Work::Program { package: "sixpotify-server", bench: "learn" },
    },
    Bench {
        name: "burst",
        what: "5,000 Messenger events at once, against a handler that does one durable insert (guide: p99 at most 5 times)",
        only_by_name: false,
        work: Work::Program { package: "sixpotify-server", bench: "burst" },
    },
    Bench {
        name: "dumps",
        what: "MusicBrainz's and ListenBrainz's dumps into PostgreSQL, against COPY of the same rows",
        only_by_name: false,
        work: Work::Program { package: "sixpotify-pipeline", bench: "dumps" },
    },
    Bench {
        name: "demo",
        what: "the whole demo (guide: 15 s, under 200 MB)",
        only_by_name: false,
        work: Work::Command { before: None, arguments: DEMO, runs: 1 },
    },
    Bench {
        name: "similar",
        what: "`similar` from a cold start on the demo catalogue (guide: 50 ms)",
        only_by_name: false,
        work: Work::Command { before: Some(DEMO), arguments: &["similar", "Linkin Park", "--demo"], runs: 20 },
    },
    Bench {
        name: "neighbours",
        what: "all neighbours of up to a million artists, against kiddo, scipy and faiss (a quarter of an hour)",
        only_by_name: true,
        work: Work::Computation { package: "sixpotify-similar", bench: "neighbours" },
    },
    Bench {
        name: "build",
        what: "a clean release build (guide: 6 minutes on two cores)",
        only_by_name: true,
        work: Work::CleanBuild,
    },
];
