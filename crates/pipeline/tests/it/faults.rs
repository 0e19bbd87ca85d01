//! A source that fails in every way it knows.

use std::time::Duration;

use sixpotify_core::Facet;
use sixpotify_pipeline::IngestError;
use sixpotify_sources::http::FetchError;
use spotify_sim::{Config, Fault, Mode, sample};
use tokio::sync::watch;

use crate::world::{Kind, Silent, World, assert_same, dump, list, on_both, options, run};

on_both!(
    faults_in_extended_mode_leave_no_trace,
    faults_in_development_mode_leave_no_trace,
    a_source_out_of_order_ends_the_run
);

/// After the first run nothing but what failed is asked for; so many runs are allowed to end.
const MOST_RUNS: usize = 3;

/// Of the twelve kinds of fault so many must have come.
const LEAST_KINDS: usize = 8;

async fn faults_in_extended_mode_leave_no_trace(kind: Kind) {
    leave_no_trace(kind, Mode::Extended).await;
}

async fn faults_in_development_mode_leave_no_trace(kind: Kind) {
    leave_no_trace(kind, Mode::Development).await;
}

async fn leave_no_trace(kind: Kind, mode: Mode) {
    let names = list(&sample::artist_names()[..250]);
    let calm = World::with(kind, Config { mode, ..Config::default() }).await;
    // Every facet in both modes, so that enough is asked for to meet the faults.
    let options = || options().with_facets(Facet::ALL.iter().copied());
    assert!(!calm.run(&names, options()).await.has_failures());

    let mut config = Config { mode, stall: Duration::from_millis(50), faults_on_tokens: true, ..Config::default() };
    config.set_all_faults(0.05);
    let rough = World::with(kind, config).await;
    let mut runs = 1;
    while rough.run(&names, options()).await.has_failures() {
        runs += 1;
        assert!(runs <= MOST_RUNS, "failures remain after {MOST_RUNS} runs");
    }
    let stats = rough.sim.stats();
    assert!(stats.faults.len() >= LEAST_KINDS, "only these faults came: {:?}", stats.faults);
    assert_same(&dump(calm.store(), &names).await, &dump(rough.store(), &names).await);
    let (few, many) = (calm.sim.stats().requests, stats.requests);
    assert!(many <= few + few / 10, "{many} requests instead of {few}");
}

async fn a_source_out_of_order_ends_the_run(kind: Kind) {
    let mut config = Config::default();
    config.faults.insert(Fault::ErrorHtml, 1.0);
    let world = World::with(kind, config).await;
    let names = list(&sample::artist_names()[..200]);
    let (_keep, stop) = watch::channel(false);
    let error = run(world.store(), world.spotify(), &names, options(), &Silent, stop).await.unwrap_err();
    let IngestError::Source { error: FetchError::Failed { attempts, .. }, report } = error else {
        panic!("{error:?}");
    };
    assert_eq!(attempts, 5);
    assert_eq!(report.found, 0);
    assert!(report.left > 100, "the run ended before it had asked for everything: {}", report.left);

    // Nothing is settled that nobody answered.
    world.sim.configure(|config| config.faults.clear()).unwrap();
    let report = world.run(&names, options().with_facets([])).await;
    assert_eq!((report.found + report.ambiguous, report.failed), (names.entries.len(), 0));
}
