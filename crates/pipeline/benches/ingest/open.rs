//! Whether sources wait for each other: a run over all of them against what the slowest one's limit requires alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use open_sim::{Config, Service, Stats};
use serde::{Deserialize, Serialize};
use sixpotify_core::Source;
use sixpotify_pipeline::{NameList, OpenIngest, OpenOptions, OpenSources, Outcome, StoreLedger};
use sixpotify_sources::deezer::{Deezer, DeezerConfig};
use sixpotify_sources::http::Ledger;
use sixpotify_sources::lastfm::{LastFm, LastFmConfig};
use sixpotify_sources::listenbrainz::{ListenBrainz, ListenBrainzConfig};
use sixpotify_sources::musicbrainz::{MusicBrainz, MusicBrainzConfig};
use sixpotify_sources::reccobeats::{ReccoBeats, ReccoBeatsConfig};
use sixpotify_sources::{Manners, SystemClock};
use sixpotify_store::{Access, SharedStore, SourceKey, open};
use sixpotify_testkit::TestDatabase;
use spotify_sim::sample;
use tokio::sync::watch;
use url::Url;

use crate::Fallible;
use crate::rounds::{Sink, count};
use crate::sections::{Setting, verdict};
use crate::work::Silent;

/// Names.
const NAMES: usize = 1_000;

/// How much faster than a real one the stand-ins' clock runs, and with it the client's pace.
const SCALE: u32 = 30;

/// Time between two requests to MusicBrainz.
const SPACING: Duration = Duration::from_millis(1_100);

/// So many times what the slowest source requires the run may take.
const MOST: f64 = 1.1;

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    /// URL of the catalogue.
    catalogue: String,
    /// Where the stand-ins are.
    pub(crate) urls: BTreeMap<Service, String>,
}

/// What it took.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Figures {
    names: usize,
    found: usize,
    /// Wall time until everything was saved.
    seconds: f64,
}

/// One run into each kind of catalogue.
pub(crate) fn measure(setting: &Setting) -> Fallible<bool> {
    let mut met = true;
    for into in Sink::CATALOGUES {
        let folder = tempfile::tempdir()?;
        let database = match into {
            Sink::Postgres => Some(tokio::runtime::Runtime::new()?.block_on(TestDatabase::create_on(&setting.server))),
            Sink::Nothing | Sink::Sqlite => None,
        };
        let catalogue = match &database {
            Some(database) => database.url.clone(),
            None => format!("sqlite:{}", folder.path().join("catalogue.db").display()),
        };
        let config = Config::limited(SCALE.into());
        let task = Task { catalogue, urls: BTreeMap::new() };
        let (run, stats) = crate::process::measure_open(&config, task)?;
        met &= judge(into, &run, &stats);
    }
    Ok(met)
}

/// Prints what each source requires, and how the run compares with the slowest.
fn judge(into: Sink, run: &Figures, stats: &Stats) -> bool {
    let seconds = run.seconds * f64::from(SCALE);
    println!(
        "  {}: {} names, {} found, {seconds:.0} s of the stand-ins' clock ({:.1} s)",
        into.name(),
        run.names,
        run.found,
        run.seconds
    );
    let mut slowest = 0.0_f64;
    for (service, spacing) in pace() {
        let of = stats.of(service);
        let required = count(of.requests) * spacing.as_secs_f64();
        slowest = slowest.max(required);
        println!(
            "             {service:<13} {:>6} requests, {required:>5.0} s at its pace alone, {} refused",
            of.requests, of.limited
        );
    }
    let by_limit = count(stats.of(Service::MusicBrainz).requests);
    print!("             {:.3} times the slowest ({:.3} times one a second)", seconds / slowest, seconds / by_limit);
    verdict(&format!("at most {MOST}"), seconds <= MOST * slowest)
}

/// The pace at which each service may be asked: its own limit, and for MusicBrainz the spacing that good manners ask for.
fn pace() -> [(Service, Duration); 6] {
    [
        (Service::MusicBrainz, SPACING),
        (Service::ListenBrainz, Duration::from_secs(10) / 30),
        (Service::Labs, Duration::from_secs(10) / 30),
        (Service::Deezer, Duration::from_secs(5) / 50),
        (Service::ReccoBeats, Duration::from_secs(10) / 30),
        (Service::LastFm, Duration::from_secs(5) / 25),
    ]
}

/// Does it.
pub(crate) async fn perform(task: &Task) -> Fallible<Figures> {
    let names: Vec<String> = sample::artist_names().into_iter().take(NAMES).collect();
    let names = NameList::of(&names);
    let store = open(&task.catalogue, Access::Write).await?;
    let sources = sources(task, &store)?;
    let ingest = OpenIngest::new(store.clone(), sources, Arc::new(SystemClock), OpenOptions::new("bench"));
    // Nobody stops it: the sender is kept until the end.
    let (_keep, stop) = watch::channel(false);
    let started = Instant::now();
    let report = ingest.run(&names, &Silent, stop).await?;
    let seconds = started.elapsed().as_secs_f64();
    store.close().await;
    if report.outcome != Outcome::Done || report.has_failures() || report.left > 0 {
        return Err(format!("the run is not complete: {report:?}").into());
    }
    Ok(Figures { names: names.entries.len(), found: report.found, seconds })
}

/// The clients as the program sets them up, with budgets of its defaults on the fast clock.
fn sources(task: &Task, store: &SharedStore) -> Fallible<OpenSources> {
    let clock = Arc::new(SystemClock);
    let ledger = |source: Source| -> Arc<dyn Ledger> {
        Arc::new(StoreLedger::new(store.clone(), SourceKey { source: source.into(), fingerprint: "open".to_owned() }))
    };
    let url =
        |service| -> Fallible<Url> { Ok(Url::parse(task.urls.get(&service).ok_or("a stand-in has no address")?)?) };
    let manners = Manners { contact: Some("the bench".to_owned()), ..Manners::default() };
    let budget = |requests: u32| Some(requests * SCALE);
    let musicbrainz =
        MusicBrainzConfig { api_url: url(Service::MusicBrainz)?, spacing: SPACING / SCALE, manners: manners.clone() };
    let listenbrainz = ListenBrainzConfig {
        api_url: url(Service::ListenBrainz)?,
        labs_url: url(Service::Labs)?,
        token: None,
        budget: None,
        manners: manners.clone(),
    };
    let deezer = DeezerConfig { api_url: url(Service::Deezer)?, budget: budget(40), manners: manners.clone() };
    let reccobeats =
        ReccoBeatsConfig { api_url: url(Service::ReccoBeats)?, budget: budget(20), manners: manners.clone() };
    let lastfm = LastFmConfig {
        api_url: url(Service::LastFm)?,
        api_key: Config::default().lastfm_key.into(),
        budget: budget(20),
        manners,
    };
    Ok(OpenSources {
        musicbrainz: Some(MusicBrainz::new(musicbrainz, clock.clone(), ledger(Source::MusicBrainz))?),
        listenbrainz: Some(ListenBrainz::new(listenbrainz, clock.clone(), ledger(Source::ListenBrainz))?),
        deezer: Some(Deezer::new(deezer, clock.clone(), ledger(Source::Deezer))?),
        reccobeats: Some(ReccoBeats::new(reccobeats, clock.clone(), ledger(Source::ReccoBeats))?),
        lastfm: Some(LastFm::new(lastfm, clock, ledger(Source::LastFm))?),
    })
}
