//! What Spotify's limits, tokens and faults do to a run.

use std::net::SocketAddr;
use std::time::Duration;

use spotify_sim::{Config, Mode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::app::{App, Kind, on_both};
use crate::dump::{assert_same, dump};
use crate::names;

on_both!(a_short_limit_is_waited_for, a_long_limit_pauses, tokens_that_die_early);

/// A server that answers everything with a page, as captive portals do.
pub(crate) async fn html_server() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while let Ok(n) = stream.read(&mut request).await
                    && n > 0
                {
                    let page = "<html>Welcome to our WiFi</html>";
                    let head =
                        format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", page.len());
                    if stream.write_all(format!("{head}{page}").as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

async fn a_short_limit_is_waited_for(kind: Kind) {
    let window = Duration::from_secs(1);
    let app = App::with(kind, Config { limit_per_30s: Some(40), window, ..Config::default() }).await;
    let file = app.file("artists.csv", names::list()[..100].join("\n"));
    let report = app.json(&["ingest", file.to_str().unwrap(), "--facets", "profile", "--json"]).await;
    assert_eq!((&report["failed"], &report["found"]), (&0.into(), &100.into()), "{report:#}");
    assert!(report["limited"].as_u64().unwrap() > 0, "{report:#}");
    // While limited nothing was sent but what was on its way already.
    let stats = app.sim.stats();
    assert_eq!(stats.while_limited_knowingly, 0, "{stats:#?}");
}

async fn a_long_limit_pauses(kind: Kind) {
    let app = App::with(kind, Config { quota_per_day: Some(60), ..Config::default() }).await;
    let file = app.file("artists.csv", names::csv());
    let args = ["ingest", file.to_str().unwrap(), "--facets", "profile,genres"];
    let said = app.run(&args).await;
    assert_eq!(said.code, 75, "{said:#?}");
    assert!(said.stderr.contains("spotify allows the next request at "), "{said:#?}");
    assert!(said.stderr.contains("(in 24 h 0 min): quota exceeded. "), "{said:#?}");
    assert!(said.stderr.contains("names are done and saved."), "{said:#?}");
    assert!(said.stderr.contains("hint: run the same command again after that"), "{said:#?}");
    let status = app.json(&["status", "--json"]).await;
    let list = &status["pending"][0];
    let found = list["found"].as_u64().unwrap();
    assert!((40..=60).contains(&found), "{list}");
    assert_eq!(list["failed"], 0);
    assert_eq!(status["runs"][0]["outcome"], "paused");
}

async fn tokens_that_die_early(kind: Kind) {
    let friendly = App::new(kind, Mode::Extended).await;
    let file = friendly.file("artists.csv", names::csv());
    friendly.ok(&["ingest", file.to_str().unwrap()]).await;

    let app = App::with(kind, Config { token_requests: Some(100), ..Config::default() }).await;
    let file = app.file("artists.csv", names::csv());
    let report = app.json(&["ingest", file.to_str().unwrap(), "--json"]).await;
    assert_eq!((&report["outcome"], &report["failed"]), (&"done".into(), &0.into()), "{report:#}");
    assert!(app.sim.stats().tokens_issued > 5, "{:#?}", app.sim.stats());
    assert_same(&dump(&friendly.url).await, &dump(&app.url).await);
}
