//! What only a person can settle, what grows stale, and what the doctor finds.

use std::time::Duration;

use serde_json::Value;
use spotify_sim::{Config, Mode};

use crate::app::{App, Kind, on_both, said};
use crate::names;

on_both!(
    a_choice_is_remembered,
    forgotten_is_kept_out,
    refresh_takes_what_is_stale,
    merged_ids_move_once,
    the_doctor_knows_both_modes,
    the_doctor_sees_a_clock_that_is_off,
    the_doctor_says_a_wait_once,
    withheld_is_not_asked_again,
);

async fn a_choice_is_remembered(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("all.csv", spotify_sim::sample::artist_names().join("\n"));
    let args = ["ingest", file.to_str().unwrap(), "--facets", "profile", "--json"];
    let report = app.json(&args).await;
    let undecided = &report["ambiguous_names"][0];
    let name = undecided["name"].as_str().unwrap().to_owned();
    let id = undecided["candidates"][1]["id"].as_str().unwrap().to_owned();
    let said = app.ok(&["choose", &name, &format!("https://open.spotify.com/artist/{id}")]).await;
    assert!(said.contains(&format!("`{name}` means {name} ({id}) from now on")), "{said}");
    let again = app.json(&args).await;
    assert_eq!(again["ambiguous"].as_u64().unwrap() + 1, report["ambiguous"].as_u64().unwrap());
    // In another list, too, and without a request.
    let other = app.file("other.csv", format!("{name}\n"));
    let report = app.json(&["ingest", other.to_str().unwrap(), "--facets", "profile", "--json"]).await;
    assert_eq!((&report["found"], &report["requests"]), (&Value::from(1), &Value::from(0)), "{report:#}");
    assert_eq!(app.json(&["show", &id, "--json"]).await["name"], name.as_str());
    let error = app.fails(2, &["choose", &name, "nonsense"]).await;
    assert!(error.contains("`nonsense` is not a Spotify artist id or link"), "{error}");
    let error = app.run(&["choose", &name, "0000000000000000000000"]).await;
    assert_eq!(error.code, 1, "{error:#?}");
}

async fn forgotten_is_kept_out(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("artists.csv", "Metallica\nDrake\n");
    app.ok(&["ingest", file.to_str().unwrap()]).await;
    app.ok(&["forget", "metallica"]).await;
    assert_eq!(app.run(&["show", "Metallica"]).await.code, 1);
    let other = app.file("other.csv", "METALLICA\nDrake\n");
    let report = app.json(&["ingest", other.to_str().unwrap(), "--json"]).await;
    assert_eq!((&report["found"], &report["not_found"]), (&Value::from(1), &Value::from(1)), "{report:#}");
    assert_eq!(report["not_found_names"][0]["why"], "it was forgotten", "{report:#}");
    assert_eq!(app.json(&["status", "--json"]).await["counts"]["artists"], 1);
}

async fn refresh_takes_what_is_stale(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("artists.csv", names::list()[..120].join("\n"));
    app.ok(&["ingest", file.to_str().unwrap()]).await;
    let artists = app.json(&["status", "--json"]).await["counts"]["artists"].clone();
    let fresh = app.json(&["refresh", "--dry-run", "--json"]).await;
    assert_eq!((&fresh["artists"], &fresh["requests"]), (&Value::from(0), &Value::from(0)), "{fresh:#}");
    app.sim.reset_stats();
    let plan = app.json(&["refresh", "--older-than", "0s", "--dry-run", "--json"]).await;
    assert_eq!(plan["artists"], artists, "{plan:#}");
    let report = app.json(&["refresh", "--older-than", "0s", "--json"]).await;
    for facet in ["profile", "genres", "albums", "top_tracks"] {
        assert_eq!(report["facets"][facet]["fetched"], artists, "{facet}: {report:#}");
    }
    // Sound does not grow old; profiles come fifty a request.
    let stats = app.sim.stats();
    assert_eq!(stats.by_endpoint.get("/v1/audio-features"), None, "{stats:#?}");
    assert!(stats.by_endpoint["/v1/artists"] <= 3, "{stats:#?}");
    let mut command = app.command(&["refresh", "--dry-run", "--json"]);
    command.env("SIXPOTIFY_FRESH_ALBUMS", "0s");
    let plan: Value = serde_json::from_str(&said(command).await.stdout).unwrap();
    assert_eq!((&plan["albums"], &plan["lookups"]), (&artists, &Value::from(0)), "{plan:#}");
}

