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

    // Whoever names a source that needs a key hears so.
    let mut keyless = without_account(&app, &sim, &["ingest", "names.csv", "--source", "deezer,lastfm"]);
    keyless.env_remove("LASTFM_API_KEY");
    let keyless = said(keyless).await;
    assert!(keyless.code == 0 && keyless.stderr.contains("it needs LASTFM_API_KEY"), "{keyless:#?}");

    // The same with a source that nobody knows.
    let wrong = said(without_account(&app, &sim, &["ingest", "names.csv", "--source", "musicbranz"])).await;
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("the nearest known one is `musicbrainz`"), "{wrong:#?}");
    let again = said(without_account(&app, &sim, &["refresh"])).await;
    assert_eq!(again.code, 0, "{again:#?}");
    let plan = said(without_account(&app, &sim, &["refresh", "--dry-run", "--older-than", "0s"])).await;
    assert!(
        plan.code == 0 && plan.stdout.contains("artists with something due; requests, at most: musicbrainz"),
        "{plan:#?}"
    );
    let mut wrong = without_account(&app, &sim, &["ingest", "names.csv"]);
    wrong.env("SIXPOTIFY_ORDER", "albums=dezer");
    let wrong = said(wrong).await;
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("the nearest known one is `deezer`"), "{wrong:#?}");
}

