//! A Spotify that fails in every way it can: what comes out is what an undisturbed run brings, row for row.

use std::process::Stdio;
use std::time::Duration;

use sixpotify_testkit::{postgres::PrivatePostgres, wait_until};
use spotify_sim::{Config, Mode};

use crate::app::{App, Kind, on_both, said};
use crate::dump::{assert_same, dump};
use crate::names;

on_both!(faults_of_every_kind, killed_twenty_times, quota_in_the_middle);

/// Names of these tests: enough that every fault is met, few enough that the tests are short.
const NAMES: usize = 200;

fn csv() -> String {
    let mut names = names::list();
    let unknown = names.split_off(names.len() - 5);
    names.truncate(NAMES - 5);
    names.extend(unknown);
    names.join("\n")
}

/// What a run that nobody disturbs brings, and how many requests it takes.
async fn undisturbed(kind: Kind) -> (String, u64) {
    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("artists.csv", csv());
    app.ok(&["ingest", file.to_str().unwrap()]).await;
    (dump(&app.url).await, app.sim.stats().requests)
}

async fn faults_of_every_kind(kind: Kind) {
    let (expected, requests) = undisturbed(kind).await;
    let mut config =
        Config { stall: Duration::from_millis(200), token_requests: Some(100), fault_seed: 7, ..Config::default() };
    config.set_all_faults(0.05);
    let app = App::with(kind, config).await;
    let file = app.file("artists.csv", csv());
    let said = app.run(&["ingest", file.to_str().unwrap()]).await;
    assert!([0, 1].contains(&said.code), "{said:#?}");
    let met: u64 = app.sim.stats().faults.values().sum();
    assert!(met > requests / 50, "{:#?}", app.sim.stats());
    // What failed five times in a row is listed, and mended by the next run.
    app.sim.configure(|c| c.set_all_faults(0.0)).unwrap();
    app.ok(&["ingest", file.to_str().unwrap()]).await;
    assert_same(&expected, &dump(&app.url).await);
    // One more for each fault, and for each request that carried a dead token.
    let met = met + app.sim.stats().by_status[&401];
    let extra = app.sim.stats().requests - requests;
    assert!(extra <= met + requests / 20, "{extra} extra requests for {met} faults among {requests}");
}

async fn killed_twenty_times(kind: Kind) {
    let (expected, requests) = undisturbed(kind).await;
    let app = App::with(kind, Config { latency: Duration::from_millis(3), ..Config::default() }).await;
    let file = app.file("artists.csv", csv());
    let args = ["ingest", file.to_str().unwrap()];
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    for _ in 0..20 {
        // A new point each time (xorshift; the same points on every machine).
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let before = app.sim.stats().requests;
        let at = before + seed % (requests / 15);
        let mut child = app.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("the run is where it is to be killed, or over", Duration::from_secs(60), || {
            let there = app.sim.stats().requests > at || child.try_wait().unwrap().is_some();
            async move { there }
        })
        .await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    app.ok(&args).await;
    assert_same(&expected, &dump(&app.url).await);
    // Per kill at most what was in flight (32) and not yet committed (25 answers, or a second's).
    let extra = app.sim.stats().requests - requests;
    assert!(extra <= 20 * (32 + 400), "{extra} extra requests");
}

async fn quota_in_the_middle(kind: Kind) {
    let (expected, requests) = undisturbed(kind).await;
    let quota = u32::try_from(requests / 2).unwrap();
    let app = App::with(kind, Config { quota_per_day: Some(quota), escalation: true, ..Config::default() }).await;
    let file = app.file("artists.csv", csv());
    let args = ["ingest", file.to_str().unwrap()];
    let paused = app.run(&args).await;
    assert_eq!(paused.code, 75, "{paused:#?}");
    let sent = app.sim.stats().requests;
    // Run again too early: not one request is sent, by this process or any other.
    let again = app.run(&args).await;
    assert_eq!(again.code, 75, "{again:#?}");
    assert!(again.stderr.contains("spotify allows the next request at"), "{again:#?}");
    let stats = app.sim.stats();
    assert_eq!((stats.requests, stats.escalations, stats.while_limited_knowingly), (sent, 0, 0), "{stats:#?}");
    let status = app.json(&["status", "--json"]).await;
    assert_eq!(status["sources"][0]["state"]["blocked"][1], "quota exceeded", "{status:#}");
    // The day after, for all who count: Spotify and the catalogue.
    app.sim.configure(|c| c.quota_per_day = None).unwrap();
    app.sim.reset_limits();
    unblock(&app).await;
    app.ok(&args).await;
    assert_same(&expected, &dump(&app.url).await);
    let extra = app.sim.stats().requests - requests;
    assert!(extra <= 32, "{extra} extra requests");
}

/// Moves the end of the block into the past, as a day would.
async fn unblock(app: &App) {
    let sql = "update source_state set blocked_until = null";
    if let Some(path) = app.url.strip_prefix("sqlite:") {
        rusqlite::Connection::open(path).unwrap().execute(sql, []).unwrap();
    } else {
        use sqlx::Connection as _;
        let mut db = sqlx::PgConnection::connect(&app.url).await.unwrap();
        sqlx::query(sql).execute(&mut db).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_restarted_in_the_middle() {
    let (expected, _) = undisturbed(Kind::Postgres).await;
    let server = tokio::task::spawn_blocking(|| PrivatePostgres::start().unwrap()).await.unwrap();
    let config = Config { latency: Duration::from_millis(5), ..Config::default() };
    let mut app = App::with(Kind::Sqlite, config).await;
    app.url = server.url("postgres");
    let file = app.file("artists.csv", csv());
    let child = app.command(&["ingest", file.to_str().unwrap()]);
    let run = tokio::spawn(said(child));
    wait_until("the run is in its middle", Duration::from_secs(60), async || app.sim.stats().requests > 150).await;
    let server = tokio::task::spawn_blocking(move || {
        server.restart().unwrap();
        server
    })
    .await
    .unwrap();
    let first = run.await.unwrap();
    // It waits for the server, or ends with everything saved: then the next run goes on.
    if first.code != 0 {
        assert_eq!(first.code, 1, "{first:#?}");
        app.ok(&["ingest", file.to_str().unwrap()]).await;
    }
    assert_same(&expected, &dump(&app.url).await);
    drop(server);
}
