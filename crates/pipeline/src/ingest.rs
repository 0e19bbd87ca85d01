//! Ingest: a list of names becomes artists with their facets.
//!
//! One loop owns the state of the run: it hands out pieces of [`work`] to tasks, turns what they bring into batches
//! for the [`writer`], and notes everything in the [`report`]. What is written carries its mark (`facets`,
//! `ingest_names`) in the same transaction, so a run that dies is resumed by running it again.

mod answers;
mod features;
mod follow;
mod intake;
mod joining;
mod open;
mod plan;
mod profile;
mod report;
mod run;
mod together;
mod work;
mod writer;

use std::collections::{BTreeSet, VecDeque};

use sixpotify_core::{Facet, Source};
use sixpotify_sources::clock::SharedClock;
use sixpotify_sources::http::FetchError;
use sixpotify_sources::spotify::{Mode, Spotify};
use sixpotify_store::{SharedStore, StoreError};
use tokio::sync::watch;

use crate::{Freshness, NameList};

use intake::Intake;
pub use open::{NotThere, OpenIngest, OpenOptions, OpenPlan, OpenSources, Order, SourceReport};
pub use plan::Plan;
pub use report::{Coverage, Listed, Outcome, Report};
pub use together::Beside;

/// What Spotify has, as far as it gives it to the key.
pub const SPOTIFY_FACETS: [Facet; 5] =
    [Facet::Profile, Facet::Genres, Facet::Albums, Facet::TopTracks, Facet::AudioFeatures];

/// What to ingest, and how.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// Name of the list, under which progress is kept.
    pub list: String,
    facets: Facets,
    /// Who is asked for what first.
    order: Order,
    /// When to ask again.
    pub freshness: Freshness,
    /// Pieces of work in flight at most; a little above the number of requests in flight keeps those busy.
    pub concurrency: usize,
}

/// Which facets to fetch: in each of Spotify's modes.
#[derive(Clone, Debug)]
struct Facets {
    extended: BTreeSet<Facet>,
    development: BTreeSet<Facet>,
}

impl IngestOptions {
    /// The usual facets of a list, with the usual freshness: all; in development mode what that gives with the search
    /// itself, profile and genres.
    pub fn new(list: &str, concurrency: usize) -> Self {
        let facets = Facets { extended: SPOTIFY_FACETS.into(), development: [Facet::Profile, Facet::Genres].into() };
        Self { list: list.to_owned(), facets, order: Order::default(), freshness: Freshness::default(), concurrency }
    }

    /// The same with these facets and what they need, in both modes: `profile` is always among them, `audio_features`
    /// bring `top_tracks`.
    pub fn with_facets(mut self, facets: impl IntoIterator<Item = Facet>) -> Self {
        let mut facets: BTreeSet<Facet> = facets.into_iter().filter(|f| SPOTIFY_FACETS.contains(f)).collect();
        facets.insert(Facet::Profile);
        if facets.contains(&Facet::AudioFeatures) {
            facets.insert(Facet::TopTracks);
        }
        self.facets = Facets { extended: facets.clone(), development: facets };
        self
    }

    /// The same with another order of sources: Spotify is not asked for facets in whose order it is not, and in development
    /// mode, too, for those in whose chosen order it is. Without it a profile is still asked for: it says who is meant.
    pub fn with_order(mut self, order: Order) -> Self {
        let asked = |facet: &Facet| *facet == Facet::Profile || order.has(*facet, Source::Spotify);
        self.facets.extended.retain(asked);
        self.facets.development.retain(asked);
        let wished = self.facets.extended.iter().filter(|facet| order.is_chosen(**facet)).copied();
        self.facets.development.extend(wished);
        if self.facets.development.contains(&Facet::AudioFeatures) {
            self.facets.development.insert(Facet::TopTracks);
        }
        self.order = order;
        self
    }

    /// The same with other ages at which facts are stale.
    pub fn with_freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = freshness;
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

    /// The facets to fetch, as far as the mode of the key is known.
    fn facets(&self) -> &BTreeSet<Facet> {
        match self.spotify.mode() {
            Some(Mode::Development) => &self.options.facets.development,
            _ => &self.options.facets.extended,
        }
    }

    /// What [`Self::run`] would have to ask for now. Sends no request.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub async fn plan(&self, list: &NameList) -> Result<Plan, StoreError> {
        plan::plan(self, list).await
    }

    /// What [`Self::refresh`] would have to ask for now. Sends no request.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub async fn plan_refresh(&self) -> Result<Plan, StoreError> {
        plan::plan_refresh(self).await
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
        plan::enter(self, list).await?;
        let intake = Intake::Names { list, next: 0, others: VecDeque::new() };
        self.work(intake, progress, stop).await
    }

    /// Fetches again what is due of the artists in the catalogue, the longest waiting first.
    ///
    /// # Errors
    /// See [`IngestError`].
    pub async fn refresh(&self, progress: &dyn Progress, stop: watch::Receiver<bool>) -> Result<Report, IngestError> {
        let intake = Intake::Due { due: intake::due_of(self), after: None, ended: false };
        self.work(intake, progress, stop).await
    }

    async fn work(
        &self,
        intake: Intake<'_>,
        progress: &dyn Progress,
        stop: watch::Receiver<bool>,
    ) -> Result<Report, IngestError> {
        let worker = self.store.begin_work(self.clock.now()).await?;
        run::Run::new(self, intake, &*worker, progress, stop).run().await
    }
}