/// The command with keys and the stand-ins, nobody being left out.
fn with_keys(app: &App, sim: &RunningSim, args: &[&str]) -> std::process::Command {
    let mut command = without_account(app, sim, args);
    command.env("SPOTIFY_CLIENT_ID", "demo").env("SPOTIFY_CLIENT_SECRET", "demo-secret");
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_in_development_mode_and_the_others_are_one_run() {
    let (app, sim) = (App::new(Kind::Sqlite, Mode::Development).await, stand_ins().await);
    std::fs::write(app.folder().join("names.csv"), sim.names()[..6].join("\n")).unwrap();
    let done = said(with_keys(&app, &sim, &["ingest", "names.csv", "--json"])).await;
    assert_eq!(done.code, 0, "{done:#?}");
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    let sources = report["sources"].as_object().unwrap();
    assert!(sources.len() == 6 && sources.values().all(|of| of["answered"].as_u64() > Some(0)), "{report:#}");
    let plan = said(with_keys(&app, &sim, &["ingest", "names.csv", "--dry-run", "--json"])).await;
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!((&plan["requests"], &plan["others"]["fresh"]), (&Value::from(0), &Value::from(6)), "{plan:#}");
    let runs: Value = app.json(&["status", "--json"]).await;
    assert_eq!(runs["runs"].as_array().map(Vec::len), Some(1), "one run: {runs:#}");

    // A wrong secret is the user's to mend: the others have done their part by then.
    let mut wrong = with_keys(&app, &sim, &["ingest", "--name", &sim.names()[9], "--source", "spotify,musicbrainz"]);
    wrong.env("SPOTIFY_CLIENT_SECRET", "hush");
    let wrong = said(wrong).await;
    assert!(wrong.code == 1 && wrong.stderr.contains("refuses the credentials"), "{wrong:#?}");
    assert!(wrong.stdout.contains("found        1"), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listenbrainz_wants_a_token() {
    let (app, sim) = (app().await, stand_ins().await);
    sim.configure(|config| config.listenbrainz_wants_token = true).unwrap();
    std::fs::write(app.folder().join("names.csv"), sim.names()[..9].join("\n")).unwrap();

    // Said once, whoever lacks what; the others do all of theirs.
    let done = said(without_account(&app, &sim, &["ingest", "names.csv"])).await;
    assert_eq!(done.code, 0, "{done:#?}");
    assert!(done.stdout.contains("found        9"), "{done:#?}");
    let once = |text: &str, of: &str| of.matches(text).count() == 1;
    for refusal in
        ["listenbrainz withholds /1/popularity/artist", "listenbrainz's labs withholds /similar-artists/json"]
    {
        assert!(once(&format!("x {refusal}"), &done.stdout), "{refusal}: {done:#?}");
    }
    assert!(
        once("hint: listenbrainz gives /1/popularity/artist to those with a token only", &done.stderr),
        "{done:#?}"
    );
    assert!(once("LISTENBRAINZ_TOKEN", &format!("{}{}", done.stdout, done.stderr)), "{done:#?}");
    let stats = sim.stats();
    // Of labs two may be under way when the first is refused.
    assert!(stats.of(Service::ListenBrainz).requests == 1 && stats.of(Service::Labs).requests <= 2, "{stats:#?}");
    let marks =
        |state: &str| format!("select source from facets where state = '{state}' group by source order by source");
    assert_eq!(crate::dump::rows(&app.url, &marks("withheld")).await, ["listenbrainz"]);
    assert_eq!(crate::dump::rows(&app.url, &marks("failed")).await, [""; 0]);
    let others = crate::dump::rows(&app.url, &marks("ok")).await;
    assert_eq!(others, ["deezer", "lastfm", "musicbrainz", "reccobeats"]);

    // It is left alone for the rest of the day, without another word.
    sim.reset_stats();
    let again = said(without_account(&app, &sim, &["ingest", "names.csv"])).await;
    assert!(again.code == 0 && !again.stderr.contains("LISTENBRAINZ_TOKEN"), "{again:#?}");
    assert!(Service::ALL.iter().all(|service| sim.stats().of(*service).requests == 0), "{:#?}", sim.stats());

    // With the token it answers; labs knows none, and there is nothing to hint at.
    let app = self::app().await;
    std::fs::write(app.folder().join("names.csv"), sim.names()[..3].join("\n")).unwrap();
    let with = |token: &str| {
        let mut command = without_account(&app, &sim, &["ingest", "names.csv"]);
        command.env("LISTENBRAINZ_TOKEN", token);
        command
    };
    // One that is wrong is said once, and costs only what ListenBrainz has.
    let wrong = said(with("hush")).await;
    assert_eq!(wrong.code, 0, "{wrong:#?}");
    let all = format!("{}{}", wrong.stdout, wrong.stderr);
    assert!(
        once("passed over: listenbrainz refuses the credentials: Invalid authorization token", &wrong.stdout),
        "{wrong:#?}"
    );
    assert!(wrong.stdout.contains("found        3") && !all.contains("hush"), "{wrong:#?}");
    let right = said(with("demo-token")).await;
    assert_eq!(right.code, 0, "{right:#?}");
    assert!(!right.stderr.contains("LISTENBRAINZ_TOKEN"), "{right:#?}");
    let heard = "select source from facets where facet = 'profile' and source = 'listenbrainz' and state = 'ok'";
    assert_eq!(crate::dump::rows(&app.url, heard).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_knows_all_sources() {
    let (app, sim) = (app().await, stand_ins().await);
    let fine = said(without_account(&app, &sim, &["doctor"])).await;
    assert_eq!(fine.code, 0, "{fine:#?}");
    for source in ["musicbrainz", "listenbrainz", "deezer", "reccobeats", "lastfm"] {
        assert!(fine.stdout.contains(&format!("ok     {source}: answers: ")), "{source}: {fine:#?}");
    }
    assert!(fine.stdout.contains("note   spotify: not asked") && !fine.stdout.contains("contact"), "{fine:#?}");

    // Less than that is told, with what to do; it works all the same.
    sim.configure(|config| config.service(Service::Deezer).gone = true).unwrap();
    let mut less = without_account(&app, &sim, &["doctor"]);
    less.env_remove("SIXPOTIFY_CONTACT").env_remove("LASTFM_API_KEY").env("LISTENBRAINZ_TOKEN", "hush");
    let less = said(less).await;
    assert!(less.stdout.contains("note   contact: SIXPOTIFY_CONTACT is not set"), "{less:#?}");
    assert!(less.stdout.contains("note   lastfm: not asked: LASTFM_API_KEY is not set"), "{less:#?}");
    assert!(less.stdout.contains("note   deezer: ") && !less.stdout.contains("hush"), "{less:#?}");
    assert!(!less.stdout.contains("ok     listenbrainz"), "a token that is refused: {less:#?}");

    // Whom to ask is a word that is no source: said once, and nobody is asked.
    let mut unknown = with_keys(&app, &sim, &["doctor"]);
    unknown.env("SIXPOTIFY_SOURCES", "spotify,dezer");
    let unknown = said(unknown).await;
    let wrong: Vec<&str> = unknown.stdout.lines().filter(|line| line.starts_with("WRONG")).collect();
    assert!(unknown.code == 1 && wrong.len() == 1, "{unknown:#?}");
    assert!(
        wrong[0].contains("SIXPOTIFY_SOURCES") && wrong[0].contains("the nearest known one is `deezer`"),
        "{wrong:?}"
    );
    assert!(!unknown.stdout.contains("spotify: ") && !unknown.stdout.contains("musicbrainz"), "{unknown:#?}");

    // Nobody who knows names.
    sim.configure(|config| config.service(Service::MusicBrainz).gone = true).unwrap();
    let none = said(without_account(&app, &sim, &["doctor"])).await;
    assert!(none.code == 1 && none.stdout.contains("WRONG  names: "), "{none:#?}");
    let ingest = said(without_account(&app, &sim, &["ingest", "--name", &sim.names()[0]])).await;
    assert!(ingest.code == 1 && ingest.stdout.contains("failed       1"), "{ingest:#?}");
    assert!(ingest.stdout.contains("deezer gave no usable answer"), "the next one was asked: {ingest:#?}");
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