async fn merged_ids_move_once(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("artists.csv", "Metallica\nDrake\n");
    app.ok(&["ingest", file.to_str().unwrap()]).await;
    app.ok(&["relate"]).await;
    let id = async |name: &str| app.json(&["show", name, "--json"]).await["id"].as_str().unwrap().to_owned();
    let (old, new) = (id("Metallica").await, id("Drake").await);
    app.sim
        .configure(|c| {
            c.merged.insert(old.clone(), new.clone());
        })
        .unwrap();
    for _ in 0..2 {
        app.ok(&["refresh", "--older-than", "0s"]).await;
        let counts = app.json(&["status", "--json"]).await["counts"].clone();
        assert_eq!(counts["artists"], 1, "{counts}");
        let shown = app.json(&["show", &new, "--json"]).await;
        let links: Vec<&str> = shown["links"].as_array().unwrap().iter().map(|l| l[1].as_str().unwrap()).collect();
        assert!(links.contains(&old.as_str()) && links.contains(&new.as_str()), "{links:?}");
    }
    let report = app.json(&["ingest", file.to_str().unwrap(), "--json"]).await;
    assert_eq!((&report["found"], &report["failed"]), (&Value::from(2), &Value::from(0)), "{report:#}");
}

async fn the_doctor_knows_both_modes(kind: Kind) {
    for (mode, withheld) in [(Mode::Extended, 0), (Mode::Development, 3)] {
        let app = App::with(kind, Config { mode, ..Config::default() }).await;
        let checks = app.json(&["doctor", "--json"]).await;
        let checks = checks.as_array().unwrap();
        assert!(checks.iter().all(|c| c["verdict"] != "wrong"), "{checks:#?}");
        let found: Vec<&str> = checks.iter().map(|c| c["found"].as_str().unwrap()).collect();
        assert_eq!(found.iter().filter(|f| **f == "withheld from this key").count(), withheld, "{found:#?}");
        assert!(found.iter().any(|f| f.contains("schema version")), "{found:#?}");
    }
    let app = App::new(kind, Mode::Extended).await;
    let mut command = app.command(&["doctor"]);
    command.env("SPOTIFY_CLIENT_SECRET", "hush").env("SPOTIFY_BUGDET_30S", "9");
    let said = said(command).await;
    assert_eq!(said.code, 1, "{said:#?}");
    assert!(said.stdout.contains("WRONG  spotify: spotify refuses the credentials"), "{said:#?}");
    assert!(said.stdout.contains("`SPOTIFY_BUGDET_30S` is set and does nothing"), "{said:#?}");
    assert!(said.stdout.contains("the nearest known one is `SPOTIFY_BUDGET_30S`"), "{said:#?}");
    assert!(!said.stdout.contains("hush"), "{said:#?}");
}

async fn the_doctor_sees_a_clock_that_is_off(kind: Kind) {
    let app = App::with(kind, Config { clock_ahead: Duration::from_secs(300), ..Config::default() }).await;
    let said = app.ok(&["doctor"]).await;
    let off = said.lines().find(|line| line.starts_with("note   clock: ")).unwrap_or_else(|| panic!("{said}"));
    assert!(["-300 s", "-299 s", "-301 s"].iter().any(|skew| off.contains(skew)), "{off}");
    assert!(said.contains("the catalogue takes "), "{said}");
    app.sim.configure(|config| config.clock_ahead = Duration::ZERO).unwrap();
    let said = app.ok(&["doctor"]).await;
    assert!(!said.contains("clock"), "{said}");
}

/// The budget ends at some endpoint: the wait is said once, not for each of the rest.
async fn the_doctor_says_a_wait_once(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let mut command = app.command(&["doctor"]);
    command.env("SPOTIFY_BUDGET_DAY", "2");
    let said = said(command).await;
    assert_eq!(said.code, 1, "{said:#?}");
    let wrong: Vec<&str> = said.stdout.lines().filter(|line| line.starts_with("WRONG")).collect();
    assert_eq!(wrong.len(), 1, "{said:#?}");
    assert!(wrong[0].contains("our own budget of 2 requests in 24 hours is used up"), "{wrong:?}");
}

async fn withheld_is_not_asked_again(kind: Kind) {
    let app = App::new(kind, Mode::Development).await;
    let file = app.file("artists.csv", names::list()[..60].join("\n"));
    let all =
        ["ingest", file.to_str().unwrap(), "--facets", "profile,genres,albums,top_tracks,audio_features", "--json"];
    let report = app.json(&all).await;
    assert_eq!(report["development_mode"], true);
    // Songs come by search here.
    let songs = report["facets"]["top_tracks"]["fetched"].as_u64().unwrap();
    assert!(songs >= 55, "{report:#}");
    let shown = app.json(&["show", names::list()[0].as_str(), "--json"]).await;
    assert!(!shown["top_tracks"].as_array().unwrap().is_empty(), "{shown:#}");
    let facet = shown["facets"].as_array().unwrap().iter().find(|f| f["facet"] == "top_tracks").unwrap().clone();
    assert_eq!(facet["how"], "search");
    // In a later run nothing is asked that was withheld.
    let refused = app.sim.stats().by_status.get(&403).copied().unwrap_or(0);
    let other = app.file("others.csv", names::list()[60..100].join("\n"));
    let later = ["ingest", other.to_str().unwrap(), "--facets", "profile,top_tracks,audio_features", "--json"];
    app.json(&later).await;
    assert_eq!(app.sim.stats().by_status.get(&403).copied().unwrap_or(0), refused);
    assert!(app.json(&["status", "--json"]).await["sources"][0]["state"]["withheld"]["development mode"].is_string());
}
