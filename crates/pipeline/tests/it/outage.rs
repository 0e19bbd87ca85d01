//! A database server that goes away, or goes silent, in the middle of a run.

use std::time::Duration;

use sixpotify_pipeline::{NameList, Outcome};
use sixpotify_sources::spotify::Spotify;
use sixpotify_store::{Access, SharedStore, StoreError, open};
use sixpotify_testkit::{BreakableProxy, TestDatabase};
use spotify_sim::{Config, RunningSim, Sim, sample};
use tokio::sync::watch;

use crate::world::{Kind, LIST, Reached, World, assert_same, client, dump, list, options, run};

/// How long the server is away: longer than the first pauses of whoever waits for it.
const AWAY: Duration = Duration::from_millis(800);

/// Names that are saved before the server goes away.
const BEFORE: usize = 50;

/// A catalogue at the end of a network that breaks, a stand-in, and what an undisturbed run leaves.
struct Disturbed {
    names: NameList,
    expected: Vec<String>,
    sim: RunningSim,
    proxy: BreakableProxy,
    store: SharedStore,
    _database: TestDatabase,
}

impl Disturbed {
    async fn new() -> Self {
        let names = list(&sample::artist_names()[..300]);
        let calm = World::new(Kind::Postgres).await;
        calm.run(&names, options()).await;
        let expected = dump(calm.store(), &names).await;

        let config = Config { latency: Duration::from_millis(2), ..Config::default() };
        let sim = Sim::start(([127, 0, 0, 1], 0).into(), config).await.unwrap();
        let database = TestDatabase::create().await;
        let (proxy, url) = BreakableProxy::in_front_of(&database.url).await.unwrap();
        let store = open(&url, Access::Write).await.unwrap();
        Self { names, expected, sim, proxy, store, _database: database }
    }

    fn spotify(&self) -> Spotify {
        client(&self.sim.api_url(), &self.sim.token_url())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_server_is_waited_for() {
    let world = Disturbed::new().await;
    let progress = Reached::new(BEFORE);
    let mut reached = progress.subscribe();
    let silence = async {
        reached.wait_for(|reached| *reached).await.unwrap();
        world.proxy.stall();
        tokio::time::sleep(AWAY).await;
        world.proxy.restore();
    };
    let (_keep, stop) = watch::channel(false);
    let running = run(&world.store, world.spotify(), &world.names, options(), &progress, stop);
    let report = tokio::join!(running, silence).0.unwrap();
    assert_eq!((&report.outcome, report.has_failures(), report.left), (&Outcome::Done, false, 0));
    assert_eq!(world.sim.stats().repeated, 0, "answers that could not be saved at once were kept");
    assert_same(&world.expected, &dump(&world.store, &world.names).await);
}

/// A run that meets a server that is away for a moment waits for it and completes; what it reported saved is saved.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_server_costs_nothing_that_was_saved() {
    let world = Disturbed::new().await;
    let progress = Reached::new(BEFORE);
    let mut reached = progress.subscribe();
    let loss = async {
        reached.wait_for(|reached| *reached).await.unwrap();
        world.proxy.cut().await;
        assert!(matches!(world.store.counts().await, Err(StoreError::Unavailable(_))));
        tokio::time::sleep(AWAY).await;
        world.proxy.restore();
    };
    let (_keep, stop) = watch::channel(false);
    let running = run(&world.store, world.spotify(), &world.names, options(), &progress, stop);
    let result = tokio::join!(running, loss).0;
    let pending = world.store.pending().await.unwrap();
    let left = pending.iter().find(|pending| pending.list == LIST).map_or(0, |pending| pending.pending);
    assert!(progress.done() + usize::try_from(left).unwrap() <= world.names.entries.len(), "{left} left");
    let report = result.unwrap();
    assert_eq!((&report.outcome, report.has_failures(), report.left), (&Outcome::Done, false, 0));
    assert_same(&world.expected, &dump(&world.store, &world.names).await);
}
