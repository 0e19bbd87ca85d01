//! No space left in the middle of a run: one sentence, nothing lost, and the next run goes on.

use std::process::Command;
use std::time::Duration;

use sixpotify_testkit::{SmallDisk, TestDatabase};
use spotify_sim::Config;

use crate::app::{App, Kind, Said, said};
use crate::dump::{assert_same, dump};
use crate::names;

/// Slow enough that commits are small.
fn slow() -> Config {
    Config { latency: Duration::from_millis(3), ..Config::default() }
}

/// What a run with all the room in the world brings.
async fn roomy(kind: Kind) -> (App, String) {
    let app = App::with(kind, slow()).await;
    let file = app.file("artists.csv", names::csv());
    app.ok(&["ingest", file.to_str().unwrap()]).await;
    let dump = dump(&app.url).await;
    (app, dump)
}

/// The run that ended for want of room, what it left, and the run after room was made.
async fn goes_on(app: &App, expected: &str, small: Said, all: u64) {
    assert!(app.sim.stats().requests < all, "the run did not end early");
    assert_eq!(small.code, 1, "{small:#?}");
    assert!(small.stderr.contains("the catalogue has no space left"), "{small:#?}");
    assert!(small.stderr.contains("hint: make room, then run the same command again"), "{small:#?}");
    let found = app.json(&["status", "--json"]).await["counts"]["artists"].as_u64().unwrap();
    assert!(found > 0, "nothing was saved before the end: {small:#?}");
    let file = app.folder().join("artists.csv");
    app.ok(&["ingest", file.to_str().unwrap()]).await;
    assert_same(expected, &dump(&app.url).await);
    // Asked again was only what could not be saved: what was in flight, and a second's answers.
    let extra = app.sim.stats().requests - all;
    assert!(extra < all / 3, "{extra} requests more than {all}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    let (whole, expected) = roomy(Kind::Sqlite).await;
    let all = whole.sim.stats().requests;
    let pages = std::fs::metadata(whole.folder().join("catalogue.db")).unwrap().len() / 4096;

    let app = App::with(Kind::Sqlite, slow()).await;
    let file = app.file("artists.csv", names::csv());
    let url = format!("{}?max_page_count={}", app.url, pages / 2);
    let mut ingest: Command = app.command(&["ingest", file.to_str().unwrap()]);
    ingest.env("DATABASE_URL", url);
    let small = said(ingest).await;
    goes_on(&app, &expected, small, all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    let disk = match SmallDisk::mount(100) {
        Ok(disk) => disk,
        Err(reason) => {
            eprintln!("not run: full::postgres: no small disk can be mounted here: {reason}");
            return;
        }
    };
    let (whole, expected) = roomy(Kind::Postgres).await;
    let mut app = App::with(Kind::Postgres, slow()).await;
    let database = TestDatabase::create_on_disk(&disk).await;
    app.url.clone_from(&database.url);
    // Enough for the empty tables and a part of what is to come.
    disk.leave_free(3_000).unwrap();
    let file = app.file("artists.csv", names::csv());
    let small = app.run(&["ingest", file.to_str().unwrap()]).await;
    disk.leave_free(100_000).unwrap();
    goes_on(&app, &expected, small, whole.sim.stats().requests).await;
    drop(database);
}
