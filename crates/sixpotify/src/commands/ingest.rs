//! `sixpotify ingest`: names in, a catalogue out.

mod input;
mod shown;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use sixpotify_core::Facet;
use sixpotify_pipeline::{Ingest, IngestError, IngestOptions, NameList, Outcome, Plan, Report};
use sixpotify_sources::spotify::Spotify;
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, SharedStore};

use crate::catalogue::open_catalogue;
use crate::cli::IngestArgs;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, say};
use crate::progress::IngestProgress;
use crate::settings::Settings;
use crate::signals;

/// Reads the names, says what will be done, does it, and reports.
pub(crate) async fn run(settings: &Settings, args: &IngestArgs) -> Result<Exit, Failure> {
    let (list, names) = input::read(args)?;
    shown::notes(&names);
    let job = Job::new(settings, list, args.facets.clone(), args.max_wait).await?;
    let plan = job.plan(&names).await?;
    if args.dry_run {
        let mut out = Out::new();
        if args.json {
            out.json(&plan)?;
        } else {
            out.line(shown::plan(&plan))?;
        }
        out.finish()?;
        job.store.close().await;
        return Ok(Exit::Done);
    }
    say(shown::plan(&plan));
    let (report, result) = job.run(&names).await?;
    let mut out = Out::new();
    if args.json {
        out.json(&report)?;
    } else {
        shown::report(&mut out, &report)?;
    }
    out.finish()?;
    job.store.close().await;
    result?;
    Ok(exit_of(&report))
}

/// An ingest run of the command line: also the demo's.
pub(crate) struct Job {
    /// The catalogue.
    pub store: SharedStore,
    spotify: Spotify,
    ingest: Ingest,
}

impl Job {
    /// Opens the catalogue and sets up the client; sends nothing yet.
    pub(crate) async fn new(
        settings: &Settings,
        list: String,
        facets: Option<Vec<Facet>>,
        max_wait: Duration,
    ) -> Result<Self, Failure> {
        let config = settings.spotify(max_wait)?;
        let store = open_catalogue(settings, Access::Write).await?;
        let clock = Arc::new(SystemClock);
        let spotify = Spotify::new(config, clock.clone())
            .map_err(|e| Failure::new(format!("cannot set up the network client: {e}")))?;
        // Twice the requests in flight: while one answer is taken apart the next request is on its way.
        let mut options = IngestOptions::new(&list, spotify.concurrency() * 2);
        if let Some(facets) = facets {
            options = options.with_facets(facets);
        }
        let ingest = Ingest::new(store.clone(), spotify.clone(), clock, options);
        Ok(Self { store, spotify, ingest })
    }

    /// What a run would do.
    pub(crate) async fn plan(&self, names: &NameList) -> Result<Plan, Failure> {
        Ok(self.ingest.plan(names).await?)
    }

    /// Runs, recorded in `runs`, with progress on stderr. The report comes also when the run ended on an error of the
    /// source, which is the second value then.
    pub(crate) async fn run(&self, names: &NameList) -> Result<(Report, Result<(), Failure>), Failure> {
        let progress = IngestProgress::new(names.entries.len(), self.spotify.clone());
        let run = self.store.start_run("ingest", None, SystemClock.now()).await?;
        let result = self.ingest.run(names, &progress, signals::stop()).await;
        progress.finish();
        let (report, result) = match result {
            Ok(report) => (report, Ok(())),
            Err(IngestError::Source { error, report }) => (*report, Err(Failure::from(&error))),
            Err(IngestError::Store(error)) => {
                // The catalogue that failed is asked to note that it did; it may not be able to.
                let counts = json!({ "error": error.to_string() });
                if let Err(second) = self.store.finish_run(run, "failed", &counts, SystemClock.now()).await {
                    tracing::debug!(error = %second, "the failed run could not be recorded");
                }
                return Err(error.into());
            }
        };
        let outcome = match report.outcome {
            Outcome::Done if report.has_failures() => "failed",
            Outcome::Done => "done",
            Outcome::Paused { .. } | Outcome::Stopped => "paused",
            Outcome::Broken => "failed",
        };
        self.store.finish_run(run, outcome, &json!(report), SystemClock.now()).await?;
        Ok((report, result))
    }
}

fn exit_of(report: &Report) -> Exit {
    match report.outcome {
        Outcome::Paused { .. } | Outcome::Stopped => Exit::Paused,
        Outcome::Broken => Exit::Failed,
        Outcome::Done if report.has_failures() => Exit::Failed,
        Outcome::Done => Exit::Done,
    }
}
