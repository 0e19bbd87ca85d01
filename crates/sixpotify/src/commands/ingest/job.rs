//! A job of the command line that asks Spotify, with everything it needs, recorded in `runs`.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use sixpotify_core::Source;
use sixpotify_pipeline::{
    Beside, Freshness, Ingest, IngestError, IngestOptions, NameList, OpenIngest, Plan, Report, StoreLedger,
};
use sixpotify_sources::spotify::{Mode, Spotify, SpotifyConfig};
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::{Access, SharedStore, SourceKey};

use super::{Wishes, outcome_of};
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

impl Task {
    /// The list's name.
    pub(crate) fn list(&self) -> &str {
        match self {
            Self::Ingest { list, .. } => list,
            Self::Refresh { .. } => "",
        }
    }

    /// The names, where it has some.
    pub(crate) fn names(&self) -> Option<&NameList> {
        match self {
            Self::Ingest { names, .. } => Some(names),
            Self::Refresh { .. } => None,
        }
    }

    /// How the catalogue is opened: only new names make a new one.
    pub(crate) fn access(&self) -> Access {
        match self {
            Self::Ingest { .. } => Access::Write,
            Self::Refresh { .. } => Access::Read,
        }
    }

    /// When facts are stale.
    pub(crate) fn freshness(&self, settings: &Settings) -> Result<Freshness, Failure> {
        match self {
            Self::Refresh { older_than: Some(age) } => {
                Ok(Freshness::older_than(TimeDelta::from_std(*age).unwrap_or(TimeDelta::MAX)))
            }
            _ => settings.freshness(),
        }
    }

    /// The word in `runs`.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Ingest { .. } => "ingest",
            Self::Refresh { .. } => "refresh",
        }
    }
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
}

impl Job {
    /// Opens the catalogue and sets up the client; sends nothing yet.
    pub(crate) async fn new(settings: &Settings, task: &Task, wishes: &Wishes) -> Result<Self, Failure> {
        let config = settings.spotify(wishes.max_wait)?;
        let freshness = task.freshness(settings)?;
        let mut order = settings.order()?;
        if !wishes.sources.is_empty() {
            order = order.only(&wishes.sources);
        }
        let store = open_catalogue(settings, task.access()).await?;
        let clock = Arc::new(SystemClock);
        let spotify = client(config, &store).await?;
        // Twice the requests in flight: while one answer is taken apart the next request is on its way.
        let mut options = IngestOptions::new(task.list(), spotify.concurrency() * 2).with_freshness(freshness);
        if let Some(facets) = wishes.facets.clone() {
            options = options.with_facets(facets);
        }
        let ingest = Ingest::new(store.clone(), spotify.clone(), clock, options.with_order(order));
        Ok(Self { store, spotify, ingest })
    }

    /// Whether the key is known to be in development mode.
    pub(crate) fn is_in_development_mode(&self) -> bool {
        self.spotify.mode() == Some(Mode::Development)
    }

    /// What a run would do.
    pub(crate) async fn plan(&self, task: &Task) -> Result<Plan, Failure> {
        Ok(match task {
            Task::Ingest { names, .. } => self.ingest.plan(names).await?,
            Task::Refresh { .. } => self.ingest.plan_refresh().await?,
        })
    }

    /// Runs, beside the open sources where they are given, recorded in `runs`, with progress on stderr. The report comes also
    /// when the run ended on an error of Spotify's, which is the second value then.
    pub(crate) async fn run(
        &self,
        task: &Task,
        others: Option<(&OpenIngest, Beside)>,
    ) -> Result<(Report, Result<(), Failure>), Failure> {
        let names = task.names().map_or(0, |names| names.entries.len());
        let progress = match others {
            None => IngestProgress::new(names, self.spotify.clone()),
            Some(_) => IngestProgress::of_many(names),
        };
        let run = self.store.start_run(task.word(), None, SystemClock.now()).await?;
        let stop = signals::stop();
        let result = match (task, others) {
            (Task::Ingest { names, .. }, None) => self.ingest.run(names, &progress, stop).await,
            (Task::Refresh { .. }, None) => self.ingest.refresh(&progress, stop).await,
            (Task::Ingest { names, .. }, Some((others, beside))) => {
                self.ingest.run_beside(others, beside, names, &progress, stop).await
            }
            (Task::Refresh { .. }, Some((others, beside))) => {
                self.ingest.refresh_beside(others, beside, &progress, stop).await
            }
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
        self.store.finish_run(run, outcome_of(&report), &json!(report), SystemClock.now()).await?;
        Ok((report, result))
    }
}
