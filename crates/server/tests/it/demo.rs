//! The catalogue of `sixpotify demo`, built once as the demo builds it: the whole sample through the real Spotify client. One artist
//! is left out, so that there is somebody to be learned.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, mpsc};
use std::time::Duration;

use sixpotify_bot::Bot;
use sixpotify_pipeline::{
    Freshness, Ingest, IngestOptions, NameList, Progress, RelateOptions, Resolver, Snapshot, Sources, relate,
};
use sixpotify_server::{AppState, Channels, Config, LookUp, Parts, Server, Shelf, StoreLibrary};
use sixpotify_similar::Method;
use sixpotify_sources::SystemClock;
use sixpotify_sources::http::{MemoryLedger, Retry, Timeouts};
use sixpotify_sources::spotify::{Spotify, SpotifyConfig};
use sixpotify_store::{Access, SharedStore, open};
use sixpotify_testkit::scratch::ScratchDir;
use spotify_sim::{RunningSim, Sim};
use url::Url;

/// In the sample, and not in the catalogue.
pub(crate) const LEFT_OUT: &str = "Gorillaz";

/// Where the demo is served; for as long as the tests run.
pub(crate) fn address() -> String {
    static ADDRESS: LazyLock<SocketAddr> = LazyLock::new(|| {
        let (sender, receiver) = mpsc::channel();
        // A runtime of its own: those of the tests end with them.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(serve(sender));
        });
        receiver.recv().expect("the demo is served")
    });
    format!("http://{}", *ADDRESS)
}

async fn serve(ready: mpsc::Sender<SocketAddr>) {
    let folder = ScratchDir::new("sixpotify-demo").unwrap();
    let mut names = spotify_sim::sample::artist_names();
    names.retain(|name| name != LEFT_OUT);
    let store = catalogue(&format!("sqlite:{}", folder.path().join("demo.db").display()), &names).await;
    let clock = Arc::new(SystemClock);
    let (_sim, spotify) = stand_in(spotify_sim::Config::default(), Retry::default(), Timeouts::default()).await;
    let look_up = LookUp::new(store.clone(), clock.clone(), Freshness::default(), relating()).with_spotify(spotify);
    let resolver = Arc::new(Resolver::new(store.clone()));
    let shelf = Arc::new(Shelf::new(store.clone(), Sources::all()));
    let learner = look_up.learner();
    let library = StoreLibrary::new(store.clone(), resolver.clone(), shelf.clone(), Some(learner));
    let parts = Parts {
        store,
        resolver,
        shelf,
        bot: Bot::new(Arc::new(library)),
        channels: Channels::default(),
        clock,
        config: Config { listen: ([127, 0, 0, 1], 0).into(), pictures: false, ..Config::default() },
    };
    let serving = Server::new(AppState::new(parts)).start().await.unwrap();
    ready.send(serving.address()).unwrap();
    std::future::pending::<()>().await;
}

/// A new catalogue at `url` with these artists of the sample, related.
pub(crate) async fn catalogue(url: &str, names: &[String]) -> SharedStore {
    let store = open(url, Access::Write).await.unwrap();
    let (sim, spotify) = stand_in(spotify_sim::Config::default(), Retry::default(), Timeouts::default()).await;
    let ingest = Ingest::new(store.clone(), spotify, Arc::new(SystemClock), IngestOptions::new("sample", 32));
    let (_go_on, stop) = tokio::sync::watch::channel(false);
    let report = ingest.run(&NameList::of(names), &Silent, stop).await.unwrap();
    assert!(report.found > 2000, "{report:?}");
    relate(&store, &relating()).await.unwrap();
    sim.shutdown().await;
    store
}

fn relating() -> RelateOptions {
    RelateOptions { method: Method::Blend, depth: 50, sources: Sources::all() }
}

/// A stand-in for Spotify, and the real client for it.
pub(crate) async fn stand_in(config: spotify_sim::Config, retry: Retry, timeouts: Timeouts) -> (RunningSim, Spotify) {
    let (client_id, client_secret) = (config.client_id.clone(), config.client_secret.clone());
    let sim = Sim::start(([127, 0, 0, 1], 0).into(), config).await.unwrap();
    let config = SpotifyConfig {
        client_id,
        client_secret: client_secret.into(),
        api_url: Url::parse(&sim.api_url()).unwrap(),
        token_url: Url::parse(&sim.token_url()).unwrap(),
        budget_30s: None,
        budget_day: Some(0),
        concurrency: None,
        market: None,
        max_wait: Duration::from_secs(60),
        retry,
        timeouts,
    };
    let spotify = Spotify::new(config, Arc::new(SystemClock), Arc::new(MemoryLedger::default())).unwrap();
    (sim, spotify)
}

struct Silent;

impl Progress for Silent {
    fn saved(&self, _: Snapshot) {}
}
