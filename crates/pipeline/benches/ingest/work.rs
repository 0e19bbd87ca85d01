//! What a measured process does: ingest names, or ask for the same things and drop the answers.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sixpotify_core::{Facet, Source, SpotifyId};
use sixpotify_pipeline::{Decision, Ingest, IngestOptions, NameList, Outcome, Progress, Snapshot, StoreLedger, decide};
use sixpotify_sources::SystemClock;
use sixpotify_sources::http::{FetchError, Ledger, MemoryLedger, Retry, Timeouts};
use sixpotify_sources::spotify::{FEATURES_LIMIT, SEARCH_LIMIT, Spotify, SpotifyConfig};
use sixpotify_store::{Access, SharedStore, SourceKey, open};
use spotify_sim::{Config, generated, sample};
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use crate::{Fallible, system};

/// Which names.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Names {
    /// The first so many of the bundled sample.
    Sample(usize),
    /// So many of a generated catalogue of as many artists.
    Generated(u64),
}

/// Which facets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Facets {
    /// Profile and genres: what a search brings.
    Profiles,
    /// All that there are.
    All,
}

impl fmt::Display for Facets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Profiles => "profile and genres",
            Self::All => "all facets",
        })
    }
}

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    /// The names.
    pub(crate) names: Names,
    /// The facets.
    pub(crate) facets: Facets,
    /// URL of the catalogue; `None`: answers are dropped.
    pub(crate) catalogue: Option<String>,
    /// Requests per 30 s that the client allows itself; `None`: as many as the service bears.
    pub(crate) budget_30s: Option<u32>,
    /// Base of the stand-in's API.
    pub(crate) api_url: String,
    /// Its token endpoint.
    pub(crate) token_url: String,
}

impl Task {
    /// To be given the address of a stand-in.
    pub(crate) fn new(names: Names, facets: Facets, catalogue: Option<String>) -> Self {
        Self { names, facets, catalogue, budget_30s: None, api_url: String::new(), token_url: String::new() }
    }
}

/// What a run took.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Names asked for.
    pub(crate) names: usize,
    /// Wall time from the first request until everything was saved, in seconds.
    pub(crate) seconds: f64,
    /// Requests sent.
    pub(crate) requests: u64,
    /// Processor seconds of the process; `None` where the system does not tell.
    pub(crate) processor: Option<f64>,
    /// Peak of its resident memory in bytes; `None` where the system does not tell.
    pub(crate) peak: Option<u64>,
}

/// Does it.
pub(crate) async fn perform(task: &Task) -> Fallible<Figures> {
    let names: Vec<String> = match task.names {
        Names::Sample(count) => sample::artist_names().into_iter().take(count).collect(),
        Names::Generated(count) => generated::artist_names(count).collect(),
    };
    let names = NameList::of(&names);
    let store = match &task.catalogue {
        Some(url) => Some(open(url, Access::Write).await?),
        None => None,
    };
    let spotify = spotify(task, store.as_ref())?;
    let before = system::own_processor_time();
    let seconds = match &store {
        Some(store) => ingest(store, &spotify, &names, task.facets).await?,
        None => discard(&spotify, &names, task.facets).await?,
    };
    let processor = (|| Some(system::own_processor_time()? - before?))();
    let requests = spotify.stats().requests;
    Ok(Figures { names: names.entries.len(), seconds, requests, processor, peak: system::peak_memory() })
}

/// The client as the program sets it up; without a catalogue its requests are counted in memory.
fn spotify(task: &Task, store: Option<&SharedStore>) -> Fallible<Spotify> {
    let stand_in = Config::default();
    let config = SpotifyConfig {
        client_id: stand_in.client_id,
        client_secret: stand_in.client_secret.into(),
        api_url: Url::parse(&task.api_url)?,
        token_url: Url::parse(&task.token_url)?,
        budget_30s: task.budget_30s,
        budget_day: Some(0),
        concurrency: None,
        market: None,
        max_wait: Duration::from_secs(60),
        retry: Retry::default(),
        timeouts: Timeouts::default(),
    };
    let ledger: Arc<dyn Ledger> = match store {
        Some(store) => {
            let key = SourceKey { source: Source::Spotify.into(), fingerprint: config.fingerprint() };
            Arc::new(StoreLedger::new(store.clone(), key))
        }
        None => Arc::new(MemoryLedger::default()),
    };
    Ok(Spotify::new(config, Arc::new(SystemClock), ledger)?)
}

