//! Ingest: a list of names becomes artists with their facets.
//!
//! One loop owns the state of the run: it hands out pieces of [`work`] to tasks, turns what they bring into batches
//! for the [`writer`], and notes everything in the [`report`]. What is written carries its mark (`facets`,
//! `ingest_names`) in the same transaction, so a run that dies is resumed by running it again.

mod answers;
mod features;
mod plan;
mod report;
mod run;
mod work;
mod writer;

use std::collections::BTreeSet;

use sixpotify_core::Facet;
use sixpotify_sources::clock::SharedClock;
use sixpotify_sources::http::FetchError;
use sixpotify_sources::spotify::Spotify;
use sixpotify_store::{SharedStore, StoreError};
use tokio::sync::watch;

use crate::{Freshness, NameList};

pub use plan::Plan;
pub use report::{Coverage, Listed, Outcome, Report};

/// What to ingest, and how.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// Name of the list, under which progress is kept.
    pub list: String,
    /// Facets to fetch; `profile` is always among them, `audio_features` brings `top_tracks` with it.
    pub facets: BTreeSet<Facet>,
    /// When to ask again.
    pub freshness: Freshness,
    /// Pieces of work in flight at most; a little above the number of requests in flight keeps those busy.
    pub concurrency: usize,
}

impl IngestOptions {
    /// All facets of a list, with the usual freshness.
    pub fn new(list: &str, concurrency: usize) -> Self {
        Self {
            list: list.to_owned(),
            facets: Facet::ALL.iter().copied().collect(),
            freshness: Freshness::default(),
            concurrency,
        }
    }

    /// The same with `facets` and what they need.
    pub fn with_facets(mut self, facets: impl IntoIterator<Item = Facet>) -> Self {
        self.facets = facets.into_iter().collect();
        self.facets.insert(Facet::Profile);
        if self.facets.contains(&Facet::AudioFeatures) {
            self.facets.insert(Facet::TopTracks);
        }
        self
    }
}

/// Where a run stands; all of it is in the catalogue already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Names of the list.
    pub names: usize,
    /// Those with a final state.
    pub done: usize,
    /// Requests sent so far.
    pub requests: u64,
}

/// Is told how a run goes. Called from the run's task: do not block.
pub trait Progress: Send + Sync {
    /// Something was saved.
    fn saved(&self, snapshot: Snapshot);
}

/// Why a run ended before its end. What was done until then is saved.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The catalogue failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A source refuses everything (credentials) or gives no usable answer to anything.
    #[error("{error}")]
    Source {
        /// What it said.
        error: FetchError,
        /// What was done until then.
        report: Box<Report>,
    },
}

/// The job.
pub struct Ingest {
    store: SharedStore,
    spotify: Spotify,
    clock: SharedClock,
    options: IngestOptions,
}

impl Ingest {
    /// Sets the job up; asks and writes nothing yet.
    pub fn new(store: SharedStore, spotify: Spotify, clock: SharedClock, options: IngestOptions) -> Self {
        Self { store, spotify, clock, options }
    }

    /// What [`Self::run`] would have to ask for now. Sends no request.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub async fn plan(&self, list: &NameList) -> Result<Plan, StoreError> {
        plan::plan(self, list).await
    }

    /// Ingests `list`. Ends early, with everything saved, when `stop` becomes true ([`Outcome::Stopped`]) or the source
    /// blocks for longer than we wait ([`Outcome::Paused`]).
    ///
    /// # Errors
    /// See [`IngestError`].
    pub async fn run(
        &self,
        list: &NameList,
        progress: &dyn Progress,
        stop: watch::Receiver<bool>,
    ) -> Result<Report, IngestError> {
        run::Run::new(self, list, progress, stop).run().await
    }
}
