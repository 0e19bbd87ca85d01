//! A job of the command line that asks Spotify, with everything it needs, recorded in `runs`.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use sixpotify_core::{Facet, Source};
use sixpotify_pipeline::{Freshness, Ingest, IngestError, IngestOptions, NameList, Outcome, Plan, Report, StoreLedger};
use sixpotify_sources::spotify::{Spotify, SpotifyConfig};
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, SharedStore, SourceKey};

use crate::catalogue::open_catalogue;
use crate::failure::Failure;
use crate::progress::IngestProgress;
use crate::settings::Settings;
use crate::signals;

/// What a job works through.
pub(crate) enum Task {
    /// A list of names, under which its progress is kept.
    Ingest { list: String, names: NameList },
    /// What is stale: by the settings, or older than this.
    Refresh { older_than: Option<Duration> },
}

/// The client, with what the catalogue remembers of its key. Sends nothing yet.
pub(crate) async fn client(config: SpotifyConfig, store: &SharedStore) -> Result<Spotify, Failure> {
    let key = SourceKey { source: Source::Spotify.into(), fingerprint: config.fingerprint() };
    let ledger = Arc::new(StoreLedger::new(store.clone(), key));
    let spotify = Spotify::new(config, Arc::new(SystemClock), ledger)
        .map_err(|e| Failure::new(format!("cannot set up the network client: {e}")))?;
    spotify.restore().await.map_err(|e| Failure::new(e.to_string()))?;
    Ok(spotify)
}

/// A run of the command line that asks Spotify: `ingest`, `refresh`, the demo's.
pub(crate) struct Job {
    /// The catalogue.
    pub store: SharedStore,
    pub(crate) spotify: Spotify,
    ingest: Ingest,
    task: Task,
}

impl Job {
    /// Opens the catalogue and sets up the client; sends nothing yet.
    pub(crate) async fn new(
        settings: &Settings,
        task: Task,
        facets: Option<Vec<Facet>>,
        max_wait: Duration,
    ) -> Result<Self, Failure> {
        let config = settings.spotify(max_wait)?;
        let (list, access, freshness) = match &task {
            Task::Ingest { list, .. } => (list.clone(), Access::Write, settings.freshness()?),
            Task::Refresh { older_than: None } => (String::new(), Access::Read, settings.freshness()?),
            Task::Refresh { older_than: Some(age) } => {
                let age = TimeDelta::from_std(*age).unwrap_or(TimeDelta::MAX);
                (String::new(), Access::Read, Freshness::older_than(age))
            }
        };
        let store = open_catalogue(settings, access).await?;
        let clock = Arc::new(SystemClock);
        let spotify = client(config, &store).await?;
        // Twice the requests in flight: while one answer is taken apart the next request is on its way.
        let mut options = IngestOptions::new(&list, spotify.concurrency() * 2).with_freshness(freshness);
        if let Some(facets) = facets {
            options = options.with_facets(facets);
        }
        let ingest = Ingest::new(store.clone(), spotify.clone(), clock, options);
        Ok(Self { store, spotify, ingest, task })
    }

    /// What a run would do.
    pub(crate) async fn plan(&self) -> Result<Plan, Failure> {
        Ok(match &self.task {
            Task::Ingest { names, .. } => self.ingest.plan(names).await?,
            Task::Refresh { .. } => self.ingest.plan_refresh().await?,
        })
    }

    /// Runs, recorded in `runs`, with progress on stderr. The report comes also when the run ended on an error of the
    /// source, which is the second value then.
    pub(crate) async fn run(&self) -> Result<(Report, Result<(), Failure>), Failure> {
        let (job, names) = match &self.task {
            Task::Ingest { names, .. } => ("ingest", names.entries.len()),
            Task::Refresh { .. } => ("refresh", 0),
        };
        let progress = IngestProgress::new(names, self.spotify.clone());
        let run = self.store.start_run(job, None, SystemClock.now()).await?;
        let result = match &self.task {
            Task::Ingest { names, .. } => self.ingest.run(names, &progress, signals::stop()).await,
            Task::Refresh { .. } => self.ingest.refresh(&progress, signals::stop()).await,
        };
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