/// Pieces of work in flight, as the program has it.
fn concurrency(spotify: &Spotify) -> usize {
    spotify.concurrency() * 2
}

/// Listens to nothing.
pub(crate) struct Silent;

impl Progress for Silent {
    fn saved(&self, _: Snapshot) {}
}

async fn ingest(store: &SharedStore, spotify: &Spotify, names: &NameList, facets: Facets) -> Fallible<f64> {
    let options = IngestOptions::new("bench", concurrency(spotify));
    let options = match facets {
        Facets::Profiles => options.with_facets([Facet::Genres]),
        Facets::All => options,
    };
    let ingest = Ingest::new(store.clone(), spotify.clone(), Arc::new(SystemClock), options);
    // Nobody stops it: the sender is kept until the end.
    let (_keep, stop) = watch::channel(false);
    let started = Instant::now();
    let report = ingest.run(names, &Silent, stop).await?;
    let seconds = started.elapsed().as_secs_f64();
    // That what was measured was also done.
    let stored = store.counts().await?;
    store.close().await;
    let found = report.facets.get(&Facet::Profile).map_or(0, |profile| profile.fetched);
    let complete = report.outcome == Outcome::Done && !report.has_failures() && report.left == 0;
    if !complete || stored.artists != found || found * 10 < names.entries.len() as u64 * 9 {
        return Err(format!("the run is not complete: {stored:?} after {report:?}").into());
    }
    Ok(seconds)
}

/// The same requests with the same client, as many at once; nothing is kept but what later requests need.
async fn discard(spotify: &Spotify, names: &NameList, facets: Facets) -> Fallible<f64> {
    let started = Instant::now();
    let mut in_flight: JoinSet<Result<Vec<SpotifyId>, FetchError>> = JoinSet::new();
    let mut names = names.entries.iter();
    let mut tracks: BTreeSet<SpotifyId> = BTreeSet::new();
    loop {
        while in_flight.len() < concurrency(spotify) {
            let spotify = spotify.clone();
            if tracks.len() >= FEATURES_LIMIT {
                let batch = take(&mut tracks);
                in_flight.spawn(async move { spotify.audio_features(&batch).await.map(|_| Vec::new()) });
            } else if let Some(entry) = names.next() {
                let name = entry.name.clone();
                in_flight.spawn(async move { artist(&spotify, &name, facets).await });
            } else if in_flight.is_empty() && !tracks.is_empty() {
                let batch = take(&mut tracks);
                in_flight.spawn(async move { spotify.audio_features(&batch).await.map(|_| Vec::new()) });
            } else {
                break;
            }
        }
        match in_flight.join_next().await {
            None => return Ok(started.elapsed().as_secs_f64()),
            Some(came) => tracks.extend(came??),
        }
    }
}

/// Asks for all of one artist; the ids of its top tracks.
async fn artist(spotify: &Spotify, name: &str, facets: Facets) -> Result<Vec<SpotifyId>, FetchError> {
    let page = spotify.search_artists(name, 0).await?;
    let mut hits = page.artists;
    if page.more && decide(name, &hits) == Decision::NotFound {
        hits.extend(spotify.search_artists(name, SEARCH_LIMIT).await?.artists);
    }
    let Decision::Found(found, _) = decide(name, &hits) else { return Ok(Vec::new()) };
    let Some(id) = found.artist.id.spotify().filter(|_| facets == Facets::All) else { return Ok(Vec::new()) };
    spotify.albums(&id).await?;
    let tracks = spotify.top_tracks(&id).await?;
    Ok(tracks.iter().filter_map(|track| track.id.spotify()).collect())
}

/// A request's worth of ids.
fn take(tracks: &mut BTreeSet<SpotifyId>) -> Vec<SpotifyId> {
    let mut batch = Vec::with_capacity(FEATURES_LIMIT);
    while batch.len() < FEATURES_LIMIT
        && let Some(id) = tracks.pop_first()
    {
        batch.push(id);
    }
    batch
}
