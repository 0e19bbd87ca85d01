//! Several processes on one catalogue.

use std::process::Stdio;
use std::time::Duration;

use sixpotify_testkit::wait_until;
use spotify_sim::{Config, Mode};

use crate::app::{App, Kind, of, said};
use crate::dump::{assert_same, dump};
use crate::names;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_workers_share_a_list_on_postgres() {
    let alone = App::new(Kind::Postgres, Mode::Extended).await;
    let file = alone.file("artists.csv", names::csv());
    alone.ok(&["ingest", file.to_str().unwrap()]).await;
    let requests = alone.sim.stats().requests;

    let app = App::with(Kind::Postgres, Config { latency: Duration::from_millis(5), ..Config::default() }).await;
    app.ok(&["migrate"]).await;
    let file = app.file("artists.csv", names::csv());
    let runs: Vec<_> = (0..3).map(|_| tokio::spawn(said(app.command(&["ingest", file.to_str().unwrap()])))).collect();
    for run in runs {
        let said = run.await.unwrap();
        assert_eq!(said.code, 0, "{said:#?}");
    }
    assert_same(&dump(&alone.url).await, &dump(&app.url).await);
    // No name and no artist was done twice; only requests for features may be less full.
    let stats = app.sim.stats();
    assert_eq!(stats.by_endpoint["/v1/search"], alone.sim.stats().by_endpoint["/v1/search"], "{stats:#?}");
    assert!(stats.requests <= requests + 40, "{} instead of {requests}", stats.requests);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_worker_holds_nothing_back() {
    let app = App::with(Kind::Postgres, Config { latency: Duration::from_millis(5), ..Config::default() }).await;
    let file = app.file("artists.csv", names::csv());
    let args = ["ingest", file.to_str().unwrap()];
    let mut killed = app.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the first worker is at work", Duration::from_secs(60), async || app.sim.stats().requests > 200).await;
    let second = tokio::spawn(said(app.command(&args)));
    wait_until("the second one, too", Duration::from_secs(60), async || app.sim.stats().requests > 400).await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    // Ends with 0 only when no name of its list is pending: those of the dead one, too.
    let second = second.await.unwrap();
    assert_eq!(second.code, 0, "{second:#?}");
    assert_eq!(app.json(&["status", "--json"]).await["pending"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_says_plainly_that_another_one_writes() {
    let app = App::with(Kind::Sqlite, Config { latency: Duration::from_millis(20), ..Config::default() }).await;
    let file = app.file("artists.csv", names::csv());
    let mut command = app.command(&["ingest", file.to_str().unwrap()]);
    let first = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let pid = first.id();
    wait_until("the first one is at work", Duration::from_secs(60), async || app.sim.stats().requests > 50).await;
    let stderr = app.fails(1, &["ingest", "--name", "Metallica"]).await;
    assert!(stderr.contains("error: another sixpotify writes to the catalogue at"), "{stderr}");
    assert!(stderr.contains(&format!("(process {pid})")), "{stderr}");
    // Reading goes on meanwhile.
    app.ok(&["status"]).await;
    let first = of(&tokio::task::spawn_blocking(|| first.wait_with_output().unwrap()).await.unwrap());
    assert_eq!(first.code, 0, "{first:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_share_one_budget() {
    let app = App::new(Kind::Postgres, Mode::Extended).await;
    app.ok(&["migrate"]).await;
    let file = app.file("artists.csv", names::list()[..100].join("\n"));
    let command = || {
        let mut command = app.command(&["ingest", file.to_str().unwrap(), "--facets", "profile"]);
        command.env("SPOTIFY_BUDGET_DAY", "60");
        command
    };
    let runs: Vec<_> = (0..3).map(|_| tokio::spawn(said(command()))).collect();
    for run in runs {
        let said = run.await.unwrap();
        assert_eq!(said.code, 75, "{said:#?}");
        assert!(said.stderr.contains("our own budget of 60 requests in 24 hours is used up"), "{said:#?}");
    }
    let sent = app.sim.stats().requests;
    assert!((50..=60).contains(&sent), "{sent}");
}
