//! A run that its user stops.

use std::time::Duration;

use sixpotify_core::Facet;
use sixpotify_pipeline::Outcome;
use spotify_sim::{Config, sample};

use crate::world::{Kind, Reached, World, assert_same, dump, list, on_both, options, run};

on_both!(a_stopped_run_loses_nothing);

async fn a_stopped_run_loses_nothing(kind: Kind) {
    let names = list(&sample::artist_names()[..400]);
    let undisturbed = World::new(kind).await;
    undisturbed.run(&names, options()).await;

    let world = World::with(kind, Config { latency: Duration::from_millis(2), ..Config::default() }).await;
    let progress = Reached::new(50);
    let stop = progress.subscribe();
    let report = run(world.store(), world.spotify(), &names, options(), &progress, stop).await.unwrap();
    assert_eq!(report.outcome, Outcome::Stopped);
    assert!(report.left > 0 && report.done() >= 50, "{report:#?}");
    assert_eq!(report.done() + report.left, names.entries.len());
    let pending = world.store().pending().await.unwrap().remove(0);
    assert_eq!((pending.found, pending.pending), (report.found as u64, report.left as u64));
    let counts = world.store().counts().await.unwrap();
    assert_eq!(counts.artists, report.facets[&Facet::Profile].fetched);

    // The next run goes on where this one stopped, and asks for nothing twice.
    let rest = world.run(&names, options()).await;
    assert_eq!((rest.outcome, rest.left), (Outcome::Done, 0));
    assert_eq!(world.sim.stats().repeated, 0);
    assert_same(&dump(undisturbed.store(), &names).await, &dump(world.store(), &names).await);
}
