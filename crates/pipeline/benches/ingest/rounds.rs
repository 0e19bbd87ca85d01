//! The rounds of one measurement: a fresh catalogue each, the median of all.

use std::time::Duration;

use sixpotify_testkit::TestDatabase;
use spotify_sim::Config;

use crate::Fallible;
use crate::process::{self, Measured};
use crate::work::{Facets, Names, Task};

/// Where the answers go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sink {
    /// Nowhere: the client alone.
    Nothing,
    /// A SQLite file.
    Sqlite,
    /// A database of its own on the PostgreSQL server.
    Postgres,
}

impl Sink {
    /// The two kinds of catalogue.
    pub(crate) const CATALOGUES: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "discarded",
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// The names.
    pub(crate) names: Names,
    /// The facets.
    pub(crate) facets: Facets,
    /// The latency of the stand-in.
    pub(crate) latency: Duration,
    /// Where the answers go.
    pub(crate) into: Sink,
    /// What limits it.
    pub(crate) limits: Limits,
}

/// What limits the requests; the default is nothing at all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    /// Requests per 30 s that the stand-in answers; it punishes whoever sends on while limited.
    pub(crate) service: Option<u32>,
    /// Requests per 30 s that the client allows itself; `None`: it learns what is allowed.
    pub(crate) client: Option<u32>,
}

/// Several runs of one case; never empty.
pub(crate) struct Rounds {
    into: Sink,
    /// Fastest first.
    all: Vec<Measured>,
}

impl Case {
    /// Runs it once.
    ///
    /// # Errors
    /// When a party of the measurement fails, or the run is not complete.
    pub(crate) fn once(&self, server: &str) -> Fallible<Measured> {
        let artists = match self.names {
            Names::Sample(_) => None,
            Names::Generated(count) => Some(count),
        };
        let Limits { service, client } = self.limits;
        let config = Config {
            latency: self.latency,
            artists,
            limit_per_30s: service,
            escalation: service.is_some(),
            ..Config::default()
        };
        // Both are removed with their catalogue when the run is over.
        let folder = tempfile::tempdir()?;
        let database = match self.into {
            Sink::Postgres => Some(tokio::runtime::Runtime::new()?.block_on(TestDatabase::create_on(server))),
            Sink::Nothing | Sink::Sqlite => None,
        };
        let catalogue = match self.into {
            Sink::Nothing => None,
            Sink::Sqlite => Some(format!("sqlite:{}", folder.path().join("catalogue.db").display())),
            Sink::Postgres => database.as_ref().map(|database| database.url.clone()),
        };
        let task = Task { budget_30s: client, ..Task::new(self.names, self.facets, catalogue) };
        process::measure(&config, task)
    }
}

impl Rounds {
    /// All rounds of several cases, taken in turns, so that a noisy moment meets all of them.
    pub(crate) fn of(cases: &[Case], rounds: usize, server: &str) -> Fallible<Vec<Self>> {
        let mut results: Vec<Self> = cases.iter().map(|case| Self { into: case.into, all: Vec::new() }).collect();
        for _ in 0..rounds {
            for (case, result) in cases.iter().zip(&mut results) {
                result.all.push(case.once(server)?);
            }
        }
        for result in &mut results {
            result.all.sort_by(|a, b| a.run.seconds.total_cmp(&b.run.seconds));
        }
        Ok(results)
    }

    /// The kind of catalogue.
    pub(crate) fn name(&self) -> &'static str {
        self.into.name()
    }

    /// The run in the middle.
    pub(crate) fn median(&self) -> &Measured {
        &self.all[self.all.len() / 2]
    }

    /// Requests a second of the median.
    pub(crate) fn rate(&self) -> f64 {
        let run = &self.median().run;
        count(run.requests) / run.seconds
    }

    /// The highest peak of memory in megabytes of 10^6 bytes.
    pub(crate) fn peak(&self) -> Option<f64> {
        self.all.iter().filter_map(|measured| measured.run.peak).max().map(|bytes| count(bytes) / 1e6)
    }

    /// Two lines of figures.
    pub(crate) fn show(&self) {
        let Measured { run, source, others } = self.median();
        let seconds = |at: usize| self.all[at].run.seconds;
        println!(
            "  {:<10} {} names, {} requests in {:.2} s ({:.2} to {:.2}): {:.0} requests/s",
            self.name(),
            run.names,
            run.requests,
            run.seconds,
            seconds(0),
            seconds(self.all.len() - 1),
            self.rate(),
        );
        let known = |value: Option<f64>, unit: &str| value.map_or("unknown".to_owned(), |v| format!("{v:.2} {unit}"));
        println!(
            "             processor: ingest {}, stand-in {}, others {}; peak {}; at most {} in flight",
            known(run.processor, "s"),
            known(source.processor, "s"),
            known(*others, "s"),
            known(self.peak(), "MB"),
            source.stats.max_in_flight,
        );
    }
}

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "counts to be shown, far below 2^52")]
pub(crate) fn count(number: u64) -> f64 {
    number as f64
}
