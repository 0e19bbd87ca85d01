//! Commands that read: what they show, and what they give to other programs.

use spotify_sim::Mode;

use crate::app::{App, Kind, on_both};

on_both!(show_names_its_sources, export_is_complete, homonyms_are_said, relate_is_deterministic);

async fn filled(kind: Kind, names: &[&str]) -> App {
    let app = App::new(kind, Mode::Extended).await;
    let mut args = vec!["ingest"];
    for name in names {
        args.extend(["--name", name]);
    }
    app.ok(&args).await;
    app
}

async fn show_names_its_sources(kind: Kind) {
    let app = filled(kind, &["Metallica"]).await;
    let shown = app.ok(&["show", "METALLICA"]).await;
    for expected in
        ["Metallica\n", "rock (spotify)", "metal (spotify)", "followers", "albums (", "top tracks", "audio_features"]
    {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let json = app.json(&["show", "METALLICA", "--json"]).await;
    assert_eq!(json["top_tracks"][0]["rank"], 1);
    assert_eq!(json["top_tracks"][0]["features"][1], "spotify");
    let id = json["id"].as_str().unwrap();
    assert_eq!(json["links"][0], serde_json::json!(["spotify", id]));
    // By link, too.
    assert_eq!(
        app.json(&["show", &format!("https://open.spotify.com/artist/{id}"), "--json"]).await["name"],
        "Metallica"
    );
}

async fn export_is_complete(kind: Kind) {
    let app = filled(kind, &["Metallica", "Drake", "Måneskin"]).await;
    app.ok(&["relate"]).await;
    let csv = app.ok(&["export", "csv"]).await;
    assert!(csv.starts_with("id,name,followers,popularity,url,image_url,genres\n"), "{csv}");
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.contains(",Måneskin,") && csv.contains("metal|rock"), "{csv}");
    let json = app.ok(&["export", "json"]).await;
    let artists: Vec<serde_json::Value> = json.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(artists.len(), 3);
    let tracks: usize = artists.iter().map(|a| a["top_tracks"].as_array().unwrap().len()).sum();
    assert_eq!(app.ok(&["export", "csv", "--table", "tracks"]).await.lines().count(), tracks + 1);
    let albums: usize = artists.iter().map(|a| a["albums"].as_array().unwrap().len()).sum();
    assert_eq!(app.ok(&["export", "csv", "--table", "albums"]).await.lines().count(), albums + 1);
    let related = app.ok(&["export", "csv", "--table", "related", "--output", "related.csv"]).await;
    assert_eq!(related, "");
    let written = std::fs::read_to_string(app.folder().join("related.csv")).unwrap();
    assert_eq!(written.lines().count(), 1 + 3 * 2, "{written}");
}

async fn homonyms_are_said(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("all.csv", spotify_sim::sample::artist_names().join("\n"));
    let report = app.json(&["ingest", file.to_str().unwrap(), "--facets", "profile", "--json"]).await;
    let undecided = &report["ambiguous_names"][0];
    let (name, ids) =
        (undecided["name"].as_str().unwrap(), [0, 1].map(|i| undecided["candidates"][i]["id"].as_str().unwrap()));
    // A person who knows says which: both, in this case.
    let file = app.file("twins.csv", format!("name,spotify_id\nthe one,{}\nthe other,{}\n", ids[0], ids[1]));
    app.ok(&["ingest", file.to_str().unwrap(), "--facets", "profile"]).await;
    let said = app.run(&["show", name]).await;
    assert_eq!(said.code, 0, "{said:#?}");
    assert!(said.stderr.contains(&format!("2 artists are called `{name}`; this is ")), "{said:#?}");
    assert!(ids.iter().all(|id| said.stderr.contains(id)), "{said:#?}");
}

async fn relate_is_deterministic(kind: Kind) {
    let app = App::new(kind, Mode::Extended).await;
    let file = app.file("artists.csv", crate::names::list()[..150].join("\n"));
    app.ok(&["ingest", file.to_str().unwrap()]).await;
    app.ok(&["relate"]).await;
    let first = app.ok(&["export", "csv", "--table", "related"]).await;
    app.ok(&["relate"]).await;
    assert_eq!(first, app.ok(&["export", "csv", "--table", "related"]).await);
    for method in ["audio", "genres"] {
        app.ok(&["relate", "--method", method]).await;
        assert_ne!(first, app.ok(&["export", "csv", "--table", "related"]).await, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stops_early_is_no_failure() {
    use std::io::Read as _;
    let app = App::new(Kind::Sqlite, Mode::Extended).await;
    let file = app.file("artists.csv", crate::names::list()[..200].join("\n"));
    app.ok(&["ingest", file.to_str().unwrap()]).await;
    let mut child = app.command(&["export", "json"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut start = [0; 64];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    // The pipe is closed here, long before the end of the export.
    assert!(child.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn help_and_completions() {
    let app = App::new(Kind::Sqlite, Mode::Extended).await;
    let help = app.ok(&["--help"]).await;
    for command in [
        "demo",
        "ingest",
        "relate",
        "similar",
        "show",
        "status",
        "export",
        "migrate",
        "config",
        "completions",
        "serve",
        "chat",
    ] {
        assert!(help.contains(&format!("\n  {command}")), "{command}: {help}");
        assert!(app.ok(&[command, "--help"]).await.contains("Usage: sixpotify"), "{command}");
    }
    assert!(!help.contains("generate-docs"), "{help}");
    for shell in ["bash", "zsh", "fish"] {
        assert!(app.ok(&["completions", shell]).await.contains("ingest"), "{shell}");
    }
}
