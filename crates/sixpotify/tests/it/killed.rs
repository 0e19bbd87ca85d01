//! A run that is killed in the middle, and run again.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use sixpotify_testkit::wait_until;
use spotify_sim::{Config, Mode};

use crate::app::{App, Kind, on_both};
use crate::dump::{assert_same, dump};
use crate::names;

on_both!(killed_in_extended_mode, killed_in_development_mode, interrupted, interrupted_twice);

async fn killed_in_extended_mode(kind: Kind) {
    killed(kind, Mode::Extended).await;
}

async fn killed_in_development_mode(kind: Kind) {
    killed(kind, Mode::Development).await;
}

async fn killed(kind: Kind, mode: Mode) {
    let config = Config { mode, latency: Duration::from_millis(2), ..Config::default() };
    let undisturbed = App::with(kind, config.clone()).await;
    let file = undisturbed.file("artists.csv", names::csv());
    undisturbed.ok(&["ingest", file.to_str().unwrap()]).await;
    let all = undisturbed.sim.stats().requests;

    let app = App::with(kind, config).await;
    let file = app.file("artists.csv", names::csv());
    let args = ["ingest", file.to_str().unwrap()];
    for share in [3, 2] {
        let before = app.sim.stats().requests;
        let mut child = app.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("a part of the requests is answered", Duration::from_secs(60), async || {
            app.sim.stats().requests > before + all / (share * 2)
        })
        .await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    app.ok(&args).await;
    assert_same(&dump(&undisturbed.url).await, &dump(&app.url).await);
    // Asked again was only what had not been saved: a small part.
    let extra = app.sim.stats().requests - all;
    assert!(extra < all / 3, "{extra} requests more than {all}");
}

/// Ctrl-C: what is in flight is finished and saved, exit code 75, and the next run goes on.
#[cfg(unix)]
async fn interrupted(kind: Kind) {
    let config = Config { latency: Duration::from_millis(5), ..Config::default() };
    let app = App::with(kind, config).await;
    let file = app.file("artists.csv", names::csv());
    let mut command = app.command(&["ingest", file.to_str().unwrap()]);
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    wait_until("the run is in its middle", Duration::from_secs(60), async || app.sim.stats().requests > 300).await;
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let said = crate::app::of(&tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap());
    assert_eq!(said.code, 75, "{said:#?}");
    assert!(said.stderr.contains("hint: run the same command again"), "{said:#?}");
    let runs = app.json(&["status", "--json"]).await["runs"].clone();
    assert_eq!(runs[0]["outcome"], "paused", "{runs:#}");
    let done = app.sim.stats().requests;
    app.ok(&["ingest", file.to_str().unwrap()]).await;
    // Nothing that was answered was asked for again.
    assert_eq!(app.sim.stats().repeated, 0, "{done} requests before");
}

/// A second Ctrl-C does not wait for what is in flight; nothing that was saved is lost, and the next run goes on.
#[cfg(unix)]
async fn interrupted_twice(kind: Kind) {
    let config = Config { latency: Duration::from_millis(3), ..Config::default() };
    let undisturbed = App::with(kind, config.clone()).await;
    let file = undisturbed.file("artists.csv", names::csv());
    undisturbed.ok(&["ingest", file.to_str().unwrap()]).await;
    let all = undisturbed.sim.stats().requests;

    let app = App::with(kind, config.clone()).await;
    let file = app.file("artists.csv", names::csv());
    let args = ["ingest", file.to_str().unwrap()];
    let child = app.command(&args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the run is in its middle", Duration::from_secs(60), async || app.sim.stats().requests > all / 3).await;
    // From here on an answer takes longer than this test has patience.
    app.sim.configure(|config| config.latency = Duration::from_secs(600)).unwrap();
    wait_until("requests hang", Duration::from_secs(60), async || app.sim.stats().in_flight >= 16).await;
    let mut child = child;
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let interrupt = || Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt().success());
    let heard: Vec<String> = tokio::task::spawn_blocking(move || {
        let first = said.by_ref().map(Result::unwrap).find(|line| line.starts_with("stopping: "));
        assert!(first.is_some());
        said
    })
    .await
    .map(|said| {
        assert!(interrupt().success());
        said.map(Result::unwrap).collect()
    })
    .unwrap();
    assert!(heard.iter().any(|line| line.contains("hint: run the same command again")), "{heard:#?}");
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(75));

    app.sim.configure(|config| config.latency = Duration::from_millis(3)).unwrap();
    app.ok(&args).await;
    assert_same(&dump(&undisturbed.url).await, &dump(&app.url).await);
    // What was in flight (32) and what was not yet committed (25 answers, or a second's).
    let extra = app.sim.stats().requests - all;
    assert!(extra <= 32 + 400, "{extra} requests more than {all}");
}
