//! Dumps, links and the open sources, from the command line.

use open_sim::{Config, OpenSim, RunningSim, Service};
use serde_json::Value;

use spotify_sim::Mode;

use crate::app::{App, Kind, said};

async fn app() -> App {
    App::new(Kind::Sqlite, Mode::Extended).await
}

async fn stand_ins() -> RunningSim {
    OpenSim::start(([127, 0, 0, 1], 0).into(), Config::default()).await.unwrap()
}

/// The command without keys, against the stand-ins.
fn without_account(app: &App, sim: &RunningSim, args: &[&str]) -> std::process::Command {
    let mut command = app.command(args);
    command.env_remove("SPOTIFY_CLIENT_ID").env_remove("SPOTIFY_CLIENT_SECRET").env_remove("SIXPOTIFY_SOURCES");
    for service in Service::ALL {
        command.env(service.setting(), sim.url(service));
    }
    command.env("MUSICBRAINZ_SPACING_MS", "0").env("DEEZER_BUDGET_5S", "0").env("RECCOBEATS_BUDGET_10S", "0");
    command.env("LASTFM_API_KEY", "demo-key").env("LASTFM_BUDGET_5S", "0").env("SIXPOTIFY_CONTACT", "test@example.org");
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_ingested_without_an_account() {
    let (app, sim) = (app().await, stand_ins().await);
    let names = sim.names()[..4].join("\n");
    std::fs::write(app.folder().join("names.csv"), names).unwrap();
    let plan = said(without_account(&app, &sim, &["ingest", "names.csv", "--dry-run"])).await;
    assert_eq!(plan.code, 0, "{plan:#?}");
    assert!(plan.stdout.contains("4 to search for") && plan.stdout.contains("musicbrainz 8"), "{plan:#?}");
    let done = said(without_account(&app, &sim, &["ingest", "names.csv", "--json"])).await;
    assert_eq!(done.code, 0, "{done:#?}");
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((report["names"].as_u64(), report["left"].as_u64()), (Some(4), Some(0)), "{report:#}");
    assert!(report["sources"]["deezer"]["answered"].as_u64() > Some(0), "{report:#}");

    let csv = app.ok(&["export", "csv"]).await;
    let id = csv.lines().nth(1).and_then(|line| line.split(',').next()).unwrap().to_owned();
    let shown = said(app.command(&["show", &id])).await;
    assert!(shown.stdout.contains("from MusicBrainz, https://musicbrainz.org"), "{shown:#?}");

    // The same with a source that nobody knows.
    let wrong = said(without_account(&app, &sim, &["ingest", "names.csv", "--source", "musicbranz"])).await;
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("the nearest known one is `musicbrainz`"), "{wrong:#?}");
    let again = said(without_account(&app, &sim, &["refresh"])).await;
    assert_eq!(again.code, 0, "{again:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_is_imported_and_a_join_undone() {
    let app = app().await;
    let mbid = "056e4f3e-d505-4dad-8ec1-d04f521cbb56";
    let line = format!(
        r#"{{"id":"{mbid}","name":"Daft Punk","relations":[{{"url":{{"resource":"https://www.deezer.com/artist/27"}}}}]}}"#
    );
    std::fs::write(app.folder().join("artist"), format!("{line}\nnothing\n")).unwrap();
    let done = said(app.command(&["import", "musicbrainz", "artist"])).await;
    assert_eq!(done.code, 0, "{done:#?}");
    assert!(done.stdout.contains("2 records") && done.stdout.contains("1 new artists"), "{done:#?}");
    assert!(done.stderr.contains("artist, line 2: "), "{done:#?}");
    let again = said(app.command(&["import", "musicbrainz", "artist"])).await;
    assert!(again.stdout.contains("is in the catalogue already"), "{again:#?}");

    let shown = said(app.command(&["show", "daft punk", "--json"])).await;
    assert!(shown.stdout.contains("27"), "{shown:#?}");
    let removed = said(app.command(&["link", "remove", "Daft Punk", "https://www.deezer.com/artist/27"])).await;
    assert_eq!(removed.code, 0, "{removed:#?}");
    let force = said(app.command(&["import", "musicbrainz", "artist", "--force"])).await;
    assert_eq!(force.code, 0, "{force:#?}");
    let shown = said(app.command(&["show", "daft punk"])).await;
    assert!(!shown.stdout.contains("deezer"), "{shown:#?}");
    let added = said(app.command(&["link", "add", "Daft Punk", "deezer:27"])).await;
    assert_eq!(added.code, 0, "{added:#?}");
    let shown = said(app.command(&["show", "daft punk"])).await;
    assert!(shown.stdout.contains("deezer"), "{shown:#?}");

    for (args, code, text) in [
        (&["link", "add", "Daft Punk", "nonsense"][..], 2, "is no link to an artist"),
        (&["link", "remove", "Daft Punk", &format!("musicbrainz:{mbid}")], 2, "sixpotify forget"),
        (&["import", "musicbrainz", "nowhere"], 1, "cannot read `nowhere`"),
        (&["import", "listenbrainz", "artist"], 1, "is not a dump of ListenBrainz's listens"),
    ] {
        let failed = said(app.command(args)).await;
        assert_eq!(failed.code, code, "{failed:#?}");
        assert!(failed.stderr.contains(text), "{args:?}: {failed:#?}");
    }
}
